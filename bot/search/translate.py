"""Plans as tantivy queries: the same decisions as `bot.query.holds`, with scores."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final, assert_never

from tantivy import FieldType, Occur, Query, Schema, SchemaBuilder

from bot.query.document import FIELDS
from bot.query.plan import Adjacent, AllOf, AnyOf, At, Between, Named, NoneOf, Plan, Tagged
from bot.query.terms import LOOSE

LAYOUT: Final = 1
"""Grows with every change of the schema: an index of another layout is built anew."""

BOOSTS: Final[Mapping[str, float]] = {"title": 4.0, "authors": 2.0, "abstract": 1.0, "commentary": 2.5, "tags": 2.0}
NEAR_BOOSTS: Final[Mapping[str, float]] = {"title": 8.0, "abstract": 1.0, "commentary": 2.0}
HANGUL_PAIR: Final = re.compile("~?[가-힣]{2}")
SAID_TWICE: Final = 0.3
"""How much a second wording of the same thing adds to the score of the best one."""
OWN_SOURCE: Final = 100.0

_ID_BITS: Final = 40


def schema() -> Schema:
    """Terms come with their positions from `bot.query`, so that every field's own tokenizer stays unused."""
    build = SchemaBuilder()
    for name in (*FIELDS, "names"):
        build.add_text_field(name, tokenizer_name="raw", index_option="position")
    for name in ("paper", "tag", "own", "source", "spelling"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    build.add_unsigned_field("recency", indexed=True, fast=True)
    return build.build()


def recency(day: date, paper_id: int) -> int:
    """A paper's date and id as one number: newer papers, and of one day the later ids, have the greater one."""
    return day.toordinal() << _ID_BITS | paper_id


def paper_id(recency: int) -> int:
    """The id in a `recency`."""
    return recency & ((1 << _ID_BITS) - 1)


class Translator:
    """Makes queries for one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        # One search asks for the same words in several ways.
        self._anywhere = lru_cache(maxsize=1 << 8)(self._in_any_field)

    def query(self, plan: Plan) -> Query:
        """The query that finds the papers for which `holds(plan, document)`."""
        match plan:
            case Adjacent(items=items):
                return self._anywhere(items)
            case Named(items=items):
                return self._row("names", items)
            case Tagged(slug=slug):
                return Query.const_score_query(Query.term_query(self._schema, "tag", slug), 0.0)
            case At(key=key):
                own = Query.const_score_query(Query.term_query(self._schema, "own", key), OWN_SOURCE)
                return _any([own, Query.const_score_query(Query.term_query(self._schema, "source", key), 1.0)])
            case Between(first=first, end=end):
                low = None if first is None else recency(first, 0)
                high = None if end is None else recency(end, 0) - 1
                days = Query.range_query(self._schema, "recency", FieldType.Unsigned, low, high)
                return Query.const_score_query(days, 0.0)
            case AllOf(plans=plans):
                wanted = [(Occur.Must, self.query(part)) for part in plans if not isinstance(part, NoneOf)]
                refused = [(Occur.MustNot, self.query(part.plan)) for part in plans if isinstance(part, NoneOf)]
                return Query.boolean_query([*(wanted or [(Occur.Must, _everything())]), *refused])
            case AnyOf(plans=()):
                return Query.empty_query()
            case AnyOf(plans=plans):
                return Query.disjunction_max_query([self.query(part) for part in plans], SAID_TWICE)
            case NoneOf(plan=inner):
                return Query.boolean_query([(Occur.Must, _everything()), (Occur.MustNot, self.query(inner))])
            case _:
                assert_never(plan)

    def ranked(self, plan: Plan) -> Query:
        """The same papers as `query`, with a bonus where words side by side in the query are so in the paper."""
        query = self.query(plan)
        bonuses = [
            (Occur.Should, self._boosted(self._row(name, pair), boost))
            for pair in neighbours(plan)
            for name, boost in NEAR_BOOSTS.items()
        ]
        return Query.boolean_query([(Occur.Must, query), *bonuses]) if bonuses else query

    def some_of(self, concepts: Sequence[Plan], least: int, filters: Sequence[Plan], but: Collection[int]) -> Query:
        """Papers with `least` of the concepts at least, if only in part, and all of the filters, without the papers
        `but`."""
        some = Query.boolean_query([(Occur.Should, self._loose(each)) for each in concepts], least)
        parts = [(Occur.Must, some), *((Occur.Must, self.query(each)) for each in filters)]
        known = [(Occur.MustNot, Query.term_query(self._schema, "paper", str(number))) for number in but]
        return Query.boolean_query([*parts, *known])

    def _loose(self, plan: Plan) -> Query:
        match plan:
            case Adjacent(items=items) if is_syllables(plan):
                pairs = [Adjacent(((0, term.removeprefix(LOOSE)),)) for _, term in items]
                return Query.boolean_query([(Occur.Should, self.query(pair)) for pair in pairs], (len(pairs) + 1) // 2)
            case AnyOf(plans=plans) if plans:
                return Query.disjunction_max_query([self._loose(part) for part in plans], SAID_TWICE)
            case AllOf(plans=plans) if plans:
                return Query.boolean_query([(Occur.Must, self._loose(part)) for part in plans])
            case _:
                return self.query(plan)

    def _in_any_field(self, items: tuple[tuple[int, str], ...]) -> Query:
        return _any([self._boosted(self._row(name, items), BOOSTS[name]) for name in FIELDS])

    def _row(self, field: str, items: tuple[tuple[int, str], ...]) -> Query:
        if len(items) == 1:
            return Query.term_query(self._schema, field, items[0][1])
        return Query.phrase_query(self._schema, field, list(items))

    @staticmethod
    def _boosted(query: Query, boost: float) -> Query:
        return query if boost == 1.0 else Query.boost_query(query, boost)


def neighbours(plan: Plan) -> list[tuple[tuple[int, str], ...]]:
    """The rows of terms of every two words that stand side by side in a query."""
    if not isinstance(plan, AllOf):
        return []
    rows = [_first_row(part) for part in plan.plans]
    return [
        (*left.items, *((offset + _width(left), term) for offset, term in right.items))
        for left, right in pairwise(rows)
        if left is not None and right is not None
    ]


def _first_row(plan: Plan) -> Adjacent | None:
    match plan:
        case Adjacent():
            return plan
        case AnyOf(plans=plans) if plans:
            return _first_row(plans[0])
        case _:
            return None


def _width(row: Adjacent) -> int:
    """The positions that a row takes: a pair of syllables is two wide."""
    offset, term = row.items[-1]
    return offset + (2 if HANGUL_PAIR.fullmatch(term) else 1)


def is_filter(plan: Plan) -> bool:
    """Whether a plan says which papers may be found, and nothing about which of them are better."""
    match plan:
        case Tagged() | Between() | Named() | NoneOf():
            return True
        case AllOf(plans=plans) | AnyOf(plans=plans):
            return all(map(is_filter, plans))
        case Adjacent() | At():
            return False
        case _:
            assert_never(plan)


def is_syllables(plan: Plan) -> bool:
    """Whether a plan is a word of several pairs of syllables, some of which may be found without the others."""
    return isinstance(plan, Adjacent) and len(plan.items) > 1 and all(term[0] == LOOSE for _, term in plan.items)


def concepts_and_filters(plan: Plan) -> tuple[list[Plan], list[Plan]]:
    """What a plan asks for: the concepts, of which a fallback may do without some, and the filters, which it keeps."""
    parts = plan.plans if isinstance(plan, AllOf) else (plan,)
    concepts: list[Plan] = []
    filters: list[Plan] = []
    for part in parts:
        if isinstance(part, AllOf):
            inner, more = concepts_and_filters(part)
            concepts += inner
            filters += more
        else:
            (filters if is_filter(part) or isinstance(part, At) else concepts).append(part)
    return concepts, filters


def _any(queries: list[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _everything() -> Query:
    return Query.const_score_query(Query.all_query(), 0.0)
