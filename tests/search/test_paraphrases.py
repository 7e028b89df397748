"""Who describes a paper from memory finds it though its abstract says it in other words."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from bot.query import Lexicon, Phrase, Word, matches, parse, snippet
from bot.query.paraphrases import MOST, paraphrases
from bot.query.plan import compile_query
from bot.query.syntax import phrase_form, word_form
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables({}, {"translations": {"사진": ["photo"]}})
MEANT = stored(1, "SinGAN", abstract="A GAN that learns from a single natural image.", day="2024-01-01")
OTHERS = (
    stored(2, "Trees", abstract="A GAN that grows them.", day="2024-02-01"),
    stored(3, "Walks", abstract="Training walks, and nothing but one walk.", day="2024-02-02"),
)
LINES = files("bot.query").joinpath("paraphrases.txt").read_text("utf-8").splitlines()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path, LEXICON, archive="a") as opened:
        opened.apply((MEANT, *OTHERS), 1)
        yield opened


def test_a_paper_is_found_by_other_words_for_what_it_says(index: Index) -> None:
    found = index.search(parse("GAN of one picture", LEXICON), limit=5)
    assert found.exact == 0
    assert found.fallback == "any-word"
    assert found.hits[0].paper_id == 1


def test_other_words_alone_are_no_answer_to_what_is_asked_for_strictly(index: Index) -> None:
    query = parse("picture gan", LEXICON)
    assert index.ids(query) == frozenset()
    assert not index.search(query, limit=5, literal=True).hits
    assert not matches(query, MEANT.paper, LEXICON)


def test_a_snippet_marks_other_words_where_the_query_has_none_that_stand_there() -> None:
    shown = snippet(parse("photos", LEXICON), MEANT.paper, LEXICON)
    assert [shown.text[start:end] for start, end in shown.spans] == ["image"]


@pytest.mark.parametrize(("typed", "written"), [("pictures", "image"), ("high-res", "high resolution")])
def test_a_word_is_known_in_any_of_its_forms(typed: str, written: str) -> None:
    assert compile_query(Phrase(written)) in paraphrases(compile_query(Word(typed)))


@pytest.mark.parametrize("word", ["사진", "xylophonist"])
def test_nothing_is_another_word_for_what_the_list_does_not_have(word: str) -> None:
    assert paraphrases(compile_query(Word(word))) == ()


def test_the_list_has_one_line_a_word_and_nothing_that_is_the_same_word() -> None:
    words = [line.partition(": ")[0] for line in LINES]
    assert words == sorted(words)
    terms = [compile_query(Word(word)) for word in words]
    assert len(set(terms)) == len(words)
    for line in LINES:
        typed, _, right = line.partition(": ")
        written = right.split(", ")
        assert typed == word_form(typed)
        assert 0 < len(written) <= MOST, line
        for each in written:
            assert each == phrase_form(each) == each.lower(), line
            assert compile_query(Phrase(each)) != compile_query(Phrase(typed)), line
