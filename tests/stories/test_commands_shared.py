"""In a chat that many read, what is one person's stays theirs, and what nobody there can press is not offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.message import AskWhy, ChangeSetting, FollowTag, SetChatTag, ShowPaper, ShowTags
from tests.stories.commands_house import Stage, apologised, button, buttons, words


async def test_the_tag_list_of_a_group_does_not_show_what_one_of_them_follows(house: Stage) -> None:
    minji, tag = house.reader(), await house.tag("rlhf")
    await minji.types("/subscribe #rlhf")
    for asked in (await house.member().types("/tags"), await house.member().presses(ShowTags(0))):
        assert button(asked, "#rlhf").action == FollowTag(tag.id)
        assert not any(one.on for one in buttons(asked))
        assert "구독 중" not in words(asked)
    for asked in (await minji.types("/tags"), await minji.presses(ShowTags(0))):
        assert [one.label for one in buttons(asked) if one.on] == ["#rlhf · 5"]
        assert "구독 중: #rlhf" in words(asked)


async def test_a_member_is_given_no_button_that_only_works_in_their_private_chat(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe *")
    reply = await house.member().types("/subscribe #rlhf")
    assert "#rlhf 구독을 시작했습니다" in words(reply)
    assert not any("구독한 것만" in one.label for one in buttons(reply))
    assert "아래 버튼" not in words(reply)
    assert any("구독한 것만" in one.label for one in buttons(await minji.types("/subscribe #llm")))


async def test_a_group_that_follows_nothing_gets_no_tags_to_tap_for_those_would_be_for_one_person(house: Stage) -> None:
    admin = house.member("ann", manager=True)
    await admin.adds_the_bot()
    ended = await admin.types("/unsubscribe *")
    assert "이 채팅에는 새 논문이 올라오지 않습니다" in words(ended)
    for told in (ended, await admin.types("/subscriptions"), await admin.types("/unsubscribe")):
        assert not any(isinstance(one.action, FollowTag) for one in buttons(told))
        assert "눌러" not in words(told)


async def test_asking_for_nothing_in_a_group_offers_no_tags_for_one_person(house: Stage) -> None:
    assert list(buttons(await house.member(manager=True).types("/subscribe"))) == []
    assert any(one.label == "#rlhf" for one in buttons(await house.reader().types("/subscribe")))


async def test_ending_ones_own_in_a_group_is_not_about_the_group(house: Stage) -> None:
    admin, minji = house.member("ann", manager=True), house.reader()
    await admin.adds_the_bot()
    await minji.types("/subscribe #rlhf")
    await admin.types("/subscribe #llm")
    own = await house.member().types("/subscriptions")
    assert own.about is None
    assert (await house.member().presses(button(own, "✕ #rlhf"))).about is None
    theirs = await admin.types("/subscriptions")
    assert theirs.about is not None
    assert (await admin.presses(button(theirs, "✕ #llm"))).about is not None


async def test_a_chat_that_we_do_not_know_is_offered_nothing(house: Stage) -> None:
    """A message may stand where nobody ever added us: it was forwarded, or sent inline."""
    admin, tag = house.member(manager=True), await house.tag("rlhf")
    await house.reader().types("/start")
    reply = await admin.presses(FollowTag(tag.id))
    assert "1:1 대화로" in (reply.toast or "")
    assert reply.messages == ()
    asked = await admin.presses(AskWhy(1))
    assert "아직 논문을 올리고 있지 않습니다" in words(asked)
    assert await house.store.chats.find(admin.address) is None


@pytest.mark.parametrize("pressed", ["FollowTag", "SetChatTag"])
async def test_a_press_of_nobody_changes_nothing(house: Stage, pressed: str) -> None:
    """Where a platform does not say who pressed."""
    admin, tag = house.member("ann", manager=True), await house.tag("rlhf")
    await admin.adds_the_bot()
    nobody = house.member()
    nobody.person = None
    reply = await nobody.presses(FollowTag(tag.id) if pressed == "FollowTag" else SetChatTag(tag.id, on=1))
    assert ("누가 누르셨는지" if pressed == "FollowTag" else "관리자만") in (reply.toast or "")
    assert not apologised(reply)
    assert reply.start is None
    assert await house.follows(admin) == ["*"]


async def test_a_paper_opened_in_a_group_shows_no_tag_as_followed_for_it_is_open_to_all(house: Stage) -> None:
    admin, minji = house.member("ann", manager=True), house.reader()
    await admin.adds_the_bot()
    for who in (admin, minji):
        await who.types("/subscribe #rlhf")
    [paper, *_] = await house.store.papers.titled("WARM", 1)
    assert not any(one.on for one in buttons(await house.member().presses(ShowPaper(paper.id))))
    assert [one.label for one in buttons(await minji.presses(ShowPaper(paper.id))) if one.on] == ["#rlhf"]


async def test_what_a_member_does_for_themselves_is_not_about_the_group(house: Stage) -> None:
    admin = house.member("ann", manager=True)
    await admin.adds_the_bot()
    await house.reader().types("/start")
    for line in ("/subscribe #rlhf", "/unsubscribe #rlhf", "/subscriptions"):
        assert (await house.member().types(line)).about is None, line
        told = (await admin.types(line)).about
        assert told is not None, line
        assert "“팀 논문방” 채팅" in told.inlines[0].text, line


async def test_a_refusal_is_in_the_language_of_who_is_refused_all_of_it(house: Stage) -> None:
    await house.member("ann", manager=True).adds_the_bot()
    await house.reader("joe", "en").types("/start")
    assert (await house.member("joe").presses(ChangeSetting("time", "09:00"))).toast == "Only admins can change that."
    assert (await house.member("kim").presses(ChangeSetting("time", "09:00"))).toast == "관리자만 바꿀 수 있습니다."


async def test_a_group_that_sleeps_wakes_when_somebody_in_charge_subscribes_it(house: Stage) -> None:
    admin = house.member("ann", manager=True)
    await admin.adds_the_bot()
    await house.store.chats.sleep(admin.address, "removed from the chat", house.clock())
    await admin.types("/subscribe #rlhf")
    assert (await house.chat(admin)).active
    assert await house.follows(admin) == ["*", "#rlhf"]


async def test_a_group_has_the_zone_of_the_house_and_not_that_of_who_added_us(house: Stage) -> None:
    admin = house.member("ann", manager=True)
    assert admin.person is not None
    admin.person = replace(admin.person, zone="America/Los_Angeles")
    await admin.adds_the_bot()
    assert (await house.chat(admin)).zone == "Asia/Seoul"


async def test_where_we_do_not_know_the_chat_today_is_that_of_the_person(house: Stage) -> None:
    traveller = house.member()
    assert traveller.person is not None
    assert "오늘: 2024년 5월 10일" in words(await traveller.types("/search 오늘 llm"))
    traveller.person = replace(traveller.person, zone="America/Los_Angeles")
    assert "오늘: 2024년 5월 9일" in words(await traveller.types("/search 오늘 llm"))
