"""What Telegram shows of the bot by itself: command menus for each kind of chat and language, and its description."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bot.adapters.telegram.voice import Voice
from bot.formatting import menu
from bot.strings import LANGUAGES, text

log = logging.getLogger(__name__)

_MEMBERS: Final = ("search", "tags", "latest", "similar", "why", "help")
"""What everybody in a group is offered; its admins see all commands, as people do in private."""


def requests(language: str, *, ephemeral: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """The requests that set everything up. `language` is for people whose own has no sentences.

    `ephemeral`: what is chosen from a group's menu is seen by nobody else. Applications that cannot do that, and
    servers before Bot API 10.2, take no notice.
    """
    for code, spoken in (("", language), *((one, one) for one in LANGUAGES)):
        own = {"language_code": code} if code else {}
        commands: list[dict[str, Any]] = [{"command": name, "description": does} for name, does in menu(spoken)]
        shared = [one | {"is_ephemeral": True} if ephemeral else one for one in commands]
        members = [one for one in shared if one["command"] in _MEMBERS]
        for scope, offered in (
            ("all_private_chats", commands),
            ("all_group_chats", members),
            ("all_chat_administrators", shared),
        ):
            yield "setMyCommands", {"commands": offered, "scope": {"type": scope}, **own}
        hello, search = text(spoken, "welcome.hello"), text(spoken, "welcome.search").replace("`", "")
        yield "setMyDescription", {"description": f"{hello} {search}"[:512], **own}
        yield "setMyShortDescription", {"short_description": hello[:120], **own}


async def set_up(voice: Voice, language: str, bot: int, note: Path, *, ephemeral: bool) -> None:
    """Make these requests, unless `note` says that they were made: Telegram limits them, and they hardly change."""
    wanted = list(requests(language, ephemeral=ephemeral))
    name = hashlib.blake2b(json.dumps([bot, wanted]).encode(), digest_size=16).hexdigest()
    if await asyncio.to_thread(_noted, note) == name:
        return
    done = [await voice.tell(method, params) for method, params in wanted]
    if all(done):
        await asyncio.to_thread(_write, note, name)


def _noted(note: Path) -> str:
    try:
        return note.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _write(note: Path, name: str) -> None:
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(name + "\n", encoding="ascii")
    except OSError as error:
        log.info("the menus will be set again: %s", error.strerror)
