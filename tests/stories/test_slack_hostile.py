"""Hostile words, forged payloads and bad days on Slack: a polite answer or nothing, and never an exception."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.message import Message
from tests.fakes.slack.people import User
from tests.fakes.slack.server import FakeSlack
from tests.stories.slack_house import HTTP, drop, entry, one_workspace, paperboy

ONE = entry("A Reward Model for Everyone", "보상 모델에 관한 논문입니다.", "#reward-model #rlhf")
TWO = entry("Mixture of Experts, Again", "전문가 혼합에 관한 논문입니다.", "#moe")

NASTY = (
    "<!channel>",
    "<!here|here> <@U123> <#C123|general>",
    "<https://evil.example|arxiv.org>",
    "*굵게* _기울임_ ~취소~ `코드` ```덩어리```",
    ":smile: :rotating_light:",
    "&lt;!channel&gt; &amp;amp;",
    "\u202e뒤집기\u202c \u200b\u0000\u0007",
    '"unbalanced ((( -or or or',
    "search",
    "/search",
    "\ud83d",
    "가" * 10_000,
    "or " * 3_000,
)


def _more(user: User, count: int) -> bool:
    return len(user.ephemerals) > count


def about(words: str) -> Callable[[Message], bool]:
    return lambda message: words in message.plain


def no_exceptions(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether nothing went wrong inside that was not foreseen."""
    ours = [one for one in caplog.records if one.name.startswith(("bot.", "aiohttp.", "asyncio"))]
    return not [one for one in ours if one.exc_info or one.levelno >= logging.ERROR]


async def test_no_words_mention_link_or_format_anything_nor_go_unanswered(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = slack.team.user()
    channel = slack.team.channel(members=(reader,), bot=True)
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path, one_workspace, BOT_SLACK__REQUESTS_PER_MINUTE="10000"):
        form = (await reader.shortcut("search")).view
        for nasty in NASTY:
            words = nasty.encode("utf-8", "replace").decode()
            for command in ("search", "subscribe", "unsubscribe", "tags", "settings", ""):
                answer = await reader.commands(channel, f"/papers {command} {words}")
                assert answer.text, (command, words)
                assert "죄송" not in answer.text, (command, words)
                assert not answer.message.mentions
                styles = {style for run in answer.message.runs for style in run.styles}
                assert not {"italic", "emoji", "mention"} & styles
            if len(words) <= 2000 and words.strip():
                await reader.submits(form, {"query": words})
            before = len(reader.ephemerals)
            await reader.says(channel, f"@Paperboy search {words[:3000]}")
            await slack.until(partial(_more, reader, before))
        assert slack.mentions == []
        assert channel.from_bot == [] or all("님이" in one.plain for one in channel.from_bot)
    assert no_exceptions(caplog)


async def test_hostile_words_in_private_are_a_search_like_any_other(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = slack.team.user()
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path):
        for words in ("<!channel> *a*", "&&& ((", "가" * 10_000, ":smile:"):
            said = await reader.says(reader.dm, words)
            answer = await reader.dm.wait_for(after=said)
            assert not answer.mentions
        assert slack.mentions == []
    assert no_exceptions(caplog)


FORGED: tuple[dict[str, Any], ...] = (
    {"action_id": "pb:0", "value": ""},
    {"action_id": "pb:0", "value": "x"},
    {"action_id": "pb:0", "value": "9t:1"},
    {"action_id": "pb:0", "value": "1t:zzzzzz"},
    {"action_id": "pb:0", "value": "1c:zzzzzz"},
    {"action_id": "pb:0", "value": "1s:time.99:99"},
    {"action_id": "pb:0", "value": "1s:layout.thread"},
    {"action_id": "pb:0", "value": "1p:9.9"},
    {"action_id": "pb:0", "value": "1u:1"},
    {"action_id": "pb:0", "value": "1o:zz"},
    {"action_id": "pb:0", "value": "1r:start"},
    {"action_id": "pb:0", "value": "<!channel>" * 100},
    {"action_id": "pb:0"},
)


async def test_forged_and_old_buttons_get_a_polite_answer_and_foreign_ones_none(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    minji, guest = slack.team.user("민지"), slack.team.user("손님", guest="multi")
    channel = slack.team.channel(members=(minji, guest))
    drop(tmp_path, "one.txt", TWO)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        post = await channel.wait_for(about("Mixture of Experts"))
        before = len(channel.from_bot)
        for action in FORGED:
            answer = await guest.forges(post, action, replies=1)
            assert answer.text, action
            assert answer.message.only_for is guest, action
        for action in (
            {"action_id": "somebody_elses", "value": "1r:help"},
            {"action_id": "", "value": "1r:help"},
            {"action_id": "pb:search"},
            {"action_id": "pb:settings"},
            {"action_id": "pb:url:0", "url": "https://evil.example"},
            {"action_id": "pb:0", "type": "datepicker", "selected_date": "2024-01-01"},
        ):
            shown = len(guest.ephemerals)
            answer = await guest.forges(post, action)
            assert answer.acked, action
            assert len(guest.ephemerals) == shown
        assert len(channel.from_bot) == before
        chat = await running.chat(channel)
        assert (chat.posting_time, chat.settings.get("layout")) == (None, None)
        assert [one.canonical for one in await running.store.chats.subscriptions(chat.id)] == ["*"]
    assert no_exceptions(caplog)


async def test_a_press_on_a_year_old_message_still_works(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", TWO)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        post = await channel.wait_for(about("Mixture of Experts"))
        results = (await minji.commands(channel, "/papers search experts")).message
        slack.clock.advance(365 * 86_400)
        answer = await minji.presses(post, "#moe")
        assert "#moe" in answer.messages[0].plain
        shown = await minji.presses(results, "1")
        assert "전문가 혼합" in shown.text
        chat = await running.chat(minji.dm)
        assert [one.canonical for one in await running.store.chats.subscriptions(chat.id)] == ["#moe"]


async def test_one_persons_results_and_subscriptions_are_not_anothers(slack: FakeSlack, tmp_path: Path) -> None:
    minji, jun = slack.team.user("민지"), slack.team.user("준")
    drop(tmp_path, "one.txt", TWO, *(entry(f"Experts Number {n}", tags="#moe") for n in range(7)))
    async with paperboy(slack, tmp_path) as running:
        said = await minji.says(minji.dm, "experts")
        results = await minji.dm.wait_for(after=said)
        await minji.commands(minji.dm, "/papers subscribe #moe")
        said = await jun.says(jun.dm, "help")
        mine = await jun.dm.wait_for(after=said)
        page = results.button("다음")["value"]
        stolen = await jun.forges(mine, {"action_id": "pb:0", "value": page}, replies=1)
        assert "Experts" not in stolen.text
        (subscription,) = await running.store.chats.subscriptions((await running.chat(minji.dm)).id)
        await jun.forges(mine, {"action_id": "pb:0", "value": f"1u:{subscription.id}"}, replies=1)
        assert await running.store.chats.subscriptions((await running.chat(minji.dm)).id) == [subscription]


async def test_forged_forms_change_no_more_than_ones_own_settings(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    minji = slack.team.user("민지")
    async with paperboy(slack, tmp_path, HTTP):
        home = await minji.opens_home()
        form = (await minji.presses(home, "설정")).view
        for metadata in ("", "{", "[]", '{"l":"xx","time":7}', "x" * 3000):
            form.body["private_metadata"] = metadata
            form.values["zone"]["zone"] = {"type": "static_select", "selected_option": {"value": "Mars/Olympus"}}
            form.values["when"]["when"] = {"type": "radio_buttons", "selected_option": {"value": "hour"}}
            form.values["hour"]["hour"] = {"type": "timepicker", "selected_time": "99:99; drop table"}
            answer = await minji.submits(form)
            assert answer.closed
            form.closed = False
            minji.modals = [form]
        assert "서울" in (await minji.opens_home()).plain
    assert no_exceptions(caplog)


def forged_bodies(slack: FakeSlack) -> list[tuple[dict[str, Any], bool]]:
    team, user = slack.team.id, next(one for one in slack.team.users.values() if not one.is_bot).id
    event = {"token": "t", "team_id": team, "api_app_id": slack.app.id, "type": "event_callback", "event_time": 1}
    action = {"type": "block_actions", "team": {"id": team}, "user": {"id": user}, "api_app_id": slack.app.id}
    view = {"type": "view_submission", "team": {"id": team}, "user": {"id": user}, "api_app_id": slack.app.id}
    command = {"team_id": team, "user_id": user, "channel_id": "C1", "command": "/papers", "text": "help"}
    return [
        (
            event | {"event_id": "Ev1", "event": {"type": "message", "channel_type": "im", "user": [], "text": {}}},
            False,
        ),
        (event | {"event_id": "Ev2", "event": {"type": "app_mention", "user": user, "text": "x", "channel": 7}}, False),
        (event | {"event_id": "Ev3", "event": {"type": "channel_rename", "channel": "C1"}}, False),
        (event | {"event_id": "Ev4", "event": {"type": "tokens_revoked", "tokens": "all"}}, False),
        (event | {"event_id": "Ev5", "event": {"type": "app_home_opened", "user": None, "tab": "home"}}, False),
        (event | {"event_id": "Ev6", "event": {"type": "channel_left", "channel": "C404"}}, False),
        (event | {"event_id": "Ev7", "event": {"type": "app_uninstalled"}, "team_id": "T404"}, False),
        (event | {"event_id": "Ev8", "event": {"type": "channel_id_changed", "old_channel_id": "C1"}}, False),
        (action | {"trigger_id": "1", "actions": [{"action_id": "pb:0", "type": "button", "value": "1r:help"}]}, True),
        (action | {"trigger_id": "2", "actions": [{}]}, True),
        (action | {"trigger_id": "3", "actions": [{"action_id": "pb:search"}], "view": {"type": "home"}}, True),
        (view | {"trigger_id": "4", "view": {"id": "V1", "callback_id": "pb:search", "state": []}}, True),
        (view | {"trigger_id": "5", "view": {"id": "V1", "callback_id": "pb:settings"}}, True),
        (view | {"trigger_id": "6", "view": {"callback_id": "other"}}, True),
        (command | {"trigger_id": "7", "response_url": "https://evil.example/steal"}, True),
        (command | {"trigger_id": "8", "response_url": "http://127.0.0.1:1/x", "team_id": "T404"}, True),
        (command | {"trigger_id": "9", "response_url": ""}, True),
    ]


async def test_nothing_that_is_signed_and_odd_is_an_error_of_ours(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path, HTTP):
        for body, form in forged_bodies(slack):
            status, _ = await slack.app.sends(body, form=form)
            assert status in (200, 400), body
        await asyncio.sleep(0.5)
        assert "A Reward Model" in (await minji.commands(channel, "/papers search reward")).text
    assert no_exceptions(caplog)


# --- bad days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
@pytest.mark.parametrize("how", ["fatal_error", "missing_scope", "flood", "page", "garble"])
async def test_people_are_answered_where_slack_does_not_say_who_or_where_they_are(
    slack: FakeSlack, tmp_path: Path, method: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,), bot=True)
    drop(tmp_path, "one.txt", TWO)
    match how:
        case "flood":
            slack.faults.flood(30, method=method, times=1000)
        case "page":
            slack.faults.page(posted=False, method=method, times=1000)
        case "garble":
            slack.faults.garble(posted=False, method=method, times=1000)
        case _:
            slack.faults.refuse(how, method=method, times=1000)
    async with paperboy(slack, tmp_path) as running:
        answer = await minji.commands(channel, "/papers search experts")
        assert "Mixture of Experts" in answer.text
        answer = await minji.commands(channel, "/papers subscribe #moe")
        assert answer.text
        await minji.says(minji.dm, "태그")
        await minji.dm.wait_for()
        assert await running.store.chats.subscriptions((await running.chat(minji.dm)).id), "it is theirs alone"
        assert (await running.store.chats.counts()).active == 1, "and the channel is left as it was"
        assert channel.from_bot == []
    assert no_exceptions(caplog)


@pytest.mark.parametrize("harm", ["flood", "lost", "page"])
async def test_an_answer_is_said_again_where_it_was_not_heard(slack: FakeSlack, tmp_path: Path, harm: str) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path):
        if harm == "flood":
            slack.faults.flood(1, method="response_url")
            assert "A Reward Model" in (await minji.commands(channel, "/papers search reward")).text
            return
        # It may have been heard: it is not said twice, and the next question is answered.
        if harm == "lost":
            slack.faults.lose_request(method="response_url")
        else:
            slack.faults.page(posted=True, method="response_url")
        await minji.commands(channel, "/papers search reward", replies=0)
        await asyncio.sleep(0.5)
        assert "A Reward Model" in (await minji.commands(channel, "/papers search reward")).text
        assert len(minji.ephemerals) <= 2


async def test_who_asks_too_much_is_told_so_once(slack: FakeSlack, tmp_path: Path) -> None:
    minji, jun = slack.team.user("민지"), slack.team.user("Jun", locale="en-US")
    channel = slack.team.channel(members=(minji, jun))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path, one_workspace, BOT_SLACK__REQUESTS_PER_MINUTE="4") as running:
        form = (await minji.shortcut("search")).view
        page = (await minji.commands(channel, "/papers latest")).message
        for _ in range(2):
            await minji.commands(channel, "/papers latest")
        assert "잦습니다" in (await minji.commands(channel, "/papers latest")).text
        told = len(minji.ephemerals)
        for _ in range(5):
            await minji.commands(channel, "/papers latest", replies=0)
        await minji.shortcut("search", replies=0)
        refused = await minji.submits(form, {"query": "reward"})
        assert "잦습니다" in refused.errors["query"]
        assert "잦습니다" in (await minji.presses(page, "1")).text, "a press always gets its answer"
        await asyncio.sleep(0.3)
        assert len(minji.ephemerals) == told + 1
        assert minji.modals == [form]
        for _ in range(4):
            assert "papers" in (await jun.commands(channel, "/papers help")).text
        assert "at once" in (await jun.commands(channel, "/papers help")).text
        assert running.task.done() is False
