"""Telegram's settings: `BOT_TELEGRAM__…`."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

FREE_PER_SECOND: Final = 30.0
PAID_PER_SECOND: Final = 1000.0


class PlatformSettings(BaseModel):
    """The token turns Telegram on. `webhook_url` set: Telegram calls us there; unset: we ask (long polling).

    `per_second` is the rate of the whole bot: 30 where nothing is said, 1000 with `paid_broadcast`, which Telegram
    charges for. `chat_seconds` lie between two posts to one chat; `group_per_minute` is for groups and channels.
    `timeout_seconds` is how long an answer is waited for, and `connections` how many are open at most.
    `requests_per_minute` is what one person may ask for. `ephemeral`: commands in groups, and the answers to them, are
    seen by nobody but the one who asks, where Telegram and their application can do that. `lanes` is into how many
    parts the bot's chats are split, each with its part of the rate, so that several workers can share one bot: worth it
    from some hundreds a second on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr | None = None
    api_base: str = "https://api.telegram.org"
    webhook_url: str | None = None
    per_second: Annotated[float | None, Field(gt=0, le=1000)] = None
    chat_seconds: Annotated[float, Field(ge=0, le=60)] = 1.05
    group_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 20
    paid_broadcast: bool = False
    lanes: Annotated[int, Field(ge=1, le=64)] = 1
    connections: Annotated[int, Field(ge=2, le=1000)] = 64
    timeout_seconds: Annotated[float, Field(ge=1, le=120)] = 25.0
    requests_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 40
    ephemeral: bool = True

    @field_validator("token")
    @classmethod
    def _token_form(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None or not token.get_secret_value().strip():
            return None
        number, colon, secret = token.get_secret_value().strip().partition(":")
        word = secret.replace("_", "").replace("-", "")
        if not (number.isascii() and number.isdecimal() and colon and len(secret) >= 10):
            raise ValueError("a token looks like 123456:ABC-DEF…, as BotFather gives it")
        if not (word.isascii() and word.isalnum()):
            raise ValueError("a token looks like 123456:ABC-DEF…, as BotFather gives it")
        return SecretStr(f"{number}:{secret}")

    @field_validator("api_base", "webhook_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("an address starts with https:// (or http:// on your own network)")
        return url.rstrip("/")

    @property
    def rate(self) -> float:
        """Messages a second of the whole bot."""
        if self.per_second is not None:
            return self.per_second
        return PAID_PER_SECOND if self.paid_broadcast else FREE_PER_SECOND
