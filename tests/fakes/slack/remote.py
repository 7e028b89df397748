"""A fake Slack in a process of its own, for benchmarks and chaos runs."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp

_ROOT = Path(__file__).parents[3]


class RemoteSlack:
    """Its strings: `await remote.ask("commands", user="U…", line="/papers help")`; see `control.DEEDS` for what can
    be asked."""

    def __init__(self, hello: dict[str, Any], pid: int, session: aiohttp.ClientSession) -> None:
        self.url: str = hello["url"]
        self.api_base: str = hello["api_base"]
        self.team: str = hello["team"]
        self.bot_token: str = hello["bot_token"]
        self.tokens: dict[str, str] = hello["tokens"]
        self.app_token: str = hello["app_token"]
        self.signing_secret: str = hello["signing_secret"]
        self.client_id: str = hello["client_id"]
        self.client_secret: str = hello["client_secret"]
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


@asynccontextmanager
async def spawn(*arguments: str) -> AsyncIterator[RemoteSlack]:
    """Run `python -m tests.fakes.slack` with these arguments until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.slack", *arguments, stdout=asyncio.subprocess.PIPE, cwd=_ROOT
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        hello = json.loads(line or b"{}")
        if "url" not in hello:
            raise RuntimeError("the fake Slack did not start")
        # A connection each: one that "dark" has cut is not used again.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            yield RemoteSlack(hello, process.pid, session)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()
