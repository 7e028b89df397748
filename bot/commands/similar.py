"""Papers like another one: from a button under a paper, or after a title or a few words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.adapters.base import Reply
from bot.commands.found import found_papers
from bot.commands.search import LONGEST, keep, nothing_found
from bot.commands.visit import Visit, start_payload
from bot.formatting import PAGE, corrected, literally_button, opening, say, similar_message
from bot.message import Button, Message, Paragraph
from bot.model import StoredPaper
from bot.query import as_of, impossible, parse_noted
from bot.strings import counted, text


async def similar(visit: Visit, argument: str) -> Reply:
    """`/similar WORDS`: papers like the one that a search for the words finds first."""
    if not argument:
        return Reply(messages=(visit.say("similar.usage", say(visit.language, "similar.examples")),))
    if len(argument) > LONGEST:
        return Reply(messages=(visit.say("search.too_long", letters=counted(visit.language, "letters", LONGEST)),))
    line = as_of(argument, visit.today)
    parsed = parse_noted(line, visit.desk.lexicon)
    query = parsed.query
    if code := impossible(query):
        return Reply(messages=(visit.say(f"query.{code}", say(visit.language, "similar.examples")),))
    results = await asyncio.to_thread(visit.desk.index.search, query, limit=1)
    stored = await _live(visit, results.hits[0].paper_id) if results.hits else None
    if stored is None:
        kept = await keep(visit, line, results, literal=False, typed=argument)
        return Reply(messages=(await nothing_found(visit, kept),))
    language = visit.language
    notes, buttons = visit.reading_notes(parsed), []
    if results.corrected is not None:
        kept = await keep(visit, line, results, literal=False, typed=argument)
        notes.append(corrected(argument, results.corrected, language))
        buttons.append(literally_button(argument, kept.id, language))
    if not results.exact:
        notes.append(say(language, "similar.some"))
    return Reply(messages=(await _message(visit, stored, notes, buttons),))


async def press_similar(visit: Visit, paper_id: int) -> Reply:
    """The same from the button under a paper."""
    stored = await _live(visit, paper_id)
    if stored is None:
        return Reply(toast=visit.toast("paper.gone"))
    message = await _message(visit, stored)
    return Reply(messages=(message,), again=start_payload("m", paper_id))


async def _live(visit: Visit, paper_id: int) -> StoredPaper | None:
    stored = (await visit.desk.store.papers.get([paper_id])).get(paper_id)
    return None if stored is None or stored.withdrawn else stored


async def _message(
    visit: Visit,
    stored: StoredPaper,
    notes: Sequence[Paragraph] = (),
    buttons: Sequence[Button] = (),
) -> Message:
    alike = {each.paper_id: each for each in await asyncio.to_thread(visit.desk.index.similar, stored, limit=PAGE)}

    def remark(paper_id: int) -> str:
        each = alike[paper_id]
        if each.mentioned:
            return text(visit.language, "similar.mentioned")
        return text(visit.language, "similar.mentions") if each.mentions else ""

    found = await found_papers(visit, list(alike), opening)
    results = [replace(each, remark=remark(each.stored.id)) for each in found]
    return similar_message(results, stored, language=visit.language, notes=notes, buttons=buttons)
