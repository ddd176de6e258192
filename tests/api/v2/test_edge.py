"""What holds for every call for volume backups: who asks, in whose words it is refused, what is no call."""

import re
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from tests.api.asking import House, asking
from tests.service.world import World

from holdfast.api.app import build
from holdfast.api.request import Call
from holdfast.api.v2 import routes
from holdfast.config import Config
from holdfast.db.database import open_database
from holdfast.model.project import Caller, Project
from holdfast.service.context import House as Rooms

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CALLS = [(prefix, route) for prefix, route in routes.mounted()]


def sent(house: House, method: str, path: str, project: Project, who: str = "") -> httpx.Response:
    headers = {"X-Auth-Token": house.tokens[who]} if who else {}
    place = re.sub(r"\{\w+\}", "x", path.replace("{project_id}", project.id))
    return house.client.request(method, place, headers=headers)


def code(reply: httpx.Response) -> str:
    told = reply.json()
    assert set(told) == {"error"}
    assert set(told["error"]) == {"message", "code"}
    assert told["error"]["message"]
    return str(told["error"]["code"])


def test_nobody_gets_further_than_401(house: House) -> None:
    for prefix, route in CALLS:
        reply = sent(house, route.method, prefix + route.path, house.world.blue)
        wanted = "AutoBackup.0002" if "backuppolicy" in route.path else "VolumeBackup.0044"
        assert (reply.status_code, code(reply)) == (401, wanted), route.path
        assert reply.headers["WWW-Authenticate"].startswith("Keystone uri=")
        assert reply.headers["X-Request-Id"].startswith("req-")


def test_a_token_that_is_over_is_told_so(house: House) -> None:
    house.tokens["nobody"] = "made up"
    reply = sent(house, "GET", "/v2/{project_id}/backuppolicy/p/backuptasks", house.world.blue, "nobody")
    assert (reply.status_code, code(reply)) == (401, "AutoBackup.0003")


def test_another_project_is_like_none(house: House) -> None:
    for prefix, route in CALLS:
        reply = sent(house, route.method, prefix + route.path, house.world.red, "admin")
        assert reply.status_code == 404, route.path
        assert set(reply.json()) in ({"error"}, {"itemNotFound"}), route.path


def test_a_reader_changes_nothing(house: House) -> None:
    for prefix, route in CALLS:
        if route.changes:
            reply = sent(house, route.method, prefix + route.path, house.world.blue, "reader")
            wanted = "AutoBackup.0213" if "backuppolicy" in route.path else "VolumeBackup.0042"
            assert (reply.status_code, code(reply)) == (403, wanted), route.path


@pytest.mark.parametrize(
    "path", ["/v2/{project_id}/nothing", "/v1/{project_id}", "/vbs/v4", "/v2/{project_id}/cloudbackups/"]
)
def test_what_is_no_call_is_404_in_these_words(house: House, path: str) -> None:
    reply = sent(house, "GET", path, house.world.blue, "admin")
    assert (reply.status_code, code(reply)) == (404, "VolumeBackup.0002")


def test_a_path_of_policies_has_their_codes(house: House) -> None:
    reply = sent(house, "GET", "/v2/{project_id}/backuppolicy/a/b/c", house.world.blue, "admin")
    assert (reply.status_code, code(reply)) == (404, "AutoBackup.0222")


def test_a_call_of_openstack_that_is_none_is_told_as_openstack_does(house: House) -> None:
    reply = sent(house, "GET", "/v2/{project_id}/backups/a/b/c", house.world.blue, "admin")
    assert reply.json()["itemNotFound"]["code"] == reply.status_code == 404


def test_a_method_that_a_call_does_not_have_is_405_and_says_which_it_has(house: House) -> None:
    reply = sent(house, "PATCH", "/v2/{project_id}/backuppolicy/p/backuptasks", house.world.blue, "admin")
    assert (reply.status_code, code(reply)) == (405, "AutoBackup.0222")
    assert {one.strip() for one in reply.headers["Allow"].split(",")} == {"GET", "HEAD"}


def test_a_method_that_http_does_not_know_is_501(house: House) -> None:
    reply = sent(house, "FETCH", "/v1/{project_id}/jobs/j", house.world.blue, "admin")
    assert (reply.status_code, code(reply)) == (501, "VolumeBackup.0002")
    assert house.send("FETCH", "/vaults").status_code == 405  # of CBR nobody expects more


@pytest.mark.parametrize(
    ("accepted", "status"),
    [
        ("text/html", 406),
        ("application/xml, text/*", 406),
        ("application/json;q=0", 406),
        ("*/*;q=0.0", 406),
        ("application/json;q=0, */*", 406),
        ("application/json", 404),
        ("APPLICATION/JSON; q=0.3", 404),
        ("text/html, application/*;q=0.8", 404),
        ("text/html, */*;q=nonsense", 404),
        ("*/*;q=nan", 404),
        ("application/json;q=-1", 404),
        ("application/json; q=0.00", 406),
        ('application/json; profile="a;q=0, b"', 404),
        ('text/html; said="so, application/json, \\", */*"', 406),
        ("", 404),
    ],
)
def test_who_takes_no_json_is_told_406(house: House, accepted: str, status: int) -> None:
    path = f"/v2/{house.world.blue.id}/backuppolicy/p/backuptasks"
    headers = {"X-Auth-Token": house.tokens["admin"], "Accept": accepted}
    reply = house.client.request("GET", path, headers=headers)
    assert reply.status_code == status, reply.text
    assert code(reply).startswith("AutoBackup.")


def test_a_body_that_is_too_large_is_told_in_these_words(house: House) -> None:
    path, headers = f"/v1/{house.world.blue.id}/jobs/j", {"X-Auth-Token": house.tokens["admin"]}
    reply = house.client.request("GET", path, headers=headers, content=b" " * ((1 << 20) + 1))
    assert (reply.status_code, code(reply)) == (413, "VolumeBackup.0002")


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("/v2/{}/backuppolicy/p/backuptasks", ("AutoBackup.0009", "AutoBackup.0009")),
        ("/v1/{}/jobs/j", ("VolumeBackup.0043", "VolumeBackup.0900")),
        ("/vbs/v3/{}/backups", ("VolumeBackup.0043", "VolumeBackup.0900")),
    ],
)
def test_faults_and_a_database_that_is_away_are_told_in_these_words(
    world: World, tmp_path: Path, path: str, codes: tuple[str, str]
) -> None:
    def fault(_rooms: Rooms, _call: Call) -> Caller:
        raise RuntimeError("secret of the house")

    with asking(build(world.db, world.config, lambda: None, fault)) as client:
        reply = client.request("GET", path.format(world.blue.id))
    assert (reply.status_code, code(reply)) == (500, codes[0])
    assert "secret" not in reply.text
    away = open_database(f"sqlite:///{tmp_path}/no/such/folder/x.db", Fernet.generate_key())
    with asking(build(away, Config(), lambda: None)) as client:
        reply = client.request("GET", path.format("p1"), headers={"X-Auth-Token": "any"})
    away.close()
    assert (reply.status_code, code(reply)) == (503, codes[1])
    assert "database" in reply.text


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/cloudbackups", {"backup": {"volume_id": "x", "name": "n", "a\nb": "\x00"}}, "VolumeBackup.0002"),
        ("/backuppolicy/resource_instances/action", {"action": "count", "a\nb": "\x00"}, "AutoBackup.0001"),
    ],
)
def test_a_member_whose_name_has_line_breaks_is_refused_as_any_other(
    house: House, path: str, body: object, told: str
) -> None:
    headers = {"X-Auth-Token": house.tokens["admin"]}
    reply = house.client.request("POST", f"/v2/{house.world.blue.id}{path}", headers=headers, json=body)
    assert (reply.status_code, code(reply)) == (400, told)


def test_clients_of_block_storage_find_its_versions(house: House) -> None:
    told = {
        path: house.client.request("GET", path).json()["versions"] for path in ("/vbs", "/vbs/v3/", "/v2")
    }
    assert [one["id"] for one in told["/vbs"]] == ["v2.0", "v3.0"]
    (third,) = told["/vbs/v3/"]
    assert (third["status"], third["min_version"]) == ("CURRENT", "3.0")
    assert third["links"] == [{"href": "http://testserver/vbs/v3/", "rel": "self"}]
    assert [one["id"] for one in told["/v2"]] == ["v2.0"]
