"""Text on its way to a reader: stripped of what could fool them, made readable, cut at a word's end, links live."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from bot.digest.text import links_in
from bot.latex import readable
from bot.message import Inline, Link, Paragraph, Style, Text
from bot.strings import runs, width

LABEL: Final = 30
"""How wide the words on a button may be for a telephone to show all of them."""
LEAST: Final = 8
"""How much of a name stands on a button at least."""

_KEPT_FORMATS: Final = "\u200c\u200d"  # joiners: some scripts and many emoji need them between their letters
_JOINERS: Final = re.compile(f"[{_KEPT_FORMATS}]+")
_JOINED: Final = "LMS"
"""The first letters of the categories of Unicode that letters, marks and emoji are of."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。])[\"'”’)\]]*(?=\s|$)")
_NOT_AN_END: Final = re.compile(r"(?:\b(?:vs|e\.g|i\.e|cf|al|Fig|Eq|etc|No|Dr)|\b[A-Z])\.$")


def clean(text: str) -> str:
    """One line of `text` without control characters, direction overrides, invisible letters and runs of spaces.

    Everything from outside that Paperboy repeats passes through here, so that no digest and no person can reorder, hide
    or break what stands around their words.
    """
    composed = unicodedata.normalize("NFC", text)
    # `isprintable` is false for all that is taken out here, and for little else.
    letters = composed if composed.isprintable() else _JOINERS.sub(_joiners, "".join(map(_safe, composed)))
    return " ".join(letters.split())


def _joiners(found: re.Match[str]) -> str:
    """Joiners, where they stand between two letters; Telegram's messages have one in front of each `#`."""
    beside = (found.string[: found.start()][-1:], found.string[found.end() :][:1])
    return found.group() if all(letter and unicodedata.category(letter)[0] in _JOINED for letter in beside) else ""


def _safe(letter: str) -> str:
    if letter in _KEPT_FORMATS:
        return letter
    category = unicodedata.category(letter)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Co") or ord(letter) & 0xFFFE == 0xFFFE else letter


def shown(text: str) -> str:
    """A line of a digest as a reader sees it: `clean`, its LaTeX made readable."""
    return clean(readable(clean(text)))


def cut(text: str, limit: int) -> str:
    """At most `limit` letters of `text`, cut at a word's end where one is near, with a sign that there was more."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    if not text[limit - 1].isspace():
        at_word, space, _ = head.rpartition(" ")
        if space and len(at_word) > limit // 2:
            head = at_word
    return head.rstrip(" ,;:·-—(") + "…"


def fitted(label: Callable[[str], str], name: str) -> str:
    """The label made of `name`, or of as much of it as leaves all the other words of the label to be seen."""
    room = max(LEAST, LABEL - width(label("")))
    short, limit = name, min(len(name), room + 1)
    while width(short) > room and limit > 1:
        limit -= 1
        short = cut(name, limit)
    return label(short)


def first_sentence(text: str) -> str:
    """The first sentence of a paragraph, all of it where no end can be told."""
    for end in _SENTENCE_END.finditer(text):
        if not _NOT_AN_END.search(text[: end.start()]):
            return text[: end.end()]
    return text


def linked(text: str) -> tuple[Inline, ...]:
    """`text` with its web addresses as links; a particle, bracket or brace glued to an address is no part of it."""
    return tuple(_linked(text))


def _linked(text: str) -> Iterator[Inline]:
    done = 0
    for address in links_in(text):
        start = text.index(address, done)
        if start > done:
            yield Text(text[done:start])
        yield Link(address, address)
        done = start + len(address)
    if done < len(text):
        yield Text(text[done:])


def say(language: str, key: str, /, role: str = "note", **values: object) -> Paragraph:
    """A sentence as a paragraph; what is to be typed stands out as code."""
    return Paragraph(
        tuple(Text(run, Style.CODE if typed else Style.PLAIN) for run, typed in runs(language, key, **values)), role
    )


def heading(words: str) -> Paragraph:
    """The first line of a message that is no paper."""
    return Paragraph((Text(words, Style.BOLD),), "title")
