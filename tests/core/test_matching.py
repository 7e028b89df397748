"""Who is owed what, and when: each chat on its own clock, once a local day, and nothing that it did not ask for."""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.matching import LATENESS, Matcher, Plan, moment, next_posting, rescheduled
from bot.model import EVERY_DAY, Address, Chat, ChatKind, Paper, StoredPaper, Subscription
from bot.query import Lexicon, canonical, parse

LEXICON = Lexicon.from_tables({}, {})
NOON = datetime(2024, 2, 20, 12, tzinfo=UTC)  # a Tuesday
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKDAYS = frozenset(range(5))


def chat(
    *,
    at: time | None = None,
    zone: str = "UTC",
    weekdays: frozenset[int] = EVERY_DAY,
    planned_until: datetime = NOON - DAY,
    next_post_at: datetime | None = None,
    number: int = 1,
) -> Chat:
    return Chat(
        id=number,
        address=Address(lane="telegram:1", chat=str(number)),
        kind=ChatKind.PRIVATE,
        title="",
        language="ko",
        zone=zone,
        posting_time=at,
        weekdays=weekdays,
        next_post_at=next_post_at,
        planned_until=planned_until,
        active=True,
        inactive_reason=None,
        paused_until=None,
        created_at=NOON - 30 * DAY,
    )


def subscription(query: str, *, since: datetime = NOON - 30 * DAY, number: int = 1) -> Subscription:
    text = canonical(parse(query, LEXICON))
    return Subscription(id=number, chat_id=1, text=query, canonical=text, created_at=since)


def paper(number: int, *, published_at: datetime | None = NOON, title: str = "Paper", tag: str = "rlhf") -> StoredPaper:
    return StoredPaper(
        id=number,
        version=1,
        digest_id=1,
        position=number,
        published_at=published_at,
        withdrawn=False,
        paper=Paper(date=NOON.date(), title=f"{title} {number}", tags=(tag,)),
    )


def decide(the_chat: Chat, wishes: Sequence[Subscription], papers: Sequence[StoredPaper], now: datetime) -> Plan:
    return Matcher(LEXICON).owed(the_chat, wishes, papers, now=now)


# --- what is owed -------------------------------------------------------------------------------------------------


def test_a_chat_is_owed_what_it_follows_in_the_order_of_the_digest() -> None:
    papers = [paper(3), paper(1, tag="kernel"), paper(2, published_at=NOON + MINUTE)]
    plan = decide(chat(), [subscription("#rlhf")], papers, NOON + DAY)
    assert plan == Plan(paper_ids=(3, 2), next_post_at=None, planned_until=NOON + MINUTE)


def test_a_chat_that_follows_nothing_is_owed_nothing_and_looks_forward_all_the_same() -> None:
    plan = decide(chat(), [], [paper(1)], NOON + MINUTE)
    assert plan == Plan(paper_ids=(), next_post_at=None, planned_until=NOON)


def test_a_paper_that_two_subscriptions_want_is_owed_once() -> None:
    plan = decide(chat(), [subscription("#rlhf"), subscription("*", number=2)], [paper(1)], NOON)
    assert plan.paper_ids == (1,)


def test_a_subscription_is_for_what_comes_after_it() -> None:
    since = NOON + MINUTE
    papers = [paper(1), paper(2, published_at=since), paper(3, published_at=since + MINUTE)]
    assert decide(chat(), [subscription("*", since=since)], papers, NOON + DAY).paper_ids == (2, 3)


def test_what_was_looked_at_before_is_not_owed_again() -> None:
    papers = [paper(1), paper(2, published_at=NOON + MINUTE)]
    plan = decide(chat(planned_until=NOON), [subscription("*")], papers, NOON + DAY)
    assert plan.paper_ids == (2,)
    after = replace(chat(), planned_until=plan.planned_until)
    assert decide(after, [subscription("*")], papers, NOON + DAY) == Plan(
        paper_ids=(), next_post_at=None, planned_until=NOON + MINUTE
    )


def test_the_look_goes_as_far_as_the_last_paper_and_never_up_to_now() -> None:
    # A paper that another process is publishing this very moment has an earlier time than now.
    assert decide(chat(), [subscription("*")], [paper(1)], NOON + DAY).planned_until == NOON
    assert decide(chat(planned_until=NOON), [subscription("*")], [], NOON + DAY).planned_until == NOON


def test_papers_that_are_only_kept_for_searching_or_withdrawn_are_nobodys_due() -> None:
    papers = [paper(1, published_at=None), replace(paper(2), withdrawn=True)]
    assert decide(chat(), [subscription("*")], papers, NOON).paper_ids == ()


def test_a_changed_paper_is_put_to_the_query_anew() -> None:
    matcher = Matcher(LEXICON)
    wishes = [subscription("diffusion")]
    before = paper(1)
    after = replace(before, version=2, paper=replace(before.paper, title="Diffusion"))
    assert matcher.owed(chat(), wishes, [before], now=NOON).paper_ids == ()
    assert matcher.owed(chat(), wishes, [after], now=NOON).paper_ids == (1,)


def test_a_paper_of_the_morning_is_put_to_the_words_of_the_evening() -> None:
    """Somebody adds a line to the glossary between the postings of two chats."""
    lexicon = Lexicon.from_tables({}, {"translations": {"환각": ["hallucination"]}})
    matcher = Matcher(lexicon)
    wishes = [subscription("보상 모델")]
    papers = [paper(1, title="Reward Models")]
    assert matcher.owed(chat(), wishes, papers, now=NOON).paper_ids == ()
    lexicon.glossary.become(Lexicon.from_tables({}, {"translations": {"보상 모델": ["reward model"]}}).glossary)
    assert matcher.owed(chat(number=2), wishes, papers, now=NOON + DAY).paper_ids == (1,)


# --- on which days --------------------------------------------------------------------------------------------


def test_a_chat_that_rests_at_the_weekend_gets_saturdays_digest_as_monday_begins() -> None:
    saturday = datetime(2024, 2, 24, 3, tzinfo=UTC)
    resting = chat(weekdays=WEEKDAYS, zone="Asia/Seoul", next_post_at=saturday)
    papers = [paper(1, published_at=saturday)]
    plan = decide(resting, [subscription("*")], papers, saturday)
    monday = datetime(2024, 2, 25, 15, tzinfo=UTC)  # midnight in Seoul
    assert plan == Plan(paper_ids=(), next_post_at=monday, planned_until=resting.planned_until)
    then = decide(replace(resting, next_post_at=monday), [subscription("*")], papers, monday)
    assert then == Plan(paper_ids=(1,), next_post_at=None, planned_until=saturday)


def test_a_posting_due_before_midnight_is_made_though_the_tick_comes_after_it() -> None:
    friday = datetime(2024, 2, 23, 23, 59, tzinfo=UTC)
    due = chat(at=time(23, 59), weekdays=WEEKDAYS, next_post_at=friday)
    monday = datetime(2024, 2, 26, 23, 59, tzinfo=UTC)
    for late in (timedelta(0), 2 * MINUTE, LATENESS - MINUTE):
        assert decide(due, [subscription("*")], [paper(1)], friday + late) == Plan(
            paper_ids=(1,), next_post_at=monday, planned_until=NOON
        )
    assert decide(due, [subscription("*")], [paper(1)], friday + LATENESS + 2 * MINUTE) == Plan(
        paper_ids=(), next_post_at=monday, planned_until=NOON - DAY
    )


def test_a_digest_that_comes_as_the_day_of_rest_ends_waits_for_no_other() -> None:
    sunday = datetime(2024, 2, 25, 23, 59, 59, tzinfo=UTC)
    resting = chat(weekdays=WEEKDAYS, next_post_at=sunday)
    plan = decide(resting, [subscription("*")], [paper(1, published_at=sunday)], sunday + timedelta(seconds=2))
    assert plan.paper_ids == (1,)


def test_a_chat_without_weekdays_is_never_posted_to() -> None:
    never = chat(weekdays=frozenset(), at=time(9))
    assert decide(never, [subscription("*")], [paper(1)], NOON) == Plan(
        paper_ids=(), next_post_at=None, planned_until=never.planned_until
    )
    assert next_posting(chat(weekdays=frozenset()), NOON) is None


# --- at what time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "at", "after", "expected"),
    [
        ("Asia/Seoul", "09:00", "2024-02-19 23:59", "2024-02-20 00:00"),
        ("Asia/Seoul", "09:00", "2024-02-20 00:00", "2024-02-21 00:00"),
        ("Asia/Kathmandu", "09:00", "2024-02-20 00:00", "2024-02-20 03:15"),
        ("Pacific/Kiritimati", "09:00", "2024-02-20 00:00", "2024-02-20 19:00"),
        # Spring: 02:30 does not exist on 10 March, and the first moment after the gap is 03:00.
        ("America/Los_Angeles", "02:30", "2024-03-10 00:00", "2024-03-10 10:00"),
        ("America/Los_Angeles", "02:30", "2024-03-10 10:00", "2024-03-11 09:30"),
        ("America/Los_Angeles", "09:00", "2024-03-09 17:00", "2024-03-10 16:00"),
        # Autumn: 01:30 comes twice on 3 November, and the first counts.
        ("America/Los_Angeles", "01:30", "2024-11-03 00:00", "2024-11-03 08:30"),
        ("America/Los_Angeles", "01:30", "2024-11-03 08:30", "2024-11-04 09:30"),
        ("Europe/Berlin", "02:15", "2024-03-30 12:00", "2024-03-31 01:00"),
        ("Europe/Berlin", "02:15", "2024-10-26 12:00", "2024-10-27 00:15"),
        ("Europe/Berlin", "02:15", "2024-10-27 00:15", "2024-10-28 01:15"),
        # Half an hour of daylight saving: 02:00 to 02:30 is missing on 6 October, 01:30 to 02:00 doubled on 7 April.
        ("Australia/Lord_Howe", "02:10", "2024-10-05 12:00", "2024-10-05 15:30"),
        ("Australia/Lord_Howe", "01:45", "2024-04-06 12:00", "2024-04-06 14:45"),
        ("Australia/Lord_Howe", "01:45", "2024-04-06 14:45", "2024-04-07 15:15"),
        # Samoa went without 30 December 2011.
        ("Pacific/Apia", "09:00", "2011-12-29 19:00", "2011-12-30 19:00"),
        # In Nuuk the clocks of 30 March 2024 went from 23:00 to midnight: its last second stands for 23:30.
        ("America/Nuuk", "23:30", "2024-03-30 12:00", "2024-03-31 00:59:59"),
        ("America/Nuuk", "23:30", "2024-03-31 00:59:59", "2024-04-01 00:30"),
        # In Beirut midnight itself was skipped on 31 March 2024.
        ("Asia/Beirut", "00:00", "2024-03-30 12:00", "2024-03-30 22:00"),
    ],
)
def test_the_posting_time_is_that_of_the_chats_own_clock(zone: str, at: str, after: str, expected: str) -> None:
    def utc(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    found = next_posting(chat(at=time.fromisoformat(at), zone=zone), utc(after))
    assert found == utc(expected)
    assert found is not None
    assert found.tzinfo is UTC


def test_a_weekly_chat_whose_day_is_missing_from_the_calendar_waits_a_week_more() -> None:
    fridays = chat(at=time(9), zone="Pacific/Apia", weekdays=frozenset({4}))
    zone = ZoneInfo("Pacific/Apia")
    first = next_posting(fridays, datetime(2011, 12, 22, tzinfo=zone).astimezone(UTC))
    assert first == datetime(2011, 12, 23, 9, tzinfo=zone).astimezone(UTC)
    assert first is not None
    assert next_posting(fridays, first) == datetime(2012, 1, 6, 9, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize("zone", ["Mars/Phobos", "Etc/Nowhere", "UTC+99:00", ""])
def test_a_chat_of_a_zone_that_is_not_there_is_posted_to_by_utc_and_stops_nobody(zone: str) -> None:
    lost = chat(at=time(13), zone=zone, weekdays=WEEKDAYS)
    plan = decide(lost, [subscription("*")], [paper(1)], NOON)
    assert plan.paper_ids == (1,)
    assert plan.next_post_at == NOON + timedelta(hours=1)
    assert rescheduled(lost, replace(lost, zone="Asia/Seoul"), NOON) == datetime(2024, 2, 21, 4, tzinfo=UTC)


ZONES = st.sampled_from(sorted(name for name in available_timezones() if name not in ("localtime", "Factory")))


@given(
    ZONES,
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.datetimes(datetime(1970, 1, 2), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
)
@example("Pacific/Apia", time(9), EVERY_DAY, datetime(2011, 6, 1, tzinfo=UTC))
@example("Australia/Lord_Howe", time(2, 10), EVERY_DAY, datetime(2024, 1, 1, tzinfo=UTC))
@example("America/Nuuk", time(23, 30), EVERY_DAY, datetime(2024, 1, 1, tzinfo=UTC))
@example("Africa/Casablanca", time(2, 30), EVERY_DAY, datetime(2024, 1, 1, tzinfo=UTC))
@example("America/Cuiaba", time(0, 28, fold=1), EVERY_DAY, datetime(1986, 8, 19, tzinfo=UTC))
@settings(max_examples=120, deadline=None)
def test_each_allowed_day_of_any_zone_has_exactly_one_posting_and_they_only_go_forward(
    zone: str, at: time, weekdays: frozenset[int], start: datetime
) -> None:
    local = ZoneInfo(zone)
    daily = chat(at=at, zone=zone, weekdays=weekdays)
    days: list[date] = []
    moments = [start]
    while moments[-1] < start + 400 * DAY:
        following = next_posting(daily, moments[-1])
        assert following is not None
        moments.append(following)
        days.append(following.astimezone(local).date())
    assert moments == sorted(set(moments))
    assert days == sorted(set(days))
    # None is left out: every day in between that the calendar of the place has (noon or midnight exists on it).
    expected = {
        days[0] + ahead * DAY
        for ahead in range((days[-1] - days[0]).days + 1)
        if (days[0] + ahead * DAY).weekday() in weekdays and _exists(days[0] + ahead * DAY, local)
    }
    assert set(days) == expected


def _exists(day: date, local: ZoneInfo) -> bool:
    noon = datetime.combine(day, time(12), tzinfo=local).astimezone(UTC)
    return any((noon + timedelta(hours=hour)).astimezone(local).date() == day for hour in range(-30, 31))


@given(ZONES, st.times(), st.dates(date(1971, 1, 1), date(2060, 1, 1)))
@settings(max_examples=300, deadline=None)
def test_a_moment_is_on_its_day_and_shows_its_time_unless_the_clocks_skipped_it(zone: str, at: time, day: date) -> None:
    local = ZoneInfo(zone)
    found = moment(day, at, local)
    if found is not None:
        shown = found.astimezone(local)
        assert shown.date() == day
        if shown.time() != at:
            assert shown.utcoffset() != (found - timedelta(seconds=1)).astimezone(local).utcoffset() or (
                shown.utcoffset() != (found + timedelta(seconds=1)).astimezone(local).utcoffset()
            )


# --- when the settings change -----------------------------------------------------------------------------------


def seoul(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 2, day, hour, minute, tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)


def test_a_later_posting_time_does_not_make_a_second_posting_of_the_day() -> None:
    old = chat(at=time(9), zone="Asia/Seoul", next_post_at=seoul(21, 9))
    later = replace(old, posting_time=time(18))
    assert rescheduled(old, later, seoul(20, 12)) == seoul(21, 18)
    # Nor does a change of mind a minute after.
    again = replace(later, next_post_at=seoul(21, 18), posting_time=time(13))
    assert rescheduled(replace(later, next_post_at=seoul(21, 18)), again, seoul(20, 12, 1)) == seoul(21, 13)


def test_a_posting_still_to_come_moves_within_its_day() -> None:
    old = chat(at=time(18), zone="Asia/Seoul", next_post_at=seoul(20, 18))
    assert rescheduled(old, replace(old, posting_time=time(13)), seoul(20, 12)) == seoul(20, 13)
    assert rescheduled(old, replace(old, posting_time=time(9)), seoul(20, 12)) == seoul(21, 9)


def test_a_chat_that_moves_to_another_zone_is_not_posted_to_again_on_the_day_it_has_there() -> None:
    old = chat(at=time(9), zone="Asia/Seoul", next_post_at=seoul(21, 9))
    now = seoul(20, 12)  # 19:00 on the 19th in Los Angeles
    late = replace(old, zone="America/Los_Angeles", posting_time=time(21))
    los_angeles = ZoneInfo("America/Los_Angeles")
    assert rescheduled(old, late, now) == datetime(2024, 2, 20, 21, tzinfo=los_angeles).astimezone(UTC)


def test_nor_where_the_day_of_the_new_zone_is_a_later_one() -> None:
    los_angeles = ZoneInfo("America/Los_Angeles")
    now = datetime(2024, 2, 19, 12, tzinfo=los_angeles).astimezone(UTC)  # 05:00 on the 20th in Seoul
    old = chat(at=time(9), zone="America/Los_Angeles", next_post_at=datetime(2024, 2, 20, 9, tzinfo=los_angeles))
    late = replace(old, zone="Asia/Seoul", posting_time=time(18))
    assert rescheduled(old, late, now) == seoul(21, 18)


def test_whether_todays_posting_is_behind_a_chat_is_told_by_the_day_it_had_until_now() -> None:
    # In Seoul the 20th has begun, and its posting is still to come; in Berlin it is the 19th, and tomorrow's.
    old = chat(at=time(9), zone="Asia/Seoul", next_post_at=seoul(20, 9))
    late = replace(old, zone="Europe/Berlin", posting_time=time(21))
    berlin = ZoneInfo("Europe/Berlin")
    assert rescheduled(old, late, seoul(20, 1)) == datetime(2024, 2, 19, 21, tzinfo=berlin).astimezone(UTC)


def test_a_chat_that_changes_to_midnight_is_posted_to_at_the_next_one() -> None:
    old = chat(at=time(9), zone="Asia/Seoul", next_post_at=seoul(21, 9))
    assert rescheduled(old, replace(old, posting_time=time(0)), seoul(20, 12)) == seoul(21, 0)


def test_a_day_of_rest_that_becomes_a_day_of_posting_is_one_at_once() -> None:
    old = chat(at=time(9), zone="Asia/Seoul", weekdays=frozenset({4}), next_post_at=seoul(23, 9))
    new = replace(old, weekdays=EVERY_DAY, posting_time=time(13))
    assert rescheduled(old, new, seoul(20, 12)) == seoul(20, 13)


def test_from_a_daily_hour_to_at_once_what_waited_is_looked_at_now_and_the_other_way_at_the_hour() -> None:
    daily = chat(at=time(9), zone="Asia/Seoul", next_post_at=seoul(21, 9))
    at_once = replace(daily, posting_time=None)
    assert rescheduled(daily, at_once, seoul(20, 12)) == seoul(20, 12)
    assert rescheduled(replace(at_once, next_post_at=None), daily, seoul(20, 12)) == seoul(21, 9)
    assert rescheduled(at_once, replace(at_once, zone="UTC"), seoul(20, 12)) == seoul(20, 12)


@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 600)), max_size=12),
    st.sampled_from(["Asia/Seoul", "America/Los_Angeles", "Europe/Berlin"]),
)
@settings(deadline=None)
def test_however_often_the_hour_is_changed_no_local_day_has_two_postings(
    changes: list[tuple[int, int]], zone: str
) -> None:
    now = NOON
    the_chat = chat(at=time(9), zone=zone)
    the_chat = replace(the_chat, next_post_at=next_posting(the_chat, now))
    days: list[date] = []
    for hour, minutes in [*changes, (9, 3000)]:
        now += minutes * MINUTE
        while the_chat.next_post_at is not None and the_chat.next_post_at <= now:
            days.append(the_chat.next_post_at.astimezone(ZoneInfo(zone)).date())
            the_chat = replace(the_chat, next_post_at=next_posting(the_chat, the_chat.next_post_at))
        changed = replace(the_chat, posting_time=time(hour))
        the_chat = replace(changed, next_post_at=rescheduled(the_chat, changed, now))
    assert days == sorted(set(days))


# --- at scale -------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_chats_are_decided_in_seconds() -> None:
    papers = [paper(number, tag=("rlhf", "kernel", "agent")[number % 3]) for number in range(12)]
    zones = ("Asia/Seoul", "America/Los_Angeles", "Europe/Berlin", "UTC")
    queries = [[subscription(f"#tag{n}"), subscription("#rlhf"), subscription("paper -#agent")] for n in range(200)]
    chats = [
        chat(at=time(9, number % 60) if number % 2 else None, zone=zones[number % 4], number=number)
        for number in range(100_000)
    ]
    matcher = Matcher(LEXICON)
    started = clock.process_time()
    total = sum(len(matcher.owed(each, queries[each.id % 200], papers, now=NOON + MINUTE).paper_ids) for each in chats)
    assert clock.process_time() - started < 20
    assert total == 800_000
