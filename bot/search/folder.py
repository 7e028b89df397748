"""Where an index lives: the folder and its lock, its meta record, and a copy beside it where another process has it."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

try:
    import fcntl
except ImportError:  # no advisory locks here: the folder is taken to be ours alone
    fcntl = None  # type: ignore[assignment]

_META: Final = "paperboy.json"
_LOCK: Final = "paperboy.lock"
_INDEX: Final = "terms"
_FRESH: Final = "terms.new"
_PART: Final = re.compile(r"[0-9a-f]{32}(?=\.)")
"""What the name of each file of a part of tantivy's index begins with."""
_TRIES: Final = 100
_COPIES: Final = 64
"""Folders beside the first one that are tried; so many processes share no machine."""
_HELD: Final = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})
"""What `flock` says of a lock that another process has. Anything else means that there are no locks there."""
_CLOSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""What a folder says that is somebody else's, or on a disk that only can be read."""
_PROBE: Final = 1 << 20  # bytes: what a disk that is not full takes

log = logging.getLogger(__name__)


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
        self.path = path
        self._lock = lock
        self._copied = copied

    @classmethod
    def open(cls, path: Path) -> Folder:
        """The folder itself, or the first free one of `path.2`, `path.3` and so on with a copy of what is in it, while
        another process holds its lock and where nothing can be written into it. Raises OSError where none of them can
        be made or is free."""
        closed: OSError | None = None
        for number in range(1, _COPIES + 1):
            place = path if number == 1 else path.with_name(f"{path.name}.{number}")
            try:
                lock = _locked(place)
            except OSError as error:
                if number > 1 or error.errno not in _CLOSED:
                    raise closed or error from None
                closed, lock = error, None
            if lock is None:
                continue
            if place != path:
                _copy(path, place)
            if closed is not None:
                log.warning("%s cannot be written (%s): a copy in %s is used", path, closed.strerror, place)
            return cls(place, lock, copied=place != path)
        raise OSError(errno.EBUSY, f"{_COPIES} processes use it and the copies beside it")

    @property
    def index(self) -> Path:
        """The folder of tantivy's own files."""
        return self.path / _INDEX

    def deleted(self) -> tuple[int, int]:
        """How many papers in tantivy's files were exchanged or withdrawn, and how many are in them with those."""
        parts = _parts(self.index)
        deletes = (part["deletes"] or {} for part in parts)
        return sum(each.get("num_deleted_docs", 0) for each in deletes), sum(part["max_doc"] for part in parts)

    @property
    def is_ours(self) -> bool:
        """Whether the folder is the one that was opened, and not gone or made anew since."""
        try:
            return os.path.samestat((self.path / _LOCK).stat(), os.fstat(self._lock.fileno()))
        except (OSError, ValueError):  # the lock was let go
            return False

    @property
    def is_whole(self) -> bool:
        """Whether there is an index in it still; what is in that only tantivy knows."""
        return self.is_ours and (self.index / "meta.json").is_file()

    def refusal(self) -> OSError | None:
        """Why nothing can be written here, None where something can."""
        probe = self.path / "probe"
        try:
            with probe.open("wb") as file:
                file.write(bytes(_PROBE))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return error
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()
        return None

    def read_meta(self) -> Meta | None:
        """What was written last, None where that cannot be read."""
        try:
            return Meta(**json.loads((self.path / _META).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_meta(self, meta: Meta) -> None:
        """Replace the record as a whole: a crash leaves the old one, whose changes are then applied once more."""
        fresh = self.path / (_META + ".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(asdict(meta), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path / _META)

    def empty(self) -> None:
        """Throw away whatever is there."""
        _remove(self.path / _META)
        _remove(self.index)
        self.index.mkdir()

    def fresh(self) -> Path:
        """An empty folder beside the index, for one that is built while this one still answers."""
        self.discard()
        (self.path / _FRESH).mkdir()
        return self.path / _FRESH

    def discard(self) -> None:
        """Throw away what was built in `fresh`, and what a change that failed has left in the index."""
        _remove(self.path / _FRESH)
        for file in _left_over(self.index):
            _remove(file)

    def adopt(self) -> None:
        """Put what was built in `fresh` in the place of the index; a crash in between starts anew."""
        _remove(self.path / _META)
        _remove(self.index)
        (self.path / _FRESH).replace(self.index)

    def close(self) -> None:
        """Let go of the folder; a copy is removed. What a killed process leaves the next one overwrites."""
        if self._copied and self.is_ours:
            # The lock goes last: from then on the folder may be another's.
            with contextlib.suppress(OSError):
                for part in (_INDEX, _FRESH, _META, _LOCK):
                    _remove(self.path / part)
                self.path.rmdir()
        self._lock.close()


def _remove(path: Path) -> None:
    """Remove what is there, of whatever kind. tantivy, which looks for changes, may just have put a lock into it."""
    for left in reversed(range(_TRIES)):
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            if not left or error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                raise
        else:
            return


def _parts(index: Path) -> list[dict[str, Any]]:
    """What tantivy says of the parts that were committed. Raises OSError or ValueError."""
    parts: list[dict[str, Any]] = json.loads((index / "meta.json").read_text("utf-8"))["segments"]
    return parts


def _left_over(index: Path) -> list[Path]:
    """The files of tantivy's that belong to nothing that was committed."""
    try:
        known = {part["segment_id"].replace("-", "") for part in _parts(index)}
    except (OSError, ValueError):
        return []  # nobody knows
    return [file for file in index.iterdir() if (named := _PART.match(file.name)) and named[0] not in known]


def _locked(path: Path) -> IO[bytes] | None:
    """The lock of a folder, which is made where it is missing; None while another process holds it."""
    tries = 0
    while True:
        tries += 1
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = (path / _LOCK).open("ab")
        except (FileExistsError, FileNotFoundError) as error:
            if tries == _TRIES:
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from error
            continue  # its last owner has just removed it
        if fcntl is None:
            return lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                lock.close()
                return None
            log.warning("%s: this disk has no locks (%s); no second process may use the folder", path, error.strerror)
            return lock
        if os.fstat(lock.fileno()).st_nlink:
            return lock
        lock.close()  # removed before it was ours


def _copy(path: Path, beside: Path) -> None:
    """The meta record is copied first: it may lag behind the terms, never run ahead of them. Who may write what is not
    copied."""
    _remove(beside / _META)
    _remove(beside / _INDEX)
    try:
        meta = (path / _META).read_bytes()
        (beside / _INDEX).mkdir()
        for file in (path / _INDEX).iterdir():
            if file.suffix != ".lock":
                shutil.copyfile(file, beside / _INDEX / file.name)
    except OSError:
        return  # the owner was at work: an empty copy is filled from the store by the caller
    (beside / _META).write_bytes(meta)
