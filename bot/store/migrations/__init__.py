"""Alembic, driven from code: one set of migrations for SQLite and PostgreSQL.

An empty database gets the tables of today's schema at once: it takes a quarter of the time and does not load Alembic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.store.database import StoreError
from bot.store.schema import meta, metadata

HEAD: Final = "0009"
_LOCK: Final = 0x7061706572626F79  # "paperboy"
_VERSION: Final = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it."""
_FIRST_ROWS: Final = ({"key": "revision", "value": "0"}, {"key": "heard_since", "value": "0"})
"""What the migrations write into an empty database."""


def upgrade(connection: Connection) -> bool:
    """Bring the database up to HEAD within the transaction of `connection`; True if there was anything to do.

    Raises StoreError for a database of a newer Paperboy: there is no way back.
    """
    if connection.dialect.name == "postgresql":
        # SQLite has one writer anyway; here, whoever comes second waits and then finds the work done.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = version(connection)
    if found == HEAD:
        return False
    refuse_newer(found)
    if found is None:
        _create(connection)
    else:
        migrate(connection)
    return True


def refuse_newer(found: str | None) -> None:
    """Raise StoreError where a database is at a version that only a newer Paperboy knows."""
    if found is not None and found > HEAD:
        raise StoreError(
            f"the database is at version {found}, newer than this Paperboy, which knows {HEAD}: "
            "run the newer one, or restore a backup from before it"
        )


def version(connection: Connection) -> str | None:
    """The version of the database, None for an empty one."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.execute(sa.select(_VERSION.c.version_num)).scalar_one_or_none()
    return found


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    connection.execute(sa.insert(meta), _FIRST_ROWS)
    _VERSION.create(connection)
    connection.execute(sa.insert(_VERSION).values(version_num=HEAD))


def migrate(connection: Connection, to: str = HEAD) -> None:
    """Run the migrations from the version of the database, which may be none, up to another."""
    # Not before there is something to do: it takes its time to load.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, to)
