"""`paperboy search -` as a person runs it, over digest files: `python -m benchmarks.search_command [--full]`.

For 2,526 papers, and with `--full` for 100,000 (five minutes), recombined from the corpus as in `benchmarks.search` and
written to a digest a day: what the first run takes, which reads the files and builds the index, and what the next ones
take, which find both there. Beside the start stands a bare loop that only reads the files.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Final, Self

from benchmarks.search import Recombined, row
from benchmarks.search_sets import archive, queries
from benchmarks.startup import started
from bot.digest import print_digest
from bot.model import Digest, Paper

STARTS: Final = 5
PASTED: Final = 200
SIZES: Final = {2_526: ("", "", "10 ms", "150 MB"), 100_000: ("300 s", "2 s", "25 ms", "300 MB")}
"""By papers: the goals for the first run, for a start, for the 99th percentile of wall time and for memory."""


class Search:
    """The command, which answers a line of JSON to a line."""

    def __init__(self, folder: Path) -> None:
        self.began = time.perf_counter()
        self.process = started(folder, "search", "-", "--json", "--limit", "5", quiet=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.wait(timeout=60) != 0:
            raise SystemExit(f"the command ended with status {self.process.returncode}")

    def ask(self, query: str) -> float:
        """Milliseconds until the answer to a query is there."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = time.perf_counter()
        self.process.stdin.write(query + "\n")
        self.process.stdin.flush()
        json.loads(self.process.stdout.readline())
        return (time.perf_counter() - asked) * 1000

    def memory(self) -> float:
        """The most megabytes that it had so far."""
        return most_memory(self.process.pid)

    def watch_children(self, most: list[float]) -> None:
        """Add the most megabytes of each process that it starts, a few times a second, until it ends."""
        while self.process.poll() is None:
            for task in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
                with contextlib.suppress(OSError, StopIteration):
                    most += [most_memory(int(child)) for child in task.read_text().split()]
            time.sleep(0.1)


def most_memory(pid: int) -> float:
    """The most megabytes that a process had so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6


def main() -> None:
    """Print the table of each size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="with 100,000 papers too")
    chosen = options.parse_args()
    base = archive()
    asked = [each.query.replace("\n", " ") for each in queries(base, "reporting", 40)]
    random.Random(3).shuffle(asked)
    pasted = [" ".join(text.split()) for paper in base for text in (paper.abstract, *paper.commentary) if text]
    pasted = random.Random(3).sample(pasted, PASTED)
    for size in SIZES if chosen.full else list(SIZES)[:1]:
        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), size, Recombined(base), asked, pasted)


def measure(folder: Path, size: int, papers: Recombined, asked: list[str], pasted: list[str]) -> None:
    """Write the files, then run the command once over them as they are, and a few times more."""
    files = written(folder / "seeds", size, papers)
    goal_first, goal_start, goal_wall, goal_memory = (goal and f"goal {goal}" for goal in SIZES[size])
    print(f"\n{size:,} papers in {len(files):,} files")
    building = [0.0]
    with Search(folder) as search:
        threading.Thread(target=search.watch_children, args=(building,), daemon=True).start()
        search.ask(asked[0])
        row("first run, until it answers", time.perf_counter() - search.began, "s", goal_first)
        for query in asked:
            search.ask(query)
        row("its memory, at most", search.memory(), "MB", goal_memory)
    row("that of the process which builds, at most", max(building), "MB")
    starts = []
    for _ in range(STARTS):
        with Search(folder) as search:
            search.ask(asked[0])
            starts.append(time.perf_counter() - search.began)
    row(f"the next runs, until they answer, median of {STARTS}", statistics.median(starts), "s", goal_start)
    bare = statistics.median(reading(files) for _ in range(STARTS))
    row("a bare loop that reads the files", bare, "s", f"1 to {statistics.median(starts) / bare:.1f}")
    with Search(folder) as search:
        search.ask(asked[0])
        timings = sorted(search.ask(query) for query in asked)
        row(f"an answer as JSON, {len(timings)} queries once, p50", timings[len(timings) // 2], "ms")
        row("an answer as JSON, p99", timings[int(len(timings) * 0.99)], "ms", goal_wall)
        timings = sorted(search.ask(text) for text in pasted)
        row(f"a pasted abstract or commentary, {PASTED} once, p50", timings[len(timings) // 2], "ms")
        row("a pasted abstract or commentary, p99", timings[int(len(timings) * 0.99)], "ms", goal_wall)
        row("its memory, at most", search.memory(), "MB", goal_memory)


def written(folder: Path, size: int, papers: Recombined) -> list[Path]:
    """The digest files of that many papers, one a day."""
    days: defaultdict[date, list[Paper]] = defaultdict(list)
    for number in range(size):
        paper = papers.paper(number)
        days[paper.date].append(paper)
    folder.mkdir()
    files = []
    for day, its in days.items():
        files.append(folder / f"{day}.md")
        files[-1].write_text(print_digest(Digest(date=day, papers=tuple(its))), encoding="utf-8")
    return files


def reading(files: list[Path]) -> float:
    """Seconds that it takes to read the files."""
    began = time.perf_counter()
    for file in files:
        file.read_bytes()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
