"""Chats: who is in them, what stands in them, and what a bot may do there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.telegram.errors import ApiError, bad_request, forbidden
from tests.fakes.telegram.members import Kind, Member, Status
from tests.fakes.telegram.message import Message

if TYPE_CHECKING:
    from tests.fakes.telegram.bots import Bot
    from tests.fakes.telegram.people import User
    from tests.fakes.telegram.town import Town

ANONYMOUS_ADMIN: Final = 1087968824  # @GroupAnonymousBot
CHANNEL_BOT: Final = 136817688  # @Channel_Bot
SERVICE: Final = 777000  # "Telegram"
GENERAL: Final = 1  # the topic whose messages carry no thread


@dataclass(slots=True, kw_only=True)
class Topic:
    """A forum topic; `thread` is the message_thread_id. A closed one takes posts of topic managers only."""

    chat: Chat
    thread: int
    name: str
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of a chat's history: `what` is posted, edited, deleted or service; `text` as it then was (raw)."""

    what: str
    message: int
    text: str
    at: float
    by_bot: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Chat:
    """A place. A private chat belongs to one bot (`bot`) and one user (`user`), and its id is the user's."""

    fake: Town
    id: int
    kind: Kind
    title: str
    username: str | None = None
    bot: Bot | None = None
    user: User | None = None
    started: bool = False
    blocked: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    forum: bool = False
    open: bool = True  # whether plain members may write
    hides_members: bool = False
    deleted: bool = False
    moved_to: Chat | None = None
    discussion: Chat | None = None  # a channel's group, or a group's channel
    by_id: dict[int, Message] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    ephemeral: list[Message] = field(default_factory=list)
    actions: list[tuple[float, str]] = field(default_factory=list)  # chat actions: when, which
    last_id: int = 0
    _brief: dict[str, Any] | None = None

    @property
    def brief(self) -> dict[str, Any]:
        """A Chat."""
        if self._brief is None:
            body: dict[str, Any] = {"id": self.id, "type": str(self.kind)}
            if self.user is not None:
                body |= {"first_name": self.user.first_name}
                if self.user.username:
                    body["username"] = self.user.username
            else:
                body["title"] = self.title
                if self.username:
                    body["username"] = self.username
                if self.forum:
                    body["is_forum"] = True
            self._brief = body
        return self._brief

    @property
    def messages(self) -> list[Message]:
        """What everybody in the chat sees now, oldest first."""
        return [one for one in self.by_id.values() if not one.deleted]

    def seen_by(self, user: User) -> list[Message]:
        """What one person sees: the chat's messages, and the ephemeral ones for them."""
        return self.messages + [one for one in self.ephemeral if one.only_for is user and not one.deleted]

    @property
    def last(self) -> Message:
        """The newest visible message."""
        return self.messages[-1]

    @property
    def from_bot(self) -> list[Message]:
        """The bots' visible messages."""
        return [one for one in self.messages if one.author is not None]

    def member(self, user: User) -> Member:
        """Somebody's place here, `left` for strangers."""
        found = self.members.get(user.id)
        return found if found is not None else Member(user=user, status=Status.LEFT)

    def next_id(self) -> int:
        """The id of the next message: counted per chat in supergroups and channels, else over all small chats."""
        if self.kind in (Kind.SUPERGROUP, Kind.CHANNEL):
            self.last_id += 1
            return self.last_id
        self.fake.last_id += 1
        return self.fake.last_id

    def note(self, what: str, message: Message) -> None:
        """Write a line of history and wake who waits for it."""
        text = message.content_raw
        self.history.append(
            Change(
                what=what, message=message.id, text=text, at=self.fake.clock.time(), by_bot=message.author is not None
            )
        )
        self.fake.changed()

    async def wait_for(
        self, wanted: Callable[[Message], bool] = lambda _: True, *, after: Message | None = None, within: float = 20.0
    ) -> Message:
        """The first visible message of a bot that satisfies `wanted` and is newer than `after`; waits for it.

        Raises AssertionError with what is there instead after `within` seconds.
        """

        def find() -> Message | None:
            least = after.id if after is not None else 0
            return next((one for one in self.from_bot if one.id > least and wanted(one)), None)

        return await self.fake.eventually(find, within, lambda: f"in {self.title!r} there is only {self.messages}")

    async def waits_for_posts(self, count: int, *, within: float = 20.0) -> list[Message]:
        """The bots' visible messages, once there are at least `count`."""

        def find() -> list[Message] | None:
            return found if len(found := self.from_bot) >= count else None

        return await self.fake.eventually(find, within, lambda: f"only {self.from_bot} in {self.title!r}")

    async def stays_silent(self, seconds: float = 0.2) -> None:
        """Fails if anything is posted, edited or deleted here in the next so many seconds."""
        before = len(self.history)
        await asyncio.sleep(seconds)
        assert len(self.history) == before, f"not silent: {self.history[before:]}"

    # --- what a bot may do here --------------------------------------------------------------------------

    def admit(self, bot: Bot, *, write: bool) -> None:
        """Raises ApiError where the bot may not even look in, or not write."""
        noun = "group" if self.kind is Kind.GROUP else str(self.kind)
        if self.user is not None:
            if self.user.deactivated:
                raise forbidden("user is deactivated")
            if self.user.is_bot:
                raise forbidden("bots can't send messages to bots")
            if not self.started:
                raise forbidden("bot can't initiate conversation with a user")
            if self.blocked and write:
                raise forbidden("bot was blocked by the user")
            return
        if self.moved_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved_to.id)
        if self.deleted:
            raise forbidden("the group chat was deleted")
        match self.member(bot.user).status:
            case Status.KICKED:
                raise forbidden(f"bot was kicked from the {noun} chat")
            case Status.LEFT:
                raise forbidden(f"bot is not a member of the {noun} chat")
            case _:
                pass

    def admit_post(self, bot: Bot) -> None:
        """Raises ApiError where the bot may not post."""
        self.admit(bot, write=True)
        if refusal := self.silences(self.member(bot.user) if self.user is None else None):
            raise refusal

    def silences(self, member: Member | None) -> ApiError | None:
        """Why a member may not write here."""
        if member is None:
            return None
        if self.kind is Kind.CHANNEL:
            return (
                None
                if member.has("can_post_messages")
                else bad_request("need administrator rights in the channel chat")
            )
        if member.status is Status.RESTRICTED or not (self.open or member.administers):
            return bad_request("not enough rights to send text messages to the chat")
        return None

    def admit_thread(self, bot: Bot, thread: int | None) -> int | None:
        """The thread that a post goes to. Raises ApiError where there is none or it is closed."""
        if thread is None and not self.forum:
            return None
        topic = self.topics.get(GENERAL if thread is None else thread)
        if thread is not None and (topic is None or thread == GENERAL):
            raise bad_request("message thread not found")
        if topic is not None and topic.closed and not self.member(bot.user).has("can_manage_topics"):
            raise bad_request("TOPIC_CLOSED")
        return thread
