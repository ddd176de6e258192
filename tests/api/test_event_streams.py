"""Streams of events: what clients may ask for, and how they begin and end."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.asking import House
from tests.api.following import PATIENCE_SECONDS, Life, Server, numbers, serving
from tests.engine.house import wait_until
from tests.statements import noted

from holdfast.api import app
from holdfast.db import accounts
from holdfast.model import ids
from holdfast.model.project import Role
from holdfast.model.task import Operation, Status
from holdfast.service import sessions

# What becomes of a stream does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def server(house: House) -> Iterator[Server]:
    with serving(house) as server:
        yield server


@pytest.fixture
def life(house: House) -> Life:
    return Life(house)


def test_only_the_newest_progress_is_told(server: Server, life: Life) -> None:
    server.pace(progress_seconds=0.4)
    with server.follow() as following:
        one = life.make()
        epoch = life.begin(one)
        following.next("progress")
        for percent in range(1, 31):
            life.tell(one, epoch, percent)
        assert following.next("progress").data["progress"] in (30, *range(1, 30))
        life.end(one, epoch)
        heard = [following.next()]
        while heard[-1].name != "task":
            heard.append(following.next())
    assert len(heard) <= 3


def test_without_progress_none_comes(server: Server, life: Life) -> None:
    with server.follow(progress="false") as following:
        one = life.make()
        epoch = life.begin(one)
        following.take(2)
        life.tell(one, epoch, 42)
        server.pace(heartbeat_seconds=0.2)
        life.end(one, epoch)
        assert following.next().name == "task"


@pytest.mark.parametrize(
    "asked",
    [
        {"operation_type": "restore,delete"},
        {"resource_id": "r9"},
        {"vault_id": ["v9", "v8"]},
        {"request_id": "req-9"},
    ],
)
def test_filters_keep_the_rest_back(server: Server, life: Life, asked: dict[str, Any]) -> None:
    with server.follow(**asked) as following:
        life.make()
        wanted = life.make(Operation.RESTORE, "r9", vault_id="v9", request_id="req-9")
        life.make()
        assert following.next("task").data["task_id"] == wanted.id
        life.begin(wanted)
        heard = following.next("task")
    assert (heard.id, heard.data["task_id"]) == (4, wanted.id)
    with server.open(last=0, **asked) as again:
        assert numbers(again.take(2)) == [2, 4]


def test_one_task_or_one_status_may_be_followed(server: Server, life: Life) -> None:
    one, other = life.make(), life.make()
    with server.follow(task_id=one.id) as by_task, server.follow(status="success,failed") as by_status:
        life.end(other, life.begin(other), Status.FAILED)
        life.end(one, life.begin(one))
        assert [heard.data["status"] for heard in by_task.take(2)] == ["running", "success"]
        heard = [by_status.next(), by_status.next()]
    assert [(one.name, one.data["status"]) for one in heard] == [("task", "failed"), ("task", "success")]


def test_members_may_be_chosen(server: Server, life: Life) -> None:
    with server.follow(fields="status,vault_name") as some, server.follow() as all_of_it:
        one = life.make()
        assert some.next("task").data["operation_log"] == {
            "id": one.id,
            "status": "waiting",
            "vault_name": "safe",
        }
        assert len(all_of_it.next("task").data["operation_log"]) > 10


def test_many_who_join_at_any_moment_hear_all_that_follows(server: Server, life: Life) -> None:
    server.pace(most_events=5, most_queued=8)
    stop = threading.Event()

    def live() -> None:
        while not stop.is_set():
            life.whole()

    writer = threading.Thread(target=live)
    writer.start()
    try:
        for _ in range(8):
            with server.open(progress="false") as following:
                begin = following.next().id or 0
                assert numbers(following.take(8)) == list(range(begin + 1, begin + 9))
    finally:
        stop.set()
        writer.join()


def test_a_reader_may_follow(server: Server, life: Life) -> None:
    with server.follow(who="reader") as following:
        life.make()
        assert following.take(1)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"status": "done"}, "status"),
        ({"operation_type": ""}, "operation_type"),
        ({"task_id": "a\0b"}, "task_id"),
        ({"vault_id": ",".join("v" * 101)}, "vault_id"),
        ({"fields": "secrets"}, "fields"),
        ({"progress": "some"}, "progress"),
        ({"last_event_id": "-1"}, "last_event_id"),
        ({"last_event_id": "9223372036854775808"}, "last_event_id"),
        ({"last_event_id": "nine"}, "last_event_id"),
        ({"last_event_id": "٣"}, "last_event_id"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    house: House, asked: dict[str, str], named: str
) -> None:
    status, code, message = house.refused("GET", "/events", **asked)
    assert (status, code) == (400, "9900")
    assert f" {named}: " in message


def test_the_header_is_refused_by_its_name(server: Server) -> None:
    url = f"{server.address}/v3/{server.house.world.blue.id}/events"
    headers = {"X-Auth-Token": server.house.tokens["admin"], "Last-Event-ID": "yesterday"}
    refused = httpx.get(url, headers=headers, trust_env=False)
    assert refused.status_code == 400
    assert "Last-Event-ID: " in refused.json()["error_msg"]


def test_head_has_an_end(house: House) -> None:
    reply = house.send("HEAD", "/events")
    assert (reply.status_code, reply.content) == (200, b"")


def test_silence_is_filled_and_what_filters_kept_back_is_passed_by(server: Server, life: Life) -> None:
    server.pace(heartbeat_seconds=0.1)
    with server.follow(operation_type="sync") as following:
        assert following.next().name == ":"
        life.whole()
        heard = following.next("position")
        while heard.id != 3:
            heard = following.next("position")
        assert heard.data == {"number": 3}
        assert following.next().name == ":"
        life.make(Operation.SYNC)
        assert following.next("task").id == 4


def test_there_are_only_so_many_clients(server: Server) -> None:
    server.pace(most_of_project=2, most_clients=3)
    red = server.house.world.red
    with server.follow(), server.follow() as second, server.follow(who="stranger", project=red):
        for who, project in (("admin", server.house.world.blue), ("stranger", red)):
            headers = {"X-Auth-Token": server.house.tokens[who]}
            url = f"{server.address}/v3/{project.id}/events"
            refused = httpx.get(url, headers=headers, trust_env=False)
            assert refused.status_code == 503
            assert refused.json()["error_code"] == "Holdfast.0058"
        second.reply.close()
        wait_until(lambda: server.hub.clients == 2, lambda: f"{server.hub.clients} are there")
        with server.follow():
            pass


def test_the_stream_ends_with_the_token(server: Server) -> None:
    server.house.admit("guest", server.house.world.blue, Role.READER, hours=2 / 3600)
    with server.follow(who="guest") as following:
        assert [heard for heard in following if heard.name != ":"] == []
    assert server.house.refused("GET", "/events", who="guest")[0] == 401


def test_the_stream_ends_when_the_token_is_revoked_or_the_role_taken_away(server: Server, life: Life) -> None:
    house, blue = server.house, server.house.world.blue
    for who in ("one", "other"):
        house.admit(who, blue, Role.READER)
    server.pace(check_seconds=0.05)
    with server.follow(who="one") as one, server.follow(who="other") as other, server.follow() as third:
        sessions.revoke(house.world.db, house.tokens["one"])
        assert [heard for heard in one if heard.name != ":"] == []
        with house.world.db.transaction() as tx:
            found = accounts.find_user(tx, blue.domain_id, "other")
            assert found is not None
            accounts.revoke(tx, found[0].id, blue.id)
        assert [heard for heard in other if heard.name != ":"] == []
        life.make()
        assert third.next().name == "task"


def test_a_server_that_ends_ends_all_streams_and_opens_no_other(server: Server) -> None:
    with server.follow() as one, server.follow(task_id=ids.new()) as other:
        app.stop(server.house.client.app)
        assert list(one) == []
        assert list(other) == []
    assert server.house.refused("GET", "/events")[:2] == (503, "0058")


def test_many_clients_take_no_more_statements_than_one_and_no_threads(server: Server, life: Life) -> None:
    server.pace(look_seconds=0.1, progress_seconds=0.1)
    with ExitStack() as stack:
        clients = [stack.enter_context(server.follow()) for _ in range(5)]
        threads = threading.active_count()
        clients += [stack.enter_context(server.follow(fields="status")) for _ in range(195)]
        assert server.hub.clients == 200
        assert threading.active_count() <= threads + 8  # those that answer the first question of each
        with noted(life.db) as statements:
            one = life.make()
            made_with = len(statements)
            heard = {client.take(1)[0].data["task_id"] for client in clients}
            told_with = len(statements) - made_with
        assert heard == {one.id}
        assert told_with < 200
    wait_until(lambda: server.hub.clients == 0, lambda: f"{server.hub.clients} are still there")
    with noted(life.db) as statements:
        threading.Event().wait(0.5)
    assert len(statements) <= 5  # a look that was under way, and none after it


@contextmanager
def asleep(server: Server) -> Iterator[socket.socket]:
    """A client that has opened a stream, and takes nothing of it."""
    host, port = server.address.removeprefix("http://").split(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)
        client.settimeout(PATIENCE_SECONDS)
        client.connect((host, int(port)))
        asked = (
            f"GET /v3/{server.house.world.blue.id}/events?progress=false HTTP/1.1",
            f"Host: {host}",
            f"X-Auth-Token: {server.house.tokens['admin']}",
            "Connection: close",
        )
        client.sendall("\r\n".join([*asked, "", ""]).encode())
        assert b"200" in client.recv(64)
        wait_until(lambda: server.hub.clients == 1, lambda: "it is not there")
        yield client


def rest(client: socket.socket, last: int = 0) -> list[int]:
    """The numbers of the events that come, up to this one or the end of the stream."""
    heard = bytearray()
    while not last or b"id: %d\n" % last not in heard[-LONGEST:]:
        piece = client.recv(LONGEST)
        if not piece:
            break
        heard += piece
    return [int(number) for number in re.findall(rb"id: ([0-9]+)\nevent: task", heard)]


LONG = "n" * 100_000
LONGEST = 1 << 20


def test_a_slow_client_keeps_nothing_waiting_and_hears_it_all(server: Server, life: Life) -> None:
    server.pace(most_events=4, most_queued=6)
    with asleep(server) as client:
        for _ in range(25):
            life.whole(resource_name=LONG)
        wait_until(lambda: server.hub.listening == 0, lambda: "it is told more and more")
        assert rest(client, 75) == list(range(1, 76))
        wait_until(lambda: server.hub.listening == 1, lambda: "it does not listen again")
        life.make()
        assert rest(client, 76) == [76]


def test_a_client_that_takes_nothing_is_cut_off_and_goes_on_where_it_was(server: Server, life: Life) -> None:
    server.pace(silence_seconds=0.3)
    with asleep(server) as client:
        for _ in range(25):
            life.whole(resource_name=LONG)
        wait_until(lambda: server.hub.clients == 0, lambda: "it is still there")
        heard = rest(client)
    assert heard == list(range(1, len(heard) + 1))
    with server.open(last=heard[-1]) as following:
        assert numbers(following.take(75 - len(heard))) == list(range(len(heard) + 1, 76))


def test_the_example_of_the_page_goes_on_over_the_end_of_a_stream(server: Server, life: Life) -> None:
    page = Path(__file__).parents[2] / "docs" / "api" / "events.md"
    example = page.read_text().partition("```python\n")[2].partition("\nclient = ")[0]
    known: dict[str, Any] = {}
    exec(example.replace("time.sleep(2)", "time.sleep(0.01)"), known)  # noqa: S102 - it is ours
    server.house.admit("guest", server.house.world.blue, Role.READER, hours=2 / 3600)
    path = f"{server.address}/v3/{server.house.world.blue.id}/events"
    server.http.headers["X-Auth-Token"] = server.house.tokens["guest"]
    told = known["events"](server.http, path)
    assert next(told)[0] == "hello"
    server.http.headers["X-Auth-Token"] = server.house.tokens["admin"]
    life.make()
    assert next(told)[1]["number"] == 1
    # The guest's time is over, and another comes back in their place.
    assert next(told) == ("hello", {"number": 1, "last": 1})
    life.make()
    assert next(told)[1]["number"] == 2
