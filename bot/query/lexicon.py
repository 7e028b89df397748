"""What Paperboy knows about words before it has read a paper: tag names and aliases, and a small dictionary."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, product, zip_longest
from typing import Any, Final

from bot.query.amounts import may_begin, other_writings
from bot.query.glossary import Glossary, WordsError, papers_in, phrases_in, related_words, translations_in
from bot.query.keys import alias_key, name_key, phrase_keys, plain_slug, runs_of, ways
from bot.query.plain_words import phrases
from bot.query.terms import TERMS_VERSION, normal, units

_HANGUL: Final = re.compile("[가-힣]")
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
_MOST_PARTS: Final = 3


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
        translations, korean = translations_in(glossary, _korean_names(tags, names))
        return cls(
            names=names,
            aliases=aliases,
            glossary=Glossary(translations, korean, papers_in(glossary), related_words(related or {})),
            readable=readable,
            fingerprint=_fingerprint(names, aliases, readable_version),
        )

    def translations_of(self, words: Sequence[str]) -> tuple[str, ...]:
        """The phrases that mean the same as these words together; spaces and one Korean ending do not matter. A number
        behind a name that is known stays behind it, and an amount is the same in whatever writing."""
        runs = [run for word in words for run in runs_of(normal(word))]
        for known in self._tables(words):
            for key in ways(runs, all(map(str.isascii, words))):
                if found := known.translations.get(key):
                    return found
        counted = other_writings(tuple(words))
        return self._with_number(words[0]) if len(words) == 1 and not counted else counted

    def _tables(self, words: Sequence[str]) -> Sequence[Glossary]:
        return (self.glossary,) if all(map(str.isascii, words)) else (self.glossary, phrases())

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
        return next(filter(None, map(self.glossary.papers.get, map(name_key, ways))), ())

    def begins(self, *words: str) -> bool:
        """Whether these words, by themselves or with others behind them, may have a translation. False is certain."""
        return any(_begins(known, known.version, words) for known in self._tables(words))

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
    runs = [run for word in words for run in runs_of(normal(word))]
    if len(words) == 1:
        runs = runs[:1]  # what is known of a word may be its beginning alone (`라마3`)
    return may_begin(words) or any(map(glossary.begins, ways(runs, all(map(str.isascii, words)))))


def tag_slug(raw: str, lexicon: Lexicon) -> str:
    """The canonical form of a tag as somebody wrote it, "" where nothing of it is a letter or a digit."""
    slug = plain_slug(raw)
    return lexicon.aliases.get(slug.replace("-", ""), slug)


def tag_words(raw: str, lexicon: Lexicon) -> str:
    """The text under which a tag is found by plain words: as written, its slug and its names."""
    slug = tag_slug(raw, lexicon)
    return " / ".join(dict.fromkeys((raw, slug, *lexicon.names.get(slug, ()))))


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
        ways = {name: phrases_in(entry, name, slug) for name in ("ko", "en", "aliases")}
        names[slug] = (*ways["ko"], *ways["en"])
        for name, spellings in {"": (slug,), **ways}.items():
            for alias in spellings:
                owner = aliases.setdefault(alias_key(alias), slug)
                if owner != slug:
                    raise WordsError(f"[{slug}]: {alias!r} already belongs to [{owner}]", table=slug, key=name)
    return names, aliases


def _korean_names(tags: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What tags are called in Korean, and how that is said in English."""
    found: dict[str, tuple[str, ...]] = {}
    for slug, both in names.items():
        ways = (*both, *phrases_in(tags[slug], "aliases", slug))
        english = tuple(dict.fromkeys((slug.replace("-", " "), *(name for name in both if name.isascii()))))
        for korean in ways:
            if _HANGUL.search(korean):
                found[korean] = (*found.get(korean, ()), *english)
    return found


def _fingerprint(names: Mapping[str, tuple[str, ...]], aliases: Mapping[str, str], readable_version: int) -> str:
    made_of = [TERMS_VERSION, readable_version, sorted(names.items()), sorted(aliases.items())]
    return hashlib.blake2b(json.dumps(made_of, ensure_ascii=False).encode(), digest_size=12).hexdigest()
