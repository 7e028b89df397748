"""What the search finds and what it costs: `python -m benchmarks.search [--full] [--set development]`.

First the quality table of `benchmarks.search_quality` on the reporting set. Then, at 2,526 and 3,000 papers and with
`--full` at 100,000, synthesised by recombining the corpus: wall and CPU time a query, everything included
(parsing, translations, repair, five snippets), building, opening an index that is there in a fresh process, and memory.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from benchmarks import search_quality
from benchmarks.search_sets import ROOT, archive, queries
from bot.model import Paper, StoredPaper
from bot.query import parse, snippet
from bot.search import Index, load_lexicon

ARCHIVE: Final = "benchmark"
SIZES: Final = {2_526: ("10 ms", "", "150 MB"), 3_000: ("", "5 ms", ""), 100_000: ("25 ms", "", "300 MB")}
"""By papers: the goals for the 99th percentiles of wall and of CPU time, and for memory."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="with 100,000 papers too")
    options.add_argument("--set", choices=("development", "reporting"), default="reporting")
    options.add_argument("--only", choices=("quality", "speed"))
    options.add_argument("--slowest", type=int, default=0, help="print so many of the slowest queries")
    options.add_argument("--build", nargs=2, help=argparse.SUPPRESS)
    options.add_argument("--search", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.build:
        build(Path(chosen.build[0]), int(chosen.build[1]))
    elif chosen.search:
        measure(Path(chosen.search[0]), int(chosen.search[1]), chosen.set, chosen.slowest)
    else:
        if chosen.only != "speed":
            papers = archive()
            asked = queries(papers, chosen.set)
            search_quality.report(papers, asked, load_lexicon(ROOT / "config"), chosen.set, 0)
        if chosen.only != "quality":
            for size in SIZES if chosen.full else list(SIZES)[:2]:
                speed(size, chosen.set, chosen.slowest)


def speed(size: int, name: str, slowest: int) -> None:
    """Build and search in processes of their own: memory is theirs alone."""
    with tempfile.TemporaryDirectory() as folder:
        for step in ("--build", "--search"):
            command = [sys.executable, "-m", "benchmarks.search", step, folder, str(size), "--set", name]
            subprocess.run([*command, "--slowest", str(slowest)], check=True, cwd=ROOT)


def row(name: str, number: float, unit: str, note: str = "") -> None:
    print(f"{name:44} {number:9.2f} {unit:8}{note}".rstrip(), flush=True)


class Recombined:
    """Any number of papers made of the sentences, titles and authors of others, a tenth of their words exchanged and
    one in fifty made up, so that the vocabulary grows with the archive. Paper `number` is always the same."""

    def __init__(self, base: Sequence[Paper]) -> None:
        self._base = base
        self._sentences = [
            sentence
            for each in base
            for sentence in re.split(r"(?<=[.?!]) ", each.abstract or "")
            if len(sentence) > 30
        ]
        self._paragraphs = [paragraph for each in base for paragraph in each.commentary]
        self._authors = [author for each in base for author in each.authors]
        self._words = [word for sentence in self._sentences for word in sentence.split() if word.isalpha()]

    def paper(self, number: int) -> Paper:
        if number < len(self._base):
            return self._base[number]
        chance = random.Random(number)
        each = self._base[chance.randrange(len(self._base))]
        address = f"https://arxiv.org/abs/{10 + number % 20:02}{1 + number % 12:02}.{number // 240:05}"
        return Paper(
            date=date(2015, 1, 1) + timedelta(days=number % 4000),
            title=self._changed(each.title, chance),
            authors=tuple(chance.sample(self._authors, 5)),
            abstract=self._changed(" ".join(chance.sample(self._sentences, 7)), chance),
            commentary=tuple(self._changed(text, chance) for text in chance.sample(self._paragraphs, 1)),
            tags=each.tags,
            links=(address,),
            source_url=address,
        )

    def _changed(self, text: str, chance: random.Random) -> str:
        words = text.split()
        for at in range(len(words)):
            draw = chance.random()
            if draw < 0.02:
                words[at] = "".join(chance.choice("bcdfglmnprstv") + chance.choice("aeiou") for _ in range(4))
            elif draw < 0.12 and words[at].isascii():
                words[at] = chance.choice(self._words)
        return " ".join(words)

    def stored(self, numbers: range) -> Iterator[StoredPaper]:
        for number in numbers:
            yield StoredPaper(
                id=number + 1,
                version=1,
                digest_id=1,
                position=0,
                published_at=None,
                withdrawn=False,
                paper=self.paper(number),
            )


def build(folder: Path, size: int) -> None:
    papers = Recombined(archive())
    with Index.open(folder, load_lexicon(ROOT / "config"), archive=ARCHIVE) as index:
        started = time.perf_counter()
        index.apply(papers.stored(range(size)), size, total=size)
        spent = time.perf_counter() - started
    print(f"\n{size:,} papers")
    row("build the index, wall", spent, "s", "goal 300 s" if size > 50_000 else "")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    row("memory of the process that builds, at most", most, "MB")
    row("index on disk", sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, "MB")


def measure(folder: Path, size: int, name: str, slowest: int) -> None:
    """A fresh process: what a search costs, everything included."""
    import bot.app  # noqa: F401  (what the search command has in memory beside the index)

    lexicon = load_lexicon(ROOT / "config")
    base = archive()
    papers = Recombined(base)
    asked = [each.query for each in queries(base, name, 40)]
    random.Random(3).shuffle(asked)
    started = time.perf_counter()
    index = Index.open(folder, lexicon, archive=ARCHIVE)
    opened = time.perf_counter() - started
    goal_wall, goal_cpu, goal_memory = SIZES[size]
    row("open the existing index", opened * 1000, "ms", "goal 2 s" if size > 50_000 else "")
    started = time.perf_counter()
    index.warm()  # as the program does soon after its start, and what follows it there
    gc.freeze()
    row("load what the first searches need", (time.perf_counter() - started) * 1000, "ms")
    timings: list[tuple[float, str]] = []
    burnt: list[float] = []
    for number, line in enumerate(asked):
        started, cpu = time.perf_counter(), time.process_time()
        query = parse(line, lexicon)
        found = index.search(query, limit=5)
        spent, used = time.perf_counter() - started, time.process_time() - cpu
        shown = parse(found.corrected, lexicon) if found.corrected else query
        hits = [papers.paper(hit.paper_id - 1) for hit in found.hits]
        started, cpu = time.perf_counter(), time.process_time()
        for each in hits:
            snippet(shown, each, lexicon)
        spent, used = spent + time.perf_counter() - started, used + time.process_time() - cpu
        if number == 0:
            row("the very first search", spent * 1000, "ms")
        else:
            timings.append((spent * 1000, line))
            burnt.append(used * 1000)
    ordered = sorted(timings)
    row(f"wall a query, {len(ordered)} queries once, p50", ordered[len(ordered) // 2][0], "ms")
    row("wall a query, p99", ordered[int(len(ordered) * 0.99)][0], "ms", goal_wall and f"goal {goal_wall}")
    row("CPU a query, p99", sorted(burnt)[int(len(burnt) * 0.99)], "ms", goal_cpu and f"goal {goal_cpu}")
    row("memory with the command's modules", resident(), "MB", goal_memory and f"goal {goal_memory}")
    for spent, line in reversed(ordered[-slowest:] if slowest else []):
        print(f"  {spent:7.2f} ms  {line}")
    index.close()


def resident() -> float:
    """Megabytes of this process in memory now (Linux), else at most so far."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
