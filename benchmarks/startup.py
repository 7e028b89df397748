"""Start to ready, memory, and a file's way to its first post, of the console process as a person runs it.

`python -m benchmarks.startup`; prints medians. Works in a temporary folder on a copy of `seeds/`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.search import load_lexicon

RUNS = 5
ROOT = Path(__file__).resolve().parent.parent


def started(folder: Path, *arguments: str, quiet: bool = False) -> subprocess.Popen[str]:
    """`python -m bot` with the seeds and the data of a folder, its standard input and output in our hands."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    env |= {
        "BOT_SEEDS": str(folder / "seeds"),
        "BOT_DATA": str(folder / "data"),
        "BOT_CONFIG": str(ROOT / "config"),
        "BOT_LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else None,
        text=True,
        encoding="utf-8",
    )


class Console:
    """`python -m bot run` with its standard input and output in our hands."""

    def __init__(self, folder: Path) -> None:
        self.began = time.perf_counter()
        self.process = started(folder, "run")

    def say(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self, words: str) -> float:
        """Seconds since the start at which a line with `words` appeared."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if words in line:
                return time.perf_counter() - self.began
        raise SystemExit(f"the console ended without saying {words!r}")

    def resident(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def end(self) -> None:
        """Close its standard input and wait for it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        if self.process.wait(timeout=60) != 0:
            raise SystemExit(f"the console ended with status {self.process.returncode}")


def main() -> None:
    """Print the table."""
    rows: dict[str, list[float]] = {"cold": [], "warm": [], "memory": [], "arrival": []}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(ROOT / "seeds", folder / "seeds")
            cold = Console(folder)
            rows["cold"].append(cold.hear("[1]"))
            cold.end()
            warm = Console(folder)
            rows["warm"].append(warm.hear("[1]"))
            warm.say("/subscribe *")
            warm.say("/search diffusion")
            warm.hear("Diffusion")
            rows["arrival"].append(_arrival(warm, folder))
            rows["memory"].append(warm.resident())
            warm.end()
    print(f"start to ready, cold (5 seeds)         {statistics.median(rows['cold']):6.2f} s   goal 2 s")
    print(f"start to ready, existing index         {statistics.median(rows['warm']):6.2f} s   goal 1 s")
    print(f"file renamed into seeds/ to first post {statistics.median(rows['arrival']):6.2f} s   goal 1 s")
    print(f"reading the words of config/, CPU      {statistics.median(map(_words, range(RUNS))):6.2f} s")
    print(f"resident memory                        {statistics.median(rows['memory']):6.1f} MB  goal 130 MB")
    print(f"medians of {RUNS} runs, wall time of whole processes")


def _words(_: int) -> float:
    before = time.process_time()
    load_lexicon(ROOT / "config")
    return time.process_time() - before


def _arrival(console: Console, folder: Path) -> float:
    title = "A Paper That Just Arrived"
    today = datetime.now(UTC)
    file = folder / "new"
    file.write_text(
        f"{today.year}년 {today.month}월 {today.day}일\n{title}\n(Ada Lovelace)\n방금 도착한 논문입니다.\n#tool\n",
        encoding="utf-8",
    )
    time.sleep(0.5)
    before = time.perf_counter() - console.began
    file.rename(folder / "seeds" / "today.txt")
    return console.hear(title) - before


if __name__ == "__main__":
    main()
