"""What to do about a digest file that was read: decided here, without touching anything, and done by `bot.ingest`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from bot.digest_file import FileDigest
from bot.model import Digest
from bot.store import KnownFile, StoredProblem

SAME_FILE: Final = "same-as-other-file"
"""The code of the problem that a copy has."""
PROBLEMS_KEPT: Final = 100
"""How many problems of one file are kept and logged; `paperboy check` shows them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Store the digest."""

    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Put the file aside until it changes; its papers, if it had any, stay as they are."""

    problems: tuple[StoredProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """The file is the one that was called `old`."""

    old: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Nothing has changed."""


Step = Put | Quarantine | Rename | Leave


def step_for(name: str, read: FileDigest, known: Mapping[str, KnownFile], on_disk: Collection[str]) -> Step:
    """What to do about the file `name` as it was just read; `on_disk` are the names of all files there now."""
    before = known.get(name)
    problems = kept_problems(read)
    if read.parsed.digest is None:
        same = before is not None and (before.state, before.hash, before.problems) == ("bad", read.hash, problems)
        return Leave() if same else Quarantine(problems=problems)
    if before is not None and (before.state, before.hash) == ("ok", read.hash):
        return Leave()
    twins = [file for file in known.values() if file.hash == read.hash and file.name != name and file.state != "bad"]
    for twin in sorted(twins, key=lambda file: (file.name not in on_disk, file.name)):
        if twin.name in on_disk:
            problem = StoredProblem(line=0, code=SAME_FILE, message=f"This file is a copy of {twin.name}.")
            same = before is not None and (before.state, before.problems) == ("bad", (problem,))
            return Leave() if same else Quarantine(problems=(problem,))
        if before is None or before.date is None:
            return Rename(old=twin.name)
    return Put(digest=read.parsed.digest)


def kept_problems(read: FileDigest) -> tuple[StoredProblem, ...]:
    """The problems of a file as the store keeps them, the first `PROBLEMS_KEPT`."""
    found = read.parsed.problems[:PROBLEMS_KEPT]
    return tuple(StoredProblem(line=p.line, code=p.code, message=p.message) for p in found)
