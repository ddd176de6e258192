"""The house that the engine works in."""

from pathlib import Path

import pytest
from tests.engine.house import House, built

from holdfast.db.database import Database


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return built(database, tmp_path)
