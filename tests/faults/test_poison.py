"""A task that kills every worker that takes it up."""

import signal

import pytest
from tests.engine.house import House, succeeded
from tests.engine.working import start

from holdfast.engine.perform import MAX_ATTEMPTS
from holdfast.model.backup import BackupStatus
from holdfast.model.task import Status

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_task_that_kills_its_workers_is_given_up_and_others_are_not(house: House) -> None:
    task_id = house.start_backup(house.vault(house.source("Deadly")))
    for _ in range(MAX_ATTEMPTS):
        assert start(house, "w1").wait(60) == -signal.SIGKILL
    with house.working("w1"):
        task = house.ended(task_id)
        succeeded(house.back_up(house.vault(house.directory("home", {"letter.txt": b"dear all"}))))
    assert task.status is Status.FAILED
    assert f"{MAX_ATTEMPTS} times" in task.error.message
    assert house.backup(task).status is BackupStatus.ERROR
