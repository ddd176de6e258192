"""Policies that disks follow in vaults nobody named: made on demand, called after them, left behind."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.service.clockwork import follow
from tests.service.test_firings import remember
from tests.service.world import World

from holdfast.db import backups, policy_tags, tasks, vaults, work
from holdfast.db.vaults import VaultFilter
from holdfast.model.errors import (
    BackupUnderWay,
    DuplicateResources,
    InvalidParameter,
    NotAllowed,
    NothingToBackUp,
    PolicyLimitReached,
    PolicyNotFound,
    ResourceAlreadyProtected,
    ResourceBeingRemoved,
    ResourceNotFound,
    ResourceNotInVault,
    ResourceTypeNotSupported,
    TooManyResources,
    VaultBeingDeleted,
    VaultLocked,
)
from holdfast.model.policy import MAX_OF_A_KIND, Policy, PolicyKind, Terms, TermsChange
from holdfast.model.project import Role
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.retention import Retention
from holdfast.model.tag import Tag
from holdfast.model.task import BackupDetail, Ending, Operation, Page, RemoveResourcesDetail, Status, Task
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import MAX_RESOURCES, Attachment, Vault, VaultChange
from holdfast.model.volume_backup_policy import PolicyChange
from holdfast.service import attachments, disk_vaults
from holdfast.service import policies as offered
from holdfast.service import vaults as offered_vaults
from holdfast.service import volume_backup_policies as policies
from holdfast.service.context import Context
from holdfast.service.volume_backup_policies import Outcome


def made(world: World, name: str = "nightly", **more: Any) -> Policy:
    terms: dict[str, Any] = {"patterns": ("FREQ=DAILY;BYHOUR=02;BYMINUTE=00",), "kind": PolicyKind.BACKUP}
    return policies.create(world.context(), Terms(name=name, **terms | more))


def associate(world: World, policy: Policy, *disks: Resource) -> Outcome:
    return policies.associate(world.context(), policy.id, [disk.id for disk in disks])


def disassociate(world: World, policy: Policy, *disks: Resource) -> Outcome:
    return policies.disassociate(world.context(), policy.id, [disk.id for disk in disks])


def why(outcome: Outcome, *disks: Resource) -> list[type[Exception]]:
    """Why these disks, and no others, were refused."""
    assert list(outcome.refused) == [disk.id for disk in disks]
    return [type(refusal) for refusal in outcome.refused.values()]


def found_vaults(world: World) -> list[Vault]:
    with world.db.reading() as tx:
        return vaults.find(tx, VaultFilter(project_id=world.blue.id), Page())


def holds(vault: Vault) -> list[str]:
    return [one.resource_id for one in vault.attachments]


def all_tasks(world: World, **wanted: Any) -> Sequence[Task]:
    with world.db.reading() as tx:
        return tasks.find(tx, TaskFilter(project_id=world.blue.id, **wanted), Page())


def counts(world: World) -> list[tuple[str, int]]:
    return [(one.policy.terms.name, one.disks) for one in policies.find(world.context())]


def end_removal(world: World, task: Task) -> None:
    """A worker takes the resources out."""
    assert isinstance(task.detail, RemoveResourcesDetail)
    epoch = world.claim(task)
    with world.db.transaction() as tx:
        for disk in task.detail.resources:
            vaults.detach(tx, task.vault_id or "", disk.id)
        work.finish(tx, task.id, epoch, Ending(status=Status.SUCCESS))


# ── policies ──


def test_a_policy_and_its_tags_are_there_together_or_not_at_all(world: World) -> None:
    context = world.context()
    terms = Terms(name="p", kind=PolicyKind.BACKUP, patterns=("FREQ=DAILY;BYHOUR=02;BYMINUTE=00",))
    policy = policies.create(context, terms, [Tag("a", "1"), Tag("b")])
    with world.db.reading() as tx:
        assert policy_tags.of_policy(tx, policy.id) == (Tag("a", "1"), Tag("b"))
    for _ in range(MAX_OF_A_KIND - 1):
        policies.create(context, terms)
    with pytest.raises(PolicyLimitReached):
        policies.create(context, terms, [Tag("a")])
    assert len(policies.find(context)) == MAX_OF_A_KIND


def test_only_backup_policies_are_known(world: World) -> None:
    terms = Terms(
        name="copy",
        kind=PolicyKind.REPLICATION,
        patterns=("FREQ=DAILY;BYHOUR=02;BYMINUTE=00",),
        destination_project_id=world.blue.id,
        destination_region=world.config.region,
    )
    context, copy = world.context(), offered.create(world.context(), terms)
    assert policies.find(context) == []
    for call in (
        lambda: policies.update(context, copy.id, PolicyChange(name="q")),
        lambda: policies.delete(context, copy.id),
        lambda: policies.execute(context, copy.id),
        lambda: policies.associate(context, copy.id, ["d"]),
        lambda: policies.disassociate(context, copy.id, ["d"]),
    ):
        with pytest.raises(PolicyNotFound):
            call()


def test_a_reader_changes_nothing(world: World) -> None:
    policy, reader = made(world), world.context(Role.READER)
    for call in (
        lambda: policies.create(reader, policy.terms),
        lambda: policies.update(reader, policy.id, PolicyChange(name="q")),
        lambda: policies.delete(reader, policy.id),
        lambda: policies.execute(reader, policy.id),
        lambda: policies.associate(reader, policy.id, ["d"]),
        lambda: policies.disassociate(reader, policy.id, ["d"]),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert counts(world) == [("nightly", 0)]


def test_a_change_that_cannot_be_changes_nothing(world: World) -> None:
    policy = made(world)
    with pytest.raises(InvalidParameter):
        policies.update(world.context(), policy.id, PolicyChange(name="q", timezone="UTC+99:00"))
    assert counts(world) == [("nightly", 0)]


def test_the_vault_that_was_made_for_a_policy_is_called_after_it(world: World) -> None:
    policy = made(world)
    associate(world, policy, world.disk("d"))
    policies.update(world.context(), policy.id, PolicyChange(name="weekly"))
    assert [vault.name for vault in found_vaults(world)] == ["vbs-weekly"]
    offered.update(world.context(), policy.id, TermsChange(name="n" * 64))
    (vault,) = found_vaults(world)
    assert vault.name == f"vbs-{'n' * 60}"
    offered_vaults.update(world.context(), vault.id, VaultChange(name="ours"))
    policies.update(world.context(), policy.id, PolicyChange(name="hourly"))
    assert [vault.name for vault in found_vaults(world)] == ["ours"]


def test_a_vault_of_somebodys_making_keeps_its_name(world: World) -> None:
    policy, vault = made(world), world.vault(object_type=ObjectType.DISK, name="vbs-nightly")
    follow(world.context(), vault, policy)
    policies.update(world.context(), policy.id, PolicyChange(name="weekly"))
    assert [vault.name for vault in found_vaults(world)] == ["vbs-nightly"]


def test_the_disks_of_a_policy_that_is_deleted_stay_and_may_go_to_another(world: World) -> None:
    policy, disk = made(world), world.disk("d")
    associate(world, policy, disk)
    (backup,) = world.back_up(found_vaults(world)[0])
    policies.delete(world.context(), policy.id)
    (left,) = found_vaults(world)
    assert holds(left) == [disk.id]
    other = made(world, "other")
    assert associate(world, other, disk).done == [disk.id]
    assert {vault.name: holds(vault) for vault in found_vaults(world)} == {
        "vbs-nightly": [],
        "vbs-other": [disk.id],
    }
    with world.db.reading() as tx:
        assert backups.get(tx, world.blue.id, backup.id).vault_id == left.id


# ── disks ──


def test_the_first_disk_makes_the_vault_of_the_policy(world: World) -> None:
    policy, first, second = made(world), world.disk("first"), world.disk("second")
    assert found_vaults(world) == []
    assert associate(world, policy, first) == Outcome([first.id], {})
    assert associate(world, policy, second, first) == Outcome([second.id, first.id], {})
    (vault,) = found_vaults(world)
    assert (vault.name, vault.object_type, vault.auto_expand) == ("vbs-nightly", ObjectType.DISK, True)
    assert holds(vault) == [first.id, second.id]
    assert offered.show(world.context(), policy.id).followers[0].vault_id == vault.id
    assert counts(world) == [("nightly", 2)]


def test_a_vault_of_disks_that_follows_the_policy_is_its_own(world: World) -> None:
    policy, disk, other = made(world), world.disk("d"), world.disk("other")
    ours = world.vault(disk, object_type=ObjectType.DISK, name="ours")
    second = world.vault(other, object_type=ObjectType.DISK, name="second")
    follow(world.context(), ours, policy)
    follow(world.context(), second, policy)
    third = world.disk("third")
    assert associate(world, policy, disk, other, third).refused == {}
    assert {vault.name: holds(vault) for vault in found_vaults(world)} == {
        "ours": [disk.id, third.id],
        "second": [other.id],
    }
    assert counts(world) == [("nightly", 3)]


def test_servers_are_no_disks_of_a_policy(world: World) -> None:
    policy = made(world)
    follow(world.context(), world.vault(world.server(), object_type=ObjectType.SERVER), policy)
    assert counts(world) == [("nightly", 0)]


def test_who_cannot_come_is_refused_and_the_others_come(world: World) -> None:
    policy, disk, letters, kept = made(world), world.disk("d"), world.directory(), world.disk("kept")
    world.vault(kept, object_type=ObjectType.DISK, name="ours")
    gone = replace(disk, id="gone")
    outcome = associate(world, policy, gone, letters, kept, disk)
    assert outcome.done == [disk.id]
    assert why(outcome, gone, letters, kept) == [
        ResourceNotFound, ResourceTypeNotSupported, ResourceAlreadyProtected,
    ]  # fmt: skip
    assert counts(world) == [("nightly", 1)]


def test_a_vault_that_only_looks_as_if_made_on_demand_keeps_its_disks(world: World) -> None:
    policy, disk = made(world), world.disk("d")
    world.vault(disk, object_type=ObjectType.DISK, name="vbs-archive")
    assert why(associate(world, policy, disk), disk) == [ResourceAlreadyProtected]


def test_where_no_disk_comes_no_vault_is_left(world: World) -> None:
    policy, letters = made(world), world.directory()
    assert associate(world, policy, letters).done == []
    assert found_vaults(world) == []
    disk = world.disk("d")
    assert associate(world, policy, disk).done == [disk.id]
    assert associate(world, policy, letters).done == []
    assert [vault.name for vault in found_vaults(world)] == ["vbs-nightly"]


def test_a_disk_of_another_projects_is_unknown(world: World) -> None:
    policy, disk = made(world), world.disk("d")
    theirs = policies.create(world.context(project=world.red), policy.terms)
    outcome = policies.associate(world.context(project=world.red), theirs.id, [disk.id])
    assert why(outcome, disk) == [ResourceNotFound]
    with pytest.raises(PolicyNotFound):
        policies.associate(world.context(project=world.red), policy.id, [disk.id])


def test_a_disk_that_was_backed_up_without_a_policy_leaves_its_vault_for_one(world: World) -> None:
    policy, disk = made(world), world.disk("d")
    with world.context().changing() as tx:
        loose = disk_vaults.for_backup(tx, world.context(), disk)
    (backup,) = world.start(loose)
    assert why(associate(world, policy, disk), disk) == [BackupUnderWay]
    assert [vault.name for vault in found_vaults(world)] == ["vbs-manual"]
    world.succeed(backup)
    assert associate(world, policy, disk).done == [disk.id]
    assert {vault.name: holds(vault) for vault in found_vaults(world)} == {
        "vbs-manual": [],
        "vbs-nightly": [disk.id],
    }
    (moved,) = all_tasks(world, operations=(Operation.REMOVE_RESOURCE,))
    assert moved.status is Status.SUCCESS


def test_a_full_vault_takes_no_more_and_a_disk_that_finds_no_place_stays_where_it_was(world: World) -> None:
    policy, loose = made(world), world.disk("loose")
    with world.context().changing() as tx:
        disk_vaults.for_backup(tx, world.context(), loose)
        vault = disk_vaults.made_for(tx, world.context(), policy)
        for number in range(MAX_RESOURCES - 1):
            vaults.attach(tx, vault.id, Attachment(resource_id=f"disk-{number}", name="d", type=loose.type))
    last = world.disk("last")
    outcome = associate(world, policy, last, loose)
    assert outcome.done == [last.id]
    assert why(outcome, loose) == [TooManyResources]
    (manual,) = [vault for vault in found_vaults(world) if vault.name == disk_vaults.MANUAL]
    assert holds(manual) == [loose.id]


@pytest.mark.parametrize("call", [policies.associate, policies.disassociate])
def test_disks_are_named_once_and_not_too_many_at_a_time(
    world: World, call: Callable[[Context, str, Sequence[str]], Outcome]
) -> None:
    policy, disk = made(world), world.disk("d")
    with pytest.raises(DuplicateResources):
        call(world.context(), policy.id, [disk.id, disk.id])
    with pytest.raises(TooManyResources):
        call(world.context(), policy.id, [f"disk-{number}" for number in range(MAX_RESOURCES + 1)])
    assert found_vaults(world) == []


def test_a_vault_that_is_being_deleted_is_nobodys_place(world: World) -> None:
    policy, disk, other = made(world), world.disk("d"), world.disk("other")
    associate(world, policy, disk)
    offered_vaults.delete(world.context(), found_vaults(world)[0].id)
    outcome = associate(world, policy, disk, other)
    assert outcome.done == [other.id]
    assert why(outcome, disk) == [VaultBeingDeleted]
    assert why(disassociate(world, policy, disk), disk) == [VaultBeingDeleted]


# ── leaving ──


def test_disks_leave_at_once_and_may_come_again_and_one_task_tells_of_it(world: World) -> None:
    policy, first, second, third = made(world), *(world.disk(name) for name in ("a", "b", "c"))
    associate(world, policy, first, second, third)
    assert disassociate(world, policy, first, second) == Outcome([first.id, second.id], {})
    (task,) = all_tasks(world)
    assert (task.operation, task.status) == (Operation.REMOVE_RESOURCE, Status.SUCCESS)
    assert task.ended_at is not None
    assert counts(world) == [("nightly", 1)]
    assert why(disassociate(world, policy, first), first) == [ResourceNotInVault]
    assert associate(world, policy, first).done == [first.id]
    assert counts(world) == [("nightly", 2)]


def test_a_disk_that_is_being_taken_out_through_cbr_neither_comes_nor_leaves(world: World) -> None:
    policy, first, second = made(world), world.disk("a"), world.disk("b")
    associate(world, policy, first, second)
    task = attachments.remove(world.context(), found_vaults(world)[0].id, [first.id])
    assert counts(world) == [("nightly", 1)]
    assert why(associate(world, policy, first), first) == [ResourceBeingRemoved]
    assert why(disassociate(world, policy, first), first) == [ResourceBeingRemoved]
    end_removal(world, task)
    assert associate(world, policy, first).done == [first.id]
    assert counts(world) == [("nightly", 2)]


def test_who_cannot_leave_is_refused_and_the_others_go(world: World) -> None:
    policy, busy, idle, kept, letters = (
        made(world), world.disk("busy"), world.disk("idle"), world.disk("kept"), world.directory(),
    )  # fmt: skip
    locked = world.vault(kept, object_type=ObjectType.DISK, name="locked", locked=True)
    associate(world, policy, busy, idle)
    follow(world.context(), locked, policy)
    (own,) = [vault for vault in found_vaults(world) if vault.name == "vbs-nightly"]
    world.start(own, resource_ids=(busy.id,))
    outcome = disassociate(world, policy, letters, kept, busy, idle)
    assert outcome.done == [idle.id]
    assert why(outcome, letters, kept, busy) == [ResourceNotInVault, VaultLocked, BackupUnderWay]


# ── now ──


def test_a_policy_is_carried_out_now_though_it_is_not_enabled(world: World) -> None:
    policy = made(world, enabled=False, retention=Retention(duration_days=7))
    disk, other, letters = world.disk("d"), world.disk("other"), world.directory()
    associate(world, policy, disk, other)
    follow(world.context(), world.vault(letters), policy)
    world.wakes.clear()
    policies.execute(world.context(), policy.id)
    begun = all_tasks(world)
    assert {task.resource.id for task in begun} == {disk.id, other.id, letters.id}
    assert {(task.policy_id, task.status, task.due_at) for task in begun} == {
        (policy.id, Status.WAITING, None)
    }
    with world.db.reading() as tx:
        backup = backups.get(tx, world.blue.id, begun[0].backup_id or "")
    assert (backup.policy_id, backup.auto_trigger) == (policy.id, True)
    assert backup.expired_at == backup.created_at + timedelta(days=7)
    assert world.wakes == ["awake"]


def test_what_cannot_be_backed_up_now_is_skipped_and_says_why(world: World) -> None:
    policy, busy, idle = made(world), world.disk("busy"), world.disk("idle")
    associate(world, policy, busy, idle)
    (vault,) = found_vaults(world)
    world.start(vault, resource_ids=(busy.id,))
    policies.execute(world.context(), policy.id)
    begun = {task.resource.id: task for task in all_tasks(world, policy_ids=(policy.id,))}
    assert begun[idle.id].status is Status.WAITING
    assert (begun[busy.id].status, begun[busy.id].error.code) == (Status.SKIPPED, "BackupService.6125")


def test_a_full_backup_is_made_when_it_is_its_turn(world: World) -> None:
    policy, disk = made(world, retention=Retention(full_backup_interval=0)), world.disk("d")
    associate(world, policy, disk)
    remember(world, found_vaults(world)[0], days_ago=1.1, incremental=False)
    for incremental in (False, True):
        policies.execute(world.context(), policy.id)
        (task,) = all_tasks(world, policy_ids=(policy.id,), statuses=(Status.WAITING,))
        assert isinstance(task.detail, BackupDetail)
        assert task.detail.incremental is incremental
        world.succeed(task)


def test_where_there_is_nothing_to_back_up_nothing_happens(world: World) -> None:
    policy, disk = made(world), world.disk("d")
    with pytest.raises(NothingToBackUp):
        policies.execute(world.context(), policy.id)
    associate(world, policy, disk)
    disassociate(world, policy, disk)
    with pytest.raises(NothingToBackUp):
        policies.execute(world.context(), policy.id)
    assert len(all_tasks(world)) == 1
