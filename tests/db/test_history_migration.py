"""Tasks that an older version wrote are found, counted and worked on after the tables have changed."""

import sqlalchemy as sa
from alembic import command
from sqlalchemy import Connection
from tests.conftest import KEY
from tests.db.making import PROJECT, later, task

from holdfast.db import tasks, work
from holdfast.db.codes import CODE_OF_OPERATION, CODE_OF_STATUS
from holdfast.db.columns import microseconds_of, write_document
from holdfast.db.database import Database, migrate, migrations, open_database
from holdfast.model.task import Ending, Operation, Page, Status, Task, TaskError
from holdfast.model.task_filter import Span, TaskFilter

OF_PROJECT = TaskFilter(project_id=PROJECT)


def _old(database: Database, made: list[Task]) -> None:
    """These tasks as version 0004 kept them."""
    with database.altering() as tx:
        command.upgrade(migrations(tx), "0004")
        for text in (PROJECT, "a provider", "0"):  # the database gives them the keys 1, 2 and 3
            _insert(tx, "task_word", text=text)
        _insert(tx, "task_vault", project_key=1, id="v", name="safe")
        _insert(tx, "task_resource", project_key=1, id="r", name="letters", type=made[0].resource.type)
        for place, one in enumerate(made, 1):
            _insert_task(tx, place, one)


def _insert_task(tx: Connection, place: int, one: Task) -> None:
    seq = microseconds_of(one.created_at) * 1024 + place
    facts = {
        "project_key": 1,
        "vault_key": 1,
        "operation": CODE_OF_OPERATION[one.operation],
        "status": CODE_OF_STATUS[one.status],
        "provider_key": 2,
        "enterprise_key": 3,
    }
    _insert(tx, "task_cell", n=1, **facts)
    moments = {
        name: None if value is None else microseconds_of(value)
        for name, value in (
            ("created_at", one.created_at),
            ("started_at", one.started_at),
            ("ended_at", one.ended_at),
        )
    }
    _insert(tx, "task", seq=seq, id=one.id, resource_key=1, cell_key=place, **facts, **moments)
    _insert(tx, "task_document", seq=seq, document=write_document(one))
    if not one.status.is_end:
        _insert(
            tx, "work", seq=seq, task_id=one.id, project_id=PROJECT, operation=one.operation,
            dispatched=False, epoch=0, attempt=0, cancel_requested=False, progress=0, figures="{}", phase="",
            updated_at=microseconds_of(one.updated_at),
        )  # fmt: skip


def _insert(tx: Connection, into: str, /, **values: object) -> None:
    table = sa.table(into, *(sa.column(column) for column in values))
    tx.execute(sa.insert(table).values(values))


def test_tasks_of_an_older_version_are_found_and_ended(empty_database_url: str) -> None:
    database = open_database(empty_database_url, KEY)
    failed = task(
        status=Status.FAILED,
        started_at=later(1),
        ended_at=later(2),
        policy_id="y",
        checkpoint_id="c",
        error=TaskError("BackupService.9999", "No space."),
    )
    retried = task(Operation.RESTORE, created_at=later(5), retry_of=failed.id, request_id="req-2")
    _old(database, [failed, retried])
    migrate(database)
    with database.reading() as tx:
        assert tasks.find(tx, OF_PROJECT, Page()) == [retried, failed]
        for wanted, found in (
            ({"statuses": (Status.FAILED,)}, failed),
            ({"policy_ids": ("y",)}, failed),
            ({"checkpoint_ids": ("c",)}, failed),
            ({"text": "space"}, failed),
            ({"error_codes": ("BackupService.9999",)}, failed),
            ({"ended": Span(after=later(2))}, failed),
            ({"parent_ids": (failed.id,)}, retried),
            ({"request_ids": ("req-2",)}, retried),
        ):
            chosen = TaskFilter(project_id=PROJECT, **wanted)
            assert tasks.search(tx, chosen, Page()) == ([found], 1), wanted
    with database.transaction() as tx:
        claim = work.claim(tx, retried.id, "a worker")
        assert claim is not None
        work.finish(tx, retried.id, claim.epoch, Ending(status=Status.SUCCESS))
    with database.reading() as tx:
        assert tasks.count(tx, TaskFilter(project_id=PROJECT, statuses=(Status.SUCCESS,))) == 1
        foreign_keys = "PRAGMA foreign_keys" if database.dialect == "sqlite" else "SELECT 1"
        assert tx.scalar(sa.text(foreign_keys)) == 1
    database.close()
