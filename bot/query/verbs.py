"""Korean verbs and adjectives in all their forms (`섞은`, `걸러내는`), by the rules of the standard grammar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from bot.query.endings import is_verb_ending
from bot.query.hangul import TAILS, VOWELS, parts, syllable

_TO_L: Final = ("듣", "묻", "걷", "싣", "긷", "깨닫", "일컫")
"""Stems whose `ㄷ` is `ㄹ` before a vowel (`들어`); that of the others stays (`닫아`)."""
_WITHOUT_S: Final = ("짓", "잇", "붓", "낫", "긋", "젓", "잣")
"""The same for a `ㅅ` that is left out (`이어`)."""
_WITH_B: Final = ("뽑", "잡", "씹", "접", "집", "입", "업", "꼽", "좁", "굽")
"""Stems whose `ㅂ` stays (`뽑아`); that of the others is a vowel (`가벼운`)."""
_WITHOUT_H: Final = ("갛", "랗", "얗", "멓", "렇", "떻")
_PLAIN_REU: Final = ("따르", "치르", "들르", "다다르", "우러르")
"""Stems in `르` that get no second `ㄹ` (`따라`, but `골라`)."""
_BRIGHT: Final = frozenset(map(VOWELS.index, "ㅏㅗ"))
"""Vowels behind which an ending has `아` and not `어`."""
_JOINED: Final = dict(
    zip(map(VOWELS.index, "ㅏㅓㅐㅔㅕㅗㅜㅣㅚ"), map(VOWELS.index, "ㅏㅓㅐㅔㅕㅘㅝㅕㅙ"), strict=True)
)
"""What a vowel and that of the ending are together (`줄여`)."""
_APART: Final = frozenset(map(VOWELS.index, "ㅗㅜㅣㅚ"))
"""Vowels that may also stand apart from it (`바꾸어`)."""
_A, _AE, _YA, _YAE, _EO, _WEAK = map(VOWELS.index, "ㅏㅐㅑㅒㅓㅡ")

_Beginning = tuple[str, bool]
"""How forms begin, and whether that is a form by itself."""


class Verbs:
    """What verbs and adjectives mean, which are given in their dictionary form."""

    def __init__(self, meanings: Mapping[str, Sequence[str]]) -> None:
        self._meanings = meanings

    def meaning(self, run: str) -> tuple[str, ...]:
        """What a row of syllables means where it is a form of a verb that is known: the one with the longest beginning
        of its own."""
        for size in range(len(run), 0, -1):
            if found := self._beginnings.get(run[:size]):
                rest = run[size:]
                noun = rest.startswith("기")  # which follows a bare stem: `열기`, but not `연기`
                those = [
                    lemma
                    for lemma, whole in found
                    if (is_verb_ending(rest) and (not noun or lemma == f"{run[:size]}다") if rest else whole)
                ]
                if those:
                    return tuple(dict.fromkeys(each for lemma in those for each in self._meanings[lemma]))
        return ()

    @cached_property
    def _beginnings(self) -> Mapping[str, Sequence[_Beginning]]:
        """By how forms begin, the verbs whose they are."""
        found: defaultdict[str, list[_Beginning]] = defaultdict(list)
        for lemma in self._meanings:
            for beginning, whole in dict.fromkeys(beginnings(lemma)):
                found[beginning].append((lemma, whole))
        return found


def beginnings(lemma: str) -> Iterator[_Beginning]:
    """How the forms of a verb or an adjective begin that is given in its dictionary form (`섞다`)."""
    stem = lemma.removesuffix("다")
    yield lemma, True
    yield stem, False
    *_, tail = parts(stem[-1])
    match TAILS[tail]:
        case "\0":
            yield from _open(stem)
            infinitives = _infinitives(stem)
        case "ㄹ":
            bare = _with_tail(stem, "\0")
            yield from ((bare + ending, True) for ending in ("는", "니", "세"))
            yield from ((_with_tail(stem, fused), fused != "ㅂ") for fused in "ㄴㅂㄻ")
            yield stem, True
            infinitives = [stem + _a_or_eo(stem)]
        case "ㅂ" if not stem.endswith(_WITH_B):
            bare = _with_tail(stem, "\0")
            yield bare + "우", False
            yield from _open(bare + "우")
            infinitives = [bare + ("와" if bare in ("도", "고") else "워")]
        case "ㄷ" if stem.endswith(_TO_L):
            bare = _with_tail(stem, "ㄹ")
            yield from _before_vowels(bare)
            infinitives = [bare + _a_or_eo(bare)]
        case "ㅅ" if stem.endswith(_WITHOUT_S):
            bare = _with_tail(stem, "\0")
            yield from _before_vowels(bare)
            infinitives = [bare + _a_or_eo(bare)]
        case "ㅎ" if stem.endswith(_WITHOUT_H):
            bare = _with_tail(stem, "\0")
            yield from _open(bare)
            lead, vowel, _ = parts(bare[-1])
            infinitives = [bare[:-1] + syllable(lead, _YAE if vowel == _YA else _AE, 0)]
        case _:
            infinitives = [stem + _a_or_eo(stem)]
    for infinitive in infinitives:
        yield infinitive, True
        yield _with_tail(infinitive, "ㅆ"), False


def _open(stem: str) -> Iterator[_Beginning]:
    """What the endings of one consonant make of a stem without a last one."""
    yield from ((_with_tail(stem, fused), fused != "ㅂ") for fused in "ㄴㄹㅁㅂ")


def _before_vowels(stem: str) -> Iterator[_Beginning]:
    """The same of one whose last consonant is not what it was."""
    yield from ((stem + ending, ending != "으") for ending in ("은", "을", "음", "으"))


def _infinitives(stem: str) -> list[str]:
    """What a stem without a last consonant is before `아` or `어`, together with it."""
    lead, vowel, _ = parts(stem[-1])
    if stem.endswith("하"):
        return [stem[:-1] + "해", stem + "여"]
    if vowel == _WEAK:
        before = stem[:-1]
        bright = bool(before) and parts(before[-1])[1] in _BRIGHT
        if stem.endswith("르") and before and stem not in _PLAIN_REU:
            return [_with_tail(before, "ㄹ") + ("라" if bright else "러")]
        return [before + syllable(lead, _A if bright else _EO, 0)]
    joined = [stem[:-1] + syllable(lead, _JOINED[vowel], 0)] if vowel in _JOINED else []
    return joined + ([stem + _a_or_eo(stem)] if vowel in _APART or not joined else [])


def _a_or_eo(stem: str) -> str:
    return "아" if parts(stem[-1])[1] in _BRIGHT else "어"


def _with_tail(text: str, tail: str) -> str:
    """A text whose last syllable has this last consonant."""
    lead, vowel, _ = parts(text[-1])
    return text[:-1] + syllable(lead, vowel, TAILS.index(tail))
