"""Searching the archive, turning its pages, the newest digest, one paper whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.adapters.base import Command, Reply
from bot.commands.found import found_papers, related, searched_papers
from bot.commands.subscribe import open_private_chat, subscribe_to_query, too_long
from bot.commands.visit import TOAST, Visit, start_payload
from bot.formatting import (
    PAGE,
    Nearby,
    clean,
    latest_message,
    nothing_found_message,
    opening,
    paper_message,
    query_name,
    results_message,
    say,
)
from bot.message import Message, Paragraph
from bot.model import Chat
from bot.query import Query, as_of, canonical, impossible, parse, parse_noted
from bot.search import Results
from bot.store import SearchPage
from bot.strings import counted, day

LONGEST: Final = 2000
"""Letters of a search: room for a whole abstract."""

OFFERED: Final = 5
"""Other searches that somebody is offered who found nothing."""

KEPT: Final = 200
"""Papers of a search that can be paged through."""


async def search(visit: Visit, argument: str) -> Reply:
    """`/search QUERY`, or plain words in a private chat."""
    language = visit.language
    if not argument:
        return Reply(messages=(visit.say("search.usage", say(language, "search.examples")),))
    if len(argument) > LONGEST:
        return Reply(messages=(visit.say("search.too_long", letters=counted(language, "letters", LONGEST)),))
    line = as_of(argument, visit.today)  # and kept so, for pages that are turned another day
    return Reply(messages=(await answer(visit, line, literal=False, typed=argument),))


async def answer(visit: Visit, line: str, *, literal: bool, typed: str | None = None) -> Message:
    """What a search for a line, whose days are set already, comes to; it was `typed` otherwise, perhaps."""
    if code := impossible(parse(line, visit.desk.lexicon)):
        return visit.say(f"query.{code}", say(visit.language, "search.examples"))
    return await _results(visit, line, typed, literal=literal)


async def latest(visit: Visit, argument: str = "") -> Reply:
    """`/latest`: the papers of the newest digest, to choose from; `/latest QUERY`: a search, the newest first."""
    if argument and isinstance(visit.event, Command):
        return await search(visit, f"{clean(visit.event.name).removeprefix('/')} {argument}")
    papers = await visit.desk.store.papers.latest()
    if not papers:
        return Reply(messages=(visit.say("search.nothing_yet"),))
    ids = [stored.id for stored in papers]
    kept = await _kept_as(visit, "", ids, len(ids), literal=True)
    return Reply(messages=(await _latest_page(visit, kept, 0),))


async def press_page(visit: Visit, search_id: int, page: int) -> Reply:
    """Turn to a page of a kept search, in place."""
    kept = await _kept(visit, search_id)
    if kept is None or not kept.paper_ids or page * PAGE >= len(kept.paper_ids):
        return Reply(toast=visit.toast("toast.expired"))
    visit.spoken = kept.language
    return Reply(replace=await (_results_page if kept.query else _latest_page)(visit, kept, page))


async def press_paper(visit: Visit, paper_id: int) -> Reply:
    """Show one paper whole."""
    store = visit.desk.store
    stored = (await store.papers.get([paper_id])).get(paper_id)
    if stored is None or stored.withdrawn:
        return Reply(toast=visit.toast("paper.gone"))
    tags = (await store.papers.paper_tags([paper_id])).get(paper_id, ())
    following = await visit.following(visit.chat)
    message = paper_message(stored, tags, language=visit.language, following=following)
    return Reply(messages=(await related(visit, message, stored),), again=start_payload("p", paper_id))


async def press_literally(visit: Visit, search_id: int) -> Reply:
    """Search again for exactly what was typed."""
    kept = await _kept(visit, search_id)
    if kept is None or not kept.query:
        return Reply(toast=visit.toast("toast.expired"))
    visit.spoken = kept.language
    return Reply(replace=await _results(visit, kept.query, kept.typed, literal=True))


async def press_subscribe(visit: Visit, search_id: int) -> Reply:
    """Subscribe the person who presses to a kept search, as it was searched in the end."""
    kept = await _kept(visit, search_id)
    if kept is None or not kept.query:
        return Reply(toast=visit.toast("toast.expired"))
    reply = await subscribe_kept(visit, kept)
    if visit.private or not reply.messages:
        return reply
    # In a shared chat a press is answered to the one who pressed, and to nobody else.
    return Reply(toast=query_name(reply.messages[0].summary, TOAST), start=reply.start)


async def subscribe_kept(visit: Visit, kept: SearchPage) -> Reply:
    """The same for a search that was kept on the way to a private chat."""
    if refused := too_long(visit, kept.searched):
        return refused
    place = await visit.personal()
    if place is None:
        return await open_private_chat(visit, "q", kept.searched)
    return await subscribe_to_query(visit, place, kept.searched)


async def keep(visit: Visit, line: str, results: Results, *, literal: bool, typed: str | None = None) -> SearchPage:
    """Keep a search and what it has come to, for the buttons under its answer; arguments as in `answer`."""
    return await _kept_as(
        visit,
        line,
        [hit.paper_id for hit in results.hits],
        results.total,
        literal=literal,
        corrected=results.corrected,
        exact=results.exact if results.fallback is not None else None,
        typed=None if typed == line else typed,
    )


async def nothing_found(visit: Visit, kept: SearchPage) -> Message:
    """That a kept search finds no paper, with searches that do."""
    parsed = parse_noted(kept.query, visit.desk.lexicon)
    return nothing_found_message(
        kept.asked,
        language=visit.language,
        search_id=kept.id,
        instead=await _instead(visit, kept.query, parsed.query),
        notes=(*_as_of_note(visit, kept), *visit.reading_notes(parsed)),
        followable=_followable(visit, kept, parsed.query),
        past=visit.is_past(parsed.query),
    )


def _as_of_note(visit: Visit, kept: SearchPage) -> list[Paragraph]:
    if kept.typed is None or kept.corrected is not None:  # else the repaired search is shown
        return []
    when = day(visit.language, visit.day_of(kept.created_at))
    return [say(visit.language, "search.as_of", used=query_name(kept.query), day=when)]


async def _results(visit: Visit, line: str, typed: str | None, *, literal: bool) -> Message:
    results = await _search(visit, parse(line, visit.desk.lexicon), literal=literal)
    kept = await keep(visit, line, results, literal=literal, typed=typed)
    return await _results_page(visit, kept, 0) if kept.paper_ids else await nothing_found(visit, kept)


async def _instead(visit: Visit, typed: str, query: Query) -> list[Nearby]:
    """Searches that find something where this one does not, kept so that a button can show them."""
    lexicon = visit.desk.lexicon
    nearest = await visit.nearest(query)
    tags = [f"#{tag.label}" for tag in await visit.near_tags(typed, query)]
    lines: dict[str, str] = {}
    for line in filter(None, (nearest.spelling, *nearest.fewer, *tags)):
        lines.setdefault(canonical(parse(line, lexicon)), line)
    found: list[Nearby] = []
    for line in lines.values():
        if len(found) == OFFERED:
            break
        results = await _search(visit, parse(line, lexicon), literal=True)
        if results.hits:
            kept = await keep(visit, line, results, literal=True)
            found.append(Nearby(query=line, papers=results.total, search_id=kept.id))
    return found


async def _search(visit: Visit, query: Query, *, literal: bool) -> Results:
    return await asyncio.to_thread(visit.desk.index.search, query, limit=KEPT, literal=literal)


async def _results_page(visit: Visit, kept: SearchPage, page: int) -> Message:
    lexicon, language = visit.desk.lexicon, visit.language
    searched = parse(kept.searched, lexicon)
    found = await searched_papers(visit, _on_page(kept, page), searched)
    notes = [*_as_of_note(visit, kept), *visit.reading_notes(parse_noted(kept.query, lexicon))]
    if kept.exact:
        papers = counted(language, "papers", kept.exact)
        notes.append(say(language, "search.fallback_after", papers=papers))
    elif kept.exact is not None:
        notes.append(say(language, "search.fallback"))
    shown = len(kept.paper_ids)
    pages = -(-shown // PAGE)
    if page + 1 == pages and shown < kept.total:
        notes.append(say(language, "search.no_more", papers=counted(language, "papers", shown)))
    return results_message(
        found,
        language=language,
        query=kept.asked if kept.corrected is None else kept.corrected,
        instead_of=None if kept.corrected is None else kept.asked,
        search_id=kept.id,
        page=page,
        pages=pages,
        total=kept.total,
        notes=notes,
        followable=_followable(visit, kept, searched),
    )


def _followable(visit: Visit, kept: SearchPage, query: Query) -> bool:
    """Whether it can be followed and is worth it."""
    return too_long(visit, kept.searched) is None and not visit.is_past(query)


def _on_page(kept: SearchPage, page: int) -> Sequence[int]:
    return kept.paper_ids[page * PAGE : (page + 1) * PAGE]


async def _latest_page(visit: Visit, kept: SearchPage, page: int) -> Message:
    found = await found_papers(visit, _on_page(kept, page), opening)
    first = (await visit.desk.store.papers.get(kept.paper_ids[:1]))[kept.paper_ids[0]]
    return latest_message(
        found,
        language=visit.language,
        when=first.paper.date,
        search_id=kept.id,
        page=page,
        pages=-(-len(kept.paper_ids) // PAGE),
        total=len(kept.paper_ids),
    )


async def _kept_as(
    visit: Visit,
    query: str,
    ids: Sequence[int],
    total: int,
    *,
    literal: bool,
    corrected: str | None = None,
    exact: int | None = None,
    typed: str | None = None,
) -> SearchPage:
    return await visit.desk.store.searches.keep(
        chat_id=visit.chat.id if visit.chat else None,
        query=query,
        literal=literal,
        paper_ids=ids,
        total=total,
        now=visit.now,
        corrected=corrected,
        exact=exact,
        language=visit.language,
        typed=typed,
    )


async def _kept(visit: Visit, search_id: int) -> SearchPage | None:
    """A kept search, where it belongs to this chat or to nobody: numbers can be forged."""
    kept = await visit.desk.store.searches.get(search_id)
    if kept is None:
        return None
    chats: list[Chat | None] = [visit.chat, await visit.own()]
    return kept if kept.chat_id is None or kept.chat_id in {chat.id for chat in chats if chat} else None
