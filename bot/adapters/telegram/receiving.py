"""Updates on their way in: each dealt with once, those of one chat in order, confirmed when its effect is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from bot.adapters.base import Inbox, Press, Reply
from bot.adapters.telegram.conversation import Conversation
from bot.adapters.telegram.trail import Trail
from bot.adapters.telegram.updates import Asked, Happened, Me, Pressed, read, there, welcomed

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE: Final = 32
"""How many events are dealt with at the same time."""
GRACE_SECONDS: Final = 0.25
"""How much longer than its effect an update waits for its answer before it is confirmed: an answer that waits for its
turn must not hold up everybody else."""
WAITING: Final = 1000
"""Answers that may wait for their turn; beyond that, people go without one rather than the process without memory."""
STORE_ATTEMPTS: Final = 6


class Receiver:
    """Takes updates as they come from the wire."""

    def __init__(
        self,
        *,
        me: Me,
        conversation: Conversation,
        manages: Callable[[int, int], Awaitable[bool]],
        trail: Trail,
        inbox: Inbox | None,
        now: Callable[[], datetime],
    ) -> None:
        self._me = me
        self._conversation = conversation
        self._manages = manages
        self._trail = trail
        self._inbox = inbox
        self._now = now
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[int, asyncio.Task[Any]] = {}
        self._effects: dict[str, asyncio.Task[Any]] = {}
        self._answers: dict[str, asyncio.Task[None]] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    async def take(self, raw: Any) -> None:
        """Deal with an update; returns when its effect is stored. Raises what the store raises where it is not."""
        if isinstance(raw, dict):
            if (chat := welcomed(raw)) is not None:
                self._trail.joins(chat)
            if (found := there(raw)) is not None:
                self._trail.saw(found.chat, found.message, editable=found.editable)
        await self._deal_with(raw)
        await self._trail.settled()

    async def _deal_with(self, raw: Any) -> None:
        happened, number = self._read(raw)
        if happened is None:
            return
        if number in self._under_way:  # brought again while it is dealt with
            await asyncio.shield(self._under_way[number])
            return
        order = happened.order
        effect = asyncio.create_task(self._effect(self._effects.get(order), number, happened))
        _keep(self._effects, order, effect)
        self._under_way[number] = effect
        line = f"{order} {happened.place.message} {happened.person}" if isinstance(happened.place, Pressed) else order
        answer = asyncio.create_task(self._answer(self._answers.get(line), effect, number))
        _keep(self._answers, line, answer)
        self._waiting.add(answer)
        answer.add_done_callback(self._waiting.discard)
        answer.add_done_callback(lambda _: self._under_way.pop(number, None))
        await asyncio.shield(effect)
        await asyncio.wait([answer], timeout=GRACE_SECONDS)

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way, at most so long."""
        tasks = [*self._under_way.values(), *self._waiting]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _read(self, raw: Any) -> tuple[Happened | None, int]:
        """What an update means. One that cannot be read is passed over: it would come again for ever."""
        number = raw.get("update_id") if isinstance(raw, dict) else None
        if not isinstance(number, int):
            log.warning("something that is no update was passed over")
            return None, 0
        try:
            return read(raw, self._me, self._manages), number
        except Exception as error:
            log.warning("update %d cannot be read and was passed over: %s", number, type(error).__name__)
            return None, number

    async def _effect(
        self, before: asyncio.Task[Any] | None, number: int, happened: Happened
    ) -> tuple[Happened, Reply] | None:
        if before is not None:
            await asyncio.wait([before])
        async with self._room:
            if await self._dealt_with(number, happened):
                return None
            return await self._conversation.hear(happened)

    async def _dealt_with(self, number: int, happened: Happened) -> bool:
        """Whether the update had its effect before this process began, or another process had it.

        A press is put on record before it has its effect, for it would not have the same one twice; everything else
        has, and is put on record when it was answered.
        """
        inbox = self._inbox
        if inbox is None or isinstance(happened.place, Asked):
            return False
        if isinstance(happened.event, Press):
            return not await self._patiently(lambda: inbox.first_time(self._me.lane, number, self._now()))
        return await self._patiently(lambda: inbox.seen(self._me.lane, number))

    async def _patiently(self, ask: Callable[[], Awaitable[bool]]) -> bool:
        for attempt in range(1, STORE_ATTEMPTS):
            try:
                return await ask()
            except Exception as error:
                log.warning("the inbox cannot be asked: %s", type(error).__name__)
                await asyncio.sleep(0.05 * 2**attempt)
        return await ask()

    async def _answer(
        self, before: asyncio.Task[None] | None, effect: asyncio.Task[tuple[Happened, Reply] | None], number: int
    ) -> None:
        await asyncio.wait([effect, *([before] if before is not None else [])])
        if effect.cancelled() or effect.exception() is not None:
            return
        had = effect.result()
        if had is None:
            return
        happened, reply = had
        if len(self._waiting) > WAITING and not isinstance(happened.place, Pressed):
            log.warning("chat %s gets no answer: too many are waiting", happened.event.address.chat)
            return
        try:
            await self._conversation.answer(happened, reply)
        except Exception as error:
            log.error("an answer could not be drawn: %s", type(error).__name__, exc_info=True)
        if self._inbox is not None and not isinstance(happened.place, Pressed | Asked):
            try:
                await self._inbox.first_time(self._me.lane, number, self._now())
            except Exception as error:
                log.warning("update %d was answered and could not be put on record: %s", number, type(error).__name__)


def _keep(tasks: dict[str, asyncio.Task[T]], key: str, task: asyncio.Task[T]) -> None:
    """Keep the newest task of a row for as long as it is under way."""
    tasks[key] = task

    def forget(done: asyncio.Task[T]) -> None:
        if tasks.get(key) is done:
            del tasks[key]

    task.add_done_callback(forget)
