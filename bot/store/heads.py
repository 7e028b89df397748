"""Heads: in a threaded chat the papers of a digest stand under one message, which is a debt of its own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bot.store.database import among
from bot.store.schema import delivery, paper
from bot.store.values import Head

_its = paper.alias()
_OF_DIGEST: Final = (
    select(delivery.c.kind, delivery.c.state, delivery.c.receipt)
    .join(paper, paper.c.id == delivery.c.paper_id)
    .where(
        delivery.c.chat_id == bindparam("chat_id"),
        delivery.c.kind.in_(("post", "head")),
        paper.c.digest_id == select(_its.c.digest_id).where(_its.c.id == bindparam("paper_id")).scalar_subquery(),
    )
    .order_by(delivery.c.id)
)
_DAY: Final = select(paper.c.date).where(paper.c.id == bindparam("paper_id"))
_KNOWN: Final = (
    select(delivery.c.chat_id, paper.c.digest_id)
    .join(paper, paper.c.id == delivery.c.paper_id)
    .where(among(delivery.c.chat_id), delivery.c.kind == "head", among(paper.c.digest_id, "digests"))
)


def heads_known(tx: Connection, chats: Collection[int], digests: Collection[int]) -> set[tuple[int, int]]:
    """Which of these chats have a head for which of these digests, whatever has become of it: (chat, digest)."""
    return {(chat, digest) for chat, digest in tx.execute(_KNOWN, {"ids": chats, "digests": digests})}


def head_of(tx: Connection, chat_id: int, paper_id: int) -> Head:
    """What the chat has of the digest of that paper."""
    values = {"chat_id": chat_id, "paper_id": paper_id}
    rows = tx.execute(_OF_DIGEST, values).all()
    posts = [row.state for row in rows if row.kind == "post" and row.state != "dead"]
    heads = [row.receipt for row in rows if row.kind == "head" and row.state == "sent"]
    return Head(
        day=tx.execute(_DAY, values).scalar_one(),
        papers=len(posts),
        waiting=sum(state in ("ready", "sending") for state in posts),
        receipt=next(iter(heads), None),
    )
