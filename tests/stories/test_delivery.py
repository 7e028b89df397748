"""What the pump promises while nothing goes wrong: once, in order, fairly, at the pace that the platform allows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from itertools import pairwise

import pytest

from bot.model import ChatKind, DeliveryState
from bot.pacing import Limits
from bot.store import Store
from tests.fakes.virtual import VirtualLoop
from tests.fakes.world import FAST, LANE, World, paper

pytestmark = pytest.mark.virtual_time


async def test_what_is_owed_is_posted_once_and_in_order(world: World) -> None:
    ids = await world.publish(paper("one"), paper("two"), paper("three"))
    for name in ("c1", "c2"):
        await world.owe(await world.chat(name), ids)
    async with world.pump():
        await world.settled()
    assert world.platform.seen_in("c1") == world.platform.seen_in("c2") == ["one", "two", "three"]
    rows = await world.ledger()
    assert {row.state for row in rows} == {DeliveryState.SENT}
    assert {row.attempts for row in rows} == {1}
    assert {row.receipt for row in rows} == {message.receipt for message in world.platform.messages}


async def test_what_becomes_due_while_the_pump_sleeps_is_posted_at_once_when_it_is_woken(world: World) -> None:
    ids = await world.publish(paper("one"))
    chat = await world.chat()
    async with world.pump() as running:
        await world.until(lambda: world.loop.time() > 30)
        await world.owe(chat, ids)
        before = world.loop.time()
        running.pump.wake()
        await world.until(lambda: bool(world.platform.messages))
    assert world.platform.requests[0][0] - before < 0.1


async def test_what_another_process_writes_is_found_without_being_woken(world: World) -> None:
    ids = await world.publish(paper("one"))
    chat = await world.chat()
    async with world.pump(poll=2.0):
        await world.until(lambda: world.loop.time() > 30)
        await world.owe(chat, ids)
        await world.until(lambda: bool(world.platform.messages), within=6.0)


async def test_a_stop_puts_on_record_what_is_in_flight_and_leaves_the_rest_ready(world: World) -> None:
    ids = await world.publish(*(paper(f"p{number}") for number in range(5)))
    for number in range(20):
        await world.owe(await world.chat(f"c{number}"), ids)
    world.platform.latency = 2.0
    async with world.pump() as running:
        await world.until(lambda: world.platform.flying > 10)
        await running.stop()
    rows = await world.ledger()
    assert Counter(row.state for row in rows).keys() == {DeliveryState.SENT, DeliveryState.READY}
    assert sum(row.state is DeliveryState.SENT for row in rows) == len(world.platform.messages)
    assert all(row.attempts == 0 for row in rows if row.state is DeliveryState.READY)
    async with world.pump("second"):  # the lanes were given back: only the chats need their second
        started = world.loop.time()
        await world.until(lambda: world.platform.flying > 0)
        assert 1.0 < world.loop.time() - started < 2.0
        await world.settled()
    for number in range(20):
        assert world.platform.seen_in(f"c{number}") == [f"p{each}" for each in range(5)]


async def test_a_broadcast_fills_the_lane_and_keeps_every_chat_s_pace(world: World) -> None:
    limits = Limits(per_second=30, burst=1, chat_interval=1.0, reply_share=0.0)
    ids = await world.publish(*(paper(f"p{number}") for number in range(10)))
    for number in range(100):
        await world.owe(await world.chat(f"c{number}"), ids)
    async with world.pump(limits=limits):
        await world.settled()
    times = [at for at, _, _ in world.platform.requests]
    assert len(times) == 1000
    took = times[-1] - times[0]
    assert 999 / took >= 0.9 * 30  # SQLite's threads take real time; the benchmark says how much of the limit is used
    for earlier, later in pairwise(sorted(times)):
        assert later - earlier > 1 / 30 - 1e-4
    for number in range(100):
        mine = [at for at, _, chat in world.platform.requests if chat == f"c{number}"]
        assert all(later - earlier > 1 - 1e-4 for earlier, later in pairwise(mine))
        assert world.platform.seen_in(f"c{number}") == [f"p{each}" for each in range(10)]


@pytest.mark.parametrize("rate", [28, 300])
async def test_a_broadcast_costs_a_tenth_of_a_commit_for_each_message(world: World, rate: float) -> None:
    ids = await world.publish(*(paper(f"p{number}") for number in range(10)))
    for number in range(60):
        await world.owe(await world.chat(f"c{number}"), ids)
    limits = Limits(per_second=rate, burst=2, chat_interval=0.0, reply_share=0.0)
    async with world.pump(limits=limits) as running:
        await world.settled()
        assert running.gate.calls["deliveries.steps"] <= 0.1 * 600
        assert running.gate.calls["deliveries.agenda"] <= 60
    assert len(world.platform.messages) == 600


async def test_each_row_of_a_broadcast_is_written_three_times(sqlite_url: str) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    store = await Store.open(sqlite_url)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        database.execute("CREATE TABLE written (id)")
        then = "BEGIN INSERT INTO written VALUES (NEW.id); END"
        database.execute("CREATE TRIGGER inserted AFTER INSERT ON delivery " + then)
        database.execute("CREATE TRIGGER updated AFTER UPDATE ON delivery " + then)
    with loop.jumps():
        world = World(store, loop)
        ids = await world.publish(*(paper(f"p{number}") for number in range(10)))
        for number in range(5):
            await world.owe(await world.chat(f"c{number}"), ids)
        async with world.pump():
            await world.settled()
    times = database.execute("SELECT count(*) FROM written GROUP BY id").fetchall()
    database.close()
    await store.close()
    assert times == [(3,)] * 50


async def test_chats_take_turns_whoever_is_owed_most(world: World) -> None:
    many = await world.publish(*(paper(f"p{number}") for number in range(40)))
    await world.owe(await world.chat("greedy"), many)
    for number in range(5):
        await world.owe(await world.chat(f"c{number}"), many[:2])
    slow = Limits(per_second=2, burst=1, chat_interval=0.0, reply_share=0.0)
    async with world.pump(limits=slow):
        await world.until(lambda: len(world.platform.messages) == 14)
    assert Counter(message.chat for message in world.platform.messages)["greedy"] <= 5


async def test_a_group_is_posted_to_twenty_times_a_minute_and_holds_up_nobody(world: World) -> None:
    limits = Limits(per_second=30, burst=1, chat_interval=1.0, group_per_minute=20, reply_share=0.0)
    ids = await world.publish(*(paper(f"p{number}") for number in range(30)))
    await world.owe(await world.chat("group", kind=ChatKind.GROUP), ids)
    await world.owe(await world.chat("person", kind=ChatKind.PRIVATE), ids)
    async with world.pump(limits=limits):
        await world.until(lambda: len(world.platform.seen_in("person")) == 30, within=32)
        assert len(world.platform.seen_in("group")) == 20
        await world.settled()
    assert world.platform.seen_in("group") == [f"p{each}" for each in range(30)]


async def test_the_order_of_a_chat_survives_more_debts_than_fit_in_memory(world: World) -> None:
    ids = await world.publish(*(paper(f"p{number:02}") for number in range(70)))
    await world.owe(await world.chat(), ids)
    async with world.pump():
        await world.settled()
    assert world.platform.seen_in("c1") == [f"p{number:02}" for number in range(70)]


async def test_a_paper_is_drawn_once_for_all_chats_that_see_the_same(world: World) -> None:
    ids = await world.publish(paper("one"), paper("two", tags=("rlhf",)))
    for number in range(10):
        await world.owe(await world.chat(f"ko{number}"), ids)
        await world.owe(await world.chat(f"en{number}", language="en"), ids)
        await world.owe(await world.chat(f"topic{number}", thread="7"), ids)
    fan = await world.chat("fan", kind=ChatKind.PRIVATE)
    await world.store.chats.subscribe(fan.id, "#rlhf", "#rlhf", now=world.loop.now())
    await world.owe(fan, ids)
    async with world.pump() as running:
        await world.settled()
        assert running.adapter.renders == 2 * 3 + 1  # the fan sees paper one as everybody does
    assert world.platform.seen_in("fan") == ["one", "two +rlhf"]


async def test_lanes_do_not_wait_for_each_other(world: World) -> None:
    ids = await world.publish(paper("one"))
    await world.owe(await world.chat("slow", lane="recording:slow"), ids)
    await world.owe(await world.chat("quick"), ids)
    world.platform.trip("post", chat="slow", hang=True)
    async with world.pump(lanes=(LANE, "recording:slow")):
        await world.until(lambda: world.platform.seen_in("quick") == ["one"], within=2)


async def test_a_lane_that_an_adapter_gains_later_is_taken_up(world: World) -> None:
    ids = await world.publish(paper("one"))
    async with world.pump() as running:
        await world.until(lambda: world.loop.time() > 5)
        running.adapter.paces = {**running.adapter.paces, "recording:new": running.pace}
        await world.owe(await world.chat("workspace", lane="recording:new"), ids)
        await world.until(lambda: world.platform.seen_in("workspace") == ["one"], within=15)


async def test_the_progress_of_a_lane_can_be_read(world: World, store: Store) -> None:
    ids = await world.publish(paper("one"), paper("two"))
    await world.owe(await world.chat(), ids)
    async with world.pump(limits=FAST) as running:
        await world.settled()
        await world.until(lambda: running.pump.progress()[LANE].sent == 2)
        progress = running.pump.progress()[LANE]
    assert (progress.retried, progress.dead, progress.unknown) == (0, 0, 0)
