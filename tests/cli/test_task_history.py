"""`holdfast tasks history`: for how long tasks are kept, seen and said."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.cli.conftest import House
from tests.db.making import task

from holdfast.cli.task_history import sentence
from holdfast.db import tasks
from holdfast.db.database import open_database
from holdfast.db.history.trimming import OldTasks
from holdfast.model import clock
from holdfast.model.task import Status


@pytest.fixture
def ruled(house: House) -> Iterator[House]:
    """The house with a task that ended two hundred days ago; afterwards it is as it was."""
    known = json.loads((house.data / "credentials.json").read_text())
    database = open_database(f"sqlite:///{house.data / 'holdfast.db'}", (house.data / "key").read_bytes())
    made = clock.now() - timedelta(days=200)
    old = task(project_id=known["project_id"], created_at=made, ended_at=made, status=Status.FAILED)
    with database.transaction() as tx:
        tasks.add(tx, old)
    yield house
    assert house.run("tasks", "history", "--default", "--yes").code == 0
    with database.transaction() as tx:
        OldTasks(known["project_id"], clock.now() - timedelta(days=100)).forget(tx)
    database.close()


def test_the_rule_is_shown_changed_and_taken_back(ruled: House) -> None:
    told = ruled.run("tasks", "history")
    assert told.code == 0, told.err
    assert told.out.startswith("tasks are kept for 400 days, as the server's configuration says: those made ")
    refused = ruled.run("tasks", "history", "--days", "100")
    assert refused.code == 6
    assert "Delete 1 task older than 100 days" in refused.err
    assert ruled.ask("tasks", "history")["history"]["days"] is None
    told = ruled.run("tasks", "history", "--days", "300")  # nothing goes by that
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("tasks are kept for 300 days: those made since ")
    assert ruled.ask("tasks", "history", "--days", "100", "--yes")["history"]["days"] == 100
    assert ruled.ask("tasks", "history")["history"]["days"] == 100
    told = ruled.run("tasks", "history", "--default")
    assert told.out.startswith("tasks are kept for 400 days, as")


@pytest.mark.parametrize(
    "options", [("--days", "0"), ("--days", "40000"), ("--days", "x"), ("--days", "3", "--default")]
)
def test_what_is_no_rule_is_not_asked_for(house: House, options: tuple[str, ...]) -> None:
    told = house.run("tasks", "history", *options)
    assert told.code == 2
    assert "--days" in told.err


def test_for_ever_is_said_so() -> None:
    rule = {"days": None, "default_days": 0, "begins_at": None}
    assert sentence(rule) == "tasks are kept for ever, as the server's configuration says"
