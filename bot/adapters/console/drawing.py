"""A message made safe for a terminal, and what in it can be chosen.

Nothing that came from a digest is obeyed: a terminal's control letters are taken out here, and what is left is
letters only.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final, assert_never

from bot.message import Block, Button, Fold, Inline, Message, Paragraph, Style, Text

Choice = Button | Fold

# A terminal obeys C0 and C1 controls; the marks of writing direction make a reader see other letters than there
# are; lone surrogates cannot be written at all.
_UNSEEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029\x85]")
_SPACES: Final = re.compile("[\t\x0b\x0c]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A message without anything that a terminal would obey, and what in it can be chosen, in reading order."""

    message: Message
    choices: tuple[Choice, ...]

    @property
    def name(self) -> str:
        """A short name of what can be read, the buttons left out (16 hex digits), the same in every run."""
        return hashlib.blake2b(repr(self.message.blocks).encode(), digest_size=8).hexdigest()

    @property
    def title(self) -> str:
        """The message's title line, else its summary."""
        for block in self.message.blocks:
            if isinstance(block, Paragraph) and block.role == "title":
                return one_line("".join(inline.text for inline in block.inlines))
        return self.message.summary


def render(message: Message) -> Drawing:
    """Draw a message; the numbers of its choices are given when it is printed (`lay_out`)."""
    clean = Message(
        summary=one_line(message.summary),
        blocks=tuple(_block(block) for block in message.blocks),
        buttons=tuple(tuple(_button(button) for button in row) for row in message.buttons),
    )
    folds: list[Choice] = [block for block in clean.blocks if isinstance(block, Fold)]
    return Drawing(
        message=clean,
        choices=(*folds, *(button for row in clean.buttons for button in row if _can_be_pressed(button))),
    )


def _can_be_pressed(button: Button) -> bool:
    return button.action is not None and button.url is None


def unfold(drawing: Drawing, fold: Fold) -> Drawing:
    """What a fold of a drawn message holds, under a line that says of what."""
    head = Paragraph((Text(f"▾ {fold.title}", Style.BOLD), Text(f" · {drawing.title}")), "note")
    return Drawing(message=Message(summary=fold.title, blocks=(head, *fold.paragraphs)), choices=())


def own_number(choice: Choice) -> int | None:
    """The number that a choice has by itself: that of a button labelled with nothing else (a search result's)."""
    if isinstance(choice, Button) and re.fullmatch("[1-9][0-9]{0,2}", choice.label):
        return int(choice.label)
    return None


def only_buttons(drawing: Drawing) -> Drawing:
    """The same message with nothing but its buttons left."""
    return render(replace(drawing.message, blocks=()))


def _letters(text: str) -> str:
    text = _SPACES.sub(" ", _BREAKS.sub("\n", text))
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text))


def one_line(text: str) -> str:
    """Letters that a terminal may be given, on one line."""
    return " ".join(_letters(text).split())


def _inline(inline: Inline) -> Inline:
    return replace(inline, text=_letters(inline.text))


def _paragraph(paragraph: Paragraph) -> Paragraph:
    return replace(paragraph, inlines=tuple(_inline(inline) for inline in paragraph.inlines))


def _block(block: Block) -> Block:
    match block:
        case Paragraph():
            return _paragraph(block)
        case Fold():
            return Fold(one_line(block.title), tuple(_paragraph(each) for each in block.paragraphs))
        case _:
            assert_never(block)


def _button(button: Button) -> Button:
    return replace(button, label=one_line(button.label))
