"""`/why`: somebody asks why a paper came or did not, and hears what the ledger and their chat say, in their words.

Over 400 lines: a story for each reason that the ledger or a chat can give.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.adapters.base import Reply
from bot.identity import match
from bot.matching import Matcher
from bot.message import AskWhy, FollowTag
from bot.model import ChatKind, Delivery, DeliveryKind, Digest, GiveUp, Outcome, Paper, Retry, Sent, Unknown
from bot.query import Lexicon, tag_slug
from bot.store import ChatSleeps, ChatWaits, Due, Lease, Result, Step
from tests.stories.commands_house import LEXICON, People, Stage, apologised, button, buttons, stage, words

TODAY = date(2024, 5, 10)


def a_paper(title: str, *tags: str, commentary: str = "읽어볼 만합니다.") -> Paper:
    return Paper(date=TODAY, title=title, authors=("Ada",), commentary=(commentary,), tags=tags)


@dataclass
class House:
    """The stage, the curator's folder of today, and the one who posts."""

    stage: Stage
    language: str
    lease: Lease | None = None
    posted: dict[str, str] = field(default_factory=dict)

    @property
    def reader(self) -> People:
        return self.stage.reader("minji", self.language)

    async def saves(self, *papers: Paper, name: str = "today.txt", publish: bool = True) -> None:
        """The curator saves a digest."""
        await self.stage.store.digests.put(
            name, f"{papers}", Digest(date=TODAY, papers=papers), problems=(),
            slug=lambda raw: tag_slug(raw, LEXICON), match=match, publish=publish, now=self.stage.clock.now,
        )  # fmt: skip

    async def plans(self, lexicon: Lexicon = LEXICON) -> None:
        now = self.stage.clock.now
        await self.stage.store.deliveries.plan(now=now, limit=100, decide=partial(Matcher(lexicon).owed, now=now))

    async def starts(self) -> list[Due]:
        """Put everything that is due on record as being sent."""
        store, now = self.stage.store, self.stage.clock.now
        if self.lease is None:
            await store.leases.register(["telegram:1"], now)
            [self.lease] = await store.leases.acquire("us", now=now, ttl=timedelta(days=365))
        dues = (await store.deliveries.agenda("telegram:1", now=now + timedelta(seconds=1), limit=100)).dues
        await store.deliveries.step(
            Step(lane="telegram:1", lease=self.lease, results=(), intents=[due.delivery.id for due in dues], now=now)
        )
        return dues

    async def sends(self, outcome: Outcome | None = None, change: ChatSleeps | ChatWaits | None = None) -> None:
        """Everything that is due is sent, or becomes `outcome`."""
        store, now = self.stage.store, self.stage.clock.now
        dues = await self.starts()
        papers = await store.papers.get([due.delivery.paper_id for due in dues])
        results = []
        for due in dues:
            paper = papers[due.delivery.paper_id].paper
            receipt = due.delivery.receipt or f"{due.chat.address.chat}/{due.delivery.id}"
            self.posted[paper.title] = receipt
            sent = Sent(receipt=receipt, content_hash=paper.content_hash)
            results.append(
                Result(delivery_id=due.delivery.id, chat_id=due.chat.id, outcome=outcome or sent, change=change)
            )
        assert self.lease is not None
        await store.deliveries.step(Step(lane="telegram:1", lease=self.lease, results=results, intents=(), now=now))

    async def delivers(self) -> None:
        await self.plans()
        await self.sends()

    async def follows(self, *queries: str) -> People:
        """A reader who follows these, and has had the greeting."""
        reader = self.reader
        await reader.types("/start")
        await self.sends()
        for query in queries:
            await reader.types(f"/subscribe {query}")
        self.stage.clock.turn(hours=1)
        return reader

    def says(self, reply: Reply, korean: str, english: str) -> None:
        assert not apologised(reply)
        expected = korean if self.language == "ko" else english
        assert expected in words(reply), words(reply)
        if self.language == "en":
            spoken = re.sub(r"“.*?”", "", words(reply))
            assert not re.search("[가-힣]", spoken), spoken


@pytest.fixture(params=["ko", "en"])
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with stage(tmp_path) as found:
        yield House(stage=found, language=request.param)


# --- it came ----------------------------------------------------------------------------------------------------


async def test_a_reply_to_a_paper_tells_which_subscription_brought_it_and_at_which_hour(house: House) -> None:
    minji = await house.follows("#llm", "robots")
    await house.saves(a_paper("Sparrow", "llm"))
    await house.delivers()
    reply = await minji.types("/why", about=house.posted["Sparrow"])
    house.says(reply, "5월 10일(금) 오전 10:00에 왔습니다", "came on Fri 10 May, 10:00")
    house.says(reply, "맞는 구독: #llm\n", "Because of: #llm\n")
    house.says(reply, "받는 시간: 올라오는 대로 바로", "Posting time: as soon as they arrive")
    assert "Sparrow" in words(reply)
    assert "robots" not in words(reply)


async def test_the_korean_word_and_a_part_of_the_title_do_as_well(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("A Sparrow Among Models", "llm"))
    await house.delivers()
    for line in ("/why sparrow among", "/왜 SPARROW", "/why A Sparrow Among Models"):
        reply = await minji.types(line)
        house.says(reply, "맞는 구독: 모든 논문", "Because of: every paper")


async def test_a_daily_chat_is_told_its_hour_and_when_the_post_came_late(house: House) -> None:
    minji = await house.follows("*")
    chat = await house.stage.chat(minji)
    await house.stage.store.chats.replan(
        chat.id,
        partial(replace, posting_time=time(9), weekdays=frozenset(range(5)), next_post_at=house.stage.clock.now),
        now=house.stage.clock.now,
    )
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    house.stage.clock.turn(minutes=20)
    await house.sends()
    reply = await minji.types("/why sparrow")
    house.says(reply, "받는 시간: 평일 오전 9:00", "Posting time: weekdays, 09:00")
    house.says(reply, "보낼 차례가 된 때: 5월 10일(금) 오전 10:00", "Its turn was on Fri 10 May, 10:00")
    house.says(reply, "오전 10:20에 왔습니다", "came on Fri 10 May, 10:20")


async def test_the_sample_of_the_first_day_is_called_one(house: House) -> None:
    minji = await house.follows()
    [title, *_] = [stored.paper.title for stored in await house.stage.store.papers.latest()]
    reply = await minji.types("/why", about=house.posted[title])
    house.says(reply, "맛보기", "as a sample")


async def test_a_subscription_that_has_ended_since_is_not_forgotten(house: House) -> None:
    minji = await house.follows("#llm")
    await house.saves(a_paper("Sparrow", "llm"))
    await house.delivers()
    await minji.types("/unsubscribe #llm")
    reply = await minji.types("/why sparrow")
    house.says(reply, "이제 없습니다", "no longer followed")


async def test_corrections_and_withdrawals_of_a_post_are_told(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow", "llm"), a_paper("Wren"))
    await house.delivers()
    house.stage.clock.turn(hours=1)
    await house.saves(a_paper("Sparrow", "llm", commentary="고친 논평입니다."), a_paper("Wren"))
    house.says(await minji.types("/why sparrow"), "고친 내용을 곧", "A correction is on its way")
    await house.sends()
    house.says(await minji.types("/why sparrow"), "오전 11:00에 고친", "corrected in place on Fri 10 May, 11:00")
    await house.saves(a_paper("Wren"))
    house.says(await minji.types("/why sparrow"), "이 글도 곧 내립니다", "will be taken down")
    await house.sends()
    reply = await minji.types("/why", about=house.posted["Sparrow"])
    house.says(reply, "이 글도 내렸습니다", "was taken down on")
    await house.saves(a_paper("Wren", commentary="또 고쳤습니다."))
    await house.sends(GiveUp(reason="Bad Request: something"))
    house.says(await minji.types("/why wren"), "반영하지 못했습니다", "could not be made")


# --- it is on its way, or stuck ---------------------------------------------------------------------------------


async def test_a_paper_that_waits_for_its_turn_will_come_soon(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    house.says(await minji.types("/why sparrow"), "곧 옵니다", "will come soon")
    await house.starts()
    house.says(await minji.types("/why sparrow"), "지금 보내고", "being sent right now")


async def test_before_the_tick_has_looked_it_is_already_said_to_come(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    house.says(await minji.types("/why sparrow"), "곧 옵니다", "will come soon")


async def test_a_daily_chat_is_told_when_the_paper_will_come(house: House) -> None:
    minji = await house.follows("*")
    await minji.types("/settings time 18:00")
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    reply = await minji.types("/why sparrow")
    house.says(reply, "5월 10일(금) 오후 6:00에 옵니다", "will come on Fri 10 May, 18:00")
    house.says(reply, "맞는 구독: 모든 논문", "Because of: every paper")


async def test_a_chat_that_was_told_to_wait_is_told_how_long_and_by_whom(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    later = house.stage.clock.now + timedelta(hours=2)
    reason = "told to wait 7200 s"
    await house.sends(Retry(at=later, reason=reason, counts=False), ChatWaits(until=later, reason=reason))
    reply = await minji.types("/why sparrow")
    house.says(reply, "5월 10일(금) 오후 12:00 이후에 옵니다", "will come after Fri 10 May, 12:00")
    house.says(reply, "기다리라고 했기", "asked me to wait")


async def test_a_lane_that_is_shut_is_the_reason_for_all_its_chats(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.delivers()
    await house.saves(a_paper("Sparrow"), a_paper("Wren"))
    await house.plans()
    until = house.stage.clock.now + timedelta(minutes=10)
    await house.stage.store.leases.hold_lane("telegram:1", until, "Unauthorized")
    reply = await minji.types("/why wren")
    house.says(reply, "10:10 이후에 옵니다", "will come after Fri 10 May, 10:10")
    house.says(reply, "운영자가 확인", "The operator has to look")


async def test_a_closed_channel_keeps_its_papers_waiting(house: House) -> None:
    member = house.stage.member(manager=True, kind=ChatKind.CHANNEL)
    member.language = house.language
    await member.adds_the_bot()
    await house.sends()
    house.stage.clock.turn(hours=1)
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    far = house.stage.clock.now + timedelta(days=3650)
    await house.stage.store.chats.pause(member.address, far, house.stage.clock.now)
    house.says(await member.types("/why sparrow"), "다시 열리면 옵니다", "when the chat is open again")


# --- it did not arrive ------------------------------------------------------------------------------------------


async def row_of(house: House, who: People, kind: DeliveryKind = DeliveryKind.POST) -> Delivery:
    return next(each for each in await house.stage.owed(who) if each.kind is kind)


async def test_an_unknown_fate_is_told_with_what_the_operator_can_do(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    await house.sends(Unknown(reason="no answer in time"))
    reply = await minji.types("/why sparrow")
    house.says(reply, "도착했는지 확인하지 못했습니다", "nobody can confirm that it arrived")
    number = (await row_of(house, minji)).id
    assert f"paperboy deliveries requeue {number}" in words(reply)


@pytest.mark.parametrize(
    ("reason", "korean", "english"),
    [
        ("Bad Request: message is too long", "받아들이지 않았기", "did not accept this post"),
        ("no connection (attempt 10, the last)", "여러 번 시도했지만", "tried many times"),
        ("not enough rights to send text messages", "권한이 없기", "may not post"),
        ("http_502", "연결이 잘 되지", "could not be reached"),
    ],
)
async def test_a_failure_is_told_with_its_reason_in_words(house: House, reason: str, korean: str, english: str) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    await house.sends(GiveUp(reason=reason))
    reply = await minji.types("/why sparrow")
    house.says(reply, "보내지 못했습니다", "could not be sent on Fri 10 May, 10:00")
    house.says(reply, korean, english)
    assert "paperboy deliveries requeue" in words(reply)
    assert reason not in words(reply)


async def test_a_chat_that_blocked_us_is_told_so_when_it_is_back(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    await house.sends(GiveUp(reason="Forbidden: bot was blocked by the user"), ChatSleeps(reason="blocked"))
    reply = await minji.types("/why sparrow")
    house.says(reply, "차단하셨기", "has blocked me")


async def test_a_sleeping_group_is_told_how_to_wake_it(house: House) -> None:
    member = house.stage.member(manager=True)
    member.language = house.language
    await member.adds_the_bot()
    await house.stage.store.chats.sleep(member.address, "removed from the chat", house.stage.clock.now)
    house.stage.clock.turn(hours=1)
    await house.saves(a_paper("Sparrow"))
    reply = await member.types("/why sparrow")
    house.says(reply, "쉬고 있어서", "is asleep")
    house.says(reply, "나갔거나", "I am not in the chat")


async def test_what_came_out_while_the_chat_slept_is_explained_after_it_woke(house: House) -> None:
    minji = await house.follows("*")
    await house.stage.store.chats.sleep(minji.address, "blocked", house.stage.clock.now)
    house.stage.clock.turn(hours=1)
    await house.saves(a_paper("Sparrow"))
    await house.plans()
    house.stage.clock.turn(hours=1)
    await minji.types("/start")
    reply = await minji.types("/why sparrow")
    house.says(reply, "쉬고 있었습니다", "was asleep when the paper came out")
    house.says(reply, "오후 12:00에 다시", "began again on Fri 10 May, 12:00")


async def test_a_withdrawn_paper_that_never_came_is_found_by_its_title(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"), a_paper("Wren"))
    await house.plans()
    await house.saves(a_paper("Wren"))
    house.says(await minji.types("/why sparrow"), "목록에서 내렸습니다", "withdrew this paper before it came")


# --- it was never owed ------------------------------------------------------------------------------------------


async def test_a_digest_that_was_too_old_is_only_in_the_archive(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"), publish=False)
    reply = await minji.types("/why sparrow")
    house.says(reply, "이미 오래된 것이어서", "already old when it arrived")
    assert "paperboy publish" in words(reply)
    house.says(reply, "지금 맞는 구독: 모든 논문", "Matching now: every paper")


@pytest.mark.parametrize("followed", [(), ("#moe",)])
async def test_a_digest_that_was_too_old_is_not_worth_sending_where_nobody_follows_it(
    house: House, followed: tuple[str, ...]
) -> None:
    minji = await house.follows(*followed)
    await house.saves(a_paper("Sparrow", "rlhf"), publish=False)
    reply = await minji.types("/why sparrow")
    if followed:
        house.says(reply, "맞는 구독이 없어서", "No subscription matches this paper")
    else:
        house.says(reply, "구독이 없어서", "Nothing is followed here")
    assert "paperboy publish" not in words(reply)
    await minji.presses(next(each for each in buttons(reply) if isinstance(each.action, FollowTag)))
    assert "paperboy publish" in words(await minji.types("/why sparrow")), "now the operator could help"


async def test_an_entry_that_came_with_another_digest_is_not_a_second_post(house: House) -> None:
    minji = await house.follows("#rlhf")
    await house.saves(a_paper("Sparrow"))
    await house.saves(a_paper("Sparrow"), name="tomorrow.txt")
    reply = await minji.types("/why sparrow")
    choice = [each for each in buttons(reply) if isinstance(each.action, AskWhy)]
    assert choice == []  # an exact title is never asked back
    [newer] = [stored for stored in await house.stage.store.papers.titled("Sparrow", 9) if not stored.published_at]
    reply = await minji.presses(AskWhy(newer.id))
    house.says(reply, "2024년 5월 10일 다이제스트로 이미", "came with the digest of 10 May 2024")


async def test_what_came_out_before_the_chat_began_did_not_come(house: House) -> None:
    minji = await house.follows("*")
    reply = await minji.types("/why sequoia")
    house.says(reply, "이 채팅은 그 뒤에 시작해서", "before this chat began")


async def test_a_paper_that_nothing_matches_offers_its_tags(house: House) -> None:
    minji = await house.follows("robots")
    await house.saves(a_paper("Sparrow", "llm"))
    await house.delivers()
    reply = await minji.types("/why sparrow")
    house.says(reply, "맞는 구독이 없어서", "No subscription matches")
    house.says(reply, "지금 구독: “robots”", "Followed now: “robots”")
    pressed = await minji.presses(button(reply, "#llm"))
    assert not apologised(pressed)
    assert "#llm" in await house.stage.follows(minji)


async def test_the_tags_that_are_offered_in_a_group_are_for_whom_it_says(house: House) -> None:
    """The question is why it did not come *here*: an admin can change that, a member follows for themselves."""
    admin, member = house.stage.member("ann", manager=True), house.stage.member("bo")
    admin.language = member.language = house.language
    await admin.adds_the_bot()
    await admin.types("/unsubscribe *")
    await admin.types("/subscribe robots")
    bo = house.stage.reader("bo", house.language)
    await bo.types("/start")
    await house.saves(a_paper("Sparrow", "llm"))
    await house.delivers()
    reply = await member.types("/why sparrow")
    house.says(reply, "새 논문을 1:1 대화로 보내 드립니다", "will come to our private chat")
    await member.presses(button(reply, "#llm"))
    assert await house.stage.follows(bo) == ["#llm"]
    reply = await admin.types("/why sparrow")
    house.says(reply, "같은 주제의 새 논문이 옵니다", "on that topic will come.")
    await admin.presses(button(reply, "#llm"))
    assert await house.stage.follows(admin) == ["robots", "#llm"]


async def test_somebody_who_follows_nothing_is_told_so(house: House) -> None:
    minji = await house.follows()
    await house.saves(a_paper("Sparrow", "llm"), a_paper("Wren"))
    await house.delivers()
    reply = await minji.types("/why sparrow")
    house.says(reply, "구독이 없어서", "Nothing is followed here")
    assert any(isinstance(each.action, FollowTag) for each in buttons(reply))
    house.says(await minji.types("/why wren"), "/subscribe *", "/subscribe *")


async def test_a_subscription_that_came_after_the_paper_brings_only_newer_ones(house: House) -> None:
    minji = await house.follows("robots")
    await house.saves(a_paper("Sparrow", "llm"))
    await house.delivers()
    house.stage.clock.turn(hours=1)
    await minji.types("/subscribe #llm")
    reply = await minji.types("/why sparrow")
    house.says(reply, "구독은 그 뒤에 시작해서", "before the subscription that matches it")
    house.says(reply, "#llm", "#llm")


async def test_a_paper_that_matches_only_since_it_was_corrected_is_not_sent_later(house: House) -> None:
    minji = await house.follows("#llm")
    await house.saves(a_paper("Sparrow"))
    await house.delivers()
    await house.saves(a_paper("Sparrow", "llm"))
    await house.delivers()
    house.says(await minji.types("/why sparrow"), "고친 내용 덕분에", "only since it was corrected")


async def test_a_paper_that_matches_only_by_newer_words_of_the_dictionary_is_not_sent_later(house: House) -> None:
    minji = await house.follows("보상 모델 birds")
    await house.saves(a_paper("Sparrow", commentary="A reward model for birds."))
    await house.plans(Lexicon.from_tables({}, {}))  # as the operator had it in the morning
    reply = await minji.types("/why sparrow")
    house.says(reply, "사전에 낱말이 늘어", "the dictionary knows more words")
    house.says(reply, "지금 맞는 구독: “보상 모델 birds”", "Matching now: “보상 모델 birds”")
    house.says(await minji.types("/unsubscribe 보상 모델 birds"), "해지", "no longer")
    house.says(await minji.types("/why sparrow"), "구독이 없어서", "Nothing is followed")


async def test_a_paper_that_matches_as_it_is_written_and_has_no_row_is_for_the_operator(house: House) -> None:
    minji = await house.follows("reward model birds")
    await house.saves(a_paper("Sparrow", commentary="A reward model for birds."))
    now = house.stage.clock.now
    await house.stage.store.deliveries.plan(
        now=now, limit=100, decide=lambda chat, _, papers: Matcher(LEXICON).owed(chat, [], papers, now=now)
    )
    house.says(await minji.types("/why sparrow"), "운영자에게", "tell the operator")


# --- asking -----------------------------------------------------------------------------------------------------


async def test_without_anything_the_newest_digest_is_offered(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"), a_paper("Wren"))
    await house.delivers()
    reply = await minji.types("/why")
    house.says(reply, "답장으로", "reply to a paper")
    chosen = await minji.presses(button(reply, "Wren"))
    house.says(chosen, "왔습니다", "came on")
    assert "Wren" in words(chosen)


async def test_a_word_in_several_titles_is_asked_back_and_an_unknown_one_is_said_to_be(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow at Dawn"), a_paper("Sparrow at Dusk"))
    await house.delivers()
    reply = await minji.types("/why sparrow")
    house.says(reply, "어느 논문이", "Which paper")
    assert {each.label for each in buttons(reply)} == {"Sparrow at Dawn", "Sparrow at Dusk"}
    house.says(await minji.types("/why qqqqqzzz"), "찾지 못했습니다", "No paper is called")


async def test_papers_of_the_same_title_are_told_apart_by_their_day(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow at Dawn"), a_paper("Sparrow at Dusk"))
    again = replace(a_paper("Sparrow at Dawn", commentary="다시 읽었습니다."), date=TODAY + timedelta(days=1))
    await house.saves(again, name="tomorrow.txt")
    labels = [each.label for each in buttons(await minji.types("/why sparrow"))]
    house.says(await minji.types("/why sparrow"), "2024년 5월 11일 · Sparrow at Dawn", "11 May 2024 · Sparrow at Dawn")
    assert len(set(labels)) == 3
    assert "Sparrow at Dusk" in labels


async def test_a_reply_to_anything_else_is_as_good_as_none(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.delivers()
    house.says(await minji.types("/why", about="minji/999"), "답장으로", "reply to a paper")
    house.says(await minji.types("/why sparrow", about="minji/999"), "왔습니다", "came on")


async def test_a_receipt_of_another_chat_tells_nothing(house: House) -> None:
    await house.follows("*")
    await house.saves(a_paper("Sparrow"))
    await house.delivers()
    other = house.stage.reader("bo", house.language)
    house.says(await other.types("/why", about=house.posted["Sparrow"]), "답장으로", "reply to a paper")


async def test_in_the_thread_of_a_digest_its_papers_are_offered(house: House) -> None:
    member = house.stage.member(manager=True, kind=ChatKind.CHANNEL)
    member.language = house.language
    await member.adds_the_bot()
    await house.sends()
    chat = await house.stage.chat(member)
    house.stage.clock.turn(hours=1)
    await house.stage.store.chats.change(chat.id, settings={"layout": "thread"}, now=house.stage.clock.now)
    await house.saves(a_paper("Sparrow"), a_paper("Wren"))
    await house.delivers()
    rows = await house.stage.store.deliveries.listing(chat_id=chat.id)
    [head] = [row for row in rows if row.kind is DeliveryKind.HEAD]
    reply = await member.types("/why", about=head.receipt)
    assert [each.label for each in buttons(reply)] == ["Sparrow", "Wren"]
    house.says(await member.presses(button(reply, "Sparrow")), "왔습니다", "came on")
    typed = await member.types("/why zzyzx quux", about=head.receipt)
    assert [each.label for each in buttons(typed)] == ["Sparrow", "Wren"], (
        "of words that no title has, those it is about"
    )


async def test_of_many_papers_eight_can_be_chosen(house: House) -> None:
    minji = await house.follows("*")
    await house.saves(*(a_paper(f"Sparrow {number}") for number in range(10)))
    for line in ("/why", "/why sparrow"):
        chosen = [each for each in buttons(await minji.types(line)) if isinstance(each.action, AskWhy)]
        assert len(chosen) == 8, line


async def test_a_group_that_we_do_not_post_in_is_told_that(house: House) -> None:
    member = house.stage.member()
    member.language = house.language
    house.says(await member.types("/why sparrow"), "올리고 있지 않습니다", "do not post in this chat")
