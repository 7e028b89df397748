"""A person's own page, answers with room for more, and what a shared chat is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.base import Left, Paused, Renamed, Resumed
from bot.formatting import tag_name
from bot.message import Action, ChangeSetting, FollowTag, Message, SetChatTag, ShowPaper
from tests.stories.commands_house import People, printed, stage


async def test_the_page_shows_what_one_follows_could_follow_and_when_it_comes(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        minji = house.reader()
        rlhf = await house.tag("rlhf")
        await minji.types("/subscribe #rlhf")
        reply = await minji.looks_home()
        shown = "\n".join(map(words, reply.messages))
        assert "내 구독" in shown
        assert tag_name(rlhf) in shown
        assert "인기 태그" in shown
        assert "받는 시간" in shown
        assert "다이제스트" in shown
        pressed = [action for message in reply.messages for action in actions(message)]
        assert FollowTag(rlhf.id) not in pressed, "what is followed already is not offered"
        assert any(isinstance(action, ShowPaper) for action in pressed)
        assert reply.chat == await house.chat(minji)


async def test_looking_at_the_page_is_meeting_us_in_ones_own_zone(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        minji = house.reader()
        assert minji.person is not None
        minji.person = replace(minji.person, zone="America/New_York")
        await minji.looks_home()
        chat = await house.chat(minji)
        assert chat.zone == "America/New_York"
        assert await house.follows(minji) == []


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd"])
async def test_a_zone_that_is_none_is_not_believed(tmp_path: Path, zone: str) -> None:
    async with stage(tmp_path) as house:
        minji = house.reader()
        assert minji.person is not None
        minji.person = replace(minji.person, zone=zone)
        await minji.looks_home()
        assert (await house.chat(minji)).zone == "Asia/Seoul"


async def test_whatever_changes_the_page_says_so_and_nothing_else_does(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        minji = house.reader()
        await minji.looks_home()
        assert (await minji.types("/subscribe #rlhf")).changed
        assert not (await minji.types("/subscribe #rlhf")).changed
        assert (await minji.types("/settings time 08:30")).changed
        assert (await minji.types("/unsubscribe #rlhf")).changed
        assert not (await minji.types("/unsubscribe #rlhf")).changed
        assert not (await minji.types("보상 모델")).changed
        rlhf = await house.tag("rlhf")
        assert (await house.member().presses(FollowTag(rlhf.id))).changed, "pressed in a shared chat, for oneself"


async def test_a_press_with_room_shows_the_newest_papers_of_the_tag(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        rlhf = await house.tag("rlhf")
        await house.reader().looks_home()
        admin = with_room(house.member(manager=True))
        await admin.adds_the_bot()
        on = await admin.presses(FollowTag(rlhf.id))
        newest, offer = on.messages
        assert "#rlhf 최근 논문" in newest.summary
        assert any(isinstance(action, ShowPaper) for action in actions(newest))
        assert SetChatTag(rlhf.id, on=1) in actions(offer)
        off = await admin.presses(FollowTag(rlhf.id))
        assert all("최근 논문" not in message.summary for message in off.messages)


async def test_everybody_in_a_shared_chat_is_told_who_changed_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member("minji", manager=True)
        await admin.adds_the_bot()
        assert (
            line((await admin.types("/subscribe #rlhf")).announce) == "minji님이 이 채팅의 #rlhf 구독을 시작했습니다."
        )
        changed = await admin.types("/settings time 08:30")
        assert "minji님이 이 채팅의 설정을 바꿨습니다. 받는 시간: 오전 8:30" in line(changed.announce)
        assert "해지했습니다" in line((await admin.types("/unsubscribe #rlhf")).announce)
        assert (await admin.types("/search rlhf")).announce is None
        rlhf = await house.tag("rlhf")
        await house.reader("jun").looks_home()
        assert (await house.member("jun").presses(FollowTag(rlhf.id))).announce is None, "that is nobody's business"


async def test_a_day_can_be_put_into_one_thread_where_there_are_threads(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        admin.threads = True
        await admin.adds_the_bot()
        assert ChangeSetting("layout") in actions((await admin.types("/settings")).messages[0])
        reply = await admin.presses(ChangeSetting("layout", "thread"))
        assert reply.toast == "올리는 방식: 하루치를 스레드 하나로"
        assert (await house.chat(admin)).settings["layout"] == "thread"
        await admin.types("/settings 스레드 끄기")
        assert (await house.chat(admin)).settings["layout"] == "each"


async def test_where_there_are_no_threads_nobody_is_offered_them(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        await admin.adds_the_bot()
        assert ChangeSetting("layout") not in actions((await admin.types("/settings")).messages[0])
        assert (await admin.presses(ChangeSetting("layout", "thread"))).toast == "더 이상 쓰지 않는 버튼입니다."
        reader = house.reader()
        reader.threads = True
        assert ChangeSetting("layout") not in actions((await reader.types("/settings")).messages[0])


async def test_who_asks_for_threads_where_none_fit_is_told_so(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin, reader = house.member(manager=True), house.reader()
        reader.threads = True  # of a private chat there is nobody to spare
        await admin.adds_the_bot()
        await reader.looks_home()
        for person in (admin, reader):
            for asked in ("layout thread", "layout each", "layout what", "layout", "스레드 켜기"):
                assert "스레드 하나로 모을 수 없어서" in words((await person.types(f"/settings {asked}")).messages[0])
            pressed = await person.presses(ChangeSetting("layout", "thread"))
            assert pressed.toast == "더 이상 쓰지 않는 버튼입니다."
            assert "layout" not in (await house.chat(person)).settings


async def test_where_we_are_no_member_people_are_answered_and_the_chat_is_left_alone(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        admin.member = False
        await house.reader().looks_home()
        assert "검색 결과" in (await admin.types("/search 보상 모델")).messages[0].summary
        assert "1:1 대화" in words((await admin.types("/subscribe #rlhf")).messages[0])
        assert await house.follows(house.reader()) == ["#rlhf"]
        await house.member("jun", manager=True).adds_the_bot()
        assert "초대" in (await admin.types("/settings time 08:30")).messages[0].summary, "though we were there once"


async def test_a_chat_without_us_is_not_met_by_asking_there(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        admin.member = False
        for line_ in ("/start", "/settings", "/settings time 08:30"):
            assert "초대" in (await admin.types(line_)).messages[0].summary, line_
        assert await house.store.chats.find(admin.address) is None


def with_room(people: People) -> People:
    people.room = True
    return people


def words(message: Message) -> str:
    return "\n".join(printed(message))


def actions(message: Message) -> list[Action]:
    return [button.action for row in message.buttons for button in row if button.action is not None]


def line(message: Message | None) -> str:
    assert message is not None
    return message.summary


async def test_what_is_owed_to_a_closed_chat_waits_until_it_is_open_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        await admin.adds_the_bot()
        owed = await house.owed(admin)
        assert owed
        await house.commands.handle(Paused(address=admin.address, kind=admin.kind))
        lane = admin.address.lane
        assert (await house.store.deliveries.agenda(lane, now=house.clock.now, limit=10)).dues == []
        await house.commands.handle(Resumed(address=admin.address, kind=admin.kind))
        due = (await house.store.deliveries.agenda(lane, now=house.clock.now, limit=10)).dues
        assert [one.delivery.id for one in due] == sorted(one.id for one in owed), "and in its order"


async def test_a_closed_chat_that_the_bot_is_added_to_again_is_open(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        await admin.adds_the_bot()
        for happened in (
            Paused(address=admin.address, kind=admin.kind),
            Left(address=admin.address, kind=admin.kind, reason="removed from the channel"),
        ):
            await house.commands.handle(happened)
        house.clock.turn(days=40)
        await admin.adds_the_bot()
        chat = await house.chat(admin)
        assert chat.active
        assert chat.paused_until is None, "nobody tells any more that it was opened"


async def test_a_wait_that_the_platform_asked_for_does_not_end_because_the_bot_is_added_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        await admin.adds_the_bot()
        until = house.clock() + timedelta(minutes=1)
        await house.store.chats.pause(admin.address, until, house.clock())
        await admin.adds_the_bot()
        assert (await house.chat(admin)).paused_until == until


async def test_a_chat_that_gets_another_name_is_known_by_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as house:
        admin = house.member(manager=True)
        renamed = Renamed(address=admin.address, kind=admin.kind, title="새 이름")
        await house.commands.handle(renamed)
        assert await house.store.chats.find(admin.address) is None, "which is not meeting it"
        await admin.adds_the_bot()
        await house.commands.handle(renamed)
        assert (await house.chat(admin)).title == "새 이름"
