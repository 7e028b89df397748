"""Methods that Slack lets a workspace call so many times a minute: who is too early gets a moment of its own. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

MINUTE: Final = 60.5
FORGOTTEN_SECONDS: Final = 600.0
"""A moment that nobody came back for is forgotten after so long."""


class Tier:
    """One method of one workspace, called `per_minute` times in any minute at most. Seconds never run backwards.

    Calls are spread over the minute but for a few, so that a process that knows nothing of what another has called in
    the last minute, before it died, stays within the limit together with it.
    """

    def __init__(self, per_minute: int) -> None:
        burst = max(1, min(3, per_minute // 10))
        spread = per_minute - 2 * burst if burst > 1 else per_minute
        self._window = burst * MINUTE / spread
        self._moments: deque[float] = deque(maxlen=burst)
        self._promised: dict[str, float] = {}

    def wait(self, now: float, key: str) -> float:
        """Seconds until the moment of the caller `key`; 0.0: it is now, and is used up. Asked again too early, it is
        the same moment."""
        at = self._promised.pop(key, None)
        if at is None:
            full = len(self._moments) == self._moments.maxlen
            at = max(now, self._moments[0] + self._window) if full else now
            self._moments.append(at)
        if at <= now:
            return 0.0
        self._promised[key] = at
        for late in [late for late, its in self._promised.items() if its < now - FORGOTTEN_SECONDS]:
            del self._promised[late]
        return at - now
