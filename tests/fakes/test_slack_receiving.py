"""How the fake Slack reaches the app: Socket Mode with all its manners, and signed HTTP with all its forgeries."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.fixture import WebApi

Json = dict[str, Any]


@contextlib.asynccontextmanager
async def connection(slack: FakeSlack, web_api: WebApi) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare Socket Mode connection after its hello."""
    opened = await web_api.with_token(slack.app.app_token)("apps.connections.open")
    async with web_api.session.ws_connect(opened["url"]) as socket:
        hello = await socket.receive_json()
        assert hello["type"] == "hello"
        assert hello["connection_info"]["app_id"] == slack.app.id
        yield socket


async def acknowledge(socket: aiohttp.ClientWebSocketResponse, payload: Any = None) -> Json:
    """Take the next envelope and acknowledge it."""
    envelope: Json = await socket.receive_json(timeout=5)
    await socket.send_json({"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {}))
    return envelope


# --- Socket Mode --------------------------------------------------------------------------------------------


async def test_an_envelope_carries_an_event_and_waits_for_its_acknowledgement(
    slack: FakeSlack, web_api: WebApi
) -> None:
    user = slack.team.user()
    async with connection(slack, web_api) as socket:
        await user.says(user.dm, "rlhf <&>")
        assert slack.post.under_way == 1
        envelope = await acknowledge(socket)
        assert (envelope["type"], envelope["accepts_response_payload"], envelope["retry_attempt"]) == (
            "events_api",
            False,
            0,
        )
        body = envelope["payload"]
        assert (body["team_id"], body["api_app_id"], body["type"]) == (slack.team.id, slack.app.id, "event_callback")
        assert body["authorizations"][0]["user_id"] == slack.team.app.user.id
        event = body["event"]
        assert (event["type"], event["channel_type"], event["user"], event["text"]) == (
            "message",
            "im",
            user.id,
            "rlhf &lt;&amp;&gt;",
        )
        await slack.until_delivered()
        assert [one["event_id"] for one in slack.post.delivered] == [body["event_id"]]


async def test_an_event_that_is_not_acknowledged_in_time_is_blamed_and_comes_again_elsewhere(
    slack: FakeSlack, web_api: WebApi
) -> None:
    slack.app.ack_seconds = 0.1
    user = slack.team.user()
    async with connection(slack, web_api) as one, connection(slack, web_api) as other:
        await user.says(user.dm, "안녕")
        waiting = {asyncio.ensure_future(socket.receive_json()): socket for socket in (one, other)}
        [first], _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        [left] = [task for task in waiting if task is not first]
        again = await asyncio.wait_for(left, 5)
        assert again["payload"] == first.result()["payload"]
        assert again["envelope_id"] != first.result()["envelope_id"]
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        await waiting[left].send_json({"envelope_id": again["envelope_id"]})
        await slack.until_delivered()
    assert [one.words for one in slack.violations] == ["message was not acknowledged in 0.1 s"]
    slack.violations.clear()


async def test_a_connection_that_dies_gives_its_events_back_without_blame(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    async with connection(slack, web_api) as socket:
        await user.says(user.dm, "안녕")
        await socket.receive_json()
        await slack.sockets.cut()
    async with connection(slack, web_api) as socket:
        assert (await acknowledge(socket))["retry_reason"] == "connection_failed"
        await slack.until_delivered()


async def test_events_wait_for_a_connection_or_are_lost(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    await user.says(user.dm, "기다림")
    async with connection(slack, web_api) as socket:
        assert (await acknowledge(socket))["payload"]["event"]["text"] == "기다림"
        await slack.until_delivered()
    await slack.until(lambda: not slack.sockets.open)
    slack.app.keeps_events = False
    await user.says(user.dm, "잃음")
    await slack.until_delivered()
    assert [one["event"]["text"] for one in slack.post.lost] == ["잃음"]


async def test_an_event_can_come_twice(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    async with connection(slack, web_api) as socket:
        await user.says(user.dm, "안녕")
        first = await acknowledge(socket)
        slack.app.redeliver()
        again = await acknowledge(socket)
        assert again["payload"]["event_id"] == first["payload"]["event_id"]
        assert again["retry_attempt"] == 1


async def test_a_connection_is_told_to_go_or_warned_first(slack: FakeSlack, web_api: WebApi) -> None:
    user = slack.team.user()
    async with connection(slack, web_api) as old:
        await slack.sockets.disconnect("warning")
        assert await old.receive_json() == {
            "type": "disconnect",
            "reason": "warning",
            "debug_info": {"host": "fake"},
        }
        async with connection(slack, web_api) as new:
            await slack.sockets.disconnect("refresh_requested")
            assert (await old.receive_json())["reason"] == "refresh_requested"
            assert (await old.receive()).type is aiohttp.WSMsgType.CLOSE
            await user.says(user.dm, "안녕")
            await acknowledge(new)


async def test_an_eleventh_connection_is_one_too_many_and_a_ticket_is_good_once(
    slack: FakeSlack, web_api: WebApi
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(connection(slack, web_api))
        url = (await web_api.with_token(slack.app.app_token)("apps.connections.open"))["url"]
        async with web_api.session.ws_connect(url) as socket:
            assert (await socket.receive_json())["reason"] == "too_many_websockets"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await web_api.session.ws_connect(url)


async def test_pings_come_and_are_answered(slack: FakeSlack, web_api: WebApi) -> None:
    slack.sockets.ping_seconds = 0.02
    opened = await web_api.with_token(slack.app.app_token)("apps.connections.open")
    async with web_api.session.ws_connect(opened["url"], autoping=False) as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.TEXT
        assert (await socket.receive()).type is aiohttp.WSMsgType.PING
        await socket.ping(b"sdk-ping-pong:1")
        async with asyncio.timeout(5):
            while (message := await socket.receive()).type is aiohttp.WSMsgType.PING:
                pass
        assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")


async def test_a_command_without_a_connection_fails_and_one_without_an_answer_times_out(
    slack: FakeSlack, web_api: WebApi
) -> None:
    user, channel = slack.team.user(), slack.team.channel()
    slack.app.ack_seconds = 0.1
    async with connection(slack, web_api) as socket:
        answer = await user.commands(channel, "/papers help")
        assert (answer.acked, answer.failed) == (False, "operation_timeout")
        await socket.receive_json()
    assert [one.words for one in slack.violations] == ["/papers was not acknowledged in 0.1 s"]
    slack.violations.clear()
    await slack.until(lambda: not slack.sockets.open)
    assert (await user.commands(channel, "/papers help")).failed == "dispatch_failed"


# --- HTTP -----------------------------------------------------------------------------------------------------


@dataclass
class Receiver:
    """An app that only looks at what it gets."""

    secret: str
    got: list[tuple[Json, dict[str, str]]] = field(default_factory=list)
    answers: list[Callable[[], web.Response]] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        raw = await request.read()
        if not SignatureVerifier(self.secret).is_valid_request(raw, dict(request.headers)):
            return web.Response(status=401)
        if request.content_type == "application/json":
            body = json.loads(raw)
        else:
            body = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
            body = json.loads(body["payload"]) if "payload" in body else body
        if body.get("type") == "url_verification":
            return web.Response(text=body["challenge"])
        self.got.append((body, dict(request.headers)))
        return self.answers.pop(0)() if self.answers else web.Response()


@pytest.fixture
async def receiver(slack: FakeSlack) -> AsyncIterator[Receiver]:
    """An app behind HTTP, at a public address."""
    app = Receiver(slack.app.signing_secret)
    runner = web.ServerRunner(web.Server(app), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.proxies["https://bot.example"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slack.app.request_url = "https://bot.example/slack/events"
    slack.app.event_retries = (0.01, 0.02, 0.03)
    yield app
    await runner.cleanup()


async def test_the_address_is_verified_and_events_commands_and_presses_come_signed(
    slack: FakeSlack, receiver: Receiver
) -> None:
    user = slack.team.user()
    channel = slack.team.channel(bot=True, members=(user,))
    assert await slack.app.verifies_url() is True
    await user.says(channel, "@Paperboy search rlhf")
    await slack.until_delivered()
    receiver.answers += [lambda: web.json_response({"text": "도움말", "response_type": "in_channel"})]
    answer = await user.commands(channel, "/papers search <rlhf>")
    assert (answer.text, channel.last.text) == ("도움말", "도움말")
    answer = await user.forges(channel, {"action_id": "x", "value": "1t:9"})
    assert answer.acked
    mention, command, press = (body for body, _ in receiver.got)
    assert mention["event"]["type"] == "app_mention"
    assert mention["event"]["text"] == f"<@{slack.team.app.user.id}> search rlhf"
    assert (command["command"], command["text"], command["channel_id"]) == (
        "/papers",
        "search &lt;rlhf&gt;",
        channel.id,
    )
    assert (press["type"], press["actions"][0]["value"], press["user"]["id"]) == ("block_actions", "1t:9", user.id)
    assert receiver.got[1][1]["Content-Type"] == "application/x-www-form-urlencoded"


async def test_an_event_that_fails_comes_again_with_its_number_and_its_reason(
    slack: FakeSlack, receiver: Receiver
) -> None:
    user = slack.team.user()
    receiver.answers += [lambda: web.Response(status=500), lambda: web.Response(status=503)]
    await user.says(user.dm, "안녕")
    await slack.until_delivered()
    retries = [(h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for _, h in receiver.got]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({body["event_id"] for body, _ in receiver.got}) == 1
    assert [one.words for one in slack.violations] == ["the app answered 500", "the app answered 503"]
    slack.violations.clear()
    receiver.answers += [lambda: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await user.says(user.dm, "또")
    await slack.until_delivered()
    assert [one["event"]["text"] for one in slack.post.lost] == ["또"]


async def test_an_app_that_is_away_misses_events_after_three_more_attempts(slack: FakeSlack) -> None:
    user = slack.team.user()
    slack.app.request_url = "http://127.0.0.1:9/"
    slack.app.event_retries = (0.0, 0.0, 0.0)
    await user.says(user.dm, "안녕")
    await slack.until_delivered()
    assert len(slack.post.lost) == 1
    assert (await user.commands(user.dm, "/papers help")).failed == "dispatch_failed"


async def test_forged_old_and_unsigned_requests_can_be_sent_and_true_ones_replayed(
    slack: FakeSlack, receiver: Receiver
) -> None:
    body = {"type": "event_callback", "event": {"type": "message"}}
    now = int(slack.clock.time())

    async def status(**how: Any) -> int:
        return (await slack.app.sends(body, **how))[0]

    assert await status() == 200
    assert await status(timestamp=now - 240) == 200
    assert await status(timestamp=now - 301) == 401
    assert await status(sign="wrong") == 401
    assert await status(sign="none") == 401
    assert await status(sign="nothing") == 401
    assert await status(timestamp="soon") == 500  # this receiver is as careless as the SDK
    assert await status(form=True) == 200
    assert (await slack.app.replays(0))[0] == 200
    assert len(receiver.got) == 4
    assert receiver.got[-1] == receiver.got[0]


# --- what the app asked for ---------------------------------------------------------------------------------------


async def test_a_manifest_decides_about_commands_shortcuts_scopes_and_events(
    slack: FakeSlack, receiver: Receiver
) -> None:
    slack.app.manifest = {
        "features": {
            "slash_commands": [{"command": "/papers"}],
            "shortcuts": [{"name": "논문 찾기", "callback_id": "search", "type": "global"}],
        },
        "oauth_config": {"scopes": {"bot": ["commands", "app_mentions:read", "channels:read"]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_mention", "channel_rename", "message.im"]}},
    }
    team = slack.workspace()
    user, admin = team.user(), team.user(admin=True)
    channel = team.channel(bot=True, members=(user,))
    assert team.app.scopes == {"commands", "app_mentions:read", "channels:read"}
    with pytest.raises(AssertionError, match="not a valid command"):
        await user.commands(channel, "/search x")
    await user.shortcut("논문 찾기", replies=0)
    with pytest.raises(AssertionError, match="no shortcut"):
        await user.shortcut("없는 것")
    await user.says(user.dm, "im:history is missing")
    await admin.archives(channel)
    await admin.unarchives(channel)
    await admin.renames(channel, "llm-2")
    await user.says(channel, "@Paperboy 안녕")
    await slack.until_delivered()
    kinds = [body["event"]["type"] if "event" in body else body["callback_id"] for body, _ in receiver.got]
    assert kinds == ["search", "channel_rename", "app_mention"]
