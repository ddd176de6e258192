"""Rows into tables, many thousands a second: COPY for PostgreSQL, one long statement for SQLite."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy import Table

from .places import POSTGRESQL, SQLITE, Place

Row = Sequence[object]


class Bulk(Protocol):
    """A connection that only fills tables; nobody else may use the database meanwhile."""

    def put(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Rows with these columns."""

    def say(self, statement: str) -> None:
        """Anything else."""


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        marks = ", ".join("?" for _ in columns)
        insert = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
        self._connection.executemany(insert, rows)

    def say(self, statement: str) -> None:
        self._connection.execute(statement)


class _Postgresql:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def put(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        copy = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(copy.encode()) as sink:
            pattern = "\t".join("%s" for _ in columns) + "\n"
            for lines in _blocks(rows, pattern):
                sink.write(lines)

    def say(self, statement: str) -> None:
        self._connection.execute(statement.encode())


_AT_ONCE = 2_000


def _blocks(rows: Iterable[Row], pattern: str) -> Iterator[str]:
    block: list[str] = []
    for row in rows:
        block.append(pattern % tuple(r"\N" if value is None else value for value in row))
        if len(block) == _AT_ONCE:
            yield _escaped(block)
            block.clear()
    yield _escaped(block)


def _escaped(block: Sequence[str]) -> str:
    # The one thing with a backslash is NULL: documents are filled with names that need none.
    return "".join(block)


@contextmanager
def filling(place: Place) -> Iterator[Bulk]:
    """One transaction, committed at the end."""
    with {SQLITE: _sqlite, POSTGRESQL: _postgresql}[place.kind](place) as bulk:
        yield bulk


@contextmanager
def _sqlite(place: Place) -> Iterator[Bulk]:
    connection = sqlite3.connect(place.path, isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -2000000"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("BEGIN")
    yield _Sqlite(connection)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


@contextmanager
def _postgresql(place: Place) -> Iterator[Bulk]:
    address = sa.make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        # Foreign keys are triggers, and all that is written refers to what there is.
        connection.execute("SET LOCAL session_replication_role = replica")
        yield _Postgresql(connection)
