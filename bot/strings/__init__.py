"""Every word a person reads, in Korean and in English.

`ko.toml` and `en.toml` hold the same keys with the same placeholders; nested tables read as dotted keys
("subscribe.done"). Backquotes in a sentence mark something to type: `runs` tells it apart from the prose.
What fills a placeholder is never looked at: braces and backquotes in it are letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cache
from importlib import resources
from typing import Any, Final

import tomli

LANGUAGES: Final = ("ko", "en")

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WORKING_DAYS: Final = frozenset(range(5))


def spoken(code: str | None, default: str) -> str:
    """The language that a client's code (`ko-KR`, `en_US`) stands for, `default` where there are no sentences in it."""
    short = (code or "").replace("_", "-").partition("-")[0].casefold()
    return short if short in LANGUAGES else default


@cache
def sentences(language: str) -> Mapping[str, str]:
    """All sentences of a language by their dotted key. Raises KeyError where the language has none."""
    if language not in LANGUAGES:
        raise KeyError(language)
    file = resources.files(__name__) / f"{language}.toml"
    return dict(_flat(tomli.loads(file.read_text("utf-8"))))


def text(language: str, key: str, /, **values: object) -> str:
    """The sentence `key` with its placeholders filled. Raises KeyError for an unknown key or a missing value."""
    return "".join(run for run, _ in runs(language, key, **values))


def runs(language: str, key: str, /, **values: object) -> tuple[tuple[str, bool], ...]:
    """The same in pieces, each with whether it is something to type (`/help`) rather than prose."""
    pieces = sentences(language)[key].split("`")
    return tuple((piece.format_map(values), number % 2 == 1) for number, piece in enumerate(pieces) if piece)


def counted(language: str, noun: str, number: int) -> str:
    """A number of things: "12편", "1 paper". `noun` is a table under "count" in the sentences."""
    form = "one" if number == 1 else "other"
    return text(language, f"count.{noun}.{form}", n=f"{number:,}")


def day(language: str, when: date) -> str:
    """A date: "2024년 5월 9일", "9 May 2024"."""
    if language == "ko":
        return f"{when.year}년 {when.month}월 {when.day}일"
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def clock(language: str, when: time) -> str:
    """A time of day: "오전 9:00", "09:00"."""
    if language == "ko":
        return f"{'오전' if when.hour < 12 else '오후'} {(when.hour - 1) % 12 + 1 if when.hour else 0}:{when.minute:02}"
    return f"{when.hour:02}:{when.minute:02}"


def moment(language: str, local: datetime) -> str:
    """A day and time near enough to need no year: "11월 22일(일) 오전 9:00", "Sun 22 Nov, 09:00"."""
    weekday = text(language, f"weekday.{local.weekday()}")
    if language == "ko":
        return f"{local.month}월 {local.day}일({weekday}) {clock(language, local.time())}"
    return f"{weekday} {local.day} {_MONTHS[local.month - 1]}, {clock(language, local.time())}"


def weekdays(language: str, days: Iterable[int]) -> str:
    """Days of the week, 0 for Monday: "매일", "평일", "월·수·금"; "every day", "weekdays", "Mon, Wed, Fri"."""
    wanted = frozenset(days)
    if len(wanted) == 7:
        return text(language, "weekday.every")
    if wanted == _WORKING_DAYS:
        return text(language, "weekday.working")
    separator = "·" if language == "ko" else ", "
    return separator.join(text(language, f"weekday.{number}") for number in sorted(wanted))


def width(text: str) -> int:
    """How wide letters are: two for Hangul, emoji and what is as wide (UAX #11), one for others."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
