"""How near to each other the words of a query stand in a paper.

Words that are scattered over an abstract were met there by chance; those that stand in one sentence, or in two that
follow each other, or in the title, are what it says. So the index keeps the terms of each sentence, and the best
papers are ordered anew by the passage of theirs that has most of the query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import compress, pairwise
from typing import Final

from tantivy import DocAddress, Searcher

from bot.query.document import Document
from bot.query.plan import Adjacent, AllOf, AnyOf, Plan
from bot.query.terms import terms

FIELD: Final = "passages"
LOOKED_AT: Final = 40
"""The best papers that are ordered anew."""
WITH_SOME: Final = 1.0
"""What the best passage weighs where papers have only some of the words; the greatest score weighs 1."""
WITH_ALL: Final = 0.3
"""The same where they have all of them."""
MOST_CONCEPTS: Final = 12
"""Words and phrases of a query up to which passages are looked at: longer ones are sentences themselves."""

_END: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_TOGETHER: Final = ("title", "authors", "tags")
"""The fields that are one sentence: who looks for a title may write an author beside it."""
_TOLD: Final = ("abstract", "commentary")

Place = tuple[int, int]
"""Where a paper is in the index: its segment, and its number there."""
Scored = tuple[float, int, Place]
"""A score, a recency, and the place of the paper in the index."""


def sentences_of(seen: Document) -> str:
    """The terms of a paper's sentences, a line for each, with a space before and after each term."""
    head = " ".join(text for field in _TOGETHER for text in seen.texts[field])
    told = (part for field in _TOLD for text in seen.texts[field] for part in _END.split(text))
    return "\n".join(f" {' '.join(dict.fromkeys(found))} " for text in (head, *told) if (found := terms(text)))


class Passages:
    """Orders papers of one state of the index. `rarity` is the weight of a plan by how few papers it is met in."""

    def __init__(self, searcher: Searcher, rarity: Callable[[Plan], float]) -> None:
        self._searcher = searcher
        self._rarity = rarity

    def ordered(self, found: list[Scored], concepts: Sequence[Plan], worth: float) -> list[Scored]:
        """Papers by their scores, the best of them by their scores and their best passages."""
        best = found[:LOOKED_AT]
        if len(best) < 2 or not 2 <= len(concepts) <= MOST_CONCEPTS:
            return found
        weights = list(map(self._rarity, concepts))
        # Above everything that was not looked at.
        least, unit = best[-1][0], worth * max(best[0][0], 1e-9) / (sum(weights) or 1.0)
        again = [(least + score + unit * self._best(at, concepts, weights), day, at) for score, day, at in best]
        return sorted(again, reverse=True) + found[LOOKED_AT:]

    def _best(self, place: Place, concepts: Sequence[Plan], weights: Sequence[float]) -> float:
        """The weights of the concepts that the best passage has."""
        kept = self._searcher.doc(DocAddress(*place)).get_first(FIELD)
        lines = bytes(kept).decode().split("\n") if kept else []
        said = [[_stands(concept, line) for concept in concepts] for line in lines]
        passages = [[a or b for a, b in zip(*two, strict=True)] for two in pairwise(said)] or said
        return max((sum(compress(weights, each)) for each in passages), default=0.0)


def _stands(plan: Plan, line: str) -> bool:
    match plan:
        case Adjacent(items=items):
            return all(f" {term} " in line for _, term in items)
        case AllOf(plans=plans):
            return all(_stands(part, line) for part in plans)
        case AnyOf(plans=plans):
            return any(_stands(part, line) for part in plans)
        case _:
            return False
