"""Papers like a paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.search import Index, Similar
from tests.search.strategies import LEXICON
from tests.search.test_index import stored

ARCHIVE = (
    stored(1, "Sequoia: Speculative Decoding", source_url="https://arxiv.org/abs/2402.12374", tags=("efficiency",)),
    stored(
        2, "Dense Retrieval", links=("https://arxiv.org/pdf/2402.12374v2",), source_url="https://arxiv.org/abs/2405.1"
    ),
    stored(3, "Speculative Sampling", tags=("efficiency",)),
    stored(4, "Speculative Fiction", abstract="Novels."),
    stored(5, "Pruning", tags=("efficiency",), day="2024-03-01"),
    stored(6, "Cooking", abstract="Soup and bread."),
    stored(7, "Soup", abstract="Bread, too."),
    stored(8, "Gone", tags=("efficiency",), withdrawn=True),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index", LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 7)
        yield opened


def test_references_come_first_then_tags_and_terms_and_never_the_paper_itself(index: Index) -> None:
    found = index.similar(ARCHIVE[0], limit=10)
    assert found[0] == Similar(2, mentions=True)
    assert found[1].paper_id == 3
    assert {each.paper_id for each in found[2:]} == {4, 5}
    assert {each.paper_id for each in found}.isdisjoint({1, 6, 7, 8})


def test_a_paper_that_is_mentioned_says_so(index: Index) -> None:
    assert index.similar(ARCHIVE[1], limit=1) == (Similar(1, mentioned=True),)
    assert index.mentioned(ARCHIVE[1]) == (1,)
    assert index.mentioned(ARCHIVE[0]) == ()


def test_papers_are_mentioned_in_the_order_of_the_entry(index: Index) -> None:
    addresses = ("https://arxiv.org/abs/2402.12374", "https://arxiv.org/abs/2405.1")
    assert index.mentioned(stored(9, "A List", links=addresses)) == (1, 2)
    assert index.mentioned(stored(9, "A List", links=addresses[::-1])) == (2, 1)


def test_every_paper_that_mentions_one_says_so_however_many_do(tmp_path: Path) -> None:
    here = ARCHIVE[0]
    link = ("https://arxiv.org/abs/2402.12374",)
    best = [stored(number, "Speculative", links=link, tags=("efficiency",)) for number in range(10, 15)]
    newer = [stored(number, f"Else {number}", links=link, day="2024-04-01") for number in range(20, 60)]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([here, *best, *newer], 1)
        found = index.similar(here, limit=5)
        assert {each.paper_id for each in found} == {each.id for each in best}
        assert all(each.mentions for each in found)
        there = stored(70, "Reviews", links=tuple(f"https://arxiv.org/abs/2403.{each:05}" for each in range(30)))
        cited = [
            stored(100 + each, f"No {each}", source_url=f"https://arxiv.org/abs/2403.{each:05}") for each in range(30)
        ]
        index.apply([there, *cited], 2)
        assert all(each.mentioned for each in index.similar(there, limit=30))


def test_words_alone_make_papers_alike(index: Index) -> None:
    assert [each.paper_id for each in index.similar(ARCHIVE[5], limit=5)] == [7]


def test_nothing_alike_is_nothing(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE[:1], 1)
        assert index.similar(ARCHIVE[0], limit=5) == ()
