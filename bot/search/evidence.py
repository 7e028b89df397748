"""How much a paper says about one thing: the second look at the best papers for a query of a single topic.

A word or a term that many papers have is no matter of rarity; what counts is how often a paper speaks of it, in any
wording and language, and in how many of its parts. The index scores each wording by itself, so its scores are taken
back to numbers of occurrences, which are added up by concept and then weighed field by field. What papers on the topic
speak of as well (`related.toml`) is added: a paper that names it and none of that is hardly on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import chain, product
from typing import Final, NamedTuple

from tantivy import Occur, Query, Searcher

from bot.query import Lexicon
from bot.query.document import FIELDS
from bot.query.expansion import FILLERS
from bot.query.plan import Adjacent, AllOf, AnyOf, Plan, rows_of
from bot.query.syntax import phrase_form
from bot.search.passages import Place
from bot.search.rows import Rows
from bot.search.shape import is_hangul
from bot.search.translate import COMMON

POOL: Final = 90
"""The best papers that are looked at again: a general topic is in a third of them all."""
SMALL_POOL: Final = 50
"""The same where thousands have the topic, of which even to look for the best takes long."""
WEIGHTS: Final = {"title": (2.0, 1.0), "abstract": (5.0, 7.5), "commentary": (4.0, 1.0), "tags": (6.0, 0.5)}
"""By field: what it weighs, and the occurrences (in a text of average length, over 1.2) that give half of that."""
FIRST_LOOK: Final = 0.6
"""What the score by which the papers were found still weighs."""
NAMED: Final = 1.5
"""What a title weighs in which the words of the topic stand side by side."""
RELATED: Final = 4.0
"""What the related words weigh at most."""
FEW: Final = 10
RELATED_AMONG_FEW: Final = 0.4
"""The part of it among so few papers, most of which are on the topic: what they are called says more then."""
RELATED_HALF: Final = 8.0
"""The BM25 score of all of them that gives half of that."""
RELATED_IN: Final = ("title", "abstract")
"""The fields in which they are looked for."""
RELATED_FIRST: Final = 1.2
"""What the score of a related word in an abstract adds to that by which the pool is found."""
VAGUE: Final = 1.5
"""The weight of rarity (BM25's idf) below which a topic's own name says less than the related words, and as much less
as it is below: that a paper says `LLM` or `efficient` is hardly a sign that it is on that."""
MOST_RELATED: Final = 10
"""Related words of a topic that are looked for."""
WRITTEN: Final = 3.0
"""How often a Korean word counts where it stands as it was asked for: its translations are often wider than it is."""

NAME: Final = 5
"""Papers with a word up to which it may be a name: who types it looks for the paper that has it in its title."""

_SATURATION: Final = 1.2  # k1 of tantivy's BM25
_SURE: Final = 0.95
"""The share of the greatest score from which the occurrences behind it cannot be told apart."""
_RARE: Final = 400
"""Papers with a wording up to which seeing all of them costs less than picking out the pool."""
_READ_WHOLE: Final = 10_000
"""Occurrences of rows, counted by papers, up to which to read all of them takes less than to ask for few."""
_WORDINGS: Final = 3

_Found = dict[Place, float]


class _Among(NamedTuple):
    """The papers that are looked at: their places, and the query that finds them."""

    places: Set[Place]
    query: Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The one thing that a query asks for: the concept, its words side by side where there are several, and what papers
    on it speak of as well."""

    concept: Plan
    row: Adjacent | None = None
    related: Sequence[Adjacent] = ()


def topic_of(concepts: Sequence[Plan], words: Sequence[str], lexicon: Lexicon) -> Topic | None:
    """The topic of a query by its words, None where it has several concepts that are no known topic together."""
    related = _rows(lexicon.related_to(words))
    if len(concepts) == 1:
        concept = concepts[0]
        rows = _rows((" ".join(words),)) if len(words) > 1 else ()
        if rows and isinstance(concept, AnyOf) and not FILLERS.isdisjoint(words):
            # `text to image` is one term; papers on images and text are many others.
            concept = AnyOf((rows[0], *concept.plans[1:]))
        return Topic(concept=concept, row=rows[0] if rows else None, related=related)
    return Topic(concept=AllOf(tuple(concepts)), related=related) if concepts and related else None


@lru_cache(maxsize=1 << 10)
def _rows(phrases: Sequence[str]) -> tuple[Adjacent, ...]:
    forms = filter(None, map(phrase_form, phrases[:MOST_RELATED]))
    return tuple(chain.from_iterable(map(rows_of, forms)))


class Evidence:
    """Weighs papers for one state of the index. `frequencies` tells in how many papers a term is, for each of the
    `FIELDS`, `rows` asks for rows of them; `these` makes a query for some papers."""

    def __init__(
        self,
        searcher: Searcher,
        frequencies: Callable[[str], Sequence[int]],
        rows: Rows,
        these: Callable[[Sequence[int]], Query],
    ) -> None:
        self._rows = rows
        self._these = these
        self._searcher = searcher
        self._frequencies = frequencies

    def is_name(self, topic: Topic) -> bool:
        """Whether a topic is nothing that is known by other words, and in so few papers that it is a name."""
        known = topic.related or not isinstance(topic.concept, Adjacent)
        return not known and self._common(topic.concept) <= NAME

    def first_look(self, topic: Topic, query: Query) -> tuple[Query, int]:
        """The same papers as the `query`, those first that speak of what belongs to the topic as well, and how many of
        them are worth a second look."""
        if self._common(topic.concept) > COMMON:
            return query, SMALL_POOL
        related = [Query.boost_query(self._rows.query("abstract", row.items), RELATED_FIRST) for row in topic.related]
        return Query.boolean_query([(Occur.Must, query), *((Occur.Should, each) for each in related)]), POOL

    def __call__(self, topic: Topic, papers: Mapping[Place, int]) -> _Found:
        """What each of the papers says about a topic, by its place in the index; who says nothing is left out."""
        among = _Among(papers.keys(), self._these(list(papers.values())))
        weighed = self._also_said(topic, among)
        concept = self._standing(topic.concept)
        for field, (weight, half) in WEIGHTS.items():
            for place, times in self._times(concept, field, among).items():
                weighed[place] = weighed.get(place, 0.0) + weight * times / (times + half)
        for place in self._occurrences(topic.row, "title", among) if topic.row else ():
            weighed[place] = weighed.get(place, 0.0) + NAMED
        return weighed

    def _also_said(self, topic: Topic, among: _Among) -> _Found:
        """How much the papers speak of what belongs to the topic."""
        if not topic.related:
            return {}
        wanted = [(row, field) for row, field in product(topic.related, RELATED_IN) if min(self._counts(row, field))]
        said = [(Occur.Should, self._rows.query(field, row.items)) for row, field in wanted]
        asked = Query.boolean_query([(Occur.Must, among.query), *said])
        if sum(min(self._counts(row, field)) for row, field in wanted) > _READ_WHOLE:
            # Side by side they are read from end to end; one inside the other at these papers alone.
            asked = reduce(lambda inner, row: Query.boolean_query([(Occur.Must, inner), row]), said, among.query)
        found = self._searcher.search(asked, POOL, count=False)
        worth = RELATED * max(1.0, VAGUE / self._rows.idf(self._common(topic.concept)))
        if len(among.places) <= FEW:
            worth *= RELATED_AMONG_FEW
        return {(at.segment_ord, at.doc): worth * score / (score + RELATED_HALF) for score, at in found.hits}

    def _standing(self, plan: Plan) -> Plan:
        """A plan with its commonest wordings alone, the one that was asked for first."""
        match plan:
            case AllOf(plans=plans):
                return AllOf(tuple(map(self._standing, plans)))
            case AnyOf(plans=plans) if plans:
                common = sorted(dict.fromkeys(plans), key=self._common, reverse=True)[:_WORDINGS]
                others = (part for part in common if part != plans[0] and self._common(part))
                return AnyOf(tuple(map(self._standing, (plans[0], *others))))
            case _:
                return plan

    def _times(self, plan: Plan, field: str, among: _Among) -> _Found:
        match plan:
            case Adjacent():
                return self._occurrences(plan, field, among)
            case AllOf(plans=plans) if plans:
                first, *others = (self._times(part, field, among) for part in plans)
                return {
                    place: min(times, *(each[place] for each in others)) if others else times
                    for place, times in first.items()
                    if all(place in each for each in others)
                }
            case AnyOf(plans=plans):
                total: _Found = {}
                for part in plans:
                    # Words that only stand in the same paper are no sign that it calls the thing so.
                    asked_for = part is plans[0] and isinstance(part, Adjacent)
                    worth = WRITTEN if asked_for and is_hangul(part) else 1.0
                    for place, times in self._times(part, field, among).items():
                        total[place] = total.get(place, 0.0) + worth * times
                return total
            case _:
                return {}

    def _common(self, plan: Plan) -> int:
        """In how many papers a wording may be at most."""
        match plan:
            case Adjacent(items=items):
                return min(max(self._frequencies(term)) for _, term in items)
            case AllOf(plans=plans):
                return min(map(self._common, plans), default=0)
            case AnyOf(plans=plans):
                return max(map(self._common, plans), default=0)
            case _:
                return 0

    def _occurrences(self, row: Adjacent, field: str, among: _Among) -> _Found:
        counts = self._counts(row, field)
        size = min(counts)
        if not size:
            return {}
        asked = self._rows.query(field, row.items)
        if size > _RARE:
            asked, size = Query.boolean_query([(Occur.Must, among.query), (Occur.Must, asked)]), POOL
        found = self._searcher.search(asked, size, count=False)
        most = (_SATURATION + 1) * sum(map(self._rows.idf, counts))
        # BM25 gives tf/(tf + k) of its greatest score; these are the occurrences behind it, in units of k.
        sure = most * _SURE
        return {
            place: score / (most - score) if score < sure else _SURE / (1 - _SURE)
            for score, address in found.hits
            if (place := (address.segment_ord, address.doc)) in among.places
        }

    def _counts(self, row: Adjacent, field: str) -> Sequence[int]:
        """In how many papers each term of a row is, in one field."""
        at = FIELDS.index(field)
        return [self._frequencies(term)[at] for _, term in row.items]
