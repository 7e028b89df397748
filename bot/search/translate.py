"""Plans as tantivy queries: the same decisions as `bot.query.holds`, with scores.

Over 400 lines, for all that is asked of the index for one state of it shares what is known of its terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple, assert_never

from tantivy import FieldType, Occur, Query, Schema, SchemaBuilder

from bot.query.document import FIELDS
from bot.query.paraphrases import paraphrases
from bot.query.plan import (
    Adjacent,
    AllOf,
    AnyOf,
    At,
    Between,
    Named,
    NoneOf,
    Plan,
    Tagged,
)
from bot.search import passages
from bot.search.remembered import remembered
from bot.search.rows import IN, Items, Rows, field_of
from bot.search.shape import Closeness, is_hangul, is_letter, is_syllables

LAYOUT: Final = 5
"""Grows with every change of the schema: an index of another layout is built anew."""
READABLE: Final = range(3, LAYOUT + 1)
"""Layouts whose fields stand where they stand now, as new ones come last: such an index answers until then."""

BOOSTS: Final[Mapping[str, float]] = {"title": 6.0, "authors": 2.0, "abstract": 4.0, "commentary": 2.5, "tags": 3.0}
BOOSTS_IN_PART: Final[Mapping[str, float]] = {**BOOSTS, "title": 3.0}
"""The weights of the fields for papers with some of the words only: two of them in a title are no better a sign than
four in an abstract."""
NEAR_BOOSTS: Final[Mapping[str, float]] = {"title": 8.0, "abstract": 1.0, "commentary": 1.2}
SAID_TWICE: Final = 0.2
"""How much a second wording of the same thing adds to the score of the best one."""
OWN_SOURCE: Final = 100.0
WHOLE_TITLE: Final = 8.0
NAME_SCORE: Final = 200.0
TOLD: Final = ("title", "abstract", "commentary")
"""The fields in which somebody may have read a word; a tag has names in both languages that nobody may have seen."""
LITERAL: Final = 80.0
"""What words as they are written add where translations count as well."""
LITERAL_HANGUL: Final = 150.0
"""The same where some of them are Korean: who remembers a commentary remembers its words."""
LITERAL_MIXED: Final = 40.0
LITERAL_FEW: Final = 3
"""The same for no more words than these in both languages, which are a topic more often than a memory."""
ENOUGH: Final = 0.3
"""The share of its translation's papers from which on a word needs no translation."""
TRANSLATED: Final = 0.35
"""What a translation still weighs then."""
PARAPHRASED: Final = 0.3
"""What a paraphrase weighs where papers have only some of the words."""
COMMON: Final = 3_000
"""Papers with a term from which on its neighbours in a long text are not looked at: it would take long."""
COMMON_SHARE: Final = 0.1
"""The share of all papers from which on a term is so common too, where a query has other words enough."""
UNCOMMON: Final = 50
"""Papers up to which a term is not common, in however small an archive."""
DEAR: Final = 500
"""Papers with all terms of a row from which on it is first asked which papers matter: to read where words stand in
thousands of papers takes long."""
LONG: Final = 5
"""Pairs of words side by side that are told apart in every text, however common they are."""
NEAR_WHEN_LONG: Final = ("title",)
"""Fields in which such a query's words are looked for side by side."""


_ID_BITS: Final = 40


def schema() -> Schema:
    """Terms come with their positions from `bot.query`, so that every field's own tokenizer stays unused."""
    build = SchemaBuilder()
    for name in (*FIELDS, "names"):
        build.add_text_field(name, tokenizer_name="raw", index_option="position")
    for name in ("paper", "tag", "own", "source", "spelling", "clue"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    build.add_unsigned_field("recency", indexed=True, fast=True)
    build.add_bytes_field(passages.FIELD, stored=True)
    for name in IN:
        build.add_text_field(field_of(name), tokenizer_name="raw", index_option="freq")
    return build.build()


def recency(day: date, paper_id: int) -> int:
    """A paper's date and id as one number: newer papers, and of one day the later ids, have the greater one."""
    return day.toordinal() << _ID_BITS | paper_id


def paper_id(recency: int) -> int:
    """The id in a `recency`. Raises ValueError where that is none, as in a damaged file."""
    if not recency:
        raise ValueError("a paper without its number")
    return recency & ((1 << _ID_BITS) - 1)


class Translator:
    """Makes queries for one state of the index. `frequencies` tells in how many of its `papers` a term is, for each of
    the `FIELDS`; what is nowhere is not asked for. `boosts` are the weights of the fields."""

    def __init__(
        self,
        schema: Schema,
        frequencies: Callable[[str], tuple[int, ...]],
        rows: Rows,
        papers: int,
        boosts: Mapping[str, float] = BOOSTS,
    ) -> None:
        self._schema = schema
        self._boosts = boosts
        self._frequencies = frequencies
        self._rows = rows
        self._row = rows.query
        self._common = min(COMMON, max(UNCOMMON, COMMON_SHARE * papers))
        # One search asks for the same words in several ways.
        self._anywhere = remembered(self._in_any_field, 1 << 9)
        self._any_wording = remembered(self._any_of, 1 << 8)
        self._fields_with = remembered(self._with_all, 1 << 10)
        self._least = remembered(self._rarest, 1 << 10)
        self._weight_of = remembered(self._weigh, 1 << 10)

    def impossible(self, plan: Plan) -> bool:
        """Whether no paper can be found, by a look at single terms. False says nothing."""
        match plan:
            case Adjacent(items=items):
                return not self._fields_with(items)
            case AllOf(plans=plans):
                return any(map(self.impossible, plans))
            case AnyOf(plans=plans):
                return all(map(self.impossible, plans))
            case _:
                return False

    def query(self, plan: Plan, among: _Among | None = None) -> Query:
        """The query that finds the papers for which `holds(plan, document)`, the others than those `among` which it is
        part of being of no interest."""
        match plan:
            case Adjacent(items=items):
                return self._in_any_field(items, among) if self._dear(plan, among) else self._anywhere(items)
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
                rarest = self.among(plan, among)
                wanted = [(Occur.Must, self.query(part, rarest)) for part in plans if not isinstance(part, NoneOf)]
                refused = [(Occur.MustNot, self.query(part.plan, rarest)) for part in plans if isinstance(part, NoneOf)]
                return Query.boolean_query([*(wanted or [(Occur.Must, _everything())]), *refused])
            case AnyOf(plans=()):
                return Query.empty_query()
            case AnyOf():
                return self._any_of(plan, among) if self._dear(plan, among) else self._any_wording(plan)
            case NoneOf(plan=inner):
                return Query.boolean_query([(Occur.Must, _everything()), (Occur.MustNot, self.query(inner, among))])
            case _:
                assert_never(plan)

    def _any_of(self, plan: AnyOf, among: _Among | None = None) -> Query:
        return self._alternatives(plan.plans, lambda part: self.query(part, among))

    def _dear(self, plan: Plan, among: _Among | None) -> bool:
        """Whether a row of a plan is asked for in another way where few papers are of interest."""
        match plan:
            case Adjacent(items=items):
                return among is not None and not self._rows.is_cheap(items) and self._least(items) >= _many(among)
            case AllOf(plans=plans) | AnyOf(plans=plans):
                return among is not None and any(self._dear(part, among) for part in plans)
            case _:
                return False

    def among(self, plan: Plan, known: _Among | None = None) -> _Among | None:
        """The papers with the rarest of the parts that a plan asks for together, or what is `known` to be fewer."""
        parts = plan.plans if isinstance(plan, AllOf) else ()
        if known is not None and any(part is known.plan for part in parts):
            return known  # found out for this very plan
        best = known
        for part in parts:
            papers = self._at_most(part)
            if papers is not None and (best is None or papers < best.papers):
                best = _Among(part, papers)
        return best

    def _at_most(self, plan: Plan) -> int | None:
        """In how many papers a part is, about, None where terms do not tell."""
        match plan:
            case Adjacent(items=items):
                return self._least(items)
            case AllOf(plans=plans):
                return min((papers for part in plans if (papers := self._at_most(part)) is not None), default=None)
            case AnyOf(plans=plans):
                each = [papers for part in plans if (papers := self._at_most(part)) is not None]
                return sum(each) if len(each) == len(plans) else None
            case _:
                return None

    def ranked(self, plan: Plan, closeness: Closeness) -> Query:
        """The same papers as `query`, in a better order: words side by side in the query that are so in the paper, all
        of them in one title, and an author of that name count more."""
        among = self.among(plan)
        return _better(self.query(plan, among), self._bonuses(closeness, among))

    def closer(self, papers: Collection[int], closeness: Closeness) -> Query | None:
        """Of these papers alone, and of nothing but that: what `ranked` adds to the score of `query`."""
        bonuses = self._bonuses(closeness, None)
        return _better(self.these(papers), bonuses) if bonuses else None

    def these(self, papers: Iterable[int]) -> Query:
        """Some papers, without a score."""
        # Not a set of terms, for which tantivy would go through the whole of the dictionary.
        places = [Query.term_query(self._schema, "paper", str(number), "basic") for number in papers]
        return Query.const_score_query(_any(places), 0.0)

    def _bonuses(self, closeness: Closeness, among: _Among | None) -> list[Query]:
        near = NEAR_WHEN_LONG if len(closeness.concepts) > LONG else tuple(NEAR_BOOSTS)
        bonuses = self._near(closeness, near, among=among)
        bonuses += (Query.const_score_query(self._row("names", row), NAME_SCORE) for row in closeness.names)
        if len(closeness.concepts) > 1 and (whole := self._within(("title",), AllOf(tuple(closeness.concepts)), among)):
            bonuses.append(Query.const_score_query(whole, WHOLE_TITLE))
        # What has no translation is there as it is written anyway.
        literal = tuple(each for each in closeness.literal if each not in closeness.concepts)
        if literal and (words := self._within(TOLD, AllOf(literal), among)):
            bonuses.append(Query.const_score_query(words, _worth_literally(closeness.literal)))
        return bonuses

    def some_of(self, concepts: Sequence[Plan], least: int, filters: Sequence[Plan], but: Collection[int]) -> Query:
        """Papers with `least` of the concepts at least, if only in part, and all of the filters, without the papers
        `but`. A single letter is no concept by itself, nor are paraphrases."""
        if len(concepts) > LONG:
            # Half of that many words are a sign by themselves, those in English without their translations.
            concepts = [self._wording(each) for each in concepts]
        typed = [self._loose(each) for each in concepts]
        # Who has a paper with all of the words in mind has found it.
        said = typed if but else [self._paraphrased(*each) for each in zip(concepts, typed, strict=True)]
        some = Query.boolean_query([(Occur.Should, each) for each in said], least)
        telling = [way for each, way in zip(concepts, typed, strict=True) if not is_letter(each)]
        if telling and (said != typed or len(telling) <= len(said) - least):
            some = _all([some, Query.const_score_query(_any(telling), 0.0)])
        parts = [(Occur.Must, some), *((Occur.Must, self.query(each)) for each in filters)]
        known = [(Occur.MustNot, Query.term_query(self._schema, "paper", str(number))) for number in but]
        return Query.boolean_query([*parts, *known])

    def _paraphrased(self, plan: Plan, query: Query) -> Query:
        """A concept or other words for it, each weighed as if it were as common as the concept at least."""
        ways = [row for row in paraphrases(plan) if 0 < self._least(row.items) <= COMMON]
        if not ways:
            return query
        own = self._weight(plan)
        most = own.sum if own.papers else math.inf
        others = [self._boosted(self.query(row), PARAPHRASED * min(1.0, most / self._weight(row).sum)) for row in ways]
        return Query.disjunction_max_query([query, *others], 0.0)

    def _wording(self, plan: Plan) -> Plan:
        """The first wording of a concept where it is English and may stand anywhere."""
        match plan:
            case AnyOf(plans=(first, *_)) if self._stands(first) and not is_hangul(first):
                return first
            case _:
                return plan

    def _near(
        self, closeness: Closeness, fields: Collection[str] = tuple(NEAR_BOOSTS), among: _Among | None = None
    ) -> list[Query]:
        """Words side by side, in titles always, elsewhere where they are not so common that it says little."""
        found: list[Query] = []
        enough = self._common if len(closeness.rows) > LONG else COMMON
        for row in closeness.rows:
            common = self._least(row) > enough
            for name in self._fields_with(row):
                boost = NEAR_BOOSTS.get(name)
                if boost and name in fields and (name == "title" or not common):
                    found.append(self._boosted(self._row_among(among, name, row), boost))
        return found

    def _alternatives(self, plans: Sequence[Plan], made: Callable[[Plan], Query]) -> Query:
        """The best of several wordings of one thing, each of them weighed as if it were as common as the commonest:
        a translation that three papers use is no better a sign than the word that three hundred use."""
        # The first is the wording of the query itself, which the others are compared with.
        plans = [plan for at, plan in enumerate(plans) if not at or self._stands(plan)]
        if len(plans) == 1:
            return made(plans[0])
        queries = [made(plan) for plan in plans]
        weights = [self._weight(part) for part in plans]
        common = max(weights)
        boosts = [common.sum / each.sum if each.sum > 0 else 1.0 for each in weights]
        if len(plans) > 1 and weights[0].papers >= ENOUGH * max(each.papers for each in weights[1:]):
            foreign = [is_hangul(plans[0]) != is_hangul(each) for each in plans]
            boosts = [boost * (TRANSLATED if other else 1.0) for boost, other in zip(boosts, foreign, strict=True)]
        weighed = [self._boosted(query, boost) for query, boost in zip(queries, boosts, strict=True)]
        return Query.disjunction_max_query(weighed, SAID_TWICE)

    def _weight(self, plan: Plan) -> _Weight:
        match plan:
            case Adjacent(items=items):
                return self._weight_of(items)
            case AllOf(plans=plans) if plans:
                each = [self._weight(part) for part in plans]
                return _Weight(min(one.papers for one in each), sum(one.sum for one in each))
            case AnyOf(plans=plans) if plans:
                return max(map(self._weight, plans))
            case _:
                return _Weight(0, 0.0)

    def _weigh(self, items: Items) -> _Weight:
        found = [max(self._frequencies(term)) for _, term in items]
        return _Weight(min(found), sum(map(self._rows.idf, found)))

    def _within(self, fields: Sequence[str], plan: Plan, among: _Among | None) -> Query | None:
        """The papers that have each part of a plan in one of the fields, None where none can."""
        match plan:
            case Adjacent(items=items):
                found = self._fields_with(items)
                rows = [self._row_among(among, name, items) for name in fields if name in found]
                return _any(rows) if rows else None
            case AnyOf(plans=plans):
                ways = [way for part in plans if (way := self._within(fields, part, among))]
                return _any(ways) if ways else None
            case AllOf(plans=plans):
                parts = [self._within(fields, part, among) for part in plans]
                return _all([part for part in parts if part]) if all(parts) else None
            case _:
                return self.query(plan)

    def _loose(self, plan: Plan, written: bool = True) -> Query:
        match plan:
            # A word as it was written may be nearly that of a paper, but what it is translated to is only that.
            case Adjacent(items=items) if written and is_syllables(plan):
                pairs = [Adjacent(((0, term),)) for _, term in items]
                return Query.boolean_query([(Occur.Should, self.query(pair)) for pair in pairs], (len(pairs) + 1) // 2)
            case Adjacent(items=items) if len(items) > 1 and self._least(items) > self._common:
                # Thousands of papers have such words, and that they say it in so many says little about a part of them.
                return self._boosted(self._row("title", items), self._boosts["title"])
            case AnyOf(plans=plans) if plans and self._differs_loosely(plan, written):
                return self._alternatives(plans, lambda part: self._loose(part, written and part is plans[0]))
            case AllOf(plans=plans) if plans:
                return _all([self._loose(part, written) for part in plans])
            case _:
                return self.query(plan)

    def _differs_loosely(self, plan: Plan, written: bool) -> bool:
        match plan:
            case Adjacent(items=items):
                return len(items) > 1 and (self._least(items) > self._common or (written and is_syllables(plan)))
            case AllOf(plans=plans):
                return any(self._differs_loosely(part, written) for part in plans)
            case AnyOf(plans=plans):
                return any(self._differs_loosely(part, written and part is plans[0]) for part in plans)
            case _:
                return False

    def _in_any_field(self, items: Items, among: _Among | None = None) -> Query:
        fields = self._fields_with(items)
        if not fields:
            return Query.empty_query()
        return _any([self._boosted(self._row_among(among, name, items), self._boosts[name]) for name in fields])

    def _with_all(self, items: Items) -> Mapping[str, int]:
        """The fields that have all of the terms, and the papers with the rarest of them there."""
        counts = [self._frequencies(term) for _, term in items]
        rarest = counts[0] if len(counts) == 1 else map(min, *counts)
        return {name: least for name, least in zip(FIELDS, rarest, strict=True) if least}

    def _row_among(self, among: _Among | None, field: str, items: Items) -> Query:
        """A row in a field, looked for among few papers only where there are many with its terms."""
        row = self._row(field, items)
        if among is None or self._rows.is_cheap(items) or self._fields_with(items)[field] < _many(among):
            return row
        few = Query.const_score_query(self.query(among.plan), 0.0)
        return Query.boolean_query([(Occur.Must, few), (Occur.Must, row)])

    def rarity(self, plan: Plan) -> float:
        """The weight of the commonest wording of a plan by how few papers it is met in (BM25's idf), 0 where it is in
        none."""
        papers = self._weight(plan).papers
        return self._rows.idf(papers) if papers else 0.0

    def _rarest(self, items: Items) -> int:
        return min([max(self._frequencies(term)) for _, term in items])

    def _stands(self, plan: Plan) -> bool:
        """Whether a wording may stand anywhere at all."""
        return not isinstance(plan, Adjacent) or self._least(plan.items) > 0

    @staticmethod
    def _boosted(query: Query, boost: float) -> Query:
        return query if 0.99 < boost < 1.01 else Query.boost_query(query, boost)


class _Among(NamedTuple):
    """Papers that alone are of interest: those that have a part of what is asked for, so many of them at most."""

    plan: Plan
    papers: int


class _Weight(NamedTuple):
    """In how many papers a wording is, about, and the sum of the weights of its terms."""

    papers: int
    sum: float


def _many(among: _Among) -> float:
    return max(DEAR, 1.5 * among.papers)


def _worth_literally(words: Sequence[Plan]) -> float:
    korean = sum(map(is_hangul, words))
    if not korean:
        return LITERAL
    return LITERAL_MIXED if korean < len(words) <= LITERAL_FEW else LITERAL_HANGUL


def _any(queries: list[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: list[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])


def _better(query: Query, bonuses: Iterable[Query]) -> Query:
    """The same papers, some of which are better."""
    should = [(Occur.Should, bonus) for bonus in bonuses]
    return Query.boolean_query([(Occur.Must, query), *should]) if should else query


def _everything() -> Query:
    return Query.const_score_query(Query.all_query(), 0.0)
