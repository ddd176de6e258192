"""The database: opened, brought to the present schema, and worked with in transactions.

Functions of `db` take a transaction, a `sqlalchemy.Connection` from `Database.transaction` or
`Database.reading`. A transaction that changes rows is serial in SQLite; in PostgreSQL `projects.lock` makes
it serial within a project where a rule needs that.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as Migrations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from .engines import open_engines
from .history.shelf import USUAL_BYTES

Result = TypeVar("Result")

_MIGRATION_LOCK = 0x686F6C64  # any number that nobody else takes


@dataclass(frozen=True)
class Database:
    """An opened database. `url` is as it was given, password included.

    `before_commit` is called at the end of every transaction that succeeds, as a part of it.
    """

    engine: Engine
    readers: Engine
    url: str = field(repr=False)
    before_commit: Callable[[Connection], None] | None = field(default=None, repr=False, compare=False)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Read and write: committed at the end, rolled back on any error."""
        with self.engine.begin() as tx:
            yield tx
            if self.before_commit is not None:
                self.before_commit(tx)

    def recording(self, write: Callable[[Connection], None]) -> "Database":
        """The same database, whose transactions end with writing this too."""
        return replace(self, before_commit=write)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view, read only: what others commit meanwhile is not seen."""
        with self.readers.connect() as tx:
            yield tx

    @contextmanager
    def altering(self) -> Iterator[Connection]:
        """Read and write, to change the tables themselves.

        SQLite changes a table by making another one in its place, and what refers to it must not follow the
        old one into nothing: meanwhile foreign keys are not enforced. They are checked before the commit.
        """
        with self.engine.connect() as connection:
            if self.dialect == "sqlite":
                _enforce(connection, "OFF")
            try:
                with connection.begin():
                    yield connection
                    if self.dialect == "sqlite":
                        _check_foreign_keys(connection)
            finally:
                if self.dialect == "sqlite":
                    _enforce(connection, "ON")

    def close(self) -> None:
        """Close all connections; the database must not be used any more."""
        self.engine.dispose()
        self.readers.dispose()


def _enforce(connection: Connection, how: str) -> None:
    """Outside of a transaction, where alone SQLite hears it."""
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA foreign_keys = {how}")


def _check_foreign_keys(tx: Connection) -> None:
    broken = tx.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise RuntimeError(f"a migration left a row of {broken[0]} that refers to nothing")


class TooNewError(Exception):
    """A newer holdfast has changed the tables in a way that this one does not know."""


def open_database(url: str, key: bytes, shelf_bytes: int = USUAL_BYTES) -> Database:
    """Open the database at `sqlite:///…` or `postgresql://…`; its tables are made by `migrate`.

    `key` is 32 url-safe base64 bytes, which seal the vaults' secrets. Of older tasks' columns, up to
    `shelf_bytes` stay in memory. Raises ValueError for a URL or key that cannot be used.
    """
    engines = open_engines(url, key, shelf_bytes)
    return Database(engine=engines.writers, readers=engines.readers, url=url)


def migrations(tx: Connection) -> Migrations:
    """Alembic's configuration for this transaction; the scripts lie beside this file."""
    config = Migrations()
    config.set_main_option("script_location", "holdfast.db:migrations")
    config.attributes["connection"] = tx
    return config


def migrate(database: Database) -> None:
    """Bring the schema to the present version. Of several servers that start at once, one does it.

    Raises TooNewError where it is beyond that.
    """
    with database.altering() as tx:
        if database.dialect == "postgresql":
            tx.exec_driver_sql("SET LOCAL lock_timeout = 0")
            tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        known = {script.revision for script in ScriptDirectory.from_config(migrations(tx)).walk_revisions()}
        if not known.issuperset(MigrationContext.configure(tx).get_current_heads()):
            raise TooNewError
        command.upgrade(migrations(tx), "head")


def retrying(database: Database, do: Callable[[Connection], Result], patience_seconds: float = 60) -> Result:
    """The result of `do` in a transaction of its own, tried again while the database is briefly away.

    For workers: PostgreSQL restarts, a deadlock or a busy SQLite file must not end a backup. `do` may run
    several times, also after a commit whose answer was lost, so it must be right when repeated: progress is;
    ending a task twice is refused with Fenced, and by then it has ended. Waits grow from 0.1 s to 2 s. When
    `patience_seconds` are over the last error flies.
    """
    deadline = time.monotonic() + patience_seconds
    wait = 0.1
    while True:
        try:
            with database.transaction() as tx:
                return do(tx)
        except (DBAPIError, PendingRollbackError) as error:
            if not is_transient(error) or time.monotonic() + wait > deadline:
                raise
        time.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - spreads retries, guards nothing
        wait = min(2.0, wait * 2)


# Connection lost, refused or limited; shutting down or starting; serialization failure, deadlock; a lock or
# an idle transaction that timed out (PostgreSQL, appendix A).
_TRANSIENT_STATES = ("08", "53300", "57P", "40001", "40P01", "55P03", "25P03")


def is_transient(error: DBAPIError | PendingRollbackError) -> bool:
    """Whether the same statements may well succeed in a moment."""
    if isinstance(error, PendingRollbackError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_TRANSIENT_STATES)
    reason = str(error.orig)
    return error.connection_invalidated or "locked" in reason or "connection" in reason
