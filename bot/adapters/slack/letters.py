"""Letters on their way to Slack: stripped of what could fool a reader, escaped, measured, cut at a word. Pure."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any, Final
from urllib.parse import quote, urlsplit

Json = dict[str, Any]

CUT: Final = " […]"
EMPTY: Final = "…"
TEXT_LETTERS: Final = 3000
"""The most letters of a section or, so that no client stumbles, of one rich text block."""
URL_LETTERS: Final = 3000

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029\x85]")
_SPACES: Final = re.compile("[\t\x0b\x0c]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NOT_IN_A_URL: Final = re.compile(r"[\s\x00-\x20\x7f-\x9f\"<>\\^`{|}\ud800-\udfff]")
_URL: Final = "!#$%&'()*+,/:;=?@[]~"
_EMOJI: Final = re.compile(r":(?=[\w+'-]+:)")
_GLUE: Final = "\u2060"


def letters(text: str) -> str:
    """`text` without control letters, marks of writing direction and halves of letters."""
    text = _SPACES.sub(" ", _BREAKS.sub("\n", text))
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text))


def one_line(text: str) -> str:
    """The same on one line."""
    return " ".join(letters(text).split())


def escaped(text: str) -> str:
    """Text as letters of mrkdwn: no link, mention, special command or emoji begins in it."""
    return _EMOJI.sub(":" + _GLUE, text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def plain_text(text: str) -> Json:
    """A plain text object, in which nothing becomes an emoji."""
    return {"type": "plain_text", "text": text, "emoji": False}


def safe(url: str) -> bool:
    """Whether an address is one that a reader may be sent to."""
    if _NOT_IN_A_URL.search(url) or len(quote(url, safe=_URL)) > URL_LETTERS:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.netloc.isascii()


def size(part: object) -> int:
    """The letters of a part of a request, as JSON."""
    return len(json.dumps(part, ensure_ascii=False))


def units(text: str) -> int:
    """Letters as Slack counts them, which is UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def json_letters(text: str) -> int:
    """What text takes inside a request."""
    return len(json.dumps(text, ensure_ascii=False)) - 2


def mrkdwn_letters(text: str) -> int:
    """What text takes inside a request once it is `escaped`, at most."""
    return json_letters(escaped(text)) + text.count(":")  # a colon may get a joiner, depending on what follows


def fit(text: str, room: int, length: Callable[[str], int]) -> str:
    """The longest beginning of `text` within `room`, as `length` counts it; at a word's end where one is near."""
    if length(text) <= room:
        return text
    kept = text[: bisect_right(list(accumulate(map(length, text))), max(0, room))]
    if kept and not text[len(kept)].isspace():
        word = re.search(r"\s\S*$", kept)
        if word and word.start() > len(kept) // 2:
            return kept[: word.start() + 1]
    return kept


def cut(text: str, letters: int) -> str:
    """At most `letters` of one line, with a sign where there was more."""
    return text if units(text) <= letters else fit(text, letters - 1, units).rstrip() + "…"


def whole_or_cut(text: str, room: int, length: Callable[[str], int]) -> str:
    """Text within `room`, as `length` counts it, with a sign at a word's end where there was more."""
    if length(text) <= room:
        return text
    return fit(text, room - len(CUT), length).rstrip() + CUT


def pieces(text: str) -> Iterator[str]:
    """Text in pieces that a section holds, broken at words."""
    while text:
        piece = fit(text, TEXT_LETTERS, units)
        yield piece.rstrip() or EMPTY
        text = text[len(piece) :].lstrip()


def address(url: str) -> str:
    """A `safe` address as ASCII."""
    return quote(url, safe=_URL)
