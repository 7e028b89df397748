"""What somebody meant whose words the archive does not have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from bot.model import StoredPaper
from bot.query import Lexicon, matches, parse
from bot.search import Index
from bot.search.everyday import is_everyday
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables(
    {"rl": {"ko": "강화학습", "en": "reinforcement learning"}},
    {"translations": {"보상 모델": ["reward model"], "라마": ["llama"], "환각": ["hallucination"]}},
)
ARCHIVE = (
    stored(1, "Transformers Learn Reinforcement Learning", authors=("Colin Raffel",)),
    stored(2, "Llama 3 Herd of Models", commentary=("토크나이저를 새로 학습했네요.",)),
    stored(3, "Reward Models", commentary=("임베딩 공간의 디코더를 분석합니다.",)),
    stored(4, "Mamba", commentary=("피드백을 주는 파이프라인 이야기",), authors=("Albert Gu",)),
    stored(5, "Hallucinations", commentary=("보상이라는 말의 뜻",)),
    stored(6, "A Chatbot", abstract="speculative decoding and data sets"),
    stored(7, "InternVideo2", abstract="an SSM with overoptimization", commentary=("새로운 시도",)),
    stored(8, "A Generator and a Handler", abstract="Reversal"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("index"), LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 6)
        yield opened


@pytest.mark.parametrize(
    ("line", "paper", "meant"),
    [
        ("ㄱㅎㅎㅅ", 1, "강화학습"),
        ("ㅌㅋㄴㅇㅈ", 2, "토크나이저"),
        ("rkdghkgkrtmq", 1, "강화학습"),
        ("vlemqor", 4, "피드백"),
        ("ㅡ므ㅠㅁ", 4, "mamba"),
        ("토크나이처", 2, "토크나이저"),
        ("도크나이저", 2, "토크나이저"),
        ("강하학습", 1, "강화학습"),
        ("포상모델", 3, "보상모델"),
        ("트랜스포머", 1, "transformers"),
        ("강호ㅏ학습", 1, "강화학습"),
        ("토크나이저ㄹ", 2, "토크나이저"),
        ("토ㅋ나이저", 2, "토크나이저"),
        ("보상모델ㄹ", 3, "보상모델"),
        ("보상모ㄷ", 3, "보상모델"),
        ("qhtidahepf", 3, "보상모델"),
        ("ㅇㅁㅅㅁ", 6, "data"),
        ("rkdghk gkrtmq", 1, "강화 학습"),
        ("에스에스엠", 7, "ssm"),
        ("토크나이저학습도", 2, "토크나이저 학습"),
        ("맘바", 4, "mamba"),
        ("핸들러", 8, "handler"),
        ("제너레이터", 8, "generator"),
        ("리버설", 8, "reversal"),
        ("speculat", 6, "speculative"),
        ("speculatve decodng", 6, "speculative decoding"),
        ("chat bot", 6, "chatbot"),
        ("speculativedecoding", 6, "speculative decoding"),
        ("Colin Rafel", 1, "raffel"),
        ("author:Rafel", 1, "author:raffel"),
    ],
)
def test_another_reading_is_searched_and_said(index: Index, line: str, paper: int, meant: str) -> None:
    results = index.search(parse(line, LEXICON), limit=5)
    assert [hit.paper_id for hit in results.hits][:1] == [paper]
    assert meant in (results.corrected or "")


@pytest.mark.parametrize("line", ["ㄱㅎㅎㅅ", "rkdghkgkrtmq", "speculatve", "Colin Rafel"])
def test_typed_literally_and_in_subscriptions_nothing_is_repaired(index: Index, line: str) -> None:
    query = parse(line, LEXICON)
    assert index.search(query, limit=5, literal=True).total == 0
    assert not any(matches(query, each.paper, LEXICON) for each in ARCHIVE)


@pytest.mark.parametrize("line", ["라마 3", "라마3는", "llama3", "Llama-3", "보상모델", "보상 모델을", "reward models"])
def test_translations_and_spacing_are_no_repairs(index: Index, line: str) -> None:
    results = index.search(parse(line, LEXICON), limit=5)
    assert results.corrected is None
    assert results.exact >= 1


@pytest.mark.parametrize("line", ["시조", "ㄸㄴ", "ㅋㅋ", "사도"])
def test_a_short_word_that_is_one_letter_from_another_is_no_slip_by_itself(index: Index, line: str) -> None:
    results = index.search(parse(line, LEXICON), limit=5)
    assert (results.total, results.corrected) == (0, None)


def test_a_word_that_is_not_finished_is_no_slip_for_a_shorter_one(tmp_path: Path) -> None:
    papers = [*(stored(n, f"The Bench {n}") for n in range(1, 6)), stored(9, "A Benchmark")]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 9)
        assert index.search(parse("benchm", LEXICON), limit=5).corrected == "benchmark"
        assert index.search(parse("benxh", LEXICON), limit=5).corrected == "bench"


def test_a_slip_that_a_paper_made_too_finds_what_was_meant(tmp_path: Path) -> None:
    papers = [stored(1, "A Transfomer"), *(stored(n, f"Transformer {n}") for n in range(2, 50))]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 50)
        results = index.search(parse("transfomer", LEXICON), limit=60)
        assert (results.total, results.corrected) == (49, "transfomer or transformer")
        assert index.search(parse("transfomer", LEXICON), limit=60, literal=True).total == 1


@pytest.mark.parametrize(
    ("word", "common"),
    [
        ("InternVL", "Internet"),
        ("stanford", "standard"),
        ("vAttention", "attention"),
        ("CompleteP", "complete"),
        ("protection", "projection"),
    ],
)
def test_a_rare_word_is_no_slip_of_a_common_one_by_looking_alike(tmp_path: Path, word: str, common: str) -> None:
    papers = [stored(1, f"On {word}"), *(stored(n, f"{common} {n}") for n in range(2, 50))]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 50)
        results = index.search(parse(word, LEXICON), limit=60)
        assert (results.total, results.corrected) == (1, None)


@pytest.mark.parametrize(
    "rare", [stored(1, "Alignmed: Medicine"), stored(1, "Medicine", authors=("Ada Alignmed",))], ids=["title", "author"]
)
def test_a_rare_name_is_no_slip(tmp_path: Path, rare: StoredPaper) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([rare, *(stored(n, f"Aligned {n}") for n in range(2, 50))], 50)
        results = index.search(parse("alignmed", LEXICON), limit=60)
        assert (results.total, results.corrected) == (1, None)


def test_a_name_by_which_everybody_knows_a_paper_is_no_slip(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"papers": {"LLaDA": ["Large Language Diffusion Models"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(n, f"Llama {n}") for n in range(1, 9)], 9)
        assert index.search(parse("llana", lexicon), limit=5).corrected == "llama"
        assert index.search(parse("LLaDA", lexicon), limit=5).total == 0


def test_of_two_readings_beside_a_word_the_one_is_meant_that_stands_there_more_often(tmp_path: Path) -> None:
    spaces = (stored(n, f"Space {n}") for n in range(40, 90))
    sparse = (stored(n, "Sparse Attention") for n in range(2, 12))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "Space-Time: Space Attention"), *sparse, *spaces], 90)
        assert index.search(parse("sparce attention", LEXICON), limit=5).corrected == "sparse attention"


def test_how_many_there_are_is_no_slip(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "Images", commentary=("이미지 한정 공개, 노트북 한계",))], 1)
        for line in ("이미지 한장으로", "노트북 한개", "노트북 한대"):
            assert index.search(parse(line, LEXICON), limit=5).corrected is None, line


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("mode collapse", None),
        ("hash learning", None),
        ("threat model", None),
        ("casual model", "causal model"),
        ("collapse mode", "collapse model"),
        ("kids model", None),
    ],
)
def test_a_word_in_its_own_right_is_no_slip_beside_another(tmp_path: Path, line: str, corrected: str | None) -> None:
    titles = (
        "Model Collapse",
        "What It Has Learning",
        "To Treat Model Weights",
        "Causal Model",
        "Collapse Model",
        "Aids",
    )
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(n, f"{title}") for n, title in enumerate((*titles, "Mode", "Threat", "Casual"), 1)], 9)
        assert index.search(parse(line, LEXICON), limit=5).corrected == corrected


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("zero123", None),
        ("rt-2", None),
        ("llama9", "llama"),
        ("moviegen", "movie gen"),
        ("레드 데드", None),
        ("colin raffel", None),
    ],
)
def test_what_is_not_known_is_not_made_something_else(tmp_path: Path, line: str, corrected: str | None) -> None:
    papers = [
        stored(1, "Zero Bubble on TensorRT"),
        stored(2, "LLaMA", commentary=("라마, 레드 팀",)),
        stored(3, "Movie Gen", commentary=("https://a.example/moviegenresearchvideos",)),
        stored(4, "On It", authors=("Ana Rafael",)),
    ]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 4)
        assert index.search(parse(line, LEXICON), limit=5).corrected == corrected


def test_words_with_one_translation_are_not_one_word(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"법률": ["legal", "law"], "음식": ["food", "recipe"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "Scaling Law of Models"), stored(2, "A Recipe for Training")], 2)
        for line in ("legal models", "food training"):
            results = index.search(parse(line, lexicon), limit=5)
            assert (results.corrected, results.exact) == (None, 0), line


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("리액트", "react"),
        ("글라이드", "glide"),
        ("알파고", "alphago"),
        ("리액트를", "react"),
        ("토카", "toca"),
        ("안드로이드", None),
        ("블랙홀", None),
        ("셀프라그", None),
        ("이재용", None),
    ],
)
def test_a_loan_word_is_the_one_that_explains_all_its_syllables(tmp_path: Path, line: str, meant: str | None) -> None:
    words = ("Leaked", "ReAct", "Glide", "Alpa", "AlphaGo", "Handled", "Fragile", "Jailbreak", "Toca: a Name")
    lexicon = Lexicon.from_tables({}, {"translations": {"슬라이드": ["slide"], "이용": ["use"]}})
    often = [stored(n, f"A Paper {n}", abstract="leaked alpa toka") for n in range(20, 30)]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([*(stored(n, word) for n, word in enumerate(words, 1)), *often], 30)
        assert index.search(parse(line, lexicon), limit=5).corrected == meant


@pytest.mark.parametrize("line", ["안쓰고", "빨라지는", "핸들러는커녕", "핸뜰러"])
def test_words_that_are_spelt_as_no_loan_word_is_are_none(tmp_path: Path, line: str) -> None:
    papers = [stored(1, "Hence"), stored(2, "Fallacies"), stored(3, "A Handler")]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 3)
        meant = "handler" if line.startswith("핸들러") else None
        assert index.search(parse(line, LEXICON), limit=5).corrected == meant


@pytest.mark.parametrize("line", ["뭐죠", "생기죠", "관하여", "비하여", "누그러졌다", "설명하시오", "서술하시오"])
def test_a_verb_with_a_regular_ending_is_no_other_word(tmp_path: Path, line: str) -> None:
    words = [
        "Major",
        "Changes",
        "Behavior",
        "Neglected",
        "HazyResearch",
        "관행",
        "비행",
        "누그러지다",
        "설명",
        "아시아",
    ]
    papers = [stored(n, "A Paper", abstract=word, commentary=(word,)) for n, word in enumerate(words, 1)]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 9)
        assert index.search(parse(f"paper {line}", LEXICON), limit=5).corrected is None


@pytest.mark.parametrize("line", ["눈이", "글을", "집에서", "싶다", "뜨는", "주실", "먹어보자", "올랐어", "거울아"])
def test_a_short_word_of_daily_life_is_known_by_what_is_stuck_to_it(tmp_path: Path, line: str) -> None:
    words = ("난이", "금을", "집에도", "시파", "쓰는", "주식", "먹어보기", "올랐다", "겨울")
    lexicon = Lexicon.from_tables({}, {"translations": {word: [f"word{n}"] for n, word in enumerate(words)}})
    papers = [stored(1, "Carla"), *(stored(n, f"Word{n}", commentary=(word,)) for n, word in enumerate(words, 2))]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply(papers, 1)
        assert index.search(parse(line, lexicon), limit=5).corrected is None
        assert index.search(parse("쓰늠", lexicon), limit=5).corrected == "쓰는"


@pytest.mark.parametrize(
    ("run", "known"),
    [
        ("눈", False),
        ("눈이", True),
        ("눈면", False),
        ("먹", False),
        ("먹고", True),
        ("먹에서", False),
        ("강하학습", False),
    ],
)
def test_a_syllable_is_a_word_of_daily_life_beside_its_own_kind_of_ending(run: str, known: bool) -> None:
    assert is_everyday(run) is known


@pytest.mark.parametrize("line", ["역시", "저녁에", "외우는", "굴려서", "farm", "flowers", "ocean"])
def test_a_word_of_daily_life_is_no_slip(tmp_path: Path, line: str) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"역사": ["history"], "전력": ["power"], "외부": ["external"]}})
    papers = [stored(n, word) for n, word in enumerate(("History", "Power", "External", "Form", "Lower"), 1)]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply(papers, 5)
        assert index.search(parse(line, lexicon), limit=5).corrected is None
        assert index.search(parse("외브", lexicon), limit=5).corrected == "외부"
        assert index.search(parse("foorm", lexicon), limit=5).corrected == "form"


@pytest.mark.parametrize(
    "line", ["president", "Christmas", "submarines", "Uber", "ikea", "tsne", "haskell", "푸틴", "소크라테스를", "정당"]
)
def test_a_long_word_or_a_known_name_is_no_slip(tmp_path: Path, line: str) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"정답": ["answer"]}})
    words = "present christian summarize user idea tune askell putting secrets answer"
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(n, word) for n, word in enumerate(words.split(), 1)], 9)
        assert index.search(parse(line, lexicon), limit=5).corrected is None
        assert index.search(parse("summarzie", lexicon), limit=5).corrected == "summarize"


@pytest.mark.parametrize(("line", "meant"), [("안드로이드는", "android"), ("크리스마스", None), ("뉴턴", "newton")])
def test_a_known_name_in_hangul_is_its_latin_letters_where_papers_have_them(
    tmp_path: Path, line: str, meant: str | None
) -> None:
    papers = (stored(1, "Android"), stored(2, "Christian"), stored(3, "Handled"), stored(4, "Newton"))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*papers, stored(5, "A", commentary=("뉴런",))], 5)
        assert index.search(parse(line, LEXICON), limit=5).corrected == meant


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("알엔엔", "rnn"),
        ("씨엔엔으로", "cnn"),
        ("시엔엔이", "cnn"),
        ("디엔엔", "dnn"),
        ("엠디피", "mdp"),
        ("알디피", None),
        ("케이티오", None),
        ("비디오", None),
    ],
)
def test_an_abbreviation_spelt_out_in_hangul_is_its_letters(tmp_path: Path, line: str, meant: str | None) -> None:
    lexicon = Lexicon.from_tables(
        {}, {"translations": {"디엔에이": ["DNA"]}, "abbreviations": {"MDP": "Markov decision process"}}
    )
    words = ("RNN", "CNN", "DNN", "DNA", "Markov decision processes", "BDO", "Cater")
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([*(stored(n, word) for n, word in enumerate(words, 1)), stored(9, "A", commentary=("비디오",))], 9)
        results = index.search(parse(line, lexicon), limit=5)
        assert (results.corrected, results.total) == (meant, 1 if meant or line == "비디오" else 0)


@pytest.mark.parametrize(
    ("line", "meant"), [("완전성", "완전"), ("안저성", "안전성"), ("튜링 안전성", "turing 안전성")]
)
def test_a_word_made_of_one_of_the_archive_is_no_slip_of_another(tmp_path: Path, line: str, meant: str) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"안전성": ["safety"], "튜닝": ["tuning"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "Turing"), stored(2, "A", commentary=("안전성이 완전히",)), stored(3, "Tuning")], 3)
        assert index.search(parse(line, lexicon), limit=5).corrected == meant


def test_a_known_name_is_still_translated(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"하버드": ["Harvard"], "유튜브": ["YouTube"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "Harvard"), stored(2, "YouTube"), stored(3, "하버드")], 3)
        for line, papers in (("하버드", {1, 3}), ("youtube", {2}), ("유튜브", {2})):
            results = index.search(parse(line, lexicon), limit=5)
            assert ({hit.paper_id for hit in results.hits}, results.corrected) == (papers, None), line


@pytest.mark.parametrize(("line", "meant"), [("licence", "license"), ("offences", "offenses")])
def test_a_british_spelling_is_mended_to_the_one_that_papers_have(tmp_path: Path, line: str, meant: str) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "A License"), stored(2, "Offenses")], 2)
        assert index.search(parse(line, LEXICON), limit=5).corrected == meant


@pytest.mark.parametrize(
    ("file", "word"),
    [("everyday.txt", "[a-z]{4,}|[가-힣]{2,}|[가-힣]-?"), ("names.txt", "[a-z]{4,}|[가-힣]{2,}( [a-z]{3,})?")],
)
def test_the_words_of_daily_life_and_the_names_are_each_said_once(file: str, word: str) -> None:
    lines = (files("bot.search") / file).read_text(encoding="utf-8").splitlines()
    assert lines == sorted({*lines})
    assert all(re.fullmatch(word, line) for line in lines)
    assert len({line.split()[0] for line in lines}) == len(lines)


@pytest.mark.parametrize("line", ["ㅇㅇ", "ㄴㄴ", "ㄱㄱ", "ㅇㅋ", "ㄱㅅ", "ㅊㅋ", "ㅎㅇ", "ㅇㅈ", "ㅂㅇ"])
def test_words_of_a_chat_are_no_initials(tmp_path: Path, line: str) -> None:
    words = ["언어", "나눔", "결과", "앵커", "개선", "청크", "효율", "이전", "분야"]
    papers = [stored(n, "A", commentary=(word,)) for n, word in enumerate(words, 1)]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 9)
        assert index.search(parse(line, LEXICON), limit=5).corrected is None


def test_initials_mean_a_topic_too_where_more_papers_have_other_words(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"환각": ["hallucination"]}}, {"hallucination": ["truth"]})
    papers = [stored(n, "A", commentary=("효과 한계 해결",)) for n in range(1, 5)]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([*papers, stored(9, "B", commentary=("환각",))], 9)
        assert "환각" in (index.search(parse("ㅎㄱ", lexicon), limit=5).corrected or "").split(" or ")


def test_a_korean_word_is_no_slip_where_no_paper_has_what_it_may_be_with_the_rest(tmp_path: Path) -> None:
    papers = (
        stored(1, "A Handler"),
        stored(2, "Mamba", commentary=("환경 이야기",)),
        stored(3, "Noise", commentary=("농담",)),
    )
    lexicon = Lexicon.from_tables({}, {"translations": {"강화학습": ["reinforcement learning"], "농담": ["joke"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply(papers, 3)
        assert index.search(parse("핸들러", lexicon), limit=5).corrected == "handler"
        assert index.search(parse("mamba 핸들러", lexicon), limit=5).corrected == "mamba handler"
        assert index.search(parse("mamba 강하학습", lexicon), limit=5).corrected == "mamba 강화학습"
        assert index.search(parse("노담 핸뜰더", lexicon), limit=5).corrected is None


@pytest.mark.parametrize(
    ("line", "meant"), [("정ㄹ", "정렬"), ("데이터 증ㄱ", "데이터 증강"), ("증ㄱ", "증가"), ("모델 증ㄱ", "모델 증가")]
)
def test_a_syllable_that_is_begun_is_that_of_a_topic_or_of_what_stands_beside(
    tmp_path: Path, line: str, meant: str
) -> None:
    words = {"정렬": ["alignment"], "정리": ["theorem"], "증강": ["augmentation"], "증가": ["increase"]}
    terms = {**words, "데이터 증강": ["data augmentation"]}
    lexicon = Lexicon.from_tables({}, {"translations": terms}, {"alignment": ["rlhf"]})
    told = ("데이터 증강", "데이터 증가", "데이터 증가", "모델 증가", "모델 증강", "정리", "정리", "정렬")
    papers = [stored(n, "A Paper", commentary=(text,)) for n, text in enumerate(told, 1)]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply(papers, 9)
        assert index.search(parse(line, lexicon), limit=5).corrected == meant


def test_beside_other_words_it_may_be_one(index: Index) -> None:
    assert index.search(parse("새로운 시조", LEXICON), limit=5).corrected == "새로운 시도"


@pytest.mark.parametrize("line", ["before:mamab", "after:2024-13-45", "since:recent", "year:rewadr", "이후:강하학습"])
def test_the_words_of_a_date_that_is_none_are_neither_mended_nor_looked_for_one_by_one(index: Index, line: str) -> None:
    results = index.search(parse(line, LEXICON), limit=5)
    assert (results.total, results.corrected) == (0, None)
    offered = index.nearest(parse(line, LEXICON))
    assert (offered.spelling, offered.fewer) == (None, ())
    beside = index.search(parse(f"mamba {line}", LEXICON), limit=5)
    assert ([hit.paper_id for hit in beside.hits], beside.fallback, beside.corrected) == ([4], "any-word", None)


def test_a_name_is_found_apart_from_its_number_or_without_it(tmp_path: Path) -> None:
    papers = [stored(1, "wav2vec 2.0"), stored(2, "EfficientNet"), stored(3, "Another Net V2")]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 3)
        for line, paper in (("wav2vec2.0", 1), ("EfficientNetV2", 2)):
            results = index.search(parse(line, LEXICON), limit=5)
            assert ([hit.paper_id for hit in results.hits], results.exact) == ([paper], 1), line
            assert results.corrected


def test_a_name_is_found_without_its_number(index: Index) -> None:
    for line in ("InternVideo", "internvideo", "Intern Video"):
        results = index.search(parse(line, LEXICON), limit=5)
        assert ([hit.paper_id for hit in results.hits], results.corrected) == ([7], None)


@pytest.mark.parametrize(
    ("line", "meant"),
    [("dniov2", "dinov2"), ("duust3r", "dust3r"), ("gtp4", "gpt4"), ("resnt50", "resnet50"), ("gpu4", None)],
)
def test_a_slip_in_a_name_with_a_number_is_mended_by_the_names_with_that_number(
    tmp_path: Path, line: str, meant: str | None
) -> None:
    papers = [stored(n, title) for n, title in enumerate(("DINOv2", "DUSt3R", "GPT-4", "ResNet50"))]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 6)
        assert index.search(parse(line, LEXICON), limit=5).corrected == meant


def test_letters_that_stand_alone_are_shown_as_a_keyboard_has_them(index: Index) -> None:
    corrected = index.search(parse("토크나이쳐 ㅂ", LEXICON), limit=5).corrected or ""
    assert corrected == "토크나이저 ㅂ"


def test_a_word_that_says_nothing_is_no_correction(tmp_path: Path) -> None:
    often = [stored(n, "Papers", commentary=("좋은 점이 있는 모델",)) for n in range(1, 30)]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(often, 1)
        assert index.search(parse("읽는 모델", LEXICON), limit=5).corrected is None


def test_a_word_that_the_dictionary_has_with_its_neighbour_is_no_slip(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"어텐션 싱크": ["attention sink"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "Attention sinks"), stored(2, "To think"), stored(3, "Sync")], 1)
        results = index.search(parse("어텐션 싱크", lexicon), limit=5)
        assert ([hit.paper_id for hit in results.hits], results.corrected) == ([1], None)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_decomposed_and_wide_letters_are_the_same_words(index: Index, form: str) -> None:
    line = unicodedata.normalize(form, "토크나이저")  # type: ignore[arg-type]
    assert index.search(parse(line, LEXICON), limit=5).hits[0].paper_id == 2
    assert index.search(parse("Ｍａｍｂａ", LEXICON), limit=5).hits[0].paper_id == 4


def test_the_words_beside_it_decide_between_two_readings(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "model merging"), stored(2, "modal logic"), stored(3, "model cards")], 1)
        assert index.search(parse("modrl logic", LEXICON), limit=5).corrected == "modal logic"
        assert index.search(parse("modrl merging", LEXICON), limit=5).corrected == "model merging"


def test_a_known_word_is_doubted_only_where_another_one_stands_beside_its_neighbour(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "Reward model cards"), stored(2, "A mode of transport"), stored(3, "wording")], 1)
        assert index.search(parse("reward wording", LEXICON), limit=5).corrected is None
        assert index.search(parse("reward mode", LEXICON), limit=5).corrected == "reward model"


def test_a_rare_translation_weighs_no_more_than_the_common_word(tmp_path: Path) -> None:
    papers = [stored(n, "Hallucination in models", day=f"2024-01-{n:02}") for n in range(1, 10)]
    papers.append(stored(20, "A long title on many other things of no concern", commentary=("환각 이야기",)))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 1)
        assert index.search(parse("hallucination", LEXICON), limit=20).hits[-1].paper_id == 20


def test_what_the_archive_puts_in_brackets_behind_a_korean_word_is_found_by_it(tmp_path: Path) -> None:
    said = [stored(n, f"Paper {n}", commentary=("쾌락 최적화(Joy Tuning)를 쓰네요",)) for n in (1, 2)]
    once = stored(3, "Paper 3", commentary=("우울 최적화(Gloom Tuning)를 쓰네요",))
    silent = [stored(4, "Joy tuning"), stored(5, "Gloom tuning")]
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*said, once, *silent], 1)
        results = index.search(parse("쾌락최적화", LEXICON), limit=5)
        assert {hit.paper_id for hit in results.hits} == {1, 2, 4}
        assert results.corrected == '쾌락최적화 or "joy tuning"'
        assert {hit.paper_id for hit in index.search(parse("우울최적화", LEXICON), limit=1).hits} == {3}
        assert index.search(parse("쾌락최적화", LEXICON), limit=5, literal=True).total == 2


def test_a_slip_that_a_paper_had_before_it_was_corrected_is_a_slip(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "Quantizaton of models"), stored(2, "Quantization of models")], 2)
        index.apply([stored(1, "Quantization of models")], 3)
        results = index.search(parse("quantizaton", LEXICON), limit=5)
        assert ({hit.paper_id for hit in results.hits}, results.corrected) == ({1, 2}, "quantization")


def test_a_word_whose_papers_were_all_withdrawn_is_no_correction(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([*ARCHIVE, stored(9, "Quantization of Models"), stored(10, "Quantisierung of Models")], 1)
        index.apply([stored(9, "", withdrawn=True)], 2)
        for line in ("quantizatoin", "quantizatoin models"):
            results = index.search(parse(line, LEXICON), limit=3)
            assert "quantization" not in (results.corrected or "")
        index.apply([stored(11, "Quantization of Trees")], 3)
        assert index.search(parse("quantizatoin models", LEXICON), limit=3).corrected == "quantization models"


def test_words_that_the_archive_writes_apart_are_found_as_one_as_well(tmp_path: Path) -> None:
    papers = (stored(1, "CommonCrawl"), stored(2, "Pages of Common Crawl"), stored(3, "A common crawler"))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 3)
        results = index.search(parse("commoncrawl", LEXICON), limit=5)
        assert {hit.paper_id for hit in results.hits} == {1, 2}
        assert results.corrected == 'commoncrawl or "common crawl"'
        assert index.search(parse("commoncrawl", LEXICON), limit=5, literal=True).total == 1


def test_words_that_are_translated_together_are_also_found_apart(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables(
        {}, {"translations": {"보상 모델": ["reward model"], "보상 모델 과최적화": ["reward model overoptimization"]}}
    )
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "Reward hacking", abstract="모델"), stored(2, "과최적화")], 1)
        results = index.search(parse("보상 모델 과최적화", lexicon), limit=5)
        assert (results.exact, results.fallback) == (0, "any-word")
        assert {hit.paper_id for hit in results.hits} == {1, 2}


def test_a_correction_is_the_one_that_stands_beside_the_rest_though_another_is_nearer(tmp_path: Path) -> None:
    papers = (
        *(stored(n, "Papers", commentary=("방식 이야기",)) for n in range(1, 9)),
        stored(9, "Papers", commentary=("법식 코드와 문제를 봅니다.",)),
    )
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 9)
        assert index.search(parse("밥식 문제 코드", LEXICON), limit=5).corrected == "법식 문제 코드"
        assert index.search(parse("밥식 이야기", LEXICON), limit=5).corrected == "방식 이야기"


def test_a_correction_may_stand_beside_the_rest_in_translation_alone(tmp_path: Path) -> None:
    papers = (stored(1, "Reward Models"), stored(2, "보상 모임"), stored(3, "모델 모임"))
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(papers, 3)
        assert index.search(parse("보상 모댈", LEXICON), limit=5).corrected == "보상 모델"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("언어 모댈", "언어 모델"),
        ("거대한 언어 모댈을", "거대한 언어 모델"),
        ("잠제 공간", "잠재 공간"),
        ("잠재 공깐 분석", "잠재 공간 분석"),
        ("롱 컨택스트", "롱 컨텍스트"),
        ("다중 스캐일", "다중 스케일"),
        ("바이트 패어 인코딩", "바이트 페어 인코딩"),
        ("바이트패어인코딩", "바이트페어인코딩"),
        ("언어모댈", "언어모델"),
        ("잠제공간", "잠재공간"),
    ],
)
def test_words_side_by_side_are_mended_as_the_phrase_of_the_dictionary_that_they_nearly_are(
    tmp_path: Path, line: str, meant: str
) -> None:
    lexicon = Lexicon.from_tables(
        {},
        {
            "translations": {
                "모델": ["model"],
                "컨텍스트": ["context"],
                "언어 모델": ["language model"],
                "잠재 공간": ["latent space"],
                "롱 컨텍스트": ["long context"],
                "다중 스케일": ["multi-scale"],
                "바이트 페어 인코딩": ["byte pair encoding"],
            }
        },
    )
    papers = [
        stored(1, "A Language Model", commentary=("거대한 것",)),
        stored(2, "The Latent Space", commentary=("분석 이야기",)),
        stored(3, "Long Context", abstract="unimodal multi-scale byte pair encoding"),
        *(stored(n, "A Scale, a Model of a Context") for n in range(4, 40)),
    ]
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply(papers, 40)
        results = index.search(parse(line, lexicon), limit=5)
        assert (results.corrected, results.exact) == (meant, 1)


def test_a_row_of_words_that_is_right_in_another_way_is_no_slip_of_a_phrase(tmp_path: Path) -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"잠재 공간": ["latent space"], "해 공간": ["solution space"]}})
    with Index.open(tmp_path, lexicon, archive="a") as index:
        index.apply([stored(1, "The Latent Space"), stored(2, "Solution Space"), stored(3, "잠자 공간")], 3)
        assert index.search(parse("잠자 공간", lexicon), limit=5).corrected is None
        assert index.search(parse("헤 공간", lexicon), limit=5).corrected is None, "short words are like many others"


def test_an_index_that_was_warmed_answers_as_before(index: Index) -> None:
    before = index.search(parse("강하학습", LEXICON), limit=5)
    index.warm()
    assert index.search(parse("강하학습", LEXICON), limit=5) == before


def test_the_words_that_a_name_is_made_of_are_known_to_repair(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply([stored(1, "BurstGPT: a Trace"), stored(2, "Trust in GPT", authors=("Yann LeCun",))], 1)
        results = index.search(parse("busrt gpt", LEXICON), limit=5)
        assert ([hit.paper_id for hit in results.hits[:1]], results.corrected) == ([1], "burst gpt")
        assert index.search(parse("burst", LEXICON), limit=5).corrected is None
