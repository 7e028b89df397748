"""The secrets are in nobody's sight: not in a log at any level, not on disk, not among the processes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.server import FakeSlack
from tests.fakes.terminal import ROOT, environment
from tests.stories.slack_house import PATIENT, drop, entry, one_workspace

POST = "chat.postMessage"


@contextlib.asynccontextmanager
async def process(slack: FakeSlack, folder: Path, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`paperboy run` as a process, telling everything it can into a file `log`."""
    (folder / "seeds").mkdir(exist_ok=True)
    env = environment(
        folder,
        **{
            "BOT_LOG_LEVEL": "DEBUG",
            "BOT_SLACK__API_BASE": slack.api_base,
            "BOT_SLACK__TIMEOUT_SECONDS": "2",
            **one_workspace(slack),
            # What Bolt would read by itself, and must not.
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "somebody-elses",
            "SLACK_BOT_TOKEN": "xoxb-somebody-elses",
            "SLACK_SIGNING_SECRET": "somebody-elses",
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


async def test_with_everything_told_and_every_failure_the_secrets_stay_unsaid(slack: FakeSlack, tmp_path: Path) -> None:
    reader, faults = slack.team.user(), slack.faults
    async with process(slack, tmp_path) as running:
        await slack.until_connected(within=40)
        answer = await reader.commands(reader.dm, "/papers subscribe *")
        faults.lose_answer(method=POST)
        faults.page(502, posted=False, method="conversations.history")
        faults.garble(posted=False, method="conversations.history")
        faults.refuse("missing_scope", method="users.info", extra={"needed": "users:read", "provided": "chat:write"})
        faults.garble(posted=False, method="response_url")
        faults.truncate(posted=False, method="response_url")
        faults.refuse("expired_url", method="response_url")
        drop(tmp_path, "one.txt", entry("A Paper"))
        for _ in range(3):
            await reader.commands(reader.dm, "/papers tags", replies=0)
        await reader.dm.wait_for(lambda message: "A Paper" in message.plain, within=40)
        faults.garble(posted=True, method=POST)
        faults.refuse("invalid_blocks", method=POST)
        faults.flood(1, method=POST)
        faults.refuse("invalid_auth", times=2, method="apps.connections.open", extra={"error": "internal_error"})
        await slack.sockets.cut()
        drop(tmp_path, "two.txt", entry("Another Paper"))
        await asyncio.sleep(3)
        await slack.go_dark()
        await asyncio.sleep(2)
        await slack.come_back()
        faults.clear()
        await slack.until_connected(within=40)
        answer = await reader.commands(reader.dm, "/papers help")
        assert answer.text
        arguments = arguments_of(running.pid)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "DEBUG" in log
    assert running.returncode == 0
    secrets = [slack.team.bot_token, slack.app.app_token, answer.response_url, answer.trigger_id]
    secrets.append(answer.response_url.rpartition("/")[2])
    for secret in secrets:
        assert secret not in log
        assert secret.encode() not in arguments
        for file in (tmp_path / "data").rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes(), file
    assert not re.search(r"ticket=[0-9a-f]{8}", log), "who has a socket's address is let in"
    slack.violations.clear()


async def test_a_refused_token_is_said_once_and_not_shown(slack: FakeSlack, tmp_path: Path) -> None:
    wrong = "xoxb-987654321-wrongwrongwrongwrong"
    async with process(slack, tmp_path, BOT_SLACK__BOT_TOKEN=wrong) as running:
        async with asyncio.timeout(PATIENT * 3):
            await running.wait()
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert log.count("Slack refuses the bot token") == 1
    assert wrong not in log
