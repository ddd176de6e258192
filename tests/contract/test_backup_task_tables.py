"""Every table of the page on the tasks of a backup policy, held against what the server answers."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.asked import Asked, new_policy
from tests.contract.source_documents.list_backup_tasks import (
    DEFAULTS,
    DOCUMENT,
    LATER,
    REFUSALS,
    STATUSES,
)
from tests.contract.tables import Seen, seen

from holdfast.db import tasks
from holdfast.model import clock, ids
from holdfast.model.resource import ResourceType
from holdfast.model.task import BackupDetail, Operation, Status, Task, TaskError, TaskResource

PAGE = (Path(__file__).parents[2] / "docs" / "api" / "vbs.md").read_text()
QUERY, TASK = DOCUMENT.tables[2].fields, DOCUMENT.tables[4].fields
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")
MADE = 24


class Policy:
    """A policy with four tasks in every status, and whoever asks for them over a socket."""

    def __init__(self, asked: Asked) -> None:
        self.project_id = asked.world.blue.id
        self.id = new_policy(asked, f"told-{ids.new()[:8]}")
        self.client = httpx.Client(base_url=asked.address, trust_env=False)
        self.tasks = [self._task(number) for number in range(MADE)]
        with asked.world.db.transaction() as tx:
            for task in self.tasks:
                tasks.add(tx, task)

    def _task(self, number: int) -> Task:
        status = list(Status)[number % len(Status)]
        at = clock.now() - timedelta(seconds=MADE - number)
        more: dict[str, Any] = (
            {"started_at": at, "ended_at": at + timedelta(seconds=0.25)} if status.is_end else {}
        )
        if status in (Status.FAILED, Status.TIMEOUT, Status.SKIPPED):
            more["error"] = TaskError("BackupService.9910", "No.")
        return Task(
            id=ids.new(),
            project_id=self.project_id,
            operation=Operation.BACKUP,
            status=status,
            provider_id="p",
            resource=TaskResource(id=f"disk-{number}", name="data", type=ResourceType.DISK),
            policy_id=self.id,
            request_id="req-1",
            created_at=at,
            updated_at=at,
            detail=BackupDetail(backup_id=ids.new(), backup_name=f"autobk_{number}"),
            **more,
        )

    def send(
        self,
        method: str = "GET",
        *,
        who: str = "blue",
        policy_id: str = "",
        accept: str = "*/*",
        **query: Any,
    ) -> httpx.Response:
        path = DOCUMENT.path.format(project_id=self.project_id, policy_id=policy_id or self.id)
        headers = {"X-Auth-Token": f"token-of-{who}", "Accept": accept}
        return self.client.request(method, path, headers=headers, params=query)

    def ask(self, **query: Any) -> Any:
        reply = self.send(**query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def found(self, **query: Any) -> list[str]:
        return [task["job_id"] for task in self.ask(**query)["tasks"]]


@pytest.fixture(scope="module")
def policy(asked: Asked) -> Iterator[Policy]:
    policy = Policy(asked)
    yield policy
    policy.client.close()


@pytest.fixture(scope="module")
def told(policy: Policy) -> list[Seen]:
    """Every field of the answers that have all tasks."""
    return [
        field for page in (policy.ask(), policy.ask(offset=20)) for field in seen(DOCUMENT, 3, page, 200, {})
    ]


ROWS = [(number, field) for number in (3, 4) for field in DOCUMENT.tables[number].fields]


@pytest.mark.parametrize(("table", "field"), ROWS)
def test_a_field_is_where_its_table_says_and_takes_every_value_named(
    told: list[Seen], table: int, field: str
) -> None:
    values = [one.value for one in told if (one.table, one.field) == (table, field)]
    assert values, "no answer tells it"
    assert None not in values
    assert set(DOCUMENT.tables[table].fields[field].values) <= {str(value) for value in values}


def test_a_task_has_nothing_else_and_leaves_out_only_what_there_is_not_yet(policy: Policy) -> None:
    for task in policy.ask(limit=MADE)["tasks"]:
        assert set(task) <= set(TASK)
        assert set(TASK) - set(task) <= LATER
        has_ended = task["status"] not in ("WAITING", "RUNNING")
        assert ("finished_at" in task) is has_ended
        assert ("message" in task) is ("code" in task) is (has_ended and task["status"] != "EXECUTE_SUCCESS")


def test_times_are_spelled_as_the_page_says(told: list[Seen]) -> None:
    times = [one.value for one in told if one.field in ("created_at", "finished_at")]
    assert times
    assert all(TIME.fullmatch(time) for time in times)


def test_what_is_not_said_has_the_value_of_the_page(policy: Policy) -> None:
    assert policy.found() == policy.found(**DEFAULTS) == policy.found(limit=1000)[: DEFAULTS["limit"]]
    assert policy.ask()["count"] == MADE


VALUES = [(name, value) for name, field in QUERY.items() for value in field.values]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_every_value_that_the_page_names_is_understood(policy: Policy, name: str, value: str) -> None:
    found = policy.ask(**{name: value, "limit": MADE})
    if name == "status":
        assert {task["status"] for task in found["tasks"]} == {value}
        assert found["count"] == MADE / len(STATUSES)
    else:
        assert found["count"] == MADE


def test_every_other_parameter_does_what_the_page_says(policy: Policy) -> None:
    newest_first = [task.id for task in policy.tasks][::-1]
    assert policy.found(limit=MADE) == newest_first
    assert policy.found(sort_key="created_at", sort_dir="asc", limit=MADE) == newest_first[::-1]
    assert policy.found(limit=3) == newest_first[:3]
    assert policy.found(limit=3, offset=2) == newest_first[2:5]
    assert policy.found(limit=3, marker=newest_first[4]) == newest_first[5:8]
    assert policy.found(job_id=newest_first[7]) == [newest_first[7]]
    tried = {"limit", "offset", "marker", "job_id", "sort_key", "sort_dir"}
    assert {name for name, field in QUERY.items() if name not in tried} == {"status"}


def test_no_parameter_of_the_query_is_needed_and_those_of_the_path_are(policy: Policy) -> None:
    assert not any(field.mandatory for field in QUERY.values())
    assert policy.send(policy_id="none").status_code == 404
    assert policy.client.get(f"/v2/{policy.project_id}/backuppolicy//backuptasks").status_code == 404


@pytest.mark.parametrize(
    ("code", "asked_so"),
    [
        (400, {"status": "no status"}),
        (401, {"who": "nobody"}),
        (404, {"policy_id": "none"}),
        (405, {"method": "DELETE"}),
        (406, {"accept": "text/html"}),
        (501, {"method": "PROPFIND"}),
    ],
)
def test_a_refusal_has_the_shape_of_the_page(policy: Policy, code: int, asked_so: dict[str, Any]) -> None:
    reply = policy.send(**asked_so)
    assert reply.status_code == code
    ((name, error),) = reply.json().items()
    assert (name, set(error)) == ("error", {"message", "code"})
    assert error["code"].startswith("AutoBackup.")


@pytest.mark.parametrize("status", REFUSALS)
def test_every_status_of_the_page_is_explained(status: int) -> None:
    """A few of them only something else on the way can answer."""
    table = PAGE.partition("| Status of the documents | Here |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    explained = {code.strip(): words for codes, words in rows[2:] for code in codes.split(",")}
    assert explained[str(status)]
    assert explained[str(status)].startswith("never") is (status in (407, 409, 502, 504))
