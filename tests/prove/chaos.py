"""What goes wrong in a run, drawn by a seed, and how it is done to the processes."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from tests.prove.house import STOP_SECONDS, Base, Process
from tests.prove.side import FLOOD, Place, Side

Deed = partial[Coroutine[Any, Any, None]]

LEASE_SECONDS: Final = 1.5
TALK_SECONDS: Final = 0.2
LONG_SECONDS: Final = 10.0
"""Whoever is away for longer than this is not waited for: somebody is killed meanwhile."""


@dataclass(slots=True, kw_only=True)
class Script:
    """How much of each; `harms` are all that the side has where none are named; `wait_seconds` is how long
    the posts before the next deed are waited for. `floods` are the Retry-After of storms of 429, `darks` and `aways`
    for how long the platform and the database are away, `clocks` by how much a clock is wrong. A digest is edited
    after a third of the posts, and again after two."""

    kills: int = 22
    freezes: int = 3
    stops: int = 2
    each_harm: int = 2
    harms: Sequence[str] | None = None
    wait_seconds: float = 8.0
    floods: Sequence[int] = (30,)
    darks: Sequence[float] = (4.0,)
    aways: Sequence[float] = (3.0, 3.0)
    full_disks: int = 1
    clocks: Sequence[float] = (20.0, -20.0)
    losses: int = 3
    moves: int = 2


@dataclass(slots=True, kw_only=True)
class Storm:
    """Chaos at work. Later `done` says what was done and how often, `thaws` when frozen processes went on (the
    receiver's seconds), `gone` who left."""

    side: Side
    base: Base
    processes: Sequence[Process]
    places: Sequence[Place]
    rng: random.Random
    edit: Callable[[int], Awaitable[None]]
    say: Callable[[str], None]
    thaws: list[float] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    slowest_stop: float = 0.0
    moved: set[str] = field(default_factory=set)

    async def rage(self, script: Script, posts: int) -> None:
        """Do all of it, in an order drawn by lot, spread over so many posts, while others talk."""
        talking = asyncio.create_task(self._talk())
        try:
            await self._do(script, posts)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _talk(self) -> None:
        while True:
            with suppress(OSError):  # it is dark
                await self.side.talk()
                self.done["words"] += 1
            await asyncio.sleep(TALK_SECONDS)

    async def _do(self, script: Script, posts: int) -> None:
        deeds = self._deeds(script)
        self.rng.shuffle(deeds)
        for third, version in ((1, 1), (2, 2)):
            deeds.insert(len(deeds) * third // 3, partial(self._edit, version))
        there = await self.side.count()
        step = (posts - there) / (len(deeds) + 1)
        number = 0
        while deeds:
            deed = deeds.pop(0)
            number += 1
            await self.revive()
            await self._until(there + int(step * number * self.rng.uniform(0.9, 1.0)), within=script.wait_seconds)
            await deed()

    async def revive(self) -> None:
        """Start what has ended by itself, as whoever runs the program would: a start may fail without a database."""
        for each in self.processes:
            if each.ended:
                self.done["ended"] += 1
                self.say(f"{each.name} had ended by itself")
                await each.start()

    def _deeds(self, script: Script) -> list[Deed]:
        many = {self._kill: script.kills, self._freeze: script.freezes, self._stop: script.stops}
        many |= {self._full: script.full_disks, self._lose: script.losses, self._move: script.moves}
        deeds = [partial(deed) for deed, times in many.items() for _ in range(times)]
        names = self.side.harms if script.harms is None else script.harms
        deeds += [partial(self._harm, name) for name in names for _ in range(script.each_harm)]
        deeds += [partial(self._harm, FLOOD, seconds) for seconds in script.floods]
        deeds += [partial(self._dark, seconds) for seconds in script.darks]
        deeds += [partial(self._away, seconds) for seconds in script.aways]
        return deeds + [partial(self._clock, seconds) for seconds in script.clocks]

    async def _until(self, posts: int, *, within: float) -> None:
        """Wait for so many posts; not for ever, for what is in the way may be the chaos itself."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            try:
                if await self.side.count() >= posts:
                    return
            except OSError:  # it is dark
                pass
            await asyncio.sleep(0.05)

    def _any(self) -> Process:
        return self.rng.choice([each for each in self.processes if not each.frozen] or list(self.processes))

    async def _kill(self) -> None:
        process = self._any()
        await asyncio.sleep(self.rng.random() * 0.2)
        self.done["kills"] += await process.kill()
        self.say(f"kill -9 {process.name}")
        await process.start()

    async def _freeze(self) -> None:
        process = self._any()
        process.freeze()
        self.done["frozen"] += process.frozen
        self.say(f"SIGSTOP {process.name}")
        await asyncio.sleep(LEASE_SECONDS * self.rng.uniform(1.5, 2.5))
        self.thaws.append(time.monotonic())
        process.thaw()

    async def _stop(self) -> None:
        process = self._any()
        seconds = await process.ask_to_stop()
        self.done["stopped"] += 1
        self.slowest_stop = max(self.slowest_stop, seconds)
        self.say(
            f"SIGTERM {process.name}: ended after {seconds:.1f} s" + (" TOO LATE" if seconds > STOP_SECONDS else "")
        )
        await process.start()

    async def _harm(self, name: str, seconds: int = 0) -> None:
        self.say(await self.side.harm(name, self.rng, seconds))

    async def _dark(self, seconds: float) -> None:
        self.say(f"{self.side.name} away for {seconds:g} s")
        self.done["platform away, s"] += round(seconds)
        until = time.monotonic() + seconds + 1.0
        await self.side.dark(seconds)
        if seconds > LONG_SECONDS:
            await asyncio.sleep(seconds / 2)
            await self._kill()
        await asyncio.sleep(until - time.monotonic())  # nobody can be told anything before it is back

    async def _away(self, seconds: float) -> None:
        self.say(f"database away for {seconds:g} s")
        self.done["database away"] += 1
        await self.base.away(seconds)

    async def _clock(self, seconds: float) -> None:
        process = self._any()
        self.say(f"clock of {process.name} wrong by {seconds:+g} s")
        self.done["clocks wrong"] += 1
        process.clock.write_text(str(seconds))
        if self.rng.random() < 0.5:  # one that starts so knows nothing but its clock and what is on record
            self.done["kills"] += await process.kill()
            await process.start()
        await asyncio.sleep(3)
        process.clock.write_text("0")

    async def _full(self) -> None:
        process = self._any()
        self.say(f"disk full for {process.name}")
        self.done["disk full"] += not process.ended
        process.disk_is_full(True)
        await asyncio.sleep(3)
        process.disk_is_full(False)

    async def _lose(self) -> None:
        place = self.rng.choice([each for each in self.places if each.name not in self.gone | self.moved])
        self.gone.add(place.name)
        self.say(f"{place.kind} {place.name} goes")
        self.done["chats lost"] += 1
        await self.side.lose(place)

    async def _move(self) -> None:
        for place in self.rng.sample(list(self.places), len(self.places)):
            if place.name not in self.gone | self.moved and await self.side.move(place):
                self.moved.add(place.name)
                self.say(f"{place.kind} {place.name} moves")
                self.done["moved"] += 1
                return

    async def _edit(self, version: int) -> None:
        self.say("the digest is edited")
        self.done["edited"] += 1
        await self.edit(version)
