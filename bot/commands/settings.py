"""`/settings`, typed or pressed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from bot.adapters.base import Reply
from bot.commands.visit import EVERYTHING, Visit, follows_everything
from bot.formatting import (
    SettingsView,
    next_line,
    notice,
    query_name,
    say,
    setting_line,
    settings_message,
    zone_buttons,
)
from bot.matching import next_posting, rescheduled
from bot.message import Button, Message, Paragraph, Text
from bot.model import Chat
from bot.settings_words import parse_language, parse_time, parse_weekdays, parse_zone, suggest_zones

AT_ONCE: Final = frozenset({"now", "at once", "atonce", "immediately", "바로", "즉시", "올라오는 대로", "지금"})
_ON: Final = frozenset({"on", "yes", "true", "1", "켜기", "켬", "켜", "예", "네"})
_OFF: Final = frozenset({"off", "no", "false", "0", "끄기", "끔", "꺼", "아니요", "아니오"})
_LAYOUTS: Final = {
    "each": "each", "channel": "each", "off": "each", "하나씩": "each", "채널": "each", "끄기": "each",
    "thread": "thread", "threads": "thread", "on": "thread", "스레드": "thread", "모아서": "thread", "켜기": "thread",
}  # fmt: skip
_DAY_SWITCH: Final = re.compile(r"([+-])([0-6])")
"""What a weekday's button carries: the day, and whether it is switched on or off."""
_NAMES: Final = {
    "time": "time", "시간": "time", "시각": "time", "받는시간": "time", "받는": "time",
    "zone": "zone", "timezone": "zone", "tz": "zone", "시간대": "zone",
    "days": "days", "day": "days", "weekdays": "days", "요일": "days",
    "language": "language", "lang": "language", "언어": "language",
    "layout": "layout", "threads": "layout", "thread": "layout", "스레드": "layout", "모양": "layout",
    "everything": "everything", "all": "everything", "모두": "everything", "전체": "everything", "논문": "everything",
}  # fmt: skip


async def settings(visit: Visit, argument: str = "") -> Reply:
    """`/settings [name value]`; in the language that the chat speaks, of which it is a setting, to everybody."""
    chat, editable = await _chat(visit)
    if chat is None:
        return Reply(messages=(visit.not_here(),))
    if not visit.private and not visit.event.member:
        return Reply(messages=(visit.not_here(),))
    language = visit.chat_language
    if not editable:
        who = visit.managers(language)
        if argument:
            return Reply(messages=(notice(language, "settings.managers_only", who=who),))
        refusal = say(language, "settings.managers_only", who=who)
        return Reply(messages=(settings_message(await view(visit, chat), editable=False, notes=(refusal,)),))
    if not argument:
        return Reply(messages=(settings_message(await view(visit, chat)),))
    name, value = understood(argument)
    if name is None:
        hint = say(language, "settings.unknown_hint")
        return Reply(messages=(notice(language, "settings.unknown", hint, value=query_name(argument, 40)),))
    now = await view(visit, chat)
    if name not in now.names:
        return Reply(messages=(notice(language, "settings.no_threads"),))
    if not value:
        return Reply(messages=(settings_message(now, page=name),))
    changed = await _set(visit, chat, name, value)
    if changed is None:
        return Reply(messages=(_not_understood(visit, name, value),))
    return Reply(messages=(await _now_holds(visit, changed, name),))


async def press(visit: Visit, name: str, value: str) -> Reply:
    """A settings button: opens a page or sets a value, in place."""
    chat, editable = await _chat(visit)
    if chat is None or not editable:
        return Reply(toast=visit.not_yours())
    if not value:
        return Reply(replace=settings_message(await view(visit, chat), page=name))
    fits = name in (await view(visit, chat)).names
    changed = await _set(visit, chat, name, value) if fits else None
    if changed is None:
        return Reply(toast=visit.toast("toast.old_button"))
    now = await view(visit, changed)
    return Reply(
        toast=query_name(setting_line(now, name), 190),
        replace=settings_message(now, page=name if name == "days" else ""),
    )


async def _chat(visit: Visit) -> tuple[Chat | None, bool]:
    """The chat whose settings are meant, and whether the person may change them."""
    manages = await visit.manages()
    return visit.chat, manages


async def view(visit: Visit, chat: Chat) -> SettingsView:
    """A chat as the settings pages show it."""
    there = await visit.desk.store.chats.subscriptions(chat.id)
    return SettingsView(
        chat=chat,
        everything=follows_everything(there),
        subscriptions=sum(subscription.canonical != EVERYTHING for subscription in there),
        next_post=chat.next_post_at if chat.posting_time is not None else next_posting(chat, visit.now),
        now=visit.now,
        threads=visit.event.threads,
    )


def understood(argument: str) -> tuple[str | None, str]:
    """The setting that a typed line is about, and the words for its value; the name may be left out."""
    head, _, rest = argument.partition(" ")
    name = _NAMES.get(head.casefold().rstrip(":=는은"))
    if name is not None:
        return name, rest.strip(" :=")
    readers: dict[str, Callable[[str], Any]] = {
        "time": lambda words: words.casefold() in AT_ONCE or parse_time(words),
        "days": parse_weekdays,
        "language": parse_language,
        "zone": parse_zone,
    }
    return next((name for name, read in readers.items() if read(argument) not in (None, False)), None), argument


async def _set(visit: Visit, chat: Chat, name: str, value: str) -> Chat | None:
    """Change a setting and when the chat is posted to next; None where the value is not understood."""
    setters: dict[str, Callable[[Visit, Chat, str], Awaitable[Chat | None]]] = {
        "time": _set_time,
        "zone": _set_zone,
        "days": _set_days,
        "language": _set_language,
        "everything": _set_everything,
        "layout": _set_layout,
    }
    changed = await setters[name](visit, chat, value)
    if changed is not None and name != "everything":
        visit.announce_setting(changed, setting_line(await view(visit, changed), name))
    return changed


async def _set_time(visit: Visit, chat: Chat, value: str) -> Chat | None:
    at_once = value.casefold() in AT_ONCE
    when = None if at_once else parse_time(value)
    if when is None and not at_once:
        return None
    return await _reschedule(visit, chat, lambda there: replace(there, posting_time=when))


async def _set_zone(visit: Visit, chat: Chat, value: str) -> Chat | None:
    name = parse_zone(value)
    return None if name is None else await _reschedule(visit, chat, lambda there: replace(there, zone=name))


async def _set_days(visit: Visit, chat: Chat, value: str) -> Chat | None:
    if switch := _DAY_SWITCH.fullmatch(value):
        return await _reschedule(visit, chat, partial(_switched, day=int(switch[2]), on=switch[1] == "+"))
    # Buttons carry the days as digits.
    days = frozenset(map(int, value)) if value and set(value) <= set("0123456") else parse_weekdays(value)
    return None if days is None else await _reschedule(visit, chat, lambda there: replace(there, weekdays=days))


def _switched(chat: Chat, *, day: int, on: bool) -> Chat:
    """The chat with one weekday more, or less unless it is the last one."""
    days = chat.weekdays | {day} if on else chat.weekdays - {day}
    return replace(chat, weekdays=days or chat.weekdays)


async def _reschedule(visit: Visit, chat: Chat, revised: Callable[[Chat], Chat]) -> Chat:
    def replanned(there: Chat) -> Chat:
        new = revised(there)
        return replace(new, next_post_at=rescheduled(there, new, visit.now))

    changed = await visit.replan(chat, replanned)
    visit.desk.wake()
    return changed


async def _set_language(visit: Visit, chat: Chat, value: str) -> Chat | None:
    language = parse_language(value)
    if language is None:
        return None
    visit.chat = await visit.change(chat, language=language)
    return visit.chat


async def _set_layout(visit: Visit, chat: Chat, value: str) -> Chat | None:
    layout = _LAYOUTS.get(value.casefold())
    return None if layout is None else await visit.change(chat, settings={"layout": layout})


async def _set_everything(visit: Visit, chat: Chat, value: str) -> Chat | None:
    if value.casefold() in _ON:
        await visit.follow(chat, EVERYTHING, EVERYTHING)
        return chat
    if value.casefold() not in _OFF:
        return None
    there = await visit.desk.store.chats.subscriptions(chat.id)
    everything = [subscription.id for subscription in there if subscription.canonical == EVERYTHING]
    await visit.unfollow(chat, everything)
    return chat


async def _now_holds(visit: Visit, chat: Chat, name: str) -> Message:
    now = await view(visit, chat)
    line = setting_line(now, name)
    changed = say(now.language, "settings.changed", role="body")
    return Message(summary=line, blocks=(changed, Paragraph((Text(line),)), next_line(now)))


def _not_understood(visit: Visit, name: str, value: str) -> Message:
    language = visit.chat_language
    more: list[Paragraph] = []
    rows: tuple[tuple[Button, ...], ...] = ()
    if name == "time":
        more.append(say(language, "settings.time_hint"))
    elif name == "zone":
        if suggested := suggest_zones(value):
            more.append(say(language, "settings.bad_zone_suggest"))
            rows = zone_buttons(suggested, language)
        else:
            more.append(say(language, "settings.zone_hint"))
    return notice(language, f"settings.bad_{name}", *more, buttons=rows, value=query_name(value, 40))
