"""Papers looked for from inside any chat: the newest ones, or what a query finds, as cards."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from bot.adapters.base import Card, Lookup, Reply
from bot.commands.visit import Visit
from bot.formatting import clean, cut, opening, paper_message, plain_title
from bot.model import Paper
from bot.query import as_of, impossible, parse
from bot.strings import day

CARDS: Final = 20
"""Results of one answer."""
REACH: Final = 200
"""Results that can be scrolled to."""
LONGEST: Final = 256

_DESCRIPTION: Final = 160


async def lookup(visit: Visit, event: Lookup) -> Reply:
    """The results of `event.query` from `event.offset` on, in the order in which `/search` has them."""
    start = int(event.offset) if re.fullmatch("[0-9]{1,4}", event.offset) else 0
    ids = await _ids(visit, clean(event.query)[:LONGEST], start + CARDS + 1)
    wanted = ids[start : start + CARDS]
    papers = visit.desk.store.papers
    found = await papers.get(wanted)
    tags = await papers.paper_tags(wanted)
    cards = [
        Card(
            id=f"{stored.id}-{stored.version}",
            title=plain_title(stored.paper),
            description=_description(visit, stored.paper),
            message=paper_message(stored, tags.get(stored.id, ()), language=visit.language),
        )
        for stored in (found[one] for one in wanted if one in found)
        if not stored.withdrawn
    ]
    more = str(start + CARDS) if len(ids) > start + CARDS else ""
    return Reply(cards=tuple(cards), more=more)


async def _ids(visit: Visit, line: str, count: int) -> list[int]:
    if not line:
        return [stored.id for stored in await visit.desk.store.papers.latest()][:count]
    query = parse(as_of(line, visit.today), visit.desk.lexicon)
    if impossible(query):
        return []
    results = await asyncio.to_thread(visit.desk.index.search, query, limit=min(count, REACH))
    return [hit.paper_id for hit in results.hits]


def _description(visit: Visit, paper: Paper) -> str:
    first = "".join(inline.text for inline in opening(paper, _DESCRIPTION))
    when = day(visit.language, paper.date)
    return cut(f"{when} · {first}" if first else when, _DESCRIPTION)
