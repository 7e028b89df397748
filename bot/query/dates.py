"""Times among the words of a query: `RLHF 2024`, `march 5, 2024`, `2024년 3분기`, `before 2023`, `2021년부터`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from bot.query.spans import WEEK
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
from bot.query.time_words import BEHIND, NO_TIME, ONE_DAY, Said, Side, day_of, days_of, said_by, side_of

_ORDERS: Final = frozenset(("Y", "YM", "MY", "YMD", "MDY", "DMY", "R", "EY", "EMY", "YL", "YML"))
_SHORT: Final = frozenset(("M", "MD", "DM", "L", "ML"))
"""How a year, a part of it and a day may follow each other (`R` is a row of times, `E` and `L` say loosely when it was:
`early 2023`, `2023년 초`), and behind a time of that year."""

_AHEAD: Final[dict[str, Side]] = {
    "before": "before",
    "until": "until", "till": "until", "through": "until",
    "since": "since", "from": "from", "after": "since",
}  # fmt: skip
_BEGINNING: Final = frozenset((*_AHEAD, "prior", "between"))
"""Words with which a time may begin."""
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
_CAME: Final = frozenset(("나온", "나왔던", "발표된", "공개된", "발행된", "출판된", "올라온"))
"""Words behind a time at which papers came (`2025년에 나온`), which they need not speak of."""
_WEEKDAY: Final = re.compile(f"[{WEEK}](?:요일)?|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?")
"""What may stand beside a day and says nothing more."""
_WHOLE_YEAR: Final = timedelta(days=365)


class _Time(NamedTuple):
    """A time from its first day up to the one behind it; the side behind it, and the place behind both; whether it says
    a day of a month, whether it begins with a number that may belong to the word before it, and whether it is loose."""

    first: date
    behind: date
    side: Side
    end: int
    day: bool = False
    number: bool = False
    loose: bool = False


def dated(queries: Sequence[Query], at: int) -> tuple[Query | None, int]:
    """What the words that stand there say of the time of papers, None where they say nothing; and the place behind.

    A year, a part of one or a day (`2024`, `2024년 3월`, `2024-03-05`, also `2022-2023`) is the papers of that time and
    those that speak of it (`AIME 2024`). What is before or since a time, or from one to another in words, is the papers
    of that time alone.
    """
    if _is_weekday(queries, at) and (time := _time(queries, at + 1)) and time.day:
        return dated(queries, at + 1)
    said = said_by(first := _text(queries, at))
    begins = said.year or first in _BEGINNING
    if not begins and (said is NO_TIME or (said_by(beside := _text(queries, at + 1)) is NO_TIME and beside not in _ON)):
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
    if not side and _text(queries, time.end) in _CAME:
        return _between(time.first, time.behind), time.end + 1
    match side:
        case "before":
            return Before(time.first), time.end
        case "until":
            return Before(time.behind), time.end
        case "from" if ahead and time.day and not _goes_on(queries, time.end):
            return _between(time.first, time.behind), time.end
        case "since" | "from" if time.side == "since" or (ahead and time.behind - time.first <= _WHOLE_YEAR + ONE_DAY):
            return After(time.first), time.end
        case _ if ahead:
            return None, at  # `between 2022`, and `from 2022-2023`, which is those years
        case _:
            return disjunction((_spoken(queries, at, time), _between(time.first, time.behind))), time.end


def _of_its_end(queries: Sequence[Query], at: int, start: int, side: Side) -> tuple[Query | None, int]:
    """All from a time to another which alone says their year (`January to March 2024`), as `dated` has it."""
    place, joined = start, False
    joints = _ON if start == at or side else {"and"}
    while (said := said_by(text := _text(queries, place))) is not NO_TIME or text in joints:
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


def _ahead(queries: Sequence[Query], at: int) -> tuple[Side, int]:
    """The side that is said there, and where its time begins; `between` says none by itself."""
    text = _text(queries, at)
    if text == "prior" and _text(queries, at + 1) == "to":
        return "before", at + 2
    return _AHEAD.get(text, ""), at + (text in _AHEAD or text == "between")


def _time(queries: Sequence[Query], at: int, earlier: _Time | None = None) -> _Time | None:
    """The time that stands there; what it does not say is as in an earlier one of a part of a year, if there is one."""
    said: list[Said] = []
    ends = [at]
    while len(said) < 3 and (when := said_by(_text(queries, ends[-1]))) is not NO_TIME:
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
        end += "D" in kinds and _is_weekday(queries, end)
        if not side and (side := _behind(queries, end)):
            end += 1
        loose = not {"E", "L"}.isdisjoint(kinds)
        return _Time(*days, side, end, "D" in kinds, kinds[:2] == "DM" and row[0].number, loose)
    return None


def _kind(said: Said) -> str:
    """Which parts of a time a word says, as `_ORDERS` has them."""
    if said.about and not said.year:
        return "E" if said.about == "ahead" else "L"
    return "R" if said.behind else "Y" * (said.year > 0) + "M" * (said.month > 0) + "D" * (said.day > 0)


def _is_time(kinds: str, row: Sequence[Said], earlier: _Time | None) -> bool:
    if kinds in ("D", "DY", "YD"):
        return earlier is not None and earlier.day  # a query holds a word once, and so the month
    if kinds not in _ORDERS and (earlier is None or kinds not in _SHORT):
        return False
    # `2024 March 5` may be five of something, and no quarter has a fifth day.
    return "D" not in kinds or (all(said.months < 2 for said in row) and not (kinds == "YMD" and row[-1].number))


def _in_full(row: Sequence[Said], earlier: _Time | None) -> tuple[date, date] | None:
    """The first day of what words say together and the one behind the last; None where there is no such day."""
    if any(said.month and not said.about for said in row):
        row = [said for said in row if not said.about]  # `early March 2023` is March
    whole = row[0]
    for said in row[1:]:
        year, month, months, day, last = (max(each) for each in zip(whole[:5], said[:5], strict=True))
        whole = Said(year, month, months, day, last)
    if earlier and (whole.day or not whole.year):
        whole = whole._replace(month=whole.month or earlier.first.month)
    if row[-1].year and not row[-1].month and whole.month + whole.months > 13:
        whole = whole._replace(year=whole.year - 1)  # `Dec-Feb 2024`
    if earlier is None or whole.year:
        return days_of(whole)
    days, next_ones = (days_of(whole._replace(year=earlier.first.year + more)) for more in (0, 1))
    return next_ones if days and days[0] < earlier.first else days


def _last(queries: Sequence[Query], time: _Time, side: Side) -> _Time | None:
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
        if day := day_of(last.first.year, month, time.first.day):
            return last._replace(first=day, behind=day + ONE_DAY)
    return last


def _goes_on(queries: Sequence[Query], at: int) -> bool:
    """Whether all from a day on is meant by what stands behind it (`on`, `to now`, an end that is a filter)."""
    rest = queries[at : at + 2]
    text = _text(rest, 0)
    return text in _GOING_ON or (text == "on" and len(rest) == 1) or (bool(rest) and isinstance(rest[0], Before))


def _behind(queries: Sequence[Query], at: int) -> Side:
    """The side that a word there says of the time before it."""
    found = BEHIND.fullmatch(_text(queries, at))
    if found is None or found["time"] or (found["ago"] and _WHOLE.fullmatch(_text(queries, at + 1))):
        return ""
    return side_of(found)


def _is_weekday(queries: Sequence[Query], at: int) -> bool:
    return _WEEKDAY.fullmatch(_text(queries, at)) is not None


def _spans(queries: Sequence[Query], at: int) -> bool:
    """Whether a number of years is how many they are."""
    ahead = _text(queries, at - 1) if at else ""
    return ahead in _SPANNING or _SPANNED.fullmatch(_text(queries, at + 1)) is not None


def _text(queries: Sequence[Query], at: int) -> str:
    part = queries[at] if at < len(queries) else None
    return part.text if isinstance(part, Word) else ""


def _spoken(queries: Sequence[Query], at: int, time: _Time) -> Query:
    """Papers that speak of a time: its words side by side where they are a day or say it loosely, for texts are full of
    small numbers and of `early`."""
    said = queries[at : time.end]
    if not (time.day or time.loose) or len(said) == 1:
        return conjunction(said)
    if time.number and at and _text(queries, at - 1) not in _BEFORE_A_DAY:
        return conjunction((said[0], dated(queries, at + 1)[0] or Nothing()))
    return Phrase(phrase_form(" ".join(_text(queries, place) for place in range(at, time.end))))


def _between(first: date, behind: date) -> Query:
    """The papers from a day on, before another."""
    return conjunction((After(first), Before(behind)))
