"""What a query is like: what it asks for, what it only filters, and which of its words may belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import filterfalse, pairwise
from typing import Final, NamedTuple, assert_never

from bot.query import And, Author, Lexicon, Or, Phrase, Word, conjunction, parts_of
from bot.query import Query as Asked
from bot.query.expansion import FILLERS, as_written
from bot.query.plan import Adjacent, AllOf, AnyOf, At, Between, Named, NoneOf, Plan, Tagged, compile_query, name_items
from bot.query.syntax import name_form
from bot.query.terms import LOOSE, name_words
from bot.search.rows import Items

HANGUL: Final = re.compile("[가-힣]")
HANGUL_PAIR: Final = re.compile("~?[가-힣]{2}")
MOST_ROWS: Final = 12
MOST_WORDINGS: Final = 2
_MONTH: Final = timedelta(days=28)
_WEEKS: Final = timedelta(days=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeness:
    """What makes one paper with all the words of a query better than another.

    `rows` of terms are words side by side, `concepts` may all be in the title, `names` are those that an author may
    have, and `literal` are the words as written, where translations count as well; `fillers` say that somebody wrote
    small words, too.
    """

    rows: Sequence[Items] = ()
    concepts: Sequence[Plan] = ()
    names: Sequence[Items] = ()
    fillers: bool = False
    literal: Sequence[Plan] = ()


def closeness(query: Asked, plan: Plan) -> Closeness:
    """The closeness of a query's words, of their translations too."""
    parts = parts_of(query)
    words = [compile_query(part) if isinstance(part, Word | Phrase) else None for part in parts]
    rows = dict.fromkeys(_pairs(words))
    rows |= dict.fromkeys(_pairs(plan.plans) if isinstance(plan, AllOf) else ())
    concepts, _ = concepts_and_filters(plan)
    named = name_rows(query)
    written = _written(parts)
    return Closeness(
        literal=written if len(written) > 1 and {*written} != {*concepts} else (),
        rows=list(rows)[:MOST_ROWS],
        concepts=concepts if len(concepts) <= MOST_ROWS else (),
        names=named,
        fillers=any(isinstance(part, Word) and part.text.isascii() and part.text in FILLERS for part in parts),
    )


def _written(parts: Sequence[Asked]) -> list[Plan]:
    """The words as they are written, fillers aside; `피드 백` may be `피드백` too."""
    words = [part for part in parts if not (isinstance(part, Word) and part.text in FILLERS)]
    return [compile_query(part) for part in as_written(words) if isinstance(part, Word | Phrase | Or)]


_NAME_PART: Final = re.compile(r"[^\W\d_]+(?:\.?[-'’][^\W\d_]+)*\.?")
_INITIAL: Final = re.compile(r"[a-z](?:\.?-[a-z])*", re.IGNORECASE)


def name_rows(query: Asked) -> list[Items]:
    """The rows of an author's name where a query may be nothing but one: two or three words, initials among them."""
    parts = query.queries if isinstance(query, And) else ()
    return [row for name in _names(parts) if (row := name_items(name_words(name)))]


def _names(parts: Sequence[Asked]) -> list[str]:
    texts = [part.text for part in parts if isinstance(part, Word)]
    if not 2 <= len(texts) <= 3 or len(texts) != len(parts):
        return []
    if not all(_NAME_PART.fullmatch(text) and not HANGUL.search(text) for text in texts):
        return []
    orders = (texts, texts[::-1]) if len(texts) == 2 else (texts, [*texts[1:], texts[0]], [texts[-1], *texts[:-1]])
    return [" ".join(order) for order in orders]


def has_initial(query: Asked) -> bool:
    """Whether a word of a query is a single Latin letter, or several with hyphens (`M.-W.`)."""
    return any(map(is_initial, query.queries if isinstance(query, And) else ()))


def surnames(query: Asked) -> list[str]:
    """The other words of a query that may be nothing but a name with initials."""
    parts = query.queries if isinstance(query, And) else ()
    return [part.text for part in parts if _is_surname(part) and isinstance(part, Word)] if _is_name(parts) else []


def _is_name(parts: Sequence[Asked]) -> bool:
    return any(map(is_initial, parts)) and all(map(_is_surname, filterfalse(is_initial, parts))) and bool(_names(parts))


def is_initial(part: Asked) -> bool:
    """Whether a part of a query is one of them."""
    return isinstance(part, Word) and _INITIAL.fullmatch(part.text) is not None


_SMALL_LETTERS: Final = frozenset(Word(text) for text in FILLERS if len(text) == 1 and text.isascii())


def _is_surname(part: Asked) -> bool:
    return isinstance(part, Word) and len(part.text) > 1 and part.text not in FILLERS


class Authored(NamedTuple):
    """So many words of a query as an author, and the query with that author instead."""

    size: int
    author: Author
    query: Asked


def authored(query: Asked) -> Iterator[Authored]:
    """An initial and the names beside it as an author (`T. Dao attention`), in every way, those of most words first."""
    parts = query.queries if isinstance(query, And) else ()
    for size in (3, 2):
        for at in range(len(parts) - size + 1):
            row = parts[at : at + size]
            # `S. An` may be a name, and `A. Dao`; in a longer query the small words are none.
            surname = any(map(_is_surname, row)) or (len(parts) == len(row) == 2 and not all(map(is_initial, row)))
            small = () if len(row) == len(parts) else _SMALL_LETTERS
            if not surname or not any(is_initial(part) and part not in small for part in row):
                continue
            for name in _names(row):
                author = Author(name_form(name))
                yield Authored(size, author, conjunction((*parts[:at], author, *parts[at + size :])))


_AND_OTHERS: Final = (("et", "al"), ("etal",), ("등의",), ("등",), ("외",))


class Cited(NamedTuple):
    """An author of whom a query says `et al.`, and the query with that author instead; `sure` unless it says `등`,
    which may also mean other things of the kind."""

    author: Author
    query: Asked
    sure: bool


def cited(query: Asked) -> Cited | None:
    """A name with others behind it, as papers cite each other (`Dao et al. 2022`, `T. Dao et al.`, `Vaswani 등`)."""
    parts = query.queries if isinstance(query, And) else ()
    texts = [part.text if isinstance(part, Word) else "" for part in parts]
    for row in _AND_OTHERS:
        for at in range(1, len(texts) - len(row) + 1):
            if tuple(texts[at : at + len(row)]) == row and (name := _name_before(parts, at)):
                rest = (*parts[: at - len(name)], *parts[at + len(row) :])
                author = Author(name_form(" ".join(sorted(name, key=len))))
                return Cited(author, conjunction((author, *rest)), sure=row[0].isascii())
    return None


def _name_before(parts: Sequence[Asked], at: int) -> list[str]:
    """The surname that ends before a place, and the initials beside it."""
    texts: list[str] = []
    for part in reversed(parts[:at]):
        surname = _is_surname(part) and not any(len(text) > 1 for text in texts)
        if not (isinstance(part, Word) and _NAME_PART.fullmatch(part.text) and (surname or is_initial(part))):
            break
        texts.insert(0, part.text)
    named = any(len(text) > 1 for text in texts) and not HANGUL.search("".join(texts))
    return texts if named else []


def as_sentence(query: Asked, lexicon: Lexicon) -> Asked:
    """All the words of alternatives of which one has several, for the `or` of a title or a sentence; any other query as
    it is, that of one known topic or another too."""
    if not isinstance(query, Or):
        return query
    rows = [part.queries if isinstance(part, And) else (part,) for part in query.queries]
    words = [word for row in rows for word in row]
    if max(map(len, rows)) == 1 or not all(isinstance(word, Word) for word in words):
        return query
    texts = [[word.text for word in row if isinstance(word, Word)] for row in rows]
    topics = all(lexicon.related_to(each) or lexicon.translations_of(each) for each in texts)
    return query if topics else conjunction(words)


def _pairs(plans: Sequence[Plan | None]) -> list[Items]:
    """The rows of terms of every two words that stand side by side."""
    found: list[Items] = []
    for left, right in pairwise(plans):
        firsts, seconds = _first_rows(left), _first_rows(right)
        for first in firsts:
            shift = _width(first)
            found += ((*first.items, *((offset + shift, term) for offset, term in second.items)) for second in seconds)
    return found


def _first_rows(plan: Plan | None) -> list[Adjacent]:
    match plan:
        case Adjacent():
            return [plan]
        case AnyOf(plans=plans):
            return [row for part in plans for row in _first_rows(part)[:1]][:MOST_WORDINGS]
        case _:
            return []


def _width(row: Adjacent) -> int:
    """The positions that a row takes: a pair of syllables is two wide."""
    offset, term = row.items[-1]
    return offset + (2 if HANGUL_PAIR.fullmatch(term) else 1)


def is_year(plan: Plan) -> bool:
    """Whether a plan is what a number like `2024` asks for, a month or a day."""
    match plan:
        case AnyOf(plans=(_, AllOf(plans=(Between(), Between())))):
            return True
        case _:
            return False


def weeks_around(plan: Plan) -> Plan | None:
    """The papers of the weeks around a day, or several in a row, that `is_year` asks for; None for a longer time."""
    match plan:
        case AnyOf(plans=(_, AllOf(plans=(Between(first=date() as first), Between(end=date() as end))))):
            if end - first < _MONTH:
                return AllOf((Between(first=first - _WEEKS), Between(end=end + _WEEKS)))
    return None


def is_filter(plan: Plan) -> bool:
    """Whether a plan says which papers may be found, and nothing about which of them are better."""
    match plan:
        case Tagged() | Between() | Named() | NoneOf():
            return True
        case AnyOf() if is_year(plan):
            return True
        case AllOf(plans=plans) | AnyOf(plans=plans):
            return all(map(is_filter, plans))
        case Adjacent() | At():
            return False
        case _:
            assert_never(plan)


def is_syllables(plan: Plan) -> bool:
    """Whether a plan is a word of several pairs of syllables, some of which may be found without the others."""
    return isinstance(plan, Adjacent) and len(plan.items) > 1 and all(term[0] == LOOSE for _, term in plan.items)


def is_letter(plan: Plan) -> bool:
    """Whether a plan is a single Latin letter."""
    return isinstance(plan, Adjacent) and len(plan.items) == 1 and _INITIAL.fullmatch(plan.items[0][1]) is not None


def concepts_and_filters(plan: Plan) -> tuple[list[Plan], list[Plan]]:
    """What a plan asks for: the concepts, of which a fallback may do without some, and the filters, which it keeps."""
    parts = plan.plans if isinstance(plan, AllOf) else (plan,)
    concepts: list[Plan] = []
    filters: list[Plan] = []
    for part in parts:
        if isinstance(part, AllOf):
            inner, more = concepts_and_filters(part)
            concepts += inner
            filters += more
        else:
            (filters if is_filter(part) or isinstance(part, At) else concepts).append(part)
    return concepts, filters


def is_hangul(plan: Plan) -> bool:
    match plan:
        case Adjacent(items=items):
            return all(HANGUL.search(term) for _, term in items)
        case AllOf(plans=plans) | AnyOf(plans=plans):
            return any(map(is_hangul, plans))
        case _:
            return False
