"""The strings of a fake that runs as a process of its own: POST JSON to `/fake/<deed>`, get JSON back.

These every fake has; a platform's own `control.py` has the others.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

from tests.fakes.faults import Harm

Order = dict[str, Any]
Deed = Callable[[Any, Order], Awaitable[Any]]


async def _fault(fake: Any, order: Order) -> Any:
    """Add a fault, with the fields of the platform's `Fault`; `clear` True removes all first."""
    if order.pop("clear", False):
        fake.faults.clear()
    if order:
        fake.faults.add(fake.faults.kind(**order | {"harm": Harm(order["harm"])}))
    return len(fake.faults.script)


async def _dark(fake: Any, order: Order) -> Any:
    """Refuse connections for so many `seconds`, this one included."""
    fake.dark_for(order["seconds"])


async def _limits(fake: Any, order: Order) -> Any:
    """Change the fields of `Limits` that are given; all of them."""
    for name, value in order.items():
        setattr(fake.limits, name, value)
    return asdict(fake.limits)


async def _posts(fake: Any, order: Order) -> Any:
    """How many posts there are, which costs nothing to ask."""
    return len(fake.record.posts)


async def _record(fake: Any, order: Order) -> Any:
    """Every post from number `since` (0) on."""
    return [asdict(post) for post in fake.record.posts[order.get("since", 0) :]]


COMMON: Final[dict[str, Deed]] = {
    "fault": _fault,
    "dark": _dark,
    "limits": _limits,
    "posts": _posts,
    "record": _record,
}


def counters(fake: Any) -> Order:
    """Posts, the busiest second, repeats, violations and when, requests by method and end, this process's CPU."""
    return {
        "posts": len(fake.record.posts),
        "busiest_second": fake.record.busiest(),
        "posts_a_second": fake.record.rate(),
        "repeated": len(fake.record.repeated()),
        "violations": len(fake.violations),
        "violated_at": [one.at for one in fake.violations],
        "requests": Counter(f"{one.method} {one.end}" for one in fake.seen),
        "cpu_seconds": time.process_time(),
        "monotonic": fake.clock.monotonic(),
    }
