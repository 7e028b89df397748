"""What the fake Slack refuses to draw, what it only holds against the sender, and how it reads what it draws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.attachments import view_complaints
from tests.fakes.slack.blocks import complaints
from tests.fakes.slack.fixture import WebApi
from tests.fakes.slack.texts import escape, mentions, read

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def button(number: int = 0, **more: Any) -> Block:
    return {"type": "button", "action_id": f"b{number}", "text": plain("#rlhf"), "value": "1t:1"} | more


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def container(*children: Block, **more: Any) -> Block:
    fold = {"title": plain("초록"), "is_collapsible": True, "default_collapsed": True}
    return {"type": "container", **fold, "child_blocks": list(children), **more}


PAPER = [
    rich({"type": "link", "url": "https://arxiv.org/abs/1", "text": "제목", "style": {"bold": True}}),
    rich({"type": "text", "text": "해설 "}, {"type": "text", "text": "핵심", "style": {"bold": True, "code": True}}),
    container({"type": "section", "text": plain("abstract")}, block_id="fold"),
    actions(button(1), button(2)),
]


def test_a_paper_as_paperboy_draws_it_is_accepted_everywhere() -> None:
    assert complaints(PAPER) == []
    assert complaints(PAPER, "home") == []
    assert complaints(PAPER, container=False) == [("/blocks/2/type", "unsupported type: container")]


@pytest.mark.parametrize(
    ("blocks", "pointer", "words"),
    [
        ([section("x")] * 51, "/blocks", "no more than 50 items allowed"),
        ([section("")], "/blocks/0/text/text", "must be more than 0 characters"),
        ([section("가" * 3001)], "/blocks/0/text", "must be less than 3001 characters"),
        ([section("x", block_id="a"), section("y", block_id="a")], "/blocks/1/block_id", 'block_id "a" already exists'),
        ([section("x", block_id="b" * 256)], "/blocks/0/block_id", "must be less than 256 characters"),
        ([section("x", colour="red")], "/blocks/0", "invalid additional property: colour"),
        ([{"type": "section"}], "/blocks/0", "text or fields attribute must be specified"),
        ([{"type": "nonsense"}], "/blocks/0/type", "unsupported type: nonsense"),
        ([{"text": "x"}], "/blocks/0", "missing required field: type"),
        ([actions(*(button(n) for n in range(26)))], "/blocks/0/elements", "no more than 25 items allowed"),
        ([actions(button(1), button(1))], "/blocks/0/elements/1/action_id", 'action_id "b1" already exists'),
        ([actions()], "/blocks/0/elements", "must have at least 1 item"),
        ([actions(section("x"))], "/blocks/0/elements/0", "unsupported type: section"),
        ([actions(button(text=plain("x" * 76)))], "/blocks/0/elements/0/text", "must be less than 76 characters"),
        ([actions(button(text=plain("")))], "/blocks/0/elements/0/text/text", "must be more than 0 characters"),
        (
            [actions(button(text={"type": "mrkdwn", "text": "x"}))],
            "/blocks/0/elements/0/text",
            "must be a plain_text object",
        ),
        ([actions(button(value="x" * 2001))], "/blocks/0/elements/0/value", "must be less than 2001 characters"),
        ([actions(button(url="javascript:x"))], "/blocks/0/elements/0/url", "must be a valid url"),
        ([actions(button(style="pink"))], "/blocks/0/elements/0/style", "must be one of: primary, danger"),
        (
            [rich({"type": "text", "text": ""})],
            "/blocks/0/elements/0/elements/0/text",
            "must be more than 0 characters",
        ),
        ([rich({"type": "link", "url": "arxiv"})], "/blocks/0/elements/0/elements/0/url", "must be a valid url"),
        ([rich({"type": "blink", "text": "x"})], "/blocks/0/elements/0", "unsupported type: blink"),
        (
            [container(rich({"type": "text", "text": "x"}))],
            "/blocks/0/child_blocks/0/type",
            "unsupported type: rich_text",
        ),
        ([container(container(section("x")))], "/blocks/0/child_blocks/0/type", "unsupported type: container"),
        ([container(*[section("x")] * 11)], "/blocks/0/child_blocks", "no more than 10 items allowed"),
        ([container()], "/blocks/0/child_blocks", "must have at least 1 item"),
        ([container(section("x"), title=plain("x" * 151))], "/blocks/0/title", "must be less than 151 characters"),
        ([container(section("x"), title="초록")], "/blocks/0/title", "must be a plain_text object"),
        ([container(section("x"), is_collapsible=False)], "/blocks/0/default_collapsed", "only with is_collapsible"),
        (
            [container(section("x"), has_header_divider=True)],
            "/blocks/0/has_header_divider",
            "not with is_collapsible",
        ),
        (
            [section("x", block_id="a"), container(section("y", block_id="a"))],
            "/blocks/1/child_blocks/0/block_id",
            'block_id "a" already exists',
        ),
        (
            [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
            "/blocks/0/text",
            "must be a plain_text object",
        ),
        ([{"type": "alert", "text": plain("x")}], "/blocks/0/type", "unsupported type: alert"),
        ("x", "/blocks", "must be an array of objects"),
    ],
)
def test_blocks_that_slack_refuses_are_refused_with_a_pointer(blocks: object, pointer: str, words: str) -> None:
    assert (pointer, words) in complaints(blocks)


async def test_a_refusal_has_slacks_shape_and_posts_nothing(slack: FakeSlack, web_api: WebApi) -> None:
    channel = slack.team.channel(bot=True)
    answer = await web_api.full("chat.postMessage", channel=channel.id, text="x", blocks=[actions()])
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"][0] == "must have at least 1 item [json-pointer:/blocks/0/elements]"
    assert answer["response_metadata"]["messages"][0] == f"[ERROR] {answer['errors'][0]}"
    slack.team.container = False
    assert await web_api.error("chat.postMessage", channel=channel.id, text="x", blocks=PAPER) == "invalid_blocks"
    slack.strict = 0.0
    assert await web_api.error("chat.postMessage", channel=channel.id, text="x", blocks=PAPER) == "invalid_blocks"
    assert channel.messages == []
    assert slack.record.posts == []


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [section("가" * 3000)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": {}}, "invalid_blocks_format"),
        ({"text": "x", "blocks": []}, None),
        ({"text": "x", "blocks": ["x"]}, "invalid_blocks_format"),
        ({"text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"text": "x", "attachments": "x"}, "invalid_attachments"),
        ({"text": "x", "attachments": [{"text": "x" * 100_000}]}, "attachment_payload_limit_exceeded"),
        ({"text": "x", "attachments": [{"blocks": [section("")]}]}, "invalid_blocks"),
        ({"text": "x", "metadata": "x"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": {"event_type": "x", "event_payload": {"key": "k" * 8000}}}, "metadata_too_large"),
        ({"text": "x", "channel": ""}, "invalid_arguments"),
    ],
)
async def test_a_message_has_limits(
    slack: FakeSlack, web_api: WebApi, params: dict[str, Any], error: str | None
) -> None:
    channel = slack.team.channel(bot=True)
    answer = await web_api.full("chat.postMessage", **{"channel": channel.id} | params)
    assert answer.get("error") == error
    assert len(channel.messages) == (error is None)


async def test_what_slack_bears_and_people_do_not_is_held_against_the_sender(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    quiet = {"unfurl_links": False, "unfurl_media": False}
    await web_api("chat.postMessage", channel=channel.id, text="제목", blocks=PAPER, **quiet)
    await web_api("chat.postMessage", channel=channel.id, text="링크 없음")
    assert slack.violations == []
    await web_api("chat.postMessage", channel=channel.id, blocks=PAPER, **quiet)
    await web_api("chat.postMessage", channel=channel.id, text="제목", blocks=PAPER, unfurl_links=False)
    await web_api("chat.postMessage", channel=channel.id, text="보라 https://arxiv.org/abs/1")
    assert [one.words.split()[0] for one in slack.violations] == ["no", "unfurl_links", "unfurl_links"]
    slack.violations.clear()


async def test_whoever_is_called_is_noted_wherever_the_call_stands(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    hostile = "<!channel> <@U1> <#C1|x>"

    async def post(**params: Any) -> list[str]:
        slack.mentions.clear()
        await web_api("chat.postMessage", channel=channel.id, **params)
        return [one.whom for one in slack.mentions]

    called = ["!channel", "@U1", "#C1|x"]
    assert await post(text=hostile) == called
    assert await post(text="x", blocks=[section(hostile)]) == called
    assert await post(text="x", attachments=[{"text": hostile}]) == called
    assert await post(text="x", blocks=[container(section(hostile))]) == called
    assert await post(text="x", blocks=[rich({"type": "broadcast", "range": "here"})]) == ["!here"]
    assert await post(text="x", blocks=[rich({"type": "user", "user_id": "U1"})]) == ["@U1"]
    safe = [rich({"type": "text", "text": hostile}), actions(button(text=plain(hostile))), section(escape(hostile))]
    assert await post(text=escape(hostile), blocks=safe) == []
    assert channel.last.under("mention") == []
    assert hostile in channel.last.plain


# --- how it reads ---------------------------------------------------------------------------------------------


def letters(mrkdwn: str) -> list[tuple[str, str]]:
    return [(run.text, " ".join(sorted(run.styles)) + (run.url or "")) for run in read(mrkdwn)]


@pytest.mark.parametrize(
    ("mrkdwn", "runs"),
    [
        ("가 *나* 다", [("가 ", ""), ("나", "bold"), (" 다", "")]),
        ("*핵심*은", [("*핵심*은", "")]),
        ("_가_ ~나~ `다`", [("가", "italic"), (" ", ""), ("나", "strike"), (" ", ""), ("다", "code")]),
        ("*_가_*", [("가", "bold italic")]),
        ("snake_case_name 2*3*4", [("snake_case_name 2*3*4", "")]),
        ("<https://a.b/c?d=1&amp;e=2|이름>", [("이름", "https://a.b/c?d=1&e=2")]),
        ("https://a.b", [("https://a.b", "https://a.b")]),
        ("&lt;!channel&gt; &amp;amp;", [("<!channel> &amp;", "")]),
        ("<!here>", [("here", "mention")]),
        (":smile: 12:30:45", [(":smile:", "emoji"), (" 12:30:45", "")]),
        ("```*x*```", [("*x*", "code")]),
    ],
)
def test_mrkdwn_is_read_as_slack_draws_it(mrkdwn: str, runs: list[tuple[str, str]]) -> None:
    assert letters(mrkdwn) == runs


@given(st.text())
def test_what_a_person_types_calls_nobody_and_is_read_back(text: str) -> None:
    assert mentions(escape(text)) == []
    assert not any("mention" in run.styles for run in read(escape(text)))


async def test_a_message_is_read_before_and_behind_its_folds(slack: FakeSlack, web_api: WebApi) -> None:
    channel = slack.team.channel(bot=True)
    long = "긴 초록 " * 150
    await web_api("chat.postMessage", channel=channel.id, text="알림", blocks=PAPER, unfurl_links=0, unfurl_media=0)
    message = channel.last
    assert message.shown.splitlines() == ["제목", "해설 핵심", "초록"]
    assert message.folded == "abstract"
    assert (message.under("bold"), message.under("code")) == (["제목", "핵심"], ["핵심"])
    assert (message.links, message.labels) == (["https://arxiv.org/abs/1"], ["#rlhf", "#rlhf"])
    assert message.button("b2")["action_id"] == "b2"
    with pytest.raises(AssertionError, match="buttons like"):
        message.button("없음")
    slack.clock.advance(1)
    await web_api("chat.postMessage", channel=channel.id, text="알림", attachments=[{"text": long, "title": "초록"}])
    assert channel.last.folded == long.strip()


# --- views ----------------------------------------------------------------------------------------------------

INPUT = {
    "type": "input",
    "block_id": "q",
    "label": plain("검색어"),
    "element": {"type": "plain_text_input", "action_id": "query"},
}
MODAL: Block = {"type": "modal", "title": plain("논문 찾기"), "submit": plain("찾기"), "blocks": [INPUT]}


def test_a_good_modal_and_a_good_home_are_accepted() -> None:
    assert list(view_complaints(MODAL, "modal")) == []
    assert list(view_complaints({"type": "home", "blocks": PAPER}, "home")) == []


@pytest.mark.parametrize(
    ("view", "pointer", "words"),
    [
        (MODAL | {"title": plain("가" * 25)}, "/view/title", "must be less than 25 characters"),
        (MODAL | {"title": "x"}, "/view/title", "must be a plain_text object"),
        ({"type": "modal", "blocks": [section("x")]}, "/view", "missing required field: title"),
        ({"type": "modal", "title": plain("x"), "blocks": [INPUT]}, "/view", "missing required field: submit"),
        (MODAL | {"private_metadata": "x" * 3001}, "/view/private_metadata", "must be less than 3001 characters"),
        (MODAL | {"blocks": [INPUT] * 101}, "/view/blocks", "no more than 100 items allowed"),
        (MODAL | {"type": "home"}, "/view/type", "must be modal"),
    ],
)
def test_a_bad_modal_is_refused_with_a_pointer(view: Block, pointer: str, words: str) -> None:
    assert (pointer, words) in list(view_complaints(view, "modal"))


def test_a_home_tab_has_no_title_and_no_submit() -> None:
    found = [words for _, words in view_complaints(MODAL | {"type": "home"}, "home")]
    assert "invalid additional property: title" in found
    assert "invalid additional property: submit" in found


# --- whatever is sent ---------------------------------------------------------------------------------------------

NAMES = st.sampled_from(
    ["type", "text", "elements", "block_id", "action_id", "title", "child_blocks", "accessory", "url", "value", "style"]
)
WORDS = st.sampled_from(
    ["section", "actions", "rich_text", "container", "button", "plain_text", "mrkdwn", "link", "context", "input", ""]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(ANYTHING)
def test_whatever_is_sent_as_blocks_is_judged_and_nothing_breaks(blocks: object) -> None:
    for pointer, words in complaints([blocks]) + complaints(blocks):
        assert pointer.startswith("/blocks")
        assert words
    assert isinstance(list(view_complaints({"type": "modal", "blocks": blocks}, "modal")), list)
