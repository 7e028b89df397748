"""The folder in which the curator drops digest files: which files are there, which are whole, and when it changes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from watchfiles import Change

WATCH_SECONDS: Final = 2.0
"""How often to make sure that the folder watched is still the folder of that name."""

_DIGEST_FILE: Final = re.compile(r"(?![.#~]).+\.(?:txt|md)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Signature:
    """What changes when a file does: its name apart, also after a rename, a chmod or a replacement."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    regular: bool

    @classmethod
    def now(cls, path: Path) -> Signature | None:
        """The signature of a file or, where it leads nowhere, of the link itself; None where there is neither."""
        for look in (path.stat, path.lstat):
            with contextlib.suppress(OSError):
                found = look()
                regular = stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)
                return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, regular)
        return None

    def __str__(self) -> str:
        return f"{self.size} {self.mtime_ns} {self.ctime_ns} {self.inode}"

    def settles_in(self, seconds: float) -> float:
        """How many of `seconds` without a write are still to come before the file counts as whole.

        Zero where it was renamed after the last write: writing sets both times to the same moment, renaming a
        finished file into its place sets only the second. The kernel set the times, so the machine's clock is
        what they are compared with; a time that is ahead of it says nothing and counts as now.
        """
        if self.ctime_ns > self.mtime_ns:
            return 0.0
        return min(seconds, max(0.0, seconds - (time.time() - self.mtime_ns / 1e9)))


Unsettled = tuple[Signature, float]
"""How a file looks that is being written to, and how many seconds it has to be left alone."""


def is_settling(signature: Signature, seconds: float, waited_for: Unsettled | None) -> bool:
    """Whether a file has not been left alone for so long, nor was waited for and looks as it did."""
    return signature.settles_in(seconds) > 0 and waited_for != (signature, seconds)


@dataclass(frozen=True, slots=True)
class Listing:
    """The digest files below a folder by name, and the folders below it that could not be looked into."""

    files: dict[str, tuple[Path, Signature]] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)

    def hides(self, name: str) -> bool:
        """Whether a file of that name may be there although it is not listed."""
        return any(name.startswith(f"{folder}/") for folder in self.closed)


def list_digest_files(folder: Path) -> Listing:
    """Walk the folder, following links, each folder once. Raises OSError if the folder itself cannot be read."""
    listing = Listing()
    walked: set[tuple[int, int]] = set()
    pending = deque([(folder, PurePosixPath())])
    while pending:
        place, inside = pending.pop()
        try:
            identity = place.stat()
            if (identity.st_dev, identity.st_ino) in walked:
                continue
            walked.add((identity.st_dev, identity.st_ino))
            with os.scandir(place) as found:
                entries = [entry for entry in found if not entry.name.startswith(".")]
        except OSError:
            if place == folder:
                raise
            listing.closed.append(stored_name(inside))
            continue
        for entry in entries:
            path = Path(entry.path)
            if _is_folder(entry):
                # A folder is walked under its own name rather than that of a link to it.
                (pending.appendleft if entry.is_symlink() else pending.append)((path, inside / entry.name))
            elif is_digest_name(entry.name) and (signature := Signature.now(path)):
                listing.files[stored_name(inside / entry.name)] = (path, signature)
    return listing


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def is_digest_name(name: str) -> bool:
    """Whether a file of that name is a digest: `.txt` or `.md`, neither hidden nor an editor's or a copier's
    half-done or backup file."""
    return _DIGEST_FILE.fullmatch(name) is not None


def stored_name(inside: PurePosixPath) -> str:
    """The path as the store can keep it, which takes no bytes that are not UTF-8."""
    return os.fsencode(inside).decode("utf-8", "replace")


async def changes_in(folder: Path) -> AsyncGenerator[None, None]:
    """Yield at first, at each change and once more when it has been quiet since: a change may come unseen while the
    one before it is told. Return once another folder has taken the name.

    Raises OSError or RuntimeError where there is no folder or it cannot be watched.
    """
    from watchfiles import awatch  # most commands look at the folder once

    watched: tuple[int, int] | None = None
    restless = False
    changes = awatch(
        folder,
        watch_filter=_relevant,
        debounce=100,
        step=100,
        rust_timeout=round(WATCH_SECONDS * 1000),
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    async with contextlib.aclosing(changes):
        async for happened in changes:
            found = await asyncio.to_thread(folder.stat)
            identity = (found.st_dev, found.st_ino)
            # What came before the watch began is only found by looking.
            if happened or restless or identity != watched:
                yield
            restless = bool(happened)
            if watched is not None and identity != watched:
                return
            watched = identity


def _relevant(_: Change, path: str) -> bool:
    """A folder may have any name that is not hidden, and what is gone does not tell what it was."""
    return not PurePosixPath(path).name.startswith(".")


def hashes_of(files: Iterable[tuple[str, Path, Signature]], hasher: Callable[[Path], str]) -> dict[str, str]:
    """The hashes of files by name; those left out that could not be read or were written to meanwhile."""
    hashes = [(name, hasher(path), path, signature) for name, path, signature in files]
    return {name: hash_ for name, hash_, path, before in hashes if hash_ and Signature.now(path) == before}


def located(path: Path, seeds: Path) -> tuple[str, Path]:
    """The name of a file in the store, and where it is: below the seeds folder or anywhere else."""
    place = path if path.exists() or not (seeds / path).exists() else seeds / path
    resolved, folder = place.resolve(), seeds.resolve()
    inside = resolved.relative_to(folder) if resolved.is_relative_to(folder) else resolved
    return stored_name(PurePosixPath(inside)), place
