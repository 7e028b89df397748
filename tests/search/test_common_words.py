"""Words that stand side by side in hundreds of papers: looked for among the few that matter, and decided alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.model import Paper, StoredPaper
from bot.query import matches, parse
from bot.search import Index
from bot.search.translate import DEAR, UNCOMMON
from tests.search.strategies import LEXICON

APART = "A language for large numbers of models"
TOGETHER = "We train large language models"


def paper(number: int) -> Paper:
    said = TOGETHER if number % 3 else APART
    return Paper(
        date=date(2024, 1, 1),
        title=f"Quokka {number}" if number % 50 == 0 else f"Number {number}",
        abstract=f"{said} again and again. {said}.",
        commentary=("희귀한 이야기",) if number % 70 == 0 else (),
    )


PAPERS = {number: paper(number) for number in range(1, 2 * DEAR)}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("index"), LEXICON, archive="a") as opened:
        opened.apply(
            [
                StoredPaper(
                    id=n, version=1, digest_id=1, position=0, published_at=None, withdrawn=False, paper=PAPERS[n]
                )
                for n in PAPERS
            ],
            1,
        )
        yield opened


@pytest.mark.parametrize(
    "line",
    [
        'quokka "large language models"',
        'quokka -"large language models"',
        'quokka ("large language" or 희귀한)',
        '(quokka or 희귀한) "language models" -"for large"',
        "quokka large language models",
        'quokka "models language"',
        'wombat "large language models"',
        '-quokka "large language models"',
    ],
)
def test_the_papers_are_those_that_match(index: Index, line: str) -> None:
    query = parse(line, LEXICON)
    wanted = {n for n, each in PAPERS.items() if matches(query, each, LEXICON)}
    assert index.ids(query) == wanted
    assert index.search(query, limit=5, literal=True).total == len(wanted)


def test_papers_with_the_words_side_by_side_come_first(index: Index) -> None:
    found = index.search(parse("quokka large language models", LEXICON), limit=40).hits
    together = [hit.paper_id % 3 > 0 for hit in found]
    assert len(together) > 10
    assert together == sorted(together, reverse=True)


def test_beside_many_other_words_it_says_nothing_that_common_ones_stand_together(tmp_path: Path) -> None:
    said = "Wombats and quokkas dig warm burrows."
    texts = (f"{said} {TOGETHER}", f"{said} Models language large train we", *[TOGETHER] * UNCOMMON)
    papers = [
        StoredPaper(
            id=number,
            version=1,
            digest_id=1,
            position=0,
            published_at=None,
            withdrawn=False,
            paper=Paper(date=date(2024, 1, 1) + timedelta(days=number), title="", abstract=text),
        )
        for number, text in enumerate(texts, 1)
    ]

    with Index.open(tmp_path, LEXICON, archive="a") as opened:
        opened.apply(papers, 1)
        lines = (
            "wombats large language models",
            "wombats quokkas large language models",
            "wombats dig burrows train large language models",
        )
        first = [opened.search(parse(line, LEXICON), limit=1).hits[0].paper_id for line in lines]
    assert first == [1, 1, 2]
