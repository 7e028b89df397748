"""A paper as the index has it: one document of terms, keys and spellings."""

from __future__ import annotations

from collections.abc import Iterable

import tantivy

from bot.model import StoredPaper
from bot.query import Lexicon, document
from bot.query.document import FIELDS
from bot.query.terms import Token
from bot.search import passages
from bot.search.rows import IN, field_of, padded
from bot.search.translate import recency
from bot.search.vocabulary import spellings_and_clues


def entry_of(stored: StoredPaper, lexicon: Lexicon) -> tantivy.Document:
    """What the index keeps of a paper."""
    seen = document(stored.paper, lexicon)
    entry = tantivy.Document()
    entry.add_text("paper", str(stored.id))
    entry.add_unsigned("recency", recency(seen.day, stored.id))
    for name in FIELDS:
        _add_terms(entry, name, seen.fields[name])
        if name in IN:
            _add_terms(entry, field_of(name), padded(seen.fields[name]))
    _add_terms(entry, "names", seen.names)
    for slug in seen.tags:
        entry.add_text("tag", slug)
    if seen.own_source:
        entry.add_text("own", seen.own_source)
    for key in seen.sources:
        entry.add_text("source", key)
    entry.add_bytes(passages.FIELD, passages.sentences_of(seen))
    words, clues = spellings_and_clues(seen)
    for word in words:
        entry.add_text("spelling", word)
    for clue in clues:
        entry.add_text("clue", clue)
    return entry


def _add_terms(entry: tantivy.Document, field: str, tokens: Iterable[Token]) -> None:
    found = [tantivy.Token(term, position, 0, 0) for term, position in tokens]
    if found:
        entry.add_pre_tokenized_text(field, tantivy.PreTokenizedString("", found))
