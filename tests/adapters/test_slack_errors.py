"""Each of Slack's errors, in its own words, means one thing to the house."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.adapters.base import (
    ChatGone,
    ChatPaused,
    FateUnknown,
    LaneClosed,
    MessageGone,
    NotSent,
    RateLimited,
    Rejected,
    SendError,
)
from bot.adapters.slack.client import Api, Unreadable
from bot.adapters.slack.errors import code, details, retry_after, translate
from bot.model import Address

HERE = Address(lane="slack:T1", chat="C1")
TOKEN = "xoxb-111-222-secretsecretsecret"
CONTENT = "the words of a message that nobody else may read"


@dataclass
class Wire:
    """A server that answers each request in the way that a test wants."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    stall: float = 0.0
    cut: bool = False
    asked: int = 0
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        await request.read()
        await asyncio.sleep(self.stall)
        if self.cut and request.transport is not None:
            request.transport.abort()
        return web.Response(status=self.status, body=self.body, content_type=self.kind, headers=self.headers)


@contextlib.asynccontextmanager
async def wired(wire: Wire) -> AsyncIterator[Api]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", wire.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    async with opened(wire.url, seconds=0.5 if wire.stall else 10) as api:
        yield api
    await runner.cleanup()


@contextlib.asynccontextmanager
async def opened(url: str, seconds: float = 10) -> AsyncIterator[Api]:
    api = Api(base=url, seconds=seconds, connections=4, token=lambda team: TOKEN)
    await api.open()
    try:
        yield api
    finally:
        await api.close()


async def failure(wire: Wire) -> Exception:
    async with wired(wire) as api:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await api.call("T1", "chat.postMessage", {"channel": "C1", "text": CONTENT})
    assert wire.asked == 1, "nothing is asked twice"
    return caught.value


async def meaning(wire: Wire) -> SendError:
    meant = translate(await failure(wire), HERE)
    assert TOKEN not in f"{meant} {meant!r}"
    assert CONTENT not in f"{meant} {meant!r}"
    assert "127.0.0.1" not in str(meant)
    return meant


def error(said: str, *, status: int = 200, headers: dict[str, str] | None = None, **more: Any) -> Wire:
    body = {"ok": False, "error": said, **more}
    return Wire(status=status, body=json.dumps(body).encode(), headers=headers or {})


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (RateLimited, "ratelimited rate_limited message_limit_exceeded team_added_to_org org_login_required"),
        (LaneClosed, "account_inactive token_revoked token_expired invalid_auth not_authed missing_scope"),
        (LaneClosed, "not_allowed_token_type team_access_not_granted two_factor_setup_required accesslimited"),
        (ChatGone, "channel_not_found not_in_channel no_permission app_access_restricted messages_tab_disabled"),
        (ChatGone, "cannot_dm_bot user_not_found user_disabled"),
        (ChatPaused, "is_archived ekm_access_denied restricted_action restricted_action_read_only_channel"),
        (ChatPaused, "restricted_action_thread_only_channel restricted_action_thread_locked is_inactive"),
        (ChatPaused, "restricted_action_non_threadable_channel"),
        (MessageGone, "message_not_found cant_update_message cant_delete_message edit_window_closed block_mismatch"),
        (MessageGone, "compliance_exports_prevent_deletion"),
        (Rejected, "invalid_blocks invalid_blocks_format invalid_attachments msg_too_long msg_blocks_too_long no_text"),
        (Rejected, "invalid_metadata_format invalid_metadata_schema metadata_too_large too_many_attachments"),
        (Rejected, "slack_connect_canvas_sharing_blocked slack_connect_lists_sharing_blocked missing_file_data"),
        (Rejected, "attachment_payload_limit_exceeded invalid_arguments invalid_form_data invalid_thread_ts"),
        (FateUnknown, "fatal_error internal_error service_unavailable request_timeout"),
        (NotSent, "duplicate_message_not_found duplicate_channel_not_found a_word_of_next_year"),
    ],
)
async def test_an_error_of_the_api(kind: type[SendError], said: str) -> None:
    for word in said.split():
        assert type(await meaning(error(word))) is kind, word


async def test_a_wait_is_for_the_lane_and_as_long_as_slack_says() -> None:
    for wire, seconds in (
        (error("ratelimited", status=429, headers={"Retry-After": "7"}), 7.0),
        (error("ratelimited", headers={"retry-after": "120"}), 120.0),
        (Wire(status=429, body=b"", kind="text/html", headers={"Retry-After": "3"}), 3.0),
        (error("ratelimited", status=429), 30.0),
        (error("rate_limited", headers={"Retry-After": "soon"}), 30.0),
        (error("ratelimited", status=429, headers={"Retry-After": "-1"}), 30.0),
        (error("ratelimited", status=429, headers={"Retry-After": "nan"}), 30.0),
    ):
        meant = await meaning(wire)
        assert isinstance(meant, RateLimited)
        assert (meant.seconds, meant.lane) == (seconds, True)


async def test_what_lasts_longer_is_waited_for_longer() -> None:
    full = await meaning(error("message_limit_exceeded"))
    moving = await meaning(error("team_added_to_org"))
    assert isinstance(full, RateLimited)
    assert isinstance(moving, RateLimited)
    assert full.seconds >= 3600
    assert 60 <= moving.seconds <= 3600
    assert full.lane
    assert moving.lane
    channel = await meaning(error("external_channel_migrating"))
    assert isinstance(channel, RateLimited)
    assert not channel.lane, "one shared channel holds up nobody else"


async def test_missing_permissions_are_named() -> None:
    meant = await meaning(error("missing_scope", needed="chat:write", provided="commands,users:read"))
    assert str(meant) == "missing_scope (needed chat:write; provided commands,users:read)"
    meant = await meaning(error("missing_scope", needed=f"{CONTENT} {TOKEN}", provided=7))
    assert str(meant) == "missing_scope"


async def test_refused_blocks_are_named_by_their_place_and_not_quoted() -> None:
    said = [f"unsupported type: {CONTENT} [json-pointer:/blocks/1/type]", "too long [json-pointer:/blocks/2/elements]"]
    caught = await failure(error("invalid_blocks", response_metadata={"messages": ["x", *said]}, errors=said))
    assert details(caught) == "/blocks/1/type, /blocks/2/elements"
    meant = translate(caught, HERE)
    assert str(meant) == "invalid_blocks (/blocks/1/type, /blocks/2/elements)"


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        (Wire(status=502, body=b"<html><h1>502 Bad Gateway</h1></html>", kind="text/html"), "http_502"),
        (Wire(status=503, body=b"{}"), "http_503"),
        (Wire(status=413, body=b"", kind="text/html"), "http_413"),
        (Wire(body=b"{'ok': tru"), ""),
        (Wire(body=b"[1, 2]"), ""),
        (Wire(body=b"{}"), ""),
        (Wire(body=b'{"ok": false}'), "unknown"),
        (Wire(body=b'{"ok": false, "error": 7}'), "unknown"),
        (Wire(body=b"\xff\xfe"), ""),
        (Wire(body=b"", kind="text/html"), ""),
        (Wire(stall=2.0), "timeout"),
        (Wire(cut=True), "disconnected"),
    ],
    ids=str,
)
async def test_of_what_is_no_answer_nobody_knows_the_fate(wire: Wire, said: str) -> None:
    caught = await failure(wire)
    meant = translate(caught, HERE)
    assert type(meant) is FateUnknown
    assert TOKEN not in str(meant)
    assert CONTENT not in str(meant)
    assert "<" not in str(meant)
    if said:
        assert code(caught) == said


async def test_what_slack_says_counts_whatever_the_status_and_however_strange() -> None:
    assert type(await meaning(error("channel_not_found", status=500))) is ChatGone
    strange = await meaning(error(f"{CONTENT} {TOKEN}"))
    assert type(strange) is NotSent
    assert str(strange) == "unknown"


@pytest.mark.parametrize("body", [b"ok", b"", b'{"ok":true}', b'{"ok": true, "warning": "superfluous_charset"}'])
async def test_an_answer_is_given_whichever_way_slack_says_that_it_took_it(body: bytes) -> None:
    wire = Wire(body=body)
    async with wired(wire) as api:
        await api.respond(wire.url, {"text": CONTENT})
    assert wire.asked == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, b'{"ok":false,"error":"used_url"}', Rejected),
        (404, b"expired_url", Rejected),
        (200, b'{"ok":false,"error":"invalid_blocks"}', Rejected),
        (200, b"invalid_blocks", Rejected),
        (200, b'{"accepted":1}', FateUnknown),
        (200, b"<html>OK</html>", FateUnknown),
        (502, b"<html>Bad Gateway</html>", FateUnknown),
        (404, b"<html>Not Found</html>", NotSent),
    ],
)
async def test_what_an_address_to_answer_at_says_means_what_it_says(
    status: int, body: bytes, kind: type[SendError]
) -> None:
    wire = Wire(status=status, body=body)
    async with wired(wire) as api:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await api.respond(wire.url, {"text": CONTENT})
    meant = translate(caught.value, HERE)
    assert type(meant) is kind
    assert "<" not in str(meant)


async def test_a_no_in_a_new_word_is_told_from_silence() -> None:
    said = await meaning(error("a_word_of_next_year"))
    assert isinstance(said, NotSent)
    assert said.answered
    silent = translate(aiohttp.ConnectionTimeoutError(), HERE)
    assert isinstance(silent, NotSent)
    assert not silent.answered


async def test_where_nobody_listens_nothing_was_sent() -> None:
    for url in ("http://127.0.0.1:9/api/", "http://no-such-host.invalid/api/"):
        async with opened(url) as api:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await api.call("T1", "chat.postMessage", {"channel": "C1", "text": CONTENT})
        meant = translate(caught.value, HERE)
        assert type(meant) is NotSent
        assert str(meant) == code(caught.value) == "unreachable"


def test_what_our_own_side_raises_means_what_it_says() -> None:
    assert translate(ChatPaused("closed"), HERE).args == ("closed",)
    assert type(translate(Unreadable("an answer"), HERE)) is FateUnknown
    assert type(translate(SlackRequestError("no token"), HERE)) is NotSent
    assert type(translate(aiohttp.ConnectionTimeoutError(), HERE)) is NotSent
    assert type(translate(aiohttp.ServerDisconnectedError(), HERE)) is FateUnknown
    assert type(translate(ConnectionResetError(CONTENT), HERE)) is FateUnknown
    assert str(translate(ConnectionResetError(CONTENT), HERE)) == "disconnected"
    assert type(translate(RuntimeError(CONTENT), HERE)) is FateUnknown
    assert str(translate(RuntimeError(CONTENT), HERE)) == "unknown"


def test_an_error_without_a_response_is_borne() -> None:
    bare = SlackApiError("x", None)  # type: ignore[no-untyped-call]
    assert code(bare) == "unknown"
    assert retry_after(bare) == 30.0
    assert type(translate(bare, HERE)) is FateUnknown
    plain = SlackApiError("x", {"ok": False, "error": "is_archived"})  # type: ignore[no-untyped-call]
    assert type(translate(plain, HERE)) is ChatPaused
