"""What stands in the answer to a search stays true: its notes, its pages, its authors, its language."""

from __future__ import annotations

from datetime import date

import pytest

from bot.adapters.base import Reply
from bot.message import Paragraph, ShowPage, Style
from bot.model import Paper
from tests.stories.commands_house import Stage, button, buttons, messages, words


def paper(title: str, *, commentary: str = "", authors: tuple[str, ...] = ()) -> Paper:
    return Paper(date=date(2024, 5, 9), title=title, authors=authors, commentary=(commentary,) if commentary else ())


def zebrafish(count: int) -> list[Paper]:
    return [paper(f"Zebrafish {letter}") for letter in "ABCDEFGHIJKLMN"[:count]]


def marks(reply: Reply) -> set[str]:
    paragraphs = [block for message in messages(reply) for block in message.blocks if isinstance(block, Paragraph)]
    return {inline.text for block in paragraphs for inline in block.inlines if inline.style is Style.MARK}


def labels(reply: Reply) -> list[str]:
    return [one.label for one in buttons(reply)]


# --- pages ----------------------------------------------------------------------------------------------------
async def test_a_repaired_search_stays_what_it_was_when_a_paper_with_the_slip_comes(empty: Stage) -> None:
    await empty.takes_in("a", *(paper(f"Number {n}", commentary=f"On zebrafish, {n}.") for n in range(12)))
    minji = empty.reader()
    first = await minji.types("/search zebrafsh")
    await empty.takes_in("b", paper("A slip", commentary="On zebrafsh."))
    second = await minji.presses(button(first, "다음"))
    assert words(second).startswith("“zebrafish” 검색 결과 12편\n“zebrafsh” 대신 “zebrafish” 검색 결과입니다.")
    assert marks(second) == {"zebrafish"}
    assert [label for label in labels(second) if "그대로" in label or "구독" in label] == [
        "“zebrafsh” 그대로 찾기",
        "이 검색 구독하기",
    ]
    await minji.presses(button(second, "이 검색 구독하기"))
    assert await empty.follows(minji) == ["zebrafish"]
    literal = await minji.presses(button(second, "그대로 찾기"))
    assert "“zebrafsh” 검색 결과 1편" in words(literal)


async def test_where_papers_with_some_of_the_words_begin_stays_said(empty: Stage) -> None:
    await empty.takes_in("a", paper("Zebrafish brains"), *zebrafish(7))
    minji = empty.reader()
    first = await minji.types("/search zebrafish brains")
    await empty.takes_in("b", *(paper(f"Zebrafish brains again {n}") for n in range(9)))
    note = "낱말이 모두 들어 있는 논문 1편 다음에는"
    assert note in words(first)
    assert note in words(await minji.presses(button(first, "다음")))


async def test_a_page_whose_papers_were_all_taken_down_says_so(empty: Stage) -> None:
    await empty.takes_in("a", *zebrafish(12))
    minji = empty.reader()
    first = await minji.types("/search zebrafish")
    second = await minji.presses(button(first, "다음"))
    on_the_first = {line.split(". ")[1] for line in words(first).split("\n") if ". Zebrafish" in line}
    await empty.takes_in("a", *(each for each in zebrafish(12) if each.title not in on_the_first))
    back = await minji.presses(button(second, "이전"))
    assert words(back).split("\n") == [
        "“zebrafish” 검색 결과 12편",
        "이 쪽의 논문은 모두 목록에서 내렸습니다.",
        "1 / 3",
        "[다음 ▶]",
        "[이 검색 구독하기]",
    ]


async def test_a_result_keeps_its_number_when_another_is_taken_down(empty: Stage) -> None:
    await empty.takes_in("a", *zebrafish(12))
    minji = empty.reader()
    first = await minji.types("/search zebrafish")
    second = await minji.presses(button(first, "다음"))
    before = [line for line in words(second).split("\n") if ". Zebrafish" in line]
    gone = before[0].split(". ")[1]
    await empty.takes_in("a", *(each for each in zebrafish(12) if each.title != gone))
    again = await minji.presses(button(await minji.presses(button(second, "이전")), "다음"))
    assert [line for line in words(again).split("\n") if ". Zebrafish" in line] == before[1:]
    assert "7" in [one.label for one in buttons(again)]
    assert "6" not in [one.label for one in buttons(again)]


async def test_a_page_of_the_newest_digest_that_was_taken_down_leads_back(empty: Stage) -> None:
    await empty.takes_in("a", *zebrafish(7))
    minji = empty.reader()
    first = await minji.types("/latest")
    on_the_first = {line.split(". ")[1] for line in words(first).split("\n") if ". Zebrafish" in line}
    await empty.takes_in("a", *(each for each in zebrafish(7) if each.title in on_the_first))
    second = await minji.presses(button(first, "다음"))
    assert "이 쪽의 논문은 모두 목록에서 내렸습니다." in words(second)
    assert on_the_first == {
        line.split(". ")[1]
        for line in words(await minji.presses(button(second, "이전"))).split("\n")
        if ". Zebrafish" in line
    }


async def test_the_last_page_says_that_there_are_more_papers_than_can_be_turned_to(empty: Stage) -> None:
    await empty.takes_in("a", *(paper(f"Zebrafish {n:03}") for n in range(203)))
    minji = empty.reader()
    first = await minji.types("/search zebrafish")
    assert "검색 결과 203편" in words(first)
    assert "여기까지" not in words(first)
    turn = button(first, "다음").action
    assert isinstance(turn, ShowPage)
    last = await minji.presses(ShowPage(turn.search_id, 39))
    assert "여기까지 200편만 보여 드립니다." in words(last)


# --- how a line was read --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("author:Nobody after:2024-13", "“after:2024-13” 부분은 날짜로 읽을 수 없어서"),
        ("author:Nobody (before: 2024-1x)", "“before: 2024-1x” 부분은 날짜로 읽을 수 없어서"),
        ('author:Nobody after:"May 2024"', '“after:"May 2024"” 부분은 날짜로 읽을 수 없어서'),
        ("zzyzx (quux", "짝이 맞지 않는 괄호나 따옴표"),
    ],
)
async def test_what_could_not_be_read_is_told_where_nothing_is_found_too(house: Stage, line: str, note: str) -> None:
    reply = await house.reader().types(f"/search {line}")
    assert "찾지 못했습니다" in words(reply)
    assert note in words(reply)


async def test_the_text_that_is_no_date_is_named_above_results_and_in_subscriptions(house: Stage) -> None:
    minji = house.reader()
    for command in ("search", "subscribe"):
        reply = await minji.types(f"/{command} diffusion or after:soon or 이전:어제")
        assert "“after:soon, 이전:어제” 부분은 날짜로 읽을 수 없어서" in words(reply), command


async def test_another_spelling_is_not_called_a_tag(empty: Stage) -> None:
    await empty.takes_in("a", *zebrafish(1))
    minji = empty.reader()
    literal = await minji.presses(button(await minji.types("/search zebrafsh"), "그대로 찾기"))
    assert "zebrafish · 1" in labels(literal)
    assert "혹시 다음 가운데 하나를 찾으셨습니까?" in words(literal)
    assert "태그" not in words(literal)


# --- authors --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("author:Rafailov", "Rafael Rafailov 외 2명"),
        ("Rafailov", "Rafael Rafailov 외 2명"),
        ("author:Rafailov or author:Finn", "Rafael Rafailov, Chelsea Finn 외 1명"),
        ("preference -author:Wang", ""),
        ("preference", ""),
        ("최신 논문", ""),
    ],
)
async def test_a_search_for_an_author_shows_whom_it_found(empty: Stage, line: str, shown: str) -> None:
    authors = ("Rafael Rafailov", "Archit Sharma", "Chelsea Finn")
    await empty.takes_in("a", paper("Direct Optimization", commentary="On preference data.", authors=authors))
    said = [
        line
        for line in words(await empty.reader().types(f"/search {line}")).split("\n")
        if line.startswith("Rafael") or "외" in line
    ]
    assert said == ([shown] if shown else [])


async def test_a_repaired_author_can_be_checked(empty: Stage) -> None:
    await empty.takes_in("a", paper("Direct Optimization", authors=("Rafael Rafailov", "Chelsea Finn")))
    reply = await empty.reader().types("/search author:Rafalov")
    assert "“author:Rafalov” 대신 “author:rafailov”" in words(reply)
    assert "Rafael Rafailov" in marks(reply)


# --- papers like another --------------------------------------------------------------------------------------
async def test_papers_like_a_repaired_one_say_so_and_offer_what_was_typed(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/similar rewrad modle")
    assert "“rewrad modle” 대신 “reward model” 검색 결과입니다" in words(reply)
    literal = await minji.presses(button(reply, "“rewrad modle” 그대로 찾기"))
    assert "“rewrad modle” 검색에 맞는 논문을 찾지 못했습니다" in words(literal)


async def test_papers_like_one_with_some_of_the_words_say_so(house: Stage) -> None:
    minji = house.reader()
    assert "일부만 들어 있는 논문을 골랐습니다" in words(await minji.types("/similar quantum gravity banana language"))
    assert "일부만" not in words(await minji.types("/similar Neural Network Diffusion"))


async def test_papers_like_nothing_there_offer_what_a_search_offers(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/similar #toool")
    assert "#tool · 1" in labels(reply)
    await minji.presses(button(await minji.types("/similar qqqqzz"), "이 검색 구독하기"))
    assert await house.follows(minji) == ["qqqqzz"]
    assert "2,000자 안으로" in words(await minji.types(f"/similar {'diffusion ' * 300}"))


# --- whose language -------------------------------------------------------------------------------------------
async def test_a_public_answer_keeps_its_language_whoever_turns_its_pages(house: Stage) -> None:
    """In a chat that is not known, such as a topic, the first page speaks the language of whoever asked."""
    asker, admin = house.member("alice"), house.member("admin", manager=True)
    asker.language, admin.language = "en", "ko"
    found = await asker.types("/search rewrad modle")
    assert "Showing results for" in words(found)
    assert "Showing results for" in words(await admin.presses(button(found, "Next")))
    nothing = await admin.presses(button(found, "as typed"))
    assert "Nothing found" in words(nothing)
    assert "6 papers for" in words(await admin.presses(button(nothing, "reward model")))


async def test_a_paper_that_is_opened_in_a_shared_chat_speaks_the_readers_language(house: Stage) -> None:
    admin, alice = house.member("admin", manager=True), house.reader("alice", language="en")
    await admin.adds_the_bot()
    await alice.types("/start")
    found = await admin.types("/search reward model")
    there = await house.member("alice").presses(button(found, "1"))
    assert "Abstract" in words(there)
    assert "More like this" in labels(there)
    assert "Papers like" in words(await house.member("alice").presses(button(there, "More like this")))
    assert "초록" in words(await house.member("bob").presses(button(found, "1"))), "of whom nothing is known"


# --- a link in the place of an answer ---------------------------------------------------------------------------
@pytest.mark.parametrize("label", ["1", "비슷한 논문"])
async def test_what_could_not_be_shown_is_shown_after_start(house: Stage, label: str) -> None:
    member = house.member("new")
    pressed = await member.types("/search reward model")
    if label != "1":
        pressed = await member.presses(button(pressed, "1"))
    reply = await member.presses(button(pressed, label))
    assert reply.again is not None
    begun = await house.reader("new").types(f"/start {reply.again}")
    hello, shown = begun.messages
    assert "Paperboy입니다" in hello.summary
    assert shown == reply.messages[0]
    assert await house.owed(house.reader("new")) == [], "who asked for a paper gets no sample of others"


async def test_a_paper_that_is_gone_by_then_is_said_to_be_gone(empty: Stage) -> None:
    await empty.takes_in("a", *zebrafish(2))
    reply = await empty.member("new").presses(button(await empty.member("new").types("/search zebrafish"), "1"))
    await empty.takes_in("a")
    begun = await empty.reader("new").types(f"/start {reply.again}")
    assert [message.summary for message in begun.messages[1:]] == ["이 논문은 더 이상 볼 수 없습니다."]
