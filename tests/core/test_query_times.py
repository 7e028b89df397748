"""Times that are told from today on become absolute ones before a line is read."""

from __future__ import annotations

import time
import unicodedata
from datetime import date
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model import Paper
from bot.query import Lexicon, as_of, asked_for, canonical, matches, parse
from bot.query.dates import filtered
from tests.search.strategies import lines

TODAY = date(2026, 11, 25)  # a Wednesday
LEXICON = Lexicon()


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        ("작년 RLHF", "2025년 RLHF"),
        ("작년 3월 강화학습", "2025년 3월 강화학습"),
        ("작년3월부터 강화학습", "2025년3월부터 강화학습"),
        ("작년 초 RLHF", "2025년 초 RLHF"),
        ("올해말까지 RLHF", "2026년말까지 RLHF"),
        ("작년말뭉치", "작년말뭉치"),
        ("작년에 나온 RLHF", "2025년 나온 RLHF"),
        ("작년부터 RLHF", "2025년부터 RLHF"),
        ("작년 이후 RLHF", "2025년 이후 RLHF"),
        ("작년이후 RLHF", "2025년이후 RLHF"),
        ("작년 하반기", "2025년 하반기"),
        ("지난해 RLHF", "2025년 RLHF"),
        ("지난 해의 RLHF", "2025년 RLHF"),
        ("재작년 RLHF", "2024년 RLHF"),
        ("올해 1분기", "2026년 1분기"),
        ("금년의 논문", "2026년 논문"),
        ("올해는 뭐가", "2026년 뭐가"),
        ("지난달 RLHF", "2026년 10월 RLHF"),
        ("지난 달에는 RLHF", "2026년 10월 RLHF"),
        ("저번 달 RLHF", "2026년 10월 RLHF"),
        ("지난달까지 RLHF", "2026년 10월까지 RLHF"),
        ("이번 달 논문", "2026년 11월 논문"),
        ("이번달 중에 나온", "2026년 11월 나온"),
        ("이달의 논문", "2026년 11월 논문"),
        ("3년 전 RLHF", "2023년 RLHF"),
        ("3년전부터 RLHF", "2023년부터 RLHF"),
        ("10년 전 reward", "2016년 reward"),
        ("3개월 전 RLHF", "2026년 8월 RLHF"),
        ("두 달 전 RLHF", "2026년 9월 RLHF"),
        ("한달 전 RLHF", "2026년 10월 RLHF"),
        ("last year RLHF", "2025 RLHF"),
        ("papers from last year?", "papers 2025?"),
        ("last year's NeurIPS", "2025 NeurIPS"),
        ("before last year", "before 2025"),
        ("This Year", "2026"),
        ("papers of this month", "papers 2026-11"),
        ("since last month RLHF", "since 2026-10 RLHF"),
        ("from last year to this year", "from 2025 to 2026"),
        ("2 years ago", "2024"),
        ("a year ago", "2025"),
        ("since three months ago", "since 2026-08"),
        ("(작년 or rl)", "(2025년 or rl)"),
        ("작년 NeurIPS, 올해 ICML", "2025년 NeurIPS, 2026년 ICML"),
    ],
)
def test_years_and_months_become_words(line: str, absolute: str) -> None:
    assert as_of(line, TODAY) == absolute


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        ("오늘 논문", "after:2026-11-25 before:2026-11-26 논문"),
        ("어제 나온 논문", "after:2026-11-24 before:2026-11-25 나온 논문"),
        ("어제자 논문", "after:2026-11-24 before:2026-11-25 논문"),
        ("그제 논문", "after:2026-11-23 before:2026-11-24 논문"),
        ("그저께의 논문", "after:2026-11-23 before:2026-11-24 논문"),
        ("3일 전 논문", "after:2026-11-22 before:2026-11-23 논문"),
        ("이틀 전 논문", "after:2026-11-23 before:2026-11-24 논문"),
        ("이번 주 RLHF", "after:2026-11-23 before:2026-11-30 RLHF"),
        ("금주 RLHF", "after:2026-11-23 before:2026-11-30 RLHF"),
        ("지난주 RLHF", "after:2026-11-16 before:2026-11-23 RLHF"),
        ("지난 주에 나온 RLHF", "after:2026-11-16 before:2026-11-23 나온 RLHF"),
        ("지난주, RLHF", "after:2026-11-16 before:2026-11-23 RLHF"),
        ("저번 주 RLHF", "after:2026-11-16 before:2026-11-23 RLHF"),
        ("일주일 전 RLHF", "after:2026-11-16 before:2026-11-23 RLHF"),
        ("지지난주 RLHF", "after:2026-11-09 before:2026-11-16 RLHF"),
        ("2주 전 RLHF", "after:2026-11-09 before:2026-11-16 RLHF"),
        ("지난주부터 RLHF", "after:2026-11-16 RLHF"),
        ("어제 이후 RLHF", "after:2026-11-24 RLHF"),
        ("지난주 이전 RLHF", "before:2026-11-16 RLHF"),
        ("지난주까지 RLHF", "before:2026-11-23 RLHF"),
        ("지난주부터 어제까지", "after:2026-11-16 before:2026-11-25"),
        ("지난주~어제", "after:2026-11-16 before:2026-11-25"),
        ("월요일 논문", "after:2026-11-23 before:2026-11-24 논문"),
        ("수요일", "after:2026-11-25 before:2026-11-26"),
        ("목요일에 올라온 RLHF", "after:2026-11-19 before:2026-11-20 올라온 RLHF"),
        ("지난주 월요일 RLHF", "after:2026-11-16 before:2026-11-17 RLHF"),
        ("이번 주 화요일 RLHF", "after:2026-11-24 before:2026-11-25 RLHF"),
        ("지지난주 금요일", "after:2026-11-13 before:2026-11-14"),
        ("월요일부터 RLHF", "after:2026-11-23 RLHF"),
        ("월요일부터 금요일까지", "after:2026-11-16 before:2026-11-21"),
        ("last Wednesday RLHF", "after:2026-11-18 before:2026-11-19 RLHF"),
        ("this Monday", "after:2026-11-23 before:2026-11-24"),
        ("RLHF from Friday", "RLHF after:2026-11-20 before:2026-11-21"),
        ("RLHF since Friday", "RLHF after:2026-11-20"),
        ("from Monday to Friday", "after:2026-11-16 before:2026-11-21"),
        ("Friday's papers", "after:2026-11-20 before:2026-11-21 papers"),
        ("3월 12일(목) RLHF", "after:2026-03-12 before:2026-03-13 RLHF"),
        ("3월 12일 목요일", "after:2026-03-12 before:2026-03-13"),
        ("어제 오늘 논문", "after:2026-11-24 before:2026-11-26 논문"),
        ("어제와 오늘 논문", "after:2026-11-24 before:2026-11-26 논문"),
        ("작년~올해 RLHF", "after:2025-01-01 before:2027-01-01 RLHF"),
        ("30년 전 논문", "after:1996-01-01 before:1997-01-01 논문"),
        ("yesterday's papers", "after:2026-11-24 before:2026-11-25 papers"),
        ("the day before yesterday", "after:2026-11-23 before:2026-11-24"),
        ("papers from last week", "papers after:2026-11-16 before:2026-11-23"),
        ("papers from last week?", "papers after:2026-11-16 before:2026-11-23"),
        ("this week", "after:2026-11-23 before:2026-11-30"),
        ("a week ago", "after:2026-11-16 before:2026-11-23"),
        ("2 weeks ago RLHF", "after:2026-11-09 before:2026-11-16 RLHF"),
        ("3 days ago RLHF", "after:2026-11-22 before:2026-11-23 RLHF"),
        ("RLHF since yesterday", "RLHF after:2026-11-24"),
        ("RLHF before last week", "RLHF before:2026-11-16"),
        ("RLHF until last week", "RLHF before:2026-11-23"),
        ("from last week to yesterday", "after:2026-11-16 before:2026-11-25"),
        ("last week and this week", "after:2026-11-16 before:2026-11-30"),
        ("today", "after:2026-11-25 before:2026-11-26"),
        ("today papers", "after:2026-11-25 before:2026-11-26 papers"),
        ("papers today", "papers after:2026-11-25 before:2026-11-26"),
        ("today's RLHF", "after:2026-11-25 before:2026-11-26 RLHF"),
        ("RLHF from today", "RLHF after:2026-11-25 before:2026-11-26"),
        ("(지난주 or moe) rl", "(after:2026-11-16 before:2026-11-23 or moe) rl"),
        ("rl NOT 어제", "rl NOT (after:2026-11-24 before:2026-11-25)"),
        ("`지난주 RLHF`", "`after:2026-11-16 before:2026-11-23 RLHF`"),
    ],
)
def test_days_and_weeks_become_filters(line: str, absolute: str) -> None:
    assert as_of(line, TODAY) == absolute


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        ("최근 3개월 디퓨전", "after:2026-08-25 디퓨전"),
        ("최근 3개월간의 디퓨전", "after:2026-08-25 디퓨전"),
        ("최근 일주일 사이에 나온 논문", "after:2026-11-18 나온 논문"),
        ("지난 한 달 동안 RLHF", "after:2026-10-25 RLHF"),
        ("지난 두 달 이내 RLHF", "after:2026-09-25 RLHF"),
        ("지난 2주 RLHF", "after:2026-11-11 RLHF"),
        ("지난 10년 reward", "after:2016-11-25 reward"),
        ("최근 사흘 RLHF", "after:2026-11-22 RLHF"),
        ("최근 반년 RLHF", "after:2026-05-25 RLHF"),
        ("RLHF in the past week", "RLHF after:2026-11-18"),
        ("RLHF over the past year", "RLHF after:2025-11-25"),
        ("in the last month", "after:2026-10-25"),
        ("past 7 days", "after:2026-11-18"),
        ("last three months RLHF", "after:2026-08-25 RLHF"),
        ("RLHF for the last 2 years", "RLHF after:2024-11-25"),
        ("recent 2 weeks", "after:2026-11-11"),
    ],
)
def test_a_span_up_to_today_is_a_filter(line: str, absolute: str) -> None:
    assert as_of(line, TODAY) == absolute


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        ("3월 5일", "after:2026-03-05 before:2026-03-06"),
        ("11월 25일 논문", "after:2026-11-25 before:2026-11-26 논문"),
        ("11월 26일 논문", "after:2025-11-26 before:2025-11-27 논문"),
        ("03월 05일자 RLHF", "after:2026-03-05 before:2026-03-06 RLHF"),
        ("3월5일에 나온 논문", "after:2026-03-05 before:2026-03-06 나온 논문"),
        ("2월 29일", "after:2024-02-29 before:2024-03-01"),
        ("3월 5일부터 RLHF", "after:2026-03-05 RLHF"),
        ("3월 5일 이후 RLHF", "after:2026-03-05 RLHF"),
        ("3월 5일 전에 나온 RLHF", "before:2026-03-05 나온 RLHF"),
        ("3월 5일부터 3월 9일까지", "after:2026-03-05 before:2026-03-10"),
        ("3월 5일부터 9일까지 RLHF", "after:2026-03-05 before:2026-03-10 RLHF"),
        ("3월 5일~9일", "after:2026-03-05 before:2026-03-10"),
        ("3월 5일 ~ 3월 9일", "after:2026-03-05 before:2026-03-10"),
        ("12월 20일부터 1월 5일까지", "after:2025-12-20 before:2026-01-06"),
        ("11월 20일 ~ 12월 5일", "after:2026-11-20 before:2026-12-06"),
        ("12월 20일부터 어제까지", "after:2025-12-20 before:2026-11-25"),
        ("(3월 5일 or moe)", "(after:2026-03-05 before:2026-03-06 or moe)"),
        ("rl NOT 3월 5일", "rl NOT (after:2026-03-05 before:2026-03-06)"),
        ("March 5", "after:2026-03-05 before:2026-03-06"),
        ("RLHF March 5, reward", "RLHF after:2026-03-05 before:2026-03-06 reward"),
        ("papers on March 5th", "papers after:2026-03-05 before:2026-03-06"),
        ("since March 5", "after:2026-03-05"),
        ("March 5 to March 9", "after:2026-03-05 before:2026-03-10"),
        ("from March 5 to 9", "after:2026-03-05 before:2026-03-10"),
        ("March 5–9", "after:2026-03-05 before:2026-03-10"),
        ("5 March", "after:2026-03-05 before:2026-03-06"),
        ("on 5 March RLHF", "after:2026-03-05 before:2026-03-06 RLHF"),
        ("(March 5 or moe) RLHF", "(after:2026-03-05 before:2026-03-06 or moe) RLHF"),
        ("RLHF March 5", "RLHF after:2026-03-05 before:2026-03-06"),
        ("RLHF papers March 5 on agents", "RLHF papers after:2026-03-05 before:2026-03-06 on agents"),
        ("March 5 onwards RLHF", "after:2026-03-05 RLHF"),
        ("March 5 to April 2 RLHF", "after:2026-03-05 before:2026-04-03 RLHF"),
        ("March 5 - April 2 RLHF", "after:2026-03-05 before:2026-04-03 RLHF"),
        ("March 5-9 RLHF", "after:2026-03-05 before:2026-03-10 RLHF"),
        ("between March 5 and March 9 RLHF", "between after:2026-03-05 before:2026-03-10 RLHF"),
        ("papers 5 March", "papers after:2026-03-05 before:2026-03-06"),
        ("RLHF from 5 March", "RLHF after:2026-03-05 before:2026-03-06"),
        ("RLHF 5th of March", "RLHF after:2026-03-05 before:2026-03-06"),
        ("papers of Dec 5", "papers after:2025-12-05 before:2025-12-06"),
        ("Mar. 5", "after:2026-03-05 before:2026-03-06"),
        ("May 5 papers", "after:2026-05-05 before:2026-05-06 papers"),
        ("last week to yesterday", "after:2026-11-16 before:2026-11-25"),
    ],
)
def test_a_day_without_a_year_is_the_latest_such_day(line: str, absolute: str) -> None:
    assert as_of(line, TODAY) == absolute


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        ("6월", "2026년 6월"),
        ("6월 논문", "2026년 6월 논문"),
        ("6월에 나온 논문?", "2026년 6월 나온 논문?"),
        ("6월부터", "2026년 6월부터"),
        ("11월", "2026년 11월"),
        ("12월", "2025년 12월"),
        ("June papers", "2026-06 papers"),
        ("papers in June", "papers 2026-06"),
        ("in June", "2026-06"),
        ("June", "2026-06"),
        ("since December", "since 2025-12"),
        ("in May", "2026-05"),
        ("May papers", "2026-05 papers"),
    ],
)
def test_a_month_that_is_the_whole_line_is_the_latest_that_has_begun(line: str, absolute: str) -> None:
    assert as_of(line, TODAY) == absolute


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        *((line, "after:2026-06-01 before:2026-09-01") for line in (
            "6월부터 8월까지", "6월~8월", "6월에서 8월까지", "from June to August", "June – August", "Jun-Aug",
            "between June and August",
        )),
        ("6월부터 8월까지 나온 논문", "after:2026-06-01 before:2026-09-01 나온 논문"),
        ("papers from June to August?", "papers after:2026-06-01 before:2026-09-01"),
        ("12월부터 2월까지", "after:2025-12-01 before:2026-03-01"),
        ("October to December papers", "after:2026-10-01 before:2027-01-01 papers"),
        ("6월부터 8월까지 RLHF", "6월부터 8월까지 RLHF"),
        ("RLHF from June to August", "RLHF from June to August"),
        ("from June to August 2024", "from June to August 2024"),
        ("6월 8월", "6월 8월"),
        ("June and August", "June and August"),
    ],
)  # fmt: skip
def test_so_is_a_row_of_months_that_is_the_whole_line(line: str, absolute: str) -> None:
    assert as_of(line, TODAY) == absolute


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        ("10월에 나온 scaling law", "2026년 10월 나온 scaling law"),
        ("12월 이후 scaling law 논문", "2025년 12월 이후 scaling law 논문"),
        ("scaling law 10월 논문", "scaling law 2026년 10월 논문"),
        ("rlhf papers in October", "rlhf papers 2026-10"),
        ("since september scaling law", "since 2026-09 scaling law"),
        ("작년 10월에 나온 rlhf", "2025년 10월에 나온 rlhf"),
        ("11월부터 2월까지 RLHF", "11월부터 2월까지 RLHF"),
        ("rlhf in may", "rlhf in may"),
        ("the march of models", "the march of models"),
        ("5월 rlhf", "5월 rlhf"),
    ],
)
def test_a_month_beside_other_words_counts_where_one_would_say_when(line: str, absolute: str) -> None:
    assert as_of(line, TODAY) == absolute


def test_a_row_of_months_without_such_a_year_stays() -> None:
    for today in (date.min, date.max):
        assert as_of("December to January", today) == "December to January"


@pytest.mark.parametrize(
    "line",
    [
        "2024년 3월 5일",
        "2024년 3월 5일부터 3월 9일까지",
        "March 5, 2024",
        "5 March 2024",
        "March 5 '24",
        "NeurIPS 2023 March 5",
        "3월 RLHF",
        "June RLHF",
        "2월 30일",
        "13월 5일",
        "3월 5일 전 세계",
        "3월 5일간",
        "제3월 5일장",
        "Llama 3 April",
        "September 11 attacks news",
        "January 6 Capitol riot misinformation",
        "covid march 15 lockdown",
        "7 October attack",
        "Top 5 June papers",
        "GPT 4 May papers",
        "reinforcementlearningagents 5 March papers",
        "paper 5 may",
        "enc Dec 5 layers",
        "RLHF Mar 5 layers",
        "models may 5 times",
        "March 5-shot",
        "Mar",
        "Dec",
        "may",
        "May",
        "models may",
        "-3월 5일",
        '"3월 5일"',
        "after:3월 5일",
    ],
)
def test_a_day_or_a_month_stays_where_a_year_is_said_or_it_may_be_something_else(line: str) -> None:
    assert as_of(line, TODAY) == line


def test_a_day_is_of_the_year_that_is_told() -> None:
    assert as_of("작년 3월 5일부터 3월 9일까지", TODAY) == "2025년 3월 5일부터 3월 9일까지"
    assert as_of("March 5 last year", TODAY) == "March 5 2025"
    assert as_of("지난달 5일", TODAY) == "2026년 10월 5일"


def test_a_month_that_is_too_short_ends_sooner() -> None:
    assert as_of("최근 3개월", date(2026, 5, 31)) == "after:2026-02-28"
    assert as_of("past year", date(2024, 2, 29)) == "after:2023-02-28"
    assert as_of("지난달", date(2026, 1, 31)) == "2025년 12월"


def test_a_week_begins_on_monday() -> None:
    assert as_of("이번 주", date(2026, 11, 23)) == as_of("이번 주", date(2026, 11, 29))
    assert as_of("지난주", date(2026, 1, 1)) == "after:2025-12-22 before:2025-12-29"


@pytest.mark.parametrize(
    "line",
    [
        "최근 몇 년 RLHF",
        "최근 RLHF",
        "recent years",
        "last few days",
        "recent papers",
        "오늘날 모델",
        "이번 주말 논문",
        "금주령",
        "작년과 달리",
        "어제~2026",
        "5년 전망",
        "3일 전쟁",
        "제3일 전 논문",
        "2024년 3월 3일 전 논문",
        "2년 3개월 전",
        "last layer",
        "the last token",
        "past key values",
        "one-day",
        "day-ahead forecasts",
        "year in review",
        "three-year-old",
        "batteries that last a year",
        "models that are used today",
        "today and tomorrow",
        "1.5 years ago",
        "1,000 days ago",
        '"지난주" RLHF',
        '"월요일" 논문',
        "Sunday school",
        "Black Friday demand",
        "수요일 밤의 학습",
        "이번 주 금요일 RLHF",
        "2024-03-12 화요일 이후",
        "“last week” RLHF",
        "「작년 3월」 RLHF",
        "after:작년 RLHF",
        "after: 작년 RLHF",
        "since:yesterday",
        "tag:(작년 or rl)",
        "#작년",
        "#(작년, 올해)",
        "-어제",
        "RLHF지난주",
        "지난주RLHF",
        "999년 전",
        "before the past week",
        "",
        "last year " + 40 * "word ",
    ],
)
def test_what_only_looks_like_a_time_stays(line: str) -> None:
    assert as_of(line, TODAY) == line


def test_a_quotation_mark_without_its_partner_says_nothing() -> None:
    assert as_of('"RLHF 지난주', TODAY) == '"RLHF after:2026-11-16 before:2026-11-23'


def test_letters_may_be_written_apart_or_wide() -> None:
    apart = unicodedata.normalize("NFD", "é 작년부터 지난주 강화학습")
    assert as_of(apart, TODAY) == (
        unicodedata.normalize("NFD", "é ") + "2025년" + unicodedata.normalize("NFD", "부터 ")
        + "after:2026-11-16 before:2026-11-23" + unicodedata.normalize("NFD", " 강화학습")
    )  # fmt: skip
    assert as_of("ｌａｓｔ　ｗｅｅｋ ｒｌ", TODAY) == "after:2026-11-16 before:2026-11-23 ｒｌ"
    assert as_of("ａｆｔｅｒ：작년 rl ３일 전", TODAY) == "ａｆｔｅｒ：작년 rl after:2026-11-22 before:2026-11-23"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("어제 나온 논문", "after:2026-11-24 before:2026-11-25"),
        ("papers from last week", "after:2026-11-16 before:2026-11-23"),
        ("최근 일주일 논문", "after:2026-11-18"),
        ("지난달까지 RLHF", "before:2026-11 rlhf"),
        ("since last month RLHF", "after:2026-10 rlhf"),
        ("작년부터 지난달까지 RLHF", "after:2025 before:2026-11 rlhf"),
        ("from last year to last month", "after:2025 before:2026-11"),
        ("before last year", "before:2025"),
        ("up to last month", "before:2026-11"),
    ],
)
def test_what_is_left_is_read_as_a_time(line: str, read: str) -> None:
    lexicon = Lexicon()
    assert canonical(asked_for(parse(as_of(line, TODAY), lexicon), lexicon)) == canonical(
        filtered(parse(read, lexicon))
    )


TIMES = """
    지난주 어제 오늘 작년 3월 이번 달 3일 전 부터 까지 이후 와 최근 2주 동안 금주 2025년 11월 999년 년 ½ ㈀
    NOT or ~ - , . ? " ' ( ) “ # ` after: tag:
    3월 5일 9일까지 6월 29일 2월 March 5 5th May Dec 9 on in 논문 12월
    last this past week year month days ago from to since until before the of today papers 2 a three
"""
spoken = st.lists(
    st.sampled_from(
        [
            *TIMES.split(),
            "월요일",
            "지난주 금요일",
            "last monday",
            "since friday",
            "three days ago",
            "last week",
            "from last year",
            "지난 한 달",
        ]
    )
    | lines,
    max_size=10,
).flatmap(lambda parts: st.sampled_from((" ", "", "　")).map(lambda joint: joint.join(parts)))


@given(spoken | spoken.map(partial(unicodedata.normalize, "NFD")), st.dates() | st.just(TODAY))
@example("어제 오늘", date.max)
@example("3일 전 999년 전 지난주", date.min)
@example("지난 한 달 three days ago", date(2026, 11, 25))
@example("지난 1년 3일 전", date(2026, 11, 25))
@settings(max_examples=600, deadline=None)
def test_it_never_fails_and_doing_it_twice_changes_nothing(line: str, today: date) -> None:
    once = as_of(line, today)
    assert as_of(once, today) == once


@given(spoken.filter(lambda line: not any(mark in line for mark in '"“”„‟″«»「」『』＂〝〞')), spoken)
@settings(max_examples=300, deadline=None)
def test_what_is_quoted_is_not_touched(quoted: str, beside: str) -> None:
    assert f'"{quoted}"' in as_of(f'"{quoted}" {beside}', TODAY) or len(f'"{quoted}" {beside}'.split()) > 40


@given(st.text(alphabet="abcxyz가나다라é́ﬁ 12-'\"()#:", max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_line_without_such_words_stays_as_it_is(line: str) -> None:
    assert as_of(line, TODAY) == line


@pytest.mark.parametrize(
    "piece",
    [
        "last week(",
        "어제(",
        "today(",
        "a" + " " * 50,
        '"',
        "6월(",
        "5 March ",
        "March 5 to ",
        "June to ",
        "June" + " " * 90 + "to",
        "어제" + "　" * 90,
        "tag:(",
        "각",
    ],
)
def test_a_long_line_is_read_in_bounded_time(piece: str) -> None:
    before = time.process_time()
    as_of(piece * (100_000 // len(piece)), TODAY)
    assert time.process_time() - before < 10  # a second, on a busy machine


@pytest.mark.parametrize(
    ("line", "found", "missed"),
    [
        ("2022 ~ 2023 diffusion", "2023-05-01", "2024-05-01"),
        ("2022 - 2023 diffusion", "2022-05-01", "2021-05-01"),
        ("2022년 ~ 2023년 diffusion", "2022-05-01", "2024-05-01"),
        ("2022 –\t2023, diffusion", "2022-05-01", "2024-05-01"),
        ("diffusion 2024-03 ~ 2024-05", "2024-04-01", "2024-06-01"),
        ("diffusion 2024년 3월 ~ 2024년 5월까지", "2024-04-01", "2024-06-01"),
        ("diffusion (22년 ~ 23년)", "2023-04-01", "2024-06-01"),
        ("diffusion -2022 ~ 2023", "2024-05-01", "2023-05-01"),
        ("diffusion '24", "2024-05-01", "2023-05-01"),
        ("’24 diffusion", "2024-05-01", "2023-05-01"),
    ],
)
def test_a_row_of_years_may_have_spaces_and_a_year_an_apostrophe(line: str, found: str, missed: str) -> None:
    query = parse(line, LEXICON)
    assert parse(canonical(query), LEXICON) == query
    assert matches(query, Paper(title="Diffusion", date=date.fromisoformat(found)), LEXICON)
    assert not matches(query, Paper(title="Diffusion", date=date.fromisoformat(missed)), LEXICON)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2022 -2023", "2022 -2023"),
        ('"2022 ~ 2023"', '"2022 ~ 2023"'),
        ("after:2022 ~ 2023", "after:2022 2023"),
        ("foo-2022 ~ 2023", "foo-2022 2023"),
        ("2022 ~ 2023x", "2022 2023x"),
        ("2022 - 3 models", "2022 3 models"),
        ("'24'", "24"),
        ("'50", "50"),
        ('"\'24"', '"\'24"'),
        ("ICLR'24", "iclr'24"),
    ],
)
def test_other_signs_and_apostrophes_join_nothing(line: str, words: str) -> None:
    assert canonical(parse(line, LEXICON)) == words
