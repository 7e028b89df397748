"""A process that delivers until it is killed: `python -m tests.stories.crash_child DATABASE FILE OWNER`.

The file is the platform: a line for each message that anybody can see.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.base import Body, Handle
from bot.delivery import Clock, Pump
from bot.message import Message
from bot.model import Chat
from bot.pacing import LanePace, Limits
from bot.store import Store
from tests.fakes.world import LANE, compose, compose_head, compose_withdrawn

LATENCY = 0.04


class FileAdapter:
    """Appends to a file, which outlives every crash."""

    name = "file"
    owns_terminal = False

    def __init__(self, path: Path) -> None:
        self.paces: Mapping[str, LanePace] = {
            LANE: LanePace(Limits(per_second=150, burst=4, chat_interval=0.0, reply_share=0.0))
        }
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def start(self, handle: Handle) -> None:
        """Nothing to connect to."""

    async def run(self) -> None:
        """Receives nothing."""

    async def stop(self) -> None:
        """Nothing to disconnect."""

    def render(self, message: Message, chat: Chat) -> Body:
        """The summary stands for the whole."""
        return message.summary

    def variant(self, chat: Chat) -> str:
        """All chats see the same."""
        return ""

    async def post(self, chat: Chat, body: Body, *, key: str, under: str | None = None) -> str:
        """A line appears somewhere within the time that the request takes."""
        before = random.random() * LATENCY
        await asyncio.sleep(before)
        line = {"verb": "post", "key": key, "chat": chat.address.chat, "body": body}
        os.write(self._file, json.dumps(line).encode() + b"\n")
        await asyncio.sleep(LATENCY - before)
        return key

    async def edit(self, chat: Chat, receipt: str, body: Body) -> None:
        """A line about another line."""
        await asyncio.sleep(LATENCY)
        line = {"verb": "edit", "key": receipt, "chat": chat.address.chat, "body": body}
        os.write(self._file, json.dumps(line).encode() + b"\n")

    async def withdraw(self, chat: Chat, receipt: str, body: Body) -> None:
        """Never asked for here."""
        raise AssertionError

    async def find(self, chat: Chat, body: Body, *, key: str, since: datetime, under: str | None = None) -> str | None:
        """Whether there is a line with the key."""
        await asyncio.sleep(LATENCY)
        return next((key for line in lines(self._path) if line["verb"] == "post" and line["key"] == key), None)

    async def address(self, chat: Chat, receipt: str) -> str | None:
        """Never asked for here."""
        raise AssertionError


def lines(path: Path) -> Iterator[dict[str, str]]:
    """What stands in the file."""
    with path.open() as file:
        for line in file:
            yield json.loads(line)


async def main(url: str, path: Path, owner: str) -> None:
    """Deliver for ever."""
    store = await Store.open(url)
    pump = Pump(
        store=store,
        adapters=[FileAdapter(path)],
        compose=compose,
        compose_withdrawn=compose_withdrawn,
        compose_head=compose_head,
        clock=Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic, sleep=asyncio.sleep),
        owner=owner,
        ttl=timedelta(seconds=1),
        settle=0.2,
        poll=0.2,
    )
    await pump.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
