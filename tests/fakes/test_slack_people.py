"""The people of the fake Slack: what they do reaches a Bolt app as Slack brings it, and they see what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack, Message, User
from tests.fakes.slack.fixture import WebApi

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def row(*labels: str, **more: Any) -> Json:
    buttons = [
        {"type": "button", "action_id": f"b{number}", "value": str(number), "text": plain(label)}
        for number, label in enumerate(labels)
    ]
    return {"type": "actions", "elements": buttons} | more


FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("설정"),
    "submit": plain("저장"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("검색어"),
            "element": {"type": "plain_text_input", "action_id": "query", "max_length": 10},
        },
        {
            "type": "input",
            "block_id": "when",
            "optional": True,
            "label": plain("시각"),
            "element": {"type": "timepicker", "action_id": "hour", "initial_time": "09:00"},
        },
        {
            "type": "input",
            "block_id": "language",
            "label": plain("언어"),
            "element": {
                "type": "static_select",
                "action_id": "which",
                "initial_option": {"text": plain("한국어"), "value": "ko"},
                "options": [{"text": plain("한국어"), "value": "ko"}, {"text": plain("English"), "value": "en"}],
            },
        },
    ],
}


class Bot:
    """A Bolt app in Socket Mode, which notes what it hears."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.heard: list[Json] = []
        client = AsyncWebClient(token=slack.team.bot_token, base_url=slack.api_base, retry_handlers=[])
        self.app = AsyncApp(client=client)
        self.client = client
        web = AsyncWebClient(base_url=slack.api_base)
        self.handler = AsyncSocketModeHandler(self.app, slack.app.app_token, web_client=web)

        @self.app.event({"type": "message"})
        @self.app.event("app_mention")
        @self.app.event("member_joined_channel")
        @self.app.event("member_left_channel")
        async def hear(event: Json) -> None:
            self.heard.append(event)

    async def start(self) -> None:
        await self.handler.connect_async()  # type: ignore[no-untyped-call]
        await self.slack.until_connected()


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[Bot]:
    """A Bolt app that is connected."""
    bot = Bot(slack)
    await bot.start()
    yield bot
    await bot.handler.close_async()  # type: ignore[no-untyped-call]


# --- commands and response_url ------------------------------------------------------------------------------


async def test_a_command_is_answered_privately_even_where_the_app_is_no_member(slack: FakeSlack, bot: Bot) -> None:
    @bot.app.command("/papers")
    async def papers(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        await respond(text=f"{command['channel_name']}: {command['text']}")

    user, other = slack.team.user(), slack.team.user()
    for channel, name in (
        (slack.team.channel("llm"), "llm"),
        (slack.team.channel("닫힌", private=True, members=(user, other)), "privategroup"),
        (slack.team.dm_between(user, other), "directmessage"),
    ):
        answer = await user.commands(channel, "/papers search a & b")
        assert (answer.text, answer.acked, answer.failed) == (f"{name}: search a & b", True, "")
        assert user.sees(channel) == [answer.message]
        assert channel.messages == other.ephemerals == []


async def test_a_public_answer_is_seen_by_all_and_recorded(slack: FakeSlack, bot: Bot) -> None:
    @bot.app.command("/papers")
    async def papers(ack: Any, respond: Any) -> None:
        await ack(text="잠시만요")
        await respond(text="모두에게", response_type="in_channel")

    channel = slack.team.channel()
    answer = await slack.team.user().commands(channel, "/papers latest", replies=2)
    assert {one.text: one.only_for for one in answer.messages} == {"잠시만요": answer.user, "모두에게": None}
    assert [one.text for one in channel.messages] == ["모두에게"]
    assert [one.kind for one in slack.record.posts] == ["response_url"]


async def test_a_response_url_takes_five_messages_in_half_an_hour(slack: FakeSlack, bot: Bot, web_api: WebApi) -> None:
    @bot.app.command("/papers")
    async def papers(ack: Any) -> None:
        await ack("네")

    async def respond(**body: Any) -> str:
        async with web_api.session.post(answer.response_url, json=body) as response:
            return f"{response.status} {await response.text()}"

    user = slack.team.user()
    channel = slack.team.channel()
    answer = await user.commands(channel, "/papers help")
    assert await respond() == '500 {"ok": false, "error": "no_text"}'
    assert [await respond(text="x") for _ in range(4)] == ["200 ok"] * 4
    assert await respond(text="x") == '404 {"ok": false, "error": "used_url"}'
    answer = await user.commands(channel, "/papers help")
    slack.clock.advance(1801)
    assert await respond(text="x") == '404 {"ok": false, "error": "expired_url"}'
    assert len(user.ephemerals) == 6


# --- presses --------------------------------------------------------------------------------------------------


async def test_pages_turn_in_place_as_often_as_one_likes(slack: FakeSlack, bot: Bot) -> None:
    seen: list[Json] = []

    @bot.app.command("/papers")
    async def papers(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="쪽 0", blocks=[row("다음")])

    @bot.app.action("b0")
    async def turn(ack: Any, respond: Any, body: Json) -> None:
        await ack()
        seen.append(body)
        await respond(text=f"쪽 {len(seen)}", blocks=[row("다음")], replace_original=True)

    user = slack.team.user()
    answer = await user.commands(slack.team.channel(), "/papers tags")
    page = answer.message
    for number in range(1, 8):
        assert (await user.presses(page, "다음")).message is page
        assert page.text == f"쪽 {number}"
    assert len({one["response_url"] for one in seen}) == len({one["trigger_id"] for one in seen}) == 7
    assert seen[0]["container"]["is_ephemeral"] is True
    assert "message" not in seen[0]
    assert user.ephemerals == [page]


async def test_a_press_on_a_shared_post_tells_who_pressed_what_and_is_answered_to_them(
    slack: FakeSlack, bot: Bot
) -> None:
    seen: list[Json] = []

    @bot.app.action("b1")
    async def follow(ack: Any, body: Json, client: Any, respond: Any) -> None:
        await ack()
        seen.append(body)
        await respond(text="이제 받습니다", replace_original=False)

    user, stranger = slack.team.user(), slack.team.stranger()
    channel = slack.team.channel(bot=True, members=(user, stranger))
    metadata = {"event_type": "paper_posted", "event_payload": {"key": "p1"}}
    await bot.client.chat_postMessage(channel=channel.id, text="논문", blocks=[row("#a", "#b")], metadata=metadata)
    for person in (user, stranger):
        answer = await person.presses(channel.last, "#b")
        assert answer.message.only_for is person
        assert seen[-1]["user"]["id"] == person.id
        assert seen[-1]["user"]["team_id"] == person.team_id
    assert (seen[0]["actions"][0]["value"], seen[0]["message"]["metadata"]) == ("1", metadata)
    assert [one.text for one in channel.messages] == ["논문"]


async def test_the_original_is_replaced_or_deleted_for_everybody(slack: FakeSlack, bot: Bot) -> None:
    @bot.app.action("b0")
    async def close(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    @bot.app.action("b1")
    async def change(ack: Any, client: Any, body: Json) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="고침", blocks=[row("닫기", "x")]
        )

    user = slack.team.user()
    channel = slack.team.channel(bot=True, members=(user,))
    await bot.client.chat_postMessage(channel=channel.id, text="논문", blocks=[row("닫기", "고치기")])
    message = channel.last
    assert (await user.presses(message, "고치기")).message is message
    assert (message.text, message.labels) == ("고침", ["닫기", "x"])
    assert (await user.presses(message, "닫기")).deleted
    assert channel.messages == []


async def test_what_was_plain_comes_back_escaped_and_is_read_as_it_was(slack: FakeSlack, bot: Bot) -> None:
    seen: list[Json] = []

    @bot.app.action("b0")
    async def pressed(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        seen.append(body)
        await respond(text="고침", blocks=body["message"]["blocks"], replace_original=True)

    user = slack.team.user()
    channel = slack.team.channel(bot=True, members=(user,))
    await bot.client.chat_postMessage(channel=channel.id, text="x", blocks=[row("R&D <1>")])
    message = channel.last
    assert (await user.presses(message, "R&D <1>")).message is message
    assert seen[0]["actions"][0]["text"]["text"] == "R&amp;D &lt;1&gt;"
    assert message.labels == ["R&D <1>"]
    history = await bot.client.conversations_history(channel=channel.id)
    assert history["messages"][0]["blocks"][0]["elements"][0]["text"]["text"] == "R&amp;D &lt;1&gt;"


async def test_a_public_acknowledgement_is_a_post_and_a_bad_one_is_blamed(slack: FakeSlack, bot: Bot) -> None:
    acknowledgements: list[Json] = [
        {"text": "모두에게", "response_type": "in_channel"},
        {"text": "x", "blocks": [row()]},
    ]

    @bot.app.command("/papers")
    async def papers(ack: Any) -> None:
        await ack(**acknowledgements.pop(0))

    user, channel = slack.team.user(), slack.team.channel()
    await user.commands(channel, "/papers a")
    assert [one.text for one in channel.messages] == ["모두에게"]
    assert len(slack.record.posts) == 1
    assert (await user.commands(channel, "/papers b")).failed == "dispatch_failed"
    assert "invalid_blocks" in slack.violations[0].words
    slack.violations.clear()


# --- forms ----------------------------------------------------------------------------------------------------


async def test_a_form_opens_once_within_three_seconds_of_its_trigger(slack: FakeSlack, bot: Bot) -> None:
    errors: list[str] = []

    @bot.app.shortcut("search")
    async def search(ack: Any, client: Any, shortcut: Json) -> None:
        await ack()
        if errors == ["late"]:
            slack.clock.advance(3.1)
        try:
            await client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)
            await client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)
        except SlackApiError as error:
            errors.append(error.response["error"])

    user = slack.team.user()
    answer = await user.shortcut("search")
    assert user.modals == [answer.view]
    await slack.until(lambda: errors == ["exchanged_trigger_id"])
    errors[:] = ["late"]
    await user.shortcut("search", replies=0)
    await slack.until(lambda: errors == ["late", "expired_trigger_id"])


async def test_a_form_is_filled_in_complained_of_and_sent_off(slack: FakeSlack, bot: Bot) -> None:
    states: list[Json] = []

    @bot.app.shortcut("search")
    async def search(ack: Any, client: Any, shortcut: Json) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)

    @bot.app.view("form")
    async def submitted(ack: Any, view: Json) -> None:
        states.append(view["state"]["values"])
        if len(states) == 1:
            await ack(response_action="errors", errors={"words": "다른 말로"})
        elif len(states) == 2:
            await ack(response_action="update", view=FORM | {"title": plain("거의 다")})
        else:
            await ack()

    user = slack.team.user()
    view = (await user.shortcut("search")).view
    with pytest.raises(AssertionError, match="still empty"):
        await user.submits(view)
    with pytest.raises(AssertionError, match="letters"):
        await user.submits(view, {"query": "x" * 11})
    with pytest.raises(AssertionError, match="no option"):
        await user.submits(view, {"query": "x", "언어": "Deutsch"})
    assert (await user.submits(view, {"검색어": "rlhf"})).errors == {"words": "다른 말로"}
    assert (await user.submits(view, {"which": "English", "hour": "07:30"})).view.title == "거의 다"
    assert (await user.submits(view)).closed
    assert user.modals == []
    assert states[0]["when"]["hour"] == {"type": "timepicker", "selected_time": "09:00"}
    assert states[2]["words"]["query"]["value"] == "rlhf"
    assert states[2]["when"]["hour"]["selected_time"] == "07:30"
    assert states[2]["language"]["which"]["selected_option"]["value"] == "en"


async def test_a_bad_form_is_refused_and_a_bad_answer_to_one_is_blamed(slack: FakeSlack, bot: Bot) -> None:
    messages: list[Any] = []

    @bot.app.shortcut("search")
    async def search(ack: Any, client: Any, shortcut: Json) -> None:
        await ack()
        for view in (FORM | {"title": plain("x" * 25)}, FORM):
            try:
                await client.views_open(trigger_id=shortcut["trigger_id"], view=view)
            except SlackApiError as error:
                messages.append((error.response["error"], error.response["response_metadata"]["messages"]))

    @bot.app.view("form")
    async def submitted(ack: Any) -> None:
        await ack(response_action="errors", errors={"nonsense": "x"})

    user = slack.team.user()
    view = (await user.shortcut("search")).view
    [(error, words)] = messages
    assert (error, words[0]) == (
        "invalid_arguments",
        "[ERROR] must be less than 25 characters [json-pointer:/view/title]",
    )
    answer = await user.submits(view, {"query": "x"}, replies=0)
    assert (answer.failed, user.modals) == ("http_error", [view])
    assert [one.method for one in slack.violations] == ["view_submission"]
    slack.violations.clear()


async def test_forms_lie_on_each_other_three_deep_and_closing_is_told_where_wanted(slack: FakeSlack, bot: Bot) -> None:
    errors: list[str] = []
    closed: list[Json] = []
    opener = row("더") | {"block_id": "more"}
    view = {"type": "modal", "callback_id": "deep", "title": plain("깊이"), "notify_on_close": True, "blocks": [opener]}

    @bot.app.shortcut("deep")
    async def start(ack: Any, client: Any, shortcut: Json) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    @bot.app.action("b0")
    async def deeper(ack: Any, client: Any, body: Json) -> None:
        await ack()
        try:
            await client.views_push(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as error:
            errors.append(error.response["error"])

    @bot.app.view_closed("deep")
    async def close(ack: Any, body: Json) -> None:
        await ack()
        closed.append(body)

    user = slack.team.user()
    first = (await user.shortcut("deep")).view
    second = (await user.presses(first, "더")).view
    third = (await user.presses(second, "더")).view
    assert (third.previous, third.root, user.modals) == (second, first, [first, second, third])
    await user.presses(third, "더", replies=0)
    await slack.until(lambda: errors == ["push_limit_reached"])
    assert (await user.closes(third)).closed
    assert user.modals == [first, second]
    assert (closed[0]["view"]["id"], closed[0]["is_cleared"]) == (third.id, False)


async def test_selects_are_picked_in_messages_and_forms_and_external_ones_asked(slack: FakeSlack, bot: Bot) -> None:
    picked: list[Json] = []
    languages = [{"text": plain("한국어"), "value": "ko"}, {"text": plain("English"), "value": "en"}]
    select = {"type": "static_select", "action_id": "language", "placeholder": plain("언어"), "options": languages}
    zones = {"type": "external_select", "action_id": "zone", "min_query_length": 2}

    @bot.app.action("language")
    async def choose(ack: Any, action: Json, respond: Any) -> None:
        await ack()
        picked.append(action)
        await respond(text="바꿨습니다")

    @bot.app.options("zone")
    async def offer(ack: Any, payload: Json) -> None:
        await ack(options=[{"text": plain(f"Asia/{payload['value']}ul"), "value": "Asia/Seoul"}])

    @bot.app.shortcut("settings")
    async def settings(ack: Any, client: Any, shortcut: Json) -> None:
        await ack()
        block = {"type": "section", "block_id": "z", "text": plain("시간대"), "accessory": zones}
        view = {"type": "modal", "title": plain("설정"), "blocks": [block]}
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    user = slack.team.user()
    channel = slack.team.channel(bot=True, members=(user,))
    blocks = [{"type": "actions", "elements": [select]}]
    await bot.client.chat_postMessage(channel=channel.id, text="언어", blocks=blocks)
    assert (await user.picks(channel.last, "language", "English")).text == "바꿨습니다"
    assert picked[0]["selected_option"]["value"] == "en"
    view = (await user.shortcut("settings")).view
    assert [one["value"] for one in (await user.types(view, "zone", "Seo")).options] == ["Asia/Seoul"]


# --- App Home -------------------------------------------------------------------------------------------------


async def test_the_home_tab_is_drawn_when_it_is_opened_and_again_after_a_press(slack: FakeSlack, bot: Bot) -> None:
    hashes: list[str] = []

    async def publish(client: Any, user: str, *labels: str, hash_: str | None = None) -> None:
        view = {"type": "home", "blocks": [row(*labels)]}
        answer = await client.views_publish(user_id=user, view=view, hash=hash_)
        hashes.append(answer["view"]["hash"])

    @bot.app.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        await publish(client, event["user"], "#rlhf ✕")

    @bot.app.action("b0")
    async def removed(ack: Any, body: Json, client: Any) -> None:
        await ack()
        assert body["view"]["id"] == body["container"]["view_id"]
        assert "response_url" not in body
        await publish(client, body["user"]["id"], "모두 지웠습니다")

    user = slack.team.user()
    home = await user.opens_home()
    assert (home.labels, user.home) == (["#rlhf ✕"], home)
    assert (await user.presses(home, "#rlhf ✕")).view.labels == ["모두 지웠습니다"]
    assert user.home is not None
    assert user.home.labels == ["모두 지웠습니다"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await publish(bot.client, user.id, "x", hash_=hashes[0])
    with pytest.raises(SlackApiError, match="invalid `user_id`"):
        await publish(bot.client, "U0NOBODY", "x")
    slack.team.home_tab = False
    with pytest.raises(SlackApiError, match="not_enabled"):
        await publish(bot.client, user.id, "x")


# --- talking --------------------------------------------------------------------------------------------------


async def test_the_app_hears_mentions_where_it_is_and_everything_in_its_own_conversations(
    slack: FakeSlack, bot: Bot
) -> None:
    user = slack.team.user()
    inside = slack.team.channel("안", bot=True, members=(user,))
    outside = slack.team.channel("밖", members=(user,))
    await user.says(outside, "@Paperboy search 들리나")
    await user.says(inside, "그냥 하는 말")
    asked = await user.says(inside, "@Paperboy /search <rlhf>")
    await user.says(inside, "@Paperboy more", thread=asked)
    said = await user.says(user.dm, "search rlhf")
    await user.edits(said, "search dpo")
    await slack.until_delivered()
    await slack.until(lambda: len(bot.heard) == 4)
    mention, threaded, direct, change = bot.heard
    assert mention["text"] == f"<@{slack.team.app.user.id}> /search &lt;rlhf&gt;"
    assert "channel_type" not in mention
    assert threaded["thread_ts"] == asked.ts
    assert (direct["channel_type"], direct["text"]) == ("im", "search rlhf")
    assert (change["subtype"], change["message"]["text"]) == ("message_changed", "search dpo")
    with pytest.raises(AssertionError, match="is not in"):
        await slack.team.user().says(inside, "남의 방")


async def test_people_of_another_organisation_are_told_apart(slack: FakeSlack, bot: Bot) -> None:
    stranger = slack.team.stranger()
    shared = slack.team.channel("함께", bot=True, members=(stranger,))
    await stranger.says(shared, "@Paperboy 안녕하세요")
    await slack.until_delivered()
    await slack.until(lambda: bool(bot.heard))
    assert bot.heard[0]["user_team"] == bot.heard[0]["team"] == stranger.team_id != slack.team.id
    assert slack.post.delivered[0]["is_ext_shared_channel"] is True
    assert slack.post.delivered[0]["team_id"] == slack.team.id


# --- channels and the workspace -----------------------------------------------------------------------------------


async def told(slack: FakeSlack, count: int) -> list[Json]:
    """The events that the app acknowledged, in order of their making."""
    await slack.until_delivered()
    events = sorted((one["event"] for one in slack.post.delivered[-count:]), key=lambda one: str(one["event_ts"]))
    assert len(events) == count
    return events


async def test_what_happens_to_a_channel_is_told_in_slacks_words(slack: FakeSlack, bot: Bot) -> None:
    for kind in ("archive", "unarchive", "rename", "deleted", "id_changed", "left"):
        for family in ("channel", "group"):
            bot.app.event(f"{family}_{kind}")(_ignore)
    admin = slack.team.user(admin=True)
    channel = slack.team.channel("llm")
    await admin.invites_bot(channel)
    await admin.archives(channel)
    await admin.unarchives(channel)
    await admin.renames(channel, "llm-2")
    old = await admin.changes_id(channel)
    await admin.removes_bot(channel)
    events = await told(slack, 7)
    assert [one["type"] for one in events] == [
        "member_joined_channel",
        "channel_archive",
        "channel_unarchive",
        "channel_rename",
        "channel_id_changed",
        "member_left_channel",
        "channel_left",
    ]
    assert (events[0]["user"], events[0]["inviter"]) == (slack.team.app.user.id, admin.id)
    assert events[3]["channel"]["name"] == "llm-2"
    assert (events[4]["old_channel_id"], events[4]["new_channel_id"]) == (old, channel.id)
    private = slack.team.channel("닫힌", private=True)
    await admin.invites_bot(private)
    await admin.archives(private)
    await admin.deletes_channel(private)
    assert [one["type"] for one in await told(slack, 3)] == [
        "member_joined_channel",
        "group_archive",
        "group_deleted",
    ]


async def test_a_channel_made_private_is_lost_to_who_is_no_member(slack: FakeSlack, web_api: WebApi) -> None:
    admin, channel, other = slack.team.user(admin=True), slack.team.channel("가"), slack.team.channel("나", bot=True)
    await admin.makes_private(channel)
    await admin.makes_private(other)
    assert await web_api.error("chat.postMessage", channel=channel.id, text="x") == "channel_not_found"
    await web_api("chat.postMessage", channel=other.id, text="x")
    assert (await web_api("conversations.info", channel=other.id))["channel"]["is_private"] is True


async def test_an_uninstalled_app_is_told_and_then_knows_nobody(slack: FakeSlack, bot: Bot, web_api: WebApi) -> None:
    bot.app.event("tokens_revoked")(_ignore)
    bot.app.event("app_uninstalled")(_ignore)
    admin, channel = slack.team.user(admin=True), slack.team.channel(bot=True)
    token = slack.team.bot_token
    await admin.uninstalls()
    await slack.until(lambda: slack.post.under_way == 2 or not slack.post.under_way)
    assert await web_api.with_token(token).error("chat.postMessage", channel=channel.id, text="x") == "account_inactive"
    again = slack.team.install_app()
    assert again.user.id == slack.team.app.user.id
    assert await web_api.with_token(again.token).error("conversations.history", channel=channel.id) == "not_in_channel"
    slack.violations.clear()  # Bolt asks auth.test with the dead token and does not acknowledge


async def test_a_workspace_that_joins_an_organisation_answers_nothing_for_a_while(
    slack: FakeSlack, web_api: WebApi
) -> None:
    await slack.team.user(owner=True).moves_to_organisation("E0ORG")
    assert await web_api.error("auth.test") == "team_added_to_org"
    slack.team.trouble = None
    assert (await web_api("auth.test"))["enterprise_id"] == "E0ORG"


async def _ignore(ack: Any) -> None:
    await ack()


async def test_waiting_ends_with_what_is_there_instead(slack: FakeSlack, web_api: WebApi) -> None:
    user: User = slack.team.user()
    channel = slack.team.channel(bot=True, members=(user,))
    await web_api("chat.postMessage", channel=channel.id, text="다른 글")
    message: Message = await channel.wait_for(lambda one: "다른" in one.text)
    with pytest.raises(AssertionError, match=r"there is only.*다른 글"):
        await channel.wait_for(after=message, within=0.05)
    with pytest.raises(AssertionError, match="they see only"):
        await user.waits_for(channel, lambda one: one.text == "없음", within=0.05)
    with pytest.raises(AssertionError, match="not silent"):
        await asyncio.gather(
            channel.stays_silent(), web_api("chat.delete", channel=channel.id, ts=message.ts), return_exceptions=False
        )
