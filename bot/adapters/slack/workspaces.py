"""The workspaces that installed Paperboy: who they are, their tokens, their lanes and what they were found to refuse.

The store is the truth; what is here is a copy of it, read again every few seconds, so that a process that only sends
learns of installations that another one let in.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from slack_bolt.request.internals import extract_team_id

from bot.adapters.slack.cipher import Cipher
from bot.adapters.slack.workspace import (
    Installations,
    Kept,
    Tickets,
    Workspace,
    data_of,
    lane_of,
    team_of,
    workspace_of,
)
from bot.pacing import LanePace, Limits

__all__ = ["Fold", "Installations", "Tickets", "Workspace", "Workspaces", "lane_of", "team_in", "team_of"]

log = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 10.0
HELD_SECONDS: Final = 60.0
"""For how long an uninstalled workspace's lane is held at a time; longer than a refresh, and short for the ledger."""

JOURNEYS: Final = 500
"""How many of the newest requests tell how long one takes when nothing delays it."""

Fold = Literal["container", "attachment"]


def team_in(body: Mapping[str, Any]) -> str:
    """The id of the team whose installation a payload is for, wherever its kind has it; "" where it says none."""
    try:
        return extract_team_id(dict(body)) or ""
    except (TypeError, AttributeError):
        return ""


class Workspaces:
    """Those that are known. `own_token` is the bot token of the settings, whose workspace is told by Slack; tokens of
    all others are opened with `cipher`. Without a store everything is forgotten at the end of the process."""

    def __init__(
        self,
        *,
        store: Installations | None,
        cipher: Cipher | None,
        own_token: str | None,
        limits: Limits,
        fold: Literal["container", "attachment", "auto"],
        admins_only: bool,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._cipher = cipher
        self._own_token = own_token
        self._own_team: str | None = None
        self._limits = limits
        self._fold = fold
        self._admins_only = admins_only
        self._now = now
        self._monotonic = monotonic
        self._known: dict[str, Workspace] = {}
        self._tokens: dict[str, str] = {}
        self._sealed: dict[str, str] = {}
        self._paces: dict[str, LanePace] = {}
        self._held: set[str] = set()
        self._journeys: deque[float] = deque(maxlen=JOURNEYS)
        self._changing = asyncio.Lock()

    # --- who they are ---------------------------------------------------------------------------------------------

    @property
    def paces(self) -> Mapping[str, LanePace]:
        """The lane of each workspace that is or was active while this process ran, with its pace."""
        return self._paces

    def get(self, team: str) -> Workspace | None:
        """The workspace of a team id, active or not."""
        return self._known.get(team)

    def all(self) -> list[Workspace]:
        """Every workspace, by its team id."""
        return [self._known[team] for team in sorted(self._known)]

    def of(self, body: Mapping[str, Any]) -> Workspace | None:
        """The workspace whose installation a payload is for: in a channel shared with another organisation, ours."""
        return self._known.get(team_in(body))

    def token(self, team: str) -> str | None:
        """The bot token of an active workspace."""
        workspace = self._known.get(team)
        return self._tokens.get(team) if workspace is not None and workspace.active else None

    @property
    def own_is_active(self) -> bool:
        """Whether the workspace of `own_token` is known, and the token good."""
        return self._own_team is not None and self.token(self._own_team) is not None

    def pace(self, team: str) -> LanePace:
        """The pace that deliveries and replies to a workspace share."""
        return self._paces.setdefault(lane_of(team), LanePace(self._limits))

    def answered(self, team: str, channel: str, left: float) -> None:
        """A message to a channel that left at a monotonic second was answered. Its interval counts from its arrival:
        by as much as it took longer than the fastest of late, it may have been held up on its way."""
        now = self._monotonic()
        journey = now - left
        self._journeys.append(journey)
        arrived = left + journey - min(self._journeys)
        self.pace(team).hold_chat(channel, arrived + self._limits.chat_interval)

    def fold(self, team: str) -> Fold:
        """How an abstract is folded there at present."""
        if self._fold != "auto":
            return self._fold
        workspace = self._known.get(team)
        until = workspace.container_refused_until if workspace is not None else None
        return "attachment" if until is not None and until > self._now() else "container"

    @property
    def tries_containers(self) -> bool:
        """Whether a workspace that refuses containers is sent something else."""
        return self._fold == "auto"

    # --- what becomes of them ---------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read the store again. Raises what the store raises."""
        if self._store is not None:
            async with self._changing:
                for kept in await self._store.of("slack"):
                    self._learn(kept)
        self._hold_inactive()

    async def keep_fresh(self) -> None:
        """Refresh every few seconds until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.refresh()
            except Exception as error:
                log.warning("the workspaces cannot be read: %s", type(error).__name__)
                self._hold_inactive()

    async def installed(
        self,
        *,
        team: str,
        enterprise: str | None,
        name: str,
        bot_user: str,
        bot_id: str,
        app_id: str,
        token: str | None,
    ) -> Workspace:
        """A workspace installed the app, or again, or is that of `own_token` (`token` None). What is known of it stays;
        what it is owed is sent from now on."""
        before = self._known.get(team)
        workspace = Workspace(
            team=team,
            enterprise=enterprise,
            name=name,
            bot_user=bot_user,
            bot_id=bot_id,
            app_id=app_id,
            admins_only=before.admins_only if before is not None else self._admins_only,
            container_refused_until=before.container_refused_until if before is not None else None,
            active=True,
            installed_at=self._now(),
        )
        sealed: str | None = None
        if token is not None and self._store is not None:
            if self._cipher is None:
                raise ValueError("tokens are kept encrypted, and there is no key for that")
            sealed = await asyncio.to_thread(self._cipher.seal, workspace.lane, token)
        async with self._changing:
            if self._store is not None:
                await self._store.put(
                    workspace.lane, data=data_of(workspace), secret=sealed, active=True, reason=None, now=self._now()
                )
            if token is None:
                self._own_team = team
            else:
                self._tokens[team] = token
                self._sealed[team] = sealed or ""
            self._take(workspace)
        return workspace

    async def uninstalled(self, team: str, reason: str, *, at: datetime | None = None) -> None:
        """The workspace uninstalled the app, or its tokens were revoked, at a time that may be long ago: an event that
        is older than the installation changes nothing. What it is owed waits for its return."""
        await self.refresh()
        workspace = self._known.get(team)
        if workspace is None or not workspace.active:
            return
        if at is not None and at < workspace.installed_at - timedelta(seconds=1):
            log.info("%s: an old message that it uninstalled the app was passed over", workspace.lane)
            return
        log.warning("%s: the app is not installed there any more: %s", workspace.lane, reason)
        async with self._changing:
            if self._store is not None:
                await self._store.deactivate(workspace.lane, reason=reason, now=self._now())
            self._take(replace(workspace, active=False))

    async def change(
        self,
        team: str,
        *,
        name: str | None = None,
        admins_only: bool | None = None,
        container_refused_until: datetime | None = None,
    ) -> Workspace | None:
        """Change what is given; None where there is no such workspace."""
        given = {
            "name": name,
            "admins_only": admins_only,
            "container_refused_until": container_refused_until,
        }
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        async with self._changing:
            workspace = self._known.get(team)
            if workspace is None or not changes:
                return workspace
            workspace = replace(workspace, **changes)
            if self._store is not None:
                data = data_of(workspace)
                await self._store.change(workspace.lane, {key: data[key] for key in changes}, now=self._now())
            self._take(workspace)
            return workspace

    async def refuses_containers(self, team: str, length: timedelta) -> None:
        """Send no container there for so long. That this cannot be stored is no reason not to send anything."""
        until = self._now() + length
        log.warning("%s: refuses containers, abstracts are attached for now", lane_of(team))
        with contextlib.suppress(Exception):
            await self.change(team, container_refused_until=until)
        if (workspace := self._known.get(team)) is not None:
            self._known[team] = replace(workspace, container_refused_until=until)

    # --- how that is kept -------------------------------------------------------------------------------------------

    def _learn(self, kept: Kept) -> None:
        team = kept.lane.partition(":")[2]
        try:
            workspace = workspace_of(team, kept.data, active=kept.active)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("%s cannot be read and is passed over: %s", kept.lane, type(error).__name__)
            return
        if kept.secret is not None and kept.secret != self._sealed.get(team):
            self._sealed[team] = kept.secret
            self._tokens.pop(team, None)
            try:
                if self._cipher is None:
                    raise ValueError("there is no BOT_SLACK__ENCRYPTION_KEY")
                self._tokens[team] = self._cipher.open(kept.lane, kept.secret)
            except ValueError as error:
                log.error("%s: its token cannot be read: %s. Set the key back, or install again.", kept.lane, error)
        self._take(workspace)

    def _take(self, workspace: Workspace) -> None:
        team = workspace.team
        self._known[team] = workspace
        if team == self._own_team and self._own_token is not None:
            self._tokens[team] = self._own_token
        if self.token(team) is None:
            self._hold_inactive()
            return
        pace = self.pace(team)
        if team in self._held:
            self._held.discard(team)
            pace.release_lane()

    def _hold_inactive(self) -> None:
        until = self._monotonic() + HELD_SECONDS
        for workspace in self._known.values():
            if self.token(workspace.team) is None and (pace := self._paces.get(workspace.lane)) is not None:
                self._held.add(workspace.team)
                pace.hold_lane(until)
