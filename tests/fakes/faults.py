"""Every ugly way in which a request can end, scripted for the next so many of them or drawn by lot.

A platform's own `faults.py` says by what its faults are narrowed, and how it refuses.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from aiohttp import web


class Harm(StrEnum):
    """What happens to the answer."""

    DROP = "drop"  # the connection is cut without an answer
    PAGE = "page"  # a proxy's HTML page with `status`
    STALL = "stall"  # nothing for `seconds`, then the connection is cut
    SLOW = "slow"  # the request takes effect, and is answered after `seconds`
    FLOOD = "flood"  # 429 with `seconds`
    GARBLE = "garble"  # 200 with a body that is no JSON
    TRUNCATE = "truncate"  # half of the body, then the connection is cut
    REFUSE = "refuse"  # an error of the API


@dataclass(slots=True, kw_only=True)
class Fault:
    """A harm and whom it meets. `posted`: the request takes effect all the same. `left` requests are still to be hit.

    `method` narrows it; `chance` hits only some, by the seeded lot. `holds`: who was told to wait `seconds` and does
    not is refused again and blamed.
    """

    harm: Harm
    left: int = 1
    method: str | None = None
    chance: float = 1.0
    posted: bool = False
    status: int = 502
    seconds: float = 0.0
    holds: bool = False
    hits: int = 0

    def __post_init__(self) -> None:
        if self.harm is Harm.SLOW:
            self.posted = True

    def fits(self, method: str, *where: object) -> bool:
        """Whether it is meant for a request of this method to that place."""
        return self.method in (None, method)


F = TypeVar("F", bound=Fault)


class Script(Generic[F]):
    """Faults are tried in the order in which they were added; one request meets at most one.

    The keywords of each deed beyond its own are `method` and what else the platform's `Fault` is narrowed by.
    """

    kind: type[F]

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.script: list[F] = []

    def add(self, fault: F) -> F:
        """Put a fault on the script; its `hits` tell later whom it met."""
        self.script.append(fault)
        return fault

    def lose_answer(self, times: int = 1, **whom: Any) -> F:
        """The request takes effect, and the connection is cut before the answer."""
        return self.add(self.kind(harm=Harm.DROP, left=times, posted=True, **whom))

    def lose_request(self, times: int = 1, **whom: Any) -> F:
        """The connection is cut, and nothing came of the request."""
        return self.add(self.kind(harm=Harm.DROP, left=times, **whom))

    def page(self, status: int = 502, times: int = 1, *, posted: bool, **whom: Any) -> F:
        """An HTML page, as proxies give, before or after the request took effect."""
        return self.add(self.kind(harm=Harm.PAGE, left=times, posted=posted, status=status, **whom))

    def stall(self, seconds: float, times: int = 1, *, posted: bool, **whom: Any) -> F:
        """No answer for so long, and none after that."""
        return self.add(self.kind(harm=Harm.STALL, left=times, posted=posted, seconds=seconds, **whom))

    def slow(self, seconds: float, times: int = 1, **whom: Any) -> F:
        """The request takes effect, and its answer comes so much later."""
        return self.add(self.kind(harm=Harm.SLOW, left=times, seconds=seconds, **whom))

    def garble(self, times: int = 1, *, posted: bool, **whom: Any) -> F:
        """200 with something that is no JSON."""
        return self.add(self.kind(harm=Harm.GARBLE, left=times, posted=posted, **whom))

    def truncate(self, times: int = 1, *, posted: bool, **whom: Any) -> F:
        """Half of an answer."""
        return self.add(self.kind(harm=Harm.TRUNCATE, left=times, posted=posted, **whom))

    def storm(self, chance: float, *harms: F) -> None:
        """From now on, hit requests by lot: each of `harms` with an equal part of `chance`, for ever."""
        for harm in harms:
            harm.chance = chance / len(harms)
            harm.left = 1_000_000_000
            self.add(harm)

    def clear(self) -> None:
        """Fair weather."""
        self.script.clear()

    def meets(self, method: str, *where: object) -> F | None:
        """The fault that this request runs into, used up by one."""
        for fault in self.script:
            if not fault.fits(method, *where) or (fault.chance < 1.0 and self.random.random() >= fault.chance):
                continue
            fault.left -= 1
            fault.hits += 1
            if fault.left <= 0:
                self.script.remove(fault)
            return fault
        return None


async def harm(request: web.BaseRequest, fault: Fault, answer: dict[str, Any]) -> web.StreamResponse:
    """What a fault makes of an answer that is not the platform's own."""
    match fault.harm:
        case Harm.PAGE:
            page = f"<html>\r\n<head><title>{fault.status} Bad Gateway</title></head>\r\n</html>\r\n"
            return web.Response(status=fault.status, text=page, content_type="text/html")
        case Harm.GARBLE:
            return web.Response(body=b'{"ok":true,"result":{"id":', content_type="application/json")
        case Harm.STALL:
            await asyncio.sleep(fault.seconds)
        case Harm.TRUNCATE:
            body = json.dumps(answer).encode()
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            response.content_length = len(body)
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
        case Harm.DROP:
            pass
        case Harm.SLOW | Harm.FLOOD | Harm.REFUSE:
            raise AssertionError("these answers are the platform's own")
    if request.transport is not None:
        request.transport.close() if fault.harm is Harm.TRUNCATE else request.transport.abort()
    return web.Response()
