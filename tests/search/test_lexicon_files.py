"""The files of words: their form, and what an operator is told about a mistake in them."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from bot.latex import READABLE_VERSION
from bot.model import Paper
from bot.query import And, Lexicon, Or, Phrase, Query, expand, matches, nearest_tags, parse, tag_slug
from bot.query.expansion import FILLERS
from bot.query.keys import phrase_keys, plain_slug
from bot.query.syntax import phrase_form
from bot.query.terms import fold
from bot.search import load_lexicon
from bot.search.evidence import MOST_RELATED
from bot.search.titles import title_clues
from tests.search.test_index import stored

ROOT = Path(__file__).parent.parent.parent
CONFIG = ROOT / "config"

ONE_SYLLABLE: Final = frozenset("갠층글앱툴표셸칩웹씬춤뇌퀜샘팀큰긴")
"""Words of one syllable that say something about a paper; most say too many things."""


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(CONFIG)


@pytest.mark.parametrize("name", ["tags.toml", "glossary.toml", "related.toml"])
def test_the_files_are_nfc_utf8_without_stray_space(name: str) -> None:
    text = (CONFIG / name).read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert not re.search(r"[\t\r\ufeff]|[ ]+$", text, re.MULTILINE)


def test_every_tag_has_a_korean_and_an_english_name() -> None:
    for slug, entry in tomllib.loads((CONFIG / "tags.toml").read_text("utf-8")).items():
        assert plain_slug(slug) == slug
        assert set(entry) <= {"ko", "en", "aliases"}
        assert entry["ko"], slug
        assert entry["en"], slug


def test_no_alias_says_what_is_already_said() -> None:
    for slug, entry in tomllib.loads((CONFIG / "tags.toml").read_text("utf-8")).items():
        ways = [slug]
        for name in ("ko", "en", "aliases"):
            ways += [entry[name]] if isinstance(entry.get(name), str) else entry.get(name, [])
        keys = [plain_slug(way).replace("-", "") for way in ways]
        repeated = {key for key in keys[1:] if keys.count(key) > (2 if key == keys[0] else 1)}
        assert not repeated, f"[{slug}]: {repeated}"


def glossary() -> dict[str, list[tuple[list[str], list[str]]]]:
    """The lines of each table, the words of their left side apart."""
    tables = tomllib.loads((CONFIG / "glossary.toml").read_text("utf-8"))
    return {
        name: [([word.strip() for word in left.split(",")], right) for left, right in lines.items()]
        for name, lines in tables.items()
    }


def test_the_glossary_is_a_vocabulary_of_the_field_and_not_a_sample_of_it() -> None:
    tables = glossary()
    assert sum(len(left) * len(right) for left, right in tables["translations"]) >= 1500
    assert sum(len(left) for left, _ in tables["translations"]) >= 1500
    assert len(tables["abbreviations"]) >= 150
    assert len(tables["synonyms"]) >= 500


def test_a_word_stands_on_one_line_only() -> None:
    for name, lines in glossary().items():
        key_of = squeezed if name == "papers" else lambda word: phrase_keys(word)[0]
        keys = [key_of(word) for left, _ in lines for word in left]
        assert len(keys) == len(set(keys)), f"[{name}]: {sorted(key for key in keys if keys.count(key) > 1)}"


def test_no_line_says_the_same_translation_twice() -> None:
    for lines in glossary().values():
        for left, right in lines:
            assert isinstance(right, list), left
            assert len({fold(phrase) for phrase in right}) == len(right), left
            assert all(phrase == " ".join(phrase.split()) for phrase in (*left, *right)), left


def test_translations_are_korean_on_the_left_and_latin_on_the_right() -> None:
    for left, right in glossary()["translations"]:
        assert all(re.search("[가-힣]", word) for word in left), left
        assert all(phrase.isascii() and re.search("[A-Za-z0-9]", phrase) for phrase in right), left


def test_a_word_of_one_syllable_is_there_for_a_reason() -> None:
    words = {word for left, _ in glossary()["translations"] for word in left if re.fullmatch(r"\W*[가-힣]\W*", word)}
    assert words <= ONE_SYLLABLE


def test_no_translation_is_a_word_that_every_paper_has() -> None:
    for lines in glossary().values():
        for left, right in lines:
            for phrase in right:
                assert not set(fold(phrase).split()) <= FILLERS, f"{left}: {phrase}"


def test_an_abbreviation_is_shorter_than_what_it_stands_for_and_no_english_word() -> None:
    for (short, *more), right in glossary()["abbreviations"]:
        assert not more, short
        assert short.isascii(), short
        assert fold(short) not in FILLERS, short
        assert all(len(phrase) > len(short) and phrase.isascii() for phrase in right), short


def test_a_name_of_one_thing_is_no_name_of_another() -> None:
    key_of = {name: phrase_keys(name)[0] for left, right in glossary()["synonyms"] for name in (*left, *right)}
    assert all(map(str.isascii, key_of))
    assert not {name: key for name, key in key_of.items() if list(key_of.values()).count(key) > 1}
    standing_for = {short: {phrase_keys(each)[0] for each in right} for (short,), right in glossary()["abbreviations"]}
    for left, right in glossary()["synonyms"]:
        its = {key_of[name] for name in (*left, *right)}
        for short in {*left, *right} & standing_for.keys():
            others = standing_for[short] - its
            assert not others or len(standing_for[short]) == 1, f"{short} is {others}, too"


def test_what_people_type_short_is_shorter_than_its_word_and_no_word_that_stands_elsewhere() -> None:
    others = {fold(word) for name in ("translations", "abbreviations") for row in glossary()[name] for word in row[1]}
    for short, right in glossary()["shorthand"]:
        for word in short:
            assert fold(word) not in FILLERS | others, word
            assert all(len(phrase) > len(word) and phrase.isascii() for phrase in right), word


def test_a_paper_that_is_known_by_a_name_which_its_title_does_not_say_is_found_by_it(lexicon: Lexicon) -> None:
    for names, titles in glossary()["papers"]:
        for title in titles:
            paper = Paper(date=date(2024, 1, 1), title=title)
            own = {clue.split(" ", 1)[1] for clue in title_clues(title) if "initials" not in clue}
            for name in names:
                assert fold(name) not in FILLERS, name
                assert squeezed(name) not in own, f"{name}: its title says so"
                assert matches(parse(name, lexicon), paper, lexicon), name


def squeezed(name: str) -> str:
    return plain_slug(name).replace("-", "")


def test_every_line_belongs_to_a_section_and_every_section_has_lines_of_its_own() -> None:
    sizes: dict[str, int] = {}
    section = ""
    for line in (CONFIG / "glossary.toml").read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"# --- (.+) ---", line):
            section = heading[1]
            assert section not in sizes, section
            sizes[section] = 0
        elif line.startswith("["):
            section = ""
        elif line.startswith('"'):
            assert section, f"before any section: {line}"
            sizes[section] += 1
    assert len(sizes) >= 30
    assert all(sizes.values()), [name for name, size in sizes.items() if not size]


def phrases(query: Query) -> Iterator[str]:
    """The phrases that a query was expanded by."""
    match query:
        case Phrase(text=text):
            yield text
        case And(queries=parts) | Or(queries=parts):
            for part in parts:
                yield from phrases(part)


def test_a_search_for_any_word_of_the_glossary_finds_its_translations(lexicon: Lexicon) -> None:
    for table, lines in glossary().items():
        for left, right in lines if table != "papers" else ():
            for these, those in ((left, right), (right, left))[: 1 if table == "shorthand" else 2]:
                for word in these:
                    beside = these if table == "translations" and not word.isascii() else []
                    others = [each for each in beside if phrase_keys(each)[0] not in phrase_keys(word)]
                    # A single syllable begins too many words to be looked for (`층`, `표`).
                    wanted = {form for form in map(phrase_form, (*those, *others)) if not re.fullmatch("[가-힣]", form)}
                    assert wanted <= set(phrases(expand(parse(word, lexicon), lexicon))), word


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("시퀀스 투 시퀀스", "seq2seq"),
        ("동시 위치 추정 및 지도 작성", "SLAM"),
        ("대조적 언어 이미지 사전 학습", "CLIP"),
        ("오버 옵티마이제이션을", "overoptimization"),
        ("하이퍼 커넥션", "hyper-connection"),
    ],
)
def test_a_search_written_apart_meets_its_line_too(lexicon: Lexicon, said: str, meant: str) -> None:
    assert phrase_form(meant) in set(phrases(expand(parse(said, lexicon), lexicon)))


def test_every_topic_leads_to_its_related_words_and_not_to_itself(lexicon: Lexicon) -> None:
    lines = tomllib.loads((CONFIG / "related.toml").read_text("utf-8"))
    topics = [topic.strip() for left in lines for topic in left.split(",")]
    assert len({fold(topic) for topic in topics}) == len(topics) >= 150
    for left, right in lines.items():
        assert all(phrase.isascii() and phrase == " ".join(phrase.split()) for phrase in (left, *right)), left
        assert MOST_RELATED >= len({phrase_keys(phrase)[0] for phrase in right}) == len(right) >= 2, left
        for topic in left.split(","):
            assert set(right) <= set(lexicon.related_to(topic.split())), topic
            assert phrase_keys(topic)[0] not in {phrase_keys(phrase)[0] for phrase in right}, topic


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("트랜스포머 트랜스포머스", "transformer"),
        ("파인튜닝 파인_튜닝 미세조정 미세_조정", "fine-tuning"),
        ("디퓨전 디퓨젼 확산", "diffusion"),
        ("라마 LLaMA", "Llama"),
        ("라마3 라마_3", "Llama 3"),
        ("큐웬 퀜", "Qwen"),
        ("추론 리즈닝", "reasoning"),
        ("추론 인퍼런스", "inference"),
        ("임베딩을 임베딩", "embedding"),
        ("보상모델 보상_모델 리워드모델", "reward model"),
        ("초거대_언어_모델 대규모언어모델", "LLM"),
        ("KV캐시 KV_캐시", "KV cache"),
        ("그래디언트 그라디언트 그레디언트 그레이디언트", "gradient"),
        ("차트 챠트", "chart"),
        ("토론 디베이트", "debate"),
        ("리워드 보상", "reward"),
        ("갠", "GAN"),
        ("계획 플랜", "plan"),
        ("밸류_모델 벨류_모델", "value model"),
        ("스케일링_법칙 스케일링_로우", "scaling law"),
        ("하이퍼커넥션 하이퍼_커넥션", "hyper-connections"),
        ("메커니스틱_인터프리터빌리티", "mechanistic interpretability"),
        ("셀프_플레이_파인튜닝", "self-play fine-tuning"),
        ("오토포멀라이제이션", "autoformalization"),
        ("오버옵티마이제이션 오버_옵티마이제이션", "overoptimization"),
    ],
)
def test_ways_to_say_a_thing_in_korean_lead_to_the_english_word(lexicon: Lexicon, said: str, meant: str) -> None:
    wanted = phrase_keys(meant)[0]
    for words in said.split():
        if not re.search("[가-힣]", words):
            assert phrase_keys(words)[0] == wanted
            continue
        found = lexicon.translations_of(words.replace("_", " ").split())
        assert wanted in {phrase_keys(phrase)[0] for phrase in found}, words


def test_the_tags_of_the_seeds_are_named(lexicon: Lexicon) -> None:
    seeds = json.loads((ROOT / "tests" / "fixtures" / "seeds.truth.json").read_text("utf-8"))
    tags = {tag for day in seeds for paper in day["papers"] for tag in paper["tags"]}
    assert [tag for tag in sorted(tags) if tag_slug(tag, lexicon) not in lexicon.names] == []


def test_korean_names_lead_to_tags(lexicon: Lexicon) -> None:
    assert tag_slug("강화학습", lexicon) == "rl"
    assert tag_slug("text2img", lexicon) == "text-to-image"
    assert nearest_tags("보상모델", ["rl", "reward-model"], lexicon) == ["reward-model"]


def test_titles_are_read_without_their_latex(lexicon: Lexicon) -> None:
    paper = stored(1, r"R$^3$ and \textit{Fine}-Tuning").paper
    assert matches(parse("fine-tuning", lexicon), paper, lexicon)
    assert not matches(parse("textit", lexicon), paper, lexicon)


def test_an_index_made_of_titles_that_were_read_otherwise_is_another(lexicon: Lexicon) -> None:
    tags = tomllib.loads((CONFIG / "tags.toml").read_text("utf-8"))
    before, now = (
        Lexicon.from_tables(tags, {}, readable_version=version).fingerprint
        for version in (READABLE_VERSION - 1, READABLE_VERSION)
    )
    assert before != now == lexicon.fingerprint


def test_a_folder_without_files_is_an_empty_lexicon(tmp_path: Path) -> None:
    assert load_lexicon(tmp_path).names == {}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("tags.toml", "[rl\n", "tags.toml:1: not TOML: "),
        ("tags.toml", "[rl]\n\n[RL]\nko = 'x'\n", "tags.toml:3: [RL]: a tag is written in small letters"),
        ("tags.toml", "[a]\naliases = ['x']\n[b]\nko = 'b'\naliases = ['X']\n", "tags.toml:5: [b]: 'X' already"),
        ("tags.toml", "[a]\nfr = 'x'\n", "tags.toml:2: 'fr' of [a]: only ko, en and aliases"),
        ("tags.toml", "[a]\nko = 'x'\nen = 3\n", "tags.toml:3: 'en' of [a]: a text or a list"),
        ("tags.toml", "[a]\nko = '!'\n", "tags.toml:2: 'ko' of [a]: a word was expected, not '!'"),
        ("tags.toml", "# Tags\nrl = 'x'\n", "tags.toml:2: 'rl': a tag, [rl] on a line of its own"),
        ("glossary.toml", "[translations]\n'나쁜 말' = 3\n", "glossary.toml:2: '나쁜 말' of [translations]: a text or"),
        (
            "glossary.toml",
            '[translations]\n\n "보상" = ["x", 3]\n',
            "glossary.toml:3: '보상' of [translations]: a text or",
        ),
        ("glossary.toml", "[translations]\n보상 = []\n", "glossary.toml:2: not TOML: Invalid statement"),
        ("glossary.toml", "[translations]\n'보상' = []\n", "glossary.toml:2: '보상' of [translations]: nothing stands"),
        (
            "glossary.toml",
            "[translations]\n'보상' = [\n  '']\n",
            "glossary.toml:2: '보상' of [translations]: a word was",
        ),
        ("glossary.toml", "[translations]\n'가,' = ['go']\n", "glossary.toml:2: '가,' of [translations]: a word was"),
        ("glossary.toml", "[translations]\n'?!' = ['go']\n", "glossary.toml:2: '?!' of [translations]: a word was"),
        ("glossary.toml", "[translations]\n[abbrevations]\n", "glossary.toml:2: [abbrevations]: there are [tran"),
        ("glossary.toml", "# Mine\n'보상' = ['reward']\n", "glossary.toml:2: '보상': [translations] or [abbr"),
        ("glossary.toml", "[translations]\n'가' = ['go']\n'가' = ['run']\n", "glossary.toml:3: not TOML: the same key"),
        ("glossary.toml", "[translations]\n'가' = ['go'\n'나' = ['me']\n", "glossary.toml:2: not TOML: Unclosed array"),
        ("glossary.toml", "[translations]\n'가' = ['go']\n'나' = ['me'\n", "glossary.toml:3: not TOML: Unclosed array"),
        ("related.toml", "'a' = ['x']\n'efficiency' = 3\n", "related.toml:2: 'efficiency': a text or a list"),
        ("related.toml", "'a' = ['x']\n'efficiency' = []\n", "related.toml:2: 'efficiency': nothing stands"),
        ("related.toml", "'a' = ['x']\n'efficiency, ' = ['x']\n", "related.toml:2: 'efficiency, ': a word was"),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_line(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path}/{told}")) as caught:
        load_lexicon(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["tags.toml", "glossary.toml", "related.toml"])
def test_what_is_there_and_cannot_be_read_is_one_sentence_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("nowhere")
    with pytest.raises(ValueError, match=rf"{name}: the file cannot be read: No such file"):
        load_lexicon(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=rf"{name}: the file cannot be read: Is a directory"):
        load_lexicon(tmp_path)


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "tags.toml").write_bytes("[a]\nko = '보상'\n".encode("cp949"))
    with pytest.raises(ValueError, match=r"tags\.toml:2: not a TOML file in UTF-8"):
        load_lexicon(tmp_path)


def test_sides_that_were_changed_and_a_word_on_two_lines_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "glossary.toml").write_text(
        "[translations]\n'reward' = ['보상 모델', '보상 값']\n'보상모델' = ['reward model']\n", "utf-8"
    )
    lexicon = load_lexicon(tmp_path)
    assert lexicon.translations_of(["보상", "모델"]) == ("reward", "보상 값", "reward model")
    assert lexicon.translations_of(["rewards"]) == ("보상 모델", "보상 값")
    assert lexicon.glossary.korean == ("보상모델", "보상값")
