"""A person's own page: what they follow, what they could, how it comes, and what came last."""

from __future__ import annotations

from bot.adapters.base import Reply
from bot.commands.search import latest
from bot.commands.settings import view
from bot.commands.visit import Visit
from bot.formatting import heading, settings_message, subscriptions_message, tag_rows
from bot.message import Message
from bot.strings import text


async def home(visit: Visit) -> Reply:
    """The parts of the page, in the order in which they stand."""
    chat = await visit.here()
    language = visit.language
    there = await visit.desk.store.chats.subscriptions(chat.id)
    following = await visit.following(chat)
    others = [tag for tag in await visit.popular() if tag.id not in following]
    parts = [subscriptions_message(there, language=language, shared=False, tags_below=bool(others))]
    if others:
        title = text(language, "home.popular")
        parts.append(Message(summary=title, blocks=(heading(title),), buttons=tag_rows(others, ())))
    parts.append(settings_message(await view(visit, chat), editable=False))
    parts.extend((await latest(visit)).messages)
    return Reply(messages=tuple(parts), chat=chat)
