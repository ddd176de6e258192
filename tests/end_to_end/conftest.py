"""A holdfast of its own for each test that asks for one, on either database."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.serving import Server


@pytest.fixture
def server(tmp_path: Path, empty_database_url: str) -> Iterator[Server]:
    server = Server(tmp_path / "data", environment={"HOLDFAST_DATABASE": empty_database_url})
    server.data.mkdir()
    server.start()
    yield server
    if server.process is not None:
        server.kill(signal.SIGTERM)
