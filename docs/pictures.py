"""Draws the README's pictures from the real digests: `make pictures` (needs Chromium and a Korean font).

Each picture is a function of a `Scene` that gives a `Page`; the words in it are what the platform's own `render` makes
of the house's messages. `python -m docs.pictures NAME ...` draws only those.
"""

from __future__ import annotations

import asyncio
import html
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from bot import app
from bot.adapters.base import Command, Event, Reply, everybody
from bot.adapters.console.adapter import HERE
from bot.adapters.console.numbers import Numbers
from bot.adapters.console.render import lay_out
from bot.adapters.console.render import render as console_render
from bot.adapters.slack.render import render as slack_render
from bot.adapters.telegram.render import render as telegram_render
from bot.commands import Commands
from bot.formatting import paper_message
from bot.message import Message
from bot.model import Chat, ChatKind
from bot.query import parse
from bot.settings import Settings

FOLDER: Final = Path(__file__).parent
PAPER: Final = "VideoPrism"
"""Which paper is shown: one with a link, an abstract of a few lines and three tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the pictures show: a paper, and what is typed with what comes of it."""

    paper: Message
    conversation: Sequence[tuple[str, Sequence[Message]]]
    searches: Sequence[tuple[str, Message]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A picture before it is taken. `width` is in CSS pixels, `scale` how many pixels one of them has."""

    html: str
    width: int
    scale: float = 1.0


async def no_address(_chat: Chat, _receipt: str) -> str | None:
    """Nothing is posted for these pictures."""
    return None


async def scene() -> Scene:
    """The newest papers of the seeds, and a search."""
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
                address_of=no_address,
            )

            async def ask(event: Event) -> Reply:
                return await commands.handle(event)

            def command(name: str, argument: str) -> Command:
                return Command(address=HERE, kind=ChatKind.PRIVATE, may_manage=everybody, name=name, argument=argument)

            followed = await ask(command("subscribe", "rl hf"))
            found = await ask(command("search", "보상 모델"))
            [hit] = house.index.search(parse(PAPER, house.lexicon), limit=1).hits
            stored = (await house.store.papers.get([hit.paper_id]))[hit.paper_id]
            tags = (await house.store.papers.paper_tags([stored.id]))[stored.id]
            paper = paper_message(stored, tags, language="ko", following=frozenset({tags[-1].id}))
            talk = [("/subscribe rl hf", followed.messages), ("보상 모델", found.messages)]
            typed = ("보상 모델", "rkdghkgkrtmq")
            searches = [(line, (await ask(command("search", line))).messages[0]) for line in typed]
            return Scene(paper=paper, conversation=talk, searches=searches)


# --- the terminal -----------------------------------------------------------------------------------------------

_COLUMNS: Final = 96
# A font whose Hangul is just twice as wide as its Latin letters, as in a terminal.
_TERMINAL: Final = """<!doctype html><meta charset="utf-8"><style>
{stylesheet}
body {{ margin: 0; background: #16181d; color: #d8dae0; padding: 20px 26px; }}
pre {{ margin: 0; font: 16px/1.45 "Noto Sans Mono CJK KR", "D2Coding", monospace; }}
a {{ color: inherit; }}
</style><body><pre>{code}</pre></body>"""


def console(shown: Scene) -> Page:
    """A chat in the terminal."""
    terminal = Console(width=_COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    numbers = Numbers()
    for typed, messages in [("", [shown.paper]), *shown.conversation]:
        if typed:
            terminal.print(Text(f"❯ {typed}", "bold"))
            terminal.print()
        for message in messages:
            drawing = console_render(message)
            for line in lay_out(drawing, numbers.give(drawing), language="ko", width=_COLUMNS, hyperlinks=True):
                terminal.print(line)
            terminal.print()
    return Page(html=terminal.export_html(theme=MONOKAI, code_format=_TERMINAL), width=860)


# --- Telegram ---------------------------------------------------------------------------------------------------

# As Telegram's own applications draw it: three lines of a folded quote stay in view, and buttons hang below the bubble.
_TELEGRAM: Final = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 18px 20px; background: #a9c8b1; display: flex; gap: 22px; align-items: flex-start;
  font: 14.5px/1.36 "Noto Sans CJK KR", sans-serif; color: #000; }
.post { width: 370px; }
.bubble { background: #fff; border-radius: 15px 15px 15px 4px; padding: 7px 12px 6px; }
.name { color: #3a8fd6; font-weight: 600; margin-bottom: 1px; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; word-break: keep-all; }
a { color: #2481cc; text-decoration: none; }
blockquote { position: relative; margin: 0; padding: 5px 24px 5px 11px; border-left: 3px solid #3a8fd6;
  border-radius: 5px; background: #eaf3fb; font-size: 14px; }
blockquote .inner { display: block; }
blockquote.folded .inner { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
blockquote::before { content: "❞"; position: absolute; top: 1px; right: 7px; color: #3a8fd6; font-size: 13px; }
blockquote::after { content: ""; position: absolute; right: 9px; bottom: 9px; width: 5px; height: 5px;
  border: solid #3a8fd6; border-width: 0 2px 2px 0; transform: rotate(45deg); }
blockquote.open::after { bottom: 6px; transform: rotate(225deg); }
.time { text-align: right; color: #8a9aa5; font-size: 12px; margin-top: 1px; }
.row { display: flex; gap: 4px; margin-top: 4px; }
.key { flex: 1; text-align: center; padding: 7px 4px; border-radius: 8px; background: #5d8a6a; color: #fff;
  font-weight: 600; font-size: 14px; white-space: nowrap; overflow: hidden; }
.row:last-child .key:first-child { border-bottom-left-radius: 14px; }
.row:last-child .key:last-child { border-bottom-right-radius: 14px; }
.label { font-size: 13px; color: #2f5239; margin: 0 0 6px 4px; }
</style><body>%s</body>"""


def telegram(shown: Scene) -> Page:
    """A paper in a Telegram chat, as it comes and with its abstract unfolded."""
    posts = _post(shown.paper, "folded", "받았을 때") + _post(shown.paper, "open", "초록을 눌러 펼쳤을 때")
    return Page(html=_TELEGRAM % posts, width=802, scale=1.0)


def search(shown: Scene) -> Page:
    """What two searches find in a Telegram chat."""
    return Page(html=_TELEGRAM % "".join(_post(found, "folded", line) for line, found in shown.searches), width=802)


def _post(message: Message, state: str, label: str) -> str:
    body = telegram_render(message)
    # What is sent is HTML that a browser reads alike, but for the folding.
    quoted = rf'<blockquote class="{state}"><span class="inner">\1</span></blockquote>'
    text = re.sub(r"<blockquote expandable>(.*?)</blockquote>", quoted, body.text, flags=re.DOTALL)
    rows = "".join(
        '<div class="row">' + "".join(f'<div class="key">{html.escape(key["text"])}</div>' for key in row) + "</div>"
        for row in body.keyboard
    )
    bubble = f'<div class="name">Paperboy</div><div class="text">{text}</div><div class="time">9:00</div>'
    return f'<div class="post"><div class="label">{label}</div><div class="bubble">{bubble}</div>{rows}</div>'


# --- Slack ------------------------------------------------------------------------------------------------------

_SLACK_PACKAGES: Final = ("slack-blocks-to-jsx@1.1.1", "react@19", "react-dom@19")
_SLACK_DRAW: Final = """
import { readFileSync } from "node:fs";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { Message } from "slack-blocks-to-jsx";
for (const message of JSON.parse(readFileSync(0, "utf-8")))
  process.stdout.write(renderToStaticMarkup(createElement(Message, { ...message, theme: "light", time: new Date(0) })));
"""
_SLACK_LOGO: Final = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" fill="#2b3a55"/>'
    '<path d="M9 8h14l4 4v16H9z" fill="#fff"/><path d="M12 14h8M12 18h12M12 22h12" stroke="#2b3a55"/></svg>'
)
# Slack leaves eight pixels between two blocks, which the library does for some of them only.
_SLACK: Final = """<!doctype html><meta charset="utf-8"><style>
{stylesheet}
body {{ margin: 0; padding: 16px 20px 18px; background: #fff; font-family: "Noto Sans CJK KR", sans-serif; }}
section {{ max-width: none !important; margin-bottom: 16px; }}
.slack_blocks_to_jsx--block_wrapper + .slack_blocks_to_jsx--block_wrapper {{ margin-top: 8px; }}
.slack_blocks_to_jsx--header div:last-child {{ visibility: hidden; }}
.slack_blocks_to_jsx--blocks {{ overflow-wrap: anywhere; word-break: keep-all; }}
</style><body>{messages}</body>"""


def slack(shown: Scene) -> Page:
    """A paper in a Slack channel, as it comes and with its abstract unfolded; drawn by a library from npm."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SystemExit("the picture of Slack needs Node and npm.")
    folded = slack_render(shown.paper).blocks
    unfolded = [block | ({"default_collapsed": False} if block["type"] == "container" else {}) for block in folded]
    messages = [{"name": "Paperboy", "logo": _SLACK_LOGO, "blocks": blocks} for blocks in (folded, unfolded)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
        (Path(folder) / "draw.js").write_text(_SLACK_DRAW, encoding="utf-8")
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        subprocess.run([npm, "install", *quiet, *_SLACK_PACKAGES], cwd=folder, check=True)
        draw = [node, "draw.js"]
        drawn = subprocess.run(draw, cwd=folder, check=True, input=json.dumps(messages).encode(), capture_output=True)
        stylesheet = (Path(folder) / "node_modules/slack-blocks-to-jsx/dist/style.css").read_text(encoding="utf-8")
    return Page(html=_SLACK.format(stylesheet=stylesheet, messages=drawn.stdout.decode()), width=760)


# --- taking them ------------------------------------------------------------------------------------------------

PICTURES: Final[dict[str, Callable[[Scene], Page]]] = {
    "console": console,
    "telegram": telegram,
    "search": search,
    "slack": slack,
}
"""The pictures by the name of their file."""

_MEASURE: Final = "<script>document.title = document.documentElement.scrollHeight</script>"


def take(page: Page, file: Path) -> None:
    """Have Chromium draw a page, as high as it is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("make pictures needs Chromium and a Korean font (fonts-noto-cjk).")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page.html + _MEASURE, encoding="utf-8")

        def chromium(height: int, *options: str) -> str:
            command = [
                found,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--disable-lcd-text",
                f"--force-device-scale-factor={page.scale}",
                f"--user-data-dir={folder}/profile",
                f"--window-size={page.width},{height}",
                *options,
                source.as_uri(),
            ]
            return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout

        height = re.search(r"<title>(\d+)</title>", chromium(100, "--dump-dom"))
        if height is None:
            raise SystemExit("Chromium did not say how high the page is.")
        chromium(int(height[1]), f"--screenshot={file}")


def main(names: Sequence[str]) -> None:
    """Write the pictures with these names, all of them where none is given."""
    shown = asyncio.run(scene())
    for name in names or PICTURES:
        take(PICTURES[name](shown), FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
