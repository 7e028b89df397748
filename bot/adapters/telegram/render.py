"""A message as Telegram draws it: HTML for `sendMessage`, lengths as Telegram counts them. Pure.

Every `Text` is letters only: markup is escaped, and what Telegram's clients would turn into a mention, a command or a
hashtag by themselves is kept from it by a joiner that nobody sees.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from bot.adapters.base import Request
from bot.message import Block, Button, Fold, Inline, Link, Message, Paragraph, Style, Text, encode_action
from bot.model import Chat
from bot.strings import width

TEXT_UNITS: Final = 4096
"""The most UTF-16 units of a message after parsing; Telegram counts code points, which are never more."""
ENTITIES: Final = 100
"""Formatting beyond this many entities is ignored by Telegram."""
ROW_BUTTONS: Final = 8
ROW_LETTERS: Final = 36
"""About what fits side by side on a phone; wide letters count twice."""
LABEL_LETTERS: Final = 32
KEYBOARD_BUTTONS: Final = 100
CUT: Final = " […]"
ON: Final = "✓ "
"""What stands before the label of a button that is switched on."""
EMPTY: Final = "…"
"""Telegram refuses a message without a letter."""

# Telegram reads `\u200c#word` as no hashtag, which leaves the word whole; a mention and a command have to be broken.
_BEFORE: Final = "\u200c"
_AFTER: Final = "\u2060"
# At the end of a text too: the next one may go on where it ends.
_ALIVE: Final = re.compile(
    r"(?<!\u200c)#(?=[\w\u200c]|\Z)|\$(?=[A-Z1]|\Z)|@(?=[A-Za-z0-9_]|\Z)|(?<![/<>])/(?=[A-Za-z0-9_]|\Z)"
)
_OF_A_WORD: Final = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd"))
"""The categories of Unicode that Telegram takes for letters and digits."""
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029\x85]")
_SPACES: Final = re.compile("[\t\x0b\x0c]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NOT_IN_A_URL: Final = re.compile(r"[\s\x00-\x20\x7f-\x9f\"<>\\^`{|}\ud800-\udfff]")
_NUMBERED: Final = re.compile(r"\d+\. ")
_TAGS: Final = {Style.BOLD: "b", Style.ITALIC: "i", Style.CODE: "code", Style.MARK: "b"}
_LINE: Final = 56
"""Paragraphs of fewer letters than this stand one under the other like the lines of a list."""

Key = dict[str, str]
Keyboard = tuple[tuple[Key, ...], ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, but for the chat: the HTML and the keyboard."""

    text: str
    keyboard: Keyboard

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of `sendMessage` and `editMessageText`."""
        params: dict[str, Any] = {
            "text": self.text,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if self.keyboard:
            params["reply_markup"] = markup(self.keyboard)
        return params


def render(message: Message) -> Body:
    """Draw a message within Telegram's limits: folded text gives way first, at a word's end, with a sign."""
    drawn = _Text(message.blocks).html()
    if not re.sub(r"<[^>]*>|\s", "", drawn):
        drawn = html.escape(_letters(message.summary).strip()[:TEXT_UNITS]) or EMPTY
    return Body(text=drawn, keyboard=tuple(_keyboard(message.buttons)))


def preview(message: Message, chat: Chat | None = None) -> Request:
    """The request that posts `message`; without a chat, `chat_id` is 0."""
    place = {"chat_id": 0} if chat is None else where(chat.address.chat, chat.address.thread)
    return Request(method="sendMessage", params={**place, **render(message).params})


def where(chat: str, thread: str = "") -> dict[str, int]:
    """The parameters that name a chat and a topic in it."""
    place = {"chat_id": int(chat)}
    return place | {"message_thread_id": int(thread)} if thread else place


def markup(keyboard: Sequence[Sequence[Key]]) -> dict[str, Any]:
    """An InlineKeyboardMarkup."""
    return {"inline_keyboard": [list(row) for row in keyboard]}


# --- text -----------------------------------------------------------------------------------------------------


class _Text:
    """The blocks of a message on their way to HTML, with what is left of the room for them."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = [block for block in blocks if _says_something(block)]
        self._left = TEXT_UNITS
        self._entities = ENTITIES - sum(isinstance(block, Fold) for block in self._blocks)

    def html(self) -> str:
        gaps = [_gap(*pair) for pair in pairwise([None, *self._blocks])]
        fixed = sum(map(_units, gaps)) + sum(
            _units(_shown(inline)) for block in self._blocks if isinstance(block, Paragraph) for inline in block.inlines
        )
        spare = TEXT_UNITS - fixed
        self._left -= sum(map(_units, gaps))
        out: list[str] = []
        for gap, block in zip(gaps, self._blocks, strict=True):
            if isinstance(block, Fold):
                inner, spare = self._inlines(_unfolded(block), spare)
                drawn = f"<blockquote expandable>{inner}</blockquote>" if inner.strip() else ""
            else:
                drawn, self._left = self._inlines(block.inlines, self._left)
            if drawn:
                out.append(gap + drawn if out else drawn)
        return "".join(out)

    def _inlines(self, inlines: Sequence[Inline], room: int) -> tuple[str, int]:
        """HTML within `room` units, and what is left of them; what does not fit ends at a word, with a sign."""
        out: list[str] = []
        for inline in inlines:
            text = _shown(inline)
            size = _units(text)
            if size > room:
                if room >= len(CUT):
                    out.append(self._dress(inline, _cut(text, room - len(CUT))) + CUT)
                return "".join(out), 0
            out.append(self._dress(inline, text))
            room -= size
        return "".join(out), room

    def _dress(self, inline: Inline, text: str) -> str:
        out = html.escape(text)
        if not text.strip():
            return out
        dresses: list[tuple[str, str]] = []
        if isinstance(inline, Link) and safe(inline.url):
            dresses.append((f'<a href="{html.escape(inline.url)}">', "</a>"))
        if tag := _TAGS.get(inline.style):
            dresses.append((f"<{tag}>", f"</{tag}>"))
        for opened, closed in dresses:
            if self._entities > 0:
                self._entities -= 1
                out = opened + out + closed
        return out


def _says_something(block: Block) -> bool:
    if isinstance(block, Fold):
        return any(_says_something(part) for part in block.paragraphs)
    return any(_shown(inline).strip() for inline in block.inlines)


def _unfolded(fold: Fold) -> list[Inline]:
    inlines: list[Inline] = []
    for part in filter(_says_something, fold.paragraphs):
        if inlines:
            inlines.append(Text("\n"))
        inlines.extend(part.inlines)
    return inlines


def _gap(above: Block | None, below: Block | None) -> str:
    """What stands between two blocks: an empty line, but not within a list or an entry of one."""
    if above is None or below is None:
        return ""
    if isinstance(above, Fold) or isinstance(below, Fold):
        return "\n\n"
    if below.role == "authors":
        return "\n"
    if "title" in (above.role, below.role) or above.role == "authors" or below.role == "page":
        return "\n\n"
    if _NUMBERED.match(_words(below)):
        return "\n\n"
    if "note" in (above.role, below.role):
        return "\n"
    return "\n" if all(_units(_words(block)) < _LINE and not _links(block) for block in (above, below)) else "\n\n"


def _words(paragraph: Paragraph) -> str:
    return "".join(inline.text for inline in paragraph.inlines)


def _links(paragraph: Paragraph) -> bool:
    return any(isinstance(inline, Link) for inline in paragraph.inlines)


def _shown(inline: Inline) -> str:
    """The letters of an inline, none of them able to do anything."""
    text = _letters(inline.text)
    # Nothing comes alive inside code, and what is to be typed has to be copied as it stands; an address too.
    if inline.style is Style.CODE or (isinstance(inline, Link) and "://" in text and safe(inline.url)):
        return text
    return _ALIVE.sub(_dead, text)


def _dead(sign: re.Match[str]) -> str:
    if _goes_on(sign.string[max(0, sign.start() - 1) : sign.start()]):
        return sign.group()
    return _BEFORE + sign.group() if sign.group() in "#$" else sign.group() + _AFTER


def _goes_on(before: str) -> bool:
    """Whether a letter is a part of a word for Telegram, in which no sign does anything; `²` is none."""
    return before == "_" or unicodedata.category(before or " ") in _OF_A_WORD


def _letters(text: str) -> str:
    text = _SPACES.sub(" ", _BREAKS.sub("\n", text))
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text))


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def _cut(text: str, units: int) -> str:
    kept = text.encode("utf-16-le", "replace")[: units * 2].decode("utf-16-le", "ignore")
    if text[len(kept) : len(kept) + 1].isspace():
        return kept.rstrip()
    words = kept.rsplit(None, 1)
    at_word = words[0] if len(words) == 2 else ""
    return at_word if len(at_word) > len(kept) // 2 else kept


def safe(url: str) -> bool:
    """Whether an address is one that a reader may be sent to."""
    if _NOT_IN_A_URL.search(url) or len(url) > 2000:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


# --- buttons ----------------------------------------------------------------------------------------------------


def _keyboard(rows: Sequence[Sequence[Button]]) -> Iterator[tuple[Key, ...]]:
    """Rows as asked for, broken where they would not fit a phone's width."""
    left = KEYBOARD_BUTTONS
    for row in rows:
        line: list[Key] = []
        taken = 0
        for key in [key for button in row if (key := _key(button)) is not None][:left]:
            needed = width(key["text"]) + 2
            if line and (taken + needed > ROW_LETTERS or len(line) == ROW_BUTTONS):
                yield tuple(line)
                line, taken = [], 0
            line.append(key)
            left -= 1
            taken += needed
        if line:
            yield tuple(line)


def _key(button: Button) -> Key | None:
    """A button as Telegram has it; None for one that does nothing."""
    if button.url is not None:
        return {"text": label(button), "url": button.url} if safe(button.url) else None
    if button.action is None:
        return None
    return {"text": label(button), "callback_data": encode_action(button.action)}


def label(button: Button) -> str:
    """The words on a button: one line, short enough for a phone."""
    words = " ".join(_letters(button.label).split()) or EMPTY
    room = LABEL_LETTERS - len(ON)  # with or without its mark, the words stay the same
    if width(words[: room + 1]) > room:
        words = words[:room]  # each letter is one wide at least
        while width(words) > room - 1:
            words = words[:-1]
        words = words.rstrip() + "…"
    return ON + words if button.on else words
