"""Looking for a post of unknown fate: an identical edit tells whether it is there, and changes nothing.

That is possible where messages are counted by chat and what else was said there is on record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from bot.adapters.base import FateUnknown, MessageGone, NotSent, RateLimited
from bot.adapters.telegram.render import Body
from bot.adapters.telegram.trail import COUNTED_APART, Record
from bot.model import Chat, ChatKind
from bot.traces import Traces

T = TypeVar("T")

ASK_SECONDS: Final = 5.0
"""So long a look waits to be told what else was said in the chat."""
ASK_AGAIN_SECONDS: Final = 0.25
AGAIN_SECONDS: Final = 2.0
FRESH: Final = timedelta(minutes=1)
LATE: Final = timedelta(hours=1)
"""So long after a message of ours a gap of missing ones proves the end where we do not hear all that is said, for
hardly so many messages in a row come and go: a short one at first, then one twice as long."""
SKEW: Final = timedelta(minutes=1)
"""By how much the clocks of processes may differ where that is not about posting twice."""
ANSWERING: Final = timedelta(seconds=30)
"""So long an answer may be on its way."""
LOOKED_AT: Final = 20
"""How many messages are looked at for one whose fate is unknown."""
THE_END: Final = 8
"""After so many ids in a row without a message, nothing more is there."""


class Finder:
    """Looks in the chats of one lane. `call` makes a request about a chat, `turn` waits until one more may be made,
    `listens` lets this process answer what is asked of whoever receives, if it does."""

    def __init__(
        self,
        lane: str,
        record: Record | None,
        call: Callable[[str, Chat, Mapping[str, Any]], Awaitable[Any]],
        turn: Callable[[int], Awaitable[object]],
        listens: Callable[[], Awaitable[None]],
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._lane = lane
        self._record = record
        self._call = call
        self._turn = turn
        self._listens = listens
        self._now = now
        self._monotonic = monotonic

    async def find(self, chat: Chat, body: Body, key: str, since: datetime) -> int | None:
        """The number of the message, None where it certainly was not posted. Raises SendError."""
        place = int(chat.address.chat)
        if place > COUNTED_APART:
            raise FateUnknown("there is no way to look into this chat")
        if self._record is None:
            raise FateUnknown("it is not known where to look")
        traces = await self._asked(self._record, place, key)
        self._may_look(traces)
        end, has_end = THE_END, chat.kind is ChatKind.CHANNEL
        if not has_end and traces.bound_at is not None:
            end = THE_END if traces.bound_at > since - FRESH else 2 * THE_END
            has_end = traces.bound_at > since - LATE
        looked = missing = 0
        message = traces.after(traces.bound + 1)
        while missing < end or message <= traces.newest:
            if looked == LOOKED_AT:
                raise FateUnknown("too much was said since")
            if looked:
                await self._turn(place)  # the first look has its place in the lane already
                traces = await _known(self._record.traces(self._lane, str(place), key))  # somebody may have spoken
                self._may_look(traces)
                if (later := traces.after(message)) != message:
                    message, missing = later, 0
                    continue
            looked += 1
            try:
                await self._call("editMessageText", chat, {"chat_id": place, "message_id": message, **body.params})
            except MessageGone as gone:
                missing = missing + 1 if "not found" in str(gone).lower() else 0
            except FateUnknown as error:
                raise NotSent(str(error)) from None  # a look changes nothing: it can be taken again
            else:
                return message
            later = traces.after(message + 1)
            missing = missing if later == message + 1 else 0
            message = later
        if not has_end:
            raise FateUnknown("there may be more that was said since")
        return None

    async def _asked(self, record: Record, place: int, key: str) -> Traces:
        """What is known of a chat, when whoever receives has said that it is all."""
        question = await _known(record.ask(self._lane, str(place)))
        until = self._monotonic() + ASK_SECONDS
        while True:
            await _known(self._listens())
            traces = await _known(record.traces(self._lane, str(place), key))
            if traces.answered >= question:
                return traces
            if self._monotonic() > until:
                reason = "what else was said there is not known while nobody receives"
                raise RateLimited(AGAIN_SECONDS, reason=reason)
            await asyncio.sleep(ASK_AGAIN_SECONDS)

    def _may_look(self, traces: Traces) -> None:
        """Raise where what stands after the bound could be another message of ours."""
        if not traces.bound:
            raise FateUnknown("it is not known where to look")
        if traces.doubts:
            raise FateUnknown("another message of unknown fate may be there")
        newer = [at for at in traces.answers if traces.bound_at is None or at > traces.bound_at - SKEW]
        if traces.busy or any(self._now() - at < ANSWERING for at in newer):
            raise RateLimited(AGAIN_SECONDS, reason="another message is on its way there")
        if newer:
            raise FateUnknown("an answer of unknown fate may be there")


async def _known(asking: Awaitable[T]) -> T:
    """What the record says. Where it cannot be asked, nothing was told about the message: that can be tried again."""
    try:
        return await asking
    except Exception as error:
        raise RateLimited(AGAIN_SECONDS, reason=f"the record cannot be asked: {type(error).__name__}") from None
