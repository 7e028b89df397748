"""The turns of all lanes of a process: those that fall together are one transaction, so that fifty lanes that send
little cost hardly more commits than one that sends much."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.store import Deliveries, Step

Begun = frozenset[int]
"""The intents of a step that are on record."""


@dataclass(slots=True, eq=False)
class _Waiting:
    step: Step
    begun: asyncio.Future[Begun] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """Writes steps down, all that have come while the last ones were written in one transaction."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._apart: set[str] = set()
        """Lanes that go alone until they succeed: what fails for one of them must not fail for all for ever."""

    async def take(self, step: Step) -> Begun:
        """The intents of the step that are on record now, and its results. Raises LeaseLost, StoreError.

        Whoever is cancelled meanwhile first waits for its end: what became of it is known then.
        """
        its = _Waiting(step)
        self._waiting.append(its)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        try:
            return await asyncio.shield(its.begun)
        except asyncio.CancelledError:
            await asyncio.wait([its.begun])
            its.begun.exception()  # noted, so that nobody complains that it was not
            raise

    async def _write(self) -> None:
        while self._waiting:
            together = [its for its in self._waiting if its.step.lane not in self._apart] or self._waiting[:1]
            self._waiting = [its for its in self._waiting if its not in together]
            lanes = {its.step.lane for its in together}
            ends: Sequence[Begun | Exception]
            try:
                ends = await self._deliveries.steps([its.step for its in together])
            except asyncio.CancelledError:
                for its in together:
                    its.begun.cancel()
                raise
            except Exception as error:
                self._apart |= lanes
                ends = [error] * len(together)
            else:
                self._apart -= lanes
            for its, end in zip(together, ends, strict=True):
                if isinstance(end, Exception):
                    its.begun.set_exception(end)
                else:
                    its.begun.set_result(end)
