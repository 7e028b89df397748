"""The proof of "once": an append-only list of every message that was really posted, and when."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that readers got. `at` is monotonic seconds of receipt, `wall` Unix time, `text` a hash of what was
    sent. `kind` is the method that posted it; edits are not in here.
    """

    at: float
    wall: float
    bot: int
    chat: int
    thread: int
    message: int
    text: str
    kind: str


class Record:
    """Every post in order of receipt; also a line of JSON each in `file`, written out at once, where one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self.posts: list[Posted] = []
        self._by_chat: dict[int, list[Posted]] = {}
        self._file: TextIO | None = file.open("a", encoding="utf-8") if file else None
        self._hashes: dict[str, str] = {}

    def add(self, post: Posted) -> None:
        """Append one."""
        self.posts.append(post)
        self._by_chat.setdefault(post.chat, []).append(post)
        if self._file is not None:
            self._file.write(json.dumps(asdict(post)) + "\n")
            self._file.flush()

    def posts_in(self, chat: int) -> list[Posted]:
        """Those of one chat, in order."""
        return self._by_chat.get(chat, [])

    def hash(self, text: str) -> str:
        """The hash under which a text as sent is kept."""
        found = self._hashes.get(text)
        if found is None:
            if len(self._hashes) > 4096:
                self._hashes.clear()
            found = self._hashes[text] = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        return found

    def repeated(self) -> dict[tuple[int, int, str], int]:
        """What was posted more than once, as (chat, thread, text hash), and how often."""
        counts = Counter((post.chat, post.thread, post.text) for post in self.posts)
        return {key: count for key, count in counts.items() if count > 1}

    def busiest(self, seconds: float = 1.0) -> int:
        """The most posts in any window of so many seconds."""
        most, window = 0, deque[float]()
        for post in self.posts:
            window.append(post.at)
            while window[0] <= post.at - seconds:
                window.popleft()
            most = max(most, len(window))
        return most

    def rate(self) -> float:
        """Posts a second between the first and the last; 0.0 for fewer than two."""
        if len(self.posts) < 2:
            return 0.0
        return (len(self.posts) - 1) / max(self.posts[-1].at - self.posts[0].at, 1e-9)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None
