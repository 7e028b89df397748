"""Papers that a query names: by the whole of a title, by what stands before its colon (`DINOv2: …`), by initials, or by
the name under which the glossary has it.

Spaces, hyphens and case do not matter, nor whether a word is a plural. Who types a name wants the paper that has it,
not the one that speaks of it most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from tantivy import Occur, Schema, Searcher
from tantivy import Query as TermQuery

from bot.query import Lexicon, Query
from bot.query.expansion import said_alone, sides
from bot.query.stems import stem
from bot.query.terms import fold, normal, with_names

MOST: Final = 3
"""Papers that one name may have."""

_WORDS: Final = re.compile(r"[^\W_]+")
_HEAD: Final = re.compile(r"(.+?)(?::\s|\s[-–—]\s)")
_LONGEST_HEAD: Final = 6
_INITIALS: Final = range(3, 7)
"""Words whose initials are a name (`DDPM`)."""


def title_clues(title: str) -> Iterator[str]:
    """The keys by which a paper is found that is named (`title:head dinov2`)."""
    head = _HEAD.match(title)
    for kind, text in (("whole", title), ("head", head[1] if head else "")):
        words = _words(text)
        if words and (kind == "whole" or len(words) <= _LONGEST_HEAD):
            yield f"title:{kind} {''.join(words)}"
            if len(words) in _INITIALS:
                yield f"title:initials {''.join(word[0] for word in words)}"


class Titles:
    """The papers of one state of the index by their titles."""

    def __init__(self, schema: Schema, searcher: Searcher, lexicon: Lexicon) -> None:
        self._schema = schema
        self._searcher = searcher
        self._lexicon = lexicon

    def named(self, query: Query, found: Callable[[], TermQuery]) -> list[int]:
        """The `recency` of the papers that a query names, the likeliest first, of those that are `found` by it; where
        it asks for one thing or another, the likeliest for each."""
        if len(either := sides(query)) > 1:
            return list(dict.fromkeys(number for side in either for number in self.named(side, found)[:1]))
        named: dict[int, None] = {}
        for key in self._keys(query):
            # What more papers are called is no name.
            if len(named) < MOST and 0 < self._searcher.doc_freq("clue", key) <= MOST:
                called = TermQuery.term_query(self._schema, "clue", key)
                both = TermQuery.boolean_query([(Occur.Must, called), (Occur.Must, found())])
                hits = self._searcher.search(both, MOST, order_by_field="recency", count=False).hits
                named |= dict.fromkeys(int(number) for number, _ in hits)
        return list(named)[:MOST]

    def _keys(self, query: Query) -> Iterator[str]:
        """Papers whose title does not say how they are called, then as it is typed, then by the dictionary's other
        names for it. Filters beside it do not matter."""
        texts = [part.text for part in said_alone(query)]
        if not texts:
            return
        for title in self._lexicon.papers_called(texts):
            yield f"title:whole {''.join(_words(title))}"
        ways = map(_words, (" ".join(texts), *self._lexicon.translations_of(texts)))
        for way in dict.fromkeys("".join(words) for words in ways if words):
            yield f"title:whole {way}"
            yield f"title:head {way}"
        if len(texts) == 1 and texts[0].isascii() and texts[0].isalpha() and len(texts[0]) in _INITIALS:
            yield f"title:initials {texts[0].lower()}"


def _words(text: str) -> list[str]:
    """The words of a text, each once, as a query has them."""
    return list(dict.fromkeys(stem(fold(word)) for word in _WORDS.findall(with_names(normal(text)))))
