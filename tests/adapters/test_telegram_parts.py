"""The small parts of the Telegram adapter, each for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.adapters.base import Command, Joined, Left, Moved, Press, RateLimited
from bot.adapters.telegram.account import TelegramAdapter
from bot.adapters.telegram.conversation import toggled
from bot.adapters.telegram.menus import requests
from bot.adapters.telegram.pushback import Pushback
from bot.adapters.telegram.remote import Remote, acting_on, split
from bot.adapters.telegram.render import Body, render
from bot.adapters.telegram.settings import PlatformSettings
from bot.adapters.telegram.trail import Before, Trail
from bot.adapters.telegram.updates import Happened, Me, Pressed, Quiet, Said, newest, read
from bot.flood import Flood, Verdict
from bot.message import ACTION_BYTES, Button, ChangeSetting, FollowTag, Message, RunCommand, decode_action
from bot.model import Address, ChatKind
from tests.fakes.telegram.schema import complaints

ME = Me(id=99, username="Paperboy_bot")
READER: dict[str, Any] = {"id": 5, "is_bot": False, "first_name": "김", "last_name": "독자", "language_code": "ko"}
PRIVATE = {"id": 5, "type": "private", "first_name": "김"}
GROUP = {"id": -1000000000007, "type": "supergroup", "title": "연구실", "is_forum": True}
CHANNEL = {"id": -1000000000008, "type": "channel", "title": "소식"}


async def only_one(chat: int, user: int) -> bool:
    return (chat, user) == (GROUP["id"], READER["id"])


def happened(**body: Any) -> Happened | None:
    return read({"update_id": 1, **body}, ME, only_one)


def message(text: str | None, chat: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"message_id": 3, "date": 1, "chat": chat, "from": READER, **more}
    return body if text is None else body | {"text": text}


def said(text: str, chat: dict[str, Any], **more: Any) -> tuple[str, str] | None:
    found = happened(message=message(text, chat, **more))
    if found is None:
        return None
    assert isinstance(found.event, Command)
    return found.event.name, found.event.argument


# --- updates --------------------------------------------------------------------------------------------------


def test_a_reply_is_about_the_message_that_it_replies_to() -> None:
    for place in (PRIVATE, GROUP, CHANNEL):
        replied = message("어제의 논문", place, message_id=2)
        kind = "channel_post" if place is CHANNEL else "message"
        found = happened(**{kind: message("/why", place, reply_to_message=replied)})
        assert found is not None
        assert isinstance(found.event, Command)
        assert found.event.about == f"{place['id']}/2"


def test_what_is_said_in_a_forum_topic_is_not_about_its_beginning() -> None:
    began = message(None, GROUP, message_id=2, forum_topic_created={"name": "논문", "icon_color": 1})
    found = happened(message=message("/why", GROUP, reply_to_message=began, is_topic_message=True, message_thread_id=2))
    assert found is not None
    assert isinstance(found.event, Command)
    assert found.event.about is None


@pytest.mark.parametrize(
    ("text", "private", "group"),
    [
        ("/help", ("help", ""), ("help", "")),
        ("/Search  reward model ", ("search", "reward model"), ("search", "reward model")),
        ("/search@paperboy_BOT 보상\n모델", ("search", "보상\n모델"), ("search", "보상\n모델")),
        ("/search@other_bot x", None, None),
        ("/검색 보상 모델", ("검색", "보상 모델"), None),
        ("보상 모델", ("", "보상 모델"), None),
        ("/", None, None),
        ("/ search", None, None),
        ("see /help", ("", "see /help"), None),
        ("/a-b", None, None),
        ("/" + "x" * 40, None, None),
    ],
)
def test_a_command_is_what_begins_with_a_slash_and_is_for_us(text: str, private: object, group: object) -> None:
    assert said(text, PRIVATE) == private
    assert said(text, GROUP) == group


@pytest.mark.parametrize(
    "more",
    [
        {"via_bot": {"id": 99, "is_bot": True, "first_name": "P"}},
        {"is_automatic_forward": True},
        {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}},
        {"from": {"id": 12, "is_bot": True, "first_name": "Another bot"}},
    ],
)
def test_what_no_person_typed_is_no_command(more: dict[str, Any]) -> None:
    assert said("/help", GROUP, **more) is None


def test_edits_photos_and_unknown_kinds_mean_nothing() -> None:
    assert happened(edited_message=message("/help", PRIVATE)) is None
    assert happened(message=message(None, PRIVATE)) is None
    assert happened() is None


async def test_who_may_manage_is_asked_of_telegram_but_where_it_is_plain() -> None:
    async def may(found: Happened | None) -> bool:
        assert found is not None
        return await found.event.may_manage()

    anonymous = {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}, "sender_chat": GROUP}
    masked = {"from": {"id": 136817688, "is_bot": True, "first_name": "Channel"}, "sender_chat": CHANNEL}
    assert await may(happened(message=message("/x", PRIVATE)))
    assert await may(happened(message=message("/x", GROUP)))
    assert not await may(happened(message=message("/x", GROUP, **{"from": READER | {"id": 6}})))
    assert await may(happened(message=message("/x", GROUP, **anonymous)))
    assert not await may(happened(message=message("/x", GROUP, **masked)))
    post = {"message_id": 3, "date": 1, "chat": CHANNEL, "sender_chat": CHANNEL, "text": "/x"}
    found = happened(channel_post=post)
    assert await may(found)
    assert found is not None
    assert found.event.person is None


def test_a_topic_is_a_chat_of_its_own_and_a_reply_thread_is_not() -> None:
    topic = happened(message=message("/x", GROUP, message_thread_id=12, is_topic_message=True))
    thread = happened(message=message("/x", GROUP, message_thread_id=12))
    assert topic is not None
    assert thread is not None
    assert topic.event.address == Address(lane="telegram:99", chat=str(GROUP["id"]), thread="12")
    assert thread.event.address.thread == ""
    assert isinstance(topic.place, Said)
    assert topic.place.message == 3


def pressed(data: str | None, chat: dict[str, Any] | None = PRIVATE, **more: Any) -> Happened:
    body: dict[str, Any] = {"id": "q", "from": READER, "chat_instance": "1", **more}
    if data is not None:
        body["data"] = data
    if chat is not None:
        body["message"] = message("x", chat)
    found = happened(callback_query=body)
    assert found is not None
    return found


def test_a_press_is_read_strictly_and_on_a_shared_post_nobody_acts_for_another_chat() -> None:
    event = pressed("1t:1z").event
    assert isinstance(event, Press)
    assert event.action == FollowTag(71)
    for data in ("1t:", "2t:1", "1t:1@c1", None, "x" * 100):
        assert isinstance(event := pressed(data, GROUP).event, Press)
        assert event.action is None
    inline = pressed("1t:1", None, inline_message_id="abc")
    assert isinstance(inline.place, Pressed)
    assert inline.place.inline == "abc"
    assert inline.event.kind is ChatKind.GROUP, "the person who presses may be anybody"
    gone = pressed("1t:1", None, message={"chat": PRIVATE, "message_id": 3, "date": 0})
    assert isinstance(gone.place, Pressed)
    assert (gone.place.message, gone.place.keyboard) == (3, ())


def member(status: str, **more: Any) -> dict[str, Any]:
    return {"user": {"id": 99, "is_bot": True, "first_name": "P"}, "status": status, "is_member": True, **more}


@pytest.mark.parametrize(
    ("chat", "old", "new", "kind"),
    [
        (GROUP, member("left"), member("member"), Joined),
        (GROUP, member("member"), member("administrator"), None),
        (GROUP, member("administrator"), member("member"), None),
        (GROUP, member("member"), member("kicked"), Left),
        (GROUP, member("member"), member("left"), Left),
        (GROUP, member("member"), member("restricted", can_send_messages=False), Left),
        (GROUP, member("restricted", can_send_messages=False), member("member"), Joined),
        (GROUP, member("member"), member("restricted", can_send_messages=True), None),
        (CHANNEL, member("left"), member("administrator", can_post_messages=True), Joined),
        (CHANNEL, member("left"), member("administrator", can_post_messages=False), None),
        (CHANNEL, member("administrator", can_post_messages=True), member("administrator"), Left),
        (CHANNEL, member("administrator", can_post_messages=True), member("kicked"), Left),
        (PRIVATE, member("member"), member("kicked"), Left),
        (PRIVATE, member("kicked"), member("member"), Joined),
    ],
)
def test_it_has_joined_when_it_may_post_and_left_when_it_may_not(
    chat: dict[str, Any], old: dict[str, Any], new: dict[str, Any], kind: type | None
) -> None:
    found = happened(
        my_chat_member={"chat": chat, "from": READER, "date": 1, "old_chat_member": old, "new_chat_member": new}
    )
    assert (type(found.event) if found else None) is kind
    if found is not None and (chat is PRIVATE or kind is Left):
        assert isinstance(found.place, Quiet)


def test_both_halves_of_a_move_say_the_same() -> None:
    small = {"id": -7, "type": "group", "title": "연구실"}
    one = happened(message=message(None, small, migrate_to_chat_id=GROUP["id"]))
    other = happened(message=message(None, GROUP, migrate_from_chat_id=-7))
    assert one is not None
    assert other is not None
    assert isinstance(one.event, Moved)
    assert one.event == other.event
    assert one.event.to == Address(lane="telegram:99", chat=str(GROUP["id"]))


@given(st.text(max_size=80), st.sampled_from([PRIVATE, GROUP, CHANNEL]))
def test_any_data_of_a_button_is_survived(data: str, chat: dict[str, Any]) -> None:
    event = pressed(data, chat).event
    assert isinstance(event, Press)


@given(st.text(max_size=200))
def test_any_text_is_survived(text: str) -> None:
    said(text, PRIVATE)
    said(f"/{text}", GROUP)


def test_an_ephemeral_command_and_a_press_on_an_ephemeral_message_are_told_apart() -> None:
    found = happened(message=message("/help", GROUP, message_id=0, ephemeral_message_id=7))
    assert found is not None
    assert isinstance(found.place, Said)
    assert (found.place.message, found.place.ephemeral, found.place.person) == (0, 7, READER["id"])
    place = pressed("1r:help", None, message=message("x", GROUP, message_id=0, ephemeral_message_id=8)).place
    assert isinstance(place, Pressed)
    assert (place.ephemeral, place.person) == (8, READER["id"])
    assert newest({"message": message("/help", GROUP, message_id=0, ephemeral_message_id=7)}) is None


def test_a_message_that_came_in_is_known_to_exist() -> None:
    assert newest({"update_id": 1, "message": message("x", GROUP)}) == (GROUP["id"], 3)
    assert newest({"update_id": 1, "message": {"message_id": "3"}}) is None


# --- buttons for another chat -----------------------------------------------------------------------------------


@given(st.integers(1, 10**13), st.sampled_from([ChatKind.GROUP, ChatKind.CHANNEL]), st.integers(0, 2**31))
def test_the_chat_behind_a_button_is_read_as_it_was_written(number: int, kind: ChatKind, thread: int) -> None:
    remote = Remote(chat=-number, kind=kind, thread=str(thread) if thread else "")
    assert split("1s:time.09:00" + remote.suffix) == ("1s:time.09:00", remote)


def test_only_what_concerns_the_chat_acts_on_it_and_all_of_it_fits() -> None:
    remote = Remote(chat=-1009999999999, kind=ChatKind.CHANNEL, thread="123456")
    actions = (
        FollowTag(7), RunCommand("help"), RunCommand("settings"),
        ChangeSetting("zone", "America/Argentina/Buenos_Aires"), ChangeSetting("zone", "x" * 47),
    )  # fmt: skip
    body = render(Message(summary="", blocks=(), buttons=tuple((Button("x", action),) for action in actions)))
    data = [key["callback_data"] for row in acting_on(body, remote).keyboard for key in row]
    assert [("@" in one) for one in data] == [False, False, True, True], "what does not fit is left out"
    assert all(len(one) <= ACTION_BYTES for one in data)
    assert decode_action(split(data[3])[0]) == actions[3]
    assert acting_on(body, None) is body


def test_a_toggled_tag_changes_its_own_buttons_only() -> None:
    rows = (Button("#a", FollowTag(1)), Button("#b", FollowTag(2), on=True)), (Button("?", RunCommand("help")),)
    keyboard = render(Message(summary="", blocks=(), buttons=rows)).keyboard
    changed = toggled(keyboard, {1: True, 2: False})
    assert [key["text"] for row in changed for key in row] == ["✓ #a", "#b", "?"]
    assert toggled(changed, {1: True}) == changed
    assert Body(text="", keyboard=changed).params["reply_markup"]["inline_keyboard"]


# --- memory and measure -----------------------------------------------------------------------------------------


def test_a_person_who_asks_too_much_is_told_once_a_minute() -> None:
    flood = Flood(3)
    verdicts = [flood.judge(1, now) for now in (0, 1, 2, 3, 4, 5)]
    assert verdicts == [Verdict.ANSWER] * 3 + [Verdict.WARN] + [Verdict.IGNORE] * 2
    assert flood.judge(2, 5) is Verdict.ANSWER
    assert [flood.judge(1, now) for now in (60, 60.5, 61)] == [Verdict.ANSWER, Verdict.IGNORE, Verdict.ANSWER]


def test_when_several_chats_are_told_to_wait_it_is_the_bot_that_is_too_fast() -> None:
    now = 0.0
    pushback = Pushback(lambda: now)
    assert [pushback.judged(RateLimited(1), chat).lane for chat in ("a", "a", "b", "c")] == [False, False, False, True]
    now = 10.0
    assert not pushback.judged(RateLimited(1), "d").lane


THERE = -1000000000007


def test_what_is_known_of_a_chat_bounds_where_a_lost_message_can_be() -> None:
    now = 0.0
    trail = Trail(lambda: now)
    trail.begins(THERE, "first")
    assert trail.before("first") is None, "nothing is known of this chat"
    trail.ends(THERE, "first", 10)
    trail.begins(THERE, "second")
    assert trail.busy(THERE)
    trail.ends(THERE, "second", None, doubtful=True)
    assert trail.before("second") == Before(10, fresh=True)
    assert not trail.others_in_doubt(THERE, "second")
    trail.begins(THERE, "third")
    assert trail.others_in_doubt(THERE, "third")
    trail.ends(THERE, "third", None)
    trail.saw(THERE, 11)
    assert trail.is_another(THERE, 11)
    assert not trail.is_another(THERE, 12)
    trail.begins(THERE, "fourth")
    trail.ends(THERE, "fourth", 12)
    now = 1000.0
    trail.begins(THERE, "fifth")
    assert trail.before("fifth") == Before(12, fresh=False)
    assert not trail.others_in_doubt(THERE, "fifth"), "the second one, if it is there, came before the fourth"
    trail.ends(THERE, "fifth", None, doubtful=True)
    trail.resolved(THERE, "second", 11)
    assert not trail.others_in_doubt(THERE, "fifth")


def test_a_crash_forgets_nothing_and_leaves_what_was_under_way_in_doubt(tmp_path: Path) -> None:
    file = tmp_path / "data" / "trail"
    first = Trail(lambda: 0.0, file)
    first.open()
    first.saw(THERE, 5)
    first.saw(7, 5)  # a private chat
    first.begins(THERE, "1-1")
    first.ends(THERE, "1-1", 6)
    first.begins(THERE, "2-2")
    first.close()
    with file.open("a", encoding="ascii") as out:
        out.write("s -10")  # cut by the crash
    for _ in range(2):  # and once more, before anything is found out
        second = Trail(lambda: 0.0, file)
        second.open()
        assert second.before("2-2") == Before(6, fresh=True)
        assert second.others_in_doubt(THERE, "3-3")
        assert not second.others_in_doubt(THERE, "2-2")
        assert second.is_another(THERE, 5)
        assert second.is_another(THERE, 6)
        assert not second.is_another(THERE, 7)
        second.close()
    third = Trail(lambda: 0.0, file)
    third.open()
    third.resolved(THERE, "2-2", 7)
    third.close()
    fourth = Trail(lambda: 0.0, file)
    fourth.open()
    assert not fourth.others_in_doubt(THERE, "")
    assert fourth.is_another(THERE, 7)
    fourth.close()


# --- settings and menus -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["123456789:AAGoodGoodGoodGoodGood_-0", " 123456789:AAGoodGoodGoodGoodGood_-0\n"])
def test_a_token_is_kept_secret(token: str) -> None:
    settings = PlatformSettings.model_validate({"token": token})
    assert settings.token is not None
    assert settings.token.get_secret_value() == token.strip()
    assert "AAGood" not in repr(settings) + str(settings.model_dump())


async def test_nothing_that_is_printed_shows_the_token(tmp_path: Path) -> None:
    settings = PlatformSettings.model_validate({"token": "123456789:AAGoodGoodGoodGoodGood_-0"})
    adapter = TelegramAdapter(settings, data=tmp_path)
    for part in (adapter, *vars(adapter).values()):
        if part is not adapter._token:
            assert "AAGood" not in f"{part!r} {part}"


@pytest.mark.parametrize(
    "token", ["123456789", "abc:AAGoodGoodGood", "1:short", "123:AAGood/../../Good", "123:AA Good Good"]
)
def test_what_is_no_token_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PlatformSettings.model_validate({"token": token})
    assert token not in str(caught.value)


def test_without_a_token_there_is_none_and_paid_broadcasts_are_faster() -> None:
    assert PlatformSettings.model_validate({"token": ""}).token is None
    assert PlatformSettings().rate == 30
    assert PlatformSettings(paid_broadcast=True).rate == 1000
    assert PlatformSettings(paid_broadcast=True, per_second=200).rate == 200
    for wrong in ({"api_base": "example.org"}, {"webhook_url": "ftp://a.example"}, {"api_base": "http://"}):
        with pytest.raises(ValidationError):
            PlatformSettings.model_validate(wrong)


@pytest.mark.parametrize("ephemeral", [False, True])
def test_the_menus_are_what_telegram_takes(ephemeral: bool) -> None:
    wanted = list(requests("ko", ephemeral=ephemeral))
    for method, params in wanted:
        assert not complaints(method, params)
        private = params.get("scope", {}).get("type") == "all_private_chats"
        for command in params.get("commands", ()):
            assert command.get("is_ephemeral", False) is (ephemeral and not private)
    assert sum(method == "setMyCommands" for method, _ in wanted) == 9
