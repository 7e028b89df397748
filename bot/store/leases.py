"""Who owns which lanes. What is leased is a shard of lanes, so that thousands of idle lanes cost nothing."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, select

from bot.store.database import Part, StoreError, insert, reading, writing
from bot.store.schema import lane, shard
from bot.store.values import LaneState, Lease

SHARDS: Final = 64
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)

_moment = shard.c.lease_until.type
_FREE: Final = (
    select(shard.c.id, shard.c.epoch)
    .where(
        sa.or_(shard.c.owner.is_(None), shard.c.lease_until <= bindparam("now", type_=_moment)),
        select(1).where(lane.c.shard == shard.c.id).exists(),
    )
    .order_by(shard.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=shard)
)
_OURS: Final = (shard.c.id == bindparam("shard"), shard.c.owner == bindparam("us"), shard.c.epoch == bindparam("e"))
_HELD: Final = select(1).select_from(shard).where(*_OURS).with_for_update(read=True)


class LeaseLost(StoreError):
    """Somebody else owns the lane by now; nothing was written."""


class Leases(Part):
    """Leases on shards of lanes."""

    @writing
    def register(self, tx: Connection, lanes: Sequence[str]) -> None:
        """Make lanes known, each in the shard that its name gives."""
        if not lanes:
            return
        shards = {name: shard_of(name) for name in lanes}
        new_shards = insert(self.database, shard).on_conflict_do_nothing()
        tx.execute(new_shards, [{"id": number, "epoch": 0} for number in sorted(set(shards.values()))])
        new_lanes = insert(self.database, lane).on_conflict_do_nothing()
        tx.execute(new_lanes, [{"name": name, "shard": number} for name, number in sorted(shards.items())])

    @writing
    def acquire(
        self, tx: Connection, owner: str, *, now: datetime, ttl: timedelta, at_most: int | None = None
    ) -> list[Lease]:
        """Take shards that nobody holds any more, `at_most` so many of them."""
        free = tx.execute(_FREE, {"now": now, "limit": SHARDS if at_most is None else at_most}).all()
        leases = [Lease(shard=key, owner=owner, epoch=epoch + 1, until=now + ttl) for key, epoch in free]
        take = sa.update(shard).where(shard.c.id == bindparam("key"))
        for lease in leases:
            tx.execute(take.values(owner=owner, epoch=lease.epoch, lease_until=lease.until), {"key": lease.shard})
        return leases

    @writing
    def renew(self, tx: Connection, leases: Sequence[Lease], *, now: datetime, ttl: timedelta) -> list[Lease]:
        """Hold leases longer. Those that somebody else has taken are not among the answer."""
        longer = sa.update(shard).where(*_OURS).values(lease_until=now + ttl)
        return [
            Lease(shard=lease.shard, owner=lease.owner, epoch=lease.epoch, until=now + ttl)
            for lease in sorted(leases, key=lambda lease: lease.shard)
            if tx.execute(longer, _parameters(lease)).rowcount
        ]

    @writing
    def release(self, tx: Connection, leases: Sequence[Lease]) -> None:
        """Give leases back before their time."""
        for lease in sorted(leases, key=lambda lease: lease.shard):
            tx.execute(sa.update(shard).where(*_OURS).values(owner=None, lease_until=None), _parameters(lease))

    @reading
    def shards(self, tx: Connection) -> list[Lease]:
        """Every shard that has lanes, with who holds it; `owner` is "" where nobody does."""
        statement = select(shard).where(select(1).where(lane.c.shard == shard.c.id).exists()).order_by(shard.c.id)
        return [
            Lease(shard=row.id, owner=row.owner or "", epoch=row.epoch, until=row.lease_until or _NEVER)
            for row in tx.execute(statement)
        ]

    @reading
    def lanes(self, tx: Connection, lease: Lease) -> list[LaneState]:
        """The lanes of a shard, by name."""
        statement = select(lane.c.name, lane.c.paused_until, lane.c.reason).order_by(lane.c.name)
        rows = tx.execute(statement.where(lane.c.shard == lease.shard))
        return [LaneState(name=name, paused_until=until, reason=reason) for name, until, reason in rows]

    @writing
    def hold_lane(self, tx: Connection, name: str, until: datetime | None, reason: str | None) -> None:
        """Remember until when a lane's platform wants nothing from it; None: it may be used again."""
        tx.execute(sa.update(lane).where(lane.c.name == name).values(paused_until=until, reason=reason))


def shard_of(name: str) -> int:
    """The shard of a lane, the same in every process and for ever."""
    return zlib.crc32(name.encode()) % SHARDS


def check_lease(tx: Connection, lease: Lease) -> None:
    """Raise LeaseLost unless the lease is still ours; nobody can take it before this transaction ends."""
    if tx.execute(_HELD, _parameters(lease)).first() is None:
        raise LeaseLost(f"shard {lease.shard} is no longer ours")


def _parameters(lease: Lease) -> dict[str, int | str]:
    return {"shard": lease.shard, "us": lease.owner, "e": lease.epoch}
