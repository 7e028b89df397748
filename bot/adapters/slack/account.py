"""Slack: what leaves for it and what comes from it, for one workspace or for many."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bot.adapters.base import Event, Handle, Inbox, Joined, Reply, Resumed
from bot.adapters.slack.bolt import Bolt
from bot.adapters.slack.cipher import Cipher
from bot.adapters.slack.client import Api
from bot.adapters.slack.conversation import Conversation
from bot.adapters.slack.errors import code
from bot.adapters.slack.http import Http
from bot.adapters.slack.manifest import scopes
from bot.adapters.slack.oauth import OAuth
from bot.adapters.slack.posting import GONE, Posting
from bot.adapters.slack.receiving import NoEffect, Receiver
from bot.adapters.slack.render import Body, render
from bot.adapters.slack.rights import Rights
from bot.adapters.slack.settings import PlatformSettings
from bot.adapters.slack.sockets import Sockets, TokenRefused
from bot.adapters.slack.voice import Voice
from bot.adapters.slack.workspaces import Installations, Workspaces, team_of
from bot.flood import Flood
from bot.message import Message
from bot.model import Chat
from bot.pacing import LanePace, Limits
from bot.strings import text
from bot.web import Web

log = logging.getLogger(__name__)

MARGIN_SECONDS: Final = 0.035
"""By how much Slack's second is lengthened: requests do not all travel equally fast."""
TOGETHER: Final = 3
"""How many posts of a workspace leave together: of five a second, so that an answer waits half a second at most."""
HELLO_SECONDS: Final = 5.0
RETRY_SECONDS: Final = (1.0, 60.0)
STOP_SECONDS: Final = 0.5
FINISH_SECONDS: Final = 3.0

_TOKEN_REFUSED: Final = (*GONE, "invalid_auth", "not_authed", "token_expired", "not_allowed_token_type")


class SlackAdapter:
    """One app, in one workspace (`bot_token`) or in all that installed it."""

    def __init__(
        self,
        settings: PlatformSettings,
        *,
        language: str = "ko",
        inbox: Inbox | None = None,
        installations: Installations | None = None,
        web: Web | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        share: float = 1.0,
    ) -> None:
        self.name = "slack"
        self.owns_terminal = False
        self._settings = settings
        self._language = language
        self._inbox = inbox
        self._installations = installations
        self._web = web
        self._now = now
        key = settings.encryption_key
        own = settings.bot_token
        self._workspaces = Workspaces(
            store=installations,
            cipher=None if key is None else Cipher(key.get_secret_value()),
            own_token=None if own is None else own.get_secret_value(),
            limits=Limits(
                per_second=settings.workspace_per_minute / 60 * share,
                margin=MARGIN_SECONDS,
                together=TOGETHER,
                chat_interval=settings.channel_seconds,
            ),
            fold=settings.fold,
            admins_only=settings.admins_only,
            now=now,
            monotonic=time.monotonic,
        )
        self._api = Api(
            base=settings.api_base,
            seconds=settings.timeout_seconds,
            connections=settings.connections,
            token=self._workspaces.token,
        )
        self._voice = Voice(self._api, self._workspaces, time.monotonic)
        self._posting = Posting(self._api, self._workspaces, commercial=settings.commercial)
        self._handle: Handle | None = None
        self._refused = False
        self._receiver: Receiver | None = None
        self._conversation: Conversation | None = None
        self._oauth: OAuth | None = None
        self._receiving: asyncio.Future[Any] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def __repr__(self) -> str:
        return "<SlackAdapter>"

    @property
    def paces(self) -> Mapping[str, LanePace]:
        """The lane of each workspace; there are more when more install the app."""
        return self._workspaces.paces

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self, handle: Handle) -> None:
        """Open the pool, learn the workspaces and say hello. Without a network that is tried again later; messages
        wait meanwhile."""
        self._handle = handle
        await self._api.open()
        await self._workspaces.refresh()
        await self._hello(HELLO_SECONDS)
        self._keeping = asyncio.create_task(self._keep())

    async def run(self) -> None:
        """Receive until stopped, by Socket Mode or HTTP. Returns by itself only where the tokens are refused."""
        handle = self._handle
        if handle is None:
            raise RuntimeError("not started")
        work = asyncio.ensure_future(self._receive(handle))
        self._receiving = work
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        except TokenRefused as error:
            log.error(
                "Slack refuses the app token (%s): set BOT_SLACK__APP_TOKEN to one with the scope connections:write, "
                "as “Basic Information” makes it.",
                error,
            )
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)

    async def stop(self) -> None:
        """Stop receiving, finish what is under way, disconnect."""
        self._stopping.set()
        if self._receiving is not None:
            await asyncio.wait([self._receiving], timeout=STOP_SECONDS)
        if self._receiver is not None:
            await self._receiver.finish(FINISH_SECONDS)
        if self._conversation is not None:
            await self._conversation.finish(STOP_SECONDS)
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await self._api.close()

    async def _keep(self) -> None:
        """Stay up to date with the workspaces, and with one's own until it has said who it is."""
        fresh = asyncio.create_task(self._workspaces.keep_fresh())
        pause, longest = RETRY_SECONDS
        try:
            while True:
                await asyncio.sleep(pause)
                pause = min(pause * 2, longest)
                if self._own_team_missing():
                    await self._hello(HELLO_SECONDS * 2)
        finally:
            fresh.cancel()
            await asyncio.gather(fresh, return_exceptions=True)

    def _own_team_missing(self) -> bool:
        return self._settings.bot_token is not None and not self._refused and not self._workspaces.own_is_active

    async def _hello(self, seconds: float) -> None:
        """Ask Slack whose the bot token is, unless that is known."""
        token = self._settings.bot_token
        if token is None or not self._own_team_missing():
            return
        try:
            found = await self._api.call_as(token.get_secret_value(), "auth.test", {}, seconds=seconds)
            workspace = await self._workspaces.installed(
                team=str(found["team_id"]),
                enterprise=found.get("enterprise_id"),
                name=str(found.get("team", "")),
                bot_user=str(found["user_id"]),
                bot_id=str(found["bot_id"]),
                app_id=str(found.get("app_id", "")),
                token=None,
            )
        except KeyError:
            log.warning("Slack cannot be reached, trying on: it does not answer like Slack")
        except Exception as error:
            said = code(error)
            if said in _TOKEN_REFUSED:
                self._refused = True
                log.error(
                    "Slack refuses the bot token (%s): set BOT_SLACK__BOT_TOKEN to the one that “OAuth & Permissions” "
                    "shows.",
                    said,
                )
            else:
                log.warning("Slack cannot be reached, trying on: %s", said)
        else:
            log.info("this is <@%s> in %s", workspace.bot_user, workspace.lane)

    # --- receiving ----------------------------------------------------------------------------------------------

    async def _receive(self, handle: Handle) -> None:
        while self._own_team_missing():  # noqa: ASYNC110 - it is asked for elsewhere
            await asyncio.sleep(0.2)
        if self._refused:
            return
        self._conversation = conversation = Conversation(
            api=self._api,
            voice=self._voice,
            rights=Rights(self._api, time.monotonic),
            workspaces=self._workspaces,
            handle=self._hearing(handle),
            flood=Flood(self._settings.requests_per_minute),
            settings=self._settings,
            language=self._language,
            monotonic=time.monotonic,
        )
        self._receiver = receiver = Receiver(
            workspaces=self._workspaces, conversation=conversation, inbox=self._inbox, now=self._now
        )
        bolt = Bolt(
            workspaces=self._workspaces, receiver=receiver, not_installed=text(self._language, "slack.not_installed")
        )
        ways: list[asyncio.Task[None]] = []
        if (token := self._settings.app_token) is not None:
            ways.append(asyncio.create_task(Sockets(self._api, token.get_secret_value(), bolt.from_socket).run()))
        elif (secret := self._settings.signing_secret) is not None:
            ways.append(asyncio.create_task(Http(self._served(), secret.get_secret_value(), bolt.from_http).run()))
        if self._settings.many:
            self._oauth = self._pages()
            ways.append(asyncio.create_task(self._oauth.run()))
        try:
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def _hearing(self, handle: Handle) -> Handle:
        async def hear(event: Event) -> Reply:
            try:
                reply = await handle(event)
            except Exception as error:
                raise NoEffect(type(error).__name__) from error
            if isinstance(event, Joined | Resumed):
                self._workspaces.pace(team_of(event.address)).release_chat(event.address.chat)
            return reply

        return hear

    def _served(self) -> Web:
        if self._web is None:
            raise RuntimeError("requests from Slack need a server")
        return self._web

    def _pages(self) -> OAuth:
        settings, tickets = self._settings, self._installations
        if settings.client_id is None or settings.client_secret is None or settings.public_url is None:
            raise RuntimeError("the settings let no workspace install the app")
        if tickets is None:
            raise RuntimeError("installations need a store")
        return OAuth(
            web_=self._served(),
            api=self._api,
            workspaces=self._workspaces,
            tickets=tickets,
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            scopes=scopes(),
            public_url=settings.public_url,
            authorize_url=settings.api_base.removesuffix("api/") + "oauth/v2/authorize",
            now=self._now,
        )

    # --- what is posted -----------------------------------------------------------------------------------------

    def render(self, message: Message, chat: Chat) -> Body:
        """Blocks, the abstract folded as the chat's workspace takes it."""
        fold = self._workspaces.fold(team_of(chat.address))
        return render(message, fold=fold, command=self._settings.slash)

    def variant(self, chat: Chat) -> str:
        """How the abstract is folded there."""
        return self._workspaces.fold(team_of(chat.address))

    async def post(self, chat: Chat, body: Body, *, key: str, under: str | None = None) -> str:
        """Post; the receipt is the channel's id and the message's timestamp."""
        return await self._posting.post(chat, body, key=key, under=under)

    async def edit(self, chat: Chat, receipt: str, body: Body) -> None:
        """Make the posted message read `body`."""
        await self._posting.edit(chat, receipt, body)

    async def withdraw(self, chat: Chat, receipt: str, body: Body) -> None:
        """Delete the posted message, or where the workspace does not let us, make it read `body`."""
        await self._posting.withdraw(chat, receipt, body)

    async def find(self, chat: Chat, body: Body, *, key: str, since: datetime, under: str | None = None) -> str | None:
        """Look for the message in what was said since, in the channel or in the thread of `under`."""
        return await self._posting.find(chat, key=key, since=since, under=under)

    async def address(self, chat: Chat, receipt: str) -> str | None:
        """The message's permalink."""
        return await self._posting.address(chat, receipt)
