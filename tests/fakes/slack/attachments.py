"""Attachments, views and metadata: whether Slack would take them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.views import View as Model

from tests.fakes.slack.blocks import Complaint, complaints
from tests.fakes.slack.errors import SlackError, invalid_blocks

MOST_ATTACHMENTS: Final = 100
VIEW_BYTES: Final = 250_000
METADATA_BYTES: Final = 8_000
"""Slack only says that there is a limit."""


def check_attachments(attachments: object, *, close: bool, container: bool) -> list[dict[str, Any]]:
    """The attachments, if they are any. Raises SlackError."""
    if attachments in (None, "", []):
        return []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for number, one in enumerate(attachments):
        if close and one.get("blocks"):
            pointer = f"/attachments/{number}/blocks"
            if found := complaints(one["blocks"], at=pointer, container=container):
                raise invalid_blocks(found)
        if len(json.dumps(one)) > 100_000:
            raise SlackError("attachment_payload_limit_exceeded")
    return attachments


def check_metadata(metadata: object) -> dict[str, Any] | None:
    """The metadata, if they are any. Raises SlackError."""
    if metadata in (None, "", {}):
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict) or set(metadata) - _METADATA:
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return metadata


_METADATA: Final = {"event_type", "event_payload", "entities"}
_LONGEST: Final = {"private_metadata": 3000, "callback_id": 255, "external_id": 255}
_MODAL: Final = {"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}


def view_complaints(view: dict[str, Any], surface: str, *, container: bool = True) -> Iterator[Complaint]:
    """Everything that is wrong with a view for a surface: modal or home."""
    if view.get("type") != surface:
        yield "/view/type", f"must be {surface}"
    yield from complaints(view.get("blocks"), surface, "/view/blocks", container=container)
    for name, longest in _LONGEST.items():
        if len(str(view.get(name) or "")) > longest:
            yield f"/view/{name}", f"must be less than {longest + 1} characters"
    if surface == "home":
        for name in sorted(_MODAL & view.keys()):
            yield "/view", f"invalid additional property: {name}"
        return
    if "title" not in view:
        yield "/view", "missing required field: title"
    for name in ("title", "submit", "close"):
        text = view.get(name)
        if text is None:
            continue
        words = text.get("text") if isinstance(text, dict) and text.get("type") == "plain_text" else None
        if not isinstance(words, str):
            yield f"/view/{name}", "must be a plain_text object"
        elif not 1 <= len(words) <= 24:
            yield f"/view/{name}", "must be less than 25 characters" if words else "must be more than 0 characters"
    has_input = any(isinstance(one, dict) and one.get("type") == "input" for one in _list(view.get("blocks")))
    if has_input and not view.get("submit"):
        yield "/view", "missing required field: submit"
    try:
        Model(**view).validate_json()
    except SlackObjectFormationError as error:
        yield "/view", str(error)
    except TypeError as error:
        yield "/view", f"invalid additional property: {error}"
    except Exception as error:  # what the models make of garbage is theirs
        yield "/view", f"invalid view: {error!r}"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
