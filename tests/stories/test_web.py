"""Who knocks at the HTTP server without being a platform takes nothing from those who are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot import web as door
from bot.web import Web


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[tuple[Web, str]]:
    """A server with one page."""
    server = Web(0, "127.0.0.1")

    async def page(request: web.Request) -> web.StreamResponse:
        return web.Response(text=str(len(await request.read())))

    await server.serve("POST", "/page", page)
    try:
        yield server, f"http://127.0.0.1:{server.port}"
    finally:
        await server.close()


async def test_connections_that_ask_nothing_are_hung_up_on_before_they_use_up_the_files() -> None:
    async with serving() as (server, url):
        silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(door.CONNECTIONS)]
        for _, writer in silent[::2]:
            writer.write(b"POST /page HTTP/1.1\r\nHost: x\r\n")  # and no more of it
        await asyncio.sleep(0.1)
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            silent.append((reader, writer))
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
        for _, writer in silent:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        async with aiohttp.ClientSession() as somebody, somebody.post(f"{url}/page", data=b"abc") as answer:
            assert await answer.text() == "3"


async def test_what_is_no_page_is_not_found_however_it_is_spelled() -> None:
    async with serving() as (_, url), aiohttp.ClientSession() as somebody:
        async with somebody.get(f"{url}/healthz") as answer:
            assert await answer.text() == "ok"
        for method, path in (("GET", "/page"), ("POST", "/page/"), ("POST", "//page"), ("GET", "/%ff"), ("PUT", "/")):
            async with somebody.request(method, url + path) as answer:
                assert answer.status == 404, path


async def test_a_port_that_was_left_can_be_taken_again() -> None:
    async with serving() as (first, _):
        port = first.port
        second = Web(port, "127.0.0.1")
        with pytest.raises(OSError, match=f"nothing can listen on port {port}"):
            await second.serve("GET", "/", _nothing)
        await first.close()
        await second.serve("GET", "/", _nothing)
        await second.close()


async def _nothing(request: web.Request) -> web.StreamResponse:
    return web.Response()
