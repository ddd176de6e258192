"""A real backup, followed from its first word to its last; and a server that ends while people listen."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.end_to_end.serving import Server, wait_until

# What a stream tells does not depend on the database; nor does the end of a server.
pytestmark = pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)


def told(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """The events of a stream, by their names."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_backup_is_followed_from_its_first_word_to_its_last(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear all")
    resource_id = server.protect("directory", "letters", "directory", path=str(folder))
    vault_id = server.vault("files", "turbo", (resource_id, "OS::Sfs::Turbo"))
    assert server.client is not None
    with server.client.stream("GET", "/events", params={"vault_id": vault_id}) as stream:
        events = told(stream.iter_lines())
        assert next(events)[0] == "hello"
        asked = server.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault_id}})
        heard = []
        for name, data in events:
            heard.append((name, data))
            if data.get("status") == "success":
                break
    changes = [data for name, data in heard if name == "task"]
    assert [data["status"] for data in changes] == ["waiting", "running", "success"]
    assert {data["task_id"] for data in changes} == {asked["operation_log_id"]}
    assert {name for name, _ in heard} <= {"task", "progress"}


def test_a_server_that_is_told_to_end_does_so_though_people_listen(server: Server) -> None:
    assert server.client is not None
    limits = httpx.Limits(max_connections=None)
    known = server.client
    with (
        httpx.Client(base_url=known.base_url, headers=known.headers, limits=limits, timeout=60) as http,
        ThreadPoolExecutor(20) as people,
    ):

        def listen(_: int) -> list[str]:
            with http.stream("GET", "/events") as stream:
                ready.append("here")
                return [name for name, _ in told(stream.iter_lines())]

        ready: list[str] = []
        listening = [people.submit(listen, number) for number in range(20)]
        wait_until(lambda: len(ready) == 20, "all listen")
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        # Each of them sees its stream end, and none that it breaks off.
        assert [one.result(60) for one in listening] == [["hello"]] * 20
        assert server.process.wait(60) == 0
    log = (server.data.parent / "serve.log").read_text()
    assert "ASGI" not in log
    assert "Traceback" not in log
