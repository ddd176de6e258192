"""The API over the world of the service's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.asking import House, asking
from tests.service.world import World, settled

from holdfast.api.app import build
from holdfast.db.database import Database
from holdfast.model.project import Role


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return settled(database, tmp_path)


@pytest.fixture
def house(world: World) -> Iterator[House]:
    app = build(world.db, world.config, lambda: world.wakes.append("awake"))
    with asking(app) as client:
        house = House(world, client)
        house.admit("admin", world.blue, Role.ADMIN)
        house.admit("operator", world.blue, Role.OPERATOR)
        house.admit("reader", world.blue, Role.READER)
        house.admit("stranger", world.red, Role.ADMIN)
        yield house
