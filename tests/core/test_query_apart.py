"""What somebody wrote together is asked for word by word."""

from __future__ import annotations

from datetime import date

import pytest

from bot.model import Paper
from bot.query import Lexicon, asked_for, canonical, matches, parse

LEXICON = Lexicon.from_tables(
    {},
    {
        "translations": {
            "보상 모델": ["reward model"],
            "앙상블": ["ensemble"],
            "증류": ["distillation"],
            "디퓨전 모델": ["diffusion model"],
            "라마": ["llama"],
            "강화학습": ["reinforcement learning"],
            "언어": ["language"],
            "이해": ["understanding"],
            "스케일": ["scale"],
            "중요한": ["important"],
            "3D 가우시안": ["3D Gaussian"],
        },
        "abbreviations": {"RLHF": ["reinforcement learning from human feedback"]},
    },
)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("RLHF는", "rlhf"),
        ("RLHF에서의 보상", "rlhf 보상"),
        ("RLHF논문", "rlhf"),
        ("강화학습논문들을 찾아줘", "강화학습"),
        ("강화학습논문찾아줘", "강화학습"),
        ("강화학습관련논문좀", "강화학습"),
        ("보상모델과DPO", "보상모델과 dpo"),
        ("MoE라우팅", "MoE 라우팅"),
        ("디퓨전모델증류", "디퓨전모델 증류"),
        ("앙상블보상모델의", "앙상블 보상모델의"),
        ("언어이해를", "언어 이해를"),
        ("보상모델앙상블", "보상모델 앙상블"),
        ("-RLHF는 보상", "-rlhf 보상"),
        ("RLHF는 or MoE라우팅", "rlhf or MoE 라우팅"),
        ("보상 줄이는법", "보상 줄이는"),
        ("보상 줄이는법을 찾아줘", "보상 줄이는"),
        ("보상모델ㅋㅋ", "보상모델"),
        ("보상모델ㅠ", "보상모델"),
        ("보상모델 ㅎㅎㅎ", "보상모델"),
        ("RLHF ㅋㅋㅋㅋ", "rlhf"),
        ("라마3는", "라마3"),
        ("라마v2에서의 보상", "라마v2 보상"),
        ("GPT-4랑", "gpt-4"),
    ],
)
def test_words_that_were_written_together_are_taken_apart(line: str, meant: str) -> None:
    assert canonical(asked_for(parse(line, LEXICON), LEXICON)) == meant


@pytest.mark.parametrize(
    "line",
    ["라마3", "3d가우시안", "3.5배", "보상모델", "보상모델링", "하이퍼커넥션", "-ᄒᄒ", "ᄀᄒᄒᄉ"],
)
def test_what_is_one_word_or_none_stays_as_it_is(line: str) -> None:
    assert canonical(asked_for(parse(line, LEXICON), LEXICON)) == canonical(parse(line, LEXICON))


@pytest.mark.parametrize("line", ["RLHF는", "RLHF논문", "-RLHF는"])
def test_a_word_with_a_particle_is_found_by_its_translation_as_without_one(line: str) -> None:
    told = Paper(title="Reinforcement Learning from Human Feedback, Revisited", date=date(2024, 3, 1))
    assert matches(parse(line, LEXICON), told, LEXICON) is not line.startswith("-")


def test_a_compound_that_is_taken_apart_keeps_the_translations_of_the_whole() -> None:
    words = {"보상 모델": ["reward model"], "앙상블": ["ensemble"], "보상 모델 앙상블": ["averaged rewards"]}
    lexicon = Lexicon.from_tables({}, {"translations": words})
    for title in ("Averaged Rewards", "앙상블과 보상 모델"):
        paper = Paper(title=title, date=date(2024, 3, 1))
        assert matches(parse("보상모델앙상블", lexicon), paper, lexicon), title


def test_the_words_of_a_compound_need_not_stand_beside_each_other() -> None:
    paper = Paper(title="An Ensemble of Five", commentary=("보상 모델을 여럿 씁니다.",), date=date(2024, 3, 1))
    assert matches(parse("보상모델앙상블", LEXICON), paper, LEXICON)


@pytest.mark.parametrize(
    ("line", "text", "finds"),
    [
        ("스케일", "스케일을 키웁니다", True),
        ("스케일", "학습률 스케줄", False),
        ("-스케일", "학습률 스케줄", True),
        ("스케일의", "스케일링", True),
        ("스케일의", "학습률 스케줄", False),
        ("중요한", "중요하다는 이야기", True),
    ],
)
def test_what_only_looks_like_an_ending_is_kept_where_the_dictionary_has_the_word(
    line: str, text: str, *, finds: bool
) -> None:
    paper = Paper(title="A Paper", commentary=(text,), date=date(2024, 3, 1))
    assert matches(parse(line, LEXICON), paper, LEXICON) is finds


def test_the_words_of_the_dictionary_are_not_cut_out_of_longer_ones() -> None:
    paper = Paper(title="증류", commentary=("앙상블", "이야기"), date=date(2024, 3, 1))
    assert not matches(parse("앙상블이야기증류기", LEXICON), paper, LEXICON)


@pytest.mark.parametrize("title", ["LLaMAv2", "Llama v2", "LLaMA-V2"])
@pytest.mark.parametrize("line", ["라마v2", "라마v2를", "라마-v2와"])
def test_a_name_in_hangul_with_a_number_is_found_as_papers_write_it(line: str, title: str) -> None:
    paper = Paper(date=date(2024, 1, 1), title=f"On {title}")
    assert matches(parse(line, LEXICON), paper, LEXICON)
    assert not matches(parse(line, LEXICON), Paper(date=date(2024, 1, 1), title="On Llama"), LEXICON)
