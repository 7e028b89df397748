"""The digest parser: `parse_digest(text)` gives a `Digest` and the problems, each with its line.

Pure, linear in the text, and never raises on any `str`. The two forms of a digest are `newsletter` and
`markdown`; `bot.digest_file` reads files, `decode` the bytes of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from bot.digest import markdown, newsletter
from bot.digest.decoding import Decoded, decode
from bot.digest.doubts import doubts_in, far_ahead
from bot.digest.entry import Entry
from bot.digest.markdown import escape
from bot.digest.text import Problem, Severity, dating_of, lines_of, links_in, split_authors
from bot.model import Digest, Paper

__all__ = [
    "MAX_BYTES",
    "MAX_LINES",
    "Decoded",
    "Form",
    "Parsed",
    "Problem",
    "Severity",
    "decode",
    "far_ahead",
    "parse_digest",
    "print_digest",
    "to_json",
]

MAX_BYTES: Final = 20_000_000
"""The size of the largest file that is read as a digest."""

MAX_LINES: Final = 50_000
"""The most lines (blank ones left out) of a digest: some ten thousand papers, far beyond any day's."""


class Form(StrEnum):
    """How a digest is written down."""

    NEWSLETTER = "newsletter"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a text says: a digest of at least one paper, or None where it gives none that can be trusted."""

    digest: Digest | None
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems through which something of the file is lost."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


def parse_digest(text: str, *, form: Form | None = None, file_date: date | None = None) -> Parsed:
    """Read a digest; `form` is told by the content where it is not given.

    `file_date`, a date that the file's name gives, stands in for a date line in the Markdown form only: notes are
    named by their day, while a newsletter without its first line has lost something.
    """
    lines = list(lines_of(text))
    if not lines:
        return _refused("empty-file", "There is nothing in it.")
    if len(lines) > MAX_LINES:
        return _refused("too-many-lines", f"{len(lines):,} lines, {MAX_LINES:,} at most.")
    dating = dating_of(lines)
    problems: list[Problem] = []
    told = form or (Form.MARKDOWN if dating.heading or markdown.is_markdown(lines) else Form.NEWSLETTER)
    if told is Form.MARKDOWN:
        entries = markdown.entries_of(lines, problems)
    if told is Form.NEWSLETTER or (form is None and not entries):  # a date heading alone makes no notes
        told = Form.NEWSLETTER
        problems.clear()
        entries = newsletter.entries_of(lines, problems)
    day = dating.value
    if dating.problems:
        problems += dating.problems
    elif day is None and told is Form.MARKDOWN and file_date:
        day = file_date
    elif day is None:
        problems.append(Problem(line=1, code="no-date", message="No date line, such as 2024년 2월 20일."))
    if not entries:
        problems.append(Problem(line=lines[-1].number, code="no-paper", message="No paper in it."))
    papers = tuple(_paper(entry, day or date.min, problems) for entry in entries)
    problems += doubts_in(lines, entries)
    problems.sort(key=lambda problem: problem.line)
    digest = Digest(date=day, papers=papers) if day and papers else None
    return Parsed(digest=digest, problems=tuple(problems))


def _refused(code: str, message: str) -> Parsed:
    return Parsed(digest=None, problems=(Problem(line=1, code=code, message=message),))


def _paper(entry: Entry, day: date, problems: list[Problem]) -> Paper:
    authors = split_authors(entry.authors or "")
    links = dict.fromkeys(url for text in entry.reading for url in links_in(text))
    links.pop(entry.source_url or "", None)
    if not authors:
        _warn(problems, entry, "no-authors", "No line of (authors) under the title")
    if not entry.abstract and not entry.commentary:
        _warn(problems, entry, "no-text", "Neither abstract nor commentary")
    return Paper(
        date=day,
        title=entry.title,
        authors=authors,
        abstract="\n".join(entry.abstract) or None,
        commentary=tuple(entry.commentary),
        tags=tuple(dict.fromkeys(entry.tags)),
        links=tuple(links),
        source_url=entry.source_url,
    )


def _warn(problems: list[Problem], entry: Entry, code: str, what: str) -> None:
    title = entry.title if len(entry.title) <= 60 else f"{entry.title[:59]}…"
    message = f"{what}: {title}"
    problems.append(Problem(line=entry.line, code=code, message=message, severity=Severity.WARNING))


# --- the way back -------------------------------------------------------------------------------------------


def print_digest(digest: Digest) -> str:
    """Write a digest down so that `parse_digest` reads the same digest again.

    The newsletter form, where it says all that is to be said; else (a paper has an address of its own, or its
    lines would be taken for something else) the Markdown form with marks at every doubtful place. The promise
    holds for every digest that `parse_digest` gave.
    """
    if not any(paper.source_url for paper in digest.papers):
        text = _newsletter(digest)
        if parse_digest(text).digest == digest:
            return text
    return _markdown(digest)


def _newsletter(digest: Digest) -> str:
    lines = [f"{digest.date.year:04}년 {digest.date.month}월 {digest.date.day}일"]
    for paper in digest.papers:
        lines.append(paper.title)
        if paper.authors:
            lines.append(f"({', '.join(paper.authors)})")
        abstract = [] if paper.abstract is None else [paper.abstract]
        lines += _with_links(paper, abstract, paper.commentary, "{}")
        if paper.tags:
            lines.append(_tags(paper))
    return "\n".join(lines) + "\n"


def _markdown(digest: Digest) -> str:
    blocks = [f"# {digest.date.isoformat()}"]
    for paper in digest.papers:
        head = markdown.print_head(paper.title, ", ".join(paper.authors))
        blocks.append(f"{paper.source_url}\n{head}" if paper.source_url else head)
        if paper.abstract is None:
            first = paper.commentary[0] if paper.commentary else ""
            quoted = [">"] if first and markdown.looks_like_abstract(first) else []
        else:
            quoted = ["\n".join(f"> {line}" for line in paper.abstract.split("\n"))]
        blocks += _with_links(paper, quoted, map(escape, paper.commentary), "<{}>")
        if paper.tags:
            blocks.append(_tags(paper))
    return "\n\n".join(blocks) + "\n"


def _tags(paper: Paper) -> str:
    return " ".join(f"#{tag}" for tag in paper.tags)


def _with_links(paper: Paper, head: Iterable[str], body: Iterable[str], form: str) -> list[str]:
    """The texts with those links on lines of their own that stand in none of them, in reading order."""
    lines: list[str] = []
    waiting = list(paper.links)
    for text in (*head, *body):
        fresh = {url: index for index, url in enumerate(links_in(text)[::-1])}  # read backwards: first mention wins
        place = {url: index for index, url in enumerate(waiting)}
        if found := [place[url] for url in fresh if url in place]:
            # What this text itself brings in order may stay in it; everything before that stands above it.
            last = start = max(found)
            while start and fresh.get(waiting[start - 1], -1) > fresh[waiting[start]]:
                start -= 1
            lines += (form.format(url) for url in waiting[:start])
            del waiting[: last + 1]
        lines.append(text)
    return lines + [form.format(url) for url in waiting]


# --- for machines -------------------------------------------------------------------------------------------


def to_json(parsed: Parsed, file: str) -> dict[str, Any]:
    """The object that `paperboy check --json` prints for a file; a paper's own address comes first of its links."""
    digest = parsed.digest
    papers: list[dict[str, Any]] = []
    for paper in digest.papers if digest else ():
        links = list(paper.links)
        value: dict[str, Any] = {
            "title": paper.title,
            "authors": list(paper.authors),
            "abstract": paper.abstract,
            "commentary": list(paper.commentary),
            "tags": list(paper.tags),
            "links": [paper.source_url, *links] if paper.source_url else links,
        }
        if paper.source_url:
            value["source_url"] = paper.source_url
        papers.append(value)
    problems = [{"line": problem.line, "code": problem.code, "message": problem.message} for problem in parsed.problems]
    return {"date": digest.date.isoformat() if digest else None, "file": file, "papers": papers, "problems": problems}
