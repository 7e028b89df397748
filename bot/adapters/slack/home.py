"""What is drawn in a window of its own: a person's Home, the search form and what it finds, the settings form. Pure.

The forms remember in their metadata what they showed. It comes back from outside and may be forged, but all that it
decides is which of the person's own settings are set again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.adapters.slack.buttons import buttons_with
from bot.adapters.slack.happened import SEARCH, SETTINGS, SHOWN, text_at
from bot.adapters.slack.letters import plain_text
from bot.adapters.slack.render import view_blocks
from bot.adapters.slack.updates import values
from bot.formatting import clean, cut
from bot.formatting.settings import ZONES
from bot.message import ChangeSetting, Message
from bot.model import Chat
from bot.settings_words import parse_zone, suggest_zones, zone_label
from bot.strings import LANGUAGES, text

View = dict[str, Any]
Block = dict[str, Any]

BLOCKS: Final = 100
TITLE: Final = 24
QUERY: Final = 2000
"""The most letters that can be typed into the search form."""

_NOTE: Final = "pb-note"
_NOTE_LETTERS: Final = 300
_KEPT: Final = ("type", "callback_id", "title", "submit", "close", "private_metadata")
_WEEK: Final = tuple(map(str, range(7)))


# --- home -----------------------------------------------------------------------------------------------------


def home_view(messages: Sequence[Message], *, language: str, slash: str, note: str = "") -> View:
    """A person's page. `note` is what has just happened; `slash` the slash command as people type it."""
    buttons = [
        _button(SEARCH, text(language, "slack.search"), style="primary"),
        _button(SETTINGS, text(language, "slack.settings")),
    ]
    top = [{"type": "actions", "block_id": "pb-top", "elements": buttons}, *_noted(note)]
    return {
        "type": "home",
        "private_metadata": _metadata({"l": language}),
        "blocks": [*top, *view_blocks(messages, command=slash)][:BLOCKS],
    }


def shown_view(messages: Sequence[Message], *, language: str, slash: str, note: str = "") -> View:
    """A window that shows messages."""
    return {
        "type": "modal",
        "callback_id": SHOWN,
        "title": plain_text("Paperboy"),
        "close": plain_text(text(language, "slack.close")),
        "private_metadata": _metadata({"l": language}),
        "blocks": [*_noted(note), *view_blocks(messages, command=slash)][:BLOCKS],
    }


def redrawn(view: Mapping[str, Any], *, states: Mapping[int, bool], note: str = "") -> View:
    """A window as it is, with the buttons of these tags switched on or off, and a new note."""
    there = view.get("blocks")
    blocks = [block for block in there if isinstance(block, Mapping)] if isinstance(there, list) else []
    fields = [block for block in blocks if block.get("type") == "input"]
    shown = [block for block in blocks if block.get("type") != "input" and block.get("block_id") != _NOTE]
    drawn: View = {name: view[name] for name in _KEPT if view.get(name)}
    return drawn | {"blocks": [*fields, *_noted(note), *buttons_with(shown, states)][:BLOCKS]}


# --- the search form ------------------------------------------------------------------------------------------


def search_view(
    *, language: str, slash: str, query: str = "", messages: Sequence[Message] = (), note: str = ""
) -> View:
    """The form, and under it what was found."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": "query",
        "max_length": QUERY,
        "placeholder": plain_text(text(language, "slack.search_example")),
        "focus_on_load": not messages,
    }
    if query:
        element["initial_value"] = query[:QUERY]
    field = {
        "type": "input",
        "block_id": "query",
        "label": plain_text(text(language, "slack.search_label")),
        "element": element,
    }
    return {
        "type": "modal",
        "callback_id": SEARCH,
        "title": plain_text(text(language, "slack.search_title")),
        "submit": plain_text(text(language, "slack.search_submit")),
        "close": plain_text(text(language, "slack.close")),
        "private_metadata": _metadata({"l": language}),
        "blocks": [field, *_noted(note), *view_blocks(messages, command=slash)][:BLOCKS],
    }


def query_in(view: Mapping[str, Any]) -> str:
    """What stands in the search form, "" in any other window."""
    return _one(values(view), "query").strip()


# --- the settings form ----------------------------------------------------------------------------------------


def settings_view(chat: Chat, *, everything: bool | None, admins_only: bool | None = None) -> View:
    """The settings of a person's private chat as a form; `everything` is None where it is not known.

    `admins_only` is the workspace's own setting, for those who may change it, and None for all others.
    """
    language = chat.language
    when = "" if chat.posting_time is None else f"{chat.posting_time:%H:%M}"
    days = "".join(map(str, sorted(chat.weekdays)))
    shown = {
        "l": language,
        "time": when or "now",
        "zone": chat.zone,
        "days": days,
        "language": language,
        "everything": "" if everything is None else "on" if everything else "off",
    }
    times = [("now", text(language, "settings.at_once")), ("hour", text(language, "slack.at_hour"))]
    hour: Block = {"type": "timepicker", "action_id": "hour"} | ({"initial_time": when} if when else {})
    zones = {name: text(language, f"city.{city}") for name, city in ZONES.items()}
    zones.setdefault(chat.zone, zone_label(chat.zone))
    other: Block = {
        "type": "plain_text_input",
        "action_id": "other",
        "max_length": 80,
        "placeholder": plain_text(text(language, "slack.other_zone_example")),
    }
    papers = [("on", text(language, "button.all_papers")), ("off", text(language, "settings.button_only"))]
    blocks = [
        _field("when", text(language, "settings.button_time"), _radio("when", times, "hour" if when else "now")),
        _field("hour", text(language, "slack.hour"), hour, optional=True),
        _field("zone", text(language, "settings.button_zone"), _select("zone", list(zones.items()), chat.zone)),
        _field("other_zone", text(language, "slack.other_zone"), other, optional=True),
        _field("days", text(language, "settings.button_days"), _checkboxes(language, days), optional=True),
        _field(
            "language",
            text(language, "settings.button_language"),
            _select("language", [(one, text(one, f"language.{one}")) for one in LANGUAGES], language),
        ),
        _field(
            "everything",
            text(language, "settings.button_everything"),
            _radio("everything", papers, shown["everything"]),
            optional=everything is None,
        ),
    ]
    if admins_only is not None:
        option = _options([("on", text(language, "slack.admins_only"))])
        box: Block = {"type": "checkboxes", "action_id": "admins", "options": option}
        blocks.append(
            _field(
                "admins",
                text(language, "slack.workspace"),
                box | ({"initial_options": option} if admins_only else {}),
                optional=True,
            )
        )
    return {
        "type": "modal",
        "callback_id": SETTINGS,
        "title": plain_text(text(language, "slack.settings_title")),
        "submit": plain_text(text(language, "slack.save")),
        "close": plain_text(text(language, "slack.close")),
        "private_metadata": _metadata(shown),
        "blocks": blocks,
    }


def follows_everything(page: Message | None) -> bool | None:
    """What the house's page of the setting `everything` shows as switched on, None where that cannot be told."""
    for row in page.buttons if page is not None else ():
        for button in row:
            if button.on and isinstance(button.action, ChangeSetting) and button.action.name == "everything":
                return button.action.value == "on"
    return None


def changes(view: Mapping[str, Any]) -> list[str]:
    """The arguments of `/settings` that make the settings what a submitted form says, for those that were changed."""
    before, filled = _shown(view), values(view)
    wanted = {
        "zone": parse_zone(_one(filled, "other_zone")) or _one(filled, "zone"),
        "days": "".join(sorted(set(filled.get("days", ())) & set(_WEEK))),
        "time": "now" if _one(filled, "when") == "now" else _one(filled, "hour"),
        "language": _one(filled, "language"),
        "everything": _one(filled, "everything"),
    }
    return [f"{name} {value}" for name, value in wanted.items() if value and value != before.get(name)]


def admins_only(view: Mapping[str, Any]) -> bool | None:
    """What a submitted form says of the workspace's own setting, None where it was not asked."""
    chosen = values(view).get("admins")
    return chosen == ("on",) if isinstance(chosen, tuple) else None


def mistakes(view: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong in a submitted form, by the field at which it is to be said."""
    language, filled = language_of(view), values(view)
    if text_at(view, "callback_id") == SEARCH:
        return {} if query_in(view) else {"query": text(language, "search.usage")}
    found: dict[str, str] = {}
    if _one(filled, "when") == "hour" and not _one(filled, "hour"):
        found["hour"] = text(language, "slack.no_hour")
    if not set(filled.get("days", ())) & set(_WEEK):
        found["days"] = text(language, "slack.no_days")
    other = _one(filled, "other_zone").strip()
    if other and parse_zone(other) is None:
        sentence = text(language, "settings.bad_zone", value=cut(clean(other), 40))
        if near := suggest_zones(other, 3):
            sentence += " " + text(language, "slack.zone_suggest", list=", ".join(map(zone_label, near)))
        found["other_zone"] = sentence
    return found


def language_of(view: Mapping[str, Any], default: str = "ko") -> str:
    """The language in which a window or a Home of ours speaks, `default` where it does not tell."""
    known = _shown(view).get("l", "")
    return known if known in LANGUAGES else default


# --- parts ----------------------------------------------------------------------------------------------------


def _one(filled: Mapping[str, str | tuple[str, ...]], name: str) -> str:
    value = filled.get(name, "")
    return value if isinstance(value, str) else ""


def _shown(view: Mapping[str, Any]) -> dict[str, str]:
    try:
        told = json.loads(text_at(view, "private_metadata") or "{}")
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}


def _metadata(shown: Mapping[str, str]) -> str:
    return json.dumps(shown, separators=(",", ":"))


def _noted(note: str) -> list[Block]:
    words = cut(clean(note), _NOTE_LETTERS)
    return [{"type": "context", "block_id": _NOTE, "elements": [plain_text(words)]}] if words else []


def _button(action_id: str, label: str, style: str = "") -> Block:
    button: Block = {"type": "button", "action_id": action_id, "text": plain_text(label)}
    return button | ({"style": style} if style else {})


def _field(block: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {"type": "input", "block_id": block, "label": plain_text(label), "element": element, "optional": optional}


def _options(choices: Sequence[tuple[str, str]]) -> list[Block]:
    return [{"text": plain_text(label), "value": value} for value, label in choices]


def _radio(action_id: str, choices: Sequence[tuple[str, str]], chosen: str) -> Block:
    return _chosen({"type": "radio_buttons", "action_id": action_id, "options": _options(choices)}, chosen)


def _select(action_id: str, choices: Sequence[tuple[str, str]], chosen: str) -> Block:
    return _chosen({"type": "static_select", "action_id": action_id, "options": _options(choices)}, chosen)


def _chosen(element: Block, chosen: str) -> Block:
    found = [option for option in element["options"] if option["value"] == chosen]
    return element | ({"initial_option": found[0]} if found else {})


def _checkboxes(language: str, days: str) -> Block:
    options = _options([(day, text(language, f"weekday.{day}")) for day in _WEEK])
    element: Block = {"type": "checkboxes", "action_id": "days", "options": options}
    chosen = [option for option in options if option["value"] in days]
    return element | ({"initial_options": chosen} if chosen else {})
