"""A query with translations beside its words, and without the words that say nothing: before it is decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
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
    word_form,
)
from bot.query.terms import units

_SYLLABLES: Final = re.compile("[가-힣]+")
LONGEST_MATCH: Final = 4
"""Words side by side that the dictionary is asked about together."""

_FILLERS: Final = """
a an the of in on for to and is are was were be been with that this these those by from as at it its into via than then
can we our their which who what when how why do does did using vs versus about between not or
및 등 등의 들 을 를 대한 대해 위한 위해 관한 관련 관련된 통한 통해 그리고 논문 논문들
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
            if whole := cut_off(queries[at : at + 2]):
                yield whole
                at += 2
                continue
            yield expand(queries[at], lexicon)
            at += 1


def cut_off(pair: Sequence[Query]) -> Query | None:
    """`피드 백`, or it as one word: a syllable alone is most often one that a space has cut off."""
    texts = [part.text for part in pair if isinstance(part, Word) and _SYLLABLES.fullmatch(part.text)]
    if len(texts) != 2 or min(map(len, texts)) > 1:
        return None
    form = word_form("".join(texts))
    return disjunction((conjunction(pair), Word(form))) if form else None


def as_written(queries: Sequence[Query]) -> Iterator[Query]:
    """The parts of a query without translations, words that a space has cut apart together."""
    at = 0
    while at < len(queries):
        whole = cut_off(queries[at : at + 2])
        yield whole or queries[at]
        at += 2 if whole else 1


def _translated(words: Sequence[Word], lexicon: Lexicon) -> Query | None:
    found = lexicon.translations_of([word.text for word in words])
    if not found and len(words) == 1:
        found = _beginning_translated(words[0].text, lexicon)
    forms = (phrase_form(phrase[:MAX_PHRASE]) for phrase in found)
    phrases = [Phrase(form) for form in forms if form]
    if not phrases:
        return None
    return disjunction((conjunction(as_written(words)), *phrases))


def _beginning_translated(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """`라마3` by what `라마` means: a Korean word with letters of another kind after it."""
    runs = list(units(word))
    if len(runs) < 2 or not runs[0].syllabic or runs[1].syllabic:
        return ()
    rest = word[runs[1].start :]
    return tuple(f"{each} {rest}" for each in lexicon.translations_of((runs[0].text,)))
