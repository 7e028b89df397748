"""How papers leave: once each, whatever becomes of the answer, and at Telegram's pace."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.model import DeliveryState
from bot.store import LaneCounts
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.world import Chat
from tests.stories.telegram_house import PATIENT, Running, drop, entry, paperboy

Harmful = Callable[[FakeTelegram, int], object]


async def a_channel(telegram: FakeTelegram, folder: Path, running: Running) -> Chat:
    """A channel that follows everything and has had its greeting and a first paper."""
    owner = telegram.user("관리자")
    channel = telegram.channel(owner=owner)
    drop(folder, "first.txt", entry("The First Paper"))
    await owner.adds_bot(channel)
    await channel.wait_for(within=PATIENT, wanted=lambda message: "The First Paper" in message.text)
    return channel


async def ledger(running: Running, says: Callable[[list[LaneCounts]], bool]) -> None:
    """Wait until the ledger says so."""
    async with asyncio.timeout(60):
        while not says(await running.store.deliveries.counts()):  # noqa: ASYNC110 - it raises no events
            await asyncio.sleep(0.1)


def titles(chat: Chat) -> Counter[str]:
    """How often each paper is there."""
    return Counter(message.text.partition("\n")[0] for message in chat.from_bot if "방금 나온" in message.text)


@pytest.mark.parametrize(
    "harm",
    [
        lambda fake, chat: fake.faults.lose_answer(method="sendMessage", chat=chat),
        lambda fake, chat: fake.faults.lose_request(method="sendMessage", chat=chat),
        lambda fake, chat: fake.faults.page(502, posted=True, method="sendMessage", chat=chat),
        lambda fake, chat: fake.faults.page(500, posted=False, method="sendMessage", chat=chat),
        lambda fake, chat: fake.faults.garble(posted=True, method="sendMessage", chat=chat),
        lambda fake, chat: fake.faults.truncate(posted=True, method="sendMessage", chat=chat),
        lambda fake, chat: fake.faults.flood(2, method="sendMessage", chat=chat),
        lambda fake, chat: fake.faults.flood(2, parameters=False, method="sendMessage", chat=chat),
    ],
    ids=["answer lost", "request lost", "502 after", "500 before", "garbled", "cut short", "429", "429 unnamed"],
)
async def test_in_a_channel_a_paper_is_there_once_whatever_became_of_the_answer(
    telegram: FakeTelegram, tmp_path: Path, harm: Harmful
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        harm(telegram, channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await telegram.until(lambda: titles(channel)["The Third Paper"] == 1, within=40)
        assert titles(channel) == {"The First Paper": 1, "The Second Paper": 1, "The Third Paper": 1}
        assert not await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)


@pytest.mark.parametrize("posted", [True, False], ids=["it was posted", "it was not"])
async def test_a_paper_under_way_at_a_crash_is_there_once_after_the_restart(
    telegram: FakeTelegram, tmp_path: Path, posted: bool
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        fault = telegram.faults.stall(60, posted=posted, method="sendMessage", chat=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        async with asyncio.timeout(PATIENT):
            while not fault.hits:  # noqa: ASYNC110 - a request that comes to nothing raises no event
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.2)
        owner = next(member.user for member in channel.members.values() if not member.user.is_bot)
        await running.kill()
    said = await owner.posts(channel, "사람이 쓴 글")
    async with paperboy(telegram, tmp_path) as running:
        await telegram.until(lambda: titles(channel)["The Third Paper"] == 1, within=40)
        assert titles(channel) == {"The First Paper": 1, "The Second Paper": 1, "The Third Paper": 1}
        assert said.text == "사람이 쓴 글"
        assert not await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)


async def test_in_a_private_chat_what_nobody_knows_is_left_to_the_operator(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user()
    async with paperboy(telegram, tmp_path) as running:
        await reader.starts()
        await reader.private.wait_for(within=PATIENT)
        said = await reader.says(reader.private, "/subscribe *")
        await reader.private.wait_for(within=PATIENT, after=said)
        telegram.faults.lose_answer(method="sendMessage", chat=reader.id)
        drop(tmp_path, "one.txt", entry("A Paper"))
        await telegram.until(lambda: titles(reader.private)["A Paper"] == 1, within=PATIENT)
        await ledger(running, lambda lanes: any(lane.unknown for lane in lanes))
        assert titles(reader.private) == {"A Paper": 1}


async def test_a_look_for_a_lost_paper_touches_no_other_message_of_ours(telegram: FakeTelegram, tmp_path: Path) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        owner = next(member.user for member in channel.members.values() if not member.user.is_bot)
        telegram.faults.lose_request(method="sendMessage", chat=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await telegram.until(lambda: not telegram.faults.script, within=PATIENT)
        said = await owner.posts(channel, "/help")
        answer = await channel.wait_for(within=PATIENT, after=said, wanted=lambda one: "/search" in one.text)
        words = answer.text
        await telegram.until(lambda: titles(channel)["The Second Paper"] == 1, within=40)
        assert answer.text == words
        assert said.text == "/help"
        assert not any(line.what == "edited" for line in channel.history)


async def test_a_corrected_paper_is_edited_and_a_withdrawn_one_deleted(telegram: FakeTelegram, tmp_path: Path) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        second = await channel.wait_for(within=PATIENT, wanted=lambda message: "The Second" in message.text)
        await channel.wait_for(within=PATIENT, wanted=lambda message: "The Third" in message.text)
        drop(tmp_path, "second.txt", entry("The Second Paper", "방금 나온, 고친 논평입니다."), entry("The Third Paper"))
        await telegram.until(lambda: "고친" in second.text, within=PATIENT)
        drop(tmp_path, "second.txt", entry("The Third Paper"))
        await telegram.until(lambda: second.deleted, within=PATIENT)
        assert titles(channel)["The Third Paper"] == 1


async def test_a_withdrawn_paper_that_is_too_old_to_delete_is_struck_from_view(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with paperboy(telegram, tmp_path) as running:
        channel = await a_channel(telegram, tmp_path, running)
        telegram.faults.refuse(400, "Bad Request: message can't be deleted for everyone", method="deleteMessage")
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        second = await channel.wait_for(within=PATIENT, wanted=lambda message: "The Second" in message.text)
        await channel.wait_for(within=PATIENT, wanted=lambda message: "The Third" in message.text)
        drop(tmp_path, "second.txt", entry("The Third Paper"))
        await telegram.until(lambda: "방금 나온" not in second.text, within=PATIENT)
        assert not second.deleted


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (400, "Bad Request: chat not found"),
    ],
)
async def test_a_chat_that_is_gone_sleeps_and_holds_up_nobody(
    telegram: FakeTelegram, tmp_path: Path, status: int, description: str
) -> None:
    gone, other = telegram.user("사라진 독자"), telegram.user("남은 독자")
    async with paperboy(telegram, tmp_path) as running:
        for reader in (gone, other):
            await reader.starts()
            said = await reader.says(reader.private, "/subscribe *")
            await reader.private.wait_for(within=PATIENT, after=said)
        telegram.faults.refuse(status, description, times=50, method="sendMessage", chat=gone.id)
        drop(tmp_path, "one.txt", entry("A Paper"))
        await telegram.until(lambda: titles(other.private)["A Paper"] == 1, within=PATIENT)
        async with asyncio.timeout(PATIENT):
            while (await running.store.chats.counts()).asleep != 1:  # noqa: ASYNC110 - the store raises no events
                await asyncio.sleep(0.1)


async def test_killed_in_the_middle_of_a_broadcast_nobody_gets_a_paper_twice(tmp_path: Path) -> None:
    async with FakeTelegram(limits=Limits(on=False)) as telegram:
        readers = [telegram.user(f"독자 {n}") for n in range(20)]
        async with paperboy(telegram, tmp_path) as running:
            for reader in readers:
                await reader.starts()
                said = await reader.says(reader.private, "/subscribe *")
                await reader.private.wait_for(within=PATIENT, after=said)
            drop(tmp_path, "one.txt", *(entry(f"Paper Number {n}") for n in range(3)))
            await telegram.until(
                lambda: sum(sum(titles(one.private).values()) for one in readers) >= 15, within=PATIENT
            )
            await running.kill()
        async with paperboy(telegram, tmp_path) as running:
            await ledger(running, lambda lanes: not any(lane.ready or lane.sending for lane in lanes))
            unknown = await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)
        each = [titles(reader.private) for reader in readers]
        assert all(count == 1 for one in each for count in one.values())
        assert sum(sum(one.values()) for one in each) >= 60 - len(unknown)
        telegram.check()


async def test_a_question_during_a_broadcast_is_answered_at_once(telegram: FakeTelegram, tmp_path: Path) -> None:
    readers = [telegram.user(f"독자 {n}") for n in range(40)]
    curious = telegram.user("궁금한 사람", started=True)
    async with paperboy(telegram, tmp_path):
        for reader in readers:
            await reader.starts()
            said = await reader.says(reader.private, "/subscribe *")
            await reader.private.wait_for(within=PATIENT, after=said)
        drop(tmp_path, "one.txt", *(entry(f"Paper Number {n}") for n in range(4)))
        await telegram.until(lambda: sum(sum(titles(one.private).values()) for one in readers) >= 10, within=PATIENT)
        waited = []
        for _ in range(3):
            began = asyncio.get_running_loop().time()
            said = await curious.says(curious.private, "/search Paper")
            await curious.private.wait_for(within=PATIENT, after=said)
            waited.append(asyncio.get_running_loop().time() - began)
        assert sum(sum(titles(one.private).values()) for one in readers) < 160, "the broadcast was over already"
        assert min(waited) < 1.0
