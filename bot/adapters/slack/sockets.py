"""Socket Mode: a connection of ours to Slack, on which envelopes come in and acknowledgements go out.

slack_sdk's own client closes the old connection before it opens the next, so that people's commands fail meanwhile; it
goes on for ever with a token that is refused, and logs addresses that let anybody in. Here the next connection is open
before the old one is left, and what came on one is acknowledged on the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp

from bot.adapters.slack.bolt import Answer
from bot.adapters.slack.client import Api
from bot.adapters.slack.errors import code, retry_after

log = logging.getLogger(__name__)

OPEN_SECONDS: Final = 15.0
RETRY_SECONDS: Final = (0.5, 30.0)
HEARTBEAT_SECONDS: Final = 10.0
"""How often Slack is asked on a silent connection whether it is still there."""
LEAVING_SECONDS: Final = 30.0
"""How long a connection that Slack wants to end is still listened to."""
SOUND_SECONDS: Final = 5.0
"""A connection that lasted as long was a good one."""
REFUSED: Final = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
     "missing_scope", "no_permission", "forbidden_team"}
)  # fmt: skip


class TokenRefused(Exception):
    """The app token is no good; the text says why."""


class Sockets:
    """Keeps one connection open until it is cancelled, and hands each payload to `take`."""

    def __init__(self, api: Api, app_token: str, take: Callable[[Mapping[str, Any]], Awaitable[Answer]]) -> None:
        self._api = api
        self._token = app_token
        self._take = take
        self._session: aiohttp.ClientSession | None = None
        self._readers: set[asyncio.Task[None]] = set()
        self._envelopes: set[asyncio.Task[None]] = set()
        self._troubles = 0

    def __repr__(self) -> str:
        return "<Sockets>"

    async def run(self) -> None:
        """Connect, and again whenever that is needed. Raises TokenRefused."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            self._session = session
            try:
                while True:
                    socket = await self._open(session)
                    leaving = asyncio.Event()
                    reader = asyncio.create_task(self._read(socket, leaving))
                    self._readers.add(reader)
                    reader.add_done_callback(self._readers.discard)
                    reader.add_done_callback(lambda _, leaving=leaving: leaving.set())  # type: ignore[misc]
                    await leaving.wait()
            finally:
                await self._leave()

    async def _leave(self) -> None:
        """Let the acknowledgements out that are under way, and close."""
        if self._envelopes:
            await asyncio.wait(list(self._envelopes), timeout=1.0)
        tasks = [*self._readers, *self._envelopes]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- opening ----------------------------------------------------------------------------------------------------

    async def _open(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        while True:
            if self._troubles:
                shortest, longest = RETRY_SECONDS
                await asyncio.sleep(min(shortest * 2.0 ** (self._troubles - 1), longest))
            self._troubles += 1  # until it proves to be sound
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    found = await self._api.call_as(self._token, "apps.connections.open", {})
                    return await session.ws_connect(str(found["url"]), heartbeat=HEARTBEAT_SECONDS)
            except Exception as error:  # what an address holds must not be logged
                said = code(error)
                if said in REFUSED:
                    raise TokenRefused(said) from None
                level = logging.WARNING if self._troubles <= 2 else logging.INFO
                log.log(level, "no connection to Slack, trying on: %s", said)
                if said == "ratelimited":
                    await asyncio.sleep(retry_after(error))

    # --- reading ----------------------------------------------------------------------------------------------------

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, leaving: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        opened = loop.time()
        end: asyncio.TimerHandle | None = None
        try:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                envelope = _envelope(message.data)
                kind = envelope.get("type")
                if kind == "hello":
                    if self._troubles > 1:
                        log.info("connected to Slack again")
                    self._troubles = 0
                elif kind == "disconnect":
                    self._told_to_go(str(envelope.get("reason")))
                    leaving.set()
                    end = end or loop.call_later(LEAVING_SECONDS, lambda: self._spawn(socket.close()))
                elif isinstance(envelope.get("payload"), dict):
                    self._spawn(self._deal(socket, envelope))
        except (aiohttp.ClientError, OSError) as error:
            log.info("the connection to Slack broke: %s", type(error).__name__)
        finally:
            if end is not None:
                end.cancel()
            elif loop.time() - opened < SOUND_SECONDS:
                self._troubles += 1  # connections that break at once must not be opened in a hurry
            await socket.close()

    def _told_to_go(self, reason: str) -> None:
        match reason:
            case "warning" | "refresh_requested":
                log.debug("Slack wants a new connection")
            case "link_disabled":
                self._troubles += 6
                log.error("Socket Mode is switched off for the app: switch it on under “Socket Mode”.")
            case "too_many_websockets":
                self._troubles += 4
                log.warning("too many connections are open for this app token: is it used elsewhere?")
            case _:
                self._troubles += 1
                log.info("Slack ends the connection")

    async def _deal(self, socket: aiohttp.ClientWebSocketResponse, envelope: Mapping[str, Any]) -> None:
        answer = await self._take(envelope["payload"])
        if answer.status != 200:
            return  # not acknowledged: an event comes again, a person sees that it did not work
        acknowledgement: dict[str, Any] = {"envelope_id": envelope.get("envelope_id")}
        if answer.body:
            known = answer.content_type.startswith("application/json")
            acknowledgement["payload"] = json.loads(answer.body) if known else {"text": answer.body}
        try:
            await socket.send_str(json.dumps(acknowledgement))
        except (aiohttp.ClientError, OSError):
            log.info("something was not acknowledged: its connection is gone")

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._envelopes.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._envelopes.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an envelope came to nothing: %s", type(error).__name__)


def _envelope(data: str) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
