"""The steps of several lanes: one transaction where they come together, and nobody pays for another's trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import event

from bot.model import ChatKind, DeliveryState
from bot.store import LeaseLost, Step, Store, StoreError, shard_of
from bot.turns import Turns
from tests.store.desk import ATTENTION, NOW, Desk, at, later

LANES: Final = ("recording:1", "recording:2", "recording:3")
NO_TIME: Final = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - a moment without a zone, which SQLite must not be given
NO_NUMBER: Final = 2**70
"""More than PostgreSQL can take."""


async def steps(desk: Desk) -> list[Step]:
    """For each lane the step that would start its only delivery."""
    [paper_id] = (await desk.put(ATTENTION)).new
    await desk.store.leases.register(LANES, NOW)
    leases = {each.shard: each for each in await desk.store.leases.acquire("us", now=NOW, ttl=timedelta(hours=1))}
    found: list[Step] = []
    for lane in LANES:
        chat, _ = await desk.store.chats.meet(
            at(lane, lane), kind=ChatKind.CHANNEL, title="", language="ko", zone="Asia/Seoul", now=NOW
        )
        await desk.store.deliveries.owe(chat.id, [paper_id], NOW)
        [due] = (await desk.store.deliveries.agenda(lane, now=later(1), limit=9)).dues
        lease = leases[shard_of(lane)]
        found.append(Step(lane=lane, lease=lease, results=(), intents=[due.delivery.id], now=later(1)))
    return found


@contextmanager
def counted(store: Store) -> Iterator[list[object]]:
    """The commits that are made meanwhile."""
    commits: list[object] = []
    engine = store.papers.database.engine.core

    def note(connection: object) -> None:
        commits.append(connection)

    event.listen(engine, "commit", note)
    yield commits
    event.remove(engine, "commit", note)


async def sending(desk: Desk) -> set[int]:
    return {row.id for row in await desk.store.deliveries.listing(state=DeliveryState.SENDING)}


async def test_steps_that_come_together_are_one_transaction(desk: Desk) -> None:
    mine = await steps(desk)
    turns = Turns(desk.store.deliveries)
    with counted(desk.store) as commits:
        begun = await asyncio.gather(*map(turns.take, mine))
    assert len(commits) == 1
    assert begun == [frozenset(step.intents) for step in mine]
    assert await sending(desk) == {number for step in mine for number in step.intents}


async def test_steps_that_come_while_others_are_written_wait_for_one_transaction_of_their_own(desk: Desk) -> None:
    first, *others = await steps(desk)
    turns = Turns(desk.store.deliveries)
    with counted(desk.store) as commits:
        earlier = asyncio.create_task(turns.take(first))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.gather(earlier, *map(turns.take, others))
    assert len(commits) == 2


async def test_a_lane_that_was_lost_is_told_so_and_the_others_go_on(desk: Desk) -> None:
    lost, *others = await steps(desk)
    lost = replace(lost, lease=replace(lost.lease, epoch=lost.lease.epoch - 1))
    turns = Turns(desk.store.deliveries)
    refused, *begun = await asyncio.gather(*map(turns.take, [lost, *others]), return_exceptions=True)
    assert isinstance(refused, LeaseLost)
    assert begun == [frozenset(step.intents) for step in others]
    assert await sending(desk) == {number for step in others for number in step.intents}


async def test_what_cannot_be_written_for_one_lane_holds_the_others_up_once(desk: Desk) -> None:
    good, bad, fine = await steps(desk)
    bad = replace(bad, now=NO_TIME, intents=[NO_NUMBER])
    turns = Turns(desk.store.deliveries)
    together = await asyncio.gather(*map(turns.take, [good, bad]), return_exceptions=True)
    assert [type(end) for end in together] == [StoreError, StoreError]
    assert await sending(desk) == set()
    again = await asyncio.gather(*map(turns.take, [bad, good, fine]), return_exceptions=True)
    assert isinstance(again[0], StoreError)
    assert again[1:] == [frozenset(good.intents), frozenset(fine.intents)]


async def test_who_is_cancelled_waits_until_it_is_certain_what_is_on_record(desk: Desk) -> None:
    step, *_ = await steps(desk)
    turns = Turns(desk.store.deliveries)
    task = asyncio.create_task(turns.take(step))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await sending(desk) == set(step.intents)
