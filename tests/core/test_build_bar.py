"""The bar of a long start: only for who waits at a terminal, and gone when there is a prompt."""

from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console

from bot.cli_progress import PATIENCE, BuildBar


class Terminal:
    """A terminal and a clock."""

    def __init__(self, *, is_terminal: bool = True, width: int = 100) -> None:
        self.text = io.StringIO()
        self.at = 0.0
        console = Console(file=self.text, force_terminal=is_terminal, width=width, _environ={})
        self.bar = BuildBar(console, lambda: self.at)

    def after(self, seconds: float, done: int) -> str:
        """What is newly written when so much is done."""
        self.at += seconds
        before = len(self.text.getvalue())
        self.bar(done, 50_000)
        return self.text.getvalue()[before:]

    def read(self, seconds: float, done: int) -> str:
        """The same for files that are read."""
        self.at += seconds
        before = len(self.text.getvalue())
        self.bar.reading(done, 2_000)
        return self.text.getvalue()[before:]


def test_a_build_that_takes_long_shows_a_bar_which_leaves_nothing_behind() -> None:
    terminal = Terminal()
    with terminal.bar:
        assert terminal.after(0, 100) == ""
        assert terminal.after(PATIENCE / 2, 10_000) == ""
        assert "10100/50000" in terminal.after(PATIENCE, 10_100)
        end = terminal.after(1, 50_000)
    assert end.endswith("\x1b[2K")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_has_the_numbers_too(width: int) -> None:
    terminal = Terminal(width=width)
    with terminal.bar:
        terminal.after(0, 10_000)
        assert "10100/50000" in terminal.after(PATIENCE * 2, 10_100)


def test_a_short_build_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    terminal = Terminal()
    with terminal.bar, caplog.at_level(logging.INFO):
        terminal.after(0, 5_000)
        terminal.after(PATIENCE / 2, 50_000)
    assert terminal.text.getvalue() == ""
    assert caplog.messages == []


def test_files_that_take_long_to_read_have_a_bar_and_the_build_after_them_has_the_next_at_once() -> None:
    terminal = Terminal()
    with terminal.bar:
        assert terminal.read(PATIENCE / 2, 100) == ""
        drawn = terminal.read(PATIENCE, 700)
        assert ("Reading the digest files" in drawn, "700/2000" in drawn) == (True, True)
        assert terminal.read(1, 2_000).endswith("\x1b[2K")
        assert "Building the search index" in terminal.after(0.1, 100)


def test_what_is_done_before_the_first_word_is_waited_for_too() -> None:
    terminal = Terminal()
    with terminal.bar:
        assert "100/50000" in terminal.after(PATIENCE * 2, 100)


def test_once_there_is_a_prompt_later_builds_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    terminal = Terminal()
    terminal.after(0, 100)
    assert terminal.after(PATIENCE * 2, 200) != ""
    terminal.bar.close()
    with caplog.at_level(logging.INFO):
        assert terminal.after(PATIENCE * 2, 5_000) == ""
        assert terminal.after(1, 5_100) == ""
    assert caplog.messages == ["indexed 5000 of 50000 papers"]


def test_where_nobody_watches_lines_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    pipe = Terminal(is_terminal=False)
    with pipe.bar, caplog.at_level(logging.INFO):
        pipe.after(0, 5_000)
        pipe.after(PATIENCE * 2, 10_000)
    assert pipe.text.getvalue() == ""
    assert caplog.messages == ["indexed 5000 of 50000 papers", "indexed 10000 of 50000 papers"]
