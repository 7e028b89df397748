"""What people hear back: what Slack brings goes to the house, and its replies are drawn where they belong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, assert_never

from bot.adapters.base import (
    Command,
    Event,
    Handle,
    Home,
    Joined,
    Left,
    Moved,
    Paused,
    Person,
    Press,
    Renamed,
    Reply,
    Resumed,
    SendError,
    everybody,
)
from bot.adapters.slack.answers import Answers
from bot.adapters.slack.client import Api
from bot.adapters.slack.happened import (
    Aloud,
    Happened,
    Kind,
    OpenForm,
    Place,
    Pressed,
    Quiet,
    Said,
    Submitted,
    Typed,
    Uninstalled,
    Viewed,
    WorkspaceRenamed,
    in_private,
)
from bot.adapters.slack.receiving import NoEffect
from bot.adapters.slack.rights import Rights
from bot.adapters.slack.settings import PlatformSettings
from bot.adapters.slack.typed import unnamed
from bot.adapters.slack.updates import read
from bot.adapters.slack.voice import Voice
from bot.adapters.slack.windows import Windows
from bot.adapters.slack.workspaces import Workspace, Workspaces
from bot.flood import Flood, Verdict
from bot.formatting import notice
from bot.message import Message
from bot.model import Address, ChatKind
from bot.strings import spoken, text

log = logging.getLogger(__name__)

_MENTIONS: Final = 5
"""How many channels that a message mentions are looked up."""


class Conversation:
    """Asks the house and draws what it says. `monotonic` is a clock in seconds that never runs backwards."""

    def __init__(
        self,
        *,
        api: Api,
        voice: Voice,
        workspaces: Workspaces,
        rights: Rights,
        handle: Handle,
        flood: Flood,
        settings: PlatformSettings,
        language: str,
        monotonic: Callable[[], float],
    ) -> None:
        self._workspaces = workspaces
        self._rights = rights
        self._handle = handle
        self._flood = flood
        self._commands = settings.commands
        self._language = language
        self._monotonic = monotonic
        self._announcing: set[asyncio.Task[None]] = set()
        self._answers = Answers(voice, workspaces, settings.slash)
        self._windows = Windows(
            api=api,
            answers=self._answers,
            workspaces=workspaces,
            rights=rights,
            handle=handle,
            language=language,
            slash=settings.slash,
        )

    async def deal(self, kind: Kind, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Have the effect of what Slack brought, and answer it; what is returned for a form goes into the
        acknowledgement. Never raises: what cannot be read or delivered is a line in the log."""
        workspace = self._workspaces.of(body)
        if workspace is None:
            log.info("something of a workspace that is not ours was passed over (%s)", kind)
            return None
        try:
            names = await self._named(workspace, kind, body)
            happened = read(kind, body, workspace, self._commands, names)
            return await self._deal(workspace, happened, body) if happened is not None else None
        except NoEffect as error:
            log.warning("%s: nothing came of a %s: %s", workspace.lane, kind, error)
            if kind == "event":
                raise  # it comes again
        except SendError as error:
            log.info("%s: an answer was not delivered: %s", workspace.lane, error)
        except Exception as error:
            log.error("%s: no answer to a %s: %s", workspace.lane, kind, type(error).__name__, exc_info=True)
        return None

    async def finish(self, seconds: float) -> None:
        """Wait for what is still to be announced or drawn, at most so long."""
        announcing = asyncio.gather(*self._announcing, return_exceptions=True)
        try:
            async with asyncio.timeout(seconds):
                await announcing
        except TimeoutError:
            log.warning("not everything that was changed was announced")
        await self._windows.finish(seconds)

    async def _deal(
        self, workspace: Workspace, happened: Happened, body: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        match happened.what:
            case Uninstalled(reason=reason):
                await self._workspaces.uninstalled(workspace.team, reason, at=_moment(body))
            case WorkspaceRenamed(name=name):
                await self._workspaces.change(workspace.team, name=name)
            case OpenForm(form=form):
                if isinstance(happened.place, Viewed) and not await self._too_much(workspace, happened):
                    person = await self._person(workspace, happened.user)
                    await self._windows.form(workspace, person, happened.place.trigger, form)
            case Submitted() as submitted:
                if await self._too_much(workspace, happened):
                    return self._windows.refused(submitted)
                person = await self._person(workspace, happened.user)
                return await self._windows.submitted(workspace, person, submitted)
            case Event() as event:
                await self._event(workspace, happened, event)
            case _:
                assert_never(happened.what)
        return None

    # --- events ---------------------------------------------------------------------------------------------------

    async def _event(self, workspace: Workspace, happened: Happened, event: Event) -> None:
        if isinstance(event, Left | Moved | Paused | Renamed | Resumed):
            self._rights.forget(workspace.team, event.address.chat)
            if workspace.active:  # to be uninstalled is not to be removed from every channel: what is owed waits
                await self._handle(event)
            return
        if isinstance(event, Joined):
            self._rights.forget(workspace.team, event.address.chat)
        elif await self._too_much(workspace, happened):
            return
        event = await self._complete(workspace, happened, event)
        place = happened.place
        if isinstance(event, Home):
            if event.person is not None and isinstance(place, Viewed):
                await self._windows.publish(workspace, event.person, seen=str(place.view.get("hash") or ""))
            return
        reply = await self._ask(event)
        shown = False
        if reply.announce is not None:
            # In a channel that papers are posted to it waits for its turn, and the next press must not wait for it.
            announcement = asyncio.create_task(self._announce(workspace, event, reply.announce))
            self._announcing.add(announcement)
            announcement.add_done_callback(self._announcing.discard)
        try:
            shown = await self._answer(workspace, place, event, reply)
        finally:
            if reply.changed and not shown and event.person is not None:
                await self._windows.publish(workspace, event.person)

    async def _announce(self, workspace: Workspace, event: Event, message: Message) -> None:
        try:
            await self._answers.announce(workspace, event, message)
        except SendError as error:
            log.info("%s: a change of %s was not announced: %s", workspace.lane, event.address.chat, error)

    async def _answer(self, workspace: Workspace, place: Place, event: Event, reply: Reply) -> bool:
        """Draw a reply; whether the person's Home shows it already."""
        match place:
            case Typed():
                await self._answers.typed(workspace, place, event, reply)
            case Said():
                await self._answers.said(workspace, place, event, reply)
            case Pressed():
                await self._answers.pressed(workspace, place, event, reply)
            case Viewed() if isinstance(event, Press):
                return await self._windows.pressed(workspace, place, event, reply)
            case Aloud(channel=channel):
                await self._answers.aloud(workspace, channel, reply)
            case Viewed() | Quiet():
                pass
            case _:
                assert_never(place)
        return False

    async def _ask(self, event: Event) -> Reply:
        """What the house says. Whom it would send to a private chat first can be reached there without that."""
        reply = await self._handle(event)
        if reply.start is not None and event.person is not None:
            return await self._begun(event, event.person, reply.start)
        unanswered = reply.replace is None and not reply.messages and not reply.toast
        if isinstance(event, Command) and event.name and unanswered:
            # Elsewhere it may be another bot's command; here we were spoken to.
            return await self._handle(replace(event, name="help", argument=""))
        return reply

    async def _begun(self, event: Event, person: Person, payload: str) -> Reply:
        """Meet a person, and finish what they began: a press is made again, anything else is begun with `payload`."""
        if isinstance(event, Press):
            await self._handle(Home(**in_private(person)))
            again = await self._handle(event)
            if again.start is None:
                return replace(again, changed=True)
        begun = await self._handle(Command(**in_private(person), name="start", argument=payload))
        return replace(begun, private=True, changed=True)

    # --- who and where --------------------------------------------------------------------------------------------

    async def _complete(self, workspace: Workspace, happened: Happened, event: Event) -> Event:
        """The event with what Slack says of its person and its channel when it is asked."""
        said = event.person.name if event.person is not None else ""
        asking = asyncio.ensure_future(self._person(workspace, happened.user, said)) if happened.user else None
        if event.kind is ChatKind.PRIVATE:
            person = await asking if asking is not None else None
            language = person.language if person is not None else None
            return replace(event, person=person, language=language, may_manage=everybody)
        channel = event.address.chat
        there = await self._rights.channel(workspace, channel, member=happened.known_member)
        person = await asking if asking is not None else None
        return replace(
            event,
            person=person,
            title=there.name if there is not None and there.name else event.title,
            # Where Slack cannot say it, we act as if we were there, and nobody may change anything.
            member=there is None or there.member,
            may_manage=partial(self._rights.manages, workspace, channel, happened.user),
            managers="workspace_admins" if workspace.admins_only else "members",
        )

    async def _person(self, workspace: Workspace, user: str, name: str = "") -> Person:
        profile = await self._rights.profile(workspace, user)
        return Person(
            id=user,
            name=(profile.name if profile is not None else "") or name,
            address=Address(lane=workspace.lane, chat=user),
            language=profile.language if profile is not None else None,
            zone=profile.zone if profile is not None else None,
        )

    async def _named(self, workspace: Workspace, kind: Kind, body: Mapping[str, Any]) -> dict[str, str]:
        """The names of channels that a message mentions by nothing but their ids."""
        found: dict[str, str] = {}
        for channel in sorted(unnamed(kind, body))[:_MENTIONS]:
            there = await self._rights.channel(workspace, channel)
            if there is not None and there.name:
                found[channel] = there.name.removeprefix("#")
        return found

    async def _too_much(self, workspace: Workspace, happened: Happened) -> bool:
        """Whether somebody asks for too much; they are told so once in a while, and a press always gets its answer."""
        verdict = self._flood.judge((workspace.team, happened.user), self._monotonic())
        event, place = happened.what, happened.place
        if verdict is Verdict.ANSWER:
            return False
        if not isinstance(event, Command | Press) or (verdict is Verdict.IGNORE and isinstance(event, Command)):
            return True
        profile = await self._rights.profile(workspace, happened.user)
        language = spoken(profile.language if profile is not None else None, self._language)
        if isinstance(event, Press):
            reply = Reply(toast=text(language, "slack.slow_down"))
        else:
            reply = Reply(messages=(notice(language, "slack.slow_down"),))
        await self._answer(workspace, place, event, reply)
        return True


def _moment(body: Mapping[str, Any]) -> datetime | None:
    """When an event happened."""
    seconds = body.get("event_time")
    if isinstance(seconds, int) and 0 < seconds < 10**11:
        return datetime.fromtimestamp(seconds, UTC)
    return None
