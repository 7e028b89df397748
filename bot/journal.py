"""What left this machine, on record beside the ledger: after a crash it tells the requests that were really under way
from those that had not left or were answered already.

The ledger is written once a turn; this, before and after each request, to a file that needs no fsync: it only has to
outlive the process. It is believed where the kernel says that its writer is dead (a lock) and where the machine has not
been started anew since; anywhere else nothing is concluded from it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

BYTES: Final = 1_000_000
"""A journal that is longer is written anew with what is still open."""
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A request of a delivery left. `receipt` is set where its answer came (`shows`: the content hash of what was
    posted); `refused` where the answer was that nothing was posted."""

    receipt: str | None = None
    shows: str | None = None
    refused: bool = False


class Log:
    """The journal of one lane while we own it. When it cannot be written it is taken away, and says nothing."""

    def __init__(self, path: Path, boot: str, longest: int) -> None:
        self._path = path
        self._boot = boot
        self._longest = longest
        self._file: int | None = None
        self._size = 0
        self._open: dict[int, str] = {}
        self._start()

    def left(self, delivery: int) -> None:
        """The request of a delivery is about to leave."""
        self._write(delivery, [delivery, "left"])

    def sent(self, delivery: int, receipt: str, shows: str | None) -> None:
        """The answer was that it is there."""
        self._write(delivery, [delivery, "sent", receipt, shows])

    def refused(self, delivery: int) -> None:
        """The answer was that it is not there."""
        self._write(delivery, [delivery, "not"])

    def recorded(self, deliveries: Collection[int]) -> None:
        """The ledger knows what became of these."""
        for delivery in deliveries:
            self._open.pop(delivery, None)
        if self._size > self._longest:
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
        old, self._file = self._file, None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._size = _write_all(self._file, "\n".join(lines).encode())
            fresh.replace(self._path)
        except OSError as error:
            self._give_up(error)
        finally:
            if old is not None:
                os.close(old)

    def _write(self, delivery: int, words: list[Any]) -> None:
        if self._file is None:
            return
        line = self._open[delivery] = json.dumps(words, ensure_ascii=False)
        try:
            self._size += _write_all(self._file, f"{line}\n".encode())
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        log.warning("what leaves is not noted down: %s", error.strerror)
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        if self._file is not None:
            os.close(self._file)
            self._file = None


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
        """What left while the lane was in the hands of that epoch, by delivery; None where that cannot be told."""
        try:
            file = os.open(self._path(lane, epoch), os.O_RDONLY)
        except OSError:
            return None
        with os.fdopen(file, encoding="utf-8") as text:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # refused while its writer lives, be it frozen
                first, *lines = [json.loads(line) for line in text]
            except (OSError, ValueError):
                return None
        if first != [self._boot] or not self._boot:
            return None
        found: dict[int, Left] = {}
        for line in lines:
            match line:
                case [int(delivery), "left"]:
                    found[delivery] = Left()
                case [int(delivery), "not"]:
                    found[delivery] = Left(refused=True)
                case [int(delivery), "sent", str(receipt), shows]:
                    found[delivery] = Left(receipt=receipt, shows=shows)
                case _:
                    return None
        return found

    def forget(self, lane: str, before: int) -> None:
        """The ledger knows all that was noted about a lane before that epoch."""
        for path in self._folder.glob(f"{_letters(lane)}.*.log"):
            epoch = path.name.rsplit(".", 2)[1]
            if epoch.isdecimal() and int(epoch) < before:
                path.unlink(missing_ok=True)

    def _path(self, lane: str, epoch: int) -> Path:
        return self._folder / f"{_letters(lane)}.{epoch}.log"


def _letters(lane: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", lane)


def _write_all(file: int, data: bytes) -> int:
    written = os.write(file, data)
    if written < len(data):
        raise OSError(28, "no room for it")
    return written
