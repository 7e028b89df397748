"""A platform asks the whole program to stop in the middle of a broadcast, as it does before every new version."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.app import stoppable
from bot.model import DeliveryState
from bot.store import Store
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.stories.process import log_of, process
from tests.stories.telegram_house import drop, entry, knows

POST = "sendMessage"
READERS = 40
TITLES = ("One", "Two")
STOP_SECONDS = 10.0
"""What platforms give a process between SIGTERM and SIGKILL at the least."""
FOR_EVER = 1_000_000

pytestmark = pytest.mark.slow


async def met(telegram: FakeTelegram, store: Store) -> None:
    """People who follow everything, and whom Paperboy knows already."""
    for number in range(READERS):
        person = telegram.user(f"독자 {number}", started=True)
        await knows(store, telegram.bot.user.id, person.id)


def settings(telegram: FakeTelegram, database_url: str) -> dict[str, str]:
    """What leads the process to the fake and to the database. It keeps below the limit: requests that nobody answers
    tell nothing of how they travelled, and on a busy machine some arrive together."""
    return {
        "BOT_DATABASE": database_url,
        "BOT_TELEGRAM__TOKEN": telegram.bot.token,
        "BOT_TELEGRAM__API_BASE": telegram.url,
        "BOT_TELEGRAM__PER_SECOND": "20",
    }


async def states(store: Store) -> Counter[DeliveryState]:
    """How many rows of the ledger are in which state."""
    return Counter(row.state for row in await store.deliveries.listing(limit=10_000))


async def stopped_in_the_middle(telegram: FakeTelegram, database_url: str, folder: Path) -> None:
    """Start, broadcast, and stop with SIGTERM while twenty requests or more are in flight; in time, and politely."""
    drop(folder, "today.txt", *map(entry, TITLES))
    async with process(folder, **settings(telegram, database_url)) as running:
        async with asyncio.timeout(40):
            while len(telegram.record.posts) - len(telegram.requests(POST)) < 20:
                assert running.returncode is None, log_of(folder)
                await asyncio.sleep(0.05)
        began = time.monotonic()
        running.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            status = await running.wait()
        assert time.monotonic() - began < STOP_SECONDS
    assert status == 0
    assert "Traceback" not in log_of(folder)


async def goes_on(telegram: FakeTelegram, database_url: str, folder: Path, store: Store) -> None:
    """Start again in fair weather, until nothing is owed any more."""
    telegram.faults.clear()
    async with process(folder, **settings(telegram, database_url)):
        async with asyncio.timeout(40):
            while (await states(store)).keys() & {DeliveryState.READY, DeliveryState.SENDING}:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


async def test_what_is_in_flight_at_a_slow_platform_is_on_record_when_it_has_stopped(
    telegram: FakeTelegram, tmp_path: Path, database_url: str, store: Store
) -> None:
    await met(telegram, store)
    telegram.faults.slow(3, FOR_EVER, method=POST)
    await stopped_in_the_middle(telegram, database_url, tmp_path)
    on_record = await states(store)
    assert on_record == {
        DeliveryState.SENT: len(telegram.record.posts),
        DeliveryState.READY: READERS * len(TITLES) - len(telegram.record.posts),
    }
    assert on_record[DeliveryState.READY] > 0, "it was in the middle"
    await goes_on(telegram, database_url, tmp_path, store)
    assert await states(store) == {DeliveryState.SENT: READERS * len(TITLES)}
    assert telegram.record.repeated() == {}


async def test_what_nobody_answers_holds_up_no_stop_and_is_not_sent_again_by_the_next_start(
    telegram: FakeTelegram, tmp_path: Path, database_url: str, store: Store
) -> None:
    await met(telegram, store)
    telegram.faults.stall(60, FOR_EVER, posted=True, method=POST)
    await stopped_in_the_middle(telegram, database_url, tmp_path)
    unanswered = len(telegram.record.posts)
    assert (await states(store)).keys() == {DeliveryState.SENDING, DeliveryState.READY}
    await goes_on(telegram, database_url, tmp_path, store)
    sent = READERS * len(TITLES) - unanswered
    assert await states(store) == {DeliveryState.SENT: sent, DeliveryState.UNKNOWN: unanswered}
    assert telegram.record.repeated() == {}


async def test_a_job_that_a_stop_breaks_off_is_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    begun, scheduler = asyncio.Event(), AsyncIOScheduler(timezone=UTC)

    async def read_for_ever() -> None:
        begun.set()
        await asyncio.Event().wait()

    scheduler.add_job(stoppable(read_for_ever))
    scheduler.start()
    await begun.wait()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    scheduler.shutdown(wait=False)
    await asyncio.wait(others)
    assert [record for record in caplog.records if record.exc_info] == []
