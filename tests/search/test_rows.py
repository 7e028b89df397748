"""Rows of terms that the index has as one: found where they stand, and worth what the row is worth."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest
import tantivy
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Paper, StoredPaper
from bot.query.document import FIELDS
from bot.query.plan import rows_of
from bot.query.terms import tokens
from bot.search.entry import as_document, entry_of
from bot.search.passages import FIELD
from bot.search.rows import IN, Rows, field_of, padded
from bot.search.translate import schema
from bot.search.vocabulary import Vocabulary
from tests.search.strategies import LEXICON

LINES = files("bot.search").joinpath("rows.txt").read_text("utf-8").splitlines()
LARGE_LANGUAGE_MODEL = rows_of("large language model")[0].items


def before_rows() -> tantivy.Schema:
    """The schema as it was before rows had fields of their own."""
    build = tantivy.SchemaBuilder()
    for name in (*FIELDS, "names"):
        build.add_text_field(name, tokenizer_name="raw", index_option="position")
    for name in ("paper", "tag", "own", "source", "spelling", "clue"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    build.add_unsigned_field("recency", indexed=True, fast=True)
    build.add_bytes_field(FIELD, stored=True)
    return build.build()


def searcher_of(made: tantivy.Schema, *abstracts: str) -> tantivy.Searcher:
    index = tantivy.Index(made)
    writer = index.writer(num_threads=1)
    for number, abstract in enumerate(abstracts, 1):
        paper = Paper(date=date(2024, 2, 20), title=f"Paper {number}", abstract=abstract)
        stored = StoredPaper(
            id=number, version=1, digest_id=1, position=0, published_at=None, withdrawn=False, paper=paper
        )
        writer.add_document(as_document(entry_of(stored, LEXICON)))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index.searcher()


def test_the_list_has_each_row_once_and_in_order() -> None:
    assert sorted(set(LINES)) == LINES
    assert [line for line in LINES if all(len(row.items) == 1 for row in rows_of(line))] == []


@given(
    st.lists(st.sampled_from(["large", "Language", "models", "model", "of", "데이터", "데이터셋을", "."]), max_size=30)
)
def test_a_row_is_kept_as_often_as_it_stands_there(words: list[str]) -> None:
    found = tokens((" ".join(words),))
    kept = padded(found)
    assert len(kept) == len(found)
    for phrase in ("large language model", "language model", "데이터", "데이터셋"):
        items = rows_of(phrase)[0].items
        starts = {at for _, at in found if all((term, at + offset) in found for offset, term in items)}
        assert sorted(at for term, at in kept if term == " ".join(term for _, term in items)) == sorted(starts)


def test_a_row_that_is_one_term_is_worth_what_the_row_is_worth() -> None:
    searcher = searcher_of(
        schema(),
        "Large language models are large.",
        "We ask a large language model about large language models, at length, and then about something else.",
        "A language for large models.",
        *["Trees are trained."] * 20,
    )
    words = Vocabulary(searcher)
    rows = Rows(schema(), words.frequencies, words.rowed, searcher.num_docs)
    query = rows.query("abstract", LARGE_LANGUAGE_MODEL)
    assert "PhraseQuery" not in str(query)
    asked = tantivy.Query.phrase_query(schema(), "abstract", list(LARGE_LANGUAGE_MODEL))
    one, row = ([(at.doc, score) for score, at in searcher.search(each, 9).hits] for each in (query, asked))
    assert [doc for doc, _ in row] == [doc for doc, _ in one] == [0, 1]
    assert [score for _, score in one] == pytest.approx([score for _, score in row])


def test_an_index_of_an_earlier_layout_is_asked_for_the_row_itself() -> None:
    made = before_rows()
    words = Vocabulary(searcher := tantivy.Index(made).searcher())
    rows = Rows(schema(), words.frequencies, words.rowed, searcher.num_docs)
    assert words.rowed("larg languag model") == (0,) * len(IN)
    assert "PhraseQuery" in str(rows.query("abstract", LARGE_LANGUAGE_MODEL))
    assert not rows.is_cheap(LARGE_LANGUAGE_MODEL)


def test_no_field_of_the_rows_is_one_that_plain_words_are_looked_for_in() -> None:
    assert {*IN} < {*FIELDS}
    assert not {*map(field_of, IN)} & {*FIELDS}
