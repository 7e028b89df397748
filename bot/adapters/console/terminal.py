"""The terminal itself: lines typed come in, lines laid out go out; or pipes and files in its place."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app, in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import create_input
from prompt_toolkit.output import create_output
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.text import Text

if sys.platform != "win32":
    import termios

PROMPT: Final = "❯ "
MEASURE: Final = 100
"""The widest a text is set on a terminal, in columns: longer lines are hard to read."""
LONGEST_LINE: Final = 65536
"""Where a piped line that does not end is cut, in letters."""

LayOut = Callable[[int | None, bool], Iterable[Text]]
"""Lines for so many columns (None: do not wrap), with addresses hidden behind words or not."""


class Terminal:
    """Where the person is. With a keyboard and a screen there is a prompt; otherwise lines are read as they come.

    `stdin` may be None (a closed one). Writing happens in a worker thread: a terminal that is held (Ctrl-S) or a pipe
    that nobody reads stops the console, and nothing else.
    """

    def __init__(
        self,
        stdin: TextIO | None,
        stdout: TextIO,
        *,
        environ: Mapping[str, str] = MappingProxyType({}),
        width: int | None = None,
        hyperlinks: bool | None = None,
    ) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._width = width
        self.is_screen = stdout.isatty() and environ.get("TERM") != "dumb"
        self.has_prompt = self.is_screen and stdin is not None and stdin.isatty()
        self._hyperlinks = self.is_screen and (known_for_hyperlinks(environ) if hyperlinks is None else hyperlinks)
        self._console = Console(file=stdout, force_terminal=self.is_screen, legacy_windows=False)
        self._writing = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._closing = asyncio.Event()
        self._prompt: PromptSession[str] | None = None
        self._pipe: _Pipe | None = None
        self._completer = Words()
        self._open = contextlib.ExitStack()
        self.broken = False

    def open(self, history: Path, hint: str) -> None:
        """Get ready to read; `history` keeps what was typed, `hint` stands where nothing is typed yet."""
        if self._stdin is None:
            return
        if not self.has_prompt:
            self._pipe = _Pipe(self._stdin)
            return
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)
        self._prompt = PromptSession(
            [("", "\n"), ("bold ansicyan", PROMPT)],
            history=FileHistory(str(history)),
            completer=self._completer,
            complete_while_typing=Condition(lambda: _word(get_app().current_buffer.document)[:1] in ("/", "#")),
            reserve_space_for_menu=6,
            enable_suspend=True,
            placeholder=FormattedText([("ansibrightblack", hint)]),
            input=create_input(self._stdin),
            output=create_output(self._stdout),
        )
        self._open.enter_context(_keys_kept(self._stdin.fileno()))
        # What a library prints in spite of all care appears above the prompt and not in it.
        self._open.enter_context(patch_stdout(raw=True))

    async def close(self) -> None:
        """End `read`, now and from now on, and leave the terminal as it was."""
        self._closing.set()
        async with self._reading:
            self._open.close()

    async def read(self, words: Mapping[str, str]) -> str | None:
        """The next line, None at the end. `words` to complete, each with what it is."""
        self._completer.words = words
        async with self._reading:
            return None if self._closing.is_set() else await self._read_or_close()

    async def _read_or_close(self) -> str | None:
        reading = asyncio.ensure_future(self._read())
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({reading, closing}, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else None
        finally:
            reading.cancel()
            closing.cancel()
            await asyncio.gather(reading, closing, return_exceptions=True)

    async def _read(self) -> str | None:
        if self._prompt is None:
            return None if self._pipe is None else await self._pipe.line()
        try:
            # Signals stay the house's: prompt_toolkit would take its SIGINT handler away for good.
            return await self._prompt.prompt_async(handle_sigint=False, set_exception_handler=False)
        except (EOFError, KeyboardInterrupt):
            return None

    async def write(self, lay_out: LayOut, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Print lines after a free one, above the prompt. `before` and `after` run in the writing thread.

        Raises BrokenPipeError where nobody is there any more; there never will be.
        """
        async with self._writing, in_terminal():
            text = self._drawn([Text(), *lay_out(self._columns(), self._hyperlinks)])
            await asyncio.to_thread(self._put, text, before, after)

    def _columns(self) -> int | None:
        if self._width is not None or not self.is_screen:
            return self._width
        return min(self._console.width, MEASURE)

    def _drawn(self, lines: Sequence[Text]) -> str:
        with self._console.capture() as capture:
            for line in lines:
                self._console.print(line, soft_wrap=True, highlight=False)
        return capture.get()

    def _put(self, text: str, before: Callable[[], None], after: Callable[[], None]) -> None:
        before()
        encoding = self._stdout.encoding or "utf-8"
        try:
            if self.broken:
                raise BrokenPipeError
            self._stdout.write(text.encode(encoding, "replace").decode(encoding))
            self._stdout.flush()
        except OSError as error:
            self._let_go()
            raise BrokenPipeError("nobody reads the output any more") from error
        after()

    def _let_go(self) -> None:
        if not self.broken:
            self.broken = True
            # What is left in the buffer would fail once more when the interpreter ends.
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stdout.fileno())
                os.close(nowhere)


@contextlib.contextmanager
def _keys_kept(descriptor: int) -> Iterator[None]:
    """What is typed between two prompts belongs to the next one: it is not echoed before its time, and Ctrl-D, on
    which the terminal would act by itself, is not lost.
    """
    if sys.platform == "win32":
        yield
        return
    before = termios.tcgetattr(descriptor)
    changed = termios.tcgetattr(descriptor)
    changed[3] &= ~termios.ECHO
    changed[6][termios.VEOF] = bytes([os.fpathconf(descriptor, "PC_VDISABLE")])
    termios.tcsetattr(descriptor, termios.TCSANOW, changed)
    try:
        yield
    finally:
        # The terminal may be gone.
        with contextlib.suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, before)


class _Pipe:
    """Lines of a pipe, a file or /dev/null, read without a thread that could outlive the run."""

    def __init__(self, stream: TextIO) -> None:
        self._descriptor: int | None = None
        with contextlib.suppress(OSError, ValueError):
            self._descriptor = stream.fileno()
        self._decoder = codecs.getincrementaldecoder(stream.encoding or "utf-8")("replace")
        self._lines: deque[str] = deque()
        self._rest = ""

    async def line(self) -> str | None:
        while not self._lines:
            if self._descriptor is None:
                return None
            await _until_readable(self._descriptor)
            self._take(self._descriptor)
        return self._lines.popleft()

    def _take(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, 65536)
        except OSError:  # a closed one; a terminal that hung up
            data = b""
        if not data:
            self._descriptor = None
        *whole, self._rest = (self._rest + self._decoder.decode(data, final=not data)).split("\n")
        self._lines.extend(whole)
        if self._rest and (not data or len(self._rest) > LONGEST_LINE):
            self._lines.append(self._rest)
            self._rest = ""


async def _until_readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(descriptor, readable.set)
    except OSError:
        # The selector refuses regular files and /dev/null, which never keep a reader waiting.
        return
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)


class Words(Completer):
    """Completes commands at the start of a line and tags anywhere."""

    words: Mapping[str, str] = {}

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        word = _word(document)
        if word[:1] not in ("/", "#") or (word[0] == "/" and document.text_before_cursor.lstrip() != word):
            return
        folded = word.casefold()
        found = [each for each in self.words if each.casefold().startswith(folded)]
        if word[0] == "#" and len(word) > 1:
            found += [each for each in self.words if each[0] == "#" and folded[1:] in each.casefold()[2:]]
        for each in dict.fromkeys(found):
            yield Completion(each, start_position=-len(word), display_meta=self.words[each])


def _word(document: Document) -> str:
    return document.get_word_before_cursor(WORD=True).lstrip("-(")


def known_for_hyperlinks(environ: Mapping[str, str]) -> bool:
    """Whether the terminal says that it is one of those that draw OSC 8 links."""
    if environ.get("TERM_PROGRAM") in {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby"}:
        return True
    if environ.get("TERM") in {"xterm-kitty", "alacritty", "foot", "xterm-ghostty", "contour"}:
        return True
    if environ.get("TERM", "").startswith(("screen", "tmux")):
        return False
    vte = environ.get("VTE_VERSION", "")
    return "WT_SESSION" in environ or "KONSOLE_VERSION" in environ or (vte.isdecimal() and int(vte) >= 5000)
