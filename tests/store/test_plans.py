"""What is done for every delivery stays cheap however long the ledger grows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.model import Retry, Sent
from bot.store import Result, Step, Store
from bot.traces import Heard
from tests.store.desk import ATTENTION, FIXED, LANE, SCALING, Desk, later

SMALL = {"tag", "paper", "lane", "shard", "json_each", "meta"}


async def test_no_statement_on_the_way_of_a_delivery_reads_a_whole_table(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)
    said: dict[str, Any] = {}
    try:
        desk = Desk(store)
        chats = [await desk.meet(str(number)) for number in range(3)]
        await desk.put(ATTENTION, SCALING)
        lease = await desk.lease()

        @event.listens_for(store._database.engine.core, "before_cursor_execute")
        def note(
            _connection: object, _cursor: object, statement: str, values: Any, _context: object, many: bool
        ) -> None:
            said[statement] = values[0] if many else values

        await desk.plan()
        first, second, *_ = await desk.load(now=later(1), skip=[chats[2].id])
        await desk.load(now=later(1))
        await desk.store.deliveries.next_due(LANE, later(1))
        await desk.start(lease, first.delivery.id, second.delivery.id, now=later(1))
        await desk.put(FIXED, SCALING, now=later(2))
        results = [
            Result(delivery_id=first.delivery.id, chat_id=first.chat.id, outcome=Sent(receipt="1", content_hash="old")),
            Result(delivery_id=second.delivery.id, chat_id=second.chat.id, outcome=Retry(at=later(9), reason="slow")),
        ]
        await desk.store.deliveries.step(Step(lane=LANE, lease=lease, results=results, intents=(), now=later(3)))
        await desk.put(SCALING, now=later(4))
        await desk.send_all(lease, now=later(10))
        await desk.store.deliveries.interrupted(LANE)
        await desk.store.deliveries.owe(chats[0].id, [1], later(10))
        await desk.store.chats.find(chats[0].address)
        await desk.store.deliveries.of_paper(chats[0].id, 1)
        await desk.store.trail.note(LANE, {"100": Heard(messages=((1, 2),))}, later(10))
        await desk.store.trail.ask(LANE, "100")
        await desk.store.trail.answer(LANE, await desk.store.trail.questions(LANE))
        await desk.store.trail.traces(LANE, "0", first.delivery.key)
        await desk.store.chats.sleep(chats[0].id, "blocked", later(10))
        _, changed = await desk.store.papers.changed_since(1)
        await desk.store.papers.get(changed)
    finally:
        await store.close()

    connection = sqlite3.connect(Path(sqlite_url.removeprefix("sqlite:///")))
    scans = {
        statement: scanned for statement, values in said.items() if (scanned := _scans(connection, statement, values))
    }
    ready = [
        statement
        for statement in said
        if statement.startswith("UPDATE delivery SET state=") and "RETURNING" in statement
    ]
    by_id = [_plan(connection, statement, said[statement])[0] for statement in ready]
    connection.close()
    assert len(said) > 20
    waking_all_chats_that_post_at_once = "posting_time IS NULL"
    assert [statement for statement in scans if waking_all_chats_that_post_at_once not in statement] == []
    assert by_id == ["SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"]


def _scans(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> list[str]:
    steps = [step for step in _plan(connection, statement, values) if step.startswith("SCAN ")]
    return [step for step in steps if step.split()[1] not in SMALL and step.split()[1] != "CONSTANT"]


def _plan(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> list[str]:
    if statement.startswith("BEGIN"):
        return [""]
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", tuple(values))]
