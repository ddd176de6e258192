"""One command from nothing to a backup, and the lines that it gives to paste."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import HOLDFAST


@contextmanager
def up(data: Path, told: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`holdfast up` with its output in a file; killed in the end if it has not ended."""
    with (
        told.open("wb") as output,
        subprocess.Popen(
            [*HOLDFAST, "up", "--data", str(data), "--listen", "127.0.0.1:0", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def wait_for(word: str, told: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while word not in told.read_text():
        if time.monotonic() > deadline or process.poll() is not None:
            pytest.fail(told.read_text())
        time.sleep(0.1)
    return told.read_text()


def test_the_lines_to_paste_show_the_task_and_bring_the_files_back(letters: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "NO_PROXY": "*", "no_proxy": "*"}
    with up(tmp_path / "data", told, str(letters)) as process:
        text = wait_for("until Ctrl-C", told, process)
        assert "letters" in text
        lines = text[text.index("# See the task") : text.index("Serving http")]
        lines = lines.replace("/tmp/restored-1", str(tmp_path / "back"))
        pasted = subprocess.run(
            ["bash", "-e"], input=lines, env=environment, capture_output=True, text=True, check=False
        )
        assert pasted.returncode == 0, pasted.stderr
        assert pasted.stdout.count('"operation_type"') >= 1
        assert (tmp_path / "back" / "anna.txt").read_text() == "dear Anna"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, told.read_text()
    assert "Traceback" not in told.read_text()


def test_given_again_it_uses_what_is_there(letters: Path, tmp_path: Path) -> None:
    found = []
    for time_round in ("first", "second"):
        told = tmp_path / time_round
        with up(tmp_path / "data", told, str(letters), "--json") as process:
            text = wait_for('"operation_logs"', told, process)
            (line,) = [one for one in text.splitlines() if one.startswith("{")]
            found.append(json.loads(line)["operation_logs"][0])
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0, told.read_text()
    first, second = found
    assert first["vault_id"] == second["vault_id"]
    assert first["extra_info"]["resource"] == second["extra_info"]["resource"]
    assert first["id"] != second["id"]
    assert {first["status"], second["status"]} == {"success"}
