"""Modals and Home tabs, and what people fill into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.slack.drawing import Block, Drawn, Element, label, options

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.workspaces import Install

_PICKED: Final = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "timepicker": "selected_time",
    "datepicker": "selected_date",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
_INITIAL: Final = {
    "value": "initial_value",
    **{name: name.replace("selected_", "initial_") for name in _PICKED.values() if name != "value"},
}


@dataclass(slots=True, kw_only=True, eq=False)
class View(Drawn):
    """A modal or a Home tab as it is now. `body` is what the app sent; `values` what is filled in, by block and
    action."""

    install: Install
    user: User
    id: str
    body: dict[str, Any]
    hash: str
    root: View | None = None
    previous: View | None = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    closed: bool = False

    def __post_init__(self) -> None:
        self.fill()

    def fill(self) -> None:
        """Put the initial values into what is not filled in yet; what has gone is forgotten."""
        kept = self.values
        self.values = {}
        for element in self.elements:
            if (name := _PICKED.get(str(element.get("type")))) is None:
                continue
            block, action = str(element.get("block_id")), str(element.get("action_id"))
            found = kept.get(block, {}).get(action)
            initial = element.get(_INITIAL[name])
            entry = found or {"type": element["type"], name: initial}
            self.values.setdefault(block, {})[action] = entry

    @property
    def blocks(self) -> list[Block]:  # type: ignore[override]
        """Its blocks."""
        found: list[Block] = self.body.get("blocks") or []
        return found

    @property
    def attachments(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Views have none."""
        return []

    @property
    def text(self) -> str:  # type: ignore[override]
        """Nor a text of their own."""
        return ""

    @property
    def type(self) -> str:
        """modal or home."""
        return str(self.body.get("type"))

    @property
    def title(self) -> str:
        """What stands over it."""
        return label({"text": self.body.get("title")})

    @property
    def private_metadata(self) -> str:
        """What the app hid in it."""
        return str(self.body.get("private_metadata") or "")

    @property
    def callback_id(self) -> str:
        """What the app calls it."""
        return str(self.body.get("callback_id") or "")

    @property
    def inputs(self) -> list[Element]:
        """What can be filled in."""
        return [one for one in self.elements if one.get("input")]

    def set(self, name: str, value: object) -> Element:
        """Fill in something, found by action_id, block_id or label. Raises AssertionError where nobody could."""
        element = self.element(name)
        entry = picked(element, value)
        self.values.setdefault(str(element.get("block_id")), {})[str(element.get("action_id"))] = entry
        return element

    def missing(self) -> list[str]:
        """The labels of the inputs that a client would not let go by."""
        found = []
        for block in self.blocks:
            if block.get("type") != "input" or block.get("optional"):
                continue
            entries = self.values.get(str(block.get("block_id")), {})
            if not any(value for entry in entries.values() for name, value in entry.items() if name != "type"):
                found.append(label({"text": block.get("label")}))
        return found

    def json(self) -> dict[str, Any]:
        """A view object."""
        team = self.install.team
        body: dict[str, Any] = {
            "id": self.id,
            "team_id": team.id,
            "app_id": team.fake.app.id,
            "app_installed_team_id": team.id,
            "bot_id": self.install.bot_id,
            "hash": self.hash,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": None,
            "submit": None,
            "close": None,
            "clear_on_close": False,
            "notify_on_close": False,
            "root_view_id": (self.root or self).id,
            "previous_view_id": self.previous.id if self.previous else None,
        }
        return body | self.body | {"state": {"values": self.values}}

    def __repr__(self) -> str:
        return f"<{self.type} {self.title!r} {self.id}: {self.plain!r} {self.labels or ''}>"


def picked(element: Element, value: object) -> dict[str, Any]:
    """What an element says once `value` is picked in it: an option's value or label, a time, a date, letters.

    Raises AssertionError where its client would not let that happen.
    """
    kind = str(element.get("type"))
    name = _PICKED[kind]
    if value is None:
        return {"type": kind, name: None}
    if name == "selected_option":
        return {"type": kind, name: _option(element, str(value))}
    if name == "selected_options":
        assert isinstance(value, list | tuple), f"{kind} takes a list"
        return {"type": kind, name: [_option(element, str(one)) for one in value]}
    if kind == "plain_text_input":
        letters = str(value)
        longest, least = element.get("max_length", 3000), element.get("min_length", 0)
        assert least <= len(letters) <= longest, f"{least} to {longest} letters, not {len(letters)}"
    return {"type": kind, name: value}


def _option(element: Element, wanted: str) -> dict[str, Any]:
    known = options(element)
    for one in known:
        if wanted in (one.get("value"), label(one)):
            return {"text": one.get("text"), "value": one.get("value")}
    raise AssertionError(f"no option {wanted!r} among {[(one.get('value'), label(one)) for one in known]}")
