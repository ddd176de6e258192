"""The few statements that SQLite and PostgreSQL spell differently, under one name each."""

from typing import Any, TypeAlias

import sqlalchemy as sa
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
