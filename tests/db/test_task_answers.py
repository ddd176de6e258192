"""The same question is answered once, for as long as nothing happens to the project's tasks.

That the answers are right whatever happens, `test_trimming` and `history.test_racing` hold.
"""

import pytest
from tests.db.making import OTHER_PROJECT, PROJECT, add_projects, task
from tests.statements import noted

from holdfast.db import task_answers, tasks, work
from holdfast.db.database import Database
from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Ending, Figures, Operation, Page, Status
from holdfast.model.task_filter import NEWEST_FIRST, TaskFilter

EVERYTHING = TaskFilter(project_id=PROJECT)
TWO = Page(limit=2)


@pytest.fixture(autouse=True)
def _projects(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)


def ask(database: Database, wanted: TaskFilter = EVERYTHING, page: Page = TWO) -> int:
    """How many statements it takes; the answer is right."""
    with noted(database) as statements, database.reading() as tx:
        found = task_answers.search(tx, wanted, page, NEWEST_FIRST)
        taken = len(statements)
        assert found == tasks.search(tx, wanted, page)
    return taken


def test_what_was_asked_is_looked_up_again_only_when_something_has_happened(database: Database) -> None:
    waits, other = task(), task(project_id=OTHER_PROJECT)
    with database.transaction() as tx:
        tasks.add(tx, waits)
    first = ask(database)
    again = ask(database)
    assert again < first
    assert ask(database, page=Page(limit=2, offset=1)) > again
    assert ask(database, TaskFilter(project_id=PROJECT, statuses=(Status.WAITING,))) > again
    with database.transaction() as tx:
        tasks.add(tx, other)
    assert ask(database) == again
    with database.transaction() as tx:
        claim = work.claim(tx, waits.id, "w1")
        assert claim is not None
    assert ask(database) == first
    with database.transaction() as tx:
        work.tell(tx, waits.id, claim.epoch, 40, Figures(bytes_done=7))
    assert ask(database) == again  # how far it is, is in the answer all the same
    with database.transaction() as tx:
        work.close(tx, waits.id, Ending(status=Status.SUCCESS))
    assert ask(database) == first


def test_what_a_transaction_has_only_begun_to_change_is_nobodys_answer(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task())
    with database.engine.connect() as tx:
        tasks.add(tx, task(Operation.RESTORE))
        assert task_answers.search(tx, EVERYTHING, Page(), NEWEST_FIRST)[1] == 2
        tx.rollback()
    with database.transaction() as tx:
        tasks.add(tx, task(Operation.SYNC))
    with database.reading() as tx:
        found, count = task_answers.search(tx, EVERYTHING, Page(), NEWEST_FIRST)
    assert ([one.operation for one in found], count) == ([Operation.SYNC, Operation.BACKUP], 2)


def test_a_marker_of_no_task_is_refused_each_time(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task())
    for _ in range(2):
        with database.reading() as tx, pytest.raises(InvalidParameter, match="marker"):
            task_answers.search(tx, EVERYTHING, Page(marker="nobody"), NEWEST_FIRST)
