"""Answers to presses and inline queries."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from tests.fakes.telegram.call import Call, method
from tests.fakes.telegram.errors import OLD_QUERY, bad_request
from tests.fakes.telegram.keyboard import read_keyboard
from tests.fakes.telegram.queries import InlineAnswer, InlineResult, Toast

PRESS_LIFE: Final = 150.0
INLINE_LIFE: Final = 30.0


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> Any:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    press = call.bot.presses.get(call.text("callback_query_id"))
    if press is None or call.fake.clock.time() - press.at > PRESS_LIFE:
        raise bad_request(OLD_QUERY)
    text = call.text("text")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.text("url") or None
    if url is not None:
        parts = urlsplit(url)
        name = (call.bot.user.username or "").lower()
        if parts.netloc != "t.me" or parts.path.strip("/").lower() != name or not parts.query.startswith("start="):
            raise bad_request("URL_INVALID")
    if press.answer.done():
        call.blame("a press was answered twice")
    else:
        cache_time = call.integer("cache_time")
        press.answer.set_result(Toast(text=text, alert=call.flag("show_alert"), url=url, cache_time=cache_time))
    return True


@method("answerInlineQuery")
def answer_inline_query(call: Call) -> Any:
    """https://core.telegram.org/bots/api#answerinlinequery"""
    asked = call.bot.inline_queries.get(call.text("inline_query_id"))
    results = call.structure("results")
    if not isinstance(results, list):
        raise bad_request("can't parse inline query results JSON object")
    if len(results) > 50:
        raise bad_request("RESULTS_TOO_MUCH")
    if len(call.text("next_offset").encode()) > 64:
        raise bad_request("NEXT_OFFSET_INVALID")
    ids = [str(one.get("id", "")) for one in results]
    if any(not 1 <= len(one.encode()) <= 64 for one in ids):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    for one in results:
        _check_result(call, one)
    button = call.structure("button")
    if button and "start_parameter" in button and not _payload(button["start_parameter"]):
        raise bad_request("START_PARAM_INVALID")
    if asked is None or call.fake.clock.time() - asked.at > INLINE_LIFE:
        raise bad_request(OLD_QUERY)
    answer = InlineAnswer(
        results=tuple(InlineResult(bot=call.bot, query=asked.query, body=one) for one in results),
        next_offset=call.text("next_offset"),
        button=button or None,
    )
    if asked.answer.done():
        call.blame("an inline query was answered twice")
    else:
        asked.answer.set_result(answer)
    lifetime = min(max(call.integer("cache_time", 300), 0), 86_400)
    if lifetime:
        reader = asked.user.id if call.flag("is_personal") else 0
        until = call.fake.clock.time() + lifetime
        call.bot.inline_cache[(asked.query, asked.offset, reader)] = (answer, until)
    return True


def _payload(value: object) -> bool:
    letters = str(value)
    return 1 <= len(letters) <= 64 and letters.isascii() and all(c.isalnum() or c in "_-" for c in letters)


def _check_result(call: Call, result: dict[str, Any]) -> None:
    if result.get("type") != "article":
        call.blame(f"the fake draws articles only, not {result.get('type')}")
        raise bad_request("invalid inline query result type specified")
    if not str(result.get("title", "")).strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content")
    if not isinstance(content, dict) or ("message_text" not in content and "rich_message" not in content):
        raise bad_request("input message content is not specified")
    if "message_text" in content:
        call.content_of(content, "message_text")
    elif not call.bot.rich:
        raise bad_request("input message content is not specified")
    read_keyboard(result.get("reply_markup"))
