"""How long it takes to plan a digest for very many chats, and what the ledger costs for each delivery after that.

`python -m benchmarks.planning [CHATS ...] [--full]` (300,000 too, and what follows for a million): every chat follows
everything (and a tag that nobody has) and posts daily; a SQLite file in a temporary folder, ticks of 500 chats, decided
by `bot.matching`. Wanted: 100,000 chats and 12 papers in under a minute, a cost for each chat that does not depend on
how many there are, flat memory, and at most 0.25 ms of CPU time for a delivery in group commits of 30. Each size runs
in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bot.matching import Matcher
from bot.model import Digest, Paper, Sent
from bot.query import Lexicon
from bot.store import Result, Step, Store, schema

SIZES = (10_000, 30_000, 100_000)
FULL = (10_000, 100_000, 300_000)
MILLION = 1_000_000
PAPERS = 12
TICK = 500
GROUP = 30
SENT = 30_000
LANE = "telegram:1"
NOW = datetime(2026, 3, 2, 23, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one size took: seconds and rows of planning, CPU milliseconds of a delivery, the peak of memory in MB, and
    by how much planning had `grown` it. `first` and `last` are milliseconds a chat in the first and the last tenth of
    it: a cost that grows with the table would show there."""

    chats: int
    seconds: float
    rows: int
    first: float
    last: float
    delivery_ms: float
    grown: float
    memory: float

    @property
    def each(self) -> float:
        """Milliseconds a chat."""
        return self.seconds / self.chats * 1000


async def measure(size: int, path: Path) -> Measured:
    """Plan a digest for `size` chats, then send some of it."""
    store = await Store.open(f"sqlite:///{path}")
    await store.migrate()
    add_chats(path, size)
    papers = tuple(
        Paper(date=NOW.date(), title=f"Paper {n}", abstract="We study. " * 100, commentary=("한 줄 평",), tags=("LLM",))
        for n in range(PAPERS)
    )
    await store.digests.put(
        "digest.txt",
        hash="hash",
        digest=Digest(date=NOW.date(), papers=papers),
        problems=(),
        slug=str.casefold,
        match=lambda old, new: [None] * len(new),
        publish=True,
        now=NOW - timedelta(hours=1),
    )
    decide = partial(Matcher(Lexicon()).owed, now=NOW)
    before = peak_memory()
    moments = [time.perf_counter()]
    rows = 0
    while (planned := await store.deliveries.plan(now=NOW, limit=TICK, decide=decide)).chats:
        rows += planned.deliveries
        moments.append(time.perf_counter())
    grown = peak_memory() - before
    ticks = len(moments) - 1
    tenth = max(ticks // 10, 1)
    delivery_ms = await send(store, min(SENT, rows))
    await store.close()
    return Measured(
        chats=size,
        seconds=moments[-1] - moments[0],
        rows=rows,
        first=(moments[tenth] - moments[0]) / tenth / TICK * 1000,
        last=(moments[ticks] - moments[ticks - tenth]) / tenth / TICK * 1000,
        delivery_ms=delivery_ms,
        grown=grown,
        memory=peak_memory(),
    )


def peak_memory() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def send(store: Store, count: int) -> float:
    """Load, start and record deliveries in groups, with nothing between; CPU milliseconds for each."""
    await store.leases.register([LANE], NOW)
    [lease] = await store.leases.acquire("benchmark", now=NOW, ttl=timedelta(hours=1))
    results: list[Result] = []
    started = time.process_time()
    for number in range(count // GROUP):
        now = NOW + timedelta(seconds=1, milliseconds=number)
        dues = (
            await store.deliveries.agenda(LANE, now=now, limit=GROUP, skip_chats={each.chat_id for each in results})
        ).dues
        intents = [due.delivery.id for due in dues]
        await store.deliveries.step(Step(lane=LANE, lease=lease, results=results, intents=intents, now=now))
        results = [
            Result(
                delivery_id=due.delivery.id, chat_id=due.chat.id, outcome=Sent(receipt=str(number), content_hash=None)
            )
            for due in dues
        ]
    return (time.process_time() - started) / count * 1000


def add_chats(path: Path, size: int) -> None:
    """Make `size` daily chats that follow everything."""
    past = NOW - timedelta(days=30)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for first in range(1, size + 1, 10_000):
            numbers = range(first, min(first + 10_000, size + 1))
            chats = [
                {
                    "id": number,
                    "lane": LANE,
                    "address": str(number),
                    "thread": "",
                    "kind": "private",
                    "title": f"Chat {number}",
                    "language": "ko",
                    "zone": "Asia/Seoul",
                    "posting_time": "08:00",
                    "weekdays": "0123456",
                    "next_post_at": NOW,
                    "planned_until": past,
                    "active": True,
                    "settings": {},
                    "created_at": past,
                }
                for number in numbers
            ]
            subscriptions = [
                {"chat_id": number, "text": text, "canonical": text, "created_at": past}
                for number in numbers
                for text in (f"#topic-{number % 100}", "*")
            ]
            connection.execute(sa.insert(schema.chat), chats)
            connection.execute(sa.insert(schema.subscription), subscriptions)
    engine.dispose()


def run(size: int) -> Measured:
    """Measure one size."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(size, Path(folder, "paperboy.db")))


def main() -> None:
    """Measure each size and print a line about it."""
    parser = argparse.ArgumentParser(description="Plan a digest for very many chats.")
    parser.add_argument("chats", nargs="*", type=int, default=SIZES)
    parser.add_argument("--full", action="store_true", help=f"{', '.join(f'{size:,}' for size in FULL)} chats")
    options = parser.parse_args()
    sizes: Sequence[int] = FULL if options.full else options.chats
    found: list[Measured] = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        for size in sizes:
            its = processes.apply(run, (size,))
            found.append(its)
            print(
                f"{size:,} chats, {its.rows:,} rows: {its.seconds:.1f} s, {its.rows / its.seconds:,.0f} rows/s,"
                f" {its.each:.3f} ms a chat ({its.each / found[0].each:.2f} x the first size; its first tenth"
                f" {its.first:.3f}, its last {its.last:.3f}), {its.memory:.0f} MB at most, {its.grown:.0f} of them by"
                f" planning; then {its.delivery_ms:.3f} ms of CPU a delivery in groups of {GROUP}",
                flush=True,
            )
    if len(found) > 1:
        print(extrapolated(found))


def extrapolated(found: Sequence[Measured]) -> str:
    """What a million chats would take if it goes on as from the second largest size to the largest: not measured."""
    *_, smaller, largest = sorted(found, key=lambda its: its.chats)
    slope = (largest.seconds - smaller.seconds) / (largest.chats - smaller.chats)
    seconds = largest.seconds + slope * (MILLION - largest.chats)
    return (
        f"extrapolated, not measured: {MILLION:,} chats, {largest.rows // largest.chats * MILLION:,} rows:"
        f" {seconds:.0f} s (a straight line through {smaller.chats:,} and {largest.chats:,} chats); at the largest's"
        f" cost a chat {largest.each * MILLION / 1000:.0f} s"
    )


if __name__ == "__main__":
    main()
