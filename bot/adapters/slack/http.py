"""The way in for Slack's own requests: events, commands and interactions, signed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.adapters.slack.bolt import Answer
from bot.adapters.slack.manifest import EVENTS_PATH
from bot.web import Web

log = logging.getLogger(__name__)

BODY_SECONDS: Final = 10.0
SIGNATURE: Final = "x-slack-signature"
TIMESTAMP: Final = "x-slack-request-timestamp"


class Http:
    """Lets requests in whose signature is right and not old, and hands body and headers to `take`."""

    def __init__(
        self, web_: Web, signing_secret: str, take: Callable[[str, Mapping[str, str]], Awaitable[Answer]]
    ) -> None:
        self._web = web_
        self._verifier = SignatureVerifier(signing_secret)
        self._take = take

    def __repr__(self) -> str:
        return "<Http>"

    async def run(self) -> None:
        """Listen until cancelled. Raises OSError where the port is taken."""
        await self._web.serve("POST", EVENTS_PATH, self._receive)
        try:
            await asyncio.Event().wait()
        finally:
            await self._web.withdraw("POST", EVENTS_PATH)

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except TimeoutError:
            return web.Response(status=408)
        body = self._checked(raw, request.headers)
        if body is None:
            return web.Response(status=401)
        try:
            answer = await self._take(body, {"content-type": request.headers.get("content-type", "")})
        except ValueError:
            return web.Response(status=400)
        content_type = answer.content_type.partition(";")[0] or "text/plain"
        return web.Response(status=answer.status, text=answer.body, content_type=content_type)

    def _checked(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        """The body, where it is Slack's. Nothing of it is looked at before."""
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12 and signature.isascii()):
            return None
        try:
            body = raw.decode()
        except UnicodeDecodeError:
            return None
        return body if self._verifier.is_valid(body, timestamp, signature) else None
