"""Telegram's way into the house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.telegram.settings import PlatformSettings

if TYPE_CHECKING:
    from bot.adapters.base import Inbox
    from bot.adapters.telegram.account import TelegramAdapter
    from bot.adapters.telegram.trail import Record
    from bot.web import Web


def make(
    settings: PlatformSettings,
    *,
    data: Path,
    language: str = "ko",
    inbox: Inbox | None = None,
    trail: Record | None = None,
    web: Web | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    share: float = 1.0,
    receives: bool = True,
    **_: object,
) -> TelegramAdapter | None:
    """Telegram, where there is a token. `inbox` remembers which updates were dealt with, `trail` what was said where a
    lost post may have to be looked for; `web` lets webhooks in; `share` is the part of the limits that this process may
    use, and `receives` whether it is the one that is told."""
    if settings.token is None:
        return None
    # Not before there is a token: the library takes its time, and most who try Paperboy have none.
    from bot.adapters.telegram.account import TelegramAdapter

    return TelegramAdapter(
        settings,
        data=data,
        language=language,
        inbox=inbox,
        trail=trail,
        web=web,
        now=now,
        share=share,
        receives=receives,
    )
