"""What the search finds, kind by kind: `python -m benchmarks.search_quality [--set development|reporting]`.

Beside each kind stand SQLite's FTS5 as it comes, a strong one, and the goal. Tune on `development` alone. With
`--sizes`, how a tag's score depends on how many papers it has, in the whole archive and in random parts of it. With
`--asking`, the topics as people ask for them in sentences.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import search_baselines as baselines
from benchmarks.search_sets import ROOT, Asked, archive, as_read, queries
from benchmarks.search_topics import OTHER_WAYS, WAYS
from bot.model import Paper, StoredPaper
from bot.query import Lexicon, parse
from bot.search import Index, load_lexicon

GOALS: Final[dict[str, tuple[str, float]]] = {
    "known item, common endings": ("MRR", 0.98),
    "known item, rare endings": ("MRR", 0.92),
    "title in another order": ("MRR", 0.97),
    "title with a typo": ("MRR", 0.90),
    "author": ("MRR", 0.98),
    "author misspelt": ("MRR", 0.90),
    "author by initial": ("MRR", 0.95),
    "arXiv id or address": ("MRR", 1.0),
    "tag in English": ("nDCG", 0.87),
    "tag as a Korean phrase": ("nDCG", 0.70),
    "tag with hyphens": ("nDCG", 0.0),
    "tag in English, as deep": ("deep nDCG", 0.87),
    "tag as a Korean phrase, as deep": ("deep nDCG", 0.70),
    "tag in English, assessed": ("nDCG", 0.87),
    "tag as a Korean phrase, assessed": ("nDCG", 0.70),
    "tag in English, at best": ("best nDCG", 0.0),
    "tag as a Korean phrase, at best": ("best nDCG", 0.0),
    "Korean topics": ("MRR", 0.75),
    "mixed topics": ("MRR", 0.82),
    "English topics": ("MRR", 0.90),
    "filters": ("exact", 1.0),
}

PLACES: Final = 10
ASSESSED: Final = ", assessed"
"""Kinds in which papers without a tag count that assessors called on its subject; what they have not read does not."""
AT_BEST: Final = ", at best"
"""Kinds in which a system's hits are sorted as the assessors would: whatever is on the subject first, in its own order.
Only the curator's tags count, so it is what knowing the subject alone can reach."""
WHOLE_ARCHIVE: Final = 2_526
"""Papers of the archive that the goals are meant for. Ten places of it are as deep as two or three here, and a tag with
twenty papers there has five here."""
ENOUGH_THERE: Final = 20

AS_GOOD: Final = 0.02
"""What a topic may lose by the words with which it is asked for."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", choices=("development", "reporting"), default="reporting")
    options.add_argument("--only", default="", help="kinds that contain this")
    options.add_argument("--worst", type=int, default=0, help="print so many of the worst queries of each kind")
    options.add_argument("--ours", action="store_true", help="without the baselines")
    options.add_argument("--sizes", action="store_true", help="the tags alone, by their papers and the archive's")
    options.add_argument("--asking", action="store_true", help="the topics alone, in the words of people who ask")
    options.add_argument("--form", choices=("newsletter", "markdown"), help="search papers as read from its files")
    chosen = options.parse_args()
    papers = archive()
    if chosen.sizes:
        by_size(papers, load_lexicon(ROOT / "config"), chosen.set)
        return
    if chosen.asking:
        by_wording(papers, load_lexicon(ROOT / "config"), chosen.set)
        return
    asked = [each for each in queries(papers, chosen.set) if chosen.only in each.kind]
    if chosen.form:
        papers = as_read(papers, chosen.form)
    report(papers, asked, load_lexicon(ROOT / "config"), chosen.set, chosen.worst, compare=not chosen.ours)


def report(
    papers: Sequence[Paper], asked: Sequence[Asked], lexicon: Lexicon, name: str, worst: int, *, compare: bool = True
) -> None:
    systems: dict[tuple[str, bool], baselines.Search] = {}
    with tempfile.TemporaryDirectory() as folder:
        for hidden in (False, True):
            ours = _index(papers, Path(folder) / str(hidden), lexicon, hidden)
            systems["ours", hidden] = _search(ours, lexicon)
            if compare:
                shown = [replace(each, tags=()) for each in papers] if hidden else papers
                systems["FTS5", hidden] = baselines.as_it_comes(shown, hidden)
                systems["strong FTS5", hidden] = baselines.strong(shown, hidden, lexicon)
        names = list(dict.fromkeys(system for system, _ in systems))
        print(f"{len(papers)} papers, {len(asked)} queries of the {name} set")
        print(f"{'kind':34}{'queries':>8} {'measure':8}" + "".join(f"{each:>12}" for each in names) + f"{'goal':>7}")
        by_kind: defaultdict[str, list[Asked]] = defaultdict(list)
        for each in asked:
            by_kind[each.kind].append(each)
            as_deep = f"{each.kind}, as deep"
            if as_deep in GOALS and len(each.relevant) * WHOLE_ARCHIVE >= ENOUGH_THERE * len(papers):
                by_kind[as_deep].append(each)
            if (assessed := each.kind + ASSESSED) in GOALS:
                by_kind[assessed].append(replace(each, relevant=each.relevant | each.on))
            if (at_best := each.kind + AT_BEST) in GOALS:
                by_kind[at_best].append(each)
        deep = math.ceil(PLACES * len(papers) / WHOLE_ARCHIVE)
        for kind, those in by_kind.items():
            measure, goal = GOALS.get(kind, ("MRR", 0.0))
            means = []
            for system in names:
                places = deep if measure == "deep nDCG" else PLACES
                scores = [(_score(measure, systems[system, each.hidden], each, places), each) for each in those]
                means.append(sum(score for score, _ in scores) / len(scores))
                if system == "ours":
                    missed = sorted(scores, key=lambda pair: pair[0])[:worst]
            met = "" if not goal else "  met" if round(means[0], 3) >= goal else "  NOT met"
            if kind.endswith(ASSESSED):
                hits = ((each, {*systems["ours", each.hidden](each.query, PLACES)}) for each in those)
                met += f", {sum(len(found - each.relevant - each.off) for each, found in hits)} of our hits unread"
            print(
                f"{kind:34}{len(those):8} {f'nDCG@{deep}' if places == deep else measure:8}"
                + "".join(f"{mean:12.3f}" for mean in means)
                + (f"{goal:7.2f}" if goal else "      -")
                + met,
                flush=True,
            )
            for score, each in missed:
                title = papers[min(each.relevant, default=0)].title[:60]
                print(f"      {score:.2f}  {each.query}   [{len(each.relevant)}: {title}]")


PARTS: Final = {1: 1, 2: 4, 4: 8}
"""By the part of the archive that is searched (a half, a quarter), how many are drawn at random."""
SIZES: Final = (range(2, 5), range(5, 10), range(10, 10_000))
"""Papers of a tag; from ten on they can fill all places that count."""


def by_size(papers: Sequence[Paper], lexicon: Lexicon, name: str) -> None:
    """The scores of the tags of a set by the papers of a tag and the size of the archive."""
    chance = random.Random(5)
    print(f"{'kind':26}{'archive':>8}{'papers of a tag':>17}{'queries':>9}{'FTS5':>8}{'ours':>8}")
    for part, draws in PARTS.items():
        scores: defaultdict[tuple[str, range], list[tuple[float, float]]] = defaultdict(list)
        size = len(papers) // part
        for _ in range(draws):
            some = chance.sample(papers, size)
            with tempfile.TemporaryDirectory() as folder:
                ours = _search(_index(some, Path(folder), lexicon, hidden=True), lexicon)
                plain = baselines.as_it_comes([replace(each, tags=()) for each in some], True)
                for each in queries(some, name, 1):
                    if each.hidden:
                        both = _score("nDCG", plain, each), _score("nDCG", ours, each)
                        scores[each.kind, next(sizes for sizes in SIZES if len(each.relevant) in sizes)].append(both)
        for (kind, sizes), pairs in sorted(scores.items(), key=lambda pair: (pair[0][0], pair[0][1].start)):
            papers_of = f"{sizes.start} to {sizes.stop - 1}" if sizes is not SIZES[-1] else f"{sizes.start} or more"
            means = [sum(column) / len(pairs) for column in zip(*pairs, strict=True)]
            print(f"{kind:26}{size:8}{papers_of:>17}{len(pairs):9}" + "".join(f"{mean:8.3f}" for mean in means))


def by_wording(papers: Sequence[Paper], lexicon: Lexicon, name: str) -> None:
    """The scores of the topics of a set, asked for in sentences."""
    with tempfile.TemporaryDirectory() as folder:
        ours = _search(_index(papers, Path(folder), lexicon, hidden=False), lexicon)
        for kind, ways in WAYS.items():
            asked = [each for each in queries(papers, name, 1) if each.kind == kind]

            def score(way: str, asked: Sequence[Asked] = asked) -> float:
                said = [replace(each, query=way.format(each.query)) for each in asked]
                return sum(_score("MRR", ours, each, PLACES) for each in said) / len(said)

            for way in ways:
                print(f"{kind:16}{way:34}{score(way):6.3f}")
            alone, others = score("{}"), [score(way) for way in OTHER_WAYS[kind]]
            good = sum(each >= alone - AS_GOOD for each in others)
            print(f"{kind:16}{f'{good} of {len(others)} others as good; mean':34}{sum(others) / len(others):6.3f}")


def _index(papers: Sequence[Paper], folder: Path, lexicon: Lexicon, hidden: bool) -> Index:
    index = Index.open(folder, lexicon, archive="benchmark")
    shown = [replace(each, tags=()) for each in papers] if hidden else papers
    index.apply(
        [
            StoredPaper(id=n, version=1, digest_id=1, position=0, published_at=None, withdrawn=False, paper=each)
            for n, each in enumerate(shown, 1)
        ],
        1,
    )
    return index


def _search(index: Index, lexicon: Lexicon) -> baselines.Search:
    def search(line: str, limit: int) -> list[int]:
        return [hit.paper_id - 1 for hit in index.search(parse(line, lexicon), limit=limit).hits]

    return search


def _score(measure: str, search: baselines.Search, asked: Asked, places: int = PLACES) -> float:
    if measure == "exact":
        return float(set(search(asked.query, 10_000)) == asked.relevant)
    found = search(asked.query, 10_000 if measure == "best nDCG" else places)
    if measure == "best nDCG":
        on = asked.relevant | asked.on
        found = sorted(dict.fromkeys([*found, *sorted(on)]), key=lambda number: number not in on)[:places]
    if measure == "MRR":
        return next((1 / place for place, number in enumerate(found, 1) if number in asked.relevant), 0.0)
    gain = sum(1 / math.log2(place + 1) for place, number in enumerate(found, 1) if number in asked.relevant)
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(places, len(asked.relevant)) + 1))


if __name__ == "__main__":
    main()
