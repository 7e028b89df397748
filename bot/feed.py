"""What the index is fed with: papers that changed, a page at a time, so that no archive is in memory as a whole."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, Generic, Protocol, TypeVar

from bot.model import StoredPaper
from bot.search import SearchError
from bot.store import Papers

P = TypeVar("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

PAGE: Final = 500
"""Papers that are read at a time."""
_PATIENCE: Final = 0.5
"""Seconds after which the thread looks whether anybody still wants what it waits for."""


class Index(Protocol):
    """What follows the store: `bot.search.Index`."""

    @property
    def revision(self) -> int:
        """The store's revision up to which it knows everything."""

    @property
    def mark(self) -> str:
        """The store's mark of that revision."""

    @property
    def worn(self) -> bool:
        """Whether it had better be built anew, though it knows everything."""

    def apply(self, changed: Iterable[StoredPaper], revision: int, *, total: int, mark: str, anew: bool) -> None:
        """Take in the papers that changed (the withdrawn among them leave), and be at `revision`; may block.

        There are `total` of them. With `anew` everything that it knew is forgotten: it came from another state of
        the archive. Raises SearchError where it cannot; its revision is another then where it lost what it knew.
        """

    def break_off(self) -> None:
        """Have an `apply` that is under way fail soon, though what it waits for may never come."""


class FeedStopped(Exception):
    """Nobody wants the rest."""


class Feed(Generic[P, T]):
    """What is on pages, for one thread; made in the event loop, which reads each page when the thread comes to it.

    What `read` raises is raised in the thread; once `stop` was called, so is FeedStopped.
    """

    def __init__(self, pages: Iterable[P], read: Callable[[P], Awaitable[Iterable[T]]]) -> None:
        self._pages = pages
        self._read = read
        self._loop = asyncio.get_running_loop()
        self._stopped = False

    def stop(self) -> None:
        """Have the thread end, also where the event loop will not run any more."""
        self._stopped = True

    def __iter__(self) -> Iterator[T]:
        for page in self._pages:
            for each in self._on(page):
                if self._stopped:
                    raise FeedStopped
                yield each

    def _on(self, page: P) -> Iterable[T]:
        async def read() -> Iterable[T]:
            return await self._read(page)

        future = asyncio.run_coroutine_threadsafe(read(), self._loop)
        while not self._stopped:
            try:
                return future.result(_PATIENCE)
            except TimeoutError:
                if future.done():
                    raise
        future.cancel()
        raise FeedStopped


async def feed(index: Index, papers: Papers) -> None:
    """Bring an index to the archive's revision. Raises StoreError, and SearchError where it cannot follow."""
    since = index.revision
    try:
        await _apply_changes(index, papers)
    except SearchError:
        if index.revision == since:
            raise
        await _apply_changes(index, papers)  # it had lost what it knew, and asks for everything now


async def renew(index: Index, papers: Papers) -> None:
    """Build an index anew that is worn. Raises StoreError, and SearchError where that cannot be."""
    if index.worn:
        log.info("the search index is built anew, for many papers in it were exchanged or withdrawn")
        await _apply_changes(index, papers, anew=True)


async def _apply_changes(index: Index, papers: Papers, *, anew: bool = False) -> None:
    since = index.revision
    # The archive may be a backup that was restored, with other papers behind the same revisions.
    anew = anew or not await papers.came_through(since, index.mark)
    revision, ids = await papers.changed_since(0 if anew else since)
    if not anew and revision == since:
        return
    mark = await papers.mark(revision)

    async def read(page: Sequence[int]) -> Iterable[StoredPaper]:
        found = await papers.get(page)
        return [found[key] for key in page]

    pages = Feed([ids[at : at + PAGE] for at in range(0, len(ids), PAGE)], read)
    apply = partial(index.apply, pages, revision, total=len(ids), mark=mark, anew=anew)
    applying = asyncio.ensure_future(asyncio.to_thread(apply))
    try:
        await asyncio.shield(applying)
    except asyncio.CancelledError:
        pages.stop()
        index.break_off()
        await asyncio.wait([applying])
        applying.exception()  # noted, so that nobody complains that it was not
        raise
