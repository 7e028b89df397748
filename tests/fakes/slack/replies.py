"""What is posted to a response_url: five times in half an hour, also where the app is no member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.asks import URL_USES, ResponseUrl
from tests.fakes.slack.drawing import with_ids
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.showing import check_reply, show_reply

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


def respond(fake: FakeSlack, token: str, body: dict[str, Any], at: float, *, close: bool) -> None:
    """Do what a post to a response_url asks for. Raises SlackError."""
    url = fake.response_urls.get(token)
    if url is None:
        raise SlackError("invalid_url", status=404)
    if fake.clock.time() > url.until:
        raise SlackError("expired_url", status=404)
    if url.uses >= URL_USES:
        raise SlackError("used_url", status=404)
    url.uses += 1
    if body.get("delete_original"):
        _delete(fake, url)
        return
    check_reply(url.install.team, body, close=close)
    if body.get("replace_original") and url.source is not None:
        _replace(fake, url, body)
        return
    if body.get("replace_original"):
        fake.blame(
            "response_url", url.channel.id, "replace_original of a command: there is nothing of the app's to replace"
        )
    show_reply(url.answer, body, thread_ts=url.thread_ts, at=at, close=close)


def _replace(fake: FakeSlack, url: ResponseUrl, body: dict[str, Any]) -> None:
    message = url.source
    assert message is not None
    if message.deleted:
        raise SlackError("message_not_found", status=404)
    message.text = str(body.get("text") or "")
    message.blocks = with_ids(body.get("blocks") or [], lambda: fake.new_id(""))
    message.attachments = body.get("attachments") or []
    message.edited_ts = fake.stamp()
    fake.note_mentions("response_url", message)
    if message.only_for is None:
        message.channel.note("edited", message)
    url.answer.messages.append(message)
    fake.changed()


def _delete(fake: FakeSlack, url: ResponseUrl) -> None:
    if url.source is None:
        fake.blame("response_url", url.channel.id, "delete_original of a command: it is the person's own line")
        return
    url.source.channel.erase(url.source)
    url.answer.deleted = True
    fake.changed()
