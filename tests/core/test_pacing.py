"""Whatever the schedule, no published limit is exceeded, and no time is wasted that the limits would have given."""

from __future__ import annotations

import itertools
import math
import random
import time
from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pacing import Departure, LanePace, Limits, backoff

START = 86_400.0
"""A monotonic clock is some way from zero, so that its fractions are coarse."""


@dataclass(frozen=True, slots=True)
class Send:
    at: float
    chat: str
    reply: bool


Step = tuple[float, int, bool, bool]


def most_within(times: list[float], seconds: float) -> int:
    """The most sends in any half-open sliding window of that length, but for the rounding of its floats."""
    most = first = 0
    for last, at in enumerate(times):
        while times[first] + seconds <= at + 1e-9:
            first += 1
        most = max(most, last - first + 1)
    return most


def run(pace: LanePace, seconds: float, wanted: list[tuple[str, bool, bool]], start: float = START) -> list[Send]:
    """Send as soon as it may be sent: the perfect caller, asking for each message in turn, round and round."""
    sends: list[Send] = []
    now = start
    for chat, group, reply in itertools.cycle(wanted):
        while (delay := pace.wait(now, chat, group, reply)) > 0:
            now += delay
        if now >= start + seconds:
            return sends
        pace.take(now, chat, group, reply)
        sends.append(Send(now, chat, reply))
    raise AssertionError("nothing to send")


limits = st.builds(
    Limits,
    per_second=st.sampled_from([0.3, 1, 1.5, 3, 20, 28, 30]),
    burst=st.integers(1, 40),
    together=st.sampled_from([1, 1, 3, 50]),
    chat_interval=st.sampled_from([0.0, 0.05, 1.0, 3.0]),
    group_per_minute=st.sampled_from([None, 1, 5, 20]),
    reply_share=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    reply_burst=st.sampled_from([0, 0, 1, 3]),
    margin=st.sampled_from([0.0, 0.035]),
)
# A stall, a burst of calls at one instant, an ordinary tick; then whether the caller also waits as long as it is told.
steps = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.0, 1e-9, 0.01, 0.033, 0.2, 0.999999, 1.0, 7.0, 59.9, 120.0]),
        st.integers(0, 5),
        st.booleans(),
        st.booleans(),
    ),
    max_size=300,
)


@settings(max_examples=300, deadline=None)
@given(limits, steps, st.floats(0, 1e7))
def test_no_limit_is_exceeded_in_any_window_whatever_the_schedule(
    limits: Limits, steps: list[Step], start: float
) -> None:
    pace, now = LanePace(limits), start
    sends: list[Send] = []
    for pause, number, reply, patient in steps:
        now += pause
        chat, group = str(number), number % 2 == 1
        while (delay := pace.wait(now, chat, group, reply)) and patient:
            assert now + delay > now
            now += delay
        if not delay:
            pace.take(now, chat, group, reply)
            sends.append(Send(now, chat, reply))

    whole = max(1, math.floor(limits.per_second))
    assert most_within([send.at for send in sends], max(1.0, 1 / limits.per_second) + limits.margin) <= whole
    chats = defaultdict(list)
    for send in sends:
        chats[send.chat].append(send.at)
    for chat, times in chats.items():
        for ahead in range(len(times)):
            # However long the row of messages, at most the burst is ahead of one an interval.
            allowed = times[ahead:][1 + limits.reply_burst :]
            latest = times[ahead]
            assert all(at >= latest + number * limits.chat_interval - 1e-3 for number, at in enumerate(allowed[:50], 1))
        if limits.group_per_minute and int(chat) % 2:
            assert most_within(times, 60.0 + limits.margin) <= limits.group_per_minute


@pytest.mark.parametrize("rate", [1, 28, 30, 300, 1000])
@pytest.mark.parametrize("burst", [1, 5])
def test_a_busy_lane_reaches_its_whole_rate_with_and_without_replies(rate: int, burst: int) -> None:
    settings = Limits(per_second=rate, burst=burst)
    broadcasts = [(str(number), False, False) for number in range(rate * 2)]
    alone = run(LanePace(settings), 10, broadcasts)
    assert len(alone) >= 10 * rate * 0.95
    assert most_within([send.at for send in alone], 1.0) <= rate

    mixed = [(chat, False, number % 5 == 0) for number, (chat, _, _) in enumerate(broadcasts)]
    assert len(run(LanePace(settings), 10, mixed)) >= 10 * rate * 0.95


@pytest.mark.parametrize("rate", [30, 300])
def test_a_margin_against_jitter_costs_less_than_a_twentieth(rate: int) -> None:
    settings = Limits(per_second=rate, margin=0.035)
    sends = run(LanePace(settings), 20, [(str(number), False, False) for number in range(rate * 2)])
    assert len(sends) >= 20 * rate * 0.95
    assert most_within([send.at for send in sends], 1.034) <= rate


@pytest.mark.parametrize("stall", [0.0, 0.08, 0.3])
def test_what_is_held_up_on_its_way_counts_from_its_arrival(stall: float) -> None:
    """Every fifth second the receiver stands still for a moment, and what came meanwhile arrives at once."""
    pace = LanePace(Limits(per_second=30, margin=0.02, burst=2, chat_interval=0.0))
    there, back = 0.02, 0.03
    on_the_way: list[tuple[float, Departure]] = []
    arrived: list[float] = []
    now, end = START, START + 60
    for n in itertools.count():
        while True:
            landed = [one for one in on_the_way if one[0] <= now]
            on_the_way = [one for one in on_the_way if one[0] > now]
            for at, departure in landed:
                pace.landed(departure, at)
            if (delay := pace.wait(now, str(n), False, False)) <= 0:
                break
            now = min([now + delay, *(at for at, _ in on_the_way)])
        if now >= end:
            break
        departure = pace.take(now, str(n), False, False)
        arrival = now + there
        into = (arrival - 2.5) % 5.0
        arrival += max(0.0, stall - into)
        arrived.append(arrival)
        on_the_way.append((arrival + back, departure))
    assert most_within(sorted(arrived), 1.0) <= 30
    assert len(arrived) >= 0.95 * 30 * (60 - 12 * stall)


def test_a_broadcast_is_spread_evenly_and_does_not_come_in_gusts() -> None:
    times = [send.at for send in run(LanePace(Limits(per_second=30)), 5, [(str(n), False, False) for n in range(90)])]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert min(gaps) > 0.9 * max(gaps)


def test_as_many_messages_as_the_burst_allows_leave_at_once() -> None:
    pace = LanePace(Limits(per_second=30, burst=4))
    for number in range(4):
        assert pace.wait(START, str(number), False, False) == 0.0
        pace.take(START, str(number), False, False)
    assert pace.wait(START, "next", False, False) == pytest.approx(1 / 30, abs=1e-5)


def gathered(pace: LanePace, seconds: float, *, questions: float = 0.0) -> tuple[list[float], int, list[float]]:
    """A broadcast that looks only when the lane says so and is always a little late; the posts of a group are answered
    one after the other. Returns when everything was sent, how often it was looked, and how long each of so many
    `questions` a second waited for its answer."""
    now = wake = START
    times: list[float] = []
    waited: list[float] = []
    on_the_way: list[tuple[float, Departure]] = []
    looks = asked = 0
    asking: list[tuple[float, float]] = []  # when to ask, since when
    while now < START + seconds:
        now = min([wake, *(at for at, _ in asking), START + asked / questions if questions else math.inf])
        for at, departure in [one for one in on_the_way if one[0] <= now]:
            pace.landed(departure, at)
        on_the_way = [one for one in on_the_way if one[0] > now]
        if questions and now >= START + asked / questions:
            asking.append((now, now))
            asked += 1
        for one in [one for one in asking if one[0] <= now]:
            asking.remove(one)
            if delay := pace.wait(now, "curious", False, True):
                asking.append((now + delay, one[1]))
                continue
            on_the_way.append((now + 0.01, pace.take(now, "curious", False, True)))
            times.append(now)
            waited.append(now - one[1])
        if now < wake:
            continue
        looks += 1
        group = 0
        while (delay := pace.lane_wait(now)) <= 0:
            group += 1
            on_the_way.append((now + 0.01 + group / 5000, pace.take(now, str(len(times)), False, False)))
            times.append(now)
        wake = now + delay + 0.0005
    return times, looks, waited


@pytest.mark.parametrize(("rate", "at_once"), [(0.5, 1), (1, 1), (2, 1), (4, 2), (5, 2), (20, 2), (30, 2), (300, 1.2)])
def test_a_broadcast_that_gathers_wakes_its_process_less_often_and_loses_no_time(rate: float, at_once: float) -> None:
    limits = Limits(per_second=rate, margin=0.02, together=3)
    times, looks, _ = gathered(LanePace(limits), 60)
    assert len(times) >= 60 * rate * 0.95
    assert most_within(times, max(1, 1 / rate) + 0.019) <= max(rate, 1)
    assert looks <= len(times) / at_once + 2


def test_chats_that_take_less_than_their_lane_are_not_held_up_by_gathering() -> None:
    pace = LanePace(Limits(per_second=5, margin=0.035, chat_interval=1.035, together=3))
    chance = random.Random(5)
    now, sends = START, 0
    on_the_way: list[tuple[float, Departure]] = []
    while now < START + 120:
        for at, departure in [one for one in on_the_way if one[0] <= now]:
            pace.landed(departure, at)
        on_the_way = [one for one in on_the_way if one[0] > now]
        delay = pace.lane_wait(now)
        if delay <= 0:
            waits = {chat: pace.wait(now, chat, False, False) for chat in "abcd"}
            chat, delay = min(waits.items(), key=lambda each: each[1])
        if delay <= 0:
            on_the_way.append((now + chance.uniform(0.004, 0.012), pace.take(now, chat, False, False)))
            sends += 1
        else:
            now += delay + 0.0005
    assert sends >= 0.98 * 4 * 120 / 1.035


def test_an_answer_waits_no_longer_than_places_gather() -> None:
    limits = Limits(per_second=5, margin=0.03, together=3, chat_interval=0.0)
    times, _, waited = gathered(LanePace(limits), 60, questions=0.7)
    assert max(waited) <= 1.03 / 2 + 0.02
    assert len(times) >= 60 * 5 * 0.95
    assert most_within(times, 1.029) <= 5


def test_after_a_stall_nothing_is_caught_up() -> None:
    pace = LanePace(Limits(per_second=30))
    chats = [(str(number), False, False) for number in range(90)]
    run(pace, 2, chats)
    after = run(pace, 1, chats, start=START + 62)
    assert len(after) <= 30
    assert min(b.at - a.at for a, b in itertools.pairwise(after)) > 0.03


def busy(pace: LanePace, seconds: float, replies_per_second: float) -> tuple[list[Send], list[float]]:
    """A broadcast that takes whatever it is given, and people who are told to wait and come back then.

    Returns what was sent, and how long each reply waited.
    """
    sends: list[Send] = []
    waited: list[float] = []
    due: list[tuple[float, float, str]] = []  # when to ask, since when, whom
    asked = 0
    for tick in range(int(seconds * 1000)):
        now = START + tick / 1000
        if tick / 1000 * replies_per_second >= asked:
            due.append((now, now, f"r{asked}"))
            asked += 1
        while not pace.wait(now, chat := f"b{tick}", False, False):  # the broadcast asks first
            pace.take(now, chat, False, False)
            sends.append(Send(now, chat, False))
        for entry in [entry for entry in due if entry[0] <= now]:
            due.remove(entry)
            if delay := pace.wait(now, entry[2], False, True):
                due.append((now + delay, entry[1], entry[2]))
            else:
                pace.take(now, entry[2], False, True)
                sends.append(Send(now, entry[2], True))
                waited.append(now - entry[1])
    return sends, waited


def test_a_reply_gets_the_next_place_however_busy_a_broadcast_is() -> None:
    sends, waited = busy(LanePace(Limits(per_second=30)), 60, 2.5)
    assert len(waited) >= 149
    assert max(waited) <= 1 / 30 + 0.005
    assert len(sends) >= 60 * 30 * 0.95
    assert most_within([send.at for send in sends], 1.0) <= 30


def test_a_flood_of_replies_does_not_stop_a_broadcast() -> None:
    sends, _ = busy(LanePace(Limits(per_second=30)), 20, 60)
    assert sum(not send.reply for send in sends) >= 20 * 30 / 4
    assert sum(send.reply for send in sends) >= 20 * 30 / 3
    assert len(sends) >= 20 * 30 * 0.95


def test_a_reply_may_be_ahead_of_its_chats_interval_and_a_broadcast_waits_the_longer() -> None:
    pace = LanePace(Limits(per_second=30, chat_interval=1.0, reply_burst=2))
    pace.take(START, "reader", False, False)
    for number in range(2):
        assert pace.wait(START + 0.1 + number / 10, "reader", False, True) == 0.0
        pace.take(START + 0.1 + number / 10, "reader", False, True)
    assert pace.wait(START + 0.3, "reader", False, True) == pytest.approx(0.7)
    assert pace.wait(START + 0.3, "reader", False, False) == pytest.approx(2.7)


def test_a_reply_that_waits_for_its_chat_goes_before_a_broadcast_to_that_chat() -> None:
    pace = LanePace(Limits(per_second=30, chat_interval=1.0))
    pace.take(START, "reader", False, False)
    delay = pace.wait(START + 0.5, "reader", False, True)
    assert pace.wait(START + 1.0, "reader", False, False) > 0.0
    assert pace.wait(START + 0.5 + delay, "reader", False, True) == 0.0
    assert pace.wait(START + 0.5, "other", False, False) == 0.0


def test_a_group_keeps_room_for_a_reply_during_a_broadcast() -> None:
    pace = LanePace(Limits(per_second=30, group_per_minute=20))
    sends = run(pace, 59, [("group", True, False)])
    assert len(sends) == 18
    assert pace.wait(START + 30, "group", True, True) == 0.0


def test_a_group_gets_no_more_than_its_minute_but_a_private_chat_does() -> None:
    settings = Limits(per_second=30, group_per_minute=20, reply_share=0.0)
    assert len(run(LanePace(settings), 60, [("group", True, False)])) == 20
    assert len(run(LanePace(settings), 60, [("person", False, False)])) == 60


def test_a_chat_told_to_wait_holds_up_nobody_else() -> None:
    pace = LanePace(Limits(per_second=30))
    pace.hold_chat("slow", START + 35)
    pace.hold_chat("slow", START + 5)  # a later, shorter answer does not end the hold
    assert pace.wait(START, "slow", False, True) == pytest.approx(35)
    assert pace.wait(START, "other", False, False) == 0.0
    assert pace.wait(START + 35, "slow", False, True) == 0.0


def test_the_end_of_a_wait_ends_no_longer_one() -> None:
    pace = LanePace(Limits(per_second=30))
    pace.hold_chat("chat", START + 35)
    pace.release_chat("chat", START + 30)
    assert pace.wait(START, "chat", False, False) == pytest.approx(35)
    pace.release_chat("chat", START + 35)
    assert pace.wait(START, "chat", False, False) == 0.0


def test_a_lane_told_to_wait_holds_up_everybody() -> None:
    pace = LanePace(Limits(per_second=30))
    pace.hold_lane(START + 10)
    pace.hold_lane(START + 3)
    assert pace.wait(START, "anyone", False, True) == pytest.approx(10)
    assert pace.wait(START + 10, "anyone", False, False) == 0.0


def test_idle_chats_are_forgotten_and_held_ones_are_not() -> None:
    pace = LanePace(Limits(per_second=1000, group_per_minute=20))
    pace.hold_chat("held", START + 1e6)
    now = START
    for number in range(50_000):
        now += 0.01
        pace.take(now, str(number), number % 2 == 0, False)
    # Groups count for a minute, which here is 3,000 of them; people only for a second.
    assert pace.chats_remembered < 10_000
    for _ in range(10_000):
        pace.wait(now + 120, "anyone", False, False)
    assert pace.chats_remembered == 1
    assert pace.wait(now, "held", False, False) > 0


def test_a_call_costs_the_same_with_a_hundred_chats_and_with_a_hundred_thousand() -> None:
    def seconds_per_call(chats: int) -> float:
        pace = LanePace(Limits(per_second=1000, chat_interval=1e6))
        for number in range(chats):
            pace.take(START, str(number), False, False)
        started = time.process_time()
        for number in range(20_000):
            pace.wait(START, str(number % chats), False, False)
        return (time.process_time() - started) / 20_000

    assert seconds_per_call(100_000) < 10 * seconds_per_call(100) + 1e-5


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_second": 0},
        {"per_second": math.inf},
        {"per_second": 30, "burst": 0},
        {"per_second": 30, "together": 0},
        {"per_second": 30, "chat_interval": -1},
        {"per_second": 30, "group_per_minute": 0},
        {"per_second": 30, "reply_share": 1},
    ],
)
def test_limits_that_would_let_nothing_or_everything_through_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"limit|rate|fraction"):
        Limits(**wrong)  # type: ignore[arg-type]


def test_backoff_doubles_from_its_base_to_its_cap() -> None:
    assert [backoff(attempts, spread=0.0) for attempts in (0, 1, 2, 3, 4)] == [1.0, 1.0, 2.0, 4.0, 8.0]
    assert backoff(50, spread=0.0) == backoff(10**9, spread=0.0) == 450.0


@given(st.integers(-5, 10**12), st.floats(0, 1, exclude_max=True))
def test_backoff_stays_within_the_upper_half_of_its_step(attempts: int, spread: float) -> None:
    shortest = backoff(attempts, spread=0.0)
    assert 1.0 <= shortest <= backoff(attempts, spread=spread) <= 2 * shortest <= 900.0
    assert backoff(attempts, spread=spread) == backoff(attempts, spread=spread)
