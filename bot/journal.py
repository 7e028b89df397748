"""What left this machine, on record beside the ledger: after a crash it tells the requests that were really under way
from those that had not left or were answered already.

The ledger is written once a turn; this, before and after each request, to a file that needs no fsync: it only has to
outlive the process. It is believed where the machine has not been started anew since; anywhere else nothing is
concluded from it. Whoever reads it seals it first (its permission to be written goes). Its writer, who may live or be
frozen, notes that a request leaves and then looks for the seal: what is not noted in a sealed log has not left and
will not.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

BYTES: Final = 1_000_000
"""A journal that is longer is written anew with what is still open."""
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_SEALED: Final = stat.S_IRUSR


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A request of a delivery left. `receipt` is set where its answer came (`shows`: the content hash of what was
    posted); `refused` where the answer was that nothing was posted. `chat_until` and `lane_until` are set where the
    answer was that the chat or the whole lane has to wait until then."""

    receipt: str | None = None
    shows: str | None = None
    refused: bool = False
    chat_until: datetime | None = None
    lane_until: datetime | None = None


class Log:
    """The journal of one lane while we own it.

    When it can no longer be written, what is planned does not leave; when the ledger has it all, the journal is begun
    again, or taken away where that is not possible: then it says nothing, and the lane goes on without it.
    """

    def __init__(self, path: Path, boot: str, longest: int) -> None:
        self._path = path
        self._boot = boot
        self._longest = longest
        self._file: int | None = None
        self._size = 0
        self._open: dict[int, str] = {}
        self._sealed = self._failing = self._said = False
        self._start()

    def left(self, delivery: int) -> bool:
        """The request of a delivery is about to leave. False: it must not, for that cannot be noted down now, or the
        lane is somebody else's."""
        line = json.dumps([delivery, "left"])
        if not self._put(line):
            return False
        self._open[delivery] = line
        if self._file is not None and not self._sealed:
            self._sealed = _is_sealed(self._file)
        return not self._sealed

    def sent(self, delivery: int, receipt: str, shows: str | None) -> None:
        """The answer was that it is there."""
        self._answered(delivery, [delivery, "sent", receipt, shows])

    def told(self, delivery: int, *, refused: bool, chat: datetime | None = None, lane: datetime | None = None) -> None:
        """The answer was that it is not there (`refused`), or that the chat or the lane has to wait until then."""
        until = [None if moment is None else moment.isoformat() for moment in (chat, lane)]
        self._answered(delivery, [delivery, "not" if refused else "left", *until])

    def recorded(self, deliveries: Collection[int]) -> None:
        """The ledger knows what became of these."""
        for delivery in deliveries:
            self._open.pop(delivery, None)
        if self._size > self._longest or self._failing or self._file is None:
            self._start()

    def close(self, *, done: bool) -> None:
        """Let others read it; `done`: there is nothing in it that the ledger does not know."""
        if done:
            self._path.unlink(missing_ok=True)
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _start(self) -> None:
        lines = [json.dumps([self._boot]), *self._open.values(), ""]
        fresh = self._path.with_suffix(".new")
        old, self._file, self._failing = self._file, None, False
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
            self._size = _write_all(self._file, "\n".join(lines).encode())
            fresh.replace(self._path)
            self._said = False
        except OSError as error:
            self._say(error)
            if self._file is not None:
                os.close(self._file)
                self._file = None
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            try:
                self._path.unlink(missing_ok=True)
            except OSError:  # while it is there it is believed: nothing may leave without it
                self._file, self._failing, old = old, old is not None, None
        finally:
            if old is not None:  # whoever seals it later sees that it is not this one any more
                self._sealed = self._sealed or _is_sealed(old)
                os.close(old)

    def _answered(self, delivery: int, words: list[Any]) -> None:
        line = self._open[delivery] = json.dumps(words, ensure_ascii=False)
        self._put(line)

    def _put(self, line: str) -> bool:
        """Whether the line is there, or nobody looks for it."""
        if self._file is None:
            return True
        if self._failing:
            return False
        try:
            self._size += _write_all(self._file, f"{line}\n".encode())
        except OSError as error:
            self._say(error)
            self._failing = True
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)  # half a line would make all of it worthless
            return False
        return True

    def _say(self, error: OSError) -> None:
        if not self._said:
            log.warning("what leaves is not noted down: %s", error.strerror)
        self._said = True


class Journal:
    """The logs in a folder, one for each lane and each time that it was ours."""

    def __init__(self, folder: Path, longest: int = BYTES) -> None:
        self._folder = folder
        self._longest = longest
        try:
            self._boot = _BOOT.read_text(encoding="ascii").strip()
        except OSError:
            self._boot = ""

    def open(self, lane: str, epoch: int) -> Log | None:
        """A new log; None where nothing could be concluded from it."""
        return Log(self._path(lane, epoch), self._boot, self._longest) if self._boot else None

    def read(self, lane: str, epoch: int) -> Mapping[int, Left] | None:
        """What left while the lane was in the hands of that epoch, by delivery; None where that cannot be told.

        From now on nothing leaves in that epoch any more.
        """
        path = self._path(lane, epoch)
        try:
            with path.open(encoding="utf-8") as text:
                os.fchmod(text.fileno(), _SEALED)
                if not os.path.samestat(os.fstat(text.fileno()), path.stat()):
                    return self.read(lane, epoch)  # it was written anew meanwhile
                first, *lines = [json.loads(line) for line in text]
        except (OSError, ValueError):
            return None
        if first != [self._boot] or not self._boot:
            return None
        try:
            return _by_delivery(lines)
        except ValueError:
            return None

    def forget(self, lane: str, before: int) -> None:
        """The ledger knows all that was noted about a lane before that epoch."""
        for path in self._folder.glob(f"{_letters(lane)}.*.log"):
            epoch = path.name.rsplit(".", 2)[1]
            if epoch.isdecimal() and int(epoch) < before:
                path.unlink(missing_ok=True)

    def _path(self, lane: str, epoch: int) -> Path:
        return self._folder / f"{_letters(lane)}.{epoch}.log"


def _by_delivery(lines: Sequence[Any]) -> dict[int, Left]:
    found: dict[int, Left] = {}
    for line in lines:
        match line:
            case [int(delivery), "left"]:
                found[delivery] = Left()
            case [int(delivery), "left" | "not" as word, chat, lane]:
                found[delivery] = Left(refused=word == "not", chat_until=_moment(chat), lane_until=_moment(lane))
            case [int(delivery), "sent", str(receipt), shows]:
                found[delivery] = Left(receipt=receipt, shows=shows)
            case _:
                raise ValueError("a line of another kind")
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _letters(lane: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", lane)


def _is_sealed(file: int) -> bool:
    return not os.fstat(file).st_mode & stat.S_IWUSR


def _write_all(file: int, data: bytes) -> int:
    written = os.write(file, data)
    if written < len(data):
        raise OSError(28, "no room for it")
    return written
