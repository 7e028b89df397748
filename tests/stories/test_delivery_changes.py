"""What readers see after the curator changed or withdrew a paper: before, during and after it was posted."""

from __future__ import annotations

import pytest

from bot.adapters.base import FateUnknown, MessageGone, RateLimited, Rejected
from bot.model import ChatKind, DeliveryKind, DeliveryState
from bot.pacing import Limits
from tests.fakes.world import World, paper

pytestmark = pytest.mark.virtual_time

SLOW = Limits(per_second=5, burst=1, chat_interval=0.0, reply_share=0.0)


async def owed_to(world: World, chats: int, *titles: str) -> list[int]:
    ids = await world.publish(*map(paper, titles))
    for number in range(chats):
        await world.owe(await world.chat(f"c{number}"), ids)
    return ids


async def test_a_paper_changed_before_it_is_posted_is_posted_as_it_is_now(world: World) -> None:
    await owed_to(world, 2, "one", "two")
    await world.publish(paper("one", "better"), paper("two"))
    async with world.pump():
        await world.settled()
    assert world.platform.seen_in("c0") == ["one better", "two"]
    assert world.platform.count("edit") == 0


async def test_a_paper_changed_after_it_was_posted_is_edited_everywhere(world: World) -> None:
    await owed_to(world, 3, "one", "two")
    async with world.pump() as running:
        await world.settled()
        await world.publish(paper("one", "better"), paper("two"))
        running.pump.wake()
        await world.settled()
        for number in range(3):
            assert world.platform.seen_in(f"c{number}") == ["one better", "two"]
        assert (world.platform.count("post"), world.platform.count("edit")) == (6, 3)


async def test_a_paper_changed_in_the_middle_of_a_broadcast_is_seen_by_all_as_it_is_now(world: World) -> None:
    await owed_to(world, 20, "one", "two")
    async with world.pump(limits=SLOW):
        await world.until(lambda: len(world.platform.messages) == 10)
        await world.publish(paper("one", "better"), paper("two"))
        await world.settled()
    for number in range(20):
        assert world.platform.seen_in(f"c{number}") == ["one better", "two"]
    assert world.platform.count("post") == 40
    assert world.platform.count("edit") <= 20


async def test_a_paper_changed_while_its_request_is_in_flight_is_edited_after_it(world: World) -> None:
    await owed_to(world, 1, "one")
    world.platform.latency = 4.0
    async with world.pump():
        await world.until(lambda: world.platform.flying == 1)
        await world.publish(paper("one", "better"))
        await world.settled()
    assert world.platform.messages[0].body == "one"
    assert world.platform.seen_in("c0") == ["one better"]


async def test_a_paper_changed_twice_ends_as_the_last_change_has_it(world: World) -> None:
    await owed_to(world, 3, "one")
    async with world.pump(limits=SLOW):
        await world.settled()
        await world.publish(paper("one", "better"))
        await world.until(lambda: world.platform.count("edit") == 1)
        await world.publish(paper("one", "best"))
        await world.settled()
    assert all(world.platform.seen_in(f"c{number}") == ["one best"] for number in range(3))


async def test_a_change_that_is_taken_back_before_anybody_saw_it_costs_no_request(world: World) -> None:
    await owed_to(world, 3, "one")
    async with world.pump() as running:
        await world.settled()
        await running.stop()
    await world.publish(paper("one", "worse"))
    await world.publish(paper("one"))
    async with world.pump("second"):
        await world.settled()
    assert all(world.platform.seen_in(f"c{number}") == ["one"] for number in range(3))
    assert world.platform.count("edit") == 0


async def test_there_and_back_again_while_edits_are_under_way(world: World) -> None:
    await owed_to(world, 8, "one")
    async with world.pump(limits=SLOW):
        await world.settled()
        await world.publish(paper("one", "worse"))
        await world.until(lambda: world.platform.count("edit") == 4)
        await world.publish(paper("one"))
        await world.settled()
    assert all(world.platform.seen_in(f"c{number}") == ["one"] for number in range(8))


async def test_an_edit_survives_a_crash(world: World) -> None:
    await owed_to(world, 4, "one")
    world.platform.latency = 1.0
    async with world.pump() as running:
        await world.settled()
        await world.publish(paper("one", "better"))
        running.pump.wake()
        await world.until(lambda: world.platform.count("edit") == 4)
        await running.kill()
    async with world.pump("second"):
        await world.settled()
    assert all(world.platform.seen_in(f"c{number}") == ["one better"] for number in range(4))
    assert world.platform.count("post") == 4


async def test_an_edit_of_unknown_fate_is_simply_made_again(world: World) -> None:
    await owed_to(world, 1, "one")
    async with world.pump():
        await world.settled()
        world.platform.trip("edit", FateUnknown("502"), after=True)
        world.platform.trip("edit", RateLimited(5))
        await world.publish(paper("one", "better"))
        await world.settled()
    assert world.platform.count("edit") == 3
    assert world.platform.messages[0].edits == ["one better"]


async def test_a_correction_taken_back_while_nobody_knows_whether_it_arrived_is_made_all_the_same(world: World) -> None:
    await owed_to(world, 1, "one")
    async with world.pump():
        await world.settled()
        world.platform.trip("edit", FateUnknown("502"), after=True)
        await world.publish(paper("one", "better"))
        await world.until(lambda: world.platform.count("edit") == 1)
        await world.publish(paper("one"))
        await world.settled()
    assert world.platform.seen_in("c0") == ["one"]


async def test_nothing_that_was_withdrawn_is_posted_when_the_operator_queues_it_again(world: World) -> None:
    await owed_to(world, 1, "one")
    world.platform.trip("post", FateUnknown("502"))
    async with world.pump(policies={ChatKind.CHANNEL: "ask"}):
        await world.settled()
        await world.publish(paper("another"))
        await world.store.deliveries.requeue([row.id for row in await world.ledger()], world.loop.now())
        await world.settled()
    assert world.platform.seen_in("c0") == []
    assert await world.reasons() == {"post dead: withdrawn": 1}


async def test_no_paper_that_is_back_is_taken_down_when_the_operator_queues_its_withdrawal_again(world: World) -> None:
    await owed_to(world, 1, "one")
    async with world.pump():
        await world.settled()
        world.platform.trip("withdraw", Rejected("too old to be deleted"))
        await world.publish(paper("another"))
        await world.settled()
        await world.publish(paper("one"), paper("another"))
        await world.settled()
        refused = await world.ledger(DeliveryState.DEAD)
        assert [row.kind for row in refused] == [DeliveryKind.WITHDRAW]
        await world.store.deliveries.requeue([row.id for row in refused], world.loop.now())
        await world.settled()
    assert world.platform.seen_in("c0") == ["one"]


async def test_an_edit_of_a_message_that_is_gone_is_done_and_posts_nothing(world: World) -> None:
    await owed_to(world, 1, "one")
    async with world.pump():
        await world.settled()
        world.platform.messages[0].deleted = True
        await world.publish(paper("one", "better"))
        await world.settled()
    assert world.platform.seen_in("c0") == []
    assert (await world.reasons()).get("edit sent: message to edit not found") == 1


async def test_a_paper_withdrawn_before_it_is_posted_is_not_posted(world: World) -> None:
    await owed_to(world, 2, "one", "two")
    await world.publish(paper("two"))
    async with world.pump():
        await world.settled()
    assert world.platform.seen_in("c0") == world.platform.seen_in("c1") == ["two"]
    assert (await world.reasons())["post dead: withdrawn"] == 2


async def test_a_paper_withdrawn_in_the_middle_of_a_broadcast_disappears_and_is_not_posted_any_more(
    world: World,
) -> None:
    await owed_to(world, 20, "one", "two")
    async with world.pump(limits=SLOW):
        await world.until(lambda: len(world.platform.messages) == 10)
        await world.publish(paper("two"))
        posted = len(world.platform.messages) + world.platform.flying
        await world.settled()
    for number in range(20):
        assert world.platform.seen_in(f"c{number}") == ["two"]
    assert sum(message.body == "one" for message in world.platform.messages) <= posted + 2


async def test_a_paper_withdrawn_while_its_request_is_in_flight_is_deleted_after_it(world: World) -> None:
    await owed_to(world, 1, "one", "two")
    world.platform.latency = 4.0
    async with world.pump():
        await world.until(lambda: world.platform.flying == 1)
        await world.publish(paper("two"))
        await world.settled()
    assert [message.body for message in world.platform.messages] == ["one", "two"]
    assert world.platform.seen_in("c0") == ["two"]


async def test_a_withdrawal_survives_a_crash_and_happens_once(world: World) -> None:
    await owed_to(world, 3, "one", "two")
    world.platform.latency = 1.0
    async with world.pump() as running:
        await world.settled()
        await world.publish(paper("two"))
        running.pump.wake()
        await world.until(lambda: world.platform.count("withdraw") > 0)
        await running.kill()
    async with world.pump("second"):
        await world.settled()
    assert all(world.platform.seen_in(f"c{number}") == ["two"] for number in range(3))
    rows = await world.ledger()
    assert sum(row.kind is DeliveryKind.WITHDRAW for row in rows) == 3


async def test_a_withdrawal_of_what_a_reader_deleted_is_done(world: World) -> None:
    await owed_to(world, 1, "one", "two")
    async with world.pump():
        await world.settled()
        world.platform.trip("withdraw", MessageGone("message to delete not found"))
        await world.publish(paper("two"))
        await world.settled()
    assert (await world.reasons())["withdraw sent: message to delete not found"] == 1


async def test_a_withdrawal_that_is_taken_back_in_time_is_not_carried_out(world: World) -> None:
    await owed_to(world, 2, "one", "two")
    async with world.pump() as running:
        await world.settled()
        await running.stop()
    await world.publish(paper("two"))
    await world.publish(paper("one"), paper("two"))
    async with world.pump("second"):
        await world.settled()
    assert world.platform.seen_in("c0") == ["one", "two"]
    assert world.platform.count("withdraw") == 0
