"""The parts of Slack's adapter by themselves: the client, the voice, workspaces, tiers, and what comes in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError

from bot.adapters.base import ChatPaused, FateUnknown, NotSent, RateLimited, Rejected
from bot.adapters.slack.account import SlackAdapter
from bot.adapters.slack.cipher import Cipher
from bot.adapters.slack.client import Api, Unreadable
from bot.adapters.slack.errors import code
from bot.adapters.slack.receiving import NoEffect, Overloaded, Receiver, row_of
from bot.adapters.slack.settings import PlatformSettings
from bot.adapters.slack.tiers import Tier
from bot.adapters.slack.voice import FormRefused, Voice
from bot.adapters.slack.workspaces import Workspaces
from bot.message import Message, Paragraph, Text
from bot.model import Address, ChatKind
from bot.pacing import Limits
from bot.store import Store
from tests.adapters.bench import a_chat, a_paper
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.server import FakeSlack

POST = "chat.postMessage"
SAID = {"text": "hello", "unfurl_links": False, "unfurl_media": False}


class Clock:
    """A wall clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def workspaces(clock: Callable[[], datetime], store: Any = None, **more: Any) -> Workspaces:
    given = {"cipher": Cipher("a passphrase of many letters"), "own_token": None, "fold": "auto"} | more
    return Workspaces(
        store=store,
        limits=Limits(per_second=5, chat_interval=0),
        admins_only=False,
        now=clock,
        monotonic=time.monotonic,
        **given,
    )


async def install(known: Workspaces, team: str, token: str | None = "xoxb-token") -> None:  # noqa: S107
    await known.installed(
        team=team, enterprise=None, name="연구실", bot_user="U1", bot_id="B1", app_id="A1", token=token
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def known(slack: FakeSlack, clock: Clock) -> Workspaces:
    found = workspaces(clock)
    await install(found, slack.team.id, slack.team.bot_token)
    return found


@pytest.fixture
async def api(slack: FakeSlack, known: Workspaces) -> AsyncIterator[Api]:
    made = Api(base=slack.api_base, seconds=2.0, connections=4, token=known.token)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def voice(api: Api, known: Workspaces) -> Voice:
    return Voice(api, known, time.monotonic)


# --- the client ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("harm", "failure"),
    [
        (lambda faults: faults.lose_answer(), "disconnected"),
        (lambda faults: faults.lose_request(), "disconnected"),
        (lambda faults: faults.stall(5, posted=True), "timeout"),
        (lambda faults: faults.page(503, posted=False), "http_503"),
        (lambda faults: faults.garble(posted=True), "unknown"),
        (lambda faults: faults.truncate(posted=True), "disconnected"),
        (lambda faults: faults.flood(7), "ratelimited"),
        (lambda faults: faults.refuse("fatal_error", posted=True), "fatal_error"),
    ],
)
async def test_whatever_goes_wrong_a_call_is_one_request(
    slack: FakeSlack, api: Api, harm: Callable[[Any], object], failure: str
) -> None:
    channel = slack.team.channel(bot=True)
    harm(slack.faults)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any kind
        await api.call(slack.team.id, POST, {"channel": channel.id, **SAID})
    assert code(caught.value) == failure
    await asyncio.sleep(0.1)
    assert len(slack.requests(POST)) <= 1, "a stalled request is noted when it ends"
    assert slack.team.bot_token not in repr(caught.value) + str(caught.value)


async def test_a_refused_connection_was_never_a_request(slack: FakeSlack, api: Api) -> None:
    await slack.go_dark()
    with pytest.raises(aiohttp.ClientConnectorError):
        await api.call(slack.team.id, POST, {"channel": "C1", **SAID})
    await slack.come_back()


async def test_a_workspace_without_a_token_is_refused_before_it_costs_anything(slack: FakeSlack, api: Api) -> None:
    with pytest.raises(SlackApiError) as caught:
        await api.call("T0NOBODY", POST, {"channel": "C1", **SAID})
    assert code(caught.value) == "not_authed"
    assert not slack.requests(POST)


async def test_methods_that_know_forms_only_get_forms(slack: FakeSlack, api: Api) -> None:
    channel = slack.team.channel(bot=True)
    await api.call(
        slack.team.id, POST, {"channel": channel.id, **SAID, "metadata": {"event_type": "a", "event_payload": {}}}
    )
    params = {"channel": channel.id, "inclusive": True, "limit": 15, "include_all_metadata": True, "cursor": None}
    answer = await api.call(slack.team.id, "conversations.history", params)
    (message,) = answer["messages"]
    assert message["metadata"] == {"event_type": "a", "event_payload": {}}


async def test_an_answer_that_is_no_slack_answer_is_unreadable_and_not_quoted(slack: FakeSlack, api: Api) -> None:
    slack.faults.garble(posted=False, method=POST)
    with pytest.raises((SlackApiError, Unreadable)) as caught:
        await api.call(slack.team.id, POST, {"channel": "C1", **SAID})
    assert code(caught.value) == "unknown"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/commands/1",
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com.evil.example/1",
        "https://hooks.slack.com:8443/1",
        "https://evil.example/@hooks.slack.com/",
        "file:///etc/passwd",
        "",
        "http://[",
    ],
)
async def test_answers_go_to_slack_and_nowhere_else(api: Api, url: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        await api.respond(url, SAID)
    assert code(caught.value) == "invalid_url"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://slack.com/api/", "https://hooks.slack.com/commands/1"),
        ("https://slack-gov.com/api/", "https://hooks.slack-gov.com/commands/1"),
        ("http://relay.internal:8080/api/", "https://hooks.slack.com/commands/1"),
    ],
)
async def test_answers_go_to_the_slack_that_is_talked_to(base: str, url: str) -> None:
    api = Api(base=base, seconds=1, connections=2, token=lambda team: None)
    with pytest.raises(aiohttp.ClientConnectionError, match="not connected"):
        await api.respond(url, SAID)


async def test_the_library_is_told_to_keep_quiet(slack: FakeSlack, api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await api.call(slack.team.id, POST, {"channel": slack.team.channel(bot=True).id, **SAID})
    assert "hello" not in caplog.text
    assert slack.team.bot_token not in caplog.text


# --- the voice ----------------------------------------------------------------------------------------------------


async def test_told_to_wait_a_little_an_answer_waits_and_is_given(slack: FakeSlack, voice: Voice) -> None:
    channel = slack.team.channel(bot=True)
    slack.faults.flood(1, method=POST, holds=True)
    began = time.monotonic()
    await voice.say(slack.team.id, POST, {"channel": channel.id, **SAID}, channel=channel.id)
    assert time.monotonic() - began >= 1
    assert len(channel.from_bot) == 1


async def test_nobody_waits_for_an_answer_longer_than_a_minute(slack: FakeSlack, voice: Voice) -> None:
    slack.faults.flood(61, method=POST)
    with pytest.raises(RateLimited):
        await voice.say(slack.team.id, POST, {"channel": slack.team.channel(bot=True).id, **SAID}, channel=None)
    assert len(slack.requests(POST)) == 1


async def test_an_answer_that_may_have_been_given_is_not_given_again(slack: FakeSlack, voice: Voice) -> None:
    channel = slack.team.channel(bot=True)
    slack.faults.lose_answer(method=POST)
    with pytest.raises(FateUnknown):
        await voice.say(slack.team.id, POST, {"channel": channel.id, **SAID}, channel=channel.id)
    assert len(channel.from_bot) == 1


async def test_without_a_connection_an_answer_is_tried_a_few_times(slack: FakeSlack, voice: Voice) -> None:
    channel = slack.team.channel(bot=True)
    await slack.go_dark()
    saying = asyncio.create_task(voice.say(slack.team.id, POST, {"channel": channel.id, **SAID}, channel=channel.id))
    await asyncio.sleep(0.7)
    await slack.come_back()
    await saying
    assert len(channel.from_bot) == 1
    await slack.go_dark()
    with pytest.raises(NotSent):
        await voice.say(slack.team.id, POST, {"channel": channel.id, **SAID}, channel=channel.id)
    await slack.come_back()


async def test_what_is_refused_is_not_said_again_and_what_costs_nothing_fails_quietly(
    slack: FakeSlack, voice: Voice
) -> None:
    slack.faults.refuse("msg_too_long", method=POST)
    with pytest.raises(Rejected):
        await voice.say(slack.team.id, POST, {"channel": slack.team.channel(bot=True).id, **SAID}, channel=None)
    assert len(slack.requests(POST)) == 1
    assert await voice.tell(slack.team.id, "views.open", {"trigger_id": "1.2", "view": {}}) is None
    slack.violations.clear()


async def test_an_address_to_answer_at_is_used_once_for_each_answer(slack: FakeSlack, voice: Voice) -> None:
    with pytest.raises(Exception, match="invalid_url"):
        await voice.respond(slack.team.id, "https://evil.example/", SAID)
    slack.faults.refuse("expired_url", method="response_url")
    with pytest.raises(Rejected):
        await voice.respond(slack.team.id, f"{slack.url}/commands/{slack.team.id}/1", SAID)


# --- containers ---------------------------------------------------------------------------------------------------


async def test_containers_are_tried_again_after_a_day(
    slack: FakeSlack, voice: Voice, known: Workspaces, clock: Clock
) -> None:
    channel = slack.team.channel(bot=True)
    team = slack.team.id
    slack.team.container = False
    box = {
        "type": "container",
        "title": {"type": "plain_text", "text": "초록"},
        "child_blocks": [{"type": "section", "text": {"type": "plain_text", "text": "글"}}],
    }
    params = {"channel": channel.id, **SAID, "blocks": [box]}
    assert known.fold(team) == "container"
    with pytest.raises(FormRefused):
        await voice.say(team, POST, params, channel=channel.id)
    assert known.fold(team) == "attachment"
    clock.now += timedelta(hours=23)
    assert known.fold(team) == "attachment"
    clock.now += timedelta(hours=2)
    assert known.fold(team) == "container"


async def test_blocks_that_are_refused_for_something_else_leave_containers_alone(
    slack: FakeSlack, voice: Voice, known: Workspaces
) -> None:
    box = {"type": "container", "title": {"type": "plain_text", "text": "초록"}, "child_blocks": []}
    said = {"response_metadata": {"messages": ["[ERROR] must be shorter [json-pointer:/blocks/1/text]"]}}
    slack.faults.refuse("invalid_blocks", method=POST, extra=said)
    with pytest.raises(Rejected):
        await voice.say(slack.team.id, POST, {"channel": "C1", **SAID, "blocks": [box]}, channel=None)
    assert known.fold(slack.team.id) == "container"


@pytest.mark.parametrize(("fold", "used"), [("container", "container"), ("attachment", "attachment")])
async def test_a_fold_that_is_set_stays(clock: Clock, fold: str, used: str) -> None:
    known = workspaces(clock, fold=fold)
    await install(known, "T1")
    await known.refuses_containers("T1", timedelta(days=1))
    assert known.fold("T1") == used
    assert not known.tries_containers


# --- workspaces ---------------------------------------------------------------------------------------------------


async def test_another_process_learns_of_a_workspace_and_of_its_end(store: Store, clock: Clock) -> None:
    web, worker = workspaces(clock, store.installations), workspaces(clock, store.installations)
    await install(web, "T1", "xoxb-first")
    assert worker.get("T1") is None
    await worker.refresh()
    assert worker.token("T1") == "xoxb-first"
    assert list(worker.paces) == ["slack:T1"]
    await web.uninstalled("T1", "app_uninstalled")
    await worker.refresh()
    assert worker.token("T1") is None
    assert worker.paces["slack:T1"].lane_wait(time.monotonic()) > 30, "its lane is held"
    clock.now += timedelta(minutes=1)
    await install(web, "T1", "xoxb-second")
    await worker.refresh()
    assert worker.token("T1") == "xoxb-second"
    assert worker.paces["slack:T1"].lane_wait(time.monotonic()) == 0


async def test_what_a_workspace_was_found_to_be_stays_over_an_uninstallation(store: Store, clock: Clock) -> None:
    known = workspaces(clock, store.installations)
    await install(known, "T1")
    await known.change("T1", admins_only=True, name="새 이름")
    await known.uninstalled("T1", "app_uninstalled")
    again = workspaces(clock, store.installations)
    await again.refresh()
    await install(again, "T1")
    workspace = again.get("T1")
    assert workspace is not None
    assert workspace.admins_only
    assert workspace.active


async def test_an_uninstallation_that_came_late_changes_nothing(store: Store, clock: Clock) -> None:
    web, other = workspaces(clock, store.installations), workspaces(clock, store.installations)
    await install(web, "T1", "xoxb-first")
    await other.refresh()
    gone_at = clock.now
    clock.now += timedelta(minutes=5)
    await install(web, "T1", "xoxb-second")
    await other.uninstalled("T1", "app_uninstalled", at=gone_at)  # it has not heard of the second installation
    await web.refresh()
    assert web.token("T1") == "xoxb-second"
    await other.uninstalled("T1", "app_uninstalled", at=clock.now)
    await web.refresh()
    assert web.token("T1") is None


async def test_a_message_that_was_held_up_on_its_way_keeps_the_next_one_further_behind(clock: Clock) -> None:
    now = 100.0
    known = Workspaces(
        store=None,
        cipher=Cipher("a passphrase of many letters"),
        own_token=None,
        limits=Limits(per_second=5, chat_interval=1.03),
        fold="auto",
        admins_only=False,
        now=clock,
        monotonic=lambda: now,
    )
    await install(known, "T1")
    pace = known.pace("T1")

    def told_to_wait(left: float, answered: float) -> float:
        nonlocal now
        now = answered
        known.answered("T1", f"C{left}", left)
        return pace.wait(now, f"C{left}", group=False, reply=False)

    assert told_to_wait(100.0, 100.1) == pytest.approx(0.93)
    assert told_to_wait(110.0, 110.1) == pytest.approx(0.93), "as long as ever"
    assert told_to_wait(120.0, 120.6) == pytest.approx(0.93), "half a second longer than ever"


async def test_uninstalled_twice_or_never_installed_is_the_same(clock: Clock) -> None:
    known = workspaces(clock)
    await known.uninstalled("T9", "app_uninstalled")
    await install(known, "T1")
    for _ in range(2):
        await known.uninstalled("T1", "tokens_revoked")
    assert known.token("T1") is None
    assert await known.change("T9", name="x") is None


async def test_a_row_that_cannot_be_read_does_not_take_the_others_with_it(store: Store, clock: Clock) -> None:
    known = workspaces(clock, store.installations)
    await install(known, "T1")
    await store.installations.put("slack:T0", data={"x": 1}, secret=None, active=True, reason=None, now=clock.now)
    again = workspaces(clock, store.installations)
    await again.refresh()
    assert [one.team for one in again.all()] == ["T1"]


def test_payloads_of_shared_channels_belong_to_the_workspace_that_installed_us(clock: Clock) -> None:
    known = workspaces(clock)
    asyncio.run(install(known, "T1"))
    body = {"team_id": "T2", "authorizations": [{"team_id": "T1"}], "event": {"type": "message"}}
    found = known.of(body)
    assert found is not None
    assert found.team == "T1"
    assert known.of({"team_id": "T2"}) is None
    assert known.of({"team": 7, "user": 3}) is None


# --- tokens at rest -----------------------------------------------------------------------------------------------


@given(st.text(min_size=16, max_size=60), st.text(max_size=80))
def test_what_is_sealed_opens_with_the_same_key_for_the_same_workspace_only(key: str, secret: str) -> None:
    fixed = Fernet.generate_key().decode()
    sealed = Cipher(fixed).seal("slack:T1", secret)
    assert Cipher(fixed).open("slack:T1", sealed) == secret
    for other, lane in ((fixed, "slack:T2"), (Fernet.generate_key().decode(), "slack:T1")):
        with pytest.raises(ValueError, match="encrypted"):
            Cipher(other).open(lane, sealed)
    assert len(secret) < 8 or secret not in sealed
    assert key


def test_a_passphrase_is_a_key_too() -> None:
    sealed = Cipher("a passphrase of many letters").seal("slack:T1", "xoxb-1")
    assert Cipher("a passphrase of many letters").open("slack:T1", sealed) == "xoxb-1"
    with pytest.raises(ValueError, match="another key"):
        Cipher("a passphrase of many lettres").open("slack:T1", sealed)
    with pytest.raises(ValueError, match="another key"):
        Cipher("a passphrase of many letters").open("slack:T1", "not sealed at all")


# --- tiers --------------------------------------------------------------------------------------------------------


@given(st.integers(1, 60), st.lists(st.floats(0, 5), max_size=200))
def test_no_minute_has_more_calls_than_its_tier(per_minute: int, pauses: list[float]) -> None:
    tier, now, calls = Tier(per_minute), 0.0, list[float]()
    for number, pause in enumerate(pauses):
        now += pause
        wait = tier.wait(now, str(number))
        calls.append(now + wait)
        assert wait == 0 or tier.wait(now, str(number)) == pytest.approx(wait), "the same moment, when asked again"
    for first, last in zip(calls, calls[per_minute:], strict=False):
        assert last - first > 60


def test_who_comes_at_the_promised_moment_may_go() -> None:
    tier = Tier(1)
    assert tier.wait(0, "a") == 0
    wait = tier.wait(0, "b")
    assert wait > 60
    assert tier.wait(wait, "b") == 0
    assert tier.wait(wait, "c") > 60


# --- what comes in ------------------------------------------------------------------------------------------------


class Deals:
    """A conversation that does what a test tells it."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.done: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures = 0
        self.says: Mapping[str, Any] | None = None

    async def deal(self, kind: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        name = str(body.get("event_id") or body.get("trigger_id"))
        self.began.append(name)
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise NoEffect
        self.done.append(name)
        return self.says


def receiver(deals: Deals, store: Store | None = None) -> Receiver:
    known = workspaces(lambda: datetime.now(UTC))
    inbox = store.inbox if store is not None else None
    return Receiver(workspaces=known, conversation=deals, inbox=inbox, now=lambda: datetime.now(UTC))


def command(number: int, person: str = "U1") -> dict[str, Any]:
    return {"trigger_id": f"{number}", "team_id": "T1", "channel_id": "C1", "user_id": person, "command": "/papers"}


def press(number: int, person: str = "U1", team: str = "T1") -> dict[str, Any]:
    """What a button sends; it has its team elsewhere than a command."""
    return {
        "trigger_id": f"{number}", "type": "block_actions", "team": {"id": team, "domain": "lab"},
        "channel": {"id": "C1"}, "user": {"id": person, "team_id": team}, "actions": [],
    }  # fmt: skip


def event(number: int, type_: str = "member_joined_channel", person: str = "U1") -> dict[str, Any]:
    return {"event_id": f"Ev{number}", "team_id": "T1", "event": {"type": type_, "channel": "C1", "user": person}}


async def test_a_command_is_acknowledged_before_its_effect_and_an_event_after(store: Store) -> None:
    deals = Deals()
    takes = receiver(deals, store)
    deals.gate.clear()
    await takes.take("command", command(1))
    assert deals.done == []
    taking = asyncio.create_task(takes.take("event", event(1)))
    await asyncio.sleep(0.1)
    assert not taking.done()
    deals.gate.set()
    await taking
    await takes.finish(5)
    assert sorted(deals.done) == ["1", "Ev1"]


async def test_an_event_that_takes_long_is_acknowledged_all_the_same() -> None:
    deals = Deals()
    takes = receiver(deals)
    deals.gate.clear()
    began = time.monotonic()
    await takes.take("event", event(1))
    assert time.monotonic() - began < 2.8, "Slack gives three seconds"
    deals.gate.set()
    await takes.finish(5)
    assert deals.done == ["Ev1"]


async def test_a_form_is_acknowledged_with_what_the_conversation_says() -> None:
    deals = Deals()
    deals.says = {"response_action": "clear"}
    assert await receiver(deals).take("view", {"trigger_id": "1", "type": "view_submission"}) == deals.says


async def test_an_event_without_effect_may_come_again_and_one_with_effect_may_not(store: Store) -> None:
    deals = Deals()
    takes = receiver(deals, store)
    deals.failures = 1
    with pytest.raises(NoEffect):
        await takes.take("event", event(1))
    await takes.take("event", event(1))
    await takes.take("event", event(1))
    assert deals.done == ["Ev1"]


async def test_one_that_comes_again_while_it_is_dealt_with_waits_for_the_same_effect() -> None:
    deals = Deals()
    takes = receiver(deals)
    deals.gate.clear()
    both = [asyncio.create_task(takes.take("event", event(1))) for _ in range(2)]
    await asyncio.sleep(0.1)
    deals.gate.set()
    await asyncio.gather(*both)
    assert deals.done == ["Ev1"]


async def test_two_processes_that_get_the_same_command_deal_with_it_once(store: Store) -> None:
    deals = Deals()
    one, other = receiver(deals, store), receiver(deals, store)
    await one.take("command", command(1))
    await other.take("command", command(1))
    await one.finish(5)
    await other.finish(5)
    assert deals.done == ["1"]


async def test_one_person_is_answered_in_order_and_holds_up_nobody_else() -> None:
    deals = Deals()
    takes = receiver(deals)
    deals.gate.clear()
    for number in range(3):
        await takes.take("command", command(number))
    await takes.take("command", command(7, "U2"))
    await asyncio.sleep(0.05)
    assert sorted(deals.began) == ["0", "7"]
    deals.gate.set()
    await takes.finish(5)
    assert [one for one in deals.done if one != "7"] == ["0", "1", "2"]


async def test_what_is_too_much_is_refused_and_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.slack.receiving.WAITING", 10)
    deals = Deals()
    takes = receiver(deals)
    deals.gate.clear()
    for number in range(10):
        await takes.take("command", command(number, f"U{number}"))
    with pytest.raises(Overloaded):
        await takes.take("command", command(11))
    deals.gate.set()
    await takes.finish(5)
    await takes.take("command", command(12))
    await takes.finish(5)
    assert "12" in deals.done


def test_what_becomes_of_a_channel_is_one_row_and_what_people_say_in_it_are_theirs() -> None:
    joined, archived = event(1, person="U1"), event(2, "channel_archive", person="U2")
    assert row_of("event", joined) == row_of("event", archived)
    said = [event(n, "app_mention", person=f"U{n}") for n in (1, 2)]
    assert row_of("event", said[0]) != row_of("event", said[1])
    assert row_of("event", said[0]) == row_of("command", command(1, "U1"))


async def test_a_press_waits_for_the_command_that_the_same_person_gave_there_before() -> None:
    deals = Deals()
    takes = receiver(deals)
    deals.gate.clear()
    await takes.take("command", command(1))
    await takes.take("action", press(2))
    await takes.take("action", press(3, team="T2"))
    await asyncio.sleep(0.05)
    assert sorted(deals.began) == ["1", "3"]
    deals.gate.set()
    await takes.finish(5)
    assert [one for one in deals.done if one != "3"] == ["1", "2"]


# --- what leaves --------------------------------------------------------------------------------------------------


@pytest.fixture
async def adapter(slack: FakeSlack) -> AsyncIterator[SlackAdapter]:
    settings = PlatformSettings.model_validate(
        {
            "bot_token": slack.team.bot_token,
            "app_token": slack.app.app_token,
            "api_base": slack.api_base,
            "commercial": True,
        }
    )
    made = SlackAdapter(settings)

    async def handle(event: Any) -> Any:
        raise AssertionError("nobody asks")

    await made.start(handle)
    yield made
    await made.stop()


NOTICE = Message(summary="안녕하세요.", blocks=(Paragraph((Text("안녕하세요."),)),))


async def test_a_commercial_app_reads_history_once_a_minute(slack: FakeSlack, adapter: SlackAdapter) -> None:
    slack.limits.marketplace = False
    channel = slack.team.channel(bot=True)
    chat = a_chat(Address(lane=f"slack:{slack.team.id}", chat=channel.id), kind=ChatKind.CHANNEL)
    body = adapter.render(NOTICE, chat)
    since = datetime.now(UTC) - timedelta(minutes=1)
    receipt = await adapter.post(chat, body, key="one")
    assert await adapter.find(chat, body, key="one", since=since) == receipt
    with pytest.raises(RateLimited) as caught:
        await adapter.find(chat, body, key="two", since=since)
    assert 50 < caught.value.seconds < 62
    assert not caught.value.lane, "posting goes on"
    assert len(slack.requests("conversations.history")) == 1


async def test_in_a_busy_channel_what_cannot_be_seen_is_not_said_to_be_missing(
    slack: FakeSlack, adapter: SlackAdapter
) -> None:
    person = slack.team.user()
    channel = slack.team.channel(bot=True, members=(person,))
    chat = a_chat(Address(lane=f"slack:{slack.team.id}", chat=channel.id), kind=ChatKind.CHANNEL)
    slack.limits.marketplace = False
    since = datetime.now(UTC) - timedelta(minutes=1)
    for number in range(20):
        await person.says(channel, f"말 {number}")
    with pytest.raises(FateUnknown, match="too much"):
        await adapter.find(chat, adapter.render(NOTICE, chat), key="one", since=since)


async def test_a_copy_of_the_mark_by_somebody_else_is_not_ours(slack: FakeSlack, adapter: SlackAdapter) -> None:
    channel = slack.team.channel(bot=True)
    chat = a_chat(Address(lane=f"slack:{slack.team.id}", chat=channel.id), kind=ChatKind.CHANNEL)
    body = adapter.render(NOTICE, chat)
    await adapter.post(chat, body, key="one")
    slack.team.app.bot_id = "B0ANOTHER"
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert await adapter.find(chat, body, key="one", since=since) is None
    assert "one" not in str(channel.last.metadata), "the mark says nothing"


async def test_a_container_that_is_refused_is_drawn_otherwise_at_once(slack: FakeSlack, adapter: SlackAdapter) -> None:
    slack.team.container = False
    channel = slack.team.channel(bot=True)
    chat = a_chat(Address(lane=f"slack:{slack.team.id}", chat=channel.id), kind=ChatKind.CHANNEL)
    assert adapter.variant(chat) == "container"
    with pytest.raises(ChatPaused) as caught:
        await adapter.post(chat, adapter.render(a_paper(), chat), key="one")
    assert caught.value.seconds < 1, "it counts as no attempt, and nobody waits"
    assert adapter.variant(chat) == "attachment"
    assert await adapter.post(chat, adapter.render(a_paper(), chat), key="one")


async def test_edits_come_in_time_for_slack_and_hold_up_no_posts(slack: FakeSlack, adapter: SlackAdapter) -> None:
    channel = slack.team.channel(bot=True)
    chat = a_chat(Address(lane=f"slack:{slack.team.id}", chat=channel.id), kind=ChatKind.CHANNEL)
    body = adapter.render(NOTICE, chat)
    slack.limits.channel_seconds = 0
    receipt = await adapter.post(chat, body, key="one")

    async def edit_on() -> None:
        while True:
            await adapter.edit(chat, receipt, body)

    with pytest.raises(RateLimited) as caught:
        await edit_on()
    assert not caught.value.lane
    assert await adapter.post(chat, body, key="two")
    assert all(one.end == "ok" for one in slack.requests("chat.update"))
