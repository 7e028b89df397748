"""The proof of "once": an append-only list of every message that was really posted, and when."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TextIO, TypeVar


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that readers got: at which monotonic second it was received (`at`), and at which Unix time (`wall`).
    Edits are not in here."""

    at: float
    wall: float

    @property
    def place(self) -> Hashable:
        """The chat in which it is."""
        raise NotImplementedError

    @property
    def what(self) -> Hashable:
        """What is not to be there twice."""
        raise NotImplementedError


P = TypeVar("P", bound=Posted)


class Record(Generic[P]):
    """Every post in order of receipt; also a line of JSON each in `file`, written out at once, where one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self.posts: list[P] = []
        self._by_place: dict[Hashable, list[P]] = {}
        self._file: TextIO | None = file.open("a", encoding="utf-8") if file else None

    def add(self, post: P) -> None:
        """Append one."""
        self.posts.append(post)
        self._by_place.setdefault(post.place, []).append(post)
        if self._file is not None:
            self._file.write(json.dumps(asdict(post)) + "\n")
            self._file.flush()

    def posts_in(self, place: Hashable) -> list[P]:
        """Those of one chat, in order."""
        return self._by_place.get(place, [])

    def repeated(self) -> dict[Hashable, int]:
        """What was posted more than once, and how often."""
        counts = Counter(post.what for post in self.posts)
        return {what: count for what, count in counts.items() if count > 1}

    def busiest(self, seconds: float = 1.0) -> int:
        """The most posts in any window of so many seconds."""
        return busiest((post.at for post in self.posts), seconds)

    def rate(self) -> float:
        """Posts a second between the first and the last; 0.0 for fewer than two."""
        if len(self.posts) < 2:
            return 0.0
        return (len(self.posts) - 1) / max(self.posts[-1].at - self.posts[0].at, 1e-9)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None


def busiest(times: Iterable[float], seconds: float) -> int:
    """The most moments in any half-open window of so many seconds."""
    most, window = 0, deque[float]()
    for at in times:
        window.append(at)
        while window[0] <= at - seconds:
            window.popleft()
        most = max(most, len(window))
    return most
