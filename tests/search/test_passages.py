"""Words of a query that stand together in a paper say more than words that are scattered over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.query import Lexicon, document, parse
from bot.query.terms import sign, signs, terms
from bot.search import Index
from bot.search.passages import LOOKED_AT, MOST_SENTENCES, sentences_of
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables({}, {"translations": {"증류": ["distillation"]}})
REST = " ".join(f"Nothing of word{n} is said here." for n in range(12))


def found(index: Index, line: str, limit: int = 10, offset: int = 0) -> list[int]:
    return [hit.paper_id for hit in index.search(parse(line, LEXICON), limit=limit, offset=offset).hits]


@pytest.mark.parametrize(
    ("line", "apart", "near"),
    [
        pytest.param(
            "computer agents benchmark",
            f"Agents browse. {REST} Computers are bought.",
            f"{REST} Agents that work a computer.",
            id="where a word is missing",
        ),
        pytest.param(
            "computer agents",
            f"Agents browse. {REST} Computers are bought.",
            f"{REST} Agents that work a computer.",
            id="where no word is missing",
        ),
        pytest.param(
            "computer agents benchmark",
            f"Agents browse. {REST} Computers are bought.",
            f"{REST} Agents work. They have a computer.",
            id="the next sentence goes on with what the last one said",
        ),
        pytest.param(
            "증류 students benchmark",
            f"Students learn. {REST} We study distillation.",
            f"{REST} By distillation students learn.",
            id="a word stands there in any of its wordings",
        ),
    ],
)
def test_words_that_stand_together_come_before_words_far_apart(
    tmp_path: Path, line: str, apart: str, near: str
) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        scattered = stored(1, "Of many things", abstract=apart, day="2024-02-02")
        index.apply([scattered, stored(2, "Of one thing", abstract=near, day="2024-02-01")], 1)
        assert found(index, line) == [2, 1]


def test_who_types_a_name_gets_the_paper_that_has_it_in_its_title(tmp_path: Path) -> None:
    named = stored(1, "OpenMathInstruct-2: more problems for small models", abstract=REST, day="2024-02-01")
    told = stored(2, "Berries", abstract=REST, commentary=("OpenMathInstruct-1을 씁니다.",), day="2024-02-02")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([named, told], 1)
        assert found(index, "openmathinstruct") == [1, 2]


def test_pages_never_overlap_where_passages_are_no_more_looked_at(tmp_path: Path) -> None:
    papers = [
        stored(n, f"Paper {n}", abstract=f"Agents work. {'Nothing here. ' * (n % 5)} A computer. {REST * (n % 3)}")
        for n in range(1, 2 * LOOKED_AT + 5)
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        for line in ("computer agents", "computer agents benchmark"):
            whole = found(index, line, len(papers))
            assert sorted(whole) == [paper.id for paper in papers]
            assert [number for at in range(0, len(papers), 5) for number in found(index, line, 5, at)] == whole


def test_a_paper_of_thousands_of_sentences_is_kept_as_one_of_few() -> None:
    long = stored(1, "Endless", abstract=" ".join(f"Sentence {n}." for n in range(5_000)))
    sentences = sentences_of(document(long.paper, LEXICON)).decode("utf-16-le").split("\0")
    assert len(sentences) == MOST_SENTENCES
    assert sign("endless") in sentences[0]
    assert sign("4999") in sentences[-1]


@given(st.text(st.sampled_from("abAB ñ-'’.,12 가나다라를 \n!"), max_size=60))
@example("보상 모델을, FlashAttention-3 e-mails")
def test_a_text_has_the_signs_of_all_its_terms_and_no_others(text: str) -> None:
    assert set(signs(text)) == {sign(term) for term in terms(text)}


def test_no_sign_is_what_parts_sentences_or_cannot_be_written_down() -> None:
    for term in ("", "a", "가", "~가나", "x" * 64, *map(str, range(2_000))):
        assert sign(term) != "\0"
        assert sign(term).encode("utf-16-le").decode("utf-16-le") == sign(term)
