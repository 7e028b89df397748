"""Several pumps on one store, pumps that are killed or frozen, and a database that fails."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import asyncpg
import pytest

from bot.adapters.base import ChatPaused, FateUnknown, RateLimited
from bot.model import ChatKind, DeliveryState
from bot.pacing import Limits
from bot.store import Store, StoreError
from tests.fakes.virtual import Gate, VirtualLoop
from tests.fakes.world import LANE, PATIENT, World, paper

pytestmark = pytest.mark.virtual_time

TEN = [f"p{number}" for number in range(10)]
SLOW = Limits(per_second=20, burst=1, chat_interval=0.0, reply_share=0.0)


async def broadcast(world: World, chats: int = 20) -> None:
    ids = await world.publish(*map(paper, TEN))
    for number in range(chats):
        await world.owe(await world.chat(f"c{number}"), ids)


def all_posted_once(world: World, chats: int = 20) -> bool:
    return all(world.platform.seen_in(f"c{number}") == TEN for number in range(chats))


async def test_a_second_pump_waits_and_takes_over_when_the_first_is_killed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await broadcast(world)
    with caplog.at_level(logging.INFO, "bot.delivery"):
        async with world.pump("first", limits=SLOW) as first:
            await world.until(lambda: len(world.platform.messages) > 0)
            async with world.pump("second", limits=SLOW) as second:
                await world.until(lambda: len(world.platform.messages) > 60)
                assert second.gate.calls["deliveries.steps"] == 0
                killed = world.loop.time()
                await first.kill()
                await world.until(lambda: second.gate.calls["deliveries.steps"] > 0, within=15)
                assert world.loop.time() - killed < 10 + 10 / 3 + 1
                await world.settled()
    assert all_posted_once(world)
    assert [record.message for record in caplog.records if "waiting" in record.message] == [
        f"another process has {LANE}: waiting for its lease to end"
    ]


@pytest.mark.parametrize("moment", [0.5, 1.01, 2.3, 4.44, 7.7])
async def test_a_pump_killed_at_any_moment_loses_nothing_and_doubles_nothing(world: World, moment: float) -> None:
    await broadcast(world)
    world.platform.latency = 0.3
    async with world.pump("first", limits=SLOW) as first:
        await world.until(lambda: world.loop.time() > moment)
        await first.kill()
    unsure = len(await world.ledger(DeliveryState.SENDING))
    async with world.pump("second", limits=SLOW):
        await world.settled()
    assert all_posted_once(world)
    assert world.platform.count("find") == unsure
    assert unsure < 20


async def test_what_was_interrupted_where_nothing_can_be_proved_is_unknown_and_no_more(world: World) -> None:
    ids = await world.publish(*map(paper, TEN))
    for number in range(20):
        await world.owe(await world.chat(f"c{number}", kind=ChatKind.PRIVATE), ids)
    world.platform.provable = False
    async with world.pump("first", limits=SLOW) as first:
        await world.until(lambda: len(world.platform.messages) > 60)
        await first.kill()
    unsure = len(await world.ledger(DeliveryState.SENDING))
    async with world.pump("second", limits=SLOW):
        await world.settled()
    states = Counter(row.state for row in await world.ledger())
    assert states == {DeliveryState.SENT: 200 - unsure, DeliveryState.UNKNOWN: unsure}
    assert all(len(set(seen)) == len(seen) for seen in (world.platform.seen_in(f"c{n}") for n in range(20)))


async def test_a_request_that_arrives_after_its_lane_was_handed_over_is_not_made_again(world: World) -> None:
    await world.owe(await world.chat("c1"), await world.publish(paper("one"), paper("two")))
    world.platform.trip("post", hang=True)
    async with world.pump("first") as first:
        await world.until(lambda: world.platform.flying == 1)
        [under_way] = await world.ledger(DeliveryState.SENDING)
        await first.stop()
    async with world.pump("second"):
        await asyncio.sleep(3)
        world.platform.post("c1", "one", under_way.key)
        await world.settled()
    assert world.platform.seen_in("c1") == ["one", "two"]


@pytest.mark.parametrize("behind", [0.0, 45.0], ids=["clocks that agree", "a clock that is behind"])
async def test_what_a_crash_left_open_is_found_an_hour_later(world: World, behind: float) -> None:
    world.platform.behind = behind
    await world.owe(await world.chat("c1"), await world.publish(paper("one"), paper("two")))
    world.platform.trip("post", hang=True, after=True)
    async with world.pump("first", **PATIENT) as first:
        await world.until(lambda: world.posted(1))
        await first.kill()
    await asyncio.sleep(3600)
    async with world.pump("second", **PATIENT):
        await world.settled()
    assert world.platform.seen_in("c1") == ["one", "two"]


async def test_a_chat_is_not_posted_to_faster_because_its_lane_is_handed_over(world: World) -> None:
    limits = Limits(per_second=20, burst=1, chat_interval=1.0, reply_share=0.0)
    await world.owe(await world.chat("c1"), await world.publish(*map(paper, TEN)))
    async with world.pump("first", limits=limits) as first:
        await world.until(lambda: world.posted(4))
        await first.stop()
    async with world.pump("second", limits=limits):
        await world.settled()
    left = [at for at, _, _ in world.platform.requests]
    assert min(later - earlier for earlier, later in pairwise(left)) > 1 - 1e-6
    assert world.platform.seen_in("c1") == TEN


@pytest.mark.parametrize("whole", [True, False], ids=["frozen whole", "cut off from the database"])
async def test_a_frozen_owner_can_neither_record_nor_send_any_more(world: World, whole: bool) -> None:
    await broadcast(world)
    async with world.pump("first", limits=SLOW) as first:
        await world.until(lambda: len(world.platform.messages) > 30)
        frozen = world.loop.time()
        if whole:
            first.freeze()
        else:
            first.gate.open.clear()
        async with world.pump("second", limits=SLOW) as second:
            await world.until(lambda: bool(second.adapter.requests))
            assert second.adapter.requests[0] > frozen + 10 - 10 / 3
            recorded = first.gate.calls["deliveries.steps"]
            first.thaw()
            await world.settled()
            await world.until(lambda: first.gate.calls["leases.shards"] > 1)
            assert first.pump.progress()[LANE].in_flight == 0
    assert max(first.adapter.requests) < frozen + 8  # the last fifth of the lease is never used
    assert first.gate.calls["deliveries.steps"] <= recorded + 2  # an attempt or two, refused
    assert all_posted_once(world)


async def test_an_owner_whose_lease_runs_out_breaks_off_what_is_in_flight(world: World) -> None:
    ids = await world.publish(paper("one"))
    await world.owe(await world.chat(), ids)
    world.platform.trip("post", hang=True)
    async with world.pump("first", timeout=60.0) as first:
        await world.until(lambda: world.platform.flying == 1)
        first.gate.open.clear()
        await asyncio.sleep(10)  # the lease is 10 s long
        assert world.platform.flying == 0
        first.gate.open.set()
        await world.settled()  # nobody took it: it goes on by itself
    assert world.platform.seen_in("c1") == ["one"]


async def test_a_request_may_be_slower_than_the_lease_as_long_as_that_is_renewed(world: World) -> None:
    ids = await world.publish(paper("one"))
    await world.owe(await world.chat(), ids)
    world.platform.latency = 8.0
    async with world.pump(ttl=timedelta(seconds=3)):
        await world.settled()
    assert world.platform.count("post") == 1
    assert world.platform.count("find") == 0


@pytest.mark.parametrize("error", [StoreError("disk I/O error"), ConnectionResetError("secret")], ids=["ours", "raw"])
@pytest.mark.parametrize("after", [False, True], ids=["before it was written", "after it was written"])
async def test_a_database_error_in_a_turn_loses_nothing_and_doubles_nothing(
    world: World, after: bool, error: Exception
) -> None:
    await broadcast(world)
    async with world.pump(limits=SLOW) as running:
        for wanted in (20, 60, 100):
            await world.until(partial(world.posted, wanted))
            running.gate.refuse("deliveries.steps", error, times=2, after=after)
        running.gate.refuse("deliveries.agenda", error)
        await world.settled()
    assert all_posted_once(world)
    assert world.platform.count("post") == 200
    assert {row.state for row in await world.ledger()} == {DeliveryState.SENT}
    assert {row.attempts for row in await world.ledger()} == {1}


async def test_a_database_error_while_a_lost_post_is_looked_for_does_not_post_it_again(world: World) -> None:
    ids = await world.publish(*map(paper, TEN))
    for name in ("c1", "c2"):
        await world.owe(await world.chat(name), ids)
    world.platform.trip("post", FateUnknown("502"), chat="c1", after=True)
    async with world.pump(limits=Limits(per_second=2, burst=1, chat_interval=0.0, reply_share=0.0)) as running:
        await world.until(lambda: bool(world.platform.seen_in("c1")))
        await asyncio.sleep(1)
        running.gate.refuse("deliveries.steps", StoreError("gone for a moment"))
        await world.settled()
    assert world.platform.seen_in("c1") == world.platform.seen_in("c2") == TEN


async def test_nothing_is_sent_while_the_database_is_away_and_nothing_is_forgotten(world: World) -> None:
    await broadcast(world)
    async with world.pump(limits=SLOW) as running:
        await world.until(lambda: len(world.platform.messages) > 30)
        for call in ("deliveries.steps", "deliveries.agenda", "deliveries.interrupted", "leases.attend"):
            running.gate.refuse(call, StoreError("the server is gone"), times=1000)
        await asyncio.sleep(2)
        sent = len(world.platform.requests)
        await asyncio.sleep(60)  # longer than the lease
        assert len(world.platform.requests) == sent
        running.gate.refusals.clear()
        await world.settled()
    assert all_posted_once(world)
    assert world.platform.count("find") == 0  # what the results were was still known


async def test_a_bug_in_the_store_stops_no_lane_and_is_told_without_its_words(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await broadcast(world, 3)
    async with world.pump(limits=SLOW) as running:
        await world.until(lambda: len(world.platform.messages) > 5)
        running.gate.refuse("deliveries.steps", ZeroDivisionError("secret"))
        running.gate.refuse("leases.attend", ZeroDivisionError("secret"))
        await world.settled()
    assert all_posted_once(world, 3)
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text


async def test_two_pumps_with_different_adapters_do_not_keep_each_other_from_work(world: World) -> None:
    ids = await world.publish(paper("one"))
    for lane in ("recording:1", "recording:2"):
        await world.owe(await world.chat(lane, lane=lane), ids)
    async with world.pump("first", lanes=("recording:1",)), world.pump("second", lanes=("recording:2",)):
        await world.settled(within=30)
    assert world.platform.seen_in("recording:1") == world.platform.seen_in("recording:2") == ["one"]


async def test_a_lane_that_dies_of_a_bug_is_taken_up_again(world: World) -> None:
    await broadcast(world, 3)
    dice: Iterator[Any] = iter([0.5, None, 0.5, 0.5])  # the second throw is a bug
    world.platform.trip("post", RateLimited(1), times=3)
    async with world.pump(limits=SLOW, spread=lambda: next(dice) + 0.0):
        await world.settled()
    assert all_posted_once(world, 3)


async def test_pumps_that_take_only_their_share_work_side_by_side(world: World) -> None:
    ids = await world.publish(paper("one"))
    lanes = ("recording:1", "recording:2")
    for lane in lanes:
        await world.owe(await world.chat(lane, lane=lane), ids)
    async with (
        world.pump("first", lanes=lanes, shards_at_most=1) as first,
        world.pump("second", lanes=lanes, shards_at_most=1) as second,
    ):
        await world.settled(within=30)
        assert len(first.adapter.requests) == len(second.adapter.requests) == 1


async def test_a_chat_that_another_process_sees_opened_again_is_posted_to_soon(world: World) -> None:
    ids = await world.publish(paper("one"), paper("two"))
    shut, told = await world.chat("shut"), await world.chat("told")
    for chat in (shut, told):
        await world.owe(chat, ids)
    world.platform.trip("post", ChatPaused("is_archived", seconds=3600), chat="shut")
    world.platform.trip("post", RateLimited(600), chat="told")
    async with world.pump("first"), world.pump("second") as other:
        await world.until(lambda: world.platform.count("post") == 2)
        await asyncio.sleep(5)
        opened = world.loop.time()
        await other.gate.through.chats.pause(shut.address, None, world.loop.now())
        await world.until(lambda: world.platform.seen_in("shut") == ["one", "two"], within=10)
        assert world.platform.seen_in("told") == [], "its own wait is not over"
        await world.settled(within=700)
    began = {name: min(one.at for one in world.platform.messages if one.chat == name) for name in ("shut", "told")}
    assert opened < began["shut"] < opened + 10
    assert began["told"] > 600


async def test_a_wait_on_record_that_ends_too_early_does_not_end_the_wait_that_was_asked_for(world: World) -> None:
    chat = await world.chat("c1")
    await world.owe(chat, await world.publish(paper("one")))
    world.platform.trip("post", RateLimited(600))
    async with world.pump():
        await world.until(lambda: world.platform.count("post") == 1)
        await asyncio.sleep(5)
        await world.store.chats.pause(chat.address, world.loop.now() + timedelta(seconds=5), world.loop.now())
        await world.settled(within=700)
    assert world.platform.messages[0].at > 600


async def test_a_lane_that_its_adapter_holds_goes_on_soon_after_that_has_ended(world: World) -> None:
    ids = await world.publish(paper("one"))
    async with world.pump() as running:
        running.pace.hold_lane(world.loop.time() + 600)
        await world.owe(await world.chat(), ids)
        await asyncio.sleep(20)
        assert world.platform.seen_in("c1") == []
        running.pace.release_lane()
        await world.until(lambda: world.platform.seen_in("c1") == ["one"], within=5)


async def test_connections_that_the_server_closes_are_opened_again(postgres_url: str) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    delivering, watching = await Store.open(postgres_url), await Store.open(postgres_url)
    world = World(delivering, loop)
    await broadcast(world, 5)
    world.store = Gate(watching).through
    with loop.jumps():
        async with world.pump(limits=SLOW):
            for wanted in (5, 20, 35):
                await world.until(partial(world.posted, wanted))
                with loop.real():
                    server = await asyncpg.connect(postgres_url)
                    await server.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                    await server.close()
                    await watching.close()
            await world.settled()
    assert all_posted_once(world, 5)
    await delivering.close()
    await watching.close()
