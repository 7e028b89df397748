"""What SQLite's FTS5 finds: as it comes, and with Korean syllable pairs, stems, particle stripping and filters."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Final

from bot.model import Paper
from bot.query import And, Lexicon, Phrase, Word, document, holds, parse, plan
from bot.query.endings import without_ending
from bot.query.stems import stem
from bot.query.terms import LOOSE, terms, units

Search = Callable[[str, int], list[int]]

_WEIGHTS: Final = "4, 2, 1, 2.5, 2"


def fields(paper: Paper, hidden: bool) -> list[str]:
    tags = "" if hidden else " ".join(paper.tags)
    return [paper.title, ", ".join(paper.authors), paper.abstract or "", "\n".join(paper.commentary), tags]


def as_it_comes(papers: Sequence[Paper], hidden: bool) -> Search:
    """Words as `unicode61` sees them, any of them, ranked by bm25."""
    db = sqlite3.connect(":memory:")
    db.execute("create virtual table f using fts5(title, authors, abstract, commentary, tags)")
    db.executemany(
        "insert into f(rowid, title, authors, abstract, commentary, tags) values (?,?,?,?,?,?)",
        [(n, *fields(each, hidden)) for n, each in enumerate(papers)],
    )

    def search(line: str, limit: int) -> list[int]:
        words = re.findall(r"\w+", line)
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in words)
        return [n for (n,) in db.execute("select rowid from f where f match ? order by rank limit ?", (match, limit))]

    return search


def strong(papers: Sequence[Paper], hidden: bool, lexicon: Lexicon) -> Search:
    """Syllable pairs and stems, endings taken off, all words before any of them, filters kept."""
    db = sqlite3.connect(":memory:")
    db.execute("create virtual table f using fts5(title, authors, abstract, commentary, tags)")
    db.executemany(
        "insert into f(rowid, title, authors, abstract, commentary, tags) values (?,?,?,?,?,?)",
        [(n, *(" ".join(_pairs(text)) for text in fields(each, hidden))) for n, each in enumerate(papers)],
    )
    documents = [document(each, lexicon) for each in papers]

    def search(line: str, limit: int) -> list[int]:
        query = parse(line, lexicon)
        parts = query.queries if isinstance(query, And) else (query,)
        words = [part for part in parts if isinstance(part, Word | Phrase)]
        others = [plan(part, lexicon) for part in parts if not isinstance(part, Word | Phrase)]
        allowed = (
            [n for n, each in enumerate(documents) if all(holds(part, each) for part in others)] if others else None
        )
        if not words:
            return sorted(allowed or (), key=lambda n: papers[n].date, reverse=True)[:limit]
        groups = [found for word in words if (found := _asked(word.text))]
        results: dict[int, None] = {}
        for joint in (" AND ", " OR "):
            match = joint.join("(" + joint.join(f'"{term}"' for term in group) + ")" for group in groups)
            if not match:
                break
            rows = db.execute(
                f"select rowid from f where f match ? order by bm25(f, {_WEIGHTS}) limit ?",  # noqa: S608
                (match, limit if allowed is None else len(papers)),
            )
            keep: Collection[int] | None = None if allowed is None else set(allowed)
            results.update((n, None) for (n,) in rows if keep is None or n in keep)
            if len(results) >= limit:
                break
        return list(results)[:limit]

    return search


def _pairs(text: str) -> list[str]:
    return [term for term in terms(text) if term[0] != LOOSE and "." not in term]


def _asked(text: str) -> list[str]:
    found: list[str] = []
    for run, _, syllabic in units(text):
        if syllabic:
            bare = without_ending(run)
            found += [bare[at : at + 2] for at in range(max(1, len(bare) - 1))]
        else:
            found += [term for term in terms(run) if "." not in term][:1] or [stem(run)]
    return found
