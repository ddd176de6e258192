"""Users, projects and roles over HTTP, in Keystone's shapes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.town import DEFAULT, Town, founded
from tests.db.making import add_vault

from holdfast.api.app import ROUTES
from holdfast.api.identity import routes as identity
from holdfast.model import ids
from holdfast.service.attempts import MOST


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with founded(tmp_path) as town:
        yield town


# ── users ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_user_is_made_shown_changed_and_removed(town: Town) -> None:
    made = town.new_user("bert", password="secret", domain_id="default", default_project_id="ignored")
    assert (made["name"], made["domain_id"], made["enabled"]) == ("bert", "default", True)
    assert made["links"]["self"].endswith(f"/identity/v3/users/{made['id']}")
    assert not {"password", "password_hash"} & set(made)
    assert town.ask("GET", f"users/{made['id']}") == {"user": made}
    assert town.enter("bert", "secret").status_code == 201
    changed = town.ask("PATCH", f"users/{made['id']}", {"user": {"name": "robert", "password": "other"}})
    assert changed["user"] == made | {"name": "robert"}
    assert town.enter("robert", "secret").status_code == 401
    assert town.enter("robert", "other").status_code == 201
    town.ask("DELETE", f"users/{made['id']}", expect=204)
    town.refused("GET", f"users/{made['id']}", status=404)
    assert town.enter("robert", "other").status_code == 401


def test_users_are_found_by_name_and_state(town: Town) -> None:
    town.new_user("bert", enabled=False)
    names = [user["name"] for user in town.ask("GET", "users")["users"]]
    assert names == ["ann", "bert", "root"]
    for params, found in (
        ({"name": "ann"}, ["ann"]),
        ({"enabled": "False"}, ["bert"]),
        ({"domain_id": "elsewhere"}, []),
        ({"name": "eve"}, []),
    ):
        assert [user["name"] for user in town.ask("GET", "users", params=params)["users"]] == found


def test_a_user_that_is_disabled_is_out_at_once(town: Town) -> None:
    town.ask("PATCH", f"users/{town.ann.id}", {"user": {"enabled": False}})
    town.refused("GET", "auth/projects", who="ann", status=401)
    assert town.enter("ann", "secret of ann").status_code == 401


def test_a_user_changes_the_password_and_signs_in_again(town: Town) -> None:
    place = f"users/{town.ann.id}/password"
    asked = {"user": {"original_password": "wrong", "password": "new secret"}}
    assert "original password" in town.refused("POST", place, asked, who="ann", status=401)
    town.refused("POST", place, asked, who="root", status=403)
    asked["user"]["original_password"] = "secret of ann"
    town.ask("POST", place, asked, who="ann", expect=204)
    town.refused("GET", "auth/projects", who="ann", status=401)
    assert town.enter("ann", "new secret").status_code == 201


def test_a_name_is_taken_once(town: Town) -> None:
    town.refused("POST", "users", {"user": {"name": "ann"}}, status=409)
    town.refused("PATCH", f"users/{town.ann.id}", {"user": {"name": "root"}}, status=409)
    town.refused("POST", "projects", {"project": {"name": "blue"}}, status=409)


@pytest.mark.parametrize(
    ("method", "place", "body", "named"),
    [
        ("POST", "users", {}, "user"),
        ("POST", "users", {"user": {}}, "user.name"),
        ("POST", "users", {"user": {"name": ""}}, "name"),
        ("POST", "users", {"user": {"name": "x" * 65}}, "name"),
        ("POST", "users", {"user": {"name": "a\x00b"}}, "name"),
        ("POST", "users", {"user": {"name": "bert", "password": ""}}, "password"),
        ("POST", "users", {"user": {"name": "bert", "enabled": "perhaps"}}, "user.enabled"),
        ("PATCH", "users/{ann}", {"user": {"name": 7}}, "user.name"),
        ("POST", "users/{ann}/password", {"user": {"password": "x"}}, "original_password"),
        ("POST", "projects", {"project": {"name": " "}}, "name"),
        ("POST", "projects", {"project": {"name": "p", "description": "x" * 256}}, "description"),
        ("POST", "projects", {"project": {"name": "p", "parent_id": "other"}}, "project.parent_id"),
        ("POST", "projects", {"project": {"name": "p", "is_domain": True}}, "project.is_domain"),
    ],
)
def test_what_is_not_asked_well_is_refused_by_name_and_changes_nothing(
    town: Town, method: str, place: str, body: Any, named: str
) -> None:
    before = town.ask("GET", "users"), town.ask("GET", "projects")
    assert named in town.refused(method, place.replace("{ann}", town.ann.id), body, status=400)
    assert (town.ask("GET", "users"), town.ask("GET", "projects")) == before


# ── projects ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_project_is_made_shown_changed_and_removed(town: Town) -> None:
    made = town.new_project("green", description="of the sea", domain_id="default", parent_id="default")
    assert (made["description"], made["parent_id"], made["is_domain"]) == ("of the sea", "default", False)
    assert town.ask("GET", f"projects/{made['id']}") == {"project": made}
    changed = town.ask("PATCH", f"projects/{made['id']}", {"project": {"name": "teal", "enabled": False}})
    assert changed["project"] == made | {"name": "teal", "enabled": False}
    assert [one["name"] for one in town.ask("GET", "projects")["projects"]] == ["blue", "teal"]
    found = town.ask("GET", "projects", params={"enabled": "false"})["projects"]
    assert [one["name"] for one in found] == ["teal"]
    town.ask("DELETE", f"projects/{made['id']}", expect=204)
    town.refused("GET", f"projects/{made['id']}", status=404)


def test_a_project_with_a_vault_is_not_removed_and_says_why(town: Town) -> None:
    with town.database.transaction() as tx:
        add_vault(tx, project_id=town.blue.id)
    assert "has vaults" in town.refused("DELETE", f"projects/{town.blue.id}", status=409)
    assert town.ask("GET", f"projects/{town.blue.id}")


def test_whoever_is_no_administrator_sees_the_projects_they_may_enter(town: Town) -> None:
    green = town.new_project("green")
    assert [one["name"] for one in town.ask("GET", "projects", who="ann")["projects"]] == ["blue"]
    assert town.ask("GET", f"projects/{town.blue.id}", who="ann")["project"]["name"] == "blue"
    town.refused("GET", f"projects/{green['id']}", who="ann", status=404)
    mine = town.ask("GET", f"users/{town.ann.id}/projects", who="ann")["projects"]
    assert [one["id"] for one in mine] == [town.blue.id]
    assert town.ask("GET", f"users/{town.ann.id}/projects")["projects"] == mine


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_role_is_granted_checked_and_taken_back(town: Town) -> None:
    green = town.new_project("green")
    place = f"projects/{green['id']}/users/{town.ann.id}/roles"
    reader, operator = town.role_id("reader"), town.role_id("operator")
    assert town.ask("GET", place)["roles"] == []
    town.ask("PUT", f"{place}/{reader}", expect=204)
    assert town.ask("HEAD", f"{place}/{reader}", expect=204)
    assert town.ask("GET", f"{place}/{reader}", who="ann", expect=204)
    town.refused("GET", f"{place}/{operator}", status=404)
    assert [role["name"] for role in town.ask("GET", place)["roles"]] == ["reader"]
    town.ask("PUT", f"{place}/{operator}", expect=204)
    town.refused("DELETE", f"{place}/{reader}", status=404)
    town.admit("ann in green", "ann", "secret of ann", project={"id": green["id"]})
    town.ask("DELETE", f"{place}/{operator}", expect=204)
    town.refused("GET", "auth/catalog", who="ann in green", status=401)
    assert town.ask("GET", place)["roles"] == []


@pytest.mark.parametrize(
    "path",
    [
        "projects/{blue}/users/nobody/roles/{reader}",
        "projects/nowhere/users/{ann}/roles/{reader}",
        "projects/{blue}/users/{ann}/roles/reader",
    ],
)
def test_a_role_needs_a_user_a_project_and_a_role_that_exist(town: Town, path: str) -> None:
    known = {"{blue}": town.blue.id, "{ann}": town.ann.id, "{reader}": town.role_id("reader")}
    for word, value in known.items():
        path = path.replace(word, value)
    town.refused("PUT", path, status=404)


def test_roles_are_listed_and_shown(town: Town) -> None:
    listed = town.ask("GET", "roles", who="ann")["roles"]
    assert [role["name"] for role in listed] == ["admin", "operator", "reader"]
    assert all(role["description"] for role in listed)
    assert town.ask("GET", f"roles/{listed[0]['id']}", who="ann") == {"role": listed[0]}
    town.refused("GET", "roles/admin", who="ann", status=404)
    assert town.ask("GET", "roles", params={"domain_id": "default"})["roles"] == []


def test_assignments_are_told_to_administrators_and_their_own_to_everybody(town: Town) -> None:
    everything = town.ask("GET", "role_assignments")["role_assignments"]
    assert len(everything) == 2
    mine = town.ask("GET", "role_assignments", who="ann", params={"user.id": town.ann.id})["role_assignments"]
    (one,) = mine
    assert one["user"] == {"id": town.ann.id}
    assert one["role"] == {"id": town.role_id("operator")}
    assert one["scope"] == {"project": {"id": town.blue.id}}
    assert one["links"]["assignment"].endswith(f"/users/{town.ann.id}/roles/{town.role_id('operator')}")
    town.refused("GET", "role_assignments", who="ann", status=403)


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"role.id": "admin"}, 1),
        ({"scope.project.id": "blue"}, 2),
        ({"scope.project.id": "nowhere"}, 0),
        ({"scope.domain.id": "default"}, 0),
        ({"group.id": "g"}, 0),
        ({"effective": "True"}, 2),
    ],
)
def test_assignments_are_found_by_what_they_name(town: Town, params: dict[str, str], count: int) -> None:
    known = {"admin": town.role_id("admin"), "blue": town.blue.id}
    asked = {name: known.get(value, value) for name, value in params.items()}
    assert len(town.ask("GET", "role_assignments", params=asked)["role_assignments"]) == count


@pytest.mark.parametrize(("value", "named"), [("", True), ("True", True), ("1", True), ("False", False)])
def test_assignments_tell_names_on_request(town: Town, value: str, named: bool) -> None:
    params = {"include_names": value, "user.id": town.ann.id}
    (one,) = town.ask("GET", "role_assignments", params=params)["role_assignments"]
    assert one["user"].get("name") == ("ann" if named else None)
    assert one["scope"]["project"].get("name") == ("blue" if named else None)
    assert one["role"].get("name") == ("operator" if named else None)
    if named:
        assert one["user"]["domain"] == {"id": "default", "name": "Default"}


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────


CHANGES = [
    ("GET", "users", None),
    ("POST", "users", {"user": {"name": "bert"}}),
    ("GET", "users/{root}", None),
    ("PATCH", "users/{ann}", {"user": {"name": "anne"}}),
    ("DELETE", "users/{ann}", None),
    ("POST", "projects", {"project": {"name": "green"}}),
    ("PATCH", "projects/{blue}", {"project": {"name": "green"}}),
    ("DELETE", "projects/{blue}", None),
    ("PUT", "projects/{blue}/users/{ann}/roles/{admin}", None),
    ("DELETE", "projects/{blue}/users/{ann}/roles/{admin}", None),
    ("GET", "users/{root}/projects", None),
    ("GET", "users/{root}/application_credentials", None),
    ("GET", "projects/{blue}/users/{root}/roles", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_whoever_is_no_administrator_changes_nobody_and_sees_no_other(
    town: Town, method: str, path: str, body: Any
) -> None:
    (root,) = town.ask("GET", "users", params={"name": "root"})["users"]
    known = {"root": root["id"], "ann": town.ann.id, "blue": town.blue.id, "admin": town.role_id("admin")}
    assert town.refused(method, path.format(**known), body, who="ann", status=403)
    town.admit("without", "root", "secret of root")
    if "{ann}" not in path and "{root}" not in path:
        town.refused(method, path.format(**known), body, who="without", status=403)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "users/{user}", None),
        ("PATCH", "users/{user}", {"user": {"enabled": False}}),
        ("DELETE", "users/{user}", None),
        ("GET", "users/{user}/projects", None),
        ("GET", "users/{user}/application_credentials", None),
        ("GET", "projects/{project}", None),
        ("PATCH", "projects/{project}", {"project": {"enabled": False}}),
        ("DELETE", "projects/{project}", None),
        ("PUT", "projects/{project}/users/{user}/roles/{admin}", None),
        ("PUT", "projects/{blue}/users/{user}/roles/{admin}", None),
        ("PUT", "projects/{project}/users/{ann}/roles/{admin}", None),
        ("GET", "projects/{project}/users/{user}/roles", None),
        ("GET", "domains/{domain}", None),
    ],
)
def test_another_domain_is_not_there(town: Town, method: str, path: str, body: Any) -> None:
    known = {"ann": town.ann.id, "blue": town.blue.id, "admin": town.role_id("admin")} | town.far
    town.refused(method, path.format(**known), body, status=404)
    assert town.ask("GET", "users", who="eve")["users"][0]["enabled"]


def test_everybody_sees_their_own_domain_only(town: Town) -> None:
    for who, name in (("root", "Default"), ("eve", "North")):
        for place in ("domains", "auth/domains"):
            assert [one["name"] for one in town.ask("GET", place, who=who)["domains"]] == [name]
        assert len(town.ask("GET", "users", who=who)["users"]) == (2 if who == "root" else 1)
        assert len(town.ask("GET", "projects", who=who)["projects"]) == 1
        assert len(town.ask("GET", "role_assignments", who=who)["role_assignments"]) == (
            2 if who == "root" else 1
        )
    assert town.ask("GET", "domains/default")["domain"]["name"] == "Default"
    assert town.ask("GET", "domains", params={"name": "North"})["domains"] == []
    for place, name in (("users", "user"), ("projects", "project")):
        asked = {name: {"name": "green", "domain_id": town.far["domain"]}}
        town.refused("POST", place, asked, status=403)


def test_an_administrator_is_not_shown_the_tokens_of_another_domain(town: Town) -> None:
    headers = {"X-Auth-Token": town.tokens["root"], "X-Subject-Token": town.tokens["eve"]}
    for method in ("GET", "DELETE"):
        assert town.client.request(method, "/v3/auth/tokens", headers=headers).status_code == 403


def test_an_administrator_of_another_domain_registers_no_path_of_the_machine(town: Town) -> None:
    asked = {"name": "etc", "type": "directory", "provider": "directory", "settings": {"path": "/etc"}}
    reply = town.client.request(
        "POST",
        f"/v3/{town.far['project']}/resources",
        headers={"X-Auth-Token": town.tokens["eve"]},
        json={"resource": asked},
    )
    assert (reply.status_code, reply.json()["error_code"]) == (403, "BackupService.8600")


def test_an_administrators_token_for_the_domain_manages_it(town: Town) -> None:
    town.admit("domain", "root", "secret of root", domain=DEFAULT)
    assert len(town.ask("GET", "users", who="domain")["users"]) == 2
    told = town.enter("root", "secret of root", domain=DEFAULT).json()["token"]
    assert [role["name"] for role in told["roles"]] == ["admin"]
    assert [service["type"] for service in told["catalog"]] == ["identity"]
    town.admit("domain of ann", "ann", "secret of ann", domain=DEFAULT)
    town.refused("GET", "users", who="domain of ann", status=403)


# ── where ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_region_is_the_only_one(town: Town) -> None:
    (region,) = town.ask("GET", "regions", who="ann")["regions"]
    assert region["id"] == "local-7"
    assert town.ask("GET", "regions/local-7", who="ann") == {"region": region}
    town.refused("GET", "regions/elsewhere", status=404)


def test_no_path_of_a_project_is_taken_for_one_of_the_identity_service() -> None:
    words = {route.path.split("/")[1] for route in identity.ROUTES}
    assert not [word for word in words if ids.is_uuid(word)]
    assert not words & {route.path.split("/")[1] for route in ROUTES}


@pytest.mark.parametrize("path", ["users", "projects", "roles", "domains", "regions", "role_assignments"])
def test_nobody_is_told_anything_without_a_token(town: Town, path: str) -> None:
    town.refused("GET", path, who="", status=401)


def test_both_prefixes_lead_to_the_same(town: Town) -> None:
    headers = {"X-Auth-Token": town.tokens["root"]}
    told = town.client.request("GET", "/v3/users", headers=headers)
    assert told.json() == town.ask("GET", "users")


def test_whoever_guesses_is_told_to_wait(town: Town) -> None:
    for _ in range(MOST):
        assert town.enter("ann", "wrong").status_code == 401
    reply = town.enter("ann", "secret of ann")
    assert reply.status_code == 429
    assert reply.json()["error"]["title"] == "Too Many Requests"
    assert 0 < int(reply.headers["Retry-After"]) <= 60
    assert town.enter("root", "secret of root").status_code == 201
