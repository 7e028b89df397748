"""The pump: takes the lanes that are free, keeps its leases, and lets each lane work while it is ours."""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.base import Adapter
from bot.bodies import Bodies, Compose, ComposeHead, ComposeWithdrawn
from bot.journal import Journal
from bot.lane import Lane, Progress, Tenure
from bot.model import ChatKind, LanePart
from bot.outcomes import Patience, Policy
from bot.sending import Clock, Terms, told
from bot.store import CLOCK_WRONG, EVERYTHING, LEASES, LaneState, Lease, Store, shard_of
from bot.turns import Turns

__all__ = ["Clock", "Patience", "Policy", "Progress", "Pump"]

log = logging.getLogger(__name__)

DRAIN_SECONDS: Final = 5.0
"""How long a stop waits for requests that are under way."""
LATE_SECONDS: Final = 0.1
"""How long after another worker's lease has run out it is taken."""


@dataclass(slots=True, kw_only=True)
class _Shard:
    """A lease that is ours, and the lanes at work under it."""

    tenure: Tenure
    works: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class Pump:
    """Carries out what the ledger says is owed, on every lane that the adapters serve and nobody else has.

    Several pumps on one store share the lanes evenly: each lane has one owner, and another takes over `ttl` after
    its owner was last heard of. Lanes that an adapter gains later (a new workspace) are taken up by themselves. When a
    worker comes, the others finish what they have under way on some of their lanes and hand these over.
    """

    def __init__(
        self,
        *,
        store: Store,
        adapters: Sequence[Adapter],
        compose: Compose,
        compose_withdrawn: ComposeWithdrawn,
        compose_head: ComposeHead,
        clock: Clock,
        owner: str,
        ttl: timedelta = timedelta(seconds=10),
        policies: Mapping[ChatKind, Policy] | None = None,
        patience: Patience | None = None,
        timeout: float = 30.0,
        settle: float = 5.0,
        poll: float = 2.0,
        shards_at_most: int | None = None,
        spread: Callable[[], float] = random.random,
        journal: Journal | None = None,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._clock = clock
        self._owner = owner
        self._ttl = ttl
        self._serves = ",".join(sorted({adapter.name for adapter in adapters}))
        self._poll = poll
        self._shards_at_most = shards_at_most
        self._terms = Terms(
            store=store,
            turns=Turns(store.deliveries),
            bodies=Bodies(compose, compose_withdrawn, compose_head),
            clock=clock,
            policies=policies or {},
            patience=patience or Patience(),
            timeout=timeout,
            settle=settle,
            poll=poll,
            spread=spread,
            journal=journal,
        )
        self._lanes: dict[str, Lane] = {}
        self._shards: dict[int, _Shard] = {}
        self._stopping = False
        self._stir = asyncio.Event()
        self._over = asyncio.Event()
        self._over.set()
        self._acquire_at = -math.inf
        self._left_over: set[int] = set()
        self._next_free = math.inf
        self._missing: list[str] = []

    def wake(self) -> None:
        """Look at the ledger at once: something may be due."""
        for lane in self._lanes.values():
            lane.wake()

    def heard(self, word: str) -> None:
        """Another process has said this on `Store.signals`."""
        if word == LEASES:
            self._stir.set()
            return
        for name, lane in self._lanes.items():
            if word in (EVERYTHING, LanePart.named(name).base):
                lane.wake()

    def progress(self) -> dict[str, Progress]:
        """What each lane has done since this process began, by its name."""
        return {name: lane.progress() for name, lane in sorted(self._lanes.items())}

    async def stop(self) -> None:
        """Send nothing new, put on record what is in flight, give the lanes back. Returns when that is done."""
        self._stopping = True
        for lane in self._lanes.values():
            lane.stop()
        self._stir.set()
        await self._over.wait()

    async def run(self) -> None:
        """Work until `stop`."""
        self._over.clear()
        every = self._ttl.total_seconds() / 3
        deadline = math.inf
        scout = asyncio.create_task(self._scout())
        try:
            while True:
                if self._stopping:
                    deadline = min(deadline, self._clock.monotonic() + DRAIN_SECONDS)
                    if not self._works() or self._clock.monotonic() >= deadline:
                        return
                started = self._clock.monotonic()
                try:
                    await self._tend()
                except Exception as error:
                    log.warning("the leases cannot be looked after: %s", told(error))
                await self._until(min(started + every, deadline, self._next_free))
                await self._bury()
        finally:
            scout.cancel()
            await self._let_go(list(self._shards))
            await self._depart()
            self._over.set()

    async def _scout(self) -> None:
        """Look for the lanes that have nothing to do whether there is something: one question for all of them."""
        while True:
            await self._clock.sleep(self._poll)
            idle = {n for n, shard in self._shards.items() if any(self._lanes[name].idle for name in shard.works)}
            if not idle:
                continue
            try:
                due = await self._store.leases.lanes_due(idle, self._clock.now())
            except Exception as error:
                log.info("it is not known what is due: %s", told(error))
                continue
            for name in due & self._lanes.keys():
                self._lanes[name].wake()

    async def _depart(self) -> None:
        try:
            await self._store.leases.depart(self._owner)
        except Exception as error:
            log.warning("the others will know in time that this worker has gone: %s", told(error))

    async def _until(self, moment: float) -> None:
        """Wait until then, or until a lane ends or there is something new to do."""
        stir = asyncio.create_task(self._stir.wait())
        try:
            seconds = max(0.0, moment - self._clock.monotonic())
            await asyncio.wait([stir, *self._works()], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stir.cancel()
            self._stir.clear()

    def _works(self) -> list[asyncio.Task[None]]:
        return [work for shard in self._shards.values() for work in shard.works.values()]

    async def _tend(self) -> None:
        """Keep the leases that are ours and, while there is work that nobody has, take more."""
        leases = self._store.leases
        asked = self._clock.monotonic()  # before the moment from which leases are counted
        now = self._clock.now()
        await self._register(now)
        held = [shard.tenure.lease for shard in self._shards.values()]
        peers = 1
        if not self._stopping:  # one transaction for both
            peers, kept = await leases.attend(self._owner, self._serves, held, now=now, ttl=self._ttl)
        else:
            kept = await leases.renew(held, now=now, ttl=self._ttl)
        if held:
            renewed = {lease.shard: lease for lease in kept}
            for number in [number for number in self._shards if number not in renewed]:
                log.warning("another process has taken over shard %d", number)
                await self._drop(number)
            for number, lease in renewed.items():
                tenure = self._shards[number].tenure
                tenure.lease, tenure.safe_until = lease, self._safe_until(asked)
        self._next_free = math.inf
        if self._stopping:
            return
        await self._follow_holds()
        share = self._share(peers)
        if len(self._shards) > share:
            await self._hand_over(len(self._shards) - share)
        elif self._lanes.keys() - self._names_at_work():
            if self._clock.monotonic() >= self._acquire_at:
                await self._acquire(share, now, asked)
            for number in list(self._shards):
                await self._take_up(number)
            # What is not for us is given back at once: another process may have its adapter.
            await self._let_go([number for number, shard in self._shards.items() if not shard.works])
            missing = sorted(self._lanes.keys() - self._names_at_work())
            if missing and missing != self._missing:
                log.info("another process has %s: waiting for its lease to end", ", ".join(missing))
            self._missing = missing

    async def _register(self, now: datetime) -> None:
        """Get to know the lanes that the adapters serve."""
        served = {name: adapter for adapter in self._adapters for name in adapter.paces}
        new = sorted(served.keys() - self._lanes.keys())
        if new:
            known = await self._store.leases.register(new, now)
            self._lanes |= {name: Lane(name, served[name], self._terms) for name in known}
            if len(known) < len(new):
                log.info("another process splits %s otherwise: waiting for it to end", ", ".join(set(new) - set(known)))

    def _share(self, peers: int) -> int:
        """How many shards this worker is to have, of those that it and its like can serve."""
        fair = math.ceil(len({shard_of(name) for name in self._lanes}) / max(peers, 1))
        return fair if self._shards_at_most is None else min(fair, self._shards_at_most)

    async def _acquire(self, share: int, now: datetime, asked: float) -> None:
        """Take our share of what nobody has; and more, where it was left over for a while."""
        ours = {shard_of(name) for name in self._lanes}
        others = [each for each in await self._store.leases.shards() if each.shard in ours - self._shards.keys()]
        absurd = now + self._ttl + CLOCK_WRONG
        free = {each.shard for each in others if not each.owner or not now < each.until <= absurd}
        wanted = min(share - len(self._shards), len(free))
        left_over = free & self._left_over
        if self._shards_at_most is None and len(left_over) > wanted:
            wanted, free = len(left_over), left_over
        ends = [each.until for each in others if each.shard not in free]
        if wanted > 0:
            acquire = self._store.leases.acquire
            taken = await acquire(self._owner, now=now, ttl=self._ttl, at_most=wanted, among_shards=free)
            for lease in taken:
                tenure = Tenure(lease=lease, safe_until=self._safe_until(asked))
                self._shards[lease.shard] = _Shard(tenure=tenure)
        self._left_over = free - self._shards.keys()
        if ends:
            soon = max((min(ends) - now).total_seconds(), 0.0) + LATE_SECONDS * (1 + self._terms.spread())
            self._next_free = asked + soon

    async def _hand_over(self, count: int) -> None:
        """Let some of our shards go to others, with nothing under way: those with the fewest lanes at work."""
        going = sorted(self._shards, key=lambda number: len(self._shards[number].works))[:count]
        works = [work for number in going for work in self._shards[number].works.values()]
        for name in [name for number in going for name in self._shards[number].works]:
            self._lanes[name].stop()
        if works:
            # Not longer than the leases of the others can wait for their renewal.
            await asyncio.wait(works, timeout=self._ttl.total_seconds() / 3)
        log.info("%d shards are handed over to another process", len(going))
        await self._let_go(going)

    async def _follow_holds(self) -> None:
        """Another process that has a part of one of our lanes may have been told to wait for all of it."""
        for shard in self._shards.values():
            if any(LanePart.named(name).of > 1 for name in shard.works):
                for state in await self._store.leases.lanes(shard.tenure.lease):
                    if state.name in shard.works and state.paused_until is not None:
                        self._lanes[state.name].stay_away(state.paused_until)

    async def _take_up(self, number: int) -> None:
        """Let the lanes of a shard work that are not at work yet."""
        shard = self._shards[number]
        for state in await self._store.leases.lanes(shard.tenure.lease):
            lane = self._lanes.get(state.name)
            if lane is not None and state.name not in shard.works and not self._stopping:
                lane.resume()
                shard.works[state.name] = asyncio.create_task(self._work(lane, shard.tenure, state))

    async def _work(self, lane: Lane, tenure: Tenure, state: LaneState) -> None:
        log.info("%s: at work (epoch %d)", lane.name, tenure.lease.epoch)
        try:
            await lane.run(tenure, state.paused_until)
        except Exception as error:
            log.warning("%s: stopped: %s", lane.name, told(error))
            raise

    async def _bury(self) -> None:
        """Give up the shards whose lanes ended by themselves; they are taken again in time, by whomever."""
        for number, shard in list(self._shards.items()):
            ended = [work for work in shard.works.values() if work.done() and not work.cancelled()]
            if any(work.exception() for work in ended):
                await self._let_go([number])
                self._acquire_at = self._clock.monotonic() + self._ttl.total_seconds() / 3
        if self._stopping:
            for shard in self._shards.values():
                shard.works = {name: work for name, work in shard.works.items() if not work.done()}

    async def _drop(self, number: int) -> None:
        """End the work on a shard at once."""
        shard = self._shards.pop(number)
        for work in shard.works.values():
            work.cancel()
        await asyncio.gather(*shard.works.values(), return_exceptions=True)

    async def _let_go(self, numbers: Sequence[int]) -> None:
        """End the work on shards and give their leases back."""
        leases: list[Lease] = [self._shards[number].tenure.lease for number in numbers]
        for number in numbers:
            await self._drop(number)
        if leases:
            try:
                await self._store.leases.release(leases)
            except Exception as error:
                log.warning("leases are left to run out: %s", told(error))

    def _names_at_work(self) -> set[str]:
        return {name for shard in self._shards.values() for name in shard.works}

    def _safe_until(self, asked: float) -> float:
        """A fifth of the lease is kept free for requests to be broken off, and for clocks that differ."""
        return asked + 0.8 * self._ttl.total_seconds()
