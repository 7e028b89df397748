"""Messages: posting, editing, deleting."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any, Final

from tests.fakes.telegram import ephemeral
from tests.fakes.telegram.call import Call, method
from tests.fakes.telegram.errors import NOT_MODIFIED, ApiError, bad_request
from tests.fakes.telegram.keyboard import read_keyboard
from tests.fakes.telegram.members import Kind
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.record import Posted
from tests.fakes.telegram.tdlib import Content
from tests.fakes.telegram.world import Chat

RICH_LENGTH: Final = 32_768
_TWO_DAYS: Final = 172_800


@method("sendMessage")
def send_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#sendmessage"""
    content = call.content()
    keyboard = read_keyboard(call.structure("reply_markup"))
    return _post(call, content.raw, content=content, keyboard=keyboard, preview=call.preview())


@method("sendRichMessage")
def send_rich_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#sendrichmessage"""
    if not call.bot.rich:
        raise ApiError(404, "Not Found: method not found")
    rich = _rich(call)
    keyboard = read_keyboard(call.structure("reply_markup"))
    return _post(call, json.dumps(rich, ensure_ascii=False), rich=rich, keyboard=keyboard)


def _rich(call: Call) -> dict[str, Any]:
    rich = call.structure("rich_message")
    if not isinstance(rich, dict) or sum(name in rich for name in ("html", "markdown", "blocks")) != 1:
        raise bad_request("rich message must have exactly one of html, markdown and blocks")
    text = html.unescape(re.sub(r"<[^>]*>", "", str(rich.get("html", rich.get("markdown", "")))))
    if len(text) > RICH_LENGTH:
        raise bad_request("message is too long")
    return rich


def _post(call: Call, raw: str, **parts: Any) -> dict[str, Any]:
    chat = call.chat()
    chat.admit_post(call.bot)
    asked = call.integer("message_thread_id")
    thread = chat.admit_thread(call.bot, asked or None)
    reply_to = _reply(call, chat)
    if reply_to is not None and thread is None and chat.forum:
        thread = reply_to.thread
    if refused := call.bot.meter.take(chat.id, call.at, paid=call.flag("allow_paid_broadcast")):
        call.blame(f"too fast: {refused.description}")
        raise refused
    fake = call.fake
    message = Message(
        chat=chat,
        id=chat.next_id(),
        date=int(fake.clock.time()),
        sender=None if chat.kind is Kind.CHANNEL else call.bot.user,
        sender_chat=chat if chat.kind is Kind.CHANNEL else None,
        thread=thread,
        reply_to=reply_to,
        author=call.bot,
        silent=call.flag("disable_notification"),
        **parts,
    )
    private = call.structure("ephemeral_message_parameters")
    if not private and "ephemeral_message_id" in (call.structure("reply_parameters") or {}):
        raise bad_request("message to be replied not found")
    if private and call.bot.ephemeral:
        return ephemeral.show_to_one(call, message, private)
    fake.record.add(
        Posted(
            at=call.at,
            wall=fake.clock.time(),
            bot=call.bot.user.id,
            chat=chat.id,
            thread=thread or 0,
            message=message.id,
            text=fake.record.hash(raw),
            kind=call.method,
        )
    )
    fake.publish(message)
    return message.json(close=call.close)


def _reply(call: Call, chat: Chat) -> Message | None:
    asked = call.structure("reply_parameters")
    if not asked or "ephemeral_message_id" in asked:
        return None
    found = chat.by_id.get(int(asked.get("message_id", 0)))
    if found is None or found.deleted:
        if asked.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    return found


# --- editing --------------------------------------------------------------------------------------------------


def _editable(call: Call) -> Message:
    message = _target(call, "edit")
    chat = message.chat
    if message.inline_id is not None:
        return message
    chat.admit_post(call.bot)
    ours = message.author is call.bot
    if not ours and not (chat.kind is Kind.CHANNEL and chat.member(call.bot.user).has("can_edit_messages")):
        raise bad_request("message can't be edited")
    if message.service is not None:
        raise bad_request("message can't be edited")
    return message


@method("editMessageText")
def edit_message_text(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editmessagetext"""
    return edit_text(call, _editable)


def edit_text(call: Call, target: Callable[[Call], Message]) -> Any:
    """Give a message another text; which, is looked for after the text was read. Raises ApiError."""
    keyboard = read_keyboard(call.structure("reply_markup"))
    if not call.params.get("rich_message"):
        content = call.content()
        return edit(call, target(call), keyboard, content, None)
    if not call.bot.rich:
        raise bad_request("message text is empty")
    rich = _rich(call)
    return edit(call, target(call), keyboard, None, rich)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    keyboard = read_keyboard(call.structure("reply_markup"))
    return edit(call, _editable(call), keyboard, None, None)


def edit(call: Call, message: Message, keyboard: Any, content: Content | None, rich: dict[str, Any] | None) -> Any:
    """Change a message, if anything about it changes. Raises ApiError."""
    chat = message.chat
    if refused := call.bot.meter.take(chat.id, call.at, paid=False):
        call.blame(f"too fast: {refused.description}")
        raise refused
    if content is None and rich is None:
        same = True
    elif rich is not None:
        same = message.rich == rich
    else:
        same = message.content is not None and content is not None and message.content.same(content)
        # The preview is part of what is seen, where there is a link to be previewed.
        same = same and (message.preview == call.preview() or "http" not in message.content_raw)
    if same and message.keyboard == keyboard:
        raise bad_request(NOT_MODIFIED)
    if content is not None or rich is not None:
        message.content, message.rich, message.preview = content, rich, call.preview()
    message.keyboard = keyboard
    message.edit_date = int(call.fake.clock.time())
    if message.only_for is None:
        chat.note("edited", message)
    call.fake.changed()
    return True if message.inline_id is not None or message.only_for is not None else message.json(close=call.close)


def _target(call: Call, deed: str) -> Message:
    if inline_id := call.text("inline_message_id"):
        found = call.bot.inline_messages.get(inline_id)
        if found is None or found.deleted:
            raise bad_request("MESSAGE_ID_INVALID")
        return found
    chat = call.chat()
    chat.admit(call.bot, write=False)
    if not call.params.get("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.by_id.get(call.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request(f"message to {deed} not found")
    return message


@method("deleteMessage")
def delete_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deletemessage"""
    message = _target(call, "delete")
    member = None if message.chat.user is not None else message.chat.member(call.bot.user)
    if member is not None and member.has("can_delete_messages"):
        allowed = True
    else:
        young = call.fake.clock.time() - message.date < _TWO_DAYS
        private = message.chat.user is not None
        allowed = young and (message.author is call.bot or private)
    if not allowed:
        raise bad_request("message can't be deleted for everyone")
    call.fake.erase(message)
    return True


@method("editEphemeralMessageText")
def edit_ephemeral_message_text(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editephemeralmessagetext"""
    return edit_text(call, ephemeral.find)


@method("editEphemeralMessageReplyMarkup")
def edit_ephemeral_message_reply_markup(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editephemeralmessagereplymarkup"""
    keyboard = read_keyboard(call.structure("reply_markup"))
    return edit(call, ephemeral.find(call), keyboard, None, None)


@method("deleteEphemeralMessage")
def delete_ephemeral_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deleteephemeralmessage"""
    ephemeral.find(call).deleted = True
    call.fake.changed()
    return True


@method("sendChatAction")
def send_chat_action(call: Call) -> Any:
    """https://core.telegram.org/bots/api#sendchataction"""
    chat = call.chat()
    chat.admit_post(call.bot)
    if not re.fullmatch(r"typing|upload_\w+|record_\w+|choose_sticker|find_location", call.text("action")):
        raise bad_request("wrong parameter action in request")
    chat.admit_thread(call.bot, call.integer("message_thread_id") or None)
    chat.actions.append((call.fake.clock.time(), call.text("action")))
    return True
