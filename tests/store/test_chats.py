"""Chats are met, change their minds, fall asleep, wake and move house."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest

from bot import identity
from bot.model import Address, Chat, ChatKind, Digest, GiveUp, Retry, Sent, StoredPaper, Subscription, Unknown
from bot.store import ChatMoves, ChatSleeps, ChatWaits, Store, StoreError
from tests.store.desk import ATTENTION, DAY, LANE, LORA, NOW, SCALING, Desk, Wanted, at, everything, later, slug


async def queries(desk: Desk, chat: Chat) -> list[str]:
    return [each.canonical for each in await desk.store.chats.subscriptions(chat.id)]


async def test_a_chat_is_met_once_and_then_known(desk: Desk) -> None:
    first = await desk.meet("100", kind=ChatKind.GROUP)
    assert (first.kind, first.title, first.zone, first.language) == (ChatKind.GROUP, "100", "Asia/Seoul", "ko")
    assert (first.posting_time, first.weekdays) == (None, frozenset(range(7)))
    assert first.active
    assert first.created_at == NOW
    again, created = await desk.store.chats.meet(
        at("100"), kind=ChatKind.GROUP, title="100", language="en", zone="UTC", now=later(60)
    )
    assert not created
    assert again == first
    assert await desk.store.chats.get(first.id) == first
    assert await desk.store.chats.find(at("100")) == first
    assert await desk.store.chats.find(at("404")) is None
    assert await desk.store.chats.get(404) is None
    assert await queries(desk, first) == ["*"]


async def test_a_topic_of_a_forum_is_a_chat_of_its_own(desk: Desk) -> None:
    whole = await desk.meet("100")
    topic, created = await desk.store.chats.meet(
        Address(lane=LANE, chat="100", thread="7"), kind=ChatKind.GROUP, title="t", language="ko", zone="UTC", now=NOW
    )
    assert created
    assert topic.id != whole.id


async def test_a_chat_met_twice_at_once_is_one_chat(desk: Desk) -> None:
    chats = await asyncio.gather(*(desk.meet("100") for _ in range(8)))
    assert len({chat.id for chat in chats}) == 1
    assert await queries(desk, chats[0]) == ["*"]


async def test_a_renamed_chat_is_known_under_its_new_title(desk: Desk) -> None:
    chat = await desk.meet("100")
    renamed, created = await desk.store.chats.meet(
        at("100"), kind=ChatKind.GROUP, title="논문 읽기", language="ko", zone="UTC", now=later(1)
    )
    assert not created
    assert (renamed.id, renamed.title, renamed.kind, renamed.zone) == (
        chat.id,
        "논문 읽기",
        ChatKind.GROUP,
        "Asia/Seoul",
    )


async def test_a_new_chat_starts_with_the_papers_to_come(desk: Desk) -> None:
    await desk.put(ATTENTION)
    chat = await desk.meet(now=later(60))
    assert chat.planned_until == NOW
    await desk.put(SCALING, name="next.txt", now=later(120))
    await desk.plan(now=later(120))
    assert len(await desk.ledger(chat)) == 1


async def test_chats_that_come_while_a_digest_is_put_are_owed_it_now_or_never(desk: Desk, database_url: str) -> None:
    loop = asyncio.get_running_loop()
    other = Desk(await Store.open(database_url))
    names = [str(number) for number in range(24)]
    coming: list[Future[list[Chat]]] = []

    async def come(name: str) -> Chat:
        await asyncio.sleep(int(name) / 2000)
        return await other.meet(name)

    async def all_come() -> list[Chat]:
        return await asyncio.gather(*map(come, names))

    def somebody_comes(written: str) -> str:
        if not coming:
            coming.append(asyncio.run_coroutine_threadsafe(all_come(), loop))
        return slug(written)

    for name in names[::2]:  # the others are new
        await other.store.chats.sleep((await other.meet(name)).id, "kicked", NOW)
    try:
        await desk.store.digests.put(
            "a.txt", "a", Digest(date=DAY, papers=(ATTENTION,)), problems=(), slug=somebody_comes, match=identity.match,
            publish=True, now=later(1),
        )  # fmt: skip
        chats = await asyncio.wrap_future(coming[0])
    finally:
        await other.store.close()
    await desk.plan(now=later(2))
    [paper] = await desk.store.papers.latest()
    assert paper.published_at is not None
    for chat in chats:
        assert (await desk.ledger(chat) != []) == (chat.planned_until < paper.published_at)


async def test_settings_change_one_by_one(desk: Desk) -> None:
    chat = await desk.meet()
    change, replan = desk.store.chats.change, desk.store.chats.replan
    next_post_at = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    friday = partial(replace, posting_time=time(7, 30), weekdays=frozenset({0, 4}), next_post_at=next_post_at)
    await replan(chat.id, friday, now=NOW)
    await replan(chat.id, partial(replace, zone="Europe/Berlin"), now=NOW)
    await change(chat.id, language="en", title="t", actor="telegram:5", now=NOW)
    await change(chat.id, settings={"a": "1"}, now=NOW)
    changed = await change(chat.id, settings={"b": "2"}, now=NOW)
    assert changed == await desk.store.chats.get(chat.id)
    assert (changed.posting_time, changed.weekdays, changed.next_post_at) == (
        time(7, 30),
        frozenset({0, 4}),
        next_post_at,
    )
    assert (changed.language, changed.zone, changed.title) == ("en", "Europe/Berlin", "t")
    assert changed.settings == {"a": "1", "b": "2"}
    at_once = await replan(chat.id, partial(replace, posting_time=None, next_post_at=None), now=NOW)
    assert at_once.posting_time is None
    assert await change(chat.id, now=NOW) == await desk.store.chats.get(chat.id)
    with pytest.raises(StoreError, match="404"):
        await change(404, language="en", now=NOW)
    with pytest.raises(StoreError, match="404"):
        await replan(404, partial(replace, zone="UTC"), now=NOW)


async def test_what_two_people_change_of_the_posting_time_at_once_is_both_changed(desk: Desk) -> None:
    chat = await desk.meet()

    def eight(there: Chat) -> Chat:
        return replace(there, posting_time=time(8), next_post_at=later(8))

    def mondays(there: Chat) -> Chat:
        return replace(there, weekdays=frozenset({0}), next_post_at=there.next_post_at or later(1))

    await asyncio.gather(
        desk.store.chats.replan(chat.id, eight, actor="minji", now=NOW),
        desk.store.chats.replan(chat.id, mondays, actor="jun", now=NOW),
    )
    found = await desk.store.chats.get(chat.id)
    assert found is not None
    assert (found.posting_time, found.weekdays, found.next_post_at) == (time(8), frozenset({0}), later(8))
    assert await desk.store.chats.replan(chat.id, lambda there: there, now=later(1)) == found


async def test_a_query_is_subscribed_to_once_and_ended_by_its_number(desk: Desk) -> None:
    chat = await desk.meet()
    other = await desk.meet("200")
    first, created = await desk.store.chats.subscribe(chat.id, "#LLM", "#llm", now=NOW)
    assert created
    again, created = await desk.store.chats.subscribe(chat.id, "tag:llm", "#llm", now=later(9))
    assert not created
    assert again == first
    assert await desk.store.chats.unsubscribe(other.id, [first.id], now=NOW) == []
    assert await desk.store.chats.unsubscribe(chat.id, [first.id], now=NOW) == [first]
    assert await queries(desk, chat) == ["*"]
    assert [each.canonical for each in await desk.store.chats.unsubscribe(chat.id, None, now=NOW)] == ["*"]
    assert await queries(desk, chat) == []
    newest, _ = await desk.store.chats.subscribe(chat.id, "#LLM", "#llm", now=later(9))
    assert newest.id > first.id, "numbers stand in buttons and are never given out twice"


async def test_a_sleeping_chat_keeps_its_subscriptions_and_is_posted_to_no_more(desk: Desk) -> None:
    chat = await desk.meet()
    lease = await desk.lease()
    before = await desk.put(SCALING, name="before.txt")
    await desk.plan()
    await desk.send_all(lease, now=NOW)
    await desk.put(ATTENTION)
    await desk.plan()
    await desk.store.chats.sleep(chat.address, "blocked", later(1))
    await desk.store.chats.sleep(at("unheard of"), "blocked", later(1))
    asleep = await desk.store.chats.get(chat.id)
    assert asleep is not None
    assert (asleep.active, asleep.inactive_reason) == (False, "blocked")
    assert await queries(desk, chat) == ["*"]
    row, posted = await desk.store.deliveries.listing(chat_id=chat.id)
    assert (row.state, row.reason) == ("dead", "blocked")
    assert (posted.paper_id, posted.state) == (before.new[0], "sent"), "what was posted stands"
    await desk.put(LORA, name="b.txt", now=later(2))
    assert (await desk.plan(now=later(2))).chats == 0
    assert await desk.load(now=later(10)) == []
    counts = await desk.store.chats.counts()
    assert (counts.active, counts.asleep, counts.subscriptions) == (0, 1, 1)


async def test_what_is_on_its_way_to_a_chat_that_is_left_is_not_owed_to_it_when_it_comes_back(desk: Desk) -> None:
    lease = await desk.lease()
    chat = await desk.meet()
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    [first, _] = await desk.load(now=later(1))
    await desk.start(lease, first.delivery.id, now=later(1))
    await desk.store.chats.sleep(chat.id, "kicked", later(2))
    no_room = Retry(at=later(4), reason="there was no room for it", counts=False)
    await desk.end(lease, first.delivery, no_room, now=later(3))
    rows = await desk.store.deliveries.listing(chat_id=chat.id)
    assert {(row.state, row.reason) for row in rows} == {("dead", "kicked")}
    await desk.meet(now=later(30 * 86_400))
    assert await desk.load(now=later(31 * 86_400)) == []


async def test_a_chat_that_is_left_while_it_is_planned_is_owed_nothing(desk: Desk, database_url: str) -> None:
    chat = await desk.meet()
    await desk.put(*(replace(ATTENTION, title=f"{ATTENTION.title} {number}") for number in range(40)))
    loop = asyncio.get_running_loop()
    leaving: list[Future[None]] = []
    other = await Store.open(database_url)

    def kicked_meanwhile(its: Chat, subscriptions: Sequence[Subscription], papers: Sequence[StoredPaper]) -> Wanted:
        leaving.append(asyncio.run_coroutine_threadsafe(other.chats.sleep(its.id, "kicked", later(1)), loop))
        return everything(its, subscriptions, papers)

    try:
        await desk.store.deliveries.plan(now=NOW, limit=500, decide=kicked_meanwhile)
        await asyncio.wrap_future(leaving[0])
    finally:
        await other.close()
    assert {state for _, _, state in await desk.ledger(chat)} == {"dead"}


async def test_a_wait_is_not_shortened_by_what_comes_back_meanwhile(desk: Desk) -> None:
    chat, lease, its = await desk.on_its_way()
    await desk.store.chats.pause(chat.address, later(86_400), later(2))
    await desk.end(lease, its, Retry(at=later(3), reason="stopped before it was sent", counts=False), now=later(3))
    assert await desk.load(now=later(86_399)) == []
    assert len(await desk.load(now=later(86_400))) == 1


async def test_a_chat_that_comes_back_wakes_without_a_flood(desk: Desk) -> None:
    chat = await desk.meet()
    await desk.store.chats.sleep(chat.id, "blocked", later(1))
    await desk.put(ATTENTION, now=later(2))
    awake, created = await desk.store.chats.meet(
        chat.address, kind=chat.kind, title="", language="ko", zone="UTC", now=later(3)
    )
    assert not created
    assert (awake.active, awake.inactive_reason, awake.title) == (True, None, "100")
    await desk.put(LORA, name="b.txt", now=later(4))
    await desk.plan(now=later(4))
    assert len(await desk.ledger(chat)) == 1


async def test_a_chat_moves_with_everything_it_has(desk: Desk) -> None:
    chat = await desk.meet()
    await desk.put(ATTENTION)
    await desk.plan()
    await desk.store.chats.move(chat.address, at("-100200"), later(1))
    moved = await desk.store.chats.find(at("-100200"))
    assert moved is not None
    assert moved.id == chat.id
    assert await desk.store.chats.find(chat.address) is None
    assert len(await desk.load(now=later(2))) == 1
    await desk.store.chats.move(chat.address, at("-100200"), later(2))
    assert await desk.store.chats.find(at("-100200")) == moved


async def test_a_chat_that_moves_to_another_lane_takes_its_debts_along(desk: Desk) -> None:
    chat = await desk.meet()
    await desk.put(ATTENTION)
    await desk.plan()
    await desk.store.chats.move(chat.address, at("100", lane="telegram:2"), later(1))
    assert await desk.load(now=later(2)) == []
    assert len((await desk.store.deliveries.agenda("telegram:2", now=later(2), limit=9, skip_chats=())).dues) == 1


@pytest.mark.parametrize("older", ["old", "new"])
async def test_two_chats_become_one_with_nothing_lost_and_nothing_twice(desk: Desk, older: str) -> None:
    first = await desk.meet(older)
    second = await desk.meet("new" if older == "old" else "old", now=later(1))
    old, new = (first, second) if older == "old" else (second, first)
    await desk.store.chats.replan(first.id, partial(replace, zone="Europe/Berlin"), now=NOW)
    await desk.store.chats.subscribe(old.id, "#a", "#a", now=NOW)
    await desk.store.chats.subscribe(new.id, "#b", "#b", now=NOW)
    lease = await desk.lease()
    put = await desk.put(ATTENTION, SCALING, now=later(2))
    await desk.store.deliveries.owe(new.id, put.new[:1], later(2))
    await desk.store.deliveries.owe(old.id, put.new, later(2))
    for due in await desk.load(now=later(3)):
        if due.chat.id == old.id and due.delivery.paper_id == put.new[0]:
            await desk.start(lease, due.delivery.id, now=later(3))
            await desk.end(lease, due.delivery, Sent(receipt="1"), now=later(3))
    kept = await desk.store.searches.keep(chat_id=old.id, query="q", literal=False, paper_ids=(), total=0, now=later(3))

    await desk.store.chats.move(old.address, new.address, later(4))

    one = await desk.store.chats.find(new.address)
    assert one is not None
    assert await desk.store.chats.find(old.address) is None
    assert (one.id, one.zone) == (first.id, "Europe/Berlin")
    assert one.planned_until == min(old.planned_until, new.planned_until)
    assert sorted(await queries(desk, one)) == ["#a", "#b", "*"]
    [everything] = [each for each in await desk.store.chats.subscriptions(one.id) if each.canonical == "*"]
    assert everything.created_at == NOW
    assert sorted(await desk.ledger(one)) == [(put.new[0], "post", "sent"), (put.new[1], "post", "ready")]
    page = await desk.store.searches.get(kept.id)
    assert page is not None
    assert page.chat_id == one.id
    await desk.plan(now=later(5))
    assert len(await desk.ledger(one)) == 2


async def test_what_may_have_been_posted_in_one_of_two_chats_that_become_one_is_not_posted_in_it(desk: Desk) -> None:
    old, new = await desk.meet("old"), await desk.meet("new")
    lease = await desk.lease()
    put = await desk.put(ATTENTION)
    await desk.plan()
    [doubtful, _] = sorted(await desk.load(now=later(1)), key=lambda due: due.chat.id)
    await desk.start(lease, doubtful.delivery.id, now=later(1))
    await desk.end(lease, doubtful.delivery, Unknown(reason="no answer in time"), now=later(2))
    await desk.store.chats.move(old.address, new.address, later(3))
    assert await desk.ledger(old) == [(put.new[0], "post", "unknown")]


@pytest.mark.parametrize("early", ["old", "new"])
async def test_two_chats_that_become_one_are_posted_to_at_the_earlier_of_their_hours(desk: Desk, early: str) -> None:
    old, new = await desk.meet("old"), await desk.meet("new")
    for chat in (old, new):
        seconds = 60 if chat.title == early else 3600
        await desk.store.chats.replan(
            chat.id, partial(replace, posting_time=time(9), next_post_at=later(seconds)), now=NOW
        )
    await desk.store.chats.move(old.address, new.address, later(1))
    one = await desk.store.chats.find(new.address)
    assert one is not None
    assert one.next_post_at == later(60)


async def test_what_one_of_two_chats_that_become_one_has_not_looked_at_is_looked_at(desk: Desk) -> None:
    late = await desk.meet("late")
    await desk.store.chats.replan(late.id, partial(replace, posting_time=time(9), next_post_at=later(60)), now=NOW)
    put = await desk.put(ATTENTION, now=later(1))
    new = await desk.meet("new", now=later(2))  # starts with what is to come
    await desk.store.chats.move(late.address, new.address, later(3))
    await desk.plan(now=later(60))
    assert await desk.ledger(late) == [(put.new[0], "post", "ready")]


@pytest.mark.parametrize("asleep", ["old", "new"])
async def test_whether_a_chat_that_moves_sleeps_is_told_by_the_chat_where_it_goes(desk: Desk, asleep: str) -> None:
    chats = [await desk.meet("old"), await desk.meet("new")]
    await desk.store.chats.sleep(at(asleep), "kicked", later(1))
    await desk.store.chats.move(chats[0].address, chats[1].address, later(2))
    one = await desk.store.chats.find(at("new"))
    assert one is not None
    assert one.active == (asleep == "old")


async def test_what_a_platform_says_about_a_chat_changes_the_chat_in_the_same_step(desk: Desk) -> None:
    lease = await desk.lease()
    blocked, moving, slow = [await desk.meet(name) for name in ("1", "2", "3")]
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    dues = {due.chat.id: due.delivery for due in await desk.load(now=later(1), limit=3)}
    await desk.start(lease, *(its.id for its in dues.values()), now=later(1))
    await desk.end(lease, dues[blocked.id], GiveUp(reason="blocked"), ChatSleeps(reason="blocked"), now=later(2))
    await desk.end(
        lease,
        dues[moving.id],
        Retry(at=later(2), reason="moved", counts=False),
        ChatMoves(address=at("22")),
        now=later(2),
    )
    await desk.end(
        lease, dues[slow.id], Retry(at=later(3), reason="slow"), ChatWaits(until=later(50), reason="slow"), now=later(2)
    )
    assert [state for _, _, state in await desk.ledger(blocked)] == ["dead", "dead"]
    assert (await desk.store.chats.get(blocked.id)).inactive_reason == "blocked"  # type: ignore[union-attr]
    assert (await desk.store.chats.get(moving.id)).address == at("22")  # type: ignore[union-attr]
    assert {due.chat.address.chat for due in await desk.load(now=later(4))} == {"22"}
    assert {due.chat.id for due in await desk.load(now=later(4) + timedelta(seconds=46))} == {moving.id, slow.id}
