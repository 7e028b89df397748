"""Ephemeral messages (Bot API 10.2 and 10.3): what one member of a group sees, and nobody else."""

from __future__ import annotations

from typing import Any, Final

from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import OLD_QUERY, bad_request
from tests.fakes.telegram.members import Kind
from tests.fakes.telegram.message import Message

PRESS_LIFE: Final = 15.0  # seconds in which a press lets a bot answer so (second-hand: other libraries' documentation)


def show_to_one(call: Call, message: Message, private: dict[str, Any]) -> dict[str, Any]:
    """Show a message to one member; it is counted apart and is no part of the chat's history. Raises ApiError."""
    chat = message.chat
    reader = call.fake.users.get(int(private.get("receiver_user_id", 0)))
    if chat.kind not in (Kind.GROUP, Kind.SUPERGROUP):
        raise bad_request("ephemeral messages can be sent only in groups")
    if reader is None or not chat.member(reader).present:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if query_id := private.get("callback_query_id"):
        press = call.bot.presses.get(str(query_id))
        if press is None or press.user is not reader or call.fake.clock.time() - press.at > PRESS_LIFE:
            raise bad_request(OLD_QUERY)
    chat.ephemeral.append(message)
    message.id, message.only_for = 0, reader
    message.extra |= {"ephemeral_message_id": len(chat.ephemeral), "receiver_user": reader.json()}
    call.fake.changed()
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
