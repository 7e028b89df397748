"""Searching the archive, turning its pages, the newest digest, one paper whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.adapters.base import Reply
from bot.commands.found import found_papers, related
from bot.commands.subscribe import open_private_chat, subscribe_to
from bot.commands.visit import TOAST, Visit
from bot.formatting import (
    PAGE,
    Nearby,
    latest_message,
    marked,
    nothing_found_message,
    notice,
    opening,
    paper_message,
    query_name,
    results_message,
    say,
)
from bot.message import Message
from bot.model import Chat
from bot.query import Query, impossible, parse, parse_noted, snippet
from bot.search import Results
from bot.store import SearchPage
from bot.strings import counted

LONGEST: Final = 2000
"""Letters of a search: room for a whole abstract."""

OFFERED: Final = 3
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
    parsed = parse_noted(argument, visit.desk.lexicon)
    if code := impossible(parsed.query):
        return Reply(messages=(visit.say(f"query.{code}", say(language, "search.examples")),))
    return Reply(messages=(await _results(visit, argument, literal=False),))


async def latest(visit: Visit) -> Reply:
    """`/latest`: the papers of the newest digest, to choose from."""
    papers = await visit.desk.store.papers.latest()
    if not papers:
        return Reply(messages=(visit.say("search.nothing_yet"),))
    ids = [stored.id for stored in papers]
    kept = await _keep(visit, "", ids, len(ids), literal=True)
    return Reply(messages=(await _latest_page(visit, kept, ids, 0),))


async def press_page(visit: Visit, search_id: int, page: int) -> Reply:
    """Turn to a page of a kept search, in place."""
    kept = await _kept(visit, search_id)
    if kept is None or not kept.paper_ids or page * PAGE >= len(kept.paper_ids):
        return Reply(toast=visit.toast("toast.expired"))
    if not kept.query:
        return Reply(replace=await _latest_page(visit, kept.id, kept.paper_ids, page))
    query = parse(kept.query, visit.desk.lexicon)
    results = await _search(visit, query, literal=kept.literal)
    return Reply(replace=await _results_page(visit, kept.query, results, kept.id, kept.paper_ids, kept.total, page))


async def press_paper(visit: Visit, paper_id: int) -> Reply:
    """Show one paper whole."""
    store = visit.desk.store
    stored = (await store.papers.get([paper_id])).get(paper_id)
    if stored is None or stored.withdrawn:
        return Reply(toast=visit.toast("paper.gone"))
    tags = (await store.papers.paper_tags([paper_id])).get(paper_id, ())
    following = await visit.following(visit.chat)
    message = paper_message(stored, tags, language=visit.language, following=following)
    return Reply(messages=(await related(visit, message, stored),))


async def press_literally(visit: Visit, search_id: int) -> Reply:
    """Search again for exactly what was typed."""
    kept = await _kept(visit, search_id)
    if kept is None or not kept.query:
        return Reply(toast=visit.toast("toast.expired"))
    return Reply(replace=await _results(visit, kept.query, literal=True))


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
    wanted = kept.query
    if not kept.literal:
        results = await _search(visit, parse(wanted, visit.desk.lexicon), literal=False)
        wanted = results.corrected or wanted
    place = await visit.personal()
    if place is None:
        return await open_private_chat(visit, wanted)
    return await subscribe_to(visit, place, wanted)


async def _results(visit: Visit, typed: str, *, literal: bool) -> Message:
    desk, language = visit.desk, visit.language
    parsed = parse_noted(typed, desk.lexicon)
    results = await _search(visit, parsed.query, literal=literal)
    ids = [hit.paper_id for hit in results.hits]
    kept = await _keep(visit, typed, ids, results.total, literal=literal)
    if ids:
        return await _results_page(visit, typed, results, kept, ids, results.total, 0)
    near = await visit.near_tags(typed, parsed.query)
    following = await visit.following(visit.chat)
    instead = await _instead(visit, parsed.query)
    return nothing_found_message(
        typed, language=language, search_id=kept, nearest=near, following=following, instead=instead
    )


async def _instead(visit: Visit, query: Query) -> list[Nearby]:
    """Searches that find something where this one does not, kept so that a button can show them."""
    nearest = await visit.nearest(query)
    found: list[Nearby] = []
    for line in dict.fromkeys(filter(None, (nearest.spelling, *nearest.fewer))):
        results = await _search(visit, parse(line, visit.desk.lexicon), literal=True)
        if results.hits and len(found) < OFFERED:
            ids = [hit.paper_id for hit in results.hits]
            kept = await _keep(visit, line, ids, results.total, literal=True)
            found.append(Nearby(query=line, papers=results.total, search_id=kept))
    return found


async def _search(visit: Visit, query: Query, *, literal: bool) -> Results:
    return await asyncio.to_thread(visit.desk.index.search, query, limit=KEPT, literal=literal)


async def _results_page(
    visit: Visit, typed: str, results: Results, search_id: int, ids: Sequence[int], total: int, page: int
) -> Message:
    lexicon = visit.desk.lexicon
    parsed = parse_noted(typed, lexicon)
    query = parsed.query if results.corrected is None else parse(results.corrected, lexicon)
    found = await found_papers(
        visit, ids[page * PAGE : (page + 1) * PAGE], lambda paper: marked(snippet(query, paper, lexicon))
    )
    notes = [say(visit.language, f"query.{note}") for note in parsed.notes]
    if results.fallback is not None and results.exact:
        papers = counted(visit.language, "papers", results.exact)
        notes.append(say(visit.language, "search.fallback_after", papers=papers))
    elif results.fallback is not None:
        notes.append(say(visit.language, "search.fallback"))
    return results_message(
        found,
        language=visit.language,
        query=typed if results.corrected is None else results.corrected,
        instead_of=None if results.corrected is None else typed,
        search_id=search_id,
        page=page,
        pages=-(-len(ids) // PAGE),
        total=total,
        notes=notes,
    )


async def _latest_page(visit: Visit, search_id: int, ids: Sequence[int], page: int) -> Message:
    found = await found_papers(visit, ids[page * PAGE : (page + 1) * PAGE], opening)
    if not found:
        return notice(visit.language, "paper.gone")
    return latest_message(
        found,
        language=visit.language,
        when=found[0].stored.paper.date,
        search_id=search_id,
        page=page,
        pages=-(-len(ids) // PAGE),
        total=len(ids),
    )


async def _keep(visit: Visit, query: str, ids: Sequence[int], total: int, *, literal: bool) -> int:
    return await visit.desk.store.searches.keep(
        chat_id=visit.chat.id if visit.chat else None,
        query=query,
        literal=literal,
        paper_ids=ids,
        total=total,
        now=visit.now,
    )


async def _kept(visit: Visit, search_id: int) -> SearchPage | None:
    """A kept search, where it belongs to this chat or to nobody: numbers can be forged."""
    kept = await visit.desk.store.searches.get(search_id)
    if kept is None:
        return None
    chats: list[Chat | None] = [visit.chat, await visit.own()]
    return kept if kept.chat_id is None or kept.chat_id in {chat.id for chat in chats if chat} else None
