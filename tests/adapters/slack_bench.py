"""Slack on its bench: a fake of it behind HTTP, and a person who writes to the app."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import SecretStr

from bot.adapters.base import Event, Reply
from bot.adapters.slack.adapter import make
from bot.adapters.slack.settings import PlatformSettings
from bot.model import Address
from tests.adapters.bench import Bench, a_chat
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.server import FakeSlack


@contextlib.asynccontextmanager
async def bench(folder: Path, share: float = 1.0) -> AsyncIterator[Bench]:
    """An app that is installed, and a reader's DM with it."""

    async def handle(event: Event) -> Reply:
        return Reply()

    async with FakeSlack(limits=Limits(on=False)) as fake:
        reader = fake.team.user()
        settings = PlatformSettings(
            bot_token=SecretStr(fake.team.bot_token), app_token=SecretStr(fake.app.app_token), api_base=fake.api_base
        )
        adapter = make(settings, share=share)
        assert adapter is not None
        await adapter.start(handle)
        chat = a_chat(Address(lane=f"slack:{fake.team.id}", chat=reader.id))

        def seen() -> str:
            return "\n".join(message.plain for message in reader.dm.messages)

        try:
            yield Bench(adapter=adapter, chat=chat, seen=seen)
        finally:
            await adapter.stop()
        fake.check()
