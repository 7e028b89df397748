"""The few deliveries of a lane that are in memory: a queue for each chat, and the chats in a fair order.

The store holds what is owed; this is only the part that is looked at now. A chat that is told to wait is dropped
whole and read again when its time has come, so nothing here has to be kept in step with the store.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.model import Chat, Delivery, DeliveryState
from bot.store import Due

JOBS_OF_A_CHAT: Final = 20
"""How many of a chat's deliveries are kept in memory; the rest is read again when these are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A delivery to carry out.

    `begun` is when its intent was put on record. With `probe` its post may be there already: it is looked for, not
    posted; `shown` is then the content hash of what may be there, where that is known, and `tries` counts the
    look-ups that told nothing. Nothing is done before `earliest` (monotonic seconds).
    """

    due: Due
    begun: datetime | None = None
    probe: bool = False
    shown: str | None = None
    tries: int = 0
    earliest: float = 0.0

    @property
    def delivery(self) -> Delivery:
        """The ledger row, as it was read."""
        return self.due.delivery

    @property
    def chat(self) -> Chat:
        """The chat, as it was read."""
        return self.due.chat

    @property
    def attempts(self) -> int:
        """The number of the attempt that this is or was, from 1."""
        counted = self.delivery.state is not DeliveryState.READY
        return self.delivery.attempts if counted else self.delivery.attempts + 1


class Window:
    """Deliveries in memory: in order within a chat, one at a time; the chats take turns."""

    def __init__(self) -> None:
        self._queues: OrderedDict[int, deque[Job]] = OrderedDict()  # the chats whose turn it can be, in order
        self._busy: dict[int, deque[Job]] = {}  # the chats whose first job is being carried out

    @property
    def waiting(self) -> int:
        """How many chats have something that could be picked."""
        return len(self._queues)

    def chats(self) -> set[int]:
        """The chats that are here, for which nothing needs to be read."""
        return self._queues.keys() | self._busy.keys()

    def open(self) -> set[int]:
        """The deliveries that are under way, or that were and have to be looked for."""
        looked_for = {job.delivery.id for queue in self._queues.values() for job in queue if job.probe}
        return looked_for | {queue[0].delivery.id for queue in self._busy.values()}

    def papers(self) -> set[int]:
        """The papers that the jobs here are about."""
        queues = (*self._queues.values(), *self._busy.values())
        return {job.delivery.paper_id for queue in queues for job in queue}

    def fill(self, jobs: Iterable[Job]) -> None:
        """Add jobs of chats that are not here yet, the first chat's first."""
        fresh: dict[int, list[Job]] = {}
        for job in jobs:
            fresh.setdefault(job.chat.id, []).append(job)
        for chat_id, of_chat in fresh.items():
            of_chat.sort(key=lambda job: job.delivery.id)
            self._queues[chat_id] = deque(of_chat[:JOBS_OF_A_CHAT])

    def pick(self, most: int, wait: Callable[[Job], float], within: float) -> tuple[list[Job], float]:
        """Take the first jobs of up to `most` chats whose `wait` (seconds) is at most `within`.

        Also returns the shortest wait of those looked at and not taken (infinite where there is none).
        """
        picked: list[Job] = []
        shortest = float("inf")
        for queue in self._queues.values():
            if len(picked) >= most:
                break
            seconds = wait(queue[0])
            if seconds <= within:
                picked.append(queue[0])
            else:
                shortest = min(shortest, seconds)
        for job in picked:
            self._busy[job.chat.id] = self._queues.pop(job.chat.id)
        return picked, shortest

    def put_back(self, jobs: Iterable[Job]) -> None:
        """Undo a pick: these chats are first in the order again."""
        for job in reversed(list(jobs)):
            self._queues[job.chat.id] = self._busy.pop(job.chat.id)
            self._queues.move_to_end(job.chat.id, last=False)

    def again(self, job: Job) -> None:
        """The first job of its chat was not finished: `job` takes its place, and waits for its chat's turn."""
        queue = self._busy.pop(job.chat.id)
        queue[0] = job
        self._queues[job.chat.id] = queue

    def done(self, chat_id: int) -> bool:
        """The first job of the chat is finished; the chat goes to the end of the order. True if it left the window."""
        queue = self._busy.pop(chat_id)
        queue.popleft()
        if queue:
            self._queues[chat_id] = queue
        return not queue

    def drop(self, chat_id: int) -> None:
        """Forget the chat: what is owed to it has changed or has to wait, and is read again in time."""
        self._busy.pop(chat_id, None)
        self._queues.pop(chat_id, None)
