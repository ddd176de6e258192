"""The world that the service works in."""

from pathlib import Path

import pytest
from tests.service.world import World, settled

from holdfast.db.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return settled(database, tmp_path)
