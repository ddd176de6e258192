"""A server that is asked to stop keeps nobody waiting."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.db.making import task
from tests.end_to_end.serving import PATIENCE_SECONDS, Server, wait_until

from holdfast.config import Config
from holdfast.db import tasks
from holdfast.db.database import open_database
from holdfast.model.task import Task


def task_that_nobody_does(server: Server) -> Task:
    """A task of a site that no worker serves."""
    url = server.environment["HOLDFAST_DATABASE"]
    database = open_database(url, Config(data=server.data).key_path.read_bytes().strip())
    made = task(project_id=server.credentials["project_id"])
    with database.transaction() as tx:
        tasks.add(tx, made, site="nowhere")
    database.close()
    return made


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_whoever_waits_for_a_task_is_answered_when_the_server_stops(
    server: Server, how: signal.Signals
) -> None:
    made = task_that_nobody_does(server)
    assert server.client is not None
    with ThreadPoolExecutor(20) as people:
        path = f"/operation-logs/{made.id}"
        waiting = [
            people.submit(server.client.get, path, params={"wait": 300}, timeout=PATIENCE_SECONDS)
            for _ in range(20)
        ]
        assert server.client.get(path, params={"wait": 1}).status_code == 200
        assert not any(one.done() for one in waiting)
        assert server.process is not None
        server.process.send_signal(how)
        for one in waiting:
            assert one.result(PATIENCE_SECONDS).json()["operation_log"]["status"] == "waiting"
        wait_until(lambda: server.process is None or server.process.poll() == 0, "the server has ended")
