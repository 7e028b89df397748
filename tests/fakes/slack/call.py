"""One request to the Web API, and the table of the methods that the fake knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.slack.errors import SlackError, invalid_arguments
from tests.fakes.slack.places import Channel

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspaces import Install, Workspace

JSON_FIELDS: Final = {"attachments", "blocks", "metadata", "view"}
"""What forms carry as JSON."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `at` is when it arrived (monotonic seconds), `close` whether what it posts is judged closely."""

    fake: FakeSlack
    install_: Install | None
    method: str
    params: dict[str, Any]
    at: float
    close: bool

    @property
    def install(self) -> Install:
        """Whose token it was."""
        assert self.install_ is not None, "methods of the app-level token have no installation"
        return self.install_

    @property
    def team(self) -> Workspace:
        """The workspace."""
        return self.install.team

    def blame(self, words: str) -> None:
        """Hold something against the sender that the server would bear."""
        self.fake.blame(self.method, self.params.get("channel"), words)

    def flag(self, name: str, default: bool = False) -> bool:
        """A truth value, from JSON or a form."""
        value = self.params.get(name)
        return default if value is None else value in (True, "true", "True", "1", 1)

    def text(self, name: str) -> str:
        """Words; "" where there are none."""
        value = self.params.get(name)
        return "" if value is None else str(value)

    def needed(self, name: str) -> str:
        """Words that must be there. Raises SlackError."""
        if not (value := self.text(name)):
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`. Raises SlackError."""
        try:
            value = int(self.params.get(name, default))
        except (TypeError, ValueError):
            raise SlackError("invalid_limit" if name == "limit" else "invalid_arguments") from None
        if value < 1:
            raise SlackError("invalid_limit" if name == "limit" else "invalid_arguments")
        return min(value, most)

    def structure(self, name: str, error: str) -> Any:
        """What came as JSON, in a JSON body or in a form's field. Raises SlackError with `error`."""
        value = self.params.get(name)
        if isinstance(value, str) and value:
            try:
                return json.loads(value)
            except ValueError:
                raise SlackError(error) from None
        return value

    def channel(self, name: str = "channel") -> Channel:
        """The conversation meant. Raises SlackError."""
        found = self.team.find(self.needed(name))
        if found is None or found.deleted:
            raise SlackError("channel_not_found")
        return found

    def user(self, name: str = "user") -> User:
        """The person meant. Raises SlackError."""
        found = self.team.users.get(self.needed(name))
        if found is None:
            raise SlackError("user_not_found")
        return found


Handler = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """What a method needs: one of `scopes`, or none; a rate tier (0: it counts by itself); `token`: bot, app or
    none. `form`: it does not look into a body of JSON."""

    handler: Handler
    tier: int
    scopes: tuple[str, ...]
    token: str
    form: bool


METHODS: Final[dict[str, Method]] = {}


def method(name: str, tier: int, *scopes: str, needs: str = "bot", form: bool = False) -> Callable[[Handler], Handler]:
    """Enter a function into the table of methods."""

    def enter(handler: Handler) -> Handler:
        METHODS[name] = Method(handler, tier, scopes, needs, form)
        return handler

    return enter


def page(call: Call, found: list[Any], name: str, *, default: int = 100, most: int = 1000) -> dict[str, Any]:
    """So many of what was found, from the cursor on. Raises SlackError."""
    limit = call.number("limit", default, most)
    cursor = call.text("cursor")
    start = 0
    if cursor:
        head, _, number = cursor.partition(":")
        if head != "next" or not number.isdecimal():
            raise SlackError("invalid_cursor")
        start = int(number)
    following = f"next:{start + limit}" if start + limit < len(found) else ""
    return {name: found[start : start + limit], "response_metadata": {"next_cursor": following}}
