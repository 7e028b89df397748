"""Coming and going, mistyped commands, and what happens when something breaks."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.base import Left, Moved, Reply
from bot.message import (
    FollowTag,
    RunCommand,
)
from bot.model import Address, ChatKind
from tests.stories.commands_house import Stage, button, buttons, words


# --- coming and going -----------------------------------------------------------------------------------------
async def test_a_newcomer_gets_a_short_welcome_popular_tags_and_the_latest_digest(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/start")
    assert "안녕하세요" in words(reply)
    assert "맛보기" in words(reply)
    assert sum(isinstance(one.action, FollowTag) for one in buttons(reply)) == 9
    assert await house.follows(minji) == []
    latest = await house.store.papers.latest()
    owed = sorted(await house.owed(minji), key=lambda each: (each.due, each.id))
    assert [each.paper_id for each in owed] == [paper.id for paper in latest]
    assert house.woken


async def test_a_known_reader_is_greeted_shortly_and_gets_no_second_sample(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/start")
    await minji.types("/subscribe #llm")
    owed = await house.owed(minji)
    reply = await minji.types("/start")
    assert "다시 뵙게" in words(reply)
    assert "#llm" in words(reply)
    assert await house.owed(minji) == owed


async def test_a_readers_language_is_that_of_their_client(house: Stage) -> None:
    for code in ("en-GB", "en", "EN_us"):
        assert "Hello" in words(await house.reader(code, code).types("/start")), code
    assert "안녕하세요" in words(await house.reader("bo", "fr").types("/start"))


async def test_a_group_that_adds_the_bot_follows_everything_and_learns_how_to_narrow(house: Stage) -> None:
    admin = house.member(manager=True)
    reply = await admin.adds_the_bot()
    assert not reply.private
    assert "/unsubscribe *" in words(reply)
    assert await house.follows(admin) == ["*"]
    assert len(await house.owed(admin)) == 5
    again = await admin.adds_the_bot()
    assert "이미" in words(again)
    assert len(await house.owed(admin)) == 5


async def test_a_chat_that_left_keeps_its_subscriptions_and_wakes_when_it_returns(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe #llm")
    reply = await house.commands.handle(Left(address=minji.address, kind=ChatKind.PRIVATE, reason="blocked"))
    assert reply == Reply()
    assert not (await house.chat(minji)).active
    await minji.types("/start")
    assert (await house.chat(minji)).active
    assert await house.follows(minji) == ["#llm"]


async def test_a_group_that_moves_takes_everything_along(house: Stage) -> None:
    admin = house.member(manager=True)
    await admin.adds_the_bot()
    to = Address(lane="telegram:1", chat="-200")
    await house.commands.handle(Moved(address=admin.address, kind=ChatKind.GROUP, to=to))
    assert await house.store.chats.find(admin.address) is None
    assert await house.store.chats.find(to) is not None


# --- mistypers ------------------------------------------------------------------------------------------------
async def test_a_mistyped_command_is_guessed(house: Stage) -> None:
    minji = house.reader()
    assert "/subscriptions" in words(await minji.types("/subscriptons"))
    assert "/search" in words(await minji.types("/serach llm"))
    assert "/help" in words(await minji.types("/xyzzy"))


async def test_a_long_search_without_results_still_finds_the_tag_in_it(house: Stage) -> None:
    reply = await house.reader().types("/subscribe hallucinaton zzyzx")
    assert button(reply, "#hallucination").action is not None


async def test_another_bots_command_in_a_group_gets_no_answer(house: Stage) -> None:
    assert await house.member().types("/ban @somebody") == Reply()


@pytest.mark.parametrize(
    ("alias", "says"),
    [("구독 #llm", "#llm 구독"), ("검색 diffusion", "검색 결과"), ("태그", "태그 39개"), ("설정", "내 설정"),
     ("도움말", "사용 방법"), ("최신", "다이제스트"), ("구독목록", "내 구독"), ("구독취소 x", "구독은 없습니다")],
)  # fmt: skip
async def test_commands_have_korean_names(house: Stage, alias: str, says: str) -> None:
    assert says in words(await house.reader().types(f"/{alias}"))


# --- when something breaks ------------------------------------------------------------------------------------
async def test_a_broken_store_is_apologised_for_and_logged(house: Stage, caplog: pytest.LogCaptureFixture) -> None:
    minji = house.reader()
    await minji.types("/start")
    await house.store.close()
    assert "죄송합니다" in words(await minji.types("/search secret-words"))
    assert "죄송합니다" in words(await minji.presses(RunCommand("help")))
    assert len(caplog.records) == 2
    assert "secret-words" not in caplog.records[0].getMessage()


async def test_many_presses_at_once_leave_a_whole_state(house: Stage) -> None:
    minji, tag = house.reader(), await house.tag("llm")
    await minji.types("/start")
    await asyncio.gather(*(minji.presses(FollowTag(tag.id)) for _ in range(9)))
    assert len(await house.follows(minji)) <= 1
