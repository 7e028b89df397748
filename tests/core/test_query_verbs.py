"""Verbs and adjectives of Korean in all their forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.query.verbs import Verbs, beginnings

FORMS = {
    "섞다": "섞은 섞는 섞어서 섞었더니 섞으면 섞기 섞고 섞지 섞다",
    "거르다": "거른 거르는 거를 걸러 걸러서 걸렀다 거르면",
    "따르다": "따른 따라 따라서 따랐더니",
    "줄이다": "줄인 줄이는 줄일 줄임 줄여 줄였더니 줄이면 줄입니다",
    "바꾸다": "바꾼 바꿔 바꾸어 바꿨더니 바꾸기",
    "키우다": "키운 키워 키웠더니",
    "되다": "된 되는 돼 되어 됐다",
    "보내다": "보낸 보내 보냈더니",
    "만들다": "만든 만드는 만들어 만들면 만들기 만듦 만들 만듭니다",
    "묻다": "묻는 물은 물어 물어서 물었더니 물음",
    "닫다": "닫은 닫아 닫으면",
    "짓다": "짓는 지은 지어 지었더니 지으면",
    "가볍다": "가벼운 가볍게 가벼워 가벼워진 가벼우면",
    "돕다": "도운 도와 돕는",
    "뽑다": "뽑은 뽑아 뽑으면",
    "쓰다": "쓴 쓰는 써 써서 썼더니",
    "모으다": "모은 모아 모았더니",
    "크다": "큰 커진 커",
    "동그랗다": "동그란 동그랗게 동그래진",
    "하얗다": "하얀 하얘진",
    "쌓다": "쌓은 쌓아 쌓고",
    "뛰다": "뛴 뛰어 뛰는",
    "잘라내다": "잘라낸 잘라냈더니 잘라내기 잘라내는",
    "흉내내다": "흉내내는 흉내낸",
    "색칠하다": "색칠한 색칠하는 색칠해 색칠하여 색칠했더니",
}
VERBS = Verbs({verb: (verb,) for verb in FORMS})


@pytest.mark.parametrize(("verb", "form"), [(verb, form) for verb, forms in FORMS.items() for form in forms.split()])
def test_a_verb_is_known_in_each_of_its_forms(verb: str, form: str) -> None:
    assert VERBS.meaning(form) == (verb,)


@pytest.mark.parametrize("word", ["섞", "닫힘", "물", "큰집", "쓰레기", "지도", "보상", "가벼", "뽀운", "싸아"])
def test_what_is_no_form_of_a_verb_is_none(word: str) -> None:
    assert VERBS.meaning(word) == ()


def test_a_form_of_several_verbs_means_what_each_of_them_does() -> None:
    verbs = Verbs({"걷다": ("walk",), "걸다": ("hang",)})
    assert verbs.meaning("걸어") == ("walk", "hang")
    assert verbs.meaning("걷는") == ("walk",)


@given(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=5))
def test_any_syllables_have_forms_that_mean_what_they_mean(stem: str) -> None:
    verbs = Verbs({stem + "다": ("it",)})
    for beginning, whole in beginnings(stem + "다"):
        assert not whole or verbs.meaning(beginning) == ("it",), beginning
    for ending in ("고", "기", "지만", "는데"):
        assert verbs.meaning(stem + ending) == ("it",)
