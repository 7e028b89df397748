"""The fake Slack's Web API: who may do what where, in Slack's own words."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.fixture import WebApi

METADATA = {"event_type": "paper_posted", "event_payload": {"key": "p17"}}


# --- tokens -------------------------------------------------------------------------------------------------


async def test_tokens_are_missing_wrong_revoked_or_of_another_kind(slack: FakeSlack, web_api: WebApi) -> None:
    admin = slack.team.user(admin=True)
    assert await web_api.with_token("").error("auth.test") == "not_authed"
    assert await web_api.with_token("xoxb-nobody").error("auth.test") == "invalid_auth"
    assert await web_api.error("apps.connections.open") == "not_allowed_token_type"
    assert await web_api.with_token(slack.app.app_token).error("auth.test") == "not_allowed_token_type"
    assert await web_api.with_token("xapp-wrong").error("apps.connections.open") == "invalid_auth"
    await admin.revokes_tokens()
    assert await web_api.error("auth.test") == "token_revoked"
    slack.team.install_app()
    assert await web_api.error("auth.test") == "token_revoked"
    again = web_api.with_token(slack.team.bot_token)
    assert (await again("auth.test"))["user_id"] == slack.team.app.user.id
    await admin.uninstalls()
    assert await again.error("chat.postMessage", channel="C1", text="x") == "account_inactive"


async def test_auth_test_says_which_workspace_and_which_bot(slack: FakeSlack, web_api: WebApi) -> None:
    other = slack.workspace("다른 회사", enterprise="E1")
    answer = await web_api.with_token(other.bot_token)("auth.test")
    assert (answer["team_id"], answer["team"], answer["enterprise_id"]) == (other.id, "다른 회사", "E1")
    assert answer["bot_id"] == other.app.bot_id
    assert (await web_api("auth.test"))["team_id"] == slack.team.id


async def test_scopes_are_asked_for_by_name(slack: FakeSlack, web_api: WebApi) -> None:
    team = slack.workspace(scopes=frozenset({"commands", "channels:read"}))
    channel = team.channel(bot=True)
    user = team.user()
    poor = web_api.with_token(team.bot_token)
    answer = await poor.full("chat.postMessage", channel=channel.id, text="x")
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "channels:read,commands",
    )
    assert (await poor.full("conversations.history", channel=channel.id))["error"] == "missing_scope"
    assert (await poor.full("users.info", user=user.id))["needed"] == "users:read"
    assert (await poor.full("conversations.list", types="public_channel,private_channel"))["needed"] == "groups:read"
    assert await poor.error("conversations.info", channel=user.dm.id) == "missing_scope"
    assert (await poor("conversations.info", channel=channel.id))["channel"]["is_member"] is True


async def test_a_method_that_slack_does_not_have_is_blamed(slack: FakeSlack, web_api: WebApi) -> None:
    assert await web_api.error("chat.shout") == "unknown_method"
    assert [one.method for one in slack.violations] == ["chat.shout"]
    slack.violations.clear()


# --- posting ------------------------------------------------------------------------------------------------


async def test_the_sdk_posts_changes_and_deletes_with_json_and_with_forms(slack: FakeSlack) -> None:
    channel = slack.team.channel(bot=True)
    client = AsyncWebClient(token=slack.team.bot_token, base_url=slack.api_base, retry_handlers=[])
    posted = await client.chat_postMessage(
        channel=channel.id, text="제목", metadata=METADATA, unfurl_links=False, unfurl_media=False
    )
    message = channel.last
    assert (message.ts, message.text, message.key) == (posted["ts"], "제목", "p17")
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "<https://arxiv.org/abs/1|논문>은 *좋다*"}}]
    await client.chat_update(channel=channel.id, ts=message.ts, text="고침", blocks=blocks)
    assert (message.plain, message.links, message.edited) == ("논문은 좋다", ["https://arxiv.org/abs/1"], True)
    assert message.under("bold") == ["좋다"]
    found = await client.conversations_history(channel=channel.id, include_all_metadata=True, limit=15)
    assert found["messages"][0]["metadata"] == METADATA
    await client.chat_delete(channel=channel.id, ts=message.ts)
    assert channel.messages == []
    assert [one.what for one in channel.history] == ["posted", "edited", "deleted"]
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_delete(channel=channel.id, ts=message.ts)
    assert (await client.users_info(user=slack.team.user().id, include_locale=True))["user"]["locale"] == "ko-KR"


async def test_a_message_has_an_address_for_whoever_knows_of_it(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    user, channel, secret = slack.team.user(), slack.team.channel(bot=True), slack.team.channel(private=True)
    client = AsyncWebClient(token=slack.team.bot_token, base_url=slack.api_base, retry_handlers=[])
    head = (await web_api("chat.postMessage", channel=channel.id, text="하나"))["ts"]
    reply = (await web_api("chat.postMessage", channel=channel.id, text="둘", thread_ts=head))["ts"]
    direct = (await web_api("chat.postMessage", channel=user.id, text="셋"))["ts"]

    async def link(place: str, ts: str) -> str:
        answer = await client.chat_getPermalink(channel=place, message_ts=ts)
        assert answer["channel"] == place
        return str(answer["permalink"])

    site = f"https://{slack.team.domain}.slack.com/archives"
    assert await link(channel.id, head) == f"{site}/{channel.id}/p{head.replace('.', '')}"
    own = f"{site}/{channel.id}/p{reply.replace('.', '')}"
    assert await link(channel.id, reply) == f"{own}?thread_ts={head}&cid={channel.id}"
    assert await link(user.dm.id, direct) == f"{site}/{user.dm.id}/p{direct.replace('.', '')}"
    for place, ts, error in (
        (channel.id, "1.000000", "message_not_found"),
        ("C0NOWHERE", head, "channel_not_found"),
        (secret.id, head, "channel_not_found"),
        (user.id, direct, "channel_not_found"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await link(place, ts)
    as_json = await web_api.full("chat.getPermalink", channel=channel.id, message_ts=head)
    assert as_json["error"] == "invalid_arguments"
    assert as_json["response_metadata"]["messages"] == [
        "[ERROR] missing required field: channel",
        "[ERROR] missing required field: message_ts",
    ]


async def test_who_is_no_member_reaches_public_channels_only_with_a_scope_for_it(
    slack: FakeSlack, web_api: WebApi
) -> None:
    public, private = slack.team.channel("열린"), slack.team.channel("닫힌", private=True)
    await web_api("chat.postMessage", channel=public.id, text="x")
    assert await web_api.error("chat.postMessage", channel=private.id, text="x") == "channel_not_found"
    assert await web_api.error("chat.postMessage", channel="C0NOWHERE", text="x") == "channel_not_found"
    assert await web_api.error("conversations.history", channel=public.id) == "not_in_channel"
    assert await web_api.error("conversations.info", channel=private.id) == "channel_not_found"
    team = slack.workspace(scopes=frozenset({"chat:write"}))
    alone = web_api.with_token(team.bot_token)
    assert await alone.error("chat.postMessage", channel=team.channel().id, text="x") == "not_in_channel"


@pytest.mark.parametrize(
    ("switch", "value", "error"),
    [
        ("archived", True, "is_archived"),
        ("deleted", True, "channel_not_found"),
        ("refusal", "restricted_action_read_only_channel", "restricted_action_read_only_channel"),
        ("refusal", "restricted_action_thread_only_channel", "restricted_action_thread_only_channel"),
        ("refusal", "no_permission", "no_permission"),
    ],
)
async def test_a_channel_that_takes_no_posts_says_why(
    slack: FakeSlack, web_api: WebApi, switch: str, value: object, error: str
) -> None:
    channel = slack.team.channel(bot=True)
    setattr(channel, switch, value)
    assert await web_api.error("chat.postMessage", channel=channel.id, text="x") == error
    assert slack.record.posts == []


async def test_threads_can_be_closed_while_the_channel_is_open(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    head = (await web_api("chat.postMessage", channel=channel.id, text="오늘의 논문"))["ts"]
    await web_api("chat.postMessage", channel=channel.id, text="하나", thread_ts=head)
    channel.refusal = "restricted_action_thread_locked"
    assert (
        await web_api.error("chat.postMessage", channel=channel.id, text="x", thread_ts=head)
        == "restricted_action_thread_locked"
    )
    await web_api("chat.postMessage", channel=channel.id, text="둘")
    assert await web_api.error("chat.postMessage", channel=channel.id, text="x", thread_ts="1.000000") == (
        "restricted_action_thread_locked"
    )
    channel.refusal = None
    assert await web_api.error("chat.postMessage", channel=channel.id, text="x", thread_ts="1.000000") == (
        "thread_not_found"
    )
    assert [one.text for one in channel.thread(channel.by_ts[head])] == ["하나"]


@pytest.mark.parametrize("trouble", ["message_limit_exceeded", "team_added_to_org", "org_login_required"])
async def test_a_workspace_in_trouble_says_so(slack: FakeSlack, web_api: WebApi, trouble: str) -> None:
    channel = slack.team.channel(bot=True)
    slack.team.trouble = trouble
    assert await web_api.error("chat.postMessage", channel=channel.id, text="x") == trouble
    everywhere = trouble != "message_limit_exceeded"
    assert (await web_api.full("auth.test"))["ok"] is not everywhere
    slack.team.trouble = None
    await web_api("chat.postMessage", channel=channel.id, text="x")


async def test_direct_messages_go_to_a_person_and_not_to_everybody(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    user, gone, stranger = slack.team.user(), slack.team.user(), slack.team.stranger()
    gone.deactivated = True
    opened = await web_api("conversations.open", users=user.id)
    assert opened["channel"]["id"] == user.dm.id
    assert (await web_api("chat.postMessage", channel=user.id, text="안녕"))["channel"] == user.dm.id
    assert user.dm.last.text == "안녕"
    assert await web_api.error("conversations.open", users=gone.id) == "user_disabled"
    assert await web_api.error("conversations.open", users=slack.team.app.user.id) == "cannot_dm_bot"
    assert await web_api.error("conversations.open", users="U0NOBODY") == "user_not_found"
    assert await web_api.error("chat.postMessage", channel=stranger.id, text="x") == "channel_not_found"
    between = slack.team.dm_between(user, gone)
    assert await web_api.error("chat.postMessage", channel=between.id, text="x") == "channel_not_found"
    slack.team.messages_tab = False
    assert await web_api.error("chat.postMessage", channel=user.dm.id, text="x") == "messages_tab_disabled"


async def test_a_group_conversation_is_opened_with_a_scope_for_it(slack: FakeSlack, web_api: WebApi) -> None:
    one, other = slack.team.user(), slack.team.user()
    users = f"{one.id},{other.id}"
    assert await web_api.error("conversations.open", users=users) == "missing_scope"
    team = slack.workspace(scopes=frozenset({"mpim:write", "chat:write"}))
    ids = ",".join(team.user().id for _ in range(2))
    speaker = web_api.with_token(team.bot_token)
    opened = await speaker("conversations.open", users=ids)
    await speaker("chat.postMessage", channel=opened["channel"]["id"], text="셋이서")


async def test_only_ones_own_messages_can_be_changed(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    channel = slack.team.channel(bot=True, members=(user,))
    theirs = await user.says(channel, "내 말")
    assert await web_api.error("chat.update", channel=channel.id, ts=theirs.ts, text="x") == "cant_update_message"
    assert await web_api.error("chat.delete", channel=channel.id, ts=theirs.ts) == "cant_delete_message"
    assert await web_api.error("chat.update", channel=channel.id, ts="1.000000", text="x") == "message_not_found"
    ours = (await web_api("chat.postMessage", channel=channel.id, text="x"))["ts"]
    channel.archived = True
    assert await web_api.error("chat.update", channel=channel.id, ts=ours, text="y") == "is_inactive"


async def test_a_change_wants_the_channels_own_id_and_a_shorter_text(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    ts = (await web_api("chat.postMessage", channel=user.id, text="x"))["ts"]
    assert await web_api.error("chat.update", channel=user.id, ts=ts, text="y") == "channel_not_found"
    assert await web_api.error("chat.update", channel=user.dm.id, ts=ts, text="y" * 4001) == "msg_too_long"
    await web_api("chat.update", channel=user.dm.id, ts=ts, text="y" * 4000)
    assert await web_api.error("chat.delete", channel=user.id, ts=ts) == "channel_not_found"


async def test_a_thread_is_named_by_a_whole_timestamp(slack: FakeSlack, web_api: WebApi) -> None:
    channel = slack.team.channel(bot=True)
    answer = await web_api.full("chat.postMessage", channel=channel.id, text="x", thread_ts="17")
    assert answer["error"] == "invalid_thread_ts"
    assert answer["response_metadata"]["messages"] == ["[ERROR] 17 is not a valid thread_ts"]


async def test_a_change_keeps_what_it_does_not_give(slack: FakeSlack, web_api: WebApi) -> None:
    channel = slack.team.channel(bot=True)
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "몸"}}]
    ts = (await web_api("chat.postMessage", channel=channel.id, text="x", blocks=blocks, metadata=METADATA))["ts"]
    await web_api("chat.update", channel=channel.id, ts=ts, text="y")
    assert (channel.last.text, channel.last.plain, channel.last.key) == ("y", "몸", "p17")
    await web_api("chat.update", channel=channel.id, ts=ts, text="y", blocks=[], metadata={})
    assert (channel.last.plain, channel.last.metadata) == ("y", None)


async def test_an_ephemeral_message_is_seen_by_one_member_only(slack: FakeSlack, web_api: WebApi) -> None:
    user, other = slack.team.user(), slack.team.user()
    channel = slack.team.channel(bot=True, members=(user,))
    await web_api("chat.postEphemeral", channel=channel.id, user=user.id, text="쉿")
    assert [one.text for one in user.ephemerals] == ["쉿"]
    assert other.ephemerals == channel.messages == []
    assert slack.record.posts == []
    assert await web_api.error("chat.postEphemeral", channel=channel.id, user=other.id, text="x") == (
        "user_not_in_channel"
    )
    elsewhere = slack.team.channel("딴 곳", members=(user,))
    assert await web_api.error("chat.postEphemeral", channel=elsewhere.id, user=user.id, text="x") == "not_in_channel"


# --- reading ------------------------------------------------------------------------------------------------


async def history(web_api: WebApi, channel: str, **params: Any) -> list[str]:
    answer = await web_api("conversations.history", channel=channel, **params)
    return [one["text"] for one in answer["messages"]]


async def test_history_is_newest_first_and_cut_by_time_limit_and_cursor(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    stamps = [(await web_api("chat.postMessage", channel=channel.id, text=str(number)))["ts"] for number in range(5)]
    await web_api("chat.postMessage", channel=channel.id, text="답", thread_ts=stamps[1])
    assert await history(web_api, channel.id) == ["4", "3", "2", "1", "0"]
    assert await history(web_api, channel.id, oldest=stamps[2]) == ["4", "3"]
    assert await history(web_api, channel.id, oldest=stamps[2], inclusive=True) == ["4", "3", "2"]
    assert await history(web_api, channel.id, latest=stamps[2], inclusive="1") == ["2", "1", "0"]
    first = await web_api("conversations.history", channel=channel.id, limit=2)
    assert first["has_more"] is True
    cursor = first["response_metadata"]["next_cursor"]
    assert await history(web_api, channel.id, limit=2, cursor=cursor) == ["2", "1"]
    assert await web_api.error("conversations.history", channel=channel.id, cursor="x") == "invalid_cursor"
    thread = await web_api("conversations.replies", channel=channel.id, ts=stamps[1])
    assert [one["text"] for one in thread["messages"]] == ["1", "답"]


async def test_history_gives_whole_metadata_only_where_they_are_asked_for(slack: FakeSlack, web_api: WebApi) -> None:
    channel = slack.team.channel(bot=True)
    await web_api("chat.postMessage", channel=channel.id, text="x", metadata=METADATA)
    answer = await web_api("conversations.history", channel=channel.id)
    assert answer["messages"][0]["metadata"] == {"event_type": "paper_posted"}
    answer = await web_api("conversations.history", channel=channel.id, include_all_metadata=True)
    assert answer["messages"][0]["metadata"] == METADATA
    assert answer["messages"][0]["app_id"] == slack.app.id


async def test_outside_the_marketplace_history_comes_once_a_minute_in_fifteens(
    slack: FakeSlack, web_api: WebApi
) -> None:
    channel = slack.team.channel(bot=True)
    slack.limits.on = False
    for number in range(20):
        await web_api("chat.postMessage", channel=channel.id, text=str(number))
    slack.limits.on, slack.limits.marketplace = True, False
    assert len(await history(web_api, channel.id, limit=200)) == 15
    answer = await web_api.full("conversations.history", channel=channel.id)
    assert (answer["error"], answer["status"], int(answer["retry_after"]) > 55) == ("ratelimited", 429, True)
    assert len(slack.violations) == 1
    slack.violations.clear()
    slack.clock.advance(60)
    assert len(await history(web_api, channel.id)) == 15


async def test_conversations_are_listed_as_the_app_sees_them(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    member = slack.team.channel("가", bot=True, members=(user,))
    slack.team.channel("나", private=True)
    slack.team.channel("다").archived = True
    kinds = "public_channel,private_channel"
    listed = await web_api("conversations.list", types=kinds, exclude_archived=True)
    assert [one["name"] for one in listed["channels"]] == ["가"]
    ours = await web_api("users.conversations", types=kinds)
    assert [one["id"] for one in ours["channels"]] == [member.id]
    people = await web_api("conversations.members", channel=member.id, limit=1)
    assert people["members"] == [user.id]
    assert people["response_metadata"]["next_cursor"]
    assert await web_api.error("conversations.list", types="secret") == "invalid_types"


async def test_people_are_shown_with_their_rights_and_strangers_without(slack: FakeSlack, web_api: WebApi) -> None:
    guest = slack.team.user(guest="single", tz="America/Los_Angeles", locale="en-US")
    owner, stranger = slack.team.user(owner=True), slack.team.stranger()
    shared = slack.team.channel("함께", bot=True, members=(owner, stranger))
    found = (await web_api("users.info", user=guest.id))["user"]
    assert (found["is_restricted"], found["is_ultra_restricted"], found["tz"]) == (True, True, "America/Los_Angeles")
    assert "locale" not in found
    assert (await web_api("users.info", user=owner.id))["user"]["is_owner"] is True
    foreign = (await web_api("users.info", user=stranger.id, include_locale=True))["user"]
    assert foreign["team_id"] != slack.team.id
    assert "is_admin" not in foreign
    assert (await web_api("conversations.info", channel=shared.id))["channel"]["is_ext_shared"] is True
    assert await web_api.error("users.info", user="U0NOBODY") == "user_not_found"


async def test_a_bot_joins_public_channels_by_itself_if_it_may(slack: FakeSlack, web_api: WebApi) -> None:
    team = slack.workspace(scopes=frozenset({"channels:join", "chat:write"}))
    channel, joiner = team.channel(), web_api.with_token(team.bot_token)
    await joiner("conversations.join", channel=channel.id)
    assert (await joiner("conversations.join", channel=channel.id))["warning"] == "already_in_channel"
    await joiner("chat.postMessage", channel=channel.id, text="왔다")
    assert await web_api.error("conversations.join", channel=slack.team.channel().id) == "missing_scope"
