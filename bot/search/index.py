"""The index of the archive: a derived folder that may be lost at any time and is filled again from the store.

Over 300 lines, for what is searched, what is written and what is lost are one state, under one lock.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import tantivy

from bot.model import StoredPaper
from bot.query import Lexicon, Query
from bot.search.builder import Apart, write
from bot.search.checksums import opened_soundly
from bot.search.folder import Folder, Meta
from bot.search.results import Results, Suggestions
from bot.search.similar import Similar
from bot.search.translate import LAYOUT, READABLE, schema
from bot.search.trouble import SearchError, Stopped, is_of_disk, is_panic, reason
from bot.search.view import View

_MANY: Final = 1_000
"""Papers from which on they are written by a process of its own."""
_LOGGED: Final = 5_000
_TOLD: Final = 100
_HANDFUL: Final = 5
_WORN: Final = 0.02
"""The part of the papers in its files that may be gone, for a score counts them."""
_SOON: Final = 1.0
"""Seconds that a search which failed waits for changes to be applied before it looks at the files."""

log = logging.getLogger(__name__)

T = TypeVar("T")
Told = Callable[[int, int], None]
"""Is told, while something long is done, how much of how much is."""


def untold(done: int, total: int) -> None:
    """Nobody waits."""


def log_build(done: int, total: int) -> None:
    """A line for every few thousand papers."""
    if done % _LOGGED == 0:
        log.info("indexed %d of %d papers", done, total)


class Index:
    """The archive's terms. Every method but `apply` and `close` blocks for milliseconds; any thread may call any.

    Where the disk fails, what can be searched is searched on; what cannot be done raises SearchError.
    """

    def __init__(self, place: Path, lexicon: Lexicon, archive: str, told: Told) -> None:
        self._place = place
        self._told = told
        self._lexicon = lexicon
        self._archive = archive
        self._schema = schema()
        self._writing = threading.Lock()
        self._apart = Apart()
        self._closing = False
        self._folder: Folder | None = None
        self._view: View | None = None
        self._outdated = False
        self._lost = False
        self._revision, self._mark = 0, ""
        self._trouble = ""
        try:
            self._start()
        except BaseException as error:
            if not is_of_disk(error):
                raise
            self._outdated = True  # whatever is there
            self._trouble = str(self._cannot_be_written(error))

    @classmethod
    def open(cls, folder: Path, lexicon: Lexicon, *, archive: str, told: Told = log_build) -> Index:
        """The index in a folder, which is made where it is missing. `archive` is the store's id of its database.

        A damaged index, or one of another archive or of a layout that nobody can read, is thrown away and starts empty
        at revision 0. One of another lexicon or layout is at revision 0 too, and still answers until the next `apply`
        has built a new one.
        While another process has the folder, this one works on a copy beside it. Where there can be no folder, each
        search raises SearchError until an `apply` could make one.
        """
        return cls(folder, lexicon, archive, told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Break off an `apply` that is under way, wait for its end, and let go of the folder."""
        self._closing = True
        self._apart.break_off()
        with self._writing:
            if self._folder is not None:
                self._folder.close()

    def break_off(self) -> None:
        """Have an `apply` that is under way fail rather than wait for the process that writes for it."""
        self._apart.break_off()

    @property
    def answers(self) -> bool:
        """Whether there are papers to be found in it, though perhaps not the newest."""
        return self._view is not None and (self._outdated or self._revision > 0)

    @property
    def revision(self) -> int:
        """The revision of the store up to which changes are in the index; 0 where it is empty."""
        return self._revision

    @property
    def mark(self) -> str:
        """The store's mark of that revision."""
        return self._mark

    @property
    def worn(self) -> bool:
        """Whether so many papers were exchanged or withdrawn that it orders others than one that is built anew. One
        that could not be is worn no more until it has taken in something."""
        folder = self._folder
        if folder is None or not self._revision or self._trouble:
            return False
        try:
            gone, among = folder.deleted()
        except (OSError, ValueError):
            return False  # it is lost, or about to be exchanged
        return gone > max(_HANDFUL, _WORN * among)

    def __len__(self) -> int:
        return 0 if self._view is None else len(self._view)

    def look(self) -> None:
        """Notice whether the folder was removed; it still answers then, and is at revision 0."""
        if self._writing.acquire(blocking=False):
            try:
                if self._view is not None and self._folder is not None and not self._folder.is_whole:
                    self._lose("it is gone")
            finally:
                self._writing.release()

    def apply(
        self,
        changed: Iterable[StoredPaper],
        revision: int,
        *,
        total: int | None = None,
        mark: str = "",
        anew: bool = False,
    ) -> None:
        """Take in changed papers, take out withdrawn ones, and remember the revision. Doing it twice is harmless.

        They are taken one after another; `total` says how many there are, where `changed` cannot. With `anew`,
        and where the revision is before the present one, only `changed` is in the index then.
        Raises Stopped where it is closed meanwhile, and SearchError where the disk fails: it answers as before then,
        and is at revision 0 where what it had on disk is damaged or gone.
        """
        if total is None:
            changed = list(changed)
            total = len(changed)
        with self._writing:
            whole = self._outdated or anew or revision < self._revision or not len(self)
            try:
                if self._closing:
                    raise Stopped("the search index is closed")
                folder = self._build_anew(changed, total) if whole else self._add(changed, total)
                folder.write_meta(self._meta(revision, mark))
            except BaseException as error:
                if not is_of_disk(error):
                    raise
                failure = (None if whole else self._damage()) or self._cannot_be_written(error)
                self._trouble = str(failure)
                raise failure from error
            finally:
                self._discard()
            self._outdated = self._lost = False
            self._revision, self._mark, self._trouble = revision, mark, ""

    def _owned(self) -> Folder:
        """The folder, taken anew where it is not ours any more."""
        if self._folder is None or not self._folder.is_ours:
            if self._folder is not None:
                self._folder.close()
            self._folder = None
            self._folder = Folder.open(self._place)
        return self._folder

    def _discard(self) -> None:
        if self._folder is not None and self._folder.is_ours:
            with contextlib.suppress(OSError):
                self._folder.discard()

    def _build_anew(self, papers: Iterable[StoredPaper], total: int) -> Folder:
        """Build an index of these papers alone while the present one answers, and put it in its place."""
        folder = self._owned()
        fresh = folder.fresh()
        self._write(tantivy.Index(self._schema, path=str(fresh)), fresh, papers, total)
        folder.adopt()
        self._index = tantivy.Index(self._schema, path=str(folder.index))
        self._show()
        return folder

    def _add(self, changed: Iterable[StoredPaper], total: int) -> Folder:
        folder = self._folder
        if folder is None or not folder.is_whole:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if total:
            self._write(self._index, folder.index, changed, total)
            self._index.reload()
            self._show()
        return folder

    def _write(self, index: tantivy.Index, folder: Path, changed: Iterable[StoredPaper], total: int) -> None:
        """Write into an index that nobody searches yet, or as one change into the one that is searched."""
        papers = self._told_of(changed, total)
        if total < _MANY:
            write(index, papers, self._lexicon)
        else:
            self._apart.write(folder, papers, self._lexicon, self._go_on)
        self._told(total, total)

    def _told_of(self, changed: Iterable[StoredPaper], total: int) -> Iterator[StoredPaper]:
        for number, stored in enumerate(changed, 1):
            self._go_on()
            yield stored
            if number % _TOLD == 0 and number < total:
                self._told(number, total)

    def _go_on(self) -> None:
        if self._closing:
            raise Stopped("the search index is closed; what was being built is thrown away")

    def _show(self) -> View:
        """Search what was committed last, all of it from one moment to the next."""
        self._view = View(self._schema, self._index.searcher(), self._lexicon)
        return self._view

    @property
    def _shown(self) -> View:
        view = self._view
        if view is None or (self._trouble and not self.answers):
            raise SearchError(self._trouble)
        return view if view.words == self._lexicon.glossary.version else self._show()

    def search(self, query: Query, *, limit: int, offset: int = 0, literal: bool = False) -> Results:
        """See `View.search`."""
        return self._asked(lambda view: view.search(query, limit=limit, offset=offset, literal=literal))

    def warm(self) -> None:
        """See `View.warm`."""
        self._asked(View.warm)

    def ids(self, query: Query) -> frozenset[int]:
        """See `View.ids`."""
        return self._asked(lambda view: view.ids(query))

    def nearest(self, query: Query, limit: int = 3) -> Suggestions:
        """See `View.nearest`."""
        return self._asked(lambda view: view.nearest(query, limit))

    def similar(self, stored: StoredPaper, *, limit: int) -> tuple[Similar, ...]:
        """See `View.similar`."""
        return self._asked(lambda view: view.similar(stored, limit=limit))

    def mentioned(self, stored: StoredPaper) -> tuple[int, ...]:
        """See `View.mentioned`."""
        return self._asked(lambda view: view.mentioned(stored))

    def _asked(self, ask: Callable[[View], T]) -> T:
        """What the present view says. What tantivy raises may come from a damaged file, which is looked at then; its
        panics are no Exceptions, and nobody above would be prepared for one."""
        try:
            return ask(self._shown)
        except BaseException as error:
            if not is_of_disk(error):
                raise
            if self._writing.acquire(timeout=_SOON):
                try:
                    damage = self._damage()
                finally:
                    self._writing.release()
                if damage is not None:
                    raise damage from error
            if not is_panic(error):
                raise
            raise SearchError(f"the search index in {self._path} failed: {reason(error, self._path)}") from error

    # --- what becomes of the folder -----------------------------------------------------------------------------

    def _start(self) -> None:
        """Take the folder, and what is good of what is in it."""
        folder = self._owned()
        meta = folder.read_meta()
        # Terms made with other tag names still answer until they are made anew; of other papers they never do.
        usable = meta is not None and meta.layout in READABLE and meta.archive == self._archive
        opened = None
        if usable:
            try:
                opened = opened_soundly(folder.index)
            except (OSError, ValueError, SystemError) as error:
                log.warning("the search index in %s is built anew: %s", folder.path, reason(error, folder.path))
        made = meta and (meta.layout, meta.lexicon)
        self._outdated = opened is not None and made != (LAYOUT, self._lexicon.fingerprint)
        if meta is None or opened is None:
            folder.empty()
            meta, opened = self._meta(0, ""), tantivy.Index(self._schema, path=str(folder.index))
            folder.write_meta(meta)
        self._revision, self._mark = (0, "") if self._outdated else (meta.revision, meta.mark)
        self._index = opened
        self._show()

    @property
    def _path(self) -> Path:
        return self._place if self._folder is None else self._folder.path

    def _lose(self, why: str) -> None:
        """From now on it answers, as well as it can, until it is built anew."""
        if not self._lost:
            log.warning("the search index in %s is built anew: %s", self._path, why)
        self._outdated = self._lost = True
        self._revision, self._mark = 0, ""

    def _damage(self) -> SearchError | None:
        """What to say where the files are damaged or gone, which is noted; None where they are sound."""
        folder = self._folder
        try:
            if folder is None or not folder.is_whole:
                raise FileNotFoundError(errno.ENOENT, "it is gone")
            if not self._lost:
                opened_soundly(folder.index)
        except (OSError, ValueError, SystemError) as error:
            self._lose(reason(error, self._path))
        return SearchError(f"the search index in {self._path} is damaged and is built anew") if self._lost else None

    def _cannot_be_written(self, error: BaseException) -> SearchError:
        refused = None
        if self._folder is not None and getattr(error, "strerror", None) is None:
            refused = self._folder.refusal()  # tantivy only says that something went wrong
        return SearchError(
            f"the search index in {self._path} cannot be written: {reason(refused or error, self._path)}"
        )

    def _meta(self, revision: int, mark: str) -> Meta:
        fingerprint = self._lexicon.fingerprint
        return Meta(layout=LAYOUT, lexicon=fingerprint, archive=self._archive, revision=revision, mark=mark)
