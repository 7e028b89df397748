"""Times among the words of a query: `RLHF 2024`, `march 2024`, `2024년 3분기`, `before 2023`, `2021년부터`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from bot.query.syntax import (
    After,
    And,
    Before,
    Not,
    Or,
    Phrase,
    Query,
    Word,
    conjunction,
    disjunction,
    negation,
    parts_of,
)

_A_YEAR: Final = "(20[0-4][0-9]|[1-4][0-9](?=년))"
_YEAR: Final = re.compile(f"{_A_YEAR}(?:년도?(?:에|의)?)?")
_PARTICLE: Final = "(?:에|의|에는)?"
_PART: Final = re.compile(
    rf"(?:(?P<month>1[0-2]|[1-9])월달?|(?P<quarter>[1-4])(?:/4)?분기|(?P<half>[상하])반기){_PARTICLE}"
    "|q(?P<q>[1-4])|h(?P<h>[12])"
)
_NAMES: Final = "january february march april may june july august september october november december"
_MONTHS: Final = {
    short: number for number, name in enumerate(_NAMES.split(), 1) for short in (name, name[:3], name[:4])
}
_BOTH: Final = re.compile("(20[0-4][0-9])[-./](1[0-2]|0?[1-9])|(20[1-4][0-9])(0[1-9]|1[0-2])")
_JOINED: Final = re.compile(f"{_A_YEAR}(?:년|[-./]?(?=[qh]))(.+)")
_RANGE: Final = re.compile(f"(.+?)(?:부터)?[-~‐‑‒–—−〜∼](?={_A_YEAR})(.+?)(?:까지)?")

_Side = Literal["", "before", "until", "since"]
"""What is meant of a time: the time itself, what came before it, all up to its end, or all from its first day on."""
_AHEAD: Final[dict[str, _Side]] = {
    "before": "before",
    "until": "until", "till": "until", "through": "until",
    "since": "since", "from": "since", "after": "since",
}  # fmt: skip
_BEGINNING: Final = frozenset((*_AHEAD, "prior", "between"))
"""Words with which a time may begin."""
_BEHIND: Final = re.compile(
    "(?P<time>.*?)"
    "(?:(?P<before>(?:이전|(?P<ago>전))(?:에|의)?)|(?P<until>까지의?)|(?P<since>이후(?:에|의|로|부터)?|부터의?|이래|onwards?))"
)
"""A side behind its time, which may be stuck to it."""
_STUCK: Final = re.compile("(?:(?P<before>pre)|post)-?(?P<time>.+)")
"""A side that is stuck to its time (`pre-2020`)."""
_UP_TO: Final = frozenset(("to", "until", "till", "through"))
_WHOLE: Final = re.compile("(?:세계|지구|국민|인류|분야|영역|과정|구간|단계|범위|기간|산업|계층).*")
"""What `전` is the whole of where it says nothing of a time (`2021년 전 세계`)."""
_SPANNING: Final = frozenset(("지난", "최근", "향후", "앞으로", "과거", "약"))
_SPANNED: Final = re.compile("(?:전|후|뒤|동안|이상|이내|넘게|만에|간)(?:에|의|은)?")
"""What stands before and behind a number of years, which is no year (`지난 10년`, `10년 전`)."""


class _Said(NamedTuple):
    """The year that a word says, the first month of a part of one and how many months it has, 0 where it says none; the
    side that is stuck to it, and whether it may be a number of years instead."""

    year: int = 0
    month: int = 0
    months: int = 0
    side: _Side = ""
    number: bool = False


class _Time(NamedTuple):
    """A time from its first month up to the one behind it, counted from the year 0; the side behind it, and the place
    behind both."""

    first: int
    behind: int
    side: _Side
    end: int


def dated(queries: Sequence[Query], at: int) -> tuple[Query | None, int]:
    """What the words that stand there say of the time of papers, None where they say nothing; and the place behind.

    A year or a part of one (`2024`, `2024년 3월`, also `2022-2023`) is the papers of that time, and those that speak of
    it (`AIME 2024`). What is before or since a time, or from one to another in words, is the papers of that time alone.
    """
    first = _text(queries, at)
    if first not in _BEGINNING and not any(_said(first)):
        return None, at  # as most words
    side, start = _ahead(queries, at)
    ahead = start > at
    time = _time(queries, start)
    if time is None:
        return None, at
    side = time.side or side
    if last := _last(queries, time, side):
        days = _days(min(time.first, last.first), max(time.behind, last.behind))
        if ahead or _text(queries, time.end) != "and":
            return days, last.end
        both = conjunction((*queries[at : time.end], *queries[time.end + 1 : last.end]))
        return disjunction((both, days)), last.end
    match side:
        case "before":
            return Before(_day(time.first)), time.end
        case "until":
            return Before(_day(time.behind)), time.end
        case "since" if time.side or time.behind - time.first <= 12:
            return After(_day(time.first)), time.end
        case _ if ahead:
            return None, at  # `between 2022`, and `from 2022-2023`, which is those years
        case _:
            said = queries[at : time.end]
            return disjunction((conjunction(said), _days(time.first, time.behind))), time.end


def filtered(query: Query) -> Query:
    """The query with filters in the place of words that say nothing but the time of papers (`before 2023`)."""
    match query:
        case Word() | And():
            return conjunction(_filtered(parts_of(query)))
        case Or(queries=queries):
            return disjunction(map(filtered, queries))
        case Not(query=inner):
            return negation(filtered(inner))
        case _:
            return query


def _filtered(queries: Sequence[Query]) -> Iterator[Query]:
    at = 0
    while at < len(queries):
        when, end = dated(queries, at)
        end = max(end, at + 1)
        if when is None:
            yield part if isinstance(part := queries[at], Word) else filtered(part)
        elif isinstance(when, Or):
            yield from queries[at:end]
        else:
            yield when
        at = end


def alone(query: Query) -> Query:
    """A query of nothing but filters and a time as the papers of that time: nobody looks for who mentions a year."""
    parts = parts_of(query)
    words = [part for part in parts if isinstance(part, Word)]
    when, end = dated(words, 0)
    if not isinstance(when, Or) or end < len(words) or any(isinstance(part, Phrase | Or) for part in parts):
        return query
    return conjunction((*(part for part in parts if not isinstance(part, Word)), when.queries[-1]))


def undated(queries: Sequence[Query]) -> Iterator[Query]:
    """The parts of a query that say nothing of the time of papers."""
    at = 0
    while at < len(queries):
        when, end = dated(queries, at)
        if when is None:
            yield queries[at]
        at = max(end, at + 1)


def _ahead(queries: Sequence[Query], at: int) -> tuple[_Side, int]:
    """The side that is said there, and where its time begins; `between` says none by itself."""
    text = _text(queries, at)
    if text == "prior" and _text(queries, at + 1) == "to":
        return "before", at + 2
    return _AHEAD.get(text, ""), at + (text in _AHEAD or text == "between")


def _time(queries: Sequence[Query], at: int, year: int = 0) -> _Time | None:
    """The time that stands there; a part of a year alone is one of `year`, if there is one."""
    said: list[_Said] = []
    while len(said) < 2 and (when := _said(_text(queries, at + len(said)))) != _Said():
        said.append(when)
        if when.side:
            break
    for size in range(len(said), 0, -1):
        years = [when.year for when in said[:size] if when.year]
        parts = [when for when in said[:size] if when.month]
        if not years and size == 1 and year:
            years = [year]
        end = at + size
        if len(years) != 1 or len(parts) not in (size - 1, len(years)):
            continue
        if not parts and said[0].number and _spans(queries, at):
            return None
        first = years[0] * 12 + (parts[0].month - 1 if parts else 0)
        side = said[size - 1].side
        if not side and (side := _behind(queries, end)):
            end += 1
        return _Time(first, first + (parts[0].months if parts else 12), side, end)
    return None


def _last(queries: Sequence[Query], time: _Time, side: _Side) -> _Time | None:
    """The time up to which papers are asked for that are from another on (`2022 to 2023`, `3월부터 5월까지`)."""
    between = _text(queries, time.end) == "and" and not side
    joined = between or (_text(queries, time.end) in _UP_TO and side in ("", "since"))
    year = time.first // 12 if time.behind - time.first < 12 else 0
    last = _time(queries, time.end + joined, year) if joined or side == "since" else None
    return last if last and last.side in (("", "until") if joined else ("until",)) else None


def _behind(queries: Sequence[Query], at: int) -> _Side:
    """The side that a word there says of the time before it."""
    found = _BEHIND.fullmatch(_text(queries, at))
    if found is None or found["time"] or (found["ago"] and _WHOLE.fullmatch(_text(queries, at + 1))):
        return ""
    return _side(found)


def _side(found: re.Match[str]) -> _Side:
    return "before" if found["before"] else "until" if found["until"] else "since"


def _spans(queries: Sequence[Query], at: int) -> bool:
    """Whether a number of years is how many they are."""
    ahead = _text(queries, at - 1) if at else ""
    return ahead in _SPANNING or _SPANNED.fullmatch(_text(queries, at + 1)) is not None


def _text(queries: Sequence[Query], at: int) -> str:
    part = queries[at] if at < len(queries) else None
    return part.text if isinstance(part, Word) else ""


def _days(first: int, behind: int) -> Query:
    """The papers of the months from the first one on, before the one behind them."""
    return conjunction((After(_day(first)), Before(_day(behind))))


def _day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


@lru_cache(maxsize=1 << 10)
def _said(text: str) -> _Said:
    if (stuck := _STUCK.fullmatch(text)) and (said := _alone(stuck["time"])):
        return said._replace(side="before" if stuck["before"] else "since")
    if (said := _alone(text)) or (found := _BEHIND.fullmatch(text)) is None:
        return said or _Said()
    said = _alone(found["time"])
    if said is None or (said.number and found["ago"]):
        return _Said()
    return said._replace(side=_side(found))


def _alone(text: str) -> _Said | None:
    """What a word without a side says, a row of years too; None where it says no time."""
    if said := _of_one(text):
        return said
    row = _RANGE.fullmatch(text)
    ends = [_of_one(row[1]), _of_one(row[3])] if row else []
    months = [_months(end) for end in ends if end and end.year]
    if len(months) < 2:
        return None
    first, behind = min(months)[0], max(months)[1]
    return _Said(first // 12, first % 12 + 1, behind - first)


def _months(said: _Said) -> tuple[int, int]:
    first = said.year * 12 + max(0, said.month - 1)
    return first, first + (said.months or 12)


def _of_one(text: str) -> _Said | None:
    """What a word of one time says, None where it says none."""
    if both := _BOTH.fullmatch(text):
        return _Said(int(both[1] or both[3]), int(both[2] or both[4]), 1)
    if (joined := _JOINED.fullmatch(text)) and (span := _part(joined[2])):
        return _Said(_year(joined[1]), *span)
    if year := _YEAR.fullmatch(text):
        return _Said(year=_year(year[1]), number=len(year[1]) == 2)
    span = _part(text)
    return _Said(0, *span) if span else None


def _year(digits: str) -> int:
    return int(digits) % 100 + 2000


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
