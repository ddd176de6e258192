"""The query language of the task list, on the wire: against a look at every task as it is shown."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.api.asking import House
from tests.api.test_operation_logs import BEGIN, ECS, MEMBERS, REPLICATION, ended, found, make
from tests.api.test_statements import statements

from holdfast.db.history import sealing
from holdfast.db.history.sealing import Limits
from holdfast.model import ids
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


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


# ── several values ──────────────────────────────────────────────────────────────────────────────────────


def test_several_values_come_with_commas_or_repeated_or_both(house: House) -> None:
    made = {one: make(house, **(ended(one) if one.is_end else {"status": one})) for one in Status}
    three = {made[one].id for one in (Status.FAILED, Status.TIMEOUT, Status.RUNNING)}
    assert found(house, status="failed,timeout,running") == three
    assert found(house, status=["failed", "timeout", "running"]) == three
    assert found(house, status=["failed,timeout", "running", "failed"]) == three


def test_a_comma_in_a_name_is_a_comma(house: House) -> None:
    both = make(house, vault_name="left, right")
    make(house, vault_name="left")
    assert found(house, vault_name="left, right") == {both.id}
    assert found(house, vault_name=["right", "nothing"]) == {both.id}


def test_a_hundred_values_are_enough(house: House) -> None:
    task = make(house)
    for name, value in (("vault_id", "v1"), ("resource_name", "ECS"), ("request_id", task.request_id)):
        assert found(house, **{name: [value] * 100}) == {task.id}
        refused = house.refused("GET", "/operation-logs", **{name: [value] * 101})
        assert refused[0] == 400
        assert refused[2].endswith(f"{name}: must have at most 100 values")
    full = ",".join(ids.new() for _ in range(100))
    assert found(house, resource_id=full) == set()
    assert house.refused("GET", "/operation-logs", resource_id=f"{full},x")[0] == 400


def test_all_granted_enterprise_projects_beside_others_are_all(house: House) -> None:
    first, second = make(house), make(house, enterprise_project_id="e2")
    assert found(house, enterprise_project_id="e2,all_granted_eps") == {first.id, second.id}
    assert found(house, enterprise_project_id="0,e2") == {first.id, second.id}


ADDED = (
    "resource_type", "checkpoint_id", "backup_id", "policy_id", "request_id", "parent_id", "error_code",
    "provider_id", "resource_id", "vault_id", "status", "operation_type", "enterprise_project_id",
)  # fmt: skip
MALFORMED = [
    *((name, value) for name in ADDED for value in ("", ",", "x,", ",x", "x,,x", "a\x00", "x" * 1025)),
    ("resource_name", ""), ("vault_name", "a\x00"), ("q", ""), ("q", "a\x00"), ("q", "x" * 1025),
    ("sort_key", "name"), ("sort_key", ""), ("sort_key", "created_at,status"),
    ("sort_dir", "up"), ("sort_dir", ""), ("sort_dir", "DESC"),
    ("fields", ""), ("fields", "name"), ("fields", "id,name"), ("fields", "id,"), ("fields", "ID"),
    *((f"{event}_{side}", value) for event in ("created", "started", "ended") for side in ("after", "before")
      for value in ("", "yesterday", "2019-05-23", "2019-02-30T00:00:00Z", "1558622123", "x" * 1025)),
]  # fmt: skip


# Nothing of this reaches the rows.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_malformed_parameter_is_400_and_named(house: House) -> None:
    for name, value in MALFORMED:
        status, code, message = house.refused("GET", "/operation-logs", **{name: value})
        assert (status, code) == (400, "9900"), (name, value)
        assert message.startswith(f"Parameter verification failed. {name}: "), (name, value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_has_one_value_is_given_once(house: House) -> None:
    for name, value in [
        ("q", "a"), ("sort_key", "status"), ("sort_dir", "asc"), ("start_time", spelled(NOON)),
        ("end_time", spelled(NOON)), ("created_after", spelled(NOON)), ("limit", "1"), ("marker", "m"),
    ]:  # fmt: skip
        status, _, message = house.refused("GET", "/operation-logs", **{name: [value, value]})
        assert status == 400
        assert message.endswith(f"{name}: was given more than once")


# ── moments ─────────────────────────────────────────────────────────────────────────────────────────────


def test_start_time_and_end_time_are_of_the_creation_and_both_belong_to_the_span(house: House) -> None:
    # It was made at noon, began an hour later, and took another hour.
    task = make(
        house,
        created_at=NOON,
        **ended() | {"started_at": NOON + 3600 * SECOND, "ended_at": NOON + 7200 * SECOND},
    )
    tick, milli = timedelta(microseconds=1), timedelta(milliseconds=1)
    for start, end, is_in in [
        (NOON, NOON, True),
        (NOON + SECOND, None, False),
        (NOON + milli, None, False),
        (NOON + tick, None, False),
        (NOON - tick, NOON + tick, True),
        (None, NOON - SECOND, False),
        (None, NOON - tick, False),
        (NOON + 3600 * SECOND, None, False),
        (None, NOON + 1800 * SECOND, True),
    ]:
        span = {"start_time": start, "end_time": end}
        asked = {name: f"{at:%Y-%m-%dT%H:%M:%S.%f}Z" for name, at in span.items() if at}
        assert (found(house, **asked) == {task.id}) is is_in, asked


def test_an_end_time_covers_all_of_what_it_writes_down(house: House) -> None:
    last = make(house, created_at=NOON + timedelta(microseconds=999_999))
    next_one = make(house, created_at=NOON + SECOND)
    assert found(house, end_time="2019-05-23T12:00:00Z") == {last.id}
    assert found(house, end_time="2019-05-23T12:00:00.999Z") == {last.id}
    assert found(house, end_time="2019-05-23T12:00:00.998Z") == set()
    assert found(house, end_time="2019-05-23T12:00:01Z") == {last.id, next_one.id}
    assert found(house, start_time="2019-05-23T12:00:01Z") == {next_one.id}


def test_after_holds_its_moment_and_before_does_not(house: House) -> None:
    times = {"started_at": NOON + 10 * SECOND, "ended_at": NOON + 20 * SECOND}
    task = make(house, created_at=NOON, **ended() | times)
    for event, at in (("created", NOON), *((name.removesuffix("_at"), at) for name, at in times.items())):
        after, before = f"{event}_after", f"{event}_before"
        assert found(house, **{after: spelled(at)}) == {task.id}
        assert found(house, **{after: spelled(at + SECOND / 1000)}) == set()
        assert found(house, **{before: spelled(at)}) == set()
        assert found(house, **{before: spelled(at + SECOND / 1000)}) == {task.id}
        assert found(house, **{after: spelled(at), before: spelled(at + SECOND)}) == {task.id}
        assert found(house, **{after: "0001-01-01T00:00:00Z", before: "9999-12-31T23:59:59Z"}) == {task.id}


def test_what_has_not_begun_or_ended_is_in_no_span_of_that(house: House) -> None:
    waiting = make(house)
    running = make(house, status=Status.RUNNING, started_at=BEGIN)
    over = make(house, **ended())
    early, late = "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
    assert found(house, started_after=early) == found(house, started_before=late) == {running.id, over.id}
    assert found(house, ended_after=early) == found(house, ended_before=late) == {over.id}
    assert found(house, created_after=early) == {waiting.id, running.id, over.id}


# ── the text, the parent, the fields ────────────────────────────────────────────────────────────────────


def test_a_text_is_searched_for_in_names_and_messages(house: House) -> None:
    make(house, backup_id="needle", request_id="needle")
    by_resource = make(house, resource=resource_of("r", "the needle", ResourceType.SERVER))
    by_vault = make(house, vault_name="needles")
    by_message = make(house, **ended(Status.FAILED), error=TaskError("E.1", "A needle, in the hay."))
    assert found(house, q="needle") == {by_resource.id, by_vault.id, by_message.id}
    assert found(house, q="needle, in") == {by_message.id}
    assert found(house, q="Needle") == set()
    assert found(house, q="needle", status="waiting") == {by_resource.id, by_vault.id}


def test_what_a_task_does_once_more_or_for_another_region_is_its_parent(house: House) -> None:
    first = make(house, **ended(Status.FAILED))
    again = make(house, retry_of=first.id)
    far = make(house, operation=Operation.REPLICATION, detail=replace(REPLICATION, source_task_id="far"))
    assert found(house, parent_id=first.id) == {again.id}
    assert found(house, parent_id=f"{first.id},far") == {again.id, far.id}
    shown = house.ask("GET", f"/operation-logs/{again.id}")["operation_log"]["holdfast"]
    assert (shown["parent_id"], shown["retry_of"]) == (first.id, first.id)
    shown = house.ask("GET", f"/operation-logs/{far.id}")["operation_log"]["holdfast"]
    assert (shown["parent_id"], shown["retry_of"]) == ("far", None)


def test_who_asked_for_a_task_is_told(house: House) -> None:
    by_ann, by_nobody = make(house, asked_by="ann"), make(house)
    for task, name in ((by_ann, "ann"), (by_nobody, "")):
        assert house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]["holdfast"]["asked_by"] == name


def test_only_the_fields_that_are_asked_for_are_told_and_always_the_id(house: House) -> None:
    task = make(house)
    for query, names in [
        ("status", {"id", "status"}),
        ("id", {"id"}),
        (["status,error_info", "status"], {"id", "status", "error_info"}),
        (",".join(MEMBERS | {"holdfast"}), MEMBERS | {"holdfast"}),
    ]:
        (listed_log,) = house.ask("GET", "/operation-logs", fields=query)["operation_logs"]
        shown = house.ask("GET", f"/operation-logs/{task.id}", fields=query)["operation_log"]
        assert set(shown) == set(listed_log) == names
        assert shown == listed_log
    assert house.refused("GET", f"/operation-logs/{task.id}", fields="colour")[:2] == (400, "9900")


def test_a_gopher_gets_the_same_fields_twice(house: House) -> None:
    make(house)
    path = f"/v3/{house.world.blue.id}/operation-logs?fields=status"
    headers = {"X-Auth-Token": house.tokens["admin"], "User-Agent": "golangsdk/2.0.0"}
    page = house.client.request("GET", path, headers=headers).json()
    assert page["operation_log"] == page["operation_logs"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_why_tasks_wait_is_looked_up_only_where_it_is_told(house: House) -> None:
    make(house)
    whole = len(statements(house, "/operation-logs"))
    plain = len(statements(house, "/operation-logs", fields="status"))
    assert plain < whole
    assert len(statements(house, "/operation-logs")) == plain  # it was found out a moment ago
    make(house)
    assert len(statements(house, "/operation-logs", fields="status,holdfast")) == whole


# ── order and pages ─────────────────────────────────────────────────────────────────────────────────────


def test_a_list_is_newest_first_unless_it_is_said_otherwise(house: House) -> None:
    made = [make(house, created_at=NOON + number * SECOND).id for number in range(4)]
    orders: list[tuple[dict[str, Any], list[str]]] = [
        ({}, made[::-1]),
        ({"sort_key": "created_at"}, made[::-1]),
        ({"sort_dir": "desc"}, made[::-1]),
        ({"sort_dir": "asc"}, made),
    ]
    for asked, wanted in orders:
        assert [log["id"] for log in house.ask("GET", "/operation-logs", **asked)["operation_logs"]] == wanted


def test_an_offset_counts_from_the_marker(house: House) -> None:
    made = [make(house, created_at=NOON + number * SECOND).id for number in range(6)][::-1]
    page = house.ask("GET", "/operation-logs", marker=made[1], offset=2, limit=2)
    assert [log["id"] for log in page["operation_logs"]] == made[4:6]
    assert (page["count"], page["offset"]) == (6, 2)


def test_a_marker_need_not_match(house: House) -> None:
    early, failed, late = (
        make(house, created_at=NOON + number * SECOND, **ended(status))
        for number, status in enumerate((Status.SUCCESS, Status.FAILED, Status.SUCCESS))
    )
    page = house.ask("GET", "/operation-logs", status="success", marker=failed.id)
    assert [log["id"] for log in page["operation_logs"]] == [early.id]
    assert late.id not in page
    assert page["count"] == 2
