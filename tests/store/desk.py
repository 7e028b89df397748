"""Short words for the tests of the store: a curator's desk, its chats and a lane to send through."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot import identity
from bot.model import Address, Chat, ChatKind, Delivery, Digest, Outcome, Paper, Sent, StoredPaper, Subscription
from bot.store import ChatChange, Due, Lease, Planned, PutResult, Result, Step, Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
LANE = "telegram:1"


def later(seconds: float) -> datetime:
    """So many seconds after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def slug(written: str) -> str:
    """A tag's canonical form, as far as these tests go."""
    return written.casefold().replace("_", "-")


def a_paper(title: str, **fields: object) -> Paper:
    """A paper that has everything, so that any of it can have a typo."""
    whole = Paper(
        date=DAY,
        title=title,
        authors=(f"Ada {title}", "Bo Ri"),
        abstract=f"We study {title} at length and report what we find in many words.",
        commentary=(f"{title}에 대한 흥미로운 논문입니다.", "읽어볼 만합니다."),
        tags=("LLM",),
        links=(f"https://example.org/{title.replace(' ', '-')}",),
        source_url=None,
    )
    return replace(whole, **fields)  # type: ignore[arg-type]


ATTENTION = a_paper("Attention Is All You Need")
SCALING = a_paper("Scaling Laws for Neural Language Models", tags=("scaling_law", "LLM"))
LORA = a_paper("LoRA Low-Rank Adaptation of Large Language Models", tags=("scaling-law", "finetuning"))
FIXED = replace(ATTENTION, commentary=("고친 논평입니다.", "읽어볼 만합니다."))
"""`ATTENTION` after the curator fixed something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A decision of these tests; the real ones come from `bot.matching`."""

    paper_ids: tuple[int, ...]
    next_post_at: datetime | None
    planned_until: datetime


def everything(chat: Chat, subscriptions: Sequence[Subscription], papers: Sequence[StoredPaper]) -> Wanted:
    """Owe every paper that is new to the chat; daily chats are due again a day later."""
    fresh = [paper for paper in papers if paper.published_at and paper.published_at > chat.planned_until]
    moments = [paper.published_at for paper in fresh if paper.published_at]
    return Wanted(
        paper_ids=tuple(paper.id for paper in fresh),
        next_post_at=chat.next_post_at + timedelta(days=1) if chat.posting_time and chat.next_post_at else None,
        planned_until=max(moments, default=chat.planned_until),
    )


class Desk:
    """A store and the few gestures that every story is made of."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._receipts = itertools.count(1)

    async def put(
        self,
        *papers: Paper,
        name: str = "2026-03-02.txt",
        publish: bool = True,
        withdraw: bool = True,
        fingerprint: str | None = None,
        now: datetime = NOW,
        day: date = DAY,
    ) -> PutResult:
        """The curator saves a file."""
        digest = Digest(date=day, papers=tuple(replace(paper, date=day) for paper in papers))
        return await self.store.digests.put(
            name,
            hash="-".join(paper.content_hash for paper in papers),
            digest=digest,
            problems=(),
            slug=slug,
            match=identity.match,
            publish=publish,
            withdraw=withdraw,
            fingerprint=fingerprint,
            now=now,
        )

    async def meet(self, name: str = "100", *, kind: ChatKind = ChatKind.PRIVATE, now: datetime = NOW) -> Chat:
        """The bot meets a chat that follows everything."""
        chat, _ = await self.store.chats.meet(
            at(name), kind=kind, title=name, language="ko", zone="Asia/Seoul", now=now, subscribe=("*", "*")
        )
        return chat

    async def plan(self, *, now: datetime = NOW, limit: int = 500) -> Planned:
        """The clock ticks."""
        return await self.store.deliveries.plan(now=now, limit=limit, decide=everything)

    async def lease(self, *, owner: str = "us", now: datetime = NOW, ttl: float = 3600) -> Lease:
        """A worker takes the lane."""
        await self.store.leases.register([LANE], now)
        [lease] = await self.store.leases.acquire(owner, now=now, ttl=timedelta(seconds=ttl))
        return lease

    async def load(self, *, now: datetime, limit: int = 1000, skip: Sequence[int] = ()) -> list[Due]:
        """A worker looks what is due."""
        return (await self.store.deliveries.agenda(LANE, now=now, limit=limit, skip_chats=skip)).dues

    async def start(self, lease: Lease, *deliveries: int, now: datetime) -> frozenset[int]:
        """A worker is about to send."""
        return await self.store.deliveries.step(Step(lane=LANE, lease=lease, results=(), intents=deliveries, now=now))

    async def on_its_way(self) -> tuple[Chat, Lease, Delivery]:
        """A chat, and its first paper on its way to it."""
        chat, lease = await self.meet(), await self.lease()
        await self.put(ATTENTION)
        await self.plan()
        [due] = await self.load(now=later(1))
        await self.start(lease, due.delivery.id, now=later(1))
        return chat, lease, due.delivery

    async def end(
        self, lease: Lease, its: Delivery, outcome: Outcome, change: ChatChange | None = None, *, now: datetime
    ) -> None:
        """A worker has sent, or tried to."""
        result = Result(delivery_id=its.id, chat_id=its.chat_id, outcome=outcome, change=change)
        await self.store.deliveries.step(Step(lane=LANE, lease=lease, results=[result], intents=(), now=now))

    async def send_all(self, lease: Lease, *, now: datetime) -> list[Delivery]:
        """Send everything that is due, as the papers are now; returns what was sent, in order."""
        sent: list[Delivery] = []
        while dues := await self.load(now=now):
            await self.start(lease, *(due.delivery.id for due in dues), now=now)
            papers = await self.store.papers.get([due.delivery.paper_id for due in dues])
            for due in dues:
                shown = papers[due.delivery.paper_id].paper.content_hash
                receipt = due.delivery.receipt or f"m{next(self._receipts)}"
                await self.end(lease, due.delivery, Sent(receipt=receipt, content_hash=shown), now=now)
                sent.append(due.delivery)
        return sent

    async def ledger(self, chat: Chat) -> list[tuple[int, str, str]]:
        """The chat's rows as (paper, kind, state), in the order in which they came about."""
        rows = await self.store.deliveries.listing(chat_id=chat.id, limit=10_000)
        return [(row.paper_id, row.kind.value, row.state.value) for row in sorted(rows, key=lambda row: row.id)]


def at(name: str, lane: str = LANE) -> Address:
    """An address in the lane of these tests."""
    return Address(lane=lane, chat=name)
