"""A real process is killed again and again in the middle of a broadcast, and nobody who reads can tell."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model import Address, ChatKind, DeliveryState, Digest
from bot.store import Store
from tests.fakes.world import DAY, LANE, paper, same_title
from tests.stories.crash_child import lines

CHATS = 30
TITLES = [f"p{number:02}" for number in range(14)]
KILLS = 12


async def owe_everything(store: Store) -> None:
    now = datetime.now(UTC)
    digest = Digest(date=DAY, papers=tuple(map(paper, TITLES)))
    put = await store.digests.put(
        "a.txt", "1", digest, problems=(), slug=str.casefold, match=same_title, publish=True, now=now
    )
    for number in range(CHATS):
        address = Address(lane=LANE, chat=f"c{number}")
        chat, _ = await store.chats.meet(
            address, kind=ChatKind.CHANNEL, title="", language="ko", zone="Asia/Seoul", now=now
        )
        await store.deliveries.owe(chat.id, put.new, now)


@pytest.mark.slow
async def test_a_process_killed_a_dozen_times_posts_everything_once_and_in_order(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    await owe_everything(store)
    path = tmp_path / "platform.jsonl"
    path.touch()
    rng = random.Random(20260302)
    interrupted = 0

    async def start(number: int) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "tests.stories.crash_child", database_url, str(path), f"owner {number}")
        return await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[2])

    async def until(process: asyncio.subprocess.Process, true: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(40):
            while not await true():
                assert process.returncode is None, "the process ended by itself"
                await asyncio.sleep(0.01)

    def posted() -> int:
        return path.read_bytes().count(b'"post"')

    async def goal_reached() -> bool:
        return posted() >= goal

    async def all_settled() -> bool:
        return not any(lane.ready or lane.sending for lane in await store.deliveries.counts())

    for number in range(KILLS):
        process = await start(number)
        try:
            goal = posted() + rng.randrange(1, 30)
            await until(process, goal_reached)
            await asyncio.sleep(rng.random() * 0.1)
        finally:
            process.kill()
            await process.wait()
        interrupted += len(await store.deliveries.listing(state=DeliveryState.SENDING))
    assert interrupted > KILLS
    assert await store.deliveries.listing(state=DeliveryState.READY, limit=1), "the last kill was in the middle, too"

    process = await start(KILLS)
    try:
        await until(process, all_settled)
    finally:
        process.kill()
        await process.wait()

    seen = defaultdict[str, list[str]](list)
    for line in lines(path):
        if line["verb"] == "post":
            seen[line["chat"]].append(line["body"])
    assert seen == {f"c{number}": TITLES for number in range(CHATS)}
    states = Counter(row.state for row in await store.deliveries.listing(limit=10_000))
    assert states.keys() == {DeliveryState.SENT}
