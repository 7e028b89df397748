"""A chat may want one message a digest, with the papers in its thread: the head is a debt like any other."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.base import FateUnknown, NotSent, RateLimited, Rejected
from bot.formatting import head_message
from bot.model import ChatKind, DeliveryKind, DeliveryState
from bot.strings import LANGUAGES
from tests.fakes.world import DAY, LANE, World, paper

ONE, TWO, THREE = (paper(title) for title in ("one", "two", "three"))


@pytest.mark.virtual_time
async def test_a_threaded_chat_gets_one_head_and_the_papers_under_it(world: World) -> None:
    ids = await world.publish(ONE, TWO)
    await world.owe(await world.threaded("c1"), ids)
    await world.owe(await world.chat("c2"), ids)
    async with world.pump():
        await world.settled()
    assert world.platform.threads_of("c1") == {"03-02: 2": ["one", "two"]}
    assert world.platform.threads_of("c2") == {"one": [], "two": []}


@pytest.mark.virtual_time
async def test_papers_that_come_later_stand_under_the_head_that_is_there(world: World) -> None:
    chat = await world.threaded()
    await world.owe(chat, await world.publish(ONE))
    async with world.pump() as running:
        await world.settled()
        await world.owe(chat, await world.publish(ONE, TWO, THREE))
        running.pump.wake()
        await world.settled()
    assert world.platform.threads_of("c1") == {"03-02: 1": ["one", "two", "three"]}


@pytest.mark.virtual_time
async def test_each_digest_has_a_head_of_its_own_and_stands_in_the_order_of_posting(world: World) -> None:
    monday = await world.publish(ONE, TWO)
    tuesday = await world.publish(THREE, name="b.txt")
    await world.owe(await world.threaded(), [*monday, *tuesday])
    async with world.pump():
        await world.settled()
    assert [message.shows for message in world.platform.messages] == ["03-02: 2", "one", "two", "03-02: 1", "three"]
    first, one, _, second, three = world.platform.messages
    assert (one.under, three.under) == (first.receipt, second.receipt)


@pytest.mark.virtual_time
async def test_a_head_that_must_wait_keeps_its_papers_behind_it(world: World) -> None:
    await world.owe(await world.threaded(), await world.publish(ONE, TWO))
    world.platform.trip("post", RateLimited(20))
    async with world.pump():
        await world.settled()
    assert world.platform.threads_of("c1") == {"03-02: 2": ["one", "two"]}


@pytest.mark.virtual_time
@pytest.mark.parametrize("after", [True, False], ids=["it had arrived", "it had not arrived"])
async def test_a_head_of_unknown_fate_is_looked_for_like_any_post(world: World, after: bool) -> None:
    await world.owe(await world.threaded(), await world.publish(ONE, TWO))
    world.platform.trip("post", FateUnknown("no answer"), after=after)
    async with world.pump():
        await world.settled()
    assert world.platform.threads_of("c1") == {"03-02: 2": ["one", "two"]}


@pytest.mark.virtual_time
@pytest.mark.parametrize("arrived", [True, False], ids=["it had arrived", "it had not arrived"])
async def test_a_head_that_was_under_way_in_a_crash_is_posted_once(world: World, arrived: bool) -> None:
    await world.owe(await world.threaded(), await world.publish(ONE, TWO))
    world.platform.trip("post", hang=True, after=arrived)
    async with world.pump("first") as first:
        await world.until(lambda: world.platform.flying == 1)
        await asyncio.sleep(0.1)
        await first.kill()
    async with world.pump("second"):
        await world.settled()
    assert world.platform.threads_of("c1") == {"03-02: 2": ["one", "two"]}


@pytest.mark.virtual_time
async def test_papers_whose_head_is_unknown_or_refused_stand_in_the_channel_itself(world: World) -> None:
    ids = await world.publish(ONE, TWO)
    await world.owe(await world.threaded("unknown"), ids)
    await world.owe(await world.threaded("refused"), ids)
    world.platform.provable = False
    world.platform.trip("post", FateUnknown("no answer"), chat="unknown")
    world.platform.trip("post", Rejected("too long"), chat="refused")
    async with world.pump():
        await world.settled()
    assert world.platform.threads_of("unknown") == world.platform.threads_of("refused") == {"one": [], "two": []}
    assert {row.state for row in await world.ledger() if row.kind is DeliveryKind.HEAD} == {
        DeliveryState.UNKNOWN, DeliveryState.DEAD,
    }  # fmt: skip


@pytest.mark.virtual_time
async def test_corrections_change_the_papers_and_leave_the_head_alone(world: World) -> None:
    await world.owe(await world.threaded(), await world.publish(ONE, TWO))
    async with world.pump() as running:
        await world.settled()
        await world.publish(paper("one", "fixed"))  # and the second is withdrawn
        running.pump.wake()
        await world.settled()
    assert world.platform.threads_of("c1") == {"03-02: 2": ["one fixed"]}
    assert await world.reasons() == {"head sent": 1, "post sent": 2, "edit sent": 1, "withdraw sent": 1}


@pytest.mark.virtual_time
async def test_the_withdrawal_of_the_first_paper_does_not_take_the_head_with_it(world: World) -> None:
    await world.owe(await world.threaded(), await world.publish(ONE, TWO))
    await world.publish(TWO)
    world.platform.trip("post", NotSent("busy"))
    async with world.pump():
        await world.settled()
    assert world.platform.threads_of("c1") == {"03-02: 1": ["two"]}


@pytest.mark.virtual_time
async def test_no_head_is_posted_over_nothing(world: World) -> None:
    await world.owe(await world.threaded(), await world.publish(ONE))
    await world.publish(TWO)
    async with world.pump():
        await world.settled()
    assert world.platform.messages == []
    assert await world.reasons() == {
        "head dead: nothing is left to stand under it": 1,
        "post dead: withdrawn": 1,
    }


@pytest.mark.virtual_time
async def test_a_chat_that_changes_its_mind_gets_what_it_wants_from_then_on(world: World) -> None:
    chat = await world.threaded()
    await world.owe(chat, await world.publish(ONE))
    await world.store.chats.change(chat.id, settings={"layout": "each"}, now=world.loop.now())
    async with world.pump() as running:
        await world.settled()
        assert world.platform.threads_of("c1") == {"one": []}
        await world.store.chats.change(chat.id, settings={"layout": "thread"}, now=world.loop.now())
        await world.owe(chat, await world.publish(TWO, name="b.txt"))
        running.pump.wake()
        await world.settled()
    assert world.platform.threads_of("c1") == {"one": [], "03-02: 1": ["two"]}


@pytest.mark.virtual_time
async def test_the_clock_plans_one_head_a_digest_however_often_it_ticks(world: World) -> None:
    chat = await world.threaded(kind=ChatKind.CHANNEL)
    ids = await world.publish(ONE, TWO)
    for _ in range(3):
        await asyncio.gather(*(world.owe(chat, ids) for _ in range(4)))
    kinds = [row.kind for row in await world.ledger()]
    assert kinds == [DeliveryKind.HEAD, DeliveryKind.POST, DeliveryKind.POST]
    assert {row.lane for row in await world.ledger()} == {LANE}


def test_a_head_says_which_day_and_how_many_papers() -> None:
    korean, english = (head_message(DAY, 12, language) for language in LANGUAGES)
    assert korean.summary == "2026년 3월 2일 다이제스트, 논문 12편"
    assert english.summary == "Digest of 2 Mar 2026, 12 papers"
