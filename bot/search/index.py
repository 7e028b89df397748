"""The index of the archive: a derived folder that may be lost at any time and is filled again from the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import tantivy

from bot.model import StoredPaper
from bot.query import Lexicon, Query
from bot.search.entry import entry_of
from bot.search.folder import Folder, Meta
from bot.search.results import Results, Suggestions
from bot.search.similar import Similar
from bot.search.translate import LAYOUT, READABLE, schema
from bot.search.view import View

_HEAP: Final = 15_000_000  # bytes: the least that tantivy takes, allocated only while changes are applied
_LARGE_HEAP: Final = 100_000_000
_MANY: Final = 1_000
"""Papers from which on more memory makes fewer parts of an index, which are built and searched faster."""
_LOGGED: Final = 5_000
_TOLD: Final = 100

log = logging.getLogger(__name__)

Told = Callable[[int, int], None]
"""Is told, while papers are taken in, how many of how many are."""


def log_build(done: int, total: int) -> None:
    """A line for every few thousand papers."""
    if done % _LOGGED == 0:
        log.info("indexed %d of %d papers", done, total)


class Index:
    """The archive's terms. Every method blocks for milliseconds and may be called from any thread, `apply` and
    `close` from one at a time."""

    def __init__(self, folder: Folder, lexicon: Lexicon, archive: str, told: Told) -> None:
        self._folder = folder
        self._told = told
        self._lexicon = lexicon
        self._archive = archive
        self._schema = schema()
        meta = folder.read_meta()
        # Terms made with other tag names still answer until they are made anew; of other papers they never do.
        usable = meta is not None and meta.layout in READABLE and meta.archive == archive
        opened = self._opened() if usable else None
        made = meta and (meta.layout, meta.lexicon)
        self._outdated = opened is not None and made != (LAYOUT, lexicon.fingerprint)
        if meta is None or opened is None:
            folder.empty()
            meta, opened = self._meta(0, ""), tantivy.Index(self._schema, path=str(folder.index))
            folder.write_meta(meta)
        self._revision, self._mark = (0, "") if self._outdated else (meta.revision, meta.mark)
        self._index = opened
        self._show()

    @classmethod
    def open(cls, folder: Path, lexicon: Lexicon, *, archive: str, told: Told = log_build) -> Index:
        """The index in a folder, which is made where it is missing. `archive` is the store's id of its database.

        A corrupt index, or one of another archive or of a layout that nobody can read, is thrown away and starts empty
        at revision 0. One of another lexicon or layout is at revision 0 too, and still answers until the next `apply`
        has built a new one.
        While another process has the folder, this one works on a copy beside it. Raises OSError where no folder can be
        made.
        """
        return cls(Folder.open(folder), lexicon, archive, told)

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

    @property
    def mark(self) -> str:
        """The store's mark of that revision."""
        return self._mark

    def __len__(self) -> int:
        return len(self._view)

    def apply(self, changed: Iterable[StoredPaper], revision: int, *, mark: str = "", anew: bool = False) -> None:
        """Take in changed papers, take out withdrawn ones, and remember the revision. Doing it twice is harmless.

        With `anew`, and where the revision is before the present one, only `changed` is in the index then.
        """
        changed = list(changed)
        if self._outdated or anew or revision < self._revision:
            self._build_anew(changed)
        elif changed:
            self._write(self._index, changed)
            self._index.reload()
            self._show()
        self._folder.write_meta(self._meta(revision, mark))
        self._revision, self._mark = revision, mark

    def _build_anew(self, papers: Sequence[StoredPaper]) -> None:
        """Build an index of these papers alone while the present one answers, and put it in its place."""
        self._write(tantivy.Index(self._schema, path=str(self._folder.fresh())), papers)
        self._folder.adopt()
        self._index = tantivy.Index(self._schema, path=str(self._folder.index))
        self._outdated = False
        self._show()

    def _write(self, index: tantivy.Index, changed: Sequence[StoredPaper]) -> None:
        known = index.searcher().num_docs > 0
        writer = index.writer(_HEAP if len(changed) < _MANY else _LARGE_HEAP, 1)
        try:
            for number, stored in enumerate(changed, 1):
                if known:
                    writer.delete_documents_by_term("paper", str(stored.id))
                if not stored.withdrawn:
                    writer.add_document(entry_of(stored, self._lexicon))
                if number % _TOLD == 0 or number == len(changed):
                    self._told(number, len(changed))
            writer.commit()
        finally:
            writer.wait_merging_threads()

    def _show(self) -> View:
        """Search what was committed last, all of it from one moment to the next."""
        self._view = View(self._schema, self._index.searcher(), self._lexicon)
        return self._view

    @property
    def _shown(self) -> View:
        view = self._view
        return view if view.words == self._lexicon.glossary.version else self._show()

    def search(self, query: Query, *, limit: int, offset: int = 0, literal: bool = False) -> Results:
        """See `View.search`."""
        return self._shown.search(query, limit=limit, offset=offset, literal=literal)

    def warm(self) -> None:
        """See `View.warm`."""
        self._shown.warm()

    def ids(self, query: Query) -> frozenset[int]:
        """See `View.ids`."""
        return self._shown.ids(query)

    def nearest(self, query: Query, limit: int = 3) -> Suggestions:
        """See `View.nearest`."""
        return self._shown.nearest(query, limit)

    def similar(self, stored: StoredPaper, *, limit: int) -> tuple[Similar, ...]:
        """See `View.similar`."""
        return self._shown.similar(stored, limit=limit)

    def mentioned(self, stored: StoredPaper) -> tuple[int, ...]:
        """See `View.mentioned`."""
        return self._shown.mentioned(stored)

    def _opened(self) -> tantivy.Index | None:
        """The index that is there, None where it cannot be read."""
        try:
            index = tantivy.Index.open(str(self._folder.index))
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

    def _meta(self, revision: int, mark: str) -> Meta:
        fingerprint = self._lexicon.fingerprint
        return Meta(layout=LAYOUT, lexicon=fingerprint, archive=self._archive, revision=revision, mark=mark)
