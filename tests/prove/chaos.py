"""What goes wrong in a run, drawn by a seed, and how it is done to the processes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.prove.house import STOP_SECONDS, Base, Process
from tests.prove.side import Place, Side

LEASE_SECONDS: Final = 1.5


@dataclass(slots=True, kw_only=True)
class Script:
    """How much of each; `harms` are all that the side has where none are named; `wait_seconds` is how long
    the posts before the next deed are waited for. A digest is edited after a third of the
    posts, and again after two."""

    kills: int = 22
    freezes: int = 3
    stops: int = 2
    each_harm: int = 2
    harms: Sequence[str] | None = None
    wait_seconds: float = 8.0
    darks: Sequence[float] = (4.0,)
    aways: Sequence[float] = (3.0, 3.0)
    full_disks: int = 1
    clocks: Sequence[float] = (20.0, -20.0)
    losses: int = 3
    moves: int = 2


@dataclass(slots=True, kw_only=True)
class Storm:
    """Chaos at work. Later `thaws` says when frozen processes went on (the receiver's seconds), `gone` who left."""

    side: Side
    base: Base
    processes: Sequence[Process]
    places: Sequence[Place]
    rng: random.Random
    edit: Callable[[int], Awaitable[None]]
    say: Callable[[str], None]
    thaws: list[float] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    kills: int = 0
    slowest_stop: float = 0.0
    sqlite: bool = False
    moved: set[str] = field(default_factory=set)

    async def rage(self, script: Script, posts: int) -> None:
        """Do all of it, in an order drawn by lot, spread over so many posts."""
        deeds = self._deeds(script)
        self.rng.shuffle(deeds)
        for third, version in ((1, 1), (2, 2)):
            deeds.insert(len(deeds) * third // 3, lambda version=version: self._edit(version))  # type: ignore[misc]
        there = await self.side.count()
        step = (posts - there) / (len(deeds) + 1)
        for number, deed in enumerate(deeds, 1):
            await self._until(there + int(step * number * self.rng.uniform(0.9, 1.0)), within=script.wait_seconds)
            await deed()

    def _deeds(self, script: Script) -> list[Callable[[], Awaitable[None]]]:
        deeds: list[Callable[[], Awaitable[None]]] = []
        deeds += [self._kill] * script.kills + [self._freeze] * script.freezes + [self._stop] * script.stops
        for name in self.side.harms if script.harms is None else script.harms:
            deeds += [lambda name=name: self._harm(name)] * script.each_harm  # type: ignore[misc]
        deeds += [lambda s=s: self._dark(s) for s in script.darks]  # type: ignore[misc]
        deeds += [lambda s=s: self._away(s) for s in script.aways]  # type: ignore[misc]
        deeds += [lambda s=s: self._clock(s) for s in script.clocks]  # type: ignore[misc]
        deeds += [self._full] * (script.full_disks if self.sqlite else 0)
        return deeds + [self._lose] * script.losses + [self._move] * script.moves

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
        await process.kill()
        self.kills += 1
        self.say(f"kill -9 {process.name}")
        await process.start()

    async def _freeze(self) -> None:
        process = self._any()
        process.freeze()
        self.say(f"SIGSTOP {process.name}")
        await asyncio.sleep(LEASE_SECONDS * self.rng.uniform(1.5, 2.5))
        self.thaws.append(time.monotonic())
        process.thaw()

    async def _stop(self) -> None:
        process = self._any()
        seconds = await process.ask_to_stop()
        self.slowest_stop = max(self.slowest_stop, seconds)
        self.say(
            f"SIGTERM {process.name}: ended after {seconds:.1f} s" + (" TOO LATE" if seconds > STOP_SECONDS else "")
        )
        await process.start()

    async def _harm(self, name: str) -> None:
        self.say(await self.side.harm(name, self.rng))

    async def _dark(self, seconds: float) -> None:
        self.say(f"{self.side.name} away for {seconds:g} s")
        await self.side.dark(seconds)
        await asyncio.sleep(seconds + 1.0)  # nobody can be told anything before it is back

    async def _away(self, seconds: float) -> None:
        self.say(f"database away for {seconds:g} s")
        await self.base.away(seconds)

    async def _clock(self, seconds: float) -> None:
        process = self._any()
        self.say(f"clock of {process.name} wrong by {seconds:+g} s")
        process.clock.write_text(str(seconds))
        await asyncio.sleep(3)
        process.clock.write_text("0")

    async def _full(self) -> None:
        process = self._any()
        self.say(f"disk full for {process.name}")
        process.disk_is_full(True)
        await asyncio.sleep(3)
        process.disk_is_full(False)

    async def _lose(self) -> None:
        place = self.rng.choice([each for each in self.places if each.name not in self.gone | self.moved])
        self.gone.add(place.name)
        self.say(f"{place.kind} {place.name} goes")
        await self.side.lose(place)

    async def _move(self) -> None:
        for place in self.rng.sample(list(self.places), len(self.places)):
            if place.name not in self.gone | self.moved and await self.side.move(place):
                self.moved.add(place.name)
                self.say(f"{place.kind} {place.name} moves")
                return

    async def _edit(self, version: int) -> None:
        self.say("the digest is edited")
        await self.edit(version)
