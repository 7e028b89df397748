"""What Slack makes of our messages, judged by its SDK's models, by what those miss, and as a reader sees them."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.adapters.slack.letters import safe
from bot.adapters.slack.render import Body, Drawn, buttons_with, preview, render, view_blocks
from bot.digest_file import read_digest_file
from bot.formatting import (
    Found,
    help_message,
    marked,
    notice,
    paper_message,
    results_message,
    subscriptions_message,
    tags_message,
    welcome_message,
    withdrawn_message,
)
from bot.message import (
    Button,
    ChangeSetting,
    ChatFollowTag,
    Fold,
    FollowTag,
    Link,
    Message,
    Paragraph,
    ShowPaper,
    Style,
    Text,
    decode_action,
)
from bot.model import StoredPaper, Subscription, Tag
from bot.query import Snippet
from tests.adapters.bench import HOSTILE, NOW, messages
from tests.fakes.slack import drawing
from tests.fakes.slack.blocks import MOST_LETTERS, complaints, letters

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
CORPUS = ROOT.parent / "shared" / "corpus"
TRIED = messages()
FOLDS: tuple[Drawn, ...] = ("container", "attachment", "plain")
ACTIVE = {"emoji", "user", "usergroup", "channel", "broadcast", "date", "color"}
"""The elements of rich text that do something."""


@dataclass
class Seen(drawing.Drawn):
    """A message as a reader sees it."""

    text: str
    blocks: list[dict[str, Any]]
    attachments: list[dict[str, Any]]


def drawn(message: Message, fold: Drawn = "container") -> Seen:
    """The message as Slack shows it, every rule checked."""
    return checked(render(message, fold=fold))


def checked(body: Body) -> Seen:
    params = json.loads(json.dumps(body.params))
    assert not complaints(params["blocks"])
    assert not [pointer for pointer in walked(params["blocks"]) if pointer.get("type") in ACTIVE]
    for block in params["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        assert parsed.to_dict() == block, "the models know every field"
        if block["type"] == "container":
            assert {child["type"] for child in block["child_blocks"]} <= {"section"}
    assert not drawing.mentions_in(params["text"], params["blocks"], params["attachments"])
    assert 0 < len(params["text"]) <= 4000
    whole = letters(params["blocks"]) + len(params["text"])
    if params["attachments"]:
        whole += len(json.dumps(params["attachments"], ensure_ascii=False))
    assert whole <= MOST_LETTERS
    assert len(json.dumps(params["blocks"], ensure_ascii=False)) + len(params["text"]) <= MOST_LETTERS
    ids = [element["action_id"] for element in walked(params["blocks"]) if "action_id" in element]
    assert len(ids) == len(set(ids)), "action ids are unique in the whole message"
    assert all(block["block_id"] for block in params["blocks"])
    for part in walked(params["blocks"]):
        if part.get("type") == "plain_text":
            assert part["emoji"] is False
        assert part.get("type") != "mrkdwn"
        if "url" in part:
            assert part["url"].isascii()
            assert part["url"].startswith(("https://", "http://"))
    for attachment in params["attachments"]:
        assert attachment["mrkdwn_in"] == ["pretext"]
        assert attachment["text"]
    assert params["parse"] == "none"
    assert params["unfurl_links"] is params["unfurl_media"] is False
    everything = json.dumps(params, ensure_ascii=False)
    everything.encode()
    for sign in "\u202e\u2066\x07\x1b\ud800\u2028":
        assert sign not in everything
    return Seen(params["text"], params["blocks"], params["attachments"])


def walked(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from walked(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from walked(inner)


def stored(files: list[Path]) -> Iterator[StoredPaper]:
    for file in files:
        digest = read_digest_file(file).parsed.digest
        for position, paper in enumerate(digest.papers if digest else ()):
            yield StoredPaper(
                id=1, version=1, digest_id=1, position=position, published_at=None, withdrawn=False, paper=paper
            )


def tags_of(paper: StoredPaper) -> list[Tag]:
    return [Tag(id=n, slug=tag, label=tag, count=1) for n, tag in enumerate(dict.fromkeys(paper.paper.tags), 1)]


def check_paper(paper: StoredPaper, language: str, fold: Drawn) -> Seen:
    message = paper_message(paper, tags_of(paper), language=language)
    seen = drawn(message, fold)
    first = seen.blocks[0]["elements"][0]["elements"][0]
    assert first["type"] == "link", "the title leads somewhere"
    assert first["style"] == {"bold": True}
    assert len(seen.labels) == len(tags_of(paper))
    shown = [run for part in message.blocks if isinstance(part, Paragraph) for run in part.inlines]
    if "[…]" not in seen.shown:
        for inline in shown:
            assert inline.text in seen.shown
    return seen


# --- papers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_seed_paper_is_a_title_that_leads_somewhere_commentary_and_one_folded_abstract(
    language: str, fold: Drawn
) -> None:
    papers = list(stored(SEEDS))
    assert len(papers) == 39
    for paper in papers:
        seen = check_paper(paper, language, fold)
        assert "[…]" not in seen.plain, "every seed fits whole"
        containers = [block for block in seen.blocks if block["type"] == "container"]
        assert len(containers) == (1 if paper.paper.abstract and fold == "container" else 0)
        assert len(seen.attachments) == (1 if paper.paper.abstract and fold == "attachment" else 0)
        for container in containers:
            assert container["is_collapsible"] is container["default_collapsed"] is True
            assert container["title"]["text"] == {"ko": "초록", "en": "Abstract"}[language]
            assert len(seen.folded) > 40


def test_every_corpus_paper_is_a_valid_message() -> None:
    files = sorted(file for kind in ("newsletter", "markdown", "no-authors") for file in (CORPUS / kind).glob("*.*"))
    if not files:
        pytest.skip("there is no corpus here")
    checked_papers = 0
    for number, paper in enumerate(stored(files)):
        check_paper(paper, "ko", FOLDS[number % 3] if number % 4 == 0 else "container")
        checked_papers += 1
    assert checked_papers > 400


def test_the_notification_is_the_title_and_the_first_sentence_with_nothing_that_slack_reads() -> None:
    paper = next(stored(SEEDS))
    paper = replace(
        paper,
        paper=replace(
            paper.paper,
            title="A <b> & <!channel> :fire: <@U1>",
            commentary=("<https://evil|좋은> 논문입니다. 둘째 문장.",),
        ),
    )
    seen = drawn(paper_message(paper, [], language="ko"))
    assert html.unescape(seen.text).replace("\u2060", "") == (
        "A <b> & <!channel> :fire: <@U1> — <https://evil|좋은> 논문입니다."
    )
    assert "<" not in seen.text
    assert ":fire:" not in seen.text


def test_a_followed_tag_differs_in_its_button_only() -> None:
    paper = next(stored(SEEDS))
    paper = replace(paper, paper=replace(paper.paper, tags=("rlhf", "moe")))
    plain = drawn(paper_message(paper, tags_of(paper), language="ko"))
    followed = drawn(paper_message(paper, tags_of(paper), language="ko", following=frozenset({1})))
    assert plain.plain == followed.plain
    assert (plain.labels, followed.labels) == (["#rlhf", "#moe"], ["✓ #rlhf", "#moe"])
    assert [button.get("style") for button in followed.buttons] == ["primary", None]
    assert [decode_action(button["value"]) for button in followed.buttons] == [FollowTag(1), FollowTag(2)]
    ids = [{block["block_id"] for block in seen.blocks} for seen in (plain, followed)]
    assert len(ids[0] - ids[1]) == 1, "what changed has a new block id, and nothing else has"


def test_a_withdrawn_paper_is_its_title_and_a_sentence() -> None:
    seen = drawn(withdrawn_message(next(stored(SEEDS)), "ko"))
    assert "목록에서 내린 논문입니다." in seen.shown


# --- limits ---------------------------------------------------------------------------------------------------


def long_paper(commentary: str, abstract: str, folds: int = 1) -> Message:
    return Message(
        summary="Title",
        blocks=(
            Paragraph((Link("Title", "https://a.example/", Style.BOLD),), "title"),
            Paragraph((Text(commentary),)),
            *(Fold("초록", (Paragraph((Text(abstract),)),)) for _ in range(folds)),
        ),
        buttons=((Button("#tag", FollowTag(1)),),),
    )


@pytest.mark.parametrize("fold", FOLDS)
def test_the_abstract_gives_way_first_at_a_word_with_a_sign(fold: Drawn) -> None:
    commentary = "해설 " * 2500
    seen = drawn(long_paper(commentary, "abstract & words " * 600), fold)
    assert seen.plain.count("해설") == 2500
    held = html.unescape(seen.attachments[0]["text"]) if fold == "attachment" else seen.plain.rpartition("초록")[2]
    assert held.endswith("[…]")
    assert held.removesuffix(" […]").rsplit(" ", 1)[-1] in ("abstract", "&", "words")
    sent = len(json.dumps([seen.blocks, seen.attachments], ensure_ascii=False))
    assert sent > 11_400, "and not before it has to"


def test_commentary_that_cannot_fit_ends_at_a_word_with_a_sign() -> None:
    seen = drawn(long_paper("해설 " * 9000, "abstract"))
    assert "해설 […]" in seen.shown
    assert seen.shown.count("[…]") == 1
    assert seen.shown.count("해설") > 3000
    assert seen.folded.startswith(("abstract", "[…]"))


def test_long_text_is_split_into_blocks_that_slack_takes() -> None:
    words = " ".join(f"word{n}" for n in range(1000))
    seen = drawn(long_paper("해설", words))
    (container,) = [block for block in seen.blocks if block["type"] == "container"]
    pieces = [child["text"]["text"] for child in container["child_blocks"]]
    assert [len(piece) <= 3000 for piece in pieces] == [True] * 3
    assert " ".join(pieces) == words
    seen = drawn(long_paper(words, "abstract"))
    assert len([block for block in seen.blocks if block["type"] == "rich_text"]) == 4
    assert seen.shown.replace("\n", "").count("word") == 1000


def test_letters_that_cost_more_than_themselves_are_counted() -> None:
    for sign in ('"', "\\", "&", "<", ":a", "👩‍👩‍👧", "\n"):
        for fold in FOLDS:
            drawn(long_paper(sign * 4000, sign * 9000), fold)
            drawn(long_paper("짧은 해설", sign * 9000, folds=3), fold)


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("which", TRIED)
def test_every_message_that_platforms_are_tried_on_is_valid(which: str, fold: Drawn) -> None:
    drawn(TRIED[which], fold)


def test_buttons_flow_in_rows_and_carry_their_action() -> None:
    tags = tuple((Button(f"#tag-{n}", FollowTag(n)),) for n in range(40))
    seen = drawn(Message(summary="tags", blocks=(), buttons=tags))
    assert [len(block["elements"]) for block in seen.blocks if block["type"] == "actions"] == [25, 15]
    assert [decode_action(button["value"]) for button in seen.buttons] == [FollowTag(n) for n in range(40)]
    numbers = tuple(Button(str(n), ShowPaper(n)) for n in range(1, 6))
    seen = drawn(Message(summary="", blocks=(), buttons=(numbers, (Button("chat", ChatFollowTag(1)),))))
    assert [len(block["elements"]) for block in seen.blocks if block["type"] == "actions"] == [5, 1]
    hours = tuple((Button(f"{hour}", ChangeSetting("time", f"{hour:02}:00")),) for hour in range(7, 13))
    back = (Button("◀ 설정", ChangeSetting("all")),)
    seen = drawn(Message(summary="", blocks=(), buttons=(*hours, back)))
    assert [len(block["elements"]) for block in seen.blocks if block["type"] == "actions"] == [6, 1]


def test_a_label_is_one_line_that_a_phone_can_show() -> None:
    label = "이 채팅에서 #" + "아주-긴-태그-" * 20 + " 구독하기"
    buttons = (Button(label, FollowTag(1), on=True), Button("", FollowTag(2)))
    seen = drawn(Message(summary="", blocks=(), buttons=(buttons,)))
    assert [len(words) <= 60 for words in seen.labels] == [True, True]
    assert seen.labels[0].startswith("✓ 이 채팅에서 #아주")
    assert seen.labels[0].endswith("…")
    assert seen.labels[1] == "…"


def test_more_buttons_than_there_is_room_for_leave_room_for_words() -> None:
    tags = tuple((Button(f"#{'긴-태그-' * 8}{n}", FollowTag(n)),) for n in range(200))
    seen = drawn(Message(summary="", blocks=(Paragraph((Text("말 " * 1000),)),), buttons=tags))
    assert seen.shown.count("말") == 1000
    assert 30 < len(seen.buttons) < 100


# --- letters are letters --------------------------------------------------------------------------------------

NASTY = "<!channel> <@U123> <#C1|x> <https://evil|good> *b* _i_ ~s~ `c` ```p``` :smile: &amp; > q\n- list @here /who"


def test_letters_are_letters_whatever_they_look_like() -> None:
    message = Message(
        summary=NASTY,
        blocks=(
            Paragraph((Link(NASTY, "https://a.example/?a=1&b=%22<"),), "title"),
            Paragraph((Text(NASTY), Link(NASTY, "https://a.example/?a=1&b=%22"))),
            Fold(NASTY, (Paragraph((Text(NASTY),)),)),
        ),
        buttons=((Button(NASTY, FollowTag(1)),),),
    )
    for fold in FOLDS:
        seen = drawn(message, fold)
        for style in ("bold", "italic", "strike", "code", "emoji", "mention"):
            assert not seen.under(style) or (style == "bold" and fold == "attachment"), style
        assert seen.links == ["https://a.example/?a=1&b=%22"]
        assert NASTY in seen.shown
    # Plain text comes out right whether Slack reads entities in it or not: there is nothing else that it reads there.
    assert drawn(message).folded in (NASTY, html.unescape(NASTY))


def test_a_message_of_nothing_but_its_summary_does_nothing_either() -> None:
    seen = drawn(Message(summary=NASTY, blocks=()))
    assert not seen.under("bold")
    assert "*b* _i_ ~s~ `c`" in seen.shown
    assert drawn(Message(summary="", blocks=())).shown == "…"


def test_only_addresses_of_pages_become_links() -> None:
    long = "https://a.example/" + "x" * 3000
    for url in ("javascript:alert(1)", "slack://open", "", "https://", "https://a b/", "https://가.example/", long):
        assert not safe(url)
        assert not drawn(Message(summary="", blocks=(Paragraph((Link("here", url),)),))).links
    seen = drawn(Message(summary="", blocks=(Paragraph((Link("here", "https://a.example/가?q=나#다"),)),)))
    assert seen.links == ["https://a.example/%EA%B0%80?q=%EB%82%98#%EB%8B%A4"]


lines = st.text(st.characters(codec="utf-8"), max_size=300) | st.sampled_from([NASTY, "", *HOSTILE, '"' * 5000])
inlines = st.builds(Text, lines, st.sampled_from(Style)) | st.builds(
    Link, lines, lines.map("https://a.example/{}".format) | lines, st.sampled_from(Style)
)
paragraphs = st.builds(
    Paragraph, st.lists(inlines, max_size=4).map(tuple), st.sampled_from(["title", "authors", "body", "note"])
)
parts = paragraphs | st.builds(Fold, lines, st.lists(paragraphs, max_size=3).map(tuple))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(parts, max_size=6).map(tuple), lines, st.sampled_from(FOLDS))
def test_no_text_breaks_a_message_or_comes_alive(blocks: tuple[Paragraph | Fold, ...], line: str, fold: Drawn) -> None:
    message = Message(summary=line, blocks=blocks, buttons=((Button(line, FollowTag(1)), Button(line, url=line)),))
    assert not drawn(message, fold).under("mention")
    assert not complaints(view_blocks([message, message]), "home")


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("sign", ['"', "<", "&", ":", "\\", "가", "🙂"])
def test_titles_of_signs_that_a_request_spells_longer_leave_less_room_for_the_text(sign: str, fold: Drawn) -> None:
    for folds in (1, 2, 6):
        part = Fold(sign * 150, (Paragraph((Text("x" * 20_000),)),))
        drawn(Message(summary=sign * 400, blocks=(part,) * folds), fold)


# --- what else is said ----------------------------------------------------------------------------------------


def test_commands_to_type_read_as_they_are_typed_on_slack() -> None:
    texts = []
    for language in ("ko", "en"):
        seen = drawn(help_message(language=language, private=True))
        typed = [code for code in seen.under("code") if code.startswith("/")]
        assert "/papers search" in typed
        assert all(code.startswith("/papers ") for code in typed)
        assert "author:Raffel" in seen.under("code")
        texts.append(drawn(notice(language, "subscribe.usage")).shown)
        shared = checked(
            render(
                welcome_message(language=language, shared=True, popular=(), sample=False, managers="x"), command="/논문"
            )
        )
        assert "/논문 subscribe #rlhf" in shared.under("code")
    said = Message(
        summary="", blocks=(Paragraph((Text("/path/to", Style.CODE), Text("/search"), Text("/구독 #x", Style.CODE))),)
    )
    assert drawn(said).under("code") == ["/path/to", "/papers 구독 #x"]


def test_a_page_of_results_marks_what_matched_and_numbers_what_can_be_opened() -> None:
    papers = list(stored(SEEDS))[:5]
    found = [
        Found(
            stored=paper,
            place=place,
            tags=tags_of(paper),
            snippet=marked(Snippet(text="… 보상 모델 학습", spans=((2, 7),), field="commentary")),
        )
        for place, paper in enumerate(papers, 1)
    ]
    for notes in ((), (Paragraph((Text("낱말이 모두 들어 있는 논문이 없어서"),), "note"),)):
        message = results_message(
            found, language="ko", query="보상 모델", search_id=3, page=0, pages=4, total=17, notes=notes
        )
        seen = drawn(message)
        assert seen.shown.startswith("“보상 모델” 검색 결과 17편")
        assert seen.under("bold").count("보상 모델") == 5
        assert len(seen.links) == 5
        assert [line[:3] for line in seen.shown.split("\n") if line[:1].isdigit() and ". " in line[:3]] == [
            "1. ", "2. ", "3. ", "4. ", "5. ",
        ]  # fmt: skip
        numbers = ["1", "2", "3", "4", "5"]
        assert seen.labels == [*numbers, *(f"≈ {number}" for number in numbers), "다음 ▶", "이 검색 구독하기"]


def test_lists_of_tags_and_subscriptions_fit() -> None:
    tags = [Tag(id=n, slug=f"tag-{n}", label=f"tag-{n}", count=n) for n in range(1, 60)]
    seen = drawn(tags_message(tags, language="ko", following={2, 3}))
    assert len(seen.labels) == 19
    assert "✓ #tag-2 · 2" in seen.labels
    assert len([block for block in seen.blocks if block["type"] == "actions"]) == 2
    subscriptions = [
        Subscription(id=n, chat_id=1, text=f"보상 모델 {n} " * 5, canonical=f"보상 모델 {n}", created_at=NOW)
        for n in range(60)
    ]
    seen = drawn(subscriptions_message(subscriptions, language="ko", shared=False))
    assert "50. “보상 모델 49" in seen.shown
    assert len(seen.labels) == 50


# --- views and presses ----------------------------------------------------------------------------------------


def test_a_view_shows_messages_one_after_the_other_with_headers_and_nothing_folded() -> None:
    papers = [paper_message(paper, tags_of(paper), language="ko") for paper in list(stored(SEEDS))[:3]]
    blocks = view_blocks([*papers, help_message(language="ko", private=True)], command="/papers")
    assert not complaints(blocks, "home")
    assert not complaints(blocks, "modal")
    kinds = [block["type"] for block in blocks]
    assert kinds.count("divider") == 3
    assert "container" not in kinds
    assert [block["text"]["text"] for block in blocks if block["type"] == "header"] == ["사용 방법"]
    ids = [element["action_id"] for element in walked(blocks) if "action_id" in element]
    assert len(ids) == len(set(ids)) > 5
    assert len(view_blocks(papers * 60)) == 100


def test_a_press_redraws_the_buttons_of_its_tag_and_touches_nothing_else() -> None:
    message = TRIED["a paper"]
    given = json.loads(json.dumps(render(message).params))["blocks"]
    pressed = buttons_with(given, {1: True, 77: True})
    assert not complaints(pressed)
    elements = pressed[-1]["elements"]
    assert [element["text"]["text"] for element in elements] == ["✓ #reward-model", "#evaluation"]
    assert [element.get("style") for element in elements] == ["primary", None]
    assert pressed[:-1] == given[:-1]
    assert pressed[-1]["block_id"] != given[-1]["block_id"]
    back = buttons_with(pressed, {1: False})
    assert back == given
    assert buttons_with(given, {}) == given
    theirs = json.loads(json.dumps(given).replace('"1t:1"', '"1k:1.1"'))
    assert theirs != given
    assert buttons_with(theirs, {1: True}) == theirs, "the chat's own button is not the person's"
    followed = replace(message, buttons=((Button("#reward-model", FollowTag(1), on=True), message.buttons[0][1]),))
    assert tuple(pressed) == render(followed).blocks, "as if it had been drawn so at first"


def test_a_press_on_blocks_that_are_not_ours_changes_nothing() -> None:
    strange: list[dict[str, Any]] = [
        {"type": "actions", "elements": None},
        {"type": "actions", "elements": ["x", {"value": 3}, {"value": "1t:1"}, {"value": "1t:1", "text": "x"}]},
        {"type": "actions", "elements": [{"value": "nonsense", "text": {"text": "x"}}]},
        {},
    ]
    assert buttons_with(strange, {1: True}) == strange


def test_a_preview_is_the_request_that_posts() -> None:
    request = preview(TRIED["a paper"])
    assert request.method == "chat.postMessage"
    assert request.params["channel"] == ""
    assert request.params["blocks"] == render(TRIED["a paper"]).params["blocks"]


def test_the_number_of_a_page_stands_apart_from_what_is_said_of_the_last_paper() -> None:
    seen = drawn(TRIED["the number of a page"])
    assert "짧은 한마디.\n\n1 / 2" in seen.shown
    assert "5월 8일\n\n2 / 2" in seen.shown
