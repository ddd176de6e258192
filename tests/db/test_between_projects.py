"""What projects do to each other, which is little: they may know one resource, by a replica of it."""

from typing import Any

from tests.db.making import (
    OTHER_PROJECT,
    PROJECT,
    add_projects,
    add_vault,
    attachment,
    later,
    restore_to,
    task,
)
from tests.db.test_work import add, dispatch, finish

from holdfast.db import tasks, vaults, work
from holdfast.db.database import Database
from holdfast.model.task import Operation, ReplicationDetail, Task
from holdfast.model.vault import ProtectStatus


def test_projects_do_not_wait_for_each_others_work_with_one_resource(database: Database) -> None:
    """A replica knows the resource of another project: whoever restores it holds up no backup there."""
    restore = restore_to("r", resource_id="r", vault_id="theirs", project_id=OTHER_PROJECT)
    backup = task(resource_id="r", created_at=later(1))
    with database.transaction() as tx:
        add(tx, restore, backup)
        for _ in range(2):
            dispatch(tx)
        assert set(work.dispatched(tx)) == {restore.id, backup.id}


def test_two_projects_do_not_replicate_into_one_vault_at_once(database: Database) -> None:
    ours, theirs = (replication_into("w", project_id=one) for one in (PROJECT, OTHER_PROJECT))
    with database.transaction() as tx:
        add(tx, ours, theirs)
        (first,) = dispatch(tx)
        assert dispatch(tx) == []
        finish(tx, first)
        assert {first, *dispatch(tx)} == {ours.id, theirs.id}


def replication_into(vault_id: str, **given: Any) -> Task:
    detail = ReplicationDetail(
        destination_vault_id=vault_id,
        source_region="here",
        source_project_id=PROJECT,
        source_checkpoint_id="c",
        source_backup_id="b",
        source_backup_name="manualbk_0001",
        destination_region="here",
        destination_project_id=OTHER_PROJECT,
    )
    return task(Operation.REPLICATION, detail=detail, **given)


def test_what_another_project_does_with_a_replica_is_not_going_on_with_the_resource(
    database: Database,
) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, attachments=(attachment("r"),))
        tasks.add(tx, restore_to("r", resource_id="r", vault_id="theirs", project_id=OTHER_PROJECT))
        assert vaults.get(tx, PROJECT, one.id).attachment("r").protect_status is None
        tasks.add(tx, restore_to("r", resource_id="r", vault_id="ours"))
        assert vaults.get(tx, PROJECT, one.id).attachment("r").protect_status is ProtectStatus.RESTORING
