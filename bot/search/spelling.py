"""Repair of misspelt Latin words from the words that the archive has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final

from bot.query import And, Lexicon, Or, Query, Word, conjunction, disjunction, fold

SHORTEST: Final = 5
"""Letters that a word must have to be repaired by one letter."""
LONG: Final = 8
"""Letters from which two may be wrong, though not the first."""

_LATIN: Final = re.compile(r"[A-Za-z]+")
_WORDS: Final = re.compile(r"[A-Za-zÀ-ɏ]{4,40}")


Known = Callable[[str], bool]
Beginning = Callable[[str], Sequence[tuple[str, int]]]
"""The words of the archive that begin with these letters, and in how many papers each is."""
Count = Callable[[str], int]
"""In how many papers a word is."""


def spellings(texts: Iterable[str]) -> set[str]:
    """The Latin words of a paper as they are spelt, case and diacritics aside."""
    return {fold(word) for text in texts for word in _WORDS.findall(text)}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the archive knows of words. `known` is also true of another form of a word that it has."""

    known: Known
    beginning: Beginning
    count: Count


def repaired(query: Query, lexicon: Lexicon, vocabulary: Vocabulary) -> Query:
    """The query with every wanted word that is neither known nor translatable replaced by its nearest neighbour.

    The same query comes back where nothing can be repaired.
    """
    match query:
        case Word(text=text) if not lexicon.translations_of((text,)):
            return _word(text, vocabulary)
        case And(queries=queries):
            return conjunction(repaired(part, lexicon, vocabulary) for part in queries)
        case Or(queries=queries):
            return disjunction(repaired(part, lexicon, vocabulary) for part in queries)
        case _:
            return query


def _word(text: str, vocabulary: Vocabulary) -> Word:
    def better(found: re.Match[str]) -> str:
        letters = found.group().lower()
        if len(letters) < SHORTEST or vocabulary.known(letters):
            return found.group()
        return nearest_word(letters, vocabulary) or found.group()

    fixed = _LATIN.sub(better, text)
    try:
        return Word(fixed)
    except ValueError:  # what came out is no word that a person could have typed
        return Word(text)


def nearest_word(word: str, vocabulary: Vocabulary) -> str | None:
    """The word at the least distance (one edit or swap; two for long words with the same first letter), of several
    the most frequent.

    Only words with the same first letter are compared; the few with one mistake in that letter are asked for by name.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    limit = 2 if len(word) >= LONG else 1
    beginning = vocabulary.beginning(word[0])
    words = [other for other, _ in beginning]
    near = process.extract(word, words, scorer=OSA.distance, processor=None, score_cutoff=limit, limit=50)
    ranked = [(distance, -beginning[place][1], found) for found, distance, place in near if distance]
    rest = word[1:]
    others = {
        rest,
        word[1] + word[0] + rest[1:],
        *(letter + tail for letter in ascii_lowercase for tail in (rest, word)),
    }
    ranked += [(1, -count, other) for other in others if other != word and (count := vocabulary.count(other))]
    return min(ranked)[2] if ranked else None
