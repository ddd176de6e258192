"""From the answer to a request, over the audit trail, to its tasks, the worker's lines, and the events."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from tests.api.asking import asking
from tests.engine.house import House

from holdfast.api.app import build
from holdfast.db.codes import CODE_OF_STATUS
from holdfast.db.task_tables import task_event
from holdfast.engine.aside import aside
from holdfast.model.task import Status
from holdfast.service import log_lines
from holdfast.service.log_lines import About


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the house writes, with what each line is about."""
    about = About()
    caplog.handler.addFilter(about)
    with caplog.at_level(logging.INFO, "holdfast"):
        yield caplog
    caplog.handler.removeFilter(about)


def of_worker(lines: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """The lines of the worker about tasks, and what they say that they are about."""
    records = [record for record in lines.records if record.name == "holdfast.engine.perform"]
    return [(record.getMessage(), record.__dict__["about"]) for record in records]


def test_a_request_is_followed_from_its_answer_to_the_events(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    held = [house.directory(name, {"letter.txt": name.encode()}) for name in ("one", "two")]
    vault, caller = house.vault(*held), house.context().caller
    app = build(house.db, house.config, lambda: None, lambda _house, _call: caller)
    with house.working(), asking(app) as client:

        def ask(method: str, path: str, body: Any = None, **wanted: str) -> Any:
            place = f"/v3/{house.project.id}{path}"
            return client.request(method, place, json=body, params=wanted)

        request_id = ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault.id}}).headers[
            "X-Request-Id"
        ]
        (entry,) = ask("GET", "/holdfast/audit", request_id=request_id).json()["audit"]
        task_ids = entry["task_ids"]
        for task_id in task_ids:
            assert house.ended(task_id).status is Status.SUCCESS
        told = ask("GET", "/operation-logs", request_id=request_id).json()["operation_logs"]

    assert (entry["user"]["name"], entry["method"]) == (caller.user_name, "POST")
    assert sorted(log["id"] for log in told) == sorted(task_ids)
    assert len(task_ids) == 2
    assert any(f"request={request_id} " in message for message in lines.messages)
    for task_id, name in ((log["id"], log["extra_info"]["resource"]["name"]) for log in told):
        about = f" [task={task_id} request={request_id}]"
        written = [message for message, of in of_worker(lines) if of == about]
        assert written == [f"backup of {name!r} begins", f"backup of {name!r} ended well"]
    with house.db.reading() as tx:
        wanted = sa.select(task_event.c.status).where(task_event.c.request_id == request_id)
        statuses = sorted(tx.scalars(wanted))
    once = [CODE_OF_STATUS[one] for one in (Status.WAITING, Status.RUNNING, Status.SUCCESS)]
    assert statuses == sorted(once * 2)


def test_whatever_is_written_while_a_task_fails_is_about_it(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    path = house.folder / "gone"
    vault = house.vault(house.directory("gone", {"letter.txt": b"dear all"}))
    (path / "letter.txt").unlink()
    path.rmdir()
    with house.working():
        task = house.back_up(vault)
    assert task.status is Status.FAILED
    about = f" [task={task.id} request={task.request_id}]"
    written = [message for message, of in of_worker(lines) if of == about]
    assert written[-1] == f"backup of 'gone' ended badly, {task.error.code}"
    assert len(written) == 3


def test_what_is_done_aside_is_about_the_same(lines: pytest.LogCaptureFixture) -> None:
    def write() -> None:
        logging.getLogger("holdfast.somewhere").info("from %s", threading.current_thread().name)

    with log_lines.about(task="t1"), log_lines.about(request="r1"):
        aside(write, lambda: None)
    write()
    inside, outside = (record.__dict__["about"] for record in lines.records)
    assert (inside, outside) == (" [task=t1 request=r1]", "")
