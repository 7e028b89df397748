"""What is said is true where it is said: in an empty house, a chat that follows nothing, to somebody without a name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.message import FollowTag
from tests.stories.commands_house import Stage, button, buttons, words


async def test_where_there_are_no_tags_yet_nobody_is_asked_to_tap_one(empty: Stage) -> None:
    minji = empty.reader()
    for line in ("/start", "/start", "/subscriptions", "/unsubscribe"):
        told = words(await minji.types(line))
        assert "눌러" not in told, line
        assert "/subscribe 보상 모델" in told, line
    await minji.types("/subscribe 보상 모델")
    told = words(await minji.types("/unsubscribe 보상 모델"))
    assert "눌러" not in told
    assert "/subscribe 보상 모델" in told


async def test_whoever_is_asked_to_tap_a_tag_has_tags_to_tap(house: Stage) -> None:
    stranger = house.member("stranger")
    reply = await stranger.types("/subscriptions")
    assert "눌러 보세요" in words(reply)
    assert button(reply, "#rlhf").action is not None
    reader = house.reader()
    for line in ("/start", "/start", "/subscriptions"):
        assert any(one.label == "#rlhf" for one in buttons(await reader.types(line))), line


async def test_a_chat_that_follows_nothing_is_not_told_that_it_is_posted_to(house: Stage) -> None:
    ann = house.member("ann", manager=True)
    await ann.adds_the_bot()
    assert "올리는 논문: 모든 논문" in words(await ann.types("/start"))
    await ann.types("/unsubscribe *")
    for who in (ann, house.member("bob")):
        told = words(await who.types("/start"))
        assert "논문을 올리지 않습니다" in told
        assert "/subscribe *" in told


async def test_who_writes_without_a_name_has_pressed_nothing(house: Stage) -> None:
    ann, channel = house.member("ann", manager=True), house.member("channel")
    await ann.adds_the_bot()
    channel.person = None
    assert "누가 보내셨는지" in words(await channel.types("/subscribe #rlhf"))


async def test_a_subscription_of_somebody_else_is_not_said_to_have_ended(house: Stage) -> None:
    bob, ann = house.member("bob"), house.member("ann")
    await house.reader("bob").types("/subscribe #rlhf")
    shown = await bob.types("/subscriptions")
    reply = await ann.presses(button(shown, "#rlhf"))
    assert reply.toast == "이미 해지되었거나 다른 분의 구독입니다."
    assert await house.follows(house.reader("bob")) == ["#rlhf"]


@pytest.mark.parametrize("payload", ["q_zzzz", "s_zzzz", "f_zzzz", "t_zzzz"])
async def test_a_link_that_leads_no_further_says_so_before_the_greeting(house: Stage, payload: str) -> None:
    minji = house.reader()
    told = words(await minji.types(f"/start {payload}"))
    assert told.index("이 링크로는") < told.index("안녕하세요")
    assert "이 링크로는" not in words(await minji.types("/start"))


async def test_settings_are_told_in_one_language_even_to_somebody_who_speaks_another(house: Stage) -> None:
    ann = house.member("ann", manager=True)
    await ann.adds_the_bot()
    await house.reader("ann", language="en").types("/start")
    ann.alone = True
    assert words(await ann.types("/settings time 9")).startswith("바꿨습니다.")
    assert "시간은 알아듣지" in words(await ann.types("/settings time 99"))
    ann.manager = False
    assert words(await ann.types("/settings")).startswith("이 채팅의 설정은 관리자만")


@pytest.mark.parametrize("name", ["\u200f", "\u2066\u2069", " \u200b "])
async def test_a_name_of_nothing_but_signs_that_nobody_sees_is_no_name(house: Stage, name: str) -> None:
    ann = house.member("ann", manager=True)
    await ann.adds_the_bot()
    assert ann.person is not None
    ann.person = replace(ann.person, name=name)
    reply = await ann.types("/settings time 9")
    assert reply.announce is not None
    assert reply.announce.summary == "이 채팅의 설정을 바꿨습니다. 받는 시간: 오전 9:00"


async def test_a_button_that_says_follow_does_not_end_what_another_admin_has_begun(house: Stage) -> None:
    ann, bob = (house.member(name, manager=True) for name in ("ann", "bob"))
    await ann.adds_the_bot()
    await ann.types("/unsubscribe *")
    tag = FollowTag((await house.tag("rlhf")).id)
    offers = []
    for admin in (ann, bob):
        await house.reader(admin.person.id if admin.person else "").types("/start")
        offers.append(button(await admin.presses(tag), "이 채팅에서 #rlhf 구독하기"))
    await ann.presses(offers[0])
    reply = await bob.presses(offers[1])
    assert reply.toast == "이 채팅은 이미 #rlhf 구독 중입니다."
    assert await house.follows(ann) == ["#rlhf"]
    end = button(reply, "이 채팅에서 #rlhf 해지하기")
    assert (await bob.presses(end)).toast == "이 채팅의 #rlhf 구독을 해지했습니다."
    assert (await ann.presses(end)).toast == "#rlhf 구독은 없습니다."
    assert await house.follows(ann) == []


async def test_where_we_are_no_member_nobody_is_told_that_it_takes_an_admin(house: Stage) -> None:
    """They may be one, and may even change the chat: it is Paperboy who is not there."""
    ann, stranger = house.member("ann", manager=True), house.member("stranger", manager=True)
    ann.member = stranger.member = False
    await house.reader("ann").types("/start")
    for line in ("/subscribe #rlhf", "/unsubscribe #rlhf", "/subscribe *", "/unsubscribe *"):
        told = words(await ann.types(line))
        assert "제가 지금 이 채팅에 없어서, 저와의 1:1 대화에 적용했습니다." in told, line
        assert "관리자" not in told, line
    told = words(await stranger.types("/unsubscribe #rlhf"))
    assert "저는 지금 이 채팅에 없습니다" in told
    assert "관리자" not in told


async def test_who_ends_everything_twice_is_told_what_comes_already(house: Stage) -> None:
    minji, ann = house.reader("minji", "en"), house.member("ann", manager=True)
    await minji.types("/start")
    assert words(await minji.types("/unsubscribe *")) == "You already get only what you follow."
    ann.language = "en"
    await ann.types("/subscribe #rlhf")
    assert words(await ann.types("/unsubscribe *")) == "This chat already gets only what it follows."
