"""What somebody may have meant whose words the archive does not have.

A word is doubted where no paper has it. Every way to read it otherwise (a typo, the other keyboard, initial consonants,
a word that is not finished, a loan word by its sound) is a candidate with a cost; the other words of the query and the
words beside it decide among them, because a correction that stands in one paper with them is likelier than any other.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from string import ascii_lowercase
from typing import Final

from bot.query import And, Author, Lexicon, Or, Phrase, Query, Word, conjunction, disjunction, fold
from bot.query.endings import is_ending, without_ending
from bot.query.expansion import FILLERS
from bot.query.hangul import (
    INITIALS,
    as_typed_in_english,
    as_typed_in_korean,
    hangul_sound,
    initials,
    is_syllable,
    latin_sounds,
    letters,
    near_syllables,
    skeleton,
)
from bot.query.lexicon import Glossary
from bot.query.syntax import name_form, phrase_form
from bot.query.terms import stem, units
from bot.search.vocabulary import Vocabulary, Words

SHORTEST: Final = 4
"""Letters that a Latin word must have to be repaired by one letter."""
LONG: Final = 8
"""Letters from which two may be wrong, though not the first."""

_LATIN: Final = re.compile(r"[A-Za-z]+")
_WEIGHED: Final = 4
"""Candidates of one word that are tried in the index."""
_DOUBTED: Final = 4
"""Words of a query that are repaired."""
_ALONE: Final = 10.0
_BESIDE: Final = 1.5
_BY_SOUND: Final = 2.0
_NEAR_SOUND: Final = 0.62
_ALIKE: Final = 60
"""Words of one sound that are compared, the most frequent ones."""
_OF_THE_LEXICON: Final = 20
_SPELT_OUT: Final = 3
"""Words that initial consonants are taken for where nothing stands beside them."""
_SAID_OFTEN: Final = 2
"""Papers that have to put the same words in brackets before they are believed."""

Count = Callable[[Query], int]
"""In how many papers a query is found."""


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """Another reading of a word: `cost` 1 is one wrong letter of a rare word."""

    cost: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phrases:
    """The Korean phrases of a lexicon without spaces, their single letters, and by their initial consonants."""

    words: Sequence[str]
    letters: Sequence[str]
    by_initials: Mapping[str, Sequence[str]]


@lru_cache(maxsize=4)
def _phrases(glossary: Glossary, _: int) -> Phrases:
    by_initials: defaultdict[str, list[str]] = defaultdict(list)
    for phrase in glossary.korean:
        by_initials[initials(phrase)].append(phrase)
    return Phrases(words=glossary.korean, letters=[letters(each) for each in glossary.korean], by_initials=by_initials)


class Repair:
    """Repairs queries by one state of the index."""

    def __init__(self, lexicon: Lexicon, vocabulary: Vocabulary, count: Count) -> None:
        self._lexicon = lexicon
        self._words = vocabulary
        self._count = count

    @cached_property
    def _phrases(self) -> Phrases:
        return _phrases(self._lexicon.glossary, self._lexicon.glossary.version)

    def __call__(self, query: Query) -> Query:
        """The query with its doubtful words replaced; the same one where nothing can be repaired."""
        match query:
            case Word(text=text) if INITIALS.fullmatch(text):
                best = sorted(self._initials(text))[:_SPELT_OUT]
                return disjunction(Word(each.text) for each in best) if best else query
            case Word() | Author():
                return self._together((query,))
            case And(queries=queries):
                better = self._together(queries)
                return better if self._count(better) else self._named(queries) or better
            case Or(queries=queries):
                return disjunction(map(self, queries))
            case _:
                return query

    def widened(self, query: Query) -> Query:
        """The query with what the archive itself puts in brackets behind its Korean words beside them."""
        match query:
            case Word(text=text) if is_syllable(text[0]) and not self._lexicon.translations_of((text,)):
                said = self._words.leading_to(f"said:{without_ending(text)}")
                forms = [phrase_form(phrase) for phrase, papers in said if papers >= _SAID_OFTEN]
                return disjunction((query, *(Phrase(form) for form in forms if form)))
            case And(queries=queries):
                return conjunction(map(self.widened, queries))
            case _:
                return query

    def _together(self, queries: Sequence[Query]) -> Query:
        parts = [self(part) if isinstance(part, Or) else part for part in queries]
        doubted = [at for at, part in enumerate(parts) if self._doubted(part)][:_DOUBTED]
        if joined := self._joined(parts, doubted):
            return joined
        for at in doubted:
            rest = [
                part for place, part in enumerate(parts) if place != at and place not in doubted[doubted.index(at) :]
            ]
            best = self._best(parts, at, rest)
            if best is not None:
                parts[at] = best
        if not doubted and 1 < len(parts) <= _DOUBTED:
            return self._second_thoughts(parts) or conjunction(parts)
        return conjunction(parts)

    def _named(self, queries: Sequence[Query]) -> Query | None:
        """An author whose name nearly is what the query says."""
        texts = [part.text for part in queries if isinstance(part, Word)]
        if not 2 <= len(texts) <= 3 or len(texts) != len(queries) or not (name := name_form(" ".join(texts))):
            return None
        author = Author(name)
        found = [candidate for candidate in self._names(author) if self._count(Author(candidate.text))]
        return Author(min(found).text) if found else None

    def _best(self, parts: Sequence[Query], at: int, rest: Sequence[Query]) -> Query | None:
        part = parts[at]
        candidates = self._names(part) if isinstance(part, Author) else self._readings(part)
        weighed: list[tuple[float, str, Query]] = []
        for candidate in sorted(candidates)[:_WEIGHED]:
            query = self._same_kind(part, candidate.text)
            if query is None:
                continue
            cost = candidate.cost
            if len(candidates) > 1:
                if not self._count(conjunction((*rest, query))):
                    cost += _ALONE
                elif any(self._count(phrase) for phrase in self._beside(parts, at, candidate.text)):
                    cost -= _BESIDE
            weighed.append((cost, candidate.text, query))
        return min(weighed, key=lambda each: each[:2])[2] if weighed else None

    def _same_kind(self, part: Query, text: str) -> Query | None:
        try:
            return Author(text) if isinstance(part, Author) else conjunction(map(Word, text.split()))
        except ValueError:  # what came out is no word that a person could have typed
            return None

    @staticmethod
    def _beside(parts: Sequence[Query], at: int, text: str) -> Iterator[Phrase]:
        """The candidate and the word before it, and the word after it."""
        for other, first in ((at - 1, True), (at + 1, False)):
            neighbour = parts[other] if 0 <= other < len(parts) else None
            if isinstance(neighbour, Word):
                form = phrase_form(f"{neighbour.text} {text}" if first else f"{text} {neighbour.text}")
                if form:
                    yield Phrase(form)

    def _second_thoughts(self, parts: Sequence[Query]) -> Query | None:
        """Every word is known, but no paper has them all: one may be another word by a slip of the finger."""
        found: list[tuple[float, int, Query]] = []
        for at, part in enumerate(parts):
            if not isinstance(part, Word) or not _LATIN.fullmatch(part.text) or len(part.text) < SHORTEST:
                continue
            for candidate in sorted(self._latin_typos(part.text.lower()))[:3]:
                query = self._same_kind(part, candidate.text)
                if query is None or stem(candidate.text) == stem(part.text):
                    continue
                rest = [other for place, other in enumerate(parts) if place != at]
                if any(self._count(conjunction((*rest, beside))) for beside in self._beside(parts, at, candidate.text)):
                    found.append((candidate.cost, at, query))
        if not found:
            return None
        _, at, query = min(found, key=lambda each: each[:2])
        return conjunction((*parts[:at], query, *parts[at + 1 :]))

    def _joined(self, parts: Sequence[Query], doubted: Sequence[int]) -> Query | None:
        """Words side by side that the archive writes as one: all of them that it knows, else one of them."""
        wholes = {
            at: word
            for at, (left, right) in enumerate(pairwise(parts))
            if (word := self._whole(left, right)) and (not doubted or {at, at + 1} & {*doubted})
        }
        together: list[Query] = []
        skipped = -1
        for at, part in enumerate(parts):
            if at == skipped:
                continue
            if at in wholes:
                skipped = at + 1
            together.append(wholes.get(at, part))
        single = [(*parts[:at], word, *parts[at + 2 :]) for at, word in wholes.items()] if len(wholes) > 1 else []
        tries = [together, *single] if wholes else []
        return next((query for each in tries if self._count(query := conjunction(each))), None)

    def _whole(self, left: Query, right: Query) -> Word | None:
        if not (isinstance(left, Word) and isinstance(right, Word)):
            return None
        whole = left.text + right.text
        if not is_word(whole):
            return None
        known = self._words.count(without_ending(whole) if is_syllable(whole[0]) else fold(whole))
        return Word(whole) if known else None

    # --- whether a word is doubted ---------------------------------------------------------------------------

    def _doubted(self, part: Query) -> bool:
        match part:
            case Author():
                return not self._count(part)
            case Word(text=text) if text not in FILLERS and not self._lexicon.translations_of((text,)):
                return any(not self._known(run, syllabic) for run, syllabic in _runs(text))
            case _:
                return False

    def _known(self, run: str, syllabic: bool) -> bool:
        if self._lexicon.translations_of((run,)):
            return True
        if syllabic:
            return self._attested(without_ending(run))
        if not _LATIN.fullmatch(run):
            return not INITIALS.fullmatch(run) and not any("\u1100" <= each <= "\u11ff" for each in run)
        word = run.lower()
        return self._words.count(word) > 0 or self._words.frequency(stem(word)) > 0

    def _attested(self, run: str) -> bool:
        try:
            return self._count(Word(run)) > 0
        except ValueError:
            return True

    # --- other readings --------------------------------------------------------------------------------------

    def _readings(self, part: Query) -> list[Candidate]:
        """The readings of a word, of which at most one run of letters is doubted."""
        if not isinstance(part, Word):
            return []
        if INITIALS.fullmatch(part.text):
            return list(self._initials(part.text))
        typed = as_typed_in_english(part.text) if not part.text.isascii() else None
        if typed and _LATIN.fullmatch(typed) and len(typed) > 2 and (count := self._latin_count(typed)):
            return [Candidate(_cost(0.2, count), typed)]
        runs = list(_runs(part.text))
        for place, (run, syllabic) in enumerate(runs):
            if self._known(run, syllabic):
                continue
            readings = self._korean(run) if syllabic else self._latin(run)
            before = " ".join(each for each, _ in runs[:place])
            after = " ".join(each for each, _ in runs[place + 1 :])
            return [Candidate(each.cost, " ".join(f"{before} {each.text} {after}".split())) for each in readings]
        return []

    def _latin(self, run: str) -> list[Candidate]:
        word = run.lower()
        found: list[Candidate] = []
        korean = as_typed_in_korean(run)
        if korean and len(korean) > 1 and (count := self._korean_count(korean)):
            return [Candidate(_cost(0.2, count), korean)]
        if len(word) >= SHORTEST:
            found += self._latin_typos(word)
            for other, count in zip(*self._words.beginning(word), strict=True):
                found.append(Candidate(_cost(1.2, count), other))
        if len(word) >= 2 * 3:
            for at in range(3, len(word) - 2):
                left, right = word[:at], word[at:]
                if self._words.count(left) and self._words.count(right) and self._count(Phrase(f"{left} {right}")):
                    found.append(Candidate(0.8, f"{left} {right}"))
        return found

    def _latin_typos(self, word: str) -> list[Candidate]:
        return [
            Candidate(_cost(distance, count), other)
            for distance, other, count in near_words(word, self._words.beginning, self._words.count)
        ]

    def _latin_count(self, word: str) -> int:
        return self._words.count(word) or self._words.frequency(stem(word))

    def _korean_count(self, word: str) -> int:
        if any(self._lexicon.translations_of((each,)) for each in (word, without_ending(word))):
            return 100
        return self._count(Word(word)) if is_word(word) else 0

    def _initials(self, text: str) -> Iterator[Candidate]:
        wanted = initials(text)
        for phrase in self._phrases.by_initials.get(wanted, ()):
            if is_word(phrase) and (count := self._count(Word(phrase))):
                yield Candidate(_cost(0.0, count), phrase)
        for word, count in self._words.leading_to(f"lead:{wanted}"):
            yield Candidate(_cost(0.0, count), word)

    def _korean(self, run: str) -> list[Candidate]:
        word = without_ending(run)
        found = [*self._korean_typos(word), *self._sounding(word)]
        for phrase in self._phrases.words if len(word) > 1 else ():
            if phrase.startswith(word) and phrase != word:
                found.append(Candidate(0.9 + 0.1 * (len(phrase) - len(word)), phrase))
        for size in range(len(word) - 1, 1, -1):
            if self._attested(word[:size]):
                rest = word[size:]
                found.append(Candidate(3.0, word[:size]))
                if len(rest) > 1:
                    found += (
                        Candidate(each.cost + 0.5, f"{word[:size]} {each.text}") for each in self._korean_typos(rest)
                    )
                break
        return found

    def _korean_typos(self, word: str) -> Iterator[Candidate]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        typed = letters(word)
        limit = 2 if len(word) > 2 else 1
        phrases = self._phrases
        for _, distance, place in process.extract(
            typed, phrases.letters, scorer=OSA.distance, processor=None, score_cutoff=limit, limit=5
        ):
            if distance:
                yield Candidate(_cost(distance, _OF_THE_LEXICON), phrases.words[place])
        words, counts = self._words.beginning(word[0])
        for _, distance, place in process.extract(
            typed,
            self._words.letters_beginning(word[0]),
            scorer=OSA.distance,
            processor=None,
            score_cutoff=limit,
            limit=10,
        ):
            if distance:
                yield Candidate(_cost(distance, counts[place]), words[place])
        for first in near_syllables(word[0]):
            if count := self._words.count(first + word[1:]):
                yield Candidate(_cost(1, count), first + word[1:])

    def _sounding(self, word: str) -> Iterator[Candidate]:
        """Latin words of the archive that a loan word may be."""
        from rapidfuzz.distance import OSA

        sound = hangul_sound(word)
        bones = skeleton(sound)
        if len(bones) < 2:
            return
        alike = self._words.leading_to(f"sound:{bones}")
        for other, count in heapq.nlargest(_ALIKE, alike, key=lambda pair: pair[1]):
            near = max(OSA.normalized_similarity(sound, each) for each in latin_sounds(other))
            if near >= _NEAR_SOUND:
                yield Candidate(_cost(_BY_SOUND - near, count), other)

    def _names(self, part: Author) -> list[Candidate]:
        """The name with one word misspelt, or with its two words in the other order."""
        words = part.name.split()
        found = [Candidate(0.1, " ".join(reversed(words)))] if len(words) == 2 else []
        for at, word in enumerate(words):
            if len(word) < 3:
                continue
            for distance, other, count in near_words(word, self._words.named, self._words.name_count, shortest=3):
                name = name_form(" ".join((*words[:at], other, *words[at + 1 :])))
                found.append(Candidate(_cost(distance, count), name))
        return [each for each in sorted(found)[:40] if self._count(Author(each.text))]


def is_word(text: str) -> bool:
    """Whether a text can stand in a query as a word."""
    try:
        Word(text)
    except ValueError:
        return False
    return True


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    for place, (run, _, syllabic) in enumerate(units(text)):
        if not syllabic or place == 0 or not is_ending(run):
            yield run, syllabic


def _cost(distance: float, count: int) -> float:
    return distance - 0.2 * math.log10(count + 1)


Beginning = Callable[[str], Words]


def near_words(
    word: str, beginning: Beginning, count: Callable[[str], int], *, shortest: int = SHORTEST
) -> list[tuple[int, str, int]]:
    """The words at the least distances (one edit or swap; two for long words with the same beginning) with how often
    they are, nearest first.

    Only words with the same first two letters are compared; the few with one mistake there are asked for by name.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(word) < shortest:
        return []
    limit = 2 if len(word) >= LONG else 1
    known = beginning(word[:2])
    near = process.extract(word, known[0], scorer=OSA.distance, processor=None, score_cutoff=limit, limit=30)
    found = {other: (int(distance), known[1][place]) for other, distance, place in near if distance}
    others = {other for other in _slips(word) if other != word and other not in found}
    found |= {other: (1, times) for other in others if (times := count(other))}
    return sorted((distance, other, times) for other, (distance, times) in found.items())


def _slips(word: str) -> Iterator[str]:
    """The word with one mistake among its first two letters."""
    for at in (0, 1):
        head, rest = word[:at], word[at + 1 :]
        yield head + rest
        yield head + rest[:1] + word[at] + rest[1:]
        for letter in ascii_lowercase:
            yield head + letter + rest
            yield head + letter + word[at] + rest
