"""The log of a task's warnings on the wire."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.db.making import task

from holdfast.db import task_warnings, tasks, work
from holdfast.model.task import Ending, Status, Task
from holdfast.model.task_warning import MOST_LINES, Lines

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LINES = ("a: Permission denied", "b/\N{SNOWMAN}: Input/output error", "c: gone")


@pytest.fixture
def warned(house: House) -> Task:
    """A task that runs, with three lines in its log."""
    one = task(project_id=house.world.blue.id)
    with house.world.db.transaction() as tx:
        tasks.add(tx, one)
        assert work.claim(tx, one.id, "w1") is not None
        task_warnings.write(tx, one.id, Lines(anew=False, lines=tuple(enumerate(LINES))))
    return one


def ask(house: House, known: Task, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = house.ask("GET", f"/operation-logs/{known.id}/warnings", **asked)
    return answer


def test_the_log_of_a_running_task_is_read_by_anybody_of_the_project(house: House, warned: Task) -> None:
    told = ask(house, warned, who="reader")
    assert told == {"warnings": list(LINES), "count": 3, "limit": 1000, "offset": 0}


def test_it_is_read_from_where_one_was(house: House, warned: Task) -> None:
    told = ask(house, warned, offset=1, limit=1)
    assert told == {"warnings": [LINES[1]], "count": 3, "limit": 1, "offset": 1}
    for offset in (3, MOST_LINES, (1 << 63) - 1):
        assert ask(house, warned, offset=offset)["warnings"] == []


def test_it_is_there_when_the_task_has_ended(house: House, warned: Task) -> None:
    with house.world.db.transaction() as tx:
        assert work.close(tx, warned.id, Ending(status=Status.TIMEOUT))
    assert ask(house, warned)["warnings"] == list(LINES)


def test_a_task_without_warnings_has_an_empty_log(house: House) -> None:
    one = task(project_id=house.world.blue.id)
    with house.world.db.transaction() as tx:
        tasks.add(tx, one)
    assert ask(house, one) == {"warnings": [], "count": 0, "limit": 1000, "offset": 0}


def test_a_task_that_there_is_not_has_none(house: House, warned: Task) -> None:
    assert house.refused("GET", "/operation-logs/nobody/warnings")[:2] == (404, "6500")
    path = f"/operation-logs/{warned.id}/warnings"
    assert house.refused("GET", path, who="stranger", project=house.world.red)[:2] == (404, "6500")


@pytest.mark.parametrize(
    ("name", "value"), [("offset", "-1"), ("offset", 1 << 63), ("limit", 0), ("limit", 1001), ("limit", "x")]
)
def test_what_is_no_page_is_refused_by_name(house: House, warned: Task, name: str, value: object) -> None:
    path = f"/operation-logs/{warned.id}/warnings"
    status, code, said = house.refused("GET", path, **{name: value})
    assert (status, code) == (400, "9900")
    assert name in said
