"""Latin words that differ by a slip of the finger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import ascii_lowercase
from typing import Final

from bot.search.vocabulary import Words

SHORTEST: Final = 4
"""Letters that a Latin word must have to be repaired by one letter."""
LONG: Final = 8
"""Letters from which two may be wrong, though not the first."""

_COMPARED: Final = 3
"""The first letters that words have in common which are compared; a large archive has thousands with the same two."""

Beginning = Callable[[str], Words]


def near_words(
    word: str, beginning: Beginning, count: Callable[[str], int], *, shortest: int = SHORTEST
) -> list[tuple[int, str, int]]:
    """The words at the least distances (one edit or swap; two for long words with the same beginning) with how often
    they are, nearest first.

    Only words with the same first three letters are compared, and, where two may be wrong, those in which the third is
    missing or changed places with the fourth; the few with one mistake there are asked for by name.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(word) < shortest:
        return []
    limit = 2 if len(word) >= LONG else 1
    starts = (word[:_COMPARED], word[: _COMPARED - 1] + word[_COMPARED]) if limit > 1 else (word[:_COMPARED],)
    found: dict[str, tuple[int, int]] = {}
    for words, counts in map(beginning, dict.fromkeys(starts)):
        near = process.extract(word, words, scorer=OSA.distance, processor=None, score_cutoff=limit, limit=30)
        found |= {other: (int(distance), counts[place]) for other, distance, place in near if distance}
    others = {other for other in _slips(word) if other != word and other not in found}
    found |= {other: (1, times) for other in others if (times := count(other))}
    return sorted((distance, other, times) for other, (distance, times) in found.items())


def _slips(word: str) -> Iterator[str]:
    """The word with one mistake among its first letters."""
    for at in range(_COMPARED):
        head, rest = word[:at], word[at + 1 :]
        yield head + rest
        yield head + rest[:1] + word[at] + rest[1:]
        for letter in ascii_lowercase:
            yield head + letter + rest
            yield head + letter + word[at] + rest
