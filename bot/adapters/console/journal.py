"""Which posts were printed: what the console can say about a post after a crash.

A terminal cannot be asked what it shows, so the console notes each post before and after it prints it, in a file
that is only ever added to. A post noted twice was seen; one noted before only may have been; one never noted was not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from bot.adapters.base import FateUnknown


class Journal:
    """The file; made when it is first needed. Its methods block for a disk."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def begin(self, key: str) -> None:
        """Note that the post `key` is about to be printed."""
        self._add("begin", key)

    def end(self, key: str, receipt: str, shows: str) -> None:
        """Note that it was printed, and a short name of what it reads."""
        self._add("post", key, receipt, shows)

    def change(self, receipt: str, shows: str) -> None:
        """Note that a post was said to read otherwise now."""
        self._add("change", receipt, shows)

    def find(self, key: str) -> str | None:
        """The receipt of a printed post, None for one whose printing never began. Raises FateUnknown between."""
        begun = False
        for entry in self._entries():
            match entry:
                case ["post", str(found), str(receipt), str()] if found == key:
                    return receipt
                case ["begin", str(found)] if found == key:
                    begun = True
        if begun:
            raise FateUnknown("it was being printed when the process ended")
        return None

    def shows(self, receipt: str) -> str | None:
        """The short name of what a post was last said to read; None for a post that is not on record."""
        last = None
        for entry in self._entries():
            match entry:
                case ["post", str(), str(found), str(shows)] | ["change", str(found), str(shows)] if found == receipt:
                    last = shows
        return last

    def _entries(self) -> Iterator[object]:
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:  # torn by a crash, or the empty first one
                continue

    def _add(self, *entry: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # The line break comes first: a line torn by a crash is then ended by the next one.
        line = b"\n" + json.dumps(entry).encode()
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
