"""conversations.* and users.conversations: places, their members, and what was said in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tests.fakes.slack.call import Call, method, page
from tests.fakes.slack.errors import SlackError, invalid_arguments, missing_scope
from tests.fakes.slack.message import Message
from tests.fakes.slack.people import User
from tests.fakes.slack.places import SCOPES, Channel, Kind

_READ: Final = ("channels:read", "groups:read", "mpim:read", "im:read")
_HISTORY: Final = ("channels:history", "groups:history", "mpim:history", "im:history")
OUTSIDE_MARKETPLACE: Final = 15
"""The most objects of history that apps outside the marketplace get at once."""


def _readable(call: Call, channel: Channel) -> None:
    if f"{SCOPES[channel.kind]}:read" not in call.install.scopes:
        raise missing_scope(",".join(_READ), call.install.scopes)
    channel.admit(call.install)


@method("conversations.info", 3, *_READ)
def info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.info"""
    channel = call.channel()
    _readable(call, channel)
    body = channel.json(call.install)
    if not call.flag("include_num_members"):
        body.pop("num_members", None)
    return {"channel": body}


def _kinds(call: Call) -> list[Kind]:
    try:
        kinds = [Kind(one.strip()) for one in (call.text("types") or "public_channel").split(",")]
    except ValueError:
        raise SlackError("invalid_types") from None
    for kind in kinds:
        if (needed := f"{SCOPES[kind]}:read") not in call.install.scopes:
            raise missing_scope(needed, call.install.scopes)
    return kinds


def _listed(call: Call, found: Iterable[Channel]) -> dict[str, Any]:
    kinds, install = _kinds(call), call.install
    without_archived = call.flag("exclude_archived")
    channels = [
        one.json(install)
        for one in found
        if one.kind in kinds and not one.deleted and not (without_archived and one.archived)
    ]
    return page(call, channels, "channels")


@method("conversations.list", 2, *_READ)
def list_(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.list"""
    return _listed(call, (one for one in call.team.channels.values() if not one.private or one.has(call.install)))


@method("users.conversations", 3, *_READ)
def users_conversations(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/users.conversations"""
    user = call.user() if call.text("user") else call.install.user
    shared = (one for one in call.team.channels.values() if not one.private or one.has(call.install))
    return _listed(call, (one for one in shared if one.holds(user)))


@method("conversations.members", 4, *_READ)
def members(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.members"""
    channel = call.channel()
    _readable(call, channel)
    return page(call, list(channel.members), "members")


@method("conversations.join", 3, "channels:join")
def join(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.join"""
    channel = call.channel()
    channel.admit(call.install)
    if channel.kind is not Kind.PUBLIC:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    if channel.has(call.install):
        return {"channel": channel.json(call.install), "warning": "already_in_channel"}
    bot = call.install.user
    channel.members[bot.id] = bot
    event = {"type": "member_joined_channel", "user": bot.id, "channel": channel.id, "channel_type": "C"}
    call.fake.post.tell(call.install, event | {"team": call.team.id}, channel=channel)
    return {"channel": channel.json(call.install)}


def _spoken_to(call: Call, id_: str) -> User:
    user = call.team.users.get(id_)
    if user is None:
        raise SlackError("user_not_found")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    if user.deactivated:
        raise SlackError("user_disabled")
    if user.team_id != call.team.id:
        raise SlackError("user_not_visible")
    return user


@method("conversations.open", 3, "im:write", "mpim:write")
def open_(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.open"""
    if call.text("channel"):
        channel = call.channel()
        channel.admit(call.install)
    else:
        ids = [one for one in call.needed("users").split(",") if one]
        if not 1 <= len(ids) <= 8:
            raise SlackError("too_many_users" if ids else "users_list_not_supplied")
        needed = "im:write" if len(ids) == 1 else "mpim:write"
        if needed not in call.install.scopes:
            raise missing_scope(needed, call.install.scopes)
        users = [_spoken_to(call, one) for one in ids]
        channel = call.team.dm_of(users[0]) if len(users) == 1 else call.team.group(*users, bot=True)
    body = channel.json(call.install) if call.flag("return_im") else {"id": channel.id}
    return {"channel": body, "no_op": True, "already_open": True}


# --- what was said ------------------------------------------------------------------------------------------------


def _between(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest, inclusive = call.text("oldest") or "0", call.text("latest"), call.flag("inclusive")
    try:
        low = float(oldest)
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None
    try:
        high = float(latest) if latest else float("inf")
    except ValueError:
        raise SlackError("invalid_ts_latest") from None
    found = []
    for one in messages:
        ts = float(one.ts)
        if low < ts < high or (inclusive and ts in (low, high)):
            found.append(one)
    return found


def _said(call: Call, found: list[Message]) -> dict[str, Any]:
    limits = call.fake.limits
    most, default = (999, 100) if limits.marketplace or not limits.on else (OUTSIDE_MARKETPLACE,) * 2
    shape = "all" if call.flag("include_all_metadata") else "type"
    body = page(call, found, "messages", default=default, most=most)
    body["messages"] = [one.json(metadata=shape, escaped=True) for one in body["messages"]]
    if not body["response_metadata"]["next_cursor"]:
        del body["response_metadata"]
        return body | {"has_more": False}
    return body | {"has_more": True}


@method("conversations.history", 3, *_HISTORY)
def history(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.history"""
    channel = call.channel()
    channel.admit_reader(call.install)
    top = [one for one in channel.messages if not one.is_reply]
    return _said(call, _between(call, top)[::-1]) | {"pin_count": 0}


@method("conversations.replies", 3, *_HISTORY)
def replies(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.replies"""
    channel = call.channel()
    channel.admit_reader(call.install)
    if not call.text("ts"):
        raise invalid_arguments("missing required field: ts")
    parent = channel.by_ts.get(call.text("ts"))
    if parent is None:
        raise SlackError("thread_not_found")
    # The parent is always the first, whatever was asked.
    return _said(call, [parent, *_between(call, channel.thread(parent))])
