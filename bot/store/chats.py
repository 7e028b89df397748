"""Chats, what they subscribe to, and what becomes of both when a chat sleeps, wakes or moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, func, select

from bot.model import Address, Chat, ChatKind, Subscription
from bot.store.database import Part, StoreError, among, insert, reading, writing
from bot.store.papers import REVISION
from bot.store.rows import CHAT, SUBSCRIPTION, chat_of, subscription_of, time_text, weekdays_text
from bot.store.schema import audit, awake, chat, delivery, paper, ready, search_page, subscription
from bot.store.signals import tell
from bot.store.values import ChatCounts


class Unset(Enum):
    """Stands for "leave it as it is" where None means something."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "zone": str,
    "posting_time": time_text,
    "weekdays": weekdays_text,
    "next_post_at": lambda moment: moment,
}
"""When a chat is posted to, each as it is stored."""

_GET: Final = select(*CHAT).where(chat.c.id == bindparam("chat_id"))
_FIND: Final = select(*CHAT).where(
    chat.c.lane == bindparam("lane"), chat.c.address == bindparam("address"), chat.c.thread == bindparam("thread")
)
_SUBSCRIPTIONS: Final = (
    select(*SUBSCRIPTION).where(subscription.c.chat_id == bindparam("chat_id")).order_by(subscription.c.id)
)
_LAST_PUBLISHED: Final = select(func.max(paper.c.published_at)).where(sa.not_(paper.c.withdrawn))


class Chats(Part):
    """The chats that Paperboy has met."""

    async def meet(
        self,
        address: Address,
        *,
        kind: ChatKind,
        title: str,
        language: str,
        zone: str,
        now: datetime,
        subscribe: tuple[str, str] | None = None,
    ) -> tuple[Chat, bool]:
        """The chat at an address, and whether it was met for the first time.

        A new chat starts with the papers to come, and with the subscription (text, canonical) given. A sleeping chat
        wakes, likewise with the papers to come; language, zone and subscriptions of a known chat stay.
        """
        known = await self.find(address)
        if known and known.active and (known.kind, known.title) == (kind, title or known.title):
            return known, False
        return await self._meet(address, kind, title, language, zone, now, subscribe)

    @writing
    def _meet(
        self,
        tx: Connection,
        address: Address,
        kind: ChatKind,
        title: str,
        language: str,
        zone: str,
        now: datetime,
        subscribe: tuple[str, str] | None,
    ) -> tuple[Chat, bool]:
        # A digest that is being put either wakes the chat or was there before it: none is put in between.
        tx.execute(REVISION.with_for_update(read=True))
        from_here = tx.execute(_LAST_PUBLISHED).scalar_one() or _NEVER
        new: dict[str, Any] = {
            "kind": kind.value, "title": title, "language": language, "zone": zone, "weekdays": "0123456",
            "planned_until": from_here, "active": True, "settings": {}, "created_at": now, **_where(address),
        }  # fmt: skip
        statement = insert(self.database, chat).on_conflict_do_nothing().returning(chat.c.id)
        created = tx.execute(statement, new).scalar_one_or_none()
        if created is not None:
            if subscribe is not None:
                _subscribe(self, tx, created, subscribe, now)
            return _found(tx, created), True
        there = chat_of(tx.execute(_FIND.with_for_update(), _where(address)).one())
        values: dict[str, Any] = {"kind": kind.value, "title": title or there.title}
        if not there.active:
            values |= {"active": True, "inactive_reason": None, "planned_until": max(there.planned_until, from_here)}
            _note(tx, there.id, now, "", "awake")
        tx.execute(sa.update(chat).where(chat.c.id == there.id).values(values))
        return _found(tx, there.id), False

    @reading
    def get(self, tx: Connection, chat_id: int) -> Chat | None:
        """The chat of an id."""
        row = tx.execute(_GET, {"chat_id": chat_id}).one_or_none()
        return None if row is None else chat_of(row)

    @reading
    def find(self, tx: Connection, address: Address) -> Chat | None:
        """The chat at an address."""
        row = tx.execute(_FIND, _where(address)).one_or_none()
        return None if row is None else chat_of(row)

    @writing
    def change(
        self,
        tx: Connection,
        chat_id: int,
        *,
        language: str | Unset = UNSET,
        settings: Mapping[str, str] | Unset = UNSET,
        title: str | Unset = UNSET,
        actor: str = "",
        now: datetime,
    ) -> Chat:
        """Change what is given and write it down in the audit. `settings` are added to those there are.

        When the chat is posted to is changed by `replan`.
        """
        before = _found(tx, chat_id, lock=True)
        values: dict[str, Any] = {}
        if language is not UNSET:
            values["language"] = language
        if settings is not UNSET:
            values["settings"] = {**before.settings, **settings}
        if title is not UNSET:
            values["title"] = title
        if not values:
            return before
        tx.execute(sa.update(chat).where(chat.c.id == chat_id).values(values))
        for name, value in values.items():
            if name != "title":
                _note(tx, chat_id, now, actor, f"{name} = {value}")
        return _found(tx, chat_id)

    @writing
    def replan(
        self, tx: Connection, chat_id: int, replanned: Callable[[Chat], Chat], *, actor: str = "", now: datetime
    ) -> Chat:
        """Change when a chat is posted to: its zone, posting time, weekdays and the `next_post_at` that follows.

        `replanned` makes the chat what it shall be of what it is in this very transaction, so that of two people who
        change something at once neither undoes what the other did. It is pure, and may be asked more than once.
        """
        before = _found(tx, chat_id, lock=True)
        after = replanned(before)
        values = {
            name: stored(getattr(after, name))
            for name, stored in _PLAN.items()
            if getattr(after, name) != getattr(before, name)
        }
        if values:
            tx.execute(sa.update(chat).where(chat.c.id == chat_id).values(values))
        for name, value in values.items():
            if name != "next_post_at":
                _note(tx, chat_id, now, actor, f"{name} = {value}")
        return _found(tx, chat_id)

    @writing
    def subscribe(
        self, tx: Connection, chat_id: int, text: str, canonical: str, *, actor: str = "", now: datetime
    ) -> tuple[Subscription, bool]:
        """The chat's subscription to a query, and whether it is new."""
        _found(tx, chat_id, lock=True)
        its, created = _subscribe(self, tx, chat_id, (text, canonical), now)
        if created:
            _note(tx, chat_id, now, actor, f"subscribed to {canonical}")
        return its, created

    @writing
    def unsubscribe(
        self, tx: Connection, chat_id: int, subscription_ids: Sequence[int] | None, *, actor: str = "", now: datetime
    ) -> list[Subscription]:
        """End subscriptions of the chat, all of them for None. Returns those that were ended."""
        ended = [
            subscription_of(row)
            for row in tx.execute(_SUBSCRIPTIONS.with_for_update(), {"chat_id": chat_id})
            if subscription_ids is None or row[0] in subscription_ids
        ]
        if ended:
            statement = sa.delete(subscription).where(among(subscription.c.id))
            tx.execute(statement, {"ids": [each.id for each in ended]})
        for each in ended:
            _note(tx, chat_id, now, actor, f"unsubscribed from {each.canonical}")
        return ended

    @reading
    def subscriptions(self, tx: Connection, chat_id: int) -> list[Subscription]:
        """What a chat subscribes to, oldest first."""
        return [subscription_of(row) for row in tx.execute(_SUBSCRIPTIONS, {"chat_id": chat_id})]

    @writing
    def sleep(self, tx: Connection, address_or_id: Address | int, reason: str, now: datetime) -> None:
        """Post nothing more until the chat is met again. Its subscriptions stay; what is owed dies with the reason."""
        if isinstance(address_or_id, Address):
            row = tx.execute(_FIND, _where(address_or_id)).one_or_none()
            if row is None:
                return
            put_to_sleep(tx, row[0], reason, now)
        else:
            put_to_sleep(tx, address_or_id, reason, now)

    @writing
    def pause(self, tx: Connection, address: Address, until: datetime | None, now: datetime) -> None:
        """Post nothing before `until`, None for no such wait: what is owed stays owed."""
        waiting = sa.update(chat).where(
            chat.c.lane == address.lane, chat.c.address == address.chat, chat.c.thread == address.thread
        )
        row = tx.execute(waiting.values(paused_until=until).returning(chat.c.id)).one_or_none()
        if row is not None and until is None:
            # What was put off while nobody could post there is owed now, and in its order.
            owed = sa.update(delivery).where(delivery.c.chat_id == row[0], ready(), delivery.c.due > now)
            tx.execute(owed.values(due=now))
            tell(tx, [address.lane])
        if row is not None:
            _note(tx, row[0], now, "", "resumed" if until is None else f"paused until {until:%Y-%m-%d}")

    @writing
    def move(self, tx: Connection, old: Address, new: Address, now: datetime) -> None:
        """The chat at `old` is at `new` now. Where a chat is there already, the two become one: see `move_chat`."""
        row = tx.execute(_FIND, _where(old)).one_or_none()
        if row is not None:
            move_chat(tx, row[0], new, now)

    @reading
    def woke_at(self, tx: Connection, chat_id: int, since: datetime) -> datetime | None:
        """When the chat was woken last, not before `since`."""
        awoken = select(func.max(audit.c.at)).where(
            audit.c.chat_id == chat_id, audit.c.change == "awake", audit.c.at >= since
        )
        last: datetime | None = tx.execute(awoken).scalar_one()
        return last

    @reading
    def counts(self, tx: Connection) -> ChatCounts:
        """How many chats and subscriptions there are."""
        numbers = select(chat.c.active, func.count().label("chats")).group_by(chat.c.active)
        chats: dict[bool, int] = {row.active: row.chats for row in tx.execute(numbers)}
        subscriptions = tx.execute(select(func.count()).select_from(subscription)).scalar_one()
        return ChatCounts(active=chats.get(True, 0), asleep=chats.get(False, 0), subscriptions=subscriptions)


def put_to_sleep(tx: Connection, chat_id: int, reason: str, now: datetime) -> None:
    """`Chats.sleep` as a part of another transaction."""
    # The chat first: who plans for it or records a result of it at this moment holds its row, and is waited for.
    asleep = sa.update(chat).where(chat.c.id == chat_id, awake())
    if tx.execute(asleep.values(active=False, inactive_reason=reason)).rowcount:
        _note(tx, chat_id, now, "", f"asleep: {reason}")
    owed = sa.update(delivery).where(delivery.c.chat_id == chat_id, ready())
    tx.execute(owed.values(state="dead", reason=reason, updated_at=now))


def move_chat(tx: Connection, chat_id: int, new: Address, now: datetime) -> None:
    """Give a chat another address.

    Where two chats become one, the older one stays, with its settings, and takes over the other's subscriptions and
    ledger. Of two debts for the same paper the one nearer to being paid counts, so that nothing is posted twice.
    """
    row = tx.execute(_GET.with_for_update(), {"chat_id": chat_id}).one_or_none()
    if row is None:
        return
    moving = chat_of(row)
    if moving.address == new:
        return
    stays, active = moving, moving.active
    row = tx.execute(_FIND.with_for_update(), _where(new)).one_or_none()
    if row is not None:
        there = chat_of(row)
        goes, stays = (there, moving) if moving.id < there.id else (moving, there)
        active = there.active
        _merge(tx, goes, stays)
    values: dict[str, Any] = {"active": active, "inactive_reason": None if active else stays.inactive_reason}
    tx.execute(sa.update(chat).where(chat.c.id == stays.id).values(values | _where(new)))
    waiting = sa.update(delivery).where(delivery.c.chat_id == stays.id, delivery.c.state.in_(("ready", "sending")))
    tx.execute(waiting.where(delivery.c.lane != new.lane).values(lane=new.lane))
    _note(tx, stays.id, now, "", f"moved from {moving.address.chat} to {new.chat}")


_RANK: Final = {"sent": 0, "sending": 1, "unknown": 2, "ready": 3, "dead": 4}


def _merge(tx: Connection, goes: Chat, stays: Chat) -> None:
    for table, keys, rank in (
        (subscription, ("canonical",), lambda row: row.created_at),
        (delivery, ("paper_id", "kind", "version"), lambda row: _RANK[row.state]),
    ):
        rows = tx.execute(select(table).where(table.c.chat_id.in_((goes.id, stays.id))).order_by(table.c.id)).all()
        best: dict[tuple[Any, ...], Any] = {}
        worse: list[int] = []
        for row in rows:
            key = tuple(getattr(row, name) for name in keys)
            kept = best.setdefault(key, row)
            if kept is row:
                continue
            first, second = sorted((kept, row), key=rank)
            best[key] = first
            worse.append(second.id)
        tx.execute(sa.delete(table).where(among(table.c.id)), {"ids": worse})
        tx.execute(sa.update(table).where(table.c.chat_id == goes.id).values(chat_id=stays.id))
    for other in (audit, search_page):
        tx.execute(sa.update(other).where(other.c.chat_id == goes.id).values(chat_id=stays.id))
    tx.execute(sa.delete(chat).where(chat.c.id == goes.id))
    moments = [moment for moment in (goes.next_post_at, stays.next_post_at) if moment is not None]
    values = {
        "planned_until": min(goes.planned_until, stays.planned_until),
        "next_post_at": min(moments, default=None),
    }
    tx.execute(sa.update(chat).where(chat.c.id == stays.id).values(values))


def _subscribe(
    part: Part, tx: Connection, chat_id: int, query: tuple[str, str], now: datetime
) -> tuple[Subscription, bool]:
    text, canonical = query
    statement = insert(part.database, subscription).on_conflict_do_nothing().returning(subscription.c.id)
    values = {"chat_id": chat_id, "text": text, "canonical": canonical, "created_at": now}
    created = tx.execute(statement, values).first() is not None
    row = tx.execute(_SUBSCRIPTIONS.where(subscription.c.canonical == canonical), {"chat_id": chat_id}).one()
    return subscription_of(row), created


def _found(tx: Connection, chat_id: int, *, lock: bool = False) -> Chat:
    row = tx.execute(_GET.with_for_update() if lock else _GET, {"chat_id": chat_id}).one_or_none()
    if row is None:
        raise StoreError(f"there is no chat {chat_id}")
    return chat_of(row)


def _where(address: Address) -> dict[str, str]:
    return {"lane": address.lane, "address": address.chat, "thread": address.thread}


def _note(tx: Connection, chat_id: int, now: datetime, actor: str, change: str) -> None:
    tx.execute(sa.insert(audit), {"chat_id": chat_id, "at": now, "actor": actor, "change": change})
