"""The manifest: what Slack takes, tied to the code that uses it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

import bot.adapters.slack
from bot.adapters.slack.happened import SHORTCUT
from bot.adapters.slack.manifest import METHODS, OPTIONAL, event_scopes, manifest, scopes
from bot.adapters.slack.settings import BUILT_IN, PlatformSettings
from bot.adapters.slack.updates import EVENTS
from bot.cli import cli

FOLDER = Path(bot.adapters.slack.__path__[0])
METHOD = re.compile(
    r"(?:apps|auth|bookmarks|chat|conversations|dnd|files|oauth|pins|reactions|team|users|views)(?:\.[A-Za-z0-9]+)+"
)
URL = {"type": "string", "pattern": "^https?://", "maxLength": 3000}


def words(most: int, least: int = 1) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


def exactly(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "additionalProperties": False,
    }


FLAG = {"type": "boolean"}
SCOPES = {"type": "array", "uniqueItems": True, "maxItems": 255, "items": words(50)}
TAKEN = exactly(
    {
        "_metadata": exactly({"major_version": {"const": 1}}),
        "display_information": exactly(
            {"name": words(35), "description": words(140)},
            background_color={"type": "string", "pattern": "^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"},
        ),
        "features": exactly(
            {
                "app_home": exactly(
                    {
                        "home_tab_enabled": {"const": True},
                        "messages_tab_enabled": {"const": True},
                        "messages_tab_read_only_enabled": {"const": False},
                    }
                ),
                "bot_user": exactly({"display_name": words(80)}, always_online=FLAG),
                "shortcuts": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 10,
                    "items": exactly(
                        {
                            "name": words(24),
                            "type": {"enum": ["message", "global"]},
                            "callback_id": words(255),
                            "description": words(150),
                        }
                    ),
                },
                "slash_commands": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 50,
                    "items": exactly(
                        {
                            "command": {"type": "string", "pattern": "^/[a-z0-9_-]{1,31}$"},
                            "description": words(2000),
                        },
                        url=URL,
                        usage_hint=words(1000),
                        should_escape=FLAG,
                    ),
                },
            }
        ),
        "oauth_config": exactly(
            {"scopes": exactly({"bot": SCOPES}, bot_optional=SCOPES)},
            redirect_urls={"type": "array", "uniqueItems": True, "items": words(2500)},
        ),
        "settings": exactly(
            {
                "event_subscriptions": exactly(
                    {"bot_events": {"type": "array", "uniqueItems": True, "maxItems": 100, "items": words(50)}},
                    request_url=URL,
                ),
                "interactivity": exactly({"is_enabled": {"const": True}}, request_url=URL),
                "org_deploy_enabled": FLAG,
                "socket_mode_enabled": FLAG,
                "token_rotation_enabled": {"const": False},
            }
        ),
    }
)
"""What of Slack's manifest reference we use, with its limits: nothing that is not in here may be in ours."""

GIVEN: list[dict[str, Any]] = [
    {},
    {"public_url": "https://papers.example"},
    {"command": "p", "aliases": False},
    {"command": "digest", "aliases": ("search",), "extra_commands": {"subscribe": "subscribe", "tags": "tags"}},
    {"bot_token": "xoxb-1-2-abcdefgh", "signing_secret": "s" * 32, "public_url": "https://papers.example/bot/"},
    {"bot_token": "xoxb-1-2-abcdefgh", "app_token": "xapp-1-2-abcdefgh", "public_url": "https://papers.example"},
    {
        "client_id": "1.2",
        "client_secret": "s" * 32,
        "encryption_key": "k" * 32,
        "app_token": "xapp-1-2-abcdefgh",
        "public_url": "https://papers.example",
    },
]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_the_manifest_is_one_that_slack_takes(given: dict[str, Any], language: str) -> None:
    made = manifest(PlatformSettings(**given), language)
    jsonschema.validate(json.loads(json.dumps(made)), TAKEN)
    asked = made["oauth_config"]["scopes"]
    assert set(asked["bot_optional"]) < set(asked["bot"]), "Slack wants optional scopes among the others too"


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_no_command_is_slacks_own_and_each_is_one_of_the_settings(given: dict[str, Any]) -> None:
    settings = PlatformSettings(**given)
    names = [one["command"] for one in manifest(settings)["features"]["slash_commands"]]
    assert len(names) == len(set(names))
    assert not {name.removeprefix("/") for name in names} & BUILT_IN
    assert {name.removeprefix("/") for name in names} == set(settings.commands)


def test_with_socket_mode_no_address_is_in_it() -> None:
    for given in (GIVEN[0], GIVEN[5]):
        made = manifest(PlatformSettings(**given))
        assert made["settings"]["socket_mode_enabled"] is True
        assert "papers.example" not in json.dumps(made)
    many = manifest(PlatformSettings(**GIVEN[6]))
    assert many["settings"]["socket_mode_enabled"] is True
    assert many["oauth_config"]["redirect_urls"] == ["https://papers.example/slack/oauth_redirect"]
    assert "/slack/events" not in json.dumps(many)


def test_over_http_everything_comes_to_one_address() -> None:
    made = manifest(PlatformSettings(**GIVEN[4]))
    url = "https://papers.example/bot/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"]["request_url"] == url
    assert {one["url"] for one in made["features"]["slash_commands"]} == {url}


# --- tied to the code -----------------------------------------------------------------------------------------


def words_in_the_code() -> Iterator[str]:
    """The string constants of the adapter, the manifest's own table and what is said of it left out."""
    for file in sorted(FOLDER.glob("*.py")):
        if file.name == "manifest.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        tables = {id(node) for one in ast.walk(tree) if is_table(one) for node in ast.walk(one)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in tables:
                yield node.value


def is_table(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "EVENTS"


def test_every_method_that_is_called_is_on_the_list_and_the_other_way_round() -> None:
    called = {word for word in words_in_the_code() if METHOD.fullmatch(word)}
    # Bolt exchanges the code of an installation, and Socket Mode opens its connections, by methods of their own.
    called |= {"oauth.v2.access", "apps.connections.open"}
    assert called == set(METHODS)


def test_every_event_that_is_asked_for_is_read_and_the_other_way_round() -> None:
    said = set(words_in_the_code())
    for event in EVENTS:
        assert event.partition(".")[0] in said, f"{event} is asked for, and nobody reads it"
    asked = manifest(PlatformSettings())["settings"]["event_subscriptions"]["bot_events"]
    assert asked == sorted(EVENTS)
    source = (FOLDER / "updates.py").read_text(encoding="utf-8")
    read = {
        case.value.value
        for case in ast.walk(ast.parse(source))
        if isinstance(case, ast.MatchValue) and isinstance(case.value, ast.Constant)
    }
    kinds = {"command", "action", "view", "shortcut", "event"}
    events = {name for name in read if isinstance(name, str) and re.fullmatch(r"[a-z]+(_[a-z]+)+", name)} - kinds
    assert events <= {event.partition(".")[0] for event in EVENTS}, "an event is read that Slack is not asked for"


def test_every_permission_is_there_for_something_that_is_used() -> None:
    asked = set(manifest(PlatformSettings())["oauth_config"]["scopes"]["bot"])
    used = {scope for needed in METHODS.values() for scope in needed}
    used |= {scope for event in EVENTS for scope in event_scopes(event)}
    assert asked == set(scopes()) == used | {"commands"}
    assert set(OPTIONAL) <= asked
    for event in EVENTS:
        if event.startswith(("channel_", "group_", "member_", "message.", "team_", "app_mention")):
            assert event_scopes(event), f"{event} is never sent without a permission"
    assert not asked & {"chat:write.public", "channels:join", "files:read", "users:read.email"}


def test_the_shortcut_is_the_one_that_is_read() -> None:
    (shortcut,) = manifest(PlatformSettings())["features"]["shortcuts"]
    assert shortcut["callback_id"] == SHORTCUT
    assert shortcut["type"] == "global"


def test_the_command_line_prints_what_can_be_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_CONFIG", str(tmp_path))
    monkeypatch.setenv("BOT_SLACK__COMMAND", "digest")
    monkeypatch.setenv("BOT_LANGUAGE", "en")
    result = CliRunner().invoke(cli, ["slack-manifest"])
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    jsonschema.validate(printed, TAKEN)
    assert printed["features"]["slash_commands"][0]["command"] == "/digest"
    assert printed == manifest(PlatformSettings(command="digest"), "en")
