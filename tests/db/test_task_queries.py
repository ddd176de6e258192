from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.db.making import later, task

from holdfast.db import tasks, work
from holdfast.db.codes import CODE_OF_OPERATION, CODE_OF_STATUS, OPERATION_OF_CODE, STATUS_OF_CODE
from holdfast.db.database import Database
from holdfast.db.history import sealing
from holdfast.db.task_orders import Place
from holdfast.db.task_tables import task as task_table
from holdfast.db.task_tables import task_event, task_total, task_word
from holdfast.db.task_tables import work as work_table
from holdfast.model import ids
from holdfast.model.task import Ending, Operation, Page, Status, Task, TaskError, TaskResource
from holdfast.model.task_filter import Order, SortKey, Span, TaskFilter

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
        "resource_type": st.sampled_from(("OS::Nova::Server", "OS::Sfs::Turbo")),
        "policy_id": st.sampled_from((None, "y1", "y2")),
        "checkpoint_id": st.sampled_from((None, "c1", "c2")),
        "backup_id": st.sampled_from((None, "b1", "b2")),
        "request_id": st.sampled_from(("q1", "q2")),
        "retry_of": st.sampled_from((None, "t1", "t2")),
        "error": st.sampled_from((TaskError(), TaskError("E.1", "No space."), TaskError("E.2", "Lo%st"))),
        "started_at": st.sampled_from((None, *SECONDS)),
        "ended_at": st.sampled_from((None, *SECONDS)),
        "status": st.sampled_from((Status.WAITING, Status.WAITING, Status.SKIPPED, Status.FAILED)),
    }
)


def some_of(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


PARTS = ("a", "l%", "Al", "_", "库", "No space", "")
spans = st.fixed_dictionaries(
    {}, optional={"after": st.sampled_from(SECONDS), "before": st.sampled_from(SECONDS)}
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "operations": some_of(*OPERATIONS),
        "statuses": some_of(*Status),
        "provider_ids": some_of("p1", "p2", "p3"),
        "resource_ids": some_of("r1", "r2", "r4"),
        "resource_types": some_of("OS::Nova::Server", "OS::Sfs::Turbo", "nothing"),
        "resource_names": some_of(*PARTS),
        "vault_ids": some_of("v1", "v2", "v3"),
        "vault_names": some_of(*PARTS),
        "enterprise_project_ids": some_of("0", "e1", "e2"),
        "policy_ids": some_of("y1", "y2", "y3"),
        "checkpoint_ids": some_of("c1", "c2", "c3"),
        "backup_ids": some_of("b1", "b2", "b3"),
        "request_ids": some_of("q1", "q2", "q3"),
        "parent_ids": some_of("t1", "t2", "t3"),
        "error_codes": some_of("E.1", "E.2", "E.3"),
        "text": st.sampled_from(PARTS),
        "begin": st.sampled_from(SECONDS),
        "end": st.sampled_from(SECONDS),
        "created": spans,
        "started": spans,
        "ended": spans,
    },
)
orders = st.builds(Order, key=st.sampled_from(SortKey), descending=st.booleans())
happening = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(("claim", "tell", "finish", "close", "seal", "seal"))),
    max_size=25,
)
# Small enough that a handful of tasks fills segments, and divides them.
sealed = st.builds(
    sealing.Limits,
    seal_at=st.just(0),
    keep=st.integers(0, 2),
    at_once=st.integers(1, 6),
    full=st.integers(1, 5),
    most=st.integers(5, 7),
    gap=st.sampled_from((1, 2, 8)),
    worth=st.just(1),
)

# Each example has its own minute: projects share what there is of places in a microsecond.
MINUTES = count(step=2)

many_times = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many_times
@given(
    st.lists(made, max_size=20), st.lists(asked, min_size=1, max_size=6), happening, orders, sealed, st.data()
)
def test_found_and_counted_is_what_a_look_at_every_task_finds(
    database: Database,
    values: list[dict[str, Any]],
    filters: list[dict[str, Any]],
    events: list[tuple[int, str]],
    order: Order,
    limits: sealing.Limits,
    data: st.DataObject,
) -> None:
    project_id, minute = ids.new_project(), next(MINUTES)
    with database.transaction() as tx:
        everything = history(tx, project_id, minute, values, events, limits)
        in_order = sorted(everything, key=lambda one: Place.of(one[1], one[0], order).key(order))
        for conditions in filters:
            wanted = TaskFilter(project_id=project_id, **at(minute, conditions))
            matching = [one.id for _, one in in_order if matches(one, wanted)]
            assert tasks.count(tx, wanted) == len(matching)
            limit = data.draw(st.integers(1, 7), label="limit")
            offset = data.draw(st.integers(0, 22), label="offset")
            found, number = tasks.search(tx, wanted, Page(limit=limit, offset=offset), order)
            assert [one.id for one in found] == matching[offset : offset + limit]
            assert number == len(matching)
            if everything:
                after = data.draw(st.integers(0, len(everything) - 1), label="after")
                behind = {one.id for _, one in in_order[after + 1 :]}
                page = Page(limit=limit, marker=in_order[after][1].id)
                assert [one.id for one in tasks.find(tx, wanted, page, order)] == [
                    id for id in matching if id in behind
                ][:limit]


@many_times
@given(st.lists(made, max_size=15), happening)
def test_totals_events_and_work_agree_with_the_tasks_whatever_happened(
    database: Database, values: list[dict[str, Any]], events: list[tuple[int, str]]
) -> None:
    project_id, minute = ids.new_project(), next(MINUTES)
    with database.transaction() as tx:
        everything = [one for _, one in history(tx, project_id, minute, values, events)]
        project_key = sa.select(task_word.c.key).where(task_word.c.text == project_id).scalar_subquery()
        totals = tx.execute(sa.select(task_total).where(task_total.c.project_key == project_key)).all()
        told = tx.execute(
            sa.select(task_event).where(task_event.c.project_key == project_key).order_by(task_event.c.number)
        ).all()
        unfinished = set(
            tx.scalars(sa.select(work_table.c.task_id).where(work_table.c.project_id == project_id))
        )
    ended = Counter((one.operation, one.status) for one in everything if one.status.is_end)
    assert {(OPERATION_OF_CODE[row.operation], STATUS_OF_CODE[row.status]): row.n for row in totals} == ended
    assert [row.number for row in told] == list(range(1, len(told) + 1))
    last = {row.task_id: STATUS_OF_CODE[row.status] for row in told}
    assert last == {one.id: one.status for one in everything}
    assert unfinished == {one.id for one in everything if not one.status.is_end}


def test_every_operation_and_status_has_a_number_of_its_own() -> None:
    assert set(CODE_OF_OPERATION) == set(Operation)
    assert set(CODE_OF_STATUS) == set(Status)
    for codes in (CODE_OF_OPERATION, CODE_OF_STATUS):
        assert len(set(codes.values())) == len(codes)


def history(
    tx: Connection,
    project_id: str,
    minute: int,
    values: list[dict[str, Any]],
    events: list[tuple[int, str]],
    limits: sealing.Limits = sealing.USUAL,
) -> list[tuple[int, Task]]:
    """The project's tasks and their numbers after these were made and this happened to them."""
    made_tasks = []
    for each in values:
        one = at(minute, each)
        resource = TaskResource(
            id=one.pop("resource_id"), name=one.pop("resource_name"), type=one.pop("resource_type")
        )
        made_tasks.append(task(project_id=project_id, resource=resource, **one))
        tasks.add(tx, made_tasks[-1])
    claims: dict[str, int] = {}
    for place, event in events:
        if event == "seal":
            prepared = sealing.prepare(tx, project_id, limits)
            assert prepared is None or prepared.write(tx) == len(prepared.seqs)
        elif place < len(made_tasks):
            happen(tx, made_tasks[place].id, event, claims)
    seqs = {row.id: row.seq for row in tx.execute(sa.select(task_table.c.id, task_table.c.seq))}
    return [(seqs[one.id], tasks.get(tx, project_id, one.id)) for one in made_tasks]


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
    times = {"created_at", "started_at", "ended_at", "begin", "end"} & values.keys()
    placed = values | {name: moment(minute, values[name]) for name in times}
    for name in {"created", "started", "ended"} & values.keys():
        placed[name] = Span(**{side: moment(minute, one) for side, one in values[name].items()})
    return placed


def moment(minute: int, seconds: float | None) -> datetime | None:
    return None if seconds is None else later(60 * minute + seconds)


def matches(one: Task, wanted: TaskFilter) -> bool:
    return all(conditions(one, wanted))


def conditions(one: Task, wanted: TaskFilter) -> Iterator[bool]:
    yield one.operation in (wanted.operations or [one.operation])
    yield one.status in (wanted.statuses or [one.status])
    for field, value in (
        ("provider_ids", one.provider_id),
        ("resource_ids", one.resource.id),
        ("resource_types", one.resource.type),
        ("vault_ids", one.vault_id),
        ("enterprise_project_ids", one.enterprise_project_id),
        ("policy_ids", one.policy_id),
        ("checkpoint_ids", one.checkpoint_id),
        ("backup_ids", one.backup_id),
        ("request_ids", one.request_id),
        ("parent_ids", one.retry_of),
        ("error_codes", one.error.code),
    ):
        yield not getattr(wanted, field) or value in getattr(wanted, field)
    for names, name in ((wanted.resource_names, one.resource.name), (wanted.vault_names, one.vault_name)):
        yield not names or any(part in (name or "") for part in names)
    texts = (one.resource.name, one.vault_name or "", one.error.message)
    yield wanted.text is None or any(wanted.text in text for text in texts)
    yield one.created_at >= (wanted.begin or datetime.min.replace(tzinfo=UTC))
    yield wanted.end is None or one.created_at < wanted.end + timedelta(seconds=1)
    for span, at_moment in (
        (wanted.created, one.created_at),
        (wanted.started, one.started_at),
        (wanted.ended, one.ended_at),
    ):
        yield span.is_all or (at_moment is not None and is_in(span, at_moment))


def is_in(span: Span, at_moment: datetime) -> bool:
    after = span.after is None or at_moment >= span.after
    return after and (span.before is None or at_moment < span.before)
