"""Presses and inline queries: what waits for a bot's answer, and what the answer shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.telegram.bots import Bot
    from tests.fakes.telegram.people import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """A bot's answer to a press: words on top of the screen, or an alert, or an address that the client opens."""

    text: str = ""
    alert: bool = False
    url: str | None = None
    cache_time: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Press:
    """A callback query that waits for its answer."""

    id: str
    user: User
    bot: Bot
    at: float
    answer: asyncio.Future[Toast]


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineResult:
    """One line of the list over the text field."""

    bot: Bot
    query: str
    body: dict[str, Any]

    @property
    def id(self) -> str:
        """The result's id."""
        return str(self.body["id"])

    @property
    def title(self) -> str:
        """The card's first line."""
        return str(self.body.get("title", ""))

    @property
    def description(self) -> str:
        """The card's second line."""
        return str(self.body.get("description", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineAnswer:
    """The list over the text field. `cached`: the bot was not asked, Telegram remembered."""

    results: tuple[InlineResult, ...]
    next_offset: str = ""
    button: dict[str, Any] | None = None
    cached: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class InlineQuery:
    """An inline query that waits for its answer."""

    id: str
    user: User
    bot: Bot
    query: str
    offset: str
    at: float
    answer: asyncio.Future[InlineAnswer]
