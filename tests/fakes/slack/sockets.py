"""Socket Mode: connections, envelopes, acknowledgements."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.fakes.slack.town import Town

MOST_CONNECTIONS: Final = 10
TICKET_SECONDS: Final = 30.0


class Undelivered(Exception):
    """Nobody acknowledged: "no_connection", "connection_failed", "timeout" or "http_error"."""

    @property
    def reason(self) -> str:
        """Why."""
        return str(self)


@dataclass(slots=True, eq=False)
class Connection:
    """An open connection; `pending` waits for acknowledgements, by envelope."""

    ws: web.WebSocketResponse
    request: web.BaseRequest
    pending: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)
    leaving: bool = False


class Sockets:
    """The app's connections. `ping_seconds`: how often Slack pings. Any connection gets any envelope, in turn."""

    def __init__(self, fake: Town) -> None:
        self.fake = fake
        self.open: list[Connection] = []
        self.ping_seconds = 10.0
        self.opened = 0
        self._tickets: dict[str, float] = {}
        self._turn = 0

    def ticket(self) -> str:
        """The address for one new connection."""
        ticket = uuid.uuid4().hex
        self._tickets[ticket] = self.fake.clock.monotonic() + TICKET_SECONDS
        return f"{self.fake.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.fake.app.id}"

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """A connection, from its beginning to its end."""
        until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if until < self.fake.clock.monotonic():
            return web.Response(status=403, text="invalid ticket")
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if len(self.open) >= MOST_CONNECTIONS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "fake"}})
            await ws.close()
            return ws
        connection = Connection(ws, request)
        self.open.append(connection)
        self.opened += 1
        await ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self.open),
                "debug_info": {"host": "fake", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": self.fake.app.id},
            }
        )
        self.fake.changed()
        pings = self.fake.start(self._ping(connection))
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self._read(connection, message.data)
        finally:
            pings.cancel()
            self._close(connection)
        return ws

    def _close(self, connection: Connection) -> None:
        connection.leaving = True
        if connection in self.open:
            self.open.remove(connection)
        for future in connection.pending.values():
            if not future.done():
                future.set_exception(Undelivered("connection_failed"))
        connection.pending.clear()
        self.fake.changed()

    async def _ping(self, connection: Connection) -> None:
        with contextlib.suppress(ConnectionError):
            while not connection.ws.closed:
                await asyncio.sleep(self.ping_seconds)
                await connection.ws.ping(b"ping from fake")

    def _read(self, connection: Connection, data: str) -> None:
        try:
            body = json.loads(data)
            envelope = str(body["envelope_id"])
        except (ValueError, TypeError, KeyError):
            self.fake.blame("socket", None, f"no acknowledgement: {data[:200]}")
            return
        future = connection.pending.pop(envelope, None)
        if future is not None and not future.done():
            connection.acked.add(envelope)
            future.set_result(body.get("payload"))
        elif envelope in connection.acked:
            self.fake.blame("socket", None, "an envelope was acknowledged twice")

    # --- out -----------------------------------------------------------------------------------------------

    async def deliver(
        self, kind: str, payload: dict[str, Any], *, attempt: int = 0, why: str = "", wait: float | None = -1.0
    ) -> Any:
        """Send an envelope and get the acknowledgement's payload; `wait`: seconds for a connection, None: any
        number, below 0: as long as for an acknowledgement.

        Raises Undelivered.
        """
        patience = self.fake.app.ack_seconds
        connection = await self._pick(patience if wait is not None and wait < 0 else wait)
        envelope: dict[str, Any] = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": why}
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.pending[envelope["envelope_id"]] = future
        try:
            await connection.ws.send_json(envelope)
        except (ConnectionError, RuntimeError):
            connection.pending.pop(envelope["envelope_id"], None)
            raise Undelivered("connection_failed") from None
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            connection.pending.pop(envelope["envelope_id"], None)
            raise Undelivered("timeout") from None

    async def _pick(self, wait: float | None) -> Connection:
        def find() -> Connection | None:
            usable = [one for one in self.open if not one.leaving]
            self._turn += 1
            return usable[self._turn % len(usable)] if usable else None

        if (found := find()) is not None:
            return found
        try:
            return await self.fake.eventually(find, wait if wait is not None else 1e9, lambda: "no connection")
        except AssertionError:
            raise Undelivered("no_connection") from None

    async def disconnect(self, reason: str = "refresh_requested", connection: Connection | None = None) -> None:
        """Tell one connection (the oldest) or more that it must go: "warning" (it lives on for ten seconds or so),
        "refresh_requested", "link_disabled", "too_many_websockets" (it is closed then)."""
        one = connection or self.open[0]
        await one.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})
        if reason != "warning":
            one.leaving = True
            await one.ws.close()

    async def cut(self) -> None:
        """Cut all connections without a word."""
        for one in list(self.open):
            if one.request.transport is not None:
                one.request.transport.abort()
            self._close(one)
        await asyncio.sleep(0)
