"""The tag list, and the tag buttons under every paper."""

from __future__ import annotations

from typing import Final

from bot.adapters.base import Press, Reply
from bot.commands.subscribe import MOST
from bot.commands.visit import Visit, follows_everything, named_tag, near_tags, start_payload, tag_query
from bot.formatting import (
    Found,
    notice,
    offer_message,
    only_subscriptions_button,
    tag_name,
    tag_papers_message,
    tags_message,
)
from bot.message import Message
from bot.model import Chat, Subscription, Tag
from bot.strings import counted

FILTERED: Final = 18
"""Tags shown for `/tags WORDS`."""

NEWEST: Final = 3
"""Papers shown of a tag that somebody has begun to follow."""


async def tags(visit: Visit, argument: str = "") -> Reply:
    """`/tags [filter]`."""
    all_tags = await visit.desk.store.papers.tags()
    own = await visit.own()
    following = await visit.following(own) if visit.private else frozenset()
    if not argument:
        return Reply(messages=(tags_message(all_tags, language=visit.language, following=following),))
    found = filtered(visit, argument, all_tags)
    return Reply(messages=(tags_message(found, language=visit.language, following=following, wanted=argument),))


async def press_page(visit: Visit, page: int) -> Reply:
    """A page of the tag list, in place."""
    all_tags = await visit.desk.store.papers.tags()
    following = await visit.following(visit.chat) if visit.private else frozenset()
    return Reply(replace=tags_message(all_tags, language=visit.language, page=page, following=following))


async def press_follow(visit: Visit, tag_id: int) -> Reply:
    """A tag button: the person who presses follows the tag or stops following it, wherever the button is."""
    tag = await _tag(visit, tag_id)
    if tag is None:
        return Reply(toast=visit.toast("toast.no_tag"))
    own = await visit.own()
    if own is None:
        if visit.event.person is None:
            return Reply(toast=visit.toast("toast.nobody"))
        return Reply(toast=visit.toast("subscribe.start"), start=start_payload("t", tag.id))
    before = await visit.desk.store.chats.subscriptions(own.id)
    on = await _toggle(visit, own, before, tag)
    if on is None:
        return Reply(toast=_full(visit))
    everything = follows_everything(before)
    name = tag_name(tag)
    if not visit.private:
        toast = visit.toast("toast.followed_privately" if on else "toast.unfollowed", tag=name)
        return Reply(toast=toast, messages=(*await _newest(visit, tag, on=on), *await _offer(visit, tag)))
    if everything:
        key = "toast.followed_everything" if on else "toast.unfollowed_everything"
    else:
        key = "toast.followed" if on else "toast.unfollowed"
    return Reply(toast=visit.toast(key, tag=name), messages=await _newest(visit, tag, on=on), toggled=(tag.id, on))


async def press_chat_follow(visit: Visit, tag_id: int, *, wanted: bool | None = None) -> Reply:
    """The same for the shared chat in which the button is; whoever presses is asked for again. `wanted` is what the
    words of the button say, where they do: another admin may have done that since they were written."""
    if visit.private:
        return Reply(toast=visit.toast("toast.shared_only"))
    tag = await _tag(visit, tag_id)
    if tag is None:
        return Reply(toast=visit.toast("toast.no_tag"))
    if not await visit.manages():
        return Reply(toast=visit.not_yours())
    chat = await visit.here()
    before = await visit.desk.store.chats.subscriptions(chat.id)
    there = _follows(visit, before, tag)
    if wanted is there:
        toast = visit.toast("subscribe.chat_already" if there else "unsubscribe.not_followed", name=tag_name(tag))
        offer = offer_message(tag, language=visit.language, following=there, everything=follows_everything(before))
        return Reply(toast=toast, replace=offer)
    on = await _toggle(visit, chat, before, tag)
    if on is None:
        return Reply(toast=_full(visit))
    toast = visit.toast("toast.chat_followed" if on else "toast.chat_unfollowed", tag=tag_name(tag))
    everything = follows_everything(before)
    if on and everything:
        button = only_subscriptions_button(visit.language)
        anyway = notice(visit.language, "subscribe.chat_everything_anyway", buttons=[[button]])
        return Reply(toast=toast, messages=(anyway,))
    return Reply(toast=toast, replace=offer_message(tag, language=visit.language, following=on, everything=everything))


async def _offer(visit: Visit, tag: Tag) -> tuple[Message, ...]:
    """To somebody in charge of a shared chat that Paperboy posts to: the same for the chat."""
    if visit.chat is None or not await visit.manages():
        return ()
    there = await visit.desk.store.chats.subscriptions(visit.chat.id)
    following, everything = _follows(visit, there, tag), follows_everything(there)
    return (offer_message(tag, language=visit.language, following=following, everything=everything),)


async def _newest(visit: Visit, tag: Tag, *, on: bool) -> tuple[Message, ...]:
    """The newest papers of a tag that is followed now, where an answer has room for them."""
    if not on or not isinstance(visit.event, Press) or not visit.event.room:
        return ()
    papers = await visit.desk.store.papers.recent_with_tag(tag.id, NEWEST)
    found = [Found(stored=stored, place=place) for place, stored in enumerate(papers, 1)]
    return (tag_papers_message(found, tag, language=visit.language),) if found else ()


async def _toggle(visit: Visit, chat: Chat, there: list[Subscription], tag: Tag) -> bool | None:
    """Follow or stop following; whether the tag is followed now, or None where there is no room for it."""
    canon = tag_query(tag.slug, visit.desk.lexicon)
    known = [subscription.id for subscription in there if subscription.canonical == canon]
    if known:
        await visit.unfollow(chat, known)
        return False
    if len(there) >= MOST:
        return None
    await visit.follow(chat, f"#{tag.label}", canon)
    return True


def _follows(visit: Visit, there: list[Subscription], tag: Tag) -> bool:
    canon = tag_query(tag.slug, visit.desk.lexicon)
    return any(subscription.canonical == canon for subscription in there)


def _full(visit: Visit) -> str:
    return visit.toast("subscribe.too_many", subscriptions=counted(visit.toast_language, "subscriptions", MOST))


async def _tag(visit: Visit, tag_id: int) -> Tag | None:
    return (await visit.desk.store.papers.tags_by_id([tag_id])).get(tag_id)


def filtered(visit: Visit, words: str, all_tags: list[Tag]) -> list[Tag]:
    """The tag that the words name, those that hold them, and those near to them."""
    lexicon = visit.desk.lexicon
    key = words.removeprefix("#").casefold().replace(" ", "").replace("_", "").replace("-", "")
    exact = named_tag(words, all_tags, lexicon)
    holding = [tag for tag in all_tags if key and key in tag.slug.replace("-", "")]
    near = near_tags(words, all_tags, lexicon)
    found = dict.fromkeys([*([exact] if exact else []), *holding, *near])
    return list(found)[:FILTERED]
