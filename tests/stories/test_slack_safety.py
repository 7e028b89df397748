"""The secrets are in nobody's sight: not in a log at any level, not on disk, not among the processes."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.server import FakeSlack
from tests.stories.process import log_of, process, sightings
from tests.stories.slack_house import PATIENT, drop, entry, one_workspace

POST = "chat.postMessage"


def settings(slack: FakeSlack) -> dict[str, str]:
    """What leads the process to the fake."""
    return {
        "BOT_SLACK__API_BASE": slack.api_base,
        "BOT_SLACK__TIMEOUT_SECONDS": "2",
        **one_workspace(slack),
        # What Bolt would read by itself, and must not.
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "somebody-elses",
        "SLACK_BOT_TOKEN": "xoxb-somebody-elses",
        "SLACK_SIGNING_SECRET": "somebody-elses",
    }


async def test_with_everything_told_and_every_failure_the_secrets_stay_unsaid(slack: FakeSlack, tmp_path: Path) -> None:
    reader, faults = slack.team.user(), slack.faults
    async with process(tmp_path, **settings(slack)) as running:
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
        secrets = [slack.team.bot_token, slack.app.app_token, answer.response_url, answer.trigger_id]
        secrets.append(answer.response_url.rpartition("/")[2])
        assert [sightings(secret, running.pid, tmp_path) for secret in secrets] == [[]] * len(secrets)
    log = log_of(tmp_path)
    assert "DEBUG" in log
    assert running.returncode == 0
    assert [sightings(secret, running.pid, tmp_path) for secret in secrets] == [[]] * len(secrets)
    assert not [secret for secret in secrets if secret in log]
    assert not re.search(r"ticket=[0-9a-f]{8}", log), "who has a socket's address is let in"
    slack.violations.clear()


async def test_a_refused_token_is_said_once_and_not_shown(slack: FakeSlack, tmp_path: Path) -> None:
    wrong = "xoxb-987654321-wrongwrongwrongwrong"
    async with process(tmp_path, **settings(slack) | {"BOT_SLACK__BOT_TOKEN": wrong}) as running:
        async with asyncio.timeout(PATIENT * 3):
            await running.wait()
    log = log_of(tmp_path)
    assert log.count("Slack refuses the bot token") == 1
    assert wrong not in log
