"""What Telegram makes of our messages, judged by its own parser and by the models of its API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.base import Card
from bot.adapters.telegram.inline import article
from bot.adapters.telegram.render import ENTITIES, TEXT_UNITS, label, preview, render
from bot.digest_file import read_digest_file
from bot.formatting import Nearby, literally_button, nothing_found_message, paper_message
from bot.message import Button, Fold, FollowTag, Link, Message, Paragraph, ShowPaper, Style, Text
from bot.model import StoredPaper, Tag
from bot.strings import LANGUAGES
from tests.adapters.bench import messages
from tests.fakes.telegram.keyboard import read_keyboard
from tests.fakes.telegram.schema import complaints
from tests.fakes.telegram.tdlib import Formatted, parse, utf16

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
CORPUS = ROOT.parent / "shared" / "corpus"
TRIED = messages()
ALIVE = {"mention", "hashtag", "cashtag", "bot_command"}


def drawn(message: Message) -> Formatted:
    """The message as Telegram reads it, every rule checked."""
    request = preview(message)
    assert request.method == "sendMessage"
    params = dict(request.params)
    assert not complaints("sendMessage", params)
    formatted = parse(params["text"], "HTML")
    assert formatted.text
    assert utf16(formatted.text) <= TEXT_UNITS
    assert len(formatted.markup) <= ENTITIES
    read_keyboard(params.get("reply_markup"))
    return formatted


def stored(files: list[Path]) -> Iterator[StoredPaper]:
    for file in files:
        digest = read_digest_file(file).parsed.digest
        for position, paper in enumerate(digest.papers if digest else ()):
            yield StoredPaper(
                id=1, version=1, digest_id=1, position=position, published_at=None, withdrawn=False, paper=paper
            )


def tags_of(paper: StoredPaper) -> list[Tag]:
    return [Tag(id=n, slug=tag, label=tag, count=1) for n, tag in enumerate(dict.fromkeys(paper.paper.tags), 1)]


def check_paper(paper: StoredPaper, language: str) -> Formatted:
    message = paper_message(paper, tags_of(paper), language=language)
    formatted = drawn(message)
    quotes = formatted.under("expandable_blockquote")
    assert len(quotes) == (1 if paper.paper.abstract else 0)
    assert not [one for one in formatted.found if one["type"] in ALIVE], "nothing in a paper does anything"
    assert formatted.under("bold")[0] == formatted.under("text_link")[0]
    return formatted


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_seed_paper_is_a_title_that_leads_somewhere_commentary_and_one_folded_abstract(language: str) -> None:
    papers = list(stored(SEEDS))
    assert len(papers) == 39
    for paper in papers:
        formatted = check_paper(paper, language)
        for line in paper.paper.commentary:
            assert line[:10] in formatted.text or "$" in line or "\\" in line or line[:1] in "#@/"


def test_every_corpus_paper_is_a_valid_message() -> None:
    files = sorted(file for kind in ("newsletter", "markdown", "no-authors") for file in (CORPUS / kind).glob("*.*"))
    if not files:
        pytest.skip("there is no corpus here")
    checked = 0
    for paper in stored(files[::4]):
        check_paper(paper, "ko")
        checked += 1
    assert checked > 100


@pytest.mark.parametrize("which", TRIED)
def test_every_message_that_platforms_are_tried_on_is_valid(which: str) -> None:
    formatted = drawn(TRIED[which])
    assert not [one for one in formatted.found if one["type"] in ALIVE]


HOSTILE = "@everyone /start #word $TSLA <b>x</b> & &amp; \u202egnp.exe\u202c \x00\x1b[31m a@b /a@b ##two @@two #한국어"


def test_letters_are_letters_whatever_they_look_like() -> None:
    message = Message(
        summary="",
        blocks=(
            Paragraph((Link(HOSTILE, "https://a.example/?a=1&b=%22"),), "title"),
            Paragraph((Text(HOSTILE), Text(HOSTILE, Style.BOLD))),
            Fold(HOSTILE, (Paragraph((Text(HOSTILE),)),)),
        ),
    )
    formatted = drawn(message)
    assert not [one for one in formatted.found if one["type"] in ALIVE]
    assert "<b>x</b> & &amp;" in formatted.text
    assert "#word" in formatted.text
    for sign in "\u202e\u202c\x00\x1b":
        assert sign not in formatted.text
    assert formatted.under("text_link")


def test_an_address_in_the_text_stays_whole_and_live() -> None:
    url = "https://a.example/@user/#frag?x=/start"
    formatted = drawn(Message(summary="", blocks=(Paragraph((Text("see "), Link(url, url))),)))
    assert formatted.under("text_link") == [url]


def test_the_abstract_gives_way_first_with_a_sign_and_the_commentary_never_silently() -> None:
    commentary, abstract = "해설 " * 1000, "abstract words " * 300
    title = Paragraph((Link("Title", "https://a.example/", Style.BOLD),), "title")

    def message(said: str) -> Message:
        fold = Fold("초록", (Paragraph((Text(abstract),)),))
        return Message(summary="Title", blocks=(title, Paragraph((Text(said),)), fold))

    formatted = drawn(message(commentary))
    assert commentary.strip() in formatted.text
    (quote,) = formatted.under("expandable_blockquote")
    assert quote.endswith("[…]")
    assert quote.removesuffix(" […]").rsplit(" ", 1)[-1] in ("abstract", "words")
    assert utf16(formatted.text) > TEXT_UNITS - 40

    formatted = drawn(message("해설 " * 3000))
    assert "해설 […]" in formatted.text


def test_length_is_counted_as_telegram_counts_it() -> None:
    formatted = drawn(Message(summary="", blocks=(Paragraph((Text("👩‍👩‍👧" * 2000),)),)))
    assert utf16(formatted.text) > TEXT_UNITS - 20
    formatted = drawn(Message(summary="", blocks=(Paragraph((Text("&" * 5000),)),)))
    assert utf16(formatted.text) == TEXT_UNITS


def test_more_links_than_telegram_formats_leave_the_fold_whole() -> None:
    links = tuple(Link(f"link {n}", f"https://a.example/{n}") for n in range(150))
    formatted = drawn(Message(summary="", blocks=(Paragraph(links), Fold("초록", (Paragraph((Text("folded"),)),)))))
    assert formatted.under("expandable_blockquote") == ["folded"]


def test_buttons_fit_a_phone_and_carry_their_action() -> None:
    tags = [Button(f"#{'아주-긴-태그-이름' * (n % 3)}tag{n}", FollowTag(n), on=n % 2 == 0) for n in range(120)]
    keyboard = render(Message(summary="", blocks=(), buttons=(tuple(tags),))).keyboard
    assert sum(map(len, keyboard)) == 100
    for row in keyboard:
        assert len(row) <= 8
        assert len(row) == 1 or sum(len(key["text"]) for key in row) <= 36
        for key in row:
            assert len(key["callback_data"].encode()) <= 64
            assert len(key["text"]) <= 32
    assert keyboard[0][0]["text"] == "✓ #tag0"


def test_the_buttons_of_five_results_stay_in_a_row_however_deep_the_page() -> None:
    rows = [[Button(f"{sign} {number}", ShowPaper(number)) for number in range(996, 1001)] for sign in "≈◀“"]
    keyboard = render(Message(summary="", blocks=(), buttons=tuple(map(tuple, rows)))).keyboard
    assert [len(row) for row in keyboard] == [5, 5, 5]


def test_a_label_however_long_is_cut_at_once() -> None:
    began = time.process_time()
    assert label(Button("x" * 1_000_000, FollowTag(1))) == "x" * 29 + "…"
    assert label(Button("가" * 1_000_000, FollowTag(1))) == "가" * 14 + "…"
    assert label(Button("x" * 30, FollowTag(1))) == "x" * 30
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["zebrafsh papr", "diffuson models for protien folding", "확산 모댈로 단백질 접기"])
def test_what_a_search_offers_keeps_its_meaning_however_long_the_query(language: str, typed: str) -> None:
    literally = label(literally_button(typed, 9, language))
    assert literally == literally_button(typed, 9, language).label
    assert literally.endswith({"ko": "” 그대로 찾기", "en": "” as typed"}[language])
    assert typed[:4] in literally
    near = Nearby(query=typed, papers=1234, search_id=9)
    nothing = render(nothing_found_message(typed, language=language, search_id=9, instead=[near]))
    assert nothing.keyboard[0][0]["text"].endswith(" · 1,234")


def test_a_card_posts_the_very_message_of_the_paper() -> None:
    message = TRIED["a paper"]
    result = article(Card(id="1-1", title="Reward\nModels", description="x" * 500, message=message))
    assert result["title"] == "Reward Models"
    assert result["input_message_content"]["message_text"] == render(message).text
    assert not complaints("answerInlineQuery", {"inline_query_id": "1", "results": [result]})


lines = st.text(st.characters(codec="utf-8"), max_size=300) | st.sampled_from([HOSTILE, "", "가" * 3000, "<" * 3000])
inlines = st.builds(Text, lines, st.sampled_from(Style)) | st.builds(
    Link, lines, lines.map("https://a.example/{}".format) | lines, st.sampled_from(Style)
)
paragraphs = st.builds(
    Paragraph, st.lists(inlines, max_size=4).map(tuple), st.sampled_from(["title", "authors", "body", "note"])
)
blocks = paragraphs | st.builds(Fold, lines, st.lists(paragraphs, max_size=3).map(tuple))


@settings(max_examples=100, deadline=None)
@given(st.lists(blocks, max_size=6))
@example([Paragraph(tuple(Text(part) for part in ("/", "0", " @", "name", " #", "tag", " $", "AB")), "body")])
@example([Paragraph((Text("²$A ½#tag Ⅻ@name ①/help"),), "body")])
def test_no_text_breaks_the_markup_or_comes_alive(parts: list[Paragraph | Fold]) -> None:
    formatted = drawn(Message(summary="", blocks=tuple(parts)))
    assert not [one for one in formatted.found if one["type"] in ALIVE], [
        formatted.slice(one) for one in formatted.found
    ]


def test_a_followed_tag_differs_in_its_button_only() -> None:
    paper = next(stored(SEEDS))
    paper = replace(paper, paper=replace(paper.paper, tags=("rlhf",)))
    plain = render(paper_message(paper, tags_of(paper), language="ko"))
    followed = render(paper_message(paper, tags_of(paper), language="ko", following=frozenset({1})))
    assert plain.text == followed.text
    assert [followed.keyboard[0][0]["text"], plain.keyboard[0][0]["text"]] == ["✓ #rlhf", "#rlhf"]


def test_the_number_of_a_page_stands_apart_from_what_is_said_of_the_last_paper() -> None:
    seen = drawn(TRIED["the number of a page"])
    assert "짧은 한마디.\n\n1 / 2" in seen.text
    assert "5월 8일\n\n2 / 2" in seen.text
