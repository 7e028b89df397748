"""What people say in plain Korean is found in English abstracts."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from bot.model import Paper
from bot.query import Lexicon, matches, parse
from bot.query.amounts import amount
from bot.query.expansion import FILLERS
from bot.query.keys import phrase_keys
from bot.query.plain_words import meaning
from bot.search import load_lexicon

LEXICON = Lexicon.from_tables({}, {"translations": {"자료": ["data"], "고르기": ["picking"]}})
LINES = [
    line for line in files("bot.query").joinpath("plain_words.txt").read_text("utf-8").splitlines() if line[0] != "#"
]


def found(line: str, abstract: str) -> bool:
    return matches(parse(line, LEXICON), Paper(date=date(2024, 1, 1), title="", abstract=abstract), LEXICON)


@pytest.mark.parametrize(
    "line", ["걸러낸 자료", "자료 걸러내기", "자료를 걸러냈더니", "순서 없이 자료", "자료 순서없이"]
)
def test_plain_words_find_what_abstracts_write(line: str) -> None:
    assert found(line, "Filtering unordered data.")


def test_who_types_the_english_word_is_not_led_to_the_plain_one() -> None:
    assert not found("filtering", "자료를 걸러낸 다음에")


def test_what_is_made_of_a_verb_stands_behind_its_bare_stem() -> None:
    assert meaning("열기") == meaning("여는") == ("open",)
    assert meaning("연기") == ()


def test_a_word_that_the_glossary_knows_means_what_it_says_there() -> None:
    assert found("고르기", "Picking.")
    assert not found("고르기", "Selection.")
    assert found("고르는", "Selection.")


def test_a_plain_word_stands_for_itself_as_before() -> None:
    assert found("걸러낸", "걸러낸 것들")
    assert meaning("걸러낸") == ("filtering", "filter out", "screening")


@pytest.mark.parametrize("word", ["기계적", "filter", "걸", "", "걸러낸x"])
def test_what_is_no_plain_word_has_no_meaning(word: str) -> None:
    assert meaning(word) == ()


def test_the_list_has_one_line_a_word_and_english_that_says_something() -> None:
    glossary = load_lexicon(Path(__file__).parent.parent.parent / "config").glossary.translations
    words = [line.partition(": ")[0] for line in LINES]
    assert len(set(words)) == len(words)
    for line in LINES:
        word, _, right = line.partition(": ")
        english = right.split(", ")
        assert unicodedata.is_normalized("NFC", line)
        assert re.fullmatch("[가-힣]+(?: [가-힣]+)*", word), line
        assert len(word) > 1, line
        assert amount(tuple(word.split())) is None, line
        assert word.endswith("다") or phrase_keys(word)[0] not in glossary, f"{line}: the glossary has it"
        assert 0 < len(set(english)) == len(english) <= 3, line
        assert all(each.isascii() and not set(each.split()) <= FILLERS for each in english), line
        if " " not in word:
            assert set(english) <= set(meaning(word)), line
