"""The ledger: what is owed to whom, what is on its way, and what became of it.

Locks are taken in one order everywhere: lease, meta, papers, deliveries, chats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, func, select

from bot.model import Chat, ChatKind, Delivery, DeliveryState, LanePart, StoredPaper, Subscription
from bot.store.database import Part, among, insert, insert_all, reading, writing
from bot.store.debts import new_row
from bot.store.heads import head_of, heads_known
from bot.store.leases import LeaseLost, lease_lost, leases_held
from bot.store.papers import REVISION
from bot.store.recording import record
from bot.store.rows import CHAT, DELIVERY, PAPER, SUBSCRIPTION, chat_of, delivery_of, paper_of, subscription_of
from bot.store.schema import awake, chat, delivery, not_paused, paper, ready, sending, subscription, tag
from bot.store.signals import EVERYTHING, tell
from bot.store.values import Agenda, Decision, Due, Head, LaneCounts, Planned, Step

_GAP: Final = timedelta(milliseconds=1)

_now = bindparam("now", type_=delivery.c.due.type)

_CHATS_TO_PLAN: Final = (
    select(*CHAT)
    .where(awake(), chat.c.next_post_at <= _now, not_paused())
    .order_by(chat.c.next_post_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_ANY_TO_PLAN: Final = select(
    select(1).select_from(chat).where(awake(), chat.c.next_post_at <= _now, not_paused()).exists()
)
_PAPERS_TO_PLAN: Final = (
    select(*PAPER)
    .where(paper.c.published_at > bindparam("since", type_=paper.c.published_at.type), sa.not_(paper.c.withdrawn))
    .order_by(paper.c.published_at, paper.c.date, paper.c.position)
)
_SUBSCRIPTIONS: Final = select(*SUBSCRIPTION).where(among(subscription.c.chat_id)).order_by(subscription.c.id)
_PLANNED: Final = (
    sa.update(chat)
    .where(chat.c.id == bindparam("key"))
    .values(next_post_at=bindparam("next"), planned_until=bindparam("until"))
)

_LOADABLE: Final = (
    select(*DELIVERY, *CHAT)
    .join(chat, chat.c.id == delivery.c.chat_id)
    .where(delivery.c.lane == bindparam("lane"), ready(), delivery.c.due <= _now, awake(), not_paused())
    .order_by(delivery.c.due, delivery.c.id)
    .limit(bindparam("limit"))
)
_BUT: Final = sa.not_(among(delivery.c.chat_id, "skip"))
_OF_PART: Final = delivery.c.chat_id % bindparam("parts", type_=sa.Integer) == bindparam("part", type_=sa.Integer)
_INTERRUPTED: Final = (
    select(*DELIVERY, *CHAT)
    .join(chat, chat.c.id == delivery.c.chat_id)
    .where(delivery.c.lane == bindparam("lane"), sending())
    .order_by(delivery.c.due, delivery.c.id)
)
_FOLLOWING: Final = (
    select(subscription.c.chat_id, tag.c.id)
    .join(tag, tag.c.slug == func.substr(subscription.c.canonical, 2))
    .where(among(subscription.c.chat_id), subscription.c.canonical == "#" + tag.c.slug)
)
_NEXT: Final = select(
    select(delivery.c.due)
    .join(chat, chat.c.id == delivery.c.chat_id)
    .where(delivery.c.lane == bindparam("lane"), ready(), delivery.c.due > _now, awake())
    .order_by(delivery.c.due)
    .limit(1)
    .scalar_subquery(),
    select(chat.c.paused_until)
    .where(
        chat.c.lane == bindparam("lane"),
        chat.c.paused_until > _now,
        awake(),
        select(1).where(delivery.c.chat_id == chat.c.id, ready()).correlate(chat).exists(),
    )
    .order_by(chat.c.paused_until)
    .limit(1)
    .scalar_subquery(),
)
# By chat, whose rows are few: a head's receipt is in no index.
_BY_RECEIPT: Final = (
    select(*DELIVERY)
    .where(
        delivery.c.chat_id == bindparam("chat_id"),
        delivery.c.receipt == bindparam("receipt"),
        delivery.c.kind.in_(("post", "head")),
    )
    .order_by(delivery.c.id)
    .limit(1)
)
_INTEND: Final = (
    sa.update(delivery)
    # The lane is compared as an expression, so that SQLite finds the rows by their ids and not all that the lane owes.
    .where(among(delivery.c.id), ready(), delivery.c.lane.concat("") == bindparam("its_lane"))
    .values(
        state="sending", attempts=delivery.c.attempts + 1, epoch=bindparam("its_epoch"), updated_at=bindparam("now")
    )
    .returning(delivery.c.id)
)

Decide = Callable[[Chat, Sequence[Subscription], Sequence[StoredPaper]], Decision]


class Deliveries(Part):
    """The ledger."""

    @reading
    def to_plan(self, tx: Connection, now: datetime) -> bool:
        """Whether there is a chat whose time has come: a look that costs less than `plan` does for nothing."""
        return bool(tx.execute(_ANY_TO_PLAN, {"now": now}).scalar_one())

    @writing
    def plan(self, tx: Connection, *, now: datetime, limit: int, decide: Decide) -> Planned:
        """Write down what is owed to at most `limit` chats whose time has come, and when to look at them again.

        `decide` gets a chat, its subscriptions, and papers in publishing order, among them every live one published
        after the chat's `planned_until`; it must be pure. Any number of processes may plan at once.
        """
        # Nobody withdraws or publishes a paper while it is being planned.
        tx.execute(REVISION.with_for_update(read=True))
        chats = [chat_of(row) for row in tx.execute(_CHATS_TO_PLAN, {"now": now, "limit": limit})]
        if not chats:
            return Planned(chats=0, deliveries=0)
        since = min(each.planned_until for each in chats)
        papers = [paper_of(row) for row in tx.execute(_PAPERS_TO_PLAN, {"since": since})]
        subscriptions = defaultdict[int, list[Subscription]](list)
        for row in tx.execute(_SUBSCRIPTIONS, {"ids": [each.id for each in chats]}):
            subscriptions[row[1]].append(subscription_of(row))
        owed: list[tuple[Chat, Sequence[int]]] = []
        planned: list[dict[str, Any]] = []
        for each in chats:
            plan = decide(each, subscriptions[each.id], papers)
            owed.append((each, plan.paper_ids))
            planned.append({"key": each.id, "next": plan.next_post_at, "until": plan.planned_until})
        added = self._owe(tx, owed, {stored.id: stored.digest_id for stored in papers}, now)
        tx.execute(_PLANNED, planned)
        return Planned(chats=len(chats), deliveries=added)

    @writing
    def owe(self, tx: Connection, chat_id: int, paper_ids: Sequence[int], now: datetime) -> int:
        """Owe papers to a chat, in that order, but none twice. Returns how many were new."""
        tx.execute(REVISION.with_for_update(read=True))
        live = select(paper.c.id, paper.c.digest_id).where(among(paper.c.id), sa.not_(paper.c.withdrawn))
        digests: dict[int, int] = {row.id: row.digest_id for row in tx.execute(live, {"ids": paper_ids})}
        # Locked: two processes must not each give the chat a head for the same digest.
        row = tx.execute(select(*CHAT).where(chat.c.id == chat_id).with_for_update()).one_or_none()
        if row is None:
            return 0
        return self._owe(tx, [(chat_of(row), [key for key in paper_ids if key in digests])], digests, now)

    @reading
    def interrupted(self, tx: Connection, lane: str) -> list[Due]:
        """What is on record as `sending`: for a new owner of the lane, what the last one did not finish."""
        return _dues(tx, tx.execute(*_of_lane(_INTERRUPTED, lane)))

    @reading
    def next_due(self, tx: Connection, lane: str, now: datetime) -> datetime | None:
        """The first moment after `now` at which there could be more to send than now, as far as is known yet."""
        return _next_due(tx, lane, now)

    @reading
    def agenda(
        self, tx: Connection, lane: str, *, now: datetime, limit: int, skip_chats: Collection[int] = ()
    ) -> Agenda:
        """What can be sent now through a lane, the longest due first, nothing of chats to be skipped; where that is all
        there is, what `next_due` says; and the revision of the papers."""
        revision = int(tx.execute(REVISION).scalar_one())  # first: what changes meanwhile is seen next time
        statement, values = _of_lane(_LOADABLE, lane)
        if skip_chats:
            statement, values = statement.where(_BUT), values | {"skip": skip_chats}
        dues = _dues(tx, tx.execute(statement, values | {"now": now, "limit": limit}))
        return Agenda(dues=dues, next_due=None if len(dues) >= limit else _next_due(tx, lane, now), revision=revision)

    @writing
    def step(self, tx: Connection, step: Step) -> frozenset[int]:
        """Record results and put intents on record as `sending`, in one transaction.

        Returns the intents that are on record: only those may be sent. Others have died in the meantime. Raises
        LeaseLost, with nothing written, where somebody else owns the lane. Results of deliveries that are not
        `sending` are passed over.
        """
        [end] = self._steps(tx, [step])
        if isinstance(end, LeaseLost):
            raise end
        return end

    @writing
    def steps(self, tx: Connection, steps: Sequence[Step]) -> list[frozenset[int] | LeaseLost]:
        """Several lanes' steps in one transaction. What `step` would raise about a lane's lease stands in its place."""
        return self._steps(tx, steps)

    def _steps(self, tx: Connection, steps: Sequence[Step]) -> list[frozenset[int] | LeaseLost]:
        held = leases_held(tx, [step.lease for step in steps])
        kept = [step for step in steps if step.lease in held]
        results = [result for step in kept for result in step.results]
        if results:
            record(self.database, tx, results, max(step.now for step in kept))
        begun = {id(step): _intend(tx, step) for step in kept}
        return [begun[id(step)] if step.lease in held else lease_lost(step.lease) for step in steps]

    @reading
    def listing(
        self,
        tx: Connection,
        *,
        state: DeliveryState | None = None,
        chat_id: int | None = None,
        lane: str | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """Rows of the ledger, the last changed first."""
        wanted = {"chat_id": chat_id, "lane": lane}
        statement = select(*DELIVERY).order_by(delivery.c.updated_at.desc(), delivery.c.id.desc()).limit(limit)
        if state is not None:  # written out, so that the indexes fit that are only of some states
            statement = statement.where(delivery.c.state == sa.literal_column(f"'{state.value}'"))
        for name, value in wanted.items():
            if value is not None:
                statement = statement.where(delivery.c[name] == value)
        return [delivery_of(row) for row in tx.execute(statement)]

    @writing
    def requeue(self, tx: Connection, ids: Sequence[int], now: datetime) -> int:
        """Owe again what is `unknown` or `dead`. Returns how many rows that were."""
        given_up = sa.update(delivery).where(among(delivery.c.id), delivery.c.state.in_(("unknown", "dead")))
        again = given_up.values(state="ready", due=now, attempts=0, reason=None, updated_at=now)
        tell(tx, [EVERYTHING])
        return tx.execute(again, {"ids": ids}).rowcount

    @reading
    def counts(self, tx: Connection) -> list[LaneCounts]:
        """The ledger in numbers, lane by lane."""
        states = defaultdict[str, dict[str, int]](dict)
        statement = select(delivery.c.lane, delivery.c.state, func.count()).group_by(delivery.c.lane, delivery.c.state)
        for lane, state, count in tx.execute(statement):
            states[lane][state] = count
        return [LaneCounts(lane=lane, **counts) for lane, counts in sorted(states.items())]

    @reading
    def of_paper(self, tx: Connection, chat_id: int, paper_id: int) -> list[Delivery]:
        """Every row about a paper in a chat, in the order in which they came about."""
        statement = select(*DELIVERY).where(delivery.c.chat_id == chat_id, delivery.c.paper_id == paper_id)
        return [delivery_of(row) for row in tx.execute(statement.order_by(delivery.c.id))]

    @reading
    def by_receipt(self, tx: Connection, chat_id: int, receipt: str) -> Delivery | None:
        """The debt by which a chat has the message of that receipt: a post or a head."""
        row = tx.execute(_BY_RECEIPT, {"chat_id": chat_id, "receipt": receipt}).first()
        return None if row is None else delivery_of(row)

    @reading
    def head(self, tx: Connection, chat_id: int, paper_id: int) -> Head:
        """What a chat has of the digest of a paper, and under which message."""
        return head_of(tx, chat_id, paper_id)

    def _owe(
        self, tx: Connection, owed: Sequence[tuple[Chat, Sequence[int]]], digests: Mapping[int, int], now: datetime
    ) -> int:
        """Write down the papers owed to chats that are locked; `digests` has the digest of each paper."""
        threaded = [each.id for each, paper_ids in owed if each.threaded and paper_ids]
        known = heads_known(tx, threaded, set(digests.values())) if threaded else set()
        rows = [row for each, paper_ids in owed for row in _debts(each, paper_ids, digests, known, now)]
        statement = insert(self.database, delivery).on_conflict_do_nothing()
        tell(tx, {row["lane"] for row in rows})
        return insert_all(self.database, tx, statement, delivery.c.id, rows)


def _debts(
    its: Chat, paper_ids: Iterable[int], digests: Mapping[int, int], known: set[tuple[int, int]], now: datetime
) -> list[dict[str, Any]]:
    """A chat's debts, a moment apart: in the order of `due`, chats take turns and each keeps its order.

    A threaded chat is first owed a head for each digest of which it has none: `known`, which grows.
    """
    debts: list[tuple[int, str]] = []
    for paper_id in paper_ids:
        place = (its.id, digests[paper_id])
        if its.threaded and place not in known:
            known.add(place)
            debts.append((paper_id, "head"))
        debts.append((paper_id, "post"))
    return [
        new_row(
            chat_id=its.id,
            paper_id=paper_id,
            kind=kind,
            version=0,
            lane=its.address.lane,
            due=now + place * _GAP,
            created_at=now,
            updated_at=now,
        )
        for place, (paper_id, kind) in enumerate(debts)
    ]


def _next_due(tx: Connection, lane: str, now: datetime) -> datetime | None:
    moments = tx.execute(_NEXT, {"lane": LanePart.named(lane).base, "now": now}).one()
    return min((moment for moment in moments if moment is not None), default=None)


def _intend(tx: Connection, step: Step) -> frozenset[int]:
    if not step.intents:
        return frozenset()
    values = {"its_lane": LanePart.named(step.lane).base, "its_epoch": step.lease.epoch, "now": step.now}
    return frozenset(tx.execute(_INTEND, values | {"ids": step.intents}).scalars())


def _of_lane(statement: sa.Select[Any], name: str) -> tuple[sa.Select[Any], dict[str, Any]]:
    """The statement for one part of a lane only, where the lane has parts."""
    part = LanePart.named(name)
    if part.of == 1:
        return statement, {"lane": name}
    return statement.where(_OF_PART), {"lane": part.base, "part": part.number, "parts": part.of}


def _dues(tx: Connection, rows: Iterable[sa.Row[Any]]) -> list[Due]:
    chats: dict[int, Chat] = {}
    deliveries: list[Delivery] = []
    width = len(DELIVERY)
    for row in rows:
        its = delivery_of(row[:width])
        deliveries.append(its)
        if its.chat_id not in chats:
            chats[its.chat_id] = chat_of(row[width:])
    private = [key for key, each in chats.items() if each.kind is ChatKind.PRIVATE]
    following = defaultdict[int, set[int]](set)
    if private:
        for chat_id, tag_id in tx.execute(_FOLLOWING, {"ids": private}):
            following[chat_id].add(tag_id)
    return [
        Due(delivery=its, chat=chats[its.chat_id], following=frozenset(following.get(its.chat_id, ())))
        for its in deliveries
    ]
