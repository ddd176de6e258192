"""A worker killed as it claims a task of each kind, as it ends it, and when it has just ended it."""

import signal

import pytest
from tests.engine.asked import ASKED, FILES
from tests.engine.house import House, succeeded
from tests.engine.working import process
from tests.faults import aftermath

from holdfast.model.task import Operation

# What counts here is when rows are written; both databases keep a transaction whole.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MOMENTS = {
    "as it claims it": "before UPDATE work SET [^W]*epoch=",
    "when it has claimed it": "after UPDATE work SET [^W]*epoch=",
    "as it ends it": "before DELETE FROM work",
    "when it has ended it": "after DELETE FROM work",
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("operation", ASKED)
def test_a_task_whose_worker_was_killed_ends_once_and_well(
    house: House, operation: Operation, moment: str
) -> None:
    task = ASKED[operation](house, house.vault(house.directory("home", FILES)))
    with process(house, "w1", dies_at=MOMENTS[moment]) as worker:
        assert worker.wait(60) == -signal.SIGKILL
    with house.working("w1"):
        succeeded(house.ended(task.id))
        aftermath.restored(house, FILES)
    aftermath.kept(house)
