"""What Slack brings: acknowledged in time, each dealt with once, that of one person in one place in order."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from slack_bolt.request.internals import extract_channel_id, extract_user_id

from bot.adapters.base import Inbox
from bot.adapters.slack.happened import Kind
from bot.adapters.slack.workspaces import Workspaces, team_in

log = logging.getLogger(__name__)

AT_ONCE: Final = 32
"""How many are dealt with at the same time."""
WAITING: Final = 2000
"""How many may wait; beyond that Slack is asked to bring events again, and people see that it did not work."""
ACK_SECONDS: Final = 2.0
"""How long an acknowledgement waits for the effect, of the three seconds that Slack gives."""
STORE_ATTEMPTS: Final = 6
_ABOUT_A_PERSON: Final = ("message", "app_mention", "app_home_opened")


class Conversation(Protocol):
    """`bot.adapters.slack.conversation.Conversation`."""

    async def deal(self, kind: Kind, body: Mapping[str, Any], /) -> Mapping[str, Any] | None:
        """Have the effect, then answer. Raises NoEffect where there was none and Slack is to bring it again.

        What it returns for a submitted view within `ACK_SECONDS` is the acknowledgement's payload
        (`{"response_action": "errors" | "update" | "push" | "clear", …}`); for everything else it is passed over.
        """


class Overloaded(Exception):
    """Too much waits already; nothing was done."""


class NoEffect(Exception):
    """The house could not do its part (the database failed); nothing was answered."""


class Receiver:
    """Takes payloads as they come from the wire. One that comes twice is dealt with once, in any process."""

    def __init__(
        self,
        *,
        workspaces: Workspaces,
        conversation: Conversation,
        inbox: Inbox | None,
        now: Callable[[], datetime],
    ) -> None:
        self._workspaces = workspaces
        self._conversation = conversation
        self._inbox = inbox
        self._now = now
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[int, asyncio.Task[Mapping[str, Any] | None]] = {}
        self._rows: dict[str, asyncio.Task[Mapping[str, Any] | None]] = {}

    async def take(self, kind: Kind, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Deal with a payload; returns when it may be acknowledged, with what the acknowledgement says.

        Commands, presses and shortcuts are acknowledged at once: the person is told what became of them. An event waits
        for its effect, for it can be brought again. Raises Overloaded, and for an event NoEffect and what the inbox
        raises.
        """
        number = number_of(body)
        task = self._under_way.get(number)
        if task is None:
            if len(self._under_way) >= WAITING:
                raise Overloaded
            row = row_of(kind, body)
            task = asyncio.create_task(self._deal(self._rows.get(row), number, kind, body))
            self._under_way[number] = self._rows[row] = task
            task.add_done_callback(lambda done: self._ended(done, number, row))
        if kind in ("command", "action", "shortcut"):
            return None
        await asyncio.wait([task], timeout=ACK_SECONDS)
        return task.result() if task.done() else None

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way, at most so long."""
        tasks = list(self._under_way.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _deal(
        self, before: asyncio.Task[Any] | None, number: int, kind: Kind, body: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        if before is not None:
            await asyncio.wait([before])
        async with self._room:
            workspace = self._workspaces.of(body)
            lane = workspace.lane if workspace is not None else "slack:"
            if not await self._is_new(lane, number, again=kind == "event"):
                return None
            said = await self._conversation.deal(kind, body)
            if kind == "event":
                await self._record(lane, number)
            return said

    async def _is_new(self, lane: str, number: int, *, again: bool) -> bool:
        """Whether nobody has dealt with it yet. What Slack brings once is put on record before it has its effect, for
        whoever sends it a second time is not Slack; an event afterwards, so that it comes `again` where that failed."""
        inbox = self._inbox
        if inbox is None:
            return True
        if again:
            return not await self._patiently(lambda: inbox.seen(lane, number))
        return await self._patiently(lambda: inbox.first_time(lane, number, self._now()))

    async def _record(self, lane: str, number: int) -> None:
        inbox = self._inbox
        if inbox is not None:
            try:
                await self._patiently(lambda: inbox.first_time(lane, number, self._now()))
            except Exception as error:
                log.warning("an event was dealt with and could not be put on record: %s", type(error).__name__)

    async def _patiently(self, ask: Callable[[], Awaitable[bool]]) -> bool:
        for attempt in range(1, STORE_ATTEMPTS):
            try:
                return await ask()
            except Exception as error:
                log.warning("the inbox cannot be asked: %s", type(error).__name__)
                await asyncio.sleep(0.05 * 2**attempt)
        return await ask()

    def _ended(self, task: asyncio.Task[Any], number: int, row: str) -> None:
        self._under_way.pop(number, None)
        if self._rows.get(row) is task:
            del self._rows[row]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("something that Slack brought came to nothing: %s", type(error).__name__)


def number_of(body: Mapping[str, Any]) -> int:
    """A payload's number: the same for the same one whenever and wherever it comes, 63 bits."""
    name = body.get("event_id") or body.get("trigger_id")
    if not isinstance(name, str):
        name = json.dumps(body, sort_keys=True, default=str)
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()) >> 1


def row_of(kind: Kind, body: Mapping[str, Any]) -> str:
    """Payloads of one row are dealt with one after the other."""
    loose = dict(body)
    channel, person = extract_channel_id(loose) or "", extract_user_id(loose) or ""
    event = body.get("event")
    if kind == "event" and isinstance(event, Mapping) and event.get("type") not in _ABOUT_A_PERSON:
        person = ""  # what becomes of a channel is in order, whoever did it
    return f"{team_in(body)} {channel} {person}"
