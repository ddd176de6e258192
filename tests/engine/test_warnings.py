"""What goes wrong with single files: in the task's log, whole, once, whoever performs the task; and what is
odd about a backup that went well."""

from pathlib import Path

import pytest
from tests.engine.house import House, succeeded, wait_until

from holdfast.db import task_warnings, work
from holdfast.engine.deadline import Deadline
from holdfast.engine.halt import Halt
from holdfast.engine.meter import Meter
from holdfast.engine.operations import backup
from holdfast.engine.repositories import Repositories
from holdfast.engine.telling import Telling
from holdfast.engine.tools import Tools, Work
from holdfast.model.entry import Unreadable
from holdfast.model.task import SUSPICIOUSLY_SMALL, Phase, Task

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PROBLEMS = ["patchy/hidden: Permission denied", "patchy/rotten: Input/output error"]


def log_of(house: House, task: Task) -> list[str]:
    with house.db.reading() as tx:
        return list(task_warnings.find(tx, task.id, 0, 100))


def executed(house: House, task_id: str, *said_before: str) -> None:
    """One execution of a backup, by a worker that dies when all is stored and nothing is written."""
    tools = Tools(house.db, house.config, Repositories(house.db, house.config.store_url), "dead")
    with house.db.transaction() as tx:
        claim = work.claim(tx, task_id, "dead")
    assert claim is not None
    meter = Meter(Telling(claim, tools.ask, Deadline(claim.task, house.config)).tell, Halt())
    for said in said_before:
        meter.warn(Unreadable(said.encode(), "gone"))
    meter.tell()
    if not said_before:
        backup.run(Work(claim.task, claim.epoch, meter), tools)


def test_what_could_not_be_read_is_in_the_log(house: House) -> None:
    vault = house.vault(house.source("Patchy", sound=True))
    with house.working():
        task = succeeded(house.back_up(vault))
    assert log_of(house, task) == list(task.warnings) == PROBLEMS
    assert (task.figures.warning_count, task.flags) == (2, ())


def test_a_task_that_failed_keeps_its_log(house: House) -> None:
    vault = house.vault(house.source("Patchy", sound=False))
    with house.working():
        task = house.back_up(vault)
    assert task.error.message.startswith("Nothing could be read.")
    assert log_of(house, task) == list(task.warnings) == PROBLEMS


def test_whoever_takes_over_begins_the_log_anew_where_all_is_done_anew(house: House) -> None:
    task_id = house.start_backup(house.vault(house.source("Patchy", sound=True)))
    executed(house, task_id, "patchy/gone", "patchy/hidden")
    assert log_of(house, house.task(task_id)) == ["patchy/gone: gone", "patchy/hidden: gone"]
    with house.working():
        task = succeeded(house.ended(task_id))
    assert log_of(house, task) == PROBLEMS
    assert task.figures.warning_count == 2


def test_whoever_takes_over_goes_on_with_the_log_where_all_was_done(house: House) -> None:
    vault = house.vault(house.source("Patchy", sound=True))
    task_id = house.start_backup(vault)
    executed(house, task_id)
    assert len(house.repository(vault).snapshots()) == 1
    with house.working():
        task = succeeded(house.ended(task_id))
    assert len(house.repository(vault).snapshots()) == 1
    assert log_of(house, task) == list(task.warnings) == PROBLEMS
    assert task.figures.warning_count == 2


def test_a_restore_says_what_could_not_be_put_down(house: House) -> None:
    vault = house.vault(house.directory("home", {"a/letter.txt": b"dear all", "b/letter.txt": b"hello"}))
    with house.working():
        taken = succeeded(house.back_up(vault))
        in_the_way = house.folder / "home" / "a"
        (in_the_way / "letter.txt").unlink()
        (in_the_way / "letter.txt").mkdir()
        (in_the_way / "letter.txt" / "more").touch()
        task = house.restore(taken.backup_id or "")
    assert "1 could not be restored" in task.error.message
    (line,) = log_of(house, task)
    assert line.startswith(f"{str(in_the_way).lstrip('/')}/letter.txt: ")
    assert task.warnings == (line,)


def fill(folder: Path, number: int) -> None:
    for place in range(number):
        (folder / f"{place}.txt").write_text(f"letter {place}")


def test_a_resource_that_was_emptied_is_backed_up_and_flagged(house: House) -> None:
    resource = house.directory("home", {"letter.txt": b"dear all"})
    vault = house.vault(resource)
    home = house.folder / "home"
    fill(home, 30)
    with house.working():
        assert succeeded(house.back_up(vault)).flags == ()
        assert succeeded(house.back_up(vault)).flags == ()
        for place in range(30):
            (home / f"{place}.txt").unlink()
        task = succeeded(house.back_up(vault))
        assert task.flags == (SUSPICIOUSLY_SMALL,)
        assert task.warnings[0].startswith("suspiciously small: 8 bytes in 1 files, where ")
        assert log_of(house, task) == list(task.warnings)
        assert task.figures.warning_count == 1
        fill(home, 25)
        assert succeeded(house.back_up(vault)).flags == ()


def test_a_running_task_says_what_it_is_at_and_how_fast(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    with house.working():
        task_id = house.start_backup(vault)
        wait_until(
            lambda: (
                house.task(task_id).phase == Phase.READING
                and house.task(task_id).figures.bytes_per_second > 0
            ),
            lambda: f"{house.task(task_id)}",
        )
        gate.touch()
        task = succeeded(house.ended(task_id))
    assert (task.phase, task.figures.bytes_per_second) == ("", 0)
