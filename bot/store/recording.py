"""What became of attempts: outcomes to ledger rows, and what they say about their chats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, assert_never

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, select

from bot.model import GiveUp, Retry, Sent, Unknown
from bot.store.chats import move_chat, put_to_sleep
from bot.store.database import Database, among, insert
from bot.store.debts import RESTORED, WITHDRAWN, new_row
from bot.store.schema import awake, chat, delivery, paper, ready, sending
from bot.store.values import ChatMoves, ChatSleeps, ChatWaits, Result

# A paper cannot change between the look at it here and the end of this transaction: whoever changes it later sees
# the copy that was recorded here, and owes it an edit.
_ATTEMPTED: Final = (
    select(
        delivery.c.id, delivery.c.chat_id, delivery.c.paper_id, delivery.c.kind, delivery.c.lane, delivery.c.receipt,
        delivery.c.content_hash, paper.c.version, paper.c.content_hash.label("now_shows"), paper.c.withdrawn,
    )
    .join(paper, paper.c.id == delivery.c.paper_id)
    .where(among(delivery.c.id), sending())
    .with_for_update(read=True, of=paper)
)  # fmt: skip
_RECORD: Final = (
    sa.update(delivery)
    .where(delivery.c.id == bindparam("key"))
    .values(
        state=bindparam("its_state"),
        attempts=delivery.c.attempts - bindparam("refund", type_=sa.Integer),
        receipt=bindparam("its_receipt"),
        content_hash=bindparam("shows"),
        reason=bindparam("why"),
        updated_at=bindparam("now"),
    )
)
_POST_SHOWS: Final = (
    sa.update(delivery)
    .where(
        delivery.c.chat_id == bindparam("its_chat"),
        delivery.c.paper_id == bindparam("its_paper"),
        delivery.c.kind == "post",
    )
    .values(content_hash=bindparam("shows"))
)
_its_chat = chat.c.id == delivery.c.chat_id
_until = bindparam("until", type_=chat.c.paused_until.type)
_PAUSE: Final = (
    sa.update(chat)
    .where(chat.c.id == bindparam("key"))
    .values(paused_until=sa.case((chat.c.paused_until > _until, chat.c.paused_until), else_=_until))
)
# A chat that was left while a request was under way: what comes back as owed dies like the rest (see `put_to_sleep`).
_OWED_TO_SLEEPERS: Final = (
    sa.update(delivery)
    .where(among(delivery.c.chat_id), ready(), sa.not_(select(1).where(_its_chat, awake()).exists()))
    .values(
        state="dead",
        reason=select(chat.c.inactive_reason).where(_its_chat).scalar_subquery(),
        updated_at=bindparam("now"),
    )
)


def record(database: Database, tx: Connection, results: Sequence[Result], now: datetime) -> None:
    """Write results down. Sent copies of papers that changed on the way are owed an edit or a withdrawal."""
    attempted = {row.id: row for row in tx.execute(_ATTEMPTED, {"ids": [result.delivery_id for result in results]})}
    known = [(result, attempted[result.delivery_id]) for result in results if result.delivery_id in attempted]
    if not known:
        return
    tx.execute(_RECORD, [_fields(result, row, now) for result, row in known])
    shows = [
        {"its_chat": row.chat_id, "its_paper": row.paper_id, "shows": _shows(result.outcome, row)}
        for result, row in known
        if isinstance(result.outcome, Sent) and row.kind in ("edit", "withdraw")
    ]
    if shows:
        tx.execute(_POST_SHOWS, shows)
    debts = [debt for result, row in known if (debt := _debt(result, row, now))]
    if debts:
        tx.execute(insert(database, delivery).on_conflict_do_nothing(), debts)
    _change_chats(tx, known, now)


def _fields(result: Result, row: Any, now: datetime) -> dict[str, Any]:
    """The delivery as the outcome leaves it."""
    state, refund = "dead", 0
    reason: str | None = None
    receipt, shows = row.receipt, row.content_hash
    match result.outcome:
        case Sent() as sent:
            state, receipt, shows, reason = "sent", sent.receipt, _shows(sent, row), sent.reason
        case Retry() as retry:
            refund = 0 if retry.counts else 1
            if row.withdrawn and row.kind in ("post", "edit"):
                reason = WITHDRAWN
            elif row.kind == "withdraw" and not row.withdrawn:
                reason = RESTORED
            else:
                # `due` stays: the chat is paused instead, and its next paper must not overtake this one.
                state, reason = "ready", retry.reason
        case GiveUp() as given_up:
            reason = given_up.reason
        case Unknown() as unknown:
            state, reason = "unknown", unknown.reason
        case _ as never:
            assert_never(never)
    return {
        "key": row.id, "its_state": state, "refund": refund, "its_receipt": receipt, "shows": shows, "why": reason,
        "now": now,
    }  # fmt: skip


def _shows(sent: Sent, row: Any) -> str | None:
    return None if row.kind == "withdraw" else sent.content_hash


def _debt(result: Result, row: Any, now: datetime) -> dict[str, Any] | None:
    """What a copy is owed that was sent while its paper changed."""
    if row.kind == "head":
        return None
    match result.outcome:
        case Sent(receipt=receipt, content_hash=shows) if receipt:
            kind = "withdraw" if row.withdrawn else "edit"
            up_to_date = shows in (None, row.now_shows) if kind == "edit" else False
            if row.kind == "withdraw":
                up_to_date = row.withdrawn
            if up_to_date:
                return None
            return new_row(
                chat_id=row.chat_id,
                paper_id=row.paper_id,
                kind=kind,
                version=row.version,
                lane=row.lane,
                due=now,
                receipt=row.receipt if row.kind != "post" else receipt,
                created_at=now,
                updated_at=now,
            )
    return None


def _change_chats(tx: Connection, known: Sequence[tuple[Result, Any]], now: datetime) -> None:
    pauses: dict[int, datetime] = {}
    for result, row in known:
        for until in _waits(result):
            pauses[row.chat_id] = max(until, pauses.get(row.chat_id, until))
    if pauses:
        tx.execute(_PAUSE, [{"key": key, "until": until} for key, until in sorted(pauses.items())])
        tx.execute(_OWED_TO_SLEEPERS, {"ids": pauses, "now": now})
    for result, row in sorted(known, key=lambda pair: pair[1].chat_id):
        match result.change:
            case ChatSleeps(reason=reason):
                put_to_sleep(tx, row.chat_id, reason, now)
            case ChatMoves(address=address):
                move_chat(tx, row.chat_id, address, now)
            case ChatWaits() | None:
                pass
            case _ as never:
                assert_never(never)


def _waits(result: Result) -> list[datetime]:
    moments = [result.outcome.at] if isinstance(result.outcome, Retry) else []
    if isinstance(result.change, ChatWaits):
        moments.append(result.change.until)
    return moments
