"""Protectables on the wire: what can be put into a vault, and why something cannot."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.api.asking import House

from holdfast.db import resources
from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_free_server_is_told_with_its_disks(house: House) -> None:
    web = house.world.server(disks=2)
    (instance,) = house.ask("GET", "/protectables/server/instances")["instances"]
    assert house.ask("GET", f"/protectables/server/instances/{web.id}") == {"instance": instance}
    assert (instance["id"], instance["name"], instance["type"]) == (web.id, "web", "OS::Nova::Server")
    assert (instance["status"], instance["size"]) == ("ACTIVE", 2)
    assert instance["protectable"] == {"result": True, "code": "", "reason": "", "message": "", "vault": None}
    assert {(one["type"], one["size"], one["status"]) for one in instance["children"]} == {
        ("OS::Cinder::Volume", 1, "in-use")
    }
    disks = [one["id"] for one in instance["children"]]
    assert len(disks) == 2
    detail = instance["detail"]
    assert (detail["name"], detail["status"], detail["OS-EXT-STS:vm_state"]) == ("web", "ACTIVE", "active")
    assert detail["os-extended-volumes:volumes_attached"] == [{"id": disk} for disk in disks]
    attached = {"id": disks[0], "server_id": web.id, "volume_id": disks[0]}
    assert instance["children"][0]["detail"]["attachments"] == [attached]


def test_a_free_disk_is_told_as_a_volume_is(house: House) -> None:
    disk = house.world.disk()
    instance = house.ask("GET", f"/protectables/disk/instances/{disk.id}")["instance"]
    detail = instance["detail"]
    assert (instance["status"], instance["children"]) == ("available", [])
    assert (detail["size"], detail["attachments"], detail["multiattach"]) == (1, [], False)
    assert len(detail["created_at"]) == len("2025-03-25T06:32:07.951164")


def test_tags_are_told_as_each_kind_spells_them(house: House) -> None:
    web, disk = house.world.server(disks=1), house.world.disk()
    tags = (Tag("stage", "test"), Tag("mine"))
    with house.world.db.transaction() as tx:
        for one in (web, disk):
            resources.put(tx, replace(one, tags=tags))

    def told(kind: str, resource_id: str) -> Any:
        return house.ask("GET", f"/protectables/{kind}/instances/{resource_id}")["instance"]["detail"]["tags"]

    assert told("server", web.id) == ["stage=test", "mine="]
    assert told("disk", disk.id) == {"stage": "test", "mine": ""}


def test_a_protected_directory_says_which_vault_has_it(house: House) -> None:
    letters = house.world.directory()
    vault = house.world.vault(letters)
    shown = house.ask("GET", f"/protectables/turbo/instances/{letters.id}")["instance"]["protectable"]
    assert (shown["result"], shown["code"]) == (False, "BackupService.6103")
    assert shown["reason"] == shown["message"] == "The resource has been associated with a vault."
    assert shown["vault"] == house.ask("GET", f"/vaults/{vault.id}")["vault"]


def test_a_server_without_disks_cannot_be_protected(house: House) -> None:
    web = house.world.server(disks=1)
    with house.world.db.transaction() as tx:
        for disk in resources.find(tx, house.world.blue.id, parent_id=web.id):
            resources.remove(tx, house.world.blue.id, disk.id)
    shown = house.ask("GET", f"/protectables/server/instances/{web.id}")["instance"]["protectable"]
    assert (shown["result"], shown["code"], shown["vault"]) == (False, "BackupService.7108", None)
    assert shown["reason"] == "Backup is not allowed for servers containing no disks."


def test_protectables_are_found_by_every_filter(house: House) -> None:
    web, alone = house.world.server(disks=2), house.world.disk()
    everything = house.ask("GET", "/protectables/disk/instances")
    assert (everything["count"], everything["limit"], everything["offset"]) == (3, 50, 0)

    def found(**parameters: Any) -> list[str]:
        return [
            one["id"] for one in house.ask("GET", "/protectables/disk/instances", **parameters)["instances"]
        ]

    attached = found(server_id=web.id)
    assert len(attached) == 2
    assert set(attached) | {alone.id} == set(found())
    assert found(name="disk") == found(id=alone.id) == found(status="available") == [alone.id]
    assert set(found(status="in-use")) == set(attached)
    assert found(id=web.id) == found(status="gone") == found(server_id="x") == []
    assert found(limit=1) == found()[:1]
    assert found(offset=2) == found(marker=found()[1]) == found()[2:]
    assert found(limit=1000) == found()
    assert found(offset=3) == []
    for name, value in (("limit", "0"), ("offset", "-1"), ("marker", "x"), ("name", "")):
        status, code, message = house.refused("GET", "/protectables/disk/instances", **{name: value})
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {name}: ")


def test_a_server_is_protected_whole_so_its_disks_stay_free(house: House) -> None:
    web = house.world.server(disks=1)
    house.world.vault(web, object_type=ObjectType.SERVER)
    (disk,) = house.ask("GET", "/protectables/disk/instances")["instances"]
    assert disk["protectable"]["result"] is True


def test_there_are_no_workspaces(house: House) -> None:
    for kind in ("workspace", "workspace_v2"):
        nothing = {"instances": [], "count": 0, "limit": 50, "offset": 0}
        assert house.ask("GET", f"/protectables/{kind}/instances") == nothing
        assert house.refused("GET", f"/protectables/{kind}/instances/x")[:2] == (404, "6302")


def test_a_kind_that_there_is_not_is_400_and_named(house: House) -> None:
    for path in ("/protectables/tape/instances", "/protectables/tape/instances/x"):
        status, code, message = house.refused("GET", path)
        assert (status, code) == (400, "9900")
        assert message.startswith("Parameter verification failed. protectable_type: must be one of server")


def test_a_resource_is_shown_under_its_own_kind_and_to_its_own_project_only(house: House) -> None:
    disk, web = house.world.disk(), house.world.server()
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    no_server = (404, "7100", "The server does not exist.")
    no_disk = (404, "7000", "The disk does not exist.")
    assert house.refused("GET", f"/protectables/server/instances/{disk.id}") == no_server
    assert house.refused("GET", f"/protectables/server/instances/{web.id}", **red) == no_server
    assert house.refused("GET", f"/protectables/disk/instances/{web.id}") == no_disk
    assert house.refused("GET", f"/protectables/disk/instances/{disk.id}", **red) == no_disk
