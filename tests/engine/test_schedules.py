"""Scheduling: vaults come to their policies by themselves."""

from datetime import timedelta
from itertools import pairwise

import sqlalchemy as sa
from tests.engine.house import House, succeeded, wait_until
from tests.service.clockwork import come, follow, last_due, made, turn_of

from holdfast.db import tasks
from holdfast.db.tables import policy as policy_table
from holdfast.db.tables import vault_policy
from holdfast.engine.schedules import AT_ONCE, LOOK_SECONDS, Scheduler
from holdfast.model import clock
from holdfast.model.policy import PolicyKind
from holdfast.model.task import Page, Status, Task
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import ProtectType

MANY = 3 * AT_ONCE - 5


def all_tasks(house: House) -> list[Task]:
    with house.db.reading() as tx:
        return tasks.find(tx, TaskFilter(project_id=house.project.id), Page())


def test_a_vault_is_backed_up_and_replicated_by_itself(house: House) -> None:
    vault = house.vault(house.directory("letters", {"a.txt": b"dear"}))
    there = house.vault(name="there", protect_type=ProtectType.REPLICATION)
    nightly = made(house.context())
    follow(house.context(), vault, nightly)
    with house.working():
        come(house.db, vault, nightly)
        wait_until(lambda: len(all_tasks(house)) == 1, lambda: "nothing was done")
        backup = succeeded(house.ended(all_tasks(house)[0].id))
        assert (backup.policy_id, backup.due_at) == (nightly.id, last_due(nightly))
        weekly = made(
            house.context(),
            kind=PolicyKind.REPLICATION,
            destination_project_id=house.project.id,
            destination_region=house.config.region,
        )
        follow(house.context(), vault, weekly, there)
        come(house.db, vault, weekly)
        wait_until(lambda: len(all_tasks(house)) == 2, lambda: "nothing was replicated")
        replication = succeeded(house.ended(all_tasks(house)[0].id))
        assert (replication.policy_id, replication.due_at) == (weekly.id, last_due(weekly))
    for one in (vault, there):
        house.repository(one).check()
        assert len(house.repository(one).snapshots()) == 1


def test_very_many_vaults_are_come_to_a_few_at_a_time(house: House) -> None:
    hourly = made(house.context())
    vaults = [house.vault(name=f"v{number}") for number in range(MANY)]
    for vault in vaults:
        follow(house.context(), vault, hourly)
        come(house.db, vault, hourly)
    scheduler = Scheduler(house.db, house.config, lambda: None)
    counts = [0]
    while scheduler.look() == 0.0:
        counts.append(len(all_tasks(house)))
    assert max(later - sooner for sooner, later in pairwise(counts)) == AT_ONCE
    done = all_tasks(house)
    assert sorted(task.vault_id or "" for task in done) == sorted(vault.id for vault in vaults)
    assert {task.due_at for task in done} == {last_due(hourly)}
    assert scheduler.look() == LOOK_SECONDS


def test_what_cannot_be_carried_out_does_not_hold_up_the_others(house: House) -> None:
    broken, sound = made(house.context()), made(house.context())
    vaults = [house.vault(name=f"v{number}") for number in range(2)]
    for vault in vaults:
        for one in (broken, sound):
            follow(house.context(), vault, one)
            come(house.db, vault, one)
    with house.db.transaction() as tx:
        spoilt = sa.update(policy_table).where(policy_table.c.id == broken.id)
        tx.execute(spoilt.values(patterns='["whenever"]'))
    scheduler = Scheduler(house.db, house.config, lambda: None)
    while scheduler.look() == 0.0:
        pass
    assert {(task.policy_id, task.status) for task in all_tasks(house)} == {(sound.id, Status.SKIPPED)}
    for vault in vaults:
        assert turn_of(house.db, vault, broken).comes_at > clock.now()
        assert turn_of(house.db, vault, broken).due_at == last_due(sound)


def test_a_vault_at_which_nobody_looked_is_not_forgotten(house: House) -> None:
    nightly, broken = made(house.context()), made(house.context())
    vault = house.vault()
    for one in (nightly, broken):
        follow(house.context(), vault, one)
    with house.db.transaction() as tx:
        since = last_due(nightly, days=1) - timedelta(hours=1)
        tx.execute(sa.update(vault_policy).values(due_at=None, fires_at=None, since=since))
        spoilt = sa.update(policy_table).where(policy_table.c.id == broken.id)
        tx.execute(spoilt.values(patterns='["whenever"]'))
    scheduler = Scheduler(house.db, house.config, lambda: None)
    while scheduler.look() == 0.0:
        pass
    assert [(task.policy_id, task.due_at) for task in all_tasks(house)] == [(nightly.id, last_due(nightly))]
    assert turn_of(house.db, vault, broken).comes_at > clock.now()


def test_a_look_waits_no_longer_than_until_the_next_vault_comes(house: House) -> None:
    vault, nightly = house.vault(), made(house.context())
    scheduler = Scheduler(house.db, house.config, lambda: None)
    assert scheduler.look() == LOOK_SECONDS
    follow(house.context(), vault, nightly)
    assert scheduler.look() == LOOK_SECONDS
    come(house.db, vault, nightly)
    assert scheduler.look() == 0.0
