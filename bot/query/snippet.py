"""The part of a paper that shows why a query found it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from string import ascii_lowercase
from typing import Final, NamedTuple, assert_never

from bot.model import Paper
from bot.query.lexicon import Lexicon
from bot.query.plan import Adjacent, AllOf, AnyOf, At, Between, Named, NoneOf, Plan, Tagged, plan
from bot.query.syntax import Query
from bot.query.terms import LOOSE, SIMPLE, Token, Wanted, cores, letters_of, normal, tokens_of_parts

ELLIPSIS: Final = "…"
_JOINTS: Final = (" ", "-", "/")
_LONG_WORD: Final = 40
"""Letters by which a window grows at most so as not to cut a word."""
_TEXTS: Final = 1 << 9
"""Texts that are remembered as they are shown and as they are searched: many people find the same papers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A window of one field's text (`commentary`, `abstract` or `title`), an ellipsis where it was cut.

    `spans` are the (start, end) of the matched words in `text`, in order and apart from each other.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    field: str


_Span = tuple[int, int, int]
"""Where a match begins and ends, and which of the sequences it is."""


class _Chosen(NamedTuple):
    value: str
    field: str
    shown: str
    found: list[_Span]


def snippet(query: Query, paper: Paper, lexicon: Lexicon, length: int = 160) -> Snippet:
    """The best window of at most about `length` letters: the one with most different matched words.

    The title, which is shown above a snippet anyway, is taken where neither commentary nor abstract has any of them.
    Where only some words match, those are marked; where none do, it is the beginning of the commentary, else of the
    abstract, else of the title.
    """
    values = [
        *((paragraph, "commentary") for paragraph in paper.commentary),
        *(((paper.abstract, "abstract"),) if paper.abstract else ()),
        (paper.title, "title"),
    ]
    for sought in _sought(plan(query, lexicon)):
        # Making a formula readable is dear, so the text is chosen as it was written where that is possible.
        chosen = _chosen(values, sought)
        if chosen is None:
            others = ((value, lexicon.readable(value), field) for value, field in values)
            chosen = _chosen([(text, field) for value, text, field in others if text != value], sought)
        if chosen is None:
            continue
        readable = lexicon.readable(chosen.value)
        text = chosen.shown if readable == chosen.value else _shown(readable)
        if found := chosen.found if text == chosen.shown else _Text(text, sought).spans():
            return _window(text, found, length, chosen.field)
    for value, field in values:
        if text := _shown(lexicon.readable(value)):
            return _window(text, [(0, 0, -1)], length, field)
    return Snippet(text="", spans=(), field="title")


class _Sought:
    """Sequences that are looked for in the texts of one page of results, which share most of their words."""

    def __init__(self, sequences: Sequence[Adjacent]) -> None:
        self.items = [sequence.items for sequence in sequences]
        self.terms = [frozenset(term for _, term in items) for items in self.items]
        everything = frozenset[str]().union(*self.terms)
        self.letters = {term: cores(term) for term in everything}
        """By term, the letters of which one row at least stands where the term does."""
        self.runs = Wanted(everything)

    def likely(self, letters: str) -> list[int]:
        """The sequences that may stand in a text, by a look for their letters; far cheaper than its terms."""
        here = {
            term for term, rows in self.letters.items() if rows[0] in letters or (len(rows) > 1 and rows[1] in letters)
        }
        return [which for which, terms in enumerate(self.terms) if terms <= here] if here else []


@lru_cache(maxsize=8)
def _sought(plan: Plan) -> tuple[_Sought, ...]:
    """What is looked for: first the rows of terms that are asked for, and where there are none, their single terms."""
    wanted = tuple(dict.fromkeys(positive(plan)))
    loose = tuple(dict.fromkeys(Adjacent(((0, term.removeprefix(LOOSE)),)) for one in wanted for _, term in one.items))
    return (_Sought(wanted), _Sought(loose)) if wanted else ()


def _chosen(values: Sequence[tuple[str, str]], sought: _Sought) -> _Chosen | None:
    """The value with most different matches, the first of equals, the title only if it must be."""
    bodies = [(value, field) for value, field in values if field != "title"]
    return _fullest(bodies, sought) or _fullest(values[len(bodies) :], sought)


def _fullest(values: Sequence[tuple[str, str]], sought: _Sought) -> _Chosen | None:
    texts = [_Text(_shown(value), sought) for value, _ in values]
    best, most, first = None, 0, 0
    # The most promising first: a text that cannot win any more is never taken apart.
    for place, text in sorted(enumerate(texts), key=lambda each: -len(each[1].likely)):
        if len(text.likely) < max(1, most):
            break
        if len(text.likely) == most and place > first:
            continue
        found = text.spans()
        kinds = len({which for _, _, which in found})
        if kinds > most or (kinds == most > 0 and place < first):
            best, most, first = _Chosen(*values[place], text.shown, found), kinds, place
    return best


@lru_cache(maxsize=_TEXTS)
def _shown(value: str) -> str:
    shown = " ".join(normal(value).split())
    return value if shown == value else shown


def positive(plan: Plan) -> Iterator[Adjacent]:
    """The rows of terms that a plan wants to be there."""
    match plan:
        case Adjacent():
            yield plan
        case AllOf(plans=plans) | AnyOf(plans=plans):
            for part in plans:
                yield from positive(part)
        case Named() | Tagged() | At() | Between() | NoneOf():
            return
        case _:
            assert_never(plan)


_letters_of: Final = lru_cache(maxsize=_TEXTS)(letters_of)


class _Text:
    """A text with single spaces, and which of the sequences are `likely` to stand in it."""

    def __init__(self, shown: str, sought: _Sought) -> None:
        self.shown = shown
        self._sought = sought
        self._letters = _letters_of(shown)
        self.likely = sought.likely(self._letters)

    def spans(self) -> list[_Span]:
        """Every match, in the order of their starts."""
        stands: defaultdict[str, dict[int, Token]] = defaultdict(dict)
        for token in tokens_of_parts(self.shown, self._parts(), self._sought.runs):
            stands[token.term].setdefault(token.position, token)
        found: list[_Span] = []
        for which in self.likely:
            (_, term), *others = self._sought.items[which]
            for position, first in stands.get(term, _NOWHERE).items():
                last = first
                for offset, other in others:
                    at = stands.get(other, _NOWHERE).get(position + offset)
                    if at is None:
                        break
                    if at.end > last.end:
                        last = at
                else:
                    found.append((first.start, last.end, which))
        return sorted(found)

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Where what is likely may stand: rows of words that have the letters of a term each."""
        words = self.shown.split(" ")
        letters = [0, *accumulate(map(len, words))]  # the letters before each word, spaces aside
        first = end = -1
        for place in self._places(words):
            # What is no word takes no position: the words on both sides of it are next to each other.
            if end == place or (end >= 0 and not any(map(_OF_A_WORD.search, words[end:place]))):
                end = place + 1
                continue
            if end >= 0:
                yield letters[first] + first, letters[end] + end - 1
            first, end = place, place + 1
        if end >= 0:
            yield letters[first] + first, letters[end] + end - 1

    def _places(self, words: Sequence[str]) -> list[int]:
        """The numbers of the words that have the letters of a term."""
        found: set[int] = set()
        letters = self._letters
        for row in {
            row for which in self.likely for term in self._sought.terms[which] for row in self._sought.letters[term]
        }:
            of_latin = row[0] in ascii_lowercase
            place = before = 0
            at = letters.find(row)
            while at >= 0:
                place += letters.count(" ", before, at)
                before = at
                # A plain word has one term, which stands at its beginning.
                if not (of_latin and letters[at - 1 : at] in _LATIN and SIMPLE.fullmatch(words[place].strip(_MARKS))):
                    found.add(place)
                    if " " in row:
                        found.add(place + 1)
                at = letters.find(row, at + 1)
        return sorted(found)


_LATIN: Final = frozenset(ascii_lowercase)
_MARKS: Final = ".,:;!?()[]\"'"
_NOWHERE: Final[Mapping[int, Token]] = {}
_OF_A_WORD: Final = re.compile(r"[^\W_]")


def _window(text: str, found: list[_Span], length: int, field: str) -> Snippet:
    best_kinds, best_at, best_last = 0, 0, 0
    right = kinds = 0
    counts: defaultdict[int, int] = defaultdict(int)
    for left in range(len(found)):
        while right < len(found) and (right == left or found[right][1] - found[left][0] <= length):
            kinds += not counts[found[right][2]]
            counts[found[right][2]] += 1
            right += 1
        if kinds > best_kinds:
            best_kinds, best_at, best_last = kinds, left, right - 1
        counts[found[left][2]] -= 1
        kinds -= not counts[found[left][2]]
    first, last = found[best_at][0], max(end for _, end, _ in found[best_at : best_last + 1])
    spare = max(0, length - (last - first))
    start = max(0, min(first - spare // 3, len(text) - length))
    end = min(len(text), max(last, start + length)) if last - start <= length else min(len(text), start + length)
    start, end = _at_words(text, start, end, first, min(last, end))
    head = ELLIPSIS if start else ""
    shown = head + text[start:end] + (ELLIPSIS if end < len(text) else "")
    shift = len(head) - start
    spans: list[tuple[int, int]] = []
    for begin, stop, _ in found:
        if begin < start or stop > end or begin == stop:
            continue
        between = shown[spans[-1][1] : begin + shift] if spans else ""
        if spans and (begin + shift <= spans[-1][1] or between in _JOINTS):
            spans[-1] = (spans[-1][0], max(spans[-1][1], stop + shift))
        else:
            spans.append((begin + shift, stop + shift))
    return Snippet(text=shown, spans=tuple(spans), field=field)


def _at_words(text: str, start: int, end: int, first: int, last: int) -> tuple[int, int]:
    """The window moved to word ends: inwards as long as the matched part stays inside it, else outwards."""
    if start and not text[start - 1].isspace():
        space = text.find(" ", start, first)
        if space < 0:
            space = text.rfind(" ", max(0, start - _LONG_WORD), start)
            start = space + 1 if space >= 0 or start <= _LONG_WORD else first
        else:
            start = space + 1
    if end < len(text) and not text[end].isspace():
        space = text.rfind(" ", last, end)
        if space <= start:
            space = text.find(" ", end, end + _LONG_WORD)
            end = space if space >= 0 else len(text) if len(text) - end <= _LONG_WORD else end
        else:
            end = space
    return start, end
