"""A lane has one owner at a time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.store import LaneState, Store
from tests.store.desk import LANE, NOW, Desk, later

TTL = timedelta(seconds=10)
LANES = [f"slack:T{number}" for number in range(40)]


async def test_without_lanes_there_is_nothing_to_lease(desk: Desk) -> None:
    await desk.store.leases.register([], NOW)
    assert await desk.store.leases.acquire("us", now=NOW, ttl=TTL) == []
    assert await desk.store.leases.shards() == []


async def test_a_lane_is_always_in_the_same_shard(desk: Desk) -> None:
    await desk.store.leases.register([LANE], NOW)
    await desk.store.leases.register([LANE, *LANES], NOW)
    shards = await desk.store.leases.shards()
    lanes = [lane.name for shard in shards for lane in await desk.store.leases.lanes(shard)]
    assert sorted(lanes) == sorted([LANE, *LANES])
    assert {shard.owner for shard in shards} == {""}
    assert all(0 <= shard.shard < 64 for shard in shards)
    [of_telegram] = [shard for shard in shards if LANE in [x.name for x in await desk.store.leases.lanes(shard)]]
    assert of_telegram.shard == 18, "crc32, not the hash that changes with each process"


async def test_a_lease_is_held_until_it_runs_out(desk: Desk) -> None:
    leases = desk.store.leases
    ours = await desk.lease(owner="us", ttl=10)
    assert (ours.owner, ours.epoch, ours.until) == ("us", 1, NOW + TTL)
    assert await leases.shards() == [ours]
    assert await leases.acquire("them", now=later(9), ttl=TTL) == []
    [longer] = await leases.renew([ours], now=later(9), ttl=TTL)
    assert longer.until == later(19)
    assert await leases.acquire("them", now=later(18), ttl=TTL) == []
    [theirs] = await leases.acquire("them", now=later(19), ttl=TTL)
    assert (theirs.owner, theirs.epoch) == ("them", 2)
    assert await leases.renew([longer], now=later(20), ttl=TTL) == []
    await leases.release([longer])
    assert await leases.acquire("us", now=later(21), ttl=TTL) == []


async def test_a_lease_that_a_clock_far_ahead_gave_holds_nobody_up(desk: Desk) -> None:
    await desk.lease(owner="ahead", now=later(3600), ttl=10)
    assert len(await desk.store.leases.acquire("us", now=NOW, ttl=TTL)) == 1


async def test_a_released_lease_is_free_at_once_and_the_next_epoch_is_new(desk: Desk) -> None:
    ours = await desk.lease()
    await desk.store.leases.release([ours])
    [next_] = await desk.store.leases.acquire("us", now=later(1), ttl=TTL)
    assert next_.epoch == ours.epoch + 1
    assert await desk.store.leases.renew([ours], now=later(1), ttl=TTL) == []


async def test_an_owner_takes_no_more_shards_than_it_wants(desk: Desk) -> None:
    leases = desk.store.leases
    await leases.register(LANES, NOW)
    count = len(await leases.shards())
    first = await leases.acquire("us", now=NOW, ttl=TTL, at_most=3)
    assert len(first) == 3
    assert len(await leases.acquire("them", now=NOW, ttl=TTL)) == count - 3


async def test_owners_that_come_at_once_share_no_shard(desk: Desk, database_url: str) -> None:
    await desk.store.leases.register(LANES, NOW)
    stores = [await Store.open(database_url) for _ in range(4)]
    try:
        taken = await asyncio.gather(
            *(each.leases.acquire(f"owner {n}", now=NOW, ttl=TTL, at_most=9) for n, each in enumerate(stores))
        )
    finally:
        for each in stores:
            await each.close()
    shards = [lease.shard for leases in taken for lease in leases]
    assert len(shards) == len(set(shards))


async def test_a_lane_that_was_told_to_wait_is_remembered(desk: Desk) -> None:
    lease = await desk.lease()
    assert await desk.store.leases.lanes(lease) == [LaneState(name=LANE, paused_until=None, reason=None)]
    await desk.store.leases.hold_lane(LANE, later(30), "retry after 30")
    [held] = await desk.store.leases.lanes(lease)
    assert (held.paused_until, held.reason) == (later(30), "retry after 30")
    await desk.store.leases.register([LANE], NOW)
    assert await desk.store.leases.lanes(lease) == [held]
    await desk.store.leases.hold_lane(LANE, None, None)
    assert (await desk.store.leases.lanes(lease))[0].paused_until is None


async def test_of_two_waits_of_a_lane_the_longer_one_counts(desk: Desk) -> None:
    lease = await desk.lease()
    await desk.store.leases.hold_lane(LANE, later(5), "retry after 5")
    await desk.store.leases.hold_lane(LANE, later(3600), "retry after 3600")
    await desk.store.leases.hold_lane(LANE, later(30), "retry after 30")
    [held] = await desk.store.leases.lanes(lease)
    assert (held.paused_until, held.reason) == (later(3600), "retry after 3600")


async def test_moments_come_back_to_the_microsecond_and_in_utc(desk: Desk) -> None:
    await desk.store.leases.register([LANE], NOW)
    for moment in (
        datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
        datetime(2026, 3, 2, 9, 0, 0, 1, UTC),
        datetime(2999, 12, 31, 23, 59, 59, 999_999, UTC),
        datetime(2026, 3, 2, 9, 0, tzinfo=UTC).astimezone(tz=None),
    ):
        await desk.store.leases.hold_lane(LANE, None, None)
        await desk.store.leases.hold_lane(LANE, moment, "")
        [shard] = await desk.store.leases.shards()
        [lane] = await desk.store.leases.lanes(shard)
        assert lane.paused_until == moment
        assert lane.paused_until.tzinfo is UTC
