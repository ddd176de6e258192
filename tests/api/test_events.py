"""Events as they are told over a real socket: in order, from the rows and live, and nothing twice."""

import dataclasses
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from tests.api.asking import House, asking
from tests.api.following import Heard, Life, Server, numbers, serving
from tests.conftest import KEY
from tests.db.making import task
from tests.engine.house import wait_until

from holdfast.api.app import build
from holdfast.db import tasks
from holdfast.db.database import open_database
from holdfast.db.task_tables import task as task_table
from holdfast.db.task_tables import task_event
from holdfast.model.task import Figures, Phase


@pytest.fixture
def server(house: House) -> Iterator[Server]:
    with serving(house) as server:
        yield server


@pytest.fixture
def life(house: House) -> Life:
    return Life(house)


def test_every_change_is_told_in_order_with_the_task_as_the_list_shows_it(server: Server, life: Life) -> None:
    with server.open() as following:
        assert following.reply.headers["Content-Type"].startswith("text/event-stream")
        assert following.reply.headers["Cache-Control"] == "no-store"
        assert following.reply.headers["X-Request-Id"].startswith("req-")
        assert following.next() == Heard("hello", 0, {"number": 0, "last": 0})
        one = life.make(resource_name="仓\u2028库\u0085", request_id="req-7")
        (waiting,) = following.take(1)
        epoch = life.begin(one)
        (running,) = following.take(1)
        life.end(one, epoch)
        (success,) = following.take(1)
    assert numbers([waiting, running, success]) == [1, 2, 3]
    for heard, status in ((waiting, "waiting"), (running, "running"), (success, "success")):
        told = heard.data.pop("operation_log")
        assert told["status"] == status
        at = heard.data.pop("at")
        assert at.endswith("+00:00")
        assert heard.data == {
            "number": heard.id,
            "task_id": one.id,
            "request_id": "req-7",
            "status": status,
        }
    assert told == server.house.ask("GET", f"/operation-logs/{one.id}")["operation_log"]


def test_progress_comes_between_and_only_what_is_new(server: Server, life: Life) -> None:
    with server.follow() as following:
        one = life.make()
        epoch = life.begin(one)
        assert [heard.data["status"] for heard in following.take(2)] == ["waiting", "running"]
        first = following.next()
        assert (first.name, first.id) == ("progress", None)
        assert first.data["progress"] == 0
        life.tell(one, epoch, 42, Figures(bytes_done=42, bytes_total=100))
        told = following.next()
        assert told.name == "progress"
        assert told.data.pop("updated_at")
        assert told.data == {
            "task_id": one.id,
            "request_id": one.request_id,
            "status": "running",
            "progress": 42,
            "phase": Phase.PREPARING,
            "figures": {
                "bytes_done": 42,
                "bytes_total": 100,
                "bytes_per_second": 0,
                "bytes_stored": 0,
                "files_done": 0,
                "files_total": 0,
                "warning_count": 0,
            },
        }
        life.end(one, epoch)
        assert following.next().data["status"] == "success"


def test_who_comes_back_hears_first_what_happened_meanwhile(server: Server, life: Life) -> None:
    server.pace(most_events=3)
    for _ in range(5):
        life.whole()
    with server.open(last=4) as following:
        assert following.next() == Heard("hello", 4, {"number": 4, "last": 15})
        assert numbers(following.take(11)) == list(range(5, 16))
        life.whole()
        assert numbers(following.take(3)) == [16, 17, 18]
    with server.open(last_event_id=17) as following:
        assert numbers(following.take(1)) == [18]
    with server.open(last=17, last_event_id=3) as browser:
        assert browser.next().data["number"] == 17
    with server.open(last=18) as following:
        assert following.next() == Heard("hello", 18, {"number": 18, "last": 18})


@pytest.mark.parametrize("seed", range(2))
def test_whoever_breaks_off_anywhere_misses_nothing_and_hears_nothing_twice(
    server: Server, life: Life, seed: int
) -> None:
    server.pace(most_events=4, most_queued=6)
    chance = random.Random(seed)
    heard: list[int | None] = []

    def live() -> None:
        for _ in range(16):
            life.whole()

    writer = threading.Thread(target=live)
    with server.follow() as following:
        writer.start()
        heard += numbers(following.take(chance.randint(1, 5)))
    while len(heard) < 48:
        with server.open(last=heard[-1]) as following:
            heard += numbers(following.take(min(chance.randint(1, 20), 48 - len(heard))))
    writer.join()
    assert heard == list(range(1, 49))


def test_who_knows_an_event_before_the_first_that_is_kept_is_told_to_begin_anew(
    server: Server, life: Life
) -> None:
    life.whole()
    life.whole()
    life.forget(3)
    with server.open(last=3) as following:
        assert following.next().name == "hello"
        assert numbers(following.take(3)) == [4, 5, 6]
    for last in (2, 7, 9_223_372_036_854_775_807):
        with server.open(last=last) as following:
            assert following.next() == Heard("reset", 6, {"number": 6, "last": 6})
    with server.open(last=2) as following:
        following.next("reset")
        one = life.make()
        assert following.next("task").data["task_id"] == one.id


def test_what_goes_while_somebody_listens_or_reads_is_a_gap_that_is_told(server: Server, life: Life) -> None:
    server.pace(most_events=2)
    life.whole()
    life.whole()
    with server.follow() as following:
        with life.db.transaction() as tx:
            for _ in range(3):
                tasks.add(tx, task(project_id=life.project.id))
            tx.execute(sa.delete(task_event).where(task_event.c.number == 7))
        assert following.next() == Heard("reset", 9, {"number": 9, "last": 9})
        one = life.make()
        assert following.next("task").data["task_id"] == one.id
    with server.open(last=4) as following:
        heard = [following.next() for _ in range(4)]
        assert [(each.name, each.id) for each in heard] == [
            ("hello", 4),
            ("task", 5),
            ("task", 6),
            ("reset", 10),
        ]


def test_every_server_tells_what_was_written_through_any(
    server: Server, life: Life, database_url: str
) -> None:
    asked: dict[str, Any] = {"fields": "vault_name", "progress": "false"}
    with closing(open_database(database_url, KEY)) as database:
        beside = dataclasses.replace(server.house.world, db=database)
        another = build(database, beside.config, lambda: None)
        with asking(another) as client, serving(House(beside, client, server.house.tokens)) as second:
            with server.follow(**asked) as one, second.follow(**asked) as other:
                life.whole()
                Life(second.house).whole()
                life.whole()
                heard = one.take(9)
                assert numbers(heard) == list(range(1, 10))
                assert other.take(9) == heard
            with second.open(last=5, **asked) as following:
                assert following.take(4) == heard[5:]


def test_a_task_that_is_gone_is_told_without_its_operation_log(server: Server, life: Life) -> None:
    one = life.whole()
    with life.db.transaction() as tx:
        tx.execute(sa.delete(task_table).where(task_table.c.id == one.id))
    with server.open(last=0) as following:
        heard = following.take(3)
    assert [(each.data["task_id"], each.data["operation_log"]) for each in heard] == [(one.id, None)] * 3
    assert heard[-1].data["status"] == "success"


def test_somebody_elses_events_are_nobodys_business(server: Server, life: Life) -> None:
    red = server.house.world.red
    other = Life(server.house, red)
    with server.follow() as ours, server.follow(who="stranger", project=red) as theirs:
        secret, known = other.make(), life.make()
        other.begin(secret)
        life.begin(known)
        for following, one in ((ours, known), (theirs, secret)):
            heard = following.take(2)
            assert numbers(heard) == [1, 2]
            assert {each.data["task_id"] for each in heard} == {one.id}
            progress = following.next()
            assert (progress.name, progress.data["task_id"]) == ("progress", one.id)
    assert server.house.refused("GET", "/events", who="stranger")[:2] == (404, "6302")
    assert server.house.refused("GET", "/events", who="")[:2] == (401, "0301")


def test_nothing_is_lost_while_the_database_is_broken(
    server: Server, life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    with server.follow() as following:
        life.whole()
        assert numbers(following.take(3)) == [1, 2, 3]
        _rename(life, "task_project", "elsewhere")
        wait_until(lambda: "nobody is told of events" in caplog.text, lambda: "no complaint")
        _rename(life, "elsewhere", "task_project")
        life.whole()
        assert numbers(following.take(3)) == [4, 5, 6]


def _rename(life: Life, name: str, other: str) -> None:
    with life.db.altering() as tx:
        tx.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {other}")
