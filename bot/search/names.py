"""The authors whom somebody means who writes their names in Hangul letters, as papers write them in Latin ones.

A Korean name is read by the spellings of its syllables, any other by its sound as loan words are. First and last name
have to be those of one author of the archive, for many a word is written or sounds like one of the two.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from bot.query.expansion import FILLERS
from bot.query.hangul import hangul_sound, heard, name_sounds, skeleton
from bot.query.romanized import family_and_given, family_spellings, given_pattern, usual_spelling
from bot.search.vocabulary import Vocabulary

HANGUL_NAME: Final = re.compile("[가-힣]{1,12}")
_MOST: Final = 3
"""Authors that one name may mean."""
_SHORTEST: Final = 3
"""Syllables of a name that nothing else says is one."""
_COMPARED: Final = 40
"""Authors with the same consonants who are compared by sound, those with most papers."""
_ALIKE: Final = 0.5
"""How alike each of two names sounds at least."""
_BOTH_ALIKE: Final = {3: 0.95, 4: 0.87, 5: 0.8}
_MANY_ALIKE: Final = 0.74
"""How alike both together do, by the consonants that they have, and where these are more."""
_KNOWN_ALIKE: Final = 0.95
"""How alike a name sounds that is also a word of the archive or of the dictionary."""
_SURNAME_ALIKE: Final = 0.7
"""How alike a surname alone sounds."""
_INFLECTED: Final = re.compile(".*(?:[는를을의던했된]|에서)")
"""What is hardly the end of a name."""


class _Called(NamedTuple):
    """How near an author's name is to what was typed, how many papers they have, and the name, the last one first."""

    near: float
    papers: int
    name: str


class Names:
    """The authors of one state of the index."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._words = vocabulary

    def of(self, words: Sequence[str], doubted: Callable[[str], bool], *, sure: bool = False) -> list[str]:
        """The names of authors whom one or two Korean words may mean, the likeliest first, the last name of each first.

        Where they are not `sure` to be a name, one of them at least has to be `doubted`, they have three syllables or
        more (`더 싼` sounds like Da Chen), and one alone is a Korean name.
        """
        if not sure and (len("".join(words)) < _SHORTEST or not any(map(doubted, words))):
            return []
        if found := self._korean(words):
            return found
        if len(words) == 2 and (sure or not any(map(_is_no_name, words))):
            first, last = [(word, _ALIKE if sure or doubted(word) else _KNOWN_ALIKE) for word in words]
            return _likeliest((*self._sounding(first, last), *self._sounding(last, first)))
        return self._surnames(words[0]) if sure and len(words) == 1 else []

    def with_surname(self, first: str, surname: str) -> list[str]:
        """The names of authors of a surname that is known whose first name sounds roughly like a Korean word."""
        sound = hangul_sound(first)
        found = []
        for name, papers in self._words.with_surname(surname).items():
            given = name.split(" ")[1:]
            near = max(_alike(sound, each) for each in {given[0], "".join(given)})
            if near >= _ALIKE:
                found.append(_Called(near, papers, name))
        return _likeliest(found)

    def _korean(self, words: Sequence[str]) -> list[str]:
        for row in dict.fromkeys((tuple(words), tuple(reversed(words)))):
            name = family_and_given("".join(row))
            if name is None or (len(row) > 1 and row != name):
                continue
            if found := _likeliest(self._written(*name)):
                return found
        return []

    def _written(self, family: str, given: str) -> Iterator[_Called]:
        """Korean authors of this name."""
        pattern = given_pattern(given)
        firsts = {skeleton(hangul_sound(given)), *map(skeleton, name_sounds(usual_spelling(given)))}
        for surname in family_spellings(family):
            for last in {skeleton(sound) for sound in name_sounds(surname)}:
                for name, papers in (each for first in firsts for each in self._words.called(last, first, surname)):
                    if pattern.fullmatch("".join(name.split(" ")[1:])):
                        yield _Called(1.0, papers, name)

    def _sounding(self, first: tuple[str, float], last: tuple[str, float]) -> Iterator[_Called]:
        """Authors whose first and last names sound like these words, each as near as its number says at least."""
        sounds = hangul_sound(first[0]), hangul_sound(last[0])
        bones = [skeleton(sound) for sound in sounds]
        telling = len("".join(bones))
        if telling < min(_BOTH_ALIKE):
            return
        known = self._words.called(bones[1], bones[0])
        for name, papers in heapq.nlargest(_COMPARED, known, key=itemgetter(1)):
            surname, *given = name.split(" ")
            near_first = max(_alike(sounds[0], each) for each in {given[0], "".join(given)})
            near_last = _alike(sounds[1], surname)
            near = (near_first + near_last) / 2
            enough = near_first >= first[1] and near_last >= last[1]
            if enough and near >= _BOTH_ALIKE.get(telling, _MANY_ALIKE):
                yield _Called(near, papers, name)

    def _surnames(self, word: str) -> list[str]:
        """Last names alone, the Korean ones by their spellings."""
        if usual := [each for each in family_spellings(word) if self._words.name_count(each)]:
            return usual[:_MOST]
        sound = hangul_sound(word)
        bones = skeleton(sound)
        those = self._words.surnames(bones) if len(bones) > 1 else {}
        found = (_Called(_alike(sound, name), papers, name) for name, papers in those.items())
        return _likeliest(each for each in found if each.near >= _SURNAME_ALIKE)


def _is_no_name(word: str) -> bool:
    return word in FILLERS or _INFLECTED.fullmatch(word) is not None


def _alike(sound: str, word: str) -> float:
    """How much a Latin word sounds like a Korean one, 1 where they are the same."""
    from rapidfuzz.distance import OSA

    return max(OSA.normalized_similarity(heard(sound), heard(each)) for each in name_sounds(word))


def _likeliest(found: Iterable[_Called]) -> list[str]:
    best = sorted(found, key=lambda each: (-each.near, -each.papers, each.name))
    return list(dict.fromkeys(each.name for each in best if each.near == best[0].near))[:_MOST]
