"""Backups of disks in OpenStack's own words, in version 2 and in version 3 with its microversions."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from tests.api.asking import House, asking
from tests.api.v2.calling import Calls
from tests.statements import noted

from holdfast.api.app import build
from holdfast.db import work
from holdfast.model import ids
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Wanted
from holdfast.model.resource import ObjectType, Resource
from holdfast.service import backups, disk_backups, vaults
from holdfast.service.vaults import NewVault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

V2, V3 = "/vbs/v2", "/vbs/v3"
VERSION = "OpenStack-API-Version"
LATEST = {VERSION: "volume latest"}


@pytest.fixture
def calls(house: House) -> Calls:
    return Calls(house, V3)


def back_up(house: House, disk: Resource, **wanted: Any) -> Backup:
    """A backup that has ended well."""
    backup, task = disk_backups.create(house.world.context(), disk.id, Wanted(**wanted))
    house.world.succeed(task, file_count=1, read_bytes=disk.size_bytes)
    return backups.show(house.world.context(), backup.id)


@pytest.fixture
def three(house: House) -> list[Backup]:
    """Backups of two disks, the newest first."""
    one, two = house.world.disk("one"), house.world.disk("two", 1025)
    made = [
        back_up(house, one, name="b-first"),
        back_up(house, two, name="a-second"),
        back_up(house, one, name="b-first"),
    ]
    return made[::-1]


def listed(calls: Calls, path: str = "/backups", **asked: Any) -> list[str]:
    return [one["id"] for one in calls.ask("GET", path, who="reader", **asked)["backups"]]


# ── made, shown, deleted, restored ──────────────────────────────────────────────────────────────────────


def test_a_backup_is_made_and_told_by_its_name_and_where_it_is(calls: Calls) -> None:
    disk = calls.house.world.disk()
    asked = {"volume_id": disk.id, "name": "monday", "description": "d" * 255, "force": True}
    told = calls.ask("POST", "/backups", {"backup": asked}, expect=202)["backup"]
    assert (set(told), told["name"]) == ({"id", "name", "links"}, "monday")
    assert [link["rel"] for link in told["links"]] == ["self", "bookmark"]
    for link in told["links"]:
        project_id = calls.house.world.blue.id
        assert link["href"] == f"http://testserver{calls.prefix}/{project_id}/backups/{told['id']}"
        shown = calls.house.client.request(
            "GET", urlsplit(link["href"]).path, headers={"X-Auth-Token": calls.house.tokens["reader"]}
        )
        assert shown.json()["backup"]["volume_id"] == disk.id


def test_the_links_have_the_address_that_is_configured(house: House) -> None:
    config = replace(house.world.config, endpoint="https://backups.example.org")
    with asking(build(house.world.db, config, lambda: None)) as client:
        calls = Calls(House(house.world, client, house.tokens), "/v2")
        asked = {"backup": {"volume_id": house.world.disk().id}}
        told = calls.ask("POST", "/backups", asked, expect=202)["backup"]
    assert told["links"][0]["href"].startswith("https://backups.example.org/v2/")
    assert told["name"].startswith("manualbk_")


def test_version_2_tells_all_of_a_backup(house: House) -> None:
    disk = house.world.disk("data")
    backup = back_up(house, disk, name="monday", description='say "d"')
    told = Calls(house, "/v2").ask("GET", f"/backups/{backup.id}", who="reader")["backup"]
    for name in ("created_at", "updated_at", "data_timestamp"):
        assert len(told.pop(name)) == len("2016-12-02T09:06:46.706123")
    assert json.loads(told.pop("description")) == {"DESC": 'say "d"', "INC": 0}
    assert json.loads(told.pop("service_metadata")) == {"snap_id": "5" * 64, "BackupSize": 8 << 20}
    assert len(told.pop("links")) == 2
    assert told == {
        "id": backup.id,
        "name": "monday",
        "status": "available",
        "availability_zone": None,
        "volume_id": disk.id,
        "fail_reason": None,
        "size": 1,
        "object_count": 1,
        "container": None,
        "snapshot_id": "5" * 64,
        "has_dependent_backups": False,
        "is_incremental": False,
        "os-bak-tenant-attr:tenant_id": house.world.blue.id,
    }


def test_version_2_does_the_same_at_the_root_and_below_the_prefix(house: House) -> None:
    for prefix, name in (("/v2", "one"), (V2, "two")):
        calls, disk = Calls(house, prefix), house.world.disk(name)
        asked = {"backup": {"volume_id": disk.id, "name": name}}
        made = calls.ask("POST", "/backups", asked, expect=202)["backup"]
        assert f"{prefix}/{house.world.blue.id}/" in made["links"][0]["href"]
        for path in ("/backups", "/backups/detail"):
            assert listed(calls, path, name=name, status="creating", sort_key="size") == [made["id"]]
        assert calls.fault("GET", f"/backups/{ids.new()}")[0] == "itemNotFound"
        backup = back_up(house, house.world.disk(f"more-{name}"))
        body = {"restore": {"volume_id": backup.resource_id}}
        told = calls.ask("POST", f"/backups/{backup.id}/restore", body, expect=202)["restore"]
        assert (told["backup_id"], told["volume_id"]) == (backup.id, backup.resource_id)
        doomed = back_up(house, house.world.disk(f"last-{name}"))
        assert calls.ask("DELETE", f"/backups/{doomed.id}", expect=202) is None


def test_version_3_tells_the_same_and_names_the_project_in_its_own_way(house: House, calls: Calls) -> None:
    backup = back_up(house, house.world.disk())
    told = calls.ask("GET", f"/backups/{backup.id}")["backup"]
    older = Calls(house, V2).ask("GET", f"/backups/{backup.id}")["backup"]
    assert told.pop("os-backup-project-attr:project_id") == older.pop("os-bak-tenant-attr:tenant_id")
    del older["service_metadata"], older["links"], told["links"]
    assert told == older


def test_a_backup_of_cbr_is_one_here_and_the_other_way_round(house: House, calls: Calls) -> None:
    disk = house.world.disk()
    vault = house.world.vault(disk, object_type=ObjectType.DISK)
    house.world.vault(house.world.directory())
    (backup,) = house.world.back_up(vault)
    assert listed(calls) == [backup.id]
    asked = {"backup": {"volume_id": disk.id, "name": "here"}}
    made = calls.ask("POST", "/backups", asked, expect=202)["backup"]["id"]
    shown = house.ask("GET", f"/backups/{made}")["backup"]
    assert (shown["name"], shown["vault_id"], shown["incremental"]) == ("here", vault.id, True)


def test_a_backup_says_what_it_is_up_to_and_is_found_by_that(house: House, calls: Calls) -> None:
    disk = house.world.disk()
    found = {}
    made = calls.ask("POST", "/backups", {"backup": {"volume_id": disk.id}}, expect=202)["backup"]["id"]

    def told() -> str:
        status: str = calls.ask("GET", f"/backups/{made}")["backup"]["status"]
        found[status] = listed(calls, status=status)
        return status

    def claimed() -> str:
        with house.world.db.transaction() as tx:
            (task,) = work.unfinished(tx, house.world.blue.id, backup_id=made)
            assert work.claim(tx, task.id, "w1")
        return told()

    assert (told(), claimed()) == ("creating", "creating")
    (backup,) = [back_up(house, house.world.disk("other"))]
    made, other = backup.id, made
    assert told() == "available"
    calls.ask("POST", f"/backups/{made}/restore", {"restore": {"volume_id": backup.resource_id}}, expect=202)
    assert (told(), claimed()) == ("restoring", "restoring")
    made = back_up(house, house.world.disk("third")).id
    assert calls.send("DELETE", f"/backups/{made}").status_code == 202
    assert (told(), claimed()) == ("deleting", "deleting")
    assert found == {
        "creating": [other],
        "available": [backup.id],
        "restoring": [backup.id],
        "deleting": [made],
    }
    assert listed(calls, status="error_restoring") == []


def test_one_that_failed_says_why(house: House, calls: Calls) -> None:
    backup, task = disk_backups.create(house.world.context(), house.world.disk().id, Wanted())
    house.world.fail(task)
    (told,) = calls.ask("GET", "/backups/detail", status="error")["backups"]
    assert (told["id"], told["fail_reason"]) == (backup.id, "The resource does not exist.")
    assert calls.ask("GET", f"/backups/{backup.id}")["backup"] == told


def test_a_backup_is_deleted_and_nothing_is_said(calls: Calls) -> None:
    backup = back_up(calls.house, calls.house.world.disk())
    reply = calls.send("DELETE", f"/backups/{backup.id}")
    assert (reply.status_code, reply.content) == (202, b"")
    assert calls.fault("DELETE", f"/backups/{backup.id}")[0] == "badRequest"


def test_a_restore_tells_what_goes_where(calls: Calls) -> None:
    backup, other = back_up(calls.house, calls.house.world.disk()), calls.house.world.disk("other")
    body: Any = {"restore": {"volume_id": other.id.replace("-", "")}}
    assert calls.ask("POST", f"/backups/{backup.id}/restore", body, expect=202) == {
        "restore": {"backup_id": backup.id, "volume_id": other.id, "volume_name": "other"}
    }


def test_a_restore_without_a_disk_says_that_none_is_made(calls: Calls) -> None:
    path = f"/backups/{back_up(calls.house, calls.house.world.disk()).id}/restore"
    nowhere: list[Any] = [{"restore": asked} for asked in ({}, {"volume_id": None}, {"name": "new"})]
    for body in nowhere:
        kind, message = calls.fault("POST", path, body)
        assert (kind, "restore.volume_id is missing" in message) == ("badRequest", True)
    assert calls.fault("POST", path, {"restore": {"volume_id": "new"}})[0] == "badRequest"
    unknown = ids.new()
    told = calls.fault("POST", path, {"restore": {"volume_id": unknown}})
    assert told == ("itemNotFound", f"Volume {unknown} could not be found.")


def test_what_is_not_there_could_not_be_found(calls: Calls) -> None:
    house = calls.house
    (folder,) = house.world.back_up(house.world.vault(house.world.directory()))
    elsewhere = back_up(house, house.world.disk())
    for backup_id in (ids.new(), folder.id):
        expected = ("itemNotFound", f"Backup {backup_id} could not be found.")
        assert calls.fault("GET", f"/backups/{backup_id}") == expected
        assert calls.fault("DELETE", f"/backups/{backup_id}") == expected
        body = {"restore": {"volume_id": ids.new()}}
        assert calls.fault("POST", f"/backups/{backup_id}/restore", body) == expected
    assert calls.fault("GET", f"/backups/{elsewhere.id}", who="stranger")[0] == "itemNotFound"
    assert listed(Calls(house, calls.prefix)) == [elsewhere.id]
    unknown = ids.new()
    told = calls.fault("POST", "/backups", {"backup": {"volume_id": unknown}})
    assert told == ("itemNotFound", f"Volume {unknown} could not be found.")


def test_one_that_was_accepted_is_told_by_its_id_and_not_deleted(house: House, calls: Calls) -> None:
    backup = back_up(house, house.world.disk())
    share = {"shared": {"backup_id": backup.id, "to_project_ids": [house.world.red.id]}}
    Calls(house, "/v2").ask("POST", "/os-vendor-backup-sharing", share)
    assert calls.send("GET", f"/backups/{backup.id}", who="stranger").status_code == 404
    theirs = NewVault(name="theirs", object_type=ObjectType.DISK, size_gb=100)
    vault = vaults.create(house.world.context(project=house.world.red), theirs)
    path, said = f"/backups/{backup.id}/members/{house.world.red.id}", {"status": "accepted"}
    house.ask("PUT", path, said | {"vault_id": vault.id}, who="stranger", project=house.world.red)
    told = calls.ask("GET", f"/backups/{backup.id}", who="stranger")["backup"]
    assert (told["os-backup-project-attr:project_id"], told["snapshot_id"]) == (house.world.blue.id, None)
    assert calls.ask("GET", "/backups", who="stranger") == {"backups": []}
    assert calls.send("DELETE", f"/backups/{backup.id}", who="stranger").status_code == 403


def test_a_backup_that_is_asked_for_wrongly_is_a_bad_request(calls: Calls) -> None:
    disk_id = calls.house.world.disk().id
    wrong: list[Any] = [
        b"{",
        {},
        {"backup": {}},
        {"backup": {"volume_id": "v1"}},
        *(
            {"backup": {"volume_id": disk_id, **more}}
            for more in (
                {"name": "auto1"},
                {"name": "two words"},
                {"name": ""},
                {"name": "n" * 65},
                {"description": "<"},
                {"description": "d" * 256},
                {"snapshot_id": ids.new()},
            )
        ),
    ]
    for body in wrong:
        assert calls.fault("POST", "/backups", body)[0] == "badRequest", body
    allowed = {"volume_id": disk_id, "name": None, "description": None, "snapshot_id": None}
    calls.ask("POST", "/backups", {"backup": allowed | {"container": "c", "incremental": True}}, expect=202)
    assert calls.fault("POST", "/backups", {"backup": allowed})[0] == "badRequest"
    reply = calls.send("POST", "/backups", {"backup": allowed}, who="reader")
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "VolumeBackup.0042")


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_short_list_has_names_and_the_long_one_all(calls: Calls, three: list[Backup]) -> None:
    brief = calls.ask("GET", "/backups")
    whole = calls.ask("GET", "/backups/detail")
    assert [one["id"] for one in brief["backups"]] == [one.id for one in three]
    assert {frozenset(one) for one in brief["backups"]} == {frozenset({"id", "name", "links"})}
    assert whole["backups"] == [calls.ask("GET", f"/backups/{one.id}")["backup"] for one in three]
    assert set(brief) == set(whole) == {"backups"}


def test_lists_are_filtered_by_whole_names_and_disks(calls: Calls, three: list[Backup]) -> None:
    newest, second, oldest = (one.id for one in three)
    for path in ("/backups", "/backups/detail"):
        assert listed(calls, path, name="b-first") == [newest, oldest]
        assert listed(calls, path, name="b-firs") == []
        assert listed(calls, path, volume_id=three[1].resource_id) == [second]
        assert listed(calls, path, volume_id=three[1].resource_id[:-1]) == []
        assert listed(calls, path, name="b-first", volume_id=three[1].resource_id) == []
        assert listed(calls, path, all_tenants="1", project_id="p") == [newest, second, oldest]


def test_lists_are_sorted(calls: Calls, three: list[Backup]) -> None:
    newest, second, oldest = (one.id for one in three)
    by_id = sorted((newest, second, oldest))
    orders = {
        "created_at": [newest, second, oldest],
        "updated_at": [newest, second, oldest],
        "id": by_id[::-1],
    }
    for key, expected in orders.items():
        assert listed(calls, sort_key=key) == expected
        assert listed(calls, sort_key=key, sort_dir="desc") == expected
        assert listed(calls, sort_key=key, sort_dir="asc") == expected[::-1]
        assert listed(calls, sort=f"{key}:asc") == expected[::-1]
    assert listed(calls, sort_dir="asc") == [oldest, second, newest]
    assert listed(calls, sort_key="size")[0] == listed(calls, sort_key="name", sort_dir="asc")[0] == second
    for alike in ("container_format", "disk_format"):
        assert listed(calls, sort_key=alike, sort_dir="asc") == [newest, second, oldest]
    assert listed(calls, sort="name:asc,created_at:asc") == [second, oldest, newest]


@pytest.mark.usefixtures("three")
def test_what_waits_and_what_is_being_done_are_one_status_where_lists_are_sorted(
    house: House, calls: Calls
) -> None:
    for number, name in enumerate(("x", "y")):
        _, task = disk_backups.create(house.world.context(), house.world.disk(name).id, Wanted())
        if number:
            house.world.claim(task)
    _, task = disk_backups.create(house.world.context(), house.world.disk("z").id, Wanted())
    house.world.fail(task)
    told = [one["status"] for one in calls.ask("GET", "/backups/detail", sort="status:asc")["backups"]]
    assert told == sorted(told)
    assert set(told) == {"available", "creating", "error"}


def follow(calls: Calls, path: str, **asked: Any) -> Iterator[list[str]]:
    """The pages of a list, as its links lead from one to the next."""
    reply = calls.ask("GET", path, **asked)
    while True:
        yield [one["id"] for one in reply["backups"]]
        if "backups_links" not in reply:
            return
        ((link),) = reply["backups_links"]
        assert link["rel"] == "next"
        parts = urlsplit(link["href"])
        reply = calls.house.client.request(
            "GET", f"{parts.path}?{parts.query}", headers={"X-Auth-Token": calls.house.tokens["reader"]}
        ).json()


def test_links_lead_from_page_to_page(calls: Calls, three: list[Backup]) -> None:
    newest, second, oldest = (one.id for one in three)
    for path in ("/backups", "/backups/detail"):
        assert list(follow(calls, path, limit=2)) == [[newest, second], [oldest]]
        assert list(follow(calls, path, limit=3)) == [[newest, second, oldest]]
        assert list(follow(calls, path, limit=5000)) == [[newest, second, oldest]]
        assert list(follow(calls, path, limit=1, offset=1)) == [[second], [oldest]]
        assert list(follow(calls, path, limit=1, name="b-first", sort_dir="asc")) == [[oldest], [newest]]
    assert listed(calls, marker=newest, limit=1) == [second]
    assert listed(calls, offset=7) == []


def test_what_a_list_does_not_know_is_a_bad_request(house: House) -> None:
    wrong: list[dict[str, Any]] = [
        {"limit": 0},
        {"limit": "x"},
        {"limit": "9" * 30},
        {"offset": -1},
        {"marker": "nobody"},
        {"status": "fine"},
        {"sort_key": "size_gb"},
        {"sort_dir": "up"},
        {"sort": "size:up"},
        {"sort": "size", "sort_key": "size"},
        {"name": ""},
        {"name": "\x00"},
    ]
    for asked in wrong:
        for prefix, path in ((V2, "/backups"), (V3, "/backups/detail")):
            kind, message = Calls(house, prefix).fault("GET", path, **asked)
            assert kind == "badRequest"
            assert next(iter(asked)) in message


def test_a_page_takes_the_same_statements_however_long_it_is(house: House, calls: Calls) -> None:
    def fail() -> None:
        _, task = disk_backups.create(house.world.context(), disk.id, Wanted())
        house.world.fail(task)

    disk = house.world.disk()
    fail()
    calls.ask("GET", "/backups/detail")
    with noted(house.world.db) as few:
        calls.ask("GET", "/backups/detail")
    for _ in range(5):
        fail()
    with noted(house.world.db) as many:
        assert len(calls.ask("GET", "/backups/detail")["backups"]) == 6
    assert len(many) == len(few)


# ── microversions ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("three")
def test_a_count_is_told_since_its_microversion_to_who_asks_for_it(calls: Calls) -> None:
    for headers, asked, count in (
        ({VERSION: "volume 3.45"}, {"with_count": "true"}, 3),
        (LATEST, {"with_count": "True", "limit": 1, "name": "b-first"}, 2),
        (LATEST, {"with_count": "false"}, None),
        (LATEST, {}, None),
        ({VERSION: "volume 3.44"}, {"with_count": "true"}, None),
        ({}, {"with_count": "true"}, None),
    ):
        for path in ("/backups", "/backups/detail"):
            assert calls.ask("GET", path, headers=headers, **asked).get("count") == count
    assert "count" not in Calls(calls.house, V2).ask("GET", "/backups", headers=LATEST, with_count="true")
    assert calls.fault("GET", "/backups", headers=LATEST, with_count="x")[0] == "badRequest"


def test_parts_of_names_are_known_since_their_microversion(calls: Calls, three: list[Backup]) -> None:
    newest, second, oldest = (one.id for one in three)
    everything = [newest, second, oldest]
    for asked, found in (
        ({"name~": "first"}, [newest, oldest]),
        ({"name~": "first", "name": "a-second"}, []),
        ({"volume_id~": three[1].resource_id[3:20]}, [second]),
        ({"status~": "avail"}, everything),
        ({"status~": "ing"}, []),
        ({"status~": "a", "status": "available"}, everything),
        ({"status~": "err", "status": "available"}, []),
        ({"status~": "nothing"}, []),
    ):
        assert listed(calls, headers={VERSION: "volume 3.31"}, **asked) == found
        if "status" not in asked and "name" not in asked:
            assert listed(calls, headers={VERSION: "volume 3.30"}, **asked) == everything


def test_the_microversion_that_is_asked_for_is_spoken(calls: Calls) -> None:
    for said, spoken in (
        (None, "3.0"),
        ("volume 3.45", "3.45"),
        ("volume 3.0", "3.0"),
        ("VOLUME  3.7", "3.7"),
        ("3.31", "3.31"),
        ("volume latest", "3.45"),
        ("compute 2.90, volume 3.9", "3.9"),
        ("compute 2.90", "3.0"),
        ("", "3.0"),
    ):
        for path in ("/backups", "/volumes"):
            reply = calls.send("GET", path, headers={} if said is None else {VERSION: said})
            assert reply.status_code == 200
            assert (reply.headers[VERSION], reply.headers["Vary"]) == (f"volume {spoken}", VERSION)


def test_a_microversion_that_is_not_spoken_is_not_acceptable(calls: Calls) -> None:
    for said in ("3.46", "2.9", "4.0", "3.9999"):
        kind, message = calls.fault("GET", "/backups", headers={VERSION: f"volume {said}"})
        assert (kind, said in message) == ("computeFault", True)
        assert calls.send("GET", "/backups", headers={VERSION: said}).status_code == 406


def test_what_is_no_microversion_is_a_bad_request(calls: Calls) -> None:
    for said in ("volume x", "volume 3", "volume 3.-1", "volume 3.45.1", "3.99999"):
        assert calls.fault("GET", "/backups", headers={VERSION: said})[0] == "badRequest"


@pytest.mark.usefixtures("three")
def test_the_same_path_without_the_prefix_is_cbr_s(house: House) -> None:
    assert house.ask("GET", "/backups")["count"] == 3
