"""Papers as results, and what a paper's message leads to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.commands.visit import Visit
from bot.formatting import Found, marked, marked_authors, with_related
from bot.message import Inline, Message
from bot.model import Paper, StoredPaper
from bot.query import And, Author, Lexicon, Or, Phrase, Query, Word, matches, snippet

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


async def searched_papers(visit: Visit, wanted: Sequence[int], query: Query) -> list[Found]:
    """The same, each with the words and the authors by which a query finds it."""
    lexicon = visit.desk.lexicon

    def shown(each: Found) -> Found:
        paper = each.stored.paper
        why = snippet(query, paper, lexicon)
        names = matching_authors(query, paper, lexicon, words=not why.spans)
        return replace(each, snippet=marked(why), authors=marked_authors(paper.authors, names, visit.language))

    found = await found_papers(visit, wanted, lambda _: ())
    return [await asyncio.to_thread(shown, each) for each in found]


def matching_authors(query: Query, paper: Paper, lexicon: Lexicon, *, words: bool) -> frozenset[str]:
    """The authors of a paper for whom a query asks with `author:`, or where `words` is set with any of its words."""
    kinds = (Author, Word, Phrase) if words else (Author,)

    def met(part: Query, *names: str) -> bool:
        return matches(part, Paper(date=paper.date, title="", authors=names), lexicon)

    # Words that only ask are met by nobody too. Some papers have a thousand authors, most have none that is meant.
    asked = [part for part in _wanted(query) if isinstance(part, kinds)]
    asked = [part for part in asked if met(part, *paper.authors) and not met(part)]
    return frozenset(name for name in paper.authors if any(met(part, name) for part in asked))


def _wanted(query: Query) -> Iterator[Query]:
    """The parts of a query that it does not refuse."""
    match query:
        case And(queries=queries) | Or(queries=queries):
            for part in queries:
                yield from _wanted(part)
        case _:
            yield query


async def related(visit: Visit, message: Message, stored: StoredPaper, language: str) -> Message:
    """A paper's message with buttons for the papers that it mentions and for those like it."""
    ids = (await asyncio.to_thread(visit.desk.index.mentioned, stored))[:MENTIONED]
    papers = await visit.desk.store.papers.get(ids) if ids else {}
    live = [papers[one] for one in ids if one in papers and not papers[one].withdrawn]
    return with_related(message, stored, live, language=language)
