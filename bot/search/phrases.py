"""The phrases of a glossary as what somebody may have meant who mistyped one."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final

from bot.query.endings import without_ending
from bot.query.glossary import Glossary
from bot.query.hangul import initials, letters
from bot.query.terms import terms

LONG_PHRASE: Final = 4
"""Syllables of a phrase from which on hardly anything else is one letter away from it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phrases:
    """The Korean phrases of a lexicon without spaces: in their order, sorted, by their initial consonants, and with
    their places by the first of their single letters and by the two after it."""

    words: Sequence[str]
    by_letters: Mapping[str, tuple[Sequence[int], Sequence[str]]]
    ordered: Sequence[str]
    by_initials: Mapping[str, Sequence[str]]

    def near(self, typed: str, limit: int, most: int) -> Iterator[tuple[int, str]]:
        """The phrases at most `limit` letters away from what was `typed`, with how many; the first `most` of them. Of
        the first three letters one or two are not mistyped."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        found: dict[int, int] = {}
        for key in (typed[:1], typed[1:3]):
            places, choices = self.by_letters.get(key, ((), ()))
            near = process.extract(typed, choices, scorer=OSA.distance, processor=None, score_cutoff=limit, limit=None)
            found |= {places[at]: distance for _, distance, at in near}
        nearest = sorted((distance, place) for place, distance in found.items())
        yield from ((distance, self.words[place]) for distance, place in nearest[:most])

    def row(self, words: Sequence[str]) -> Sequence[str]:
        """Words side by side as a phrase has them from which they are one letter away; none where there is none."""
        ahead = "".join(words[:-1])
        for whole in dict.fromkeys(ahead + last for last in (words[-1], without_ending(words[-1]))):
            for distance, phrase in self.near(letters(whole), 1, 1) if len(whole) >= LONG_PHRASE else ():
                if distance and len(phrase) == len(whole):
                    ends = [*accumulate(map(len, words[:-1])), len(whole)]
                    return [phrase[start:end] for start, end in pairwise((0, *ends))]
        return ()

    def continuing(self, word: str) -> Iterator[str]:
        """The phrases that begin with a word and go on."""
        at = bisect_right(self.ordered, word)
        while at < len(self.ordered) and self.ordered[at].startswith(word):
            yield self.ordered[at]
            at += 1


@lru_cache(maxsize=4)
def phrases_of(glossary: Glossary, _: int) -> Phrases:
    """The Korean phrases of one version of a glossary."""
    by_initials: defaultdict[str, list[str]] = defaultdict(list)
    by_letters: defaultdict[str, tuple[list[int], list[str]]] = defaultdict(lambda: ([], []))
    for place, phrase in enumerate(glossary.korean):
        by_initials[initials(phrase)].append(phrase)
        typed = letters(phrase)
        for key in (typed[:1], typed[1:3]):
            places, choices = by_letters[key]
            places.append(place)
            choices.append(typed)
    ordered = sorted(glossary.korean)
    return Phrases(words=glossary.korean, by_letters=by_letters, ordered=ordered, by_initials=by_initials)


@lru_cache(maxsize=4)
def english_stems(glossary: Glossary, _: int) -> frozenset[str]:
    """The stems of the English words of a glossary, which are no slips where no paper has them."""
    phrases = {phrase for those in glossary.translations.values() for phrase in those if phrase.isascii()}
    return frozenset(terms(" ".join(phrases)))
