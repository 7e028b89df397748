"""Every ugly way in which a request can end, scripted for the next so many of them or drawn by lot."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Harm(StrEnum):
    """What happens to the answer."""

    DROP = "drop"  # the connection is cut without an answer
    PAGE = "page"  # a proxy's HTML page with `status`
    STALL = "stall"  # nothing for `seconds`, then the connection is cut
    FLOOD = "flood"  # 429 with `seconds`
    GARBLE = "garble"  # 200 with a body that is no JSON
    TRUNCATE = "truncate"  # half of the body, then the connection is cut
    REFUSE = "refuse"  # an API error with `status`, `description`, `parameters`


@dataclass(slots=True, kw_only=True)
class Fault:
    """A harm and whom it meets. `posted`: the request takes effect all the same. `left` requests are still to be hit.

    `holds`: the chat that met it must stay silent for `seconds`, or is refused again and blamed.
    `method` and `chat` (an id) narrow it; `chance` hits only some, by the seeded lot.
    """

    harm: Harm
    left: int = 1
    method: str | None = None
    chat: int | None = None
    chance: float = 1.0
    posted: bool = False
    status: int = 502
    seconds: float = 0.0
    description: str = ""
    parameters: dict[str, Any] | None = None
    holds: bool = False
    hits: int = 0


class Faults:
    """The script. Faults are tried in the order in which they were added; one request meets at most one."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.script: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault on the script; its `hits` tell later whom it met."""
        self.script.append(fault)
        return fault

    def lose_answer(self, times: int = 1, *, method: str | None = None, chat: int | None = None) -> Fault:
        """The request takes effect, and the connection is cut before the answer."""
        return self.add(Fault(harm=Harm.DROP, left=times, method=method, chat=chat, posted=True))

    def lose_request(self, times: int = 1, *, method: str | None = None, chat: int | None = None) -> Fault:
        """The connection is cut, and nothing came of the request."""
        return self.add(Fault(harm=Harm.DROP, left=times, method=method, chat=chat))

    def page(
        self, status: int = 502, times: int = 1, *, posted: bool, method: str | None = None, chat: int | None = None
    ) -> Fault:
        """An HTML page, as proxies give, before or after the request took effect."""
        return self.add(Fault(harm=Harm.PAGE, left=times, method=method, chat=chat, posted=posted, status=status))

    def stall(
        self, seconds: float, times: int = 1, *, posted: bool, method: str | None = None, chat: int | None = None
    ) -> Fault:
        """No answer for so long, and none after that."""
        return self.add(Fault(harm=Harm.STALL, left=times, method=method, chat=chat, posted=posted, seconds=seconds))

    def flood(
        self,
        retry_after: int,
        times: int = 1,
        *,
        parameters: bool = True,
        holds: bool = False,
        method: str | None = None,
        chat: int | None = None,
    ) -> Fault:
        """429; without `parameters` only the words tell how long. `holds`: who asks again too early is blamed."""
        extra = {"retry_after": retry_after} if parameters else None
        return self.add(
            Fault(
                harm=Harm.FLOOD,
                left=times,
                method=method,
                chat=chat,
                seconds=retry_after,
                parameters=extra,
                holds=holds,
            )
        )

    def garble(self, times: int = 1, *, posted: bool, method: str | None = None, chat: int | None = None) -> Fault:
        """200 with something that is no JSON."""
        return self.add(Fault(harm=Harm.GARBLE, left=times, method=method, chat=chat, posted=posted))

    def truncate(self, times: int = 1, *, posted: bool, method: str | None = None, chat: int | None = None) -> Fault:
        """Half of an answer."""
        return self.add(Fault(harm=Harm.TRUNCATE, left=times, method=method, chat=chat, posted=posted))

    def refuse(
        self,
        status: int,
        description: str,
        times: int = 1,
        *,
        method: str | None = None,
        chat: int | None = None,
        **parameters: Any,
    ) -> Fault:
        """Any error of the API, in its own words, prefix included."""
        return self.add(
            Fault(
                harm=Harm.REFUSE,
                left=times,
                method=method,
                chat=chat,
                status=status,
                description=description,
                parameters=parameters or None,
            )
        )

    def storm(self, chance: float, *harms: Fault) -> None:
        """From now on, hit requests by lot: each of `harms` with an equal part of `chance`, for ever."""
        for harm in harms:
            harm.chance = chance / len(harms)
            harm.left = 1_000_000_000
            self.add(harm)

    def clear(self) -> None:
        """Fair weather."""
        self.script.clear()

    def meets(self, method: str, chat: object) -> Fault | None:
        """The fault that this request runs into, used up by one."""
        for fault in self.script:
            if fault.method not in (None, method) or (fault.chat is not None and str(fault.chat) != str(chat)):
                continue
            if fault.chance < 1.0 and self.random.random() >= fault.chance:
                continue
            fault.left -= 1
            fault.hits += 1
            if fault.left <= 0:
                self.script.remove(fault)
            return fault
        return None
