"""The engine, its transactions, and every place where SQLite and PostgreSQL differ.

A transaction's body is a plain function of a `Connection` (see `reading` and `writing`): it runs in one go, in a thread
for SQLite and inside SQLAlchemy's greenlet for PostgreSQL, which costs less than awaiting each statement.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import wraps
from itertools import count
from pathlib import Path
from sqlite3 import OperationalError
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS: Final = 20
"""How long SQLite waits for another process that is writing."""

READERS: Final = 4
"""Threads that read a SQLite file at the same time."""

POSTGRESQL_WORDS: Final = (
    "sslmode", "ssl", "host", "port", "user", "password", "passfile", "service", "servicefile", "target_session_attrs",
    "krbsrvname", "gsslib", "command_timeout", "prepared_statement_cache_size",
)  # fmt: skip
"""What may stand behind the question mark of a PostgreSQL address."""

_WAL_ATTEMPTS: Final = 100
_WAL_SECONDS: Final = 0.05
_ATTEMPTS: Final = 5
_CONFLICTS: Final = frozenset({"40P01", "40001"})  # deadlock_detected, serialization_failure


class StoreError(Exception):
    """The database cannot do what was asked; the text is one sentence for an operator and holds no secret."""


class Database:
    """A database and its two kinds of transactions. Make it with `connect`."""

    def __init__(self, engine: SqliteEngine | PostgresqlEngine) -> None:
        self.engine = engine
        self.dialect = engine.core.dialect.name

    async def read(self, body: Callable[[Connection], T]) -> T:
        """Run statements that only read; each sees what was committed when it began. Raises StoreError."""
        return await self._answered(self.engine.read(body))

    async def write(self, body: Callable[[Connection], T]) -> T:
        """Run one transaction: all of it or nothing. It starts over where PostgreSQL broke a deadlock with it.

        Raises StoreError; where the connection was lost at the end, the transaction may have been made all the same.
        """
        return await self._answered(self.engine.write(body))

    async def _answered(self, transaction: Coroutine[Any, Any, T]) -> T:
        try:
            return await _to_its_end(transaction)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"the database failed: {_reason(error, self.engine.core.url)}") from error

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.close()


class SqliteEngine:
    """SQLite, each transaction whole in a thread: the file has one writer, and so have we.

    A thread is asked once for a transaction, and not once for each statement as aiosqlite would be, and while it waits
    for the disk everything else goes on.
    """

    def __init__(self, core: sa.Engine) -> None:
        self.core = core
        self._reading = core.execution_options(reading=True)
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        in_memory = isinstance(core.pool, StaticPool)  # there, all share one connection
        self._readers = self._writer if in_memory else ThreadPoolExecutor(READERS, "sqlite-reader")
        self._closed = False

    async def read(self, body: Callable[[Connection], T]) -> T:
        """Run statements that only read."""

        def act() -> T:
            with self._reading.connect() as connection:
                return body(connection)

        return await self._in(self._readers, act)

    async def write(self, body: Callable[[Connection], T]) -> T:
        """Run one transaction."""

        def act() -> T:
            with self.core.begin() as connection:
                return body(connection)

        return await self._in(self._writer, act)

    async def close(self) -> None:
        """Close every connection."""
        if not self._closed:
            await self._in(self._writer, self.core.dispose)
            self._closed = True
            for threads in {self._writer, self._readers}:
                threads.shutdown()

    async def _in(self, threads: ThreadPoolExecutor, act: Callable[[], T]) -> T:
        if self._closed:
            raise StoreError("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(threads, act)


class PostgresqlEngine:
    """PostgreSQL by asyncpg; a transaction starts over where a deadlock was broken with it."""

    def __init__(self, pool: AsyncEngine) -> None:
        self.pool = pool
        self.core = pool.sync_engine
        self._reading = pool.execution_options(isolation_level="AUTOCOMMIT")

    async def read(self, body: Callable[[Connection], T]) -> T:
        """Run statements that only read."""
        async with self._reading.connect() as connection:
            return await connection.run_sync(body)

    async def write(self, body: Callable[[Connection], T]) -> T:
        """Run one transaction."""
        attempt = 0
        while True:
            attempt += 1
            try:
                async with self.pool.begin() as connection:
                    return await connection.run_sync(body)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _CONFLICTS or attempt == _ATTEMPTS:
                    raise

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.dispose()


async def _to_its_end(transaction: Coroutine[Any, Any, T]) -> T:
    """Await a transaction; whoever is cancelled meanwhile first waits for its end: what became of it is known then."""
    task = asyncio.ensure_future(transaction)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # noted, so that nobody complains that it was not
        raise


class Part:
    """A part of the store: public methods, each of them one transaction of `database`."""

    def __init__(self, database: Database) -> None:
        self.database = database


S = TypeVar("S", bound=Part)


def reading(body: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make an async method of a body that only reads."""

    @wraps(body)
    async def method(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.read(lambda tx: body(self, tx, *args, **kwargs))

    return method


def writing(body: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make an async method of a body that is one transaction; the body may run more than once."""

    @wraps(body)
    async def method(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.write(lambda tx: body(self, tx, *args, **kwargs))

    return method


# --- opening ------------------------------------------------------------------------------------------------


async def connect(url: str) -> Database:
    """Open `sqlite:////path/file.db`, `sqlite://` (in memory) or `postgresql://user:password@host/name`.

    The folder of a SQLite file is created, the file itself with mode 0600. Raises StoreError.
    """
    try:
        parsed = sa.make_url(url)
    except (SQLAlchemyError, ValueError):
        # What could not be parsed may hold a password: it is neither shown nor chained.
        raise StoreError("BOT_DATABASE is not an address such as sqlite:////path/paperboy.db") from None
    engine: SqliteEngine | PostgresqlEngine
    match parsed.get_backend_name():
        case "sqlite":
            engine = SqliteEngine(_sqlite(parsed))
        case "postgresql" | "postgres":
            try:
                engine = PostgresqlEngine(_postgresql(parsed))
            except (SQLAlchemyError, ValueError) as error:
                raise StoreError(f"BOT_DATABASE is no address of PostgreSQL: {_reason(error, parsed)}") from None
        case other:
            raise StoreError(f"BOT_DATABASE must begin with sqlite: or postgresql:, not with {other}:")
    database = Database(engine)
    try:
        await engine.read(lambda tx: tx.execute(sa.text("SELECT 1")).scalar_one())
    except Exception as error:
        await database.close()
        raise StoreError(f"the database {_shown(parsed)} cannot be opened: {_reason(error, parsed)}") from None
    except BaseException:
        await database.close()
        raise
    return database


def _shown(url: sa.URL) -> str:
    """The address without its password and its query, which may hold another."""
    return url.set(query={}).render_as_string(hide_password=True)


def _reason(error: Exception, url: sa.URL) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    reason = (str(cause) or type(cause).__name__).splitlines()[0]
    return reason.replace(url.password, "***") if url.password else reason


def _sqlite(url: sa.URL) -> sa.Engine:
    path = url.database
    if path in (None, "", ":memory:"):
        shared = {"check_same_thread": False}
        engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args=shared, hide_parameters=True)
    else:
        assert path is not None  # noqa: S101 - for the type checker
        try:
            _create_private(Path(path))
        except OSError as error:
            raise StoreError(f"the database file {path} cannot be opened: {error.strerror}") from None
        engine = sa.create_engine(
            url.set(drivername="sqlite"), connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
        )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where `begin` below says so
        cursor = connection.cursor()
        _turn_wal_on(cursor)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("reading"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _lower(value: object) -> object:
    """SQLite's own knows no capitals but those of ASCII."""
    return value.lower() if isinstance(value, str) else value


def _turn_wal_on(cursor: Any) -> None:
    """The first to do so needs the file to itself, for which SQLite does not wait as it does for everything else."""
    for attempt in count():
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except OperationalError:
            if attempt == _WAL_ATTEMPTS:
                raise
            time.sleep(_WAL_SECONDS)
        else:
            return


def _create_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _postgresql(url: sa.URL) -> AsyncEngine:
    from sqlalchemy.ext.asyncio import create_async_engine  # takes longer than opening a SQLite file

    query = dict(url.query)
    if unknown := [word for word in query if word not in POSTGRESQL_WORDS]:
        allowed = ", ".join(POSTGRESQL_WORDS)
        raise StoreError(f"BOT_DATABASE has {unknown[0]!r} behind its question mark, where there may be only {allowed}")
    if "sslmode" in query:  # libpq's word, which hosts put in their addresses; asyncpg calls it ssl
        query["ssl"] = query.pop("sslmode")
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg", query=query),
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "server_settings": {
                "application_name": "paperboy",
                "timezone": "UTC",
                # A process frozen inside a transaction must not keep its locks for ever.
                "idle_in_transaction_session_timeout": "15s",
            },
        },
    )


# --- where the dialects differ ------------------------------------------------------------------------------


def moment(database: Database, tx: Connection) -> datetime:
    """The time by the database's clock; that of SQLite is the machine's."""
    if database.dialect == "sqlite":
        written = tx.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")).scalar_one()
        return datetime.fromisoformat(written)
    found: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found


def insert(database: Database, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` in the database's own words."""
    return sqlite.insert(table) if database.dialect == "sqlite" else postgresql.insert(table)


class Ids(sa.TypeDecorator[Any]):
    """A bound list of ids, however long: an array on PostgreSQL, JSON on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(sa.BigInteger))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        ids = sorted(value)
        return ids if dialect.name == "postgresql" else json.dumps(ids)


class _Among(sa.sql.functions.FunctionElement[Any]):
    inherit_cache = True
    # Not Boolean: SQLAlchemy would add `= 1` for SQLite, which then would not use an index on the column.
    type = sa.types.NullType()
    name = "among"


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - the parts are compiled SQL


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} = ANY({ids})"


def among(column: sa.ColumnElement[Any], name: str = "ids") -> sa.ColumnElement[bool]:
    """`column` is one of the ids bound as `name`: one statement for any number of them."""
    return _Among(column, sa.bindparam(name, type_=Ids()))


def insert_all(database: Database, tx: Connection, statement: Any, key: sa.Column[int], rows: list[Any]) -> int:
    """Insert rows with a statement of `insert`; returns how many were really inserted."""
    if not rows:
        return 0
    if database.dialect == "sqlite":
        return tx.execute(statement, rows).rowcount
    # asyncpg does not count for many rows at once.
    return len(tx.execute(statement.returning(key), rows).all())
