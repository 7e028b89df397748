"""How what happens reaches the app: an envelope or a signed request, in time or not, and events again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.app import Sent
from tests.fakes.slack.asks import Answer
from tests.fakes.slack.sockets import Undelivered

if TYPE_CHECKING:
    from tests.fakes.slack.places import Channel
    from tests.fakes.slack.town import Town
    from tests.fakes.slack.workspaces import Install

Payload = dict[str, Any]


class Hooks:
    """Posts to the app's own address."""

    def __init__(self, fake: Town) -> None:
        self.fake = fake
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Status and text. Raises Undelivered."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        patience = aiohttp.ClientTimeout(total=self.fake.app.ack_seconds)
        try:
            async with self._session.post(self.fake.route(url), data=body, headers=headers, timeout=patience) as answer:
                text = await answer.text()
                self.fake.app.sent.append(Sent(body=body, headers=headers, status=answer.status, text=text))
                if answer.headers.get("X-Slack-No-Retry") == "1" and answer.status >= 300:
                    raise Undelivered("no_retry")
                return answer.status, text
        except TimeoutError:
            raise Undelivered("timeout") from None
        except aiohttp.ClientError:
            raise Undelivered("connection_failed") from None

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()


class Post:
    """The way to the app. `delivered` are the events that it acknowledged, `lost` those that it never did."""

    def __init__(self, fake: Town) -> None:
        self.fake = fake
        self.hooks = Hooks(fake)
        self.under_way = 0
        self.delivered: list[Payload] = []
        self.lost: list[Payload] = []
        self._last: Payload | None = None

    # --- events ----------------------------------------------------------------------------------------------

    def tell(
        self, install: Install, event: Payload, *, name: str | None = None, channel: Channel | None = None
    ) -> None:
        """An event, if the app wants it; `name` is its subscription where that differs from its type."""
        if install.revoked is not None and event["type"] not in ("app_uninstalled", "tokens_revoked"):
            return
        if not self.fake.app.wants(name or event["type"], install.scopes):
            return
        team = install.team
        body = {
            "token": "legacy-verification-token",
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": team.enterprise,
            "api_app_id": self.fake.app.id,
            "event": event | {"event_ts": self.fake.stamp()} if "event_ts" not in event else event,
            "type": "event_callback",
            "event_id": self.fake.new_id("Ev"),
            "event_time": int(self.fake.clock.time()),
            "authorizations": [
                {
                    "enterprise_id": team.enterprise,
                    "team_id": team.id,
                    "user_id": install.user.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": channel.shared if channel is not None else False,
            "event_context": self.fake.new_id("4-"),
        }
        self._last = body
        self._send(body)

    def redeliver(self) -> None:
        """The newest event once more."""
        assert self._last is not None, "no event was ever delivered"
        self._send(self._last, attempt=1, why="http_timeout")

    def _send(self, body: Payload, attempt: int = 0, why: str = "") -> None:
        self.under_way += 1
        self.fake.start(self._bring(body, attempt, why))

    async def _bring(self, body: Payload, attempt: int, why: str) -> None:
        try:
            pauses = (0.0, *self.fake.app.event_retries)
            for number in range(attempt, len(pauses)):
                await asyncio.sleep(pauses[number] if number > attempt else 0.0)
                try:
                    await self._event(body, number, why)
                except Undelivered as failure:
                    why = failure.reason
                    if why == "timeout":
                        kind = body["event"]["type"]
                        self.fake.blame(
                            "events", kind, f"{kind} was not acknowledged in {self.fake.app.ack_seconds:g} s"
                        )
                    if why in ("no_retry", "no_connection"):
                        break
                else:
                    self.delivered.append(body)
                    return
            self.lost.append(body)
        finally:
            self.under_way -= 1
            self.fake.changed()

    async def _event(self, body: Payload, attempt: int, why: str) -> None:
        app = self.fake.app
        if app.request_url is None:
            wait = None if app.keeps_events else 0.0
            await self.fake.sockets.deliver("events_api", body, attempt=attempt, why=why, wait=wait)
            return
        raw = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | app.signature(raw, str(int(self.fake.clock.time())))
        if attempt:
            reason = {"timeout": "http_timeout"}.get(why, why)
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        status, _ = await self.hooks.post(app.request_url, raw, headers)
        if not 200 <= status < 300:
            self.fake.blame("events", body["event"]["type"], f"the app answered {status}")
            raise Undelivered("http_error")

    # --- commands and interactions -------------------------------------------------------------------------

    async def ask(self, kind: str, payload: Payload, answer: Answer) -> Any:
        """Bring a command ("slash_commands") or an interaction ("interactive"), once, and note how it was acknowledged.

        The result is what the acknowledgement carries, None for nothing.
        """
        answer.began = self.fake.clock.monotonic()
        try:
            answer.ack = await self._ask(kind, payload)
            answer.acked = True
        except Undelivered as failure:
            told = {"timeout": "operation_timeout", "http_error": "http_error"}
            answer.failed = told.get(failure.reason, "dispatch_failed")
            if failure.reason == "timeout":
                what = payload.get("command") or payload.get("type")
                self.fake.blame(kind, what, f"{what} was not acknowledged in {self.fake.app.ack_seconds:g} s")
        answer.ack_seconds = self.fake.clock.monotonic() - answer.began
        self.fake.changed()
        return answer.ack

    async def _ask(self, kind: str, payload: Payload) -> Any:
        app = self.fake.app
        if app.request_url is None:
            return await self.fake.sockets.deliver(kind, payload)
        fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        raw = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers |= app.signature(raw, str(int(self.fake.clock.time())))
        status, text = await self.hooks.post(app.request_url, raw, headers)
        if not 200 <= status < 300:
            self.fake.blame(kind, payload.get("command") or payload.get("type"), f"the app answered {status}")
            raise Undelivered("http_error")
        if not text:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return {"text": text}
