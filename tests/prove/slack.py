"""Slack as a side of the proof: one workspace, half of whose channels want a day's papers in one thread."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from bot.model import Address, ChatKind, StoredPaper
from tests.fakes.slack.remote import RemoteSlack, spawn
from tests.prove.side import FLOOD, Arrived, Place, drawn, harms_met, in_words

PER_MINUTE: Final = 6000
_POST: Final = "chat.postMessage"
_HARMS: Final[Mapping[str, dict[str, Any]]] = {
    "answers lost after posting": {"harm": "drop", "posted": True, "left": 3, "method": _POST},
    "requests lost": {"harm": "drop", "left": 3, "method": _POST},
    "502 after posting": {"harm": "page", "posted": True, "left": 2, "method": _POST},
    "500 before posting": {"harm": "page", "status": 500, "left": 2, "method": _POST},
    "stall after posting": {"harm": "stall", "seconds": 6, "posted": True, "left": 1, "method": _POST},
    "stall before posting": {"harm": "stall", "seconds": 6, "left": 1, "method": _POST},
    "garbled answers": {"harm": "garble", "posted": True, "left": 1, "method": _POST},
    "halved answers": {"harm": "truncate", "posted": True, "left": 1, "method": _POST},
    "told to wait": {"harm": "flood", "left": 1, "holds": True, "method": _POST},
    FLOOD: {"harm": "flood", "left": 6, "holds": True, "method": _POST},
    "fatal_error after posting": {"harm": "refuse", "posted": True, "left": 1, "error": "fatal_error", "method": _POST},
    "look-ups that fail": {"harm": "page", "left": 2, "method": "conversations.history"},
}


class SlackSide:
    """The fake Slack and its people."""

    name = "slack"
    harms = tuple(_HARMS)
    threads = True
    corrected = 1
    settle_seconds = 300.0

    def __init__(self, remote: RemoteSlack) -> None:
        self._remote = remote
        self._admin = ""
        self._dms: dict[str, str] = {}
        self.settings = {
            "BOT_SLACK__BOT_TOKEN": remote.bot_token,
            "BOT_SLACK__APP_TOKEN": remote.app_token,
            "BOT_SLACK__API_BASE": remote.api_base,
            "BOT_SLACK__WORKSPACE_PER_MINUTE": str(PER_MINUTE),
            "BOT_SLACK__TIMEOUT_SECONDS": "4",
        }

    async def places(self, count: int) -> list[Place]:
        """Three in ten are people."""
        [admin] = await self._remote.ask("people", admin=True)
        self._admin = admin["user"]
        people = await self._remote.ask("people", count=count * 3 // 10)
        self._dms = {each["user"]: each["dm"] for each in people}
        channels = await self._remote.ask("channels", count=count - len(people))
        return [
            *self._all(ChatKind.PRIVATE, self._dms),
            *self._all(ChatKind.CHANNEL, channels),
        ]

    def _all(self, kind: ChatKind, ids: Iterable[str]) -> list[Place]:
        return [Place(each, Address(lane=f"slack:{self._remote.team}", chat=each), kind) for each in ids]

    def prints(self, stored: StoredPaper, keys: Iterable[str]) -> set[str]:
        """The marks of its debts, which the messages carry."""
        return {hashlib.blake2b(key.encode(), digest_size=16, person=b"paperboy").hexdigest() for key in keys}

    async def count(self) -> int:
        """How many messages have arrived."""
        return int(await self._remote.ask("posts"))

    async def arrived(self) -> list[Arrived]:
        """All messages that arrived, heads too."""
        names = {dm: user for user, dm in self._dms.items()}
        return [
            Arrived(names.get(post["channel"], post["channel"]), post["key"], post["at"])
            for post in await self._remote.ask("record")
        ]

    async def stands(self, place: Place) -> list[str]:
        """What is visible there, blocks and all."""
        shown = await self._remote.ask("messages", channel=self._dms.get(place.name, place.name))
        return [str(each) for each in shown]

    async def talk(self) -> None:
        """Nobody does: posts carry a mark here."""

    async def harm(self, name: str, rng: random.Random, seconds: int = 0) -> str:
        """Put it on the fake's script."""
        order = drawn(_HARMS[name], rng, seconds)
        await self._remote.ask("fault", **order)
        return in_words(name, order)

    async def calm(self) -> None:
        """Nothing is on the script any more."""
        await self._remote.ask("fault", clear=True)

    async def dark(self, seconds: float) -> None:
        """Connections are cut and refused."""
        await self._remote.ask("dark", seconds=seconds)

    async def lose(self, place: Place) -> None:
        """The channel throws the app out; a person leaves nothing to throw out of."""
        if place.kind is not ChatKind.PRIVATE:
            await self._remote.ask("does", user=self._admin, channel=place.name, deed="removes_bot")

    async def move(self, place: Place) -> bool:
        """Channels keep their ids."""
        return False

    async def broken(self) -> Mapping[str, int]:
        """Nothing that is not told by `blamed`."""
        return {}

    async def blamed(self) -> Sequence[float]:
        """When Slack refused something as too fast or too early, or held something else against the program."""
        return list((await self._remote.stats()).violated_at)

    async def met(self) -> Mapping[str, int]:
        """How many requests ended in which harm."""
        return harms_met((await self._remote.stats()).requests)

    async def complaints(self) -> list[str]:
        """What it holds against the program, in words."""
        return [f"held against it: {each}" for each in (await self._remote.stats()).first_violations]


@asynccontextmanager
async def slack(folder: Path, seed: int) -> AsyncIterator[SlackSide]:
    """A fake Slack of its own."""
    arguments = ("--seed", str(seed), "--per-minute", str(PER_MINUTE), "--strict", "0")
    async with spawn(*arguments) as remote:
        yield SlackSide(remote)
