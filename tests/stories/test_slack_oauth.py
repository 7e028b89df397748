"""Many workspaces: they come by installation, each with a lane of its own, and may leave and come back."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.model import DeliveryState
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.people import User
from tests.fakes.slack.places import Channel
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspaces import Workspace
from tests.stories.slack_house import KEY, MANY, PUBLIC, Running, drop, entry, ledger, paperboy, titles

INSTALL = f"{PUBLIC}/slack/install"
REDIRECT = f"{PUBLIC}/slack/oauth_redirect"


def strangers(slack: FakeSlack, *names: str) -> list[tuple[Workspace, User]]:
    """Workspaces without the app, each with an admin."""
    teams = [slack.workspace(name, install=False) for name in names]
    return [(team, team.user("관리자", admin=True)) for team in teams]


async def a_channel(team: Workspace, admin: User, *, title: str) -> Channel:
    """A channel that follows everything and has had its first paper."""
    channel = team.channel("llm", members=(admin,))
    await admin.invites_bot(channel)
    await channel.wait_for(lambda message: title in message.plain)
    return channel


async def asleep(running: Running, team: Workspace, *, within: float = 10) -> None:
    """Wait until the workspace is on record as gone."""
    async with asyncio.timeout(within):
        while f"slack:{team.id}" in {  # noqa: ASYNC110 - the store raises no events
            one.lane for one in await running.store.installations.of("slack") if one.active
        }:
            await asyncio.sleep(0.05)


async def test_two_workspaces_install_it_and_each_gets_its_papers(slack: FakeSlack, tmp_path: Path) -> None:
    drop(tmp_path, "first.txt", entry("The First Paper"))
    async with paperboy(slack, tmp_path, MANY) as running:
        channels = []
        for team, admin in strangers(slack, "가 회사", "나 회사"):
            installed = await admin.installs(INSTALL)
            assert installed.status == 200, installed
            answer = await admin.commands(admin.dm, "/papers help")
            assert "search" in answer.text
            channels.append(await a_channel(team, admin, title="The First Paper"))
        assert len(running.adapter.paces) == 2
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await slack.until(lambda: all(titles(channel)["The Second Paper"] == 1 for channel in channels))
        await ledger(running, lambda lanes: len(lanes) == 2 and not any(lane.ready for lane in lanes))


async def test_after_a_restart_the_workspaces_are_known(slack: FakeSlack, tmp_path: Path) -> None:
    drop(tmp_path, "first.txt", entry("The First Paper"))
    ((team, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY):
        await admin.installs(INSTALL)
        channel = await a_channel(team, admin, title="The First Paper")
    async with paperboy(slack, tmp_path, MANY):
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await slack.until(lambda: titles(channel)["The Second Paper"] == 1)
        answer = await admin.commands(channel, "/papers help")
        assert "search" in answer.text


async def test_the_installation_pages_let_nobody_in_by_a_trick(slack: FakeSlack, tmp_path: Path) -> None:
    ((_, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY) as running:
        assert (await admin.installs(INSTALL, state="made-up")).status in (400, 401)
        assert (await admin.installs(INSTALL, forgets_cookies=True)).status == 400
        denied = await admin.installs(INSTALL, consents=False)
        assert denied.status == 200
        assert "access_denied" in denied.page
        assert await running.store.installations.of("slack") == []
        done = await admin.installs(INSTALL)
        assert done.status == 200
        async with aiohttp.ClientSession() as browser:
            cookie = {"Cookie": f"slack-app-oauth-state={re.search('state=([^&]+)', done.redirect_url)[1]}"}  # type: ignore[index]
            async with browser.get(slack.route(done.redirect_url), headers=cookie) as again:
                assert again.status == 401, "a state is good once"
            for query in ("", "?code=x", "?error=%3Cscript%3Ealert(1)%3C/script%3E", "?state=%00&code=%00"):
                async with browser.get(slack.route(REDIRECT) + query) as answer:
                    assert answer.status < 500
                    assert "<script>alert" not in await answer.text()
                    assert answer.headers["Cache-Control"] == "no-store"
        assert len(await running.store.installations.of("slack")) == 1


async def test_a_state_is_too_old_after_ten_minutes(slack: FakeSlack, tmp_path: Path) -> None:
    ((_, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY) as running:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            async with browser.get(slack.route(INSTALL)) as page:
                target = re.search(r'"(http[^"]*/oauth/v2/authorize[^"]*)"', await page.text())
                cookies = {"Cookie": page.headers["Set-Cookie"].partition(";")[0]}
            assert target is not None
            adapter = running.adapter
            now = adapter._now  # type: ignore[attr-defined]
            oauth = adapter._oauth._flow.settings.state_store  # type: ignore[attr-defined]
            oauth._now = lambda: now() + timedelta(minutes=10, seconds=1)
            back = admin.consents(target[1].replace("&amp;", "&"))
            async with browser.get(slack.route(back), headers=cookies) as answer:
                assert answer.status == 401
        assert await running.store.installations.of("slack") == []


async def test_a_workspace_that_uninstalls_is_left_in_peace_and_gets_everything_when_it_is_back(
    slack: FakeSlack, tmp_path: Path
) -> None:
    drop(tmp_path, "first.txt", entry("The First Paper"))
    (team, admin), (other, owner) = strangers(slack, "가 회사", "나 회사")
    async with paperboy(slack, tmp_path, MANY) as running:
        await admin.installs(INSTALL)
        await owner.installs(INSTALL)
        channel = await a_channel(team, admin, title="The First Paper")
        theirs = await a_channel(other, owner, title="The First Paper")
        token = team.bot_token
        await admin.uninstalls()
        await asleep(running, team)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await slack.until(lambda: titles(theirs)["The Third Paper"] == 1)
        await asyncio.sleep(1)
        assert not [one for one in slack.seen if one.end in ("account_inactive", "token_revoked")]
        waiting = await running.store.deliveries.listing(state=DeliveryState.READY)
        assert len(waiting) == 2
        await admin.installs(INSTALL)
        channel.members[team.app.user.id] = team.app.user
        assert team.bot_token != token
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)
        assert list(titles(channel)) == ["The First Paper", "The Second Paper", "The Third Paper"]
    assert not slack.record.repeated()


@pytest.mark.parametrize("told", [True, False], ids=["told", "found out"])
async def test_revoked_tokens_stop_everything_until_it_is_installed_again(
    slack: FakeSlack, tmp_path: Path, told: bool
) -> None:
    drop(tmp_path, "first.txt", entry("The First Paper"))
    ((team, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY) as running:
        await admin.installs(INSTALL)
        channel = await a_channel(team, admin, title="The First Paper")
        if told:
            await admin.revokes_tokens()
            await asleep(running, team)
        else:
            team.app.revoked = "token_revoked"
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await asleep(running, team)
        await asyncio.sleep(2)
        assert len([one for one in slack.seen if one.end == "token_revoked"]) == (0 if told else 1)
        waiting = await running.store.deliveries.listing(state=DeliveryState.READY)
        assert [row.attempts for row in waiting] == [0, 0]
        await admin.installs(INSTALL)
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)
        assert list(titles(channel)) == ["The First Paper", "The Second Paper", "The Third Paper"]


async def test_an_old_message_that_it_was_uninstalled_does_not_undo_an_installation(
    slack: FakeSlack, tmp_path: Path
) -> None:
    ((team, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY) as running:
        await admin.installs(INSTALL)
        body = {
            "type": "event_callback",
            "team_id": team.id,
            "event_id": "EvOLD",
            "event_time": int(slack.clock.time()) - 60,
            "event": {"type": "app_uninstalled"},
        }
        assert (await slack.app.sends(body))[0] == 200
        await asyncio.sleep(0.5)
        (kept,) = await running.store.installations.of("slack")
        assert kept.active
        answer = await admin.commands(admin.dm, "/papers help")
        assert answer.text


async def test_with_another_key_the_tokens_are_of_no_use_and_that_is_said(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drop(tmp_path, "first.txt", entry("The First Paper"))
    ((team, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY):
        await admin.installs(INSTALL)
        channel = await a_channel(team, admin, title="The First Paper")
    drop(tmp_path, "second.txt", entry("The Second Paper"))
    async with paperboy(slack, tmp_path, MANY, BOT_SLACK__ENCRYPTION_KEY="quite another passphrase") as running:
        assert "its token cannot be read" in caplog.text
        await asyncio.sleep(1)
        assert not running.adapter.paces
        await admin.installs(INSTALL)
        await slack.until(lambda: titles(channel)["The Second Paper"] == 1)


async def test_a_whole_organisation_is_told_to_install_it_into_a_workspace(slack: FakeSlack, tmp_path: Path) -> None:
    ((_, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY) as running:
        slack.faults.refuse(
            "",
            method="oauth.v2.access",
            extra={
                "ok": True,
                "access_token": slack.team.bot_token,
                "is_enterprise_install": True,
                "enterprise": {"id": "E1", "name": "기관"},
                "team": None,
                "bot_user_id": "U1",
            },
        )
        installed = await admin.installs(INSTALL)
        assert installed.status == 400
        assert "one workspace at a time" in installed.page
        assert await running.store.installations.of("slack") == []


async def test_somebody_of_an_unknown_workspace_is_told_so(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()  # its app was never installed through us
    async with paperboy(slack, tmp_path, MANY):
        answer = await reader.commands(reader.dm, "/papers help")
        assert "설치되어 있지 않습니다" in answer.text


async def test_no_token_is_stored_or_logged_in_clear(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    drop(tmp_path, "first.txt", entry("The First Paper"))
    ((team, admin),) = strangers(slack, "가 회사")
    async with paperboy(slack, tmp_path, MANY) as running:
        done = await admin.installs(INSTALL)
        channel = await a_channel(team, admin, title="The First Paper")
        slack.faults.garble(posted=False, method="chat.postMessage")
        slack.faults.refuse("invalid_auth", method="users.info")
        answer = await admin.commands(channel, "/papers help")
        await admin.installs(INSTALL, state="made-up")
        slack.faults.refuse("invalid_code", method="oauth.v2.access")
        await admin.installs(INSTALL)
        (kept,) = await running.store.installations.of("slack")
        token, shown = team.bot_token, repr(running.adapter) + repr(kept) + repr(running.adapter.__dict__)
        await admin.revokes_tokens()
        await asleep(running, team)
    code = re.search("code=([^&]+)", done.redirect_url)
    state = re.search("state=([^&]+)", done.redirect_url)
    assert code is not None
    assert state is not None
    secrets = {token, slack.app.client_secret, slack.app.signing_secret, KEY, answer.response_url, code[1], state[1]}
    secrets.add(answer.response_url.rpartition("/")[2])
    said = "\n".join(one.getMessage() for one in caplog.records if one.name != "aiohttp.access")  # the fake's own
    for secret in secrets:
        assert secret not in said
        assert secret not in shown
        for file in (tmp_path / "data").rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes(), file
