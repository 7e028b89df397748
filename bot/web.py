"""The one HTTP server of a process, on which platforms that call us are let in."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web  # when it is needed and not before: most processes are called by nobody

log = logging.getLogger(__name__)

BODY_BYTES: Final = 1024 * 1024
"""The largest body that is read."""
CONNECTIONS: Final = 200
"""About how many are open at once; who comes then is hung up on. Each is a file, and what posts needs files too."""
IDLE_SECONDS: Final = 100.0
"""So long a connection may be silent, or in the middle of a request's head: longer than proxies keep theirs."""

Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


class Web:
    """Listens on `host`:`port` (0: any free one) once somebody has asked to be reached."""

    def __init__(self, port: int, host: str = "0.0.0.0") -> None:  # noqa: S104 - application platforms expect it
        self.port = port
        self._host = host
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._runner: web.AppRunner | None = None
        self._door: asyncio.Server | None = None

    async def serve(self, method: str, path: str, handler: Handler) -> None:
        """Let requests for exactly this path in. Raises OSError where the port is taken."""
        from aiohttp import web

        self._handlers[method, path] = handler
        if self._runner is None:
            app = web.Application(client_max_size=BODY_BYTES)
            app.router.add_route("*", "/{path:.*}", self._find)
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0, keepalive_timeout=IDLE_SECONDS)
            await self._runner.setup()
            try:
                self._door = await asyncio.get_running_loop().create_server(self._let_in, self._host, self.port)
            except OSError as error:
                reason = os.strerror(error.errno or errno.EADDRINUSE)
                raise OSError(error.errno, f"nothing can listen on port {self.port} (PORT): {reason}") from error
            self.port = self._door.sockets[0].getsockname()[1]
            log.info("listening on port %d", self.port)

    async def withdraw(self, method: str, path: str) -> None:
        """Let nobody in there any more."""
        self._handlers.pop((method, path), None)

    async def close(self) -> None:
        """Finish the requests under way and stop listening."""
        if self._door is not None:
            self._door.close()
            self._door = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _let_in(self) -> asyncio.Protocol:
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= CONNECTIONS:
            return _Full()
        return server()

    async def _find(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        if request.path == "/healthz":
            return web.Response(text="ok")
        handler = self._handlers.get((request.method, request.path))
        return web.Response(status=404) if handler is None else await handler(request)


class _Full(asyncio.Protocol):
    """Hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        transport.abort()
