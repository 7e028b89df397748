"""What a search gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """A found paper. Scores compare hits of one search only, on all of its pages; a better hit has no lower one."""

    paper_id: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A page of what was found, best first; equals are ordered newest first, and pages never overlap.

    `total` counts all pages, of which the first `exact` papers are what the query strictly asks for. `fallback` is
    `any-word` where papers with only some of the words follow, else None. `corrected` is the query that was searched
    instead because words were misspelt, in its canonical form, else None.
    """

    total: int
    hits: tuple[Hit, ...]
    exact: int
    fallback: str | None = None
    corrected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What somebody who found nothing may have meant: another spelling of the query, less of the query (both in
    canonical form, and papers are found by them), and slugs of tags."""

    spelling: str | None
    tags: tuple[str, ...]
    fewer: tuple[str, ...] = ()


def above_one(hits: Iterable[Hit]) -> Iterable[Hit]:
    """The same hits, better by their scores than any of `below_one`, on whichever pages they stand."""
    return (Hit(hit.paper_id, 1.0 + hit.score) for hit in hits)


def below_one(hits: Iterable[Hit]) -> Iterable[Hit]:
    """The same hits with scores below 1, in the same order."""
    return (Hit(hit.paper_id, hit.score / (1.0 + hit.score)) for hit in hits)
