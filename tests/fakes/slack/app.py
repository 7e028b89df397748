"""The app as Slack knows it: its secrets, its manifest, where it wants to be told, and requests that only look like
Slack's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

if TYPE_CHECKING:
    from tests.fakes.slack.town import Town

APP_TOKEN: Final = "xapp-1-A0FAKE00000-1234567890-fakefakefakefakefake"
SIGNING_SECRET: Final = "f4k3f4k3f4k3f4k3f4k3f4k3f4k3f4k3"

_NEEDS: Final = {
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.mpim": {"mpim:history"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "team_rename": {"team:read"},
    "user_change": {"users:read"},
}
"""The scopes of which an event needs one; channel_* need channels:read, group_* groups:read."""
_ONLY_ASKED: Final = {"message.channels", "message.groups", "message.mpim", "user_change"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that went to the app's address, and what came back."""

    body: bytes
    headers: dict[str, str]
    status: int
    text: str


@dataclass(slots=True, kw_only=True, eq=False)
class App:
    """The app. With a `request_url` it is told by HTTP, else through Socket Mode. `escapes`: what people type after a
    command arrives with `&lt;` and its like, as in messages. `ack_seconds`: how long Slack waits for an
    acknowledgement. `event_retries`: seconds before each new attempt to deliver an event (Slack's own are at once, a
    minute, five minutes). `keeps_events`: events wait for a connection; else those that find none are lost.
    """

    fake: Town
    id: str = "A0FAKE00000"
    client_id: str = "1234567890.9876543210"
    client_secret: str = "fakeclientsecretfakeclientsecret"
    signing_secret: str = SIGNING_SECRET
    app_token: str = APP_TOKEN
    request_url: str | None = None
    manifest: dict[str, Any] | None = None
    escapes: bool = True
    ack_seconds: float = 3.0
    event_retries: tuple[float, ...] = (0.05, 0.5, 2.0)
    keeps_events: bool = True
    sent: list[Sent] = field(default_factory=list)

    # --- the manifest ----------------------------------------------------------------------------------------

    def _section(self, *path: str) -> Any:
        found: Any = self.manifest or {}
        for name in path:
            found = found.get(name) or {}
        return found

    @property
    def scopes(self) -> frozenset[str] | None:
        """What the manifest asks for, optional ones too; None without a manifest."""
        if self.manifest is None:
            return None
        scopes = self._section("oauth_config", "scopes")
        return frozenset([*(scopes.get("bot") or []), *(scopes.get("bot_optional") or [])])

    def knows_command(self, command: str) -> bool:
        """Whether a slash command is this app's."""
        commands = self._section("features", "slash_commands") or []
        return self.manifest is None or any(one.get("command") == command for one in commands)

    def shortcut(self, name: str) -> str:
        """The callback_id of a shortcut that is known by it or by its name."""
        for one in self._section("features", "shortcuts") or []:
            if name in (one.get("name"), one.get("callback_id")):
                return str(one["callback_id"])
        assert self.manifest is None, f"the manifest has no shortcut {name!r}"
        return name

    def wants(self, event: str, scopes: frozenset[str]) -> bool:
        """Whether an event (`message.im`, `channel_rename` …) is subscribed to and allowed."""
        if self.manifest is not None:
            subscribed = self._section("settings", "event_subscriptions").get("bot_events") or []
            if event not in subscribed:
                return False
        elif event in _ONLY_ASKED:
            return False
        needed = _NEEDS.get(event)
        if needed is None and event.startswith(("channel_", "group_")):
            needed = {"channels:read"} if event.startswith("channel_") else {"groups:read"}
        return needed is None or bool(needed & scopes)

    # --- requests that somebody makes up -----------------------------------------------------------------------

    def redeliver(self) -> None:
        """Deliver the newest event again, as Slack does when it missed the acknowledgement."""
        self.fake.post.redeliver()

    async def verifies_url(self) -> bool:
        """Save the request URL: whether the app sends the challenge back."""
        status, text = await self.sends({"token": "t", "challenge": "c4ll3ng3", "type": "url_verification"})
        try:
            echoed = text if text == "c4ll3ng3" else json.loads(text).get("challenge")
        except ValueError:
            return False
        return status == 200 and echoed == "c4ll3ng3"

    async def sends(
        self,
        body: dict[str, Any] | str | bytes,
        *,
        sign: str = "right",
        timestamp: int | str | None = None,
        form: bool = False,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Post something to the request URL; the status and the text of the answer.

        `sign`: "right", "wrong" (another secret), "none" (no signature) or "nothing" (no timestamp either).
        `timestamp`: now, unless told: seconds, or any letters. `form`: a dictionary goes as a form: a command as it
        is, an interaction as its `payload`.
        """
        if isinstance(body, dict):
            if not form:
                raw = json.dumps(body).encode()
            else:
                raw = urlencode(body if "command" in body else {"payload": json.dumps(body)}).encode()
        else:
            raw = body.encode() if isinstance(body, str) else body
        stamp = str(int(self.fake.clock.time()) if timestamp is None else timestamp)
        sent = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        sent |= self.signature(raw, stamp, sign)
        return await self._transmit(raw, sent | (headers or {}))

    def signature(self, body: bytes, timestamp: str, sign: str = "right") -> dict[str, str]:
        """The headers by which the app knows Slack."""
        if sign == "nothing":
            return {}
        headers = {"X-Slack-Request-Timestamp": timestamp}
        if sign != "none":
            secret = self.signing_secret if sign == "right" else "somebody-elses-secret"
            made = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
            headers["X-Slack-Signature"] = str(made)
        return headers

    async def replays(self, number: int = -1) -> tuple[int, str]:
        """Send a request that was sent before once more, byte for byte."""
        old = self.sent[number]
        return await self._transmit(old.body, old.headers)

    async def _transmit(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        assert self.request_url is not None, "the app has no request_url"
        return await self.fake.post.hooks.post(self.request_url, body, headers)
