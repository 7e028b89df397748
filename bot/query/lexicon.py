"""What Paperboy knows about words before it has read a paper: tag names and aliases, and a small dictionary."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from bot.query.terms import TERMS_VERSION, fold, normal, pieces, stem, units, without_ending

_NOT_SLUG: Final = re.compile(r"(?:[^\w.+]|_)+")
_LONGEST_SLUG: Final = 64


def plain_slug(raw: str) -> str:
    """A tag in its canonical form, aliases aside: folded, everything between letters and digits one `-`."""
    return _NOT_SLUG.sub("-", fold(raw))[:_LONGEST_SLUG].strip("-.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lexicon:
    """Tag names, aliases and translations, and how a text is made readable before it is read.

    `readable` takes LaTeX out of titles and abstracts. It lives here so that the index and `matches`, which are given
    the same lexicon, cannot disagree about it. `names` are the Korean and English names of a tag, `aliases` lead from
    a hyphenless slug to the canonical one, `translations` from a `phrase_key` to phrases that mean the same.
    `fingerprint` changes with anything that changes the terms of a paper.
    """

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    translations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    readable: Callable[[str], str] = str
    fingerprint: str = ""

    @classmethod
    def from_tables(
        cls,
        tags: Mapping[str, Any],
        glossary: Mapping[str, Any],
        *,
        readable: Callable[[str], str] = str,
    ) -> Lexicon:
        """Build from the tables of `config/tags.toml` and `config/glossary.toml`, whose comments tell their form.

        Raises ValueError with one clear sentence that names the key.
        """
        names, aliases = _tags(tags)
        translations = _translations(glossary)
        return cls(
            names=names,
            aliases=aliases,
            translations=translations,
            readable=readable,
            fingerprint=_fingerprint(names, aliases),
        )

    def translations_of(self, words: Sequence[str]) -> tuple[str, ...]:
        """The phrases that mean the same as these words together; spaces and one Korean ending do not matter."""
        for key in phrase_keys(" ".join(words)):
            if found := self.translations.get(key):
                return found
        return ()


def tag_slug(raw: str, lexicon: Lexicon) -> str:
    """The canonical form of a tag as somebody wrote it, "" where nothing of it is a letter or a digit."""
    slug = plain_slug(raw)
    return lexicon.aliases.get(slug.replace("-", ""), slug)


def tag_words(raw: str, lexicon: Lexicon) -> str:
    """The text under which a tag is found by plain words: as written, its slug and its names."""
    slug = tag_slug(raw, lexicon)
    return " / ".join(dict.fromkeys((raw, slug, *lexicon.names.get(slug, ()))))


def nearest_tags(raw: str, known_slugs: Iterable[str], lexicon: Lexicon, limit: int = 3) -> list[str]:
    """The known tags that somebody who wrote `raw` may have meant, best first.

    An alias or a name in either language comes first, then slugs with the same words or initials, then near spellings.
    """
    from rapidfuzz import fuzz
    from rapidfuzz.distance import OSA

    known = list(dict.fromkeys(known_slugs))
    wanted = tag_slug(raw, lexicon)
    key = wanted.replace("-", "")
    if not key:
        return []
    parts = {stem(part) for part in wanted.split("-")}
    ranked: list[tuple[float, int, str]] = []
    for place, slug in enumerate(known):
        score = 0.0
        for name in (slug, *lexicon.names.get(slug, ())):
            other = plain_slug(name)
            flat = other.replace("-", "")
            near = OSA.normalized_similarity(key, flat) * 100
            if slug == wanted or flat == key:
                near = 200.0
            elif (
                parts <= {stem(part) for part in other.split("-")}
                or "".join(part[0] for part in other.split("-") if part) == key
            ):
                near = max(near, 120.0 - len(other))
            elif len(key) >= 3 and (flat.startswith(key) or (len(flat) >= 3 and key.startswith(flat))):
                near = max(near, 85.0)
            elif len(parts) > 1:
                near = max(near, fuzz.token_set_ratio(wanted.replace("-", " "), other.replace("-", " ")) - 10)
            score = max(score, near)
        if score >= 66:
            ranked.append((-score, place, slug))
    return [slug for _, _, slug in sorted(ranked)[:limit]]


def phrase_keys(phrase: str) -> tuple[str, ...]:
    """The keys under which a phrase is looked up: its stems and syllables without spaces, as written and without
    the Korean ending of its last word, then of every word. Empty where the phrase has no letters."""
    runs = [run for word in normal(phrase).split() for run in _runs(word)]
    if not runs:
        return ()
    bare = [without_ending(run) for run in runs]
    return tuple(dict.fromkeys(("".join(runs), "".join((*runs[:-1], bare[-1])), "".join(bare))))


@lru_cache(maxsize=1 << 12)
def _runs(word: str) -> tuple[str, ...]:
    return tuple(
        run if syllabic else "".join(stem(fold(piece)) for piece in pieces(run)) for run, _, syllabic in units(word)
    )


def _tags(tags: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    names: dict[str, tuple[str, ...]] = {}
    aliases: dict[str, str] = {}
    for slug, entry in tags.items():
        if plain_slug(slug) != slug or not slug:
            raise ValueError(f"[{slug}] in the tags: a tag is written in small letters, digits and hyphens")
        extra = sorted(set(entry) - {"ko", "en", "aliases"}) if isinstance(entry, Mapping) else ["no table"]
        if extra:
            raise ValueError(f"[{slug}] in the tags: `ko`, `en` and `aliases` were expected, not {extra[0]!r}")
        names[slug] = (*_phrases(slug, entry, "ko"), *_phrases(slug, entry, "en"))
        for alias in (slug, *names[slug], *_phrases(slug, entry, "aliases")):
            owner = aliases.setdefault(_alias_key(alias), slug)
            if owner != slug:
                raise ValueError(f"[{slug}] in the tags: {alias!r} already belongs to [{owner}]")
    return names, aliases


def _translations(glossary: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    translations: dict[str, dict[str, None]] = {}
    if unknown := sorted(set(glossary) - {"translations", "abbreviations"}):
        raise ValueError(f"[{unknown[0]}] in the glossary: there are [translations] and [abbreviations] only")
    for table, entries in glossary.items():
        if not isinstance(entries, Mapping):
            raise ValueError(f"[{table}] in the glossary: a table was expected")
        for phrase in entries:
            others = _phrases(table, entries, phrase)
            keys = phrase_keys(phrase)
            if not keys or not others or not all(map(phrase_keys, others)):
                raise ValueError(f"{phrase!r} of [{table}] in the glossary: words and their translations were expected")
            for key in keys:
                translations.setdefault(key, {}).update(dict.fromkeys(others))
            for other in others:
                for key in phrase_keys(other):
                    translations.setdefault(key, {})[phrase] = None
    return {key: tuple(phrases) for key, phrases in translations.items()}


def _alias_key(raw: str) -> str:
    return plain_slug(raw).replace("-", "")


def _phrases(key: str, entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = entry.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) and item.strip() for item in values):
        raise ValueError(f"{name!r} of [{key}]: a text or a list of texts was expected")
    return tuple(values)


def _fingerprint(names: Mapping[str, tuple[str, ...]], aliases: Mapping[str, str]) -> str:
    tables = json.dumps([TERMS_VERSION, sorted(names.items()), sorted(aliases.items())], ensure_ascii=False)
    return hashlib.blake2b(tables.encode(), digest_size=12).hexdigest()
