"""The tasks that real calls make and a real worker ends, held against the pages' tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.contract.pages import DOCUMENTS, LISTS, NEWEST
from tests.contract.tables import seen
from tests.end_to_end.serving import Server
from tests.wire.town import Town, founded, until

SERVER = "OS::Nova::Server"
MIB = 1 << 20

# What a successful task of each operation fills besides `common` and `resource`.
BLOCKS = {
    "backup": ("backup", "OpExtendInfoBckup"),
    "restore": ("restore", "OpExtendInfoRestore"),
    "delete": ("delete", "OpExtendInfoDelete"),
    "remove_resource": ("remove_resources", "OpExtendInfoRemoveResources"),
    "vault_delete": ("vault_delete", "OpExtendInfoVaultDelete"),
}


@dataclass(frozen=True)
class Life:
    """The tasks of a vault from its first backup to its end, as shown, by operation; and the whole list."""

    tasks: Mapping[str, dict[str, Any]]
    listed: dict[str, Any]
    disks: tuple[str, ...]


def protect(server: Server, folder: Path) -> tuple[str, tuple[str, ...]]:
    """A server of three disks: its id and theirs."""
    folder.mkdir()
    paths = [folder / f"disk-{number}.img" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number]) * MIB)
    whole = server.protect("server", "web", "image_server", disks=[str(path) for path in paths])
    found = server.ask("GET", "/resources", parent_id=whole)["resources"]
    return whole, tuple(sorted(disk["id"] for disk in found))


def ended(server: Server, vault_id: str, operation: str) -> dict[str, Any]:
    """The vault's task of this kind, shown once it has ended."""

    def newest() -> dict[str, Any]:
        listed = server.ask("GET", "/operation-logs", vault_id=vault_id, operation_type=operation)
        found: list[dict[str, Any]] = listed["operation_logs"]
        return found[0] if found else {"status": "waiting"}

    task = until(newest, lambda task: task["status"] not in ("waiting", "running"))
    shown: dict[str, Any] = server.ask("GET", f"/operation-logs/{task['id']}")
    return shown


def lived(town: Town, folder: Path) -> Life:
    server = town.server
    whole, disks = protect(server, folder)
    included = [{"id": disks[1], "os_version": "Debian 12"}, {"id": disks[2], "os_version": "none"}]
    chosen = {"exclude_volumes": [disks[0]], "include_volumes": included}
    billing = {"object_type": "server", "protect_type": "backup", "size": 10}
    billing |= {"consistent_level": "crash_consistent"}
    held = {"id": whole, "type": SERVER, "extra_info": chosen}
    vault = {"name": "racks", "billing": billing, "resources": [held]}
    vault_id = server.ask("POST", "/vaults", {"vault": vault})["vault"]["id"]
    server.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault_id}})
    tasks = {"backup": ended(server, vault_id, "backup")}
    backup = f"/backups/{tasks['backup']['operation_log']['extra_info']['backup']['backup_id']}"
    server.ask("POST", f"{backup}/restore", {"restore": {"power_on": False}}, expect=202)
    tasks["restore"] = ended(server, vault_id, "restore")
    server.ask("DELETE", backup, expect=204)
    tasks["delete"] = ended(server, vault_id, "delete")
    server.ask("POST", f"/vaults/{vault_id}/removeresources", {"resource_ids": [whole]})
    tasks["remove_resource"] = ended(server, vault_id, "remove_resource")
    server.ask("DELETE", f"/vaults/{vault_id}", expect=204)
    tasks["vault_delete"] = ended(server, vault_id, "vault_delete")
    return Life(tasks, server.ask("GET", "/operation-logs"), disks)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("calls")
    with founded(folder) as town:
        yield lived(town, folder / "disks")


@pytest.mark.parametrize("operation", BLOCKS)
def test_a_task_succeeded_and_says_all_that_a_finished_task_can(life: Life, operation: str) -> None:
    task = life.tasks[operation]["operation_log"]
    assert (task["operation_type"], task["status"]) == (operation, "success")
    assert task["error_info"] == {"code": "", "message": ""}
    assert task["extra_info"]["common"]["progress"] == 100
    assert task["created_at"] <= task["started_at"] <= task["ended_at"]
    assert task["vault_name"] == "racks"


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("operation", BLOCKS)
def test_every_field_of_the_operations_block_is_told(life: Life, operation: str, name: str) -> None:
    document, (block, table_name) = DOCUMENTS[name], BLOCKS[operation]
    number = document.table_of(table_name, 200)
    told = life.tasks[operation]["operation_log"]["extra_info"][block]
    values = {
        one.field: one.value for one in seen(document, number, told, 200, NEWEST) if one.table == number
    }
    assert set(values) == set(document.tables[number].fields)
    assert None not in values.values()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_answer_agrees_with_the_page(life: Life, name: str) -> None:
    document = DOCUMENTS[name]
    answers = [life.listed] if name in LISTS else list(life.tasks.values())
    for answer in answers:
        found = list(seen(document, document.answers[200], answer, 200, NEWEST))
        assert {one.field for one in found} >= {"checkpoint_id", "progress", "request_id", "code"}


def test_the_volumes_chosen_for_the_vault_are_those_of_the_task(life: Life) -> None:
    told = life.tasks["backup"]["operation_log"]["extra_info"]["resource"]["extra_info"]
    assert told["exclude_volumes"] == [life.disks[0]]
    assert [volume["id"] for volume in told["include_volumes"]] == list(life.disks[1:])
    assert [volume["os_version"] for volume in told["include_volumes"]] == ["Debian 12", "none"]


def test_a_restore_names_its_target_and_a_removal_its_resource(life: Life) -> None:
    backup, restore, removal = (
        life.tasks[operation]["operation_log"]["extra_info"]
        for operation in ("backup", "restore", "remove_resource")
    )
    assert restore["restore"]["backup_id"] == backup["backup"]["backup_id"]
    assert restore["restore"]["target_resource_name"] == "web"
    assert [resource["name"] for resource in removal["remove_resources"]["resources"]] == ["web"]
    assert removal["remove_resources"]["fail_count"] == 0
