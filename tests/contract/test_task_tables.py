"""Every table of the pages that describe tasks, held against what the server answers."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from tests.contract import history
from tests.contract.pages import DOCUMENTS, LISTS, NEWEST, SHOWS
from tests.contract.tables import Document, Seen, seen
from tests.contract.town import Town

from holdfast.model.task import Operation

# The block that an operation fills; every other block is absent.
BLOCKS = {
    Operation.BACKUP: "backup",
    Operation.COPY: "replication",
    Operation.REPLICATION: "replication",
    Operation.RESTORE: "restore",
    Operation.DELETE: "delete",
    Operation.SYNC: "sync",
    Operation.VAULT_DELETE: "vault_delete",
    Operation.REMOVE_RESOURCE: "remove_resources",
}


@pytest.fixture(scope="module")
def found(town: Town) -> Mapping[str, list[Seen]]:
    """Per page, every field of every answer that the page describes with status 200."""
    answers = {name: [town.ask()] for name in LISTS}
    answers |= {name: [town.ask(task.id) for task in town.tasks] for name in SHOWS}
    return {
        name: [
            field
            for answer in answers[name]
            for field in seen(document, document.answers[200], answer, 200, NEWEST)
        ]
        for name, document in DOCUMENTS.items()
    }


def rows(tables: range, names: Mapping[str, Document]) -> list[Any]:
    """One case for each row of these tables of each page."""
    return [
        pytest.param(name, number, field, id=f"{name}-{number}-{document.tables[number].name}-{field}")
        for name, document in names.items()
        for number in document.tables
        if number in tables
        for field in document.tables[number].fields
    ]


def response_tables(document: Document) -> range:
    """The tables of the answer with status 200."""
    return range(document.answers[200], document.answers.get(404, max(document.tables) + 1))


ROWS = [case for name, page in DOCUMENTS.items() for case in rows(response_tables(page), {name: page})]


@pytest.mark.parametrize(("name", "table", "field"), ROWS)
def test_a_field_is_where_its_table_says_and_takes_every_value_named(
    found: Mapping[str, list[Seen]], name: str, table: int, field: str
) -> None:
    values = [one.value for one in found[name] if (one.table, one.field) == (table, field)]
    told = [value for value in values if value is not None]
    assert told, "no answer tells it"
    assert set(DOCUMENTS[name].tables[table].fields[field].values) <= {str(value) for value in told}


ALWAYS = {"OperationLog", "OpErrorInfo", "OpExtendInfoBckup", "OpExtendInfoCommon", "OpExtendInfoDelete"} | {
    "OpExtendInfoSync",
    "OpExtendInfoRemoveResources",
    "OpExtendInfoReplication",
    "OpExtendInfoRestore",
    "OpExtendInfoVaultDelete",
    "Body",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_object_has_all_its_fields_always(found: Mapping[str, list[Seen]], name: str) -> None:
    """Only the blocks of OpExtraInfo and what a resource says beyond its name come and go."""
    times: dict[tuple[int, str], int] = defaultdict(int)
    for one in found[name]:
        times[one.table, one.field] += 1
    for number in response_tables(DOCUMENTS[name]):
        table = DOCUMENTS[name].tables[number]
        if table.name in ALWAYS:
            assert len({times[number, field] for field in table.fields}) == 1, table.name


@pytest.mark.parametrize("operation", history.OPERATIONS)
def test_a_task_fills_the_block_of_its_operation_and_no_other(town: Town, operation: Operation) -> None:
    for task in town.tasks:
        if task.operation is operation:
            told = town.ask(task.id)["operation_log"]["extra_info"]
            assert set(told) == {"common", "resource", BLOCKS[operation]}


def test_every_value_of_a_task_is_told(town: Town) -> None:
    for task in town.tasks:
        told = town.ask(task.id)["operation_log"]
        assert (told["id"], told["project_id"], told["provider_id"]) == (
            task.id,
            task.project_id,
            task.provider_id,
        )
        assert (told["operation_type"], told["status"]) == (task.operation, task.status)
        assert (told["vault_id"], told["vault_name"]) == (task.vault_id, task.vault_name)
        assert (told["checkpoint_id"], told["policy_id"]) == (task.checkpoint_id, task.policy_id)
        assert told["error_info"] == {"code": task.error.code, "message": task.error.message}
        common = {"progress": task.progress, "request_id": task.request_id, "task_id": task.id}
        assert told["extra_info"]["common"] == common


def test_a_time_has_milliseconds_and_an_offset(town: Town) -> None:
    first = town.ask(town.tasks[0].id)["operation_log"]
    assert first["created_at"] == "2023-03-25T06:32:07.951+00:00"


def test_a_task_that_is_not_over_has_no_end(town: Town) -> None:
    for task in town.tasks:
        told = town.ask(task.id)["operation_log"]
        assert (told["ended_at"] is None) == (not task.status.is_end)


def test_a_resource_without_chosen_volumes_says_nothing_beyond_its_name(town: Town) -> None:
    """A client fails on an empty object there."""
    plain = [task for task in town.tasks if not task.resource.exclude_volumes + task.resource.include_volumes]
    assert plain
    for task in plain:
        assert set(town.ask(task.id)["operation_log"]["extra_info"]["resource"]) == {"id", "name", "type"}


def test_a_shown_task_is_the_listed_one(town: Town) -> None:
    for listed in town.ask()["operation_logs"]:
        assert town.ask(listed["id"]) == {"operation_log": listed}


# ── the answers with status 404 ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", SHOWS)
def test_an_unknown_task_is_told_as_the_page_says(town: Town, name: str) -> None:
    reply = town.get("/4827f2da-b008-4507-ab7d-42d0df5ed912")
    assert reply.status_code == 404
    document = SHOWS[name]
    number = document.answers[404]
    told = {one.field: one.value for one in seen(document, number, reply.json(), 404, {})}
    assert set(told) == set(document.tables[number].fields)
    assert told == {"error_code": "BackupService.6500", "error_msg": "Operation log does not exist."}


def test_a_list_without_a_match_has_the_tables_of_a_404_and_the_status_200(town: Town) -> None:
    """The page gives 404 the tables of a list; no client takes an empty list for an error."""
    document = LISTS["list_op_logs_2025"]
    reply = town.get("", vault_id="no such vault")
    assert reply.status_code == 200
    told = {one.field: one.value for one in seen(document, document.answers[404], reply.json(), 404, {})}
    assert told == {"operation_logs": [], "count": 0, "limit": 1000, "offset": 0}


ROWS_404 = rows(range(18, 32), {"list_op_logs_2025": LISTS["list_op_logs_2025"]})


@pytest.mark.parametrize(("name", "table", "field"), ROWS_404)
def test_the_tables_of_a_404_say_of_a_list_what_those_of_200_say(
    found: Mapping[str, list[Seen]], name: str, table: int, field: str
) -> None:
    document = DOCUMENTS[name]
    assert document.tables[table].fields[field] == document.tables[table - 14].fields[field]
    assert any((one.table, one.field) == (table - 14, field) for one in found[name])
