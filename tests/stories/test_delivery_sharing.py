"""Workers come and go: they share the lanes evenly, hand over what is not under way, and split a lane by its chats."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.model import Address, ChatKind, LanePart
from bot.pacing import Limits
from bot.store import EVERYTHING, Store
from tests.fakes.virtual import VirtualLoop
from tests.fakes.world import LANE, World, paper

LANES = tuple(f"recording:{number}" for number in range(8))
SLOW = Limits(per_second=5, burst=1, chat_interval=0.0, reply_share=0.0)
TITLES = [f"p{number:02}" for number in range(40)]
SHORT = timedelta(seconds=4)


async def broadcast(world: World) -> None:
    ids = await world.publish(*map(paper, TITLES))
    for lane in LANES:
        await world.owe(await world.chat(lane, lane=lane), ids)


def posted_once(world: World) -> bool:
    return all(world.platform.seen_in(lane) == TITLES for lane in LANES)


@pytest.mark.virtual_time
async def test_a_worker_that_comes_gets_its_share_and_nothing_is_doubled(world: World) -> None:
    await broadcast(world)
    async with world.pump("first", lanes=LANES, limits=SLOW, ttl=SHORT) as first:
        await world.until(lambda: len(world.platform.messages) > 20)
        async with world.pump("second", lanes=LANES, limits=SLOW, ttl=SHORT) as second:
            await world.until(lambda: len(second.pump.progress()) > 0 and second.adapter.requests != [], within=10)
            await asyncio.sleep(4)
            owners = [lease.owner for lease in await world.store.leases.shards()]
            assert sorted(owners) == ["first"] * 4 + ["second"] * 4
            await world.settled()
        assert first.adapter.requests
    assert posted_once(world)
    assert world.platform.count("find") == 0, "what was handed over had nothing under way"


@pytest.mark.virtual_time
async def test_a_worker_that_says_goodbye_leaves_its_lanes_to_the_others_at_once(world: World) -> None:
    await broadcast(world)
    async with (
        world.pump("first", lanes=LANES, limits=SLOW, ttl=SHORT) as first,
        world.pump("second", lanes=LANES, limits=SLOW, ttl=SHORT),
    ):
        await world.until(lambda: len(world.platform.messages) > 20)
        await first.stop()
        await asyncio.sleep(3)
        assert {lease.owner for lease in await world.store.leases.shards()} == {"second"}
        await world.settled()
    assert posted_once(world)
    assert world.platform.count("find") == 0


@pytest.mark.virtual_time
async def test_the_lanes_of_a_worker_that_dies_are_taken_as_soon_as_its_lease_is_over(world: World) -> None:
    await broadcast(world)
    async with (
        world.pump("first", lanes=LANES, limits=SLOW, ttl=SHORT) as first,
        world.pump("second", lanes=LANES, limits=SLOW, ttl=SHORT),
    ):
        await world.until(lambda: len(world.platform.messages) > 30)
        await first.kill()
        killed = world.loop.time()

        async def taken() -> bool:
            return {lease.owner for lease in await world.store.leases.shards()} == {"second"}

        await world.until(taken, within=6)
        assert world.loop.time() - killed < SHORT.total_seconds() + 0.5
        await world.settled()
    assert posted_once(world)


@pytest.mark.virtual_time
async def test_a_lane_in_parts_is_sent_by_several_and_each_chat_by_one(world: World) -> None:
    names = [part.name for part in LanePart(LANE).parts(2)]
    ids = await world.publish(*(paper(f"p{number}") for number in range(5)))
    for number in range(20):
        await world.owe(await world.chat(f"c{number}"), ids)
    async with (
        world.pump("first", lanes=names, limits=SLOW, ttl=SHORT) as first,
        world.pump("second", lanes=names, limits=SLOW, ttl=SHORT) as second,
    ):
        await world.settled()
        assert len(first.adapter.requests) + len(second.adapter.requests) == 100
        assert len(second.adapter.requests) > 30
    assert all(world.platform.seen_in(f"c{n}") == [f"p{each}" for each in range(5)] for n in range(20))


@pytest.mark.virtual_time
async def test_processes_that_split_a_lane_differently_do_not_work_on_it_together(world: World) -> None:
    ids = await world.publish(*(paper(f"p{number}") for number in range(5)))
    for number in range(20):
        await world.owe(await world.chat(f"c{number}"), ids)
    async with world.pump("old", limits=SLOW, ttl=SHORT) as old:
        await world.until(lambda: len(world.platform.messages) > 10)
        names = [part.name for part in LanePart(LANE).parts(4)]
        async with world.pump("new", lanes=names, limits=SLOW, ttl=SHORT) as new:
            await asyncio.sleep(8)
            assert new.adapter.requests == []
            await old.stop()
            await world.settled()
            assert new.adapter.requests
    assert all(world.platform.seen_in(f"c{n}") == [f"p{each}" for each in range(5)] for n in range(20))


@pytest.mark.virtual_time
async def test_a_pause_of_a_lane_holds_for_all_its_parts(world: World) -> None:
    names = [part.name for part in LanePart(LANE).parts(2)]
    async with (
        world.pump("first", lanes=names, ttl=SHORT),
        world.pump("second", lanes=names, ttl=SHORT),
    ):
        await asyncio.sleep(3)
        await world.store.leases.hold_lane(names[0], world.loop.now() + timedelta(seconds=60), "slow down")
        await asyncio.sleep(2)
        held = world.loop.time() + 55
        ids = await world.publish(paper("one"))
        for number in range(4):
            await world.owe(await world.chat(f"c{number}"), ids)
        await world.settled()
    assert min(at for at, verb, _ in world.platform.requests if verb == "post") > held


@pytest.mark.virtual_time
async def test_lanes_that_have_nothing_to_do_ask_for_nothing(world: World) -> None:
    lanes = [f"recording:{number}" for number in range(50)]
    async with world.pump(lanes=lanes, ttl=SHORT) as running:
        await asyncio.sleep(5)
        before = running.gate.calls.copy()
        await asyncio.sleep(60)
        asked = running.gate.calls - before
    assert sum(asked[call] for call in ("deliveries.agenda", "deliveries.steps")) == 0
    assert asked["leases.lanes_due"] <= 31


async def test_a_worker_is_woken_by_what_another_process_writes(postgres_url: str) -> None:
    loop = asyncio.get_running_loop()
    assert not isinstance(loop, VirtualLoop)
    mine, theirs = await Store.open(postgres_url), await Store.open(postgres_url)
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(mine.signals.listen(heard.put_nowait))
    try:
        async with asyncio.timeout(20):
            assert await heard.get() == EVERYTHING
            await theirs.signals.say("telegram:1")
            assert await heard.get() == "telegram:1"
            place = Address(lane="telegram:2", chat="c")
            now = datetime.now(UTC)
            await theirs.chats.meet(place, kind=ChatKind.GROUP, title="", language="ko", zone="Asia/Seoul", now=now)
            await theirs.chats.pause(place, None, now)
            assert await heard.get() == "telegram:2", "it is open again: what is owed to it can be sent"
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await mine.close()
        await theirs.close()


def test_a_part_of_a_lane_is_known_by_its_name() -> None:
    assert LanePart.named("telegram:1") == LanePart("telegram:1", 0, 1)
    assert [part.name for part in LanePart.named("telegram:1").parts(2)] == ["telegram:1#0/2", "telegram:1#1/2"]
    assert LanePart.named("telegram:1#1/2") == LanePart("telegram:1", 1, 2)
    assert LanePart("console:local").parts(1)[0].name == "console:local"
