"""What a curator does to files, and what becomes of the papers in them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.model import Digest, Paper
from bot.store import StoredProblem, StoreError
from tests.fakes.archive import changed_since
from tests.store.desk import ATTENTION, DAY, FIXED, LORA, NOW, SCALING, Desk, a_paper, later

TYPOS = {
    "title": replace(ATTENTION, title="Attention Is All You Ned"),
    "authors": replace(ATTENTION, authors=("Ada Attention Is All You Need", "Bo Rhi")),
    "abstract": replace(ATTENTION, abstract=f"{ATTENTION.abstract} Fixed."),
    "no abstract": replace(ATTENTION, abstract=None),
    "commentary": replace(ATTENTION, commentary=("오타를 고친 논문평입니다.", "읽어볼 만합니다.")),
    "tags": replace(ATTENTION, tags=("LLM", "transformer")),
    "links": replace(ATTENTION, links=("https://example.org/elsewhere",)),
    "address": replace(ATTENTION, source_url="https://arxiv.org/abs/1706.03762"),
}


async def test_a_new_digest_is_stored_as_written_and_published(desk: Desk) -> None:
    result = await desk.put(ATTENTION, SCALING)
    papers = await desk.store.papers.get(result.new)
    assert [papers[key].paper for key in result.new] == [ATTENTION, SCALING]
    assert [(papers[key].position, papers[key].version, papers[key].withdrawn) for key in result.new] == [
        (0, 1, False),
        (1, 1, False),
    ]
    first, second = (papers[key].published_at for key in result.new)
    assert first is not None
    assert second is not None
    assert NOW <= first < second
    assert first.utcoffset() == timedelta(0)


async def test_putting_the_same_file_again_changes_nothing(desk: Desk) -> None:
    first = await desk.put(ATTENTION, SCALING)
    revision = await desk.store.papers.revision()
    again = await desk.put(ATTENTION, SCALING, now=later(60))
    assert again.unchanged == first.new
    assert (again.new, again.changed, again.withdrawn, again.restored) == ((), (), (), ())
    assert await desk.store.papers.revision() == revision


@pytest.mark.parametrize("field", TYPOS)
async def test_a_typo_fixed_in_any_one_field_keeps_the_paper(desk: Desk, field: str) -> None:
    first = await desk.put(ATTENTION, SCALING)
    fixed = await desk.put(TYPOS[field], SCALING, now=later(60))
    assert fixed.changed == first.new[:1]
    assert (fixed.new, fixed.withdrawn) == ((), ())
    stored = (await desk.store.papers.get(fixed.changed))[first.new[0]]
    assert stored.paper == TYPOS[field]
    assert stored.version == 2


async def test_a_reordered_digest_only_moves_its_papers(desk: Desk) -> None:
    first = await desk.put(ATTENTION, SCALING)
    moved = await desk.put(SCALING, ATTENTION, now=later(60))
    assert sorted(moved.unchanged) == sorted(first.new)
    assert [stored.id for stored in await desk.store.papers.latest()] == list(reversed(first.new))
    assert {stored.version for stored in await desk.store.papers.latest()} == {1}


async def test_a_removed_paper_is_withdrawn_and_comes_back_as_the_same(desk: Desk) -> None:
    first = await desk.put(ATTENTION, SCALING)
    removed = await desk.put(ATTENTION, now=later(60))
    assert removed.withdrawn == first.new[1:]
    gone = (await desk.store.papers.get(removed.withdrawn))[first.new[1]]
    assert gone.withdrawn
    assert gone.version == 2
    assert [stored.id for stored in await desk.store.papers.latest()] == list(first.new[:1])

    back = await desk.put(ATTENTION, SCALING, now=later(120))
    assert back.restored == first.new[1:]
    assert back.changed == ()
    stored = (await desk.store.papers.get(back.restored))[first.new[1]]
    assert not stored.withdrawn
    assert stored.version == 3


async def test_a_withdrawn_paper_stays_withdrawn_however_often_the_file_is_read(desk: Desk) -> None:
    await desk.put(ATTENTION, SCALING)
    await desk.put(ATTENTION, now=later(60))
    again = await desk.put(ATTENTION, now=later(120))
    assert again.withdrawn == ()


async def test_papers_of_a_lost_file_move_to_the_file_that_has_them_now(desk: Desk) -> None:
    first = await desk.put(ATTENTION, SCALING, name="draft.txt")
    await desk.store.digests.missing(["draft.txt"], later(30))
    assert (await desk.store.digests.files())["draft.txt"].state == "missing"
    assert len(await desk.store.papers.latest()) == 2

    moved = await desk.put(ATTENTION, SCALING, name="final.txt", now=later(60))
    assert moved.unchanged == first.new
    papers = await desk.store.papers.get(first.new)
    assert {stored.digest_id for stored in papers.values()} == {moved.digest_id}
    assert {stored.version for stored in papers.values()} == {1}


async def test_a_renamed_file_keeps_its_papers(desk: Desk) -> None:
    first = await desk.put(ATTENTION, name="a.txt")
    await desk.store.digests.rename({"a.txt": "b.txt"})
    assert set(await desk.store.digests.files()) == {"b.txt"}
    again = await desk.put(ATTENTION, name="b.txt", now=later(60))
    assert again.unchanged == first.new
    assert again.digest_id == first.digest_id


async def test_a_file_renamed_over_a_known_one_replaces_it(desk: Desk) -> None:
    moved = await desk.put(ATTENTION, name="a.txt")
    replaced = await desk.put(SCALING, name="b.txt")
    await desk.store.digests.rename({"a.txt": "b.txt"})
    after = await desk.put(ATTENTION, name="b.txt", now=later(60))
    assert after.unchanged == moved.new
    assert after.withdrawn == replaced.new


async def test_files_that_exchange_their_names_keep_their_papers(desk: Desk) -> None:
    names = ("a.txt", "b.txt", "c.txt")
    papers = dict(zip(names, (ATTENTION, SCALING, LORA), strict=True))
    first = {name: (await desk.put(its, name=name)).new for name, its in papers.items()}
    await desk.store.digests.rename({"a.txt": "b.txt", "b.txt": "c.txt", "c.txt": "a.txt", "gone.txt": "d.txt"})
    assert set(await desk.store.digests.files()) == set(names)
    for old, new in zip(names, ("b.txt", "c.txt", "a.txt"), strict=True):
        assert (await desk.put(papers[old], name=new, now=later(60))).unchanged == first[old]


async def test_the_same_paper_in_a_second_file_is_stored_but_not_published_twice(desk: Desk) -> None:
    first = await desk.put(ATTENTION, name="monday.txt")
    second = await desk.put(ATTENTION, SCALING, name="tuesday.txt", day=DAY + timedelta(days=1), now=later(60))
    papers = await desk.store.papers.get([*first.new, *second.new])
    assert papers[first.new[0]].published_at is not None
    assert papers[second.new[0]].published_at is None
    assert papers[second.new[1]].published_at is not None
    assert (first.repeated, second.repeated) == (0, 1)


TUESDAY = DAY + timedelta(days=1)


async def test_a_paper_that_is_withdrawn_elsewhere_is_published_where_it_comes_back(desk: Desk) -> None:
    await desk.put(ATTENTION, name="monday.txt")
    await desk.put(SCALING, name="monday.txt", now=later(60))
    back = await desk.put(ATTENTION, name="tuesday.txt", day=TUESDAY, now=later(120))
    assert back.repeated == 0
    assert (await desk.store.papers.get(back.new))[back.new[0]].published_at is not None


async def test_of_a_paper_kept_for_searching_in_two_files_one_is_published_when_that_is_asked_for(desk: Desk) -> None:
    for name in ("monday.txt", "tuesday.txt"):
        await desk.put(ATTENTION, name=name, publish=False)
    assert len((await desk.store.digests.publish("tuesday.txt", later(60))).papers) == 1
    assert (await desk.store.digests.publish("monday.txt", later(120))).papers == ()


async def test_a_paper_whose_like_was_published_and_withdrawn_is_published_when_that_is_asked_for(desk: Desk) -> None:
    await desk.put(ATTENTION, name="monday.txt")
    await desk.put(SCALING, name="monday.txt", now=later(60))
    await desk.put(ATTENTION, name="tuesday.txt", publish=False, now=later(120))
    assert len((await desk.store.digests.publish("tuesday.txt", later(180))).papers) == 1


async def test_the_posts_of_a_paper_go_on_where_it_stands_still(desk: Desk) -> None:
    chat = await desk.meet()
    [posted] = (await desk.put(ATTENTION, name="monday.txt")).new
    lease = await desk.lease()
    await desk.plan()
    await desk.send_all(lease, now=later(1))
    [twin, other] = (await desk.put(ATTENTION, SCALING, name="tuesday.txt", day=TUESDAY, now=later(60))).new
    removed = await desk.put(LORA, name="monday.txt", now=later(120))
    assert (removed.withdrawn, removed.unchanged) == ((), (posted,))
    papers = await desk.store.papers.get([posted, twin])
    assert (papers[posted].withdrawn, papers[posted].paper.date, papers[posted].version) == (False, TUESDAY, 1)
    assert papers[twin].withdrawn
    assert [stored.id for stored in await desk.store.papers.latest()] == [posted, other]
    await desk.plan(now=later(180))
    assert [kind for _, kind, _ in await desk.ledger(chat)] == ["post"] * 3

    fixed = await desk.put(FIXED, SCALING, name="tuesday.txt", day=TUESDAY, now=later(240))
    assert fixed.changed == (posted,)
    assert [sent.kind.value for sent in await desk.send_all(lease, now=later(300))] == ["post", "post", "edit"]
    back = await desk.put(FIXED, LORA, name="monday.txt", now=later(360))
    assert (back.repeated, (await desk.plan(now=later(420))).deliveries) == (1, 0)


async def test_of_a_paper_that_stands_twice_in_a_file_the_posted_one_stays(desk: Desk) -> None:
    [posted, *_, again] = (await desk.put(ATTENTION, SCALING, LORA, ATTENTION)).new
    removed = await desk.put(SCALING, LORA, ATTENTION, now=later(60))
    assert removed.withdrawn == ()
    assert [stored.id for stored in await desk.store.papers.latest()][2] == posted
    assert (await desk.store.papers.get([again]))[again].withdrawn


async def test_a_paper_that_was_posted_from_both_files_is_withdrawn_with_each(desk: Desk) -> None:
    [first] = (await desk.put(ATTENTION, name="monday.txt")).new
    [second] = (await desk.put(FIXED, name="tuesday.txt", day=TUESDAY, now=later(60))).new
    assert (await desk.put(ATTENTION, name="tuesday.txt", day=TUESDAY, now=later(120))).changed == (second,)
    assert (await desk.put(SCALING, name="monday.txt", now=later(180))).withdrawn == (first,)
    assert (await desk.put(SCALING, name="tuesday.txt", day=TUESDAY, now=later(240))).withdrawn == (second,)


async def test_who_was_sent_the_second_of_two_as_a_sample_keeps_it_and_has_it_corrected(desk: Desk) -> None:
    old = await desk.meet("old")
    [posted] = (await desk.put(ATTENTION, name="monday.txt")).new
    lease = await desk.lease()
    await desk.plan()
    [twin] = (await desk.put(ATTENTION, name="tuesday.txt", day=TUESDAY, now=later(60))).new
    new = await desk.meet("new", now=later(90))
    await desk.store.deliveries.owe(new.id, [twin], later(90))
    await desk.send_all(lease, now=later(100))
    await desk.put(SCALING, name="monday.txt", publish=False, now=later(120))
    await desk.put(FIXED, name="tuesday.txt", day=TUESDAY, now=later(180))
    await desk.send_all(lease, now=later(200))
    for chat in (old, new):
        assert await desk.ledger(chat) == [(posted, "post", "sent"), (posted, "edit", "sent")]


async def test_who_has_both_copies_keeps_one(desk: Desk) -> None:
    chat = await desk.meet()
    [posted] = (await desk.put(ATTENTION, name="monday.txt")).new
    lease = await desk.lease()
    await desk.plan()
    [twin] = (await desk.put(ATTENTION, name="tuesday.txt", day=TUESDAY, now=later(60))).new
    await desk.store.deliveries.owe(chat.id, [twin], later(90))
    await desk.send_all(lease, now=later(100))
    await desk.put(SCALING, name="monday.txt", publish=False, now=later(120))
    assert await desk.ledger(chat) == [(posted, "post", "sent"), (twin, "post", "sent"), (twin, "withdraw", "ready")]


async def test_entries_that_are_gone_are_left_alone_until_the_file_is_put_to_withdraw_them(desk: Desk) -> None:
    first = await desk.put(ATTENTION, SCALING)
    kept = await desk.put(ATTENTION, withdraw=False, now=later(60))
    assert (kept.left, kept.withdrawn) == (1, ())
    assert len(await desk.store.papers.latest()) == 2
    assert (await desk.store.digests.files())["2026-03-02.txt"].hash == "", "to be read again"
    done = await desk.put(ATTENTION, now=later(120))
    assert (done.left, done.withdrawn) == (0, first.new[1:])
    assert (await desk.store.digests.files())["2026-03-02.txt"].hash == ATTENTION.content_hash


async def test_an_old_digest_is_kept_unpublished_until_it_is_published_once(desk: Desk) -> None:
    old = await desk.put(ATTENTION, SCALING, publish=False)
    assert all(stored.published_at is None for stored in await desk.store.papers.latest())
    published = await desk.store.digests.publish("2026-03-02.txt", later(60))
    assert tuple(stored.id for stored in published.papers) == old.new
    assert all(stored.published_at and stored.published_at >= later(60) for stored in published.papers)
    assert (await desk.store.digests.publish("2026-03-02.txt", later(120))).papers == ()


async def test_publishing_a_file_that_was_never_read_says_so(desk: Desk) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.txt"):
        await desk.store.digests.publish("nowhere.txt", NOW)


async def test_a_bad_file_is_quarantined_with_its_problems_and_its_papers_stay(desk: Desk) -> None:
    await desk.put(ATTENTION)
    problem = StoredProblem(line=3, code="no-date", message="날짜가 없습니다")
    await desk.store.digests.quarantine("2026-03-02.txt", "h2", [problem], later(60))
    await desk.store.digests.quarantine("never-good.txt", "h3", [problem], later(60))
    files = await desk.store.digests.files()
    assert (files["2026-03-02.txt"].state, files["2026-03-02.txt"].hash) == ("bad", "h2")
    assert files["2026-03-02.txt"].date == DAY
    assert files["never-good.txt"].date is None
    assert files["never-good.txt"].problems == (problem,)
    assert [stored.paper.title for stored in await desk.store.papers.latest()] == [ATTENTION.title]


async def test_publishing_times_and_revisions_only_grow_also_when_the_clock_goes_back(desk: Desk) -> None:
    await desk.put(ATTENTION, name="a.txt", now=later(3600))
    before = await desk.store.papers.revision()
    second = await desk.put(SCALING, name="b.txt", now=NOW)
    assert await desk.store.papers.revision() == before + 1
    stored = (await desk.store.papers.get(second.new))[second.new[0]]
    assert stored.published_at is not None
    assert stored.published_at > later(3600)


async def test_two_files_put_at_once_get_publishing_times_and_revisions_of_their_own(desk: Desk) -> None:
    papers = [[a_paper(f"Paper number {n} of file {file}") for n in range(5)] for file in range(6)]
    await asyncio.gather(*(desk.put(*its, name=f"{n}.txt") for n, its in enumerate(papers)))
    revision, changed = await changed_since(desk.store, 0)
    assert revision == 6
    assert len({stored.published_at for stored in changed}) == 30


async def test_the_index_is_told_what_changed_after_a_revision(desk: Desk) -> None:
    first = await desk.put(ATTENTION, SCALING)
    revision, papers = await changed_since(desk.store, 0)
    assert [stored.id for stored in papers] == list(first.new)
    await desk.put(ATTENTION, now=later(60))
    newer, changed = await changed_since(desk.store, revision)
    assert newer > revision
    assert [(stored.id, stored.withdrawn) for stored in changed] == [(first.new[1], True)]
    assert await changed_since(desk.store, newer) == (newer, [])


async def test_an_archive_knows_the_revisions_that_it_came_through(desk: Desk) -> None:
    papers = desk.store.papers
    await desk.put(ATTENTION)
    first = await papers.revision(), await papers.mark(await papers.revision())
    await desk.put(ATTENTION, SCALING, now=later(60))
    second = await papers.revision(), await papers.mark(await papers.revision())
    assert [await papers.came_through(*each) for each in (first, second, (0, ""))] == [True] * 3
    elsewhere = (second[0], first[1]), (second[0], ""), (second[0] + 1, second[1]), (second[0] + 1, "")
    assert [await papers.came_through(*each) for each in elsewhere] == [False] * 4


async def test_a_tag_is_shown_as_it_is_written_most_and_counts_live_papers(desk: Desk) -> None:
    put = await desk.put(ATTENTION, SCALING, LORA, a_paper("A third view on scale", tags=("scaling-law",)))
    tags = await desk.store.papers.tags()
    assert [(tag.slug, tag.label, tag.count) for tag in tags] == [
        ("scaling-law", "scaling-law", 3),
        ("llm", "LLM", 2),
        ("finetuning", "finetuning", 1),
    ]
    its = (await desk.store.papers.paper_tags(put.new))[put.new[1]]
    assert [tag.slug for tag in its] == ["scaling-law", "llm"]

    await desk.put(ATTENTION, SCALING, now=later(60))
    assert [(tag.slug, tag.label, tag.count) for tag in await desk.store.papers.tags()] == [
        ("llm", "LLM", 2),
        ("scaling-law", "scaling_law", 1),
    ]
    gone = await desk.store.papers.tag("finetuning")
    assert gone is not None
    assert gone.count == 0
    assert await desk.store.papers.tags_by_id([gone.id]) == {gone.id: gone}
    assert await desk.store.papers.tag("nothing") is None


async def test_whatever_comes_and_goes_a_tag_is_shown_as_most_live_papers_write_it(desk: Desk) -> None:
    chance = random.Random(7)
    papers = [a_paper(f"Paper {number}", tags=(chance.choice(("RLHF", "rlhf", "Rlhf")), "LLM")) for number in range(12)]
    shown = set()
    for step in range(30):
        there = [paper for paper in papers if chance.random() < 0.5]
        await desk.put(*there, name=f"{chance.randrange(3)}.txt", day=date(2026, 3, step % 3 + 1), now=later(60 * step))
        _, stored = await changed_since(desk.store, -1)
        live = Counter(each.paper.tags[0] for each in stored if not each.withdrawn)
        tag = await desk.store.papers.tag("rlhf")
        if live:
            assert tag is not None
            assert live[tag.label] == max(live.values()), (step, live)
            shown.add(tag.label)
    assert len(shown) > 1


async def test_papers_are_tagged_anew_once_somebody_tagged_some_otherwise(desk: Desk) -> None:
    digests = desk.store.digests
    await desk.put(ATTENTION, fingerprint="old")
    assert await digests.retag("new", str.upper)
    await desk.put(SCALING, name="b.txt", fingerprint="new", now=later(60))
    assert not await digests.retag("new", str.upper)
    await desk.put(LORA, name="c.txt", fingerprint="old", now=later(120))
    assert await digests.retag("new", str.upper)
    assert {tag.slug for tag in await desk.store.papers.tags()} == {"LLM", "SCALING_LAW", "SCALING-LAW", "FINETUNING"}
    assert not await digests.retag("new", str.upper)


async def test_a_paper_with_one_tag_written_twice_has_it_once(desk: Desk) -> None:
    put = await desk.put(replace(ATTENTION, tags=("long_context", "long-context", "LLM")))
    [tags] = (await desk.store.papers.paper_tags(put.new)).values()
    assert [tag.slug for tag in tags] == ["long-context", "llm"]


async def test_the_latest_papers_are_those_of_the_newest_day(desk: Desk) -> None:
    newest = await desk.put(LORA, name="new.txt", day=date(2026, 3, 3))
    await desk.put(ATTENTION, SCALING, name="old.txt", now=later(60))
    assert [stored.id for stored in await desk.store.papers.latest()] == list(newest.new)
    counts = await desk.store.papers.counts()
    assert (counts.digests, counts.papers, counts.first, counts.last) == (2, 3, DAY, date(2026, 3, 3))


async def test_recent_papers_of_a_tag_come_newest_first(desk: Desk) -> None:
    old = await desk.put(ATTENTION, name="old.txt")
    new = await desk.put(SCALING, name="new.txt", day=date(2026, 3, 3), now=later(60))
    tag = await desk.store.papers.tag("llm")
    assert tag is not None
    recent = await desk.store.papers.recent_with_tag(tag.id, 10)
    assert [stored.id for stored in recent] == [*new.new, *old.new]
    assert len(await desk.store.papers.recent_with_tag(tag.id, 1)) == 1


async def test_an_empty_archive_answers_every_question(desk: Desk) -> None:
    papers = desk.store.papers
    assert await papers.latest() == []
    assert await papers.tags() == []
    assert await papers.get([1, 2]) == {}
    assert await papers.revision() == 0
    assert (await papers.counts()).first is None
    assert await papers.paper_tags([]) == {}


async def test_what_a_file_looks_like_is_remembered_for_the_content_that_was_read(desk: Desk) -> None:
    async def look() -> str:
        return (await desk.store.digests.files())["2026-03-02.txt"].signature

    await desk.put(ATTENTION)
    assert await look() == ""
    first = (await desk.store.digests.files())["2026-03-02.txt"].hash
    await desk.store.digests.remember([("2026-03-02.txt", first, "1 2 3 4"), ("gone.txt", first, "5 6 7 8")])
    assert await look() == "1 2 3 4"
    await desk.put(SCALING, now=later(60))
    assert await look() == "", "another content has another look"
    await desk.store.digests.remember([("2026-03-02.txt", first, "1 2 3 4")])
    assert await look() == "", "said by somebody who read it before it was changed"


async def test_letters_that_a_database_refuses_do_no_harm(desk: Desk) -> None:
    strange = Paper(
        date=DAY, title="nul \0 here", abstract="한글 \0", commentary=("a \0 b",), links=("https://e.org/\0",)
    )
    put = await desk.put(strange)
    again = await desk.put(strange, now=later(60))
    assert again.unchanged == put.new


async def test_a_match_that_gives_one_paper_to_two_entries_is_refused_and_changes_nothing(desk: Desk) -> None:
    await desk.put(ATTENTION)
    with pytest.raises(ValueError, match="match"):
        await desk.store.digests.put(
            "2026-03-02.txt",
            "h",
            Digest(date=DAY, papers=(ATTENTION, SCALING)),
            problems=(),
            slug=str,
            match=lambda old, new: [0, 0],
            publish=True,
            now=later(60),
        )
    assert len(await desk.store.papers.latest()) == 1
