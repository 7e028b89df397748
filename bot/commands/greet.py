"""Coming, going, and saying what Paperboy can do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.adapters.base import Joined, Left, Moved, Reply
from bot.commands.search import answer, press_paper, subscribe_kept
from bot.commands.similar import press_similar
from bot.commands.subscribe import subscribe_to
from bot.commands.visit import EVERYTHING, TITLE, Place, Visit
from bot.formatting import clean, help_message, notice, say, subscription_name, welcome_back_message, welcome_message
from bot.message import Message, Paragraph, Text
from bot.model import Chat, Tag

LONG: Final = timedelta(days=3650)
"""How long a closed chat is waited for: until it says that it is open."""

_PAYLOAD: Final = re.compile(r"([tqspmf])_([0-9a-z]{1,12})")
"""A tag, a search or a line to subscribe to; a paper, or those like it, to be shown; what is to be searched for."""


async def start(visit: Visit, argument: str) -> Reply:
    """`/start [payload]`: a payload finishes what was begun by a button in a shared chat."""
    if not visit.private:
        return await _start_shared(visit)
    if found := _PAYLOAD.fullmatch(argument.strip().lower()):
        return await _finish(visit, found[1], int(found[2], 36))
    return await _hello(visit)


async def joined(visit: Visit) -> Reply:
    """Paperboy was added to a chat, which is open then whatever was heard of it before, or a person opened one."""
    if visit.private:
        return await _hello(visit)
    reply = await _begin_shared(visit)
    until = visit.chat.paused_until if visit.chat is not None else None
    if until is not None and until > visit.now + LONG / 2:  # and not a few seconds that the platform asked for
        await paused(visit, on=False)
    return reply


async def left(visit: Visit, event: Left) -> Reply:
    """Paperboy was removed: the chat sleeps with its subscriptions kept."""
    await visit.desk.store.chats.sleep(event.address, event.reason, visit.now)
    return Reply()


async def paused(visit: Visit, *, on: bool) -> Reply:
    """The chat was closed to everybody for a while, or opened again: what is owed waits."""
    until = visit.now + LONG if on else None
    await visit.desk.store.chats.pause(visit.event.address, until, visit.now)
    visit.desk.wake()
    return Reply()


async def renamed(visit: Visit) -> Reply:
    """The chat has a new title."""
    chats = visit.desk.store.chats
    chat = await chats.find(visit.event.address)
    if chat is not None:
        await chats.change(chat.id, title=clean(visit.event.title)[:TITLE], now=visit.now)
    return Reply()


async def moved(visit: Visit, event: Moved) -> Reply:
    """The platform gave the chat a new address."""
    await visit.desk.store.chats.move(event.address, event.to, visit.now)
    return Reply()


async def show_help(visit: Visit) -> Reply:
    """`/help`."""
    return Reply(messages=(help_message(language=visit.language, private=visit.private),))


async def _hello(visit: Visit) -> Reply:
    chat = await visit.here()
    if not visit.created:
        return Reply(messages=(await _back(visit, chat),))
    sample = await _sample(visit, chat)
    popular = await visit.popular()
    return Reply(messages=(_welcome(visit, popular, sample=sample),))


async def _start_shared(visit: Visit) -> Reply:
    if await visit.manages():
        return await _begin_shared(visit)
    if visit.chat is None or not visit.chat.active or not visit.event.member:
        return Reply(messages=(visit.not_here(),))
    return Reply(messages=(await _back(visit, visit.chat),))


async def _begin_shared(visit: Visit) -> Reply:
    visit.chat, created = await visit.meet(subscribe=(EVERYTHING, EVERYTHING))
    if not created:
        return Reply(messages=(await _back(visit, visit.chat),), private=not isinstance(visit.event, Joined))
    sample = await _sample(visit, visit.chat)
    return Reply(messages=(_welcome(visit, (), sample=sample),), private=False)


def _welcome(visit: Visit, popular: Sequence[Tag], *, sample: bool) -> Message:
    language = visit.language
    return welcome_message(
        language=language,
        shared=not visit.private,
        popular=popular,
        sample=sample,
        managers=visit.managers(language),
    )


async def _back(visit: Visit, chat: Chat) -> Message:
    there = await visit.desk.store.chats.subscriptions(chat.id)
    names = [subscription_name(subscription, visit.language, 40) for subscription in there]
    popular = await visit.popular() if visit.private else []
    return welcome_back_message(
        language=visit.language,
        shared=not visit.private,
        names=names,
        popular=popular,
        managers=visit.managers(visit.language),
    )


async def _sample(visit: Visit, chat: Chat) -> bool:
    """Owe a new chat the newest digest; whether there is one."""
    papers = await visit.desk.store.papers.latest()
    await visit.desk.store.deliveries.owe(chat.id, [stored.id for stored in papers], visit.now)
    visit.desk.wake()
    return bool(papers)


async def _finish(visit: Visit, letter: str, number: int) -> Reply:
    """Do with the tag, search or paper that a payload names what its letter says; a newcomer is told in a line what
    this is."""
    store = visit.desk.store
    place = Place(chat=await visit.here())
    match letter:
        case "p":
            reply = _said(await press_paper(visit, number))
        case "m":
            reply = _said(await press_similar(visit, number))
        case "t":
            tag = (await store.papers.tags_by_id([number])).get(number)
            reply = Reply() if tag is None else await subscribe_to(visit, place, f"#{tag.slug}")
        case _:
            kept = await store.searches.get(number)
            if kept is None or kept.chat_id not in (None, place.chat.id) or not kept.query:
                reply = Reply()
            elif letter == "s":
                reply = await subscribe_to(visit, place, kept.query)
            elif letter == "f":
                reply = Reply(messages=(await answer(visit, kept.query, literal=kept.literal, typed=kept.typed),))
            else:
                reply = await subscribe_kept(visit, kept)
    if not reply.messages:
        expired = visit.say("welcome.expired")
        return Reply(messages=(expired, *(await _hello(visit)).messages))
    if not visit.created:
        return reply
    hello = notice(visit.language, "welcome.hello", say(visit.language, "welcome.search"))
    return Reply(messages=(hello, *reply.messages))


def _said(reply: Reply) -> Reply:
    """What is answered to a press, as a message where it is a toast."""
    if reply.toast is None:
        return reply
    return Reply(messages=(Message(summary=reply.toast, blocks=(Paragraph((Text(reply.toast),)),)),))
