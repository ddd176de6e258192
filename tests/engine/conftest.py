"""The house that the engine works in."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
import sqlalchemy as sa
from tests.engine.house import House, built
from tests.kept import administering
from tests.small_disks import mounted

from holdfast.db.database import Database
from holdfast.engine.workflows import Workflows


@pytest.fixture(scope="session")
def migrated_sqlite(migrated_sqlite: Path) -> Path:
    """With the engine's tables, which take a second to come up."""
    settle(f"sqlite:///{migrated_sqlite}")
    return migrated_sqlite


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str, migrated_postgresql: str) -> str:
    """A copy with the engine's tables, which take a second to come up."""
    name = f"settled_{token_hex(4)}"
    with administering(postgresql) as server:
        server.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {migrated_postgresql}")
    settle(sa.make_url(postgresql).set(database=name).render_as_string(hide_password=False))
    return name


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return built(database, tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 5 MiB."""
    with mounted(tmp_path, "5m") as folder:
        yield folder


def settle(url: str) -> None:
    """Have the engine set itself up in a database."""
    workflows = Workflows(url, "first")
    workflows.start(lambda _: None, 2)
    workflows.stop()
