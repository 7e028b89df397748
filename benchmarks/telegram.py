"""Paperboy on Telegram, whole: what a delivered message costs, and whether a broadcast keeps to Telegram's pace.

`python -m benchmarks.telegram [--full]`. The program runs as a person runs it (`python -m bot run`, SQLite, long
polling) against a fake Telegram in another process, which counts what arrives and when. Beside it, in the same run and
against the same fake, a bare aiohttp loop posts the same bodies and does nothing else: at the same pace, for a process
that is woken for each message pays for that, and as fast as it can, 16 in flight.

At each rate a first broadcast measures CPU, with nothing else going on; during a second one people search. The second
goes to 1,000 chats at 300 a second and, with `--full`, also at 30 a second, which takes 333 s; without it to 100 chats.
Over 300 lines, for the program, the loop beside it and what the receiver counted are only worth something together.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.bare import bare
from bot.digest import print_digest
from bot.digest_file import read_digest_file
from bot.model import Address, ChatKind, Digest, Paper
from bot.preview import preview
from bot.settings import Settings
from bot.store import Store
from tests.fakes.telegram.remote import RemoteTelegram, spawn

ROOT: Final = Path(__file__).resolve().parent.parent
PAPERS: Final = 10
CURIOUS: Final = 60
SEARCH_SECONDS: Final = 0.25
ARRIVALS: Final = 7
ROUNDS: Final = 3
BARE_MESSAGES: Final = 1500
GOAL_RATIO: Final = 2.5
QUESTIONS: Final = ("reward model", "보상 모델", "긴 문맥", "#rlhf", "diffusion after:2024-02", "mixture of experts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A rate, and how many chats each of the two broadcasts goes to. `limited`: the fake enforces the limits."""

    per_second: int
    quiet: int
    busy: int
    limited: bool = True

    @property
    def bare_messages(self) -> int:
        """How many messages the paced bare loop posts: some seconds' worth."""
        return min(max(10 * self.per_second, 300), 2000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """CPU in milliseconds a message, times in seconds, and what the receiver counted in the second broadcast.

    `bare` is the loop's at the same pace, `fastest` as fast as it goes.
    """

    bare: float
    fastest: float
    whole: float
    arrivals: Sequence[float]
    posts: int
    busiest: int
    used: float
    searches: Sequence[float]
    wrong: int
    violations: Sequence[str]


# --- digests ----------------------------------------------------------------------------------------------------


def papers() -> list[Paper]:
    """Ten real papers."""
    found: list[Paper] = []
    for file in sorted((ROOT / "seeds").glob("*.txt"), reverse=True):
        digest = read_digest_file(file).parsed.digest
        found += digest.papers if digest else ()
    return found[:PAPERS]


def write_digest(file: Path, some: Iterable[Paper], tag: str) -> None:
    """Those papers as a digest of today, tagged so that nobody but the followers of `tag` gets them."""
    today = datetime.now(UTC).date()
    tagged = tuple(
        replace(paper, date=today, title=f"{paper.title} ({tag})", tags=(*paper.tags, tag)) for paper in some
    )
    file.write_text(print_digest(Digest(date=today, papers=tagged)), encoding="utf-8")


# --- the program and the bare loop --------------------------------------------------------------------------------


@asynccontextmanager
async def program(folder: Path, fake: RemoteTelegram, plan: Plan) -> AsyncIterator[int]:
    """`python -m bot run`; its process id."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")} | {
        "BOT_SEEDS": str(folder / "seeds"),
        "BOT_DATA": str(folder / "data"),
        "BOT_CONFIG": str(ROOT / "config"),
        "BOT_LOG_LEVEL": "WARNING",
        "BOT_TELEGRAM__TOKEN": fake.token,
        "BOT_TELEGRAM__API_BASE": fake.url,
        "BOT_TELEGRAM__PER_SECOND": str(plan.per_second),
        "PORT": "0",
    }
    if not plan.limited:
        env["BOT_TELEGRAM__CHAT_SECONDS"] = "0"
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", cwd=ROOT, env=env)
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        if await process.wait() != 0:
            raise SystemExit(f"the program ended with status {process.returncode}")


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def bare_posts(
    fake: RemoteTelegram, chats: Sequence[int], bodies: Sequence[dict[str, Any]], count: int, pace: float
) -> float:
    """CPU milliseconds a message of the bare loop, posting to these chats."""
    url = f"{fake.url}/bot{fake.token}/sendMessage"
    return await bare(url, [({"chat_id": chat}, {}) for chat in chats], bodies, count, pace)


# --- one rate -----------------------------------------------------------------------------------------------------


class Bench:
    """A folder, a fake and the program at one rate."""

    def __init__(self, plan: Plan, folder: Path, fake: RemoteTelegram, people: Sequence[int]) -> None:
        self._plan = plan
        self._folder = folder
        self._fake = fake
        self._busy = people[: plan.busy]
        self._quiet = people[: plan.quiet]
        self._first = people[:1]
        self._curious = people[-CURIOUS:]

    async def prepare(self) -> None:
        """An archive of the seeds, and the chats with their subscriptions."""
        (self._folder / "seeds").mkdir()
        for file in (ROOT / "seeds").glob("*.txt"):
            (self._folder / "seeds" / file.name).write_bytes(file.read_bytes())
        (self._folder / "data").mkdir()
        store = await Store.open(f"sqlite:///{self._folder / 'data' / 'paperboy.db'}")
        await store.migrate()
        lane = f"telegram:{self._fake.token.partition(':')[0]}"
        now = datetime.now(UTC)
        follow = {tag: set(chats) for tag, chats in self._audiences().items()}
        for person in dict.fromkeys((*self._busy, *self._quiet)):
            chat, _ = await store.chats.meet(
                Address(lane=lane, chat=str(person)),
                kind=ChatKind.PRIVATE,
                title="",
                language="ko",
                zone="Asia/Seoul",
                now=now,
            )
            for tag in [tag for tag, chats in follow.items() if person in chats]:
                await store.chats.subscribe(chat.id, f"#{tag}", f"#{tag}", actor="", now=now)
        await store.close()

    def _audiences(self) -> dict[str, Sequence[int]]:
        quiet = {f"quiet-{n}": self._quiet for n in range(ROUNDS)}
        return quiet | {f"first-{n}": self._first for n in range(ARRIVALS)} | {"busy": self._busy}

    async def measure(self) -> Measured:
        """Everything at this rate."""
        bodies = await self._bodies()
        async with program(self._folder, self._fake, self._plan) as pid:
            await self._answered(self._curious[0], "/help")
            arrivals = [await self._arrival(n) for n in range(ARRIVALS)]
            bare_ms: list[float] = []
            fastest_ms: list[float] = []
            whole_ms: list[float] = []
            for n in range(ROUNDS):
                bare_ms.append(await self._bare(bodies, self._plan.bare_messages, self._plan.per_second))
                fastest_ms.append(await self._bare(bodies, BARE_MESSAGES, 0))
                whole_ms.append(await self._quiet_broadcast(pid, n))
            before = await self._fake.stats()
            since = before.posts
            searches = await self._busy_broadcast()
            posts: list[dict[str, Any]] = await self._fake.ask("record", since=since)
            stats = await self._fake.stats()
        there = Counter((post["chat"], post["text"]) for post in posts if post["chat"] in set(self._busy))
        expected = len(self._busy) * PAPERS
        times = [post["at"] for post in posts]
        return Measured(
            bare=statistics.median(bare_ms),
            fastest=statistics.median(fastest_ms),
            whole=statistics.median(whole_ms),
            arrivals=arrivals,
            posts=len(posts),
            busiest=busiest(times),
            used=(len(times) - 1) / (times[-1] - times[0]) / self._plan.per_second,
            searches=searches,
            wrong=abs(len(there) - expected) + sum(count - 1 for count in there.values()),
            violations=stats.first_violations,
        )

    async def _bodies(self) -> list[dict[str, Any]]:
        """What the quiet broadcast posts, but for the chat."""
        file = self._folder / "bodies.txt"
        write_digest(file, papers(), "quiet-0")
        settings = Settings(data=self._folder / "data", config=ROOT / "config")
        requests = await preview(settings, file, "telegram")
        return [dict(request.params) for request in requests]

    async def _bare(self, bodies: Sequence[dict[str, Any]], count: int, pace: float) -> float:
        await self._fake.ask("limits", on=False)
        found = await bare_posts(self._fake, self._quiet, bodies, count, pace)
        await self._fake.ask("limits", on=self._plan.limited)
        return found

    async def _drop(self, some: Sequence[Paper], tag: str) -> None:
        """Let a digest arrive as a whole."""
        file = self._folder / f"{tag}.new"
        write_digest(file, some, tag)
        file.rename(self._folder / "seeds" / f"{tag}.txt")

    async def _arrival(self, number: int) -> float:
        """Seconds from the file's arrival to its first post's."""
        await asyncio.sleep(1.2)
        since = await self._fake.ask("posts")
        began = time.monotonic()
        await self._drop(papers()[:1], f"first-{number}")
        await self._posted(since + 1, 30)
        return float((await self._fake.ask("record", since=since))[0]["at"]) - began

    async def _posted(self, count: int, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while await self._fake.ask("posts") < count:  # noqa: ASYNC110 - another process raises no event here
                await asyncio.sleep(0.1)

    async def _quiet_broadcast(self, pid: int, number: int) -> float:
        """CPU milliseconds a message, from the file's arrival until the last result is on record."""
        since = await self._fake.ask("posts")
        count = len(self._quiet) * PAPERS
        began = cpu_seconds(pid)
        await self._drop(papers(), f"quiet-{number}")
        await self._posted(since + count, 60 + 3 * count / self._plan.per_second)
        await asyncio.sleep(0.5)
        return (cpu_seconds(pid) - began) / count * 1000

    async def _busy_broadcast(self) -> list[float]:
        """Broadcast while people search; how long each answer took."""
        since = await self._fake.ask("posts")
        count = len(self._busy) * PAPERS
        asked: list[asyncio.Task[float]] = []
        await self._drop(papers(), "busy")
        await self._posted(since + 1, 30)
        async with asyncio.timeout(60 + 3 * count / self._plan.per_second):
            while await self._fake.ask("posts") - len(asked) < since + count:
                person = self._curious[len(asked) % CURIOUS]
                question = QUESTIONS[len(asked) % len(QUESTIONS)]
                asked.append(asyncio.create_task(self._answered(person, f"/search {question}")))
                await asyncio.sleep(SEARCH_SECONDS)
        return await asyncio.gather(*asked)

    async def _answered(self, person: int, words: str) -> float:
        """Seconds from a person's words to the answer's arrival."""
        began = time.monotonic()
        said = await self._fake.ask("says", user=person, text=words)
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0.4)
                times = await self._fake.ask("answers", chat=person, after=said)
                if times:
                    return float(times[0]) - began


def busiest(times: Sequence[float], seconds: float = 1.0) -> int:
    """The most moments in any half-open window of so many seconds."""
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


async def run(plan: Plan) -> Measured:
    """Measure one rate."""
    limits = [] if plan.limited else ["--limits", "off"]
    rate = ["--per-second", str(plan.per_second)]
    with tempfile.TemporaryDirectory() as name:
        async with spawn("--strict", "0", "--no-gc", *rate, *limits) as fake:
            people = await fake.ask("people", count=max(plan.quiet, plan.busy) + CURIOUS, language="ko")
            bench = Bench(plan, Path(name), fake, people)
            await bench.prepare()
            return await bench.measure()


# --- the table ----------------------------------------------------------------------------------------------------


def show(plan: Plan, its: Measured) -> None:
    """Print what was measured."""
    pace = f"{plan.per_second}/s" if plan.limited else "as fast as it goes"
    late = percentile(its.searches, 99) * 1000
    lines = [
        f"{pace}: {len(its.searches)} searches during {PAPERS} papers x {plan.busy} chats",
        f"  CPU a message, Paperboy whole        {its.whole:8.2f} ms",
        f"  ... bare aiohttp loop, at that pace  {its.bare:8.2f} ms   {its.whole / its.bare:.2f} x, goal {GOAL_RATIO}",
        f"  ... bare aiohttp loop, full speed    {its.fastest:8.2f} ms   {its.whole / its.fastest:.2f} x",
        f"  file's arrival to first post         {statistics.median(its.arrivals):8.2f} s    goal 1 s,"
        f" at most {max(its.arrivals):.2f}",
    ]
    if plan.limited:
        lines += [
            f"  busiest second at the receiver       {its.busiest:8d}      limit {plan.per_second}",
            f"  of the limit used                    {its.used * 100:8.1f} %    goal 95",
        ]
    else:
        lines.append(f"  messages a second                    {its.used * plan.per_second:8.0f}")
    lines += [
        f"  /search answered, median             {statistics.median(its.searches) * 1000:8.0f} ms",
        f"  /search answered, p99                {late:8.0f} ms   goal 300",
        f"  lost, doubled · violations           {its.wrong:8d} · {len(its.violations)}   goal 0",
    ]
    print("\n".join([*lines, *its.violations[:3], ""]), flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below or at which so many percent are (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Paperboy on Telegram: cost, pace, patience.")
    parser.add_argument("--full", action="store_true", help="30 a second to 1,000 chats: 333 s")
    options = parser.parse_args(arguments)
    for plan in (
        Plan(per_second=30, quiet=40, busy=1000 if options.full else 100),
        Plan(per_second=300, quiet=330, busy=1000),
        Plan(per_second=1000, quiet=300, busy=300, limited=False),
    ):
        show(plan, asyncio.run(run(plan)))
    print(f"CPU: medians of {ROUNDS} rounds, the two programs in turn; a fake Telegram of another process receives")


if __name__ == "__main__":
    main(sys.argv[1:])
