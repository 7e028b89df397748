"""A year or a month among the words of a query says when papers came, or stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Paper
from bot.query import And, Lexicon, Word, asked_for, canonical, matches, parse
from bot.query.dates import filtered, undated
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables({}, {"translations": {"강화학습": ["reinforcement learning"]}})
MARCH = Paper(title="Reward Models", date=date(2024, 3, 15))
WRITTEN = (
    "{0:%Y-%m-%d}", "{0.year}.{0.month}.{0.day}", "{0:%Y/%m/%d}", "{0.year}년 {0.month}월 {0.day}일",
    "{0.year}년{0.month}월{0.day}일", "{0:%B} {0.day}, {0.year}", "{0.day} {0:%B} {0.year}",
)  # fmt: skip
SIDES = (
    ("", "", 0, 0), ("papers on ", "", 0, 0), ("since ", "", 0, 1), ("before ", "", -1, -1), ("", " 이후", 0, 1),
    ("", "부터", 0, 1), ("", "까지", -1, 0), ("until ", "", -1, 0), ("", " 이전 논문", -1, -1),
)  # fmt: skip
SIGNS = st.sampled_from((" ~ ", "~", " - ", " to "))


def as_written(day: date, how: str) -> str:
    return how.format(day)


ARCHIVE = (
    stored(1, "Diffusion in a year of 2024", day="2024-05-01"),
    *(stored(n, "Diffusion, diffusion and diffusion", day=f"2024-01-{n:02}") for n in range(10, 20)),
    stored(2, "Diffusion", day="2023-05-01"),
)
PAPERS = {each.id: each.paper for each in ARCHIVE}


FIFTEENTH = (
    "2024-03-15", "2024.03.15", "2024.3.15", "2024/3/15", "2024년 3월 15일", "2024년3월15일", "24년 3월 15일",
    "2024년 03월 15일자", "2024년 3월 15일에", "March 15, 2024", "mar. 15th 2024", "15 March 2024",
    "15th of March, 2024",
)  # fmt: skip
SIXTEENTH = tuple(day.replace("15", "16") for day in FIFTEENTH)


@pytest.mark.parametrize(
    ("line", "finds"),
    [
        ("reward 2024", True),
        ("2024 reward models", True),
        ("reward 2023", False),
        ("march 2024 reward", True),
        ("reward 2024 March", True),
        ("reward april 2024", False),
        ("2024년 3월 reward", True),
        ("2024년 4월 reward", False),
        ("2024년 reward", True),
        ("2024년 3월에 reward", True),
        ("reward Mar 2024", True),
        ("reward mar. 2024", True),
        ("reward apr 2024", False),
        ("reward 2024-03", True),
        ("reward 2024-04", False),
        ("2024년도 reward", True),
        ("2024년 4월의 reward", False),
        ("reward -2024", False),
        ("reward -2023", True),
        ("2024", True),
        ("reward december 2023", False),
        ("reward march", False),
        ("reward 2048", False),
        ("2024년 1분기 reward", True),
        ("reward 2024년 2분기에", False),
        ("reward 2024 1/4분기", True),
        ("Q1 2024 reward", True),
        ("reward 2024 Q2", False),
        ("reward 2024Q1", True),
        ("reward 2024-Q4", False),
        ("2024 상반기 reward", True),
        ("2024년 초 reward", True),
        ("2024년초에 나온 reward", True),
        ("2024 말 reward", False),
        ("24년 후반 reward", False),
        ("2024년 초부터 reward", True),
        ("2023년 말까지 reward", False),
        ("2023년 초부터 말까지 reward", False),
        ("2024년 봄 reward", True),
        ("2024년 초거대 reward", False),
        ("reward early 2024", True),
        ("late 2024 reward", False),
        ("reward mid-2024", False),
        ("reward before late 2024", True),
        ("reward since early 2025", False),
        ("reward spring 2024", True),
        ("reward summer 2024", False),
        ("2024 early reward", False),
        ("early March 2024 reward", True),
        ("2024년 3월 말 reward", True),
        ("2024년 3월초 reward", True),
        ("2024년 4월 초순 reward", False),
        ("2024년 하반기의 reward", False),
        ("reward H1 2024", True),
        ("reward 2024H2", False),
        ("2024년3월 reward", True),
        ("2024년4월에 reward", False),
        ("reward 1분기", False),
        ("reward q1", False),
        ("2025년 이전 reward", True),
        ("2024년 이전 reward", False),
        ("reward 2024 이전", False),
        ("2025년 전 reward", True),
        ("2024년 전에 나온 reward", False),
        ("before 2025 reward", True),
        ("reward before 2024", False),
        ("reward prior to 2024", False),
        ("reward prior to April 2024", True),
        ("reward before March 2024", False),
        ("reward until 2024", True),
        ("reward until 2023", False),
        ("reward through 2024", True),
        ("2024년까지 reward", True),
        ("2023년까지의 reward", False),
        ("2024년 이후 reward", True),
        ("2025년 이후 reward", False),
        ("2024년 3월 이후 reward", True),
        ("2024년 4월 이후 reward", False),
        ("2024년부터 reward", True),
        ("2025년부터 reward", False),
        ("2024년4월부터 reward", False),
        ("reward since 2024", True),
        ("reward since 2025", False),
        ("reward from 2023", True),
        ("reward from 2025", False),
        ("reward after 2024", True),
        ("reward after April 2024", False),
        ("reward since 2024-04", False),
        ("reward 2023 onwards", True),
        ("reward 2024년 1분기까지", True),
        ("2023-2024 reward", True),
        ("2022-2023 reward", False),
        ("2023~2024 reward", True),
        ("2022년~2023년 reward", False),
        ("2023–2024 reward", True),
        ("2023.04~2024.03 reward", True),
        ("2024.04~2025.03 reward", False),
        ("2023년부터 2024년까지 reward", True),
        ("2022년부터 2023년까지 reward", False),
        ("2023년 5월부터 2024년 3월까지 reward", True),
        ("2024년 1월부터 2024년 2월까지 reward", False),
        ("2024년 1월부터 3월까지 reward", True),
        ("reward from 2023 to 2024", True),
        ("reward from 2022 to 2023", False),
        ("reward from January 2024 to February 2024", False),
        ("reward between 2023 and 2024", True),
        ("reward between 2022 and 2023", False),
        ("papers between 2022 and 2024 on reward", True),
        ("reward from 2022-2023", False),
        ("24년 reward", True),
        ("23년 reward", False),
        ("24년 3월 reward", True),
        ("24년 4월 reward", False),
        ("24년도 이후 reward", True),
        ("22년~23년 reward", False),
        ("202403 reward", True),
        ("202404 reward", False),
        ("reward before 202403", False),
        ("-2024년이후 reward", False),
        ("(before 2024 or since 2024) reward", True),
        ("pre-2025 reward", True),
        ("pre-2024 reward", False),
        ("post-2024 reward", True),
        ("post-2025 reward", False),
        *((f"reward {day} models", True) for day in FIFTEENTH),
        *((f"reward {day}", False) for day in SIXTEENTH),
        ("before 2024-03-16 reward", True),
        ("reward before March 15, 2024", False),
        ("reward until 15 March 2024", True),
        ("reward until 2024.03.14", False),
        ("since March 15, 2024 reward", True),
        ("reward since 16 March 2024", False),
        ("2024-03-15 이후 reward", True),
        ("2024-03-16이후 reward", False),
        ("2024-03-16부터 reward", False),
        ("2024-04부터 reward", False),
        ("2024년 3월 16일부터 reward", False),
        ("2024년 3월 14일까지 reward", False),
        ("2024년 3월 15일 전에 나온 reward", False),
        ("2024년 3월 10일부터 3월 15일까지 reward", True),
        ("2024년 3월 10일부터 3월 14일까지 reward", False),
        ("2024년 3월 16일부터 20일까지 reward", False),
        ("2023년 12월 20일부터 3월 15일까지 reward", True),
        ("2023년 11월부터 2월까지 reward", False),
        ("2024-03-14 ~ 2024-03-15 reward", True),
        ("2024-03-10~2024-03-14 reward", False),
        ("2024.3.16 - 2024.3.20 reward", False),
        ("2024년 3월 10일 ~ 14일 reward", False),
        ("2024년 3월 10일 ~ 3월 20일 reward", True),
        ("2024-03-01 to 2024-03-15 reward", True),
        ("2024-03-01 to 2024-03-14 reward", False),
        ("reward from March 16, 2024 to March 20, 2024", False),
        ("reward from February 14, 2024 to March 14, 2024", False),
        ("reward from March 5, 2023 to March 14, 2024", False),
        ("reward from March 14, 2023 to March 14, 2024", False),
        ("2023년 3월 5일부터 2024년 3월 15일까지 reward", True),
        ("2023년 3월 5일부터 2024년 3월 14일까지 reward", False),
        ("between 5 March 2024 and 15 March 2024 reward", True),
        ("reward March 10-14, 2024", False),
        ("reward March 14-16, 2024", True),
        ("reward -2024-03-15", False),
        ("reward -2024-03-16", True),
        ("3 April 2024 reward", False),
    ],
)
def test_a_paper_of_that_time_is_found(line: str, *, finds: bool) -> None:
    assert matches(parse(line, LEXICON), MARCH, LEXICON) is finds


@pytest.mark.parametrize(
    ("line", "read"),
    [
        *((f"2024년 {months}", "after:2024 before:2024-04") for months in (
            "1월~3월", "1월-3월", "1~3월", "1월 ~ 3월", "1월 - 3월", "1 ~ 3월까지", "1월에서 3월까지",
            "1월부터 3월까지", "1월부터~3월까지", "1월~3월까지",
        )),
        *((f"{months} 2024", "after:2024 before:2024-04") for months in (
            "January to March", "Jan-Mar", "Jan – Mar", "from January to March", "between January and March",
            "January through March", "papers from January until March",
        )),
        ("1월부터 2024년 3월까지", "after:2024 before:2024-04"),
        ("2022년에서 2023년까지", "after:2022 before:2024"),
        ("2024 Q1-Q3", "after:2024 before:2024-10"),
        ("2024년 1~3분기", "after:2024 before:2024-10"),
        ("2024년 11월~2월", "after:2024-11 before:2025-03"),
        ("2024년 11월 ~ 2월", "after:2024-11 before:2025-03"),
        ("November to February 2024", "after:2023-11 before:2024-03"),
        ("Nov-Feb 2024", "after:2023-11 before:2024-03"),
        ("March 1 to March 15, 2024", "after:2024-03 before:2024-03-16"),
        ("between March 1 and March 15, 2024", "after:2024-03 before:2024-03-16"),
        ("5th of March to 15 April 2024", "after:2024-03-05 before:2024-04-16"),
        ("December 20 to January 5, 2024", "after:2023-12-20 before:2024-01-06"),
        ("GPT 4 May to June 2024", "gpt 4 after:2024-05 before:2024-07"),
    ],
)  # fmt: skip
def test_of_two_times_one_may_say_the_year_of_both(line: str, read: str) -> None:
    query = parse(line, LEXICON)
    assert asked_for(query, LEXICON) == parse(read, LEXICON)
    assert parse(canonical(query), LEXICON) == query


@pytest.mark.parametrize(
    "line",
    ["march to 2024", "mark - mars 2024", "1~3월 reward", "reward jan-mar", "reward to march", "5 to 10 2024 reward"],
)
def test_without_two_parts_and_a_year_nothing_is_such_a_row(line: str) -> None:
    query = parse(line, LEXICON)
    assert "after:" not in canonical(filtered(query))
    assert "-mars" not in canonical(query)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("papers from March 12, 2024", "after:2024-03-12 before:2024-03-13"),
        ("papers from 2024-03-12", "after:2024-03-12 before:2024-03-13"),
        ("from March 2024", "after:2024-03"),
        ("from 2024", "after:2024"),
        ("from March 12, 2024 onwards", "after:2024-03-12"),
        ("from March 12, 2024 to now", "after:2024-03-12 to now"),
        ("from March 12, 2024 before:2024-05", "after:2024-03-12 before:2024-05"),
        ("from March 12, 2024 to April 5, 2024", "after:2024-03-12 before:2024-04-06"),
        ("since March 12, 2024", "after:2024-03-12"),
        ("2024년 3월 12일부터", "after:2024-03-12"),
    ],
)
def test_from_a_day_without_an_end_is_that_day(line: str, read: str) -> None:
    assert asked_for(parse(line, LEXICON), LEXICON) == parse(read, LEXICON)


def test_so_is_one_that_speaks_of_it() -> None:
    paper = Paper(title="Results on AIME 2024", date=date(2025, 2, 1))
    assert matches(parse("AIME 2024", LEXICON), paper, LEXICON)
    assert not matches(parse("AIME 2023", LEXICON), paper, LEXICON)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("2024", "after:2024 before:2025"),
        ("papers of 2024", "after:2024 before:2025"),
        ("2024년 3월", "after:2024-03 before:2024-04"),
        ("#rlhf 2024", "#rlhf after:2024 before:2025"),
        ("-reward 2024", "-reward after:2024 before:2025"),
        ("2024-03-05", "after:2024-03-05 before:2024-03-06"),
        ("papers on March 5, 2024", "after:2024-03-05 before:2024-03-06"),
        ("2024년 3월 5일 논문 #rlhf", "#rlhf after:2024-03-05 before:2024-03-06"),
        ("2024.02.29", "after:2024-02-29 before:2024-03"),
        ("2024년에 나온 reward", "after:2024 before:2025 reward"),
        ("2024년 3월에 발표된 reward", "after:2024-03 before:2024-04 reward"),
        ("2024-03-12(화)", "after:2024-03-12 before:2024-03-13"),
        ("2024년 3월 12일 화요일 논문", "after:2024-03-12 before:2024-03-13"),
        ("Tuesday, March 12, 2024", "after:2024-03-12 before:2024-03-13"),
        ("Tue, 12 Mar 2024", "after:2024-03-12 before:2024-03-13"),
        ("2024-03-12 화요일 이후", "after:2024-03-12"),
    ],
)
def test_a_time_alone_is_the_papers_of_that_time_and_not_who_speaks_of_it(line: str, read: str) -> None:
    query = asked_for(parse(line, LEXICON), LEXICON)
    assert query == parse(read, LEXICON)
    assert asked_for(query, LEXICON) == query


def test_who_speaks_of_a_day_says_its_words_side_by_side() -> None:
    said = Paper(title="Rewards as of March 5, 2024", date=date(2025, 2, 1))
    apart = Paper(title="Rewards March on: 5 Lessons of 2024", date=date(2025, 2, 1))
    query = parse("rewards March 5 2024", LEXICON)
    assert matches(query, said, LEXICON)
    assert not matches(query, apart, LEXICON)


def test_a_number_behind_a_word_may_be_of_that_word_and_not_of_the_month() -> None:
    query = parse("Llama 3 April 2024", LEXICON)
    assert matches(query, Paper(title="Llama 3", date=date(2024, 4, 18)), LEXICON)
    assert matches(query, Paper(title="Llama", date=date(2024, 4, 3)), LEXICON)
    assert not matches(query, Paper(title="Llama", date=date(2024, 4, 4)), LEXICON)
    assert not matches(query, Paper(title="Llama 3", date=date(2024, 5, 3)), LEXICON)
    assert not matches(parse("Llama on 3 April 2024", LEXICON), Paper(title="Llama 3", date=date(2024, 4, 18)), LEXICON)


def test_a_day_that_does_not_exist_stays_words() -> None:
    paper = Paper(title="Rewards of 2024-02-30", date=date(2025, 2, 1))
    assert matches(parse("2024-02-30", LEXICON), paper, LEXICON)
    assert not matches(parse("2024-02-30", LEXICON), MARCH, LEXICON)


@given(st.dates(date(2000, 1, 1), date(2049, 12, 30)), st.sampled_from(WRITTEN), st.sampled_from(SIDES))
def test_every_day_is_read_however_it_is_written(day: date, written: str, side: tuple[str, str, int, int]) -> None:
    ahead, behind, first, last = side
    query = parse(f"{ahead}{as_written(day, written)}{behind}", LEXICON)
    assert parse(canonical(query), LEXICON) == query
    asked = asked_for(query, LEXICON)
    assert parse(canonical(asked), LEXICON) == asked == asked_for(asked, LEXICON)
    for days in (-1, 0, 1):
        paper = Paper(title="Any", date=day + timedelta(days=days))
        assert matches(query, paper, LEXICON) is (first <= days <= last)


@given(st.dates(date(2000, 1, 1), date(2049, 12, 31)), st.integers(0, 500), st.sampled_from(WRITTEN), SIGNS)
def test_all_is_meant_from_a_day_to_another(first: date, days: int, written: str, sign: str) -> None:
    last = min(first + timedelta(days=days), date(2049, 12, 31))
    query = asked_for(parse(f"{as_written(first, written)}{sign}{as_written(last, written)}", LEXICON), LEXICON)
    if first < last and (sign == " to " or "{0:%B}" not in written):
        assert query == parse(f"after:{first} before:{last + timedelta(days=1)}", LEXICON)
    assert parse(canonical(query), LEXICON) == query


@pytest.mark.parametrize("line", ["AIME 2024", '"2024"', '"of aime" 2024', "aime or 2024"])
def test_beside_other_words_it_may_be_one_of_them(line: str) -> None:
    query = parse(line, LEXICON)
    assert asked_for(query, LEXICON) == query


def test_so_is_one_that_speaks_of_a_row_of_years_or_a_short_one() -> None:
    paper = Paper(title="A Survey, 2019-2021", commentary=("22년 10월의 벤치마크",), date=date(2025, 2, 1))
    for line in ("survey 2019-2021", "survey 22년", "survey 22년 10월"):
        assert matches(parse(line, LEXICON), paper, LEXICON), line
    assert not matches(parse("survey 23년", LEXICON), paper, LEXICON)


@pytest.mark.parametrize(
    "line",
    [
        "Attention Before Reward",
        "learning from 3 rewards since then",
        "reward before attention 2024",
        "2024 attention since reward",
        "10년 전 reward",
        "지난 10년 reward",
        "30년 동안 reward",
        "202413 reward",
        "reward 32-2024",
        "1.2.3 reward",
        "2403.12345 reward",
        "reward 0.2024.3",
        "reward 2024.3.5.1",
        "reward 2024-03/05",
        "2024-02-30 reward",
        "2024.13.05 reward",
        "2024년 2월 30일 reward",
        "5일 reward",
        "3월 5일 reward",
        "5 March reward",
    ],
)
def test_other_words_and_numbers_are_no_time(line: str) -> None:
    query = parse(line, LEXICON)
    assert filtered(query) == query


def test_the_whole_of_something_is_no_time_before() -> None:
    paper = Paper(title="Maps", commentary=("전 세계 데이터",), date=date(2024, 3, 15))
    assert matches(parse("2024년 전 세계 데이터", LEXICON), paper, LEXICON)


@pytest.mark.parametrize(
    ("line", "words", "read"),
    [
        ("2023년 이전 확산", "2023년 이전 확산", "before:2023 확산"),
        ("Before June 2022 (moe or vision)", "before june 2022 (moe or vision)", "before:2022-06 (moe or vision)"),
        ("확산 2022년까지", "확산 2022년까지", "확산 before:2023"),
        ("since March 2023", "since march 2023", "after:2023-03"),
        ("from 2022 to 2023 -rl", "from 2022 to 2023 -rl", "after:2022 before:2024 -rl"),
        ("2022~2023 확산", "2022~2023 확산", "2022~2023 확산"),
        ("24년 RLHF", "24년 rlhf", "24년 rlhf"),
    ],
)
def test_a_query_keeps_its_words_and_is_read_as_filters(line: str, words: str, read: str) -> None:
    query = parse(line, LEXICON)
    assert (canonical(query), canonical(filtered(query))) == (words, read)
    assert parse(words, LEXICON) == query
    assert filtered(filtered(query)) == filtered(query) == parse(read, LEXICON)


def test_words_of_a_time_are_passed_over() -> None:
    for time in (
        "before 2023",
        "prior to june 2023",
        "2022년부터 2023년까지",
        "2023년 이전에",
        "24년 10월",
        "202410",
        "2024-10-05",
        "before October 5, 2023",
        "2024년 10월 5일부터 9일까지",
    ):
        query = parse(f"reward {time} models", LEXICON)
        assert isinstance(query, And)
        assert [*undated(query.queries)] == [Word("reward"), Word("models")], time


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path, LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 1)
        yield opened


def test_a_year_puts_nothing_first_but_leaves_others_out(index: Index) -> None:
    results = index.search(parse("diffusion 2024", LEXICON), limit=20)
    assert (results.total, results.exact) == (11, 11)
    assert results.hits[0].paper_id != 1, "a paper on it comes before one that names the year"
    assert [hit.paper_id for hit in index.search(parse("2023", LEXICON), limit=5).hits] == [2]


def test_where_no_paper_is_of_that_time_others_follow_and_that_is_said(index: Index) -> None:
    results = index.search(parse("diffusion 2012", LEXICON), limit=20)
    assert (results.total, results.exact, results.fallback, results.corrected) == (12, 0, "any-word", None)
    results = index.search(parse("diffusion december 2012", LEXICON), limit=20)
    assert (results.total, results.corrected) == (12, None)
    assert index.search(parse("december 2012", LEXICON), limit=20).total == 0
    assert index.search(parse("2012-12", LEXICON), limit=20).total == 0
    assert index.search(parse("quantum 2024-12", LEXICON), limit=20).total == 0


def test_the_index_finds_what_came_before_or_since_and_nothing_else(index: Index) -> None:
    assert index.search(parse("2024년 이전 diffusion", LEXICON), limit=5).total == 1
    assert index.search(parse("diffusion since February 2024", LEXICON), limit=5).total == 1
    assert index.search(parse("before 2024", LEXICON), limit=5).total == 1
    assert [hit.paper_id for hit in index.search(parse("2024-01-12", LEXICON), limit=5).hits] == [12]
    results = index.search(parse("2024년 1월 12일 diffusion", LEXICON), limit=5)
    assert (results.hits[0].paper_id, results.exact) == (12, 1)
    assert index.search(parse("2023년부터 2024년 1월까지", LEXICON), limit=20).total == 11
    results = index.search(parse("diffusion before 2012", LEXICON), limit=5)
    assert (results.total, results.corrected) == (0, None)
    assert index.nearest(parse("diffusion before 2012", LEXICON)).fewer == ("diffusion",)


def test_only_what_stands_beside_a_time_is_mended(index: Index) -> None:
    results = index.search(parse("difusion before 2024", LEXICON), limit=5)
    assert (results.total, results.corrected) == (1, "diffusion before:2024")
    results = index.search(parse("2024년 이후 difusion 2024~2025", LEXICON), limit=20)
    assert (results.total, results.corrected) == (11, "after:2024 diffusion 2024~2025")


@pytest.mark.parametrize(
    "line",
    [
        "diffusion since 2024",
        "since 2024 papers on diffusion",
        "papers between 2023 and 2024",
        "2023년부터 나온 diffusion 논문",
        "2024-2025 diffusion",
        "23년 5월 diffusion",
        "-(before 2024) diffusion",
        "2024-01-12 diffusion",
        "2024년 1월 12일 ~ 1월 15일 diffusion",
        "January 12, 2024",
        "diffusion 5 12 January 2024",
        "diffusion January to March 2024",
        "2023년 4~6월 diffusion",
        "2024-02-30 or 2024.1.13",
    ],
)
def test_the_index_and_a_subscription_read_a_time_alike(index: Index, line: str) -> None:
    query = parse(line, LEXICON)
    wanted = {number for number, paper in PAPERS.items() if matches(query, paper, LEXICON)}
    assert {hit.paper_id for hit in index.search(query, limit=20, literal=True).hits} == wanted
    assert index.ids(query) == wanted
