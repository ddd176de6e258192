"""Moving away from earlier services, where there is nothing to move."""

from typing import Any

import httpx
import pytest
from tests.api.asking import House

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def send(
    house: House, method: str, body: Any = None, who: str = "admin", **parameters: Any
) -> httpx.Response:
    headers = {"X-Auth-Token": house.tokens[who]} if who else {}
    more = {} if body is None else {"json": body}
    return house.client.request(method, "/v3/migrates", headers=headers, params=parameters, **more)


def test_nobody_migrated_yet(house: House) -> None:
    reply = send(house, "GET")
    assert (reply.status_code, reply.json()["error_code"]) == (404, "BackupService.4001")


def test_a_migration_is_done_as_it_begins_for_nothing_is_there_to_move(house: House) -> None:
    region = house.world.config.region
    started = send(house, "POST", {"all_regions": True, "reservation": 0.2})
    assert (started.status_code, started.json()) == (200, {region: "success"})
    for parameters in ({}, {"all_regions": "False"}):
        assert send(house, "GET", who="reader", **parameters).json() == {
            "status": "success",
            "project_status": [
                {
                    "project_id": house.world.blue.id,
                    "project_name": "blue",
                    "region_id": region,
                    "status": "success",
                    "progress": 100,
                }
            ],
        }


def test_projects_of_others_are_not_told(house: House) -> None:
    send(house, "POST", {"all_regions": False, "reservation": 0})
    assert send(house, "GET", who="stranger").json() == {"status": "success", "project_status": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reservation": 0.2}, "all_regions"),
        ({"all_regions": True}, "reservation"),
        ({"all_regions": True, "reservation": 1.5}, "reservation"),
        ({"all_regions": True, "reservation": -0.1}, "reservation"),
        ({"all_regions": "yes", "reservation": 0}, "all_regions"),
    ],
)
def test_a_wrong_wish_is_named_and_leaves_no_record(house: House, body: Any, field: str) -> None:
    reply = send(house, "POST", body)
    assert (reply.status_code, reply.json()["error_code"]) == (400, "BackupService.9900")
    assert f" {field}: " in reply.json()["error_msg"]
    assert send(house, "GET").status_code == 404


def test_who_may_not_change_does_not_migrate(house: House) -> None:
    body = {"all_regions": True, "reservation": 0.2}
    assert send(house, "POST", body, who="reader").status_code == 403
    assert send(house, "POST", body, who="").status_code == 401
    assert send(house, "GET", who="").status_code == 401


def test_a_wrong_truth_is_refused(house: House) -> None:
    assert send(house, "GET", all_regions="perhaps").json()["error_code"] == "BackupService.9900"
