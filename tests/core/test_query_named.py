"""Which authors a query names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from bot.model import Paper
from bot.query import Author, Lexicon, Query, matches, named_authors, named_tags, parse
from tests.search.strategies import LEXICON, papers, queries

PAPER = Paper(
    date=date(2024, 2, 20),
    title="Long Context with RLHF",
    authors=("Long Ouyang", "Tri Dao", "Sida I. Wang", "Wei Wang", "Baptiste Rozière", "조경현", "OpenAI"),
    abstract="Dao of models, by OpenAI's own account.",
)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("author:Ouyang", ["Long Ouyang"]),
        ("author:dao", ["Tri Dao"]),
        ('author:"S Wang"', ["Sida I. Wang"]),
        ("author:wang", ["Sida I. Wang", "Wei Wang"]),
        ("author:wang author:dao -author:ouyang", ["Tri Dao", "Sida I. Wang", "Wei Wang"]),
        ("author:roziere or author:nobody", ["Baptiste Rozière"]),
        ("author:조경현", ["조경현"]),
        ("author:openai", ["OpenAI"]),
        ("조경현", ["조경현"]),
        ("Rozière models", ["Baptiste Rozière"]),
        ("Ouyang long", ["Long Ouyang"]),
        ("sida wang", ["Sida I. Wang"]),
        ("wang", ["Sida I. Wang", "Wei Wang"]),
        ("sida wang ouyang", ["Long Ouyang", "Sida I. Wang"]),
        ("long context", []),
        ("openai dao", []),
        ("#rlhf after:2024 -wang", []),
        ("*", []),
        ("", []),
    ],
)
def test_those_are_named_whose_names_were_typed_and_stand_nowhere_else(line: str, named: list[str]) -> None:
    assert list(named_authors(parse(line, LEXICON), PAPER, LEXICON)) == named


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("#rlhf long", {"rlhf"}),
        ("reward model", {"reward-model"}),
        ("보상 모델", {"reward-model"}),
        ("RLHF 2024", {"rlhf"}),
        ("-#rlhf dao", set()),
        ("after:2024", set()),
        ("*", set()),
    ],
)
def test_the_tags_are_named_that_were_asked_for_or_are_called_so(line: str, named: set[str]) -> None:
    lexicon = Lexicon.from_tables({"reward-model": {"ko": "보상 모델", "en": "reward model"}}, {})
    paper = replace(PAPER, tags=("RLHF", "reward_model", "data"))
    assert named_tags(parse(line, lexicon), paper, lexicon) == named


def test_a_paper_without_authors_has_none_who_is_named() -> None:
    assert named_authors(Author("dao"), replace(PAPER, authors=()), LEXICON) == ()


def test_a_name_is_found_beside_latex() -> None:
    lexicon = Lexicon(readable=lambda text: text.replace("$", ""))
    assert named_authors(parse("wei", lexicon), replace(PAPER, title="W$ei$"), lexicon) == ()


@given(queries, papers)
def test_who_is_named_is_an_author_of_the_paper(query: Query, paper: Paper) -> None:
    named = named_authors(query, paper, LEXICON)
    assert set(named) <= set(paper.authors)
    if isinstance(query, Author):
        assert bool(named) == matches(query, paper, LEXICON)
