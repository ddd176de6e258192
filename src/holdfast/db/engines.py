"""Connections to SQLite and PostgreSQL, made to behave alike: one BEGIN, one patience, everything durable."""

import time
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteOperationalError
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine, event

from .history.shelf import SHELF, Shelf

PATIENCE_SECONDS = 30
# How a connection begins its transaction; an execution option of the connection.
BEGIN = "holdfast_begin"
# What seals secrets; an execution option of the engine, so that functions of a transaction can reach it.
SEAL = "holdfast_seal"

READ_WRITE = "IMMEDIATE"
READ_ONLY = "DEFERRED"


def open_engine(url: str, key: bytes, shelf_bytes: int) -> Engine:
    """The engine of a database by its URL, `sqlite:///…` or `postgresql://…`, with a shelf of this size.

    Raises ValueError for another kind of database, or a key that is not 32 url-safe base64 bytes.
    """
    parsed = sa.make_url(url)
    kind = parsed.get_backend_name()
    options = {SEAL: Fernet(key), SHELF: Shelf(shelf_bytes)}
    if kind == "sqlite":
        return _sqlite(parsed, options)
    if kind == "postgresql":
        return _postgresql(parsed.set(drivername="postgresql+psycopg"), options)
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
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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
    how = connection.get_execution_options().get(BEGIN, READ_WRITE)
    connection.exec_driver_sql(f"BEGIN {how}")


def _postgresql(url: sa.URL, options: dict[str, Any]) -> Engine:
    engine = sa.create_engine(
        url,
        execution_options=options,
        hide_parameters=True,
        pool_size=10,
        max_overflow=30,
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
