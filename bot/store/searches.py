"""Short-lived state behind the buttons under search results."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, select

from bot.store.database import Part, reading, writing
from bot.store.schema import search_page
from bot.store.values import SearchPage

NUMBER_BITS: Final = 52
"""Of a search's number: eleven letters of a button's data at most."""


class Searches(Part):
    """Searches that can be paged through."""

    @writing
    def keep(
        self,
        tx: Connection,
        *,
        chat_id: int | None,
        query: str,
        literal: bool,
        paper_ids: Sequence[int],
        total: int,
        now: datetime,
        corrected: str | None = None,
        exact: int | None = None,
        language: str | None = None,
        typed: str | None = None,
    ) -> SearchPage:
        """Keep a search under a number that its buttons carry, and that nobody guesses: data of buttons is forged."""
        values: dict[str, Any] = {
            "id": secrets.randbits(NUMBER_BITS),
            "chat_id": chat_id,
            "query": query,
            "literal": literal,
            "paper_ids": tuple(paper_ids),
            "total": total,
            "created_at": now,
            "corrected": corrected,
            "exact": exact,
            "language": language,
            "typed": typed,
        }
        tx.execute(sa.insert(search_page), values)
        return SearchPage(**values)

    @reading
    def get(self, tx: Connection, search_id: int) -> SearchPage | None:
        """The search of a number, unless it was forgotten."""
        row = tx.execute(select(search_page).where(search_page.c.id == search_id)).one_or_none()
        return None if row is None else SearchPage(**row._mapping)

    @writing
    def forget(self, tx: Connection, before: datetime) -> int:
        """Forget searches older than that; returns how many."""
        return tx.execute(sa.delete(search_page).where(search_page.c.created_at < before)).rowcount
