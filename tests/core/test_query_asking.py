"""What a query asks for, without the words with which it asks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Paper
from bot.query import Lexicon, Query, asked_for, canonical, matches, parse, snippet
from bot.query.asking import newest_first
from tests.search.strategies import queries

LEXICON = Lexicon.from_tables(
    {"rlhf": {"ko": "인간 피드백 강화학습"}},
    {
        "translations": {
            "최신": ["latest"],
            "보상 모델": ["reward model"],
            "심층 연구": ["deep research"],
            "논문 심사": ["paper review"],
        }
    },
    {"rlhf": ["preference"], "reward model": ["preference"], "deep research": ["browsing"]},
)
PAPER = Paper(date=date(2024, 2, 20), title="On RLHF", abstract="Preferences, and what RLHF makes of them.")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("recent papers on reward models", "reward models"),
        ("what is RLHF", "rlhf"),
        ("why does gluing work", "gluing"),
        ("how do gluing frozen models work", "gluing frozen models"),
        ("papers on gluing frozen models", "gluing frozen models"),
        ("RLHF 관련 최신 논문을 찾아줘", "rlhf"),
        ("에이전트 벤치마크 뭐가 있나요", "에이전트 벤치마크"),
        ("DPO vs PPO 뭐가 나음", "dpo vs ppo"),
        ("논문 추천좀 에이전트", "에이전트"),
        ("추천좀 에이전트 논문", "에이전트"),
        ("논문좀 에이전트", "에이전트"),
        ("추천 좀 에이전트", "에이전트"),
        ("추천 시스템 논문 추천좀", "추천 시스템"),
        ("모델 고치는 법 있을까요", "모델 고치는"),
        ("손실이 튀는 이유", "손실이 튀는"),
        ("보상 모델에 대한 연구", "보상 모델에"),
        ("RLHF methods after:2024-01-01 -ppo", "rlhf after:2024-01-01 -ppo"),
        ("최근 논문 #rlhf", "#rlhf"),
        ("latest papers after:2024-01-01", "after:2024-01-01"),
        ("RLHF papers or DPO", "rlhf or dpo"),
        ("a study of gluing", "gluing"),
        ("gluing 연구 동향", "gluing"),
        ("gluing을 다루는 논문 추천 좀", "gluing"),
        ("gluing 하는 방법", "gluing"),
        ("gluing 하는거", "gluing"),
        ("gluing 논문 찾고 있어", "gluing"),
        ("gluing 관련 자료", "gluing"),
        ("DPO PPO 차이", "dpo ppo"),
        ("DPO와 PPO의 차이점이 뭔가요", "dpo ppo"),
        ("DPO와 PPO를 비교한 논문", "dpo ppo"),
        ("DPO vs PPO comparison", "dpo vs ppo"),
        ("LoRA와 full finetuning 차이", "LoRA full finetuning"),
        ("difference between DPO and PPO", "dpo and ppo"),
        ("compare mamba with transformers", "mamba with transformers"),
        ("2024년 3월 12일에 나온 gluing 논문", "gluing after:2024-03-12 before:2024-03-13"),
        ("gluing papers published in March 2024", "gluing March 2024"),
        ("2023년에 발표된 gluing 논문", "gluing after:2023 before:2024"),
        ("new papers on gluing", "gluing"),
        ("give me some papers about gluing", "gluing"),
        ("I am looking for work on gluing", "gluing"),
        ("gluing 관련 논문 추천해 줘", "gluing"),
        ("gluing 논문 읽고 싶어요", "gluing"),
        ("요즘 나온 gluing 논문", "gluing"),
        ("gluing 논문 궁금해요?", "gluing"),
        ("papers that study gluing", "gluing"),
        ("find me papers on gluing", "gluing"),
        ("who has worked on gluing", "gluing"),
        ("what's been published on gluing lately?", "gluing"),
        ("Could you please recommend a few papers on gluing?", "gluing"),
        ("hey can you pull up some papers on gluing thanks", "gluing"),
        ("gluing, what papers should I read?", "gluing"),
        ("what's new in gluing", "gluing"),
        ("gluing에 대해 알고 싶어요", "gluing"),
        ("gluing 쪽 논문 몇 개만 추천해줘", "gluing"),
        ("혹시 gluing 관련 연구가 있을까요?", "gluing"),
        ("gluing 레퍼런스 좀 찾아줘", "gluing"),
        ("음 그 gluing 관련해서 논문 좀 찾아줄래", "gluing"),
        ("gluing 논문 요약해 주세요", "gluing"),
        ("gluing 논문 검색", "gluing"),
        ("gluing 분야에서 꼭 읽어야 할 논문은?", "gluing"),
        ("gluing에 대하여", "gluing"),
        ("gluing에 관하여 설명하시오", "gluing"),
        ("gluing이 뭐죠", "gluing"),
        ("gluing 무엇입니까", "gluing"),
        ("gluing 왜 생기죠?", "gluing"),
        ("gluing 어떻게 하나요", "gluing"),
        ("gluing에 대해 알려주십시오", "gluing"),
        ("gluing 설명하시오", "gluing"),
        ("gluing 서술하십시오", "gluing"),
        ("gluing 궁금합니다", "gluing"),
        ("gluing 궁금해", "gluing"),
        ("gluing 갈켜줘", "gluing"),
        ("gluing 요약해줘요", "gluing"),
        ("gluing 요약해 주시겠습니까", "gluing"),
        ("gluing 찾아봐 주실래요", "gluing"),
        ("gluing 정리해봐", "gluing"),
        ("gluing 있습니까", "gluing"),
        ("최신 논문", "*"),
        ("요즘 나온 논문", "*"),
        ("최근 논문 보여줘", "*"),
        ("new papers", "*"),
        ("latest", "*"),
        ("RLHF or 최신 논문", "rlhf or *"),
        ("latest research", "*"),
        ("새로운 논문", "*"),
        ("recent papers #rlhf", "#rlhf"),
        ("최신 논문 -rlhf", "-rlhf"),
        ("papers since 2024", "after:2024"),
        ("2024년 이전 논문", "before:2024"),
        ("arXiv 2402.12374", "2402.12374"),
        ("arxiv id: 2402.12374v2", "2402.12374"),
        ("sequoia arxiv.org/abs/2402.12374 pdf", "sequoia 2402.12374"),
    ],
)
def test_words_that_only_ask_are_passed_over(line: str, meant: str) -> None:
    assert canonical(asked_for(parse(line, LEXICON), LEXICON)) == canonical(parse(meant, LEXICON))


@pytest.mark.parametrize(
    "line",
    [
        "deep research",
        "논문 심사",
        "판단 이유",
        "paper review",
        "research agents",
        "automated research",
        "sparse methods",
        "papers",
        "논문",
        "new",
        "논문 -RLHF",
        '"recent papers" RLHF',
        "models from papers of students",
        "Kuzborskij I.",
        "study agents",
        "연구 에이전트",
        "영화 추천",
        "합성 자료",
        "best of n",
        "attention is all you need",
        "tell me why",
        "gluing search",
        "search agents",
        "read the gluing",
        "문서 검색",
        "문서 관련성",
        "이미지 설명",
        "예측에 대한 설명",
        "gluing 연구자",
        "있는 것",
        "models that study",
        "that use of gluing",
        "give me a sign",
        "gluing 읽고 싶어요",
        "new knowledge",
        "arxiv papers of students",
        "문서 요약하기",
        "gluing 줄어드나요",
        "주목해야 하죠",
        "모델 비교",
        "comparison of optimizers",
        "difference target propagation",
        "paired comparison",
        "LLM 쌍대 비교",
        "preference pairwise comparison",
        "training inference difference",
        "인과 추론 비교",
    ],
)
def test_words_that_mean_something_there_stay(line: str) -> None:
    query = parse(line, LEXICON)
    assert asked_for(query, LEXICON) == query


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("latest RLHF", True),
        ("RLHF 최신 논문", True),
        ("최신 말고 RLHF", False),
        ("RLHF except latest", False),
        ("recent RLHF", False),
    ],
)
def test_who_asks_for_the_latest_wants_the_newest_first_unless_they_refuse_it(line: str, first: bool) -> None:
    assert newest_first(parse(line, LEXICON), LEXICON) is first


def test_a_subscription_and_a_snippet_pass_over_them_too() -> None:
    assert matches(parse("recent papers on RLHF", LEXICON), PAPER, LEXICON)
    assert matches(parse("RLHF 연구", LEXICON), PAPER, LEXICON)
    assert not matches(parse("recent papers on agents", LEXICON), PAPER, LEXICON)
    told = "This paper is a paper on papers. " * 9 + "It is about RLHF."
    cut = snippet(parse("RLHF papers", LEXICON), Paper(date=PAPER.date, title="T", abstract=told), LEXICON)
    assert [cut.text[start:end] for start, end in cut.spans] == ["RLHF"]


_ROW = "recent papers on what RLHF reward model deep research 논문 연구 보상 모델에 대한 gluing of 추천 best 방법"
_MORE = "give me that study some search 쪽 대해 찾고 있는데 몇 worked 최신 새 읽고 싶어요 리스트 -gluing #rlhf new"
WORDS = st.sampled_from(f"{_ROW} {_MORE}".split())


@given(st.lists(WORDS, min_size=1, max_size=6), queries)
@settings(max_examples=300, deadline=None)
def test_to_pass_over_them_twice_changes_nothing(row: list[str], other: Query) -> None:
    query = parse(" ".join(row), LEXICON)
    once = asked_for(query, LEXICON)
    assert asked_for(once, LEXICON) == once
    again = asked_for(other, LEXICON)
    assert asked_for(again, LEXICON) == again
