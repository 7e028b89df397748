"""Slack: what leaves for it and what comes from it, for one workspace or for many."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.adapters.base import (
    ChatPaused,
    Event,
    FateUnknown,
    Handle,
    Joined,
    LaneClosed,
    MessageGone,
    NotSent,
    RateLimited,
    Reply,
    Resumed,
    SendError,
)
from bot.adapters.slack.bolt import Bolt
from bot.adapters.slack.cipher import Cipher
from bot.adapters.slack.client import Api
from bot.adapters.slack.conversation import Conversation
from bot.adapters.slack.errors import code
from bot.adapters.slack.http import Http
from bot.adapters.slack.manifest import scopes
from bot.adapters.slack.oauth import OAuth
from bot.adapters.slack.receiving import Inbox, NoEffect, Receiver
from bot.adapters.slack.render import Body, render
from bot.adapters.slack.rights import Rights
from bot.adapters.slack.settings import PlatformSettings
from bot.adapters.slack.sockets import Sockets, TokenRefused
from bot.adapters.slack.tiers import Tier
from bot.adapters.slack.voice import FormRefused, Voice, failure
from bot.adapters.slack.workspaces import Installations, Workspaces, team_of
from bot.flood import Flood
from bot.message import Message
from bot.model import Chat, ChatKind
from bot.pacing import LanePace, Limits
from bot.strings import text
from bot.web import Web

log = logging.getLogger(__name__)

MARGIN_SECONDS: Final = 0.035
"""By how much Slack's second is lengthened: requests do not all travel equally fast."""
REPLY_BURST: Final = 0
HELLO_SECONDS: Final = 5.0
RETRY_SECONDS: Final = (1.0, 60.0)
STOP_SECONDS: Final = 0.5
FINISH_SECONDS: Final = 3.0

TIER_3: Final = 48
"""Calls a minute of one method, a little below Slack's 50."""
COMMERCIAL: Final = (1, 15)
"""History for commercially distributed apps outside Slack's marketplace: calls a minute, messages a call."""
PAGE: Final = 200
PAGES: Final = 5
"""How many pages of history are looked through for one whose fate is unknown."""
SKEW: Final = timedelta(seconds=5)

EVENT_TYPE: Final = "paper_posted"
AGAIN_SECONDS: Final = 0.2
HELD_SECONDS: Final = 1.0
_GONE: Final = ("account_inactive", "token_revoked")
_TOKEN_REFUSED: Final = (*_GONE, "invalid_auth", "not_authed", "token_expired", "not_allowed_token_type")
_UNDELETABLE: Final = ("cant_delete_message", "compliance_exports_prevent_deletion", "edit_window_closed")


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
                chat_interval=settings.channel_seconds,
                reply_burst=REPLY_BURST,
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
        self._tiers: dict[tuple[str, str], Tier] = {}
        self._direct: dict[tuple[str, str], str] = {}
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
        fold = self._workspaces.fold(_team(chat))
        return render(message, fold=fold, command=self._settings.slash)

    def variant(self, chat: Chat) -> str:
        """How the abstract is folded there."""
        return self._workspaces.fold(_team(chat))

    async def post(self, chat: Chat, body: Body, *, key: str, under: str | None = None) -> str:
        """Post; the receipt is the channel's id and the message's timestamp."""
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": _mark(key)}}
        params = {"channel": chat.address.chat, **body.params, "metadata": metadata}
        if under is not None:
            params["thread_ts"] = _posted(chat, under)["ts"]
        try:
            answer = await self._call("chat.postMessage", chat, params)
        finally:
            self._workspaces.arrived(_team(chat), chat.address.chat)
        channel, ts = answer.get("channel"), answer.get("ts")
        if not (isinstance(channel, str) and isinstance(ts, str) and channel and ts):
            raise FateUnknown("the answer does not say what was posted")
        return f"{channel}/{ts}"

    async def edit(self, chat: Chat, receipt: str, body: Body) -> None:
        """Make the posted message read `body`; its metadata stays."""
        params = {**_posted(chat, receipt), **body.params}
        self._slot("chat.update", chat, receipt, TIER_3)
        await self._call("chat.update", chat, params)

    async def withdraw(self, chat: Chat, receipt: str, body: Body) -> None:
        """Delete the posted message, or where the workspace does not let us, make it read `body`."""
        target = _posted(chat, receipt)
        self._slot("chat.delete", chat, receipt, TIER_3)
        try:
            await self._call("chat.delete", chat, target)
        except MessageGone as gone:
            if str(gone) in _UNDELETABLE:
                await self._call("chat.update", chat, {**target, **body.params})

    async def find(self, chat: Chat, body: Body, *, key: str, since: datetime, under: str | None = None) -> str | None:
        """Look for the message by its mark in what was said since, in the channel or in the thread of `under`."""
        workspace = self._workspaces.get(_team(chat))
        if workspace is None:
            raise FateUnknown("the workspace is not known any more")
        per_minute, limit = COMMERCIAL if self._settings.commercial else (TIER_3, PAGE)
        method = "conversations.history" if under is None else "conversations.replies"
        params: dict[str, Any] = {
            "channel": await self._channel(chat, under),
            "oldest": _ts(since - SKEW),
            "inclusive": True,
            "limit": limit,
            "include_all_metadata": True,
        }
        if under is not None:
            params["ts"] = _posted(chat, under)["ts"]
        mark = _mark(key)
        for page in range(1 if self._settings.commercial else PAGES):
            self._slot(method, chat, f"{key} {page}", per_minute)
            answer = await self._look(method, chat, params)
            for message in answer.get("messages") or ():
                if _is_ours(message, workspace.bot_id, mark):
                    return f"{params['channel']}/{message['ts']}"
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not (answer.get("has_more") and cursor):
                return None
            params["cursor"] = cursor
        raise FateUnknown("too much was said since")

    async def _channel(self, chat: Chat, under: str | None) -> str:
        """The channel of a chat: that of a person is opened, which changes nothing where it is open."""
        if not _is_person(chat):
            return chat.address.chat
        if under is not None:
            return str(_posted(chat, under)["channel"])
        place = (_team(chat), chat.address.chat)
        if place not in self._direct:
            answer = await self._look("conversations.open", chat, {"users": chat.address.chat})
            try:
                self._direct[place] = str(answer["channel"]["id"])
            except (KeyError, TypeError):
                raise FateUnknown("it is not known where to look") from None
        return self._direct[place]

    async def _look(self, method: str, chat: Chat, params: Mapping[str, Any]) -> dict[str, Any]:
        """Read; a refusal proves nothing about what was posted, and no limit on reading is one on posting."""
        try:
            return await self._call(method, chat, params)
        except RateLimited as error:
            raise RateLimited(error.seconds) from None
        except (NotSent, ChatPaused):
            raise
        except SendError as error:
            raise FateUnknown(f"it cannot be looked for: {error}") from None

    def _slot(self, method: str, chat: Chat, key: str, per_minute: int) -> None:
        """Wait for the turn that a method of the workspace has for this: what is too early comes back in time."""
        tier = self._tiers.setdefault((_team(chat), method), Tier(per_minute))
        if (seconds := tier.wait(time.monotonic(), key)) > 0:
            raise RateLimited(seconds)

    async def _call(self, method: str, chat: Chat, params: Mapping[str, Any]) -> dict[str, Any]:
        team = _team(chat)
        try:
            return await self._api.call(team, method, params)
        except Exception as error:
            said = code(error)
            found = await failure(error, chat.address, params, self._workspaces)
        match found:
            case FormRefused():
                raise ChatPaused(str(found), seconds=AGAIN_SECONDS)
            case RateLimited() if said == "ratelimited" and method != "chat.postMessage":
                raise RateLimited(found.seconds)
            case LaneClosed() if said in _GONE:
                # Its lane is held from now on and for as long as it takes; the ledger has nothing to remember of that.
                await self._workspaces.uninstalled(team, said)
                raise ChatPaused(said, seconds=HELD_SECONDS)
            case _:
                raise found


def _team(chat: Chat) -> str:
    return team_of(chat.address)


def _is_person(chat: Chat) -> bool:
    return chat.kind is ChatKind.PRIVATE or chat.address.chat.startswith(("U", "W"))


def _posted(chat: Chat, receipt: str) -> dict[str, Any]:
    """The parameters that name a posted message. A channel may have another id by now; a timestamp stays."""
    channel, _, ts = receipt.partition("/")
    if not (channel and ts):
        raise MessageGone("there is no such receipt")
    return {"channel": channel if _is_person(chat) else chat.address.chat, "ts": ts}


def _mark(key: str) -> str:
    """What a message carries of its debt: everybody in a workspace can read it, and learns nothing from it."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"paperboy").hexdigest()


def _is_ours(message: Any, bot_id: str, mark: str) -> bool:
    if not isinstance(message, dict) or message.get("bot_id") != bot_id or not isinstance(message.get("ts"), str):
        return False
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return False
    payload = metadata.get("event_payload")
    return isinstance(payload, dict) and payload.get("key") == mark


def _ts(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"
