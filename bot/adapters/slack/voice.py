"""Requests for answers to people: at the lane's pace, before what is broadcast, again where nothing was sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from bot.adapters.base import NotSent, RateLimited, SendError
from bot.adapters.slack.client import Api
from bot.adapters.slack.errors import code, translate
from bot.adapters.slack.workspaces import Workspaces, lane_of, team_of
from bot.model import Address

log = logging.getLogger(__name__)

ATTEMPTS: Final = 4
LONGEST_PAUSE: Final = 60.0
"""A person does not wait for an answer any longer than this, in seconds."""
REFUSED_FOR: Final = timedelta(days=1)
"""How long a workspace that refused a container is sent none."""


class FormRefused(NotSent):
    """Certainly not posted: this workspace does not take containers yet. That is remembered; draw it again."""


class Voice:
    """Says and redraws. `monotonic` is a clock in seconds that never runs backwards."""

    def __init__(self, api: Api, workspaces: Workspaces, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._workspaces = workspaces
        self._monotonic = monotonic

    async def turn(self, team: str, channel: str) -> None:
        """Wait until a message may be sent to a chat (by the `chat` of its address), and take the place."""
        pace = self._workspaces.pace(team)
        while (seconds := pace.wait(self._monotonic(), channel, group=False, reply=True)) > 0:  # noqa: ASYNC110
            await asyncio.sleep(seconds)
        pace.take(self._monotonic(), channel, group=False, reply=True)

    async def say(self, team: str, method: str, params: Mapping[str, Any], *, channel: str | None) -> dict[str, Any]:
        """Call a method and return the answer. `channel` is the `chat` of the address whose turn is to be waited for,
        None for what is not paced (views, reading). Raises SendError where it had no effect, or may not have had
        one; FormRefused where it is to be drawn again with the workspace's `fold`.
        """
        address = Address(lane=lane_of(team), chat=channel or "")

        async def once() -> dict[str, Any]:
            if channel:
                await self.turn(team, channel)
            left = self._monotonic()
            try:
                return await self._api.call(team, method, params)
            except Exception as error:
                raise await failure(error, address, params, self._workspaces) from None
            finally:
                if channel:
                    self._workspaces.answered(team, channel, left)

        return await self._patiently(once, team, channel)

    async def respond(self, team: str, url: str, payload: Mapping[str, Any]) -> None:
        """Post to a `response_url`. Raises SendError."""
        address = Address(lane=lane_of(team), chat="")

        async def once() -> dict[str, Any]:
            try:
                await self._api.respond(url, payload)
            except Exception as error:
                raise await failure(error, address, payload, self._workspaces) from None
            return {}

        await self._patiently(once, team, None)

    async def tell(self, team: str, method: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """Make a request that costs nothing if it fails; None then."""
        try:
            return await self.say(team, method, params, channel=None)
        except SendError as error:
            log.info("%s failed: %s", method, error)
            return None

    async def _patiently(
        self, once: Callable[[], Awaitable[dict[str, Any]]], team: str, channel: str | None
    ) -> dict[str, Any]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await once()
            except FormRefused:
                raise
            except SendError as error:
                if attempt == ATTEMPTS:
                    raise
                await self._bear(error, team, channel)
        raise AssertionError("the last attempt returns or raises")

    async def _bear(self, error: SendError, team: str, channel: str | None) -> None:
        """Wait where another attempt makes sense; raises `error` where it does not."""
        match error:
            case RateLimited() if error.seconds <= LONGEST_PAUSE:
                if channel:
                    self._workspaces.pace(team).hold_chat(channel, self._monotonic() + error.seconds)
                else:
                    await asyncio.sleep(error.seconds)
            case NotSent():
                await asyncio.sleep(0.5)
            case _:
                raise error


async def failure(error: Exception, address: Address, params: Mapping[str, Any], workspaces: Workspaces) -> SendError:
    """What an error of a request means; a container that was refused is remembered for the workspace."""
    if isinstance(error, SendError):
        return error
    if workspaces.tries_containers and _refuses_container(error, params):
        await workspaces.refuses_containers(team_of(address), REFUSED_FOR)
        return FormRefused("this workspace takes no containers yet")
    return translate(error, address)


def _refuses_container(error: Exception, params: Mapping[str, Any]) -> bool:
    """Whether Slack refused a message for the container in it, as far as it says for what."""
    if code(error) not in ("invalid_blocks", "invalid_blocks_format"):
        return False
    places = [place for place, block in enumerate(params.get("blocks") or ()) if block.get("type") == "container"]
    if not places:
        return False
    said = _details(error)
    return not said or any(
        "container" in line or any(f"/blocks/{place}/type" in line for place in places) for line in said
    )


def _details(error: Exception) -> list[str]:
    response = getattr(error, "response", None)
    get = getattr(response, "get", None)
    if get is None:
        return []
    metadata = get("response_metadata")
    lines = [*(get("errors") or ()), *((metadata or {}).get("messages") or ())]
    return [line for line in lines if isinstance(line, str)]
