"""An entry on its way to a `Paper`."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.digest.text import Problem, Severity, TagsLine


@dataclass(slots=True)
class Entry:
    """The lines of an entry by what they are; `reading` holds its texts in reading order, for their links."""

    line: int
    title: str = ""
    authors: str | None = None
    abstract: list[str] = field(default_factory=list)
    commentary: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    source_url: str | None = None
    reading: list[str] = field(default_factory=list)


def add_tags(entry: Entry, tags: TagsLine | None, number: int, problems: list[Problem]) -> None:
    """Take in a line of tags, and tell the curator of a slip after them."""
    if tags is None:
        return
    entry.tags += tags.tags
    if tags.stray:
        message = f"{tags.stray!r} after the tags is no tag and was left out."
        problems.append(Problem(line=number, code="stray-after-tags", message=message, severity=Severity.WARNING))
