"""The ledger at a glance, for an operator who looks every second: nothing here reads what was sent long ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, case, func, select

from bot.model import LanePart
from bot.store.database import Part, among, reading
from bot.store.schema import awake, chat, delivery, digest, failed, lane, not_paused, paper, ready, sending, shard
from bot.store.values import Backlog, Broadcast, Failure, LaneNow, Posting

LATELY: Final = timedelta(seconds=10)
"""What counts as now for a rate: results are recorded several times a second."""
MINUTE: Final = timedelta(minutes=1)
LOOKED_AT: Final = 2_000
"""Rows of the backlog that are looked at to find out of which digests it is."""
FAILURES: Final = 100
"""Different failures that are told."""

_now = bindparam("now", type_=delivery.c.due.type)
_LANES: Final = (
    select(lane.c.name, shard.c.owner, shard.c.lease_until, shard.c.epoch, lane.c.paused_until, lane.c.reason)
    .join(shard, shard.c.id == lane.c.shard)
    .order_by(lane.c.base, lane.c.name)
)
_HELD: Final = (
    select(lane.c.paused_until, lane.c.reason)
    .where(lane.c.base == bindparam("its_base"), lane.c.paused_until > _now)
    .order_by(lane.c.paused_until.desc())
    .limit(1)
)
_count = func.count()
_READY: Final = select(delivery.c.lane, _count).where(ready()).group_by(delivery.c.lane)
_SENDING: Final = select(delivery.c.lane, _count).where(sending()).group_by(delivery.c.lane)
_FAILURES: Final = (
    select(delivery.c.lane, delivery.c.state, delivery.c.reason, _count.label("rows"))
    .where(failed())
    .group_by(delivery.c.lane, delivery.c.state, delivery.c.reason)
    .order_by(_count.desc(), delivery.c.lane, delivery.c.state)
    .limit(FAILURES)
)
_NEXT_PAPERS: Final = [
    select(delivery.c.paper_id)
    .join(chat, chat.c.id == delivery.c.chat_id)
    .where(
        delivery.c.lane == bindparam("lane"),
        ready(),
        delivery.c.due <= _now,
        awake(),
        not_paused(),
    )
    .order_by(delivery.c.due, delivery.c.id)
    .limit(LOOKED_AT),
    select(delivery.c.paper_id).where(delivery.c.lane == bindparam("lane"), sending()).limit(LOOKED_AT),
]
_DIGESTS: Final = (
    select(digest.c.id)
    .where(digest.c.id.in_(select(paper.c.digest_id).where(among(paper.c.id))))
    .order_by(digest.c.date.desc(), digest.c.id.desc())
    .limit(bindparam("limit"))
)
_since_moment = bindparam("lately", type_=delivery.c.due.type)
_since_minute = bindparam("minute", type_=delivery.c.due.type)
_sent = delivery.c.state == "sent"
_BROADCASTS: Final = (
    select(
        digest.c.id,
        digest.c.date,
        digest.c.name,
        delivery.c.lane,
        _count,
        func.sum(case((_sent, 1), else_=0)),
        func.sum(case((delivery.c.state == "unknown", 1), else_=0)),
        func.sum(case((delivery.c.state == "dead", 1), else_=0)),
        func.sum(case((sa.and_(_sent, delivery.c.updated_at > _since_moment), 1), else_=0)),
        func.sum(case((sa.and_(_sent, delivery.c.updated_at > _since_minute), 1), else_=0)),
    )
    .select_from(paper)
    .join(digest, digest.c.id == paper.c.digest_id)
    .join(delivery, delivery.c.paper_id == paper.c.id)
    .where(among(paper.c.digest_id), delivery.c.kind == "post")
    .group_by(digest.c.id, digest.c.date, digest.c.name, delivery.c.lane)
    .order_by(digest.c.date.desc(), digest.c.id.desc(), delivery.c.lane)
)
_POSTINGS: Final = (
    select(chat.c.next_post_at, _count)
    .where(awake(), chat.c.next_post_at > _now)
    .group_by(chat.c.next_post_at)
    .order_by(chat.c.next_post_at)
    .limit(bindparam("limit"))
)
_TO_PLAN: Final = select(_count).select_from(chat).where(awake(), chat.c.next_post_at <= _now, not_paused())


class Overview(Part):
    """What is going on."""

    @reading
    def lanes(self, tx: Connection) -> list[LaneNow]:
        """Every lane, its parts one by one, in the order of their names."""
        return [
            LaneNow(name=name, owner=owner or "", until=until, epoch=epoch, paused_until=paused_until, reason=reason)
            for name, owner, until, epoch, paused_until, reason in tx.execute(_LANES)
        ]

    @reading
    def held(self, tx: Connection, name: str, now: datetime) -> tuple[datetime, str | None] | None:
        """Until when, and why, the platform wants nothing from a lane; None where it may be used."""
        row = tx.execute(_HELD, {"its_base": LanePart.named(name).base, "now": now}).first()
        return None if row is None else (row.paused_until, row.reason)

    @reading
    def backlogs(self, tx: Connection) -> list[Backlog]:
        """What each lane still has to send, those without left out; costs by the length of the backlog."""
        found = defaultdict[str, dict[str, int]](dict)
        for state, statement in (("ready", _READY), ("sending", _SENDING)):
            for name, count in tx.execute(statement):
                found[name][state] = count
        return [Backlog(lane=name, **counts) for name, counts in sorted(found.items())]

    @reading
    def failures(self, tx: Connection) -> list[Failure]:
        """What is `unknown` or `dead`, by lane and reason, the most frequent first."""
        return [
            Failure(lane=name, state=state, reason=reason or "", count=count)
            for name, state, reason, count in tx.execute(_FAILURES)
        ]

    @reading
    def broadcasts(self, tx: Connection, lanes: Sequence[str], now: datetime, limit: int) -> list[Broadcast]:
        """How far each lane is with the digests that `lanes` are posting, the newest `limit` of them; costs by the
        number of chats that follow these digests."""
        papers: set[int] = set()
        for name in lanes:
            for statement in _NEXT_PAPERS:
                papers.update(tx.execute(statement, {"lane": name, "now": now}).scalars())
        if not papers:
            return []
        digests = tx.execute(_DIGESTS, {"ids": papers, "limit": limit}).scalars().all()
        values = {"ids": digests, "lately": now - LATELY, "minute": now - MINUTE}
        return [
            Broadcast(
                digest_id=key, day=day, name=name, lane=its_lane, owed=owed, posted=int(posted), unknown=int(unknown),
                dead=int(dead), last_seconds=int(lately), last_minute=int(minute),
            )
            for key, day, name, its_lane, owed, posted, unknown, dead, lately, minute in tx.execute(_BROADCASTS, values)
        ]  # fmt: skip

    @reading
    def postings(self, tx: Connection, now: datetime, limit: int) -> list[Posting]:
        """The next moments at which chats are to be looked at."""
        rows = tx.execute(_POSTINGS, {"now": now, "limit": limit})
        return [Posting(at=at, chats=count) for at, count in rows]

    @reading
    def to_plan(self, tx: Connection, now: datetime) -> int:
        """How many chats wait to be looked at."""
        return int(tx.execute(_TO_PLAN, {"now": now}).scalar_one())
