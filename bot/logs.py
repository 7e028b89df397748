"""Log lines: one fact a line, with ids and never contents, and never a secret."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, SecretStr

_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_NOISY = ("alembic", "apscheduler", "watchfiles", "asyncio")


class Redact(logging.Formatter):
    """Prints a record, its traceback included, with every known secret replaced by `***`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_FORM)
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line as it may be shown."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


def secrets_of(settings: BaseModel) -> list[str]:
    """Every secret value in the settings, nested ones too."""
    found: list[str] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found.append(value.get_secret_value())
        elif isinstance(value, BaseModel):
            found.extend(secrets_of(value))
    return found


def set_up(settings: BaseModel, level: str, file: Path | None) -> None:
    """Send all log lines of this process to standard error, or to `file` (mode 0600) where one is given."""
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler()
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(Redact(secrets_of(settings)))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level)
    if level != "DEBUG":
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.WARNING)
