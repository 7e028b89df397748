"""What a look at the folder of digest files did."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from bot.store import StoredProblem

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFile:
    """A file that gave no digest, and why."""

    name: str
    problems: tuple[StoredProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What a scan did. `new`, `changed`, `withdrawn`, `restored` are ids of papers, the rest names of files:
    `bad` those found bad now, `waiting` those still being written, `failed` those the database did not take (both
    are tried again by the next scan)."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    restored: tuple[int, ...] = ()
    bad: tuple[BadFile, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: Sequence[ScanReport]) -> ScanReport:
        """What several looks at the folder did together."""
        return cls(**{name: tuple(chain(*(getattr(part, name) for part in parts))) for name in cls.__slots__})

    @property
    def papers_changed(self) -> bool:
        """Whether the archive is another than before."""
        return bool(self.new or self.changed or self.withdrawn or self.restored)


def log_problems(name: str, problems: Sequence[StoredProblem]) -> None:
    """Tell the operator what is wrong with a file, and in which line."""
    for problem in problems:
        log.warning("%s:%d: %s", name, problem.line, problem.message)
