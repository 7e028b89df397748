"""The terminal itself: lines typed come in, lines laid out go out; or pipes and files in its place."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from bot.adapters.console.prompt import Prompt

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
        self._prompt: Prompt | None = None
        self._pipe: _Pipe | None = None
        self.broken = False

    def open(self, history: Path) -> None:
        """Get ready to read; `history` keeps what was typed."""
        if self._stdin is None:
            return
        if not self.has_prompt:
            self._pipe = _Pipe(self._stdin)
            return
        # Its library is large, and without a keyboard nobody waits for it.
        from bot.adapters.console.prompt import Prompt

        self._prompt = Prompt(self._stdin, self._stdout, history, prompt=PROMPT)

    async def close(self) -> None:
        """End `read`, now and from now on, and leave the terminal as it was."""
        self._closing.set()
        async with self._reading:
            if self._prompt is not None:
                self._prompt.close()

    async def read(self, words: Mapping[str, str], hint: str) -> str | None:
        """The next line, None at the end. `words` to complete, each with what it is; `hint` stands where nothing is
        typed yet."""
        async with self._reading:
            return None if self._closing.is_set() else await self._read_or_close(words, hint)

    async def _read_or_close(self, words: Mapping[str, str], hint: str) -> str | None:
        reading = asyncio.ensure_future(self._read(words, hint))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({reading, closing}, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else None
        finally:
            reading.cancel()
            closing.cancel()
            await asyncio.gather(reading, closing, return_exceptions=True)

    async def _read(self, words: Mapping[str, str], hint: str) -> str | None:
        if self._prompt is not None:
            return await self._prompt.line(words, hint)
        return None if self._pipe is None else await self._pipe.line()

    async def write(self, lay_out: LayOut, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Print lines after a free one, above the prompt. `before` and `after` run in the writing thread.

        Raises BrokenPipeError where nobody is there any more; there never will be.
        """
        aside = contextlib.nullcontext() if self._prompt is None else self._prompt.aside()
        async with self._writing, aside:
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
