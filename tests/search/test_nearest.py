"""What somebody is offered who found nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from bot.query import Query, parse
from bot.search import Index
from bot.search.nearest import suggestions
from tests.search.strategies import LEXICON
from tests.search.test_index import ARCHIVE

MANY = 40
"""Questions to the index that no query asks, however long it is."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("index"), LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 7)
        yield opened


def fewer(index: Index, line: str) -> tuple[str, ...]:
    """What is offered, of which each finds papers."""
    offered = index.nearest(parse(line, LEXICON)).fewer
    assert all(index.search(parse(each, LEXICON), limit=1, literal=True).hits for each in offered)
    return offered


@pytest.mark.parametrize("line", ["Sequioa", "please find papers on Sequioa", "Sequioa 논문 찾아줘"])
def test_words_that_only_ask_are_in_nobodys_way(index: Index, line: str) -> None:
    assert index.nearest(parse(line, LEXICON)).spelling == "sequoia"


@pytest.mark.parametrize(
    "line", ["recent papers on xyzzyqq", "the xyzzyqq", "what is the xyzzyqq", "xyzzyqq after:2024", "xyzzyqq -rlhf"]
)
def test_small_words_and_dates_alone_are_not_offered(index: Index, line: str) -> None:
    assert fewer(index, line) == ()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("2026-11", ("before:2026-12",)),
        ("papers of 2026", ("before:2027",)),
        ("after:2026-11-21 before:2026-11-22", ("before:2026-11-22",)),
        ("before:2001", ()),
    ],
)
def test_who_asks_for_a_time_without_papers_is_offered_those_before_it(
    index: Index, line: str, offered: tuple[str, ...]
) -> None:
    assert fewer(index, line) == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ('"models reward scaling"', ("models reward scaling",)),
        ('"models reward scaling" after:2024', ("models reward scaling after:2024",)),
        ('"laws scaling" "models reward"', ("laws scaling models reward",)),
        ('"xyzzyqq reward models scaling"', ("reward models scaling",)),
        ('"rewrad models"', ("reward models",)),
    ],
)
def test_the_words_of_a_phrase_are_offered_without_quotation_marks(
    index: Index, line: str, offered: tuple[str, ...]
) -> None:
    assert fewer(index, line) == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("scaling reward after:2030", ("scaling reward",)),
        ("scaling reward #nosuchtag", ("scaling reward",)),
        ("scaling reward author:Zzyzxq", ("scaling reward",)),
        ("scaling reward 2499.99999", ("scaling reward",)),
        ("scaling rewrad after:2030 author:Zzyzxq #rlhf", ("scaling reward #rlhf",)),
        ("before:2001 sequoia", ("sequoia",)),
        ("보상모델 after:2030", ("보상모델",)),
    ],
)
def test_filters_that_alone_find_nothing_are_left_out(index: Index, line: str, offered: tuple[str, ...]) -> None:
    near = index.nearest(parse(line, LEXICON))
    assert near.spelling is None  # the filter would still be there
    assert fewer(index, line) == offered


def test_where_that_is_not_enough_one_part_more_is_left_out_the_fewest_papers_first(index: Index) -> None:
    assert fewer(index, "reward scaling sequoia after:2030") == ("reward scaling",)
    assert fewer(index, "reward sequoia author:Dao") == ("reward author:dao",)
    assert fewer(index, "rewrad scalng sequoia author:Zzyzxq") == ("reward scaling",)
    assert fewer(index, "models trees author:Zzyzxq") == ("trees", "models")
    assert fewer(index, "quantization of transformers and trees after:2030") == ("quantization of transformers",)
    assert fewer(index, "reward sequoia #rlhf") == ("reward #rlhf",)
    assert fewer(index, "models sequoia #reward-model") == ("models #reward-model",)


def test_a_spelling_that_finds_papers_needs_nothing_left_out(index: Index) -> None:
    near = index.nearest(parse("rewrad scalng", LEXICON))
    assert (near.spelling, near.fewer) == ("reward scaling", ())


def test_the_beginning_of_a_long_query_is_offered(index: Index) -> None:
    long = "deceptive models persist through safety training and so on until somebody thinks of a scalng ark"
    assert fewer(index, f"{long} after:2030")[:1] == ("deceptive models persist through safety training",)


LONG = {
    "words": " ".join(f"rewrad{number}" for number in range(64)),
    "known words": "after:2030 "
    + " ".join(("reward models scaling laws trees survey outliers sequoia", *map(str, range(50)))),
    "tags": " ".join(f"#rewrd-modl{number}" for number in range(64)),
    "phrases": " ".join(f'"scaling reward{number}"' for number in range(64)),
    "long phrases": " ".join('"' + " ".join(f"{number}{each}" for each in range(40)) + '"' for number in range(64)),
    "authors": " ".join(f"author:Dau{number}" for number in range(64)),
    "negations": "xyzzyqq " + " ".join(f"-rlhf{number}" for number in range(63)),
    "alternatives": " or ".join(f"(slip{number} slap{number})" for number in range(32)),
    "the same alternatives": " or ".join(["(slip slip)"] * 31),
    "nested": " ".join(f"(rewrad{number} or (trees -(scalng or sequioa))) after:2030" for number in range(12)),
}
DEAR = {"alternatives", "nested"}
"""What is not mended, for there is too much of it."""


@pytest.mark.parametrize("kind", LONG)
def test_the_index_is_asked_a_few_times_whatever_was_typed(index: Index, kind: str) -> None:
    asked: list[Query] = []

    def count(query: Query) -> int:
        asked.append(query)
        return len(index.ids(query))

    mended: list[Query] = []

    def repair(query: Query) -> Query:
        mended.append(query)
        return query

    suggestions(parse(LONG[kind], LEXICON), 3, lexicon=LEXICON, tags=("rlhf",), repair=repair, count=count)
    assert len(asked) <= MANY
    assert len(mended) == (kind not in DEAR)


@pytest.mark.parametrize("kind", LONG)
def test_tags_are_prepared_once_and_compared_with_few_words(index: Index, kind: str) -> None:
    query = parse(LONG[kind], LEXICON)
    index.nearest(query)
    slugs = 0

    def called(frame: FrameType, event: str, _: object) -> None:
        nonlocal slugs
        slugs += event == "call" and frame.f_code.co_name == "plain_slug"

    sys.setprofile(called)
    try:
        index.nearest(query)
    finally:
        sys.setprofile(None)
    assert slugs <= 9


def test_a_tag_is_found_among_the_first_words(index: Index) -> None:
    assert index.nearest(parse("please show me papers on the rewrd modl", LEXICON)).tags == ("reward-model",)
    assert index.nearest(parse("#rewrd-modl " + LONG["words"], LEXICON)).tags == ("reward-model",)
    assert index.nearest(parse("the", LEXICON)).tags == ()
