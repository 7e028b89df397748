"""Why a paper came or did not: every answer can be said in both languages, whatever the ledger holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.formatting.why import why_message
from bot.matching import Matcher
from bot.model import (
    EVERY_DAY,
    Address,
    Chat,
    ChatKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Paper,
    StoredPaper,
    Subscription,
)
from bot.query import Lexicon
from bot.strings import LANGUAGES
from bot.why import Cause, Change, Facts, Origin, Verdict, Why, cause_of, explain

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHAT = Chat(
    id=1, address=Address(lane="telegram:1", chat="5"), kind=ChatKind.PRIVATE, title="", language="ko",
    zone="Asia/Seoul", posting_time=None, weekdays=EVERY_DAY, next_post_at=None, planned_until=NOW, active=True,
    inactive_reason=None, paused_until=None, created_at=NOW - timedelta(days=9),
)  # fmt: skip
PAPER = StoredPaper(
    id=1, version=1, digest_id=1, position=0, published_at=NOW, withdrawn=False,
    paper=Paper(date=date(2026, 3, 2), title="Sparrow"),
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_can_be_said(language: str) -> None:
    verdicts = set(Verdict) - {Verdict.REPEATED}
    answers = [Why(verdict=verdict) for verdict in verdicts]
    answers += [Why(verdict=verdict, at=NOW, due=NOW - timedelta(days=1)) for verdict in verdicts]
    answers += [Why(verdict=Verdict.POSTED, at=NOW, origin=origin) for origin in Origin]
    answers += [Why(verdict=Verdict.POSTED, at=NOW, change=change, changed_at=NOW) for change in Change]
    answers += [Why(verdict=Verdict.FAILED, at=NOW, cause=cause, delivery=7) for cause in Cause]
    answers += [
        Why(verdict=Verdict.WAITING, at=NOW + timedelta(days=3650)),
        Why(verdict=Verdict.REPEATED, repeats=PAPER),
    ]
    for why in answers:
        message = why_message(why, PAPER, CHAT, language=language, now=NOW)
        assert message.summary.startswith("Sparrow: ")
        assert len(message.blocks) >= 2


def test_a_chat_that_sleeps_is_not_told_to_have_an_old_digest_sent() -> None:
    why, asleep = Why(verdict=Verdict.ARCHIVED), replace(CHAT, active=False)
    awake, sleeping = (str(why_message(why, PAPER, chat, language="en", now=NOW).blocks) for chat in (CHAT, asleep))
    assert "paperboy publish" in awake
    assert "paperboy publish" not in sleeping


def test_a_moment_of_another_year_is_told_with_its_year() -> None:
    why = Why(verdict=Verdict.BEFORE, at=datetime(2024, 1, 2, 3, tzinfo=UTC))
    korean, english = (why_message(why, PAPER, CHAT, language=code, now=NOW).summary for code in LANGUAGES)
    assert "2024년 1월 2일 오후 12:00에 나왔고" in korean
    assert "came out on 2 Jan 2024, 12:00" in english


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("Forbidden: bot was blocked by the user", Cause.BLOCKED),
        ("Forbidden: user is deactivated", Cause.BLOCKED),
        ("Forbidden: bot was kicked from the supergroup chat", Cause.REMOVED),
        ("Forbidden: bot is not a member of the channel chat", Cause.REMOVED),
        ("Bad Request: chat not found", Cause.REMOVED),
        ("channel_not_found", Cause.REMOVED),
        ("Bad Request: not enough rights to send text messages to the chat", Cause.RIGHTS),
        ("is_archived", Cause.RIGHTS),
        ("restricted_action_read_only_channel", Cause.RIGHTS),
        ("told to wait 30 s", Cause.SLOW),
        ("Unauthorized", Cause.SHUT),
        ("token_revoked", Cause.SHUT),
        ("missing_scope (needed chat:write)", Cause.SHUT),
        ("no connection (attempt 10, the last)", Cause.TIRED),
        ("Bad Request: message is too long", Cause.REFUSED),
        ("invalid_blocks", Cause.REFUSED),
        ("", None),
        (None, None),
    ],
)
def test_what_adapters_say_is_sorted_by_kind(reason: str | None, cause: Cause | None) -> None:
    assert cause_of(reason) is cause


@pytest.mark.parametrize(
    "reason",
    ["there was no room for it", "stopped before it was sent", "its intent was not confirmed",
     "interrupted before it was sent", "the lease could have run out", "looked for, and not there"],
)  # fmt: skip
def test_what_we_put_off_ourselves_is_nobodys_fault(reason: str) -> None:
    assert cause_of(reason, waiting=True) is None
    assert cause_of("no connection", waiting=True) is Cause.UNREACHABLE


def told(stored: StoredPaper = PAPER, chat: Chat = CHAT, *rows: Delivery, **facts: Any) -> Why:
    """The answer to somebody who follows everything since the chat began."""
    wish = Subscription(id=1, chat_id=1, text="*", canonical="*", created_at=chat.created_at)
    known = Facts(**{"subscriptions": [wish], "rows": rows, **facts})
    return explain(chat, stored, known, matches=lambda *_: True, as_written=lambda *_: True, now=NOW)


def row(state: DeliveryState, kind: DeliveryKind = DeliveryKind.POST, *, number: int = 1, **others: Any) -> Delivery:
    fields: dict[str, Any] = {
        "id": number, "chat_id": 1, "paper_id": 1, "kind": kind, "version": 0, "lane": "telegram:1", "state": state,
        "due": NOW - HOUR, "attempts": 1, "receipt": None, "content_hash": None, "reason": None,
        "created_at": NOW - HOUR, "updated_at": NOW - HOUR,
    }  # fmt: skip
    return Delivery(**(fields | others))


def test_what_waits_is_told_the_longest_of_its_waits_and_the_reason_of_that_one() -> None:
    waiting = row(DeliveryState.READY, reason="no connection")
    held = {"held_until": NOW + 2 * HOUR, "held_reason": "told to wait 7200 s"}
    longer = told(PAPER, replace(CHAT, paused_until=NOW + HOUR), waiting, **held)
    assert (longer.at, longer.reason, longer.cause) == (NOW + 2 * HOUR, "told to wait 7200 s", Cause.SLOW)
    shorter = told(PAPER, replace(CHAT, paused_until=NOW + 3 * HOUR), waiting, **held)
    assert (shorter.at, shorter.reason, shorter.cause) == (NOW + 3 * HOUR, "no connection", Cause.UNREACHABLE)
    over = told(PAPER, replace(CHAT, paused_until=NOW - HOUR), waiting, held_until=NOW - HOUR)
    assert over.at is None, "its turn is now"
    ours = told(PAPER, CHAT, row(DeliveryState.READY, reason="stopped before it was sent"))
    assert ours.cause is None


def test_a_paper_withdrawn_before_or_after_it_was_given_up_on_is_no_failure() -> None:
    dead = row(DeliveryState.DEAD, reason="Forbidden: bot was blocked by the user")
    assert told(PAPER, CHAT, dead).verdict is Verdict.FAILED
    assert told(replace(PAPER, withdrawn=True), CHAT, dead).verdict is Verdict.WITHDRAWN
    assert told(PAPER, CHAT, row(DeliveryState.DEAD, reason="withdrawn")).verdict is Verdict.WITHDRAWN
    assert told(replace(PAPER, withdrawn=True)).verdict is Verdict.WITHDRAWN


def test_only_a_paper_that_was_not_posted_can_be_a_repetition() -> None:
    other = replace(PAPER, id=2, digest_id=2)
    assert told(replace(PAPER, published_at=None), repeats=other).verdict is Verdict.REPEATED
    assert told(PAPER, replace(CHAT, planned_until=NOW - HOUR), repeats=other).verdict is Verdict.COMING


def test_a_chat_that_fell_asleep_after_it_was_looked_after_did_not_miss_the_paper_by_that() -> None:
    asleep = replace(CHAT, active=False, inactive_reason="blocked")
    assert told(PAPER, replace(asleep, planned_until=NOW - HOUR)).verdict is Verdict.ASLEEP
    assert told(PAPER, asleep).verdict is Verdict.UNEXPLAINED
    assert told(replace(PAPER, version=2), asleep).verdict is Verdict.CORRECTED


def test_a_subscription_made_at_the_moment_a_paper_came_out_is_in_time_for_it() -> None:
    awaited = replace(CHAT, planned_until=NOW - HOUR)
    wishes = [
        Subscription(id=1, chat_id=1, text="*", canonical="*", created_at=NOW + late)
        for late in (timedelta(), timedelta(microseconds=1))
    ]
    assert [told(PAPER, awaited, subscriptions=[wish]).verdict for wish in wishes] == [Verdict.COMING, Verdict.LATE]
    assert told(PAPER, awaited, subscriptions=[]).verdict is Verdict.NOTHING


def test_what_comes_waits_for_the_hour_and_for_the_pause() -> None:
    daily = replace(CHAT, planned_until=NOW - HOUR, next_post_at=NOW + HOUR)
    assert told(PAPER, daily).at == NOW + HOUR
    assert told(PAPER, replace(daily, paused_until=NOW + 2 * HOUR)).at == NOW + 2 * HOUR


def test_the_last_change_that_was_not_overtaken_is_told() -> None:
    sent = row(DeliveryState.SENT)
    first = row(DeliveryState.SENT, DeliveryKind.EDIT, number=2)
    failed = row(DeliveryState.DEAD, DeliveryKind.EDIT, number=3, reason="message is too old", updated_at=NOW)
    overtaken = row(DeliveryState.DEAD, DeliveryKind.WITHDRAW, number=4, reason="restored")
    assert told(PAPER, CHAT, sent, first).change is Change.EDITED
    assert told(PAPER, CHAT, sent, first, failed, overtaken).change is Change.UNEDITED
    assert told(PAPER, CHAT, first, sent).verdict is Verdict.POSTED


def test_what_somebody_had_when_the_chat_began_is_a_sample() -> None:
    sent = row(DeliveryState.SENT)
    origins = [
        told(replace(PAPER, published_at=at), CHAT, sent, subscriptions=[]).origin
        for at in (None, CHAT.created_at, CHAT.created_at + HOUR)
    ]
    assert origins == [Origin.SAMPLE, Origin.SAMPLE, Origin.ENDED]


MOMENTS = st.sampled_from([NOW - timedelta(days=20), NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)])
MAYBE = st.none() | MOMENTS
REASONS = st.sampled_from([None, "withdrawn", "restored", "blocked", "told to wait 9 s", "whatever else"])


@st.composite
def rows(draw: st.DrawFn) -> Delivery:
    receipt = draw(st.sampled_from([None, "5/1"]))
    return Delivery(
        id=draw(st.integers(1, 9)), chat_id=1, paper_id=1, kind=draw(st.sampled_from(DeliveryKind)), version=0,
        lane="telegram:1", state=draw(st.sampled_from(DeliveryState)), due=draw(MOMENTS), attempts=1, receipt=receipt,
        content_hash=None, reason=draw(REASONS), created_at=NOW, updated_at=draw(MOMENTS),
    )  # fmt: skip


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    active = draw(st.booleans())
    return Chat(
        id=1, address=CHAT.address, kind=draw(st.sampled_from(ChatKind)), title="", language="ko", zone="Asia/Seoul",
        posting_time=None, weekdays=EVERY_DAY, next_post_at=draw(MAYBE), planned_until=draw(MOMENTS), active=active,
        inactive_reason=None if active else draw(REASONS), paused_until=draw(MAYBE), created_at=draw(MOMENTS),
    )  # fmt: skip


@st.composite
def papers(draw: st.DrawFn) -> StoredPaper:
    return StoredPaper(
        id=1, version=draw(st.integers(1, 2)), digest_id=1, position=0, published_at=draw(MAYBE),
        withdrawn=draw(st.booleans()), paper=PAPER.paper,
    )  # fmt: skip


SUBSCRIPTIONS = st.lists(
    st.builds(Subscription, id=st.just(1), chat_id=st.just(1), text=st.just("#llm"), canonical=st.just("#llm"),
              created_at=MOMENTS), max_size=2,
)  # fmt: skip


@given(chats(), papers(), SUBSCRIPTIONS, st.lists(rows(), max_size=3), MAYBE, st.booleans(), st.booleans())
def test_whatever_the_ledger_holds_there_is_an_answer_and_the_ledger_goes_first(
    chat: Chat,
    stored: StoredPaper,
    subscriptions: list[Subscription],
    ledger: list[Delivery],
    moment: datetime | None,
    matching: bool,
    written: bool,
) -> None:
    facts = Facts(subscriptions=subscriptions, rows=ledger, woke_at=moment, held_until=moment)
    why = explain(
        chat, stored, facts, matches=lambda _query, _paper: matching, as_written=lambda _query, _paper: written, now=NOW
    )
    for language in LANGUAGES:
        assert why_message(why, stored, chat, language=language, now=NOW).summary
    posts = [row for row in ledger if row.kind is DeliveryKind.POST]
    if posts and posts[0].state is DeliveryState.SENT:
        assert why.verdict is Verdict.POSTED
    if not posts:
        assert why.verdict not in {Verdict.POSTED, Verdict.WAITING, Verdict.SENDING, Verdict.UNKNOWN, Verdict.FAILED}
    if why.verdict in (Verdict.UNKNOWN, Verdict.FAILED):
        assert why.delivery in {row.id for row in posts}, "what an operator can send again has a number"


@given(chats(), papers(), MOMENTS)
def test_the_answer_is_that_a_paper_comes_exactly_where_it_is_going_to(
    chat: Chat, stored: StoredPaper, since: datetime
) -> None:
    chat = replace(chat, active=True, created_at=min(chat.created_at, since))
    wish = Subscription(id=1, chat_id=1, text="*", canonical="*", created_at=since)
    why = told(stored, chat, subscriptions=[wish])
    plan = Matcher(Lexicon.from_tables({}, {})).owed(chat, [wish], [stored], now=NOW)
    before = stored.published_at is not None and stored.published_at < chat.created_at
    assert (why.verdict is Verdict.COMING) == bool(plan.paper_ids and not before)
