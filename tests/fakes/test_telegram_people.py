"""The people of the fake Telegram: what they do reaches the bot as Telegram brings it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
import telegram as ptb
from aiohttp import web

from tests.fakes.telegram import FakeTelegram, Message
from tests.fakes.telegram.fixture import Api
from tests.fakes.telegram.schema import extras, read


async def updates(api: Api, offset: int = 0) -> list[dict[str, Any]]:
    """What waits, read by aiogram's models and PTB's; fields that neither knows fail."""
    telegram = await api("getUpdates", offset=offset)
    for one in telegram:
        assert extras(read("Update", one)) == []
        update = ptb.Update.de_json(one, None)
        assert update is not None
        assert not update.api_kwargs
    result: list[dict[str, Any]] = telegram
    return result


# --- receiving ----------------------------------------------------------------------------------------------


async def test_updates_stay_until_a_higher_offset_confirms_them(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user()
    for word in ("하나", "둘", "셋"):
        await user.says(user.private, word)
    first = await api("getUpdates", limit=2)
    assert [one["message"]["text"] for one in first] == ["하나", "둘"]
    assert len(await api("getUpdates", offset=first[0]["update_id"])) == 3
    telegram.clock.advance(1)
    assert [one["message"]["text"] for one in await api("getUpdates", offset=first[1]["update_id"] + 1)] == ["셋"]
    telegram.clock.advance(4)
    assert [one["message"]["text"] for one in await api("getUpdates", offset=-1)] == ["셋"]


async def test_a_long_poll_answers_as_soon_as_there_is_something(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user()
    poll = asyncio.create_task(api.full("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    assert not poll.done()
    await user.starts("t_17")
    answer = await asyncio.wait_for(poll, 5)
    assert answer["result"][0]["message"]["text"] == "/start t_17"


async def test_a_second_poller_ends_the_first_with_409(telegram: FakeTelegram, api: Api) -> None:
    poll = asyncio.create_task(api.error("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    other = asyncio.create_task(api("getUpdates", offset=1, timeout=30))
    assert await asyncio.wait_for(poll, 5) == (
        "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await telegram.user().starts()
    assert len(await other) == 1


async def test_asking_again_at_once_for_the_same_is_slowed_down(telegram: FakeTelegram, api: Api) -> None:
    await api("getUpdates", offset=7)
    poll = asyncio.create_task(api("getUpdates", offset=7))
    await asyncio.sleep(0.1)
    assert not poll.done()  # a timeout of 0 has become 3 s
    await telegram.user().starts()
    assert len(await poll) == 1


async def test_only_wanted_kinds_are_queued_and_chat_member_must_be_asked_for(telegram: FakeTelegram, api: Api) -> None:
    owner, member = telegram.user(), telegram.user()
    group = telegram.group(owner=owner, bot=True)
    await owner.promotes_bot(group)
    await member.joins(group)
    assert [set(one) - {"update_id"} for one in await updates(api)] == [{"my_chat_member"}]
    telegram.clock.advance(4)
    await api("getUpdates", allowed_updates=["chat_member"], offset=-1)
    await member.leaves(group)
    await member.starts()
    assert list((await updates(api))[-1]) == ["update_id", "chat_member"]


async def test_updates_expire_presses_after_150_seconds(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user()
    await user.starts()
    message = await button_message(api, user.id)
    press = asyncio.create_task(user.presses(message_of(telegram, user.id, message), "따르기"))
    await asyncio.sleep(0)
    telegram.clock.advance(151)
    assert [list(one)[1] for one in await updates(api)] == ["message"]
    press.cancel()


async def test_a_webhook_gets_updates_with_its_secret_and_again_after_an_error(
    telegram: FakeTelegram, api: Api
) -> None:
    got: list[tuple[str | None, int, str]] = []
    bad = [500, 503]

    async def hook(request: web.BaseRequest) -> web.Response:
        body = await request.json()
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        got.append((secret, body["update_id"], body["message"]["text"]))
        return web.Response(status=bad.pop() if bad else 200)

    runner = web.ServerRunner(web.Server(hook), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    telegram.proxies["https://bot.example"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    telegram.webhook_retry = 0.01
    try:
        await api("setWebhook", url="https://bot.example/x", secret_token="geheim")
        user = telegram.user()
        await user.says(user.private, "하나")
        await user.says(user.private, "둘")
        await telegram.until_delivered()
        assert [word for _, _, word in got] == ["하나", "하나", "하나", "둘"]
        assert {secret for secret, _, _ in got} == {"geheim"}
        info = await api("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
        error = await api.error("getUpdates")
        assert error.startswith("409 Conflict: can't use getUpdates method while webhook is active")
        await api("deleteWebhook")
        assert await api("getUpdates") == []
    finally:
        await runner.cleanup()


async def test_webhooks_need_https_a_known_port_and_a_clean_secret(telegram: FakeTelegram, api: Api) -> None:
    telegram.limits.on = False
    error = await api.error("setWebhook", url="http://bot.example/x")
    assert error == "400 Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    error = await api.error("setWebhook", url="https://bot.example:9000/x")
    assert error.endswith("only on ports 80, 88, 443 or 8443")
    error = await api.error("setWebhook", url="https://bot.example/x", secret_token="a b")
    assert error == "400 Bad Request: secret token contains unallowed characters"


# --- talking ------------------------------------------------------------------------------------------------


async def test_who_speaks_is_told_as_telegram_tells_it(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user("방장")
    group = telegram.group(owner=owner, bot=True)
    channel = telegram.channel(owner=owner, bot=True, discussion=group)
    await owner.says(group, "/help")
    await owner.says(group, "/help", anonymous=True)
    await owner.says(group, "/help", as_channel=channel)
    await owner.posts(channel, "/help")
    kinds = [(list(one)[1], next(iter(one.values())) and one[list(one)[1]]) for one in await updates(api)]
    assert [(kind, body.get("from", {}).get("id"), body.get("sender_chat", {}).get("id")) for kind, body in kinds] == [
        ("message", owner.id, None),
        ("message", 1087968824, group.id),
        ("message", 136817688, channel.id),
        ("channel_post", None, channel.id),
        ("message", 777000, channel.id),
    ]
    assert kinds[-1][1]["is_automatic_forward"] is True


async def test_privacy_mode_hides_all_but_commands_and_replies(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    group = telegram.group(owner=owner, bot=True)
    sent = await api("sendMessage", chat_id=group.id, text="x")
    await owner.says(group, "잡담")
    await owner.says(group, "/search@other_bot rlhf")
    await owner.says(group, "/search@Paperboy_Bot rlhf")
    await owner.says(group, "/search rlhf")
    await owner.says(group, "고마워", reply_to=group.by_id[sent["message_id"]])
    heard = [one["message"]["text"] for one in await updates(api)]
    assert heard == ["/search@Paperboy_Bot rlhf", "/search rlhf", "고마워"]
    telegram.bot.privacy = False
    await owner.says(group, "잡담")
    assert (await updates(api, offset=-1))[-1]["message"]["text"] == "잡담"


async def test_edits_arrive_as_edits(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    channel = telegram.channel(owner=owner, bot=True)
    await owner.edits(await owner.starts(), "/help")
    await owner.edits(await owner.posts(channel, "/help"), "/tags")
    kinds = [list(one)[1] for one in await updates(api)]
    assert kinds == ["message", "edited_message", "channel_post", "edited_channel_post"]


async def test_topics_and_threads_of_replies_are_told_apart(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    forum, group = telegram.group(owner=owner, forum=True, bot=True), telegram.group(owner=owner, bot=True)
    topic = await owner.opens_topic(forum, "논문")
    await owner.says(forum, "/settings", thread=topic)
    await owner.says(forum, "/settings")
    first = await owner.says(group, "/settings")
    await owner.says(group, "/settings", reply_to=first)
    said = [one["message"] for one in await updates(api) if "text" in one["message"]]
    assert [(one.get("message_thread_id"), one.get("is_topic_message")) for one in said] == [
        (topic.thread, True),
        (None, None),
        (None, None),
        (first.id, None),
    ]


async def test_membership_changes_reach_the_bot(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    group, channel = telegram.group(owner=owner), telegram.channel(owner=owner)
    await owner.adds_bot(group)
    await owner.promotes_bot(group)
    await owner.removes_bot(group)
    await owner.adds_bot(channel)
    await owner.starts()
    await owner.blocks()
    await owner.starts()
    moves = [
        (one["my_chat_member"]["old_chat_member"]["status"], one["my_chat_member"]["new_chat_member"]["status"])
        for one in await updates(api)
        if "my_chat_member" in one
    ]
    assert moves == [
        ("left", "member"),
        ("member", "administrator"),
        ("administrator", "kicked"),
        ("left", "administrator"),
        ("member", "kicked"),
        ("kicked", "member"),
    ]


# --- pressing and typing ------------------------------------------------------------------------------------


async def button_message(api: Api, chat_id: int, **button: Any) -> int:
    row = [{"text": "따르기", "callback_data": "1t:1"} | button]
    sent = await api("sendMessage", chat_id=chat_id, text="x", reply_markup={"inline_keyboard": [row]})
    return int(sent["message_id"])


def message_of(telegram: FakeTelegram, chat_id: int, message_id: int) -> Message:
    chat = telegram.find_chat(telegram.bot, chat_id)
    assert chat is not None
    return chat.by_id[message_id]


async def test_a_press_is_answered_with_a_toast_and_only_once_and_in_time(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    message = message_of(telegram, user.id, await button_message(api, user.id))
    press = asyncio.create_task(user.presses(message, "따르기"))
    query = (await updates(api))[0]["callback_query"]
    assert query["data"] == "1t:1"
    aim = {"callback_query_id": query["id"]}
    assert await api.error("answerCallbackQuery", **aim, text="x" * 201) == "400 Bad Request: MESSAGE_TOO_LONG"
    assert await api.error("answerCallbackQuery", **aim, url="https://e.org") == "400 Bad Request: URL_INVALID"
    await api("answerCallbackQuery", **aim, text="따릅니다", show_alert=True)
    toast = await press
    assert (toast.text, toast.alert) == ("따릅니다", True)
    await api("answerCallbackQuery", **aim)
    assert [one.words for one in telegram.violations] == ["a press was answered twice"]
    telegram.violations.clear()
    telegram.clock.advance(151)
    old = "400 Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await api.error("answerCallbackQuery", **aim) == old
    assert await api.error("answerCallbackQuery", callback_query_id="0") == old


async def test_a_press_that_nobody_answers_times_out_and_a_forged_one_arrives(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    message = message_of(telegram, user.id, await button_message(api, user.id))
    with pytest.raises(TimeoutError):
        await user.forges(message, "1t:zzzz", within=0.05)
    telegram.erase(message)
    with pytest.raises(TimeoutError):
        await user.forges(message, "1t:1", within=0.05)
    forged, late = (one["callback_query"] for one in await updates(api))
    assert forged["data"] == "1t:zzzz"
    assert late["message"]["date"] == 0


async def test_a_toast_may_lead_into_the_private_chat(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user()
    channel = telegram.channel(owner=telegram.user(), members=(user,), bot=True)
    message = message_of(telegram, channel.id, await button_message(api, channel.id))
    press = asyncio.create_task(user.presses(message, "1t:1"))
    query = (await updates(api))[0]["callback_query"]
    await api("answerCallbackQuery", callback_query_id=query["id"], url="https://t.me/paperboy_bot?start=t_1")
    started = await user.follows((await press).url)
    assert started.text == "/start t_1"
    await api("sendMessage", chat_id=user.id, text="안녕하세요")


async def test_inline_results_are_typed_for_scrolled_remembered_and_chosen(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user()
    group = telegram.group(owner=user, bot=True)
    typed = asyncio.create_task(user.types_inline("보상 모델"))
    query = (await updates(api))[0]["inline_query"]
    card: dict[str, Any] = {
        "type": "article",
        "id": "p1",
        "title": "제목",
        "input_message_content": {"message_text": "<b>제목</b>", "parse_mode": "HTML"},
        "reply_markup": {"inline_keyboard": [[{"text": "따르기", "callback_data": "1t:1"}]]},
    }
    aim = {"inline_query_id": query["id"]}
    bad = card | {"input_message_content": {"message_text": "<b>", "parse_mode": "HTML"}}
    assert "can't parse entities" in await api.error("answerInlineQuery", **aim, results=[bad])
    many = [card | {"id": str(number)} for number in range(51)]
    assert await api.error("answerInlineQuery", **aim, results=many) == "400 Bad Request: RESULTS_TOO_MUCH"
    assert await api.error("answerInlineQuery", **aim, results=[card, card]) == "400 Bad Request: RESULT_ID_DUPLICATE"
    error = await api.error("answerInlineQuery", **aim, results=[card], next_offset="x" * 65)
    assert error == "400 Bad Request: NEXT_OFFSET_INVALID"
    await api("answerInlineQuery", **aim, results=[card], next_offset="1", cache_time=60)
    answer = await typed
    assert (answer.results[0].title, answer.next_offset, answer.cached) == ("제목", "1", False)
    assert (await telegram.user().types_inline("보상 모델")).cached
    telegram.clock.advance(61)
    with pytest.raises(TimeoutError):
        await user.types_inline("보상 모델", within=0.05)
    posted = await user.chooses(answer.results[0], group)
    assert posted.under("bold") == ["제목"]
    kinds = [list(one)[1] for one in await updates(api)]
    assert kinds == ["inline_query", "message", "chosen_inline_result"]
    press = asyncio.create_task(user.presses(posted, "따르기"))
    pressed = (await updates(api, offset=-1))[0]["callback_query"]
    assert pressed["inline_message_id"] == posted.inline_id
    await api("answerCallbackQuery", callback_query_id=pressed["id"])
    await press
    assert await api("editMessageText", inline_message_id=posted.inline_id, text="새 글") is True
    assert posted.text == "새 글"


async def test_waiting_for_a_message_ends_when_it_comes_or_says_what_there_is(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    waiting = asyncio.create_task(user.private.wait_for(lambda m: "둘" in m.text))
    await api("sendMessage", chat_id=user.id, text="하나")
    await api("sendMessage", chat_id=user.id, text="둘")
    assert (await waiting).text == "둘"
    with pytest.raises(AssertionError, match="하나"):
        await user.private.wait_for(lambda m: "셋" in m.text, within=0.05)
    await user.private.stays_silent(0.01)


async def test_a_second_bot_has_its_own_queue_and_private_chats(telegram: FakeTelegram, api: Api) -> None:
    other = telegram.add_bot("222222:AAotherotherotherotherother", "other_bot")
    user = telegram.user(started=True)
    await user.says(user.private_with(other), "/start")
    async with aiohttp.ClientSession() as session:
        second = Api(session, f"{telegram.url}/bot{other.token}")
        assert len(await second("getUpdates")) == 1
        await second("sendMessage", chat_id=user.id, text="x")
    assert await api("getUpdates") == []
    assert user.private.messages == []
