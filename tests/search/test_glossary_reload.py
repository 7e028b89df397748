"""A glossary that an operator changes while Paperboy runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.query import matches, parse
from bot.search import Index, LexiconFiles
from tests.search.test_index import stored

PAPER = stored(1, "Reward Models")


def write(path: Path, text: str, at: int) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, ns=(at, at))


def test_a_new_line_counts_at_once_in_searches_and_subscriptions(tmp_path: Path) -> None:
    glossary = tmp_path / "glossary.toml"
    write(glossary, "[translations]\n'환각' = ['hallucination']\n", 1)
    files = LexiconFiles(tmp_path)
    query = parse("보상 모델", files.lexicon)
    with Index.open(tmp_path / "index", files.lexicon, archive="a") as index:
        index.apply([PAPER], 1)
        assert index.search(query, limit=5, literal=True).total == 0
        assert not files.refresh()
        write(glossary, "[translations]\n'보상 모델' = ['reward model']\n", 2)
        assert files.refresh()
        assert not files.refresh()
        assert index.search(query, limit=5, literal=True).total == 1
        assert matches(query, PAPER.paper, files.lexicon)
        assert index.search(parse("보상모댈", files.lexicon), limit=5).corrected == "보상모델"
        assert index.revision == 1


def test_a_mistake_is_told_once_and_what_was_known_stays(tmp_path: Path) -> None:
    glossary = tmp_path / "glossary.toml"
    write(glossary, "[translations]\n'보상 모델' = ['reward model']\n", 1)
    files = LexiconFiles(tmp_path)
    write(glossary, "[translations]\n'보상 모델' = 3\n", 2)
    with pytest.raises(ValueError, match=r"glossary\.toml.*보상 모델"):
        files.refresh()
    assert not files.refresh()
    assert matches(parse("보상 모델", files.lexicon), PAPER.paper, files.lexicon)


def test_a_file_that_comes_later_is_read_too(tmp_path: Path) -> None:
    files = LexiconFiles(tmp_path)
    write(tmp_path / "glossary.toml", "[translations]\n'보상 모델' = ['reward model']\n", 2)
    assert files.refresh()
    assert matches(parse("보상 모델", files.lexicon), PAPER.paper, files.lexicon)
