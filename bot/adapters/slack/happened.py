"""What somebody did, as far as Slack tells it, and where an answer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.adapters.base import Event, Person, everybody
from bot.model import ChatKind

Kind = Literal["command", "action", "view", "shortcut", "event"]
"""What Slack brings, as Bolt tells it apart."""

SHORTCUT: Final = "search"
"""The callback id of the global shortcut that opens the search form."""

OURS: Final = "pb:"
"""How the action ids and callback ids begin that we give out."""
SEARCH: Final = "pb:search"
SETTINGS: Final = "pb:settings"
SHOWN: Final = "pb:shown"
"""The buttons of Home that open a form, and the forms; `SHOWN` is a window without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A slash command: answered through `url`, for its writer's eyes."""

    channel: str
    url: str
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message to us; `thread` is the timestamp of the message under which it stands, "" for none."""

    channel: str
    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button of a message. `message` is what Slack says of it, empty where only its reader sees it."""

    channel: str
    thread: str
    url: str
    trigger: str
    ephemeral: bool
    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """A button of Home or of a window; `view` is what Slack says of it."""

    view: Mapping[str, Any]
    home: bool
    trigger: str

    @property
    def id(self) -> str:
        """The view's id."""
        return text_at(self.view, "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aloud:
    """Answered for everybody in the channel."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Nothing is answered."""


Place = Typed | Said | Pressed | Viewed | Aloud | Quiet

# --- what is no event of the house ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """Somebody wants the search form or the settings form."""

    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A form was filled in: `values` by block id, a tuple where several things can be chosen."""

    form: str
    view: Mapping[str, Any]
    values: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceRenamed:
    """The workspace has a new name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uninstalled:
    """The workspace took Paperboy away."""

    reason: str


What = Event | OpenForm | Submitted | WorkspaceRenamed | Uninstalled


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What somebody did. An event is not complete: of its person and its chat it says what Slack sent along.

    `user` is "" where nobody did it. `known_member`: only members of a channel are sent this.
    """

    user: str
    what: What
    place: Place
    known_member: bool = False


def in_private(person: Person) -> dict[str, Any]:
    """The fields of an event that a person has a part in alone, in their own chat with us."""
    return {
        "address": person.address,
        "kind": ChatKind.PRIVATE,
        "person": person,
        "language": person.language,
        "may_manage": everybody,
    }


def text_at(value: Any, *path: str) -> str:
    """The words at a place of what Slack sent, "" where there are none."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
