"""What a query means for one paper. The index translates the same plan, so the two decide alike.

A query is expanded (translations, no filler words), then compiled to a `Plan` whose leaves speak of terms and
positions only. `holds` decides a plan for a `Document`, the terms of one paper; `bot.search` turns the very same plan
into an index query over the very same documents.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, assert_never

from bot.model import Paper
from bot.query.amounts import amount
from bot.query.asking import asked_for
from bot.query.document import Document, document
from bot.query.endings import is_ending, without_ending
from bot.query.expansion import expand
from bot.query.lexicon import Lexicon
from bot.query.stems import stem
from bot.query.syntax import (
    After,
    And,
    Author,
    Before,
    Everything,
    Not,
    Nothing,
    Or,
    Phrase,
    Query,
    Source,
    Tag,
    Word,
)
from bot.query.terms import (
    LOOSE,
    SIMPLE,
    SIMPLE_ROW,
    WHOLE,
    Token,
    joined_term,
    name_words,
    piece_terms,
    pieces,
    units,
)

# --- the query's side ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adjacent:
    """Terms at offsets from each other, all in one value of one text field. The first offset is 0."""

    items: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The same among the authors' names."""

    items: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag, by its slug."""

    slug: str


@dataclass(frozen=True, slots=True)
class At:
    """An address, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Between:
    """Days from `first` on and before `end`, either of them open."""

    first: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these; with none of them, every paper."""

    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any of these; with none of them, no paper."""

    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Everything but this."""

    plan: Plan


Plan = Adjacent | Named | Tagged | At | Between | AllOf | AnyOf | NoneOf


def matches(query: Query, paper: Paper, lexicon: Lexicon) -> bool:
    """Whether a paper is one that the query asks for: decides a subscription exactly as the index decides a search."""
    return holds(plan(query, lexicon), document(paper, lexicon))


def plan(query: Query, lexicon: Lexicon) -> Plan:
    """What a query asks for, in terms."""
    return _plan(asked_for(query, lexicon), lexicon, lexicon.glossary.version, plain=True)


def same(query: Query, other: Query, lexicon: Lexicon) -> bool:
    """Whether two queries ask for the same, in whatever order and with whatever words they do (`a or b`, `b or a`)."""
    return _unordered(plan(query, lexicon)) == _unordered(plan(other, lexicon))


def _unordered(plan: Plan) -> Hashable:
    match plan:
        case AllOf(plans) | AnyOf(plans):
            return type(plan), frozenset(map(_unordered, plans))
        case NoneOf(inner):
            return NoneOf, _unordered(inner)
        case _:
            return plan


def plan_of_asked(query: Query, lexicon: Lexicon) -> Plan:
    """The same for a query without words that only ask, of which plain ones stand for themselves."""
    return _plan(query, lexicon, lexicon.glossary.version, plain=False)


@lru_cache(maxsize=1 << 12)
def _plan(query: Query, lexicon: Lexicon, _: int, *, plain: bool) -> Plan:
    return compile_query(expand(query, lexicon, plain=plain))


def compile_query(query: Query) -> Plan:
    """An expanded query as a plan."""
    match query:
        case Everything():
            return AllOf()
        case Nothing():
            return AnyOf()
        case Word(text=text):
            return _word(text)
        case Phrase(text=text):
            return _phrase(text)
        case Tag(slug=slug):
            return Tagged(slug)
        case Author(name=name):
            return _author(name)
        case Source(key=key):
            return At(key)
        case After(day=day):
            return Between(first=day)
        case Before(day=day):
            return Between(end=day)
        case Not(query=inner):
            return NoneOf(compile_query(inner))
        case And(queries=queries):
            return AllOf(tuple(compile_query(part) for part in queries))
        case Or(queries=queries):
            # `reward modeling` and `reward model` are one row of stems.
            return AnyOf(tuple(dict.fromkeys(map(compile_query, queries))))
        case _:
            assert_never(query)


@lru_cache(maxsize=1 << 12)
def _word(text: str) -> Plan:
    if SIMPLE.fullmatch(text):
        return Adjacent(((0, stem(text.lower())),))
    if counted := amount((text,)):
        return _phrase(counted.text)
    runs = list(units(text))
    plans: list[Plan] = []
    for place, (run, _, syllabic) in enumerate(runs):
        if not syllabic:
            plans.append(_compound(run))
        elif place == 0 or not is_ending(run):
            plans.append(_syllables(without_ending(run)))
    plans = list(dict.fromkeys(plans))
    return plans[0] if len(plans) == 1 else AllOf(tuple(plans))


def _syllables(run: str, *, spaced: bool = False) -> Adjacent:
    """A row of syllables; `spaced` where there may be a space in it, as only loose pairs bridge one."""
    if len(run) == 1 or (len(run) == 2 and not spaced):
        return Adjacent(((0, run),))
    return Adjacent(tuple((at, LOOSE + run[at : at + 2]) for at in range(len(run) - 1)))


def _compound(run: str) -> Plan:
    parts = pieces(run)
    if len(parts) > 1:
        apart = Adjacent(tuple(enumerate(piece_terms(part)[0] for part in parts)))
        return AnyOf((Adjacent(((0, joined_term(run)),)), apart))
    whole, *split = piece_terms(run)
    # `LLaMA3` is `llama 3` as well, though its capitals make other pieces of it.
    _, *plain = piece_terms(run.lower()) if len(split) > 2 else ("",)
    rows = [row for row in dict.fromkeys((tuple(split), tuple(plain))) if len(row) > 1]
    alone = Adjacent(((0, whole),))
    return AnyOf((alone, *(Adjacent(tuple(enumerate(row))) for row in rows))) if rows else alone


_SYLLABLE_ROW: Final = re.compile("[가-힣]+(?: [가-힣]+)*")


@lru_cache(maxsize=1 << 13)
def _phrase(text: str) -> Plan:
    if SIMPLE_ROW.fullmatch(text):
        return Adjacent(tuple(enumerate([stem(word) for word in text.lower().split(" ")])))
    if _SYLLABLE_ROW.fullmatch(text):
        if len(text) == 2:
            return Adjacent(((0, WHOLE + text),))
        return _syllables(text.replace(" ", ""), spaced=" " in text)
    runs = list(units(text))
    if len(runs) == 1:
        run, _, syllabic = runs[0]
        return _syllables(run) if syllabic else _compound(run)
    items: list[tuple[int, str]] = []
    position = 0
    for row in _rows(text):
        if row.syllabic:
            items += ((position + at, term) for at, term in _syllables(row.text, spaced=row.spaced).items)
            position += len(row.text)
        else:
            for part in pieces(row.text):
                items.append((position, piece_terms(part)[0]))
                position += 1
    return Adjacent(tuple(items))


def rows_of(phrase: str) -> list[Adjacent]:
    """The rows of terms as which a phrase may stand in a text."""
    plan = _phrase(phrase)
    return [way for way in (plan.plans if isinstance(plan, AnyOf) else (plan,)) if isinstance(way, Adjacent)]


@dataclass(slots=True)
class _Row:
    text: str
    syllabic: bool
    spaced: bool = False


def _rows(text: str) -> list[_Row]:
    """The runs of a phrase; rows of syllables with only space between them are one, as in the index."""
    rows: list[_Row] = []
    end = 0
    for run, start, syllabic in units(text):
        if syllabic and rows and rows[-1].syllabic and text[end:start].isspace():
            rows[-1].text += run
            rows[-1].spaced = True
        else:
            rows.append(_Row(run, syllabic))
        end = start + len(run)
    return rows


def _author(name: str) -> Plan:
    return Named(name_items(name_words(name)))


def name_items(words: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """The terms of a name's words at their offsets; an initial inside the name takes no position."""
    position = -1
    items: list[tuple[int, str]] = []
    for word in words:
        if position < 0 or len(word) > 1:
            position += 1
        term = word[:64] if len(word) > 1 else word + "."
        items.append((position, term))
    return tuple(dict.fromkeys(items))


# --- both together ------------------------------------------------------------------------------------------


def holds(plan: Plan, document: Document) -> bool:
    """Whether a paper's document is what a plan asks for."""
    match plan:
        case Adjacent(items=items):
            return any(_occur(items, found) for found in _places(document)[0])
        case Named(items=items):
            return _occur(items, _places(document)[1])
        case Tagged(slug=slug):
            return slug in document.tags
        case At(key=key):
            return key in document.sources
        case Between(first=first, end=end):
            return (first is None or first <= document.day) and (end is None or document.day < end)
        case AllOf(plans=plans):
            return all(holds(part, document) for part in plans)
        case AnyOf(plans=plans):
            return any(holds(part, document) for part in plans)
        case NoneOf(plan=inner):
            return not holds(inner, document)
        case _:
            assert_never(plan)


_Places = Mapping[str, frozenset[int]]


@lru_cache(maxsize=64)
def _places(document: Document) -> tuple[tuple[_Places, ...], _Places]:
    """Where each term stands, field by field and among the names."""

    def placed(tokens: Iterable[Token]) -> _Places:
        found: defaultdict[str, set[int]] = defaultdict(set)
        for term, position in tokens:
            found[term].add(position)
        return {term: frozenset(positions) for term, positions in found.items()}

    return tuple(map(placed, document.fields.values())), placed(document.names)


def _occur(items: tuple[tuple[int, str], ...], places: _Places) -> bool:
    """Whether the terms stand at their offsets from each other somewhere."""
    starts: frozenset[int] | None = None
    for offset, term in items:
        found = places.get(term)
        if found is None:
            return False
        shifted = frozenset(at - offset for at in found) if offset else found
        starts = shifted if starts is None else starts & shifted
        if not starts:
            return False
    return True
