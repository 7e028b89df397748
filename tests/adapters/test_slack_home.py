"""Home and the windows: what stands in them, and what their forms say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.views import View

from bot.adapters.slack.happened import SEARCH, SETTINGS, SHOWN
from bot.adapters.slack.home import (
    admins_only,
    changes,
    follows_everything,
    home_view,
    language_of,
    mistakes,
    query_in,
    redrawn,
    search_view,
    settings_view,
    shown_view,
)
from bot.formatting import heading, notice
from bot.message import (
    Button,
    ChangeSetting,
    FollowTag,
    Message,
    Paragraph,
    ShowPaper,
    Text,
    decode_action,
)
from bot.model import Address, Chat, ChatKind
from bot.strings import LANGUAGES

PARTS = tuple(
    Message(
        summary=f"부분 {part}",
        blocks=(heading(f"부분 {part}"), Paragraph((Text("글 <!channel> *굵게*"),))),
        buttons=((Button("#moe", FollowTag(part + 1)), Button("1", ShowPaper(5))),),
    )
    for part in range(4)
)
CHAT = Chat(
    id=1,
    address=Address(lane="slack:T1", chat="U1"),
    kind=ChatKind.PRIVATE,
    title="",
    language="ko",
    zone="Asia/Seoul",
    posting_time=None,
    weekdays=frozenset(range(5)),
    next_post_at=None,
    planned_until=datetime(2026, 1, 1, tzinfo=UTC),
    active=True,
    inactive_reason=None,
    paused_until=None,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def valid(view: dict[str, Any]) -> bool:
    """By Slack's own library, and by what it misses."""
    View(**view).validate_json()
    ids = [block["block_id"] for block in view["blocks"]]
    assert len(set(ids)) == len(ids)
    assert len(view["blocks"]) <= 100
    assert len(view.get("private_metadata", "")) <= 3000
    for name in ("title", "submit", "close"):
        assert 1 <= len(view.get(name, {"text": "x"})["text"]) <= 24
    for block in view["blocks"]:
        if block["type"] == "actions":
            actions = [element["action_id"] for element in block["elements"]]
            assert len(set(actions)) == len(actions)
    return True


def actions(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [element for block in view["blocks"] if block["type"] == "actions" for element in block["elements"]]


def filled(view: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The form as it comes back: with what it showed, but for what a person changed."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        name, kind = block["block_id"], element["type"]
        said: dict[str, Any] = {"type": kind}
        match kind:
            case "plain_text_input":
                said["value"] = changed.get(name, element.get("initial_value"))
            case "timepicker":
                said["selected_time"] = changed.get(name, element.get("initial_time"))
            case "checkboxes":
                chosen = changed.get(name, [one["value"] for one in element.get("initial_options", ())])
                said["selected_options"] = [{"value": one} for one in chosen]
            case _:
                first = element.get("initial_option")
                one = changed.get(name, first["value"] if first else None)
                said["selected_option"] = {"value": one} if one else None
        values[name] = {element["action_id"]: said}
    return view | {"id": "V1", "state": {"values": values}}


# --- windows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_window_is_valid_in_both_languages(language: str) -> None:
    chat = replace(CHAT, language=language)
    slash = "/papers"
    assert valid(home_view(PARTS, language=language, slash=slash, note="바꿨습니다."))
    assert valid(home_view((), language=language, slash=slash))
    assert valid(shown_view(PARTS, language=language, slash=slash, note="x" * 5000))
    assert valid(search_view(language=language, slash=slash))
    assert valid(search_view(language=language, slash=slash, query="가" * 9000, messages=PARTS, note="n"))
    for everything, admins in ((True, True), (False, False), (None, None)):
        for when in (None, time(9, 30), time(0)):
            form = settings_view(replace(chat, posting_time=when), everything=everything, admins_only=admins)
            assert valid(form)
            assert admins_only(filled(form)) is admins


def test_home_opens_both_forms_and_remembers_its_language() -> None:
    view = home_view(PARTS, language="en", slash="/papers")
    assert [button["action_id"] for button in actions(view)][:2] == [SEARCH, SETTINGS]
    assert language_of(view) == "en"
    assert decode_action(actions(view)[2]["value"]) == FollowTag(1)


def test_a_home_of_very_many_parts_is_cut_to_what_slack_takes() -> None:
    assert valid(home_view(PARTS * 40, language="ko", slash="/papers", note="새 소식"))


def test_nothing_that_is_shown_can_mention_or_format() -> None:
    view = shown_view(PARTS, language="ko", slash="/papers", note="<!channel> *a* :smile:")
    assert "mrkdwn" not in json.dumps(view)


def test_a_window_redrawn_keeps_its_form_and_its_words_and_switches_its_buttons() -> None:
    view = search_view(language="ko", slash="/papers", query="moe", messages=PARTS, note="옛 소식")
    drawn = redrawn(view | {"id": "V1", "hash": "1.a", "team_id": "T1"}, states={1: True}, note="새 소식")
    assert valid(drawn)
    assert "hash" not in drawn
    assert drawn["blocks"][0] == view["blocks"][0]
    shown = json.dumps(drawn["blocks"], ensure_ascii=False)
    assert "새 소식" in shown
    assert "옛 소식" not in shown
    assert [button["text"]["text"] for button in actions(drawn) if button["value"] == "1t:1"] == ["✓ #moe"]
    off = redrawn(drawn, states={1: False})
    assert [button["text"]["text"] for button in actions(off) if button["value"] == "1t:1"] == ["#moe"]


@pytest.mark.parametrize("view", [{}, {"blocks": None}, {"blocks": [None, 7, "x"], "type": "modal"}])
def test_a_window_that_cannot_be_read_is_redrawn_empty(view: dict[str, Any]) -> None:
    assert redrawn(view, states={1: True})["blocks"] == []


# --- the search form --------------------------------------------------------------------------------------------


def test_the_search_form_says_what_was_typed_and_wants_something() -> None:
    view = search_view(language="en", slash="/papers", query="moe")
    assert query_in(filled(view)) == "moe"
    assert mistakes(filled(view)) == {}
    assert set(mistakes(filled(view, query="  "))) == {"query"}
    assert query_in(shown_view(PARTS, language="en", slash="/papers")) == ""


# --- the settings form ------------------------------------------------------------------------------------------


def settings_form(**more: Any) -> dict[str, Any]:
    return settings_view(replace(CHAT, **more), everything=False)


def test_a_form_that_was_not_changed_changes_nothing() -> None:
    for chat in (CHAT, replace(CHAT, posting_time=time(9, 30), zone="Asia/Kathmandu", language="en")):
        for everything in (True, False, None):
            view = filled(settings_view(chat, everything=everything))
            assert changes(view) == []
            assert mistakes(view) == {}


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({"when": "hour", "hour": "09:30"}, ["time 09:30"]),
        ({"when": "now", "hour": "09:30"}, []),
        ({"zone": "Europe/London"}, ["zone Europe/London"]),
        ({"other_zone": "베를린"}, ["zone Europe/Berlin"]),
        ({"zone": "Europe/London", "other_zone": "Berlin"}, ["zone Europe/Berlin"]),
        ({"days": ["0", "2", "4"]}, ["days 024"]),
        ({"language": "en"}, ["language en"]),
        ({"everything": "on"}, ["everything on"]),
        ({"days": ["6"], "language": "en", "when": "hour", "hour": "07:00"}, ["days 6", "time 07:00", "language en"]),
    ],
)
def test_each_changed_field_is_one_command(changed: dict[str, Any], lines: list[str]) -> None:
    view = filled(settings_form(), **changed)
    assert mistakes(view) == {}
    assert changes(view) == lines


def test_an_hour_can_be_given_up_for_at_once() -> None:
    assert changes(filled(settings_form(posting_time=time(9)), when="now")) == ["time now"]


def test_what_is_wrong_is_said_at_its_field() -> None:
    view = filled(settings_form(), when="hour", days=[], other_zone="Mars/Olympus")
    assert set(mistakes(view)) == {"hour", "days", "other_zone"}
    near = mistakes(filled(settings_form(), other_zone="Berln"))["other_zone"]
    assert "Europe/Berlin" in near
    several = mistakes(filled(settings_form(language="en"), other_zone="usa"))["other_zone"]
    assert "America/New_York" in several


def test_the_form_shows_the_zone_that_one_has_even_where_it_is_rare() -> None:
    for zone in ("Asia/Kathmandu", "UTC+05:45", "Etc/GMT-9"):
        view = settings_form(zone=zone)
        assert valid(view)
        chosen = next(block["element"]["initial_option"] for block in view["blocks"] if block["block_id"] == "zone")
        assert chosen["value"] == zone


def test_whether_everything_is_followed_is_read_from_the_page_of_the_house() -> None:
    def page(on: str) -> Message:
        rows = tuple((Button(value, ChangeSetting("everything", value), on=value == on),) for value in ("on", "off"))
        return notice("ko", "settings.everything_hint", buttons=rows)

    assert follows_everything(page("on")) is True
    assert follows_everything(page("off")) is False
    assert follows_everything(notice("ko", "command.sorry")) is None
    assert follows_everything(None) is None


# --- forged -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metadata", ["", "{", "[]", "null", '{"l":"xx"}', '{"l":7}', "[" * 3000, '{"time":"09:00","zone":[]}']
)
def test_forged_metadata_is_no_more_than_a_form_that_was_all_changed(metadata: str) -> None:
    view = filled(settings_form()) | {"private_metadata": metadata}
    assert language_of(view) == "ko"
    assert mistakes(view) == {}
    assert {line.partition(" ")[0] for line in changes(view)} <= {"time", "zone", "days", "language", "everything"}


odd = st.recursive(
    st.none() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["when", "hour", "zone", "other_zone", "days", "language", "everything", "query"])
elements = st.fixed_dictionaries(
    {},
    optional={
        "value": odd,
        "selected_option": odd | st.fixed_dictionaries({"value": st.text(max_size=20)}),
        "selected_options": odd | st.lists(st.fixed_dictionaries({"value": st.text(max_size=3)}), max_size=9),
        "selected_time": odd,
    },
)


@given(
    st.sampled_from([SEARCH, SETTINGS, SHOWN, "other"]),
    st.text(max_size=40),
    st.dictionaries(fields, odd | st.dictionaries(st.text(max_size=5), elements, max_size=2), max_size=8),
    odd,
)
def test_no_form_is_too_odd_to_be_read(form: str, metadata: str, state: dict[str, Any], blocks: Any) -> None:
    view = {"callback_id": form, "private_metadata": metadata, "state": {"values": state}, "blocks": blocks}
    for sentence in mistakes(view).values():
        assert sentence
        assert len(sentence) < 300
    assert all(isinstance(line, str) for line in changes(view))
    query_in(view)
    redrawn(view, states={1: True}, note=metadata)
