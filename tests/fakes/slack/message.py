"""A message, as readers see it and as the Web API writes it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.drawing import Block, Drawn, echo
from tests.fakes.slack.record import key_of

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.places import Channel
    from tests.fakes.slack.workspaces import Install


@dataclass(slots=True, kw_only=True, eq=False)
class Message(Drawn):
    """A message as it is now. `author` is the app's installation where the app wrote it; `only_for` the one person who
    sees it, if it is ephemeral. `text` is raw; with blocks it is what notifications and screen readers say."""

    channel: Channel
    ts: str
    user: User
    author: Install | None = None
    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    edited_ts: str | None = None
    only_for: User | None = None
    subtype: str | None = None
    mrkdwn: bool = True
    unfurls: bool = True
    deleted: bool = False
    replies: int = 0

    @property
    def edited(self) -> bool:
        """Whether it was ever changed."""
        return self.edited_ts is not None

    @property
    def key(self) -> str:
        """What its metadata call it; "" without any."""
        return key_of(self.metadata)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def permalink(self) -> str:
        """Its address."""
        where = f"https://{self.channel.team.domain}.slack.com/archives/{self.channel.id}/p{self.ts.replace('.', '')}"
        return f"{where}?thread_ts={self.thread_ts}&cid={self.channel.id}" if self.is_reply else where

    def json(self, *, metadata: str = "all", escaped: bool = False) -> dict[str, Any]:
        """A message object; `metadata`: "all", "type" (without include_all_metadata) or "none". `escaped`: as it comes
        back to the app, with `&amp;` and its like in every plain_text."""
        body: dict[str, Any] = {"type": "message", "user": self.user.id, "ts": self.ts, "text": self.text}
        if self.subtype is not None:
            body["subtype"] = self.subtype
        body["team"] = self.user.team_id
        if self.author is not None:
            body |= {"bot_id": self.author.bot_id, "app_id": self.author.team.fake.app.id}
        if self.blocks:
            body["blocks"] = echo(self.blocks) if escaped else self.blocks
        if self.attachments:
            body["attachments"] = self.attachments
        if self.thread_ts is not None:
            body["thread_ts"] = self.thread_ts
        elif self.replies:
            body |= {"thread_ts": self.ts, "reply_count": self.replies}
        if self.edited_ts is not None:
            body["edited"] = {"user": self.user.id, "ts": self.edited_ts}
        if self.metadata is not None and metadata != "none":
            whole = metadata == "all"
            body["metadata"] = self.metadata if whole else {"event_type": self.metadata["event_type"]}
        return body

    def __repr__(self) -> str:
        whom = f" for {self.only_for.name}" if self.only_for else ""
        return f"<{self.channel.name!r} {self.ts}{whom}: {self.plain!r} {self.labels or ''}>"
