"""A database is made, brought up to date, shared by processes, and survives their death."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.model import ChatKind
from bot.store import Store, StoreError, schema
from bot.store.database import connect
from bot.store.migrations import migrate, upgrade
from tests.fakes.archive import changed_since
from tests.store.desk import ATTENTION, NOW, SCALING, Desk, at, later

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'folder' / 'paperboy.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


async def differences(url: str) -> list[object]:
    database = await connect(url)

    def compare(connection: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), schema.metadata))

    try:
        return await database.read(compare)
    finally:
        await database.close()


def made(connection: sa.Connection) -> dict[str, object]:
    """Everything in a database by names: what each table is made of, and its rows."""
    found = sa.inspect(connection)

    def told(parts: Iterable[Mapping[str, Any]]) -> list[str]:
        return sorted(json.dumps(part, sort_keys=True, default=str) for part in parts)

    return {
        name: {
            "columns": told(found.get_columns(name)),
            "primary key": str(found.get_pk_constraint(name)),
            "foreign keys": told(found.get_foreign_keys(name)),
            "unique": told(found.get_unique_constraints(name)),
            "checks": told(found.get_check_constraints(name)),
            "indexes": told(found.get_indexes(name)),
            "rows": sorted(map(str, connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))))),
        }
        for name in found.get_table_names()
    }


async def test_an_empty_database_becomes_what_the_migrations_lead_to(empty_url: str) -> None:
    async def after(url: str, step: Callable[[sa.Connection], object]) -> dict[str, object]:
        database = await connect(url)
        try:
            await database.write(step)
            return await database.read(made)
        finally:
            await database.close()

    at_once = await after(empty_url, upgrade)
    database = await connect(empty_url)
    await database.write(schema.metadata.drop_all)
    await database.write(lambda tx: tx.execute(sa.text("DROP TABLE alembic_version")))
    await database.close()
    assert "meta" in at_once
    assert await after(empty_url, migrate) == at_once


async def test_a_database_of_the_first_version_is_brought_up_to_date(empty_url: str) -> None:
    database = await connect(empty_url)
    await database.write(partial(migrate, to="0001"))
    await database.close()
    store = await Store.open(empty_url)
    try:
        assert await store.migrate()
        await store.check()
        await Desk(store).put(ATTENTION)
    finally:
        await store.close()
    assert await differences(empty_url) == []


async def test_an_empty_database_gets_the_tables_of_the_code(empty_url: str) -> None:
    store = await Store.open(empty_url)
    try:
        with pytest.raises(StoreError, match="run `paperboy migrate`"):
            await store.check()
        assert await store.migrate()
        await store.check()
        assert not await store.migrate()
        await Desk(store).put(ATTENTION)
        assert not await store.migrate()
        assert len(await store.papers.latest()) == 1
    finally:
        await store.close()
    assert await differences(empty_url) == []


async def test_processes_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    stores = await asyncio.gather(*(Store.open(empty_url) for _ in range(5)))
    try:
        done = await asyncio.gather(*(store.migrate() for store in stores))
    finally:
        for store in stores:
            await store.close()
    assert sorted(done) == [False, False, False, False, True]
    assert await differences(empty_url) == []


async def test_a_database_of_another_version_is_named(store: Store, database_url: str) -> None:
    database = await connect(database_url)
    await database.write(lambda tx: tx.execute(sa.text("UPDATE alembic_version SET version_num = '0000'")))
    await database.close()
    with pytest.raises(StoreError, match="version 0000, paperboy needs"):
        await store.check()


async def test_a_database_of_a_newer_paperboy_is_left_as_it_is_and_the_sentence_says_so(
    store: Store, database_url: str
) -> None:
    database = await connect(database_url)
    await database.write(lambda tx: tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    for step in (store.check, store.migrate):
        with pytest.raises(StoreError, match="version 9999, newer than this Paperboy") as caught:
            await step()
        assert "paperboy migrate" not in str(caught.value)


async def test_a_sqlite_database_is_its_owners_alone(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    store = await Store.open(sqlite_url)
    try:
        await Desk(store).put(ATTENTION)
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    finally:
        await store.close()


async def test_a_store_can_live_in_memory() -> None:
    store = await Store.open("sqlite://")
    try:
        await store.migrate()
        desk = Desk(store)
        await asyncio.gather(desk.put(ATTENTION, name="a.txt"), desk.put(SCALING, name="b.txt"), store.papers.latest())
        assert len(await store.papers.latest()) == 2
    finally:
        await store.close()


SECRET = "pass-word"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:{SECRET}@no-such-host.invalid/db",
        f"postgresql://user:{SECRET}@/db?host=/nowhere/at/all",
        f"postgresql://user:p/{SECRET}@host:port/db",
        f"postgresql://user@127.0.0.1:1/db?password={SECRET}",
        f"postgresql://user:{SECRET}@host/db?foo={SECRET}",
        f"postgresql://user:{SECRET}@host/db?port=x",
        f"mysql://user:{SECRET}@host/db",
        f"user:{SECRET}@host",
    ],
)
async def test_a_password_is_never_shown(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        await Store.open(url)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "postgresql://user@host/db?foo=1",
            "BOT_DATABASE has 'foo' behind its question mark, where there may be only ssl",
        ),
        (
            "postgresql://user@host/db?sslmode=require&channel_binding=require",
            "BOT_DATABASE has 'channel_binding' behind",
        ),
        ("postgresql://user@host/db?port=x", "BOT_DATABASE is no address of PostgreSQL: "),
        ("mysql://user@host/db", "BOT_DATABASE must begin with sqlite: or postgresql:, not with mysql:"),
        ("paperboy.db", "BOT_DATABASE is not an address such as sqlite:"),
    ],
)
async def test_a_wrong_address_is_one_sentence_that_names_the_variable(address: str, said: str) -> None:
    with pytest.raises(StoreError) as caught:
        await Store.open(address)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


async def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("this is no database, whatever it says" * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        await Store.open(f"sqlite:///{file}")
    with pytest.raises(StoreError, match="cannot be opened"):
        await Store.open(f"sqlite:///{file}/below/paperboy.db")


async def test_a_failed_statement_does_not_show_what_people_wrote(desk: Desk) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key|integrity") as caught:
        await desk.store.searches.keep(
            chat_id=404, query="a private question", literal=False, paper_ids=(), total=0, now=NOW
        )
    assert "private question" not in str(caught.value)


WRITER = """
import asyncio, sys
from bot.store import Store
from tests.store.desk import *

async def main():
    store = await Store.open(sys.argv[1])
    desk = Desk(store)
    for number in range(int(sys.argv[2])):
        await desk.put(a_paper(f"{sys.argv[3]} {number} alpha"), a_paper(f"{sys.argv[3]} {number} beta"),
            name=f"{sys.argv[3]}-{number}.txt", now=later(number))
        print(number, flush=True)
    await store.close()

asyncio.run(main())
"""


async def writer(url: str, count: int, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, url, str(count), name, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def test_another_process_may_write_at_the_same_time(desk: Desk, database_url: str) -> None:
    process = await writer(database_url, 15, "Theirs")
    for number in range(15):
        await desk.put(SCALING, name=f"ours-{number}.txt", now=later(number))
        await desk.store.papers.latest()
    await process.communicate()
    assert process.returncode == 0
    assert len(await desk.store.digests.files()) == 30
    assert await desk.store.papers.revision() == 30


async def test_a_process_that_is_killed_while_writing_leaves_whole_transactions_only(
    desk: Desk, database_url: str
) -> None:
    process = await writer(database_url, 10_000, "Killed")
    assert process.stdout is not None
    said = 0
    while said < 10:
        said = int(await process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    said += len((await process.communicate())[0].splitlines())
    assert process.returncode == -signal.SIGKILL

    files = await desk.store.digests.files()
    assert len(files) in (said + 1, said + 2), "what was said to be stored is stored"
    revision, papers = await changed_since(desk.store, 0)
    assert revision == len(files)
    assert len(papers) == 2 * len(files)
    assert (await desk.store.papers.tags())[0].count == len(papers)
    await desk.put(ATTENTION, name="next.txt", now=later(20_000))


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(desk: Desk) -> None:
    for delay in (0, 0.001, 0.003, 0.005):
        task = asyncio.create_task(desk.put(ATTENTION, SCALING, name=f"{delay}.txt"))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(
        desk.store.chats.meet(at("1"), kind=ChatKind.GROUP, title="", language="ko", zone="UTC", now=NOW), 10
    )
    _, papers = await changed_since(desk.store, 0)
    assert len(papers) == 2 * len(await desk.store.digests.files())


async def test_a_database_has_an_id_of_its_own_that_a_restart_keeps(empty_url: str, tmp_path: Path) -> None:
    async def archive(url: str, askers: int = 1) -> set[str]:
        store = await Store.open(url)
        try:
            await store.migrate()
            return set(await asyncio.gather(*(store.papers.archive() for _ in range(askers))))
        finally:
            await store.close()

    (first,) = await archive(empty_url, askers=5)
    assert await archive(empty_url) == {first}
    assert await archive(f"sqlite:///{tmp_path / 'other.db'}") != {first}
