"""Slips of the hand that leave a digest readable: what was meant cannot be known, so it stays as it is written, and the
curator is told. Each is a warning with its line; nothing in the corpus of real digests raises one without a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from bot.digest.entry import Entry
from bot.digest.text import Line, Problem, Severity, bare_urls, tags_line

AHEAD_AT_MOST: Final = timedelta(days=7)
"""So far ahead a digest may be written without a doubt about its date."""
COMMENTARY_AT_MOST: Final = 3_500
"""Letters of commentary that find room in a Telegram message (4,096) with a title and its authors."""

_LIST_MARK: Final = re.compile(r"(?:[-*+•]|[0-9]{1,3}[.)])\s+")
_NO_SCHEME: Final = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|edu|dev|gov|co|kr|cn|jp|de|fr|uk|eu|app|blog|pub|page)/\S+", re.IGNORECASE
)
_LINKED: Final = re.compile(r"\[[^\[\]]*\]\(\s*https?://[^\s()]+\s*\)|<https?://[^\s<>]+>", re.IGNORECASE)
_TAGS: Final = re.compile(r"[#＃][^\s#＃]|(?:tags?|태그)\s?[:：]", re.IGNORECASE)
_MARKED_TITLE: Final = re.compile(r"#|\*\*|__|_.+_$|\[.*\]\(|```|\||>|[-+*]\s|[0-9]{1,2}[.)]\s|<[a-z!/]", re.IGNORECASE)
_RULE: Final = re.compile(r"-{3,}|\*{3,}|_{3,}|={3,}|(?:\* ){2,}\*|(?:- ){2,}-")
_TABLE: Final = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?")
_HTML: Final = re.compile(
    r"<!--|</?(?:br|p|div|span|strong|em|b|img|table|tr|td|th|ul|ol|li|h[1-6]|script|sub|sup|pre|details|summary|font)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_FORMULA: Final = re.compile(r"(?<!\\)\$(?=[A-Za-z\\({])")
_DOLLAR: Final = re.compile(r"(?<!\\)\$")
_COMMAND: Final = re.compile(r"\\[A-Za-z]+\s?\{")
_BRACE: Final = re.compile(r"(?<!\\)[{}]")
_ARXIV: Final = re.compile(r"arxiv\.org/(?:abs|pdf|html)/([0-9]{4}\.[0-9]{4,5})", re.IGNORECASE)


def far_ahead(day: date, today: date) -> Problem | None:
    """The problem of a digest that is dated later than anybody writes one: it would be the newest until then."""
    if day - today <= AHEAD_AT_MOST:
        return None
    message = f"The date, {day}, is {(day - today).days:,} days ahead; until then this digest stays the newest."
    return Problem(line=1, code="far-ahead", message=message, severity=Severity.WARNING)


def doubts_in(lines: Sequence[Line], entries: Sequence[Entry]) -> Iterator[Problem]:
    """What the curator may want to look at, in the lines of a digest and the entries that were read from them."""
    titles = {entry.title for entry in entries}
    marked = ""  # the mark that was told last, which other lines of the same fence or table need not repeat
    for line in lines:
        text = line.text
        if (found := _address(text)) is not None:
            yield _doubt(line.number, "address-as-text", found, text)
        elif _TAGS.match(text) and not tags_line(text) and text not in titles:
            yield _doubt(line.number, "tags-as-text", "This line looks like tags and is read as text", text)
        elif mark := _mark(text):
            if mark != marked:
                yield _doubt(line.number, "markup-as-text", f"{mark} is shown as it stands", text)
            marked = mark
            continue
        elif _is_open(text):
            yield _doubt(line.number, "formula-not-closed", "A formula is not closed", text)
        marked = ""
    for first, second in pairwise(lines):
        # Paperboy itself writes `<https://…>` for an address that is not the paper's own, with a blank line behind it.
        if _LINKED.fullmatch(first.text) and second.number == first.number + 1 and second.text.startswith("*"):
            what = "This address is not taken for that of the paper below it; write it alone, as https://…"
            yield _doubt(first.number, "address-as-text", what, first.text)
    yield from _of_entries(entries)


def _of_entries(entries: Sequence[Entry]) -> Iterator[Problem]:
    named: dict[str, int] = {}
    for entry in entries:
        if _MARKED_TITLE.match(entry.title):
            yield _doubt(entry.line, "markup-in-title", "A title with marks, shown as it stands", entry.title)
        length = sum(map(len, entry.commentary))
        if length > COMMENTARY_AT_MOST:
            what = f"A commentary of {length:,} letters, of which Telegram shows about {COMMENTARY_AT_MOST:,}"
            yield _doubt(entry.line, "long-commentary", what, entry.title)
        keys = {"title": " ".join(entry.title.casefold().split())}
        if entry.source_url:
            found = _ARXIV.search(entry.source_url)
            keys["address"] = found[1] if found else entry.source_url
        for name, key in keys.items():
            if key in named:
                yield _doubt(entry.line, "paper-twice", f"The same {name} as in line {named[key]}", entry.title)
                break
        for key in keys.values():
            named.setdefault(key, entry.line)


def _address(text: str) -> str | None:
    """What is wrong with a line that is nothing but an address, and is not read as one."""
    if (mark := _LIST_MARK.match(text)) and (bare_urls(rest := text[mark.end() :]) or _NO_SCHEME.fullmatch(rest)):
        return "An address behind the mark of a list is read as text"
    return "An address without https:// is read as text" if _NO_SCHEME.fullmatch(text) else None


def _mark(text: str) -> str:
    """Which mark of Markdown or HTML is in a line, for people; "" for none."""
    if text.startswith("```"):
        return "A fence of code"
    if _TABLE.fullmatch(text):
        return "A table"
    if _RULE.fullmatch(text):
        return "A rule"
    return "HTML" if "<" in text and _HTML.search(text) else ""


def _is_open(text: str) -> bool:
    """Whether a line of text holds LaTeX without its end."""
    if "$" in text and len(_DOLLAR.findall(text)) % 2 and _FORMULA.search(text):
        return True
    if "\\" not in text or not _COMMAND.search(text):
        return False
    braces = "".join(_BRACE.findall(text))
    return braces.count("{") != braces.count("}")


def _doubt(line: int, code: str, what: str, text: str) -> Problem:
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    return Problem(line=line, code=code, message=f"{what}: {shown}", severity=Severity.WARNING)
