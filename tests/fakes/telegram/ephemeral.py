"""Ephemeral messages (Bot API 10.2 and 10.3): what one member of a group sees, and nobody else."""

from __future__ import annotations

from typing import Any, Final

from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import OLD_QUERY, bad_request
from tests.fakes.telegram.members import Kind
from tests.fakes.telegram.message import Message

ACTION_LIFE: Final = 15.0
"""Seconds in which a press or an ephemeral command lets any bot answer so; an administrator may at any time.

Source: https://core.telegram.org/bots/api#ephemeral-messages-and-commands
"""


def show_to_one(call: Call, message: Message, private: dict[str, Any]) -> dict[str, Any]:
    """Show a message to one member; it is counted apart and is no part of the chat's history. Raises ApiError."""
    chat = message.chat
    reader = call.fake.users.get(int(private.get("receiver_user_id", 0)))
    if chat.kind not in (Kind.GROUP, Kind.SUPERGROUP):
        raise bad_request("ephemeral messages can be sent only in groups")
    if reader is None or not chat.member(reader).present:
        raise bad_request("PARTICIPANT_ID_INVALID")
    now = call.fake.clock.time()
    asked = (call.structure("reply_parameters") or {}).get("ephemeral_message_id")
    if query_id := private.get("callback_query_id"):
        press = call.bot.presses.get(str(query_id))
        if press is None or press.user is not reader or now - press.at > ACTION_LIFE:
            raise bad_request(OLD_QUERY)
    elif asked is not None:
        said = chat.ephemeral[asked - 1] if 1 <= asked <= len(chat.ephemeral) else None
        if said is None or said.only_for is not reader or now - said.date > ACTION_LIFE + 1:
            raise bad_request("message to be replied not found")
    elif not chat.member(call.bot.user).administers:
        raise bad_request("BOT_NOT_ADMIN")
    message.id = 0
    call.fake.whisper(message, reader)
    return message.json()


def find(call: Call) -> Message:
    """The ephemeral message that a request means. Raises ApiError."""
    chat = call.chat()
    chat.admit(call.bot, write=True)
    number = call.integer("ephemeral_message_id")
    message = chat.ephemeral[number - 1] if 1 <= number <= len(chat.ephemeral) else None
    reader = call.integer("receiver_user_id")
    if message is None or message.deleted or message.only_for is None or message.only_for.id != reader:
        raise bad_request("message to edit not found")
    return message
