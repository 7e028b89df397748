"""A query of one thing: the papers that say most about it come first, whatever they call it."""

from __future__ import annotations

from pathlib import Path

import pytest
import tantivy

from bot.query import Lexicon, Word, matches, parse, plan
from bot.search import Index
from bot.search.evidence import POOL, SMALL_POOL, Evidence, topic_of
from bot.search.results import Results
from bot.search.rows import Rows
from bot.search.translate import COMMON, schema
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables(
    {"distillation": {"ko": "지식 증류", "en": "distillation"}},
    {
        "translations": {
            "환각": ["hallucination"],
            "쿼리": ["query"],
            "데이터": ["data"],
            "토큰": ["token"],
            "모델": ["model"],
            "효율": ["efficiency"],
            "추론": ["reasoning", "inference"],
            "치명적 망각": ["catastrophic forgetting"],
            "문맥 내 학습": ["in-context learning"],
            "비디오 생성": ["text to video"],
        }
    },
    {
        "efficiency, frugality": ["quantization", "KV cache"],
        "inference efficiency": ["latency"],
        "image to text": ["captioning"],
    },
)
REST = " ".join(f"word{n}" for n in range(60))


def found(index: Index, line: str, limit: int = 10, offset: int = 0) -> list[int]:
    return [hit.paper_id for hit in index.search(parse(line, LEXICON), limit=limit, offset=offset).hits]


def test_a_paper_that_speaks_of_it_everywhere_comes_before_one_that_is_only_named_so(tmp_path: Path) -> None:
    often = stored(
        1,
        "How language models go wrong in long conversations",
        abstract=f"Hallucination is common. We measure hallucination, and why hallucination happens. {REST}",
        commentary=("환각을 재는 방법입니다. 환각이 왜 생기는지도 봅니다.",),
        day="2024-02-01",
    )
    once = stored(2, "Hallucination, a dataset of animal pictures for children", abstract=REST, day="2024-02-02")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([often, once], 1)
        assert found(index, "hallucination") == [1, 2]
        assert found(index, "환각") == [1, 2]


def test_among_few_papers_the_one_that_is_named_so_comes_before_one_that_speaks_of_what_belongs_to_it(
    tmp_path: Path,
) -> None:
    named = stored(1, "Frugality and nothing else", commentary=("frugality",), day="2024-02-01")
    said = "Quantization, KV cache, " * 3
    beside = stored(2, "Other things", abstract=f"{said}Frugality. {REST}", day="2024-02-02")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([named, beside], 1)
        assert found(index, "frugality") == [1, 2]
        index.apply([stored(n, f"Paper {n}", abstract=f"Frugality at last. {REST}") for n in range(10, 30)], 2)
        assert found(index, "frugality", limit=1) == [2]


def test_a_topic_with_hyphens_is_the_same_topic(tmp_path: Path) -> None:
    named = stored(1, "Image-to-text models", day="2024-02-01")
    other = stored(2, "Text from an image", abstract=f"Captioning. {REST}", day="2024-02-02")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([named, other], 1)
        assert found(index, "image-to-text") == found(index, "image_to_text") == found(index, "image to text") == [1, 2]
        assert found(index, "image-to-text after:2024-02-02") == [2]
        assert found(index, '"image-to-text"') == [1]
        assert found(index, "image-to-text -models") == [2]
        literal = index.search(parse("image-to-text", LEXICON), limit=10, literal=True)
        assert [hit.paper_id for hit in literal.hits] == [1]


def test_small_words_inside_a_term_belong_to_it(tmp_path: Path) -> None:
    meant = stored(1, "Pixels", abstract=f"From text to video: a text-to-video model. {REST}", day="2024-02-01")
    others = "A video and its text, text and video again. " * 3
    other = stored(2, "Pixels again", abstract=f"{others} {REST}", day="2024-02-02")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([meant, other], 1)
        assert found(index, "text video") == [2, 1]
        assert found(index, "text to video") == [1, 2]


def test_what_the_curator_tagged_so_comes_first(tmp_path: Path) -> None:
    tagged = stored(1, "Small students", tags=("distillation",), day="2024-02-01")
    named = stored(2, "Distillation without a tag", abstract="Distillation once more.", day="2024-02-02")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([tagged, named], 1)
        assert found(index, "distillation") == [1, 2]
        assert found(index, "지식 증류") == [1, 2]


def test_pages_never_overlap_where_the_second_look_ends(tmp_path: Path) -> None:
    papers = [
        stored(n, f"Paper {n}", abstract=" ".join(["hallucination"] * (n % 7 + 1)) + f" {REST}")
        for n in range(1, POOL + 31)
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        whole = index.search(parse("hallucination", LEXICON), limit=len(papers))
        scores = [hit.score for hit in whole.hits]
        assert whole.total == len(papers)
        assert scores == sorted(scores, reverse=True)
        pages = [number for at in range(0, len(papers), 7) for number in found(index, "hallucination", 7, at)]
        assert pages == [hit.paper_id for hit in whole.hits]
        assert sorted(pages) == [paper.id for paper in papers]


def test_a_word_that_a_space_has_cut_apart_is_found_as_it_is_written(tmp_path: Path) -> None:
    papers = [
        stored(1, "A", commentary=("데이터 토큰 이야기",), day="2024-02-01"),
        stored(2, "Data of tokens", abstract="data and a token, data and a token", day="2024-02-02"),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        for line in ("데이터 토큰", "데이 터 토큰", "데이 터 토큰 들"):
            assert found(index, line)[:1] == [1], line
            query = parse(line, LEXICON)
            assert index.ids(query) == {each.id for each in papers if matches(query, each.paper, LEXICON)}


def test_a_korean_word_with_a_slip_is_that_word_before_an_english_one_that_sounds_alike(tmp_path: Path) -> None:
    papers = [
        stored(1, "A", commentary=("쿼리를 새로 쓰는 답변 방법",)),
        stored(2, "A query language", commentary=("답변이 좋아집니다.",)),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        results = index.search(parse("쿼레 답변", LEXICON), limit=5)
        assert results.corrected == "쿼리 답변"
        assert [hit.paper_id for hit in results.hits][:1] == [1]


def test_what_papers_on_a_topic_speak_of_puts_them_first_and_finds_nothing(tmp_path: Path) -> None:
    in_passing = stored(
        1, "Poems", abstract=f"The efficiency of rhyme is shown by many examples. {REST}", day="2024-02-21"
    )
    on_it = stored(2, "Poets", abstract=f"The efficiency of serving, with quantization and a KV cache. {REST}")
    another = stored(3, "Quantization of a KV cache", abstract=REST)
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([on_it, in_passing, another], 1)
        for line in ("efficiency", "효율", "효율을"):
            results = index.search(parse(line, LEXICON), limit=10)
            assert [hit.paper_id for hit in results.hits] == [2, 1], line
            assert (results.total, results.fallback) == (2, None)
            assert not matches(parse(line, LEXICON), another.paper, LEXICON)


def test_what_belongs_to_a_topic_counts_in_a_title_too(tmp_path: Path) -> None:
    papers = [
        stored(1, "A KV cache for poems", abstract=f"efficiency {REST}", day="2024-02-01"),
        stored(2, "A cellar for poems", abstract=f"efficiency {REST}", day="2024-02-02"),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        assert found(index, "efficiency") == [1, 2]


def test_the_more_papers_say_a_name_the_less_it_says_that_one_is_on_it(tmp_path: Path) -> None:
    often = stored(1, "Efficiency of it", abstract=f"Efficiency. {REST}", commentary=("efficiency",), day="2024-02-02")
    on_it = stored(2, "Letters", abstract=f"The efficiency of a KV cache. {REST}", day="2024-02-01")
    others = [stored(n, f"Note {n}", abstract=f"A KV cache. {REST}") for n in range(3, 40)]
    passing = [stored(n, f"Note {n}", abstract=f"A KV cache, with efficiency. {REST}") for n in range(3, 40)]
    orders = []
    for at, rest in enumerate((others, passing)):
        with Index.open(tmp_path / str(at), LEXICON, archive="a") as index:
            index.apply([often, on_it, *rest], 1)
            orders.append([number for number in found(index, "efficiency", 40) if number < 3])
    assert orders == [[1, 2], [2, 1]]


def test_words_that_are_a_topic_when_they_are_translated_one_by_one_are_looked_at_as_one(tmp_path: Path) -> None:
    papers = [
        stored(1, "A", abstract=f"inference and its efficiency and latency {REST}", day="2024-02-01"),
        stored(2, "B", abstract=f"inference and its efficiency and colour {REST}", day="2024-02-02"),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        assert found(index, "추론 효율") == [1, 2]
        query = parse("추론 효율", LEXICON)
        assert index.ids(query) == {1, 2} == {each.id for each in papers if matches(query, each.paper, LEXICON)}


def test_related_words_count_as_soon_as_they_are_exchanged(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {}, {"efficiency": ["quantization"]})
    papers = [
        stored(1, "A", abstract=f"efficiency and quantization {REST}", day="2024-02-01"),
        stored(2, "B", abstract=f"efficiency and pruning {REST}", day="2024-02-01"),
    ]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply(papers, 1)
        query = parse("efficiency", lexicon)
        assert index.search(query, limit=1).hits[0].paper_id == 1
        lexicon.glossary.become(Lexicon.from_tables({}, {}, {"efficiency": ["pruning"]}).glossary)
        assert index.search(query, limit=1).hits[0].paper_id == 2


def test_a_title_with_the_words_of_the_topic_side_by_side_comes_first(tmp_path: Path) -> None:
    apart = stored(
        1,
        "Catastrophic or not: what is forgetting?",
        abstract=f"Forgetting is catastrophic. {REST}",
        commentary=("catastrophic, forgetting",),
        day="2024-02-02",
    )
    named = stored(2, "Catastrophic forgetting", abstract=f"Forgetting is catastrophic. {REST}", day="2024-02-01")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([apart, named], 1)
        assert found(index, "catastrophic forgetting") == [2, 1]


def test_korean_words_far_from_each_other_are_less_than_the_name_in_english(tmp_path: Path) -> None:
    apart = stored(
        1, "Trees", abstract=REST, commentary=("치명적 오류를 다룹니다. 망각은 없습니다. 치명적 오류뿐입니다.",)
    )
    named = stored(
        2, "Nets", abstract=f"Catastrophic forgetting. {REST}", commentary=("catastrophic forgetting을 봅니다.",)
    )
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([named, apart], 1)
        assert found(index, "치명적 망각") == [2, 1]


def test_the_small_words_of_a_name_belong_to_it(tmp_path: Path) -> None:
    papers = [
        stored(1, "Learning a context", abstract=f"learning, context {REST}", day="2024-02-03"),
        stored(2, "In-context learning", abstract=REST, day="2024-02-01"),
        stored(3, "문맥 내 학습", abstract=REST, day="2024-02-02"),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        query = parse("in context learning", LEXICON)
        assert found(index, "in context learning")[0] == 2
        assert index.ids(query) == {1, 2, 3} == {each.id for each in papers if matches(query, each.paper, LEXICON)}


def test_a_name_with_small_words_is_a_topic_like_any_other(tmp_path: Path) -> None:
    often = stored(
        1,
        "How models take up examples",
        abstract="In-context learning is common. " * 5 + REST,
        commentary=("문맥 내 학습을 재는 방법입니다. 문맥 내 학습이 왜 되는지도 봅니다.",),
        day="2024-02-01",
    )
    once = stored(2, "Learning in context", abstract=REST, day="2024-02-02")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([often, once], 1)
        assert found(index, "in context learning") == [1, 2]


def titled(folder: Path, line: str, *titles: str) -> Results:
    """What a line finds among papers, from 1, that have a title and nothing else."""
    with Index.open(folder, LEXICON, archive="a") as index:
        index.apply([stored(n, title) for n, title in enumerate(titles, 1)], 1)
        return index.search(parse(line, LEXICON), limit=10)


def test_where_few_papers_have_a_name_those_with_some_of_its_words_follow(tmp_path: Path) -> None:
    titles = "Catastrophic forgetting", "Forgetting in networks", "Trees"
    results = titled(tmp_path, "catastrophic forgetting", *titles)
    assert [hit.paper_id for hit in results.hits] == [1, 2]
    assert (results.exact, results.total, results.fallback) == (1, 2, "any-word")


@pytest.mark.parametrize("line", ["memory-augmented", "memory-augmented language models"])
def test_where_nobody_writes_a_compound_so_its_words_are_looked_for(tmp_path: Path, line: str) -> None:
    results = titled(tmp_path, line, "Language models with a memory", "Augmented reality", "Trees")
    assert {1, 2} >= {hit.paper_id for hit in results.hits} >= {1}
    assert (results.exact, results.fallback) == (0, "any-word")


def test_a_letter_of_a_compound_is_looked_for_with_the_rest_of_it(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {}, {"q-learning": ["value"]})
    titles = "Q-Learning", "What Q Means for Learning", "Learning"
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(n, title) for n, title in enumerate(titles, 1)], 1)
        results = index.search(parse("q-learning", lexicon), limit=10)
    assert (results.exact, results.hits[0].paper_id) == (1, 1)


def test_a_phrase_stays_one_thing_where_the_words_around_it_are_several(tmp_path: Path) -> None:
    titles = "A tree search for networks", "In a search, the tree", "Context"
    results = titled(tmp_path, '"tree search" in context learning', *titles)
    assert {hit.paper_id for hit in results.hits} == {1, 3}
    assert (results.exact, results.fallback) == (0, "any-word")


def test_who_speaks_of_what_belongs_to_a_topic_is_looked_at_however_many_name_it(tmp_path: Path) -> None:
    named = [
        stored(n, "Efficiency", abstract=f"efficiency and nothing else {REST}", day="2024-02-21")
        for n in range(1, POOL + 31)
    ]
    on_it = stored(500, "Poets", abstract=f"The efficiency of quantization with a KV cache {REST}", day="2024-02-01")
    titled = stored(501, "Efficiency of quantization", abstract=REST, day="2024-02-01")
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*named, on_it, titled], 1)
        results = index.search(parse("efficiency", LEXICON), limit=3)
        assert results.hits[0].paper_id == 500
        assert results.total == len(named) + 2


def test_korean_words_of_many_papers_do_not_keep_the_english_name_from_a_second_look(tmp_path: Path) -> None:
    apart = [
        stored(n, f"Tree {n}", abstract=REST, commentary=("치명적 오류를 다룹니다. 망각은 없습니다.",))
        for n in range(1, POOL + 31)
    ]
    named = stored(
        500,
        "Catastrophic forgetting",
        abstract=f"Catastrophic forgetting. {REST}",
        commentary=("catastrophic forgetting을 봅니다.",),
    )
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*apart, named], 1)
        assert found(index, "치명적 망각")[0] == 500


def test_where_thousands_have_a_word_fewer_are_looked_at_and_found_by_it_alone() -> None:
    searcher = tantivy.Index(schema()).searcher()
    topic = topic_of([plan(Word("efficiency"), LEXICON)], ["efficiency"], LEXICON)
    assert topic is not None
    asked = tantivy.Query.empty_query()
    pools = []
    for papers in (COMMON, COMMON + 1):
        among = [papers] * 5
        rows = Rows(schema(), lambda _, among=among: among, lambda _: (0, 0, 0), 10 * COMMON)  # type: ignore[misc]
        evidence = Evidence(searcher, lambda _, among=among: among, rows, lambda _: asked)  # type: ignore[misc]
        look, pool = evidence.first_look(topic, asked)
        pools.append(pool)
        assert (look is asked) == (papers > COMMON)
    assert pools == [POOL, SMALL_POOL]
