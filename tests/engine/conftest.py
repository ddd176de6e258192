"""The house that the engine works in."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.engine.house import House, built

from holdfast.db.database import Database
from holdfast.engine.workflows import Workflows


@pytest.fixture(scope="session")
def migrated_sqlite(migrated_sqlite: Path) -> Path:
    """With the engine's tables and queue, which take a second to come up."""
    settle(f"sqlite:///{migrated_sqlite}")
    return migrated_sqlite


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str, migrated_postgresql: str) -> str:
    """With the engine's tables and queue, which take a second to come up."""
    settle(sa.make_url(postgresql).set(database=migrated_postgresql).render_as_string(hide_password=False))
    return migrated_postgresql


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return built(database, tmp_path)


def settle(url: str) -> None:
    """Have the engine set itself up in a database."""
    workflows = Workflows(url, "default", "first")
    workflows.start(lambda _: None, 2)
    workflows.stop()
