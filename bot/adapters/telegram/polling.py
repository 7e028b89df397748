"""Long polling whose position is safe: an update is confirmed, by asking for the next, when it was dealt with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.adapters.telegram.errors import told_to_wait, words
from bot.adapters.telegram.transport import Api
from bot.adapters.telegram.updates import WANTED

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 25
SLACK_SECONDS: Final = 10.0
"""How much later than asked for an answer may come."""
CONFLICT_SECONDS: Final = (5.0, 60.0)
NETWORK_SECONDS: Final = (0.5, 30.0)
LOST_SECONDS: Final = 2.0


class Poller:
    """Asks for updates until it is cancelled, and hands each to `take`, which raises where it is to come again."""

    def __init__(self, api: Api, take: Callable[[Any], Awaitable[None]]) -> None:
        self._api = api
        self._take = take
        self._offset = 0
        self._confirmed = 0
        self._troubles = 0
        self._said = ""
        self._caught_up = False

    async def run(self) -> None:
        """Poll. Raises InvalidToken where the token is no longer good."""
        while True:
            try:
                updates = await self._ask()
            except InvalidToken:
                raise
            except TelegramError as error:
                await self._bear(error)
                continue
            if self._troubles:
                log.info("updates come in again")
            self._troubles, self._said = 0, ""
            await self._deal_with(updates)
            self._caught_up = self._caught_up or not updates

    @property
    def sound(self) -> bool:
        """Whether updates come in as they should, and none from before are missing."""
        return self._caught_up and not self._troubles

    async def confirm(self) -> None:
        """Say, before leaving, that everything up to here was dealt with."""
        if self._offset > self._confirmed:
            try:
                await self._api.call("getUpdates", {"offset": self._offset, "limit": 1, "timeout": 0}, seconds=3.0)
            except TelegramError as error:
                log.info("the last updates may come again: %s", words(error))

    async def _ask(self) -> list[Any]:
        timeout = POLL_SECONDS if self._caught_up else 0
        params: dict[str, Any] = {"timeout": timeout, "limit": 100, "allowed_updates": list(WANTED)}
        if offset := self._offset:
            params["offset"] = offset
        self._confirmed = offset  # with the question, not with its answer
        found = await self._api.call("getUpdates", params, seconds=POLL_SECONDS + SLACK_SECONDS)
        return found if isinstance(found, list) else []

    async def _deal_with(self, updates: list[Any]) -> None:
        """Have the effect of all, and move on to behind the last one before which none is missing."""
        done = await asyncio.gather(*(self._take(raw) for raw in updates), return_exceptions=True)
        for raw, failure in zip(updates, done, strict=True):
            if isinstance(failure, BaseException):
                if not isinstance(failure, Exception):
                    raise failure
                log.warning("updates are asked for again: %s", type(failure).__name__)
                await asyncio.sleep(LOST_SECONDS)
                return
            if isinstance(raw, dict) and isinstance(raw.get("update_id"), int):
                self._offset = max(self._offset, raw["update_id"] + 1)

    async def _bear(self, error: TelegramError) -> None:
        """Wait for as long as the trouble calls for, and say once what it is."""
        self._troubles += 1
        if isinstance(error, RetryAfter):
            await asyncio.sleep(told_to_wait(error))
            return
        first, last = NETWORK_SECONDS
        said = f"Telegram cannot be reached, trying on: {words(error)}"
        if isinstance(error, Conflict):
            first, last = CONFLICT_SECONDS
            if "webhook" in error.message.lower():
                said = "A webhook is set for this bot, so it cannot be polled: removing it."
                await self._remove_webhook()
                first = 0.5
            else:
                said = "Another process receives the updates of this bot; end it, or give each its own token."
        if said != self._said:
            self._said = said
            log.warning("%s", said)
        await asyncio.sleep(min(first * 2.0 ** min(self._troubles - 1, 16), last))

    async def _remove_webhook(self) -> None:
        try:
            await self._api.call("deleteWebhook", {"drop_pending_updates": False}, seconds=10.0)
        except TelegramError as error:
            log.info("the webhook is still set: %s", words(error))
