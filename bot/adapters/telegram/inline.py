"""Inline mode: cards to choose from, each the whole message that it posts. Pure."""

from __future__ import annotations

from typing import Any, Final

from bot.adapters.base import Card, Reply
from bot.adapters.telegram.render import markup, render

RESULTS: Final = 50
CACHE_SECONDS: Final = 60
"""How long Telegram may give the same answer to the same person by itself."""

_TITLE: Final = 120
_DESCRIPTION: Final = 200


def answer(query: str, reply: Reply) -> dict[str, Any]:
    """The parameters of `answerInlineQuery`. The cards speak the person's language: nobody else gets them."""
    params: dict[str, Any] = {
        "inline_query_id": query,
        "results": [article(card) for card in reply.cards[:RESULTS]],
        "next_offset": reply.more,
        "cache_time": CACHE_SECONDS if reply.cards else 0,
        "is_personal": True,
    }
    if reply.aside is not None:
        params["button"] = {"text": reply.aside.text, "start_parameter": reply.aside.start}
    return params


def article(card: Card) -> dict[str, Any]:
    """An InlineQueryResultArticle."""
    body = render(card.message)
    result: dict[str, Any] = {
        "type": "article",
        "id": card.id,
        "title": " ".join(card.title.split())[:_TITLE] or "…",
        "description": " ".join(card.description.split())[:_DESCRIPTION],
        "input_message_content": {
            "message_text": body.text,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        },
    }
    if body.keyboard:
        result["reply_markup"] = markup(body.keyboard)
    return result
