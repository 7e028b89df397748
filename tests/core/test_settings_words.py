"""What people type into /settings is understood in Korean and English, and never punished."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings_words import (
    format_offset,
    parse_language,
    parse_time,
    parse_weekdays,
    parse_zone,
    suggest_zones,
    zone,
    zone_label,
)

NOON_IN_WINTER = datetime(2024, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "hour", "minute"),
    [
        *[
            (typed, 9, 0)
            for typed in ("09:00", "9:00", "9", "9am", "9 AM", "9 a.m.", "am 9", "9시", "09시", "오전 9시")
        ],
        *[(typed, 9, 0) for typed in ("오전9시", "아침 9시", "0900", "900", "０９：００", "９시", " 9 : 00 ", "9시에")],
        *[(typed, 9, 0) for typed in ("아홉 시", "at 9 in the morning", "9 o'clock", "9:00:00", "09.00")],
        *[
            (typed, 21, 0)
            for typed in ("21:00", "9pm", "9 p.m.", "오후 9시", "저녁 9시", "밤 9시", "9 at night", "2100")
        ],
        *[(typed, 9, 30) for typed in ("9:30", "9시 30분", "9시30분", "9시 반", "아홉시 반", "930", "오전 9:30")],
        *[
            (typed, 15, 30)
            for typed in ("오후 3시 30분", "3:30pm", "15:30", "15시 30분", "오후 15시 30분", "낮 3시 반")
        ],
        *[(typed, 12, 0) for typed in ("noon", "정오", "12:00", "12pm", "오후 12시", "낮 12시", "NOON", "점심 12시")],
        *[
            (typed, 0, 0)
            for typed in ("midnight", "자정", "00:00", "0시", "24시", "24:00", "12am", "오전 12시", "밤 12시")
        ],
        ("밤 1시", 1, 0),
        ("새벽 5시", 5, 0),
        ("열두 시", 12, 0),
        ("열한시", 11, 0),
        ("23:59", 23, 59),
        ("아침 8시", 8, 0),
    ],
)
def test_a_time_of_day_is_understood(typed: str, hour: int, minute: int) -> None:
    assert parse_time(typed) == time(hour, minute)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "25:00",
        "24:30",
        "9:60",
        "12:5",
        "아침",
        "오전",
        "오전 14시",
        "am 9 pm",
        "새벽 9시",
        "-1",
        "9시 61분",
        "soon",
        "9:00 ~ 10:00",
        "99999",
        "1" * 10_000,
        "아침 12시",
        "3일",
        "at",
    ],
)
def test_what_is_no_time_of_day_is_none(typed: str) -> None:
    assert parse_time(typed) is None


@given(st.times())
def test_every_minute_of_the_day_can_be_typed(moment: time) -> None:
    minute = moment.replace(second=0, microsecond=0)
    assert parse_time(f"{minute:%H:%M}") == parse_time(f"{minute:%H%M}") == minute
    assert parse_time(f"{minute.hour}시 {minute.minute}분") == parse_time(f"{minute:%I:%M %p}") == minute
    half = "오전" if minute.hour < 12 else "오후"
    assert parse_time(f"{half} {minute.hour % 12 or 12}시 {minute.minute}분") == minute


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *[
            (typed, "Asia/Seoul")
            for typed in ("Seoul", "Asia/Seoul", "asia/seoul", "서울", "한국 시간", "KST", "korea")
        ],
        *[
            (typed, "Asia/Seoul")
            for typed in ("ＳＥＯＵＬ", " seoul ", "대한민국 표준시", "Korea (South)", "Seoul time")
        ],
        *[(typed, "America/New_York") for typed in ("뉴욕", "New York", "new_york", "new-york", "EST", "EDT", "NYC")],
        *[(typed, "America/Los_Angeles") for typed in ("PST", "los_angeles", "LA", "san francisco", "샌프란시스코")],
        *[(typed, "UTC") for typed in ("UTC", "utc", "GMT", "Z", "+00:00", "UTC+0", "UTC-0", "gmt+00")],
        *[
            (typed, "Etc/GMT-9")
            for typed in ("+09:00", "UTC+9", "utc +09", "GMT+9", "+9", "+0900", "ＵＴＣ＋９", "UTC+9:00")
        ],
        *[(typed, "Etc/GMT+8") for typed in ("-08:00", "UTC-8", "GMT−8", "-8")],
        *[(typed, "UTC+05:45") for typed in ("+5:45", "UTC+05:45", "GMT +0545", "+545")],
        ("GMT-3:30", "UTC-03:30"),
        ("UTC+14", "Etc/GMT-14"),
        ("Etc/GMT-9", "Etc/GMT-9"),
        ("CET", "CET"),
        ("Eastern Time", "America/New_York"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("미국 서부 시간", "America/Los_Angeles"),
        ("paris", "Europe/Paris"),
        ("Tokyo", "Asia/Tokyo"),
        ("JST", "Asia/Tokyo"),
        ("Singapore", "Asia/Singapore"),
        ("Japan", "Asia/Tokyo"),
        ("Vietnam", "Asia/Ho_Chi_Minh"),
        ("Nepal", "Asia/Kathmandu"),
        ("hong kong", "Asia/Hong_Kong"),
        ("ho chi minh", "Asia/Ho_Chi_Minh"),
        ("Port-au-Prince", "America/Port-au-Prince"),
        ("argentina/buenos aires", None),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_time_zone_is_understood(typed: str, name: str | None) -> None:
    assert parse_zone(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "미국",
        "USA",
        "CST",
        "IST",
        "+15",
        "UTC-13",
        "UTC+9:75",
        "localtime",
        "Factory",
        "atlantis",
        "9",
        "../etc/passwd",
        "Asia",
        "\x00",
        "a" * 10_000,
    ],
)
def test_what_is_no_one_zone_is_none(typed: str) -> None:
    assert parse_zone(typed) is None


def test_every_iana_zone_is_understood_by_its_own_name_and_loads() -> None:
    for name in sorted(available_timezones()):
        if "/" in name:
            assert parse_zone(name) == parse_zone(name.lower()) == name
            zone(name)


@pytest.mark.parametrize(
    ("name", "offset", "label"),
    [
        ("Asia/Seoul", timedelta(hours=9), "Asia/Seoul"),
        ("Etc/GMT-9", timedelta(hours=9), "UTC+09:00"),
        ("Etc/GMT+8", timedelta(hours=-8), "UTC-08:00"),
        ("Etc/UTC", timedelta(), "UTC"),
        ("UTC", timedelta(), "UTC"),
        ("UTC+05:45", timedelta(hours=5, minutes=45), "UTC+05:45"),
        ("UTC-03:30", timedelta(hours=-3, minutes=-30), "UTC-03:30"),
    ],
)
def test_a_zones_name_loads_and_is_shown_the_right_way_round(name: str, offset: timedelta, label: str) -> None:
    assert NOON_IN_WINTER.astimezone(zone(name)).utcoffset() == offset
    assert zone_label(name) == label
    assert zone(name) is zone(name)


@pytest.mark.parametrize(
    "name", ["", "Asia", "Nowhere/Land", "../x", "a\0b", "UTC+99:00", "UTC+05:75", "é", "x" * 5000]
)
def test_an_unknown_zone_is_one_clear_error(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        zone(name)


@given(st.integers(-12 * 60, 14 * 60))
def test_every_offset_survives_being_typed_stored_and_shown(minutes: int) -> None:
    offset = timedelta(minutes=minutes)
    name = parse_zone(format_offset(offset))
    assert name is not None
    assert NOON_IN_WINTER.astimezone(zone(name)).utcoffset() == offset
    assert zone_label(name) == format_offset(offset)
    assert parse_zone(zone_label(name)) == name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("new yrok", "America/New_York"),
        ("seol", "Asia/Seoul"),
        ("서우", "Asia/Seoul"),
        ("도꾜", "Asia/Tokyo"),
        ("싱가폴", "Asia/Singapore"),
        ("san fransisco", "America/Los_Angeles"),
        ("미국", "America/New_York"),
        ("usa time", "America/Los_Angeles"),
        ("CST", "Asia/Shanghai"),
        ("Brazil", "America/Sao_Paulo"),
        ("york", "America/New_York"),
        ("Kazakhstan", "Asia/Almaty"),
        ("Seoul", "Asia/Seoul"),
        ("kor", "Asia/Seoul"),
    ],
)
def test_a_near_miss_is_answered_with_what_may_have_been_meant(typed: str, meant: str) -> None:
    suggestions = suggest_zones(typed, 5)
    assert meant in suggestions
    assert len(suggestions) == len(set(suggestions)) <= 5
    for name in suggestions:
        zone(name)


def test_what_is_understood_is_suggested_first_and_three_letters_of_anything_are_no_name() -> None:
    assert suggest_zones("kst", 1) == ["Asia/Seoul"]
    assert suggest_zones("q", 5) == []


def test_nothing_is_suggested_for_nothing() -> None:
    assert suggest_zones("", 5) == suggest_zones("Seoul", 0) == suggest_zones("qqqqqqqqqqq", 5) == []


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        *[
            (typed, "01234")
            for typed in ("평일", "주중", "weekdays", "Weekday", "월-금", "월~금", "Mon-Fri", "월요일부터 금요일까지")
        ],
        *[
            (typed, "01234")
            for typed in ("mon to fri", "월화수목금", "on weekdays", "월〜금", "Monday through Friday", "평일에만")
        ],
        *[(typed, "56") for typed in ("주말", "weekend", "Weekends", "토일", "토, 일", "sat & sun", "일토")],
        *[
            (typed, "0123456")
            for typed in ("매일", "every day", "everyday", "daily", "all", "월-일", "sun-sat", "평일과 주말")
        ],
        *[
            (typed, "024")
            for typed in ("월수금", "월, 수, 금", "mon,wed,fri", "MON WED FRI", "월요일 수요일 금요일", "월·수·금")
        ],
        *[
            (typed, "13")
            for typed in ("화요일 목요일", "화목", "tue/thu", "Tuesdays and Thursdays", "화요일과 목요일", "매주 화,목")
        ],
        *[(typed, "0456") for typed in ("금-월", "fri-mon", "Fri – Mon")],
        ("every monday", "0"),
        ("일요일마다", "6"),
        ("ｍｏｎ", "0"),
        ("월-수, 토", "0125"),
        ("평일, 토요일", "012345"),
    ],
)
def test_weekdays_are_understood(typed: str, days: str) -> None:
    assert parse_weekdays(typed) == frozenset(map(int, days))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        ",",
        "월-",
        "-금",
        "월--금",
        "평일-토",
        "월-평일",
        "월-평일 화",
        "월 평일-토",
        "내일",
        "month",
        "sunny",
        "moon",
        "월급",
        "부터",
        "every",
        "1,2",
    ],
)
def test_what_are_no_weekdays_is_none(typed: str) -> None:
    assert parse_weekdays(typed) is None


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        *[
            (typed, "ko")
            for typed in ("한국어", "korean", "KO", "ko-KR", "ko_kr", "한글", "한국말", " Korean ", "한국어로", "ｋｏ")
        ],
        *[
            (typed, "en")
            for typed in ("영어", "English", "en", "en-US", "en_GB", "영문", "잉글리시", "영어로", "english.")
        ],
        *[(typed, None) for typed in ("", "french", "일본어", "englisch", "ko en", "k", "e" * 10_000)],
    ],
)
def test_a_language_is_understood(typed: str, language: str | None) -> None:
    assert parse_language(typed) == language


words = st.text() | st.lists(
    st.sampled_from(
        [
            *"월화수목금토일-~:+, 09.시분반\x00",
            "요일",
            "오전",
            "오후",
            "밤",
            "pm",
            "UTC",
            "GMT",
            "Asia/",
            "seoul",
            "서울",
            "mon",
            "to",
        ]
    ),
    max_size=8,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(words)
def test_no_text_makes_anything_raise(text: str) -> None:
    parse_time(text)
    parse_weekdays(text)
    parse_language(text)
    name = parse_zone(text)
    if name is not None:
        assert parse_zone(name) == name
        zone_label(name)
    for suggestion in suggest_zones(text, 3):
        zone(suggestion)
