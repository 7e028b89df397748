"""Reading a digest from a file: the one place where the parser meets a disk."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from bot.digest import MAX_BYTES, Parsed, Problem, decode, parse_digest

log = logging.getLogger(__name__)

NOT_A_FILE: Final = "not-a-file"
PARSER_FAILED: Final = "parser-failed"

_HASH: Final = partial(hashlib.blake2b, digest_size=16)
_DAY: Final = re.compile(r"(?<![0-9])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """A file as it was read: `hash` is of its bytes (32 hex digits; "" where it could not be read whole)."""

    path: Path
    hash: str
    parsed: Parsed


def read_digest_file(path: Path) -> FileDigest:
    """Read and parse a file of at most `MAX_BYTES` bytes; whatever is wrong with it is a problem, never an OSError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        return unread(path, *_why(error))
    if len(data) > MAX_BYTES:
        return unread(path, "file-too-large", f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    decoded = decode(data)
    if decoded.problems:
        parsed = Parsed(digest=None, problems=decoded.problems)
    else:
        parsed = parse_digest(decoded.text, file_date=date_in_name(path.name))
    return FileDigest(path=path, hash=_HASH(data).hexdigest(), parsed=parsed)


def read_safely(path: Path, reader: Callable[[Path], FileDigest], *, regular: bool) -> FileDigest:
    """What `reader` makes of a file; a problem of that file alone where it raises anything, or where the file is not
    `regular`: to open a pipe could wait for ever."""
    if not regular:
        return unread(path, NOT_A_FILE, "This is neither a file nor a folder.")
    try:
        return reader(path)
    except Exception:
        log.exception("%s: the parser failed", path.name)
        return unread(path, PARSER_FAILED, "Paperboy could not read this file; its log says why.")


def file_hash(path: Path) -> str:
    """The hash that the file has where it is read, whatever its size; "" where it cannot be read."""
    try:
        with path.open("rb", buffering=0) as file:
            return hashlib.file_digest(file, _HASH).hexdigest()
    except (OSError, ValueError):
        return ""


def date_in_name(name: str) -> date | None:
    """The day that a file is named by (`2024-01-05.md`), if any."""
    if match := _DAY.search(name):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    return None


def _why(error: OSError | ValueError) -> tuple[str, str]:
    match error:
        case FileNotFoundError():
            return "file-not-found", "There is no such file."
        case IsADirectoryError():
            return NOT_A_FILE, "This is a folder, not a file."
        case PermissionError():
            return "file-not-readable", "The file may not be read: permission is denied."
        case OSError(strerror=str(reason)):
            return "file-not-readable", f"The file cannot be read: {reason}."
        case _:
            return "file-not-readable", "The file cannot be read."


def unread(path: Path, code: str, message: str) -> FileDigest:
    """A file that gave nothing, with its problem: a stable code and a sentence."""
    problem = Problem(line=0, code=code, message=message)
    return FileDigest(path=path, hash="", parsed=Parsed(digest=None, problems=(problem,)))
