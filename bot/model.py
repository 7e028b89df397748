"""The words of the house as values: papers, chats, subscriptions, deliveries and what became of them.

Everything here is frozen and knows no I/O, no clock and no library. All datetimes are aware and in UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One entry of a digest, as the curator wrote it: NFC, nothing translated, nothing made pretty.

    `tags` are as written, without their `#`. `links` are the addresses in the entry, in reading order,
    without `source_url`, the paper's own address, which only the Markdown form gives.
    """

    date: date
    title: str
    authors: tuple[str, ...] = ()
    abstract: str | None = None
    commentary: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    source_url: str | None = None

    @property
    def content_hash(self) -> str:
        """A digest of everything a reader can see of the paper, its date left out (32 hex digits)."""
        fields = (
            self.title,
            "\x1e".join(self.authors),
            "\x00" if self.abstract is None else self.abstract,
            "\x1e".join(self.commentary),
            "\x1e".join(self.tags),
            "\x1e".join(self.links),
            self.source_url or "",
        )
        return hashlib.blake2b("\x1f".join(fields).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A day's papers, in the curator's order."""

    date: date
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaper:
    """A paper with the identity that the store gave it.

    `version` starts at 1 and grows with each change that a reader can see. `position` is its place in the
    digest, from 0. `published_at` is when it became due for everybody who follows it, or None where it
    is only kept for searching (too old when it arrived). `withdrawn` papers are neither shown nor found.
    """

    id: int
    version: int
    digest_id: int
    position: int
    published_at: datetime | None
    withdrawn: bool
    paper: Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A topic: `slug` is its canonical form, `label` what the curator writes most, `count` its live papers."""

    id: int
    slug: str
    label: str
    count: int


class ChatKind(StrEnum):
    """What a chat is, as far as manners go: who else reads it and who may change its settings."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a chat is: `lane` is its rate-limit domain (`telegram:<bot id>`, `slack:<team>`, `console:local`),
    `chat` the platform's id of the place, `thread` the forum topic or thread inside it ("" for none)."""

    lane: str
    chat: str
    thread: str = ""

    @property
    def platform(self) -> str:
        """The adapter folder's name, the part of the lane before its colon."""
        return self.lane.partition(":")[0]


@dataclass(frozen=True, slots=True)
class LanePart:
    """What a lane's name says: which of how many parts of the lane `base` it is. A lane that is too fast for one
    process is split by chat into parts, `telegram:1#0/4` to `telegram:1#3/4`; any other is part 0 of 1 of itself."""

    base: str
    number: int = 0
    of: int = 1

    @classmethod
    def named(cls, name: str) -> LanePart:
        """Read a lane's name."""
        base, mark, part = name.partition("#")
        number, slash, of = part.partition("/")
        if mark and slash and number.isdecimal() and of.isdecimal():
            return cls(base, int(number), int(of))
        return cls(name)

    @property
    def name(self) -> str:
        """The name again."""
        return f"{self.base}#{self.number}/{self.of}" if self.of > 1 else self.base

    def parts(self, count: int) -> tuple[LanePart, ...]:
        """The lane in so many parts."""
        return tuple(LanePart(self.base, number, count) for number in range(count))


EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One place on one platform that Paperboy talks in.

    `posting_time` is local to `zone` (an IANA name); None means at once. `weekdays` are 0 (Monday) to 6.
    `next_post_at` is when the next look at what is owed is due; None while nothing is due (an at-once chat
    that waits for a digest). `planned_until` is the publishing time up to which papers were looked at.
    `inactive_reason` says why an inactive chat is inactive.
    """

    id: int
    address: Address
    kind: ChatKind
    title: str
    language: str
    zone: str
    posting_time: time | None
    weekdays: frozenset[int]
    next_post_at: datetime | None
    planned_until: datetime
    active: bool
    inactive_reason: str | None
    paused_until: datetime | None
    created_at: datetime
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def threaded(self) -> bool:
        """Whether a digest's papers stand under one message of their own, its head."""
        return self.settings.get("layout") == "thread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A saved query of a chat: `text` as the person wrote it, `canonical` as the query language prints it."""

    id: int
    chat_id: int
    text: str
    canonical: str
    created_at: datetime


class DeliveryKind(StrEnum):
    """What is owed: the post itself, an edit of a posted copy, its withdrawal, or the head under which a threaded
    chat finds the papers of a digest (its paper is the first of them that was owed)."""

    POST = "post"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    HEAD = "head"

    @property
    def makes_a_message(self) -> bool:
        """Whether doing it twice would show."""
        return self in (DeliveryKind.POST, DeliveryKind.HEAD)


class DeliveryState(StrEnum):
    """`ready` is owed; `sending` has an intent on record; `sent` is done; `unknown` may or may not have been
    posted and nothing can prove it; `dead` will not be tried again. `reason` says why."""

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The debt of one paper to one chat, and its ledger row.

    `version` is 0 for a post or a head (posted once, whatever the paper's version) and the paper's version for an
    edit or a withdrawal. `receipt` is the platform's id of the posted message. `content_hash` is the
    `Paper.content_hash` of what the reader sees there now. `epoch` is that of the owner who tried last.
    """

    id: int
    chat_id: int
    paper_id: int
    kind: DeliveryKind
    version: int
    lane: str
    state: DeliveryState
    due: datetime
    attempts: int
    receipt: str | None
    content_hash: str | None
    reason: str | None
    created_at: datetime
    updated_at: datetime
    epoch: int = 0

    @property
    def key(self) -> str:
        """What its message is known by on platforms that can carry a word of ours, and when it is looked for."""
        return f"{self.paper_id}-{self.id}"

    @property
    def stands(self) -> str | None:
        """The receipt of a post that can be read where it was sent, as far as is known. Corrections change it in place;
        what a copy shows that was taken down, or found to be gone, is not on record any more."""
        read = self.kind is DeliveryKind.POST and self.state is DeliveryState.SENT and self.content_hash is not None
        return (self.receipt or None) if read else None


# What became of an attempt: a value, decided purely, acted on elsewhere.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """It is there. `receipt` is the platform's id of the message; `content_hash` of what it shows."""

    receipt: str
    content_hash: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """It is certainly not there; try again at `at`. `counts` is False where the platform only said "later"."""

    at: datetime
    reason: str
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """It is not there and never will be."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can say whether it is there; never sent again by itself."""

    reason: str


Outcome = Sent | Retry | GiveUp | Unknown
