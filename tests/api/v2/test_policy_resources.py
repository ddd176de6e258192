"""Disks of a backup policy on the wire: who comes, who goes, what is backed up now, and that CBR shows it."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.v2.calling import Calls
from tests.api.v2.test_policies import make, told

from holdfast.db import tasks, vaults, work
from holdfast.model.resource import ObjectType
from holdfast.model.task import Ending, Operation, Page, Status
from holdfast.model.task_filter import TaskFilter

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RESOURCES = "/backuppolicyresources"


@pytest.fixture(params=["/v2", "/vbs/v2"])
def vbs(house: House, request: pytest.FixtureRequest) -> Calls:
    return Calls(house, request.param)


@pytest.fixture
def calls(house: House) -> Calls:
    return Calls(house, "/v2")


def disk(house: House, name: str) -> str:
    return house.world.disk(name).id


def named(*disk_ids: str) -> list[dict[str, str]]:
    return [{"resource_id": disk_id, "resource_type": "volume"} for disk_id in disk_ids]


def associate(calls: Calls, policy_id: str, *disk_ids: str) -> Any:
    asked = {"backup_policy_id": policy_id, "resources": named(*disk_ids)}
    return calls.ask("POST", RESOURCES, asked, who="operator")


def disassociate(calls: Calls, policy_id: str, *disk_ids: str) -> Any:
    asked = {"resources": [{"resource_id": disk_id} for disk_id in disk_ids]}
    return calls.ask("POST", f"{RESOURCES}/{policy_id}/deleted_resources", asked, who="operator")


def come(disk_id: str) -> dict[str, str]:
    return {
        "resource_id": disk_id,
        "resource_type": "volume",
        "availability_zone": "",
        "os_vol_host_attr": "",
    }


def failed(reply: Any) -> dict[str, str]:
    """The codes of the disks that failed; each says why."""
    assert all(one["message"] for one in reply["fail_resources"])
    return {one["resource_id"]: one["code"] for one in reply["fail_resources"]}


def end_removal(house: House) -> None:
    """A worker takes out what is to leave."""
    with house.world.db.transaction() as tx:
        wanted = TaskFilter(project_id=house.world.blue.id, operations=(Operation.REMOVE_RESOURCE,))
        (task,) = tasks.find(tx, wanted, Page())
    epoch = house.world.claim(task)
    with house.world.db.transaction() as tx:
        vaults.detach(tx, task.vault_id or "", task.resource.id)
        work.finish(tx, task.id, epoch, Ending(status=Status.SUCCESS))


def test_disks_follow_a_policy_and_cbr_shows_the_vault_that_they_are_in(vbs: Calls, house: House) -> None:
    policy_id, first, second = make(vbs), disk(house, "first"), disk(house, "second")
    reply = associate(vbs, policy_id, first, second)
    assert reply == {"success_resources": [come(first), come(second)], "fail_resources": []}
    assert told(vbs, policy_id)["policy_resource_count"] == 2
    (vault,) = house.ask("GET", "/vaults", policy_id=policy_id)["vaults"]
    assert (vault["name"], vault["billing"]["object_type"]) == ("vbs-plan01", "disk")
    assert vault["auto_expand"] is True
    assert [one["id"] for one in vault["resources"]] == [first, second]
    (followed,) = house.ask("GET", f"/policies/{policy_id}")["policy"]["associated_vaults"]
    assert followed["vault_id"] == vault["id"]
    house.ask("PUT", f"/policies/{policy_id}", {"policy": {"name": "renamed"}})
    assert house.ask("GET", f"/vaults/{vault['id']}")["vault"]["name"] == "vbs-renamed"


def test_what_cbr_binds_to_the_policy_counts_as_well(calls: Calls, house: House) -> None:
    policy_id, held = make(calls), house.world.disk("held")
    vault = house.world.vault(held, object_type=ObjectType.DISK)
    house.ask("POST", f"/vaults/{vault.id}/associatepolicy", {"policy_id": policy_id})
    assert told(calls, policy_id)["policy_resource_count"] == 1
    assert associate(calls, policy_id, held.id)["success_resources"] == [come(held.id)]


def test_a_disk_that_cannot_come_says_why(calls: Calls, house: House) -> None:
    policy_id, letters, kept = make(calls), house.world.directory().id, house.world.disk("kept")
    house.world.vault(kept, object_type=ObjectType.DISK)
    reply = associate(calls, policy_id, "gone", letters, kept.id)
    assert reply["success_resources"] == []
    assert [set(one) for one in reply["fail_resources"]] == [{*come(""), "code", "message"}] * 3
    assert failed(reply) == {
        "gone": "AutoBackup.0208",
        letters: "AutoBackup.0211",
        kept.id: "AutoBackup.0206",
    }
    assert "it is in another vault: kept is in the vault v1" in reply["fail_resources"][-1]["message"]
    assert [vault["name"] for vault in house.ask("GET", "/vaults")["vaults"]] == ["v1"]


def test_disks_leave_and_come_again(vbs: Calls, house: House) -> None:
    policy_id, first, second = make(vbs), disk(house, "first"), disk(house, "second")
    associate(vbs, policy_id, first, second)
    reply = disassociate(vbs, policy_id, first, "gone")
    assert reply["success_resources"] == [{"resource_id": first}]
    assert [set(one) for one in reply["fail_resources"]] == [{"resource_id", "code", "message"}]
    assert failed(reply) == {"gone": "AutoBackup.1400"}
    assert told(vbs, policy_id)["policy_resource_count"] == 1
    (log,) = house.ask("GET", "/operation-logs")["operation_logs"]
    assert log["operation_type"] == "remove_resource"
    assert vbs.house.client.request(
        "GET", f"/v1/{house.world.blue.id}/jobs/{log['id']}", headers={"X-Auth-Token": house.tokens["reader"]}
    ).json()["status"] == "SUCCESS"  # fmt: skip
    assert failed(disassociate(vbs, policy_id, first)) == {first: "AutoBackup.1400"}
    assert associate(vbs, policy_id, first)["success_resources"] == [come(first)]
    assert told(vbs, policy_id)["policy_resource_count"] == 2


def test_a_disk_that_cbr_is_taking_out_is_busy(vbs: Calls, house: House) -> None:
    policy_id, first, second = make(vbs), disk(house, "first"), disk(house, "second")
    associate(vbs, policy_id, first, second)
    (vault,) = house.ask("GET", "/vaults", policy_id=policy_id)["vaults"]
    house.ask("POST", f"/vaults/{vault['id']}/removeresources", {"resource_ids": [first]})
    assert told(vbs, policy_id)["policy_resource_count"] == 1
    for again in (disassociate, associate):
        reply = again(vbs, policy_id, first)
        assert failed(reply) == {first: "AutoBackup.0206"}
        assert "it is being removed from its vault" in reply["fail_resources"][0]["message"]
    end_removal(house)
    assert associate(vbs, policy_id, first)["success_resources"] == [come(first)]


def test_a_policy_carried_out_now_is_told_by_its_tasks_and_by_cbrs(vbs: Calls, house: House) -> None:
    policy_id, first, second = make(vbs), house.world.disk("first"), disk(house, "second")
    assert vbs.refused("POST", f"/backuppolicy/{policy_id}/action")[:2] == (400, "AutoBackup.1700")
    associate(vbs, policy_id, first.id, second)
    vbs.ask("PUT", f"/backuppolicy/{policy_id}", {"scheduled_policy": {"status": "OFF"}})
    assert vbs.ask("POST", f"/backuppolicy/{policy_id}/action", expect=204, who="operator") is None
    assert vbs.ask("POST", f"/backuppolicy/{policy_id}/action", {}, expect=204) is None
    path = f"/backuppolicy/{policy_id}/backuptasks"
    begun = vbs.ask("GET", path, who="reader")
    assert begun["count"] == 4
    assert {(one["resource_id"], one["status"]) for one in begun["tasks"]} == {
        (disk_id, status) for disk_id in (first.id, second) for status in ("WAITING", "SKIP")
    }
    logs = house.ask("GET", "/operation-logs")["operation_logs"]
    assert {one["id"] for one in logs} == {one["job_id"] for one in begun["tasks"]}
    assert {one["policy_id"] for one in logs} == {policy_id}


WRONG: list[tuple[Any, str]] = [
    ({"resources": []}, "0207"),
    ({"resources": None}, "0207"),
    ({"resources": {}}, "0207"),
    ({"resources": [{"resource_type": "volume"}]}, "0209"),
    ({"resources": [{"resource_id": "", "resource_type": "volume"}]}, "0209"),
    ({"resources": [{"resource_id": "x" * 256, "resource_type": "volume"}]}, "0209"),
    ({"resources": named("a", "a")}, "1400"),
    ({"resources": named(*(f"disk-{number}" for number in range(257)))}, "0204"),
]
WRONG_TO_COME: list[tuple[Any, str]] = [
    ({"backup_policy_id": ""}, "0006"),
    ({"backup_policy_id": None}, "0006"),
    ({"resources": [{"resource_id": "a"}]}, "0211"),
    ({"resources": [{"resource_id": "a", "resource_type": "server"}]}, "0211"),
]


def test_what_breaks_a_rule_is_400_and_named(calls: Calls, house: House) -> None:
    policy_id = make(calls)
    asked = {"backup_policy_id": policy_id, "resources": named("a")}
    for more, code in (*WRONG, *WRONG_TO_COME):
        assert calls.refused("POST", RESOURCES, asked | more)[:2] == (400, f"AutoBackup.{code}"), more
    for more, code in WRONG:
        refused = calls.refused("POST", f"{RESOURCES}/{policy_id}/deleted_resources", more)
        assert refused[:2] == (400, f"AutoBackup.{code}"), more
    assert calls.refused("POST", RESOURCES, b"x")[:2] == (400, "AutoBackup.0008")
    assert house.ask("GET", "/vaults")["count"] == 0


def test_only_who_may_associates_with_a_policy_that_there_is(calls: Calls) -> None:
    policy_id = make(calls)
    nobody_knows = (404, "AutoBackup.1100")
    for who, asked_of, wanted in (
        ("reader", policy_id, (403, "AutoBackup.0213")),
        ("stranger", policy_id, nobody_knows),
        ("admin", "x", nobody_knows),
    ):
        asked = {"backup_policy_id": asked_of, "resources": named("a")}
        assert calls.refused("POST", RESOURCES, asked, who=who)[:2] == wanted
        path = f"{RESOURCES}/{asked_of}/deleted_resources"
        assert calls.refused("POST", path, {"resources": named("a")}, who=who)[:2] == wanted
