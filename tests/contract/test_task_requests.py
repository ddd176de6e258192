"""What may be asked of tasks: every parameter of the pages' request tables, alone and together."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contract import history
from tests.contract.pages import DOCUMENTS, LISTS, SHOWS
from tests.contract.source_documents import list_op_logs_2025
from tests.contract.town import Town

from holdfast.model.task import Task

FITS: dict[str, Callable[[Task, str], bool]] = {
    "end_time": lambda task, value: task.created_at.replace(microsecond=0) <= _moment(value),
    "start_time": lambda task, value: task.created_at >= _moment(value),
    "enterprise_project_id": lambda task, value: value in ("all_granted_eps", task.enterprise_project_id),
    "operation_type": lambda task, value: task.operation == value,
    "provider_id": lambda task, value: task.provider_id == value,
    "resource_id": lambda task, value: task.resource.id == value,
    "resource_name": lambda task, value: value in task.resource.name,
    "status": lambda task, value: task.status == value,
    "vault_id": lambda task, value: task.vault_id == value,
    "vault_name": lambda task, value: value in (task.vault_name or ""),
}


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def _spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_MOMENTS = (
    "2018-01-01T12:00:00Z",
    *(_spelled(history.BEGIN + number * history.EVERY) for number in (0, 1, 20, 47)),
    "2038-01-01T12:00:00Z",
)
VALUES: dict[str, tuple[str, ...]] = {
    "end_time": _MOMENTS,
    "start_time": _MOMENTS,
    "enterprise_project_id": (*history.ENTERPRISE_PROJECTS, "all_granted_eps", "ep-unknown"),
    "operation_type": list_op_logs_2025.OPERATION_TYPES,
    "provider_id": (
        *sorted({task.provider_id for task in history.tasks("")}),
        "00000000-0000-0000-0000-000000000000",
    ),
    "resource_id": ("resource-0", "resource-8", "resource-unknown"),
    "resource_name": ("web-01", "web", "邮件", "nothing", "%", "_"),
    "status": list_op_logs_2025.STATUSES,
    "vault_id": ("vault-1", "vault-3", "vault-unknown"),
    "vault_name": ("daily", "shop", "月度", "nothing"),
}


def expected(town: Town, query: Mapping[str, Any]) -> list[str]:
    """The ids that a list with these parameters must hold, by trying every task."""
    return [
        task.id
        for task in history.newest_first(town.tasks)
        if all(FITS[name](task, value) for name, value in query.items())
    ]


def check(town: Town, query: dict[str, Any]) -> None:
    """A list with these parameters holds exactly the tasks that fit, newest first."""
    reply = town.get("", **query)
    assert reply.status_code == 200
    wanted = expected(town, query)
    assert [log["id"] for log in reply.json()["operation_logs"]] == wanted
    assert reply.json()["count"] == len(wanted)


@pytest.mark.parametrize("name", LISTS)
def test_every_parameter_of_the_page_is_tried_here(name: str) -> None:
    document = LISTS[name]
    assert set(document.tables[2].fields) == {*FITS, "limit", "offset"}
    for name, field in document.tables[2].fields.items():
        assert set(field.values) <= set(VALUES.get(name, ()))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in VALUES for value in VALUES[name]])
def test_a_filter_keeps_exactly_what_fits(town: Town, name: str, value: str) -> None:
    check(town, {name: value})


def test_every_filter_keeps_some_and_not_others(town: Town) -> None:
    for name, values in VALUES.items():
        counts = {len(expected(town, {name: value})) for value in values}
        assert counts & set(range(1, len(town.tasks))), name


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(VALUES[name]) for name in VALUES}))
@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_filters_together_keep_what_fits_all_of_them(town: Town, query: dict[str, str]) -> None:
    check(town, query)


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("limit", [1, 7, 48, 1000])
def test_pages_by_offset_join_to_the_whole_list(town: Town, limit: int) -> None:
    ids: list[str] = []
    while True:
        page = town.ask("", limit=limit, offset=len(ids))
        assert (page["limit"], page["offset"], page["count"]) == (limit, len(ids), len(town.tasks))
        if not page["operation_logs"]:
            break
        assert len(page["operation_logs"]) <= limit
        ids += [log["id"] for log in page["operation_logs"]]
    assert ids == expected(town, {})


def test_pages_of_a_filtered_list_count_all_matches(town: Town) -> None:
    wanted = expected(town, {"status": "failed"})
    page = town.ask("", status="failed", limit=3, offset=2)
    assert [log["id"] for log in page["operation_logs"]] == wanted[2:5]
    assert page["count"] == len(wanted)


def test_pages_by_marker_join_to_the_whole_list(town: Town) -> None:
    ids: list[str] = []
    while logs := town.ask("", limit=10, **({"marker": ids[-1]} if ids else {}))["operation_logs"]:
        ids += [log["id"] for log in logs]
    assert ids == expected(town, {})


def test_an_offset_past_the_end_is_an_empty_page(town: Town) -> None:
    reply = town.get("", offset=1_000_000)
    assert reply.status_code == 200
    assert reply.json() == {
        "operation_logs": [],
        "count": len(town.tasks),
        "limit": 1000,
        "offset": 1_000_000,
    }


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "1001"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", ""),
        ("limit", "٣"),
        ("offset", "-1"),
        ("offset", "two"),
        ("offset", "99999999999999999999999"),
        ("operation_type", "BACKUP"),
        ("operation_type", "nothing"),
        ("status", "done"),
        ("start_time", "yesterday"),
        ("start_time", "2018-02-30T12:00:00Z"),
        ("end_time", "2018-02-01"),
        ("marker", "no such task"),
    ],
)
def test_a_malformed_parameter_is_named(town: Town, name: str, value: str) -> None:
    query: dict[str, Any] = {name: value}
    reply = town.get("", **query)
    assert reply.status_code == 400
    assert set(reply.json()) == {"error_code", "error_msg"}
    assert reply.json()["error_code"] == "BackupService.9900"
    assert name in reply.json()["error_msg"]


@given(name=st.sampled_from(sorted([*VALUES, "limit", "offset", "marker"])), value=st.text(max_size=40))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_value_of_any_parameter_is_too_strange_to_answer(town: Town, name: str, value: str) -> None:
    query: dict[str, Any] = {name: value}
    assert town.get("", **query).status_code in (200, 400)


@pytest.mark.parametrize("path", ["", "/4827f2da-b008-4507-ab7d-42d0df5ed912"])
def test_the_token_is_mandatory(town: Town, path: str) -> None:
    assert all(document.tables[3].fields["X-Auth-Token"].mandatory for document in LISTS.values())
    assert all(document.tables[2].fields["X-Auth-Token"].mandatory for document in SHOWS.values())
    reply = town.get(path, signed_in=False)
    assert reply.status_code == 401
    assert set(reply.json()) == {"error_code", "error_msg"}


def test_the_project_in_the_path_is_mandatory_and_the_callers_own(town: Town) -> None:
    assert all(document.tables[1].fields["project_id"].mandatory for document in DOCUMENTS.values())
    for path in ("", f"/{town.tasks[0].id}"):
        reply = town.get(path, project_id=town.other_project_id)
        assert reply.status_code == 404
        assert town.get(path, project_id="").status_code == 404


def test_a_task_of_another_project_is_not_there(town: Town) -> None:
    reply: Any = town.get(f"/{town.foreign_task.id}")
    assert (reply.status_code, reply.json()["error_code"]) == (404, "BackupService.6500")
