"""Papers looked for from inside any chat: the newest ones, or what a query finds, as cards."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from bot.adapters.base import Aside, Card, Lookup, Reply
from bot.commands.search import keep
from bot.commands.visit import Visit, start_payload
from bot.formatting import clean, cut, opening, paper_message, plain_title, query_name
from bot.model import Paper
from bot.query import as_of, impossible, parse
from bot.search import Results
from bot.strings import day, text

CARDS: Final = 20
"""Results of one answer."""
REACH: Final = 200
"""Results that can be scrolled to."""
LONGEST: Final = 256

_OFFSET: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,18})")
_DESCRIPTION: Final = 160
_NAMED: Final = 30


async def lookup(visit: Visit, event: Lookup) -> Reply:
    """The results of `event.query` from `event.offset` on, in the order in which `/search` has them; papers that have
    come since the first of them was shown would move the others, and are left out.

    Above the first of them stands what a person should know of the search, if anything, and leads to the rest of it.
    """
    papers = visit.desk.store.papers
    offset = _OFFSET.fullmatch(event.offset)
    start, newest = (int(offset[1]), int(offset[2])) if offset else (0, await papers.newest())
    typed = clean(event.query)[:LONGEST]
    count = start + CARDS + 1
    aside = None
    if typed:
        line = as_of(typed, visit.today)
        results = await _search(visit, line, REACH if start else count)
        ids = [hit.paper_id for hit in results.hits]
        aside = None if start else await _aside(visit, line, typed, results)
    else:
        ids = [stored.id for stored in await papers.latest()]
    ids = [each for each in ids if each <= newest][:count]
    wanted = ids[start : start + CARDS]
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
    more = f"{start + CARDS}.{newest}" if len(ids) > start + CARDS else ""
    return Reply(cards=tuple(cards), more=more, aside=aside)


async def _search(visit: Visit, line: str, limit: int) -> Results:
    query = parse(line, visit.desk.lexicon)
    if impossible(query):
        return Results(hits=(), total=0, exact=0)
    return await asyncio.to_thread(visit.desk.index.search, query, limit=limit)


async def _aside(visit: Visit, line: str, asked: str, results: Results) -> Aside | None:
    """That the papers are not what was asked for, or that there are none."""
    language, typed = visit.language, query_name(asked, _NAMED)
    if not results.hits:
        said = text(language, "lookup.none", typed=typed)
    elif results.corrected is not None:
        said = text(language, "lookup.corrected", typed=typed, used=query_name(results.corrected, _NAMED))
    elif results.fallback is not None and not results.exact:
        said = text(language, "lookup.fallback")
    else:
        return None
    kept = await keep(visit, line, results, literal=results.corrected is not None, typed=asked)
    return Aside(text=said, start=start_payload("f", kept.id))


def _description(visit: Visit, paper: Paper) -> str:
    first = "".join(inline.text for inline in opening(paper, _DESCRIPTION))
    when = day(visit.language, paper.date)
    return cut(f"{when} · {first}" if first else when, _DESCRIPTION)
