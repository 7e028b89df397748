"""The one place that knows what Telegram's errors mean to the house.

Beside sentences of its own the Bot API passes on codes of Telegram's, in capital letters and always as a Bad Request.
Source: `Client::fail_query_with_error` of tdlib/telegram-bot-api, and the errors of messages.sendMessage.
"""

from __future__ import annotations

from typing import Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.adapters.base import (
    ChatGone,
    ChatMoved,
    ChatPaused,
    FateUnknown,
    LaneClosed,
    MessageGone,
    NotSent,
    RateLimited,
    Rejected,
    SendError,
)
from bot.adapters.telegram.transport import NeverSent
from bot.model import Address

LANE_PAUSE_SECONDS: Final = 120.0
"""A pause longer than this is no longer about one chat."""
UNNAMED_PAUSE_SECONDS: Final = 5.0
"""How long to wait where Telegram says "too many" and not how long."""

_NOT_MODIFIED: Final = "message is not modified"
_MESSAGE_GONE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "message_id_invalid",
    "message identifier is not specified",
)
_NO_RIGHTS: Final = (
    "not enough rights",
    "no rights to send",
    "no write access",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "chat_guest_send_forbidden",
    "user_banned_in_channel",
    "payment_required",
    "privacy_premium_required",
    "topic_closed",
)
_CHAT_GONE: Final = (
    "chat not found",
    "peer_id_invalid",
    "chat_id_invalid",
    "channel_invalid",
    "channel_private",
    "chat_forbidden",
    "group chat was deactivated",
    "user not found",
)
_LANE_CLOSED: Final = ("balance_too_low",)
"""No Stars are left for a paid broadcast."""
_REFUSED: Final = (
    "can't parse",
    "too long",
    "too_long",
    "is empty",
    "_empty",
    "entit",
    "markup",
    "button",
    "url",
    "wrong parameter",
    "query is too old",
)
"""What is said of this very message or request, which will not be any better the next time."""
_NO_THREAD: Final = ("message thread not found", "topic_deleted", "topic_id_invalid", "message thread is not found")


def not_modified(error: TelegramError) -> bool:
    """Whether an edit was refused because the message reads so already."""
    return isinstance(error, BadRequest) and _NOT_MODIFIED in error.message.lower()


def words(error: TelegramError) -> str:
    """What may be logged of an error: its first line without a page or an address that came with it."""
    said = error.message.partition(". Parsing the server response")[0].partition("\n")[0]
    return said[:200] or type(error).__name__


def told_to_wait(error: RetryAfter) -> float:
    """The seconds that Telegram asks for."""
    pause = error.retry_after
    return float(pause if isinstance(pause, int) else pause.total_seconds())


def translate(error: TelegramError, address: Address) -> SendError:
    """What an error of a request about the chat at `address` means. Its text holds neither token nor content."""
    said = words(error)
    known = said.lower()
    match error:
        case RetryAfter():
            seconds = told_to_wait(error)
            return RateLimited(seconds, lane=seconds > LANE_PAUSE_SECONDS)
        case ChatMigrated():
            return ChatMoved(Address(lane=address.lane, chat=str(error.new_chat_id), thread=address.thread))
        case Forbidden() if any(sign in known for sign in _NO_RIGHTS):
            return ChatPaused(said)
        case Forbidden():
            return ChatGone(said)
        case Conflict() | InvalidToken():
            return LaneClosed(said)
        case NeverSent():
            return NotSent(said)
        case BadRequest():
            return _bad_request(said, known, address)
        case NetworkError() if "too many requests" in known:
            return RateLimited(UNNAMED_PAUSE_SECONDS)
        case _:
            return FateUnknown(said)


def _bad_request(said: str, known: str, address: Address) -> SendError:
    if any(sign in known for sign in _MESSAGE_GONE):
        return MessageGone(said)
    if any(sign in known for sign in _NO_THREAD) and address.thread:
        # The topic was deleted: what was for it goes to the general one.
        return ChatMoved(Address(lane=address.lane, chat=address.chat))
    if any(sign in known for sign in _NO_RIGHTS):
        return ChatPaused(said)
    if any(sign in known for sign in _CHAT_GONE):
        return ChatGone(said)
    if any(sign in known for sign in _LANE_CLOSED):
        return LaneClosed(said)
    if any(sign in known for sign in _REFUSED):
        return Rejected(said)
    # Telegram said no, in words that are new to us: it is not there, and trying a few times more does no harm.
    return NotSent(said, answered=True)
