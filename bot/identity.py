"""Which entry of a changed digest is which paper that was read before.

A curator fixes a typo, rewrites a comment, moves an entry up or takes one out; a paper keeps its identity
through that, so that what was posted is edited and not posted again. The unchanged are found by their hash.
For the rest, each field that either side has is worth some points, a pair scores the share of them on which
both sides agree, and the best pairs win, from half the points on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from bot.model import Paper, StoredPaper

ENOUGH: Final = 0.5
"""The least score of a pair that is one paper."""

# A field that says a lot about one paper must be able to carry a pair whose title was replaced (TITLE points),
# and everything that two papers of one group on one topic share must not: AUTHORS + TAGS + LINKS stay below half
# of that plus TITLE and a text.
TITLE: Final = 3.0
ABSTRACT: Final = 4.0
COMMENTARY: Final = 4.0
SOURCE: Final = 4.0
LINKS: Final = 3.0
AUTHORS: Final = 0.5
TAGS: Final = 0.5

# Texts in one language resemble each other. Of 20,000 random pairs of different papers in 450, one in a thousand
# had a ratio above 0.62 (titles), 0.46 (abstracts) or 0.38 (commentaries); what lies below these floors is nothing.
TITLE_FLOOR: Final = 0.7
TEXT_FLOOR: Final = 0.6

_CROWD: Final = 8  # a field's value shared by more entries than this tells none of them apart


def match(old: Sequence[StoredPaper], new: Sequence[Paper]) -> list[int | None]:
    """For each of `new` the index of the paper in `old` that it is, or None for a paper not seen before.

    No index is given twice. A paper is recognised by its title alone, if no other has it, or by most of
    the rest. An entry that has only authors and tags besides a replaced title is taken for another paper:
    nothing tells it from the next one of the same group.
    """
    before = [_Traits.of(stored.paper) for stored in old]
    after = [_Traits.of(paper) for paper in new]
    pairing = _Pairing(old, len(new))
    pairing.take((1.0, i, j) for i, j in _sharing(before, after, ("hash",), crowd=len(old) + len(new)))
    # Whatever one field was changed, the others still point at the paper; only what is left after that is compared
    # each with each.
    known = _sharing(before, after, ("source", "title", "abstract", "commentary", "links"), crowd=_CROWD)
    pairing.take_similar(before, after, known)
    pairing.take((1.0, i, j) for i, j in _sharing(before, after, ("source", "title"), crowd=2))
    pairing.take_similar(before, after, [(i, j) for j in pairing.unmatched for i in pairing.unclaimed])
    return pairing.found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traits:
    """A paper's fields, folded to what a change of case or spacing leaves alone."""

    hash: str
    title: str
    authors: str
    abstract: str
    commentary: str
    tags: frozenset[str]
    links: frozenset[str]
    source: str

    @classmethod
    def of(cls, paper: Paper) -> _Traits:
        return cls(
            hash=paper.content_hash,
            title=_folded(paper.title),
            authors=_folded(", ".join(paper.authors)),
            abstract=_folded(paper.abstract or ""),
            commentary=_folded(" ".join(paper.commentary)),
            tags=frozenset(map(_folded, paper.tags)),
            links=frozenset(paper.links),
            source=paper.source_url or "",
        )


class _Pairing:
    """The pairs found so far; an entry that is in one takes part in no other."""

    def __init__(self, old: Sequence[StoredPaper], entries: int) -> None:
        self._old = old
        self.found: list[int | None] = [None] * entries
        self.unclaimed = dict.fromkeys(range(len(old)))
        self.unmatched = dict.fromkeys(range(entries))

    def take(self, scored: Iterable[tuple[float, int, int]]) -> None:
        """Join pairs, the best first; among equals the living before the withdrawn, then the nearest in place."""
        for _, i, j in sorted(
            scored, key=lambda pair: (-pair[0], self._old[pair[1]].withdrawn, self._distance(*pair[1:]), pair[1:])
        ):
            if i in self.unclaimed and j in self.unmatched:
                self.found[j] = i
                del self.unclaimed[i]
                del self.unmatched[j]

    def take_similar(
        self, before: Sequence[_Traits], after: Sequence[_Traits], pairs: Collection[tuple[int, int]]
    ) -> None:
        """Join those of `pairs` that score enough."""
        scored = ((_score(before[i], after[j]), i, j) for i, j in pairs if i in self.unclaimed and j in self.unmatched)
        self.take([pair for pair in scored if pair[0] >= ENOUGH])

    def _distance(self, i: int, j: int) -> int:
        return abs(self._old[i].position - j)


def _sharing(
    before: Sequence[_Traits], after: Sequence[_Traits], names: Sequence[str], *, crowd: int
) -> set[tuple[int, int]]:
    """The pairs that have the same value in one of the fields `names`, if at most `crowd` entries have it."""
    pairs: set[tuple[int, int]] = set()
    for name in names:
        holders: defaultdict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, traits in enumerate((before, after)):
            for index, trait in enumerate(traits):
                if value := getattr(trait, name):
                    holders[value][side].append(index)
        for olds, news in holders.values():
            if len(olds) + len(news) <= crowd:
                pairs.update((i, j) for i in olds for j in news)
    return pairs


def _score(one: _Traits, two: _Traits) -> float:
    """The share (0 to 1) of the points of all fields present on either side on which both agree."""
    fields = (
        (TITLE, one.title, two.title, TITLE_FLOOR),
        (AUTHORS, one.authors, two.authors, TITLE_FLOOR),
        (COMMENTARY, one.commentary, two.commentary, TEXT_FLOOR),
        (ABSTRACT, one.abstract, two.abstract, TEXT_FLOOR),
    )
    sets = ((LINKS, one.links, two.links), (TAGS, one.tags, two.tags))
    points = sum(points for points, a, b, _ in fields if a or b)
    points += sum(points for points, c, d in sets if c or d)
    agreed = sum(points * len(c & d) * 2 / (len(c) + len(d)) for points, c, d in sets if c and d)
    if one.source or two.source:
        points += SOURCE
        agreed += SOURCE * (one.source == two.source)
    undecided = sum(points for points, a, b, _ in fields if a and b)
    for weight, a, b, floor in fields:
        # Comparing long texts (they come last) is the cost of it all: stop once what is left could not be enough.
        if agreed + undecided < ENOUGH * points:
            return 0.0
        if a and b:
            undecided -= weight
            least = max(0.0, (ENOUGH * points - agreed - undecided) / weight)
            agreed += weight * _alike(a, b, floor, least)
    return agreed / points if points else 0.0


def _alike(one: str, two: str, floor: float, least: float) -> float:
    """How alike two texts are: 0 up to a ratio of `floor`, 1 for equals; less than `least` may be said as 0."""
    if one == two:
        return 1.0
    cutoff = floor + (1 - floor) * min(least, 1.0) - 1e-6
    return max(0.0, fuzz.ratio(one, two, score_cutoff=cutoff * 100) / 100 - floor) / (1 - floor)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
