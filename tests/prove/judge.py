"""What became of the promise: the receiver's record against what was owed, and the ledger's word for the rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from bot.model import Delivery, DeliveryKind, DeliveryState
from bot.store import Store
from tests.prove.side import Arrived, Place

CLOCKS_APART: Final = 0.05
THAWED_SECONDS: Final = 0.5
"""So long after a frozen process goes on, what it was about to send has arrived."""
A_CHATS_SECOND: Final = 1.0
"""So long after that a chat takes nothing else."""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """One run in numbers. `thawed` are the doubles of a process that was frozen between its last look at its lease and
    its request, and what came too fast by it: the one case that nothing can rule out. Of what is `unknown`, `unseen`
    lies where nobody can look (Telegram's private chats and plain groups). `done` is what was done to the processes,
    `met` how many requests met which harm."""

    owed: int = 0
    once: int = 0
    lost: int = 0
    doubled: int = 0
    thawed: int = 0
    unknown: int = 0
    unseen: int = 0
    disordered: int = 0
    stale: int = 0
    broken: int = 0
    open: int = 0
    done: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the promise was kept."""
        hidden = self.unknown - self.unseen  # of unknown fate, where somebody can look
        return not (self.lost or self.doubled or self.disordered or self.broken or self.stale or self.open or hidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A paper that every chat is owed: its place in the digest, and how each of its versions reads."""

    paper_id: int
    title: str
    position: int
    prints: frozenset[str]
    live: bool
    shows: str


async def judge(
    store: Store,
    places: Sequence[Place],
    gone: set[str],
    moved: set[str],
    papers: Sequence[Owed],
    arrived: Sequence[Arrived],
    standing: Mapping[str, Sequence[str]],
    thaws: Sequence[float],
    broken: Mapping[str, int],
    blamed: Sequence[float],
    complaints: Sequence[str],
) -> Verdict:
    """Count. `gone` are chats that left during the run: nothing is owed to them any more. What was posted before a chat
    `moved` cannot be corrected afterwards."""
    held = [at for at in blamed if after_a_thaw(at, thaws, THAWED_SECONDS + A_CHATS_SECOND) is None]
    broken = {**broken, "held against it": len(held)}
    verdict = Verdict(broken=sum(broken.values()), thawed=len(blamed) - len(held))
    verdict.details += [f"limit broken: {name} × {count}" for name, count in broken.items() if count]
    verdict.details += complaints
    by_print = {what: paper for paper in papers for what in paper.prints}
    got: dict[str, list[tuple[Owed, float]]] = defaultdict(list)
    for each in arrived:
        if (paper := by_print.get(each.what)) is not None:
            got[each.place].append((paper, each.at))
    states = await _states(store, places)
    for place in places:
        times: dict[int, list[float]] = defaultdict(list)
        for paper, at in got[place.name]:
            times[paper.paper_id].append(at)
        for paper in papers:
            state, reason = states.get((place.name, paper.paper_id), ("", ""))
            count = len(times[paper.paper_id])
            for earlier, later in pairwise(times[paper.paper_id]):
                thawed = after_a_thaw(later, thaws)
                verdict.thawed += thawed is not None
                verdict.doubled += thawed is None
                verdict.details.append(
                    f"{'DOUBLED' if thawed is None else f'doubled {thawed:.2f} s after a thaw'}: {paper.title} at"
                    f" {place.kind} {place.name}, {later - earlier:.2f} s later ({state} {reason})"
                )
            if place.name in gone or not paper.live:
                continue
            verdict.owed += 1
            verdict.once += count == 1
            if state == DeliveryState.UNKNOWN:
                verdict.unknown += 1
                verdict.unseen += not place.seen
                verdict.reasons[f"{place.kind}: {reason} ({'it had arrived' if count else 'it had not arrived'})"] += 1
            elif count == 0:
                verdict.lost += 1
                verdict.details.append(
                    f"LOST: {paper.title} at {place.kind} {place.name} ({state or 'no row'} {reason})"
                )
            elif place.name not in moved and not any(paper.shows in text for text in standing.get(place.name, ())):
                verdict.stale += 1
                verdict.details.append(f"STALE: {paper.title} at {place.kind} {place.name} ({state} {reason})")
        order = [paper.position for paper, _ in got[place.name]]
        seen: list[int] = list(dict.fromkeys(order))
        if seen != sorted(seen):
            verdict.disordered += 1
            verdict.details.append(f"DISORDERED: {place.kind} {place.name}: {seen}")
    left = await still_open(store)
    verdict.open = len(left)
    verdict.details += [f"OPEN: {row.kind} of paper {row.paper_id}, chat {row.chat_id}: {row.state}" for row in left]
    return verdict


def after_a_thaw(at: float, thaws: Sequence[float], within: float = THAWED_SECONDS) -> float | None:
    """Seconds from the thaw that may have let this message go; None where none has."""
    return min((at - thaw for thaw in thaws if -CLOCKS_APART <= at - thaw <= within), default=None)


async def still_open(store: Store) -> list[Delivery]:
    """What is owed to chats that are there. A sleeping chat's corrections wait until it wakes."""
    found: list[Delivery] = []
    for state in (DeliveryState.READY, DeliveryState.SENDING):
        for row in await store.deliveries.listing(state=state, limit=10_000):
            chat = await store.chats.get(row.chat_id)
            if chat is not None and chat.active:
                found.append(row)
    return found


async def _states(store: Store, places: Sequence[Place]) -> dict[tuple[str, int], tuple[str, str]]:
    """The state and reason of each post, by the place's first name and the paper."""
    found: dict[tuple[str, int], tuple[str, str]] = {}
    names: dict[int, str] = {}
    for number, place in enumerate(places, 1):
        names[number] = place.name
    for row in await store.deliveries.listing(limit=1_000_000):
        if row.kind is DeliveryKind.POST and row.chat_id in names:
            found[names[row.chat_id], row.paper_id] = (row.state.value, row.reason or "")
    return found
