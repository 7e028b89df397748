"""One event on its way through: who came, to which chat, in which language, and what they may change there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from bot.adapters.base import Event
from bot.formatting import clean, cut, notice, query_name, say, subscription_name
from bot.message import Message, Paragraph, base36
from bot.model import Chat, ChatKind, Subscription, Tag
from bot.query import Lexicon, Parsed, Query, asked_for, canonical, is_past, nearest_tags, parse, tag_slug
from bot.search import Index, Suggestions
from bot.settings_words import chat_zone, parse_zone, zone
from bot.store import Store
from bot.strings import spoken, text

EVERYTHING: Final = "*"
TOAST: Final = 200
"""The most letters of a toast."""

NEAREST: Final = 4
"""How many tags are offered to somebody who found nothing."""

POPULAR: Final = 9
"""How many tags a welcome offers."""

TITLE: Final = 200
"""The most letters of a chat's title."""

NAME: Final = 60
"""The most letters of a person's name."""

AddressOf = Callable[[Chat, str], Awaitable[str | None]]
"""The address of a chat's message by its receipt, as `Adapter.address` gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every story needs. `now` is the clock; `wake` tells the pump that something may be due; `address_of` asks
    the chat's platform; `publish_within_days` is how many days old a digest may be to be posted by itself."""

    store: Store
    index: Index
    lexicon: Lexicon
    now: Callable[[], datetime]
    default_language: str
    default_zone: str
    wake: Callable[[], None]
    address_of: AddressOf
    publish_within_days: int

    def language(self, code: str | None) -> str:
        """The language that a client's code (`ko-KR`) stands for, the house's own where it has none."""
        return spoken(code, self.default_language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The chat that a command is about. `redirected`: asked in a shared chat by somebody who may not change it, so it
    is about their private chat."""

    chat: Chat
    redirected: bool = False

    @property
    def shared(self) -> bool:
        return self.chat.kind is not ChatKind.PRIVATE

    @property
    def word(self) -> str:
        """The part of a sentence's key that tells the two apart."""
        return "chat" if self.shared else "mine"


class Visit:
    """An event, and what is looked up for it at most once."""

    def __init__(self, desk: Desk, event: Event, chat: Chat | None) -> None:
        self.desk = desk
        self.event = event
        self.chat = chat
        self.created = False
        """Whether the chat was met for the first time by this event."""
        self.now = desk.now()
        self.changed: dict[int, Chat] = {}
        self.announcements: list[str] = []
        self.spoken: str | None = None
        """The language of the message that was pressed, where it is known."""
        self.own_language: str | None = None
        """The language of the person's private chat, where this one is shared and there is one."""
        self.alone = event.alone
        """Whether nobody but the person sees the answer."""
        self.personally = False
        """Whether it is about the person's private chat, though it was asked in a shared one."""
        self._manages: bool | None = None
        self._own: tuple[Chat | None] | None = None
        self._nearest: dict[Query, Suggestions] = {}

    @property
    def private(self) -> bool:
        return self.event.kind is ChatKind.PRIVATE

    @property
    def actor(self) -> str:
        return self.event.person.id if self.event.person else ""

    @property
    def language(self) -> str:
        """The language of the answer: the chat's, or where nobody else sees it the person's own."""
        return (self.own_language if self.alone else None) or self.chat_language

    @property
    def toast_language(self) -> str:
        """The language of a toast, which only the person sees."""
        return self.own_language or self.language

    @property
    def chat_language(self) -> str:
        """The chat's language; in a chat that is not known yet, that of the message that was pressed, or the person's:
        what others see does not change its language for one of them."""
        if self.chat is not None:
            return self.chat.language
        if self.spoken is not None:
            return self.spoken
        event = self.event
        return self.desk.language(event.language or (event.person.language if event.person else None))

    @property
    def today(self) -> date:
        """The day in the chat's own zone; in a chat that is not known yet, in the person's, or the house's."""
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        """The day of a moment in that zone."""
        name = self.chat.zone if self.chat is not None else self._persons_zone() or self.desk.default_zone
        return moment.astimezone(chat_zone(name)).date()

    def is_past(self, query: Query) -> bool:
        """Whether a query asks only for papers of before today, so that it is not worth following."""
        return is_past(asked_for(query, self.desk.lexicon), self.today)

    def is_over(self, query: Query) -> bool:
        """Whether no paper that a query finds will be posted any more, not even one of a digest that comes late."""
        today = self.now.astimezone(zone(self.desk.default_zone)).date()
        oldest = today - min(timedelta(days=self.desk.publish_within_days), today - date.min)
        return is_past(asked_for(query, self.desk.lexicon), oldest)

    async def manages(self) -> bool:
        """Whether the person may change this chat; the platform is asked once. Where we are no member nobody may."""
        if self._manages is None:
            self._manages = self.private or (self.event.member and await self.event.may_manage())
        return self._manages

    async def own(self) -> Chat | None:
        """The person's private chat, where there is one that they have not closed."""
        if self.private:
            return self.chat
        if self._own is None:
            person = self.event.person
            self._own = (None if person is None else await self.desk.store.chats.find(person.address),)
        (chat,) = self._own
        return self.changed.get(chat.id, chat) if chat is not None and chat.active else None

    async def place(self) -> Place | None:
        """The chat that the person may change from here; None where they have to open a private chat first.

        A shared chat that has not been met is met, without following everything: somebody in charge asks for
        something definite.
        """
        if self.private or not await self.manages():
            own = await self.own()
            self.personally = own is not None
            return None if own is None else Place(chat=own, redirected=not self.private)
        return Place(chat=await self.here())

    async def personal(self) -> Place | None:
        """The person's private chat, for what concerns only the one who presses; None where it has to be opened."""
        own = await self.own()
        return None if own is None else Place(chat=own)

    async def here(self) -> Chat:
        """The chat of the event, met or woken where it has to be."""
        if self.chat is None or not self.chat.active:
            self.chat, _ = await self.meet()
        return self.chat

    async def meet(self, *, subscribe: tuple[str, str] | None = None) -> tuple[Chat, bool]:
        """Meet the chat of the event, or wake it."""
        return await self.desk.store.chats.meet(
            self.event.address,
            kind=self.event.kind,
            title=self.event.title,
            language=self.chat_language,
            zone=self._zone(),
            now=self.now,
            subscribe=subscribe,
        )

    def _zone(self) -> str:
        """The zone of a new chat: a person's own, where their platform tells us."""
        return (self._persons_zone() if self.private else None) or self.desk.default_zone

    def _persons_zone(self) -> str | None:
        known = self.event.person.zone if self.event.person is not None else None
        return parse_zone(known) if known else None

    async def follow(self, chat: Chat, written: str, canon: str) -> tuple[Subscription, bool]:
        """Subscribe a chat to a query; whether that is new."""
        subscription, new = await self.desk.store.chats.subscribe(
            chat.id, written, canon, actor=self.actor, now=self.now
        )
        if new:
            self._note(chat, "followed", name=subscription_name(subscription, chat.language))
        return subscription, new

    async def unfollow(self, chat: Chat, subscription_ids: Sequence[int]) -> list[Subscription]:
        """End subscriptions of a chat; those that were ended."""
        ended = await self.desk.store.chats.unsubscribe(chat.id, subscription_ids, actor=self.actor, now=self.now)
        if ended:
            names = ", ".join(subscription_name(each, chat.language) for each in ended)
            self._note(chat, "unfollowed", name=names)
        return ended

    async def change(self, chat: Chat, **values: Any) -> Chat:
        """Change a chat's settings, as `Chats.change` does."""
        changed = await self.desk.store.chats.change(chat.id, actor=self.actor, now=self.now, **values)
        self.changed[chat.id] = changed
        return changed

    async def replan(self, chat: Chat, replanned: Callable[[Chat], Chat]) -> Chat:
        """Change when a chat is posted to, as `Chats.replan` does."""
        changed = await self.desk.store.chats.replan(chat.id, replanned, actor=self.actor, now=self.now)
        self.changed[chat.id] = changed
        return changed

    def announce_setting(self, chat: Chat, line: str) -> None:
        """Tell a shared chat what was set."""
        self._note(chat, "set", line=line)

    def _note(self, chat: Chat, what: str, **values: str) -> None:
        self.changed[chat.id] = chat
        if chat.kind is not ChatKind.PRIVATE:
            name = cut(clean(self.event.person.name), NAME) if self.event.person is not None else ""
            key = f"announce.{what}" if name else f"announce.{what}_by_nobody"
            self.announcements.append(text(chat.language, key, **({"who": name} if name else {}), **values))

    async def following(self, chat: Chat | None) -> frozenset[int]:
        """The ids of the tags that a private chat follows: what its tag buttons show as switched on."""
        if chat is None or chat.kind is not ChatKind.PRIVATE:
            return frozenset()
        followed = {subscription.canonical for subscription in await self.desk.store.chats.subscriptions(chat.id)}
        tags = await self.desk.store.papers.tags() if any(name.startswith("#") for name in followed) else []
        return frozenset(tag.id for tag in tags if tag_query(tag.slug, self.desk.lexicon) in followed)

    async def popular(self) -> list[Tag]:
        """The tags with the most papers."""
        return (await self.desk.store.papers.tags())[:POPULAR]

    async def count(self, query: Query) -> int:
        """How many papers of the archive a query finds as it is written."""
        results = await asyncio.to_thread(self.desk.index.search, query, limit=1, literal=True)
        return results.total

    async def near_tags(self, line: str, query: Query) -> list[Tag]:
        """The tags that somebody may have meant who found nothing: by the whole line, then by its words."""
        tags = {tag.slug: tag for tag in await self.desk.store.papers.tags()}
        suggested = await self.nearest(query)
        slugs = dict.fromkeys((*nearest_tags(line, tags, self.desk.lexicon), *suggested.tags))
        return [tags[slug] for slug in slugs if slug in tags][:NEAREST]

    async def nearest(self, query: Query) -> Suggestions:
        """What somebody may have meant who found nothing; the index is asked once."""
        if query not in self._nearest:
            self._nearest[query] = await asyncio.to_thread(self.desk.index.nearest, query)
        return self._nearest[query]

    def reading_notes(self, parsed: Parsed) -> list[Paragraph]:
        """What the person should know about how their line was read."""
        return [
            say(self.language, f"query.{note}", words=query_name(parsed.about(note), NAME)) for note in parsed.notes
        ]

    def not_here(self) -> Message:
        """That nothing is posted to this chat, and what would change that."""
        if not self.event.member:
            return self.say("command.not_member")
        return self.say("command.not_here", who=self.managers(self.language))

    def managers(self, language: str) -> str:
        """Those who may change this chat, in a word or two."""
        return text(language, f"managers.{self.event.managers}")

    def not_yours(self) -> str:
        """The toast for somebody who may not change this chat: why."""
        if not self.event.member:
            return self.toast("command.not_member")
        return self.toast("toast.managers_only", who=self.managers(self.toast_language))

    def toast(self, key: str, /, **values: object) -> str:
        """A sentence short enough for a toast; what is in it is to be in the `toast_language`, too."""
        return cut(text(self.toast_language, key, **values), TOAST)

    def say(self, key: str, /, *more: Paragraph, **values: object) -> Message:
        """A sentence as a message in the language of this chat."""
        return notice(self.language, key, *more, buttons=(), **values)


def tag_query(slug: str, lexicon: Lexicon) -> str:
    """The canonical form of the subscription to a tag."""
    return canonical(parse(f"#{slug}", lexicon))


def follows_everything(subscriptions: Sequence[Subscription]) -> bool:
    """Whether every paper comes, whatever else is subscribed to."""
    return any(subscription.canonical == EVERYTHING for subscription in subscriptions)


def named_tag(words: str, tags: Sequence[Tag], lexicon: Lexicon) -> Tag | None:
    """The tag that words name as they stand: by its slug, an alias or a name, whatever the spaces and hyphens."""
    slug = tag_slug(words.strip().removeprefix("#"), lexicon)
    flat = slug.replace("-", "")
    if not flat:
        return None
    exact = next((tag for tag in tags if tag.slug == slug), None)
    return exact or next((tag for tag in tags if tag.slug.replace("-", "") == flat), None)


def near_tags(words: str, tags: Sequence[Tag], lexicon: Lexicon) -> list[Tag]:
    """The tags that somebody who typed `words` may have meant, best first."""
    by_slug = {tag.slug: tag for tag in tags}
    return [by_slug[slug] for slug in nearest_tags(words, by_slug, lexicon)]


def start_payload(letter: str, number: int) -> str:
    """A deep link's payload: a letter that says what is to be done (see `bot.commands.greet`) and a number."""
    return f"{letter}_{base36(number)}"
