"""Modals and the Home tab: people of the fake Slack fill them in, and a Bolt app draws them."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.bolted import Bot, Json, plain, row
from tests.fakes.slack.bolted import bot as bot

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
