"""What left is on record beside the ledger, so that a crash leaves in doubt only what was really under way."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from bot.journal import Journal, Left
from bot.model import ChatKind, DeliveryState
from bot.pacing import Limits
from tests.fakes.world import LANE, World, paper

SLOW = Limits(per_second=20, burst=1, chat_interval=0.0, reply_share=0.0)


def test_a_log_tells_what_left_and_what_the_answer_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    log = journal.open(LANE, 3)
    assert log is not None
    for delivery in (1, 2, 3):
        log.left(delivery)
    log.sent(2, "m7", "논문")
    log.refused(3)
    assert journal.read(LANE, 3) is None, "its writer may still send"
    log.close(done=False)
    assert journal.read(LANE, 3) == {1: Left(), 2: Left(receipt="m7", shows="논문"), 3: Left(refused=True)}
    assert journal.read(LANE, 2) is None
    journal.forget(LANE, 4)
    assert journal.read(LANE, 3) is None


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
    assert journal.read(LANE, 1) is None, "it is still locked"
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


def _write(folder: Path, ready: multiprocessing.synchronize.Event) -> None:
    log = Journal(folder).open(LANE, 1)
    assert log is not None
    log.left(1)
    ready.set()
    signal.pause()


def test_the_log_of_a_frozen_process_is_not_believed_and_that_of_a_dead_one_is(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=_write, args=(tmp_path, ready))
    process.start()
    try:
        assert ready.wait(30)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        assert Journal(tmp_path).read(LANE, 1) is None
    finally:
        process.kill()
        process.join()
    assert Journal(tmp_path).read(LANE, 1) == {1: Left()}


@pytest.mark.virtual_time
async def test_a_crash_leaves_in_doubt_only_what_was_under_way(world: World, tmp_path: Path) -> None:
    ids = await world.publish(*(paper(f"p{number}") for number in range(10)))
    for number in range(20):
        await world.owe(await world.chat(f"c{number}", kind=ChatKind.PRIVATE), ids)
    world.platform.provable = False
    world.platform.latency = 0.08
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
