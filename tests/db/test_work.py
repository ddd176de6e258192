from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from tests.db.making import OTHER_PROJECT, PROJECT, later, removal_of, restore_to, task

from holdfast.db import dispatch as dispatching
from holdfast.db import tasks, work
from holdfast.db.database import Database
from holdfast.db.task_tables import work as table
from holdfast.model.errors import Fenced, TaskNotFound
from holdfast.model.task import (
    Ending,
    Figures,
    Operation,
    Phase,
    RestoreDetail,
    Status,
    Task,
    TaskError,
    VaultDeleteDetail,
)
from holdfast.model.task_filter import TaskFilter

Result = TypeVar("Result")
SUCCESS = Ending(status=Status.SUCCESS)


def add(tx: Connection, *made: Task) -> None:
    for one in made:
        tasks.add(tx, one)


def dispatch(tx: Connection, limit: int = 100, site: str = "here") -> list[str]:
    return [one.task_id for one in dispatching.dispatch(tx, "a worker", (site,), limit)]


def finish(tx: Connection, task_id: str) -> None:
    claim = work.claim(tx, task_id, "a worker")
    assert claim is not None
    work.finish(tx, task_id, claim.epoch, SUCCESS)


# ── who may start ───────────────────────────────────────────────────────────────────────────────────────


def test_the_oldest_of_each_resource_is_dispatched_and_the_next_when_it_ended(database: Database) -> None:
    first, second = task(resource_id="a", created_at=later(1)), task(resource_id="a", created_at=later(2))
    other = task(resource_id="b", created_at=later(3))
    with database.transaction() as tx:
        add(tx, other, second, first)
        assert dispatch(tx) == [first.id, other.id]
        assert dispatch(tx) == []
        finish(tx, first.id)
        assert dispatch(tx) == [second.id]


def test_a_restore_is_dispatched_before_an_older_backup(database: Database) -> None:
    backup, restore = task(resource_id="a", created_at=later(1)), restore_to("a", created_at=later(2))
    with database.transaction() as tx:
        add(tx, backup, restore)
        assert dispatch(tx) == [restore.id]


def test_a_restore_holds_up_its_target_its_source_and_its_disks(database: Database) -> None:
    detail = RestoreDetail(
        backup_id="b", backup_name="n", target_resource_id="target", volumes={"a disk's backup": "disk"}
    )
    restore = task(Operation.RESTORE, "source", detail=detail)
    backups = [task(resource_id=one) for one in ("target", "source", "disk", "free")]
    with database.transaction() as tx:
        add(tx, restore, *backups)
        assert dispatch(tx) == [restore.id, backups[3].id]


def test_a_removal_waits_for_each_of_its_resources(database: Database) -> None:
    backup, removal = task(resource_id="b", created_at=later(1)), removal_of("a", "b", created_at=later(2))
    after = task(resource_id="a", created_at=later(3))
    with database.transaction() as tx:
        add(tx, backup)
        assert dispatch(tx) == [backup.id]
        add(tx, removal)
        assert dispatch(tx) == []
        finish(tx, backup.id)
        add(tx, after)
        assert dispatch(tx) == [removal.id]


def test_a_vault_delete_waits_for_its_vault_and_then_has_it_for_itself(database: Database) -> None:
    backup = task(resource_id="a", created_at=later(1))
    delete = task(Operation.VAULT_DELETE, "v", detail=VaultDeleteDetail(), created_at=later(2))
    elsewhere = task(resource_id="c", vault_id="another", created_at=later(3))
    late = task(resource_id="b", created_at=later(4))
    with database.transaction() as tx:
        add(tx, backup, delete, elsewhere)
        assert dispatch(tx) == [backup.id, elsewhere.id]
        finish(tx, backup.id)
        assert dispatch(tx) == [delete.id]
        add(tx, late)
        assert dispatch(tx) == []
        finish(tx, delete.id)
        assert dispatch(tx) == [late.id]


def test_a_task_without_a_vault_waits_for_no_vault(database: Database) -> None:
    sync = task(Operation.SYNC, "a", vault_id=None, vault_name=None)
    delete = task(Operation.VAULT_DELETE, "v", detail=VaultDeleteDetail(), created_at=later(1))
    with database.transaction() as tx:
        add(tx, sync, delete)
        assert dispatch(tx) == [sync.id, delete.id]


def test_a_site_gets_its_own_tasks_and_those_of_no_site(database: Database) -> None:
    berlin, anywhere = task(resource_id="a"), task(resource_id="b", created_at=later(1))
    with database.transaction() as tx:
        tasks.add(tx, berlin, site="berlin")
        tasks.add(tx, anywhere)
        assert dispatch(tx, site="paris") == [anywhere.id]
        work.give_back(tx, "a worker")
        assert dispatch(tx, site="berlin") == [berlin.id, anywhere.id]


def test_no_more_are_dispatched_than_asked_for(database: Database) -> None:
    with database.transaction() as tx:
        add(tx, *(task(resource_id=str(number), created_at=later(number)) for number in range(5)))
        assert len(dispatch(tx, limit=3)) == 3
        assert len(dispatch(tx, limit=3)) == 2
        assert len(work.dispatched(tx)) == 5


def test_ended_tasks_are_not_dispatched(database: Database) -> None:
    with database.transaction() as tx:
        add(tx, task(status=Status.SKIPPED))
        assert dispatch(tx) == []


def at_once(do: Callable[[int], Result], number: int = 4) -> list[Result]:
    barrier = Barrier(number)

    def begin(place: int) -> Result:
        barrier.wait()
        return do(place)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


def test_workers_at_once_never_dispatch_two_tasks_of_one_resource(database: Database) -> None:
    with database.transaction() as tx:
        add(tx, *(task(resource_id=str(number % 5), created_at=later(number)) for number in range(20)))
    chosen: list[str] = []

    def one_worker(_: int) -> None:
        for _round in range(3):
            with database.transaction() as tx:
                chosen.extend(dispatch(tx, limit=2))

    at_once(one_worker)
    assert len(chosen) == len(set(chosen)) == 5
    with database.reading() as tx:
        touched = [one.resource.id for one in work.unfinished(tx, PROJECT) if one.id in chosen]
    assert sorted(touched) == ["0", "1", "2", "3", "4"]


# ── whose it is ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_starts_the_task_once_and_counts_executions(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        first = work.claim(tx, one.id, "a worker")
        second = work.claim(tx, one.id, "another")
    assert first is not None
    assert second is not None
    assert (first.epoch, first.attempt, second.epoch, second.attempt) == (1, 1, 2, 2)
    assert first.task.status is Status.RUNNING
    assert first.task.started_at is not None
    assert second.task.started_at == first.task.started_at


def test_a_claim_of_what_has_ended_or_never_was_is_none(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        finish(tx, one.id)
        assert work.claim(tx, one.id, "a worker") is None
        assert work.claim(tx, "nothing", "a worker") is None


def test_workers_that_claim_at_once_get_different_epochs(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)

    def claim(place: int) -> int:
        with database.transaction() as tx:
            claimed = work.claim(tx, one.id, str(place))
        assert claimed is not None
        return claimed.epoch

    assert sorted(at_once(claim)) == [1, 2, 3, 4]
    with database.reading() as tx:
        running = TaskFilter(project_id=PROJECT, statuses=(Status.RUNNING,))
        assert tasks.count(tx, running) == 1


def test_whoever_lost_a_task_can_write_nothing_about_it(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        lost, held = work.claim(tx, one.id, "asleep"), work.claim(tx, one.id, "awake")
    assert lost is not None
    assert held is not None
    with pytest.raises(Fenced), database.transaction() as tx:
        work.tell(tx, one.id, lost.epoch, 50, Figures())
    with pytest.raises(Fenced), database.transaction() as tx:
        work.finish(tx, one.id, lost.epoch, SUCCESS)
    with database.transaction() as tx:
        assert tasks.get(tx, PROJECT, one.id).progress == 0
        work.finish(tx, one.id, held.epoch, SUCCESS)


def test_workers_that_finish_at_once_end_the_task_once(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        claim = work.claim(tx, one.id, "a worker")
    assert claim is not None
    statuses = (Status.SUCCESS, Status.FAILED, Status.TIMEOUT, Status.FAILED)

    def end(place: int) -> Status | None:
        try:
            with database.transaction() as tx:
                work.finish(tx, one.id, claim.epoch, Ending(status=statuses[place]))
        except Fenced:
            return None
        return statuses[place]

    ended = [status for status in at_once(end) if status is not None]
    with database.reading() as tx:
        assert [tasks.get(tx, PROJECT, one.id).status] == ended


# ── how it goes and how it ends ─────────────────────────────────────────────────────────────────────────


def test_progress_of_an_unfinished_task_stays_below_a_hundred(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        claim = work.claim(tx, one.id, "a worker")
        assert claim is not None
        for told, shown in ((-3, 0), (55, 55), (100, 99)):
            work.tell(tx, one.id, claim.epoch, told, Figures())
            assert tasks.get(tx, PROJECT, one.id).progress == shown


def test_a_task_is_at_something_while_somebody_performs_it_and_only_then(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        assert tasks.get(tx, PROJECT, one.id).phase == ""
        claim = work.claim(tx, one.id, "a worker")
        assert claim is not None
        assert tasks.get(tx, PROJECT, one.id).phase == Phase.PREPARING
        work.enter(tx, one.id, claim.epoch, Phase.READING)
        work.tell(tx, one.id, claim.epoch, 5, Figures(bytes_per_second=7))
        shown = tasks.get(tx, PROJECT, one.id)
        assert (shown.phase, shown.figures.bytes_per_second) == (Phase.READING, 7)
        with pytest.raises(Fenced):
            work.enter(tx, one.id, claim.epoch + 1, Phase.FINISHING)
        work.put_down(tx, one.id, claim.epoch)
        assert tasks.get(tx, PROJECT, one.id).phase == ""
        again = work.claim(tx, one.id, "another")
        assert again is not None
        work.finish(tx, one.id, again.epoch, SUCCESS)
        shown = tasks.get(tx, PROJECT, one.id)
        assert (shown.phase, shown.figures.bytes_per_second) == ("", 0)


def test_success_is_a_hundred_per_cent_and_leaves_nothing_under_way(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        claim = work.claim(tx, one.id, "a worker")
        assert claim is not None
        ending = Ending(
            status=Status.SUCCESS,
            detail=VaultDeleteDetail(total_count=3),
            figures=Figures(bytes_done=9),
            warnings=("one",),
        )
        work.finish(tx, one.id, claim.epoch, ending)
        ended = tasks.get(tx, PROJECT, one.id)
        assert work.unfinished(tx, PROJECT) == []
        assert tx.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert (ended.progress, ended.status) == (100, Status.SUCCESS)
    assert (ended.detail, ended.figures, ended.warnings) == (ending.detail, ending.figures, ending.warnings)


def test_a_task_does_not_end_in_a_status_that_is_no_end(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        with pytest.raises(ValueError, match="running"):
            work.close(tx, one.id, Ending(status=Status.RUNNING))


def test_closing_ends_a_task_whoever_holds_it_and_only_once(database: Database) -> None:
    one, never_started = task(), task()
    lost = Ending(status=Status.FAILED, error=TaskError("BackupService.9999", "gave up"))
    with database.transaction() as tx:
        add(tx, one, never_started)
        claim = work.claim(tx, one.id, "a worker")
        assert claim is not None
        assert work.close(tx, one.id, lost) is True
        assert work.close(tx, one.id, SUCCESS) is False
        assert work.close(tx, "nothing", SUCCESS) is False
        assert tasks.get(tx, PROJECT, one.id).error == lost.error
        with pytest.raises(Fenced):
            work.finish(tx, one.id, claim.epoch, SUCCESS)
        assert work.close(tx, never_started.id, lost) is True
        assert tasks.get(tx, PROJECT, never_started.id).started_at is None


def test_a_cancel_is_seen_with_the_next_progress(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        claim = work.claim(tx, one.id, "a worker")
        assert claim is not None
        assert claim.cancel_requested is False
        assert work.tell(tx, one.id, claim.epoch, 1, Figures()) is False
        work.request_cancel(tx, PROJECT, one.id)
        assert work.tell(tx, one.id, claim.epoch, 2, Figures()) is True
        again = work.claim(tx, one.id, "another")
        assert again is not None
        assert again.cancel_requested is True


def test_a_cancel_of_what_has_ended_changes_nothing(database: Database) -> None:
    one = task(status=Status.SKIPPED)
    with database.transaction() as tx:
        add(tx, one)
        work.request_cancel(tx, PROJECT, one.id)
        assert tasks.get(tx, PROJECT, one.id) == one


def test_a_cancel_from_another_project_is_refused(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        with pytest.raises(TaskNotFound):
            work.request_cancel(tx, OTHER_PROJECT, one.id)
        claim = work.claim(tx, one.id, "a worker")
    assert claim is not None
    assert claim.cancel_requested is False


def test_unfinished_tasks_are_found_by_what_they_concern(database: Database) -> None:
    backup = task(resource_id="a", backup_id="b1", created_at=later(1))
    restore = restore_to("t", resource_id="a", vault_id="w", created_at=later(2))
    removal = removal_of("x", "y", created_at=later(3))
    ended = task(resource_id="a", status=Status.FAILED)
    theirs = task(resource_id="a", project_id=OTHER_PROJECT)
    with database.transaction() as tx:
        add(tx, backup, restore, removal, ended, theirs)
        found = {
            "all": work.unfinished(tx, PROJECT),
            "vault": work.unfinished(tx, PROJECT, vault_id="w"),
            "backup": work.unfinished(tx, PROJECT, backup_id="b1"),
            "source": work.unfinished(tx, PROJECT, resource_id="a"),
            "target": work.unfinished(tx, PROJECT, resource_id="t"),
            "removed": work.unfinished(tx, PROJECT, resource_id="y"),
            "both": work.unfinished(tx, PROJECT, vault_id="v", resource_id="a"),
            "other": work.unfinished(tx, OTHER_PROJECT, resource_id="t"),
        }
    assert {name: [one.id for one in some] for name, some in found.items()} == {
        "all": [backup.id, restore.id, removal.id],
        "vault": [restore.id],
        "backup": [backup.id],
        "source": [backup.id, restore.id],
        "target": [restore.id],
        "removed": [removal.id],
        "both": [backup.id],
        "other": [],
    }
    assert found["all"][0] == backup
