"""Writing papers into an index, many of them in a process of its own: nobody who asks meanwhile shares an interpreter
with it, and the memory that it takes is given back when it ends."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import tantivy

from bot.model import StoredPaper
from bot.query import Lexicon
from bot.query.glossary import Glossary
from bot.search.entry import as_document
from bot.search.helpers import Found, found, found_apart
from bot.search.translate import LAYOUT, schema
from bot.search.trouble import reason

_HEAP: Final = 15_000_000  # bytes: the least that tantivy takes, allocated only while papers are written
_LARGE_HEAP: Final = 100_000_000
"""More memory makes fewer parts of an index, which are built and searched faster."""
_LOOK_SECONDS: Final = 0.2
_CHILD: Final = "import sys; from bot.search.builder import main; sys.exit(main())"
_HOME: Final = Path(__file__).resolve().parents[2]
_NICENESS: Final = 10
"""Whoever asks meanwhile comes first."""


def write(index: tantivy.Index, papers: Iterable[StoredPaper], lexicon: Lexicon) -> None:
    """Put papers into an index, and withdrawn ones out of it: all of them, or none where anything fails."""
    _write(index, found(papers, lexicon), _HEAP)


def _write(index: tantivy.Index, papers: Iterable[Found], heap: int) -> None:
    known = index.searcher().num_docs > 0
    writer = index.writer(heap, 1)
    try:
        for paper, entry in papers:
            if known:
                writer.delete_documents_by_term("paper", str(paper))
            if entry is not None:
                writer.add_document(as_document(entry))
        writer.commit()
    except BaseException:
        # What failed once may fail at this too.
        for end in (writer.rollback, writer.wait_merging_threads):
            with contextlib.suppress(Exception):
                end()
        raise
    writer.wait_merging_threads()


class Apart:
    """Writes in another process, one at a time, which any thread may end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def break_off(self) -> None:
        """End what is under way, whatever it is doing: one that is stopped takes no papers and never ends."""
        if (process := self._process) is not None:
            _end(process)

    def write(self, folder: Path, papers: Iterable[StoredPaper], lexicon: Lexicon, go_on: Callable[[], None]) -> None:
        """The same as `write` for the index in a folder, which nobody else writes to meanwhile.

        `go_on` is called while the end is waited for; what it raises breaks off. Raises OSError where the process could
        not do it, with what it said.
        """
        with _started(folder) as process:
            self._process = process
            try:
                go_on()  # it may have been broken off a moment ago
                said = _given(process, papers, lexicon, go_on)
            except BaseException:
                _end(process)
                with contextlib.suppress(BrokenPipeError):
                    _input_of(process).close()
                raise
            finally:
                self._process = None
        if process.returncode:
            go_on()
            raise OSError(_why(process.returncode, said))


def _started(folder: Path) -> subprocess.Popen[bytes]:
    paths = [str(_HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603 - Python itself
        [sys.executable, "-P", "-c", _CHILD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        process_group=0,  # a key that ends this process leaves it to this process to end that
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its helpers, which would keep open what it says to us."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _input_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None  # noqa: S101 - for the type checker
    return process.stdin


def _given(
    process: subprocess.Popen[bytes], papers: Iterable[StoredPaper], lexicon: Lexicon, go_on: Callable[[], None]
) -> bytes:
    """What a process says that is given papers."""
    source = _input_of(process)
    with contextlib.suppress(BrokenPipeError):  # its end says why
        # Translations are for queries; what a paper's terms are made with is small.
        pickle.dump((LAYOUT, replace(lexicon, glossary=Glossary())), source)
        for stored in papers:
            pickle.dump(stored, source)
        pickle.dump(None, source)
    return _last_words(process, go_on)


def _last_words(process: subprocess.Popen[bytes], go_on: Callable[[], None]) -> bytes:
    while True:
        try:
            return process.communicate(timeout=_LOOK_SECONDS)[1]
        except subprocess.TimeoutExpired:
            go_on()


def _why(status: int, said: bytes) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    if status < 0:
        return f"the process that builds it was ended by {signal.Signals(-status).name}"
    return lines[-1] if lines else f"the process that builds it ended with status {status}"


def _sent(source: IO[bytes]) -> Iterator[StoredPaper]:
    while (stored := pickle.load(source)) is not None:  # noqa: S301 - from the process that started this one
        yield stored


def main() -> int:
    """Write what comes from standard input into the index in a folder; 0 where that was done."""
    source = sys.stdin.buffer
    os.nice(_NICENESS)
    try:
        layout, lexicon = pickle.load(source)  # noqa: S301
        if layout != LAYOUT:
            raise ValueError("Paperboy was updated while it ran: start it again")
        with found_apart(_sent(source), lexicon) as ready:
            _write(tantivy.Index(schema(), path=sys.argv[1]), ready, _LARGE_HEAP)
    except EOFError:
        return 1  # nobody waits for it any more
    except BaseException as error:
        sys.stderr.write(reason(error, Path(sys.argv[1])))
        return 1
    return 0
