"""Syllables, keyboards, initial consonants and sounds; and the endings of Korean words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.query.endings import is_ending, is_verb_form, without_ending
from bot.query.hangul import (
    INITIALS,
    as_typed_in_english,
    as_typed_in_korean,
    hangul_sound,
    initials,
    letters,
    near_syllables,
    parts,
    skeleton,
    skeletons,
    syllable,
)

syllables = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
KEYS = dict(
    zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        "qwertyuiopasdfghjklzxcvbnmQWERTOP",
        strict=True,
    )
)


@given(syllables)
def test_a_syllable_is_its_parts(each: str) -> None:
    assert syllable(*parts(each)) == each


@given(st.text(syllables, min_size=1, max_size=8))
def test_korean_typed_on_an_english_keyboard_is_read_as_it_was_meant(word: str) -> None:
    typed = "".join(KEYS[letter] for letter in letters(word))
    assert as_typed_in_korean(typed) == word


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("rkdghkgkrtmq", "강화학습"), ("fogkr", "래학"), ("ekfrdl", "닭이"), ("reward", None), ("2402", None)],
)
def test_an_english_row_of_keys_is_korean_only_where_it_makes_whole_syllables(typed: str, meant: str | None) -> None:
    assert as_typed_in_korean(typed) == meant


def test_english_typed_on_a_korean_keyboard_is_read_as_it_was_meant() -> None:
    assert as_typed_in_english("ㅅㄱ무ㄴ래그ㄷㄱ") == "transformer"
    assert as_typed_in_english(unicodedata.normalize("NFKC", "ㅅㄱ무ㄴ래그ㄷㄱ")) == "transformer"


def test_initial_consonants_are_those_of_the_syllables_however_they_are_encoded() -> None:
    assert initials("강화학습") == "ㄱㅎㅎㅅ"
    folded = unicodedata.normalize("NFKC", "ㄱㅎㅎㅅ")
    assert INITIALS.fullmatch(folded)
    assert initials(folded) == "ㄱㅎㅎㅅ"


@given(syllables)
def test_a_near_syllable_differs_in_one_part(each: str) -> None:
    for other in near_syllables(each):
        assert sum(a != b for a, b in zip(parts(each), parts(other), strict=True)) == 1


@pytest.mark.parametrize(
    ("loan", "word"),
    [
        ("트랜스포머", "transformer"),
        ("디퓨전", "diffusion"),
        ("라마", "llama"),
        ("토크나이저", "tokenizer"),
        ("파인튜닝", "finetuning"),
        ("제미나이", "gemini"),
        ("할루시네이션", "hallucination"),
        ("얼라인먼트", "alignment"),
        ("클로드", "claude"),
        ("싱크", "sink"),
        ("레이턴시", "latency"),
        ("매스", "math"),
    ],
)
def test_a_loan_word_has_the_consonants_of_its_english_word(loan: str, word: str) -> None:
    assert skeleton(hangul_sound(loan)) in skeletons(word)


@pytest.mark.parametrize(
    ("word", "bare"),
    [
        ("모델을", "모델"),
        ("모델이야말로", "모델"),
        ("학습하려다가", "학습"),
        ("데이터라기보다", "데이터"),
        ("추론이라기보다는", "추론"),
        ("모델에서만큼은", "모델"),
        ("비교했었는데", "비교"),
        ("데이터이므로", "데이터"),
        ("도메인은", "도메인"),
        ("최적화되었기에", "최적화"),
        ("트랜스포머", "트랜스포머"),
        ("하이퍼파라미터", "하이퍼파라미터"),
        ("이미지", "이미지"),
        ("뇌를", "뇌를"),
        ("그리면서", "그리"),
        ("늘리려면", "늘리"),
        ("느려지더라도", "느려지"),
        ("이미지만", "이미지"),
        ("스토리지만", "스토리지"),
        ("배치크기에", "배치크기"),
        ("요약해줘", "요약"),
        ("비교해보시면", "비교"),
        ("설명하십시오", "설명"),
        ("학습시켜줘", "학습"),
        ("알엔엔", "알엔엔"),
        ("알엔엔에서는", "알엔엔"),
        ("알씨엔엔", "알씨엔엔"),
        ("엘엘엠이", "엘엘엠"),
        ("브이엘엠엔", "브이엘엠"),
        ("알엘이", "알엘"),
        ("엠오이가", "엠오이"),
        ("알더블유케이브이", "알더블유케이브이"),
        ("비디오엔", "비디오"),
        ("이유엔", "이유"),
        ("엔비디아에서", "엔비디아"),
    ],
)
def test_particles_and_endings_are_taken_off_where_two_syllables_remain(word: str, bare: str) -> None:
    assert without_ending(word) == bare


@given(st.text(syllables, min_size=1, max_size=12))
def test_what_is_left_is_the_beginning_of_the_word(word: str) -> None:
    bare = without_ending(word)
    assert word.startswith(bare)
    assert bare == word or len(bare) >= 2


def test_an_ending_alone_is_known_as_one() -> None:
    assert all(map(is_ending, ("를", "이야말로", "하려다가", "에서는")))
    assert not any(map(is_ending, ("모델", "이미지", "학습")))


@pytest.mark.parametrize(
    "run", ["뭐죠", "생기죠", "줄어드나요", "살펴주십시오", "그려줘", "느려지는지", "서술하여", "멈췄었다"]
)
def test_a_verb_is_known_by_an_ending_that_no_noun_has(run: str) -> None:
    assert is_verb_form(run)


@pytest.mark.parametrize("run", ["강하학습하는지", "레이시오", "박은지", "시나리오", "오버뷰", "트랜스포머", "이미지"])
def test_a_noun_is_no_verb_nor_is_one_of_three_syllables_by_what_makes_it_a_verb(run: str) -> None:
    assert not is_verb_form(run)
