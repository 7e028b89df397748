"""Times among the words of a query: `RLHF 2024`, `march 5, 2024`, `2024년 3분기`, `before 2023`, `2021년부터`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from bot.query.syntax import (
    After,
    And,
    Before,
    Not,
    Nothing,
    Or,
    Phrase,
    Query,
    Word,
    conjunction,
    disjunction,
    negation,
    parts_of,
    phrase_form,
)

_A_YEAR: Final = "(20[0-4][0-9]|[1-4][0-9](?=년))"
_YEAR: Final = re.compile(f"{_A_YEAR}(?:년도?(?:에|의)?)?")
_PARTICLE: Final = "(?:에|의|에는)?"
_MONTH: Final = "1[0-2]|0?[1-9]"
_DAY: Final = "3[01]|[12][0-9]|0?[1-9]"
_PART: Final = re.compile(
    rf"(?:(?P<month>{_MONTH})월(?:달|(?P<day>{_DAY})일자?)?|(?P<quarter>[1-4])(?:/4)?분기|(?P<half>[상하])반기){_PARTICLE}"
    "|q(?P<q>[1-4])|h(?P<h>[12])"
)
_OF_A_MONTH: Final = re.compile(
    rf"(?P<first>{_DAY})(?:(?:일|st|nd|rd|th)?[-~‐‑‒–—−〜∼](?P<last>{_DAY}))?(?:(?P<korean>일자?){_PARTICLE}|(?P<nth>st|nd|rd|th))?"
)
"""A day, or several in a row, where a word beside it says the month."""
_NAMES: Final = "january february march april may june july august september october november december"
_MONTHS: Final = {
    short: number for number, name in enumerate(_NAMES.split(), 1) for short in (name, name[:3], name[:4])
}
_BOTH: Final = re.compile(f"(20[0-4][0-9])[-./]({_MONTH})|(20[1-4][0-9])(0[1-9]|1[0-2])")
_WHOLE_DAY: Final = re.compile(rf"(20[0-4][0-9])([-./])({_MONTH})\2({_DAY})(?:일?자)?{_PARTICLE}")
_JOINED: Final = re.compile(f"{_A_YEAR}(?:년|[-./]?(?=[qh]))(.+)")
_PARTS: Final = re.compile("([^-~‐‑‒–—−〜∼]{1,9}?)(?:부터|에서)?[-~‐‑‒–—−〜∼]([^-~‐‑‒–—−〜∼]{1,9}?)(?:까지)?")
"""Parts of a year in a row (`1월~3월`, `1~3월`, `jan-mar`)."""
_RANGE: Final = re.compile(f"(.+?)(?:부터)?[-~‐‑‒–—−〜∼](?={_A_YEAR}|[0-9]{{1,2}}[월일])(.+?)(?:까지)?")
_ORDERS: Final = frozenset(("Y", "YM", "MY", "YMD", "MDY", "DMY", "R"))
_SHORT: Final = frozenset(("M", "MD", "DM"))
"""How a year, a part of it and a day may follow each other (`R` is a row of times), and behind a time of that year."""

_Side = Literal["", "before", "until", "since", "from"]
"""What is meant of a time: the time itself, what came before it, all up to its end, or all from its first day on, which
`from` says only where there is an end too, or the time is no day."""
_AHEAD: Final[dict[str, _Side]] = {
    "before": "before",
    "until": "until", "till": "until", "through": "until",
    "since": "since", "from": "from", "after": "since",
}  # fmt: skip
_BEGINNING: Final = frozenset((*_AHEAD, "prior", "between"))
"""Words with which a time may begin."""
_BEHIND: Final = re.compile(
    "(?P<time>.*?)"
    "(?:(?P<before>(?:이전|(?P<ago>전))(?:에|의)?)|(?P<until>까지의?)|(?P<since>이후(?:에|의|로|부터)?|부터의?|이래|onwards?)|(?<=[년월일기])(?P<from>에서))"
)
"""A side behind its time, which may be stuck to it."""
_STUCK: Final = re.compile("(?:(?P<before>pre)|post)-?(?P<time>.+)")
"""A side that is stuck to its time (`pre-2020`)."""
_UP_TO: Final = frozenset(("to", "until", "till", "through"))
_ON: Final = frozenset((*_UP_TO, "of"))
"""What a time may go on with."""
_WHOLE: Final = re.compile("(?:세계|지구|국민|인류|분야|영역|과정|구간|단계|범위|기간|산업|계층).*")
"""What `전` is the whole of where it says nothing of a time (`2021년 전 세계`)."""
_SPANNING: Final = frozenset(("지난", "최근", "향후", "앞으로", "과거", "약"))
_SPANNED: Final = re.compile("(?:전|후|뒤|동안|이상|이내|넘게|만에|간)(?:에|의|은)?")
"""What stands before and behind a number of years, which is no year (`지난 10년`, `10년 전`)."""
_BEFORE_A_DAY: Final = frozenset(("", "on", "of", "the", "and", "papers"))
"""What may stand before a day and has no number itself, as `Llama` has (`Llama 3 April 2024`)."""
_LONGEST: Final = 7
"""Words ahead of the year of a time that is said up to another (`5th of march to 15th of april 2024`)."""
_GOING_ON: Final = frozenset((*_UP_TO, "and", "forward", "forwards"))
_ONE_DAY: Final = timedelta(days=1)
_WHOLE_YEAR: Final = timedelta(days=365)


class _Said(NamedTuple):
    """The year that a word says, the first month of a part of one and how many months it has, the day of a month and
    the last one of several, 0 where it says none; the day behind a row of times; the side that is stuck to it, and
    whether it may be a number of something else."""

    year: int = 0
    month: int = 0
    months: int = 0
    day: int = 0
    last: int = 0
    behind: date | None = None
    side: _Side = ""
    number: bool = False


_NO_TIME: Final = _Said()


class _Time(NamedTuple):
    """A time from its first day up to the one behind it; the side behind it, and the place behind both; whether it says
    a day of a month, and whether it begins with a number that may belong to the word before it."""

    first: date
    behind: date
    side: _Side
    end: int
    day: bool = False
    number: bool = False


def dated(queries: Sequence[Query], at: int) -> tuple[Query | None, int]:
    """What the words that stand there say of the time of papers, None where they say nothing; and the place behind.

    A year, a part of one or a day (`2024`, `2024년 3월`, `2024-03-05`, also `2022-2023`) is the papers of that time and
    those that speak of it (`AIME 2024`). What is before or since a time, or from one to another in words, is the papers
    of that time alone.
    """
    said = _said(first := _text(queries, at))
    begins = said.year or first in _BEGINNING
    if not begins and (said is _NO_TIME or (_said(beside := _text(queries, at + 1)) is _NO_TIME and beside not in _ON)):
        return None, at  # as most words and numbers
    side, start = _ahead(queries, at)
    ahead = start > at
    time = _time(queries, start)
    if time is None:
        return _of_its_end(queries, at, start, side)
    side = time.side or side
    if last := _last(queries, time, side):
        days = _between(min(time.first, last.first), max(time.behind, last.behind))
        if ahead or _text(queries, time.end) != "and":
            return days, last.end
        both = conjunction((*queries[at : time.end], *queries[time.end + 1 : last.end]))
        return disjunction((both, days)), last.end
    match side:
        case "before":
            return Before(time.first), time.end
        case "until":
            return Before(time.behind), time.end
        case "from" if ahead and time.day and not _goes_on(queries, time.end):
            return _between(time.first, time.behind), time.end
        case "since" | "from" if time.side == "since" or (ahead and time.behind - time.first <= _WHOLE_YEAR + _ONE_DAY):
            return After(time.first), time.end
        case _ if ahead:
            return None, at  # `between 2022`, and `from 2022-2023`, which is those years
        case _:
            return disjunction((_spoken(queries, at, time), _between(time.first, time.behind))), time.end


def _of_its_end(queries: Sequence[Query], at: int, start: int, side: _Side) -> tuple[Query | None, int]:
    """All from a time to another which alone says their year (`January to March 2024`), as `dated` has it."""
    place, joined = start, False
    joints = _ON if start == at or side else {"and"}
    while (said := _said(text := _text(queries, place))) is not _NO_TIME or text in joints:
        if said.year or place - start == _LONGEST:
            break
        joined = joined or text in _UP_TO or text == "and" or said.side in ("since", "from")
        place += 1
    if not (joined and said.year) or (not said.month and _text(queries, place - 1) in _UP_TO):
        return None, at
    for year in (said.year, said.year - 1):
        time = _time(queries, start, _Time(date(year, 1, 1), date(year + 1, 1, 1), "", start))
        if time is None or (time.number and start == at and at and _text(queries, at - 1) not in _BEFORE_A_DAY):
            break
        last = _last(queries, time, time.side or side)
        if last is None or last.end <= place:
            break
        if time.first <= last.first:
            return _between(time.first, last.behind), last.end
    return None, at


def says_time(text: str) -> bool:
    """Whether a word says a time or a part of one, and is no bare number."""
    return (said := _said(text)) is not _NO_TIME and not (said.day and said.number)


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
    if isinstance(query, Not):
        return negation(alone(query.query))
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


def _time(queries: Sequence[Query], at: int, earlier: _Time | None = None) -> _Time | None:
    """The time that stands there; what it does not say is as in an earlier one of a part of a year, if there is one."""
    said: list[_Said] = []
    ends = [at]
    while len(said) < 3 and (when := _said(_text(queries, ends[-1]))) is not _NO_TIME:
        said.append(when)
        of = when.day > 0 == when.year and _text(queries, ends[-1] + 1) == "of"
        ends.append(ends[-1] + 1 + of)
        if when.side:
            break
    for size in range(len(said), 0, -1):
        row = said[:size]
        kinds = "".join(map(_kind, row))
        if not _is_time(kinds, row, earlier):
            continue
        if (kinds == "Y" and row[0].number and _spans(queries, at)) or (days := _in_full(row, earlier)) is None:
            return None
        side, end = row[-1].side, ends[size]
        if not side and (side := _behind(queries, end)):
            end += 1
        return _Time(*days, side, end, "D" in kinds, kinds[:2] == "DM" and row[0].number)
    return None


def _kind(said: _Said) -> str:
    """Which parts of a time a word says, as `_ORDERS` has them."""
    return "R" if said.behind else "Y" * (said.year > 0) + "M" * (said.month > 0) + "D" * (said.day > 0)


def _is_time(kinds: str, row: Sequence[_Said], earlier: _Time | None) -> bool:
    if kinds in ("D", "DY", "YD"):
        return earlier is not None and earlier.day  # a query holds a word once, and so the month
    if kinds not in _ORDERS and (earlier is None or kinds not in _SHORT):
        return False
    # `2024 March 5` may be five of something, and no quarter has a fifth day.
    return "D" not in kinds or (all(said.months < 2 for said in row) and not (kinds == "YMD" and row[-1].number))


def _in_full(row: Sequence[_Said], earlier: _Time | None) -> tuple[date, date] | None:
    """The first day of what words say together and the one behind the last; None where there is no such day."""
    whole = row[0]
    for said in row[1:]:
        year, month, months, day, last = (max(each) for each in zip(whole[:5], said[:5], strict=True))
        whole = _Said(year, month, months, day, last)
    if earlier and (whole.day or not whole.year):
        whole = whole._replace(month=whole.month or earlier.first.month)
    if row[-1].year and not row[-1].month and whole.month + whole.months > 13:
        whole = whole._replace(year=whole.year - 1)  # `Dec-Feb 2024`
    if earlier is None or whole.year:
        return _days(whole)
    days, next_ones = (_days(whole._replace(year=earlier.first.year + more)) for more in (0, 1))
    return next_ones if days and days[0] < earlier.first else days


def _last(queries: Sequence[Query], time: _Time, side: _Side) -> _Time | None:
    """The time up to which papers are asked for that are from another on (`2022 to 2023`, `3월부터 5월까지`)."""
    between = _text(queries, time.end) == "and" and not side
    joined = between or (_text(queries, time.end) in _UP_TO and side in ("", "since", "from"))
    if not joined and side not in ("since", "from"):
        return None
    earlier = time if time.behind - time.first < _WHOLE_YEAR else None
    last = _time(queries, time.end + joined, earlier)
    if last is None or last.side not in (("", "until") if joined else ("until",)):
        return None
    if joined and time.day and not last.day:  # `March 5 2024 to April 5 2024` says the day no second time either
        month = last.first.month if last.behind - last.first < _WHOLE_YEAR else time.first.month
        if day := _day(last.first.year, month, time.first.day):
            return last._replace(first=day, behind=day + _ONE_DAY)
    return last


def _goes_on(queries: Sequence[Query], at: int) -> bool:
    """Whether all from a day on is meant by what stands behind it (`on`, `to now`, an end that is a filter)."""
    rest = queries[at : at + 2]
    text = _text(rest, 0)
    return text in _GOING_ON or (text == "on" and len(rest) == 1) or (bool(rest) and isinstance(rest[0], Before))


def _behind(queries: Sequence[Query], at: int) -> _Side:
    """The side that a word there says of the time before it."""
    found = _BEHIND.fullmatch(_text(queries, at))
    if found is None or found["time"] or (found["ago"] and _WHOLE.fullmatch(_text(queries, at + 1))):
        return ""
    return _side(found)


def _side(found: re.Match[str]) -> _Side:
    return "before" if found["before"] else "until" if found["until"] else "from" if found["from"] else "since"


def _spans(queries: Sequence[Query], at: int) -> bool:
    """Whether a number of years is how many they are."""
    ahead = _text(queries, at - 1) if at else ""
    return ahead in _SPANNING or _SPANNED.fullmatch(_text(queries, at + 1)) is not None


def _text(queries: Sequence[Query], at: int) -> str:
    part = queries[at] if at < len(queries) else None
    return part.text if isinstance(part, Word) else ""


def _spoken(queries: Sequence[Query], at: int, time: _Time) -> Query:
    """Papers that speak of a time: its words side by side where they are a day, for texts are full of small numbers."""
    said = queries[at : time.end]
    if not time.day or len(said) == 1:
        return conjunction(said)
    if time.number and at and _text(queries, at - 1) not in _BEFORE_A_DAY:
        return conjunction((said[0], dated(queries, at + 1)[0] or Nothing()))
    return Phrase(phrase_form(" ".join(_text(queries, place) for place in range(at, time.end))))


def _between(first: date, behind: date) -> Query:
    """The papers from a day on, before another."""
    return conjunction((After(first), Before(behind)))


def _day(year: int, month: int, day: int) -> date | None:
    """A day, None where there is none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 10)
def _said(text: str) -> _Said:
    if (stuck := _STUCK.fullmatch(text)) and (said := _alone(stuck["time"])):
        return said._replace(side="before" if stuck["before"] else "since")
    if (said := _alone(text)) or (found := _BEHIND.fullmatch(text)) is None:
        return said or _NO_TIME
    said = _alone(found["time"])
    if said is None or (said.number and found["ago"]) or (said.day and said.number):
        return _NO_TIME
    return said._replace(side=_side(found))


def _alone(text: str) -> _Said | None:
    """What a word without a side says, a row of times too; None where it says no time."""
    if said := _of_one(text):
        return said
    row = _RANGE.fullmatch(text)
    first, last = (_of_one(row[1]), _of_one(row[3])) if row else (None, None)
    if first is None or last is None or not first.year:
        return None
    if not last.year:  # `2024년3월5일~9일`
        if not first.month or (not last.month and not first.day):
            return None
        last = last._replace(year=first.year, month=last.month or first.month)
        if (last.month, last.day) < (first.month, first.day):
            last = last._replace(year=last.year + 1)
    if (days := _days(first)) is None or (others := _days(last)) is None:
        return None
    start = min(days[0], others[0])
    return _Said(start.year, start.month, 0, start.day, behind=max(days[1], others[1]))


def _days(said: _Said) -> tuple[date, date] | None:
    """The first day of a time and the one behind it, None where there is no such day."""
    first = _day(said.year, said.month or 1, said.day or 1)
    if first is None or said.behind:
        return (first, said.behind) if first and said.behind else None
    if said.day:
        last = _day(said.year, said.month, said.last)
        return (first, last + _ONE_DAY) if last and first <= last else None
    year, month = divmod(said.month - 1 + said.months if said.month else 12, 12)
    return first, date(said.year + year, month + 1, 1)


def _of_one(text: str) -> _Said | None:
    """What a word of one time says, None where it says none."""
    if day := _WHOLE_DAY.fullmatch(text):
        said = _Said(int(day[1]), int(day[3]), 1, int(day[4]), int(day[4]))
        return said if _days(said) else None
    if both := _BOTH.fullmatch(text):
        return _Said(int(both[1] or both[3]), int(both[2] or both[4]), 1)
    if (joined := _JOINED.fullmatch(text)) and (part := _part(joined[2])):
        said = part._replace(year=_year(joined[1]))
        return said if _days(said) else None
    if year := _YEAR.fullmatch(text):
        return _Said(year=_year(year[1]), number=len(year[1]) == 2)
    if days := _OF_A_MONTH.fullmatch(text):
        first, last = int(days["first"]), int(days["last"] or days["first"])
        return _Said(day=first, last=last, number=not (days["korean"] or days["nth"]))
    return _part(text)


def _year(digits: str) -> int:
    return int(digits) % 100 + 2000


def _part(text: str) -> _Said | None:
    """What a word says that is a part of a year."""
    if month := _MONTHS.get(text):
        return _Said(month=month, months=1)
    found = _PART.fullmatch(text)
    if found is None:
        return _parts(row[1], row[2]) if (row := _PARTS.fullmatch(text)) else None
    if found["month"]:
        day = int(found["day"] or 0)
        return _Said(month=int(found["month"]), months=1, day=day, last=day)
    if quarter := found["quarter"] or found["q"]:
        return _Said(month=3 * int(quarter) - 2, months=3)
    return _Said(month=1 if (found["half"] or found["h"]) in ("상", "1") else 7, months=6)


def _parts(first: str, last: str) -> _Said | None:
    """What two words say that are parts of a year, all between them too; the first may be a bare number."""
    end = _part(last)
    start = end and (_part(first) or _part(first + last.lstrip("0123456789")))
    if start is None or end is None or start.day or end.day:
        return None
    return _Said(month=start.month, months=(end.month + end.months - start.month - 1) % 12 + 1)
