"""Rows to values, and back where that takes more than naming the columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from functools import lru_cache
from typing import Any, Final

from bot.model import Address, Chat, ChatKind, Delivery, DeliveryKind, DeliveryState, Paper, StoredPaper, Subscription
from bot.store import schema

PAPER: Final = schema.columns(
    schema.paper,
    "id version digest_id position published_at withdrawn date title authors abstract commentary tags links source_url",
)
CHAT: Final = schema.columns(
    schema.chat,
    "id lane address thread kind title language zone posting_time weekdays next_post_at planned_until active "
    "inactive_reason paused_until created_at settings",
)
SUBSCRIPTION: Final = schema.columns(schema.subscription, "id chat_id text canonical created_at")
DELIVERY: Final = schema.columns(
    schema.delivery,
    "id chat_id paper_id kind version lane state due attempts receipt content_hash reason created_at updated_at epoch",
)

_KINDS: Final = {kind.value: kind for kind in DeliveryKind}
_STATES: Final = {state.value: state for state in DeliveryState}


def paper_of(row: Sequence[Any]) -> StoredPaper:
    """The paper in a row of `PAPER`."""
    key, version, digest_id, position, published_at, withdrawn, day, title, authors, abstract, *rest = row
    commentary, tags, links, source_url = rest
    return StoredPaper(
        id=key,
        version=version,
        digest_id=digest_id,
        position=position,
        published_at=published_at,
        withdrawn=withdrawn,
        paper=Paper(
            date=day,
            title=title,
            authors=authors,
            abstract=abstract,
            commentary=commentary,
            tags=tags,
            links=links,
            source_url=source_url,
        ),
    )


def paper_fields(paper: Paper) -> dict[str, Any]:
    """The columns that hold what the curator wrote."""
    return {
        "date": paper.date,
        "content_hash": paper.content_hash,
        "title": paper.title,
        "authors": paper.authors,
        "abstract": paper.abstract,
        "commentary": paper.commentary,
        "tags": paper.tags,
        "links": paper.links,
        "source_url": paper.source_url,
    }


def chat_of(row: Sequence[Any]) -> Chat:
    """The chat in a row of `CHAT`."""
    key, lane, address, thread, kind, title, language, zone, posting_time, weekdays, next_post_at, *rest = row
    planned_until, active, inactive_reason, paused_until, created_at, settings = rest
    return Chat(
        id=key,
        address=Address(lane=lane, chat=address, thread=thread),
        kind=ChatKind(kind),
        title=title,
        language=language,
        zone=zone,
        posting_time=time_of(posting_time) if posting_time else None,
        weekdays=weekdays_of(weekdays),
        next_post_at=next_post_at,
        planned_until=planned_until,
        active=active,
        inactive_reason=inactive_reason,
        paused_until=paused_until,
        created_at=created_at,
        settings=settings,
    )


def subscription_of(row: Sequence[Any]) -> Subscription:
    """The subscription in a row of `SUBSCRIPTION`."""
    key, chat_id, text, canonical, created_at = row
    return Subscription(id=key, chat_id=chat_id, text=text, canonical=canonical, created_at=created_at)


def delivery_of(row: Sequence[Any]) -> Delivery:
    """The delivery in a row of `DELIVERY`."""
    key, chat_id, paper_id, kind, version, lane, state, due, attempts, receipt, content_hash, reason, *times = row
    created_at: datetime
    updated_at: datetime
    epoch: int
    created_at, updated_at, epoch = times
    return Delivery(
        id=key,
        chat_id=chat_id,
        paper_id=paper_id,
        kind=_KINDS[kind],
        version=version,
        lane=lane,
        state=_STATES[state],
        due=due,
        attempts=attempts,
        receipt=receipt,
        content_hash=content_hash,
        reason=reason,
        created_at=created_at,
        updated_at=updated_at,
        epoch=epoch,
    )


@lru_cache(maxsize=1440)
def time_of(text: str) -> time:
    """The local time that 'HH:MM' writes."""
    return time.fromisoformat(text)


def time_text(moment: time | None) -> str | None:
    """A local time as 'HH:MM'."""
    return None if moment is None else f"{moment:%H:%M}"


@lru_cache(maxsize=128)
def weekdays_of(text: str) -> frozenset[int]:
    """The weekdays that '0123456' writes."""
    return frozenset(map(int, text))


def weekdays_text(weekdays: frozenset[int]) -> str:
    """Weekdays as digits."""
    return "".join(map(str, sorted(weekdays)))
