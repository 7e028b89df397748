"""Both ends of a fake in a process of its own, for benchmarks and chaos runs."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import aiohttp

from tests.fakes.served import Served

_ROOT = Path(__file__).parents[2]


# --- the fake's end -----------------------------------------------------------------------------------------------


def arguments(platform: str) -> argparse.ArgumentParser:
    """What every fake can be told."""
    name = platform.title()
    parser = argparse.ArgumentParser(prog=f"python -m tests.fakes.{platform}", description=f"A fake {name}.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--strict", type=float, default=1.0, help="the part of what is sent that is judged closely")
    parser.add_argument("--limits", choices=["on", "off"], default="on")
    parser.add_argument("--seed", type=int, default=0, help="for faults by lot")
    parser.add_argument("--no-gc", action="store_true", help="no garbage collection, for benchmarks: no pauses")
    parser.add_argument("--record", type=Path, help="append a line of JSON for every post")
    return parser


async def serve(fake: Served[Any], hello: Callable[[], dict[str, Any]], *, no_gc: bool) -> None:
    """Print a line of JSON that says where it is, and serve until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stop.set)
    if no_gc:
        gc.disable()
    async with fake:
        sys.stdout.write(json.dumps(hello()) + "\n")
        sys.stdout.flush()
        await stop.wait()


# --- the other end ------------------------------------------------------------------------------------------------


class Remote:
    """The fake's strings: `await remote.ask("says", user=1, text="/start")`. What can be asked is in the platform's
    `control.DEEDS`."""

    platform: str

    def __init__(self, hello: dict[str, Any], pid: int, session: aiohttp.ClientSession) -> None:
        self.url: str = hello["url"]
        self.pid = pid
        self._session = session

    async def ask(self, deed: str, /, **order: Any) -> Any:
        """Do it there. Raises RuntimeError with the reason where that fails."""
        async with self._session.post(f"{self.url}/fake/{deed}", json=order) as response:
            answer = await response.json()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    async def stats(self) -> SimpleNamespace:
        """Its counters, by name."""
        return SimpleNamespace(**await self.ask("stats"))

    @classmethod
    @asynccontextmanager
    async def spawn(cls, options: Sequence[str]) -> AsyncIterator[Self]:
        """Run `python -m tests.fakes.<platform>` with these options until the end of the block."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"tests.fakes.{cls.platform}", *options, stdout=asyncio.subprocess.PIPE, cwd=_ROOT
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                line = await process.stdout.readline()
            hello = json.loads(line or b"{}")
            if "url" not in hello:
                raise RuntimeError(f"the fake {cls.platform.title()} did not start")
            # A connection each: one that "dark" has cut is not used again.
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
                yield cls(hello, process.pid, session)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()
