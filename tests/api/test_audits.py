"""The audit trail on the wire: every call that changes something leaves one entry, and no other does."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from tests.api import test_agents as agents
from tests.api import test_incoming_replications as incoming
from tests.api import test_orders as orders
from tests.api import test_organization_policies as organization
from tests.api import test_policies as policies
from tests.api import test_replication as replication
from tests.api.asking import House
from tests.statements import noted

from holdfast.db import tables
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.resource import ObjectType

# A call: method, path below the project, body.
Called = tuple[str, str, Any]


def backed_up(house: House) -> Backup:
    vault = house.world.vault(house.world.directory())
    (backup,) = house.world.back_up(vault)
    return backup


def made_policy(house: House) -> str:
    made: str = house.ask("POST", "/policies", policies.body())["policy"]["id"]
    return made


def new_vault(_house: House) -> Called:
    billing = {"consistent_level": "crash_consistent", "object_type": "turbo", "protect_type": "backup"}
    asked = {"name": "mine", "resources": [], "billing": {**billing, "size": 10}}
    return "POST", "/vaults", {"vault": asked}


def renamed_vault(house: House) -> Called:
    return "PUT", f"/vaults/{house.world.vault().id}", {"vault": {"name": "other"}}


def deleted_vault(house: House) -> Called:
    return "DELETE", f"/vaults/{house.world.vault().id}", None


def attached(house: House) -> Called:
    held = {"id": house.world.directory().id, "type": "OS::Sfs::Turbo"}
    return "POST", f"/vaults/{house.world.vault().id}/addresources", {"resources": [held]}


def tagged(house: House) -> Called:
    return "POST", f"/vault/{house.world.vault().id}/tags", {"tag": {"key": "a", "value": "b"}}


def ordered(_house: House) -> Called:
    return "POST", "/vaults/order", {"vault": {"name": "mine", "resources": [], "billing": orders.BILLING}}


def backup(house: House) -> Called:
    vault = house.world.vault(house.world.directory())
    return "POST", "/checkpoints", {"checkpoint": {"vault_id": vault.id}}


def synced(house: House) -> Called:
    return "POST", "/checkpoints/sync", {"sync": {"vault_id": house.world.vault().id, "auto_trigger": False}}


def restored(house: House) -> Called:
    return "POST", f"/backups/{backed_up(house).id}/restore", {"restore": {}}


def deleted_backup(house: House) -> Called:
    return "DELETE", f"/backups/{backed_up(house).id}", None


def shared(house: House) -> Called:
    web = house.world.server()
    held = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    return "POST", f"/backups/{held.id}/members", {"members": [house.world.red.id]}


def replicated(house: House) -> Called:
    _, copied = replication.backed_up(house)
    to = replication.replica_vault(house)
    return "POST", f"/backups/{copied.id}/replicate", replication.body(house, to)


def new_policy(_house: House) -> Called:
    return "POST", "/policies", policies.body()


def deleted_policy(house: House) -> Called:
    return "DELETE", f"/policies/{made_policy(house)}", None


def bound(house: House) -> Called:
    body = {"policy_id": made_policy(house)}
    return "POST", f"/vaults/{house.world.vault().id}/associatepolicy", body


def laid_down(_house: House) -> Called:
    return "POST", "/organization-policies", organization.body()


def new_agent(_house: House) -> Called:
    return "POST", "/agents", {"agent": agents.HOST}


def registered(house: House) -> Called:
    path = house.world.folder / "mail"
    path.mkdir()
    settings = {"path": str(path)}
    body = {"type": "directory", "name": "mail", "provider": "directory", "settings": settings}
    return "POST", "/resources", {"resource": body}


def cancelled(house: House) -> Called:
    (task,) = house.world.start(house.world.vault(house.world.directory()))
    return "POST", f"/operation-logs/{task.id}/cancel", None


def tried_again(house: House) -> Called:
    (task,) = house.world.start(house.world.vault(house.world.directory()))
    house.world.fail(task)
    return "POST", f"/operation-logs/{task.id}/retry", None


CALLS: list[Callable[[House], Called]] = [
    new_vault,
    renamed_vault,
    deleted_vault,
    attached,
    tagged,
    ordered,
    backup,
    synced,
    restored,
    deleted_backup,
    shared,
    replicated,
    new_policy,
    deleted_policy,
    bound,
    laid_down,
    new_agent,
    registered,
    cancelled,
    tried_again,
]


def look(house: House, wanted: dict[str, Any], who: str = "admin") -> httpx.Response:
    path = f"/v3/{house.world.blue.id}/holdfast/audit"
    return house.client.request("GET", path, headers={"X-Auth-Token": house.tokens[who]}, params=wanted)


def entries(house: House, *, who: str = "admin", **wanted: Any) -> list[dict[str, Any]]:
    reply = look(house, wanted, who)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["audit"]
    return found


def count(house: House) -> int:
    with house.world.db.reading() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(tables.audit)).scalar_one()


def settle(house: House) -> None:
    """Forget what a test did to come to its call."""
    with house.world.db.transaction() as tx:
        tx.execute(sa.delete(tables.audit))


@pytest.mark.parametrize("called", CALLS, ids=lambda one: one.__name__)
def test_a_change_leaves_one_entry_and_a_refusal_none(
    house: House, called: Callable[[House], Called]
) -> None:
    method, path, body = called(house)
    settle(house)
    assert house.send(method, path, body, who="reader").status_code == 403
    assert house.send(method, path, body, who="").status_code == 401
    if body is not None:
        assert house.send(method, path, {"nothing": "known"}).status_code == 400
    assert house.send(method, path, body, project=house.world.red).status_code in (403, 404)
    assert count(house) == 0

    answer = house.send(method, path, body)
    assert answer.is_success, answer.text
    (entry,) = entries(house)
    assert count(house) == 1
    asked = f"/v3/{house.world.blue.id}{path}"
    assert (entry["method"], entry["path"]) == (method, asked)
    assert entry["request_id"] == answer.headers["X-Request-Id"]
    assert entry["user"]["name"] == "admin"
    assert entry["project_id"] == house.world.blue.id
    assert entry["route"].startswith("/v3/{project_id}/")
    assert len(entry["route"].split("/")) == len(asked.split("/"))
    made = house.ask("GET", "/operation-logs", request_id=entry["request_id"])["operation_logs"]
    assert sorted(entry["task_ids"]) == sorted(task["id"] for task in made)


def test_what_cannot_be_done_leaves_no_entry(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    house.world.start(vault)
    settle(house)
    for method, path, body in (
        ("DELETE", f"/vaults/{vault.id}", None),
        ("DELETE", f"/vaults/{ids.new()}", None),
        ("POST", "/checkpoints", {"checkpoint": {"vault_id": ids.new()}}),
        ("POST", f"/operation-logs/{ids.new()}/cancel", None),
    ):
        house.refused(method, path, body)
    assert count(house) == 0


def test_what_only_asks_leaves_no_entry(house: House) -> None:
    settle(house)
    house.ask("GET", "/vaults")
    house.ask("POST", "/vault/resource_instances/action", {"action": "filter"})
    assert count(house) == 0


def test_whoever_was_told_a_vaults_password_is_told(house: House) -> None:
    vault = house.world.vault()
    settle(house)
    house.refused("GET", f"/vaults/{vault.id}/repository-key", who="reader")
    assert count(house) == 0
    house.ask("GET", f"/vaults/{vault.id}/repository-key", who="operator")
    (entry,) = entries(house)
    assert (entry["method"], entry["user"]["name"]) == ("GET", "operator")
    assert entry["path"].endswith(f"/vaults/{vault.id}/repository-key")
    house.send("HEAD", f"/vaults/{vault.id}/repository-key", who="operator")
    assert [entry["method"] for entry in entries(house)] == ["GET", "GET"]


@pytest.mark.parametrize(
    ("kind", "told"), [("data", 0), ("index", 0), ("locks", 0), ("keys", 1), ("snapshots", 1)]
)
def test_of_a_repositorys_files_those_are_told_that_are_wholes(house: House, kind: str, told: int) -> None:
    vault, content = house.world.vault(), b"whatever is in it"
    path = f"/vaults/{vault.id}/repository/{kind}/{hashlib.sha256(content).hexdigest()}"
    settle(house)
    for _ in range(2):  # the second changes nothing
        house.ask("POST", path, content)
    assert len(entries(house)) == told
    if kind != "keys":
        house.ask("DELETE", path)
        assert [entry["method"] for entry in entries(house)] == ["DELETE", "POST"][: told * 2]


def test_how_far_a_replication_from_elsewhere_is_leaves_no_entry(house: House) -> None:
    vault = incoming.replica_vault(house)
    settle(house)
    task_id = incoming.announce(house, vault, incoming.body())["id"]
    progress = {"progress": {"percent": 40, "bytes_done": 2, "bytes_total": 5}}
    for _ in range(3):
        house.ask("PUT", incoming.path(vault, task_id, "progress"), progress)
    why = {"code": "BackupService.9910", "message": "The store failed.", "status": "failed"}
    incoming.end(house, vault, task_id, "fail", why)
    assert [entry["route"].rpartition("/")[2] for entry in entries(house)] == [
        "fail",
        "incoming-replications",
    ]


def test_a_migration_leaves_an_entry_of_the_project(house: House) -> None:
    headers = {"X-Auth-Token": house.tokens["admin"]}
    body = {"all_regions": True, "reservation": 0.2}
    assert house.client.request("POST", "/v3/migrates", headers=headers, json=body).is_success
    (entry,) = entries(house)
    assert (entry["route"], entry["path"]) == ("/v3/migrates", "/v3/migrates")


# ── accounts ──


def people(house: House, method: str, path: str, body: Any = None, *, who: str = "admin") -> httpx.Response:
    headers = {"X-Auth-Token": house.tokens[who]}
    return house.client.request(method, f"/identity/v3/{path}", headers=headers, json=body)


def test_a_change_of_accounts_is_told_to_administrators(house: House) -> None:
    made = people(house, "POST", "users", {"user": {"name": "new", "password": "a secret of hers"}})
    user_id = made.json()["user"]["id"]
    role = people(house, "GET", "roles").json()["roles"][0]["id"]
    path = f"projects/{house.world.blue.id}/users/{user_id}/roles/{role}"
    replies = [
        made,
        people(house, "PUT", path),
        people(house, "PATCH", f"users/{user_id}", {"user": {"enabled": False}}),
        people(house, "DELETE", path),
        people(house, "DELETE", f"users/{user_id}"),
        people(house, "POST", "projects", {"project": {"name": "green"}}),
    ]
    replies.append(people(house, "DELETE", f"projects/{replies[-1].json()['project']['id']}"))
    assert all(reply.is_success for reply in replies)
    told = entries(house)[::-1]
    assert [entry["request_id"] for entry in told] == [reply.headers["X-Request-Id"] for reply in replies]
    assert {(entry["user"]["name"], entry["project_id"]) for entry in told} == {("admin", None)}
    assert told[1]["path"] == f"/identity/v3/{path}"
    assert told[1]["route"] == "/identity/v3/projects/{project_id}/users/{user_id}/roles/{role_id}"
    assert all(entry["task_ids"] == [] for entry in told)
    with house.world.db.reading() as tx:
        assert "secret" not in str(tx.execute(sa.select(tables.audit)).all())
    assert entries(house, who="operator") == entries(house, who="reader") == []
    asked = {"who": "operator", "marker": told[0]["id"]}
    assert house.refused("GET", "/holdfast/audit", **asked)[0] == 400


def test_the_accounts_of_a_domain_are_told_among_the_changes_of_a_project(house: House) -> None:
    made = fill(house)
    between = people(house, "POST", "users", {"user": {"name": "new"}}).headers["X-Request-Id"]
    last = house.send("POST", "/policies", policies.body()).headers["X-Request-Id"]
    assert requests(house) == [last, between, *made]
    page = look(house, {"limit": "1"}).json()
    assert requests(house, marker=page["next_marker"], limit="2") == [between, made[0]]


def test_what_is_refused_of_accounts_leaves_no_entry(house: House) -> None:
    settle(house)
    assert people(house, "POST", "users", {"user": {"name": "new"}}, who="operator").status_code == 403
    assert people(house, "POST", "users", {"user": {"name": "admin"}}).status_code == 409
    assert people(house, "POST", "users", {"user": {"name": ""}}).status_code == 400
    assert people(house, "DELETE", "users/nobody").status_code == 404
    assert people(house, "GET", "users").status_code == 200
    assert count(house) == 0


def test_keys_are_told_and_their_secrets_are_not(house: House) -> None:
    headers = {"X-Auth-Token": house.tokens["operator"]}
    users = people(house, "GET", "users").json()["users"]
    (user_id,) = [user["id"] for user in users if user["name"] == "operator"]
    place, body = "/v3.0/OS-CREDENTIAL/credentials", {"credential": {"user_id": user_id}}
    made = house.client.request("POST", place, headers=headers, json=body)
    key = made.json()["credential"]
    change = {"credential": {"status": "inactive"}}
    house.client.request("PUT", f"{place}/{key['access']}", headers=headers, json=change)
    house.client.request("DELETE", f"{place}/{key['access']}", headers=headers)
    told = entries(house)
    assert [entry["method"] for entry in told] == ["DELETE", "PUT", "POST"]
    assert {entry["user"]["name"] for entry in told} == {"operator"}
    assert key["secret"] not in str(told)


# ── the list ──


def fill(house: House) -> list[str]:
    """Calls of several people, the newest first: their requests."""
    vault = house.world.vault()
    settle(house)
    made = []
    for number, who in enumerate(("admin", "operator", "operator", "admin", "operator")):
        method, path = ("POST", "/policies") if number % 2 else ("PUT", f"/vaults/{vault.id}")
        body = policies.body() if number % 2 else {"vault": {"name": f"v{number}"}}
        made.append(house.send(method, path, body, who=who).headers["X-Request-Id"])
    return made[::-1]


def requests(house: House, **wanted: Any) -> list[str]:
    return [entry["request_id"] for entry in entries(house, **wanted)]


def test_entries_are_found_by_every_filter(house: House) -> None:
    made = fill(house)
    everything = entries(house)
    assert [entry["request_id"] for entry in everything] == made
    user_id = everything[0]["user"]["id"]
    assert requests(house, request_id=made[2]) == [made[2]]
    assert requests(house, request_id="req-none") == []
    operators = [made[0], made[2], made[3]]
    assert requests(house, user="operator") == requests(house, user=user_id) == operators
    assert requests(house, user="operator", method="POST") == [made[3]]
    assert requests(house, method="DELETE") == []
    hour = timedelta(hours=1)
    assert requests(house, since=f"{clock.now() - hour:%Y-%m-%dT%H:%M:%SZ}") == made
    assert requests(house, before=f"{clock.now() - hour:%Y-%m-%dT%H:%M:%SZ}") == []
    with house.world.db.transaction() as tx:
        old = sa.update(tables.audit).where(tables.audit.c.request_id.in_(made[3:]))
        tx.execute(old.values(at=clock.now() - 2 * hour))
    assert requests(house, before=f"{clock.now() - hour:%Y-%m-%dT%H:%M:%SZ}") == made[3:]
    assert requests(house, since=f"{clock.now() - hour:%Y-%m-%dT%H:%M:%SZ}") == made[:3]


def test_pages_follow_each_other_by_their_markers(house: House) -> None:
    made = fill(house)
    seen: list[str] = []
    marker: dict[str, str] = {}
    while True:
        page = look(house, {"limit": "2", **marker}).json()
        assert page["limit"] == 2
        seen += [entry["request_id"] for entry in page["audit"]]
        if page["next_marker"] is None:
            break
        marker = {"marker": page["next_marker"]}
    assert seen == made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("marker", "x"),
        ("marker", "9" * 19),
        ("marker", "9" * 40),
        ("marker", "\u0665"),
        ("method", "LOOK"),
        ("since", "yesterday"),
        ("before", ""),
        ("user", ""),
        ("request_id", "a\x00b"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(house: House, name: str, value: str) -> None:
    reply = look(house, {name: value})
    assert reply.status_code == 400
    assert name in reply.json()["error_msg"]


def test_everybody_in_a_project_sees_its_entries_and_nobody_elses(house: House) -> None:
    fill(house)
    assert requests(house, who="reader") == requests(house, who="operator") == requests(house)
    red = house.ask("GET", "/holdfast/audit", who="stranger", project=house.world.red)
    assert red["audit"] == []
    theirs = entries(house)[0]
    for wanted in ({"request_id": theirs["request_id"]}, {"user": "admin"}):
        told = house.ask("GET", "/holdfast/audit", who="stranger", project=house.world.red, **wanted)
        assert told["audit"] == []
    asked = {"who": "stranger", "project": house.world.red, "marker": theirs["id"]}
    assert house.refused("GET", "/holdfast/audit", **asked)[0] == 400


def test_all_tasks_of_a_call_are_told_with_it_and_carry_its_request(house: House) -> None:
    world = house.world
    vault = world.vault(*(world.directory(name) for name in ("one", "two", "three")))
    settle(house)
    reply = house.send("POST", "/checkpoints", {"checkpoint": {"vault_id": vault.id}})
    (entry,) = entries(house, request_id=reply.headers["X-Request-Id"])
    told = house.ask("GET", "/operation-logs", request_id=entry["request_id"])
    assert told["count"] == 3
    logs = {log["id"]: log for log in told["operation_logs"]}
    assert sorted(entry["task_ids"]) == sorted(logs)
    for log in logs.values():
        assert log["extra_info"]["common"]["request_id"] == entry["request_id"]
        assert log["holdfast"]["asked_by"] == "admin"


def test_a_page_takes_as_many_statements_however_many_tasks_there_are(house: House) -> None:
    asked = _statements(house)
    backup(house)
    house.send("POST", "/checkpoints", {"checkpoint": {"vault_id": house.world.vault().id}})
    for name in ("one", "two"):
        vault = house.world.vault(house.world.directory(name))
        house.send("POST", "/checkpoints", {"checkpoint": {"vault_id": vault.id}})
    assert _statements(house) == asked


def _statements(house: House) -> int:
    with noted(house.world.db) as told:
        entries(house)
    return len(told)
