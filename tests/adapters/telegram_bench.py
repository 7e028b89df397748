"""Telegram on its bench: a fake of it behind HTTP, and a reader who has started the bot."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import SecretStr

from bot.adapters.base import Event, Reply
from bot.adapters.telegram.adapter import make
from bot.adapters.telegram.settings import PlatformSettings
from bot.model import Address
from tests.adapters.bench import Bench, a_chat
from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.server import FakeTelegram


@contextlib.asynccontextmanager
async def bench(folder: Path, share: float = 1.0) -> AsyncIterator[Bench]:
    """A bot that a reader has started."""

    async def handle(event: Event) -> Reply:
        return Reply()

    async with FakeTelegram(limits=Limits(on=False)) as fake:
        reader = fake.user(started=True)
        settings = PlatformSettings(token=SecretStr(fake.bot.token), api_base=fake.url)
        adapter = make(settings, data=folder, share=share)
        assert adapter is not None
        await adapter.start(handle)
        chat = a_chat(Address(lane=adapter.lane, chat=str(reader.id)))

        def seen() -> str:
            return "\n".join(message.text for message in reader.private.messages)

        try:
            yield Bench(adapter=adapter, chat=chat, seen=seen)
        finally:
            await adapter.stop()
        fake.check()
