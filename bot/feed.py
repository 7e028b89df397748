"""Pages that the event loop reads and a thread takes, one at a time: a large archive is never in memory as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_PATIENCE: Final = 0.5
"""Seconds after which the thread looks whether anybody still wants what it waits for."""


class FeedStopped(Exception):
    """Nobody reads the rest."""


class Feed(Generic[T]):
    """What is on `first` and on the pages that follow it, for one thread. Made in the event loop.

    `turn` reads the page after another, which is never empty; an empty one is the last. What it raises is raised in
    the thread; once `stop` was called, so is FeedStopped.
    """

    def __init__(self, first: Sequence[T], turn: Callable[[Sequence[T]], Awaitable[Sequence[T]]]) -> None:
        self._page = first
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._stopped = False

    def stop(self) -> None:
        """Have the thread end, also where the event loop will not run any more."""
        self._stopped = True

    def __iter__(self) -> Iterator[T]:
        while self._page:
            for each in self._page:
                if self._stopped:
                    raise FeedStopped
                yield each
            self._page = self._next()

    def _next(self) -> Sequence[T]:
        async def turn() -> Sequence[T]:
            return await self._turn(self._page)

        future = asyncio.run_coroutine_threadsafe(turn(), self._loop)
        while not self._stopped:
            try:
                return future.result(_PATIENCE)
            except TimeoutError:
                if future.done():
                    raise
        future.cancel()
        raise FeedStopped
