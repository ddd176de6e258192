"""The few statements that SQLite and PostgreSQL spell differently, under one name each."""

from collections.abc import Collection
from typing import Any, TypeAlias

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from .columns import clean

# A row of any statement; columns are read by name.
Record: TypeAlias = Row[*tuple[Any, ...]]


def insert(tx: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens on conflict."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def texts(tx: Connection, values: Collection[str]) -> sa.Select[tuple[str]]:
    """These values as a query, for `IN`: however many they are, they are one parameter."""
    if tx.dialect.name == "postgresql":
        array = sa.cast(list(values), postgresql.ARRAY(sa.Text))
        return sa.select(sa.func.unnest(array).column_valued("text"))
    listed = sa.func.json_each(msgspec.json.encode(list(values)).decode())
    return sa.select(sa.type_coerce(listed.table_valued("value").c.value, sa.Text))


def numbers(tx: Connection, values: Collection[int]) -> sa.Select[tuple[int]]:
    """These whole numbers as a query, for `IN`: however many they are, they are one parameter."""
    if tx.dialect.name == "postgresql":
        array = sa.cast(list(values), postgresql.ARRAY(sa.BigInteger))
        return sa.select(sa.func.unnest(array).column_valued("number"))
    listed = sa.func.json_each(msgspec.json.encode(list(values)).decode())
    return sa.select(sa.type_coerce(listed.table_valued("value").c.value, sa.BigInteger))


def one_of(dialect: str, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a column of texts or whole numbers holds one of a list, which is given under this name.

    PostgreSQL is given the list as it is: the statement is the same, and prepared, however many there are.
    """
    if dialect == "postgresql":
        kind = sa.BigInteger() if isinstance(column.type, sa.Integer) else sa.Text()
        return column == sa.any_(sa.bindparam(parameter, type_=postgresql.ARRAY(kind)))
    return column.in_(sa.bindparam(parameter, expanding=True))


def gathered(dialect: str, column: ColumnElement[int]) -> ColumnElement[Any]:
    """All the whole numbers in a column as one value, which `numbers_of` reads: thousands cost no rows."""
    if dialect == "postgresql":
        binary = sa.func.int8send(column, type_=sa.LargeBinary)
        return sa.func.string_agg(binary, b"", type_=sa.LargeBinary)
    return sa.func.group_concat(column)


def numbers_of(value: bytes | str | None) -> NDArray[np.int64]:
    """The numbers in a value of `gathered`, in no order."""
    if value is None:
        return np.zeros(0, dtype=np.int64)
    if isinstance(value, str):
        return np.fromstring(value, dtype=np.int64, sep=",")
    return np.frombuffer(value, dtype=">i8").astype(np.int64)


def contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether the column holds this text somewhere, case included; no character is a wildcard."""
    return _Position(column, sa.literal(clean(text), sa.Text)) > 0


class _Position(GenericFunction[int]):
    type = sa.Integer()
    inherit_cache = True
    name = "instr"


@compiles(_Position, "postgresql")
def _position_in_postgresql(element: _Position, compiler: SQLCompiler, **how: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **how)})"


def serialise(tx: Connection, lock: int) -> None:
    """Wait until no other transaction holds this lock, and hold it until the end of this one.

    SQLite has one writer at a time anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))


class _Present(GenericFunction[int]):
    type = sa.BigInteger()
    inherit_cache = True
    name = "present"


@compiles(_Present, "postgresql")
def _present_in_postgresql(_element: _Present, _compiler: SQLCompiler, **_how: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"


@compiles(_Present, "sqlite")
def _present_in_sqlite(_element: _Present, _compiler: SQLCompiler, **_how: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400.0 * 1000000 AS BIGINT)"


# Microseconds since 1970 on the database's clock, at this statement: the one that all servers share.
PRESENT: ColumnElement[int] = _Present()
