"""Papers like a paper: those it mentions and those that mention it, then those with its tags and its rarer terms."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tantivy import Occur, Query, Schema

from bot.query.document import Document
from bot.query.expansion import FILLERS
from bot.query.terms import LOOSE, WHOLE

TERMS: Final = 24
"""Terms of a paper by which others are compared with it."""
_COMMON: Final = 0.2
"""The share of all papers from which on a term says nothing."""
_FEW: Final = 20
_WEIGHTS: Final = {"title": 3.0, "commentary": 1.5, "abstract": 1.0}
_MENTIONED: Final = 60.0
_SAME_SOURCE: Final = 8.0
_TAG: Final = 2.5


@dataclass(frozen=True, slots=True)
class Similar:
    """A paper like another one. `mentions`: its entry names the other's address; `mentioned`: the other way round."""

    paper_id: int
    mentions: bool = False
    mentioned: bool = False


def similar_query(
    seen: Document,
    paper_id: int,
    schema: Schema,
    frequency: Callable[[str], int],
    tagged: Callable[[str], int],
    papers: int,
) -> Query:
    """The query for papers like the one that is `seen`, without itself."""
    wanted = [_scored(Query.term_query(schema, "own", key), _MENTIONED) for key in sorted(_others(seen))]
    wanted += (_scored(Query.term_query(schema, "source", key), _SAME_SOURCE) for key in sorted(_others(seen)))
    if seen.own_source:
        wanted.append(_scored(Query.term_query(schema, "source", seen.own_source), _MENTIONED))
    wanted += (
        _scored(Query.term_query(schema, "tag", slug), _TAG * _idf(tagged(slug), papers)) for slug in sorted(seen.tags)
    )
    for weight, term in _telling(seen, frequency, papers):
        wanted += (
            Query.boost_query(Query.term_query(schema, name, term), weight * boost) for name, boost in _WEIGHTS.items()
        )
    parts = [(Occur.Should, each) for each in wanted]
    return Query.boolean_query([*parts, (Occur.MustNot, Query.term_query(schema, "paper", str(paper_id)))])


def _others(seen: Document) -> frozenset[str]:
    return seen.sources - {seen.own_source} if seen.own_source else seen.sources


def _telling(seen: Document, frequency: Callable[[str], int], papers: int) -> list[tuple[float, str]]:
    """The terms that tell most about a paper, each with its weight, the greatest 1."""
    times: Counter[str] = Counter()
    for name, weight in _WEIGHTS.items():
        for term, _ in seen.fields[name]:
            if term[0] not in (LOOSE, WHOLE) and len(term) > 1:
                times[term] += int(2 * weight)
    scored: list[tuple[float, str]] = []
    for term, count in times.items():
        found = frequency(term)
        if 1 < found <= max(_FEW, _COMMON * papers) and term not in FILLERS:
            scored.append(((1 + math.log(count)) * _idf(found, papers), term))
    best = heapq.nlargest(TERMS, scored)
    return [(score / best[0][0], term) for score, term in best]


def _idf(found: int, papers: int) -> float:
    return math.log(1 + (max(0, papers - found) + 0.5) / (found + 0.5))


def _scored(query: Query, score: float) -> Query:
    return Query.const_score_query(query, score)
