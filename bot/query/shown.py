"""A text as a paper shows it, and where in it stands what was found in its NFKC, in which `10⁶` is `106`."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from bot.query.terms import normal

TEXTS: Final = 1 << 9
"""Texts that are remembered as they are shown and as they are searched: many people find the same papers."""

_MAY_CHANGE: Final = re.compile(r".?[^\x00-\x7f가-힣]+", re.DOTALL)
"""With the letter before it, which NFKC may join it to."""

Span = tuple[int, int, int]
"""Where a match begins and ends, and which of the sequences it is."""


@lru_cache(maxsize=TEXTS)
def shown_text(value: str) -> str:
    """A readable text with single spaces, in NFC."""
    text = value if value.isascii() else unicodedata.normalize("NFC", value)
    if text.isprintable() and "  " not in text and not text.startswith(" ") and not text.endswith(" "):
        return value if text == value else text
    return " ".join(text.split())


searched: Final = lru_cache(maxsize=TEXTS)(normal)
"""What is searched of a text that is shown."""


def on_shown(shown: str, found: Iterable[Span]) -> list[Span]:
    """Spans of what is searched as spans of what is shown, where one letter that is several there is marked whole."""
    changes = _changes(shown)
    starts = [change.start for change in changes]
    spans: list[Span] = []
    for begin, stop, which in found:
        if at := bisect_right(starts, begin):
            _, end, shown_start, shown_end = changes[at - 1]
            begin = shown_start if begin < end else begin - end + shown_end
        if at := bisect_left(starts, stop):
            _, end, _, shown_end = changes[at - 1]
            stop = max(stop, end) - end + shown_end
        spans.append((begin, stop, which))
    return spans


class _Change(NamedTuple):
    """Letters that are others in NFKC: from where to where they stand there, and in the text that is shown."""

    start: int
    end: int
    shown_start: int
    shown_end: int


@lru_cache(maxsize=TEXTS)
def _changes(shown: str) -> Sequence[_Change]:
    """What NFKC changes in a text, in order."""
    found: list[_Change] = []
    longer = 0
    for run in _MAY_CHANGE.finditer(shown):
        start = run.start()
        for piece in _by_themselves(run[0]):
            end = start + len(piece)
            changed = normal(piece)
            if changed != piece:
                found.append(_Change(start + longer, start + longer + len(changed), start, end))
                longer += len(changed) - len(piece)
            start = end
    return found


def _by_themselves(run: str) -> Iterator[str]:
    """The shortest pieces of a run of letters of which NFKC makes the same as of the whole."""
    piece = ""
    for letter in run:
        alone = normal(letter)
        if piece and not unicodedata.combining(alone[0]) and normal(piece + letter) == normal(piece) + alone:
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece
