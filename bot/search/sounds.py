"""Which Latin words of the archive a Korean loan word may be, by its sound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from bot.query.hangul import hangul_sound, may_be_loan, skeleton
from bot.query.loans import unexplained
from bot.search.vocabulary import Vocabulary

_SHORTEST: Final = 2
"""Syllables of the shortest loan word."""
_BY_SOUND: Final = 0.5
_OTHER_SOUND: Final = 2.5
"""What it costs that a sound for each syllable is not explained."""
_NEAR_SOUND: Final = 0.5
"""How alike the sounds are at least of words that are compared letter by letter."""
_UNEXPLAINED: Final = 0.25
"""Sounds for each syllable that may be unexplained at most."""
_SAME_SOUND: Final = {2: 0.05, 3: 0.15}
"""The same where a sound alone is believed, by the syllables of a word: short words sound like others always."""
_OF_A_TITLE: Final = 0.1
"""How much less it costs that a word is what a paper is called: people write names by their sound."""
_GRAMMAR: Final = ("는", "은", "을", "를", "에서", "부터", "까지", "처럼", "없이")
"""Endings of Korean words with which no loan word ends."""


def sounding_like(word: str, vocabulary: Vocabulary) -> Iterator[tuple[float, str, int, bool]]:
    """What it costs to take a Korean word for a Latin one, that word, how many papers have it, and whether the sound
    alone is to be believed."""
    from rapidfuzz.distance import OSA

    if len(word) < _SHORTEST or word.endswith(_GRAMMAR) or not may_be_loan(word):
        return
    sound = hangul_sound(word)
    bones = skeleton(sound)
    if len(bones) < 2:
        return
    heard = _heard(sound)
    for other, count, sounds in vocabulary.sounding(bones):
        if max([OSA.normalized_similarity(heard, _heard(each)) for each in sounds]) < _NEAR_SOUND:
            continue
        left = unexplained(word, other, _UNEXPLAINED * len(word)) / len(word)
        if left <= _UNEXPLAINED:
            cost = _BY_SOUND + _OTHER_SOUND * left - 0.05 * math.log10(count + 1)
            cost -= _OF_A_TITLE * vocabulary.names_a_paper(other)
            yield cost, other, count, left <= _SAME_SOUND.get(len(word), _UNEXPLAINED)


def _heard(sound: str) -> str:
    """A sound as it is compared: an English `a` is written as either of two vowels (`핸들링`, `마스크`)."""
    return sound.replace("a", "e")
