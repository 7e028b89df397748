"""A year or a month among the words of a query says when papers came, or stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.model import Paper
from bot.query import Lexicon, matches, parse
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables({}, {"translations": {"강화학습": ["reinforcement learning"]}})
MARCH = Paper(title="Reward Models", date=date(2024, 3, 15))


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
        ("2024년 하반기의 reward", False),
        ("reward H1 2024", True),
        ("reward 2024H2", False),
        ("2024년3월 reward", True),
        ("2024년4월에 reward", False),
        ("reward 1분기", False),
        ("reward q1", False),
    ],
)
def test_a_paper_of_that_time_is_found(line: str, *, finds: bool) -> None:
    assert matches(parse(line, LEXICON), MARCH, LEXICON) is finds


def test_so_is_one_that_speaks_of_it() -> None:
    paper = Paper(title="Results on AIME 2024", date=date(2025, 2, 1))
    assert matches(parse("AIME 2024", LEXICON), paper, LEXICON)
    assert not matches(parse("AIME 2023", LEXICON), paper, LEXICON)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    papers = [
        stored(1, "Diffusion in a year of 2024", day="2024-05-01"),
        *(stored(n, "Diffusion, diffusion and diffusion", day=f"2024-01-{n:02}") for n in range(10, 20)),
        stored(2, "Diffusion", day="2023-05-01"),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as opened:
        opened.apply(papers, 1)
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
