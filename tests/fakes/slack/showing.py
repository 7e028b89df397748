"""What the app shows to one person: ephemeral messages, views, what an acknowledgement or a response_url brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.asks import Answer
from tests.fakes.slack.attachments import check_attachments, view_complaints
from tests.fakes.slack.chat import MOST_TEXT, check_blocks
from tests.fakes.slack.drawing import with_ids
from tests.fakes.slack.errors import SlackError, invalid_arguments
from tests.fakes.slack.message import Message
from tests.fakes.slack.record import Posted, hash_of
from tests.fakes.slack.views import View

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.workspaces import Install, Workspace

MOST_MODALS = 3
"""How many modals may lie on each other."""


def show_ack(answer: Answer, ack: Any, *, kind: str) -> None:
    """Show what an acknowledgement carries."""
    if not ack:
        if kind == "view_submission":
            _close(answer)
        return
    if not isinstance(ack, dict):
        answer.user.team.fake.blame(kind, None, f"an acknowledgement that is no object: {ack!r}")
        return
    if kind == "view_submission":
        _respond(answer, ack)
    elif kind == "slash_commands" and (ack.get("text") or ack.get("blocks")):
        fake = answer.user.team.fake
        try:
            check_reply(answer.user.team, ack, close=fake.strict > 0.0)
        except SlackError as error:
            answer.failed = "dispatch_failed"
            fake.blame(kind, None, f"a bad acknowledgement: {error.json()}")
        else:
            show_reply(answer, ack, thread_ts=None, at=fake.clock.monotonic(), close=fake.strict > 0.0)


def check_reply(team: Workspace, body: dict[str, Any], *, close: bool) -> None:
    """Raises SlackError where Slack would not show such a reply."""
    if not any(body.get(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text", status=500)
    if len(str(body.get("text") or "")) > MOST_TEXT:
        raise SlackError("msg_too_long", status=500)
    try:
        if body.get("blocks"):
            check_blocks(body["blocks"], close=close, container=team.container)
        check_attachments(body.get("attachments"), close=close, container=team.container)
    except SlackError as error:
        raise SlackError(error.error, status=500, extra=error.extra) from None
    if body.get("response_type") not in (None, "ephemeral", "in_channel"):
        raise SlackError("invalid_response_type", status=500)


def show_reply(answer: Answer, body: dict[str, Any], *, thread_ts: str | None, at: float, close: bool) -> None:
    """Show a reply to what was asked, to the person or (in_channel) to all; `at` is when it came (in seconds)."""
    message = _reply(answer, body, thread_ts=thread_ts)
    fake, channel = answer.user.team.fake, message.channel
    if close and not message.text.strip():
        fake.blame("response_url", channel.id, "no text: screen readers have nothing to say")
    if message.only_for is None:
        fake.record.add(
            Posted(
                at=at,
                wall=fake.clock.time(),
                team=answer.user.team.id,
                channel=channel.id,
                thread=message.thread_ts or "",
                ts=message.ts,
                text=hash_of(message.text, body.get("blocks"), body.get("attachments")),
                key="",
                kind="response_url",
            )
        )
    answer.messages.append(message)
    channel.put(message)


def _reply(answer: Answer, body: dict[str, Any], *, thread_ts: str | None) -> Message:
    install = answer.user.team.app
    fake = install.team.fake
    assert answer.channel is not None
    public = body.get("response_type") == "in_channel"
    blocks = body.get("blocks") or []
    message = Message(
        channel=answer.channel,
        ts=fake.stamp(),
        user=install.user,
        author=install,
        text=str(body.get("text") or ""),
        blocks=with_ids(blocks, lambda: fake.new_id("")),
        attachments=check_attachments(body.get("attachments"), close=False, container=True),
        thread_ts=body.get("thread_ts") or thread_ts,
        only_for=None if public else answer.user,
        subtype="bot_message" if public else None,
        unfurls=bool(body.get("unfurl_links", False)),
    )
    fake.note_mentions("response_url", message)
    return message


# --- views ----------------------------------------------------------------------------------------------------


def check_view(install: Install, body: object, surface: str) -> dict[str, Any]:
    """A view as it will be kept. Raises SlackError."""
    if not isinstance(body, dict):
        raise invalid_arguments("missing required field: view")
    if found := list(view_complaints(body, surface, container=install.team.container)):
        raise invalid_arguments(*(f"{words} [json-pointer:{pointer}]" for pointer, words in found))
    fake = install.team.fake
    return body | {"blocks": with_ids(body["blocks"], lambda: fake.new_id(""))}


def open_view(install: Install, user: User, body: dict[str, Any]) -> View:
    """Lay a new view before somebody; a modal goes on top of the others. Raises SlackError."""
    fake = install.team.fake
    view = View(install=install, user=user, id=fake.new_id("V"), body=body, hash=f"{fake.stamp()}.{fake.new_id('')}")
    if view.type == "home":
        view.id = user.home.id if user.home is not None else view.id
        user.home = view
    else:
        if len(user.modals) >= MOST_MODALS:
            raise SlackError("push_limit_reached")
        if user.modals:
            view.previous, view.root = user.modals[-1], user.modals[0]
        user.modals.append(view)
    fake.changed()
    return view


def change_view(view: View, body: dict[str, Any]) -> View:
    """Draw an open view anew; what is filled in stays where its block and action stay."""
    fake = view.install.team.fake
    view.body = body
    view.hash = f"{fake.stamp()}.{fake.new_id('')}"
    view.errors = {}
    view.fill()
    fake.changed()
    return view


def _close(answer: Answer) -> None:
    view = answer.source
    assert isinstance(view, View)
    view.closed = answer.closed = True
    answer.user.modals = [one for one in answer.user.modals if one is not view]


def _respond(answer: Answer, ack: dict[str, Any]) -> None:
    """response_action; what Slack would refuse is blamed, for the person then only sees that something went wrong."""
    view, user = answer.source, answer.user
    assert isinstance(view, View)
    install = view.install
    try:
        match ack.get("response_action"):
            case "errors":
                known = {str(one.get("block_id")) for one in view.inputs}
                errors = ack.get("errors") or {}
                if not errors or set(errors) - known:
                    raise invalid_arguments(f"errors for {sorted(errors)}, inputs are {sorted(known)}")
                answer.errors = view.errors = {str(block): str(words) for block, words in errors.items()}
            case "update":
                answer.views.append(change_view(view, check_view(install, ack.get("view"), "modal")))
            case "push":
                answer.views.append(open_view(install, user, check_view(install, ack.get("view"), "modal")))
            case "clear":
                user.modals = []
                view.closed = answer.closed = True
            case other:
                raise invalid_arguments(f"response_action {other!r}")
    except SlackError as error:
        answer.failed = "http_error"
        install.team.fake.blame("view_submission", None, f"a bad acknowledgement: {error.json()}")
