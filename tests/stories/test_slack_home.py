"""A person's own page on Slack: the Home tab, its forms and its windows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.base import Command, Event, Reply
from bot.adapters.slack.adapter import make
from bot.adapters.slack.settings import PlatformSettings
from bot.formatting import notice
from bot.model import Chat
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.people import User
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.views import View
from tests.stories.slack_house import HTTP, Running, drop, entry, one_workspace, paperboy

both_ways = pytest.mark.parametrize("mode", [one_workspace, HTTP], ids=["sockets", "http"])
Mode = Callable[[FakeSlack], dict[str, str]]

ONE = entry("A Reward Model for Everyone", "보상 모델에 관한 논문입니다.", "#reward-model #rlhf")
TWO = entry("Mixture of Experts, Again", "전문가 혼합에 관한 논문입니다.", "#moe")


async def shows(slack: FakeSlack, user: User, wanted: Callable[[View], bool]) -> View:
    """A person's Home, once it is as wanted."""

    def find() -> View | None:
        return user.home if user.home is not None and wanted(user.home) else None

    return await slack.eventually(find, 20.0, lambda: f"their Home is {user.home}")


async def follows(running: Running, user: User) -> set[str]:
    chat = await running.chat(user.dm)
    return {one.canonical for one in await running.store.chats.subscriptions(chat.id)}


@both_ways
async def test_home_shows_and_changes_what_one_follows(slack: FakeSlack, tmp_path: Path, mode: Mode) -> None:
    minji = slack.team.user("민지", tz="America/New_York")
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path, mode) as running:
        home = await minji.opens_home()
        for words in ("내 구독", "인기 태그", "내 설정", "다이제스트 2편", "A Reward Model", "뉴욕"):
            assert words in home.plain, words
        await minji.presses(home, "#moe", replies=0)
        home = await shows(slack, minji, lambda view: "✕ #moe" in view.labels)
        assert "#moe 구독을 시작했습니다" in home.plain
        assert "#moe" not in home.labels, "what is followed is not offered again"
        await minji.presses(home, "✕ #moe", replies=0)
        home = await shows(slack, minji, lambda view: "✕ #moe" not in view.labels)
        assert "해지했습니다" in home.plain
        assert await follows(running, minji) == set()
        assert (await running.chat(minji.dm)).zone == "America/New_York"
        assert minji.dm.from_bot == []
        assert minji.modals == []


async def test_home_is_up_to_date_whatever_changes_it(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await minji.commands(channel.team.channel("other", members=(minji,)), "/papers subscribe #rlhf")
        await shows(slack, minji, lambda view: "✕ #rlhf" in view.labels)
        await minji.says(minji.dm, "subscribe #reward-model")
        await shows(slack, minji, lambda view: "✕ #reward-model" in view.labels)
        post = await channel.wait_for(lambda message: "Mixture of Experts" in message.plain)
        await minji.presses(post, "#moe")
        await shows(slack, minji, lambda view: "✕ #moe" in view.labels)
        await minji.says(minji.dm, "settings time 07:30")
        await shows(slack, minji, lambda view: "오전 7:30" in view.plain)
        assert await follows(running, minji) == {"#rlhf", "#reward-model", "#moe"}
    asked = len(slack.requests("views.publish"))
    async with paperboy(slack, tmp_path) as running:
        await minji.commands(channel, "/papers search reward")
        assert len(slack.requests("views.publish")) == asked, "nothing was changed"
        await minji.commands(channel, "/papers unsubscribe #rlhf")
        assert await follows(running, minji) == {"#rlhf", "#reward-model", "#moe"}, "the channel's is the channel's"
        await minji.commands(minji.dm, "/papers unsubscribe #rlhf")
        await shows(slack, minji, lambda view: "✕ #rlhf" not in view.labels)


async def test_the_search_of_home_opens_the_form_and_papers_open_a_window(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path):
        home = await minji.opens_home()
        form = (await minji.presses(home, "논문 검색")).view
        answer = await minji.submits(form, {"query": "보상 모델"})
        assert "A Reward Model" in answer.view.plain
        await minji.closes(form)
        window = (await minji.presses(home, "2")).view
        assert "전문가 혼합" in window.plain
        await minji.presses(window, "#moe", replies=1)
        assert "✓ #moe" in window.labels
        await shows(slack, minji, lambda view: "✕ #moe" in view.labels)
        shown = await minji.presses(window, "#moe")
        assert "✓ #moe" not in shown.view.labels


def tokens(slack: FakeSlack) -> dict[str, str]:
    return {"bot_token": slack.team.bot_token, "app_token": slack.app.app_token}


def form_of(chat: Chat) -> dict[str, object]:
    return {
        "time": chat.posting_time.strftime("%H:%M") if chat.posting_time else None,
        "zone": chat.zone,
        "days": "".join(map(str, sorted(chat.weekdays))),
        "language": chat.language,
    }


@both_ways
async def test_the_settings_form_shows_what_is_and_changes_what_is_changed(
    slack: FakeSlack, tmp_path: Path, mode: Mode
) -> None:
    minji = slack.team.user("민지")
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path, mode) as running:
        home = await minji.opens_home()
        form = (await minji.presses(home, "설정")).view
        assert form.title == "내 설정"
        answer = await minji.submits(form)
        assert answer.closed
        assert form_of(await running.chat(minji.dm)) == {
            "time": None, "zone": "Asia/Seoul", "days": "0123456", "language": "ko",
        }  # fmt: skip
        form = (await minji.presses(minji.home or home, "설정")).view
        days = ["0", "1", "2", "3", "4"]
        answer = await minji.submits(
            form, {"when": "hour", "hour": "09:30", "zone": "Europe/London", "days": days, "everything": "on"}
        )
        assert answer.closed
        home = await shows(slack, minji, lambda view: "오전 9:30" in view.plain)
        assert "런던" in home.plain
        assert form_of(await running.chat(minji.dm)) == {
            "time": "09:30", "zone": "Europe/London", "days": "01234", "language": "ko",
        }  # fmt: skip
        assert await follows(running, minji) == {"*"}
        form = (await minji.presses(home, "설정")).view
        assert form.values["hour"]["hour"]["selected_time"] == "09:30"
        assert form.values["everything"]["everything"]["selected_option"]["value"] == "on"
        await minji.submits(form, {"when": "now", "other_zone": "베를린", "language": "en", "everything": "off"})
        home = await shows(slack, minji, lambda view: "Berlin" in view.plain)
        assert form_of(await running.chat(minji.dm)) == {
            "time": None, "zone": "Europe/Berlin", "days": "01234", "language": "en",
        }  # fmt: skip
        assert await follows(running, minji) == set()
        assert "Settings" in home.labels


async def test_an_admin_leaves_the_channels_to_the_admins_and_nobody_else_can(slack: FakeSlack, tmp_path: Path) -> None:
    owner, minji = slack.team.user("주인", owner=True), slack.team.user("민지")
    channel = slack.team.channel(members=(owner, minji))
    async with paperboy(slack, tmp_path):
        await minji.invites_bot(channel)
        await channel.wait_for()
        assert "8:00" in (await minji.commands(channel, "/papers settings time 8시")).text
        form = (await minji.presses(await minji.opens_home(), "설정")).view
        assert "admins" not in form.values
        form = (await owner.presses(await owner.opens_home(), "설정")).view
        await owner.submits(form, {"admins": ["on"]})
        refused = await minji.commands(channel, "/papers settings time 9시")
        assert "관리자만" in refused.text
        assert "9:00" in (await owner.commands(channel, "/papers settings time 9시")).text
        # A form that was forged, or filled in by somebody who was an admin a while ago, decides nothing.
        form = (await minji.presses(await minji.opens_home(), "설정")).view
        form.values["admins"] = {"admins": {"type": "checkboxes", "selected_options": []}}
        await minji.submits(form)
        assert "관리자만" in (await minji.commands(channel, "/papers settings time 10시")).text
    async with paperboy(slack, tmp_path):
        assert "관리자만" in (await minji.commands(channel, "/papers settings time 10시")).text, "it is kept"


async def test_what_is_wrong_in_the_form_is_said_at_its_field(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지", locale="en-US")
    async with paperboy(slack, tmp_path) as running:
        home = await minji.opens_home()
        form = (await minji.presses(home, "Settings")).view
        answer = await minji.submits(form, {"when": "hour", "days": [], "other_zone": "Berln"})
        assert set(answer.errors) == {"hour", "days", "other_zone"}
        assert "Europe/Berlin" in answer.errors["other_zone"]
        assert not answer.closed
        answer = await minji.submits(form, {"hour": "08:00", "days": ["5"], "other_zone": "Berlin"})
        assert answer.closed
        chat = await running.chat(minji.dm)
        assert form_of(chat) == {"time": "08:00", "zone": "Europe/Berlin", "days": "5", "language": "en"}


async def test_results_that_take_long_follow_a_word_that_they_are_on_their_way(slack: FakeSlack) -> None:
    minji = slack.team.user("민지")

    async def handle(event: Event) -> Reply:
        if isinstance(event, Command):
            await asyncio.sleep(1.3)
            return Reply(messages=(notice("ko", "search.nothing_yet"),))
        return Reply()

    adapter = make(PlatformSettings.model_validate({**tokens(slack), "api_base": slack.api_base}))
    assert adapter is not None
    await adapter.start(handle)
    running = asyncio.create_task(adapter.run())
    try:
        await slack.until_connected()
        form = (await minji.shortcut("search")).view
        answer = await minji.submits(form, {"query": "보상 모델"})
        assert "찾는 중입니다." in answer.view.plain
        await slack.until(lambda: "아직 올라온 다이제스트가 없습니다." in form.plain)
        assert "찾는 중" not in form.plain
    finally:
        await adapter.stop()
        await running


async def test_a_home_that_was_changed_meanwhile_is_read_again(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path):
        home = await minji.opens_home()
        slack.faults.refuse("hash_conflict", method="views.publish")
        again = await minji.opens_home()
        assert again.plain == home.plain
        ends = [one.end for one in slack.requests("views.publish")]
        assert ends == ["ok", "refuse", "ok"]
        assert slack.requests("views.publish")[1].params["hash"] == home.hash


async def test_home_is_published_again_after_passing_trouble(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    async with paperboy(slack, tmp_path):
        slack.faults.flood(1, method="views.publish")
        slack.faults.lose_answer(method="views.publish")
        assert "내 구독" in (await minji.opens_home()).plain


async def test_a_window_that_comes_too_late_is_a_message_instead(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path):
        home = await minji.opens_home()
        slack.faults.refuse("expired_trigger_id", method="views.open", times=2)
        await minji.presses(home, "설정", replies=0)
        await minji.dm.wait_for(lambda message: "창을" in message.plain)
        await minji.presses(home, "1", replies=0)
        await minji.dm.wait_for(lambda message: "보상 모델에 관한" in message.plain)
        assert minji.modals == []


async def test_a_window_whose_answer_was_lost_is_opened_once(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    async with paperboy(slack, tmp_path):
        home = await minji.opens_home()
        slack.faults.lose_answer(method="views.open")
        await minji.presses(home, "설정")
        await minji.dm.stays_silent(0.5)
        assert len(minji.modals) == 1


async def test_more_windows_than_slack_lets_lie_on_each_other_are_drawn_in_place(
    slack: FakeSlack, tmp_path: Path
) -> None:
    minji = slack.team.user("민지")
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path):
        form = (await minji.shortcut("search")).view
        await minji.submits(form, {"query": "latest"})
        await minji.submits(form, {"query": "#moe or #rlhf"})
        first = (await minji.presses(form, "1")).view
        for _ in range(3):
            top = minji.modals[-1]
            action = {"action_id": "pb:0", "value": "1r:latest"}
            await minji.forges(top, action, replies=1)
        assert len(minji.modals) == 3
        assert "다이제스트" in minji.modals[-1].plain
        assert first in minji.modals


async def test_the_conversation_tab_and_a_workspace_without_home_are_no_trouble(
    slack: FakeSlack, tmp_path: Path
) -> None:
    minji = slack.team.user("민지")
    async with paperboy(slack, tmp_path):
        await minji.opens_home()
        asked = len(slack.requests("views.publish"))
        await minji.opens_home(tab="messages")
        await slack.until_delivered()
        assert len(slack.requests("views.publish")) == asked
        slack.faults.refuse("not_enabled", method="views.publish", times=100)
        said = await minji.says(minji.dm, "subscribe *")
        assert "모두" in (await minji.dm.wait_for(after=said)).plain
