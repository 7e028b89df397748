"""The app as Slack is to create it: what it can do, what it may see, and where Slack reaches it. Pure.

Permissions are asked for because of a method that is called, an event that is read or a command that is typed, and for
nothing else: `METHODS` and `_EVENT_SCOPES` say which, and a test holds them against the code.
"""

from __future__ import annotations

from typing import Any, Final

from bot.adapters.slack.happened import SHORTCUT
from bot.adapters.slack.settings import PlatformSettings
from bot.adapters.slack.updates import EVENTS
from bot.strings import text

Json = dict[str, Any]

NAME: Final = "Paperboy"
EVENTS_PATH: Final = "/slack/events"
REDIRECT_PATH: Final = "/slack/oauth_redirect"

METHODS: Final[dict[str, tuple[str, ...]]] = {
    "apps.connections.open": (),
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "oauth.v2.access": (),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}
"""Every method that is called, with what has to be allowed for the kinds of conversations that it is called about."""

OPTIONAL: Final = ("channels:history", "groups:history")
"""What Paperboy does without where it is not granted: a post of unknown fate then waits for the operator."""

_EVENT_SCOPES: Final = {
    "app_mention": ("app_mentions:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "message.im": ("im:history",),
    "team_rename": ("team:read",),
}


def manifest(settings: PlatformSettings, language: str = "ko") -> Json:
    """The manifest to create the app from: Socket Mode, or HTTP where there is a public address and no app token."""
    sockets = settings.sockets or settings.public_url is None
    address = {} if sockets else {"request_url": f"{settings.public_url}{EVENTS_PATH}"}
    redirect = [f"{settings.public_url}{REDIRECT_PATH}"] if settings.public_url and not settings.bot_token else []
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": NAME,
            "description": text(language, "slack.about"),
            "background_color": "#2b3a55",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "shortcuts": [
                {
                    "name": text(language, "slack.search"),
                    "type": "global",
                    "callback_id": SHORTCUT,
                    "description": text(language, "slack.shortcut"),
                }
            ],
            "slash_commands": [
                _command(name, subcommand, language) | ({} if sockets else {"url": address["request_url"]})
                for name, subcommand in settings.commands.items()
            ],
        },
        "oauth_config": {
            **({"redirect_urls": redirect} if redirect else {}),
            # Slack wants the optional ones among the others as well.
            "scopes": {"bot": list(scopes()), "bot_optional": list(OPTIONAL)},
        },
        "settings": {
            "event_subscriptions": {**address, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": sockets,
            "token_rotation_enabled": False,
        },
    }


def scopes() -> tuple[str, ...]:
    """What the bot asks to be allowed, optional things too."""
    of_methods = {scope for needed in METHODS.values() for scope in needed}
    of_events = {scope for event in EVENTS for scope in event_scopes(event)}
    return tuple(sorted({"commands"} | of_methods | of_events))


def event_scopes(event: str) -> tuple[str, ...]:
    """What has to be allowed before Slack sends an event."""
    if event in _EVENT_SCOPES:
        return _EVENT_SCOPES[event]
    kinds = {"channel_": "channels:read", "group_": "groups:read"}
    return tuple(scope for kind, scope in kinds.items() if event.startswith(kind))


def _command(name: str, subcommand: str, language: str) -> Json:
    """A slash command. What is typed after it stays as it was typed."""
    hint = {"": "slack.usage", "search": "slack.usage_search", "subscribe": "slack.usage_subscribe"}.get(subcommand)
    command: Json = {
        "command": f"/{name}",
        "description": text(language, f"menu.{subcommand}" if subcommand else "slack.command"),
        "should_escape": False,
    }
    return command | {"usage_hint": text(language, hint)} if hint else command
