"""What a delivered message is measured against: a bare aiohttp loop that posts the same bodies and does nothing else.

It runs in a process of its own, which reads what to do as JSON and prints its CPU milliseconds a message.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp

ROOT: Final = Path(__file__).resolve().parent.parent
IN_FLIGHT: Final = 16

Place = tuple[Mapping[str, Any], Mapping[str, str]]
"""What a body is completed with so that it goes there, and the request's headers."""


async def bare(
    url: str, places: Sequence[Place], bodies: Sequence[Mapping[str, Any]], count: int, pace: float
) -> float:
    """CPU milliseconds a message of the loop, which posts `count` of them, to each place in turn: `pace` a second or
    (0) as fast as it goes, with `IN_FLIGHT` under way."""
    order = {"url": url, "places": list(places), "bodies": list(bodies), "count": count, "pace": pace}
    command = [sys.executable, "-m", "benchmarks.bare"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said, _ = await process.communicate(json.dumps(order).encode())
    return float(said)


async def _loop(url: str, places: Sequence[Place], bodies: Sequence[dict[str, Any]], count: int, pace: float) -> float:
    numbers = iter(range(count))
    async with aiohttp.ClientSession() as session:

        async def post(n: int) -> None:
            there, headers = places[n % len(places)]
            body = {**bodies[n % len(bodies)], **there}
            async with session.post(url, json=body, headers=headers) as answer:
                if not (await answer.json())["ok"]:
                    raise SystemExit("the bare loop was refused")

        async def post_on() -> None:
            for n in numbers:
                await post(n)

        began, started = own_cpu(), time.monotonic()
        if pace:
            async with asyncio.TaskGroup() as group:
                for n in numbers:
                    group.create_task(post(n))
                    await asyncio.sleep(max(0.0, started + (n + 1) / pace - time.monotonic()))
        else:
            await asyncio.gather(*(post_on() for _ in range(IN_FLIGHT)))
        return (own_cpu() - began) / count * 1000


def own_cpu() -> float:
    """CPU seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(asyncio.run(_loop(**json.load(sys.stdin))))
