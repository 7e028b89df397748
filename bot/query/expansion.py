"""A query with translations beside its words, and without the words that say nothing: before it is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.query.lexicon import Lexicon
from bot.query.syntax import (
    MAX_PHRASE,
    And,
    Not,
    Or,
    Phrase,
    Query,
    Word,
    conjunction,
    disjunction,
    negation,
    phrase_form,
)

LONGEST_MATCH: Final = 4
"""Words side by side that the dictionary is asked about together."""

_FILLERS: Final = """
a an the of in on for to and is are was were be been with that this these those by from as at it its into via than then
can we our their which who what when how why do does did using vs versus about between not or
및 등 등의 대한 대해 위한 위해 관한 관련 관련된 통한 통해 그리고 논문 논문들
"""
FILLERS: Final = frozenset(_FILLERS.split())
"""Words that say nothing about a paper; they are passed over where a query has others."""


def expand(query: Query, lexicon: Lexicon) -> Query:
    """The query with translations beside its words, and without filler words where others remain."""
    match query:
        case Word():
            return _translated((query,), lexicon) or query
        case And(queries=queries):
            return conjunction(_expanded(_without_fillers(queries), lexicon))
        case Or(queries=queries):
            return disjunction(expand(part, lexicon) for part in queries)
        case Not(query=inner):
            return negation(expand(inner, lexicon))
        case _:
            return query


def _without_fillers(queries: Sequence[Query]) -> Sequence[Query]:
    kept = [q for q in queries if not (isinstance(q, Word) and q.text in FILLERS)]
    return kept if any(not isinstance(q, Not) for q in kept) else queries


def _expanded(queries: Sequence[Query], lexicon: Lexicon) -> Iterable[Query]:
    at = 0
    while at < len(queries):
        for size in range(min(LONGEST_MATCH, len(queries) - at), 0, -1):
            run = queries[at : at + size]
            words = [part for part in run if isinstance(part, Word)]
            if len(words) == size and (found := _translated(words, lexicon)):
                yield found
                at += size
                break
        else:
            yield expand(queries[at], lexicon)
            at += 1


def _translated(words: Sequence[Word], lexicon: Lexicon) -> Query | None:
    found = lexicon.translations_of([word.text for word in words])
    forms = (phrase_form(phrase[:MAX_PHRASE]) for phrase in found)
    phrases = [Phrase(form) for form in forms if form]
    return disjunction((conjunction(words), *phrases)) if phrases else None
