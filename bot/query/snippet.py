"""The part of a paper that shows why a query found it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, assert_never

from bot.model import Paper
from bot.query.lexicon import Lexicon
from bot.query.plan import Adjacent, AllOf, AnyOf, At, Between, Named, NoneOf, Plan, Tagged, plan
from bot.query.syntax import Query
from bot.query.terms import LOOSE, Token, Wanted, cores, letters_of, normal, tokens

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
    for sequences in _sequences(plan(query, lexicon)):
        # Making a formula readable is dear, so the text is chosen as it was written where that is possible.
        chosen = _chosen(values, sequences)
        if chosen is None:
            readable = ((value, lexicon.readable(value), field) for value, field in values)
            chosen = _chosen([(text, field) for value, text, field in readable if text != value], sequences)
        if chosen is None:
            continue
        text = _shown(lexicon.readable(chosen.value))
        if found := chosen.found if text == chosen.shown else _spans(text, sequences):
            return _window(text, found, length, chosen.field)
    for value, field in values:
        if text := _shown(lexicon.readable(value)):
            return _window(text, [(0, 0, -1)], length, field)
    return Snippet(text="", spans=(), field="title")


@lru_cache(maxsize=8)
def _sequences(plan: Plan) -> tuple[tuple[Adjacent, ...], ...]:
    """What is looked for: first the rows of terms that are asked for, and where there are none, their single terms."""
    wanted = tuple(dict.fromkeys(positive(plan)))
    loose = tuple(dict.fromkeys(Adjacent(((0, term.removeprefix(LOOSE)),)) for one in wanted for _, term in one.items))
    return (wanted, loose) if wanted else ()


def _chosen(values: Sequence[tuple[str, str]], sequences: tuple[Adjacent, ...]) -> _Chosen | None:
    """The value with most different matches, the first of equals, the title only if it must be."""
    bodies = [(value, field) for value, field in values if field != "title"]
    return _fullest(bodies, sequences) or _fullest(values[len(bodies) :], sequences)


def _fullest(values: Sequence[tuple[str, str]], sequences: tuple[Adjacent, ...]) -> _Chosen | None:
    shown = [(place, _shown(value)) for place, (value, _) in enumerate(values)]
    likely = [(_likely(text, sequences), place, text) for place, text in shown]
    best, most, first = None, 0, 0
    # The most promising first: a text that cannot win any more is never taken apart.
    for those, place, text in sorted(likely, key=lambda each: -len(each[0])):
        if len(those) < max(1, most):
            break
        if len(those) == most and place > first:
            continue
        found = _spans(text, sequences, those)
        kinds = len({which for _, _, which in found})
        if kinds > most or (kinds == most > 0 and place < first):
            best, most, first = _Chosen(*values[place], text, found), kinds, place
    return best


def _shown(value: str) -> str:
    return " ".join(normal(value).split())


def _likely(text: str, sequences: tuple[Adjacent, ...]) -> list[int]:
    """The sequences that may stand in a text, by a look for the letters of their terms; far cheaper than its tokens."""
    letters = letters_of(text)
    return [
        which
        for which, sequence in enumerate(sequences)
        if all(_stands(cores(term), letters) for _, term in sequence.items)
    ]


def _stands(rows: tuple[str, ...], letters: str) -> bool:
    return rows[0] in letters or (len(rows) > 1 and rows[1] in letters)


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


def _spans(text: str, sequences: tuple[Adjacent, ...], likely: Sequence[int] | None = None) -> list[_Span]:
    """Every match, in the order of their starts."""
    if likely is None:
        likely = _likely(text, sequences)
    if not likely:
        return []
    stands: defaultdict[str, dict[int, Token]] = defaultdict(dict)
    for token in tokens((text,), _wanted(sequences)):
        stands[token.term].setdefault(token.position, token)
    found: list[_Span] = []
    for which in likely:
        rows = [(offset, stands.get(term)) for offset, term in sequences[which].items]
        if not all(row for _, row in rows):
            continue
        firsts = rows[0][1] or {}
        for position, first in firsts.items():
            last = first
            for offset, row in rows[1:]:
                at = (row or {}).get(position + offset)
                if at is None:
                    break
                last = max(last, at, key=lambda each: each.end)
            else:
                found.append((first.start, last.end, which))
    return sorted(found)


@lru_cache(maxsize=8)
def _wanted(sequences: tuple[Adjacent, ...]) -> Wanted:
    """What is looked for in the texts of one page of results, which share most of their words."""
    return Wanted(frozenset(term for sequence in sequences for _, term in sequence.items))


def _window(text: str, found: list[_Span], length: int, field: str) -> Snippet:
    best_kinds, best_at, best_last = 0, 0, 0
    right = 0
    counts: defaultdict[int, int] = defaultdict(int)
    for left in range(len(found)):
        while right < len(found) and (right == left or found[right][1] - found[left][0] <= length):
            counts[found[right][2]] += 1
            right += 1
        kinds = sum(1 for count in counts.values() if count)
        if kinds > best_kinds:
            best_kinds, best_at, best_last = kinds, left, right - 1
        counts[found[left][2]] -= 1
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
