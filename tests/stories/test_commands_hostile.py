"""Whatever arrives, an answer goes back: nothing raises, nothing is repeated that could fool a reader."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.base import Reply
from bot.commands import ALIASES
from bot.formatting import COMMANDS
from bot.message import ACTION_BYTES, Action, decode_action, encode_action
from bot.model import ChatKind
from tests.stories.commands_house import Stage, apologised, buttons, messages, stage, words

NAMES = [*COMMANDS, "start", *ALIASES]
ALPHABET = (
    "aB가나힣ㄱ09 #\"'()-*:|_.,!<>&`[]{}\\$@/~%\n\r\t\x00\x07\x1b\u202e\u2066\u200d\ufeff\u2028\ud800\udfff\U0001f469"
    "\U000e0041\u0301"
)
PIECES = [
    "#llm", "#", "tag:", "author:", "after:2024", "before:2024-13", "-", "or", "(", ")", '"', "*", "-*", "보상",
    "모델을", "https://arxiv.org/abs/2401.10020", "time", "zone", "days", "09:00", "오전", "Seoul", "on", "en", "t_1",
    "q_1", "s_1", "p_1", "m_1", "t_zz",
]  # fmt: skip
EVERY_SCREEN = [
    "/start", "/help", "/subscribe", "/subscribe #evaluaton", "/subscribe *", "/subscribe #llm", "/unsubscribe",
    "/tags", "/subscriptions", "/tags rl", "/search", "model", "reward modle", "zzyzx", "/latest", "/settings",
    "/settings zone usa", "/xyzzy", "/serach x",
]  # fmt: skip
LINES = st.one_of(
    st.text(st.sampled_from(ALPHABET), max_size=60),
    st.text(max_size=60),
    st.lists(
        st.sampled_from(PIECES),
        max_size=8,
    ).map(" ".join),
)
HOSTILE = [
    "가" * 10_000, "a " * 5_000, "(" * 10_000, '"' * 9_999, "-" * 10_000, "#" * 10_000, "#a " * 3_000, "or " * 3_000,
    "<b>굵게</b> *별* _밑줄_ `코드` [링크](https://evil.example) <!channel> <@U123> @everyone & &amp;",
    "\x00\x01\x1b[31m빨강\x1b[0m\u202e뒤집기\u2066", "\ud800", "\U0010ffff" * 50, "👩‍👩‍👧‍👦" * 100, "e\u0301" * 500,
    "' OR 1=1; DROP TABLE chat; --", "{0.__class__} {query} %s %(x)s ${x}", "../../etc/passwd",
]  # fmt: skip


@contextmanager
def running(folder: Path) -> Iterator[tuple[Stage, Callable[[Coroutine[Any, Any, Any]], Any]]]:
    """A house on an event loop of its own, for tests that are many tries at one house."""
    with asyncio.Runner() as runner:
        entered = stage(folder)
        house = runner.run(entered.__aenter__())
        try:
            yield house, runner.run
        finally:
            runner.run(entered.__aexit__(None, None, None))


def check(reply: Reply, *, told: object) -> None:
    """What holds for every answer."""
    assert not apologised(reply), told
    for message in messages(reply):
        assert message.summary, told
        assert message.blocks, told
        assert sum(len(row) for row in message.buttons) <= 100, told
        assert all(0 < len(row) <= 8 for row in message.buttons), told
        for row in message.buttons:
            for button in row:
                assert 0 < len(button.label) <= 75, (told, button)
    if reply.toast is not None:
        assert 0 < len(reply.toast) <= 200, told
    if reply.start is not None:
        assert reply.start.replace("_", "").isalnum(), told
        assert len(reply.start) <= 64, told
    for letter in words(reply).replace("\n", " "):
        assert unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp"), told
        assert letter not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", told


def test_any_words_after_any_command_get_an_answer(tmp_path: Path) -> None:
    with running(tmp_path) as (house, run):
        people = [
            house.reader(), house.reader("ann", "en"), house.member("joe"), house.member("boss", manager=True),
            house.member("chan", manager=True, kind=ChatKind.CHANNEL),
        ]  # fmt: skip

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.sampled_from(people), st.sampled_from(NAMES), LINES)
        def told(who: Any, name: str, line: str) -> None:
            reply = run(who.types(f"/{name} {line}"))
            assert messages(reply)
            check(reply, told=(name, line))

        told()


def test_any_plain_words_and_any_command_name_get_an_answer(tmp_path: Path) -> None:
    with running(tmp_path) as (house, run):

        @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(LINES)
        def told(line: str) -> None:
            check(run(house.reader().types(line)), told=line)
            check(run(house.member().types(f"/{line}")), told=line)

        told()


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_hostile_lines_get_an_answer(tmp_path: Path, name: str) -> None:
    with running(tmp_path) as (house, run):
        for line in HOSTILE:
            reply = run(house.reader().types(f"/{name} {line}" if name else line))
            check(reply, told=(name, line[:40]))
            assert sum(len(line) for line in words(reply).split("\n[")[:1]) < 4096 or name == "latest", (
                name,
                line[:40],
            )


def test_any_action_that_can_be_forged_gets_an_answer(tmp_path: Path) -> None:
    letters = st.sampled_from("tcplxoqusr1z")
    fields = st.text(st.sampled_from("0123456789abz.:_+-/AZ"), max_size=20)
    codes = st.builds(lambda letter, rest: f"1{letter}:{rest}", letters, fields)
    small = st.builds(lambda letter, number: f"1{letter}:{number}", st.sampled_from("tclxoqu"), st.integers(0, 60))
    pages = st.builds(lambda kept, page: f"1p:{kept}.{page}", st.integers(0, 9), st.integers(0, 9))
    set_ = st.builds(
        lambda name, value: f"1s:{name}.{value}",
        st.sampled_from(["all", "time", "zone", "days", "language", "everything", "x"]),
        st.sampled_from(["", "now", "25:00", "09:00", "UTC+05:45", "0", "0123456", "7", "ko", "xx", "on", "off"]),
    )
    with running(tmp_path) as (house, run):
        run(house.reader().types("model"))
        people = [house.reader(), house.member("joe"), house.member("boss", manager=True)]

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.sampled_from(people), st.one_of(codes, small, pages, set_).map(decode_action))
        def pressed(who: Any, action: Action | None) -> None:
            reply = run(who.presses(action))
            check(reply, told=action)
            assert reply.toast or messages(reply), action

        pressed()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_button_on_every_message_leads_somewhere(tmp_path: Path, language: str) -> None:
    """From each command, each button is pressed, and each button of what comes back: two steps deep."""
    with running(tmp_path) as (house, run):
        pressed = set()
        for kind in ChatKind:
            who = (
                house.reader("all", language)
                if kind is ChatKind.PRIVATE
                else house.member("all", manager=True, kind=kind)
            )
            if kind is not ChatKind.PRIVATE:
                run(who.adds_the_bot())
            for line in EVERY_SCREEN:
                first = run(who.types(line))
                check(first, told=line)
                for button in list(buttons(first)):
                    assert button.action is not None
                    code = encode_action(button.action)
                    assert len(code.encode()) <= ACTION_BYTES
                    assert decode_action(code) == button.action
                    if (kind, code) in pressed:
                        continue
                    pressed.add((kind, code))
                    second = run(who.presses(button))
                    check(second, told=button)
                    assert second.toast or messages(second), button
                    for deeper in list(buttons(second)):
                        check(run(who.presses(deeper)), told=(button, deeper))
        assert len(pressed) > 60
