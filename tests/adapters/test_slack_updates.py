"""What Slack sends, read in the words of the house."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.base import Command, Event, Home, Joined, Left, Moved, Paused, Press, Renamed, Resumed
from bot.adapters.slack.happened import (
    SEARCH,
    SETTINGS,
    SHORTCUT,
    Aloud,
    Happened,
    Kind,
    OpenForm,
    Pressed,
    Quiet,
    Said,
    Submitted,
    Typed,
    Uninstalled,
    Viewed,
    WorkspaceRenamed,
)
from bot.adapters.slack.settings import PlatformSettings
from bot.adapters.slack.typed import WORDS, plain, unnamed
from bot.adapters.slack.updates import EVENTS, read
from bot.adapters.slack.workspaces import Workspace
from bot.commands import ALIASES
from bot.formatting import COMMANDS
from bot.message import ChangeSetting, FollowTag, encode_action
from bot.model import Address, ChatKind

TEAM = Workspace(
    team="T1",
    enterprise=None,
    name="연구실",
    bot_user="UBOT",
    bot_id="B1",
    app_id="A1",
    admins_only=False,
    container_refused_until=None,
    active=True,
    installed_at=datetime(2026, 1, 1, tzinfo=UTC),
)
NAMES = PlatformSettings(extra_commands={"follow": "subscribe"}).commands


def happened(kind: Kind, body: dict[str, Any]) -> Happened:
    found = read(kind, body, TEAM, NAMES)
    assert found is not None
    return found


def command(found: Happened) -> Command:
    assert isinstance(found.what, Command)
    return found.what


def slash(text: str = "", name: str = "/papers", channel: str = "C1") -> dict[str, Any]:
    return {
        "team_id": "T1",
        "channel_id": channel,
        "channel_name": "llm",
        "user_id": "U1",
        "user_name": "minji",
        "command": name,
        "text": text,
        "response_url": "https://hooks.slack.com/commands/1",
        "trigger_id": "1.2.3",
    }


def event(type_: str, **fields: Any) -> dict[str, Any]:
    return {"team_id": "T1", "event_id": "Ev1", "event": {"type": type_, **fields}}


def press(value: str, action_id: str = "pb:0", **more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "name": "minji"},
        "channel": {"id": "C1", "name": "llm"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1"},
        "message": {"ts": "1.1", "text": "논문", "blocks": []},
        "response_url": "https://hooks.slack.com/actions/1",
        "trigger_id": "1.2.3",
        "actions": [{"type": "button", "action_id": action_id, "value": value}],
        **more,
    }


# --- slash commands ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "argument"),
    [
        (slash("search 보상 모델"), "search", "보상 모델"),
        (slash("  검색   보상 모델 "), "검색", "보상 모델"),
        (slash(""), "help", ""),
        (slash("   "), "help", ""),
        (slash("/search moe"), "search", "moe"),
        (slash("papers tags"), "tags", ""),
        (slash("frobnicate me"), "frobnicate", "me"),
        (slash("reward model", "/papers-search"), "search", "reward model"),
        (slash("", "/papers-tags"), "tags", ""),
        (slash("#moe", "/follow"), "subscribe", "#moe"),
        (slash("moe", "/paper-bot-search"), "search", "moe"),
        (slash("search moe", "/paperbot"), "search", "moe"),
        (slash("search *a* <b> & `c`"), "search", "*a* <b> & `c`"),
        (slash("search a &lt;b&gt; &amp; c"), "search", "a <b> & c"),
        (slash("subscribe <#C7|rlhf>"), "subscribe", "#rlhf"),
    ],
)
def test_a_slash_command_is_read_however_it_is_spelled(typed: dict[str, Any], name: str, argument: str) -> None:
    found = happened("command", typed)
    assert (command(found).name, command(found).argument) == (name, argument)
    assert found.place == Typed(channel="C1", url="https://hooks.slack.com/commands/1", trigger="1.2.3")


def test_a_slash_command_is_about_its_channel() -> None:
    found = command(happened("command", slash("settings")))
    assert found.address == Address(lane="slack:T1", chat="C1")
    assert (found.kind, found.title, found.threads) == (ChatKind.CHANNEL, "#llm", True)
    assert found.person is not None
    assert (found.person.id, found.person.name, found.person.address.chat) == ("U1", "minji", "U1")


@pytest.mark.parametrize("title", ["privategroup", "directmessage", ""])
def test_what_is_no_name_of_a_channel_is_not_kept_as_one(title: str) -> None:
    assert command(happened("command", slash("help") | {"channel_name": title})).title == ""


def test_between_two_people_a_slash_command_is_about_its_writer() -> None:
    found = command(happened("command", slash("subscribe #moe", channel="D9")))
    assert (found.kind, found.address.chat) == (ChatKind.PRIVATE, "U1")


def test_every_command_of_the_house_is_a_word_of_a_private_message() -> None:
    assert {*COMMANDS, *ALIASES, "start"} <= WORDS


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("<@UBOT> search 보상 모델", "search", "보상 모델"),
        ("<@UBOT> /search moe", "search", "moe"),
        ("<@UBOT|paperboy>: 검색 moe", "검색", "moe"),
        ("<@UBOT>, search: moe", "search", "moe"),
        ("search moe <@UBOT>", "search", "moe"),
        ("<@UBOT> /papers search moe", "search", "moe"),
        ("<@UBOT>", "help", ""),
        ("<@UBOT> search a &lt;b&gt; &amp;amp; c", "search", "a <b> &amp; c"),
        ("<@UBOT> search <https://arxiv.org/abs/2401.00001>", "search", "https://arxiv.org/abs/2401.00001"),
        ("<@UBOT> search <http://arxiv.org|arxiv.org>", "search", "arxiv.org"),
        ("<@UBOT> subscribe <#C7|rlhf>", "subscribe", "#rlhf"),
        ("<@UBOT> search <@U2|jun> <!here> <@U3>", "search", "@jun @here @U3"),
        ("<@UBOT> search <!subteam^S1|@team> <mailto:a@b.c|a@b.c>", "search", "@team a@b.c"),
    ],
)
def test_a_mention_is_read_in_plain_words(text: str, name: str, argument: str) -> None:
    found = happened("event", event("app_mention", channel="C1", user="U1", text=text, ts="2.0", thread_ts="1.0"))
    assert (command(found).name, command(found).argument) == (name, argument)
    assert found.place == Said(channel="C1", thread="1.0")
    assert command(found).about == "C1/1.0", "the receipt of what the thread stands under"
    assert found.known_member


def test_a_channel_that_is_mentioned_by_its_id_alone_is_named() -> None:
    body = event("app_mention", channel="C1", user="U1", text="<@UBOT> subscribe <#C7|> <#C8>")
    assert unnamed("event", body) == {"C7", "C8"}
    found = read("event", body, TEAM, NAMES, {"C7": "rlhf"})
    assert found is not None
    assert command(found).argument == "#rlhf #C8"


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("보상 모델", "", "보상 모델"),
        ("search 보상 모델", "search", "보상 모델"),
        ("Search 보상 모델", "Search", "보상 모델"),
        ("검색 보상 모델", "검색", "보상 모델"),
        ("태그", "태그", ""),
        ("/papers tags", "tags", ""),
        ("/unknown thing", "unknown", "thing"),
        ("papers about rlhf", "", "papers about rlhf"),
        ("searching for gold", "", "searching for gold"),
        ("<@UBOT> tags", "tags", ""),
        ("a &lt; b", "", "a < b"),
        (":robot_face: reward :+1::skin-tone-2:", "", "reward"),
        ("보상 모델:thinking_face:", "", "보상 모델"),
        ("author:kim at 10:30:00", "", "author:kim at 10:30:00"),
        (":smile:", "", ":smile:"),
    ],
)
def test_private_words_are_a_command_where_they_begin_with_one_and_else_a_search(
    text: str, name: str, argument: str
) -> None:
    found = happened("event", event("message", channel="D1", channel_type="im", user="U1", text=text, ts="1.0"))
    assert (command(found).name, command(found).argument) == (name, argument)
    assert (command(found).kind, command(found).address.chat) == (ChatKind.PRIVATE, "U1")
    assert found.place == Said(channel="D1", thread="")
    assert command(found).about is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("help me find reward models", "help me find reward models"),
        ("검색 증강 생성", "검색 증강 생성"),
        ("/help me", ""),
        ("검색: 증강 생성", ""),
        ("papers search rag", ""),
        ("tags", ""),
        ("보상 모델", ""),
    ],
)
def test_a_command_without_a_slash_comes_with_its_whole_line(text: str, line: str) -> None:
    found = happened("event", event("message", channel="D1", channel_type="im", user="U1", text=text, ts="1.0"))
    assert command(found).line == line


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "B1"},
        {"bot_id": "B9", "subtype": "bot_message"},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"edited": {"user": "U1", "ts": "2.0"}},
        {"hidden": True},
        {"text": "  "},
        {"text": None},
        {"channel": None},
        {"channel_type": "channel"},
        {"subtype": 7},
    ],
)
def test_edits_bots_and_ourselves_are_left_alone(fields: dict[str, Any]) -> None:
    body = event("message", **{"channel": "D1", "channel_type": "im", "user": "U1", "text": "moe", **fields})
    assert read("event", body, TEAM, NAMES) is None


def test_a_file_sent_with_words_is_a_search_for_the_words() -> None:
    body = event("message", channel="D1", channel_type="im", user="U1", text="moe", subtype="file_share", files=[{}])
    assert command(happened("event", body)).argument == "moe"


@pytest.mark.parametrize(
    "fields", [{"channel": "D1"}, {"channel_type": "im"}, {"bot_id": "B2"}, {"edited": {"ts": "2.0"}}]
)
def test_a_mention_in_private_is_not_answered_twice_and_one_by_a_bot_never(fields: dict[str, Any]) -> None:
    body = event("app_mention", **{"channel": "C1", "user": "U1", "text": "<@UBOT> tags", **fields})
    assert read("event", body, TEAM, NAMES) is None


# --- presses and forms ------------------------------------------------------------------------------------------


def test_a_press_on_a_post_is_one_with_room_and_knows_where_it_is() -> None:
    found = happened("action", press(encode_action(FollowTag(7))))
    assert isinstance(found.what, Press)
    assert (found.what.action, found.what.room, found.what.kind) == (FollowTag(7), True, ChatKind.CHANNEL)
    assert isinstance(found.place, Pressed)
    assert (found.place.channel, found.place.thread, found.place.ephemeral) == ("C1", "", False)


def test_a_press_in_a_thread_is_answered_in_the_thread() -> None:
    container = {"type": "message", "message_ts": "2.2", "channel_id": "C1", "thread_ts": "1.1"}
    found = happened("action", press("1r:help", container=container, message={"ts": "2.2", "thread_ts": "1.1"}))
    assert isinstance(found.place, Pressed)
    assert found.place.thread == "1.1"


def test_a_press_on_the_head_of_a_thread_is_none_in_the_thread() -> None:
    container = {"type": "message", "message_ts": "1.1", "channel_id": "C1", "thread_ts": "1.1"}
    found = happened("action", press("1r:help", container=container))
    assert isinstance(found.place, Pressed)
    assert found.place.thread == ""


def test_a_press_on_what_only_one_person_sees_knows_no_message() -> None:
    container = {"type": "message", "message_ts": "1.1", "channel_id": "C1", "is_ephemeral": True}
    found = happened("action", press("1r:help", container=container, message=None))
    assert isinstance(found.place, Pressed)
    assert (found.place.ephemeral, found.place.message) == (True, {})


@pytest.mark.parametrize(
    ("is_ephemeral", "message", "alone"),
    [(True, {"ts": "1.1"}, True), (False, None, True), (False, {"ts": "1.1"}, False)],
)
def test_what_nobody_else_sees_is_said_to_be_so(is_ephemeral: bool, message: Any, alone: bool) -> None:
    container = {"type": "message", "message_ts": "1.1", "channel_id": "C1", "is_ephemeral": is_ephemeral}
    found = happened("action", press("1r:help", container=container, message=message))
    assert isinstance(found.what, Press)
    assert found.what.alone is alone
    assert isinstance(found.place, Pressed)
    assert found.place.ephemeral is alone
    assert command(happened("command", slash("tags"))).alone
    assert not command(happened("event", event("app_mention", channel="C1", user="U1", text="<@UBOT> tags"))).alone


@pytest.mark.parametrize("value", ["", "x", "9t:1", "1t:" + "z" * 60, "\x00", "<!channel>"])
def test_a_forged_value_is_a_press_of_nothing(value: str) -> None:
    found = happened("action", press(value))
    assert isinstance(found.what, Press)
    assert found.what.action is None


@pytest.mark.parametrize(
    "body",
    [
        press("1r:help", "other_app"),
        press("1r:help", ""),
        press("1r:help") | {"actions": []},
        press("1r:help") | {"actions": "nonsense"},
        press("1r:help") | {"actions": [None]},
        press("1r:help") | {"user": None},
        press("1r:help") | {"channel": None, "container": None},
        press("1r:help") | {"actions": [{"type": "button", "action_id": "pb:url:0", "url": "https://arxiv.org"}]},
        press("1r:help") | {"actions": [{"type": "datepicker", "action_id": "pb:0", "selected_date": "2024-01-01"}]},
        press("", SEARCH),
    ],
)
def test_what_is_no_button_of_ours_means_nothing(body: dict[str, Any]) -> None:
    assert read("action", body, TEAM, NAMES) is None


def view(**more: Any) -> dict[str, Any]:
    return {"id": "V1", "type": "modal", "callback_id": SEARCH, "private_metadata": "{}", "blocks": [], **more}


def test_a_press_in_home_is_about_the_person_alone() -> None:
    body = press(encode_action(ChangeSetting("time")), view=view(type="home"), container={"type": "view"})
    found = happened("action", body | {"channel": None, "message": None})
    assert isinstance(found.what, Press)
    assert (found.what.kind, found.what.address.chat, found.what.room) == (ChatKind.PRIVATE, "U1", False)
    assert isinstance(found.place, Viewed)
    assert found.place.home


@pytest.mark.parametrize("form", [SEARCH, SETTINGS])
def test_the_buttons_of_home_open_a_form(form: str) -> None:
    body = press("", form, view=view(type="home"), container={"type": "view"})
    assert happened("action", body).what == OpenForm(form=form)


def test_the_shortcut_opens_the_search_form_and_others_nothing() -> None:
    body = {"type": "shortcut", "callback_id": SHORTCUT, "user": {"id": "U1"}, "trigger_id": "1.2"}
    assert happened("shortcut", body).what == OpenForm(form=SEARCH)
    assert read("shortcut", body | {"callback_id": "other"}, TEAM, NAMES) is None
    assert read("shortcut", body | {"user": {}}, TEAM, NAMES) is None


def test_a_submitted_form_is_read_field_by_field() -> None:
    state = {
        "values": {
            "query": {"query": {"type": "plain_text_input", "value": "보상 모델"}},
            "empty": {"query": {"type": "plain_text_input", "value": None}},
            "hour": {"hour": {"type": "timepicker", "selected_time": "09:30"}},
            "zone": {"zone": {"type": "static_select", "selected_option": {"value": "Asia/Seoul"}}},
            "days": {"days": {"type": "checkboxes", "selected_options": [{"value": "0"}, {"value": "4"}, None]}},
            "none": {"days": {"type": "checkboxes", "selected_options": []}},
            "odd": [],
        }
    }
    found = happened("view", {"type": "view_submission", "user": {"id": "U1"}, "view": view(state=state)})
    assert isinstance(found.what, Submitted)
    assert found.what.values == {
        "query": "보상 모델",
        "empty": "",
        "hour": "09:30",
        "zone": "Asia/Seoul",
        "days": ("0", "4"),
        "none": (),
    }


@pytest.mark.parametrize(
    "body",
    [
        {"type": "view_closed", "user": {"id": "U1"}, "view": view()},
        {"type": "view_submission", "user": {"id": "U1"}, "view": view(callback_id="other")},
        {"type": "view_submission", "user": {}, "view": view()},
        {"type": "view_submission", "user": {"id": "U1"}, "view": None},
    ],
)
def test_other_forms_mean_nothing(body: dict[str, Any]) -> None:
    assert read("view", body, TEAM, NAMES) is None


# --- coming and going -------------------------------------------------------------------------------------------


def test_home_is_looked_at_in_its_own_tab() -> None:
    found = happened("event", event("app_home_opened", user="U1", channel="D1", tab="home", view={"hash": "1.ab"}))
    assert isinstance(found.what, Home)
    assert found.what.address.chat == "U1"
    assert isinstance(found.place, Viewed)
    assert found.place.view == {"hash": "1.ab"}
    assert read("event", event("app_home_opened", user="U1", channel="D1", tab="messages"), TEAM, NAMES) is None


def test_being_added_is_told_with_who_did_it_and_others_coming_is_not() -> None:
    found = happened("event", event("member_joined_channel", user="UBOT", channel="C1", inviter="U1"))
    assert isinstance(found.what, Joined)
    assert found.what.person is not None
    assert (found.user, found.what.person.id, found.place) == ("U1", "U1", Aloud(channel="C1"))
    alone = happened("event", event("member_joined_channel", user="UBOT", channel="C1"))
    assert isinstance(alone.what, Joined)
    assert alone.what.person is None
    assert read("event", event("member_joined_channel", user="U2", channel="C1"), TEAM, NAMES) is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (event("member_left_channel", user="UBOT", channel="C1"), "removed"),
        (event("channel_left", channel="C1"), "removed"),
        (event("group_left", channel="C1"), "removed"),
        (event("channel_deleted", channel="C1"), "deleted"),
        (event("group_deleted", channel="C1"), "deleted"),
    ],
)
def test_leaving_says_why(body: dict[str, Any], reason: str) -> None:
    found = happened("event", body)
    assert isinstance(found.what, Left)
    assert reason in found.what.reason
    assert (found.what.address.chat, found.place) == ("C1", Quiet())


def test_somebody_elses_leaving_is_not_ours() -> None:
    assert read("event", event("member_left_channel", user="U2", channel="C1"), TEAM, NAMES) is None


@pytest.mark.parametrize(
    ("type_", "what"),
    [
        ("channel_archive", Paused),
        ("group_archive", Paused),
        ("channel_unarchive", Resumed),
        ("group_unarchive", Resumed),
    ],
)
def test_the_archive_is_a_pause_and_nothing_is_said_about_it(type_: str, what: type[Event]) -> None:
    found = happened("event", event(type_, channel="C1", user="U2"))
    assert type(found.what) is what
    assert (found.place, found.user) == (Quiet(), "")


def test_a_new_id_is_a_move() -> None:
    found = happened("event", event("channel_id_changed", old_channel_id="G1", new_channel_id="C1"))
    assert isinstance(found.what, Moved)
    assert (found.what.address.chat, found.what.to.chat) == ("G1", "C1")
    same = event("channel_id_changed", old_channel_id="C1", new_channel_id="C1")
    assert read("event", same, TEAM, NAMES) is None


def test_new_names_are_told() -> None:
    channel = happened("event", event("channel_rename", channel={"id": "C1", "name": "llm-papers", "created": 1}))
    assert isinstance(channel.what, Renamed)
    assert (channel.what.address.chat, channel.what.title) == ("C1", "#llm-papers")
    assert happened("event", event("team_rename", name="새 이름")).what == WorkspaceRenamed(name="새 이름")
    assert read("event", event("channel_rename", channel="C1"), TEAM, NAMES) is None
    assert read("event", event("team_rename"), TEAM, NAMES) is None


def test_uninstalling_and_a_revoked_bot_token_are_the_end_and_a_persons_token_is_not() -> None:
    assert isinstance(happened("event", event("app_uninstalled")).what, Uninstalled)
    revoked = event("tokens_revoked", tokens={"oauth": ["U1"], "bot": ["UBOT"]})
    assert isinstance(happened("event", revoked).what, Uninstalled)
    assert read("event", event("tokens_revoked", tokens={"oauth": ["U1"], "bot": []}), TEAM, NAMES) is None


def test_every_event_that_is_asked_for_means_something_and_no_other_does() -> None:
    full = {
        "user": "UBOT", "channel": "C1", "tab": "home", "name": "이름", "text": "<@UBOT> tags", "ts": "1.0",
        "old_channel_id": "G1", "new_channel_id": "C1", "tokens": {"bot": ["UBOT"]},
    }  # fmt: skip
    special: dict[str, dict[str, Any]] = {
        "message.im": {"user": "U1", "channel": "D1", "channel_type": "im"},
        "app_mention": {"user": "U1"},
        "app_home_opened": {"user": "U1"},
        "channel_rename": {"channel": {"id": "C1", "name": "a"}},
        "group_rename": {"channel": {"id": "C1", "name": "a"}},
    }
    for name in EVENTS:
        body = event(name.partition(".")[0], **(full | special.get(name, {})))
        assert read("event", body, TEAM, NAMES) is not None, name
    for name in ("reaction_added", "channel_created", "message.channels", "team_join", ""):
        assert read("event", event(name.partition(".")[0], **full), TEAM, NAMES) is None, name


# --- nonsense ---------------------------------------------------------------------------------------------------

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["U1", "UBOT", "C1", "D1", "im"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    [
        "type", "user", "channel", "text", "actions", "view", "container", "message", "event", "callback_id", "state",
        "values", "id", "action_id", "value", "command", "user_id", "channel_id", "tab", "tokens", "bot", "subtype",
        "old_channel_id", "new_channel_id", "channel_type", "blocks", "private_metadata", "name", "inviter",
    ]
)  # fmt: skip
things = st.dictionaries(keys, json | st.dictionaries(keys, json, max_size=4), max_size=8)
types = st.sampled_from([*(name.partition(".")[0] for name in EVENTS), "view_submission", "block_actions"])


@given(st.sampled_from(get_args(Kind)), things, things, types)
def test_nothing_that_can_be_sent_is_too_odd_to_be_read(
    kind: Kind, body: dict[str, Any], inner: dict[str, Any], type_: str
) -> None:
    for tried in (body, body | {"event": inner | {"type": type_}}, body | {"view": inner | {"callback_id": SETTINGS}}):
        found = read(kind, tried, TEAM, NAMES)
        assert found is None or isinstance(found.what, Event | OpenForm | Submitted | WorkspaceRenamed | Uninstalled)
        unnamed(kind, tried)


@given(st.text())
def test_plain_words_hold_no_reference_any_more(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped) == text


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_command_line_is_too_odd_to_be_read(name: str, text: str) -> None:
    found = read("command", slash(text, name), TEAM, NAMES)
    assert found is not None
    assert command(found).name
