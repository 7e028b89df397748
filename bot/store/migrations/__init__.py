"""Alembic, driven from code: one set of migrations for SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

HEAD: Final = "0008"
_LOCK: Final = 0x7061706572626F79  # "paperboy"


def upgrade(connection: Connection) -> bool:
    """Bring the database up to HEAD within the transaction of `connection`; True if there was anything to do."""
    if connection.dialect.name == "postgresql":
        # SQLite has one writer anyway; here, whoever comes second waits and then finds the work done.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if version(connection) == HEAD:
        return False
    # Not before there is something to do: it takes its time to load.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, HEAD)
    return True


def version(connection: Connection) -> str | None:
    """The version of the database, None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found
