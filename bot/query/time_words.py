"""What one word says of a time: `2024`, `march`, `2024-03-05`, `3월~5월`, `2021년부터`, `pre-2020`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

_A_YEAR: Final = "(20[0-4][0-9]|[1-4][0-9](?=년))"
_YEAR: Final = re.compile(f"{_A_YEAR}(?:년도?(?:에|의)?)?")
_PARTICLE: Final = "(?:에|의|에는)?"
MONTH: Final = "1[0-2]|0?[1-9]"
DAY: Final = "3[01]|[12][0-9]|0?[1-9]"
"""The numbers of months and of days."""
_PART: Final = re.compile(
    rf"(?:(?P<month>{MONTH})월(?:달|[초말]|[초중하]순|(?P<day>{DAY})일자?)?|(?P<quarter>[1-4])(?:/4)?분기|(?P<half>[상하])반기){_PARTICLE}"
    "|q(?P<q>[1-4])|h(?P<h>[12])"
)
_ABOUT: Final = {
    "early": (1, 6), "mid": (4, 6), "late": (7, 6), "spring": (3, 3), "summer": (6, 3), "autumn": (9, 3),
    "초": (1, 6), "초반": (1, 6), "중반": (4, 6), "말": (7, 6), "후반": (7, 6),
    "봄": (3, 3), "여름": (6, 3), "가을": (9, 3), "초순": (1, 12), "중순": (1, 12), "하순": (1, 12),
}  # fmt: skip
"""When it was by words that stand beside a year and say it loosely: the first month, and how many there are, with room
around what most people mean. Beside a month they say nothing more."""
LOOSELY: Final = "(?:초반?|중반|후반|말)(?:[에의]|부터|까지)?"
"""Of these, what may be stuck to a year that is told from today on, with its particles, as a pattern."""
_ABOUT_THEN: Final = re.compile(rf"(?P<word>{'|'.join(_ABOUT)}){_PARTICLE}")
_HYPHENED: Final = re.compile("(?P<about>early|mid|late)-(?P<year>20[0-4][0-9])")
_OF_A_MONTH: Final = re.compile(
    rf"(?P<first>{DAY})(?:(?:일|st|nd|rd|th)?[-~‐‑‒–—−〜∼](?P<last>{DAY}))?(?:(?P<korean>일자?){_PARTICLE}|(?P<nth>st|nd|rd|th))?"
)
"""A day, or several in a row, where a word beside it says the month."""
FULL: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
SHORT: Final = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
"""The names of months as people write them, as patterns."""
CAME: Final = re.compile(r"\s+(?:나온|올라온|발표된|공개된|게재된|소개된|실린)(?!\w)")
"""What papers did in the month ahead of it."""
_YEAR_SAID: Final = re.compile(r"(?<!\d)(?:20[0-4]\d(?!\d)|[1-4]\d년)|(?<=['‘’])[1-4]\d(?!\d)")
_YEAR_TOLD: Final = re.compile(r"[금내작]년|(?:올|지난|이번|다음)\s?해|years?\b", re.IGNORECASE)
NAMES: Final = FULL.split("|")
_MONTHS: Final = {short: number for number, name in enumerate(NAMES, 1) for short in (name, name[:3], name[:4])}
_BOTH: Final = re.compile(f"(20[0-4][0-9])[-./]({MONTH})|(20[1-4][0-9])(0[1-9]|1[0-2])")
_WHOLE_DAY: Final = re.compile(rf"(20[0-4][0-9])([-./])({MONTH})\2({DAY})(?:일?자)?{_PARTICLE}")
_JOINED: Final = re.compile(f"{_A_YEAR}(?:년|[-./]?(?=[qh]))(.+)")
_PARTS: Final = re.compile("([^-~‐‑‒–—−〜∼]{1,9}?)(?:부터|에서)?[-~‐‑‒–—−〜∼]([^-~‐‑‒–—−〜∼]{1,9}?)(?:까지)?")
"""Parts of a year in a row (`1월~3월`, `1~3월`, `jan-mar`)."""
_RANGE: Final = re.compile(f"(.+?)(?:부터)?[-~‐‑‒–—−〜∼](?={_A_YEAR}|[0-9]{{1,2}}[월일])(.+?)(?:까지)?")

Side = Literal["", "before", "until", "since", "from"]
"""What is meant of a time: the time itself, what came before it, all up to its end, or all from its first day on, which
`from` says only where there is an end too, or the time is no day."""
BEHIND: Final = re.compile(
    "(?P<time>.*?)"
    "(?:(?P<before>(?:이전|(?P<ago>전))(?:에|의)?)|(?P<until>까지의?)|(?P<since>이후(?:에|의|로|부터)?|부터의?|이래|onwards?)|(?<=[년월일기])(?P<from>에서))"
)
"""A side behind its time, which may be stuck to it."""
_STUCK: Final = re.compile("(?:(?P<before>pre)|post)-?(?P<time>.+)")
"""A side that is stuck to its time (`pre-2020`)."""
ONE_DAY: Final = timedelta(days=1)


class Said(NamedTuple):
    """The year that a word says, the first month of a part of one and how many months it has, the day of a month and
    the last one of several, 0 where it says none; the day behind a row of times; the side that is stuck to it, and
    whether it may be a number of something else."""

    year: int = 0
    month: int = 0
    months: int = 0
    day: int = 0
    last: int = 0
    behind: date | None = None
    side: Side = ""
    number: bool = False
    about: Literal["", "ahead", "behind"] = ""


NO_TIME: Final = Said()


@lru_cache(maxsize=1 << 10)
def said_by(text: str) -> Said:
    """What a word says, with the side that is stuck to it; `NO_TIME` as most."""
    if (stuck := _STUCK.fullmatch(text)) and (said := _alone(stuck["time"])):
        return said._replace(side="before" if stuck["before"] else "since")
    if (said := _alone(text)) or (found := BEHIND.fullmatch(text)) is None:
        return said or NO_TIME
    said = _alone(found["time"])
    if said is None or (said.number and found["ago"]) or (said.day and said.number):
        return NO_TIME
    return said._replace(side=side_of(found))


def says_time(text: str) -> bool:
    """Whether a word says a time or a part of one, and is no bare number."""
    return (said := said_by(text)) is not NO_TIME and not (said.day and said.number)


def _alone(text: str) -> Said | None:
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
    if (days := days_of(first)) is None or (others := days_of(last)) is None:
        return None
    start = min(days[0], others[0])
    return Said(start.year, start.month, 0, start.day, behind=max(days[1], others[1]))


def days_of(said: Said) -> tuple[date, date] | None:
    """The first day of a time and the one behind it, None where there is no such day."""
    first = day_of(said.year, said.month or 1, said.day or 1)
    if first is None or said.behind:
        return (first, said.behind) if first and said.behind else None
    if said.day:
        last = day_of(said.year, said.month, said.last)
        return (first, last + ONE_DAY) if last and first <= last else None
    year, month = divmod(said.month - 1 + said.months if said.month else 12, 12)
    return first, date(said.year + year, month + 1, 1)


def _of_one(text: str) -> Said | None:
    """What a word of one time says, None where it says none."""
    if day := _WHOLE_DAY.fullmatch(text):
        said = Said(int(day[1]), int(day[3]), 1, int(day[4]), int(day[4]))
        return said if days_of(said) else None
    if both := _BOTH.fullmatch(text):
        return Said(int(both[1] or both[3]), int(both[2] or both[4]), 1)
    if (joined := _JOINED.fullmatch(text)) and (part := _part(joined[2])):
        said = part._replace(year=_year(joined[1]))
        return said if days_of(said) else None
    if joined := _HYPHENED.fullmatch(text):
        month, months = _ABOUT[joined["about"]]
        return Said(int(joined["year"]), month, months)
    if year := _YEAR.fullmatch(text):
        return Said(year=_year(year[1]), number=len(year[1]) == 2)
    if days := _OF_A_MONTH.fullmatch(text):
        first, last = int(days["first"]), int(days["last"] or days["first"])
        return Said(day=first, last=last, number=not (days["korean"] or days["nth"]))
    return _part(text)


def _year(digits: str) -> int:
    return int(digits) % 100 + 2000


def _part(text: str) -> Said | None:
    """What a word says that is a part of a year."""
    if month := _MONTHS.get(text):
        return Said(month=month, months=1)
    if about := _ABOUT_THEN.fullmatch(text):
        return Said(0, *_ABOUT[about["word"]], about="ahead" if text.isascii() else "behind")
    found = _PART.fullmatch(text)
    if found is None:
        return _parts(row[1], row[2]) if (row := _PARTS.fullmatch(text)) else None
    if found["month"]:
        day = int(found["day"] or 0)
        return Said(month=int(found["month"]), months=1, day=day, last=day)
    if quarter := found["quarter"] or found["q"]:
        return Said(month=3 * int(quarter) - 2, months=3)
    return Said(month=1 if (found["half"] or found["h"]) in ("상", "1") else 7, months=6)


def _parts(first: str, last: str) -> Said | None:
    """What two words say that are parts of a year, all between them too; the first may be a bare number."""
    end = _part(last)
    start = end and (_part(first) or _part(first + last.lstrip("0123456789")))
    if start is None or end is None or start.day or end.day:
        return None
    return Said(month=start.month, months=(end.month + end.months - start.month - 1) % 12 + 1)


def side_of(found: re.Match[str]) -> Side:
    """The side that `BEHIND` found."""
    return "before" if found["before"] else "until" if found["until"] else "from" if found["from"] else "since"


def day_of(year: int, month: int, day: int) -> date | None:
    """A day, None where there is none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def says_a_year(line: str) -> bool:
    """Whether a line says a year, of which its days are."""
    return _YEAR_SAID.search(line) is not None


@lru_cache(maxsize=16)
def tells_a_year(line: str) -> bool:
    """The same, or one that is told from today on; or it may have a row of months, which may be of two."""
    return says_a_year(line) or _YEAR_TOLD.search(line) is not None or "까지" in line
