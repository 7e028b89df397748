"""The settings of a chat and the pages on which they are changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from bot.formatting.paper import rows
from bot.formatting.words import heading, say
from bot.message import Block, Button, ChangeSetting, Message, Paragraph, Text
from bot.model import EVERY_DAY, Chat, ChatKind
from bot.settings_words import chat_zone, zone_label
from bot.strings import LANGUAGES, clock, counted, moment, text, weekdays

SETTINGS: Final = ("time", "zone", "days", "language", "everything", "layout")
"""The settings by the names that buttons and typed commands use."""

ALL: Final = "all"
"""The name under which a button leads back to all of them."""

HOURS: Final = tuple(time(hour) for hour in (7, 8, 9, 12, 18, 21))
ZONES: Final = {
    "Asia/Seoul": "seoul",
    "Asia/Tokyo": "tokyo",
    "Asia/Singapore": "singapore",
    "UTC": "utc",
    "Europe/London": "london",
    "Europe/Berlin": "berlin",
    "America/New_York": "newyork",
    "America/Los_Angeles": "losangeles",
}
"""Zones that buttons offer, each with the key of its name; any other can be typed."""
WORKING_DAYS: Final = frozenset(range(5))


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """What the pages show. `subscriptions` are counted without the one for everything; `next_post` is in UTC, None
    where the chat waits for the next digest. `threads`: its platform can put a day's papers under one message."""

    chat: Chat
    everything: bool
    subscriptions: int
    next_post: datetime | None
    now: datetime
    threads: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The settings that this chat has: a private one has no neighbours to be spared a long day."""
        fitting = self.threads and self.chat.kind is not ChatKind.PRIVATE
        return tuple(name for name in SETTINGS if fitting or name != "layout")

    @property
    def language(self) -> str:
        return self.chat.language


def settings_message(
    view: SettingsView, *, page: str = "", editable: bool = True, notes: tuple[Paragraph, ...] = ()
) -> Message:
    """All settings, or the `page` (one of `view.names`) on which one of them is chosen."""
    language = view.language
    place = "mine" if view.chat.kind is ChatKind.PRIVATE else "chat"
    title = text(language, f"settings.title_{place}")
    if page in view.names and editable:
        line = setting_line(view, page)
        blocks: tuple[Block, ...] = (*notes, heading(line), say(language, f"settings.{page}_hint"))
        back = (Button(text(language, "button.back"), ChangeSetting(ALL)),)
        return Message(summary=line, blocks=blocks, buttons=(*_choices(view, page), back))
    lines = [Paragraph((Text(setting_line(view, name)),)) for name in view.names]
    buttons: tuple[tuple[Button, ...], ...] = ()
    if editable:
        buttons = rows(Button(text(language, f"settings.button_{name}"), ChangeSetting(name)) for name in view.names)
    return Message(summary=title, blocks=(*notes, heading(title), *lines, next_line(view)), buttons=buttons)


def setting_line(view: SettingsView, name: str) -> str:
    """A setting as it is now: "받는 시간: 오전 9:00"."""
    language = view.language
    if name == "zone":
        now = clock(language, view.now.astimezone(chat_zone(view.chat.zone)).time())
        return text(language, "settings.zone", value=_zone_name(view.chat.zone, language), now=now)
    return text(language, f"settings.{name}", value=_value(view, name))


def next_line(view: SettingsView) -> Paragraph:
    """When the next papers come."""
    language = view.language
    if not view.everything and not view.subscriptions:
        return say(language, "settings.next_nothing")
    if view.next_post is None or view.next_post <= view.now:
        return say(language, "settings.next_at_once")
    when = moment(language, view.next_post.astimezone(chat_zone(view.chat.zone)))
    key = "settings.next_from" if view.chat.posting_time is None else "settings.next"
    return say(language, key, when=when)


def zone_buttons(names: Iterable[str], language: str, chosen: str = "") -> tuple[tuple[Button, ...], ...]:
    """Time zones to choose from."""
    return rows(Button(_zone_name(name, language), ChangeSetting("zone", name), on=name == chosen) for name in names)


def _value(view: SettingsView, name: str) -> str:
    language, chat = view.language, view.chat
    match name:
        case "time":
            return (
                text(language, "settings.at_once") if chat.posting_time is None else clock(language, chat.posting_time)
            )
        case "days":
            return weekdays(language, chat.weekdays)
        case "language":
            return text(language, f"language.{language}")
        case "layout":
            return text(language, f"settings.layout_{_layout(chat)}")
        case _:
            if view.everything:
                return text(language, "settings.all_papers")
            return text(language, "settings.only", subscriptions=counted(language, "subscriptions", view.subscriptions))


def _choices(view: SettingsView, page: str) -> tuple[tuple[Button, ...], ...]:
    language, chat = view.language, view.chat
    match page:
        case "time":
            at_once = text(language, "settings.button_at_once")
            now = Button(at_once, ChangeSetting("time", "now"), on=chat.posting_time is None)
            hours = (
                Button(clock(language, hour), ChangeSetting("time", f"{hour:%H:%M}"), on=hour == chat.posting_time)
                for hour in HOURS
            )
            return ((now,), *rows(hours))
        case "zone":
            return zone_buttons(ZONES, language, chat.zone)
        case "days":
            return _days(view)
        case "language":
            return rows(
                Button(text(language, f"language.{code}"), ChangeSetting("language", code), on=code == language)
                for code in LANGUAGES
            )
        case "layout":
            return tuple(
                (
                    Button(
                        text(language, f"settings.layout_{form}"),
                        ChangeSetting("layout", form),
                        on=form == _layout(chat),
                    ),
                )
                for form in ("each", "thread")
            )
        case _:
            every, only = text(language, "button.all_papers"), text(language, "settings.button_only")
            return (
                (Button(every, ChangeSetting("everything", "on"), on=view.everything),),
                (Button(only, ChangeSetting("everything", "off"), on=not view.everything),),
            )


def _days(view: SettingsView) -> tuple[tuple[Button, ...], ...]:
    """Every day is a switch of its own, which says nothing of the others: they may be switched before it is pressed."""
    language, chosen = view.language, view.chat.weekdays
    whole = tuple(
        Button(weekdays(language, days), ChangeSetting("days", _digits(days)), on=days == chosen)
        for days in (EVERY_DAY, WORKING_DAYS)
    )
    single = [
        Button(
            text(language, f"weekday.{number}"),
            ChangeSetting("days", f"{'-' if number in chosen else '+'}{number}"),
            on=number in chosen,
        )
        for number in range(7)
    ]
    return whole, tuple(single[:4]), tuple(single[4:])


def _layout(chat: Chat) -> str:
    return "thread" if chat.threaded else "each"


def _digits(days: frozenset[int]) -> str:
    return "".join(map(str, sorted(days)))


def _zone_name(name: str, language: str) -> str:
    if key := ZONES.get(name):
        return text(language, f"city.{key}")
    return zone_label(name).rpartition("/")[2].replace("_", " ")
