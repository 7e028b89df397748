"""An amount is the same in whatever writing: Korean counts by ten thousands, English by thousands of thousands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.query import Lexicon, matches, parse, snippet
from bot.query.amounts import amount, may_begin, other_writings
from bot.query.syntax import phrase_form
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables({}, {"translations": {"토큰": ["token"], "층": ["layer"], "빠른": ["faster"]}})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("200만", 2_000_000),
        ("200만개의", 2_000_000),
        ("200만으로", 2_000_000),
        ("4억 쌍", 400_000_000),
        ("1조를", 10**12),
        ("1.8조", 1_800_000_000_000),
        ("15T", 15 * 10**12),
        ("7b", 7 * 10**9),
        ("6.7B", 6_700_000_000),
        ("2 Million", 2_000_000),
        ("2-million", 2_000_000),
        ("one trillion", 10**12),
        ("천 개", 1_000),
        ("5천", 5_000),
        ("5천만", 50_000_000),
        ("1,000만", 10_000_000),
        ("십억", 10**9),
        ("천억", 10**11),
    ],
)
def test_an_amount_is_read_in_both_languages(written: str, value: int) -> None:
    found = amount(written.split())
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    ("written", "others"),
    [
        ("10배", ("10x", "10 times", "10 fold")),
        ("10배로", ("10x", "10 times", "10 fold")),
        ("1.5x", ("1.5 times", "1.5 fold", "1.5배")),
        ("3 times", ("3x", "3 fold", "3배")),
    ],
)
def test_how_many_times_as_much_is_said_in_both_languages(written: str, others: tuple[str, ...]) -> None:
    assert other_writings(tuple(written.split())) == others


@pytest.mark.parametrize(
    "other",
    [
        "만",
        "조",
        "억",
        "천장",
        "천천히",
        "조금",
        "만에",
        "2024",
        "1,000",
        "3d",
        "h100",
        "5m2",
        "t5",
        "2 tokens",
        "200만원대로",
        "3배속",
        "3x3",
        "2배치",
    ],
)
def test_what_is_no_amount_stays_what_it_is(other: str) -> None:
    assert amount(other.split()) is None
    assert other_writings(tuple(other.split())) == ()


def test_no_words_are_no_amount() -> None:
    assert not may_begin(())
    assert amount(()) is None


@given(st.integers(1, 9_999), st.integers(3, 12))
def test_every_writing_of_an_amount_says_the_same_and_leads_to_the_others(number: int, zeros: int) -> None:
    value = number * 10**zeros
    for written in (f"{value // 10**8}억", f"{value // 10**4}만", f"{value // 10**6}m", f"{value // 10**3}천"):
        found = amount((written,))
        for each in other_writings((written,)) if found else ():
            words = tuple(each.split())
            digits = each.removesuffix("k") + "000" * each.endswith("k")
            again = amount(words)
            assert (again.value if again else int(digits)) == (found.value if found else 0)
            assert may_begin(words)


@given(st.text(alphabet="0123456789,.- 만억조십백천개배장mbtxk", max_size=60))
@example("1" + ",000" * 12 + "만")
@example("9" * 60 + "배")
@example("1" + ",000" * 12 + "배")
@example("999999조")
def test_no_row_of_digits_and_units_is_an_error(line: str) -> None:
    words = tuple(line.split())
    found = amount(words)
    assert found is None or found.value >= 0
    assert all(phrase_form(each) for each in other_writings(words))
    matches(parse(line, LEXICON), MEANT.paper, LEXICON)


MEANT = stored(1, "Long Texts", abstract="The context window is extended to 2 million tokens.", day="2024-01-01")
IN_KOREAN = stored(2, "Other Texts", commentary=("문맥이 200만 토큰까지 늘어납니다.",), day="2024-01-02")
DEEP = stored(3, "Deep", abstract="We train 1,000 layers on 15T tokens.", day="2024-01-03")
FAST = stored(6, "Fast", abstract="Texts of 512 tokens are read 15 times faster.", day="2024-01-04")
OTHERS = (
    FAST,
    stored(
        4,
        "Two Hundred",
        abstract="We ask 200 people for two tokens, and only one million other things.",
        day="2024-02-01",
    ),
    stored(5, "Ceilings", commentary=("조금 다른 1 이야기. 토큰 이야기입니다. 200개만 썼습니다.",), day="2024-02-02"),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path, LEXICON, archive="a") as opened:
        opened.apply((MEANT, IN_KOREAN, DEEP, *OTHERS), 1)
        yield opened


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("200만 토큰", {1, 2}),
        ("200만개의 토큰", {1, 2}),
        ("2 million tokens", {1, 2}),
        ("2M 토큰", {1, 2}),
        ("천 층", {3}),
        ("천 개", {3}),
        ("15조 토큰", {3}),
        ("15 trillion", {3}),
        ("1조 토큰", set()),
        ("15배 빠른", {6}),
        ("15x", {6}),
        ("512토큰", {6}),
    ],
)
def test_an_amount_finds_papers_that_write_it_in_another_way(index: Index, query: str, ids: set[int]) -> None:
    asked = parse(query, LEXICON)
    assert index.ids(asked) == ids
    papers = (MEANT, IN_KOREAN, DEEP, *OTHERS)
    assert {each.id for each in papers if matches(asked, each.paper, LEXICON)} == ids


def test_the_other_writing_is_marked_in_what_is_shown() -> None:
    shown = snippet(parse("200만 토큰", LEXICON), MEANT.paper, LEXICON)
    assert [shown.text[start:end] for start, end in shown.spans] == ["2 million tokens"]
