"""What is owed to those who were sent a paper that is no longer what they saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, literal, select

from bot.store.database import Database, insert
from bot.store.schema import awake, chat, columns, delivery, ready, sending

WITHDRAWN: Final = "withdrawn"
RESTORED: Final = "restored"

FIELDS: Final = columns(
    delivery,
    "chat_id paper_id kind version lane state due attempts epoch receipt content_hash reason created_at updated_at",
)

_moment = delivery.c.due.type
_now = bindparam("now", type_=_moment)


@dataclass(frozen=True, slots=True)
class PaperChange:
    """A paper that readers see differently now; `content_hash` is None where it is withdrawn."""

    paper_id: int
    version: int
    content_hash: str | None
    restored: bool = False


def owe_changes(database: Database, tx: Connection, changes: Sequence[PaperChange], now: datetime) -> None:
    """Owe everybody who was sent one of these papers an edit or a withdrawal; what nobody has seen is not posted."""
    for change in changes:
        its = {"paper": change.paper_id, "now": now}
        if change.content_hash is None:
            tx.execute(_DROP, its | {"kinds": ["post", "edit"], "why": WITHDRAWN})
            tx.execute(_owe(database, "withdraw"), its | {"version": change.version, "content": None})
            continue
        if change.restored:
            tx.execute(_DOUBT, its)
            tx.execute(_DROP, its | {"kinds": ["withdraw"], "why": RESTORED})
            tx.execute(_REVIVE, its)
        tx.execute(_owe(database, "edit"), its | {"version": change.version, "content": change.content_hash})


def new_row(**values: Any) -> dict[str, Any]:
    """The columns of a delivery that is owed, less those given."""
    return {"state": "ready", "attempts": 0, "epoch": 0, "receipt": None, "content_hash": None, "reason": None} | values


_DROP: Final = (
    sa.update(delivery)
    .where(delivery.c.paper_id == bindparam("paper"), delivery.c.kind.in_(bindparam("kinds", expanding=True)), ready())
    .values(state="dead", reason=bindparam("why"), updated_at=_now)
)
_tried: Final = delivery.alias()
# A withdrawal that was tried may have been done, whatever was heard of it, and so may an edit that was tried before the
# paper was withdrawn: nobody knows what stands there now.
_DOUBT: Final = (
    sa.update(delivery)
    .where(
        delivery.c.paper_id == bindparam("paper"),
        delivery.c.kind == "post",
        delivery.c.state == "sent",
        select(1)
        .where(
            _tried.c.chat_id == delivery.c.chat_id,
            _tried.c.paper_id == delivery.c.paper_id,
            sa.or_(
                sa.and_(_tried.c.kind == "withdraw", ready(_tried), _tried.c.reason.is_not(None)),
                sa.and_(
                    _tried.c.kind == "edit",
                    _tried.c.state == "dead",
                    _tried.c.reason == WITHDRAWN,
                    _tried.c.epoch > 0,
                ),
            ),
        )
        .exists(),
    )
    .values(content_hash=None)
)
_REVIVE: Final = (
    sa.update(delivery)
    .where(
        delivery.c.paper_id == bindparam("paper"),
        delivery.c.kind == "post",
        delivery.c.state == "dead",
        delivery.c.reason == WITHDRAWN,
        delivery.c.chat_id.in_(select(chat.c.id).where(awake())),
    )
    .values(state="ready", reason=None, due=_now, updated_at=_now)
)


def _owe(database: Database, kind: str) -> Any:
    """One row for each posted copy, unless one of its kind is still waiting: it will show the paper as it is then."""
    other = delivery.alias()
    others = select(1).where(other.c.chat_id == delivery.c.chat_id, other.c.paper_id == delivery.c.paper_id)
    shows_something_else = sa.or_(
        delivery.c.content_hash.is_distinct_from(bindparam("content", type_=sa.Text)),
        delivery.c.content_hash.is_(None),
        others.where(sending(other)).exists(),
    )
    nothing = sa.null()
    rows = (
        select(
            delivery.c.chat_id, delivery.c.paper_id, literal(kind), bindparam("version", type_=sa.Integer), chat.c.lane,
            literal("ready"), _now, literal(0), literal(0), delivery.c.receipt, nothing, nothing, _now, _now,
        )
        .join(chat, chat.c.id == delivery.c.chat_id)
        .where(
            delivery.c.paper_id == bindparam("paper"),
            delivery.c.kind == "post",
            delivery.c.state == "sent",
            delivery.c.receipt != "",
            shows_something_else,
            sa.not_(others.where(other.c.kind == kind, ready(other)).exists()),
        )
    )  # fmt: skip
    return insert(database, delivery).from_select([column.name for column in FIELDS], rows).on_conflict_do_nothing()
