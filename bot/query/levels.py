"""What was read of a line so far: the brackets that are open, with their alternatives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.query.syntax import Not, Phrase, Query, Word, conjunction, disjunction, negation, parts_of

MAX_WORDS: Final = 18
"""Words and phrases that a paper is to have together, of which hardly a title has so many; the rest is cut."""


@dataclass(slots=True)
class Level:
    """An open bracket: the finished alternatives, the one being read, and whether the bracket was negated. The words
    are those of the longest alternative and of the one being read, with those `before` the bracket."""

    negated: bool = False
    before: int = 0
    alternatives: list[Query] = field(default_factory=list)
    current: list[Query] = field(default_factory=list)
    most: int = 0
    words: int = 0

    def __post_init__(self) -> None:
        self.words = self.before

    def takes(self, leaf: Query) -> bool:
        """Add what is asked for beside the rest; False where that has too many words already."""
        bare = parts_of(leaf.query if isinstance(leaf, Not) else leaf)
        words = sum(isinstance(part, Word | Phrase) for part in bare) if leaf not in self.current else 0
        if words and self.words + words > MAX_WORDS:
            return False
        self.words += words
        self.current.append(leaf)
        return True

    def end_alternative(self) -> None:
        """What follows is asked for instead."""
        if self.current:
            self.alternatives.append(conjunction(self.current))
            self.current = []
        self.most = max(self.most, self.words)
        self.words = self.before

    def close(self) -> Query:
        """All that stood in the bracket."""
        query = conjunction(self.current)
        if self.alternatives:
            query = disjunction((*self.alternatives, query))
        return negation(query) if self.negated else query


def close_last(levels: list[Level]) -> None:
    """Close the innermost bracket, which is one part of what stands around it."""
    inner = levels.pop()
    levels[-1].words = max(inner.most, inner.words)
    levels[-1].current.append(inner.close())
