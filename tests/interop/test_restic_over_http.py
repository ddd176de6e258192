"""Stock restic in a vault that it reaches over HTTP alone, with an access key."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.interop.restic import load_folder, save_folder
from tests.providers.trees import portraits
from tests.wire.served import Served, founded

from holdfast.repo import repository, snapshot
from holdfast.repo.check import check
from holdfast.store.objects import open_store

SECONDS = 30


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with founded(migrated_sqlite, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def house(town: Served) -> Served:
    return town.with_another_vault()


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    folder = tmp_path / "letters"
    (folder / "old").mkdir(parents=True)
    (folder / "noise").write_bytes(os.urandom(20_000_000))
    (folder / "old/letter.txt").write_text("dear all\n")
    return folder


def refusal(house: Served, *arguments: str, who: str = "admin") -> str:
    """What restic says of a refusal before it tries again, which it would do for a quarter of an hour."""
    restic = house.restic(who=who)
    process = subprocess.Popen(
        ["restic", *arguments], env=restic.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    over = threading.Timer(SECONDS, process.kill)
    over.start()
    told = ""
    assert process.stderr is not None
    for line in process.stderr:
        told += line.decode()
        if "unexpected" in told or "not removed" in told:
            break
    over.cancel()
    process.kill()
    process.communicate()
    return told


def test_restic_backs_up_into_a_new_vault_and_restores(house: Served, letters: Path, tmp_path: Path) -> None:
    restic = house.restic()
    restic.run("backup", letters)
    (letters / "old/letter.txt").write_text("dear all, once more\n")
    restic.run("backup", letters)
    assert len(json.loads(restic.run("snapshots", "--json"))) == 2
    assert "no errors were found" in restic.run("check", "--read-data")
    restic.run("restore", "latest", "--target", tmp_path / "restored")
    assert portraits(tmp_path / "restored" / letters.relative_to("/")) == portraits(letters)


def test_restic_makes_the_repository_itself_where_there_is_none(house: Served, letters: Path) -> None:
    own = house.restic(password="restic's own")
    for name in ("config", *(f"keys/{one.name}" for one in (house.folder / "keys").glob("*"))):
        (house.folder / name).unlink(missing_ok=True)
    own.run("init")
    own.run("backup", letters)
    assert "no errors were found" in own.run("check")
    assert "already" in own.try_run("init").stderr


def test_both_sides_read_what_the_other_one_saved(house: Served, letters: Path, tmp_path: Path) -> None:
    restic = house.restic(who="operator")
    opened = repository.open_repository(open_store(house.folder.as_uri()), house.password())
    restic.run("backup", letters)
    (theirs,) = snapshot.find(opened)
    load_folder(opened, theirs.id, letters, tmp_path / "theirs")
    assert portraits(tmp_path / "theirs") == portraits(letters)
    ours = save_folder(opened, letters, theirs.id)
    restic.run("restore", ours.snapshot_id, "--target", tmp_path / "ours")
    assert portraits(tmp_path / "ours" / letters.relative_to("/")) == portraits(letters)
    assert check(opened, read_data=True) == []


def test_what_restic_sends_counts_into_the_vault(house: Served, letters: Path) -> None:
    house.restic().run("backup", letters)
    stored = sum(file.stat().st_size for file in house.folder.rglob("*") if file.is_file())
    keys = sum(file.stat().st_size for file in (house.folder / "keys").iterdir())
    assert house.used_bytes == stored - keys - (house.folder / "config").stat().st_size
    assert house.used_bytes > 20_000_000


def test_a_wrong_password_a_wrong_key_and_a_reader_get_nothing(house: Served) -> None:
    house.password()
    assert "wrong password" in house.restic(password="guessed").try_run("snapshots").stderr
    assert "403" in refusal(house, "snapshots", who="reader")
    good = house.restic()
    stranger = good.address.replace("@", "x@")
    told = subprocess.run(
        ["restic", "snapshots"],
        env={**good.environment, "RESTIC_REPOSITORY": stranger},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode != 0
    assert "401" in told.stderr


def test_a_locked_vault_takes_and_gives_but_forgets_nothing(house: Served, letters: Path) -> None:
    restic = house.restic()
    restic.run("backup", letters)
    house.change(locked=True)
    restic.run("backup", letters / "old")
    (first, _) = json.loads(restic.run("snapshots", "--json"))
    assert "403" in refusal(house, "forget", first["id"])
    restic.run("unlock")
    assert len(json.loads(restic.run("snapshots", "--json"))) == 2
    assert "no errors were found" in restic.run("check")


def test_an_administrator_forgets_and_prunes_and_an_operator_does_not(house: Served, letters: Path) -> None:
    house.restic(who="operator").run("backup", letters)
    used = house.used_bytes
    (only,) = json.loads(house.restic().run("snapshots", "--json"))
    assert "403" in refusal(house, "forget", only["id"], who="operator")
    house.restic().run("unlock")
    house.restic().run("forget", "--prune", only["id"])
    assert house.used_bytes < used / 100
    assert "no errors were found" in house.restic().run("check")


def test_two_machines_back_up_at_once(house: Served, letters: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "noise").write_bytes(os.urandom(8_000_000))
    restic = house.restic()
    going = [
        subprocess.Popen(
            ["restic", "--no-cache", "backup", folder],
            env=restic.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for folder in (letters, other)
    ]
    assert [process.wait(120) for process in going] == [0, 0]
    assert len(json.loads(restic.run("snapshots", "--json"))) == 2
    assert "no errors were found" in restic.run("check", "--read-data")
