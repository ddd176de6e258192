"""Resources and protectables on the wire."""

from pathlib import Path
from typing import Any

from tests.api.asking import House

from holdfast.model.resource import ObjectType


def directory(path: Path, name: str = "letters") -> dict[str, Any]:
    settings = {"path": str(path)}
    return {"resource": {"type": "directory", "name": name, "provider": "directory", "settings": settings}}


# ── resources ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_registered_directory_is_told_with_all_its_members(house: House, tmp_path: Path) -> None:
    made = house.ask("POST", "/resources", directory(tmp_path))["resource"]
    assert house.ask("GET", f"/resources/{made['id']}") == {"resource": made}
    assert {name: made[name] for name in made.keys() - {"id", "created_at", "size_bytes"}} == {
        "name": "letters",
        "type": "OS::Sfs::Turbo",
        "provider": "directory",
        "settings": {"path": str(tmp_path)},
        "size": 1,
        "parent_id": None,
        "configured": False,
        "project_id": house.world.blue.id,
    }


def test_the_same_thing_keeps_its_id_and_takes_its_new_name(house: House, tmp_path: Path) -> None:
    first = house.ask("POST", "/resources", directory(tmp_path))["resource"]
    again = house.ask("POST", "/resources", directory(tmp_path, "mail"))["resource"]
    assert again["id"] == first["id"]
    assert again["created_at"] == first["created_at"]
    (listed,) = house.ask("GET", "/resources")["resources"]
    assert listed["name"] == "mail"


def test_a_disk_has_its_size(house: House) -> None:
    disk = house.world.disk(megabytes=8)
    made = house.ask("GET", f"/resources/{disk.id}")["resource"]
    assert (made["type"], made["size"], made["size_bytes"]) == ("OS::Cinder::Volume", 1, 8 << 20)


def test_a_servers_disks_are_resources_of_their_own(house: House) -> None:
    web = house.world.server(disks=2)
    disks = house.ask("GET", "/resources", parent_id=web.id)["resources"]
    assert [one["type"] for one in disks] == ["OS::Cinder::Volume"] * 2
    assert house.ask("GET", "/resources")["count"] == 3
    alone = {
        "type": "disk",
        "name": "root",
        "provider": disks[0]["provider"],
        "settings": disks[0]["settings"],
    }
    again = house.ask("POST", "/resources", {"resource": alone})["resource"]
    assert (again["id"], again["parent_id"]) == (disks[0]["id"], web.id)


def test_what_breaks_a_rule_is_400_and_named(house: House, tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"type": "tape"}, "resource.type"),
        ({"type": "disk"}, "resource.type"),
        ({"provider": "tape"}, "resource.provider"),
        ({"provider": "os:path"}, "resource.provider"),
        ({"name": ""}, "resource.name"),
        ({"settings": {}}, "path"),
        ({"settings": {"path": "relative"}}, "path"),
        ({"settings": {"path": 5}}, "path"),
        ({"settings": [1]}, "resource.settings"),
    ]
    for change, named in wrong:
        asked = directory(tmp_path)
        asked["resource"] |= change
        status, code, message = house.refused("POST", "/resources", asked)
        assert (status, code) == (400, "9900"), change
        assert named in message
    assert house.ask("GET", "/resources")["count"] == 0


def test_what_is_not_there_is_404(house: House, tmp_path: Path) -> None:
    assert house.refused("POST", "/resources", directory(tmp_path / "gone"))[:2] == (404, "6302")


def test_resources_are_found_by_every_filter(house: House) -> None:
    letters, disk = house.world.directory(), house.world.disk()

    def found(**parameters: Any) -> list[str]:
        return [one["id"] for one in house.ask("GET", "/resources", **parameters)["resources"]]

    assert found() == [disk.id, letters.id]
    assert found(type="disk") == found(type="OS::Cinder::Volume") == [disk.id]
    assert found(name="etter") == [letters.id]
    assert found(id=disk.id) == [disk.id]
    assert found(limit=1) == [disk.id]
    assert found(limit=1, marker=disk.id) == found(limit=1, offset=1) == [letters.id]
    assert house.refused("GET", "/resources", type="tape")[:2] == (400, "9900")


def test_a_resource_is_forgotten_with_its_parts_but_not_while_it_is_in_a_vault(house: House) -> None:
    web = house.world.server(disks=2)
    (disk, _) = house.ask("GET", "/resources", parent_id=web.id)["resources"]
    house.world.vault(web, object_type=ObjectType.SERVER)
    assert house.refused("DELETE", f"/resources/{web.id}")[:2] == (400, "6103")
    letters = house.world.directory()
    house.ask("DELETE", f"/resources/{letters.id}", expect=204)
    assert Path(letters.settings["path"]).is_dir()
    assert house.refused("GET", f"/resources/{letters.id}")[:2] == (404, "6302")
    assert house.refused("DELETE", f"/resources/{letters.id}")[:2] == (404, "6302")
    assert house.ask("GET", f"/resources/{disk['id']}")["resource"]["parent_id"] == web.id


def test_a_server_out_of_all_vaults_goes_with_its_disks(house: House) -> None:
    web = house.world.server(disks=2)
    house.ask("DELETE", f"/resources/{web.id}", expect=204)
    assert house.ask("GET", "/resources")["count"] == 0


def test_another_projects_resource_is_an_unknown_one(house: House) -> None:
    letters = house.world.directory()
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("GET", f"/resources/{letters.id}", **red)[:2] == (404, "6302")
    assert house.refused("DELETE", f"/resources/{letters.id}", **red)[:2] == (404, "6302")
    assert house.refused("GET", f"/protectables/turbo/instances/{letters.id}", **red)[:2] == (404, "6302")
    assert house.ask("GET", "/resources", **red)["count"] == 0
    assert house.ask("GET", "/protectables/turbo/instances", **red)["count"] == 0


# ── protectables ────────────────────────────────────────────────────────────────────────────────────────


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
    assert len(instance["children"]) == 2
    assert instance["detail"]["name"] == "web"


def test_a_protected_directory_says_which_vault_has_it(house: House) -> None:
    letters = house.world.directory()
    vault = house.world.vault(letters)
    shown = house.ask("GET", f"/protectables/turbo/instances/{letters.id}")["instance"]["protectable"]
    assert (shown["result"], shown["code"]) == (False, "BackupService.6103")
    assert shown["reason"] == shown["message"] == "The resource has been associated with a vault."
    assert shown["vault"] == house.ask("GET", f"/vaults/{vault.id}")["vault"]


def test_protectables_are_found_by_every_filter(house: House) -> None:
    web, alone = house.world.server(disks=2), house.world.disk()
    everything = house.ask("GET", "/protectables/disk/instances")
    assert everything["count"] == 3

    def found(**parameters: Any) -> list[str]:
        return [
            one["id"] for one in house.ask("GET", "/protectables/disk/instances", **parameters)["instances"]
        ]

    attached = found(server_id=web.id)
    assert len(attached) == 2
    assert set(attached) | {alone.id} == set(found())
    assert found(name="disk") == found(id=alone.id) == found(status="available") == [alone.id]
    assert set(found(status="in-use")) == set(attached)
    assert found(id=web.id) == []
    assert found(limit=1) == found()[:1]
    assert found(offset=2) == found(marker=found()[1]) == found()[2:]
    assert found(limit=1000) == found()


def test_there_are_no_workspaces(house: House) -> None:
    for kind in ("workspace", "workspace_v2"):
        assert house.ask("GET", f"/protectables/{kind}/instances") == {"instances": [], "count": 0}
        assert house.refused("GET", f"/protectables/{kind}/instances/x")[:2] == (404, "6302")


def test_a_kind_that_there_is_not_is_400_and_named(house: House) -> None:
    status, code, message = house.refused("GET", "/protectables/tape/instances")
    assert (status, code) == (400, "9900")
    assert message.startswith("Parameter verification failed. protectable_type: must be one of server")


def test_a_resource_is_shown_under_its_own_kind_only(house: House) -> None:
    disk = house.world.disk()
    assert house.refused("GET", f"/protectables/server/instances/{disk.id}")[:2] == (404, "6302")
