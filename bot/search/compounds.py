"""Compounds as most papers write them: `memory-augmented` as two words, `multi lingual` as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bot.query import And, Lexicon, Or, Phrase, Query, Word, conjunction, disjunction
from bot.query.expansion import FILLERS
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

    def __call__(self, query: Query) -> Query:
        """A query with its compounds written as more papers write them; as it is where they are known so."""
        match query:
            case Word(text=text) if len(parts := words_of(text)) > 1 and self._lexicon.related_to((text,)):
                # Who types `image-generation` means `image generation`, but who types `pre-training` also means
                # `pretraining`.
                apart = conjunction(parts)
                return apart if self._count(apart) > self._count(query) else query
            case And(queries=queries) if sum(isinstance(part, Word | Phrase | Or) for part in queries) == 1:
                return conjunction(map(self, queries))
            case And(queries=queries):
                return conjunction(self._joined(queries))
            case _:
                return query

    def _joined(self, queries: Sequence[Query]) -> Iterator[Query]:
        at = 0
        while at < len(queries):
            first, second = queries[at], queries[at + 1] if at + 1 < len(queries) else None
            if isinstance(first, Word) and isinstance(second, Word) and self._are_one(first.text, second.text):
                yield disjunction((Word(first.text + second.text), conjunction((first, second))))
                at += 2
            else:
                yield first
                at += 1

    def _are_one(self, first: str, second: str) -> bool:
        """Whether papers write two words as one far oftener than side by side."""
        whole = first + second
        if not (_is_part(first) and _is_part(second)) or self._lexicon.related_to((first, second)):
            return False  # a topic is known by both
        as_one = self._words.count(whole)
        if not as_one or self._words.is_name(whole):
            return False
        return as_one >= _OFTENER * self._count(Phrase(f"{first} {second}"))


def words_of(compound: str) -> list[Word]:
    """A Latin compound (`memory-augmented`) as words; anything else is one."""
    texts = map(word_form, pieces(compound)) if compound.isascii() else (compound,)
    return [Word(text) for text in texts if text]


def _is_part(text: str) -> bool:
    return len(text) >= _PART and text.isascii() and text.isalpha() and text.islower() and text not in FILLERS
