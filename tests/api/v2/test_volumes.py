"""Disks as OpenStack's clients look for volumes: found by id or name, a page at a time, never changed."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.api.asking import House
from tests.api.v2.calling import Calls

from holdfast.model import ids
from holdfast.model.resource import Resource
from holdfast.service import resources
from holdfast.service.resources import ResourceFilter

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def calls(house: House) -> Calls:
    return Calls(house, "/vbs/v3")


def names(calls: Calls, path: str = "/volumes", **asked: Any) -> list[str]:
    return [one["name"] for one in calls.ask("GET", path, who="reader", **asked)["volumes"]]


def parts(house: House, server: Resource) -> list[Resource]:
    return resources.find(house.world.context(), ResourceFilter(parent_id=server.id))


def test_a_disk_is_told_as_a_volume(calls: Calls) -> None:
    disk = calls.house.world.disk("data", 1025)
    told = calls.ask("GET", f"/volumes/{disk.id}", who="reader")["volume"]
    assert len(told.pop("created_at")) == len("2016-12-02T09:06:46.706123")
    for link in told.pop("links"):
        path = f"{calls.prefix}/{calls.house.world.blue.id}/volumes/{disk.id}"
        assert link["href"] == f"http://testserver{path}"
    assert told == {
        "id": disk.id,
        "name": "data",
        "status": "available",
        "size": 2,
        "updated_at": None,
        "attachments": [],
        "metadata": {},
        "description": None,
        "availability_zone": None,
        "volume_type": None,
        "snapshot_id": None,
        "source_volid": None,
        "bootable": "false",
        "encrypted": False,
        "multiattach": False,
        "os-vol-tenant-attr:tenant_id": calls.house.world.blue.id,
    }
    assert calls.ask("GET", "/volumes/detail")["volumes"] == [
        calls.ask("GET", f"/volumes/{disk.id}")["volume"]
    ]
    (brief,) = calls.ask("GET", "/volumes")["volumes"]
    assert set(brief) == {"id", "name", "links"}


def test_the_older_version_tells_the_same(house: House) -> None:
    disk = house.world.disk()
    newer = Calls(house, "/vbs/v3").ask("GET", f"/volumes/{disk.id}")["volume"]
    for prefix in ("/v2", "/vbs/v2"):
        told = Calls(house, prefix).ask("GET", f"/volumes/{disk.id}")["volume"]
        assert told.pop("links") != newer["links"]
        assert told == {name: value for name, value in newer.items() if name != "links"}


def test_a_disk_of_a_server_is_in_use_by_it(calls: Calls) -> None:
    web = calls.house.world.server("web")
    calls.house.world.disk("bare")
    for disk in parts(calls.house, web):
        told = calls.ask("GET", f"/volumes/{disk.id}")["volume"]
        assert told["status"] == "in-use"
        (attachment,) = told["attachments"]
        assert (attachment["server_id"], attachment["volume_id"]) == (web.id, disk.id)
    assert sorted(names(calls, status="in-use")) == sorted(disk.name for disk in parts(calls.house, web))
    assert names(calls, status="available") == ["bare"]
    assert names(calls, status="error") == []


def test_volumes_are_the_disks_of_the_project_by_their_whole_names(calls: Calls) -> None:
    world = calls.house.world
    world.disk("one")
    world.disk("oneness")
    world.directory("folder")
    for path in ("/volumes", "/volumes/detail"):
        assert names(calls, path) == ["oneness", "one"]
        assert names(calls, path, name="one") == ["one"]
        assert names(calls, path, name="on") == []
    assert calls.ask("GET", "/volumes", who="stranger") == {"volumes": []}


def test_links_lead_from_page_to_page(calls: Calls) -> None:
    for number in range(3):
        calls.house.world.disk(f"d{number}")
    assert names(calls, limit=2, offset=1) == ["d1", "d0"]
    reply, found = calls.ask("GET", "/volumes/detail", limit=2), []
    while "volumes_links" in reply:
        found += [one["name"] for one in reply["volumes"]]
        parts = urlsplit(reply["volumes_links"][0]["href"])
        headers = {"X-Auth-Token": calls.house.tokens["reader"]}
        reply = calls.house.client.request("GET", f"{parts.path}?{parts.query}", headers=headers).json()
    assert [*found, *(one["name"] for one in reply["volumes"])] == ["d2", "d1", "d0"]
    assert names(calls, limit=100000) == ["d2", "d1", "d0"]


def test_what_is_no_disk_could_not_be_found(calls: Calls) -> None:
    for other in (ids.new(), "a name", calls.house.world.directory().id):
        told = calls.fault("GET", f"/volumes/{other}")
        assert told == ("itemNotFound", f"Volume {other} could not be found.")
    disk = calls.house.world.disk()
    assert calls.fault("GET", f"/volumes/{disk.id}", who="stranger")[0] == "itemNotFound"


def test_volumes_are_not_changed_here(calls: Calls) -> None:
    assert calls.send("POST", "/volumes", {"volume": {"size": 1}}).status_code == 405
    assert calls.send("DELETE", f"/volumes/{ids.new()}").status_code == 405


def test_a_list_that_is_asked_for_wrongly_is_a_bad_request(calls: Calls) -> None:
    for asked in ({"limit": 0}, {"marker": "nobody"}, {"name": ""}):
        assert calls.fault("GET", "/volumes", **asked)[0] == "badRequest"
