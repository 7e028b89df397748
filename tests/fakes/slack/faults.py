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
    REFUSE = "refuse"  # 200 with `ok` false and `error`


@dataclass(slots=True, kw_only=True)
class Fault:
    """A harm and whom it meets. `posted`: the request takes effect all the same. `left` requests are still to be hit.

    `method`, `channel` (an id) and `team` (an id) narrow it; `chance` hits only some, by the seeded lot. `holds`: who
    was told to wait `seconds` and does not is refused again and blamed.
    """

    harm: Harm
    left: int = 1
    method: str | None = None
    channel: str | None = None
    team: str | None = None
    chance: float = 1.0
    posted: bool = False
    status: int = 502
    seconds: float = 0.0
    header: bool = True
    error: str = "fatal_error"
    extra: dict[str, Any] | None = None
    holds: bool = False
    hits: int = 0


class Faults:
    """The script. Faults are tried in the order in which they were added; one request meets at most one.

    The keywords of each deed beyond its own are `method`, `channel` and `team`, which narrow whom it meets.
    """

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.script: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault on the script; its `hits` tell later whom it met."""
        self.script.append(fault)
        return fault

    def lose_answer(self, times: int = 1, **whom: str | None) -> Fault:
        """The request takes effect, and the connection is cut before the answer."""
        return self.add(_fault(Harm.DROP, times, whom, posted=True))

    def lose_request(self, times: int = 1, **whom: str | None) -> Fault:
        """The connection is cut, and nothing came of the request."""
        return self.add(_fault(Harm.DROP, times, whom))

    def page(self, status: int = 502, times: int = 1, *, posted: bool, **whom: str | None) -> Fault:
        """An HTML page, as proxies give, before or after the request took effect."""
        return self.add(_fault(Harm.PAGE, times, whom, posted=posted, status=status))

    def stall(self, seconds: float, times: int = 1, *, posted: bool, **whom: str | None) -> Fault:
        """No answer for so long, and none after that."""
        return self.add(_fault(Harm.STALL, times, whom, posted=posted, seconds=seconds))

    def flood(
        self, retry_after: int, times: int = 1, *, header: bool = True, holds: bool = False, **whom: str | None
    ) -> Fault:
        """429; without `header` nothing tells how long. `holds`: who asks again too early is blamed."""
        return self.add(_fault(Harm.FLOOD, times, whom, seconds=retry_after, header=header, holds=holds))

    def garble(self, times: int = 1, *, posted: bool, **whom: str | None) -> Fault:
        """200 with something that is no JSON."""
        return self.add(_fault(Harm.GARBLE, times, whom, posted=posted))

    def truncate(self, times: int = 1, *, posted: bool, **whom: str | None) -> Fault:
        """Half of an answer."""
        return self.add(_fault(Harm.TRUNCATE, times, whom, posted=posted))

    def refuse(
        self,
        error: str,
        times: int = 1,
        *,
        posted: bool = False,
        extra: dict[str, Any] | None = None,
        **whom: str | None,
    ) -> Fault:
        """200 with any error of the API: "fatal_error", "ratelimited" in the body ... `extra` are more of its
        fields."""
        return self.add(_fault(Harm.REFUSE, times, whom, posted=posted, error=error, extra=extra))

    def storm(self, chance: float, *harms: Fault) -> None:
        """From now on, hit requests by lot: each of `harms` with an equal part of `chance`, for ever."""
        for harm in harms:
            harm.chance = chance / len(harms)
            harm.left = 1_000_000_000
            self.add(harm)

    def clear(self) -> None:
        """Fair weather."""
        self.script.clear()

    def meets(self, method: str, channel: object, team: str | None) -> Fault | None:
        """The fault that this request runs into, used up by one."""
        for fault in self.script:
            if fault.method not in (None, method) or fault.channel not in (None, channel):
                continue
            if fault.team not in (None, team) or (fault.chance < 1.0 and self.random.random() >= fault.chance):
                continue
            fault.left -= 1
            fault.hits += 1
            if fault.left <= 0:
                self.script.remove(fault)
            return fault
        return None


def _fault(harm: Harm, times: int, whom: dict[str, str | None], **more: Any) -> Fault:
    if unknown := whom.keys() - {"method", "channel", "team"}:
        raise TypeError(f"faults are narrowed by method, channel and team, not by {sorted(unknown)}")
    given: dict[str, Any] = {**whom, **more}
    return Fault(harm=harm, left=times, **given)
