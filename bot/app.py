"""The composition root: settings become a store, an index, adapters and a clock; start, supervise, stop.

Over 400 lines, for it is the one place that knows all parts: to divide it would be to build them in two places.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import pkgutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

import bot.adapters
from bot import logs, matching
from bot.adapters.base import Adapter, LaneClosed, load
from bot.commands import Commands
from bot.delivery import Clock, Pump
from bot.following import Follower
from bot.formatting import head_message, paper_message, withdrawn_message
from bot.ingest import Ingest
from bot.journal import Journal
from bot.model import Chat, ChatKind, LanePart
from bot.query import Lexicon
from bot.search import Index, LexiconFiles, SearchError, Told, log_build, untold
from bot.settings import Settings
from bot.settings import load as load_settings
from bot.store import DUE, HouseClock, Store, StoreError
from bot.web import Web

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger("paperboy")

TICK_CHATS = 500
"""How many chats one transaction of the tick plans."""
DRAIN_SECONDS = 30.0
"""How long a run whose input has ended waits for what is owed to be posted."""
SETTLED_SECONDS = 2
"""How long after its start a run does what only helps it later."""
CLOCK_SECONDS = 10
"""How often each process looks at the database's clock."""
JUMP_SECONDS = 2.0
"""Who sets a machine's clock by more than this moves what was scheduled by it."""
SEARCH_PAGES_KEPT = timedelta(days=90)
DISCONNECT_SECONDS = 4.0
"""How long a platform may take to finish and disconnect; with the pump's own time, a stop takes under ten seconds."""
ANSWERS = 0.2
"""The part of each limit that a process has which only answers people; one that only delivers has the rest."""


class Role(StrEnum):
    """What a process of a split deployment does: `web` receives, `worker` sends, `clock` reads and plans."""

    WEB = "web"
    WORKER = "worker"
    CLOCK = "clock"


ALL_ROLES = frozenset(Role)


def platforms() -> list[str]:
    """The adapter folders' names."""
    return sorted(found.name for found in pkgutil.iter_modules(bot.adapters.__path__) if found.ispkg)


def settings() -> Settings:
    """The settings, each platform's included. Raises SettingsError."""
    models: dict[str, type[BaseModel]] = {}
    for name in platforms():
        models[name] = importlib.import_module(f"bot.adapters.{name}.settings").PlatformSettings
    return load_settings(models)


def utc_now() -> datetime:
    """This machine's clock, by which nothing runs that is on record (see `HouseClock`)."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every command needs: the archive, its index, and the way in for digest files."""

    settings: Settings
    store: Store
    clock: HouseClock
    words: LexiconFiles
    lexicon: Lexicon
    index: Index
    ingest: Ingest


@contextlib.asynccontextmanager
async def open_house(
    settings: Settings, on_change: Callable[[], None] = lambda: None, told: Told = log_build
) -> AsyncIterator[House]:
    """Open the database and the index; raises StoreError or ValueError with one sentence where that fails.

    `told` hears how far a build of the index is.

    A SQLite file is brought up to date by itself; another database must have been (`paperboy migrate`).
    """
    words = LexiconFiles(settings.config)
    lexicon = words.lexicon
    store = await Store.open(settings.database_url)
    try:
        if settings.database_url.startswith("sqlite"):
            await store.migrate()
        else:
            await store.check()
        clock = HouseClock(store.moment, time.monotonic)
        await clock.set()
        archive = await store.papers.archive()
        folder = settings.data / "index"
        with await asyncio.to_thread(Index.open, folder, lexicon, archive=archive, told=told) as index:
            ingest = Ingest(
                store=store,
                index=index,
                folder=settings.seeds,
                lexicon=lexicon,
                now=clock.now,
                publish_within_days=settings.publish_within_days,
                zone=settings.zone,
                on_change=on_change,
            )
            yield House(
                settings=settings, store=store, clock=clock, words=words, lexicon=lexicon, index=index, ingest=ingest
            )
    finally:
        await store.close()


def rate_share(roles: frozenset[Role]) -> float:
    """The part of each platform's limits that a process with these roles may use; processes know nothing of each
    other's sends."""
    if Role.WEB not in roles:
        return 1 - ANSWERS
    return 1.0 if Role.WORKER in roles else ANSWERS


def _adapters(settings: Settings, house: House, web: Web, roles: frozenset[Role] = ALL_ROLES) -> list[Adapter]:
    """The adapters for which there are settings; where there is none, those that can stand alone."""

    async def complete() -> list[str]:
        return [tag.label for tag in await house.store.papers.tags()]

    for alone in (False, True):
        made = [
            load(name)(
                getattr(settings, name),
                alone=alone,
                data=settings.data,
                language=settings.language,
                complete=complete,
                inbox=house.store.inbox,
                trail=house.store.trail,
                installations=house.store.installations,
                web=web,
                now=house.clock.now,
                share=rate_share(roles),
                receives=Role.WEB in roles,
            )
            for name in platforms()
        ]
        if found := [adapter for adapter in made if adapter is not None]:
            return found
    return []


async def run(
    settings: Settings,
    roles: frozenset[Role] = ALL_ROLES,
    *,
    told: Told = log_build,
    reading: Told = untold,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run until a signal, or until no platform has anything more to say.

    `told` hears how far a build of the index is; `reading` how many digest files of how many are read, where no lines
    of the log on the screen say so; `ready` is called when the digests are read, before anybody is talked to: where
    that is somebody at this terminal, there is an index by then.
    """
    changed = asyncio.Event()
    async with open_house(settings, on_change=changed.set, told=told) as house:
        web = Web(settings.port)
        adapters = _adapters(settings, house, web, roles)
        on_screen = sys.stdout.isatty() and any(adapter.owns_terminal for adapter in adapters)
        logs.set_up(settings, settings.log_level, settings.data / "paperboy.log" if on_screen else None)
        # What is loaded stays; what reading an archive leaves behind does not.
        gc.freeze()
        gc.enable()
        try:
            await _Run(house, adapters, roles, changed, ready, reading if on_screen else untold).until_done()
        finally:
            await web.close()


def manifest(settings: Settings, platform: str) -> dict[str, Any]:
    """What a platform's app is created from, for the present settings."""
    made: dict[str, Any] = importlib.import_module(f"bot.adapters.{platform}.manifest").manifest(
        getattr(settings, platform), settings.language
    )
    return made


def stoppable(job: Callable[[], Awaitable[None]]) -> Callable[[], Coroutine[None, None, None]]:
    """A job that may be broken off by a stop, which to APScheduler is an error with a traceback."""

    @wraps(job)
    async def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await job()

    return run


class _Run:
    """One process at work."""

    def __init__(
        self,
        house: House,
        adapters: list[Adapter],
        roles: frozenset[Role],
        changed: asyncio.Event,
        ready: Callable[[], None],
        reading: Told = untold,
    ) -> None:
        self.house = house
        self.ready = ready
        self.reading = reading
        self.adapters = adapters
        self.roles = roles
        self.changed = changed
        self.stopping = asyncio.Event()
        self.matcher = matching.Matcher(house.lexicon)
        for file in house.words.missing:
            log.info("%s is not there and counts as empty", file)
        settings = house.settings
        self.follower = Follower(
            house.index.look, house.ingest.follow_index, every=settings.tick_seconds, renew=house.ingest.renew_index
        )
        self.pump = Pump(
            store=house.store,
            adapters=adapters,
            compose=paper_message,
            compose_withdrawn=withdrawn_message,
            compose_head=head_message,
            journal=Journal(settings.data / "journal"),
            clock=Clock(now=house.clock.now, monotonic=time.monotonic, sleep=asyncio.sleep),
            owner=f"{socket.gethostname()}:{os.getpid()}",
            ttl=timedelta(seconds=settings.lease_seconds),
            policies={ChatKind(kind): policy for kind, policy in settings.reconcile.items()},
        )
        self.commands = Commands(
            store=house.store,
            index=house.index,
            lexicon=house.lexicon,
            now=house.clock.now,
            default_language=settings.language,
            default_zone=settings.zone,
            publish_within_days=settings.publish_within_days,
            wake=changed.set,
            address_of=self._address_of,
        )

    async def until_done(self) -> None:
        """Start what the roles ask for, and stop all of it when one part fails, everything is done or a signal comes.

        The index follows behind: an outdated one answers meanwhile. Where there is none, people are answered once it is
        built, and what is owed is posted at once.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        scheduler = self._scheduler()
        parts: list[asyncio.Task[None]] = []
        try:
            if Role.CLOCK in self.roles:
                if await self._stopped_during(self.house.ingest.take_in(self.reading)):
                    return
                parts.append(asyncio.create_task(self.house.ingest.watch(), name="watch"))
                parts.append(asyncio.create_task(self._follow_changes(), name="changes"))
            parts.append(asyncio.create_task(self.follower.run(), name="index"))
            outdated = self.house.index.answers and not self.house.index.revision
            waits = any(adapter.owns_terminal for adapter in self.adapters) and not outdated
            if waits and await self._stopped_during(self.follower.tried.wait()):
                return
            self.ready()
            scheduler.start()
            parts.append(asyncio.create_task(self._watch_clock(scheduler), name="clock"))
            parts.append(asyncio.create_task(self.house.store.signals.listen(self._heard), name="listen"))
            if Role.WORKER in self.roles:
                parts.append(asyncio.create_task(self.pump.run(), name="pump"))
            async with contextlib.AsyncExitStack() as started:
                for adapter in self.adapters:
                    started.push_async_callback(self._disconnect, adapter)
                    await adapter.start(self.commands.handle)
                if Role.WEB in self.roles:
                    parts.append(asyncio.create_task(self._receive(), name="receive"))
                parts.append(asyncio.create_task(self._stopped(), name="stop"))
                log.info("ready: %s", ", ".join(sorted(adapter.name for adapter in self.adapters)))
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in done:
                    part.result()
                if Role.WORKER in self.roles:
                    await self.pump.stop()
        finally:
            if scheduler.running:
                scheduler.shutdown(wait=False)
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def _stopped_during(self, job: Coroutine[None, None, object]) -> bool:
        """Do something, unless a signal comes meanwhile; whether one did."""
        work, stop = asyncio.ensure_future(job), asyncio.ensure_future(self._stopped())
        try:
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            return self.stopping.is_set()
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)

    async def _address_of(self, chat: Chat, receipt: str) -> str | None:
        """Where a post can be read, as its platform says."""
        its = next((adapter for adapter in self.adapters if adapter.name == chat.address.platform), None)
        return None if its is None else await its.address(chat, receipt)

    def _heard(self, word: str) -> None:
        """Another process says that there is something to do."""
        if word == DUE:
            self.changed.set()
        else:
            self.pump.heard(word)

    async def _disconnect(self, adapter: Adapter) -> None:
        try:
            async with asyncio.timeout(DISCONNECT_SECONDS):
                await adapter.stop()
        except TimeoutError:
            log.warning("%s did not come to an end in time", adapter.name)

    def _scheduler(self) -> AsyncIOScheduler:
        """APScheduler drives a few looks at the clock; it stores no job, for time is a column."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # only `run` needs it, and it takes its time

        scheduler = AsyncIOScheduler(timezone=UTC)
        settings = self.house.settings
        every = partial(scheduler.add_job, trigger="interval", max_instances=1, coalesce=True, misfire_grace_time=None)
        if Role.CLOCK in self.roles:
            every(stoppable(self._tick), seconds=settings.tick_seconds)
            every(stoppable(self._take_in), seconds=settings.scan_seconds)
            every(stoppable(self._forget), hours=24)
        every(stoppable(self._reread_words), seconds=settings.scan_seconds)
        every(stoppable(self._set_clock), seconds=CLOCK_SECONDS)
        if Role.WEB in self.roles:
            later = utc_now() + timedelta(seconds=SETTLED_SECONDS)
            scheduler.add_job(stoppable(self._settle), trigger="date", run_date=later, misfire_grace_time=None)
        return scheduler

    async def _settle(self) -> None:
        """Load what the first searches would wait for, and spare what stays anyway from garbage collection, which would
        stop everything for a twentieth of a second every now and then."""
        try:
            await asyncio.to_thread(self.house.index.warm)
        except SearchError as error:
            log.debug("nothing to warm: %s", error)  # the follower says so
        gc.freeze()

    async def _watch_clock(self, scheduler: AsyncIOScheduler) -> None:
        """Do at once what was scheduled by the machine's clock when that is set: set back by an hour, it would let the
        jobs wait for an hour."""
        apart = utc_now().timestamp() - time.monotonic()
        while True:
            await asyncio.sleep(CLOCK_SECONDS)
            before, apart = apart, utc_now().timestamp() - time.monotonic()
            if abs(apart - before) > JUMP_SECONDS:
                log.warning("the machine's clock was set by %+.0f s", apart - before)
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=utc_now())

    async def _set_clock(self) -> None:
        try:
            await self.house.clock.set()
        except StoreError as error:
            log.info("the clock runs on by itself: %s", error)

    async def _reread_words(self) -> None:
        """Take in what an operator changed in the glossary."""
        await asyncio.to_thread(self.house.words.refresh)

    async def _take_in(self) -> None:
        try:
            await self.house.ingest.take_in()
        except StoreError as error:
            log.warning("scan: %s", error)

    async def _forget(self) -> None:
        try:
            await self.house.store.searches.forget(self.house.clock.now() - SEARCH_PAGES_KEPT)
        except StoreError as error:
            log.warning("forget: %s", error)

    async def _follow_changes(self) -> None:
        while True:
            await self.changed.wait()
            self.changed.clear()
            self.follower.behind.set()
            await self._tick()
            self.pump.wake()  # something may be owed that was not planned: a correction, a paper that was asked for

    async def _tick(self) -> None:
        try:
            await self._plan()
        except StoreError as error:
            log.warning("tick: %s", error)

    async def _plan(self) -> None:
        while await self.house.store.deliveries.to_plan(now := self.house.clock.now()):
            planned = await self.house.store.deliveries.plan(
                now=now,
                limit=TICK_CHATS,
                decide=partial(self.matcher.owed, now=now),
            )
            if planned.deliveries:
                log.info("planned %d deliveries for %d chats", planned.deliveries, planned.chats)
                self.pump.wake()
            if planned.chats < TICK_CHATS:
                return

    async def _receive(self) -> None:
        """Receive until every platform has nothing more to say, then post what is still owed.

        A platform that has shut us out does not end the others. Raises LaneClosed in the end, for nothing is as it
        should be: whoever looks after the process is to know.
        """
        if not self.house.index.answers:
            await self.follower.tried.wait()
        ends = await asyncio.gather(*map(self._receive_from, self.adapters))
        shut = [end for end in ends if end is not None]
        if len(shut) == len(self.adapters):
            raise shut[0]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._plan()
                while await self._owed():  # noqa: ASYNC110 - the ledger knows, and it raises no events
                    await asyncio.sleep(0.02)
        if shut:
            raise shut[0]

    async def _receive_from(self, adapter: Adapter) -> LaneClosed | None:
        try:
            await adapter.run()
        except LaneClosed as shut:
            if len(self.adapters) > 1:
                log.error("%s", shut)
            return shut
        return None

    async def _owed(self) -> bool:
        lanes = {LanePart.named(lane).base for adapter in self.adapters for lane in adapter.paces}
        return any(backlog.lane in lanes for backlog in await self.house.store.overview.backlogs())

    async def _stopped(self) -> None:
        await self.stopping.wait()
        log.info("stopping")
