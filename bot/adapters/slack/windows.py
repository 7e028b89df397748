"""A person's Home and the windows that open from it: published, opened, filled in, drawn again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final
from weakref import WeakValueDictionary

from bot.adapters.base import Command, Handle, Home, Person, Press, Reply
from bot.adapters.slack.answers import Answers
from bot.adapters.slack.client import Api
from bot.adapters.slack.errors import code, retry_after
from bot.adapters.slack.happened import SEARCH, Submitted, Viewed, in_private, text_at
from bot.adapters.slack.home import (
    View,
    admins_only,
    changes,
    follows_everything,
    home_view,
    language_of,
    mistakes,
    query_in,
    redrawn,
    search_view,
    settings_view,
    shown_view,
)
from bot.adapters.slack.rights import Rights
from bot.adapters.slack.workspaces import Workspace, Workspaces
from bot.formatting import notice
from bot.message import ChangeSetting, Message
from bot.strings import text

log = logging.getLogger(__name__)

AT_ONCE_SECONDS: Final = 1.0
"""How long a search form waits for its results before it says that they are on their way."""
ATTEMPTS: Final = 3
LONGEST_PAUSE: Final = 30.0
_EXPIRED: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
_PASSING: Final = frozenset({"timeout", "disconnected", "unreachable", "internal_error", "fatal_error"})


class Windows:
    """Draws views. `language` is for people of whom none is known; `slash` the slash command as they type it."""

    def __init__(
        self,
        *,
        api: Api,
        answers: Answers,
        workspaces: Workspaces,
        rights: Rights,
        handle: Handle,
        language: str,
        slash: str,
    ) -> None:
        self._api = api
        self._answers = answers
        self._workspaces = workspaces
        self._rights = rights
        self._handle = handle
        self._language = language
        self._slash = slash
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._newest: dict[tuple[str, str], int] = {}
        self._numbers = count(1)
        self._searches: set[asyncio.Task[None]] = set()

    # --- home -----------------------------------------------------------------------------------------------------

    async def publish(self, workspace: Workspace, person: Person, *, note: str = "", seen: str = "") -> None:
        """Publish a person's Home as it is now. `seen` is the hash of the one that they see: where that is another
        one by now, everything is read again. Of those that wait for their turn only the newest is published."""
        key = (workspace.team, person.id)
        number = self._newest[key] = next(self._numbers)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if self._newest[key] != number:
                return
            word = await self._published(workspace, person, note, seen)
            if word == "hash_conflict":
                word = await self._published(workspace, person, note, "")
            if self._newest[key] == number:
                del self._newest[key]
        if word:
            log.info("%s: a Home was not published: %s", workspace.lane, word)

    async def _published(self, workspace: Workspace, person: Person, note: str, seen: str) -> str:
        reply = await self._handle(Home(**in_private(person)))
        language = self._spoken(reply)
        view = home_view(reply.messages, language=language, slash=self._slash, note=note)
        params: dict[str, Any] = {"user_id": person.id, "view": view}
        return await self._call(workspace, "views.publish", params | ({"hash": seen} if seen else {}))

    # --- buttons --------------------------------------------------------------------------------------------------

    async def pressed(self, workspace: Workspace, place: Viewed, event: Press, reply: Reply) -> bool:
        """Answer a press in Home or in a window; whether Home shows the answer."""
        person = event.person
        if person is None:
            return False
        language = language_of(place.view, self._language)
        if place.home:
            if reply.changed:
                await self.publish(workspace, person, note=reply.toast or _summary(reply))
                return True
            messages = (*((reply.replace,) if reply.replace is not None else ()), *reply.messages)
            if messages or reply.toast:
                view = shown_view(messages, language=language, slash=self._slash, note=reply.toast or "")
                await self._open(workspace, person, place.trigger, view, messages)
            return False
        await self._in_window(workspace, place, reply, language)
        return False

    async def _in_window(self, workspace: Workspace, place: Viewed, reply: Reply, language: str) -> None:
        note = reply.toast or ""
        if reply.messages:
            view = shown_view(reply.messages, language=language, slash=self._slash, note=note)
            pushed = {"trigger_id": place.trigger, "view": view}
            word = await self._call(workspace, "views.push", pushed) if place.trigger else "expired_trigger_id"
            if word in _EXPIRED or word == "push_limit_reached":
                await self._update(workspace, place.id, view)
            return
        if reply.replace is not None:
            await self._update(workspace, place.id, self._turned(place, reply.replace, language, note))
        elif reply.toggled is not None or note:
            states = dict([reply.toggled]) if reply.toggled is not None else {}
            await self._update(workspace, place.id, redrawn(place.view, states=states, note=note))

    def _turned(self, place: Viewed, message: Message, language: str, note: str) -> View:
        if text_at(place.view, "callback_id") != SEARCH:
            return shown_view((message,), language=language, slash=self._slash, note=note)
        query = query_in(place.view)
        return search_view(language=language, slash=self._slash, query=query, messages=(message,), note=note)

    # --- forms ----------------------------------------------------------------------------------------------------

    async def form(self, workspace: Workspace, person: Person, trigger: str, form: str) -> None:
        """Open the search form or the settings form."""
        home = await self._handle(Home(**in_private(person)))
        language = self._spoken(home)
        if form == SEARCH:
            view = search_view(language=language, slash=self._slash)
        elif home.chat is None:
            view = shown_view((notice(language, "command.sorry"),), language=language, slash=self._slash)
        else:
            page = await self._handle(_press_everything(person))
            leads = await self._rights.leads(workspace, person.id)
            view = settings_view(
                home.chat,
                everything=follows_everything(page.replace),
                admins_only=workspace.admins_only if leads else None,
            )
        await self._open(workspace, person, trigger, view, (notice(language, "slack.too_late"),))

    async def submitted(self, workspace: Workspace, person: Person, submitted: Submitted) -> Mapping[str, Any] | None:
        """Take what a form says; what is returned goes into the acknowledgement: where the form is wrong, what the
        window shows next, or None for nothing, which closes it."""
        if wrong := mistakes(submitted.view):
            return {"response_action": "errors", "errors": wrong}
        if submitted.form == SEARCH:
            return await self._search(workspace, person, submitted)
        said: list[str] = []
        for line in changes(submitted.view):
            reply = await self._handle(_command(person, "settings", line))
            said.append(_summary(reply))
        wanted = admins_only(submitted.view)
        if wanted not in (None, workspace.admins_only) and await self._rights.leads(workspace, person.id):
            await self._workspaces.change(workspace.team, admins_only=wanted)
            log.info("%s: %s set admins_only to %s", workspace.lane, person.id, wanted)
        await self.publish(workspace, person, note=" · ".join(filter(None, said)))
        return None

    def refused(self, submitted: Submitted) -> Mapping[str, Any]:
        """The acknowledgement of a form by somebody who asks for too much: said at its first field."""
        language = language_of(submitted.view, self._language)
        field = "query" if submitted.form == SEARCH else "when"
        return {"response_action": "errors", "errors": {field: text(language, "slack.slow_down")}}

    async def finish(self, seconds: float) -> None:
        """Wait for the results that are on their way, at most so long."""
        if self._searches:
            _, late = await asyncio.wait(self._searches, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _search(self, workspace: Workspace, person: Person, submitted: Submitted) -> Mapping[str, Any]:
        query, language = query_in(submitted.view), language_of(submitted.view, self._language)
        waiting = search_view(language=language, slash=self._slash, query=query, note=text(language, "slack.searching"))
        search = asyncio.create_task(self._results(person, query, language))
        done, _ = await asyncio.wait([search], timeout=AT_ONCE_SECONDS)
        if done:
            return {"response_action": "update", "view": search.result()}

        async def later() -> None:
            await self._update(workspace, text_at(submitted.view, "id"), await search)

        task = asyncio.create_task(later())
        self._searches.add(task)
        task.add_done_callback(self._searches.discard)
        return {"response_action": "update", "view": waiting}

    async def _results(self, person: Person, query: str, language: str) -> View:
        reply = await self._handle(_command(person, "search", query))
        return search_view(language=language, slash=self._slash, query=query, messages=reply.messages)

    def _spoken(self, home: Reply) -> str:
        return home.chat.language if home.chat is not None else self._language

    # --- the wire -------------------------------------------------------------------------------------------------

    async def _open(
        self, workspace: Workspace, person: Person, trigger: str, view: View, instead: Sequence[Message]
    ) -> None:
        """Open a window, or say `instead` to the person alone where that took too long."""
        word = await self._call(workspace, "views.open", {"trigger_id": trigger, "view": view})
        if word:
            log.info("%s: a window was not opened: %s", workspace.lane, word)
            await self._answers.tell(workspace, person.id, *instead)

    async def _update(self, workspace: Workspace, view_id: str, view: View) -> None:
        word = await self._call(workspace, "views.update", {"view_id": view_id, "view": view})
        if word:
            log.info("%s: a window was not drawn again: %s", workspace.lane, word)

    async def _call(self, workspace: Workspace, method: str, params: Mapping[str, Any]) -> str:
        """Call a method of views, which may be repeated; Slack's word for why not, "" where it was done."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._api.call(workspace.team, method, params)
            except Exception as error:
                word = code(error)
                if attempt > 1 and word == "exchanged_trigger_id":
                    return ""  # it was opened the first time
                if attempt == ATTEMPTS:
                    return word
                if word == "ratelimited" and (seconds := retry_after(error)) <= LONGEST_PAUSE:
                    await asyncio.sleep(seconds)
                elif word in _PASSING or word.startswith("http_5"):
                    await asyncio.sleep(0.2 * attempt)
                else:
                    return word
            else:
                return ""
        return ""


def _command(person: Person, name: str, argument: str) -> Command:
    return Command(**in_private(person), name=name, argument=argument)


def _press_everything(person: Person) -> Press:
    """The press that shows, and does not change, whether everything is followed."""
    return Press(**in_private(person), action=ChangeSetting("everything"))


def _summary(reply: Reply) -> str:
    return reply.messages[0].summary if reply.messages else ""
