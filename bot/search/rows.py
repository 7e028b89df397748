"""Words side by side that so many papers have that to read where each of them stands takes long: the index has every
such row as one term too (common grams), which is found at the price of one and weighs as much as the row."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from tantivy import Query, Schema

from bot.query.document import FIELDS
from bot.query.plan import rows_of
from bot.query.terms import Token
from bot.search.remembered import remembered

IN: Final = ("abstract", "commentary", "tags")
"""The fields whose rows the index has so, each in one of its own."""
_PADDING: Final = "-"
"""A term that nobody can ask for."""
Items = tuple[tuple[int, str], ...]
"""A row of terms, each with its position."""
Count = Callable[[str], Sequence[int]]


def field_of(field: str) -> str:
    """The field of the index that has the rows of another one."""
    return f"{field} rows"


def padded(tokens: Sequence[Token]) -> list[Token]:
    """The rows among the terms of a field, and as much padding as makes them as many: a score depends on how long a
    field is, and a row must have the same as one term."""
    rows = list(_rows_among(tokens))
    return rows + [(_PADDING, 0)] * (len(tokens) - len(rows))


def _rows_among(tokens: Iterable[Token]) -> Iterator[Token]:
    """The rows that stand among the terms of a field, each as one term where its first stands."""
    known = _beginning()
    places: defaultdict[str, set[int]] = defaultdict(set)
    for term, position in tokens:
        if term in known:
            places[term].add(position)
    for first, starts in places.items():
        for items, one in known[first]:
            found = starts
            for offset, term in items[1:]:
                found = found & {position - offset for position in places.get(term, ())}
            yield from ((one, position) for position in sorted(found))


@cache
def _known() -> Mapping[Items, str]:
    """The term of each row of `rows.txt`; none that a text has holds a space."""
    lines = files("bot.search").joinpath("rows.txt").read_text("utf-8").splitlines()
    rows = (row.items for line in lines for row in rows_of(line))
    return {items: " ".join(term for _, term in items) for items in rows if len(items) > 1}


@cache
def _beginning() -> Mapping[str, Sequence[tuple[Items, str]]]:
    """By each term of the rows, those that begin with it."""
    found: dict[str, list[tuple[Items, str]]] = {term: [] for items in _known() for _, term in items}
    for items, one in _known().items():
        found[items[0][1]].append((items, one))
    return found


class Rows:
    """Asks for rows in one state of the index. `frequencies` tells in how many of its `papers` a term is, for each of
    the `FIELDS`, and `rowed` the same of a row that is one term, for each of those that have them."""

    def __init__(self, schema: Schema, frequencies: Count, rowed: Count, papers: int) -> None:
        self._schema = schema
        self._frequencies = frequencies
        self._rowed = rowed
        self._papers = papers
        self.idf = remembered(self._idf, 1 << 10)

    def query(self, field: str, items: Items) -> Query:
        """The papers that have a row in a field."""
        if len(items) == 1:
            return Query.term_query(self._schema, field, items[0][1])
        one = self._as_term(field, items)
        return Query.phrase_query(self._schema, field, list(items)) if one is None else one

    def is_cheap(self, items: Items) -> bool:
        """Whether where its terms stand need not be read in a long field."""
        return len(items) == 1 or (items in _known() and any(self._rowed(_known()[items])))

    def _idf(self, papers: int) -> float:
        """The weight of what is in so many papers (BM25)."""
        return math.log(1 + (max(0, self._papers - papers) + 0.5) / (papers + 0.5))

    def _as_term(self, field: str, items: Items) -> Query | None:
        """A row as one term with the weight of all of its own; None where the index has no such term."""
        one = _known().get(items) if field in IN else None
        papers = self._rowed(one)[IN.index(field)] if one else 0
        if one is None or not papers:
            return None
        at = FIELDS.index(field)
        weight = sum(self.idf(self._frequencies(term)[at]) for _, term in items)
        return Query.boost_query(
            Query.term_query(self._schema, field_of(field), one, "freq"), weight / self.idf(papers)
        )
