"""Protect, back up, look, restore, delete: by the command line, on real files."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import House

from holdfast.cli.failures import Exit


@pytest.fixture
def protected(house: House, letters: Path) -> dict[str, Any]:
    """The letters, known to holdfast and in a vault."""
    (done,) = house.ask("protect", str(letters), "--name", letters.parent.name)["protected"]
    return {"folder": letters, "name": letters.parent.name, **done}


def back_up(house: House, name: str) -> dict[str, Any]:
    (task,) = house.ask("backup", name)["operation_logs"]
    assert task["status"] == "success", task["error_info"]
    found: dict[str, Any] = task
    return found


def backup_id(task: dict[str, Any]) -> str:
    known: str = task["extra_info"]["backup"]["backup_id"]
    return known


def test_a_folder_is_protected_backed_up_and_restored(house: House, letters: Path, tmp_path: Path) -> None:
    told = house.run("protect", str(letters), "--name", "the-letters")
    assert told.code == 0, told.err
    assert "the-letters" in told.out
    assert "is protected in vault directories" in told.out
    assert "holdfast backup" in told.err

    told = house.run("backup", "the-letters", "--name", "first")
    assert told.code == 0, told.err
    assert told.out.startswith("backup of the-letters: success, ")

    (backup,) = house.ask("backups", "--resource", "the-letters")["backups"]
    assert (backup["name"], backup["status"]) == ("first", "available")
    told = house.run("restore", backup["id"][:8], "--to", str(tmp_path / "back"))
    assert told.code == 0, told.err
    assert told.out.startswith("restore of the-letters: success")
    assert (tmp_path / "back" / "anna.txt").read_text() == "dear Anna"
    assert (tmp_path / "back" / "berta.txt").read_text() == "dear Berta"


def test_a_disk_image_goes_into_a_vault_for_disks(house: House, tmp_path: Path) -> None:
    image = tmp_path / "root.img"
    image.write_bytes(b"boot" + bytes(1 << 20))
    (done,) = house.ask("protect", str(image))["protected"]
    assert (done["vault"]["name"], done["resource"]["type"]) == ("disks", "OS::Cinder::Volume")
    task = back_up(house, "root.img")
    told = house.run("restore", backup_id(task), "--to", str(tmp_path / "back.img"))
    assert told.code == 0, told.err
    assert (tmp_path / "back.img").read_bytes() == image.read_bytes()


def test_what_is_protected_already_stays_as_it_is(house: House, protected: dict[str, Any]) -> None:
    (again,) = house.ask("protect", str(protected["folder"]))["protected"]
    assert again["resource"]["id"] == protected["resource"]["id"]
    assert again["resource"]["name"] == protected["name"]
    assert again["vault"]["id"] == protected["vault"]["id"]


def test_a_resource_cannot_be_put_into_a_second_vault(house: House, protected: dict[str, Any]) -> None:
    house.ask("vaults", "create", f"second-{protected['name'][-20:]}")
    told = house.run("protect", str(protected["folder"]), "--vault", f"second-{protected['name'][-20:]}")
    assert told.code == 6
    assert "is in vault directories already" in told.err


def test_a_single_file_comes_back_alone(house: House, protected: dict[str, Any], tmp_path: Path) -> None:
    task = back_up(house, protected["name"])
    file = str(protected["folder"] / "anna.txt")
    told = house.run("restore", backup_id(task), "--to", str(tmp_path / "back"), "--path", file)
    assert told.code == 0, told.err
    assert [one.name for one in (tmp_path / "back").iterdir()] == ["anna.txt"]


def test_in_place_needs_a_yes_and_then_overwrites(house: House, protected: dict[str, Any]) -> None:
    task = back_up(house, protected["name"])
    letter = protected["folder"] / "anna.txt"
    letter.write_text("scribbled over")
    told = house.run("restore", backup_id(task))
    assert told.code == 6
    assert "add --yes" in told.err
    assert letter.read_text() == "scribbled over"
    told = house.run("restore", backup_id(task), "--yes")
    assert told.code == 0, told.err
    assert letter.read_text() == "dear Anna"


def test_patterns_leave_files_out(house: House, letters: Path, tmp_path: Path) -> None:
    (letters / "draft.tmp").write_text("hm")
    house.ask("protect", str(letters), "--name", "final", "--exclude", "*.tmp")
    task = back_up(house, "final")
    told = house.run("restore", backup_id(task), "--to", str(tmp_path / "back"))
    assert told.code == 0, told.err
    assert {one.name for one in (tmp_path / "back").iterdir()} == {"anna.txt", "berta.txt"}


def test_a_folder_that_vanished_fails_the_command_and_says_why(
    house: House, protected: dict[str, Any]
) -> None:
    shutil.rmtree(protected["folder"])
    told = house.run("backup", protected["name"])
    assert told.code == 1
    assert f"backup of {protected['name']}: failed" in told.out
    assert "holdfast tasks show" in told.err
    (task,) = house.ask("tasks", "--resource", protected["name"], "--status", "failed")["operation_logs"]
    assert task["error_info"]["message"]


def test_without_waiting_the_task_is_named(house: House, protected: dict[str, Any]) -> None:
    told = house.run("backup", protected["name"], "--no-wait")
    assert told.code == 0, told.err
    (task,) = house.ask("tasks", "--resource", protected["name"])["operation_logs"]
    assert f"task {task['id']}" in told.out


def test_tasks_are_narrowed_down(house: House, protected: dict[str, Any]) -> None:
    task = back_up(house, protected["name"])
    mine = ("--resource", protected["name"])
    assert house.ask("tasks", *mine)["operation_logs"] == [task]
    assert (
        house.ask("tasks", *mine, "--vault", "directories", "--type", "backup", "--since", "1h")["count"] == 1
    )
    assert house.ask("tasks", *mine, "--type", "restore")["count"] == 0
    assert house.ask("tasks", *mine, "--since", "2999-01-01")["count"] == 0
    told = house.run("tasks", *mine, "--status", "failed")
    assert (told.code, told.out, told.err) == (0, "", "no such tasks\n")


def test_tasks_are_listed_whole_in_a_pipe(house: House, protected: dict[str, Any]) -> None:
    task = back_up(house, protected["name"])
    told = house.run("tasks", "--resource", protected["name"])
    heading, line = told.out.splitlines()
    assert heading.split() == [
        "ID",
        "CREATED",
        "TYPE",
        "RESOURCE",
        "VAULT",
        "STATUS",
        "DONE",
        "SIZE",
        "TOOK",
        "NOTE",
    ]
    for word in (task["id"], "backup", protected["name"], "directories", "success", "100%"):
        assert word in line
    assert "\x1b" not in told.out


def test_a_task_is_shown_by_the_beginning_of_its_id(house: House, protected: dict[str, Any]) -> None:
    task = back_up(house, protected["name"])
    told = house.run("tasks", "show", task["id"][:13])
    assert told.code == 0, told.err
    assert task["id"] in told.out
    assert task["extra_info"]["backup"]["backup_id"] in told.out
    assert house.ask("tasks", "show", task["id"]) == {"operation_log": task}


def test_vaults_and_resources_say_what_they_hold(house: House, protected: dict[str, Any]) -> None:
    back_up(house, protected["name"])
    told = house.run("vaults")
    assert "directories" in told.out
    assert "no limit" in told.out
    told = house.run("resources")
    (line,) = [one for one in told.out.splitlines() if protected["resource"]["id"] in one]
    assert str(protected["folder"]) in line
    assert "directories" in line


def test_a_deleted_backup_is_gone(house: House, protected: dict[str, Any]) -> None:
    task = back_up(house, protected["name"])
    told = house.run("backups", "delete", backup_id(task))
    assert told.code == 6
    told = house.run("backups", "delete", backup_id(task), "--yes")
    assert told.code == 0, told.err
    assert house.ask("backups", "--resource", protected["name"])["backups"] == []
    told = house.run("backups", "--resource", protected["name"])
    assert told.err == "no such backups\n"


def test_a_vault_is_made_filled_and_deleted(house: House, letters: Path) -> None:
    vault = house.ask("vaults", "create", "short-lived", "--size", "7", "--description", "for a test")[
        "vault"
    ]
    assert (vault["billing"]["size"], vault["description"]) == (7, "for a test")
    house.ask("protect", str(letters), "--name", "fleeting", "--vault", "short-lived")
    (task,) = house.ask("backup", "short-lived", "--full")["operation_logs"]
    assert task["extra_info"]["backup"]["incremental"] == "false"
    told = house.run("vaults", "delete", "short-lived")
    assert told.code == 6
    assert "its 1 backup for good" in told.err
    told = house.run("vaults", "delete", "short-lived", "--yes")
    assert told.code == 0, told.err
    assert told.out.startswith("vault_delete of short-lived: success")
    assert house.run("vaults", "delete", "short-lived", "--yes").code == 5


def test_a_vault_is_changed_moved_out_of_and_locked(house: House, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a").write_text("b")
    for name in ("old", "new"):
        house.ask("vaults", "create", name, "--size", "10")
    house.ask("protect", str(tmp_path / "notes"), "--name", "moving-notes", "--vault", "old")
    task = back_up(house, "moving-notes")

    told = house.run(
        "vaults", "update", "new", "--name", "newer", "--size", "7", "--grow", "--threshold", "5"
    )
    assert told.code == 0, told.err
    assert told.out.startswith("changed vault newer (")
    assert house.run("vaults", "update", "newer").code == 2
    changed = house.ask("vaults", "update", "newer", "--no-grow")["vault"]
    assert (changed["billing"]["size"], changed["threshold"], changed["auto_expand"]) == (7, 5, False)

    assert house.run("vaults", "move", "newer", "old").code == 5
    told = house.run("vaults", "move", "old", "newer", "moving-notes")
    assert told.code == 0, told.err
    told = house.run("restore", backup_id(task), "--to", str(tmp_path / "back"))
    assert told.code == 0, told.err

    assert house.run("vaults", "lock", "newer").code == 6
    told = house.run("vaults", "lock", "newer", "--yes")
    assert told.out.startswith("locked vault newer (")
    told = house.run("backups", "delete", backup_id(task), "--yes")
    assert told.code == 6


def test_a_task_that_has_ended_is_not_cancelled(house: House, protected: dict[str, Any]) -> None:
    task = back_up(house, protected["name"])
    told = house.run("tasks", "cancel", task["id"][:8])
    assert told.code == Exit.REFUSED
    assert f"task {task['id']}: The task has ended." in " ".join(told.err.split())


def test_what_failed_is_done_once_more(house: House, protected: dict[str, Any], tmp_path: Path) -> None:
    told = house.run("tasks", "retry", back_up(house, protected["name"])["id"][:8])
    assert (told.code, "The task has not failed." in told.err) == (Exit.REFUSED, True)
    protected["folder"].rename(tmp_path / "away")
    assert house.run("backup", protected["name"]).code == Exit.WORK_FAILED
    (failed,) = house.ask("tasks", "--resource", protected["name"], "--status", "failed")["operation_logs"]
    (tmp_path / "away").rename(protected["folder"])
    (made,) = house.ask("tasks", "retry", failed["id"][:8])["operation_logs"]
    assert made["holdfast"]["retry_of"] == failed["id"]
    assert house.run("tasks", "show", made["id"][:8]).out.count(failed["id"]) == 1


def test_what_went_wrong_with_single_files_is_read_line_by_line(
    house: House, protected: dict[str, Any]
) -> None:
    task = back_up(house, protected["name"])
    told = house.run("tasks", "warnings", task["id"][:8])
    assert (told.code, told.out) == (0, "")
    assert "no warnings" in told.err
    letter = protected["folder"] / "anna.txt"
    letter.unlink()
    letter.mkdir()
    (letter / "page.txt").touch()
    assert house.run("restore", backup_id(task), "--yes").code == Exit.WORK_FAILED
    restore = house.ask("tasks", "--type", "restore", "--limit", "1")["operation_logs"][0]
    (line,) = restore["holdfast"]["warnings"]
    assert "anna.txt: " in line
    assert house.ask("tasks", "warnings", restore["id"]) == {"warnings": [line], "count": 1}
    for arguments in ((), ("--follow",)):
        told = house.run("tasks", "warnings", restore["id"], *arguments)
        assert (told.code, told.out) == (0, f"{line}\n")
    told = house.run("tasks", "warnings", restore["id"], "--follow", "--json")
    assert told.document == {"warning": line}


def test_a_backup_of_an_emptied_folder_says_that_it_is_suspiciously_small(
    house: House, protected: dict[str, Any]
) -> None:
    for number in range(30):
        (protected["folder"] / f"{number}.txt").write_text("dear all")
    back_up(house, protected["name"])
    for number in range(30):
        (protected["folder"] / f"{number}.txt").unlink()
    told = house.run("backup", protected["name"])
    assert told.code == 0, told.err
    assert "suspiciously small" in told.out
