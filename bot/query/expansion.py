"""A query with translations beside its words, and without the words that say nothing: before it is decided."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from bot.query.dates import dated, undated
from bot.query.endings import is_ending, without_ending
from bot.query.hangul import TAILS, is_syllable, parts
from bot.query.lexicon import Lexicon
from bot.query.plain_words import meaning
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
    parts_of,
    phrase_form,
    word_form,
)

_SYLLABLES: Final = re.compile("[가-힣]+")
_INFLECTED: Final = re.compile("[는한된운함적게]$")
LONGEST_MATCH: Final = 6
"""Words side by side that the dictionary is asked about together, fillers aside."""
LONGEST_NAME: Final = 5
"""The same where fillers are among them (`reinforcement learning from human feedback`)."""
_LONGEST_CALLED: Final = 4
"""Words that a paper may be called by."""
_MOST_SIDES: Final = 8
"""Sides of an `or` that are read one by one, each with the filters beside it."""

_FILLERS: Final = """
a an the of in on for to and is are was were be been with that this these those by from as at it its into via than then
can could should would must has have had we our you your they their there which who what when how why if but such any
do does did using vs versus about between not or et al
what's who's how's where's that's it's there's
및 등 등의 들 을 를 관련 관련된 의하면 따라 따라서 따르면 따른 그리고 논문 논문들
왜 어떻게 얼마나 어떤 무엇 무엇이 무엇을 이거 그거 저거 말고 지난 더 덜 또 꼭 딱 것 거 게 때 뿐
"""
_RELATING: Final = "대 위 관 의 통 인 비 관련"
_RELATED: Final = "한 해 해서 해서는 해선 해서도 하여 하여서 하여서는 하여는 하여도"
FILLERS: Final = frozenset(
    (*_FILLERS.split(), *(verb + ending for verb in _RELATING.split() for ending in _RELATED.split()))
)
"""Words that say nothing about a paper; they are passed over where a query has others."""


def expand(query: Query, lexicon: Lexicon, *, plain: bool = False) -> Query:
    """The query with translations beside its words, and without filler words where others remain; a name of a paper
    with the title beside it. With `plain` words, what these mean stands beside them, too."""
    if len(either := sides(query)) > 1:
        return disjunction(expand(side, lexicon, plain=plain) for side in either)
    name = said_alone(query)
    titles = lexicon.papers_called([part.text for part in name]) if 0 < len(name) <= _LONGEST_CALLED else ()
    if not titles:
        return _with_translations(query, lexicon, plain)
    beside = [part for part in parts_of(query) if part not in name]
    called = disjunction((_with_translations(conjunction(name), lexicon, plain), *_phrases(titles)))
    return conjunction((called, *_expanded(beside, lexicon, plain)))


def sides(query: Query) -> Sequence[Query]:
    """What each side of an `or` asks for, with the filters beside it; the query itself where it has no such sides."""
    asked = parts_of(query)
    either = [part for part in asked if isinstance(part, Or)]
    said = any(isinstance(part, Word | Phrase) for part in undated(asked))
    if said or len(either) != 1 or len(either[0].queries) > _MOST_SIDES:
        return (query,)
    beside = [part for part in asked if part is not either[0]]
    return [conjunction((side, *beside)) for side in either[0].queries]


def said_alone(query: Query) -> Sequence[Word | Phrase]:
    """The words and phrases of a query that has nothing but filters beside them; none where there are other words."""
    said = [part for part in undated(parts_of(query)) if isinstance(part, Word | Phrase | Or)]
    found = [part for part in said if isinstance(part, Word | Phrase)]
    return found if len(found) == len(said) else ()


def _with_translations(query: Query, lexicon: Lexicon, plain: bool) -> Query:
    match query:
        case Word():
            return dated((query,), 0)[0] or _translated((query,), lexicon) or (_meant(query) if plain else query)
        case And(queries=queries):
            return conjunction(_expanded(queries, lexicon, plain))
        case Or(queries=queries):
            return disjunction(_with_translations(part, lexicon, plain) for part in queries)
        case Not(query=inner):
            return negation(expand(inner, lexicon, plain=plain))
        case _:
            return query


def _without_fillers(queries: Sequence[Query]) -> Sequence[Query]:
    kept = [q for q in queries if not (isinstance(q, Word) and q.text in FILLERS)]
    return kept if any(not isinstance(q, Not) for q in kept) else queries


def _expanded(queries: Sequence[Query], lexicon: Lexicon, plain: bool) -> Iterable[Query]:
    fillers = FILLERS if len(_without_fillers(queries)) < len(queries) else frozenset()
    at = 0
    while at < len(queries):
        first = queries[at]
        when, end = dated(queries, at)
        if when is not None:
            yield when
            at = end
            continue
        # Most words begin nothing that the lexicon knows, and every row is asked for by itself.
        new = isinstance(first, Word) and not lexicon.begins(first.text)
        for words, end in () if new else _likely_at(queries, at, fillers, lexicon):
            if found := _translated(words, lexicon):
                yield found
                at = end
                break
        else:
            if not _is_one(first, fillers):
                place = _next(queries, at, fillers)
                pair = (first, *queries[place : place + 1])
                if not any(_is_known(each, lexicon, plain) for each in pair) and (whole := cut_off(pair)):
                    yield whole
                    at = place
                else:
                    yield (_meant(first) if plain else first) if new else _with_translations(first, lexicon, plain)
            at += 1


_Row = tuple[Sequence[Word], int]
"""Words side by side, and the place behind them."""


def _likely_at(queries: Sequence[Query], at: int, fillers: frozenset[str], lexicon: Lexicon) -> Iterator[_Row]:
    """The rows whose first two words begin something that the lexicon knows, those with a filler in them first."""
    first = queries[at]
    if not isinstance(first, Word):
        return
    second, beside = (
        queries[place] if place < len(queries) else None for place in (_next(queries, at, fillers), at + 1)
    )
    begun = isinstance(second, Word) and lexicon.begins(first.text, second.text)
    named = begun if second is beside else isinstance(beside, Word) and lexicon.begins(first.text, beside.text)
    if fillers and named:
        yield from _names_at(queries, at, fillers)
    if begun:
        yield from _rows_at(queries, at, fillers)
    elif first.text not in fillers:
        yield [first], at + 1


def _names_at(queries: Sequence[Query], at: int, fillers: frozenset[str]) -> Iterator[_Row]:
    """The rows with a filler in them, longest first: `in context learning` is the name of one thing."""
    for size in range(min(LONGEST_NAME, len(queries) - at), 1, -1):
        words = [part for part in queries[at : at + size] if isinstance(part, Word)]
        if len(words) == size and any(word.text in fillers for word in words):
            yield words, at + size


def _rows_at(queries: Sequence[Query], at: int, fillers: frozenset[str]) -> Iterator[_Row]:
    """The rows that fillers are left out of, longest first."""
    words: list[Word] = []
    ends: list[int] = []
    for place in range(at, len(queries)):
        part = queries[place]
        if not isinstance(part, Word) or len(words) == LONGEST_MATCH or (part.text in fillers and not words):
            break
        if part.text not in fillers:
            words.append(part)
            ends.append(place + 1)
    for size in range(len(words), 0, -1):
        yield words[:size], ends[size - 1]


def _next(queries: Sequence[Query], at: int, fillers: Container[str]) -> int:
    """The place of the next part that is no filler."""
    at += 1
    while at < len(queries) and _is_one(queries[at], fillers):
        at += 1
    return at


def _is_one(part: Query, fillers: Container[str]) -> bool:
    return isinstance(part, Word) and part.text in fillers


def cut_off(pair: Sequence[Query]) -> Query | None:
    """`피드 백`, or it as one word: a syllable alone is most often one that a space has cut off."""
    texts = [part.text for part in pair if isinstance(part, Word)]
    if len(texts) != 2 or min(map(len, texts)) > 1 or not all(map(_SYLLABLES.fullmatch, texts)):
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
    return _translation(tuple(words), lexicon, lexicon.glossary.version)


@lru_cache(maxsize=1 << 12)
def _translation(words: tuple[Word, ...], lexicon: Lexicon, _: int) -> Query | None:
    phrases = _phrases(lexicon.translations_of([word.text for word in words]))
    if not phrases:
        return None
    written = as_written([_whole(word, lexicon) for word in _without_fillers(words)])
    return disjunction((conjunction(written), *phrases))


def _is_known(word: Query, lexicon: Lexicon, plain: bool) -> bool:
    return isinstance(word, Word) and bool(lexicon.translations_of((word.text,)) or (plain and meaning(word.text)))


def _meant(word: Query) -> Query:
    meant = meaning(word.text) if isinstance(word, Word) else ()
    return disjunction((word, *_phrases(meant))) if meant else word


def _phrases(texts: Iterable[str]) -> list[Phrase]:
    forms = (phrase_form(text[:MAX_PHRASE]) for text in texts)
    return [Phrase(form) for form in forms if form and not _begins_others(form)]


def _begins_others(form: str) -> bool:
    """Whether a form is a single syllable, with which too many words begin: `table` is `표`, but no `표현`. Those of
    adjectives (`큰`, `긴`) are hardly anything else."""
    return len(form) == 1 and is_syllable(form) and TAILS[parts(form)[2]] != "ㄴ"


def _whole(word: Query, lexicon: Lexicon) -> Query:
    """A word that only seems to have an ending (`스케일`), as the dictionary has it: cut, it would find `스케줄`.
    Verbs and adjectives (`중요한`) are cut all the same."""
    if not isinstance(word, Word) or (bare := without_ending(word.text)) == word.text:
        return word
    for size in range(len(word.text), len(bare), -1):
        known = word.text[:size]
        if known in lexicon.glossary.words and (size == len(word.text) or is_ending(word.text[size:])):
            return word if _INFLECTED.search(known) else Phrase(known)
    return word
