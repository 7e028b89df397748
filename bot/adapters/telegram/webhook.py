"""The way in for Telegram's own requests: a path that nobody can guess, and a secret header."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from telegram.error import InvalidToken, TelegramError

from bot.adapters.telegram.errors import words
from bot.adapters.telegram.transport import Api
from bot.adapters.telegram.updates import WANTED
from bot.web import Web

log = logging.getLogger(__name__)

HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
CONNECTIONS: Final = 40
BODY_SECONDS: Final = 10.0


class Webhook:
    """Lets updates in and hands each to `take`, which raises where it is to come again."""

    def __init__(self, api: Api, web_: Web, url: str, token: str, take: Callable[[Any], Awaitable[None]]) -> None:
        self._api = api
        self._web = web_
        self._take = take
        # Of the token and for ever: any process knows them, and they survive a restart.
        self._secret = _derived(token, "header")
        self.path = f"/telegram/{_derived(token, 'path')}"
        self._url = url + self.path

    async def run(self) -> None:
        """Listen, tell Telegram where, and stay. Raises InvalidToken, and OSError where the port is taken."""
        await self._web.serve("POST", self.path, self._receive)
        try:
            await self._register()
            await asyncio.Event().wait()
        finally:
            await self._web.withdraw("POST", self.path)

    async def _register(self) -> None:
        params = {
            "url": self._url,
            "secret_token": self._secret,
            "allowed_updates": list(WANTED),
            "max_connections": CONNECTIONS,
        }
        pause = 1.0
        while True:
            try:
                await self._api.call("setWebhook", params, seconds=20.0)
            except InvalidToken:
                raise
            except TelegramError as error:
                log.warning("Telegram does not take the webhook, trying on: %s", words(error))
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 60.0)

    async def _receive(self, request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "").encode(errors="replace")
        if not hmac.compare_digest(given, self._secret.encode()):
            return web.Response(status=403)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                update = json.loads(await request.read())
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except (ValueError, RecursionError, TimeoutError):
            return web.Response(status=400)
        try:
            await self._take(update)
        except Exception as error:
            log.warning("an update is to come again: %s", type(error).__name__)
            return web.Response(status=500)
        return web.Response()


def _derived(token: str, use: str) -> str:
    return hmac.new(token.encode(), f"paperboy webhook {use}".encode(), hashlib.sha256).hexdigest()
