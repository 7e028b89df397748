"""A house that began on one machine with a SQLite file goes on with PostgreSQL, and nobody in the chats notices."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.terminal import paperboy as command
from tests.stories.telegram_house import PATIENT, drop, entry, knows, paperboy


async def test_what_was_posted_is_not_posted_again_and_subscriptions_and_buttons_live_on(
    telegram: FakeTelegram, tmp_path: Path, postgres_url: str
) -> None:
    reader = telegram.user(started=True)
    drop(tmp_path, "one.txt", entry("An Old Paper", tags="#moe"))
    async with paperboy(telegram, tmp_path) as before:
        await knows(before.store, telegram.bot.user.id, reader.id)
        old = await reader.private.wait_for(within=PATIENT, wanted=lambda one: "An Old Paper" in one.text)

    file = tmp_path / "data" / "paperboy.db"
    moved = await asyncio.to_thread(
        partial(command, "migrate", "--from", str(file), folder=tmp_path, BOT_DATABASE=postgres_url)
    )
    assert (moved.returncode, moved.stderr) == (0, "")
    assert moved.stdout.splitlines() == [
        "The database was up to date.",
        "Copied 1 paper, 1 chat, 1 subscription and a ledger of 1 row.",
        f"{file} is as it was. Start Paperboy with the new database only.",
    ]

    async with paperboy(telegram, tmp_path, BOT_DATABASE=postgres_url):
        drop(tmp_path, "two.txt", entry("A New Paper"))
        await reader.private.wait_for(within=PATIENT, wanted=lambda one: "A New Paper" in one.text)
        pressed = await reader.presses(old, "#moe")
        assert pressed.text
    assert [one.id for one in reader.private.from_bot if "An Old Paper" in one.text] == [old.id]


async def test_what_cannot_be_copied_is_said_in_a_sentence(tmp_path: Path, sqlite_url: str) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    there = command("migrate", "--from", file, folder=tmp_path, BOT_DATABASE=f"sqlite:///{tmp_path}/new.db")
    assert (there.returncode, len(there.stderr.splitlines())) == (1, 1)
    assert "BOT_DATABASE is no PostgreSQL" in there.stderr
    missing = command("migrate", "--from", str(tmp_path / "nothing.db"), folder=tmp_path)
    assert (missing.returncode, len(missing.stderr.splitlines())) == (2, 1)
    assert "does not exist" in missing.stderr
