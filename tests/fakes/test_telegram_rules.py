"""The fake Telegram counts, knows who is who, and shows the bot's card and menus as clients would."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
import telegram as ptb

from tests.fakes.telegram import FakeTelegram, Limits, Status
from tests.fakes.telegram.fixture import Api
from tests.fakes.telegram.schema import read

# --- limits -------------------------------------------------------------------------------------------------


async def test_a_token_has_so_many_messages_in_any_second(telegram: FakeTelegram, api: Api) -> None:
    telegram.limits.per_second = 5
    users = [telegram.user(started=True) for _ in range(6)]
    for user in users[:5]:
        await api("sendMessage", chat_id=user.id, text="x")
    answer = await api.full("sendMessage", chat_id=users[5].id, text="x")
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert [one.words for one in telegram.violations] == ["too fast: Too Many Requests: retry after 1"]
    telegram.violations.clear()
    telegram.clock.advance(1.0)
    await api("sendMessage", chat_id=users[5].id, text="x")
    assert telegram.record.busiest() == 5


async def test_a_group_has_20_a_minute_edits_included_and_a_private_chat_one_a_second(
    telegram: FakeTelegram, api: Api
) -> None:
    user = telegram.user()
    group = telegram.group(owner=user, bot=True)
    await user.starts()
    for _ in range(3):
        await api("sendMessage", chat_id=user.id, text="x")
    assert (await api.error("sendMessage", chat_id=user.id, text="x")).startswith("429 ")
    for number in range(19):
        sent = await api("sendMessage", chat_id=group.id, text=str(number))
    await api("editMessageText", chat_id=group.id, message_id=sent["message_id"], text="고침")
    telegram.clock.advance(10)
    answer = await api.full("sendMessage", chat_id=group.id, text="x")
    assert 49 <= answer["parameters"]["retry_after"] <= 50
    telegram.clock.advance(20)
    assert (await api.full("sendMessage", chat_id=group.id, text="x"))["parameters"]["retry_after"] <= 30
    assert len(telegram.violations) == 3
    telegram.violations.clear()
    telegram.clock.advance(31)
    await api("sendMessage", chat_id=group.id, text="x")


async def test_paid_broadcast_raises_the_limit_where_it_is_granted(telegram: FakeTelegram, api: Api) -> None:
    telegram.limits.per_second = 2
    users = [telegram.user(started=True) for _ in range(4)]
    for user in users[:2]:
        await api("sendMessage", chat_id=user.id, text="x", allow_paid_broadcast=True)
    assert (await api.error("sendMessage", chat_id=users[2].id, text="x", allow_paid_broadcast=True))[:3] == "429"
    telegram.violations.clear()
    telegram.clock.advance(2)
    telegram.limits.paid = True
    for user in users:
        await api("sendMessage", chat_id=user.id, text="x", allow_paid_broadcast=True)
    assert telegram.bot.meter.paid_posts == 4


async def test_limits_can_be_switched_off() -> None:
    async with FakeTelegram(limits=Limits(on=False)) as telegram, aiohttp.ClientSession() as session:
        api = Api(session, f"{telegram.url}/bot{telegram.bot.token}")
        user = telegram.user(started=True)
        for _ in range(40):
            await api("sendMessage", chat_id=user.id, text="같은 말")
        telegram.check()
        assert list(telegram.record.repeated().values()) == [40]


# --- members ------------------------------------------------------------------------------------------------


async def test_members_and_chats_are_described_so_that_both_libraries_understand(
    telegram: FakeTelegram, api: Api
) -> None:
    owner, admin, member, stranger = (telegram.user(name) for name in ("가", "나", "다", "라"))
    group = telegram.group(owner=owner, members=(member,), bot=True)
    await owner.promotes(admin, group, listed=False)
    await owner.restricts_bot(group)
    async with ptb.Bot(telegram.bot.token, base_url=f"{telegram.url}/bot") as bot:
        statuses = [(await bot.get_chat_member(group.id, one.id)).status for one in (owner, admin, member, stranger)]
        assert statuses == ["creator", "administrator", "member", "left"]
        assert (await bot.get_chat_member(group.id, telegram.bot.user.id)).status == "restricted"
        assert [one.user.id for one in await bot.get_chat_administrators(group.id)] == [owner.id]
        assert (await bot.get_chat(group.id)).title == group.title
        assert (await bot.get_me()).username == "paperboy_bot"
    for status in Status:
        known = group.members[owner.id]
        known.status = status
        read(
            "ChatMemberUpdated",
            {
                "chat": group.brief,
                "from": owner.json(),
                "date": 0,
                "old_chat_member": known.json(group),
                "new_chat_member": known.json(group),
            },
        )
    assert await api.error("getChatMember", chat_id=group.id, user_id=99) == "400 Bad Request: user not found"
    group.hides_members = True
    error = await api.error("getChatMember", chat_id=group.id, user_id=member.id)
    assert error == "400 Bad Request: member list is inaccessible"
    error = await api.error("getChatAdministrators", chat_id=owner.id)
    assert error == "403 Forbidden: bot can't initiate conversation with a user"


async def test_a_bot_leaves_and_hears_that_it_did(telegram: FakeTelegram, api: Api) -> None:
    group = telegram.group(owner=telegram.user(), bot=True)
    assert await api("leaveChat", chat_id=group.id) is True
    [update] = await api("getUpdates")
    assert update["my_chat_member"]["new_chat_member"]["status"] == "left"
    assert (await api.error("leaveChat", chat_id=group.id))[:3] == "403"


# --- the bot's card -----------------------------------------------------------------------------------------


async def test_menus_are_found_narrowest_first_and_by_language(telegram: FakeTelegram, api: Api) -> None:
    owner, foreigner = telegram.user(language_code="ko"), telegram.user(language_code="en-GB")
    group = telegram.group(owner=owner, members=(foreigner,), bot=True)
    for command, scope, language in (
        ("a", {"type": "default"}, ""),
        ("b", {"type": "all_group_chats"}, ""),
        ("c", {"type": "all_group_chats"}, "ko"),
        ("d", {"type": "all_chat_administrators"}, "ko"),
        ("e", {"type": "all_private_chats"}, "en"),
    ):
        menu = [{"command": command, "description": "설명"}]
        await api("setMyCommands", commands=menu, scope=scope, language_code=language)

    def seen(user: Any, chat: Any) -> str:
        return str(user.sees_commands(chat)[0]["command"])

    assert [seen(owner, group), seen(foreigner, group)] == ["d", "b"]
    assert [seen(owner, owner.private), seen(foreigner, foreigner.private)] == ["a", "e"]
    assert await api("getMyCommands", scope={"type": "all_group_chats"}, language_code="ko") == [
        {"command": "c", "description": "설명"}
    ]
    await api("deleteMyCommands", scope={"type": "all_chat_administrators"}, language_code="ko")
    assert seen(owner, group) == "c"


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ([{"command": "구독", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "Help", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "help", "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "help", "description": "x"}] * 101, "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_bad_commands_are_refused(api: Api, commands: list[dict[str, str]], words: str) -> None:
    assert await api.error("setMyCommands", commands=commands) == f"400 Bad Request: {words}"


async def test_descriptions_are_kept_by_language_and_bounded(telegram: FakeTelegram, api: Api) -> None:
    await api("setMyDescription", description="논문 배달", language_code="ko")
    await api("setMyShortDescription", short_description="papers")
    assert telegram.bot.descriptions == {("description", "ko"): "논문 배달", ("short_description", ""): "papers"}
    assert (await api.error("setMyDescription", description="x" * 513))[:3] == "400"
    assert (await api.error("setMyShortDescription", short_description="x" * 121))[:3] == "400"


async def test_rich_messages_exist_only_where_the_server_knows_them(telegram: FakeTelegram, api: Api) -> None:
    group = telegram.group(owner=telegram.user(), bot=True)
    rich = {"html": "<details><summary>초록</summary>글</details>"}
    assert await api.error("sendRichMessage", chat_id=group.id, rich_message=rich) == "404 Not Found: method not found"
    telegram.bot.rich = True
    sent = await api("sendRichMessage", chat_id=group.id, rich_message=rich)
    assert group.last.rich == rich
    aim = {"chat_id": group.id, "message_id": sent["message_id"]}
    await api("editMessageText", **aim, text="글")
    assert group.last.text == "글"
    assert group.last.rich is None


async def test_an_ephemeral_message_is_seen_by_one_member_only(telegram: FakeTelegram, api: Api) -> None:
    owner, other = telegram.user(), telegram.user()
    group = telegram.group(owner=owner, members=(other,), bot=True)
    private = {"receiver_user_id": owner.id}
    markup = {"inline_keyboard": [[{"text": "다음", "callback_data": "1p:1.1"}]]}
    refused = await api.error("sendMessage", chat_id=group.id, text="쉿", ephemeral_message_parameters=private)
    assert refused == "400 Bad Request: BOT_NOT_ADMIN"
    await owner.promotes_bot(group)
    sent = await api(
        "sendMessage", chat_id=group.id, text="쉿", ephemeral_message_parameters=private, reply_markup=markup
    )
    assert (sent["message_id"], sent["ephemeral_message_id"]) == (0, 1)
    assert group.messages == group.seen_by(other) == []
    assert group.history == []
    seen = await owner.waits_for(group, lambda one: one.text == "쉿")
    press = asyncio.create_task(owner.presses(seen, "다음"))
    query = (await api("getUpdates"))[-1]["callback_query"]
    assert query["message"]["ephemeral_message_id"] == 1
    aim = {"chat_id": group.id, "ephemeral_message_id": 1}
    assert await api("editEphemeralMessageText", **aim, **private, text="둘째 쪽") is True
    error = await api.error("editEphemeralMessageText", **aim, receiver_user_id=other.id, text="x")
    assert error == "400 Bad Request: message to edit not found"
    await api("answerCallbackQuery", callback_query_id=query["id"])
    await press
    assert seen.text == "둘째 쪽"
    await api("deleteEphemeralMessage", **aim, **private)
    assert group.seen_by(owner) == []
    late = private | {"callback_query_id": query["id"]}
    await api("sendMessage", chat_id=group.id, text="x", ephemeral_message_parameters=late)
    telegram.clock.advance(16)
    assert (await api.error("sendMessage", chat_id=group.id, text="x", ephemeral_message_parameters=late))[:3] == "400"
    telegram.bot.ephemeral = False  # an older server posts for everybody
    await api("sendMessage", chat_id=group.id, text="모두", ephemeral_message_parameters=private)
    assert group.last.text == "모두"
