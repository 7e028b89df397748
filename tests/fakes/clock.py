"""A fake's time."""

from __future__ import annotations

import time


class Clock:
    """Unix and monotonic time; `advance` makes both jump, so that what has its time grows old without waiting."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        """Unix seconds."""
        return time.time() + self.ahead

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return time.monotonic() + self.ahead

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        self.ahead += seconds
