"""The one place that knows what Slack's errors mean to the house."""

from __future__ import annotations

import re
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.adapters.base import (
    ChatGone,
    ChatPaused,
    FateUnknown,
    LaneClosed,
    MessageGone,
    NotSent,
    RateLimited,
    Rejected,
    SendError,
)
from bot.model import Address

RATE_LIMIT_SECONDS: Final = 30.0
"""How long to wait where Slack says "too many" and not how long."""
PLAN_LIMIT_SECONDS: Final = 4 * 3600.0
"""How long to wait where a free plan's messages are used up."""
MIGRATION_SECONDS: Final = 600.0
"""How long to wait while a workspace moves to an organisation."""

_MIGRATING: Final = frozenset({"team_added_to_org", "org_login_required", "external_channel_migrating"})
_CLOSED: Final = frozenset(
    {
        "account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed",
        "missing_scope", "not_allowed_token_type", "team_access_not_granted", "two_factor_setup_required",
        "accesslimited", "enterprise_is_restricted", "invalid_app_id", "org_not_accessible",
    }
)  # fmt: skip
"""Nothing on this lane will be accepted until somebody acts."""
_GONE: Final = frozenset(
    {
        "channel_not_found", "not_in_channel", "no_permission", "app_access_restricted", "messages_tab_disabled",
        "cannot_dm_bot", "user_not_found", "user_disabled", "user_not_visible", "users_not_found",
        "user_not_in_channel", "im_not_found", "cannot_message_user", "method_not_supported_for_channel_type",
    }
)  # fmt: skip
_PAUSED: Final = frozenset({"is_archived", "is_inactive", "access_denied", "ekm_access_denied"})
_RESTRICTED: Final = "restricted_action"
_MESSAGE_GONE: Final = frozenset(
    {
        "message_not_found", "cant_update_message", "cant_delete_message", "edit_window_closed", "block_mismatch",
        "compliance_exports_prevent_deletion", "thread_not_found", "cannot_reply_to_message"
    }
)  # fmt: skip
_UNCERTAIN: Final = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "update_failed", "server_error"}
)
_REFUSED: Final = frozenset(
    {
        "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "attachment_payload_limit_exceeded",
        "too_many_attachments", "msg_too_long", "msg_blocks_too_long", "no_text", "metadata_too_large",
        "metadata_must_be_sent_from_app", "markdown_text_conflict", "as_user_not_supported", "too_many_contact_cards",
        "slack_connect_file_link_sharing_blocked", "slack_connect_blocked_file_type", "deprecated_endpoint",
        "slack_connect_canvas_sharing_blocked", "slack_connect_lists_sharing_blocked", "missing_file_data",
        "expired_url", "used_url", "no_active_hooks",
        "method_deprecated", "unknown_method", "missing_post_type", "cant_broadcast_message",
    }
)  # fmt: skip
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_NEVER_LEFT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


def code(error: BaseException) -> str:
    """Slack's word for the error ("invalid_blocks"); "ratelimited" for every way of saying that, "timeout",
    "disconnected", "unreachable" or "http_502" for what kept an answer from coming, "unknown" for what nobody knows."""
    match error:
        case SlackApiError():
            said = _body(error).get("error")
            status = _status(error)
            if status == 429 or said in ("ratelimited", "rate_limited"):
                return "ratelimited"
            if isinstance(said, str) and _WORD.fullmatch(said):
                return said
            return f"http_{status}" if status != 200 else "unknown"
        case _ if isinstance(error, _NEVER_LEFT):
            return "unreachable"
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientResponseError():
            return f"http_{error.status}"
        case aiohttp.ClientError() | OSError():
            return "disconnected"
        case _:
            return "unknown"


def details(error: BaseException) -> str:
    """What may be logged of an error besides its code: the scopes that are missing, the places of refused blocks."""
    if not isinstance(error, SlackApiError):
        return ""
    body = _body(error)
    if code(error) == "missing_scope":
        found = {name: body.get(name) for name in ("needed", "provided")}
        named = [f"{name} {said}" for name, said in found.items() if _scopes(said)]
        return "; ".join(named)
    # Slack quotes no content in these pointers, but what stands around them may.
    pointers = re.findall(r"\[json-pointer:(/[a-z0-9_/]{1,80})\]", str(body.get("response_metadata", ""))[:4000])
    return ", ".join(dict.fromkeys(pointers[:5]))


def translate(error: BaseException, address: Address) -> SendError:
    """What an error of a request about the chat at `address` means. Its text holds neither token nor content."""
    if isinstance(error, SendError):
        return error
    known = code(error)
    more = details(error)
    said = f"{known} ({more})" if more else known
    if known == "ratelimited":
        return RateLimited(retry_after(error), lane=True)
    if known == "message_limit_exceeded":
        return RateLimited(PLAN_LIMIT_SECONDS, lane=True)
    if known in _MIGRATING:
        return RateLimited(MIGRATION_SECONDS, lane=known != "external_channel_migrating")
    if known in _CLOSED:
        return LaneClosed(said)
    if known in _GONE:
        return ChatGone(said)
    if known in _PAUSED or known.startswith(_RESTRICTED):
        return ChatPaused(said)
    if known in _MESSAGE_GONE:
        return MessageGone(said)
    if known in _REFUSED or known.startswith("invalid_"):
        return Rejected(said)
    if known == "unreachable":
        return NotSent(said)
    if known in _UNCERTAIN or not _answered(error):
        return FateUnknown(said)
    # Slack said no, in a word that is new to us: it is not there, and trying a few times more does no harm.
    return NotSent(said, answered=isinstance(error, SlackApiError))


def retry_after(error: BaseException) -> float:
    """The seconds that Slack asks for, `RATE_LIMIT_SECONDS` where it does not say."""
    headers = _part(error, "headers") or {}
    try:
        given = next((value for name, value in dict(headers).items() if str(name).lower() == "retry-after"), None)
        seconds = float(given[0] if isinstance(given, list) else given)  # type: ignore[arg-type]
    except (TypeError, ValueError, IndexError):
        return RATE_LIMIT_SECONDS
    return seconds if 0 <= seconds < float("inf") else RATE_LIMIT_SECONDS


def _answered(error: BaseException) -> bool:
    """Whether Slack itself said that it did not do it, in the form in which it says so."""
    if not isinstance(error, SlackApiError):
        # The library refuses some requests by itself, before they leave.
        return isinstance(error, SlackRequestError)
    body = _body(error)
    return _status(error) < 500 and body.get("ok") is False and isinstance(body.get("error"), str)


def _body(error: SlackApiError) -> dict[str, Any]:
    data = _part(error, "data")
    if isinstance(data, dict):
        return data
    return error.response if isinstance(error.response, dict) else {}


def _status(error: SlackApiError) -> int:
    # Where the body was no JSON the library hands over aiohttp's own response.
    status = _part(error, "status_code") or _part(error, "status")
    return status if isinstance(status, int) else 200


def _part(error: BaseException, name: str) -> Any:
    return getattr(getattr(error, "response", None), name, None)


def _scopes(said: object) -> bool:
    return isinstance(said, str) and re.fullmatch(r"[a-z0-9:_., ]{1,600}", said) is not None
