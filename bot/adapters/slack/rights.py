"""Who somebody is and what a channel is, as Slack says when it is asked; remembered for a while.

Slack has no rights of its own for a channel's settings: any full member of the workspace may change those of a channel
that they and we are in, guests and people of other organisations may not, and a workspace may leave it to its admins.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from bot.adapters.slack.client import Api
from bot.adapters.slack.errors import code
from bot.adapters.slack.happened import text_at
from bot.adapters.slack.workspaces import Workspace

log = logging.getLogger(__name__)

T = TypeVar("T")

PROFILE_SECONDS: Final = 3600.0
"""How long a person's name, language and zone are believed."""
RIGHTS_SECONDS: Final = 60.0
"""How long it is believed what a person may do."""
CHANNEL_SECONDS: Final = 600.0
"""How long it is believed that we are in a channel: events tell of the end, and Slack answers this rarely only."""
ABSENT_SECONDS: Final = 5.0
"""How long it is believed that we are not: who was told to invite us does so."""
KEPT: Final = 10_000
ASK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A person. `zone` is an IANA name; `full`: a member of this workspace who is no guest."""

    name: str
    language: str | None
    zone: str | None
    full: bool
    admin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel. `member`: we are in it, and it is open."""

    name: str
    member: bool


class Rights:
    """Asks and remembers. `monotonic` is a clock in seconds that never runs backwards."""

    def __init__(self, api: Api, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._monotonic = monotonic
        self._people = _Memory[Profile]()
        self._channels = _Memory[Channel]()

    async def profile(self, workspace: Workspace, user: str, *, within: float = PROFILE_SECONDS) -> Profile | None:
        """Who somebody is, as Slack said at most so many seconds ago; None where it does not say."""
        key = (workspace.team, user)
        if (known := self._people.get(key, self._monotonic() - within)) is not None:
            return known
        answer, _ = await self._ask(workspace, "users.info", {"user": user, "include_locale": True})
        said = answer.get("user")
        if not isinstance(said, Mapping):
            return None
        return self._people.keep(key, _profile(said, workspace), self._monotonic())

    async def channel(self, workspace: Workspace, channel: str, *, member: bool = False) -> Channel | None:
        """What a channel is; None where Slack cannot say it now. One that we may not know of is one that we are not in.

        `member`: it is known that we are, whatever was said before.
        """
        key = (workspace.team, channel)
        known = self._channels.get(key, self._monotonic() - CHANNEL_SECONDS)
        if known is not None and not known.member:
            known = None if member else self._channels.get(key, self._monotonic() - ABSENT_SECONDS)
        if known is not None:
            return known
        answer, why = await self._ask(workspace, "conversations.info", {"channel": channel})
        said = answer.get("channel")
        if why == "channel_not_found":
            return self._channels.keep(key, Channel(name="", member=False), self._monotonic())
        if not isinstance(said, Mapping):
            return None
        there = bool(said.get("is_member") or said.get("is_mpim")) and not said.get("is_archived")
        name = text_at(said, "name")
        found = Channel(name=f"#{name}" if name else "", member=there)
        return self._channels.keep(key, found, self._monotonic())

    async def manages(self, workspace: Workspace, channel: str, user: str) -> bool:
        """Whether somebody may change a channel's settings; False where Slack does not say."""
        there = await self.channel(workspace, channel)
        if there is None or not there.member:
            return False
        profile = await self.profile(workspace, user, within=RIGHTS_SECONDS)
        if profile is None or not profile.full:
            return False
        return profile.admin or not workspace.admins_only

    async def leads(self, workspace: Workspace, user: str) -> bool:
        """Whether somebody may decide for the whole workspace: its admins; False where Slack does not say."""
        profile = await self.profile(workspace, user, within=RIGHTS_SECONDS)
        return profile is not None and profile.full and profile.admin

    def forget(self, team: str, channel: str) -> None:
        """Something changed in a channel: ask again."""
        self._channels.drop((team, channel))

    async def _ask(self, workspace: Workspace, method: str, params: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """What Slack says, or nothing and why."""
        try:
            return await self._api.call(workspace.team, method, params, seconds=ASK_SECONDS), ""
        except Exception as error:
            log.info("%s: %s: %s", workspace.lane, method, code(error))
            return {}, code(error)


class _Memory(Generic[T]):
    """The newest answers, each with when it was given."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()

    def get(self, key: Hashable, since: float) -> T | None:
        """What was said since then."""
        when, value = self._known.get(key, (0.0, None))
        return value if when > since else None

    def keep(self, key: Hashable, value: T, now: float) -> T:
        self._known[key] = (now, value)
        self._known.move_to_end(key)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return value

    def drop(self, key: Hashable) -> None:
        self._known.pop(key, None)


def _profile(said: Mapping[str, Any], workspace: Workspace) -> Profile:
    guest = bool(said.get("is_restricted") or said.get("is_ultra_restricted"))
    nobody = bool(said.get("deleted") or said.get("is_bot") or said.get("is_stranger"))
    return Profile(
        name=text_at(said, "profile", "display_name") or text_at(said, "real_name") or text_at(said, "name"),
        language=text_at(said, "locale") or None,
        zone=text_at(said, "tz") or None,
        full=_at_home(said, workspace) and not guest and not nobody,
        admin=bool(said.get("is_admin") or said.get("is_owner") or said.get("is_primary_owner")),
    )


def _at_home(said: Mapping[str, Any], workspace: Workspace) -> bool:
    """Whether somebody belongs to this workspace, by themselves or through its organisation."""
    if text_at(said, "team_id") == workspace.team:
        return True
    organisation = said.get("enterprise_user")
    if not isinstance(organisation, Mapping) or not workspace.enterprise:
        return False
    teams = organisation.get("teams")
    same = text_at(organisation, "enterprise_id") == workspace.enterprise
    return same and isinstance(teams, list) and workspace.team in teams
