"""`/why` where it is asked: as a reply to a paper on Telegram, and in the thread of a paper on Slack."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.store import Store
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.server import FakeSlack
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.stories import slack_house
from tests.stories.telegram_house import PATIENT, drop, entry, paperboy


async def recorded(store: Store) -> None:
    """Wait until the ledger knows of all that was posted; it is written down a moment after it is seen."""
    async with asyncio.timeout(PATIENT):
        while any(row.receipt is None for row in await store.deliveries.listing()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_reader_replies_to_a_paper_with_why(telegram: FakeTelegram, tmp_path: Path) -> None:
    reader = telegram.user(language_code="ko", started=True)
    drop(tmp_path, "one.txt", entry("A Sparrow", tags="#moe"))
    async with paperboy(telegram, tmp_path) as running:
        await reader.says(reader.private, "/subscribe #moe")
        await reader.private.wait_for(within=PATIENT, wanted=lambda message: "#moe" in message.text)
        drop(tmp_path, "two.txt", entry("Sparse Experts", tags="#moe"))
        paper = await reader.private.wait_for(within=PATIENT, wanted=lambda message: "Sparse Experts" in message.text)
        await recorded(running.store)
        asked = await reader.says(reader.private, "/why", reply_to=paper)
        answer = await reader.private.wait_for(within=PATIENT, after=asked)
        assert "Sparse Experts" in answer.text
        assert "맞는 구독:" in answer.text
        assert "#moe" in answer.text


async def test_in_a_channel_the_reply_of_an_admin_is_about_the_channels_own_post(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user(language_code="en", started=True)
    drop(tmp_path, "one.txt", entry("A Sparrow", tags="#moe"))
    channel = telegram.channel("소식", owner=owner)
    async with paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(channel)
        paper = await channel.wait_for(within=PATIENT, wanted=lambda message: "A Sparrow" in message.text)
        await recorded(running.store)
        asked = await owner.says(channel, "/why", reply_to=paper)
        answer = await channel.wait_for(within=PATIENT, after=asked)
        assert "as a sample" in answer.text


async def test_in_the_thread_of_a_paper_on_slack_why_is_asked_aloud_or_by_its_korean_word(
    slack: FakeSlack, tmp_path: Path
) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel("llm", members=(minji,))
    slack_house.drop(tmp_path, "one.txt", slack_house.entry("A Sparrow", tags="#moe"))
    async with slack_house.paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        paper = await channel.wait_for(lambda message: "A Sparrow" in message.plain)
        await recorded(running.store)
        for number, word in enumerate(("why", "왜 왔어요?"), 1):
            await minji.says(channel, f"@Paperboy {word}", thread=paper)
            async with asyncio.timeout(PATIENT):
                while len(minji.ephemerals) < number:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert "맛보기로 보낸" in minji.ephemerals[-1].plain
