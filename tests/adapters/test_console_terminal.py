"""The prompt, on real pseudo-terminals: a process of its own, keys typed into it, its screen read back."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.adapters.console.prompt import Words
from bot.adapters.console.terminal import known_for_hyperlinks

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")

PATIENCE = 15.0
"""Seconds that a machine under load may take to show something."""

SCRIPT = """
import asyncio, signal, sys
from dataclasses import replace
from pathlib import Path
from bot.adapters.base import Command, Press, Reply
from bot.adapters.console.adapter import HERE, make
from bot.adapters.console.settings import PlatformSettings
from bot.message import Message, Paragraph, Text
from tests.adapters.bench import a_chat, a_paper

chat = a_chat(HERE)

def said(words):
    return Reply(messages=(Message(summary=words, blocks=(Paragraph((Text(words),)),)),))

async def main():
    async def complete():
        return ["reward-model", "rlhf"]
    adapter = make(PlatformSettings(), data=Path(sys.argv[1]), alone=True, complete=complete)
    tasks = []
    async def later():
        await asyncio.sleep(0.3)
        await adapter.post(chat, adapter.render(a_paper("A Late Paper"), chat), key="late")
    async def handle(event):
        if isinstance(event, Press):
            return Reply(toast="pressed " + repr(event.action))
        assert isinstance(event, Command)
        if event.name == "later":
            tasks.append(asyncio.create_task(later()))
        if event.name == "start":
            return Reply(messages=(a_paper(),))
        if event.name == "settings":
            return replace(said("ok"), language="en")
        return said(f"answer<{event.name}|{event.argument}>")
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: tasks.append(asyncio.create_task(adapter.stop())))
    await adapter.start(handle)
    await adapter.run()
    await adapter.stop()
    await asyncio.gather(*tasks)

asyncio.run(main())
print("ended politely")
"""


class Person:
    """Somebody at a terminal of 24 rows and 80 columns."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self._descriptor = descriptor
        self.raw = ""

    @property
    def screen(self) -> str:
        """All that was ever shown, without colours and moves of the cursor."""
        return re.sub(r"\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>]", "", self.raw)

    def types(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def sees(self, words: str, *, below: str = "") -> None:
        deadline = time.monotonic() + PATIENCE
        while words not in self.screen.partition(below)[2] if below else words not in self.screen:
            if not self._look(deadline - time.monotonic()):
                pytest.fail(f"{words!r} was not shown:\n{self.screen[-3000:]}")

    def _look(self, seconds: float) -> bool:
        if seconds <= 0 or not select.select([self._descriptor], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # Linux: nobody holds the other end any more
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)


@contextmanager
def person(folder: Path, *, environ: dict[str, str] | None = None) -> Iterator[Person]:
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={
            "PATH": os.defpath,
            "TERM": "xterm-256color",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONUTF8": "1",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "LANG": "ko_KR.UTF-8",
            **(environ or {}),
        },
    )
    try:
        yield Person(process, mine)
        assert termios.tcgetattr(theirs) == before, "the terminal is left as it was"
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(mine)


def test_a_person_talks_with_paperboy_and_leaves(tmp_path: Path) -> None:
    with person(tmp_path) as somebody:
        somebody.sees("[1] ▸ 초록")
        somebody.sees("❯ ")
        somebody.types("보상 모델\r")
        somebody.sees("answer<|보상 모델>")
        somebody.types("3\r")
        somebody.sees("pressed FollowTag(tag_id=2)")
        somebody.types("1\r")
        somebody.sees("We measure how close")
        somebody.types("/quit\r")
        somebody.sees("다음에 또 뵙겠습니다.")
        somebody.sees("ended politely")
    assert "\x1b[1m" in somebody.raw, "on a terminal it is drawn with styles"


def test_the_prompt_speaks_the_language_that_was_just_set(tmp_path: Path) -> None:
    with person(tmp_path) as somebody:
        somebody.sees("검색어, 화면의 번호, /help")
        somebody.types("/settings language en\r")
        somebody.sees("words to find, a number on the screen, /help")
        somebody.types("\x04")
        somebody.sees("See you.")
        somebody.sees("ended politely")


@pytest.mark.parametrize("key", ["\x04", "\x03"], ids=["ctrl-d", "ctrl-c"])
def test_ctrl_d_and_ctrl_c_end_the_chat(key: str, tmp_path: Path) -> None:
    with person(tmp_path) as somebody:
        somebody.sees("❯ ")
        somebody.types(key)
        somebody.sees("ended politely")


def test_a_signal_ends_the_chat_though_the_prompt_is_open(tmp_path: Path) -> None:
    with person(tmp_path) as somebody:
        somebody.sees("❯ ")
        somebody.process.send_signal(signal.SIGTERM)
        somebody.sees("ended politely")


def test_a_post_appears_above_what_is_being_typed(tmp_path: Path) -> None:
    with person(tmp_path) as somebody:
        somebody.sees("❯ ")
        somebody.types("/later\r")
        somebody.sees("answer<later|>")
        somebody.types("half a th")
        somebody.sees("A Late Paper")
        somebody.sees("❯ half a th", below="A Late Paper")
        somebody.types("ought\r")
        somebody.sees("answer<|half a thought>")
        somebody.types("\x04")
        somebody.sees("ended politely")


def test_a_command_and_a_tag_complete_on_tab(tmp_path: Path) -> None:
    with person(tmp_path) as somebody:
        somebody.sees("❯ ")
        somebody.types("/sea")
        somebody.sees("논문 찾기")
        somebody.types("\t #rew")
        somebody.sees("#reward-model", below="논문 찾기")
        somebody.types("\t\r")
        somebody.sees("answer<search|#reward-model>")
        somebody.types("\x04")
        somebody.sees("ended politely")


def test_what_was_typed_comes_back_with_the_arrow_in_the_next_run(tmp_path: Path) -> None:
    for run in range(2):
        with person(tmp_path) as somebody:
            somebody.sees("❯ ")
            somebody.types("잊지 마세요\r" if run == 0 else "\x1b[A\r")
            somebody.sees("answer<|잊지 마세요>")
            somebody.types("\x04")
            somebody.sees("ended politely")
    assert (tmp_path / "console.history").stat().st_mode & 0o077 == 0


def test_addresses_hide_behind_words_only_where_the_terminal_can(tmp_path: Path) -> None:
    for environ, hidden in (({}, False), ({"WT_SESSION": "1"}, True)):
        with person(tmp_path, environ=environ) as somebody:
            somebody.sees("❯ ")
            assert ("https://arxiv.org/abs/2405.00001" in somebody.screen) is not hidden
            assert ("\x1b]8;" in somebody.raw) is hidden
            somebody.types("\x04")
            somebody.sees("ended politely")


def test_a_terminal_without_any_art_is_given_plain_text(tmp_path: Path) -> None:
    with person(tmp_path, environ={"TERM": "dumb"}) as somebody:
        somebody.sees("[1] ▸ 초록")
        somebody.types("/help\n\x04")
        somebody.sees("answer<help|>")
        somebody.sees("ended politely")
    assert "\x1b" not in somebody.raw


# --- its parts ----------------------------------------------------------------------------------------------


def completions(typed: str, words: Sequence[str]) -> list[str]:
    completer = Words()
    completer.words = dict.fromkeys(words, "")
    return [each.text for each in completer.get_completions(Document(typed), CompleteEvent())]


def test_commands_complete_at_the_start_and_tags_anywhere() -> None:
    words = ["/search", "/settings", "#reward-model", "#RLHF", "#model-merging"]
    assert completions("/se", words) == ["/search", "/settings"]
    assert completions("find /se", words) == []
    assert completions("/search #re", words) == ["#reward-model"]
    assert completions("#r", words) == ["#reward-model", "#RLHF", "#model-merging"]
    assert completions("moe -#rl", words) == ["#RLHF"]
    assert completions("(#model", words) == ["#model-merging", "#reward-model"]
    assert completions("model", words) == []
    assert completions("", words) == []


@pytest.mark.parametrize(
    ("environ", "hides"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "screen-256color", "VTE_VERSION": "7200"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({}, False),
    ],
)
def test_terminals_are_known_by_what_they_say_of_themselves(environ: dict[str, str], hides: bool) -> None:
    assert known_for_hyperlinks(environ) is hides
