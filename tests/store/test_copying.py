"""A house grows: all that a SQLite file knows goes on in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.model import Delivery
from bot.store import Store, StoreError, schema
from bot.store.database import connect
from tests.store.desk import ATTENTION, FIXED, LORA, NOW, SCALING, Desk, later


@pytest.fixture
async def old(sqlite_url: str) -> AsyncIterator[Desk]:
    """A desk over the file from which all is copied."""
    store = await Store.open(sqlite_url)
    yield Desk(store)
    await store.close()


@pytest.fixture
async def new(postgres_url: str) -> AsyncIterator[Desk]:
    """A desk over the database that takes it over."""
    store = await Store.open(postgres_url)
    yield Desk(store)
    await store.close()


async def lives(desk: Desk) -> list[Delivery]:
    """Some days of a house: a correction, a chat that left, a workspace, a search, what was sent and what is owed."""
    chat = await desk.meet()
    await desk.put(ATTENTION, SCALING)
    await desk.plan(now=later(60))
    lease = await desk.lease()
    sent = await desk.send_all(lease, now=later(61))
    await desk.put(FIXED, SCALING, now=later(70))
    await desk.put(LORA, name="2026-03-03.txt", now=later(80))
    await desk.plan(now=later(90))
    gone = await desk.meet("101")
    await desk.store.chats.sleep(gone.id, "blocked\0 \ud800 우리", later(91))
    await desk.store.chats.subscribe(chat.id, "RLHF 이론", "rlhf 이론", now=later(92))
    await desk.store.installations.put(
        "slack:T1", data={"bot": "U1", "of": ["a", "한"]}, secret="?", active=True, reason=None, now=later(93)
    )
    await desk.store.searches.keep(
        chat_id=chat.id, query="라마 3", literal=False, paper_ids=(2, 1), total=2, now=later(94)
    )
    await desk.store.leases.release([lease])
    return sent


async def rows(url: str) -> dict[str, list[Any]]:
    """All that a database holds, by tables."""
    database = await connect(url)

    def read(tx: sa.Connection) -> dict[str, list[Any]]:
        return {table.name: sorted(map(repr, tx.execute(sa.select(table)))) for table in schema.metadata.sorted_tables}

    try:
        return await database.read(read)
    finally:
        await database.close()


async def test_everything_goes_over_as_it_was_and_life_goes_on_there(
    old: Desk, new: Desk, sqlite_url: str, postgres_url: str
) -> None:
    sent = await lives(old)
    before = await rows(sqlite_url)
    copied = await new.store.copy_from(sqlite_url)
    assert await rows(postgres_url) == before == await rows(sqlite_url)
    assert (copied["paper"], copied["chat"], copied["subscription"]) == (3, 2, 3)
    assert {name: count for name, count in copied.items() if count} == {
        name: len(held) for name, held in before.items() if held
    }

    lease = await new.lease(now=later(100))
    owed = await new.send_all(lease, now=later(101))
    assert {(each.paper_id, each.kind) for each in owed}.isdisjoint((each.paper_id, each.kind) for each in sent)
    assert [each.kind.value for each in owed] == ["edit", "post"]


async def test_no_number_is_given_out_twice(old: Desk, new: Desk, sqlite_url: str) -> None:
    chat = await old.meet()
    await old.store.chats.subscribe(chat.id, "moe", "moe", now=NOW)
    last = (await old.store.chats.subscriptions(chat.id))[-1]
    await old.store.chats.unsubscribe(chat.id, [last.id], now=NOW)
    await new.store.copy_from(sqlite_url)
    await new.store.chats.subscribe(chat.id, "dpo", "dpo", now=NOW)
    assert (await new.store.chats.subscriptions(chat.id))[-1].id == last.id + 1
    assert (await new.meet("101")).id == chat.id + 1


async def test_nothing_is_copied_over_what_is_there_already(old: Desk, new: Desk, sqlite_url: str) -> None:
    await lives(old)
    there = await new.meet("7")
    with pytest.raises(StoreError, match="is not empty: it knows digests, chats or installations already"):
        await new.store.copy_from(sqlite_url)
    assert await new.store.chats.get(there.id) == there
    assert await new.store.papers.get([1, 2, 3]) == {}


async def test_a_file_that_somebody_works_with_is_not_copied(old: Desk, new: Desk, sqlite_url: str) -> None:
    await old.meet()
    lease = await old.lease(now=await old.store.moment(), ttl=60)
    with pytest.raises(StoreError, match="a Paperboy runs with that file: stop it first"):
        await new.store.copy_from(sqlite_url)
    await old.store.leases.release([lease])
    assert (await new.store.copy_from(sqlite_url))["chat"] == 1


async def test_a_crash_leaves_a_lease_that_runs_out(old: Desk, new: Desk, sqlite_url: str) -> None:
    await old.lease(now=await old.store.moment() - timedelta(seconds=9), ttl=4)
    await new.store.copy_from(sqlite_url)


async def test_only_a_file_of_todays_paperboy_is_copied(tmp_path: Path, new: Desk, old: Desk, sqlite_url: str) -> None:
    with pytest.raises(StoreError, match=r"the file is none of Paperboy's$"):
        await new.store.copy_from(f"sqlite:///{tmp_path}/other.db")
    database = await connect(sqlite_url)
    await database.write(lambda tx: tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'"))
    await database.close()
    with pytest.raises(
        StoreError, match=r"the file is at version 0004, not at .*: run this Paperboy's `migrate` with it first"
    ):
        await new.store.copy_from(sqlite_url)


async def test_a_sqlite_file_takes_over_nothing(old: Desk, postgres_url: str, sqlite_url: str) -> None:
    with pytest.raises(StoreError, match="BOT_DATABASE is no PostgreSQL: a SQLite file is copied as"):
        await old.store.copy_from(sqlite_url)
