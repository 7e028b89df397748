"""Finding out what the index keeps of papers, in processes of their own: it takes longer than to write it."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.context import BaseContext
from typing import Final

from bot.model import StoredPaper
from bot.query import Lexicon
from bot.search.entry import Entry, entry_of

HELPERS: Final = 2
_TOGETHER: Final = 25
"""Papers that a helper is given at once."""
_AHEAD: Final = 4 * HELPERS
"""How often some are given away before what was found of the first is awaited."""

Found = tuple[int, Entry | None]
"""A paper's id, and what the index is to keep of it; nothing of a withdrawn one."""

_lexicon = Lexicon()
"""The lexicon that this process was given, where it is a helper."""


def found(papers: Iterable[StoredPaper], lexicon: Lexicon) -> Iterator[Found]:
    """What the index is to keep of papers, one after another."""
    return ((stored.id, None if stored.withdrawn else entry_of(stored, lexicon)) for stored in papers)


@contextmanager
def found_apart(
    papers: Iterator[StoredPaper], lexicon: Lexicon, context: BaseContext | None = None
) -> Iterator[Iterator[Found]]:
    """The same, in the same order, while something else is done; not apart where the system has no means for it.

    The helpers end with this process, whatever ends it. Raises BrokenProcessPool where one of them is ended.
    """
    try:
        helpers = ProcessPoolExecutor(HELPERS, context or get_context("spawn"), _begin, (lexicon,))
    except (OSError, NotImplementedError):  # no semaphores, as where there is no /dev/shm
        yield found(papers, lexicon)
        return
    with helpers:
        yield _asked(helpers, papers)


def _asked(helpers: ProcessPoolExecutor, papers: Iterator[StoredPaper]) -> Iterator[Found]:
    ahead: deque[Future[list[Found]]] = deque()
    while some := list(islice(papers, _TOGETHER)):
        ahead.append(helpers.submit(_find, some))
        if len(ahead) > _AHEAD:
            yield from ahead.popleft().result()
    while ahead:
        yield from ahead.popleft().result()


def _begin(lexicon: Lexicon) -> None:
    global _lexicon
    _lexicon = lexicon
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None  # noqa: S101 - for the type checker
    parent.join()
    os._exit(1)


def _find(papers: list[StoredPaper]) -> list[Found]:
    return list(found(papers, _lexicon))
