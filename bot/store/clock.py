"""One clock for all processes: that of the database, for those of its clients may differ."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

LOOKS: Final = 8
"""So many looks count: between the first and the last of them clocks hardly drift apart."""
APART: Final = timedelta(milliseconds=50)


class HouseClock:
    """The time by which everything on record is written and read: no process's own, which may be set while it runs.

    Between two looks at the database seconds are counted by `monotonic`. `ask` gives the database's time, or the
    process's own where the database keeps none.
    """

    def __init__(self, ask: Callable[[], Awaitable[datetime]], monotonic: Callable[[], float]) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._looks: deque[datetime] = deque(maxlen=LOOKS)
        """The moment at which `monotonic` was 0, as each look had it: not later than it was."""
        self._zero: datetime | None = None

    def now(self) -> datetime:
        """Aware UTC. Raises RuntimeError before the clock was first set."""
        if self._zero is None:
            raise RuntimeError("the clock was not set yet")
        return self._zero + timedelta(seconds=self._monotonic())

    async def set(self) -> None:
        """Look at the database's clock. Raises StoreError."""
        asked = self._monotonic()
        found = (await self._ask()).astimezone(UTC)
        earliest = found - timedelta(seconds=self._monotonic())
        latest = found - timedelta(seconds=asked)
        if self._zero is not None and self._zero > latest + APART:
            self._looks.clear()  # the database's own clock was set back
        self._looks.append(earliest)
        self._zero = max(self._looks)  # an answer takes its time: the latest is the nearest
