"""The operator's view of the ledger: `paperboy status`, `deliveries` and `why`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from bot.model import Delivery, DeliveryState
from bot.store import Store

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

deliveries = typer.Typer(help="The ledger: what is owed to whom and what became of it.", invoke_without_command=True)


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


def status(as_json: Json = False) -> None:
    """Show the archive, the chats, the lanes and what waits for an operator."""

    async def work(store: Store) -> dict[str, Any]:
        archive = await store.papers.counts()
        chats = await store.chats.counts()
        files = await store.digests.files()
        held = {lane.name: lane for lease in await store.leases.shards() for lane in await store.leases.lanes(lease)}
        now = datetime.now(UTC)
        lanes = []
        for lane in await store.deliveries.counts():
            next_due = await store.deliveries.next_due(lane.lane, now)
            paused = held[lane.lane].paused_until if lane.lane in held else None
            lanes.append(
                {
                    "lane": lane.lane,
                    "ready": lane.ready,
                    "sending": lane.sending,
                    "sent": lane.sent,
                    "unknown": lane.unknown,
                    "dead": lane.dead,
                    "next_due": _moment(next_due),
                    "paused_until": _moment(paused) if paused and paused > now else None,
                }
            )
        return {
            "archive": {
                "digests": archive.digests,
                "papers": archive.papers,
                "first": archive.first and archive.first.isoformat(),
                "last": archive.last and archive.last.isoformat(),
            },
            "chats": {"active": chats.active, "asleep": chats.asleep, "subscriptions": chats.subscriptions},
            "bad_files": [
                {"file": file.name, "line": problem.line, "code": problem.code, "message": problem.message}
                for file in files.values()
                if file.state == "bad"
                for problem in file.problems
            ],
            "lanes": lanes,
        }

    found = with_store(work)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False)
    archive, chats = found["archive"], found["chats"]
    span = f", {archive['first']} to {archive['last']}" if archive["first"] else ""
    console.print(f"Archive  {archive['papers']:,} papers in {archive['digests']:,} digests{span}", markup=False)
    console.print(
        f"Chats    {chats['active']:,} active, {chats['asleep']:,} asleep, {chats['subscriptions']:,} subscriptions",
        markup=False,
    )
    states = ("ready", "sending", "sent", "unknown", "dead")
    table = _table("lane", *states, "next", "paused until", right=states)
    for lane in found["lanes"]:
        numbers = [f"{lane[name]:,}" for name in states]
        table.add_row(lane["lane"], *numbers, lane["next_due"], lane["paused_until"] or "")
    if found["lanes"]:
        console.print(table)
    for bad in found["bad_files"]:
        console.print(f"Not read: {bad['file']}:{bad['line']}: {bad['message']}", markup=False)
    if any(lane["unknown"] for lane in found["lanes"]):
        console.print("What is unknown may or may not have arrived: paperboy deliveries --state unknown", markup=False)


@deliveries.callback()
def listing(
    context: typer.Context,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    chat: Annotated[int | None, typer.Option(help="Only those of this chat (its number).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most rows.")] = 50,
    as_json: Json = False,
) -> None:
    """List the ledger, the last changed first."""
    if context.invoked_subcommand is not None:
        return
    rows = with_store(lambda store: store.deliveries.listing(state=state, chat_id=chat, limit=limit))
    if as_json:
        print(json.dumps([_row(each) for each in rows], ensure_ascii=False, indent=1))
        return
    numbers = ("id", "chat", "paper", "attempts")
    table = _table("id", "chat", "paper", "kind", "state", "attempts", "changed", "reason", right=numbers)
    for each in rows:
        table.add_row(
            str(each.id),
            str(each.chat_id),
            str(each.paper_id),
            each.kind,
            each.state,
            str(each.attempts),
            _moment(each.updated_at),
            each.reason or "",
        )
    Console(highlight=False).print(table if rows else "No such deliveries.")


@deliveries.command()
def requeue(
    ids: Annotated[list[int], typer.Argument(help="Ids of unknown or dead deliveries, as listed.")],
) -> None:
    """Send unknown or dead deliveries again; an unknown one may then arrive twice."""
    count = with_store(lambda store: store.deliveries.requeue(ids, datetime.now(UTC)))
    print(f"{count} of {len(ids)} will be sent again.")
    if count < len(ids):
        raise typer.Exit(1)


def why(
    chat: Annotated[int, typer.Option(help="The chat's number, as `paperboy deliveries` shows it.")],
    paper: Annotated[int, typer.Option(help="The paper's number.")],
    as_json: Json = False,
) -> None:
    """Say why a paper came to a chat or did not."""

    async def work(store: Store) -> dict[str, Any]:
        from bot import app
        from bot.matching import Matcher
        from bot.search import load_lexicon

        where = await store.chats.get(chat)
        stored = (await store.papers.get([paper])).get(paper)
        if where is None or stored is None:
            raise ValueError(f"there is no {'chat' if where is None else 'paper'} {chat if where is None else paper}.")
        matcher = Matcher(load_lexicon(app.settings().config))
        subscriptions = await store.chats.subscriptions(chat)
        return {
            "title": stored.paper.title,
            "digest": stored.paper.date.isoformat(),
            "published_at": _moment(stored.published_at),
            "withdrawn": stored.withdrawn,
            "chat": {
                "title": where.title,
                "active": where.active,
                "inactive_reason": where.inactive_reason,
                "next_post_at": _moment(where.next_post_at),
                "planned_until": _moment(where.planned_until),
            },
            "subscriptions": [
                {
                    "query": each.canonical,
                    "matches": matcher.matches(each.canonical, stored),
                    "in_time": stored.published_at is not None and each.created_at <= stored.published_at,
                }
                for each in subscriptions
            ],
            "ledger": [_row(each) for each in await store.deliveries.of_paper(chat, paper)],
        }

    found = with_store(work)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for line in _reasons(found):
        print(line)


def _reasons(found: dict[str, Any]) -> list[str]:
    """What `why` found, in sentences."""
    where = found["chat"]
    lines = [f"{found['title']} ({found['digest']}), for the chat “{where['title'] or 'without a title'}”:"]
    for row in found["ledger"]:
        reason = f": {row['reason']}" if row["reason"] else ""
        lines.append(f"- the ledger says {row['kind']} {row['state']} at {row['updated_at']}{reason}.")
    if found["published_at"] is None:
        lines.append("- it was too old when it arrived, so it is only kept for searching (see paperboy publish).")
    if found["withdrawn"]:
        lines.append("- the curator withdrew it.")
    for each in found["subscriptions"]:
        verdict = "matches it" if each["matches"] else "does not match it"
        late = "" if each["in_time"] or found["published_at"] is None else ", but is newer than the digest"
        lines.append(f"- the subscription {each['query']} {verdict}{late}.")
    if not found["subscriptions"]:
        lines.append("- the chat follows nothing.")
    if not where["active"]:
        lines.append(f"- the chat sleeps: {where['inactive_reason']}.")
    elif not found["ledger"] and where["next_post_at"]:
        lines.append(f"- the chat is looked at next at {where['next_post_at']}.")
    return lines


def _table(*columns: str, right: Collection[str]) -> Table:
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
        "due": _moment(each.due),
        "updated_at": _moment(each.updated_at),
        "receipt": each.receipt,
        "reason": each.reason,
    }


def _moment(when: datetime | None) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if when else ""
