"""Telegram: what leaves for it and what comes from it, for one bot token.

The Bot API is called through python-telegram-bot's request layer over aiohttp, and its types read the updates; its
`Application` is not used, for it confirms updates before they are handled.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from telegram.error import InvalidToken, TelegramError

from bot.adapters.base import FateUnknown, Handle, Inbox, LaneClosed, MessageGone, RateLimited
from bot.adapters.telegram.conversation import Conversation
from bot.adapters.telegram.errors import not_modified, translate, words
from bot.adapters.telegram.finding import Finder
from bot.adapters.telegram.menus import set_up
from bot.adapters.telegram.polling import Poller
from bot.adapters.telegram.pushback import Pushback
from bot.adapters.telegram.receiving import Receiver
from bot.adapters.telegram.render import Body, render, where
from bot.adapters.telegram.rights import Rights
from bot.adapters.telegram.settings import PlatformSettings
from bot.adapters.telegram.trail import COUNTED_APART, Record, Trail
from bot.adapters.telegram.transport import Api, Transport
from bot.adapters.telegram.updates import Me
from bot.adapters.telegram.voice import Voice
from bot.adapters.telegram.webhook import Webhook
from bot.flood import Flood
from bot.message import Message
from bot.model import Chat, LanePart
from bot.pacing import LanePace, Limits
from bot.web import Web

log = logging.getLogger(__name__)

MARGIN_SECONDS: Final = 0.02
"""By how much Telegram's second is lengthened: requests do not all travel equally fast."""
LATE_SECONDS: Final = 0.01
"""By how much a broadcast may make up for having been woken late."""
TOGETHER: Final = 3
"""How many posts leave together: an answer waits as long for its place."""
REPLY_BURST: Final = 2
ANSWERS: Final = 0.1
"""The part of the rate that is for answers to people where a bot's chats are split into several lanes."""
HELLO_SECONDS: Final = 5.0
RETRY_SECONDS: Final = (1.0, 60.0)
FINISH_SECONDS: Final = 5.0
WEBHOOK_SECONDS: Final = 15.0
"""So long after a start Telegram has brought what waited."""


class TelegramAdapter:
    """One bot."""

    def __init__(
        self,
        settings: PlatformSettings,
        *,
        data: Path,
        language: str = "ko",
        inbox: Inbox | None = None,
        trail: Record | None = None,
        web: Web | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        share: float = 1.0,
        receives: bool = True,
    ) -> None:
        if settings.token is None:
            raise ValueError("Telegram needs a token")
        self.name = "telegram"
        self.owns_terminal = False
        token = settings.token.get_secret_value()
        self._bot = int(token.partition(":")[0])
        self.lane = f"telegram:{self._bot}"
        self.paces: Mapping[str, LanePace]
        self.paces, answers = _paces(settings, LanePart(self.lane).parts(settings.lanes), share)
        self._settings = settings
        self._token = token
        self._data = data
        self._language = language
        self._inbox = inbox
        self._web = web
        self._now = now
        self._transport = Transport(connections=settings.connections, read_timeout=settings.timeout_seconds)
        self._api = Api(self._transport, settings.api_base, token)
        self._trail = Trail(self.lane, trail, now, time.monotonic)
        self._pushback = Pushback(time.monotonic)
        self._voice = Voice(
            self._api,
            self.lane,
            answers,
            self._trail,
            self._pushback,
            time.monotonic,
            paid=settings.paid_broadcast,
        )
        self._finder = Finder(
            self.lane, trail, self._call, self._voice.turn, self._listens, now=now, monotonic=time.monotonic
        )
        self._handle: Handle | None = None
        self._me: Me | None = None
        self._refused: LaneClosed | None = None
        self._receives = receives
        self._receiver: Receiver | None = None
        self._poller: Poller | None = None
        self._webhook_since: float | None = None
        self._receiving: asyncio.Future[Any] | None = None
        self._stopping = asyncio.Event()

    def __repr__(self) -> str:
        return f"<TelegramAdapter {self.lane}>"

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self, handle: Handle) -> None:
        """Open the pool and say hello. Without a network that is tried again later; messages wait meanwhile."""
        self._handle = handle
        await self._transport.initialize()
        await self._hello(HELLO_SECONDS)

    async def run(self) -> None:
        """Receive until stopped, by webhook or long polling. Raises LaneClosed where the token is refused."""
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
        except InvalidToken as error:
            self._refuse(error)
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
        if self._refused is not None:
            raise self._refused

    async def stop(self) -> None:
        """Stop receiving, finish what is under way, disconnect."""
        self._stopping.set()
        if self._receiving is not None:
            await asyncio.wait([self._receiving], timeout=FINISH_SECONDS)
        if self._receiver is not None:
            await self._receiver.finish(FINISH_SECONDS)
        if self._poller is not None:
            await self._poller.confirm()
        with contextlib.suppress(Exception):
            await self._trail.settled()
        await self._transport.shutdown()

    async def _hello(self, seconds: float) -> bool:
        """Learn the bot's name, unless it is known; whether it is now."""
        if self._me is not None or self._refused is not None:
            return self._me is not None
        try:
            found = await self._api.call("getMe", seconds=seconds)
            self._me = Me(id=self._bot, username=str(found["username"]))
        except InvalidToken as error:
            self._refuse(error)
        except (TelegramError, KeyError, TypeError) as error:
            said = words(error) if isinstance(error, TelegramError) else "it does not answer like Telegram"
            log.warning("Telegram cannot be reached, trying on: %s", said)
        else:
            log.info("this is @%s", self._me.username)
        return self._me is not None

    def _refuse(self, error: TelegramError) -> None:
        self._refused = LaneClosed(
            f"Telegram refuses the token of bot {self._bot} ({words(error)}):"
            " set BOT_TELEGRAM__TOKEN to the one that BotFather shows."
        )
        if not self._receives:  # else `run` says so
            log.error("%s", self._refused)

    async def _receive(self, handle: Handle) -> None:
        pause, longest = RETRY_SECONDS
        while not await self._hello(HELLO_SECONDS * 2):
            if self._refused is not None:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)
        me = self._me
        if me is None:
            return
        rights = Rights(self._api)
        conversation = Conversation(
            api=self._api,
            voice=self._voice,
            rights=rights,
            me=me,
            handle=handle,
            flood=Flood(self._settings.requests_per_minute),
            language=self._language,
            ephemeral=self._settings.ephemeral,
            monotonic=time.monotonic,
        )
        self._receiver = receiver = Receiver(
            me=me,
            conversation=conversation,
            manages=rights.manages,
            trail=self._trail,
            inbox=self._inbox,
            now=self._now,
        )
        note = self._data / "telegram.menus"
        menus = asyncio.create_task(
            set_up(self._voice, self._language, me.id, note, ephemeral=self._settings.ephemeral)
        )
        heard = asyncio.create_task(self._trail.run(self._caught_up))
        try:
            await self._open(receiver)
        finally:
            for task in (menus, heard):
                task.cancel()
            await asyncio.gather(menus, heard, return_exceptions=True)

    async def _open(self, receiver: Receiver) -> None:
        url = self._settings.webhook_url
        if url is None:
            self._poller = Poller(self._api, receiver.take)
            await self._poller.run()
        elif self._web is None:
            raise RuntimeError("a webhook needs a server")
        else:
            self._webhook_since = time.monotonic()
            await Webhook(self._api, self._web, url, self._token, receiver.take).run()

    # --- what is posted -----------------------------------------------------------------------------------------

    def render(self, message: Message, chat: Chat) -> Body:
        """HTML and a keyboard."""
        return render(message)

    def variant(self, chat: Chat) -> str:
        """There is one form."""
        return "html"

    async def post(self, chat: Chat, body: Body, *, key: str, under: str | None = None) -> str:
        """Post; the receipt is the chat's id and the message's. No chat here is threaded."""
        place = int(chat.address.chat)
        params = {**where(chat.address.chat, chat.address.thread), **body.params}
        if self._settings.paid_broadcast:
            params["allow_paid_broadcast"] = True
        answer = await self._call("sendMessage", chat, params)
        return _receipt(place, _message_id(answer))

    async def edit(self, chat: Chat, receipt: str, body: Body) -> None:
        """Make the posted message read `body`."""
        await self._call("editMessageText", chat, {**_posted(chat, receipt), **body.params})

    async def withdraw(self, chat: Chat, receipt: str, body: Body) -> None:
        """Delete the message; one that is too old for that is made to read `body`."""
        message = _posted(chat, receipt)
        try:
            await self._call("deleteMessage", chat, message)
        except MessageGone as gone:
            if "not found" in str(gone).lower():
                return
            with contextlib.suppress(MessageGone):
                await self._call("editMessageText", chat, {**message, **body.params})

    async def find(self, chat: Chat, body: Body, *, key: str, since: datetime, under: str | None = None) -> str | None:
        """Look for the message among those that can be it (see `finding`)."""
        message = await self._finder.find(chat, body, key, since)
        return None if message is None else _receipt(int(chat.address.chat), message)

    async def address(self, chat: Chat, receipt: str) -> str | None:
        """The message in its channel, supergroup or topic. Private chats and basic groups have no addresses, and what
        was posted before a group became a supergroup stayed behind in the old one."""
        place, _, message = receipt.rpartition("/")
        if place != chat.address.chat or not message.isdecimal() or int(place) >= COUNTED_APART:
            return None
        where = "/".join(filter(None, (str(COUNTED_APART - int(place)), chat.address.thread, message)))
        return f"https://t.me/c/{where}"

    async def _listens(self) -> None:
        """Let whoever asks what was said be answered at once, where this is the process that hears it."""
        if self._receiver is not None:
            await self._trail.attend(self._caught_up)

    def _caught_up(self) -> bool:
        """Whether all that was said until now has come in."""
        if self._poller is not None:
            return self._poller.sound
        return self._webhook_since is not None and time.monotonic() - self._webhook_since > WEBHOOK_SECONDS

    async def _call(self, method: str, chat: Chat, params: Mapping[str, Any]) -> Any:
        try:
            return await self._api.call(method, params)
        except TelegramError as error:
            if not_modified(error):
                return None
            failure = translate(error, chat.address)
        if isinstance(failure, RateLimited):
            failure = self._pushback.judged(failure, chat.address.chat)
        raise failure


def _paces(settings: PlatformSettings, parts: Sequence[LanePart], share: float) -> tuple[dict[str, LanePace], LanePace]:
    """The pace of each part of the lane, and that of answers to people: the same one where there is one part."""
    if len(parts) == 1:
        pace = _pace(settings, settings.rate * share, share)
        return {parts[0].name: pace}, pace
    answers = ANSWERS if share == 1.0 else 0.0
    posts = share - answers
    return (
        {part.name: _pace(settings, settings.rate * posts / len(parts), posts) for part in parts},
        _pace(settings, settings.rate * (answers or share), answers or share),
    )


def _pace(settings: PlatformSettings, rate: float, share: float) -> LanePace:
    """A chat is in one part, whose pace has its minute as far as this process has a share of it."""
    rate, per_minute = max(rate, 0.5), max(int(settings.group_per_minute * share), 1)
    return LanePace(
        Limits(
            per_second=rate,
            margin=MARGIN_SECONDS,
            burst=max(2, round(rate * LATE_SECONDS)),
            together=TOGETHER,
            chat_interval=settings.chat_seconds,
            reply_burst=REPLY_BURST,
            group_per_minute=per_minute,
        )
    )


def _message_id(answer: Any) -> int:
    try:
        return int(answer["message_id"])
    except (TypeError, KeyError, ValueError):
        raise FateUnknown("the answer does not say what was posted") from None


def _receipt(chat: int, message: int) -> str:
    return f"{chat}/{message}"


def _posted(chat: Chat, receipt: str) -> dict[str, Any]:
    """The parameters that name a posted message. One that was posted before the chat moved cannot be reached."""
    place, _, message = receipt.rpartition("/")
    if place != chat.address.chat or not message.isdecimal():
        raise MessageGone("it was posted before the chat moved")
    return {"chat_id": int(place), "message_id": int(message)}
