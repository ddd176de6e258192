"""A real Keystone elsewhere signs people in; what its tokens are worth here, and for how long."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from huaweicloudsdkcbr.v1 import CbrClient, ListPoliciesRequest
from huaweicloudsdkcbr.v1.region.cbr_region import CbrRegion
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from keystoneauth1 import session
from keystoneauth1.identity import generic
from tests.conftest import KEY
from tests.end_to_end.serving import wait_until
from tests.wire import keystone_server
from tests.wire.listening import listening

from holdfast.api import auth, keystone
from holdfast.api.app import build
from holdfast.config import Config
from holdfast.db import projects
from holdfast.db.database import Database, open_database
from holdfast.model.errors import IdentityUnavailable
from holdfast.model.project import Role
from holdfast.service import access_keys, accounts, sessions
from holdfast.service.context import House
from holdfast.service.sessions import Named, Scope
from holdfast.service.users import NewUser

PYTHON = Path(sys.prefix) / "keystone" / "bin" / "python"
REGION = "local-1"
CACHE_SECONDS = 2.0
POLICY = {
    "policy": {
        "name": "nightly",
        "operation_type": "backup",
        "operation_definition": {"max_backups": 3},
        "trigger": {"properties": {"pattern": ["FREQ=DAILY;INTERVAL=1;BYHOUR=1;BYMINUTE=0"]}},
    }
}

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="Keystone is not installed; `make setup-test` does it"
)


@dataclass
class Cloud:
    """A Keystone, asked as its administrator, and the people in its one project."""

    url: str
    client: httpx.Client
    project_id: str = ""
    users: dict[str, str] = field(default_factory=dict)

    def make(self, kind: str, kinds: str, **what: Any) -> str:
        reply = self.client.post(f"/{kinds}", json={kind: what})
        assert reply.status_code == 201, reply.text
        made: str = reply.json()[kind]["id"]
        return made

    def role(self, name: str) -> str:
        found = self.client.get("/roles", params={"name": name}).json()["roles"]
        known: str = found[0]["id"] if found else self.make("role", "roles", name=name)
        return known

    def enrol(self, name: str, *roles: str) -> None:
        """Somebody with these roles in the project; their password is their name."""
        self.users[name] = user_id = self.make("user", "users", name=name, domain_id="default", password=name)
        for role in roles:
            place = f"/projects/{self.project_id}/users/{user_id}/roles/{self.role(role)}"
            assert self.client.put(place).status_code == 204

    def password(self, name: str, *, auth_url: str = "", scoped: bool = True) -> Any:
        """What keystoneauth signs in with."""
        project: dict[str, Any] = {"project_name": "team", "project_domain_id": "default"} if scoped else {}
        known: dict[str, Any] = {"username": name, "password": name, "user_domain_id": "default"}
        return generic.Password(auth_url=auth_url or self.url, **known, **project)

    def token(self, name: str, *, scoped: bool = True) -> str:
        with signed_in(self.password(name, scoped=scoped)) as client:
            token: str = client.get_token()
        return token


@dataclass
class Town:
    """A holdfast that trusts the cloud's Keystone."""

    cloud: Cloud
    db: Database
    endpoint: str

    def ask(self, method: str, path: str, token: str, body: Any = None) -> httpx.Response:
        return httpx.request(
            method,
            f"{self.endpoint}/v3/{self.cloud.project_id}{path}",
            headers={"X-Auth-Token": token},
            json=body,
        )


@contextmanager
def signed_in(password: Any) -> Iterator[Any]:
    client = session.Session(auth=password)
    yield client
    client.session.close()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("keystone")
    with running(folder) as url, httpx.Client(base_url=f"{url}/v3", timeout=60) as client:
        admin = generic.Password(
            auth_url=f"{url}/v3",
            username="admin",
            password=keystone_server.PASSWORD,
            user_domain_id="default",
            project_name="admin",
            project_domain_id="default",
        )
        with signed_in(admin) as administrator:
            client.headers["X-Auth-Token"] = administrator.get_token()
        cloud = Cloud(f"{url}/v3", client)
        cloud.project_id = cloud.make("project", "projects", name="team", domain_id="default")
        for name, roles in PEOPLE.items():
            cloud.enrol(name, *roles)
        yield cloud


PEOPLE = {
    "boss": ["admin"],
    "mia": ["member"],
    "rob": ["reader"],
    "kim": ["reader", "member"],
    "guest": ["guest"],
    "leaver": ["member"],
}


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a Keystone that lives in this folder while the context is open."""
    script = Path(keystone_server.__file__)
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([PYTHON, script, folder], stdout=output, stderr=output, cwd=folder)
    address = folder / "address"

    def is_up() -> bool:
        assert process.poll() is None, (folder / "output").read_text()
        return address.exists()

    try:
        wait_until(is_up, "Keystone is up", log=folder / "output")
        yield address.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def trusting(db: Database, config: Config) -> Iterator[str]:
    trusted = keystone.of(config)
    gate = auth.trusting(trusted.caller, trusted.caller_in_session)
    with listening(build(db, config, lambda: None, gate)) as endpoint:
        yield endpoint
    trusted.close()


@pytest.fixture(scope="module")
def database(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("rows") / "holdfast.db"
    shutil.copy(migrated_sqlite, path)
    opened = open_database(f"sqlite:///{path}", KEY)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def town(cloud: Cloud, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("data")
    config = Config(data=data, keystone_url=cloud.url, keystone_cache_seconds=CACHE_SECONDS, region=REGION)
    with trusting(database, config) as endpoint:
        service = cloud.make("service", "services", type="cbr", name="holdfast")
        url = f"{endpoint}/v3/$(project_id)s"
        cloud.make("endpoint", "endpoints", service_id=service, interface="public", url=url)
        yield Town(cloud, database, endpoint)


# ── who may what ────────────────────────────────────────────────────────────────────────────────────────


def test_a_client_comes_from_keystones_catalogue_and_works_in_its_project(town: Town) -> None:
    with signed_in(town.cloud.password("mia")) as client:
        place = {"service_type": "cbr", "interface": "public"}
        made = client.post("/policies", endpoint_filter=place, json=POLICY).json()["policy"]
        listed = client.get("/policies", endpoint_filter=place).json()["policies"]
        assert made["id"] in [policy["id"] for policy in listed]
    with town.db.reading() as tx:
        project = projects.get(tx, town.cloud.project_id)
    assert (project.name, project.domain_id) == ("team", "default")


@pytest.mark.parametrize(("who", "changes"), [("boss", 200), ("mia", 200), ("kim", 200), ("rob", 403)])
def test_keystones_roles_are_roles_here(town: Town, who: str, changes: int) -> None:
    token = town.cloud.token(who)
    assert town.ask("GET", "/policies", token).status_code == 200
    assert town.ask("POST", "/policies", token, POLICY).status_code == changes


def test_only_its_administrators_name_paths_of_the_machine(town: Town, tmp_path: Path) -> None:
    asked = {
        "type": "directory",
        "name": "letters",
        "provider": "directory",
        "settings": {"path": str(tmp_path)},
    }
    refused = town.ask("POST", "/resources", town.cloud.token("mia"), {"resource": asked})
    assert refused.status_code == 403
    accepted = town.ask("POST", "/resources", town.cloud.token("boss"), {"resource": asked})
    assert accepted.status_code == 200, accepted.text


@pytest.mark.parametrize(("who", "scoped"), [("guest", True), ("mia", False)])
def test_without_a_role_of_ours_or_a_project_somebody_may_not(town: Town, who: str, scoped: bool) -> None:
    reply = town.ask("GET", "/policies", town.cloud.token(who, scoped=scoped))
    assert (reply.status_code, reply.json()["error_code"]) == (403, "BackupService.8600")


def test_which_roles_count_can_be_set(town: Town) -> None:
    config = Config(keystone_url=town.cloud.url, keystone_roles={"guest": Role.READER})
    with trusting(town.db, config) as endpoint:
        other = Town(town.cloud, town.db, endpoint)
        assert other.ask("GET", "/policies", town.cloud.token("guest")).status_code == 200
        assert other.ask("GET", "/policies", town.cloud.token("mia")).status_code == 403


def test_another_project_is_not_there(town: Town) -> None:
    place = f"{town.endpoint}/v3/{'f' * 32}/policies"
    reply = httpx.get(place, headers={"X-Auth-Token": town.cloud.token("mia")})
    assert (reply.status_code, reply.json()["error_code"]) == (404, "BackupService.6302")


def test_a_project_whose_name_is_taken_here_is_told_apart(town: Town) -> None:
    ours = accounts.add_project(town.db, "twin")
    theirs = town.cloud.make("project", "projects", name="twin", domain_id="default")
    user = town.cloud.users["mia"]
    role = town.cloud.role("member")
    assert town.cloud.client.put(f"/projects/{theirs}/users/{user}/roles/{role}").status_code == 204
    password = generic.Password(
        auth_url=town.cloud.url, username="mia", password="mia", user_domain_id="default", project_id=theirs
    )
    with signed_in(password) as client:
        reply = httpx.get(
            f"{town.endpoint}/v3/{theirs}/policies", headers={"X-Auth-Token": client.get_token()}
        )
    assert reply.status_code == 200
    with town.db.reading() as tx:
        assert projects.get(tx, ours.id).name == "twin"
        assert projects.get(tx, theirs).name == f"twin ({theirs})"


# ── how long ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("token", ["wrong", "gAAAAABrAWjKYL13bWRYJx98lfqb", "x" * 1000])
def test_a_token_that_keystone_does_not_know_is_nobody(town: Town, token: str) -> None:
    for _ in range(2):
        reply = town.ask("GET", "/policies", token)
        assert (reply.status_code, reply.json()["error_code"]) == (401, "APIGW.0301")


def test_a_token_of_our_own_is_worth_nothing(town: Town) -> None:
    accounts.add(town.db, NewUser(name="ours", password="secret of ours"), "own", Role.ADMIN)
    who = Named(name="ours", domain=Named(id="default"))
    opened = sessions.sign_in(town.db, who, "secret of ours", Scope(), hours=1)
    assert town.ask("GET", "/policies", opened.token).status_code == 401
    keys = f"{town.endpoint}/v3.0/OS-CREDENTIAL/credentials"
    asked = {"credential": {"user_id": opened.session.user.id}}
    assert httpx.post(keys, headers={"X-Auth-Token": opened.token}, json=asked).status_code == 401


def test_a_password_of_ours_opens_nothing_beside_a_signature_that_nobody_checks(town: Town) -> None:
    accounts.add_user(town.db, "still here", "secret of still")
    user = {"name": "still here", "domain": {"id": "default"}, "password": "secret of still"}
    proof = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    for prefix in ("/v3", "/identity/v3"):
        place, headers = f"{town.endpoint}{prefix}/auth/tokens", {"Authorization": "SDK-HMAC-SHA256 x"}
        assert httpx.post(place, headers=headers, json=proof).status_code == 307


def test_what_was_told_a_moment_ago_is_not_asked_again(cloud: Cloud, database: Database) -> None:
    config = Config(keystone_url=cloud.url, keystone_cache_seconds=600)
    token = cloud.token("mia")
    house = House(db=database, config=config, wake=lambda: None)
    trusted = keystone.of(config)
    known = trusted.caller(house, token)
    elsewhere = replace(trusted, url="http://127.0.0.1:9")
    assert elsewhere.caller(house, token) == known
    with pytest.raises(IdentityUnavailable):
        elsewhere.caller(house, "another token")
    trusted.close()


def test_a_revocation_is_seen_when_what_was_told_is_forgotten(town: Town) -> None:
    token = town.cloud.token("leaver")
    assert town.ask("GET", "/policies", token).status_code == 200
    told_at = time.monotonic()
    gone = town.cloud.client.delete("/auth/tokens", headers={"X-Subject-Token": token})
    assert gone.status_code == 204
    time.sleep(max(0.0, told_at + CACHE_SECONDS - time.monotonic()))
    assert town.ask("GET", "/policies", token).status_code == 401


def test_a_keystone_that_does_not_answer_is_no_verdict(database: Database, tmp_path: Path) -> None:
    config = Config(data=tmp_path, keystone_url="http://127.0.0.1:9")
    with trusting(database, config) as endpoint:
        reply = httpx.get(f"{endpoint}/v3/{'f' * 32}/policies", headers={"X-Auth-Token": "any"})
    assert (reply.status_code, reply.json()["error_code"]) == (503, "BackupService.9910")


# ── the way to it, and what stays here ──────────────────────────────────────────────────────────────────


def test_whoever_signs_in_here_is_led_to_keystone(town: Town) -> None:
    here = f"{town.endpoint}/identity/v3"
    with signed_in(town.cloud.password("mia", auth_url=here)) as client:
        reply = client.get("/policies", endpoint_filter={"service_type": "cbr"})
        assert reply.status_code == 200
    for path in ("/auth/tokens?nocatalog", "/projects?name=team"):
        reply = httpx.get(here + path, headers={"X-Auth-Token": "any"})
        assert (reply.status_code, reply.headers["Location"]) == (307, town.cloud.url + path)


def test_access_keys_are_still_ours(town: Town) -> None:
    project = accounts.add_project(town.db, REGION)
    user = accounts.add_user(town.db, "robot", "secret of robot")
    accounts.grant(town.db, user.id, project.id, Role.OPERATOR)
    key = access_keys.make(town.db, user.id)
    credentials = BasicCredentials(key.key.id, key.secret, project.id)
    client = CbrClient.new_builder().with_credentials(credentials).with_endpoint(town.endpoint).build()
    assert client.list_policies(ListPoliciesRequest()).policies == []


def test_a_region_leads_to_the_project_of_an_access_key(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = accounts.add_user(town.db, "rover", "secret of rover")
    project = accounts.add_project(town.db, "rover-1")
    accounts.grant(town.db, user.id, project.id, Role.OPERATOR)
    key = access_keys.make(town.db, user.id)
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", town.endpoint)
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_CBR_ROVER_1", town.endpoint)
    client = (
        CbrClient.new_builder()
        .with_credentials(BasicCredentials(key.key.id, key.secret))
        .with_region(CbrRegion.value_of("rover-1"))
        .build()
    )
    assert client.list_policies(ListPoliciesRequest()).policies == []


# ── people at a browser ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def console(town: Town) -> Iterator[httpx.Client]:
    """A browser, before anybody signs in, at a house that chose its desk by itself."""
    config = Config(keystone_url=town.cloud.url, keystone_cache_seconds=600, region=REGION)
    with (
        listening(build(town.db, config, lambda: None)) as endpoint,
        httpx.Client(base_url=endpoint, timeout=60) as client,
    ):
        yield client


def sign_in(console: httpx.Client, name: str, password: str) -> httpx.Response:
    person = {"name": name, "password": password}
    return console.post("/v3/auth/session", json={"session": person})


def test_people_sign_in_at_keystone_and_learn_their_role_where_they_enter(
    console: httpx.Client, town: Town
) -> None:
    here = {"X-Project-Id": town.cloud.project_id}
    reply = sign_in(console, "mia", "mia")
    assert reply.status_code == 201, reply.text
    told = reply.json()["session"]
    assert told["keystone_url"] == town.cloud.url
    assert (told["user"]["name"], told["domain"]["name"]) == ("mia", "Default")
    places = {place["id"]: place for place in told["projects"]}
    assert (places[here["X-Project-Id"]]["name"], places[here["X-Project-Id"]]["role"]) == ("team", None)
    entered = console.get("/v3/auth/session", headers=here).json()["session"]
    assert {"id": here["X-Project-Id"], "name": "team", "role": "operator"} in entered["projects"]
    policies = f"/v3/{town.cloud.project_id}/policies"
    assert console.get(policies).status_code == 200
    assert console.post(policies, json=POLICY).status_code == 403  # without the word of the session
    word = {"X-CSRF-Token": told["csrf_token"]}
    assert console.post(policies, json=POLICY, headers=word).status_code == 200
    other = town.cloud.make("project", "projects", name="closed", domain_id="default")
    assert console.get(f"/v3/{other}/policies").status_code == 404
    assert console.get("/v3/region-projects", headers=here).status_code == 200


def test_signing_out_of_the_console_ends_the_token_at_keystone_and_here(
    console: httpx.Client, town: Town
) -> None:
    word = {"X-CSRF-Token": sign_in(console, "rob", "rob").json()["session"]["csrf_token"]}
    token = console.cookies["holdfast_session"]
    policies = f"/v3/{town.cloud.project_id}/policies"
    assert console.get(policies).status_code == 200
    assert console.post(policies, json=POLICY, headers=word).status_code == 403
    assert console.delete("/v3/auth/session", headers=word).status_code == 204
    gone = town.cloud.client.get("/auth/tokens", headers={"X-Subject-Token": token})
    assert gone.status_code == 404
    cookie = {"Cookie": f"holdfast_session={token}"}
    assert console.get(policies, headers=cookie).status_code == 401
    assert console.get("/v3/auth/session", headers=cookie).json() == {"session": None}


def test_guessing_at_the_console_is_slowed_down_before_it_reaches_keystone(
    console: httpx.Client, database: Database, tmp_path: Path
) -> None:
    statuses = [sign_in(console, "kim", f"guess {number}").status_code for number in range(11)]
    assert statuses == [401] * 10 + [429]
    away = Config(data=tmp_path, keystone_url="http://127.0.0.1:9")
    with listening(build(database, away, lambda: None)) as endpoint:
        reply = httpx.post(
            f"{endpoint}/v3/auth/session", json={"session": {"name": "kim", "password": "kim"}}
        )
    assert (reply.status_code, reply.json()["error_code"]) == (503, "BackupService.9910")
