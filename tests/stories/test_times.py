"""Who asks for `오늘` or `last week` is answered as of the day where they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import app
from bot.adapters.base import Lookup
from bot.cli_search import answer_to
from bot.model import ChatKind, Paper
from bot.settings import Settings
from bot.store import HouseClock
from tests.fakes.terminal import paperboy, seeded
from tests.stories.commands_house import People, Stage, button, stage, words

FRIDAY, SATURDAY = date(2024, 5, 10), date(2024, 5, 11)
JUST_AFTER_MIDNIGHT = datetime(2024, 5, 10, 15, 5, tzinfo=UTC)
"""On Saturday in Seoul, on Friday in Berlin."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path, seeds=False) as found:
        found.clock.now = JUST_AFTER_MIDNIGHT
        await found.takes_in("friday", Paper(title="Friday Quokkas, One and All", date=FRIDAY))
        await found.takes_in("saturday", *(Paper(title=f"Saturday Quokkas {n}", date=SATURDAY) for n in range(7)))
        yield found


async def test_just_after_midnight_today_is_the_new_day_in_seoul_and_yesterday_in_berlin(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/start")
    assert (await house.chat(minji)).zone == "Asia/Seoul"
    found = await minji.types("오늘")
    assert "Saturday" in words(found)
    assert "Friday" not in words(found)
    assert "“오늘” 검색 결과 7편" in words(found)
    assert "“after:2024-05-11 before:2024-05-12” 검색으로 읽었습니다. (오늘: 2024년 5월 11일)" in words(found)
    assert "Friday Quokkas" in words(await minji.types("/search 어제 나온 논문"))
    await minji.types("/settings zone Berlin")
    assert "Friday Quokkas" in words(await minji.types("today's papers"))
    assert "Saturday" not in words(await minji.types("오늘"))


async def test_a_page_that_is_turned_the_next_day_is_of_the_same_search(house: Stage) -> None:
    minji = house.reader()
    first = await minji.types("오늘 quokkas")
    house.clock.turn(days=1)
    second = await minji.presses(button(first, "다음"))
    assert "“오늘 quokkas” 검색 결과 7편" in words(second)
    assert "“after:2024-05-11 before:2024-05-12 quokkas” 검색으로 읽었습니다. (오늘: 2024년 5월 11일)" in words(second)
    await minji.presses(button(first, "이 검색 구독하기"))
    assert "after:2024-05-11 before:2024-05-12 quokkas" in await house.follows(minji)


async def test_a_person_whom_nobody_has_met_asks_as_of_their_own_zone(house: Stage) -> None:
    berlin, nowhere = house.reader("eva"), house.reader("noone")
    assert berlin.person is not None
    berlin.person = replace(berlin.person, zone="Europe/Berlin")
    assert await looked_up(house, berlin, "today's papers") == ["Friday Quokkas, One and All"]
    assert len(await looked_up(house, nowhere, "오늘 논문")) == 7


async def looked_up(house: Stage, who: People, query: str) -> list[str]:
    """What somebody finds from inside another chat."""
    event = Lookup(address=who.address, kind=ChatKind.PRIVATE, person=who.person, query=query)
    return [card.title for card in (await house.commands.handle(event)).cards]


async def test_a_digest_that_comes_while_somebody_scrolls_moves_nothing(house: Stage) -> None:
    await house.takes_in("many", *(Paper(title=f"Numbats, Part {n}", date=SATURDAY) for n in range(23)))
    minji = house.reader()

    async def cards(offset: str) -> tuple[list[str], str]:
        event = Lookup(address=minji.address, kind=minji.kind, person=minji.person, query="numbats", offset=offset)
        reply = await house.commands.handle(event)
        return [card.title for card in reply.cards], reply.more

    first, more = await cards("")
    await house.takes_in("later", *(Paper(title=f"Numbats, Later {n}", date=SATURDAY) for n in range(3)))
    rest, end = await cards(more)
    assert len({*first, *rest}) == len(first) + len(rest) == 23
    assert end == ""
    assert not any("Later" in title for title in (*first, *rest))


async def test_like_and_why_take_such_words_too(house: Stage) -> None:
    minji = house.reader()
    assert "“Friday Quokkas, One and All”" in words(await minji.types("/similar 어제 quokkas"))
    assert "Friday Quokkas" in words(await minji.types("/why 어제 나온 quokkas"))


async def test_what_is_repaired_is_said_in_the_words_that_were_typed(house: Stage) -> None:
    minji = house.reader()
    found = await minji.types("오늘 qoukkas")
    assert "“오늘 qoukkas” 대신 “after:2024-05-11 before:2024-05-12 quokkas” 검색 결과입니다" in words(found)
    literally = await minji.presses(button(found, "“오늘 qoukkas” 그대로 찾기"))
    assert "“오늘 qoukkas” 검색에 맞는 논문을 찾지 못했습니다" in words(literally)


@pytest.mark.parametrize("line", ["어제 quokkas", "최근 3개월 quokkas", "quokkas of last week", "올해 quokkas"])
async def test_a_time_that_is_told_from_today_is_not_followed(house: Stage, line: str) -> None:
    minji = house.reader()
    await minji.types("/start")
    before = await house.follows(minji)
    assert "오늘을 기준으로 한 기간" in words(await minji.types(f"/subscribe {line}"))
    assert await house.follows(minji) == before


async def test_a_search_on_the_command_line_is_as_of_the_day_in_its_zone(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    for day in (FRIDAY, SATURDAY):
        text = f"{day.year}년 {day.month}월 {day.day}일\nPaper of the {day.day}th\n(Ann Ok)\n논평입니다.\n"
        (tmp_path / "seeds" / f"{day}.txt").write_text(text, encoding="utf-8")

    async def moment() -> datetime:
        return JUST_AFTER_MIDNIGHT

    clock = HouseClock(moment, lambda: 0.0)
    await clock.set()
    found: dict[str, list[str]] = {}
    for zone in ("Asia/Seoul", "Europe/Berlin"):
        settings = Settings(seeds=tmp_path / "seeds", data=tmp_path / "data", zone=zone)
        async with app.open_house(settings) as opened:
            await opened.ingest.scan()
            answer = await answer_to("오늘 논문", replace(opened, clock=clock), 5)
            found[zone] = [row["title"] for row in answer.rows]
    assert found == {"Asia/Seoul": ["Paper of the 11th"], "Europe/Berlin": ["Paper of the 10th"]}


def test_paperboy_search_knows_what_day_it_is(tmp_path: Path) -> None:
    day = datetime.now(UTC).date() - timedelta(days=10)
    text = f"{day.year}년 {day.month}월 {day.day}일\nA New One\n(Ann Ok)\n논평입니다.\n"
    (seeded(tmp_path) / "seeds" / "new.txt").write_text(text, encoding="utf-8")
    done = paperboy("search", "-", folder=tmp_path, typed="최근 한 달 논문\npapers from the last 5 days\n")
    assert done.stdout.splitlines() == [f"{day}  A New One", "", ""]
    read, nothing = done.stderr.splitlines()[1:]
    assert read.startswith("line 2: Read as “papers after:")
    assert nothing == "line 2: Nothing found."
