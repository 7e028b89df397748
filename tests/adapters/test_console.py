"""The chat in the terminal, with pipes and files where the person would be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

import pytest

from bot.adapters.base import Command, Event, FateUnknown, NotSent, Press, Reply
from bot.adapters.console.adapter import HERE, ConsoleAdapter, make
from bot.adapters.console.journal import Journal
from bot.adapters.console.settings import PlatformSettings
from bot.adapters.console.terminal import Terminal
from bot.message import Button, Fold, FollowTag, Message, Paragraph, RunCommand, ShowPaper, Text
from bot.model import ChatKind
from tests.adapters.bench import NOW, a_chat, a_paper

CHAT = a_chat(HERE)


class House:
    """Answers, and remembers what it was asked."""

    def __init__(self, answers: Callable[[Event], Reply] = lambda _: Reply()) -> None:
        self.asked: list[Event] = []
        self._answers = answers

    async def handle(self, event: Event) -> Reply:
        self.asked.append(event)
        return self._answers(event)

    @property
    def commands(self) -> list[tuple[str, str]]:
        return [(event.name, event.argument) for event in self.asked if isinstance(event, Command)]

    @property
    def presses(self) -> list[Press]:
        return [event for event in self.asked if isinstance(event, Press)]


def said(words: str) -> Message:
    return Message(summary=words, blocks=(Paragraph((Text(words),)),))


@pytest.fixture
def stdout(tmp_path: Path) -> Iterator[TextIO]:
    with (tmp_path / "out").open("w", encoding="utf-8") as stream:
        yield stream


def console(
    stdin: TextIO | None, stdout: TextIO, folder: Path, environ: Mapping[str, str] | None = None
) -> ConsoleAdapter:
    return ConsoleAdapter(Terminal(stdin, stdout), data=folder / "data", environ=environ or {})


async def chat(
    folder: Path, typed: bytes, house: House | None = None, environ: Mapping[str, str] | None = None
) -> tuple[House, str]:
    """A whole run with a file as its input: what the house was asked, and what was printed."""
    house = house or House()
    source, output = folder / "in", folder / "out"
    source.write_bytes(typed)
    with source.open(encoding="utf-8") as stdin, output.open("w", encoding="utf-8") as stdout:
        adapter = console(stdin, stdout, folder, environ)
        await adapter.start(house.handle)
        await adapter.run()
        await adapter.stop()
    return house, output.read_text(encoding="utf-8")


@asynccontextmanager
async def piped(folder: Path, stdout: TextIO, house: House) -> AsyncIterator[tuple[ConsoleAdapter, int]]:
    """A console that reads from a pipe, and the end of the pipe to write to."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stdin:
        adapter = console(stdin, stdout, folder)
        await adapter.start(house.handle)
        try:
            yield adapter, writing
        finally:
            await adapter.stop()


# --- what is typed ------------------------------------------------------------------------------------------


async def test_whoever_comes_is_greeted(tmp_path: Path) -> None:
    house, printed = await chat(tmp_path, b"", House(lambda _: Reply(messages=(said("안녕하세요."),))))
    assert house.commands == [("start", "")]
    assert "안녕하세요." in printed
    assert "\x1b" not in printed


async def test_dev_null_is_a_person_who_has_nothing_to_say(stdout: TextIO, tmp_path: Path) -> None:
    house = House()
    with os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8") as stdin:
        adapter = console(stdin, stdout, tmp_path)
        await adapter.start(house.handle)
        async with asyncio.timeout(5):
            await adapter.run()
    assert house.commands == [("start", "")]


@pytest.mark.parametrize("how", ["none", "closed"])
async def test_an_input_that_is_closed_ends_the_chat_too(how: str, stdout: TextIO, tmp_path: Path) -> None:
    house = House()
    stdin = None if how == "none" else (tmp_path / "in").open("w+")
    if stdin is not None:
        stdin.close()
    adapter = console(stdin, stdout, tmp_path)
    await adapter.start(house.handle)
    async with asyncio.timeout(5):
        await adapter.run()
    assert house.commands == [("start", "")]


async def test_lines_are_commands_or_words_to_find(tmp_path: Path) -> None:
    typed = "/search 보상 모델\n  반도체  \n\n/HELP\n/\n/subscribe\t#moe\n2402.00838\n마지막 줄".encode()
    house, _ = await chat(tmp_path, typed)
    assert house.commands == [
        ("start", ""),
        ("search", "보상 모델"),
        ("", "반도체"),
        ("help", ""),
        ("help", ""),
        ("subscribe", "#moe"),
        ("", "2402.00838"),
        ("", "마지막 줄"),
    ]


async def test_what_was_typed_is_shown_before_its_answer(tmp_path: Path) -> None:
    def answer(event: Event) -> Reply:
        return Reply(messages=(said("찾았습니다."),) if isinstance(event, Command) and event.argument else ())

    _, printed = await chat(tmp_path, "보상 모델\r\n".encode(), House(answer))
    assert printed.split("\n") == ["", "❯ 보상 모델", "", "  찾았습니다.", ""]


async def test_bytes_that_are_no_letters_and_escapes_do_no_harm(tmp_path: Path) -> None:
    house, printed = await chat(tmp_path, b"\xff\xfe \x1b[31mred\n" + b"x" * 200_000 + b"\n")
    assert [name for name, _ in house.commands] == ["start", "", "", ""]
    assert "\x1b" not in printed


async def test_quit_ends_the_chat_before_the_input_does(tmp_path: Path) -> None:
    house, _ = await chat(tmp_path, b"/quit\n/help\n")
    assert house.commands == [("start", "")]


async def test_the_person_is_alone_with_paperboy_and_in_charge(tmp_path: Path) -> None:
    house, _ = await chat(tmp_path, b"", environ={"LC_ALL": "", "LANG": "en_US.UTF-8"})
    [event] = house.asked
    assert (event.address, event.kind, event.language) == (HERE, ChatKind.PRIVATE, "en")
    assert event.person is not None
    assert event.person.address == HERE
    assert await event.may_manage()


async def test_a_locale_without_a_language_says_nothing_of_the_person(tmp_path: Path) -> None:
    for locale in ("C", "C.UTF-8", "POSIX", ""):
        house, _ = await chat(tmp_path, b"", environ={"LANG": locale})
        assert house.asked[0].language is None


# --- numbers ------------------------------------------------------------------------------------------------


async def test_a_number_presses_the_button_that_shows_it(tmp_path: Path) -> None:
    def answer(event: Event) -> Reply:
        if isinstance(event, Press):
            return Reply(toast="구독을 시작했습니다.", replace=a_paper(following=frozenset({2})))
        return Reply(messages=(a_paper(),))

    house, printed = await chat(tmp_path, b"3\n", House(answer))
    [press] = house.presses
    assert press.action == FollowTag(2)
    tail = printed[printed.index("❯ 3") :]
    assert tail.split("\n") == [
        "❯ 3",
        "",
        "  » 구독을 시작했습니다.",
        "",
        "  [4] #reward-model  [5] #evaluation ✓",
        "",
    ], "words that are still the same are not said again"


async def test_a_number_may_be_typed_as_it_is_shown(tmp_path: Path) -> None:
    house, _ = await chat(tmp_path, "[2]\n３\n".encode(), House(lambda _: Reply(messages=(a_paper(),))))
    assert [press.action for press in house.presses] == [FollowTag(1), FollowTag(2)]


async def test_a_result_past_99_is_opened_by_its_number_and_other_numbers_of_three_digits_are_words(
    tmp_path: Path,
) -> None:
    results = tuple(Button(str(number), ShowPaper(1000 + number)) for number in range(96, 102))
    page = Message(summary="", blocks=(), buttons=(results, (Button("다음", RunCommand("x")),)))
    house, printed = await chat(tmp_path, b"96\n100\n[101]\n405\n[405]\n", House(lambda _: Reply(messages=(page,))))
    assert [press.action for press in house.presses] == [ShowPaper(1096), ShowPaper(1100), ShowPaper(1101)]
    assert house.commands == [("start", ""), ("", "405")]
    assert "405번은 화면에 없습니다." in printed


async def test_another_page_is_printed_whole(tmp_path: Path) -> None:
    def answer(event: Event) -> Reply:
        if isinstance(event, Press):
            return Reply(replace=said("둘째 쪽"))
        return Reply(messages=(Message(summary="", blocks=(), buttons=((Button("다음", RunCommand("x")),),)),))

    _, printed = await chat(tmp_path, b"1\n", House(answer))
    assert printed.endswith("❯ 1\n\n  둘째 쪽\n")


async def test_the_number_of_an_abstract_unfolds_it_again_and_again(tmp_path: Path) -> None:
    paper = a_paper(abstract="Deep inside.")
    house, printed = await chat(tmp_path, b"1\n1\n", House(lambda _: Reply(messages=(paper,))))
    assert house.presses == []
    assert printed.count("Deep inside.") == 2


async def test_a_number_that_nothing_shows_is_said_to_be_none(tmp_path: Path) -> None:
    house, printed = await chat(tmp_path, b"42\n")
    assert house.presses == []
    assert "42번은 화면에 없습니다." in printed


async def test_a_button_that_leads_to_the_private_chat_leads_here(tmp_path: Path) -> None:
    def answer(event: Event) -> Reply:
        if isinstance(event, Press):
            return Reply(start="follow-7")
        return Reply(messages=(a_paper(),) if event == house.asked[0] else (said("마쳤습니다."),))

    house = House(answer)
    _, printed = await chat(tmp_path, b"2\n", house)
    assert house.commands == [("start", ""), ("start", "follow-7")]
    assert "마쳤습니다." in printed


async def test_an_answer_that_fails_does_not_end_the_chat(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def answer(event: Event) -> Reply:
        if isinstance(event, Command) and event.name == "boom":
            raise RuntimeError("inside")
        return Reply(messages=(said("여기 있습니다."),))

    house, printed = await chat(tmp_path, b"/boom\n/help\n", House(answer))
    assert house.commands[-1] == ("help", "")
    assert "죄송합니다" in printed
    assert "inside" in caplog.text


# --- what is posted -----------------------------------------------------------------------------------------


async def test_posts_appear_while_nothing_is_typed_and_can_be_pressed(stdout: TextIO, tmp_path: Path) -> None:
    house = House()
    async with piped(tmp_path, stdout, house) as (adapter, writing), asyncio.timeout(5):
        running = asyncio.create_task(adapter.run())
        await adapter.post(CHAT, adapter.render(a_paper(), CHAT), key="k")
        os.write(writing, b"2")
        os.write(writing, b"\n")
        os.close(writing)
        await running
    assert [press.action for press in house.presses] == [FollowTag(1)]


async def test_a_run_that_is_stopped_ends_though_nobody_types(stdout: TextIO, tmp_path: Path) -> None:
    async with piped(tmp_path, stdout, House()) as (adapter, writing), asyncio.timeout(5):
        running = asyncio.create_task(adapter.run())
        await asyncio.sleep(0.05)
        await adapter.stop()
        await running
        os.close(writing)


async def test_posts_are_still_printed_after_the_input_ended(tmp_path: Path, stdout: TextIO) -> None:
    adapter = console(None, stdout, tmp_path)
    await adapter.start(House().handle)
    await adapter.run()
    await adapter.post(CHAT, adapter.render(a_paper("Still Owed"), CHAT), key="k")
    assert "Still Owed" in (tmp_path / "out").read_text(encoding="utf-8")


async def test_two_posts_at_once_are_printed_one_after_the_other(tmp_path: Path, stdout: TextIO) -> None:
    adapter = console(None, stdout, tmp_path)
    await adapter.start(House().handle)
    papers = [a_paper(f"Paper {n}", abstract=f"Abstract {n}", tags=(f"#tag-{n}",)) for n in range(8)]
    await asyncio.gather(
        *(adapter.post(CHAT, adapter.render(paper, CHAT), key=str(n)) for n, paper in enumerate(papers))
    )
    printed = (tmp_path / "out").read_text(encoding="utf-8")
    for n, paper in enumerate(papers):
        _, part = printed.split(f"Paper {n}\n")
        assert f"#tag-{n}" in part[: len(printed) // len(papers) + 20]
        assert isinstance(paper.blocks[-1], Fold)


async def test_an_edit_is_a_note_and_the_new_form(tmp_path: Path, stdout: TextIO) -> None:
    adapter = console(None, stdout, tmp_path)
    receipt = await adapter.post(CHAT, adapter.render(a_paper("Tilte"), CHAT), key="k")
    await adapter.edit(CHAT, receipt, adapter.render(a_paper("Title"), CHAT))
    printed = (tmp_path / "out").read_text(encoding="utf-8")
    assert "✎ 고친 글입니다.\n  Title\n" in printed


async def test_what_reads_so_already_is_not_said_again(tmp_path: Path, stdout: TextIO) -> None:
    first = console(None, stdout, tmp_path)
    old, new = first.render(a_paper("Tilte"), CHAT), first.render(a_paper("Title"), CHAT)
    gone = first.render(said("내려간 논문입니다."), CHAT)
    receipt = await first.post(CHAT, old, key="k")
    second = console(None, stdout, tmp_path)
    for body in (old, new, new, gone, gone):
        await (second.withdraw if body is gone else second.edit)(CHAT, receipt, body)
    printed = (tmp_path / "out").read_text(encoding="utf-8")
    assert printed.count("Tilte") == 1
    assert printed.count("  Title") == 1
    assert printed.count("내려간 논문입니다.") == 1


async def test_the_language_of_its_own_few_words_is_the_chats(tmp_path: Path, stdout: TextIO) -> None:
    adapter = console(None, stdout, tmp_path)
    english = a_chat(HERE, language="en")
    await adapter.post(english, adapter.render(a_paper(abstract="Twelve chars"), english), key="k")
    assert "(12 letters)" in (tmp_path / "out").read_text(encoding="utf-8")


async def test_receipts_differ_from_run_to_run(tmp_path: Path, stdout: TextIO) -> None:
    receipts = [
        await adapter.post(CHAT, adapter.render(a_paper(), CHAT), key=f"{run}")
        for run, adapter in enumerate(console(None, stdout, tmp_path) for _ in range(3))
    ]
    assert len(set(receipts)) == 3


async def test_a_reader_who_left_is_told_to_the_pump_and_ends_the_run(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stdout:
        adapter = console(None, stdout, tmp_path)
        await adapter.start(House(lambda _: Reply(messages=(said("x"),))).handle)
        with pytest.raises(BrokenPipeError):
            await adapter.run()
        with pytest.raises(NotSent):
            await adapter.post(CHAT, adapter.render(a_paper(), CHAT), key="k")
    assert await adapter.find(CHAT, adapter.render(a_paper(), CHAT), key="unheard-of", since=NOW) is None


# --- after a crash ------------------------------------------------------------------------------------------


async def test_the_next_run_knows_what_the_last_one_printed(tmp_path: Path, stdout: TextIO) -> None:
    first = console(None, stdout, tmp_path)
    body = first.render(a_paper(), CHAT)
    receipt = await first.post(CHAT, body, key="5:7:0")
    second = console(None, stdout, tmp_path)
    assert await second.find(CHAT, body, key="5:7:0", since=NOW) == receipt
    assert await second.find(CHAT, body, key="5:7", since=NOW) is None


def test_a_post_that_a_crash_cut_short_may_or_may_not_have_been_seen(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deeper" / "posts")
    assert journal.find("a") is None
    journal.begin("a")
    with pytest.raises(FateUnknown):
        journal.find("a")
    journal.end("a", "r-1", "v1")
    assert journal.find("a") == "r-1"


def test_a_line_torn_by_a_crash_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "posts"
    journal = Journal(file)
    journal.begin("a")
    journal.end("a", "r-1", "v1")
    file.write_bytes(file.read_bytes() + b'\n["begin", "b')
    journal.begin("c")
    journal.end("c", "r-2", "v1")
    assert journal.find("a") == "r-1"
    assert journal.find("b") is None
    assert journal.find("c") == "r-2"


# --- when there is a console --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enabled", "alone", "there"),
    [(None, True, True), (None, False, False), (True, False, True), (True, True, True), (False, True, False)],
)
def test_the_console_runs_alone_or_when_switched_on(
    enabled: bool | None, alone: bool, there: bool, tmp_path: Path
) -> None:
    assert (make(PlatformSettings(enabled=enabled), data=tmp_path, alone=alone) is not None) is there
