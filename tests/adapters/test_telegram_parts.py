"""The small parts of the Telegram adapter, each for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
from bot.adapters.telegram.trail import ATTEND_SECONDS, Trail
from bot.adapters.telegram.updates import Happened, Me, Pressed, Quiet, Said, There, read, there, welcomed
from bot.flood import Flood, Verdict
from bot.message import ACTION_BYTES, Button, ChangeSetting, FollowTag, Message, RunCommand, decode_action
from bot.model import Address, ChatKind
from bot.traces import Heard, Traces
from tests.adapters.bench import a_chat
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
        ("/", ("help", ""), None),
        ("/ search reward", ("search", "reward"), None),
        ("/search보상 모델", ("search", "보상 모델"), None),
        ("/search, reward", ("search", "reward"), None),
        ('/search"reward model"', ("search", '"reward model"'), None),
        ("/구독#moe", ("구독", "#moe"), None),
        ("@paperboy_bot 보상 모델", ("", "보상 모델"), None),
        ("@Paperboy_Bot /search reward", ("search", "reward"), None),
        ("see /help", ("", "see /help"), None),
        ("/a-b", ("a", "b"), None),
        ("/" + "x" * 40, ("", "x" * 40), None),
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


def test_those_who_hide_behind_a_chat_are_told_apart_by_it() -> None:
    """Admins without a name all write from one account of Telegram's, and so do all who speak as a channel."""
    anonymous = {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}
    masked = {"from": {"id": 136817688, "is_bot": True, "first_name": "Channel"}}
    other = GROUP | {"id": -1009}
    heard = [
        happened(message=message("/x", GROUP, sender_chat=GROUP, **anonymous)),
        happened(message=message("/x", other, sender_chat=other, **anonymous)),
        happened(message=message("/x", GROUP, sender_chat=CHANNEL, **masked)),
        happened(channel_post={"message_id": 3, "date": 1, "chat": CHANNEL, "sender_chat": CHANNEL, "text": "/x"}),
        happened(message=message("/x", GROUP)),
    ]
    assert [one.person for one in heard if one] == [GROUP["id"], -1009, CHANNEL["id"], CHANNEL["id"], READER["id"]]


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
    assert there({"message": message("/help", GROUP, message_id=0, ephemeral_message_id=7)}) is None


def test_a_message_that_came_in_is_known_to_exist() -> None:
    found = There(chat=-1000000000007, message=3, editable=False)
    assert there({"update_id": 1, "message": message("x", GROUP)}) == found
    post = message("x", CHANNEL)
    assert there({"update_id": 1, "channel_post": post}) == There(chat=-1000000000008, message=3, editable=True)
    assert there({"update_id": 1, "message": {"message_id": "3"}}) is None
    assert there({"update_id": 1, "message": message("x", GROUP, message_id=10**30)}) is None
    assert there({"update_id": 1, "message": message("x", GROUP, message_id=-3)}) is None


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
    data = [key["callback_data"] for row in acting_on(body, remote, about=True).keyboard for key in row]
    assert [("@" in one) for one in data] == [False, False, True, True], "what does not fit is left out"
    assert all(len(one) <= ACTION_BYTES for one in data)
    assert decode_action(split(data[3])[0]) == actions[3]
    assert acting_on(body, remote, about=False) == body, "what does not name the chat acts where it stands"
    assert acting_on(body, None, about=True) is body


async def test_a_supergroups_posts_have_addresses_whatever_the_length_of_its_id(tmp_path: Path) -> None:
    adapter = TelegramAdapter(
        PlatformSettings.model_validate({"token": "123456789:AAGoodGoodGoodGoodGood_-0"}), data=tmp_path
    )

    async def address(chat: str, thread: str = "") -> str | None:
        return await adapter.address(a_chat(Address(lane=adapter.lane, chat=chat, thread=thread)), f"{chat}/7")

    assert await address("-1002345678901") == "https://t.me/c/2345678901/7"
    assert await address("-1012345678901") == "https://t.me/c/12345678901/7"
    assert await address("-1002345678901", "5") == "https://t.me/c/2345678901/5/7"
    assert [await address(chat) for chat in ("-4123456789", "4123456789")] == [None, None]
    there = a_chat(Address(lane=adapter.lane, chat="-1002345678901"))
    assert await adapter.address(there, "-1002000000000/7") is None, "it was posted in another chat"


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


# --- what is heard, on its way to the record --------------------------------------------------------------------

THERE = -1000000000007
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class Shelf:
    """A record that can be out of reach for a while."""

    notes: list[Mapping[str, Heard]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    answered: list[Mapping[str, int]] = field(default_factory=list)
    away: bool = False
    slow: asyncio.Event | None = None

    async def note(self, lane: str, notes: Mapping[str, Heard], now: datetime) -> None:
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise OSError("away")
        self.notes.append(notes)

    async def ask(self, lane: str, place: str) -> int:
        raise NotImplementedError

    async def questions(self, lane: str) -> Mapping[str, int]:
        return dict(self.asked)

    async def answer(self, lane: str, questions: Mapping[str, int]) -> None:
        self.answered.append(questions)

    async def traces(self, lane: str, place: str, key: str) -> Traces:
        raise NotImplementedError


@dataclass
class Seconds:
    """A clock that only a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


async def listening(shelf: Shelf, seconds: Seconds | None = None) -> Trail:
    """A trail whose process has been at work for a while."""
    seconds = seconds or Seconds()
    trail = Trail("telegram:1", shelf, lambda: NOW, seconds)
    await beats(trail)
    seconds.now += ATTEND_SECONDS
    await beats(trail)
    return trail


async def beats(trail: Trail) -> None:
    """One turn of `run`, in which nobody is answered."""
    running = asyncio.create_task(trail.run(lambda: False))
    await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_we_could_edit_is_on_record_at_once_and_the_rest_when_somebody_asks() -> None:
    shelf = Shelf()
    trail = await listening(shelf)
    trail.saw(THERE, 5, editable=False)
    trail.saw(THERE - 1, 6, editable=True)
    trail.saw(7, 5, editable=True)  # a private chat
    await trail.settled()
    assert shelf.notes == [{str(THERE - 1): Heard(messages=((6, 6),))}]
    await trail.attend(lambda: True)
    assert shelf.answered == [], "nobody asked"
    shelf.asked = {str(THERE): 1, str(THERE - 2): 4}
    await trail.attend(lambda: True)
    assert shelf.notes[1:] == [{str(THERE): Heard(messages=((5, 5),))}]
    assert shelf.answered == [shelf.asked]


async def test_nobody_is_answered_while_something_may_be_on_its_way_to_us() -> None:
    shelf = Shelf(asked={str(THERE): 1})
    trail = await listening(shelf)
    await trail.attend(lambda: False)
    assert shelf.answered == []
    await trail.attend(lambda: True)
    assert shelf.answered == [{str(THERE): 1}]


async def test_a_process_that_was_frozen_reads_first_what_came_meanwhile() -> None:
    shelf = Shelf(asked={str(THERE): 1})
    seconds = Seconds()
    trail = await listening(shelf, seconds)
    seconds.now += 60
    await trail.attend(lambda: True)
    await beats(trail)
    await trail.attend(lambda: True)
    assert shelf.answered == []
    seconds.now += ATTEND_SECONDS
    await beats(trail)
    await trail.attend(lambda: True)
    assert shelf.answered == [{str(THERE): 1}]


async def test_while_the_record_is_out_of_reach_nothing_is_forgotten_and_nobody_answered() -> None:
    shelf = Shelf(asked={str(THERE): 1})
    trail = await listening(shelf)
    shelf.away = True
    trail.saw(THERE, 5, editable=True)
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            await trail.settled()
    await trail.begins(THERE, "answer")  # it leaves all the same
    trail.ends(THERE, "answer", 7)
    trail.joins(THERE)
    with pytest.raises(OSError, match="away"):
        await trail.attend(lambda: True)
    assert shelf.answered == []
    shelf.away = False
    await trail.attend(lambda: True)
    whole = Heard(messages=((5, 5), (7, 7)), begun=frozenset({"answer"}), ended=frozenset({"answer"}), joined=True)
    assert shelf.notes == [{str(THERE): whole}]
    assert shelf.answered == [{str(THERE): 1}]
    await trail.settled()
    assert len(shelf.notes) == 1


async def test_what_comes_while_the_record_is_written_is_written_together_next() -> None:
    shelf = Shelf(slow=asyncio.Event())
    trail = await listening(shelf)
    waiting = []
    for number in range(1, 6):
        trail.saw(THERE, number, editable=True)
        waiting.append(asyncio.create_task(trail.settled()))
        await asyncio.sleep(0.001)
    waiting[0].cancel()  # whoever does not wait any longer takes nothing back
    assert shelf.slow is not None
    shelf.slow.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert shelf.notes == [{str(THERE): Heard(messages=((1, 1),))}, {str(THERE): Heard(messages=((2, 5),))}]


async def test_without_a_record_nothing_is_kept() -> None:
    trail = Trail("telegram:1", None, lambda: NOW, Seconds())
    trail.saw(THERE, 5, editable=True)
    await trail.begins(THERE, "answer")
    await trail.attend(lambda: True)
    await trail.settled()


@pytest.mark.parametrize(
    ("kind", "before", "after", "welcome"),
    [
        ("channel", "left", "administrator", True),
        ("channel", "kicked", "administrator", True),
        ("channel", "administrator", "administrator", False),
        ("channel", "administrator", "left", False),
        ("supergroup", "kicked", "member", True),
        ("supergroup", "left", "member", True),
        ("supergroup", "member", "administrator", False),
    ],
)
def test_from_when_we_hear_what_is_said(kind: str, before: str, after: str, welcome: bool) -> None:
    changed = {
        "chat": {"id": THERE, "type": kind},
        "old_chat_member": {"status": before},
        "new_chat_member": {"status": after},
    }
    assert welcomed({"update_id": 1, "my_chat_member": changed}) == (THERE if welcome else None)
    assert welcomed({"update_id": 1, "my_chat_member": {"chat": {}}}) is None
    assert welcomed({"update_id": 1, "message": message("x", GROUP)}) is None


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
