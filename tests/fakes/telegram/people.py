"""The people of the fake: what they say, press, type and administer, as a test tells them to.

Over 300 lines, for people do many things and each is one short method of theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.telegram.members import Kind, Member, Status, all_rights
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.queries import InlineAnswer, InlineQuery, InlineResult, Press, Toast
from tests.fakes.telegram.tdlib import Content
from tests.fakes.telegram.world import ANONYMOUS_ADMIN, CHANNEL_BOT, GENERAL, Chat, Topic

if TYPE_CHECKING:
    from tests.fakes.telegram.bots import Bot
    from tests.fakes.telegram.town import Town


@dataclass(slots=True, kw_only=True, eq=False)
class User:
    """A person, or a bot's own account."""

    fake: Town
    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    deactivated: bool = False
    _json: dict[str, Any] | None = field(default=None, repr=False)

    def json(self) -> dict[str, Any]:
        """A User."""
        if self._json is None:
            body: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
            if self.username:
                body["username"] = self.username
            if self.language_code:
                body["language_code"] = self.language_code
            self._json = body
        return self._json

    @property
    def private(self) -> Chat:
        """Their private chat with the first bot."""
        return self.private_with(self.fake.bot)

    def private_with(self, bot: Bot) -> Chat:
        """Their private chat with a bot."""
        chat = bot.private.get(self.id)
        if chat is None:
            chat = bot.private[self.id] = Chat(
                fake=self.fake, id=self.id, kind=Kind.PRIVATE, title=self.first_name, bot=bot, user=self
            )
        return chat

    # --- talking -----------------------------------------------------------------------------------------

    async def starts(self, payload: str = "") -> Message:
        """Open the private chat and press Start; a deep link brings its payload. Ends a block."""
        if self.private.blocked:
            await self.unblocks()
        return await self.says(self.private, f"/start {payload}".strip())

    async def says(
        self,
        chat: Chat,
        text: str,
        *,
        thread: Topic | int | None = None,
        reply_to: Message | None = None,
        anonymous: bool = False,
        as_channel: Chat | None = None,
        via: Bot | None = None,
        ephemeral: bool = False,
        **extra: Any,
    ) -> Message:
        """Post in a chat: in a channel as the channel, `anonymous` as an admin without a name, `as_channel` under a
        channel's name; `ephemeral`: a command that nobody else sees, as new applications send those that the bot's
        menu marks so. `extra` are further fields of the Message. Asserts that Telegram would let them."""
        sender: User | None = self
        sender_chat: Chat | None = None
        if chat.kind is Kind.PRIVATE:
            assert not chat.blocked, "a bot that is blocked cannot be written to"
            chat.started = True
        else:
            member = chat.member(self)
            assert member.present, f"{self.first_name} is not in {chat.title}"
            assert chat.silences(member) is None, f"{self.first_name} may not write in {chat.title}"
            if chat.kind is Kind.CHANNEL:
                sender, sender_chat = None, chat
            elif anonymous:
                assert member.administers, "only admins are anonymous"
                sender, sender_chat = self.fake.users[ANONYMOUS_ADMIN], chat
            elif as_channel is not None:
                sender, sender_chat = self.fake.users[CHANNEL_BOT], as_channel
        place = thread.thread if isinstance(thread, Topic) else thread
        if place == GENERAL:
            place = None
        if place is None and reply_to is not None and chat.kind is Kind.SUPERGROUP:
            # A reply has the thread of what it answers; outside forums that is the first message's id.
            place = reply_to.thread if chat.forum else reply_to.thread or reply_to.id
        if ephemeral:
            name = text.partition(" ")[0].partition("@")[0]
            marked = [f"/{one['command']}" for one in self.sees_commands(chat) if one.get("is_ephemeral")]
            assert self.fake.bot.ephemeral, "the server is too old for that"
            assert name in marked, f"not among {marked}"
        message = Message(
            chat=chat,
            id=0 if ephemeral else chat.next_id(),
            date=int(self.fake.clock.time()),
            sender=sender,
            sender_chat=sender_chat,
            content=Content(text),
            thread=place,
            reply_to=reply_to,
            via=via,
            extra=dict(extra),
        )
        if ephemeral:
            self.fake.whisper(message, self)
        else:
            self.fake.publish(message)
        return message

    async def posts(self, channel: Chat, text: str, **extra: Any) -> Message:
        """Post in a channel."""
        return await self.says(channel, text, **extra)

    async def edits(self, message: Message, text: str) -> Message:
        """Change a message of their own, or a channel's."""
        assert message.sender is self or message.sender_chat is message.chat
        message.content = Content(text)
        message.edit_date = int(self.fake.clock.time())
        message.chat.note("edited", message)
        self.fake.announce(message, edited=True)
        return message

    async def deletes(self, message: Message) -> None:
        """Delete a message for everybody; bots are not told."""
        self.fake.erase(message)

    # --- pressing ----------------------------------------------------------------------------------------

    async def presses(self, message: Message, label_or_data: str, *, within: float = 20.0) -> Toast:
        """Press a button and see the answer. A button that is a link answers with its own address.

        Raises TimeoutError where the bot never answers.
        """
        button = message.button(label_or_data)
        if "url" in button:
            return Toast(url=button["url"])
        assert "callback_data" in button, f"nothing that a bot hears of: {button}"
        return await self.forges(message, button["callback_data"], within=within)

    async def forges(self, message: Message, data: str, *, within: float = 20.0) -> Toast:
        """Send callback data that need not be on any button, as a hostile client can."""
        bot = message.via or message.author
        assert bot is not None, "only bots' messages have buttons"
        press = Press(
            id=self.fake.ticket(),
            user=self,
            bot=bot,
            at=self.fake.clock.time(),
            answer=asyncio.get_running_loop().create_future(),
        )
        body: dict[str, Any] = {"id": press.id, "from": self.json(), "chat_instance": str(-message.chat.id * 7919)}
        if message.inline_id is not None:
            body["inline_message_id"] = message.inline_id
        elif message.deleted:
            body["message"] = {"chat": message.chat.brief, "message_id": message.id, "date": 0}
        else:
            body["message"] = message.json()
        bot.presses[press.id] = press
        bot.mailbox.put("callback_query", body | {"data": data}, key=message.chat.id)
        return await asyncio.wait_for(press.answer, within)

    async def follows(self, url: str | None) -> Message:
        """Open a `t.me/<bot>?start=…` address and press Start."""
        parts = urlsplit(url or "")
        assert parts.netloc == "t.me", f"no deep link: {url}"
        assert parts.path.strip("/").lower() == (self.fake.bot.user.username or "").lower(), f"another bot: {url}"
        return await self.starts(parse_qs(parts.query).get("start", [""])[0])

    async def waits_for(self, chat: Chat, wanted: Callable[[Message], bool], *, within: float = 20.0) -> Message:
        """The first bot's message that this person sees in a chat, ephemeral ones too, and that satisfies `wanted`."""

        def find() -> Message | None:
            return next((one for one in chat.seen_by(self) if one.author is not None and wanted(one)), None)

        return await self.fake.eventually(find, within, lambda: f"they see only {chat.seen_by(self)}")

    # --- inline ------------------------------------------------------------------------------------------

    async def types_inline(
        self, query: str, offset: str = "", *, chat_type: str = "sender", within: float = 20.0
    ) -> InlineAnswer:
        """Type `@bot query` somewhere and see the list; `offset` scrolls on. Raises TimeoutError without an answer."""
        bot = self.fake.bot
        assert bot.inline, "inline mode is off"
        query = query[:256]
        for key in ((query, offset, self.id), (query, offset, 0)):
            kept = bot.inline_cache.get(key)
            if kept is not None and kept[1] > self.fake.clock.time():
                return InlineAnswer(
                    results=kept[0].results, next_offset=kept[0].next_offset, button=kept[0].button, cached=True
                )
        asked = InlineQuery(
            id=self.fake.ticket(),
            user=self,
            bot=bot,
            query=query,
            offset=offset,
            at=self.fake.clock.time(),
            answer=asyncio.get_running_loop().create_future(),
        )
        bot.inline_queries[asked.id] = asked
        body = {"id": asked.id, "from": self.json(), "query": query, "offset": offset, "chat_type": chat_type}
        bot.mailbox.put("inline_query", body, key=self.id)
        return await asyncio.wait_for(asked.answer, within)

    async def chooses(self, result: InlineResult, chat: Chat | None = None) -> Message:
        """Send a result to a chat (their private one, unless told); it stands there as theirs, via the bot."""
        chat = chat or self.private
        bot = result.bot
        content = result.body["input_message_content"]
        rows = (result.body.get("reply_markup") or {}).get("inline_keyboard")
        message = Message(
            chat=chat,
            id=chat.next_id(),
            date=int(self.fake.clock.time()),
            sender=None if chat.kind is Kind.CHANNEL else self,
            sender_chat=chat if chat.kind is Kind.CHANNEL else None,
            content=Content(content["message_text"], content.get("parse_mode"), content.get("entities")),
            keyboard=rows or None,
            via=bot,
            inline_id=f"inline-{self.fake.ticket()}" if rows else None,
        )
        if message.inline_id is not None:
            bot.inline_messages[message.inline_id] = message
        self.fake.publish(message)
        if bot.inline_feedback:
            body: dict[str, Any] = {"result_id": result.id, "from": self.json(), "query": result.query}
            if message.inline_id is not None:
                body["inline_message_id"] = message.inline_id
            bot.mailbox.put("chosen_inline_result", body, key=self.id)
        return message

    # --- the bot and its places --------------------------------------------------------------------------

    async def blocks(self) -> None:
        """Block the bot."""
        self._block(self.private, blocked=True)

    async def unblocks(self) -> None:
        """Unblock it."""
        self._block(self.private, blocked=False)

    def _block(self, chat: Chat, *, blocked: bool) -> None:
        assert chat.bot is not None
        old = Member(user=chat.bot.user, status=Status.KICKED if chat.blocked else Status.MEMBER)
        new = Member(user=chat.bot.user, status=Status.KICKED if blocked else Status.MEMBER)
        chat.blocked, chat.started = blocked, True
        self.fake.tell_member(chat, self, old, new)

    async def deletes_account(self) -> None:
        """Become a deleted account."""
        self.deactivated = True

    async def adds_bot(self, chat: Chat, *, admin: bool | None = None, rights: Sequence[str] | None = None) -> None:
        """Add the bot; to a channel as an admin (there is no other way), to a group as a member unless told."""
        bot = self.fake.bot
        as_admin = chat.kind is Kind.CHANNEL if admin is None else admin
        status = Status.ADMINISTRATOR if as_admin else Status.MEMBER
        granted = frozenset(all_rights(chat.kind) if rights is None else rights) if as_admin else frozenset[str]()
        self._change(chat, Member(user=bot.user, status=status, rights=granted))
        if chat.kind is not Kind.CHANNEL:
            self.fake.serve(chat, self, {"new_chat_members": [bot.user.json()]})

    async def removes_bot(self, chat: Chat) -> None:
        """Throw the bot out."""
        self._change(chat, Member(user=self.fake.bot.user, status=Status.KICKED))

    async def promotes_bot(self, chat: Chat, *rights: str) -> None:
        """Make the bot an admin, with all rights unless some are named."""
        granted = frozenset(rights or all_rights(chat.kind))
        self._change(chat, Member(user=self.fake.bot.user, status=Status.ADMINISTRATOR, rights=granted))

    async def demotes_bot(self, chat: Chat) -> None:
        """Make it a plain member again (in a channel: an admin who may not post)."""
        status = Status.ADMINISTRATOR if chat.kind is Kind.CHANNEL else Status.MEMBER
        self._change(chat, Member(user=self.fake.bot.user, status=status))

    async def restricts_bot(self, chat: Chat) -> None:
        """Take the bot's right to write in a supergroup."""
        self._change(chat, Member(user=self.fake.bot.user, status=Status.RESTRICTED))

    async def promotes(self, other: User, chat: Chat, *rights: str, listed: bool = True) -> None:
        """Make somebody an admin; not `listed`: getChatAdministrators does not show them."""
        granted = frozenset(rights or all_rights(chat.kind))
        self._change(chat, Member(user=other, status=Status.ADMINISTRATOR, rights=granted, listed=listed))

    async def demotes(self, other: User, chat: Chat) -> None:
        """Make them a plain member."""
        self._change(chat, Member(user=other, status=Status.MEMBER))

    async def joins(self, chat: Chat) -> None:
        """Join a group or channel."""
        self._change(chat, Member(user=self, status=Status.MEMBER))

    async def leaves(self, chat: Chat) -> None:
        """Leave it."""
        self._change(chat, Member(user=self, status=Status.LEFT))

    def _change(self, chat: Chat, new: Member) -> None:
        old = chat.member(new.user)
        chat.members[new.user.id] = new
        self.fake.tell_member(chat, self, old, new)

    async def upgrades(self, group: Chat, *, noisy: bool = False) -> Chat:
        """Turn a group into a supergroup, and get that; the group's id is dead from then on. `noisy`: the bot is also
        told that it left the one and joined the other, which looks like a removal."""
        return self.fake.upgrade(group, self, noisy=noisy)

    async def deletes_group(self, group: Chat) -> None:
        """Delete the group for everybody."""
        group.deleted = True

    async def opens_topic(self, forum: Chat, name: str) -> Topic:
        """Open a forum topic."""
        return self.fake.open_topic(forum, self, name)

    async def closes_topic(self, topic: Topic) -> None:
        """Close it to all but its managers."""
        topic.closed = True
        self.fake.serve(topic.chat, self, {"forum_topic_closed": {}}, thread=topic.thread)

    async def deletes_topic(self, topic: Topic) -> None:
        """Delete it and what is in it."""
        del topic.chat.topics[topic.thread]
        for message in list(topic.chat.by_id.values()):
            if message.thread == topic.thread:
                self.fake.erase(message)

    def sees_commands(self, chat: Chat) -> list[dict[str, str]]:
        """The bot's menu as this person's client shows it in a chat."""
        return self.fake.bot.menu(self, chat)
