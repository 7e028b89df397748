"""All processes go by the database's clock, whatever their own says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.store import HouseClock, Store, StoreError
from tests.store.desk import later


@dataclass
class Wall:
    """A database's clock that takes `journey` seconds to say what it shows, half of them before it looks."""

    seconds: float = 1000.0
    ahead: float = 0.0
    journeys: list[float] = field(default_factory=list)

    async def ask(self) -> datetime:
        journey = self.journeys.pop(0) if self.journeys else 0.0
        self.seconds += journey / 2
        shows = self.true
        self.seconds += journey / 2
        return shows

    @property
    def true(self) -> datetime:
        return later(self.seconds + self.ahead)


def off(clock: HouseClock, wall: Wall) -> float:
    return (clock.now() - wall.true).total_seconds()


async def test_between_two_looks_seconds_are_counted() -> None:
    wall = Wall()
    clock = HouseClock(wall.ask, lambda: wall.seconds)
    with pytest.raises(RuntimeError):
        clock.now()
    await clock.set()
    wall.seconds += 60
    assert clock.now() == wall.true
    assert clock.now().tzinfo is UTC


async def test_of_several_looks_the_one_that_was_answered_soonest_counts() -> None:
    wall = Wall(journeys=[3.0, 0.02, 5.0, 1.0])
    clock = HouseClock(wall.ask, lambda: wall.seconds)
    await clock.set()
    assert off(clock, wall) == pytest.approx(-1.5)
    for _ in range(3):
        await clock.set()
        assert off(clock, wall) == pytest.approx(-0.01)


@pytest.mark.parametrize("seconds", [20.0, -20.0])
async def test_where_the_databases_clock_is_set_all_follow(seconds: float) -> None:
    wall = Wall(journeys=[0.1] * 9)
    clock = HouseClock(wall.ask, lambda: wall.seconds)
    await clock.set()
    wall.ahead = seconds
    await clock.set()
    assert off(clock, wall) == pytest.approx(-0.05)


async def test_clocks_that_drift_apart_are_brought_together() -> None:
    wall = Wall()
    clock = HouseClock(wall.ask, lambda: wall.seconds)
    for _ in range(1000):
        wall.ahead -= 0.001  # the process's seconds are short
        await clock.set()
    assert off(clock, wall) < 0.02


async def test_a_database_that_is_away_leaves_the_clock_running() -> None:
    wall = Wall()

    async def away() -> datetime:
        raise StoreError("the database failed")

    clock = HouseClock(wall.ask, lambda: wall.seconds)
    await clock.set()
    clock._ask = away
    with pytest.raises(StoreError):
        await clock.set()
    wall.seconds += 5
    assert clock.now() == wall.true


async def test_a_database_says_the_time_whatever_the_process_believes(database_url: str) -> None:
    store = await Store.open(database_url)
    try:
        before = datetime.now(UTC) - timedelta(milliseconds=2)
        assert before < await store.moment() < datetime.now(UTC) + timedelta(milliseconds=2)
    finally:
        await store.close()
