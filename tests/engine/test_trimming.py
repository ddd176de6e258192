"""What projects no longer keep is deleted by workers, and nothing else is."""

from datetime import datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from tests.db.making import task
from tests.db.many import add_many
from tests.engine.house import House, wait_until

from holdfast.db import histories, projects, tasks
from holdfast.db.history import sealing
from holdfast.db.history.sealing import Limits
from holdfast.db.history.trimming import AT_ONCE
from holdfast.db.tables import audit
from holdfast.db.task_tables import task_event
from holdfast.engine import trimming
from holdfast.engine.halt import Halt
from holdfast.engine.trimming import Trimmer
from holdfast.model import clock, ids
from holdfast.model.history import EVENTS_LEFT
from holdfast.model.project import Project
from holdfast.model.task import Page, Status
from holdfast.model.task_filter import TaskFilter

DAY = timedelta(days=1)


def made(house: House, days_ago: float, status: Status = Status.SUCCESS, project_id: str = "") -> str:
    """A task that was made so long ago."""
    one = task(
        project_id=project_id or house.project.id, created_at=clock.now() - days_ago * DAY, status=status
    )
    with house.db.transaction() as tx:
        tasks.add(tx, one)
    return one.id


def there(house: House, project_id: str = "") -> set[str]:
    """The ids of the tasks that are there."""
    with house.db.reading() as tx:
        found = tasks.find(tx, TaskFilter(project_id=project_id or house.project.id), everything())
    return {one.id for one in found}


def everything() -> Page:
    return Page(limit=10_000)


def trimmer(house: House, days: int = 400, halt: Halt | None = None) -> Trimmer:
    config = msgspec.structs.replace(house.config, history_days=days)
    return Trimmer(house.db, config, halt or Halt(), rest_seconds=0)


def another(house: House, name: str) -> str:
    project = Project(id=ids.new_project(), name=name, created_at=clock.now())
    with house.db.transaction() as tx:
        projects.add(tx, project)
    return project.id


def set_days(house: House, days: int | None, project_id: str = "") -> None:
    with house.db.transaction() as tx:
        histories.set_days(tx, project_id or house.project.id, days)


def test_what_ended_and_is_older_than_the_configuration_says_goes(house: House) -> None:
    young, waiting = made(house, 399), made(house, 900, Status.WAITING)
    for days in (401, 500, 5000):
        made(house, days)
    assert trimmer(house).look() == trimming.PAUSE_SECONDS
    assert there(house) == {young, waiting}


def test_a_project_has_a_rule_of_its_own(house: House) -> None:
    other = another(house, "other")
    set_days(house, 10)
    young, old = made(house, 9), made(house, 500, project_id=other)
    made(house, 11)
    trimmer(house, 1000).look()
    assert (there(house), there(house, other)) == ({young}, {old})
    set_days(house, None)
    set_days(house, 499, other)
    trimmer(house, 8).look()
    assert (there(house), there(house, other)) == (set(), set())


def test_zero_days_are_for_ever_but_where_a_project_says_otherwise(house: House) -> None:
    other = another(house, "other")
    old = made(house, 30_000)
    made(house, 30, project_id=other)
    set_days(house, 20, other)
    trimmer(house, 0).look()
    assert (there(house), there(house, other)) == ({old}, set())


def test_a_project_that_was_removed_is_trimmed_as_the_configuration_says(house: House) -> None:
    gone = another(house, "gone")
    made(house, 500, project_id=gone)
    young = made(house, 300, project_id=gone)
    set_days(house, 1, gone)
    with house.db.transaction() as tx:
        projects.remove(tx, gone)
    trimmer(house).look()
    assert there(house, gone) == {young}


def test_what_segments_hold_goes_a_few_at_a_time_and_the_rest_is_found(house: House) -> None:
    with house.db.transaction() as tx:
        first = task(project_id=house.project.id, created_at=clock.now() - 500 * DAY, status=Status.FAILED)
        known = add_many(tx, first, 700, apart=DAY / 4)
    limits = Limits(seal_at=100, keep=50, at_once=250, full=250, most=250, worth=1)
    while sealing.seal(house.db, house.project.id, limits):
        pass
    young = known[401:]  # the one before them is 400 days old, and a little more by now
    assert trimmer(house).look() == trimming.PAUSE_SECONDS
    assert there(house) == set(young)
    assert len(known) - len(young) > AT_ONCE  # several steps


def test_a_worker_that_stops_does_not_go_on(house: House) -> None:
    made(house, 500)
    halt = Halt()
    halt.close()
    trimmer(house, halt=halt).look()
    assert len(there(house)) == 1


@pytest.mark.parametrize("days", [400, 0])
def test_old_events_go_whatever_the_rule_but_for_the_newest(house: House, days: int) -> None:
    for _ in range(20):
        made(house, 1)
    with house.db.transaction() as tx:
        more = EVENTS_LEFT + 5
        row = tx.execute(sa.select(task_event).limit(1)).one()._mapping
        rows = [{**row, "number": 21 + place} for place in range(more - 20)]
        tx.execute(sa.insert(task_event), rows)
        tx.execute(sa.text(f"UPDATE task_project SET events = {more}"))
    trimmer(house, days).look()
    assert len(events(house)) == more  # of today
    with house.db.transaction() as tx:
        tx.execute(sa.update(task_event).values(at=clock.now() - 8 * DAY))
    trimmer(house, days).look()
    assert events(house) == list(range(6, more + 1))


def events(house: House) -> list[int]:
    with house.db.reading() as tx:
        return list(tx.scalars(sa.select(task_event.c.number).order_by(task_event.c.number)))


def test_the_audit_trail_is_kept_as_long_as_the_tasks(house: House) -> None:
    set_days(house, 30)
    for owner, days in ((house.project.id, 29), (house.project.id, 31), ("a domain", 399), ("a domain", 401)):
        with house.db.transaction() as tx:
            tx.execute(sa.insert(audit).values(entry(owner, clock.now() - days * DAY)))
    trimmer(house).look()
    with house.db.reading() as tx:
        left = tx.execute(sa.select(audit.c.project_id, audit.c.at)).all()
    ages = {(row.project_id, round((clock.now() - row.at) / DAY)) for row in left}
    assert ages == {(house.project.id, 29), ("a domain", 399)}


def entry(owner: str, at: datetime) -> dict[str, object]:
    said = {"request_id": "q", "user_id": "u", "user_name": "n", "method": "PUT", "route": "/", "path": "/"}
    return {"project_id": owner, "at": at, **said}


def test_a_worker_does_it(house: House) -> None:
    young = made(house, 1)
    made(house, 500)
    with house.working():
        wait_until(lambda: there(house) == {young}, lambda: f"{there(house)}")
