"""From a paper that somebody opens to its post in the same chat, on both platforms, at the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.telegram.remote import Remote
from bot.model import ChatKind, DeliveryKind, DeliveryState
from bot.store import Store
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.message import Message as SlackMessage
from tests.fakes.slack.people import User as SlackUser
from tests.fakes.slack.places import Channel
from tests.fakes.slack.server import FakeSlack
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.people import User
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.world import Chat, Topic
from tests.stories import slack_house, telegram_house
from tests.stories.telegram_house import PATIENT, drop, entry

GO = "올라온 글로 가기"
LINK = "chat.getPermalink"
PAPERS = entry("A Reward Model", "보상 모델입니다."), entry("Another", "다른 논문입니다.")


async def on_record(store: Store, posts: int) -> None:
    """Wait until the ledger knows of so many posts: they are written down a moment after they are seen."""
    async with asyncio.timeout(PATIENT):
        while True:
            rows = await store.deliveries.listing(state=DeliveryState.SENT)
            if sum(row.kind is DeliveryKind.POST for row in rows) >= posts:
                return
            await asyncio.sleep(0.02)


# --- Telegram ---------------------------------------------------------------------------------------------------


def leads(paper: Message) -> str | None:
    """Where the button under an opened paper leads."""
    return next((button["url"] for button in paper.buttons if button["text"] == GO), None)


def there(post: Message) -> str:
    """The address of a post, as Telegram's clients copy it."""
    short = int(str(post.chat.id).removeprefix("-100"))
    topic = f"{post.thread}/" if post.thread else ""
    return f"https://t.me/c/{short}/{topic}{post.id}"


async def posted(chat: Chat, words: str = "보상 모델입니다") -> Message:
    return await chat.wait_for(within=PATIENT, wanted=lambda one: words in one.text)


async def results(user: User, chat: Chat, *, thread: Topic | None = None, papers: int = 1) -> Message:
    """What a search in a chat finds once there are so many papers: the index follows what was posted."""
    async with asyncio.timeout(PATIENT):
        while True:
            said = await user.says(chat, "/search@paperboy_bot reward", thread=thread)
            page = await chat.wait_for(within=PATIENT, after=said, wanted=lambda one: "검색" in one.text)
            if f"{papers}. " in page.text:
                return page
            await asyncio.sleep(0.5)


async def opened(user: User, page: Message, number: str = "1") -> Message:
    """What somebody is shown who presses a result, in its chat or in their private one."""

    def papers() -> list[Message]:
        seen = {id(one): one for chat in (page.chat, user.private) for one in chat.seen_by(user)}
        return [one for one in seen.values() if ["비슷한 논문"] in [row[:1] for row in one.labels]]

    before = papers()
    await user.presses(page, number)
    fake = page.chat.fake
    await fake.eventually(lambda: len(papers()) > len(before) or None, PATIENT, lambda: f"only {before}")
    (paper,) = (one for one in papers() if one not in before)
    return paper


async def test_in_a_supergroup_an_opened_paper_leads_to_its_post(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner)
    drop(tmp_path, "one.txt", *PAPERS)
    async with telegram_house.paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(group)
        post = await posted(group)
        await on_record(running.store, 2)
        paper = await opened(owner, await results(owner, group))
        assert leads(paper) == there(post)
        assert paper.labels[-1] == ["비슷한 논문", GO]
        assert leads(post) is None, "the post itself is the same in every chat, whenever it is drawn"


async def test_from_a_channel_a_reader_is_led_back_to_the_post_out_of_their_private_chat(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, reader = telegram.user("관리자", started=True), telegram.user("독자", started=True)
    channel = telegram.channel(owner=owner, members=(reader,))
    drop(tmp_path, "one.txt", *PAPERS)
    async with telegram_house.paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(channel)
        post = await posted(channel)
        await on_record(running.store, 2)
        await owner.posts(channel, "/search reward")
        page = await channel.wait_for(within=PATIENT, wanted=lambda one: "검색 결과" in one.text)
        paper = await opened(reader, page)
        assert paper.chat is reader.private
        assert leads(paper) == there(post)


async def test_in_a_forum_only_the_topic_that_got_the_paper_leads_to_it(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    forum = telegram.group(owner=owner, forum=True, bot=True)
    async with telegram_house.paperboy(telegram, tmp_path) as running:
        papers, talk = await owner.opens_topic(forum, "논문"), await owner.opens_topic(forum, "잡담")
        said = await owner.says(forum, "/subscribe@paperboy_bot #tool", thread=papers)
        await forum.wait_for(within=PATIENT, after=said)
        drop(tmp_path, "one.txt", *PAPERS)
        post = await posted(forum)
        await on_record(running.store, 2)
        assert post.thread == papers.thread
        assert leads(await opened(owner, await results(owner, forum, thread=papers))) == there(post)
        assert leads(await opened(owner, await results(owner, forum, thread=talk))) is None


async def test_where_messages_have_no_address_there_is_no_button(telegram: FakeTelegram, tmp_path: Path) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner, supergroup=False)
    drop(tmp_path, "one.txt", *PAPERS)
    async with telegram_house.paperboy(telegram, tmp_path) as running:
        await owner.starts()
        await owner.says(owner.private, "/subscribe *")
        await owner.adds_bot(group)
        await asyncio.gather(posted(group), posted(owner.private))
        await on_record(running.store, 4)
        assert leads(await opened(owner, await results(owner, owner.private))) is None
        assert leads(await opened(owner, await results(owner, group))) is None


async def test_what_a_group_got_before_it_became_a_supergroup_is_not_linked_to_from_there(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner = telegram.user("관리자")
    group = telegram.group(owner=owner, supergroup=False)
    drop(tmp_path, "one.txt", entry("A Reward Model", "보상 모델입니다."))
    async with telegram_house.paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(group)
        await posted(group)
        await on_record(running.store, 1)
        new = telegram.upgrade(group, owner)
        await telegram.until_delivered()
        drop(tmp_path, "two.txt", entry("Another Reward", "보상 모델입니다. 다시요.", "#other"))
        post = await posted(new)
        await on_record(running.store, 2)
        page = await results(owner, new, papers=2)
        papers = [await opened(owner, page, number) for number in ("1", "2")]
        found = {paper.text.partition("\n")[0]: leads(paper) for paper in papers}
        assert found == {"A Reward Model": None, "Another Reward": there(post)}


async def test_a_forged_button_does_not_tell_strangers_of_a_post_in_another_chat(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    owner, stranger = telegram.user("관리자"), telegram.user("남", started=True)
    group = telegram.group(owner=owner)
    drop(tmp_path, "one.txt", *PAPERS)
    async with telegram_house.paperboy(telegram, tmp_path) as running:
        await owner.adds_bot(group)
        await posted(group)
        await on_record(running.store, 2)
        page = await results(stranger, stranger.private)
        there_ = Remote(chat=group.id, kind=ChatKind.GROUP).suffix
        toast = await stranger.forges(page, page.button("1")["callback_data"] + there_)
        assert toast.text, "it is none of ours"
        assert not [one for one in stranger.private.from_bot if leads(one) is not None]


# --- Slack ------------------------------------------------------------------------------------------------------


def says(words: str) -> Callable[[SlackMessage], bool]:
    return lambda message: words in message.plain


def link(paper: SlackMessage) -> str | None:
    """Where the button under an opened paper leads."""
    return next((button["url"] for button in paper.buttons if button["text"]["text"] == GO), None)


async def a_channel_with_papers(
    slack: FakeSlack, folder: Path, store: Store
) -> tuple[SlackUser, Channel, SlackMessage]:
    """Somebody, a channel that has got both papers, and the post of the first."""
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    drop(folder, "one.txt", *PAPERS)
    await minji.invites_bot(channel)
    post = await channel.wait_for(says("보상 모델입니다"))
    await on_record(store, 2)
    return minji, channel, post


async def opens(user: SlackUser, channel: Channel) -> SlackMessage:
    """What somebody is shown who searches for the first paper in a channel and presses it."""
    page = (await user.commands(channel, "/papers search reward")).message
    paper = (await user.presses(page, "1")).message
    assert "보상 모델입니다" in paper.plain
    return paper


async def test_in_a_slack_channel_an_opened_paper_leads_to_its_post_and_the_press_does_no_more(
    slack: FakeSlack, tmp_path: Path
) -> None:
    async with slack_house.paperboy(slack, tmp_path) as running:
        minji, channel, post = await a_channel_with_papers(slack, tmp_path, running.store)
        paper = await opens(minji, channel)
        assert link(paper) == post.permalink
        assert link(post) is None
        shown = list(minji.ephemerals)
        pressed = await minji.presses(paper, GO, replies=0)
        assert (pressed.acked, pressed.failed) == (True, "")
        await channel.stays_silent()
        assert minji.ephemerals == shown
        # Another channel that has not got it has nothing to lead to.
        other = slack.team.channel("other", members=(minji,), bot=True)
        assert link(await opens(minji, other)) is None


async def test_in_a_direct_message_an_opened_paper_leads_to_its_post(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    async with slack_house.paperboy(slack, tmp_path) as running:
        said = await minji.says(minji.dm, "subscribe *")
        await minji.dm.wait_for(after=said)
        drop(tmp_path, "one.txt", *PAPERS)
        post = await minji.dm.wait_for(says("보상 모델입니다"))
        await on_record(running.store, 2)
        said = await minji.says(minji.dm, "reward")
        page = await minji.dm.wait_for(says("검색 결과"), after=said)
        await minji.presses(page, "1", replies=0)
        assert link(await minji.dm.wait_for(says("보상 모델입니다"), after=page)) == post.permalink


async def test_in_a_channel_with_a_thread_a_day_it_leads_into_the_thread(slack: FakeSlack, tmp_path: Path) -> None:
    minji = slack.team.user("민지")
    channel = slack.team.channel(members=(minji,))
    async with slack_house.paperboy(slack, tmp_path) as running:
        await minji.invites_bot(channel)
        await channel.wait_for(says("안녕하세요"))
        chat = await running.chat(channel)
        await running.store.chats.change(chat.id, settings={"layout": "thread"}, now=datetime.now(UTC))
        drop(tmp_path, "one.txt", *PAPERS)
        post = await channel.wait_for(says("보상 모델입니다"))
        await on_record(running.store, 2)
        assert post.is_reply
        assert link(await opens(minji, channel)) == post.permalink
        assert f"thread_ts={post.thread_ts}" in post.permalink


async def test_a_post_that_somebody_deleted_is_not_led_to(slack: FakeSlack, tmp_path: Path) -> None:
    async with slack_house.paperboy(slack, tmp_path) as running:
        minji, channel, post = await a_channel_with_papers(slack, tmp_path, running.store)
        channel.erase(post)
        assert link(await opens(minji, channel)) is None
        assert [one.end for one in slack.requests(LINK)] == ["message_not_found"]


HARMS: dict[str, Callable[[FakeSlack], object]] = {
    "channel_not_found": lambda slack: slack.faults.refuse("channel_not_found", method=LINK),
    "fatal_error": lambda slack: slack.faults.refuse("fatal_error", method=LINK),
    "502": lambda slack: slack.faults.page(502, posted=False, method=LINK),
    "garbled": lambda slack: slack.faults.garble(posted=False, method=LINK),
    "cut off": lambda slack: slack.faults.lose_answer(method=LINK),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
async def test_a_paper_is_shown_without_the_button_where_slack_does_not_tell_its_address(
    slack: FakeSlack, tmp_path: Path, harm: Callable[[FakeSlack], object]
) -> None:
    async with slack_house.paperboy(slack, tmp_path) as running:
        minji, channel, post = await a_channel_with_papers(slack, tmp_path, running.store)
        harm(slack)
        assert link(await opens(minji, channel)) is None
        assert link(await opens(minji, channel)) == post.permalink


TOO_MUCH: dict[str, Callable[[FakeSlack], Fault]] = {
    "busy": lambda slack: slack.faults.flood(60, 2, method=LINK),
    "slow": lambda slack: slack.faults.stall(60, 2, posted=False, method=LINK),
}


@pytest.mark.parametrize("harm", TOO_MUCH.values(), ids=TOO_MUCH)
async def test_nobody_waits_for_an_address_and_slack_is_not_asked_for_more_of_them(
    slack: FakeSlack, tmp_path: Path, harm: Callable[[FakeSlack], Fault]
) -> None:
    async with slack_house.paperboy(slack, tmp_path) as running:
        minji, channel, _ = await a_channel_with_papers(slack, tmp_path, running.store)
        fault = harm(slack)
        assert link(await opens(minji, channel)) is None
        assert link(await opens(minji, channel)) is None
        assert fault.hits == 1


async def test_after_the_pause_that_slack_wants_addresses_are_there_again(slack: FakeSlack, tmp_path: Path) -> None:
    async with slack_house.paperboy(slack, tmp_path) as running:
        minji, channel, post = await a_channel_with_papers(slack, tmp_path, running.store)
        slack.faults.flood(1, method=LINK)
        assert link(await opens(minji, channel)) is None
        await asyncio.sleep(1.1)
        assert link(await opens(minji, channel)) == post.permalink
