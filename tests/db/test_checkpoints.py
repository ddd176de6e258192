import pytest
from msgspec.structs import replace
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, add_vault, attachment, backup, task

from holdfast.db import backups, checkpoints, tasks, vaults, work
from holdfast.db.backups import Completed
from holdfast.db.database import Database
from holdfast.model.checkpoint import Checkpoint, CheckpointStatus, Skipped
from holdfast.model.errors import CheckpointNotFound
from holdfast.model.task import Ending, Operation, Status
from holdfast.model.vault import ProtectStatus, Vault


def checkpoint(of: Vault) -> Checkpoint:
    return Checkpoint(
        id="a checkpoint",
        project_id=of.project_id,
        vault_id=of.id,
        vault_name=of.name,
        provider_id=of.provider_id,
        name="manualbk_0001",
        description="by hand",
        retention_days=7,
        attachments=(attachment("a"), attachment("b")),
        skipped=(Skipped(id="c", name="c", type="t", code="BackupService.6125", reason="busy"),),
        created_at=NOON,
    )


def test_a_checkpoint_is_what_became_of_its_backups(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        planned = checkpoint(add_vault(tx))
        checkpoints.add(tx, planned)
        taken = [backup(add_vault(tx), resource_id=one, checkpoint_id=planned.id) for one in "ab"]
        for one in taken:
            backups.add(tx, one)
            tasks.add(tx, task(resource_id=one.resource_id, backup_id=one.id, checkpoint_id=planned.id))

        def now() -> tuple[CheckpointStatus, list[ProtectStatus | None]]:
            shown = checkpoints.get(tx, PROJECT, planned.id)
            plain = [replace(one, protect_status=None) for one in shown.attachments]
            assert replace(shown, status=planned.status, attachments=tuple(plain)) == planned
            return shown.status, [one.protect_status for one in shown.attachments]

        assert now() == (CheckpointStatus.PROTECTING, [ProtectStatus.PROTECTING] * 2)
        for doing in work.unfinished(tx, PROJECT):
            backups.complete(tx, doing.backup_id or "", Completed(snapshot_id="ab" * 32))
            work.close(tx, doing.id, Ending(status=Status.SUCCESS))
        assert now() == (CheckpointStatus.AVAILABLE, [ProtectStatus.AVAILABLE] * 2)
        backups.fail(tx, taken[0].id)
        assert now() == (CheckpointStatus.ERROR, [ProtectStatus.ERROR, ProtectStatus.AVAILABLE])
        backups.remove(tx, taken[0].id)
        assert now() == (CheckpointStatus.AVAILABLE, [None, ProtectStatus.AVAILABLE])
        delete = task(Operation.DELETE, backup_id=taken[1].id, checkpoint_id=planned.id)
        tasks.add(tx, delete)
        assert now() == (CheckpointStatus.DELETING, [None, ProtectStatus.REMOVING])
        backups.remove(tx, taken[1].id)
        assert now() == (CheckpointStatus.DELETING, [None, None])
        work.close(tx, delete.id, Ending(status=Status.SUCCESS))
        with pytest.raises(CheckpointNotFound):
            now()


def test_a_checkpoint_that_never_was_or_is_of_another_project_is_not_found(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx, project_id=OTHER_PROJECT)
        checkpoints.add(tx, checkpoint(vault))
        backups.add(tx, backup(vault, checkpoint_id="a checkpoint"))
        assert checkpoints.get(tx, OTHER_PROJECT, "a checkpoint").vault_id == vault.id
        for unknown in ("a checkpoint", "nothing"):
            with pytest.raises(CheckpointNotFound):
                checkpoints.get(tx, PROJECT, unknown)


def test_a_run_that_skipped_everything_stays_to_say_why(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        planned = replace(checkpoint(add_vault(tx)), attachments=(), status=CheckpointStatus.ERROR)
        checkpoints.add(tx, planned)
        assert checkpoints.get(tx, PROJECT, planned.id) == planned


def test_a_run_belongs_to_another_vault_once_all_its_backups_do(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        here, there = add_vault(tx), add_vault(tx, name="elsewhere")
        planned = checkpoint(here)
        checkpoints.add(tx, planned)
        taken = [backup(here, resource_id=one, checkpoint_id=planned.id) for one in "ab"]
        for one in taken:
            backups.add(tx, one)
        for one, vault in zip(taken, (here, there), strict=True):
            backups.move(tx, one.id, there.id, "ab" * 32)
            checkpoints.move(tx, {planned.id, "unknown"}, there)
            shown = checkpoints.get(tx, PROJECT, planned.id)
            assert (shown.vault_id, shown.vault_name) == (vault.id, vault.name)
        vaults.remove(tx, here.id)
        assert checkpoints.get(tx, PROJECT, planned.id).attachments
