"""Who may have a task done once more: whoever could ask for it the first time."""

import pytest
from tests.api.asking import House

from holdfast.db import tasks, work
from holdfast.model.task import Ending, Status, TaskError

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_operator_has_no_restore_of_an_administrators_done_again(house: House) -> None:
    world = house.world
    (backup,) = world.back_up(world.vault(world.directory()))
    wanted = {"restore": {"details": {"destination_path": str(world.folder / "out")}}}
    task_id = house.ask("POST", f"/backups/{backup.id}/restore", wanted, expect=202)["operation_log_id"]
    with world.db.reading() as tx:
        epoch = world.claim(tasks.get(tx, world.blue.id, task_id))
    with world.db.transaction() as tx:
        failed = Ending(status=Status.FAILED, error=TaskError("BackupService.9910", "The store failed."))
        work.finish(tx, task_id, epoch, failed)
    again = f"/operation-logs/{task_id}/retry"
    for who in ("reader", "operator"):
        assert house.refused("POST", again, who=who)[:2] == (403, "8600")
    assert house.refused("POST", again, who="stranger", project=world.red)[:2] == (404, "6500")
    assert house.ask("GET", "/operation-logs", operation_type="restore")["count"] == 1
    house.ask("POST", again, expect=202)
