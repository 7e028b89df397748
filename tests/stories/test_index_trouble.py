"""Paperboy goes on while its search index is built, lost, damaged or in nobody's power to write."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.following import Follower
from bot.search import SearchError
from bot.store import StoreError
from bot.strings import text
from tests.fakes.removing import removes
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.people import User
from tests.fakes.telegram.server import FakeTelegram
from tests.stories.telegram_house import PATIENT, drop, entry, knows, paperboy


class Slow:
    """A build of the index that stands still from its first hundred papers on until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.goes_on = threading.Event()

    def __call__(self, done: int, total: int) -> None:
        self.begun.set()
        assert self.goes_on.wait(60)


async def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait for it, but not for ever."""
    async with asyncio.timeout(PATIENT):
        while not condition():  # noqa: ASYNC110 - files and threads raise no events here
            await asyncio.sleep(0.02)
    assert condition(), what


async def asks(reader: User, words: str) -> Message:
    """Search, and read the answer."""
    said = await reader.says(reader.private, f"/search {words}")
    return await reader.private.wait_for(within=PATIENT, after=said)


async def finds(reader: User, title: str, words: str) -> None:
    """Search until it is found."""
    async with asyncio.timeout(PATIENT):
        while title not in (await asks(reader, words)).text:  # noqa: ASYNC110 - it is the reader who waits
            await asyncio.sleep(0.1)


async def gets(reader: User, title: str) -> None:
    await reader.private.wait_for(within=PATIENT, wanted=lambda one: title in one.text)


async def archived(telegram: FakeTelegram, folder: Path, *titles: str) -> None:
    """There is an archive with these papers, and its index."""
    drop(folder, "one.txt", *map(entry, titles))
    async with paperboy(telegram, folder):
        await eventually(lambda: revision(folder) > 0, "there is an index")


def revision(folder: Path) -> int:
    """Up to which revision of the archive the index is."""
    meta = folder / "data" / "index" / "paperboy.json"
    return int(json.loads(meta.read_text())["revision"]) if meta.exists() else 0


def outdate(folder: Path) -> None:
    """The index was made with other names of tags."""
    meta = folder / "data" / "index" / "paperboy.json"
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"lexicon": "other names"}))


def said(caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    return [line for record in caplog.records if words in (line := record.getMessage())]


# --- at the start -----------------------------------------------------------------------------------------------


async def test_while_an_outdated_index_is_built_anew_people_are_answered_and_digests_posted(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user(started=True)
    await archived(telegram, tmp_path, "An Old Paper")
    outdate(tmp_path)
    slow = Slow()
    async with paperboy(telegram, tmp_path, (), slow) as running:
        try:
            await knows(running.store, reader.fake.bot.user.id, reader.id)
            await eventually(slow.begun.is_set, "it is being built")
            assert "An Old Paper" in (await asks(reader, "old")).text
            drop(tmp_path, "two.txt", entry("A New Paper"))
            await gets(reader, "A New Paper")
            assert "A New Paper" not in (await asks(reader, "new")).text
        finally:
            slow.goes_on.set()
        await finds(reader, "A New Paper", "new")


async def test_without_any_index_what_is_owed_is_posted_at_once_and_people_are_answered_from_a_whole_one(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user(started=True)
    await archived(telegram, tmp_path, "An Old Paper")
    removes(tmp_path / "data" / "index")
    slow = Slow()
    async with paperboy(telegram, tmp_path, (), slow) as running:
        try:
            await knows(running.store, reader.fake.bot.user.id, reader.id)
            drop(tmp_path, "two.txt", entry("A New Paper"))
            await gets(reader, "A New Paper")
            assert not slow.goes_on.is_set()
            asked = await reader.says(reader.private, "/search old")
            await asyncio.sleep(0.3)
            assert not [one for one in reader.private.from_bot if one.id > asked.id]
        finally:
            slow.goes_on.set()
        answer = await reader.private.wait_for(within=PATIENT, after=asked)
        assert "An Old Paper" in answer.text


async def test_a_stop_in_the_middle_of_a_build_is_no_longer_than_others_and_keeps_what_there_was(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    await archived(telegram, tmp_path, *(f"Paper Number {n}" for n in range(150)))
    outdate(tmp_path)
    halfway = threading.Event()
    told: list[int] = []

    def slow(done: int, _total: int) -> None:
        told.append(done)
        halfway.set()
        time.sleep(1)

    async with paperboy(telegram, tmp_path, (), slow):
        await eventually(halfway.is_set, "it is being built")
        began = time.monotonic()
    assert time.monotonic() - began < 10
    assert told == [100]
    index = tmp_path / "data" / "index"
    assert sorted(each.name for each in index.iterdir()) == ["paperboy.json", "paperboy.lock", "terms"]
    assert json.loads((index / "paperboy.json").read_text())["lexicon"] == "other names"


# --- at work ----------------------------------------------------------------------------------------------------


async def test_an_index_that_is_removed_is_made_anew_with_one_warning_and_nobody_waits(
    telegram: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = telegram.user(started=True)
    index = tmp_path / "data" / "index"
    drop(tmp_path, "one.txt", entry("An Old Paper"))
    async with paperboy(telegram, tmp_path) as running:
        await eventually(lambda: revision(tmp_path) > 0, "there is an index")
        await knows(running.store, reader.fake.bot.user.id, reader.id)
        removes(index)
        await eventually(lambda: revision(tmp_path) > 0, "it is there again")
        drop(tmp_path, "two.txt", entry("A New Paper"))
        await gets(reader, "A New Paper")
        await finds(reader, "A New Paper", "new")
        await finds(reader, "An Old Paper", "old")
    assert len(said(caplog, "the search index in")) == 1
    assert [record for record in caplog.records if record.exc_info] == []


async def test_an_index_that_cannot_be_written_stops_no_digest_and_is_one_warning_until_it_can(
    telegram: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = telegram.user(started=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "index").write_text("no folder")
    async with paperboy(telegram, tmp_path) as running:
        await knows(running.store, reader.fake.bot.user.id, reader.id)
        drop(tmp_path, "one.txt", entry("A New Paper"))
        await gets(reader, "A New Paper")
        assert (await asks(reader, "new")).text == text("ko", "command.sorry")
        await asyncio.sleep(1)  # some tries
        [line] = said(caplog, "the search does not follow")
        assert line.endswith(f"the search index in {tmp_path / 'data' / 'index'} cannot be written: Not a directory")
        (tmp_path / "data" / "index").unlink()
        await finds(reader, "A New Paper", "new")


async def test_a_damaged_index_costs_an_apology_and_is_built_anew_by_itself(
    telegram: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = telegram.user(started=True)
    await archived(telegram, tmp_path, *(f"A Paper of {word}" for word in ("trees", "birds", "winds")))
    async with paperboy(telegram, tmp_path):
        for file in (tmp_path / "data" / "index" / "terms").glob("*.*"):
            if file.suffix in (".idx", ".term", ".store", ".pos"):
                with file.open("r+b") as damaged:
                    damaged.write(b"\xff" * (file.stat().st_size - 100))
        assert (await asks(reader, "winds")).text == text("ko", "command.sorry")
        await finds(reader, "A Paper of winds", "winds")
    [line] = said(caplog, "is built anew: ")
    assert str(tmp_path / "data" / "index") in line


# --- following --------------------------------------------------------------------------------------------------


class Fickle:
    """An index that fails as it is told to."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.tries = 0

    async def follow(self) -> None:
        self.tries += 1
        if self.failure is not None:
            raise self.failure


async def test_what_fails_is_told_once_until_it_works_or_something_else_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    index = Fickle()
    follower = Follower(lambda: None, index.follow, every=0.001)
    running = asyncio.create_task(follower.run())
    for failure in (
        SearchError("no space"), SearchError("no space"), StoreError("no database"), None, StoreError("no database"),
    ):  # fmt: skip
        index.failure = failure
        seen = index.tries
        await eventually(lambda seen=seen: index.tries > seen + 2, "it tries on")  # type: ignore[misc]
    running.cancel()
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "no space", "no database", "no database",
    ]  # fmt: skip


async def test_it_follows_at_once_when_it_is_told_to_and_a_costly_failure_is_not_tried_again_at_once() -> None:
    index = Fickle()
    hours = [0.0]

    def passes() -> None:
        hours[0] += 3600.0  # a build that takes an hour

    follower = Follower(lambda: None, index.follow, every=1000, monotonic=lambda: hours[0])
    running = asyncio.create_task(follower.run())
    await eventually(lambda: index.tries == 1, "the first time")
    assert follower.tried.is_set()
    follower.behind.set()
    await eventually(lambda: index.tries == 2, "at once")
    running.cancel()

    index.failure = SearchError("no space")
    dear = Follower(passes, index.follow, every=0.001, monotonic=lambda: hours[0])
    running = asyncio.create_task(dear.run())
    await dear.tried.wait()
    dear.behind.set()
    await asyncio.sleep(0.1)
    running.cancel()
    assert index.tries == 3


async def test_a_fault_of_our_own_does_not_end_the_following(caplog: pytest.LogCaptureFixture) -> None:
    index = Fickle()
    index.failure = RuntimeError("a fault of our own")
    running = asyncio.create_task(Follower(lambda: None, index.follow, every=0.001).run())
    await eventually(lambda: index.tries > 1, "it tries on")
    running.cancel()
    assert caplog.records[0].levelno == logging.ERROR


async def test_what_may_wait_is_done_when_nothing_else_is_and_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    index = Fickle()
    failures = [SearchError("no space"), None, RuntimeError("a fault of our own")]
    renewed: list[int] = []

    async def renew() -> None:
        renewed.append(index.tries)
        if (failure := failures.pop(0)) is not None:
            raise failure

    running = asyncio.create_task(Follower(lambda: None, index.follow, every=0.001, renew=renew).run())
    await eventually(lambda: index.tries > 6, "it follows on")
    running.cancel()
    assert renewed == [1, 2, 3], "after it has followed; a fault of our own is not met again"
    assert [record.getMessage() for record in caplog.records] == [
        "the search index is not built anew: no space", "the search index is not built anew",
    ]  # fmt: skip

    index.failure, failures = SearchError("no space"), [None]
    behind = Follower(lambda: None, index.follow, every=0.001, renew=renew)
    running = asyncio.create_task(behind.run())
    await eventually(lambda: index.tries > 9, "it tries on")
    running.cancel()
    assert len(renewed) == 3, "first it has to follow"
