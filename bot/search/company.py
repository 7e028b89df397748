"""Which papers keep company: the last look at the best papers for a query of a single topic.

Papers on one topic share words that nobody would think to ask for, and a paper that speaks of the topic by the way
shares others. So each is drawn to the scores of those that have its rarer words too (score regularisation: F. Diaz,
Regularizing Ad Hoc Retrieval Scores, CIKM 2005; by words here, for pairs of papers would be thousands).

A paper is one long number, a bit for each of its words, and what is counted of all words at once stands in a few more
of them: the first has the ones of each count, the second the twos, the third the fours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from bot.search.passages import Place, Scored

LOOKED_AT: Final = 40
"""The best papers that are drawn to each other."""
WEIGHT: Final = 4.0
"""What the scores of its company weigh; a paper's own weighs 1."""
FEWEST: Final = 5
"""Papers that have a word in common, from which on it tells anything."""
MOST: Final = 3
"""A word that more than one in so many of the papers has tells nothing."""
GIST: Final = 200
"""The first terms of a paper, which tell what it is about: its title, its tags, and the most of its abstract."""
REMEMBERED: Final = 1 << 12
"""Papers, of half a kilobyte each, that need not be read again."""

_BITS: Final = 4093
"""Words that are told apart: those whose numbers leave another remainder."""
_STEPS: Final = 3
"""Scores are counted in whole numbers, up to this."""
_NO, _YES = b"01"


class Company:
    """Draws papers of one state of the index to each other. `kept` gives the terms of a paper, a character each."""

    def __init__(self, kept: Callable[[Place], str]) -> None:
        self._gist = lru_cache(REMEMBERED)(lambda place: bits_of(map(ord, kept(place)[:GIST])))

    def __call__(self, found: list[Scored]) -> list[Scored]:
        """The same papers, the best of them by their own scores and those of their company."""
        best = found[:LOOKED_AT]
        if len(best) < FEWEST * MOST:
            return found
        least, span = best[-1][0], best[0][0] - best[-1][0]
        scores = [(score - least) / (span or 1.0) for score, _, _ in best]
        drawn = in_company(scores, [self._gist(place) for _, _, place in best])
        # Still above everything that was not looked at.
        again = [(least + span * score, day, place) for score, (_, day, place) in zip(drawn, best, strict=True)]
        return sorted(again, reverse=True) + found[len(best) :]

    def read(self, places: Iterable[Place]) -> None:
        """Read some papers before they are asked for, in the order in which they are kept, which is several times
        faster."""
        for place in sorted(places):
            self._gist(place)


def bits_of(words: Iterable[int]) -> int:
    """The words of a paper, whatever number each has, as one number."""
    digits = bytearray([_NO]) * _BITS
    for word in words:
        digits[word % _BITS] = _YES
    return int(digits, 2)


def in_company(scores: Sequence[float], papers: Sequence[int]) -> list[float]:
    """Scores between 0 and 1, to each of which the mean of those of its company is added. A paper counts there as often
    as the two share a word that a few of the papers have, but not many. `papers` are `bits_of` each."""
    counts: list[int] = []
    for each in papers:
        _add(counts, each, 0)
    telling = _at_least(counts, FEWEST) & ~_at_least(counts, len(papers) // MOST + 1)
    counts = [each & telling for each in counts]
    steps = [round(score * _STEPS) for score in scores]
    sums: list[int] = []
    for each, step in zip(papers, steps, strict=True):
        for at in range(step.bit_length()):
            if step >> at & 1:
                _add(sums, each & telling, at)
    drawn: list[float] = []
    for score, step, each in zip(scores, steps, papers, strict=True):
        # A paper is no company of its own.
        own = (each & telling).bit_count()
        others = _count(counts, each) - own
        theirs = _count(sums, each) - step * own
        drawn.append(score + WEIGHT * theirs / (_STEPS * others) if others else score)
    return drawn


def _add(counts: list[int], bits: int, at: int) -> None:
    """Count 2**at more for each of some bits."""
    while bits:
        while len(counts) <= at:
            counts.append(0)
        counts[at], bits = counts[at] ^ bits, counts[at] & bits
        at += 1


def _at_least(counts: Sequence[int], least: int) -> int:
    """The bits that were counted so often."""
    more, equal = 0, -1
    for at in reversed(range(max(len(counts), least.bit_length()))):
        count = counts[at] if at < len(counts) else 0
        if least >> at & 1:
            equal &= count
        else:
            more |= equal & count
            equal &= ~count
    return more | equal


def _count(counts: Sequence[int], bits: int) -> int:
    """How often some bits were counted, all together."""
    return sum((each & bits).bit_count() << at for at, each in enumerate(counts))
