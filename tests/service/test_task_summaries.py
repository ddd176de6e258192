from datetime import timedelta

from tests.db.making import task
from tests.service.world import World

from holdfast.db import tasks
from holdfast.model import clock
from holdfast.model.project import Role
from holdfast.model.task import Status
from holdfast.model.task_filter import TaskFilter
from holdfast.service import task_summaries


def test_a_reader_sees_what_became_of_the_tasks_of_the_project(world: World) -> None:
    vault = world.vault(world.directory("letters"), world.directory("photos"))
    letters, photos = world.start(vault)
    world.succeed(letters)
    world.fail(photos)
    told = task_summaries.show(world.context(Role.READER), TaskFilter(project_id=world.blue.id))
    assert told.total.counts[Status.SUCCESS] == told.total.counts[Status.FAILED] == 1
    assert told.total.success_rate == 0.5
    assert [(one.id, one.name) for one in told.vaults.first] == [(vault.id, "v1")]
    assert [(one.code, one.newest.id) for one in told.errors.first] == [("BackupService.6302", photos.id)]


def test_another_project_is_never_in_it_whatever_the_filter_says(world: World) -> None:
    world.start(world.vault(world.directory()))
    asked = TaskFilter(project_id=world.blue.id)
    assert task_summaries.show(world.context(project=world.red), asked).total.count == 0


def test_today_is_the_last_day_and_older_tasks_are_not_looked_at(world: World) -> None:
    with world.db.transaction() as tx:
        for days in (0, 40):
            tasks.add(tx, task(project_id=world.blue.id, created_at=clock.now() - timedelta(days=days)))
    told = task_summaries.show(world.context(), TaskFilter(project_id=world.blue.id), "Pacific/Auckland")
    assert (told.total.count, told.days[-1].tally.count, len(told.days)) == (1, 1, 30)
