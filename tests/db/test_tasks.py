from datetime import timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, later, task

from holdfast.db import tasks, work
from holdfast.db.database import Database
from holdfast.db.task_tables import task as table
from holdfast.db.task_tables import task_recent
from holdfast.model.errors import InvalidParameter, TaskNotFound
from holdfast.model.task import Ending, Operation, Page, Status, Task, TaskError
from holdfast.model.task_filter import TaskFilter

EVERYTHING = TaskFilter(project_id=PROJECT)


def test_a_task_is_read_as_it_was_written(database: Database) -> None:
    written = task(
        status=Status.SKIPPED,
        error=TaskError("BackupService.6125", "busy"),
        vault_id=None,
        vault_name=None,
        policy_id="a policy",
        warnings=("/srv/letters/\udcff: permission denied",),
    )
    with database.transaction() as tx:
        tasks.add(tx, written)
        read = tasks.get(tx, PROJECT, written.id)
    assert read == replace(written, warnings=("/srv/letters/\ufffd: permission denied",))


@pytest.mark.parametrize("name", ["nul \0 byte", "half \udcff pair", "x" * 3000, "仓库 %_\\'"])
def test_no_name_stops_a_task_from_being_written_and_found(database: Database, name: str) -> None:
    odd = task(vault_name=name, resource_name=name)
    with database.transaction() as tx:
        tasks.add(tx, odd)
        assert tasks.find(tx, replace(EVERYTHING, vault_names=(name[:200],)), Page())[0].id == odd.id
        assert tasks.count(tx, replace(EVERYTHING, resource_names=(name[:200],))) == 1


def test_an_unknown_task_is_not_found(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task())
        for unknown in ("nothing", "", "\0"):
            with pytest.raises(TaskNotFound):
                tasks.get(tx, PROJECT, unknown)


def test_a_task_of_another_project_is_not_found(database: Database) -> None:
    theirs = task(project_id=OTHER_PROJECT)
    with database.transaction() as tx:
        tasks.add(tx, theirs)
        tasks.add(tx, task())
        with pytest.raises(TaskNotFound):
            tasks.get(tx, PROJECT, theirs.id)
        assert theirs.id not in {found.id for found in tasks.find(tx, EVERYTHING, Page())}
        with pytest.raises(InvalidParameter):
            tasks.find(tx, EVERYTHING, Page(marker=theirs.id))
        for wanted in (
            EVERYTHING,
            replace(EVERYTHING, vault_ids=("v",)),
            replace(EVERYTHING, resource_names=("let",)),
        ):
            assert tasks.count(tx, wanted) == 1


def test_the_same_id_twice_is_an_error_and_counts_once(database: Database) -> None:
    once = task()
    with database.transaction() as tx:
        tasks.add(tx, once)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as tx:
        tasks.add(tx, once)
    with database.reading() as tx:
        assert tasks.count(tx, EVERYTHING) == 1


def test_tasks_of_one_microsecond_keep_the_order_of_the_request(database: Database) -> None:
    made = [task() for _ in range(40)]
    with database.transaction() as tx:
        for one in made:
            tasks.add(tx, one)
    with database.reading() as tx:
        found = tasks.find(tx, EVERYTHING, Page())
    assert [one.id for one in found] == [one.id for one in reversed(made)]


def test_a_task_of_a_full_microsecond_finds_a_place_in_its_second(database: Database) -> None:
    first, beyond = task(), task()
    with database.transaction() as tx:
        tasks.add(tx, first)
        row = tx.execute(sa.select(table)).one()
        places = {row.seq - row.seq % 1024 + place for place in range(1024)}
        others = [{**row._mapping, "seq": place, "id": str(place)} for place in places - {row.seq}]
        tx.execute(sa.insert(table), others)
        recent = tx.execute(sa.select(task_recent)).one()
        tx.execute(
            sa.insert(task_recent), [{**recent._mapping, "seq": place} for place in places - {row.seq}]
        )
        tasks.add(tx, beyond)
        seq = tx.execute(sa.select(table.c.seq).where(table.c.id == beyond.id)).scalar_one()
        assert seq > max(places)
        assert tasks.count(tx, replace(EVERYTHING, resource_ids=("r",), begin=NOON, end=NOON)) == 1025
        assert tasks.get(tx, PROJECT, beyond.id) == beyond


def test_newer_tasks_come_first_whatever_the_order_of_writing(database: Database) -> None:
    made = {seconds: task(created_at=later(seconds)) for seconds in (5, -3, 0.000001, 0, 99)}
    with database.transaction() as tx:
        for one in made.values():
            tasks.add(tx, one)
        found = tasks.find(tx, EVERYTHING, Page())
    assert [one.id for one in found] == [made[seconds].id for seconds in sorted(made, reverse=True)]


def test_a_time_bound_includes_its_whole_last_second(database: Database) -> None:
    with database.transaction() as tx:
        for seconds in (-0.000001, 0, 0.999999, 1):
            tasks.add(tx, task(created_at=later(seconds)))
        assert tasks.count(tx, replace(EVERYTHING, begin=NOON, end=NOON)) == 2
        assert tasks.count(tx, replace(EVERYTHING, begin=NOON)) == 3
        assert tasks.count(tx, replace(EVERYTHING, end=NOON)) == 3
        assert len(tasks.find(tx, replace(EVERYTHING, begin=NOON, end=NOON), Page())) == 2


def test_time_bounds_may_be_absurd(database: Database) -> None:
    first, last = (
        NOON.replace(year=1),
        NOON.replace(year=9999, month=12, day=31, hour=23, minute=59, second=59),
    )
    with database.transaction() as tx:
        tasks.add(tx, task())
        assert tasks.count(tx, replace(EVERYTHING, begin=first, end=last)) == 1
        assert tasks.count(tx, replace(EVERYTHING, begin=last, end=first)) == 0
        assert tasks.find(tx, replace(EVERYTHING, begin=last), Page()) == []


def test_names_match_as_parts_and_nothing_is_a_wildcard(database: Database) -> None:
    with database.transaction() as tx:
        for name in ("Alpha_1", "alpha%1", "beta"):
            tasks.add(tx, task(vault_name=name, resource_name=name, vault_id=name))
        for part, matches in (
            ("lpha", 2),
            ("Alpha", 1),
            ("_", 1),
            ("%", 1),
            ("a", 3),
            ("", 3),
            ("\\", 0),
            ("\0", 0),
        ):
            assert tasks.count(tx, replace(EVERYTHING, vault_names=(part,))) == matches, part
            assert tasks.count(tx, replace(EVERYTHING, resource_names=(part,))) == matches, part


def test_a_renamed_vault_is_found_by_id_and_by_both_names(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task(vault_name="old", created_at=NOON))
        tasks.add(tx, task(vault_name="new", created_at=later(1)))
        assert [one.vault_name for one in tasks.find(tx, replace(EVERYTHING, vault_ids=("v",)), Page())] == [
            "new",
            "old",
        ]
        assert tasks.count(tx, replace(EVERYTHING, vault_names=("old",))) == 1
        assert tasks.count(tx, replace(EVERYTHING, vault_ids=("v",), vault_names=("new",))) == 1


def test_a_filter_on_what_no_task_has_finds_nothing(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task(vault_id=None, vault_name=None))
        for wanted in (
            TaskFilter(project_id="nobody"),
            replace(EVERYTHING, provider_ids=("unknown",)),
            replace(EVERYTHING, enterprise_project_ids=("7",)),
            replace(EVERYTHING, vault_ids=("v",)),
            replace(EVERYTHING, vault_ids=("",)),
            replace(EVERYTHING, resource_ids=("unknown",)),
            replace(EVERYTHING, operations=(Operation.COPY,)),
            replace(EVERYTHING, statuses=(Status.TIMEOUT,)),
        ):
            assert tasks.count(tx, wanted) == 0
            assert tasks.find(tx, wanted, Page()) == []


def test_a_marker_that_names_no_task_is_refused(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task())
        with pytest.raises(InvalidParameter) as refused:
            tasks.find(tx, EVERYTHING, Page(marker="nothing"))
    assert refused.value.field == "marker"


def test_every_page_together_holds_each_task_once(database: Database) -> None:
    with database.transaction() as tx:
        for seconds in range(23):
            tasks.add(tx, task(created_at=later(seconds // 4)))
        by_offset = [
            one.id
            for offset in range(0, 35, 5)
            for one in tasks.find(tx, EVERYTHING, Page(limit=5, offset=offset))
        ]
        by_marker: list[str] = []
        while found := tasks.find(tx, EVERYTHING, Page(limit=5, marker=by_marker[-1] if by_marker else None)):
            by_marker += [one.id for one in found]
        whole = [one.id for one in tasks.find(tx, EVERYTHING, Page())]
    assert len(set(whole)) == 23
    assert by_offset == by_marker == whole


def test_a_page_stays_where_it_was_while_tasks_are_added(database: Database) -> None:
    with database.transaction() as tx:
        for seconds in range(6):
            tasks.add(tx, task(created_at=later(seconds)))
        first = tasks.find(tx, EVERYTHING, Page(limit=3))
        tasks.add(tx, task(created_at=later(100)))
        second = tasks.find(tx, EVERYTHING, Page(limit=3, marker=first[-1].id))
    assert [one.created_at for one in second] == [later(2), later(1), later(0)]


def test_an_unfinished_task_shows_how_far_it_got(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        tasks.add(tx, one)
        claim = work.claim(tx, one.id, "a worker")
        assert claim is not None
        figures = replace(one.figures, bytes_done=7, bytes_total=9)
        work.tell(tx, one.id, claim.epoch, 77, figures)
        shown: list[Task] = [tasks.get(tx, PROJECT, one.id), *tasks.find(tx, EVERYTHING, Page())]
    for each in shown:
        assert (each.progress, each.figures, each.status) == (77, figures, Status.RUNNING)
        assert each.started_at is not None
        assert each.updated_at >= each.started_at >= each.created_at


def test_an_ended_task_keeps_what_was_told_last(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        tasks.add(tx, one)
        claim = work.claim(tx, one.id, "a worker")
        assert claim is not None
        work.tell(tx, one.id, claim.epoch, 40, replace(one.figures, bytes_done=4))
        work.finish(tx, one.id, claim.epoch, Ending(status=Status.FAILED, error=TaskError("X", "broken")))
        ended = tasks.get(tx, PROJECT, one.id)
    assert (ended.progress, ended.figures.bytes_done) == (40, 4)
    assert ended.error == TaskError("X", "broken")
    assert ended.ended_at == ended.updated_at
    assert ended.ended_at is not None
    assert ended.ended_at - one.created_at > timedelta(0)
