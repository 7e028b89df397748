"""Other words for what somebody may have typed: `image` where `picture` was asked for.

They are for papers that have only some of the words of a query, as somebody may have described one from memory. What a
query asks for strictly, and what people subscribe to, are its own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from bot.query.plan import Adjacent, AnyOf, Plan, rows_of
from bot.query.stems import stem
from bot.query.terms import SIMPLE

MOST: Final = 3
"""Paraphrases of a word that are looked for, the likeliest."""

_Items = tuple[tuple[int, str], ...]


def paraphrases(concept: Plan) -> Sequence[Adjacent]:
    """What abstracts write for an English word, likeliest first; nothing for anything else."""
    while isinstance(concept, AnyOf) and concept.plans:
        concept = concept.plans[0]  # as it was typed
    return _written_for(concept.items) if isinstance(concept, Adjacent) else ()


@lru_cache(maxsize=1 << 10)
def _written_for(items: _Items) -> Sequence[Adjacent]:
    written = _table().get(_key(items), "")
    rows = [row for text in written.split(", ") for row in rows_of(text)] if written else []
    return tuple(dict.fromkeys(row for row in rows if row.items != items))[:MOST]


@cache
def _table() -> Mapping[str, str]:
    """By the terms of each word, what is written for it, from `paraphrases.txt`."""
    lines = files("bot.query").joinpath("paraphrases.txt").read_text("utf-8").splitlines()
    parts = (line.partition(": ") for line in lines)
    return {key: written for typed, _, written in parts for key in _keys(typed)}


def _keys(typed: str) -> Iterator[str]:
    if SIMPLE.fullmatch(typed):  # as nearly all are, and nothing is remembered of them
        yield stem(typed)
    else:
        yield from (_key(row.items) for row in rows_of(typed))


def _key(items: _Items) -> str:
    return " ".join(term for _, term in items)
