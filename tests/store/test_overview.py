"""What `/why` and `paperboy status` ask the store, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.model import GiveUp, Sent, Unknown
from bot.store import Backlog, Failure, Posting
from tests.store.desk import ATTENTION, DAY, LANE, LORA, NOW, SCALING, Desk, a_paper, at, later


async def test_a_message_is_known_by_its_receipt_in_its_own_chat_only(desk: Desk) -> None:
    first, second = await desk.meet("100"), await desk.meet("200")
    await desk.put(ATTENTION)
    await desk.plan()
    await desk.send_all(await desk.lease(), now=later(1))
    [row] = await desk.store.deliveries.of_paper(first.id, 1)
    assert row.receipt is not None
    assert await desk.store.deliveries.by_receipt(first.id, row.receipt) == row
    assert await desk.store.deliveries.by_receipt(second.id, row.receipt) is None
    assert await desk.store.deliveries.by_receipt(first.id, "m999") is None


async def test_an_edit_does_not_hide_the_post_of_a_receipt(desk: Desk) -> None:
    chat = await desk.meet()
    await desk.put(ATTENTION)
    await desk.plan()
    lease = await desk.lease()
    await desk.send_all(lease, now=later(1))
    await desk.put(a_paper(ATTENTION.title, commentary=("고친 논평입니다.",)), now=later(2))
    await desk.send_all(lease, now=later(3))
    found = await desk.store.deliveries.by_receipt(chat.id, "m1")
    assert found is not None
    assert found.kind == "post"


async def test_papers_are_found_by_a_part_of_their_titles_withdrawn_ones_too(desk: Desk) -> None:
    await desk.put(ATTENTION, SCALING, LORA)
    await desk.put(SCALING, LORA)
    titled = desk.store.papers.titled
    assert [stored.withdrawn for stored in await titled("is all YOU need", 9)] == [True]
    assert [stored.paper.title for stored in await titled("language models", 9)] == [SCALING.title, LORA.title]
    assert len(await titled("language models", 1)) == 1
    assert await titled("100%", 9) == []
    assert await titled("_", 9) == [], "no sign is a pattern"


async def test_capitals_of_any_script_are_their_small_letters_in_a_title(desk: Desk) -> None:
    for number, title in enumerate(("Éléments de Géométrie", "Über neue Modelle", "ΓΛΩΣΣΑ", "Языковые Модели")):
        await desk.put(a_paper(title), name=f"{number}.txt", now=later(number))
        for words in (title.lower(), title.upper()):
            assert [stored.paper.title for stored in await desk.store.papers.titled(words, 9)] == [title], words


async def test_the_same_entry_in_another_digest_is_known(desk: Desk) -> None:
    first = await desk.put(ATTENTION)
    second = await desk.put(ATTENTION, LORA, name="other.txt", now=later(9))
    like = await desk.store.papers.like(second.new[0])
    assert like is not None
    assert like.id == first.new[0]
    assert await desk.store.papers.like(second.new[1]) is None
    assert [stored.id for stored in await desk.store.papers.of_digest(second.digest_id)] == list(second.new)


async def test_a_chat_that_woke_up_remembers_when(desk: Desk) -> None:
    chat = await desk.meet("100")
    assert await desk.store.chats.woke_at(chat.id, NOW) is None
    await desk.store.chats.sleep(chat.id, "blocked", later(1))
    await desk.meet("100", now=later(5))
    assert await desk.store.chats.woke_at(chat.id, NOW) == later(5)
    assert await desk.store.chats.woke_at(chat.id, later(6)) is None


async def test_a_lane_is_held_for_all_its_parts(desk: Desk) -> None:
    await desk.store.leases.register([f"{LANE}#0/2", f"{LANE}#1/2"], NOW)
    held = desk.store.overview.held
    assert await held(LANE, NOW) is None
    await desk.store.leases.hold_lane(f"{LANE}#1/2", later(60), "slow down")
    assert await held(LANE, NOW) == (later(60), "slow down")
    assert await held(LANE, later(61)) is None
    assert [(lane.name, lane.owner, lane.reason) for lane in await desk.store.overview.lanes()] == [
        (f"{LANE}#0/2", "", "slow down"),
        (f"{LANE}#1/2", "", "slow down"),
    ]


async def test_backlog_failures_and_progress_add_up(desk: Desk) -> None:
    for number in range(4):
        await desk.meet(str(number))
    await desk.put(ATTENTION, SCALING)
    await desk.plan()
    lease = await desk.lease()
    overview = desk.store.overview
    assert await overview.backlogs() == [Backlog(lane=LANE, ready=8)]
    dues = sorted(await desk.load(now=later(1)), key=lambda due: due.delivery.id)
    await desk.start(lease, *(due.delivery.id for due in dues[:4]), now=later(1))
    await desk.end(lease, dues[0].delivery, Sent(receipt="1"), now=later(1))
    await desk.end(lease, dues[1].delivery, Sent(receipt="2"), now=later(100))
    await desk.end(lease, dues[2].delivery, Unknown(reason="no answer in time"), now=later(100))
    await desk.end(lease, dues[3].delivery, GiveUp(reason="blocked"), now=later(100))
    assert await overview.backlogs() == [Backlog(lane=LANE, ready=4)]
    assert sorted(await overview.failures(), key=lambda each: each.state) == [
        Failure(lane=LANE, state="dead", reason="blocked", count=1),
        Failure(lane=LANE, state="unknown", reason="no answer in time", count=1),
    ]
    [progress] = await overview.broadcasts([LANE], later(102), 3)
    assert (progress.day, progress.lane, progress.owed, progress.posted) == (DAY, LANE, 8, 2)
    assert (progress.unknown, progress.dead, progress.last_seconds, progress.last_minute) == (1, 1, 1, 1)
    assert await overview.broadcasts(["slack:T1"], later(102), 3) == []
    await desk.send_all(lease, now=later(103))
    assert await overview.backlogs() == []
    assert await overview.broadcasts([LANE], later(104), 3) == [], "what is done is not under way"


async def test_what_a_paused_chat_still_waits_for_is_no_broadcast(desk: Desk) -> None:
    await desk.meet("100")
    await desk.put(ATTENTION)
    await desk.plan()
    await desk.store.chats.pause(at("100"), later(9999), NOW)
    assert await desk.store.overview.broadcasts([LANE], later(1), 3) == []


async def test_the_next_postings_count_the_chats_of_each(desk: Desk) -> None:
    for number in range(3):
        chat = await desk.meet(str(number))
        moment = later(3600 if number < 2 else 7200)
        await desk.store.chats.replan(chat.id, partial(replace, next_post_at=moment), now=NOW)
    overview = desk.store.overview
    assert await overview.postings(NOW, 9) == [
        Posting(at=later(3600), chats=2),
        Posting(at=later(7200), chats=1),
    ]
    assert await overview.postings(NOW, 1) == [Posting(at=later(3600), chats=2)]
    assert await overview.to_plan(NOW) == 0
    assert await overview.to_plan(NOW + timedelta(hours=1)) == 2


async def test_a_chat_that_is_closed_is_not_about_to_be_planned(desk: Desk) -> None:
    for name in ("100", "200"):
        await desk.meet(name)
    await desk.put(ATTENTION)
    await desk.store.chats.pause(at("100"), later(9999), NOW)
    assert await desk.store.overview.to_plan(later(1)) == 1
    assert (await desk.plan(now=later(1))).chats == 1
    assert await desk.store.overview.to_plan(later(2)) == 0
    assert await desk.store.overview.to_plan(later(9999)) == 1
