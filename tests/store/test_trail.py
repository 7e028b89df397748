"""What is on record of the messages in a chat, for whoever looks for one of unknown fate."""

from __future__ import annotations

import asyncio
from datetime import UTC

import sqlalchemy as sa

from bot.model import Address, Chat, ChatKind, Delivery, Sent, Unknown
from bot.store import ChatMoves, Lease
from bot.store.schema import delivery, meta
from bot.traces import Heard, Traces, joined
from tests.store.desk import LANE, NOW, Desk, a_paper, later

PLACE = "-1000000000007"


def said(*messages: int) -> Heard:
    return Heard(messages=joined((message, message) for message in messages))


async def owed(desk: Desk, *titles: str, day: int = 0) -> list[Delivery]:
    """A digest, and what our chat is owed of it."""
    await desk.put(*(a_paper(title) for title in titles), name=f"{titles[0]}.txt", now=later(day * 86_400))
    await desk.plan(now=later(day * 86_400 + 1))
    rows = await desk.store.deliveries.listing(limit=1000)
    return sorted(rows, key=lambda row: row.id)[-len(titles) :]


async def posted(desk: Desk, lease: Lease, its: Delivery, message: int, *, at: float = 2, place: str = PLACE) -> None:
    await desk.start(lease, its.id, now=later(at))
    await desk.end(lease, its, Sent(receipt=f"{place}/{message}"), now=later(at))


async def traces(desk: Desk, its: Delivery, place: str = PLACE) -> Traces:
    """What is known when it is looked for, long after everything else."""
    sending = sa.update(delivery).where(delivery.c.id == its.id).values(updated_at=later(10**7))
    await desk.store._database.write(lambda tx: tx.execute(sending))
    return await desk.store.trail.traces(LANE, place, its.key)


async def test_spans_are_joined_where_they_meet() -> None:
    assert joined([]) == ()
    assert joined([(5, 5), (1, 2), (3, 3)]) == ((1, 3), (5, 5))
    assert joined([(1, 9), (2, 3), (9, 12)]) == ((1, 12),)


async def test_our_newest_post_before_it_is_certainly_older(desk: Desk) -> None:
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    first, second, third = await owed(desk, "A", "B", "C")
    lease = await desk.lease()
    assert (await traces(desk, first)).bound == 0, "nothing is known of this chat"
    await posted(desk, lease, first, 10)
    await posted(desk, lease, second, 12, at=9)
    found = await traces(desk, third)
    assert (found.bound, found.bound_at) == (12, later(9))
    assert found.known == ((10, 10), (12, 12))
    assert not found.busy
    assert not found.doubts
    assert [found.after(message) for message in (9, 10, 11, 12, 13)] == [9, 11, 11, 13, 13]
    assert (await traces(desk, second)).bound == 10, "what was owed later may have been posted later"


async def test_a_post_that_is_on_record_only_since_it_was_tried_bounds_nothing(desk: Desk) -> None:
    """Where two chats became one, each was paid in an order of its own."""
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    first, second = await owed(desk, "A", "B")
    lease = await desk.lease()
    await desk.start(lease, second.id, now=later(5))
    await posted(desk, lease, first, 10, at=6)
    found = await desk.store.trail.traces(LANE, PLACE, second.key)
    assert (found.bound, found.known) == (0, ((10, 10),))


async def test_what_was_heard_is_on_record_for_all_and_grows_together(desk: Desk) -> None:
    trail = desk.store.trail
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    [its] = await owed(desk, "A")
    await trail.note(LANE, {PLACE: said(5, 6), "-1000000000008": said(1)}, NOW)
    await trail.note(LANE, {PLACE: said(9)}, NOW)
    await asyncio.gather(*(trail.note(LANE, {PLACE: said(number)}, NOW) for number in range(10, 20)))
    assert (await traces(desk, its)).known == ((5, 6), (9, 19))
    assert (await traces(desk, its)).newest == 19
    assert (await trail.traces("telegram:2", PLACE, its.key)).known == ()


async def test_a_message_bounds_what_was_owed_after_it_was_heard(desk: Desk) -> None:
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    [before] = await owed(desk, "A")
    await desk.store.trail.note(LANE, {PLACE: said(5)}, NOW)
    await desk.store.trail.note(LANE, {PLACE: said(7)}, NOW)
    [after] = await owed(desk, "B", day=1)
    assert (await traces(desk, before)).bound == 0
    assert (await traces(desk, after)).bound == 5
    assert (await traces(desk, after)).bound_at is None


async def test_what_came_before_we_heard_anything_bounds_nothing(desk: Desk) -> None:
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    [yesterday] = await owed(desk, "A")
    lease = await desk.lease(ttl=10**6)
    await posted(desk, lease, yesterday, 10)
    [today] = await owed(desk, "B", day=1)
    assert (await traces(desk, today)).bound == 10
    await desk.store.trail.note(LANE, {PLACE: Heard(joined=True)}, NOW)
    [tomorrow] = await owed(desk, "C", day=2)
    assert (await traces(desk, tomorrow)).bound == 0
    await posted(desk, lease, tomorrow, 20, at=200_000)
    [then] = await owed(desk, "D", day=3)
    assert (await traces(desk, then)).bound == 20


async def test_the_debts_of_others_that_are_on_their_way_or_in_doubt_are_told(desk: Desk) -> None:
    await desk.meet(PLACE, kind=ChatKind.GROUP)
    topic, _ = await desk.store.chats.meet(
        Address(lane=LANE, chat=PLACE, thread="7"), kind=ChatKind.GROUP, title="", language="ko", zone="UTC",
        now=NOW, subscribe=("*", "*"),
    )  # fmt: skip
    rows = await owed(desk, "A", "B", "C", "D", "E", "F")
    of_topic = await desk.store.deliveries.listing(chat_id=topic.id)
    ours = sorted((row for row in await desk.store.deliveries.listing(limit=99) if row.chat_id != topic.id), key=by_id)
    theirs = sorted(of_topic, key=by_id)
    assert len(ours) == len(theirs) == len(rows)
    lease = await desk.lease()
    await posted(desk, lease, ours[0], 10)
    assert not (await traces(desk, ours[1])).busy
    await desk.start(lease, theirs[0].id, now=later(3))
    assert (await traces(desk, ours[1])).busy
    await desk.end(lease, theirs[0], Unknown(reason="lost"), now=later(4))
    assert not (await traces(desk, ours[1])).busy
    assert (await traces(desk, ours[1])).doubts
    await posted(desk, lease, theirs[1], 12, at=5)
    assert (await traces(desk, ours[1])).doubts, "it is newer than our bound, as far as is known"
    assert (await traces(desk, ours[1])).known == ((10, 10), (12, 12)), "all topics count together"
    assert (await traces(desk, ours[1])).bound == 10, "but each is paid in an order of its own"
    await posted(desk, lease, ours[1], 13, at=6)
    assert not (await traces(desk, ours[2])).doubts, "it came before 12"


def by_id(row: Delivery) -> int:
    return row.id


async def test_what_was_posted_before_a_chat_moved_bounds_nothing_where_it_is_now(desk: Desk) -> None:
    chat: Chat = await desk.meet("-7", kind=ChatKind.GROUP)
    first, second, third = await owed(desk, "A", "B", "C")
    lease = await desk.lease()
    await posted(desk, lease, first, 10, place="-7")
    await desk.start(lease, second.id, now=later(3))
    moved = ChatMoves(address=Address(lane=LANE, chat=PLACE))
    await desk.end(lease, second, Sent(receipt="-7/11"), moved, now=later(3))
    assert await desk.store.chats.get(chat.id) is not None
    found = await traces(desk, third)
    assert (found.bound, found.known) == (0, ())


async def test_a_question_is_answered_once_all_is_on_record(desk: Desk) -> None:
    trail = desk.store.trail
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    [its] = await owed(desk, "A")
    assert await trail.questions(LANE) == {}
    one = await trail.ask(LANE, PLACE)
    asked = await trail.questions(LANE)
    two = await trail.ask(LANE, PLACE)
    assert asked == {PLACE: one}
    assert one < two
    await trail.answer(LANE, asked)
    assert one <= (await traces(desk, its)).answered < two, "what was asked later may be about more"
    assert await trail.questions(LANE) == {PLACE: two}
    await trail.answer(LANE, {PLACE: two})
    await trail.answer(LANE, {PLACE: one})
    assert (await traces(desk, its)).answered == two
    assert await trail.questions(LANE) == await trail.questions("telegram:2") == {}


async def test_of_many_who_ask_at_once_each_gets_a_question_of_its_own(desk: Desk) -> None:
    numbers = await asyncio.gather(*(desk.store.trail.ask(LANE, PLACE) for _ in range(10)))
    assert sorted(numbers) == list(range(1, 11))


async def test_answers_that_may_be_there_are_known_until_their_end_is_or_nobody_cares(desk: Desk) -> None:
    trail = desk.store.trail
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    [its] = await owed(desk, "A")
    await trail.note(LANE, {PLACE: Heard(begun=frozenset({"one", "two"}))}, NOW)
    await trail.note(LANE, {PLACE: Heard(begun=frozenset({"three"}))}, later(5))
    assert (await traces(desk, its)).answers == (NOW, NOW, later(5))
    await trail.note(LANE, {PLACE: Heard(messages=((4, 4),), ended=frozenset({"one"}))}, later(6))
    assert (await traces(desk, its)).answers == (NOW, later(5))
    assert (await traces(desk, its)).answers[0].tzinfo is UTC
    await trail.note(LANE, {PLACE: said(9)}, later(3 * 86_400))
    assert (await traces(desk, its)).answers == ()


async def test_a_hundred_spans_are_remembered_and_nothing_is_concluded_from_what_is_forgotten(desk: Desk) -> None:
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    first, second = await owed(desk, "A", "B")
    lease = await desk.lease()
    await posted(desk, lease, first, 10)
    await desk.store.trail.note(LANE, {PLACE: said(*range(20, 220, 2))}, NOW)
    assert len((await traces(desk, second)).known) == 101
    assert (await traces(desk, second)).bound == 0
    await desk.store.trail.note(LANE, {PLACE: said(*range(221, 321, 2))}, NOW)
    assert (await traces(desk, second)).known[-1] == (319, 319)


async def test_what_was_said_before_the_record_began_bounds_nothing(desk: Desk) -> None:
    """The database was there before this table: what others said between our posts of then is not known."""
    await desk.meet(PLACE, kind=ChatKind.CHANNEL)
    first, second = await owed(desk, "A", "B")
    lease = await desk.lease()
    await posted(desk, lease, first, 10)
    began = sa.update(meta).where(meta.c.key == "heard_since").values(value=str(first.id))
    await desk.store._database.write(lambda tx: tx.execute(began))
    assert (await traces(desk, second)).bound == 0
