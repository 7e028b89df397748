"""Each of Telegram's errors, in its own words, means one thing to the house."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from telegram.error import TelegramError

from bot.adapters.base import (
    ChatGone,
    ChatMoved,
    ChatPaused,
    FateUnknown,
    LaneClosed,
    MessageGone,
    NotSent,
    RateLimited,
    Rejected,
    SendError,
)
from bot.adapters.telegram.errors import not_modified, translate
from bot.adapters.telegram.transport import Api, Transport
from bot.model import Address

HERE = Address(lane="telegram:1", chat="-100123", thread="7")
TOKEN = "123456789:AAsecretsecretsecretsecretsecretsecret"


@dataclass
class Wire:
    """A server that answers each request in the way that a test wants."""

    status: int = 200
    body: bytes = b"{}"
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
        return web.Response(status=self.status, body=self.body, content_type="application/json")


@contextlib.asynccontextmanager
async def wired(wire: Wire) -> AsyncIterator[Api]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", wire.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    transport = Transport(connections=4, read_timeout=0.5)
    await transport.initialize()
    try:
        yield Api(transport, wire.url, TOKEN)
    finally:
        await transport.shutdown()
        await runner.cleanup()


async def meaning(wire: Wire) -> SendError:
    async with wired(wire) as api:
        with pytest.raises(TelegramError) as caught:
            await api.call("sendMessage", {"chat_id": 1, "text": "x"})
    assert wire.asked == 1, "nothing is asked twice"
    assert TOKEN not in repr(caught.value) + str(caught.value)
    meant = translate(caught.value, HERE)
    assert TOKEN not in str(meant)
    return meant


def error(status: int, description: str, **parameters: Any) -> Wire:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Wire(status=status, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (403, "Forbidden: bot was blocked by the user", ChatGone),
        (403, "Forbidden: user is deactivated", ChatGone),
        (403, "Forbidden: bot can't initiate conversation with a user", ChatGone),
        (403, "Forbidden: bot was kicked from the supergroup chat", ChatGone),
        (403, "Forbidden: bot is not a member of the channel chat", ChatGone),
        (403, "Forbidden: the group chat was deleted", ChatGone),
        (400, "Bad Request: chat not found", ChatGone),
        (400, "Bad Request: message to edit not found", MessageGone),
        (400, "Bad Request: message can't be edited", MessageGone),
        (400, "Bad Request: message to delete not found", MessageGone),
        (400, "Bad Request: message can't be deleted for everyone", MessageGone),
        (400, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"", Rejected),
        (400, "Bad Request: message is too long", Rejected),
        (400, "Bad Request: reply markup is too long", Rejected),
        (400, "Bad Request: BUTTON_DATA_INVALID", Rejected),
        (400, "Bad Request: not enough rights to send text messages to the chat", ChatPaused),
        (400, "Bad Request: have no write access to the chat", ChatPaused),
        (400, "Bad Request: need administrator rights in the channel chat", ChatPaused),
        (400, "Bad Request: TOPIC_CLOSED", ChatPaused),
        (400, "Bad Request: have no rights to send a message", ChatPaused),
        (400, "Bad Request: CHAT_RESTRICTED", ChatPaused),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", ChatPaused),
        (400, "Bad Request: CHAT_GUEST_SEND_FORBIDDEN", ChatPaused),
        (400, "Bad Request: USER_BANNED_IN_CHANNEL", ChatPaused),
        (400, "Bad Request: ALLOW_PAYMENT_REQUIRED_10", ChatPaused),
        (403, "Forbidden: not enough rights to send text messages to the chat", ChatPaused),
        (400, "Bad Request: CHANNEL_PRIVATE", ChatGone),
        (400, "Bad Request: CHAT_ID_INVALID", ChatGone),
        (400, "Bad Request: BALANCE_TOO_LOW", LaneClosed),
        (400, "Bad Request: message text is empty", Rejected),
        (400, "Bad Request: MESSAGE_TOO_LONG", Rejected),
        (400, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", Rejected),
        (400, "Bad Request: query is too old and response timeout expired or query ID is invalid", Rejected),
        (400, "Bad Request: A_WORD_OF_NEXT_YEAR", NotSent),
        (400, "Bad Request: message thread not found", ChatMoved),
        (401, "Unauthorized", LaneClosed),
        (404, "Not Found", LaneClosed),
        (409, "Conflict: terminated by other getUpdates request", LaneClosed),
        (429, "Too Many Requests: retry after 7", RateLimited),
        (500, "Internal Server Error: restart", FateUnknown),
    ],
)
async def test_an_error_of_the_api(status: int, description: str, kind: type[SendError]) -> None:
    assert type(await meaning(error(status, description))) is kind


async def test_a_wait_is_for_the_chat_and_a_long_one_for_the_lane() -> None:
    short = await meaning(error(429, "Too Many Requests: retry after 7", retry_after=7))
    assert isinstance(short, RateLimited)
    assert (short.seconds, short.lane) == (7.0, False)
    long = await meaning(error(429, "Too Many Requests: retry after 900", retry_after=900))
    assert isinstance(long, RateLimited)
    assert (long.seconds, long.lane) == (900.0, True)


async def test_a_group_that_moved_has_a_new_address_in_the_same_topic() -> None:
    moved = await meaning(
        error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100999)
    )
    assert isinstance(moved, ChatMoved)
    assert moved.address == Address(lane=HERE.lane, chat="-100999", thread="7")


async def test_a_deleted_topic_leads_to_the_general_one() -> None:
    moved = await meaning(error(400, "Bad Request: message thread not found"))
    assert isinstance(moved, ChatMoved)
    assert moved.address == Address(lane=HERE.lane, chat=HERE.chat)


async def test_an_unchanged_edit_is_no_error_to_speak_of() -> None:
    async with wired(error(400, "Bad Request: message is not modified: specified new message content …")) as api:
        with pytest.raises(TelegramError) as caught:
            await api.call("editMessageText")
    assert not_modified(caught.value)


@pytest.mark.parametrize(
    "wire",
    [
        Wire(status=502, body=b"<html><h1>502 Bad Gateway</h1></html>"),
        Wire(status=413, body=b""),
        Wire(body=b"{'ok': tru"),
        Wire(body=b"[1, 2]"),
        Wire(body=b'{"ok": true}'),
        Wire(body=b"\xff\xfe"),
        Wire(stall=2.0),
        Wire(cut=True),
    ],
    ids=["html", "413", "garbled", "a list", "no result", "no text", "stall", "cut"],
)
async def test_of_what_is_no_answer_nobody_knows_the_fate(wire: Wire) -> None:
    meant = await meaning(wire)
    assert type(meant) is FateUnknown
    assert "<" not in str(meant)


async def test_where_nobody_listens_nothing_was_sent() -> None:
    transport = Transport(connections=4, read_timeout=0.5)
    with pytest.raises(TelegramError) as closed:
        await Api(transport, "http://127.0.0.1:9", TOKEN).call("getMe")
    await transport.initialize()
    with pytest.raises(TelegramError) as refused:
        await Api(transport, "http://127.0.0.1:9", TOKEN).call("getMe")
    with pytest.raises(TelegramError) as unknown:
        await Api(transport, "http://no-such-host.invalid", TOKEN).call("getMe")
    await transport.shutdown()
    for caught in (closed, refused, unknown):
        assert type(translate(caught.value, HERE)) is NotSent
        assert TOKEN not in repr(caught.value)


async def test_a_stale_connection_is_not_tried_again_by_itself() -> None:
    wire = Wire(body=b'{"ok": true, "result": {}}')
    async with wired(wire) as api:
        await api.call("sendMessage")
        wire.cut = True
        with pytest.raises(TelegramError):
            await api.call("sendMessage")
    assert wire.asked == 2
