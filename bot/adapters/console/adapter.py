"""The console: one private chat in the terminal, with the same words as Telegram's.

Each button and each fold has a number, counted on through the chat and shown in brackets before it; typing the
number presses the button or opens the fold. A number means the latest thing that shows it.
"""

from __future__ import annotations

import asyncio
import getpass
import logging
import os
import re
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from bot.adapters.base import Command, Handle, NotSent, Person, Press, Reply, everybody
from bot.adapters.console.drawing import Drawing, one_line, only_buttons, render, unfold
from bot.adapters.console.journal import Journal
from bot.adapters.console.numbers import Numbers
from bot.adapters.console.render import INDENT, lay_out
from bot.adapters.console.settings import PlatformSettings
from bot.adapters.console.terminal import PROMPT, Terminal
from bot.message import Button, Fold, Message
from bot.model import Address, Chat, ChatKind
from bot.pacing import LanePace, Limits
from bot.strings import LANGUAGES, sentences, text

log = logging.getLogger(__name__)

HERE: Final = Address(lane="console:local", chat="local")
Complete = Callable[[], Awaitable[Sequence[str]]]


def make(
    settings: PlatformSettings,
    *,
    data: Path,
    alone: bool = False,
    language: str = "ko",
    complete: Complete | None = None,
    **_: object,
) -> ConsoleAdapter | None:
    """The console, where it is switched on, or where nothing else runs (`alone`) and it is not switched off.

    `data` is a folder for what was typed and what was printed; `language` the one to speak until a chat is known;
    `complete` the names of the tags, without their `#`.
    """
    if settings.enabled is False or (settings.enabled is None and not alone):
        return None
    terminal = Terminal(
        sys.stdin,
        sys.stdout,
        environ=os.environ,
        width=settings.width,
        hyperlinks=settings.hyperlinks,
    )
    return ConsoleAdapter(terminal, data=data, language=language, complete=complete, environ=os.environ)


class ConsoleAdapter:
    """The person at the terminal and their chat."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        data: Path,
        language: str = "ko",
        complete: Complete | None = None,
        environ: Mapping[str, str],
    ) -> None:
        self.name = "console"
        self.owns_terminal = True
        # A terminal sets no limit; the console waits for each line to be written.
        self.paces = {
            HERE.lane: LanePace(Limits(per_second=10_000.0, burst=10_000, chat_interval=0.0, reply_share=0.0))
        }
        self._terminal = terminal
        self._data = data
        self._journal = Journal(data / "console.posts")
        self._complete = complete
        speaks = _language(environ)
        self._language = speaks or language
        self._person = Person(id="local", name=_user(), address=HERE, language=speaks)
        self._run = secrets.token_hex(4)
        self._receipts = count(1)
        self._numbers = Numbers()
        self._handle: Handle | None = None

    async def start(self, handle: Handle) -> None:
        """Open the terminal."""
        self._handle = handle
        self._terminal.open(self._data / "console.history")

    async def run(self) -> None:
        """Greet, then answer line by line until the input ends or the person leaves.

        Raises BrokenPipeError where nobody reads the output any more.
        """
        await self._ask(self._command("start"))
        while (line := await self._terminal.read(await self._words(), self._say("hint"))) is not None:
            if not self._terminal.has_prompt:
                await self._echo(line)
            if line.strip().casefold() in ("/quit", "/exit"):
                break
            await self._typed(line.strip())
        if self._terminal.broken:
            raise BrokenPipeError
        if self._terminal.has_prompt:
            await self._note(self._say("goodbye"))

    async def stop(self) -> None:
        """Leave the terminal as it was."""
        await self._terminal.close()

    def render(self, message: Message, chat: Chat) -> Drawing:
        """A drawing without numbers: those are given when it is printed."""
        return render(message)

    def variant(self, chat: Chat) -> str:
        """There is one form."""
        return "terminal"

    async def post(self, chat: Chat, body: Drawing, *, key: str, under: str | None = None) -> str:
        """Print, and return the receipt: unique in this run, and the run's name before it."""
        self._language = chat.language
        receipt = f"{self._run}-{next(self._receipts)}"
        await self._deliver(
            body,
            before=lambda: self._journal.begin(key),
            after=lambda: self._journal.end(key, receipt, body.name),
        )
        return receipt

    async def edit(self, chat: Chat, receipt: str, body: Drawing) -> None:
        """Print the new form under a note, for what was printed stays where it is; nothing if it reads so already."""
        self._language = chat.language
        await self._change(receipt, body, head=f"✎ {self._say('edited')}")

    async def withdraw(self, chat: Chat, receipt: str, body: Drawing) -> None:
        """Print the words that take its place."""
        self._language = chat.language
        await self._change(receipt, body)

    async def find(
        self, chat: Chat, body: Drawing, *, key: str, since: datetime, under: str | None = None
    ) -> str | None:
        """What the journal says."""
        return await asyncio.to_thread(self._journal.find, key)

    async def address(self, chat: Chat, receipt: str) -> str | None:
        """What is printed has no address."""
        return None

    # --- what the person does -------------------------------------------------------------------------------

    async def _typed(self, line: str) -> None:
        if not line:
            return
        if (number := self._number(line)) is not None:
            await self._choose(number)
        elif command := re.fullmatch(r"/(\S*)\s*(.*)", line):
            await self._ask(self._command(command[1].casefold() or "help", command[2]))
        else:
            await self._ask(self._command("", line))

    def _number(self, line: str) -> int | None:
        """The number that a line is. One of three digits that nothing shows (`405`) is a word to find."""
        found = re.fullmatch(r"(\[?)(\d{1,3})\]?", line)
        if found is None:
            return None
        number = int(found[2])
        return number if found[1] or len(found[2]) < 3 or self._numbers.get(number) else None

    async def _choose(self, number: int) -> None:
        match self._numbers.get(number):
            case None:
                await self._note(self._say("no_number", n=number))
            case (drawing, Fold() as fold):
                await self._draw(unfold(drawing, fold))
            case (drawing, Button() as button):
                press = Press(
                    address=HERE,
                    kind=ChatKind.PRIVATE,
                    person=self._person,
                    language=self._person.language,
                    may_manage=everybody,
                    action=button.action,
                )
                await self._ask(press, drawing)

    async def _ask(self, event: Command | Press, pressed: Drawing | None = None) -> None:
        if self._handle is None:
            raise RuntimeError("not started")
        try:
            reply = await self._handle(event)
        except Exception:
            log.exception("an answer failed")
            await self._note(text(self._words_of(), "command.sorry"))
            return
        await self._answer(reply, pressed)
        if reply.start is not None:
            await self._ask(self._command("start", reply.start))

    async def _answer(self, reply: Reply, pressed: Drawing | None) -> None:
        self._language = reply.language or self._language
        if reply.toast:
            await self._note(reply.toast)
        for message in reply.messages:
            await self._draw(render(message))
        if reply.replace is None:
            return
        new = render(reply.replace)
        # On paper nothing can be redrawn: words that are still the same are not said again.
        same = pressed is not None and pressed.message.blocks == new.message.blocks
        await self._draw(only_buttons(new) if same else new)

    def _command(self, name: str, argument: str = "") -> Command:
        return Command(
            address=HERE,
            kind=ChatKind.PRIVATE,
            person=self._person,
            language=self._person.language,
            may_manage=everybody,
            name=name,
            argument=argument,
        )

    # --- what is printed ------------------------------------------------------------------------------------

    async def _change(self, receipt: str, body: Drawing, *, head: str | None = None) -> None:
        if await asyncio.to_thread(self._journal.shows, receipt) != body.name:
            await self._deliver(body, head=head, after=lambda: self._journal.change(receipt, body.name))

    async def _deliver(
        self,
        drawing: Drawing,
        *,
        head: str | None = None,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        try:
            await self._draw(drawing, head=head, before=before, after=after)
        except BrokenPipeError as error:
            raise NotSent(str(error)) from error

    async def _draw(self, drawing: Drawing, *, head: str | None = None, **around: Any) -> None:
        def lines(width: int | None, hyperlinks: bool) -> Sequence[Text]:
            page = lay_out(
                drawing,
                self._numbers.give(drawing),
                width=width,
                hyperlinks=hyperlinks,
                language=self._words_of(),
            )
            return page if head is None else [Text(INDENT + head, "dim"), *page]

        await self._print(lines, **around)

    async def _note(self, said: str) -> None:
        await self._print(lambda _width, _links: [Text(f"{INDENT}» {one_line(said)}", "italic")])

    async def _echo(self, typed: str) -> None:
        await self._print(lambda _width, _links: [Text(PROMPT + one_line(typed), "bold")])

    async def _print(
        self,
        lines: Callable[[int | None, bool], Sequence[Text]],
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        await self._terminal.write(lines, before, after)

    # --- words ----------------------------------------------------------------------------------------------

    def _words_of(self) -> str:
        return self._language if self._language in LANGUAGES else LANGUAGES[0]

    def _say(self, key: str, **values: object) -> str:
        return text(self._words_of(), f"console.{key}", **values)

    async def _words(self) -> Mapping[str, str]:
        """What can be completed, each with what it means."""
        if not self._terminal.has_prompt:
            return {}
        language = self._words_of()
        menu = {key.removeprefix("menu."): said for key, said in sentences(language).items() if key.startswith("menu.")}
        words = {f"/{name}": said for name, said in menu.items()} | {"/quit": self._say("quit")}
        return words | {f"#{tag}": "" for tag in await self._tags()}

    async def _tags(self) -> Sequence[str]:
        try:
            return [] if self._complete is None else await self._complete()
        except Exception:  # a database that is busy: the chat goes on without help in typing
            log.exception("no tags to complete")
            return []


def _language(environ: Mapping[str, str]) -> str | None:
    """The language of the person's locale, as POSIX reads the environment; None for none ("C")."""
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    found = re.match(r"([a-z]{2,3})(?=[_.@]|$)", named)
    return found[1] if found else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""
