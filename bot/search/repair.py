"""What somebody may have meant whose words the archive does not have.

A word is doubted where no paper has it. Every way to read it otherwise (a typo, the other keyboard, initial consonants,
a word that is not finished, a loan word by its sound) is a candidate with a cost; the other words of the query and the
words beside it decide among them, because a correction that stands in one paper with them is likelier than any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise, product
from typing import Final

from bot.query import And, Author, Lexicon, Or, Phrase, Query, Word, conjunction, disjunction, fold
from bot.query.dates import undated
from bot.query.endings import without_ending
from bot.query.expansion import FILLERS
from bot.query.hangul import INITIALS, as_typed_in_korean, is_syllable
from bot.query.stems import stem
from bot.query.syntax import is_word, name_form, phrase_form
from bot.search.everyday import is_everyday_english
from bot.search.names import HANGUL_NAME, Names
from bot.search.readings import LATIN, SHORT, Count, Readings, runs
from bot.search.shape import has_initial
from bot.search.slips import SHORTEST
from bot.search.vocabulary import Vocabulary

_WEIGHED: Final = 4
"""Candidates of one word that are tried in the index."""
_DOUBTED: Final = 4
"""Words of a query that are repaired."""
_MOST_ROWS: Final = 5
"""Rows of a candidate and the word beside it that are looked for."""
_ALONE: Final = 10.0
_BESIDE: Final = 1.5
_OFTEN: Final = 0.2
"""How much less it costs for each ten times as many papers in which it stands beside them (`sparse attention`)."""
_ONE_THING: Final = 0.5
"""How much less a reading costs that the lexicon has together with the word beside it (`데이터 증강`)."""
_SPELT_OUT: Final = 3
"""Words that initial consonants are taken for where nothing stands beside them."""
_FEW_INITIALS: Final = 3
_TOPICS: Final = 2
_AFTER_A_NAME: Final = "가이은는을를의와과도"
"""Particles that a last name of one syllable loses; `론` is most often a part of a word (`추론`)."""
_WRITTEN: Final = frozenset(map(Word, ("쓴", "낸", "발표한", "작성한")))
"""Words that ask nothing behind an author (`얀 르쿤이 쓴 논문`)."""
_LONG: Final = 4
"""Syllables of a word up to which it is like many others by chance."""
_SAID_OFTEN: Final = 2
"""Papers that have to put the same words in brackets before they are believed."""


def _as_typed(form: str) -> Word | Phrase:
    return Word(form) if is_word(form) else Phrase(form)


def _as_name(queries: Sequence[Query]) -> Author | None:
    """What may be nothing but a name, as an author."""
    texts = [part.text for part in queries if isinstance(part, Word)]
    if not 2 <= len(texts) <= 3 or len(texts) != len(queries) or not (name := name_form(" ".join(texts))):
        return None
    return Author(name)


def _without_particle(word: str) -> Iterator[str]:
    """A word of a name as it is and without a particle, which may leave one syllable (`카이밍 허의`)."""
    bare = without_ending(word)
    yield from dict.fromkeys((word, bare, bare[:-1] if len(bare) == SHORT and bare[1] in _AFTER_A_NAME else bare))


def _is_short_korean(part: Query) -> bool:
    return isinstance(part, Word) and is_syllable(part.text[0]) and len(without_ending(part.text)) <= _LONG


class Repair:
    """Repairs queries by one state of the index."""

    def __init__(self, lexicon: Lexicon, vocabulary: Vocabulary, count: Count) -> None:
        self._lexicon = lexicon
        self._words = vocabulary
        self._count = count
        self._readings = Readings(lexicon, vocabulary, count)
        self._names = Names(vocabulary)

    def __call__(self, query: Query) -> Query:
        """The query with its doubtful words replaced; the same one where nothing can be repaired."""
        match query:
            case Word(text=text) if INITIALS.fullmatch(text):
                best = self._spelt_out(text)
                return disjunction(map(Word, best)) if best else query
            case Word() | Author():
                return self._together((query,))
            case And(queries=queries):
                name = _as_name(queries)
                if name and has_initial(query) and (named := self._named(name)):
                    return named
                better = self._together(queries)
                return (name and not self._count(better) and self._named(name)) or better
            case Or(queries=queries):
                return disjunction(map(self, queries))
            case _:
                return query

    def _spelt_out(self, text: str) -> list[str]:
        """The words that initial consonants are taken for: the most frequent, and topics where none is one and few
        consonants are those of many a word (`ㅎㄱ` is `환각` too)."""
        found = [each.text for each in sorted(self._readings.initials(text)) if is_word(each.text)]
        best, others = found[:_SPELT_OUT], found[_SPELT_OUT:]
        if len(text) <= _FEW_INITIALS and not any(map(self._is_topic, best)):
            best += islice(filter(self._is_topic, others), _TOPICS)
        return best

    def _is_topic(self, word: str) -> bool:
        return bool(self._lexicon.related_to((word,)))

    def widened(self, query: Query) -> Query:
        """The query with what the archive itself puts in brackets behind its Korean words beside them, the words that
        it writes apart (`common crawl`), and those that it misspells."""
        match query:
            case Word(text=text) if LATIN.fullmatch(text):
                commoner = map(Word, self._readings.commoner(text.lower()))
                return disjunction((query, *commoner, *map(Phrase, self._readings.apart(text.lower()))))
            case Word(text=text) if is_syllable(text[0]) and not self._lexicon.translations_of((text,)):
                said = self._words.leading_to(f"said:{without_ending(text)}")
                forms = [phrase_form(phrase) for phrase, papers in said if papers >= _SAID_OFTEN]
                return disjunction((query, *(Phrase(form) for form in forms if form)))
            case And(queries=queries):
                return conjunction(map(self.widened, queries))
            case _:
                return query

    def _together(self, queries: Sequence[Query]) -> Query:
        phrases = self._with_phrases(queries)
        parts = [self(part) if isinstance(part, Or) else part for part in self._with_authors(phrases)]
        told = {*undated(parts)}
        doubted = [
            at
            for at, part in enumerate(parts)
            if part in told and self._doubted(part) and not self._in_a_row(parts, at)
        ][:_DOUBTED]
        if not doubted and phrases != [*queries]:
            return conjunction(parts)
        if doubted and (typed := self._typed_in_korean(parts)):
            return typed
        if joined := self._joined(parts, doubted):
            return joined
        before, left = list(parts), [*doubted]
        for at in doubted:
            if (best := self._best(parts, at, left)) is not None:
                parts[at] = best
                left.remove(at)
        if 1 < len(doubted) == len(parts) and not self._count(conjunction(parts)):
            # Words that are all guessed say nothing of each other.
            for at, was in enumerate(before):
                read = parts[at]
                named = isinstance(read, Word) and not self._is_said(read.text)
                parts[at] = was if named or _is_short_korean(was) else read
        if not doubted and 1 < len(parts) <= _DOUBTED:
            return self._second_thoughts(parts) or conjunction(parts)
        return conjunction(parts)

    def _with_phrases(self, queries: Sequence[Query]) -> list[Query]:
        """The parts with phrases of the lexicon in the place of words of which one is misspelt (`잠제 공간`): together
        they say what it was, where alone it is like many others."""
        parts = list(queries)
        doubted = [at for at, part in enumerate(parts) if isinstance(part, Word) and self._doubted(part)]
        for at, size in product(doubted[:_DOUBTED], (3, 2)) if len(parts) > 1 else ():
            for start in range(max(0, at - size + 1), min(at, len(parts) - size) + 1):
                texts = [part.text for part in parts[start : start + size] if isinstance(part, Word)]
                if len(texts) == size and all(map(is_syllable, "".join(texts))):
                    meant = [Word(text) for text in self._readings.row(texts)]
                    if meant and self._count(conjunction(meant)):
                        parts[start : start + size] = meant
        return parts

    def _with_authors(self, queries: Sequence[Query]) -> Iterator[Query]:
        """The parts with authors of the archive in the place of their names in Hangul letters (`얀 르쿤`)."""
        at = 0
        while at < len(queries):
            for size in (2, 1):
                row = queries[at : at + size]
                if len(row) == size and (authors := self._called(row)):
                    yield disjunction(authors)
                    at += size
                    at += at < len(queries) and queries[at] in _WRITTEN
                    break
            else:
                yield queries[at]
                at += 1

    def _called(self, row: Sequence[Query]) -> list[Author]:
        first, *others = row
        if not all(isinstance(each, Word) for each in others) or (isinstance(first, Author) and self._count(first)):
            return []
        texts = [
            part.name if isinstance(part, Author) else part.text for part in row if isinstance(part, Author | Word)
        ]
        words = " ".join(texts).split()
        if len(texts) < len(row) or len(words) > 2 or not all(map(HANGUL_NAME.fullmatch, words)):
            return []
        sure = isinstance(first, Author) and not others
        if len(words) > 1 and not sure and not any(map(self._may_be_name, words)):
            return []  # `죽었나` is known, though `죽었` is not
        for last in _without_particle(words[-1]):
            names = self._with_surname(words[0], last) if len(words) > 1 else []
            names = names or self._names.of((*words[:-1], last), self._may_be_name, sure=sure)
            if names:
                return [author for name in names if (author := self._author(name))]
        return []

    def _with_surname(self, first: str, last: str) -> list[str]:
        """The names that a word and a surname of the lexicon (`수츠케버`) may mean."""
        surnames = [fold(each) for each in self._lexicon.translations_of((last,))]
        names = (self._names.with_surname(first, each) for each in surnames if self._words.is_name(each))
        return next(filter(None, names), [])

    def _may_be_name(self, word: str) -> bool:
        """Whether a Korean word is none that the archive or the lexicon knows, if not as a name (`힌튼`)."""
        if said := self._lexicon.translations_of((word,)):
            if said == self._lexicon.translations_of((word[0],)):
                return False  # `갠은` is no Mr Geng
            return all(self._words.name_count(fold(each)) for each in said if each.isascii())
        return word not in FILLERS and not self._readings.is_plain(word)

    def _author(self, name: str) -> Author | None:
        """The author of a name whose last word stands first."""
        last, *given = name.split(" ")
        ways = (Author(" ".join((*given, last))), Author(name))
        return next(filter(self._count, ways), None)

    def _in_a_row(self, parts: Sequence[Query], at: int) -> bool:
        """Whether a word and the one beside it are something that the lexicon knows (`어텐션 싱크`)."""
        pairs = (parts[max(0, at - 1) : at + 1], parts[at : at + 2])
        texts = [[part.text for part in pair if isinstance(part, Word)] for pair in pairs]
        return any(len(each) == 2 and self._lexicon.translations_of(each) for each in texts)

    def _typed_in_korean(self, parts: Sequence[Query]) -> Query | None:
        """All words as a Korean keyboard gives them, where papers have those: `rls ansaor` is `긴 문맥`."""
        texts = [part.text for part in parts if isinstance(part, Word) and LATIN.fullmatch(part.text)]
        typed = [korean for text in texts if (korean := as_typed_in_korean(text)) and is_word(korean)]
        if not 1 < len(typed) == len(parts):
            return None
        query = conjunction(map(Word, typed))
        return query if self._count(query) else None

    def _named(self, author: Author) -> Query | None:
        """An author of nearly that name."""
        found = self._readings.names(author)
        return Author(min(found).text) if found else None

    def _best(self, parts: Sequence[Query], at: int, doubted: Sequence[int]) -> Query | None:
        """The likeliest reading of a part, beside all of the others that are not `doubted` themselves."""
        part = parts[at]
        last = at == len(parts) - 1
        candidates = self._readings.names(part) if isinstance(part, Author) else self._readings.of(part, last=last)
        least, best = math.inf, None
        cheapest = {each.text: each for each in sorted(candidates, reverse=True)}
        others = [each for place, each in enumerate(parts) if place != at and place not in doubted]
        korean = part.text if isinstance(part, Word) and is_syllable(part.text[0]) else ""
        for candidate in islice(sorted(cheapest.values()), _WEIGHED):
            cost, text = candidate.cost, candidate.text
            if cost - _BESIDE - _ONE_THING - _OFTEN * math.log10(self._words.papers + 1) > least:
                break  # nothing that is found of it could make it the best
            query, found = self._same_kind(part, text), 0
            if query is None or query in (*parts[:at], *parts[at + 1 :]):
                continue
            if len(candidates) > 1 or not candidate.likely or (others and (korean or not self._is_said(text))):
                # After one that papers have with the rest, only the words beside a candidate could make it the best.
                needed = cost >= least
                beside = self._stands_beside(parts, at, text) if needed else 0
                if needed and not beside:
                    continue
                found = self._count(conjunction((*others, query)))
                if not candidate.likely and not (others and found):
                    continue
                if others and not found and not (self._is_sure(korean, text) if korean else self._is_said(text)):
                    continue
                if not found:
                    cost += _ALONE
                elif beside := beside or self._stands_beside(parts, at, text):
                    cost -= _BESIDE + _OFTEN * math.log10(beside)
                    cost -= _ONE_THING * self._in_a_row([*parts[:at], query, *parts[at + 1 :]], at)
            if cost < least and (found or isinstance(part, Author) or self._lives(text)):
                least, best = cost, query
        return best

    def _is_sure(self, typed: str, text: str) -> bool:
        """Whether a reading of a Korean word is believed though no paper has it with the rest: where the word is a very
        long one, or no short one and read as one of the lexicon, or where it is an English one by its letters or sound.
        """
        size = len(without_ending(typed))
        known = size > SHORT and bool(self._lexicon.translations_of((text,)))
        return size > _LONG or known or text.isascii()

    def _is_said(self, text: str) -> bool:
        """Whether a reading is more than somebody's name, who wrote none of the papers with the rest (`Colin Raffel`
        is no `rafael`)."""
        return " " in text or self._words.count(text) > self._words.name_count(text)

    def _lives(self, text: str) -> bool:
        """Whether papers or the lexicon have all words of a reading: the index knows some whose papers are all gone."""
        words = () if self._is_in_lexicon(text) else text.split()
        return all(self._is_in_lexicon(word) or not is_word(word) or self._count(Word(word)) for word in words)

    def _same_kind(self, part: Query, text: str) -> Query | None:
        try:
            return Author(text) if isinstance(part, Author) else conjunction(map(Word, text.split()))
        except ValueError:  # what came out is no word that a person could have typed
            return None

    def _stands_beside(self, parts: Sequence[Query], at: int, text: str) -> int:
        """In how many papers a candidate stands beside the word before it or the one after it."""
        return max(map(self._count, self._beside(parts, at, text)), default=0)

    def _beside(self, parts: Sequence[Query], at: int, text: str) -> Iterator[Phrase]:
        """The candidate and the word before it, and the word after it: as written, and as the lexicon says them in
        English, both together (`롱 컨텍스트`) or each."""
        for other, first in ((at - 1, True), (at + 1, False)):
            neighbour = parts[other] if 0 <= other < len(parts) else None
            if isinstance(neighbour, Word):
                pair = (neighbour.text, text) if first else (text, neighbour.text)
                said = filter(str.isascii, self._lexicon.translations_of(pair))
                rows = [" ".join(pair), *said, *map(" ".join, product(*map(self._in_english, pair)))]
                for row in islice(dict.fromkeys(rows), _MOST_ROWS):
                    if form := phrase_form(row):
                        yield Phrase(form)

    def _in_english(self, text: str) -> list[str]:
        return [text] if text.isascii() else [*filter(str.isascii, self._lexicon.translations_of((text,)))]

    def _second_thoughts(self, parts: Sequence[Query]) -> Query | None:
        """Every word is known, but no paper has them all: one may be another word by a slip of the finger. What is a
        word in its own right is one beside a single other one (`mode collapse`, `threat model`) only where two of its
        letters changed places (`casual reasoning`), or it is the last and not finished (`reward mode`)."""
        found: list[tuple[float, int, Query]] = []
        for at, part in enumerate(parts):
            if not isinstance(part, Word) or not LATIN.fullmatch(part.text) or len(part.text) < SHORTEST:
                continue
            typed = part.text.lower()
            own = len(parts) == 2 and (self._is_in_lexicon(typed) or is_everyday_english(typed))
            for candidate in sorted(self._readings.latin_typos(typed))[:3]:
                finished = at + 1 < len(parts) or not candidate.text.startswith(typed)
                if candidate.text in FILLERS or (own and finished and sorted(candidate.text) != sorted(typed)):
                    continue
                query = self._same_kind(part, candidate.text)
                if query is None or stem(candidate.text) == stem(part.text):
                    continue
                rest = [other for place, other in enumerate(parts) if place != at]
                rows = self._beside(parts, at, candidate.text)
                if often := max((self._count(conjunction((*rest, beside))) for beside in rows), default=0):
                    found.append((candidate.cost - _OFTEN * math.log10(often), at, query))
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

    def _is_in_lexicon(self, text: str) -> bool:
        return bool(self._lexicon.translations_of((text,)) or self._lexicon.papers_called((text,)))

    def _doubted(self, part: Query) -> bool:
        match part:
            case Author():
                return not self._count(part)
            case Word(text=text) if text not in FILLERS and not self._is_in_lexicon(text):
                return any(not self._readings.known(run, syllabic) for run, syllabic in runs(text))
            case _:
                return False
