"""What the curator does in the folder, and what becomes of it in the archive.

One long file, for all of it is told at one desk; its headings are the chapters: what comes, changes, goes, is bad.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.digest import Parsed, Problem
from bot.digest_file import NOT_A_FILE, PARSER_FAILED, FileDigest, file_hash, read_digest_file, unread
from bot.digest_folder import WATCH_SECONDS, changes_in, is_digest_name
from bot.ingest import WITHDRAW_SECONDS, Ingest, NoDigestError
from bot.intake import SAME_FILE
from bot.model import Address, Chat, ChatKind, StoredPaper
from bot.query import Lexicon
from bot.scan_report import ScanReport
from bot.search import SearchError
from bot.store import Store
from bot.watching import watch
from tests.fakes.archive import changed_since
from tests.fakes.nobody import nobody
from tests.fakes.nobody import open_folder as open_folder

NOW = datetime(2024, 2, 20, 3, tzinfo=UTC)
TODAY = date(2024, 2, 20)
YESTERDAY = TODAY - timedelta(days=1)
ATTENTION = ("Attention Is Enough", "Yi Zhu, Min Lin", "어텐션만으로 충분하다는 이야기입니다.", "#attention #llm")
REWARD = ("Weight Averaged Reward Models", "Alexandre Ramé", "보상 모델의 가중치를 평균 냅니다.", "#reward-model")
BUBBLE = ("Zero Bubble Pipeline Parallelism", "Penghui Qi", "파이프라인의 버블을 없앱니다.", "#efficiency")
Entry = tuple[str, str, str, str]


def digest(*entries: Entry, day: date = TODAY) -> str:
    lines = [f"{day.year}년 {day.month}월 {day.day}일"]
    for title, authors, commentary, tags in entries:
        lines += [title, f"({authors})", commentary, tags]
    return "\n".join(lines) + "\n"


class Shelf:
    """An index that only remembers what it was told."""

    def __init__(self) -> None:
        self.revision = 0
        self.mark = ""
        self.worn = False
        self.live: dict[int, str] = {}
        self.failure: SearchError | None = None

    def apply(self, changed: Iterable[StoredPaper], revision: int, *, total: int, mark: str, anew: bool) -> None:
        if self.failure is not None:
            raise self.failure
        if anew:
            self.live.clear()
        for stored in changed:
            self.live.pop(stored.id, None)
            if not stored.withdrawn:
                self.live[stored.id] = stored.paper.title
        self.revision, self.mark = revision, mark

    def break_off(self) -> None:
        """It waits for nobody."""


class Desk:
    """The curator's desk: a folder, and a Paperboy that looks into it."""

    def __init__(self, folder: Path, store: Store, *, within: int = 3, settle: float = 0.05) -> None:
        self.folder = folder
        self.store = store
        self.within = within
        self.settle = settle
        self.withdraw_after = settle
        self.now = NOW
        self.wakes = 0
        self.read = read_digest_file
        self.looked_into: list[str] = []
        self.start()

    def start(self, lexicon: Lexicon | None = None) -> None:
        """Start Paperboy, which remembers nothing but what is in the store."""
        self.index = Shelf()
        self.reopen(self.store, lexicon)

    def reopen(self, store: Store, lexicon: Lexicon | None = None) -> None:
        """Start it with the index that is there."""
        self.store = store
        self.ingest = Ingest(
            store=store,
            index=self.index,
            folder=self.folder,
            lexicon=lexicon or Lexicon.from_tables({}, {}),
            now=lambda: self.now,
            publish_within_days=self.within,
            zone="Asia/Seoul",
            on_change=self.woken,
            settle=self.settle,
            withdraw_after=self.withdraw_after,
            reader=self.read,
            hasher=self.hash_of,
        )
        self.scan = self.ingest.scan

    def hash_of(self, path: Path) -> str:
        self.looked_into.append(path.name)
        return file_hash(path)

    def woken(self) -> None:
        self.wakes += 1

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file as it was finished a minute ago."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.age(path)
        return path

    @staticmethod
    def age(path: Path) -> None:
        found = path.stat()
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns - 60 * 10**9))

    async def papers(self) -> dict[str, StoredPaper]:
        _, found = await changed_since(self.store, -1)
        return {stored.paper.title: stored for stored in found}

    async def live(self) -> set[str]:
        return {title for title, stored in (await self.papers()).items() if not stored.withdrawn}

    async def published(self) -> set[str]:
        return {title for title, stored in (await self.papers()).items() if stored.published_at is not None}

    async def state(self, name: str) -> str | None:
        known = (await self.store.digests.files()).get(name)
        return known.state if known else None

    async def codes(self, name: str) -> list[str]:
        return [problem.code for problem in (await self.store.digests.files())[name].problems]


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    store = await Store.open(sqlite_url)
    yield store
    await store.close()


@pytest.fixture
def desk(tmp_path: Path, sqlite_store: Store) -> Desk:
    (tmp_path / "seeds").mkdir()
    return Desk(tmp_path / "seeds", sqlite_store)


# --- a file comes -----------------------------------------------------------------------------------------------


async def test_a_new_file_is_stored_published_and_indexed_and_wakes_the_tick(desk: Desk) -> None:
    desk.write("today.txt", digest(ATTENTION, REWARD))
    report = await desk.scan()
    assert len(report.new) == 2
    assert await desk.published() == {ATTENTION[0], REWARD[0]}
    assert set(desk.index.live.values()) == {ATTENTION[0], REWARD[0]}
    assert desk.index.revision == await desk.store.papers.revision()
    assert desk.wakes == 1
    assert [tag.slug for tag in await desk.store.papers.tags()] == ["attention", "llm", "reward-model"]


async def test_reading_again_is_harmless_also_after_a_restart(desk: Desk) -> None:
    desk.write("today.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    before = await desk.papers()
    assert not (await desk.scan()).papers_changed
    desk.start()
    assert not (await desk.scan()).papers_changed
    assert await desk.papers() == before
    assert set(desk.index.live.values()) == {ATTENTION[0], REWARD[0]}
    assert desk.wakes == 1


async def test_a_start_reads_only_the_files_that_do_not_look_as_they_did(desk: Desk) -> None:
    same = desk.write("same.txt", digest(ATTENTION))
    copied = desk.write("copied.txt", digest(REWARD))
    changed = desk.write("changed.txt", digest(BUBBLE))
    await desk.scan()
    desk.start()
    await desk.scan()
    assert desk.looked_into == []

    shutil.copy2(copied, desk.folder / ".new")
    (desk.folder / ".new").rename(copied)
    then = changed.stat()
    changed.write_text(digest((BUBBLE[0], BUBBLE[1], "파이프라인의 거품을 없앱니다.", BUBBLE[3])))
    os.utime(changed, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert (changed.stat().st_size, changed.stat().st_mtime_ns) == (then.st_size, then.st_mtime_ns)
    desk.start()
    assert len((await desk.scan()).changed) == 1, "who sets the clock of a file back is noticed all the same"
    assert sorted(desk.looked_into) == ["changed.txt", "copied.txt"]
    assert same.exists()

    desk.looked_into.clear()
    desk.start()
    assert not (await desk.scan()).papers_changed
    assert desk.looked_into == []


async def test_whoever_waits_hears_how_many_files_are_read(desk: Desk) -> None:
    for name, entry in (("a.txt", ATTENTION), ("b.txt", REWARD), ("c.txt", BUBBLE)):
        desk.write(name, digest(entry))
    heard: list[tuple[int, int]] = []
    await desk.ingest.scan(lambda done, total: heard.append((done, total)))
    assert heard == [(0, 3), (1, 3), (2, 3), (3, 3)]
    heard.clear()
    await desk.ingest.take_in(lambda done, total: heard.append((done, total)))
    assert heard[-1] == (3, 3), "what is read already is soon told"


async def test_files_in_folders_are_found_and_links_are_followed_without_going_round(
    desk: Desk, tmp_path: Path
) -> None:
    desk.write("2024/02/20.md", f"https://arxiv.org/abs/2402.00001\n*{REWARD[0]}* ({REWARD[1]})\n\n{REWARD[2]}\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text(digest(ATTENTION))
    desk.age(elsewhere / "a.txt")
    (desk.folder / "linked").symlink_to(elsewhere)
    (desk.folder / "2024" / "round").symlink_to(desk.folder)
    (desk.folder / "again").symlink_to(desk.folder / "2024")
    await desk.scan()
    files = await desk.store.digests.files()
    assert set(files) == {"2024/02/20.md", "linked/a.txt"}
    assert ATTENTION[0] in await desk.live()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("2024-02-20.txt", True),
        ("notes.MD", True),
        ("오늘.md", True),
        (".hidden.txt", False),
        (".today.txt.swp", False),
        ("today.txt~", False),
        ("#today.txt#", False),
        (".#today.txt", False),
        ("~$today.txt", False),
        ("today.txt.tmp", False),
        ("today.txt.part", False),
        ("today.tmp", False),
        ("truth.json", False),
        ("today.txt.bak", False),
        ("txt", False),
        (".txt", False),
    ],
)
def test_only_finished_texts_count_as_digests(name: str, meant: bool) -> None:
    assert is_digest_name(name) is meant


async def test_a_file_in_korean_code_page_949_is_read(desk: Desk) -> None:
    desk.write("today.txt", digest(REWARD).replace("é", "e").encode("cp949"))
    await desk.scan()
    assert await desk.live() == {REWARD[0]}
    assert (await desk.papers())[REWARD[0]].paper.commentary == (REWARD[2],)


async def test_a_digest_of_last_month_is_kept_for_searching_and_posted_to_nobody(desk: Desk) -> None:
    desk.write("old.txt", digest(REWARD, day=TODAY - timedelta(days=30)))
    desk.write("limit.txt", digest(ATTENTION, day=TODAY - timedelta(days=3)))
    desk.write("tomorrow.txt", digest(BUBBLE, day=TODAY + timedelta(days=1)))
    await desk.scan()
    assert await desk.live() == {REWARD[0], ATTENTION[0], BUBBLE[0]}
    assert await desk.published() == {ATTENTION[0], BUBBLE[0]}
    assert REWARD[0] in desk.index.live.values()


async def test_the_day_begins_where_the_operator_lives(desk: Desk) -> None:
    desk.now = datetime(2024, 2, 23, 14, 59, tzinfo=UTC)  # still the 23rd in Seoul
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    assert await desk.published() == {ATTENTION[0]}
    desk.now += timedelta(minutes=1)
    desk.write("b.txt", digest(REWARD))
    await desk.scan()
    assert await desk.published() == {ATTENTION[0]}


async def test_a_digest_kept_back_for_a_wrong_year_is_posted_when_the_year_is_set_right(desk: Desk) -> None:
    desk.write("today.txt", digest(REWARD, day=TODAY.replace(year=2023)))
    await desk.scan()
    assert await desk.published() == set()
    desk.write("today.txt", digest(REWARD))
    await desk.scan()
    assert await desk.published() == {REWARD[0]}
    assert desk.wakes == 2


async def test_a_typo_set_right_in_an_old_digest_posts_nothing_though_older_ones_count_as_new_by_now(
    desk: Desk,
) -> None:
    old = TODAY - timedelta(days=9)
    desk.write("a.txt", digest(ATTENTION, REWARD, day=old))
    await desk.scan()
    desk.within = 30
    desk.start()
    desk.write("a.txt", digest(ATTENTION, (*REWARD[:2], "보상 모델들의 가중치를 평균 냅니다.", REWARD[3]), day=old))
    assert len((await desk.scan()).changed) == 1
    assert await desk.published() == set()


async def test_tags_that_got_another_name_are_renamed_under_every_paper_there_is(desk: Desk) -> None:
    desk.write("today.txt", digest(REWARD, ATTENTION))
    await desk.scan()
    assert {tag.slug for tag in await desk.store.papers.tags()} == {"reward-model", "attention", "llm"}
    renamed = Lexicon.from_tables({"language-model": {"aliases": ["llm"]}, "reward-model": {}}, {})
    desk.start(renamed)
    await desk.scan()
    assert {tag.slug for tag in await desk.store.papers.tags()} == {"reward-model", "attention", "language-model"}
    desk.start(renamed)
    assert not (await desk.scan()).papers_changed


async def test_tags_that_a_process_writes_by_their_old_names_are_renamed_by_the_next(desk: Desk) -> None:
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    old = desk.ingest
    renamed = Lexicon.from_tables({"language-model": {"aliases": ["llm"]}}, {})
    desk.start(renamed)
    await desk.scan()
    desk.write("b.txt", digest((*BUBBLE[:3], "#llm"), day=YESTERDAY))
    await old.scan()
    assert {tag.slug for tag in await desk.store.papers.tags()} == {"attention", "language-model", "llm"}
    desk.start(renamed)
    await desk.scan()
    tags = {tag.slug: tag.count for tag in await desk.store.papers.tags()}
    assert tags == {"attention": 1, "language-model": 2}


# --- a file that is not there yet -------------------------------------------------------------------------------


async def test_what_lies_in_a_hidden_folder_is_no_digest(desk: Desk) -> None:
    desk.write(".stversions/today~20240219.txt", digest(REWARD))
    desk.write("today.txt", digest(ATTENTION))
    await desk.scan()
    assert set(await desk.store.digests.files()) == {"today.txt"}


async def test_a_folder_with_many_links_to_it_has_its_own_name(desk: Desk) -> None:
    for number in range(9):
        if number == 4:
            desk.write("2024/a.txt", digest(ATTENTION))
        else:
            (desk.folder / f"link{number}").symlink_to(desk.folder / "2024")
    await desk.scan()
    assert set(await desk.store.digests.files()) == {"2024/a.txt"}


async def test_a_file_from_a_machine_whose_clock_is_ahead_is_not_waited_for(desk: Desk) -> None:
    path = desk.write("today.txt", digest(ATTENTION))
    tomorrow = path.stat().st_mtime_ns + 86_400 * 10**9
    os.utime(path, ns=(tomorrow, tomorrow))
    async with asyncio.timeout(10):
        assert (await desk.scan()).waiting == ()
    assert await desk.live() == {ATTENTION[0]}


async def test_a_file_just_written_is_read_once_nothing_more_is_written_to_it(desk: Desk) -> None:
    (desk.folder / "today.txt").write_text(digest(ATTENTION))
    report = await desk.scan()
    assert len(report.new) == 1
    assert report.waiting == ()


async def test_a_file_still_being_written_is_not_read_and_holds_up_no_other(desk: Desk) -> None:
    desk.settle = 0.3
    desk.start()
    desk.write("whole.txt", digest(REWARD))
    growing = desk.folder / "growing.txt"

    async def write() -> None:
        with growing.open("a") as file:
            for line in digest(ATTENTION, BUBBLE).splitlines(keepends=True):
                file.write(line)
                file.flush()
                await asyncio.sleep(0.1)

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    report = await desk.scan()
    assert report.waiting == ("growing.txt",)
    assert await desk.live() == {REWARD[0]}
    assert desk.wakes == 1
    await writing
    assert len((await desk.scan()).new) == 2
    assert await desk.live() == {REWARD[0], ATTENTION[0], BUBBLE[0]}


async def test_a_save_that_stalls_in_the_middle_withdraws_nothing(desk: Desk) -> None:
    desk.withdraw_after = WITHDRAW_SECONDS
    desk.start()
    whole, half = digest(ATTENTION, REWARD), digest(ATTENTION)
    desk.write("today.txt", whole)
    await desk.scan()
    with (desk.folder / "today.txt").open("w", encoding="utf-8") as file:
        file.write(half)
        file.flush()
        looking = asyncio.create_task(desk.scan())
        await asyncio.sleep(1)
        file.write(whole.removeprefix(half))
    assert (await looking).withdrawn == ()
    assert (await desk.scan()).restored == ()
    assert await desk.live() == {ATTENTION[0], REWARD[0]}


async def test_what_is_new_in_a_file_does_not_wait_for_what_it_lost(desk: Desk) -> None:
    desk.withdraw_after = 3600
    desk.start()
    desk.write("today.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    (desk.folder / "today.txt").write_text(digest(ATTENTION, BUBBLE), encoding="utf-8")
    looking = asyncio.create_task(desk.scan())
    async with asyncio.timeout(30):
        while BUBBLE[0] not in await desk.live():  # noqa: ASYNC110 - the database calls nobody
            await asyncio.sleep(0.01)
    assert REWARD[0] in await desk.live()
    looking.cancel()
    await asyncio.wait([looking])
    desk.withdraw_after = 0
    desk.start()
    assert len((await desk.scan()).withdrawn) == 1
    assert await desk.live() == {ATTENTION[0], BUBBLE[0]}


async def test_what_a_file_lost_does_not_wait_for_another_that_is_written_on_and_on(desk: Desk) -> None:
    desk.write("today.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    desk.write("today.txt", digest(ATTENTION))
    growing = desk.folder / "growing.txt"
    growing.write_text("2024년 2월 20일\n")

    def read(path: Path) -> FileDigest:
        found = read_digest_file(path)
        if path == growing:
            with growing.open("a") as file:
                file.write("?\n")
        return found

    desk.read = read
    desk.start()
    report = await desk.scan()
    assert (len(report.withdrawn), report.waiting) == (1, ("growing.txt",))


async def test_a_file_that_is_saved_while_it_is_read_is_read_again(desk: Desk) -> None:
    desk.write("today.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    torn: list[FileDigest] = []

    def half(path: Path) -> FileDigest:
        if not torn:
            path.write_text(digest(ATTENTION))
            torn.append(read_digest_file(path))
            path.write_text(digest(ATTENTION, REWARD, BUBBLE))
            return torn[0]
        return read_digest_file(path)

    desk.read = half
    desk.start()
    desk.write("today.txt", digest(ATTENTION, REWARD, BUBBLE))
    report = await desk.scan()
    assert (report.withdrawn, len(report.new), report.waiting) == ((), 1, ())
    assert await desk.live() == {ATTENTION[0], REWARD[0], BUBBLE[0]}


async def test_a_finished_file_renamed_into_its_place_is_read_without_waiting(desk: Desk) -> None:
    desk.settle = 60
    desk.start()
    hidden = desk.folder / ".today.txt.part"
    hidden.write_text(digest(ATTENTION))
    await asyncio.sleep(0.02)
    hidden.rename(desk.folder / "today.txt")
    async with asyncio.timeout(10):
        await desk.scan()
    assert await desk.live() == {ATTENTION[0]}


# --- a file changes ---------------------------------------------------------------------------------------------


async def test_a_typo_fixed_in_place_keeps_the_paper_who_it_is(desk: Desk) -> None:
    desk.write("today.txt", digest(ATTENTION, (REWARD[0], REWARD[1], "보상 모댈의 가중치를 평균 냅니다.", REWARD[3])))
    await desk.scan()
    before = (await desk.papers())[REWARD[0]]
    desk.write("today.txt", digest(ATTENTION, REWARD))
    report = await desk.scan()
    after = (await desk.papers())[REWARD[0]]
    assert report.changed == (before.id,)
    assert (after.id, after.version, after.published_at) == (before.id, 2, before.published_at)
    assert after.paper.commentary == (REWARD[2],)
    assert desk.wakes == 2


async def test_a_replaced_file_of_the_same_length_and_time_is_noticed(desk: Desk) -> None:
    path = desk.write("today.txt", digest(ATTENTION))
    times = path.stat()
    await desk.scan()
    other = desk.folder / ".new"
    other.write_text(digest(ATTENTION).replace("Enough", "Plenty"))
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(path)
    assert len((await desk.scan()).changed) == 1
    assert await desk.live() == {"Attention Is Plenty"}


async def test_an_entry_taken_out_is_withdrawn_and_one_put_back_is_restored(desk: Desk) -> None:
    desk.write("today.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    gone = (await desk.papers())[REWARD[0]].id
    desk.write("today.txt", digest(ATTENTION))
    assert (await desk.scan()).withdrawn == (gone,)
    assert await desk.live() == {ATTENTION[0]}
    assert set(desk.index.live.values()) == {ATTENTION[0]}
    desk.write("today.txt", digest(ATTENTION, REWARD))
    assert (await desk.scan()).restored == (gone,)
    assert await desk.live() == {ATTENTION[0], REWARD[0]}


# --- a file moves -----------------------------------------------------------------------------------------------


async def test_a_renamed_file_is_the_same_file(desk: Desk) -> None:
    path = desk.write("today.txt", digest(ATTENTION))
    await desk.scan()
    before = await desk.papers()
    (desk.folder / "2024").mkdir()
    path.rename(desk.folder / "2024" / "0220.txt")
    report = await desk.scan()
    assert report.renamed == (("today.txt", "2024/0220.txt"),)
    assert report.missing == ()
    assert not report.papers_changed
    assert list(await desk.store.digests.files()) == ["2024/0220.txt"]
    assert await desk.papers() == before


async def test_a_file_renamed_and_changed_at_once_keeps_its_papers_who_they_are(desk: Desk) -> None:
    path = desk.write("today.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    before = await desk.papers()
    path.unlink()
    desk.write("0220.txt", digest(ATTENTION, (*REWARD[:2], "보상 모델들의 가중치를 평균 냅니다.", REWARD[3])))
    report = await desk.scan()
    assert report.new == ()
    assert report.changed == (before[REWARD[0]].id,)
    assert await desk.state("today.txt") == "missing"


def shuffle(folder: Path, *moves: tuple[str, str]) -> None:
    for old, new in moves:
        (folder / old).rename(folder / new)


@pytest.mark.parametrize("running", [True, False], ids=["under way", "while nobody looked"])
@pytest.mark.parametrize(
    ("moves", "names"),
    [
        ((("a.txt", ".t"), ("b.txt", "a.txt"), (".t", "b.txt")), ("b.txt", "a.txt", "c.txt")),
        ((("a.txt", ".t"), ("b.txt", "a.txt"), ("c.txt", "b.txt"), (".t", "c.txt")), ("c.txt", "a.txt", "b.txt")),
        ((("c.txt", "d.txt"), ("b.txt", "c.txt"), ("a.txt", "b.txt")), ("b.txt", "c.txt", "d.txt")),
        ((("a.txt", "0.txt"), ("b.txt", "a.txt"), ("c.txt", "b.txt")), ("0.txt", "a.txt", "b.txt")),
    ],
    ids=["two exchanged", "three exchanged", "shifted on", "shifted back"],
)
async def test_files_that_take_each_others_names_are_the_same_files(
    desk: Desk, moves: tuple[tuple[str, str], ...], names: tuple[str, ...], running: bool
) -> None:
    entries = (ATTENTION, REWARD, BUBBLE)
    for name, entry, days in zip(("a.txt", "b.txt", "c.txt"), entries, (0, 1, 2), strict=True):
        desk.write(name, digest(entry, day=TODAY - timedelta(days=days)))
    await desk.scan()
    before = await desk.papers()
    shuffle(desk.folder, *moves)
    if not running:
        desk.start()
    report = await desk.scan()
    assert len(report.renamed) == sum(new != old for old, new in zip(("a.txt", "b.txt", "c.txt"), names, strict=True))
    assert (report.missing, report.papers_changed) == ((), False)
    assert await desk.papers() == before
    files = await desk.store.digests.files()
    assert {name: file.date for name, file in files.items()} == {
        name: TODAY - timedelta(days=days) for days, name in enumerate(names)
    }
    assert not (await desk.scan()).renamed


async def test_files_exchanged_slowly_are_the_same_files(desk: Desk) -> None:
    desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(REWARD, day=YESTERDAY))
    await desk.scan()
    before = await desk.papers()
    for move in (("a.txt", ".t"), ("b.txt", "a.txt"), (".t", "b.txt")):
        shuffle(desk.folder, move)
        assert not (await desk.scan()).papers_changed
    assert await desk.papers() == before
    files = await desk.store.digests.files()
    assert {name: (file.state, file.date) for name, file in files.items()} == {
        "a.txt": ("ok", YESTERDAY),
        "b.txt": ("ok", TODAY),
    }


async def test_a_file_over_which_another_is_moved_is_replaced(desk: Desk) -> None:
    desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(REWARD))
    await desk.scan()
    before = await desk.papers()
    shuffle(desk.folder, ("b.txt", "a.txt"))
    report = await desk.scan()
    assert (report.new, report.withdrawn) == ((), (before[ATTENTION[0]].id,))
    assert await desk.live() == {REWARD[0]}


async def test_a_digest_put_by_under_another_name_stays_who_it_is_when_the_next_takes_its_name(desk: Desk) -> None:
    desk.write("today.txt", digest(ATTENTION, day=YESTERDAY))
    await desk.scan()
    before = await desk.papers()
    shuffle(desk.folder, ("today.txt", "2024-02-19.txt"))
    desk.write("today.txt", digest(REWARD))
    report = await desk.scan()
    assert report.renamed == (("today.txt", "2024-02-19.txt"),)
    assert (len(report.new), report.withdrawn) == (1, ())
    assert (await desk.papers())[ATTENTION[0]] == before[ATTENTION[0]]


async def test_a_digest_that_is_corrected_after_a_copy_was_made_stays_who_it_is(desk: Desk) -> None:
    path = desk.write("a.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    before = await desk.papers()
    desk.write("0-as-it-was.txt", path.read_bytes())
    desk.write("a.txt", digest(ATTENTION, (*REWARD[:2], "보상 모델들의 가중치를 평균 냅니다.", REWARD[3])))
    report = await desk.scan()
    assert (report.renamed, report.withdrawn) == ((), ())
    assert report.changed == (before[REWARD[0]].id,)


REWARDED = (*REWARD[:2], "보상 모델들의 가중치를 평균 냅니다.", REWARD[3])


@pytest.mark.parametrize("seen", [True, False], ids=["seen as a copy", "made while nobody looked"])
@pytest.mark.parametrize("name", ["0-copy.txt", "z-copy.txt"])
@pytest.mark.parametrize("now", [digest(ATTENTION, REWARDED), digest(ATTENTION)], ids=["a typo", "an entry taken out"])
async def test_a_copy_of_what_a_file_was_before_it_was_corrected_posts_nothing(
    desk: Desk, name: str, now: str, seen: bool
) -> None:
    path = desk.write("a.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    before = await desk.papers()
    copy = desk.write(name, path.read_bytes())
    if seen:
        assert [bad.name for bad in (await desk.scan()).bad] == [name]
    desk.write("a.txt", now)
    report = await desk.scan()
    assert (report.new, report.renamed, report.changed + report.withdrawn) == ((), (), (before[REWARD[0]].id,))
    assert [bad.name for bad in report.bad] == ([] if seen else [name])
    desk.start()
    assert await desk.scan() == ScanReport(), "nor does the next process"
    assert await desk.codes(name) == [SAME_FILE]
    path.unlink()
    assert (await desk.scan()).new == (), "what is gone back to is what there was"
    assert await desk.state(copy.name) == "ok"
    assert {title: stored.id for title, stored in (await desk.papers()).items()} == {
        title: stored.id for title, stored in before.items()
    }


async def test_a_copy_of_a_file_that_tomorrows_digest_overwrites_is_the_digest_that_was_posted(desk: Desk) -> None:
    path = desk.write("today.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    desk.write("0220.txt", path.read_bytes())
    await desk.scan()
    desk.write("today.txt", digest(ATTENTION, REWARDED))
    await desk.scan()
    before = await desk.papers()
    desk.write("0220.txt", digest(ATTENTION, REWARDED))
    await desk.scan()
    desk.write("today.txt", digest(BUBBLE, day=TODAY + timedelta(days=1)))
    report = await desk.scan()
    assert (report.renamed, report.withdrawn, len(report.new)) == ((("today.txt", "0220.txt"),), (), 1)
    assert before.items() <= (await desk.papers()).items()


async def test_a_copy_of_a_file_that_was_corrected_and_then_overwritten_is_a_digest_and_keeps_its_posts(
    desk: Desk,
) -> None:
    desk.write("a.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    before = await desk.papers()
    desk.write("z-copy.txt", digest(ATTENTION, REWARD))
    desk.write("a.txt", digest(ATTENTION, REWARDED))
    await desk.scan()
    desk.write("a.txt", digest(BUBBLE, day=TODAY + timedelta(days=1)))
    await desk.scan()
    assert await desk.state("z-copy.txt") == "ok"
    assert before[ATTENTION[0]].id in [key for key, _, _ in (await live_papers(desk))[ATTENTION[0]]]


async def test_a_copy_is_put_aside_and_takes_over_when_the_first_goes(desk: Desk) -> None:
    path = desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    before = await desk.papers()
    desk.write("b.txt", digest(ATTENTION))
    report = await desk.scan()
    assert [bad.name for bad in report.bad] == ["b.txt"]
    assert await desk.codes("b.txt") == [SAME_FILE]
    assert (await desk.scan()).bad == ()
    path.unlink()
    assert (await desk.scan()).renamed == (("a.txt", "b.txt"),)
    assert await desk.state("b.txt") == "ok"
    assert await desk.papers() == before


@pytest.mark.parametrize("day", [TODAY, TODAY + timedelta(days=1)])
async def test_a_copy_that_becomes_a_digest_of_its_own_is_stored(desk: Desk, day: date) -> None:
    desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(ATTENTION))
    await desk.scan()
    desk.write("b.txt", digest(REWARD, day=day))
    assert len((await desk.scan()).new) == 1
    assert await desk.state("b.txt") == "ok"
    assert await desk.live() == {ATTENTION[0], REWARD[0]}


async def test_the_same_paper_in_two_files_is_published_once_and_the_log_says_so(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(ATTENTION, REWARD, day=TODAY + timedelta(days=1)))
    with caplog.at_level(logging.INFO, "bot.ingest"):
        await desk.scan()
    said = [record.getMessage() for record in caplog.records]
    [line] = [each for each in said if each.startswith("b.txt")]
    assert line.startswith("b.txt: 2 new")
    assert line.endswith("; 1 not posted, for the archive has the same already")
    _, found = await changed_since(desk.store, -1)
    published = [stored.paper.title for stored in found if stored.published_at is not None]
    assert sorted(published) == [ATTENTION[0], REWARD[0]]
    assert len(found) == 3


# --- an entry moves ---------------------------------------------------------------------------------------------


async def live_papers(desk: Desk) -> dict[str, list[tuple[int, date, bool]]]:
    """The live papers by title: their ids, days, and whether they were published."""
    _, found = await changed_since(desk.store, -1)
    live: dict[str, list[tuple[int, date, bool]]] = {}
    for stored in found:
        if not stored.withdrawn:
            its = (stored.id, stored.paper.date, stored.published_at is not None)
            live.setdefault(stored.paper.title, []).append(its)
    return live


@pytest.mark.parametrize("moved", ["to an earlier file", "to a later file", "to a new file", "for another"])
async def test_an_entry_moved_to_another_file_takes_its_posts_with_it(desk: Desk, moved: str) -> None:
    first, second = ("20.txt", "19.txt") if moved == "to an earlier file" else ("19.txt", "20.txt")
    days = {"19.txt": YESTERDAY, "20.txt": TODAY}
    desk.write(first, digest(ATTENTION, REWARD, day=days[first]))
    if moved != "to a new file":
        desk.write(second, digest(BUBBLE, day=days[second]))
    await desk.scan()
    before = await desk.papers()
    taken = [BUBBLE] if moved == "for another" else []
    left = [BUBBLE] if moved in ("to an earlier file", "to a later file") else []
    desk.write(first, digest(ATTENTION, *taken, day=days[first]))
    desk.write(second, digest(*left, REWARD, day=days[second]))
    report = await desk.scan()
    assert report.withdrawn == report.restored == ()
    live = await live_papers(desk)
    assert live[REWARD[0]] == [(before[REWARD[0]].id, days[second], True)]
    if taken:
        assert live[BUBBLE[0]] == [(before[BUBBLE[0]].id, days[first], True)]
    assert not (await desk.scan()).papers_changed
    desk.looked_into.clear()
    desk.start()
    assert not (await desk.scan()).papers_changed
    assert desk.looked_into == [], "it is remembered what both look like"


async def test_an_entry_moved_to_a_file_that_was_only_just_written_is_not_withdrawn_before_that_is_read(
    desk: Desk,
) -> None:
    desk.write("20.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    before = await desk.papers()
    (desk.folder / "19.txt").write_text(digest(REWARD, day=YESTERDAY))
    desk.write("20.txt", digest(ATTENTION))
    assert (await desk.scan()).withdrawn == ()
    assert (await live_papers(desk))[REWARD[0]] == [(before[REWARD[0]].id, YESTERDAY, True)]


async def test_a_curator_who_writes_an_entry_elsewhere_first_moves_it(desk: Desk) -> None:
    desk.write("20.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    before = await desk.papers()
    desk.write("19.txt", digest(REWARD, day=YESTERDAY))
    await desk.scan()
    desk.write("20.txt", digest(ATTENTION))
    assert (await desk.scan()).withdrawn == ()
    assert (await live_papers(desk))[REWARD[0]] == [(before[REWARD[0]].id, YESTERDAY, True)]
    desk.write("20.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    both = (await live_papers(desk))[REWARD[0]]
    assert sorted((day, posted) for _, day, posted in both) == [(YESTERDAY, True), (TODAY, False)]


async def test_an_entry_taken_out_is_withdrawn_also_where_the_process_died_before_it_was(
    desk: Desk, sqlite_url: str
) -> None:
    desk.write("a.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    desk.write("a.txt", digest(ATTENTION))
    with contextlib.closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as saboteur:
        saboteur.execute(
            "CREATE TRIGGER dying BEFORE UPDATE OF withdrawn ON paper WHEN NEW.withdrawn "
            "BEGIN SELECT RAISE(ABORT, 'dying'); END"
        )
        assert (await desk.scan()).failed == ("a.txt",)
        saboteur.execute("DROP TRIGGER dying")
    desk.start()
    assert len((await desk.scan()).withdrawn) == 1
    assert await desk.live() == {ATTENTION[0]}


# --- a file goes ------------------------------------------------------------------------------------------------


async def test_a_file_that_goes_withdraws_nothing_and_coming_back_changes_nothing(desk: Desk) -> None:
    path = desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(REWARD))
    await desk.scan()
    before = await desk.papers()
    path.rename(desk.folder / ".a.txt")
    assert (await desk.scan()).missing == ("a.txt",)
    assert await desk.state("a.txt") == "missing"
    assert await desk.papers() == before
    (desk.folder / ".a.txt").rename(path)
    assert not (await desk.scan()).papers_changed
    assert await desk.state("a.txt") == "ok"
    assert await desk.papers() == before


@pytest.mark.parametrize("loss", ["deleted", "emptied", "replaced by a file"])
async def test_a_folder_that_is_gone_or_empty_is_an_unmounted_disk_and_warned_of_once(
    desk: Desk, loss: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    shutil.rmtree(desk.folder)
    if loss == "emptied":
        desk.folder.mkdir()
    elif loss == "replaced by a file":
        desk.folder.write_text("?")
    caplog.clear()
    for _ in range(3):
        assert (await desk.scan()).missing == ()
    assert await desk.state("a.txt") == "ok"
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert str(desk.folder) in warnings[0]


async def test_a_folder_that_is_lost_for_the_second_time_is_warned_of_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.write("a.txt", digest(ATTENTION))
    for _ in range(2):
        await desk.scan()
        desk.folder.rename(desk.folder.with_name("elsewhere"))
        await desk.scan()
        desk.folder.with_name("elsewhere").rename(desk.folder)
    assert [str(desk.folder) in record.getMessage() for record in caplog.records].count(True) == 2


async def test_a_file_that_only_another_process_misses_is_noted_as_there(desk: Desk) -> None:
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    await desk.store.digests.missing(["a.txt"], NOW)
    assert not (await desk.scan()).papers_changed
    assert await desk.state("a.txt") == "ok"


# --- a bad file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff" * 5000, "오늘은 쉽니다.\n".encode(), b"a" * 21_000_000],
    ids=["empty", "binary", "no digest", "21 MB"],
)
async def test_a_bad_file_is_reported_once_with_its_name_and_stops_no_other(
    desk: Desk, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    desk.write("a.txt", content)
    desk.write("b.txt", digest(REWARD))
    report = await desk.scan()
    assert [bad.name for bad in report.bad] == ["a.txt"]
    assert report.bad[0].problems
    assert await desk.state("a.txt") == "bad"
    assert await desk.live() == {REWARD[0]}
    assert (await desk.scan()).bad == ()
    desk.start()
    assert (await desk.scan()).bad == ()
    reported = [record for record in caplog.records if record.getMessage().startswith("a.txt:")]
    assert len(reported) == len(report.bad[0].problems)
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    assert await desk.state("a.txt") == "ok"
    assert await desk.live() == {REWARD[0], ATTENTION[0]}


async def test_a_file_that_only_a_newer_parser_can_read_is_read_when_paperboy_is_next_started(desk: Desk) -> None:
    def old(path: Path) -> FileDigest:
        problem = Problem(line=1, code="no-date", message="No date line.")
        return replace(read_digest_file(path), parsed=Parsed(digest=None, problems=(problem,)))

    desk.read = old
    desk.start()
    desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(ATTENTION, REWARD))
    assert len((await desk.scan()).bad) == 2
    desk.read = read_digest_file
    desk.start()
    assert len((await desk.scan()).new) == 3


async def test_no_number_of_warnings_hides_why_a_file_is_bad(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    entries = "".join(f"An Entry Without Authors {number}\n{ATTENTION[2]}\n#llm\n" for number in range(120))
    path = desk.write("a.txt", f"2024년 2월 20일\n{entries}2024년 2월 21일\n")
    await desk.scan()
    assert await desk.codes("a.txt") == ["no-authors"] * 99 + ["two-dates"]
    assert "a.txt:362: A second date, 2024-02-21" in caplog.text
    with pytest.raises(NoDigestError) as told:
        await desk.ingest.publish(path)
    assert str(told.value) == f"{path}:362: A second date, 2024-02-21; the digest is already dated 2024-02-20."


async def test_a_good_file_that_turns_bad_leaves_its_papers_alone(desk: Desk) -> None:
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    desk.write("a.txt", b"\x00\x01\x02\xff" * 5000)
    await desk.scan()
    assert await desk.state("a.txt") == "bad"
    assert await desk.live() == {ATTENTION[0]}
    desk.write("a.txt", digest(ATTENTION))
    assert not (await desk.scan()).papers_changed
    assert await desk.state("a.txt") == "ok"


async def test_links_to_nowhere_pipes_and_folders_named_like_digests_stop_nothing(desk: Desk) -> None:
    (desk.folder / "nowhere.txt").symlink_to(desk.folder / "nothing")
    (desk.folder / "itself.txt").symlink_to(desk.folder / "itself.txt")
    os.mkfifo(desk.folder / "pipe.txt")
    desk.write("folder.txt/inside.txt", digest(REWARD))
    async with asyncio.timeout(10):
        report = await desk.scan()
    assert {bad.name for bad in report.bad} == {"nowhere.txt", "itself.txt", "pipe.txt"}
    assert await desk.codes("pipe.txt") == [NOT_A_FILE]
    assert await desk.live() == {REWARD[0]}
    (desk.folder / "nothing").write_text(digest(ATTENTION))
    await desk.scan()
    assert await desk.state("nowhere.txt") == "ok"


async def test_a_file_that_may_not_be_read_is_bad_until_it_may(open_folder: Path, sqlite_store: Store) -> None:
    def read(path: Path) -> FileDigest:
        with nobody():
            return read_digest_file(path)

    desk = Desk(open_folder, sqlite_store)
    desk.read = read
    desk.start()
    path = desk.write("a.txt", digest(ATTENTION))
    path.chmod(0)
    assert [bad.name for bad in (await desk.scan()).bad] == ["a.txt"]
    assert await desk.codes("a.txt") == ["file-not-readable"]
    path.chmod(0o644)
    assert len((await desk.scan()).new) == 1
    assert await desk.state("a.txt") == "ok"


async def test_a_file_that_a_disk_in_trouble_did_not_give_is_read_by_the_next_scan(desk: Desk) -> None:
    trouble = ["Input/output error"]

    def read(path: Path) -> FileDigest:
        return unread(path, "file-not-readable", trouble.pop()) if trouble else read_digest_file(path)

    desk.read = read
    desk.start()
    desk.write("a.txt", digest(ATTENTION))
    assert [bad.name for bad in (await desk.scan()).bad] == ["a.txt"]
    assert len((await desk.scan()).new) == 1


async def test_a_file_that_finds_a_fault_in_the_parser_is_put_aside_and_stops_no_other(desk: Desk) -> None:
    def read(path: Path) -> FileDigest:
        if path.name == "a.txt":
            raise RecursionError("too deep")
        return read_digest_file(path)

    desk.read = read
    desk.start()
    desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(REWARD))
    assert [bad.name for bad in (await desk.scan()).bad] == ["a.txt"]
    assert await desk.codes("a.txt") == [PARSER_FAILED]
    assert await desk.live() == {REWARD[0]}


async def test_a_name_that_is_not_utf8_is_stored_all_the_same(desk: Desk) -> None:
    try:
        (desk.folder / os.fsdecode(b"\xbf\xc0.txt")).write_text(digest(ATTENTION))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    await desk.scan()
    assert await desk.scan() == ScanReport(), "it is known by the name that it has in the store"
    assert await desk.live() == {ATTENTION[0]}


# --- a database in trouble --------------------------------------------------------------------------------------


async def test_a_file_that_the_database_did_not_take_is_tried_again_and_never_put_aside(
    desk: Desk, sqlite_url: str
) -> None:
    desk.write("a.txt", digest(ATTENTION))
    with contextlib.closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as saboteur:
        saboteur.execute("ALTER TABLE paper_tag RENAME TO hidden")
        report = await desk.scan()
        assert report.failed == ("a.txt",)
        assert report.bad == ()
        assert await desk.state("a.txt") is None
        saboteur.execute("ALTER TABLE hidden RENAME TO paper_tag")
    assert len((await desk.scan()).new) == 1
    assert await desk.state("a.txt") == "ok"


# --- posting on demand ------------------------------------------------------------------------------------------


async def follower(store: Store) -> Chat:
    chat, _ = await store.chats.meet(
        Address(lane="console:local", chat="1"),
        kind=ChatKind.PRIVATE,
        title="",
        language="ko",
        zone="Asia/Seoul",
        now=NOW,
        subscribe=("*", "*"),
    )
    return chat


async def test_publish_posts_an_old_digest_once(desk: Desk) -> None:
    chat = await follower(desk.store)
    path = desk.write("old.txt", digest(REWARD, ATTENTION, day=date(2020, 1, 2)))
    await desk.scan()
    desk.now += timedelta(minutes=1)
    desk.wakes = 0
    posted = await desk.ingest.publish(path)
    assert [stored.paper.title for stored in posted] == [REWARD[0], ATTENTION[0]]
    assert desk.wakes == 1
    woken = await desk.store.chats.get(chat.id)
    assert woken is not None
    assert woken.next_post_at == desk.now
    assert await desk.ingest.publish(path) == ()
    assert desk.wakes == 1


async def test_publish_reads_a_file_that_was_not_read_before_wherever_it_is(desk: Desk, tmp_path: Path) -> None:
    desk.write("2020/old.txt", digest(REWARD, day=date(2020, 1, 2)))
    assert len(await desk.ingest.publish(Path("2020/old.txt"))) == 1
    outside = tmp_path / "outside.txt"
    outside.write_text(digest(ATTENTION, day=date(2020, 1, 3)))
    assert len(await desk.ingest.publish(outside)) == 1
    assert await desk.published() == {REWARD[0], ATTENTION[0]}
    assert (await desk.scan()).missing == ()
    # Dropped into the folder later it is the same digest.
    desk.write("late.txt", outside.read_text())
    assert [new for _, new in (await desk.scan()).renamed] == ["late.txt"]
    assert await desk.ingest.publish(desk.folder / "late.txt") == ()


@pytest.mark.parametrize("place", ["copy.txt", "../outside.txt"])
async def test_publish_of_a_copy_posts_the_digest_that_is_known(desk: Desk, place: str) -> None:
    desk.write("old.txt", digest(REWARD, day=date(2020, 1, 2)))
    await desk.scan()
    copy = desk.write(place, digest(REWARD, day=date(2020, 1, 2)))
    await desk.scan()
    assert [stored.paper.title for stored in await desk.ingest.publish(copy)] == [REWARD[0]]
    assert await desk.ingest.publish(desk.folder / "old.txt") == ()
    good = {name for name, file in (await desk.store.digests.files()).items() if file.state == "ok"}
    assert good == {"old.txt"}


async def test_publish_of_a_changed_file_withdraws_what_it_lost(desk: Desk) -> None:
    path = desk.write("a.txt", digest(ATTENTION, REWARD))
    await desk.scan()
    desk.write("a.txt", digest(ATTENTION))
    await desk.ingest.publish(path)
    assert await desk.live() == {ATTENTION[0]}


async def test_publish_says_what_is_wrong_with_a_bad_file(desk: Desk) -> None:
    path = desk.write("bad.txt", "오늘은 쉽니다.\n")
    with pytest.raises(NoDigestError, match=r"bad\.txt:[0-9]+: "):
        await desk.ingest.publish(path)
    with pytest.raises(NoDigestError):
        await desk.ingest.publish(Path("nothing.txt"))


# --- the index follows ------------------------------------------------------------------------------------------


async def test_an_index_that_is_behind_or_of_another_archive_catches_up_without_any_change(desk: Desk) -> None:
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    desk.index.revision, desk.index.live = 0, {}
    await desk.scan()
    assert set(desk.index.live.values()) == {ATTENTION[0]}
    desk.index.revision, desk.index.live = 1000, {}
    await desk.scan()
    assert set(desk.index.live.values()) == {ATTENTION[0]}
    assert desk.index.revision == await desk.store.papers.revision()


async def test_a_backup_that_was_restored_and_written_to_since_is_noticed(tmp_path: Path, sqlite_url: str) -> None:
    place = Path(sqlite_url.removeprefix("sqlite:///"))
    store = await Store.open(sqlite_url)
    desk = Desk(tmp_path / "seeds", store)
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    await store.close()
    backup = await asyncio.to_thread(place.read_bytes)

    store = await Store.open(sqlite_url)
    desk.reopen(store)
    desk.write("b.txt", digest(REWARD))
    await desk.scan()
    assert set(desk.index.live.values()) == {ATTENTION[0], REWARD[0]}
    await store.close()
    await asyncio.to_thread(place.write_bytes, backup)
    (desk.folder / "b.txt").unlink()

    store = await Store.open(sqlite_url)
    desk.reopen(store)
    desk.write("c.txt", digest(BUBBLE))
    await desk.scan()
    await store.close()
    assert set(desk.index.live.values()) == {ATTENTION[0], BUBBLE[0]}


async def test_an_index_that_cannot_follow_keeps_no_digest_from_being_stored_and_posted(desk: Desk) -> None:
    desk.index.failure = SearchError("the disk is full")
    desk.write("a.txt", digest(ATTENTION))
    (desk.folder / "b.txt").write_text(digest(REWARD))  # just written, and read a moment later
    with pytest.raises(SearchError, match="the disk is full"):
        await desk.scan()
    assert await desk.published() == {ATTENTION[0], REWARD[0]}
    assert desk.wakes > 0
    assert desk.index.live == {}
    desk.index.failure = None
    await desk.scan()
    assert set(desk.index.live.values()) == {ATTENTION[0], REWARD[0]}


async def test_an_index_that_lost_what_it_knew_gets_everything_at_once(desk: Desk) -> None:
    class Burnt(Shelf):
        def apply(self, changed: Iterable[StoredPaper], revision: int, *, total: int, mark: str, anew: bool) -> None:
            if self.revision:
                self.live, self.revision, self.mark = {}, 0, ""
                raise SearchError("all is lost")
            super().apply(changed, revision, total=total, mark=mark, anew=anew)

    desk.index = Burnt()
    desk.reopen(desk.store)
    for name, entry in (("a.txt", ATTENTION), ("b.txt", REWARD)):
        desk.write(name, digest(entry))
        await desk.scan()
    assert set(desk.index.live.values()) == {ATTENTION[0], REWARD[0]}


async def test_a_worn_index_gets_everything_once_more_and_a_good_one_nothing(desk: Desk) -> None:
    desk.write("a.txt", digest(ATTENTION))
    await desk.scan()
    desk.index.live = {77: "A paper that was never there"}
    await desk.ingest.renew_index()
    assert [*desk.index.live] == [77]
    desk.index.worn = True
    await desk.ingest.renew_index()
    assert set(desk.index.live.values()) == {ATTENTION[0]}


# --- watching ---------------------------------------------------------------------------------------------------


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in a database
            await asyncio.sleep(0.01)


@pytest.fixture
async def watched(desk: Desk) -> AsyncIterator[Desk]:
    task = asyncio.create_task(desk.ingest.watch())
    yield desk
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_file_renamed_into_the_watched_folder_is_stored_within_a_moment(watched: Desk) -> None:
    watched.write("a.txt", digest(REWARD))
    await until(lambda: is_live(watched, REWARD))
    hidden = watched.folder / ".b"
    hidden.write_text(digest(ATTENTION, day=TODAY + timedelta(days=1)))
    hidden.rename(watched.folder / "b.txt")
    await until(lambda: is_live(watched, ATTENTION))


async def is_live(desk: Desk, entry: Entry) -> bool:
    return entry[0] in await desk.live()


async def test_a_folder_that_is_quiet_after_a_change_is_looked_at_once_more(tmp_path: Path) -> None:
    folder, file = tmp_path / "seeds", tmp_path / "a.txt"
    folder.mkdir()
    file.write_text("a", encoding="utf-8")
    async with contextlib.aclosing(changes_in(folder)) as looks, asyncio.timeout(30):
        await anext(looks)
        file.rename(folder / "a.txt")
        await anext(looks)
        await anext(looks)  # nothing happened meanwhile that anybody was told of


async def test_a_file_written_slowly_into_the_watched_folder_is_stored_whole(watched: Desk) -> None:
    with (watched.folder / "a.txt").open("w") as file:
        for line in digest(ATTENTION, REWARD).splitlines(keepends=True):
            file.write(line)
            file.flush()
            await asyncio.sleep(0.02)
    await until(lambda: is_live(watched, REWARD))
    assert [stored.version for stored in (await watched.papers()).values()] == [1, 1]


async def test_the_watch_survives_the_folder_being_deleted_and_made_again(watched: Desk) -> None:
    watched.write("a.txt", digest(ATTENTION))
    await until(lambda: is_live(watched, ATTENTION))
    shutil.rmtree(watched.folder)
    await asyncio.sleep(0.3)
    watched.folder.mkdir()
    watched.write("b.txt", digest(REWARD))
    await until(lambda: is_live(watched, REWARD))
    watched.write("../outside/d.txt", digest(BUBBLE))
    (watched.folder / "../outside").rename(watched.folder / "2024.02")
    await until(lambda: is_live(watched, BUBBLE))


async def test_the_watch_notices_that_another_folder_took_the_name(watched: Desk) -> None:
    watched.write("a.txt", digest(ATTENTION))
    await until(lambda: is_live(watched, ATTENTION))
    watched.write("../new/b.txt", digest(REWARD))
    watched.folder.rename(watched.folder.with_name("old"))
    watched.folder.with_name("new").rename(watched.folder)
    await until(lambda: is_live(watched, REWARD))
    await asyncio.sleep(2 * WATCH_SECONDS)
    watched.write("c.txt", digest(BUBBLE))
    await until(lambda: is_live(watched, BUBBLE))


async def test_without_a_folder_to_watch_paperboy_looks_for_one_whatever_becomes_of_a_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0
    often = asyncio.Event()

    async def take_in() -> ScanReport:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise KeyError("a fault of our own")
        often.set()
        return ScanReport()

    watching = asyncio.create_task(watch(tmp_path / "nowhere", take_in))
    async with asyncio.timeout(30):
        await often.wait()
    watching.cancel()
    await asyncio.wait([watching])
    assert [record.getMessage() for record in caplog.records] == ["scan"], "that there is none is told by the look"
