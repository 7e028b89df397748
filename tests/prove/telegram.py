"""Telegram as a side of the proof."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from bot.adapters.telegram.render import render
from bot.adapters.telegram.trail import COUNTED_APART
from bot.formatting import paper_message
from bot.model import Address, ChatKind, StoredPaper
from tests.fakes.telegram.remote import RemoteTelegram, spawn
from tests.prove.side import FLOOD, Arrived, Place, drawn, harms_met, in_words

RATE: Final = 150
PER_MINUTE: Final = 60
"""More than Telegram's 20 for a group: a run with its corrections and look-ups would take many minutes."""
_POST: Final = "sendMessage"
_HARMS: Final[Mapping[str, dict[str, Any]]] = {
    "answers lost after posting": {"harm": "drop", "posted": True, "left": 3, "method": _POST},
    "requests lost": {"harm": "drop", "left": 3, "method": _POST},
    "502 after posting": {"harm": "page", "posted": True, "left": 2, "method": _POST},
    "502 before posting": {"harm": "page", "left": 2, "method": _POST},
    "500 before posting": {"harm": "page", "status": 500, "left": 2, "method": _POST},
    "stall after posting": {"harm": "stall", "seconds": 6, "posted": True, "left": 1, "method": _POST},
    "stall before posting": {"harm": "stall", "seconds": 6, "left": 1, "method": _POST},
    "garbled answers": {"harm": "garble", "posted": True, "left": 1, "method": _POST},
    "halved answers": {"harm": "truncate", "posted": True, "left": 1, "method": _POST},
    "a chat told to wait": {"harm": "flood", "left": 1, "holds": True, "method": _POST},
    FLOOD: {"harm": "flood", "left": 8, "holds": True, "method": _POST},
    "edits that fail": {"harm": "page", "left": 3, "method": "editMessageText"},
}


class TelegramSide:
    """The fake Telegram and its people."""

    name = "telegram"
    harms = tuple(_HARMS)
    threads = False
    corrected = 2
    settle_seconds = 150.0

    def __init__(self, remote: RemoteTelegram, seed: int) -> None:
        self._remote = remote
        self._lane = f"telegram:{remote.token.partition(':')[0]}"
        self._owner = 0
        self._moved: dict[str, str] = {}
        self._rng = random.Random(seed)
        self._talked: list[int] = []
        self._said: dict[tuple[int, int], str] = {}
        self.settings = {
            "BOT_TELEGRAM__TOKEN": remote.token,
            "BOT_TELEGRAM__API_BASE": remote.url,
            "BOT_TELEGRAM__PER_SECOND": str(RATE),
            "BOT_TELEGRAM__GROUP_PER_MINUTE": str(PER_MINUTE),
            "BOT_TELEGRAM__TIMEOUT_SECONDS": "4",
        }

    async def places(self, count: int) -> list[Place]:
        """Four in ten are people; groups, supergroups and channels."""
        ask = self._remote.ask
        [self._owner] = await ask("people")
        groups = {"owner": self._owner, "count": count // 10}
        people = await ask("people", count=count - count // 10 * 6)
        plain = await ask("groups", **groups, supergroup=False)
        supergroups = await ask("groups", **groups)
        channels = await ask("channels", owner=self._owner, count=count // 10 * 4)
        self._talked = supergroups + channels
        return [
            *self._all(ChatKind.PRIVATE, people),
            *self._all(ChatKind.GROUP, [*plain, *supergroups]),
            *self._all(ChatKind.CHANNEL, channels),
        ]

    def _all(self, kind: ChatKind, ids: list[int]) -> list[Place]:
        return [Place(str(each), Address(lane=self._lane, chat=str(each)), kind, each < COUNTED_APART) for each in ids]

    def prints(self, stored: StoredPaper, keys: Iterable[str]) -> set[str]:
        """The hash of its HTML, under which the fake's record keeps it."""
        text = str(render(paper_message(stored, (), language="ko")).params["text"])
        return {hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}

    async def count(self) -> int:
        """How many messages have arrived."""
        return int(await self._remote.ask("posts"))

    async def arrived(self) -> list[Arrived]:
        """All messages that arrived."""
        names = {new: old for old, new in self._moved.items()}
        return [
            Arrived(names.get(str(post["chat"]), str(post["chat"])), post["text"], post["at"])
            for post in await self._remote.ask("record")
        ]

    async def stands(self, place: Place) -> list[str]:
        """The texts of what is visible there."""
        chats = [place.name, *([self._moved[place.name]] if place.name in self._moved else [])]
        found: list[str] = []
        for chat in chats:
            whose = {"user": int(chat)} if place.kind is ChatKind.PRIVATE else {"user": self._owner, "chat": int(chat)}
            shown = await self._remote.ask("messages", **whose)
            found += [str(each.get("text", "")) for each in shown]
        return found

    async def talk(self) -> None:
        """The owner posts in a channel, where the program could change that, or speaks in a supergroup."""
        chat = self._rng.choice(self._talked)
        text = f"{len(self._said)}번째 여담"
        message = await self._remote.ask("says", user=self._owner, chat=chat, text=text)
        self._said[chat, message] = text

    async def _spoilt(self) -> int:
        """How many words of others are not what they were."""
        stands = {
            (chat, each["message_id"]): each.get("text")
            for chat in {chat for chat, _ in self._said}
            for each in await self._remote.ask("messages", chat=chat)
        }
        return sum(stands.get(where) != text for where, text in self._said.items())

    async def harm(self, name: str, rng: random.Random, seconds: int = 0) -> str:
        """Put it on the fake's script."""
        order = drawn(_HARMS[name], rng, seconds)
        if "seconds" in order:
            order["parameters"] = {"retry_after": order["seconds"]}
        await self._remote.ask("fault", **order)
        return in_words(name, order)

    async def calm(self) -> None:
        """Nothing is on the script any more."""
        await self._remote.ask("fault", clear=True)

    async def dark(self, seconds: float) -> None:
        """Connections are cut and refused."""
        await self._remote.ask("dark", seconds=seconds)

    async def lose(self, place: Place) -> None:
        """The person blocks the bot; a group or channel throws it out."""
        if place.kind is ChatKind.PRIVATE:
            await self._remote.ask("does", user=int(place.name), deed="blocks")
        else:
            await self._remote.ask("does", user=self._owner, chat=int(place.name), deed="removes_bot")

    async def move(self, place: Place) -> bool:
        """A group becomes a supergroup."""
        if place.kind is not ChatKind.GROUP or place.seen:
            return False
        new = await self._remote.ask("does", user=self._owner, chat=int(place.name), deed="upgrades")
        self._moved[place.name] = str(new)
        return True

    async def broken(self) -> Mapping[str, int]:
        """What nothing excuses: more in a second than the rate, and words of others that were changed."""
        stats = await self._remote.stats()
        found = Counter[str]()
        if stats.busiest_second > RATE:
            found["too many in a second"] = stats.busiest_second - RATE
        found["words of others changed"] = await self._spoilt()
        return found

    async def blamed(self) -> Sequence[float]:
        """When Telegram refused something as too fast or too early, or held something else against the program."""
        return list((await self._remote.stats()).violated_at)

    async def met(self) -> Mapping[str, int]:
        """How many requests ended in which harm."""
        return harms_met((await self._remote.stats()).requests)

    async def complaints(self) -> list[str]:
        """What it holds against the program, in words."""
        return [f"held against it: {each}" for each in (await self._remote.stats()).first_violations]


@asynccontextmanager
async def telegram(folder: Path, seed: int) -> AsyncIterator[TelegramSide]:
    """A fake Telegram of its own."""
    async with spawn(
        "--seed", str(seed), "--per-second", str(RATE), "--per-minute", str(PER_MINUTE), "--strict", "0"
    ) as remote:
        yield TelegramSide(remote, seed)
