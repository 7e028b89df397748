"""Pages that the event loop reads and a thread takes, one at a time: a large archive is never in memory as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Final, Generic, TypeVar

P = TypeVar("P")
T = TypeVar("T")

_PATIENCE: Final = 0.5
"""Seconds after which the thread looks whether anybody still wants what it waits for."""


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
