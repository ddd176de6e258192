"""Application credentials over HTTP, in Keystone's shapes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api.town import DEFAULT, Town, founded

from holdfast.model import clock
from holdfast.model.project import Role
from holdfast.service import access_keys, accounts


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with founded(tmp_path) as town:
        yield town


def new_credential(town: Town, who: str = "ann", **more: Any) -> dict[str, Any]:
    asked = {"application_credential": {"name": "robot"} | more}
    place = f"users/{town.ann.id}/application_credentials"
    made: dict[str, Any] = town.ask("POST", place, asked, who=who, expect=201)["application_credential"]
    return made


def proof_of(made: dict[str, Any]) -> dict[str, Any]:
    known = {"id": made["id"], "secret": made["secret"]}
    return {"methods": ["application_credential"], "application_credential": known}


def test_a_program_signs_in_with_a_credential_that_is_shown_once(town: Town) -> None:
    made = new_credential(town, description="for nights", roles=[{"name": "reader"}])
    place = f"users/{town.ann.id}/application_credentials"
    shown = town.ask("GET", f"{place}/{made['id']}", who="ann")["application_credential"]
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert town.ask("GET", place, who="ann")["application_credentials"] == [shown]
    assert town.ask("GET", place, params={"name": "other"})["application_credentials"] == []
    told = town.sign_in(proof_of(made)).json()["token"]
    assert told["methods"] == ["application_credential"]
    assert told["application_credential"] == {"id": made["id"], "restricted": True}
    assert (told["project"]["id"], told["roles"][0]["name"]) == (town.blue.id, "reader")
    assert told["catalog"]


@pytest.mark.parametrize("owner", ["id", "name"])
def test_a_credential_is_found_by_its_name_and_user(town: Town, owner: str) -> None:
    made = new_credential(town)
    user = {"id": town.ann.id} if owner == "id" else {"name": "ann", "domain": DEFAULT}
    known = {"name": "robot", "user": user, "secret": made["secret"]}
    proof = {"methods": ["application_credential"], "application_credential": known}
    assert town.sign_in(proof).status_code == 201
    known["secret"] = "wrong"
    assert town.sign_in(proof).status_code == 401


def test_a_program_with_a_restricted_credential_manages_none(town: Town) -> None:
    town.tokens["robot"] = town.sign_in(proof_of(new_credential(town))).headers["X-Subject-Token"]
    place = f"users/{town.ann.id}/application_credentials"
    asked = {"application_credential": {"name": "offspring"}}
    assert "unrestricted" in town.refused("POST", place, asked, who="robot", status=403)
    (mine,) = town.ask("GET", place, who="robot")["application_credentials"]
    town.refused("DELETE", f"{place}/{mine['id']}", who="robot", status=403)
    password = {"user": {"original_password": "secret of ann", "password": "new secret"}}
    town.refused("POST", f"users/{town.ann.id}/password", password, who="robot", status=403)
    free = new_credential(town, name="free", unrestricted=True)
    town.tokens["free"] = town.sign_in(proof_of(free)).headers["X-Subject-Token"]
    town.ask("POST", place, asked, who="free", expect=201)


@pytest.mark.parametrize("unrestricted", [False, True])
def test_a_program_with_a_credential_gets_no_access_key_which_would_be_its_users(
    town: Town, unrestricted: bool
) -> None:
    key = access_keys.make(town.database, town.ann.id).key
    robot = town.sign_in(proof_of(new_credential(town, unrestricted=unrestricted)))
    place = "/v3.0/OS-CREDENTIAL/credentials"
    for method, rest, body in (
        ("POST", "", {"credential": {"user_id": town.ann.id}}),
        ("PUT", f"/{key.id}", {"credential": {"status": "inactive"}}),
        ("DELETE", f"/{key.id}", None),
    ):
        headers = {"X-Auth-Token": robot.headers["X-Subject-Token"]}
        reply = town.client.request(method, place + rest, headers=headers, json=body)
        assert reply.status_code == 403, reply.text
    assert access_keys.find(town.database, town.ann.id) == [key]


def test_an_administrators_program_with_a_restricted_credential_sets_no_passwords(town: Town) -> None:
    accounts.grant(town.database, town.ann.id, town.blue.id, Role.ADMIN)
    town.tokens["robot"] = town.sign_in(proof_of(new_credential(town))).headers["X-Subject-Token"]
    asked = {"user": {"name": "bert", "password": "secret"}}
    town.refused("POST", "users", asked, who="robot", status=403)
    town.refused("PATCH", f"users/{town.ann.id}", {"user": {"password": "x"}}, who="robot", status=403)
    made = town.ask("POST", "users", {"user": {"name": "bert"}}, who="robot", expect=201)["user"]
    town.ask("PATCH", f"users/{made['id']}", {"user": {"enabled": False}}, who="robot")


def test_a_credential_that_is_deleted_and_its_tokens_are_worth_nothing(town: Town) -> None:
    made = new_credential(town)
    town.tokens["robot"] = town.sign_in(proof_of(made)).headers["X-Subject-Token"]
    place = f"users/{town.ann.id}/application_credentials/{made['id']}"
    town.ask("DELETE", place, expect=204)
    town.refused("GET", "auth/catalog", who="robot", status=401)
    assert town.sign_in(proof_of(made)).status_code == 401
    town.refused("GET", place, status=404)


def test_nobody_makes_credentials_for_others(town: Town) -> None:
    asked = {"application_credential": {"name": "robot"}}
    town.refused("POST", f"users/{town.ann.id}/application_credentials", asked, status=403)


@pytest.mark.parametrize(
    ("more", "status", "named"),
    [
        ({"name": ""}, 400, "name"),
        ({"roles": [{"name": "king"}]}, 400, "roles"),
        ({"roles": [{}]}, 400, "roles"),
        ({"roles": [{"name": "reader"}, {"name": "admin"}]}, 403, "no more"),
        ({"expires_at": "tomorrow"}, 400, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00"}, 400, "expires_at"),
        ({"access_rules": [{"path": "/v3/*"}]}, 400, "access_rules"),
        ({"secret": ""}, 400, "secret"),
    ],
)
def test_a_credential_that_is_not_asked_well_is_refused(
    town: Town, more: dict[str, Any], status: int, named: str
) -> None:
    asked = {"application_credential": {"name": "robot"} | more}
    place = f"users/{town.ann.id}/application_credentials"
    assert named in town.refused("POST", place, asked, who="ann", status=status)
    assert town.ask("GET", place)["application_credentials"] == []


@pytest.mark.parametrize(
    ("known", "named"),
    [
        (None, "application_credential"),
        ({"secret": "x"}, "application_credential"),
        ({"secret": "x", "name": "robot"}, "application_credential"),
        ({"secret": "x", "name": "robot", "user": {"name": "ann"}}, "application_credential.user"),
        ({"id": "x"}, "secret"),
    ],
)
def test_a_sign_in_with_a_credential_that_is_not_named_well_says_where(
    town: Town, known: Any, named: str
) -> None:
    reply = town.sign_in({"methods": ["application_credential"], "application_credential": known})
    assert reply.status_code == 400
    assert named in reply.json()["error"]["message"]


def test_a_credential_ends_when_it_says(town: Town) -> None:
    ends = clock.now() + timedelta(minutes=5)
    made = new_credential(town, expires_at=ends.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert made["expires_at"] == ends.strftime("%Y-%m-%dT%H:%M:%S.%f")
    told = town.sign_in(proof_of(made)).json()["token"]
    assert told["expires_at"] == ends.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
