"""Which papers a chat is owed, and when it is posted to: in its own time zone, on its days, once a day.

Time is a column: `Plan.next_post_at` is written to the chat, and a tick that comes late or twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from bot.model import EVERY_DAY, Chat, StoredPaper, Subscription
from bot.query import Lexicon, Query, matches, parse
from bot.settings_words import chat_zone

LATENESS: Final = timedelta(hours=1)
"""A posting made this late still counts as made on the day for which it was meant."""

_DAY: Final = timedelta(days=1)
# The rarest posting is weekly, and the one day in question may be missing from the calendar (Apia, 30 December 2011).
_DAYS_AHEAD: Final = 15
_VERDICTS: Final = 200_000  # kept at most; a tick of 12 papers with 10,000 different subscriptions needs 120,000
_PARSED: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a look at one chat decided: the ids of the papers owed, in posting order, when to look next (None: when
    something is published) and the publishing time up to which papers were looked at."""

    paper_ids: tuple[int, ...]
    next_post_at: datetime | None
    planned_until: datetime


class Matcher:
    """Decides for many chats: each different query is parsed once, and put to each paper once.

    Answers are of one lexicon, and kept until its glossary is exchanged.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._parse = lru_cache(_PARSED)(self._parsed)
        self._verdicts: dict[tuple[str, int, int], bool] = {}
        self._version = lexicon.glossary.version

    def matches(self, canonical: str, stored: StoredPaper) -> bool:
        """Whether a subscription in canonical form wants the paper as it is now."""
        if self._version != self._lexicon.glossary.version:
            self._version = self._lexicon.glossary.version
            self._verdicts.clear()
        key = (canonical, stored.id, stored.version)
        verdict = self._verdicts.get(key)
        if verdict is None:
            if len(self._verdicts) >= _VERDICTS:
                self._verdicts.clear()
            verdict = self._verdicts[key] = matches(self._parse(canonical), stored.paper, self._lexicon)
        return verdict

    def matches_as_written(self, canonical: str, stored: StoredPaper) -> bool:
        """The same without the dictionary: no translations, no names of tags."""
        bare = Lexicon(readable=self._lexicon.readable)
        return matches(parse(canonical, bare), stored.paper, bare)

    def owed(
        self, chat: Chat, subscriptions: Sequence[Subscription], papers: Sequence[StoredPaper], *, now: datetime
    ) -> Plan:
        """What the chat, which is due, is owed of `papers` (published and live, in posting order), and when it is
        due again.

        Owed is what was published after `chat.planned_until` and is wanted by a subscription that was there
        by then. On a day that is not one of the chat's weekdays nothing is posted and nothing is passed over.
        """
        next_post_at = next_posting(chat, now)
        if chat.weekdays != EVERY_DAY:
            # A posting that is due just before midnight may be looked at just after it.
            meant_for = max(min(chat.next_post_at or now, now), now - LATENESS)
            local = chat_zone(chat.zone)
            if chat.weekdays.isdisjoint(at.astimezone(local).weekday() for at in (meant_for, now)):
                return Plan(paper_ids=(), next_post_at=next_post_at, planned_until=chat.planned_until)
        planned_until = chat.planned_until
        paper_ids = []
        for stored in papers:
            published_at = stored.published_at
            if published_at is None or published_at <= chat.planned_until or stored.withdrawn:
                continue
            planned_until = max(planned_until, published_at)
            for subscription in subscriptions:
                if subscription.created_at <= published_at and self.matches(subscription.canonical, stored):
                    paper_ids.append(stored.id)
                    break
        return Plan(paper_ids=tuple(paper_ids), next_post_at=next_post_at, planned_until=planned_until)

    def _parsed(self, canonical: str) -> Query:
        return parse(canonical, self._lexicon)


def next_posting(chat: Chat, after: datetime) -> datetime | None:
    """The first moment later than `after` (UTC) at which the chat is to be looked at by the clock.

    With a posting time: that time of the next allowed local day. Posting at once: None on an allowed day, else
    the beginning of the next one. None where no weekday is allowed.
    """
    return _next_posting(chat.zone, chat.posting_time, chat.weekdays, after)


def rescheduled(old: Chat, new: Chat, now: datetime) -> datetime | None:
    """When to look at a chat next whose zone, posting time or weekdays were changed from `old` to `new`.

    Where today's posting under the old settings is behind the chat, the new ones count from tomorrow on, so that
    no change posts twice a day. Posting at once, it is looked at now, which posts nothing that is not allowed today:
    what waited for an hour or a day does not wait any longer.
    """
    if new.posting_time is None:
        return now
    if old.posting_time is not None and old.next_post_at is not None:
        local = chat_zone(old.zone)
        today = now.astimezone(local).date()
        if today.weekday() in old.weekdays and old.next_post_at.astimezone(local).date() > today:
            midnight = _next_posting(new.zone, time(0), EVERY_DAY, now)
            return midnight and next_posting(new, midnight - timedelta(microseconds=1))
    return next_posting(new, now)


def moment(day: date, at: time, local: tzinfo) -> datetime | None:
    """The moment (UTC) at which the clocks of `local` first show `at` on `day`.

    A time that is skipped that day gives the first moment after the gap or, where the gap takes the rest of
    the day, the last second before it; a day that is skipped whole gives None. So every local day has exactly
    one such moment, and a later day a later one.
    """
    # A time with fold=1 equals the one without, and has to give the same.
    wall = datetime.combine(day, at.replace(fold=0), tzinfo=local)
    found = wall.astimezone(UTC)
    if found.astimezone(local).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return found
    # PEP 495: in a gap, the offset of fold=1 leads before the change of clocks and that of fold=0 behind it.
    change = _change_of_clocks(wall.replace(fold=1).astimezone(UTC), found, local)
    for candidate in (change, change - timedelta(seconds=1)):
        if candidate.astimezone(local).date() == day:
            return candidate
    return None


def _change_of_clocks(before: datetime, behind: datetime, local: tzinfo) -> datetime:
    """The first second between the two moments that has the UTC offset of the later one."""
    offset = behind.astimezone(local).utcoffset()
    low, high = 0, int((behind - before).total_seconds())
    start = before.replace(microsecond=0)
    while low < high:
        middle = (low + high) // 2
        if (start + timedelta(seconds=middle)).astimezone(local).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return start + timedelta(seconds=low)


@lru_cache(4096)  # chats that are due together share the moment and few of the rest
def _next_posting(
    zone_name: str, posting_time: time | None, weekdays: frozenset[int], after: datetime
) -> datetime | None:
    local = chat_zone(zone_name)
    today = after.astimezone(local).date()
    if posting_time is None and (weekdays == EVERY_DAY or today.weekday() in weekdays):
        return None
    for ahead in range(_DAYS_AHEAD + 1):
        day = today + ahead * _DAY
        if day.weekday() in weekdays:
            posting = moment(day, posting_time or time(0), local)
            if posting is not None and posting > after:
                return posting
    return None
