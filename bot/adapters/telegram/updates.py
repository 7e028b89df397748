"""Telegram's updates in the words of the house: what happened, and where an answer goes. Pure.

Over 400 lines, for each kind of update is a short function and all of them share the words at the top.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from telegram import (
    CallbackQuery,
    ChatMember,
    InlineQuery,
    Message,
    Update,
    User,
)
from telegram import Chat as TelegramChat

from bot.adapters.base import Command, Event, Joined, Left, Lookup, Moved, Person, Press, everybody, nobody
from bot.adapters.telegram.remote import Remote, goes_there, split
from bot.adapters.telegram.render import Keyboard
from bot.message import decode_action
from bot.model import Address, ChatKind

WANTED: Final = ("message", "channel_post", "callback_query", "inline_query", "my_chat_member")
"""The updates that are asked for; edited messages are not among them, for they are no commands."""

ANONYMOUS_ADMIN: Final = 1087968824
CHANNEL_BOT: Final = 136817688
SERVICE: Final = 777000
"""Telegram's own accounts: an admin who hides their name, whoever speaks as a channel, automatic forwards."""

_NO_NUMBER: Final = 2**52
"""No message has a number as great as this; an update that says so is nonsense."""
_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)
_KOREAN: Final = re.compile(r"/([가-힣]{1,16})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)
_ANY_BOT: Final = re.compile(r"/\w{1,32}@")
"""How a command for some bot begins."""
_LOOSE: Final = re.compile(
    r"/\s*([A-Za-z0-9_]{1,32}(?:(?!\w)|(?=[가-힣]))|[가-힣]{1,16}(?!\w))[:,-]?\s*(.*)", re.DOTALL
)
"""A command as it is mistyped: a name in letters of one kind ends where it cannot go on."""

Manages = Callable[[int, int], Awaitable[bool]]
"""Whether in the chat with the first id the person with the second one may change settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The bot itself."""

    id: int
    username: str

    @property
    def lane(self) -> str:
        """The lane of all its chats."""
        return f"telegram:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A command or plain words. `message` is what an answer replies to, 0 for none; `ephemeral`, where it is not 0, is
    the number of a command that only we and the person can see."""

    chat: int
    thread: str
    message: int
    shared: bool
    person: int
    ephemeral: int = 0
    channel: bool = False
    remote: Remote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button. `chat` and `message` are 0 where it is on a message that was posted inline (`inline`); `ephemeral` is
    the number of the message where only the person can see it."""

    query: str
    chat: int
    thread: str
    message: int
    inline: str | None
    keyboard: Keyboard
    shared: bool
    channel: bool
    person: int
    ephemeral: int = 0
    remote: Remote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An inline query."""

    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Nothing is answered."""


Place = Said | Pressed | Asked | Quiet


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event and where its answer goes. Those of one `order` are dealt with one after the other."""

    event: Event
    place: Place
    order: str
    person: int = 0


def read(raw: Mapping[str, Any], me: Me, manages: Manages) -> Happened | None:
    """What an update means; None where it means nothing to us. Raises what the library raises on nonsense."""
    if isinstance(changed := raw.get("my_chat_member"), dict):
        return _member(changed, me, manages)
    update = Update.de_json(dict(raw), None)
    if (message := update.message or update.channel_post) is not None:
        return _message(message, me, manages)
    if update.callback_query is not None:
        return _press(update.callback_query, me, manages)
    if update.inline_query is not None:
        return _inline(update.inline_query, me)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """A message that is there for certain. `editable`: a channel's, which a bot may be allowed to edit."""

    chat: int
    message: int
    editable: bool


def there(raw: Mapping[str, Any]) -> There | None:
    """The message that an update is about."""
    for kind in ("message", "channel_post"):
        match raw.get(kind):
            case {"message_id": int(message), "chat": {"id": int(chat)}} if 0 < message < _NO_NUMBER:
                return There(chat=chat, message=message, editable=kind == "channel_post")
    return None


def welcomed(raw: Mapping[str, Any]) -> int | None:
    """The chat of which we hear from now on, where the update says so."""
    match raw.get("my_chat_member"):
        case {
            "chat": {"id": int(chat), "type": str(kind)},
            "old_chat_member": {"status": str(before)},
            "new_chat_member": {"status": str(after)},
        }:
            deaf = {ChatMember.LEFT, ChatMember.BANNED}
            if kind == TelegramChat.CHANNEL:
                deaf |= {ChatMember.MEMBER, ChatMember.RESTRICTED}
            return chat if before in deaf and after not in deaf else None
    return None


# --- messages -------------------------------------------------------------------------------------------------


def _message(message: Message, me: Me, manages: Manages) -> Happened | None:
    chat, sender = message.chat, message.from_user
    if message.migrate_to_chat_id:
        return _moved(me, chat.id, message.migrate_to_chat_id, order=chat.id)
    if message.migrate_from_chat_id:
        return _moved(me, message.migrate_from_chat_id, chat.id, order=chat.id)
    if message.via_bot is not None or message.is_automatic_forward:
        return None
    if sender is not None and sender.id == SERVICE:
        return None
    if sender is not None and sender.is_bot and sender.id not in (ANONYMOUS_ADMIN, CHANNEL_BOT):
        return None
    kind = _kind(chat)
    if kind is ChatKind.PRIVATE:
        named = _in_private(message.text or message.caption or "", me)
    else:
        named = _named(message.text or "", me, korean=kind is not ChatKind.GROUP)
    if named is None:
        return None
    name, argument = named
    thread = _thread(message)
    event = Command(
        address=Address(lane=me.lane, chat=str(chat.id), thread=thread),
        kind=kind,
        title=_title(chat),
        person=_person(sender, me) if sender is not None and message.sender_chat is None else None,
        language=sender.language_code if sender is not None and kind is ChatKind.PRIVATE else None,
        may_manage=_may_manage(message, manages),
        name=name,
        argument=argument,
        about=_about(message),
        alone=bool(_ephemeral(message)),
    )
    # Whoever hides behind a chat has an account that all who do so share: what one asks for is not the others'.
    person = (message.sender_chat or sender or chat).id
    place = Said(
        chat=chat.id,
        thread=thread,
        message=message.message_id if kind is not ChatKind.PRIVATE else 0,
        shared=kind is not ChatKind.PRIVATE,
        person=person,
        ephemeral=_ephemeral(message),
        channel=kind is ChatKind.CHANNEL,
    )
    return Happened(event=event, place=place, order=str(chat.id), person=person)


def _named(text: str, me: Me, *, korean: bool) -> tuple[str, str] | None:
    """The command and its argument; None for no command of ours."""
    found = _COMMAND.fullmatch(text.strip()) or (_KOREAN.fullmatch(text.strip()) if korean else None)
    if found is None or (found[2] or me.username).casefold() != me.username.casefold():
        return None
    return found[1].casefold(), (found[3] or "").strip()


def _in_private(text: str, me: Me) -> tuple[str, str] | None:
    """The same where whatever is said is said to us: our name may stand in it, a space may be missing or too many, and
    what is no command is words (`/search보상 모델`, `/구독#moe`, `@paperboy_bot 보상 모델`)."""
    words = re.sub(rf"(?<!\S)@{me.username}(?![A-Za-z0-9_])", " ", text, flags=re.IGNORECASE).strip()
    if (named := _named(words, me, korean=True)) or not text.strip():
        return named
    if _ANY_BOT.match(words):
        return None
    if found := _LOOSE.fullmatch(words):
        return found[1].casefold(), found[2].strip()
    words = words.lstrip("/ \t\n")
    return ("", words) if words else ("help", "")


def _may_manage(message: Message, manages: Manages) -> Callable[[], Awaitable[bool]]:
    chat, sender = message.chat, message.from_user
    match _kind(chat):
        case ChatKind.PRIVATE:
            return everybody
        case ChatKind.CHANNEL:
            return everybody  # only those with the right to post can post
        case ChatKind.GROUP if message.sender_chat is not None:
            return everybody if message.sender_chat.id == chat.id else nobody
        case ChatKind.GROUP:
            return partial(manages, chat.id, sender.id) if sender is not None else nobody


def _moved(me: Me, old: int, new: int, *, order: int) -> Happened:
    """A group became a supergroup. Both say so, each before whatever else they have to say."""
    old_address, new_address = (Address(lane=me.lane, chat=str(one)) for one in (old, new))
    event = Moved(address=old_address, kind=ChatKind.GROUP, to=new_address)
    return Happened(event=event, place=Quiet(), order=str(order))


# --- presses --------------------------------------------------------------------------------------------------


def _press(query: CallbackQuery, me: Me, manages: Manages) -> Happened:
    person = _person(query.from_user, me)
    code, remote = split(query.data or "")
    action = decode_action(code)
    message = query.message
    if message is None:
        # On a message that somebody posted inline, in a chat that we may not know.
        address = Address(lane=me.lane, chat=f"inline {query.chat_instance}")
        event = Press(address=address, kind=ChatKind.GROUP, person=person, action=action)
        place = Pressed(
            query=query.id,
            chat=0,
            thread="",
            message=0,
            inline=query.inline_message_id,
            keyboard=(),
            shared=True,
            channel=False,
            person=query.from_user.id,
        )
        return Happened(event=event, place=place, order=person.id, person=query.from_user.id)
    chat = message.chat
    kind = _kind(chat)
    accessible = message if isinstance(message, Message) else None
    thread = _thread(accessible) if accessible is not None else ""
    where = Address(lane=me.lane, chat=str(chat.id), thread=thread)
    title, acts_in, acts_on = _title(chat), chat.id, kind
    if remote is not None and kind is ChatKind.PRIVATE and action is not None and goes_there(action):
        where = Address(lane=me.lane, chat=str(remote.chat), thread=remote.thread)
        title, acts_in, acts_on = "", remote.chat, remote.kind
    elif remote is not None:
        action, remote = None, None  # such buttons are sent to private chats only, and not all of them
    event = Press(
        address=where,
        kind=acts_on,
        title=title,
        person=person,
        language=query.from_user.language_code if acts_on is ChatKind.PRIVATE else None,
        may_manage=everybody if acts_on is ChatKind.PRIVATE else partial(manages, acts_in, query.from_user.id),
        alone=accessible is not None and bool(_ephemeral(accessible)),
        action=action,
    )
    place = Pressed(
        query=query.id,
        chat=chat.id,
        thread=thread,
        message=message.message_id,
        inline=None,
        keyboard=_keyboard(accessible),
        shared=kind is not ChatKind.PRIVATE,
        channel=kind is ChatKind.CHANNEL,
        person=query.from_user.id,
        ephemeral=_ephemeral(accessible) if accessible is not None else 0,
        remote=remote,
    )
    return Happened(event=event, place=place, order=str(chat.id), person=query.from_user.id)


def _keyboard(message: Message | None) -> Keyboard:
    """The buttons that a pressed message has now, those that we can draw again."""
    if message is None or message.reply_markup is None:
        return ()
    rows: list[tuple[dict[str, str], ...]] = []
    for row in message.reply_markup.inline_keyboard:
        keys: list[dict[str, str]] = []
        for button in row:
            if isinstance(button.callback_data, str):
                keys.append({"text": button.text, "callback_data": button.callback_data})
            elif button.url:
                keys.append({"text": button.text, "url": button.url})
        rows.append(tuple(keys))
    return tuple(rows)


def _inline(query: InlineQuery, me: Me) -> Happened:
    person = _person(query.from_user, me)
    event = Lookup(
        address=person.address,
        kind=ChatKind.PRIVATE,
        person=person,
        language=query.from_user.language_code,
        query=query.query,
        offset=query.offset,
    )
    return Happened(event=event, place=Asked(query=query.id), order=f"inline {person.id}", person=query.from_user.id)


# --- coming and going -----------------------------------------------------------------------------------------


def _member(changed: Mapping[str, Any], me: Me, manages: Manages) -> Happened | None:
    """Our own place in a chat changed. Read without the library, which refuses members that lack a field it knows."""
    chat, actor = TelegramChat.de_json(changed["chat"], None), User.de_json(changed["from"], None)
    kind = _kind(chat)
    old, new = changed["old_chat_member"], changed["new_chat_member"]
    before, after = _can_post(old, kind), _can_post(new, kind)
    if before == after:
        return None
    common: dict[str, Any] = {
        "address": Address(lane=me.lane, chat=str(chat.id)),
        "kind": kind,
        "title": _title(chat),
        "person": _person(actor, me),
        "language": actor.language_code if kind is ChatKind.PRIVATE else None,
    }
    place: Place = Quiet()
    event: Event
    if after:
        manager = everybody if kind is ChatKind.PRIVATE else partial(manages, chat.id, actor.id)
        event = Joined(**common, may_manage=manager)
        if kind is not ChatKind.PRIVATE:  # there, a press on Start follows, which is answered
            channel = kind is ChatKind.CHANNEL
            place = Said(chat=chat.id, thread="", message=0, shared=True, person=actor.id, channel=channel)
    else:
        event = Left(**common, reason=_reason(str(new["status"]), kind))
    return Happened(event=event, place=place, order=str(chat.id))


def _can_post(member: Mapping[str, Any], kind: ChatKind) -> bool:
    match member["status"]:
        case ChatMember.OWNER:
            return True
        case ChatMember.ADMINISTRATOR:
            return kind is not ChatKind.CHANNEL or bool(member.get("can_post_messages"))
        case ChatMember.RESTRICTED:
            return bool(member.get("is_member")) and bool(member.get("can_send_messages"))
        case ChatMember.MEMBER:
            return kind is not ChatKind.CHANNEL
        case _:
            return False


def _reason(status: str, kind: ChatKind) -> str:
    if kind is ChatKind.PRIVATE:
        return "blocked by the person"
    if status in (ChatMember.LEFT, ChatMember.BANNED):
        return "removed from the chat"
    return "not allowed to post"


# --- who and where --------------------------------------------------------------------------------------------


def _person(user: User, me: Me) -> Person:
    return Person(
        id=str(user.id),
        name=user.full_name,
        address=Address(lane=me.lane, chat=str(user.id)),
        language=user.language_code,
    )


def _kind(chat: TelegramChat) -> ChatKind:
    match chat.type:
        case TelegramChat.PRIVATE:
            return ChatKind.PRIVATE
        case TelegramChat.CHANNEL:
            return ChatKind.CHANNEL
        case _:
            return ChatKind.GROUP


def _title(chat: TelegramChat) -> str:
    return chat.title or chat.full_name or ""


def _ephemeral(message: Message) -> int:
    """The number of a message that one person and we can see, which the library does not know yet; 0 for any other."""
    number = message.api_kwargs.get("ephemeral_message_id", 0)
    return number if isinstance(number, int) else 0


def _about(message: Message) -> str | None:
    """The receipt of the message that is replied to. In a forum topic whatever is said replies to its beginning."""
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is not None:
        return None
    return f"{message.chat.id}/{replied.message_id}"


def _thread(message: Message) -> str:
    """The forum topic, "" for the general one and where there are none."""
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
