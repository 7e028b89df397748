"""In groups and channels: what only the one who asks sees, who may change what, and every command everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.people import User
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.world import Chat, Topic
from tests.stories.telegram_house import PATIENT, drop, entry, paperboy

COMMANDS = (
    "/help", "/tags", "/search reward", "/latest", "/settings", "/subscribe #moe", "/subscriptions",
    "/unsubscribe #moe", "/start",
)  # fmt: skip


def _answers(said: Message, one: Message) -> bool:
    return one.reply_to is said


async def the_menus(telegram: FakeTelegram) -> None:
    """Wait until all menus are there; the descriptions come last."""
    await telegram.until(lambda: len(telegram.bot.descriptions) == 6, within=PATIENT)


@pytest.mark.parametrize("kind", ["group", "supergroup", "topic", "channel", "anonymous admin"])
async def test_every_command_is_answered_in_every_kind_of_chat(
    telegram: FakeTelegram, tmp_path: Path, kind: str
) -> None:
    telegram.limits.on = False  # more than twenty answers in a minute are asked for here
    owner = telegram.user("관리자", started=True)
    thread: Topic | None = None
    if kind == "channel":
        chat = telegram.channel(owner=owner, bot=True)
    else:
        chat = telegram.group(owner=owner, bot=True, forum=kind == "topic", supergroup=kind != "group")
    drop(tmp_path, "one.txt", entry("A Reward Model", tags="#reward-model"), entry("Experts", tags="#moe"))
    async with paperboy(telegram, tmp_path):
        if kind == "topic":
            thread = await owner.opens_topic(chat, "논문")
        for line in COMMANDS:
            name, space, rest = line.partition(" ")
            said = await owner.says(
                chat, f"{name}@paperboy_bot{space}{rest}", thread=thread, anonymous=kind == "anonymous admin"
            )
            answer = await chat.wait_for(within=PATIENT, after=said, wanted=partial(_answers, said))
            assert answer.text, line
            if thread is not None:
                assert answer.thread == thread.thread, line


async def test_what_is_chosen_from_a_groups_menu_is_between_the_one_who_asks_and_us(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원")
    group = telegram.group(owner=owner, members=(member,), bot=True)
    drop(tmp_path, "one.txt", *(entry(f"Reward Model Number {n}") for n in range(7)))
    async with paperboy(telegram, tmp_path):
        await the_menus(telegram)
        before = list(group.history)
        await member.says(group, "/search reward", ephemeral=True)
        page = await member.waits_for(group, lambda one: "7편" in one.text, within=PATIENT)
        await member.presses(page, "다음")
        await telegram.until(lambda: page.labels[0] == ["6", "7"])
        await member.presses(page, "6")
        paper = await member.waits_for(group, lambda one: "방금 나온" in one.text and one is not page, within=PATIENT)
        assert paper.only_for is member
        assert group.history == before, "nobody else has seen any of this"
        assert not group.actions, "nor that an answer was written"
        assert not [one for one in group.seen_by(owner) if one.author is not None]


async def test_what_an_admin_changes_unseen_the_group_is_told_of(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner, bot=True)
    async with paperboy(telegram, tmp_path):
        await the_menus(telegram)
        said = await owner.says(group, "/start")
        hello = await group.wait_for(within=PATIENT, after=said)
        await owner.says(group, "/settings time 09:00", ephemeral=True)
        await owner.waits_for(group, lambda one: one.only_for is owner and "9:00" in one.text, within=PATIENT)
        told = await group.wait_for(within=PATIENT, after=hello)
        assert "관리자" in told.text
        assert "9:00" in told.text
        assert told.silent


async def test_an_answer_that_cannot_be_whispered_any_more_comes_in_private_or_else_openly(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, known, unknown = (
        telegram.user("관리자"),
        telegram.user("아는 사람", started=True),
        telegram.user("모르는 사람"),
    )
    group = telegram.group(owner=owner, members=(known, unknown), bot=True)
    async with paperboy(telegram, tmp_path):
        await the_menus(telegram)
        for asker, place in ((known, known.private), (unknown, group)):
            telegram.faults.refuse(400, "Bad Request: message to be replied not found", method="sendMessage")
            await asker.says(group, "/help", ephemeral=True)
            answer = await place.wait_for(within=PATIENT, wanted=lambda one: "/search" in one.text)
            assert answer.only_for is None


async def test_a_press_of_somebody_we_cannot_write_to_is_answered_where_only_they_see_it(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원")
    group = telegram.group(owner=owner, members=(member,))
    async with paperboy(telegram, tmp_path):
        await owner.adds_bot(group)
        hello = await group.wait_for(within=PATIENT)
        pressed = asyncio.create_task(member.presses(hello, "도움말"))
        answer = await member.waits_for(group, lambda one: "/search" in one.text and one is not hello, within=PATIENT)
        assert answer.only_for is member
        assert (await pressed).url is None
        assert group.from_bot == [hello]


async def test_where_ephemeral_messages_are_unknown_or_unwanted_all_goes_on_as_before(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner, bot=True)
    async with paperboy(telegram, tmp_path, BOT_TELEGRAM__EPHEMERAL="false"):
        await the_menus(telegram)
        assert not any("is_ephemeral" in one for one in owner.sees_commands(group))
    telegram.bot.ephemeral = False
    async with paperboy(telegram, tmp_path):
        said = await owner.says(group, "/help@paperboy_bot")
        answer = await group.wait_for(within=PATIENT, after=said)
        assert answer.reply_to is said


async def test_a_right_that_is_taken_away_is_gone_with_the_next_press(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner, deputy = telegram.user("관리자"), telegram.user("부관리자", started=True)
    group = telegram.group(owner=owner, members=(deputy,), bot=True)
    await owner.promotes(deputy, group)
    async with paperboy(telegram, tmp_path):
        said = await owner.says(group, "/start")
        await group.wait_for(within=PATIENT, after=said)
        said = await deputy.says(group, "/settings")
        page = await group.wait_for(within=PATIENT, after=said)
        await deputy.presses(page, "받는 시간")
        await telegram.until(lambda: any("9:00" in button["text"] for button in page.buttons))
        await owner.demotes(deputy, group)
        toast = await deputy.presses(page, "오전 9:00")
        assert "관리자" in toast.text


async def test_in_a_channel_the_right_to_post_is_all_that_is_needed(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    channel = telegram.channel(owner=owner)
    drop(tmp_path, "one.txt", entry("The First Paper"), entry("The Second Paper"))
    async with paperboy(telegram, tmp_path):
        await owner.adds_bot(channel, rights=["can_post_messages"])
        first = await channel.wait_for(within=PATIENT, wanted=lambda one: "The First" in one.text)
        await channel.wait_for(within=PATIENT, wanted=lambda one: "The Second" in one.text)
        drop(tmp_path, "one.txt", entry("The First Paper", "방금 나온, 고친 논평입니다."), entry("The Second Paper"))
        await telegram.until(lambda: "고친" in first.text, within=PATIENT)
        drop(tmp_path, "one.txt", entry("The Second Paper"))
        await telegram.until(lambda: first.deleted, within=PATIENT)


async def test_somebody_who_waits_for_an_answer_sees_that_it_is_being_written(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user(started=True)
    async with paperboy(telegram, tmp_path):
        said = await reader.says(reader.private, "/help")
        await reader.private.wait_for(within=PATIENT, after=said)
        assert not reader.private.actions
        # The database is busy for a while.
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "paperboy.db")) as another:
            another.execute("BEGIN IMMEDIATE")
            await reader.says(reader.private, "/subscribe *")
            await telegram.until(lambda: bool(reader.private.actions), within=PATIENT)
        await reader.private.wait_for(within=PATIENT, wanted=lambda one: one.id > said.id + 1)
        assert reader.private.actions[0][1] == "typing"


async def test_a_result_that_a_stranger_presses_in_a_channel_is_shown_after_start(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, reader = telegram.user("관리자", language_code="ko"), telegram.user("Reader", language_code="en")
    channel = telegram.channel(owner=owner, members=(reader,))
    drop(tmp_path, "one.txt", entry("A Reward Model", "보상 모델입니다."), entry("Another", "다른 논문입니다."))
    async with paperboy(telegram, tmp_path):
        await owner.adds_bot(channel)
        await channel.wait_for(within=PATIENT, wanted=lambda one: "Another" in one.text)
        await owner.says(channel, "/search reward")
        page = await channel.wait_for(within=PATIENT, wanted=lambda one: "검색 결과" in one.text)
        toast = await reader.presses(page, "1")
        assert toast.url is not None
        await reader.follows(toast.url)
        paper = await reader.private.wait_for(within=PATIENT, wanted=lambda one: "보상 모델입니다" in one.text)
        assert paper.labels[-1] == ["More like this"]
        assert not [one for one in reader.private.from_bot if "Another" in one.text], "nor is a sample owed"
        await reader.presses(page, "1")
        again = await reader.private.wait_for(
            within=PATIENT, after=paper, wanted=lambda one: "보상 모델입니다" in one.text
        )
        assert again.labels[-1] == ["More like this", "Go to its post"], "in a channel that speaks Korean"


async def test_an_answer_in_a_topic_keeps_its_language_when_somebody_else_turns_the_page(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    admin, asker = telegram.user("관리자", language_code="ko"), telegram.user("Alice", language_code="en")
    group = telegram.group(owner=admin, members=(asker,), bot=True, forum=True)
    drop(tmp_path, "one.txt", *(entry(f"Reward Model Number {n}") for n in range(7)))
    async with paperboy(telegram, tmp_path):
        topic = await admin.opens_topic(group, "papers")
        await asker.says(group, "/search@paperboy_bot reward", thread=topic)
        page = await group.wait_for(within=PATIENT, wanted=lambda one: "7 papers for" in one.text)
        await admin.presses(page, "Next")
        await telegram.until(lambda: page.labels[0] == ["6", "7"])
        assert "7 papers for" in page.text


# --- said in another place --------------------------------------------------------------------------------------


async def test_what_is_said_of_a_chat_in_another_place_names_it(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자", started=True)
    channel = telegram.channel("논문 소식", owner=owner, bot=True)
    drop(tmp_path, "one.txt", entry("Experts", tags="#moe"))
    async with paperboy(telegram, tmp_path):
        for line in (f"/settings {channel.id}", f"/subscribe {channel.id} #moe", f"/settings {channel.id} time 9"):
            said = await owner.says(owner.private, line)
            answer = await owner.private.wait_for(within=PATIENT, after=said)
            assert answer.text.startswith("“논문 소식” 채팅에 대한 답입니다."), line
        said = await owner.says(owner.private, f"/settings {channel.id}")
        page = await owner.private.wait_for(within=PATIENT, after=said)
        await owner.presses(page, "요일")
        await telegram.until(lambda: "요일을 골라" in page.text)
        assert page.text.startswith("“논문 소식”"), "a page that is turned still says so"
        said = await owner.says(owner.private, "/settings")
        own = await owner.private.wait_for(within=PATIENT, after=said)
        assert "내 설정" in own.text
        assert "논문 소식" not in own.text


async def page_in_private(owner: User, group: Chat) -> Message:
    """The page of a group's settings that its owner opens by a button in it."""
    await owner.starts()
    await owner.private.wait_for(within=PATIENT)
    await owner.adds_bot(group)
    await owner.presses(await group.wait_for(within=PATIENT), "받는 시간")
    return await owner.private.wait_for(within=PATIENT, wanted=lambda one: "이 채팅의 설정" in one.text)


async def test_the_page_that_a_press_in_a_group_opens_in_private_names_the_group(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자", started=True)
    group = telegram.group("읽기 모임", owner=owner)
    drop(tmp_path, "one.txt", entry("Experts", tags="#moe"))
    async with paperboy(telegram, tmp_path):
        page = await page_in_private(owner, group)
        assert page.text.startswith("“읽기 모임”")
        post = await group.wait_for(within=PATIENT, wanted=lambda one: "Experts" in one.text)
        await owner.presses(post, "#moe")
        offer = await owner.private.wait_for(
            within=PATIENT, wanted=lambda one: "이 채팅에" in one.text and one is not page
        )
        assert offer.text.startswith("“읽기 모임”")


async def test_a_chat_that_cannot_be_managed_from_the_private_one_is_refused_by_name(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, stranger = telegram.user("관리자"), telegram.user("남", started=True)
    group = telegram.group("비밀 모임", owner=owner, bot=True)
    async with paperboy(telegram, tmp_path):
        for name, reason in (("@nosuchplace", "찾지 못했습니다"), (str(group.id), "그 채팅의 관리자만")):
            said = await stranger.says(stranger.private, f"/settings {name}")
            answer = await stranger.private.wait_for(within=PATIENT, after=said)
            assert name in answer.text.replace("\u2060", "")
            assert reason in answer.text
            assert "비밀 모임" not in answer.text, "who is not in charge is not told what it is called"


async def test_a_members_own_subscriptions_opened_from_a_group_are_theirs_to_end(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원", started=True)
    group = telegram.group("읽기 모임", owner=owner, members=(member,))
    drop(tmp_path, "one.txt", entry("Experts", tags="#moe"))
    async with paperboy(telegram, tmp_path):
        await member.starts()
        await member.private.wait_for(within=PATIENT)
        said = await member.says(member.private, "/subscribe #moe")
        await member.private.wait_for(within=PATIENT, after=said)
        await owner.adds_bot(group)
        hello = await group.wait_for(within=PATIENT)
        await member.presses(hello, "도움말")
        helped = await member.private.wait_for(within=PATIENT, wanted=lambda one: "/search" in one.text)
        await member.presses(helped, "구독 목록")
        mine = await member.private.wait_for(within=PATIENT, wanted=lambda one: "내 구독" in one.text)
        assert "읽기 모임" not in mine.text
        assert (await member.presses(mine, "#moe")).text == "#moe 구독을 해지했습니다."


@pytest.mark.parametrize("gone", ["removed", "a supergroup"])
async def test_a_page_of_a_chat_that_cannot_be_asked_any_more_says_that(
    telegram: FakeTelegram, tmp_path: Path, gone: str
) -> None:
    owner, member = telegram.user("관리자", started=True), telegram.user("회원", started=True)
    group = telegram.group("읽기 모임", owner=owner, members=(member,), supergroup=False)
    async with paperboy(telegram, tmp_path):
        page = await page_in_private(owner, group)
        assert (await member.forges(page, page.button("요일")["callback_data"])).text == "관리자만 바꿀 수 있습니다."
        await (owner.removes_bot(group) if gone == "removed" else owner.upgrades(group))
        await telegram.until_delivered()
        toast = await owner.presses(page, "요일")
        assert toast.text is not None
        assert "확인하지 못했습니다" in toast.text, "the owner is not told that only admins may"


async def test_a_groups_menu_offers_its_members_all_that_is_not_for_its_admins(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, member = telegram.user("관리자"), telegram.user("회원")
    group = telegram.group(owner=owner, members=(member,), bot=True)
    async with paperboy(telegram, tmp_path):
        await the_menus(telegram)
        of_members = {one["command"] for one in member.sees_commands(group)}
        rest = {one["command"] for one in owner.sees_commands(group)} - of_members
        assert rest == {"subscribe", "unsubscribe", "subscriptions", "settings"}
