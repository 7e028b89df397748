"""Which tags somebody may have meant who wrote one that no paper has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from bot.query.keys import plain_slug
from bot.query.lexicon import Lexicon, tag_slug
from bot.query.stems import stem

_NEAR: Final = 66
"""From how many of a hundred on one tag may be meant by another."""


def nearest_tags(raw: str, known_slugs: Iterable[str], lexicon: Lexicon, limit: int = 3) -> list[str]:
    """The known tags that somebody who wrote `raw` may have meant, best first.

    An alias or a name in either language comes first, then slugs with the same words or initials, then near spellings.
    """
    from rapidfuzz import fuzz, process
    from rapidfuzz.distance import OSA

    wanted = tag_slug(raw, lexicon)
    key = wanted.replace("-", "")
    if not key:
        return []
    known = _known(tuple(dict.fromkeys(known_slugs)), lexicon)
    parts = {stem(part) for part in wanted.split("-")}
    spelt = process.extract(
        key, known.flat, scorer=OSA.normalized_similarity, processor=None, score_cutoff=_NEAR / 100, limit=None
    )
    near = {place: score * 100 for _, score, place in spelt}
    worded: dict[int, float] = {}
    if len(parts) > 1:
        words = wanted.replace("-", " ")
        alike = process.extract(
            words, known.words, scorer=fuzz.token_set_ratio, processor=None, score_cutoff=_NEAR + 10, limit=None
        )
        worded = {place: score - 10 for _, score, place in alike}
    best: dict[str, float] = {}
    for place, (slug, flat, stems, initials, length) in enumerate(known.names):
        score = near.get(place, 0.0)
        if slug == wanted or flat == key:
            score = 200.0
        elif parts <= stems or initials == key:
            score = max(score, 120.0 - length)
        elif len(key) >= 3 and (flat.startswith(key) or (len(flat) >= 3 and key.startswith(flat))):
            score = max(score, 85.0)
        else:
            score = max(score, worded.get(place, 0.0))
        if score >= _NEAR and score > best.get(slug, 0.0):
            best[slug] = score
    return sorted(best, key=best.__getitem__, reverse=True)[:limit]


class _Name(NamedTuple):
    """What a tag is called, as others are compared with it: without spaces, as stems, as initials, and how long."""

    slug: str
    flat: str
    stems: frozenset[str]
    initials: str
    length: int


class _Known(NamedTuple):
    """The names of the known tags, and by their places the same without spaces and as words."""

    names: Sequence[_Name]
    flat: Sequence[str]
    words: Sequence[str]


@lru_cache(maxsize=8)
def _known(slugs: Sequence[str], lexicon: Lexicon) -> _Known:
    names: list[_Name] = []
    words: list[str] = []
    for slug in slugs:
        for other in map(plain_slug, (slug, *lexicon.names.get(slug, ()))):
            parts = other.split("-")
            initials = "".join(part[0] for part in parts if part)
            names.append(_Name(slug, "".join(parts), frozenset(map(stem, parts)), initials, len(other)))
            words.append(" ".join(parts))
    return _Known(names, [name.flat for name in names], words)
