"""The proof of "once": an append-only list of every message that was really posted, and when."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that readers got. `at` is monotonic seconds of receipt, `wall` Unix time, `text` a hash of what was
    sent, `key` what its metadata call it ("" without any). `kind` is the method; edits and ephemeral messages are not
    in here.
    """

    at: float
    wall: float
    team: str
    channel: str
    thread: str
    ts: str
    text: str
    key: str
    kind: str


class Record:
    """Every post in order of receipt; also a line of JSON each in `file`, written out at once, where one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self.posts: list[Posted] = []
        self._by_channel: dict[str, list[Posted]] = {}
        self._file: TextIO | None = file.open("a", encoding="utf-8") if file else None

    def add(self, post: Posted) -> None:
        """Append one."""
        self.posts.append(post)
        self._by_channel.setdefault(post.channel, []).append(post)
        if self._file is not None:
            self._file.write(json.dumps(asdict(post)) + "\n")
            self._file.flush()

    def posts_in(self, channel: str) -> list[Posted]:
        """Those of one channel, in order."""
        return self._by_channel.get(channel, [])

    def repeated(self) -> dict[tuple[str, str, str, str], int]:
        """What was posted more than once, as (team, channel, thread, key or else text hash), and how often."""
        counts = Counter((post.team, post.channel, post.thread, post.key or post.text) for post in self.posts)
        return {what: count for what, count in counts.items() if count > 1}

    def busiest(self, seconds: float = 1.0) -> int:
        """The most posts in any window of so many seconds."""
        return _busiest((post.at for post in self.posts), seconds)

    def busiest_channel(self, seconds: float = 1.0) -> int:
        """The most posts that any one channel got in a window of so many seconds."""
        return self._busiest_by(lambda post: post.channel, seconds)

    def busiest_team(self, seconds: float = 60.0) -> int:
        """The most posts that any one workspace got in a window of so many seconds."""
        return self._busiest_by(lambda post: post.team, seconds)

    def _busiest_by(self, name: Any, seconds: float) -> int:
        times: dict[str, list[float]] = {}
        for post in self.posts:
            times.setdefault(name(post), []).append(post.at)
        return max((_busiest(one, seconds) for one in times.values()), default=0)

    def rate(self) -> float:
        """Posts a second between the first and the last; 0.0 for fewer than two."""
        if len(self.posts) < 2:
            return 0.0
        return (len(self.posts) - 1) / max(self.posts[-1].at - self.posts[0].at, 1e-9)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None


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


def _busiest(times: Iterable[float], seconds: float) -> int:
    most, window = 0, deque[float]()
    for at in times:
        window.append(at)
        while window[0] <= at - seconds:
            window.popleft()
        most = max(most, len(window))
    return most
