"""A run over a vault is decided as a value: what is backed up, what is skipped and why."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from holdfast.model import ids
from holdfast.model.backup import BackupStatus
from holdfast.model.checkpoint import CheckpointStatus, Made, Wanted, plan_checkpoint, status_of
from holdfast.model.errors import (
    NothingToBackUp,
    ResourceNotInVault,
    VaultFull,
    VaultIsForReplicas,
    VaultNotAvailable,
)
from holdfast.model.resource import ObjectType, Resource, ResourceType
from holdfast.model.task import (
    BackupDetail,
    MigrateResourcesDetail,
    Operation,
    RemoveResourcesDetail,
    RestoreDetail,
    Status,
    Task,
    TaskResource,
)
from holdfast.model.vault import Attachment, ProtectType, Vault, VaultState

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MADE = Made(request_id="req-1", at=NOON)


def a_resource(name: str) -> Resource:
    return Resource(
        id=ids.derived(name),
        project_id="p1",
        name=name,
        type=ResourceType.FILE_SHARE,
        provider="directory",
        settings={"path": f"/srv/{name}"},
        created_at=NOON,
    )


def a_vault(*resources: Resource, **changes: object) -> Vault:
    vault = Vault(
        id="v1",
        project_id="p1",
        user_id="u1",
        name="letters",
        object_type=ObjectType.TURBO,
        size_gb=10,
        attachments=tuple(
            Attachment(resource_id=one.id, name=one.name, type=str(one.type), size_gb=2) for one in resources
        ),
        created_at=NOON,
    )
    return msgspec.structs.replace(vault, **changes)


def a_task(resource: Resource, operation: Operation, status: Status = Status.RUNNING) -> Task:
    detail = (
        RestoreDetail(backup_id="b", backup_name="b", target_resource_id=resource.id)
        if operation is Operation.RESTORE
        else BackupDetail(backup_id="b", backup_name="b")
    )
    return Task(
        id=ids.new(),
        project_id="p1",
        operation=operation,
        status=status,
        provider_id="x",
        resource=TaskResource(id=resource.id, name=resource.name, type=str(resource.type)),
        request_id="req-0",
        created_at=NOON,
        updated_at=NOON,
        detail=detail,
    )


HOME, MAIL = a_resource("home"), a_resource("mail")
BOTH = {one.id: one for one in (HOME, MAIL)}


def test_every_resource_of_the_vault_gets_a_backup_and_a_waiting_task() -> None:
    plan = plan_checkpoint(a_vault(HOME, MAIL), BOTH, [], Wanted(name="nightly"), MADE)
    assert [backup.resource_id for backup in plan.backups] == [HOME.id, MAIL.id]
    assert [task.status for task in plan.tasks] == [Status.WAITING, Status.WAITING]
    assert [task.backup_id for task in plan.tasks] == [backup.id for backup in plan.backups]
    assert {task.checkpoint_id for task in plan.tasks} == {plan.checkpoint.id}
    assert {backup.name for backup in plan.backups} == {"nightly"}
    assert plan.checkpoint.status is CheckpointStatus.PROTECTING


def test_a_busy_resource_is_skipped_and_says_why() -> None:
    plan = plan_checkpoint(a_vault(HOME, MAIL), BOTH, [a_task(MAIL, Operation.BACKUP)], Wanted(), MADE)
    assert [backup.resource_id for backup in plan.backups] == [HOME.id]
    (skip,) = plan.checkpoint.skipped
    assert (skip.id, skip.code) == (MAIL.id, "BackupService.6125")
    (row,) = [task for task in plan.tasks if task.status is Status.SKIPPED]
    assert row.error.code == "BackupService.6125"
    assert row.ended_at == NOON


def test_a_resource_that_something_is_restored_into_is_skipped() -> None:
    task = msgspec.structs.replace(
        a_task(HOME, Operation.RESTORE),
        detail=RestoreDetail(backup_id="b", backup_name="b", target_resource_id=MAIL.id),
    )
    plan = plan_checkpoint(a_vault(MAIL), BOTH, [task], Wanted(), MADE)
    assert plan.checkpoint.skipped[0].code == "BackupService.2010"


def test_a_resource_on_its_way_out_is_skipped() -> None:
    gone = TaskResource(id=MAIL.id, name="mail", type="OS::Sfs::Turbo")
    task = msgspec.structs.replace(
        a_task(HOME, Operation.REMOVE_RESOURCE), detail=RemoveResourcesDetail(resources=(gone,))
    )
    plan = plan_checkpoint(a_vault(MAIL), BOTH, [task], Wanted(), MADE)
    assert plan.checkpoint.skipped[0].code == "BackupService.6134"


def test_a_resource_that_is_no_longer_known_is_skipped() -> None:
    plan = plan_checkpoint(a_vault(HOME, MAIL), {HOME.id: HOME}, [], Wanted(), MADE)
    assert [skip.id for skip in plan.checkpoint.skipped] == [MAIL.id]
    assert plan.checkpoint.skipped[0].code == "BackupService.6302"


def test_a_suspended_resource_is_skipped() -> None:
    vault = a_vault(HOME)
    vault = msgspec.structs.replace(
        vault, attachments=(msgspec.structs.replace(vault.attachments[0], auto_protect=False),)
    )
    plan = plan_checkpoint(vault, BOTH, [], Wanted(), MADE)
    assert not plan.backups
    assert plan.checkpoint.skipped[0].code == "BackupService.6215"
    assert plan.checkpoint.status is CheckpointStatus.ERROR


def test_a_run_can_be_limited_to_some_resources() -> None:
    plan = plan_checkpoint(a_vault(HOME, MAIL), BOTH, [], Wanted(resource_ids=(MAIL.id,)), MADE)
    assert [backup.resource_id for backup in plan.backups] == [MAIL.id]


def test_a_resource_of_another_vault_is_refused() -> None:
    with pytest.raises(ResourceNotInVault, match=MAIL.id):
        plan_checkpoint(a_vault(HOME), BOTH, [], Wanted(resource_ids=(MAIL.id,)), MADE)


def test_an_empty_vault_has_nothing_to_back_up() -> None:
    with pytest.raises(NothingToBackUp):
        plan_checkpoint(a_vault(), BOTH, [], Wanted(), MADE)


def test_a_full_vault_takes_nothing() -> None:
    with pytest.raises(VaultFull):
        plan_checkpoint(a_vault(HOME, used_bytes=10 << 30), BOTH, [], Wanted(), MADE)


def test_a_full_vault_that_grows_takes_more() -> None:
    full = a_vault(HOME, used_bytes=10 << 30, auto_expand=True)
    assert len(plan_checkpoint(full, BOTH, [], Wanted(), MADE).backups) == 1


def test_a_vault_for_replicas_takes_no_backups() -> None:
    with pytest.raises(VaultIsForReplicas):
        plan_checkpoint(a_vault(HOME, protect_type=ProtectType.REPLICATION), BOTH, [], Wanted(), MADE)


def test_a_resource_that_moves_to_another_vault_is_skipped() -> None:
    detail = MigrateResourcesDetail(
        destination_vault_id="v2", resources=(TaskResource(id=HOME.id, name="home", type="x"),)
    )
    moving = msgspec.structs.replace(
        a_task(MAIL, Operation.BACKUP), operation=Operation.MIGRATE_RESOURCES, detail=detail
    )
    plan = plan_checkpoint(a_vault(HOME, MAIL), BOTH, [moving], Wanted(), MADE)
    assert [(one.name, one.code) for one in plan.checkpoint.skipped] == [("home", "BackupService.6134")]
    assert [backup.resource_name for backup in plan.backups] == ["mail"]


def test_a_vaults_own_prefix_begins_the_names_of_its_backups() -> None:
    plan = plan_checkpoint(a_vault(HOME, backup_name_prefix="night"), BOTH, [], Wanted(), MADE)
    assert plan.backups[0].name.startswith("night_")


def test_a_vault_on_its_way_out_takes_nothing() -> None:
    with pytest.raises(VaultNotAvailable):
        plan_checkpoint(a_vault(HOME, status=VaultState.DELETING), BOTH, [], Wanted(), MADE)


def test_a_run_without_a_name_is_named_by_who_started_it() -> None:
    by_hand = plan_checkpoint(a_vault(HOME), BOTH, [], Wanted(), MADE)
    by_clock = plan_checkpoint(a_vault(HOME), BOTH, [], Wanted(auto_trigger=True), MADE)
    assert by_hand.checkpoint.name.startswith("manualbk_")
    assert by_clock.checkpoint.name.startswith("autobk_")


def test_a_retention_in_days_becomes_the_backups_expiry() -> None:
    plan = plan_checkpoint(a_vault(HOME), BOTH, [], Wanted(retention_days=7), MADE)
    assert plan.backups[0].expired_at == NOON + timedelta(days=7)
    assert plan_checkpoint(a_vault(HOME), BOTH, [], Wanted(), MADE).backups[0].expired_at is None


@pytest.mark.parametrize(
    ("backups", "expected"),
    [
        ([BackupStatus.AVAILABLE, BackupStatus.PROTECTING], CheckpointStatus.PROTECTING),
        ([BackupStatus.AVAILABLE, BackupStatus.ERROR], CheckpointStatus.ERROR),
        ([BackupStatus.AVAILABLE, BackupStatus.DELETING], CheckpointStatus.DELETING),
        ([BackupStatus.AVAILABLE, BackupStatus.RESTORING], CheckpointStatus.AVAILABLE),
        ([], CheckpointStatus.ERROR),
    ],
)
def test_a_checkpoint_is_what_its_backups_are(
    backups: list[BackupStatus], expected: CheckpointStatus
) -> None:
    assert status_of(backups) is expected


def test_the_first_backup_of_a_resource_is_a_full_one() -> None:
    vault = a_vault(HOME, MAIL)
    known = msgspec.structs.replace(vault.attachments[1], backup_count=1)
    vault = msgspec.structs.replace(vault, attachments=(vault.attachments[0], known))
    plan = plan_checkpoint(vault, BOTH, [], Wanted(), MADE)
    assert [backup.incremental for backup in plan.backups] == [False, True]
    full = plan_checkpoint(vault, BOTH, [], Wanted(incremental=False), MADE)
    assert [backup.incremental for backup in full.backups] == [False, False]
