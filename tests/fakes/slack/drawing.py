"""Blocks and attachments as a reader sees them: runs of text, buttons, inputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from tests.fakes.slack.texts import Run, escape, mentions, read, unescape

Block = dict[str, Any]
Element = dict[str, Any]
_NEWLINE: Final = Run(text="\n")


class Drawn:
    """Something made of blocks: a message, a modal, the Home tab."""

    blocks: list[Block]
    attachments: list[dict[str, Any]]
    text: str
    mrkdwn: bool = True

    @property
    def runs(self) -> list[Run]:
        """Everything that is read, in order; `text` only where there are no blocks, for it is a notification then."""
        runs: list[Run] = []
        if self.blocks:
            for block in self.blocks:
                runs += [*_block(block), _NEWLINE]
        elif self.text:
            runs += [*(read(self.text) if self.mrkdwn else [Run(text=self.text)]), _NEWLINE]
        for attachment in self.attachments:
            runs += _attachment(attachment)
        return runs

    @property
    def plain(self) -> str:
        """Everything that is read, as letters; what is folded too."""
        return "".join(run.text for run in self.runs).strip()

    @property
    def shown(self) -> str:
        """What is read before anything is unfolded."""
        return "".join(run.text for run in self.runs if not run.folded).strip()

    @property
    def folded(self) -> str:
        """What containers and long attachments hide at first."""
        return "".join(run.text for run in self.runs if run.folded).strip()

    def under(self, style: str) -> list[str]:
        """The letters that are bold, italic, strike, code, emoji or mention."""
        return [run.text for run in self.runs if style in run.styles]

    @property
    def links(self) -> list[str]:
        """Where the text leads, in order."""
        return [run.url for run in self.runs if run.url is not None]

    @property
    def mentions(self) -> list[str]:
        """Whom it calls: `!channel`, `@U123`, `#C123`; its notification text counts too."""
        return mentions_in(self.text, self.blocks, self.attachments)

    @property
    def elements(self) -> list[Element]:
        """Everything that can be pressed, picked or filled in, each with the `block_id` that it stands in."""
        found = [one for block in self.blocks for one in _elements(block)]
        for attachment in self.attachments:
            found += [one for block in attachment.get("blocks") or [] for one in _elements(block)]
        return found

    @property
    def buttons(self) -> list[Element]:
        """All buttons, row by row."""
        return [one for one in self.elements if one.get("type") == "button"]

    @property
    def labels(self) -> list[str]:
        """The buttons' labels."""
        return [label(one) for one in self.buttons]

    def button(self, name: str) -> Element:
        """The button with this action_id, value or label, or else the only one whose label holds it."""
        for field in ("action_id", "value"):
            if found := [one for one in self.buttons if one.get(field) == name]:
                return found[0]
        if found := [one for one in self.buttons if label(one) == name]:
            return found[0]
        near = [one for one in self.buttons if name in label(one)]
        if len(near) != 1:
            raise AssertionError(f"{len(near)} buttons like {name!r} among {self.labels}")
        return near[0]

    def element(self, name: str) -> Element:
        """The input or select with this action_id, block_id or label."""
        for field in ("action_id", "block_id", "label"):
            found = [one for one in self.elements if one.get("type") != "button" and one.get(field) == name]
            if len(found) == 1:
                return found[0]
        known = [(one.get("type"), one.get("action_id"), one.get("label")) for one in self.elements]
        raise AssertionError(f"nothing like {name!r} to fill in among {known}")


def label(element: Element) -> str:
    """The words on a button, an option or an input."""
    text = element.get("text") or {}
    return unescape(str(text.get("text", "")) if isinstance(text, dict) else str(text))


def options(element: Element) -> list[dict[str, Any]]:
    """What can be picked, out of groups too."""
    grouped = [one for group in element.get("option_groups") or [] for one in group.get("options") or []]
    return [*(element.get("options") or []), *grouped]


def mentions_in(text: object, blocks: object, attachments: object) -> list[str]:
    """Whom a message would call, wherever that stands in it."""
    found = mentions(text) if isinstance(text, str) else []
    if not blocks and not attachments:
        return found
    raw = json.dumps([blocks, attachments])
    if "<" in raw or '"broadcast"' in raw or '"user' in raw or '"channel"' in raw:
        found += [one for part in (blocks, attachments) for one in _mentions(part)]
    return found


def _mentions(part: object) -> Iterator[str]:
    match part:
        case list():
            for one in part:
                yield from _mentions(one)
        case {"type": "broadcast", "range": who}:
            yield f"!{who}"
        case {"type": "user", "user_id": who}:
            yield f"@{who}"
        case {"type": "usergroup", "usergroup_id": who}:
            yield f"!subteam^{who}"
        case {"type": "channel", "channel_id": who}:
            yield f"#{who}"
        case {"type": "mrkdwn", "text": str(text)}:
            yield from mentions(text)
        case {"type": "plain_text" | "text" | "raw_text"}:
            return
        case dict():
            for name, one in part.items():
                if isinstance(one, str) and name in ("text", "pretext", "title", "value") and "type" not in part:
                    yield from mentions(one)  # an attachment's own words
                else:
                    yield from _mentions(one)
        case _:
            return


# --- runs -----------------------------------------------------------------------------------------------------


def _object(text: object) -> Iterator[Run]:
    match text:
        case {"type": "mrkdwn", "text": str(raw)}:
            yield from read(raw)
        case {"type": "plain_text", "text": str(raw)}:
            plain = isinstance(text, dict) and text.get("emoji", True) is False
            yield from [Run(text=unescape(raw))] if plain else read(raw, emoji_only=True)
        case {"type": "raw_text", "text": str(raw)}:
            yield Run(text=raw)
        case {"type": "rich_text", "elements": list(parts)}:
            yield from _rich(parts)
        case str(raw):
            yield Run(text=raw)
        case _:
            return


def _block(block: Block) -> Iterator[Run]:
    match block.get("type"):
        case "section":
            yield from _object(block.get("text"))
            for one in block.get("fields") or []:
                yield _NEWLINE
                yield from _object(one)
        case "header":
            yield from (replace(run, styles=run.styles | {"bold"}) for run in _object(block.get("text")))
        case "context":
            for one in block.get("elements") or []:
                yield from _object(one)
                yield Run(text=" ")
        case "rich_text":
            yield from _rich(block.get("elements") or [])
        case "markdown":
            yield Run(text=str(block.get("text", "")))
        case "input":
            yield from _object(block.get("label"))
            if block.get("hint"):
                yield _NEWLINE
                yield from _object(block["hint"])
        case "container":
            yield from _object(block.get("rich_text_title") or block.get("title"))
            folded = bool(block.get("is_collapsible") and block.get("default_collapsed"))
            for child in block.get("child_blocks") or []:
                yield _NEWLINE
                yield from (replace(run, folded=folded) for run in _block(child))
        case "card" | "alert" | "image" | "video":
            for name in ("title", "subtitle", "text", "body"):
                yield from _object(block.get(name))
        case "table":
            for row in block.get("rows") or []:
                for cell in row:
                    yield from _object(cell)
                    yield Run(text="\t")
                yield _NEWLINE
        case _:
            return


def _rich(parts: list[dict[str, Any]]) -> Iterator[Run]:
    for number, part in enumerate(parts):
        if number:
            yield _NEWLINE
        if part.get("type") == "rich_text_list":
            yield from _rich(part.get("elements") or [])
            continue
        around = frozenset({"code"}) if part.get("type") == "rich_text_preformatted" else frozenset[str]()
        for one in part.get("elements") or []:
            styles = around | {name for name, on in (one.get("style") or {}).items() if on}
            match one.get("type"):
                case "text":
                    yield Run(text=str(one.get("text", "")), styles=styles)
                case "link":
                    yield Run(text=str(one.get("text") or one.get("url")), styles=styles, url=str(one.get("url")))
                case "emoji":
                    yield Run(text=f":{one.get('name')}:", styles=styles | {"emoji"})
                case "date":
                    yield Run(text=str(one.get("fallback", "")), styles=styles)
                case kind:
                    who = one.get("user_id") or one.get("channel_id") or one.get("range") or one.get("usergroup_id")
                    yield Run(text=f"@{who}", styles=styles | {"mention" if kind != "color" else "code"})


def _attachment(attachment: dict[str, Any]) -> Iterator[Run]:
    for block in attachment.get("blocks") or []:
        yield from _block(block)
        yield _NEWLINE
    yield from read(str(attachment.get("pretext") or ""))
    if title := attachment.get("title"):
        yield Run(text=f"{title}\n", styles=frozenset({"bold"}), url=attachment.get("title_link"))
    text = str(attachment.get("text") or "")
    folded = len(text) >= 700 or text.count("\n") >= 5  # as Slack documents
    marked = "text" in (attachment.get("mrkdwn_in") or ["text"])
    for run in read(text) if marked else [Run(text=text)]:
        yield replace(run, folded=folded)
    yield _NEWLINE


# --- what can be used -----------------------------------------------------------------------------------------


def _elements(block: Block) -> Iterator[Element]:
    where = {"block_id": block.get("block_id")}
    for one in block.get("elements") or [] if block.get("type") in ("actions", "context_actions") else []:
        yield one | where
    for one in block.get("actions") or []:
        yield one | where
    if isinstance(block.get("accessory"), dict):
        yield block["accessory"] | where
    if isinstance(block.get("element"), dict):
        yield block["element"] | where | {"label": label({"text": block.get("label")}), "input": True}
    for child in block.get("child_blocks") or []:
        yield from _elements(child)


def echo(part: Any) -> Any:
    """Blocks as they come back to the app: plain_text is escaped then (bolt-python#513), whatever was sent."""
    if isinstance(part, list):
        return [echo(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "plain_text":
        return part | {"text": escape(unescape(part["text"]))}
    return {name: echo(one) if isinstance(one, dict | list) else one for name, one in part.items()}


def with_ids(blocks: list[Block], new: Callable[[], str]) -> list[Block]:
    """The blocks with the block_id and action_id that Slack gives to what has none."""
    found = []
    for block in blocks:
        if "block_id" not in block:
            block = block | {"block_id": new()}
        if block.get("type") == "actions" and any("action_id" not in one for one in block["elements"]):
            block = block | {"elements": [{"action_id": new()} | one for one in block["elements"]]}
        if block.get("child_blocks"):
            block = block | {"child_blocks": with_ids(block["child_blocks"], new)}
        for name in ("accessory", "element"):
            if isinstance(block.get(name), dict) and "action_id" not in block[name]:
                block = block | {name: {"action_id": new()} | block[name]}
        found.append(block)
    return found
