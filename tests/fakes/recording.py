"""A platform in memory, and the adapter that speaks to it: it can be told to fail in every way there is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.base import Body, FateUnknown, Handle, MessageGone
from bot.message import Message
from bot.model import Chat
from bot.pacing import LanePace
from tests.fakes.virtual import START


@dataclass(slots=True)
class Posted:
    """A message that people can see (or could, before it was deleted)."""

    chat: str
    receipt: str
    key: str
    body: Body
    at: float
    edits: list[Body] = field(default_factory=list)
    deleted: bool = False
    under: str | None = None

    @property
    def shows(self) -> Body:
        """What it reads now."""
        return self.edits[-1] if self.edits else self.body


@dataclass(slots=True)
class Trip:
    """A failure in waiting: for the next `times` requests that fit.

    With `after` the request is carried out before it fails; with `hang` the answer never comes.
    """

    verb: str
    error: BaseException | None
    chat: str | None
    times: int
    after: bool
    hang: bool


class Platform:
    """What all adapters of one place share: the chats, what stands in them, and the requests that were made."""

    def __init__(self, *, time: Callable[[], float], latency: float = 0.02) -> None:
        self.time = time
        self.latency = latency
        self.messages: list[Posted] = []
        self.requests: list[tuple[float, str, str]] = []
        self.provable = True
        self.refused: dict[Body, Exception] = {}
        """What it does not take, and how it says so."""
        self.behind = 0.0
        """How many seconds its clock is behind everybody else's."""
        self.flying = 0
        self._trips: list[Trip] = []
        self._numbers = itertools.count(1)

    def trip(
        self,
        verb: str,
        error: BaseException | None = None,
        *,
        chat: str | None = None,
        times: int = 1,
        after: bool = False,
        hang: bool = False,
    ) -> None:
        """Let the next requests of `verb` fail with `error`."""
        self._trips.append(Trip(verb, error, chat, times, after, hang))

    def heal(self) -> None:
        """Forget every failure in waiting."""
        self._trips.clear()

    async def request(self, verb: str, chat: str, act: Callable[[], str | None]) -> str | None:
        """Carry out one request, or fail as told."""
        self.requests.append((self.time(), verb, chat))
        trip = next((t for t in self._trips if t.times and t.verb == verb and t.chat in (None, chat)), None)
        self.flying += 1
        try:
            if trip is None:
                await asyncio.sleep(self.latency / 2)
                result = act()
                await asyncio.sleep(self.latency / 2)
                return result
            trip.times -= 1
            await asyncio.sleep(self.latency / 2)
            if trip.after:
                act()
            if trip.hang:
                await asyncio.Event().wait()
            await asyncio.sleep(self.latency / 2)
            if trip.error is not None:
                raise trip.error
            return act()
        finally:
            self.flying -= 1

    def post(self, chat: str, body: Body, key: str, under: str | None = None) -> str:
        """A message appears, unless it is one that is `refused`."""
        if (refusal := self.refused.get(body)) is not None:
            raise refusal
        message = Posted(chat, f"m{next(self._numbers)}", key, body, self.time(), under=under)
        self.messages.append(message)
        return message.receipt

    def at(self, receipt: str) -> Posted:
        """The message with that receipt, while it is there."""
        for message in self.messages:
            if message.receipt == receipt and not message.deleted:
                return message
        raise MessageGone("message to edit not found")

    def seen_in(self, chat: str) -> list[Body]:
        """What stands in a chat now, oldest first."""
        return [message.shows for message in self.messages if message.chat == chat and not message.deleted]

    def threads_of(self, chat: str) -> dict[Body, list[Body]]:
        """What stands in a chat itself, each with what stands under it."""
        mine = [message for message in self.messages if message.chat == chat and not message.deleted]
        return {head.shows: [m.shows for m in mine if m.under == head.receipt] for head in mine if head.under is None}

    def count(self, verb: str) -> int:
        """How many requests of that verb were made."""
        return sum(1 for _, made, _ in self.requests if made == verb)


class RecordingAdapter:
    """An adapter whose requests are kept in a `Platform`."""

    def __init__(self, platform: Platform, paces: Mapping[str, LanePace], name: str = "recording") -> None:
        self.platform = platform
        self.name = name
        self.owns_terminal = False
        self.paces: Mapping[str, LanePace] = paces
        self.renders = 0
        self.requests: list[float] = []
        self._stopped = asyncio.Event()

    async def start(self, handle: Handle) -> None:
        """Nothing to connect to."""

    async def run(self) -> None:
        """Receive nothing until stopped."""
        await self._stopped.wait()

    async def stop(self) -> None:
        """End `run`."""
        self._stopped.set()

    def render(self, message: Message, chat: Chat) -> Body:
        """The summary stands for the whole."""
        self.renders += 1
        return message.summary

    def variant(self, chat: Chat) -> str:
        """Threads are drawn differently, so that tests have two variants."""
        return "thread" if chat.address.thread else "plain"

    async def _request(self, verb: str, chat: str, act: Callable[[], str | None]) -> str | None:
        self.requests.append(self.platform.time())
        return await self.platform.request(verb, chat, act)

    async def post(self, chat: Chat, body: Body, *, key: str, under: str | None = None) -> str:
        """Post."""
        where = chat.address.chat
        receipt = await self._request("post", where, lambda: self.platform.post(where, body, key, under))
        assert receipt is not None
        return receipt

    async def edit(self, chat: Chat, receipt: str, body: Body) -> None:
        """Edit; an identical edit is no edit."""

        def act() -> None:
            message = self.platform.at(receipt)
            if message.shows != body:
                message.edits.append(body)

        await self._request("edit", chat.address.chat, act)

    async def withdraw(self, chat: Chat, receipt: str, body: Body) -> None:
        """Delete."""

        def act() -> None:
            self.platform.at(receipt).deleted = True

        await self._request("withdraw", chat.address.chat, act)

    async def find(self, chat: Chat, body: Body, *, key: str, since: datetime, under: str | None = None) -> str | None:
        """Look for the key among what is dated since then, where this platform can tell."""

        def act() -> str | None:
            if not self.platform.provable:
                raise FateUnknown("nothing can be proved here")
            dated = ((START + timedelta(seconds=m.at - self.platform.behind), m) for m in self.platform.messages)
            return next((m.receipt for at, m in dated if m.key == key and at >= since), None)

        return await self._request("find", chat.address.chat, act)

    async def address(self, chat: Chat, receipt: str) -> str | None:
        """Each message has one, for ever."""
        return f"https://recording.example/{chat.address.chat}/{receipt}"
