"""Signing in over HTTP, in the words of Keystone's clients."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest
from cryptography.fernet import Fernet
from tests.service.people import enrol
from tests.wire.listening import listening

from holdfast.api.app import build
from holdfast.config import Config
from holdfast.db.database import Database, migrate, open_database
from holdfast.model.project import Project, Role, User
from holdfast.service import accounts

ENDPOINT = "https://backup.example:8776"
CONFIG = Config(endpoint=f"{ENDPOINT}/", region="local-7", token_hours=2)
DEFAULT = {"name": "Default"}
DOMAIN = {"id": "default", "name": "Default"}
BLUE = {"project": {"name": "blue", "domain": DEFAULT}}
ANN = {"name": "ann", "domain": DEFAULT, "password": "secret of ann"}


class Town(NamedTuple):
    """Ann works in blue and green, root administers blue, eve works nowhere; nobody in red."""

    client: httpx.Client
    database: Database
    ann: User
    blue: Project
    red: Project


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for the whole module, for nobody's account changes here; the service's tests try both kinds."""
    folder = tmp_path_factory.mktemp("identity")
    with closing(open_database(f"sqlite:///{folder / 'holdfast.db'}", Fernet.generate_key())) as database:
        migrate(database)
        yield database


@pytest.fixture(scope="module")
def town(database: Database) -> Iterator[Town]:
    blue, green, red = (accounts.add_project(database, name) for name in ("blue", "green", "red"))
    ann, root, _ = (enrol(database, name, f"secret of {name}") for name in ("ann", "root", "eve"))
    accounts.grant(database, ann.id, blue.id, Role.OPERATOR)
    accounts.grant(database, ann.id, green.id, Role.READER)
    accounts.grant(database, root.id, blue.id, Role.ADMIN)
    with (
        listening(build(database, CONFIG, lambda: None)) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        yield Town(client, database, ann, blue, red)


def asked(user: dict[str, Any], scope: Any = None) -> dict[str, Any]:
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
    return {"auth": auth if scope is None else {**auth, "scope": scope}}


def sign_in(town: Town, scope: Any = None, user: dict[str, Any] = ANN) -> httpx.Response:
    return town.client.post("/identity/v3/auth/tokens", json=asked(user, scope))


def token(town: Town, scope: Any = None, user: dict[str, Any] = ANN) -> dict[str, str]:
    reply = sign_in(town, scope, user)
    assert reply.status_code == 201
    return {"X-Auth-Token": reply.headers["X-Subject-Token"]}


def refusal(reply: httpx.Response, code: int, title: str) -> str:
    """The message of an error in Keystone's shape."""
    assert reply.status_code == code
    assert reply.headers["X-Request-Id"].startswith("req-")
    error = reply.json()["error"]
    assert set(error) == {"code", "title", "message"}
    assert (error["code"], error["title"]) == (code, title)
    return str(error["message"])


# ── versions ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/identity/v3", "/identity/v3/"])
def test_the_version_document_points_back_to_where_it_was_asked(town: Town, path: str) -> None:
    reply = town.client.get(path)
    assert reply.status_code == 200
    version = reply.json()["version"]
    assert version["id"].startswith("v3.")
    assert version["links"] == [{"rel": "self", "href": f"{ENDPOINT}/identity/v3/"}]
    assert version["media-types"][0]["base"] == "application/json"


def test_without_a_version_there_is_a_choice_of_one(town: Town) -> None:
    reply = town.client.get("/identity")
    assert reply.status_code == 300
    assert [version["id"][:2] for version in reply.json()["versions"]["values"]] == ["v3"]


def test_where_no_endpoint_is_configured_clients_are_told_the_one_they_came_by(database: Database) -> None:
    with listening(build(database, Config(), lambda: None)) as address:
        reply = httpx.get(f"{address}/identity/v3", headers={"Host": "box.lan:9000"}, trust_env=False)
    assert reply.json()["version"]["links"][0]["href"] == "http://box.lan:9000/identity/v3/"


# ── signing in ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("base", ["/v3", "/identity/v3"])
def test_a_password_gets_a_token_for_a_project(town: Town, base: str) -> None:
    reply = town.client.post(f"{base}/auth/tokens", json=asked(ANN, BLUE))
    assert reply.status_code == 201
    assert len(reply.headers["X-Subject-Token"]) >= 43
    told = reply.json()["token"]
    assert told["methods"] == ["password"]
    assert told["user"] == {
        "id": town.ann.id,
        "name": "ann",
        "domain": DOMAIN,
        "password_expires_at": None,
    }
    assert told["project"] == {"id": town.blue.id, "name": "blue", "domain": DOMAIN}
    assert [role["name"] for role in told["roles"]] == ["operator"]
    issued, expires = (
        datetime.strptime(told[at], "%Y-%m-%dT%H:%M:%S.%f%z") for at in ("issued_at", "expires_at")
    )
    assert expires - issued == timedelta(hours=2)
    assert len(told["audit_ids"]) == 1


def test_the_catalogue_names_cbr_and_identity_where_they_are_configured(town: Town) -> None:
    services = {service["type"]: service for service in sign_in(town, BLUE).json()["token"]["catalog"]}
    assert set(services) == {"cbr", "identity", "vbs", "vbsv2", "volumev2", "volumev3"}
    urls = {}
    for type_, service in services.items():
        assert set(service) == {"id", "type", "name", "endpoints"}
        (endpoint,) = service["endpoints"]
        assert set(endpoint) == {"id", "interface", "region", "region_id", "url"}
        assert endpoint["interface"] == "public"
        assert endpoint["region"] == endpoint["region_id"] == "local-7"
        urls[type_] = endpoint["url"]
    assert urls == {
        "cbr": f"{ENDPOINT}/v3/{town.blue.id}",
        "vbs": f"{ENDPOINT}/vbs/v2/{town.blue.id}",
        "vbsv2": f"{ENDPOINT}/vbs/v2/{town.blue.id}",
        "volumev2": f"{ENDPOINT}/vbs/v2/{town.blue.id}",
        "volumev3": f"{ENDPOINT}/vbs/v3/{town.blue.id}",
        "identity": f"{ENDPOINT}/identity/v3",
    }


def test_users_and_projects_may_be_named_by_id(town: Town) -> None:
    user = {"id": town.ann.id, "password": "secret of ann"}
    reply = sign_in(town, {"project": {"id": town.blue.id}}, user)
    assert reply.json()["token"]["project"]["name"] == "blue"


@pytest.mark.parametrize("scope", [None, "unscoped", {}])
def test_without_a_scope_the_token_is_for_nothing(town: Town, scope: Any) -> None:
    told = sign_in(town, scope).json()["token"]
    assert not {"project", "domain", "roles", "catalog"} & set(told)


def test_without_a_scope_a_user_of_one_project_gets_none_either(town: Town) -> None:
    told = sign_in(town, None, {"name": "root", "domain": DEFAULT, "password": "secret of root"}).json()[
        "token"
    ]
    assert "project" not in told


@pytest.mark.parametrize("domain", [{"name": "Default"}, {"id": "default"}])
def test_a_token_for_the_domain(town: Town, domain: dict[str, str]) -> None:
    told = sign_in(town, {"domain": domain}).json()["token"]
    assert told["domain"] == DOMAIN
    assert "project" not in told


def test_the_catalogue_is_left_out_on_request(town: Town) -> None:
    reply = town.client.post("/identity/v3/auth/tokens?nocatalog", json=asked(ANN, BLUE))
    assert reply.status_code == 201
    assert "catalog" not in reply.json()["token"]
    headers = {"X-Auth-Token": reply.headers["X-Subject-Token"]}
    headers["X-Subject-Token"] = headers["X-Auth-Token"]
    shown = town.client.get("/identity/v3/auth/tokens", params={"nocatalog": "1"}, headers=headers)
    assert "catalog" not in shown.json()["token"]


@pytest.mark.parametrize(
    ("user", "scope"),
    [
        ({**ANN, "password": "wrong"}, BLUE),
        ({**ANN, "name": "nobody"}, BLUE),
        ({**ANN, "domain": {"name": "Elsewhere"}}, BLUE),
        ({"id": "nobody", "password": "secret of ann"}, None),
        ({**ANN, "password": "wrong"}, {"project": {"id": "no such project"}}),
    ],
)
def test_whoever_cannot_prove_who_they_are_hears_the_same(
    town: Town, user: dict[str, Any], scope: Any
) -> None:
    reply = sign_in(town, scope, user)
    assert refusal(reply, 401, "Unauthorized") == "the user name or the password is wrong"
    assert reply.headers["WWW-Authenticate"].startswith("Keystone uri=")
    assert "X-Subject-Token" not in reply.headers


def test_a_project_of_others_and_no_project_at_all_sound_the_same(town: Town) -> None:
    by_name = [{"project": {"name": name, "domain": DEFAULT}} for name in ("red", "nowhere")]
    by_id = [{"project": {"id": id_}} for id_ in (town.red.id, "nowhere")]
    messages = {refusal(sign_in(town, scope), 401, "Unauthorized") for scope in by_name + by_id}
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"not JSON", "body"),
        (b"", "body"),
        (b"[]", "body"),
        (b"{}", "auth"),
        (b'{"auth": {}}', "identity"),
        (b'{"auth": {"identity": {"methods": []}}}', "methods"),
        (b'{"auth": {"identity": {"methods": ["password", "token"]}}}', "methods"),
        (b'{"auth": {"identity": {"methods": ["password"]}}}', "password"),
        (b'{"auth": {"identity": {"methods": ["token"]}}}', "token"),
        (
            b'{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "ann"}}}}}',
            "password",
        ),
        (
            b'{"auth": {"identity": {"methods": ["password"], "password": {"user": {"password": 1}}}}}',
            "password",
        ),
    ],
)
def test_a_body_that_is_not_a_sign_in_is_refused_and_says_where(town: Town, body: bytes, named: str) -> None:
    reply = town.client.post("/identity/v3/auth/tokens", content=body)
    assert named in refusal(reply, 400, "Bad Request")


@pytest.mark.parametrize(
    ("user", "scope", "named"),
    [
        ({"name": "ann", "password": "secret of ann"}, None, "password.user"),
        ({"password": "secret of ann"}, None, "password.user"),
        ({**ANN, "domain": {}}, None, "user.domain"),
        (ANN, {"project": {"name": "blue"}}, "scope.project"),
        (ANN, {"project": {}}, "scope.project"),
        (ANN, {"domain": {}}, "scope.domain"),
        (ANN, {**BLUE, "domain": DEFAULT}, "scope"),
    ],
)
def test_what_is_not_named_well_is_refused_and_says_where(
    town: Town, user: dict[str, Any], scope: Any, named: str
) -> None:
    assert named in refusal(sign_in(town, scope, user), 400, "Bad Request")


def test_an_unknown_method_is_not_supported(town: Town) -> None:
    body = {"auth": {"identity": {"methods": ["totp"], "totp": {}}}}
    reply = town.client.post("/identity/v3/auth/tokens", json=body)
    assert "totp" in refusal(reply, 401, "Unauthorized")


# ── one token for another ───────────────────────────────────────────────────────────────────────────────


def test_a_token_is_exchanged_for_one_of_a_project(town: Town) -> None:
    unscoped = token(town)["X-Auth-Token"]
    auth = {"identity": {"methods": ["token"], "token": {"id": unscoped}}, "scope": BLUE}
    reply = town.client.post("/v3/auth/tokens", json={"auth": auth})
    assert reply.status_code == 201
    assert reply.headers["X-Subject-Token"] != unscoped
    assert reply.json()["token"]["methods"] == ["password", "token"]
    assert reply.json()["token"]["project"]["name"] == "blue"


@pytest.mark.parametrize("wrong", ["wrong", "", "tökén", "x" * 5000])
def test_a_wrong_token_is_exchanged_for_nothing(town: Town, wrong: str) -> None:
    auth = {"identity": {"methods": ["token"], "token": {"id": wrong}}, "scope": BLUE}
    refusal(town.client.post("/v3/auth/tokens", json={"auth": auth}), 401, "Unauthorized")


# ── what a token is, and its end ────────────────────────────────────────────────────────────────────────


def test_a_token_is_shown_to_its_own_user_as_it_was_issued(town: Town) -> None:
    issued = sign_in(town, BLUE)
    headers = token(town) | {"X-Subject-Token": issued.headers["X-Subject-Token"]}
    shown = town.client.get("/identity/v3/auth/tokens", headers=headers)
    assert shown.status_code == 200
    assert shown.headers["X-Subject-Token"] == issued.headers["X-Subject-Token"]
    assert shown.json() == issued.json()


def test_head_only_says_that_a_token_is_good(town: Town) -> None:
    mine = token(town)
    headers = mine | {"X-Subject-Token": mine["X-Auth-Token"]}
    reply = town.client.head("/identity/v3/auth/tokens", headers=headers)
    assert (reply.status_code, reply.content) == (200, b"")


def test_a_token_is_shown_to_an_administrator_and_to_no_other(town: Town) -> None:
    subject = {"X-Subject-Token": token(town)["X-Auth-Token"]}
    root = token(town, BLUE, {"name": "root", "domain": DEFAULT, "password": "secret of root"})
    assert town.client.get("/v3/auth/tokens", headers=root | subject).status_code == 200
    eve = token(town, None, {"name": "eve", "domain": DEFAULT, "password": "secret of eve"})
    refusal(town.client.get("/v3/auth/tokens", headers=eve | subject), 403, "Forbidden")
    refusal(town.client.delete("/v3/auth/tokens", headers=eve | subject), 403, "Forbidden")


def test_a_token_that_is_none_is_not_found(town: Town) -> None:
    headers = token(town) | {"X-Subject-Token": "wrong"}
    refusal(town.client.get("/v3/auth/tokens", headers=headers), 404, "Not Found")


def test_without_a_subject_there_is_nothing_to_show(town: Town) -> None:
    reply = town.client.get("/v3/auth/tokens", headers=token(town))
    assert "X-Subject-Token" in refusal(reply, 400, "Bad Request")


def test_a_token_given_back_is_worth_nothing(town: Town) -> None:
    mine = token(town, BLUE)
    reply = town.client.delete("/v3/auth/tokens", headers=mine | {"X-Subject-Token": mine["X-Auth-Token"]})
    assert (reply.status_code, reply.content) == (204, b"")
    refusal(town.client.get("/v3/auth/projects", headers=mine), 401, "Unauthorized")


# ── where to go ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["auth/tokens", "auth/catalog", "auth/projects", "auth/domains", "projects"])
@pytest.mark.parametrize("headers", [{}, {"X-Auth-Token": "wrong"}])
def test_nobody_is_told_anything(town: Town, path: str, headers: dict[str, str]) -> None:
    refusal(town.client.get(f"/identity/v3/{path}", headers=headers), 401, "Unauthorized")


@pytest.mark.parametrize("path", ["auth/projects", "projects"])
def test_a_user_finds_the_projects_they_may_enter(town: Town, path: str) -> None:
    reply = town.client.get(f"/identity/v3/{path}", headers=token(town)).json()
    assert sorted(project["name"] for project in reply["projects"]) == ["blue", "green"]
    blue = next(project for project in reply["projects"] if project["name"] == "blue")
    assert blue["id"] == town.blue.id
    assert (blue["domain_id"], blue["enabled"]) == ("default", True)
    assert reply["links"]["next"] is None


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"name": "blue"}, ["blue"]),
        ({"name": "red"}, []),
        ({"name": "blue", "domain_id": "default"}, ["blue"]),
        ({"domain_id": "elsewhere"}, []),
    ],
)
def test_a_project_is_found_by_its_whole_name(town: Town, query: dict[str, str], names: list[str]) -> None:
    reply = town.client.get("/v3/projects", params=query, headers=token(town))
    assert [project["name"] for project in reply.json()["projects"]] == names


@pytest.mark.parametrize(("query", "count"), [({}, 1), ({"name": "Default"}, 1), ({"name": "Elsewhere"}, 0)])
def test_there_is_one_domain(town: Town, query: dict[str, str], count: int) -> None:
    reply = town.client.get("/v3/auth/domains", params=query, headers=token(town)).json()
    assert [domain["id"] for domain in reply["domains"]] == ["default"] * count


def test_the_catalogue_can_be_asked_for_by_itself(town: Town) -> None:
    reply = town.client.get("/v3/auth/catalog", headers=token(town, BLUE)).json()
    assert [service["type"] for service in reply["catalog"]][::5] == ["cbr", "identity"]


def test_a_token_without_a_project_has_no_catalogue(town: Town) -> None:
    refusal(town.client.get("/v3/auth/catalog", headers=token(town)), 403, "Forbidden")


# ── what a token opens ──────────────────────────────────────────────────────────────────────────────────


def test_a_token_opens_its_own_project_and_no_other(town: Town) -> None:
    mine = token(town, BLUE)
    assert town.client.get(f"/v3/{town.blue.id}/operation-logs", headers=mine).status_code == 200
    for other in (town.red.id, "nowhere"):
        assert town.client.get(f"/v3/{other}/operation-logs", headers=mine).status_code == 404


@pytest.mark.parametrize("scope", [None, {"domain": DEFAULT}])
def test_a_token_without_a_project_opens_none(town: Town, scope: Any) -> None:
    reply = town.client.get(f"/v3/{town.blue.id}/operation-logs", headers=token(town, scope))
    assert reply.status_code == 403
    assert set(reply.json()) == {"error_code", "error_msg"}


@pytest.mark.parametrize(
    "headers", [{}, {"X-Auth-Token": "wrong"}, {"Authorization": "SDK-HMAC-SHA256 Access=AK, Signature=00"}]
)
def test_without_a_token_every_call_of_the_service_is_refused_in_its_own_shape(
    town: Town, headers: dict[str, str]
) -> None:
    reply = town.client.get(f"/v3/{town.blue.id}/operation-logs", headers=headers)
    assert reply.status_code == 401
    assert set(reply.json()) == {"error_code", "error_msg"}
