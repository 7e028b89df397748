"""Bolt's own HTTP mode and OAuth flow run against the fake Slack as against the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store.file import FileInstallationStore
from slack_sdk.oauth.state_store.file import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack

PUBLIC = "https://bot.example"
# slack_sdk sends the client's secret with an aiohttp class that aiohttp is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.fixture
async def served(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[AsyncApp]:
    """A Bolt app for many workspaces, behind HTTP, with its installations in files."""
    store = FileInstallationStore(base_dir=str(tmp_path / "installations"), client_id=slack.app.client_id)
    settings = AsyncOAuthSettings(
        client_id=slack.app.client_id,
        client_secret=slack.app.client_secret,
        scopes=["commands", "chat:write"],
        redirect_uri=f"{PUBLIC}/slack/oauth_redirect",
        installation_store=store,
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(tmp_path / "states")),
    )
    client = AsyncWebClient(base_url=slack.api_base)
    flow = AsyncOAuthFlow(client=client, settings=settings)
    app = AsyncApp(client=client, signing_secret=slack.app.signing_secret, oauth_flow=flow)
    app.enable_token_revocation_listeners()

    async def handle(request: web.BaseRequest) -> web.Response:
        if request.method != "GET":
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))  # type: ignore[arg-type]
        bolt = await to_bolt_request(request)  # type: ignore[arg-type]
        step = flow.handle_callback if request.path == "/slack/oauth_redirect" else flow.handle_installation
        return await to_aiohttp_response(await step(bolt))

    runner = web.ServerRunner(web.Server(handle), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.proxies[PUBLIC] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slack.app.request_url = f"{PUBLIC}/slack/events"
    yield app
    await runner.cleanup()


async def test_a_workspace_installs_the_app_uses_it_and_removes_it(slack: FakeSlack, served: AsyncApp) -> None:
    tokens: list[str | None] = []

    @served.command("/papers")
    async def papers(ack: Any, client: Any, say: Any, command: dict[str, Any]) -> None:
        tokens.append(client.token)
        await ack(f"찾는 말: {command['text']}")

    assert await slack.app.verifies_url() is True
    team = slack.workspace("새 회사", install=False)
    admin = team.user(admin=True)
    installed = await admin.installs(f"{PUBLIC}/slack/install")
    assert installed.status == 200
    assert team.app.scopes == {"commands", "chat:write"}
    answer = await admin.commands(team.channel(), "/papers search rlhf")
    assert (answer.text, tokens) == ("찾는 말: search rlhf", [team.bot_token])

    old = team.bot_token
    await admin.installs(f"{PUBLIC}/slack/install")
    assert team.bot_token != old
    await admin.commands(team.channel(), "/papers x")
    assert tokens[-1] == team.bot_token

    await admin.uninstalls()
    await slack.until_delivered()
    assert {one["event"]["type"] for one in slack.post.delivered} == {"app_uninstalled", "tokens_revoked"}
    assert [one.revoked for one in team.former] == ["account_inactive"] * 2
    assert slack.post.lost == []


async def test_a_refusal_a_forged_state_and_another_browser_install_nothing(slack: FakeSlack, served: AsyncApp) -> None:
    team = slack.workspace("새 회사", install=False)
    admin = team.user(admin=True)
    for how in ({"consents": False}, {"state": "forged"}, {"forgets_cookies": True}):
        installed = await admin.installs(f"{PUBLIC}/slack/install", **how)
        assert "/oauth/v2/authorize" in installed.authorize_url
        assert any(words in installed.page for words in ("access_denied", "invalid_state", "invalid_browser"))
        assert team.install is None


async def test_a_code_is_good_once_for_its_own_app_and_address(slack: FakeSlack) -> None:
    team = slack.workspace("새 회사", install=False)
    admin, app = team.user(admin=True), slack.app
    client = AsyncWebClient(base_url=slack.api_base)
    asked = f"https://slack.com/oauth/v2/authorize?client_id={app.client_id}&scope=commands&redirect_uri={PUBLIC}/r"
    back = admin.consents(f"{asked}&state=s")
    assert back.startswith(f"{PUBLIC}/r?state=s&code=")
    code = back.partition("code=")[2]

    good = {"client_id": app.client_id, "client_secret": app.client_secret, "redirect_uri": f"{PUBLIC}/r"}

    async def refused(**changed: str) -> str:
        with pytest.raises(SlackApiError) as caught:
            await client.api_call("oauth.v2.access", data={"code": code} | good | changed)
        return str(caught.value.response["error"])

    assert await refused(client_secret="x") == "bad_client_secret"
    assert await refused(client_id="x") == "invalid_client_id"
    assert await refused(redirect_uri="https://evil.example") == "bad_redirect_uri"
    assert await refused(code="x") == "invalid_code"
    answer = await client.oauth_v2_access(
        client_id=app.client_id, client_secret=app.client_secret, code=code, redirect_uri=f"{PUBLIC}/r"
    )
    assert (answer["access_token"], answer["authed_user"]["id"]) == (team.bot_token, admin.id)
    assert await refused() == "code_already_used"
