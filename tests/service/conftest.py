"""The world that the service works in."""

from pathlib import Path

import pytest
from tests.service.people import enrol
from tests.service.world import World, settled

from holdfast.db.database import Database
from holdfast.model.project import Project, Role, User
from holdfast.service import accounts


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return settled(database, tmp_path)


@pytest.fixture
def project(database: Database) -> Project:
    return accounts.add_project(database, "blue")


@pytest.fixture
def ann(database: Database, project: Project) -> User:
    user = enrol(database, "ann", "secret of ann")
    accounts.grant(database, user.id, project.id, Role.OPERATOR)
    return user
