"""What the rules of policies let go is deleted by workers, for good, and nothing else is."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.engine.house import House, succeeded, wait_until
from tests.service.world import settled

from holdfast.db import backups, vaults, work
from holdfast.db.database import Database
from holdfast.db.tables import backup as table
from holdfast.engine.expiring import Expirer
from holdfast.model import clock, ids
from holdfast.model.errors import BackupNotFound
from holdfast.model.policy import Policy, PolicyKind, Terms, TermsChange
from holdfast.model.retention import Retention
from holdfast.model.task import Operation, Page, Phase, Status, Task
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import ProtectType, Vault
from holdfast.service import policies, replications, retentions, tasks, vault_policies
from holdfast.service.replications import WantedReplica

DAY = timedelta(days=1)


def policy(house: House, vault: Vault, **retention: Any) -> Policy:
    """A policy that the vault follows."""
    made = policies.create(
        house.context(),
        Terms(
            name="nightly",
            kind=PolicyKind.BACKUP,
            patterns=("FREQ=DAILY;INTERVAL=1;BYHOUR=0;BYMINUTE=0",),
            retention=Retention(**retention),
        ),
    ).policy
    vault_policies.bind(house.context(), vault.id, [made.id])
    return made


def scheduled(house: House, vault: Vault, policy: Policy) -> Task:
    """A backup as a schedule asks for it, ended."""
    return succeeded(house.back_up(vault, auto_trigger=True, policy_id=policy.id))


def deletes(house: House) -> list[Task]:
    """All deletes, the oldest first."""
    wanted = TaskFilter(project_id=house.project.id, operations=(Operation.DELETE,))
    found, _ = tasks.find(house.context(), wanted, Page())
    return list(reversed(found))


def deleted(house: House, count: int) -> list[Task]:
    """So many deletes, ended."""
    wait_until(lambda: sum(one.status.is_end for one in deletes(house)) >= count, lambda: f"{deletes(house)}")
    return deletes(house)


def ask_for_deletes(house: House, vault: Vault) -> int:
    return retentions.carry_out(house.db, house.config, house.project.id, vault.id)


def age(house: House, task: Task, by: timedelta, **values: Any) -> None:
    """The backup of a task was taken so much earlier."""
    backup = house.backup(task)
    with house.db.transaction() as tx:
        values = {"created_at": backup.created_at - by, **values}
        tx.execute(sa.update(table).where(table.c.id == backup.id).values(**values))


def test_a_new_backup_lets_the_oldest_go_and_the_rest_is_sound(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    made = policy(house, vault, max_backups=2)
    with house.working():
        hand = succeeded(house.back_up(vault))
        first, second, third = (scheduled(house, vault, made) for _ in range(3))
        (task,) = deleted(house, 1)
        succeeded(house.restore(second.backup_id or "", destination=None))
    assert (task.status, task.backup_id, task.policy_id) == (Status.SUCCESS, first.backup_id, made.id)
    assert task.detail.because == ("count",)  # type: ignore[union-attr]
    with pytest.raises(BackupNotFound):
        house.backup(first)
    left = [house.backup(one).snapshot_id for one in (hand, second, third)]
    repository = house.repository(vault)
    assert sorted(one["id"] for one in repository.snapshots()) == sorted(str(one) for one in left)
    repository.check()
    assert house.show_vault(vault).attachments[0].backup_count == 3


def test_what_expires_goes_by_itself_but_never_the_last_one(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    made = policy(house, vault, duration_days=7)
    with house.working():
        old, newest = (scheduled(house, vault, made) for _ in range(2))
        for task in (old, newest):
            age(house, task, 9 * DAY, expired_at=clock.now() - DAY)
        woken: list[str] = []
        Expirer(house.db, house.config, lambda: woken.append("once")).look()
        (done,) = deleted(house, 1)
        Expirer(house.db, house.config, lambda: woken.append("twice")).look()
    assert (done.backup_id, done.status, woken) == (old.backup_id, Status.SUCCESS, ["once"])
    assert len(deletes(house)) == 1
    assert house.backup(newest).snapshot_id


def test_every_vault_has_its_turn_also_beside_one_that_cannot_be_looked_at(
    database: Database, tmp_path: Path
) -> None:
    world = settled(database, tmp_path)
    for name in ("a", "b", "c"):
        vault = world.vault(world.directory(name), name=name)
        (hand,) = world.back_up(vault)
        expired = {"auto_trigger": True, "expired_at": clock.now() - DAY, "created_at": clock.now() - 2 * DAY}
        with database.transaction() as tx:
            backups.add(tx, replace(hand, id=ids.new(), **expired))
    with database.reading() as tx:
        order = [vault_id for _, vault_id in vaults.with_automatic(tx, "", 9)]
    assert len(order) == 3
    with database.transaction() as tx:
        tx.execute(sa.update(table).where(table.c.vault_id == order[0]).values(resource_type="nothing"))
    expirer = Expirer(database, world.config, lambda: None, vaults_at_once=1)
    with pytest.raises(ValueError, match="nothing"):
        expirer.look()
    for count in (1, 2, 2):
        expirer.look()
        with database.reading() as tx:
            assert len(work.unfinished(tx, world.blue.id)) == count


def test_what_the_rules_keep_by_the_time_stays(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    made = policy(house, vault, max_backups=3)
    with house.working():
        taken = [scheduled(house, vault, made) for _ in range(3)]
    change_number(house, made, 1)
    assert ask_for_deletes(house, vault) == 2
    change_number(house, made, 2)
    with house.working():
        skipped = deleted(house, 2)
        assert {one.status for one in skipped} == {Status.SKIPPED}
        assert {one.error.code for one in skipped} == {"Holdfast.0040"}
        # Each stood beside the newest alone. Both there again, one is too many.
        assert ask_for_deletes(house, vault) == 1
        gone = deleted(house, 3)[2]
    assert (gone.backup_id, gone.status) == (taken[0].backup_id, Status.SUCCESS)
    assert house.backup(taken[1]).snapshot_id
    house.repository(vault).check()


def change_number(house: House, policy: Policy, most: int) -> None:
    policies.update(house.context(), policy.id, TermsChange(retention=Retention(max_backups=most)))


def one_too_many(house: House) -> tuple[Vault, Policy, Task, Task]:
    """A vault with two backups of which its policy keeps one: the delete of the older one is asked for."""
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    made = policy(house, vault, max_backups=2)
    with house.working():
        older, newer = (scheduled(house, vault, made) for _ in range(2))
    change_number(house, made, 1)
    assert ask_for_deletes(house, vault) == 1
    return vault, made, older, newer


def goes_all_the_same(house: House, task: Task) -> None:
    with house.working():
        (done,) = deleted(house, 1)
    assert done.status is Status.SUCCESS
    with pytest.raises(BackupNotFound):
        house.backup(task)


def test_the_last_one_stays_when_somebody_deletes_what_was_newer(house: House) -> None:
    _, _, older, newer = one_too_many(house)
    with house.working():
        succeeded(house.delete(newer.backup_id or ""))
        by_rule, by_hand = deleted(house, 2)
        succeeded(house.restore(older.backup_id or ""))
    assert (by_rule.backup_id, by_rule.status) == (older.backup_id, Status.SKIPPED)
    assert (by_hand.backup_id, by_hand.status) == (newer.backup_id, Status.SUCCESS)


def test_what_was_begun_is_finished_whatever_the_rules_say_by_then(house: House) -> None:
    vault, made, older, _ = one_too_many(house)
    # A worker died when it had forgotten the snapshot.
    (
        house.folder / "store" / "vaults" / vault.id / "snapshots" / (house.backup(older).snapshot_id or "")
    ).unlink()
    change_number(house, made, 9)
    goes_all_the_same(house, older)


def test_what_a_sleeper_may_be_about_to_forget_does_not_stay(house: House) -> None:
    _, made, older, _ = one_too_many(house)
    (asked,) = deletes(house)
    with house.db.transaction() as tx:  # it fell asleep before it forgot the snapshot, and wakes some day
        claim = work.claim(tx, asked.id, "asleep")
        assert claim is not None
        work.enter(tx, asked.id, claim.epoch, Phase.FORGETTING)
    change_number(house, made, 9)
    goes_all_the_same(house, older)


def test_a_new_replica_lets_the_oldest_replica_go(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    replicas = house.vault(name="replicas", protect_type=ProtectType.REPLICATION)
    terms = Terms(
        name="away",
        kind=PolicyKind.REPLICATION,
        patterns=("FREQ=DAILY;INTERVAL=1;BYHOUR=0;BYMINUTE=0",),
        retention=Retention(max_backups=1, duration_days=30),
        destination_project_id=house.project.id,
        destination_region=house.config.region,
    )
    away = policies.create(house.context(), terms).policy
    vault_policies.bind(house.context(), vault.id, [away.id], replicas.id)
    with house.working():
        first, second = (replicate(house, vault, replicas, away) for _ in range(2))
        (task,) = deleted(house, 1)
    assert (task.vault_id, task.backup_id, task.status) == (replicas.id, first, Status.SUCCESS)
    replica = house.backup_of(second)
    assert (replica.policy_id, replica.auto_trigger) == (away.id, True)
    assert replica.expired_at is not None
    assert 29 * DAY < replica.expired_at - replica.created_at < 31 * DAY
    house.repository(replicas).check()


def replicate(house: House, vault: Vault, replicas: Vault, policy: Policy) -> str:
    """A new backup, and its replica as a schedule asks for it; the replica's id."""
    task = succeeded(house.back_up(vault))
    destination = policy.terms.destination
    assert destination is not None
    wanted = WantedReplica(
        destination=destination, vault_id=replicas.id, auto_trigger=True, policy_id=policy.id
    )
    asked = replications.create(house.context(), task.backup_id or "", wanted)
    succeeded(house.ended(asked.tasks[0].id))
    return asked.records[0].destination_backup_id


def test_a_delete_that_failed_is_asked_for_again_only_later(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    made = policy(house, vault, max_backups=2)
    with house.working():
        older, _ = (scheduled(house, vault, made) for _ in range(2))
    lying = house.folder / "store" / "vaults" / vault.id / "config"
    kept = lying.read_bytes()
    lying.write_bytes(b"not a repository")
    change_number(house, made, 1)
    with house.working():
        (failed,) = deleted(house, 1)  # asked for as the worker began
        assert (failed.backup_id, failed.status) == (older.backup_id, Status.FAILED)
        assert ask_for_deletes(house, vault) == 0
    lying.write_bytes(kept)
    assert house.backup(older).snapshot_id
