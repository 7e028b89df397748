"""The two files of words: their form, and what an operator is told about a mistake in them."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

from bot.query import Lexicon, matches, nearest_tags, parse, tag_slug
from bot.query.lexicon import phrase_keys, plain_slug
from bot.search import load_lexicon
from tests.search.test_index import stored

ROOT = Path(__file__).parent.parent.parent
CONFIG = ROOT / "config"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(CONFIG)


@pytest.mark.parametrize("name", ["tags.toml", "glossary.toml"])
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


def test_no_line_of_the_glossary_repeats_another() -> None:
    tables = tomllib.loads((CONFIG / "glossary.toml").read_text("utf-8"))
    assert sum(map(len, tables.values())) >= 150
    for name, entries in tables.items():
        keys = [phrase_keys(phrase)[0] for phrase in entries]
        assert len(keys) == len(set(keys)), f"[{name}]: {sorted(key for key in keys if keys.count(key) > 1)}"
        for phrase, others in entries.items():
            assert isinstance(others, list), phrase
            assert len(set(others)) == len(others), phrase


def test_translations_are_korean_on_the_left_and_latin_on_the_right() -> None:
    entries = tomllib.loads((CONFIG / "glossary.toml").read_text("utf-8"))["translations"]
    for phrase, others in entries.items():
        assert re.search("[가-힣]", phrase), phrase
        assert all(other.isascii() for other in others), phrase


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


def test_a_folder_without_files_is_an_empty_lexicon(tmp_path: Path) -> None:
    assert load_lexicon(tmp_path).names == {}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("tags.toml", "[rl\n", r"tags\.toml: not a TOML file"),
        ("tags.toml", "[RL]\nko = 'x'\n", r"tags.*\[RL\]"),
        ("tags.toml", "[a]\naliases = ['x']\n[b]\naliases = ['X']\n", r"tags.*\[b\].*'X'.*\[a\]"),
        ("glossary.toml", "[translations]\n'보상' = 3\n", "glossary.*보상"),
        ("glossary.toml", "[words]\n", r"glossary.*\[words\]"),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_key(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ValueError, match=told) as caught:
        load_lexicon(tmp_path)
    assert "\n" not in str(caught.value).split(" (at")[0]


def test_bytes_that_are_no_text_are_reported_too(tmp_path: Path) -> None:
    (tmp_path / "tags.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"tags\.toml"):
        load_lexicon(tmp_path)
