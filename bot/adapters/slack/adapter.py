"""Slack's way into the house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.adapters.slack.settings import PlatformSettings

if TYPE_CHECKING:
    from bot.adapters.base import Inbox
    from bot.adapters.slack.account import SlackAdapter
    from bot.adapters.slack.workspaces import Installations
    from bot.web import Web


def make(
    settings: PlatformSettings,
    *,
    language: str = "ko",
    inbox: Inbox | None = None,
    installations: Installations | None = None,
    web: Web | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    share: float = 1.0,
    **_: object,
) -> SlackAdapter | None:
    """Slack, where there is a bot token or an app that workspaces can install. `inbox` remembers what was dealt with,
    `installations` who installed it; `web` lets Slack's own requests in; `share` is its part of the rates."""
    if not settings.on:
        return None
    # Not before there is a token: the libraries take their time, and most who try Paperboy have none.
    from bot.adapters.slack.account import SlackAdapter

    return SlackAdapter(
        settings, language=language, inbox=inbox, installations=installations, web=web, now=now, share=share
    )
