"""Why a paper came or did not: every answer can be said in both languages, whatever the ledger holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.formatting.why import why_message
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
from bot.strings import LANGUAGES
from bot.why import Cause, Change, Facts, Origin, Verdict, Why, cause_of, explain

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
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
