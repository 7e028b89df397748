"""What Paperboy answers: every command, plain words and button press, as one `Reply`.

Each story has a file; here an event finds its way to it. Nothing that a person sends raises.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.adapters.base import Command, Event, Home, Joined, Left, Lookup, Moved, Paused, Press, Renamed, Reply, Resumed
from bot.commands import greet, home, lookup, search, settings, similar, subscribe, tags, why
from bot.commands.meant import meant
from bot.commands.visit import TITLE, AddressOf, Desk, Visit
from bot.formatting import clean, notice, query_name, say
from bot.message import (
    Action,
    AskWhy,
    Button,
    ChangeSetting,
    ChatFollowTag,
    FollowTag,
    Message,
    Paragraph,
    RunCommand,
    SearchLiterally,
    SetChatTag,
    ShowPage,
    ShowPaper,
    ShowTags,
    SimilarTo,
    SubscribeSearch,
    Text,
    Unsubscribe,
)
from bot.model import ChatKind
from bot.query import Lexicon
from bot.search import Index, SearchError
from bot.store import Store
from bot.strings import text

log = logging.getLogger(__name__)

ALIASES: Final = {
    "시작": "start",
    "도움말": "help",
    "구독": "subscribe",
    "구독취소": "unsubscribe", "구독해지": "unsubscribe",
    "구독목록": "subscriptions",
    "태그": "tags",
    "검색": "search",
    "최신": "latest",
    "비슷한논문": "similar",
    "왜": "why",
    "설정": "settings",
}  # fmt: skip
"""Other words for a command, where a platform lets people type them."""

_FOR_ONE: Final = (FollowTag, ShowPaper, SimilarTo, SubscribeSearch)
"""What is answered to the person who presses, wherever the button is."""

_OF_A_CHAT: Final = (AskWhy, ChangeSetting, ChatFollowTag, FollowTag, SetChatTag, Unsubscribe)
_OF_A_CHAT_BY_NAME: Final = frozenset(
    {"start", "subscribe", "unsubscribe", "subscriptions", "why", "settings", "everything", "only"}
)
"""What concerns the chat in which it is pressed or typed, and not only who does it."""

_READ: Final = 20_000
"""Letters of a command that are looked at."""

_NEAR: Final = 0.6
_NEARER: Final = 0.75
"""How like a command a mistyped one has to be; in a shared chat more so, for it may be another bot's."""


class Commands:
    """The one `Handle` of the house."""

    def __init__(
        self,
        *,
        store: Store,
        index: Index,
        lexicon: Lexicon,
        now: Callable[[], datetime],
        default_language: str,
        default_zone: str,
        wake: Callable[[], None],
        address_of: AddressOf,
        publish_within_days: int = 3,
    ) -> None:
        """Arguments are as in `Desk`."""
        self._desk = Desk(
            store=store,
            index=index,
            lexicon=lexicon,
            now=now,
            default_language=default_language,
            default_zone=default_zone,
            wake=wake,
            address_of=address_of,
            publish_within_days=publish_within_days,
        )
        self._commands: dict[str, Callable[[Visit, str], Awaitable[Reply]]] = {
            "search": search.search,
            "subscribe": subscribe.subscribe,
            "unsubscribe": subscribe.unsubscribe,
            "subscriptions": lambda visit, _: subscribe.subscriptions(visit),
            "tags": tags.tags,
            "latest": search.latest,
            "similar": similar.similar,
            "why": why.why,
            "settings": settings.settings,
            "help": lambda visit, _: greet.show_help(visit),
            "start": greet.start,
        }

    async def handle(self, event: Event) -> Reply:
        """Answer an event. Whatever goes wrong becomes an apology and a line in the log."""
        try:
            return await self._answer(event)
        except Exception as error:
            what = type(event).__name__, event.kind.value
            if isinstance(error, SearchError):  # the index tells the rest
                log.warning("no answer to %s in a %s chat: %s", *what, error)
            else:
                log.exception("no answer to %s in a %s chat", *what)
            language = self._desk.language(event.language or (event.person.language if event.person else None))
            if isinstance(event, Press):
                return Reply(toast=text(language, "toast.sorry"))
            return Reply(messages=(notice(language, "command.sorry"),)) if isinstance(event, Command) else Reply()

    async def _answer(self, event: Event) -> Reply:
        match event:
            case Left():
                return await greet.left(Visit(self._desk, event, None), event)
            case Moved():
                return await greet.moved(Visit(self._desk, event, None), event)
            case Paused() | Resumed():
                return await greet.paused(Visit(self._desk, event, None), on=isinstance(event, Paused))
            case Renamed():
                return await greet.renamed(Visit(self._desk, event, None))
            case Lookup():
                # Looking something up is not meeting us.
                chat = await self._desk.store.chats.find(event.address)
                return await lookup.lookup(Visit(self._desk, event, chat), event)
            case Joined():
                visit = await self._visit(event)
                return _told(visit, await greet.joined(visit))
            case Home():
                return await home.home(await self._visit(event))
            case Command():
                visit = await self._visit(event)
                reply = await self._run(visit, clean(event.name[:_READ]), clean(event.argument[:_READ]))
                return _told(visit, reply)
            case Press():
                visit = await self._visit(event)
                if event.action is None:
                    return Reply(toast=visit.toast("toast.old_button"))
                return _told(visit, await self._press(visit, event.action))
            case _:
                raise TypeError(f"not an event that is answered: {type(event).__name__}")

    async def _visit(self, event: Event) -> Visit:
        """Whoever speaks to us in private has met us; a shared chat is met when we are added or somebody asks."""
        event = replace(event, title=clean(event.title)[:TITLE])
        if event.kind is not ChatKind.PRIVATE:
            visit = Visit(self._desk, event, await self._desk.store.chats.find(event.address))
            if isinstance(event, Command | Press) and (own := await visit.own()):
                visit.own_language = own.language
            return visit
        visit = Visit(self._desk, event, None)
        visit.chat, visit.created = await visit.meet()
        return visit

    async def _run(self, visit: Visit, name: str, argument: str) -> Reply:
        if not name:
            return await search.search(visit, argument)
        known = name.removeprefix("/").casefold()
        known = ALIASES.get(known, known)
        command = self._commands.get(known)
        if command is None:
            return self._unknown(visit, known)
        event = visit.event
        if isinstance(event, Command) and not await meant(visit, event, known, (*self._commands, *ALIASES)):
            return await search.search(visit, clean(event.line[:_READ]))
        return await command(visit, argument)

    def _unknown(self, visit: Visit, name: str) -> Reply:
        """Suggest what was meant; in a shared chat a strange command may be another bot's, and gets no answer."""
        words = (*self._commands, *ALIASES)
        cutoff = _NEAR if visit.private else _NEARER
        near = process.extractOne(name, words, scorer=OSA.normalized_similarity, score_cutoff=cutoff)
        if near is None and not visit.private:
            return Reply()
        language = visit.language
        if near is None:
            return Reply(
                messages=(visit.say("command.unknown", say(language, "command.see_help"), name=query_name(name, 40)),)
            )
        suggested = ALIASES.get(near[0], near[0])
        button = Button(f"/{suggested}", RunCommand(suggested))
        suggestion = say(language, "command.suggest", name=suggested)
        unknown = notice(language, "command.unknown", suggestion, buttons=[[button]], name=query_name(name, 40))
        return Reply(messages=(unknown,))

    async def _press(self, visit: Visit, action: Action) -> Reply:
        visit.alone |= isinstance(action, _FOR_ONE)
        match action:
            case FollowTag(tag_id=tag_id):
                return await tags.press_follow(visit, tag_id)
            case ChatFollowTag(tag_id=tag_id):
                return await tags.press_chat_follow(visit, tag_id)
            case SetChatTag(tag_id=tag_id, on=on):
                return await tags.press_chat_follow(visit, tag_id, wanted=bool(on))
            case ShowTags(page=page):
                return await tags.press_page(visit, page)
            case ShowPage(search_id=search_id, page=page):
                return await search.press_page(visit, search_id, page)
            case ShowPaper(paper_id=paper_id):
                return await search.press_paper(visit, paper_id)
            case SimilarTo(paper_id=paper_id):
                return await similar.press_similar(visit, paper_id)
            case AskWhy(paper_id=paper_id):
                return await why.press_why(visit, paper_id)
            case SearchLiterally(search_id=search_id):
                return await search.press_literally(visit, search_id)
            case SubscribeSearch(search_id=search_id):
                return await search.press_subscribe(visit, search_id)
            case Unsubscribe(subscription_id=subscription_id):
                return await subscribe.press_unsubscribe(visit, subscription_id)
            case ChangeSetting(name=name, value=value):
                return await settings.press(visit, name, value)
            case RunCommand(name=name):
                if name in ("everything", "only"):
                    return await subscribe.press_everything(visit, on=name == "everything")
                if command := self._commands.get(name):
                    return await command(visit, "")
                return Reply(toast=visit.toast("toast.old_button"))
            case _:
                assert_never(action)


def _told(visit: Visit, reply: Reply) -> Reply:
    """The reply, with what else the visit changed for whom."""
    own = any(chat.kind is ChatKind.PRIVATE for chat in visit.changed.values()) or visit.created
    announce = None
    if visit.announcements:
        lines = tuple(Paragraph((Text(line),)) for line in visit.announcements)
        announce = Message(summary=visit.announcements[0], blocks=lines)
    chat = visit.chat and visit.changed.get(visit.chat.id, visit.chat)
    about = None
    if not visit.private and not visit.personally and _of_the_chat(visit.event):
        title = (chat.title if chat else "") or visit.event.title or visit.event.address.chat
        about = say(visit.language, "command.about", chat=title)
    return replace(reply, changed=own, announce=announce, language=chat.language if chat else None, about=about)


def _of_the_chat(event: Event) -> bool:
    match event:
        case Command(name=name) | Press(action=RunCommand(name=name)):
            known = name.removeprefix("/").casefold()
            return ALIASES.get(known, known) in _OF_A_CHAT_BY_NAME
        case Press(action=action):
            return isinstance(action, _OF_A_CHAT)
        case _:
            return False
