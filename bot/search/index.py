"""The index of the archive: a derived folder that may be lost at any time and is filled again from the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import tantivy

from bot.model import StoredPaper
from bot.query import Lexicon, Or, Query, Tag, Word, canonical, document, nearest_tags, plan
from bot.query.document import FIELDS
from bot.query.plan import Plan
from bot.query.terms import Token, stem
from bot.search.folder import Folder, Meta
from bot.search.spelling import Vocabulary, repaired, spellings
from bot.search.translate import (
    LAYOUT,
    Translator,
    concepts_and_filters,
    is_filter,
    is_syllables,
    paper_id,
    recency,
    schema,
)

FEW: Final = 5
"""Papers with all of the words below which those with some of them are added."""
ANY_WORD: Final = "any-word"

_HEAP: Final = 15_000_000  # bytes: the least that tantivy takes, allocated only while changes are applied
_AHEAD: Final = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A found paper; scores compare hits of one search only."""

    paper_id: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A page of what was found, best first; equals are ordered newest first, and pages never overlap.

    `total` counts all pages, of which the first `exact` papers are what the query strictly asks for. `fallback` is
    `any-word` where papers with only some of the words follow, else None. `corrected` is the query that was searched
    instead because words were misspelt, in its canonical form, else None.
    """

    total: int
    hits: tuple[Hit, ...]
    exact: int
    fallback: str | None = None
    corrected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What somebody who found nothing may have meant: another spelling of the query, and slugs of tags."""

    spelling: str | None
    tags: tuple[str, ...]


class Index:
    """The archive's terms. Every method blocks for milliseconds and may be called from any thread, `apply` and
    `close` from one at a time."""

    def __init__(self, folder: Folder, lexicon: Lexicon, archive: str) -> None:
        self._folder = folder
        self._lexicon = lexicon
        self._archive = archive
        self._schema = schema()
        self._translator = Translator(self._schema)
        meta = folder.read_meta()
        fitting = meta is not None and meta == self._meta(meta.revision)
        opened = self._opened() if fitting else None
        if meta is None or opened is None:
            folder.empty()
            meta, opened = self._meta(0), tantivy.Index(self._schema, path=str(folder.index))
            folder.write_meta(meta)
        self._revision = meta.revision
        self._index = opened
        self._searcher = opened.searcher()

    @classmethod
    def open(cls, folder: Path, lexicon: Lexicon, *, archive: str) -> Index:
        """The index in a folder, which is made where it is missing. `archive` is the store's id of its database.

        A corrupt index, or one of another layout, lexicon or archive, is thrown away and starts empty at revision 0.
        While another process has the folder, this one works on a private copy. Raises OSError where no folder can be
        made.
        """
        return cls(Folder.open(folder), lexicon, archive)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        self._folder.close()

    @property
    def revision(self) -> int:
        """The revision of the store up to which changes are in the index; 0 where it is empty."""
        return self._revision

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def apply(self, changed: Iterable[StoredPaper], revision: int) -> None:
        """Take in changed papers, take out withdrawn ones, and remember the revision. Doing it twice is harmless."""
        changed = list(changed)
        if changed:
            writer = self._index.writer(_HEAP, 1)
            try:
                for stored in changed:
                    writer.delete_documents_by_term("paper", str(stored.id))
                    if not stored.withdrawn:
                        writer.add_document(self._entry(stored))
                writer.commit()
            finally:
                writer.wait_merging_threads()
            self._index.reload()
            self._searcher = self._index.searcher()
        self._folder.write_meta(self._meta(revision))
        self._revision = revision

    def search(self, query: Query, *, limit: int, offset: int = 0, literal: bool = False) -> Results:
        """A page of the papers that a query asks for.

        Where too few have all of the words, those with some of them follow; where nothing is found, misspelt words
        are repaired first. `literal` switches both off. Filters (tags, authors, dates, `-`) are always kept.
        """
        asked = plan(query, self._lexicon)
        exact, hits = self._page(asked, limit, offset)
        if literal or exact >= FEW:
            return Results(total=exact, hits=hits, exact=exact)
        corrected = None
        if not exact:
            better = self._repaired(query)
            if better != query:
                corrected = canonical(better)
                asked = plan(better, self._lexicon)
                exact, hits = self._page(asked, limit, offset)
        concepts, filters = concepts_and_filters(asked)
        if exact < FEW and (len(concepts) > 1 or any(map(is_syllables, concepts))):
            # Where the page has them all there is no need to ask again.
            found = {hit.paper_id for hit in hits} if len(hits) == exact else self._all(asked)
            for least in dict.fromkeys((max(1, len(concepts) // 2), 1)):
                loose = self._translator.some_of(concepts, least, filters, but=found)
                more, rest = self._ranked(loose, limit - len(hits), max(0, offset - exact))
                if more:
                    total = exact + more
                    return Results(
                        total=total, hits=(*hits, *rest), exact=exact, fallback=ANY_WORD, corrected=corrected
                    )
        # A repair that finds nothing either is no help to anybody.
        return Results(total=exact, hits=hits, exact=exact, corrected=corrected if exact else None)

    def ids(self, query: Query) -> frozenset[int]:
        """All papers that a query strictly asks for: those for which `bot.query.matches` holds."""
        return self._all(plan(query, self._lexicon))

    def nearest(self, query: Query, limit: int = 3) -> Suggestions:
        """Other spellings and tags, for somebody who found nothing."""
        better = self._repaired(query)
        known = [slug for slug, _ in self._searcher.terms_with_prefix("tag", "")]
        found: dict[str, None] = {}
        for text in _mentions(query):
            found.update(dict.fromkeys(nearest_tags(text, known, self._lexicon, limit)))
        return Suggestions(spelling=canonical(better) if better != query else None, tags=tuple(found)[:limit])

    def _repaired(self, query: Query) -> Query:
        searcher = self._searcher

        def count(word: str) -> int:
            return int(searcher.doc_freq("spelling", word))

        def known(word: str) -> bool:
            stemmed = stem(word)
            return count(word) > 0 or any(searcher.doc_freq(name, stemmed) > 0 for name in FIELDS)

        def beginning(letters: str) -> list[tuple[str, int]]:
            return searcher.terms_with_prefix("spelling", letters)

        return repaired(query, self._lexicon, Vocabulary(known, beginning, count))

    def _all(self, asked: Plan) -> frozenset[int]:
        found = self._searcher.search(
            self._translator.query(asked), max(1, len(self)), order_by_field="recency", count=False
        )
        return frozenset(paper_id(number) for number, _ in found.hits)

    def _page(self, asked: Plan, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        if not is_filter(asked):
            return self._ranked(self._translator.ranked(asked), limit, offset)
        query = self._translator.query(asked)
        found = self._searcher.search(query, max(1, limit), offset=offset, order_by_field="recency")
        return _count(found), tuple(Hit(paper_id(number), 0.0) for number, _ in found.hits[: max(0, limit)])

    def _ranked(self, query: tantivy.Query, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        """Hits by score, equals newest first. More are fetched than asked for, until no equals are cut apart."""
        searcher, end = self._searcher, offset + max(0, limit)
        size = max(1, min(end + _AHEAD, searcher.num_docs))
        while True:
            found = searcher.search(query, size)
            hits = found.hits
            if len(hits) < size or size >= searcher.num_docs or hits[-1][0] < hits[end - 1][0]:
                break
            size *= 4
        numbers = searcher.fast_field_values("recency", [address for _, address in hits])
        ranked = sorted(zip((score for score, _ in hits), map(int, filter(None, numbers)), strict=True), reverse=True)
        return _count(found), tuple(Hit(paper_id(number), float(score)) for score, number in ranked[offset:end])

    def _entry(self, stored: StoredPaper) -> tantivy.Document:
        seen = document(stored.paper, self._lexicon)
        entry = tantivy.Document()
        entry.add_text("paper", str(stored.id))
        entry.add_unsigned("recency", recency(seen.day, stored.id))
        for name in FIELDS:
            _add_terms(entry, name, seen.fields[name])
        _add_terms(entry, "names", seen.names)
        for slug in seen.tags:
            entry.add_text("tag", slug)
        if seen.own_source:
            entry.add_text("own", seen.own_source)
        for key in seen.sources:
            entry.add_text("source", key)
        for word in spellings(text for values in seen.texts.values() for text in values):
            entry.add_text("spelling", word)
        return entry

    def _opened(self) -> tantivy.Index | None:
        """The index that is there, None where it cannot be read."""
        try:
            index = tantivy.Index(self._schema, path=str(self._folder.index))
            searcher = index.searcher()
            searcher.terms_with_prefix("tag", "")
            searcher.search(tantivy.Query.all_query(), 1, order_by_field="recency")
        except (OSError, ValueError, SystemError):
            return None
        except BaseException as error:
            # A panic in tantivy's Rust is no Exception in Python, and a corrupt file may cause one.
            if type(error).__name__ != "PanicException":
                raise
            return None
        return index

    def _meta(self, revision: int) -> Meta:
        return Meta(layout=LAYOUT, lexicon=self._lexicon.fingerprint, archive=self._archive, revision=revision)


def _add_terms(entry: tantivy.Document, field: str, tokens: Iterable[Token]) -> None:
    found = [tantivy.Token(token.term, token.position, 0, 0) for token in tokens]
    if found:
        entry.add_pre_tokenized_text(field, tantivy.PreTokenizedString("", found))


def _count(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # missing from tantivy's stubs


def _mentions(query: Query) -> list[str]:
    """The texts of a query that may be meant as tags: all words together, then each by itself."""
    match query:
        case Tag(slug=text) | Word(text=text):
            return [text]
        case _ if (parts := getattr(query, "queries", None)) is not None:
            each = [text for part in parts for text in _mentions(part)]
            return each if isinstance(query, Or) else [" ".join(each), *each] if each else []
        case _:
            return []
