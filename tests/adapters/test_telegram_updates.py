"""What Telegram's updates say of who did it, where, and who may: each for itself."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.base import Command, Left, Press
from bot.adapters.telegram.remote import Remote, acting_on, concerns_chat, goes_there
from bot.adapters.telegram.render import Body
from bot.adapters.telegram.updates import Happened, Pressed, Said
from bot.message import (
    Action,
    AskWhy,
    ChangeSetting,
    ChatFollowTag,
    FollowTag,
    RunCommand,
    SearchLiterally,
    SetChatTag,
    ShowPage,
    ShowPaper,
    Unsubscribe,
    encode_action,
)
from bot.model import ChatKind
from tests.adapters.test_telegram_parts import (
    CHANNEL,
    GROUP,
    ME,
    PRIVATE,
    READER,
    happened,
    member,
    message,
    pressed,
    said,
)

THERE = Remote(chat=int(str(GROUP["id"])), kind=ChatKind.GROUP, thread="12")


def heard(text: str, chat: dict[str, Any], **more: Any) -> Happened:
    found = happened(message=message(text, chat, **more))
    assert found is not None
    return found


# --- words ----------------------------------------------------------------------------------------------------


def test_a_caption_is_words_in_private() -> None:
    assert said("", PRIVATE) is None
    found = happened(message=message(None, PRIVATE, caption="보상 모델"))
    assert found is not None
    assert isinstance(found.event, Command)
    assert found.event.argument == "보상 모델"


def test_our_name_is_taken_out_where_it_is_all_of_a_name() -> None:
    assert said(f"@{ME.username} 보상", PRIVATE) == ("", "보상")
    for name in (f"@{ME.username}2", f"@{ME.username}_x", f"x@{ME.username}"):
        assert said(f"{name} 보상", PRIVATE) == ("", f"{name} 보상")


def test_who_speaks_as_a_chat_is_no_person_and_only_private_words_tell_a_language() -> None:
    assert heard("/x", PRIVATE).event.language == "ko"
    assert heard("/x", GROUP).event.language is None
    person = heard("/x", GROUP).event.person
    assert person is not None
    assert (person.name, person.language) == ("김 독자", "ko")
    masked = {"from": {"id": 136817688, "is_bot": True, "first_name": "Channel"}, "sender_chat": CHANNEL}
    assert heard("/x", GROUP, **masked).event.person is None


def test_an_answer_quotes_the_question_where_others_talk_too() -> None:
    for chat, number in ((PRIVATE, 0), (GROUP, 3)):
        place = heard("/x", chat).place
        assert isinstance(place, Said)
        assert place.message == number


async def test_where_nobody_is_named_as_the_writer_nobody_may_change_a_group() -> None:
    body = message("/x", GROUP)
    del body["from"]
    found = happened(message=body)
    assert found is not None
    assert not await found.event.may_manage()


def test_a_private_chat_is_called_by_the_name_of_its_person() -> None:
    assert heard("/x", PRIVATE).event.title == "김"
    assert heard("/x", GROUP).event.title == "연구실"


def test_what_only_one_person_sees_is_said_to_be_so() -> None:
    assert heard("/help", GROUP, message_id=0, ephemeral_message_id=7).event.alone
    assert not heard("/help", GROUP).event.alone
    assert pressed("1r:help", None, message=message("x", GROUP, message_id=0, ephemeral_message_id=8)).event.alone
    assert not pressed("1r:help", GROUP).event.alone


# --- presses --------------------------------------------------------------------------------------------------


def place_of(found: Happened) -> Pressed:
    assert isinstance(found.place, Pressed)
    return found.place


def test_a_press_in_a_topic_is_about_the_topic_and_answered_there() -> None:
    found = pressed("1r:help", None, message=message("x", GROUP, message_thread_id=12, is_topic_message=True))
    assert found.event.address.thread == "12"
    assert place_of(found).thread == "12"


def test_a_press_tells_a_language_where_it_is_about_the_private_chat() -> None:
    assert pressed("1r:help").event.language == "ko"
    assert pressed("1r:help", GROUP).event.language is None
    assert pressed("1r:settings" + THERE.suffix).event.language is None


async def test_a_press_from_afar_is_about_that_topic_of_that_chat_and_who_may_is_asked_there() -> None:
    found = pressed("1s:time.09:00" + THERE.suffix)
    assert (found.event.address.chat, found.event.address.thread) == (str(GROUP["id"]), "12")
    assert found.event.kind is ChatKind.GROUP
    assert await found.event.may_manage(), "the one reader is in charge of that group"
    assert place_of(found).chat == PRIVATE["id"], "and it is answered where it was pressed"
    stranger = pressed("1s:time.09:00" + THERE.suffix, **{"from": READER | {"id": 6}})
    assert not await stranger.event.may_manage()


@pytest.mark.parametrize("data", ["1t:1", "1o:1", "1q:1", "1r:help", "1m:1", "1w:1"])
def test_what_carries_no_chat_of_ours_is_forged_where_it_has_one(data: str) -> None:
    for chat in (PRIVATE, GROUP):
        event = pressed(data + THERE.suffix, chat).event
        assert isinstance(event, Press)
        assert event.action is None
        assert event.address.chat == str(chat["id"])


def test_in_a_shared_chat_no_button_acts_on_another() -> None:
    elsewhere = Remote(chat=-1000000000099, kind=ChatKind.GROUP)
    event = pressed("1s:time.09:00" + elsewhere.suffix, GROUP).event
    assert isinstance(event, Press)
    assert (event.action, event.address.chat) == (None, str(GROUP["id"]))


def test_the_buttons_of_a_pressed_message_are_kept_whatever_they_do() -> None:
    row = [{"text": "a", "callback_data": "1t:1"}, {"text": "b", "url": "https://t.me/c/1/2"}]
    found = pressed("1t:1", None, message=message("x", PRIVATE, reply_markup={"inline_keyboard": [row]}))
    assert place_of(found).keyboard == (tuple(row),)


@pytest.mark.parametrize(
    ("action", "concerns", "goes"),
    [
        (ChangeSetting("time"), True, True),
        (ChatFollowTag(1), True, True),
        (SetChatTag(1, on=1), True, True),
        (Unsubscribe(1), True, True),
        (RunCommand("settings"), True, True),
        (RunCommand("only"), True, True),
        (RunCommand("tags"), False, False),
        (RunCommand("latest"), False, False),
        (ShowPage(1, 2), False, True),
        (SearchLiterally(1), False, True),
        (FollowTag(1), False, False),
        (ShowPaper(1), False, False),
        (AskWhy(1), False, False),
    ],
)
def test_what_is_the_chats_needs_its_admin_and_its_pages_only_its_name(
    action: Action, concerns: bool, goes: bool
) -> None:
    assert (concerns_chat(action), goes_there(action)) == (concerns, goes)
    body = Body(text="x", keyboard=(({"text": "x", "callback_data": encode_action(action)},),))
    [[key]] = acting_on(body, THERE, about=True).keyboard
    assert key["callback_data"].endswith(THERE.suffix) is goes


def test_a_row_of_which_nothing_fits_is_left_out() -> None:
    long = {"text": "x", "callback_data": encode_action(ChangeSetting("zone", "x" * 47))}
    body = Body(text="x", keyboard=((long,), ({"text": "y", "callback_data": "1t:1"},)))
    assert acting_on(body, THERE, about=True).keyboard == (({"text": "y", "callback_data": "1t:1"},),)
    room = 64 - len(THERE.suffix) - len("1s:zone.")
    for letters, fits in ((room, True), (room + 1, False)):
        key = {"text": "x", "callback_data": encode_action(ChangeSetting("zone", "x" * letters))}
        assert bool(acting_on(Body(text="x", keyboard=((key,),)), THERE, about=True).keyboard) is fits


# --- going ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (member("left"), "removed from the chat"),
        (member("kicked"), "removed from the chat"),
        (member("restricted", can_send_messages=False), "not allowed to post"),
        (member("restricted", can_send_messages=True) | {"is_member": False}, "not allowed to post"),
    ],
)
def test_a_chat_that_we_leave_keeps_the_reason(new: dict[str, Any], reason: str) -> None:
    found = happened(
        my_chat_member={
            "chat": GROUP, "from": READER, "date": 1, "old_chat_member": member("member"), "new_chat_member": new,
        }
    )  # fmt: skip
    assert found is not None
    assert isinstance(found.event, Left)
    assert found.event.reason == reason
