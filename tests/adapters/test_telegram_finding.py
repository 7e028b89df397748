"""Looking for a post whose answer was lost: an identical edit, where an id can be nobody else's, and not otherwise."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.adapters.base import Event, FateUnknown, RateLimited, Reply
from bot.adapters.telegram.account import TelegramAdapter
from bot.adapters.telegram.settings import PlatformSettings
from bot.model import Address, ChatKind
from tests.adapters.bench import NOW, a_chat, a_paper
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram


async def handle(event: Event) -> Reply:
    return Reply()


@contextlib.asynccontextmanager
async def adapter(telegram: FakeTelegram, data: Path, *, receives: bool = True) -> AsyncIterator[TelegramAdapter]:
    """The adapter as `run --role web,worker` has it, or `--role worker` (not `receives`)."""
    settings = PlatformSettings(token=SecretStr(telegram.bot.token), api_base=telegram.url)
    made = TelegramAdapter(settings, data=data, receives=receives)
    await made.start(handle)
    receiving = asyncio.create_task(made.run()) if receives else None
    try:
        yield made
    finally:
        await made.stop()
        if receiving is not None:
            await receiving


async def lose_one(telegram: FakeTelegram, made: TelegramAdapter, channel: int) -> None:
    """Post a paper that arrives, then one whose answer is lost."""
    chat = a_chat(Address(lane=made.lane, chat=str(channel)), kind=ChatKind.CHANNEL)
    await made.post(chat, made.render(a_paper("The First"), chat), key="1-1")
    telegram.faults.lose_answer(method="sendMessage")
    with pytest.raises(FateUnknown):
        await made.post(chat, made.render(a_paper("The Second"), chat), key="2-2")


async def look(made: TelegramAdapter, channel: int) -> str | None:
    chat = a_chat(Address(lane=made.lane, chat=str(channel)), kind=ChatKind.CHANNEL)
    body = made.render(a_paper("The Second"), chat)
    async with asyncio.timeout(20):
        while True:
            try:
                return await made.find(chat, body, key="2-2", since=NOW)
            except RateLimited:  # not all that was said has come in yet
                await asyncio.sleep(0.1)


async def test_the_process_that_receives_finds_it(telegram: FakeTelegram, tmp_path: Path) -> None:
    channel = telegram.channel(bot=True)
    async with adapter(telegram, tmp_path) as made:
        await lose_one(telegram, made, channel.id)
        assert await look(made, channel.id) == f"{channel.id}/{channel.last.id}"
    assert not channel.last.edited


async def test_a_worker_that_receives_nothing_says_that_it_cannot_know(telegram: FakeTelegram, tmp_path: Path) -> None:
    channel = telegram.channel(bot=True)
    async with adapter(telegram, tmp_path, receives=False) as made:
        await lose_one(telegram, made, channel.id)
        with pytest.raises(FateUnknown):
            await look(made, channel.id)
    assert not telegram.requests("editMessageText"), "nothing is touched that may be somebody else's"
    assert not (tmp_path / "telegram.trail").exists(), "the process that receives writes that file"


async def test_a_process_without_the_data_of_the_one_before_says_that_it_cannot_know(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    channel = telegram.channel(bot=True)
    async with adapter(telegram, tmp_path / "one") as made:
        await lose_one(telegram, made, channel.id)
    async with adapter(telegram, tmp_path / "another") as made:
        with pytest.raises(FateUnknown):
            await look(made, channel.id)
    assert not telegram.requests("editMessageText")
