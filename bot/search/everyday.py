"""Words of daily life and names that everybody knows, which are no slips though no paper has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from bot.query.endings import is_ending, is_particle, is_verb_ending
from bot.query.hangul import TAILS, parts, syllable

_REGULAR: Final = tuple(
    (ending, rest)
    for ending, *rests in (("s", ""), ("es", ""), ("ies", "y"), ("ed", "", "e"), ("ied", "y"), ("ing", "", "e"))
    for rest in rests
)
"""Regular English endings, and what stands there without them."""
_PAST: Final = TAILS.index("ㅆ")
_FUSED: Final = {
    TAILS.index("ㄴ"): re.compile("다(?:고|는|며|면|니|던데)?"),
    TAILS.index("ㄹ"): re.compile("(?:까|게|지|수록|래|걸|텐데|거야)요?|지도|거"),
}
"""Endings of which the first consonant goes into the syllable before them (`빌린다` of `빌리`)."""


@lru_cache(maxsize=1 << 12)
def is_everyday(run: str) -> bool:
    """Whether a row of syllables is a Korean word of daily life, with what may be stuck to it.

    A noun of one syllable counts only beside a particle (`눈이`), a stem of one only beside an ending of verbs
    (`가고`): alone either is a part of many words.
    """
    return any(_are_everyday(run[:size], run[size:]) for size in range(len(run), 0, -1))


def is_everyday_english(word: str) -> bool:
    """The same for an English word in small letters, which may have a regular ending, and for a name in them."""
    return word in _names() or any(form in _words() for form in _without_regular_ending(word))


@lru_cache(maxsize=1 << 12)
def latin_name(run: str) -> str | None:
    """How a known name or loan word in Hangul, with what may be stuck to it, is written in Latin letters: empty where
    that is not known, nothing for any other word."""
    for size in range(len(run), 1, -1):
        name = _names().get(run[:size])
        if name is not None and (size == len(run) or is_ending(run[size:])):
            return name
    return None


@cache
def _words() -> Mapping[str, None]:
    """English words without regular endings, Korean words and stems; a stem of one syllable has a `-` behind it."""
    # The keys of a dict take a third of the memory that a set of so many takes.
    return dict.fromkeys((files("bot.search") / "everyday.txt").read_text(encoding="utf-8").split())


@cache
def _names() -> dict[str, str]:
    """Names in small letters or in Hangul, and what some of these and loan words are in Latin letters."""
    lines = (files("bot.search") / "names.txt").read_text(encoding="utf-8").splitlines()
    return {name: latin for name, _, latin in (line.partition(" ") for line in lines)}


def _are_everyday(word: str, rest: str) -> bool:
    words = _words()
    if word in words and (is_particle(rest) if len(word) == 1 else not rest or is_ending(rest)):
        return True
    stems = (word, _stem(word, rest))
    return is_verb_ending(rest) and any((each if len(each) > 1 else f"{each}-") in words for each in stems)


def _stem(word: str, rest: str) -> str:
    """The stem of a verb without the consonant with which its ending begins: `깨졌` is the past of `깨져`."""
    lead, vowel, tail = parts(word[-1])
    fused = _FUSED.get(tail)
    if tail == _PAST if fused is None else fused.fullmatch(rest):
        return word[:-1] + syllable(lead, vowel, 0)
    return word


def _without_regular_ending(word: str) -> Iterator[str]:
    """What an English word may be a form of; a stem is no word (`simil`)."""
    yield word
    for ending, rest in _REGULAR:
        if word.endswith(ending):
            base = word.removesuffix(ending) + rest
            yield base
            if base[-2:-1] == base[-1:]:
                yield base[:-1]
