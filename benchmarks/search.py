"""How fast the search is and what it finds: `python -m benchmarks.search [--papers N]`.

Prints what building, opening and searching an index of about 3,000 papers costs (the corpus beside the repository, or
the seeds, repeated with changed words), and then, on the unrepeated corpus, how many of the sample queries find their
papers among the first ten; `--verbose` prints the slowest queries and each sample query too. CPU time is what counts:
it is the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot import latex
from bot.model import Paper, StoredPaper
from bot.query import Lexicon, parse, plan, snippet
from bot.search import Index, load_lexicon

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
GOAL = 5  # milliseconds
ARCHIVE = "benchmark"
SEEDS = ROOT / "tests" / "fixtures" / "seeds.truth.json"

QUERIES = (
    "reward model",
    "보상 모델",
    "강화학습",
    "speculative decoding",
    "추측 디코딩",
    "MoE routing",
    "전문가 혼합 모델의 라우팅",
    "LLaMA 3",
    "flash attention",
    "FlashAttention",
    '"state space model"',
    "긴 컨텍스트 확장",
    "long context language models",
    "model",
    "the",
    "모델",
    "데이터",
    "#rlhf",
    "#rlhf -#alignment",
    "author:wang",
    "after:2024-03 before:2024-05",
    "*",
    "hallucinaton detection",
    "difusion models",
    "transfromer",
    "quantisation aware trainng",
    "환각을 줄이는 방법",
    "RLHF DPO",
    "합성데이터로 학습하는 수학 추론",
    "a very long question about how large language models can be trained to reason better",
    "diffusion or gan or vae",
    "(rlhf or dpo) -benchmark #alignment",
    "토크나이저",
    "비디오 생성 모델 평가",
    "2402.12374",
    "https://arxiv.org/abs/2402.12374",
    "scaling law compute optimal",
    "vision language benchmark hallucination 환각",
    "instruction tuning dataset quality selection",
    "효율적인 추론을 위한 양자화",
    "언어 모델 정렬",
    "in-context learning",
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=int, default=3000)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--verbose", action="store_true")
    options.add_argument("--opened", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.opened:
        opened(Path(chosen.opened))
        return
    base = corpus()
    lexicon = load_lexicon(ROOT / "config")
    with tempfile.TemporaryDirectory() as folder:
        measure(base, Path(folder), lexicon, chosen.papers, chosen.rounds, chosen.verbose)
    if (CORPUS / "search-queries.json").exists():
        with tempfile.TemporaryDirectory() as folder:
            recall(base, Path(folder), lexicon, chosen.verbose)


def row(name: str, number: float, unit: str, note: str = "") -> None:
    print(f"{name:44} {number:8.2f} {unit:8}{note}".rstrip(), flush=True)


def corpus() -> list[Paper]:
    """The papers of the corpus, of the seeds where it is absent."""
    path = CORPUS / "markdown.truth.json"
    entries = json.loads((path if path.exists() else SEEDS).read_text("utf-8"))
    return [paper(each, date.fromisoformat(day["date"])) for day in entries for each in day["papers"]]


def paper(entry: dict[str, Any], day: date) -> Paper:
    return Paper(
        date=day,
        title=entry["title"],
        authors=tuple(entry["authors"]),
        abstract=entry["abstract"],
        commentary=tuple(entry["commentary"]),
        tags=tuple(entry["tags"]),
        links=tuple(entry["links"]),
        source_url=entry.get("source_url"),
    )


def varied(base: Sequence[Paper], count: int) -> Iterable[Paper]:
    """`count` papers: the base, then copies of it with a tenth of their words drawn anew from all of it."""
    chance = random.Random(1)
    # Plain words only: mathematics in every abstract would be dearer to make readable than it really is.
    words = [word for each in base for word in (each.abstract or each.title).split() if re.fullmatch(r"[\w.,-]+", word)]

    def changed(text: str) -> str:
        return " ".join(chance.choice(words) if chance.random() < 0.1 else word for word in text.split())

    yield from base[:count]
    for number in range(len(base), count):
        each = base[number % len(base)]
        yield Paper(
            date=each.date + timedelta(days=number // len(base)),
            title=changed(each.title) + f" v{number}",
            authors=each.authors,
            abstract=changed(each.abstract) if each.abstract else changed(" ".join(chance.choices(words, k=150))),
            commentary=tuple(map(changed, each.commentary)),
            tags=each.tags,
            links=each.links,
            source_url=each.source_url,
        )


def stored(papers: Iterable[Paper]) -> list[StoredPaper]:
    return [
        StoredPaper(id=n, version=1, digest_id=1, position=0, published_at=None, withdrawn=False, paper=each)
        for n, each in enumerate(papers, 1)
    ]


def measure(base: Sequence[Paper], folder: Path, lexicon: Lexicon, count: int, rounds: int, verbose: bool) -> None:
    archive = stored(varied(base, count))
    by_id = {each.id: each.paper for each in archive}
    before = resident()
    started = time.process_time()
    index = Index.open(folder, lexicon, archive=ARCHIVE)
    for at in range(0, count, 500):
        index.apply(archive[at : at + 500], at)
    built = time.process_time() - started
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{count} papers, CPU time of this process")
    row("build the index, a paper", built / count * 1000, "ms")
    row("index on disk, a paper", size / count / 1000, "kB")
    row("memory that building took", peak() - before, "MB")
    started = time.process_time()
    index.apply([archive[7]], count + 1)
    row("apply one changed paper", (time.process_time() - started) * 1000, "ms")
    for name, warm in (("cold", False), ("warm", True)):
        timings: dict[str, list[float]] = {line: [] for line in QUERIES}
        for number in range(rounds + 1):
            for line in QUERIES:
                if not warm:
                    forget(lexicon)
                started = time.process_time()
                query = parse(line, lexicon)
                found = index.search(query, limit=5)
                for hit in found.hits:
                    snippet(query, by_id[hit.paper_id], lexicon)
                if number:
                    timings[line].append((time.process_time() - started) * 1000)
        every = sorted(spent for spents in timings.values() for spent in spents)
        row(f"search and 5 snippets, {name} texts, p50", at_share(every, 0.5), "ms")
        row(f"search and 5 snippets, {name} texts, p99", at_share(every, 0.99), "ms", f"goal {GOAL} ms")
        if verbose:
            for line in sorted(timings, key=lambda line: -at_share(sorted(timings[line]), 0.5)):
                print(f"  {at_share(sorted(timings[line]), 0.5):6.2f} ms  {line}")
    index.close()
    subprocess.run([sys.executable, "-m", "benchmarks.search", "--opened", str(folder)], check=True, cwd=ROOT)


def opened(folder: Path) -> None:
    """A fresh process: what it costs to open an index that is there, and to search once."""
    lexicon = load_lexicon(ROOT / "config")
    read = time.process_time()
    index = Index.open(folder, lexicon, archive=ARCHIVE)
    ready = time.process_time()
    index.search(parse("보상 모델 reward", lexicon), limit=5)
    done = time.process_time()
    row("open the index in a fresh process", (ready - read) * 1000, "ms")
    row("first search in it", (done - ready) * 1000, "ms")
    row("memory of it", resident(), "MB")


def recall(base: Sequence[Paper], folder: Path, lexicon: Lexicon, verbose: bool) -> None:
    archive = stored(base)
    titles = {each.id: each.paper.title for each in archive}
    with Index.open(folder, lexicon, archive=ARCHIVE) as index:
        index.apply(archive, 1)
        kinds: dict[str, list[float]] = {}
        reciprocal = 0.0
        asked = json.loads((CORPUS / "search-queries.json").read_text("utf-8"))
        for each in asked:
            results = index.search(parse(each["query"], lexicon), limit=10)
            found = [titles[hit.paper_id] for hit in results.hits]
            places = [found.index(title) + 1 if title in found else None for title in each["relevant_titles"]]
            kinds.setdefault(each["kind"], []).append(sum(1 for place in places if place) / len(places))
            reciprocal += 1 / min((place for place in places if place), default=1 << 30)
            if verbose:
                print(
                    f"  {each['kind']:6} places {places}  {each['query']}  [{results.exact} of {results.total}"
                    f"{', ' + results.corrected if results.corrected else ''}]"
                )
        every = [share for shares in kinds.values() for share in shares]
        by_kind = ", ".join(f"{kind} {sum(shares) / len(shares):.2f}" for kind, shares in kinds.items())
        print(f"{len(base)} papers, {len(asked)} sample queries")
        row("recall among the first 10", sum(every) / len(every), "", by_kind)
        row("mean reciprocal rank", reciprocal / len(asked), "")


def forget(lexicon: Lexicon) -> None:
    """What is remembered of texts that were made readable, of their formulas and of plans, as for papers and queries
    seen for the first time."""
    getattr(lexicon.readable, "cache_clear", int)()
    getattr(latex._formula, "cache_clear", int)()
    plan.cache_clear()


def at_share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def resident() -> float:
    """Megabytes of this process in memory now (Linux), else at most so far."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return peak()
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
