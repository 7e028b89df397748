"""Methods that Slack lets a workspace call so many times a minute: who is too early gets a moment of its own. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

MINUTE: Final = 60.5
FORGOTTEN_SECONDS: Final = 600.0
"""A moment that nobody came back for is forgotten after so long."""


class Tier:
    """One method of one workspace, called `per_minute` times in any minute at most. Seconds never run backwards."""

    def __init__(self, per_minute: int) -> None:
        self._moments: deque[float] = deque(maxlen=per_minute)
        self._promised: dict[str, float] = {}

    def wait(self, now: float, key: str) -> float:
        """Seconds until the moment of the caller `key`; 0.0: it is now, and is used up. Asked again too early, it is
        the same moment."""
        at = self._promised.pop(key, None)
        if at is None:
            full = len(self._moments) == self._moments.maxlen
            at = max(now, self._moments[0] + MINUTE) if full else now
            self._moments.append(at)
        if at <= now:
            return 0.0
        self._promised[key] = at
        for late in [late for late, its in self._promised.items() if its < now - FORGOTTEN_SECONDS]:
            del self._promised[late]
        return at - now
