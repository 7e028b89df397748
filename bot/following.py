"""Keeps the search index in step with the archive, behind everything else: nothing waits for it or fails with it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from bot.search import SearchError
from bot.store import StoreError

log = logging.getLogger(__name__)

AGAIN: Final = 10.0
"""How many times as long as it took a failed try waits for the next one: a build may fail at its very end."""


class Follower:
    """Has the index follow every few seconds, and as soon as it is told that it is `behind`.

    `look` lets the index notice that it is gone, `follow` brings it to the archive's revision, and `renew` may build
    it anew where nothing else is to be done; `every` is in seconds, and so is what `monotonic` counts.
    """

    def __init__(
        self,
        look: Callable[[], None],
        follow: Callable[[], Awaitable[None]],
        *,
        every: float,
        renew: Callable[[], Awaitable[None]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._follow = follow
        self._every = every
        self._renew = renew
        self._monotonic = monotonic
        self._said = ""
        self.behind = asyncio.Event()
        self.tried = asyncio.Event()
        """Set once it has followed for the first time, or could not."""

    async def run(self) -> None:
        """Follow, for ever; what fails is told once and tried again."""
        while True:
            self.behind.clear()
            began = self._monotonic()
            followed = await self._try()
            self.tried.set()
            if followed:
                try:
                    async with asyncio.timeout(self._every):
                        await self.behind.wait()
                except TimeoutError:
                    await self._when_quiet()
            else:
                await asyncio.sleep(max(self._every, AGAIN * (self._monotonic() - began)))

    async def _try(self) -> bool:
        try:
            await asyncio.to_thread(self._look)
            await self._follow()
        except (SearchError, StoreError) as error:
            if str(error) != self._said:
                log.warning("the search does not follow, trying on: %s", error)
            self._said = str(error)
            return False
        except Exception:
            log.exception("the search does not follow, trying on")
            return False
        self._said = ""
        return True

    async def _when_quiet(self) -> None:
        if self._renew is None:
            return
        try:
            await self._renew()
        except (SearchError, StoreError) as error:
            log.warning("the search index is not built anew: %s", error)
        except Exception:
            log.exception("the search index is not built anew")
            self._renew = None  # a fault of our own would be met again
