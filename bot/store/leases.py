"""Who owns which lanes. What is leased is a shard of lanes, so that thousands of idle lanes cost nothing."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, select

from bot.model import LanePart
from bot.store.database import Part, StoreError, among, insert, reading, writing
from bot.store.schema import awake, chat, delivery, lane, not_paused, ready, shard, worker
from bot.store.signals import LEASES, tell
from bot.store.values import LaneState, Lease

SHARDS: Final = 64
CLOCK_WRONG: Final = timedelta(minutes=5)
"""A lease that ends later than one can was given by a clock that was ahead by so much: it holds nobody up."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REGISTERING: Final = 0x7061706572626F7A

_moment = shard.c.lease_until.type
_now = bindparam("now", type_=_moment)
_FREE: Final = (
    select(shard.c.id, shard.c.epoch, shard.c.owner)
    .where(
        sa.or_(
            shard.c.owner.is_(None),
            shard.c.lease_until <= _now,
            shard.c.lease_until > bindparam("absurd", type_=_moment),
        ),
        select(1).where(lane.c.shard == shard.c.id).exists(),
    )
    .order_by(shard.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=shard)
)
_OURS: Final = (shard.c.id == bindparam("shard"), shard.c.owner == bindparam("us"), shard.c.epoch == bindparam("e"))
_HELD: Final = (
    select(shard.c.id, shard.c.owner, shard.c.epoch)
    .where(among(shard.c.id))
    .order_by(shard.c.id)
    .with_for_update(read=True)
)
_SPLIT_OTHERWISE: Final = (
    select(lane.c.name, shard.c.owner, shard.c.lease_until)
    .join(shard, shard.c.id == lane.c.shard)
    .where(lane.c.base == bindparam("its_base"), lane.c.name.not_in(bindparam("parts", expanding=True)))
)
_DUE: Final = select(lane.c.name).where(
    among(lane.c.shard),
    select(1)
    .select_from(delivery.join(chat, chat.c.id == delivery.c.chat_id))
    .where(
        delivery.c.lane == lane.c.base,
        ready(),
        delivery.c.due <= _now,
        awake(),
        not_paused(),
    )
    .correlate(lane)
    .exists(),
)


class LeaseLost(StoreError):
    """Somebody else owns the lane by now; nothing was written."""


class Leases(Part):
    """Leases on shards of lanes."""

    @writing
    def register(self, tx: Connection, lanes: Sequence[str], now: datetime) -> list[str]:
        """Make lanes known, each in the shard that its name gives. Returns those that are.

        A lane that is in other parts than these is taken apart anew once nobody works on them (as of `now`) any more:
        two processes that split it differently must not both send to one chat.
        """
        if not lanes:
            return []
        bases: dict[str, list[str]] = {}
        for name in sorted(lanes):
            bases.setdefault(LanePart.named(name).base, []).append(name)
        if self.database.dialect == "postgresql":  # one after the other, so that each sees what the last one did
            tx.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _REGISTERING})
        known: list[str] = []
        for base, parts in bases.items():
            others = tx.execute(_SPLIT_OTHERWISE, {"its_base": base, "parts": parts}).all()
            if any(each.owner is not None and each.lease_until > now for each in others):
                continue
            for each in others:
                tx.execute(sa.delete(lane).where(lane.c.name == each.name))
            known += parts
        if not known:
            return []
        shards = {name: shard_of(name) for name in known}
        new_shards = insert(self.database, shard).on_conflict_do_nothing()
        tx.execute(new_shards, [{"id": number, "epoch": 0} for number in sorted(set(shards.values()))])
        new_lanes = insert(self.database, lane).on_conflict_do_nothing()
        rows = [
            {"name": name, "base": LanePart.named(name).base, "shard": number}
            for name, number in sorted(shards.items())
        ]
        tx.execute(new_lanes, rows)
        return sorted(known)

    @writing
    def attend(
        self, tx: Connection, owner: str, serves: str, leases: Sequence[Lease], *, now: datetime, ttl: timedelta
    ) -> tuple[int, list[Lease]]:
        """Note that a worker is there until `ttl` from now, and hold its leases as long.

        Returns how many there are now that serve the same, and the leases that nobody has taken.
        """
        fields = {"serves": serves, "until": now + ttl}
        statement = insert(self.database, worker).values(name=owner, **fields)
        tx.execute(statement.on_conflict_do_update(index_elements=[worker.c.name], set_=fields))
        known = tx.execute(select(worker.c.until, worker.c.serves)).all()
        if any(until <= now - ttl for until, _ in known):
            tx.execute(sa.delete(worker).where(worker.c.until <= now - ttl))
        alive = sum(until > now and its == serves for until, its in known)
        return alive, _renew(tx, leases, now, ttl)

    @writing
    def depart(self, tx: Connection, owner: str) -> None:
        """Note that a worker has gone."""
        tx.execute(sa.delete(worker).where(worker.c.name == owner))
        tell(tx, [LEASES])

    @writing
    def acquire(
        self,
        tx: Connection,
        owner: str,
        *,
        now: datetime,
        ttl: timedelta,
        at_most: int | None = None,
        among_shards: Collection[int] | None = None,
    ) -> list[Lease]:
        """Take shards that nobody holds any more, `at_most` so many of them, and only of those named if any are."""
        statement = _FREE if among_shards is None else _FREE.where(among(shard.c.id))
        values: dict[str, object] = {
            "now": now,
            "absurd": now + ttl + CLOCK_WRONG,
            "limit": SHARDS if at_most is None else at_most,
        }
        if among_shards is not None:
            values["ids"] = among_shards
        free = tx.execute(statement, values).all()
        leases = [
            Lease(shard=key, owner=owner, epoch=epoch + 1, until=now + ttl, handed=last is None and epoch > 0)
            for key, epoch, last in free
        ]
        take = sa.update(shard).where(shard.c.id == bindparam("key"))
        for lease in leases:
            tx.execute(take.values(owner=owner, epoch=lease.epoch, lease_until=lease.until), {"key": lease.shard})
        return leases

    @writing
    def renew(self, tx: Connection, leases: Sequence[Lease], *, now: datetime, ttl: timedelta) -> list[Lease]:
        """Hold leases longer. Those that somebody else has taken are not among the answer."""
        return _renew(tx, leases, now, ttl)

    @writing
    def release(self, tx: Connection, leases: Sequence[Lease]) -> None:
        """Give leases back before their time."""
        for lease in sorted(leases, key=lambda lease: lease.shard):
            tx.execute(sa.update(shard).where(*_OURS).values(owner=None, lease_until=None), _parameters(lease))
        tell(tx, [LEASES])

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

    @reading
    def lanes_due(self, tx: Connection, shards: Collection[int], now: datetime) -> set[str]:
        """The lanes of these shards that may have something to send now."""
        return set(tx.execute(_DUE, {"ids": shards, "now": now}).scalars())

    @writing
    def hold_lane(self, tx: Connection, name: str, until: datetime | None, reason: str | None) -> None:
        """Remember until when a lane's platform wants nothing from all of it, unless it wants nothing for longer
        already; None: it may be used again."""
        held = sa.update(lane).where(lane.c.base == LanePart.named(name).base)
        if until is not None:
            held = held.where(sa.or_(lane.c.paused_until.is_(None), lane.c.paused_until < until))
        tx.execute(held.values(paused_until=until, reason=reason))
        tell(tx, [LEASES])


def shard_of(name: str) -> int:
    """The shard of a lane, the same in every process and for ever; the parts of a lane are in different ones."""
    part = LanePart.named(name)
    return (zlib.crc32(part.base.encode()) + part.number) % SHARDS


def leases_held(tx: Connection, leases: Sequence[Lease]) -> set[Lease]:
    """Those of the leases that are still ours; nobody can take them before this transaction ends."""
    rows = tx.execute(_HELD, {"ids": {lease.shard for lease in leases}})
    owners = {number: (owner, epoch) for number, owner, epoch in rows}
    return {lease for lease in leases if owners.get(lease.shard) == (lease.owner, lease.epoch)}


def lease_lost(lease: Lease) -> LeaseLost:
    """The error for a lease that somebody else has by now."""
    return LeaseLost(f"shard {lease.shard} is no longer ours")


def _renew(tx: Connection, leases: Sequence[Lease], now: datetime, ttl: timedelta) -> list[Lease]:
    longer = sa.update(shard).where(*_OURS).values(lease_until=now + ttl)
    return [
        Lease(shard=lease.shard, owner=lease.owner, epoch=lease.epoch, until=now + ttl)
        for lease in sorted(leases, key=lambda lease: lease.shard)
        if tx.execute(longer, _parameters(lease)).rowcount
    ]


def _parameters(lease: Lease) -> dict[str, int | str]:
    return {"shard": lease.shard, "us": lease.owner, "e": lease.epoch}
