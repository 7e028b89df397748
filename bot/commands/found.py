"""Papers as results, and what a paper's message leads to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.commands.visit import Visit
from bot.formatting import Found, marked, marked_authors, with_related
from bot.message import Inline, Message
from bot.model import Paper, StoredPaper
from bot.query import Query, named_authors, named_tags, snippet

MENTIONED: Final = 3
"""Papers named in an entry that its message leads to."""


async def found_papers(
    visit: Visit, wanted: Sequence[int], excerpt: Callable[[Paper], tuple[Inline, ...]]
) -> list[Found]:
    """Those of the papers that are still there, as results; they keep their places."""
    store = visit.desk.store
    papers = await store.papers.get(wanted)
    tags = await store.papers.paper_tags(wanted)
    live = [(place, papers[one]) for place, one in enumerate(wanted, 1) if one in papers and not papers[one].withdrawn]
    return [
        Found(
            stored=stored,
            place=place,
            tags=tags.get(stored.id, ()),
            snippet=await asyncio.to_thread(excerpt, stored.paper),
        )
        for place, stored in live
    ]


async def searched_papers(visit: Visit, wanted: Sequence[int], query: Query) -> list[Found]:
    """The same, each with the words, the authors and the tags by which a query finds it."""
    lexicon = visit.desk.lexicon

    def shown(each: Found) -> Found:
        paper = each.stored.paper
        names = named_authors(query, paper, lexicon)
        return replace(
            each,
            snippet=marked(snippet(query, paper, lexicon)),
            authors=marked_authors(paper.authors, names, visit.language),
            asked=named_tags(query, paper, lexicon),
        )

    found = await found_papers(visit, wanted, lambda _: ())
    return [await asyncio.to_thread(shown, each) for each in found]


async def related(visit: Visit, message: Message, stored: StoredPaper) -> Message:
    """A paper's message with buttons for its post in this chat, for the papers that it mentions and those like it."""
    ids = (await asyncio.to_thread(visit.desk.index.mentioned, stored))[:MENTIONED]
    papers = await visit.desk.store.papers.get(ids) if ids else {}
    live = [papers[one] for one in ids if one in papers and not papers[one].withdrawn]
    return with_related(message, stored, live, post=await _post(visit, stored.id), language=visit.language)


async def _post(visit: Visit, paper_id: int) -> str | None:
    """The address of the paper's post in the chat of the event, and in no other: who presses is in that one."""
    if visit.chat is None:
        return None
    rows = await visit.desk.store.deliveries.of_paper(visit.chat.id, paper_id)
    receipt = next(filter(None, (row.stands for row in rows)), None)
    return None if receipt is None else await visit.desk.address_of(visit.chat, receipt)
