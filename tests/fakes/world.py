"""A small world to deliver in: papers, chats, a platform in memory, and pumps that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.delivery import Clock, Pump
from bot.message import Message
from bot.model import Address, Chat, ChatKind, Delivery, DeliveryState, Digest, Paper, StoredPaper, Tag
from bot.pacing import LanePace, Limits
from bot.store import Store
from tests.fakes.archive import changed_since
from tests.fakes.recording import Platform, RecordingAdapter
from tests.fakes.virtual import Gate, VirtualLoop

LANE = "recording:1"
FAST = Limits(per_second=300, burst=1, chat_interval=0.0, group_per_minute=None, reply_share=0.0)
PATIENT: dict[str, Any] = {"poll": 60.0, "ttl": timedelta(minutes=30)}
"""Terms for stories of hours: the pump looks about less often, so that they are told in a second."""
DAY = date(2026, 3, 2)


def paper(title: str, commentary: str = "", tags: tuple[str, ...] = ("llm",)) -> Paper:
    """A paper whose commentary is what tests change."""
    return Paper(date=DAY, title=title, commentary=(commentary,) if commentary else (), tags=tags)


def compose(stored: StoredPaper, tags: Sequence[Tag], *, language: str, following: frozenset[int]) -> Message:
    """A message that says which paper it shows, and how."""
    words = [stored.paper.title, *stored.paper.commentary, *(f"+{tag.slug}" for tag in tags if tag.id in following)]
    return Message(summary=" ".join(words), blocks=())


def compose_withdrawn(stored: StoredPaper, language: str) -> Message:
    """What remains of a paper."""
    return Message(summary=f"{stored.paper.title} withdrawn", blocks=())


def compose_head(day: date, papers: int, language: str) -> Message:
    """What stands over the papers of a day."""
    return Message(summary=f"{day:%m-%d}: {papers}", blocks=())


def same_title(old: Sequence[StoredPaper], new: Sequence[Paper]) -> list[int | None]:
    """In this world titles never change."""
    titles = [stored.paper.title for stored in old]
    return [titles.index(each.title) if each.title in titles else None for each in new]


@dataclass(slots=True)
class Running:
    """A pump at work in a process of its own."""

    pump: Pump
    adapter: RecordingAdapter
    gate: Gate
    pace: LanePace
    task: asyncio.Task[None]
    awake: asyncio.Event

    def freeze(self) -> None:
        """Stop the process as SIGSTOP does; only what has left for the platform arrives there."""
        self.awake.clear()
        self.gate.open.clear()

    def thaw(self) -> None:
        """Let it go on."""
        self.awake.set()
        self.gate.open.set()

    async def kill(self) -> None:
        """End the process as `kill -9` does: nothing is written, nothing given back."""
        self.gate.killed = True
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    async def stop(self) -> None:
        """End it as SIGTERM does."""
        await self.pump.stop()
        await self.task


class World:
    """Everything around the pump. Its own look at the store does not pass through any pump's gate."""

    def __init__(self, store: Store, loop: VirtualLoop) -> None:
        self.loop = loop
        self.store = Gate(store).through
        self.platform = Platform(time=loop.time)
        self.chats: list[Chat] = []
        self._store = store

    async def publish(self, *papers: Paper, name: str = "a.txt") -> list[int]:
        """Put a digest of these papers into the folder, or change the one that is there. Ids in digest order."""
        await self.store.digests.put(
            name,
            str(hash(papers)),
            Digest(date=DAY, papers=papers),
            problems=(),
            slug=str.casefold,
            match=same_title,
            publish=True,
            now=self.loop.now(),
        )
        _, stored = await changed_since(self.store, 0)
        ids = {each.paper.title: each.id for each in stored}
        return [ids[each.title] for each in papers]

    async def chat(self, name: str = "c1", *, kind: ChatKind = ChatKind.CHANNEL, lane: str = LANE, **more: Any) -> Chat:
        """A chat that nobody has posted to yet."""
        address = Address(lane=lane, chat=name, thread=more.pop("thread", ""))
        meet = {"title": name, "language": "ko", "zone": "Asia/Seoul"} | more
        chat, _ = await self.store.chats.meet(address, kind=kind, now=self.loop.now(), **meet)
        return chat

    async def threaded(self, name: str = "c1", **more: Any) -> Chat:
        """A chat that wants one message a digest, and the papers under it."""
        chat = await self.chat(name, **more)
        return await self.store.chats.change(chat.id, settings={"layout": "thread"}, now=self.loop.now())

    async def owe(self, chat: Chat, ids: Sequence[int]) -> None:
        """Owe papers to a chat."""
        await self.store.deliveries.owe(chat.id, ids, self.loop.now())

    @contextlib.asynccontextmanager
    async def pump(
        self, owner: str = "first", *, limits: Limits = FAST, lanes: Sequence[str] = (LANE,), **terms: Any
    ) -> AsyncIterator[Running]:
        """A pump at work, killed at the end unless it is stopped before."""
        gate = Gate(self._store)
        paces = {lane: LanePace(limits) for lane in lanes}
        adapter = RecordingAdapter(self.platform, paces)
        awake = asyncio.Event()
        awake.set()

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds)
            await awake.wait()

        pump = Pump(
            store=gate.through,
            adapters=[adapter],
            compose=compose,
            compose_withdrawn=compose_withdrawn,
            compose_head=compose_head,
            clock=Clock(now=self.loop.now, monotonic=self.loop.time, sleep=sleep),
            owner=owner,
            ttl=terms.pop("ttl", timedelta(seconds=10)),
            spread=terms.pop("spread", lambda: 0.5),
            **terms,
        )
        task = asyncio.create_task(pump.run())
        running = Running(pump, adapter, gate, paces[lanes[0]], task, awake)
        try:
            yield running
        finally:
            running.thaw()
            if not task.done():
                await running.kill()

    async def ledger(self, state: DeliveryState | None = None) -> list[Delivery]:
        """The ledger in the order in which its rows came about."""
        return sorted(await self.store.deliveries.listing(state=state, limit=100_000), key=lambda row: row.id)

    async def until(self, true: Callable[[], Awaitable[bool] | bool], *, within: float = 120.0) -> None:
        """Let time pass until something is true."""
        began = self.loop.time()
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            waited = self.loop.time() - began
            assert waited < within, "it never came true"
            await asyncio.sleep(max(0.05, waited / 100))

    def posted(self, many: int) -> bool:
        """Whether so many messages were posted."""
        return len(self.platform.messages) >= many

    async def settled(self, *, within: float = 120.0) -> None:
        """Let time pass until nothing is owed any more."""

        async def nothing_open() -> bool:
            return all(not (lane.ready or lane.sending) for lane in await self.store.deliveries.counts())

        await self.until(nothing_open, within=within)

    async def reasons(self) -> dict[str, int]:
        """How many rows have which state and reason."""
        counted: dict[str, int] = {}
        for row in await self.ledger():
            words = f"{row.kind} {row.state}" + (f": {row.reason}" if row.reason else "")
            counted[words] = counted.get(words, 0) + 1
        return counted
