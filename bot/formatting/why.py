"""Why a paper came or did not, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.formatting.lists import listed, subscription_name
from bot.formatting.paper import plain_title, tag_rows, title_link
from bot.formatting.words import cut, heading, say
from bot.message import AskWhy, Block, Button, Message, Paragraph
from bot.model import EVERY_DAY, Chat, ChatKind, StoredPaper, Subscription, Tag
from bot.settings_words import chat_zone
from bot.strings import clock, day, moment, text, weekdays
from bot.why import Origin, Verdict, Why

LATE: Final = timedelta(minutes=2)
"""A post that comes so long after its turn is told its turn as well."""
CLOSED: Final = timedelta(days=365)
"""A chat that is paused for so long is closed until it says otherwise."""

_NEAR: Final = timedelta(days=300)  # nearer moments need no year
_NAME: Final = 60
_LISTS: Final = {
    Verdict.UNWANTED: "follows",
    Verdict.ARCHIVED: "matching",
    Verdict.CORRECTED: "matching",
    Verdict.TRANSLATED: "matching",
}
"""What the subscriptions are called; those that brought the paper, or would, are why it comes."""
OFFERED: Final = (Verdict.UNWANTED, Verdict.NOTHING)
"""Where the paper's tags are offered, for others like it to come."""


def why_message(
    why: Why,
    stored: StoredPaper,
    chat: Chat,
    *,
    language: str,
    now: datetime,
    tags: Sequence[Tag] = (),
    following: Collection[int] = (),
    manages: bool = True,
) -> Message:
    """The answer: what became of the paper in the chat, and what somebody can do about it. `tags` are the paper's; who
    asks in a shared chat and does not `manages` it can follow them in their private chat."""
    lines = [_verdict(why, chat, language, now), *_more(why, chat, language, now)]
    buttons: tuple[tuple[Button, ...], ...] = ()
    if why.verdict in OFFERED:
        shared = chat.kind is not ChatKind.PRIVATE
        buttons = tag_rows(tags, following, shared=shared and manages)
        offer = "offer_privately" if shared and not manages else "offer"
        lines.append(say(language, f"why.{offer}" if buttons else "why.offer_none"))
    first = "".join(inline.text for inline in lines[0].inlines)
    blocks: tuple[Block, ...] = (Paragraph((title_link(stored.paper),), "title"), *lines)
    return Message(summary=f"{cut(plain_title(stored.paper), _NAME)}: {first}", blocks=blocks, buttons=buttons)


def choose_message(papers: Sequence[StoredPaper], *, language: str, notes: Sequence[Paragraph] = ()) -> Message:
    """Which of these papers is meant? Those with the same title are told apart by their day."""
    question = text(language, "why.choose")
    titles = Counter(plain_title(stored.paper) for stored in papers)
    buttons = []
    for stored in papers:
        title = plain_title(stored.paper)
        when = f"{day(language, stored.paper.date)} · " if titles[title] > 1 else ""
        buttons.append((Button(when + cut(title, _NAME - len(when)), AskWhy(stored.id)),))
    return Message(summary=question, blocks=(*notes, heading(question)), buttons=tuple(buttons))


def _verdict(why: Why, chat: Chat, language: str, now: datetime) -> Paragraph:
    verdict, at = why.verdict, why.at
    when = _when(at, chat, language, now) if at is not None else ""
    if verdict is Verdict.WAITING and at is not None:
        if at - now > CLOSED:
            return _body(language, "why.waiting_closed")
        return _body(language, "why.waiting_at", when=when)
    if verdict is Verdict.COMING and at is not None:
        if at - now > CLOSED:
            return _body(language, "why.waiting_closed")
        return _body(language, "why.coming_at", when=when)
    if verdict is Verdict.REPEATED and why.repeats is not None:
        return _body(language, "why.repeated", day=day(language, why.repeats.paper.date))
    return _body(language, f"why.{verdict.value}", when=when)


def _more(why: Why, chat: Chat, language: str, now: datetime) -> list[Paragraph]:
    lines = []
    if why.verdict is Verdict.POSTED and why.origin in (Origin.SAMPLE, Origin.ENDED):
        lines.append(say(language, f"why.{why.origin.value}"))
    elif why.wanted:
        key = _LISTS.get(why.verdict, "followed")
        lines.append(say(language, f"why.{key}", list=_names(why.wanted, language)))
    if why.verdict in (Verdict.POSTED, Verdict.COMING) and why.origin is not Origin.SAMPLE:
        lines.append(say(language, "why.hour", hour=_hour(chat, language)))
    if why.verdict is Verdict.POSTED and why.at is not None and why.due is not None and why.at - why.due > LATE:
        lines.append(say(language, "why.turn", when=_when(why.due, chat, language, now)))
    if why.change is not None:
        when = _when(why.changed_at, chat, language, now) if why.changed_at is not None else ""
        lines.append(say(language, f"why.{why.change.value}", when=when))
    if why.cause is not None:
        lines.append(say(language, f"why.cause_{why.cause.value}"))
    if why.delivery is not None:
        lines.append(say(language, "why.requeue", id=why.delivery))
    if why.verdict is Verdict.ARCHIVED and chat.active:
        lines.append(say(language, "why.publish"))
    return lines


def _body(language: str, key: str, /, **values: object) -> Paragraph:
    return say(language, key, role="body", **values)


def _names(subscriptions: Sequence[Subscription], language: str) -> str:
    return listed([subscription_name(each, language, _NAME) for each in subscriptions], language)


def _hour(chat: Chat, language: str) -> str:
    """The chat's days and hour: "평일 오전 9:00"."""
    hour = text(language, "settings.at_once") if chat.posting_time is None else clock(language, chat.posting_time)
    if chat.posting_time is None and chat.weekdays == EVERY_DAY:
        return hour
    separator = " " if language == "ko" else ", "
    return f"{weekdays(language, chat.weekdays)}{separator}{hour}"


def _when(at: datetime, chat: Chat, language: str, now: datetime) -> str:
    local = at.astimezone(chat_zone(chat.zone))
    if abs(now - at) < _NEAR:
        return moment(language, local)
    separator = " " if language == "ko" else ", "
    return f"{day(language, local.date())}{separator}{clock(language, local.time())}"
