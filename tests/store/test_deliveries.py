"""The ledger: everything owed is written down once, taken in order, and remembered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from functools import partial

import pytest

from bot.model import ChatKind, DeliveryState, GiveUp, Outcome, Retry, Sent, Unknown
from bot.store import LaneCounts, Lease, LeaseLost, Result, Step, Store
from tests.store.desk import ATTENTION, FIXED, LANE, LORA, NOW, SCALING, Desk, at, later

# --- planning -----------------------------------------------------------------------------------------------


async def test_a_chat_that_posts_at_once_is_owed_a_digest_as_soon_as_it_is_there(desk: Desk) -> None:
    chat = await desk.meet()
    assert (await desk.plan()).chats == 0
    put = await desk.put(ATTENTION, SCALING)
    planned = await desk.plan()
    assert (planned.chats, planned.deliveries) == (1, 2)
    assert await desk.ledger(chat) == [(key, "post", "ready") for key in put.new]
    assert (await desk.plan()).chats == 0


async def test_a_chat_with_a_posting_time_is_owed_nothing_before_it(desk: Desk) -> None:
    chat = await desk.meet()
    tomorrow = NOW + timedelta(days=1)
    await desk.store.chats.replan(chat.id, partial(replace, posting_time=time(8), next_post_at=tomorrow), now=NOW)
    await desk.put(ATTENTION)
    assert (await desk.plan(now=later(60))).chats == 0
    assert (await desk.plan(now=tomorrow)).deliveries == 1
    after = await desk.store.chats.get(chat.id)
    assert after is not None
    assert after.next_post_at == tomorrow + timedelta(days=1)


async def test_a_look_tells_whether_there_is_anything_to_plan(desk: Desk) -> None:
    chat = await desk.meet()
    to_plan = desk.store.deliveries.to_plan
    assert not await to_plan(later(1))
    await desk.put(ATTENTION)
    assert await to_plan(later(1))
    await desk.store.chats.pause(chat.address, later(60), later(1))
    assert not await to_plan(later(59))
    assert await to_plan(later(60))
    assert (await desk.plan(now=later(60))).deliveries == 1
    assert not await to_plan(later(61))


async def test_planning_again_after_a_lost_answer_adds_nothing(desk: Desk) -> None:
    chat = await desk.meet()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    await desk.store.chats.replan(chat.id, partial(replace, next_post_at=NOW), now=NOW)
    assert await desk.store.deliveries.owe(chat.id, put.new, later(1)) == 0
    planned = await desk.plan(now=later(1))
    assert (planned.chats, planned.deliveries) == (1, 0)


async def test_ticks_at_the_same_time_write_everything_once(desk: Desk, database_url: str) -> None:
    chats = [await desk.meet(str(number)) for number in range(60)]
    put = await desk.put(ATTENTION, SCALING, LORA)
    others = [Desk(await Store.open(database_url)) for _ in range(3)]

    async def tick(mine: Desk) -> int:
        added = 0
        while (planned := await mine.plan(now=later(1), limit=7)).chats:
            added += planned.deliveries
        return added

    try:
        added = await asyncio.gather(*(tick(mine) for mine in (desk, *others)))
    finally:
        for other in others:
            await other.store.close()
    assert sum(added) == 180
    for chat in chats:
        assert await desk.ledger(chat) == [(key, "post", "ready") for key in put.new]


async def test_a_digest_put_while_chats_are_planned_reaches_every_chat_once(desk: Desk, database_url: str) -> None:
    chats = [await desk.meet(str(number)) for number in range(30)]
    other = Desk(await Store.open(database_url))
    try:
        for round_ in range(5):
            now = later(round_ * 10)

            async def tick(mine: Desk, now: object = now) -> None:
                while (await mine.plan(now=now, limit=4)).chats:  # type: ignore[arg-type]
                    pass

            papers = [SCALING, ATTENTION, LORA]
            fresh = [replace(paper, title=f"{paper.title} {round_}") for paper in papers]
            await asyncio.gather(
                *(other.put(paper, name=f"{round_}-{n}.txt", now=now) for n, paper in enumerate(fresh)),
                tick(desk),
                tick(other),
            )
            await tick(desk)
    finally:
        await other.store.close()
    for chat in chats:
        rows = await desk.ledger(chat)
        assert len(rows) == 15
        assert len(set(rows)) == 15


async def test_a_tick_takes_no_more_chats_than_it_is_told_the_longest_due_first(desk: Desk) -> None:
    chats = [await desk.meet(str(number)) for number in range(3)]
    for number, chat in enumerate(chats):
        await desk.store.chats.replan(
            chat.id, partial(replace, posting_time=time(8), next_post_at=later(-number)), now=NOW
        )
    await desk.put(ATTENTION, now=later(-10))
    assert (await desk.plan(limit=2)).chats == 2
    assert [len(await desk.ledger(chat)) for chat in chats] == [0, 1, 1]


async def test_a_withdrawn_or_unpublished_paper_is_planned_for_nobody(desk: Desk) -> None:
    chat = await desk.meet()
    await desk.put(ATTENTION, SCALING)
    await desk.put(ATTENTION, now=later(1))
    old = await desk.put(LORA, name="old.txt", publish=False, now=later(2))
    await desk.plan(now=later(3))
    assert len(await desk.ledger(chat)) == 1
    await desk.store.digests.publish("old.txt", later(4))
    await desk.plan(now=later(4))
    assert [key for key, _, _ in await desk.ledger(chat)][1:] == list(old.new)


async def test_a_sample_for_a_new_chat_is_owed_in_order_and_only_what_is_live(desk: Desk) -> None:
    put = await desk.put(ATTENTION, SCALING, LORA)
    await desk.put(ATTENTION, LORA, now=later(1))
    chat = await desk.meet(now=later(2))
    sample = [put.new[2], put.new[1], put.new[0], 404]
    assert await desk.store.deliveries.owe(chat.id, sample, later(3)) == 2
    assert await desk.store.deliveries.owe(404, sample, later(3)) == 0
    assert [due.delivery.paper_id for due in await desk.load(now=later(4))] == [put.new[2], put.new[0]]


# --- loading ------------------------------------------------------------------------------------------------


async def test_chats_take_turns_and_each_gets_its_papers_in_order(desk: Desk) -> None:
    chats = [await desk.meet(str(number)) for number in range(3)]
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    dues = await desk.load(now=later(1))
    assert [due.delivery.paper_id for due in dues] == [put.new[0]] * 3 + [put.new[1]] * 3
    assert {due.chat.id for due in dues[:3]} == {chat.id for chat in chats}
    assert len(await desk.load(now=later(1), limit=4)) == 4
    rest = await desk.load(now=later(1), skip=[chats[0].id, chats[1].id])
    assert [due.chat.id for due in rest] == [chats[2].id] * 2
    assert rest[0].chat == await desk.store.chats.get(chats[2].id)
    assert (await desk.store.deliveries.agenda("telegram:2", now=later(1), limit=9, skip_chats=())).dues == []
    assert await desk.load(now=later(-1)) == []


async def test_a_private_chat_comes_with_the_tags_that_it_follows(desk: Desk) -> None:
    private = await desk.meet("1")
    group = await desk.meet("2", kind=ChatKind.GROUP)
    for chat in (private, group):
        await desk.store.chats.subscribe(chat.id, "#LLM", "#llm", now=NOW)
        await desk.store.chats.subscribe(chat.id, "words", "words", now=NOW)
    await desk.put(ATTENTION)
    await desk.plan()
    tag = await desk.store.papers.tag("llm")
    assert tag is not None
    following = {due.chat.id: due.following for due in await desk.load(now=later(1))}
    assert following == {private.id: frozenset({tag.id}), group.id: frozenset()}


async def test_the_next_moment_worth_waking_for(desk: Desk) -> None:
    lease = await desk.lease()
    next_due = desk.store.deliveries.next_due
    assert await next_due(LANE, NOW) is None
    chat = await desk.meet()
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    assert await next_due(LANE, NOW) == NOW + timedelta(milliseconds=1)
    assert await next_due(LANE, later(1)) is None
    [first, _] = await desk.load(now=later(1))
    await desk.start(lease, first.delivery.id, now=later(1))
    await desk.end(lease, first.delivery, Retry(at=later(30), reason="slow"), now=later(1))
    assert await next_due(LANE, later(1)) == later(30)
    assert await desk.load(now=later(29)) == []
    assert len(await desk.load(now=later(30))) == 2
    await desk.store.chats.sleep(chat.id, "gone", later(2))
    assert await next_due(LANE, later(1)) is None


# --- stepping -----------------------------------------------------------------------------------------------


OUTCOMES: list[tuple[Outcome, DeliveryState, str | None, int]] = [
    (Sent(receipt="m1", content_hash=ATTENTION.content_hash), DeliveryState.SENT, None, 1),
    (Sent(receipt="m1", reason="found"), DeliveryState.SENT, "found", 1),
    (Retry(at=later(60), reason="slow down", counts=False), DeliveryState.READY, "slow down", 0),
    (Retry(at=later(60), reason="server error"), DeliveryState.READY, "server error", 1),
    (GiveUp(reason="too long"), DeliveryState.DEAD, "too long", 1),
    (Unknown(reason="timeout"), DeliveryState.UNKNOWN, "timeout", 1),
]


@pytest.mark.parametrize(("outcome", "state", "reason", "attempts"), OUTCOMES)
async def test_every_outcome_is_remembered(
    desk: Desk, outcome: Outcome, state: DeliveryState, reason: str | None, attempts: int
) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    await desk.put(ATTENTION)
    await desk.plan()
    [due] = await desk.load(now=later(1))
    assert await desk.start(lease, due.delivery.id, now=later(1)) == {due.delivery.id}
    [sending] = await desk.store.deliveries.interrupted(LANE)
    assert (sending.delivery.state, sending.delivery.attempts) == (DeliveryState.SENDING, 1)
    assert await desk.load(now=later(1)) == []
    await desk.end(lease, due.delivery, outcome, now=later(2))
    [row] = await desk.store.deliveries.listing(chat_id=chat.id)
    assert (row.state, row.reason, row.attempts) == (state, reason, attempts)
    assert row.updated_at == later(2)
    if isinstance(outcome, Sent):
        assert (row.receipt, row.content_hash) == (outcome.receipt, outcome.content_hash)
    assert await desk.store.deliveries.interrupted(LANE) == []
    assert len(await desk.load(now=later(60))) == (1 if state is DeliveryState.READY else 0)


async def test_a_paper_that_must_wait_is_not_overtaken_by_the_next_one(desk: Desk) -> None:
    await desk.meet()
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    [first, _] = await desk.load(now=later(1))
    await desk.start(lease, first.delivery.id, now=later(1))
    await desk.end(lease, first.delivery, Retry(at=later(30), reason="slow"), now=later(2))
    assert await desk.load(now=later(29)) == []
    assert [due.delivery.paper_id for due in await desk.load(now=later(30))] == list(put.new)


async def test_only_what_is_still_owed_can_be_started(desk: Desk) -> None:
    await desk.meet()
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    ids = {due.delivery.paper_id: due.delivery.id for due in await desk.load(now=later(1))}
    await desk.put(ATTENTION, now=later(2))
    assert await desk.start(lease, *ids.values(), 404, now=later(3)) == {ids[put.new[0]]}
    assert await desk.start(lease, *ids.values(), now=later(4)) == frozenset()


async def test_one_step_records_results_and_starts_the_next(desk: Desk) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    first, second = [due.delivery for due in await desk.load(now=later(1))]
    await desk.start(lease, first.id, now=later(1))
    result = Result(delivery_id=first.id, chat_id=chat.id, outcome=Sent(receipt="m1"))
    started = await desk.store.deliveries.step(
        Step(lane=LANE, lease=lease, results=[result], intents=[second.id], now=later(2))
    )
    assert started == {second.id}
    assert [state for _, _, state in await desk.ledger(chat)] == ["sent", "sending"]


async def test_a_worker_that_lost_its_lease_writes_nothing(desk: Desk) -> None:
    chat = await desk.meet()
    ours = await desk.lease(owner="frozen", ttl=10)
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    first, second = [due.delivery for due in await desk.load(now=later(1))]
    await desk.start(ours, first.id, now=later(1))
    [theirs] = await desk.store.leases.acquire("next", now=later(11), ttl=timedelta(seconds=10))
    assert theirs.epoch == ours.epoch + 1
    result = Result(delivery_id=first.id, chat_id=chat.id, outcome=Sent(receipt="m1"))
    before = await desk.store.deliveries.listing()
    with pytest.raises(LeaseLost):
        await desk.store.deliveries.step(
            Step(lane=LANE, lease=ours, results=[result], intents=[second.id], now=later(12))
        )
    assert await desk.store.deliveries.listing() == before
    assert await desk.start(theirs, second.id, now=later(12)) == {second.id}


async def test_a_forged_lease_is_no_lease(desk: Desk) -> None:
    lease = await desk.lease()
    forged = Lease(shard=lease.shard, owner="them", epoch=lease.epoch, until=lease.until)
    with pytest.raises(LeaseLost):
        await desk.store.deliveries.step(Step(lane=LANE, lease=forged, results=(), intents=(), now=later(1)))


async def test_a_worker_that_got_its_lane_back_writes_nothing_by_its_old_lease(desk: Desk) -> None:
    lease = await desk.lease(owner="worker:1")
    await desk.store.leases.release([lease])
    again = await desk.lease(owner="worker:1")  # containers that follow each other have the same name and process id
    assert again.epoch > lease.epoch
    with pytest.raises(LeaseLost):
        await desk.store.deliveries.step(Step(lane=LANE, lease=lease, results=(), intents=(), now=later(1)))


async def test_a_result_that_comes_twice_or_for_nothing_changes_nothing(desk: Desk) -> None:
    await desk.meet()
    lease = await desk.lease()
    await desk.put(ATTENTION)
    await desk.plan()
    [due] = await desk.load(now=later(1))
    await desk.end(lease, due.delivery, Sent(receipt="m0"), now=later(1))
    await desk.start(lease, due.delivery.id, now=later(1))
    await desk.end(lease, due.delivery, Sent(receipt="m1"), now=later(2))
    await desk.end(lease, due.delivery, GiveUp(reason="late"), now=later(3))
    [row] = await desk.store.deliveries.listing()
    assert (row.state, row.receipt) == (DeliveryState.SENT, "m1")


async def test_the_operator_sees_the_ledger_and_can_queue_again(desk: Desk) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING, LORA)
    await desk.plan()
    first, second, _ = [due.delivery for due in await desk.load(now=later(1))]
    await desk.start(lease, first.id, second.id, now=later(1))
    await desk.end(lease, first, Unknown(reason="timeout"), now=later(2))
    await desk.end(lease, second, GiveUp(reason="too long"), now=later(2))
    assert await desk.store.deliveries.counts() == [LaneCounts(lane=LANE, ready=1, unknown=1, dead=1)]
    [unknown] = await desk.store.deliveries.listing(state=DeliveryState.UNKNOWN, lane=LANE)
    assert unknown.id == first.id
    assert len(await desk.store.deliveries.listing(limit=2)) == 2
    assert await desk.store.deliveries.listing(chat_id=404) == []
    assert await desk.store.deliveries.requeue([first.id, second.id, 404], later(3)) == 2
    [again] = await desk.store.deliveries.of_paper(chat.id, put.new[0])
    assert (again.state, again.attempts, again.reason) == (DeliveryState.READY, 0, None)
    assert len(await desk.load(now=later(3))) == 3


async def test_what_is_under_way_cannot_be_queued_again(desk: Desk) -> None:
    _, lease, its = await desk.on_its_way()
    assert await desk.store.deliveries.requeue([its.id], later(2)) == 0
    assert await desk.load(now=later(3)) == []
    await desk.end(lease, its, Sent(receipt="m1", content_hash="x"), now=later(3))
    assert await desk.store.deliveries.requeue([its.id], later(4)) == 0


async def test_what_is_queued_again_for_a_sleeping_chat_waits_until_it_wakes(desk: Desk) -> None:
    chat = await desk.meet()
    await desk.put(ATTENTION)
    await desk.plan()
    await desk.store.chats.sleep(chat.id, "kicked", later(1))
    [row] = await desk.store.deliveries.listing()
    assert await desk.store.deliveries.requeue([row.id], later(2)) == 1
    assert await desk.load(now=later(3)) == []
    await desk.meet(now=later(4))
    assert [due.delivery.id for due in await desk.load(now=later(5))] == [row.id]


async def test_a_lane_starts_nothing_that_belongs_to_another_lane_by_now(desk: Desk) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    await desk.put(ATTENTION)
    await desk.plan()
    [due] = await desk.load(now=later(1))
    await desk.store.chats.move(chat.address, at("100", "telegram:2"), later(2))
    assert await desk.start(lease, due.delivery.id, now=later(3)) == frozenset()


# --- what changes after it was posted -----------------------------------------------------------------------


async def test_a_changed_paper_is_edited_once_wherever_it_was_posted(desk: Desk) -> None:
    sent_to = await desk.meet("1")
    lease = await desk.lease()
    put = await desk.put(ATTENTION)
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    waiting = await desk.meet("2", now=later(1))
    await desk.store.deliveries.owe(waiting.id, put.new, later(1))

    await desk.put(FIXED, now=later(2))
    assert await desk.ledger(sent_to) == [(put.new[0], "post", "sent"), (put.new[0], "edit", "ready")]
    assert await desk.ledger(waiting) == [(put.new[0], "post", "ready")]
    [edit] = await desk.store.deliveries.listing(state=DeliveryState.READY, chat_id=sent_to.id)
    assert (edit.receipt, edit.version, edit.due) == ("m1", 2, later(2))

    await desk.send_all(lease, now=later(3))
    [post, edit] = await desk.store.deliveries.of_paper(sent_to.id, put.new[0])
    assert (post.content_hash, post.receipt, edit.state) == (FIXED.content_hash, "m1", DeliveryState.SENT)
    await desk.put(FIXED, now=later(4))
    assert await desk.load(now=later(5)) == []


async def test_two_changes_before_the_edit_is_sent_need_one_edit(desk: Desk) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    put = await desk.put(ATTENTION)
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    await desk.put(FIXED, now=later(2))
    await desk.put(replace(FIXED, commentary=("셋째 판.",)), now=later(3))
    assert [kind for _, kind, state in await desk.ledger(chat) if state == "ready"] == ["edit"]
    await desk.send_all(lease, now=later(4))
    stored = (await desk.store.papers.get(put.new))[put.new[0]]
    [post, _] = await desk.store.deliveries.of_paper(chat.id, put.new[0])
    assert post.content_hash == stored.paper.content_hash


@pytest.mark.parametrize("kind", ["post", "edit"])
async def test_a_paper_that_changes_while_it_is_sent_is_edited_afterwards(desk: Desk, kind: str) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    put = await desk.put(ATTENTION)
    await desk.plan()
    if kind == "edit":
        await desk.send_all(lease, now=later(1))
        await desk.put(replace(FIXED, links=("https://e.org",)))
    [due] = await desk.load(now=later(1))
    assert due.delivery.kind == kind
    shown = (await desk.store.papers.get(put.new))[put.new[0]].paper.content_hash
    await desk.start(lease, due.delivery.id, now=later(1))
    await desk.put(FIXED, now=later(2))
    await desk.end(lease, due.delivery, Sent(receipt="m1", content_hash=shown), now=later(3))
    [edit] = await desk.load(now=later(4))
    assert (edit.delivery.kind, edit.delivery.receipt) == ("edit", "m1")
    await desk.send_all(lease, now=later(4))
    post = (await desk.store.deliveries.of_paper(chat.id, put.new[0]))[0]
    assert post.content_hash == FIXED.content_hash
    assert await desk.load(now=later(9)) == []


async def test_a_paper_that_changes_while_its_edit_is_loaded_but_not_started_is_edited_again(desk: Desk) -> None:
    await desk.meet()
    lease = await desk.lease()
    await desk.put(ATTENTION)
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    await desk.put(FIXED, now=later(2))
    [loaded] = await desk.load(now=later(2))
    await desk.put(replace(FIXED, abstract="셋째 판."), now=later(3))
    await desk.start(lease, loaded.delivery.id, now=later(4))
    await desk.end(lease, loaded.delivery, Sent(receipt="m1", content_hash=FIXED.content_hash), now=later(4))
    assert [due.delivery.version for due in await desk.load(now=later(5))] == [3]


async def test_a_paper_posted_as_it_is_now_needs_no_edit(desk: Desk) -> None:
    _, lease, its = await desk.on_its_way()
    await desk.put(FIXED, now=later(2))
    await desk.end(lease, its, Sent(receipt="m1", content_hash=FIXED.content_hash), now=later(3))
    assert await desk.load(now=later(4)) == []


async def test_a_withdrawn_paper_is_withdrawn_where_it_was_posted_and_posted_nowhere_else(desk: Desk) -> None:
    sent_to = await desk.meet("1")
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    waiting = await desk.meet("2", now=later(1))
    await desk.store.deliveries.owe(waiting.id, put.new, later(1))
    await desk.put(ATTENTION, now=later(2))
    [dead] = await desk.store.deliveries.listing(state=DeliveryState.DEAD)
    assert (dead.chat_id, dead.paper_id, dead.reason) == (waiting.id, put.new[1], "withdrawn")
    await desk.send_all(lease, now=later(3))
    [post, withdrawal] = await desk.store.deliveries.of_paper(sent_to.id, put.new[1])
    assert (withdrawal.kind, withdrawal.state, withdrawal.receipt) == ("withdraw", "sent", "m2")
    assert (post.state, post.receipt, post.content_hash) == ("sent", "m2", None)


async def test_a_paper_withdrawn_while_it_is_sent_is_withdrawn_afterwards(desk: Desk) -> None:
    await desk.meet()
    lease = await desk.lease()
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    dues = await desk.load(now=later(1))
    await desk.start(lease, *(due.delivery.id for due in dues), now=later(1))
    await desk.put(ATTENTION, now=later(2))
    hashes = (ATTENTION.content_hash, SCALING.content_hash)
    for n, (due, shown) in enumerate(zip(dues, hashes, strict=True)):
        await desk.end(lease, due.delivery, Sent(receipt=f"m{n}", content_hash=shown), now=later(3))
    [owed] = await desk.load(now=later(4))
    assert (owed.delivery.kind, owed.delivery.receipt) == ("withdraw", "m1")


async def test_a_withdrawn_paper_is_not_tried_again(desk: Desk) -> None:
    await desk.meet()
    lease = await desk.lease()
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    due = (await desk.load(now=later(1)))[1].delivery
    await desk.start(lease, due.id, now=later(1))
    await desk.put(ATTENTION, now=later(2))
    await desk.end(lease, due, Retry(at=later(4), reason="slow"), now=later(3))
    [dead] = await desk.store.deliveries.listing(state=DeliveryState.DEAD)
    assert (dead.id, dead.reason) == (due.id, "withdrawn")


async def test_a_restored_paper_is_shown_again_and_posted_to_those_who_missed_it(desk: Desk) -> None:
    saw = await desk.meet("1")
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    waited = await desk.meet("2", now=later(1))
    await desk.store.deliveries.owe(waited.id, put.new, later(1))
    await desk.put(ATTENTION, now=later(2))
    await desk.send_all(lease, now=later(3))
    await desk.put(ATTENTION, SCALING, now=later(4))
    await desk.plan(now=later(4))
    await desk.send_all(lease, now=later(5))
    assert [row for row in await desk.ledger(saw) if row[0] == put.new[1]] == [
        (put.new[1], "post", "sent"),
        (put.new[1], "withdraw", "sent"),
        (put.new[1], "edit", "sent"),
    ]
    assert (put.new[1], "post", "sent") in await desk.ledger(waited)


async def test_a_restored_paper_is_not_owed_to_a_chat_that_was_left_meanwhile(desk: Desk) -> None:
    chat = await desk.meet()
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    await desk.put(ATTENTION, now=later(1))
    await desk.store.chats.sleep(chat.id, "kicked", later(2))
    await desk.put(ATTENTION, SCALING, now=later(3))
    await desk.meet(now=later(4))
    assert await desk.load(now=later(5)) == []


async def test_a_restored_paper_is_not_owed_to_a_chat_that_was_left_before_and_is_back(desk: Desk) -> None:
    chat = await desk.meet()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    await desk.store.chats.sleep(chat.id, "kicked", later(1))
    await desk.meet(now=later(2))
    await desk.put(ATTENTION, now=later(3))
    await desk.put(ATTENTION, SCALING, now=later(4))
    await desk.plan(now=later(4))
    assert await desk.load(now=later(5)) == []
    assert await desk.ledger(chat) == [(key, "post", "dead") for key in put.new]


async def test_a_paper_that_is_missing_for_a_moment_is_withdrawn_from_nobody(desk: Desk) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    await desk.put(ATTENTION, now=later(2))
    await desk.put(ATTENTION, SCALING, now=later(3))
    its = [row for row in await desk.ledger(chat) if row[0] == put.new[1]]
    assert its == [(put.new[1], "post", "sent"), (put.new[1], "withdraw", "dead")]


async def test_a_chat_planned_while_a_paper_was_withdrawn_gets_it_when_it_returns(desk: Desk) -> None:
    chat = await desk.meet()
    put = await desk.put(ATTENTION, SCALING)
    await desk.put(ATTENTION, now=later(1))
    await desk.put(LORA, name="later.txt", now=later(2))
    await desk.plan(now=later(2))
    await desk.put(ATTENTION, SCALING, now=later(3))
    await desk.plan(now=later(3))
    assert put.new[1] in [key for key, _, _ in await desk.ledger(chat)]


async def test_a_withdrawal_that_was_tried_is_taken_for_done_when_its_paper_comes_back(desk: Desk) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING)
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    await desk.put(ATTENTION, now=later(2))
    [due] = await desk.load(now=later(3))
    await desk.start(lease, due.delivery.id, now=later(3))
    await desk.end(lease, due.delivery, Retry(at=later(9), reason="no answer", counts=False), now=later(4))
    await desk.put(ATTENTION, SCALING, now=later(5))
    its = [row for row in await desk.ledger(chat) if row[0] == put.new[1]]
    assert its[1:] == [(put.new[1], "withdraw", "dead"), (put.new[1], "edit", "ready")]
    # It may stand there all the same, and is taken down where it is withdrawn again.
    await desk.put(ATTENTION, now=later(6))
    assert (await desk.ledger(chat))[-1] == (put.new[1], "withdraw", "ready")


@pytest.mark.parametrize("when", ["it died on the way", "it waited to be tried again"])
async def test_a_correction_that_may_have_arrived_is_taken_back_when_the_paper_returns_as_it_was(
    desk: Desk, when: str
) -> None:
    chat, lease = await desk.meet(), await desk.lease()
    await desk.put(ATTENTION)
    await desk.plan(now=later(1))
    await desk.send_all(lease, now=later(1))
    await desk.put(FIXED, now=later(2))
    [due] = await desk.load(now=later(2))
    await desk.start(lease, due.delivery.id, now=later(2))
    lost = Retry(at=later(4), reason="its owner died")
    if when == "it died on the way":
        await desk.put(SCALING, now=later(3))
        await desk.end(lease, due.delivery, lost, now=later(4))
    else:
        await desk.end(lease, due.delivery, lost, now=later(4))
        await desk.put(SCALING, now=later(4))
    await desk.put(ATTENTION, SCALING, now=later(5))
    dues = await desk.load(now=later(6))
    assert "edit" in {due.delivery.kind.value for due in dues if due.chat.id == chat.id}, (
        "the correction may stand there"
    )
