"""The digest parser, trap by trap. The seeds are real digests; the fixtures hold what a careful reader sees."""

from __future__ import annotations

import ast
import json
import sys
import time
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import bot.digest
from bot.digest import MAX_LINES, Form, Parsed, Severity, parse_digest, print_digest, to_json
from bot.model import Paper

ROOT = Path(__file__).resolve().parents[2]
TRUTH: list[dict[str, Any]] = json.loads((ROOT / "tests/fixtures/seeds.truth.json").read_text(encoding="utf-8"))
ABSTRACT = (
    "Large language models are costly to serve, and the cost grows with the length of the context. In this paper, we "
    "propose a novel cache that keeps only what later tokens will read. We show that it halves the memory of a 7B "
    "model without loss on twelve benchmarks, and that the gain grows with the context. However, existing methods "
    "need training; ours does not. Extensive experiments on three model families demonstrate that the cache "
    "outperforms strong baselines by a wide margin while it adds less than one percent to the latency of decoding."
)
COMMENT = "캐시를 줄이는 방법이 또 나왔네요. 학습 없이 되는 것이 장점입니다."


def seed(name: str) -> Parsed:
    return parse_digest((ROOT / "seeds" / name).read_text(encoding="utf-8"))


def papers(text: str, form: Form | None = None) -> tuple[Paper, ...]:
    digest = parse_digest(text, form=form).digest
    assert digest is not None
    return digest.papers


def only(text: str, form: Form | None = None) -> Paper:
    (paper,) = papers(text, form)
    return paper


def codes(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in parse_digest(text).problems]


def newsletter(*lines: str) -> str:
    return "\n".join(("2024년 2월 20일", *lines))


# --- the seeds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: truth["date"])
def test_every_field_of_every_seed_is_what_a_careful_reader_sees(truth: dict[str, Any]) -> None:
    assert to_json(seed(truth["file"]), truth["file"]) == {**truth, "problems": []}


def test_the_seeds_hold_39_papers() -> None:
    assert [len(truth["papers"]) for truth in TRUTH] == [6, 5, 12, 9, 7]


@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: truth["date"])
def test_every_seed_survives_being_printed_in_its_own_form(truth: dict[str, Any]) -> None:
    digest = seed(truth["file"]).digest
    assert digest is not None
    printed = print_digest(digest)
    assert printed.startswith(f"{digest.date.year}년")
    assert parse_digest(printed).digest == digest


def seeded(file: str, title: str) -> Paper:
    digest = seed(file).digest
    assert digest is not None
    return next(paper for paper in digest.papers if paper.title.startswith(title))


def test_a_seed_without_abstract_and_without_tags_is_commentary_only() -> None:
    paper = seeded("001_c902ee28abae89d3.txt", "What's up with Llama 3?")
    assert (paper.abstract, paper.tags, len(paper.commentary)) == (None, (), 5)


def test_a_bare_address_under_the_authors_is_a_link_and_a_lab_is_an_author() -> None:
    paper = seeded("001_c902ee28abae89d3.txt", "Introducing the Model Spec")
    assert paper.authors == ("OpenAI",)
    assert paper.links == ("https://cdn.openai.com/spec/model-spec-2024-05-08.html",)
    assert paper.abstract is None


def test_an_abstract_broken_at_quote_marks_is_one_abstract() -> None:
    paper = seeded("002_2828eacf52e15fa4.txt", "Suppressing Pink Elephants")
    assert paper.abstract is not None
    assert paper.abstract.count("\n") == 2
    assert "\nPink Elephant'')" in paper.abstract


def test_an_abstract_ends_with_the_bare_address_that_its_last_words_announce() -> None:
    paper = seeded("003_3bcb6625874e40ec.txt", "SpatialVLM")
    assert paper.abstract is not None
    assert paper.abstract.endswith("Project website:\nhttps://spatial-vlm.github.io/")
    assert paper.links == ("https://spatial-vlm.github.io/",)


def test_doubled_math_and_latex_stay_as_written() -> None:
    sequoia = seeded("000_91f748c689e94a98.txt", "Sequoia").abstract or ""
    assert "4.04×4.04×" in sequoia
    diffusion = seeded("004_33a1ca665aba8ec9.txt", "Neural Network Diffusion").abstract or ""
    assert r"\textit{generate high-performing neural network parameters}" in diffusion


def test_tags_keep_their_underscores_and_hyphens() -> None:
    paper = seeded("003_3bcb6625874e40ec.txt", "Mastering Text-to-Image Diffusion")
    assert paper.tags == ("vision-language", "text2img", "image_editing")


# --- traps of the newsletter form ---------------------------------------------------------------------------


def test_an_entry_without_authors_is_found_after_the_tags_of_the_last_and_is_worth_a_warning() -> None:
    text = newsletter("Cache Me Outside", "(A B)", ABSTRACT, COMMENT, "#cache", "Fuyu-Heavy", COMMENT, "#llm")
    cache, fuyu = papers(text)
    assert (fuyu.title, fuyu.authors, fuyu.commentary) == ("Fuyu-Heavy", (), (COMMENT,))
    assert cache.tags == ("cache",)
    (problem,) = parse_digest(text).problems
    assert (problem.line, problem.code, problem.severity) == (7, "no-authors", Severity.WARNING)


def test_an_entry_without_authors_is_found_even_where_the_last_one_has_no_tags() -> None:
    titles = ["Cache Me Outside", "OpenAI API Update", "Speculative Decoding for Everyone"]
    found = papers(newsletter(titles[0], "(A B)", COMMENT, titles[1], COMMENT, titles[2], ABSTRACT, COMMENT))
    assert [paper.title for paper in found] == titles


def test_an_entry_without_tags_ends_where_the_next_title_has_its_authors() -> None:
    first, second = papers(newsletter("One", "(A B)", ABSTRACT, COMMENT, "two words", "(C D, E F)", COMMENT))
    assert (first.commentary, second.title) == ((COMMENT,), "two words")


def test_an_entry_may_be_a_title_and_authors_only() -> None:
    text = newsletter("A Vision Check-up for Language Models", "(A B)", "Instruct-Imagen", "(C D)", COMMENT, "#x")
    first, second = papers(text)
    assert (first.abstract, first.commentary, second.commentary) == (None, (), (COMMENT,))
    assert codes(text) == [(2, "no-text")]


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("(OpenAI)", ("OpenAI",)),
        ("(The Movie Gen team @ Meta)", ("The Movie Gen team @ Meta",)),
        ("(네이버 클라우드)", ("네이버 클라우드",)),
        ("(Nat McAleese, Rai (Michael Pokorny), Jan Leike)", ("Nat McAleese", "Rai (Michael Pokorny)", "Jan Leike")),
        ("(A B (X, Y), C D)", ("A B (X, Y)", "C D")),
        ("(01.AI: Alex Young, Bei Chen)", ("01.AI: Alex Young", "Bei Chen")),
        ("(Yingsheng Wu. Yuxuan Gu, Harini S I,)", ("Yingsheng Wu. Yuxuan Gu", "Harini S I")),
        ("(A B (Google, C D)", ("A B (Google", "C D")),
    ],
)
def test_authors_are_split_at_the_commas_outside_brackets(line: str, authors: tuple[str, ...]) -> None:
    assert only(newsletter("A Title", line, ABSTRACT, COMMENT)).authors == authors


def test_a_thousand_letters_of_authors_are_authors() -> None:
    names = tuple(f"Firstname{n} Lastname{n}" for n in range(60))
    assert only(newsletter("A Title", f"({', '.join(names)})", ABSTRACT, COMMENT, "#x")).authors == names


@pytest.mark.parametrize(
    "line",
    [
        "(물론 작은 모델에서의 결과이긴 합니다.)",
        "(자세한 과정이 어떤 것이었는지는 알기 어렵지만)",
        "(시스템 프롬프트로 만든) 메타 모델이 과제를 분해합니다 (전문가 모델에)",
        "(I think this is quite interesting.)",
        "(https://arxiv.org/abs/2401.02412, https://arxiv.org/abs/2401.08525)",
    ],
)
def test_a_line_of_commentary_in_brackets_is_no_authors_line(line: str) -> None:
    paper = only(newsletter("A Title Without a Stop", "(A B)", ABSTRACT, COMMENT, line, COMMENT, "#x"))
    assert paper.authors == ("A B",)
    assert paper.commentary == (COMMENT, line, COMMENT)


def test_english_commentary_after_an_english_abstract_is_told_apart() -> None:
    said = "Interesting. It reminds me of EDM2 (https://arxiv.org/abs/2312.02696), but I wonder if it scales."
    more = "Maybe we need more evidence on larger models."
    paper = only(newsletter("A Title", "(A B)", ABSTRACT, said, more, "#x"))
    assert (paper.abstract, paper.commentary) == (ABSTRACT, (said, more))


def test_english_commentary_without_any_abstract_is_commentary() -> None:
    said = "Corpus for pretraining LLMs. They used Trafilatura and heuristic filters."
    more = "I think deduplication is the interesting part here."
    paper = only(newsletter("A Title", "(A B)", said, more, "#x"))
    assert (paper.abstract, paper.commentary) == (None, (said, more))


def test_a_bare_address_after_a_finished_abstract_is_only_a_link() -> None:
    paper = only(newsletter("A Title", "(A B)", ABSTRACT, "https://boximator.github.io/", COMMENT, "#x"))
    assert (paper.abstract, paper.links) == (ABSTRACT, ("https://boximator.github.io/",))
    assert paper.commentary == (COMMENT,)


def test_items_of_a_list_are_paragraphs_of_commentary() -> None:
    items = ("아키텍처 변형.", "- GQA 대신 MQA", "- Local Attention 5 + Global Attention 1", "2. KV Cache", COMMENT)
    assert only(newsletter("A Title", "(A B)", *items, "#x")).commentary == items


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://arxiv.org/abs/2310.00426)의", "https://arxiv.org/abs/2310.00426"),
        ("https://arxiv.org/abs/2310.00426의", "https://arxiv.org/abs/2310.00426"),
        (r"\url{https://github.com/OpenGVLab/MM-Interleaved}.", "https://github.com/OpenGVLab/MM-Interleaved"),
        ("https://cat3d.github.io .", "https://cat3d.github.io"),
        ("(https://example.org/tulu).", "https://example.org/tulu"),
        (
            "https://en.wikipedia.org/wiki/Kolmogorov%E2%80%93Arnold_(theorem), 즉",
            "https://en.wikipedia.org/wiki/Kolmogorov%E2%80%93Arnold_(theorem)",
        ),
        ("https://example.org/a.pdf#page=1.58", "https://example.org/a.pdf#page=1.58"),
        ("[https://example.org/a]", "https://example.org/a"),
        ("https://example.org/a[1]", "https://example.org/a[1]"),
        ("**https://example.org/a**", "https://example.org/a"),
        ("“https://example.org/a”", "https://example.org/a"),
        ("https://example.org/a…", "https://example.org/a"),
        ("（https://example.org/a）", "https://example.org/a"),
        ("https://example.org/a。", "https://example.org/a"),
        ("HTTPS://example.org/a", "HTTPS://example.org/a"),
        ("https://www.youtube.com/watch?v=hhiLw5Q_UFg)", "https://www.youtube.com/watch?v=hhiLw5Q_UFg"),
    ],
)
def test_an_address_is_cut_out_of_what_is_glued_to_it(written: str, link: str) -> None:
    paragraph = f"이 방법은 {written} 떠오르네요."
    paper = only(newsletter("A Title", "(A B)", paragraph, "#x"))
    assert paper.links == (link,)
    assert paper.commentary == (paragraph,)


def test_an_address_of_nothing_is_no_link() -> None:
    assert only(newsletter("A Title", "(A B)", "http://. 으로 시작하는 https:// 주소들", "#x")).links == ()


@pytest.mark.parametrize("line", ["HTTPS://a.org/1", "https://a.org/1,", "https://a.org/1."])
def test_an_address_alone_in_a_line_is_no_text_however_it_is_written(line: str) -> None:
    paper = only(newsletter("A Title", "(A B)", ABSTRACT, line, COMMENT, "#x"))
    assert (paper.abstract, paper.commentary, len(paper.links)) == (ABSTRACT, (COMMENT,), 1)


def test_links_come_in_reading_order_and_once() -> None:
    text = newsletter(
        "A Title",
        "(A B)",
        "https://a.org/1",
        "이것 (https://a.org/2, https://a.org/1) 과",
        "https://a.org/3 https://a.org/4",
    )
    assert only(text).links == ("https://a.org/1", "https://a.org/2", "https://a.org/3", "https://a.org/4")


def test_a_tag_that_is_written_twice_is_one_tag() -> None:
    assert only(newsletter("A Title", "(A B)", COMMENT, "#x #y", "#y #x")).tags == ("x", "y")


@pytest.mark.parametrize("line", ["#x, #y", "#x#y", "#x; #y;", "# #x #y"])
def test_tags_may_be_set_apart_in_a_few_ways(line: str) -> None:
    assert only(newsletter("A Title", "(A B)", COMMENT, line)).tags == ("x", "y")


@pytest.mark.parametrize("line", ["---", "***", "===", "⸻", "…", "...", "#", "?", "👍", "\\"])
def test_a_line_without_a_word_is_no_paper(line: str) -> None:
    one, two = ["One Title Here", "(A B)", ABSTRACT, COMMENT], ["Two Title Here", "(C D)", ABSTRACT, COMMENT, "#y"]
    for lines in (
        [line, *one, "#x", *two],
        [*one, line, "#x", *two],
        [*one, "#x", line, *two],
        [*one, line, *two],
        [*one, line, COMMENT, "#x", *two],
        [*one, "#x", *two, line],
    ):
        found = papers(newsletter(*lines))
        assert [paper.title for paper in found] == ["One Title Here", "Two Title Here"]
        assert [set(paper.commentary) - {line} for paper in found] == [{COMMENT}, {COMMENT}]
        assert [paper.abstract for paper in found] == [ABSTRACT, ABSTRACT]


def test_what_stands_below_a_rule_is_not_the_rest_of_an_english_abstract() -> None:
    said = "Interesting. It reminds me of EDM2, but I wonder if it scales."
    paper = only(newsletter("A Title", "(A B)", ABSTRACT, "---", said, "#x"))
    assert paper.commentary == (said,)


@pytest.mark.parametrize("line", ["#x 그리고 #y", "#x 입니다만"])
def test_words_among_tags_make_a_sentence(line: str) -> None:
    assert only(newsletter("A Title", "(A B)", COMMENT, line)).commentary == (COMMENT, line)


def test_a_stray_letter_after_the_tags_is_left_out_and_reported() -> None:
    text = newsletter("A Title", "(A B)", COMMENT, "#alignment #synthetic-data a", "Another Title", "(C D)", COMMENT)
    assert papers(text)[0].tags == ("alignment", "synthetic-data")
    assert codes(text) == [(5, "stray-after-tags")]


def test_an_afterthought_below_the_tags_is_commentary() -> None:
    text = newsletter(
        "A Title", "(A B)", COMMENT, "#x", f"{COMMENT} 덧붙이자면 그렇습니다.", "Another Title", "(C D)", COMMENT
    )
    first, second = papers(text)
    assert (len(first.commentary), first.tags, second.title) == (2, ("x",), "Another Title")


def test_a_sentence_that_starts_with_a_hash_is_no_line_of_tags() -> None:
    line = "#1 모델이 되었다고 하네요."
    assert only(newsletter("A Title", "(A B)", line, "#x")).commentary == (line,)


def test_blank_lines_are_tolerated_everywhere() -> None:
    tight = newsletter("One", "(A B)", ABSTRACT, COMMENT, "#x", "Two", "(C D)", COMMENT)
    loose = tight.replace("\n", "\n\n \n")
    assert papers(loose) == papers(tight)


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u2060", "\u200e", "\u00ad", "\u3164", "\u2800", "\u200b \u200d"], ids=ascii
)
def test_what_nobody_sees_makes_no_paper_and_hides_no_mark(unseen: str) -> None:
    lines = ["One", "(A B)", ABSTRACT, COMMENT, "#x", "Two", "(C D)", COMMENT, "#y"]
    plain = papers(newsletter(*lines))
    assert papers(newsletter(*lines[:5], unseen, *lines[5:])) == plain, "a line that looks blank"
    assert papers("\n".join(unseen + line + unseen for line in ("2024년 2월 20일", *lines))) == plain
    assert papers("\n".join(unseen + line for line in NOTE.split("\n"))) == papers(NOTE)


def test_letters_that_join_what_stands_around_them_stay() -> None:
    title = "Emoji 👩\u200d💻 as Tokens ❤\ufe0f"
    assert only(newsletter(title, "(A B)", COMMENT)).title == title


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\u2028", "\u2029", "\x85"])
def test_any_newline_ends_a_line(newline: str) -> None:
    text = newsletter("One", "(A B)", ABSTRACT, COMMENT, "#x")
    assert papers(text.replace("\n", newline)) == papers(text)


def test_decomposed_hangul_is_composed() -> None:
    text = newsletter("한글 제목", "(José Müller)", COMMENT, "#x")
    assert papers(unicodedata.normalize("NFD", text)) == papers(text)


def test_letters_that_no_store_takes_are_dropped() -> None:
    paper = only(newsletter("\ufeffA \x00Title\x07", "(A B)", f"{COMMENT}\ud800"))
    assert paper.title == "A Title"
    assert paper.commentary == (f"{COMMENT}\ufffd",)
    assert paper.content_hash


# --- what is wrong with a file ------------------------------------------------------------------------------


def test_a_file_without_a_date_is_an_error() -> None:
    text = f"A Title\n(A B)\n{COMMENT}"
    assert codes(text) == [(1, "no-date")]
    assert parse_digest(text).digest is None


def test_two_differing_dates_are_an_error_and_one_date_twice_is_none() -> None:
    text = newsletter("A Title", "(A B)", COMMENT, "2024년 2월 21일", "Another Title", "(C D)", COMMENT)
    assert codes(text) == [(5, "two-dates")]
    assert parse_digest(text).digest is None
    assert len(papers(text.replace("21일", "20일"))) == 2


def test_an_impossible_date_is_an_error() -> None:
    text = f"2024년 2월 30일\nA Title\n(A B)\n{COMMENT}"
    assert codes(text) == [(1, "impossible-date")]
    assert "2024년 2월 30일" in parse_digest(text).problems[0].message


def test_a_digest_without_a_paper_is_an_error() -> None:
    assert codes("2024년 2월 20일\n") == [(1, "no-paper")]
    assert parse_digest("2024년 2월 20일\n").digest is None, "or every paper that was in it would be withdrawn"


def test_problems_come_in_the_order_of_their_lines() -> None:
    text = newsletter("One", COMMENT, "2024년 2월 21일", "Another Title", COMMENT, "2024년 2월 22일", "Third")
    assert [line for line, _ in codes(text)] == sorted(line for line, _ in codes(text))
    assert {code for _, code in codes(text)} == {"no-authors", "two-dates", "no-text"}


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_nothing_is_an_error(text: str) -> None:
    assert codes(text) == [(1, "empty-file")]


def test_a_bad_entry_does_not_take_the_good_ones_with_it() -> None:
    text = newsletter("#orphan", "https://a.org/1", "A Title", "(A B)", COMMENT, "#x")
    parsed = parse_digest(text)
    assert [problem.code for problem in parsed.errors] == ["text-without-paper"]
    assert only(text).tags == ("x",)


def test_authors_without_a_title_lose_their_entry_only() -> None:
    good = ("A Title", "(A B)", COMMENT, "#x")
    text = newsletter(*good, "(Ziru Chen, Michael White)", ABSTRACT, COMMENT, "#y", "Another", *good[1:])
    assert codes(text) == [(6, "no-title")]
    assert [paper.title for paper in papers(text)] == ["A Title", "Another"]


def test_a_digest_without_end_is_refused_quickly() -> None:
    assert codes("a\n" * (MAX_LINES + 1)) == [(1, "too-many-lines")]


@pytest.mark.parametrize(
    "line", ["2024년 1월 5일", "2024년1월5일", "2024년 1월 5일 금요일", "2024-01-05", "2024. 1. 5."]
)
def test_a_date_may_be_written_in_a_few_ways(line: str) -> None:
    digest = parse_digest(f"{line}\nA Title\n(A B)\n{COMMENT}").digest
    assert digest is not None
    assert digest.date == date(2024, 1, 5)
    assert digest.papers[0].date == date(2024, 1, 5)


# --- Markdown -----------------------------------------------------------------------------------------------

NOTE = f"""# 2024-01-05

https://arxiv.org/abs/2401.00001

*ReST-MCTS\\*: Cache Me Outside* (A B, C D (Google))

> {ABSTRACT}

{COMMENT} (https://arxiv.org/abs/2401.00009) 참고.

#long_context #moe

# Links

[[231114 Another Note.md]]

https://arxiv.org/abs/2401.00002

Plain Title Without Asterisks (E F, G H)

{COMMENT}
"""


def test_a_note_gives_each_paper_its_own_address() -> None:
    first, second = papers(NOTE)
    assert first.source_url == "https://arxiv.org/abs/2401.00001"
    assert first.title == "ReST-MCTS\\*: Cache Me Outside"
    assert first.authors == ("A B", "C D (Google)")
    assert first.abstract == ABSTRACT
    assert first.tags == ("long_context", "moe")
    assert first.links == ("https://arxiv.org/abs/2401.00009",)
    assert second.source_url == "https://arxiv.org/abs/2401.00002"
    assert (second.title, second.authors) == ("Plain Title Without Asterisks", ("E F", "G H"))
    assert second.commentary == (COMMENT,)


def test_the_papers_own_address_is_none_of_its_links_though_the_commentary_names_it() -> None:
    text = "# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n여기서 (https://a.org/1) 보세요.\n"
    assert only(text).links == ()


def test_the_json_of_a_note_lists_the_papers_own_address_first() -> None:
    value = to_json(parse_digest(NOTE), "2024-01-05.md")["papers"][0]
    assert value["source_url"] == "https://arxiv.org/abs/2401.00001"
    assert value["links"] == ["https://arxiv.org/abs/2401.00001", "https://arxiv.org/abs/2401.00009"]


def test_a_newsletter_under_a_date_heading_is_still_a_newsletter() -> None:
    text = f"# 2024-01-05\nA Title\n(A B)\n{ABSTRACT}\n{COMMENT}\n#x"
    assert only(text).abstract == ABSTRACT
    assert codes(text) == [], "what was missed of a note is nothing that a newsletter has"


def test_notes_under_a_date_heading_may_begin_with_a_remark() -> None:
    text = f"# 2024-01-05\n\n{COMMENT}\n\nhttps://a.org/1\n\nA Plain Title (A B)\n\n{COMMENT}\n"
    assert only(text).source_url == "https://a.org/1"
    assert codes(text) == [(3, "text-without-paper")]


def test_notes_need_no_blank_lines_either() -> None:
    assert papers(NOTE.replace("\n\n", "\n")) == papers(NOTE)


def test_a_note_may_be_dated_by_its_file_name_but_its_own_date_wins() -> None:
    undated = NOTE.removeprefix("# 2024-01-05\n\n")
    assert codes(undated) == [(1, "no-date")]
    hinted = parse_digest(undated, file_date=date(2024, 1, 6)).digest
    assert hinted is not None
    assert hinted.date == date(2024, 1, 6)
    dated = parse_digest(NOTE, file_date=date(2024, 1, 6)).digest
    assert dated is not None
    assert dated.date == date(2024, 1, 5)


def test_a_newsletter_is_never_dated_by_its_file_name() -> None:
    assert parse_digest(f"A Title\n(A B)\n{COMMENT}", file_date=date(2024, 1, 6)).digest is None


def test_an_english_version_after_the_tags_is_kept_as_commentary() -> None:
    english = "It seems that approaches like this become common."
    text = f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n> {ABSTRACT}\n\n{COMMENT}\n\n#x \n\n{english}\n"
    paper = only(text)
    assert (paper.commentary, paper.tags) == ((COMMENT, english), ("x",))


def test_a_title_of_a_note_may_run_over_two_lines() -> None:
    paper = only(
        f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Hierarchical Title of\nVery Large Datasets* (A B)\n\n{COMMENT}\n"
    )
    assert (paper.title, paper.authors) == ("A Hierarchical Title of Very Large Datasets", ("A B",))


def test_further_addresses_of_a_note_are_links() -> None:
    text = f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\nhttps://a.org/2\n\n{COMMENT}\n\nhttps://a.org/3\nhttps://a.org/4\n\n#x\n"
    paper = only(text)
    assert (paper.source_url, paper.links) == (
        "https://a.org/1",
        ("https://a.org/2", "https://a.org/3", "https://a.org/4"),
    )


@pytest.mark.parametrize("end", ["#x", "[[231114 Another Note.md]]", "## See also", "2024-01-05"])
def test_a_note_without_authors_is_found_by_its_address(end: str) -> None:
    known = f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n{COMMENT}\n\n{end}\n"
    text = f"{known}\nhttps://a.org/2\n\nQwen 1.5\n\n{COMMENT}\n"
    assert [paper.title for paper in papers(text)] == ["A Title", "Qwen 1.5"]


def test_of_several_addresses_over_a_title_the_last_is_the_papers_own() -> None:
    paper = only(f"# 2024-01-05\n\nhttps://a.org/2 https://a.org/1\n\n*A Title* (A B)\n\n{COMMENT}\n")
    assert (paper.source_url, paper.links) == ("https://a.org/1", ("https://a.org/2",))


def test_the_authors_of_a_note_may_stand_below_its_title_and_only_there() -> None:
    text = f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title*\n(A B, C D)\n\n{COMMENT}\n\n(E F, G H)\n"
    paper = only(text)
    assert (paper.authors, paper.commentary) == (("A B", "C D"), (COMMENT, "(E F, G H)"))


@pytest.mark.parametrize(
    "line",
    [
        "*강조한 줄*",
        "**굵은 줄** (A B)",
        "* 목록의 한 줄 *",
        "> 인용한 말입니다.",
        "(I think this is quite interesting.)",
    ],
)
def test_a_mark_in_the_commentary_of_a_note_starts_no_paper(line: str) -> None:
    paper = only(f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n{COMMENT}\n\n{line}\n\n#x\n")
    assert (paper.authors, paper.abstract, paper.commentary) == (("A B",), None, (COMMENT, line))


@pytest.mark.parametrize(
    "line", ["자세한 설명은 여기 있습니다 (저자 블로그)", "Here is what they say (see the page)", COMMENT]
)
@pytest.mark.parametrize("before", ["", "#x\n\n"], ids=["in the entry", "after its tags"])
def test_a_sentence_under_a_further_address_is_no_title(line: str, before: str) -> None:
    text = f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n{COMMENT}\n\n{before}https://a.org/2\n\n{line}\n"
    paper = only(text)
    assert (paper.commentary, paper.links) == ((COMMENT, line), ("https://a.org/2",))


def test_what_looks_like_a_title_is_one_only_where_an_entry_may_begin_or_an_abstract_follows() -> None:
    start = f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n{COMMENT}\n\n"
    assert len(papers(f"{start}https://a.org/2\n\nQwen 1.5 Technical Report\n")) == 1
    assert len(papers(f"{start}https://a.org/2\n\nQwen 1.5 Technical Report\n\n> {ABSTRACT}\n")) == 2
    assert len(papers(f"{start}#x\n\n*Qwen 1.5*\n\n> {ABSTRACT}\n")) == 2


def test_the_links_of_an_abstract_of_a_note_are_the_papers() -> None:
    text = f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n> {ABSTRACT} See https://a.org/2.\n\n{COMMENT}\n"
    assert only(text).links == ("https://a.org/2",)


def test_notes_are_known_by_their_first_line_or_by_a_title_with_authors_under_an_address() -> None:
    day = date(2024, 1, 6)
    plain = parse_digest(f"https://a.org/1\n\nA Plain Title (A B)\n\n{COMMENT}\n", file_date=day).digest
    assert plain is not None
    assert (plain.date, plain.papers[0].title) == (day, "A Plain Title")
    line = "*강조한 줄*"
    paper = only(newsletter("A Title", "(A B)", COMMENT, "https://a.org/1", line, "#x"))
    assert (paper.authors, paper.commentary) == (("A B",), (COMMENT, line))


def test_an_abstract_of_a_note_without_its_mark_is_still_the_abstract() -> None:
    paper = only(f"# 2024-01-05\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n{ABSTRACT}\n\n{COMMENT}\n")
    assert (paper.abstract, paper.commentary) == (ABSTRACT, (COMMENT,))


def test_text_before_the_first_paper_of_a_note_is_reported_once() -> None:
    text = f"# 2024-01-05\n\n{COMMENT}\n\n{COMMENT}\n\nhttps://a.org/1\n\n*A Title* (A B)\n\n{COMMENT}\n"
    assert codes(text) == [(3, "text-without-paper")]
    assert only(text).title == "A Title"


# --- the house ----------------------------------------------------------------------------------------------


def test_the_parser_stands_on_the_model_and_the_standard_library_only() -> None:
    folder = Path(bot.digest.__file__).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                assert top in sys.stdlib_module_names or name.startswith(("bot.digest", "bot.model")), name


SIZE = 250_000
"""Letters of a hostile file. One that took the square of its length would take a minute."""
HOSTILE = {
    "open brackets": "T\n" + "(" * SIZE,
    "closing brackets": "T\n" + ")" * SIZE,
    "pairs of brackets": "T\n" + "()" * (SIZE // 2),
    "commas": "T\n(" + "," * SIZE + ")",
    "stars": "*T\n" + "* (" * (SIZE // 3) + ")",
    "tags": "T\n" + "#a " * (SIZE // 3),
    "an address with a tail": "T\nhttps://a" + ")." * (SIZE // 2),
    "addresses": "T\n" + "https://a.org/ " * (SIZE // 15),
    "combining marks": "T\na" + "\u0301\u0316" * (SIZE // 4),
    "lines": "Some Title Here of\n" * 12_000,
    "heads": "https://a.b\n*T* (A)\n> x\n" * 3_000,
    "bracketed lines": "T\n" + ("(" + "a" * 60 + ")\n") * 4_000,
    "near-matches": "T\n" + ("available " * 28 + "http://\n") * 800,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("start", ["2024년 2월 20일\n", "# 2024-02-20\n"])
def test_malice_takes_a_time_that_grows_with_its_length_only(name: str, start: str) -> None:
    started = time.process_time()
    parse_digest(start + HOSTILE[name])
    assert time.process_time() - started < 5.0
