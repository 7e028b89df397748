"""Bad days on Telegram: whatever goes wrong, each paper is there once, and nobody else has to wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import time, timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine

from bot.app import CLOCK_SECONDS, utc_now
from bot.model import Address, Chat, DeliveryState
from tests.fakes.telegram.faults import Fault, Harm
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.world import Chat as There
from tests.stories.telegram_house import PATIENT, Running, drop, entry, paperboy
from tests.stories.test_telegram_sending import a_channel, ledger, titles


async def chat_of(running: Running, telegram: FakeTelegram, there: There) -> Chat:
    found = await running.store.chats.find(Address(lane=f"telegram:{telegram.bot.user.id}", chat=str(there.id)))
    assert found is not None
    return found


async def a_group(telegram: FakeTelegram, folder: Path, *, supergroup: bool = True) -> There:
    """A group that follows everything and has had a first paper."""
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner, supergroup=supergroup)
    drop(folder, "first.txt", entry("The First Paper"))
    await owner.adds_bot(group)
    await group.wait_for(within=PATIENT, wanted=lambda message: "The First Paper" in message.text)
    return group


async def until(says: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENT):
        while not says():  # noqa: ASYNC110 - what happens in our own process raises no events here
            await asyncio.sleep(0.05)


# --- each error of Telegram's -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (403, "Forbidden: bot is not a member of the supergroup chat"),
        (403, "Forbidden: the group chat was deleted"),
    ],
)
async def test_a_group_that_has_thrown_us_out_unseen_sleeps_and_wakes_when_we_are_back(
    telegram: FakeTelegram, tmp_path: Path, status: int, description: str
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        group = await a_group(telegram, tmp_path)
        owner = next(member.user for member in group.members.values() if not member.user.is_bot)
        telegram.faults.refuse(status, description, times=1, method="sendMessage", chat=group.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        async with asyncio.timeout(PATIENT):
            while (await running.store.chats.counts()).asleep != 1:  # noqa: ASYNC110 - the store raises no events
                await asyncio.sleep(0.05)
        await owner.removes_bot(group)
        await owner.adds_bot(group)
        drop(tmp_path, "third.txt", entry("The Third Paper"))
        await telegram.until(lambda: titles(group)["The Third Paper"] == 1, within=PATIENT)
        assert (await running.store.chats.counts()).active == 1


async def test_a_group_whose_move_nobody_told_us_of_is_found_by_the_next_paper(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        group = await a_group(telegram, tmp_path, supergroup=False)
        owner = next(member.user for member in group.members.values() if not member.user.is_bot)
        telegram.bot.mailbox.allowed = frozenset({"inline_query"})  # the service messages are lost
        there = await owner.upgrades(group)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await telegram.until(lambda: titles(there)["The Second Paper"] == 1, within=PATIENT)
        assert (await chat_of(running, telegram, there)).active
        assert (await running.store.chats.counts()).active == 1


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: have no write access to the chat",
        "Bad Request: TOPIC_CLOSED",
        "Bad Request: USER_BANNED_IN_CHANNEL",
    ],
)
async def test_where_we_may_not_write_for_now_papers_wait(
    telegram: FakeTelegram, tmp_path: Path, description: str
) -> None:
    reader = telegram.user()
    async with paperboy(telegram, tmp_path) as running:
        group = await a_group(telegram, tmp_path)
        await reader.starts()
        said = await reader.says(reader.private, "/subscribe *")
        await reader.private.wait_for(within=PATIENT, after=said)
        telegram.faults.refuse(400, description, times=50, method="sendMessage", chat=group.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await telegram.until(lambda: titles(reader.private)["The Second Paper"] == 1, within=PATIENT)
        paused = await chat_of(running, telegram, group)
        async with asyncio.timeout(PATIENT):
            while paused.paused_until is None:
                await asyncio.sleep(0.05)
                paused = await chat_of(running, telegram, group)
        assert paused.active
        assert paused.paused_until > utc_now() + timedelta(minutes=30)
        [waiting] = await running.store.deliveries.listing(state=DeliveryState.READY)
        assert waiting.chat_id == paused.id


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        "Bad Request: message is too long",
        "Bad Request: reply markup is too long",
        "Bad Request: BUTTON_DATA_INVALID",
    ],
)
async def test_a_message_that_telegram_will_not_have_is_on_record_and_the_next_one_comes(
    telegram: FakeTelegram, tmp_path: Path, description: str
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        telegram.faults.refuse(400, description, method="sendMessage", chat=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await telegram.until(lambda: titles(channel)["The Third Paper"] == 1, within=PATIENT)
        [dead] = await running.store.deliveries.listing(state=DeliveryState.DEAD)
        assert (dead.reason or "").casefold() == description.removeprefix("Bad Request: ").casefold()
        assert titles(channel)["The Second Paper"] == 0


async def test_a_post_that_somebody_deleted_is_not_posted_again_for_a_correction(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        owner = next(member.user for member in channel.members.values() if not member.user.is_bot)
        await owner.deletes(channel.last)
        drop(tmp_path, "first.txt", entry("The First Paper", "방금 나온, 고친 논평입니다."))
        await telegram.until(lambda: bool(telegram.requests("editMessageText")), within=PATIENT)
        await ledger(running, lambda lanes: not any(lane.ready or lane.sending for lane in lanes))
        assert titles(channel) == {}


async def test_a_token_revoked_in_the_middle_stops_the_lane_and_loses_nothing(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        refused = telegram.faults.refuse(401, "Unauthorized", times=1, method="sendMessage", chat=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await until(lambda: refused.hits == 1)
        await asyncio.sleep(1)
        assert len(telegram.requests("sendMessage")) == 3, "nothing more is tried for now"
        [waiting] = await running.store.deliveries.listing(state=DeliveryState.READY)
        assert waiting.attempts <= 1


# --- each way in which an answer can fail -----------------------------------------------------------------------


@pytest.mark.parametrize("posted", [True, False], ids=["it was posted", "it was not"])
async def test_an_answer_that_never_comes_is_looked_for(telegram: FakeTelegram, tmp_path: Path, posted: bool) -> None:
    async with paperboy(telegram, tmp_path, BOT_TELEGRAM__TIMEOUT_SECONDS="1") as running:
        channel = await a_channel(telegram, tmp_path, running)
        telegram.faults.stall(3, posted=posted, method="sendMessage", chat=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await telegram.until(lambda: titles(channel)["The Third Paper"] == 1, within=40)
        assert titles(channel) == {"The First Paper": 1, "The Second Paper": 1, "The Third Paper": 1}


async def test_looking_for_it_is_a_policy_that_can_be_switched_off(telegram: FakeTelegram, tmp_path: Path) -> None:
    async with paperboy(telegram, tmp_path, BOT_RECONCILE='{"channel": "ask"}') as running:
        channel = await a_channel(telegram, tmp_path, running)
        telegram.faults.lose_answer(method="sendMessage", chat=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await ledger(running, lambda lanes: any(lane.unknown for lane in lanes))
        assert not telegram.requests("editMessageText")
        assert titles(channel)["The Second Paper"] == 1


async def test_a_storm_of_all_faults_doubles_nothing_and_what_is_missing_is_on_record(tmp_path: Path) -> None:
    async with FakeTelegram(seed=7, limits=Limits(private_burst=100)) as telegram:
        async with paperboy(telegram, tmp_path, BOT_TELEGRAM__TIMEOUT_SECONDS="1") as running:
            channels = []
            for _ in range(3):
                channels.append(await a_channel(telegram, tmp_path, running))
            telegram.faults.storm(
                0.35,
                Fault(harm=Harm.DROP, posted=True, method="sendMessage"),
                Fault(harm=Harm.DROP, method="sendMessage"),
                Fault(harm=Harm.PAGE, posted=True, method="sendMessage"),
                Fault(harm=Harm.PAGE, method="sendMessage", status=500),
                Fault(harm=Harm.GARBLE, posted=True, method="sendMessage"),
                Fault(harm=Harm.TRUNCATE, posted=True, method="sendMessage"),
                Fault(harm=Harm.STALL, seconds=2, method="sendMessage"),
                Fault(harm=Harm.FLOOD, seconds=1, parameters={"retry_after": 1}, method="sendMessage"),
                Fault(harm=Harm.PAGE, method="getUpdates"),
            )
            drop(tmp_path, "second.txt", *(entry(f"Paper Number {n}") for n in range(5)))
            await ledger(running, lambda lanes: sum(lane.sent + lane.unknown + lane.dead for lane in lanes) == 18)
            telegram.faults.clear()
            unknown = await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)
            assert not await running.store.deliveries.listing(state=DeliveryState.DEAD)
        each = [titles(channel) for channel in channels]
        assert all(count == 1 for one in each for count in one.values()), each
        assert sum(sum(one.values()) for one in each) >= 18 - len(unknown)
        telegram.check()


async def test_the_network_goes_in_the_middle_of_a_broadcast_and_comes_back(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        drop(tmp_path, "second.txt", *(entry(f"Paper Number {n}") for n in range(6)))
        await telegram.until(lambda: titles(channel)["Paper Number 1"] == 1, within=PATIENT)
        await telegram.go_dark()
        await asyncio.sleep(2)
        await telegram.come_back()
        await telegram.until(lambda: titles(channel)["Paper Number 5"] == 1, within=60)
        assert titles(channel) == {"The First Paper": 1} | {f"Paper Number {n}": 1 for n in range(6)}


async def test_a_paid_broadcast_says_so_and_is_faster(tmp_path: Path) -> None:
    async with FakeTelegram(limits=Limits(paid=True)) as telegram:
        readers = [telegram.user(f"독자 {n}") for n in range(45)]
        async with paperboy(telegram, tmp_path, BOT_TELEGRAM__PAID_BROADCAST="true"):
            for reader in readers:
                await reader.starts()
                said = await reader.says(reader.private, "/subscribe *")
                await reader.private.wait_for(within=PATIENT, after=said)
            await asyncio.sleep(2.5)  # each chat has its own pace, too
            since = len(telegram.record.posts)
            drop(tmp_path, "one.txt", entry("A Paper"))
            await telegram.until(lambda: all(titles(one.private)["A Paper"] == 1 for one in readers), within=PATIENT)
            times = [post.at for post in telegram.record.posts[since:]]
            assert telegram.bot.meter.paid_posts >= 45
            assert times[-1] - times[0] < 1.0, "at 30 a second this takes a second and a half"
        telegram.check()


# --- the database and the clock ---------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """Another program holds the database for itself."""
    connection = sqlite3.connect(
        folder / "data" / "paperboy.db", isolation_level=None, timeout=10, check_same_thread=False
    )
    await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def test_a_database_that_is_locked_for_longer_than_a_lease_loses_and_doubles_nothing(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user(started=True)
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        drop(tmp_path, "second.txt", *(entry(f"Paper Number {n}") for n in range(6)))
        await telegram.until(lambda: titles(channel)["Paper Number 1"] == 1, within=PATIENT)
        async with locked(tmp_path):
            await reader.says(reader.private, "/subscribe *")
            await asyncio.sleep(7)  # a lease is 5 s here
        await reader.private.wait_for(within=40)
        await telegram.until(lambda: titles(channel)["Paper Number 5"] == 1, within=60)
        assert titles(channel) == {"The First Paper": 1} | {f"Paper Number {n}": 1 for n in range(6)}
        await telegram.until_delivered(within=PATIENT)
        there = await chat_of(running, telegram, reader.private)
        assert [one.text for one in await running.store.chats.subscriptions(there.id)] == ["*"]


@pytest.mark.parametrize("hours", [-3, 5], ids=["back", "ahead"])
async def test_a_clock_that_jumps_loses_and_doubles_nothing(telegram: FakeTelegram, tmp_path: Path, hours: int) -> None:
    reader = telegram.user(started=True)
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        drop(tmp_path, "second.txt", *(entry(f"Paper Number {n}") for n in range(4)))
        await telegram.until(lambda: titles(channel)["Paper Number 0"] == 1, within=PATIENT)
        with time_machine.travel(utc_now() + timedelta(hours=hours), tick=True):
            said = await reader.says(reader.private, "/help")
            await reader.private.wait_for(within=40, after=said)
            await telegram.until(lambda: titles(channel)["Paper Number 3"] == 1, within=60)
            assert titles(channel) == {"The First Paper": 1} | {f"Paper Number {n}": 1 for n in range(4)}
        await asyncio.sleep(1)
        drop(tmp_path, "third.txt", entry("After the Jump"))
        await telegram.until(lambda: titles(channel)["After the Jump"] == 1, within=60)
        assert all(count == 1 for count in titles(channel).values())


async def test_a_daily_post_comes_in_time_although_the_machines_clock_was_set_back(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        there = await chat_of(running, telegram, channel)
        with time_machine.travel(utc_now() + timedelta(hours=-3), tick=True):
            now = await running.store.moment()
            due = now + timedelta(seconds=3)
            await running.store.chats.replan(
                there.id, partial(replace, posting_time=time(9), next_post_at=due), now=now
            )
            drop(tmp_path, "second.txt", entry("The Second Paper"))
            await telegram.until(lambda: titles(channel)["The Second Paper"] == 1, within=PATIENT + CLOCK_SECONDS)
            assert await running.store.moment() >= due


@pytest.mark.parametrize(("told", "started"), [(0, 20), (-20, 0)], ids=["started ahead", "told when behind"])
async def test_a_process_with_a_wrong_clock_asks_nobody_earlier_than_it_was_told(
    telegram: FakeTelegram, tmp_path: Path, told: int, started: int
) -> None:
    with time_machine.travel(utc_now() + timedelta(seconds=told), tick=True):
        async with paperboy(telegram, tmp_path) as running:
            channel = await a_channel(telegram, tmp_path, running)
            telegram.faults.flood(8, holds=True, method="sendMessage", chat=channel.id)  # blames who comes too early
            drop(tmp_path, "second.txt", entry("The Second Paper"))
            async with asyncio.timeout(PATIENT):
                while (await chat_of(running, telegram, channel)).paused_until is None:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
    with time_machine.travel(utc_now() + timedelta(seconds=started), tick=True):
        async with paperboy(telegram, tmp_path):
            await telegram.until(lambda: titles(channel)["The Second Paper"] == 1, within=PATIENT + 10)
