"""The console on its bench: an empty input and a file for the output."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from bot.adapters.base import Event, Reply
from bot.adapters.console.adapter import HERE, ConsoleAdapter
from bot.adapters.console.terminal import Terminal
from tests.adapters.bench import Bench, a_chat


@contextlib.asynccontextmanager
async def bench(folder: Path, share: float = 1.0) -> AsyncIterator[Bench]:
    """A console that prints into a file. A terminal sets no limit of which there could be a share."""

    async def handle(event: Event) -> Reply:
        return Reply()

    output = folder / "printed"
    with output.open("w", encoding="utf-8") as stdout:
        adapter = ConsoleAdapter(Terminal(None, stdout), data=folder / "data", environ={})
        await adapter.start(handle)
        try:
            yield Bench(adapter=adapter, chat=a_chat(HERE), seen=lambda: output.read_text(encoding="utf-8"))
        finally:
            await adapter.stop()
