"""A last word that is not typed to its end is finished by the words ahead of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.query import Lexicon, parse
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables({}, {})
ARCHIVE = (
    *(stored(n, f"A chain of thought {n}") for n in range(1, 26)),
    *(stored(n, f"Language models, modelling {n}") for n in range(31, 56)),
    *(stored(n, f"Experts in that {n}") for n in range(61, 70)),
    stored(100, "A mod for a language that has one"),
    stored(102, "Chains of thoughts, and a thought"),
    stored(101, "Long chains of three words"),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path, LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 1)
        yield opened


@pytest.mark.parametrize(
    ("line", "searched", "papers"),
    [
        ("chain of th", "chain of thought", 26),
        ("language mod", "language models", 25),
    ],
)
def test_what_papers_write_behind_the_words_is_meant(index: Index, line: str, searched: str, papers: int) -> None:
    found = index.search(parse(line, LEXICON), limit=5)
    assert (found.corrected, found.exact) == (searched, papers)
    assert not index.search(parse(line, LEXICON), limit=5, literal=True).corrected


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("chains of three", id="a word that some paper has so"),
        pytest.param("of tho", id="behind small words alone"),
        pytest.param("mod language", id="in another order"),
        pytest.param("long words of a chain of th", id="a title"),
        pytest.param("experts in th", id="too few papers"),
        pytest.param('"chain" th', id="not beside words"),
        pytest.param("of th -chain", id="not at the end"),
    ],
)
def test_other_words_are_not_finished(index: Index, line: str) -> None:
    corrected = index.search(parse(line, LEXICON), limit=5).corrected or ""
    assert "thought" not in corrected
    assert "models" not in corrected
    assert "that" not in corrected
