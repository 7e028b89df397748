"""Whether the first word of what somebody says in private, without a slash, is a command or a word like the others."""

from __future__ import annotations

from collections.abc import Collection

from bot.adapters.base import Command
from bot.commands.settings import understood
from bot.commands.tags import filtered
from bot.commands.visit import Visit


async def meant(visit: Visit, event: Command, name: str, names: Collection[str]) -> bool:
    """Whether the command `name` is meant, of which and its aliases `names` are: where it makes something of the rest.

    `settings 9` sets an hour, `settings of the experiments` is searched for; `검색 증강 생성` is a term.
    """
    rest = event.argument.strip()
    if not rest or not event.line:
        return True
    match name:
        case "search":
            return not _is_term(visit, event.line)
        case "tags":
            return bool(filtered(visit, rest, await visit.desk.store.papers.tags()))
        case "settings":
            return understood(rest)[0] is not None
        case "why":
            return event.about is not None or bool(await visit.desk.store.papers.titled(rest, 1))
        case "help":
            return rest.removeprefix("/").casefold() in names
        case "start" | "subscriptions":
            return False
        case _:
            return True


def _is_term(visit: Visit, line: str) -> bool:
    words = line.casefold().split()
    return any(visit.desk.lexicon.translations_of(words[:size]) for size in range(2, len(words) + 1))
