"""All that a SQLite file knows into an empty PostgreSQL: how a house grows from one process to several."""

from __future__ import annotations

from collections import Counter
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.store.database import Database, StoreError, moment
from bot.store.migrations import HEAD, version
from bot.store.schema import chat, digest, installation, metadata, shard

_ROWS: Final = 1_000
"""Rows that are read and written at a time."""


def copy(source: Database, target: Connection) -> Counter[str]:
    """Copy each table within the transaction of `target`, a PostgreSQL, and go on counting where the file's numbers
    end: those of tags stand in buttons. How many rows of each, by the table's name.

    Nothing can write to the file meanwhile, and it stays as it is. Raises StoreError where a Paperboy runs with it,
    where it is of another version, and where the target holds something.
    """
    target.execute(sa.text("LOCK TABLE digest, chat, installation IN EXCLUSIVE MODE"))
    if any(
        target.execute(sa.select(sa.exists().select_from(each))).scalar_one() for each in (chat, digest, installation)
    ):
        raise StoreError("the database of BOT_DATABASE is not empty: it knows digests, chats or installations already")
    for table in reversed(metadata.sorted_tables):
        target.execute(sa.delete(table))
    copied: Counter[str] = Counter()
    with source.engine.core.begin() as tx:
        _refuse_others(source, tx)
        numbers = {row.name: int(row.seq) for row in tx.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))}
        for table in metadata.sorted_tables:
            for rows in tx.execute(sa.select(table)).mappings().partitions(_ROWS):
                target.execute(sa.insert(table), [dict(row) for row in rows])
                copied[table.name] += len(rows)
            if (key := table.autoincrement_column) is not None:
                last = max(numbers.get(table.name, 0), tx.execute(sa.select(sa.func.max(key))).scalar_one() or 0)
                sequence = sa.func.pg_get_serial_sequence(table.name, key.name)
                target.execute(sa.select(sa.func.setval(sequence, max(1, last), last > 0)))
        tx.rollback()
    return copied


def _refuse_others(source: Database, tx: Connection) -> None:
    """Raise StoreError for what is no database of today's Paperboy, and where one is at work."""
    if (found := version(tx)) is None:
        raise StoreError("the file is none of Paperboy's")
    if found != HEAD:
        raise StoreError(f"the file is at version {found}, not at {HEAD}: run this Paperboy's `migrate` with it first")
    held = sa.exists().where(shard.c.owner.is_not(None), shard.c.lease_until > moment(source, tx))
    if tx.execute(sa.select(held)).scalar_one():
        raise StoreError("a Paperboy runs with that file: stop it first, and try again after some seconds")
