"""Access keys over the wire, as Huawei's IAM has them."""

from typing import Any

import httpx
import pytest
from tests.api.asking import House
from tests.service.people import enrol

from holdfast.api import signature
from holdfast.api.query import Query
from holdfast.api.request import Call
from holdfast.api.signature import Claim
from holdfast.db import accounts
from holdfast.model import clock, ids
from holdfast.model.project import User
from holdfast.service import access_keys
from holdfast.service.access_keys import Issued

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PLACE = "/v3.0/OS-CREDENTIAL/credentials"


def send(
    house: House, method: str, rest: str = "", body: Any = None, *, who: str = "admin"
) -> httpx.Response:
    content = {} if body is None else {"json": body}
    headers = {"X-Auth-Token": house.tokens[who]} if who else {}
    return house.client.request(method, f"{PLACE}{rest}", headers=headers, **content)


def told(house: House, method: str, rest: str = "", body: Any = None, *, who: str = "admin") -> Any:
    reply = send(house, method, rest, body, who=who)
    assert reply.status_code in (200, 201), reply.text
    return reply.json()


def refused(
    house: House, method: str, rest: str = "", body: Any = None, *, who: str = "admin"
) -> tuple[int, str]:
    reply = send(house, method, rest, body, who=who)
    error = reply.json()["error"]
    assert error["code"] == reply.status_code
    return reply.status_code, error["message"]


def user_id(house: House, name: str) -> str:
    with house.world.db.reading() as tx:
        return next(user.id for user in accounts.users(tx) if user.name == name)


def new(user_id: str, **more: Any) -> dict[str, Any]:
    return {"credential": {"user_id": user_id, **more}}


@pytest.fixture
def ann(house: House) -> User:
    return enrol(house.world.db, "ann", "secret of ann")


def test_a_key_is_made_and_its_secret_told_once(house: House) -> None:
    mine = user_id(house, "reader")
    reply = send(house, "POST", body=new(mine, description="for terraform"), who="reader")
    assert reply.status_code == 201
    made = reply.json()["credential"]
    assert set(made) == {"access", "secret", "user_id", "description", "status", "create_time"}
    assert (len(made["access"]), len(made["secret"])) == (20, 40)
    assert (made["user_id"], made["description"], made["status"]) == (mine, "for terraform", "active")
    assert made["create_time"].endswith("Z")
    del made["secret"]
    assert told(house, "GET", who="reader") == {"credentials": [made]}
    assert told(house, "GET", f"/{made['access']}", who="reader") == {"credential": made}
    elsewhere = house.client.request(
        "GET", f"/identity{PLACE}", headers={"X-Auth-Token": house.tokens["reader"]}
    )
    assert elsewhere.json() == {"credentials": [made]}


def test_a_key_is_changed_and_deleted(house: House) -> None:
    mine = user_id(house, "reader")
    made = told(house, "POST", body=new(mine), who="reader")["credential"]
    place = f"/{made['access']}"
    off = told(
        house, "PUT", place, {"credential": {"status": "inactive", "description": "old"}}, who="reader"
    )
    assert (off["credential"]["status"], off["credential"]["description"]) == ("inactive", "old")
    on = told(house, "PUT", place, {"credential": {"status": "active"}}, who="reader")["credential"]
    assert (on["status"], on["description"]) == ("active", "old")
    reply = send(house, "DELETE", place, who="reader")
    assert (reply.status_code, reply.content) == (204, b"")
    assert refused(house, "GET", place, who="reader")[0] == 404
    assert refused(house, "DELETE", place, who="reader")[0] == 404
    assert told(house, "GET", who="reader") == {"credentials": []}


def test_a_user_has_two_keys_and_no_more(house: House, ann: User) -> None:
    for _ in range(2):
        told(house, "POST", body=new(ann.id))
    status, message = refused(house, "POST", body=new(ann.id))
    assert status == 400
    assert "akSkNumExceed" in message


def test_an_administrator_looks_after_the_keys_of_others(house: House, ann: User) -> None:
    made = told(house, "POST", body=new(ann.id))["credential"]
    found = told(house, "GET", f"?user_id={ann.id}")["credentials"]
    assert [one["access"] for one in found] == [made["access"]]
    assert told(house, "GET") == {"credentials": []}
    assert send(house, "DELETE", f"/{made['access']}").status_code == 204


@pytest.mark.parametrize("who", ["operator", "reader"])
def test_nobody_else_does(house: House, ann: User, who: str) -> None:
    made = told(house, "POST", body=new(ann.id))["credential"]
    assert refused(house, "POST", body=new(ann.id), who=who)[0] == 403
    assert refused(house, "GET", f"?user_id={ann.id}", who=who)[0] == 403
    assert refused(house, "GET", "?user_id=nobody", who=who)[0] == 403
    for method, body in (("GET", None), ("PUT", {"credential": {"status": "inactive"}}), ("DELETE", None)):
        hidden = refused(house, method, f"/{made['access']}", body, who=who)
        missing = refused(house, method, f"/{'A' * 20}", body, who=who)
        assert hidden[0] == missing[0] == 404
        assert hidden[1].replace(made["access"], "A" * 20) == missing[1]
    assert told(house, "GET", f"/{made['access']}")["credential"]["status"] == "active"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "credential"),
        ({"credential": {}}, "user_id"),
        ({"credential": {"user_id": 1}}, "user_id"),
        ({"credential": {"user_id": "ID", "description": "x" * 256}}, "description"),
        ({"credential": {"user_id": "ID", "description": "a\nb"}}, "description"),
        ({"credential": {"user_id": "ID", "description": None}}, "description"),
    ],
)
def test_a_key_that_cannot_be_made_names_the_field(house: House, body: Any, field: str) -> None:
    mine = user_id(house, "admin")
    if body.get("credential", {}).get("user_id") == "ID":
        body = {"credential": {**body["credential"], "user_id": mine}}
    status, message = refused(house, "POST", body=body)
    assert (status, field in message) == (400, True)
    assert told(house, "GET") == {"credentials": []}


@pytest.mark.parametrize("change", [{"status": "off"}, {"status": True}, {"description": "x" * 256}])
def test_a_change_that_cannot_be_made_changes_nothing(house: House, change: dict[str, Any]) -> None:
    mine = user_id(house, "admin")
    made = told(house, "POST", body=new(mine))["credential"]
    del made["secret"]
    (field,) = change
    status, message = refused(house, "PUT", f"/{made['access']}", {"credential": change})
    assert (status, field in message) == (400, True)
    assert told(house, "GET") == {"credentials": [made]}


def test_an_administrator_of_another_domain_sees_nothing(house: House) -> None:
    zed = User(id=ids.new_project(), name="zed", domain_id="elsewhere", created_at=clock.now())
    with house.world.db.transaction() as tx:
        accounts.add_user(tx, zed, "")
    key = access_keys.make(house.world.db, zed.id).key
    assert refused(house, "POST", body=new(zed.id))[0] == 403
    assert refused(house, "GET", f"?user_id={zed.id}")[0] == 403
    assert refused(house, "GET", f"/{key.id}")[0] == 404


def test_nobody_without_a_credential_is_told_anything(house: House) -> None:
    assert refused(house, "GET", who="")[0] == 401
    assert refused(house, "POST", body=new("x"), who="")[0] == 401


def signed(house: House, method: str, target: str, issued: Issued, rest: str | None) -> httpx.Response:
    """What is answered to a request that is signed in the dialect of a scope, the `rest` after its day."""
    key, date = issued.key.id, f"{clock.now():{signature.DATE_FORM}}"
    scope = None if rest is None else f"{date[:8]}{rest}"
    call = Call(
        method=method,
        route="",
        address="",
        target=target,
        path={},
        query=Query([]),
        headers={"host": "testserver", "x-sdk-date": date},
        body=b"",
        request_id="",
    )
    names = "host;x-sdk-date"
    made = signature.make(call, Claim(key, names, "", scope), issued.secret)
    who = f"Access={key}" if scope is None else f"Credential={key}/{scope}"
    said = f"SDK-HMAC-SHA256 {who}, SignedHeaders={names}, Signature={made}"
    return house.client.request(method, target, headers={**call.headers, "authorization": said})


@pytest.mark.parametrize("scope", [None, "///sdk_request"], ids=["huawei", "otc"])
@pytest.mark.parametrize("place", ["/v3", "/identity/v3"])
def test_what_clients_ask_before_they_begin_may_be_signed(
    house: House, place: str, scope: str | None
) -> None:
    mine = user_id(house, "operator")
    key = access_keys.make(house.world.db, mine)
    found = signed(house, "GET", f"{place}/projects?name=blue", key, scope).json()["projects"]
    assert [project["id"] for project in found] == [house.world.blue.id]
    domains = signed(house, "GET", f"{place}/auth/domains", key, scope).json()["domains"]
    assert [domain["id"] for domain in domains] == ["default"]
    services = signed(house, "GET", f"{place}/auth/catalog", key, scope).json()["catalog"]
    assert "cbr" in {service["type"] for service in services}
    keys = signed(house, "GET", PLACE, key, scope).json()["credentials"]
    assert [one["access"] for one in keys] == [key.key.id]
    assert signed(house, "DELETE", f"{PLACE}/{key.key.id}", key, scope).status_code == 204
    assert signed(house, "GET", PLACE, key, scope).json()["error"]["code"] == 401


def test_operators_find_users_by_name_or_id(house: House, ann: User) -> None:
    assert access_keys.find_user_id(house.world.db, "ann") == ann.id
    assert access_keys.find_user_id(house.world.db, ann.id) == ann.id
