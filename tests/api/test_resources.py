"""Resources on the wire."""

from pathlib import Path
from typing import Any

import pytest
from tests.api.asking import House

from holdfast.model.resource import ObjectType

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
        "site": None,
        "tags": [],
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


# ── tags ────────────────────────────────────────────────────────────────────────────────────────────────


def tag(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


def test_a_resource_has_the_tags_that_it_was_registered_with_until_others_are_said(
    house: House, tmp_path: Path
) -> None:
    path = tmp_path / "letters"
    path.mkdir()
    asked = directory(path)
    asked["resource"]["tags"] = [tag("backup", " yes ")]
    made = house.ask("POST", "/resources", asked)["resource"]
    assert made["tags"] == [tag("backup", "yes")]
    assert house.ask("POST", "/resources", directory(path, "mail"))["resource"]["tags"] == made["tags"]
    new = {"tags": [tag("stage", "prod"), {"key": "team"}]}
    told = house.ask("PUT", f"/resources/{made['id']}/tags", new, who="operator")["resource"]
    assert told == made | {"name": "mail", "tags": [tag("stage", "prod"), tag("team", "")]}
    assert house.ask("GET", f"/resources/{made['id']}") == {"resource": told}
    asked["resource"]["tags"] = []
    assert house.ask("POST", "/resources", asked)["resource"]["tags"] == []


def test_tags_that_cannot_be_are_400_and_change_nothing(house: House, tmp_path: Path) -> None:
    made = house.ask("POST", "/resources", directory(tmp_path))["resource"]
    wrong: list[Any] = [
        None,
        {},
        [{"value": "v"}],
        [tag("a b", "v")],
        [tag("k", "v" * 44)],
        [tag("k", "v"), tag("k", "w")],
        [tag(f"k{number}", "") for number in range(21)],
    ]
    for tags in wrong:
        refused = house.refused("PUT", f"/resources/{made['id']}/tags", {"tags": tags})
        assert refused[:2] == (400, "9900"), tags
        assert "tags" in refused[2]
    asked = directory(tmp_path, "new name")
    asked["resource"]["tags"] = [tag("a b", "v")]
    assert house.refused("POST", "/resources", asked)[:2] == (400, "9900")
    assert house.ask("GET", f"/resources/{made['id']}") == {"resource": made}
    good = {"tags": [tag("k", "v")]}
    assert house.refused("PUT", "/resources/nosuch/tags", good)[:2] == (404, "6302")
    assert house.refused("PUT", f"/resources/{made['id']}/tags", good, who="reader")[:2] == (403, "8600")
