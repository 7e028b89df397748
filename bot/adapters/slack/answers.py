"""Replies drawn as messages: for one person's eyes where others look on, in place where a button was pressed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bot.adapters.base import Event, Reply
from bot.adapters.slack.buttons import buttons_with
from bot.adapters.slack.happened import Pressed, Said, Typed, text_at
from bot.adapters.slack.render import Body, render
from bot.adapters.slack.voice import FormRefused, Voice
from bot.adapters.slack.workspaces import Workspace, Workspaces
from bot.message import Message, Paragraph, Text
from bot.model import ChatKind

URL_USES: Final = 5
"""How often Slack lets a `response_url` be used."""
TOGGLES_KEPT: Final = 1000


class Answers:
    """Draws replies. `slash` is the slash command as people type it."""

    def __init__(self, voice: Voice, workspaces: Workspaces, slash: str) -> None:
        self._voice = voice
        self._workspaces = workspaces
        self._slash = slash
        self._toggles: OrderedDict[tuple[str, str], dict[int, bool]] = OrderedDict()

    async def typed(self, workspace: Workspace, place: Typed, event: Event, reply: Reply) -> None:
        """Answer a slash command, in any channel, a member of it or not."""
        if not reply.private and _can_speak(event):
            await self.aloud(workspace, place.channel, reply)
            return
        for number, message in enumerate(_messages(reply)):
            await self._whisper(workspace, place, event, message, number)

    async def said(self, workspace: Workspace, place: Said, event: Event, reply: Reply) -> None:
        """Answer a message: in the open where nobody else is, privately in a channel, in the thread where it stands."""
        where: dict[str, Any] = {"channel": place.channel} | ({"thread_ts": place.thread} if place.thread else {})
        aloud = event.kind is ChatKind.PRIVATE or not reply.private
        for message in _messages(reply):
            if aloud:
                await self._say(workspace, "chat.postMessage", where, message, event.address.chat)
            else:
                await self._say(workspace, "chat.postEphemeral", where | {"user": _user(event)}, message, None)

    async def aloud(self, workspace: Workspace, channel: str, reply: Reply) -> None:
        """Say it to everybody in a channel."""
        for message in _messages(reply):
            await self._say(workspace, "chat.postMessage", {"channel": channel}, message, channel)

    async def announce(self, workspace: Workspace, event: Event, message: Message) -> None:
        """Tell a channel what was changed in it."""
        if _can_speak(event):
            channel = event.address.chat
            await self._say(workspace, "chat.postMessage", {"channel": channel}, message, channel)

    async def tell(self, workspace: Workspace, user: str, *messages: Message) -> None:
        """Say something to a person alone."""
        for message in messages:
            await self._say(workspace, "chat.postMessage", {"channel": user}, message, user)

    async def pressed(self, workspace: Workspace, place: Pressed, event: Event, reply: Reply) -> None:
        """Answer a press. A message that others see, too, is never redrawn for one of them."""
        private = event.kind is ChatKind.PRIVATE
        messages, toast = [*reply.messages], reply.toast
        if reply.toggled is not None and private and place.message:
            await self._toggle(workspace, place, *reply.toggled)
        if reply.replace is not None and (place.ephemeral or private):
            await self._redraw(workspace, place, _headed(reply.replace, toast))
            toast = None
        elif reply.replace is not None:
            messages.insert(0, reply.replace)
        if not reply.private and not toast and _can_speak(event):
            await self.aloud(workspace, place.channel, replace(reply, messages=tuple(messages)))
            return
        if private and not place.ephemeral and not toast:
            said = Said(channel=place.channel, thread=place.thread)
            await self.said(workspace, said, event, Reply(messages=tuple(messages)))
            return
        if toast:
            messages[:1] = [_headed(messages[0], toast) if messages else _note(toast)]
        for number, message in enumerate(messages, 1 if reply.replace is not None else 0):
            await self._whisper(workspace, place, event, message, number)

    # --- ways of saying it ----------------------------------------------------------------------------------------

    async def _say(
        self, workspace: Workspace, method: str, where: Mapping[str, Any], message: Message, pace: str | None
    ) -> None:
        try:
            await self._voice.say(workspace.team, method, {**where, **self._draw(workspace, message)}, channel=pace)
        except FormRefused:
            await self._voice.say(workspace.team, method, {**where, **self._draw(workspace, message)}, channel=pace)

    async def _whisper(
        self, workspace: Workspace, place: Typed | Pressed, event: Event, message: Message, number: int
    ) -> None:
        """Say the `number`th message of an answer (from 0) for one person's eyes."""
        thread = place.thread if isinstance(place, Pressed) else ""
        if number >= URL_USES:
            where = {"channel": place.channel, "user": _user(event)} | ({"thread_ts": thread} if thread else {})
            await self._say(workspace, "chat.postEphemeral", where, message, None)
            return
        how: dict[str, Any] = {"response_type": "ephemeral", "replace_original": False}
        await self._respond(workspace, place.url, how | ({"thread_ts": thread} if thread else {}), message)

    async def _redraw(self, workspace: Workspace, place: Pressed, message: Message) -> None:
        await self._respond(workspace, place.url, {"replace_original": True}, message)

    async def _respond(self, workspace: Workspace, url: str, how: Mapping[str, Any], message: Message) -> None:
        try:
            await self._voice.respond(workspace.team, url, {**how, **self._draw(workspace, message)})
        except FormRefused:
            await self._voice.respond(workspace.team, url, {**how, **self._draw(workspace, message)})

    async def _toggle(self, workspace: Workspace, place: Pressed, tag: int, on: bool) -> None:
        """Redraw one tag's button. A second press may come with the buttons as they were before the first."""
        stamp, blocks = text_at(place.message, "ts"), place.message.get("blocks")
        if not stamp or not isinstance(blocks, list):
            return
        key = (place.channel, stamp)
        known = self._toggles.setdefault(key, {})
        known[tag] = on
        self._toggles.move_to_end(key)
        if len(self._toggles) > TOGGLES_KEPT:
            self._toggles.popitem(last=False)
        drawn = buttons_with(blocks, known)
        if drawn != blocks:
            # What is not named here, the folded abstract of old workspaces among it, stays as it is.
            where = {"channel": place.channel, "ts": stamp, "text": text_at(place.message, "text")}
            await self._voice.tell(workspace.team, "chat.update", where | {"blocks": drawn})

    def _draw(self, workspace: Workspace, message: Message) -> Mapping[str, Any]:
        body: Body = render(message, fold=self._workspaces.fold(workspace.team), command=self._slash)
        return body.params


def _messages(reply: Reply) -> tuple[Message, ...]:
    """All that a reply to words has to say."""
    shown = (*((reply.replace,) if reply.replace is not None else ()), *reply.messages)
    return shown or ((_note(reply.toast),) if reply.toast else ())


def _headed(message: Message, toast: str | None) -> Message:
    if not toast:
        return message
    return Message(summary=toast, blocks=(Paragraph((Text(toast),)), *message.blocks), buttons=message.buttons)


def _note(toast: str) -> Message:
    return Message(summary=toast, blocks=(Paragraph((Text(toast),)),))


def _can_speak(event: Event) -> bool:
    """Whether there is a channel to speak to, and we are in it."""
    return event.kind is not ChatKind.PRIVATE and event.member


def _user(event: Event) -> str:
    return event.person.id if event.person is not None else ""
