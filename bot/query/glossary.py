"""The glossary: what words mean in the other language, and how it is read from its tables."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from bot.query.hangul import parts, syllable
from bot.query.keys import ALL_HANGUL, name_key, phrase_keys
from bot.query.terms import normal

_PAPERS: Final = "papers"
_TABLES: Final = ("translations", "abbreviations", "synonyms", "shorthand", _PAPERS)
"""What `glossary.toml` is made of."""
_LETTER: Final = re.compile(r"[^\W_]")


class WordsError(ValueError):
    """A mistake in a table of words, as one clear sentence; `table` and `key` say where it stands ("": in none)."""

    def __init__(self, sentence: str, *, table: str = "", key: str = "") -> None:
        super().__init__(sentence)
        self.table = table
        self.key = key


@dataclass(slots=True, eq=False)
class Glossary:
    """Translations, which an operator may change while Paperboy runs; `version` grows with every change.

    `translations` lead from a `phrase_key` to phrases that mean the same, `korean` are the Korean phrases among them
    without their spaces, as what somebody may have meant who mistyped one. `papers` lead from the name of a paper
    whose title does not say it, letters and digits only, to the title. `related` lead from the key of a topic to
    what papers on it speak of: they find nothing and only put in order what was found.
    """

    translations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    korean: Sequence[str] = ()
    papers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    version: int = 0
    words: Set[str] = field(init=False, repr=False)
    _keys: Sequence[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.words = frozenset(self.korean)
        self._keys = sorted(self.translations)

    def become(self, other: Glossary) -> None:
        """Take another's content over, for everybody who has this one."""
        self.translations, self.korean, self.related = other.translations, other.korean, other.related
        self.papers = other.papers
        self.words, self._keys = other.words, other._keys
        self.version += 1

    def begins(self, letters: str) -> bool:
        """Whether any phrase that has a translation begins so."""
        at = bisect_left(self._keys, letters)
        return at < len(self._keys) and self._keys[at].startswith(letters)


def related_words(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """By the key of each topic of `related.toml`, what papers on it speak of.

    Raises WordsError with one clear sentence that names the topic.
    """
    found: dict[str, tuple[str, ...]] = {}
    for left in table:
        topics, phrases = _sides(table, left, "")
        for key, *_ in map(phrase_keys, topics):
            # Two topics may be one to a search, as `optimizer` and `optimization` are.
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *phrases)))
    return found


class _WithoutVowels(dict[int, int]):
    """Syllables with the first vowel for their own, as they are met, for `str.translate`."""

    def __missing__(self, code: int) -> int:
        lead, _, tail = parts(chr(code))
        self[code] = ord(syllable(lead, 0, tail))
        return self[code]


_WITHOUT_VOWELS: Final = _WithoutVowels()


def translations_in(
    glossary: Mapping[str, Any], korean_names: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    translations: defaultdict[str, list[str]] = defaultdict(list)
    korean: dict[str, None] = {}
    others_of: defaultdict[str, set[str]] = defaultdict(set)
    lines: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    short: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    alike: list[tuple[str, ...]] = []
    keys: dict[str, tuple[str, ...]] = {}
    for table, entries in glossary.items():
        if not isinstance(entries, Mapping):
            raise WordsError(f"{table!r}: [translations] or [abbreviations] has to stand above it", key=table)
        if table not in _TABLES:
            known = ", ".join(f"[{name}]" for name in _TABLES)
            raise WordsError(f"[{table}]: there are {known} only", table=table)
        for left in entries if table != _PAPERS else ():
            phrases, others = _sides(entries, left, table)
            for phrase in (*phrases, *others):
                keys[phrase] = keys.get(phrase) or phrase_keys(phrase)
            if table == "synonyms":
                alike.append((*phrases, *others))
            else:
                (short if table == "shorthand" else lines).append((phrases, others))
    lines += (((name,), english) for name, english in korean_names.items())
    for phrases, others in lines:
        for these, those in ((phrases, others), (others, phrases)):
            for phrase in these:
                beside = () if phrase.isascii() else [each for each in these if each != phrase]
                for key in keys.get(phrase) or phrase_keys(phrase):
                    translations[key] += (*those, *beside)
        # Of spellings that differ in vowels only (`트랜스포머, 트렌스포머`) the first is what somebody meant.
        spelt: dict[str, str] = {}
        for phrase in (*phrases, *others):  # somebody may have changed the sides, which is all the same to a search
            if not phrase.isascii() and ALL_HANGUL.fullmatch(joined := normal(phrase).replace(" ", "")):
                usual = spelt.setdefault(joined.translate(_WITHOUT_VOWELS), joined)
                if joined != usual and " " not in phrase:
                    others_of[usual].add(joined)
        korean |= dict.fromkeys(spelt.values())
    _join_names(translations, alike, lambda phrase: keys.get(phrase) or phrase_keys(phrase))
    # What people type short finds all that its word finds, whose papers are found without it.
    for phrases, others in short:
        whole = [*others, *(each for other in others for key in keys[other] for each in translations.get(key, ()))]
        for key in chain.from_iterable(keys[phrase] for phrase in phrases):
            translations[key] = [*translations.get(key, ()), *whole]
    for key, phrase in [*_spelt_otherwise(keys, others_of)]:
        translations.setdefault(key, [*translations[keys[phrase][0]], phrase])
    return {key: tuple(dict.fromkeys(phrases)) for key, phrases in translations.items()}, tuple(korean)


def _spelt_otherwise(phrases: Iterable[str], others_of: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    """The keys of phrases of several words of which one has another spelling (`교차 어탠션`), and those phrases."""
    for phrase in phrases:
        words = phrase.split()
        for at, word in enumerate(words) if len(words) > 1 else ():
            for other in others_of.get(word, ()):
                for key in phrase_keys(" ".join((*words[:at], other, *words[at + 1 :]))):
                    yield key, phrase


def _join_names(
    translations: defaultdict[str, list[str]], rows: Sequence[Sequence[str]], keys: Callable[[str], Sequence[str]]
) -> None:
    """Let each name of a thing find what any of them does, and what means one of them find them all."""
    keys_of_rows = [dict.fromkeys(key for name in row for key in keys(name)) for row in rows]
    names = frozenset(chain.from_iterable(keys_of_rows))
    meant = {key: tuple(translations.get(key, ())) for key in names}
    for row, own in zip(rows, keys_of_rows, strict=True):
        found = dict.fromkeys(chain(row, *(meant[key] for key in own)))
        for key in {key for phrase in found for key in keys(phrase)} - names:
            translations[key] += row
        for key in own:
            translations[key] += [phrase for phrase in found if key not in keys(phrase)]


def papers_in(glossary: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    entries = glossary.get(_PAPERS, {})
    for left in entries:
        names, titles = _sides(entries, left, _PAPERS)
        for key in map(name_key, names):
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *titles)))
    return found


def _sides(entries: Mapping[str, Any], left: str, table: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The phrases on the left of a line, with a comma between them, and those on the right. None may be missing."""
    phrases, others = tuple(phrase.strip() for phrase in left.split(",")), phrases_in(entries, left, table)
    _refuse_no_word(phrases, left, table)
    if not others:
        raise WordsError(f"{left!r}{_of(table)}: nothing stands on the right", table=table, key=left)
    return phrases, others


def phrases_in(entry: Mapping[str, Any], name: str, table: str) -> tuple[str, ...]:
    value = entry.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise WordsError(f"{name!r}{_of(table)}: a text or a list of texts was expected", table=table, key=name)
    _refuse_no_word(values, name, table)
    return tuple(values)


def _refuse_no_word(phrases: Iterable[str], key: str, table: str) -> None:
    for phrase in phrases:
        if not _LETTER.search(phrase):
            raise WordsError(f"{key!r}{_of(table)}: a word was expected, not {phrase!r}", table=table, key=key)


def _of(table: str) -> str:
    return f" of [{table}]" if table else ""
