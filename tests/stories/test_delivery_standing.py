"""Which posts can be read where they were sent, says the ledger, on each of the two back ends."""

from __future__ import annotations

import pytest

from bot.adapters.base import FateUnknown, Rejected
from bot.model import DeliveryState, Paper
from tests.fakes.world import Running, World, paper

pytestmark = pytest.mark.virtual_time


async def stands(world: World) -> str | None:
    """The receipt by which people are led to the post of the only paper in the only chat."""
    (found,) = {row.stands for row in await world.ledger()} - {None} or {None}
    return found


async def posted(world: World, running: Running) -> str:
    """A paper is posted, and stands."""
    await world.owe(await world.chat(), await world.publish(paper("one")))
    running.pump.wake()
    await world.settled()
    receipt = await stands(world)
    assert receipt == world.platform.messages[0].receipt
    return receipt


async def published(world: World, running: Running, *papers: Paper) -> None:
    """The curator changes the digest, and everybody sees it."""
    await world.publish(*papers)
    running.pump.wake()
    await world.settled()


async def test_a_post_stands_once_it_is_on_record_and_not_before(world: World) -> None:
    await world.owe(await world.chat(), await world.publish(paper("one")))
    assert await stands(world) is None
    world.platform.latency = 4.0
    async with world.pump() as running:
        await world.until(lambda: world.platform.flying == 1)
        assert await stands(world) is None
        await world.settled()
        assert await stands(world) == world.platform.messages[0].receipt
        await running.stop()


async def test_a_corrected_post_stands_where_it_stood(world: World) -> None:
    async with world.pump() as running:
        receipt = await posted(world, running)
        await published(world, running, paper("one", "better"))
        assert world.platform.seen_in("c1") == ["one better"]
        assert await stands(world) == receipt


async def test_a_post_that_was_taken_down_does_not_stand_even_when_its_paper_returns(world: World) -> None:
    async with world.pump() as running:
        await posted(world, running)
        await published(world, running)
        assert await stands(world) is None
        await published(world, running, paper("one"))
        assert world.platform.seen_in("c1") == []
        assert await stands(world) is None


async def test_a_post_that_was_to_be_taken_down_and_never_was_stands(world: World) -> None:
    async with world.pump() as running:
        receipt = await posted(world, running)
        await running.stop()
    await world.publish()
    await world.publish(paper("one"))
    async with world.pump("second"):
        await world.settled()
    assert world.platform.seen_in("c1") == ["one"]
    assert await stands(world) == receipt


async def test_a_post_that_somebody_deleted_does_not_stand_once_a_correction_found_it_gone(world: World) -> None:
    async with world.pump() as running:
        receipt = await posted(world, running)
        world.platform.messages[0].deleted = True
        assert await stands(world) == receipt, "nobody knows yet"
        await published(world, running, paper("one", "better"))
        assert await stands(world) is None


async def test_a_post_that_was_given_up_does_not_stand(world: World) -> None:
    await world.owe(await world.chat(), await world.publish(paper("one")))
    world.platform.trip("post", Rejected("no"))
    async with world.pump():
        await world.settled()
    assert await stands(world) is None


async def test_a_post_of_unknown_fate_stands_when_it_was_sent_again(world: World) -> None:
    await world.owe(await world.chat(), await world.publish(paper("one")))
    world.platform.provable = False
    world.platform.trip("post", FateUnknown("502"), after=True)
    async with world.pump() as running:
        await world.settled()
        (row,) = await world.ledger(DeliveryState.UNKNOWN)
        assert await stands(world) is None
        await world.store.deliveries.requeue([row.id], world.loop.now())
        running.pump.wake()
        await world.settled()
    assert await stands(world) == world.platform.messages[1].receipt, "the newest of the two"


async def test_a_lost_post_that_was_found_stands(world: World) -> None:
    await world.owe(await world.chat(), await world.publish(paper("one")))
    world.platform.trip("post", FateUnknown("502"), after=True)
    async with world.pump():
        await world.settled()
    assert world.platform.count("post") == 1
    assert await stands(world) == world.platform.messages[0].receipt


async def test_the_head_of_a_day_is_no_post_of_its_papers(world: World) -> None:
    await world.owe(await world.threaded(), await world.publish(paper("one")))
    async with world.pump():
        await world.settled()
    head, post = world.platform.messages
    assert post.under == head.receipt
    assert await stands(world) == post.receipt
