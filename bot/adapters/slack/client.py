"""The Web API over slack_sdk, one request for each call: nothing here is ever sent a second time.

The library's default client posts again after a dropped connection; this one has no retry handlers, and the pump or
the voice decides. All workspaces share one pool of connections.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

CONNECT_SECONDS: Final = 10.0
KEEPALIVE_SECONDS: Final = 15.0
"""Shorter than Slack's own, so that a connection is hardly ever closed under a request."""
RESPONSE_HOST: Final = "hooks.slack.com"
_JSON: Final = ("chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete", "views.", "conversations.open")
"""Methods that take JSON; the others know forms only."""


class Unreadable(SlackClientError):
    """An answer that is none of Slack's: the request may have had its effect. Holds nothing of the answer."""


def quiet_logger(name: str) -> logging.Logger:
    """A logger for the libraries: their debug lines hold messages and addresses that are as good as passwords."""
    logger = logging.getLogger(f"{__name__}.{name}")
    logger.setLevel(logging.WARNING)
    return logger


class Api:
    """The methods of the Web API by their names, in the workspace's own name.

    `base` ends in `/api/`; `seconds` is how long an answer is waited for; `token` gives the bot token of a workspace,
    None where there is none. Its repr and its errors hold no token and no content.
    """

    def __init__(self, *, base: str, seconds: float, connections: int, token: Callable[[str], str | None]) -> None:
        self._base = base
        self._seconds = seconds
        self._connections = connections
        self._token = token
        self._logger = quiet_logger("sdk")
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[str, AsyncWebClient] = {}

    def __repr__(self) -> str:
        return "<Api>"

    async def open(self) -> None:
        """Open the pool."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEPALIVE_SECONDS),
                timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            self._clients.clear()

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    def client(self, token: str | None) -> AsyncWebClient:
        """A client of slack_sdk that shares the pool and repeats nothing."""
        return AsyncWebClient(
            token=token, base_url=self._base, session=self._session, retry_handlers=[], logger=self._logger
        )

    async def call(
        self, team: str, method: str, params: Mapping[str, Any], *, seconds: float | None = None
    ) -> dict[str, Any]:
        """Call a method once and return the answer.

        Raises what `errors.translate` understands: SlackApiError with Slack's code, aiohttp.ClientError, OSError,
        TimeoutError, Unreadable. A workspace without a token is refused here as Slack would: `not_authed`.
        """
        token = self._token(team)
        if token is None:
            raise refused("not_authed")
        client = self._clients.get(team)
        if client is None or client.token != token:
            client = self._clients[team] = self.client(token)
        return await self._once(client, method, params, seconds)

    async def call_as(
        self, token: str | None, method: str, params: Mapping[str, Any], *, seconds: float | None = None
    ) -> dict[str, Any]:
        """The same with a token of the caller's: an app token, a bot token that is not anybody's yet, or none."""
        return await self._once(self.client(token), method, params, seconds)

    async def respond(self, url: str, payload: Mapping[str, Any], *, seconds: float | None = None) -> None:
        """Post to a `response_url`, once. Raises like `call`; an address that is not Slack's is `invalid_url`.

        Slack says that it was done in a bare word or as the Web API does: `ok`, `{"ok":true}`.
        """
        if not self._is_slacks(url):
            raise refused("invalid_url")
        if self._session is None or self._session.closed:
            raise aiohttp.ClientConnectionError("not connected")
        async with asyncio.timeout(seconds or self._seconds):
            async with self._session.post(url, json=dict(payload), allow_redirects=False) as answer:
                said, status, headers = _said(await answer.read()), answer.status, dict(answer.headers)
        if status == 200 and said in ("ok", ""):
            return
        if status == 200 and said is None:
            raise Unreadable("an answer that cannot be read")
        raise refused(said or "unreadable", status=status, headers=headers)

    async def _once(
        self, client: AsyncWebClient, method: str, params: Mapping[str, Any], seconds: float | None
    ) -> dict[str, Any]:
        if self._session is None or self._session.closed:
            raise aiohttp.ClientConnectionError("not connected")
        body: dict[str, Any] = {"json": dict(params)} if method.startswith(_JSON) else {"data": _form(params)}
        try:
            async with asyncio.timeout(seconds or self._seconds):
                answer = await client.api_call(method, **body)
        except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError):
            raise
        except Exception as error:
            # slack_sdk stumbles over answers that are not in Slack's form, and quotes them.
            raise Unreadable(f"an answer that cannot be read ({type(error).__name__})") from None
        if not isinstance(answer.data, dict):
            raise Unreadable("an answer that cannot be read")
        return answer.data

    def _is_slacks(self, url: str) -> bool:
        try:
            there, base = urlsplit(url), urlsplit(self._base)
            if (there.scheme, there.hostname, there.port) == (base.scheme, base.hostname, base.port):
                return True
            hooks = (RESPONSE_HOST, f"hooks.{base.hostname}")  # GovSlack's are at hooks.slack-gov.com
            return there.scheme == "https" and there.hostname in hooks and there.port in (None, 443)
        except ValueError:
            return False


def refused(code: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> SlackApiError:
    """An error such as slack_sdk raises, with Slack's code and nothing else."""
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": code},
        headers=dict(headers or {}),
        status_code=status,
    )
    return SlackApiError(f"refused: {code}", response)  # type: ignore[no-untyped-call]


def _said(answer: bytes) -> str | None:
    """What an answer to a post to a `response_url` says: "ok", "" for nothing, or Slack's code of an error; None where
    it is no word of Slack's."""
    try:
        found = json.loads(answer)
    except ValueError:
        found = answer.decode(errors="replace").strip()
    if isinstance(found, dict):
        found = "ok" if found.get("ok") is True else found.get("error")
    return found if isinstance(found, str) and re.fullmatch(r"[A-Za-z0-9_]*", found) else None


def _form(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: _word(value) for name, value in params.items() if value is not None}


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)  # true, false, numbers, and nested values as Slack reads them
