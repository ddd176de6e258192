"""Looking after a vault's repository: by the command line, with the server up and down."""

import json
import os
import pty
import shutil
import signal
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.cli.conftest import HOLDFAST, House, serving

RNG = Random(12)
MIB = 1 << 20


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house whose vault `letters` has two backups, one of them deleted; then the server goes down."""
    folder = tmp_path_factory.mktemp("kept")
    letters = folder / "letters"
    letters.mkdir()
    with serving(folder / "data") as house:
        house.ask("vaults", "create", "letters")
        house.ask("vaults", "create", "unused")
        house.ask("protect", str(letters), "--name", "notes", "--vault", "letters")
        for number in (1, 2):
            (letters / "noise").write_bytes(RNG.randbytes(2 * MIB))
            house.ask("backup", "notes", "--name", f"backup{number}")
        house.ask("backups", "delete", "backup1", "--yes")
    return house


@pytest.fixture
def down(kept: House, tmp_path: Path) -> House:
    """The same with the server down, in a copy of its own."""
    shutil.copytree(kept.data, tmp_path / "data")
    return House(tmp_path / "data")


def restic(house: House, *arguments: str) -> str:
    known = house.ask("repo", "env", "letters")
    done = subprocess.run(
        ["restic", "--no-cache", *arguments],
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def packs(house: House) -> list[Path]:
    return [one for one in (house.data / "store").glob("vaults/*/data/*/*") if one.is_file()]


def spoil(house: House) -> None:
    """Turn a byte in the largest pack."""
    largest = max(packs(house), key=lambda one: one.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[1000] ^= 1
    largest.chmod(0o600)
    largest.write_bytes(content)


def lock(house: House) -> subprocess.Popen[bytes]:
    """Stock restic at work in the vault."""
    process = subprocess.Popen(
        ["restic", "--no-cache", "backup", "--stdin"],
        env={**os.environ, **house.ask("repo", "env", "letters")},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    while not list((house.data / "store").glob("vaults/*/locks/*")):
        assert process.poll() is None
    return process


def test_restic_reaches_a_vault_over_http_by_what_url_prints(tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "letter.txt").write_text("dear all")
    with serving(tmp_path / "data") as house:
        house.ask("vaults", "create", "letters")
        known = house.ask("repo", "url", "letters")
        assert known["RESTIC_REPOSITORY"].startswith("rest:http://")
        plain = house.run("repo", "url", "letters").out
        assert plain == "".join(f"{name}={value}\n" for name, value in known.items())
        for arguments in (("backup", str(letters)), ("check",)):
            done = subprocess.run(
                ["restic", "--no-cache", *arguments],
                env={**os.environ, **known, "NO_PROXY": "127.0.0.1"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        assert house.run("repo", "url", "nothing").code == 5
        told = house.run("repo", "url", "letters", HOLDFAST_CREDENTIALS=str(without_key(house)))
        assert told.code == 4
        assert "OS_ACCESS_KEY" in told.err


def without_key(house: House) -> Path:
    """The credentials of a house, as somebody keeps them who signs in by a password."""
    known = json.loads((house.data / "credentials.json").read_text())
    written = house.data.parent / "credentials-of-mine.json"
    written.write_text(json.dumps({one: known[one] for one in known if not one.endswith("_key")}))
    return written


def test_a_sound_vault_is_told_to_be_sound(down: House) -> None:
    told = down.run("repo", "check", "letters", "--read-data")
    assert (told.code, told.err) == (0, "")
    assert told.out.endswith("no problems were found\n")
    assert "read" in told.out.splitlines()[0]
    checked = down.ask("repo", "check", "letters")
    assert (checked["snapshots"], checked["read_packs"], checked["problems"]) == (1, 0, [])


@pytest.mark.parametrize(
    ("arguments", "count"),
    [(("--read-data", "letters"), 4), (("letters", "--read-data", "1%"), 1), (("letters",), 0)],
)
def test_as_many_packs_are_read_as_is_asked_for(down: House, arguments: tuple[str, ...], count: int) -> None:
    assert down.ask("repo", "check", *arguments)["read_packs"] == count


def test_a_damaged_vault_has_an_exit_code_of_its_own(down: House) -> None:
    spoil(down)
    assert down.run("repo", "check", "letters").code == 0
    told = down.run("repo", "check", "letters", "--read-data")
    assert told.code == 7
    assert "problem: pack" in told.out
    assert told.err.startswith("holdfast: the vault's repository is damaged")
    assert told.err.count("\n") == 1
    told = down.run("repo", "check", "letters", "--read-data", "--json")
    assert (told.code, told.document["problem_count"]) == (7, 1)


def test_pruning_marks_first_and_removes_later(down: House) -> None:
    before = len(packs(down))
    would = down.ask("repo", "prune", "letters", "--dry-run")
    assert (would["dry_run"], would["marked_packs"], len(packs(down))) == (True, 2, before)
    told = down.run("repo", "prune", "letters")
    assert told.code == 0
    assert told.out.startswith("2 packs marked")
    assert len(packs(down)) == before
    assert down.ask("repo", "stats", "letters")["marked_packs"] == 2
    restic(down, "check", "--read-data")
    done = down.ask("repo", "prune", "letters", "--grace", "0", "--max-unused", "0%", "--max-repack", "1G")
    assert (done["removed_packs"], len(packs(down))) == (2, before - 2)
    restic(down, "check", "--read-data")
    assert down.ask("repo", "check", "letters", "--read-data")["problems"] == []


def test_the_figures_of_a_vault(down: House) -> None:
    figures = down.ask("repo", "stats", "letters")
    assert figures["snapshots"] == 1
    assert figures["unused_bytes"] > 2 * MIB
    assert figures["pack_bytes"] == sum(one.stat().st_size for one in packs(down))
    told = down.run("repo", "stats", "letters")
    assert told.code == 0
    assert "compressed and sealed" in told.out


def test_others_at_work_put_a_prune_off(down: House) -> None:
    with lock(down) as process:
        before = len(packs(down))
        told = down.run("repo", "prune", "letters", "--grace", "0")
        assert told.code == 6
        assert "in use by" in told.err
        assert "--wait" in told.err
        assert len(packs(down)) >= before
        assert down.run("repo", "check", "letters").code == 0
        process.kill()
    assert down.run("repo", "unlock", "letters").out == "removed 1 lock\n"


def test_a_lock_in_use_is_only_removed_when_all_are(down: House) -> None:
    with lock(down) as process:
        told = down.run("repo", "unlock", "letters")
        assert told.out.splitlines()[0] == "removed 0 locks"
        assert f"process {process.pid}" in told.out
        assert down.ask("repo", "unlock", "letters", "--remove-all")["removed"] == 1
        process.kill()


def test_a_name_of_two_vaults_is_wrong_usage_and_the_beginning_of_an_id_is_a_name(house: House) -> None:
    made = [house.ask("vaults", "create", "twins")["vault"]["id"] for _ in range(2)]
    for command in ("env", "stats"):
        told = house.run("repo", command, "twins")
        assert told.code == 2
        assert all(one in told.err for one in made)
    assert made[0] in house.ask("repo", "env", made[0][:8])["RESTIC_REPOSITORY"]


def test_a_vault_without_backups_has_nothing_to_look_after(down: House) -> None:
    for verb in ("check", "prune", "stats", "unlock"):
        told = down.run("repo", verb, "unused")
        assert (told.code, told.out) == (5, "")
        assert told.err == "holdfast: nothing has been backed up into this vault yet\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("check", "letters", "--read-data=0%"), "--read-data"),
        (("check", "letters", "--read-data=half"), "--read-data"),
        (("check", "letters", "--wait", "long"), "--wait"),
        (("prune", "letters", "--grace", "1 day"), "--grace"),
        (("prune", "letters", "--max-unused", "101%"), "--max-unused"),
        (("prune", "letters", "--max-unused", "5"), "--max-unused"),
        (("prune", "letters", "--max-repack", "much"), "--max-repack"),
    ],
)
def test_wrong_quantities_name_their_option(kept: House, arguments: tuple[str, ...], named: str) -> None:
    told = kept.run("repo", *arguments)
    assert (told.code, told.out) == (2, "")
    assert named in told.err


def test_a_damaged_listing_stops_a_prune(down: House) -> None:
    for one in packs(down):
        one.chmod(0o600)
        one.write_bytes(b"\0" * one.stat().st_size)
    before = {one: one.stat().st_size for one in packs(down)}
    told = down.run("repo", "prune", "letters", "--grace", "0")
    assert (told.code, told.out) == (7, "")
    assert "damaged" in told.err
    assert {one: one.stat().st_size for one in packs(down)} == before


def test_the_server_may_be_up(house: House, letters: Path) -> None:
    house.ask("vaults", "create", letters.parent.name)
    house.ask(
        "protect", str(letters), "--name", f"{letters.parent.name}-letters", "--vault", letters.parent.name
    )
    house.ask("backup", letters.parent.name)
    vault: dict[str, Any] = house.ask("repo", "stats", letters.parent.name)
    assert vault["snapshots"] == 1
    assert house.run("repo", "prune", letters.parent.name, "--grace", "0").code == 0
    assert house.run("repo", "check", letters.parent.name, "--read-data").code == 0


def test_an_interrupted_prune_lets_its_lock_go_and_had_shown_how_far_it_was(down: House) -> None:
    with lock(down) as other:
        master, slave = pty.openpty()
        with subprocess.Popen(
            [*HOLDFAST, "repo", "prune", "letters", "--grace", "0", "--wait", "1h"],
            env={**os.environ, "HOLDFAST_DATA": str(down.data), "TERM": "xterm"},
            stdout=subprocess.DEVNULL,
            stderr=slave,
        ) as process:
            os.close(slave)
            shown = b""
            while b"reading the" not in shown:
                shown += os.read(master, 1000)
            process.send_signal(signal.SIGINT)
            while True:
                try:
                    if not os.read(master, 1000):
                        break
                except OSError:
                    break  # the terminal's other end is closed
            assert process.wait(60) == 130
        os.close(master)
        other.kill()
    assert down.ask("repo", "unlock", "letters")["removed"] == 1
    assert down.run("repo", "prune", "letters", "--grace", "0").code == 0
