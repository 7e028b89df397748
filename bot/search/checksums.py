"""Whether tantivy's files are as it wrote them: each ends with a checksum of all that stands before."""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path
from typing import IO, Final

import tantivy

from bot.search.trouble import is_panic

_CHUNK: Final = 1 << 20  # bytes read at a time
_END: Final = struct.Struct("<II")
"""The length of the footer, which is JSON, and the number that says that there is one."""
_MAGIC: Final = 1337
_LONGEST: Final = 1 << 12


def opened_soundly(folder: Path) -> tantivy.Index:
    """The index in a folder of tantivy's. Raises OSError, ValueError or SystemError where it is not as it was written.

    All of it is read, a tenth of a second or two for a hundred thousand papers.
    """
    if (damaged := damaged_file(folder)) is not None:
        raise ValueError(f"{damaged.name} is damaged")
    try:
        index = tantivy.Index.open(str(folder))
        searcher = index.searcher()
        searcher.terms_with_prefix("tag", "")
        searcher.search(tantivy.Query.all_query(), 1, order_by_field="recency")
    except BaseException as error:
        if is_panic(error):
            raise ValueError(str(error)) from None
        raise
    return index


def damaged_file(folder: Path) -> Path | None:
    """The first file in a folder of tantivy's that is not as it was written, None where there is none.

    A file without a footer that can be understood is taken to be sound, and so is one that goes meanwhile. Raises
    OSError where a file cannot be read.
    """
    for path in sorted(folder.iterdir()):
        try:
            if path.is_file() and not _is_sound(path):
                return path
        except FileNotFoundError:
            continue
    return None


def _is_sound(path: Path) -> bool:
    with path.open("rb") as file:
        footer = _footer(file)
        if footer is None:
            return True
        left, expected = footer
        found = 0
        file.seek(0)
        while left and (chunk := file.read(min(left, _CHUNK))):
            found = zlib.crc32(chunk, found)
            left -= len(chunk)
        return found == expected


def _footer(file: IO[bytes]) -> tuple[int, int] | None:
    """How many bytes stand before the footer, and their checksum."""
    size = file.seek(0, os.SEEK_END)
    if size < _END.size:
        return None
    file.seek(-_END.size, os.SEEK_END)
    length, magic = _END.unpack(file.read(_END.size))
    start = size - _END.size - length
    if magic != _MAGIC or length > _LONGEST or start < 0:
        return None
    file.seek(start)
    try:
        expected = json.loads(file.read(length))["crc"]
    except (ValueError, KeyError, TypeError):
        return None
    return (start, expected) if isinstance(expected, int) else None
