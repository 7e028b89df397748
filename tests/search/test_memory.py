"""What was searched before goes when nobody searches it any more, whatever the garbage collector does."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.query import parse
from bot.search import Index
from tests.search.strategies import LEXICON
from tests.search.test_index import ARCHIVE, stored

ASKED = (
    "reward models", "latest trees", "T. Dao", "Dao et al. 2024", "2402.12374", "\"safety training\" -#rlhf",
    "chain of tr", "트랜스포모", "보상 모델 과최적화", "sequoai decodnig", "qunatization or zzzz", "#rlfh nothing",
)  # fmt: skip


@pytest.fixture
def frozen() -> Iterator[None]:
    """What is there stays for good as far as the garbage collector goes, as in a Paperboy that runs."""
    gc.collect()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def mapped(place: Path) -> list[str]:
    """The files in a folder that were removed and still are in this process's memory."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text().splitlines() if maps.exists() else []
    return [line for line in lines if str(place) in line and line.endswith("(deleted)")]


def test_an_index_that_was_built_anew_leaves_nothing_of_the_old_one(tmp_path: Path, frozen: None) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
        index.warm()
        for line in ASKED:
            query = parse(line, LEXICON)
            index.search(query, limit=5)
            index.nearest(query)
            index.ids(query)
        index.similar(ARCHIVE[0], limit=3)
        gc.freeze()
        for revision, anew in ((8, False), (9, True)):
            old = weakref.ref(index._view)
            index.apply([*ARCHIVE, stored(900, "New")], revision, anew=anew)
            assert old() is None
            assert index.search(parse("new", LEXICON), limit=5).total == 1
            gc.freeze()
        assert mapped(tmp_path) == []
