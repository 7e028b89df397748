"""A workspace that installed Paperboy, and how it is kept in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.model import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace. `bot_user` (U…) and `bot_id` (B…) are Paperboy in it. `active` is False once it uninstalled the app
    or its tokens were revoked; its chats and what they are owed are kept. `admins_only`: only its admins may change
    what channels get. `container_refused_until`: Slack refused a container there and is not asked again before."""

    team: str
    enterprise: str | None
    name: str
    bot_user: str
    bot_id: str
    app_id: str
    admins_only: bool
    container_refused_until: datetime | None
    active: bool
    installed_at: datetime

    @property
    def lane(self) -> str:
        """Its rate-limit domain."""
        return lane_of(self.team)


class Kept(Protocol):
    """`bot.store.Installation`."""

    @property
    def lane(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def secret(self) -> str | None: ...
    @property
    def active(self) -> bool: ...


class Tickets(Protocol):
    """`bot.store.Installations`: one-time tickets."""

    async def issue(self, ticket_id: str, purpose: str, /, *, expires_at: datetime, now: datetime) -> None: ...
    async def redeem(self, ticket_id: str, purpose: str, /, *, now: datetime) -> bool: ...


class Installations(Tickets, Protocol):
    """`bot.store.Installations`."""

    async def of(self, platform: str, /) -> Sequence[Kept]: ...
    async def put(
        self,
        lane: str,
        /,
        *,
        data: Mapping[str, Any],
        secret: str | None,
        active: bool,
        reason: str | None,
        now: datetime,
    ) -> None: ...
    async def change(self, lane: str, data: Mapping[str, Any], /, *, now: datetime) -> None: ...
    async def deactivate(self, lane: str, /, *, reason: str, now: datetime) -> None: ...


def lane_of(team: str) -> str:
    """The lane of a team id."""
    return f"slack:{team}"


def team_of(address: Address) -> str:
    """The team id of an address."""
    return address.lane.partition(":")[2]


def data_of(workspace: Workspace) -> dict[str, Any]:
    """What is stored of it, as JSON."""
    until = workspace.container_refused_until
    return {
        "enterprise": workspace.enterprise,
        "name": workspace.name,
        "bot_user": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "admins_only": workspace.admins_only,
        "container_refused_until": None if until is None else until.isoformat(),
        "installed_at": workspace.installed_at.isoformat(),
    }


def workspace_of(team: str, data: Mapping[str, Any], *, active: bool) -> Workspace:
    """What was stored. Raises KeyError, TypeError or ValueError for anything else."""
    until = data["container_refused_until"]
    return Workspace(
        team=team,
        enterprise=data["enterprise"],
        name=data["name"],
        bot_user=data["bot_user"],
        bot_id=data["bot_id"],
        app_id=data["app_id"],
        admins_only=data["admins_only"],
        container_refused_until=None if until is None else _moment(until),
        active=active,
        installed_at=_moment(data["installed_at"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
