"""What is heard of chats that number their messages by themselves, on its way to where it is on record.

It is what a post of unknown fate is looked for by: an id that cannot be any other message. Where we may edit, an edit
that is to change nothing would overwrite another message of ours, and in a channel anybody's. So a channel's post is on
record before its update is confirmed, and an answer of ours before it leaves. What members of a group say we cannot
edit: it stays in memory until somebody asks.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from bot.traces import Heard, Spans, Traces, joined

log = logging.getLogger(__name__)

CHATS: Final = 5000
SPANS: Final = 100
COUNTED_APART: Final = -1_000_000_000_000
"""Channels and supergroups have ids below this, and count their messages by themselves."""
ATTEND_SECONDS: Final = 2.0
"""How often this process looks whether another one asks."""


class Record(Protocol):
    """`bot.store.Trail`: where it is on record, for all processes."""

    async def note(self, lane: str, notes: Mapping[str, Heard], now: datetime, /) -> None:
        """Put news of some chats on record."""

    async def ask(self, lane: str, place: str, /) -> int:
        """Ask whether all that was said in a chat until now is on record; returns the question's number."""

    async def questions(self, lane: str, /) -> Mapping[str, int]:
        """The chats about which somebody asks, and the numbers of the questions."""

    async def answer(self, lane: str, questions: Mapping[str, int], /) -> None:
        """All that was said when these questions were read is on record."""

    async def traces(self, lane: str, place: str, key: str, /) -> Traces:
        """What is known of a chat when the post of a debt is looked for there."""


@dataclass(slots=True)
class _News:
    """Of one chat, not on record yet."""

    messages: Spans = ()
    begun: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    joined: bool = False

    def add(self, message: int) -> None:
        self.messages = joined((*self.messages, (message, message)))[-SPANS:]


class Trail:
    """What one lane hears. Without a record nothing is kept, and nothing can be looked for."""

    def __init__(
        self, lane: str, record: Record | None, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._lane = lane
        self._record = record
        self._now = now
        self._news: OrderedDict[int, _News] = OrderedDict()
        self._due: set[int] = set()
        self._writing: asyncio.Task[None] | None = None
        self._monotonic = monotonic
        self._beat = self._steady_from = -math.inf

    def saw(self, chat: int, message: int, *, editable: bool) -> None:
        """This message exists, and is no post from the ledger. `editable`: it could be ours to edit."""
        if self._counts(chat):
            self._of(chat).add(message)
            if editable:
                self._due.add(chat)

    def joins(self, chat: int) -> None:
        """From now on we hear what is said there."""
        if self._counts(chat):
            self._of(chat).joined = True
            self._due.add(chat)

    async def begins(self, chat: int, key: str) -> None:
        """An answer of ours is about to leave."""
        if not self._counts(chat):
            return
        self._of(chat).begun.add(key)
        self._due.add(chat)
        try:
            await self.settled()
        except Exception as error:  # the answer is worth more; until it is on record, nobody is told that all is
            log.warning("an answer leaves that is not on record: %s", type(error).__name__)

    def ends(self, chat: int, key: str, message: int | None) -> None:
        """It was sent as `message`, or was not (None)."""
        if self._counts(chat):
            news = self._of(chat)
            news.ended.add(key)
            if message:
                news.add(message)
            self._due.add(chat)

    async def settled(self) -> None:
        """Return when all is on record that must be. Raises what the record raises."""
        while self._due or self._writing is not None:
            if self._writing is None:
                self._writing = asyncio.create_task(self._write(set(self._due)))
                self._writing.add_done_callback(_heard_of)
            await asyncio.shield(self._writing)

    async def attend(self, sound: Callable[[], bool]) -> None:
        """Tell those who ask that all that was said is on record, where it is and `run` is at work; `sound`: nothing is
        held up on its way to us."""
        if self._record is None:
            return
        questions = await self._record.questions(self._lane)
        monotonic = self._monotonic()
        awake = monotonic - self._beat < 2 * ATTEND_SECONDS and monotonic >= self._steady_from
        if questions and awake and sound():
            self._due |= {chat for place in questions if (chat := int(place)) in self._news}
            await self.settled()
            await self._record.answer(self._lane, questions)
        elif self._due:
            await self.settled()

    async def run(self, sound: Callable[[], bool]) -> None:
        """Attend to them until cancelled."""
        while True:
            monotonic = self._monotonic()
            if monotonic - self._beat > 2 * ATTEND_SECONDS:
                # This process was not there for a while: what came meanwhile has to be read first.
                self._steady_from = monotonic + ATTEND_SECONDS
            self._beat = monotonic
            try:
                await self.attend(sound)
            except Exception as error:
                log.warning("what was heard cannot be put on record, trying on: %s", type(error).__name__)
            await asyncio.sleep(ATTEND_SECONDS)

    def _counts(self, chat: int) -> bool:
        return self._record is not None and chat < COUNTED_APART

    def _of(self, chat: int) -> _News:
        news = self._news.setdefault(chat, _News())
        self._news.move_to_end(chat)
        while len(self._news) > CHATS and (oldest := next(iter(self._news))) not in self._due:
            del self._news[oldest]
        return news

    async def _write(self, due: set[int]) -> None:
        assert self._record is not None  # noqa: S101 - for the type checker: nothing is due without it
        self._due -= due
        taken = {chat: self._news.pop(chat) for chat in due}
        notes = {
            str(chat): Heard(
                messages=news.messages,
                begun=frozenset(news.begun),
                ended=frozenset(news.ended),
                joined=news.joined,
            )
            for chat, news in taken.items()
        }
        try:
            await self._record.note(self._lane, notes, self._now())
        except BaseException:
            for chat, news in taken.items():
                later = self._of(chat)
                later.messages = joined((*news.messages, *later.messages))
                later.begun |= news.begun
                later.ended |= news.ended
                later.joined |= news.joined
            self._due |= due
            raise
        finally:
            self._writing = None


def _heard_of(writing: asyncio.Task[None]) -> None:
    """Its failure is told by whoever waits for it; with nobody waiting, by the next one."""
    if not writing.cancelled():
        writing.exception()
