"""How much one person may ask for. Pure: the clock is an argument, in seconds that never run backwards."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

MINUTE: Final = 60.0
PEOPLE: Final = 10_000


class Verdict(Enum):
    """What to do with a request: answer it, say that it was one too many, or say nothing."""

    ANSWER = "answer"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(slots=True)
class _Person:
    times: deque[float] = field(default_factory=deque)
    warned_at: float = -math.inf


class Flood:
    """Counts the requests of each person in the last minute."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._people: OrderedDict[Hashable, _Person] = OrderedDict()

    def judge(self, person: Hashable, now: float) -> Verdict:
        """Count a request of `person`. Those beyond the limit are not counted: it ends by itself."""
        known = self._people.setdefault(person, _Person())
        self._people.move_to_end(person)
        if len(self._people) > PEOPLE:
            self._people.popitem(last=False)
        while known.times and known.times[0] <= now - MINUTE:
            known.times.popleft()
        if len(known.times) < self._per_minute:
            known.times.append(now)
            return Verdict.ANSWER
        if now < known.warned_at + MINUTE:
            return Verdict.IGNORE
        known.warned_at = now
        return Verdict.WARN
