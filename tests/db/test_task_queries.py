from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.db.making import later, task

from holdfast.db import task_queries, tasks, work
from holdfast.db.codes import CODE_OF_OPERATION, CODE_OF_STATUS
from holdfast.db.columns import read_document
from holdfast.db.database import Database
from holdfast.db.task_queries import Limits
from holdfast.db.task_tables import task as task_table
from holdfast.db.task_tables import task_cell, task_document, task_word
from holdfast.db.task_tables import work as work_table
from holdfast.model import ids
from holdfast.model.task import Ending, Operation, Page, Status, Task, TaskFilter

OPERATIONS = (Operation.BACKUP, Operation.RESTORE, Operation.DELETE, Operation.SYNC)
NAMES = ("alpha", "Alpha", "al%ha", "beta_1", "仓库")
SECONDS = (0, 0.5, 0.999999, 1, 2, 3, 60)

made = st.fixed_dictionaries(
    {
        "operation": st.sampled_from(OPERATIONS),
        "resource_id": st.sampled_from(("r1", "r2", "r3")),
        "resource_name": st.sampled_from(NAMES),
        "vault_id": st.sampled_from((None, "v1", "v2")),
        "vault_name": st.sampled_from((None, *NAMES)),
        "provider_id": st.sampled_from(("p1", "p2")),
        "enterprise_project_id": st.sampled_from(("0", "e1")),
        "created_at": st.sampled_from(SECONDS),
        "status": st.sampled_from((Status.WAITING, Status.WAITING, Status.SKIPPED, Status.FAILED)),
    }
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from(OPERATIONS),
        "status": st.sampled_from(Status),
        "provider_id": st.sampled_from(("p1", "p2", "p3")),
        "resource_id": st.sampled_from(("r1", "r2", "r4")),
        "resource_name": st.sampled_from(("a", "l%", "Al", "_", "库", "")),
        "vault_id": st.sampled_from(("v1", "v2", "v3")),
        "vault_name": st.sampled_from(("a", "l%", "Al", "_", "库", "")),
        "enterprise_project_id": st.sampled_from(("0", "e1", "e2")),
        "begin": st.sampled_from(SECONDS),
        "end": st.sampled_from(SECONDS),
    },
)
# Small enough that every way of counting and cutting is taken with a handful of tasks.
limits = st.builds(
    Limits,
    few_rows=st.sampled_from((0, 3, 4000)),
    strides=st.sampled_from(((), (2,), (1, 4), (4000,))),
    many_keys=st.sampled_from((0, 1, 2000)),
    keys_at_once=st.sampled_from((1, 2, 100)),
    many_rows=st.sampled_from((0, 5, 100_000)),
)
happening = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(("claim", "tell", "finish", "close"))), max_size=25
)

# Each example has its own minute: projects share what there is of places in a microsecond.
MINUTES = count(step=2)

many_times = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many_times
@given(st.lists(made, max_size=20), st.lists(asked, min_size=1, max_size=6), happening, limits, st.data())
def test_found_and_counted_is_what_a_look_at_every_task_finds(
    database: Database,
    values: list[dict[str, Any]],
    filters: list[dict[str, Any]],
    events: list[tuple[int, str]],
    limits: Limits,
    data: st.DataObject,
) -> None:
    project_id, minute = ids.new_project(), next(MINUTES)
    with database.transaction() as tx:
        all_tasks = history(tx, project_id, [at(minute, each) for each in values], events)
        for conditions in filters:
            wanted = TaskFilter(project_id=project_id, **at(minute, conditions))
            matching = [one.id for one in all_tasks if matches(one, wanted)]
            assert task_queries.count(tx, wanted, limits) == len(matching)
            assert tasks.count(tx, wanted) == len(matching)
            limit = data.draw(st.integers(1, 7), label="limit")
            offset = data.draw(st.integers(0, 22), label="offset")
            seqs = task_queries.page(tx, wanted, Page(limit=limit, offset=offset), limits=limits)
            assert [one.id for one in tasks.show(tx, seqs)] == matching[offset : offset + limit]
            if all_tasks:
                after = data.draw(st.integers(0, len(all_tasks) - 1), label="after")
                older = {one.id for one in all_tasks[after + 1 :]}
                page = tasks.find(tx, wanted, Page(limit=limit, marker=all_tasks[after].id))
                assert [one.id for one in page] == [id for id in matching if id in older][:limit]


@many_times
@given(st.lists(made, max_size=15), happening)
def test_cells_documents_and_work_agree_with_the_rows_whatever_happened(
    database: Database, values: list[dict[str, Any]], events: list[tuple[int, str]]
) -> None:
    project_id, minute = ids.new_project(), next(MINUTES)
    with database.transaction() as tx:
        history(tx, project_id, [at(minute, each) for each in values], events)
        project_key = sa.select(task_word.c.key).where(task_word.c.text == project_id).scalar_subquery()
        rows = tx.execute(sa.select(task_table).where(task_table.c.project_key == project_key)).all()
        cells = tx.execute(sa.select(task_cell).where(task_cell.c.project_key == project_key)).all()
        documents = {
            row.seq: read_document(row.document, Task) for row in tx.execute(sa.select(task_document))
        }
        unfinished = set(tx.scalars(sa.select(work_table.c.seq).where(work_table.c.project_id == project_id)))
    columns = ("vault_key", "operation", "status", "provider_key", "enterprise_key")
    combination = {cell.key: tuple(getattr(cell, name) for name in columns) for cell in cells}
    for cell in cells:
        assert cell.n == sum(row.cell_key == cell.key for row in rows)
    assert len(set(combination.values())) == len(cells)
    for row in rows:
        assert combination[row.cell_key] == tuple(getattr(row, name) for name in columns)
        document = documents[row.seq]
        assert row.status == CODE_OF_STATUS[document.status]
        assert row.operation == CODE_OF_OPERATION[document.operation]
        assert (row.created_at, row.started_at, row.ended_at) == (
            document.created_at,
            document.started_at,
            document.ended_at,
        )
        assert (row.seq in unfinished) is not document.status.is_end


def test_every_operation_and_status_has_a_number_of_its_own() -> None:
    assert set(CODE_OF_OPERATION) == set(Operation)
    assert set(CODE_OF_STATUS) == set(Status)
    for codes in (CODE_OF_OPERATION, CODE_OF_STATUS):
        assert len(set(codes.values())) == len(codes)


def history(
    tx: Connection, project_id: str, values: list[dict[str, Any]], events: list[tuple[int, str]]
) -> list[Task]:
    """The project's tasks, newest first, after these were made and this happened to them."""
    made_tasks = [task(project_id=project_id, **each) for each in values]
    for one in made_tasks:
        tasks.add(tx, one)
    claims: dict[str, int] = {}
    for place, event in events:
        if place < len(made_tasks):
            happen(tx, made_tasks[place].id, event, claims)
    # Tasks of one microsecond may stand in any order, as long as it is always the same.
    seqs = {row.id: row.seq for row in tx.execute(sa.select(task_table.c.id, task_table.c.seq))}
    now = [tasks.get(tx, project_id, one.id) for one in made_tasks]
    return sorted(now, key=lambda one: (one.created_at, seqs[one.id]), reverse=True)


def happen(tx: Connection, task_id: str, event: str, claims: dict[str, int]) -> None:
    if event == "close":
        work.close(tx, task_id, Ending(status=Status.TIMEOUT))
        claims.pop(task_id, None)
    elif event == "claim":
        claim = work.claim(tx, task_id, "a worker")
        if claim is not None:
            claims[task_id] = claim.epoch
    elif task_id in claims:
        if event == "finish":
            work.finish(tx, task_id, claims.pop(task_id), Ending(status=Status.SUCCESS))
        else:
            work.tell(tx, task_id, claims[task_id], 50, task().figures)


def at(minute: int, values: dict[str, Any]) -> dict[str, Any]:
    """The values with their times on that minute after noon."""
    times = {"created_at", "begin", "end"} & values.keys()
    return values | {name: later(60 * minute + values[name]) for name in times}


def matches(one: Task, wanted: TaskFilter) -> bool:
    return all(conditions(one, wanted))


def conditions(one: Task, wanted: TaskFilter) -> Iterator[bool]:
    yield wanted.operation in (None, one.operation)
    yield wanted.status in (None, one.status)
    yield wanted.provider_id in (None, one.provider_id)
    yield wanted.resource_id in (None, one.resource.id)
    yield wanted.vault_id in (None, one.vault_id)
    yield wanted.enterprise_project_id in (None, one.enterprise_project_id)
    yield wanted.resource_name is None or wanted.resource_name in one.resource.name
    yield wanted.vault_name is None or wanted.vault_name in (one.vault_name or "")
    yield one.created_at >= (wanted.begin or datetime.min.replace(tzinfo=UTC))
    yield wanted.end is None or one.created_at < wanted.end + timedelta(seconds=1)
