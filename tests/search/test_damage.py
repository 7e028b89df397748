"""The index in trouble: damaged, removed, in nobody's way to close, on a disk that is full or closed to us."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.query import Lexicon, parse
from bot.query.glossary import Glossary
from bot.search import Index, SearchError, Stopped
from bot.search.checksums import damaged_file
from tests.fakes.nobody import nobody
from tests.fakes.nobody import open_folder as open_folder
from tests.fakes.removing import removes
from tests.search.strategies import LEXICON
from tests.search.test_index import ARCHIVE, ROOT, found, stored

MANY = [
    stored(number, f"Paper {number} of trees", abstract=" ".join(f"word{number * each % 997}" for each in range(60)))
    for number in range(1, 401)
]
FILES = ("*.idx", "*.term", "*.pos", "*.store", "*.fast", "*.fieldnorm")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of an index with many papers."""
    with Index.open(tmp_path / "index", LEXICON, archive="a") as index:
        index.apply(MANY, 7)
    return tmp_path / "index"


def opened(place: Path, told: Callable[[int, int], None] = lambda _done, _total: None) -> Index:
    return Index.open(place, LEXICON, archive="a", told=told)


def overwrite(place: Path, pattern: str, damage: Callable[[bytearray], None]) -> None:
    """Damage files where they are, as a failing disk does: those who have them open see it."""
    files = list((place / "terms").glob(pattern))
    assert files
    for file in files:
        content = bytearray(file.read_bytes())
        damage(content)
        with file.open("r+b") as open_file:
            open_file.write(content)


def zero(content: bytearray) -> None:
    middle = (len(content) - 100) // 2
    content[middle : middle + 4096] = bytes(len(content[middle : middle + 4096]))


def flip(content: bytearray) -> None:
    content[(len(content) - 100) // 3] ^= 4


def garble(content: bytearray) -> None:
    """Everything but the footer, which says what it should have been."""
    content[:-100] = b"\xff" * (len(content) - 100)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# --- damaged before it is opened ----------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [zero, flip])
@pytest.mark.parametrize("pattern", FILES)
def test_a_damaged_block_is_noticed_when_the_index_is_opened(
    place: Path, pattern: str, damage: Callable[[bytearray], None], caplog: pytest.LogCaptureFixture
) -> None:
    overwrite(place, pattern, damage)
    with opened(place) as index:
        assert (index.revision, len(index), index.answers) == (0, 0, False)
        [line] = said(caplog)
        assert str(place) in line
        assert pattern[1:] in line
        index.apply(MANY, 7)
        assert len(index) == len(MANY)
    with opened(place) as index:
        assert (index.revision, len(index), index.answers) == (7, len(MANY), True)


def test_papers_that_lost_their_numbers_under_a_search_are_not_told_but_noticed(place: Path) -> None:
    def wipe(content: bytearray) -> None:
        content[:-100] = bytes(len(content) - 100)

    with opened(place) as index:
        overwrite(place, "*.fast", wipe)
        with pytest.raises(SearchError, match="is damaged and is built anew"):
            index.search(parse("trees", LEXICON), limit=5)
        assert index.revision == 0
        index.apply(MANY, 8)
        assert index.search(parse("trees", LEXICON), limit=5).total == len(MANY)


def test_files_that_carry_no_checksum_are_taken_to_be_sound(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "short").write_bytes(b"1337")
    (tmp_path / "other").write_bytes(b"x" * 5_000)
    for name, footer in (("no-json", b"{"), ("no-crc", b"{}"), ("words", b'{"crc": "x"}'), ("list", b"[]")):
        (tmp_path / name).write_bytes(
            b"abc" + footer + len(footer).to_bytes(4, "little") + (1337).to_bytes(4, "little")
        )
    (tmp_path / "long").write_bytes(b"abc" + (1 << 31).to_bytes(4, "little") + (1337).to_bytes(4, "little"))
    assert damaged_file(tmp_path) is None


def test_a_sound_index_is_opened_as_it_is(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(place) as index:
        index.apply([stored(9, "x", withdrawn=True)], 8)
    assert damaged_file(place / "terms") is None
    with opened(place) as index:
        assert (index.revision, len(index)) == (8, len(MANY) - 1)
    assert said(caplog) == []


# --- damaged while it is open -------------------------------------------------------------------------------


def test_damage_that_a_search_meets_is_an_error_like_others_and_has_the_index_built_anew(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(place) as index:
        for pattern in FILES:
            overwrite(place, pattern, garble)
        failures = []
        for number in range(1, 60):
            try:
                found(index, f"word{number} trees")
            except SearchError as error:  # anything else is not caught, and a panic is no Exception
                failures.append(str(error))
        assert "is damaged and is built anew" in failures[0]
        assert len(said(caplog)) == 1
        assert (index.revision, index.mark) == (0, "")
        index.apply(MANY, 7)
        assert (index.revision, found(index, "word3 trees")[:1] != []) == (7, True)


def test_damage_that_new_papers_meet_has_the_index_built_anew(place: Path) -> None:
    with opened(place) as index:
        (place / "terms" / "meta.json").write_text("{")
        with pytest.raises(SearchError, match="is damaged and is built anew"):
            index.apply([stored(900, "New")], 8)
        assert index.revision == 0
        assert found(index, "trees") != []
        index.apply([*MANY, stored(900, "New")], 8)
        assert (index.revision, found(index, "new")) == (8, [900])


def test_a_mistake_of_our_own_is_not_taken_for_damage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Wrong(dict[str, tuple[str, ...]]):
        def get(self, *_: object) -> tuple[str, ...]:
            raise ValueError("a mistake of our own")

    with Index.open(tmp_path, Lexicon(glossary=Glossary(Wrong({"tree": ()}))), archive="a") as index:
        index.apply(ARCHIVE, 7)
        with pytest.raises(ValueError, match="a mistake of our own"):
            index.search(parse("tree search", LEXICON), limit=3)
        assert index.revision == 7
    assert said(caplog) == []


# --- removed while it is open -------------------------------------------------------------------------------


def test_a_folder_that_is_removed_is_noticed_and_made_anew(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(place) as index:
        removes(place)
        for _ in range(3):
            index.look()
        assert (index.revision, index.answers, found(index, "trees") != []) == (0, True, True)
        assert len(said(caplog)) == 1
        index.apply(MANY, 7)
        index.look()
        assert (index.revision, len(index)) == (7, len(MANY))
        with opened(place) as another:
            assert len(another) == len(MANY)
            assert sorted(each.name for each in place.parent.iterdir()) == ["index", "index.2"]
    assert [each.name for each in place.parent.iterdir()] == ["index"]
    assert len(said(caplog)) == 1


def test_new_papers_for_a_folder_that_is_gone_are_asked_for_with_all_others(place: Path) -> None:
    with opened(place) as index:
        removes(place)
        with pytest.raises(SearchError, match="is damaged and is built anew"):
            index.apply([stored(900, "New")], 8)
        assert index.revision == 0


def test_a_folder_that_another_process_has_made_anew_is_left_to_it(place: Path) -> None:
    with opened(place) as index:
        removes(place)
        with opened(place) as another:
            another.apply(MANY[:5], 5)
            index.look()
            index.apply(MANY, 7)
            another.apply([stored(900, "New")], 8)
            assert (len(index), len(another)) == (len(MANY), 6)
        assert sorted(each.name for each in place.parent.iterdir()) == ["index", "index.2"]


def test_a_copy_whose_folder_was_removed_takes_nothing_away_from_the_next(place: Path) -> None:
    with opened(place):
        first = opened(place)
        removes(place.with_name("index.2"))
        with opened(place) as second:
            first.close()
            second.apply([stored(900, "New")], 8)
            assert (place.with_name("index.2") / "terms").is_dir()


# --- closed in the middle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("anew", [True, False])
def test_closing_breaks_off_what_is_being_built_and_keeps_the_folder_until_then(place: Path, anew: bool) -> None:
    half, closing = threading.Event(), threading.Event()
    failures: list[BaseException] = []
    told: list[int] = []

    def tell(done: int, _total: int) -> None:
        told.append(done)
        half.set()
        assert closing.wait(20)

    index = opened(place, tell)

    def build() -> None:
        try:
            index.apply([*MANY, stored(900, "New")], 8, anew=anew)
        except BaseException as error:
            failures.append(error)

    def close() -> None:
        index.close()

    builder, closer = threading.Thread(target=build), threading.Thread(target=close)
    builder.start()
    assert half.wait(20)
    closer.start()
    with opened(place):
        assert sorted(each.name for each in place.parent.iterdir()) == ["index", "index.2"], "it is not free yet"
    closer.join(0.05)
    assert closer.is_alive()
    closing.set()
    builder.join(20)
    closer.join(20)
    assert [type(failure) for failure in failures] == [Stopped]
    assert told == [100], "the rest was not begun"
    assert sorted(each.name for each in place.iterdir()) == ["paperboy.json", "paperboy.lock", "terms"]
    with opened(place) as after:
        assert (after.revision, len(after), found(after, "new")) == (7, len(MANY), [])
        assert [each.name for each in place.parent.iterdir()] == ["index"]


def test_what_is_closed_takes_in_nothing(place: Path) -> None:
    index = opened(place)
    index.close()
    with pytest.raises(Stopped):
        index.apply(MANY, 8)


# --- a disk that does not do what it should -----------------------------------------------------------------


FULL = """
import resource, signal, sys
from pathlib import Path
from bot.search import Index, SearchError
from tests.search.strategies import LEXICON
from tests.search.test_damage import MANY
from tests.search.test_index import found, stored
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
place = Path(sys.argv[1])
with Index.open(place, LEXICON, archive="a", told=lambda *_: None) as index:
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))
    for anew in (True, False):
        try:
            index.apply([*MANY, stored(900, "New")], 8, anew=anew)
        except SearchError as error:
            print(error)
        assert (index.revision, found(index, "word3 trees") != [], found(index, "new")) == (7, True, [])
        assert sorted(each.name for each in place.iterdir()) == ["paperboy.json", "paperboy.lock", "terms"]
    resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    index.apply([*MANY, stored(900, "New")], 8)
    assert (index.revision, found(index, "new")) == (8, [900])
"""


def run(script: str, *arguments: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=False, cwd=ROOT, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_disk_that_takes_no_more_is_told_with_its_reason_and_the_old_index_answers(place: Path) -> None:
    assert run(FULL, place) == [f"the search index in {place} cannot be written: File too large"] * 2


def test_a_folder_of_somebody_else_is_told_with_its_reason_and_taken_when_it_is_ours(open_folder: Path) -> None:
    place = open_folder / "index"
    with nobody():
        index = opened(place)
    with index:
        for fails in (lambda: index.apply(ARCHIVE, 7), lambda: found(index, "sequoia")):
            with nobody(), pytest.raises(SearchError) as told:
                fails()
            assert str(told.value) == f"the search index in {place} cannot be written: Permission denied"
        assert (index.answers, index.revision, len(index)) == (False, 0, 0)
        index.look()
        index.apply(ARCHIVE, 7)
        assert (index.answers, found(index, "sequoia")) == (True, [1])


def closed_to_writing(place: Path) -> None:
    """As on a disk that can only be read."""
    for each in (*place.rglob("*"), place):
        each.chmod(0o555 if each.is_dir() else 0o444)


def test_a_folder_that_can_only_be_read_is_searched_in_a_copy_beside_it(
    open_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_folder.chmod(0o777)
    place = open_folder / "index"
    with opened(place) as index:
        index.apply(ARCHIVE, 7)
    before = sorted(place.rglob("*"))
    closed_to_writing(place)
    with nobody(), opened(place) as index:
        assert (index.answers, index.revision, found(index, "sequoia")) == (True, 7, [1])
        index.apply([stored(900, "New")], 8)
        assert (index.revision, found(index, "new")) == (8, [900])
        with opened(place) as another:
            assert (another.revision, len(another)) == (7, len(ARCHIVE))
    told = [f"{place} cannot be written (Permission denied): a copy in {place}.{number} is used" for number in (2, 3)]
    assert said(caplog) == told
    assert (sorted(place.rglob("*")), [each.name for each in open_folder.iterdir()]) == (before, ["index"])


@pytest.mark.parametrize("name", ["terms", "terms.new", "paperboy.json", "probe"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_of_the_wrong_kind_among_our_files_is_thrown_away(tmp_path: Path, name: str, kind: str) -> None:
    if kind == "file":
        (tmp_path / name).write_text("x")
    else:
        (tmp_path / name / "more").mkdir(parents=True)
    with opened(tmp_path) as index:
        index.apply(ARCHIVE, 7)
        index.apply(ARCHIVE, 8, anew=True)
    with opened(tmp_path) as index:
        assert index.revision == 8


def test_a_file_where_the_folder_should_be_is_left_alone_and_told(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("somebody's")
    with opened(tmp_path / "index") as index, pytest.raises(SearchError, match=r"cannot be written: Not a directory$"):
        index.apply(ARCHIVE, 7)
    assert (tmp_path / "index").read_text() == "somebody's"


def test_a_folder_where_the_lock_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "paperboy.lock").mkdir()
    with opened(tmp_path) as index, pytest.raises(SearchError, match=r"Is a directory \(paperboy.lock\)$"):
        index.apply(ARCHIVE, 7)


# --- locks ----------------------------------------------------------------------------------------------------

UNLOCKED = """
import errno, fcntl, logging, os, sys
from pathlib import Path
logging.basicConfig(stream=sys.stdout, format="%(message)s", level="WARNING")
def flock(file, how):
    raise OSError(getattr(errno, sys.argv[2]), os.strerror(getattr(errno, sys.argv[2])))
fcntl.flock = flock
from bot.search import SearchError
from tests.search.test_damage import LEXICON, MANY, Index
with Index.open(Path(sys.argv[1]), LEXICON, archive="a") as index:
    try:
        index.apply(MANY[:3], 8)
    except SearchError as error:
        print(error)
    print(len(index), index.revision)
"""


@pytest.mark.parametrize("error", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_a_disk_without_locks_is_used_without_them(place: Path, error: str) -> None:
    line, counts = run(UNLOCKED, place, Path(error))
    assert line.startswith(f"{place}: this disk has no locks")
    assert counts == f"{len(MANY)} 8"
    assert [each.name for each in place.parent.iterdir()] == ["index"]


def test_there_is_an_end_to_the_copies_that_are_made(tmp_path: Path) -> None:
    line, counts = run(UNLOCKED, tmp_path / "index", Path("EWOULDBLOCK"))
    assert (line, counts) == (
        f"the search index in {tmp_path / 'index'} cannot be written: 64 processes use it and the copies beside it",
        "0 0",
    )
    assert len(list(tmp_path.iterdir())) == 64
