"""Sealing in rounds."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.db.making import OTHER_PROJECT, PROJECT, later, task
from tests.db.many import add_many

from holdfast.db import tasks
from holdfast.db.database import Database
from holdfast.db.history import sealing
from holdfast.db.task_tables import task_column
from holdfast.engine.halt import Halt
from holdfast.engine.sealing import BETWEEN_SECONDS, REST_SECONDS, Sealer
from holdfast.model.task import Status
from holdfast.model.task_filter import TaskFilter

MANY = sealing.USUAL.seal_at + 1


def fill(database: Database, project_id: str, begin: float, number: int = MANY) -> None:
    first = task(project_id=project_id, status=Status.SUCCESS, created_at=later(begin))
    with database.transaction() as tx:
        add_many(tx, first, number, apart=timedelta(milliseconds=1))


def due(database: Database) -> list[str]:
    with database.reading() as tx:
        return sealing.due(tx)


def test_a_project_that_cannot_be_sealed_keeps_no_other_from_it(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    sealer = Sealer(database, Halt())
    fill(database, PROJECT, 0)
    assert sealer.look() == BETWEEN_SECONDS
    with database.transaction() as tx:
        tx.execute(sa.update(task_column).values(data=b"what no segment holds"))
    fill(database, PROJECT, 100, MANY + 10)
    fill(database, OTHER_PROJECT, 200)
    assert due(database) == [PROJECT, OTHER_PROJECT]
    assert sealer.look() == BETWEEN_SECONDS
    assert due(database) == [PROJECT]
    assert f"{PROJECT}: nothing is sealed for now" in caplog.text
    with database.reading() as tx:
        assert tasks.count(tx, TaskFilter(project_id=OTHER_PROJECT)) == MANY
    assert sealer.look() == REST_SECONDS


def test_a_worker_that_stops_does_not_seal_on(database: Database) -> None:
    fill(database, PROJECT, 0)
    halt = Halt()
    halt.close()
    assert Sealer(database, halt).look() == REST_SECONDS
    assert due(database) == [PROJECT]
