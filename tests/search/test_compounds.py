"""Two words that papers write as one are found as that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.query import Lexicon, parse
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables({}, {}, {"bench press": ["gym"]})
ARCHIVE = (
    *(stored(n, f"A multilingual benchpress {n}", authors=("Jiahui Yu",)) for n in range(1, 8)),
    stored(8, "A multi lingual cat"),
    stored(9, "Lingual arts, and multi of them"),
    stored(11, "A press on a bench", authors=("Hui Jia",)),
    stored(10, "Web search", abstract="To search the web, websearch or web search."),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path, LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 1)
        yield opened


def found(index: Index, line: str, *, literal: bool = False) -> set[int]:
    return {hit.paper_id for hit in index.search(parse(line, LEXICON), limit=20, literal=literal).hits}


def test_two_words_that_most_papers_write_as_one_are_found_so_too(index: Index) -> None:
    results = index.search(parse("multi lingual", LEXICON), limit=20)
    assert {hit.paper_id for hit in results.hits} == {*range(1, 10)}
    assert results.corrected == "multilingual or multi lingual"


@pytest.mark.parametrize(
    ("line", "finds"),
    [
        pytest.param("lingual multi", {8, 9}, id="in another order"),
        pytest.param("web search", {10}, id="papers write both"),
        pytest.param('"multi" lingual', {8, 9}, id="quoted"),
        pytest.param("bench press", {11}, id="a topic that the list of related words has"),
        pytest.param("jia hui", {11}, id="a name"),
    ],
)
def test_others_are_two_words(index: Index, line: str, finds: set[int]) -> None:
    results = index.search(parse(line, LEXICON), limit=20)
    assert (results.exact, results.corrected) == (len(finds), None)
    assert found(index, line, literal=True) == finds


def test_literally_they_stay_two_words(index: Index) -> None:
    assert found(index, "multi lingual", literal=True) == {8, 9}


@pytest.mark.parametrize("line", ["β-bench", "naïve-bench", "Schrödinger-bench"])
def test_a_compound_that_no_paper_has_is_looked_for_by_its_words_in_any_letters(index: Index, line: str) -> None:
    results = index.search(parse(line, LEXICON), limit=20)
    assert (results.exact, results.fallback) == (0, "any-word")
    assert {hit.paper_id for hit in results.hits} == {11}
