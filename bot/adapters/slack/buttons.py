"""Buttons as Slack draws them, and drawn anew when what they stand for was switched on or off. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.adapters.slack.letters import EMPTY, Json, address, cut, one_line, plain_text, safe, size
from bot.message import Button, FollowTag, decode_action, encode_action

ROW_BUTTONS: Final = 25
BUTTONS_ROOM: Final = 8_000
"""What the buttons may take of the room; those after that are left out."""
LABEL_LETTERS: Final = 60
"""Slack takes 75 letters; a phone shows about half of that, and where there are many buttons so do we."""
ON: Final = "✓ "
"""What stands before the label of a button that is switched on."""
LINK: Final = "pb:url:"
"""How the ids of buttons begin that open a page: Slack tells of their presses, too."""
_ALIKE: Final = ("1t:", "1c:", "1o:", "1u:", "1r:")
"""How the values begin of buttons whose rows mean nothing: tags, papers, subscriptions, commands."""


def button_rows(rows: Sequence[Sequence[Button]], *, first: int = 0) -> list[Json]:
    """Action blocks: a row each, but rows of alike things flow into one another as the width allows. The buttons are
    numbered from `first`."""
    packed: list[list[Json]] = []
    kind = ""
    left = BUTTONS_ROOM
    number = first
    longest = LABEL_LETTERS if sum(map(len, rows)) <= ROW_BUTTONS else LABEL_LETTERS // 2
    for row in rows:
        keys: list[Json] = []
        for button in row:
            key = _key(button, number, longest)
            if key is None or size(key) > left:
                continue
            left -= size(key) + 10
            number += 1
            keys.append(key)
        if not keys:
            continue
        kinds = {_kind(key) for key in keys}
        this = kinds.pop() if len(kinds) == 1 else ""
        if packed and this and this == kind:
            packed[-1] += keys
        else:
            packed.append(keys)
        kind = this
    return [
        {"type": "actions", "elements": keys[start : start + ROW_BUTTONS]}
        for keys in packed
        for start in range(0, len(keys), ROW_BUTTONS)
    ]


def _kind(key: Json) -> str:
    """What a button has in common with those that it may flow together with; "" where it keeps to its row."""
    value: str = key.get("value", "")
    if value.startswith("1s:"):
        return value.partition(".")[0]  # the choices of one setting
    return value[:3] if value.startswith(_ALIKE) else ""


def _key(button: Button, number: int, longest: int) -> Json | None:
    """A button as Slack has it; None for one that does nothing."""
    key: Json = {"type": "button", "text": plain_text(label(button, longest))}
    if button.url is not None:
        return key | {"action_id": f"{LINK}{number}", "url": address(button.url)} if safe(button.url) else None
    if button.action is None:
        return None
    key |= {"action_id": f"pb:{number}", "value": encode_action(button.action)}
    return key | {"style": "primary"} if button.on else key


def label(button: Button, longest: int = LABEL_LETTERS) -> str:
    """The words on a button: one line, the same with or without its mark."""
    words = cut(one_line(button.label), longest - len(ON)) or EMPTY
    return ON + words if button.on else words


def buttons_with(blocks: Sequence[Mapping[str, Any]], states: Mapping[int, bool]) -> list[Json]:
    """The blocks of a message on the platform, with the buttons of these tags (by their id) switched on or off."""
    return [_redrawn(number, block, states) for number, block in enumerate(blocks)]


def _redrawn(number: int, block: Mapping[str, Any], states: Mapping[int, bool]) -> Json:
    if block.get("type") != "actions" or not isinstance(block.get("elements"), list):
        return dict(block)
    elements = [_switched(element, states) for element in block["elements"]]
    return dict(block) if elements == block["elements"] else _named(number, {**block, "elements": elements})


def _switched(element: Any, states: Mapping[int, bool]) -> Any:
    if not isinstance(element, dict) or not isinstance(element.get("value"), str):
        return element
    action = decode_action(element["value"])
    on = states.get(action.tag_id) if isinstance(action, FollowTag) else None
    said = element.get("text")
    if on is None or not isinstance(said, dict):
        return element
    words = str(said.get("text", "")).removeprefix(ON)
    switched = {key: value for key, value in element.items() if key != "style"}
    switched["text"] = plain_text(ON + words if on else words)
    return switched | {"style": "primary"} if on else switched


def named(blocks: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Blocks with ids that are unique in the message and change with what they hold, as Slack wants it for updates."""
    return [_named(number, block) for number, block in enumerate(blocks)]


def _named(number: int, block: Mapping[str, Any]) -> Json:
    bare = {key: value for key, value in block.items() if key != "block_id"}
    mark = hashlib.blake2b(json.dumps(bare, sort_keys=True).encode(), digest_size=4).hexdigest()
    return bare | {"block_id": f"pb:{number}:{mark}"}
