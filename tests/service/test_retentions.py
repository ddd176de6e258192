"""What the rules of policies let go is asked to be deleted: that, and nothing else, and once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.service.world import World

from holdfast.db import backups, resources, tasks, vaults, work
from holdfast.db.task_tables import task as task_table
from holdfast.model import clock, ids
from holdfast.model.backup import Backup, BackupState, ImageType
from holdfast.model.policy import Policy, PolicyKind, Terms, TermsChange
from holdfast.model.retention import Retention
from holdfast.model.task import DeleteDetail, Ending, Operation, Page, Status, Task, TaskError
from holdfast.model.vault import ProtectType, Vault, VaultChange
from holdfast.service import backups as asked
from holdfast.service import policies, retention_previews, retentions, vault_policies
from holdfast.service import vaults as vault_service

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MIDNIGHT = ("FREQ=DAILY;INTERVAL=1;BYHOUR=0;BYMINUTE=0",)


def policy(world: World, *, enabled: bool = True, **retention: Any) -> Policy:
    terms = Terms(
        name="nightly",
        kind=PolicyKind.BACKUP,
        enabled=enabled,
        patterns=MIDNIGHT,
        retention=Retention(**retention),
    )
    return policies.create(world.context(), terms).policy


def follow(world: World, vault: Vault, policy: Policy) -> None:
    vault_policies.bind(world.context(), vault.id, [policy.id])


def taken(world: World, like: Backup, days: float, **more: Any) -> Backup:
    """Such a backup as a schedule made it so many days ago."""
    at = clock.now() - days * DAY
    made = replace(
        like, **({"id": ids.new(), "auto_trigger": True, "created_at": at, "protected_at": at} | more)
    )
    with world.db.transaction() as tx:
        backups.add(tx, made)
    return made


def carry_out(world: World, vault: Vault, resource_id: str | None = None) -> int:
    return retentions.carry_out(world.db, world.config, vault.project_id, vault.id, resource_id)


def waiting(world: World) -> list[Task]:
    """The deletes that wait, in the order in which they were asked for."""
    with world.db.reading() as tx:
        return [one for one in work.unfinished(tx, world.blue.id) if one.operation is Operation.DELETE]


def going(world: World) -> list[str]:
    return [task.backup_id or "" for task in waiting(world)]


def because(task: Task) -> tuple[str, ...]:
    """By which rules a backup is to be deleted."""
    assert isinstance(task.detail, DeleteDetail)
    return task.detail.because


def end(world: World, task: Task, status: Status) -> None:
    """A worker has done the task."""
    epoch = world.claim(task)
    with world.db.transaction() as tx:
        error = TaskError() if status is Status.SUCCESS else TaskError("BackupService.9910", "No.")
        if status is Status.SUCCESS:
            backups.remove(tx, task.backup_id or "")
        work.finish(tx, task.id, epoch, Ending(status=status, error=error))


def pass_by(world: World, ended: list[Task], time: timedelta) -> None:
    """So much time passes after these tasks."""
    for task in ended:
        with world.db.transaction() as tx:
            seq = tx.execute(sa.select(task_table.c.seq).where(task_table.c.id == task.id)).scalar_one()
            done = tasks.show(tx, [seq])[0]
            assert done.ended_at is not None
            tasks.rewrite(tx, seq, replace(done, ended_at=done.ended_at - time))


@pytest.fixture
def vault(world: World) -> Vault:
    return world.vault(world.directory())


@pytest.fixture
def hand(world: World, vault: Vault) -> Backup:
    """A backup that was taken by hand, long ago."""
    (backup,) = world.back_up(vault)
    with world.db.transaction() as tx:
        backups.remove(tx, backup.id)
        made = replace(backup, created_at=backup.created_at - 99 * DAY)
        backups.add(tx, made)
    return made


def test_what_is_too_many_and_too_old_gets_a_task_that_says_why(
    world: World, vault: Vault, hand: Backup
) -> None:
    made = policy(world, max_backups=2)
    follow(world, vault, made)
    kept = [taken(world, hand, days, policy_id=made.id) for days in (1, 2)]
    old = taken(world, hand, 9, policy_id=made.id, expired_at=clock.now() - HOUR)
    more = taken(world, hand, 3, policy_id=made.id)
    assert carry_out(world, vault) == 2
    first, second = waiting(world)
    assert (first.backup_id, second.backup_id) == (old.id, more.id)
    assert first.detail == DeleteDetail(backup_id=old.id, backup_name=old.name, because=("count", "age"))
    assert second.detail == DeleteDetail(backup_id=more.id, backup_name=more.name, because=("count",))
    assert first.policy_id == second.policy_id == made.id
    assert {first.status, first.vault_id, first.resource.id} == {Status.WAITING, vault.id, hand.resource_id}
    assert carry_out(world, vault) == 0
    assert not {hand.id, *(one.id for one in kept)} & set(going(world))


def test_the_first_of_this_month_stays_beside_the_number_and_the_preview_says_so(
    world: World, vault: Vault, hand: Backup
) -> None:
    midday = "UTC+12:00" if clock.now().hour in (23, 0) else "UTC+00:00"  # no month begins meanwhile
    made = policy(world, max_backups=1, keep_first_of_month=True, timezone=midday)
    follow(world, vault, made)
    newest, middle, first = (taken(world, hand, minutes / 1440, policy_id=made.id) for minutes in (1, 2, 3))
    told = {one.id: one.kept_because for one in retention_previews.find(world.context(), made.id)}
    assert told == {
        newest.id: ("max_backups", "last_good_backup"),
        middle.id: (),
        first.id: ("first_of_month",),
        hand.id: ("manual",),
    }
    assert carry_out(world, vault) == 1
    assert going(world) == [middle.id]
    policies.update(world.context(), made.id, TermsChange(keep_first_of_month=False))
    assert carry_out(world, vault) == 1
    assert going(world) == [middle.id, first.id]


def test_a_policy_that_is_off_gone_or_not_followed_takes_nothing_but_what_expires(
    world: World, vault: Vault, hand: Backup
) -> None:
    off, left = policy(world, enabled=False, max_backups=1), policy(world, max_backups=1)
    follow(world, vault, off)
    for number, policy_id in enumerate((off.id, left.id, "gone", None)):
        taken(world, hand, number + 1, policy_id=policy_id)
        taken(world, hand, number + 2, policy_id=policy_id)
    expired = taken(world, hand, 20, policy_id="gone", expired_at=clock.now() - HOUR)
    assert carry_out(world, vault) == 1
    assert going(world) == [expired.id]


def test_only_one_resource_is_looked_at_where_one_is_named(world: World) -> None:
    vault = world.vault(world.directory("a"), world.directory("b"))
    first, second = world.back_up(vault)
    follow(world, vault, policy(world, max_backups=1))
    for backup in (first, second):
        taken(world, backup, 1)
        taken(world, backup, 2)
    assert carry_out(world, vault, first.resource_id) == 1
    assert carry_out(world, vault) == 1
    assert len(going(world)) == len(set(going(world))) == 2


def test_what_is_in_use_waits_for_another_time(world: World, vault: Vault, hand: Backup) -> None:
    follow(world, vault, policy(world, max_backups=1))
    taken(world, hand, 1)
    restored, replicated, lent = (taken(world, hand, days) for days in (2, 3, 4))
    uses = (
        (restored, Operation.RESTORE, world.blue.id),
        (replicated, Operation.REPLICATION, world.blue.id),
        (lent, Operation.RESTORE, world.red.id),
    )
    used = [use(world, vault, *one) for one in uses]
    assert carry_out(world, vault) == 0
    for task in used:
        with world.db.transaction() as tx:
            work.close(tx, task.id, Ending(status=Status.SUCCESS))
    assert carry_out(world, vault) == 3


def use(world: World, vault: Vault, backup: Backup, operation: Operation, project_id: str) -> Task:
    """Something is done with a backup."""
    template = asked.delete_task(world.context(), vault, backup)
    task = replace(template, operation=operation, project_id=project_id)
    with world.db.transaction() as tx:
        tasks.add(tx, task)
    return task


def test_while_resources_leave_with_their_backups_nothing_goes(
    world: World, vault: Vault, hand: Backup
) -> None:
    follow(world, vault, policy(world, max_backups=1))
    taken(world, hand, 1)
    taken(world, hand, 2)
    task = use(world, vault, replace(hand, id=ids.new()), Operation.MIGRATE_RESOURCES, world.blue.id)
    assert carry_out(world, vault) == 0
    with world.db.transaction() as tx:
        work.close(tx, task.id, Ending(status=Status.SUCCESS))
    assert carry_out(world, vault) == 1


def test_a_locked_vault_lets_go_only_what_has_expired(world: World, vault: Vault, hand: Backup) -> None:
    follow(world, vault, policy(world, max_backups=1))
    taken(world, hand, 1)
    taken(world, hand, 2)
    expired = taken(world, hand, 3, expired_at=clock.now() - HOUR)
    vault_service.update(world.context(), vault.id, VaultChange(locked=True))
    assert carry_out(world, vault) == 1
    assert going(world) == [expired.id]


def test_what_could_not_be_deleted_is_tried_again_later_and_later(
    world: World, vault: Vault, hand: Backup
) -> None:
    follow(world, vault, policy(world, max_backups=1))
    taken(world, hand, 1)
    taken(world, hand, 2)
    failed: list[Task] = []
    for hours in (1, 4, 24, 24):
        assert carry_out(world, vault) == 1, hours
        failed += waiting(world)
        end(world, failed[-1], Status.FAILED)
        pass_by(world, failed, timedelta(hours=hours, minutes=-5))
        assert carry_out(world, vault) == 0, hours
        pass_by(world, failed, timedelta(minutes=5))


def test_failures_of_schedules_are_cleared_away_after_a_while(
    world: World, vault: Vault, hand: Backup
) -> None:
    def failed(days: float) -> Backup:
        return taken(world, hand, days, state=BackupState.ERROR, snapshot_id=None)

    recent, old = [failed(days) for days in range(1, 11)], [failed(11), failed(40)]
    assert carry_out(world, vault) == 2
    assert set(going(world)) == {one.id for one in old}
    assert {task.detail for task in waiting(world)} == {
        DeleteDetail(backup_id=one.id, backup_name=one.name, because=("old_failure",)) for one in old
    }
    assert not {one.id for one in recent} & set(going(world))


def test_two_servers_at_once_ask_once_for_each_and_many_are_asked_for_in_turns(
    world: World, vault: Vault, hand: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retentions, "MOST_AT_ONCE", 3)
    follow(world, vault, policy(world, max_backups=1))
    made = [taken(world, hand, days) for days in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: carry_out(world, vault), range(12)))
    assert (sum(counts), max(counts)) == (7, 3)
    assert sorted(going(world)) == sorted(one.id for one in made[1:])


def test_a_vault_that_is_gone_has_nothing_to_go(world: World) -> None:
    assert retentions.carry_out(world.db, world.config, world.blue.id, ids.new()) == 0


def test_what_is_being_done_is_judged_by_what_is_there_then(world: World, vault: Vault, hand: Backup) -> None:
    made = policy(world, max_backups=1)
    follow(world, vault, made)
    newest, older, oldest = (taken(world, hand, days, policy_id=made.id) for days in (1, 2, 3))
    assert carry_out(world, vault) == 2
    first, second = waiting(world)
    assert (first.backup_id, second.backup_id) == (oldest.id, older.id)

    def still_go() -> list[bool]:
        with world.db.reading() as tx:
            return [retentions.goes(tx, task) for task in (first, second)]

    assert still_go() == [True, True]
    asked.delete(world.context(), newest.id)
    asked.delete(world.context(), hand.id)
    # Each by itself would be the last one: whichever is asked first stays, and lets the other one go.
    assert still_go() == [False, False]
    with world.db.transaction() as tx:
        work.close(tx, first.id, Ending(status=Status.SKIPPED))
    with world.db.reading() as tx:
        assert not retentions.goes(tx, second)  # now the newer of two


def test_replicas_go_by_the_rules_of_the_policy_that_makes_them(world: World, vault: Vault) -> None:
    (backup,) = world.back_up(vault)
    replicas = world.vault(name="replicas", protect_type=ProtectType.REPLICATION)
    terms = Terms(
        name="away",
        kind=PolicyKind.REPLICATION,
        patterns=MIDNIGHT,
        retention=Retention(max_backups=1, duration_days=3),
        destination_project_id=world.blue.id,
        destination_region=world.config.region,
    )
    away = policies.create(world.context(), terms).policy
    vault_policies.bind(world.context(), vault.id, [away.id], replicas.id)
    more = {"vault_id": replicas.id, "image_type": ImageType.REPLICATION, "policy_id": away.id}
    _, old = (taken(world, backup, days, **more) for days in (1, 2))
    by_hand = taken(world, backup, 3, **more | {"auto_trigger": False, "policy_id": None})
    assert carry_out(world, replicas) == 1
    assert going(world) == [old.id] != [by_hand.id]
    with world.db.reading() as tx:
        at = clock.now()
        assert retentions.expires_at(tx, world.blue.id, away.id, at) == at + 3 * DAY
        assert retentions.expires_at(tx, world.blue.id, "gone", at) is None
        assert retentions.expires_at(tx, world.blue.id, None, at) is None


# ── whatever happens ────────────────────────────────────────────────────────────────────────────────────

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 2), st.integers(0, 60)),
        st.tuples(st.just("rule"), st.integers(0, 2), st.integers(-1, 3)),
        st.tuples(st.just("switch"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("drop"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("carry out"), st.just(0), st.just(0)),
    ),
    max_size=14,
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("take", 0, 8), ("take", 2, 0), ("take", 2, 0)])
@given(STEPS)
def test_what_is_done_is_what_the_preview_told_and_the_last_good_one_stays(
    world: World, steps: list[tuple[str, int, int]]
) -> None:
    Play(world).run(steps)


class Play:
    """A vault of one resource, three policies, of which it follows the last that was switched, and time."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.db.reading() as tx:
            found = resources.find(tx, world.blue.id)
            held = vaults.find(tx, vaults.VaultFilter(project_id=world.blue.id), Page())
        for one in held:
            with world.db.transaction() as tx:
                vaults.remove(tx, one.id)
        self.vault = world.vault(found[0] if found else world.directory())
        (self.like,) = world.back_up(self.vault)
        self.policies = [policy(world, max_backups=2) for _ in range(3)]
        follow(world, self.vault, self.policies[0])

    def run(self, steps: list[tuple[str, int, int]]) -> None:
        does: dict[str, Callable[[int, int], None]] = {
            "take": lambda which, hours: self.take(which, hours),
            "rule": lambda which, most: self.rule(which, most),
            "switch": lambda which, _: follow(self.world, self.vault, self.policies[which]),
            "drop": lambda place, _: self.drop(place),
            "carry out": lambda _, __: self.carry_out(),
        }
        for step, first, second in steps:
            does[step](first, second)
        self.carry_out()
        for one in self.policies:
            policies.delete(self.world.context(), one.id)

    def take(self, which: int, hours: int) -> None:
        expires = clock.now() + timedelta(hours=hours - 20) if hours % 3 == 0 else None
        policy_id = None if hours % 7 == 0 else self.policies[which].id
        taken(self.world, self.like, hours / 24, policy_id=policy_id, expired_at=expires)

    def rule(self, which: int, most: int) -> None:
        change = TermsChange(retention=Retention(max_backups=most, keep_first_of_month=most % 2 == 0))
        policies.update(self.world.context(), self.policies[which].id, change)

    def drop(self, place: int) -> None:
        here = self.held()
        if here:
            asked.delete(self.world.context(), here[place % len(here)].id)
            self.work_off()

    def held(self) -> list[Backup]:
        with self.world.db.reading() as tx:
            found = backups.held(tx, self.world.blue.id, [self.vault.id]).get(self.vault.id, [])
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def carry_out(self) -> None:
        before = self.held()
        followed = next(one for one in self.policies if self.follows(one))
        told = retention_previews.find(self.world.context(), followed.id)
        carry_out(self.world, self.vault)
        assert set(going(self.world)) == {one.id for one in told if one.goes}
        # What is on its way out is not counted: where one goes by its age, one that was too many may stay.
        sure = [task for task in waiting(self.world) if "age" in because(task) or not self.by_age()]
        with self.world.db.reading() as tx:
            assert all(retentions.goes(tx, task) for task in sure)
        self.work_off()
        after = self.held()
        assert not before or after[-1].id == before[-1].id
        assert carry_out(self.world, self.vault) == 0

    def by_age(self) -> bool:
        return any("age" in because(task) for task in waiting(self.world))

    def follows(self, one: Policy) -> bool:
        with self.world.db.reading() as tx:
            wanted = vaults.VaultFilter(project_id=self.world.blue.id, policy_id=one.id)
            return bool(vaults.find(tx, wanted, Page()))

    def work_off(self) -> None:
        for task in waiting(self.world):
            end(self.world, task, Status.SUCCESS)
