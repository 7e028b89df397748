"""What people do to channels, to workspaces and to the app's place in them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from yarl import URL

from tests.fakes.slack.places import Channel, Kind

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.workspaces import Install, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """How an installation in the browser ended: the last page's HTTP status and text, the address that asked for
    consent, and the one to which the browser was sent back."""

    status: int
    page: str
    authorize_url: str = ""
    redirect_url: str = ""


class Administering:
    """A person's deeds beyond talking. Rights are not checked: Slack has its own rules for who may do what."""

    __slots__ = ()

    team: Workspace

    # --- channels --------------------------------------------------------------------------------------------

    def _tell(self, place: Channel, event: str, /, **body: Any) -> None:
        install = self.team.install
        if install is not None and (place.has(install) or not place.private):
            self.team.fake.post.tell(install, {"type": event} | body, channel=place)

    def _named(self, channel: Channel, what: str) -> str:
        return f"{'channel' if channel.kind is Kind.PUBLIC else 'group'}_{what}"

    def _membership(self, channel: Channel, event: str, user: User, **body: Any) -> None:
        install = self.team.install
        if install is None or (not channel.has(install) and user is not install.user):
            return
        letter = "C" if channel.kind is Kind.PUBLIC else "G"
        fields = {"user": user.id, "channel": channel.id, "channel_type": letter, "team": self.team.id}
        self.team.fake.post.tell(install, {"type": event} | fields | body, channel=channel)

    async def invites_bot(self, channel: Channel) -> None:
        """Add the app to a channel."""
        bot = self.team.app.user
        channel.members[bot.id] = bot
        self._membership(channel, "member_joined_channel", bot, inviter=self._me.id)

    async def removes_bot(self, channel: Channel) -> None:
        """Remove the app from a channel; Slack tells it twice, in different words."""
        install = self.team.app
        channel.members.pop(install.user.id, None)
        self._membership(channel, "member_left_channel", install.user)
        body = {"type": self._named(channel, "left"), "channel": channel.id, "actor_id": self._me.id}
        self.team.fake.post.tell(install, body, channel=channel)

    async def joins(self, channel: Channel) -> None:
        """Join a channel."""
        channel.members[self._me.id] = self._me
        self._membership(channel, "member_joined_channel", self._me)

    async def leaves(self, channel: Channel) -> None:
        """Leave it."""
        channel.members.pop(self._me.id, None)
        self._membership(channel, "member_left_channel", self._me)

    async def archives(self, channel: Channel) -> None:
        """Close a channel for writing."""
        channel.archived = True
        self._tell(channel, self._named(channel, "archive"), channel=channel.id, user=self._me.id, is_moved=0)

    async def unarchives(self, channel: Channel) -> None:
        """Open it again."""
        channel.archived = False
        self._tell(channel, self._named(channel, "unarchive"), channel=channel.id, user=self._me.id)

    async def renames(self, channel: Channel, name: str) -> None:
        """Give it another name."""
        channel.name = name
        body = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created, "is_channel": True}
        self._tell(channel, self._named(channel, "rename"), channel=body)

    async def deletes_channel(self, channel: Channel) -> None:
        """Delete it with all that is in it."""
        self._tell(channel, self._named(channel, "deleted"), channel=channel.id, actor_id=self._me.id)
        channel.deleted = True
        channel.by_ts.clear()

    async def makes_private(self, channel: Channel) -> None:
        """Make a public channel private; it keeps its id, and who is no member loses it from sight."""
        install = self.team.install
        if install is not None and channel.has(install):
            event = {"type": "message", "subtype": "channel_convert_to_private", "channel": channel.id}
            event |= {"user": self._me.id, "channel_type": "channel"}
            self.team.fake.post.tell(install, event, name="message.channels", channel=channel)
        channel.kind = Kind.PRIVATE

    async def changes_id(self, channel: Channel) -> str:
        """Give it another id, as a move between workspaces of an organisation does; the old one, which is dead now."""
        old = channel.id
        del self.team.channels[old]
        channel.id = self.team.fake.new_id("C")
        self.team.channels[channel.id] = channel
        self._tell(channel, "channel_id_changed", old_channel_id=old, new_channel_id=channel.id)
        return old

    # --- the app in the workspace ------------------------------------------------------------------------------

    async def uninstalls(self, *, tokens_first: bool = True) -> None:
        """Remove the app from the workspace. Slack tells it twice, in either order."""
        install = self.team.app
        events = [self._revoked(install), {"type": "app_uninstalled"}]
        for one in (install, *self.team.former):
            one.revoked = one.revoked or "account_inactive"
        self.team.install = None
        self.team.former.append(install)
        install.user.deactivated = True
        for channel in self.team.channels.values():
            if channel.user is None:
                channel.members.pop(install.user.id, None)
        for event in events if tokens_first else events[::-1]:
            self.team.fake.post.tell(install, event)

    async def revokes_tokens(self) -> None:
        """Revoke the app's token and leave the rest."""
        install = self.team.app
        install.revoked = "token_revoked"
        self.team.fake.post.tell(install, self._revoked(install))

    def _revoked(self, install: Install) -> dict[str, Any]:
        return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [install.user.id]}}

    async def renames_team(self, name: str) -> None:
        """Give the workspace another name."""
        self.team.name = name
        if self.team.install is not None:
            self.team.fake.post.tell(self.team.install, {"type": "team_rename", "name": name})

    async def moves_to_organisation(self, enterprise: str, *, trouble: str | None = "team_added_to_org") -> None:
        """Let an organisation take the workspace in. Until a test takes `trouble` away, every request meets it."""
        self.team.enterprise = enterprise
        self.team.trouble = trouble

    async def installs(
        self, url: str, *, consents: bool = True, state: str | None = None, forgets_cookies: bool = False
    ) -> Installed:
        """Go through the installation as a browser does, from the app's own page to the one after the consent.

        `consents` False: the person says no. `state`: another than the app gave, as in a forged link.
        `forgets_cookies`: the way back is taken in another browser.
        """
        fake = self.team.fake
        page_url = URL(fake.route(url))
        # The proxy before the app speaks TLS, so its cookies are safe.
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=page_url.origin())
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            async with browser.get(page_url, allow_redirects=False) as answer:
                page = await answer.text()
                target = answer.headers.get("Location") or _authorize_link(page)
                if not target:
                    return Installed(status=answer.status, page=page)
            back = self.consents(target, says_yes=consents, state=state)
            if forgets_cookies:
                browser.cookie_jar.clear()
            async with browser.get(fake.route(back)) as answer:
                return Installed(
                    status=answer.status, page=await answer.text(), authorize_url=target, redirect_url=back
                )

    def consents(self, authorize_url: str, *, says_yes: bool = True, state: str | None = None) -> str:
        """Look at Slack's page of consent and press a button: the address to which the browser is sent."""
        fake = self.team.fake
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorize_url).query).items()}
        assert asked.get("client_id") == fake.app.client_id, f"another app's: {authorize_url}"
        redirect = asked.get("redirect_uri") or _first_redirect(fake.app.manifest)
        assert redirect, "neither the address nor the manifest says where to go back to"
        given = {"state": state if state is not None else asked.get("state", "")}
        if says_yes:
            code = f"{fake.new_id('')}.{fake.new_id('')}"
            scopes = frozenset(filter(None, asked.get("scope", "").split(",")))
            fake.codes[code] = (self.team, self._me, scopes, asked.get("redirect_uri", ""))
            given["code"] = code
        else:
            given["error"] = "access_denied"
        return f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(given)}"

    @property
    def _me(self) -> User:
        return self  # type: ignore[return-value]  # this is a part of User, and of nothing else


def _authorize_link(page: str) -> str:
    found = re.search(r"""["'](https?://[^"']*/oauth/v2/authorize\?[^"']+)["']""", page)
    return html.unescape(found.group(1)) if found else ""


def _first_redirect(manifest: dict[str, Any] | None) -> str:
    urls = ((manifest or {}).get("oauth_config") or {}).get("redirect_urls") or []
    return str(urls[0]) if urls else ""
