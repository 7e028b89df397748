"""One request: made at most once, and what follows from its answer. It writes nothing; the lane does."""

from __future__ import annotations

import asyncio
import logging
import math
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.base import Adapter, Body, FateUnknown, NotSent, RateLimited, Rejected, SendError
from bot.bodies import Bodies
from bot.journal import Journal, Left, Log
from bot.model import Chat, ChatKind, DeliveryKind, GiveUp, Outcome, Retry, Sent, StoredPaper, Tag, Unknown
from bot.outcomes import Hold, Patience, Policy, Verdict, decide, missing, tells_nothing, unproved
from bot.pacing import Departure
from bot.store import ChatChange, ChatWaits, Due, Head, Result, Store, StoreError
from bot.turns import Turns
from bot.window import Job

log = logging.getLogger(__name__)

CLOCK_SKEW: Final = timedelta(minutes=1)
"""How far a platform's clock may be behind ours when it is asked for messages since a moment."""
OUTAGE_CHATS: Final = 3
"""When so many chats cannot be reached and none can, the fault is the lane's."""
OUTAGE_PAPERS: Final = 2
"""Where the platform itself says no, it is the lane's only when so many papers are refused and none is taken."""
NOT_ON_RECORD: Final = ""
"""The content hash of a found copy of which nobody knows what it shows: the store owes it an edit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time from outside: aware UTC, seconds that never run backwards, and a sleep in such seconds."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all lanes of a pump share. Seconds: `timeout` bounds a request; `settle` passes before a message of
    unknown fate is looked for; `poll` is the longest time between two looks at the store."""

    store: Store
    turns: Turns
    bodies: Bodies
    clock: Clock
    policies: Mapping[ChatKind, Policy]
    patience: Patience
    timeout: float
    settle: float
    poll: float
    spread: Callable[[], float]
    journal: Journal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A job whose attempt is over. Without a result it is still open, and to be taken up again as it is here."""

    job: Job
    result: Result | None


class Sender:
    """The requests of one lane, and what their answers say about it.

    `told_to_wait` are the chats that were, by their ids, until when (monotonic seconds); it is kept up to date.
    """

    def __init__(self, name: str, adapter: Adapter, terms: Terms, told_to_wait: dict[int, float]) -> None:
        self.name = name
        self.held_until: datetime | None = None
        self.hold: Hold | None = None
        """A pause that the platform asked for and that is not on record yet."""
        self.log: Log | None = None
        self.safe_until: Callable[[], float] = lambda: math.inf
        self._adapter = adapter
        self._pace = adapter.paces[name]
        self._terms = terms
        self._clock = terms.clock
        self._requests: set[asyncio.Timeout] = set()
        self._departures: dict[int, Departure] = {}
        self._told_to_wait = told_to_wait
        self._unreachable: set[int] = set()
        self._unwanted: set[int] = set()
        self._outages = 0
        self._outage_until = -math.inf

    def wait(self, job: Job, monotonic: float) -> float:
        """Seconds until the job may be carried out; 0.0 for now."""
        chat = job.chat
        paced = self._pace.wait(monotonic, chat.address.chat, group=chat.kind is not ChatKind.PRIVATE, reply=False)
        return max(paced, job.earliest - monotonic)

    def lane_wait(self, monotonic: float) -> float:
        """Seconds until any job of the lane may be carried out; 0.0 for now. No job's own wait is shorter."""
        return self._pace.lane_wait(monotonic)

    def take(self, job: Job, monotonic: float) -> None:
        """The job is carried out now."""
        chat = job.chat
        group = chat.kind is not ChatKind.PRIVATE
        self._departures[job.delivery.id] = self._pace.take(monotonic, chat.address.chat, group=group, reply=False)

    def stay_away(self, until: datetime) -> float:
        """Send nothing on this lane before `until`; returns the seconds that this takes."""
        seconds = (until - self._clock.now()).total_seconds()
        self._pace.hold_lane(self._clock.monotonic() + seconds)
        if self.held_until is None or until > self.held_until:
            self.held_until = until
        return seconds

    def look_again(self, chats: Iterable[Chat]) -> None:
        """These chats are owed something now, says the ledger. Where it has no pause on record for one that was told
        to wait, somebody who heard that the chat is open again has ended that."""
        for chat in chats if self._told_to_wait else ():
            until = self._told_to_wait.pop(chat.id, None)
            if until is not None and chat.paused_until is None:
                self._pace.release_chat(chat.address.chat, until)

    def break_off(self) -> None:
        """End every request that is under way as if its time were up."""
        now = asyncio.get_running_loop().time()
        for request in self._requests:
            if not request.expired():
                request.reschedule(now)

    def unproved(self, due: Due, *, attempts: int, now: datetime, reason: str) -> Outcome | None:
        """What to do with a request that may have arrived or not; None: look for it on the platform first."""
        return unproved(
            self._terms.policies.get(due.chat.kind, "probe"),
            kind=due.delivery.kind,
            attempts=attempts,
            now=now,
            reason=reason,
            patience=self._terms.patience,
        )

    async def carry_out(self, job: Job, stored: StoredPaper, tags: Sequence[Tag]) -> Finished:
        """Make the one request of a job, and say what became of it. Never raises but for cancellation."""
        error: SendError
        try:
            async with asyncio.timeout(self._terms.timeout) as request:
                self._requests.add(request)
                try:
                    outcome = await self._attempt(job, stored, tags)
                finally:
                    self._requests.discard(request)
                    if (departure := self._departures.pop(job.delivery.id, None)) is not None:
                        self._pace.landed(departure, self._clock.monotonic())
        except TimeoutError:
            # A look-up changes nothing: it can be taken again.
            error = RateLimited(self._terms.settle) if job.probe else FateUnknown("no answer in time")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            error = FateUnknown("the adapter broke it off")
        except SendError as failure:
            error = failure
        except Exception as bug:
            # A bug is no reason to post twice, and its text may hold what must not be logged.
            reason = _report(job, bug)
            if job.delivery.kind.makes_a_message:
                return self._finished(job, Unknown(reason=reason))
            return self._finished(job, self._decide(job, FateUnknown(reason)).outcome)
        else:
            self._reached()
            return self._finished(job, outcome)
        verdict = self._decide(job, error)
        self._note_down(job, error, verdict)
        if job.probe:
            return self._not_found_out(job, error, verdict)
        if isinstance(verdict.outcome, Unknown):
            proof = self.unproved(job.due, attempts=job.attempts, now=self._clock.now(), reason=verdict.outcome.reason)
            if proof is None:
                earliest = self._clock.monotonic() + self._terms.settle
                again = replace(job, probe=True, shown=stored.paper.content_hash, earliest=earliest)
                return Finished(job=again, result=None)
            return self._finished(job, proof)
        return self._finished(job, verdict.outcome, verdict.change)

    def _note_down(self, job: Job, error: SendError, verdict: Verdict) -> None:
        """What a successor has to know if nobody gets to put it on record."""
        posts = job.delivery.kind.makes_a_message and not job.probe
        refused = posts and not isinstance(error, FateUnknown)
        chat = verdict.change.until if isinstance(verdict.change, ChatWaits) else None
        lane = verdict.hold.until if verdict.hold is not None and verdict.hold.keep else None
        if self.log is not None and (refused or chat or lane):
            self.log.told(job.delivery.id, refused=refused, chat=chat, lane=lane)

    def heed(self, due: Due, left: Left) -> ChatWaits | None:
        """A predecessor was told to wait, which it did not put on record: what it says about the chat."""
        now = self._clock.now()
        reason = "told to wait before the interruption"
        if left.lane_until is not None and left.lane_until > now:
            self.stay_away(left.lane_until)
            self.hold = Hold(until=left.lane_until, reason=reason)
        if left.chat_until is None or left.chat_until <= now:
            return None
        until = self._clock.monotonic() + (left.chat_until - now).total_seconds()
        self._pace.hold_chat(due.chat.address.chat, until)
        self._told_to_wait[due.chat.id] = until
        return ChatWaits(until=left.chat_until, reason=reason)

    async def _attempt(self, job: Job, stored: StoredPaper, tags: Sequence[Tag]) -> Outcome:
        delivery, chat = job.delivery, job.chat
        shown = stored.paper.content_hash
        if delivery.kind is DeliveryKind.HEAD:
            return await self._head(job)
        if job.probe:
            body = self._draw(job, stored, tags)
            return await self._look_for(job, body, job.shown or NOT_ON_RECORD, under=await self._under(job))
        if delivery.kind is DeliveryKind.POST:
            if stored.withdrawn:
                return GiveUp(reason="withdrawn")
            under = await self._under(job)
            return await self._post(job, self._draw(job, stored, tags), shown, under)
        receipt = delivery.receipt
        if not receipt:
            return GiveUp(reason="there is no message to change")
        if delivery.kind is DeliveryKind.WITHDRAW:
            if not stored.withdrawn:
                return GiveUp(reason="restored")
            await self._adapter.withdraw(chat, receipt, self._draw(job, stored, tags))
            return Sent(receipt=receipt)
        if stored.withdrawn:
            return GiveUp(reason="withdrawn")
        # One that was tried before may have been done, whatever the ledger has the copy show.
        if not delivery.epoch and await self._shows(job) == shown:
            return Sent(receipt=receipt, content_hash=shown, reason="it reads so already")
        await self._adapter.edit(chat, receipt, self._draw(job, stored, tags))
        return Sent(receipt=receipt, content_hash=shown)

    async def _under(self, job: Job) -> str | None:
        """The receipt of the head under which the job's paper stands, None where it stands in the chat itself."""
        return (await self._head_of(job)).receipt if job.chat.threaded else None

    async def _look_for(self, job: Job, body: Body, shows: str | None, *, under: str | None = None) -> Outcome:
        since = (job.begun or job.delivery.updated_at) - CLOCK_SKEW
        found = await self._adapter.find(job.chat, body, key=job.delivery.key, since=since, under=under)
        if found is None:
            return missing(attempts=job.attempts, now=self._clock.now(), patience=self._terms.patience)
        return Sent(receipt=found, content_hash=shows, reason="found there")

    async def _head(self, job: Job) -> Outcome:
        head = await self._head_of(job)
        try:
            body = self._terms.bodies.head(self._adapter, job.due, head)
        except Exception as bug:
            raise Rejected(_report(job, bug)) from None
        if job.probe:
            return await self._look_for(job, body, None)
        if not head.waiting:
            return GiveUp(reason="nothing is left to stand under it")
        if head.receipt is not None or not job.chat.threaded:
            return GiveUp(reason="the chat needs it no more")
        return await self._post(job, body, None, None)

    async def _post(self, job: Job, body: Body, shows: str | None, under: str | None) -> Outcome:
        # The last look before the request leaves: a process that is frozen here and thawed later must not send it.
        if self._clock.monotonic() >= self.safe_until():
            return Retry(at=self._clock.now(), reason="the lease could have run out", counts=False)
        if self.log is not None and not self.log.left(job.delivery.id):
            return Retry(at=self._clock.now(), reason="it could not be noted down", counts=False)
        receipt = await self._adapter.post(job.chat, body, key=job.delivery.key, under=under)
        if self.log is not None:
            self.log.sent(job.delivery.id, receipt, shows)
        return Sent(receipt=receipt, content_hash=shows)

    async def _head_of(self, job: Job) -> Head:
        """The head of the job's digest in its chat, as it is on record now."""
        try:
            return await self._terms.store.deliveries.head(job.chat.id, job.delivery.paper_id)
        except StoreError as error:
            raise NotSent(str(error)) from None

    def _draw(self, job: Job, stored: StoredPaper, tags: Sequence[Tag]) -> Body:
        try:
            if job.delivery.kind is DeliveryKind.WITHDRAW:
                return self._terms.bodies.withdrawn(self._adapter, job.due, stored)
            return self._terms.bodies.paper(self._adapter, job.due, stored, tags)
        except Exception as bug:
            raise Rejected(_report(job, bug)) from None

    async def _shows(self, job: Job) -> str | None:
        """The content hash of what the posted copy reads now, as far as that is on record."""
        with suppress(StoreError):
            for row in await self._terms.store.deliveries.of_paper(job.chat.id, job.delivery.paper_id):
                if row.kind is DeliveryKind.POST:
                    return row.content_hash
        return None

    def _decide(self, job: Job, error: SendError) -> Verdict:
        outage = 0
        if isinstance(error, NotSent):
            outage = self._not_reached(job, answered=error.answered)
        else:
            self._reached()
        verdict = decide(
            error,
            attempts=job.attempts,
            kind=job.delivery.kind,
            now=self._clock.now(),
            spread=self._terms.spread(),
            patience=self._terms.patience,
            receipt=job.delivery.receipt,
            outage=outage,
        )
        monotonic = self._clock.monotonic()
        if isinstance(verdict.change, ChatWaits):
            until = monotonic + (verdict.change.until - self._clock.now()).total_seconds()
            self._pace.hold_chat(job.chat.address.chat, until)
            self._told_to_wait[job.chat.id] = until
        if verdict.hold is not None:
            seconds = self.stay_away(verdict.hold.until)
            log.warning("%s: nothing is sent for %.0f s: %s", self.name, seconds, verdict.hold.reason)
            if outage:
                self._outage_until = monotonic + seconds
            if verdict.hold.keep and (self.hold is None or self.hold.until < verdict.hold.until):
                self.hold = verdict.hold
        return verdict

    def _reached(self) -> None:
        self._unreachable.clear()
        self._unwanted.clear()
        self._outages = 0

    def _not_reached(self, job: Job, *, answered: bool) -> int:
        """How many times in a row the lane was found to be down; 0 where it may be only this chat or, as the platform
        `answered`, only this paper."""
        self._unreachable.add(job.chat.id)
        self._unwanted.add(job.delivery.paper_id)
        if len(self._unreachable) < OUTAGE_CHATS or (answered and len(self._unwanted) < OUTAGE_PAPERS):
            return 0
        if self._clock.monotonic() >= self._outage_until:
            self._outages += 1
        return self._outages

    def _not_found_out(self, job: Job, error: SendError, verdict: Verdict) -> Finished:
        """A look-up failed: look again later, or leave the row `unknown`. It may be there: it is never posted anew."""
        if isinstance(verdict.outcome, Retry) and tells_nothing(error) and job.tries < self._terms.patience.attempts:
            seconds = (verdict.outcome.at - self._clock.now()).total_seconds()
            later = self._clock.monotonic() + max(seconds, self._terms.settle)
            return Finished(job=replace(job, tries=job.tries + 1, earliest=later), result=None)
        return self._finished(job, Unknown(reason=str(error)), verdict.change)

    def _finished(self, job: Job, outcome: Outcome, change: ChatChange | None = None) -> Finished:
        log.log(
            logging.DEBUG if isinstance(outcome, Sent) else logging.INFO,
            "%s: delivery %d, chat %d, paper %d: %s %s%s",
            self.name,
            job.delivery.id,
            job.chat.id,
            job.delivery.paper_id,
            job.delivery.kind,
            type(outcome).__name__.lower(),
            f" ({outcome.reason})" if outcome.reason else "",
        )
        result = Result(delivery_id=job.delivery.id, chat_id=job.chat.id, outcome=outcome, change=change)
        return Finished(job=job, result=result)


def _report(job: Job, bug: Exception) -> str:
    log.error("delivery %d: %s", job.delivery.id, told(bug))
    return f"internal error: {type(bug).__name__}"


def told(error: BaseException) -> str:
    """An error for the log: our own in its words, any other by its name and where it struck.

    The words of others may quote a message, an address or a secret.
    """
    if isinstance(error, StoreError | SendError):
        return str(error)
    return f"internal error: {type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}".rstrip()
