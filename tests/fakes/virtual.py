"""An event loop whose time jumps to the next timer, and a gate around a store, so that hours pass in milliseconds.

Time stands still while a store is at work: its threads and sockets are real, and are waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import selectors
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.store import Store, StoreError

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class _Selector(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if events or timeout == 0:
            return list(events)
        if timeout is not None and not self.loop.outside:
            self.loop.ahead(timeout)
            return []
        started = time.monotonic()
        events = super().select(5.0 if timeout is None else min(timeout, 5.0))
        if not events:
            self.loop.ahead(time.monotonic() - started)
        return list(events)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never sleeps: where it would, its clock jumps. Not before `jumps` and not inside `real`."""

    def __init__(self) -> None:
        self.outside = 1
        self._virtual = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    @contextlib.contextmanager
    def jumps(self) -> Iterator[None]:
        """Let time jump from here on."""
        self.outside -= 1
        try:
            yield
        finally:
            self.outside += 1

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual

    def ahead(self, seconds: float) -> None:
        """Let time pass."""
        self._virtual += seconds

    def now(self) -> datetime:
        """The same moment as a date."""
        return START + timedelta(seconds=self._virtual)

    @contextlib.contextmanager
    def real(self) -> Iterator[None]:
        """Hold time while something outside the loop is at work."""
        self.outside += 1
        try:
            yield
        finally:
            self.outside -= 1


class _Part:
    def __init__(self, gate: Gate, name: str) -> None:
        self._gate = gate
        self._name = name

    def __getattr__(self, method: str) -> Any:
        act = getattr(getattr(self._gate.store, self._name), method)

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._gate.pass_through(f"{self._name}.{method}", act, args, kwargs)

        return call if inspect.iscoroutinefunction(act) else act


class Gate:
    """A store seen through a gate that counts calls and can be shut or made to fail.

    `store` is the real one: nothing is imitated, only kept waiting or refused before or after it is reached.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: Counter[str] = Counter()
        self.killed = False
        self.open = asyncio.Event()
        self.open.set()
        self.refusals: dict[str, list[tuple[BaseException, bool]]] = {}

    @property
    def through(self) -> Store:
        """What passes for the store behind the gate."""
        return cast(Store, self)

    def __getattr__(self, name: str) -> Any:
        return _Part(self, name)

    def refuse(self, call: str, error: BaseException, *, times: int = 1, after: bool = False) -> None:
        """Let the next calls fail: before anything is done, or `after` all of it is (an answer lost on the way)."""
        self.refusals.setdefault(call, []).extend([(error, after)] * times)

    async def pass_through(self, call: str, act: Any, args: Any, kwargs: Any) -> Any:
        """Make one call."""
        await self.open.wait()
        if self.killed:
            raise StoreError("the process that asks is dead")
        self.calls[call] += 1
        refusal = self.refusals[call].pop(0) if self.refusals.get(call) else None
        if refusal is not None and not refusal[1]:
            raise refusal[0]
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        with loop.real():
            result = await act(*args, **kwargs)
        if refusal is not None:
            raise refusal[0]
        return result
