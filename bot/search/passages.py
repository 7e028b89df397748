"""How near to each other the words of a query stand in a paper.

Words that are scattered over an abstract were met there by chance; those that stand in one sentence, or in two that
follow each other, or in the title, are what it says. So the index keeps the terms of each sentence, and the best
papers are ordered anew by the passage of theirs that has most of the query, and by what they have of it elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain, islice, product
from typing import Final, NamedTuple

from tantivy import DocAddress, Searcher

from bot.query.document import Document
from bot.query.expansion import FILLERS
from bot.query.paraphrases import paraphrases
from bot.query.plan import Adjacent, AllOf, AnyOf, Plan
from bot.query.stems import stem
from bot.query.terms import sign, signs

FIELD: Final = "passages"
LOOKED_AT: Final = 16
"""The best papers that are ordered anew."""
WITH_SOME: Final = 2.0
"""What the best passage weighs where papers have only some of the words; the greatest score weighs 1."""
WITH_ALL: Final = 1.0
"""The same where they have all of them."""
ELSEWHERE: Final = 0.6
"""What a concept counts that stands in a paper, but not in its best passage."""
PARAPHRASED: Final = 0.4
"""What a concept counts that a paper has in other words alone, where papers have only some of them."""
MOST_CONCEPTS: Final = 8
"""Words and phrases of a query up to which passages are looked at: a longer one has the words of a title."""
MOST_WORDINGS: Final = 3
"""Ways to say one of them that are looked for."""
MOST_SENTENCES: Final = 64
"""Sentences of a paper that are told apart; the rest of a longer one is the last of them."""

_BREAK: Final = "\0"
_ENCODING: Final = "utf-16-le"
_SMALL: Final = [each for each in FILLERS if "'" not in each]  # no term has one
_UNASKED: Final = {ord(each): None for each in map(sign, chain(_SMALL, map(stem, filter(str.isascii, _SMALL))))}
_END: Final = re.compile(r"[.!?]\s+|\n+")
_TOGETHER: Final = ("title", "authors", "tags")
"""The fields that are one sentence: who looks for a title may write an author beside it."""
_TOLD: Final = ("abstract", "commentary")
Place = tuple[int, int]
"""Where a paper is in the index: its segment, and its number there."""
Scored = tuple[float, int, Place]
"""A score, a recency, and the place of the paper in the index."""


def sentences_of(seen: Document) -> bytes:
    """What the index keeps of a paper: its sentences, each term of theirs in one character."""
    told = (part for field in _TOLD for text in seen.texts[field] for part in _END.split(text))
    sentences = [" ".join(text for field in _TOGETHER for text in seen.texts[field]), *told]
    rest = " ".join(sentences[MOST_SENTENCES - 1 :])
    kept = _BREAK.join(map(signs, [*sentences[: MOST_SENTENCES - 1], *([rest] if rest else ())]))
    return kept.translate(_UNASKED).encode(_ENCODING)


def pool(concepts: Sequence[Plan]) -> int:
    """How many of the best papers are ordered anew: none for a single concept, nor for a whole sentence of them."""
    return LOOKED_AT if 2 <= len(concepts) <= MOST_CONCEPTS else 0


class Passages:
    """Orders papers of one state of the index. `rarity` is the weight of a plan by how few papers it is met in, 0 where
    it is met in none."""

    def __init__(self, searcher: Searcher, rarity: Callable[[Plan], float]) -> None:
        self._searcher = searcher
        self._rarity = rarity

    def ordered(self, found: list[Scored], concepts: Sequence[Plan], *, some: bool) -> list[Scored]:
        """Papers by their scores, the best of them by their scores and their best passages; whether they have only
        some of the concepts."""
        best = found[: pool(concepts)]
        if len(best) < 2:
            return found
        wanted = [self._sought(concept, paraphrases(concept) if some else ()) for concept in concepts]
        worth = WITH_SOME if some else WITH_ALL
        # Above everything that was not looked at.
        most, least = max(best[0][0], 1e-9), best[-1][0]
        unit = worth * most / (sum(each.weight for each in wanted) or 1.0)
        again = [(least + score + unit * _said_together(self.kept(at), wanted), day, at) for score, day, at in best]
        return sorted(again, reverse=True) + found[len(best) :]

    def kept(self, place: Place) -> str:
        """The terms of a paper's sentences, each in one character."""
        return bytes(self._searcher.doc(DocAddress(*place)).get_first(FIELD) or b"").decode(_ENCODING)

    def _sought(self, concept: Plan, others: Sequence[Adjacent]) -> _Sought:
        weight = self._rarity(concept) or max(map(self._rarity, others), default=0.0)
        return _Sought(weight, self._wordings(concept), [way for row in others for way in self._wordings(row)])

    def _wordings(self, plan: Plan) -> list[str]:
        """What may stand for a concept in a sentence: all signs of one of these."""
        match plan:
            case Adjacent(items=items):
                return ["".join(sign(term) for _, term in items)] if self._rarity(plan) else []
            case AnyOf(plans=plans):
                return [wording for part in plans for wording in self._wordings(part)][:MOST_WORDINGS]
            case AllOf(plans=plans):
                ways = product(*map(self._wordings, plans))
                return ["".join(way) for way in islice(ways, MOST_WORDINGS)]
            case _:
                return []


class _Sought(NamedTuple):
    """A concept: its weight, what may stand for it in a sentence, and what may where none of that stands anywhere."""

    weight: float
    wordings: list[str]
    others: list[str]


def _said_together(kept: str, wanted: Sequence[_Sought]) -> float:
    """The weights of the concepts that a paper has, less for those outside of the best two sentences in a row."""
    found: list[tuple[float, int]] = []
    everywhere, all_of_them = -1, 0.0
    for weight, wordings, others in wanted:
        where = _anywhere(kept, wordings)
        if where is None and others:
            weight, where = PARAPHRASED * weight, _anywhere(kept, others)
        if where:
            found.append((weight, where))
            everywhere &= where
        if where is not None:
            all_of_them += weight
    if not found:
        return ELSEWHERE * all_of_them
    sentences = (everywhere.bit_length() - 1,) if everywhere else range(kept.count(_BREAK) + 1)
    together = max(sum(weight for weight, where in found if where >> at & 1) for at in sentences)
    return together + ELSEWHERE * (all_of_them - together)


def _anywhere(kept: str, wordings: Sequence[str]) -> int | None:
    """The first of two sentences in a row that have all signs of one of these between them, one bit each; None where
    the paper has all signs of none."""
    everywhere = None
    for wording in wordings:
        where = _where(kept, wording)
        if where is not None:
            everywhere = where | (everywhere or 0)
    return everywhere and everywhere | everywhere >> 1


def _where(kept: str, wording: str) -> int | None:
    """The sentences that have all signs of a wording, one bit each; None where some are in none."""
    everywhere = -1
    for each in wording:
        at = kept.find(each)
        if at < 0:
            return None
        if not everywhere:
            continue
        found = sentence = before = 0
        while at >= 0:
            sentence += kept.count(_BREAK, before, at)
            found |= 1 << sentence
            before = at
            at = kept.find(each, at + 1)
        everywhere &= found
    return everywhere
