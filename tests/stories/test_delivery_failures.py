"""What the pump makes of every way in which a request can fail."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from bot.adapters.base import (
    ChatGone,
    ChatMoved,
    ChatPaused,
    FateUnknown,
    LaneClosed,
    NotSent,
    RateLimited,
    Rejected,
)
from bot.model import Address, ChatKind, DeliveryState
from bot.outcomes import Patience, Policy
from tests.fakes.world import FAST, LANE, PATIENT, World, paper

pytestmark = pytest.mark.virtual_time


async def two_chats(world: World, papers: int = 3) -> list[str]:
    titles = [f"p{number}" for number in range(papers)]
    ids = await world.publish(*map(paper, titles))
    for name in ("c1", "c2"):
        await world.owe(await world.chat(name), ids)
    return titles


async def test_a_chat_told_to_wait_waits_and_holds_up_nobody(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", RateLimited(60), chat="c1")
    async with world.pump():
        await world.until(lambda: world.platform.seen_in("c2") == titles, within=5)
        assert world.platform.seen_in("c1") == []
        await world.settled()
    assert world.platform.seen_in("c1") == titles
    first = next(message for message in world.platform.messages if message.chat == "c1")
    assert 60 < first.at < 65
    assert {row.attempts for row in await world.ledger()} == {1}  # a wait counts as no attempt


async def test_a_wait_of_a_chat_survives_a_restart_and_so_does_its_order(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", RateLimited(600), chat="c1")
    async with world.pump() as running:
        await world.until(lambda: world.platform.seen_in("c2") == titles)
        await running.stop()
    async with world.pump("second", **PATIENT):
        await world.settled(within=700)
    assert world.platform.seen_in("c1") == titles
    assert min(message.at for message in world.platform.messages if message.chat == "c1") > 600


async def test_a_wait_of_the_lane_is_obeyed_by_all_chats_and_survives_a_restart(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", RateLimited(3600, lane=True))
    async with world.pump(**PATIENT) as running:
        await world.until(lambda: world.loop.time() > 60)
        assert world.platform.flying == 0
        await running.kill()
    before = len(world.platform.requests)
    assert before <= 2
    async with world.pump("second", **PATIENT) as running:
        await world.until(lambda: world.loop.time() > 3000, within=3000)
        assert len(world.platform.requests) == before
        assert running.pump.progress()[LANE].held_until is not None
        await world.settled(within=3700)
    assert world.platform.seen_in("c1") == world.platform.seen_in("c2") == titles
    assert all(at > 3600 for at, _, _ in world.platform.requests[before:])


@pytest.mark.parametrize(
    ("seconds", "rate", "slow"),
    [((3600, 5), 1, False), ((3600, 5), 300, False), ((5, 3600), 1, True)],
    ids=["the longer first", "both at once", "while the shorter is written"],
)
async def test_of_two_waits_of_the_lane_the_longer_one_survives_a_restart(
    world: World, seconds: tuple[float, float], rate: float, slow: bool
) -> None:
    await two_chats(world, papers=1)
    world.platform.latency = 3.02
    for each in seconds:
        world.platform.trip("post", RateLimited(each, lane=True))
    async with world.pump(limits=replace(FAST, per_second=rate), **PATIENT) as running:
        await world.until(lambda: world.platform.flying == 2)
        if slow:
            running.gate.open.clear()
        await world.until(lambda: world.platform.flying == 0)
        running.gate.open.set()
        await asyncio.sleep(3)
        await running.kill()
    assert len(world.platform.requests) == 2
    async with world.pump("second", **PATIENT):
        await world.settled(within=6000)
    assert all(at > 3600 for at, _, _ in world.platform.requests[2:])
    assert world.platform.seen_in("c1") == world.platform.seen_in("c2") == ["p0"]


async def test_a_chat_that_blocks_in_the_middle_of_a_broadcast_sleeps_with_its_debts(world: World) -> None:
    titles = await two_chats(world)
    async with world.pump() as running:
        await world.until(lambda: world.platform.seen_in("c1") == titles[:1])
        world.platform.trip("post", ChatGone("blocked by the user"), chat="c1")
        await world.settled()
        assert running.pump.progress()[LANE].dead == 1
    assert world.platform.seen_in("c1") == titles[:1]
    assert world.platform.seen_in("c2") == titles
    assert (await world.reasons())["post dead: blocked by the user"] == 2
    chat = await world.chat("c1")  # met again: it wakes
    assert chat.active


async def test_a_chat_that_leaves_while_its_papers_wait_in_memory_is_sent_none_of_them(world: World) -> None:
    ids = await world.publish(*map(paper, "abcdef"))
    gone = await world.chat("gone")
    await world.owe(gone, ids)
    async with world.pump(limits=replace(FAST, per_second=1)):
        await world.until(lambda: world.posted(2))
        await world.store.chats.sleep(gone.id, "kicked", world.loop.now())
        already = world.platform.count("post")
        await asyncio.sleep(10)
    assert world.platform.count("post") <= already + 1  # the one whose intent was on record
    assert len(await world.ledger(DeliveryState.DEAD)) >= 3


async def test_a_chat_that_moves_in_the_middle_of_a_broadcast_is_followed(world: World) -> None:
    titles = await two_chats(world)
    async with world.pump():
        await world.until(lambda: world.platform.seen_in("c1") == titles[:1])
        world.platform.trip("post", ChatMoved(Address(lane=LANE, chat="super")), chat="c1")
        await world.settled()
    assert world.platform.seen_in("c1") == titles[:1]
    assert world.platform.seen_in("super") == titles[1:]
    assert world.platform.seen_in("c2") == titles


async def test_two_addresses_that_point_at_each_other_do_not_go_on_for_ever(world: World) -> None:
    ids = await world.publish(paper("one"))
    await world.owe(await world.chat("c1"), ids)
    world.platform.trip("post", ChatMoved(Address(lane=LANE, chat="c2")), chat="c1", times=1000)
    world.platform.trip("post", ChatMoved(Address(lane=LANE, chat="c1")), chat="c2", times=1000)
    async with world.pump():
        await world.settled()
    assert len(world.platform.requests) == 10


async def test_a_closed_chat_is_tried_again_later_however_often(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", ChatPaused("the topic is closed"), chat="c1", times=24)
    async with world.pump(**PATIENT):
        await world.settled(within=25 * 3600)
    assert world.platform.seen_in("c1") == titles
    assert world.loop.time() > 24 * 3600


async def test_a_closed_lane_is_left_alone_for_long_and_then_works_again(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", LaneClosed("the token was revoked"), times=4)
    async with world.pump(**PATIENT):
        await world.settled(within=3600)
    assert world.platform.seen_in("c1") == world.platform.seen_in("c2") == titles
    assert {row.attempts for row in await world.ledger()} == {1}
    assert world.loop.time() > 600


async def test_a_message_that_is_refused_dies_alone(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", Rejected("can't parse entities"), chat="c1")
    async with world.pump():
        await world.settled()
    assert world.platform.seen_in("c1") == titles[1:]
    assert (await world.reasons())["post dead: can't parse entities"] == 1


async def test_a_passing_failure_is_tried_again_before_anything_else_goes_to_the_chat(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", NotSent("connection refused"), chat="c1", times=3)
    async with world.pump():
        await world.settled(within=600)
    assert world.platform.seen_in("c1") == titles
    assert [row.attempts for row in await world.ledger()][:3] == [4, 1, 1]


async def test_a_failure_that_does_not_pass_ends_after_ten_attempts_and_more_than_an_hour(world: World) -> None:
    ids = await world.publish(paper("one"), paper("two"))
    await world.owe(await world.chat(), ids)
    world.platform.trip("post", NotSent("connection refused"), times=10)
    async with world.pump(**PATIENT):
        await world.settled(within=3 * 3600)
    assert world.platform.seen_in("c1") == ["two"]
    assert len(world.platform.requests) == 11
    assert world.loop.time() > 3600
    assert "post dead: connection refused (attempt 10, the last)" in await world.reasons()


async def test_a_lane_that_is_down_costs_no_delivery_its_attempts(world: World) -> None:
    ids = await world.publish(paper("one"))
    for number in range(6):
        await world.owe(await world.chat(f"c{number}"), ids)
    world.platform.trip("post", NotSent("connection refused"), times=10**6)
    async with world.pump(**PATIENT, patience=Patience(attempts=3)):
        await world.until(lambda: world.loop.time() > 1800, within=2000)
        assert len(world.platform.requests) < 1000
        world.platform.heal()
        await world.settled()
    assert all(world.platform.seen_in(f"c{number}") == ["one"] for number in range(6))


async def many_chats(world: World, *titles: str) -> list[str]:
    ids = await world.publish(*map(paper, titles))
    names = [f"c{number}" for number in range(5)]
    for name in names:
        await world.owe(await world.chat(name), ids)
    return names


async def test_a_paper_that_is_refused_everywhere_in_a_new_word_stops_no_other_paper(world: World) -> None:
    names = await many_chats(world, "odd", "next", "last")
    world.platform.refused["odd"] = NotSent("a_word_of_next_year", answered=True)
    async with world.pump(**PATIENT):
        await world.settled(within=3 * 3600)
    assert all(world.platform.seen_in(name) == ["next", "last"] for name in names)
    assert (await world.reasons())["post dead: a_word_of_next_year (attempt 10, the last)"] == len(names)


async def test_a_lane_on_which_every_paper_is_refused_in_a_new_word_keeps_all_but_the_first(world: World) -> None:
    titles = ["one", "two", "three"]
    names = await many_chats(world, *titles)
    world.platform.refused = {title: NotSent("a_word_of_next_year", answered=True) for title in titles}
    async with world.pump(**PATIENT, patience=Patience(attempts=3)):
        await world.until(lambda: world.loop.time() > 6 * 3600, within=7 * 3600)
        world.platform.refused.clear()
        await world.settled()
    assert all(world.platform.seen_in(name)[-2:] == titles[1:] for name in names)


@pytest.mark.parametrize("arrived", [True, False], ids=["it arrived", "it did not"])
async def test_a_time_out_is_looked_into_and_never_posted_twice(world: World, arrived: bool) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", chat="c1", hang=True, after=arrived)
    async with world.pump():
        await world.settled(within=120)
    assert world.platform.seen_in("c1") == world.platform.seen_in("c2") == titles
    assert world.platform.count("find") == 1
    assert world.loop.time() > 35  # half a minute for an answer, and some seconds for it to settle


@pytest.mark.parametrize(
    ("policy", "provable", "arrived", "seen", "state"),
    [
        ("probe", True, True, 1, DeliveryState.SENT),
        ("probe", True, False, 1, DeliveryState.SENT),
        ("probe", False, True, 1, DeliveryState.UNKNOWN),
        ("probe", False, False, 0, DeliveryState.UNKNOWN),
        ("ask", True, True, 1, DeliveryState.UNKNOWN),
        ("ask", True, False, 0, DeliveryState.UNKNOWN),
        ("resend", True, True, 2, DeliveryState.SENT),
        ("resend", True, False, 1, DeliveryState.SENT),
    ],
)
async def test_what_happens_to_an_unknown_fate_is_a_policy(
    world: World, policy: Policy, provable: bool, arrived: bool, seen: int, state: DeliveryState
) -> None:
    ids = await world.publish(paper("one"), paper("two"))
    await world.owe(await world.chat(kind=ChatKind.PRIVATE), ids)
    world.platform.provable = provable
    world.platform.trip("post", FateUnknown("502"), after=arrived)
    async with world.pump(policies={ChatKind.PRIVATE: policy}):
        await world.settled()
    assert world.platform.seen_in("c1") == ["one"] * seen + ["two"]
    assert [row.state for row in await world.ledger()] == [state, DeliveryState.SENT]


async def test_an_unknown_delivery_can_be_queued_again_by_the_operator(world: World) -> None:
    ids = await world.publish(paper("one"))
    await world.owe(await world.chat(), ids)
    world.platform.trip("post", FateUnknown("502"))
    async with world.pump(policies={ChatKind.CHANNEL: "ask"}):
        await world.settled()
        unknown = await world.ledger(DeliveryState.UNKNOWN)
        assert [row.reason for row in unknown] == ["502"]
        await world.store.deliveries.requeue([row.id for row in unknown], world.loop.now())
        await world.settled()
    assert world.platform.seen_in("c1") == ["one"]


async def test_a_look_up_that_is_told_to_wait_is_made_again(world: World) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", FateUnknown("502"), chat="c1", after=True)
    world.platform.trip("find", RateLimited(30), chat="c1", times=2)
    async with world.pump():
        await world.settled()
    assert world.platform.seen_in("c1") == titles
    assert world.platform.count("find") == 3


async def test_a_look_up_that_tells_nothing_ten_times_is_the_last(world: World) -> None:
    await world.owe(await world.chat(), await world.publish(paper("one"), paper("two")))
    world.platform.trip("post", FateUnknown("502"), after=True)
    world.platform.trip("find", RateLimited(30), times=100)
    async with world.pump(**PATIENT):
        await world.settled(within=1000)
    assert world.platform.count("find") == 11
    assert [row.state for row in await world.ledger()] == [DeliveryState.UNKNOWN, DeliveryState.SENT]


async def test_a_look_up_in_a_chat_that_is_gone_leaves_the_row_unknown(world: World) -> None:
    await two_chats(world)
    world.platform.trip("post", FateUnknown("502"), chat="c1")
    world.platform.trip("find", ChatGone("kicked"), chat="c1")
    async with world.pump():
        await world.settled()
    reasons = await world.reasons()
    assert reasons["post unknown: kicked"] == 1
    assert reasons["post dead: kicked"] == 2


async def test_a_bug_in_an_adapter_loses_nothing_silently_and_quotes_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    titles = await two_chats(world)
    world.platform.trip("post", ZeroDivisionError("secret words of a message"), chat="c1")
    with caplog.at_level(logging.DEBUG):
        async with world.pump():
            await world.settled()
    assert world.platform.seen_in("c1") == titles[1:]
    assert (await world.reasons())["post unknown: internal error: ZeroDivisionError"] == 1
    assert "recording.py" in caplog.text
    assert "secret" not in caplog.text
    assert "p1" not in caplog.text


async def test_a_paper_that_cannot_be_drawn_stops_nothing_else(world: World) -> None:
    ids = await world.publish(paper("one"), paper("two"))
    await world.owe(await world.chat(), ids)
    async with world.pump(patience=Patience(attempts=2)) as running:
        draw = running.adapter.render
        running.adapter.render = lambda message, chat: 1 // 0 if message.summary == "one" else draw(message, chat)  # type: ignore[method-assign]
        await world.settled()
    assert world.platform.seen_in("c1") == ["two"]
    assert (await world.reasons())["post dead: internal error: ZeroDivisionError"] == 1
