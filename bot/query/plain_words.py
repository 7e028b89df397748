"""What people say in plain Korean, and what abstracts write for it: `걸러낸`, `filtering`; `순서 없이`, `unordered`.

It counts where the glossary knows nothing, and finds the English words; who types these is not led to the Korean ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from bot.query.endings import without_ending
from bot.query.glossary import Glossary
from bot.query.keys import ALL_HANGUL, phrase_keys
from bot.query.terms import normal
from bot.query.verbs import Verbs

_OTHER_WORD: Final = tuple("적답롭스")
"""With what another word begins behind a noun, and no ending (`기계적`)."""

_Lines = Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1 << 11)
def meaning(word: str) -> tuple[str, ...]:
    """The English for a Korean word, which may have an ending; nothing where it is not known."""
    word = normal(word)
    if not ALL_HANGUL.fullmatch(word):
        return ()
    verbs, nouns = _words()
    bare = without_ending(word)
    if word[len(bare) :].startswith(_OTHER_WORD):
        bare = word
    return nouns.get(word) or nouns.get(bare) or verbs.meaning(word)


@cache
def phrases() -> Glossary:
    """The phrases of several words, as a glossary has them."""
    return Glossary({key: found for phrase, found in _lines() if " " in phrase for key in phrase_keys(phrase)})


@cache
def _words() -> tuple[Verbs, _Lines]:
    words = {word: found for word, found in _lines() if " " not in word}
    return Verbs({word: words[word] for word in words if word.endswith("다")}), words


def _lines() -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in files("bot.query").joinpath("plain_words.txt").read_text("utf-8").splitlines():
        korean, _, english = line.partition(": ")
        if english:
            yield korean, tuple(english.split(", "))
