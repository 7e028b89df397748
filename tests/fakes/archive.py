"""What a store has, whole, as a test looks at it."""

from __future__ import annotations

from bot.model import StoredPaper
from bot.store import Store


async def changed_since(store: Store, revision: int) -> tuple[int, list[StoredPaper]]:
    """The revision now, and the papers changed after `revision`, withdrawn ones too, by id."""
    now, ids = await store.papers.changed_since(revision)
    papers = await store.papers.get(ids)
    return now, [papers[key] for key in ids]
