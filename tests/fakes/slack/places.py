"""Channels and conversations: who is in them, what stands in them, and what the app may do there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.slack.errors import SlackError, missing_scope
from tests.fakes.slack.message import Message

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.workspaces import Install, Workspace


class Kind(StrEnum):
    """What a conversation is."""

    PUBLIC = "public_channel"
    PRIVATE = "private_channel"
    IM = "im"
    MPIM = "mpim"


SCOPES: Final = {Kind.PUBLIC: "channels", Kind.PRIVATE: "groups", Kind.IM: "im", Kind.MPIM: "mpim"}
_ONLY_TOP: Final = {"restricted_action_thread_only_channel"}
_ONLY_THREADS: Final = {"restricted_action_non_threadable_channel", "restricted_action_thread_locked"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of a channel's history: `what` is posted, edited or deleted; `text` as it then was (raw)."""

    what: str
    ts: str
    text: str
    at: float
    by_app: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Channel:
    """A place. `user` is whose DM with the app it is. `refusal`: the error that every post meets here; those about
    threads meet only posts outside them, or only those in them."""

    team: Workspace
    id: str
    kind: Kind
    name: str
    user: User | None = None
    members: dict[str, User] = field(default_factory=dict)
    archived: bool = False
    deleted: bool = False
    refusal: str | None = None
    by_ts: dict[str, Message] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    ephemeral: list[Message] = field(default_factory=list)
    created: int = 0

    @property
    def private(self) -> bool:
        """Whether only its members know of it."""
        return self.kind is not Kind.PUBLIC

    @property
    def shared(self) -> bool:
        """Whether people of another organisation are in it (Slack Connect)."""
        return any(one.team_id != self.team.id for one in self.members.values())

    @property
    def messages(self) -> list[Message]:
        """What everybody in the channel can see now, oldest first, threads included."""
        return [one for one in self.by_ts.values() if not one.deleted]

    @property
    def from_bot(self) -> list[Message]:
        """The app's visible messages."""
        return [one for one in self.messages if one.author is not None]

    @property
    def last(self) -> Message:
        """The newest visible message."""
        return self.messages[-1]

    def thread(self, parent: Message) -> list[Message]:
        """The visible replies to a message."""
        return [one for one in self.messages if one.thread_ts == parent.ts and one is not parent]

    def seen_by(self, user: User) -> list[Message]:
        """What one person sees: the channel's messages, and the ephemeral ones for them."""
        return self.messages + [one for one in self.ephemeral if one.only_for is user and not one.deleted]

    def holds(self, user: User) -> bool:
        """Whether somebody is a member."""
        return user.id in self.members

    def put(self, message: Message) -> None:
        """Make a message visible."""
        if message.only_for is not None:
            self.ephemeral.append(message)
        else:
            self.by_ts[message.ts] = message
            if message.thread_ts is not None and (parent := self.by_ts.get(message.thread_ts)) is not None:
                parent.replies += 1
            self.note("posted", message)
        self.team.fake.changed()

    def note(self, what: str, message: Message) -> None:
        """Write a line of history and wake who waits for it."""
        fake = self.team.fake
        by_app = message.author is not None
        self.history.append(Change(what=what, ts=message.ts, text=message.text, at=fake.clock.time(), by_app=by_app))
        fake.changed()

    def erase(self, message: Message) -> None:
        """Delete a message for everybody."""
        message.deleted = True
        if message.only_for is None:
            self.by_ts.pop(message.ts, None)
            self.note("deleted", message)
        self.team.fake.changed()

    async def wait_for(
        self,
        wanted: Callable[[Message], bool] = lambda _: True,
        *,
        after: Message | None = None,
        within: float = 20.0,
    ) -> Message:
        """The first visible message of the app that satisfies `wanted` and is newer than `after`; waits for it.

        Raises AssertionError with what is there instead after `within` seconds.
        """

        def find() -> Message | None:
            least = after.ts if after is not None else ""
            return next((one for one in self.from_bot if one.ts > least and wanted(one)), None)

        return await self.team.fake.eventually(find, within, lambda: f"in {self.name!r} there is only {self.messages}")

    async def waits_for_posts(self, count: int, *, within: float = 20.0) -> list[Message]:
        """The app's visible messages, once there are at least `count`."""

        def find() -> list[Message] | None:
            return found if len(found := self.from_bot) >= count else None

        return await self.team.fake.eventually(find, within, lambda: f"only {self.from_bot} in {self.name!r}")

    async def stays_silent(self, seconds: float = 0.2) -> None:
        """Fails if anything is posted, edited or deleted here in the next so many seconds."""
        before = len(self.history)
        await asyncio.sleep(seconds)
        assert len(self.history) == before, f"not silent: {self.history[before:]}"

    # --- what the app may do here ------------------------------------------------------------------------

    def has(self, install: Install) -> bool:
        """Whether the app is a member."""
        return install.user.id in self.members

    def admit(self, install: Install) -> None:
        """Raises SlackError where the app cannot even know of this place."""
        if self.deleted or (self.private and not self.has(install)):
            raise SlackError("channel_not_found")

    def admit_reader(self, install: Install) -> None:
        """Raises SlackError where the app may not read what was written."""
        if (needed := f"{SCOPES[self.kind]}:history") not in install.scopes:
            raise missing_scope(needed, install.scopes)
        self.admit(install)
        if not self.has(install):
            raise SlackError("not_in_channel")

    def admit_writer(self, install: Install, thread_ts: str | None) -> None:
        """Raises SlackError where the app may not post."""
        self.admit(install)
        if self.archived:
            raise SlackError("is_archived")
        if not self.has(install) and "chat:write.public" not in install.scopes:
            raise SlackError("not_in_channel")
        if self.user is not None:
            if not self.team.messages_tab:
                raise SlackError("messages_tab_disabled")
            if self.user.deactivated:
                raise SlackError("user_disabled")
        if self.refusal is not None and self.refusal not in (_ONLY_TOP if thread_ts else _ONLY_THREADS):
            raise SlackError(self.refusal)
        if self.team.trouble is not None:
            raise SlackError(self.team.trouble)

    def json(self, install: Install) -> dict[str, Any]:
        """A conversation object, as the app sees it."""
        body: dict[str, Any] = {"id": self.id, "created": self.created, "is_org_shared": False}
        if self.user is not None:
            return body | {"is_im": True, "is_archived": False, "user": self.user.id, "is_open": True}
        is_shared = self.shared
        return body | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind is Kind.PUBLIC or self.kind is Kind.PRIVATE,
            "is_group": False,
            "is_im": False,
            "is_mpim": self.kind is Kind.MPIM,
            "is_private": self.private,
            "is_archived": self.archived,
            "is_general": False,
            "is_shared": is_shared,
            "is_ext_shared": is_shared,
            "is_member": self.has(install),
            "num_members": len(self.members),
            "context_team_id": self.team.id,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }
