"""How a workspace installs the app: Slack's OAuth flow as Bolt walks it, with our tickets and our store."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.adapters.slack.client import Api, quiet_logger
from bot.adapters.slack.errors import code as code_of
from bot.adapters.slack.manifest import REDIRECT_PATH
from bot.adapters.slack.workspaces import Tickets, Workspaces
from bot.web import Web

log = logging.getLogger(__name__)

INSTALL_PATH: Final = "/slack/install"
TICKET_SECONDS: Final = 600
_PURPOSE: Final = "slack installation"


class OAuth:
    """The pages of the flow. `authorize_url` is Slack's page that asks; `public_url` is where it sends people back."""

    def __init__(
        self,
        *,
        web_: Web,
        api: Api,
        workspaces: Workspaces,
        tickets: Tickets,
        client_id: str,
        client_secret: str,
        scopes: Sequence[str],
        public_url: str,
        authorize_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._web = web_
        # Bolt's warnings here quote the code that Slack gave.
        logger = quiet_logger("oauth")
        logger.setLevel(logging.ERROR)
        self._flow = _Flow(
            api,
            logger=logger,
            settings=AsyncOAuthSettings(
                client_id=client_id,
                client_secret=client_secret,
                scopes=list(scopes),
                user_scopes=[],
                redirect_uri=public_url + REDIRECT_PATH,
                install_path=INSTALL_PATH,
                redirect_uri_path=REDIRECT_PATH,
                authorization_url=authorize_url,
                installation_store=_Store(workspaces),
                state_store=_States(tickets, now),
                state_expiration_seconds=TICKET_SECONDS,
                logger=logger,
            ),
        )

    def __repr__(self) -> str:
        return "<OAuth>"

    async def run(self) -> None:
        """Listen until cancelled. Raises OSError where the port is taken."""
        await self._web.serve("GET", INSTALL_PATH, self._install)
        await self._web.serve("GET", REDIRECT_PATH, self._redirect)
        try:
            await asyncio.Event().wait()
        finally:
            await self._web.withdraw("GET", INSTALL_PATH)
            await self._web.withdraw("GET", REDIRECT_PATH)

    async def _install(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, self._flow.handle_installation)

    async def _redirect(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, self._flow.handle_callback)

    async def _page(self, request: web.Request, handle: Callable[..., object]) -> web.StreamResponse:
        asked = AsyncBoltRequest(body="", query=request.query_string, headers=dict(request.headers))
        try:
            found = await handle(asked)  # type: ignore[misc]
        except _Refused as refused:
            return web.Response(status=400, text=str(refused))
        except Exception as error:
            log.error("an installation failed: %s", type(error).__name__)
            return web.Response(status=503, text="This did not work. Please try again in a minute.")
        assert isinstance(found, BoltResponse)  # noqa: S101 - for the type checker
        answer = await to_aiohttp_response(found)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


class _Flow(AsyncOAuthFlow):
    """Bolt's, with our way to exchange the code: its own logs it, and sends the secret by what aiohttp gives up."""

    def __init__(self, api: Api, *, logger: logging.Logger, settings: AsyncOAuthSettings) -> None:
        super().__init__(client=api.client(None), logger=logger, settings=settings)
        self._api = api

    async def run_installation(self, code: str) -> Installation | None:
        given = {
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
        }
        try:
            found = await self._api.call_as(None, "oauth.v2.access", given)
            token = str(found.get("access_token") or "")
            about = await self._api.call_as(token, "auth.test", {})
        except SlackApiError as error:
            log.warning("Slack gives no token for an installation: %s", code_of(error))
            return None
        team, enterprise = found.get("team") or {}, found.get("enterprise") or {}
        return Installation(
            app_id=found.get("app_id"),
            enterprise_id=enterprise.get("id"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=token,
            bot_id=about.get("bot_id"),
            bot_user_id=found.get("bot_user_id"),
            bot_refresh_token=found.get("refresh_token"),
            user_id=(found.get("authed_user") or {}).get("id", ""),
            is_enterprise_install=bool(found.get("is_enterprise_install")),
        )


class _Refused(Exception):
    """This installation cannot be; the text says why, to the one who installs."""


class _States(AsyncOAuthStateStore):
    """What is stored is a hash: whoever reads the database cannot finish somebody's installation."""

    def __init__(self, tickets: Tickets, now: Callable[[], datetime]) -> None:
        self._tickets = tickets
        self._now = now

    @property
    def logger(self) -> logging.Logger:
        return log

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        state = secrets.token_urlsafe(32)
        now = self._now()
        await self._tickets.issue(_hashed(state), _PURPOSE, expires_at=now + timedelta(seconds=TICKET_SECONDS), now=now)
        return state

    async def async_consume(self, state: str) -> bool:
        return await self._tickets.redeem(_hashed(state), _PURPOSE, now=self._now())


class _Store(AsyncInstallationStore):
    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    @property
    def logger(self) -> logging.Logger:
        return log

    async def async_save(self, installation: Installation) -> None:
        if installation.is_enterprise_install or not installation.team_id:
            raise _Refused("Paperboy is installed into one workspace at a time, not into a whole organisation.")
        if installation.bot_refresh_token:
            raise _Refused("Token rotation is switched on for this app; Paperboy needs it off.")
        if not (installation.bot_token and installation.bot_user_id and installation.bot_id):
            raise _Refused("Slack gave no bot token; the app needs a bot user.")
        workspace = await self._workspaces.installed(
            team=installation.team_id,
            enterprise=installation.enterprise_id,
            name=installation.team_name or "",
            bot_user=installation.bot_user_id,
            bot_id=installation.bot_id,
            app_id=installation.app_id or "",
            token=installation.bot_token,
        )
        log.info("%s installed the app", workspace.lane)


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
