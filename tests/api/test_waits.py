"""Waiting for the end of a task: many clients, no threads, one look at the database for all."""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from tests.api.asking import House
from tests.api.test_operation_logs import BEGIN, ended, make
from tests.api.test_statements import counting
from tests.wire.listening import listening

from holdfast.api import app
from holdfast.api.waits import Waits
from holdfast.db import work
from holdfast.model.task import Ending, Status, Task, TaskError

PATIENCE_SECONDS = 30


def end(house: House, task: Task) -> None:
    """The task is over from now on."""
    with house.world.db.transaction() as tx:
        assert work.close(tx, task.id, Ending(status=Status.FAILED, error=TaskError("E.1", "It was late.")))


@contextmanager
def waiting_for(house: House, *tasks: Task, wait: int = 60, **more: Any) -> Iterator[list[Future[Any]]]:
    """Clients that wait for these, each in a thread of the test's own; what they are told."""
    with ThreadPoolExecutor(len(tasks)) as people, counting(house) as statements:
        path = "/operation-logs/"
        asked = [partial(house.ask, "GET", path + task.id, wait=wait, **more) for task in tasks]
        told = [people.submit(one) for one in asked]
        until(lambda: looks(statements) > 0)
        yield told


def looks(statements: list[str]) -> int:
    """How often the database was asked which tasks have not ended."""
    return sum("work.task_id IN (SELECT" in one and "work_resource" not in one for one in statements)


def until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_has_ended_is_told_at_once(house: House) -> None:
    task = make(house, **ended())
    with counting(house) as statements:
        told = house.ask("GET", f"/operation-logs/{task.id}", wait=60)
    assert told == house.ask("GET", f"/operation-logs/{task.id}")
    assert looks(statements) == 0


def test_the_answer_comes_when_the_task_ends(house: House) -> None:
    waiting, running = make(house), make(house, status=Status.RUNNING, started_at=BEGIN)
    with waiting_for(house, waiting, running, who="reader") as (first, second):
        end(house, running)
        told = second.result(PATIENCE_SECONDS)["operation_log"]
        assert (told["id"], told["status"], told["error_info"]["code"]) == (running.id, "failed", "E.1")
        assert told["ended_at"]
        assert not first.done()
        end(house, waiting)
        assert first.result(PATIENCE_SECONDS) == house.ask("GET", f"/operation-logs/{waiting.id}")


def test_the_answer_has_the_fields_that_were_asked_for(house: House) -> None:
    task = make(house)
    with waiting_for(house, task, fields="status") as (told,):
        end(house, task)
        assert told.result(PATIENCE_SECONDS) == {"operation_log": {"id": task.id, "status": "failed"}}


def test_when_the_time_is_over_the_task_is_told_as_it_is(house: House) -> None:
    task = make(house)
    told = house.ask("GET", f"/operation-logs/{task.id}", wait=1)
    assert told == house.ask("GET", f"/operation-logs/{task.id}")
    assert told["operation_log"]["status"] == "waiting"


def test_a_wait_is_of_one_second_to_three_hundred(house: House) -> None:
    task = make(house)
    for value in ("0", "301", "-1", "1.5", "", "soon", "9" * 21):
        status, code, message = house.refused("GET", f"/operation-logs/{task.id}", wait=value)
        assert (status, code) == (400, "9900")
        assert message.startswith("Parameter verification failed. wait: ")
    assert house.refused("GET", f"/operation-logs/{task.id}", wait=["1", "1"])[0] == 400


def test_nobody_waits_for_a_task_that_is_not_theirs(house: House) -> None:
    theirs = make(house, project=house.world.red)
    for task_id in (theirs.id, "4827f2da-b008-4507-ab7d-42d0df5ed912"):
        assert house.refused("GET", f"/operation-logs/{task_id}", wait=60)[:2] == (404, "6500")
    assert house.refused("GET", f"/operation-logs/{theirs.id}", who="", wait=60)[0] == 401


def test_hundreds_wait_take_no_thread_and_are_served_by_one_look(house: House) -> None:
    task, other = make(house), make(house)
    clients = 150
    path, headers = f"/v3/{house.world.blue.id}/operation-logs", {"X-Auth-Token": house.tokens["admin"]}

    async def all_of_them() -> list[str]:
        told: list[str] = []

        async def one() -> None:
            reply = await house.client.http.get(
                f"{path}/{task.id}?wait=60&fields=status", headers=headers, timeout=PATIENCE_SECONDS
            )
            told.append(reply.json()["operation_log"]["status"])

        async with anyio.create_task_group() as group:
            for _ in range(clients):
                group.start_soon(one)
            while house.client.app.state.waits.number < clients:
                await anyio.sleep(0.02)
            # More of them than the server has threads: who does not wait is answered all the same.
            reply = await house.client.http.get(f"{path}/{other.id}", headers=headers)
            assert reply.status_code == 200
            with counting(house) as statements:
                await anyio.sleep(1)
            assert sum(one.startswith("SELECT") for one in statements) == looks(statements)
            assert 0 < looks(statements) < 10
            await anyio.to_thread.run_sync(end, house, task)
        return told

    assert house.client.portal.call(all_of_them) == ["failed"] * clients


def test_nobody_is_looked_for_when_nobody_waits(house: House) -> None:
    task = make(house)
    with waiting_for(house, task):
        end(house, task)
    assert house.client.app.state.waits.number == 0
    with counting(house) as statements:
        time.sleep(0.6)
    assert statements == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_hangs_up_is_waited_for_no_longer(house: House) -> None:
    task, waits = make(house), house.client.app.state.waits
    with listening(house.client.app) as address:
        url = f"{address}/v3/{house.world.blue.id}/operation-logs/{task.id}?wait=60"
        headers = {"X-Auth-Token": house.tokens["admin"]}
        with httpx.Client(trust_env=False, timeout=0.5) as http, suppress(httpx.ReadTimeout):
            http.get(url, headers=headers)
        until(lambda: waits.number == 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_when_the_server_stops_everybody_is_told_what_there_is(house: House) -> None:
    task = make(house)
    with waiting_for(house, task, task) as told:
        app.stop(house.client.app)
        for one in told:
            assert one.result(PATIENCE_SECONDS)["operation_log"]["status"] == "waiting"
    late = house.ask("GET", f"/operation-logs/{task.id}", wait=60)
    assert late["operation_log"]["status"] == "waiting"


def test_where_the_database_cannot_be_asked_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    asked: list[Collection[str]] = []

    def unended(task_ids: Collection[str]) -> Collection[str]:
        asked.append(task_ids)
        raise ValueError("no such thing")

    async def wait_twice() -> None:
        waits = Waits(unended)
        with anyio.fail_after(PATIENCE_SECONDS):
            await waits.until_ended("a")
            await waits.until_ended("b")
        assert waits.number == 0

    with caplog.at_level(logging.ERROR):
        anyio.run(wait_twice)
    assert asked == [{"a"}, {"b"}]
    assert [record.message for record in caplog.records] == ["nobody waits for tasks any longer"] * 2
