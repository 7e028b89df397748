"""A query as a tree: closed, frozen, always in normal form, and printable.

The constructors refuse what `parse` could not have made, so `parse(canonical(query)) == query` holds for every tree
within the parser's limits. Build trees with `conjunction`, `disjunction` and `negation`, which normalise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, assert_never

from bot.query.keys import plain_slug
from bot.query.sources import source_key
from bot.query.terms import SIMPLE, name_words, normal, terms

MAX_WORD: Final = 64
MAX_PHRASE: Final = 200

REFUSING_BEHIND: Final = frozenset(("말고", "말고는", "빼고", "빼고는", "제외", "제외하고", "제외하고는", "제외한"))
"""Words behind what is not wanted."""
REFUSING_AHEAD: Final = (("except",), ("except", "for"), ("excluding",), ("other", "than"), ("but", "not"))
"""Words ahead of it."""
OR_WORDS: Final = frozenset({"or", "|", "||", "또는", "혹은"})
_BREAKS: Final = re.compile(r"[\s()\"|]")
_PLAIN: Final = re.compile(f"{SIMPLE.pattern}|[가-힣]+")
"""Words that need no look at their terms: most of them."""
_PLAIN_PHRASE: Final = re.compile("(?:[A-Za-z]+|[가-힣]+)(?: (?:[A-Za-z]+|[가-힣]+))*")
_EDGES: Final = re.compile(r"^[\W_]+|[\W_]+$")
_SPACES: Final = re.compile(r"\s+")
_MARKS: Final = re.compile('["`]')
QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟″«»「」『』", '"'))


@lru_cache(maxsize=1 << 13)
def word_form(text: str) -> str:
    """A word as the tree holds it: no punctuation around it, no case where case means nothing, "" if no word."""
    if _PLAIN.fullmatch(text) and len(text) <= MAX_WORD and (lower := text.lower()) not in OR_WORDS:
        return lower
    previous = None
    while text != previous:
        previous = text
        text = _EDGES.sub("", normal(text.translate(QUOTES)))[:MAX_WORD]
        lower = normal(text.casefold())
        if lower != text and terms(lower) == terms(text):
            text = lower
    if not terms(text) or _BREAKS.search(text) or text.casefold() in OR_WORDS or _KEY.match(text) or source_key(text):
        return ""
    return "" if text in UPPER_OPERATORS else text


def is_word(text: str) -> bool:
    """Whether a text can stand in the tree as a word."""
    return text != "" and word_form(text) == text


@lru_cache(maxsize=1 << 13)
def phrase_form(text: str) -> str:
    """A phrase as the tree holds it: NFKC, single spaces, no quotation marks or backticks; "" where it has no terms."""
    if len(text) <= MAX_PHRASE and _PLAIN_PHRASE.fullmatch(text):
        return text
    previous = None
    while text != previous:
        previous = text
        text = _SPACES.sub(" ", _MARKS.sub(" ", normal(text.translate(QUOTES)))).strip()[:MAX_PHRASE].strip()
    return text if terms(text) else ""


def name_form(text: str) -> str:
    """An author as the tree holds it: folded words with single spaces, "" where there are none."""
    return " ".join(name_words(" ".join(name_words(text))[:MAX_PHRASE]))


UPPER_OPERATORS: Final = frozenset({"AND", "NOT"})
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""Years that a filter may name; a number beside them (`2402`) is a month as arXiv writes it, or none."""
KEYS: Final = {
    "tag": "tag", "tags": "tag", "태그": "tag",
    "author": "author", "authors": "author", "by": "author", "저자": "author",
    "after": "after", "since": "after", "이후": "after",
    "before": "before", "이전": "before",
    "year": "year", "연도": "year",
    "date": "date", "날짜": "date",
}  # fmt: skip
_IN_SENTENCES: Final = frozenset(("tags", "authors", "by", "date", "날짜"))
_ANYWHERE: Final = "|".join(key for key in KEYS if key not in _IN_SENTENCES)
KEY: Final = (
    rf'(?:(?:{_ANYWHERE}):|(?:{"|".join(sorted(_IN_SENTENCES))}):(?=["(]?\w)'
    r"|(?:date|날짜):(?=[ ]{1,3}\d{4})|^(?:tags|authors|by):)"
)
"""What begins a filter. Sentences have some of them too (`inspired by: …`): a space may stand behind their colon at the
beginning of the line alone, or before a year."""
_KEY: Final = re.compile(KEY, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Everything:
    """`*`: every paper."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """What is left when a line holds nothing to look for; no paper."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, in any form of it; Korean endings do not matter."""

    text: str

    def __post_init__(self) -> None:
        _require(self.text != "" and word_form(self.text) == self.text, self)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other, exactly so."""

    text: str

    def __post_init__(self) -> None:
        _require(self.text != "" and phrase_form(self.text) == self.text, self)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in its canonical form."""

    slug: str

    def __post_init__(self) -> None:
        _require(self.slug != "" and plain_slug(self.slug) == self.slug, self)


@dataclass(frozen=True, slots=True)
class Author:
    """Words of one author's name, in order."""

    name: str

    def __post_init__(self) -> None:
        _require(self.name != "" and name_form(self.name) == self.name, self)


@dataclass(frozen=True, slots=True)
class Source:
    """A paper's address: its own, or one that it links to."""

    key: str

    def __post_init__(self) -> None:
        _require(source_key(self.key) == self.key, self)


@dataclass(frozen=True, slots=True)
class After:
    """From this day on."""

    day: date

    def __post_init__(self) -> None:
        _require(FIRST_YEAR <= self.day.year <= LAST_YEAR, self)


@dataclass(frozen=True, slots=True)
class Before:
    """Up to the day before this one."""

    day: date

    def __post_init__(self) -> None:
        _require(FIRST_YEAR <= self.day.year <= LAST_YEAR, self)


@dataclass(frozen=True, slots=True)
class Not:
    """Papers that the inner query does not find."""

    query: Word | Phrase | Tag | Author | Source | After | Before | Everything | And | Or

    def __post_init__(self) -> None:
        _require(not isinstance(self.query, Not | Nothing), self)


@dataclass(frozen=True, slots=True)
class And:
    """Papers that all of these find."""

    queries: tuple[Query, ...]

    def __post_init__(self) -> None:
        _require(len(self.queries) > 1 and _once(self.queries) == [*self.queries], self)
        _require(not any(isinstance(query, And | Nothing | Everything) for query in self.queries), self)


@dataclass(frozen=True, slots=True)
class Or:
    """Papers that any of these finds."""

    queries: tuple[Query, ...]

    def __post_init__(self) -> None:
        _require(len(self.queries) > 1 and len(set(self.queries)) == len(self.queries), self)
        _require(not any(isinstance(query, Or | Nothing) for query in self.queries), self)


Query = Everything | Nothing | Word | Phrase | Tag | Author | Source | After | Before | Not | And | Or


def parts_of(query: Query) -> Sequence[Query]:
    """What a query asks for together: any other query than these is its one part."""
    return query.queries if isinstance(query, And) else (query,)


def conjunction(queries: Iterable[Query]) -> Query:
    """All of these; what is said twice is kept once, but on either side of a word that refuses."""
    flat = _flat(queries, And)
    kept = _once([part for part in flat if not isinstance(part, Everything)] or flat[:1])
    return And(tuple(kept)) if len(kept) > 1 else kept[0] if kept else Nothing()


def disjunction(queries: Iterable[Query]) -> Query:
    """Any of these; what is said twice is kept once."""
    kept = list(dict.fromkeys(_flat(queries, Or)))
    return Or(tuple(kept)) if len(kept) > 1 else kept[0] if kept else Nothing()


def _flat(queries: Iterable[Query], kind: type[And | Or]) -> list[Query]:
    flat: list[Query] = []
    for query in queries:
        if isinstance(query, kind):
            flat += query.queries
        elif not isinstance(query, Nothing):
            flat.append(query)
    return flat


def _once(queries: Sequence[Query]) -> list[Query]:
    """The parts of a query without those that are there already. A word that refuses (`빼고`) may come again, but not
    beside itself, and so may what stands behind it (`디퓨전 모델 빼고 언어 모델`)."""
    if len(queries) == len(set(queries)):
        return list(queries)
    kept: list[Query] = []
    known: set[Query] = set()
    for at, query in enumerate(queries):
        if _refuses(queries[at : at + 2]):
            if kept[-1:] != [query]:
                kept.append(query)
                known.clear()
        elif query not in known:
            kept.append(query)
            known.add(query)
    return kept


def _refuses(pair: Sequence[Query]) -> bool:
    texts = tuple(part.text if isinstance(part, Word) else "" for part in pair)
    return texts[0] in REFUSING_BEHIND or texts[:1] in REFUSING_AHEAD or texts in REFUSING_AHEAD


def negation(query: Query) -> Query:
    """Everything but this."""
    match query:
        case Not(query=inner):
            return inner
        case Nothing():
            return query
        case _:
            return Not(query)


def canonical(query: Query) -> str:
    """The one way to write a query: what a subscription is stored and compared as. `parse` reads it back."""
    match query:
        case Everything():
            return "*"
        case Nothing():
            return ""
        case Word(text=text):
            return text
        case Phrase(text=text):
            return f'"{text}"'
        case Tag(slug=slug):
            return f"#{slug}"
        case Author(name=name):
            return f'author:"{name}"' if " " in name else f"author:{name}"
        case Source(key=key):
            return key
        case After(day=day):
            return f"after:{_short(day)}"
        case Before(day=day):
            return f"before:{_short(day)}"
        case Not(query=inner):
            return f"-({canonical(inner)})" if isinstance(inner, And | Or) else f"-{canonical(inner)}"
        case And(queries=queries):
            return " ".join(f"({canonical(q)})" if isinstance(q, Or) else canonical(q) for q in queries)
        case Or(queries=queries):
            return " or ".join(canonical(q) for q in queries)
        case _:
            assert_never(query)


def _short(day: date) -> str:
    text = f"{day.year:04}-{day.month:02}-{day.day:02}"
    return text[:4] if text.endswith("-01-01") else text.removesuffix("-01") if day.day == 1 else text


def impossible(query: Query) -> str | None:
    """Why no paper can ever be found, as a stable code, or None.

    `empty`: nothing was asked. `dates`: it ends before it begins. `contradiction`: something is wanted and refused.
    `nothing`: everything is refused.
    """
    match query:
        case Nothing():
            return "empty"
        case Not(query=Everything()):
            return "nothing"
        case Or(queries=queries):
            codes = [impossible(q) for q in queries]
            return codes[0] if all(codes) else None
        case And(queries=queries):
            wanted = set(queries)
            if any(isinstance(q, Not) and q.query in wanted for q in queries):
                return "contradiction"
            first = max((q.day for q in queries if isinstance(q, After)), default=date.min)
            last = min((q.day for q in queries if isinstance(q, Before)), default=date.max)
            if first >= last:
                return "dates"
            return next((code for q in queries if (code := impossible(q))), None)
        case _:
            return None


def is_past(query: Query, first: date) -> bool:
    """Whether a query finds no paper of the day `first` or a later one, for every way to match it ends before."""
    match query:
        case Before(day=day) | Not(query=After(day=day)):
            return day <= first
        case And(queries=queries):
            return any(is_past(part, first) for part in queries)
        case Or(queries=queries):
            return all(is_past(part, first) for part in queries)
        case Not(query=Or(queries=queries)):
            return any(is_past(negation(part), first) for part in queries)
        case Not(query=And(queries=queries)):
            return all(is_past(negation(part), first) for part in queries)
        case _:
            return False


def _require(condition: bool, query: object) -> None:
    if not condition:
        raise ValueError(f"not in normal form: {query!r}")
