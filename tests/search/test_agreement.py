"""What can be searched can be subscribed to: the index and `matches` decide alike."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Paper, StoredPaper
from bot.query import Query, matches, parse
from bot.search import Index
from tests.search.strategies import LEXICON, lines, papers, queries


def stored(paper: Paper, paper_id: int, *, withdrawn: bool = False) -> StoredPaper:
    return StoredPaper(
        id=paper_id, version=1, digest_id=1, position=0, published_at=None, withdrawn=withdrawn, paper=paper
    )


@given(
    st.lists(papers, min_size=1, max_size=6), st.lists(queries | lines.map(lambda t: parse(t, LEXICON)), max_size=25)
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_index_finds_exactly_the_papers_that_match(archive: list[Paper], asked: list[Query]) -> None:
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder), LEXICON) as index:
        index.apply([stored(paper, number) for number, paper in enumerate(archive, 1)], 1)
        for query in asked:
            expected = {number for number, paper in enumerate(archive, 1) if matches(query, paper, LEXICON)}
            assert index.ids(query) == expected, query
            found = index.search(query, limit=100, literal=True)
            assert {hit.paper_id for hit in found.hits} == expected, query
            assert found.total == len(expected)
