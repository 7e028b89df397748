"""A workspace, and the app as it is installed there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.slack.limits import Meter
from tests.fakes.slack.people import User
from tests.fakes.slack.places import Channel, Kind

if TYPE_CHECKING:
    from tests.fakes.slack.town import Town

SCOPES: Final = frozenset(
    [
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "team:read",
        "users:read",
    ]
)
"""What an installation is granted where no manifest says otherwise."""


@dataclass(slots=True, kw_only=True, eq=False)
class Install:
    """The app in a workspace: its token, its bot user, its counters. `revoked`: the error that the token meets."""

    team: Workspace
    token: str
    user: User
    bot_id: str
    scopes: frozenset[str]
    meter: Meter
    revoked: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Workspace:
    """A team. `trouble`: an error of the whole workspace: those of an organisation's move and of a lost account meet
    every request, others (message_limit_exceeded) every post. `container` False: it does not know that block yet."""

    fake: Town
    id: str
    name: str
    enterprise: str | None = None
    container: bool = True
    messages_tab: bool = True
    home_tab: bool = True
    trouble: str | None = None
    install: Install | None = None
    former: list[Install] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    dms: dict[str, Channel] = field(default_factory=dict)

    @property
    def app(self) -> Install:
        """The installation. Raises AssertionError where there is none."""
        assert self.install is not None, f"the app is not installed in {self.name}"
        return self.install

    @property
    def bot_token(self) -> str:
        """The installation's token."""
        return self.app.token

    @property
    def domain(self) -> str:
        """What stands before slack.com."""
        return self.id.lower()

    def install_app(self, scopes: frozenset[str] | None = None) -> Install:
        """Install the app, or install it again: the bot user stays, the token is new."""
        fake = self.fake
        if self.install is not None:
            self.former.append(self.install)
        before = self.install or (self.former[-1] if self.former else None)
        bot = before.user if before else self._add("paperboy", "Paperboy", is_bot=True)
        install = Install(
            team=self,
            token=f"xoxb-{self.id}-{fake.new_id('')}",
            user=bot,
            bot_id=before.bot_id if before else fake.new_id("B"),
            scopes=scopes if scopes is not None else fake.app.scopes or SCOPES,
            meter=before.meter if before else Meter(fake.limits),
        )
        bot.deactivated = False
        self.install = fake.tokens[install.token] = install
        return install

    def user(
        self,
        name: str = "김독자",
        *,
        locale: str = "ko-KR",
        tz: str = "Asia/Seoul",
        admin: bool = False,
        owner: bool = False,
        guest: str | None = None,
    ) -> User:
        """A person; `guest`: "multi" or "single" channel."""
        return self._add(
            f"u{len(self.users)}", name, locale=locale, tz=tz, admin=admin or owner, owner=owner, guest=guest
        )

    def stranger(self, name: str = "박손님", *, locale: str = "en-US", tz: str = "America/New_York") -> User:
        """A person of another organisation, who can be in shared channels."""
        return self._add(f"x{len(self.users)}", name, locale=locale, tz=tz, team_id=self.fake.new_id("T"))

    def _add(self, name: str, real_name: str, **more: Any) -> User:
        user = User(team=self, id=self.fake.new_id("U"), name=name, real_name=real_name, **more)
        self.users[user.id] = user
        return user

    def channel(
        self, name: str = "llm", *, private: bool = False, members: tuple[User, ...] = (), bot: bool = False
    ) -> Channel:
        """A channel; `bot`: the app is a member already, and was not told."""
        kind = Kind.PRIVATE if private else Kind.PUBLIC
        channel = self._place(kind, "C", name, members)
        if bot:
            channel.members[self.app.user.id] = self.app.user
        return channel

    def group(self, *members: User, bot: bool = False) -> Channel:
        """A group conversation (mpim)."""
        channel = self._place(Kind.MPIM, "G", f"mpdm-{'--'.join(one.name for one in members)}-1", members)
        if bot:
            channel.members[self.app.user.id] = self.app.user
        return channel

    def dm_between(self, one: User, other: User) -> Channel:
        """Two people's own conversation, of which the app knows nothing."""
        return self._place(Kind.IM, "D", "directmessage", (one, other))

    def dm_of(self, user: User) -> Channel:
        """A person's conversation with the app."""
        found = self.dms.get(user.id)
        if found is None:
            bot = self.install.user if self.install else self.former[-1].user
            found = self.dms[user.id] = self._place(Kind.IM, "D", "directmessage", (user, bot))
            found.user = user
        return found

    def _place(self, kind: Kind, letter: str, name: str, members: tuple[User, ...]) -> Channel:
        fake = self.fake
        channel = Channel(team=self, id=fake.new_id(letter), kind=kind, name=name, created=int(fake.clock.time()))
        channel.members = {one.id: one for one in members}
        self.channels[channel.id] = channel
        return channel

    def find(self, name: object) -> Channel | None:
        """The conversation meant by an id, a person's id, or #name."""
        wanted = str(name)
        if found := self.channels.get(wanted):
            return found
        if (user := self.users.get(wanted)) is not None and user.team_id == self.id and not user.is_bot:
            return self.dm_of(user)
        wanted = wanted.removeprefix("#")
        return next((one for one in self.channels.values() if one.name == wanted and one.user is None), None)
