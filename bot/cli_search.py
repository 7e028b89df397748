"""`paperboy search`: queries on the command line, papers on standard output, how a query was read on standard error."""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.app import House, open_house
from bot.cli_progress import BuildBar
from bot.formatting import clean, query_name
from bot.query import as_of, impossible, parse_noted
from bot.search import SearchError
from bot.settings import Settings
from bot.settings_words import zone
from bot.strings import counted, day, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What `paperboy search` prints: papers as rows, best first, sentences about how the query was read, and why no
    paper can ever be found where that is so."""

    rows: list[dict[str, Any]]
    remarks: list[str]
    reason: str | None = None


async def answer_to(line: str, house: House, limit: int) -> Answer:
    """The best `limit` papers for a query, and what a person should know about it; today is the house's day."""
    say = partial(text, "en")
    today = house.clock.now().astimezone(zone(house.settings.zone)).date()
    read = as_of(line, today)
    parsed = parse_noted(read, house.lexicon)
    remarks = [say("search.as_of", used=query_name(read), day=day("en", today))] if read != line else []
    remarks += [say(f"query.{note}", words=query_name(parsed.about(note))) for note in parsed.notes]
    if code := impossible(parsed.query):
        return Answer(rows=[], remarks=remarks, reason=say(f"query.{code}"))
    results = house.index.search(parsed.query, limit=limit)  # nobody else waits in this process
    if results.corrected is not None:
        remarks.append(say("search.corrected", used=query_name(results.corrected), typed=query_name(read)))
    if results.fallback is not None and results.exact:
        remarks.append(say("search.fallback_after", papers=counted("en", "papers", results.exact)))
    elif results.fallback is not None:
        remarks.append(say("search.fallback"))
    papers = await house.store.papers.get([hit.paper_id for hit in results.hits])
    rows = [
        {
            "title": papers[hit.paper_id].paper.title,
            "date": papers[hit.paper_id].paper.date.isoformat(),
            "tags": list(papers[hit.paper_id].paper.tags),
            "score": hit.score,
        }
        for hit in results.hits
        if hit.paper_id in papers
    ]
    return Answer(rows=rows, remarks=remarks)


def lines() -> Iterator[tuple[str, str]]:
    """The lines of standard input, each with what to call it."""
    for number, line in enumerate(sys.stdin.buffer, 1):
        yield f"line {number}: ", line.decode("utf-8", errors="replace").rstrip("\r\n")


async def print_answers(settings: Settings, asked: Iterator[tuple[str, str]], limit: int, *, as_json: bool) -> None:
    """Read the seeds folder, then answer each query, which comes with what to call it (nothing, where it is the only
    one): as JSON in a line, else as lines, with an empty one after the papers of a query that is one of several.

    Raises SearchError where there is no index.
    """
    async with contextlib.AsyncExitStack() as open_now:
        bar = open_now.enter_context(BuildBar())
        house = await open_now.enter_async_context(open_house(settings, told=bar))
        gc.enable()
        gc.freeze()  # all of that stays
        try:
            await house.ingest.scan(bar.reading)
        except SearchError as error:
            if not house.index.answers:
                raise
            print(f"paperboy: {error}; what it had is searched.", file=sys.stderr)
        for number, (name, line) in enumerate(asked):
            if number == 1:
                house.index.warm()  # who asks once need not wait for what only some queries need
                gc.freeze()  # all of that stays, and to look through it takes a tenth of a second
            _print(await answer_to(line, house, limit), name, as_json=as_json)


def _print(answer: Answer, name: str, *, as_json: bool) -> None:
    said = [*answer.remarks, *([answer.reason] if answer.reason else [])]
    if not as_json and not answer.rows and not answer.reason:
        said.append("Nothing found.")
    for sentence in said:
        print(f"{name}{sentence}", file=sys.stderr)
    if as_json:
        print(json.dumps(answer.rows, ensure_ascii=False), flush=True)
        return
    for row in answer.rows:
        tags = " ".join(f"#{tag}" for tag in row["tags"])
        print(f"{row['date']}  {clean(row['title'])}  {tags}".rstrip())
    if name:
        print(flush=True)
