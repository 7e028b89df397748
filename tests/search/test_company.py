"""The best papers on a topic: those that share the words of the best come before those that only name it."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import StoredPaper
from bot.query import Lexicon, parse
from bot.search import Index
from bot.search.company import FEWEST, GIST, LOOKED_AT, MOST, REMEMBERED, WEIGHT, Company, bits_of, in_company
from bot.search.passages import Scored
from tests.search.test_index import stored

LEXICON = Lexicon()
FAMILY = "teacher student logits temperature soften"
"""What papers on the topic share."""


def test_a_paper_is_drawn_to_those_it_shares_words_with() -> None:
    alike, other = bits_of(range(5)), bits_of(range(100, 105))
    scores = [1.0, 0.9, 0.8, 0.8, 0.1, 0.1] + [0.0] * 14
    papers = [alike] * 4 + [other, alike] + [other] * 4 + [bits_of([200 + n]) for n in range(10)]
    drawn = in_company(scores, papers)
    assert drawn[5] > drawn[4], "both score the same by themselves"
    assert drawn[4] == scores[4], "its company says nothing about the topic"
    assert drawn[10:] == scores[10:], "who shares nothing has no company"


def test_what_hardly_anybody_and_what_nearly_everybody_has_tells_nothing() -> None:
    size = 2 * FEWEST * MOST
    scores = [1.0] + [0.0] * (size - 1)

    def had_by(many: int) -> list[int]:
        return [bits_of([1])] * many + [0] * (size - many)

    assert in_company(scores, had_by(FEWEST - 1)) == scores
    assert in_company(scores, had_by(size // MOST + 1)) == scores
    assert in_company(scores, had_by(FEWEST))[1] == pytest.approx(WEIGHT / (FEWEST - 1))
    assert in_company(scores, had_by(size // MOST))[1] == pytest.approx(WEIGHT / (size // MOST - 1))


@given(st.lists(st.tuples(st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]), st.sets(st.integers(0, 30))), max_size=40))
def test_the_bits_count_what_a_plain_count_counts(papers: list[tuple[float, set[int]]]) -> None:
    shared = Counter(chain.from_iterable(words for _, words in papers))
    telling = {word for word, had in shared.items() if FEWEST <= had <= len(papers) // MOST}
    expected = []
    for at, (score, words) in enumerate(papers):
        met = [other for n, (other, theirs) in enumerate(papers) if n != at for _ in words & theirs & telling]
        expected.append(score + WEIGHT * sum(met) / len(met) if met else score)
    scores = [score for score, _ in papers]
    assert in_company(scores, [bits_of(words) for _, words in papers]) == pytest.approx(expected)


def test_only_the_best_are_looked_at_and_stay_above_the_rest() -> None:
    read: list[tuple[int, int]] = []

    def kept(place: tuple[int, int]) -> str:
        read.append(place)
        return "abc" if place[1] % 4 == 0 else chr(1000 + place[1])

    found: list[Scored] = [(100.0 - n, n, (0, n)) for n in range(LOOKED_AT + 20)]
    again = Company(kept)(found)
    assert len(read) == LOOKED_AT
    assert sorted(place for _, _, place in again[:LOOKED_AT]) == sorted(place for _, _, place in found[:LOOKED_AT])
    assert again[LOOKED_AT:] == found[LOOKED_AT:]
    assert [score for score, _, _ in again] == sorted((score for score, _, _ in again), reverse=True)


def test_a_handful_of_papers_stays_as_it_was() -> None:
    found: list[Scored] = [(10.0 - n, n, (0, n)) for n in range(FEWEST * MOST - 1)]
    assert Company(lambda _: "abc")(found) == found
    assert Company(lambda _: "abc")([]) == []


def test_a_paper_is_read_once_and_by_its_beginning() -> None:
    read: list[tuple[int, int]] = []

    def kept(place: tuple[int, int]) -> str:
        read.append(place)
        return "x" * GIST + chr(1 + place[1])

    company = Company(kept)
    found: list[Scored] = [(1.0 - n / 100, n, (0, n)) for n in range(FEWEST * MOST)]
    company.read(place for _, _, place in found)
    assert company(found) == found, "what differs stands too far behind to be read"
    assert len(read) == len(found) < REMEMBERED


def archive() -> list[StoredPaper]:
    """Papers that name distillation once each: four say what the best ones say, the others what nobody else does."""
    papers = [
        stored(n, f"Distillation of model {n}", abstract=f"Distillation, a distillation. {FAMILY}", day="2024-01-01")
        for n in range(1, 5)
    ]
    for n in range(5, 25):
        own = " ".join(f"zz{chr(ord('a') + n)}{letter}" for letter in "abcde")
        said = FAMILY if n in (5, 6) else own
        papers.append(stored(n, "A paper", abstract=f"By distillation {said}", day=f"2024-02-{n:02}"))
    return papers


def test_papers_that_speak_like_the_best_come_before_newer_ones_that_name_the_topic(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(archive(), 1)
        first = [hit.paper_id for hit in index.search(parse("distillation", LEXICON), limit=6).hits]
        assert set(first[:4]) == {1, 2, 3, 4}
        assert first[4:] == [6, 5]


def test_pages_of_a_topic_follow_each_other(tmp_path: Path) -> None:
    with Index.open(tmp_path, LEXICON, archive="a") as index:
        index.apply(archive(), 1)
        query = parse("distillation", LEXICON)
        whole = [hit.paper_id for hit in index.search(query, limit=24).hits]
        pages = [index.search(query, limit=5, offset=at).hits for at in range(0, 24, 5)]
        assert [hit.paper_id for page in pages for hit in page] == whole
        index.warm()
        assert [hit.paper_id for hit in index.search(query, limit=24).hits] == whole
