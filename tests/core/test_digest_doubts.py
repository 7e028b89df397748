"""What `paperboy check` says of slips that leave a digest readable: a line, a sentence, and no paper is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.digest import Severity, far_ahead, parse_digest, print_digest
from bot.digest.doubts import COMMENTARY_AT_MOST
from bot.model import Digest, Paper

ABSTRACT = (
    "We propose a novel cache that keeps only what later tokens will read, and we show that it halves the memory of a "
    "7B model without loss on twelve benchmarks. Extensive experiments demonstrate that it outperforms baselines."
)
COMMENT = "캐시를 줄이는 방법이 또 나왔네요. 학습 없이 되는 것이 장점입니다."


def plain(second: str = "", abstract: str = ABSTRACT, tags: str = "#cache") -> str:
    """A newsletter of three papers; what is given is in the second one, which begins in line 7."""
    return "\n".join(
        [
            *("2024년 2월 20일", "Cache Me Outside", "(A B)", ABSTRACT, COMMENT, "#cache"),
            *("Speculative Decoding for Everyone", "(C D)", abstract, COMMENT, *([second] if second else []), tags),
            *("Attention Is Not Free", "(E F)", ABSTRACT, COMMENT, "#moe"),
        ]
    )


def notes(
    second: str, url: str = "https://arxiv.org/abs/2402.00002", head: str = "*Speculative Decoding* (C D)"
) -> str:
    """The curator's notes with three papers; what is given is in the second one, whose address is in line 9."""
    return "\n".join(
        [
            *("# 2024-02-20", "https://arxiv.org/abs/2402.00001", "*Cache Me Outside* (A B)", f"> {ABSTRACT}"),
            *("", COMMENT, "#cache", ""),
            *(url, head, f"> {ABSTRACT}", "", COMMENT, second, "#decoding", ""),
            *("https://arxiv.org/abs/2402.00003", "*Attention Is Not Free* (E F)", f"> {ABSTRACT}", COMMENT, "#moe"),
        ]
    )


def test_an_honest_digest_raises_no_doubt() -> None:
    assert parse_digest(plain()).problems == ()
    assert parse_digest(notes("비용은 $100 정도이고, 코드는 여기 있습니다: https://example.com/code")).problems == ()


@pytest.mark.parametrize(
    ("text", "line", "code", "said"),
    [
        (
            notes("", url="arxiv.org/abs/2402.00002"),
            9,
            "address-as-text",
            "An address without https:// is read as text",
        ),
        (notes("", url="- https://arxiv.org/abs/2402.00002"), 9, "address-as-text", "behind the mark of a list"),
        (notes("", url="2. arxiv.org/abs/2402.00002"), 9, "address-as-text", "behind the mark of a list"),
        (
            notes("", url="<https://arxiv.org/abs/2402.00002>"),
            9,
            "address-as-text",
            "is not taken for that of the paper",
        ),
        (notes("", url="https://arxiv.org/abs/2402.00001v2"), 9, "paper-twice", "The same address as in line 2"),
        (notes("", head="*Cache  me outside* (C D)"), 9, "paper-twice", "The same title as in line 2"),
        (notes("", head="_Speculative Decoding_ (C D)"), 9, "markup-in-title", "A title with marks"),
        (notes("---"), 14, "markup-as-text", "A rule is shown as it stands"),
        (notes("```python\n*x* = 1\n```"), 14, "markup-as-text", "A fence of code is shown as it stands"),
        (notes("| a | b |\n|---|:-:|\n| 1 | 2 |"), 15, "markup-as-text", "A table is shown as it stands"),
        (notes("<b>굵게</b> 씁니다."), 14, "markup-as-text", "HTML is shown as it stands"),
        (plain("arxiv.org/abs/2402.12345"), 11, "address-as-text", "An address without https:// is read as text"),
        (plain(tags="#llm, reasoning, vision"), 11, "tags-as-text", "looks like tags and is read as text: #llm, reas"),
        (plain("＃llm 이 태그입니다. 그렇지 않나요?"), 11, "tags-as-text", "looks like tags"),
        (plain(abstract=f"We bound $x^2 and its sum. {ABSTRACT}"), 9, "formula-not-closed", "A formula is not closed"),
        (plain(abstract=f"{ABSTRACT} See \\frac{{a}}{{ b."), 9, "formula-not-closed", "A formula is not closed"),
        (plain("깁니다. " * 800), 7, "long-commentary", "letters, of which Telegram shows about 3,500"),
    ],
)
def test_a_slip_is_told_with_its_line_and_takes_no_other_paper_with_it(
    text: str, line: int, code: str, said: str
) -> None:
    parsed = parse_digest(text)
    found = [problem for problem in parsed.problems if problem.code == code]
    assert [problem.line for problem in found][:1] == [line], parsed.problems
    assert said in found[0].message
    assert all(problem.severity is Severity.WARNING for problem in parsed.problems)
    assert parsed.errors == ()
    assert parsed.digest is not None
    assert {"Cache Me Outside", "Attention Is Not Free"} <= {paper.title for paper in parsed.digest.papers}
    assert len(parsed.digest.papers) >= 3


def test_headings_of_another_level_over_the_papers_are_told() -> None:
    text = plain().replace("Cache Me", "## Cache Me").replace("Attention Is", "### Attention Is")
    told = [(problem.line, problem.code) for problem in parse_digest(text).problems]
    assert told == [(2, "markup-in-title"), (12, "markup-in-title")]


@pytest.mark.parametrize(
    ("second", "lines"),
    [
        ("<p>하나는</p>\n<p>둘입니다.</p>", [14]),
        ("<p>하나는</p>\n그리고 사이에는 글이 있습니다.\n<p>둘입니다.</p>", [14, 16]),
    ],
    ids=["together", "apart"],
)
def test_marks_that_stand_together_are_told_once(second: str, lines: list[int]) -> None:
    assert [problem.line for problem in parse_digest(notes(second)).problems] == lines


def test_a_title_of_tags_is_a_title() -> None:
    text = plain().replace("Speculative Decoding for Everyone", "Tags: What Hashtags Know About Us")
    assert parse_digest(text).problems == ()


def test_a_paper_that_is_there_three_times_is_the_first_one_each_time() -> None:
    text = notes("", url="https://arxiv.org/abs/2402.00001", head="*Cache Me Outside* (C D)")
    text = text.replace("2402.00003", "2402.00001")
    told = [(problem.line, problem.message.partition(":")[0]) for problem in parse_digest(text).problems]
    assert told == [(9, "The same title as in line 2"), (17, "The same address as in line 2")]


def test_letters_behind_a_backslash_open_no_formula() -> None:
    honest = f"{ABSTRACT} A token costs \\$5 where $x$ grows, and \\frac{{a}}{{b}} bounds \\{{ on the left."
    assert parse_digest(plain(abstract=honest)).problems == ()


def test_what_paperboy_writes_itself_raises_no_doubt() -> None:
    paper = Paper(date=date(2024, 2, 20), title="Cache Me Outside", authors=("A B",), links=("https://a.org/1",))
    other = replace(paper, title="Attention Is Not Free", links=(), commentary=("> 인용으로 시작합니다.",))
    digest = Digest(date=paper.date, papers=(paper, other))
    parsed = parse_digest(print_digest(digest))
    assert parsed.digest == digest
    assert {problem.code for problem in parsed.problems} <= {"no-text"}


def test_a_commentary_that_fits_is_not_long() -> None:
    fits = "가" * (COMMENTARY_AT_MOST - len(COMMENT))
    assert parse_digest(plain(fits)).problems == ()


def test_a_date_is_far_ahead_from_a_week_on() -> None:
    today = date(2024, 2, 20)
    assert far_ahead(today + timedelta(days=7), today) is None
    assert far_ahead(date(2023, 2, 20), today) is None
    problem = far_ahead(date(2042, 2, 20), today)
    assert problem is not None
    assert problem.severity is Severity.WARNING
    assert problem.message == "The date, 2042-02-20, is 6,575 days ahead; until then this digest stays the newest."
