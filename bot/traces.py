"""What is known of the messages of a chat that numbers them by itself: values that go between store and adapter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

Spans = tuple[tuple[int, int], ...]
"""Numbers of messages, as ascending spans of which the ends belong to them."""


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """The same numbers in as few spans as possible."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """News of a chat: `messages` that are there and are no posts of the ledger; answers of ours, by words of their own,
    that are `begun` and may be there, and those of which it is known by now (`ended`). `joined`: what was said before
    was not heard."""

    messages: Spans = ()
    begun: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    joined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What is known of a chat in which a post is looked for.

    `bound` is the newest message that is certainly older (0: none is known), `bound_at` when it was put on record, if
    it is a post; `known` are messages that are others. Of ours, beside the one looked for: `busy`, a post is on its
    way; `doubts`, one that is newer than `bound` may be there; `answers`, since when answers may be there. `answered`
    is the number of the last question about the chat that was answered (see `bot.store.Trail`).
    """

    bound: int
    bound_at: datetime | None
    known: Spans
    busy: bool
    doubts: bool
    answers: tuple[datetime, ...]
    answered: int

    def after(self, message: int) -> int:
        """The first number from `message` on that is not known to be another's."""
        for first, last in self.known:
            if first <= message <= last:
                return last + 1
        return message

    @property
    def newest(self) -> int:
        """The newest message that is known."""
        return max(self.bound, self.known[-1][1] if self.known else 0)
