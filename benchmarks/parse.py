"""How well and how fast digests are parsed: every field against what a careful reader saw, and CPU per paper.

`python -m benchmarks.parse` reads the seeds and, where it exists, the corpus beside the project; `--misses` lists
the entries that are not exact, `--variations` also measures newsletter digests from which lines were taken away.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.digest import decode, parse_digest, to_json
from bot.digest_file import date_in_name

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
FIELDS = ("title", "authors", "abstract", "commentary", "tags", "links")
PASSES = 5

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A digest and what a careful reader sees in it."""

    name: str
    text: str
    papers: list[Entry]


def cases(folder: Path, truth: Path) -> list[Case]:
    """The digests of a folder with their truths."""
    digests = json.loads(truth.read_text(encoding="utf-8"))
    return [
        Case(name=digest["file"], text=decode((folder / digest["file"]).read_bytes()).text, papers=digest["papers"])
        for digest in digests
    ]


def sets() -> dict[str, list[Case]]:
    """The seeds, and the corpus where it is there."""
    found = {"seeds": cases(ROOT / "seeds", ROOT / "tests" / "fixtures" / "seeds.truth.json")}
    for name in ("newsletter", "markdown", "no-authors", "english-commentary"):
        if (CORPUS / name).is_dir():
            found[name] = cases(CORPUS / name, CORPUS / f"{name}.truth.json")
    return found


def folded(value: Any) -> Any:
    """A field as it is compared: NFC, white space folded; paragraphs joined, for only their words are judged."""
    if isinstance(value, list):
        return [folded(item) for item in value]
    return None if value is None else " ".join(unicodedata.normalize("NFC", value).split())


def same(field: str, got: Entry, want: Entry) -> bool:
    """Whether a field says what the truth, or one of its alternatives, says."""
    mine, right = folded(got[field]), folded(want[field])
    if mine == right:
        return True
    if field == "commentary":
        mine = " ".join(mine)
        if mine == " ".join(right):
            return True
    return mine in [folded(other) for other in want.get("alt", {}).get(field, [])]


def parsed(case: Case) -> list[Entry]:
    """The papers that Paperboy sees in a digest."""
    papers: list[Entry] = to_json(parse_digest(case.text, file_date=date_in_name(case.name)), case.name)["papers"]
    return papers


def judge(case: Case) -> Iterator[tuple[Entry, Entry | None, list[str]]]:
    """Each true paper, the parsed one of the same title, and the fields that differ."""
    mine = {folded(paper["title"]): paper for paper in reversed(parsed(case))}
    for want in case.papers:
        titles = [want["title"], *want.get("alt", {}).get("title", [])]
        got = next((mine[folded(title)] for title in titles if folded(title) in mine), None)
        yield want, got, [field for field in FIELDS if got is None or not same(field, got, want)]


def measure(name: str, digests: list[Case], *, misses: bool) -> None:
    """Print one row of the table."""
    wrong: Counter[str] = Counter()
    papers = exact = invented = 0
    for case in digests:
        invented += max(0, len(parsed(case)) - len(case.papers))
        for want, got, fields in judge(case):
            papers += 1
            exact += not fields
            wrong.update(fields)
            if fields and misses:
                print(f"  {case.name}: {want['title'][:70]}: {', '.join(fields)}")
                for field in fields:
                    print(f"    {field}: {str((got or {}).get(field))[:150]!r} for {str(want[field])[:150]!r}")
    shares = "".join(f"{100 * (1 - wrong[field] / papers):11.2f}" for field in FIELDS)
    print(f"{name:40}{papers:7}{shares}{100 * exact / papers:9.2f}{invented:9}{cpu_ms(digests, papers):9.3f}")


def cpu_ms(digests: list[Case], papers: int) -> float:
    """CPU milliseconds per paper, the median of several passes."""
    passes = []
    for _ in range(PASSES):
        started = time.process_time()
        for case in digests:
            parse_digest(case.text)
        passes.append(time.process_time() - started)
    return 1000 * statistics.median(passes) / papers


# --- variations ---------------------------------------------------------------------------------------------

Change = Callable[[Entry, int], Entry]


def without(field: str, value: Any, every: int) -> Change:
    """Take a field from every paper whose number divides by `every`."""
    return lambda paper, index: {**paper, field: value} if index % every == 0 else paper


VARIATIONS: dict[str, list[Change]] = {
    "no tags": [without("tags", [], 1)],
    "no tags, every second": [without("tags", [], 2)],
    "no authors": [without("authors", [], 1)],
    "no authors, every second": [without("authors", [], 2)],
    "no abstract, every second": [without("abstract", None, 2)],
    "no abstract": [without("abstract", None, 1)],
    "no commentary, every third": [without("commentary", [], 3)],
    "every third less, mixed": [without("tags", [], 3), without("authors", [], 4), without("abstract", None, 5)],
    "neither authors nor tags": [without("authors", [], 2), without("tags", [], 3)],
}


def varied(case: Case, changes: list[Change], start: int) -> Case:
    """A newsletter digest of the same papers with fields taken away."""
    papers = []
    for index, paper in enumerate(case.papers, start):
        for change in changes:
            paper = change(paper, index)
        texts = [paper["abstract"] or "", *paper["commentary"]]
        links = [link for link in paper["links"] if any(link in text for text in texts)]
        papers.append({**paper, "links": links, "alt": {}})
    lines = ["2024년 5월 9일"]
    for paper in papers:
        lines.append(" ".join(paper["title"].split()))
        lines += [f"({', '.join(paper['authors'])})"] if paper["authors"] else []
        lines += [paper["abstract"]] if paper["abstract"] else []
        lines += paper["commentary"]
        lines += [" ".join(f"#{tag}" for tag in paper["tags"])] if paper["tags"] else []
    return Case(name=case.name, text="\n".join(lines), papers=papers)


def measure_variations(found: dict[str, list[Case]], *, misses: bool) -> None:
    """Print a row for each set and variation."""
    for name in ("newsletter", "english-commentary"):
        for label, changes in VARIATIONS.items():
            digests = [varied(case, changes, start) for start, case in enumerate(found.get(name, []))]
            if digests:
                measure(f"{name[:7]} {label}", digests, misses=misses)


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--misses", action="store_true", help="list the entries that are not exact")
    arguments.add_argument("--variations", action="store_true", help="measure digests with lines taken away, too")
    arguments.add_argument("--only", default="", help="a part of a set's name")
    options = arguments.parse_args()
    found = sets()
    heads = "".join(f"{field:>11}" for field in FIELDS)
    print(f"{'set (exact, %)':40}{'papers':>7}{heads}{'entry':>9}{'surplus':>9}{'CPU ms':>9}")
    for name, digests in found.items():
        if re.search(options.only, name):
            measure(name, digests, misses=options.misses)
    if options.variations:
        measure_variations(found, misses=options.misses)


if __name__ == "__main__":
    main()
