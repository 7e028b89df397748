"""A fake Telegram in a process of its own."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp

from tests.fakes.remote import Remote


class RemoteTelegram(Remote):
    """Its strings, and the first bot's token."""

    platform = "telegram"

    def __init__(self, hello: dict[str, Any], pid: int, session: aiohttp.ClientSession) -> None:
        super().__init__(hello, pid, session)
        self.token: str = hello["token"]


def spawn(*options: str) -> AbstractAsyncContextManager[RemoteTelegram]:
    """Run `python -m tests.fakes.telegram` with these options until the end of the block."""
    return RemoteTelegram.spawn(options)
