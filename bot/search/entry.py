"""A paper as the index has it: one document of terms, keys and spellings.

To find them takes most of the time that a paper takes to be indexed, and needs nothing of tantivy: another process may
do it, and send what it found.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

import tantivy

from bot.model import StoredPaper
from bot.query import Lexicon, document
from bot.query.document import FIELDS
from bot.query.terms import Token
from bot.search import passages
from bot.search.rows import IN, field_of, padded
from bot.search.translate import recency
from bot.search.vocabulary import spellings_and_clues


class Entry(NamedTuple):
    """What the index keeps of a paper, in few and large values, for these are soon sent: `terms` by field, one a line,
    with their positions, and `keys` by field, one a line."""

    recency: int
    passages: bytes
    terms: list[tuple[str, str, array[int]]]
    keys: list[tuple[str, str]]


def entry_of(stored: StoredPaper, lexicon: Lexicon) -> Entry:
    """What the index keeps of a paper."""
    seen = document(stored.paper, lexicon)
    fields = [*((name, seen.fields[name]) for name in FIELDS), ("names", seen.names)]
    fields += [(field_of(name), padded(seen.fields[name])) for name in IN]
    words, clues = spellings_and_clues(seen)
    keys = {
        "paper": [str(stored.id)],
        "tag": seen.tags,
        "own": [seen.own_source] if seen.own_source else [],
        "source": seen.sources,
        "spelling": words,
        "clue": clues,
    }
    return Entry(
        recency(seen.day, stored.id),
        passages.sentences_of(seen),
        [_lines(name, tokens) for name, tokens in fields if tokens],
        [(name, "\n".join(values)) for name, values in keys.items() if values],
    )


def _lines(field: str, tokens: Iterable[Token]) -> tuple[str, str, array[int]]:
    terms, positions = zip(*tokens, strict=True)
    return field, "\n".join(terms), array("L", positions)


def as_document(entry: Entry) -> tantivy.Document:
    """The same as tantivy takes it."""
    made = tantivy.Document()
    made.add_unsigned("recency", entry.recency)
    made.add_bytes(passages.FIELD, entry.passages)
    for field, terms, positions in entry.terms:
        found = [
            tantivy.Token(term, position, 0, 0) for term, position in zip(terms.split("\n"), positions, strict=True)
        ]
        made.add_pre_tokenized_text(field, tantivy.PreTokenizedString("", found))
    for field, values in entry.keys:
        for value in values.split("\n"):
            made.add_text(field, value)
    return made
