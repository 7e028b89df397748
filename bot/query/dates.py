"""Years and parts of them among the words of a query: `RLHF 2024`, `march 2024`, `2024-03`, `2024년 3분기`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from bot.query.syntax import After, Before, Query, Word, conjunction, disjunction

_YEAR: Final = re.compile("(20[0-4][0-9])(?:년도?(?:에|의)?)?")
_PARTICLE: Final = "(?:에|의|에는)?"
_PART: Final = re.compile(
    rf"(?:(?P<month>1[0-2]|[1-9])월달?|(?P<quarter>[1-4])(?:/4)?분기|(?P<half>[상하])반기){_PARTICLE}"
    "|q(?P<q>[1-4])|h(?P<h>[12])"
)
_NAMES: Final = "january february march april may june july august september october november december"
_MONTHS: Final = {
    short: number for number, name in enumerate(_NAMES.split(), 1) for short in (name, name[:3], name[:4])
}
_BOTH: Final = re.compile("(20[0-4][0-9])[-./](1[0-2]|0?[1-9])")
_JOINED: Final = re.compile("(20[0-4][0-9])(?:년|[-./]?(?=[qh]))(.+)")


class _Said(NamedTuple):
    """The year that a word says, and the first month of a part of one and how many it has, 0 where it says none."""

    year: int = 0
    month: int = 0
    months: int = 0


def dated(queries: Sequence[Query], at: int) -> tuple[Query | None, int]:
    """The papers of a year or of a part of it that stands there, and those that speak of it (`AIME 2024`), None where
    none does; and the place behind it."""
    said: list[_Said] = []
    for part in queries[at : at + 2]:
        if not isinstance(part, Word) or not any(when := _said(part.text)):
            break
        said.append(when)
    for size in range(len(said), 0, -1):
        years = [when.year for when in said[:size] if when.year]
        parts = [when for when in said[:size] if when.month]
        if len(years) == 1 and len(parts) in (size - 1, len(years)):
            month, months = parts[0][1:] if parts else (1, 12)
            return _within(queries[at : at + size], date(years[0], month, 1), months), at + size
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


@lru_cache(maxsize=1 << 10)
def _said(text: str) -> _Said:
    if both := _BOTH.fullmatch(text):
        return _Said(int(both[1]), int(both[2]), 1)
    if (joined := _JOINED.fullmatch(text)) and (span := _part(joined[2])):
        return _Said(int(joined[1]), *span)
    if year := _YEAR.fullmatch(text):
        return _Said(year=int(year[1]))
    return _Said(0, *(_part(text) or (0, 0)))


def _part(text: str) -> tuple[int, int] | None:
    """The first month of a part of a year, and how many months it has."""
    if month := _MONTHS.get(text):
        return month, 1
    found = _PART.fullmatch(text)
    if found is None:
        return None
    if found["month"]:
        return int(found["month"]), 1
    if quarter := found["quarter"] or found["q"]:
        return 3 * int(quarter) - 2, 3
    return (1 if (found["half"] or found["h"]) in ("상", "1") else 7), 6
