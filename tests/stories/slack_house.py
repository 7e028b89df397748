"""The real application in this process, with a fake Slack at the other end of the wire."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.adapters.base import Adapter
from bot.adapters.console.settings import PlatformSettings as ConsoleSettings
from bot.adapters.slack.settings import PlatformSettings
from bot.adapters.telegram.settings import PlatformSettings as TelegramSettings
from bot.model import Address, Chat
from bot.settings import load
from bot.store import LaneCounts, Store
from bot.web import Web
from tests.fakes.slack.people import User
from tests.fakes.slack.places import Channel
from tests.fakes.slack.server import FakeSlack
from tests.stories.telegram_house import PATIENT, config, drop, entry

__all__ = ["HTTP", "MANY", "PATIENT", "PUBLIC", "Running", "a_channel", "drop", "entry", "ledger", "paperboy", "titles"]

PUBLIC = "https://paperboy.example"
KEY = "a passphrase of many letters"


@dataclass(frozen=True, slots=True)
class Running:
    """The application at work. `kill` ends it as a crash would, as far as one process can show that."""

    store: Store
    adapter: Adapter
    task: asyncio.Task[None]
    stop: asyncio.Event

    async def kill(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def chat(self, channel: Channel) -> Chat:
        """What the store knows of a channel, or of a person's DM."""
        place = channel.id if channel.user is None else channel.user.id
        found = await self.store.chats.find(Address(lane=f"slack:{channel.team.id}", chat=place))
        assert found is not None, f"{channel.name} was never met"
        return found


def one_workspace(fake: FakeSlack) -> dict[str, str]:
    """The tokens of the first workspace, for Socket Mode."""
    return {"BOT_SLACK__BOT_TOKEN": fake.team.bot_token, "BOT_SLACK__APP_TOKEN": fake.app.app_token}


def HTTP(fake: FakeSlack) -> dict[str, str]:  # noqa: N802 - a mode
    """The same, for requests that Slack makes to us."""
    return {"BOT_SLACK__BOT_TOKEN": fake.team.bot_token, "BOT_SLACK__SIGNING_SECRET": fake.app.signing_secret}


def MANY(fake: FakeSlack) -> dict[str, str]:  # noqa: N802 - a mode
    """An app that workspaces install."""
    return {
        "BOT_SLACK__CLIENT_ID": fake.app.client_id,
        "BOT_SLACK__CLIENT_SECRET": fake.app.client_secret,
        "BOT_SLACK__SIGNING_SECRET": fake.app.signing_secret,
        "BOT_SLACK__ENCRYPTION_KEY": KEY,
        "BOT_SLACK__PUBLIC_URL": PUBLIC,
    }


@contextlib.asynccontextmanager
async def paperboy(
    fake: FakeSlack, folder: Path, mode: Callable[[FakeSlack], dict[str, str]] = one_workspace, **environ: str
) -> AsyncIterator[Running]:
    """Paperboy with its archive in `folder`, running until the end of the block, and able to hear."""
    (folder / "seeds").mkdir(exist_ok=True)
    settings = load(
        {"console": ConsoleSettings, "slack": PlatformSettings, "telegram": TelegramSettings},
        {
            "BOT_CONFIG": config(folder),
            "BOT_SEEDS": str(folder / "seeds"),
            "BOT_DATA": str(folder / "data"),
            "BOT_LEASE_SECONDS": "5",
            "BOT_TICK_SECONDS": "0.2",
            "BOT_SLACK__API_BASE": fake.api_base,
            "PORT": "0",
            **mode(fake),
            **environ,
        },
    )
    changed = asyncio.Event()
    async with app.open_house(settings, on_change=changed.set) as house:
        web = Web(settings.port, "127.0.0.1")
        (adapter,) = adapters = app._adapters(settings, house, web, app.ALL_ROLES)
        running = app._Run(house, adapters, app.ALL_ROLES, changed, lambda: None)
        task = asyncio.create_task(running.until_done())
        try:
            await _hears(fake, web, task, sockets=settings.slack.sockets)  # type: ignore[attr-defined]
            yield Running(house.store, adapter, task, running.stopping)
            if not task.done():
                running.stopping.set()
            with contextlib.suppress(asyncio.CancelledError):
                async with asyncio.timeout(20):
                    await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await web.close()


async def _hears(fake: FakeSlack, web: Web, task: asyncio.Task[None], *, sockets: bool) -> None:
    def ready() -> bool:
        return task.done() or (bool(fake.sockets.open) if sockets else web.port != 0)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            while not ready():  # noqa: ASYNC110 - a port raises no event
                await asyncio.sleep(0.02)
    if not sockets and web.port:
        fake.proxies[PUBLIC] = f"http://127.0.0.1:{web.port}"
        fake.app.request_url = f"{PUBLIC}/slack/events"


async def a_channel(slack: FakeSlack, folder: Path, *, private: bool = False) -> tuple[User, Channel]:
    """Somebody, and a channel that follows everything and has had its greeting and a first paper."""
    admin = slack.team.user("관리자", admin=True)
    channel = slack.team.channel("llm", members=(admin,), private=private, bot=False)
    drop(folder, "first.txt", entry("The First Paper"))
    await admin.invites_bot(channel)
    await channel.wait_for(lambda message: "The First Paper" in message.plain)
    return admin, channel


async def ledger(running: Running, says: Callable[[list[LaneCounts]], bool], *, within: float = 60) -> None:
    """Wait until the ledger says so."""
    async with asyncio.timeout(within):
        while not says(await running.store.deliveries.counts()):  # noqa: ASYNC110 - it raises no events
            await asyncio.sleep(0.1)


def titles(channel: Channel) -> Counter[str]:
    """How often each paper is there."""
    return Counter(message.plain.partition("\n")[0] for message in channel.from_bot if "방금 나온" in message.plain)
