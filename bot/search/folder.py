"""Where an index lives: the folder and its lock, its meta record, and a private copy where another process has it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
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

    def __init__(self, path: Path, lock: IO[bytes] | None, private: bool) -> None:
        self._path = path
        self._lock = lock
        self.private = private

    @classmethod
    def open(cls, path: Path) -> Folder:
        """The folder itself, or a private temporary copy of it while another process holds its lock."""
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / _LOCK).open("ab")
        if _taken(lock):
            lock.close()
            return cls(_copy(path), None, private=True)
        return cls(path, lock, private=False)

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
        """Let go of the folder; a private copy is removed."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self.private:
            shutil.rmtree(self._path, ignore_errors=True)


def _taken(lock: IO[bytes]) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _copy(path: Path) -> Path:
    """The meta record is copied first: it may lag behind the terms, never run ahead of them."""
    private = Path(tempfile.mkdtemp(prefix="paperboy-index-"))
    try:
        shutil.copy2(path / _META, private / _META)
        shutil.copytree(path / _INDEX, private / _INDEX, ignore=shutil.ignore_patterns("*.lock"))
    except (OSError, shutil.Error):
        # The owner was at work: an empty copy is filled from the store by the caller.
        (private / _META).unlink(missing_ok=True)
    return private
