"""A real holdfast in a process of its own, asked over a real socket by the real command line."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.command_line import Told, run

HOLDFAST = [sys.executable, "-m", "holdfast"]


@dataclass(frozen=True)
class House:
    """A running holdfast, and the command line to ask it with."""

    data: Path

    def run(self, *arguments: str, **environment: str) -> Told:
        """Run one command line."""
        return run(*arguments, HOLDFAST_DATA=str(self.data), **environment)

    def ask(self, *arguments: str) -> Any:
        """The JSON document of a command that must succeed."""
        told = self.run(*arguments, "--json")
        assert told.code == 0, told.err
        return told.document


@contextmanager
def serving(data: Path) -> Iterator[House]:
    """`holdfast serve` over a folder, ready; it must end well when told to."""
    log = data.parent / "serve.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*HOLDFAST, "serve", "--data", str(data), "--listen", "127.0.0.1:0"], stdout=output, stderr=output
        ) as process,
    ):
        try:
            wait_until_ready(data, process, log)
            yield House(data)
            process.terminate()
            assert process.wait(60) == 0, log.read_text()
        finally:
            process.kill()


def wait_until_ready(data: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            known = json.loads((data / "credentials.json").read_text())
            if httpx.get(f"{known['endpoint']}/healthz", trust_env=False).status_code == 200:
                return
        except (OSError, ValueError, httpx.HTTPError):
            time.sleep(0.1)
    pytest.fail(log.read_text())


@pytest.fixture(
    scope="package"
)  # not longer: a server has something to do even where nobody asks for anything
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(tmp_path_factory.mktemp("house") / "data") as served:
        yield served


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "anna.txt").write_text("dear Anna")
    (folder / "berta.txt").write_text("dear Berta")
    return folder
