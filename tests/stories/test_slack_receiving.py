"""How what Slack brings comes in: through sockets that come and go or through a guarded door, each thing once."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.store import StoreError
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.people import User
from tests.fakes.slack.server import FakeSlack
from tests.stories.slack_house import HTTP, PUBLIC, Running, drop, entry, paperboy

BOTH = pytest.mark.parametrize("mode", [None, HTTP], ids=["socket", "http"])


def how(mode: Any) -> dict[str, Any]:
    return {} if mode is None else {"mode": mode}


async def subscriptions(running: Running, user: User) -> list[str]:
    """What somebody follows, as the store has it."""
    chat = await running.chat(user.dm)
    return [one.canonical for one in await running.store.chats.subscriptions(chat.id)]


@BOTH
async def test_a_command_a_mention_and_a_private_word_are_heard(slack: FakeSlack, tmp_path: Path, mode: Any) -> None:
    reader = slack.team.user()
    channel = slack.team.channel("llm", members=(reader,), bot=True)
    async with paperboy(slack, tmp_path, **how(mode)):
        answer = await reader.commands(channel, "/papers help")
        assert "search" in answer.text
        assert answer.ack_seconds < 1
        said = await reader.says(channel, "@Paperboy help")
        await reader.waits_for(channel, lambda message: message.ts > said.ts)
        said = await reader.says(reader.dm, "help")
        await reader.dm.wait_for(lambda message: message.ts > said.ts)
        home = await reader.opens_home()
        assert home.type == "home"


@BOTH
async def test_an_event_that_comes_again_is_dealt_with_once(slack: FakeSlack, tmp_path: Path, mode: Any) -> None:
    reader = slack.team.user()
    async with paperboy(slack, tmp_path, **how(mode)):
        said = await reader.says(reader.dm, "help")
        slack.app.redeliver()  # while it is dealt with
        await reader.dm.wait_for(lambda message: message.ts > said.ts)
        slack.app.redeliver()  # and afterwards
        await slack.until_delivered()
        await reader.dm.stays_silent()
    async with paperboy(slack, tmp_path, **how(mode)):
        slack.app.redeliver()  # and after a restart
        await slack.until_delivered()
        await reader.dm.stays_silent()
    assert len(reader.dm.from_bot) == 1


async def test_an_event_whose_effect_could_not_be_stored_comes_again(slack: FakeSlack, tmp_path: Path) -> None:
    admin = slack.team.user("관리자", admin=True)
    channel = slack.team.channel("llm", members=(admin,), bot=False)
    slack.app.event_retries = (1.0, 1.0, 1.0)
    async with paperboy(slack, tmp_path) as running:
        adapter: Any = running.adapter
        handle, failures = adapter._handle, 1
        conversation = adapter._receiver._conversation

        async def failing(event: Any) -> Any:
            nonlocal failures
            if failures:
                failures -= 1
                raise StoreError("the disk is full")
            return await handle(event)

        conversation._handle = adapter._hearing(failing)
        await admin.invites_bot(channel)
        await channel.wait_for(lambda message: True)
        await slack.until_delivered()
        assert (await running.chat(channel)).active
        assert len(channel.from_bot) == 1
    assert {one.words for one in slack.violations} == {"member_joined_channel was not acknowledged in 3 s"}
    slack.violations.clear()


@BOTH
async def test_what_one_person_says_is_dealt_with_in_order(slack: FakeSlack, tmp_path: Path, mode: Any) -> None:
    reader = slack.team.user()
    drop(tmp_path, "one.txt", entry("A Paper", tags="#a #b #c #d #e"))
    async with paperboy(slack, tmp_path, **how(mode)) as running:
        tags = [f"#{letter}" for letter in "abcde"]
        for tag in tags:
            await reader.commands(reader.dm, f"/papers subscribe {tag}", replies=0)
        await slack.until(lambda: len(reader.sees(reader.dm)) >= 5)
        assert await subscriptions(running, reader) == tags


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "what is new in 2027"])
async def test_a_connection_that_slack_renews_loses_nothing(slack: FakeSlack, tmp_path: Path, reason: str) -> None:
    reader = slack.team.user()
    channel = slack.team.channel("llm", members=(reader,), bot=True)
    async with paperboy(slack, tmp_path):
        await slack.sockets.disconnect(reason)
        await slack.until(lambda: slack.sockets.opened == 2)
        answer = await reader.commands(channel, "/papers help")
        assert "search" in answer.text
        assert not answer.failed


async def test_while_slack_warns_commands_are_acknowledged_on_both_connections(
    slack: FakeSlack, tmp_path: Path
) -> None:
    reader = slack.team.user()
    channel = slack.team.channel("llm", members=(reader,), bot=True)
    async with paperboy(slack, tmp_path):
        await slack.sockets.disconnect("warning")
        await slack.until_connected(2)
        answers = [await reader.commands(channel, "/papers help") for _ in range(4)]
        assert not any(answer.failed for answer in answers)


async def test_after_a_broken_connection_there_is_another(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    async with paperboy(slack, tmp_path):
        for _ in range(3):
            await slack.sockets.cut()
            heard = len(reader.dm.from_bot)
            await reader.says(reader.dm, "help")  # with nobody there to hear it
            await slack.until(lambda heard=heard: len(reader.dm.from_bot) > heard)  # type: ignore[misc]
        await slack.go_dark()
        said = await reader.says(reader.dm, "help")
        await asyncio.sleep(1)
        await slack.come_back()
        await reader.dm.wait_for(lambda message: message.ts > said.ts)


async def test_socket_mode_that_is_switched_off_is_said_plainly(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with paperboy(slack, tmp_path):
        await slack.sockets.disconnect("link_disabled")
        await asyncio.sleep(1.5)
        assert slack.sockets.opened == 1, "it is not asked for again in a hurry"
    assert "Socket Mode is switched off" in caplog.text


async def test_a_refused_app_token_ends_the_receiving_with_a_sentence(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "xapp-1-A0WRONG0000-1234567890-wrongwrongwrong"
    async with paperboy(slack, tmp_path, BOT_SLACK__APP_TOKEN=wrong) as running:
        async with asyncio.timeout(20):
            await running.task
    assert caplog.text.count("Slack refuses the app token") == 1
    assert wrong not in caplog.text


async def test_a_refused_bot_token_ends_the_receiving_with_a_sentence(
    slack: FakeSlack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "xoxb-1111111111-wrongwrongwrong"
    async with paperboy(slack, tmp_path, BOT_SLACK__BOT_TOKEN=wrong) as running:
        async with asyncio.timeout(20):
            await running.task
    assert caplog.text.count("Slack refuses the bot token") == 1
    assert wrong not in caplog.text


async def test_started_without_a_network_it_works_when_there_is_one(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    await slack.go_dark()

    async def back() -> None:
        await asyncio.sleep(1)
        await slack.come_back()

    comes_back = asyncio.create_task(back())
    async with paperboy(slack, tmp_path):
        await comes_back
        await slack.until_connected()
        said = await reader.says(reader.dm, "help")
        await reader.dm.wait_for(lambda message: message.ts > said.ts)


# --- the door -------------------------------------------------------------------------------------------------


def event(slack: FakeSlack, number: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": slack.team.id,
        "api_app_id": slack.app.id,
        "event_id": f"Ev{number}",
        "event_time": 1_700_000_000,
        "event": {"type": "message", "channel_type": "im", "ts": "1700000000.000100", **fields},
    }


async def test_the_door_is_shut_to_everybody_but_slack(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    words = {"user": reader.id, "channel": reader.dm.id, "text": "help", "team": slack.team.id}
    async with paperboy(slack, tmp_path, HTTP):
        now = int(slack.clock.time())
        sends = slack.app.sends
        tricks: tuple[dict[str, Any], ...] = (
            {"sign": "wrong"},
            {"sign": "none"},
            {"sign": "nothing"},
            {"timestamp": now - 310},
            {"timestamp": now + 310},  # a second may pass on the way
            {"timestamp": "soon"},
            {"timestamp": "1e9"},
            {"timestamp": "١٢٣"},
            {"timestamp": ""},
            {"timestamp": "9" * 400},
            {"headers": {"X-Slack-Signature": "v0=é"}},
        )
        for number, trick in enumerate(tricks):
            status, _ = await sends(event(slack, str(number), **words), **trick)
            assert status == 401, trick
        assert (await sends(b"\xff\xfe", sign="none"))[0] == 401
        await reader.dm.stays_silent()
        assert (await sends(b"not json"))[0] in (200, 400)
        assert (await sends(b"{"))[0] == 400
        assert (await sends(b"[" * 100_000))[0] in (200, 400)
        assert (await sends(b"{" + b'"a":{' * 5_000))[0] == 400
        assert (await sends("payload=%7B", form=False))[0] == 400
        assert (await sends(event(slack, "new", **words), timestamp=int(slack.clock.time()) - 298))[0] == 200
        await reader.dm.wait_for(lambda message: True)
        door = slack.route(f"{PUBLIC}/slack/events")
        async with aiohttp.ClientSession() as session:
            async with session.get(door) as answer:
                assert answer.status == 404
            async with session.post(door, data=io.BytesIO(b"x" * 1_100_000)) as answer:
                assert answer.status == 413
    slack.violations.clear()


async def test_slack_may_check_the_address(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path, HTTP):
        assert await slack.app.verifies_url()


async def test_a_request_that_somebody_replays_has_no_second_effect(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    channel = slack.team.channel("llm", members=(reader,), bot=True)
    async with paperboy(slack, tmp_path, HTTP) as running:
        await reader.commands(reader.dm, "/papers subscribe #rlhf")
        await reader.commands(reader.dm, "/papers unsubscribe #rlhf")
        assert await subscriptions(running, reader) == []
        status, _ = await slack.app.replays(-2)
        assert status == 200
        await asyncio.sleep(0.5)
        assert await subscriptions(running, reader) == []
        await reader.commands(channel, "/papers tags")
        seen = len(reader.sees(channel))
        await slack.app.replays()
        await asyncio.sleep(0.5)
        assert len(reader.sees(channel)) == seen


async def test_signed_nonsense_is_acknowledged_and_passed_over(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    async with paperboy(slack, tmp_path, HTTP):
        for number, body in enumerate(
            (
                event(slack, "a", user=reader.id),
                event(slack, "b", user=7, channel=["x"], text={"a": 1}),
                {**event(slack, "c"), "event": 3},
                {**event(slack, "d"), "team_id": "T0NOBODY"},
                {"type": "event_callback", "team_id": slack.team.id},
                {"type": "block_actions", "team": {"id": slack.team.id}, "actions": [{"action_id": "pb:0"}]},
                {"type": "view_submission", "team": {"id": slack.team.id}, "view": {"callback_id": "pb:search"}},
                {"type": "shortcut", "team": {"id": slack.team.id}, "callback_id": "search"},
                {"command": "/papers", "team_id": slack.team.id},
                {"type": "who knows"},
                {},
            )
        ):
            form = body.get("type") not in (None, "event_callback") or "command" in body
            status, text = await slack.app.sends(body, form=form)
            assert status in (200, 400, 404), (number, status, text)
        said = await reader.says(reader.dm, "help")
        await reader.dm.wait_for(lambda message: message.ts > said.ts)


async def test_a_stop_finishes_what_was_asked(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    channel = slack.team.channel("llm", members=(reader,), bot=True)
    async with paperboy(slack, tmp_path) as running:
        asked = [asyncio.create_task(reader.commands(channel, "/papers help")) for _ in range(5)]
        await slack.until(lambda: any(answer.acked for answer in slack.answers))
        running.stop.set()
        async with asyncio.timeout(10):
            await running.task
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        acked = [answer for answer in slack.answers if answer.acked]
        assert acked
        assert all(answer.messages for answer in acked)


def test_a_payload_has_the_same_number_wherever_it_comes() -> None:
    from bot.adapters.slack.receiving import number_of

    assert number_of({"event_id": "Ev1", "a": 1}) == number_of({"event_id": "Ev1", "a": 2})
    assert number_of({"trigger_id": "1.2"}) != number_of({"trigger_id": "1.3"})
    assert number_of({"a": 1, "b": 2}) == number_of(json.loads('{"b": 2, "a": 1}'))
    assert all(0 <= number_of({"event_id": f"Ev{n}"}) < 2**63 for n in range(100))
