"""A fake Slack in a process of its own."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp

from tests.fakes.remote import Remote


class RemoteSlack(Remote):
    """Its strings, the app's secrets, and the workspaces that have the app."""

    platform = "slack"

    def __init__(self, hello: dict[str, Any], pid: int, session: aiohttp.ClientSession) -> None:
        super().__init__(hello, pid, session)
        self.api_base: str = hello["api_base"]
        self.team: str = hello["team"]
        self.bot_token: str = hello["bot_token"]
        self.tokens: dict[str, str] = hello["tokens"]
        self.app_token: str = hello["app_token"]
        self.signing_secret: str = hello["signing_secret"]
        self.client_id: str = hello["client_id"]
        self.client_secret: str = hello["client_secret"]


def spawn(*options: str) -> AbstractAsyncContextManager[RemoteSlack]:
    """Run `python -m tests.fakes.slack` with these options until the end of the block."""
    return RemoteSlack.spawn(options)
