"""A threaded chat is owed one head a digest, written down with the papers in the transaction that plans them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

from bot.model import Chat, ChatKind
from bot.store import Head, Store
from tests.store.desk import ATTENTION, DAY, LORA, NOW, SCALING, Desk, at, later


async def threaded(desk: Desk, name: str = "100") -> Chat:
    chat = await desk.meet(name, kind=ChatKind.CHANNEL)
    return await desk.store.chats.change(chat.id, settings={"layout": "thread"}, now=NOW)


async def test_the_head_is_planned_before_the_papers_and_never_again(desk: Desk) -> None:
    chat = await threaded(desk)
    first = await desk.put(ATTENTION, SCALING)
    assert (await desk.plan()).deliveries == 3
    one, two = first.new
    assert await desk.ledger(chat) == [(one, "head", "ready"), (one, "post", "ready"), (two, "post", "ready")]
    assert [due.delivery.kind.value for due in await desk.load(now=later(1))] == ["head", "post", "post"]
    later_one = await desk.put(ATTENTION, SCALING, LORA, now=later(60))
    assert (await desk.plan(now=later(60))).deliveries == 1
    assert (await desk.ledger(chat))[3:] == [(later_one.new[0], "post", "ready")]


async def test_another_digest_has_another_head(desk: Desk) -> None:
    chat = await threaded(desk)
    await desk.put(ATTENTION)
    day = date(2026, 3, 3)
    await desk.put(replace(SCALING, date=day), name="2026-03-03.txt", day=day, now=later(1))
    assert (await desk.plan(now=later(2))).deliveries == 4
    assert [kind for _, kind, _ in await desk.ledger(chat)] == ["head", "post", "head", "post"]
    rows = sorted(await desk.store.deliveries.listing(chat_id=chat.id), key=lambda row: row.id)
    assert (await desk.store.deliveries.head(chat.id, rows[-1].paper_id)).day == day


async def test_processes_that_owe_at_once_owe_one_head(desk: Desk, database_url: str) -> None:
    chat = await threaded(desk)
    put = await desk.put(ATTENTION, SCALING)
    others = [await Store.open(database_url) for _ in range(3)]
    await asyncio.gather(
        *(store.deliveries.owe(chat.id, [key], later(1)) for store in [desk.store, *others] for key in put.new),
        *(store.deliveries.plan(now=later(1), limit=5, decide=_nothing) for store in others),
    )
    for store in others:
        await store.close()
    assert sorted(kind for _, kind, _ in await desk.ledger(chat)) == ["head", "post", "post"]


async def test_what_stands_under_a_head_is_counted_as_the_ledger_knows_it(desk: Desk) -> None:
    chat = await threaded(desk)
    [one, _two] = (await desk.put(ATTENTION, SCALING)).new
    await desk.plan()
    assert await desk.store.deliveries.head(chat.id, one) == Head(day=DAY, papers=2, waiting=2, receipt=None)
    await desk.put(ATTENTION, now=later(1))
    assert await desk.store.deliveries.head(chat.id, one) == Head(day=DAY, papers=1, waiting=1, receipt=None)
    await desk.send_all(await desk.lease(), now=later(2))
    assert await desk.store.deliveries.head(chat.id, one) == Head(day=DAY, papers=1, waiting=0, receipt="m1")


async def test_a_head_stays_with_its_digest_when_the_paper_goes_to_another(desk: Desk) -> None:
    chat = await threaded(desk)
    [one, two] = (await desk.put(ATTENTION, SCALING)).new
    await desk.plan()
    await desk.send_all(await desk.lease(), now=later(1))
    tuesday = date(2026, 3, 3)
    await desk.put(ATTENTION, name="2026-03-03.txt", day=tuesday, now=later(60))
    await desk.put(SCALING, LORA, now=later(120))
    await desk.plan(now=later(180))
    assert [kind for _, kind, _ in await desk.ledger(chat)] == ["head", "post", "post", "post"]
    assert (await desk.store.deliveries.head(chat.id, two)).receipt == "m1"
    assert (await desk.store.deliveries.head(chat.id, one)).receipt is None


async def test_a_head_moves_with_its_chat(desk: Desk) -> None:
    chat = await threaded(desk)
    [one] = (await desk.put(ATTENTION)).new
    await desk.plan()
    await desk.store.chats.move(chat.address, at("-100200"), later(1))
    assert await desk.ledger(chat) == [(one, "head", "ready"), (one, "post", "ready")]


def _nothing(chat: Chat, subscriptions: object, papers: object) -> _Plan:
    return _Plan(chat)


class _Plan:
    """Decides that nothing new is owed."""

    def __init__(self, chat: Chat) -> None:
        self.paper_ids: tuple[int, ...] = ()
        self.next_post_at = None
        self.planned_until = chat.planned_until
