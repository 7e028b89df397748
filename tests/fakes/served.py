"""What every fake is besides its platform: an HTTP server on 127.0.0.1 that can go dark."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from aiohttp import web

from tests.fakes.clock import Clock
from tests.fakes.control import Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that arrived: at which monotonic second, and what came of it (in the platform's words, or a harm's
    name)."""

    at: float
    method: str
    params: dict[str, Any]
    end: str


S = TypeVar("S", bound=Seen)


class Served(Generic[S]):
    """A fake at work from `async with` on, with its clock. `deeds` are its strings (see `tests.fakes.control`)."""

    deeds: Mapping[str, Deed]
    clock: Clock
    record: Any
    violations: Any

    def __init__(self, port: int) -> None:
        self.seen: deque[S] = deque(maxlen=20_000)
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._server: web.Server | None = None
        self._handling: set[asyncio.Task[Any]] = set()
        self._darkness: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the fake listens, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    def requests(self, method: str) -> list[S]:
        """The requests of a method that arrived and were dealt with, oldest first."""
        return [one for one in self.seen if one.method == method]

    def check(self) -> None:
        """Fails where there are violations."""
        assert not self.violations, f"{len(self.violations)} violations: {self.violations[:10]}"

    async def __aenter__(self) -> Self:
        self._server = web.Server(self._handle)
        self._runner = web.ServerRunner(self._server, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        # Polls, sockets and stalls outlive their connections; aiohttp does not end them.
        tasks = [*self._handling, *([self._darkness] if self._darkness is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert self._runner is not None
        await self._runner.cleanup()
        self.record.close()

    async def _listen(self) -> None:
        assert self._runner is not None
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    def cut(self) -> None:
        """Cut every connection, so that a client which keeps one alive finds it stale."""
        assert self._server is not None
        for connection in self._server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    async def go_dark(self) -> None:
        """Cut every connection and refuse new ones, until `come_back`."""
        assert self._runner is not None
        for site in list(self._runner.sites):
            await site.stop()
        await self.hang_up()
        self.cut()
        await asyncio.sleep(0.01)  # for clients in this process to notice

    async def come_back(self) -> None:
        """Listen again, at the same address."""
        await self._listen()

    def dark_for(self, seconds: float) -> None:
        """Go dark for so long, as soon as what is being answered now has left."""

        async def pause() -> None:
            await asyncio.sleep(0.05)
            await self.go_dark()
            await asyncio.sleep(seconds)
            await self.come_back()

        self._darkness = asyncio.create_task(pause())

    async def hang_up(self) -> None:
        """End what is open besides HTTP."""

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        at = self.clock.monotonic()
        task = asyncio.current_task()
        assert task is not None
        self._handling.add(task)
        try:
            if not request.path.startswith("/fake/"):
                return await self.respond(request, at)
            return await self._pull(request)
        finally:
            self._handling.discard(task)

    async def respond(self, request: web.BaseRequest, at: float) -> web.StreamResponse:
        """Answer as the platform does."""
        raise NotImplementedError

    async def _pull(self, request: web.BaseRequest) -> web.StreamResponse:
        deed = self.deeds.get(request.path.removeprefix("/fake/"))
        if deed is None:
            return web.Response(status=404, text="Not Found")
        order = json.loads(await request.read() or b"{}")
        try:
            return web.json_response({"result": await deed(self, order)})
        except Exception as error:
            return web.json_response({"error": repr(error)})
