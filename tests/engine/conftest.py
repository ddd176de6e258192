"""The house that the engine works in."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.engine.house import House, built

from holdfast.db.database import Database
from holdfast.engine.workflows import Workflows


@pytest.fixture(scope="session")
def migrated_sqlite(migrated_sqlite: Path) -> Path:
    """With the engine's tables, which take a second to come up."""
    settle(f"sqlite:///{migrated_sqlite}")
    return migrated_sqlite


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str, migrated_postgresql: str) -> str:
    """With the engine's tables, which take a second to come up."""
    settle(sa.make_url(postgresql).set(database=migrated_postgresql).render_as_string(hide_password=False))
    return migrated_postgresql


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return built(database, tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 5 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts file systems")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def settle(url: str) -> None:
    """Have the engine set itself up in a database."""
    workflows = Workflows(url, "first")
    workflows.start(lambda _: None, 2)
    workflows.stop()
