"""Everything Paperboy remembers: digests, papers, chats, and the ledger of deliveries. The only home of SQLAlchemy.

Every public method of the parts is one transaction; only values go in and come out. `now` is always passed in and
must be aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Self

from bot.store.chats import UNSET, Chats, Unset
from bot.store.clock import HouseClock
from bot.store.copying import copy
from bot.store.database import Database, StoreError, connect, moment
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.inbox import Inbox
from bot.store.installations import Installation, Installations
from bot.store.leases import CLOCK_WRONG, LeaseLost, Leases, shard_of
from bot.store.migrations import HEAD, refuse_newer, upgrade, version
from bot.store.overview import Overview
from bot.store.papers import Papers
from bot.store.searches import Searches
from bot.store.signals import DUE, EVERYTHING, LEASES, Signals
from bot.store.trail import Trail
from bot.store.values import (
    Agenda,
    ArchiveCounts,
    Backlog,
    Broadcast,
    ChatChange,
    ChatCounts,
    ChatMoves,
    ChatSleeps,
    ChatWaits,
    Decision,
    Due,
    Failure,
    Head,
    KnownFile,
    LaneCounts,
    LaneNow,
    LaneState,
    Lease,
    Planned,
    Posting,
    PublishResult,
    PutResult,
    Result,
    SearchPage,
    Step,
    StoredProblem,
)

__all__ = [
    "CLOCK_WRONG",
    "DUE",
    "EVERYTHING",
    "LEASES",
    "UNSET",
    "Agenda",
    "ArchiveCounts",
    "Backlog",
    "Broadcast",
    "ChatChange",
    "ChatCounts",
    "ChatMoves",
    "ChatSleeps",
    "ChatWaits",
    "Chats",
    "Decision",
    "Deliveries",
    "Digests",
    "Due",
    "Failure",
    "Head",
    "HouseClock",
    "Inbox",
    "Installation",
    "Installations",
    "KnownFile",
    "LaneCounts",
    "LaneNow",
    "LaneState",
    "Lease",
    "LeaseLost",
    "Leases",
    "Overview",
    "Papers",
    "Planned",
    "Posting",
    "PublishResult",
    "PutResult",
    "Result",
    "SearchPage",
    "Searches",
    "Signals",
    "Step",
    "Store",
    "StoreError",
    "StoredProblem",
    "Trail",
    "Unset",
    "shard_of",
]


class Store:
    """A database and its parts. Make it with `open`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.digests = Digests(database)
        self.papers = Papers(database)
        self.chats = Chats(database)
        self.deliveries = Deliveries(database)
        self.leases = Leases(database)
        self.searches = Searches(database)
        self.signals = Signals(database)
        self.overview = Overview(database)
        self.inbox = Inbox(database)
        self.trail = Trail(database)
        self.installations = Installations(database)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open `sqlite:////path/file.db`, `sqlite://` (in memory) or `postgresql://user:password@host/name`.

        Raises StoreError with one sentence that holds no password.
        """
        return cls(await connect(url))

    async def moment(self) -> datetime:
        """The time by the database's clock. Raises StoreError."""
        return await self._database.read(partial(moment, self._database))

    async def migrate(self) -> bool:
        """Bring the database up to date; True if there was anything to do. Safe in several processes at once.

        Raises StoreError for a database of a newer Paperboy.
        """
        return await self._database.write(upgrade)

    async def copy_from(self, url: str) -> Mapping[str, int]:
        """Take over all that the SQLite file at `url` knows: rows by table. This database must be a PostgreSQL that is
        migrated and holds nothing.

        Raises StoreError, and then nothing was copied.
        """
        if self._database.dialect != "postgresql":
            raise StoreError(
                "BOT_DATABASE is no PostgreSQL: a SQLite file is copied as docs/scaling.md says of backups"
            )
        source = await connect(url)
        try:
            return await self._database.write(partial(copy, source))
        finally:
            await source.close()

    async def check(self) -> None:
        """Raise StoreError unless the database is up to date."""
        found = await self._database.read(version)
        refuse_newer(found)
        if found != HEAD:
            raise StoreError(
                f"the database is at version {found or 'none'}, paperboy needs {HEAD}: run `paperboy migrate`"
            )

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()
