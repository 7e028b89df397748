"""Entries that were taken out of a digest. The posts of one whose like stands elsewhere unposted go on there, so that
nobody who reads notices that a curator moved it, or kept the other of two.

The posted paper takes the place of its twin, and the twin is withdrawn in the place that it left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, select

from bot.model import StoredPaper
from bot.store.schema import delivery, paper

_BY_ID: Final = sa.update(paper).where(paper.c.id == bindparam("paper_id"))
_TWIN: Final = (
    select(paper.c.id, paper.c.version, paper.c.digest_id, paper.c.position, paper.c.date, paper.c.published_at)
    .join(_its := paper.alias(), _its.c.content_hash == paper.c.content_hash)
    .where(_its.c.id == bindparam("paper_id"), sa.not_(paper.c.withdrawn))
    # Where one was posted itself there is nothing to be inherited.
    .order_by(paper.c.published_at.is_(None), paper.c.date.desc(), paper.c.id)
    .limit(1)
)
_other: Final = delivery.alias()


def _handed(kinds: sa.ColumnElement[bool], known: sa.ColumnElement[bool]) -> sa.Update:
    """The debts of one paper as those of another, but in chats that have some of that one."""
    theirs = select(_other.c.chat_id).where(_other.c.paper_id == bindparam("heir"), known)
    return (
        sa.update(delivery)
        .where(delivery.c.paper_id == bindparam("owner"), kinds, delivery.c.chat_id.not_in(theirs))
        .values(paper_id=bindparam("heir"))
    )


# A post on its way is known to its platform by the paper that it is of.
_POSTS: Final = _handed(
    sa.and_(delivery.c.kind != "head", sa.or_(delivery.c.kind != "post", delivery.c.state != "sending")),
    _other.c.kind != "head",
)
_HEADS: Final = _handed(delivery.c.kind == "head", _other.c.kind == "head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """What became of entries that were taken out: ids of the papers `withdrawn`, ids of those that are `moved` to where
    their like stands, and those that readers do not see any more, with their new versions."""

    withdrawn: tuple[int, ...]
    moved: tuple[int, ...]
    unseen: tuple[tuple[int, int], ...]


def part(tx: Connection, gone: Sequence[StoredPaper], common: Mapping[str, Any]) -> Parting:
    """Withdraw papers, or move them to where they stand still. `common` are values for every row that changes."""
    for stored in gone:
        values = {**common, "version": stored.version + 1, "withdrawn": True}
        tx.execute(_BY_ID.values(values), {"paper_id": stored.id})
    twins = {stored.id: twin for stored in gone if (twin := _move(tx, stored, common)) is not None}
    withdrawn = [stored for stored in gone if stored.id not in twins]
    unseen = [(stored.id, stored.version + 1) for stored in withdrawn] + list(twins.values())
    return Parting(withdrawn=tuple(stored.id for stored in withdrawn), moved=tuple(twins), unseen=tuple(unseen))


def _move(tx: Connection, gone: StoredPaper, common: Mapping[str, Any]) -> tuple[int, int] | None:
    """Move a posted paper to the place of its twin; the twin and its new version, None where there is none."""
    if gone.published_at is None:
        return None
    twin = tx.execute(_TWIN, {"paper_id": gone.id}).first()
    if twin is None or twin.published_at is not None:
        return None
    there = {"digest_id": twin.digest_id, "position": twin.position, "date": twin.date}
    here = {"digest_id": gone.digest_id, "position": gone.position, "date": gone.paper.date}
    # Some of the twin's debts may come to it, which are told apart by versions.
    version = max(gone.version, twin.version)
    tx.execute(_BY_ID.values({**common, **there, "version": version, "withdrawn": False}), {"paper_id": gone.id})
    tx.execute(_BY_ID.values({**common, **here, "version": twin.version + 1, "withdrawn": True}), {"paper_id": twin.id})
    tx.execute(_POSTS, {"owner": twin.id, "heir": gone.id})  # who is new here was sent the latest digest as a sample
    tx.execute(_HEADS, {"owner": gone.id, "heir": twin.id})  # a head is the digest's, and so stays where it is
    return twin.id, twin.version + 1
