"""Slack's settings: `BOT_SLACK__…`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from bot.formatting import COMMANDS

BUILT_IN: Final = frozenset(
    {
        "active", "apps", "archive", "away", "call", "close", "collapse", "dm", "dnd", "expand", "feed",
        "feedback", "huddle", "invite", "invite_people", "join", "keys", "kick", "leave", "me", "msg", "mute",
        "open", "part", "people", "pro", "remind", "remove", "rename", "s", "search", "shortcuts", "shrug",
        "star", "status", "topic", "unarchive", "who",
    }
)  # fmt: skip
"""Slash commands of Slack's own: a manifest that holds one is refused as a whole."""
COMMANDS_AT_MOST: Final = 50
KEY_LETTERS: Final = 16

_NAME: Final = re.compile(r"[a-z0-9_-]{1,31}")
_TOKEN: Final = re.compile(r"(xox[a-z]|xapp)-[A-Za-z0-9_-]+")
_REST_AT_LEAST: Final = 8
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")

Fold = Literal["container", "attachment", "auto"]


class PlatformSettings(BaseModel):
    """One workspace: `bot_token`, with `app_token` (Socket Mode, no public address) or `signing_secret` (HTTP).

    Many workspaces, by installation: `client_id`, `client_secret`, `encryption_key` (a Fernet key or a passphrase, for
    the tokens at rest) and `public_url`, with `app_token` or `signing_secret`.

    `command` is the name of the one slash command, `aliases` those of its subcommands that get a command of their own
    (`/papers-search`; true for all, false for none), `extra_commands` further names for them, such as
    `{subscribe = "subscribe"}`. `fold` is how an abstract is folded: "auto" takes the container block, and the
    attachment where a workspace refuses that. `admins_only`: in a workspace that says nothing else, only its admins
    change a channel. `channel_seconds` lie between two posts to one channel; `workspace_per_minute` is for all of its
    channels. `commercial`: Slack lets this app read history once a minute only. `timeout_seconds` is how long an answer
    is waited for, and `connections` how many are open at most. `requests_per_minute` is what one person may ask for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    encryption_key: SecretStr | None = None
    public_url: str | None = None
    api_base: str = "https://slack.com/api/"
    command: str = "papers"
    aliases: bool | tuple[str, ...] = True
    extra_commands: Mapping[str, str] = Field(default_factory=dict)
    fold: Fold = "auto"
    admins_only: bool = False
    channel_seconds: Annotated[float, Field(ge=0, le=60)] = 1.03
    workspace_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 300
    commercial: bool = False
    connections: Annotated[int, Field(ge=2, le=1000)] = 64
    timeout_seconds: Annotated[float, Field(ge=1, le=120)] = 25.0
    requests_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 40

    @field_validator("bot_token")
    @classmethod
    def _bot_token(cls, token: SecretStr | None) -> SecretStr | None:
        given = _given(token)
        if given is not None and given.startswith("xoxe"):
            raise ValueError("a token that expires (xoxe…) is not supported; leave token rotation off in the app")
        return _token(given, "xoxb-", "a bot token starts with xoxb-, as “OAuth & Permissions” shows it")

    @field_validator("app_token")
    @classmethod
    def _app_token(cls, token: SecretStr | None) -> SecretStr | None:
        return _token(_given(token), "xapp-", "an app-level token starts with xapp-, as “Basic Information” makes it")

    @field_validator("signing_secret", "client_secret")
    @classmethod
    def _secret(cls, secret: SecretStr | None) -> SecretStr | None:
        given = _given(secret)
        if given is None:
            return None
        if len(given) < 8 or not given.isascii() or not given.isprintable() or " " in given:
            raise ValueError("it is one long word of letters and digits, as “Basic Information” shows it")
        return SecretStr(given)

    @field_validator("client_id")
    @classmethod
    def _client_id(cls, given: str | None) -> str | None:
        given = (given or "").strip()
        if given and not re.fullmatch(r"[0-9]+\.[0-9]+", given):
            raise ValueError("a client ID looks like 1234567890.1234567890, as “Basic Information” shows it")
        return given or None

    @field_validator("encryption_key")
    @classmethod
    def _encryption_key(cls, key: SecretStr | None) -> SecretStr | None:
        given = _given(key)
        if given is None:
            return None
        if len(given) < KEY_LETTERS:
            raise ValueError(f"a key has {KEY_LETTERS} letters or more")
        return SecretStr(given)

    @field_validator("api_base")
    @classmethod
    def _api_base(cls, url: str) -> str:
        if not _address(url) or not url.rstrip("/").endswith("/api"):
            raise ValueError("the address starts with https:// (or http:// on your own network) and ends in /api/")
        return url.rstrip("/") + "/"

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str | None) -> str | None:
        url = (url or "").strip().rstrip("/")
        if not url:
            return None
        if not _address(url) or not (url.startswith("https://") or urlsplit(url).hostname in _LOCAL):
            raise ValueError("a public address starts with https://, for Slack calls no other")
        return url

    @field_validator("command")
    @classmethod
    def _command(cls, name: str) -> str:
        return _slash_name(name)

    @field_validator("aliases", mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        """In the environment a list may be written `search,tags`."""
        if not isinstance(given, str):
            return given
        return {"true": True, "false": False, "": False}.get(given.strip().lower(), tuple(re.split(r"[\s,]+", given)))

    @field_validator("aliases")
    @classmethod
    def _aliases(cls, names: bool | tuple[str, ...]) -> bool | tuple[str, ...]:
        for name in () if isinstance(names, bool) else names:
            _subcommand(name)
        return names

    @field_validator("extra_commands")
    @classmethod
    def _extra_commands(cls, names: Mapping[str, str]) -> Mapping[str, str]:
        return {_slash_name(name): _subcommand(subcommand) for name, subcommand in names.items()}

    @model_validator(mode="after")
    def _together(self) -> PlatformSettings:
        for alias in self.commands:
            _slash_name(alias)
        if len(self.commands) > COMMANDS_AT_MOST:
            raise ValueError(f"an app has {COMMANDS_AT_MOST} slash commands at most")
        if sentence := self._what_is_missing():
            raise ValueError(sentence)
        return self

    def _what_is_missing(self) -> str | None:
        """What has to be set besides, as a sentence; None where the settings are whole, or where there are none."""
        if (self.client_id is None) != (self.client_secret is None):
            return "client_id and client_secret belong together; one of them is missing"
        if self.bot_token is not None and self.client_id is not None:
            return "bot_token is for one workspace, client_id and client_secret are for many; keep one of the two"
        if self.bot_token is None and self.client_id is None:
            alone = "app_token" if self.app_token else "signing_secret" if self.signing_secret else None
            return f"{alone} does nothing without bot_token (xoxb-…), which posts the messages" if alone else None
        if self.app_token is None and self.signing_secret is None:
            return (
                "nothing could be received: set app_token (xapp-…, Socket Mode, no public address needed) "
                "or signing_secret (HTTP)"
            )
        if self.client_id is not None and self.encryption_key is None:
            return "encryption_key is missing: the tokens of the workspaces are stored encrypted, never in clear"
        if self.client_id is not None and self.public_url is None:
            return "public_url is missing: people who install the app come back to it"
        return None

    @property
    def on(self) -> bool:
        """Whether there is anything to connect with."""
        return self.bot_token is not None or self.client_id is not None

    @property
    def many(self) -> bool:
        """Whether workspaces come by installation."""
        return self.client_id is not None

    @property
    def sockets(self) -> bool:
        """Whether Slack's events come through a socket that we open, not to a public address."""
        return self.app_token is not None

    @property
    def slash(self) -> str:
        """The slash command as people type it: `/papers`."""
        return f"/{self.command}"

    @property
    def commands(self) -> Mapping[str, str]:
        """Each slash command without its slash, and the subcommand it stands for ("" for the one that takes any)."""
        wanted = self.aliases if isinstance(self.aliases, tuple) else COMMANDS if self.aliases else ()
        aliases = {f"{self.command}-{name}": name for name in wanted}
        return {self.command: ""} | aliases | dict(self.extra_commands)


def _given(secret: SecretStr | None) -> str | None:
    return (secret.get_secret_value().strip() or None) if secret is not None else None


def _token(given: str | None, start: str, sentence: str) -> SecretStr | None:
    if given is None:
        return None
    if not given.startswith(start):
        raise ValueError(sentence)
    if len(given) < len(start) + _REST_AT_LEAST:
        raise ValueError(f"what follows {start} is too short; copy the whole token")
    if not _TOKEN.fullmatch(given):
        raise ValueError(f"what follows {start} has a sign that is in no token; copy it again")
    return SecretStr(given)


def _address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        return False


def _slash_name(given: str) -> str:
    name = given.strip().removeprefix("/")
    if not _NAME.fullmatch(name):
        raise ValueError(f"/{name} is no slash command: up to 31 of a-z, 0-9, - and _")
    if name in BUILT_IN:
        raise ValueError(f"/{name} is Slack's own command and cannot be registered; choose another name")
    return name


def _subcommand(given: str) -> str:
    name = given.strip().removeprefix("/")
    if name not in COMMANDS:
        raise ValueError(f"{name!r} is not a command; there are {', '.join(COMMANDS)}")
    return name
