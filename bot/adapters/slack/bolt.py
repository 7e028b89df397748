"""Bolt reads what Slack sends, whichever way it came, and knows what an acknowledgement looks like.

Its own client, state and OAuth files are not used, and its check of signatures neither: that reads the body first and
logs it where the signature is wrong (see `http`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.adapters.slack.client import quiet_logger
from bot.adapters.slack.happened import Kind
from bot.adapters.slack.receiving import Overloaded, Receiver
from bot.adapters.slack.workspaces import Workspaces

log = logging.getLogger(__name__)

ANYTHING: Final = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Slack is told at once: an HTTP status, and a body that is JSON, text or empty."""

    status: int
    content_type: str = ""
    body: str = ""


class Bolt:
    """Dispatches payloads to a receiver. `not_installed` is told to people of a workspace that is not known."""

    def __init__(self, *, workspaces: Workspaces, receiver: Receiver, not_installed: str) -> None:
        self._receiver = receiver
        self._app = app = AsyncApp(
            name="paperboy",
            logger=quiet_logger("bolt"),
            process_before_response=True,  # the receiver knows what can be acknowledged, and when
            authorize=_Authorize(workspaces),  # type: ignore[arg-type]
            user_facing_authorize_error_message=not_installed,
            request_verification_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.command(ANYTHING)(self._command)
        app.action(ANYTHING)(self._action)
        app.view(ANYTHING)(self._view)
        app.shortcut(ANYTHING)(self._shortcut)
        app.event(ANYTHING)(self._event)
        app.error(self._unreadable)

    async def from_socket(self, payload: Mapping[str, Any]) -> Answer:
        """Dispatch the payload of an envelope."""
        try:
            request = AsyncBoltRequest(mode="socket_mode", body=dict(payload))
        except Exception as error:
            log.warning("something that Slack brought cannot be read: %s", type(error).__name__)
            return Answer(status=200)  # it would not be any better the next time
        return await self._dispatch(request)

    async def from_http(self, body: str, headers: Mapping[str, str]) -> Answer:
        """Dispatch the body of a request whose signature was checked. Raises ValueError where it cannot be read."""
        try:
            request = AsyncBoltRequest(body=body, headers=dict(headers))
        except Exception as error:
            raise ValueError(type(error).__name__) from None
        return await self._dispatch(request)

    async def _dispatch(self, request: AsyncBoltRequest) -> Answer:
        try:
            response = await self._app.async_dispatch(request)
        except Exception as error:
            response = await self._unreadable(error)
        content_type = response.headers.get("content-type", [""])[0]
        return Answer(status=response.status, content_type=content_type, body=response.body or "")

    async def _unreadable(self, error: Exception) -> BoltResponse:
        """What Bolt stumbles over: it would not be any better the next time."""
        log.warning("something that Slack brought cannot be read: %s", type(error).__name__)
        return BoltResponse(status=200, body="")

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        return await self._take("command", ack, body)

    async def _action(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        return await self._take("action", ack, body)

    async def _view(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        return await self._take("view", ack, body)

    async def _shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        return await self._take("shortcut", ack, body)

    async def _event(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        return await self._take("event", ack, body)

    async def _take(self, kind: Kind, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        try:
            said = await self._receiver.take(kind, body)
        except Overloaded:
            log.warning("too much waits: Slack is asked to bring an %s again", kind)
            return BoltResponse(status=503, body="")
        except Exception as error:
            log.warning("Slack is asked to bring an %s again: %s", kind, type(error).__name__)
            return BoltResponse(status=500, body="")
        if said is not None and kind == "view":
            return BoltResponse(status=200, body=dict(said), headers={"content-type": "application/json"})
        return await ack()


class _Authorize(AsyncAuthorize):
    """Whose payload it is. Not a plain function: beside one, Bolt would read OAuth settings from the environment."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult | None:
        workspace = self._workspaces.get(team_id or "")
        if workspace is None or not workspace.active:
            return None
        # Without the token: nobody is to call Slack round the lane's pace.
        return AuthorizeResult(
            enterprise_id=workspace.enterprise,
            team_id=workspace.team,
            bot_user_id=workspace.bot_user,
            bot_id=workspace.bot_id,
        )
