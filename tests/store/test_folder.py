"""A store in a local folder: what lies there, what a kill leaves, and what a full disk does."""

import os
import platform
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.refusing import CALLS

from holdfast.model import clock
from holdfast.store.objects import ObjectDiffers, StoreError, StoreFull, open_store

NAME = "data/0a/0a1b2c3d"
RACE = """
import sys
from holdfast.store.objects import ObjectDiffers, open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(200):
    try:
        store.put(f"race/{number}", sys.argv[2].encode())
        print(number)
    except ObjectDiffers:
        pass
"""
ENDLESS = """
import sys
from holdfast.store.objects import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
for number in range(10**9):
    store.put(f"data/{number}", number.to_bytes(8) * (1 << 18))
"""


def test_a_folder_holds_plain_files_and_no_leftovers(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    store.put(NAME, b"plain")
    with pytest.raises(ObjectDiffers):
        store.put(NAME, b"other")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == b"plain"


def test_files_and_folders_have_the_rights_that_restic_gives_them(tmp_path: Path) -> None:
    store = open_store((tmp_path / "vault").as_uri())
    store.put(NAME, b"x")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "vault" / NAME]}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()}
    assert (modes, folders) == ({"0a1b2c3d": 0o400}, {0o700})


def test_of_two_processes_that_put_one_name_exactly_one_succeeds(tmp_path: Path) -> None:
    racers = [_started(RACE, tmp_path.as_uri(), word) for word in ("left", "right")]
    outputs = [racer.communicate("go\n", timeout=60)[0] for racer in racers]
    winners = [{int(line) for line in output.split()} for output in outputs]
    assert winners[0] | winners[1] == set(range(200))
    assert not winners[0] & winners[1]
    for number in range(200):
        word = b"left" if number in winners[0] else b"right"
        assert (tmp_path / f"race/{number}").read_bytes() == word


@pytest.mark.parametrize("kill_at", range(4))
def test_a_kill_leaves_whole_objects_only(tmp_path: Path, kill_at: int) -> None:
    writer = _started(ENDLESS, tmp_path.as_uri())
    last = tmp_path / f"data/{3 + 2 * kill_at}"
    while not last.exists():
        assert writer.poll() is None
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    for path in (tmp_path / "data").iterdir():
        assert path.read_bytes() == int(path.name).to_bytes(8) * (1 << 18)


def _started(program: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_folder_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    store.put(NAME, b"x")
    (tmp_path / NAME).unlink()
    (tmp_path / "data/0a").rmdir()
    (tmp_path / "data").rmdir()
    store.put(NAME, b"y")
    assert store.get(NAME) == b"y"


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    store.put("config", b"x")
    with pytest.raises(StoreError, match="config/below"):
        store.put("config/below", b"y")
    with pytest.raises(StoreError, match="config"):
        open_store((tmp_path / "config").as_uri())


def test_a_folder_is_no_object(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    store.put(NAME, b"x")
    for ask in (store.get, store.size, lambda name: store.get_part(name, 0, 1)):
        with pytest.raises(StoreError, match="data"):
            ask("data")


def test_a_full_disk_is_said_to_be_full_and_nothing_half_written_remains(small_disk: Path) -> None:
    store = open_store(small_disk.as_uri(), "vault")
    store.put("index/first", bytes(1 << 20))
    with pytest.raises(StoreFull, match="data/aa/second"):
        store.put("data/aa/second", bytes(4 << 20))
    assert dict(store.names()) == {"index/first": 1 << 20}
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["first"]
    store.put("data/aa/second", b"small enough")
    assert store.get("data/aa/second") == b"small enough"


@pytest.mark.skipif(platform.machine() not in CALLS, reason="the calls of this machine are not known here")
@pytest.mark.parametrize("how", ["put", "draft"])
@pytest.mark.parametrize("refused", [["tmpfile"], ["link"], ["tmpfile", "link"]], ids=" and ".join)
def test_what_a_file_system_cannot_do_is_done_another_way(
    tmp_path: Path, how: str, refused: list[str]
) -> None:
    def put(word: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.store.refusing", how, tmp_path.as_uri(), NAME, word, *refused]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert put("first").returncode == 0
    assert put("first").returncode == 0
    assert "ObjectDiffers" in put("other").stderr
    files = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert files.keys() == {NAME}
    assert files[NAME].read_bytes() == b"first"
    assert stat.S_IMODE(files[NAME].stat().st_mode) == 0o400


def test_what_a_killed_process_began_long_ago_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "data/0a"
    folder.mkdir(parents=True)
    for name, age in ((".0a1.part-1", 2 * 86400), (".0a2.part-2", 60), (".else", 2 * 86400)):
        (folder / name).touch()
        os.utime(folder / name, ns=(0, clock.now_ns() - age * 10**9))
    open_store(tmp_path.as_uri()).put(NAME, b"x")
    assert {path.name for path in folder.iterdir()} == {"0a1b2c3d", ".0a2.part-2", ".else"}


def test_restic_passes_over_what_a_killed_process_began(tmp_path: Path) -> None:
    environment = {**os.environ, "RESTIC_REPOSITORY": str(tmp_path), "RESTIC_PASSWORD": "x"}

    def restic(*arguments: str) -> str:
        command = ["restic", "--no-cache", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout + done.stderr

    restic("init")
    subprocess.run(
        ["restic", "--no-cache", "backup", "--stdin"],
        env=environment,
        input=b"x",
        check=True,
        capture_output=True,
    )
    for folder in ("data/0a", "index", "keys", "snapshots", "locks"):
        (tmp_path / folder / f".{'0a' * 32}.part-1234").write_bytes(b"half of it")
    assert "no errors were found" in restic("check")
    assert "part-" not in restic("list", "packs")
