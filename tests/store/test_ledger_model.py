"""The promise of the ledger, against a world that forgets nothing: whatever the curator does and whenever a worker
dies, in the end every chat shows every paper that it is owed exactly once, as the paper is now."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.model import Chat, DeliveryKind, DeliveryState, GiveUp, Outcome, Paper, Retry, Sent, StoredPaper
from bot.store import Due, Lease, Result, Step, Store
from tests.store.desk import LANE, NOW, Desk, a_paper

T = TypeVar("T")

TOPICS = [a_paper(f"{word} in large language models") for word in ("Attention", "Scaling", "Forgetting", "Pruning")]
CHATS = 3

Change = tuple[int, str]
CHANGES = st.none() | st.tuples(
    st.integers(0, len(TOPICS) - 1), st.sampled_from(["write or fix", "first form", "remove"])
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has left; `shows` is what it carries, and the answer may never come."""

    due: Due
    shows: str
    receipt: str


class LedgerMachine(RuleBasedStateMachine):
    """The curator, the clock and a worker take turns in any order; the world is what readers see."""

    settings_of_one: Mapping[str, str] = {"layout": "thread"}

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.run(Store.open("sqlite://"))
        self.run(self.store.migrate())
        self.desk = Desk(self.store)
        self.seconds = itertools.count(1)
        self.receipts = itertools.count(1)
        self.versions = itertools.count(1)
        self.file: dict[int, Paper] = {}
        self.visible: dict[tuple[int, str], tuple[int, str | None]] = {}  # (chat, receipt) -> (paper, what it shows)
        self.heads: dict[tuple[int, str], int] = {}  # (chat, receipt) -> paper
        self.open: list[Request] = []
        self.loaded: list[tuple[Due, StoredPaper]] = []
        self.chats: list[Chat] = []
        self.lease: Lease | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def now(self) -> Any:
        return NOW + timedelta(seconds=next(self.seconds))

    def teardown(self) -> None:
        try:
            if self.lease is not None:
                self.everything_is_right_in_the_end()
        finally:
            self.run(self.store.close())
            self.runner.close()

    @initialize()
    def begin(self) -> None:
        self.chats = [self.run(self.desk.meet(str(number))) for number in range(CHATS)]
        self.chats[0] = self.run(self.store.chats.change(self.chats[0].id, settings=self.settings_of_one, now=NOW))
        self.lease = self.run(self.desk.lease(ttl=1e9))

    # --- the curator ---

    @rule(change=CHANGES)
    def curate(self, change: Change | None) -> None:
        """Write or fix an entry, give it its first form back, or remove it."""
        if change is None:
            return
        topic, how = change
        if how == "remove":
            self.file.pop(topic, None)
        else:
            fixed = (f"{next(self.versions)}번째 판입니다.", *TOPICS[topic].commentary[1:])
            self.file[topic] = TOPICS[topic] if how == "first form" else replace(TOPICS[topic], commentary=fixed)
        self.save()

    def save(self) -> None:
        self.run(self.desk.put(*(paper for _, paper in sorted(self.file.items())), now=self.now()))

    # --- the clock and a worker; the curator may do something at any moment ---

    @rule(
        limit=st.integers(1, 5),
        between=st.tuples(CHANGES, CHANGES, CHANGES),
        fates=st.lists(st.sampled_from(["arrives", "is lost", "stays open"]), min_size=1),
    )
    def work(self, limit: int, between: tuple[Change | None, Change | None, Change | None], fates: list[str]) -> None:
        self.run(self.desk.plan(now=self.now(), limit=limit))
        self.curate(between[0])
        self.load(limit)
        self.curate(between[1])
        self.send()
        self.curate(between[2])
        for fate in fates:
            if self.open and fate != "stays open":
                self.be_answered(arrives=fate == "arrives")

    def load(self, limit: int) -> None:
        busy = [request.due.chat.id for request in self.open]
        dues = self.run(self.desk.load(now=self.now(), limit=limit, skip=busy))
        heads = {due.chat.id: due for due in reversed(dues)}.values()
        papers = self.run(self.store.papers.get([due.delivery.paper_id for due in heads]))
        self.loaded = [(due, papers[due.delivery.paper_id]) for due in heads]

    def send(self) -> None:
        assert self.lease is not None
        started = self.run(self.desk.start(self.lease, *(due.delivery.id for due, _ in self.loaded), now=self.now()))
        for due, stored in self.loaded:
            if due.delivery.id in started:
                head = self.run(self.store.deliveries.head(due.chat.id, stored.id)) if due.chat.threaded else None
                if head is not None and due.delivery.kind is DeliveryKind.HEAD and not head.waiting:
                    self.settle(due, GiveUp(reason="nothing is left to stand under it"))
                    continue
                if head is not None and due.delivery.kind is DeliveryKind.POST:
                    under = [receipt for chat, receipt in self.heads if chat == due.chat.id]
                    assert head.receipt is None or [head.receipt] == under, "a paper stands under the head there is"
                receipt = due.delivery.receipt or f"m{next(self.receipts)}"
                self.open.append(Request(due=due, shows=stored.paper.content_hash, receipt=receipt))

    def be_answered(self, *, arrives: bool) -> None:
        request = self.open.pop(0)
        if arrives:
            self.arrive(request)
        self.record(request, arrived=arrives)

    @precondition(lambda self: self.open)
    @rule(arrives=st.booleans())
    def be_answered_late(self, arrives: bool) -> None:
        self.be_answered(arrives=arrives)

    @precondition(lambda self: self.open)
    @rule(arrived=st.lists(st.booleans(), min_size=1))
    def die_and_start_again(self, arrived: list[bool]) -> None:
        for request, arrives in zip(self.open, itertools.cycle(arrived), strict=False):
            if arrives:
                self.arrive(request)
        self.open = []
        self.reconcile()

    def reconcile(self) -> None:
        """What a new owner does: it looks at the world for each delivery that was under way."""
        for due in self.run(self.store.deliveries.interrupted(LANE)):
            its = due.delivery
            if its.kind is DeliveryKind.HEAD:
                found = [receipt for (chat, receipt) in self.heads if chat == its.chat_id]
                self.record(Request(due=due, shows="", receipt="".join(found)), arrived=bool(found))
                continue
            there = [
                (receipt, shows)
                for (chat, receipt), (paper, shows) in self.visible.items()
                if (chat, paper) == (its.chat_id, its.paper_id)
            ]
            if its.kind is DeliveryKind.POST and there:
                [(receipt, shows)] = there
                self.record(Request(due=due, shows=shows or "", receipt=receipt), arrived=True)
            else:  # edits and withdrawals may be sent as often as one likes
                self.record(Request(due=due, shows="", receipt=its.receipt or ""), arrived=False)

    def arrive(self, request: Request) -> None:
        its = request.due.delivery
        if its.kind is DeliveryKind.HEAD:
            self.heads[its.chat_id, request.receipt] = its.paper_id
            return
        shows = None if its.kind is DeliveryKind.WITHDRAW else request.shows
        self.visible[its.chat_id, request.receipt] = (its.paper_id, shows)

    def record(self, request: Request, *, arrived: bool) -> None:
        shows = None if request.due.delivery.kind is DeliveryKind.HEAD else request.shows
        if arrived:
            self.settle(request.due, Sent(receipt=request.receipt, content_hash=shows))
        else:
            self.settle(request.due, Retry(at=self.now(), reason="lost", counts=False))

    def settle(self, due: Due, outcome: Outcome) -> None:
        assert self.lease is not None
        now = self.now()
        result = Result(delivery_id=due.delivery.id, chat_id=due.chat.id, outcome=outcome)
        self.run(self.store.deliveries.step(Step(lane=LANE, lease=self.lease, results=[result], intents=(), now=now)))

    # --- what holds ---

    @invariant()
    def nothing_is_posted_twice(self) -> None:
        posts = Counter((chat, paper) for (chat, _), (paper, _) in self.visible.items())
        assert all(count == 1 for count in posts.values()), posts

    @invariant()
    def a_digest_has_one_head_and_only_where_it_is_wanted(self) -> None:
        assert len(self.heads) <= 1
        assert all(chat == self.chats[0].id for chat, _ in self.heads)

    def everything_is_right_in_the_end(self) -> None:
        for request in self.open:
            self.arrive(request)
        self.open = []
        self.reconcile()
        for _ in range(100):
            while self.run(self.desk.plan(now=self.now())).chats:
                pass
            self.load(50)
            if not self.loaded:
                break
            self.send()
            while self.open:
                self.be_answered(arrives=True)
        self.nothing_is_posted_twice()
        unfinished = {DeliveryState.READY, DeliveryState.SENDING, DeliveryState.UNKNOWN}
        rows = self.run(self.store.deliveries.listing(limit=10_000))
        assert [row for row in rows if row.state in unfinished] == []
        live = {paper.content_hash for paper in self.file.values()}
        for chat in self.chats:
            seen = [shows for (its, _), (_, shows) in self.visible.items() if its == chat.id and shows is not None]
            assert sorted(seen) == sorted(live)
        if self.heads:
            [(_, receipt)] = self.heads
            assert self.run(self.store.deliveries.head(self.chats[0].id, rows[0].paper_id)).receipt == receipt


class MovingMachine(LedgerMachine):
    """The same with two files between which entries are moved; here no chat has a head for each."""

    settings_of_one: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__()
        self.second: set[int] = set()

    @rule(topic=st.integers(0, len(TOPICS) - 1))
    def move(self, topic: int) -> None:
        self.second ^= {topic}
        self.save()

    def save(self) -> None:
        for withdraw in (False, True):
            for name, topics in ("a.txt", self.file.keys() - self.second), ("b.txt", self.file.keys() & self.second):
                papers = [self.file[topic] for topic in sorted(topics)]
                self.run(self.desk.put(*papers, name=name, withdraw=withdraw, now=self.now()))


for machine in (LedgerMachine, MovingMachine):
    machine.TestCase.settings = settings(
        max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
TestLedger = pytest.mark.slow(LedgerMachine.TestCase)
TestMoving = pytest.mark.slow(MovingMachine.TestCase)
