"""Connections to SQLite and PostgreSQL, made to behave alike: one BEGIN, one patience, everything durable."""

import time
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteOperationalError
from typing import Any, NamedTuple

import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine, event

from .history.shelf import SETTLED, SHELF, Shelf

PATIENCE_SECONDS = 30
# How a connection begins its transaction; an execution option of the engine.
BEGIN = "holdfast_begin"
# What seals secrets; an execution option of the engine, so that functions of a transaction can reach it.
SEAL = "holdfast_seal"

READ_WRITE = "IMMEDIATE"
READ_ONLY = "DEFERRED"


class Engines(NamedTuple):
    """Connections of two kinds to one database; those of `readers` cannot write, and see what was there when
    their transaction began."""

    writers: Engine
    readers: Engine


def open_engines(url: str, key: bytes, shelf_bytes: int) -> Engines:
    """The engines of a database by its URL, `sqlite:///…` or `postgresql://…`, with a shelf of this size.

    Raises ValueError for another kind of database, or a key that is not 32 url-safe base64 bytes.
    """
    parsed = sa.make_url(url)
    kind = parsed.get_backend_name()
    options = {SEAL: Fernet(key), SHELF: Shelf(shelf_bytes)}
    if kind == "sqlite":
        return Engines(
            _sqlite(parsed, {**options, BEGIN: READ_WRITE}),
            _sqlite(parsed, {**options, BEGIN: READ_ONLY, SETTLED: True}),
        )
    if kind == "postgresql":
        server = parsed.set(drivername="postgresql+psycopg")
        settled = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, SETTLED: True}
        return Engines(_postgresql(server, options), _postgresql(server, {**options, **settled}))
    raise ValueError(f"{kind} is not a database that holdfast knows: sqlite or postgresql")


def _sqlite(url: sa.URL, options: dict[str, Any]) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("a SQLite database needs a file: several connections share it")
    engine = sa.create_engine(
        url.set(query={"timeout": str(PATIENCE_SECONDS), **url.query}),
        execution_options=options,
        hide_parameters=True,  # an error is logged, and what is written may be a secret
        poolclass=sa.QueuePool,
        pool_size=10,
        max_overflow=-1,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    if options[BEGIN] == READ_ONLY:
        event.listen(engine, "connect", _only_read)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _only_read(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions behind our back, and too late
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(connection: SqliteConnection) -> None:
    """Change the file to write-ahead logging, which SQLite refuses, without waiting, while it is used."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except SqliteOperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the write lock first: a transaction that reads, decides and writes then cannot fail in
    # its middle because another one wrote meanwhile.
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options()[BEGIN]}")


def _postgresql(url: sa.URL, options: dict[str, Any]) -> Engine:
    engine = sa.create_engine(
        url,
        execution_options=options,
        hide_parameters=True,
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=True,  # the server may have restarted since
        connect_args={"connect_timeout": 10, "application_name": "holdfast"},
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    settings = {
        # A frozen process must not hold the locks of everybody else.
        "idle_in_transaction_session_timeout": f"{PATIENCE_SECONDS}s",
        "lock_timeout": f"{PATIENCE_SECONDS}s",
        # A plan for any value is a bad plan where one project has seven million tasks and another ten.
        "plan_cache_mode": "force_custom_plan",
    }
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()
