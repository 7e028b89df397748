"""Words between processes on one database, so that nobody has to look all the time: PostgreSQL's LISTEN and NOTIFY.

A word is only a hint to look: it may be lost (no listener, a pooler that cannot pass it on) and it may come twice.
SQLite has none; its processes look every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.store.database import Part, PostgresqlEngine, writing

log = logging.getLogger(__name__)

EVERYTHING: Final = "*"
"""Any lane may be owed something."""
DUE: Final = "due"
"""Chats are to be planned for."""
LEASES: Final = "leases"
"""Who has which lane has changed, or until when a lane is on hold."""

_CHANNEL: Final = "paperboy"
_WORDS: Final = 20
"""More words than this in one transaction are one: everything."""
_CHECK_SECONDS: Final = 30.0
_AGAIN_SECONDS: Final = (0.5, 30.0)
_NOTIFY: Final = sa.text("SELECT pg_notify(:channel, :word)")


def tell(tx: Connection, words: Iterable[str]) -> None:
    """Say these words when the transaction commits: names of lanes, or one of the words above."""
    if tx.dialect.name != "postgresql":
        return
    said = sorted(set(words))
    for word in said if len(said) <= _WORDS else [EVERYTHING]:
        tx.execute(_NOTIFY, {"channel": _CHANNEL, "word": word})


class Signals(Part):
    """What other processes say."""

    @writing
    def say(self, tx: Connection, word: str) -> None:
        """Say a word by itself."""
        tell(tx, [word])

    async def listen(self, heard: Callable[[str], None]) -> None:
        """Call `heard` with each word, until cancelled; with `EVERYTHING` when some may have been missed."""
        if not isinstance(self.database.engine, PostgresqlEngine):
            await asyncio.Event().wait()
        pause, longest = _AGAIN_SECONDS
        while True:
            try:
                await self._listen(heard)
                pause = _AGAIN_SECONDS[0]
            except (SQLAlchemyError, OSError) as error:
                log.debug("not listening: %s", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)

    async def _listen(self, heard: Callable[[str], None]) -> None:
        """Listen on one connection until it ends."""
        lost = asyncio.Event()

        def word(_connection: object, _pid: int, _channel: str, said: str) -> None:
            heard(said)

        engine = self.database.engine
        if not isinstance(engine, PostgresqlEngine):
            return
        async with engine.pool.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            try:
                raw.add_termination_listener(lambda _connection: lost.set())
                await raw.add_listener(_CHANNEL, word)
                await connection.commit()
                heard(EVERYTHING)
                while not lost.is_set():
                    try:
                        async with asyncio.timeout(_CHECK_SECONDS):
                            await lost.wait()
                    except TimeoutError:
                        await raw.execute("SELECT 1")
            except Exception as error:  # asyncpg has errors of its own, for which the pool is not asked here
                log.debug("listening ended: %s", type(error).__name__)
            finally:
                await connection.invalidate()
