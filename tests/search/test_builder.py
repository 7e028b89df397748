"""Many papers at once are written by another process: the index is the same, whatever befalls it."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Never

import pytest

from bot.model import StoredPaper
from bot.query import Lexicon, parse
from bot.search import Index, SearchError, Stopped, load_lexicon
from bot.search.builder import _CHILD
from bot.search.helpers import Found, found_apart
from bot.search.helpers import found as found_here
from bot.search.translate import LAYOUT
from tests.search.test_index import ROOT, found, stored

LEXICON = load_lexicon(ROOT / "config")
MANY = [
    stored(number, f"Paper {number} of Trees", abstract=f"word{number % 97} LaTeX $\\alpha_{number % 7}$")
    for number in range(1, 1_201)
]

of_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are found in Linux's /proc")


def children(of: int) -> list[int]:
    """The processes that a process has started and that run."""
    running = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, parent = rest.split()[:2]
        if int(parent) == of and state != "Z":
            running.append(int(stat.parent.name))
    return running


def builders() -> list[int]:
    return [
        child for child in children(os.getpid()) if b"bot.search.builder" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def helpers(of: int) -> list[int]:
    """The processes that a builder has started, to be given papers."""
    return [child for child in children(of) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_the_index_is_the_same_whoever_writes_it(tmp_path: Path) -> None:
    again = [stored(each.id, f"Paper {each.id} on Graphs", withdrawn=each.id % 2 == 0) for each in MANY]
    answers = []
    for name, step in (("apart", len(MANY)), ("here", 400)):
        with Index.open(tmp_path / name, LEXICON, archive="a") as index:
            said = []
            for revision, papers in ((1, MANY), (2, again)):
                for at in range(0, len(papers), step):
                    index.apply(papers[at : at + step], revision)
                said.append(
                    [index.ids(parse(query, LEXICON)) for query in ("word5", "α_3", "trees", "graphs", "paper 7")]
                )
            answers.append((said, len(index)))
    assert answers[0] == answers[1]
    assert answers[0][1] == len(MANY) // 2


@of_linux
def test_nothing_is_left_of_a_process_that_was_killed_and_the_next_one_does_its_work(tmp_path: Path) -> None:
    def kill(done: int, _: int) -> None:
        if done == 500:
            for child in builders():
                os.kill(child, signal.SIGKILL)

    with Index.open(tmp_path / "index", LEXICON, archive="a", told=kill) as index:
        index.apply([stored(1, "An old paper")], 1)
        for anew in (True, False):
            with pytest.raises(SearchError, match="SIGKILL"):
                index.apply(slowly(MANY), 2, total=len(MANY), anew=anew)
            assert (index.revision, found(index, "old"), found(index, "trees")) == (1, [1], [])
            assert sorted(each.name for each in index._place.iterdir()) == ["paperboy.json", "paperboy.lock", "terms"]
        index.apply(MANY[:999], 2)
        assert (index.revision, len(index)) == (2, 999)


@of_linux
def test_the_processes_that_help_to_build_end_with_the_one_that_they_help(tmp_path: Path) -> None:
    helping: list[int] = []

    def kill(done: int, _: int) -> None:
        if done == 500:
            (child,) = builders()
            until(lambda: len(helpers(child)) == 2)
            helping.extend(helpers(child))
            os.kill(child, signal.SIGKILL)

    with Index.open(tmp_path / "index", LEXICON, archive="a", told=kill) as index:
        with pytest.raises(SearchError, match="SIGKILL"):
            index.apply(slowly(MANY), 1, total=len(MANY))
        until(lambda: not any(Path(f"/proc/{each}").exists() for each in helping))


@of_linux
def test_a_helper_that_is_killed_takes_the_build_with_it_and_nothing_else(tmp_path: Path) -> None:
    def kill(done: int, _: int) -> None:
        if done == 500:
            (child,) = builders()
            until(lambda: len(helpers(child)) == 2)
            os.kill(helpers(child)[0], signal.SIGKILL)

    with Index.open(tmp_path / "index", LEXICON, archive="a", told=kill) as index:
        index.apply([stored(1, "An old paper")], 1)
        with pytest.raises(SearchError, match=r"cannot be written: .* terminated abruptly"):
            index.apply(MANY, 2, anew=True)
        assert (index.revision, found(index, "old"), builders()) == (1, [1], [])
        index._told = lambda *_: None
        index.apply(MANY, 2)
        assert len(index) == len(MANY)


class WithoutSemaphores(SpawnContext):
    """What a system has that gives no shared memory."""

    def Lock(self) -> Never:  # noqa: N802 - as it is called there
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def test_where_there_can_be_no_helpers_the_same_is_found_without_them() -> None:
    some = MANY[:60]
    with found_apart(iter(some), LEXICON, WithoutSemaphores()) as alone, found_apart(iter(some), LEXICON) as helped:
        assert in_order(alone) == in_order(helped) == in_order(found_here(some, LEXICON))


def in_order(papers: Iterator[Found]) -> list[object]:
    """What was found; keys of a paper stand in any order."""
    entries = [(paper, entry) for paper, entry in papers if entry]
    return [
        (paper, entry._replace(keys=[(name, "\n".join(sorted(lines.split("\n")))) for name, lines in entry.keys]))
        for paper, entry in entries
    ]


def slowly(papers: list[StoredPaper]) -> Iterator[StoredPaper]:
    """What is killed needs a moment to be gone."""
    for each in papers:
        if each.id == 501:
            until(lambda: not builders())
        yield each


@of_linux
def test_closing_breaks_off_what_another_process_builds(tmp_path: Path) -> None:
    seen: list[int] = []

    def close(done: int, _: int) -> None:
        if done == 500:
            seen.extend(builders())
            index._closing = True  # as another thread does, which then waits for the end of this

    with Index.open(tmp_path / "index", LEXICON, archive="a", told=close) as index, pytest.raises(Stopped):
        index.apply(MANY, 1)
    assert len(seen) == 1
    assert builders() == []


@of_linux
def test_closing_waits_for_no_process_that_is_stopped_and_takes_no_papers(tmp_path: Path) -> None:
    stopped = threading.Event()
    failures: list[BaseException] = []

    def stop(done: int, _: int) -> None:
        if done == 500:
            (child,) = builders()
            for each in (child, *helpers(child)):
                os.kill(each, signal.SIGSTOP)
            stopped.set()

    index = Index.open(tmp_path / "index", LEXICON, archive="a", told=stop)

    def build() -> None:
        try:
            index.apply(MANY * 4, 1)
        except BaseException as error:
            failures.append(error)

    building = threading.Thread(target=build, daemon=True)
    building.start()
    assert stopped.wait(20)
    building.join(0.5)
    assert building.is_alive(), "the pipe is full"
    closing = threading.Thread(target=index.close, daemon=True)
    closing.start()
    closing.join(10)
    try:
        assert not closing.is_alive()
        assert [type(failure) for failure in failures] == [Stopped]
        until(lambda: not builders())
    finally:
        for child in builders():
            os.kill(child, signal.SIGKILL)


@of_linux
def test_what_waits_for_a_stopped_process_is_broken_off_without_closing(tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 500:
            os.kill(builders()[0], signal.SIGSTOP)
            threading.Timer(0.3, index.break_off).start()

    with Index.open(tmp_path / "index", LEXICON, archive="a", told=stop) as index:
        with pytest.raises(SearchError, match="SIGKILL"):
            index.apply(MANY * 4, 1)
        index._told = lambda *_: None
        index.apply(MANY[:50], 1)
        assert len(index) == 50


FULL = """
import resource, signal, sys
from pathlib import Path
from bot.search import Index, SearchError
from tests.search.test_builder import LEXICON, MANY
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
place = Path(sys.argv[1])
def files():
    return {file.relative_to(place) for file in place.rglob("*") if not file.name.startswith(".tantivy")}
with Index.open(place, LEXICON, archive="a", told=lambda *_: None) as index:
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    for revision in (1, 2):
        before = files()
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))
        try:
            index.apply(MANY, revision)
        except SearchError as error:
            print(error)
        print("left:", *sorted(files() - before), "gone:", *sorted(before - files()))
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
        index.apply(MANY, revision)
        print(len(index))
"""


def test_a_disk_that_takes_no_more_is_told_with_its_reason_and_gets_back_what_was_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "index")],
        check=False, cwd=ROOT, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    told = f"the search index in {tmp_path / 'index'} cannot be written: File too large"
    assert done.stdout.splitlines() == [told, "left: gone:", str(len(MANY))] * 2, done.stderr


ABANDONED = """
import sys, time
from pathlib import Path
from bot.search import Index
from tests.search.test_builder import LEXICON, MANY, builders
def told(done, _):
    if done == 500:
        print(*builders(), flush=True)
        time.sleep(60)
Index.open(Path(sys.argv[1]), LEXICON, archive="a", told=told).apply(MANY, 1)
"""


@of_linux
def test_a_process_whose_parent_is_killed_ends_and_leaves_the_folder_free(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ABANDONED, str(tmp_path / "index")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    until(lambda: not Path(f"/proc/{child}").exists())
    with Index.open(tmp_path / "index", LEXICON, archive="a") as index:
        assert (index.revision, len(index)) == (0, 0)
        index.apply(MANY, 1)
        assert len(index) == len(MANY)


def test_a_program_that_was_exchanged_meanwhile_builds_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path)],
        check=False, cwd=ROOT, timeout=60, capture_output=True, input=pickle.dumps((LAYOUT + 1, Lexicon())),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == b"Paperboy was updated while it ran: start it again"
    assert list(tmp_path.iterdir()) == []
