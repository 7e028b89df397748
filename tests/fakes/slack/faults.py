"""How requests to the fake Slack end badly; see `tests.fakes.faults`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.fakes import faults
from tests.fakes.faults import Harm as Harm


@dataclass(slots=True, kw_only=True)
class Fault(faults.Fault):
    """Narrowed by `channel` and `team` (ids), too. A refusal is 200 with `ok` false, `error` and the fields of
    `extra`."""

    channel: str | None = None
    team: str | None = None
    header: bool = True
    error: str = "fatal_error"
    extra: dict[str, Any] | None = None

    def fits(self, method: str, *where: object) -> bool:
        """Whether it is meant for a request of this method to that channel of that team."""
        channel, team = where
        return self.method in (None, method) and self.channel in (None, channel) and self.team in (None, team)


class Faults(faults.Script[Fault]):
    """The script."""

    kind = Fault

    def flood(
        self, retry_after: int, times: int = 1, *, header: bool = True, holds: bool = False, **whom: Any
    ) -> Fault:
        """429; without `header` nothing tells how long. `holds`: who asks again too early is blamed."""
        harm = Harm.FLOOD
        return self.add(Fault(harm=harm, left=times, seconds=retry_after, header=header, holds=holds, **whom))

    def refuse(
        self, error: str, times: int = 1, *, posted: bool = False, extra: dict[str, Any] | None = None, **whom: Any
    ) -> Fault:
        """200 with any error of the API: "fatal_error", "ratelimited" in the body ... `extra` are more of its
        fields."""
        return self.add(Fault(harm=Harm.REFUSE, left=times, posted=posted, error=error, extra=extra, **whom))
