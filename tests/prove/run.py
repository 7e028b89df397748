"""One run: a digest to many chats, while everything goes wrong; then the judge."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.digest import parse_digest
from bot.model import ChatKind, DeliveryKind, Paper, StoredPaper
from bot.store import Store, StoreError
from tests.fakes.archive import changed_since
from tests.prove.chaos import LEASE_SECONDS, Script, Storm
from tests.prove.house import database, processes
from tests.prove.judge import Owed, Verdict, judge, still_open
from tests.prove.side import Place, Side
from tests.prove.slack import slack
from tests.prove.telegram import telegram

LAYOUTS: Final = {
    "1": ("web,worker,clock",),
    "2": ("web,worker,clock", "worker"),
    "4": ("web", "worker", "worker", "clock"),
}
SIDES: Final[dict[str, Callable[[Path, int], AbstractAsyncContextManager[Side]]]] = {
    "telegram": telegram,
    "slack": slack,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run: which platform and database, in which processes, and how much of what."""

    side: str
    base: str
    layout: str
    chats: int
    papers: int
    script: Script

    @property
    def name(self) -> str:
        """side/database/layout."""
        return f"{self.side}/{self.base}/{self.layout}"


class Curator:
    """The digest and its three versions: as it was, with a correction and an addition, and with another correction."""

    def __init__(self, folder: Path, papers: int, corrected: int) -> None:
        self._folder = folder / "seeds"
        self._folder.mkdir(exist_ok=True)
        self._papers = papers
        self._corrected = corrected
        self.titles = [f"Study {number:02} of Reliable Delivery" for number in range(papers + 1)]
        self.first = "A Word Before the Storm"

    async def begin(self) -> None:
        """Yesterday's digest, which is posted in fair weather, so that the chats are not all new."""
        today = datetime.now(UTC)
        lines = [
            f"{today.year}년 {today.month}월 {today.day}일",
            self.first,
            "(Ada Lovelace)",
            "첫 논문입니다.",
            "#first",
        ]
        await self._put("\n".join(lines) + "\n", "first.txt")

    async def _put(self, text: str, name: str) -> None:
        fresh = self._folder.parent / "being-written"
        fresh.write_text(text, encoding="utf-8")
        fresh.rename(self._folder / name)

    def text(self, version: int) -> str:
        """The file."""
        today = datetime.now(UTC)
        lines = [f"{today.year}년 {today.month}월 {today.day}일"]
        for number, title in enumerate(self.titles[: self._papers + (version > 0)]):
            corrected = {0: "", 1: " 첫 번째로 고쳤습니다.", 2: " 두 번째로 고쳤습니다."}[
                version if number < self._corrected else 0
            ]
            lines += [title, "(Ada Lovelace, Alan Turing)", f"{number}번 논문의 해설입니다.{corrected}", "#delivery"]
        return "\n".join(lines) + "\n"

    async def save(self, version: int) -> None:
        """Put the file where it belongs, whole."""
        await self._put(self.text(version), "today.txt")

    def papers(self, version: int) -> dict[str, Paper]:
        """The papers of a version by their titles."""
        digest = parse_digest(self.text(version)).digest
        assert digest is not None
        return {paper.title: paper for paper in digest.papers}


async def run(plan: Plan, folder: Path, seed: int, say: Callable[[str], None], *, chats: int | None = None) -> Verdict:
    """Do it, and judge it."""
    rng = random.Random(f"{seed} {plan.name}")
    async with database(plan.base, folder) as base, SIDES[plan.side](folder, seed) as side:
        curator = Curator(folder, plan.papers, side.corrected)
        places = await side.places(chats or plan.chats)
        store = await Store.open(base.url)
        try:
            await _meet(store, places, threads=side.threads)
            settings = {
                **side.settings,
                "BOT_LEASE_SECONDS": str(LEASE_SECONDS),
                "BOT_TICK_SECONDS": "0.3",
                "BOT_SCAN_SECONDS": "2",
                "BOT_LOG_LEVEL": "INFO",
            }
            async with processes(LAYOUTS[plan.layout], base, folder, settings) as running:
                await curator.begin()
                await _settled(store, say, side.settle_seconds)
                await curator.save(0)
                storm = Storm(
                    side=side, base=base, processes=running, places=places, rng=rng, edit=curator.save, say=say
                )
                await storm.rage(plan.script, len(places) * (plan.papers + 1))
                await side.calm()
                say(f"the slowest stop took {storm.slowest_stop:.1f} s; waiting for the rest")
                await storm.revive()
                await _settled(store, say, side.settle_seconds)
            papers = await _owed(store, curator, side)
            standing = {place.name: await side.stands(place) for place in places}
            verdict = await judge(
                store, places, storm.gone, storm.moved, papers, await side.arrived(), standing, storm.thaws,
                await side.broken(), await side.blamed(), await side.complaints(),
            )  # fmt: skip
            return replace(verdict, done=storm.done, met=Counter(await side.met()))
        finally:
            await store.close()


async def _meet(store: Store, places: list[Place], *, threads: bool) -> None:
    for number, place in enumerate(places):
        chat, _ = await store.chats.meet(
            place.address, kind=place.kind, title=place.name, language="ko", zone="Asia/Seoul",
            now=datetime.now(UTC), subscribe=("*", "*"),
        )  # fmt: skip
        if threads and place.kind is not ChatKind.PRIVATE and number % 2:
            await store.chats.change(chat.id, settings={"layout": "thread"}, now=datetime.now(UTC))


async def _settled(store: Store, say: Callable[[str], None], seconds: float) -> None:
    """Wait until nothing is owed any more, and stays so."""
    until = time.monotonic() + seconds
    quiet = 0
    while time.monotonic() < until:
        try:
            lanes = await store.deliveries.counts()
            few = sum(lane.ready + lane.sending for lane in lanes) < 100
            quiet = quiet + 1 if lanes and few and not await still_open(store) else 0
        except StoreError:
            quiet = 0
        if quiet >= 6:
            return
        await asyncio.sleep(0.4)
    say("it did not settle in time")


async def _owed(store: Store, curator: Curator, side: Side) -> list[Owed]:
    """What every chat is owed, as the store has it, each in all its versions."""
    versions = [curator.papers(version) for version in range(3)]
    found: list[Owed] = []
    stored: dict[str, StoredPaper] = {}
    keys: dict[int, list[str]] = {}
    for row in await store.deliveries.listing(limit=1_000_000):
        if row.kind is DeliveryKind.POST:
            keys.setdefault(row.paper_id, []).append(f"{row.paper_id}-{row.id}")
    for each in (await changed_since(store, 0))[1]:
        stored[each.paper.title] = each
    for position, title in enumerate([curator.first, *curator.titles]):
        its = stored[title]
        papers = [of[title] for of in versions if title in of] or [its.paper]
        known = keys.get(its.id, ())
        prints = {what for paper in papers for what in side.prints(replace(its, paper=paper), known)}
        found.append(
            Owed(
                paper_id=its.id, title=title, position=position, prints=frozenset(prints), live=not its.withdrawn,
                shows=its.paper.commentary[0],
            )
        )  # fmt: skip
    return found
