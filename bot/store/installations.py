"""Who installed Paperboy, on platforms that have it installed; and one-time tickets for those who are about to.

It knows no platform: `data` is the adapter's own, and a secret comes here encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, select

from bot.store.database import Part, StoreError, insert, reading, writing
from bot.store.schema import installation, ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Paperboy on one lane of a platform. `data` is JSON; `secret` is ciphertext, None where the settings hold it.
    `reason` says why one that is not `active` is not."""

    lane: str
    data: Mapping[str, Any]
    secret: str | None
    active: bool
    reason: str | None
    updated_at: datetime

    def __repr__(self) -> str:
        return f"<Installation {self.lane}>"


class Installations(Part):
    """Installations by their lane, and tickets by their id."""

    @reading
    def of(self, tx: Connection, platform: str) -> list[Installation]:
        """Every installation on a platform, active or not, by lane."""
        mine = installation.c.lane.startswith(f"{platform}:", autoescape=True)
        return [_installation(row) for row in tx.execute(select(installation).where(mine).order_by("lane"))]

    @writing
    def put(
        self,
        tx: Connection,
        lane: str,
        *,
        data: Mapping[str, Any],
        secret: str | None,
        active: bool,
        reason: str | None,
        now: datetime,
    ) -> None:
        """Write one down, in the place of what was there."""
        values = {"data": dict(data), "secret": secret, "active": active, "reason": reason, "updated_at": now}
        statement = insert(self.database, installation).values(lane=lane, **values)
        tx.execute(statement.on_conflict_do_update(index_elements=["lane"], set_=values))

    @writing
    def change(self, tx: Connection, lane: str, data: Mapping[str, Any], *, now: datetime) -> None:
        """Replace some of the entries of its `data`. Raises StoreError where there is none."""
        its = installation.c.lane == lane
        row = tx.execute(select(installation.c.data).where(its).with_for_update()).one_or_none()
        if row is None:
            raise StoreError(f"there is no installation {lane}")
        tx.execute(sa.update(installation).where(its).values(data={**row.data, **data}, updated_at=now))

    @writing
    def deactivate(self, tx: Connection, lane: str, *, reason: str, now: datetime) -> None:
        """It was uninstalled: its secret is of no use any more and is forgotten, the rest stays for its return."""
        its = sa.update(installation).where(installation.c.lane == lane)
        tx.execute(its.values(active=False, secret=None, reason=reason, updated_at=now))

    @writing
    def issue(self, tx: Connection, ticket_id: str, purpose: str, *, expires_at: datetime, now: datetime) -> None:
        """Give out a ticket, whose id nobody can guess."""
        tx.execute(sa.delete(ticket).where(ticket.c.expires_at <= now))
        tx.execute(sa.insert(ticket).values(id=ticket_id, purpose=purpose, expires_at=expires_at))

    @writing
    def redeem(self, tx: Connection, ticket_id: str, purpose: str, *, now: datetime) -> bool:
        """Take a ticket back. Of many who bring the same one, one gets True, if it is in time."""
        its = sa.delete(ticket).where(ticket.c.id == ticket_id, ticket.c.purpose == purpose)
        row = tx.execute(its.returning(ticket.c.expires_at)).one_or_none()
        return row is not None and row.expires_at > now


def _installation(row: Any) -> Installation:
    return Installation(
        lane=row.lane,
        data=row.data,
        secret=row.secret,
        active=row.active,
        reason=row.reason,
        updated_at=row.updated_at,
    )
