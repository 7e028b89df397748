"""Compounds as most papers write them: `memory-augmented` as two words, `multi lingual` as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bot.query import And, Lexicon, Or, Phrase, Query, Word, conjunction, disjunction
from bot.query.expansion import FILLERS
from bot.query.hangul import is_syllable
from bot.query.syntax import word_form
from bot.query.terms import pieces
from bot.search.vocabulary import Vocabulary

_PART: Final = 3
"""Letters that each of two words has at least which papers write as one."""
_OFTENER: Final = 5
"""How many times as many papers write them so."""


class Compounds:
    """Reads compounds for one state of the archive. `count` tells how many papers a query finds."""

    def __init__(self, lexicon: Lexicon, words: Vocabulary, count: Callable[[Query], int]) -> None:
        self._lexicon = lexicon
        self._words = words
        self._count = count

    def apart(self, query: Query) -> Query:
        """A query with a compound that names a topic as its words where more papers have these: who types
        `image-generation` means `image generation`, but who types `pre-training` also means `pretraining`."""
        match query:
            case Word(text=text) if len(parts := words_of(text)) > 1 and self._lexicon.related_to((text,)):
                if any(len(part.text) == 1 for part in parts):
                    return query  # `q-learning` is no learning beside any q
                apart = conjunction(parts)
                return apart if self._count(apart) > self._count(query) else query
            case And(queries=queries) if sum(isinstance(part, Word | Phrase | Or) for part in queries) == 1:
                return conjunction(map(self.apart, queries))
            case _:
                return query

    def joined(self, query: Query) -> Query:
        """A query with two words as one too, where papers write them so far oftener."""
        return conjunction(self._joined(query.queries)) if isinstance(query, And) else query

    def _joined(self, queries: Sequence[Query]) -> Iterator[Query]:
        at = 0
        while at < len(queries):
            first, second = queries[at], queries[at + 1] if at + 1 < len(queries) else None
            one = self._as_one(first, second) if isinstance(first, Word) and isinstance(second, Word) else None
            yield one or first
            at += 2 if one else 1

    def _as_one(self, first: Word, second: Word) -> Query | None:
        """Two words as papers write them, where those with one word are many more than those with both side by side;
        these count as well, if there are any."""
        whole = first.text + second.text
        if not (_is_part(first.text) and _is_part(second.text)) or self._lexicon.related_to((first.text, second.text)):
            return None  # a topic is known by both
        as_one = self._words.count(whole)
        if not as_one or self._words.is_name(whole):
            return None
        apart = self._count(Phrase(f"{first.text} {second.text}"))
        if as_one < _OFTENER * max(1, apart):
            return None
        return disjunction((Word(whole), conjunction((first, second)))) if apart else Word(whole)


def words_of(compound: str) -> list[Word]:
    """A compound without syllables (`memory-augmented`, `β-VAE`) as words; anything else is one."""
    texts = (compound,) if any(map(is_syllable, compound)) else map(word_form, pieces(compound))
    return [Word(text) for text in texts if text]


def _is_part(text: str) -> bool:
    return len(text) >= _PART and text.isascii() and text.isalpha() and text.islower() and text not in FILLERS
