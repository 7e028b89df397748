"""Draws the README's pictures from the real digests: `make pictures` (needs Chromium)."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from bot import app
from bot.adapters.base import Command, Event, Reply, everybody
from bot.adapters.console.adapter import HERE
from bot.adapters.console.numbers import Numbers
from bot.adapters.console.render import lay_out, render
from bot.commands import Commands
from bot.formatting import paper_message
from bot.message import Message
from bot.model import ChatKind
from bot.settings import Settings

WIDTH = 96
FILE = Path(__file__).parent / "console.png"

# A font whose Hangul is just twice as wide as its Latin letters, as in a terminal.
_PAGE = """<!doctype html><meta charset="utf-8"><style>
{stylesheet}
body {{ margin: 0; background: #16181d; color: #d8dae0; display: inline-block; padding: 20px 26px; }}
pre {{ margin: 0; font: 16px/1.45 "Noto Sans Mono CJK KR", "D2Coding", monospace; }}
a {{ color: inherit; }}
</style><body><pre>{code}</pre></body>"""


async def _conversation() -> list[tuple[str, Sequence[Message]]]:
    """What is typed, and what comes: the newest paper of the seeds, and a search."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        async with app.open_house(settings) as house:
            await house.ingest.scan()
            commands = Commands(
                store=house.store,
                index=house.index,
                lexicon=house.lexicon,
                now=app.utc_now,
                default_language="ko",
                default_zone="Asia/Seoul",
                wake=lambda: None,
            )

            async def ask(event: Event) -> Reply:
                return await commands.handle(event)

            def command(name: str, argument: str) -> Command:
                return Command(address=HERE, kind=ChatKind.PRIVATE, may_manage=everybody, name=name, argument=argument)

            followed = await ask(command("subscribe", "rl hf"))
            found = await ask(command("search", "보상 모델 과최적화"))
            latest = (await house.store.papers.latest())[3]
            tags = (await house.store.papers.paper_tags([latest.id]))[latest.id]
            paper = paper_message(latest, tags, language="ko", following=frozenset({tags[-1].id}))
            return [("", [paper]), ("/subscribe rl hf", followed.messages), ("보상 모델 과최적화", found.messages)]


def main() -> None:
    """Write the picture."""
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    numbers = Numbers()
    for typed, messages in asyncio.run(_conversation()):
        if typed:
            console.print(Text(f"❯ {typed}", "bold"))
            console.print()
        for message in messages:
            drawing = render(message)
            for line in lay_out(drawing, numbers.give(drawing), language="ko", width=WIDTH, hyperlinks=True):
                console.print(line)
            console.print()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("make pictures needs Chromium and a Korean font (fonts-noto-cjk).")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "console.html"
        page.write_text(console.export_html(theme=MONOKAI, code_format=_PAGE), encoding="utf-8")
        lines = page.read_text(encoding="utf-8").partition("<pre>")[2].count("\n")
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
                f"--window-size=860,{round(lines * 23.2) + 30}",
                f"--screenshot={FILE}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    main()
