"""What holds for every query and every line."""

from __future__ import annotations

import time
import unicodedata
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model import Paper
from bot.query import (
    Lexicon,
    Query,
    Word,
    asked_for,
    canonical,
    disjunction,
    document,
    expand,
    holds,
    impossible,
    is_past,
    matches,
    negation,
    parse,
    parse_noted,
    parts_of,
    plan,
    snippet,
)
from bot.query.hangul import is_syllable
from bot.query.keys import plain_slug
from bot.query.parse import MAX_LINE
from bot.query.stems import stem
from bot.query.terms import LOOSE, cores, fold, letters_of, normal, terms, terms_of_word, tokens
from tests.search.strategies import LEXICON, lines, papers, queries, words


@given(queries)
@settings(max_examples=400, deadline=None)
def test_a_query_that_is_printed_reads_back_as_itself(query: Query) -> None:
    assert parse(canonical(query), LEXICON) == query


@given(lines)
@example("tag:" + 66 * "x")
@example('TAG:긴"문맥')
@settings(max_examples=600, deadline=None)
def test_reading_never_fails_and_its_canonical_form_is_a_fixed_point(line: str) -> None:
    query = parse(line, LEXICON)
    assert parse(canonical(query), LEXICON) == query
    assert canonical(parse(canonical(query), LEXICON)) == canonical(query)
    impossible(query)
    expand(query, LEXICON)


KNOWN = (
    "보상",
    "보상을",
    "모델",
    "모델의",
    "보상모델",
    "reward",
    "Models",
    "긴",
    "문맥",
    "Reinforcement",
    "learning",
    "RL",
)


@given(st.lists(st.sampled_from(KNOWN) | words.map(lambda word: word.text), min_size=1, max_size=4))
@example(["보상의", "모델로"])
@example(["reinforcement", "Learning"])
@example(["4", "억", "쌍"])
@example(["two", "Million"])
@settings(max_examples=400, deadline=None)
def test_what_has_a_translation_begins_with_words_that_may_have_one(row: list[str]) -> None:
    if LEXICON.translations_of(row):
        assert LEXICON.begins(row[0])
        assert LEXICON.begins(*row[:2])


def test_most_words_begin_nothing_that_the_lexicon_knows() -> None:
    assert not any(map(LEXICON.begins, ("sequoia", "나무", "t5", "attention")))
    assert LEXICON.begins("3.5")  # of `3.5 million`
    assert not LEXICON.begins("3.5", "sequoia")
    assert LEXICON.begins("reward")
    assert not LEXICON.begins("reward", "sequoia")
    assert LEXICON.begins("보상이", "모델")


@given(lines)
@settings(deadline=None)
def test_folding_and_slugs_are_idempotent(line: str) -> None:
    assert fold(fold(line)) == fold(line)
    assert plain_slug(plain_slug(line)) == plain_slug(line)


@given(queries, papers)
@example(Word("2024"), Paper(date=date(2000, 1, 1), title="2024"))
@settings(deadline=None)
def test_a_negation_matches_exactly_what_its_query_does_not(query, paper) -> None:  # type: ignore[no-untyped-def]
    assert matches(negation(query), paper, LEXICON) != matches(query, paper, LEXICON)
    assert matches(query, paper, LEXICON) == holds(plan(query, LEXICON), document(paper, LEXICON))


@given(queries, papers)
@settings(deadline=None)
def test_an_impossible_query_matches_nothing(query, paper) -> None:  # type: ignore[no-untyped-def]
    if impossible(query):
        assert not matches(query, paper, LEXICON)


@given(queries, papers)
@settings(deadline=None)
def test_a_query_that_is_past_on_the_day_of_a_paper_does_not_match_it(query, paper) -> None:  # type: ignore[no-untyped-def]
    if is_past(asked_for(query, LEXICON), paper.date):
        assert not matches(query, paper, LEXICON)


WORDS = st.text(alphabet="abcdefghilmnostuvyz", min_size=1, max_size=8)
SUFFIXES = (
    "ational ability ibility abilities ization izing abling ies ied eed ing ed ator iveness ousness icate bly y e "
    "isation ised isational yse ysing our oured elled elling centres"
)


@given(st.builds(str.__add__, WORDS, st.sampled_from(SUFFIXES.split())))
@example("aying")
@example("artefacts")
@example("neighbouring")
@example("catalogues")
@example("remodelling")
@example("corpora")
@example("bench")
@example("attending")
@settings(max_examples=500, deadline=None)
def test_a_stem_shares_its_core_with_every_word_that_has_it(word: str) -> None:
    assert any(core in word for core in cores(stem(word)))


@given(st.text(alphabet="abAZ09-_'’‑.,  가나é̃ßﬁİの→“”αβΔςώµᵝ", max_size=30) | lines)
@settings(max_examples=500, deadline=None)
def test_the_letters_of_a_text_hold_a_core_of_each_of_its_terms(text: str) -> None:
    shown = " ".join(normal(text).split())
    letters = letters_of(shown)
    assert [term for term in terms(shown) if not any(core in letters for core in cores(term))] == []


@given(st.text(alphabet="abAZ09-_'’‑.,  가나é̃ßﬁİの→“”αβΔςώµᵝ", max_size=30) | lines)
@example("강화 학습, 보상 “모델”")
@settings(max_examples=500, deadline=None)
def test_the_terms_of_a_text_are_those_of_its_words_and_the_pairs_between_them(text: str) -> None:
    rows = normal(text).split()
    shown = " ".join(rows)
    everything = {*terms(shown)}
    found: list[tuple[str, int]] = []
    position = 0
    for place, word in enumerate(rows):
        if place and is_syllable(rows[place - 1][-1]) and is_syllable(word[0]):
            found.append((LOOSE + rows[place - 1][-1] + word[0], position - 1))
        parts, width = terms_of_word(word, everything)
        found += ((term, position + at) for term, at, _, _ in parts)
        assert all(term in terms(word[begin:end]) for term, _, begin, end in parts)
        position += width
    assert sorted(found) == sorted(tokens((shown,)))
    assert not any(terms_of_word(word, ())[0] for word in rows)


EACH = "of chain Chains thought t 2 i T2I chain-of-thought – & to (image) Image, 강화 학습 강화학습을 rl τ-bench tau π₀"
ROW = st.lists(st.sampled_from(EACH.split()), max_size=8)


@given(ROW, ROW.filter(lambda row: any(each.isalnum() for each in row)), ROW)
@example(["t", "i", "2"], ["t", "2", "i"], ["t"])
@example(["thought"], ["chain", "–", "of", "thought"], ["of"])
@settings(max_examples=500, deadline=None)
def test_a_snippet_marks_a_phrase_wherever_it_stands(before: list[str], row: list[str], after: list[str]) -> None:
    query = parse(f'"{" ".join(row)}"', LEXICON)
    text = " ".join((*before, "so", *row, "so", *after))
    cut = snippet(query, Paper(date=date(2024, 1, 1), title="", abstract=text), LEXICON, length=400)
    marked = [cut.text[start:end] for start, end in cut.spans]
    assert any(matches(query, Paper(date=date(2024, 1, 1), title="", abstract=each), LEXICON) for each in marked)


ODD = [
    "²",
    "10⁶",
    "…",
    "½",
    "ﬁ",
    "㎡",
    "ｶﾞ",
    "ﾊﾟ",
    "é",
    "x̂",
    "ㄳ",
    "가ㄳ",
    "´",
    "¨",
    "a´",
    "Ⅳ",
    "xᵢ²",
    "ﾡￂ",
    "ﷺ",
    "각",
    "so",
]


@given(st.lists(st.sampled_from(ODD), max_size=6), st.lists(st.sampled_from(ODD), max_size=6))
@settings(max_examples=300, deadline=None)
def test_a_snippet_marks_a_word_between_letters_that_nfkc_changes(before: list[str], after: list[str]) -> None:
    text = " ".join((*before, "reward", *after))
    cut = snippet(Word("reward"), Paper(date=date(2024, 1, 1), title="", abstract=text), LEXICON, length=400)
    assert cut.text == unicodedata.normalize("NFC", text)
    assert [cut.text[start:end] for start, end in cut.spans] == ["reward"]


@pytest.mark.parametrize(
    "line",
    [
        "word " * 2_000,
        "a or " * 2_000,
        "( or " * 2_000,
        "(" * 10_000,
        "-(" * 5_000,
        "(a -(b or (" * 900,
        '"' * 10_000,
        '"a' * 5_000,
        'tag:"' * 2_000,
        "-" * 10_000,
        "a-" * 5_000,
        "a'" * 5_000,
        "1,1" * 3_000,
        "가" * 10_000,
        "가 " * 5_000,
        "aB" * 5_000,
        "http://a.b/" * 900,
        "#" * 10_000,
        "|" * 10_000,
        "ﷺ" * 10_000,
        "é́" * 5_000,
    ],
    ids=lambda line: repr(line[:6]),
)
def test_ten_thousand_letters_are_read_in_bounded_time(line: str) -> None:
    before = time.process_time()
    query = parse(line, LEXICON)
    assert parse(canonical(query), LEXICON) == query
    plan(query, LEXICON)
    assert time.process_time() - before < 0.5


def test_what_is_too_long_is_cut_and_says_so() -> None:
    lexicon = Lexicon()
    assert parse_noted(" or ".join(f"w{n}" for n in range(64)), lexicon).notes == ()
    assert "cut" in parse_noted(" or ".join(f"w{n}" for n in range(65)), lexicon).notes
    assert "cut" in parse_noted("a" + " " * MAX_LINE, lexicon).notes
    assert "cut" in parse_noted('"' + "long phrase " * 30 + '"', lexicon).notes


def row(first: int, behind: int) -> str:
    return " ".join(f"w{number}" for number in range(first, behind))


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (row(0, 18), row(0, 18)),
        (row(0, 19), row(0, 18)),
        (f"{row(0, 30)} #rlhf -#moe after:2024", f"{row(0, 18)} #rlhf -#moe after:2024"),
        (f"{row(0, 18)} or {row(18, 36)}", f"{row(0, 18)} or {row(18, 36)}"),
        (f"({row(0, 14)}) ({row(14, 28)}) w50", row(0, 18)),
        (f"({row(0, 14)} or w14) ({row(15, 19)} or w40)", f"({row(0, 14)} or w14) ({row(15, 19)} or w40)"),
        (f"({row(0, 14)} or w14) ({row(15, 22)} or w40)", f"({row(0, 14)} or w14) ({row(15, 19)} or w40)"),
        (f"(w0 or {row(1, 15)}) {row(15, 19)}", f"(w0 or {row(1, 15)}) {row(15, 19)}"),
        (f"-({row(0, 14)}) {row(14, 28)}", f"-({row(0, 14)}) {row(14, 18)}"),
        ("word " * 60, "word"),
    ],
)
def test_of_many_words_the_first_are_asked_for_together_and_all_filters(line: str, read: str) -> None:
    found = parse_noted(line, Lexicon())
    assert found.query == parse(read, Lexicon())
    assert found.notes == (() if line in (read, "word " * 60) else ("cut",))
    assert parse_noted(canonical(found.query), Lexicon()).notes == ()


@pytest.mark.parametrize("said", ["or", "OR", "또는", "혹은", "|", "NOT", "AND", "&"])
@pytest.mark.parametrize("at", [3, 12, 19])
def test_a_pasted_text_has_no_operators(said: str, at: int) -> None:
    word = f"{said.casefold()} " if said in ("NOT", "AND") else ""
    pasted = parse(f"{row(0, at)} {said} {row(at, 40)}", Lexicon())
    assert pasted == parse(f"{row(0, at)} {word}{row(at, 40)}", Lexicon())
    assert len(parts_of(pasted)) == 18


def test_what_is_no_text_has_operators_however_long_it_is() -> None:
    names = " or ".join(f'"{row(at, at + 9)}"' for at in (0, 10, 20))
    assert parse(names, Lexicon()) == disjunction(parse(f'"{row(at, at + 9)}"', Lexicon()) for at in (0, 10, 20))
    phrases = " ".join(f'"{row(at, at + 9)}"' for at in (0, 10, 20))
    assert parse(f"{phrases} or w60", Lexicon()) == disjunction((parse(phrases, Lexicon()), parse("w60", Lexicon())))


@given(st.lists(st.sampled_from(("(", ")", "or", "-", "#tag", *(f"w{number}" for number in range(60)))), max_size=70))
def test_what_was_cut_is_not_cut_again(pieces: list[str]) -> None:
    read = parse(" ".join(pieces), Lexicon())
    again = parse_noted(canonical(read), Lexicon())
    assert (again.query, again.notes) == (read, ())
