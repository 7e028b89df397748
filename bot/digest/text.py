"""What both forms of a digest share: clean lines, dates, tags, authors, links and the problems found on the way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """An error says that something of the file is lost; a warning that the curator may want to look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something to tell the curator: `line` counts from 1 (0: the file as a whole), `code` is a stable word."""

    line: int
    code: str
    message: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its number (from 1) and its text, NFC and without what nobody sees around it."""

    number: int
    text: str


_NEWLINE: Final = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_UNSEEN: Final = "".join(filter(str.isspace, map(chr, range(0x3001)))) + (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064"
    "\u2066\u2067\u2068\u2069\u2800\u3164\uffa0"
)
"""White space, and what is none and takes no ink either: text from a web page has it in lines that look blank."""
_MARKS_AT_MOST: Final = 30
_GRAPHEME_JOINER: Final = "\u034f"


def nfc(text: str) -> str:
    """NFC in linear time: a run of more than 30 combining marks is broken by a joiner first (UAX #15, stream-safe
    text), for sorting such a run is quadratic and no honest file has one."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    pieces: list[str] = []
    run = start = 0
    for index, letter in enumerate(text):
        run = run + 1 if unicodedata.combining(letter) else 0
        if run > _MARKS_AT_MOST:
            pieces += (text[start:index], _GRAPHEME_JOINER)
            start, run = index, 1
    return unicodedata.normalize("NFC", "".join((*pieces, text[start:])))


def lines_of(text: str) -> Iterator[Line]:
    """The lines that do not look blank, whatever the newline; control characters, which no store takes, are dropped."""
    text = _SURROGATE.sub("\ufffd", _UNSTORABLE.sub("", text))
    for number, raw in enumerate(_NEWLINE.split(text), start=1):
        # Composing can only join letters, so what nobody sees stays at the ends where strip finds it.
        if line := nfc(raw).strip(_UNSEEN):
            yield Line(number, line)


# --- dates --------------------------------------------------------------------------------------------------

_DATE: Final = re.compile(
    r"(?P<heading>#{1,6}\s+)?"
    r"(?P<year>[0-9]{4})\s?(?:년\s?|[-./]\s?)(?P<month>[0-9]{1,2})\s?(?:월\s?|[-./]\s?)(?P<day>[0-9]{1,2})\s?(?:일|\.)?"
    r"(?:\s?\(?[월화수목금토일](?:요일)?\)?)?"
)


@dataclass(frozen=True, slots=True)
class DateLine:
    """A line that is nothing but a date; `value` is None where there is no such day."""

    value: date | None
    heading: bool


def date_line(text: str) -> DateLine | None:
    """Read `2024년 2월 20일`, `2024-02-20`, `# 2024-02-20` and their like; None for any other line."""
    if len(text) > 40 or not (match := _DATE.fullmatch(text)):
        return None
    heading = match["heading"] is not None
    try:
        return DateLine(date(int(match["year"]), int(match["month"]), int(match["day"])), heading)
    except ValueError:
        return DateLine(None, heading)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """What the date lines of a digest say: `value` is None where there is none or none that can be trusted."""

    value: date | None
    heading: bool
    problems: tuple[Problem, ...]


def dating_of(lines: Iterable[Line]) -> Dating:
    """Find the one date of a digest; a second one that differs, or an impossible one, leaves none to be trusted."""
    found: date | None = None
    heading = False
    problems: list[Problem] = []
    for line in lines:
        if (dated := date_line(line.text)) is None:
            continue
        heading = heading or dated.heading
        if dated.value is None:
            problems.append(Problem(line=line.number, code="impossible-date", message=f"There is no day {line.text}."))
        elif found is None:
            found = dated.value
        elif found != dated.value:
            message = f"A second date, {dated.value}; the digest is already dated {found}."
            problems.append(Problem(line=line.number, code="two-dates", message=message))
    return Dating(value=None if problems else found, heading=heading, problems=tuple(problems))


# --- tags ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TagsLine:
    """`stray` is what stands after the tags and is no tag: a slip of the hand."""

    tags: tuple[str, ...]
    stray: str


def tags_line(text: str) -> TagsLine | None:
    """Read `#long-context #moe`; one stray short word after the tags is let pass. None for any other line."""
    if not text.startswith("#"):
        return None
    words = text.split()
    stray = ""
    if len(words) > 1 and not words[-1].startswith("#") and len(words[-1]) <= 2:
        stray = words.pop()
    if not all(word.startswith("#") for word in words):
        return None
    tags = [tag.strip(",;") for word in words for tag in word.split("#")]
    tags = [tag for tag in tags if tag]
    return TagsLine(tuple(dict.fromkeys(tags)), stray) if tags else None


# --- authors ------------------------------------------------------------------------------------------------


def opening_bracket(text: str) -> int:
    """Where the bracket opens that the last letter of `text` closes; -1 where it closes none. Brackets behind a
    backslash do not count."""
    depth = 0
    if text.endswith(")") and not text.endswith("\\)"):
        for index in range(len(text) - 1, -1, -1):
            if text[index] not in "()" or text[index - 1 : index] == "\\":
                continue
            depth += 1 if text[index] == ")" else -1
            if not depth:
                return index
    return -1


def split_authors(text: str) -> tuple[str, ...]:
    """Split at the commas outside brackets (at all commas where the brackets do not match)."""
    names: list[str] = []
    depth = start = 0
    for index, letter in enumerate(text):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                break
        elif letter == "," and not depth:
            names.append(text[start:index])
            start = index + 1
    names.append(text[start:])
    if depth:
        names = text.split(",")
    return tuple(name for name in map(str.strip, names) if name)


_NOT_IN_NAMES: Final = re.compile(
    r"https?://|[?!=<>]|[.。]$|[가-힣]\s[가-힣]+[다요죠음임][.\s]*$|\b(?:I|the)\s[a-z]|\b(?:we|it|is|are)\b"
)


_HANGUL: Final = re.compile(r"[가-힣]")


def names_score(text: str) -> float:
    """How much the inside of a pair of brackets looks like people or a group: above 0 it does."""
    names = text.split(",")[:40]
    score = 1.0 - 3.0 * len(_NOT_IN_NAMES.findall(text[:2000]))
    for name in names:
        words = name.split()[:12]
        capitals = sum(not word[0].islower() for word in words)
        most = 4 if _HANGUL.search(name) else 6  # Korean has no capitals to tell a name from a phrase
        fits = words and len(words) <= most and capitals * 2 >= len(words)
        score += (2.0 if fits else -2.0) / max(len(names), 2)
    return score


# --- links --------------------------------------------------------------------------------------------------

# An address ends at white space, at a Hangul particle glued to it, at a quote, an angle bracket or a brace.
_URL: Final = re.compile(
    r"https?://[^\s<>\"'`{}|\\^\u1100-\u11ff\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]+", re.IGNORECASE
)
_TRAILING: Final = ".,;:!?*_~…’”·"


def _clean_url(url: str) -> str:
    """Drop the punctuation of the sentence around it; a closing bracket stays where the address opened it."""
    # Counted once, so that an address of a million brackets costs no more than its length.
    round_surplus = url.count(")") - url.count("(")
    square_surplus = url.count("]") - url.count("[")
    end = len(url)
    while end:
        last = url[end - 1]
        if last == ")" and round_surplus > 0:
            round_surplus -= 1
        elif last == "]" and square_surplus > 0:
            square_surplus -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return url[:end]


def links_in(text: str) -> list[str]:
    """The web addresses of a text, in reading order, each as it would be typed into a browser."""
    if "://" not in text:
        return []
    return [url for url in (_clean_url(match[0]) for match in _URL.finditer(text)) if url.partition("://")[2]]


def bare_urls(text: str) -> list[str]:
    """The addresses of a line that holds nothing else; empty for any other line."""
    if not text[:8].lower().startswith(("http://", "https://")):
        return []
    words = text.split()
    urls = [links_in(word) for word in words]
    # A particle or a word glued to the address makes the line a sentence, not an address.
    whole = (
        len(found) == 1 and word.startswith(found[0]) and not word[len(found[0]) :].strip(_TRAILING)
        for word, found in zip(words, urls, strict=True)
    )
    return [found[0] for found in urls] if all(whole) else []
