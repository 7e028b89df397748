"""The tables. Moments come back as aware UTC datetimes on both databases and can be compared in SQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, Table, UniqueConstraint, text

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)


class Moment(sa.TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _TICK

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None or dialect.name == "postgresql":
            return value  # type: ignore[no-any-return]
        return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


def _storable(letters: str) -> str:
    if letters.isascii() and "\0" not in letters:
        return letters
    return letters.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


class Letters(sa.TypeDecorator[str]):
    """Text from outside. PostgreSQL refuses NUL and both refuse lone surrogates: they become U+FFFD and `?`."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else _storable(value)


class Json(sa.TypeDecorator[Any]):
    """A value as JSON text; lists come back as tuples."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:
        return "{}" if value == {} else _storable(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        if value == "{}" or value is None:
            return {}
        loaded = json.loads(value)
        return tuple(loaded) if isinstance(loaded, list) else loaded


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=nullable)


def _letters(name: str, *, nullable: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, Letters, nullable=nullable, unique=unique)


metadata: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

digest: Final = Table(
    "digest",
    metadata,
    _id(),
    _letters("name", unique=True),  # relative to the folder of digests, '/' between parts
    Column("hash", sa.Text, nullable=False),
    Column("date", Date),
    Column("state", sa.Text, nullable=False),  # ok | bad | missing
    Column("problems", Json, nullable=False),
    Column("signature", sa.Text, nullable=False, server_default=""),  # of the file with that hash; "" where not known
    _moment("seen_at"),
    _moment("changed_at"),
    sqlite_autoincrement=True,
)

paper: Final = Table(
    "paper",
    metadata,
    _id(),
    Column("digest_id", ForeignKey("digest.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("date", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", sa.Text, nullable=False),
    _letters("title"),
    Column("authors", Json, nullable=False),
    _letters("abstract", nullable=True),
    Column("commentary", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("links", Json, nullable=False),
    _letters("source_url", nullable=True),
    _moment("published_at", nullable=True),
    Column("withdrawn", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    Index(None, "digest_id"),
    Index(None, "date"),
    Index(None, "content_hash"),
    Index(None, "published_at"),
    Index(None, "revision"),
    sqlite_autoincrement=True,
)

tag: Final = Table(
    "tag",
    metadata,
    _id(),
    _letters("slug", unique=True),
    _letters("label"),
    sqlite_autoincrement=True,  # ids stand in buttons for years: none is ever given out twice
)

paper_tag: Final = Table(
    "paper_tag",
    metadata,
    Column("paper_id", ForeignKey("paper.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    _letters("written"),
    Index(None, "tag_id"),
)

chat: Final = Table(
    "chat",
    metadata,
    _id(),
    _letters("lane"),
    _letters("address"),
    _letters("thread"),
    Column("kind", sa.Text, nullable=False),
    _letters("title"),
    Column("language", sa.Text, nullable=False),
    Column("zone", sa.Text, nullable=False),
    Column("posting_time", sa.Text),  # local 'HH:MM'; NULL is at once
    Column("weekdays", sa.Text, nullable=False),  # digits, 0 is Monday
    _moment("next_post_at", nullable=True),
    _moment("planned_until"),
    Column("active", Boolean, nullable=False),
    _letters("inactive_reason", nullable=True),
    _moment("paused_until", nullable=True),
    Column("settings", Json, nullable=False),
    _moment("created_at"),
    UniqueConstraint("lane", "address", "thread"),
    Index(None, "next_post_at", sqlite_where=text("active"), postgresql_where=text("active")),
    Index(
        None,
        "lane",
        "paused_until",
        sqlite_where=text("paused_until IS NOT NULL"),
        postgresql_where=text("paused_until IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

subscription: Final = Table(
    "subscription",
    metadata,
    _id(),
    Column("chat_id", ForeignKey("chat.id"), nullable=False),
    _letters("text"),
    _letters("canonical"),
    _moment("created_at"),
    UniqueConstraint("chat_id", "canonical"),
    sqlite_autoincrement=True,
)

delivery: Final = Table(
    "delivery",
    metadata,
    _id(),
    Column("chat_id", ForeignKey("chat.id"), nullable=False),
    Column("paper_id", ForeignKey("paper.id"), nullable=False),
    Column("kind", sa.Text, nullable=False),
    Column("version", Integer, nullable=False),
    _letters("lane"),
    Column("state", sa.Text, nullable=False),
    _moment("due"),
    Column("attempts", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    _letters("receipt", nullable=True),
    Column("content_hash", sa.Text),
    _letters("reason", nullable=True),
    _moment("created_at"),
    _moment("updated_at"),
    UniqueConstraint("chat_id", "paper_id", "kind", "version"),
    Index(None, "lane", "due", "id", sqlite_where=text("state = 'ready'"), postgresql_where=text("state = 'ready'")),
    Index(None, "lane", sqlite_where=text("state = 'sending'"), postgresql_where=text("state = 'sending'")),
    Index(None, "paper_id"),
    Index(
        None,
        "state",
        "lane",
        "reason",
        sqlite_where=text("state = 'unknown' OR state = 'dead'"),
        postgresql_where=text("state = 'unknown' OR state = 'dead'"),
    ),
)

shard: Final = Table(
    "shard",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("owner", sa.Text),
    Column("epoch", BigInteger, nullable=False),
    _moment("lease_until", nullable=True),
)

lane: Final = Table(
    "lane",
    metadata,
    Column("name", Letters, primary_key=True),
    _letters("base"),  # the lane of which it is a part; itself for most
    Column("shard", ForeignKey("shard.id"), nullable=False),
    _moment("paused_until", nullable=True),
    _letters("reason", nullable=True),
    Index(None, "base"),
    Index(None, "shard"),
)

worker: Final = Table(
    "worker",
    metadata,
    Column("name", sa.Text, primary_key=True),
    Column("serves", sa.Text, nullable=False),  # the platforms, sorted
    _moment("until"),
)

search_page: Final = Table(
    "search_page",
    metadata,
    _id(),
    Column("chat_id", ForeignKey("chat.id")),
    _letters("query"),
    Column("literal", Boolean, nullable=False),
    Column("paper_ids", Json, nullable=False),
    Column("total", Integer, nullable=False),
    _moment("created_at"),
    _letters("corrected", nullable=True),
    Column("exact", Integer),
    _letters("language", nullable=True),
    _letters("typed", nullable=True),
    Index(None, "chat_id"),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

inbox: Final = Table(
    "inbox",
    metadata,
    Column("lane", Letters, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _moment("seen_at"),
    Index(None, "seen_at"),
)

heard: Final = Table(
    "heard",
    metadata,
    Column("lane", Letters, primary_key=True),
    Column("place", Letters, primary_key=True),  # the platform's own id of a chat
    Column("since", BigInteger, nullable=False),  # all that was said after the posts of debts with greater ids is known
    Column("first", BigInteger, nullable=False),  # the number of the first message heard, 0 for none
    Column("first_since", BigInteger, nullable=False),  # debts with greater ids are posted after that message
    Column("known", Json, nullable=False),  # spans of messages that are no posts of the ledger: [[from, to], ...]
    Column("answers", Json, nullable=False),  # answers of ours that may be there: {key: seconds since 1970}
    Column("asked", BigInteger, nullable=False),
    Column("answered", BigInteger, nullable=False),
    Index(None, "lane", sqlite_where=text("asked > answered"), postgresql_where=text("asked > answered")),
)

installation: Final = Table(
    "installation",
    metadata,
    Column("lane", Letters, primary_key=True),
    Column("data", Json, nullable=False),
    Column("secret", sa.Text),  # encrypted by whoever puts it there
    Column("active", Boolean, nullable=False),
    _letters("reason", nullable=True),
    _moment("updated_at"),
)

ticket: Final = Table(
    "ticket",
    metadata,
    Column("id", sa.Text, primary_key=True),
    Column("purpose", sa.Text, nullable=False),
    _moment("expires_at"),
    Index(None, "expires_at"),
)

audit: Final = Table(
    "audit",
    metadata,
    _id(),
    Column("chat_id", ForeignKey("chat.id"), nullable=False),
    _moment("at"),
    _letters("actor"),
    _letters("change"),
    Index(None, "chat_id"),
)

meta: Final = Table(
    "meta", metadata, Column("key", sa.Text, primary_key=True), Column("value", sa.Text, nullable=False)
)


def ready(table: sa.FromClause = delivery) -> sa.ColumnElement[bool]:
    """`state = 'ready'` written out: a bound word would not match the partial index."""
    return table.c.state == sa.literal_column("'ready'")


def sending(table: sa.FromClause = delivery) -> sa.ColumnElement[bool]:
    """`state = 'sending'`, written out for the same reason."""
    return table.c.state == sa.literal_column("'sending'")


def failed(table: sa.FromClause = delivery) -> sa.ColumnElement[bool]:
    """`state = 'unknown' OR state = 'dead'`, written out for the same reason."""
    return sa.or_(table.c.state == sa.literal_column("'unknown'"), table.c.state == sa.literal_column("'dead'"))


def awake() -> sa.ColumnElement[bool]:
    """`chat.active` as the partial index has it: SQLAlchemy would add `= 1` to a Boolean on SQLite."""
    return sa.literal_column("chat.active")


def not_paused() -> sa.ColumnElement[bool]:
    """Whether the chat takes messages at the moment bound as `now`, as far as its platform has said."""
    now = sa.bindparam("now", type_=chat.c.paused_until.type)
    return sa.or_(chat.c.paused_until.is_(None), chat.c.paused_until <= now)


def columns(table: Table, names: str) -> tuple[Column[Any], ...]:
    """Columns of a table, in the order named; spaces between names."""
    return tuple(table.c[name] for name in names.split())
