"""Slack's settings: what is missing or wrong is one clear sentence, and what opens doors is never printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.adapters.slack.settings import BUILT_IN, PlatformSettings
from bot.formatting import COMMANDS
from bot.settings import SettingsError, load

BOT = "xoxb-111111111111-222222222222-AbCdEfGhIjKlMnOpQrStUvWx"
APP = "xapp-1-A0123456789-1234567890123-0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
KEY = "correct horse battery staple"
MANY: dict[str, Any] = {
    "client_id": "1111111111.2222222222",
    "client_secret": SECRET,
    "encryption_key": KEY,
    "public_url": "https://papers.example",
}


def refusal(**given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        PlatformSettings(**given)
    (error,) = caught.value.errors(include_url=False, include_input=False, include_context=False)
    said = str(error["msg"]).removeprefix("Value error, ")
    assert "\n" not in said
    return said


# --- what belongs together ------------------------------------------------------------------------------------


def test_nothing_set_means_off_and_is_no_mistake() -> None:
    settings = PlatformSettings()
    assert not settings.on
    assert not settings.many
    assert PlatformSettings(public_url="https://papers.example").on is False, "a manifest may come before the tokens"


@pytest.mark.parametrize(
    ("given", "sockets", "many"),
    [
        ({"bot_token": BOT, "app_token": APP}, True, False),
        ({"bot_token": BOT, "signing_secret": SECRET}, False, False),
        ({"bot_token": BOT, "signing_secret": SECRET, "app_token": APP}, True, False),
        ({**MANY, "signing_secret": SECRET}, False, True),
        ({**MANY, "app_token": APP}, True, True),
    ],
)
def test_what_is_enough_to_connect(given: dict[str, Any], sockets: bool, many: bool) -> None:
    settings = PlatformSettings(**given)
    assert settings.on
    assert (settings.sockets, settings.many) == (sockets, many)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"bot_token": BOT}, ("app_token", "signing_secret")),
        ({"app_token": APP}, ("bot_token",)),
        ({"signing_secret": SECRET}, ("bot_token",)),
        ({"client_id": MANY["client_id"]}, ("client_secret",)),
        ({"client_secret": SECRET, "app_token": APP}, ("client_id",)),
        ({**MANY, "app_token": APP, "bot_token": BOT}, ("one workspace", "many")),
        (MANY, ("app_token", "signing_secret")),
        ({**MANY, "app_token": APP, "encryption_key": None}, ("encryption_key",)),
        ({**MANY, "app_token": APP, "public_url": None}, ("public_url",)),
    ],
)
def test_what_is_missing_is_said_by_its_name(given: dict[str, Any], named: tuple[str, ...]) -> None:
    said = refusal(**given)
    for name in named:
        assert name in said


def test_an_empty_variable_is_as_good_as_none() -> None:
    given: dict[str, Any] = dict.fromkeys(["bot_token", "app_token", "signing_secret", "client_id", "public_url"], " ")
    assert not PlatformSettings(**given).on


# --- one value at a time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bot_token": APP, "app_token": BOT}, "starts with xoxb-"),
        ({"app_token": BOT}, "starts with xapp-"),
        ({"bot_token": "xoxp-1-2-abcdefgh"}, "starts with xoxb-"),
        ({"bot_token": "xoxe.xoxb-1-abcdefgh"}, "token rotation"),
        ({"bot_token": "xoxb-"}, "what follows xoxb- is too short"),
        ({"bot_token": "xoxb-1"}, "what follows xoxb- is too short"),
        ({"app_token": "xapp-1-2"}, "what follows xapp- is too short"),
        ({"bot_token": "xoxb-1 2-abcdefgh"}, "what follows xoxb- has a sign that is in no token"),
        ({"signing_secret": "two words here"}, "Basic Information"),
        ({"client_id": "me"}, "client ID"),
        ({"encryption_key": "short"}, "16 letters"),
        ({"api_base": "https://slack.com/"}, "/api/"),
        ({"api_base": "slack.com/api/"}, "https://"),
        ({"public_url": "http://papers.example"}, "https://"),
        ({"public_url": "https://papers.example/?a=1"}, "https://"),
        ({"command": "Papers"}, "slash command"),
        ({"command": "x" * 32}, "slash command"),
        ({"command": "/search"}, "Slack's own"),
        ({"extra_commands": {"search": "search"}}, "Slack's own"),
        ({"extra_commands": {"status": "help"}}, "Slack's own"),
        ({"extra_commands": {"find": "finden"}}, "not a command"),
        ({"aliases": ("serach",)}, "not a command"),
        ({"command": "p" * 25}, "slash command"),
        ({"extra_commands": {f"x{n}": "help" for n in range(60)}}, "50"),
        ({"fold": "never"}, "container"),
    ],
)
def test_a_wrong_value_gets_a_sentence_that_says_what_is_right(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PlatformSettings(**given)
    assert any(said in error["msg"] for error in caught.value.errors())


def test_addresses_are_put_into_one_form() -> None:
    settings = PlatformSettings(api_base="http://127.0.0.1:4000/api", public_url="http://localhost:8080/")
    assert settings.api_base == "http://127.0.0.1:4000/api/"
    assert settings.public_url == "http://localhost:8080"


def test_the_commands_are_the_one_and_its_aliases() -> None:
    assert PlatformSettings().commands == {"papers": ""} | {f"papers-{name}": name for name in COMMANDS}
    settings = PlatformSettings(
        command="/digest", aliases=("search", "tags"), extra_commands={"/subscribe": "subscribe"}
    )
    assert settings.commands == {
        "digest": "",
        "digest-search": "search",
        "digest-tags": "tags",
        "subscribe": "subscribe",
    }
    assert settings.slash == "/digest"
    assert PlatformSettings(aliases=False).commands == {"papers": ""}
    assert "search" in BUILT_IN


def test_everything_can_be_set_in_the_environment(tmp_path: Path) -> None:
    environ = {
        "BOT_CONFIG": str(tmp_path),
        "BOT_SLACK__BOT_TOKEN": f" {BOT}\n",
        "BOT_SLACK__APP_TOKEN": APP,
        "BOT_SLACK__ALIASES": "search,tags",
        "BOT_SLACK__EXTRA_COMMANDS__SUBSCRIBE": "subscribe",
        "BOT_SLACK__ADMINS_ONLY": "true",
        "BOT_SLACK__CHANNEL_SECONDS": "2",
    }
    settings: PlatformSettings = load({"slack": PlatformSettings}, environ).slack  # type: ignore[attr-defined]
    assert settings.bot_token is not None
    assert settings.bot_token.get_secret_value() == BOT
    assert settings.commands == {
        "papers": "",
        "papers-search": "search",
        "papers-tags": "tags",
        "subscribe": "subscribe",
    }
    assert settings.admins_only
    assert settings.channel_seconds == 2.0
    for value, commands in (("false", 1), ("true", 1 + len(COMMANDS)), ('["help"]', 2)):
        told = environ | {"BOT_SLACK__ALIASES": value}
        del told["BOT_SLACK__EXTRA_COMMANDS__SUBSCRIBE"]
        assert len(load({"slack": PlatformSettings}, told).slack.commands) == commands  # type: ignore[attr-defined]


def test_a_mistake_is_told_without_the_secret(tmp_path: Path) -> None:
    environ = {
        "BOT_CONFIG": str(tmp_path),
        "BOT_SLACK__BOT_TOKEN": "xoxp-very-secret-token",
        "BOT_SLACK__APP_TOKEN": APP,
    }
    with pytest.raises(SettingsError) as caught:
        load({"slack": PlatformSettings}, environ)
    assert "BOT_SLACK__BOT_TOKEN" in str(caught.value)
    assert "secret-token" not in str(caught.value)
    del environ["BOT_SLACK__APP_TOKEN"]
    environ["BOT_SLACK__BOT_TOKEN"] = BOT
    with pytest.raises(SettingsError, match="app_token"):
        load({"slack": PlatformSettings}, environ)
    given: dict[str, Any] = {"bot_token": BOT, "app_token": APP, "signing_secret": SECRET}
    settings = PlatformSettings(**given)
    for secret in (BOT, APP, SECRET):
        assert secret not in f"{settings!r} {settings}"


def test_the_readme_names_no_setting_that_is_not_there() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    named = {name.lower() for name in re.findall(r"BOT_SLACK__([A-Z_]+[A-Z])", readme)}
    assert len(named) > 8
    assert named <= PlatformSettings.model_fields.keys()
    assert "connections:write" in readme
    assert "/slack/install" in readme
