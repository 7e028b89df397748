"""What waits for the app: a person's question, the address and the trigger that came with it, and what they saw of
it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.slack.message import Message
from tests.fakes.slack.views import View

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.places import Channel
    from tests.fakes.slack.workspaces import Install

TRIGGER_LIFE: Final = 3.0
URL_LIFE: Final = 1800.0
URL_USES: Final = 5


@dataclass(slots=True, kw_only=True, eq=False)
class Answer:
    """What a person saw of what they asked: `messages` and `views` in the order of their coming (a message that was
    changed in place comes again), `errors` in a form, by block. `ack_seconds` and `seconds` are how long the
    acknowledgement took, and the first thing that was shown. `failed`: what Slack itself told them instead:
    "operation_timeout", "dispatch_failed" or "http_error".
    """

    user: User
    channel: Channel | None
    source: Message | View | None = None
    acked: bool = False
    ack_seconds: float = 0.0
    seconds: float = 0.0
    began: float = 0.0
    ack: Any = None
    failed: str = ""
    messages: list[Message] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    options: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False
    deleted: bool = False
    response_url: str = ""
    trigger_id: str = ""

    @property
    def shown(self) -> int:
        """How much has come of it so far."""
        return len(self.messages) + len(self.views) + bool(self.errors) + self.closed + self.deleted

    @property
    def message(self) -> Message:
        """The newest message."""
        assert self.messages, f"no message came: {self}"
        return self.messages[-1]

    @property
    def view(self) -> View:
        """The newest modal or Home tab."""
        assert self.views, f"no view came: {self}"
        return self.views[-1]

    @property
    def text(self) -> str:
        """All that is read in the newest message; "" where none came."""
        return self.messages[-1].plain if self.messages else ""

    async def waits_for(self, replies: int = 1, *, within: float = 20.0) -> Answer:
        """Wait until so many things were shown. Raises AssertionError."""

        def find() -> Answer | None:
            if self.shown and not self.seconds:
                self.seconds = self.user.team.fake.clock.monotonic() - self.began
            return self if self.shown >= replies else None

        return await self.user.team.fake.eventually(find, within, lambda: f"only this came of it: {self}")


@dataclass(slots=True, kw_only=True, eq=False)
class Trigger:
    """A trigger_id: once, and within `TRIGGER_LIFE`."""

    id: str
    install: Install
    answer: Answer
    until: float
    used: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class ResponseUrl:
    """An address that takes up to `URL_USES` messages in `URL_LIFE` seconds. `source` is what a press was on."""

    token: str
    install: Install
    answer: Answer
    user: User
    channel: Channel
    until: float
    source: Message | None = None
    thread_ts: str | None = None
    uses: int = 0
