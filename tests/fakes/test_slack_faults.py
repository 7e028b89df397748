"""The fake Slack limits, fails in every way that it is told to, and its record says what was really posted."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.slack import FakeSlack, Fault, Harm, Limits
from tests.fakes.slack.fixture import WebApi
from tests.fakes.slack.remote import spawn


async def outcome(web_api: WebApi, channel: str, text: str = "x", *, patience: float = 2.0) -> str:
    """What a client sees of one chat.postMessage."""
    headers = {"Authorization": f"Bearer {web_api.token}"}
    body = {"channel": channel, "text": text, "metadata": {"event_type": "t", "event_payload": {"key": text}}}
    try:
        async with asyncio.timeout(patience):
            async with web_api.session.post(f"{web_api.base}chat.postMessage", json=body, headers=headers) as response:
                raw = await response.text()
                if response.content_type != "application/json":
                    return f"{response.status} {response.content_type}"
                answer = json.loads(raw)
                told = response.headers.get("Retry-After")
                return f"{response.status} {answer.get('error', 'ok')}{f' after {told}' if told else ''}"
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return type(error).__name__


# --- limits -------------------------------------------------------------------------------------------------


async def test_a_channel_takes_a_message_a_second_and_others_are_not_held_up(slack: FakeSlack, web_api: WebApi) -> None:
    one, other = slack.team.channel("가", bot=True), slack.team.channel("나", bot=True)
    assert await outcome(web_api, one.id) == "200 ok"
    assert await outcome(web_api, one.id) == "429 ratelimited after 1"
    assert await outcome(web_api, other.id) == "200 ok"
    assert [(find.method, find.channel) for find in slack.violations] == [("chat.postMessage", one.id)]
    slack.violations.clear()
    slack.clock.advance(1)
    assert await outcome(web_api, one.id) == "200 ok"


async def test_a_short_burst_can_be_borne(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.channel_burst = 3
    channel = slack.team.channel(bot=True)
    assert [await outcome(web_api, channel.id) for _ in range(4)] == ["200 ok"] * 3 + ["429 ratelimited after 3"]
    slack.violations.clear()


async def test_a_workspace_has_a_budget_a_minute_of_its_own(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.per_minute = 3
    channels = [slack.team.channel(str(number), bot=True) for number in range(4)]
    assert [await outcome(web_api, one.id) for one in channels] == ["200 ok"] * 3 + ["429 ratelimited after 60"]
    elsewhere = slack.workspace()
    assert await outcome(web_api.with_token(elsewhere.bot_token), elsewhere.channel(bot=True).id) == "200 ok"
    slack.violations.clear()
    slack.clock.advance(60)
    assert await outcome(web_api, channels[3].id) == "200 ok"


async def test_other_methods_have_tiers_of_their_own(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    answers = [(await web_api.full("conversations.list"))["status"] for _ in range(21)]
    assert answers == [200] * 20 + [429]
    await web_api("users.info", user=user.id)
    slack.violations.clear()
    opener = web_api.with_token(slack.app.app_token)
    opened = [(await opener.full("apps.connections.open"))["status"] for _ in range(51)]
    assert opened == [200] * 50 + [429]
    slack.violations.clear()
    slack.limits.tiers = False
    await web_api("conversations.list")


async def test_limits_can_be_off(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    assert {await outcome(web_api, channel.id) for _ in range(50)} == {"200 ok"}
    assert slack.record.busiest_channel() == slack.record.busiest() == slack.record.busiest_team() == 50


# --- faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("posted", [True, False])
@pytest.mark.parametrize(
    ("harm", "seen"),
    [
        (Harm.DROP, "ServerDisconnectedError"),
        (Harm.PAGE, "502 text/html"),
        (Harm.STALL, "ServerDisconnectedError"),
        (Harm.GARBLE, "JSONDecodeError"),
        (Harm.TRUNCATE, "ClientPayloadError"),
        (Harm.FLOOD, "429 ratelimited after 1"),
        (Harm.REFUSE, "200 fatal_error"),
    ],
)
async def test_each_harm_meets_one_request_posted_or_not(
    slack: FakeSlack, web_api: WebApi, harm: Harm, seen: str, posted: bool
) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    fault = slack.faults.add(Fault(harm=harm, posted=posted))
    found = await outcome(web_api, channel.id)
    assert found in (seen, "ClientOSError" if harm is Harm.DROP else seen)
    assert len(slack.record.posts) == len(channel.messages) == int(posted)
    assert fault.hits == 1
    assert await outcome(web_api, channel.id) == "200 ok"
    assert [one.end for one in slack.requests("chat.postMessage")] == [str(harm), "ok"]


async def test_a_fault_is_narrowed_to_a_method_a_channel_and_a_team(slack: FakeSlack, web_api: WebApi) -> None:
    one, other = slack.team.channel("가", bot=True), slack.team.channel("나", bot=True)
    slack.faults.page(500, posted=False, method="chat.postMessage", channel=other.id)
    slack.faults.refuse("internal_error", team="T0ELSEWHERE")
    await web_api("auth.test")
    assert await outcome(web_api, one.id) == "200 ok"
    assert await outcome(web_api, other.id) == "500 text/html"
    with pytest.raises(TypeError, match="keyword argument"):
        slack.faults.lose_answer(chat="C1")


@pytest.mark.parametrize("error", ["fatal_error", "internal_error", "service_unavailable", "request_timeout"])
async def test_an_error_that_says_nothing_about_what_happened_comes_with_and_without_a_post(
    slack: FakeSlack, web_api: WebApi, error: str
) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    slack.faults.refuse(error, posted=True)
    slack.faults.refuse(error)
    assert [await outcome(web_api, channel.id) for _ in range(3)] == [f"200 {error}", f"200 {error}", "200 ok"]
    assert len(channel.messages) == 2


async def test_a_flood_of_429_comes_with_and_without_a_header_or_in_the_body(slack: FakeSlack, web_api: WebApi) -> None:
    channel = slack.team.channel(bot=True)
    slack.faults.flood(7, 2)
    slack.faults.flood(3, header=False)
    slack.faults.refuse("ratelimited")
    told = [await outcome(web_api, channel.id) for _ in range(5)]
    limited = "429 ratelimited after 7"
    assert told == [limited, limited, "429 ratelimited", "200 ratelimited", "200 ok"]
    assert len(slack.record.posts) == 1


async def test_who_does_not_wait_as_told_is_refused_again_and_blamed(slack: FakeSlack, web_api: WebApi) -> None:
    channel, other = slack.team.channel("가", bot=True), slack.team.channel("나", bot=True)
    slack.faults.flood(7, holds=True)
    await outcome(web_api, channel.id)
    assert await outcome(web_api, other.id) == "200 ok"
    assert (await outcome(web_api, channel.id)).startswith("429 ")
    assert len(slack.violations) == 1
    slack.violations.clear()
    slack.clock.advance(7)
    assert await outcome(web_api, channel.id) == "200 ok"


async def test_a_dark_slack_refuses_connections_and_comes_back_at_the_same_address(
    slack: FakeSlack, web_api: WebApi
) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    assert await outcome(web_api, channel.id) == "200 ok"
    await slack.go_dark()
    assert await outcome(web_api, channel.id) == "ClientConnectorError"
    await slack.come_back()
    assert await outcome(web_api, channel.id) == "200 ok"


async def test_a_stall_holds_the_answer_back(slack: FakeSlack, web_api: WebApi) -> None:
    channel = slack.team.channel(bot=True)
    slack.faults.stall(30, posted=True)
    asked = asyncio.create_task(outcome(web_api, channel.id, patience=0.3))
    await channel.wait_for()
    assert not asked.done()
    assert await asked == "TimeoutError"


async def test_a_slow_answer_comes_whole_and_long_after_its_effect(slack: FakeSlack, web_api: WebApi) -> None:
    slack.limits.on = False
    channel = slack.team.channel(bot=True)
    slack.faults.slow(0.3)
    asked = asyncio.create_task(outcome(web_api, channel.id))
    await channel.wait_for()
    assert not asked.done()
    assert slack.requests("chat.postMessage") == []
    assert await asked == "200 ok"
    assert await outcome(web_api, channel.id) == "200 ok"


async def test_a_storm_of_one_seed_is_the_same_storm_again() -> None:
    async def ends(seed: int) -> list[str]:
        limits = Limits(on=False)
        async with FakeSlack(seed=seed, limits=limits) as slack, aiohttp.ClientSession() as session:
            web_api = WebApi(session, slack.api_base, slack.team.bot_token)
            channel = slack.team.channel(bot=True)
            slack.faults.storm(0.5, Fault(harm=Harm.DROP, posted=True), Fault(harm=Harm.PAGE))
            for _ in range(30):
                await outcome(web_api, channel.id)
            return [one.end for one in slack.requests("chat.postMessage")]

    first = await ends(1)
    assert first == await ends(1)
    assert first != await ends(2)
    assert {"drop", "page", "ok"} == set(first)


# --- the record -----------------------------------------------------------------------------------------------


async def test_the_record_is_also_a_file_with_a_line_for_every_post(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    async with FakeSlack(record=file, limits=Limits(on=False)) as slack, aiohttp.ClientSession() as session:
        web_api = WebApi(session, slack.api_base, slack.team.bot_token)
        channel = slack.team.channel(bot=True)
        slack.faults.lose_answer()
        slack.faults.lose_request()
        for text in ("하나", "둘", "둘", "둘"):
            await outcome(web_api, channel.id, text)
        await web_api("chat.update", channel=channel.id, ts=channel.last.ts, text="고침")
        lines: list[dict[str, Any]] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert [(line["team"], line["channel"]) for line in lines] == [(slack.team.id, channel.id)] * 3
        assert [line["ts"] for line in lines] == [one.ts for one in channel.messages]
        assert [line["key"] for line in lines] == ["하나", "둘", "둘"]
        assert slack.record.repeated() == {(slack.team.id, channel.id, "", "둘"): 2}
        assert lines[0]["at"] < lines[1]["at"]


# --- as a process -----------------------------------------------------------------------------------------------


async def test_as_a_process_of_its_own_it_obeys_its_strings_and_ends_on_sigterm() -> None:
    arguments = ("--strict", "0", "--channel-seconds", "0.05", "--tiers", "off", "--workspaces", "2")
    async with spawn(*arguments) as remote, aiohttp.ClientSession() as session:
        web_api = WebApi(session, remote.api_base, remote.bot_token)
        [person] = await remote.ask("people", admin=True)
        [channel] = await remote.ask("channels")
        await web_api("chat.postMessage", channel=channel, blocks=[{"type": "nonsense"}])  # not judged: strict is 0
        assert await outcome(web_api, person["user"]) == "200 ok"
        assert len(remote.tokens) == 2
        assert set(remote.tokens) == {remote.team, *remote.tokens}
        opened = await web_api.with_token(remote.app_token)("apps.connections.open")
        async with session.ws_connect(opened["url"]) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            asked = asyncio.create_task(
                remote.ask("commands", user=person["user"], channel=channel, line="/papers help", replies=1)
            )
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "도움말"}})
            assert (await asked)["text"] == "도움말"
        await remote.ask("does", user=person["user"], channel=channel, deed="archives")
        assert await outcome(web_api, channel) == "200 is_archived"
        await remote.ask("switch", channel=channel, archived=False)
        await remote.ask("fault", harm="page", posted=True)
        assert await outcome(web_api, channel) == "502 text/html"
        stats = await remote.stats()
        assert (stats.posts, stats.violations, stats.repeated) == (3, 0, 0)
        assert [post["channel"] for post in await remote.ask("record", since=1)] == [person["dm"], channel]
        assert await remote.ask("posts") == 3
        await remote.ask("dark", seconds=0.3)
        await asyncio.sleep(0.15)
        assert await outcome(web_api, channel) == "ClientConnectorError"
        await asyncio.sleep(0.4)
        assert await outcome(web_api, channel) == "200 ok"
        with pytest.raises(RuntimeError, match="no such deed"):
            await remote.ask("does", user=person["user"], deed="dances")
        os.kill(remote.pid, signal.SIGTERM)


async def test_a_closed_fake_leaves_nothing_behind() -> None:
    async with FakeSlack() as slack, aiohttp.ClientSession() as session:
        web_api = WebApi(session, slack.api_base, slack.team.bot_token)
        user = slack.team.user()
        slack.faults.stall(60, posted=False, method="chat.postMessage")
        stalled = asyncio.create_task(outcome(web_api, "C1"))
        opened = await web_api.with_token(slack.app.app_token)("apps.connections.open")
        socket = await session.ws_connect(opened["url"])
        await user.says(user.dm, "안녕")
        await asyncio.sleep(0.05)
    assert await stalled in ("ServerDisconnectedError", "ClientOSError")
    await socket.close()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
