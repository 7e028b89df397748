"""A paper keeps its identity through what a curator does to a digest, and never takes another's."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest_file import read_digest_file
from bot.identity import match
from bot.model import Paper, StoredPaper

DAY = date(2024, 2, 20)
SEEDS = Path(__file__).parents[2] / "seeds"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
VOCABULARY = (
    "attention reward model sparse routing gradient token context retrieval scaling law decoder pretraining "
    "preference alignment benchmark vision speech diffusion kernel memory cache planning search tree verifier "
    "데이터 학습 모델 보상 추론 평가 토큰 벤치마크 구조 방법 결과 성능 효율 비용 실험 흥미롭네요 생각합니다"
)
WORDS = VOCABULARY.split()


def stored(papers: list[Paper]) -> list[StoredPaper]:
    return [
        StoredPaper(
            id=100 + place, version=1, digest_id=1, position=place, published_at=None, withdrawn=False, paper=paper
        )
        for place, paper in enumerate(papers)
    ]


def text(words: int) -> st.SearchStrategy[str]:
    """Words of a paper, with a number in them as real ones have, so that two texts are hardly ever the same."""
    return st.builds(
        lambda picked, number: " ".join([*picked, str(number)]),
        st.lists(st.sampled_from(WORDS), min_size=words, max_size=words + 6),
        st.integers(10_000, 9_999_999),
    )


PAPERS = st.builds(
    Paper,
    date=st.just(DAY),
    title=text(4),
    authors=st.lists(st.sampled_from(["OpenAI", "Yi Zhu", "Furu Wei", "Min Lin"]), max_size=3, unique=True).map(tuple),
    abstract=st.none() | text(30),
    commentary=st.lists(text(12), min_size=1, max_size=3).map(tuple),
    tags=st.lists(st.sampled_from(["llm", "rlhf", "reward-model"]), max_size=3, unique=True).map(tuple),
    links=st.lists(st.integers(0, 10**6).map("https://example.org/{}".format), max_size=2).map(tuple),
    source_url=st.none() | st.integers(0, 10**6).map("https://arxiv.org/abs/2402.{:06}".format),
)
DIGESTS = st.lists(PAPERS, min_size=1, max_size=9, unique_by=lambda paper: paper.title)


def misspell(words: str, rng: random.Random) -> str:
    """One letter lost, doubled or replaced."""
    place = rng.randrange(len(words))
    return words[:place] + rng.choice(["", words[place] * 2, "ㅋ"]) + words[place + 1 :]


def with_typo(paper: Paper, field: str, rng: random.Random) -> Paper:
    value = getattr(paper, field)
    if isinstance(value, tuple) and value:
        spot = rng.randrange(len(value))
        value = (*value[:spot], misspell(value[spot], rng), *value[spot + 1 :])
    elif isinstance(value, str) and value:
        value = misspell(value, rng)
    return replace(paper, **{field: value})


FIELDS = ("title", "authors", "abstract", "commentary", "tags", "links", "source_url")


@given(DIGESTS, st.randoms(use_true_random=False))
def test_everybody_is_found_in_a_digest_put_in_another_order(papers: list[Paper], rng: random.Random) -> None:
    order = list(range(len(papers)))
    rng.shuffle(order)
    assert match(stored(papers), [papers[index] for index in order]) == order


@given(DIGESTS, st.sampled_from(FIELDS), st.randoms(use_true_random=False))
def test_a_typo_in_any_one_field_of_each_paper_costs_nobody_their_identity(
    papers: list[Paper], field: str, rng: random.Random
) -> None:
    assert match(stored(papers), [with_typo(paper, field, rng) for paper in papers]) == list(range(len(papers)))


@given(DIGESTS, st.data())
def test_a_title_replaced_entirely_keeps_its_paper_among_the_others(papers: list[Paper], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(papers) - 1))
    fixed = list(papers)
    fixed[place] = replace(papers[place], title="Quixotic zephyrs jumbling vexed fjord whims")
    assert match(stored(papers), fixed) == list(range(len(papers)))


@given(DIGESTS, st.sampled_from(FIELDS[1:]))
def test_a_field_emptied_or_written_anew_keeps_its_paper(papers: list[Paper], field: str) -> None:
    changed = []
    for place, paper in enumerate(papers):
        empty: Any = () if isinstance(getattr(paper, field), tuple) else None
        fresh: Any = (f"Quixotic zephyrs jumbling vexed fjord whims {place}",)
        changed.append(replace(paper, **{field: fresh if empty == () and place % 2 else empty}))
    assert match(stored(papers), changed) == list(range(len(papers)))


@given(st.lists(PAPERS, min_size=2, max_size=10, unique_by=lambda paper: paper.title), st.data())
def test_two_entries_are_never_one_paper_and_no_paper_is_two(papers: list[Paper], data: st.DataObject) -> None:
    new = data.draw(st.lists(st.sampled_from(papers), max_size=12))
    found = [index for index in match(stored(papers), new) if index is not None]
    assert len(found) == len(set(found))


@given(DIGESTS, DIGESTS)
@settings(max_examples=50)
def test_wholly_different_papers_are_never_taken_for_each_other(papers: list[Paper], others: list[Paper]) -> None:
    def foreign(words: str) -> str:
        # Every letter becomes one that the papers of the other side do not have.
        return "".join(chr(0x13A0 + ord(letter) % 80) if letter != " " else " " for letter in words)

    strangers = [
        replace(
            paper,
            title=foreign(paper.title),
            abstract=paper.abstract and foreign(paper.abstract),
            commentary=tuple(map(foreign, paper.commentary)),
            authors=("Nobody",),
            tags=(),
            links=(),
            source_url=None,
        )
        for paper in others
    ]
    assert match(stored(papers), strangers) == [None] * len(strangers)


def test_two_papers_of_one_group_on_one_topic_are_two_papers() -> None:
    one = Paper(
        date=DAY,
        title="Introducing the Model Spec",
        authors=("OpenAI",),
        commentary=("모델이 따라야 할 행동 지침을 기술한 스펙을 공개했네요.",),
        tags=("alignment", "llm"),
        links=("https://openai.com/index",),
    )
    two = replace(one, title="Hello GPT-4o", commentary=("멀티모달 입출력을 하나의 모델로 처리합니다.",))
    assert match(stored([one]), [two]) == [None]
    assert match(stored([one]), [two, one]) == [None, 0]


def test_papers_of_one_group_with_one_page_are_told_apart_by_titles_and_abstracts_that_resemble_each_other() -> None:
    read = [read_digest_file(file).parsed.digest for file in sorted(SEEDS.glob("*.txt"))]
    papers = [
        replace(paper, authors=("OpenAI",), tags=("llm",), links=("https://openai.com/research",), commentary=())
        for digest in read
        if digest is not None
        for paper in digest.papers
        if paper.abstract
    ]
    assert len(papers) > 30
    for one, two in combinations(papers, 2):
        assert match(stored([one]), [two]) == [None], (one.title, two.title)


def test_a_page_that_two_papers_share_does_not_outweigh_what_only_one_of_them_has() -> None:
    one = Paper(
        date=DAY, title="Model Spec", authors=("OpenAI",), links=("https://openai.com/index",), abstract="Rules."
    )
    two = replace(one, title="Hello GPT-4o", abstract=None, commentary=("하나의 모델로 처리합니다.",))
    assert match(stored([one]), [two]) == [None]


def test_notes_with_nothing_but_title_and_address_are_told_apart_by_them() -> None:
    one = Paper(date=DAY, title="Claude 3", source_url="https://a.org/1")
    assert match(stored([one]), [Paper(date=DAY, title="Qwen 1.5", source_url="https://a.org/2")]) == [None]


def test_a_title_in_other_letters_of_case_and_other_spaces_is_the_same_title() -> None:
    paper = Paper(date=DAY, title="WARM: Weight Averaging", tags=("llm",))
    assert match(stored([paper]), [replace(paper, title="Warm:  weight averaging", tags=())]) == [0]


def test_a_title_that_two_entries_have_tells_neither_which_paper_it_is() -> None:
    one, two, three = (
        Paper(date=DAY, title="WARM", commentary=(text,)) for text in ("가나다라마", "바사아자차", "카타파하")
    )
    assert match(stored([one]), [two, three]) == [None, None]


def test_of_entries_that_are_the_same_the_one_that_was_taken_out_is_the_farther_one() -> None:
    twin, *others = (Paper(date=DAY, title=f"Title {name}", commentary=(f"{name} 이야기입니다.",)) for name in "가나다")
    assert match(stored([twin, *others, twin]), [*others, twin]) == [1, 2, 3]


def test_with_nothing_but_authors_and_tags_left_a_new_title_is_a_new_paper() -> None:
    bare = Paper(date=DAY, title="Claude 3", authors=("Anthropic",), tags=("llm",))
    assert match(stored([bare]), [replace(bare, title="Mapping the mind of a language model")]) == [None]
    assert match(stored([bare]), [replace(bare, title="Claude-3")]) == [0]


def test_titles_written_to_the_wrong_entries_are_set_right_without_exchanging_the_papers() -> None:
    one = Paper(
        date=DAY, title="Zero Bubble", abstract="Pipelines have bubbles. " * 9, commentary=("버블을 없앱니다.",)
    )
    two = Paper(date=DAY, title="WARM", abstract="Rewards are averaged. " * 9, commentary=("평균을 냅니다.",))
    set_right = [replace(one, title=two.title), replace(two, title=one.title)]
    assert match(stored([one, two]), set_right) == [0, 1]


def test_a_living_paper_is_recognised_before_its_withdrawn_twin() -> None:
    paper = Paper(date=DAY, title="WARM", commentary=("평균을 냅니다.",))
    old = stored([paper, paper])
    assert match([replace(old[0], withdrawn=True), old[1]], [paper]) == [1]


def test_of_several_entries_that_are_all_the_same_each_is_matched_once_in_order() -> None:
    paper = Paper(date=DAY, title="WARM")
    assert match(stored([paper, paper]), [paper, paper, paper]) == [0, 1, None]


def test_an_entry_taken_out_leaves_the_others_who_they_are() -> None:
    papers = [Paper(date=DAY, title=f"Title {name}", commentary=(f"{name} 이야기입니다.",)) for name in "가나다라"]
    assert match(stored(papers), [papers[0], papers[2], papers[3]]) == [0, 2, 3]


def test_nobody_is_found_in_nothing() -> None:
    paper = Paper(date=DAY, title="WARM")
    assert match([], [paper]) == [None]
    assert match(stored([paper]), []) == []


@pytest.mark.parametrize("field", FIELDS)
def test_five_hundred_papers_that_all_changed_are_matched_while_nobody_waits(field: str) -> None:
    rng = random.Random(field)
    papers = [
        Paper(
            date=DAY,
            title=" ".join(rng.choices(WORDS, k=9)) + f" {place}",
            authors=tuple(f"{rng.choice(WORDS).title()} {rng.choice(WORDS).title()}" for _ in range(8)),
            abstract=" ".join(rng.choices(WORDS, k=180)),
            commentary=(" ".join(rng.choices(WORDS, k=60)),),
            tags=("llm",),
            links=(f"https://example.org/{place}",),
            source_url=f"https://arxiv.org/abs/2402.{place:05}",
        )
        for place in range(500)
    ]
    new = [with_typo(paper, field, rng) for paper in papers]
    started = time.process_time()
    assert match(stored(papers), new) == list(range(500))
    assert time.process_time() - started < 5


def test_real_papers_are_told_apart_and_recognised() -> None:
    truth = CORPUS / "markdown.truth.json"
    if not truth.exists():
        pytest.skip("the corpus of real digests is not here")
    papers = [
        Paper(
            date=DAY,
            title=entry["title"],
            authors=tuple(entry["authors"]),
            abstract=entry["abstract"],
            commentary=tuple(entry["commentary"]),
            tags=tuple(entry["tags"]),
            links=tuple(entry["links"]),
            source_url=entry["source_url"],
        )
        for digest in json.loads(truth.read_text())
        for entry in digest["papers"]
    ]
    half = len(papers) // 2
    assert match(stored(papers[:half]), papers[half:]) == [None] * (len(papers) - half)
    rng = random.Random(7)
    for field in FIELDS:
        assert match(stored(papers), [with_typo(paper, field, rng) for paper in papers]) == list(range(len(papers)))
    # The newsletter form has no address of its own for a paper.
    plain = [replace(paper, source_url=None) for paper in papers]
    retitled = [replace(paper, title=f"제목을 새로 지었습니다 {place}") for place, paper in enumerate(plain)]
    found = match(stored(plain), retitled)
    substantial = [bool(p.abstract or p.commentary or p.links) for p in papers]
    assert [index == place for place, index in enumerate(found)] == substantial
