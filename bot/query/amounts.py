"""Amounts, which are the same however they are written: `200만`, `2M` and `2 million`, `천 개` and `1,000`, `10배` and
`10x`.

Korean counts by ten thousands, English by thousands of thousands, and who asks writes what comes to mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from bot.query.endings import is_particle

_ENGLISH: Final = {"trillion": 12, "billion": 9, "million": 6}
"""What a word that stands behind a number multiplies it by, as a power of ten; its first letter does so, too."""
_KOREAN: Final = {"조": 12, "억": 8, "만": 4}
_BEFORE: Final = {"십": 1, "백": 2, "천": 3}
"""The same of what may stand between the two in Korean."""
_SPELT: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNTERS: Final = "여개 개 여장 장 여쌍 쌍 여명 명 여건 건 편 대 종"
"""What says that things are counted and hardly which; a layer or a line is more than that."""
_LEAST: Final = 1_000
"""Things that are no fewer have several writings."""
_TOO_MANY: Final = 10**16
"""Things that nobody counts in a word."""
_BY_THOUSANDS: Final = 10**6
"""Things below which they are counted by thousands, and abstracts write digits."""
_MOST_DIGITS: Final = 4
"""Digits that a writing has, unless it is one of digits alone."""
_MOST_WORDS: Final = 3

_NUMBER: Final = r"\d{1,3}(?:,\d{3})+|\d{1,6}(?:\.\d{1,3})?"
_IN_ENGLISH: Final = re.compile(
    rf"(?:(?P<number>{_NUMBER})|(?P<spelt>{'|'.join(_SPELT)}))[ -]?(?P<word>{'|'.join(_ENGLISH)})"
    rf"|(?P<digits>{_NUMBER})(?P<letter>[mbt])"
)
_TIMES: Final = re.compile(rf"(?P<text>(?P<number>{_NUMBER})(?:배|x|[ -]?times|[ -]?fold))(?P<rest>.*)")
_IN_KOREAN: Final = re.compile(
    rf"(?P<number>{_NUMBER})?(?P<before>[{''.join(_BEFORE)}])?(?P<scale>[{''.join(_KOREAN)}])?"
)
_COUNTED: Final = re.compile(f"(?:{'|'.join(_COUNTERS.split())})?(.*)")
_BEGINNING: Final = re.compile(rf"\d.*|[{''.join(_BEFORE)}].*|(?:{'|'.join(_SPELT)})(?:[ -].*)?", re.DOTALL)
_GOING_ON: Final = re.compile(
    rf"{'|'.join(_ENGLISH)}|times|fold|(?:배|[{''.join((*_BEFORE, *_KOREAN))}]|{'|'.join(_COUNTERS.split())}).*",
    re.DOTALL,
)
"""What the words behind the first one are like."""


class Amount(NamedTuple):
    """How many things, or how many `times` as much, and the part of the text that says so, without a counter and a
    particle behind it."""

    value: Decimal
    text: str
    times: bool = False


def may_begin(words: Sequence[str]) -> bool:
    """Whether these words, by themselves or with others behind them, may be an amount. False is certain."""
    return (
        0 < len(words) <= _MOST_WORDS
        and _BEGINNING.fullmatch(words[0].lower()) is not None
        and all(_GOING_ON.fullmatch(word.lower()) for word in words[1:])
    )


@lru_cache(maxsize=1 << 10)
def other_writings(words: tuple[str, ...]) -> tuple[str, ...]:
    """The other ways to write the amount that these words together are, and none where they are no amount."""
    found = amount(words)
    return tuple(each for each in _writings(found) if each != found.text) if found else ()


def amount(words: Sequence[str]) -> Amount | None:
    """The amount that these words together are: so many times, or a thousand at least that is more than digits."""
    if not may_begin(words):
        return None
    text = " ".join(words).lower()
    if (found := _TIMES.fullmatch(text)) and (not found["rest"] or is_particle(found["rest"])):
        return Amount(_decimal(found["number"]), found["text"], times=True)
    if found := _IN_ENGLISH.fullmatch(text):
        number = found["number"] or found["digits"] or str(_SPELT.index(found["spelt"]) + 1)
        scale = _ENGLISH[found["word"] or next(each for each in _ENGLISH if each[0] == found["letter"])]
    else:
        found = _IN_KOREAN.match(text := text.replace(" ", ""))
        behind = found and _COUNTED.fullmatch(text, found.end())
        if not found or not behind or (behind[1] and not is_particle(behind[1])):
            return None
        parts = [part for part in found.groups() if part]
        if len(parts) < 2 and words[0] != "천":
            return None  # `만` is `only`, `조` a group and `천장` a ceiling
        number, text = found["number"] or "1", found[0]
        scale = _BEFORE.get(found["before"], 0) + _KOREAN.get(found["scale"], 0)
    value = _decimal(number).scaleb(scale)
    return Amount(value, text) if _LEAST <= value < _TOO_MANY and value == int(value) else None


def _decimal(number: str) -> Decimal:
    return Decimal(number.replace(",", ""))


def _writings(found: Amount) -> Iterator[str]:
    if found.times:
        number = _scaled(found.value, 0)
        yield from (f"{number}x", f"{number} times", f"{number} fold", f"{number}배") if number else ()
        return
    value = found.value
    for word, power in _ENGLISH.items():
        if number := _scaled(value, power):
            yield f"{number} {word}"
            yield f"{number}{word[0]}"
            if number.isdigit() and int(number) <= len(_SPELT):
                yield f"{_SPELT[int(number) - 1]} {word}"
            break
    else:
        yield f"{value:f}"
        if value < _BY_THOUSANDS and value % 1_000 == 0:
            yield f"{value / 1_000:f}k"
    for unit, power in _KOREAN.items():
        if (number := _scaled(value, power)) and number.isdigit():
            yield f"{number}{unit}"
            break


def _scaled(value: Decimal, power: int) -> str:
    """A value in units of a power of ten, "" where it is less than one or would have many digits."""
    number = value.scaleb(-power)
    written = f"{number.normalize():f}"
    return written if number >= 1 and len(written.replace(".", "")) <= _MOST_DIGITS else ""
