"""The token is in nobody's sight: not in a log at any level, not among the processes, whatever goes wrong."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.stories.process import log_of, process, sightings
from tests.stories.telegram_house import PATIENT, drop, entry


def settings(telegram: FakeTelegram) -> dict[str, str]:
    """What leads the process to the fake."""
    return {
        "BOT_TELEGRAM__TOKEN": telegram.bot.token,
        "BOT_TELEGRAM__API_BASE": telegram.url,
        "BOT_TELEGRAM__TIMEOUT_SECONDS": "2",
    }


async def test_with_everything_told_and_every_failure_the_token_stays_unsaid(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user()
    secret = telegram.bot.token.partition(":")[2]
    faults = telegram.faults
    async with process(tmp_path, **settings(telegram)) as running:
        await reader.starts()
        hello = await reader.private.wait_for(within=30)
        assert sightings(secret, running.pid, tmp_path) == []
        faults.lose_answer(method="sendMessage")
        await reader.says(reader.private, "/help")
        faults.page(502, posted=False, method="sendMessage")
        faults.garble(posted=False, method="sendMessage")
        faults.flood(1, method="sendMessage")
        faults.stall(3, posted=False, method="sendMessage")
        faults.refuse(401, "Unauthorized", method="sendMessage")
        faults.refuse(404, "Not Found", method="sendMessage")
        faults.refuse(409, "Conflict: terminated by other getUpdates request", method="getUpdates")
        faults.page(502, posted=False, method="getUpdates")
        faults.garble(posted=False, method="getUpdates")
        for _ in range(6):
            await reader.says(reader.private, "/tags")
        drop(tmp_path, "one.txt", entry("A Paper"))
        await asyncio.sleep(4)
        await telegram.go_dark()
        await asyncio.sleep(2)
        await telegram.come_back()
        faults.clear()
        await reader.presses(hello, "도움말", within=30)
        said = await reader.says(reader.private, "/latest")
        await reader.private.wait_for(within=30, after=said)
        assert sightings(secret, running.pid, tmp_path) == []
    log = log_of(tmp_path)
    assert "DEBUG" in log
    assert secret not in log
    assert running.returncode == 0
    assert sightings(secret, running.pid, tmp_path) == []


async def test_a_refused_token_is_said_once_and_not_shown(telegram: FakeTelegram, tmp_path: Path) -> None:
    wrong = "987654321:AAwrongwrongwrongwrongwrongwrongwrong000"
    async with process(tmp_path, **settings(telegram) | {"BOT_TELEGRAM__TOKEN": wrong}) as running:
        async with asyncio.timeout(PATIENT * 3):
            await running.wait()
    log = log_of(tmp_path)
    assert log.count("refuses the token") == 1
    assert "Traceback" not in log
    assert running.returncode == 1, "whoever looks after the process is to know"
    assert wrong.partition(":")[2] not in log


async def test_a_port_that_somebody_else_has_ends_it_with_one_sentence(telegram: FakeTelegram, tmp_path: Path) -> None:
    hook = {"BOT_TELEGRAM__WEBHOOK_URL": "https://paperboy.example"}
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - as Paperboy itself listens
        port = str(taken.getsockname()[1])
        async with process(tmp_path, **settings(telegram), **hook, PORT=port) as running:
            async with asyncio.timeout(PATIENT * 3):
                await running.wait()
    assert running.returncode == 1
    assert f"\npaperboy: nothing can listen on port {port} (PORT): Address already in use.\n" in log_of(tmp_path)
