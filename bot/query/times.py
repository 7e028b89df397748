"""Times as people speak of them (`지난주`, `작년 3월`, `last month`, `3일 전`), as the days that they are."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from bot.query.syntax import FIRST_YEAR, KEYS, LAST_YEAR, QUOTES
from bot.query.terms import normal

_SPOKEN: Final = 40
"""Words of a line up to which somebody asks; an abstract that says `last year` is longer."""

_Unit = Literal["day", "week", "month", "year"]
_WORDS: Final[dict[str, tuple[_Unit, int]]] = {
    "오늘": ("day", 0), "어제": ("day", 1), "어저께": ("day", 1), "그제": ("day", 2), "그저께": ("day", 2),
    "금주": ("week", 0), "이달": ("month", 0),
    "올해": ("year", 0), "금년": ("year", 0), "작년": ("year", 1), "재작년": ("year", 2),
    "today": ("day", 0), "yesterday": ("day", 1), "day before yesterday": ("day", 2),
}  # fmt: skip
"""What a word says by itself, and how many of its units ago that is."""
_BACK: Final = {"이번": 0, "지난": 1, "저번": 1, "지지난": 2, "저저번": 2, "this": 0, "last": 1, "past": 1}
_UNITS: Final[dict[str, _Unit]] = {
    "주일": "week", "일": "day", "주": "week", "개월": "month", "달": "month", "년": "year", "해": "year",
    "day": "day", "week": "week", "month": "month", "year": "year",
}  # fmt: skip
_NUMBERS: Final = {
    word: number
    for row in ("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열", "one two three four five six seven eight nine ten")
    for number, word in enumerate(row.split(), 1)
} | {"석": 3, "넉": 4, "일": 1, "a": 1, "an": 1}  # fmt: skip
_COUNTED: Final[dict[str, tuple[_Unit, int]]] = {
    "하루": ("day", 1), "이틀": ("day", 2), "사흘": ("day", 3), "나흘": ("day", 4), "닷새": ("day", 5),
    "열흘": ("day", 10), "보름": ("day", 15), "반년": ("month", 6),
}  # fmt: skip
_NUMBER: Final = (
    r"[1-9]\d{0,2}+|한|두|세|석|네|넉|다섯|여섯|일곱|여덟|아홉|열|일(?=\s?[주년])"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|an?(?=\s++[a-z]++\s++ago)"
)
_AMOUNT: Final = rf"(?:{'|'.join(_COUNTED)}|(?:{_NUMBER})\s*+(?:주일|주|개월|달|년|해|일|(?:day|week|month|year)s?))"
_SIGNS: Final = "~〜∼"
_END: Final = rf"""[.,;:!?…]*(?:[\s()"|`{_SIGNS}]|$)"""
_TIME: Final = rf"""
    (?:(?P<ahead>since|after|before|prior\s++to|until|till|through|up\s++to|to|from|of|in|during|over|within|for)\s++)?
    (?P<the>the\s++)?
    (?P<core>
        (?P<word>{"|".join(_WORDS).replace(" ", "[ ]")})
        | (?P<which>{"|".join(_BACK)})\s*+(?P<one>주|달|해|week|month|year)
        | (?:최근|지난|past|last|recent)\s*+(?P<span>{_AMOUNT})(?:\s*+(?:간|동안|사이|이내|내|안)(?:에는?|의)?)?
        | (?<![년월달]\s)(?P<ago>{_AMOUNT})\s*+(?:전|ago)
    )
    (?:
        \s*+(?P<behind>부터의?|이후(?:에|의|로|부터)?|이래|onwards?|이전(?:에|의)?|까지의?)
        | 에는|에|의|엔|은|는|도|(?P<own>['’]s) | \s?(?:자|중에?)
    )?
    (?:(?={_END}|(?:와|과|이?랑)\s) | (?P<part>(?=(?:(?:1[0-2]|[1-9])월|[1-4](?:/4)?분기|[상하]반기))))
"""
"""A time, what stands ahead of it and behind it, and at last a part of a year that is stuck to it."""
_KEY: Final = rf"(?:{'|'.join(KEYS)}):"
_PIECE: Final = re.compile(
    rf"""(?P<time>{_TIME})
    | "[^"]*" | {_KEY}[ ]{{0,3}}(?:"[^"]*(?:"|$) | \([^()]*\) | [^\s()"|]+) | \#(?:"[^"]*" | \([^()]*\))
    | [{_SIGNS}] | `+ | [^\s()"|]+""",
    re.VERBOSE | re.IGNORECASE,
)
"""A time, or what is not looked into: what is quoted, a filter, another word."""
_AND: Final = re.compile(rf"\s*+(?:[,&·/{_SIGNS}]|(?<=\s)[-–—](?=\s)|and(?=\s)|및(?=\s)|와|과|이?랑)?\s*+")
"""What may stand between two times where both are meant, or all from one to the other."""
_STOPS: Final = re.compile(r"[.,;:!?…]*")
_HANGING: Final = re.compile(rf"[{_SIGNS}]|(?:와|과|이?랑)\s")
_UP_TO: Final = re.compile(r"\s++(?:to|until|till|through)\s", re.IGNORECASE)
_PAPERS: Final = "(?:papers?|논문)"
_BESIDE_PAPERS: Final = re.compile(rf"\s+{_PAPERS}(?!\w)", re.IGNORECASE)
_BEHIND_PAPERS: Final = re.compile(rf"(?:^|.*\s){_PAPERS}\s+", re.IGNORECASE | re.DOTALL)
_ALONE: Final = 9
"""Spaces and stops around a word that is the whole line, at the most."""
_OF_TODAY: Final = frozenset(("from", "of", "since", "until", "till", "to", "up to"))
_MARKED: Final = re.compile(".[\u0300-\u036f\u1160-\u11ff\u3099\u309a\uff9e\uff9f\uffc2-\uffdc]*", re.DOTALL)
"""A letter and what is written together with it."""

_Side = Literal["", "before", "until", "since"]
_AHEAD: Final[dict[str, _Side]] = {
    "since": "since", "after": "since", "before": "before", "prior to": "before",
    "until": "until", "till": "until", "through": "until", "up to": "until", "to": "until",
}  # fmt: skip


class _Told(NamedTuple):
    """A time that is told: where it stands, its first day, the day behind its last one, what is meant of it, and words
    that say it where they are not filters."""

    start: int
    end: int
    first: date
    behind: date
    side: _Side
    words: str = ""


def as_of(line: str, today: date) -> str:
    """The line with absolute times in the place of those that are told from `today` on; never raises, linear in time.

    Years and months become words that `dates` reads (`작년 3월`: `2025년 3월`), days, weeks and spans become filters
    (`지난주`: `after:2026-11-16 before:2026-11-23`). What is quoted, filters and long texts stay as they are, and so
    does all else, letter for letter. Doing it twice changes nothing.
    """
    if len(line.split(maxsplit=_SPOKEN)) > _SPOKEN:
        return line
    text, places = _seen(line)
    rows: list[str] = []
    at = 0
    for told in _all_told(text, today):
        if places[told.start] < 0 or places[told.end] < 0 or _hangs(text, told):
            continue
        said = told.words or _filters(told)
        end = told.end
        if said != told.words:
            stops = _STOPS.match(text, end)  # which a filter would take for a part of its day
            end = stops.end() if stops else end
        negated = " " in said and text[max(0, told.start - 8) : told.start].split()[-1:] == ["NOT"]
        rows += (line[at : places[told.start]], f"({said})" if negated else said)
        at = places[end]
    return "".join((*rows, line[at:])) if rows else line


def _seen(line: str) -> tuple[str, Sequence[int]]:
    """The line as `parse` sees it, and where each of its letters stands in the line, -1 within one of the line's."""
    if line.isascii() or unicodedata.is_normalized("NFKC", line):
        return line.translate(QUOTES), range(len(line) + 1)
    seen: list[str] = []
    places: list[int] = []
    for letter in _MARKED.finditer(line):
        seen.append(normal(letter[0].translate(QUOTES)).translate(QUOTES))
        places += (letter.start(), *(-1,) * (len(seen[-1]) - 1))
    return "".join(seen), (*places, len(line))


def _all_told(text: str, today: date) -> list[_Told]:
    found: list[_Told] = []
    for piece in _PIECE.finditer(text):
        told = _told(piece, today) if piece["time"] else None
        if told is None:
            continue
        last = found[-1] if found else None
        apart = last and (last.behind <= told.first or told.behind <= last.first)
        if last and apart and last.side == told.side == "" and _AND.fullmatch(text, last.end, told.start):
            behind = max(last.behind, told.behind)
            found[-1] = _Told(last.start, told.end, min(last.first, told.first), behind, "")
        else:
            found.append(told)
    return found


def _told(piece: re.Match[str], today: date) -> _Told | None:
    """What is told there, None where it is no time, or one that no filter can name."""
    unit, number, spans = _said(piece)
    ahead = " ".join((piece["ahead"] or "").casefold().split())
    side = _AHEAD.get(ahead, "")
    if behind := piece["behind"]:
        side = "before" if behind.startswith("이전") else "until" if behind.startswith("까지") else "since"
    from_here = ahead == "from" and _UP_TO.match(piece.string, piece.end()) is not None
    try:
        first, after = (_ago(today, unit, number), today) if spans else _whole(today, unit, number)
    except (ValueError, OverflowError):
        return None
    if first.year < FIRST_YEAR or after.year > LAST_YEAR:
        return None
    start, end = piece.span()
    if spans:
        refused = side not in ("", "since") or piece["part"] is not None
        return None if refused else _Told(start, end, first, after, "since")
    if unit in ("month", "year") and 2000 <= first.year < 2050 and ahead != "up to":
        if side or from_here:  # what says it stays as it stands
            start = piece.start("the" if piece["the"] else "core")
            end = piece.end("core") if behind else end
        return _Told(start, end, first, after, side, _absolute(first, unit, korean=not piece["core"].isascii()))
    if piece["part"] is not None or (piece["core"].casefold() == "today" and not _is_asked_for(piece, ahead)):
        return None
    return _Told(start, end, first, after, "since" if from_here else side)


def _said(piece: re.Match[str]) -> tuple[_Unit, int, bool]:
    """A unit, how many there are or how many ago it is, and whether all of them up to today are meant."""
    if amount := piece["span"] or piece["ago"]:
        return *_amount(amount.casefold()), piece["span"] is not None
    if word := piece["word"]:
        return *_WORDS[word.casefold()], False
    which, unit = piece["which"].casefold(), _UNITS[piece["one"].casefold()]
    return unit, _BACK[which], which == "past" or (which == "last" and piece["the"] is not None)


def _amount(text: str) -> tuple[_Unit, int]:
    if text in _COUNTED:
        return _COUNTED[text]
    unit = next(unit for unit in _UNITS if text.removesuffix("s").endswith(unit))
    number = text.removesuffix("s").removesuffix(unit).strip()
    return _UNITS[unit], _NUMBERS.get(number) or int(number)


def _absolute(first: date, unit: _Unit, *, korean: bool) -> str:
    """The month or year that begins there, as `dates` reads it."""
    if unit == "year":
        return f"{first.year}년" if korean else f"{first.year}"
    return f"{first.year}년 {first.month}월" if korean else f"{first:%Y-%m}"


def _whole(today: date, unit: _Unit, back: int) -> tuple[date, date]:
    """The first day of the day, week, month or year so many ago, and of the one behind it."""
    if unit in ("day", "week"):
        days = 7 if unit == "week" else 1
        first = today - timedelta(days=back * days + (today.weekday() if unit == "week" else 0))
        return first, first + timedelta(days=days)
    months = 12 if unit == "year" else 1
    first = _ago(today.replace(day=1, month=1 if unit == "year" else today.month), "month", back * months)
    return first, _ago(first, "month", -months)


def _ago(today: date, unit: _Unit, number: int) -> date:
    """The same day so many units ago, or the last one of a month that is too short."""
    if unit in ("day", "week"):
        return today - timedelta(days=number * (7 if unit == "week" else 1))
    year, month = divmod(today.year * 12 + today.month - 1 - number * (12 if unit == "year" else 1), 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _filters(told: _Told) -> str:
    since, before = f"after:{told.first}", f"before:{told.first}"
    match told.side:
        case "since":
            return since
        case "before":
            return before
        case "until":
            return f"before:{told.behind}"
        case _:
            return f"{since} before:{told.behind}"


def _is_asked_for(piece: re.Match[str], ahead: str) -> bool:
    """Whether papers of today are meant by `today`, which texts say, too."""
    text, start, end = piece.string, piece.start(), piece.end()
    if ahead in _OF_TODAY or piece["own"] or _BESIDE_PAPERS.match(text, end):
        return True
    if _BEHIND_PAPERS.fullmatch(text, max(0, start - 9), start):
        return True
    return start < _ALONE and end > len(text) - _ALONE and text.strip(" .?!…") == piece[0]


def _hangs(text: str, told: _Told) -> bool:
    """Whether it is said together with something that is no time told from today on (`어제와 달리`)."""
    return text[told.start - 1 : told.start] in tuple(_SIGNS) or _HANGING.match(text, told.end) is not None
