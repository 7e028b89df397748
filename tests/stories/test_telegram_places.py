"""What is said in Telegram is said where it belongs: in its topic, to whom it concerns, once, of the right chat."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.model import Address
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.stories.telegram_house import PATIENT, drop, entry, paperboy


async def the_menus(telegram: FakeTelegram) -> None:
    """Wait until all menus are there; the descriptions come last."""
    await telegram.until(lambda: len(telegram.bot.descriptions) == 6, within=PATIENT)


async def test_in_a_group_a_command_is_about_the_group_whatever_chat_it_names(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자")
    channel = telegram.channel("논문 소식", owner=owner, username="daily_papers", bot=True)
    group = telegram.group("읽기 모임", owner=owner, bot=True)
    async with paperboy(telegram, tmp_path) as running:
        said = await owner.says(group, "/start")
        hello = await group.wait_for(within=PATIENT, after=said)
        assert not hello.silent, "a greeting is for all of them"
        for line in ("/subscribe @daily_papers #moe", f"/settings {channel.id} time 09:00"):
            said = await owner.says(group, line)
            answer = await group.wait_for(within=PATIENT, after=said)
            assert answer.silent
            assert "논문 소식" not in answer.text, line
        lane = f"telegram:{telegram.bot.user.id}"
        assert await running.store.chats.find(Address(lane=lane, chat=str(channel.id))) is None
        here = await running.store.chats.find(Address(lane=lane, chat=str(group.id)))
        assert here is not None
        assert len(await running.store.chats.subscriptions(here.id)) == 2, "the group's, the second for odd words"


async def test_what_is_changed_in_front_of_all_is_not_announced_besides(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner, bot=True)
    async with paperboy(telegram, tmp_path):
        said = await owner.says(group, "/start")
        await group.wait_for(within=PATIENT, after=said)
        for line in ("/settings time 09:00", "/settings days 평일"):
            said = await owner.says(group, line)
            await group.wait_for(within=PATIENT, after=said)
        await group.stays_silent(0.5)
        assert len(group.from_bot) == 3


async def test_a_topic_hears_of_what_was_changed_in_it_and_not_the_general_one(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자")
    forum = telegram.group("포럼", owner=owner, forum=True, bot=True)
    async with paperboy(telegram, tmp_path):
        await the_menus(telegram)
        topic = await owner.opens_topic(forum, "논문")
        said = await owner.says(forum, "/start@paperboy_bot", thread=topic)
        hello = await forum.wait_for(within=PATIENT, after=said)
        await owner.says(forum, "/settings time 09:00", thread=topic, ephemeral=True)
        told = await forum.wait_for(within=PATIENT, after=hello)
        assert "9:00" in told.text
        assert told.thread == topic.thread


async def test_a_whisper_of_which_nobody_knows_whether_it_came_is_not_repeated_aloud(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원", started=True)
    group = telegram.group(owner=owner, members=(member,), bot=True)
    async with paperboy(telegram, tmp_path):
        await the_menus(telegram)
        lost = telegram.faults.lose_answer(method="sendMessage")
        await member.says(group, "/help", ephemeral=True)
        await telegram.until(lambda: lost.hits == 1, within=PATIENT)
        await asyncio.sleep(0.7)
        assert group.from_bot == []
        assert member.private.from_bot == []


async def test_a_press_is_answered_under_the_message_only_where_others_talk_in_between(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user(started=True)
    async with paperboy(telegram, tmp_path):
        said = await reader.says(reader.private, "/help")
        page = await reader.private.wait_for(within=PATIENT, after=said)
        await reader.presses(page, "태그 둘러보기")
        answer = await reader.private.wait_for(within=PATIENT, after=page)
        assert answer.reply_to is None


async def test_a_member_turns_the_pages_that_a_group_opened_in_their_private_chat(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원", started=True)
    group = telegram.group("읽기 모임", owner=owner, members=(member,))
    drop(tmp_path, "one.txt", *(entry(f"Reward Model Number {n}") for n in range(7)))
    async with paperboy(telegram, tmp_path):
        await member.starts()
        await member.private.wait_for(within=PATIENT)
        await owner.adds_bot(group)
        said = await member.says(group, "/help@paperboy_bot")
        helped = await group.wait_for(within=PATIENT, after=said, wanted=lambda one: one.reply_to is said)
        await member.presses(helped, "다이제스트")
        page = await member.private.wait_for(
            within=PATIENT, wanted=lambda one: "다이제스트 7편" in one.text and bool(one.buttons)
        )
        toast = await member.presses(page, "다음")
        assert not toast.text
        await telegram.until(lambda: page.labels[0] == ["6", "7"], within=PATIENT)


async def test_what_an_admin_presses_from_afar_is_answered_there_and_names_the_channel(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자", started=True)
    channel = telegram.channel("논문 소식", owner=owner)
    drop(tmp_path, "one.txt", entry("Experts", tags="#moe"))
    async with paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(channel)
        await channel.wait_for(within=PATIENT, wanted=lambda one: "Experts" in one.text)
        said = await owner.says(owner.private, f"/subscribe {channel.id} #moe")
        answer = await owner.private.wait_for(within=PATIENT, after=said)
        await owner.presses(answer, "구독한 것만 받기")
        done = await owner.private.wait_for(within=PATIENT, after=answer)
        assert done.text.startswith("“논문 소식” 채팅에 대한 답입니다.")
        chat = await running.store.chats.find(Address(lane=f"telegram:{telegram.bot.user.id}", chat=str(channel.id)))
        assert chat is not None
        assert [one.canonical for one in await running.store.chats.subscriptions(chat.id)] == ["#moe"]
