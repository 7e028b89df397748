"""Where an index lives: the folder and its lock, its meta record, and a copy beside it where another process has it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

try:
    import fcntl
except ImportError:  # no advisory locks here: the folder is taken to be ours alone
    fcntl = None  # type: ignore[assignment]

_META: Final = "paperboy.json"
_LOCK: Final = "paperboy.lock"
_INDEX: Final = "terms"
_FRESH: Final = "terms.new"
_TRIES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What an index is made of: `layout` of the index, `lexicon` fingerprint, id of the `archive` whose papers it has,
    and the archive's `revision` that it shows, with the archive's `mark` of that."""

    layout: int
    lexicon: str
    archive: str
    revision: int = 0
    mark: str = ""


class Folder:
    """A folder that this process alone writes to, from `open` to `close`."""

    def __init__(self, path: Path, lock: IO[bytes], *, copied: bool) -> None:
        self._path = path
        self._lock = lock
        self._copied = copied

    @classmethod
    def open(cls, path: Path) -> Folder:
        """The folder itself, or while another process holds its lock the first free one of `path.2`, `path.3` and so
        on, with a copy of what is in it."""
        place, number = path, 1
        while (lock := _locked(place)) is None:
            number += 1
            place = path.with_name(f"{path.name}.{number}")
        if place != path:
            _copy(path, place)
        return cls(place, lock, copied=place != path)

    @property
    def index(self) -> Path:
        """The folder of tantivy's own files."""
        return self._path / _INDEX

    def read_meta(self) -> Meta | None:
        """What was written last, None where that cannot be read."""
        try:
            return Meta(**json.loads((self._path / _META).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_meta(self, meta: Meta) -> None:
        """Replace the record as a whole: a crash leaves the old one, whose changes are then applied once more."""
        fresh = self._path / (_META + ".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(asdict(meta), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path / _META)

    def empty(self) -> None:
        """Throw away whatever is there."""
        (self._path / _META).unlink(missing_ok=True)
        shutil.rmtree(self.index, ignore_errors=True)
        if self.index.exists():
            self.index.unlink()
        self.index.mkdir(parents=True)

    def fresh(self) -> Path:
        """An empty folder beside the index, for one that is built while this one still answers."""
        shutil.rmtree(self._path / _FRESH, ignore_errors=True)
        (self._path / _FRESH).mkdir(parents=True)
        return self._path / _FRESH

    def adopt(self) -> None:
        """Put what was built in `fresh` in the place of the index; a crash in between starts anew."""
        (self._path / _META).unlink(missing_ok=True)
        shutil.rmtree(self.index, ignore_errors=True)
        (self._path / _FRESH).replace(self.index)

    def close(self) -> None:
        """Let go of the folder; a copy is removed. What a killed process leaves the next one overwrites."""
        if self._copied:
            # The lock goes last: from then on the folder may be another's.
            for part in (self.index, self._path / _FRESH):
                for _ in range(_TRIES):
                    shutil.rmtree(part, ignore_errors=True)
                    if not part.exists():  # tantivy, which looks for changes, may just have put a lock there
                        break
            with contextlib.suppress(OSError):
                (self._path / _META).unlink(missing_ok=True)
                (self._path / _LOCK).unlink()
                self._path.rmdir()
        self._lock.close()


def _locked(path: Path) -> IO[bytes] | None:
    """The lock of a folder, which is made where it is missing; None while another process holds it."""
    tries = 0
    while True:
        tries += 1
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = (path / _LOCK).open("ab")
        except (FileExistsError, FileNotFoundError):
            if tries == _TRIES:
                raise
            continue  # its last owner has just removed it
        if fcntl is None:
            return lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return None
        if os.fstat(lock.fileno()).st_nlink:
            return lock
        lock.close()  # removed before it was ours


def _copy(path: Path, beside: Path) -> None:
    """The meta record is copied first: it may lag behind the terms, never run ahead of them."""
    (beside / _META).unlink(missing_ok=True)
    shutil.rmtree(beside / _INDEX, ignore_errors=True)
    try:
        meta = (path / _META).read_bytes()
        shutil.copytree(path / _INDEX, beside / _INDEX, ignore=shutil.ignore_patterns("*.lock"))
    except (OSError, shutil.Error):
        return  # the owner was at work: an empty copy is filled from the store by the caller
    (beside / _META).write_bytes(meta)
