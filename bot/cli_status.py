"""`paperboy status`: what is going on, once or again and again, for people and for programs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Final

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bot.cli import plural
from bot.cli_ledger import console_of_lines, table_of, with_store
from bot.status import Lane, Posts, Status, alive, as_dict, look, pause
from bot.store import Failure, LaneNow, Store, StoreError

LANES_SHOWN: Final = 20
FAILURES_SHOWN: Final = 8
EVERY: Final = 1.0
REST: Final = 4.0
"""Watching rests so many times as long as a look takes, so that it is never a burden to a large ledger."""
_BAR: Final = 32


def show(*, as_json: bool, watch: bool) -> None:
    """Print what is going on; to watch is to do so again and again, until Ctrl-C."""
    console = console_of_lines()
    if watch:
        try:
            with_store(lambda store: _watch(store, console, as_json=as_json))
        except KeyboardInterrupt:
            return
    found = with_store(_look)
    if as_json:
        print(json.dumps(as_dict(found), ensure_ascii=False, indent=1))
        return
    console.print(drawn(found, bar=_bar(console)))


async def _look(store: Store) -> Status:
    return await look(store, await store.moment())


async def _watch(store: Store, console: Console, *, as_json: bool) -> None:
    """Look until interrupted. A database that is away for a while is waited for."""
    live = Live(console=console, auto_refresh=False) if console.is_terminal and not as_json else None
    with live or nullcontext():
        while True:
            started = time.monotonic()
            try:
                found = await _look(store)
                if as_json:
                    print(json.dumps(as_dict(found), ensure_ascii=False), flush=True)
                elif live is not None:
                    live.update(drawn(found, bar=_bar(console)), refresh=True)
                else:
                    console.print(drawn(found, bar=0), "")
            except StoreError as error:
                if live is not None:
                    live.update(Text(f"{error}; trying again"), refresh=True)
                else:
                    typer.echo(f"{error}; trying again", err=True)
            took = time.monotonic() - started
            await asyncio.sleep(max(EVERY - took, REST * took))


def drawn(found: Status, *, bar: int) -> RenderableType:
    """The same for people; a progress bar is so many letters long, 0 where there is no terminal to draw it on."""
    archive, chats = found.archive, found.chats
    span = f", {archive.first} to {archive.last}" if archive.first else ""
    planning = f", {found.to_plan:,} to be planned" if found.to_plan else ""
    following = plural(chats.subscriptions, "subscription")
    parts: list[RenderableType] = [
        _line("Archive", f"{plural(archive.papers, 'paper')} in {plural(archive.digests, 'digest')}{span}"),
        _line("Chats", f"{chats.active:,} active, {chats.asleep:,} asleep, {following}{planning}"),
    ]
    for number, posting in enumerate(found.postings):
        when = f"{posting.at:%Y-%m-%d %H:%M}Z, in {_span(posting.at - found.now)}: {plural(posting.chats, 'chat')}"
        parts.append(_line("" if number else "Next", when))
    if found.posts:
        parts += ["", _bars(found.posts, bar) if bar else Group(*(Text(_posting(each)) for each in found.posts))]
    if found.lanes:
        parts += ["", _lane_table(found)]
    if len(found.lanes) > LANES_SHOWN:
        parts.append(Text(f"… and {len(found.lanes) - LANES_SHOWN:,} more lanes"))
    if found.failures:
        parts += ["", _failure_table(found.failures)]
    for file in found.files:
        parts += [Text(f"Not read: {file.name}:{problem.line}: {problem.message}") for problem in file.problems]
    if any(lane.unknown for lane in found.lanes):
        parts.append(Text("What is unknown may or may not have arrived: paperboy deliveries --state unknown"))
    return Group(*parts)


def _line(name: str, words: str) -> Text:
    return Text(f"{name:<9}{words}")


def _posting(each: Posts) -> str:
    share = 100 * (each.owed - each.left) // each.owed
    left = f", {_span(each.remaining)} left" if each.remaining is not None else ""
    failed = f", {each.unknown:,} unknown" if each.unknown else ""
    failed += f", {each.dead:,} dead" if each.dead else ""
    return f"Posting  {each.day}: {each.posted:,} of {each.owed:,} ({share} %){failed}, {each.rate:,.1f}/s{left}"


def _bar(console: Console) -> int:
    return max(6, min(_BAR, console.width - 64)) if console.is_terminal else 0


def _bars(posts: Sequence[Posts], width: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "left", "right", "right", "right", "left"):
        grid.add_column(justify=justify, no_wrap=True)
    for each in posts:
        done = each.owed - each.left
        left = f"{_span(each.remaining)} left" if each.remaining is not None else "not moving"
        grid.add_row(
            f"Posting  {each.day}",
            ProgressBar(total=each.owed, completed=done, width=width),
            f"{each.posted:,} of {each.owed:,}",
            f"{100 * done // each.owed} %",
            f"{each.rate:,.1f}/s",
            left,
        )
    return grid


def _lane_table(found: Status) -> Table:
    """The lanes, without the columns in which nothing stands."""
    shown = found.lanes[:LANES_SHOWN]
    rows = [
        {
            "lane": lane.name if len(lane.parts) < 2 else f"{lane.name} ({len(lane.parts)} parts)",
            "owner": ", ".join(dict.fromkeys(_owner(part, found.now) for part in lane.parts)) or "nobody",
            "waiting": f"{lane.ready:,}",
            "sending": f"{lane.sending:,}",
            "/s now": f"{lane.rate:,.1f}",
            "/s minute": f"{lane.minute_rate:,.1f}",
            "unknown": f"{lane.unknown:,}" if lane.unknown else "",
            "dead": f"{lane.dead:,}" if lane.dead else "",
            "next": f"{lane.next_due:%H:%M:%S}Z" if lane.next_due is not None else "",
            "held": _held(lane, found.now),
        }
        for lane in shown
    ]
    names = [name for name in rows[0] if any(row[name] for row in rows)]
    table = table_of(*names, right=("waiting", "sending", "/s now", "/s minute", "unknown", "dead"))
    for row in rows:
        table.add_row(*(Text(row[name]) for name in names))
    return table


def _held(lane: Lane, now: datetime) -> str:
    for part in lane.parts:
        if (until := pause(part, now)) is not None:
            return f"until {until:%H:%M:%S}Z: {part.reason or 'no reason given'}"
    return ""


def _failure_table(failures: Sequence[Failure]) -> Table:
    table = table_of("not sent", "state", "lane", "reason", right=("not sent",))
    for each in failures[:FAILURES_SHOWN]:
        table.add_row(f"{each.count:,}", each.state, Text(each.lane), Text(each.reason))
    rest = failures[FAILURES_SHOWN:]
    if rest:
        table.add_row(f"{sum(each.count for each in rest):,}", "", "", "for other reasons")
    return table


def _owner(part: LaneNow, now: datetime) -> str:
    if not part.owner:
        return "nobody"
    return part.owner if alive(part, now) else f"{part.owner} (gone)"


def _span(span: timedelta) -> str:
    """Roughly how long: "45 s", "3 min 20 s", "2 h 5 min", "3 days"."""
    seconds = max(0, round(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days > 1:
        return f"{days:,} days"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
