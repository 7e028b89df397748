"""Requests for answers to people: at the lane's pace, before what is broadcast, again where nothing was sent."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from telegram.error import TelegramError

from bot.adapters.base import ChatMoved, FateUnknown, NotSent, RateLimited, SendError
from bot.adapters.telegram.errors import not_modified, translate, words
from bot.adapters.telegram.pushback import Pushback
from bot.adapters.telegram.render import Body, where
from bot.adapters.telegram.trail import Trail
from bot.adapters.telegram.transport import Api, NeverSent
from bot.model import Address
from bot.pacing import Departure, LanePace

log = logging.getLogger(__name__)

ATTEMPTS: Final = 4
LONGEST_PAUSE: Final = 60.0
"""A person does not wait for an answer any longer than this, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """The one member of a group who is to see something, and why we may show it to them: within 15 seconds of their
    press (`query`) or of a command that nobody else saw (`command`, its number).

    Source: https://core.telegram.org/bots/api#ephemeral-messages-and-commands
    """

    person: int
    query: str = ""
    command: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where something is said: a chat, a topic in it, and the message that it answers (0 for none)."""

    chat: int
    thread: str = ""
    reply_to: int = 0
    only: Only | None = None

    @property
    def params(self) -> dict[str, Any]:
        """The parameters that name it."""
        place: dict[str, Any] = where(str(self.chat), self.thread)
        if self.only is not None:
            query = {"callback_query_id": self.only.query} if self.only.query else {}
            place["ephemeral_message_parameters"] = {"receiver_user_id": self.only.person, **query}
            if self.only.command:
                place["reply_parameters"] = {"ephemeral_message_id": self.only.command}
        elif self.reply_to:
            place["reply_parameters"] = {"message_id": self.reply_to, "allow_sending_without_reply": True}
        return place


class Voice:
    """Says and redraws. `monotonic` is a clock in seconds that never runs backwards. `paid`: beside a paid broadcast an
    answer is one of so many messages a second, too, and is refused unless it says so."""

    def __init__(
        self,
        api: Api,
        lane: str,
        pace: LanePace,
        trail: Trail,
        pushback: Pushback,
        monotonic: Callable[[], float],
        *,
        paid: bool = False,
    ) -> None:
        self._api = api
        self._paid = {"allow_paid_broadcast": True} if paid else {}
        self._lane = lane
        self._pace = pace
        self._trail = trail
        self._pushback = pushback
        self._monotonic = monotonic
        self._numbers = count(1)
        self._run = secrets.token_hex(4)

    async def turn(self, chat: int) -> Departure:
        """Wait until a message may be sent to a chat, and take the place."""
        key, group = str(chat), chat < 0
        while (seconds := self._pace.wait(self._monotonic(), key, group, reply=True)) > 0:  # noqa: ASYNC110
            await asyncio.sleep(seconds)
        return self._pace.take(self._monotonic(), key, group, reply=True)

    async def say(self, spot: Spot, body: Body, *, quietly: bool = False) -> None:
        """Post a message. Raises SendError where it is not there, or may not be."""
        quiet = {"disable_notification": True} if quietly else {}
        extra = {**body.params, **quiet, **self._paid}
        try:
            await self._post(spot.chat, spot.thread, spot.params | extra, alone=spot.only is not None)
        except ChatMoved as moved:
            there = Spot(chat=int(moved.address.chat), thread=moved.address.thread)
            await self._post(there.chat, there.thread, there.params | extra)

    async def _post(self, chat: int, thread: str, params: Mapping[str, Any], *, alone: bool = False) -> None:
        """`alone`: only one member sees it, and it is not numbered like the others."""
        if alone:
            await self._request("sendMessage", chat, params, thread)
            return
        key = f"{self._run}-{next(self._numbers)}"
        await self._trail.begins(chat, key)
        try:
            answer = await self._request("sendMessage", chat, params, thread)
        except FateUnknown:
            raise
        except SendError:
            self._trail.ends(chat, key, None)
            raise
        self._trail.ends(chat, key, int(answer["message_id"]))

    async def redraw(self, target: Mapping[str, Any], params: Mapping[str, Any], *, text: bool = True) -> None:
        """Edit the message that `target` names, all of it or only its buttons; that it reads so already is success."""
        kind = "Ephemeral" if "ephemeral_message_id" in target else ""
        method = f"edit{kind}MessageText" if text else f"edit{kind}MessageReplyMarkup"
        await self._request(method, int(target.get("chat_id", 0)), {**target, **params})

    async def _request(self, method: str, chat: int, params: Mapping[str, Any], thread: str = "") -> Any:
        address = Address(lane=self._lane, chat=str(chat), thread=thread)
        attempt = 0
        while True:
            attempt += 1
            departure = await self.turn(chat) if chat else None
            try:
                try:
                    return await self._api.call(method, params)
                finally:
                    if departure is not None:
                        self._pace.landed(departure, self._monotonic())
            except TelegramError as error:
                if not_modified(error):
                    return None
                failure = translate(error, address)
                if attempt >= ATTEMPTS:
                    raise failure from None
                await self._bear(failure, chat)

    async def _bear(self, failure: SendError, chat: int) -> None:
        """Wait where another attempt makes sense; raises `failure` where it does not."""
        match failure:
            case RateLimited() if failure.seconds <= LONGEST_PAUSE:
                until = self._monotonic() + failure.seconds
                if self._pushback.judged(failure, str(chat)).lane:
                    self._pace.hold_lane(until)
                self._pace.hold_chat(str(chat), until)
                if not chat:
                    await asyncio.sleep(failure.seconds)
            case NotSent() if not failure.answered:
                await asyncio.sleep(0.5)
            case _:
                raise failure from None

    async def toast(self, query: str, *, text: str = "", url: str | None = None) -> None:
        """Answer a press; that it is too late for that is nobody's fault."""
        params: dict[str, Any] = {"callback_query_id": query}
        if url is not None:
            params["url"] = url
        elif text:
            params["text"] = text[:200]
        await self.tell("answerCallbackQuery", params)

    async def typing(self, spot: Spot) -> None:
        """Show that an answer is on its way."""
        await self.tell("sendChatAction", {**where(str(spot.chat), spot.thread), "action": "typing"})

    async def tell(self, method: str, params: Mapping[str, Any]) -> bool:
        """Make a request that costs nothing if it fails; whether it succeeded."""
        for attempt in (1, 2):
            try:
                await self._api.call(method, params, seconds=10)
            except TelegramError as error:
                if attempt == 1 and isinstance(error, NeverSent):
                    await asyncio.sleep(0.3)
                    continue
                log.info("%s failed: %s", method, words(error))
                return False
            return True
        return False
