"""The query language of the task list, on the wire: against a look at every task as it is shown."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.asking import House
from tests.api.test_operation_logs import BEGIN, ECS, make

from holdfast.db.history import sealing
from holdfast.db.history.sealing import Limits
from holdfast.model.resource import DISK_PROVIDER, SERVER_PROVIDER, ResourceType
from holdfast.model.task import (
    BackupDetail,
    DeleteDetail,
    Detail,
    Operation,
    RestoreDetail,
    Status,
    Task,
    TaskError,
    resource_of,
)

Log = dict[str, Any]
Asked = list[tuple[str, str]]

SECOND = timedelta(seconds=1)
NOON = BEGIN.replace(hour=12, minute=0, second=0, microsecond=0)

# ── any query is what a look at every task finds ────────────────────────────────────────────────────────

DETAILS: Mapping[Operation, Callable[[str], Detail]] = {
    Operation.BACKUP: lambda backup: BackupDetail(backup_id=backup, backup_name="n"),
    Operation.RESTORE: lambda backup: RestoreDetail(backup_id=backup, backup_name="n"),
    Operation.DELETE: lambda backup: DeleteDetail(backup_id=backup, backup_name="n"),
}
RESOURCES = (
    ECS,
    resource_of("r2", "mail, old", ResourceType.SERVER),
    resource_of("r3", "虚拟 机+1", ResourceType.DISK),
    resource_of("r4", "a%b_c", ResourceType.FILE_SHARE),
)
VAULTS = ((None, None), ("v1", "vault-01"), ("v2", "mail"), ("v3", "a,b"))
ERRORS = (TaskError(), TaskError("E.1", "No mail, no vault."), TaskError("E.2", "Lost 50% of ECS."))
STATUSES = (Status.WAITING, Status.RUNNING, Status.SUCCESS, Status.SKIPPED, Status.FAILED, Status.TIMEOUT)
# Written down at once and in the order of their numbers, though not all at different seconds.
MOMENTS = [NOON + number * timedelta(milliseconds=370) for number in range(24)]
PARENTS = (None, "4827f2da-b008-4507-ab7d-42d0df5ed912", "t2")


def history(house: House) -> list[Task]:
    """Tasks of all kinds, which have little in common with each other."""
    made = []
    for number, at in enumerate(MOMENTS):
        operation = tuple(DETAILS)[number % 3]
        status = STATUSES[number % 6]
        backup, (vault_id, vault_name) = f"b{number % 5}", VAULTS[number % 4]
        started = None if status is Status.WAITING else at + (number % 7) * SECOND / 2
        over = at + (number % 11) * SECOND + 5 * SECOND if status.is_end else None
        made.append(
            make(
                house,
                operation=operation,
                status=status,
                detail=DETAILS[operation](backup),
                backup_id=backup,
                resource=RESOURCES[number % 5 % 4],
                provider_id=(SERVER_PROVIDER, DISK_PROVIDER)[number % 2],
                vault_id=vault_id,
                vault_name=vault_name,
                checkpoint_id=(None, "c1", "c2")[number % 3],
                policy_id=(None, "y1", "y2")[number % 3],
                request_id=f"req-{number % 4}",
                retry_of=PARENTS[number % 3],
                enterprise_project_id=("0", "e1", "e2")[number % 3],
                error=ERRORS[number % 3] if status in (Status.FAILED, Status.TIMEOUT) else ERRORS[0],
                created_at=at,
                started_at=started,
                ended_at=over,
            )
        )
    return made


def some(*values: str) -> tuple[str, ...]:
    return values


VALUES: Mapping[str, tuple[str, ...]] = {
    "operation_type": some("backup", "restore", "delete", "sync"),
    "status": tuple(Status),
    "provider_id": some(SERVER_PROVIDER, DISK_PROVIDER, "p"),
    "resource_id": some(ECS.id, "r2", "r3", "r5"),
    "resource_type": some("OS::Nova::Server", "OS::Cinder::Volume", "nothing"),
    "vault_id": some("v1", "v2", "v4"),
    "policy_id": some("y1", "y2", "y3"),
    "checkpoint_id": some("c1", "c2", "c3"),
    "backup_id": some("b0", "b1", "b4", "b9"),
    "request_id": some("req-0", "req-1", "req-9"),
    "parent_id": some("4827f2da-b008-4507-ab7d-42d0df5ed912", "t2", "t3"),
    "error_code": some("E.1", "E.2", "E.3"),
    "enterprise_project_id": some("0", "e1", "e2", "e3", "all_granted_eps"),
    "resource_name": some("ECS", "mail, old", ",", "机+", "%", "_", "nothing"),
    "vault_name": some("vault-0", "a,b", "mail", "b"),
}
REPEATED_ONLY = {"resource_name", "vault_name"}
WORDS = some("mail", "50%", "ECS", ",", "vault", "nothing", "No mail, no vault.")
SORT_KEYS = some("created_at", "started_at", "ended_at", "status", "operation_type")
FIELDS = some("id", "status", "created_at", "error_info", "extra_info", "holdfast", "vault_name")


def enterprise_project(_log: Log, task: Task) -> str:
    return task.enterprise_project_id


def backup_of(log: Log, _task: Task) -> Any:
    return next(block["backup_id"] for block in log["extra_info"].values() if "backup_id" in block)


def at_resource(member: str) -> Callable[[Log, Task], Any]:
    return lambda log, _task: log["extra_info"]["resource"][member]


def at_top(member: str) -> Callable[[Log, Task], Any]:
    return lambda log, _task: log[member]


SHOWN_AT: Mapping[str, Callable[[Log, Task], Any]] = {
    **{name: at_top(name) for name in ("operation_type", "status", "provider_id", "vault_id", "policy_id")},
    "checkpoint_id": at_top("checkpoint_id"),
    "resource_id": at_resource("id"),
    "resource_type": at_resource("type"),
    "backup_id": backup_of,
    "request_id": lambda log, _task: log["extra_info"]["common"]["request_id"],
    "parent_id": lambda log, _task: log["holdfast"]["parent_id"],
    "error_code": lambda log, _task: log["error_info"]["code"],
    "enterprise_project_id": enterprise_project,
}


def moment_of(log: Log, event: str) -> datetime | None:
    """When it happened; the wire says that a task which waits started when it was made, which it did not."""
    text = None if event == "started" and log["status"] == "waiting" else log[f"{event}_at"]
    return None if text is None else datetime.fromisoformat(text)


def fits(log: Log, task: Task, asked: Mapping[str, Sequence[str]]) -> bool:
    return all(_fits(log, task, name, values) for name, values in asked.items())


def _fits(log: Log, task: Task, name: str, values: Sequence[str]) -> bool:
    resource_name, vault_name = log["extra_info"]["resource"]["name"], log["vault_name"] or ""
    if name in SHOWN_AT:
        return SHOWN_AT[name](log, task) in values or "all_granted_eps" in values
    if name in REPEATED_ONLY:
        text = resource_name if name == "resource_name" else vault_name
        return any(value in text for value in values)
    if name == "q":
        return any(values[0] in text for text in (resource_name, vault_name, log["error_info"]["message"]))
    return _is_in_time(log, name, datetime.fromisoformat(values[0]))


def _is_in_time(log: Log, name: str, at: datetime) -> bool:
    event, _, side = name.partition("_")
    if side == "time":
        created = moment_of(log, "created")
        assert created is not None
        last = at + (SECOND if at.microsecond == 0 else timedelta(milliseconds=1))
        return created >= at if event == "start" else created < last
    moment = moment_of(log, event)
    return moment is not None and (moment >= at if side == "after" else moment < at)


def spelled(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


moments = st.sampled_from([NOON + number * SECOND / 4 for number in range(-4, 60)]).map(spelled)
filters = st.fixed_dictionaries(
    {},
    optional={
        **{
            name: st.lists(st.sampled_from(values), min_size=1, max_size=3) for name, values in VALUES.items()
        },
        **{
            f"{event}_{side}": st.tuples(moments)
            for event in ("created", "started", "ended")
            for side in ("after", "before")
        },
        "start_time": st.tuples(moments),
        "end_time": st.tuples(moments),
        "q": st.tuples(st.sampled_from(WORDS)),
    },
)
# A query of many conditions finds nothing nearly always: few of them at a time say more.
few_filters = filters.flatmap(
    lambda asked: (
        st.lists(st.sampled_from(sorted(asked)), max_size=3, unique=True).map(
            lambda names: {name: asked[name] for name in names}
        )
        if asked
        else st.just({})
    )
)


def written(asked: Mapping[str, Sequence[str]], with_commas: bool) -> Asked:
    """The query: several values with commas, where they may be, or one after another."""
    query: Asked = []
    for name, values in asked.items():
        joined = with_commas and name not in REPEATED_ONLY | {"q"}
        query += [(name, ",".join(values))] if joined else [(name, value) for value in values]
    return query


def listed(house: House, query: Asked) -> Any:
    path = f"/v3/{house.world.blue.id}/operation-logs"
    headers = {"X-Auth-Token": house.tokens["admin"]}
    reply = house.client.request("GET", path, params=query, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()


def in_order(logs: list[Log], key: str, *, descending: bool) -> list[Log]:
    """The logs in this order, ties by creation; what has no such moment comes last."""

    def value(log: Log) -> Any:
        if key in ("status", "operation_type"):
            return log[key]
        return moment_of(log, key.removesuffix("_at"))

    with_value = [log for log in logs if value(log) is not None]
    without = [log for log in logs if value(log) is None]
    with_value.sort(key=lambda log: (value(log), log["created_at"]), reverse=descending)
    without.sort(key=lambda log: log["created_at"], reverse=descending)
    return with_value + without


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_query_finds_what_a_look_at_every_task_finds(house: House, data: st.DataObject) -> None:
    known = known_history(house)
    asked = data.draw(few_filters | filters, label="asked")
    key = data.draw(st.sampled_from(SORT_KEYS), label="sort_key")
    direction = data.draw(st.sampled_from(("asc", "desc")), label="sort_dir")
    offset, limit = data.draw(st.integers(0, 4), label="offset"), data.draw(st.integers(1, 9), label="limit")
    sorted_logs = in_order([log for log, _ in known.values()], key, descending=direction == "desc")
    matching = [log["id"] for log in sorted_logs if fits(log, known[log["id"]][1], asked)]
    query = written(asked, data.draw(st.booleans(), label="commas"))
    query += [("sort_key", key), ("sort_dir", direction), ("limit", str(limit)), ("offset", str(offset))]
    behind = matching
    if data.draw(st.booleans(), label="marked"):
        place = data.draw(st.integers(0, len(sorted_logs) - 1), label="place")
        query.append(("marker", sorted_logs[place]["id"]))
        later = {log["id"] for log in sorted_logs[place + 1 :]}
        behind = [one for one in matching if one in later]
    fields = data.draw(st.lists(st.sampled_from(FIELDS), max_size=3, unique=True), label="fields")
    if fields:
        query.append(("fields", ",".join(fields)))
    page = listed(house, query)
    told = page["operation_logs"]
    assert [log["id"] for log in told] == behind[offset : offset + limit]
    assert (page["count"], page["limit"], page["offset"]) == (len(matching), limit, offset)
    for log in told:
        whole = known[log["id"]][0]
        assert log == ({name: whole[name] for name in {"id", *fields}} if fields else whole)


_KNOWN: dict[str, dict[str, tuple[Log, Task]]] = {}


def known_history(house: House) -> dict[str, tuple[Log, Task]]:
    """The tasks of this house, as they are shown, made when they are first asked for; some are sealed."""
    project = house.world.blue.id
    if project not in _KNOWN:
        tasks = {task.id: task for task in history(house)}
        few = Limits(seal_at=3, keep=3, at_once=5, full=5, most=8, gap=4, worth=1)
        assert [sealing.seal(house.world.db, project, few) for _ in range(2)] == [5, 5]
        logs = listed(house, [])["operation_logs"]
        _KNOWN[project] = {log["id"]: (log, tasks[log["id"]]) for log in logs}
    return _KNOWN[project]


NAMES = (*VALUES, "q", "fields", "sort_key", "sort_dir", "marker", *(
    f"{event}_{side}" for event in ("created", "started", "ended") for side in ("after", "before")
))  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=40)), min_size=1, max_size=4))
def test_no_value_of_any_parameter_is_too_strange_to_answer(house: House, query: Asked) -> None:
    path, headers = f"/v3/{house.world.blue.id}/operation-logs", {"X-Auth-Token": house.tokens["admin"]}
    known_history(house)
    reply = house.client.request("GET", path, params=query, headers=headers)
    assert reply.status_code in (200, 400)
