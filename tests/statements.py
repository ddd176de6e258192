"""What a database is asked, statement by statement, by whoever reads or writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from holdfast.db.database import Database


@contextmanager
def noted(database: Database) -> Iterator[list[str]]:
    """The statements while the context is open, the beginnings of transactions included."""
    statements: list[str] = []

    def note(*what: Any) -> None:
        statements.append(str(what[2]))

    engines = (database.engine, database.readers)
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)
