"""Made-up resources and projects: what is done with them is real."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.asking import asking
from tests.service.world import settled

from holdfast.api.app import EPHEMERAL_ROUTES, build
from holdfast.db.database import Database
from holdfast.emulator import Cbr, Emulator, EmulatorError

PAGE = Path(__file__).parents[2] / "docs" / "api" / "simulated-resources.md"
SERVER = "OS::Nova::Server"
DISK = "OS::Cinder::Volume"
SHARE = "OS::Sfs::Turbo"


def vault(cbr: Cbr, object_type: str, *held: tuple[str, str], size: int = 1000) -> str:
    billing = {
        "consistent_level": "crash_consistent",
        "object_type": object_type,
        "protect_type": "backup",
        "size": size,
    }
    resources = [{"id": one, "type": kind} for one, kind in held]
    answer = cbr.http.post(
        "/vaults", json={"vault": {"name": "v1", "billing": billing, "resources": resources}}
    )
    assert answer.is_success, answer.text
    made: str = answer.json()["vault"]["id"]
    return made


def backed_up(cbr: Cbr, vault_id: str) -> dict[str, Any]:
    """The task of the vault's one resource, ended."""
    answer = cbr.http.post("/checkpoints", json={"checkpoint": {"vault_id": vault_id}})
    assert answer.is_success, answer.text
    return cbr.wait(answer.json()["operation_log_id"])


def restored(cbr: Cbr, task: dict[str, Any]) -> dict[str, Any]:
    backup_id = task["extra_info"]["backup"]["backup_id"]
    answer = cbr.http.post(f"/backups/{backup_id}/restore", json={"restore": {}})
    assert answer.is_success, answer.text
    return cbr.wait(answer.json()["job_id"])


def piece(path: str, offset: int) -> bytes:
    with Path(path).open("rb") as file:
        file.seek(offset)
        return file.read(4096)


def spoil(path: str, offset: int) -> None:
    with Path(path).open("r+b") as file:
        file.seek(offset)
        file.write(b"spoilt" * 100)


def test_a_server_with_large_disks_is_backed_up_and_comes_back(cbr: Cbr) -> None:
    web = cbr.new_server("front", volumes=[40, 4000], tags={"tier": "front"})
    assert (web["size"], web["tags"]) == (4040, {"tier": "front"})
    places = [(web["volumes"][0]["path"], 0), (web["volumes"][1]["path"], 2000 << 30)]
    assert [Path(path).stat().st_size >> 30 for path, _ in places] == [40, 4000]
    before = [piece(*place) for place in places]
    assert all(any(content) for content in before)
    task = backed_up(cbr, vault(cbr, "server", (web["id"], SERVER), size=10_000))
    assert task["status"] == "success", task
    for place in places:
        spoil(*place)
    assert restored(cbr, task)["status"] == "success"
    assert [piece(*place) for place in places] == before


def test_a_vault_takes_new_servers_by_their_tags(cbr: Cbr) -> None:
    billing = {
        "consistent_level": "crash_consistent",
        "object_type": "server",
        "protect_type": "backup",
        "size": 1000,
    }
    rules = {"tags": [{"key": "tier", "value": "front"}]}
    asked = {"name": "v", "billing": billing, "resources": [], "auto_bind": True, "bind_rules": rules}
    vault_id = cbr.http.post("/vaults", json={"vault": asked}).json()["vault"]["id"]
    front = cbr.new_server("front", tags={"tier": "front"})
    cbr.new_server("back", tags={"tier": "back"})
    held = cbr.http.get(f"/vaults/{vault_id}").json()["vault"]["resources"]
    assert [one["id"] for one in held] == [front["id"]]


def test_a_share_comes_back(cbr: Cbr) -> None:
    share = cbr.new_share("letters")
    letter = Path(share["path"]) / "letters" / "1.txt"
    task = backed_up(cbr, vault(cbr, "turbo", (share["id"], SHARE)))
    letter.write_text("spoilt")
    assert restored(cbr, task)["status"] == "success"
    assert letter.read_text() == "letter 1 of letters\n"


def test_the_same_name_has_the_same_content(cbr: Cbr) -> None:
    one, other, third = (cbr.new_volume(name)["path"] for name in ("a", "a", "b"))
    assert piece(one, 0) == piece(other, 0) != piece(third, 0)
    assert piece(one, 5 << 30) == piece(other, 5 << 30) != piece(third, 5 << 30)


def test_a_disk_that_is_lost_makes_the_next_backup_fail(cbr: Cbr) -> None:
    volume = cbr.new_volume()
    vault_id = vault(cbr, "disk", (volume["id"], DISK))
    Path(volume["path"]).unlink()
    task = backed_up(cbr, vault_id)
    assert (task["status"], task["error_info"]["code"]) == ("failed", "BackupService.6302")


def test_a_project_comes_with_the_same_things_as_every_other(cbr: Cbr, cbr_server: Emulator) -> None:
    names = ["web", "database", "volume-0", "volume-1", "volume-2", "share-0", "share-1"]
    for project in (cbr, cbr_server.first):
        assert [one["name"] for one in project.resources][: len(names)] == names
    listed = cbr.http.get("/protectables/server/instances").json()
    assert [(one["name"], len(one["children"])) for one in listed["instances"]] == [
        ("database", 2),
        ("web", 2),
    ]


def test_projects_do_not_see_each_other(cbr: Cbr, cbr_server: Emulator) -> None:
    other = cbr_server.new_project("neighbours")
    mine = cbr.new_server("mine")
    assert (other.project_name, other.region) == ("neighbours", cbr.region)
    assert cbr.project_name.startswith(f"{cbr.region}_")
    assert other.http.get(f"/protectables/server/instances/{mine['id']}").status_code == 404
    with pytest.raises(EmulatorError, match="404"):
        other.delete_resource(mine["id"])
    theirs = httpx.get(
        f"{cbr.endpoint}/v3/{cbr.project_id}/vaults", headers={"X-Auth-Token": other.token}, trust_env=False
    )
    assert theirs.status_code in (403, 404)
    other.close()


def test_a_name_that_is_taken_makes_no_project(cbr: Cbr, cbr_server: Emulator) -> None:
    with pytest.raises(EmulatorError, match=r"400|409"):
        cbr_server.new_project(cbr.project_name)


def test_what_is_deleted_is_gone_with_its_files(cbr: Cbr) -> None:
    web = cbr.new_server()
    cbr.delete_resource(web["id"])
    assert not Path(web["volumes"][0]["path"]).exists()
    assert cbr.http.get(f"/resources/{web['id']}").status_code == 404
    assert cbr.http.get(f"/resources/{web['volumes'][0]['id']}").status_code == 404


def test_what_is_in_a_vault_is_not_deleted(cbr: Cbr) -> None:
    volume = cbr.new_volume()
    vault(cbr, "disk", (volume["id"], DISK))
    with pytest.raises(EmulatorError, match=r"BackupService\.6103"):
        cbr.delete_resource(volume["id"])
    assert Path(volume["path"]).exists()


def test_a_volume_is_not_deleted_without_its_server(cbr: Cbr) -> None:
    web = cbr.new_server()
    with pytest.raises(EmulatorError, match=r"400 .*resource_id"):
        cbr.delete_resource(web["volumes"][0]["id"])


def test_what_lies_elsewhere_is_not_deleted(cbr: Cbr, tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(bytes(4096))
    made_up = Path(cbr.new_volume()["path"]).parent
    sideways = f"{made_up}/x/../{'../' * 20}{image}"
    for path in (str(image), sideways):
        asked = {"type": "disk", "name": "d", "provider": "disk_image", "settings": {"path": path}}
        registered = cbr.http.post("/resources", json={"resource": asked})
        if registered.is_success:
            with pytest.raises(EmulatorError, match="404"):
                cbr.delete_resource(registered.json()["resource"]["id"])
    assert image.exists()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": "x"}, "type"),
        ({"type": "tape", "name": "x"}, "type"),
        ({"type": "server"}, "name"),
        ({"type": "server", "name": ""}, "name"),
        ({"type": "server", "name": "x", "volumes": []}, "volumes"),
        ({"type": "server", "name": "x", "volumes": [{"size": 0}]}, "volumes"),
        ({"type": "server", "name": "x", "volumes": [{"size": 10_241}]}, "volumes"),
        ({"type": "server", "name": "x", "volumes": [{"name": "a"}, {"name": "a"}]}, "volumes"),
        ({"type": "volume", "name": "x", "size": "40"}, "size"),
        ({"type": "volume", "name": "x", "tags": {"k": 1}}, "tags"),
        ({"type": "volume", "name": "x", "tags": {"k": "no blanks"}}, "tags"),
    ],
)
def test_what_cannot_be_made_up_is_refused_and_named(cbr: Cbr, body: Any, named: str) -> None:
    before = cbr.http.get("/resources").json()["count"]
    answer = cbr.http.post("/simulated-resources", json=body)
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (400, "BackupService.9900")
    assert named in told["error_msg"]
    assert cbr.http.get("/resources").json()["count"] == before


def test_an_ordinary_house_has_none_of_this(database: Database, tmp_path: Path) -> None:
    world = settled(database, tmp_path)
    with asking(build(world.db, world.config, lambda: None)) as client:
        for route in EPHEMERAL_ROUTES:
            path = f"/v3/{world.blue.id}{route.path}".replace("{resource_id}", "x")
            answer = client.request(route.method, path)
            assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")


@pytest.mark.parametrize(
    "call", [f"{route.method} /v3/{{project_id}}{route.path}" for route in EPHEMERAL_ROUTES]
)
def test_every_call_is_documented(call: str) -> None:
    assert f"`{call}`" in PAGE.read_text()
