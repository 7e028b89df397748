"""Repair of misspelt Latin words from the words that the archive has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.query import And, Lexicon, Or, Query, Word, conjunction, disjunction, fold

SHORTEST: Final = 5
"""Letters that a word must have to be repaired by one letter."""
LONG: Final = 8
"""Letters from which two may be wrong, though not the first."""

_LATIN: Final = re.compile(r"[A-Za-z]+")
_WORDS: Final = re.compile(r"[A-Za-zÀ-ɏ]{4,40}")


Known = Callable[[str], bool]
Vocabulary = Callable[[], list[str]]


def spellings(texts: Iterable[str]) -> set[str]:
    """The Latin words of a paper as they are spelt, case and diacritics aside."""
    return {fold(word) for text in texts for word in _WORDS.findall(text)}


def repaired(query: Query, lexicon: Lexicon, known: Known, vocabulary: Vocabulary) -> Query:
    """The query with every wanted word that is neither known nor translatable replaced by its nearest neighbour.

    `vocabulary` gives known words, the most frequent first. The same query comes back where nothing can be repaired.
    """
    match query:
        case Word(text=text) if not lexicon.translations_of((text,)):
            return _word(text, known, vocabulary)
        case And(queries=queries):
            return conjunction(repaired(part, lexicon, known, vocabulary) for part in queries)
        case Or(queries=queries):
            return disjunction(repaired(part, lexicon, known, vocabulary) for part in queries)
        case _:
            return query


def _word(text: str, known: Known, vocabulary: Vocabulary) -> Word:
    def better(found: re.Match[str]) -> str:
        letters = found.group().lower()
        if len(letters) < SHORTEST or known(letters):
            return found.group()
        return nearest_word(letters, vocabulary()) or found.group()

    fixed = _LATIN.sub(better, text)
    try:
        return Word(fixed)
    except ValueError:  # what came out is no word that a person could have typed
        return Word(text)


def nearest_word(word: str, vocabulary: Sequence[str]) -> str | None:
    """The word at the least distance (one edit or swap; two for long words with the same first letter), of several
    the first of the vocabulary."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    limit = 2 if len(word) >= LONG else 1
    near = process.extract(word, vocabulary, scorer=OSA.distance, processor=None, score_cutoff=limit, limit=50)
    ranked = [(distance, place, found) for found, distance, place in near if 0 < distance < 2 or found[0] == word[0]]
    return min(ranked)[2] if ranked else None
