"""What leaves for Slack: posts that can be found again, their edits and withdrawals."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.adapters.base import ChatPaused, FateUnknown, LaneClosed, MessageGone, NotSent, RateLimited, SendError
from bot.adapters.slack.client import Api
from bot.adapters.slack.errors import code, retry_after
from bot.adapters.slack.render import Body
from bot.adapters.slack.tiers import Tier
from bot.adapters.slack.voice import FormRefused, failure
from bot.adapters.slack.workspaces import Workspaces, team_of
from bot.model import Chat, ChatKind

log = logging.getLogger(__name__)

TIER_3: Final = 48
"""Calls a minute of one method, a little below Slack's 50."""
COMMERCIAL: Final = (1, 15)
"""History for commercially distributed apps outside Slack's marketplace: calls a minute, messages a call."""
PAGE: Final = 200
PAGES: Final = 5
"""How many pages of history are looked through for one whose fate is unknown."""
SKEW: Final = timedelta(seconds=5)
LINK_SECONDS: Final = 0.5
"""So long an answer waits for the address of a post."""

EVENT_TYPE: Final = "paper_posted"
AGAIN_SECONDS: Final = 0.2
HELD_SECONDS: Final = 1.0
GONE: Final = ("account_inactive", "token_revoked")
"""The codes after which a token is never good again."""
_UNDELETABLE: Final = ("cant_delete_message", "compliance_exports_prevent_deletion", "edit_window_closed")


class Posting:
    """Posts, changes and finds, each with one request. `commercial`: Slack lets the app read history once a minute."""

    def __init__(self, api: Api, workspaces: Workspaces, *, commercial: bool) -> None:
        self._api = api
        self._workspaces = workspaces
        self._commercial = commercial
        self._tiers: dict[tuple[str, str], Tier] = {}
        self._direct: dict[tuple[str, str], str] = {}
        self._no_links: dict[str, float] = {}

    async def post(self, chat: Chat, body: Body, *, key: str, under: str | None = None) -> str:
        """Post; the receipt is the channel's id and the message's timestamp."""
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": _mark(key)}}
        params = {"channel": chat.address.chat, **body.params, "metadata": metadata}
        if under is not None:
            params["thread_ts"] = _posted(chat, under)["ts"]
        left = time.monotonic()
        try:
            answer = await self._call("chat.postMessage", chat, params)
        finally:
            self._workspaces.answered(_team(chat), chat.address.chat, left)
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

    async def find(self, chat: Chat, *, key: str, since: datetime, under: str | None = None) -> str | None:
        """Look for the message by its mark in what was said since, in the channel or in the thread of `under`."""
        workspace = self._workspaces.get(_team(chat))
        if workspace is None:
            raise FateUnknown("the workspace is not known any more")
        per_minute, limit = COMMERCIAL if self._commercial else (TIER_3, PAGE)
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
        for page in range(1 if self._commercial else PAGES):
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

    async def address(self, chat: Chat, receipt: str) -> str | None:
        """The permalink, None where Slack does not give it at once. A workspace that is told to wait, or is slow, is
        not asked again for a while."""
        team = _team(chat)
        if time.monotonic() < self._no_links.get(team, 0.0):
            return None
        try:
            target = _posted(chat, receipt)
            params = {"channel": target["channel"], "message_ts": target["ts"]}
            answer = await self._api.call(team, "chat.getPermalink", params, seconds=LINK_SECONDS)
        except Exception as error:
            log.info("%s: no permalink: %s", chat.address.lane, code(error))
            if code(error) in ("ratelimited", "timeout"):
                self._no_links[team] = time.monotonic() + retry_after(error)
            return None
        link = answer.get("permalink")
        return link if isinstance(link, str) and link.startswith("https://") else None

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
        except FateUnknown as error:
            raise NotSent(str(error)) from None  # nothing is changed by reading: it can be done again
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
            case LaneClosed() if said in GONE:
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
