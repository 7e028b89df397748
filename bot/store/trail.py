"""What is known of the messages in a chat that numbers them by itself, so that one of unknown fate can be looked for.

Our own posts are in the ledger. What others say, and our answers to them, is heard by the process that receives, which
puts on record here what must never be taken for a lost post. Whoever looks for one asks first (`ask`), and looks when
that process has said that nothing is missing (`answer`).

Nothing here is told by clocks alone: in one chat debts are paid one after the other in the order of their ids, and what
is owed under a greater id than any that was there when a message was heard is posted after that message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, func, select

from bot.model import Delivery, DeliveryState
from bot.store.database import Part, insert, reading, writing
from bot.store.rows import DELIVERY, delivery_of
from bot.store.schema import chat, delivery, heard, meta
from bot.traces import Heard, Spans, Traces, joined

SPANS: Final = 100
"""So many spans of messages are remembered for a chat, the newest."""
LOOKED_THROUGH: Final = 500
"""So many of a chat's debts are looked through, the newest."""
ANSWERS_KEPT: Final = timedelta(days=2)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)

_POSITION: Final = select(func.coalesce(func.max(delivery.c.id), 0))
_SINCE: Final = select(meta.c.value).where(meta.c.key == "heard_since")
_OF_CHAT: Final = (
    select(*DELIVERY)
    .join(chat, chat.c.id == delivery.c.chat_id)
    .where(
        chat.c.lane == bindparam("its_lane"),
        chat.c.address == bindparam("its_place"),
        delivery.c.kind.in_(("post", "head")),
    )
    .order_by((delivery.c.id + 0).desc())  # an expression, so that the chat's rows are found and not all the newest
    .limit(LOOKED_THROUGH)
)
_ITS: Final = (heard.c.lane == bindparam("its_lane"), heard.c.place == bindparam("its_place"))
_HEARD: Final = select(heard).where(*_ITS)
_NOTE: Final = (
    sa.update(heard)
    .where(*_ITS)
    .values(
        since=bindparam("new_since"),
        first=bindparam("new_first"),
        first_since=bindparam("new_first_since"),
        known=bindparam("new_known"),
        answers=bindparam("new_answers"),
    )
)
_ASK: Final = sa.update(heard).where(*_ITS).values(asked=heard.c.asked + 1).returning(heard.c.asked)
_QUESTIONS: Final = select(heard.c.place, heard.c.asked).where(
    heard.c.lane == bindparam("its_lane"), heard.c.asked > heard.c.answered
)
_ANSWER: Final = (
    sa.update(heard)
    .where(*_ITS, heard.c.answered < bindparam("number"))
    .values(answered=bindparam("number", type_=sa.BigInteger))
)


class Trail(Part):
    """Chats by their lane and the platform's own id (`place`)."""

    @writing
    def note(self, tx: Connection, lane: str, notes: Mapping[str, Heard], now: datetime) -> None:
        """Put on record what was heard in some chats."""
        self._know(tx, lane, sorted(notes))
        for place in sorted(notes):
            row = tx.execute(_HEARD.with_for_update(), {"its_lane": lane, "its_place": place}).one()
            tx.execute(_NOTE, {"its_lane": lane, "its_place": place} | _noted(tx, row, notes[place], now))

    @writing
    def ask(self, tx: Connection, lane: str, place: str) -> int:
        """Ask whoever receives for this lane whether all that was said in a chat until now is on record. Returns the
        question's number, which `Traces.answered` will have reached when it is."""
        self._know(tx, lane, [place])
        return int(tx.execute(_ASK, {"its_lane": lane, "its_place": place}).scalar_one())

    @reading
    def questions(self, tx: Connection, lane: str) -> dict[str, int]:
        """The chats of a lane about which somebody asks, each with the number of the question."""
        return {row.place: row.asked for row in tx.execute(_QUESTIONS, {"its_lane": lane})}

    @writing
    def answer(self, tx: Connection, lane: str, questions: Mapping[str, int]) -> None:
        """All that was said in these chats when the questions were read is on record."""
        for place, number in sorted(questions.items()):
            tx.execute(_ANSWER, {"its_lane": lane, "its_place": place, "number": number})

    @reading
    def traces(self, tx: Connection, lane: str, place: str, key: str) -> Traces:
        """What is known of a chat when the post of the debt with this key (`Delivery.key`) is looked for there."""
        its = {"its_lane": lane, "its_place": place}
        rows = [delivery_of(each) for each in tx.execute(_OF_CHAT, its)]
        since = int(tx.execute(_SINCE).scalar_one_or_none() or 0)
        row = tx.execute(_HEARD, its).one_or_none()  # last: what has been said is rather known than missing
        return _traces(rows, row, place, key, since)

    def _know(self, tx: Connection, lane: str, places: Sequence[str]) -> None:
        fresh = [
            {
                "lane": lane, "place": place, "since": 0, "first": 0, "first_since": 0, "known": (), "answers": {},
                "asked": 0, "answered": 0,
            }
            for place in places
        ]  # fmt: skip
        if fresh:
            tx.execute(insert(self.database, heard).on_conflict_do_nothing(), fresh)


def _noted(tx: Connection, row: Any, its: Heard, now: datetime) -> dict[str, Any]:
    """The row as it is with what was heard now."""
    since, first, first_since = row.since, row.first, row.first_since
    if its.joined:  # what was said while we were not there is not known
        since, first = tx.execute(_POSITION).scalar_one(), 0
    if its.messages and not first:
        first, first_since = its.messages[0][0], tx.execute(_POSITION).scalar_one()
    stamp = (now - _EPOCH) // _SECOND
    kept = {key: at for key, at in row.answers.items() if at > stamp - ANSWERS_KEPT // _SECOND}
    answers = {key: at for key, at in (kept | dict.fromkeys(its.begun, stamp)).items() if key not in its.ended}
    return {
        "new_since": since,
        "new_first": first,
        "new_first_since": first_since,
        "new_known": joined((*_spans(row), *its.messages))[-SPANS:],
        "new_answers": answers,
    }


def _traces(rows: Sequence[Delivery], row: Any, place: str, key: str, since: int) -> Traces:
    """`rows` are debts of the chat, the newest first; `row` is what was heard there, None for nothing."""
    lost = next((each for each in rows if each.key == key), None)
    posted = [(each, message) for each in rows if (message := _message(each, place))]
    known = _spans(row)
    if row is not None:
        since = max(since, row.since)
    # Of the same chat and in its order only: topics of a forum are paid side by side, under one count of messages.
    older = [
        (message, each.updated_at)
        for each, message in posted
        if lost is not None
        and each.chat_id == lost.chat_id
        and since < each.id < lost.id
        and each.updated_at <= lost.updated_at  # or two chats have become one since
    ]
    bound, bound_at = max(older, default=(0, None))
    if not bound and lost is not None and row is not None and row.first and lost.id > max(row.first_since, since):
        bound = row.first
    if len(known) >= SPANS and bound < known[0][0]:
        bound = 0  # what was said since then is no longer known
    others = [each for each in rows if each.key != key]
    return Traces(
        bound=bound,
        bound_at=bound_at,
        known=joined((*known, *((message, message) for _, message in posted))),
        busy=any(each.state is DeliveryState.SENDING for each in others),
        doubts=any(each.state is DeliveryState.UNKNOWN and not _before(each, posted, bound) for each in others),
        answers=tuple(_EPOCH + at * _SECOND for at in sorted(row.answers.values())) if row is not None else (),
        answered=row.answered if row is not None else 0,
    )


def _spans(row: Any) -> Spans:
    return tuple((first, last) for first, last in row.known) if row is not None else ()


def _message(each: Delivery, place: str) -> int:
    """The number of a posted message, 0 where it is not known or of another chat (ours has moved since)."""
    there, _, message = (each.receipt or "").rpartition("/")
    return int(message) if each.state is DeliveryState.SENT and there == place and message.isdecimal() else 0


def _before(doubt: Delivery, posted: Sequence[tuple[Delivery, int]], bound: int) -> bool:
    """Whether a message of unknown fate, if it is there at all, is older than the one with the number `bound`."""
    of_its_chat = [(each, message) for each, message in posted if each.chat_id == doubt.chat_id]
    return any(
        message <= bound and each.id > doubt.id and each.updated_at >= doubt.updated_at for each, message in of_its_chat
    )
