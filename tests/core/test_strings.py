"""Every word that people read is there in both languages, and reads well."""

from __future__ import annotations

import ast
import re
import string
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest

from bot.query import tag_slug
from bot.search import load_lexicon
from bot.strings import LANGUAGES, clock, counted, day, moment, runs, sentences, text, weekdays

CODE = Path(__file__).parents[2] / "bot"

# What may follow a placeholder without a space: counters, and the few particles that are the same after any sound.
GLUED = re.compile(r"[}`][\"'”’」』)\]]*([가-힣]+)")
HARMLESS = re.compile(r"(?:편|개|명|자|번|쪽|님)[가-힣]*|(?:까지|부터|처럼|만|도|에서?|의|보다)+")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def filled(language: str, key: str, value: str) -> str:
    return text(language, key, **dict.fromkeys(placeholders(sentences(language)[key]), value))


def test_both_languages_say_the_same_things() -> None:
    korean, english = (sentences(language) for language in LANGUAGES)
    assert korean.keys() == english.keys()
    assert {key: placeholders(korean[key]) for key in korean} == {key: placeholders(english[key]) for key in english}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_has_two_words_that_are_no_tag_for_a_subscription_would_follow_that(language: str) -> None:
    words = sentences(language)["help.together"].split("`")[1]
    lexicon = load_lexicon(CODE.parent / "config")
    assert len(words.split()) == 2
    assert tag_slug(words, lexicon) not in lexicon.names


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_composed_unbroken_and_not_empty(language: str) -> None:
    for key, sentence in sentences(language).items():
        assert sentence, key
        assert sentence == unicodedata.normalize("NFC", sentence).strip(), key
        assert "\n" not in sentence, key
        assert sentence.count("`") % 2 == 0, key


def test_no_particle_hangs_on_a_placeholder() -> None:
    """`{tag}을` would be wrong for every other tag."""
    for key, sentence in sentences("ko").items():
        glued = [found[1] for found in GLUED.finditer(re.sub(r"`([^`]*)`", r"`", sentence))]
        assert all(map(HARMLESS.fullmatch, glued)), f"{key}: {glued}"


def test_korean_sentences_are_all_in_the_same_polite_form() -> None:
    for key, sentences_of_it in sentences("ko").items():
        for sentence in re.split(r"(?<=[.?])\s", sentences_of_it):
            if sentence.endswith((".", "?")) and re.search("[가-힣]", sentence):
                assert re.search(r"(니다|니까|세요)[.?]$", sentence), f"{key}: {sentence}"
                assert not re.search(r"당신|귀하|그것들|에 의해", sentence), f"{key}: {sentence}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_toast_fits_however_long_the_tag_is(language: str) -> None:
    for key in sentences(language):
        if key.startswith("toast.") or key == "subscribe.start":
            assert len(filled(language, key, "#" + "긴" * 41)) <= 200, key


def test_an_unknown_sentence_language_or_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("ko", "no.such.sentence")
    with pytest.raises(KeyError):
        text("fr", "help.title")
    with pytest.raises(KeyError):
        text("ko", "search.none")


def test_what_fills_a_placeholder_is_never_looked_at() -> None:
    assert text("en", "search.none", query="{query} `x` {0!r}") == "Nothing found for “{query} `x` {0!r}”."


def test_what_is_to_be_typed_is_told_apart_from_the_prose() -> None:
    assert runs("en", "command.suggest", name="tags") == (("Did you mean ", False), ("/tags", True), ("?", False))


# --- the code and the sentences know each other -------------------------------------------------------------


SAYING = {"text", "runs", "say", "notice", "toast", "_said"}
"""The functions whose first or second argument is the key of a sentence."""


def pattern_of(node: ast.expr, word: str = "[a-z0-9]+") -> str | None:
    """A string in the code as a pattern for keys: what an f-string fills in is `word`."""
    match node:
        case ast.Constant(value=str(value)):
            return re.escape(value)
        case ast.JoinedStr(values=parts):
            return "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else word for p in parts)
    return None


def strings_in_the_code() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield path, node


def test_no_sentence_is_missing() -> None:
    missing = []
    for file, node in strings_in_the_code():
        if (
            not isinstance(node, ast.Call)
            or (getattr(node.func, "id", None) or getattr(node.func, "attr", "")) not in SAYING
        ):
            continue
        for argument in node.args[:2]:
            branches = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
            patterns = [
                pattern for pattern in map(pattern_of, branches) if pattern and re.search(r"^[a-z]+\\\.", pattern)
            ]
            missing += [
                f"{file.name}: {one}" for one in patterns if not any(map(re.compile(one).fullmatch, sentences("en")))
            ]
    assert not missing


def test_no_sentence_is_left_over() -> None:
    # A platform has a table of its own, in which any name goes.
    found = (
        pattern_of(node, "[a-z0-9_]+" if "adapters" in path.parts else "[a-z0-9]+")
        for path, node in strings_in_the_code()
        if isinstance(node, ast.expr)
    )
    patterns = [re.compile(pattern) for pattern in {*found} if pattern and r"\." in pattern and len(pattern) < 80]
    assert [key for key in sentences("en") if not any(pattern.fullmatch(key) for pattern in patterns)] == []


# --- numbers, days and hours ---------------------------------------------------------------------------------


def test_counts_read_well() -> None:
    assert [counted("en", "papers", n) for n in (0, 1, 3854)] == ["0 papers", "1 paper", "3,854 papers"]
    assert [counted("ko", "papers", n) for n in (1, 3854)] == ["1편", "3,854편"]
    assert counted("ko", "others", 12) == "외 12명"
    assert counted("en", "others", 12) == "and 12 more"


def test_days_read_as_people_write_them() -> None:
    assert day("ko", date(2024, 5, 9)) == "2024년 5월 9일"
    assert day("en", date(2024, 5, 9)) == "9 May 2024"
    when = datetime.fromisoformat("2026-11-22T09:00+09:00")
    assert moment("ko", when) == "11월 22일(일) 오전 9:00"
    assert moment("en", when) == "Sun 22 Nov, 09:00"


@pytest.mark.parametrize(
    ("when", "korean"),
    [(time(0, 5), "오전 0:05"), (time(9), "오전 9:00"), (time(12), "오후 12:00"), (time(23, 59), "오후 11:59")],
)
def test_hours_are_never_ambiguous(when: time, korean: str) -> None:
    assert clock("ko", when) == korean
    assert clock("en", when) == f"{when:%H:%M}"


def test_weekdays_have_short_names() -> None:
    assert weekdays("ko", range(7)) == "매일"
    assert weekdays("ko", range(5)) == "평일"
    assert weekdays("ko", {0, 2, 4}) == "월·수·금"
    assert weekdays("en", {4, 0}) == "Mon, Fri"
