"""The people of the fake Slack: what they do reaches a Bolt app as Slack brings it, and they see what it answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.fakes.slack import FakeSlack, Message, User
from tests.fakes.slack.bolted import Bot, Json, row
from tests.fakes.slack.bolted import bot as bot
from tests.fakes.slack.fixture import WebApi

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
    assert [await respond(text="x") for _ in range(4)] == ['200 {"ok": true}'] * 4
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
