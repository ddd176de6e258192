"""What each parameter of the task list means, on the wire."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.api.asking import House
from tests.api.test_operation_log_queries import NOON, SECOND, spelled
from tests.api.test_operation_logs import BEGIN, MEMBERS, REPLICATION, ended, found, make
from tests.api.test_statements import statements

from holdfast.model import ids
from holdfast.model.resource import ResourceType
from holdfast.model.task import (
    Operation,
    Status,
    TaskError,
    resource_of,
)

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
