"""What Slack sends in the words of the house: what happened, and where an answer goes. Pure, and total: what cannot be
read means nothing.

Events come in the envelope of the Events API, everything else as Slack posts it: a slash command's form, the payload of
an interaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, assert_never

from bot.adapters.base import Command, Home, Joined, Left, Moved, Paused, Person, Press, Renamed, Resumed
from bot.adapters.slack.buttons import LINK
from bot.adapters.slack.happened import (
    OURS,
    SEARCH,
    SETTINGS,
    SHORTCUT,
    Aloud,
    Happened,
    Kind,
    OpenForm,
    Pressed,
    Quiet,
    Said,
    Submitted,
    Typed,
    Uninstalled,
    Viewed,
    WorkspaceRenamed,
    text_at,
)
from bot.adapters.slack.typed import WORDS, asked, first_word, own_name, spelled
from bot.adapters.slack.workspaces import Workspace
from bot.message import decode_action
from bot.model import Address, ChatKind

EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.im",
    "team_rename",
    "tokens_revoked",
)
"""The events that are asked for, by the names that a manifest has for them."""

_NAMELESS: Final = frozenset({"", "privategroup", "directmessage"})
"""What Slack calls channels whose names it does not tell."""
_CALLED: Final = "@Paperboy "
"""How we are called in threads, where Slack takes no slash commands."""
_SHOWN_TEXT: Final = (None, "file_share", "thread_broadcast")
"""The subtypes of messages that somebody wrote."""


def read(
    kind: Kind,
    body: Mapping[str, Any],
    workspace: Workspace,
    commands: Mapping[str, str],
    names: Mapping[str, str] | None = None,
) -> Happened | None:
    """What a request of Slack's means; None where it means nothing to us.

    `commands` are the slash commands as the settings spell them; `names` those of the channels that are mentioned by
    nothing but their ids (`unnamed`).
    """
    match kind:
        case "command":
            return _slash(body, workspace, commands)
        case "action":
            return _action(body, workspace)
        case "view":
            return _view(body)
        case "shortcut":
            user = text_at(body, "user", "id")
            if text_at(body, "callback_id") != SHORTCUT or not user:
                return None
            place = Viewed(view={}, home=False, trigger=text_at(body, "trigger_id"))
            return Happened(user=user, what=OpenForm(form=SEARCH), place=place)
        case "event":
            return _event(_mapping(body, "event"), workspace, commands, names or {})
        case _:
            assert_never(kind)


# --- words ---------------------------------------------------------------------------------------------------


def _slash(body: Mapping[str, Any], workspace: Workspace, commands: Mapping[str, str]) -> Happened | None:
    user, channel = text_at(body, "user_id"), text_at(body, "channel_id")
    if not user or not channel:
        return None
    name, argument = spelled(text_at(body, "command"), text_at(body, "text"), commands)
    event = Command(
        **_where(workspace, channel, user, text_at(body, "channel_name")),
        person=_person(workspace, user, text_at(body, "user_name")),
        name=name,
        argument=argument,
        alone=True,
    )
    place = Typed(channel=channel, url=text_at(body, "response_url"), trigger=text_at(body, "trigger_id"))
    return Happened(user=user, what=event, place=place)


def _mentioned(
    event: Mapping[str, Any], workspace: Workspace, commands: Mapping[str, str], names: Mapping[str, str]
) -> Happened | None:
    user, channel = _speaker(event, workspace), text_at(event, "channel")
    if not user or not channel or channel.startswith("D") or text_at(event, "channel_type") == "im":
        return None
    words = asked(_without_us(text_at(event, "text"), workspace), names).strip(" \t\n,:")
    name, argument = first_word(words, own_name(commands)) or ("help", "")
    command = _said(event, workspace, name, argument)
    place = Said(channel=channel, thread=text_at(event, "thread_ts"))
    return Happened(user=user, what=command, place=place, known_member=True)


def _private_words(
    event: Mapping[str, Any], workspace: Workspace, commands: Mapping[str, str], names: Mapping[str, str]
) -> Happened | None:
    user, channel = _speaker(event, workspace), text_at(event, "channel")
    if not user or not channel or text_at(event, "channel_type") != "im":
        return None
    words = asked(_without_us(text_at(event, "text"), workspace), names)
    if not words:
        return None
    name, argument = first_word(words, own_name(commands)) or ("help", "")
    if name.casefold() not in WORDS and not words.startswith("/"):
        name, argument = "", words
    command = _said(event, workspace, name, argument, line=words if _may_be_words(words, name) else "")
    place = Said(channel=channel, thread=text_at(event, "thread_ts"))
    return Happened(user=user, what=command, place=place)


def _may_be_words(words: str, name: str) -> bool:
    """Whether nothing but its being a command's sets the first word apart: no slash, no colon, not our own name."""
    return words.startswith(name) and words[len(name) :][:1].isspace()


def _said(event: Mapping[str, Any], workspace: Workspace, name: str, argument: str, *, line: str = "") -> Command:
    user, channel, thread = text_at(event, "user"), text_at(event, "channel"), text_at(event, "thread_ts")
    return Command(
        **_where(workspace, channel, user),
        person=_person(workspace, user),
        name=name,
        argument=argument,
        about=f"{channel}/{thread}" if thread else None,
        line=line,
    )


def _speaker(event: Mapping[str, Any], workspace: Workspace) -> str:
    """Who wrote a message, "" where it was no person, or not now."""
    if event.get("bot_id") or event.get("edited") or event.get("hidden"):
        return ""
    if event.get("subtype") not in _SHOWN_TEXT:
        return ""
    user = text_at(event, "user")
    return "" if user in (workspace.bot_user, "USLACKBOT") else user


def _without_us(text: str, workspace: Workspace) -> str:
    return re.sub(rf"<@{re.escape(workspace.bot_user)}(?:\|[^<>]*)?>", " ", text) if workspace.bot_user else text


# --- presses and forms ----------------------------------------------------------------------------------------


def _action(body: Mapping[str, Any], workspace: Workspace) -> Happened | None:
    actions = body.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions else None
    user, action_id = text_at(body, "user", "id"), text_at(pressed, "action_id")
    if not user or not action_id.startswith(OURS):
        return None
    place = _pressed_at(body)
    if place is None or action_id.startswith(LINK):
        return None
    if action_id in (SEARCH, SETTINGS):
        return Happened(user=user, what=OpenForm(form=action_id), place=place) if isinstance(place, Viewed) else None
    if text_at(pressed, "type") != "button":
        return None
    channel = place.channel if isinstance(place, Pressed) else user
    event = Press(
        **_where(workspace, channel, user, text_at(body, "channel", "name")),
        person=_person(workspace, user, text_at(body, "user", "name") or text_at(body, "user", "username")),
        action=decode_action(text_at(pressed, "value")),
        room=isinstance(place, Pressed),
        alone=isinstance(place, Pressed) and place.ephemeral,
    )
    return Happened(user=user, what=event, place=place)


def _pressed_at(body: Mapping[str, Any]) -> Viewed | Pressed | None:
    trigger = text_at(body, "trigger_id")
    view = _mapping(body, "view")
    if view:
        return Viewed(view=view, home=text_at(view, "type") == "home", trigger=trigger)
    container, message = _mapping(body, "container"), _mapping(body, "message")
    channel = text_at(body, "channel", "id") or text_at(container, "channel_id")
    if not channel:
        return None
    thread = text_at(container, "thread_ts") or text_at(message, "thread_ts")
    own = text_at(container, "message_ts") or text_at(message, "ts")
    return Pressed(
        channel=channel,
        thread="" if thread == own else thread,
        url=text_at(body, "response_url"),
        trigger=trigger,
        ephemeral=bool(container.get("is_ephemeral")) or not message,
        message=message,
    )


def _view(body: Mapping[str, Any]) -> Happened | None:
    view, user = _mapping(body, "view"), text_at(body, "user", "id")
    form = text_at(view, "callback_id")
    if text_at(body, "type") != "view_submission" or form not in (SEARCH, SETTINGS) or not user:
        return None
    place = Viewed(view=view, home=False, trigger=text_at(body, "trigger_id"))
    return Happened(user=user, what=Submitted(form=form, view=view, values=values(view)), place=place)


def values(view: Mapping[str, Any]) -> dict[str, str | tuple[str, ...]]:
    """What was filled into a form, by block id; what was left empty is "" or ()."""
    found: dict[str, str | tuple[str, ...]] = {}
    for block, elements in _mapping(_mapping(view, "state"), "values").items():
        element = next(iter(elements.values()), None) if isinstance(elements, Mapping) else None
        if not isinstance(element, Mapping):
            continue
        chosen = element.get("selected_options")
        if isinstance(chosen, Sequence) and not isinstance(chosen, str):
            found[block] = tuple(filter(None, (text_at(one, "value") for one in chosen)))
        else:
            found[block] = (
                text_at(element, "value")
                or text_at(element, "selected_option", "value")
                or text_at(element, "selected_time")
            )
    return found


# --- coming and going -----------------------------------------------------------------------------------------


def _event(
    event: Mapping[str, Any], workspace: Workspace, commands: Mapping[str, str], names: Mapping[str, str]
) -> Happened | None:
    match text_at(event, "type"):
        case "app_mention":
            return _mentioned(event, workspace, commands, names)
        case "message":
            return _private_words(event, workspace, commands, names)
        case "app_home_opened":
            return _home(event, workspace)
        case "member_joined_channel":
            return _joined(event, workspace)
        case "member_left_channel" if text_at(event, "user") != workspace.bot_user:
            return None
        case "member_left_channel" | "channel_left" | "group_left":
            return _left(event, workspace, "removed from the channel")
        case "channel_deleted" | "group_deleted":
            return _left(event, workspace, "deleted")
        case ("channel_archive" | "group_archive" | "channel_unarchive" | "group_unarchive") as closing:
            if not (channel := text_at(event, "channel")):
                return None
            what = Resumed if closing.endswith("_unarchive") else Paused
            return Happened(user="", what=what(**_where(workspace, channel, "")), place=Quiet())
        case "channel_rename" | "group_rename":
            channel, name = text_at(event, "channel", "id"), text_at(event, "channel", "name")
            if not channel or not name:
                return None
            return Happened(user="", what=Renamed(**_where(workspace, channel, "", name)), place=Quiet())
        case "channel_id_changed":
            return _moved(event, workspace)
        case "team_rename" if name := text_at(event, "name"):
            return Happened(user="", what=WorkspaceRenamed(name=name), place=Quiet())
        case "app_uninstalled":
            return Happened(user="", what=Uninstalled(reason="uninstalled"), place=Quiet())
        case "tokens_revoked" if _mapping(event, "tokens").get("bot"):
            return Happened(user="", what=Uninstalled(reason="token revoked"), place=Quiet())
        case _:
            return None


def _home(event: Mapping[str, Any], workspace: Workspace) -> Happened | None:
    user = text_at(event, "user")
    if not user or text_at(event, "tab") != "home":
        return None
    home = Home(address=_own(workspace, user), kind=ChatKind.PRIVATE, person=_person(workspace, user))
    return Happened(user=user, what=home, place=Viewed(view=_mapping(event, "view"), home=True, trigger=""))


def _joined(event: Mapping[str, Any], workspace: Workspace) -> Happened | None:
    channel, inviter = text_at(event, "channel"), text_at(event, "inviter")
    if not channel or text_at(event, "user") != workspace.bot_user:
        return None
    joined = Joined(**_where(workspace, channel, inviter), person=_person(workspace, inviter) if inviter else None)
    return Happened(user=inviter, what=joined, place=Aloud(channel=channel), known_member=True)


def _left(event: Mapping[str, Any], workspace: Workspace, reason: str) -> Happened | None:
    channel = text_at(event, "channel")
    if not channel:
        return None
    return Happened(user="", what=Left(**_where(workspace, channel, ""), reason=reason), place=Quiet())


def _moved(event: Mapping[str, Any], workspace: Workspace) -> Happened | None:
    old, new = text_at(event, "old_channel_id"), text_at(event, "new_channel_id")
    if not old or not new or old == new:
        return None
    moved = Moved(**_where(workspace, old, ""), to=Address(lane=workspace.lane, chat=new))
    return Happened(user="", what=moved, place=Quiet())


# --- who and where --------------------------------------------------------------------------------------------


def _where(workspace: Workspace, channel: str, user: str, title: str = "") -> dict[str, Any]:
    """The fields of an event that say where it happened.

    A conversation of two is about the one who speaks, even where the other one is not us: we could not post there.
    """
    if channel.startswith("D") or channel == user:
        return {"address": _own(workspace, user), "kind": ChatKind.PRIVATE, "in_threads": ""}
    return {
        "address": Address(lane=workspace.lane, chat=channel),
        "kind": ChatKind.CHANNEL,
        "title": "" if title in _NAMELESS else _name(title),
        "threads": True,
        "in_threads": _CALLED,
    }


def _own(workspace: Workspace, user: str) -> Address:
    return Address(lane=workspace.lane, chat=user)


def _person(workspace: Workspace, user: str, name: str = "") -> Person:
    return Person(id=user, name=name, address=_own(workspace, user))


def _name(channel: str) -> str:
    return channel if channel.startswith("#") else f"#{channel}"


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}
