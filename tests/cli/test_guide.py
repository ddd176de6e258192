"""The lines that `up` gives to paste."""

import subprocess

import pytest
from tests.cli.wire import task

from holdfast.cli import guide

PLACE = guide.Place(
    program="/opt/bin/holdfast",
    python="/usr/bin/python3",
    data="/srv/hold fast's data",
    endpoint="http://127.0.0.1:8776",
    scratch="/tmp",
)


def test_every_line_names_the_very_task_backup_and_data_folder() -> None:
    done = task("success")
    told = "\n".join(guide.lines(PLACE, [done]))
    assert f"holdfast tasks show {done['id']} --data '/srv/hold fast'\"'\"'s data'" in told
    assert f"http://127.0.0.1:8776/v3/p1/operation-logs/{done['id']}" in told
    assert f'ShowOpLogRequest("{done["id"]}")' in told
    assert "holdfast restore b1 --to /tmp/restored-1" in told
    assert "holdfast repo env v1" in told


def test_all_of_it_can_be_pasted_into_a_shell_at_once() -> None:
    told = "\n".join(guide.lines(PLACE, [task("success"), task("success")]))
    parsed = subprocess.run(["bash", "-n"], input=told, capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr
    assert parsed.stderr == ""


def test_the_python_lines_are_python() -> None:
    told = guide.SDK.format(python="python3", credentials="c.json", endpoint="http://h", task_id="t1")
    compile(told.split("<<'END'\n")[1].removesuffix("END"), "guide", "exec")


@pytest.mark.parametrize("status", ["failed", "skipped"])
def test_what_was_not_taken_cannot_be_restored(status: str) -> None:
    assert "restore" not in "\n".join(guide.lines(PLACE, [task(status)]))


def test_each_backup_has_its_own_place_to_restore_to() -> None:
    told = "\n".join(guide.lines(PLACE, [task("success"), task("failed"), task("success")]))
    assert "restored-1" in told
    assert "restored-2" in told
    assert "restored-3" not in told
