"""The database: one declarative base, typed columns, reading and writing sessions.

SQLite and PostgreSQL are both first class. On SQLite a writing transaction begins with BEGIN IMMEDIATE, so two
writers queue instead of failing half-way; readers never wait (WAL).
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator

SQLITE_BUSY_SECONDS = 60
SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
POSTGRES_BUSY = frozenset({"40P01", "40001", "55P03"})  # deadlock detected, serialization failure, lock not available


class Moment(TypeDecorator[datetime]):
    """An aware point in time, kept in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Paths and codes compare byte by byte on both databases, so that a prefix is a range of an index.
PathText = String().with_variant(String(collation="C"), "postgresql")
JSONValue = JSON().with_variant(JSONB(), "postgresql")


class Named(Enum):
    """An enumeration stored by its values; what a statement compares it with is written into it, not bound.

    Only of what is written does a database know whether a partial index answers. SQLite plans a statement anew each
    time where it has to look at what is bound, and the counts of the workbench take longer to plan than to take.
    """

    class comparator_factory(Enum.Comparator):  # noqa: N801 - the name is SQLAlchemy's
        def operate(self, op: OperatorType, *other: Any, **options: Any) -> ColumnElement[Any]:
            written = (
                literal(one, self.type, literal_execute=True) if isinstance(one, StrEnum) else one for one in other
            )
            return super().operate(op, *written, **options)


def named(enum: type[StrEnum]) -> Named:
    """A column type that stores an enumeration by its values, checked by the application."""
    return Named(
        enum, native_enum=False, length=40, values_callable=lambda members: [member.value for member in members]
    )


class Base(DeclarativeBase):
    """Parent of every model; constraint names are stable, so that migrations and errors can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - the name and form are SQLAlchemy's
        datetime: Moment,
        dict[str, Any]: JSONValue,
        list[Any]: JSONValue,
    }


def where(condition: str) -> dict[str, Any]:
    """Keyword arguments that make an Index partial on both databases, as in `Index(..., **where("x IS NULL"))`."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def append_only_statements(
    table: str, dialect: str, kept: Sequence[str] = (), emptied: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """SQL that makes the database itself refuse to change or delete rows of `table`.

    The one change let through, if `emptied` names columns: that these take the value named there, never another one,
    while all the `kept` columns stay. So a text that says something of people can go, and cannot be rewritten.
    """
    refusal = f"{table} is append-only"
    change = "TRUE"
    if emptied:
        stays = [f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in kept]
        goes = [
            f"(NEW.{n} IS NOT DISTINCT FROM OLD.{n} OR NEW.{n} IS NOT DISTINCT FROM '{value}')"
            for n, value in emptied.items()
        ]
        change = f"NOT ({' AND '.join([*stays, *goes])})"
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            for verb, condition in (("UPDATE", change), ("DELETE", "TRUE"))
        )
    return (
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"FOR EACH ROW WHEN ({change}) EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    )


def drop_append_only_statements(table: str, dialect: str) -> tuple[str, ...]:
    """SQL that takes the guard of append_only_statements away again, before the table goes."""
    if dialect == "sqlite":
        return tuple(f"DROP TRIGGER {table}_no_{verb}" for verb in ("update", "delete"))
    return (
        *(f"DROP TRIGGER {table}_no_{verb} ON {table}" for verb in ("update", "delete")),
        f"DROP FUNCTION {table}_refuse()",
    )


def append_only(table: Table, emptied: Mapping[str, str] | None = None) -> Table:
    """Have the database refuse to change or delete rows of this table once it is created.

    `emptied` names the columns that may be emptied, with what stands there then; see append_only_statements.
    """
    gone = dict(emptied or {})
    kept = [column.name for column in table.columns if column.name not in gone] if gone else []

    def attach(target: Table, connection: Connection, **_: object) -> None:
        for statement in append_only_statements(target.name, connection.dialect.name, kept, gone):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", attach)
    table.info["append_only"] = (kept, gone)
    return table


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here.")


class Database:
    """One database and its sessions; `info` is handed to every session (the vault, for one).

    `threads_count` is how many requests work at once: one that writes holds two connections, its reading one too.
    """

    def __init__(self, url: str, *, info: dict[str, Any] | None = None, threads_count: int = 8) -> None:
        self.engine = create_engine(
            url,
            json_serializer=_json,
            query_cache_size=2_000,  # statements; every page once asks some 900, and the default keeps 500
            pool_size=2 * threads_count + 2,
            pool_pre_ping=not url.startswith("sqlite"),
        )
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        writing = self.engine.execution_options(anjuan_writes=True)
        self._write = sessionmaker(writing, expire_on_commit=False, info=info or {})
        self._read = sessionmaker(self.engine, autoflush=False, expire_on_commit=False, info=info or {})

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One writing transaction; commits as the block ends, rolls back if it raises."""
        with self._write.begin() as session:
            yield session

    def reader(self) -> Session:
        """A session for looking; the caller closes it. It takes no write lock."""
        return self._read()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking, closed as the block ends."""
        with self._read() as session:
            yield session

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def insert_many(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows of a table with a numeric `id` at once; their ids, in the order of the rows.

    The numbers are taken first: on PostgreSQL from the sequence of the table; on SQLite as it would take them itself,
    for its writing transaction is the only one.
    """
    if not rows:
        return []
    table: Any = model.__table__
    if dialect_of(session) == "sqlite":
        first = (session.scalar(select(func.max(table.c.id))) or 0) + 1
        ids = list(range(first, first + len(rows)))
    else:
        sequence = func.pg_get_serial_sequence(table.name, "id")
        numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, len(rows)))
        ids = list(session.scalars(numbers))
    write_many(session, model, [{"id": number, **row} for number, row in zip(ids, rows, strict=True)])
    return ids


def write_many(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows at once, all with the same columns, and with the defaults of those that they leave out.

    They are put into the types of the driver a column at a time, and PostgreSQL takes them by COPY: several times as
    fast as statements. Constraints and triggers hold as ever.
    """
    if not rows:
        return
    table: Any = model.__table__
    session.flush()
    connection = session.connection()
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    for column in table.c:
        if column.name not in columns and column.default is not None and column.default.is_scalar:
            columns[column.name] = [column.default.arg] * len(rows)
    bound = {name: _bound(table.c[name], values, connection.dialect) for name, values in columns.items()}
    values = zip(*bound.values(), strict=True)
    if dialect_of(session) == "sqlite":
        into, *names = map(connection.dialect.identifier_preparer.quote, (table.name, *bound))
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {into} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of our own models
        connection.exec_driver_sql(statement, list(values))
    else:
        _copy(connection, table.name, list(bound), values)


def _bound(column: Any, values: Iterable[Any], dialect: Dialect) -> Iterable[Any]:
    """The values of a column as the driver takes them."""
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if bind is None else map(bind, values)


def _copy(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    target = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    )
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(target) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.IntegrityError as refusal:
        raise IntegrityError(target.as_string(driver), None, refusal) from refusal
    except psycopg.OperationalError as failure:
        raise OperationalError(target.as_string(driver), None, failure) from failure


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, the driver says it too late
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",  # what was acknowledged outlives a power cut
        "foreign_keys=ON",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("anjuan_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def gave_way(error: DBAPIError) -> bool:
    """Whether a transaction was undone only because another one held what it asked for, and may be tried again."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_BUSY  # the higher bits say more of it
    return getattr(cause, "sqlstate", None) in POSTGRES_BUSY


def dialect_of(session: Session) -> str:
    """`sqlite` or `postgresql`."""
    bind = session.get_bind()
    return bind.dialect.name if isinstance(bind, Engine | Connection) else str(bind)
