"""The other end of the wire: where the program posts, how it is made to fail, and what really arrived."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.model import Address, ChatKind, StoredPaper

FLOOD: Final = "429 storm"
"""The harm whose Retry-After may be named."""
FLOODED: Final = 4
"""How many requests a storm with a long Retry-After meets: a third chat that is told to wait stops them all, and the
next may meet the rest of it."""
_HARMS: Final = ("drop", "page", "stall", "flood", "garble", "truncate", "refuse")


@dataclass(frozen=True, slots=True)
class Place:
    """A chat as the receiver knows it."""

    name: str
    address: Address
    kind: ChatKind
    seen: bool = True
    """Whether a message of unknown fate can be looked for there."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that readers got: where (a place's name), what (`Side.print_of` its text) and when, in the order of
    arrival."""

    place: str
    what: str
    at: float


def drawn(order: Mapping[str, Any], rng: random.Random, seconds: int) -> dict[str, Any]:
    """The order of a harm for a fake. A flood's Retry-After is `seconds`, or (0) a short one by lot."""
    if order["harm"] != "flood":
        return dict(order)
    left = min(order["left"], FLOODED) if seconds else order["left"]
    return {**order, "left": left, "seconds": seconds or rng.randint(1, 4)}


def in_words(name: str, order: Mapping[str, Any]) -> str:
    """What was ordered, for the log of a run."""
    return f"{name} × {order['left']}" + (f", for {order['seconds']} s" if "seconds" in order else "")


def harms_met(requests: Mapping[str, int]) -> Counter[str]:
    """How many requests ended in which harm, from a fake's count by method and end."""
    met: Counter[str] = Counter()
    for what, count in requests.items():
        if (end := what.rpartition(" ")[2]) in _HARMS:
            met[end] += count
    return met


class Side(Protocol):
    """A platform's fake in a process of its own."""

    @property
    def name(self) -> str:
        """The platform's."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What leads the program here."""

    @property
    def harms(self) -> Sequence[str]:
        """The names of what `harm` can do."""

    @property
    def threads(self) -> bool:
        """Whether half of the channels want a digest in one thread."""

    @property
    def corrected(self) -> int:
        """How many papers are corrected on the way: platforms pace edits."""

    @property
    def settle_seconds(self) -> float:
        """How long the rest may take when the storm is over."""

    async def places(self, count: int) -> list[Place]:
        """Make so many chats of all kinds, in which the program may post."""

    def prints(self, stored: StoredPaper, keys: Iterable[str]) -> set[str]:
        """How a paper is known when it arrives; `keys` are those of its debts."""

    async def count(self) -> int:
        """How many messages have arrived."""

    async def arrived(self) -> list[Arrived]:
        """All messages that arrived."""

    async def stands(self, place: Place) -> list[str]:
        """What can be read at a place now."""

    async def talk(self) -> None:
        """Somebody else says something in a chat where lost posts are looked for among other messages."""

    async def harm(self, name: str, rng: random.Random, seconds: int = 0) -> str:
        """Let the next requests go wrong; says how. `seconds` is the Retry-After of a flood, 0: a short one by lot."""

    async def calm(self) -> None:
        """No more harm."""

    async def dark(self, seconds: float) -> None:
        """Be unreachable for so long."""

    async def lose(self, place: Place) -> None:
        """The chat wants no more of the program."""

    async def move(self, place: Place) -> bool:
        """The chat gets another address; False where that does not happen on this platform."""

    async def met(self) -> Mapping[str, int]:
        """How many requests really met which harm."""

    async def complaints(self) -> list[str]:
        """What it holds against the program, in words."""

    async def blamed(self) -> Sequence[float]:
        """When the program did something that the platform holds against it: monotonic seconds."""

    async def broken(self) -> Mapping[str, int]:
        """The limits that the program broke, by their names, with how often."""
