"""views.*: modals by a trigger, the Home tab by a person's id."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.slack.asks import Trigger
from tests.fakes.slack.attachments import VIEW_BYTES
from tests.fakes.slack.call import Call, method
from tests.fakes.slack.errors import SlackError, invalid_arguments
from tests.fakes.slack.showing import change_view, check_view, open_view
from tests.fakes.slack.views import View


def _trigger(call: Call) -> Trigger:
    trigger = call.fake.triggers.get(call.needed("trigger_id"))
    if trigger is None or trigger.install.team is not call.team:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if trigger.until < call.fake.clock.time():
        raise SlackError("expired_trigger_id")
    return trigger


def _view(call: Call, surface: str) -> dict[str, Any]:
    view = call.structure("view", "invalid_arguments")
    if len(json.dumps(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    body = check_view(call.install, view, surface)
    external = body.get("external_id")
    if external and any(one.body.get("external_id") == external for one in _open(call)):
        raise SlackError("duplicate_external_id")
    return body


def _open(call: Call) -> list[View]:
    return [view for user in call.team.users.values() for view in user.modals]


def _lay(call: Call, *, push: bool) -> dict[str, Any]:
    trigger = _trigger(call)
    body = _view(call, "modal")
    user = trigger.answer.user
    if push and not user.modals:
        raise SlackError("not_found")
    if not push:
        for one in user.modals:
            one.closed = True
        user.modals = []
    trigger.used = True
    view = open_view(call.install, user, body)
    trigger.answer.views.append(view)
    return {"view": view.json()}


@method("views.open", 4)
def open_(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.open"""
    return _lay(call, push=False)


@method("views.push", 4)
def push(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.push"""
    return _lay(call, push=True)


@method("views.update", 4)
def update(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.update"""
    wanted, external = call.text("view_id"), call.text("external_id")
    homes = [user.home for user in call.team.users.values() if user.home is not None]
    found = [
        one
        for one in [*_open(call), *homes]
        if one.id == wanted or (external and one.body.get("external_id") == external)
    ]
    if not found:
        raise SlackError("not_found")
    view = found[0]
    if (expected := call.text("hash")) and expected != view.hash:
        raise SlackError("hash_conflict")
    given = call.structure("view", "invalid_arguments")
    change_view(view, check_view(call.install, given, view.type))
    call.fake.seen_view(view)
    return {"view": view.json()}


@method("views.publish", 4)
def publish(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.publish"""
    user = call.team.users.get(call.needed("user_id"))
    if user is None or user.is_bot:
        raise invalid_arguments("invalid `user_id`")
    if not call.team.home_tab:
        raise SlackError("not_enabled")
    body = _view(call, "home")
    if (expected := call.text("hash")) and user.home is not None and expected != user.home.hash:
        raise SlackError("hash_conflict")
    view = open_view(call.install, user, body)
    call.fake.seen_view(view)
    return {"view": view.json()}
