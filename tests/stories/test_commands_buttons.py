"""Tag buttons and shared chats: whose subscription a press is about, and who may change the chat's."""

from __future__ import annotations

from bot.adapters.base import Left
from bot.message import (
    ChangeSetting,
    ChatFollowTag,
    FollowTag,
    RunCommand,
    SetChatTag,
    ShowPage,
    ShowPaper,
    Unsubscribe,
)
from bot.model import ChatKind
from tests.stories.commands_house import Stage, apologised, button, buttons, messages, words


# --- tag buttons ----------------------------------------------------------------------------------------------
async def test_a_tag_button_switches_on_and_off_in_a_private_chat(house: Stage) -> None:
    minji, tag = house.reader(), await house.tag("llm")
    on = await minji.presses(FollowTag(tag.id))
    assert (on.toast, on.toggled) == ("#llm 구독을 시작했습니다.", (tag.id, True))
    assert await house.follows(minji) == ["#llm"]
    off = await minji.presses(FollowTag(tag.id))
    assert (off.toast, off.toggled) == ("#llm 구독을 해지했습니다.", (tag.id, False))
    assert await house.follows(minji) == []


async def test_who_gets_everything_hears_that_a_tag_button_changes_nothing_yet(house: Stage) -> None:
    minji, tag = house.reader(), await house.tag("llm")
    await minji.types("/subscribe *")
    assert "모든 논문을 받고 계십니다" in words(await minji.presses(FollowTag(tag.id)))
    assert "켜져 있어서 논문은 계속 옵니다" in words(await minji.presses(FollowTag(tag.id)))
    assert await house.follows(minji) == ["*"]


async def test_a_press_in_a_group_is_about_the_one_who_presses(house: Stage) -> None:
    minji, tag = house.reader(), await house.tag("llm")
    await house.member("admin", manager=True).adds_the_bot()
    await minji.types("/start")
    reply = await house.member("minji").presses(FollowTag(tag.id))
    assert "1:1 대화로" in (reply.toast or "")
    assert reply.toggled is None
    assert reply.messages == ()
    assert await house.follows(minji) == ["#llm"]
    assert await house.follows(house.member()) == ["*"]


async def test_somebody_the_bot_never_met_finishes_in_their_private_chat(house: Stage) -> None:
    tag = await house.tag("llm")
    reply = await house.member("new").presses(FollowTag(tag.id))
    assert reply.start is not None
    new = house.reader("new")
    finished = await new.types(f"/start {reply.start}")
    assert "#llm 구독을 시작했습니다" in words(finished)
    assert "안녕하세요" in words(finished)
    assert await house.follows(new) == ["#llm"]
    assert await house.owed(new) == []


async def test_who_blocked_the_bot_is_taken_to_it_again(house: Stage) -> None:
    minji, tag = house.reader(), await house.tag("llm")
    await minji.types("/start")
    await house.commands.handle(Left(address=minji.address, kind=ChatKind.PRIVATE, reason="blocked"))
    assert (await house.member("minji").presses(FollowTag(tag.id))).start is not None


async def test_an_admin_who_presses_is_also_offered_the_chats_own_subscription(house: Stage) -> None:
    admin, tag = house.member("admin", manager=True), await house.tag("llm")
    await admin.adds_the_bot()
    await house.reader("admin").types("/start")
    reply = await admin.presses(FollowTag(tag.id))
    assert reply.private
    offer = button(reply, "이 채팅에서 #llm 구독하기")
    assert offer.action == SetChatTag(tag.id, on=1)
    done = await admin.presses(offer)
    assert done.toast == "이 채팅의 #llm 구독을 시작했습니다."
    assert await house.follows(admin) == ["*", "#llm"]
    await admin.presses(button(done, "구독한 것만 받기"))
    assert await house.follows(admin) == ["#llm"]
    again = await admin.presses(offer)
    assert again.toast == "이 채팅은 이미 #llm 구독 중입니다."
    ended = await admin.presses(button(again, "이 채팅에서 #llm 해지하기"))
    assert ended.toast == "이 채팅의 #llm 구독을 해지했습니다."
    assert ended.replace is not None


async def test_a_chat_that_gets_everything_is_not_asked_whether_it_wants_a_tag(house: Stage) -> None:
    admin, tag = house.member("admin", manager=True), await house.tag("llm")
    await admin.adds_the_bot()
    await admin.presses(SetChatTag(tag.id, on=1))
    ended = await admin.presses(SetChatTag(tag.id, on=0))
    assert ended.toast == "이 채팅의 #llm 구독을 해지했습니다."
    assert "이 채팅에는 지금 모든 논문이 올라옵니다" in words(ended)
    assert button(ended, "이 채팅에서 #llm 구독하기").action == SetChatTag(tag.id, on=1)
    await admin.types("/unsubscribe *")
    await admin.presses(SetChatTag(tag.id, on=1))
    ended = await admin.presses(SetChatTag(tag.id, on=0))
    assert "이 채팅도 #llm 논문을 받게 하시겠습니까?" in words(ended)


async def test_a_member_cannot_press_the_chats_own_button(house: Stage) -> None:
    admin, member, tag = house.member("admin", manager=True), house.member("joe"), await house.tag("llm")
    await admin.adds_the_bot()
    await house.reader("joe").types("/subscribe *")
    for action in (ChatFollowTag(tag.id), ChangeSetting("time", "09:00"), RunCommand("everything"), RunCommand("only")):
        assert "관리자만" in words(await member.presses(action))
    assert await house.follows(admin) == ["*"]
    assert await house.follows(house.reader("joe")) == ["*"]
    assert (await house.chat(admin)).posting_time is None


async def test_only_an_admin_ends_what_the_chat_follows(house: Stage) -> None:
    admin, member = house.member("admin", manager=True), house.member("joe")
    await admin.adds_the_bot()
    await admin.types("/subscribe #llm")
    end = button(await admin.types("/subscriptions"), "✕ #llm")
    assert "관리자만" in words(await member.presses(end))
    assert await house.follows(admin) == ["*", "#llm"]
    assert (await admin.presses(end)).replace is not None
    assert await house.follows(admin) == ["*"]


async def test_the_chats_own_button_does_nothing_where_there_is_no_shared_chat(house: Stage) -> None:
    """It does not say which chat it was meant for, so it must not act on another."""
    minji, tag = house.reader(), await house.tag("llm")
    await minji.types("/subscribe #llm")
    assert "함께 쓰는 채팅" in words(await minji.presses(ChatFollowTag(tag.id)))
    assert await house.follows(minji) == ["#llm"]


async def test_a_button_word_is_no_command(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe *")
    await minji.types("/only")
    assert await house.follows(minji) == ["*"]


async def test_buttons_of_yesterday_and_forged_ones_get_a_polite_word(house: Stage) -> None:
    minji = house.reader()
    huge = 36**12 - 1
    for action in (
        FollowTag(huge), ChatFollowTag(huge), ShowPage(huge, 0), ShowPage(1, huge), ShowPaper(huge), Unsubscribe(huge),
        ChangeSetting("nonsense", "x"), ChangeSetting("zone", "Mars/Base"), ChangeSetting("days", "789"), None,
    ):  # fmt: skip
        reply = await minji.presses(action)
        assert reply.toast, action
        assert not apologised(reply), action


# --- shared chats ---------------------------------------------------------------------------------------------
async def test_an_admin_narrows_a_channel(house: Stage) -> None:
    admin = house.member(manager=True, kind=ChatKind.CHANNEL)
    admin.person = None
    await admin.adds_the_bot()
    assert "이 채팅의 #llm 구독" in words(await admin.types("/subscribe #llm"))
    await admin.types("/unsubscribe *")
    assert await house.follows(admin) == ["#llm"]


async def test_a_member_who_subscribes_in_a_group_does_so_for_themselves(house: Stage) -> None:
    admin, joe = house.member("admin", manager=True), house.reader("joe")
    await admin.adds_the_bot()
    await joe.types("/start")
    reply = await house.member("joe").types("/subscribe #llm")
    assert "1:1 대화에 적용했습니다" in words(reply)
    assert await house.follows(joe) == ["#llm"]
    assert await house.follows(admin) == ["*"]
    assert "1. #llm" in words(await house.member("joe").types("/subscriptions"))


async def test_a_member_without_a_private_chat_is_taken_there_with_what_they_typed(house: Stage) -> None:
    reply = await house.member("joe").types("/subscribe 보상 해킹 or #moe")
    assert reply.start is not None
    joe = house.reader("joe")
    await joe.types(f"/start {reply.start}")
    assert await house.follows(joe) == ["보상 해킹 or #moe"]


async def test_a_member_sees_the_chats_settings_but_changes_nothing(house: Stage) -> None:
    admin, member = house.member("admin", manager=True), house.member("joe")
    await admin.adds_the_bot()
    reply = await member.types("/settings")
    assert "관리자만" in words(reply)
    assert list(buttons(reply)) == []
    assert "관리자만" in words(await member.types("/settings time 09:00"))
    assert (await house.chat(admin)).posting_time is None
    assert "1. 모든 논문" in words(await member.types("/subscriptions"))
    assert list(buttons(await member.types("/subscriptions"))) == []


async def test_the_platform_is_asked_once_who_somebody_is_and_again_at_every_press(house: Stage) -> None:
    admin, tag = house.member("admin", manager=True), await house.tag("llm")
    await admin.adds_the_bot()
    await admin.presses(ChatFollowTag(tag.id))
    assert len(admin.asked) == 1
    admin.manager = False
    assert "관리자만" in words(await admin.presses(ChatFollowTag(tag.id)))
    assert len(admin.asked) == 2


async def test_a_command_in_a_chat_that_never_added_the_bot_does_not_make_it_a_subscriber(house: Stage) -> None:
    stranger = house.member("joe")
    for line in ("/search diffusion", "/help", "/settings", "/subscriptions", "/latest", "/tags", "/start"):
        assert messages(await stranger.types(line)), line
    assert await house.store.chats.find(stranger.address) is None


async def test_a_search_in_a_group_can_be_subscribed_to_by_whoever_presses(house: Stage) -> None:
    await house.member("admin", manager=True).adds_the_bot()
    await house.reader("minji").types("/start")
    found = await house.member("admin", manager=True).types("/search speculative decoding")
    reply = await house.member("minji").presses(button(found, "이 검색 구독하기"))
    assert reply.messages == ()
    assert "구독을 시작했습니다" in (reply.toast or "")
    assert await house.follows(house.reader("minji")) == ["speculative decoding"]


# --- whose language -------------------------------------------------------------------------------------------
async def test_what_one_person_alone_sees_is_in_their_own_language(house: Stage) -> None:
    sam, tag = house.reader("sam", language="en"), await house.tag("llm")
    await sam.types("/start")
    await house.member("admin", manager=True).adds_the_bot()
    here = house.member("sam")
    found = await here.types("/search reward model")
    assert "검색 결과" in words(found), "others read it"
    assert "You now follow" in ((await here.presses(FollowTag(tag.id))).toast or "")
    assert "You now follow" in ((await here.presses(button(found, "이 검색 구독하기"))).toast or "")
    assert "Abstract" in words(await here.presses(button(found, "1")))
    assert "2 / " in words(turned := await here.presses(button(found, "다음")))
    assert "검색 결과" in words(turned)


async def test_an_answer_that_nobody_else_sees_is_in_the_language_of_who_asks(house: Stage) -> None:
    await house.reader("sam", language="en").types("/start")
    await house.member("admin", manager=True).adds_the_bot()
    here = house.member("sam")
    here.alone = True
    found = await here.types("/search reward model")
    assert "papers for “reward model”" in words(found) or "“reward model”: " in words(found)
    turned = await here.presses(next(each for each in buttons(found) if isinstance(each.action, ShowPage)))
    assert "검색 결과" not in words(turned)
    assert (await house.chat(here)).language == "ko"
