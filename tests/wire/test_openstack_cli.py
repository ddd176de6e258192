"""The openstack command line with otcextensions: a day's work, from a password alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.wire.town import Folder, Town, until

OPENSTACK = str(Path(sys.executable).with_name("openstack"))


@dataclass(frozen=True)
class CommandLine:
    """One process runs several commands: it reads them line by line and signs in once."""

    environment: dict[str, str]

    def run(self, *commands: str) -> tuple[list[Any], str]:
        """What the commands print as JSON, one after the other, and what they complain about."""
        done = subprocess.run(
            [OPENSTACK, "--quiet"],
            input="".join(f"{command}\n" for command in (*commands, "exit")),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return list(documents(done.stdout)), done.stderr

    def tell(self, *commands: str) -> list[Any]:
        """What the commands print as JSON; they must not complain."""
        told, complaints = self.run(*commands)
        assert not complaints, complaints
        return told


def documents(text: str) -> Iterator[Any]:
    """The JSON documents in a text, whatever stands between them."""
    decoder, place = json.JSONDecoder(), 0
    while starts := [at for at in (text.find("{", place), text.find("[", place)) if at >= 0]:
        document, place = decoder.raw_decode(text, min(starts))
        yield document


@pytest.fixture(scope="module")
def openstack(town: Town) -> CommandLine:
    return CommandLine(town.openstack_environment)


@dataclass(frozen=True)
class Day:
    """What was protected, and what the commands of one day printed."""

    letters: Folder
    vault: dict[str, Any]
    vault_by_name: dict[str, Any]
    vaults: list[dict[str, Any]]
    checkpoint: dict[str, Any]
    checkpoint_shown: dict[str, Any]
    backups: list[dict[str, Any]]
    backup: dict[str, Any]
    task: dict[str, Any]
    tasks: list[dict[str, Any]]


@pytest.fixture(scope="module")
def day(town: Town, openstack: CommandLine) -> Day:
    letters = town.new_folder("letters")
    billing = "--consistent-level crash_consistent --object-type turbo --size 20"
    held = f"--resource id={letters.id},type=OS::Sfs::Turbo,name=letters"
    vault, by_name, vaults = openstack.tell(
        f"cbr vault create {billing} {held} -f json drawer",
        "cbr vault show drawer -f json",
        "cbr vault list --limit 1 -f json",
    )
    vault_id = vault["ID"]
    create = f"cbr checkpoint create --vault-id {vault_id} --backup-name monday -f json"
    (checkpoint,) = openstack.tell(create)
    backed_up = finished(town, vault_id, "backup")
    backup_id = backed_up["extra_info"]["backup"]["backup_id"]
    shown, backups, backup, task, tasks = openstack.tell(
        f"cbr checkpoint show {checkpoint['id']} -f json",
        f"cbr backup list --vault-id {vault_id} -f json",
        "cbr backup show monday -f json",
        f"cbr task show {backed_up['id']} -f json",
        "cbr task list -f json",
    )
    letters.file.write_text("spoilt")
    openstack.tell(f"cbr backup restore {backup_id}")
    finished(town, vault_id, "restore")
    openstack.tell(f"cbr backup delete {backup_id}")
    finished(town, vault_id, "delete")
    openstack.tell("cbr vault delete drawer")
    finished(town, vault_id, "vault_delete")
    return Day(letters, vault, by_name, vaults, checkpoint, shown, backups, backup, task, tasks)


def finished(town: Town, vault_id: str, operation: str) -> dict[str, Any]:
    """The vault's newest task of this kind, once it has ended, and well."""

    def newest() -> dict[str, Any]:
        found: list[dict[str, Any]] = town.server.ask(
            "GET", "/operation-logs", vault_id=vault_id, operation_type=operation
        )["operation_logs"]
        return found[0] if found else {"status": "waiting"}

    task = until(newest, lambda task: task["status"] not in ("waiting", "running"))
    assert task["status"] == "success", task
    return task


def test_a_vault_is_created_with_its_resource(town: Town, day: Day) -> None:
    assert day.vault["name"] == "drawer"
    assert day.vault["status"] == "available"
    assert day.vault["project_id"] == town.project_id
    assert day.letters.id in day.vault.values()


def test_a_vault_is_shown_by_name(day: Day) -> None:
    assert day.vault_by_name["ID"] == day.vault["ID"]


def test_vaults_are_listed_in_pages_without_going_round_in_circles(day: Day) -> None:
    listed = [vault["ID"] for vault in day.vaults]
    assert day.vault["ID"] in listed
    assert len(set(listed)) == len(listed)


def test_a_checkpoint_is_made_and_comes_to_be_available(day: Day) -> None:
    assert day.checkpoint["id"] == day.checkpoint_shown["id"]
    assert day.checkpoint_shown["status"] == "available"


def test_its_backup_is_listed_and_shown_by_name(day: Day) -> None:
    assert [backup["id"] for backup in day.backups] == [day.backup["id"]]
    assert day.backup["name"] == "monday"
    assert day.backup["resource_id"] == day.letters.id


def test_the_task_is_shown_and_listed(day: Day) -> None:
    assert (day.task["operation_type"], day.task["vault_name"]) == ("backup", "drawer")
    assert (day.task["error_code"], day.task["checkpoint_id"]) == ("", day.checkpoint["id"])
    assert day.task["id"] in [task["id"] for task in day.tasks]


def test_the_backup_was_restored_in_place(day: Day) -> None:
    assert day.letters.file.read_text() == "the first of the letters"


def test_what_was_deleted_is_gone_and_said_to_be(openstack: CommandLine, day: Day) -> None:
    told, complaints = openstack.run("cbr vault list -f json", "cbr vault show drawer -f json")
    assert day.vault["ID"] not in [vault["ID"] for vault in told[0]]
    assert "drawer" in complaints


def test_a_wrong_password_is_refused_as_keystone_refuses_it(town: Town) -> None:
    wrong = CommandLine(town.openstack_environment | {"OS_PASSWORD": "wrong"})
    told, complaints = wrong.run("cbr task list -f json")
    assert told == []
    assert "the user name or the password is wrong" in complaints
    assert "HTTP 401" in complaints


def test_the_identity_service_is_in_the_catalogue(town: Town, openstack: CommandLine) -> None:
    catalogue, token = openstack.tell("catalog list -f json", "token issue -f json")
    assert {service["Type"] for service in catalogue} >= {"cbr", "identity", "vbs"}
    assert token["project_id"] == town.project_id
