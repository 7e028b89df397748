"""Who may change a channel, as far as Slack says, and for how long that is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.adapters.slack.client import Api, refused
from bot.adapters.slack.rights import Rights
from bot.adapters.slack.workspaces import Workspace

TEAM = Workspace(
    team="T1",
    enterprise=None,
    name="연구실",
    bot_user="UBOT",
    bot_id="B1",
    app_id="A1",
    admins_only=False,
    container_refused_until=None,
    active=True,
    installed_at=datetime(2026, 1, 1, tzinfo=UTC),
)
MEMBER = {
    "id": "U1",
    "team_id": "T1",
    "name": "minji",
    "real_name": "김민지",
    "profile": {"display_name": "민지"},
    "tz": "Asia/Seoul",
    "locale": "ko-KR",
}
CHANNEL = {"id": "C1", "name": "llm", "is_member": True}


class Slack:
    """What Slack says of one person and one channel, and what it was asked."""

    def __init__(self, user: Any = MEMBER, channel: Any = CHANNEL) -> None:
        self.user = user
        self.channel = channel
        self.now = 0.0
        self.asked: list[str] = []
        self.rights = Rights(cast(Api, self), lambda: self.now)

    async def call(
        self, team: str, method: str, params: Mapping[str, Any], *, seconds: float | None = None
    ) -> dict[str, Any]:
        self.asked.append(method)
        said = self.user if method == "users.info" else self.channel
        if isinstance(said, str):
            raise refused(said)
        return {"ok": True, "user" if method == "users.info" else "channel": said}

    async def manages(self, team: Workspace = TEAM) -> bool:
        return await self.rights.manages(team, "C1", "U1")


async def test_a_profile_tells_a_persons_name_language_and_zone() -> None:
    profile = await Slack().rights.profile(TEAM, "U1")
    assert profile is not None
    assert (profile.name, profile.language, profile.zone) == ("민지", "ko-KR", "Asia/Seoul")
    bare = await Slack(user={"id": "U1"}).rights.profile(TEAM, "U1")
    assert bare is not None
    assert (bare.name, bare.language, bare.zone, bare.full) == ("", None, None, False)


@pytest.mark.parametrize(
    ("more", "may", "may_among_admins"),
    [
        ({}, True, False),
        ({"is_admin": True}, True, True),
        ({"is_owner": True}, True, True),
        ({"is_primary_owner": True}, True, True),
        ({"is_restricted": True}, False, False),
        ({"is_restricted": True, "is_ultra_restricted": True}, False, False),
        ({"is_restricted": True, "is_admin": True}, False, False),
        ({"team_id": "T2"}, False, False),
        ({"team_id": "T2", "is_admin": True}, False, False),
        ({"is_stranger": True}, False, False),
        ({"is_bot": True}, False, False),
        ({"deleted": True}, False, False),
    ],
)
async def test_full_members_may_guests_and_strangers_may_not(
    more: dict[str, Any], may: bool, may_among_admins: bool
) -> None:
    slack = Slack(user=MEMBER | more)
    assert await slack.manages() is may
    assert await slack.manages(replace(TEAM, admins_only=True)) is may_among_admins


@pytest.mark.parametrize("guest", ["is_restricted", "is_ultra_restricted", "is_stranger", "deleted"])
async def test_only_a_full_admin_decides_for_the_workspace_and_for_a_minute(guest: str) -> None:
    admin = MEMBER | {"is_admin": True}
    slack = Slack(user=admin)
    assert await slack.rights.leads(TEAM, "U1")
    slack.user, slack.now = admin | {guest: True}, 61
    assert not await slack.rights.leads(TEAM, "U1")
    assert not await Slack(user=admin | {guest: True}).manages()
    assert not await Slack().rights.leads(TEAM, "U1")


async def test_somebody_of_the_same_organisation_is_at_home_where_they_belong_to_the_workspace() -> None:
    at_home = {"enterprise_id": "E1", "teams": ["T1", "T2"]}
    organised = replace(TEAM, enterprise="E1")
    assert await Slack(user=MEMBER | {"team_id": "T2", "enterprise_user": at_home}).manages(organised)
    elsewhere = at_home | {"teams": ["T2"]}
    assert not await Slack(user=MEMBER | {"team_id": "T2", "enterprise_user": elsewhere}).manages(organised)
    other = at_home | {"enterprise_id": "E2"}
    assert not await Slack(user=MEMBER | {"team_id": "T2", "enterprise_user": other}).manages(organised)
    assert not await Slack(user=MEMBER | {"team_id": "T2", "enterprise_user": "E1"}).manages(organised)


@pytest.mark.parametrize("error", ["fatal_error", "ratelimited", "missing_scope", "user_not_found", "token_revoked"])
async def test_where_slack_does_not_say_who_it_is_nobody_may(error: str) -> None:
    assert not await Slack(user=error).manages()
    assert not await Slack(channel=error).manages()


async def test_nobody_may_change_a_channel_that_we_are_not_in() -> None:
    assert not await Slack(channel=CHANNEL | {"is_member": False}).manages()
    assert not await Slack(channel=CHANNEL | {"is_archived": True}).manages()
    assert not await Slack(channel="channel_not_found").manages()


async def test_a_private_channel_without_us_is_known_to_be_one_and_an_outage_is_not() -> None:
    there = await Slack(channel="channel_not_found").rights.channel(TEAM, "C1")
    assert there is not None
    assert not there.member
    assert await Slack(channel="fatal_error").rights.channel(TEAM, "C1") is None


async def test_a_name_is_believed_for_an_hour_and_a_right_for_a_minute() -> None:
    slack = Slack()
    assert await slack.manages()
    slack.user = MEMBER | {"is_restricted": True}
    slack.now = 59
    assert await slack.manages()
    slack.now = 61
    assert not await slack.manages()
    slack.now = 61 + 3599
    asked = len(slack.asked)
    assert await slack.rights.profile(TEAM, "U1") is not None
    assert len(slack.asked) == asked
    slack.now += 2
    await slack.rights.profile(TEAM, "U1")
    assert len(slack.asked) == asked + 1


async def test_a_right_that_cannot_be_asked_for_again_has_ended() -> None:
    slack = Slack()
    assert await slack.manages()
    slack.user, slack.now = "fatal_error", 61
    assert not await slack.manages()
    assert await slack.rights.profile(TEAM, "U1") is not None, "the name is still the name"


async def test_that_we_are_no_member_is_believed_for_a_moment_only() -> None:
    slack = Slack(channel=CHANNEL | {"is_member": False})
    assert not await slack.manages()
    slack.channel = CHANNEL
    assert not await slack.manages()
    slack.now = 6
    assert await slack.manages()


async def test_what_an_event_tells_is_believed_at_once() -> None:
    slack = Slack()
    assert await slack.manages()
    slack.channel = CHANNEL | {"is_member": False}
    slack.rights.forget("T1", "C1")
    assert not await slack.manages()
    slack.channel = CHANNEL
    there = await slack.rights.channel(TEAM, "C1", member=True)
    assert there is not None
    assert there.member


async def test_what_slack_says_in_an_odd_form_is_nothing() -> None:
    nothings: tuple[Any, ...] = (None, [], 7)
    for odd in nothings:
        assert await Slack(user=odd).rights.profile(TEAM, "U1") is None
        assert await Slack(channel=odd).rights.channel(TEAM, "C1") is None
