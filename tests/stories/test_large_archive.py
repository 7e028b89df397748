"""An archive of years: what was read once is not read again, and the index takes it page by page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.digest_file import FileDigest, read_digest_file
from bot.feed import PAGE
from bot.model import StoredPaper
from bot.search import SearchError
from bot.store import Store, StoreError
from tests.stories.test_ingest import ATTENTION, REWARD, Desk, Shelf, digest
from tests.stories.test_ingest import desk as desk
from tests.stories.test_ingest import sqlite_store as sqlite_store

MANY = [(f"Paper {number} of an Archive", "Ada Kim", f"{number}번째 논문입니다.", "#llm") for number in range(PAGE + 7)]


async def test_after_a_restart_only_files_that_changed_meanwhile_are_parsed(desk: Desk) -> None:
    for name, entries in (("a.txt", [ATTENTION]), ("b.txt", [REWARD]), ("bad.txt", [])):
        desk.write(name, digest(*entries))
    await desk.scan()
    desk.write("b.txt", digest(REWARD, ATTENTION))
    read: list[str] = []

    def reader(path: Path) -> FileDigest:
        read.append(path.name)
        return read_digest_file(path)

    desk.read = reader
    desk.start()
    report = await desk.scan()
    assert read == ["b.txt", "bad.txt"], "a bad file is read by the program of today: it may be good to that"
    assert len(report.new) == 1
    await desk.scan()
    assert read == ["b.txt", "bad.txt"]


async def test_a_file_that_comes_back_after_a_restart_is_taken_for_what_it_was(desk: Desk) -> None:
    path = desk.write("a.txt", digest(ATTENTION))
    desk.write("b.txt", digest(REWARD))
    await desk.scan()
    away = path.rename(path.with_suffix(".away"))
    await desk.scan()
    assert await desk.state("a.txt") == "missing"
    away.rename(path)
    desk.start()
    assert not (await desk.scan()).papers_changed
    assert await desk.state("a.txt") == "ok"


async def test_the_index_gets_all_of_an_archive_of_several_pages(desk: Desk) -> None:
    desk.write("all.txt", digest(*MANY))
    totals: list[int] = []

    class Told(Shelf):
        def apply(self, changed: Iterable[StoredPaper], revision: int, *, total: int, mark: str, anew: bool) -> None:
            totals.append(total)
            super().apply(changed, revision, total=total, mark=mark, anew=anew)

    desk.index = Told()
    desk.reopen(desk.store)
    await desk.scan()
    assert set(desk.index.live.values()) == {title for title, *_ in MANY}
    desk.write("one.txt", digest(ATTENTION))
    await desk.scan()
    assert len(desk.index.live) == len(MANY) + 1
    assert totals == [len(MANY), 1]


async def test_a_database_that_goes_between_two_pages_leaves_the_index_as_it_was(desk: Desk, sqlite_url: str) -> None:
    desk.write("all.txt", digest(*MANY))
    loop = asyncio.get_running_loop()

    class Unlucky(Shelf):
        def apply(self, changed: Iterable[StoredPaper], revision: int, *, total: int, mark: str, anew: bool) -> None:
            for number, _ in enumerate(changed):
                if number == 0:
                    asyncio.run_coroutine_threadsafe(desk.store.close(), loop).result(20)

    desk.index = Unlucky()
    desk.reopen(desk.store)
    with pytest.raises(StoreError, match="closed"):
        await desk.scan()
    desk.store = await Store.open(sqlite_url)
    try:
        desk.start()
        await desk.scan()
        assert len(desk.index.live) == len(MANY)
    finally:
        await desk.store.close()


async def test_whoever_breaks_off_a_build_waits_for_no_page(desk: Desk) -> None:
    desk.write("all.txt", digest(*MANY))
    taking, released = threading.Event(), threading.Event()
    ends: list[str] = []

    class Slow(Shelf):
        def apply(self, changed: Iterable[StoredPaper], revision: int, *, total: int, mark: str, anew: bool) -> None:
            try:
                for number, _ in enumerate(changed):
                    taking.set()
                    if number == 0:
                        released.wait(20)
            except BaseException as error:
                ends.append(type(error).__name__)
                raise

    desk.index = Slow()
    desk.reopen(desk.store)
    scan = asyncio.create_task(desk.scan())
    await asyncio.to_thread(taking.wait, 20)
    scan.cancel()
    await asyncio.sleep(0)
    released.set()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(20):
            await scan
    assert ends == ["FeedStopped"]


async def test_whoever_breaks_off_a_build_waits_for_no_process_that_hangs(desk: Desk) -> None:
    desk.write("all.txt", digest(*MANY))
    hanging, ended = threading.Event(), threading.Event()

    class Hanging(Shelf):
        def apply(self, changed: Iterable[StoredPaper], revision: int, *, total: int, mark: str, anew: bool) -> None:
            hanging.set()
            assert ended.wait(20)
            raise SearchError("it was ended")

        def break_off(self) -> None:
            ended.set()

    desk.index = Hanging()
    desk.reopen(desk.store)
    scan = asyncio.create_task(desk.scan())
    await asyncio.to_thread(hanging.wait, 20)
    scan.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await scan
    assert ended.is_set()
