"""A Bolt app in Socket Mode, for tests of the fake that need an app at the other end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.server import FakeSlack

Json = dict[str, Any]


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text, "emoji": False}


def row(*labels: str, **more: Any) -> Json:
    """An actions block of buttons `b0`, `b1` …"""
    buttons = [
        {"type": "button", "action_id": f"b{number}", "value": str(number), "text": plain(label)}
        for number, label in enumerate(labels)
    ]
    return {"type": "actions", "elements": buttons} | more


class Bot:
    """A Bolt app in Socket Mode, which notes what it hears."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.heard: list[Json] = []
        client = AsyncWebClient(token=slack.team.bot_token, base_url=slack.api_base, retry_handlers=[])
        self.app = AsyncApp(client=client)
        self.client = client
        web = AsyncWebClient(base_url=slack.api_base)
        self.handler = AsyncSocketModeHandler(self.app, slack.app.app_token, web_client=web)

        @self.app.event({"type": "message"})
        @self.app.event("app_mention")
        @self.app.event("member_joined_channel")
        @self.app.event("member_left_channel")
        async def hear(event: Json) -> None:
            self.heard.append(event)

    async def start(self) -> None:
        """Connect."""
        await self.handler.connect_async()  # type: ignore[no-untyped-call]
        await self.slack.until_connected()


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[Bot]:
    """A Bolt app that is connected."""
    bot = Bot(slack)
    await bot.start()
    yield bot
    await bot.handler.close_async()  # type: ignore[no-untyped-call]
