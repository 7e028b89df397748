"""The index: what it finds first, what it does when too little is found, and how it survives."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import tantivy

from bot.model import Paper, StoredPaper
from bot.query import Lexicon, parse, snippet
from bot.query.terms import terms
from bot.search import Index
from bot.search.translate import LAYOUT, recency
from tests.search.strategies import LEXICON

ROOT = Path(__file__).parent.parent.parent


def stored(
    paper_id: int, title: str, *, withdrawn: bool = False, day: str = "2024-02-20", **fields: object
) -> StoredPaper:
    paper = Paper(date=date.fromisoformat(day), title=title, **fields)  # type: ignore[arg-type]
    return StoredPaper(
        id=paper_id, version=1, digest_id=1, position=0, published_at=None, withdrawn=withdrawn, paper=paper
    )


ARCHIVE = (
    stored(1, "Sequoia: Speculative Decoding", source_url="https://arxiv.org/abs/2402.12374", tags=("efficiency",)),
    stored(2, "Scaling Laws for Reward Models", day="2024-03-01", commentary=("보상모델의 과최적화",), tags=("rlhf",)),
    stored(3, "Reward Models", day="2024-03-02", tags=("rlhf", "reward-model"), authors=("Tri Dao",)),
    stored(4, "Trees", day="2024-03-03", abstract="A survey.", links=("https://arxiv.org/pdf/2402.12374v2",)),
    stored(5, "Quantization of Transformers", day="2024-03-04", abstract="We study outliers of activations."),
    stored(6, "A tale of hallucinations", day="2024-03-05", tags=("강화학습",)),
    stored(7, "Deceptive models persist through safety training", day="2024-03-06"),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index", LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 7)
        yield opened


def found(index: Index, line: str, **how: bool) -> list[int]:
    return [hit.paper_id for hit in index.search(parse(line, LEXICON), limit=10, **how).hits]


# --- ranking ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [0, 60])
def test_words_side_by_side_come_first_among_few_papers_and_among_many(tmp_path: Path, others: int) -> None:
    apart = (stored(1, "Pruning graphs"), stored(2, "Graphs, and then pruning", day="2024-03-01"))
    more = (stored(number, f"Pruning of some graphs {number}") for number in range(3, 3 + others))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*apart, *more], 100)
        assert found(index, "pruning graphs")[0] == 1


def test_a_match_in_the_title_of_a_short_paper_comes_first(index: Index) -> None:
    assert found(index, "reward models")[:2] == [3, 2]


def test_a_paper_with_the_very_words_comes_before_its_translations(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(
            [
                stored(1, "", commentary=("보상모델의 과최적화",), day="2024-02-01"),
                stored(2, "", commentary=("reward model의 과최적화",), day="2024-02-02"),
            ],
            1,
        )
        assert found(index, "보상 모델") == [1, 2]
        assert found(index, "보상 모델 과최적화") == [1, 2]


def test_words_that_stand_side_by_side_come_before_words_far_apart(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "Gradient tree search"), stored(2, "Search for gradient tree")], 1)
        assert found(index, "tree search") == [1, 2]
        index.apply(
            [stored(3, "", commentary=("정렬 모델 과 붕괴",)), stored(4, "", commentary=("모델 붕괴 과 정렬",))], 2
        )
        assert found(index, "모델 붕괴")[:1] == [4]


def test_filters_alone_are_sorted_newest_first(index: Index) -> None:
    assert found(index, "#rlhf") == [3, 2]
    assert found(index, "*") == [7, 6, 5, 4, 3, 2, 1]
    assert found(index, "after:2024-03-02 before:2024-03-05 -#rlhf") == [5, 4]
    assert found(index, "#rl") == [6]


def test_an_address_finds_its_own_paper_first_and_then_those_that_cite_it(index: Index) -> None:
    for line in ("2402.12374", "https://arxiv.org/abs/2402.12374v9", "arxiv:2402.12374"):
        assert found(index, line) == [1, 4]


@pytest.mark.parametrize(
    ("line", "first"), [("gluing", "A"), ("latest papers on gluing", "B"), ("gluing 최신 논문", "B")]
)
def test_who_asks_for_the_latest_on_something_has_the_newest_of_the_best_first(
    tmp_path: Path, line: str, first: str
) -> None:
    best = (
        stored(1, "Gluing A", abstract="Gluing is gluing."),
        stored(2, "Gluing B", abstract="Gluing and so on.", day="2024-03-01"),
    )
    more = (stored(number, f"Trees {number}", abstract="Gluing.", day="2024-04-01") for number in range(3, 60))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*best, *more], 100)
        query = parse(line, LEXICON)
        pages = [index.search(query, limit=7, offset=at) for at in range(0, 59, 7)]
        hits = [hit for page in pages for hit in page.hits]
        assert len({hit.paper_id for hit in hits}) == len(hits) == pages[0].total == 59
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        # What only mentions it stays behind them, however new it is.
        assert [hit.paper_id for hit in hits[:3]] == ([1, 2, 59] if first == "A" else [2, 1, 59])


def test_the_newest_come_first_where_few_papers_have_all_of_the_words_too(tmp_path: Path) -> None:
    both = [stored(n, f"Gluing variants {n}", abstract="variants", day=f"2024-01-0{n}") for n in (1, 2)]
    some = [stored(n, "Gluing", day=f"2024-02-{n - 9:02}") for n in range(10, 30)]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*both, *some], 30)
        pages = [index.search(parse("latest gluing variants", LEXICON), limit=6, offset=at) for at in range(0, 22, 6)]
        assert [hit.paper_id for page in pages for hit in page.hits] == [2, 1, *range(29, 9, -1)]
        scores = [hit.score for page in pages for hit in page.hits]
        assert scores == sorted(scores, reverse=True)


def test_the_newest_wins_a_tie_and_pages_never_overlap(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        twins = [stored(n, "The very same words", day=f"2024-01-{1 + n % 28:02}") for n in range(1, 301)]
        for at in range(0, 300, 60):
            index.apply(twins[at : at + 60], at)
        query = parse("same words", LEXICON)
        pages = [index.search(query, limit=7, offset=at).hits for at in range(0, 300, 7)]
        ids = [hit.paper_id for page in pages for hit in page]
        assert ids == sorted(range(1, 301), key=lambda n: (1 + n % 28, n), reverse=True)
        assert index.search(query, limit=7, offset=900).hits == ()
        assert index.search(query, limit=0).total == 300


# --- when too little is found -------------------------------------------------------------------------------


def test_beside_a_day_without_such_a_paper_those_of_the_weeks_around_it_follow(tmp_path: Path) -> None:
    days = ("2024-01-20", "2024-03-01", "2024-03-10", "2024-05-05")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(number, f"Gluing {number}", day=day) for number, day in enumerate(days, 1)], 100)
        results = index.search(parse("gluing 2024-03-05", LEXICON), limit=10)
        assert (results.exact, sorted(hit.paper_id for hit in results.hits)) == (0, [2, 3])
        assert found(index, "gluing 2024-03-10") == [3, 2]
        assert found(index, "gluing date:2024-03-05") == []
        assert sorted(found(index, "gluing 2024-02")) == [1, 2, 3, 4]


def test_papers_with_some_of_the_words_follow_and_it_is_said(index: Index) -> None:
    results = index.search(parse("deceptive models that survive safety training", LEXICON), limit=10)
    assert (results.exact, results.fallback, results.hits[0].paper_id) == (0, "any-word", 7)
    assert index.search(parse("reward scaling", LEXICON), limit=10).exact == 1
    assert found(index, "reward scaling") == [2, 3]


def test_where_hardly_any_paper_has_half_of_the_words_those_with_one_follow(tmp_path: Path) -> None:
    papers = [
        stored(1, "Trends of rewards", day="2024-02-01"),
        stored(2, "Horizons", day="2024-02-02"),
        stored(3, "Unrelated", day="2024-02-03"),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        assert found(index, "trends rewards horizons automation") == [1, 2]


def test_words_anywhere_in_a_paper_count_beside_its_best_passage(tmp_path: Path) -> None:
    title_alone = stored(1, "ImageNet classifiers", abstract="Nothing else. " * 30, day="2024-02-02")
    told = "Unmodified photographs fool models. " + "We say more. " * 30 + "ImageNet is real."
    meant = stored(2, "Natural examples", abstract=told, day="2024-02-01")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([title_alone, meant, *(stored(n, f"Other {n}") for n in range(3, 9))], 1)
        assert found(index, "unmodified photographs imagenet classifiers") == [2, 1]


def test_who_remembers_words_finds_the_paper_that_has_them_before_those_that_are_tagged_so(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables(
        {"positions": {"ko": "위치 인코딩", "en": "positions"}, "vision": {"ko": "시각 언어", "en": "vision"}},
        {"translations": {"위치": ["position"], "시각": ["vision"]}},
    )
    tagged = stored(1, "Position and vision", abstract="Vision, position, vision.", tags=("positions", "vision"))
    meant = stored(2, "Complex words", commentary=("단어의 위치를 다른 시각에서 보네요.",), day="2024-01-01")
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([tagged, meant], 1)
        hits = index.search(parse("위치가 시각에", lexicon), limit=10).hits
        assert [hit.paper_id for hit in hits] == [2, 1]


def test_no_paper_with_some_of_the_words_scores_better_than_one_with_all_of_them(tmp_path: Path) -> None:
    scattered = stored(1, "Words far apart", abstract="Reward. " + "Nothing of it here. " * 40 + "Scaling. Laws.")
    others = [stored(n, "Reward scaling of rewards", day=f"2024-02-{n:02}") for n in range(2, 9)]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([scattered, *others], 1)
        query = parse("reward scaling laws", LEXICON)
        pages = [index.search(query, limit=3, offset=at) for at in (0, 3, 6)]
        scores = [hit.score for page in pages for hit in page.hits]
        assert (pages[0].exact, pages[0].hits[0].paper_id, len(scores)) == (1, 1, 8)
        assert scores == sorted(scores, reverse=True)


def test_the_fallback_keeps_every_filter(index: Index) -> None:
    assert found(index, "reward unheard #reward-model") == [3]
    assert found(index, "reward unheard -#reward-model") == [2]
    assert found(index, "reward unheard author:nobody") == []


def test_a_word_may_be_found_in_part_and_its_translation_only_as_a_whole(tmp_path: Path) -> None:
    whole = (stored(1, "RL", day="2024-03-02"), stored(2, "Trees", commentary=("강화학습",)))
    apart = stored(3, "Gardens", commentary=("강화 그리고 학습",))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply((*whole, apart), 3)
        assert sorted(found(index, "zebra 강화학습")) == [1, 2, 3]
        assert sorted(found(index, "zebra RL")) == [1, 2]


def test_of_many_words_half_are_looked_for_as_they_are_written_and_of_few_in_translation_too(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"보상": ["reward"], "모델": ["model"], "정렬": ["alignment"]}})
    papers = (
        stored(1, "Sequoia, juniper and cypress"),
        stored(2, "", commentary=("보상과 모델과 정렬",)),
        stored(3, "Reward, model, alignment"),
    )
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply(papers, 3)

        def found_by(line: str) -> set[int]:
            return {hit.paper_id for hit in index.search(parse(line, lexicon), limit=9).hits}

        assert found_by("reward model alignment sequoia juniper cypress") == {1, 3}
        assert found_by("reward model sequoia juniper") == {1, 2, 3}


def test_pages_run_from_full_matches_into_partial_ones(index: Index) -> None:
    query = parse("reward scaling", LEXICON)
    whole = index.search(query, limit=10)
    single = [index.search(query, limit=1, offset=at).hits for at in range(whole.total)]
    assert tuple(hit for page in single for hit in page) == whole.hits


def test_a_misspelt_word_is_repaired_and_it_is_said(index: Index) -> None:
    results = index.search(parse("Sequioa", LEXICON), limit=10)
    assert (results.corrected, [hit.paper_id for hit in results.hits]) == ("sequoia", [1])
    assert index.search(parse("hallucinatons", LEXICON), limit=10).corrected == "hallucinations"
    assert index.search(parse("qauntizaton #efficiency", LEXICON), limit=10).corrected is None
    assert index.search(parse("tale", LEXICON), limit=10).corrected is None


def test_a_mistake_in_the_first_letter_is_repaired_too(index: Index) -> None:
    for line in ("wuantization", "uqantization", "uantization", "qquantization"):
        assert index.search(parse(line, LEXICON), limit=10).corrected == "quantization"


def test_a_word_that_the_glossary_has_is_no_slip(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"입자 필터": ["particle filter"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "Partial filtering of noise"), stored(2, "Reasoning")], 1)
        results = index.search(parse("particles reasoning", lexicon), limit=10)
        assert (results.corrected, [hit.paper_id for hit in results.hits]) == (None, [2])
        assert index.search(parse("particle", lexicon), limit=10).total == 0
        assert index.search(parse("partical", lexicon), limit=10).corrected == "partial"


def test_of_several_near_words_the_most_frequent_is_meant(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "brain"), stored(2, "train"), stored(3, "train"), stored(4, "grains")], 1)
        assert index.search(parse("xrain", LEXICON), limit=10).corrected == "train"
        assert index.search(parse("graens", LEXICON), limit=10).corrected == "grains"


def test_an_author_is_found_by_initial_misspelt_and_with_the_words_exchanged(index: Index) -> None:
    for line in ("Tri Dao", "T. Dao", "Dao T", 'author:"T Dao"'):
        assert found(index, line)[0] == 3, line
    for line, corrected in (("Tri Doa", "dao"), ('author:"Tri Doa"', "tri dao"), ('author:"Dao Tri"', "tri dao")):
        results = index.search(parse(line, LEXICON), limit=10)
        assert results.hits[0].paper_id == 3, line
        assert corrected in (results.corrected or ""), line


def test_who_is_read_as_an_author_by_an_initial_is_told_so_and_may_be_followed(index: Index) -> None:
    results = index.search(parse("T. Dao", LEXICON), limit=10)
    assert (results.corrected, results.exact, results.total) == ('author:"t dao"', 1, 1)
    assert index.ids(parse(results.corrected or "", LEXICON)) == {3}
    assert index.search(parse("T. Dao", LEXICON), limit=10, literal=True).total == 0


def test_an_author_may_stand_beside_a_topic_by_an_initial(tmp_path: Path) -> None:
    papers = (
        stored(1, "Diffusion", authors=("Kaiming He",)),
        stored(2, "Diffusion, which he and K discuss"),
        stored(3, "Vision", authors=("Kaiming He",)),
        stored(4, "A model of K"),
    )
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 4)
        assert found(index, "K. He diffusion")[0] == 1
        assert index.search(parse("K. He diffusion", LEXICON), limit=5).corrected == 'author:"k he" diffusion'
        assert index.search(parse("K model", LEXICON), limit=5).corrected is None


@pytest.mark.parametrize(
    ("line", "corrected", "papers"),
    [
        ("Dao et al.", "author:dao", {1, 2}),
        ("Dao et al", "author:dao", {1, 2}),
        ("(Dao et al., 2022)", "author:dao 2022", {1}),
        ("Dao et al. 2044", "author:dao", {1, 2}),
        ("T. Dao et al.", 'author:"t dao"', {1}),
        ("Dao, T. et al. 2022", 'author:"t dao" 2022', {1}),
        ("Allen-Zhu et al.", 'author:"allen zhu"', {4}),
        ("Dao 등", "author:dao", {1, 2}),
        ("Dao 외 2022년", "author:dao 2022년", {1}),
        ("Dao et al. state spaces", "author:dao state spaces", {2}),
        ("RLHF 등", None, {3}),
        ("zzyx et al.", None, set()),
    ],
)
def test_a_name_and_others_are_an_author(tmp_path: Path, line: str, corrected: str | None, papers: set[int]) -> None:
    archive = (
        stored(1, "Attention", authors=("Tri Dao",), day="2022-05-01"),
        stored(2, "State Spaces", authors=("Albert Gu", "Quy Dao"), day="2023-05-01"),
        stored(3, "RLHF et al", abstract="a dao of no author", day="2022-06-01"),
        stored(4, "Physics", authors=("Zeyuan Allen-Zhu",), day="2022-06-01"),
    )
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(archive, 4)
        results = index.search(parse(line, LEXICON), limit=5)
        assert (results.corrected, {hit.paper_id for hit in results.hits[: results.exact]}) == (corrected, papers)


def test_a_name_of_three_letters_is_no_slip_of_another_one(tmp_path: Path) -> None:
    papers = [stored(1, "Vision", authors=("Bill Lin",)), stored(2, "Speech", authors=("Tri Dao",))]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 2)
        for line in ("author:Fin", "T. Gao", 'author:"T Gao"'):
            results = index.search(parse(line, LEXICON), limit=5)
            assert (results.total, results.corrected) == (0, None), line
        assert index.search(parse('author:"Tri Gao"', LEXICON), limit=5).corrected == 'author:"tri dao"'


def test_who_looks_for_an_author_that_is_none_finds_nobody_and_is_offered_others_of_the_name(tmp_path: Path) -> None:
    papers = [stored(n, f"A paper in t and {n}") for n in range(1, 9)]
    papers += [stored(20, "Vision", authors=("Sergey Levine",))]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 2)
        for line in ("T. Levine", "Levine T."):
            query = parse(line, LEXICON)
            assert index.search(query, limit=5).total == 0
            assert index.nearest(query).fewer == ("levine",)
        assert index.search(parse("T. Zzyzxqu", LEXICON), limit=5).total == 0
        assert index.nearest(parse("T. Zzyzxqu", LEXICON)).fewer == ()
        assert index.search(parse("S. Levnie", LEXICON), limit=5).corrected == 'author:"s levine"'
        assert found(index, "t vision") == [20]


def test_initials_with_a_hyphen_and_surnames_that_are_small_words_are_names(tmp_path: Path) -> None:
    papers = [stored(1, "Vision", authors=("Ching-An Cheng",)), stored(2, "Speech", authors=("Soyeon An",))]
    papers += [stored(3, "Text", authors=("Albert Q. Jiang",)), stored(4, "Albert and a young model")]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 4)
        assert found(index, "C.-A. Cheng") == [1]
        assert found(index, "S. An") == [2]
        assert index.search(parse("Albert Q. Jiang", LEXICON), limit=5).corrected == 'author:"albert q jiang"'
        assert index.search(parse("a young model", LEXICON), limit=5).corrected is None


def test_an_address_finds_its_paper_whatever_stands_beside_it(index: Index) -> None:
    results = index.search(parse("arXiv:2402.12374v1 [cs.CV] 19 Feb 2024 zzyzx", LEXICON), limit=5)
    assert ([hit.paper_id for hit in results.hits], results.exact, results.fallback) == ([1, 4], 0, "any-word")
    assert index.search(parse("2402.99999 zzyzx", LEXICON), limit=5).total == 0
    several = index.search(parse("2402.12374 2402.99999", LEXICON), limit=5)
    assert [hit.paper_id for hit in several.hits] == [1, 4]


def test_one_topic_or_another_keeps_the_order_of_topics(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"보상 모델": ["reward model"], "추론": ["reasoning"]}})
    both = stored(1, "One reward model", abstract="and reasoning", day="2024-01-01")
    one = stored(2, "On reasoning", abstract="reasoning about reasoning", day="2024-01-02")
    others = [stored(n, f"Reasoning {n}", abstract="x y z") for n in range(10, 20)]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([both, one, *others], 2)
        either = [hit.paper_id for hit in index.search(parse("reward model or reasoning", lexicon), limit=5).hits]
        assert either[:2] == [2, 1]


def test_an_or_in_a_title_or_a_sentence_is_one_word_of_many_to_the_order(tmp_path: Path) -> None:
    papers = [stored(n, f"Rethinking instruction fine-tuning {n}") for n in range(10, 20)]
    papers += [stored(1, "Learning or Self-aligning? Rethinking Instruction Fine-tuning"), stored(2, "Learning fast")]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 4)
        assert found(index, "Learning or Self-aligning? Rethinking Instruction Fine-tuning")[0] == 1
        assert 2 in index.ids(parse("Learning or Self-aligning? Rethinking", LEXICON))
        assert {*found(index, "self-aligning or fast")} == {1, 2}


def test_capitals_change_nothing_in_a_name_with_a_number(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "Llama 3"), stored(2, "LLaMA3"), stored(3, "llama-3"), stored(4, "A llama")], 4)
        for line in ("llama3", "Llama3", "LLaMA3", "LLAMA3"):
            assert {*found(index, line)} == {1, 2, 3}, line


def test_short_words_and_far_ones_are_left_alone(index: Index) -> None:
    for line in ("tal", "xuantizatiom", "seuqioaa"):
        assert index.search(parse(line, LEXICON), limit=10).corrected is None


def test_a_literal_search_repairs_and_adds_nothing(index: Index) -> None:
    assert found(index, "Sequioa", literal=True) == []
    assert found(index, "deceptive models survive", literal=True) == []


def test_somebody_who_found_nothing_gets_spellings_and_tags(index: Index) -> None:
    near = index.nearest(parse("rewrd modle", LEXICON))
    assert near.spelling == "reward model" or "reward" in (near.spelling or "")
    assert index.nearest(parse("강화 학습", LEXICON)).tags == ("rl",)
    assert index.nearest(parse("#rhlf", LEXICON)).tags == ("rlhf",)


# --- life ---------------------------------------------------------------------------------------------------


def test_a_changed_paper_replaces_itself_and_a_withdrawn_one_is_gone(index: Index) -> None:
    index.apply([stored(3, "Something else"), stored(2, "x", withdrawn=True)], 9)
    assert found(index, "reward", literal=True) == []
    assert found(index, "something") == [3]
    assert (index.revision, len(index)) == (9, 6)


def test_applying_twice_is_harmless(index: Index) -> None:
    index.apply(ARCHIVE, 7)
    assert len(index) == 7


def test_an_index_is_still_there_after_a_restart(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert index.revision == 0
        index.apply(ARCHIVE, 7)
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert (index.revision, len(index), found(index, "sequoia")) == (7, 7, [1])


def test_an_index_of_another_lexicon_answers_until_a_new_one_is_built(tmp_path: Path) -> None:
    other = Lexicon.from_tables({"x": {}}, {})
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
    with Index.open(tmp_path, other, archive="a") as index:
        assert (index.revision, found(index, "sequoia")) == (0, [1])
        index.apply(ARCHIVE[:3], 7)
        assert (index.revision, len(index), found(index, "sequoia")) == (7, 3, [1])
    with Index.open(tmp_path, other, archive="a") as index:
        assert (index.revision, len(index)) == (7, 3)


def test_an_index_of_the_last_layout_answers_until_a_new_one_is_built(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
    build = tantivy.SchemaBuilder()
    for name in ("title", "authors", "abstract", "commentary", "tags", "names"):
        build.add_text_field(name, tokenizer_name="raw", index_option="position")
    for name in ("paper", "tag", "own", "source", "spelling", "clue"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    build.add_unsigned_field("recency", indexed=True, fast=True)
    shutil.rmtree(tmp_path / "terms")
    (tmp_path / "terms").mkdir()
    writer = tantivy.Index(build.build(), path=str(tmp_path / "terms")).writer(15_000_000, 1)
    for stored_paper in ARCHIVE[:2]:
        entry = tantivy.Document()
        entry.add_text("paper", str(stored_paper.id))
        entry.add_unsigned("recency", recency(stored_paper.paper.date, stored_paper.id))
        words = [tantivy.Token(term, at, 0, 0) for at, term in enumerate(terms(stored_paper.paper.title))]
        entry.add_pre_tokenized_text("title", tantivy.PreTokenizedString("", words))
        writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()
    meta = tmp_path / "paperboy.json"
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"layout": 3}))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert (index.revision, found(index, "sequoia")) == (0, [1])
        assert sorted(found(index, "scaling decoding")) == [1, 2]
        index.apply(ARCHIVE, 7)
        assert (index.revision, len(index), found(index, "sequoia")) == (7, 7, [1])
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert (index.revision, len(index)) == (7, 7)


def test_a_database_restored_from_a_backup_starts_the_index_anew(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
        index.apply(ARCHIVE[:3], 3)
        assert (index.revision, len(index), found(index, "hallucinations")) == (3, 3, [])
        index.apply(ARCHIVE[3:4], 4)
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert (index.revision, len(index)) == (4, 4)


def test_an_index_remembers_which_history_its_revision_belongs_to(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert index.mark == ""
        index.apply(ARCHIVE, 7, mark="first")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert (index.revision, index.mark) == (7, "first")
        index.apply(ARCHIVE[1:3], 8, mark="second", anew=True)
        assert (index.revision, index.mark, len(index), found(index, "sequoia")) == (8, "second", 2, [])


def test_whoever_builds_is_told_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    papers = [stored(n, "Many papers") for n in range(1, 251)]
    with Index.open(tmp_path, LEXICON, archive="a", told=lambda done, total: told.append((done, total))) as index:
        index.apply(papers, 1)
        assert told == [(100, 250), (200, 250), (250, 250)]
        told.clear()
        index.apply(papers[:1], 2)
        assert told == [(1, 1)]


def test_an_index_of_another_database_is_not_believed(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="the one that was deleted") as index:
        index.apply(ARCHIVE, 7)
    with Index.open(tmp_path, LEXICON, archive="the new one") as index:
        assert (index.revision, len(index), found(index, "sequoia")) == (0, 0, [])
        index.apply(ARCHIVE[1:2], 1)
    with Index.open(tmp_path, LEXICON, archive="the new one") as index:
        assert (index.revision, len(index)) == (1, 1)


def damage_on_disk(file: Path, content: bytes) -> None:
    """Leave the old file to whoever has it in memory, as a thread of tantivy's may for a moment."""
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("damage", ["meta", "tantivy", "garbage", "truncated", "gone", "file", "layout"])
def test_a_damaged_folder_starts_anew(tmp_path: Path, damage: str) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
    meta, terms = tmp_path / "paperboy.json", tmp_path / "terms"
    segments = [file for file in terms.iterdir() if file.suffix in {".term", ".idx", ".fast", ".pos"}]
    assert segments
    match damage:
        case "meta":
            meta.write_bytes(b"\xff{")
        case "layout":
            meta.write_text(meta.read_text().replace(f'"layout": {LAYOUT}', '"layout": 0'))
        case "tantivy":
            (terms / "meta.json").write_text("{")
        case "garbage":
            for file in segments:
                damage_on_disk(file, b"\x07" * file.stat().st_size)
        case "truncated":
            for file in segments:
                damage_on_disk(file, file.read_bytes()[:-9])
        case "gone":
            for file in segments:
                file.unlink()
        case "file":
            for file in terms.iterdir():
                file.unlink()
            terms.rmdir()
            terms.write_text("not a folder")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert (index.revision, len(index)) == (0, 0)
        index.apply(ARCHIVE, 7)
        assert found(index, "sequoia") == [1]


def test_a_crash_before_the_record_only_makes_changes_be_applied_again(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE[:3], 3)
        record = (tmp_path / "paperboy.json").read_bytes()
        index.apply(ARCHIVE[3:], 7)
    (tmp_path / "paperboy.json").write_bytes(record)
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        assert index.revision == 3
        index.apply(ARCHIVE[3:], 7)
        assert len(index) == 7


def test_a_second_process_works_on_a_copy_of_its_own(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from bot.query import parse
from bot.search import Index
from tests.search.strategies import LEXICON
from tests.search.test_index import stored
with Index.open(Path(sys.argv[1]), LEXICON, archive="a") as index:
    assert (index.revision, len(index)) == (7, 7), (index.revision, len(index))
    index.apply([stored(8, "Written elsewhere")], 8)
    assert [hit.paper_id for hit in index.search(parse("elsewhere", LEXICON), limit=5).hits] == [8]
"""
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, cwd=ROOT, timeout=60)
        assert (index.revision, len(index)) == (7, 7)
        index.apply([stored(9, "Written here")], 9)
        assert found(index, "written") == [9]


def test_copies_go_with_their_processes_and_what_a_killed_one_leaves_is_taken_up(tmp_path: Path) -> None:
    place = tmp_path / "index"
    script = """
import os, signal, sys
from pathlib import Path
from bot.search import Index
from tests.search.strategies import LEXICON
index = Index.open(Path(sys.argv[1]), LEXICON, archive="a")
os.kill(os.getpid(), signal.SIGKILL)
"""

    def folders() -> list[str]:
        return sorted(each.name for each in tmp_path.iterdir())

    with Index.open(place, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
        with Index.open(place, LEXICON, archive="a"), Index.open(place, LEXICON, archive="a") as third:
            assert len(third) == 7
            assert folders() == ["index", "index.2", "index.3"]
        assert folders() == ["index"]
        killed = subprocess.run([sys.executable, "-c", script, str(place)], check=False, cwd=ROOT, timeout=60)
        assert killed.returncode == -signal.SIGKILL
        assert folders() == ["index", "index.2"]
        index.apply([stored(9, "Written here")], 9)
        with Index.open(place, LEXICON, archive="a") as after:
            assert (after.revision, len(after)) == (9, 8)
            assert folders() == ["index", "index.2"]
        assert folders() == ["index"]


def test_a_folder_that_is_removed_while_its_lock_is_taken_is_made_anew(tmp_path: Path) -> None:
    place = tmp_path / "index"
    failures: list[BaseException] = []

    def open_and_close() -> None:
        try:
            for _ in range(40):
                with Index.open(place, LEXICON, archive="a") as its:
                    assert len(its) == 7
        except BaseException as error:
            failures.append(error)

    with Index.open(place, LEXICON, archive="a") as index:
        index.apply(ARCHIVE, 7)
        threads = [threading.Thread(target=open_and_close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
    assert [each.name for each in tmp_path.iterdir()] == ["index"]


def test_searching_goes_on_while_changes_are_applied(index: Index) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                assert 1 in found(index, "sequoia speculative")
                assert 2 in found(index, "reward models")
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(10, 40):
        index.apply([stored(number, f"Paper {number} on reward models")], number)
    done.set()
    for reader in readers:
        reader.join(10)
    assert failures == []


def test_a_hit_has_its_snippet(index: Index) -> None:
    query = parse("과최적화", LEXICON)
    hit = index.search(query, limit=1).hits[0]
    cut = snippet(query, ARCHIVE[hit.paper_id - 1].paper, LEXICON)
    assert [cut.text[start:end] for start, end in cut.spans] == ["과최적화"]
