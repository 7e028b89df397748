"""A message as Slack draws it: Block Kit blocks, and a line of text for notifications and screen readers. Pure.

Every `Text` is letters only. It stands in rich text and plain text elements, which Slack does not look into for markup,
mentions, commands or emoji; what has to stand in mrkdwn (the line of text, an attachment) is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal, assert_never

from bot.adapters.base import Request
from bot.adapters.slack.buttons import button_rows, buttons_with, named
from bot.adapters.slack.letters import (
    CUT,
    EMPTY,
    TEXT_LETTERS,
    Json,
    address,
    cut,
    escaped,
    fit,
    json_letters,
    letters,
    mrkdwn_letters,
    one_line,
    pieces,
    plain_text,
    safe,
    size,
    units,
    whole_or_cut,
)
from bot.message import Button, Fold, Inline, Link, Message, Paragraph, Style, Text
from bot.model import Chat

__all__ = ["Body", "buttons_with", "preview", "render", "view_blocks"]

ROOM: Final = 12_400
"""The most letters of a message's blocks as JSON, its text and attachments included; Slack refuses about 13,000."""
BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
SUMMARY_LETTERS: Final = 400
TITLE_LETTERS: Final = 150
Drawn = Literal["container", "attachment", "plain"]
"""Where folded text goes: a block that opens, an attachment that Slack shortens by its length, or in the open."""
_COMMAND: Final = re.compile(r"/(?=[^\W\d_][\w-]*(?:\s|$))")
_NUMBERED: Final = re.compile(r"\d+\. ")
_STYLES: Final[Mapping[Style, Json]] = {
    Style.PLAIN: {},
    Style.BOLD: {"bold": True},
    Style.ITALIC: {"italic": True},
    Style.CODE: {"code": True},
    Style.MARK: {"bold": True},
}
_LINE: Final = 56
"""Paragraphs of fewer letters than this stand one under the other like the lines of a list."""
_BLOCK: Final = 150
"""About what a block takes besides its elements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent, but for the channel. `text` is for notifications and screen readers, escaped."""

    text: str
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()

    @property
    def params(self) -> Json:
        """The parameters of `chat.postMessage` and `chat.update`; an empty list takes away what was there before."""
        return {
            "text": self.text,
            "blocks": list(self.blocks),
            "attachments": list(self.attachments),
            "parse": "none",
            "unfurl_links": False,
            "unfurl_media": False,
        }


def render(message: Message, *, fold: Drawn = "container", command: str = "/papers") -> Body:
    """Draw a message within Slack's limits: folded text gives way first, at a word's end, with a sign.

    `command` is the slash command under which this installation's commands are typed.
    """
    summary = cut(one_line(message.summary), SUMMARY_LETTERS) or EMPTY
    text = escaped(summary)
    rows = button_rows(_spelled(message.buttons, command))
    room = ROOM - len(text) - _BLOCK - size(rows)
    if not any(_says_something(part) for part in message.blocks if fold != "attachment" or isinstance(part, Paragraph)):
        # Where there is no block the text itself is shown, and Slack looks into that for markup.
        message = replace(message, blocks=(Paragraph((Text(summary),)), *message.blocks))
    blocks, attachments = _Page(message, fold, command, room).drawn()
    return Body(
        text=text,
        blocks=tuple(named((*blocks[: BLOCKS - len(rows)], *rows))),
        attachments=tuple(attachments),
    )


def preview(message: Message, chat: Chat | None = None) -> Request:
    """The request that posts `message`; without a chat, `channel` is empty."""
    channel = "" if chat is None else chat.address.chat
    return Request(method="chat.postMessage", params={"channel": channel, **render(message).params})


def view_blocks(messages: Sequence[Message], *, command: str = "/papers") -> list[Json]:
    """The blocks of messages one after the other, for a modal or a person's Home; folded text stands in the open."""
    blocks: list[Json] = []
    first = 0
    for message in messages:
        rows = button_rows(_spelled(message.buttons, command), first=first)
        first += sum(map(len, message.buttons))
        said, _ = _Page(message, "plain", command, ROOM - size(rows), headers=True).drawn()
        if blocks and (said or rows):
            blocks.append({"type": "divider"})
        blocks += [*said, *rows]
    return named(blocks[:VIEW_BLOCKS])


class _Page:
    """The blocks of a message being drawn, with what is left of the room for them."""

    def __init__(self, message: Message, fold: Drawn, command: str, room: int, *, headers: bool = False) -> None:
        self._parts = [block for block in message.blocks if _says_something(block)]
        self._fold = fold
        self._command = command
        self._headers = headers
        self._folds = sum(isinstance(part, Fold) for part in self._parts)
        self._room = room - sum(_least(part) for part in self._parts if isinstance(part, Fold))
        self._blocks: list[Json | Fold] = []
        self._elements: list[Json] = []
        self._letters = 0
        self._signed = False

    def drawn(self) -> tuple[list[Json], list[Json]]:
        """The blocks, and the attachments below them."""
        for above, part in pairwise([None, *self._parts]):
            match part:
                case Paragraph():
                    self._paragraph(above, part)
                case Fold():
                    self._end_block()
                    self._blocks.append(part)
                case None:
                    pass
                case _:
                    assert_never(part)
        self._end_block()
        # Only now is it known what the folded text may take.
        blocks: list[Json] = []
        attachments: list[Json] = []
        for block in self._blocks:
            if isinstance(block, Fold):
                self._unfold(block, blocks, attachments)
            else:
                blocks.append(block)
        return blocks, attachments

    def _paragraph(self, above: Paragraph | Fold | None, paragraph: Paragraph) -> None:
        inlines = [shown for inline in paragraph.inlines if (shown := _shown(inline, self._command)).text]
        if self._headers and (heading := _heading(paragraph, inlines)):
            self._end_block()
            block = {"type": "header", "text": plain_text(cut(heading, TITLE_LETTERS))}
            self._room -= size(block)
            self._blocks.append(block)
            return
        gap = _gap(above, paragraph) if self._elements else ""
        if gap == "\n\n" and (_is_head(above) or self._letters + _length(inlines) > TEXT_LETTERS):
            self._end_block()
            gap = ""
        if gap:
            self._add(Text(gap))
        for inline in inlines:
            self._add(inline)

    def _add(self, inline: Inline) -> None:
        """Add an inline to the block, or as much of it as there is room for, and the rest to further blocks."""
        left = inline
        while left.text:
            if not self._elements:
                self._room -= _BLOCK
            part = fit(left.text, TEXT_LETTERS - self._letters, units)
            if part != left.text and not part.strip() and self._elements:
                self._end_block()
                continue
            room = self._room - size(_element(_with(left, "")))
            if json_letters(part) > room:
                if part := fit(part, room - len(CUT), json_letters).rstrip():
                    self._append(_element(_with(left, part)))
                self._room = 0
                self._sign()
                return
            self._room -= self._append(_element(_with(left, part)))
            self._letters += units(part)
            left = _with(left, left.text[len(part) :])

    def _append(self, element: Json) -> int:
        """Add an element; returns the room that it takes. Plain text joins the plain text before it."""
        last = self._elements[-1] if self._elements else {}
        if last.keys() == element.keys() == {"type", "text"}:
            last["text"] += element["text"]
            return json_letters(element["text"])
        self._elements.append(element)
        return size(element) + 2

    def _sign(self) -> None:
        """Say that something is missing, once."""
        if not self._signed:
            self._append(_element(Text(CUT)))
            self._signed = True

    def _end_block(self) -> None:
        elements, self._elements, self._letters = self._elements, [], 0
        if any(element["text"].strip() for element in elements):
            self._blocks.append(_rich_text(elements))

    def _unfold(self, fold: Fold, blocks: list[Json], attachments: list[Json]) -> None:
        """Draw folded text, as much of it as there is room for; the folds share what is left."""
        words = "\n\n".join(
            "".join(_shown(inline, self._command).text for inline in part.inlines)
            for part in fold.paragraphs
            if _says_something(part)
        ).strip()
        title = _title(fold)
        share = _least(fold) + max(0, self._room) // self._folds
        self._folds -= 1
        if self._fold == "attachment":
            attachment = _attachment(title, words, share)
            attachments.append(attachment)
            self._room -= size(attachment) - _least(fold)
            return
        sections = _sections(words, share)
        if self._fold == "container":
            container = {
                "type": "container",
                "title": plain_text(title),
                "width": "full",
                "is_collapsible": True,
                "default_collapsed": True,
                "child_blocks": sections,
            }
            blocks.append(container)
            self._room -= size(container) - _least(fold)
        else:
            heading = {"type": "context", "elements": [plain_text(title)]}
            blocks += [heading, *sections]
            self._room -= size([heading, *sections]) - _least(fold)


def _least(fold: Fold) -> int:
    """What a fold takes at least: itself with nothing but the sign in it, drawn in any way."""
    return 440 + 2 * mrkdwn_letters(_title(fold))


def _title(fold: Fold) -> str:
    """The title of a fold; signs that a request spells longer count as what they take there."""
    return whole_or_cut(cut(one_line(fold.title), TITLE_LETTERS), 2 * TITLE_LETTERS, mrkdwn_letters) or EMPTY


def _sections(words: str, room: int) -> list[Json]:
    """Sections of plain text within `room` letters of JSON."""
    each = size({"type": "section", "text": plain_text("")}) + 60
    fitting = whole_or_cut(words, room - 280 - each * (1 + len(words) // TEXT_LETTERS), json_letters)
    return [{"type": "section", "text": plain_text(piece)} for piece in pieces(fitting)] or [
        {"type": "section", "text": plain_text(EMPTY)}
    ]


def _attachment(title: str, words: str, room: int) -> Json:
    """An attachment, whose text Slack folds by itself where it is long."""
    # An empty list of what is mrkdwn may count as none given, and then the text would be.
    attachment = {"fallback": escaped(title), "title": escaped(title), "text": EMPTY, "mrkdwn_in": ["pretext"]}
    fitting = whole_or_cut(words, room - size(attachment), mrkdwn_letters)
    return attachment | {"text": escaped(fitting) or EMPTY}


def _length(inlines: Sequence[Inline]) -> int:
    return sum(units(inline.text) for inline in inlines)


def _rich_text(elements: list[Json]) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _element(inline: Inline) -> Json:
    style = _STYLES[inline.style]
    element: Json = {"type": "text", "text": inline.text}
    if isinstance(inline, Link) and safe(inline.url):
        element = {"type": "link", "url": address(inline.url), "text": inline.text}
    return element | {"style": dict(style)} if style else element


def _with(inline: Inline, text: str) -> Inline:
    return Link(text, inline.url, inline.style) if isinstance(inline, Link) else Text(text, inline.style)


def _spelled(rows: Sequence[Sequence[Button]], command: str) -> list[list[Button]]:
    """Buttons whose label is a command, spelled as it is typed here."""
    return [
        [replace(each, label=f"{command} {each.label[1:]}") if _COMMAND.match(each.label) else each for each in row]
        for row in rows
    ]


def _shown(inline: Inline, command: str) -> Inline:
    """An inline with letters that do nothing; a command to be typed reads as it is typed here."""
    text = letters(inline.text)
    if inline.style is Style.CODE and isinstance(inline, Text):
        text = f"{command} {text[1:]}" if _COMMAND.match(text) else text
    return _with(inline, text)


def _heading(paragraph: Paragraph, inlines: Sequence[Inline]) -> str:
    """The words of a paragraph that can be a header: a title that is no link."""
    if paragraph.role != "title" or any(isinstance(inline, Link) for inline in inlines):
        return ""
    return " ".join("".join(inline.text for inline in inlines).split())


def _says_something(block: Paragraph | Fold) -> bool:
    if isinstance(block, Fold):
        return any(_says_something(part) for part in block.paragraphs)
    return any(letters(inline.text).strip() for inline in block.inlines)


def _is_head(block: Paragraph | Fold | None) -> bool:
    return isinstance(block, Paragraph) and block.role in ("title", "authors")


def _gap(above: Paragraph | Fold | None, below: Paragraph) -> str:
    """What stands between two paragraphs: an empty line, but not within a list or an entry of one."""
    if above is None or isinstance(above, Fold):
        return ""
    if below.role == "authors":
        return "\n"
    if _is_head(above) or below.role in ("title", "page") or (_NUMBERED.match(_words(below)) and _has_link(below)):
        return "\n\n"
    if "note" in (above.role, below.role):
        return "\n"
    return "\n" if all(units(_words(part)) < _LINE and not _has_link(part) for part in (above, below)) else "\n\n"


def _words(paragraph: Paragraph) -> str:
    return "".join(inline.text for inline in paragraph.inlines)


def _has_link(paragraph: Paragraph) -> bool:
    return any(isinstance(inline, Link) for inline in paragraph.inlines)
