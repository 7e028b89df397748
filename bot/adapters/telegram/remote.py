"""Buttons in a private chat that act on a group or channel: their data ends in the chat's id. Pure.

`1s:time.09:00@c1aqbtb8w` is the setting `time` of a channel. The id is no secret and no right: who presses is asked
for again, each time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.adapters.telegram.render import Body, Key
from bot.message import (
    ACTION_BYTES,
    Action,
    ChangeSetting,
    ChatFollowTag,
    RunCommand,
    SearchLiterally,
    SetChatTag,
    ShowPage,
    Unsubscribe,
    base36,
    decode_action,
)
from bot.model import ChatKind

_SUFFIX: Final = re.compile(r"(.*)@([cg])([0-9a-z]{1,12})(?:\.([0-9a-z]{1,10}))?", re.DOTALL)
_LETTERS: Final = {ChatKind.CHANNEL: "c", ChatKind.GROUP: "g"}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}
_FOR_ANYBODY: Final = frozenset({"help", "tags", "latest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A shared chat: its id is negative."""

    chat: int
    kind: ChatKind
    thread: str = ""

    @property
    def suffix(self) -> str:
        """What is put behind the data of a button."""
        thread = f".{base36(int(self.thread))}" if self.thread else ""
        return f"@{_LETTERS[self.kind]}{base36(-self.chat)}{thread}"


def split(data: str) -> tuple[str, Remote | None]:
    """A button's data without its suffix, and the chat that this names."""
    found = _SUFFIX.fullmatch(data)
    if found is None:
        return data, None
    thread = str(int(found[4], 36)) if found[4] else ""
    return found[1], Remote(chat=-int(found[3], 36), kind=_KINDS[found[2]], thread=thread)


def acting_on(body: Body, remote: Remote | None, *, about: bool) -> Body:
    """The same message with buttons that act on that chat; those that do not fit are left out. Where it is not `about`
    the chat, only its pages are that chat's."""
    if remote is None:
        return body
    rows = (tuple(key for one in row if (key := _aimed(one, remote, about)) is not None) for row in body.keyboard)
    return Body(text=body.text, keyboard=tuple(row for row in rows if row))


def concerns_chat(action: Action) -> bool:
    """Whether an action shows or changes what belongs to the chat, and not to the person who presses."""
    match action:
        case ChangeSetting() | ChatFollowTag() | SetChatTag() | Unsubscribe():
            return True
        case RunCommand(name=name):
            return name not in _FOR_ANYBODY
        case _:
            return False


def goes_there(action: Action) -> bool:
    """Whether the button of an action carries the chat's id; what others have behind their data is forged."""
    return concerns_chat(action) or isinstance(action, ShowPage | SearchLiterally)


def _aimed(key: Key, remote: Remote, about: bool) -> Key | None:
    action = decode_action(key.get("callback_data", ""))
    if action is None or not goes_there(action) or (concerns_chat(action) and not about):
        return key
    data = key["callback_data"] + remote.suffix
    return key | {"callback_data": data} if len(data) <= ACTION_BYTES else None
