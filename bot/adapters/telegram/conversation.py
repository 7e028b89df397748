"""What people hear back: events go to the house, and its replies are drawn where they belong.

A little over 300 lines: words, presses and chats elsewhere share what is said to whom alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, assert_never

from telegram.error import BadRequest, Forbidden, TelegramError

from bot.adapters.base import Command, Event, FateUnknown, Handle, Joined, Lookup, Moved, Press, Reply, SendError
from bot.adapters.telegram.errors import words
from bot.adapters.telegram.inline import answer as inline_answer
from bot.adapters.telegram.remote import Remote, acting_on, concerns_chat
from bot.adapters.telegram.render import ON, Body, Key, Keyboard, markup, render
from bot.adapters.telegram.rights import Rights
from bot.adapters.telegram.transport import Api
from bot.adapters.telegram.updates import Asked, Happened, Me, Pressed, Quiet, Said
from bot.adapters.telegram.voice import Only, Spot, Voice
from bot.flood import Flood, Verdict
from bot.formatting import notice
from bot.message import FollowTag, Message, decode_action
from bot.model import Address, ChatKind
from bot.strings import spoken, text

log = logging.getLogger(__name__)

TYPING_SECONDS: Final = 0.3
"""After so long without an answer, people see that one is being written."""
TOGGLES_KEPT: Final = 1000

_ELSEWHERE: Final = re.compile(
    r"(?:(?:@|https?://t\.me/)([A-Za-z][A-Za-z0-9_]{3,31})/?|(-[0-9]{5,15}))(?:\s+(.*))?", re.DOTALL
)
_FOR_A_CHAT: Final = frozenset(
    {"settings", "subscribe", "unsubscribe", "subscriptions", "설정", "구독", "구독취소", "구독해지", "구독목록"}
)


class Conversation:
    """Asks the house and draws what it says. `monotonic` is a clock in seconds that never runs backwards."""

    def __init__(
        self,
        *,
        api: Api,
        voice: Voice,
        rights: Rights,
        me: Me,
        handle: Handle,
        flood: Flood,
        language: str,
        ephemeral: bool,
        monotonic: Callable[[], float],
    ) -> None:
        self._api = api
        self._voice = voice
        self._rights = rights
        self._me = me
        self._handle = handle
        self._flood = flood
        self._language = language
        self._ephemeral = ephemeral
        self._monotonic = monotonic
        self._toggles: OrderedDict[tuple[int, int], dict[int, bool]] = OrderedDict()
        self._moved: set[str] = set()

    async def hear(self, happened: Happened) -> tuple[Happened, Reply]:
        """Have the effect of an event, and learn what to answer, and where."""
        event, place = happened.event, happened.place
        if not isinstance(place, Quiet) and (refused := self._too_much(happened)) is not None:
            return happened, refused
        match place:
            case Said() if isinstance(event, Command):
                if not place.shared and (target := _elsewhere(event)) is not None:
                    return await self._about(happened, event, place, *target)
                async with self._typing(place):
                    return happened, await self._handle(event)
            case Pressed(remote=Remote() as remote) if isinstance(event, Press):
                if event.action is None or not concerns_chat(event.action):
                    return happened, await self._handle(event)
                charge = await self._rights.known(remote.chat, happened.person)
                if charge:
                    return happened, await self._handle(event)
                return happened, Reply(toast=_not_there(self._speaks(event), charge))
            case _:
                reply = await self._handle(event)
        if isinstance(event, Moved):
            self._moved.add(event.to.chat)
        elif isinstance(event, Joined) and event.address.chat in self._moved:
            # Its new address may be announced like a new chat; nobody there is new to us.
            return replace(happened, place=Quiet()), reply
        return happened, reply

    async def answer(self, happened: Happened, reply: Reply) -> None:
        """Draw a reply. What cannot be delivered is a line in the log."""
        place = happened.place
        try:
            match place:
                case Said():
                    await self._answer_words(place, reply)
                case Pressed():
                    await self._answer_press(happened, place, reply)
                case Asked():
                    await self._voice.tell("answerInlineQuery", inline_answer(place.query, reply))
                case Quiet():
                    pass
                case _:
                    assert_never(place)
        except SendError as error:
            log.info("an answer in chat %s was not delivered: %s", happened.event.address.chat, error)

    # --- words --------------------------------------------------------------------------------------------------

    async def _answer_words(self, place: Said, reply: Reply) -> None:
        bodies = [_elsewhere_drawn(message, reply, place.remote) for message in reply.messages]
        if reply.start is not None and place.shared and bodies:
            link: Key = {"text": f"@{self._me.username}", "url": self._deep_link(reply.start)}
            bodies[-1] = Body(text=bodies[-1].text, keyboard=(*bodies[-1].keyboard, (link,)))
        here = Spot(chat=place.chat, thread=place.thread)
        for number, body in enumerate(bodies):
            if place.ephemeral and reply.private:
                only = Only(person=place.person, command=place.ephemeral)
                await self._whisper((replace(here, only=only), Spot(chat=place.person), here), body)
            else:
                spot = replace(here, reply_to=0 if number else place.message)
                await self._voice.say(spot, body, quietly=place.shared and reply.private)
        await self._announce(place, reply)

    async def _whisper(self, spots: Sequence[Spot], body: Body) -> None:
        """Say something at the first of these spots that takes it, the last of which is for everybody to see."""
        *private, public = spots
        for spot in private:
            try:
                await self._voice.say(spot, body)
            except FateUnknown:
                raise
            except SendError as error:
                log.info("chat %d: not said to one person alone: %s", spot.chat, error)
            else:
                return
        await self._voice.say(public, body, quietly=True)

    async def _announce(self, place: Said | Pressed, reply: Reply) -> None:
        """Tell a group what somebody changed in it, where the others saw nothing of how."""
        if reply.announce is not None and place.ephemeral and not place.channel:
            body = render(reply.announce)
            await self._voice.say(Spot(chat=place.chat, thread=place.thread), body, quietly=True)

    @contextlib.asynccontextmanager
    async def _typing(self, place: Said) -> AsyncIterator[None]:
        """Show that an answer is being written, if it takes long."""
        if place.channel or place.ephemeral:
            yield
            return

        async def show() -> None:
            await asyncio.sleep(TYPING_SECONDS)
            await self._voice.typing(Spot(chat=place.chat, thread=place.thread))

        shown = asyncio.create_task(show())
        try:
            yield
        finally:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)

    # --- presses ------------------------------------------------------------------------------------------------

    async def _answer_press(self, happened: Happened, place: Pressed, reply: Reply) -> None:
        """Every press is answered once: its button is shown as busy until then."""
        if reply.start is not None:
            await self._voice.toast(place.query, url=self._deep_link(reply.start))
            return
        at_once = bool(reply.toast) or not reply.messages
        if at_once:
            await self._voice.toast(place.query, text=reply.toast or "")
        told_url: str | None = None
        try:
            if reply.replace is not None:
                body = _elsewhere_drawn(reply.replace, reply, place.remote)
                await self._voice.redraw(_target(place), body.params)
            if reply.toggled is not None and not place.shared:
                await self._toggle(place, *reply.toggled)
            for message in reply.messages:
                told_url = await self._say_to(happened, place, message, reply) or told_url
            await self._announce(place, reply)
        finally:
            if not at_once:
                await self._voice.toast(place.query, url=told_url)

    async def _say_to(self, happened: Happened, place: Pressed, message: Message, reply: Reply) -> str | None:
        """Say something after a press: to the person alone where that can be, and at least not to a whole channel.

        Returns an address that opens their private chat, where nothing could be said.
        """
        here = Spot(chat=place.chat, thread=place.thread, reply_to=place.message if place.shared else 0)
        if not place.shared or not reply.private:
            await self._voice.say(here, _elsewhere_drawn(message, reply, place.remote))
            return None
        body = render(message)
        alone = replace(here, only=Only(person=place.person, query=place.query))
        if place.ephemeral:
            await self._whisper((alone, Spot(chat=place.person), here), body)
            return None
        about = _remote(happened.event) if place.chat else None
        try:
            await self._voice.say(Spot(chat=place.person), _elsewhere_drawn(message, reply, about))
        except SendError as error:
            log.info("chat %d cannot be written to alone: %s", place.person, error)
            if place.channel or not place.chat:
                return self._deep_link(reply.again or "hello")
            await self._whisper((alone, here) if self._ephemeral else (here,), body)
        return None

    async def _toggle(self, place: Pressed, tag: int, on: bool) -> None:
        """Redraw one tag's button. A second press may come with the buttons as they were before the first."""
        key = (place.chat, place.message)
        known = self._toggles.setdefault(key, {})
        known[tag] = on
        self._toggles.move_to_end(key)
        if len(self._toggles) > TOGGLES_KEPT:
            self._toggles.popitem(last=False)
        keyboard = toggled(place.keyboard, known)
        if keyboard != place.keyboard:
            await self._voice.redraw(_target(place), {"reply_markup": markup(keyboard)}, text=False)

    # --- a chat that is not this one --------------------------------------------------------------------------------

    async def _about(
        self, happened: Happened, event: Command, place: Said, name: str, argument: str
    ) -> tuple[Happened, Reply]:
        """A command about a group or channel, from the private chat of one of its admins."""
        language = self._speaks(event)
        try:
            found = await self._api.call("getChat", {"chat_id": name}, seconds=10)
            chat, type_, title = int(found["id"]), str(found["type"]), str(found.get("title", ""))
        except (TelegramError, KeyError, TypeError, ValueError) as error:
            said = words(error) if isinstance(error, TelegramError) else type(error).__name__
            log.info("chat %s was not found: %s", name, said)
            if isinstance(error, BadRequest | Forbidden):
                return happened, Reply(messages=(notice(language, "telegram.no_such_chat", chat=name),))
            return happened, Reply(messages=(notice(language, "command.sorry"),))
        kind = ChatKind.CHANNEL if type_ == "channel" else ChatKind.GROUP
        if chat >= 0:
            return happened, Reply(messages=(notice(language, "telegram.no_such_chat", chat=name),))
        charge = await self._rights.known(chat, happened.person)
        if not charge:
            key = "telegram.rights_unknown" if charge is None else "telegram.not_your_chat"
            return happened, Reply(messages=(notice(language, key, chat=name),))
        elsewhere = replace(
            event,
            address=Address(lane=self._me.lane, chat=str(chat)),
            kind=kind,
            title=title,
            argument=argument,
            may_manage=partial(self._rights.manages, chat, happened.person),
        )
        moved = replace(happened, event=elsewhere, place=replace(place, remote=Remote(chat=chat, kind=kind)))
        return moved, await self._handle(elsewhere)

    # --- what all of them need ----------------------------------------------------------------------------------

    def _too_much(self, happened: Happened) -> Reply | None:
        """What is said instead to somebody who asks for too much; a press always gets its answer."""
        if isinstance(happened.event, Command | Press | Lookup):
            verdict = self._flood.judge(happened.person, self._monotonic())
        else:
            return None
        if verdict is Verdict.ANSWER:
            return None
        language = self._speaks(happened.event)
        if isinstance(happened.event, Press):
            return Reply(toast=text(language, "telegram.slow_down"))
        if verdict is Verdict.WARN and isinstance(happened.event, Command):
            return Reply(messages=(notice(language, "telegram.slow_down"),))
        return Reply()

    def _speaks(self, event: Event) -> str:
        code = event.language or (event.person.language if event.person is not None else None)
        return spoken(code, self._language)

    def _deep_link(self, payload: str) -> str:
        return f"https://t.me/{self._me.username}?start={payload}"


def _not_there(language: str, charge: bool | None) -> str:
    """Why a button for another chat does nothing: the person is not in charge of it, or (None) nobody says who is."""
    if charge is None:
        return text(language, "telegram.rights_unknown")
    return text(language, "toast.managers_only", who=text(language, "managers.admins"))


def _elsewhere_drawn(message: Message, reply: Reply, remote: Remote | None) -> Body:
    """A message of a reply as it is drawn in another place than the chat `remote`: it says which chat it is about."""
    if remote is not None and reply.about is not None:
        message = replace(message, blocks=(reply.about, *message.blocks))
    return acting_on(render(message), remote, about=reply.about is not None)


def toggled(keyboard: Keyboard, states: dict[int, bool]) -> Keyboard:
    """The same buttons, those of these tags switched on or off."""
    return tuple(tuple(_toggled(key, states) for key in row) for row in keyboard)


def _toggled(key: Key, states: dict[int, bool]) -> Key:
    action = decode_action(key.get("callback_data", ""))
    if not isinstance(action, FollowTag) or action.tag_id not in states:
        return key
    words = key["text"].removeprefix(ON)
    return key | {"text": ON + words if states[action.tag_id] else words}


def _elsewhere(event: Command) -> tuple[str, str] | None:
    """The name or the id of the chat that a command is about, and the rest of what was typed."""
    found = _ELSEWHERE.fullmatch(event.argument) if event.name in _FOR_A_CHAT else None
    if found is None:
        return None
    return f"@{found[1]}" if found[1] else found[2], (found[3] or "").strip()


def _remote(event: Event) -> Remote:
    address = event.address
    return Remote(chat=int(address.chat), kind=event.kind, thread=address.thread)


def _target(place: Pressed) -> dict[str, object]:
    if place.inline is not None:
        return {"inline_message_id": place.inline}
    if place.ephemeral:
        number, person = place.ephemeral, place.person
        return {"chat_id": place.chat, "ephemeral_message_id": number, "receiver_user_id": person}
    return {"chat_id": place.chat, "message_id": place.message}
