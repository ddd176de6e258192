"""A policy has come due: what is written for a vault that follows it, and that it is written once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.service.clockwork import come, follow, last_due, made, turn_of
from tests.service.world import World

from holdfast.db import backups, replications, tasks, work
from holdfast.db.schedules import Turn
from holdfast.db.tables import backup as backup_table
from holdfast.db.tables import policy as policy_table
from holdfast.db.tables import vault as vault_table
from holdfast.db.tables import vault_policy
from holdfast.model import clock, ids
from holdfast.model.backup import Backup, BackupState, ImageType
from holdfast.model.policy import Execution, Policy, PolicyKind, TermsChange
from holdfast.model.resource import ObjectType, ResourceType
from holdfast.model.retention import Retention
from holdfast.model.task import (
    BackupDetail,
    Ending,
    Operation,
    Page,
    ReplicationDetail,
    Status,
    Task,
    TaskError,
    resource_of,
)
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import ProtectType, Vault, VaultState
from holdfast.service import firings, policies, vault_policies, vaults
from holdfast.service import replications as asked
from holdfast.service.context import House
from holdfast.service.replications import WantedReplica
from holdfast.service.vaults import NewVault


def house(world: World) -> House:
    return House(world.db, world.config, lambda: world.wakes.append("awake"))


def fire(world: World, turn: Turn) -> list[Task]:
    """What a vault that has come to something is given to do; the rest of the project's tasks left out."""
    before = {task.id for task in all_tasks(world)}
    assert firings.fire(house(world), turn)
    return [task for task in all_tasks(world) if task.id not in before]


def all_tasks(world: World, **wanted: Any) -> list[Task]:
    with world.db.reading() as tx:
        return tasks.find(tx, TaskFilter(project_id=world.blue.id, **wanted), Page())


def followed(world: World, **terms: Any) -> tuple[Vault, Policy]:
    """A vault with a resource, and a policy that it follows."""
    vault, policy = world.vault(world.directory()), made(world.context(), **terms)
    follow(world.context(), vault, policy)
    return vault, policy


def status_is(world: World, vault: Vault, status: VaultState) -> None:
    with world.db.transaction() as tx:
        tx.execute(sa.update(vault_table).where(vault_table.c.id == vault.id).values(status=status))


# ── backups ──


def test_a_vault_is_backed_up_and_comes_again_when_its_policy_is_due_next(world: World) -> None:
    retention = Retention(max_backups=3, duration_days=7)
    vault, policy = followed(world, retention=retention, execution=Execution(timeout_minutes=90))
    turn = come(world.db, vault, policy)
    (task,) = fire(world, turn)
    assert (task.operation, task.status) == (Operation.BACKUP, Status.WAITING)
    assert (task.policy_id, task.due_at, task.time_limit_seconds) == (policy.id, turn.due_at, 5400)
    with world.db.reading() as tx:
        backup = backups.get(tx, world.blue.id, task.backup_id or "")
    assert (backup.policy_id, backup.auto_trigger) == (policy.id, True)
    assert backup.expired_at == backup.created_at + timedelta(days=7)
    assert turn_of(world.db, vault, policy).due_at == policy.schedule.next_after(clock.now())
    assert world.wakes[-1:] == ["awake"]


def test_a_turn_is_taken_once_however_often_it_was_seen(world: World) -> None:
    vault, policy = followed(world)
    turn = come(world.db, vault, policy)
    took: list[bool] = []
    threads = [
        threading.Thread(target=lambda: took.append(firings.fire(house(world), turn))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == [False] * 5 + [True]
    assert len(all_tasks(world)) == 1


def test_what_is_not_due_yet_is_left_alone(world: World) -> None:
    vault, policy = followed(world)
    assert not firings.fire(house(world), turn_of(world.db, vault, policy))
    assert all_tasks(world) == []


def test_of_what_came_due_while_nobody_looked_the_latest_is_made_up_for_once(world: World) -> None:
    vault, policy = followed(world)
    (task,) = fire(world, come(world.db, vault, policy, days=5))
    assert task.due_at == last_due(policy)
    turn = turn_of(world.db, vault, policy)
    assert turn.due_at == policy.schedule.next_after(clock.now())
    assert not firings.fire(house(world), turn)


def test_who_comes_late_by_the_jitter_is_not_taken_for_one_that_missed_it(world: World) -> None:
    hourly = "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=0"
    vault, policy = followed(world, patterns=(hourly,), execution=Execution(jitter_minutes=59))
    (task,) = fire(world, come(world.db, vault, policy, days=1))
    assert task.due_at is not None
    latest = last_due(policy)
    assert latest - timedelta(hours=1) <= task.due_at <= latest
    turn = turn_of(world.db, vault, policy)
    assert turn.due_at == task.due_at + timedelta(hours=1)
    assert turn.comes_at > clock.now()


def test_what_comes_after_its_start_window_is_skipped(world: World) -> None:
    vault, policy = followed(world, start_window_minutes=60)
    (task,) = fire(world, come(world.db, vault, policy))
    assert (task.status, task.error.code) == (Status.SKIPPED, "Holdfast.0005")
    assert (task.resource.id, task.due_at) == (vault.attachments[0].resource_id, last_due(policy))
    assert (task.policy_id, task.checkpoint_id, task.backup_id) == (policy.id, None, None)


def test_a_policy_that_was_switched_off_is_not_carried_out(world: World) -> None:
    vault, policy = followed(world)
    turn = come(world.db, vault, policy)
    policies.update(world.context(), policy.id, TermsChange(enabled=False))
    assert not firings.fire(house(world), turn)
    policies.update(world.context(), policy.id, TermsChange(enabled=True))
    assert not firings.fire(house(world), turn_of(world.db, vault, policy))
    assert all_tasks(world) == []


def test_a_vault_that_stopped_following_is_not_backed_up(world: World) -> None:
    vault, policy = followed(world)
    turn = come(world.db, vault, policy)
    vault_policies.unbind(world.context(), vault.id, policy.id)
    assert not firings.fire(house(world), turn)
    follow(world.context(), vault, policy)
    assert not firings.fire(house(world), turn)
    turn = come(world.db, vault, policy)
    policies.delete(world.context(), policy.id)
    assert not firings.fire(house(world), turn)
    assert all_tasks(world) == []


def test_every_policy_of_a_vault_has_its_own_turn(world: World) -> None:
    vault, nightly = followed(world)
    other = made(world.context(), name="other")
    follow(world.context(), vault, other)
    first, second = come(world.db, vault, nightly), come(world.db, vault, other)
    (task,) = fire(world, first)
    (busy,) = fire(world, second)
    assert (task.policy_id, task.status) == (nightly.id, Status.WAITING)
    assert (busy.policy_id, busy.status, busy.error.code) == (
        other.id,
        Status.SKIPPED,
        "BackupService.6125",
    )


def test_a_vault_that_holds_nothing_leaves_one_skipped_task_that_names_it(world: World) -> None:
    vault, policy = world.vault(), made(world.context())
    follow(world.context(), vault, policy)
    (task,) = fire(world, come(world.db, vault, policy))
    assert (task.status, task.error.code) == (Status.SKIPPED, "BackupService.0001")
    assert (task.resource.id, task.resource.name, task.vault_id) == (vault.id, vault.name, vault.id)


@pytest.mark.parametrize(
    ("status", "code"), [(VaultState.FROZEN, "BackupService.6113"), (VaultState.ERROR, "BackupService.6113")]
)
def test_a_vault_that_is_not_at_work_skips_each_resource(world: World, status: VaultState, code: str) -> None:
    vault, policy = world.vault(world.directory("a"), world.directory("b")), made(world.context())
    follow(world.context(), vault, policy)
    status_is(world, vault, status)
    skipped = fire(world, come(world.db, vault, policy))
    assert {task.resource.name for task in skipped} == {"a", "b"}
    assert {(task.status, task.error.code) for task in skipped} == {(Status.SKIPPED, code)}
    assert all(str(status) in task.error.message for task in skipped)


def test_a_vault_that_is_full_or_on_its_way_out_skips(world: World) -> None:
    vault, policy = followed(world)
    with world.db.transaction() as tx:
        tx.execute(sa.update(vault_table).values(used_bytes=vault.size_gb << 30))
    (full,) = fire(world, come(world.db, vault, policy))
    assert (full.status, full.error.code) == (Status.SKIPPED, "BackupService.6114")
    vaults.delete(world.context(), vault.id)
    (going,) = fire(world, come(world.db, vault, policy))
    assert (going.status, going.error.code) == (Status.SKIPPED, "BackupService.6113")


def test_what_cannot_be_backed_up_now_is_skipped_beside_what_can(world: World) -> None:
    kept, gone = world.directory("kept"), world.directory("gone")
    vault, policy = world.vault(kept, gone), made(world.context())
    follow(world.context(), vault, policy)
    world.start(vault, resource_ids=(gone.id,))
    found = fire(world, come(world.db, vault, policy))
    told = {task.resource.name: (task.status, task.error.code) for task in found}
    assert told == {"kept": (Status.WAITING, ""), "gone": (Status.SKIPPED, "BackupService.6125")}


# ── full ones ──


@pytest.mark.parametrize(
    ("interval", "history", "full"),
    [
        (-1, "9f 8i 7i 6i", False),
        (2, "", True),
        (2, "9f", False),
        (2, "9f 8i", False),
        (2, "9f 8i 7i", True),
        (2, "9f 8i 7i 6f", False),
        (2, "9f 8i 7i 6i 5i", True),
        (0, "1f", True),
        (0, "0.99f", True),
        (0, "0.5f", False),
        (0, "0.5f 0.3i", False),
        (1, "0.5f 0.3i", False),
        (1, "1.1f 0.3i", True),
    ],
)
def test_after_so_many_incremental_backups_comes_a_full_one_not_within_a_day(
    world: World, interval: int, history: str, full: bool
) -> None:
    vault, policy = followed(world, retention=Retention(full_backup_interval=interval))
    for word in history.split():
        remember(world, vault, days_ago=float(word[:-1]), incremental=word.endswith("i"))
    (task,) = fire(world, come(world.db, vault, policy))
    assert isinstance(task.detail, BackupDetail)
    assert task.detail.incremental is not full


def remember(world: World, vault: Vault, days_ago: float, incremental: bool) -> None:
    """A good backup of the vault's resource, of so long ago."""
    at = clock.now() - timedelta(days=days_ago)
    (held,) = vault.attachments
    backup = Backup(
        id=ids.new(),
        project_id=world.blue.id,
        vault_id=vault.id,
        checkpoint_id=ids.new(),
        resource_id=held.resource_id,
        resource_name=held.name,
        resource_type=ResourceType.FILE_SHARE,
        name="autobk_0001",
        state=BackupState.AVAILABLE,
        created_at=at,
        updated_at=at,
    )
    task = Task(
        id=ids.new(),
        project_id=world.blue.id,
        operation=Operation.BACKUP,
        status=Status.SUCCESS,
        provider_id=vault.provider_id,
        resource=resource_of(held.resource_id, held.name, held.type),
        vault_id=vault.id,
        vault_name=vault.name,
        request_id="req-1",
        created_at=at,
        started_at=at,
        ended_at=at,
        updated_at=at,
        detail=BackupDetail(backup_id=backup.id, backup_name=backup.name, incremental=incremental),
    )
    with world.db.transaction() as tx:
        backups.add(tx, backup)
        tasks.add(tx, task)


# ── replicas ──


def replicated(world: World) -> tuple[Vault, Vault, Policy]:
    """A vault, one for its replicas, and the policy that fills that."""
    source = world.vault(world.directory())
    into = world.vault(name="there", protect_type=ProtectType.REPLICATION)
    policy = made(
        world.context(),
        kind=PolicyKind.REPLICATION,
        destination_project_id=world.blue.id,
        destination_region=world.config.region,
        execution=Execution(timeout_minutes=60),
    )
    follow(world.context(), source, policy, into)
    return source, into, policy


def arrive(world: World, task: Task, into: Vault) -> str:
    """A worker brings the replica; its id."""
    assert isinstance(task.detail, ReplicationDetail)
    epoch = world.claim(task)
    with world.db.transaction() as tx:
        source = backups.get(tx, world.blue.id, task.detail.source_backup_id)
        replica = replace(
            source, id=task.detail.destination_backup_id, vault_id=into.id, image_type=ImageType.REPLICATION
        )
        backups.add(tx, replica)
        replications.succeed(tx, task.detail.record_id)
        work.finish(tx, task.id, epoch, Ending(status=Status.SUCCESS))
    return replica.id


def test_a_replication_policy_brings_over_what_was_never_brought(world: World) -> None:
    source, into, policy = replicated(world)
    world.back_up(source)
    world.back_up(source)
    first, second = fire(world, come(world.db, source, policy))
    for task in (first, second):
        assert (task.operation, task.status) == (Operation.REPLICATION, Status.WAITING)
        assert (task.policy_id, task.due_at, task.time_limit_seconds) == (policy.id, last_due(policy), 3600)
        assert isinstance(task.detail, ReplicationDetail)
        assert task.detail.auto_trigger
    (nothing,) = fire(world, come(world.db, source, policy))
    assert (nothing.status, nothing.error.code) == (Status.SKIPPED, "BackupService.0001")
    assert (nothing.resource.id, nothing.policy_id) == (source.id, policy.id)
    replica = arrive(world, first, into)
    epoch = world.claim(second)
    with world.db.transaction() as tx:
        backups.remove(tx, replica)
        assert isinstance(second.detail, ReplicationDetail)
        replications.fail(tx, second.detail.record_id, TaskError("x", "y"))
        work.finish(tx, second.id, epoch, Ending(status=Status.FAILED, error=TaskError("x", "y")))
    (again,) = fire(world, come(world.db, source, policy))
    assert (again.status, again.backup_id) == (Status.WAITING, second.backup_id)


def test_what_was_replicated_by_hand_is_not_brought_again(world: World) -> None:
    source, into, policy = replicated(world)
    world.back_up(source)
    destination = policy.terms.destination
    assert destination is not None
    by_hand = asked.create_all(
        world.context(), source.id, WantedReplica(destination=destination, vault_id=into.id)
    )
    arrive(world, by_hand.tasks[0], into)
    (nothing,) = fire(world, come(world.db, source, policy))
    assert nothing.status is Status.SKIPPED


def test_of_very_many_backups_the_newest_are_brought_first(world: World) -> None:
    source, _, policy = replicated(world)
    for days in range(asked.MOST_AT_ONCE + 3):
        remember(world, source, days_ago=days, incremental=True)
    with world.db.transaction() as tx:
        tx.execute(sa.update(backup_table).values(snapshot_id="5" * 64))
        oldest = {one.id for one in backups.of_vault(tx, source.id)[:3]}
    some = fire(world, come(world.db, source, policy))
    assert len(some) == asked.MOST_AT_ONCE
    rest = fire(world, come(world.db, source, policy))
    assert {task.backup_id for task in rest} == oldest


def test_where_replicas_cannot_go_one_skipped_task_says_why(world: World) -> None:
    source, into, policy = replicated(world)
    world.back_up(source)
    with world.db.transaction() as tx:
        full = sa.update(vault_table).where(vault_table.c.id == into.id)
        tx.execute(full.values(used_bytes=into.size_gb << 30))
    (full_there,) = fire(world, come(world.db, source, policy))
    assert (full_there.status, full_there.error.code) == (Status.SKIPPED, "BackupService.6129")
    with world.db.transaction() as tx:
        tx.execute(sa.delete(vault_table).where(vault_table.c.id == into.id))
    (no_place,) = fire(world, come(world.db, source, policy))
    assert (no_place.status, no_place.error.code) == (Status.SKIPPED, "BackupService.6120")
    policies.update(world.context(), policy.id, TermsChange(start_window_minutes=60))
    (missed,) = fire(world, come(world.db, source, policy))
    assert (missed.status, missed.error.code) == (Status.SKIPPED, "Holdfast.0005")


def test_replicas_go_to_another_project_also_when_nobody_is_there_to_ask(world: World) -> None:
    source, _, policy = replicated(world)
    world.back_up(source)
    red = world.context(project=world.red)
    there = vaults.create(
        red,
        NewVault(
            name="theirs", size_gb=10, object_type=ObjectType.TURBO, protect_type=ProtectType.REPLICATION
        ),
    )
    with world.db.transaction() as tx:
        tx.execute(sa.update(policy_table).values(destination_project_id=world.red.id))
        tx.execute(sa.update(vault_policy).values(destination_vault_id=there.id))
    (task,) = fire(world, come(world.db, source, policy))
    assert task.status is Status.WAITING
    assert isinstance(task.detail, ReplicationDetail)
    assert task.detail.destination_project_id == world.red.id


# ── turns that cannot be taken ──


def test_a_turn_that_is_put_off_is_due_as_before(world: World) -> None:
    vault, policy = followed(world)
    turn = come(world.db, vault, policy)
    firings.put_off(house(world), turn, 60)
    later = turn_of(world.db, vault, policy)
    assert later.due_at == turn.due_at
    assert later.comes_at > clock.now()
    firings.put_off(house(world), turn, 3600)
    assert turn_of(world.db, vault, policy) == later
