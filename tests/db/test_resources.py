import pytest
from msgspec.structs import replace
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, later, resource

from holdfast.db import resources
from holdfast.db.database import Database
from holdfast.model.errors import ResourceNotFound
from holdfast.model.resource import ResourceType


def test_a_resource_is_read_as_it_was_written(database: Database) -> None:
    written = resource(settings={"path": "/srv/ü", "deep": {"list": [1, None]}}, size_bytes=1 << 45)
    with database.transaction() as tx:
        add_projects(tx)
        resources.put(tx, written)
        assert resources.get(tx, PROJECT, written.id) == written


def test_a_known_resource_is_written_anew_and_keeps_its_age(database: Database) -> None:
    one = resource()
    with database.transaction() as tx:
        add_projects(tx)
        resources.put(tx, one)
        resources.put(tx, replace(one, name="renamed", size_bytes=7, created_at=later(9)))
        assert resources.get(tx, PROJECT, one.id) == replace(
            one, name="renamed", size_bytes=7, created_at=NOON
        )


def test_a_resource_of_another_project_is_neither_found_nor_changed(database: Database) -> None:
    theirs = resource(project_id=OTHER_PROJECT)
    with database.transaction() as tx:
        add_projects(tx)
        resources.put(tx, theirs)
        with pytest.raises(ResourceNotFound):
            resources.get(tx, PROJECT, theirs.id)
        with pytest.raises(ResourceNotFound):
            resources.put(tx, replace(theirs, project_id=PROJECT, name="mine"))
        with pytest.raises(ResourceNotFound):
            resources.remove(tx, PROJECT, theirs.id)
        assert resources.find(tx, PROJECT) == []
        assert resources.find(tx, PROJECT, ids=[theirs.id]) == []
        assert resources.get(tx, OTHER_PROJECT, theirs.id) == theirs


def test_resources_are_found_by_each_condition_and_by_all_together(database: Database) -> None:
    server = resource(id="s", name="Server_1", type=ResourceType.SERVER)
    disk = resource(id="d", name="server disk", type=ResourceType.DISK, parent_id="s", created_at=later(1))
    folder = resource(id="f", name="100% folder", created_at=later(2))
    with database.transaction() as tx:
        add_projects(tx)
        for one in (folder, disk, server):
            resources.put(tx, one)
        assert resources.find(tx, PROJECT) == [server, disk, folder]
        assert resources.find(tx, PROJECT, type=ResourceType.DISK) == [disk]
        assert resources.find(tx, PROJECT, ids=["d", "f", "x"]) == [disk, folder]
        assert resources.find(tx, PROJECT, ids=[]) == []
        assert resources.find(tx, PROJECT, parent_id="s") == [disk]
        assert resources.find(tx, PROJECT, name="erver") == [server, disk]
        assert resources.find(tx, PROJECT, name="_") == [server]
        assert resources.find(tx, PROJECT, name="%") == [folder]
        assert resources.find(tx, PROJECT, name="erver", type=ResourceType.DISK) == [disk]


def test_a_removed_resource_is_gone(database: Database) -> None:
    one = resource()
    with database.transaction() as tx:
        add_projects(tx)
        resources.put(tx, one)
        resources.remove(tx, PROJECT, one.id)
        with pytest.raises(ResourceNotFound):
            resources.remove(tx, PROJECT, one.id)
