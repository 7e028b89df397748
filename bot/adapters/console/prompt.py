"""The prompt of a terminal with a keyboard: a line editor that remembers and completes, with room above it to write."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

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

if sys.platform != "win32":
    import termios


class Prompt:
    """Reads lines at a terminal until `close`."""

    def __init__(self, stdin: TextIO, stdout: TextIO, history: Path, *, prompt: str) -> None:
        """`history` keeps what was typed."""
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)
        self._completer = Words()
        self._session: PromptSession[str] = PromptSession(
            [("", "\n"), ("bold ansicyan", prompt)],
            history=FileHistory(str(history)),
            completer=self._completer,
            complete_while_typing=Condition(lambda: _word(get_app().current_buffer.document)[:1] in ("/", "#")),
            reserve_space_for_menu=6,
            enable_suspend=True,
            input=create_input(stdin),
            output=create_output(stdout),
        )
        self._open = contextlib.ExitStack()
        self._open.enter_context(_keys_kept(stdin.fileno()))
        # What a library prints in spite of all care appears above the prompt and not in it.
        self._open.enter_context(patch_stdout(raw=True))

    async def line(self, words: Mapping[str, str], hint: str) -> str | None:
        """The next line, None at the end. `words` are those to complete, each with what it is; `hint` stands where
        nothing is typed yet."""
        self._completer.words = words
        self._session.placeholder = FormattedText([("ansibrightblack", hint)])
        try:
            # Signals stay the house's: prompt_toolkit would take its SIGINT handler away for good.
            return await self._session.prompt_async(handle_sigint=False, set_exception_handler=False)
        except (EOFError, KeyboardInterrupt):
            return None

    def aside(self) -> contextlib.AbstractAsyncContextManager[None]:
        """The prompt gone for a while, for writing where it stands."""
        return in_terminal()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._open.close()


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
