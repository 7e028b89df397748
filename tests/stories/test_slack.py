"""People on Slack and a curator with a folder: the real application, a fake Slack, sockets or HTTP between them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.adapters.slack.manifest import manifest
from bot.adapters.slack.settings import PlatformSettings
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.message import Message
from tests.fakes.slack.people import User
from tests.fakes.slack.places import Channel
from tests.fakes.slack.server import FakeSlack
from tests.stories.slack_house import HTTP, Running, drop, entry, one_workspace, paperboy

both_ways = pytest.mark.parametrize("mode", [one_workspace, HTTP], ids=["sockets", "http"])
Mode = Callable[[FakeSlack], dict[str, str]]

ONE = entry("A Reward Model for Everyone", "보상 모델에 관한 논문입니다.", "#reward-model #rlhf")
TWO = entry("Mixture of Experts, Again", "전문가 혼합에 관한 논문입니다.", "#moe")


@pytest.fixture(autouse=True)
def as_the_manifest_has_it(slack: FakeSlack) -> None:
    """Nothing here needs a command, an event or a scope that the manifest does not ask for."""
    tokens = {"bot_token": slack.team.bot_token, "app_token": slack.app.app_token}
    slack.app.manifest = manifest(PlatformSettings.model_validate(tokens))
    slack.team.install_app()


def _are_there(user: User, count: int) -> bool:
    return len(user.ephemerals) >= count


async def _recorded(running: Running, channel: Channel) -> None:
    """Wait until the ledger knows of all that the channel was sent; it is written down a moment after it is seen."""
    chat = await running.chat(channel)
    async with asyncio.timeout(20):
        while any(row.receipt is None for row in await running.store.deliveries.listing(chat_id=chat.id)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def about(words: str) -> Callable[[Message], bool]:
    return lambda message: words in message.plain


@both_ways
async def test_a_channel_is_greeted_gets_papers_and_is_searched_from(
    slack: FakeSlack, tmp_path: Path, mode: Mode
) -> None:
    minji, jun = slack.team.user("민지"), slack.team.user("준")
    channel = slack.team.channel("llm", members=(minji, jun))
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path, mode) as running:
        await minji.invites_bot(channel)
        hello = await channel.wait_for(about("안녕하세요"))
        assert "/papers subscribe #rlhf" in hello.plain
        await channel.wait_for(about("A Reward Model"))
        await channel.wait_for(about("Mixture of Experts"))
        answer = await jun.commands(channel, "/papers search 보상 모델")
        assert "A Reward Model for Everyone" in answer.text
        assert answer.message.only_for is jun
        assert answer.ack_seconds < 1
        assert len([one for one in channel.from_bot if "안녕하세요" in one.plain]) == 1
        chat = await running.chat(channel)
        assert (chat.title, chat.zone) == ("#llm", "Asia/Seoul")


# --- commands ---------------------------------------------------------------------------------------------------


async def test_every_command_is_answered_for_ones_own_eyes_even_where_the_bot_is_no_member(
    slack: FakeSlack, tmp_path: Path
) -> None:
    drop(tmp_path, "one.txt", ONE, TWO)
    secret = slack.team.channel("secret", private=True, members=(slack.team.user("첫째"),))
    asked = {
        "/papers search reward": "A Reward Model",
        "/papers 검색 보상 모델": "A Reward Model",
        "/papers tags": "태그 3개",
        "/papers 태그": "태그 3개",
        "/papers latest": "다이제스트",
        "/papers help": "/papers search",
        "/papers": "/papers search",
        "/papers subscribe #moe": "#moe",
        "/papers subscriptions": "#moe",
        "/papers unsubscribe #moe": "#moe",
        "/papers settings": "초대",
        "/papers serach reward": "/papers search",
        "/papers frobnicate": "/papers search",
        "/papers-search reward": "A Reward Model",
        "/papers-tags": "태그 3개",
    }
    async with paperboy(slack, tmp_path) as running:
        (reader,) = secret.members.values()
        for line, expected in asked.items():
            answer = await reader.commands(secret, line)
            if line == "/papers subscribe #moe":
                assert "안녕하세요" in answer.messages[0].plain, "they meet"
                await answer.waits_for(2)
            assert expected in answer.text, (line, answer.text)
            assert answer.message.only_for is reader, line
        assert secret.from_bot == []
        assert (await running.store.chats.counts()).active == 1, "the reader's own, and nothing else"


async def test_in_conversations_without_us_a_command_is_about_its_writer(slack: FakeSlack, tmp_path: Path) -> None:
    minji, jun = slack.team.user("민지"), slack.team.user("준")
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path) as running:
        await minji.says(minji.dm, "start")
        await minji.dm.wait_for(about("안녕하세요"))
        for place, tag in ((slack.team.dm_between(minji, jun), "#moe"), (slack.team.group(minji, jun), "#rlhf")):
            answer = await minji.commands(place, f"/papers subscribe {tag}")
            assert tag in answer.text
            assert answer.message.only_for is minji
            assert "A Reward Model" in (await jun.commands(place, "/papers search reward")).text
            assert place.from_bot == []
        chat = await running.chat(minji.dm)
        assert {one.canonical for one in await running.store.chats.subscriptions(chat.id)} == {"#moe", "#rlhf"}
        assert (await running.store.chats.counts()).active == 2, "each of the two in private, and no place of both"


async def test_names_of_commands_are_settings(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    channel = slack.team.channel(members=(reader,))
    drop(tmp_path, "one.txt", ONE)
    extra = {"BOT_SLACK__COMMAND": "lab", "BOT_SLACK__EXTRA_COMMANDS": '{"find": "search"}'}
    slack.app.manifest = None
    async with paperboy(slack, tmp_path, one_workspace, **extra):
        for line in ("/lab search reward", "/lab-search reward", "/find reward"):
            assert "A Reward Model" in (await reader.commands(channel, line)).text, line
        assert "/lab subscribe" in (await reader.commands(channel, "/lab help")).text


async def test_pages_turn_in_place_and_a_paper_is_shown_whole(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    channel = slack.team.channel(members=(reader,))
    drop(tmp_path, "one.txt", *(entry(f"Reward Model Number {n}") for n in range(12)))
    async with paperboy(slack, tmp_path):
        answer = await reader.commands(channel, "/papers search reward model")
        page = answer.message
        first = page.plain
        for turn in range(6):  # more often than an address may be used: each press brings a new one
            answer = await reader.presses(page, "다음" if turn % 2 == 0 else "이전")
            assert answer.message is page
        assert page.plain == first
        answer = await reader.presses(page, "1")
        assert answer.message is not page
        assert "방금 나온 논문입니다." in answer.text
        assert reader.ephemerals == [page, answer.message]


async def test_a_mention_is_answered_privately_where_it_stands(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,), bot=True)
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path):
        await minji.says(channel, "@Paperboy search 보상 모델")
        answer = await minji.waits_for(channel, about("A Reward Model"))
        assert answer.only_for is minji
        parent = await minji.says(channel, "이 논문 보신 분?")
        await minji.says(channel, "@Paperboy /search experts", thread=parent)
        answer = await minji.waits_for(channel, about("Mixture of Experts"))
        assert (answer.only_for, answer.thread_ts) == (minji, parent.ts)
        answer = (await minji.presses(answer, "1")).message
        assert (answer.only_for, answer.thread_ts) == (minji, parent.ts)
        for number, line in enumerate(("@Paperboy", "@Paperboy 고마워요!"), len(minji.ephemerals)):
            await minji.says(channel, line)
            await slack.until(partial(_are_there, minji, number + 1))
            assert "/papers search" in minji.ephemerals[-1].plain
        assert channel.from_bot == []


async def test_in_the_thread_under_a_paper_one_can_ask_why_it_came(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", TWO)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        post = await channel.wait_for(about("Mixture of Experts"))
        await _recorded(running, channel)
        await minji.says(channel, "@Paperboy why", thread=post)
        answer = await minji.waits_for(channel, lambda message: message.only_for is minji)
        assert answer.thread_ts == post.ts
        assert "Mixture of Experts" in answer.plain
        await minji.says(minji.dm, "subscribe #moe")
        drop(tmp_path, "two.txt", entry("Sparse Experts", tags="#moe"))
        paper = await minji.dm.wait_for(about("Sparse Experts"))
        await _recorded(running, minji.dm)
        await minji.says(minji.dm, "왜", thread=paper)
        answer = await minji.dm.wait_for(lambda message: message.thread_ts == paper.ts)
        assert "Sparse Experts" in answer.plain
        assert "#moe" in answer.plain


async def test_how_to_ask_why_is_told_as_it_works_here(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", TWO)
    async with paperboy(slack, tmp_path):
        await minji.invites_bot(channel)
        await channel.wait_for(about("Mixture of Experts"))
        told = (await minji.commands(channel, "/papers why")).text
        assert "스레드에 @Paperboy 왜 한마디를" in told, "Slack takes no slash commands in threads"
        assert "/papers why 명령 뒤에 제목을" in told
        await minji.says(minji.dm, "why")
        told = (await minji.dm.wait_for(about("스레드에"))).plain
        assert "스레드에 왜 한마디를" in told


async def test_plain_words_in_private_are_a_search_and_command_words_commands(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    drop(tmp_path, "one.txt", *(entry(f"Reward Model Number {n}") for n in range(7)))
    async with paperboy(slack, tmp_path):
        said = await minji.says(minji.dm, "보상 모델 reward")
        results = await minji.dm.wait_for(after=said)
        assert "7편" in results.plain
        await minji.presses(results, "다음")
        assert results.labels[:2] == ["6", "7"]
        said = await minji.says(minji.dm, "태그")
        assert (await minji.dm.wait_for(after=said)).labels == ["#tool · 7"]
        said = await minji.says(minji.dm, "/search reward")
        answer = await minji.dm.wait_for(after=said)
        assert "7편" in answer.plain
        said = await minji.says(minji.dm, "@Paperboy help", thread=answer)
        help_ = await minji.dm.wait_for(after=said)
        assert (help_.thread_ts, len(minji.dm.from_bot)) == (answer.ts, 4)
        shown = await minji.presses(answer, "3", replies=0)
        paper = await minji.dm.wait_for(about("방금 나온"), after=help_)
        assert (paper.only_for, shown.failed) == (None, "")


async def test_edits_bots_and_chatter_are_left_alone(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,), bot=True)
    async with paperboy(slack, tmp_path):
        said = await minji.says(minji.dm, "help")
        await minji.dm.wait_for(after=said)
        await minji.edits(said, "tags")
        await minji.deletes(said)
        await minji.says(minji.dm, "tags", bot_id="B0OTHER")
        await minji.says(channel, "오늘 점심 뭐 먹지")
        await minji.says(channel, "@Paperboy tags", bot_id="B0OTHER")
        await minji.says(channel, "@Paperboy tags", edited={"ts": "1.0", "user": minji.id})
        await channel.stays_silent(0.5)
        assert len(minji.dm.from_bot) == 1
        assert minji.ephemerals == []


async def test_the_shortcut_opens_a_form_whose_results_turn_in_place(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    drop(tmp_path, "one.txt", *(entry(f"Reward Model Number {n}", tags="#tool #rlhf") for n in range(7)))
    async with paperboy(slack, tmp_path) as running:
        form = (await minji.shortcut("search")).view
        assert form.title == "논문 검색"
        answer = await minji.submits(form, {"query": "보상 모델 reward"})
        assert "7편" in answer.view.plain
        assert answer.view is form
        await minji.presses(form, "다음")
        assert "6." in form.plain
        shown = (await minji.presses(form, "6")).view
        assert shown is not form
        assert "방금 나온 논문입니다." in shown.plain
        await minji.presses(shown, "#rlhf")
        assert "✓ #rlhf" in shown.labels
        assert [one.canonical for one in await running.store.chats.subscriptions((await running.chat(minji.dm)).id)]
        await slack.eventually(lambda: minji.home or None, 20, lambda: "no Home")
        assert "✕ #rlhf" in minji.home.labels if minji.home else False
        await minji.closes(shown)
        answer = await minji.submits(form, {"query": "없는말없는말"})
        assert "찾지 못했습니다" in form.plain
        answer = await minji.submits(form, {"query": "   "})
        assert set(answer.errors) == {"query"}
        assert minji.dm.from_bot == []


# --- tag buttons ------------------------------------------------------------------------------------------------


@both_ways
async def test_a_press_on_a_post_follows_the_tag_for_the_one_who_presses(
    slack: FakeSlack, tmp_path: Path, mode: Mode
) -> None:
    admin, reader = slack.team.user("관리자", admin=True), slack.team.user("독자")
    channel = slack.team.channel(members=(admin, reader))
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path, mode) as running:
        await admin.invites_bot(channel)
        post = await channel.wait_for(about("Mixture of Experts"))
        before = len(channel.from_bot)
        answer = await reader.presses(post, "#moe")
        await answer.waits_for(2)  # the newest papers with the new state, and the offer for the channel
        assert all(message.only_for is reader for message in answer.messages)
        shown = answer.messages[0].plain
        assert "#moe 구독을 시작했습니다" in shown
        assert "Mixture of Experts, Again" in shown
        assert "이 채팅" in answer.messages[1].plain
        assert post.labels == ["#moe"], "a shared post shows nobody's own state"
        assert len(channel.from_bot) == before
        drop(tmp_path, "two.txt", entry("Sparse Experts", tags="#moe"), entry("Not For You", tags="#other"))
        paper = await reader.dm.wait_for(about("Sparse Experts"))
        assert paper.labels == ["✓ #moe"]
        assert not any("Not For You" in message.plain for message in reader.dm.messages)
        answer = await reader.presses(post, "#moe")
        assert "해지했습니다" in answer.messages[0].plain
        assert (await running.chat(reader.dm)).active


async def test_whoever_may_makes_the_channel_follow_and_everybody_hears_of_it(slack: FakeSlack, tmp_path: Path) -> None:
    minji, jun = slack.team.user("민지"), slack.team.user("준")
    channel = slack.team.channel(members=(minji, jun))
    drop(tmp_path, "one.txt", TWO)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        post = await channel.wait_for(about("Mixture of Experts"))
        answer = await (await jun.presses(post, "#moe")).waits_for(2)
        offer = answer.messages[1]
        answer = await jun.presses(offer, "#moe")
        assert answer.message.only_for is jun
        told = await channel.wait_for(about("준님이 이 채팅의 #moe 구독을 시작했습니다."))
        assert told.only_for is None
        chat = await running.chat(channel)
        assert {one.canonical for one in await running.store.chats.subscriptions(chat.id)} == {"*", "#moe"}
        answer = await jun.presses(answer.message, "구독한 것만")
        await channel.wait_for(about("준님이"), after=told)
        assert [one.canonical for one in await running.store.chats.subscriptions(chat.id)] == ["#moe"]
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "paperboy.db")) as database:
        written = database.execute("select change from audit where actor = ?", [jun.id]).fetchall()
    assert len(written) == 3, "what jun follows, and both changes of the channel"


@pytest.mark.parametrize("who", ["single", "multi", "stranger", "unknown", "member"])
async def test_guests_and_people_of_other_organisations_cannot_change_a_channel(
    slack: FakeSlack, tmp_path: Path, who: str
) -> None:
    minji = slack.team.user("민지")
    other = {
        "single": lambda: slack.team.user("손님", guest="single"),
        "multi": lambda: slack.team.user("손님", guest="multi"),
        "stranger": lambda: slack.team.stranger("손님"),
        "unknown": lambda: slack.team.user("손님"),
        "member": lambda: slack.team.user("손님"),
    }[who]()
    admins_only = {"BOT_SLACK__ADMINS_ONLY": "true"} if who == "member" else {}
    told = ("워크스페이스 관리자만", "Only workspace admins") if admins_only else ("정식 멤버만", "Only full members")
    channel = slack.team.channel(members=(minji, other))
    drop(tmp_path, "one.txt", TWO)
    async with paperboy(slack, tmp_path, one_workspace, **admins_only) as running:
        await minji.invites_bot(channel)
        post = await channel.wait_for(about("Mixture of Experts"))
        if who == "unknown":
            slack.faults.refuse("user_not_found", method="users.info", times=1000)
        settings = await other.commands(channel, "/papers settings time 09:00")
        assert any(words in settings.text for words in told)
        answer = await other.presses(post, "#moe")
        assert len(answer.messages) == 1, "nothing is offered for the channel"
        (tag,) = await running.store.papers.tags()
        forged = await other.forges(post, {"action_id": "pb:0", "value": f"1c:{tag.id}"}, replies=1)
        assert any(words in forged.text for words in told)
        chat = await running.chat(channel)
        assert [one.canonical for one in await running.store.chats.subscriptions(chat.id)] == ["*"]
        assert chat.posting_time is None
        assert not any("님이" in one.plain for one in channel.from_bot)


async def test_a_workspace_can_leave_its_channels_to_its_admins(slack: FakeSlack, tmp_path: Path) -> None:
    owner = slack.team.user("주인", owner=True)
    channel = slack.team.channel(members=(owner,), bot=True)
    async with paperboy(slack, tmp_path, BOT_SLACK__ADMINS_ONLY="true") as running:
        await owner.commands(channel, "/papers start", replies=0)
        await channel.wait_for(about("안녕하세요"))
        answer = await owner.commands(channel, "/papers settings time 09:00")
        assert "9:00" in answer.text
        await channel.wait_for(about("주인님이 이 채팅의 설정을 바꿨습니다."))
        assert (await running.chat(channel)).posting_time is not None


async def test_two_quick_presses_in_private_leave_both_tags_marked(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    drop(tmp_path, "one.txt", ONE, TWO)
    async with paperboy(slack, tmp_path):
        said = await reader.says(reader.dm, "start")
        hello = await reader.dm.wait_for(about("안녕하세요"), after=said)
        old = [dict(block) for block in hello.blocks]
        await reader.presses(hello, "#moe")
        hello.blocks = old  # the second press left with the buttons as they were before the first
        await reader.presses(hello, "#rlhf")
        await slack.eventually(
            lambda: sum(one.startswith("✓") for one in hello.labels) == 2 or None, 20, lambda: str(hello.labels)
        )
        await reader.presses(hello, "#moe")
        await slack.until(lambda: any("해지" in one.plain for one in reader.ephemerals))
        await slack.eventually(lambda: "#moe" in hello.labels or None, 20, lambda: str(hello.labels))


async def test_in_an_old_workspace_a_paper_is_answered_with_an_attachment(slack: FakeSlack, tmp_path: Path) -> None:
    slack.team.container = False
    reader = slack.team.user()
    channel = slack.team.channel(members=(reader,))
    title, authors, comment, tags = TWO.split("\n")
    abstract = "An abstract in English, and it is rather long. " * 20
    drop(tmp_path, "one.txt", f"{title}\n{authors}\n{abstract}\n{comment}\n{tags}")
    async with paperboy(slack, tmp_path):
        page = (await reader.commands(channel, "/papers latest")).message
        shown = await reader.presses(page, "1")
        assert "전문가 혼합" in shown.text
        assert shown.message.attachments
        again = await reader.presses(page, "1")
        assert again.message.attachments
        refused = [one for one in slack.requests("response_url") if one.end == "invalid_blocks"]
        assert len(refused) <= 1, "it is remembered"


# --- coming and going -------------------------------------------------------------------------------------------


async def test_removed_and_invited_again_it_keeps_what_it_followed(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        hello = await channel.wait_for(about("안녕하세요"))
        await minji.commands(channel, "/papers subscribe #moe")
        await minji.removes_bot(channel)
        await slack.until_delivered()
        chat = await running.chat(channel)
        assert not chat.active
        answer = await minji.commands(channel, "/papers settings time 09:00")
        assert "9:00" not in answer.text, "there is nothing to set where it is not"
        await minji.invites_bot(channel)
        back = await channel.wait_for(about("이미"), after=hello)
        assert "안녕하세요" not in back.plain
        chat = await running.chat(channel)
        assert chat.active
        assert {one.canonical for one in await running.store.chats.subscriptions(chat.id)} == {"*", "#moe"}


async def test_in_a_channel_that_it_was_removed_from_it_says_that_and_nothing_else(
    slack: FakeSlack, tmp_path: Path
) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    async with paperboy(slack, tmp_path):
        await minji.invites_bot(channel)
        hello = await channel.wait_for(about("안녕하세요"))
        assert "정식 멤버 가운데 한 분이 /papers subscribe" in hello.plain, "there are no admins of a channel"
        page = (await minji.commands(channel, "/papers settings")).message
        await minji.removes_bot(channel)
        await slack.until_delivered()
        for answer in (
            await minji.presses(page, "받는 시간"),
            await minji.commands(channel, "/papers start"),
            await minji.commands(channel, "/papers settings"),
        ):
            assert "저는 지금 이 채팅에 없습니다" in answer.text


async def test_what_was_told_twice_or_late_changes_nothing_more(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await channel.wait_for(about("안녕하세요"))
        for _ in range(3):
            slack.app.redeliver()
        await slack.until_delivered()
        await channel.stays_silent(0.3)
        assert len(channel.from_bot) == 1
        await minji.removes_bot(channel)
        slack.app.redeliver()
        await slack.until_delivered()
        assert (await running.store.chats.counts()).asleep == 1


async def test_archived_nothing_is_lost_and_unarchived_it_goes_on_without_a_word(
    slack: FakeSlack, tmp_path: Path
) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await channel.wait_for(about("A Reward Model"))
        await minji.archives(channel)
        await slack.until_delivered()
        assert (await running.chat(channel)).paused_until is not None
        drop(tmp_path, "two.txt", TWO)
        await channel.stays_silent(0.8)
        await minji.unarchives(channel)
        await channel.wait_for(about("Mixture of Experts"))
        assert len(channel.from_bot) == 3


async def test_unarchived_without_the_bot_it_sleeps_on(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await channel.wait_for()
        await minji.archives(channel)
        await minji.removes_bot(channel)
        await minji.unarchives(channel)
        await slack.until_delivered()
        assert not (await running.chat(channel)).active


async def test_renamed_made_private_moved_and_deleted(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await channel.wait_for(about("A Reward Model"))
        before = await running.chat(channel)
        await minji.renames(channel, "papers")
        await minji.makes_private(channel)
        await slack.until_delivered()
        assert (await running.chat(channel)).id == before.id
        await minji.changes_id(channel)
        await slack.until_delivered()
        assert (await running.chat(channel)).id == before.id
        drop(tmp_path, "two.txt", TWO)
        await channel.wait_for(about("Mixture of Experts"))
        assert len(channel.from_bot) == 3, "nothing was said about all that"
        await minji.deletes_channel(channel)
        await slack.until_delivered()
        counts = await running.store.chats.counts()
        assert (counts.active, counts.asleep) == (0, 1)


async def test_others_who_come_and_go_are_nothing_to_us(slack: FakeSlack, tmp_path: Path) -> None:
    minji, jun = slack.team.user("민지"), slack.team.user("준")
    channel = slack.team.channel(members=(minji,))
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await channel.wait_for()
        await jun.joins(channel)
        await jun.leaves(channel)
        await slack.until_delivered()
        assert (await running.chat(channel)).active
        assert len(channel.from_bot) == 1


@pytest.mark.parametrize("how", ["uninstalls", "revokes_tokens"])
async def test_a_workspace_that_takes_the_app_away_is_left_in_peace(slack: FakeSlack, tmp_path: Path, how: str) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(tmp_path, "one.txt", ONE)
    async with paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await channel.wait_for(about("A Reward Model"))
        await getattr(minji, how)()
        await slack.until_delivered()
        drop(tmp_path, "two.txt", TWO)
        await channel.stays_silent(0.5)
        counts = await running.store.deliveries.counts()
        assert sum(one.dead for one in counts) == 0, "nothing is lost"


async def test_a_workspace_with_a_new_name_goes_on(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    async with paperboy(slack, tmp_path):
        await minji.renames_team("새 연구실")
        await slack.until_delivered()
        assert "/papers search" in (await minji.commands(channel, "/papers")).text
