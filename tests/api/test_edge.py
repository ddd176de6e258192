"""What holds for every call: who asks, what is no route, what is no body, what nobody expected."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from cryptography.fernet import Fernet
from starlette.routing import Route
from starlette.types import Message
from tests.api.asking import House, asking
from tests.service.world import World

from holdfast.api import app
from holdfast.api.app import HOME_ROUTES, IDENTITY, ROUTES, build
from holdfast.api.identity import routes as identity
from holdfast.api.request import Call
from holdfast.api.v2 import routes as volume_backup_routes
from holdfast.config import Config
from holdfast.db.database import open_database
from holdfast.model.errors import VaultFull
from holdfast.model.project import Caller, Role
from holdfast.service.context import House as Rooms

CLOSED = [(route.method, route.path) for route in ROUTES]
OPEN = {"/", "/v3", "/v3/", "/healthz", "/openapi.json", "/v3/auth/session"}


def filled(path: str) -> str:
    """The path with an id of nothing for every name in it."""
    return re.sub(r"\{\w+\}", lambda name: "disk" if name[0] == "{protectable_type}" else "x", path)


# ── who asks ────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_gets_no_further_than_401(house: House) -> None:
    for method, path in CLOSED:
        status, code, message = house.refused(method, filled(path), who="")
        assert (status, code) == (401, "0301"), path
        assert message.startswith("Incorrect IAM authentication information: ")
        assert "X-Auth-Token" in message


def test_another_project_is_like_none(house: House) -> None:
    for method, path in CLOSED:
        refusal = house.refused(method, filled(path), project=house.world.red)
        assert refusal == (404, "6302", "The project does not exist."), path


def test_an_expired_and_an_unknown_token_are_401_and_say_where_to_sign_in(house: House) -> None:
    house.admit("late", house.world.blue, Role.ADMIN, hours=-1)
    house.tokens["nobody"] = "made up"
    for who in ("late", "nobody"):
        reply = house.send("GET", "/vaults", who=who)
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"].startswith("Keystone uri=")


def test_every_route_is_either_open_to_all_by_name_or_asks_who_is_there(house: House) -> None:
    paths = {route.path for route in house.client.app.routes if isinstance(route, Route)}
    closed = {f"/v3/{{project_id}}{path}" for _, path in CLOSED}
    at_home = {route.path for route in HOME_ROUTES}
    versions = {route.path for route in identity.VERSIONS}
    keys = {route.path for route in identity.ACCESS_KEYS}
    signing_in = {prefix + route.path for prefix in IDENTITY for route in identity.ROUTES}
    volume_backups = {prefix + route.path for prefix, route in volume_backup_routes.mounted()}
    block_storage = {route.path for route in volume_backup_routes.VERSIONS}
    assert paths == closed | at_home | OPEN | signing_in | versions | keys | volume_backups | block_storage


def test_a_reader_changes_nothing_and_is_told_so_whatever_they_send(house: House) -> None:
    for route in ROUTES:
        if route.changes:
            refusal = house.refused(route.method, filled(route.path), who="reader")
            assert refusal == (403, "8600", "Not authenticated."), route.path


def test_what_a_reader_may_post_only_asks(house: House) -> None:
    asking = {route.path for route in ROUTES if route.method != "GET" and not route.changes}
    previews = {
        "/backups/{backup_id}/restore-preview",
        "/holdfast/retention-preview",
        "/holdfast/schedule-preview",
    }
    assert asking == {"/vault/resource_instances/action", "/agent/check", *previews}
    wanted = {"action": "count"}
    assert house.ask("POST", "/vault/resource_instances/action", wanted, who="reader")["total_count"] == 0


def test_only_an_administrator_names_paths_of_the_machine(house: House) -> None:
    asked = {"resource": {"type": "directory", "name": "n", "provider": "directory", "settings": {}}}
    for who in ("reader", "operator"):
        assert house.refused("POST", "/resources", asked, who=who)[:2] == (403, "8600")
        assert house.refused("DELETE", "/resources/x", who=who)[:2] == (403, "8600")


# ── what is no route ────────────────────────────────────────────────────────────────────────────────────


def test_a_path_that_nobody_serves_is_404_in_our_words(house: House) -> None:
    for path in ("/nothing", "/vaults/", "/vaults/a/b", "/vaults//", "/VAULTS"):
        assert house.refused("GET", path)[:2] == (404, "0101"), path


def test_a_method_that_a_path_does_not_have_is_405_and_says_which_it_has(house: House) -> None:
    reply = house.send("PATCH", "/vaults")
    assert reply.status_code == 405
    assert {one.strip() for one in reply.headers["Allow"].split(",")} == {"GET", "HEAD", "POST"}
    assert reply.json()["error_code"] == "APIGW.0101"


def test_head_is_get_without_a_body(house: House) -> None:
    reply = house.send("HEAD", "/vaults")
    assert reply.status_code == 200


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_that_is_not_json_is_named(house: House) -> None:
    for body in (
        b"",
        b"not json",
        b"{",
        b'{"vault_id": "x",}',
        b"\xff\xfe",
        b'{"checkpoint": {"vault_id": "\xff"}}',
        b'{"checkpoint": {"vault_id": "\\ud800"}}',
        b'{"checkpoint": {"vault_id": "\\udc00"}}',
        b'{"x": ' + b"[" * 100_000,
    ):
        refusal = house.refused("POST", "/checkpoints", body)
        assert refusal == (400, "9900", "Parameter verification failed. body: is not JSON"), body[:40]


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.05)

    async def never_ending() -> AsyncIterator[bytes]:
        yield b"{"
        await anyio.sleep(30)
        yield b"}"

    headers = {"X-Auth-Token": house.tokens["admin"]}
    for path, code in (
        ("v3/{}/checkpoints", "BackupService.9900"),
        ("v2/{}/backuppolicy", "AutoBackup.0000"),
    ):
        place = f"/{path.format(house.world.blue.id)}"
        reply = house.client.request("POST", place, headers=headers, content=never_ending())
        assert reply.status_code == 408, reply.text
        told = reply.json()
        assert told.get("error_code", told.get("error", {}).get("code")) == code


def test_a_member_of_the_wrong_type_is_named_as_the_wire_spells_it(house: House) -> None:
    for body, named in (
        (b"[]", "body: "),
        (b"null", "body: "),
        (b"{}", "checkpoint: is missing"),
        (b'{"checkpoint": 1}', "checkpoint: "),
        (b'{"checkpoint": {"parameters": {}}}', "checkpoint.vault_id: is missing"),
        (b'{"checkpoint": {"vault_id": 5}}', "checkpoint.vault_id: "),
        (
            b'{"checkpoint": {"vault_id": "x", "parameters": {"resources": ["a", 1]}}}',
            "checkpoint.parameters.resources[1]: ",
        ),
    ):
        status, code, message = house.refused("POST", "/checkpoints", body)
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {named}"), message


def test_no_text_with_a_nul_comes_near_the_database(house: House) -> None:
    body = {"checkpoint": {"vault_id": "a\x00b"}}
    told = house.refused("POST", "/checkpoints", body)
    assert told == (400, "9900", "Parameter verification failed. checkpoint.vault_id: must not contain NUL")
    assert house.refused("GET", "/vaults/a%00b")[:2] == (400, "9900")
    assert house.refused("GET", "/operation-logs", vault_id="a\x00b")[:2] == (400, "9900")


def test_a_body_may_be_a_megabyte_and_no_more(house: House) -> None:
    for padding, expected in ((1 << 19, 404), (1 << 20, 413)):
        body = b'{"checkpoint": {"vault_id": "x"}, "padding": "' + b"x" * padding + b'"}'
        assert house.refused("POST", "/checkpoints", body)[0] == expected

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * (1 << 17)

    headers = {"X-Auth-Token": house.tokens["admin"]}
    path = f"/v3/{house.world.blue.id}/checkpoints"
    reply = house.client.request("POST", path, headers=headers, content=pieces())
    assert reply.status_code == 413


def test_a_body_is_read_whatever_it_is_called_and_may_end_in_a_newline(house: House) -> None:
    body = b'{"checkpoint": {"vault_id": "x", "unknown": [1]}, "more": null}\n'
    path = f"/v3/{house.world.blue.id}/checkpoints"
    for content_type in ("", "application/json", "application/json; charset=utf-8", "text/plain"):
        named = {"Content-Type": content_type} if content_type else {}
        headers = {"X-Auth-Token": house.tokens["admin"]} | named
        reply = house.client.request("POST", path, headers=headers, content=body)
        assert (reply.status_code, reply.json()["error_code"]) == (404, "BackupService.6105")


def test_a_caller_who_hangs_up_in_the_middle_is_no_fault(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[Message] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/v3/{house.world.blue.id}/checkpoints",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-length", b"10")],
    }

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    house.client.portal.call(house.client.app, scope, receive, send)
    assert [message["status"] for message in sent if "status" in message] == [400]
    assert caplog.records == []


# ── what nobody expected ────────────────────────────────────────────────────────────────────────────────


def test_a_fault_is_told_without_its_inside_and_logged_once_with_the_requests_id(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(_rooms: Rooms, _call: Call) -> Caller:
        raise RuntimeError("secret of the house")

    with asking(build(world.db, world.config, lambda: None, fault)) as client:
        reply = client.request("GET", f"/v3/{world.blue.id}/vaults")
    assert reply.status_code == 500
    assert reply.json() == {"error_code": "BackupService.9910", "error_msg": "Unknown error."}
    (record,) = caplog.records
    assert reply.headers["X-Request-Id"] in record.getMessage()
    assert record.exc_info is not None


def test_a_refusal_anywhere_is_spoken_by_the_table(world: World) -> None:
    def refuse(_rooms: Rooms, _call: Call) -> Caller:
        raise VaultFull("100 of 100 GB used")

    with asking(build(world.db, world.config, lambda: None, refuse)) as client:
        reply = client.request("GET", f"/v3/{world.blue.id}/vaults")
    assert (reply.status_code, reply.json()["error_code"]) == (400, "BackupService.6114")


# ── anybody may ask ─────────────────────────────────────────────────────────────────────────────────────


def test_versions_are_told_to_anybody(house: House) -> None:
    for path in ("/", "/v3", "/v3/"):
        reply = house.client.request("GET", path)
        assert reply.status_code == 300
        link = {"href": "http://testserver/v3", "rel": "self"}
        assert reply.json() == {"versions": [{"id": "v3", "status": "CURRENT", "links": [link]}]}


def test_health_is_the_databases(house: House) -> None:
    reply = house.client.request("GET", "/healthz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


def test_a_database_that_does_not_answer_is_not_well(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder/x.db", "postgresql://127.0.0.1:1/nothing"):
        away = open_database(url, Fernet.generate_key())
        with asking(build(away, Config(), lambda: None)) as client:
            reply = client.request("GET", "/healthz")
        away.close()
        assert (reply.status_code, reply.json()) == (503, {"status": "the database does not answer"})


def test_a_database_that_is_away_is_the_servers_trouble_and_passes(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder/x.db", "postgresql://127.0.0.1:1/nothing"):
        away = open_database(url, Fernet.generate_key())
        with asking(build(away, Config(), lambda: None)) as client:
            reply = client.request("GET", "/v3/p1/vaults", headers={"X-Auth-Token": "any"})
        away.close()
        assert reply.status_code == 503
        assert reply.json()["error_code"] == "BackupService.9910"
        assert "database" in reply.json()["error_msg"]
