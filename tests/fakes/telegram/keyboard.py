"""Reply markup: what Telegram takes and what it refuses."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from tests.fakes.telegram.errors import bad_request

PER_ROW: Final = 8
BUTTONS: Final = 100

_ACTIONS: Final = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)

Button = dict[str, Any]
Keyboard = list[list[Button]]


def read_keyboard(markup: object) -> Keyboard | None:
    """The rows of an inline keyboard; None where there is none (an empty keyboard is none). Raises ApiError."""
    if markup is None or markup == "" or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return None  # a keyboard below the text field, a forced reply: nothing that stands in a message
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard: Field "inline_keyboard" must be of type Array')
    for row in rows:
        if len(row) > PER_ROW:
            raise bad_request("reply markup is too long")
        for button in row:
            _check_button(button)
    if sum(map(len, rows)) > BUTTONS:
        raise bad_request("reply markup is too long")
    return [row for row in rows if row] or None


def _check_button(button: object) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: Inline keyboard button text must be non-empty")
    actions = [name for name in _ACTIONS if button.get(name) is not None]
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"can't parse inline keyboard button: {' and '.join(actions)} in one button")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not valid_url(button["url"]):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "copy_text" in button and not 1 <= len(str(button["copy_text"].get("text", ""))) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if button.get("style") not in (None, "danger", "success", "primary"):
        raise bad_request("can't parse inline keyboard button: invalid button style specified")


def valid_url(url: object) -> bool:
    """Whether a button may lead there."""
    if not isinstance(url, str) or re.search(r"\s", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "tg":
        return True
    return parts.scheme in ("http", "https", "") and "." in (parts.netloc or parts.path.partition("/")[0])
