"""The fake Telegram refuses what Telegram refuses, in Telegram's words."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.fixture import Api
from tests.fakes.telegram.tdlib import parse, utf16

GOOD = '<b><a href="https://arxiv.org/abs/2402.00001">제목</a></b>\n해설 😀\n<blockquote expandable>초록</blockquote>'


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def button(text: str = "#rlhf", data: str = "1t:1") -> dict[str, Any]:
    return {"text": text, "callback_data": data}


# --- tokens and methods -------------------------------------------------------------------------------------


async def test_a_wrong_token_is_401_a_malformed_one_404_and_so_is_an_unknown_method(telegram: FakeTelegram) -> None:
    async with aiohttp.ClientSession() as session:

        async def ask(path: str) -> tuple[int, str]:
            async with session.post(f"{telegram.url}/{path}") as response:
                return response.status, (await response.json())["description"]

        assert await ask("bot987654321:AAwrongwrongwrongwrongwrongwrongwrong/getMe") == (401, "Unauthorized")
        assert await ask("botnonsense/getMe") == (404, "Not Found")
        assert await ask(f"bot{telegram.bot.token}/getMee") == (404, "Not Found: method not found")
        assert [one.words for one in telegram.violations] == ["a method that the fake does not know"]
        telegram.violations.clear()


async def test_json_form_and_query_string_all_carry_parameters(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    markup = '{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}'
    form = {"chat_id": str(user.id), "text": "셋", "reply_markup": markup}
    async with api.session.post(f"{api.base}/sendMessage", data=form) as response:
        assert response.status == 200
    async with api.session.get(f"{api.base}/SENDMESSAGE", params={"chat_id": user.id, "text": "넷"}) as response:
        assert response.status == 200
    assert [one.text for one in user.private.messages] == ["셋", "넷"]
    assert user.private.messages[0].labels == [["a"]]


async def test_fields_that_do_not_exist_are_taken_and_held_against_the_sender(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    await api("sendMessage", chat_id=user.id, text="x", parsemode="HTML")
    await api("sendMessage", chat_id=user.id, text="y", reply_markup=keyboard([button() | {"colour": "red"}]))
    await api("sendMessage", chat_id=user.id, text="z", disable_web_page_preview=True)
    assert [one.words for one in telegram.violations] == [
        "unknown field parsemode",
        "unknown field reply_markup.inline_keyboard.0.0.colour",
        "disable_web_page_preview is outdated",
    ]
    telegram.violations.clear()


# --- text ---------------------------------------------------------------------------------------------------


async def test_html_becomes_text_and_entities_and_clients_find_the_rest(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    sent = await api("sendMessage", chat_id=user.id, text=GOOD + "\n#태그 /cmd e.org", parse_mode="HTML")
    message = user.private.last
    assert sent["text"] == message.text == "제목\n해설 😀\n초록\n#태그 /cmd e.org"
    assert message.under("bold") == ["제목"]
    assert message.links == ["https://arxiv.org/abs/2402.00001"]
    assert message.under("expandable_blockquote") == ["초록"]
    assert (message.under("hashtag"), message.under("bot_command")) == (["#태그"], ["/cmd"])
    assert message.under("url") == ["e.org"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<b>bold", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("a < b & c", 'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
        ("<p>x</p>", 'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
        ("", "message text is empty"),
        ("<b> </b>\n", "message text is empty"),
        ("가" * 4097, "message is too long"),
    ],
)
async def test_bad_text_is_refused_in_tdlibs_words(telegram: FakeTelegram, api: Api, text: str, words: str) -> None:
    user = telegram.user(started=True)
    assert await api.error("sendMessage", chat_id=user.id, text=text, parse_mode="HTML") == f"400 Bad Request: {words}"
    assert user.private.messages == []
    telegram.violations.clear()


async def test_code_points_are_counted_and_more_utf16_units_than_that_are_held_against_the_sender(
    telegram: FakeTelegram, api: Api
) -> None:
    user = telegram.user(started=True)
    await api("sendMessage", chat_id=user.id, text="<b>" + "가" * 4096 + "</b>", parse_mode="HTML")
    assert telegram.violations == []
    await api("sendMessage", chat_id=user.id, text="😀" * 2049)
    assert [one.words for one in telegram.violations] == ["4098 UTF-16 units of text"]
    telegram.violations.clear()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<blockquote>a<blockquote expandable>b</blockquote></blockquote>", "a quote inside a quote"),
        ('<a href="https://e.org">a<blockquote>b</blockquote>c</a>', "a quote inside a link"),
        ("<b>x</b>" * 101, "100 entities or more: further formatting is ignored"),
    ],
)
async def test_what_the_server_repairs_silently_is_held_against_the_sender(
    telegram: FakeTelegram, api: Api, text: str, words: str
) -> None:
    user = telegram.user(started=True)
    await api("sendMessage", chat_id=user.id, text=text, parse_mode="HTML")
    found = {one.words for one in telegram.violations}
    telegram.violations.clear()
    assert words in found


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60))
@settings(max_examples=60, deadline=None)
def test_entities_lie_inside_the_text(text: str) -> None:
    formatted = parse(text, None)
    for entity in formatted.entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= utf16(formatted.text)


async def test_half_a_surrogate_pair_is_no_text_and_a_changed_preview_is_a_change(
    telegram: FakeTelegram, api: Api
) -> None:
    user = telegram.user(started=True)
    error = await api.error("sendMessage", chat_id=user.id, text="\ud83d")
    assert error == "400 Bad Request: strings must be encoded in UTF-8"
    sent = await api("sendMessage", chat_id=user.id, text="https://e.org")
    aim = {"chat_id": user.id, "message_id": sent["message_id"], "text": "https://e.org"}
    await api("editMessageText", **aim, link_preview_options={"is_disabled": True})
    assert not user.private.last.preview


# --- buttons ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (keyboard([button(data="가" * 22)]), "BUTTON_DATA_INVALID"),
        (keyboard([button(data="")]), "BUTTON_DATA_INVALID"),
        (keyboard([button()] * 9), "reply markup is too long"),
        (keyboard(*[[button()] * 8] * 13), "reply markup is too long"),
        (
            keyboard([{"text": "a"}]),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            keyboard([{"text": "a", "url": "javascript:alert(1)"}]),
            "inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL",
        ),
    ],
)
async def test_bad_buttons_are_refused(telegram: FakeTelegram, api: Api, markup: dict[str, Any], words: str) -> None:
    user = telegram.user(started=True)
    error = await api.error("sendMessage", chat_id=user.id, text="x", reply_markup=markup)
    assert error == f"400 Bad Request: {words}"


async def test_64_bytes_of_data_and_8_buttons_a_row_are_fine(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    rows = [[button(data="x" * 64)] * 8] * 12
    await api("sendMessage", chat_id=user.id, text="x", reply_markup=keyboard(*rows))
    assert len(user.private.last.buttons) == 96


# --- whom a bot may write to --------------------------------------------------------------------------------


async def test_private_chats_refuse_strangers_blockers_and_deleted_accounts(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user()
    say = {"chat_id": user.id, "text": "x"}
    assert await api.error("sendMessage", chat_id=4242, text="x") == "400 Bad Request: chat not found"
    assert await api.error("sendMessage", **say) == "403 Forbidden: bot can't initiate conversation with a user"
    await user.starts()
    await api("sendMessage", **say)
    await user.blocks()
    assert await api.error("sendMessage", **say) == "403 Forbidden: bot was blocked by the user"
    await user.unblocks()
    await api("sendMessage", **say)
    await user.deletes_account()
    assert await api.error("sendMessage", **say) == "403 Forbidden: user is deactivated"


async def test_groups_and_channels_refuse_those_who_are_not_in_them(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    for chat, noun in (
        (telegram.group(owner=owner, supergroup=False), "group"),
        (telegram.group(owner=owner), "supergroup"),
        (telegram.channel(owner=owner), "channel"),
    ):
        error = await api.error("sendMessage", chat_id=chat.id, text="x")
        assert error == f"403 Forbidden: bot is not a member of the {noun} chat"
        await owner.adds_bot(chat)
        await api("sendMessage", chat_id=chat.id, text="x")
        await owner.removes_bot(chat)
        error = await api.error("sendMessage", chat_id=chat.id, text="x")
        assert error == f"403 Forbidden: bot was kicked from the {noun} chat"
        assert len(chat.from_bot) == 1


async def test_rights_are_needed_to_post(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    channel, group = telegram.channel(owner=owner, bot=True), telegram.group(owner=owner, bot=True)
    await owner.demotes_bot(channel)
    await owner.restricts_bot(group)
    error = await api.error("sendMessage", chat_id=channel.id, text="x")
    assert error == "400 Bad Request: need administrator rights in the channel chat"
    error = await api.error("sendMessage", chat_id=group.id, text="x")
    assert error == "400 Bad Request: not enough rights to send text messages to the chat"
    await owner.promotes_bot(group)
    group.open = False
    await api("sendMessage", chat_id=group.id, text="x")


async def test_an_upgraded_group_says_where_it_went_and_both_chats_get_a_service_message(
    telegram: FakeTelegram, api: Api
) -> None:
    owner = telegram.user()
    group = telegram.group(owner=owner, supergroup=False, bot=True)
    new = await owner.upgrades(group)
    answer = await api.full("sendMessage", chat_id=group.id, text="x")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new.id}
    await api("sendMessage", chat_id=new.id, text="x")
    updates = [one["message"] for one in await api("getUpdates")]
    assert (updates[0]["chat"]["id"], updates[0]["migrate_to_chat_id"]) == (group.id, new.id)
    assert (await api("getUpdates", offset=-1))[0]["message"]["migrate_from_chat_id"] == group.id


async def test_a_noisy_upgrade_looks_like_a_removal_and_a_deleted_group_says_so(
    telegram: FakeTelegram, api: Api
) -> None:
    owner = telegram.user()
    group = telegram.group(owner=owner, supergroup=False, bot=True)
    new = await owner.upgrades(group, noisy=True)
    moves = [
        (one["my_chat_member"]["chat"]["id"], one["my_chat_member"]["new_chat_member"]["status"])
        for one in await api("getUpdates")
        if "my_chat_member" in one
    ]
    assert moves == [(group.id, "left"), (new.id, "member")]
    await owner.deletes_group(new)
    assert await api.error("sendMessage", chat_id=new.id, text="x") == "403 Forbidden: the group chat was deleted"


async def test_topics_must_exist_and_be_open(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    forum = telegram.group(owner=owner, forum=True, bot=True)
    topic = await owner.opens_topic(forum, "논문")
    sent = await api("sendMessage", chat_id=forum.id, text="x", message_thread_id=topic.thread)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (topic.thread, True)
    assert "message_thread_id" not in await api("sendMessage", chat_id=forum.id, text="일반")
    for thread in (1, 999):
        error = await api.error("sendMessage", chat_id=forum.id, text="x", message_thread_id=thread)
        assert error == "400 Bad Request: message thread not found"
    await owner.closes_topic(topic)
    error = await api.error("sendMessage", chat_id=forum.id, text="x", message_thread_id=topic.thread)
    assert error == "400 Bad Request: TOPIC_CLOSED"
    await owner.promotes_bot(forum)
    await api("sendMessage", chat_id=forum.id, text="x", message_thread_id=topic.thread)


# --- editing and deleting -----------------------------------------------------------------------------------


async def test_an_identical_edit_is_not_modified_and_a_different_one_is_made(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    markup = keyboard([button()])
    sent = await api("sendMessage", chat_id=user.id, text="<b>하나</b>", parse_mode="HTML", reply_markup=markup)
    aim = {"chat_id": user.id, "message_id": sent["message_id"]}
    same = {**aim, "text": "<B>하나</B> ", "parse_mode": "HTML"}
    error = await api.error("editMessageText", **same, reply_markup=markup)
    assert error.startswith("400 Bad Request: message is not modified: specified new message content")
    assert not user.private.last.edited
    edited = await api("editMessageText", **same)  # without its keyboard it is another message
    assert "edit_date" in edited
    assert user.private.last.buttons == []
    telegram.clock.advance(60)
    await api("editMessageReplyMarkup", **aim, reply_markup=markup)
    assert user.private.last.labels == [["#rlhf"]]
    error = await api.error("editMessageReplyMarkup", **aim, reply_markup=markup)
    assert "message is not modified" in error
    assert [one.what for one in user.private.history] == ["posted", "edited", "edited"]
    assert len(telegram.record.posts) == 1


async def test_only_own_and_existing_messages_are_edited_and_deleted(telegram: FakeTelegram, api: Api) -> None:
    owner = telegram.user()
    group = telegram.group(owner=owner, bot=True)
    theirs = await owner.says(group, "안녕")
    aim = {"chat_id": group.id, "message_id": theirs.id}
    assert await api.error("editMessageText", **aim, text="x") == "400 Bad Request: message can't be edited"
    error = await api.error("deleteMessage", **aim)
    assert error == "400 Bad Request: message can't be deleted for everyone"
    aim["message_id"] = 77
    assert await api.error("editMessageText", **aim, text="x") == "400 Bad Request: message to edit not found"
    assert await api.error("deleteMessage", **aim) == "400 Bad Request: message to delete not found"
    sent = await api("sendMessage", chat_id=group.id, text="x")
    aim["message_id"] = sent["message_id"]
    assert await api("deleteMessage", **aim) is True
    assert await api.error("editMessageText", **aim, text="y") == "400 Bad Request: message to edit not found"
    assert group.messages == [theirs]


async def test_after_two_days_a_message_is_deleted_by_admins_only(telegram: FakeTelegram, api: Api) -> None:
    user, owner = telegram.user(started=True), telegram.user()
    channel = telegram.channel(owner=owner, bot=True)
    ids = {chat: (await api("sendMessage", chat_id=chat, text="x"))["message_id"] for chat in (user.id, channel.id)}
    telegram.clock.advance(3 * 86_400)
    error = await api.error("deleteMessage", chat_id=user.id, message_id=ids[user.id])
    assert error == "400 Bad Request: message can't be deleted for everyone"
    await api("deleteMessage", chat_id=channel.id, message_id=ids[channel.id])


async def test_a_reply_needs_what_it_replies_to(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user()
    asked = await user.starts()
    sent = await api("sendMessage", chat_id=user.id, text="x", reply_parameters={"message_id": asked.id})
    assert sent["reply_to_message"]["text"] == "/start"
    lost: dict[str, Any] = {"message_id": 999}
    error = await api.error("sendMessage", chat_id=user.id, text="x", reply_parameters=lost)
    assert error == "400 Bad Request: message to be replied not found"
    lost["allow_sending_without_reply"] = True
    assert "reply_to_message" not in await api("sendMessage", chat_id=user.id, text="x", reply_parameters=lost)
