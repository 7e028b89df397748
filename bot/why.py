"""Why a paper came to a chat or did not: read off the ledger and the chat, decided purely.

What the ledger has on record goes before what could be concluded from the chat as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.model import Chat, Delivery, DeliveryKind, DeliveryState, StoredPaper, Subscription

Matches = Callable[[str, StoredPaper], bool]
"""Whether a subscription in canonical form wants a paper; `Matcher.matches` is one, `Matcher.matches_as_written`
another."""


class Verdict(StrEnum):
    """What became of the paper in the chat. Down to `FAILED` a row of the ledger says so."""

    POSTED = "posted"
    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"  # wanted, but too old when it arrived
    REPEATED = "repeated"  # another digest had brought the very same
    BEFORE = "before"  # published before the chat began
    UNWANTED = "unwanted"  # no subscription matches
    NOTHING = "nothing"  # there is no subscription at all
    LATE = "late"  # the subscription is newer than the paper
    ASLEEP = "asleep"  # the chat sleeps
    SLEPT = "slept"  # the chat slept when it came out
    COMING = "coming"  # at the chat's next posting
    CORRECTED = "corrected"  # it matches only since it was corrected
    TRANSLATED = "translated"  # it matches only by the dictionary, which did not know the words when it came
    UNEXPLAINED = "unexplained"


class Origin(StrEnum):
    """Why a paper was owed."""

    FOLLOWED = "followed"
    SAMPLE = "sample"  # the greeting of a new chat
    ENDED = "ended"  # by something that is not followed any more


class Cause(StrEnum):
    """What kind of reason a failure, a wait or a sleep has."""

    BLOCKED = "blocked"
    REMOVED = "removed"
    RIGHTS = "rights"
    SLOW = "slow"
    SHUT = "shut"  # the platform wants nothing from this bot until its operator acts
    TIRED = "tired"  # tried as often as patience allows
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


class Change(StrEnum):
    """What became of the last correction or withdrawal of a posted copy."""

    EDITED = "edited"
    EDITING = "editing"
    UNEDITED = "unedited"
    REMOVED = "removed"
    REMOVING = "removing"
    UNREMOVED = "unremoved"


_OUR_OWN: Final = ("no room", "stopped before", "not confirmed", "interrupted", "lease", "looked for, and not there")
"""Why a paper was put off by ourselves: it only waits for its turn again."""

_CAUSES: Final = (
    (Cause.TIRED, ("the last)",)),
    (Cause.SLOW, ("told to wait", "too many requests", "ratelimited")),
    (Cause.SHUT, ("unauthorized", "token", "uninstalled", "account_inactive", "invalid_auth", "missing_scope")),
    (Cause.BLOCKED, ("blocked", "user is deactivated", "user_disabled", "cannot_message_user")),
    (
        Cause.REMOVED,
        ("removed", "kicked", "not a member", "not found", "not_found", "not_in_channel", "deleted", "peer_id"),
    ),
    (
        Cause.RIGHTS,
        ("not allowed to post", "rights", "forbidden", "archived", "restricted", "write access", "topic_closed"),
    ),
    (Cause.UNREACHABLE, ("unreachable", "connect", "timed out", "timeout", "http_5", "busy", "network")),
)


def cause_of(reason: str | None, *, waiting: bool = False) -> Cause | None:
    """The kind of a reason as an adapter words it; what is not known to be anything else was refused, or, where the
    paper is only `waiting`, did not get through. None where there is no reason but our own."""
    if not reason:
        return None
    words = reason.casefold()
    for cause, signs in _CAUSES:
        if any(sign in words for sign in signs):
            return cause
    if waiting:
        return None if any(sign in words for sign in _OUR_OWN) else Cause.UNREACHABLE
    return Cause.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an answer is drawn from, beside the chat and the paper.

    `rows` is the ledger of this paper in this chat; `repeats` a published paper of another digest with the same
    content; `woke_at` when the chat last woke after the paper came out; `held_until` and `held_reason` what the
    platform asked of the whole lane.
    """

    subscriptions: Sequence[Subscription]
    rows: Sequence[Delivery]
    repeats: StoredPaper | None = None
    woke_at: datetime | None = None
    held_until: datetime | None = None
    held_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The answer.

    `at` is when it was posted, came out, woke or will come, as the verdict has it, None for soon; `due` when it was
    its turn. `wanted` are the subscriptions that count: those that brought it, would bring it, or came too late; for
    `UNWANTED` all there are. `reason` is the ledger's or the platform's own wording, `cause` its kind. `delivery` is
    the ledger number of what an operator can send again.
    """

    verdict: Verdict
    at: datetime | None = None
    due: datetime | None = None
    origin: Origin | None = None
    wanted: tuple[Subscription, ...] = ()
    cause: Cause | None = None
    reason: str | None = None
    delivery: int | None = None
    change: Change | None = None
    changed_at: datetime | None = None
    repeats: StoredPaper | None = None


def explain(
    chat: Chat, stored: StoredPaper, facts: Facts, *, matches: Matches, as_written: Matches, now: datetime
) -> Why:
    """Why the paper came to the chat or did not. `as_written` says whether a subscription wants it without the
    dictionary, which may know more words than when the paper came."""
    post = next((row for row in facts.rows if row.kind is DeliveryKind.POST), None)
    matching = tuple(each for each in facts.subscriptions if matches(each.canonical, stored))
    published = stored.published_at
    in_time = tuple(each for each in matching if published is not None and each.created_at <= published)
    if post is not None:
        return _on_record(chat, stored, facts, post, in_time, now)
    why = _not_on_record(chat, stored, facts, matching, in_time, now)
    if why.verdict is Verdict.UNEXPLAINED and not any(as_written(each.canonical, stored) for each in in_time):
        return replace(why, verdict=Verdict.TRANSLATED)
    return why


def _on_record(
    chat: Chat, stored: StoredPaper, facts: Facts, post: Delivery, wanted: tuple[Subscription, ...], now: datetime
) -> Why:
    origin = _origin(chat, stored, wanted)
    match post.state:
        case DeliveryState.SENT:
            change, changed_at = _change(facts.rows)
            return Why(
                verdict=Verdict.POSTED,
                at=post.updated_at,
                due=post.due,
                origin=origin,
                wanted=wanted,
                change=change,
                changed_at=changed_at,
            )
        case DeliveryState.READY:
            waits = [post.due, chat.paused_until, facts.held_until]
            until = max((moment for moment in waits if moment is not None and moment > now), default=None)
            held = facts.held_reason if until is not None and until == facts.held_until else None
            reason = held or post.reason
            return Why(
                verdict=Verdict.WAITING,
                at=until,
                due=post.due,
                origin=origin,
                wanted=wanted,
                reason=reason,
                cause=cause_of(reason, waiting=True),
            )
        case DeliveryState.SENDING:
            return Why(verdict=Verdict.SENDING, due=post.due, origin=origin, wanted=wanted)
        case DeliveryState.UNKNOWN:
            return Why(
                verdict=Verdict.UNKNOWN,
                at=post.updated_at,
                due=post.due,
                origin=origin,
                wanted=wanted,
                reason=post.reason,
                delivery=post.id,
            )
        case DeliveryState.DEAD:
            if stored.withdrawn or post.reason == "withdrawn":
                return Why(verdict=Verdict.WITHDRAWN, at=post.updated_at, wanted=wanted, reason=post.reason)
            return Why(
                verdict=Verdict.FAILED,
                at=post.updated_at,
                due=post.due,
                origin=origin,
                wanted=wanted,
                reason=post.reason,
                cause=cause_of(post.reason),
                delivery=post.id,
            )


def _not_on_record(
    chat: Chat,
    stored: StoredPaper,
    facts: Facts,
    matching: tuple[Subscription, ...],
    in_time: tuple[Subscription, ...],
    now: datetime,
) -> Why:
    published = stored.published_at
    if stored.withdrawn:
        return Why(verdict=Verdict.WITHDRAWN)
    if published is None and facts.repeats is not None:
        return Why(verdict=Verdict.REPEATED, repeats=facts.repeats)
    if published is None and matching:
        return Why(verdict=Verdict.ARCHIVED, wanted=matching)
    if published is not None and published < chat.created_at:
        return Why(verdict=Verdict.BEFORE, at=published, wanted=matching)
    if not facts.subscriptions:
        return Why(verdict=Verdict.NOTHING)
    if not matching or published is None:
        return Why(verdict=Verdict.UNWANTED, wanted=tuple(facts.subscriptions))
    if not in_time:
        return Why(verdict=Verdict.LATE, at=published, wanted=matching)
    if not chat.active and published > chat.planned_until:
        reason = chat.inactive_reason
        return Why(verdict=Verdict.ASLEEP, wanted=in_time, reason=reason, cause=cause_of(reason))
    if published > chat.planned_until:
        waits = [chat.next_post_at, chat.paused_until]
        until = max((moment for moment in waits if moment is not None and moment > now), default=None)
        return Why(verdict=Verdict.COMING, at=until, wanted=in_time)
    if facts.woke_at is not None:
        return Why(verdict=Verdict.SLEPT, at=facts.woke_at, wanted=in_time)
    if stored.version > 1:
        return Why(verdict=Verdict.CORRECTED, at=published, wanted=in_time)
    return Why(verdict=Verdict.UNEXPLAINED, at=published, wanted=in_time)


def _origin(chat: Chat, stored: StoredPaper, wanted: Sequence[Subscription]) -> Origin:
    if wanted:
        return Origin.FOLLOWED
    if stored.published_at is None or stored.published_at <= chat.created_at:
        return Origin.SAMPLE
    return Origin.ENDED


_CHANGES: Final = {
    DeliveryKind.EDIT: (Change.EDITED, Change.EDITING, Change.UNEDITED),
    DeliveryKind.WITHDRAW: (Change.REMOVED, Change.REMOVING, Change.UNREMOVED),
}


def _change(rows: Sequence[Delivery]) -> tuple[Change | None, datetime | None]:
    """The last change of a posted copy that still means something: one that was overtaken by another does not."""
    for row in reversed(rows):
        if row.kind not in _CHANGES or (row.state is DeliveryState.DEAD and row.reason in ("withdrawn", "restored")):
            continue
        done, under_way, failed = _CHANGES[row.kind]
        match row.state:
            case DeliveryState.SENT:
                return done, row.updated_at
            case DeliveryState.READY | DeliveryState.SENDING:
                return under_way, None
            case DeliveryState.UNKNOWN | DeliveryState.DEAD:
                return failed, row.updated_at
    return None, None
