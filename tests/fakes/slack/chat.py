"""chat.*: posting, changing, deleting, and what only one person sees."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.fakes.slack.attachments import check_attachments, check_metadata
from tests.fakes.slack.blocks import MOST_LETTERS, complaints, letters
from tests.fakes.slack.call import Call, method
from tests.fakes.slack.drawing import with_ids
from tests.fakes.slack.errors import SlackError, invalid_arguments, invalid_blocks
from tests.fakes.slack.message import Message
from tests.fakes.slack.places import Channel
from tests.fakes.slack.record import Posted, hash_of, key_of

MOST_TEXT: Final = 40_000
MOST_NEW_TEXT: Final = 4_000
"""For chat.update, says its page."""
_TS: Final = re.compile(r"\d{1,12}\.\d{6}")


def blocks_of(call: Call) -> list[dict[str, Any]]:
    """The blocks to post. Raises SlackError."""
    blocks = call.structure("blocks", "invalid_blocks_format")
    if blocks in (None, "", []):
        return []
    check_blocks(blocks, close=call.close, container=call.team.container)
    fake = call.fake
    return with_ids(blocks, lambda: fake.new_id(""))


def check_blocks(blocks: object, *, close: bool, container: bool) -> None:
    """Raises SlackError where Slack would not take these blocks in a message."""
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        raise SlackError("invalid_blocks_format")
    if close:
        if found := complaints(blocks, container=container):
            raise invalid_blocks(found)
        if letters(blocks) > MOST_LETTERS:
            raise SlackError("msg_blocks_too_long")
    elif not container:
        old = [number for number, one in enumerate(blocks) if one.get("type") == "container"]
        if old:
            raise invalid_blocks([(f"/blocks/{number}/type", "unsupported type: container") for number in old])


def _message(call: Call, channel: Channel, thread_ts: str | None) -> Message:
    """What is to be posted, checked. Raises SlackError."""
    blocks = blocks_of(call)
    attachments = check_attachments(
        call.structure("attachments", "invalid_attachments"), close=call.close, container=call.team.container
    )
    text = call.text("text")
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if len(text) > MOST_TEXT:
        raise SlackError("msg_too_long")
    return Message(
        channel=channel,
        ts=call.fake.stamp(),
        user=call.install.user,
        author=call.install,
        text=text,
        blocks=blocks,
        attachments=attachments,
        metadata=check_metadata(call.structure("metadata", "invalid_metadata_format")),
        thread_ts=thread_ts,
        mrkdwn=call.flag("mrkdwn", True),
        unfurls=call.flag("unfurl_links", True) or call.flag("unfurl_media", True),
    )


def _judge(call: Call, message: Message) -> None:
    """Blame what Slack bears and people do not."""
    if not message.text.strip():
        call.blame("no text: notifications and screen readers have nothing to say")
    if message.unfurls and message.only_for is None and (message.links or "http" in message.text):
        call.blame("unfurl_links and unfurl_media are not both false: links would be previewed")
    call.fake.note_mentions(call.method, message)


def _thread(call: Call, channel: Channel) -> str | None:
    thread_ts = call.text("thread_ts") or None
    if thread_ts is None:
        return None
    if not _TS.fullmatch(thread_ts):
        words = {"messages": [f"[ERROR] {thread_ts} is not a valid thread_ts"]}
        raise SlackError("invalid_thread_ts", extra={"response_metadata": words})
    parent = channel.by_ts.get(thread_ts)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


@method("chat.postMessage", 0, "chat:write")
def post_message(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.postMessage"""
    channel = call.channel()
    channel.admit_writer(call.install, call.text("thread_ts") or None)
    message = _message(call, channel, _thread(call, channel))
    if refused := call.install.meter.take_post(channel.id, call.at):
        call.blame(f"too fast: Retry-After {refused.retry_after}")
        raise refused
    if call.close:
        _judge(call, message)
    fake = call.fake
    fake.record.add(
        Posted(
            at=call.at,
            wall=fake.clock.time(),
            team=call.team.id,
            channel=channel.id,
            thread=message.thread_ts or "",
            ts=message.ts,
            text=hash_of(message.text, call.params.get("blocks"), call.params.get("attachments")),
            key=key_of(message.metadata),
            kind=call.method,
        )
    )
    channel.put(message)
    if channel.user is not None:
        fake.seen_by(channel.user, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": message.json()}


@method("chat.postEphemeral", 4, "chat:write")
def post_ephemeral(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
    channel = call.channel()
    channel.admit(call.install)
    if not channel.has(call.install):
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    user = call.user()
    if not channel.holds(user):
        raise SlackError("user_not_in_channel")
    message = _message(call, channel, _thread(call, channel))
    message.only_for = user
    if call.close:
        _judge(call, message)
    channel.put(message)
    call.fake.seen_by(user, channel, message)
    return {"message_ts": message.ts}


def _own(call: Call, gone: str, refusal: str) -> Message:
    channel = call.channel()
    channel.admit(call.install)
    if call.text("channel") not in (channel.id, f"#{channel.name}", channel.name):
        raise SlackError("channel_not_found")  # a person's id does for posting only
    message = channel.by_ts.get(call.needed("ts"))
    if message is None:
        raise SlackError(gone)
    if message.author is None or message.author.team is not call.team:
        raise SlackError(refusal)
    return message


@method("chat.update", 3, "chat:write")
def update(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.update"""
    message = _own(call, "message_not_found", "cant_update_message")
    channel = message.channel
    if channel.archived:
        raise SlackError("is_inactive")
    if len(call.text("text")) > MOST_NEW_TEXT:
        raise SlackError("msg_too_long")
    given = call.params
    fresh = _message(call, channel, message.thread_ts) if _shows(call) else None
    if fresh is None and "metadata" not in given:
        raise SlackError("no_text")
    if fresh is not None:
        # What is not given stays as it was, says the method's page.
        if "text" in given or fresh.text:
            message.text = fresh.text
        if "blocks" in given:
            message.blocks = fresh.blocks
        if "attachments" in given:
            message.attachments = fresh.attachments
    if "metadata" in given:
        message.metadata = check_metadata(call.structure("metadata", "invalid_metadata_format"))
    message.edited_ts = call.fake.stamp()
    if call.close:
        message.unfurls = False
        _judge(call, message)
    channel.note("edited", message)
    call.fake.seen_change(message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.json()}


def _shows(call: Call) -> bool:
    return any(call.params.get(name) not in (None, "") for name in ("text", "blocks", "attachments"))


@method("chat.delete", 3, "chat:write")
def delete(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.delete"""
    message = _own(call, "message_not_found", "cant_delete_message")
    message.channel.erase(message)
    return {"channel": message.channel.id, "ts": message.ts}


@method("chat.getPermalink", 5, form=True)
def get_permalink(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.getPermalink"""
    if missing := [name for name in ("channel", "message_ts") if not call.text(name)]:
        raise invalid_arguments(*(f"missing required field: {name}" for name in missing))
    channel = call.channel()
    channel.admit(call.install)
    if call.text("channel") != channel.id:
        raise SlackError("channel_not_found")  # neither a name nor a person's id does
    message = channel.by_ts.get(call.text("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": message.permalink}
