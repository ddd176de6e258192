"""Policies that an organization lays down for its projects, on the wire."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from tests.api.asking import House
from tests.service.world import World

from holdfast.db import projects
from holdfast.model.errors import PolicyNotFound
from holdfast.model.organization_policy import OrganizationChange
from holdfast.model.policy import PolicyKind
from holdfast.model.project import Project, Role
from holdfast.model.resource import ObjectType
from holdfast.service import organization_policies, vaults
from holdfast.service.projects import NewProject, made_project
from holdfast.service.vaults import NewVault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PATTERN = ["FREQ=WEEKLY;BYDAY=WE,TH,FR;BYHOUR=16;BYMINUTE=00"]
PATH = "/organization-policies"


def body(**more: Any) -> dict[str, Any]:
    known = {
        "name": "Everybody",
        "description": "what all must do",
        "operation_type": "backup",
        "policy_name": "nightly",
        "policy_enabled": False,
        "policy_operation_definition": {"max_backups": 30, "day_backups": 5, "timezone": "UTC+08:00"},
        "policy_trigger": {"properties": {"pattern": PATTERN}},
    }
    return {"policy": known | more}


def lay_down(house: House, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = house.ask("POST", PATH, body(**more))["policy"]
    return made


def of(house: House, project: Project) -> list[dict[str, Any]]:
    who = "stranger" if project == house.world.red else "admin"
    found: list[dict[str, Any]] = house.ask("GET", "/policies", who=who, project=project)["policies"]
    return found


def vault_in(world: World, project: Project) -> str:
    asked = NewVault(name="safe", object_type=ObjectType.TURBO, size_gb=10)
    return vaults.create(world.context(project=project), asked).id


def bind(vault_id: str, policy_id: str) -> tuple[str, str, dict[str, Any]]:
    return "POST", f"/vaults/{vault_id}/associatepolicy", {"policy_id": policy_id}


def test_what_is_laid_down_is_told_with_all_its_members(house: House) -> None:
    made = lay_down(house, effective_scope="all")
    assert house.ask("GET", f"{PATH}/{made['id']}", who="reader") == {"policy": made}
    assert made == {
        "id": made["id"],
        "name": "Everybody",
        "description": "what all must do",
        "operation_type": "backup",
        "domain_id": "default",
        "domain_name": "Default",
        "policy_name": "nightly",
        "policy_enabled": False,
        "policy_operation_definition": {
            "max_backups": 30,
            "retention_duration_days": -1,
            "day_backups": 5,
            "week_backups": 0,
            "month_backups": 0,
            "year_backups": 0,
            "full_backup_interval": -1,
            "timezone": "UTC+08:00",
        },
        "policy_trigger": {"properties": {"pattern": PATTERN, "start_window_minutes": None}},
        "effective_scope": "all",
        "status": "available",
        "holdfast": {
            "timezone": "UTC",
            "jitter_minutes": 0,
            "timeout_minutes": None,
            "keep_first_of_month": False,
        },
    }


def test_its_projects_keep_the_first_of_the_month_if_it_says_so(house: House) -> None:
    made = lay_down(house, holdfast={"keep_first_of_month": True})
    change = {"policy": {"policy_operation_definition": {"max_backups": 5}}}
    changed = house.ask("PUT", f"{PATH}/{made['id']}", change)["policy"]
    assert changed["holdfast"]["keep_first_of_month"] is True
    for project in (house.world.blue, house.world.red):
        (there,) = of(house, project)
        assert there["holdfast"]["keep_first_of_month"] is True
        assert there["operation_definition"]["max_backups"] == 5


def test_every_project_of_the_domain_has_it_as_a_policy(house: House) -> None:
    made = lay_down(house)
    blue, red = of(house, house.world.blue), of(house, house.world.red)
    for (policy,) in (blue, red):
        assert (policy["name"], policy["enabled"]) == ("nightly", False)
        assert policy["policy_type"] == "organization_policy_v2"
        assert policy["trigger"]["properties"]["pattern"] == PATTERN
        assert policy["operation_definition"]["max_backups"] == 30
    told = house.ask("GET", f"{PATH}/{made['id']}/policy-detail")
    assert (told["count"], told["limit"], told["offset"]) == (2, 1000, 0)
    assert {one["project_name"]: one["policy_id"] for one in told["policies"]} == {
        "blue": blue[0]["id"],
        "red": red[0]["id"],
    }
    assert told["policies"][0] | {"policy_id": "", "project_id": "", "project_name": ""} == {
        "policy_id": "",
        "project_id": "",
        "project_name": "",
        "domain_id": "default",
        "domain_name": "Default",
        "status": "available",
        "error_msg": None,
    }
    page = house.ask("GET", f"{PATH}/{made['id']}/policy-detail", limit=1, offset=1)
    assert page["policies"] == told["policies"][1:]
    seen = house.ask("GET", f"{PATH}/{made['id']}/policy-detail", who="reader")
    assert [one["project_name"] for one in seen["policies"]] == ["blue"]


def test_a_project_that_is_made_later_has_it_too(house: House) -> None:
    lay_down(house)
    lay_down(house, effective_scope="blue", policy_name="only-blue")
    with house.world.db.transaction() as tx:
        green = made_project(tx, NewProject(name="green"))
    house.admit("gardener", green, Role.READER)
    found = house.ask("GET", "/policies", who="gardener", project=green)["policies"]
    assert [policy["name"] for policy in found] == ["nightly"]


def test_a_scope_names_the_projects_that_have_it(house: House) -> None:
    made = lay_down(house, effective_scope=f"{house.world.red.id}, nosuch")
    assert of(house, house.world.blue) == []
    assert len(of(house, house.world.red)) == 1
    changed = {"policy": {"effective_scope": "blue"}}
    assert house.ask("PUT", f"{PATH}/{made['id']}", changed)["policy"]["effective_scope"] == "blue"
    assert len(of(house, house.world.blue)) == 1
    assert of(house, house.world.red) == []
    nobody = {"policy": {"effective_scope": "nosuch", "name": "other"}}
    status, code, message = house.refused("PUT", f"{PATH}/{made['id']}", nobody)
    assert (status, code) == (400, "9900")
    assert "effective_scope" in message
    assert house.ask("GET", f"{PATH}/{made['id']}")["policy"]["name"] == "Everybody"


def test_a_change_reaches_every_project(house: House) -> None:
    made = lay_down(house)
    before = {one["id"] for one in of(house, house.world.red)}
    change = {
        "name": "All",
        "policy_name": "hourly",
        "policy_enabled": True,
        "policy_trigger": {"properties": {"start_window_minutes": 60}},
        "policy_operation_definition": {"retention_duration_days": 7},
    }
    told = house.ask("PUT", f"{PATH}/{made['id']}", {"policy": change})["policy"]
    assert (told["name"], told["description"], told["policy_name"]) == ("All", "what all must do", "hourly")
    (policy,) = of(house, house.world.red)
    assert {policy["id"]} == before
    assert (policy["name"], policy["enabled"]) == ("hourly", True)
    assert policy["trigger"]["properties"]["start_window_minutes"] == 60
    assert policy["trigger"]["properties"]["pattern"] == PATTERN
    assert policy["operation_definition"]["max_backups"] == -1


def test_a_project_uses_what_the_organization_laid_down_and_does_not_change_it(house: House) -> None:
    lay_down(house)
    (policy,) = of(house, house.world.blue)
    vault_id = vault_in(house.world, house.world.blue)
    house.ask(*bind(vault_id, policy["id"]), who="operator")
    change = {"policy": {"enabled": True}}
    for who in ("operator", "admin"):
        assert house.refused("PUT", f"/policies/{policy['id']}", change, who=who)[:2] == (403, "8600")
        assert house.refused("DELETE", f"/policies/{policy['id']}", who=who)[:2] == (403, "8600")


def test_what_is_taken_back_stays_only_where_a_vault_follows_it(house: House) -> None:
    made = lay_down(house)
    (policy,) = of(house, house.world.blue)
    vault_id, other_id = (vault_in(house.world, house.world.blue) for _ in range(2))
    house.ask(*bind(vault_id, policy["id"]))
    house.ask("DELETE", f"{PATH}/{made['id']}", expect=204)
    assert of(house, house.world.red) == []
    (left,) = of(house, house.world.blue)
    assert (left["id"], left["policy_type"]) == (policy["id"], "organization_policy_removed")
    assert [one["vault_id"] for one in left["associated_vaults"]] == [vault_id]
    house.ask(*bind(vault_id, policy["id"]))
    assert house.refused(*bind(other_id, policy["id"]))[:2] == (400, "6127")
    house.ask("DELETE", f"/policies/{policy['id']}", expect=204)
    assert of(house, house.world.blue) == []
    gone = f"{PATH}/{made['id']}"
    assert house.refused("GET", gone)[:2] == (404, "6000")
    assert house.refused("GET", f"{gone}/policy-detail")[:2] == (404, "6000")
    assert house.refused("PUT", gone, {"policy": {}})[:2] == (404, "6000")
    assert house.refused("DELETE", gone)[:2] == (404, "6000")


def test_only_administrators_lay_down_policies(house: House) -> None:
    made = lay_down(house)
    for who in ("operator", "reader"):
        assert house.refused("POST", PATH, body(), who=who)[:2] == (403, "8600")
        assert house.refused("PUT", f"{PATH}/{made['id']}", {"policy": {}}, who=who)[:2] == (403, "8600")
        assert house.refused("DELETE", f"{PATH}/{made['id']}", who=who)[:2] == (403, "8600")


def test_they_are_listed_by_kind_newest_first(house: House) -> None:
    first, second = lay_down(house), lay_down(house, name="Second")
    told = house.ask("GET", PATH, operation_type="backup")
    assert [one["id"] for one in told["policies"]] == [second["id"], first["id"]]
    assert (told["count"], told["limit"], told["offset"]) == (2, 1000, 0)
    page = house.ask("GET", PATH, operation_type="backup", limit=1, offset=1)
    assert page["policies"] == [first]
    assert house.ask("GET", PATH, operation_type="backup", marker=second["id"])["policies"] == [first]
    assert house.ask("GET", PATH, operation_type="replication")["count"] == 0
    assert house.refused("GET", PATH)[:2] == (400, "9900")
    assert house.refused("GET", PATH, operation_type="copy")[:2] == (400, "9900")
    assert house.refused("GET", PATH, operation_type="backup", limit=0)[:2] == (400, "9900")


def test_a_domain_has_at_most_32_of_a_kind(house: House) -> None:
    for number in range(32):
        lay_down(house, effective_scope="blue", policy_name=f"p{number}")
    assert house.refused("POST", PATH, body())[:2] == (400, "6001")


def test_a_destination_stays_while_vaults_follow_the_policy(house: House) -> None:
    definition = {
        "destination_region": house.world.config.region,
        "destination_project_id": house.world.blue.id,
    }
    made = lay_down(
        house,
        operation_type="replication",
        policy_operation_definition=definition,
        effective_scope="blue",
    )
    vault_id = vault_in(house.world, house.world.blue)
    replicas = house.ask(
        "POST",
        "/vaults",
        {
            "vault": {
                "name": "replicas",
                "billing": {
                    "consistent_level": "crash_consistent",
                    "object_type": "turbo",
                    "protect_type": "replication",
                    "size": 10,
                },
                "resources": [],
            }
        },
    )["vault"]["id"]
    (policy,) = of(house, house.world.blue)
    method, path, bound = bind(vault_id, policy["id"])
    house.ask(method, path, bound | {"destination_vault_id": replicas})
    elsewhere = {"policy": {"policy_operation_definition": {"destination_region": "nowhere-1"}}}
    assert house.refused("PUT", f"{PATH}/{made['id']}", elsewhere)[:2] == (400, "6003")
    house.ask("POST", f"/vaults/{vault_id}/dissociatepolicy", {"policy_id": policy["id"]})
    assert house.refused("PUT", f"{PATH}/{made['id']}", elsewhere)[1] == "1005"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "policy.name"),
    ({"name": "n" * 65}, "policy.name"),
    ({"policy_name": "a b"}, "policy.policy_name"),
    ({"description": "<b>"}, "policy.description"),
    ({"operation_type": "copy"}, "policy.operation_type"),
    ({"policy_enabled": None}, "policy.policy_enabled"),
    ({"policy_operation_definition": {"max_backups": -2}}, "max_backups"),
    ({"policy_trigger": {"properties": {"pattern": ["nightly"]}}}, "trigger.properties.pattern"),
    ({"effective_scope": "s" * 256}, "policy.effective_scope"),
    ({"effective_scope": "nosuch"}, "effective_scope"),
    ({"operation_type": "replication"}, "destination_region"),
]


def test_what_breaks_a_rule_is_400_and_named(house: House) -> None:
    for more, named in WRONG:
        status, code, message = house.refused("POST", PATH, body(**more))
        assert (status, code) == (400, "9900"), more
        assert named in message
    assert house.ask("GET", PATH, operation_type="backup")["count"] == 0
    assert of(house, house.world.blue) == []


def test_another_domain_sees_and_gets_nothing_of_it(house: House) -> None:
    made = lay_down(house)
    with house.world.db.transaction() as tx:
        far = Project(id="f" * 32, name="far", domain_id="elsewhere", created_at=house.world.blue.created_at)
        projects.add(tx, far)
    details = house.ask("GET", f"{PATH}/{made['id']}/policy-detail")["policies"]
    assert far.id not in {one["project_id"] for one in details}
    context = house.world.context(project=far)
    foreign = replace(context, caller=structs.replace(context.caller, domain_id="elsewhere"))
    assert organization_policies.find(foreign, PolicyKind.BACKUP) == []
    asked: tuple[Callable[[], object], ...] = (
        lambda: organization_policies.show(foreign, made["id"]),
        lambda: organization_policies.details(foreign, made["id"]),
        lambda: organization_policies.update(foreign, made["id"], OrganizationChange()),
        lambda: organization_policies.delete(foreign, made["id"]),
    )
    for refused in asked:
        with pytest.raises(PolicyNotFound):
            refused()
