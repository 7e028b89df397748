"""A platform-neutral message: what a person sees, before a platform draws it.

Text here is plain: no markup, nothing escaped. A platform's `render.py` turns the tree into its own form and
must treat every `Text` as letters only. Buttons carry an `Action`: small, typed, permanent and untrusted when
it comes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ACTION_BYTES: Final = 64
"""The most bytes that an encoded action may have (Telegram's limit on callback data)."""


class Style(StrEnum):
    """How a run of text stands out."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"
    MARK = "mark"  # a search term that matched


@dataclass(frozen=True, slots=True)
class Text:
    """A run of letters."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Link:
    """A run of letters that leads to `url` (http or https)."""

    text: str
    url: str
    style: Style = Style.PLAIN


Inline = Text | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Inlines on their own line. `role` lets a platform choose a fitting form; it never changes the words."""

    inlines: tuple[Inline, ...]
    role: str = "body"  # title | authors | body | note | page (which of how many)


@dataclass(frozen=True, slots=True)
class Fold:
    """Paragraphs that start out folded under `title`."""

    title: str
    paragraphs: tuple[Paragraph, ...]


Block = Paragraph | Fold


# --- what a button does -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FollowTag:
    """Subscribe the person who presses to a tag, or unsubscribe them."""

    tag_id: int


@dataclass(frozen=True, slots=True)
class ChatFollowTag:
    """The same for the shared chat in which the button stands; for those who may change its settings."""

    tag_id: int


@dataclass(frozen=True, slots=True)
class SetChatTag:
    """Make the shared chat follow a tag (`on` 1) or stop following it (0), as the words of the button say, for those
    who may change its settings."""

    tag_id: int
    on: int


@dataclass(frozen=True, slots=True)
class ShowPage:
    """Turn to a page (from 0) of the results kept as `search_page` number `search_id`."""

    search_id: int
    page: int


@dataclass(frozen=True, slots=True)
class ShowTags:
    """Turn to a page (from 0) of the tag list."""

    page: int


@dataclass(frozen=True, slots=True)
class ShowPaper:
    """Show one paper whole."""

    paper_id: int


@dataclass(frozen=True, slots=True)
class SimilarTo:
    """Show the papers most like one."""

    paper_id: int


@dataclass(frozen=True, slots=True)
class AskWhy:
    """Say why a paper came to this chat or did not."""

    paper_id: int


@dataclass(frozen=True, slots=True)
class SearchLiterally:
    """Search again for exactly what was typed, without repairing it."""

    search_id: int


@dataclass(frozen=True, slots=True)
class SubscribeSearch:
    """Subscribe to the query kept as `search_page` number `search_id`."""

    search_id: int


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """End a subscription."""

    subscription_id: int


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Open a setting (`value` empty) or set it. Both are short words of `[a-z0-9_:+-]`, case kept."""

    name: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Do what the bare command `name` (no slash, no arguments) does: `help`, `tags`, `latest` ..."""

    name: str


Action = (
    FollowTag
    | ChatFollowTag
    | SetChatTag
    | ShowPage
    | ShowTags
    | ShowPaper
    | SimilarTo
    | AskWhy
    | SearchLiterally
    | SubscribeSearch
    | Unsubscribe
    | ChangeSetting
    | RunCommand
)

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NUMBERS: Final[dict[str, tuple[type, int]]] = {
    "t": (FollowTag, 1),
    "c": (ChatFollowTag, 1),
    "k": (SetChatTag, 2),
    "p": (ShowPage, 2),
    "l": (ShowTags, 1),
    "o": (ShowPaper, 1),
    "m": (SimilarTo, 1),
    "w": (AskWhy, 1),
    "x": (SearchLiterally, 1),
    "q": (SubscribeSearch, 1),
    "u": (Unsubscribe, 1),
}
_LETTERS: Final = {kind: letter for letter, (kind, _) in _NUMBERS.items()}
_WORD: Final = re.compile(r"[A-Za-z0-9_:+/-]{0,48}")


def encode_action(action: Action) -> str:
    """Print an action as at most `ACTION_BYTES` bytes of ASCII; the leading digit is the format's version.

    Raises ValueError where an argument does not fit, which no action that Paperboy makes should do.
    """
    match action:
        case ChangeSetting(name=name, value=value):
            fields = [name, value]
            letter = "s"
        case RunCommand(name=name):
            fields = [name]
            letter = "r"
        case _:
            letter = _LETTERS[type(action)]
            fields = [base36(getattr(action, slot)) for slot in action.__slots__]
    if not all(_WORD.fullmatch(part) for part in fields):
        raise ValueError(f"not encodable as an action: {fields}")
    code = f"1{letter}:{'.'.join(fields)}"
    if len(code) > ACTION_BYTES:
        raise ValueError(f"an action of {len(code)} bytes, {ACTION_BYTES} at most")
    return code


def decode_action(code: str) -> Action | None:
    """Read what `encode_action` printed; None for anything else, for it comes from outside and may be forged."""
    head, colon, rest = code.partition(":")
    if not colon or len(head) != 2 or head[0] != "1" or len(code) > ACTION_BYTES:
        return None
    fields = rest.split(".")
    if head[1] == "s" and len(fields) == 2 and all(map(_WORD.fullmatch, fields)) and fields[0]:
        return ChangeSetting(*fields)
    if head[1] == "r" and len(fields) == 1 and _WORD.fullmatch(rest) and rest:
        return RunCommand(rest)
    kind, count = _NUMBERS.get(head[1], (None, 0))
    if kind is None or len(fields) != count or not all(re.fullmatch(r"[0-9a-z]{1,12}", part) for part in fields):
        return None
    action: Action = kind(*(int(part, 36) for part in fields))
    return action


def base36(number: int) -> str:
    """A number as buttons and links carry it; `int(…, 36)` reads it. Raises ValueError for a negative one."""
    if number < 0:
        raise ValueError("ids and pages are never negative")
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits


# --- the whole ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """A labelled button. `url` instead of an action opens a page; `on` marks a state that is switched on."""

    label: str
    action: Action | None = None
    url: str | None = None
    on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One chat message. `summary` is a single plain line for notifications and screen readers."""

    summary: str
    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
