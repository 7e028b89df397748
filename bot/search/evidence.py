"""How much a paper says about one thing: the second look at the best papers for a query of a single concept.

A word or a term that many papers have is no matter of rarity; what counts is how often a paper speaks of it, in any
wording and language, and in how many of its parts. The index scores each wording by itself, so its scores are taken
back to numbers of occurrences, which are added up by concept and then weighed field by field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from tantivy import Occur, Query, Schema, Searcher

from bot.query.plan import Adjacent, AllOf, AnyOf, Plan
from bot.search.translate import is_hangul

POOL: Final = 50
"""The best papers that are looked at again."""
WEIGHTS: Final = {"title": (2.5, 1.0), "abstract": (4.0, 7.5), "commentary": (3.5, 1.0), "tags": (4.0, 0.5)}
"""By field: what it weighs, and the occurrences (in a text of average length, over 1.2) that give half of that."""
FIRST_LOOK: Final = 1.0
"""What the score by which the papers were found still weighs."""
WRITTEN: Final = 3.0
"""How often a Korean word counts where it stands as it was asked for: its translations are often wider than it is."""

_SATURATION: Final = 1.2  # k1 of tantivy's BM25
_RARE: Final = 300
"""Papers with a wording up to which seeing all of them costs less than picking out the pool."""
_WORDINGS: Final = 6

_Found = dict[tuple[int, int], float]
"""Occurrences by place in the index."""


class Evidence:
    """Weighs papers for one state of the index. `frequency` tells in how many papers a term is."""

    def __init__(self, schema: Schema, searcher: Searcher, frequency: Callable[[str], int]) -> None:
        self._schema = schema
        self._searcher = searcher
        self._frequency = frequency

    def __call__(self, concept: Plan, papers: Sequence[int]) -> _Found:
        """What each of the papers says about a concept, by its place in the index; who says nothing is left out."""
        among = Query.const_score_query(Query.term_set_query(self._schema, "paper", list(map(str, papers))), 0.0)
        weighed: _Found = {}
        for field, (weight, half) in WEIGHTS.items():
            for place, times in self._times(concept, field, among, {}).items():
                weighed[place] = weighed.get(place, 0.0) + weight * times / (times + half)
        return weighed

    def _times(self, plan: Plan, field: str, among: Query, known: dict[Plan, _Found]) -> _Found:
        match plan:
            case Adjacent():
                if plan not in known:
                    known[plan] = self._occurrences(plan, field, among)
                return known[plan]
            case AllOf(plans=plans) if plans:
                first, *others = (self._times(part, field, among, known) for part in plans)
                return {
                    place: min(times, *(each[place] for each in others)) if others else times
                    for place, times in first.items()
                    if all(place in each for each in others)
                }
            case AnyOf(plans=plans):
                total: _Found = {}
                for part in sorted(set(plans), key=self._common, reverse=True)[:_WORDINGS]:
                    worth = WRITTEN if part == plans[0] and is_hangul(part) else 1.0
                    for place, times in self._times(part, field, among, known).items():
                        total[place] = total.get(place, 0.0) + worth * times
                return total
            case _:
                return {}

    def _common(self, plan: Plan) -> int:
        """In how many papers a wording may be at most."""
        match plan:
            case Adjacent(items=items):
                return min(self._frequency(term) for _, term in items)
            case AllOf(plans=plans):
                return min(map(self._common, plans), default=0)
            case AnyOf(plans=plans):
                return max(map(self._common, plans), default=0)
            case _:
                return 0

    def _occurrences(self, row: Adjacent, field: str, among: Query) -> _Found:
        terms = [term for _, term in row.items]
        counts = [int(self._searcher.doc_freq(field, term)) for term in terms]
        if not min(counts):
            return {}
        if len(terms) == 1:
            asked = Query.term_query(self._schema, field, terms[0])
        else:
            asked = Query.phrase_query(self._schema, field, list(row.items))
        size = min(counts)
        if size > _RARE:
            asked, size = Query.boolean_query([(Occur.Must, among), (Occur.Must, asked)]), POOL
        found = self._searcher.search(asked, size, count=False)
        papers = self._searcher.num_docs
        most = (_SATURATION + 1) * sum(math.log(1 + (max(0, papers - each) + 0.5) / (each + 0.5)) for each in counts)
        return {(at.segment_ord, at.doc): _unsaturated(score / most) for score, at in found.hits}


def _unsaturated(share: float) -> float:
    """The occurrences behind a share of the greatest score that BM25 gives: tf/(tf + k), in units of k."""
    share = min(share, 0.95)
    return share / (1 - share)
