"""What waits: the next post for another worker after a `kill -9`, a person's `/search` for its turn in a backlog."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import asyncpg

from benchmarks.worker import ROOT, database, end, environment, owe, posted, start
from tests.fakes.telegram.remote import spawn


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
