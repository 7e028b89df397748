"""Papers like another one: from a button under a paper, or after a title or a few words."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.adapters.base import Reply
from bot.commands.found import found_papers
from bot.commands.visit import Visit
from bot.formatting import PAGE, opening, query_name, say, similar_message
from bot.message import Message
from bot.model import StoredPaper
from bot.query import impossible, parse
from bot.strings import text


async def similar(visit: Visit, argument: str) -> Reply:
    """`/similar WORDS`: papers like the one that a search for the words finds first."""
    if not argument:
        return Reply(messages=(visit.say("similar.usage", say(visit.language, "similar.examples")),))
    query = parse(argument, visit.desk.lexicon)
    if code := impossible(query):
        return Reply(messages=(visit.say(f"query.{code}", say(visit.language, "similar.examples")),))
    results = await asyncio.to_thread(visit.desk.index.search, query, limit=1)
    stored = await _live(visit, results.hits[0].paper_id) if results.hits else None
    if stored is None:
        return Reply(messages=(visit.say("search.none", query=query_name(argument)),))
    return Reply(messages=(await _message(visit, stored),))


async def press_similar(visit: Visit, paper_id: int) -> Reply:
    """The same from the button under a paper."""
    stored = await _live(visit, paper_id)
    if stored is None:
        return Reply(toast=visit.toast("paper.gone"))
    return Reply(messages=(await _message(visit, stored),))


async def _live(visit: Visit, paper_id: int) -> StoredPaper | None:
    stored = (await visit.desk.store.papers.get([paper_id])).get(paper_id)
    return None if stored is None or stored.withdrawn else stored


async def _message(visit: Visit, stored: StoredPaper) -> Message:
    alike = {each.paper_id: each for each in await asyncio.to_thread(visit.desk.index.similar, stored, limit=PAGE)}
    language = visit.language

    def remark(paper_id: int) -> str:
        each = alike[paper_id]
        if each.mentioned:
            return text(language, "similar.mentioned")
        return text(language, "similar.mentions") if each.mentions else ""

    found = await found_papers(visit, list(alike), opening)
    return similar_message([replace(each, remark=remark(each.stored.id)) for each in found], stored, language=language)
