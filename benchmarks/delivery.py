"""The delivery engine by itself: what a delivery costs, how fast it goes, how soon another worker takes over.

`python -m benchmarks.delivery [--quick] [--only PART …]`. A worker (`python -m bot run --role worker`) on SQLite and on
PostgreSQL sends what a ledger owes to a fake Telegram in another process. Beside it, in the same run, against the same
fake and with the same bodies: a bare aiohttp loop at the same pace, and python-telegram-bot's own Bot with its
AIORateLimiter on its default transport. CPU is that of the sending process; row writes and commits are what PostgreSQL
counts. Each part takes less than four minutes. Over 300 lines with what it is compared with, which is only worth
something in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.bare import own_cpu
from benchmarks.delivery_waits import failovers, searches
from benchmarks.telegram import bare_posts, busiest, cpu_seconds, papers, percentile
from benchmarks.worker import ROOT, Quota, counted, database, end, environment, owe, posted, server_cpu, start
from bot.digest import print_digest
from bot.model import Digest
from bot.preview import preview
from bot.settings import Settings
from tests.fakes.telegram.remote import spawn

FAILOVERS: Final = 14
BACKLOG: Final = 100_000
SEARCHES: Final = 200
LIBRARY_MESSAGES: Final = 600
OWING_SECONDS: Final = 0.007
"""How long it may take to get to know a chat and to owe it ten papers."""
QUOTA: Final = 0.15
"""The part of a core that each of two workers has where both are to have free processors beside the receiver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One broadcast: CPU milliseconds a delivery of the senders (`cpu`), the receiver and the database server;
    deliveries a second, the same without the last tenth, when lanes run empty (`steady`), the most in a second, and
    what the database counted for each delivery."""

    cpu: float
    receiver: float
    server: float
    rate: float
    steady: float
    busiest: int
    writes: float | None = None
    commits: float | None = None

    @property
    def cores(self) -> float:
        """How many of the machine's cores were at work on it."""
        return (self.cpu + self.receiver + self.server) * self.steady / 1000


async def broadcast(
    kind: str,
    per_second: int,
    chats: int,
    *,
    workers: int = 1,
    lanes: int = 1,
    limited: bool = True,
    role: str = "worker",
    core: int | None = None,
    quota: float | None = None,
) -> Sent:
    """Send ten papers to so many chats. `limited`: the fake enforces its limits, those of a chat too.

    `core` is the one on which the sender runs, everything else being kept off it; `quota` the part of a core that each
    sender may use.
    """
    options = ["--per-second", str(per_second), *([] if limited else ["--limits", "off"])]
    quotas = Quota(quota or 1.0)
    with tempfile.TemporaryDirectory() as name, closing(quotas):
        folder = Path(name)
        (folder / "seeds").mkdir()
        async with spawn("--strict", "0", "--no-gc", *options) as fake, database(kind, folder) as url:
            people = await fake.ask("people", count=chats, language="ko")
            # A worker's share of the limit is 80 %: here it is to have all of it.
            rate = per_second / (0.8 if role == "worker" else 1.0)
            env = environment(
                folder,
                url,
                fake,
                BOT_TELEGRAM__PER_SECOND=str(min(rate, 1000)),
                BOT_TELEGRAM__LANES=str(lanes),
                BOT_TELEGRAM__CONNECTIONS="256",
                **({} if limited else {"BOT_TELEGRAM__CHAT_SECONDS": "0"}),
            )
            running = [await start(env, role) for _ in range(workers)]
            for process in running:
                if core is not None:
                    os.sched_setaffinity(process.pid, {core})
            try:
                await asyncio.sleep(4 + 2 * workers)  # until all are there and have their share of the lanes
                for process in running:
                    if quota is not None:
                        quotas.put(process.pid)
                before = await counted(url) if kind == "postgresql" else (0, 0)
                # All of it is due at one moment, when everything is owed: what that costs is not measured here.
                lane, ahead = f"telegram:{fake.token.partition(':')[0]}", 4 + chats * OWING_SECONDS
                begins = time.monotonic() + ahead
                count = await owe(url, people, lane, "a.txt", ahead=ahead)
                await asyncio.sleep(max(0.0, begins - time.monotonic() - 2.0))
                planned = await counted(url) if kind == "postgresql" else (0, 0)
                began = [cpu_seconds(process.pid) for process in running]
                receiver = (await fake.stats()).cpu_seconds
                server = await server_cpu(url) if kind == "postgresql" else 0.0
                await posted(fake, count, 60 + 6 * count / per_second)
                server = await server_cpu(url) - server if kind == "postgresql" else 0.0
                receiver = (await fake.stats()).cpu_seconds - receiver
                await asyncio.sleep(1)
                cpu = sum(cpu_seconds(p.pid) - b for p, b in zip(running, began, strict=True))
                after = await counted(url) if kind == "postgresql" else (0, 0)
            finally:
                await asyncio.gather(*map(end, running))
            times = [post["at"] for post in await fake.ask("record")]
    steady = len(times) * 9 // 10
    return Sent(
        cpu=cpu / count * 1000,
        receiver=receiver / count * 1000,
        server=server / count * 1000,
        rate=(len(times) - 1) / (times[-1] - times[0]),
        steady=(steady - 1) / (times[steady - 1] - times[0]),
        busiest=busiest(times),
        writes=(after[0] - before[0]) / count if kind == "postgresql" else None,
        commits=(after[1] - planned[1]) / count if kind == "postgresql" else None,
    )


# --- what it is compared with ---------------------------------------------------------------------------------------


async def bodies() -> list[dict[str, Any]]:
    """What the worker posts, but for the chat."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "bodies.txt")
        text = print_digest(Digest(date=datetime.now(UTC).date(), papers=tuple(papers())))
        await asyncio.to_thread(file.write_text, text, encoding="utf-8")
        settings = Settings(data=Path(name), config=ROOT / "config")
        return [dict(request.params) for request in await preview(settings, file, "telegram")]


async def bare_loop(per_second: int, chats: int, count: int) -> float:
    """CPU milliseconds a message of a loop that does nothing else, at that pace."""
    async with spawn("--strict", "0", "--no-gc", "--limits", "off") as fake:
        people = await fake.ask("people", count=chats)
        return await bare_posts(fake, people, await bodies(), count, per_second)


async def library(order: dict[str, Any]) -> dict[str, float]:
    """python-telegram-bot with its AIORateLimiter, as its documentation builds it.

    The limiter needs `aiolimiter`, which Paperboy does not: where that is missing, the library is paced by hand.
    """
    from telegram.error import TimedOut
    from telegram.ext import AIORateLimiter, ApplicationBuilder

    building = ApplicationBuilder().token(order["token"]).base_url(order["url"] + "/bot")
    limited = True
    try:
        limiter: Any = AIORateLimiter(overall_max_rate=order["rate"], overall_time_period=1)
        building = building.rate_limiter(limiter)
    except RuntimeError:
        limited = False
    built = building.build()
    await built.initialize()
    chats, some = order["chats"], order["bodies"]
    late: list[int] = []

    async def post(n: int) -> None:
        if not limited:
            await asyncio.sleep(n / order["rate"])
        params = dict(some[n % len(some)])
        for name in ("reply_markup", "link_preview_options"):
            params.pop(name, None)
        params.pop("chat_id", None)
        try:
            await built.bot.send_message(chats[n % len(chats)], **params)
        except TimedOut:  # it is asked for more than it can do
            late.append(n)

    began, started = own_cpu(), time.monotonic()
    await asyncio.gather(*(post(n) for n in range(order["count"])))
    seconds = time.monotonic() - started
    await built.shutdown()
    sent = order["count"] - len(late)
    return {
        "cpu": (own_cpu() - began) / sent * 1000, "rate": sent / seconds, "limited": limited, "late": len(late),
    }  # fmt: skip


async def library_apart(per_second: int, chats: int) -> dict[str, float]:
    """The same in a process of its own."""
    async with spawn("--strict", "0", "--no-gc", "--limits", "off") as fake:
        people = await fake.ask("people", count=chats)
        order = {
            "token": fake.token, "url": fake.url, "chats": people, "bodies": await bodies(),
            "count": max(LIBRARY_MESSAGES, 6 * per_second), "rate": per_second,
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.delivery", "--library"]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        said, _ = await process.communicate(json.dumps(order).encode())
        found: dict[str, float] = json.loads(said)
        return found


# --- the tables -----------------------------------------------------------------------------------------------------


def say(words: str) -> None:
    """Print at once."""
    print(words, flush=True)


async def cost(per_second: int, chats: int) -> None:
    """What a delivery costs at a pace, and what it is compared with."""
    alone = await bare_loop(per_second, chats, min(chats * 10, 2000))
    other = await library_apart(per_second, chats)
    say(f"{per_second}/s, 10 papers to {chats} chats")
    say(f"  bare aiohttp loop, CPU a message        {alone:7.2f} ms")
    name = "AIORateLimiter" if other["limited"] else "python-telegram-bot"
    late = f", {other['late']:.0f} timed out" if other["late"] else ""
    say(f"  {name + ', default transport':<39} {other['cpu']:7.2f} ms   ({other['rate']:.0f}/s{late})")
    for kind in ("sqlite", "postgresql"):
        its = await broadcast(kind, per_second, chats, limited=per_second <= 300)
        counts = "" if its.writes is None else f"   {its.writes:.2f} row writes, {its.commits:.3f} commits"
        say(
            f"  worker on {kind:<10}                    {its.cpu:7.2f} ms   {its.cpu / alone:.2f} x bare,"
            f" {other['cpu'] / its.cpu:.1f} x less; {its.rate:.0f}/s ({its.rate / per_second:.1%} of the limit),"
            f" at most {its.busiest} in a second{counts}"
        )


async def one_core(chats: int) -> None:
    """How near one process on one core comes to 1,000 a second, with the limits of Telegram's paid broadcasts."""
    everything = os.sched_getaffinity(0)
    core, others = max(everything), everything - {max(everything)}
    os.sched_setaffinity(0, others or everything)  # the receiver and the server, which we start, inherit it
    try:
        for kind in ("sqlite", "postgresql"):
            its = await broadcast(kind, 1000, chats, role="web,worker,clock", core=core)
            say(
                f"one process on one core, 1,000/s, 10 papers to {chats} chats, {kind}: {its.rate:.0f}/s"
                f" ({its.rate / 1000:.1%} of the limit), at most {its.busiest} in a second; the process"
                f" {its.cpu:.2f} ms a message ({its.cpu * its.rate / 1000:.0%} of its core); on the other core"
                f" {_shares(its)}"
            )
    finally:
        os.sched_setaffinity(0, everything)


async def two_workers(chats: int) -> None:
    """One worker and two on one PostgreSQL, the bot in eight parts, as fast as they go: workers have 800/s at most."""
    for quota in (None, QUOTA):
        if quota is not None and not Quota.possible():
            say("a part of a core for each worker: not possible here")
            continue
        found = [
            await broadcast("postgresql", 1000, chats, workers=n, lanes=8, limited=False, quota=quota) for n in (1, 2)
        ]
        allowed = (
            "both cores, shared with the receiver, 800/s at most" if quota is None else f"{quota:.0%} of a core each"
        )
        for number, its in enumerate(found, 1):
            say(
                f"{number} worker(s), 8 lanes, {allowed}: {its.steady:.0f}/s; workers {its.cpu:.2f} ms a message,"
                f" {_shares(its)}; {its.cores:.2f} of {os.cpu_count()} cores in all"
            )
        say(f"  two workers are {found[1].steady / found[0].steady:.2f} x one")


def _shares(its: Sent) -> str:
    return f"receiver {its.receiver:.2f} ms, server {its.server:.2f} ms"


async def failover(kills: int) -> None:
    """From `kill -9` to the next post."""
    gaps = await failovers(kills)
    say(
        f"failover, {len(gaps)} kills: median {statistics.median(gaps):.2f} s, p95 {percentile(gaps, 95):.2f} s,"
        f" most {max(gaps):.2f} s"
    )


async def search(backlog: int, count: int) -> None:
    """How long a person waits while the lane is full."""
    waits = await searches(backlog, count)
    say(
        f"/search during a backlog of {backlog:,}, {len(waits)} of them:"
        f" median {statistics.median(waits) * 1000:.0f} ms, p99 {percentile(waits, 99) * 1000:.0f} ms"
    )


def parts(quick: bool) -> dict[str, Callable[[], Awaitable[None]]]:
    """What can be measured, by name."""
    if quick:
        return {
            "cost-30": partial(cost, 30, 40),
            "cost-300": partial(cost, 300, 330),
            "one-core": partial(one_core, 1100),
            "two-workers": partial(two_workers, 300),
            "failover": partial(failover, 3),
            "search": partial(search, 10_000, 20),
        }
    return {
        "cost-30": partial(cost, 30, 100),
        "cost-300": partial(cost, 300, 600),
        "cost-800": partial(cost, 800, 600),
        "one-core": partial(one_core, 2000),
        "two-workers": partial(two_workers, 1000),
        "failover": partial(failover, FAILOVERS),
        "search": partial(search, BACKLOG, SEARCHES),
    }


async def tables(quick: bool, only: Sequence[str]) -> None:
    """Measure and print."""
    for name, part in parts(quick).items():
        if not only or name in only:
            began = time.monotonic()
            say(f"-- {name}, load {os.getloadavg()[0]:.1f}")
            await part()
            say(f"   ({time.monotonic() - began:.0f} s)")


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="The delivery engine: cost, pace, failover.")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    parser.add_argument("--only", action="append", choices=sorted(parts(False)), help="this part; may be repeated")
    parser.add_argument("--library", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.library:
        print(json.dumps(asyncio.run(library(json.load(sys.stdin)))))
        return
    asyncio.run(tables(options.quick, options.only or ()))


if __name__ == "__main__":
    main(sys.argv[1:])
