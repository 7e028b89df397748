"""Which of the platforms' updates were dealt with, for platforms that may bring the same one twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, select

from bot.store.database import Part, insert, reading, writing
from bot.store.schema import inbox

KEPT: Final = timedelta(days=2)
"""How long an update is remembered: twice as long as any platform keeps one."""


class Inbox(Part):
    """Updates by their lane and number."""

    @writing
    def first_time(self, tx: Connection, lane: str, number: int, now: datetime) -> bool:
        """Put an update on record; False where it is there already. Of many who ask at once, one gets True."""
        tx.execute(sa.delete(inbox).where(inbox.c.seen_at < now - KEPT))
        added = insert(self.database, inbox).values(lane=lane, number=number, seen_at=now).on_conflict_do_nothing()
        return tx.execute(added.returning(inbox.c.number)).one_or_none() is not None

    @reading
    def seen(self, tx: Connection, lane: str, number: int) -> bool:
        """Whether an update is on record."""
        there = select(inbox.c.number).where(inbox.c.lane == lane, inbox.c.number == number)
        return tx.execute(there).one_or_none() is not None
