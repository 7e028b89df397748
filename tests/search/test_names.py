"""Authors who are looked for by their names in Hangul letters, as readers in Korea write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.query import Lexicon, matches, parse
from bot.query.romanized import family_and_given, given_pattern
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables(
    {}, {"translations": {"힌튼": ["Hinton"], "수츠케버": ["Sutskever"], "트리": ["tree"], "번역": ["translation"]}}
)
ARCHIVE = (
    stored(1, "Neural Machine Translation", authors=("Dzmitry Bahdanau", "Kyunghyun Cho", "Yoshua Bengio")),
    stored(2, "Prometheus", authors=("Seungone Kim", "Minjoon Seo")),
    stored(3, "World Models", authors=("Yann LeCun",), commentary=("이유로 말하면 이러한 이야기",)),
    stored(4, "Attention with a Flash", authors=("Tri Dao", "Jan Leike")),
    stored(5, "Capsules", authors=("Geoffrey E. Hinton",)),
    stored(6, "Two of a Name", authors=("Junho Lee",)),
    stored(7, "One More", authors=("Jun-Ho Yi", "Cho Hyunwoo")),
    stored(8, "A Survey", authors=("Sung Ju Hwang", "Rohan Lee"), commentary=("서민준 님의 발표",)),
    stored(9, "Loops", authors=("Andrej Karpathy",)),
    stored(10, "Residuals", abstract="Translation", authors=("Kaiming He",)),
    stored(11, "Sequences", authors=("Ilya Sutskever",)),
    stored(12, "Voices", authors=("Tony Blair",)),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("index"), LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 1)
        yield opened


@pytest.mark.parametrize(
    ("line", "corrected", "papers"),
    [
        ("조경현", 'author:"kyunghyun cho"', {1}),
        ("조 경현", 'author:"kyunghyun cho"', {1}),
        ("경현 조", 'author:"kyunghyun cho"', {1}),
        ("조경현의 논문", 'author:"kyunghyun cho"', {1}),
        ("author:조경현", 'author:"kyunghyun cho"', {1}),
        ('author:"조경현"', 'author:"kyunghyun cho"', {1}),
        ("author:조", "author:cho", {1, 7}),
        ("조경현 번역", 'author:"kyunghyun cho" 번역', {1}),
        ("김승원", 'author:"seungone kim"', {2}),
        ("황성주", 'author:"sung ju hwang"', {8}),
        ("토니 블레어", 'author:"tony blair"', {12}),
        ("조현우", 'author:"cho hyunwoo"', {7}),
        ("이준호", 'author:"junho lee" or author:"jun ho yi"', {6, 7}),
        ("얀 르쿤", 'author:"yann lecun"', {3}),
        ("author:얀 르쿤", 'author:"yann lecun"', {3}),
        ("author:르쿤", "author:lecun", {3}),
        ("트리 다오", 'author:"tri dao"', {4}),
        ("얀 라이케", 'author:"jan leike"', {4}),
        ("제프리 힌튼", 'author:"geoffrey hinton"', {5}),
        ("author:힌튼", "author:hinton", {5}),
        ("카이밍 허가 쓴 논문", 'author:"kaiming he"', {10}),
        ("카이밍 허의 번역", 'author:"kaiming he" 번역', {10}),
        ("얀 르쿤이 쓴 world 논문", 'author:"yann lecun" world', {3}),
        ("일리야 수츠케버", 'author:"ilya sutskever"', {11}),
        ("안드레이 카파시", 'author:"andrej karpathy"', {9}),
        ("요슈아 벤지오 또는 얀 르쿤", 'author:"yoshua bengio" or author:"yann lecun"', {1, 3}),
    ],
)
def test_an_author_is_found_by_a_name_in_hangul_letters_and_the_answer_says_so(
    index: Index, line: str, corrected: str, papers: set[int]
) -> None:
    results = index.search(parse(line, LEXICON), limit=5)
    assert (results.corrected, {hit.paper_id for hit in results.hits}) == (corrected, papers)


@pytest.mark.parametrize("line", ["조경현", "author:조경현", "얀 르쿤"])
def test_typed_literally_and_in_subscriptions_a_name_is_what_it_is(index: Index, line: str) -> None:
    query = parse(line, LEXICON)
    assert index.search(query, limit=5, literal=True).total == 0
    assert not any(matches(query, each.paper, LEXICON) for each in ARCHIVE)


def test_a_word_with_a_particle_and_a_verb_are_no_name(tmp_path: Path) -> None:
    """`갠은` is the network, not Scott Geng beside the stem of a verb (`죽었`)."""
    lexicon = Lexicon.from_tables({}, {"translations": {"갠": ["GAN"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "Rewards", authors=("Scott Geng",)), stored(2, "The GAN is Dead")], 2)
        results = index.search(parse("갠은 죽었나", lexicon), limit=5)
        assert ([hit.paper_id for hit in results.hits], results.corrected) == ([2], None)
        assert index.search(parse("갠은", lexicon), limit=5).exact == 1


def test_where_a_paper_has_the_name_in_korean_that_is_what_is_found(index: Index) -> None:
    results = index.search(parse("서민준", LEXICON), limit=5)
    assert ([hit.paper_id for hit in results.hits], results.corrected) == ([8], None)


@pytest.mark.parametrize("line", ["이러한", "이훈", "조", "르쿤", "정확도", "나무 다오", "한 번", "김정은이", "페라리"])
def test_a_word_of_every_day_is_no_name(index: Index, line: str) -> None:
    corrected = index.search(parse(line, LEXICON), limit=5).corrected
    assert "author:" not in (corrected or "")


def test_a_word_that_only_seems_to_have_a_particle_is_no_name(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "A", authors=("Danjie Chu", "Thanje Chew")), stored(2, "B", commentary=("추론",))], 2)
        assert "author:" not in (index.search(parse("단졔 추론", LEXICON), limit=5).corrected or "")


@pytest.mark.parametrize("line", ["다 싼 번역", "깊은 망 번역"])
def test_plain_words_are_no_name_that_they_sound_like(tmp_path: Path, line: str) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"번역": ["translation"], "깊은": ["deep", "deeper"]}})
    authors = ("Da Chen", "Kevin Meng", "Deep Ganguli")
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "A", authors=authors), stored(2, "B", abstract="Translation")], 2)
        results = index.search(parse(line, lexicon), limit=5)
        assert (results.hits[0].paper_id, results.corrected) == (2, None)


def test_an_author_with_nothing_on_a_topic_is_offered_alone(index: Index) -> None:
    query = parse("조경현 quantization", LEXICON)
    assert index.search(query, limit=5).total == 0
    assert index.nearest(query).fewer == ('author:"kyunghyun cho"',)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("경현", "kyunghyun kyeonghyeon gyeonghyeon kyounghyun"),
        ("준호", "junho joonho"),
        ("영진", "youngjin yeongjin youngjean"),
        ("성욱", "sungwook seonguk"),
        ("쾌남", "kwaenam"),
    ],
)
def test_a_given_name_is_written_in_many_ways(given: str, written: str) -> None:
    assert all(given_pattern(given).fullmatch(each) for each in written.split())


def test_a_given_name_is_none_that_sounds_otherwise() -> None:
    assert not any(given_pattern("경현").fullmatch(each) for each in ("kyung", "hyunkyung", "kyungho", "kevin"))


@pytest.mark.parametrize(
    ("name", "parts"),
    [("조경현", ("조", "경현")), ("남궁민", ("남궁", "민")), ("허준", ("허", "준")), ("벤지오", None), ("조", None)],
)
def test_a_korean_name_begins_with_a_family_name(name: str, parts: tuple[str, str] | None) -> None:
    assert family_and_given(name) == parts


def test_a_name_of_another_paper_state_is_forgotten(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "Old", authors=("Kyunghyun Cho",))], 1)
        assert index.search(parse("조경현", LEXICON), limit=5).total == 1
        index.apply([stored(1, "Old", authors=("Somebody Else",))], 2)
        results = index.search(parse("조경현", LEXICON), limit=5)
        assert (results.total, re.search("author", results.corrected or "")) == (0, None)
