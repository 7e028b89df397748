"""What people type to us, from the form in which Slack passes it on. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.adapters.slack.happened import Kind, text_at

WORDS: Final = frozenset(
    {
        "search", "subscribe", "unsubscribe", "subscriptions", "tags", "latest", "settings", "help", "start", "why",
        "similar",
        "검색", "구독", "구독취소", "구독해지", "구독목록", "태그", "최신", "설정", "도움말", "시작", "왜",
        "비슷한논문",
    }
)  # fmt: skip
"""Words that are a command where a person's private message begins with one."""

_REFERENCE: Final = re.compile(r"<([@#!][^<>|\s]+|[a-z]{2,12}:[^<>|\s]+)(?:\|([^<>]*))?>")
_EMOJI: Final = re.compile(r"(?<![A-Za-z0-9_:])(?::[a-z0-9_+'-]+:)+(?![A-Za-z0-9_])")
_UNNAMED: Final = re.compile(r"<#([A-Z0-9]{2,20})(?:\|)?>")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """What a person typed, from the form in which Slack passes it on: references by their labels, nothing escaped."""
    known = names or {}

    def label(found: re.Match[str]) -> str:
        target, said = found[1], found[2] or ""
        sign, rest = target[:1], target[1:]
        if sign == "#":
            return f"#{said or known.get(rest, rest)}"
        if sign == "@":
            return f"@{said or rest}"
        if sign == "!":
            return said or f"@{rest.partition('^')[0]}"
        return said or target.removeprefix("mailto:")

    words = _REFERENCE.sub(label, text)
    for entity, letter in _ENTITIES:
        words = words.replace(entity, letter)
    return words


def asked(text: str, names: Mapping[str, str] | None = None) -> str:
    """The same without emoji, which come as words (`:robot_face:`), unless there is nothing else."""
    words = plain(text, names).strip()
    return _EMOJI.sub(" ", words).strip() or words


def unnamed(kind: Kind, body: Mapping[str, Any]) -> frozenset[str]:
    """The channels that a message mentions by nothing but their ids."""
    return frozenset(_UNNAMED.findall(text_at(body, "event", "text"))) if kind == "event" else frozenset()


def spelled(command: str, text: str, commands: Mapping[str, str]) -> tuple[str, str]:
    """The command that a slash command stands for, and its argument. Its name may be an older one."""
    name = command.removeprefix("/").casefold()
    last = name.rpartition("-")[2]
    alias = commands.get(name, last if last in WORDS else "")
    words = asked(text)
    if alias:
        return alias, words
    return first_word(words, name) or ("help", "")


def own_name(commands: Mapping[str, str]) -> str:
    """The slash command that takes all subcommands."""
    return next((name for name, alias in commands.items() if not alias), "")


def first_word(words: str, own: str) -> tuple[str, str] | None:
    """A command and its argument, where anything was typed at all; `own`, the slash command's name, may come first."""
    first, rest = _cut(words)
    if first.removeprefix("/").casefold() == own:
        first, rest = _cut(rest)
    name = first.removeprefix("/").rstrip(":,")
    return (name, rest) if name else None


def _cut(words: str) -> tuple[str, str]:
    first, rest = [*words.split(None, 1), "", ""][:2]
    return first, rest.strip()
