"""The part of a paper that shows why a query found it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from string import ascii_lowercase
from typing import Final, NamedTuple, assert_never

from bot.model import Paper
from bot.query.lexicon import Lexicon
from bot.query.paraphrases import paraphrases
from bot.query.plan import Adjacent, AllOf, AnyOf, At, Between, Named, NoneOf, Plan, Tagged, plan
from bot.query.shown import TEXTS, Span, on_shown, searched, shown_text
from bot.query.syntax import Query
from bot.query.terms import LOOSE, PART_GAP, cores, letters_of, terms_of_word

ELLIPSIS: Final = "…"
_JOINTS: Final = (" ", "-", "/")
_LONG_WORD: Final = 40
"""Letters by which a window grows at most so as not to cut a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A window of one field's text (`commentary`, `abstract` or `title`), an ellipsis where it was cut.

    `spans` are the (start, end) of the matched words in `text`, in order and apart from each other.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    field: str


class _Chosen(NamedTuple):
    value: str
    field: str
    shown: str
    found: list[Span]


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
    for sought in _wanted(query, lexicon, lexicon.glossary.version):
        # Making a formula readable is dear, so the text is chosen as it was written where that is possible.
        chosen = _chosen(values, sought)
        if chosen is None:
            others = ((value, lexicon.readable(value), field) for value, field in values)
            chosen = _chosen([(text, field) for value, text, field in others if text != value], sought)
        if chosen is None:
            continue
        readable = lexicon.readable(chosen.value)
        text = chosen.shown if readable == chosen.value else shown_text(readable)
        if found := chosen.found if text == chosen.shown else _Text(text, sought).spans():
            return _window(text, found, length, chosen.field)
    for value, field in values:
        if text := shown_text(lexicon.readable(value)):
            return _window(text, [(0, 0, -1)], length, field)
    return Snippet(text="", spans=(), field="title")


class _Sought:
    """Sequences that are looked for in the texts of one page of results, which share most of their words."""

    def __init__(self, sequences: Sequence[Adjacent]) -> None:
        self.items = [sequence.items for sequence in sequences]
        self.terms = [frozenset([term for _, term in items]) for items in self.items]
        self.everything = frozenset[str]().union(*self.terms)
        self.letters = {term: cores(term) for term in self.everything}
        """By term, the letters of which one row at least stands where the term does."""
        self._all = [(term, first, others) for term, (first, *others) in self.letters.items()]
        self._plain = [each for each in self._all if each[0].isascii()]
        self.anchors = [_anchors(items) for items in self.items]

    def likely(self, letters: str) -> list[int]:
        """The sequences that may stand in a text, by a look for their letters; far cheaper than its terms."""
        here = {
            term
            for term, first, others in (self._plain if letters.isascii() else self._all)
            if first in letters or (others and any(row in letters for row in others))
        }
        return [which for which, terms in enumerate(self.terms) if terms <= here] if here else []


_Anchor = tuple[str, int, int]
"""A term that is looked for, and how many words before and behind it may belong to the same sequence."""


def _anchors(items: Sequence[tuple[int, str]]) -> list[_Anchor]:
    """The terms by which a sequence is found: of a row of Latin words the longest, for the others may be `of`; rather
    a digit than a letter."""
    if len(items) == 1 or not all(term.isascii() for _, term in items):
        return [(term, 0, 0) for _, term in items]
    offset, term = max(items, key=lambda item: (len(item[1]), item[1].isdigit()))
    return [(term, offset, items[-1][0] - offset)]


class _Wanted:
    """What a query looks for: first the rows of terms that are asked for, where there are none their single terms, and
    where there are none of these either other words for them."""

    def __init__(self, plan: Plan) -> None:
        self._rows = tuple(dict.fromkeys(positive(plan)))
        self.rows = _Sought(self._rows)

    @cached_property
    def terms(self) -> _Sought:
        single = (Adjacent(((0, term),)) for row in self._rows for _, term in row.items)
        return _Sought(tuple(dict.fromkeys(single)))

    @cached_property
    def others(self) -> _Sought:
        return _Sought(tuple(dict.fromkeys(other for row in self._rows for other in paraphrases(row))))

    def __iter__(self) -> Iterator[_Sought]:
        if self._rows:
            yield self.rows
            yield self.terms
            yield self.others


@lru_cache(maxsize=8)
def _wanted(query: Query, lexicon: Lexicon, _: int) -> _Wanted:
    return _Wanted(plan(query, lexicon))


def _chosen(values: Sequence[tuple[str, str]], sought: _Sought) -> _Chosen | None:
    """The value with most different matches, the first of equals, the title only if it must be."""
    bodies = [(value, field) for value, field in values if field != "title"]
    return _fullest(bodies, sought) or _fullest(values[len(bodies) :], sought)


def _fullest(values: Sequence[tuple[str, str]], sought: _Sought) -> _Chosen | None:
    texts = [_Text(shown_text(value), sought) for value, _ in values]
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


def positive(plan: Plan) -> Sequence[Adjacent]:
    """The rows of terms that a plan wants to be there."""
    match plan:
        case Adjacent():
            return (plan,)
        case AllOf(plans=plans) | AnyOf(plans=plans):
            return [row for part in plans for row in positive(part)]
        case Named() | Tagged() | At() | Between() | NoneOf():
            return ()
        case _:
            assert_never(plan)


_letters_of: Final = lru_cache(maxsize=TEXTS)(letters_of)

_Places = dict[int, tuple[int, int]]
"""By position among the terms of a text, the letters from which and to which a term stands."""


class _Text:
    """A text with single spaces, and which of the sequences are `likely` to stand in it."""

    def __init__(self, shown: str, sought: _Sought) -> None:
        self.shown = shown
        self._text = searched(shown)
        self._sought = sought
        self._letters = _letters_of(self._text)
        self.likely = sought.likely(self._letters)

    def spans(self) -> list[Span]:
        """Every match in what is shown, in the order of their starts."""
        found = self._spans()
        return found if self._text == self.shown else on_shown(self.shown, found)

    def _spans(self) -> list[Span]:
        stands = self._stands()
        found: list[Span] = []
        for which in self.likely:
            (_, term), *others = self._sought.items[which]
            for position, (start, last) in stands.get(term, _NOWHERE).items():
                for offset, other in others:
                    at = stands.get(other, _NOWHERE).get(position + offset)
                    if at is None:
                        break
                    last = max(last, at[1])
                else:
                    found.append((start, last, which))
        return sorted(found)

    def _stands(self) -> Mapping[str, _Places]:
        """Where the terms stand whose letters do: only the words that have these are taken apart."""
        words = self._text.split(" ")
        start = known = 0  # where the word begins whose number is known
        everything = self._sought.everything
        stands: defaultdict[str, _Places] = defaultdict(dict)
        position = last = -1
        for place in self._places(words):
            word = words[place]
            start += sum(map(len, words[known:place])) + place - known
            known = place
            # What is no word takes no position: the words on both sides of it are next to each other.
            if last < 0 or (last + 1 < place and any(map(_OF_A_WORD.search, words[last + 1 : place]))):
                position += PART_GAP
            elif last + 1 == place and (pair := LOOSE + words[last][-1] + word[0]) in everything:
                stands[pair].setdefault(position - 1, (start - 2, start + 1))
            parts, width = terms_of_word(word, everything)
            for term, at, begin, end in parts:
                stands[term].setdefault(position + at, (start + begin, start + end))
            position += width
            last = place
        return stands

    def _places(self, words: Sequence[str]) -> list[int]:
        """The numbers of the words that may have a term of what is likely."""
        reach: dict[str, tuple[int, int]] = {}
        for which in self.likely:
            for term, before, behind in self._sought.anchors[which]:
                known = reach.get(term, (0, 0))
                reach[term] = max(before, known[0]), max(behind, known[1])
        found: set[int] = set()
        for term, (before, behind) in reach.items():
            at = self._places_of(term, words)
            if before or behind:
                at = [place for place in at if terms_of_word(words[place], (term,))[0]]
                for place in at:
                    found.update(_beside(words, range(place - 1, -1, -1), before))
                    found.update(_beside(words, range(place + 1, len(words)), behind))
            found.update(at)
        return sorted(found)

    def _places_of(self, term: str, words: Sequence[str]) -> list[int]:
        """The numbers of the words that have the letters of a term."""
        found: list[int] = []
        letters = self._letters
        for row in self._sought.letters[term]:
            of_latin = row[0] in _LATIN
            place = before = 0
            at = letters.find(row)
            while at >= 0:
                place += letters.count(" ", before, at)
                before = at
                # A plain word has one term, which stands at its beginning.
                if not (of_latin and letters[at - 1 : at] in _LATIN and _is_plain(words[place])):
                    found.append(place)
                    if " " in row:
                        found.append(place + 1)
                at = letters.find(row, at + 1)
        return found


def _is_plain(word: str) -> bool:
    return word.islower() and word.isalpha() and word.isascii()


def _beside(words: Sequence[str], places: Iterable[int], most: int) -> Iterator[int]:
    """The next places of words, passing over what is none and takes no position."""
    if most:
        those = (place for place in places if _OF_A_WORD.search(words[place]))
        yield from islice(those, most)


_LATIN: Final = frozenset(ascii_lowercase)
_NOWHERE: Final[_Places] = {}
_OF_A_WORD: Final = re.compile(r"[^\W_]")


def _window(text: str, found: list[Span], length: int, field: str) -> Snippet:
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
