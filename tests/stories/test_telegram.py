"""People on Telegram and a curator with a folder: the real application, a fake Telegram, HTTP between them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.model import Address
from tests.fakes.telegram import InlineAnswer, User
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.stories.telegram_house import PATIENT, drop, entry, paperboy

POLLING: Mapping[str, str] = {}
WEBHOOK: Mapping[str, str] = {"BOT_TELEGRAM__WEBHOOK_URL": "https://paperboy.example"}
both_ways = pytest.mark.parametrize("receiving", [POLLING, WEBHOOK], ids=["polling", "webhook"])

ONE = entry("A Reward Model for Everyone", "보상 모델에 관한 논문입니다.", "#reward-model #rlhf")
TWO = entry("Mixture of Experts, Again", "전문가 혼합에 관한 논문입니다.", "#moe")


@both_ways
async def test_a_newcomer_is_welcomed_follows_a_tag_and_gets_the_next_paper(
    telegram: FakeTelegram, tmp_path: Path, receiving: Mapping[str, str]
) -> None:
    reader = telegram.user(language_code="ko")
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(telegram, tmp_path, **receiving):
        await reader.starts()
        hello = await reader.private.wait_for(within=PATIENT, wanted=lambda message: "안녕하세요" in message.text)
        await reader.private.wait_for(within=PATIENT, wanted=lambda message: "A Reward Model" in message.text)
        toast = await reader.presses(hello, "#moe")
        assert "#moe" in toast.text
        await telegram.until(lambda: hello.button("#moe")["text"].startswith("✓"))
        drop(tmp_path, "two.txt", entry("Sparse Experts", tags="#moe"), entry("Not For You", tags="#other"))
        paper = await reader.private.wait_for(within=PATIENT, wanted=lambda message: "Sparse Experts" in message.text)
        assert paper.labels == [["✓ #moe"]]
        assert not any("Not For You" in message.text for message in reader.private.messages)


# --- words ----------------------------------------------------------------------------------------------------


async def test_plain_words_in_private_are_a_search_whose_pages_turn_in_place(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user(started=True)
    drop(tmp_path, "one.txt", *(entry(f"Reward Model Number {n}") for n in range(7)))
    async with paperboy(telegram, tmp_path):
        await reader.says(reader.private, "보상 모델 reward")
        results = await reader.private.wait_for(within=PATIENT, wanted=lambda message: len(message.labels[0]) == 5)
        assert "7편" in results.text
        await reader.presses(results, "다음")
        await telegram.until(lambda: results.labels[0] == ["6", "7"])
        await reader.presses(results, "6")
        paper = await reader.private.wait_for(within=PATIENT, after=results)
        assert paper.labels[0] == ["#tool"]
        assert "방금 나온 논문입니다." in paper.text


async def test_every_command_is_answered_in_private_in_korean_too(telegram: FakeTelegram, tmp_path: Path) -> None:
    drop(tmp_path, "one.txt", ONE, TWO)
    asked = (
        "/help", "/tags", "/search reward", "/latest", "/settings", "/subscribe #moe", "/subscriptions",
        "/unsubscribe #moe", "/도움말", "/검색 reward", "/HELP@Paperboy_Bot",
    )  # fmt: skip
    async with paperboy(telegram, tmp_path):
        for number, line in enumerate(asked):
            reader = telegram.user(f"독자 {number}", started=True)
            said = await reader.says(reader.private, line)
            answer = await reader.private.wait_for(within=PATIENT, after=said)
            assert answer.text, line


async def test_commands_for_other_bots_edits_and_chatter_are_left_alone(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원")
    group = telegram.group(owner=owner, members=(member,), bot=True)
    telegram.bot.privacy = False
    async with paperboy(telegram, tmp_path):
        await member.says(group, "/help@some_other_bot")
        first = await member.says(group, "오늘 점심 뭐 먹지")
        await member.edits(first, "/help")
        await member.says(group, "잘 보겠습니다 /help")
        await group.stays_silent(0.5)
        await member.says(group, "/help@PAPERBOY_BOT")
        answer = await group.wait_for(within=PATIENT)
        assert answer.reply_to is not None
        assert answer.silent


async def test_in_a_group_members_change_their_own_and_admins_the_groups(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원", started=True)
    group = telegram.group(owner=owner, members=(member,))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(group)
        await group.wait_for(within=PATIENT, wanted=lambda message: "관리자" in message.text)
        said = await member.says(group, "/settings time 09:00")
        refused = await group.wait_for(within=PATIENT, after=said)
        assert "관리자" in refused.text
        said = await owner.says(group, "/settings time 09:00")
        await group.wait_for(within=PATIENT, wanted=lambda message: "9:00" in message.text, after=said)
        said = await owner.says(group, "/settings time 10:00", anonymous=True)
        await group.wait_for(within=PATIENT, wanted=lambda message: "10:00" in message.text, after=said)
        outsider = telegram.channel("바깥", owner=member)
        said = await member.says(group, "/settings time 11:00", as_channel=outsider)
        refused = await group.wait_for(within=PATIENT, after=said)
        assert "11:00" not in refused.text
        assert (await running.store.chats.counts()).active == 1


async def test_a_channels_own_posts_are_its_commands(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    discussion = telegram.group("토론", owner=owner, bot=True)
    channel = telegram.channel(owner=owner, discussion=discussion)
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(telegram, tmp_path):
        await owner.adds_bot(channel)
        await channel.wait_for(within=PATIENT, wanted=lambda message: "A Reward Model" in message.text)
        said = await owner.posts(channel, "/settings time 09:00")
        await channel.wait_for(within=PATIENT, wanted=lambda message: "9:00" in message.text, after=said)
        # The copy in the discussion group is nobody's command.
        assert not discussion.from_bot or all("9:00" not in one.text for one in discussion.from_bot)


async def test_a_topic_has_settings_and_papers_of_its_own(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    forum = telegram.group("포럼", owner=owner, forum=True, bot=True)
    async with paperboy(telegram, tmp_path):
        topic = await owner.opens_topic(forum, "논문")
        await owner.says(forum, "/subscribe #moe", thread=topic)
        answer = await forum.wait_for(within=PATIENT, wanted=lambda message: "#moe" in message.text)
        assert answer.thread == topic.thread
        drop(tmp_path, "two.txt", TWO, entry("Another", tags="#other"))
        paper = await forum.wait_for(within=PATIENT, wanted=lambda message: "Mixture of Experts" in message.text)
        assert paper.thread == topic.thread
        await owner.deletes_topic(topic)
        drop(tmp_path, "three.txt", entry("After the Topic", tags="#moe"))
        later = await forum.wait_for(within=PATIENT, wanted=lambda message: "After the Topic" in message.text)
        assert later.thread is None


async def test_an_admin_manages_a_channel_from_their_private_chat(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner, stranger = telegram.user("관리자", started=True), telegram.user("남", started=True)
    channel = telegram.channel(owner=owner, username="daily_papers", bot=True)
    async with paperboy(telegram, tmp_path) as running:
        await owner.posts(channel, "/start")
        await channel.wait_for(within=PATIENT)
        said = await owner.says(owner.private, "/settings @daily_papers")
        page = await owner.private.wait_for(within=PATIENT, after=said)
        before = len(channel.from_bot)
        await owner.presses(page, "받는 시간")
        await telegram.until(lambda: any("9:00" in button["text"] for button in page.buttons))
        toast = await owner.presses(page, "오전 9:00")
        assert "9:00" in toast.text
        changed = await running.store.chats.find(Address(lane=f"telegram:{telegram.bot.user.id}", chat=str(channel.id)))
        assert changed is not None
        assert changed.posting_time is not None
        assert len(channel.from_bot) == before, "nothing of this is seen in the channel"
        # Nobody else may look or touch, with a command or with a forged button.
        said = await stranger.says(stranger.private, "/settings @daily_papers")
        refused = await stranger.private.wait_for(within=PATIENT, after=said)
        assert "9:00" not in refused.text
        assert not refused.buttons
        said = await stranger.says(stranger.private, "/help")
        mine = await stranger.private.wait_for(within=PATIENT, after=said)
        data = next(button["callback_data"] for button in page.buttons)
        toast = await stranger.forges(mine, data)
        assert "관리자" in toast.text


# --- presses --------------------------------------------------------------------------------------------------


async def test_a_tap_in_a_channel_by_somebody_unknown_leads_to_the_bot_and_completes(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, reader = telegram.user("관리자"), telegram.user("독자")
    channel = telegram.channel(owner=owner, members=(reader,))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(telegram, tmp_path):
        await owner.adds_bot(channel)
        post = await channel.wait_for(within=PATIENT, wanted=lambda message: "A Reward Model" in message.text)
        toast = await reader.presses(post, "#rlhf")
        assert toast.url is not None
        await reader.follows(toast.url)
        await reader.private.wait_for(within=PATIENT, wanted=lambda message: "#rlhf" in message.text)
        toast = await reader.presses(post, "#rlhf")
        assert "#rlhf" in toast.text
        assert post.labels == [["#reward-model", "#rlhf"]], "a shared post shows nobody's own state"


async def test_an_admin_who_taps_is_offered_the_channel_alone_and_not_in_front_of_everybody(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자", started=True)
    channel = telegram.channel(owner=owner)
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(telegram, tmp_path):
        await owner.says(owner.private, "/help")
        await owner.private.wait_for(within=PATIENT)
        await owner.adds_bot(channel)
        post = await channel.wait_for(within=PATIENT, wanted=lambda message: "A Reward Model" in message.text)
        before = len(channel.from_bot)
        await owner.presses(post, "#rlhf")
        offer = await owner.private.wait_for(
            within=PATIENT, wanted=lambda message: len(message.buttons) == 1 and "#rlhf" in message.text
        )
        toast = await owner.presses(offer, "#rlhf")
        assert "채널" in toast.text or "대화방" in toast.text or "#rlhf" in toast.text
        assert len(channel.from_bot) == before


async def test_forged_foreign_and_old_buttons_get_a_polite_answer(telegram: FakeTelegram, tmp_path: Path) -> None:
    reader = telegram.user(started=True)
    async with paperboy(telegram, tmp_path):
        said = await reader.says(reader.private, "/help")
        message = await reader.private.wait_for(within=PATIENT, after=said)
        for data in (
            "",
            "x",
            "1t:zzzzzz",
            "9t:1",
            "1s:time.99:99",
            "1t:1@c1",
            "1s:time.09:00@g1.2",
            "\x00" * 64,
            "1p:9.9",
        ):
            toast = await reader.forges(message, data)
            assert toast.text, repr(data)
        await reader.deletes(message)
        assert (await reader.forges(message, "1r:help")).url is None


async def test_two_quick_taps_leave_both_tags_marked(telegram: FakeTelegram, tmp_path: Path) -> None:
    reader = telegram.user()
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(telegram, tmp_path):
        await reader.starts()
        hello = await reader.private.wait_for(within=PATIENT, wanted=lambda message: "안녕하세요" in message.text)
        await asyncio.gather(reader.presses(hello, "#moe"), reader.presses(hello, "#rlhf"))
        await telegram.until(lambda: sum(button["text"].startswith("✓") for button in hello.buttons) == 2)


# --- inline ---------------------------------------------------------------------------------------------------


async def test_a_paper_is_found_and_posted_from_inside_any_chat(telegram: FakeTelegram, tmp_path: Path) -> None:
    reader, friend = telegram.user("독자"), telegram.user("친구")
    group = telegram.group("남의 방", owner=friend, members=(reader,))
    drop(tmp_path, "one.txt", ONE, TWO, *(entry(f"Filler {n}") for n in range(25)))
    async with paperboy(telegram, tmp_path):
        found = await reader.types_inline("보상 모델")
        assert found.results[0].title == "A Reward Model for Everyone"
        assert "년" in found.results[0].description
        posted = await reader.chooses(found.results[0], group)
        assert "보상 모델에 관한" in posted.text
        toast = await friend.presses(posted, "#rlhf")
        assert toast.url is not None
        everything = await reader.types_inline("")
        assert len(everything.results) == 20
        rest = await reader.types_inline("", everything.next_offset)
        assert len(rest.results) == 7
        assert not {one.id for one in rest.results} & {one.id for one in everything.results}
        assert rest.next_offset == ""
        assert (await reader.types_inline("없는말없는말")).results == ()
        assert [one.title for one in (await reader.types_inline("#moe")).results] == ["Mixture of Experts, Again"]


async def test_from_inside_any_chat_a_reader_is_told_what_was_searched_and_finds_the_rest_in_private(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user("독자")
    drop(tmp_path, "one.txt", ONE, TWO, entry("A Mxiture of Recipes"))
    async with paperboy(telegram, tmp_path):
        assert (await reader.types_inline("mixture experts")).button is None

        corrected = await reader.types_inline("mixture expetrs")
        assert [one.title for one in corrected.results] == ["Mixture of Experts, Again"]
        assert await above(reader, corrected) == "“mixture experts” 검색 결과 · “mixture expetrs” 그대로 찾기"
        literally = await reader.private.wait_for(within=PATIENT, wanted=lambda message: "expetrs" in message.text)
        assert "대신" not in literally.text

        partly = await reader.types_inline("reward quokka")
        assert [one.title for one in partly.results] == ["A Reward Model for Everyone"]
        assert await above(reader, partly) == "모든 낱말이 든 논문은 없음 · 자세히 찾기"
        await reader.private.wait_for(within=PATIENT, wanted=lambda message: "일부만 들어 있는 논문" in message.text)

        nothing = await reader.types_inline("없는말없는말")
        assert nothing.results == ()
        assert await above(reader, nothing) == "“없는말없는말” 검색 결과 없음 · 다른 검색 보기"
        await reader.private.wait_for(within=PATIENT, wanted=lambda message: "찾지 못했습니다" in message.text)


async def above(reader: User, found: InlineAnswer) -> str:
    """Press the line above the results; what it says."""
    assert found.button is not None
    await reader.starts(found.button["start_parameter"])
    return str(found.button["text"])


# --- coming and going -----------------------------------------------------------------------------------------


async def test_added_it_says_so_once_and_promoted_or_demoted_it_stays_quiet(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner)
    async with paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(group)
        await group.wait_for(within=PATIENT)
        await owner.promotes_bot(group)
        await owner.demotes_bot(group)
        await telegram.until_delivered()
        await group.stays_silent(0.4)
        assert len(group.from_bot) == 1
        await owner.removes_bot(group)
        await telegram.until_delivered()
        await telegram.until(lambda: True)
        counts = await running.store.chats.counts()
        assert (counts.active, counts.asleep) == (0, 1)


async def test_somebody_who_blocks_sleeps_with_their_subscriptions_and_wakes_on_return(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user()
    async with paperboy(telegram, tmp_path) as running:
        await reader.starts()
        await reader.private.wait_for(within=PATIENT)
        said = await reader.says(reader.private, "/subscribe *")
        await reader.private.wait_for(within=PATIENT, after=said)
        await reader.blocks()
        await telegram.until_delivered()
        drop(tmp_path, "one.txt", ONE)
        await reader.private.stays_silent(0.6)
        await reader.unblocks()
        await telegram.until_delivered()
        drop(tmp_path, "two.txt", TWO)
        await reader.private.wait_for(within=PATIENT, wanted=lambda message: "Mixture of Experts" in message.text)
        assert (await running.store.chats.counts()).active == 1


@pytest.mark.parametrize("noisy", [False, True])
async def test_a_group_that_becomes_a_supergroup_keeps_everything_and_is_greeted_once(
    telegram: FakeTelegram, tmp_path: Path, noisy: bool
) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner, supergroup=False)
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(group)
        await group.waits_for_posts(2, within=PATIENT)  # the greeting, and a paper: neither is on its way any more
        there = telegram.upgrade(group, owner, noisy=noisy)
        await telegram.until_delivered()
        drop(tmp_path, "two.txt", TWO)
        await there.wait_for(within=PATIENT, wanted=lambda message: "Mixture of Experts" in message.text)
        assert len(there.from_bot) == 1
        counts = await running.store.chats.counts()
        assert (counts.active, counts.asleep) == (1, 0)


async def test_menus_are_there_for_each_kind_of_chat_and_language(telegram: FakeTelegram, tmp_path: Path) -> None:
    korean, english = telegram.user(language_code="ko"), telegram.user("Reader", language_code="en")
    group = telegram.group(owner=korean, members=(english,), bot=True)
    async with paperboy(telegram, tmp_path):
        await telegram.until(lambda: len(telegram.bot.descriptions) == 6)
        assert {one["command"] for one in korean.sees_commands(korean.private)} >= {"search", "settings", "help"}
        assert korean.sees_commands(korean.private) != english.sees_commands(english.private)
        assert len(english.sees_commands(group)) < len(korean.sees_commands(group))
    made = len(telegram.requests("setMyCommands"))
    async with paperboy(telegram, tmp_path):
        await telegram.until(lambda: bool(telegram.requests("getUpdates")))
    assert len(telegram.requests("setMyCommands")) == made, "what is set already is not set again"
