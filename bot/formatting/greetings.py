"""What Paperboy says of itself: welcome, help, and short sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.formatting.lists import invitation, listed
from bot.formatting.paper import rows, tag_name, tag_rows
from bot.formatting.words import heading, say
from bot.message import Block, Button, Message, Paragraph, RunCommand, SetChatTag, Style, Text
from bot.model import Tag
from bot.strings import runs, text

COMMANDS: Final = (
    "search", "subscribe", "unsubscribe", "subscriptions", "tags", "latest", "similar", "why", "settings",
    "help",
)  # fmt: skip
"""The commands that a person is told about, in the order in which they are told."""

_BARE: Final = ("subscriptions", "tags", "latest", "settings")
_EXAMPLES: Final = ("together", "phrase", "tag", "author", "dates", "without", "either")


def menu(language: str) -> tuple[tuple[str, str], ...]:
    """Each command with what it does in a few words, for the menus that platforms keep."""
    return tuple((name, text(language, f"menu.{name}")) for name in COMMANDS)


def welcome_message(*, language: str, shared: bool, popular: Sequence[Tag], sample: bool, managers: str) -> Message:
    """The first words in a new chat. `managers` are those who may change a `shared` one, in a word or two."""
    hello = text(language, "welcome.hello")
    help_button = Button(text(language, "menu.help"), RunCommand("help"))
    if shared:
        blocks: tuple[Block, ...] = (
            Paragraph((Text(hello),)),
            Paragraph(say(language, "welcome.chat").inlines),
            say(language, "welcome.narrow", who=managers),
        )
        if sample:
            blocks += (say(language, "welcome.sample"),)
        settings = Button(text(language, "menu.settings"), RunCommand("settings"))
        return Message(summary=hello, blocks=blocks, buttons=((settings,), (help_button,)))
    blocks = (
        Paragraph((Text(hello),)),
        say(language, "welcome.tags" if popular else "welcome.ask", role="body"),
        say(language, "welcome.search", role="body"),
    )
    if sample:
        blocks += (say(language, "welcome.sample"),)
    everything = Button(text(language, "button.all_papers"), RunCommand("everything"))
    return Message(summary=hello, blocks=blocks, buttons=(*tag_rows(popular, ()), (everything, help_button)))


def welcome_back_message(
    *, language: str, shared: bool, names: Sequence[str], popular: Sequence[Tag], managers: str
) -> Message:
    """For a chat that is known already: what it follows; `managers` as above."""
    if shared:
        key = "welcome.known_chat" if names else "welcome.idle_chat"
        return notice(language, key, list=listed(names, language), who=managers)
    hello = text(language, "welcome.again")
    if names:
        then: tuple[Paragraph, ...] = (say(language, "welcome.following", list=listed(names, language)),)
        buttons: tuple[tuple[Button, ...], ...] = rows(_bare_buttons(language))
    else:
        then = (say(language, "welcome.nothing"), invitation(popular, language))
        buttons = tag_rows(popular, ())
    return Message(summary=hello, blocks=(Paragraph((Text(hello),)), *then), buttons=buttons)


def help_message(*, language: str, private: bool) -> Message:
    """All commands and the query language on one screen."""
    title = text(language, "help.title")
    blocks: list[Block] = [heading(title), say(language, "help.intro", role="body")]
    blocks += [
        Paragraph((Text(f"/{name}", Style.CODE), Text(f"  {does}"))) for name, does in menu(language) if name != "help"
    ]
    blocks.append(Paragraph((Text(text(language, "help.query"), Style.BOLD),)))
    blocks += [say(language, f"help.{name}", role="body") for name in _EXAMPLES]
    if private:
        blocks.append(say(language, "help.words"))
    return Message(summary=title, blocks=tuple(blocks), buttons=rows(_bare_buttons(language)))


def notice(
    language: str,
    key: str,
    /,
    *more: Paragraph,
    buttons: Sequence[Sequence[Button]] = (),
    **values: object,
) -> Message:
    """The sentence `key`, the paragraphs after it, and buttons."""
    first = say(language, key, role="body", **values)
    summary = "".join(run for run, _ in runs(language, key, **values))
    return Message(summary=summary, blocks=(first, *more), buttons=tuple(tuple(row) for row in buttons))


def offer_message(tag: Tag, *, language: str, following: bool, everything: bool) -> Message:
    """To an admin who pressed a tag in a shared chat: the same for the chat itself."""
    name = tag_name(tag)
    state = "off" if following else "everything" if everything else "on"
    label = text(language, "button.chat_unfollow" if following else "button.chat_follow", tag=name)
    action = SetChatTag(tag.id, on=int(not following))
    return notice(language, f"subscribe.offer_{state}", tag=name, buttons=[[Button(label, action)]])


def _bare_buttons(language: str) -> list[Button]:
    return [Button(text(language, f"menu.{name}"), RunCommand(name)) for name in _BARE]
