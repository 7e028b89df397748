"""`paperboy run` as a process, for stories with a fake platform; what it says is in a file."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.fakes.terminal import ROOT, environment


@contextlib.asynccontextmanager
async def process(folder: Path, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Everything in one process, with its archive in `folder`, telling all it can into a file `log` there."""
    (folder / "seeds").mkdir(exist_ok=True)
    env = environment(folder, **{"BOT_LOG_LEVEL": "DEBUG", **settings})
    with (folder / "log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=ROOT,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                running.terminate()
            try:
                await asyncio.wait_for(running.wait(), 20)
            except TimeoutError:
                running.kill()
                await running.wait()


def log_of(folder: Path) -> str:
    """What all processes of that folder said."""
    return (folder / "log").read_text(encoding="utf-8")


def sightings(secret: str, pid: int, folder: Path) -> list[Path]:
    """Where somebody finds it who looks at the list of processes, if there is one to read, and at the data."""
    found: list[Path] = []
    for place in (Path(f"/proc/{pid}/cmdline"), *(folder / "data").rglob("*")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # files and processes come and go
            if place.is_file() and secret.encode() in place.read_bytes():
                found.append(place)
    return found
