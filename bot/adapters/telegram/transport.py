"""The Bot API over aiohttp, with python-telegram-bot's reading of its answers.

`BaseRequest` turns status codes and bodies into that library's errors; the pool underneath is aiohttp's, several times
cheaper a message than the library's own. It tells apart what the default does not: a request that certainly never left
(`NeverSent`) and one whose fate nobody knows (any other NetworkError). It never retries, and no error of it holds the
address, for that holds the token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

# The library is about to change the type of `RetryAfter.retry_after`, and warns each time until the new one is chosen.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECT_SECONDS: Final = 10.0
KEEPALIVE_SECONDS: Final = 15.0
"""Shorter than Telegram's own, so that a connection is hardly ever closed under a request."""


class NeverSent(NetworkError):
    """No connection was made, so the server has seen nothing of the request."""


class Transport(BaseRequest):
    """One pool of `connections`; `read_timeout` is in seconds, counted from the request's start."""

    def __init__(self, *, connections: int, read_timeout: float) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """How long an answer is waited for where the caller does not say, in seconds."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEPALIVE_SECONDS),
                headers={"User-Agent": "Paperboy", "Content-Type": "application/json"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one request, once. Raises NeverSent, or another NetworkError where its fate is unknown."""
        if self._session is None or self._session.closed:
            raise NeverSent("not connected")
        seconds = self._read_timeout if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)
        body = json.dumps(request_data.parameters, ensure_ascii=False).encode() if request_data is not None else b"{}"
        try:
            async with self._session.request(method, url, data=body, timeout=timeout, allow_redirects=False) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NeverSent(f"no connection ({type(error).__name__})") from None
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(f"connection lost ({type(error).__name__})") from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer. Raises TelegramError without its words, which the library's own would log."""
        try:
            found = json.loads(payload)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TelegramError("Invalid server response")
        return found


class Api:
    """The methods of one bot by their names. Raises TelegramError; its repr and its errors hold no token."""

    __slots__ = ("_address", "_transport")

    def __init__(self, transport: Transport, base: str, token: str) -> None:
        self._transport = transport
        self._address = f"{base}/bot{token}/"

    def __repr__(self) -> str:
        return "<Api>"

    async def call(self, method: str, params: Mapping[str, Any] | None = None, *, seconds: float | None = None) -> Any:
        """Call a method once and return its result as it came. `seconds` bounds the wait for the answer."""
        # The library's debug lines about a request hold what is in it; going round `telegram.Bot` there are none.
        data = RequestData([RequestParameter(name, value, None) for name, value in (params or {}).items()])
        timeout: Any = BaseRequest.DEFAULT_NONE if seconds is None else seconds
        try:
            return await self._transport.post(self._address + method, data, read_timeout=timeout)
        except KeyError:
            raise TelegramError("Invalid server response") from None
