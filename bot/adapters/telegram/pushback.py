"""Whether "too many requests" is about one chat or about the whole bot: Telegram does not say. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from bot.adapters.base import RateLimited

CHATS: Final = 3
WITHIN_SECONDS: Final = 2.0
"""When so many chats are told to wait within so many seconds, it is the bot that is too fast."""


class Pushback:
    """Remembers who was told to wait. `monotonic` is a clock in seconds that never runs backwards."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._told: deque[tuple[float, str]] = deque(maxlen=64)

    def judged(self, error: RateLimited, chat: str) -> RateLimited:
        """The same error, for the lane where several chats got it."""
        now = self._monotonic()
        self._told.append((now, chat))
        chats = {one for at, one in self._told if at > now - WITHIN_SECONDS}
        return RateLimited(error.seconds, lane=error.lane or len(chats) >= CHATS)
