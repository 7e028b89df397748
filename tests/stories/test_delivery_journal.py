"""What left is on record beside the ledger, so that a crash leaves in doubt only what was really under way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import multiprocessing.sharedctypes
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.base import FateUnknown, RateLimited
from bot.journal import Journal, Left, Log
from bot.model import ChatKind, DeliveryState
from bot.pacing import Limits
from tests.fakes.world import LANE, World, paper

SLOW = Limits(per_second=20, burst=1, chat_interval=0.0, reply_share=0.0)


def test_a_log_tells_what_left_and_what_the_answer_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    log = journal.open(LANE, 3)
    assert log is not None
    for delivery in (1, 2, 3):
        assert log.left(delivery)
    log.sent(2, "m7", "논문")
    log.told(3, refused=True)
    log.close(done=False)
    assert journal.read(LANE, 3) == {1: Left(), 2: Left(receipt="m7", shows="논문"), 3: Left(refused=True)}
    assert journal.read(LANE, 2) is None
    journal.forget(LANE, 4)
    assert journal.read(LANE, 3) is None


def test_nothing_leaves_any_more_in_the_name_of_a_log_that_was_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path, longest=200)
    log = journal.open(LANE, 1)
    assert log is not None
    assert log.left(1)
    assert journal.read(LANE, 1) == {1: Left()}
    assert not log.left(2)
    log.recorded([1])
    for delivery in range(4, 20):
        log.sent(delivery, "m1", None)
    log.recorded([])  # long enough to be written anew
    assert not log.left(5)
    log.close(done=False)


def test_a_log_that_is_written_anew_while_it_is_read_is_read_as_it_is_now(tmp_path: Path) -> None:
    """Whichever of the two is first, a request that left is in what was read, or it did not leave."""
    journal = Journal(tmp_path, longest=60)
    stop = threading.Event()
    wrong: list[tuple[int, int]] = []
    for epoch in range(200):
        log = journal.open(LANE, epoch)
        assert log is not None
        left: list[int] = []

        def write(log: Log = log, left: list[int] = left) -> None:
            for delivery in range(10_000):
                if not log.left(delivery):
                    return
                left.append(delivery)
                if delivery % 3 == 0:
                    log.recorded([])  # it is written anew each time
            stop.set()

        writer = threading.Thread(target=write)
        writer.start()
        while len(left) < epoch % 7 and writer.is_alive():
            pass
        read = journal.read(LANE, epoch)
        writer.join()
        assert read is not None
        wrong += [(epoch, delivery) for delivery in left if delivery not in read]
        log.close(done=True)
    assert not stop.is_set(), "a log was not sealed"
    assert not wrong


def test_a_log_of_another_boot_or_with_a_cut_line_says_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    log = journal.open(LANE, 1)
    assert log is not None
    log.left(1)
    log.close(done=False)
    [path] = tmp_path.iterdir()
    whole = path.read_text()
    path.write_text(whole[:-4])
    assert journal.read(LANE, 1) is None
    path.write_text(json.dumps(["another boot"]) + "\n" + whole.partition("\n")[2])
    assert journal.read(LANE, 1) is None
    path.write_text(whole)
    assert journal.read(LANE, 1) == {1: Left()}


def test_a_log_that_is_done_leaves_nothing_behind(tmp_path: Path) -> None:
    log = Journal(tmp_path).open(LANE, 1)
    assert log is not None
    log.left(1)
    log.close(done=True)
    assert list(tmp_path.iterdir()) == []


def test_a_long_log_is_written_anew_with_what_is_open(tmp_path: Path) -> None:
    journal = Journal(tmp_path, longest=2000)
    log = journal.open(LANE, 1)
    assert log is not None
    log.left(0)
    for delivery in range(1, 500):
        log.left(delivery)
        log.sent(delivery, f"m{delivery}", None)
        log.recorded([delivery])
    [path] = tmp_path.iterdir()
    assert path.stat().st_size < 2500
    log.close(done=False)
    left = journal.read(LANE, 1)
    assert left is not None
    assert left[0] == Left()


def test_where_it_cannot_be_written_it_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = Journal(tmp_path / "file").open(LANE, 1)
    assert log is not None
    log.left(1)
    log.close(done=False)
    assert Journal(tmp_path / "file").read(LANE, 1) is None


@contextlib.contextmanager
def full_disk(at: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_nothing_leaves_that_is_not_noted_down(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    log = journal.open(LANE, 1)
    assert log is not None
    [path] = tmp_path.iterdir()
    assert log.left(1)
    with full_disk(path.stat().st_size + 5):
        assert not log.left(2)
        log.sent(1, "m1", None)
        assert not log.left(3)
    assert not log.left(4), "what the ledger does not have yet is still to be read here"
    assert journal.read(LANE, 1) == {1: Left()}, "no half lines, and nothing that did not leave"
    log.close(done=False)


def test_a_full_disk_stops_a_lane_until_the_ledger_has_all_and_no_longer(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    log = journal.open(LANE, 1)
    assert log is not None
    [path] = tmp_path.iterdir()
    with full_disk(path.stat().st_size + 20):
        assert log.left(1)
        log.sent(1, "m1", None)
        log.recorded([])  # one is not on record yet, and does not fit either
        assert journal.read(LANE, 1) is None
        assert log.left(2), "it goes on without a journal"
        log.sent(2, "m2", None)
        log.recorded([1])
    assert log.left(3)
    log.recorded([])
    log.close(done=False)
    assert journal.read(LANE, 1) == {2: Left(receipt="m2"), 3: Left()}, "what left meanwhile is in it"


def _write(folder: Path, left: multiprocessing.sharedctypes.Synchronized[int]) -> None:
    log = Journal(folder).open(LANE, 1)
    assert log is not None
    while log.left(left.value + 1):
        left.value += 1


def test_a_process_that_is_frozen_and_goes_on_sends_nothing_that_its_log_did_not_tell(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    left = spawn.Value("i", 0)
    process = spawn.Process(target=_write, args=(tmp_path, left))
    process.start()
    try:
        until = time.monotonic() + 30
        while left.value < 100 and time.monotonic() < until:
            time.sleep(0.01)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        read = Journal(tmp_path).read(LANE, 1)
        assert read is not None
        os.kill(process.pid, signal.SIGCONT)
        process.join(30)
        assert process.exitcode == 0, "it has seen the seal"
        assert 100 <= left.value <= len(read)
    finally:
        process.kill()
        process.join()


async def broadcast_that_nobody_can_prove(world: World) -> None:
    """Ten papers for twenty private chats, on a slow line."""
    ids = await world.publish(*(paper(f"p{number}") for number in range(10)))
    for number in range(20):
        await world.owe(await world.chat(f"c{number}", kind=ChatKind.PRIVATE), ids)
    world.platform.provable = False
    world.platform.latency = 0.08


@pytest.mark.virtual_time
async def test_a_crash_leaves_in_doubt_only_what_was_under_way(world: World, tmp_path: Path) -> None:
    await broadcast_that_nobody_can_prove(world)
    async with world.pump("first", limits=SLOW, journal=Journal(tmp_path)) as first:
        await world.until(lambda: len(world.platform.messages) > 60)
        await world.until(lambda: world.platform.flying > 0)
        flying = world.platform.flying
        await first.kill()
    open_rows = len(await world.ledger(DeliveryState.SENDING))
    assert open_rows > flying
    async with world.pump("second", limits=SLOW, journal=Journal(tmp_path)):
        await world.settled()
    assert len(await world.ledger(DeliveryState.UNKNOWN)) <= flying
    seen = [world.platform.seen_in(f"c{number}") for number in range(20)]
    assert all(len(set(each)) == len(each) for each in seen)
    assert sum(map(len, seen)) >= 200 - flying


@pytest.mark.virtual_time
async def test_a_frozen_owner_leaves_in_doubt_only_what_was_under_way(world: World, tmp_path: Path) -> None:
    await broadcast_that_nobody_can_prove(world)
    async with world.pump("first", limits=SLOW, journal=Journal(tmp_path)) as first:
        await world.until(lambda: len(world.platform.messages) > 60)
        await world.until(lambda: world.platform.flying > 0)
        flying = world.platform.flying
        first.freeze()
        async with world.pump("second", limits=SLOW, journal=Journal(tmp_path)) as second:
            await world.until(lambda: bool(second.adapter.requests))
            first.thaw()
            await world.settled()
    unknown = len(await world.ledger(DeliveryState.UNKNOWN))
    assert unknown <= flying
    seen = [world.platform.seen_in(f"c{number}") for number in range(20)]
    assert all(len(set(each)) == len(each) for each in seen)
    assert sum(map(len, seen)) >= 200 - unknown


@pytest.mark.virtual_time
async def test_an_answer_that_proves_nothing_is_no_refusal_to_whoever_comes_after_a_crash(
    world: World, tmp_path: Path
) -> None:
    await world.owe(await world.chat("c1"), await world.publish(paper("one"), paper("two")))
    world.platform.trip("post", FateUnknown("502"), after=True)
    async with world.pump("first", journal=Journal(tmp_path)) as first:
        await world.until(lambda: world.posted(1) and not world.platform.flying)
        await first.kill()
    async with world.pump("second", journal=Journal(tmp_path)):
        await world.settled()
    assert world.platform.seen_in("c1") == ["one", "two"]


def logs_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.log"))


@pytest.mark.virtual_time
async def test_nothing_leaves_that_cannot_be_noted_down_any_more(world: World, tmp_path: Path) -> None:
    async with world.pump("first", journal=Journal(tmp_path)):
        await world.until(lambda: bool(logs_in(tmp_path)))
        [shard] = await world.store.leases.shards()
        assert Journal(tmp_path).read(LANE, shard.epoch) == {}  # as whoever takes the lane for its own does
        await world.owe(await world.chat("c1"), await world.publish(paper("one")))
        await asyncio.sleep(3)
    assert world.platform.requests == []


@pytest.mark.virtual_time
async def test_a_journal_stays_as_small_as_what_is_open_and_ends_with_its_epoch(world: World, tmp_path: Path) -> None:
    await broadcast_that_nobody_can_prove(world)
    async with world.pump("first", limits=SLOW, journal=Journal(tmp_path, longest=500)) as first:
        await world.until(lambda: len(world.platform.messages) > 60)
        [log] = logs_in(tmp_path)
        assert log.stat().st_size < 2_500
        await first.kill()
    async with world.pump("second", limits=SLOW, journal=Journal(tmp_path)) as second:
        await world.until(lambda: len(world.platform.messages) > 70)
        assert len(logs_in(tmp_path)) == 1
        assert logs_in(tmp_path) != [log]
        await second.stop()
    assert logs_in(tmp_path) == []


def noted(folder: Path, words: str) -> bool:
    """Whether that stands in a log."""
    return any(words in file.read_text() for file in folder.glob("*.log"))


async def told_and_killed(world: World, folder: Path, error: RateLimited) -> int:
    """A process is told to wait and dies before that is on record; how many requests it made."""
    ids = await world.publish(paper("one"), paper("two"))
    for name in ("c1", "c2"):
        await world.owe(await world.chat(name, kind=ChatKind.PRIVATE), ids)
    world.platform.trip("post", error, chat="c1")
    async with world.pump("first", limits=SLOW, journal=Journal(folder)) as first:
        await world.until(lambda: noted(folder, '"not"'))
        await first.kill()
    assert await world.ledger(DeliveryState.SENDING), "it was not on record"
    return len(world.platform.requests)


@pytest.mark.virtual_time
async def test_a_chats_wait_that_a_crash_kept_off_the_record_is_heeded_all_the_same(
    world: World, tmp_path: Path
) -> None:
    before = await told_and_killed(world, tmp_path / "journal", RateLimited(60))
    async with world.pump("second", limits=SLOW, journal=Journal(tmp_path / "journal")) as second:
        await world.until(lambda: world.platform.seen_in("c2") == ["one", "two"], within=30)
        await second.kill()
    async with world.pump("third", limits=SLOW):  # elsewhere: it is on record by now
        await world.settled()
    assert [world.platform.seen_in(name) for name in ("c1", "c2")] == [["one", "two"]] * 2
    assert min(message.at for message in world.platform.messages if message.chat == "c1") > 60
    assert before <= 2


@pytest.mark.virtual_time
async def test_a_lanes_wait_that_a_crash_kept_off_the_record_is_heeded_all_the_same(
    world: World, tmp_path: Path
) -> None:
    before = await told_and_killed(world, tmp_path / "journal", RateLimited(60, lane=True))
    async with world.pump("second", limits=SLOW, journal=Journal(tmp_path / "journal")):
        await world.settled()
    assert [world.platform.seen_in(name) for name in ("c1", "c2")] == [["one", "two"]] * 2
    assert all(at > 60 for at, _, _ in world.platform.requests[before:])


@pytest.mark.virtual_time
async def test_a_wait_that_a_correction_met_is_heeded_after_a_crash_too(world: World, tmp_path: Path) -> None:
    ids = await world.publish(paper("one"))
    await world.owe(await world.chat("c1", kind=ChatKind.PRIVATE), ids)
    journal = Journal(tmp_path / "journal")
    async with world.pump("first", limits=SLOW, journal=journal) as first:
        await world.settled()
        world.platform.trip("edit", RateLimited(60), chat="c1")
        await world.publish(paper("one", "고친 글"))
        await world.until(lambda: noted(tmp_path / "journal", "null]"))
        told = world.loop.time()
        await first.kill()
    before = len(world.platform.requests)
    async with world.pump("second", limits=SLOW, journal=Journal(tmp_path / "journal")):
        await world.settled()
    assert [name for _, name, _ in world.platform.requests[before:]] == ["edit"]
    assert world.platform.requests[-1][0] > told + 59
