"""The decisions by themselves, without a clock or a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
from bot.model import Address, DeliveryKind, GiveUp, Retry, Sent, Unknown
from bot.outcomes import Patience, Verdict, decide
from bot.store import ChatMoves, ChatSleeps, ChatWaits

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NEW = Address(lane="x:1", chat="new")
EXAMPLES: list[SendError] = [
    RateLimited(5),
    ChatGone("gone"),
    ChatPaused("closed", seconds=60),
    ChatMoved(NEW),
    LaneClosed("revoked"),
    Rejected("no"),
    MessageGone("not found"),
    NotSent("refused"),
    FateUnknown("502"),
]


def verdict(error: SendError, **more: Any) -> Verdict:
    known: dict[str, Any] = {
        "attempts": 1, "kind": DeliveryKind.POST, "now": NOW, "spread": 0.0, "patience": Patience(), "receipt": "m1",
    }  # fmt: skip
    return decide(error, **(known | more))


def test_every_failure_that_an_adapter_may_raise_has_an_example_here() -> None:
    assert {type(error) for error in EXAMPLES} == set(SendError.__subclasses__())


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", list(DeliveryKind))
def test_a_post_is_only_tried_again_where_it_is_certainly_not_there(error: SendError, kind: DeliveryKind) -> None:
    outcome = verdict(error, kind=kind).outcome
    if kind is DeliveryKind.POST and isinstance(error, FateUnknown):
        assert isinstance(outcome, Unknown)
    if isinstance(outcome, Retry):
        assert outcome.at >= NOW
    if isinstance(outcome, Sent):
        assert kind is not DeliveryKind.POST


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_only_what_is_nobody_s_fault_may_go_on_for_ever(error: SendError) -> None:
    outcome = verdict(error, attempts=10).outcome
    free = isinstance(outcome, Retry) and not outcome.counts
    assert free == isinstance(error, RateLimited | ChatPaused | LaneClosed)


def test_what_was_said_of_the_chat_or_the_lane_is_passed_on() -> None:
    soon = NOW + timedelta(seconds=5)
    assert verdict(RateLimited(5)).change == ChatWaits(until=soon, reason="told to wait 5 s")
    for_all = verdict(RateLimited(5, lane=True))
    assert for_all.change is None
    assert for_all.hold is not None
    assert for_all.hold.until == soon
    assert for_all.hold.keep
    assert verdict(ChatGone("blocked")) == Verdict(
        outcome=GiveUp(reason="blocked"), change=ChatSleeps(reason="blocked")
    )
    assert verdict(ChatMoved(NEW)).change == ChatMoves(address=NEW)
    assert verdict(ChatPaused("closed", seconds=60)).change == ChatWaits(
        until=NOW + timedelta(seconds=60), reason="closed"
    )
    closed = verdict(LaneClosed("revoked")).hold
    assert closed is not None
    assert closed.until == NOW + timedelta(seconds=600)


@pytest.mark.parametrize("seconds", [1e300, float("inf"), float("nan"), -5.0, 1e7])
def test_an_absurd_wait_is_cut_to_a_day(seconds: float) -> None:
    for error in (RateLimited(seconds), RateLimited(seconds, lane=True), ChatPaused("closed", seconds=seconds)):
        outcome = verdict(error).outcome
        assert isinstance(outcome, Retry)
        assert NOW <= outcome.at <= NOW + timedelta(days=1)


def test_a_message_that_is_gone_ends_its_edits_and_withdrawals_and_is_not_posted_anew() -> None:
    for kind in (DeliveryKind.EDIT, DeliveryKind.WITHDRAW):
        assert verdict(MessageGone("not found"), kind=kind).outcome == Sent(receipt="m1", reason="not found")
    assert verdict(MessageGone("not found")).outcome == GiveUp(reason="not found")


@pytest.mark.parametrize("spread", [0.0, 0.999])
def test_ten_attempts_take_between_one_and_three_hours(spread: float) -> None:
    waited = sum((Patience().wait(attempt, spread) for attempt in range(1, 10)), timedelta())
    assert timedelta(hours=1) < waited < timedelta(hours=3)


def test_a_lane_that_is_down_is_held_shortly_and_not_for_the_next_process() -> None:
    outcome = verdict(NotSent("refused"), attempts=10, outage=7)
    assert outcome.outcome == Retry(at=NOW, reason="refused", counts=False)
    assert outcome.hold is not None
    assert outcome.hold.until <= NOW + timedelta(seconds=30)
    assert not outcome.hold.keep
