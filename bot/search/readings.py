"""Other ways to read a word: a typo, the other keyboard, initials, an unfinished word, a loan word by its sound."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from bot.query import Author, Lexicon, Phrase, Query, Word
from bot.query.endings import is_ending, is_verb_form, without_ending
from bot.query.hangul import (
    INITIALS,
    STRAY,
    abbreviation,
    as_typed_in_english,
    as_typed_in_korean,
    compose,
    initials,
    is_syllable,
    letter_names,
    letters,
    near_syllables,
    plain_letters,
)
from bot.query.stems import stem
from bot.query.syntax import is_word, name_form
from bot.query.terms import units
from bot.search.everyday import is_everyday, is_everyday_english, latin_name
from bot.search.phrases import LONG_PHRASE, Phrases, english_stems, phrases_of
from bot.search.slips import LONG, SHORTEST, near_words
from bot.search.sounds import sounding_like
from bot.search.vocabulary import Vocabulary

_SURER: Final = 0.3
"""How much less such a letter costs: less than that of a sound (`언어모댈` is no `unimodal`)."""
_SHORTEST_NAME: Final = 3
"""Letters that a name must have, or one of a person's names."""
LATIN: Final = re.compile(r"[A-Za-z]+")
_NUMBERED: Final = re.compile(r"([A-Za-z][\w-]*[A-Za-z])-?([vV]?\d[\d.]*)")
"""A name with a number (`wav2vec2`, `EfficientNetV2`)."""
_LETTERS_FIRST: Final = re.compile(r"([A-Za-z]{3,})(-?\d\w*)")
"""The letters with which such a name begins, and the rest (`dinov2`, `dust3r`)."""

_CUT_OFF: Final = 0.2
"""What it costs that a sound leaves what may be an ending unexplained (`알파고`)."""
_UNFINISHED: Final = 0.7
"""What it costs that a Latin word is not finished: less than a slip, for `benchm` is no slip for `bench`."""
_BEGUN: Final = 0.6
"""The same for a Korean word of which a syllable is begun."""
_TOPIC: Final = 0.3
"""How much less it costs that such a word is a topic."""
_DERIVING: Final = "성화적력률율형용별식론법량권감"
"""Syllables that make another word of a noun (`완전성`), which is the nearest to it that papers have."""
_OF_THE_LEXICON: Final = 20
_SPLIT: Final = 0.6
_CHAT: Final = frozenset(["ㅇㅇ", "ㄴㄴ", "ㄱㄱ", "ㅇㅋ", "ㄱㅅ", "ㅊㅋ", "ㅎㅇ", "ㅇㅈ", "ㅂㅇ"])
"""Initial consonants that are words of a chat."""
SHORT: Final = 2
"""Syllables of a word that one wrong letter makes another word of, most often."""
_COMMON: Final = 0.1
"""The part of all papers that have a word which says nothing, unless the lexicon knows it."""
_SLIPPED: Final = 2
"""Papers that may have a slip."""
_FAR_COMMONER: Final = 20
"""How many times as many papers have the word that was meant."""
_DOUBTFUL: Final = 5
"""Papers with a word that may all be gone."""
_FEW: Final = 20
"""Papers that are no part worth speaking of."""

Count = Callable[[Query], int]
"""In how many papers a query is found."""


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """Another reading of a word: `cost` 1 is one wrong letter of a rare word. What is not `likely` has to stand beside
    the query's other words somewhere."""

    cost: float
    text: str
    likely: bool = True


class Readings:
    """The candidates for words by one state of the index."""

    def __init__(self, lexicon: Lexicon, vocabulary: Vocabulary, count: Count) -> None:
        self._lexicon = lexicon
        self._words = vocabulary
        self._count = count

    @cached_property
    def _phrases(self) -> Phrases:
        return phrases_of(self._lexicon.glossary, self._lexicon.glossary.version)

    def known(self, run: str, syllabic: bool) -> bool:
        """Whether the archive or the lexicon has a run of letters."""
        if self._lexicon.translations_of((run,)):
            return True
        if syllabic:
            if (name := latin_name(run)) and self._words.count(name):
                return self._attested(without_ending(run))
            return name is not None or self.is_plain(run)
        if not LATIN.fullmatch(run):
            numbered = _NUMBERED.fullmatch(run) or _LETTERS_FIRST.fullmatch(run)
            return not STRAY.search(plain_letters(run)) and (not numbered or self._attested(run))
        word = run.lower()
        stemmed = stem(word)
        glossary = self._lexicon.glossary
        papers = max(self._words.count(word), self._words.frequency(stemmed))
        # The index counts a paper that was taken out or exchanged until it is tidied up.
        known = papers > _DOUBTFUL or (papers > 0 and self._attested(word))
        known = known or stemmed in english_stems(glossary, glossary.version)
        return known or is_everyday_english(word)

    def is_plain(self, run: str) -> bool:
        """Whether a Korean word is one of daily life, a verb or of the archive."""
        if self._attested(without_ending(run)):
            return True
        return not any(self._abbreviated(abbreviation(run))) and (is_everyday(run) or is_verb_form(run))

    def _abbreviated(self, word: str) -> Iterator[Candidate]:
        """The abbreviations of which a Korean word spells the letters (`에스에프티`)."""
        for name in letter_names(word):
            if count := self._latin_count(name) or _OF_THE_LEXICON * bool(self._lexicon.translations_of((name,))):
                yield Candidate(_cost(0.3, count), name)

    def _attested(self, run: str) -> bool:
        try:
            return self._count(Word(run)) > 0
        except ValueError:
            return True

    def of(self, part: Query, *, last: bool = True) -> list[Candidate]:
        """The readings of a word, of which at most one run of letters is doubted. Only the `last` word of a query may
        be half typed."""
        if not isinstance(part, Word):
            return []
        if INITIALS.fullmatch(part.text):
            return list(self.initials(part.text))
        if STRAY.search(plain := plain_letters(part.text)):
            return [*self._of_letters(plain), *(self._half_typed(plain) if last else ())]
        found: list[Candidate] = []
        pieces = list(runs(part.text))
        for place, (run, syllabic) in enumerate(pieces):
            if self.known(run, syllabic):
                continue
            readings = self._korean(run, last=last) if syllabic else self._latin(run)
            before = " ".join(each for each, _ in pieces[:place])
            after = " ".join(each for each, _ in pieces[place + 1 :])
            found += (replace(each, text=" ".join(f"{before} {each.text} {after}".split())) for each in readings)
            break
        return found

    def _of_letters(self, text: str) -> Iterator[Candidate]:
        """What a word may be in which letters stand alone: English on the other keyboard, or syllables that a slip
        took apart."""
        typed = as_typed_in_english(text)
        if typed and LATIN.fullmatch(typed):
            if count := self._latin_count(typed):
                yield Candidate(_cost(0.2, count), typed)
            elif len(typed) >= LONG:
                yield from self.latin_typos(typed)
        for whole, cost, papers in (
            (compose(letters(text)), 0.3, self._korean_count),
            (STRAY.sub("", text), 0.5, self._spelt),
        ):
            word = without_ending(whole)
            if len(word) > 1 and not STRAY.search(word) and (count := papers(word)):
                yield Candidate(_cost(cost, count), word)
        if is_syllable(text[0]):
            yield from self._korean_typos(text)
        else:
            for distance, phrase in self._phrases.near(letters(text), 1, 5):
                yield Candidate(_cost(distance, _OF_THE_LEXICON), phrase)

    def _half_typed(self, text: str) -> Iterator[Candidate]:
        """The phrases of the lexicon that begin so, where the last syllable is only begun (`증ㄱ`); topics first."""
        if is_syllable(text[0]) and not STRAY.search(text[:-1]):
            for phrase in self._phrases.continuing(text[:-1]):
                if letters(phrase).startswith(letters(text)):
                    topic = bool(self._lexicon.related_to((phrase,)))
                    cost = _BEGUN + 0.1 * (len(phrase) - len(text)) - _TOPIC * topic
                    yield Candidate(_cost(cost, self._words.count(phrase)), phrase)

    def _latin(self, run: str) -> list[Candidate]:
        word = run.lower()
        found: list[Candidate] = []
        if numbered := _NUMBERED.fullmatch(run):
            name, number = numbered.groups()
            ways = [(0.3, f"{name} {number}")]
            if self._is_named(name.lower()):
                ways.append((0.8, name))
            found += (Candidate(_cost(cost, count), way) for cost, way in ways if (count := self._count(Phrase(way))))
        if first := _LETTERS_FIRST.fullmatch(run):
            found += self._named_alike(*first.groups())
        korean = as_typed_in_korean(run)
        if korean and len(korean) > 1:
            if count := self._korean_count(korean):
                return [Candidate(_cost(0.2, count), korean)]
            found += (replace(each, cost=each.cost + 0.5) for each in self._korean(korean, last=False))
        apart = [Candidate(0.8, text) for text in self.apart(word)]
        if len(word) >= SHORTEST:
            found += self.latin_typos(word)
            # `moviegen` is `movie gen` rather than the beginning of `moviegenresearchvideos`.
            longest = 2 * len(word) if apart else math.inf
            for other, count in zip(*self._words.beginning(word), strict=True):
                if len(other) <= longest:
                    found.append(Candidate(_cost(_UNFINISHED, count), other))
        return [*found, *apart]

    def _is_named(self, name: str) -> bool:
        """Whether something is called so, of which there are several (`gpt5`); `zero123` is not about zero."""
        known = self._lexicon.translations_of((name,)) or self._words.is_name(name)
        return bool(known) and len(name) >= _SHORTEST_NAME and not is_everyday_english(name)

    def _named_alike(self, letters_first: str, rest: str) -> Iterator[Candidate]:
        """Names of the archive with the same number and one slip in the letters before it. Where these are only three,
        which are like many others, two of them changed places (`gtp4`)."""
        name = letters_first.lower()
        for distance, other, _ in near_words(name, self._words.beginning, self._words.count, shortest=_SHORTEST_NAME):
            alike = len(name) >= SHORTEST or sorted(name) == sorted(other)
            whole = other + rest
            if distance == 1 and alike and is_word(whole) and (count := self._count(Word(whole))):
                yield Candidate(_cost(distance, count), whole)

    def apart(self, word: str) -> Iterator[str]:
        """The ways to write a Latin word as two that stand side by side in some paper."""
        for at in range(3, len(word) - 2):
            left, right = word[:at], word[at:]
            if self._words.count(left) and self._words.count(right) and self._count(Phrase(f"{left} {right}")):
                yield f"{left} {right}"

    def latin_typos(self, word: str) -> list[Candidate]:
        """Words of the archive that differ from this one by a slip."""
        return [
            Candidate(_cost(distance, count), other)
            for distance, other, count in near_words(word, self._words.beginning, self._words.count)
        ]

    def commoner(self, word: str) -> Iterator[str]:
        """The word of which this one may be a slip that some paper made as well (`transfomer`): a far commoner one that
        is one letter away, unless it is a name. With a letter before or after another word it is one (`vattention`)."""
        count = self._words.count(word)
        if len(word) < LONG or not 0 < count <= _SLIPPED or is_everyday_english(word) or self._words.is_called(word):
            return
        near = near_words(word, self._words.beginning, self._words.count)
        far = ((times, other) for distance, other, times in near if distance == 1 and times >= _FAR_COMMONER * count)
        _, other = max(far, default=(0, word))
        if other not in word and stem(other) != stem(word):
            yield other

    def row(self, words: Sequence[str]) -> Sequence[str]:
        """Korean words side by side as a phrase of the lexicon has them from which they are one letter away."""
        return self._phrases.row(words)

    def _latin_count(self, word: str) -> int:
        return self._words.count(word) or self._words.frequency(stem(word))

    def _korean_count(self, word: str) -> int:
        if any(self._lexicon.translations_of((each,)) for each in (word, without_ending(word))):
            return 100
        return self._count(Word(word)) if is_word(word) else 0

    def initials(self, text: str) -> Iterator[Candidate]:
        """The words that begin their syllables with these consonants, and the English one on the same keys."""
        wanted = initials(text)
        if wanted in _CHAT:
            return
        for phrase in self._phrases.by_initials.get(wanted, ()):
            if is_word(phrase) and (count := self._count(Word(phrase))):
                yield Candidate(_cost(0.0, count), phrase)
        for word, count in self._words.leading_to(f"lead:{wanted}"):
            yield Candidate(_cost(0.0, count), word)
        typed = as_typed_in_english(text)
        if typed and len(typed) > 2 and (count := self._latin_count(typed)):
            yield Candidate(_cost(0.3, count), typed)

    def _korean(self, run: str, *, last: bool) -> list[Candidate]:
        if (name := latin_name(run)) and (count := self._words.count(name)):
            return [Candidate(_cost(0.2, count), name)]
        word = without_ending(run)
        if len(word) > SHORT and word[-1] in _DERIVING and self._attested(word[:-1]):
            return [Candidate(_cost(0.3, self._spelt(word[:-1])), word[:-1])]
        spelt_out = abbreviation(word) == word  # and what sounds like its letters is another word
        found = [] if spelt_out else [*self._korean_typos(word), *self._split(word)]
        if word != run and len(run) >= LONG_PHRASE:  # what looks like an ending may be none (`상태공간`)
            found += self._near_phrases(run, 1)
        for whole in dict.fromkeys((run, word)):
            beside = _CUT_OFF if whole != run else 0.0
            sounding = () if spelt_out else self._sounding(whole)
            found += (replace(each, cost=each.cost + beside) for each in sounding)
            found += self._abbreviated(whole)
        if last and len(word) > 1:
            for phrase in self._phrases.continuing(word):
                found.append(Candidate(0.9 + 0.1 * (len(phrase) - len(word)), phrase))
        typed = as_typed_in_english(run)
        if typed and len(typed) >= SHORTEST and (count := self._latin_count(typed)):
            found.append(Candidate(_cost(0.5, count), typed))
        for size in range(len(word) - 1, len(word) // 2, -1):
            if self._attested(word[:size]):
                found.append(Candidate(3.0, word[:size]))
                break
        return found

    def _split(self, word: str) -> Iterator[Candidate]:
        """The word as two, of which one may be a slip."""
        for size in range(2, len(word) - 1):
            left, right = word[:size], word[size:]
            known = [self._spelt(each) for each in (left, right)]
            if all(known):
                yield Candidate(_SPLIT - 0.1 * math.log10(min(known)), f"{left} {right}")
            elif known[0] and len(right) > SHORT:
                yield from self._beside_known(left, right, first=True)
            elif known[1] and len(left) > SHORT:
                yield from self._beside_known(right, left, first=False)

    def _beside_known(self, known: str, doubted: str, *, first: bool) -> Iterator[Candidate]:
        for each in (*self._korean_typos(doubted), *self._sounding(doubted)):
            yield Candidate(each.cost + _SPLIT, f"{known} {each.text}" if first else f"{each.text} {known}")

    def _spelt(self, word: str) -> int:
        """In how many papers a Korean word is written so; those of the lexicon count as known."""
        return _OF_THE_LEXICON if self._lexicon.translations_of((word,)) else self._words.count(word)

    def _says_nothing(self, word: str, count: int) -> bool:
        return count > max(_FEW, _COMMON * self._words.papers) and not self._lexicon.translations_of((word,))

    def _korean_typos(self, word: str) -> Iterator[Candidate]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        typed = letters(word)
        limit = 2 if len(word) > 3 else 1
        yield from self._near_phrases(word, limit)
        words, counts = self._words.beginning(word[0])
        for _, distance, place in process.extract(
            typed,
            self._words.letters_beginning(word[0]),
            scorer=OSA.distance,
            processor=None,
            score_cutoff=limit,
            limit=10,
        ):
            if distance and not self._says_nothing(words[place], counts[place]):
                yield self._spelt_so(words[place], distance, counts[place])
        for first in near_syllables(word[0]):
            other = first + word[1:]
            if (count := self._words.count(other)) and not self._says_nothing(other, count):
                yield self._spelt_so(other, 1, count)

    def _near_phrases(self, word: str, limit: int) -> Iterator[Candidate]:
        for distance, phrase in self._phrases.near(letters(word), limit, 5):
            if distance:
                surer = _SURER * (len(word) >= LONG_PHRASE and distance == 1)
                yield Candidate(_cost(distance, _OF_THE_LEXICON) - surer, phrase)

    def _spelt_so(self, word: str, distance: int, count: int) -> Candidate:
        likely = len(word) > SHORT or bool(self._lexicon.translations_of((word,)))
        return Candidate(_cost(distance, count), word, likely)

    def _sounding(self, word: str) -> Iterator[Candidate]:
        for cost, other, count, likely in sounding_like(word, self._words):
            if not self._says_nothing(other, count):
                yield Candidate(cost, other, likely)

    def names(self, part: Author) -> list[Candidate]:
        """The name with one word misspelt, or with its two words in the other order. A word of three letters is one
        letter from many others, and only beside the rest of a name a sign."""
        words = part.name.split()
        found = [Candidate(0.1, " ".join(reversed(words)))] if len(words) == 2 else []
        for at, word in enumerate(words):
            others = [other for other in (*words[:at], *words[at + 1 :]) if len(other) > 1]
            if not all(map(self._words.is_in_names, others)):
                continue  # more of it than one word is misspelt, if it is a name at all
            beside = bool(others)
            shortest = _SHORTEST_NAME if beside else SHORTEST
            near = near_words(word, self._words.named, self._words.name_count, shortest=shortest)
            for distance, other, count in near:
                name = name_form(" ".join((*words[:at], other, *words[at + 1 :])))
                found.append(Candidate(_cost(distance, count), name))
        return [each for each in sorted(found)[:40] if self._count(Author(each.text))]


def runs(text: str) -> Iterator[tuple[str, bool]]:
    for place, (run, _, syllabic) in enumerate(units(text)):
        if not syllabic or place == 0 or not is_ending(run):
            yield run, syllabic


def _cost(distance: float, count: int) -> float:
    return distance - 0.2 * math.log10(count + 1)
