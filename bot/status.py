"""What is going on: the archive, the chats, the lanes, what is being posted and what was not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bot.model import LanePart
from bot.store import ArchiveCounts, Backlog, Broadcast, ChatCounts, Failure, KnownFile, LaneNow, Posting, Store
from bot.store.overview import LATELY, MINUTE

LANES_ASKED: Final = 50
"""Of so many lanes, those with the most to send, the broadcasts are looked up."""
BROADCASTS: Final = 3
POSTINGS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A lane with all its parts. Rates are posts a second: of the last seconds, and of the last minute."""

    name: str
    parts: tuple[LaneNow, ...] = ()
    ready: int = 0
    sending: int = 0
    unknown: int = 0
    dead: int = 0
    rate: float = 0.0
    minute_rate: float = 0.0
    next_due: datetime | None = None

    @property
    def idle(self) -> bool:
        return not (self.ready or self.sending or self.unknown or self.dead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """A digest on its way: so many of its `owed` posts are done, at that many a second."""

    day: date
    name: str
    lanes: tuple[Broadcast, ...]
    owed: int
    posted: int
    unknown: int
    dead: int
    rate: float
    minute_rate: float

    @property
    def left(self) -> int:
        return self.owed - self.posted - self.unknown - self.dead

    @property
    def remaining(self) -> timedelta | None:
        """How long the rest takes at this rate; None where nothing moves."""
        rate = self.rate or self.minute_rate
        return timedelta(seconds=round(self.left / rate)) if rate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that is shown."""

    now: datetime
    archive: ArchiveCounts
    chats: ChatCounts
    to_plan: int
    files: tuple[KnownFile, ...]
    lanes: tuple[Lane, ...]
    failures: tuple[Failure, ...]
    posts: tuple[Posts, ...]
    postings: tuple[Posting, ...]


async def look(store: Store, now: datetime) -> Status:
    """Ask the store for everything that is shown. What was sent long ago is not counted."""
    overview = store.overview
    backlogs = await overview.backlogs()
    busiest = sorted(backlogs, key=lambda each: -each.ready - each.sending)[:LANES_ASKED]
    broadcasts = await overview.broadcasts([each.lane for each in busiest], now, BROADCASTS)
    failures = await overview.failures()
    due = {each.lane: await store.deliveries.next_due(each.lane, now) for each in busiest if each.ready}
    files = await store.digests.files()
    return Status(
        now=now,
        archive=await store.papers.counts(),
        chats=await store.chats.counts(),
        to_plan=await overview.to_plan(now),
        files=tuple(file for file in files.values() if file.state == "bad"),
        lanes=_lanes(await overview.lanes(), backlogs, failures, broadcasts, due),
        failures=tuple(failures),
        posts=_posts(broadcasts),
        postings=tuple(await overview.postings(now, POSTINGS)),
    )


def _lanes(
    known: Sequence[LaneNow],
    backlogs: Sequence[Backlog],
    failures: Sequence[Failure],
    broadcasts: Sequence[Broadcast],
    due: dict[str, datetime | None],
) -> tuple[Lane, ...]:
    parts = defaultdict[str, list[LaneNow]](list)
    for each in known:
        parts[LanePart.named(each.name).base].append(each)
    waiting = {each.lane: each for each in backlogs}
    names = {*parts, *waiting, *(each.lane for each in failures)}
    lanes = [
        Lane(
            name=name,
            parts=tuple(sorted(parts[name], key=lambda part: LanePart.named(part.name).number)),
            ready=waiting[name].ready if name in waiting else 0,
            sending=waiting[name].sending if name in waiting else 0,
            unknown=sum(each.count for each in failures if (each.lane, each.state) == (name, "unknown")),
            dead=sum(each.count for each in failures if (each.lane, each.state) == (name, "dead")),
            rate=_rate(sum(each.last_seconds for each in broadcasts if each.lane == name), LATELY),
            minute_rate=_rate(sum(each.last_minute for each in broadcasts if each.lane == name), MINUTE),
            next_due=due.get(name),
        )
        for name in sorted(names)
    ]
    return tuple(sorted(lanes, key=lambda lane: (lane.idle, -lane.ready - lane.sending)))


def _posts(broadcasts: Sequence[Broadcast]) -> tuple[Posts, ...]:
    digests = defaultdict[int, list[Broadcast]](list)
    for each in broadcasts:
        digests[each.digest_id].append(each)
    return tuple(
        Posts(
            day=its[0].day,
            name=its[0].name,
            lanes=tuple(its),
            owed=sum(each.owed for each in its),
            posted=sum(each.posted for each in its),
            unknown=sum(each.unknown for each in its),
            dead=sum(each.dead for each in its),
            rate=_rate(sum(each.last_seconds for each in its), LATELY),
            minute_rate=_rate(sum(each.last_minute for each in its), MINUTE),
        )
        for its in digests.values()
    )


def _rate(count: int, span: timedelta) -> float:
    return round(count / span.total_seconds(), 1)


def as_dict(found: Status) -> dict[str, Any]:
    """The same for programs. Moments are UTC, "" for none; rates are posts a second."""
    return {
        "now": told(found.now),
        "archive": {
            "digests": found.archive.digests,
            "papers": found.archive.papers,
            "first": found.archive.first and found.archive.first.isoformat(),
            "last": found.archive.last and found.archive.last.isoformat(),
        },
        "chats": {
            "active": found.chats.active,
            "asleep": found.chats.asleep,
            "subscriptions": found.chats.subscriptions,
            "to_plan": found.to_plan,
        },
        "bad_files": [
            {"file": file.name, "line": problem.line, "code": problem.code, "message": problem.message}
            for file in found.files
            for problem in file.problems
        ],
        "lanes": [
            {
                "lane": lane.name,
                "ready": lane.ready,
                "sending": lane.sending,
                "unknown": lane.unknown,
                "dead": lane.dead,
                "per_second": lane.rate,
                "per_second_in_the_last_minute": lane.minute_rate,
                "next_due": told(lane.next_due),
                "parts": [
                    {
                        "name": part.name,
                        "owner": part.owner,
                        "epoch": part.epoch,
                        "lease_until": told(part.until),
                        "alive": alive(part, found.now),
                        "paused_until": told(pause(part, found.now)),
                        "reason": part.reason if pause(part, found.now) else None,
                    }
                    for part in lane.parts
                ],
            }
            for lane in found.lanes
        ],
        "broadcasts": [
            {
                "date": each.day.isoformat(),
                "file": each.name,
                "owed": each.owed,
                "posted": each.posted,
                "unknown": each.unknown,
                "dead": each.dead,
                "left": each.left,
                "per_second": each.rate,
                "per_second_in_the_last_minute": each.minute_rate,
                "seconds_left": None if each.remaining is None else int(each.remaining.total_seconds()),
                "lanes": {one.lane: {"owed": one.owed, "posted": one.posted} for one in each.lanes},
            }
            for each in found.posts
        ],
        "failures": [
            {"lane": each.lane, "state": each.state, "reason": each.reason, "count": each.count}
            for each in found.failures
        ],
        "next_postings": [{"at": told(each.at), "chats": each.chats} for each in found.postings],
    }


def alive(part: LaneNow, now: datetime) -> bool:
    """Whether somebody owns the lane now."""
    return bool(part.owner) and part.until is not None and part.until > now


def pause(part: LaneNow, now: datetime) -> datetime | None:
    """Until when the platform wants nothing from the lane, where that is not over."""
    return part.paused_until if part.paused_until is not None and part.paused_until > now else None


def told(when: datetime | None) -> str:
    """A moment as it is printed, in UTC; "" for none."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if when else ""
