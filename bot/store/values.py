"""What goes into the store and comes out of it, beside the values of `bot.model`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.model import Address, Chat, Delivery, Outcome, StoredPaper


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProblem:
    """Something wrong in a digest file; `line` counts from 1, 0 where no line is to blame."""

    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A digest file as it was when last read. `state` is ok, bad or missing; `date` None if it never was good.

    A file that still has the `signature` need not be read again; it is "" where that is not known.
    """

    name: str
    hash: str
    state: str
    date: date | None
    problems: tuple[StoredProblem, ...]
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResult:
    """What a digest changed: ids of papers. Papers that only moved count as unchanged; `repeated` is how many of the
    new ones are not posted because the same is in the archive already, `left` how many are no longer in the file and
    still to be withdrawn."""

    digest_id: int
    new: tuple[int, ...]
    changed: tuple[int, ...]
    withdrawn: tuple[int, ...]
    restored: tuple[int, ...]
    unchanged: tuple[int, ...]
    repeated: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """The papers that were published now, in digest order; those published before are not among them."""

    papers: tuple[StoredPaper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCounts:
    """How large the archive is: live papers and the digests and dates they are of."""

    digests: int
    papers: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCounts:
    """How many chats are active, how many asleep, and their subscriptions."""

    active: int
    asleep: int
    subscriptions: int


class Decision(Protocol):
    """What `Deliveries.plan` is told about a chat; `bot.matching.Plan` is one."""

    @property
    def paper_ids(self) -> Sequence[int]:
        """What is owed, in the order of posting."""

    @property
    def next_post_at(self) -> datetime | None:
        """When to look again; None until a digest comes."""

    @property
    def planned_until(self) -> datetime:
        """The newest publishing time that was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a tick did: chats looked at, deliveries added to the ledger."""

    chats: int
    deliveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery with its chat, and the ids of the tags that a private chat follows (empty for other chats)."""

    delivery: Delivery
    chat: Chat
    following: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a chat has of a digest: its `day`, how many `papers` it is or will be posted, how many of them are still
    `waiting`, and the `receipt` of the message under which they stand (None where there is none)."""

    day: date
    papers: int
    waiting: int
    receipt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSleeps:
    """The chat cannot be posted to until it is met again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatWaits:
    """The chat takes nothing until then."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMoves:
    """The chat is somewhere else now."""

    address: Address


ChatChange = ChatSleeps | ChatWaits | ChatMoves


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a delivery that was on record as `sending`, and what it says about its chat."""

    delivery_id: int
    chat_id: int
    outcome: Outcome
    change: ChatChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the owner of a lane puts on record at once: `results` of what it sent, and as `intents` the deliveries that
    it is about to send."""

    lane: str
    lease: Lease
    results: Sequence[Result]
    intents: Sequence[int]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What can be sent now through a lane, the first moment at which there could be more (None: not known yet), and
    the revision of the papers."""

    dues: list[Due]
    next_due: datetime | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCounts:
    """The ledger of a lane in numbers."""

    lane: str
    ready: int = 0
    sending: int = 0
    sent: int = 0
    unknown: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A shard of lanes that is ours until `until`. `epoch` grows with each new owner and fences off the last. `handed`:
    the last owner gave it back, and may have sent something a moment ago."""

    shard: int
    owner: str
    epoch: int
    until: datetime
    handed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """A lane, and until when and why its platform wants nothing from it."""

    name: str
    paused_until: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """The state behind the buttons of a result list. `total` counts all hits, `paper_ids` are the best of them.

    `query` is what was asked for, `typed` the same before its times were read as of that day (None: no others), and
    `corrected` what was searched instead. `exact` counts the hits that have all of the
    words, where those with some of them follow, and is None otherwise. `language` is that of the result list.
    """

    id: int
    chat_id: int | None
    query: str
    literal: bool
    paper_ids: tuple[int, ...]
    total: int
    created_at: datetime
    corrected: str | None = None
    exact: int | None = None
    language: str | None = None
    typed: str | None = None

    @property
    def asked(self) -> str:
        """The words of the person who asked."""
        return self.query if self.typed is None else self.typed

    @property
    def searched(self) -> str:
        """The query by which the papers were found."""
        return self.query if self.corrected is None else self.corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneNow:
    """A lane, or a part of one, as it stands: who owns it ("" for nobody) until when, and whether its platform wants
    nothing from it for a while."""

    name: str
    owner: str
    until: datetime | None
    epoch: int
    paused_until: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What a lane, with all its parts, still has to send: rows that are `ready`, and those on their way."""

    lane: str
    ready: int = 0
    sending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """So many deliveries of a lane are in `state`, which is `unknown` or `dead`, for one reason."""

    lane: str
    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """How far a lane is with the posts of a digest. `owed` are all, `posted`, `unknown` and `dead` those that are done;
    `last_seconds` and `last_minute` count what was posted lately."""

    digest_id: int
    day: date
    name: str
    lane: str
    owed: int
    posted: int
    unknown: int
    dead: int
    last_seconds: int
    last_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """So many chats are to be looked at next at that moment."""

    at: datetime
    chats: int
