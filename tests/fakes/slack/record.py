"""What the fake Slack keeps of a message that was really posted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from tests.fakes import record


@dataclass(frozen=True, slots=True)
class Posted(record.Posted):
    """`text` is a hash of what was sent, `key` what its metadata call it ("" without any), `kind` the method; ephemeral
    messages are not in here."""

    team: str
    channel: str
    thread: str
    ts: str
    text: str
    key: str
    kind: str

    @property
    def place(self) -> Hashable:
        """The channel."""
        return self.channel

    @property
    def what(self) -> Hashable:
        """(team, channel, thread, key or else text hash)."""
        return self.team, self.channel, self.thread, self.key or self.text


class Record(record.Record[Posted]):
    """Every post."""

    def busiest_channel(self, seconds: float = 1.0) -> int:
        """The most posts that any one channel got in a window of so many seconds."""
        return self._busiest_by(lambda post: post.channel, seconds)

    def busiest_team(self, seconds: float = 60.0) -> int:
        """The most posts that any one workspace got in a window of so many seconds."""
        return self._busiest_by(lambda post: post.team, seconds)

    def _busiest_by(self, name: Callable[[Posted], str], seconds: float) -> int:
        times: dict[str, list[float]] = {}
        for post in self.posts:
            times.setdefault(name(post), []).append(post.at)
        return max((record.busiest(one, seconds) for one in times.values()), default=0)


def hash_of(text: str, blocks: object, attachments: object) -> str:
    """The hash under which a message as sent is kept."""
    what = text if not blocks and not attachments else json.dumps([text, blocks, attachments])
    return hashlib.blake2b(what.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def key_of(metadata: dict[str, Any] | None) -> str:
    """The name that a message's metadata give it: the payload's `key`, or all of the payload."""
    if not metadata:
        return ""
    payload = metadata.get("event_payload") or {}
    key = payload.get("key")
    return str(key) if key is not None else json.dumps([metadata.get("event_type"), payload], sort_keys=True)
