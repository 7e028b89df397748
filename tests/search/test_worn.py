"""An index counts papers that were exchanged or withdrawn until it is built anew; many of them change what is first."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.model import StoredPaper
from bot.query import parse
from bot.search import Index, SearchError
from tests.search.strategies import LEXICON
from tests.search.test_index import found, stored

PAPERS = [
    stored(number, f"Paper {number} of trees", abstract=f"word{number % 7} and other{number % 3}")
    for number in range(1, 401)
]
CHANGED = [stored(each.id, each.paper.title, abstract="word1 and nothing else") for each in PAPERS]


def opened(place: Path) -> Index:
    return Index.open(place, LEXICON, archive="a", told=lambda _done, _total: None)


def test_an_index_is_worn_when_more_than_a_fiftieth_of_it_is_gone_until_it_is_built_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.apply(PAPERS, 1)
        assert not index.worn
        index.apply(CHANGED[:7], 2)
        assert not index.worn
        index.apply([stored(each.id, "", withdrawn=True) for each in PAPERS[:4]], 3)
        assert index.worn
    with opened(tmp_path) as index:
        assert index.worn, "it is on disk"
        index.apply([*CHANGED[4:7], *PAPERS[7:]], 3, anew=True)
        assert (index.worn, len(index)) == (False, 396)


def test_a_handful_of_papers_wears_out_no_small_index(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.apply(PAPERS[:20], 1)
        index.apply(CHANGED[:5], 2)
        assert not index.worn
        index.apply(CHANGED[5:7], 3)
        assert index.worn


def test_what_was_worn_and_is_built_anew_answers_like_one_that_never_was(tmp_path: Path) -> None:
    now = [*CHANGED[:60], *PAPERS[60:]]
    lines = ("word1", "word1 other2", "nothing trees", "word3 or other1")
    with opened(tmp_path / "worn") as worn, opened(tmp_path / "new") as new:
        worn.apply(PAPERS, 1)
        for at in range(0, 60, 6):
            worn.apply(CHANGED[at : at + 6], 2 + at)
        new.apply(now, 1)
        scores = [[hit.score for hit in new.search(parse(line, LEXICON), limit=9).hits] for line in lines]
        assert [[hit.score for hit in worn.search(parse(line, LEXICON), limit=9).hits] for line in lines] != scores
        assert worn.worn
        worn.apply(now, 100, anew=True)
        assert [[hit.score for hit in worn.search(parse(line, LEXICON), limit=9).hits] for line in lines] == scores
        assert [found(worn, line) for line in lines] == [found(new, line) for line in lines]


def test_a_worn_index_that_could_not_be_built_anew_waits_for_the_next_change(tmp_path: Path) -> None:
    def full() -> Iterator[StoredPaper]:
        yield from PAPERS[:50]
        raise OSError(errno.ENOSPC, "No space left on device")

    with opened(tmp_path) as index:
        index.apply(PAPERS, 1)
        index.apply(CHANGED[:20], 2)
        assert index.worn
        with pytest.raises(SearchError, match="No space left"):
            index.apply(full(), 2, total=400, anew=True)
        assert (index.worn, index.revision, len(index)) == (False, 2, 400)
        index.apply(CHANGED[20:21], 3)
        assert index.worn
