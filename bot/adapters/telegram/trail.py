"""Which messages of a chat are known to exist, on record in a file, so that a crash forgets none.

It is what a message of unknown fate is looked for by: an id that cannot be any other message. Where we may edit, an
edit that is to change nothing would overwrite another message of ours, and in a channel anybody's.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

log = logging.getLogger(__name__)

CHATS: Final = 5000
KNOWN: Final = 100
DOUBTS: Final = 50
ATTEMPTS: Final = 5000
FRESH_SECONDS: Final = 120.0
"""For how long hardly so many messages come and go that a gap of missing ones says nothing."""
COUNTED_APART: Final = -1_000_000_000_000
"""Channels and supergroups have ids below this, and count their messages by themselves."""
LINES: Final = 50_000
"""After so many lines the file is written anew."""


@dataclass(frozen=True, slots=True)
class Before:
    """The newest message that was known when an attempt began; `fresh`: it was not known for long."""

    message: int
    fresh: bool


@dataclass(slots=True)
class _Chat:
    newest: int = 0
    learnt: float = -math.inf
    known: deque[int] = field(default_factory=lambda: deque(maxlen=KNOWN))
    in_flight: dict[str, frozenset[str]] = field(default_factory=dict)
    """What is on its way, each with what was in doubt when it left."""
    doubtful: dict[str, int] = field(default_factory=dict)
    """What may be there, each with the id of a message of ours that is certainly newer, 0 for none."""


class Trail:
    """What was seen of the chats whose messages are counted by themselves. `monotonic` is a clock in seconds.

    With a `file`, what an earlier run has seen is known too; what it had under way is in doubt.
    """

    def __init__(self, monotonic: Callable[[], float], file: Path | None = None) -> None:
        self._monotonic = monotonic
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._began: OrderedDict[str, Before] = OrderedDict()
        self._file = file
        self._out: TextIO | None = None
        self._lines = 0

    def open(self) -> None:
        """Read what earlier runs have noted, and note more."""
        if self._file is not None:
            self._load(self._file)

    def saw(self, chat: int, message: int) -> None:
        """This message exists."""
        if chat < COUNTED_APART:
            self._saw(chat, message)
            self._write("s", chat, message)

    def begins(self, chat: int, key: str) -> None:
        """A message is about to be sent; what is known now comes before it."""
        if chat > COUNTED_APART:
            return
        known = self._chat(chat)
        before = Before(known.newest, self._monotonic() - known.learnt < FRESH_SECONDS)
        self._begin(chat, key, before)
        self._write("b", chat, key, before.message, int(before.fresh))

    def ends(self, chat: int, key: str, message: int | None, *, doubtful: bool = False) -> None:
        """It was sent as `message`, or was not (None), or nobody knows (`doubtful`)."""
        if chat > COUNTED_APART:
            return
        if doubtful:
            self._doubt(chat, key)
            self._write("d", chat, key)
        else:
            self.resolved(chat, key, message)

    def resolved(self, chat: int, key: str, message: int | None) -> None:
        """What became of it is known, now at the latest."""
        self._resolve(chat, key, message)
        self._write("e", chat, key, message or 0)

    def before(self, key: str) -> Before | None:
        """The newest message known before an attempt began; None where none was."""
        before = self._began.get(key)
        return before if before is not None and before.message else None

    def busy(self, chat: int) -> bool:
        """Whether a message of ours is on its way there."""
        return bool(self._chat(chat).in_flight)

    def others_in_doubt(self, chat: int, key: str) -> bool:
        """Whether another message of unknown id may be there, after what was known when `key` began."""
        before = self._began.get(key)
        oldest = before.message if before is not None else 0
        return any(one != key and not 0 < newer <= oldest for one, newer in self._chat(chat).doubtful.items())

    def is_another(self, chat: int, message: int) -> bool:
        """Whether the message is known to be another one, ours or somebody's."""
        return message in self._chat(chat).known

    def close(self) -> None:
        """Write no more."""
        if self._out is not None:
            self._out.close()
        self._out = self._file = None

    # --- memory -------------------------------------------------------------------------------------------------

    def _chat(self, chat: int) -> _Chat:
        known = self._chats.setdefault(chat, _Chat())
        self._chats.move_to_end(chat)
        if len(self._chats) > CHATS:
            self._chats.popitem(last=False)
        return known

    def _saw(self, chat: int, message: int) -> None:
        known = self._chat(chat)
        known.known.append(message)
        if message > known.newest:
            known.newest, known.learnt = message, self._monotonic()

    def _begin(self, chat: int, key: str, before: Before) -> None:
        known = self._chat(chat)
        known.in_flight[key] = frozenset(known.doubtful)
        self._began[key] = before
        if len(self._began) > ATTEMPTS:
            self._began.popitem(last=False)

    def _doubt(self, chat: int, key: str) -> None:
        known = self._chat(chat)
        known.in_flight.pop(key, None)
        known.doubtful[key] = 0
        if len(known.doubtful) > DOUBTS:
            del known.doubtful[next(iter(known.doubtful))]

    def _resolve(self, chat: int, key: str, message: int | None) -> None:
        known = self._chat(chat)
        earlier = known.in_flight.pop(key, frozenset())
        known.doubtful.pop(key, None)
        self._began.pop(key, None)
        if message:
            self._saw(chat, message)
            for other in earlier & known.doubtful.keys():
                known.doubtful[other] = known.doubtful[other] or message

    # --- record -------------------------------------------------------------------------------------------------

    def _load(self, file: Path) -> None:
        try:
            lines = file.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            lines = []
        except OSError as error:
            log.warning("what was posted before is not known: %s", error.strerror)
            lines = []
        for line in lines:
            with contextlib.suppress(ValueError):  # a line that a crash has cut
                self._replay(line.split(" "))
        for chat, known in list(self._chats.items()):
            known.learnt = -math.inf
            for key in list(known.in_flight):
                self._doubt(chat, key)
        self._rewrite()

    def _replay(self, words: list[str]) -> None:
        match words:
            case ["s", chat, message]:
                self._saw(int(chat), int(message))
            case ["b", chat, key, message, fresh]:
                self._begin(int(chat), key, Before(int(message), fresh == "1"))
            case ["d", chat, key]:
                self._doubt(int(chat), key)
            case ["n", chat, key, newer]:
                self._chat(int(chat)).doubtful[key] = int(newer)
            case ["e", chat, key, message]:
                self._resolve(int(chat), key, int(message))
            case _:
                pass

    def _write(self, *words: object) -> None:
        if self._out is None:
            return
        try:
            self._out.write(" ".join(map(str, words)) + "\n")
            self._out.flush()
        except OSError as error:
            log.warning("what is posted is no longer noted down: %s", error.strerror)
            self.close()
            return
        self._lines += 1
        if self._lines > LINES:
            self._rewrite()

    def _rewrite(self) -> None:
        """Begin the file again with what matters."""
        if self._file is None:
            return
        if self._out is not None:
            self._out.close()
            self._out = None
        fresh = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="ascii") as out:
                for chat, known in self._chats.items():
                    out.writelines(f"s {chat} {message}\n" for message in sorted(known.known))
                    for key in (*known.doubtful, *known.in_flight):
                        if (before := self._began.get(key)) is not None:
                            out.write(f"b {chat} {key} {before.message} {int(before.fresh)}\n")
                    for key, newer in known.doubtful.items():
                        out.write(f"d {chat} {key}\nn {chat} {key} {newer}\n")
            fresh.replace(self._file)
            self._out = self._file.open("a", encoding="ascii")
            self._lines = 0
        except OSError as error:
            log.warning("what is posted is not noted down: %s", error.strerror)
