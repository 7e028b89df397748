"""A glossary that an operator changes while Paperboy runs."""

from __future__ import annotations

import logging
import os
import resource
from pathlib import Path

import pytest

from bot.query import matches, parse
from bot.search import Index, LexiconFiles
from tests.search.test_index import stored

PAPER = stored(1, "Reward Models")
REWARD = "[translations]\n'보상 모델' = ['reward model']\n"


def write(path: Path, text: str, at: int) -> None:
    """Put a file there that was written long ago, so that nobody has to wait until it is whole."""
    path.write_text(text, "utf-8")
    os.utime(path, ns=(at, at))


def knows(files: LexiconFiles, word: str = "보상 모델") -> bool:
    """Whether a subscription to a Korean word wants the paper that has the English one."""
    return matches(parse(word, files.lexicon), PAPER.paper, files.lexicon)


@pytest.fixture
def glossary(tmp_path: Path) -> Path:
    """The file, in the test's folder, with one line in it."""
    write(tmp_path / "glossary.toml", REWARD, 1)
    return tmp_path / "glossary.toml"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was told of trouble so far."""
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_a_new_line_counts_at_once_in_searches_and_subscriptions(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    glossary = tmp_path / "glossary.toml"
    write(glossary, "[translations]\n'환각' = ['hallucination']\n", 1)
    files = LexiconFiles(tmp_path)
    query = parse("보상 모델", files.lexicon)
    caplog.set_level(logging.INFO)
    with Index.open(tmp_path / "index", files.lexicon, archive="a") as index:
        index.apply([PAPER], 1)
        files.refresh()
        assert index.search(query, limit=5, literal=True).total == 0
        write(glossary, REWARD, 2)
        files.refresh()
        files.refresh()
        assert caplog.messages == [f"read again: {glossary}"]
        assert index.search(query, limit=5, literal=True).total == 1
        assert knows(files)
        assert index.search(parse("보상모댈", files.lexicon), limit=5).corrected == "보상모델"
        assert index.revision == 1


def test_so_does_a_new_name_of_a_paper(glossary: Path) -> None:
    files = LexiconFiles(glossary.parent)
    assert not knows(files, "RM-1")
    write(glossary, "[papers]\n'RM-1' = ['Reward Models']\n", 2)
    files.refresh()
    assert knows(files, "RM-1")


def test_a_mistake_is_told_once_and_what_was_known_stays(glossary: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = LexiconFiles(glossary.parent)
    write(glossary, "[translations]\n'보상 모델' = 3\n", 2)
    files.refresh()
    files.refresh()
    assert [sentence.partition(" of ")[0] for sentence in warnings(caplog)] == [f"{glossary}:2: '보상 모델'"]
    assert knows(files)
    write(glossary, "[translations]\n'보상모형' = ['reward model']\n", 3)
    files.refresh()
    assert knows(files, "보상모형")


def test_a_file_that_comes_later_is_read_too(tmp_path: Path) -> None:
    files = LexiconFiles(tmp_path)
    assert [path.name for path in files.missing] == ["tags.toml", "glossary.toml", "related.toml"]
    write(tmp_path / "glossary.toml", REWARD, 2)
    files.refresh()
    assert knows(files)


@pytest.mark.parametrize("gap", ["nothing", "a dangling link", "a folder", "a file that may not be read"])
def test_a_file_that_is_away_for_a_moment_takes_no_word_with_it(
    glossary: Path, gap: str, caplog: pytest.LogCaptureFixture
) -> None:
    files = LexiconFiles(glossary.parent)
    aside = glossary.rename(glossary.with_name("aside"))
    match gap:
        case "a dangling link":
            glossary.symlink_to("nowhere")
        case "a folder":
            glossary.mkdir()
        case "a file that may not be read":
            # A link to itself cannot be read by anybody; a file without permissions can, by root.
            glossary.symlink_to(glossary)
    files.refresh()
    files.refresh()
    assert knows(files)
    (sentence,) = warnings(caplog)
    assert sentence.startswith(f"{glossary}: the file cannot be read: ")
    if gap == "a folder":
        glossary.rmdir()
    aside.replace(glossary)
    files.refresh()
    assert knows(files)
    glossary.unlink()
    files.refresh()
    assert len(warnings(caplog)) == 2, "it is another time"


def test_what_could_not_be_read_once_is_read_when_it_can_be(glossary: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = LexiconFiles(glossary.parent)
    write(glossary, "[translations]\n'보상모형' = ['reward model']\n", 2)
    _, most = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
        files.refresh()
        files.refresh()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert [sentence.partition("; ")[0] for sentence in warnings(caplog)] == [
        f"{glossary}: the file cannot be read: Too many open files"
    ]
    files.refresh()
    assert knows(files, "보상모형")


def test_a_change_counts_though_the_file_has_its_old_time(glossary: Path) -> None:
    files = LexiconFiles(glossary.parent)
    write(glossary, "[translations]\n'보상모형' = ['reward model']\n", 1)
    files.refresh()
    assert knows(files, "보상모형")


def test_one_file_that_is_away_holds_up_no_other(glossary: Path, caplog: pytest.LogCaptureFixture) -> None:
    related = glossary.with_name("related.toml")
    write(related, "'efficiency' = ['quantization']\n", 1)
    files = LexiconFiles(glossary.parent)
    related.unlink()
    write(glossary, "[translations]\n'보상모형' = ['reward model']\n", 2)
    files.refresh()
    assert knows(files, "보상모형")
    assert files.lexicon.related_to(["efficiency"]) == ("quantization",)
    assert [sentence.partition(": ")[0] for sentence in warnings(caplog)] == [str(related)]


def test_a_file_that_is_being_written_is_read_when_it_is_whole(glossary: Path) -> None:
    files = LexiconFiles(glossary.parent)
    glossary.write_text("")  # as `cp` leaves it for a moment
    files.refresh()
    assert knows(files)
    glossary.write_text("[translations]\n'보상모형' = ['reward model']\n", "utf-8")
    files.refresh()
    files.refresh()
    assert knows(files, "보상모형"), "it was the same at two looks"


def test_names_of_tags_count_from_the_next_start_on_in_translations_too(
    glossary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tags = glossary.with_name("tags.toml")
    write(tags, "[reward-model]\nko = '보상모형'\nen = 'reward model'\n", 1)
    files = LexiconFiles(glossary.parent)
    caplog.set_level(logging.INFO)
    write(tags, "[reward-model]\nko = '상벌모형'\nen = 'reward model'\n", 2)
    write(glossary, "[translations]\n'환각' = ['hallucination']\n", 2)
    files.refresh()
    assert knows(files, "보상모형")
    assert not knows(files, "상벌모형")
    assert not knows(files, "보상 모델")
    assert f"{tags} was changed; the names of tags count from the next start on" in caplog.messages
    assert knows(LexiconFiles(glossary.parent), "상벌모형")
