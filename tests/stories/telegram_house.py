"""The real application in this process, with a fake Telegram at the other end of the wire."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot import app
from bot.adapters.base import Adapter
from bot.adapters.console.settings import PlatformSettings as ConsoleSettings
from bot.adapters.slack.settings import PlatformSettings as SlackSettings
from bot.adapters.telegram.settings import PlatformSettings
from bot.model import Address, ChatKind
from bot.search import Told, log_build
from bot.settings import load
from bot.store import Store
from bot.web import Web
from tests.fakes.telegram.server import FakeTelegram

PATIENT = 15.0
"""Seconds after which something that was waited for is given up; a busy machine needs a few."""
CONFIG = Path(__file__).parents[2] / "config"
READ = ("bot.toml", "tags.toml")
"""The files of it that a house reads: a glossary is known to nobody here, and takes longer than most stories."""


@dataclass(frozen=True, slots=True)
class Running:
    """The application at work. `kill` ends it as a crash would, as far as one process can show that."""

    store: Store
    task: asyncio.Task[None]
    stop: asyncio.Event

    async def kill(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def config(folder: Path) -> str:
    """The config folder of a house."""
    (folder / "config").mkdir(exist_ok=True)
    for name in READ:
        shutil.copy(CONFIG / name, folder / "config")
    return str(folder / "config")


async def knows(store: Store, bot: int, person: int) -> None:
    """A person who follows everything is known to Paperboy from before."""
    await store.chats.meet(
        Address(lane=f"telegram:{bot}", chat=str(person)),
        kind=ChatKind.PRIVATE,
        title="",
        language="ko",
        zone="Asia/Seoul",
        now=datetime.now(UTC),
        subscribe=("*", "*"),
    )


@contextlib.asynccontextmanager
async def paperboy(
    fake: FakeTelegram, folder: Path, beside: Sequence[Adapter] = (), told: Told = log_build, /, **environ: str
) -> AsyncIterator[Running]:
    """Paperboy with its archive in `folder`, running until the end of the block; `beside` are further platforms, and
    `told` hears how far a build of its index is."""
    (folder / "seeds").mkdir(exist_ok=True)
    settings = load(
        {"console": ConsoleSettings, "slack": SlackSettings, "telegram": PlatformSettings},
        {
            "BOT_CONFIG": config(folder),
            "BOT_SEEDS": str(folder / "seeds"),
            "BOT_DATA": str(folder / "data"),
            "BOT_LEASE_SECONDS": "5",
            "BOT_TICK_SECONDS": "0.2",
            "BOT_TELEGRAM__TOKEN": fake.bot.token,
            "BOT_TELEGRAM__API_BASE": fake.url,
            "PORT": "0",
            **environ,
        },
    )
    changed = asyncio.Event()
    async with app.open_house(settings, on_change=changed.set, told=told) as house:
        web = Web(settings.port, "127.0.0.1")
        adapters = [*app._adapters(settings, house, web), *beside]
        running = app._Run(house, adapters, app.ALL_ROLES, changed, lambda: None)
        task = asyncio.create_task(running.until_done())
        try:
            if settings.telegram.webhook_url is not None:  # type: ignore[attr-defined]
                await _listening(web, task)
                fake.proxies[settings.telegram.webhook_url] = f"http://127.0.0.1:{web.port}"  # type: ignore[attr-defined]
            yield Running(house.store, task, running.stopping)
            if not task.done():
                running.stopping.set()
            with contextlib.suppress(asyncio.CancelledError):
                async with asyncio.timeout(20):
                    await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await web.close()


async def _listening(web: Web, task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(10):
        while web.port == 0 and not task.done():  # noqa: ASYNC110 - a port raises no event
            await asyncio.sleep(0.02)


def entry(title: str, comment: str = "방금 나온 논문입니다.", tags: str = "#tool") -> str:
    """One entry in the newsletter form."""
    return f"{title}\n(Ada Lovelace, Alan Turing)\n{comment}\n{tags}"


def drop(folder: Path, name: str, *entries: str) -> Path:
    """Put a digest of today into the seeds folder as a curator's editor would: whole, by a rename."""
    day = datetime.now(UTC)
    (folder / "seeds").mkdir(exist_ok=True)
    file = folder / "being-written"
    file.write_text(f"{day.year}년 {day.month}월 {day.day}일\n" + "\n".join(entries) + "\n", encoding="utf-8")
    return file.rename(folder / "seeds" / name)
