"""Whatever is written: parsing never raises, and what it gives can be printed and parsed to the same again."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest import Form, Severity, parse_digest, print_digest

ABSTRACT = "In this paper, we propose a novel approach to the cost of large language models. " * 14

FRAGMENTS = [
    *("2024년 2월 20일", "# 2024-02-20", "2024-02-21", "2024년 2월 30일"),
    *(
        "LLM Comparator: Visual Analytics for Large Models",
        "Fuyu-Heavy",
        "DPO",
        "0",
        "한글 제목",
        "a title in lower case",
    ),
    *("*A Tale of Tails* (A B, C D)", "*Broken Title of", "Very Large* (A, B)", "*bold*", "**bold** text", "* item"),
    *("*T* ((A)", "*T* (A))", "*T* )(", "*T*(A)", "*T* ()", "*A* (B) (C)", "*A* (B)*", "*\\*A* (B)", "Title (A, B)"),
    *(
        "(OpenAI)",
        "(A B, C (Google) D)",
        "()",
        "(,)",
        "(A, B",
        "A, B)",
        "(A))",
        "((A)",
        "(A\\)",
        "(흥미로운 결과입니다.)",
    ),
    *(
        "(I think this is good.)",
        "흥미롭네요 (https://x.com/f) 그리고 https://x.com/a",
        "두 LLM의 비교. https://x.com/e 입니다",
    ),
    *("https://arxiv.org/abs/2401.00001", "https://x.com/a, https://x.com/b", "https://x.com/a https://x.com/b"),
    *(
        "https://github.com/x}.",
        "https://arxiv.org/abs/2401.00003의 후속",
        "<https://x.com/c>",
        "https://",
        "https://(a)",
    ),
    *("> quoted. We propose a thing (https://x.com/a).", ">", "> https://x.com/d", "> > nested", "\\> not quoted"),
    *("\\# no tag", "\\\\textit", "\\textit{x}", "\\", "#tag", "#a_b #c-d", "#a #b a", "#a#b", "#", "##", "#,"),
    *("# Links", "[[note.md]]", "\\[[note.md]]", "[[a]] and text", "---", "***", "- item", "1. item", "`code`"),
    *(f"{ABSTRACT}Project page:", ABSTRACT, "better'' than others? Second, we propose", "I wonder. (https://x.com/g)"),
    *(
        "\u1112\u1161\u11ab\u1100\u1173\u11af",
        "\u0338\u0301x",
        "\x00",
        "\ud800",
        "\ufeff",
        "\u00a0x\u00a0",
        "a\u2028b",
        "",
    ),
]

glued = st.tuples(
    st.sampled_from(FRAGMENTS), st.sampled_from(["", " ", "\\", "*", "(", ")"]), st.sampled_from(FRAGMENTS)
)
line = st.one_of(st.sampled_from(FRAGMENTS), st.sampled_from(FRAGMENTS), glued.map("".join), st.text(max_size=12))
hostile = st.tuples(
    st.sampled_from(["2024년 2월 20일", "# 2024-02-20", ""]),
    st.lists(line, max_size=14),
    st.sampled_from(["\n", "\n\n", "\r\n", "\r"]),
).map(lambda parts: parts[2].join([parts[0], *parts[1]]))
forms = st.sampled_from([None, Form.NEWSLETTER, Form.MARKDOWN])


@given(text=st.text(), form=forms)
def test_any_text_parses_without_raising(text: str, form: Form | None) -> None:
    parsed = parse_digest(text, form=form)
    assert parsed.digest is not None or parsed.errors


@settings(max_examples=600, deadline=None)
@given(text=hostile, form=forms)
def test_a_printed_digest_parses_to_the_same_digest(text: str, form: Form | None) -> None:
    digest = parse_digest(text, form=form).digest
    if digest is not None:
        assert parse_digest(print_digest(digest)).digest == digest


@settings(max_examples=300, deadline=None)
@given(text=hostile, form=forms)
def test_what_is_parsed_is_sound(text: str, form: Form | None) -> None:
    parsed = parse_digest(text, form=form)
    lines = text.count("\n") + text.count("\r") + text.count("\u2028") + 40
    for problem in parsed.problems:
        assert 0 < problem.line <= lines
        assert problem.message.endswith((".", "…")) or problem.severity is Severity.WARNING
    for paper in parsed.digest.papers if parsed.digest else ():
        assert parsed.digest is not None
        assert paper.date == parsed.digest.date
        texts = [paper.title, *paper.authors, paper.abstract or "", *paper.commentary, *paper.tags, *paper.links]
        assert paper.title
        for each in texts:
            assert each.strip() == each
            assert unicodedata.is_normalized("NFC", each)
            each.encode()
        assert len(set(paper.tags)) == len(paper.tags)
        assert paper.source_url not in paper.links
