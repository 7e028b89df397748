"""A message drawn for a terminal: its letters laid out in lines, each choice with the number to type.

Pure. rich is only given `Text`, never its markup, and only letters that a terminal does not obey (`drawing`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, assert_never
from urllib.parse import quote

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style as RichStyle
from rich.text import Text as RichText

from bot.adapters.base import Request
from bot.adapters.console.drawing import Choice, Drawing, one_line, own_number, render
from bot.message import Button, Fold, Link, Message, Paragraph, Style, Text
from bot.model import Chat
from bot.strings import counted

__all__ = ["Choice", "Drawing", "lay_out", "plain", "preview", "render"]

INDENT: Final = "  "

_STYLES: Final = {
    Style.PLAIN: RichStyle(),
    Style.BOLD: RichStyle(bold=True),
    Style.ITALIC: RichStyle(italic=True),
    Style.CODE: RichStyle(color="cyan"),
    # Both colours are named, so that a mark can be read on a dark and on a light ground.
    Style.MARK: RichStyle(bold=True, color="black", bgcolor="yellow"),
}
_ROLES: Final = {
    "title": RichStyle(bold=True),
    "authors": RichStyle(dim=True),
    "note": RichStyle(dim=True),
    "page": RichStyle(dim=True),
}
_ADDRESS: Final = RichStyle(dim=True, underline=True)
_NUMBER: Final = RichStyle(color="cyan")
_ON: Final = RichStyle(bold=True, color="green")
_OFF: Final = RichStyle(dim=True)


def preview(message: Message, chat: Chat) -> Request:
    """What would be printed where the output is no terminal, with numbers from 1."""
    drawing = render(message)
    numbers = range(1, len(drawing.choices) + 1)
    return Request(method="print", params={"text": plain(lay_out(drawing, numbers, language=chat.language))})


def plain(lines: Iterable[RichText]) -> str:
    """Lines as bare letters."""
    return "\n".join(line.plain.rstrip() for line in lines)


def lay_out(
    drawing: Drawing,
    numbers: Sequence[int],
    *,
    language: str,
    width: int | None = None,
    hyperlinks: bool = False,
) -> list[RichText]:
    """The lines of a drawing, at most `width` columns wide (None: not wrapped), its choices numbered.

    `hyperlinks`: addresses may hide behind words (OSC 8); otherwise each address is shown, once. `language` is that
    of the few words about a message.
    """
    page = _Page(dict(zip(drawing.choices, numbers, strict=True)), width=width, hyperlinks=hyperlinks)
    for block in drawing.message.blocks:
        match block:
            case Paragraph():
                page.paragraph(block)
            case Fold():
                page.fold(block, counted(language, "letters", _size(block)))
            case _:
                assert_never(block)
    page.buttons(drawing.message.buttons)
    return page.lines


class _Page:
    """Lines being laid out."""

    def __init__(self, numbers: Mapping[Choice, int], *, width: int | None, hyperlinks: bool) -> None:
        self.lines: list[RichText] = []
        self._numbers = numbers
        self._entries = {f"{number}. ": choice for choice, number in numbers.items() if own_number(choice) == number}
        self._width = None if width is None else max(width - len(INDENT), 10)
        self._hyperlinks = hyperlinks
        self._previous: str | None = None
        self._hang = ""
        self._below: list[str] = []
        self._shown: set[str] = set()
        self._pressed: set[Choice] = set()

    def paragraph(self, paragraph: Paragraph) -> None:
        kind = self._kind(paragraph)
        self._begin(kind)
        base = _ROLES.get(paragraph.role, RichStyle())
        line = RichText()
        lead = ""
        inlines = paragraph.inlines
        if kind == "entry":
            choice = self._entries[inlines[0].text]
            lead = f"[{self._numbers[choice]}] "
            self._hang = " " * len(lead)
            self._pressed.add(choice)
            inlines = inlines[1:]
        for inline in inlines:
            match inline:
                case Text():
                    line.append(inline.text, base + _STYLES[inline.style])
                case Link():
                    self._link(line, inline, base, kind)
                case _:
                    assert_never(inline)
        self._flow(line, lead)

    def fold(self, fold: Fold, size: str) -> None:
        self._begin("fold")
        number = f"[{self._numbers[fold]}]"
        self._flow(RichText.assemble((number, _NUMBER), " ▸ ", fold.title, (f" ({size})", _OFF)))

    def buttons(self, rows: Iterable[tuple[Button, ...]]) -> None:
        """The buttons that stand nowhere else, rows of one kind joined: those are as wide as a telephone."""
        left = [[button for button in row if button not in self._pressed] for row in rows]
        for _, alike in groupby((row for row in left if row), key=lambda row: {type(each.action) for each in row}):
            self._begin("buttons")
            self._chips(button for row in alike for button in row)
        self._begin("end")

    def _chips(self, buttons: Iterable[Button]) -> None:
        widest = self._width or _ROW
        line = RichText()
        for button in buttons:
            chip = self._chip(button)
            if line and cell_len(line.plain) + 2 + cell_len(chip.plain) > widest:
                self._flow(line)
                line = RichText()
            if line:
                line.append("  ")
            line.append_text(chip)
        self._flow(line)

    def _chip(self, button: Button) -> RichText:
        chip = RichText()
        if button.url is not None:
            self._link(chip, Link(button.label, button.url), RichStyle(), "body")
        elif button.action is None:
            chip.append(button.label, _OFF)
        else:
            number = self._numbers[button]
            chip.append(f"[{number}]", _NUMBER)
            if own_number(button) != number:
                chip.append(f" {button.label}", _ON if button.on else RichStyle())
            if button.on:
                chip.append(" ✓", _ON)
        return chip

    def _link(self, line: RichText, link: Link, base: RichStyle, kind: str) -> None:
        """Words that lead somewhere. Where a terminal cannot be trusted to hide the address it is shown, once: below
        a title, behind other words, and not in an entry, whose number opens the paper itself.
        """
        address = _address(link.url)
        style = base + _STYLES[link.style]
        if address is None:
            line.append(link.text, style)
            return
        says_it = link.text.strip() in (link.url, address)
        underline = kind not in ("title", "entry")
        line.append(link.text, style + RichStyle(underline=underline, link=address if self._hyperlinks else None))
        if not (self._hyperlinks or says_it or kind == "entry" or address in self._shown):
            if kind == "title":
                self._below.append(address)
            else:
                line.append(f" ({address})", RichStyle(dim=True))
        if kind != "entry":
            self._shown.add(address)

    def _kind(self, paragraph: Paragraph) -> str:
        if paragraph.role != "body" or not paragraph.inlines:
            return paragraph.role
        first = paragraph.inlines[0]
        if isinstance(first, Text) and first.text in self._entries:
            return "entry"
        if all(inline.style is Style.BOLD for inline in paragraph.inlines):
            return "title"
        return "line" if sum(cell_len(inline.text) for inline in paragraph.inlines) <= _SHORT else "body"

    def _begin(self, kind: str) -> None:
        """Close what was before, and leave a line free where a reader expects a break."""
        if self._below and kind not in ("authors", "note"):
            below, self._below = self._below, []
            # Not wrapped: a terminal that breaks a long line by itself still copies it as one.
            self.lines += [RichText.assemble(INDENT, (address, _ADDRESS)) for address in below]
        if self._previous is not None and kind != "end" and (self._previous, kind) not in _CLOSE:
            self.lines.append(RichText())
            self._hang = ""
        self._previous = kind

    def _flow(self, text: RichText, lead: str = "") -> None:
        """Add lines, those after the first as far in as what leads it."""
        width = None if self._width is None else max(self._width - len(self._hang), 10)
        for line in text.split("\n") if width is None else text.wrap(_RULER, width, tab_size=1):
            line.rstrip()
            self.lines.append(
                RichText.assemble(INDENT, (lead, _NUMBER) if lead else self._hang, line) if line else RichText()
            )
            lead = ""


_SHORT: Final = 50
"""A paragraph of at most so many columns is a line of a list, which needs no air."""

_ROW: Final = 98
"""The widest row of buttons where nothing is wrapped."""

_CLOSE: Final = {
    ("title", "authors"),
    ("title", "note"),
    ("title", "line"),
    ("authors", "note"),
    ("entry", "note"),
    ("entry", "body"),
    ("entry", "line"),
    ("line", "line"),
    ("line", "note"),
    ("note", "note"),
    ("note", "body"),
    ("note", "line"),
    ("fold", "fold"),
    ("fold", "buttons"),
    ("buttons", "buttons"),
}
"""What follows what without a free line between."""

_RULER: Final = Console(file=io.StringIO(), width=80, force_terminal=False, color_system=None)
"""rich asks for a console to wrap a text, and uses it only where a text is to be justified."""


def _size(fold: Fold) -> int:
    return sum(len(inline.text) for paragraph in fold.paragraphs for inline in paragraph.inlines)


def _address(url: str) -> str | None:
    """The address as ASCII that ends no escape sequence; None where it is not one to offer."""
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return None
    try:
        return quote(one_line(url).replace(" ", "%20"), safe="!#$%&'()*+,/:;=?@[]~-._")
    except UnicodeEncodeError:
        return None
