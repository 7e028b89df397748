"""What somebody may have meant who found nothing: the same in another spelling, less of it, or a tag."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import Final

from bot.query import (
    After,
    And,
    Author,
    Before,
    Everything,
    Lexicon,
    Not,
    Nothing,
    Or,
    Phrase,
    Query,
    Tag,
    Word,
    asked_for,
    canonical,
    conjunction,
    nearest_tags,
    parts_of,
)
from bot.query.expansion import FILLERS
from bot.query.hangul import plain_letters
from bot.query.parse import MAX_PARTS
from bot.query.syntax import word_form
from bot.search.results import Suggestions

_PARTS: Final = 8
"""Parts of a query, of words and of others, that are looked for by themselves and left out."""
_MENTIONS: Final = 9
"""Texts of a query that tags are compared with: all of it, and its first words."""

Count = Callable[[Query], int]


def suggestions(
    query: Query,
    limit: int,
    *,
    lexicon: Lexicon,
    tags: Sequence[str],
    repair: Callable[[Query], Query],
    count: Count,
) -> Suggestions:
    """What to offer instead of a query, at most `limit` of each kind.

    `tags` are the slugs of the archive, `repair` mends words, `count` says how many papers a query finds. It is asked
    a few dozen times at most, whatever the query.
    """
    count = cache(count)
    query = asked_for(query, lexicon)
    rest = conjunction(islice(_with_hope(parts_of(query), count), MAX_PARTS))
    # Each word of an alternative is mended by itself, which is dear.
    better = repair(rest) if _alternatives(rest) <= _PARTS else rest
    spelling = better if rest == query != better and count(better) else None
    fewer = [] if spelling else _fewer(query, better, count)
    return Suggestions(
        spelling=_line(spelling) if spelling else None,
        tags=tuple(_near_tags(query, limit, tags, lexicon)),
        fewer=tuple(map(_line, fewer[:limit])),
    )


def _line(query: Query) -> str:
    return plain_letters(canonical(query))


def _with_hope(parts: Sequence[Query], count: Count) -> Iterator[Query]:
    """The parts without filters that alone find nothing, and with the words of phrases that do not. Words and names
    stay, for they may be mended."""
    looked = 0
    for part in parts:
        if isinstance(part, Word | Author | Not | And | Or | Everything | Nothing):
            yield part
            continue
        looked += 1
        if looked > _PARTS or count(part):
            yield part
        elif isinstance(part, Phrase):
            yield from _words_of(part)


def _words_of(phrase: Phrase) -> Iterator[Word]:
    return (Word(form) for text in phrase.text.split() if (form := word_form(text)))


def _fewer(query: Query, better: Query, count: Count) -> list[Query]:
    """Queries for less, best first: without what alone finds nothing and with the words of phrases; where that is not
    enough, without one part more."""
    parts = parts_of(better)
    kept: Sequence[Query] = [
        part for at, part in enumerate(parts) if at >= 2 * _PARTS or _is_small(part) or count(part)
    ]
    if len(kept) < len(parts):
        kept = _without_end(kept)
    words = chain.from_iterable(_words_of(part) if isinstance(part, Phrase) else (part,) for part in kept)
    whole = dict.fromkeys((conjunction(kept), conjunction(islice(words, MAX_PARTS))))
    # Who asks for a day without papers alone may want those before it; beside words a day says nothing.
    helps = _says_something if _says_something(query) else _has_dates
    if found := [each for each in whole if each != query and helps(each) and count(each)]:
        return found
    short = _shortened(kept)
    left_out = (at for at, part in enumerate(short) if not _is_small(part))
    said = [part for part in short if not _is_small(part)]
    less = dict.fromkeys(
        map(conjunction, (short, said, *(_without_end((*short[:at], *short[at + 1 :])) for at in left_out)))
    )
    # The fewer papers, the closer it still is to what was asked for.
    return sorted((each for each in less if each != query and helps(each) and count(each)), key=count)


def _shortened(parts: Sequence[Query]) -> Sequence[Query]:
    """The first words of a long query and what else it has."""
    words = _without_end([part for part in parts if isinstance(part, Word)][:_PARTS])
    others = [part for part in parts if not isinstance(part, Word)][:_PARTS]
    return parts if len(words) + len(others) == len(parts) else (*words, *others)


def _without_end(parts: Sequence[Query]) -> Sequence[Query]:
    """The parts without small words at the end, where what they belonged to is missing."""
    while parts and _is_small(parts[-1]):
        parts = parts[:-1]
    return parts


def _is_small(part: Query) -> bool:
    """Whether a part says nothing alone, as small words do and single letters (`T. Dao`)."""
    match part:
        case Word(text=text) | Author(name=text):
            return text in FILLERS or _is_letter(text)
        case _:
            return False


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text.isascii()


def _says_something(query: Query) -> bool:
    """Whether a query is about anything, as small words, dates and what is refused are not."""
    silent = Not | After | Before | Everything | Nothing
    return not all(_is_small(part) or isinstance(part, silent) for part in parts_of(query))


def _has_dates(query: Query) -> bool:
    return any(isinstance(part, After | Before) for part in parts_of(query))


def _alternatives(query: Query) -> int:
    """How many words, and whatever else, stand beside an `or`."""
    match query:
        case Or(queries=queries):
            return sum(max(len(parts_of(part)), _alternatives(part)) for part in queries)
        case And(queries=queries):
            return sum(map(_alternatives, queries))
        case _:
            return 0


def _near_tags(query: Query, limit: int, tags: Sequence[str], lexicon: Lexicon) -> list[str]:
    texts = (text for text in dict.fromkeys(_mentions(query)) if text not in FILLERS and not _is_letter(text))
    found = (nearest_tags(text, tags, lexicon, limit) for text in islice(texts, _MENTIONS))
    return list(dict.fromkeys(slug for slugs in found for slug in slugs))[:limit]


def _mentions(query: Query) -> list[str]:
    """The texts of a query that may be meant as tags: all words together, then each by itself."""
    match query:
        case Tag(slug=text) | Word(text=text):
            return [text]
        case And(queries=queries) | Or(queries=queries):
            each = [text for part in queries for text in _mentions(part)]
            return each if isinstance(query, Or) else [" ".join(each), *each] if each else []
        case _:
            return []
