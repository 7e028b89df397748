"""Years and months among the words of a query: `RLHF 2024`, `march 2024`, `2024-03`, `2024년 3월`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from bot.query.syntax import After, Before, Query, Word, conjunction, disjunction

_YEAR: Final = re.compile("(20[0-4][0-9])(?:년도?(?:에|의)?)?")
_MONTH: Final = re.compile("(1[0-2]|[1-9])월(?:달|에|의|에는)?")
_NAMES: Final = "january february march april may june july august september october november december"
_MONTHS: Final = {
    short: number for number, name in enumerate(_NAMES.split(), 1) for short in (name, name[:3], name[:4])
}
_BOTH: Final = re.compile("(20[0-4][0-9])[-./](1[0-2]|0?[1-9])")


def dated(queries: Sequence[Query], at: int) -> tuple[Query | None, int]:
    """The papers of a year or of its month that stands there, and those that speak of it (`AIME 2024`), None where none
    does; and the place behind it."""
    words: list[str] = []
    for part in queries[at : at + 2]:
        if not isinstance(part, Word):
            break
        words.append(part.text)
    if words and (both := _BOTH.fullmatch(words[0])):
        return _within(queries[at : at + 1], date(int(both[1]), int(both[2]), 1), 1), at + 1
    for size in range(len(words), 0, -1):
        years = [int(found[1]) for text in words[:size] if (found := _YEAR.fullmatch(text))]
        months = [month for text in words[:size] if (month := _month(text))]
        if len(years) == 1 and len(months) == size - 1:
            first, long = (date(years[0], months[0], 1), 1) if months else (date(years[0], 1, 1), 12)
            return _within(queries[at : at + size], first, long), at + size
    return None, at


def _within(said: Sequence[Query], first: date, months: int) -> Query:
    """What was said, or papers of so many months from a day on."""
    behind = first.year * 12 + first.month - 1 + months
    days = conjunction((After(first), Before(date(behind // 12, behind % 12 + 1, 1))))
    return disjunction((conjunction(said), days))


def undated(queries: Sequence[Query]) -> Iterator[Query]:
    """The parts of a query that are no year and no month of one."""
    at = 0
    while at < len(queries):
        when, end = dated(queries, at)
        if when is None:
            yield queries[at]
        at = max(end, at + 1)


def _month(text: str) -> int:
    found = _MONTH.fullmatch(text)
    return int(found[1]) if found else _MONTHS.get(text, 0)
