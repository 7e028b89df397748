"""What the fake Telegram keeps of a message that was really posted."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

from tests.fakes import record


@dataclass(frozen=True, slots=True)
class Posted(record.Posted):
    """`text` is a hash of what was sent, `kind` the method that posted it."""

    bot: int
    chat: int
    thread: int
    message: int
    text: str
    kind: str

    @property
    def place(self) -> Hashable:
        """The chat."""
        return self.chat

    @property
    def what(self) -> Hashable:
        """(chat, thread, text hash)."""
        return self.chat, self.thread, self.text


class Record(record.Record[Posted]):
    """Every post."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__(file)
        self._hashes: dict[str, str] = {}

    def hash(self, text: str) -> str:
        """The hash under which a text as sent is kept."""
        found = self._hashes.get(text)
        if found is None:
            if len(self._hashes) > 4096:
                self._hashes.clear()
            found = self._hashes[text] = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        return found
