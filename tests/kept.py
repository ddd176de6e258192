"""A PostgreSQL database that tests have one after the other, as fresh for each as if it had just been made.

To make a database and to drop it takes several times as long as most tests; to empty one takes a moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy import Connection

MOST_BYTES = 24 << 20  # what was deleted still takes room: a database that has grown so much is made anew

_OURS = "relnamespace::regnamespace::text NOT IN ('pg_catalog', 'pg_toast', 'information_schema')"
_SCHEMA = sa.text(f"""
SELECT md5(string_agg(concat_ws(' ', c.oid, c.oid::regclass, c.relkind, (
    SELECT string_agg(concat_ws(' ', attname, atttypid, attnotnull), ',' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)), ';' ORDER BY c.oid))
FROM pg_class c WHERE {_OURS}
""")
_SIZE = sa.text("SELECT pg_database_size(current_database())")
_TABLES = sa.text(f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND {_OURS}")
_COUNTERS = sa.text("""
SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
FROM pg_sequences
""")
_COUNT = sa.text("SELECT setval(CAST(:name AS regclass), :value, :called)")
_ALONE = sa.text("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :name")
_EMPTY = sa.text(f"""
DO $$ DECLARE t text; BEGIN
    FOR t IN {_TABLES} LOOP
        EXECUTE 'DELETE FROM ' || t;
    END LOOP;
END $$
""")


@dataclass(frozen=True)
class Beginning:
    """What a database holds before a test: its schema, its few rows as JSON, and where its counters stand."""

    schema: str
    rows: dict[str, str]
    counters: tuple[tuple[str, int, bool], ...]

    @classmethod
    def of(cls, tx: Connection) -> "Beginning":
        """As it is now."""
        found = {
            table: tx.exec_driver_sql(f"SELECT json_agg(t)::text FROM {table} t").scalar()
            for table in tx.execute(_TABLES).scalars()
        }
        rows = {table: told for table, told in found.items() if told is not None}
        counters = tuple((name, value, called) for name, value, called in tx.execute(_COUNTERS))
        return cls(tx.execute(_SCHEMA).scalar_one(), rows, counters)

    def restore(self, tx: Connection) -> None:
        """Make it so again, where nobody else is connected."""
        tx.exec_driver_sql("SET session_replication_role = replica")  # rows come and go in any order
        tx.execute(_EMPTY)
        for table, rows in self.rows.items():
            given = f"json_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS json))"
            tx.execute(sa.text(f"INSERT INTO {table} SELECT * FROM {given}"), {"rows": rows})
        for name, value, called in self.counters:
            tx.execute(_COUNT, {"name": name, "value": value, "called": called})


class Kept:
    """The database that this process keeps of one template."""

    def __init__(self, server: str, template: str) -> None:
        self.taken = False
        self._server = server
        self._template = template
        self._name = ""
        self._beginning = Beginning("", {}, ())

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Its URL while the block runs; whoever is connected after that is thrown out."""
        self.taken = True
        if not (self._name and self._emptied()):
            self._make()
        yield self._url
        with administering(self._server) as server:
            server.execute(_ALONE, {"name": self._name})
        self.taken = False

    @property
    def _url(self) -> str:
        return sa.make_url(self._server).set(database=self._name).render_as_string(hide_password=False)

    def _emptied(self) -> bool:
        """Whether it is as it was; a schema that a test changed, and a database that is large, are not."""
        with administering(self._url) as tx:
            large = tx.execute(_SIZE).scalar_one() > MOST_BYTES
            if large or tx.execute(_SCHEMA).scalar() != self._beginning.schema:
                return False
            self._beginning.restore(tx)
        return True

    def _make(self) -> None:
        with administering(self._server) as server:
            if self._name:
                server.exec_driver_sql(f"DROP DATABASE {self._name} WITH (FORCE)")
            self._name = f"kept_{token_hex(6)}"
            server.exec_driver_sql(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
        with administering(self._url) as tx:
            self._beginning = Beginning.of(tx)


@contextmanager
def administering(url: str) -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own."""
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    with engine.connect() as server:
        yield server
    engine.dispose()
