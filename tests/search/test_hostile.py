"""Whatever is typed gets an answer within bounds: cats, fuzzers and 10,000 letters."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from bot.query import parse, snippet
from bot.search import Index
from tests.search.strategies import LEXICON, lines
from tests.search.test_index import ARCHIVE, stored

SLOW = 0.5
"""Seconds of CPU that no single search may take; a hundred times what the slowest takes on an idle machine."""

HOSTILE = [
    "",
    " ",
    "\x00\x01\x1b[31m\u202e\ufeff",
    "word " * 2_000,
    "a or " * 3_000,
    "or " * 3_000,
    "-a " * 3_000,
    "-rlhf",
    "- - -",
    "(" * 10_000,
    ")" * 10_000,
    "((((((((((reward))))))))))",
    "(reward -(model or (",
    '"' * 9_999,
    '"reward',
    "#" * 10_000,
    "가" * 10_000,
    "가나다라" * 2_500,
    "ㄱ" * 10_000,
    "ㄱㅎㅎㅅ " * 2_000,
    "🙂" * 5_000,
    "🙂 reward 🙂",
    "reward모델Ωμέγα深層学習модель",
    "rewrd " * 60,
    "rkdghk " * 60,
    "트렌스포머 " * 60,
    "author:x " * 2_000,
    "author:qwxyz author:zyxwq",
    "after:9999 before:0001",
    "https://arxiv.org/abs/" + "9" * 5_000,
    "a-" * 5_000,
    "*" * 10_000,
    "\u1100\u1161\u11a8" * 3_000,
    "é́" * 5_000,
    "rlhf ㅎ\udcffㅎ",
    "\ud800ㄱ\udfffㄴ" * 3_000,
    " or ".join(f"(slip{number} slap{number})" for number in range(32)),
    "#rewrd-modl " * 2_000,
    '"no phrase of these words" ' * 700,
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("index"), LEXICON, archive="a") as opened:
        opened.apply([*ARCHIVE, stored(50, "강화학습 모델", commentary=("보상 모델의 환각을 줄이는 학습",))], 7)
        yield opened


def answer(index: Index, line: str) -> None:
    """Everything that a search does."""
    query = parse(line, LEXICON)
    for literal in (False, True):
        results = index.search(query, limit=5, literal=literal)
        assert results.total >= len(results.hits)
        for hit in results.hits:
            paper = next(each.paper for each in (*ARCHIVE, stored(50, "강화학습 모델")) if each.id == hit.paper_id)
            snippet(query, paper, LEXICON)
    index.nearest(query)


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: repr(line[:9]))
def test_what_nobody_should_type_is_answered_in_bounded_time(index: Index, line: str) -> None:
    before = time.process_time()
    answer(index, line)
    assert time.process_time() - before < SLOW


@given(lines)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_line_is_answered(index: Index, line: str) -> None:
    answer(index, line)


def test_a_fuzzer_finds_nothing_in_two_seconds(index: Index) -> None:
    chance = random.Random(7)
    pieces = [
        *HOSTILE,
        *[
            "reward",
            "모델",
            "강화",
            "or",
            "-(",
            ")",
            '"',
            "#",
            "author:",
            "after:",
            "tag:",
            "ㄱ",
            "rkd",
            "dhk",
            "🙂",
            "\x00",
            "́",
        ],
    ]
    end = time.monotonic() + 2
    while time.monotonic() < end:
        line = "".join(
            chance.choice(pieces)[: chance.randint(1, 40)] + chance.choice(("", " ", "-", ":"))
            for _ in range(chance.randint(1, 12))
        )
        before = time.process_time()
        answer(index, line)
        assert time.process_time() - before < SLOW, line
