"""A world that a test can wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")
_LOOK_SECONDS: Final = 0.1


class Watched:
    """It says when something in it has changed."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Event] = []

    def changed(self) -> None:
        """Wake everybody who waits for something to happen."""
        for event in self._waiting:
            event.set()

    async def eventually(self, find: Callable[[], T | None], within: float, otherwise: Callable[[], str]) -> T:
        """What `find` finds, looked for again after each change, and now and then for what changes outside this world.

        Raises AssertionError after `within` seconds.
        """
        event = asyncio.Event()
        self._waiting.append(event)
        try:
            async with asyncio.timeout(within):
                while (found := find()) is None:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(event.wait(), _LOOK_SECONDS)
                    event.clear()
                return found
        except TimeoutError:
            raise AssertionError(f"after {within:g} s: {otherwise()}") from None
        finally:
            self._waiting.remove(event)

    async def until(self, condition: Callable[[], bool], *, within: float = 20.0) -> None:
        """Wait until a condition on the world holds."""
        await self.eventually(lambda: condition() or None, within, lambda: "the condition does not hold")
