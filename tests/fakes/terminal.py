"""Paperboy as a process of its own, with its standard input and output in a test's hands."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 40.0
"""Seconds after which something that was waited for is given up; a busy machine needs a few."""


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a process whose archive is in `folder` and whose settings are the defaults and `settings`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "LC_", "LANG"))}
    return env | {
        "BOT_SEEDS": str(folder / "seeds"),
        "BOT_DATA": str(folder / "data"),
        "BOT_CONFIG": str(ROOT / "config"),
        "PYTHONWARNINGS": "error",
        **settings,
    }


def seeded(folder: Path) -> Path:
    """A folder with a copy of the real digests in `seeds/`."""
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    return folder


def paperboy(*arguments: str, folder: Path, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment(folder, **settings),
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


class Console:
    """`paperboy run` in a pipe: say lines, and hear what comes."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.heard: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env=environment(folder, **settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def say(self, line: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self, words: str) -> str:
        """Wait for the next line with `words` in it."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{words!r} did not come; heard {self.heard}") from None
            if line is None:
                raise AssertionError(f"the output ended before {words!r}; heard {self.heard}")
            self.heard.append(line)
            if words in line:
                return line

    def leave(self) -> int:
        """Close its input, hear the rest, and return the exit status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._end()

    def signal(self, number: signal.Signals) -> int:
        """Send a signal, hear the rest, and return the exit status."""
        self._process.send_signal(number)
        return self._end()

    def _end(self) -> int:
        try:
            status = self._process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._reader.join(PATIENCE)
            while (line := self._lines.get_nowait()) is not None:
                self.heard.append(line)
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None and not pipe.closed:
                    pipe.close()
        return status

    @property
    def text(self) -> str:
        """Everything heard so far."""
        return "".join(self.heard)
