"""Under what the words and phrases of the tables are looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bot.query.endings import without_ending
from bot.query.stems import stem
from bot.query.terms import fold, normal, pieces, units, with_names

_PARTICLES: Final = frozenset("은는이가을를의에로과와도만랑")
"""Particles that a syllable may have behind it."""
ALL_HANGUL: Final = re.compile("[가-힣]{2,}")
_NOT_SLUG: Final = re.compile(r"(?:[^\w.+]|_)+")
_LONGEST_SLUG: Final = 64


def plain_slug(raw: str) -> str:
    """A tag in its canonical form, aliases aside: folded, everything between letters and digits one `-`."""
    return _NOT_SLUG.sub("-", fold(raw)).strip("-.")[:_LONGEST_SLUG].rstrip("-.")


@lru_cache(maxsize=1 << 11)
def name_key(name: str) -> str:
    """A name without its capitals, spaces and signs; unlike other words it has no endings."""
    return "".join(map(alias_key, with_names(normal(name)).split()))


def alias_key(raw: str) -> str:
    return plain_slug(raw).replace("-", "")


def phrase_keys(phrase: str) -> tuple[str, ...]:
    """The keys under which a phrase is looked up: its stems and syllables without spaces, as written and without
    the Korean ending of its last word, then of every word. Empty where the phrase has no letters."""
    return _keys([run for word in normal(phrase).split() for run in runs_of(word)], phrase.isascii())


def ways(runs: Sequence[str], ascii_only: bool) -> tuple[str, ...]:
    """The keys of what somebody typed: a syllable that says something (`갠`) loses its particle too."""
    keys = _keys(runs, ascii_only)
    return (*keys, last[0]) if len(runs) == 1 and (last := runs[0])[1:] in _PARTICLES else keys


def _keys(runs: Sequence[str], ascii_only: bool) -> tuple[str, ...]:
    if not runs:
        return ()
    if ascii_only:
        return ("".join(runs),)
    bare = [without_ending(run) for run in runs]
    return tuple(dict.fromkeys(("".join(runs), "".join((*runs[:-1], bare[-1])), "".join(bare))))


@lru_cache(maxsize=1 << 14)
def runs_of(word: str) -> tuple[str, ...]:
    if word.isascii() and word.isalpha():  # most words of the glossary
        return (stem(word.lower()),)
    if ALL_HANGUL.fullmatch(word):
        return (word,)
    return tuple(
        run if syllabic else "".join(stem(fold(with_names(piece))) for piece in pieces(run))
        for run, _, syllabic in units(word)
    )
