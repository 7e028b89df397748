"""The token is in nobody's sight: not in a log at any level, not among the processes, whatever goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.terminal import ROOT, environment
from tests.stories.telegram_house import PATIENT, drop, entry


@contextlib.asynccontextmanager
async def process(telegram: FakeTelegram, folder: Path, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`paperboy run` as a process, telling everything it can into a file `log`."""
    (folder / "seeds").mkdir(exist_ok=True)
    env = environment(
        folder,
        **{
            "BOT_LOG_LEVEL": "DEBUG",
            "BOT_TELEGRAM__TOKEN": telegram.bot.token,
            "BOT_TELEGRAM__API_BASE": telegram.url,
            "BOT_TELEGRAM__TIMEOUT_SECONDS": "2",
        }
        | more,
    )
    with (folder / "log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=ROOT,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                running.terminate()
            try:
                await asyncio.wait_for(running.wait(), 20)
            except TimeoutError:
                running.kill()
                await running.wait()


def arguments_of(pid: int) -> bytes:
    """What the list of processes shows, where there is one to read."""
    file = Path(f"/proc/{pid}/cmdline")
    return file.read_bytes() if file.exists() else b""


async def test_with_everything_told_and_every_failure_the_token_stays_unsaid(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user()
    secret = telegram.bot.token.partition(":")[2]
    faults = telegram.faults
    async with process(telegram, tmp_path) as running:
        await reader.starts()
        hello = await reader.private.wait_for(within=30)
        assert secret.encode() not in arguments_of(running.pid)
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
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "DEBUG" in log
    assert secret not in log
    assert running.returncode == 0
    for file in (tmp_path / "data").rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


async def test_a_refused_token_is_said_once_and_not_shown(telegram: FakeTelegram, tmp_path: Path) -> None:
    wrong = "987654321:AAwrongwrongwrongwrongwrongwrongwrong000"
    async with process(telegram, tmp_path, BOT_TELEGRAM__TOKEN=wrong) as running:
        async with asyncio.timeout(PATIENT * 3):
            await running.wait()
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert log.count("refuses the token") == 1
    assert "Traceback" not in log
    assert running.returncode == 1, "whoever looks after the process is to know"
    assert wrong.partition(":")[2] not in log
