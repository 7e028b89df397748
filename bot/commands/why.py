"""Why a paper came to this chat or did not: as a reply to it, with its title, or chosen from the newest digest."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from bot.adapters.base import Command, Reply
from bot.commands.visit import Visit
from bot.formatting import query_name, say
from bot.formatting.why import OFFERED, choose_message, why_message
from bot.matching import Matcher
from bot.message import Message, Paragraph
from bot.model import Chat, DeliveryKind, StoredPaper
from bot.query import as_of, impossible, parse
from bot.store import Store
from bot.why import Facts, Why, explain

CHOICES: Final = 8
"""Papers to choose from."""
LONGEST: Final = 500
"""Letters of a title that are looked at."""


async def why(visit: Visit, argument: str) -> Reply:
    """`/why [TITLE]`. What is replied to goes before what is typed, for that may be a sentence."""
    chat = visit.chat
    if chat is None:
        return Reply(messages=(visit.not_here(),))
    papers = await _replied_to(visit, chat)
    if len(papers) == 1:
        return Reply(messages=(await _answer(visit, chat, papers[0]),))
    if argument:
        titled = await _titled(visit, argument[:LONGEST])
        papers = titled or papers
        if not papers:
            none = visit.say("why.none", _how(visit), query=query_name(argument))
            return Reply(messages=(none,))
        if len(papers) == 1:
            return Reply(messages=(await _answer(visit, chat, papers[0]),))
        return Reply(messages=(choose_message(papers[:CHOICES], language=visit.language),))
    if papers:
        return Reply(messages=(choose_message(papers, language=visit.language),))
    return Reply(messages=(await _usage(visit),))


async def press_why(visit: Visit, paper_id: int) -> Reply:
    """The same for a paper that was chosen."""
    stored = (await visit.desk.store.papers.get([paper_id])).get(paper_id)
    if stored is None:
        return Reply(toast=visit.toast("paper.gone"))
    if visit.chat is None:
        return Reply(messages=(visit.not_here(),))
    return Reply(messages=(await _answer(visit, visit.chat, stored),))


async def ask(store: Store, matcher: Matcher, chat: Chat, stored: StoredPaper, *, now: datetime) -> Why:
    """Look up what an answer is drawn from, and draw it."""
    published = stored.published_at
    held = await store.overview.held(chat.address.lane, now)
    facts = Facts(
        subscriptions=await store.chats.subscriptions(chat.id),
        rows=await store.deliveries.of_paper(chat.id, stored.id),
        repeats=await store.papers.like(stored.id) if published is None else None,
        woke_at=await store.chats.woke_at(chat.id, published) if published is not None else None,
        held_until=held[0] if held is not None else None,
        held_reason=held[1] if held is not None else None,
    )
    return explain(chat, stored, facts, matches=matcher.matches, as_written=matcher.matches_as_written, now=now)


async def _answer(visit: Visit, chat: Chat, stored: StoredPaper) -> Message:
    store, desk = visit.desk.store, visit.desk
    why = await ask(store, Matcher(desk.lexicon), chat, stored, now=visit.now)
    tags = (await store.papers.paper_tags([stored.id])).get(stored.id, ())
    following = await visit.following(chat)
    manages = why.verdict not in OFFERED or await visit.manages()  # which may cost a request
    return why_message(
        why, stored, chat, language=visit.language, now=visit.now, tags=tags, following=following, manages=manages
    )


async def _replied_to(visit: Visit, chat: Chat) -> list[StoredPaper]:
    """The paper of the message that is replied to; of the head of a digest, all of them."""
    event = visit.event
    about = event.about if isinstance(event, Command) else None
    row = await visit.desk.store.deliveries.by_receipt(chat.id, about) if about else None
    if row is None:
        return []
    papers = visit.desk.store.papers
    found = (await papers.get([row.paper_id]))[row.paper_id]
    if row.kind is DeliveryKind.POST:
        return [found]
    return await papers.of_digest(found.digest_id) or [found]


async def _titled(visit: Visit, words: str) -> list[StoredPaper]:
    """The paper whose title this is, else those with these words in their titles, else what a search finds first."""
    found = await visit.desk.store.papers.titled(words, CHOICES)
    exact = [stored for stored in found if stored.paper.title.casefold() == words.casefold()]
    if exact or found:
        return exact[:1] or found
    query = parse(as_of(words, visit.today), visit.desk.lexicon)
    if impossible(query):
        return []
    results = await asyncio.to_thread(visit.desk.index.search, query, limit=1)
    ids = [hit.paper_id for hit in results.hits]
    return list((await visit.desk.store.papers.get(ids)).values())


async def _usage(visit: Visit) -> Message:
    papers = (await visit.desk.store.papers.latest())[:CHOICES]
    language = visit.language
    examples = say(language, "why.examples")
    if not papers:
        how = _how(visit)
        return Message(summary="".join(inline.text for inline in how.inlines), blocks=(how, examples))
    return choose_message(papers, language=language, notes=(_how(visit, role="body"), examples))


def _how(visit: Visit, role: str = "note") -> Paragraph:
    """How to ask for a paper: in answer to it, as far as the platform has commands there, or by its title."""
    called = visit.event.in_threads
    if called is None:
        return say(visit.language, "why.usage", role=role)
    return say(visit.language, "why.usage_in_threads", role=role, called=called)
