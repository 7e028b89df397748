"""The parser against the corpus beside the project: other days of the same curator, and what a careful reader sees."""

from __future__ import annotations

import pytest

from benchmarks.parse import CORPUS, Case, cpu_ms, judge, sets, varied, without

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")

FLOORS = {"newsletter": 0.99, "markdown": 0.99, "no-authors": 0.97, "english-commentary": 0.90}


def exact(digests: list[Case]) -> float:
    verdicts = [not fields for case in digests for _, _, fields in judge(case)]
    return sum(verdicts) / len(verdicts)


@pytest.mark.parametrize("name", FLOORS)
def test_whole_entries_are_exact(name: str) -> None:
    assert exact(sets()[name]) >= FLOORS[name]


@pytest.mark.parametrize("name", ["newsletter", "english-commentary"])
@pytest.mark.parametrize(("field", "empty"), [("tags", []), ("authors", []), ("abstract", None), ("commentary", [])])
@pytest.mark.parametrize("every", [2, 3])
def test_entries_stay_exact_where_lines_are_missing(name: str, field: str, empty: list[str] | None, every: int) -> None:
    change = without(field, empty, every)
    assert exact([varied(case, [change], start) for start, case in enumerate(sets()[name])]) >= 0.98


def test_a_paper_takes_no_more_than_a_millisecond_of_cpu() -> None:
    digests = sets()["newsletter"]
    # The floor is 1 ms; a busy machine may be twice as slow.
    assert cpu_ms(digests, sum(len(case.papers) for case in digests)) < 2.0
