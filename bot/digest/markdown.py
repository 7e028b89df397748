"""The Markdown form: a URL line (the paper's own address), `*Title* (Authors)`, `> abstract`, commentary, `#tags`.

Read from the curator's notes: the asterisks may be missing, a title may run over two lines, more URL lines may
stand anywhere, an English version may follow the tags, and a list of `[[links]]` to other notes may end an entry.

Some marks are written by Paperboy alone, where an entry could be misread without them: empty brackets after a
title for "no authors", a backslash before brackets of authors that do not match, a lone `>` for "no abstract", and
`<https://…>` for an address that is not the paper's own. A line that would be taken for a mark starts with a
backslash, as everywhere in Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from bot.digest.entry import Entry, add_tags
from bot.digest.newsletter import abstract_or_comment, item_of, title_score
from bot.digest.text import Line, Problem, bare_urls, date_line, names_score, opening_bracket, tags_line

_ESCAPED: Final = re.compile(r"\\(?=[\\#>*<]|\[\[)")
_NEEDS_ESCAPE: Final = re.compile(r"[\\#>*<]|\[\[")
_BRACKET: Final = re.compile(r"(?=[()])")
_ESCAPED_BRACKET: Final = re.compile(r"\\(?=[()])")
_ESCAPE: Final = r"\\"
_NOTE_LINKS: Final = re.compile(
    r"#{1,6}\s+(?:links?|see also)\s*:?|(?:[-*]\s+)?(?:\[\[[^\[\]]+\]\]\s*)+", re.IGNORECASE
)
_AUTOLINK: Final = re.compile(r"<(https?://\S+)>")


def escape(text: str) -> str:
    """Keep a line of text from being read as a mark."""
    return f"\\{text}" if _NEEDS_ESCAPE.match(text) else text


def unescape(text: str) -> str:
    """What `escape` was given."""
    return text[1:] if _ESCAPED.match(text) else text


def _bracketed(authors: str) -> str:
    return _ESCAPED_BRACKET.sub("", authors).strip()


def print_head(title: str, authors: str) -> str:
    """Write `*Title* (Authors)` so that `starred_head` reads the same; brackets that do not match get a backslash."""
    head = f"*{escape(title)}* ({authors})"
    if starred_head(head) == (title, authors):
        return head
    return f"*{escape(title)}* ({_BRACKET.sub(_ESCAPE, authors)} )"


def starred_head(text: str) -> tuple[str, str | None] | None:
    """Read `*Title* (Authors)`: the title, and the inside of the brackets (None without brackets)."""
    if not text.startswith("*") or len(text) < 3 or text[1] in "* \t":
        return None
    title, authors = text, None
    if (start := opening_bracket(text)) >= 0:
        title, authors = text[:start].rstrip(), _bracketed(text[start + 1 : -1])
    elif text.endswith(")") and (start := text.find("* (")) > 0:  # brackets that do not match
        title, authors = text[: start + 1], _bracketed(text[start + 3 : -1])
    if len(title) < 3 or not title.endswith("*"):
        return None
    title = unescape(title[1:-1].strip())
    return (title, authors) if title else None


def _plain_head(text: str) -> tuple[str, str | None] | None:
    """Read `Title (Authors)`, which only a URL line before it makes a head."""
    start = opening_bracket(text)
    if start <= 0 or text.startswith(("#", ">", "-", "[", "*")) or date_line(text):
        return None
    title, authors = text[:start].rstrip(), text[start + 1 : -1].strip()
    item = item_of(Line(0, title))
    if names_score(authors) > 0 and not item.korean and title_score(item, korean_digest=True) > -2.0:
        return title, authors
    return None


def _bare_title(text: str, *, sure: bool) -> tuple[str, str | None] | None:
    """Read a title without authors: a head only between its address and its abstract (`sure`), or where the
    address starts an entry and the line looks much like a title."""
    if text.startswith(("#", ">", "-", "[", "*", "(", "<", "\\")) or bare_urls(text) or date_line(text):
        return None
    item = item_of(Line(0, text))
    likely = title_score(item, korean_digest=True) > (-2.0 if sure else 3.0)
    return (text, None) if likely and not item.korean else None


def is_markdown(lines: Sequence[Line]) -> bool:
    """Whether a digest without a date heading is in this form: an address, or a starred head, comes first, or a
    starred head with its address anywhere."""
    texts = [line.text for line in lines if not date_line(line.text)]
    if texts and (bare_urls(texts[0]) or starred_head(texts[0])):
        return True
    return any(
        head.startswith("*") and (starred := starred_head(head)) and starred[1] and bare_urls(url)
        for url, head in pairwise(texts)
    )


def entries_of(lines: Sequence[Line], problems: list[Problem]) -> list[Entry]:
    """Cut a digest in the Markdown form into its entries; dates and links between notes are skipped."""
    entries: list[Entry] = []
    no_abstract = False  # the entry says so, or it already has one
    open_title = False  # a starred head whose authors may be on the next line
    between = True  # the last entry has had its tags or links: an address now starts the next one
    reported = False
    index = 0
    while index < len(lines):
        line = lines[index]
        text = line.text
        urls = bare_urls(text)
        head, taken = _head_at(lines, index + 1 if urls else index, bool(urls), between)
        if head:
            entry = Entry(line.number, head[0], head[1], source_url=urls[-1] if urls else None)
            # Further addresses on the same line are the entry's, but not its own.
            entry.reading += urls[:-1]
            entries.append(entry)
            open_title = head[1] is None
            no_abstract = between = reported = False
            index += taken + bool(urls)
            continue
        index += 1
        if date_line(text):
            between = True
            continue
        if _NOTE_LINKS.fullmatch(text):
            between = True
            continue
        if not entries:
            if not reported:
                message = "Text before the first paper (an address and *Title* (Authors))."
                problems.append(Problem(line=line.number, code="text-without-paper", message=message))
                reported = True
            continue
        entry = entries[-1]
        if urls or ((link := _AUTOLINK.fullmatch(text)) and (urls := bare_urls(link[1]))):
            entry.reading += urls
        elif tags := tags_line(text):
            add_tags(entry, tags, line.number, problems)
            between = True
        elif open_title and text.startswith("(") and text.endswith(")") and names_score(text[1:-1]) > 0:
            entry.authors = text[1:-1].strip()
        elif text.startswith(">") and not entry.commentary:
            if quoted := text[1:].strip():
                entry.abstract.append(quoted)
                entry.reading.append(quoted)
            no_abstract = True
        else:
            text = unescape(text)
            abstract = not no_abstract and not entry.commentary and _unquoted_abstract(line)
            (entry.abstract if abstract else entry.commentary).append(text)
            entry.reading.append(text)
            no_abstract = True
        open_title = False
    return entries


def _head_at(
    lines: Sequence[Line], index: int, after_url: bool, between: bool
) -> tuple[tuple[str, str | None] | None, int]:
    """The head that starts at a line, and how many lines it takes (0 where there is none)."""
    if index >= len(lines):
        return None, 0
    text = lines[index].text
    if text.startswith("*"):
        head = starred_head(text)
        # Emphasis alone makes no head: an address before it or authors after it do.
        if head and (head[1] is not None or after_url or between):
            return head, 1
        if not head and after_url and index + 1 < len(lines) and (head := _broken_head(text, lines[index + 1].text)):
            return head, 2
        return None, 0
    if after_url and (head := _plain_head(text)):
        return head, 1
    quoted = index + 1 < len(lines) and lines[index + 1].text.startswith(">")
    if after_url and (between or quoted) and (head := _bare_title(text, sure=quoted)):
        return head, 1
    return None, 0


def _broken_head(text: str, rest: str) -> tuple[str, str | None] | None:
    """A starred title that runs over two lines."""
    return None if text.startswith(("**", "* ")) or "*" in text[1:] else starred_head(f"{text} {rest}")


def _unquoted_abstract(line: Line) -> bool:
    item = item_of(line)
    if item.korean:
        return False
    abstract, comment = abstract_or_comment(item)
    return abstract > comment


def looks_like_abstract(text: str) -> bool:
    """Whether a line without its `>` would be read as the abstract."""
    return _unquoted_abstract(Line(0, text))
