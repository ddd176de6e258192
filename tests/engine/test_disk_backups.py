"""Backups of disks that nobody made a vault for: taken, restored and deleted by a worker."""

import pytest
from tests.engine.house import House, succeeded

from holdfast.model.checkpoint import Wanted
from holdfast.service import disk_backups

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_disk_comes_back_from_a_vault_that_was_made_on_demand(house: House) -> None:
    image = house.image("data")
    before = image.read_bytes()
    disk = house.register("disk", "data", "disk_image", {"path": str(image)})
    with house.working():
        made, task = disk_backups.create(house.context(), disk.id, Wanted(name="monday"))
        succeeded(house.ended(task.id))
        image.write_bytes(b"spoilt".ljust(len(before), b"!"))
        restored = disk_backups.restore(house.context(), made.id, disk.id)
        succeeded(house.ended(restored.id))
        assert image.read_bytes() == before
        again, task = disk_backups.create(house.context(), disk.id, Wanted())
        succeeded(house.ended(task.id))
        assert (again.incremental, again.vault_id) == (True, made.vault_id)
        backup = disk_backups.show(house.context(), made.id)
        succeeded(house.ended(disk_backups.delete(house.context(), backup.id).id))
    assert disk_backups.holding(house.context()).count == 1
