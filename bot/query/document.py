"""A paper as queries see it: one function makes it, for `matches` and for the index alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from bot.model import Paper
from bot.query.lexicon import Lexicon, tag_slug, tag_words
from bot.query.sources import source_key
from bot.query.terms import Token, name_tokens, tokens

FIELDS: Final = ("title", "authors", "abstract", "commentary", "tags")
"""The fields that plain words are looked for in."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """A paper as queries see it: readable texts and tokens by field, authors' names, tags, addresses and date."""

    texts: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, Sequence[Token]]
    names: Sequence[Token]
    tags: frozenset[str]
    own_source: str | None
    sources: frozenset[str]
    day: date


def field_texts(paper: Paper, lexicon: Lexicon, field: str) -> tuple[str, ...]:
    """The values of one of the `FIELDS`, made readable: what is searched and what snippets are cut from."""
    match field:
        case "title":
            return (lexicon.readable(paper.title),)
        case "authors":
            return paper.authors
        case "abstract":
            return (lexicon.readable(paper.abstract),) if paper.abstract else ()
        case "commentary":
            return tuple(lexicon.readable(paragraph) for paragraph in paper.commentary)
        case "tags":
            return tuple(tag_words(tag, lexicon) for tag in paper.tags)
        case _:
            raise ValueError(f"no field to search in: {field}")


@lru_cache(maxsize=64)
def document(paper: Paper, lexicon: Lexicon) -> Document:
    """Everything that a query can ask of a paper."""
    own = source_key(paper.source_url) if paper.source_url else None
    linked = (source_key(link) for link in paper.links)
    texts = {name: field_texts(paper, lexicon, name) for name in FIELDS}
    return Document(
        texts=texts,
        fields={name: tokens(values) for name, values in texts.items()},
        names=name_tokens(paper.authors),
        tags=frozenset(slug for tag in paper.tags if (slug := tag_slug(tag, lexicon))),
        own_source=own,
        sources=frozenset(key for key in (own, *linked) if key),
        day=paper.date,
    )
