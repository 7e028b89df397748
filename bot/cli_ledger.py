"""The operator's view of the ledger: `paperboy deliveries` and `why`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.formatting import clean
from bot.message import Paragraph
from bot.model import Delivery, DeliveryState
from bot.status import told
from bot.store import Store

T = TypeVar("T")

WIDE: Final = 240
"""Letters of a line where there is no terminal to say how many fit."""


def with_store(work: Callable[[Store], Awaitable[T]]) -> T:
    """Run `work` on the database of the settings; raises StoreError where it is not up to date."""

    async def inside() -> T:
        from bot import app, logs

        settings = app.settings()
        logs.set_up(settings, "WARNING", None)
        store = await Store.open(settings.database_url)
        try:
            await store.check()
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(inside())


def list_ledger(state: DeliveryState | None, chat: int | None, limit: int, *, as_json: bool) -> None:
    """Print deliveries, the last changed first."""
    rows = with_store(lambda store: store.deliveries.listing(state=state, chat_id=chat, limit=limit))
    if as_json:
        print(json.dumps([_row(each) for each in rows], ensure_ascii=False, indent=1))
        return
    numbers = ("id", "chat", "paper", "attempts")
    table = table_of("id", "chat", "paper", "kind", "state", "attempts", "changed", "reason", right=numbers)
    for each in rows:
        table.add_row(
            str(each.id),
            str(each.chat_id),
            str(each.paper_id),
            each.kind,
            each.state,
            str(each.attempts),
            told(each.updated_at),
            Text(clean(each.reason or "")),  # a platform's own words, brackets and all
        )
    console_of_lines().print(table if rows else "No such deliveries.")


def send_again(ids: list[int]) -> int:
    """How many of these unknown or dead deliveries will be sent again."""

    async def again(store: Store) -> int:
        return await store.deliveries.requeue(ids, await store.moment())

    return with_store(again)


def tell_why(chat: int, paper: int, *, as_json: bool) -> None:
    """Print why a paper came to a chat or did not."""

    async def work(store: Store) -> tuple[dict[str, Any], list[str]]:
        from bot import app
        from bot.commands.why import ask
        from bot.formatting.why import why_message
        from bot.matching import Matcher
        from bot.search import load_lexicon

        where = await store.chats.get(chat)
        stored = (await store.papers.get([paper])).get(paper)
        if where is None or stored is None:
            raise ValueError(f"there is no {'chat' if where is None else 'paper'} {chat if where is None else paper}.")
        matcher = Matcher(load_lexicon(app.settings().config))
        now = await store.moment()
        found = await ask(store, matcher, where, stored, now=now)
        message = why_message(found, stored, where, language="en", now=now)
        lines = ["".join(run.text for run in block.inlines) for block in message.blocks if isinstance(block, Paragraph)]
        answer = {
            "title": stored.paper.title,
            "digest": stored.paper.date.isoformat(),
            "published_at": told(stored.published_at),
            "withdrawn": stored.withdrawn,
            "verdict": found.verdict.value,
            "origin": found.origin and found.origin.value,
            "cause": found.cause and found.cause.value,
            "reason": found.reason,
            "at": told(found.at),
            "due": told(found.due),
            "change": found.change and found.change.value,
            "said": lines[1:],
            "chat": {
                "title": where.title,
                "zone": where.zone,
                "active": where.active,
                "inactive_reason": where.inactive_reason,
                "next_post_at": told(where.next_post_at),
                "paused_until": told(where.paused_until),
                "planned_until": told(where.planned_until),
            },
            "subscriptions": [
                {
                    "query": each.canonical,
                    "matches": matcher.matches(each.canonical, stored),
                    "in_time": stored.published_at is not None and each.created_at <= stored.published_at,
                }
                for each in await store.chats.subscriptions(chat)
            ],
            "ledger": [_row(each) for each in await store.deliveries.of_paper(chat, paper)],
        }
        return answer, lines

    found, lines = with_store(work)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    where = found["chat"]
    # What people and platforms wrote must not speak to the terminal.
    called = clean(where["title"]) or "without a title"
    print(f"{clean(found['title'])} ({found['digest']}), for the chat “{called}” ({chat}, {where['zone']}):")
    for line in lines[1:]:
        print(f"  {clean(line)}")
    for row in found["ledger"]:
        tries = "1 attempt" if row["attempts"] == 1 else f"{row['attempts']} attempts"
        reason = f": {clean(row['reason'])}" if row["reason"] else ""
        print(f"- number {row['id']}: {row['kind']} {row['state']} at {row['updated_at']}, {tries}{reason}")
    for each in found["subscriptions"]:
        verdict = "matches" if each["matches"] else "does not match"
        late = ", but is newer than the paper" if each["matches"] and not each["in_time"] else ""
        print(f"- subscription {clean(each['query'])}: {verdict}{late}")
    if where["next_post_at"]:
        print(f"- the chat is looked at next at {where['next_post_at']}")


def console_of_lines() -> Console:
    """Standard output, where a row of a table is a line: only a terminal has an edge to fold it at."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def table_of(*columns: str, right: Collection[str]) -> Table:
    """A plain table whose rows are one line each, but for the last column."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        last = name == columns[-1]
        table.add_column(name, justify="right" if name in right else "left", no_wrap=not last, overflow="fold")
    return table


def _row(each: Delivery) -> dict[str, Any]:
    return {
        "id": each.id,
        "chat": each.chat_id,
        "paper": each.paper_id,
        "kind": each.kind.value,
        "version": each.version,
        "lane": each.lane,
        "state": each.state.value,
        "attempts": each.attempts,
        "due": told(each.due),
        "updated_at": told(each.updated_at),
        "receipt": each.receipt,
        "reason": each.reason,
    }
