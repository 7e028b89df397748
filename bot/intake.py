"""What to do about a digest file that was read: decided here, without touching anything, and done by `bot.ingest`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.digest import Severity
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
class Leave:
    """Nothing has changed."""


Step = Put | Quarantine | Leave


def renames(known: Mapping[str, KnownFile], there: Mapping[str, str]) -> dict[str, str]:
    """The new names, by the old ones, of files that stand under another name now, also where they have exchanged their
    names. `there` has the hash of what is on disk by name. No name is given twice, and none of a file that
    was overwritten: only of one that has another name now, too, or was seen to be missing."""
    files = [file for _, file in sorted(known.items()) if file.hash and file.state != "bad"]
    kept = {file.hash for file in files if there.get(file.name) == file.hash}
    moved: dict[str, str] = {}
    for name, its_hash in sorted(there.items()):
        if its_hash not in kept:
            twins = (file.name for file in files if file.hash == its_hash and file.name not in moved)
            if old := next(twins, None):
                moved[old] = name
    held = {name for name, file in known.items() if file.date and file.state != "missing"}
    while taken := [old for old, new in moved.items() if new in held - moved.keys()]:
        for old in taken:
            del moved[old]
    return moved


def step_for(name: str, read: FileDigest, known: Mapping[str, KnownFile], there: Mapping[str, str]) -> Step:
    """What to do about the file `name` as it was just read; `there` is the same as for `renames`, which were made."""
    before = known.get(name)
    problems = kept_problems(read)
    if read.parsed.digest is None:
        same = before is not None and (before.state, before.hash, before.problems) == ("bad", read.hash, problems)
        return Leave() if same else Quarantine(problems=problems)
    if before is not None and (before.state, before.hash) == ("ok", read.hash):
        return Leave()
    twins = [
        file.name
        for file in known.values()
        if file.hash == read.hash == there.get(file.name) and file.name != name and file.state != "bad"
    ]
    if twins:
        problems = (copy_of(min(twins)),)
        same = before is not None and (before.state, before.problems) == ("bad", problems)
        return Leave() if same else Quarantine(problems=problems)
    if before is not None and (before.state, before.hash) == ("bad", read.hash):
        day = read.parsed.digest.date
        corrected = (file.name for file in known.values() if (file.state, file.date) == ("ok", day))
        if any(before.problems == (copy_of(first),) for first in corrected):
            return Leave()  # what it is a copy of is no other digest for having been corrected since
    return Put(digest=read.parsed.digest)


def copy_of(name: str) -> StoredProblem:
    """The problem of a file that has the bytes of another."""
    return StoredProblem(line=0, code=SAME_FILE, message=f"This file is a copy of {name}.")


def kept_problems(read: FileDigest) -> tuple[StoredProblem, ...]:
    """The problems of a file as the store keeps them: `PROBLEMS_KEPT` at most, of which no warning takes an error's
    place, in the order of their lines."""
    found = sorted(read.parsed.problems, key=lambda problem: problem.severity is not Severity.ERROR)[:PROBLEMS_KEPT]
    found.sort(key=lambda problem: problem.line)
    return tuple(StoredProblem(line=p.line, code=p.code, message=p.message) for p in found)


def half_done(file: KnownFile) -> bool:
    """Whether entries that are not in the file any more were left as they are for the time being."""
    return file.state == "ok" and not file.hash
