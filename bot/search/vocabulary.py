"""What the archive knows of words: how they are spelt, how they sound, and in how many papers they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from tantivy import Searcher

from bot.query import fold
from bot.query.document import FIELDS, Document
from bot.query.endings import without_ending
from bot.query.hangul import initials, latin_sounds, letters, name_sounds, skeleton, skeletons
from bot.query.romanized import ANY_FAMILY
from bot.query.stems import stem
from bot.query.terms import CAMEL, name_words, normal
from bot.search.remembered import remembered
from bot.search.rows import IN, field_of
from bot.search.titles import title_clues

_WORDS: Final = re.compile(r"[A-Za-zÀ-ɏ]{3,40}")
_BRACKETED: Final = re.compile(r"((?:[가-힣]{2,8} )?[가-힣]{2,8}) ?\(([A-Za-z][A-Za-z -]{2,40})\)")
_LATIN: Final = re.compile("[a-z]{2,20}")
_MOST_NAMES: Final = 5
"""Words of a person's name; what has more is no person."""
_RUNS: Final = re.compile("[가-힣]+")
_LONGEST: Final = 10
_SOUNDING: Final = 4
_ALIKE: Final = 60
"""Words of one sound that are compared, the most frequent ones."""


def spellings_and_clues(document: Document) -> tuple[set[str], set[str]]:
    """The words of a paper, and the ways to them from what somebody may have typed.

    The words are the Latin ones as they are spelt, case and diacritics aside, and the Korean ones without endings. The
    ways are `sound:TLNSPM transformer TLaNSPoM` (with all its sounds), `lead:ㄱㅎㅎㅅ 강화학습`,
    `said:보상모델 reward model` where the commentary puts the one in brackets behind the other,
    `name:LKN/N lecun yann` by the consonants of an author's last and first name, and `title:head dinov2` for what the
    title is called.
    """
    words: set[str] = set()
    clues: set[str] = set()
    for name, texts in document.texts.items():
        spelt = {word for text in texts for word in _WORDS.findall(text)}
        if name != "authors":
            spelt |= {part for word in spelt for part in _parts(word)}
        found = set(map(_folded, spelt))
        words |= found
        if name != "authors":
            clues.update(*map(_sounds, found))
        before = ""
        for word, follows in _korean(texts):
            words.add(word)
            clues.add(_lead(word))
            if follows and before and len(before) + len(word) <= _LONGEST:
                clues.add(_lead(before + word))
            before = word
    for text in document.texts["commentary"]:
        for korean, english in _BRACKETED.findall(text):
            runs = korean.split()
            last = without_ending(runs[-1])
            clues.update(f"said:{key} {fold(english)}" for key in ("".join((*runs[:-1], last)), last) if len(key) > 1)
    clues.update(clue for author in document.texts["authors"] for clue in _names(author))
    clues.update(clue for title in document.texts["title"] for clue in title_clues(title))
    return words, clues


def _names(author: str) -> Iterator[str]:
    words = [word for word in name_words(author) if len(word) > 1]
    if not (2 <= len(words) <= _MOST_NAMES and all(map(_LATIN.fullmatch, words))):
        return
    if words[0] in ANY_FAMILY and words[-1] not in ANY_FAMILY:
        words = [*words[1:], words[0]]  # some keep the Korean order
    *given, last = words
    firsts = dict.fromkeys(bones for first in {"".join(given), given[0]} for bones in _bones(first))
    yield from (f"name:{bones}/{first} {last} {' '.join(given)}" for bones in _bones(last) for first in firsts)


@lru_cache(maxsize=1 << 12)
def _bones(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(skeleton, name_sounds(word))))


def _parts(word: str) -> Iterator[str]:
    """The words that a name is made of (`Burst` of `BurstGPT`)."""
    if not (word[1:].islower() or word.isupper()):
        yield from (part for part in CAMEL.split(word) if len(part) >= _SOUNDING)


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else fold(word)


def _korean(texts: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The Korean words of texts without their endings, and whether each follows another one directly."""
    for text in texts:
        end = -2
        for found in _RUNS.finditer(normal(text)):
            word = without_ending(found[0]) if 2 <= found.end() - found.start() <= _LONGEST + 4 else ""
            if 2 <= len(word) <= _LONGEST:
                yield word, found.start() == end + 1
            end = found.end()


@lru_cache(maxsize=1 << 15)
def _sounds(word: str) -> tuple[str, ...]:
    if len(word) < _SOUNDING:
        return ()
    # The sounds stand there too, for to find them out takes longer than to compare them.
    heard = " ".join(latin_sounds(word))
    return tuple(f"sound:{each} {word} {heard}" for each in skeletons(word))


@lru_cache(maxsize=1 << 14)
def _lead(word: str) -> str:
    return f"lead:{initials(word)} {word}"


Words = tuple[list[str], list[int]]
"""Words, and in how many papers each of them is."""


class Vocabulary:
    """The words of one state of the index. What was looked up is remembered until the index changes."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self.papers = int(searcher.num_docs)
        self.beginning = remembered(self._beginning, 1 << 9)
        self.letters_beginning = remembered(self._letters_beginning, 1 << 9)
        self.sounding = remembered(self._sounding, 1 << 6)
        self.named = remembered(self._named, 1 << 6)
        self.frequencies = remembered(self._frequencies, 1 << 13)
        self.rowed = remembered(self._rowed, 1 << 10)
        self.frequency = remembered(self._frequency, 1 << 13)

    def count(self, word: str) -> int:
        """In how many papers a word is spelt so."""
        return int(self._searcher.doc_freq("spelling", word))

    def _frequency(self, term: str) -> int:
        """In how many papers a term of the index is, in the field that has it most."""
        return max(self.frequencies(term))

    def _frequencies(self, term: str) -> tuple[int, ...]:
        """In how many papers a term of the index is, in each of the `FIELDS`."""
        among = self._searcher.doc_freq
        return tuple([among(name, term) for name in FIELDS])

    def _rowed(self, row: str) -> tuple[int, ...]:
        """In how many papers a row of terms is that the index has as one, in each of the fields that have them; none of
        an earlier layout has."""
        try:
            return tuple([self._searcher.doc_freq(field_of(name), row) for name in IN])
        except ValueError:
            return (0,) * len(IN)

    def _beginning(self, letters: str) -> Words:
        """The words that begin so."""
        found = self._searcher.terms_with_prefix("spelling", letters)
        return [word for word, _ in found], [count for _, count in found]

    def _letters_beginning(self, syllable: str) -> list[str]:
        """The single letters of the words that begin so, in the same order."""
        return [letters(word) for word in self.beginning(syllable)[0]]

    def leading_to(self, clue: str, most: int | None = None) -> list[tuple[str, int]]:
        """The words that a clue (`lead:ㄱㅎ`) leads to, the most frequent first, and in how many papers each is."""
        found = self._searcher.terms_with_prefix("clue", clue + " ", limit=most)
        return [(term[len(clue) + 1 :], count) for term, count in found]

    def _sounding(self, bones: str) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
        """The most frequent Latin words with these consonants, in how many papers each is, and how it may sound."""
        parts = [(clue.split(" "), count) for clue, count in self.leading_to(f"sound:{bones}", _ALIKE)]
        return tuple((word, count, tuple(sounds)) for (word, *sounds), count in parts)

    def _named(self, letters: str) -> Words:
        """The words of authors' names that begin so, initials aside."""
        found = [pair for pair in self._searcher.terms_with_prefix("names", letters) if pair[0][-1] != "."]
        return [word for word, _ in found], [count for _, count in found]

    def name_count(self, word: str) -> int:
        """In how many papers a word is in an author's name."""
        return int(self._searcher.doc_freq("names", word))

    def is_in_names(self, part: str) -> bool:
        """Whether all words of a part of a name (`Allen-Zhu`) are in authors' names."""
        return all(self.name_count(word) for word in name_words(part) if len(word) > 1)

    def is_name(self, word: str) -> bool:
        """Whether more papers have a word in an author's name than in any text."""
        texts = (count for field, count in zip(FIELDS, self.frequencies(stem(word)), strict=True) if field != "authors")
        return self.name_count(word) > max(texts)

    def names_a_paper(self, word: str) -> bool:
        """Whether a paper is called so, before the colon of its title or as a whole."""
        return any(self._searcher.doc_freq("clue", f"title:{kind} {stem(word)}") for kind in ("head", "whole"))

    def is_called(self, word: str) -> bool:
        """Whether an author or a paper is called so (`VAttention: …`)."""
        return self.name_count(word) > 0 or self.names_a_paper(word)

    def called(self, last: str, first: str, surname: str = "") -> list[tuple[str, int]]:
        """The authors whose last and first names have these consonants, the last first, in small letters without
        initials, and how many papers each has; where a `surname` is given those alone who have it."""
        if surname:
            return [(f"{surname} {given}", count) for given, count in self.leading_to(f"name:{last}/{first} {surname}")]
        return self.leading_to(f"name:{last}/{first}")

    def surnames(self, last: str) -> dict[str, int]:
        """The last names that have these consonants, and how often each is met."""
        found: defaultdict[str, int] = defaultdict(int)
        for term, count in self._searcher.terms_with_prefix("clue", f"name:{last}/"):
            found[term.split(" ", 2)[1]] += count
        return found

    def with_surname(self, surname: str) -> dict[str, int]:
        """The authors of a last name, the last name first, and how many papers each has."""
        found: dict[str, int] = {}
        for bones in _bones(surname):
            for term, count in self._searcher.terms_with_prefix("clue", f"name:{bones}/"):
                name = term.partition(" ")[2]
                if name.split(" ")[0] == surname:
                    found[name] = count
        return found
