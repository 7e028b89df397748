"""What is not wanted may be said in words."""

from __future__ import annotations

from datetime import date

import pytest

from bot.model import Paper
from bot.query import Lexicon, asked_for, canonical, matches, parse

LEXICON = Lexicon.from_tables(
    {}, {"translations": {"디퓨전": ["diffusion"], "이미지 생성": ["image generation"], "이미지": ["image"]}}
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
        ("video excluding diffusion or rlhf", "video -diffusion or rlhf"),
        ("#video 디퓨전 제외", "#video -디퓨전"),
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
        "except",
        "excluding diffusion",
        '"디퓨전 말고" 비디오',
        "an except clause",
    ],
)
def test_where_nothing_else_is_wanted_or_something_else_is_said_the_words_stay(line: str) -> None:
    query = parse(line, LEXICON)
    assert asked_for(query, LEXICON) == query


def test_a_subscription_refuses_it_too() -> None:
    images = Paper(title="Image generation", date=date(2024, 1, 1))
    diffusion = Paper(title="Image generation by diffusion", date=date(2024, 1, 1))
    query = parse("디퓨전 말고 이미지 생성", LEXICON)
    assert matches(query, images, LEXICON)
    assert not matches(query, diffusion, LEXICON)
