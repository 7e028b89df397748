"""Whether Slack would take these blocks: slack_sdk's models, and what they miss.

A complaint is a JSON pointer and the words that go before it in `response_metadata.messages`. Sources: the models,
Slack's block reference, and what people report of its live validator (container children, the size of all blocks
together).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block as Model

Complaint = tuple[str, str]

MOST_BLOCKS: Final = {"message": 50, "modal": 100, "home": 100}
MOST_LETTERS: Final = 13_000
"""Of all blocks of a message as JSON; undocumented, beyond it msg_blocks_too_long."""

_ONLY_IN: Final = {
    "alert": ("modal",),
    "markdown": ("message",),
    "table": ("message",),
    "carousel": ("message",),
    "context_actions": ("message",),
    "plan": ("message",),
    "task_card": ("message",),
}
_CHILDREN: Final = {"divider", "image", "section", "actions", "video", "header", "context", "table"}
_ELEMENTS: Final = {
    "actions": {
        "button", "checkboxes", "datepicker", "datetimepicker", "overflow", "radio_buttons", "timepicker",
        "static_select", "external_select", "users_select", "conversations_select", "channels_select",
        "multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select",
        "multi_channels_select", "workflow_button", "rich_text_input", "plain_text_input",
    },
    "context": {"image", "mrkdwn", "plain_text"},
    "rich_text": {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"},
}  # fmt: skip
_RICH: Final = {"text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color"}
_STYLES: Final = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}
_LONGEST: Final = {
    ("button", "text"): 75,
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("section", "text"): 3000,
    ("header", "text"): 150,
    ("container", "title"): 150,
    ("container", "subtitle"): 150,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
}
_PLAIN: Final = {("button", "text"), ("header", "text"), ("container", "title"), ("input", "label"), ("input", "hint")}


def complaints(
    blocks: object, surface: str = "message", at: str = "/blocks", *, container: bool = True
) -> list[Complaint]:
    """Everything that is wrong with blocks on a surface: message, modal or home. `container` False: an old
    workspace."""
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        return [(at, "must be an array of objects")]
    found: list[Complaint] = []
    if len(blocks) > MOST_BLOCKS[surface]:
        found.append((at, f"no more than {MOST_BLOCKS[surface]} items allowed"))
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        found += _block(block, surface, f"{at}/{number}", container=container)
        for pointer, name in _ids(block, f"{at}/{number}"):
            if name in seen:
                found.append((pointer, f'block_id "{name}" already exists'))
            seen.add(name)
    return found


def letters(blocks: object) -> int:
    """The size that `MOST_LETTERS` limits."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def _ids(block: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    if isinstance(block.get("block_id"), str):
        yield f"{at}/block_id", block["block_id"]
    for number, child in enumerate(_list(block, "child_blocks")):
        if isinstance(child, dict):
            yield from _ids(child, f"{at}/child_blocks/{number}")


def _list(thing: dict[str, Any], name: str) -> list[Any]:
    found = thing.get(name)
    return found if isinstance(found, list) else []


def _kind(thing: object) -> str:
    return str(thing.get("type")) if isinstance(thing, dict) else type(thing).__name__


def _block(block: dict[str, Any], surface: str, at: str, *, container: bool) -> Iterator[Complaint]:
    kind = block.get("type")
    if not isinstance(kind, str):
        yield at, "missing required field: type" if kind is None else "must be a string"
        return
    if surface not in _ONLY_IN.get(kind, (surface,)) or (kind == "container" and not container):
        yield f"{at}/type", f"unsupported type: {kind}"
        return
    yield from _walk(block, at)
    match kind:
        case "container":
            yield from _container(block, at)
        case "actions" | "context":
            yield from _row(block, at)
        case "rich_text":
            yield from _rich(block, at)
    yield from _modelled(block, at)


def _modelled(block: dict[str, Any], at: str) -> Iterator[Complaint]:
    """What slack_sdk says, and what its models do not know."""
    try:
        model = Model.parse(block)
        if model is None:
            yield f"{at}/type", f"unsupported type: {block.get('type')}"
            return
        drawn = model.to_dict()
    except SlackObjectFormationError as error:
        yield at, str(error)
    except Exception as error:  # what the models make of garbage is theirs
        yield at, f"invalid block: {error!r}"
    else:
        yield from _lost(block, drawn, at)


def _lost(given: object, kept: object, at: str) -> Iterator[Complaint]:
    match given, kept:
        case dict(), dict():
            for name, value in given.items():
                if name in kept:
                    yield from _lost(value, kept[name], f"{at}/{name}")
                elif value not in (None, "", [], {}):
                    yield at, f"invalid additional property: {name}"
        case list(), list():
            for number, value in enumerate(given):
                yield from _lost(value, kept[number] if number < len(kept) else None, f"{at}/{number}")
        case ((dict() | list()), None):
            yield at, "unsupported type or shape"
        case _:
            return


def _walk(thing: object, at: str) -> Iterator[Complaint]:
    """What holds for every object inside a block."""
    if isinstance(thing, list):
        for number, one in enumerate(thing):
            yield from _walk(one, f"{at}/{number}")
    if not isinstance(thing, dict):
        return
    kind = thing.get("type") if isinstance(thing.get("type"), str) else None
    if kind in ("plain_text", "mrkdwn", "text", "markdown", "raw_text"):
        text = thing.get("text")
        if not isinstance(text, str):
            yield f"{at}/text", "must be a string"
        elif not text:
            yield f"{at}/text", "must be more than 0 characters"
    if kind == "link" and not str(thing.get("url", "")).startswith(("http://", "https://", "mailto:", "slack://")):
        yield f"{at}/url", "must be a valid url"
    if kind == "button":
        yield from _button(thing, at)
    for name, value in thing.items():
        pointer = f"{at}/{name}"
        if (kind, name) in _LONGEST:
            longest = _LONGEST[str(kind), name]
            text = value.get("text") if isinstance(value, dict) else value
            if isinstance(text, str) and len(text) > longest:
                yield pointer, f"must be less than {longest + 1} characters"
        if (kind, name) in _PLAIN and not (isinstance(value, dict) and value.get("type") == "plain_text"):
            yield pointer, "must be a plain_text object"
        if name == "style" and kind in _RICH and not isinstance(value, dict | None):
            yield pointer, "must be an object"
        elif name == "style" and kind in _RICH and (strange := set(value or ()) - _STYLES):
            yield pointer, f"invalid additional property: {', '.join(sorted(strange))}"
        if name in ("block_id", "action_id") and isinstance(value, str) and not 1 <= len(value) <= 255:
            yield pointer, "must be more than 0 characters" if not value else "must be less than 256 characters"
        yield from _walk(value, pointer)


def _button(button: dict[str, Any], at: str) -> Iterator[Complaint]:
    if button.get("style") not in (None, "primary", "danger"):
        yield f"{at}/style", "must be one of: primary, danger"
    if "url" in button and not str(button["url"]).startswith(("http://", "https://")):
        yield f"{at}/url", "must be a valid url"
    if "value" in button and not isinstance(button["value"], str):
        yield f"{at}/value", "must be a string"


def _row(block: dict[str, Any], at: str) -> Iterator[Complaint]:
    kind = str(block["type"])
    elements = block.get("elements")
    most = 25 if kind == "actions" else 10
    if not isinstance(elements, list) or not elements:
        yield f"{at}/elements", "must have at least 1 item"
        return
    if len(elements) > most:
        yield f"{at}/elements", f"no more than {most} items allowed"
    seen: set[str] = set()
    for number, one in enumerate(elements):
        pointer = f"{at}/elements/{number}"
        if _kind(one) not in _ELEMENTS[kind]:
            yield pointer, f"unsupported type: {_kind(one)}"
            continue
        name = one.get("action_id")
        if isinstance(name, str) and name in seen:
            yield f"{pointer}/action_id", f'action_id "{name}" already exists'
        seen |= {name} if isinstance(name, str) else set()


def _rich(block: dict[str, Any], at: str) -> Iterator[Complaint]:
    for number, part in enumerate(_list(block, "elements")):
        pointer = f"{at}/elements/{number}"
        if _kind(part) not in _ELEMENTS["rich_text"]:
            yield pointer, f"unsupported type: {_kind(part)}"
            continue
        items = _list(part, "elements")
        if part["type"] == "rich_text_list":
            items = [one for item in items if isinstance(item, dict) for one in _list(item, "elements")]
        for one in items:
            if _kind(one) not in _RICH:
                yield pointer, f"unsupported type: {_kind(one)}"


def _container(block: dict[str, Any], at: str) -> Iterator[Complaint]:
    if not block.get("title") and not block.get("rich_text_title"):
        yield at, "missing required field: title"
    children = _list(block, "child_blocks")
    if not 1 <= len(children) <= 10:
        yield f"{at}/child_blocks", "no more than 10 items allowed" if children else "must have at least 1 item"
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        yield f"{at}/default_collapsed", "only with is_collapsible"
    if block.get("has_header_divider") and block.get("is_collapsible"):
        yield f"{at}/has_header_divider", "not with is_collapsible"
    for number, child in enumerate(children):
        pointer = f"{at}/child_blocks/{number}"
        kind = _kind(child)
        if kind not in _CHILDREN:
            yield f"{pointer}/type", f"unsupported type: {kind}"
        elif kind in ("actions", "context"):
            yield from _row(child, pointer)
