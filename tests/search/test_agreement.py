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


def stored(paper: Paper, paper_id: int, *, version: int = 1, withdrawn: bool = False) -> StoredPaper:
    return StoredPaper(
        id=paper_id, version=version, digest_id=1, position=0, published_at=None, withdrawn=withdrawn, paper=paper
    )


@given(
    st.lists(papers, min_size=1, max_size=6), st.lists(queries | lines.map(lambda t: parse(t, LEXICON)), max_size=25)
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_index_finds_exactly_the_papers_that_match(archive: list[Paper], asked: list[Query]) -> None:
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder), LEXICON, archive="a") as index:
        index.apply([stored(paper, number) for number, paper in enumerate(archive, 1)], 1)
        for query in asked:
            expected = {number for number, paper in enumerate(archive, 1) if matches(query, paper, LEXICON)}
            assert index.ids(query) == expected, query
            found = index.search(query, limit=100, literal=True)
            assert {hit.paper_id for hit in found.hits} == expected, query
            assert found.total == len(expected)


changes = st.lists(st.tuples(st.integers(1, 5), papers, st.booleans()), min_size=1, max_size=4)
"""What one revision brings: a paper's number, what it says now, and whether it is withdrawn."""


@given(st.lists(changes, min_size=1, max_size=5), st.lists(queries, max_size=15))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_it_still_does_after_papers_were_changed_withdrawn_and_brought_back(
    revisions: list[list[tuple[int, Paper, bool]]], asked: list[Query]
) -> None:
    live: dict[int, Paper] = {}
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder), LEXICON, archive="a") as index:
        for revision, changed in enumerate(revisions, 1):
            latest = {number: (paper, withdrawn) for number, paper, withdrawn in changed}
            index.apply(
                [stored(paper, number, version=revision, withdrawn=gone) for number, (paper, gone) in latest.items()],
                revision,
            )
            for number, (paper, withdrawn) in latest.items():
                live.pop(number, None)
                if not withdrawn:
                    live[number] = paper
            assert len(index) == len(live)
            for query in asked:
                expected = {number for number, paper in live.items() if matches(query, paper, LEXICON)}
                assert index.ids(query) == expected, query
                found = index.search(query, limit=100, literal=True)
                assert ({hit.paper_id for hit in found.hits}, found.total) == (expected, len(expected)), query
