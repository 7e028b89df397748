"""One lane at work: intents on record, then requests at the platform's pace, then results on record.

A turn is one step: the results of the last turn and the intents of the next. Lanes take their turns at the same
moments, so that steps share a transaction (see `bot.turns`). Between turns the requests leave, each at a
moment that the pace allows. Whatever stops a lane, a row that is `sending` is one that may have been sent, and every
other row is certain. Over 400 lines, for turns and requests are one loop over the same window; what a request is, what
follows from its answer and which jobs wait stand in `sending`, `outcomes` and `window`.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.adapters.base import Adapter
from bot.journal import Left
from bot.model import GiveUp, Outcome, Retry, Sent, StoredPaper, Tag, Unknown
from bot.outcomes import noted
from bot.sending import Finished, Sender, Terms, told
from bot.store import ChatWaits, Due, Lease, LeaseLost, Result, Step
from bot.window import Job, Window

log = logging.getLogger(__name__)

TURN_SENDS: Final = 15
TURN_SECONDS: Final = (0.02, 0.5)
"""A turn is as long as 15 sends take, within these bounds: long enough to share a commit, short enough for a chat that
takes a message a second. What a crash leaves open in the ledger the journal knows, where there is one."""
CROWDED_SECONDS: Final = 2.0
"""The longest turn where so many chats wait that it is not their own pace that holds them up."""
READ_SECONDS: Final = 0.25
"""The least time between two readings of what is due, unless something new is known to be there."""
HANDED_SECONDS: Final = 1.1
"""So long after a lane was handed over nothing is sent: no chat takes two messages a second, whoever sends them."""
IDLE_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 600.0
"""The longest time between two readings by a lane of its own accord: it is woken when something is known to be due."""
HANDED_BACK_SECONDS: Final = 3.0
"""An intent that would have to wait longer than this is taken back, and is `ready` again."""


@dataclass(slots=True, kw_only=True)
class Tenure:
    """A lease as its owner sees it: after `safe_until` (monotonic seconds) no request may be under way."""

    lease: Lease
    safe_until: float


@dataclass(slots=True, kw_only=True)
class Progress:
    """What a lane has done since the process began, and what it is at."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    unknown: int = 0
    in_flight: int = 0
    chats_waiting: int = 0
    held_until: datetime | None = None


class Lane:
    """The deliveries of one lane, while it is ours."""

    def __init__(self, name: str, adapter: Adapter, terms: Terms) -> None:
        self.name = name
        self._progress = Progress()
        self._adapter = adapter
        self._terms = terms
        self._store = terms.store
        self._clock = terms.clock
        self._rate = rate = adapter.paces[name].broadcast_rate
        self._most_in_flight = min(max(math.ceil(rate), 16), 512)
        self._window_size = min(max(math.ceil(8 * rate), 128), 2000)
        self._woken = asyncio.Event()
        self._stopping = False
        self._told_to_wait: dict[int, float] = {}
        self._begin()

    def _begin(self) -> None:
        self._sender = Sender(self.name, self._adapter, self._terms, self._told_to_wait)
        self._window = Window()
        self._turn_seconds = self._length()
        self._planned: list[Job] = []
        self._flying: set[asyncio.Task[None]] = set()
        self._finished: list[Finished] = []
        self._papers: dict[int, tuple[StoredPaper, Sequence[Tag]]] = {}
        self._revision: int | None = None
        self._bug: BaseException | None = None
        self._more = asyncio.Event()
        self._recovered = self._sound = False
        self._read_at = self._last_read = -math.inf
        self._next_wait = math.inf
        self._commit_seconds = 0.0

    def wake(self) -> None:
        """Look at the store at once: something may be due."""
        self._read_at = -math.inf
        self._woken.set()

    def stop(self) -> None:
        """Send nothing new; `run` returns when what is in flight is on record."""
        self._stopping = True
        self._woken.set()

    def resume(self) -> None:
        """The next `run` is not stopped by what stopped the last."""
        self._stopping = False

    def stay_away(self, until: datetime) -> None:
        """Send nothing before `until`."""
        if self._sender.held_until is None or until > self._sender.held_until:
            self._sender.stay_away(until)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do here, and nothing known that will be due."""
        return self._read_at - self._clock.monotonic() > IDLE_SECONDS and not (
            self._window.chats() or self._planned or self._flying or self._finished
        )

    def progress(self) -> Progress:
        """The counters as they are now."""
        return replace(
            self._progress,
            in_flight=len(self._flying),
            chats_waiting=self._window.waiting,
            held_until=self._sender.held_until,
        )

    async def run(self, tenure: Tenure, held_until: datetime | None) -> None:
        """Work until stopped, the platform wanting nothing before `held_until`. Raises LeaseLost.

        When this ends no request is under way; what is not on record by then is for the next owner to find out.
        """
        self._begin()
        if held_until is not None:
            self._sender.stay_away(held_until)
        if tenure.lease.handed:
            self._sender.stay_away(self._clock.now() + timedelta(seconds=HANDED_SECONDS))
        if self._terms.journal is not None:
            self._sender.log = self._terms.journal.open(self.name, tenure.lease.epoch)
        self._sender.safe_until = lambda: tenure.safe_until
        done = False
        parts = [
            asyncio.create_task(self._turns(tenure)),
            asyncio.create_task(self._send_planned(tenure)),
            asyncio.create_task(self._fence(tenure)),
        ]
        try:
            ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in ended:
                part.result()
            done = True
        finally:
            tasks = [*parts, *self._flying]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._sender.log is not None:
                self._sender.log.close(done=done)

    async def _fence(self, tenure: Tenure) -> None:
        """Break off every request when the lease could run out under it; a renewal may still come."""
        while True:
            left = tenure.safe_until - self._clock.monotonic()
            if left > 0:
                await self._clock.sleep(left)
                continue
            self._sender.break_off()
            await self._clock.sleep(self._turn_seconds)

    # --- turns: what is read and written --------------------------------------------------------------------

    async def _turns(self, tenure: Tenure) -> None:
        troubles = 0
        while True:
            started = self._clock.monotonic()
            self._woken.clear()
            if self._bug is not None:
                raise self._bug
            try:
                await self._turn(tenure)
            except LeaseLost:
                raise
            except Exception as error:
                troubles += 1
                self._sound = False
                self._read_at = -math.inf
                log.warning("%s: a turn failed, %d results wait: %s", self.name, len(self._finished), told(error))
                await self._clock.sleep(min(0.1 * 2.0**troubles, 5.0))
                continue
            troubles = 0
            self._more.set()
            if self._stopping and not (self._planned or self._flying or self._finished):
                return
            await self._pause(started)

    async def _turn(self, tenure: Tenure) -> None:
        now = self._clock.now()
        if not self._sound:
            await self._recover(tenure, now)
            self._sound = True
        if (hold := self._sender.hold) is not None:
            await self._store.leases.hold_lane(self.name, hold.until, hold.reason)
            if self._sender.hold is hold:  # no longer one came meanwhile
                self._sender.hold = None
        picked: list[Job] = []
        if self._stopping:
            self._hand_back(list(self._planned), now, "stopped before it was sent")
        else:
            await self._read(now)
            self._turn_seconds = self._length()
            picked = self._pick()
        finished = list(self._finished)
        try:
            begun = await self._step(tenure, finished, picked, now)
        except BaseException:
            self._window.put_back(picked)
            raise
        del self._finished[: len(finished)]
        if self._sender.log is not None:
            self._sender.log.recorded([each.job.delivery.id for each in finished if each.result is not None])
        for each in finished:
            self._settle(each)
            self._next_wait = 0.0  # its chat may be picked again, which the pick before did not know
        for job in picked:
            if job.probe:
                self._planned.append(job)
            elif job.delivery.id in begun:
                self._planned.append(replace(job, begun=now))
            else:  # withdrawn, put to sleep or moved since it was read
                self._window.drop(job.chat.id)
                self._read_soon()

    async def _step(
        self, tenure: Tenure, finished: Sequence[Finished], picked: Sequence[Job], now: datetime
    ) -> frozenset[int]:
        results = [each.result for each in finished if each.result is not None]
        intents = [job.delivery.id for job in picked if not job.probe]
        if not (results or intents):
            return frozenset()
        started = self._clock.monotonic()
        step = Step(lane=self.name, lease=tenure.lease, results=results, intents=intents, now=now)
        begun = await self._terms.turns.take(step)
        self._commit_seconds = (self._commit_seconds + self._clock.monotonic() - started) / 2
        return begun

    def _settle(self, finished: Finished) -> None:
        """A result is on record: what it means for its chat here."""
        result = finished.result
        if result is None:
            self._window.again(finished.job)
            return
        waits = result.change is not None
        match result.outcome:
            case Sent():
                self._progress.sent += 1
            case GiveUp():
                self._progress.dead += 1
            case Unknown():
                self._progress.unknown += 1
            case Retry(at=at):
                self._progress.retried += 1
                seconds = (at - self._clock.now()).total_seconds()
                self._read_at = min(self._read_at, self._clock.monotonic() + max(seconds, 0.0))
                waits = True
            case _:
                assert_never(result.outcome)
        if waits:
            self._window.drop(result.chat_id)
        elif self._window.done(result.chat_id):
            self._read_soon()

    async def _recover(self, tenure: Tenure, now: datetime) -> None:
        """Account for every row that is on record as `sending` and is not under way here.

        At first these are what the last owner left, sent or not. Later, when the database failed in a turn, they
        are intents whose commit nobody confirmed, and which therefore never left.
        """
        under_way = self._window.open()
        rows = await self._store.deliveries.interrupted(self.name)
        rows = [due for due in rows if due.delivery.id not in under_way]
        notes = self._notes(rows)
        results: list[Result] = []
        probes: list[Job] = []
        # A request that was broken off a moment ago, as when a lane is handed over, may still be arriving.
        earliest = self._clock.monotonic() + self._terms.settle
        for due in rows:
            outcome: Outcome | None = Retry(at=now, reason="its intent was not confirmed", counts=False)
            waits: ChatWaits | None = None
            if not self._recovered:
                left = notes.get(due.delivery.epoch)
                outcome = noted(left, due.delivery, now) or self._sender.unproved(
                    due, attempts=due.delivery.attempts, now=now, reason="interrupted while it was sent"
                )
                if left is not None and (its := left.get(due.delivery.id)) is not None:
                    waits = self._sender.heed(due, its)
            if outcome is None:
                probes.append(Job(due=due, begun=due.delivery.updated_at, probe=True, earliest=earliest))
            else:
                results.append(_result(due, outcome, waits))
        if rows:
            log.warning("%s: %d deliveries were interrupted, %d to look for", self.name, len(rows), len(probes))
        await self._look_up(probes)
        if results:
            step = Step(lane=self.name, lease=tenure.lease, results=results, intents=(), now=now)
            await self._store.deliveries.step(step)
        self._window.fill(probes)
        if self._terms.journal is not None and not self._recovered:
            self._terms.journal.forget(self.name, tenure.lease.epoch)
        self._recovered = True

    def _notes(self, rows: Iterable[Due]) -> dict[int, Mapping[int, Left] | None]:
        """What those who left rows as `sending` have noted down, by their epoch."""
        journal = self._terms.journal
        epochs = {due.delivery.epoch for due in rows} if journal is not None and not self._recovered else set()
        return {epoch: journal.read(self.name, epoch) for epoch in epochs} if journal is not None else {}

    async def _read(self, now: datetime) -> None:
        """Fill the window with what is due, where that is worth a look."""
        monotonic = self._clock.monotonic()
        if monotonic < self._read_at or self._window.waiting > self._window_size // 2:
            return
        self._last_read, self._read_at = monotonic, math.inf
        skip = self._window.chats()
        agenda = self._store.deliveries.agenda
        found = await agenda(self.name, now=now, limit=self._window_size, skip_chats=skip)
        self._sender.look_again(due.chat for due in found.dues)
        jobs = [Job(due=due) for due in found.dues]
        await self._look_up(jobs, found.revision)
        self._window.fill(jobs)
        if len(jobs) >= self._window_size:
            self._read_soon()
            return
        next_due = found.next_due
        seconds = LONGEST_SECONDS if next_due is None or next_due <= now else (next_due - now).total_seconds()
        if jobs:  # while it is at work, nobody else looks for it (see `idle`)
            seconds = min(seconds, self._terms.poll)
        self._read_at = min(self._read_at, monotonic + min(max(seconds, self._turn_seconds), LONGEST_SECONDS))

    def _read_soon(self) -> None:
        self._read_at = min(self._read_at, self._last_read + READ_SECONDS)

    async def _look_up(self, jobs: Sequence[Job], revision: int | None = None) -> None:
        """Fetch the papers of these jobs and of the window, those anew that are known from before `revision`."""
        needed = self._window.papers() | {job.delivery.paper_id for job in jobs}
        known = {key: self._papers[key] for key in needed & self._papers.keys()} if revision == self._revision else {}
        if ids := sorted(needed - known.keys()):
            papers = await self._store.papers.get(ids)
            tags = await self._store.papers.paper_tags(ids)
            known |= {key: (stored, tags.get(key, ())) for key, stored in papers.items()}
        self._papers, self._revision = known, revision

    def _length(self) -> float:
        """How long the next turn is, in seconds."""
        shortest, longest = TURN_SECONDS
        if self._window.waiting > 2 * self._rate * CROWDED_SECONDS:
            longest = CROWDED_SECONDS
        return min(max(TURN_SENDS / self._rate, shortest), longest)

    def _pick(self) -> list[Job]:
        """Choose what leaves in the next turn: as much as the pace will take until the turn after it."""
        ahead = self._turn_seconds + 2 * self._commit_seconds
        stock = max(1, math.ceil(self._rate * ahead)) - len(self._planned)
        room = self._most_in_flight - len(self._planned) - len(self._flying)
        monotonic = self._clock.monotonic()
        picked, self._next_wait = self._window.pick(
            max(0, min(stock, room)), lambda job: self._sender.wait(job, monotonic), within=ahead
        )
        return picked

    async def _pause(self, started: float) -> None:
        """Wait for the next turn: soon while something is going on, else until something is due."""
        monotonic = self._clock.monotonic()
        # At the same moments for all lanes; a turn that began a little early was the one of that moment.
        next_turn = (math.floor(started / self._turn_seconds + 0.01) + 1) * self._turn_seconds
        if not (self._finished or self._planned or self._flying):
            wait = self._next_wait
            if wait < math.inf:  # a hold may be ended by whoever asked for it, which nobody tells us
                wait = min(wait, self._terms.poll)
            next_turn = max(next_turn, min(self._read_at, monotonic + wait))
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, next_turn - monotonic)):
                await self._woken.wait()

    # --- requests: what is sent -----------------------------------------------------------------------------

    async def _send_planned(self, tenure: Tenure) -> None:
        while True:
            monotonic = self._clock.monotonic()
            if not self._planned or not self._sound or monotonic >= tenure.safe_until:
                self._more.clear()
                await self._more.wait()
                continue
            seconds = self._sender.lane_wait(monotonic)
            if 0 < seconds <= HANDED_BACK_SECONDS:  # most often so: no need to ask for each chat
                await self._clock.sleep(min(seconds, self._turn_seconds))
                continue
            at = (place for place, job in enumerate(self._planned) if self._sender.wait(job, monotonic) <= 0)
            ready = next(at, None)
            if ready is None:
                waits = [self._sender.wait(job, monotonic) for job in self._planned]
                seconds = min(waits)
                late = [job for job, wait in zip(self._planned, waits, strict=True) if wait > HANDED_BACK_SECONDS]
                self._hand_back(late, self._clock.now() + timedelta(seconds=seconds), "there was no room for it")
                self._more.clear()
                with suppress(TimeoutError):  # what is planned meanwhile may leave earlier
                    async with asyncio.timeout(min(seconds, self._turn_seconds)):
                        await self._more.wait()
                continue
            job = self._planned.pop(ready)
            self._sender.take(job, monotonic)
            task = asyncio.create_task(self._send(job))
            self._flying.add(task)
            task.add_done_callback(self._landed)

    def _hand_back(self, jobs: Iterable[Job], at: datetime, reason: str) -> None:
        """Take back what was planned and has not left."""
        for job in jobs:
            self._planned.remove(job)
            result = None if job.probe else _result(job.due, Retry(at=at, reason=reason, counts=False))
            self._finished.append(Finished(job=job, result=result))

    async def _send(self, job: Job) -> None:
        stored, tags = self._papers[job.delivery.paper_id]
        self._finished.append(await self._sender.carry_out(job, stored, tags))

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._bug = task.exception()
            self._woken.set()


def _result(due: Due, outcome: Outcome, change: ChatWaits | None = None) -> Result:
    return Result(delivery_id=due.delivery.id, chat_id=due.chat.id, outcome=outcome, change=change)
