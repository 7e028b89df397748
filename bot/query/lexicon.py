"""What Paperboy knows about words before it has read a paper: tag names and aliases, and a small dictionary."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, product, zip_longest
from typing import Any, Final

from bot.query.amounts import may_begin, other_writings
from bot.query.endings import without_ending
from bot.query.hangul import parts, syllable
from bot.query.stems import stem
from bot.query.terms import TERMS_VERSION, fold, normal, pieces, units, with_names

_PAPERS: Final = "papers"
_TABLES: Final = ("translations", "abbreviations", "synonyms", "shorthand", _PAPERS)
"""What `glossary.toml` is made of."""

_PARTICLES: Final = frozenset("은는이가을를의에로과와도만랑")
"""Particles that a syllable may have behind it."""
_LETTER: Final = re.compile(r"[^\W_]")
_HANGUL: Final = re.compile("[가-힣]")
_ALL_HANGUL: Final = re.compile("[가-힣]{2,}")
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
_NOT_SLUG: Final = re.compile(r"(?:[^\w.+]|_)+")
_LONGEST_SLUG: Final = 64
_MOST_PARTS: Final = 3


def plain_slug(raw: str) -> str:
    """A tag in its canonical form, aliases aside: folded, everything between letters and digits one `-`."""
    return _NOT_SLUG.sub("-", fold(raw)).strip("-.")[:_LONGEST_SLUG].rstrip("-.")


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lexicon:
    """Tag names, aliases and translations, and how a text is made readable before it is read.

    `readable` takes LaTeX out of titles and abstracts. It lives here so that the index and `matches`, which are given
    the same lexicon, cannot disagree about it. `names` are the Korean and English names of a tag, `aliases` lead from
    a hyphenless slug to the canonical one, `glossary` has the translations.
    `fingerprint` changes with anything that changes the terms of a paper.
    """

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    glossary: Glossary = field(default_factory=Glossary)
    readable: Callable[[str], str] = str
    fingerprint: str = ""

    @classmethod
    def from_tables(
        cls,
        tags: Mapping[str, Any],
        glossary: Mapping[str, Any],
        related: Mapping[str, Any] | None = None,
        *,
        readable: Callable[[str], str] = str,
        readable_version: int = 0,
    ) -> Lexicon:
        """Build from the tables of `tags.toml`, `glossary.toml` and `related.toml` in `config/`, whose comments tell
        their form; `readable_version` changes with what `readable` gives.

        Raises WordsError with one clear sentence that names the key.
        """
        names, aliases = tag_names(tags)
        translations, korean = _translations(glossary, _korean_names(tags, names))
        return cls(
            names=names,
            aliases=aliases,
            glossary=Glossary(translations, korean, _papers(glossary), related_words(related or {})),
            readable=readable,
            fingerprint=_fingerprint(names, aliases, readable_version),
        )

    def translations_of(self, words: Sequence[str]) -> tuple[str, ...]:
        """The phrases that mean the same as these words together; spaces and one Korean ending do not matter. A number
        behind a name that is known stays behind it, and an amount is the same in whatever writing."""
        runs = [run for word in words for run in _runs(normal(word))]
        for key in _ways(runs, all(map(str.isascii, words))):
            if found := self.glossary.translations.get(key):
                return found
        counted = other_writings(tuple(words))
        return self._with_number(words[0]) if len(words) == 1 and not counted else counted

    def _with_number(self, word: str) -> tuple[str, ...]:
        """A Korean name with letters of another kind behind it, or a number before it: `디노v2` is `DINO v2` and
        `DINOv2`, and `256토큰` are `256 tokens`."""
        runs = [] if word.isascii() else list(units(normal(word)))
        if len(runs) == 2 and runs[1].syllabic and _DIGITS.fullmatch(runs[0].text):
            return tuple(f"{runs[0].text} {name}" for name in self.translations_of((runs[1].text,)))
        if len(runs) < 2 or not runs[0].syllabic or not (rest := word[runs[1].start :]).isascii():
            return ()
        names = self.translations_of((runs[0].text,))
        return tuple(chain.from_iterable((f"{name} {rest}", f"{name}{rest}") for name in names))

    def papers_called(self, words: Sequence[str]) -> tuple[str, ...]:
        """The titles of the papers that are known by these words together, or by what they mean in the other language,
        and say so in no title (`CLIP`)."""
        ways = chain((" ".join(words),), self.translations_of(words), self.translations_of(("".join(words),)))
        return next(filter(None, map(self.glossary.papers.get, map(_name_key, ways))), ())

    def begins(self, *words: str) -> bool:
        """Whether these words, by themselves or with others behind them, may have a translation. False is certain."""
        return _begins(self.glossary, self.glossary.version, words)

    def related_to(self, words: Sequence[str]) -> tuple[str, ...]:
        """What papers on the topic of these words together speak of as well; empty where it is no known topic."""
        for phrase in (" ".join(words), *self.translations_of(words)):
            if found := self._related(phrase):
                return found
        if not 1 < len(words) <= _MOST_PARTS or all(map(str.isascii, words)):
            return ()
        # `추론 효율화` is no entry, but its words mean `inference efficiency` one by one, or `reasoning efficiency`.
        parts = [self.translations_of((word,)) or (word,) for word in words]
        rows = filter(None, map(self._related, map(" ".join, product(*parts))))
        return tuple(dict.fromkeys(filter(None, chain.from_iterable(zip_longest(*rows)))))

    def _related(self, phrase: str) -> tuple[str, ...]:
        return next(filter(None, map(self.glossary.related.get, phrase_keys(phrase))), ())


@lru_cache(maxsize=1 << 11)
def _begins(glossary: Glossary, _: int, words: Sequence[str]) -> bool:
    runs = [run for word in words for run in _runs(normal(word))]
    if len(words) == 1:
        runs = runs[:1]  # what is known of a word may be its beginning alone (`라마3`)
    return may_begin(words) or any(map(glossary.begins, _ways(runs, all(map(str.isascii, words)))))


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


def tag_slug(raw: str, lexicon: Lexicon) -> str:
    """The canonical form of a tag as somebody wrote it, "" where nothing of it is a letter or a digit."""
    slug = plain_slug(raw)
    return lexicon.aliases.get(slug.replace("-", ""), slug)


def tag_words(raw: str, lexicon: Lexicon) -> str:
    """The text under which a tag is found by plain words: as written, its slug and its names."""
    slug = tag_slug(raw, lexicon)
    return " / ".join(dict.fromkeys((raw, slug, *lexicon.names.get(slug, ()))))


def phrase_keys(phrase: str) -> tuple[str, ...]:
    """The keys under which a phrase is looked up: its stems and syllables without spaces, as written and without
    the Korean ending of its last word, then of every word. Empty where the phrase has no letters."""
    return _keys([run for word in normal(phrase).split() for run in _runs(word)], phrase.isascii())


def _ways(runs: Sequence[str], ascii_only: bool) -> tuple[str, ...]:
    """The keys of what somebody typed: a syllable that says something (`갠`) loses its particle too."""
    keys = _keys(runs, ascii_only)
    return (*keys, last[0]) if len(runs) == 1 and (last := runs[0])[1:] in _PARTICLES else keys


def _keys(runs: Sequence[str], ascii_only: bool) -> tuple[str, ...]:
    if not runs:
        return ()
    if ascii_only:
        return ("".join(runs),)
    bare = [without_ending(run) for run in runs]
    return tuple(dict.fromkeys(("".join(runs), "".join((*runs[:-1], bare[-1])), "".join(bare))))


@lru_cache(maxsize=1 << 12)
def _runs(word: str) -> tuple[str, ...]:
    if word.isascii() and word.isalpha():  # most words of the glossary
        return (stem(word.lower()),)
    if _ALL_HANGUL.fullmatch(word):
        return (word,)
    return tuple(
        run if syllabic else "".join(stem(fold(with_names(piece))) for piece in pieces(run))
        for run, _, syllabic in units(word)
    )


def tag_names(tags: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """The names and the aliases of the tags of `tags.toml`. Raises WordsError with one clear sentence that names the
    tag."""
    names: dict[str, tuple[str, ...]] = {}
    aliases: dict[str, str] = {}
    for slug, entry in tags.items():
        if not isinstance(entry, Mapping):
            raise WordsError(f"{slug!r}: a tag, [{slug}] on a line of its own, was expected", key=slug)
        if plain_slug(slug) != slug or not slug:
            raise WordsError(f"[{slug}]: a tag is written in small letters, digits and hyphens", table=slug)
        if extra := sorted(set(entry) - {"ko", "en", "aliases"}):
            raise WordsError(f"{extra[0]!r} of [{slug}]: only ko, en and aliases are known", table=slug, key=extra[0])
        ways = {name: _phrases(entry, name, slug) for name in ("ko", "en", "aliases")}
        names[slug] = (*ways["ko"], *ways["en"])
        for name, spellings in {"": (slug,), **ways}.items():
            for alias in spellings:
                owner = aliases.setdefault(_alias_key(alias), slug)
                if owner != slug:
                    raise WordsError(f"[{slug}]: {alias!r} already belongs to [{owner}]", table=slug, key=name)
    return names, aliases


class _WithoutVowels(dict[int, int]):
    """Syllables with the first vowel for their own, as they are met, for `str.translate`."""

    def __missing__(self, code: int) -> int:
        lead, _, tail = parts(chr(code))
        self[code] = ord(syllable(lead, 0, tail))
        return self[code]


_WITHOUT_VOWELS: Final = _WithoutVowels()


def _korean_names(tags: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What tags are called in Korean, and how that is said in English."""
    found: dict[str, tuple[str, ...]] = {}
    for slug, both in names.items():
        ways = (*both, *_phrases(tags[slug], "aliases", slug))
        english = tuple(dict.fromkeys((slug.replace("-", " "), *(name for name in both if name.isascii()))))
        for korean in ways:
            if _HANGUL.search(korean):
                found[korean] = (*found.get(korean, ()), *english)
    return found


def _translations(
    glossary: Mapping[str, Any], korean_names: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    translations: defaultdict[str, list[str]] = defaultdict(list)
    korean: dict[str, None] = {}
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
            if not phrase.isascii() and _ALL_HANGUL.fullmatch(joined := normal(phrase).replace(" ", "")):
                spelt.setdefault(joined.translate(_WITHOUT_VOWELS), joined)
        korean |= dict.fromkeys(spelt.values())
    _join_names(translations, alike, lambda phrase: keys.get(phrase) or phrase_keys(phrase))
    # What people type short finds all that its word finds, whose papers are found without it.
    for phrases, others in short:
        whole = [*others, *(each for other in others for key in keys[other] for each in translations.get(key, ()))]
        for key in chain.from_iterable(keys[phrase] for phrase in phrases):
            translations[key] = [*translations.get(key, ()), *whole]
    return {key: tuple(dict.fromkeys(phrases)) for key, phrases in translations.items()}, tuple(korean)


def _join_names(
    translations: defaultdict[str, list[str]], rows: Iterable[Sequence[str]], keys: Callable[[str], Sequence[str]]
) -> None:
    """Let each name of a thing find what any of them does, and what means one of them find them all."""
    names = {key: row for row in rows for name in row for key in keys(name)}
    meant = {key: tuple(translations.get(key, ())) for key in names}
    for key, row in names.items():
        for other in set(chain.from_iterable(map(keys, meant[key]))) - names.keys():
            translations[other] += row
        found = [each for name in row for one in keys(name) for each in (name, *meant[one])]
        translations[key] += [each for each in found if key not in keys(each)]


def _papers(glossary: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    entries = glossary.get(_PAPERS, {})
    for left in entries:
        names, titles = _sides(entries, left, _PAPERS)
        for key in map(_name_key, names):
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *titles)))
    return found


@lru_cache(maxsize=1 << 11)
def _name_key(name: str) -> str:
    """A name without its capitals, spaces and signs; unlike other words it has no endings."""
    return "".join(map(_alias_key, with_names(normal(name)).split()))


def _alias_key(raw: str) -> str:
    return plain_slug(raw).replace("-", "")


def _sides(entries: Mapping[str, Any], left: str, table: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The phrases on the left of a line, with a comma between them, and those on the right. None may be missing."""
    phrases, others = tuple(phrase.strip() for phrase in left.split(",")), _phrases(entries, left, table)
    _refuse_no_word(phrases, left, table)
    if not others:
        raise WordsError(f"{left!r}{_of(table)}: nothing stands on the right", table=table, key=left)
    return phrases, others


def _phrases(entry: Mapping[str, Any], name: str, table: str) -> tuple[str, ...]:
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


def _fingerprint(names: Mapping[str, tuple[str, ...]], aliases: Mapping[str, str], readable_version: int) -> str:
    made_of = [TERMS_VERSION, readable_version, sorted(names.items()), sorted(aliases.items())]
    return hashlib.blake2b(json.dumps(made_of, ensure_ascii=False).encode(), digest_size=12).hexdigest()
