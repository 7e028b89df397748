"""How requests to the fake Telegram end badly; see `tests.fakes.faults`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.fakes import faults
from tests.fakes.faults import Harm as Harm


@dataclass(slots=True, kw_only=True)
class Fault(faults.Fault):
    """Narrowed by `chat` (an id), too. A refusal has `status`, `description` and `parameters`."""

    chat: int | None = None
    description: str = ""
    parameters: dict[str, Any] | None = None

    def fits(self, method: str, *where: object) -> bool:
        """Whether it is meant for a request of this method to that chat."""
        (chat,) = where
        return self.method in (None, method) and (self.chat is None or str(self.chat) == str(chat))


class Faults(faults.Script[Fault]):
    """The script."""

    kind = Fault

    def flood(
        self, retry_after: int, times: int = 1, *, parameters: bool = True, holds: bool = False, **whom: Any
    ) -> Fault:
        """429; without `parameters` only the words tell how long. `holds`: who asks again too early is blamed."""
        extra = {"retry_after": retry_after} if parameters else None
        harm = Harm.FLOOD
        return self.add(Fault(harm=harm, left=times, seconds=retry_after, parameters=extra, holds=holds, **whom))

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
