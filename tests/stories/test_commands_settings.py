"""Settings, as people type and press them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial

import pytest

from bot.message import (
    ChangeSetting,
)
from tests.stories.commands_house import Stage, apologised, button, buttons, words


async def test_a_daily_hour_is_set_and_the_next_post_is_told(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe *")
    reply = await minji.types("/settings 오전 8시")
    assert "받는 시간: 오전 8:00" in words(reply)
    assert "다음 발송: 5월 11일(토) 오전 8:00" in words(reply)
    chat = await house.chat(minji)
    assert chat.posting_time == time(8)
    assert chat.next_post_at == datetime(2024, 5, 10, 23, 0, tzinfo=UTC)


async def test_back_to_at_once_nothing_that_waited_is_lost(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/settings time 20:00")
    house.clock.turn(hours=1)
    await minji.types("/settings time now")
    chat = await house.chat(minji)
    assert chat.posting_time is None
    assert chat.next_post_at == house.clock()
    assert house.woken


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("zone Berlin", "시간대: 베를린"),
        ("시간대 서울", "시간대: 서울"),
        ("zone UTC+9", "시간대: UTC+09:00"),
        ("days 평일", "요일: 평일"),
        ("월수금", "요일: 월·수·금"),
        ("time 9:30pm", "받는 시간: 오후 9:30"),
        ("시간 정오", "받는 시간: 오후 12:00"),
        ("바로", "받는 시간: 올라오는 대로 바로"),
        ("language en", "Language: English"),
        ("영어", "Language: English"),
        ("everything on", "받는 논문: 모든 논문"),
        ("모두 끄기", "받는 논문: 구독한 것만 (0개)"),
    ],
)
async def test_settings_are_understood_as_people_type_them(house: Stage, line: str, says: str) -> None:
    assert says in words(await house.reader().types(f"/settings {line}"))


@pytest.mark.parametrize(
    "line", ["time 26", "zone usa", "zone nowhere", "days 없음", "language 불어", "everything x", "what"]
)
async def test_settings_that_are_not_understood_change_nothing_and_show_how(house: Stage, line: str) -> None:
    minji = house.reader()
    await minji.types("/help")
    before = await house.chat(minji)
    reply = await minji.types(f"/settings {line}")
    assert "바꿨습니다" not in words(reply)
    assert await house.chat(minji) == before


async def test_a_country_with_several_zones_offers_them(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/settings zone usa")
    await minji.presses(button(reply, "뉴욕"))
    assert (await house.chat(minji)).zone == "America/New_York"


async def test_a_chat_whose_zone_this_machine_does_not_have_can_set_another(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe *")
    await minji.types("/settings 오전 8시")
    chat = await house.chat(minji)
    await house.store.chats.replan(chat.id, partial(replace, zone="Mars/Phobos"), now=house.clock())
    shown = words(await minji.types("/settings"))
    assert "시간대: Phobos" in shown
    assert "(오늘: 2024년 5월 10일)" in words(await minji.types("오늘"))
    assert "시간대: 서울" in words(await minji.types("/settings zone Seoul"))


async def test_every_settings_button_does_what_it_says(house: Stage) -> None:
    minji = house.reader()
    top = await minji.types("/settings")
    for entry in list(buttons(top)):
        page = await minji.presses(entry)
        assert page.replace is not None
        for choice in list(buttons(page)):
            reply = await minji.presses(choice)
            assert reply.replace is not None, choice
            assert not apologised(reply), choice


async def test_the_language_changes_from_the_next_word_on(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.presses(ChangeSetting("language", "en"))
    assert reply.toast == "Language: English"
    assert "Your settings" in words(reply)


async def test_two_admins_who_change_something_at_once_both_have_their_way(house: Stage) -> None:
    ann, bob = house.member("ann", manager=True), house.member("bob", manager=True)
    await ann.adds_the_bot()
    await asyncio.gather(
        ann.types("/settings time 9"), bob.types("/settings days mon wed"), ann.types("/settings zone Berlin")
    )
    chat = await house.chat(ann)
    assert (chat.posting_time, chat.weekdays, chat.zone) == (time(9), frozenset({0, 2}), "Europe/Berlin")
    assert chat.next_post_at == datetime(2024, 5, 13, 7, 0, tzinfo=UTC), "Monday at nine in Berlin"


async def test_weekdays_that_are_switched_off_on_one_page_are_all_switched_off(house: Stage) -> None:
    minji = house.reader()
    page = await minji.types("/settings days")
    await minji.presses(button(page, "월"))
    reply = await minji.presses(button(page, "화"))  # before the page was drawn anew
    assert reply.toast == "요일: 수·목·금·토·일"
    await minji.presses(button(page, "화"))
    assert (await house.chat(minji)).weekdays == frozenset({2, 3, 4, 5, 6}), "what is off stays off"


async def test_the_last_weekday_is_not_switched_off(house: Stage) -> None:
    minji = house.reader()
    for day in range(7):
        await minji.presses(ChangeSetting("days", f"-{day}"))
    assert (await house.chat(minji)).weekdays == frozenset({6})


async def test_a_weekday_button_of_an_older_message_still_sets_all_the_days_that_it_names(house: Stage) -> None:
    minji = house.reader()
    assert (await minji.presses(ChangeSetting("days", "024"))).toast == "요일: 월·수·금"
