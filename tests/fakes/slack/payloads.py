"""What Slack sends when people use commands, buttons and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.drawing import Element, echo
from tests.fakes.slack.message import Message
from tests.fakes.slack.places import Channel, Kind
from tests.fakes.slack.views import View, picked

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.workspaces import Install

Payload = dict[str, Any]


def channel_name(channel: Channel) -> str:
    """What payloads call a channel: names of private places are not told."""
    match channel.kind:
        case Kind.PUBLIC:
            return channel.name
        case Kind.PRIVATE:
            return "privategroup"
        case Kind.IM:
            return "directmessage"
        case Kind.MPIM:
            return channel.name


def command(user: User, install: Install, channel: Channel, name: str, text: str) -> Payload:
    """A slash command's fields, without its response_url and trigger_id."""
    team = install.team
    body = {
        "token": "legacy-verification-token",
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": team.fake.app.id,
        "is_enterprise_install": "false",
    }
    if team.enterprise:
        body |= {"enterprise_id": team.enterprise, "enterprise_name": "기관"}
    return body


def common(kind: str, user: User, install: Install) -> Payload:
    """What every interaction has."""
    team = install.team
    return {
        "type": kind,
        "token": "legacy-verification-token",
        "api_app_id": team.fake.app.id,
        "team": {"id": team.id, "domain": team.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "enterprise": {"id": team.enterprise, "name": "기관"} if team.enterprise else None,
        "is_enterprise_install": False,
    }


def block_actions(user: User, install: Install, on: Message | View, action: Payload) -> Payload:
    """Something was pressed or picked in a message or a view."""
    body = common("block_actions", user, install)
    if isinstance(on, View):
        return body | {
            "container": {"type": "view", "view_id": on.id},
            "view": on.json(),
            "actions": [action],
        }
    ephemeral = on.only_for is not None
    container: Payload = {
        "type": "message",
        "message_ts": on.ts,
        "channel_id": on.channel.id,
        "is_ephemeral": ephemeral,
    }
    if on.thread_ts is not None:
        container["thread_ts"] = on.thread_ts
    body |= {
        "container": container,
        "channel": {"id": on.channel.id, "name": channel_name(on.channel)},
        "state": {"values": {}},
        "actions": [action],
    }
    if not ephemeral:  # what only one person sees does not come along
        body["message"] = on.json(escaped=True)
    return body


def action(element: Element, value: object, ts: str) -> Payload:
    """The action that an element makes: a button's own value, or what was picked."""
    kind = str(element.get("type"))
    body: Payload = {
        "type": kind,
        "action_id": element.get("action_id"),
        "block_id": element.get("block_id"),
        "action_ts": ts,
    }
    if kind == "button":
        body["text"] = echo(element.get("text") or {"type": "plain_text", "text": "", "emoji": True})
        body |= {name: element[name] for name in ("value", "url") if name in element}
        return body
    return body | picked(element, value)
