"""How updates reach a bot: the queue with its offsets, the long poll, the webhook."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from tests.fakes.telegram.errors import OTHER_POLLER, WEBHOOK_ACTIVE, ApiError

if TYPE_CHECKING:
    from tests.fakes.telegram.town import Town

_NOT_BY_DEFAULT: Final = {"chat_member", "message_reaction", "message_reaction_count"}
_LIVES: Final = {"callback_query": 150.0, "inline_query": 30.0, "chosen_inline_result": 600.0}
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Queued:
    """An update that waits to be taken."""

    id: int
    kind: str
    body: dict[str, Any]
    key: int
    until: float


@dataclass(slots=True)
class Webhook:
    """Where updates are posted to."""

    url: str
    secret: str | None
    max_connections: int
    last_error: tuple[int, str] | None = None


@dataclass(slots=True, eq=False)
class Mailbox:
    """One bot's updates. A poll that waits is ended by a newer one; a webhook takes all of them."""

    fake: Town
    queue: deque[Queued] = field(default_factory=deque)
    allowed: frozenset[str] | None = None
    webhook: Webhook | None = None
    delivered: int = 0
    _last: int = 100_000_000
    _arrival: asyncio.Event = field(default_factory=asyncio.Event)
    _poll: asyncio.Future[None] | None = None
    _previous: tuple[int, float] = (0, -10.0)
    _postman: asyncio.Task[None] | None = None

    def put(self, kind: str, body: dict[str, Any], *, key: int) -> None:
        """Queue an update if the bot wants its kind. Those of one `key` reach a webhook one after the other."""
        if kind in _NOT_BY_DEFAULT if self.allowed is None else kind not in self.allowed:
            return
        self._last += 1
        until = self.fake.clock.time() + _LIVES.get(kind, _DAY)
        self.queue.append(Queued(self._last, kind, {"update_id": self._last, kind: body}, key, until))
        self._arrival.set()

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Remember which kinds the bot wants; an empty list means the default ones."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def _prune(self) -> None:
        now = self.fake.clock.time()
        if any(one.until <= now for one in self.queue):
            self.queue = deque(one for one in self.queue if one.until > now)

    async def poll(self, offset: int, limit: int, seconds: int) -> list[dict[str, Any]]:
        """getUpdates: confirms everything below `offset`, then waits up to `seconds` for something."""
        if self.webhook is not None:
            raise ApiError(409, WEBHOOK_ACTIVE)
        now = self.fake.clock.monotonic()
        limit, seconds = min(max(limit, 1), 100), min(max(seconds, 0), 50)
        last_offset, last_start = self._previous
        if offset == last_offset and now < last_start + 3.0:
            seconds = max(seconds, 3)
            limit = 1 if now < last_start + 0.5 else limit
        self._previous = (offset, now)
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, OTHER_POLLER))
        self._confirm(offset)
        self._prune()
        if not self.queue and seconds:
            await self._wait(seconds)
            self._prune()
        found = [one.body for one in list(self.queue)[:limit]]
        self.delivered += len(found)
        return found

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self.queue) > -offset:
                self.queue.popleft()
            return
        while self.queue and self.queue[0].id < offset:
            self.queue.popleft()
        self.fake.changed()

    async def _wait(self, seconds: float) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = mine
        self._arrival.clear()
        arrival = asyncio.ensure_future(self._arrival.wait())
        try:
            waiting: set[asyncio.Future[Any]] = {mine, arrival}
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if mine.done():
                mine.result()
        finally:
            arrival.cancel()
            mine.cancel()
            if self._poll is mine:
                self._poll = None

    # --- webhook ---------------------------------------------------------------------------------------------

    async def set_webhook(self, webhook: Webhook | None, *, drop: bool) -> None:
        """Switch between the webhook and polling."""
        await self.stop()
        if drop:
            self.queue.clear()
        self.webhook = webhook
        if webhook is not None:
            if self._poll is not None and not self._poll.done():
                self._poll.set_exception(ApiError(409, "Conflict: terminated by setWebhook request"))
            self._postman = asyncio.create_task(self._deliver(webhook))

    async def stop(self) -> None:
        """Stop delivering."""
        if self._postman is not None:
            self._postman.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._postman
            self._postman = None

    async def _deliver(self, webhook: Webhook) -> None:
        busy: dict[int, asyncio.Task[None]] = {}
        timeout = aiohttp.ClientTimeout(total=self.fake.webhook_timeout)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                while True:
                    self._arrival.clear()
                    self._prune()
                    for one in list(self.queue):
                        if len(busy) >= webhook.max_connections:
                            break
                        if one.key not in busy:
                            busy[one.key] = asyncio.create_task(self._post(session, webhook, one))
                    arrival = asyncio.ensure_future(self._arrival.wait())
                    waiting: set[asyncio.Future[Any]] = {arrival, *busy.values()}
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                    arrival.cancel()
                    for key in [key for key, task in busy.items() if task.done()]:
                        busy.pop(key).result()
            finally:
                for task in busy.values():
                    task.cancel()
                await asyncio.gather(*busy.values(), return_exceptions=True)

    async def _post(self, session: aiohttp.ClientSession, webhook: Webhook, one: Queued) -> None:
        headers = {"Content-Type": "application/json"}
        if webhook.secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        pause = self.fake.webhook_retry
        while one in self.queue and one.until > self.fake.clock.time():
            wait = pause
            try:
                body = json.dumps(one.body)
                async with session.post(self.fake.route(webhook.url), data=body, headers=headers) as answer:
                    await answer.read()
                    if 200 <= answer.status < 300:
                        with contextlib.suppress(ValueError):
                            self.queue.remove(one)
                        self.delivered += 1
                        self.fake.changed()
                        return
                    words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                    if (told := answer.headers.get("Retry-After", "")).isdecimal():
                        wait = min(float(told), 3600.0)
            except (aiohttp.ClientError, TimeoutError) as error:
                words = f"Connection failed: {type(error).__name__}"
            webhook.last_error = (int(self.fake.clock.time()), words)
            await asyncio.sleep(wait)
            pause = min(pause * 2, 60.0)
