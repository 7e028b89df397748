"""Papers as results, and what a paper's message leads to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from bot.commands.visit import Visit
from bot.formatting import Found, with_related
from bot.message import Inline, Message
from bot.model import Paper, StoredPaper

MENTIONED: Final = 3
"""Papers named in an entry that its message leads to."""


async def found_papers(
    visit: Visit, wanted: Sequence[int], excerpt: Callable[[Paper], tuple[Inline, ...]]
) -> list[Found]:
    """Those of the papers that are still there, as results."""
    store = visit.desk.store
    papers = await store.papers.get(wanted)
    tags = await store.papers.paper_tags(wanted)
    live = [papers[one] for one in wanted if one in papers and not papers[one].withdrawn]
    return [
        Found(stored=stored, tags=tags.get(stored.id, ()), snippet=await asyncio.to_thread(excerpt, stored.paper))
        for stored in live
    ]


async def related(visit: Visit, message: Message, stored: StoredPaper) -> Message:
    """A paper's message with buttons for the papers that it mentions and for those like it."""
    ids = (await asyncio.to_thread(visit.desk.index.mentioned, stored))[:MENTIONED]
    papers = await visit.desk.store.papers.get(ids) if ids else {}
    live = [papers[one] for one in ids if one in papers and not papers[one].withdrawn]
    return with_related(message, stored, live, language=visit.language)
