"""The world that people and bots share: who exists, where they meet, and who is told of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.fakes.clock import Clock
from tests.fakes.telegram.bots import Bot
from tests.fakes.telegram.limits import Limits, Meter
from tests.fakes.telegram.members import Kind, Member, Status
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.people import User
from tests.fakes.telegram.updates import Mailbox
from tests.fakes.telegram.world import ANONYMOUS_ADMIN, CHANNEL_BOT, GENERAL, SERVICE, Chat, Topic
from tests.fakes.watched import Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something that a well-behaved client does not do, whether the server minds or not; `at` in monotonic seconds."""

    method: str
    chat: object
    words: str
    at: float


class Town(Watched):
    """People, chats and bots. `violations` gathers what a well-behaved client does not do."""

    def __init__(self, token: str, username: str, limits: Limits | None) -> None:
        super().__init__()
        self.clock = Clock()
        self.violations: list[Violation] = []
        self.webhook_retry = 0.05  # seconds, doubling; Telegram's own patience is longer
        self.webhook_timeout = 5.0
        self.proxies: dict[str, str] = {}
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.bots: dict[str, Bot] = {}
        self.last_id = 0
        self._tickets = 4_000_000_000
        for id_, name, account in (
            (ANONYMOUS_ADMIN, "Group", "GroupAnonymousBot"),
            (CHANNEL_BOT, "Channel", "Channel_Bot"),
            (SERVICE, "Telegram", None),
        ):
            is_bot = id_ != SERVICE
            self.users[id_] = User(fake=self, id=id_, first_name=name, username=account, is_bot=is_bot)
        self.bot = self.add_bot(token, username, limits)

    @property
    def limits(self) -> Limits:
        """The first bot's limits."""
        return self.bot.meter.limits

    def add_bot(self, token: str, username: str, limits: Limits | None = None) -> Bot:
        """Another bot, with its own token, queue and limits."""
        account = User(
            fake=self, id=int(token.partition(":")[0]), first_name="Paperboy", username=username, is_bot=True
        )
        self.users[account.id] = account
        bot = self.bots[token] = Bot(token=token, user=account, mailbox=Mailbox(self), meter=Meter(limits or Limits()))
        return bot

    def user(
        self,
        name: str = "김독자",
        *,
        username: str | None = None,
        language_code: str | None = "ko",
        started: bool = False,
    ) -> User:
        """A person; `started`: they wrote to the bot before."""
        user = User(
            fake=self,
            id=1_000_000 + len(self.users),
            first_name=name,
            username=username,
            language_code=language_code,
        )
        self.users[user.id] = user
        user.private.started = started
        return user

    def group(
        self,
        title: str = "연구실",
        *,
        owner: User | None = None,
        members: tuple[User, ...] = (),
        supergroup: bool = True,
        forum: bool = False,
        username: str | None = None,
        bot: bool = False,
    ) -> Chat:
        """A group, a supergroup unless told, a forum if told; `bot`: the first bot is a member already."""
        kind = Kind.SUPERGROUP if supergroup or forum else Kind.GROUP
        chat = self._chat(kind, title, username, owner, members)
        if forum:
            chat.forum = True
            chat.last_id = GENERAL  # what opened the general topic
            chat.topics[GENERAL] = Topic(chat=chat, thread=GENERAL, name="General")
        if bot:
            chat.members[self.bot.user.id] = Member(user=self.bot.user, status=Status.MEMBER)
        return chat

    def channel(
        self,
        title: str = "논문 소식",
        *,
        owner: User | None = None,
        members: tuple[User, ...] = (),
        username: str | None = None,
        discussion: Chat | None = None,
        bot: bool = False,
    ) -> Chat:
        """A channel, with a discussion group if one is given; `bot`: the first bot may post in it already."""
        chat = self._chat(Kind.CHANNEL, title, username, owner, members)
        if discussion is not None:
            chat.discussion, discussion.discussion = discussion, chat
        if bot:
            rights = frozenset({"can_manage_chat", "can_post_messages", "can_edit_messages", "can_delete_messages"})
            chat.members[self.bot.user.id] = Member(user=self.bot.user, status=Status.ADMINISTRATOR, rights=rights)
        return chat

    def _chat(
        self, kind: Kind, title: str, username: str | None, owner: User | None, members: tuple[User, ...]
    ) -> Chat:
        number = 5_000_000 + len(self.chats)
        id_ = -number if kind is Kind.GROUP else -1_000_000_000_000 - number
        chat = self.chats[id_] = Chat(fake=self, id=id_, kind=kind, title=title, username=username)
        for user in members:
            chat.members[user.id] = Member(user=user, status=Status.MEMBER)
        if owner is not None:
            chat.members[owner.id] = Member(user=owner, status=Status.CREATOR)
        return chat

    def find_chat(self, bot: Bot, name: object) -> Chat | None:
        """The chat that a bot means by an id or @username."""
        if isinstance(name, str) and name.startswith("@"):
            wanted = name[1:].lower()
            return next((chat for chat in self.chats.values() if (chat.username or "").lower() == wanted), None)
        try:
            id_ = int(str(name))
        except ValueError:
            return None
        if id_ < 0:
            return self.chats.get(id_)
        found = bot.private.get(id_)
        if found is None and id_ in self.users:
            found = self.users[id_].private_with(bot)
        return found

    def ticket(self) -> str:
        """A fresh id for a query."""
        self._tickets += 1
        return str(self._tickets)

    def publish(self, message: Message) -> None:
        """Put a message into its chat and bring it to whom it concerns."""
        chat = message.chat
        chat.by_id[message.id] = message
        chat.note("service" if message.service else "posted", message)
        if message.author is None or len(self.bots) > 1:
            self.announce(message)
        if chat.kind is Kind.CHANNEL and chat.discussion is not None:
            self._forward(message, chat.discussion)

    def whisper(self, message: Message, reader: User) -> None:
        """Let one member of a group and the bot see a message; it is counted apart and no part of the history."""
        chat = message.chat
        chat.ephemeral.append(message)
        message.only_for = reader
        message.extra |= {"ephemeral_message_id": len(chat.ephemeral)}
        if message.author is None:
            self.bot.mailbox.put("message", message.json(), key=chat.id)
        else:
            message.extra |= {"receiver_user": reader.json()}
        self.changed()

    def announce(self, message: Message, *, edited: bool = False) -> None:
        """Bring a message to the bots that hear it."""
        kind = "channel_post" if message.chat.kind is Kind.CHANNEL else "message"
        for bot in self.bots.values():
            if bot.hears(message):
                bot.mailbox.put(f"edited_{kind}" if edited else kind, message.json(), key=message.chat.id)

    def _forward(self, post: Message, group: Chat) -> None:
        origin = {"type": "channel", "date": post.date, "chat": post.chat.brief, "message_id": post.id}
        copy = Message(
            chat=group,
            id=group.next_id(),
            date=post.date,
            sender=self.users[SERVICE],
            sender_chat=post.chat,
            content=post.content,
            rich=post.rich,
            keyboard=post.keyboard,
            extra={"is_automatic_forward": True, "forward_origin": origin},
        )
        self.publish(copy)

    def serve(self, chat: Chat, actor: User, service: dict[str, Any], *, thread: int | None = None) -> Message:
        """A service message."""
        message = Message(
            chat=chat,
            id=chat.next_id(),
            date=int(self.clock.time()),
            sender=None if chat.kind is Kind.CHANNEL else actor,
            sender_chat=chat if chat.kind is Kind.CHANNEL else None,
            service=service,
            thread=thread,
        )
        self.publish(message)
        return message

    def erase(self, message: Message) -> None:
        """Delete a message for everybody."""
        message.deleted = True
        message.chat.by_id.pop(message.id, None)
        message.chat.note("deleted", message)

    def tell_member(self, chat: Chat, actor: User, old: Member, new: Member) -> None:
        """Tell the bots of a change of membership: the bot concerned, and those that administer the chat."""
        body = {
            "chat": chat.brief,
            "from": actor.json(),
            "date": int(self.clock.time()),
            "old_chat_member": old.json(chat),
            "new_chat_member": new.json(chat),
        }
        for bot in self.bots.values():
            if bot.user is new.user:
                bot.mailbox.put("my_chat_member", body, key=chat.id)
            elif chat.user is None and chat.member(bot.user).administers:
                bot.mailbox.put("chat_member", body, key=chat.id)

    def upgrade(self, group: Chat, actor: User, *, noisy: bool = False) -> Chat:
        """Turn a group into a supergroup: a new id, new message ids, the same people."""
        assert group.kind is Kind.GROUP, "only plain groups are upgraded"
        chat = self._chat(Kind.SUPERGROUP, group.title, None, None, ())
        chat.members = dict(group.members)
        self.serve(group, actor, {"migrate_to_chat_id": chat.id})
        group.moved_to = chat
        self.serve(chat, actor, {"migrate_from_chat_id": group.id})
        if noisy:
            for member in [one for one in chat.members.values() if one.user.is_bot]:
                gone = Member(user=member.user, status=Status.LEFT)
                self.tell_member(group, actor, member, gone)
                self.tell_member(chat, actor, gone, member)
        return chat

    def open_topic(self, forum: Chat, actor: User, name: str) -> Topic:
        """A new topic; its thread is the id of the service message that opens it."""
        assert forum.forum, f"{forum.title} is no forum"
        topic = Topic(chat=forum, thread=forum.last_id + 1, name=name)
        forum.topics[topic.thread] = topic
        created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        self.serve(forum, actor, created, thread=topic.thread)
        return topic

    # --- for tests that look -----------------------------------------------------------------------------

    def blame(self, method: str, chat: object, words: str) -> None:
        """Note a violation."""
        at = self.clock.monotonic()
        self.violations.append(Violation(method=method, chat=chat, words=words, at=at))

    async def until_delivered(self, *, within: float = 20.0) -> None:
        """Wait until the first bot has taken all of its updates."""
        await self.until(lambda: not self.bot.mailbox.queue, within=within)

    def route(self, url: str) -> str:
        """Where a webhook's address leads: `proxies` maps public beginnings to local ones, as a TLS proxy does."""
        for public, local in self.proxies.items():
            if url.startswith(public):
                return local + url.removeprefix(public)
        return url
