"""How well a Hangul word is explained as the loan of a Latin one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.query.loans import unexplained

syllables = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=8)
letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("loan", "word"),
    [
        ("리액트", "react"),
        ("글라이드", "glide"),
        ("허버트", "hubert"),
        ("컷아웃", "cutout"),
        ("디퓨전", "diffusion"),
        ("할루시네이션", "hallucination"),
        ("이미지", "image"),
        ("제미나이", "gemini"),
        ("클로드", "claude"),
        ("트랜스포머", "transformer"),
        ("레이턴시", "latency"),
        ("시퀀스", "sequence"),
        ("쓰레드", "thread"),
    ],
)
def test_a_loan_word_is_explained_by_its_english_word(loan: str, word: str) -> None:
    assert unexplained(loan, word) <= 0.1 * len(loan)


@pytest.mark.parametrize(
    ("loan", "other"),
    [
        ("안드로이드", "handled"),
        ("블랙홀", "fragile"),
        ("그루트", "claude"),
        ("허버트", "apart"),
        ("셀프라그", "jailbreak"),
        ("페이킹", "begins"),
        ("베이스드", "best"),
        ("네발", "novel"),
        ("바로우", "value"),
        ("이메일", "mail"),
    ],
)
def test_it_is_not_explained_by_a_word_of_other_vowels_and_syllables(loan: str, other: str) -> None:
    assert unexplained(loan, other) > 0.25 * len(loan)


@given(syllables, letters)
def test_any_word_can_be_compared_with_any_other(korean: str, word: str) -> None:
    left = unexplained(korean, word)
    assert 0 <= left <= 1.2 * (4 * len(korean) + len(word))
