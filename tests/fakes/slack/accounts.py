"""auth.*, api.test, team.info, users.info, apps.connections.open and oauth.v2.access: who is who, and who may."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.fakes.slack.call import Call, method
from tests.fakes.slack.errors import SlackError

if TYPE_CHECKING:
    from tests.fakes.slack.people import User


@method("api.test", 4, needs="none")
def api_test(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/api.test"""
    if error := call.text("error"):
        raise SlackError(error, extra={"args": call.params})
    return {"args": call.params}


@method("auth.test", 5)
def auth_test(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/auth.test"""
    team, install = call.team, call.install
    body = {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": install.user.name,
        "team_id": team.id,
        "user_id": install.user.id,
        "bot_id": install.bot_id,
        "is_enterprise_install": False,
    }
    return body | ({"enterprise_id": team.enterprise} if team.enterprise else {})


@method("auth.revoke", 3)
def auth_revoke(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/auth.revoke"""
    if not call.flag("test"):
        call.install.revoked = "token_revoked"
    return {"revoked": not call.flag("test")}


@method("team.info", 3, "team:read")
def team_info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/team.info"""
    team = call.team
    body: dict[str, Any] = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}
    return {"team": body | ({"enterprise_id": team.enterprise, "enterprise_name": "기관"} if team.enterprise else {})}


@method("users.info", 4, "users:read")
def users_info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/users.info"""
    return {"user": user_json(call.user(), locale=call.flag("include_locale"))}


def user_json(user: User, *, locale: bool) -> dict[str, Any]:
    """A user object; `locale` comes only where it is asked for."""
    zone = ZoneInfo(user.tz)
    offset = datetime.now(UTC).astimezone(zone).utcoffset()
    assert offset is not None
    body: dict[str, Any] = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deactivated,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()),
        "profile": {
            "real_name": user.real_name,
            "display_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name_normalized": user.real_name,
            "team": user.team_id,
        },
        "is_admin": user.admin,
        "is_owner": user.owner,
        "is_primary_owner": False,
        "is_restricted": user.guest is not None,
        "is_ultra_restricted": user.guest == "single",
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if user.team_id != user.team.id:
        # Of another organisation's people nobody is told whether they are admins there.
        for name in ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted"):
            del body[name]
        body["is_stranger"] = not any(place.holds(user) for place in user.team.channels.values())
    if locale:
        body["locale"] = user.locale
    return body


@method("apps.connections.open", 3, needs="app")
def connections_open(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/apps.connections.open"""
    return {"url": call.fake.sockets.ticket()}


@method("oauth.v2.access", 4, needs="none")
def oauth_access(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/oauth.v2.access"""
    fake = call.fake
    client_id, client_secret = call.text("client_id"), call.text("client_secret")
    if basic := call.text("_basic"):
        try:
            client_id, _, client_secret = base64.b64decode(basic).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise SlackError("invalid_client_id") from None
    if client_id != fake.app.client_id:
        raise SlackError("invalid_client_id")
    if client_secret != fake.app.client_secret:
        raise SlackError("bad_client_secret")
    code = call.text("code")
    if code in fake.used_codes:
        raise SlackError("code_already_used")
    if code not in fake.codes:
        raise SlackError("invalid_code")
    team, user, scopes, redirect_uri = fake.codes[code]
    if call.text("redirect_uri") != redirect_uri:
        raise SlackError("bad_redirect_uri")
    del fake.codes[code]
    fake.used_codes.add(code)
    install = team.install_app(scopes)
    return {
        "app_id": fake.app.id,
        "authed_user": {"id": user.id},
        "scope": ",".join(sorted(install.scopes)),
        "token_type": "bot",
        "access_token": install.token,
        "bot_user_id": install.user.id,
        "team": {"id": team.id, "name": team.name},
        "enterprise": {"id": team.enterprise, "name": "기관"} if team.enterprise else None,
        "is_enterprise_install": False,
    }
