"""What follows from a request that failed: decided here, purely; acted on by the sender and its lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.adapters.base import (
    ChatGone,
    ChatMoved,
    ChatPaused,
    FateUnknown,
    LaneClosed,
    MessageGone,
    NotSent,
    RateLimited,
    Rejected,
    SendError,
)
from bot.journal import Left
from bot.model import Delivery, DeliveryKind, GiveUp, Outcome, Retry, Sent, Unknown
from bot.pacing import backoff
from bot.store import ChatChange, ChatMoves, ChatSleeps, ChatWaits

_LONGEST_PAUSE: Final = 86_400.0

Policy = Literal["probe", "ask", "resend"]
"""What to do with a post whose fate is unknown: look for it, leave it to the operator, or risk a second copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on, in counted attempts for one delivery and in seconds.

    Ten attempts from `first_wait` on take between one and two hours. `lane_outage` is the longest pause of a lane
    that seems to be down, `lane_closed` that of one that waits for an operator.
    """

    attempts: int = 10
    first_wait: float = 15.0
    longest_wait: float = 3600.0
    lane_outage: float = 30.0
    lane_closed: float = 600.0

    def wait(self, attempts: int, spread: float) -> timedelta:
        """How long to wait after attempt number `attempts`."""
        return timedelta(seconds=backoff(attempts, base=self.first_wait, cap=self.longest_wait, spread=spread))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing is to leave the lane before `until`. `keep` is False where that is only our own guess: it need not
    survive a restart."""

    until: datetime
    reason: str
    keep: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the attempt, what it says about the chat, and what about the lane."""

    outcome: Outcome
    change: ChatChange | None = None
    hold: Hold | None = None


def decide(
    error: SendError,
    *,
    attempts: int,
    kind: DeliveryKind,
    now: datetime,
    spread: float,
    patience: Patience,
    receipt: str | None = None,
    outage: int = 0,
) -> Verdict:
    """Decide what follows from `error`, the answer to attempt number `attempts` (from 1) of a `kind`.

    `spread` (0 to 1) scatters the retries; `receipt` is that of the message to edit or withdraw; `outage`, where
    it is not 0, says that the whole lane seems to be down, for the so-manieth time in a row: no delivery's fault.
    """
    reason = str(error)
    match error:
        case RateLimited():
            until = now + _pause(error.seconds)
            outcome = Retry(at=until, reason=reason, counts=False)
            if error.lane:
                return Verdict(outcome=outcome, hold=Hold(until=until, reason=reason))
            return Verdict(outcome=outcome, change=ChatWaits(until=until, reason=reason))
        case ChatGone():
            return Verdict(outcome=GiveUp(reason=reason), change=ChatSleeps(reason=reason))
        case ChatPaused():
            until = now + _pause(error.seconds)
            return Verdict(
                outcome=Retry(at=until, reason=reason, counts=False), change=ChatWaits(until=until, reason=reason)
            )
        case ChatMoved():
            # Counted: two addresses that point at each other must not keep the lane busy for ever.
            return Verdict(outcome=_again(now, reason, attempts, patience), change=ChatMoves(address=error.address))
        case LaneClosed():
            until = now + timedelta(seconds=patience.lane_closed)
            return Verdict(outcome=Retry(at=until, reason=reason, counts=False), hold=Hold(until=until, reason=reason))
        case Rejected():
            return Verdict(outcome=GiveUp(reason=reason))
        case MessageGone():
            # Gone is what a withdrawal wants, and an edit of nothing is nothing: it is never posted anew.
            if kind.makes_a_message:
                return Verdict(outcome=GiveUp(reason=reason))
            return Verdict(outcome=Sent(receipt=receipt or "", reason=reason))
        case NotSent():
            if not outage:
                return Verdict(outcome=_again(now + patience.wait(attempts, spread), reason, attempts, patience))
            at = now + timedelta(seconds=backoff(outage, cap=patience.lane_outage, spread=spread))
            return Verdict(
                outcome=Retry(at=now, reason=reason, counts=False), hold=Hold(until=at, reason=reason, keep=False)
            )
        case FateUnknown() | _:  # a failure that nobody has described proves nothing either
            if kind.makes_a_message:
                return Verdict(outcome=Unknown(reason=reason))
            # Edits and withdrawals may be done twice.
            return Verdict(outcome=_again(now + patience.wait(attempts, spread), reason, attempts, patience))


def _pause(seconds: float) -> timedelta:
    """What a platform asked for, as far as it can be believed."""
    return timedelta(seconds=min(max(0.0, seconds), _LONGEST_PAUSE))


def _again(at: datetime, reason: str, attempts: int, patience: Patience) -> Outcome:
    if attempts >= patience.attempts:
        return GiveUp(reason=f"{reason} (attempt {attempts}, the last)")
    return Retry(at=at, reason=reason)


def unproved(
    policy: Policy, *, kind: DeliveryKind, attempts: int, now: datetime, reason: str, patience: Patience
) -> Outcome | None:
    """What to do with a request that may have arrived or not; None: look for it on the platform first."""
    if not kind.makes_a_message or policy == "resend":
        return _again(now, reason, attempts, patience)
    if policy == "ask":
        return Unknown(reason=reason)
    return None


def missing(*, attempts: int, now: datetime, patience: Patience) -> Outcome:
    """What follows from the proof that a request of unknown fate did not arrive."""
    return _again(now, "looked for, and not there", attempts, patience)


def noted(left: Mapping[int, Left] | None, its: Delivery, now: datetime) -> Outcome | None:
    """What follows for a row that was left as `sending` from what its owner noted down; None where nothing does."""
    if left is None or not its.kind.makes_a_message:
        return None
    match left.get(its.id):
        case None | Left(refused=True):
            return Retry(at=now, reason="interrupted before it was sent", counts=False)
        case Left(receipt=str(receipt), shows=shows):
            return Sent(receipt=receipt, content_hash=shows, reason="answered before the interruption")
        case _:
            return None


def tells_nothing(error: SendError) -> bool:
    """Whether a look-up that failed so can be made again: the platform said nothing about the message."""
    return isinstance(error, RateLimited | NotSent | LaneClosed | ChatPaused)
