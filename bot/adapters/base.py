"""The one interface of the house: what an adapter takes in, gives out and raises.

Inwards an adapter translates what its platform says into an `Event`, hands it to `Handle` and draws the `Reply`.
Outwards it draws a `Message` (`render`, pure) and posts, edits or withdraws it, with exactly one request on the
wire for each call and no retry of its own: it says what happened by returning or by raising a `SendError`, and
the pump decides. Pacing is shared: replies and deliveries take from the same `LanePace`.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, cast

from bot.message import Action, Message, Paragraph
from bot.model import Address, Chat, ChatKind
from bot.pacing import LanePace

# --- in: what happened on the platform ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who did it. `address` is where they can be spoken to alone; `language` what their client says, if it does, and
    `zone` the IANA name of the time zone that they live in, where the platform knows it."""

    id: str
    name: str
    address: Address
    language: str | None = None
    zone: str | None = None


Managers = Literal["admins", "workspace_admins", "members"]
"""Who may change a shared chat: its own admins, or in a workspace its admins or all its full members."""


async def nobody() -> bool:
    """The `may_manage` of whoever is in charge of nothing here."""
    return False


async def everybody() -> bool:
    """The `may_manage` of places where whoever is there is in charge: private chats, the console."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a chat. `person` is None where nobody can be told (a channel's own post).

    `may_manage` asks the platform, when it is called, whether the person may change this chat's settings. `member` is
    False in a shared chat that Paperboy can answer in and is not a part of. `threads`: the platform can put a day's
    papers under one message. `alone`: nobody else sees the answer, though the chat is shared. `in_threads` is what
    stands before a command's word where it answers a message ("@Paperboy "), None where that is a slash as anywhere.
    `managers` are those who may change the chat, for words that say so.
    """

    address: Address
    kind: ChatKind
    title: str = ""
    person: Person | None = None
    language: str | None = None
    may_manage: Callable[[], Awaitable[bool]] = field(default=nobody)
    member: bool = True
    threads: bool = False
    alone: bool = False
    in_threads: str | None = None
    managers: Managers = "admins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Event):
    """`/name argument`, or plain words in a private chat (`name` is "" then, `argument` all of it). `about` is the
    receipt of the message to which it is a reply or in whose thread it stands, whoever wrote that. `line` is all that
    was said where the name had no slash and may be a word like the others (`help me find …`), "" where it had one."""

    name: str
    argument: str = ""
    about: str | None = None
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press(Event):
    """A button was pressed; `action` is None where its data is not ours. `room`: it is answered by a message that only
    the person sees, not by a toast, so that there is room for more than a line."""

    action: Action | None
    room: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(Event):
    """A person looks at their own page with Paperboy. The address is their private chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Event):
    """Papers are looked for from inside any chat, to be posted there by the person; `offset` is "" or what the `Reply`
    before this one gave. The address is the person's private chat, which need not exist."""

    query: str
    offset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Event):
    """Paperboy was added to the chat, or is welcome again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Event):
    """Paperboy was removed or blocked."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Event):
    """Nobody can post in the chat for now (it was archived). What is owed waits for `Resumed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The chat can be posted to again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(Event):
    """The chat has a new `title`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Event):
    """The chat has a new address."""

    to: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One result of a `Lookup`: two lines to choose by, and the message that is posted when it is chosen."""

    id: str
    title: str
    description: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A line above the cards of a `Lookup`; who presses it is taken along with the payload `start`."""

    text: str
    start: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to show for an event.

    `messages` go to the person who asked, privately where `private` is set and the platform can; `replace`
    redraws the message whose button was pressed; `toast` is a short line for a press (at most 200 letters).
    `start` is a payload (1 to 64 of A-Za-z0-9_-): take the person to their private chat with Paperboy, where
    `/start payload` finishes what they began. `again` is such a payload for where `messages` cannot be said to the
    person here: it says them there. `toggled` (tag id, now followed) is what a press in a private
    chat did, so that the adapter can redraw that tag's button on the message that was pressed. `cards` answer a
    `Lookup`, below `aside`; `more` is the offset of the next ones, "" after the last. `changed`: what the person's own
    page shows is no longer what it was. `announce` is for everybody in the shared chat that was changed. `chat` comes
    with the answer to `Home`, whose `messages` are the parts of the page: that chat as it is now. `language` is the
    one that a known chat speaks from now on. `about` names the shared chat that it is all about, for where it is said
    in another place; without it, the buttons of what is said there act where they stand.
    """

    messages: tuple[Message, ...] = ()
    replace: Message | None = None
    toast: str | None = None
    private: bool = True
    start: str | None = None
    again: str | None = None
    toggled: tuple[int, bool] | None = None
    cards: tuple[Card, ...] = ()
    more: str = ""
    aside: Aside | None = None
    changed: bool = False
    announce: Message | None = None
    chat: Chat | None = None
    language: str | None = None
    about: Paragraph | None = None


Handle = Callable[[Event], Awaitable[Reply]]


class Inbox(Protocol):
    """`bot.store.Inbox`: what was dealt with, for platforms that may bring the same thing twice."""

    async def first_time(self, lane: str, number: int, now: datetime, /) -> bool:
        """Put something on record; False where it is there already."""

    async def seen(self, lane: str, number: int, /) -> bool:
        """Whether it is on record."""


# --- out: why a message is not there ------------------------------------------------------------------------


class SendError(Exception):
    """Why a request did not do what was asked. The text never holds a secret or a message's content."""


class RateLimited(SendError):
    """Not posted; the platform wants a pause of `seconds`, for the chat or, where `lane` is set, for the lane. `reason`
    is given where it is not the platform that wants it."""

    def __init__(self, seconds: float, *, lane: bool = False, reason: str = "") -> None:
        super().__init__(reason or f"told to wait {seconds:g} s")
        self.seconds = seconds
        self.lane = lane


class ChatGone(SendError):
    """Not posted; the chat blocked, removed or lost us. It sleeps until it comes back."""


class ChatPaused(SendError):
    """Not posted; the chat cannot be posted to for now (closed, archived, no rights). What is owed waits."""

    def __init__(self, reason: str, *, seconds: float = 3600.0) -> None:
        super().__init__(reason)
        self.seconds = seconds


class ChatMoved(SendError):
    """Not posted; the chat now lives at `address`."""

    def __init__(self, address: Address) -> None:
        super().__init__("the chat has a new address")
        self.address = address


class LaneClosed(SendError):
    """Not posted, and nothing on this lane will be until an operator acts (a revoked token, a second poller)."""


class Rejected(SendError):
    """Not posted; the platform refuses this very message and always will."""


class MessageGone(SendError):
    """The message to edit or withdraw is not there any more, or cannot be changed any more."""


class NotSent(SendError):
    """Certainly not posted, for a passing reason (no connection, the server was busy). `answered`: the platform said so
    itself, in a word that we do not know: it may be about this very message."""

    def __init__(self, reason: str, *, answered: bool = False) -> None:
        super().__init__(reason)
        self.answered = answered


class FateUnknown(SendError):
    """It may have been posted or not (a time-out, a connection dropped after the request was written)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a platform is asked for a post: the method's name and its parameters, for `paperboy preview --json`."""

    method: str
    params: Mapping[str, Any]


Body = Any
"""A message as a platform draws it: opaque to the house, reusable for every chat of a lane."""


class Adapter(Protocol):
    """A platform.

    Its folder holds `adapter.py` with `make(settings, **house)`, `render.py` (pure) with
    `preview(message, chat) -> Request`, and `settings.py` with the pydantic model `PlatformSettings`.
    """

    @property
    def name(self) -> str:
        """The folder's name."""

    @property
    def owns_terminal(self) -> bool:
        """Whether its chat is drawn on this process's own terminal, so that log lines must go elsewhere."""

    @property
    def paces(self) -> Mapping[str, LanePace]:
        """The lanes that it serves, each with the pace that its deliveries and replies share."""

    async def start(self, handle: Handle) -> None:
        """Connect and begin to hand over events; returns once it is ready to send."""

    async def run(self) -> None:
        """Receive until stopped. Returning by itself means that there is nothing more to receive, ever.

        Raises LaneClosed, with a sentence for the operator, where the platform will have nothing to do with us.
        """

    async def stop(self) -> None:
        """Stop receiving, finish the requests in flight, disconnect."""

    def render(self, message: Message, chat: Chat) -> Body:
        """Draw a message; depends on nothing of the chat but what `variant` returns."""

    def variant(self, chat: Chat) -> str:
        """A word for the form in which this chat is drawn to: bodies are shared between chats of one variant."""

    async def post(self, chat: Chat, body: Body, *, key: str, under: str | None = None) -> str:
        """Post and return the receipt. `key` is opaque and unique to this debt, for platforms that can carry it.

        `under` is the receipt of the message in whose thread it belongs, on platforms whose chats can be threaded."""

    async def edit(self, chat: Chat, receipt: str, body: Body) -> None:
        """Make the posted message read `body`, quietly; that it already did is success."""

    async def withdraw(self, chat: Chat, receipt: str, body: Body) -> None:
        """Delete the posted message, or where that is not possible make it read `body`; already gone is success."""

    async def find(self, chat: Chat, body: Body, *, key: str, since: datetime, under: str | None = None) -> str | None:
        """Look for a message whose fate is unknown: its receipt, or None where it certainly was not posted. `under` is
        the head in whose thread it would stand.

        Raises FateUnknown where nothing can be proved.
        """

    async def address(self, chat: Chat, receipt: str) -> str | None:
        """The https address of a posted message, for those who are in the chat; None where it has none, or where that
        cannot be learnt at once: somebody waits for an answer that only has a button more with it. Raises nothing."""


def load(name: str) -> Callable[..., Adapter | None]:
    """The `make` function of the adapter in the folder `name`.

    `make(settings, **house)` returns None where the settings hold nothing for the platform (no token).
    """
    module = importlib.import_module(f"bot.adapters.{name}.adapter")
    return cast("Callable[..., Adapter | None]", module.make)
