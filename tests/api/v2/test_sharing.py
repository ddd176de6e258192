"""Sharing backups of disks in the words of the Volume Backup Service, between two projects."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.api.asking import House
from tests.api.sharing import others
from tests.statements import noted

from holdfast.model.backup import Backup
from holdfast.model.project import Project, Role
from holdfast.model.resource import ObjectType, Resource
from holdfast.service import resources, vaults
from holdfast.service.resources import NewResource
from holdfast.service.vaults import NewVault

PATH = "/os-vendor-backup-sharing"


class Sharing:
    """A disk's backup of the blue project; the red one is who it is shared with."""

    def __init__(self, house: House) -> None:
        self.house, self.world = house, house.world
        self.blue, self.red = house.world.blue, house.world.red
        self.disk = house.world.disk("data")
        self.vault = house.world.vault(self.disk, name="disks", object_type=ObjectType.DISK)
        self.backup = self.back_up()

    def back_up(self) -> Backup:
        return self.world.back_up(self.vault)[0]

    def send(
        self, method: str, path: str, body: Any = None, *, who: str = "admin", prefix: str = "", **query: Any
    ) -> httpx.Response:
        home = self.red if who == "stranger" else self.blue
        content = {} if body is None else {"json": body}
        headers = {"X-Auth-Token": self.house.tokens[who]}
        url = f"{prefix}/v2/{home.id}{PATH}{path}"
        return self.house.client.request(method, url, headers=headers, params=query, **content)

    def ask(self, method: str, path: str, body: Any = None, **asked: Any) -> Any:
        reply = self.send(method, path, body, **asked)
        assert reply.status_code == 200, reply.text
        return reply.json() if reply.content else None

    def refused(self, method: str, path: str, body: Any = None, **asked: Any) -> tuple[int, str, str]:
        reply = self.send(method, path, body, **asked)
        told = reply.json()["error"]
        return reply.status_code, told["code"], told["message"]

    def share(self, *to: Project, backup: Backup | None = None) -> list[dict[str, Any]]:
        body = self.body([one.id for one in to or (self.red,)], backup)
        shared: list[dict[str, Any]] = self.ask("POST", "", body)["shared"]
        return shared

    def body(self, to: Any, backup: Backup | None = None) -> dict[str, Any]:
        return {"shared": {"backup_id": (backup or self.backup).id, "to_project_ids": to}}

    def found(self, **asked: Any) -> list[str]:
        page = self.ask("GET", "/detail", **asked)
        counted = {name: value for name, value in asked.items() if name not in ("limit", "offset")}
        assert self.ask("GET", "/count", **counted)["count"] >= len(page["shared"])
        if counted == asked:
            assert self.ask("GET", "/count", **counted) == {"count": len(page["shared"])}
        return [one["id"] for one in page["shared"]]

    def received(self, **asked: Any) -> list[str]:
        return self.found(who="stranger", share_to_me="true", **asked)

    def answer(self, word: str) -> str:
        """What the red project says, to CBR; its vault."""
        context = self.world.context(project=self.red)
        vault = vaults.create(context, NewVault(name="theirs", object_type=ObjectType.DISK, size_gb=100))
        said = {"status": word, "vault_id": vault.id if word == "accepted" else None}
        path = f"/backups/{self.backup.id}/members/{self.red.id}"
        self.house.ask("PUT", path, said, who="stranger", project=self.red)
        return vault.id

    def red_disk(self) -> Resource:
        path = str(self.world.image("red.img"))
        asked = NewResource(type="disk", name="red", provider="disk_image", settings={"path": path})
        return resources.register(self.world.context(project=self.red), asked)


@pytest.fixture
def sharing(house: House) -> Sharing:
    return Sharing(house)


def test_a_share_is_told_to_both_sides(sharing: Sharing) -> None:
    (made,) = sharing.share()
    assert made == {
        "id": made["id"],
        "backup_id": sharing.backup.id,
        "to_project_id": sharing.red.id,
        "from_project_id": sharing.blue.id,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "deleted": None,
        "deleted_at": None,
    }
    assert len(made["created_at"]) == len("2016-12-02T09:06:46.706123")
    shown = sharing.ask("GET", f"/{made['id']}")["shared"]
    backup = shown.pop("backup")
    assert shown == {name: made[name] for name in made if not name.startswith("deleted")} | {
        "holdfast": {"status": "pending"}
    }
    assert backup == {
        "id": sharing.backup.id,
        "name": sharing.backup.name,
        "status": "available",
        "description": '{"DESC":"","INC":0}',
        "availability_zone": None,
        "volume_id": sharing.disk.id,
        "fail_reason": None,
        "size": sharing.backup.resource_size_gb,
        "object_count": sharing.backup.file_count,
        "container": None,
        "created_at": backup["created_at"],
        "updated_at": backup["updated_at"],
        "data_timestamp": backup["data_timestamp"],
        "snapshot_id": None,
        "has_dependent_backups": False,
        "is_incremental": False,
        "service_metadata": None,
    }
    for who in ("admin", "reader", "stranger"):
        assert sharing.ask("GET", f"/{made['id']}", who=who)["shared"]["backup"] == backup
    given = sharing.ask("GET", "/detail")
    assert given == {"shared": [shown | {"backup": backup}]}
    assert sharing.ask("GET", "/detail", who="stranger", share_to_me="True", prefix="/vbs") == given
    assert sharing.ask("GET", "/detail", who="stranger") == {"shared": []}
    assert sharing.ask("GET", "/detail", share_to_me="true") == {"shared": []}


def test_it_is_the_member_that_cbr_knows(sharing: Sharing) -> None:
    (made,) = sharing.share()
    (member,) = sharing.house.ask("GET", f"/backups/{sharing.backup.id}/members")["members"]
    assert (member["id"], member["dest_project_id"]) == (made["id"], sharing.red.id)
    sharing.house.ask("DELETE", f"/backups/{sharing.backup.id}/members/{sharing.red.id}", expect=204)
    assert sharing.refused("GET", f"/{made['id']}")[:2] == (404, "VolumeBackup.0110")


def test_a_receiver_accepts_with_cbr_and_restores(sharing: Sharing) -> None:
    (made,) = sharing.share()
    vault_id = sharing.answer("accepted")
    red: dict[str, Any] = {"who": "stranger", "project": sharing.red}
    shown = sharing.house.ask("GET", f"/backups/{sharing.backup.id}", **red)["backup"]
    assert (shown["vault_id"], shown["project_id"]) == (vault_id, sharing.blue.id)
    assert sharing.ask("GET", f"/{made['id']}")["shared"]["holdfast"] == {"status": "accepted"}
    disk = sharing.red_disk()
    path = f"/backups/{sharing.backup.id}/restore"
    onto_blues = sharing.house.refused("POST", path, {"restore": {"volume_id": sharing.disk.id}}, **red)
    assert onto_blues[:2] == (404, "7000")
    listed = sharing.house.ask("GET", "/backups", own_type="shared", vault_id=vault_id, **red)["backups"]
    assert [one["id"] for one in listed] == [sharing.backup.id]
    url = f"/v2/{sharing.red.id}/cloudbackups/{sharing.backup.id}/restore"
    body = {"restore": {"volume_id": disk.id}}
    headers = {"X-Auth-Token": sharing.house.tokens["stranger"]}
    reply = sharing.house.client.request("POST", url, json=body, headers=headers)
    assert reply.status_code == 200, reply.text
    # Who restores sees it, the owner does not.
    assert sharing.received(status="restoring") == [made["id"]]
    assert sharing.found(status="restoring") == []
    assert sharing.found(status="available") == [made["id"]]
    told = [sharing.ask("GET", f"/{made['id']}", who=who)["shared"] for who in ("admin", "stranger")]
    assert [one["backup"]["status"] for one in told] == ["available", "restoring"]


def test_what_is_rejected_is_received_no_more(sharing: Sharing) -> None:
    (made,) = sharing.share()
    assert sharing.received() == [made["id"]]
    sharing.answer("rejected")
    assert sharing.received() == []
    assert sharing.found() == [made["id"]]
    assert sharing.ask("GET", f"/{made['id']}", who="stranger")["shared"]["holdfast"]["status"] == "rejected"


def test_shares_are_found_by_every_filter(sharing: Sharing) -> None:
    (other,) = others(sharing.house, 1)
    spare = sharing.world.disk("spare")
    vault = sharing.world.vault(spare, name="spares", object_type=ObjectType.DISK)
    second = sharing.world.back_up(vault)[0]
    to_other, to_red = sorted(
        sharing.share(other, sharing.red), key=lambda one: one["to_project_id"] != other.id
    )
    (also,) = sharing.share(backup=second)
    everything = sorted([to_other["id"], to_red["id"], also["id"]])
    assert sorted(sharing.found()) == sorted(sharing.found(share_to_me="false")) == everything
    assert sorted(sharing.found(from_project_id=sharing.blue.id)) == everything
    assert sharing.found(from_project_id=sharing.red.id) == []
    assert sharing.found(backup_id=second.id) == sharing.found(volume_id=spare.id) == [also["id"]]
    assert sharing.found(to_project_id=other.id) == [to_other["id"]]
    assert sharing.found(name=second.name) == sharing.found(name=second.name[2:]) == [also["id"]]
    assert sorted(sharing.found(status="available")) == everything
    for word in ("creating", "restoring", "deleting", "error", "error_restoring"):
        assert sharing.found(status=word) == []
    assert sharing.found(avalilability_zone="eu-de-01") == []
    assert sorted(sharing.received()) == sorted([to_red["id"], also["id"]])
    assert sharing.received(backup_id=second.id) == [also["id"]]
    assert sharing.received(to_project_id=other.id) == []
    sharing.house.ask("DELETE", f"/backups/{second.id}", expect=204)
    assert sharing.found(status="deleting") == sharing.received(status="deleting") == [also["id"]]


def test_shares_are_sorted_and_come_in_pages(sharing: Sharing) -> None:
    backups = [sharing.backup, *(sharing.back_up() for _ in range(4))]
    made = [sharing.share(backup=one)[0]["id"] for one in backups]
    names = dict(zip(made, [one.name for one in backups], strict=True))
    assert sharing.found() == made[::-1]
    for key in ("created_at", "updated_at"):
        assert sharing.found(sort_key=key, sort_dir="asc") == made
    assert sharing.found(sort_key="id", sort_dir="asc") == sorted(made)
    by_name = sorted(made, key=lambda one: names[one])
    assert sharing.found(sort_key="name", sort_dir="asc") == by_name
    assert sharing.found(sort_key="name", sort_dir="desc") == by_name[::-1]
    for key in ("status", "size", "container_format", "disk_format"):
        assert sorted(sharing.found(sort_key=key)) == sorted(made)
    assert sharing.found(limit=2, offset=1) == made[::-1][1:3]
    assert sharing.found(offset=9) == []
    assert len(sharing.found(limit=100000)) == 5
    page = sharing.ask("GET", "/detail", limit=2, name="bk", prefix="/vbs")
    pages = [page["shared"]]
    while "shared_links" in page:
        (link,) = page["shared_links"]
        assert link["rel"] == "next"
        parts = urlsplit(link["href"])
        assert parts.path == f"/vbs/v2/{sharing.blue.id}{PATH}/detail"
        headers = {"X-Auth-Token": sharing.house.tokens["admin"]}
        page = sharing.house.client.request("GET", link["href"], headers=headers).json()
        pages.append(page["shared"])
    assert [len(one) for one in pages] == [2, 2, 1]
    assert [one["id"] for page in pages for one in page] == made[::-1]


def test_the_owner_takes_back_one_share_or_all(sharing: Sharing) -> None:
    one, two = others(sharing.house, 2)
    first, *rest = sharing.share(one, two, sharing.red)
    assert sharing.send("DELETE", f"/{first['id']}").content == b""
    assert sorted(sharing.found()) == sorted(share["id"] for share in rest)
    assert sharing.send("DELETE", f"/{sharing.backup.id}", is_backup_id="true").status_code == 200
    assert sharing.found() == sharing.received() == []
    none = sharing.refused("DELETE", f"/{sharing.backup.id}", is_backup_id="true")
    assert none[:2] == (404, "VolumeBackup.0110")
    sharing.share()


def test_nobody_but_the_owner_takes_it_back(sharing: Sharing) -> None:
    (made,) = sharing.share()
    for path, query in ((made["id"], {}), (sharing.backup.id, {"is_backup_id": "true"})):
        for who in ("stranger", "reader"):
            refusal = sharing.refused("DELETE", f"/{path}", who=who, **query)
            assert refusal[:2] == (403, "VolumeBackup.0042")
    assert sharing.found() == [made["id"]]
    assert sharing.refused("POST", "", sharing.body([sharing.red.id]), who="reader")[0] == 403


def test_what_is_taken_back_cannot_be_restored(sharing: Sharing) -> None:
    sharing.share()
    sharing.answer("accepted")
    sharing.ask("DELETE", f"/{sharing.backup.id}", is_backup_id="true")
    red: dict[str, Any] = {"who": "stranger", "project": sharing.red}
    body = {"restore": {"volume_id": sharing.red_disk().id}}
    refusal = sharing.house.refused("POST", f"/backups/{sharing.backup.id}/restore", body, **red)
    assert refusal[:2] == (404, "6200")


def test_what_is_not_known_is_404(sharing: Sharing) -> None:
    (made,) = sharing.share()
    (other,) = others(sharing.house, 1)
    sharing.house.admit("outsider", other, Role.ADMIN)
    place = f"/v2/{other.id}{PATH}/{made['id']}"
    headers = {"X-Auth-Token": sharing.house.tokens["outsider"]}
    for method in ("GET", "DELETE"):
        assert sharing.refused(method, "/nothing")[:2] == (404, "VolumeBackup.0110")
        assert sharing.house.client.request(method, place, headers=headers).status_code == 404
    assert sharing.refused("DELETE", "/nothing", is_backup_id="true")[0] == 404
    assert sharing.refused("DELETE", f"/{sharing.backup.id}")[0] == 404
    assert sharing.refused("DELETE", f"/{made['id']}", is_backup_id="true")[0] == 404
    unknown = {"shared": {"backup_id": "nothing", "to_project_ids": [sharing.red.id]}}
    assert sharing.refused("POST", "", unknown)[:2] == (404, "VolumeBackup.0110")


def test_backups_of_servers_are_not_known_here(sharing: Sharing) -> None:
    web = sharing.world.server()
    vault = sharing.world.vault(web, name="servers", object_type=ObjectType.SERVER)
    whole = sharing.world.back_up_server(vault, web)
    for backup in (whole, whole.children[0]):
        refusal = sharing.refused("POST", "", sharing.body([sharing.red.id], backup))
        assert refusal[:2] == (404, "VolumeBackup.0110")
    added = sharing.house.ask("POST", f"/backups/{whole.id}/members", {"members": [sharing.red.id]})
    assert sharing.found() == sharing.received() == []
    for path, query in ((added["members"][0]["id"], {}), (whole.id, {"is_backup_id": "true"})):
        for who in ("admin", "stranger"):
            assert sharing.refused("DELETE", f"/{path}", who=who, **query)[0] == 404


def test_what_cannot_be_shared_says_why(sharing: Sharing) -> None:
    many = [one.id for one in others(sharing.house, 11)]
    sharing.share()
    for to in ([sharing.blue.id], ["nobody"], [sharing.red.id], [many[0], many[0]], many):
        status, code, message = sharing.refused("POST", "", sharing.body(to))
        assert (status, code) == (400, "VolumeBackup.0014")
        assert message.startswith("submit job exception")
    sharing.answer("accepted")
    body = sharing.body([many[0]])
    assert sharing.refused("POST", "", body, who="stranger")[:2] == (400, "VolumeBackup.0014")
    (task,) = sharing.world.start(sharing.vault)
    assert task.backup_id is not None
    unready = {"shared": {"backup_id": task.backup_id, "to_project_ids": [many[0]]}}
    assert sharing.refused("POST", "", unready)[:2] == (400, "VolumeBackup.0014")
    assert len(sharing.found()) == 1


def test_a_refusal_without_words_of_its_own_is_told_in_those_of_cbr(sharing: Sharing) -> None:
    *_, message = sharing.refused("POST", "", sharing.body(["nobody"]))
    assert message == "submit job exception: Invalid project ID of the tenant for sharing: nobody"


def test_a_malformed_request_is_400_and_named(sharing: Sharing) -> None:
    for body, named in [
        ({}, "shared"), ({"shared": 5}, "shared"), ({"shared": {}}, "shared.backup_id"),
        ({"shared": {"backup_id": "", "to_project_ids": ["p"]}}, "shared.backup_id"),
        ({"shared": {"backup_id": "b"}}, "shared.to_project_ids"),
        (sharing.body([]), "shared.to_project_ids"),
        (sharing.body("p"), "shared.to_project_ids"), (sharing.body([5]), "shared.to_project_ids[0]"),
        (sharing.body([""]), "shared.to_project_ids[0]"), (sharing.body(["p\0"]), "shared.to_project_ids[0]"),
    ]:  # fmt: skip
        status, code, message = sharing.refused("POST", "", body)
        assert (status, code) == (400, "VolumeBackup.0002")
        assert f": {named} " in message, message
    for path in ("/detail", "/count"):
        for name, value in (("share_to_me", "maybe"), ("status", "protecting"), ("name", ""), ("name", "\0")):
            status, code, message = sharing.refused("GET", path, **{name: value})
            assert (status, code) == (400, "VolumeBackup.0002")
            assert f": {name} " in message
    for name, value in (
        ("limit", "0"),
        ("limit", "x"),
        ("offset", "-1"),
        ("sort_key", "x"),
        ("sort_dir", "x"),
    ):
        assert f": {name} " in sharing.refused("GET", "/detail", **{name: value})[2]
    assert sharing.refused("DELETE", "/x", is_backup_id="x")[:2] == (400, "VolumeBackup.0002")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_list_takes_as_many_statements_however_long_it_is(sharing: Sharing) -> None:
    def asked() -> int:
        with noted(sharing.world.db) as statements:
            sharing.ask("GET", "/detail", status="available")
            sharing.ask("GET", "/count")
        return len(statements)

    sharing.share()
    few = asked()
    more = others(sharing.house, 2)
    for _ in range(4):
        sharing.share(*more, sharing.red, backup=sharing.back_up())
    assert len(sharing.found()) == 13
    assert asked() == few
