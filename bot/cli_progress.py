"""The bar of a long start, for somebody who waits for it at a terminal: digests are read, the index is built."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot.search import log_build

PATIENCE: Final = 2.0
"""Seconds that somebody may wait before there is a bar."""
WIDTH: Final = 90
"""Columns that the bar takes with all its words."""


class BuildBar:
    """Draws on standard error how far the digest files are read, then how far a build is; where that is no terminal,
    and after `close`, lines are logged.

    It is told from the thread that builds. Its time runs from when it is entered: from then on somebody waits.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console or Console(file=sys.stderr)
        self._clock = clock
        self._open = self._console.is_terminal
        self._since = clock()
        self._drawn: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        self._since = self._clock()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def __call__(self, done: int, total: int) -> None:
        """Take note that `done` of `total` papers are in the index."""
        if self._open:
            self._show("Building the search index", "Indexing", done, total)
        else:
            log_build(done, total)

    def reading(self, done: int, total: int) -> None:
        """Take note that `done` of `total` files are read; who reads them logs each."""
        if self._open:
            self._show("Reading the digest files", "Reading", done, total)

    def _show(self, words: str, short: str, done: int, total: int) -> None:
        if self._drawn is None and self._clock() - self._since > PATIENCE:
            narrow = self._console.width < WIDTH
            bar = Progress(
                TextColumn(short if narrow else words),
                BarColumn(bar_width=5 if narrow else 40),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._drawn = (bar, bar.add_task("", total=total, completed=done))
            bar.start()
        if self._drawn is not None:
            bar, task = self._drawn
            bar.update(task, completed=done, total=total)
        if done >= total:
            self._erase()

    def close(self) -> None:
        """From now on the terminal is somebody else's."""
        self._open = False
        self._erase()

    def _erase(self) -> None:
        if self._drawn is not None:
            self._drawn[0].stop()
            self._drawn = None
