"""What is not wanted may be said in words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Paper
from bot.query import Lexicon, asked_for, canonical, matches, parse

LEXICON = Lexicon.from_tables(
    {},
    {
        "translations": {
            "디퓨전": ["diffusion"],
            "이미지 생성": ["image generation"],
            "이미지": ["image"],
            "이미지 비디오": ["I2V"],
        }
    },
)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("디퓨전 말고 이미지 생성", "이미지 생성 -디퓨전"),
        ("이미지 생성 말고 비디오", "비디오 -(이미지 생성)"),
        ("디퓨전 빼고 GAN 말고 비디오", "비디오 -디퓨전 -gan"),
        ("비디오 모델 디퓨전 제외하고", "비디오 모델 -디퓨전"),
        ("이미지 말고 비디오", "비디오 -이미지"),
        ("video generation except diffusion", "video generation -diffusion"),
        ("video except for image generation", "video -(image generation)"),
        ("optimizers other than adam", "optimizers -adam"),
        ("video but not diffusion", "video -diffusion"),
        ("papers on video, but not image generation", "video -(image generation)"),
        ("video but not gan but not rlhf", "video -gan -rlhf"),
        ("video excluding diffusion or rlhf", "video -diffusion or rlhf"),
        ("#video 디퓨전 제외", "#video -디퓨전"),
        ("RLHF 빼고 DPO 빼고 정렬", "정렬 -rlhf -dpo"),
        ("정렬 RLHF 제외 DPO 제외", "정렬 -rlhf -dpo"),
        ("RLHF 빼고 DPO 말고 SFT 빼고 PPO 말고 정렬", "정렬 -rlhf -dpo -sft -ppo"),
        ("video except gan except diffusion", "video -gan -diffusion"),
        ("video except for gan except for rlhf", "video -gan -rlhf"),
        ("video other than gan other than rlhf", "video -gan -rlhf"),
        ("디퓨전이랑 GAN 빼고 비디오", "비디오 -디퓨전이랑 -gan"),
        ("GAN과 이미지 생성 말고 비디오", "비디오 -gan -(이미지 생성)"),
        ("RLHF와 DPO와 PPO 빼고 정렬", "정렬 -rlhf -dpo -ppo"),
        ("생성 결과 분석 빼고", "생성 결과 -분석"),
        ("이미지하고 비디오 빼고 생성", "생성 -이미지하고 -비디오"),
        ("디퓨전 및 GAN 제외 비디오", "비디오 -디퓨전 -gan"),
        ("정렬 RLHF와 DPO 제외", "정렬 -rlhf -dpo"),
        ("video except diffusion and gan", "video -diffusion -gan"),
        ("video except for image generation and gan", "video -(image generation) -gan"),
        ("vision and language except diffusion", "vision and language -diffusion"),
        ("video other than diffusion and", "video and -diffusion"),
        ("디퓨전 빼고 빼고 비디오", "비디오 -디퓨전"),
        ("이미지 생성 빼고 비디오 생성", "비디오 생성 -(이미지 생성)"),
        ("비전 모델 빼고 언어 모델", "언어 모델 -(비전 모델)"),
        ("language models except vision models", "language models -vision"),
    ],
)
def test_what_is_said_not_to_be_wanted_is_refused(line: str, meant: str) -> None:
    assert canonical(asked_for(parse(line, LEXICON), LEXICON)) == canonical(parse(meant, LEXICON))


@pytest.mark.parametrize(
    "line",
    [
        "디퓨전 말고",
        "말고 디퓨전",
        "박스를 버리지 말고 추적",
        "비디오와 이미지 생성 말고",
        "except",
        "excluding diffusion",
        '"디퓨전 말고" 비디오',
        "an except clause",
        "디퓨전 빼고 디퓨전",
        "정렬 없이 튜닝 없이 학습",
        "without tuning without data",
    ],
)
def test_where_nothing_else_is_wanted_or_something_else_is_said_the_words_stay(line: str) -> None:
    query = parse(line, LEXICON)
    assert asked_for(query, LEXICON) == query


@pytest.mark.parametrize(
    "line",
    ["디퓨전 말고 딴거", "디퓨전 말고 다른 방법", "디퓨전 말고 다른 방법은 뭐가 있나요", "디퓨전 말고 뭐 있어요"],
)
def test_who_wants_something_else_is_shown_what_speaks_of_it(line: str) -> None:
    assert asked_for(parse(line, LEXICON), LEXICON) == parse("디퓨전 말고", LEXICON)


def test_only_what_refuses_may_be_said_again_in_the_stored_form() -> None:
    assert canonical(parse("정렬 RLHF 빼고 정렬 정렬 DPO 빼고 빼고", LEXICON)) == "정렬 rlhf 빼고 정렬 dpo 빼고"
    assert canonical(parse("without data without data", LEXICON)) == "without data"
    assert canonical(parse("learn from each other, for each other", LEXICON)) == "learn from each other for"
    assert canonical(parse("빼고 * 빼고", LEXICON)) == "빼고"
    assert canonical(parse("빼고 or 빼고", LEXICON)) == "빼고"


WORDS = st.lists(
    st.sampled_from(
        (
            "*",
            "빼고",
            "말고",
            "except",
            "other",
            "than",
            "but",
            "not",
            "and",
            "및",
            "정렬",
            "rlhf",
            "rlhf와",
            "dpo",
            "이미지",
            "생성",
            "모델",
            "or",
        )
    ),
    max_size=12,
)


@given(WORDS, st.sets(st.sampled_from(("정렬", "rlhf", "dpo", "이미지", "생성", "모델"))))
@settings(max_examples=400, deadline=None)
def test_words_that_refuse_may_stand_anywhere_and_several_times(row: list[str], said: set[str]) -> None:
    query = parse(" ".join(row), LEXICON)
    asked = asked_for(query, LEXICON)
    assert parse(canonical(query), LEXICON) == query
    assert parse(canonical(asked), LEXICON) == asked
    assert asked_for(asked, LEXICON) == asked
    paper = Paper(title=" ".join(sorted(said)), date=date(2024, 1, 1))
    assert matches(query, paper, LEXICON) == matches(asked, paper, LEXICON)


def test_a_subscription_refuses_it_too() -> None:
    images = Paper(title="Image generation", date=date(2024, 1, 1))
    diffusion = Paper(title="Image generation by diffusion", date=date(2024, 1, 1))
    query = parse("디퓨전 말고 이미지 생성", LEXICON)
    assert matches(query, images, LEXICON)
    assert not matches(query, diffusion, LEXICON)
