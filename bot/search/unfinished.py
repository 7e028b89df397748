"""A last word that is not typed to its end (`chain of th`): what papers write behind the words ahead of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from heapq import nlargest
from typing import Final

from bot.query import And, Phrase, Query, Word, conjunction
from bot.query.expansion import FILLERS
from bot.search.vocabulary import Vocabulary

_LATIN: Final = re.compile("[a-z]{2,12}")
_LONGEST: Final = 4
"""Words of a query up to which the last one may be unfinished: who types more has a title in mind."""
_AHEAD: Final = 2
"""Words ahead of it that are looked at."""
_TRIED: Final = 40
"""The most frequent words with which it may go on."""
_OFTENER: Final = 20
"""How many times as many papers have such a word, and ten times as many all that is asked for with it, as without."""


class Unfinished:
    """Finishes queries for one state of the archive. `count` tells how many papers a query finds."""

    def __init__(self, words: Vocabulary, count: Callable[[Query], int]) -> None:
        self._words = words
        self._count = count

    def __call__(self, query: Query, found: int) -> Query | None:
        """The query with its last word finished, where far more papers have that than the few that were `found`."""
        parts = query.queries if isinstance(query, And) else ()
        texts = [part.text if isinstance(part, Word) else "" for part in parts]
        if not 2 <= len(texts) <= _LONGEST or not all(map(_LATIN.fullmatch, texts[-2:])) or texts[-1] in FILLERS:
            return None
        whole = self._finished(texts)
        if whole is None:
            return None
        query = conjunction((*parts[:-1], Word(whole)))
        return query if self._count(query) >= 10 * max(1, found) else None

    def _finished(self, texts: Sequence[str]) -> str | None:
        last = texts[-1]
        least = _OFTENER * max(1, self._words.count(last))
        words = [
            (papers, word)
            for word, papers in zip(*self._words.beginning(last), strict=True)
            if papers >= least and word != last
        ]
        tried = nlargest(_TRIED, words)
        for size in range(min(_AHEAD, len(texts) - 1), 0, -1):
            ahead = texts[-1 - size : -1]
            if FILLERS.issuperset(ahead) or not all(ahead):
                continue
            # Forms of a word are one word of a phrase; the most frequent of them is what people write.
            counted = [(self._count(Phrase(" ".join((*ahead, word)))), papers, word) for papers, word in tried]
            found, _, best = max(counted, default=(0, 0, ""))
            if found:
                return best
        return None
