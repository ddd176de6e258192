"""The OpenAPI document that is served: what it says, and that the service has just these routes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.api.asking import asking

from holdfast.api import app, openapi
from holdfast.api.v2 import routes as v2
from holdfast.api.v3 import (
    backup_files,
    downloads,
    incoming_replications,
    regions,
    repositories,
    resources,
    versions,
)
from holdfast.config import Config
from holdfast.db.database import Database

HERE = Path(__file__).parent
# Every operation of CBR v3 and VBS v2: its method, path, name, parameters and statuses.
OPERATIONS: list[dict[str, Any]] = [
    *json.loads((HERE / "cbr_v3_operations.json").read_text()),
    *json.loads((HERE / "vbs_v2_operations.json").read_text()),
]
# What this service answers besides: an unknown version is not found, an unknown microversion not acceptable.
MORE_STATUSES = {
    "ShowVersion": ["404"],
    "ListNativeBackupsV3": ["406"],
    "ListNativeBackupsDetailV3": ["406"],
}
# Routes that CBR does not have, under the project.
OWN_ROUTES = {
    (route.method, f"{app.PROJECT}{route.path}")
    for module in (backup_files, downloads, resources, repositories, incoming_replications, regions)
    for route in module.ROUTES
} | {
    ("POST", f"{app.PROJECT}/operation-logs/{{operation_log_id}}/cancel"),
    ("POST", f"{app.PROJECT}/operation-logs/{{operation_log_id}}/retry"),
    ("GET", f"{app.PROJECT}/operation-logs/{{operation_log_id}}/warnings"),
    ("GET", f"{app.PROJECT}/operation-logs/summary"),
    ("POST", f"{app.PROJECT}/backups/{{backup_id}}/restore-preview"),
    ("GET", f"{app.PROJECT}/policies/{{policy_id}}/retention-preview"),
    ("GET", f"{app.PROJECT}/policies/{{policy_id}}/firings"),
    ("POST", f"{app.PROJECT}/holdfast/schedule-preview"),
    ("POST", f"{app.PROJECT}/holdfast/retention-preview"),
    ("GET", f"{app.PROJECT}/operation-logs/export"),
    ("GET", f"{app.PROJECT}/holdfast/history"),
    ("PUT", f"{app.PROJECT}/holdfast/history"),
    ("GET", f"{app.PROJECT}/events"),
    ("GET", f"{app.PROJECT}/holdfast/overdue"),
    ("GET", f"{app.PROJECT}/holdfast/protection"),
    ("GET", f"{app.PROJECT}/holdfast/protection/summary"),
    ("GET", f"{app.PROJECT}/holdfast/usage-history"),
    ("GET", f"{app.PROJECT}/holdfast/workers"),
    ("GET", f"{app.PROJECT}/holdfast/audit"),
}
# Volumes are block storage's and not VBS's: its clients ask for them before they back one up.
VOLUMES = {
    ("GET", f"{version}{path}")
    for version in (v2.V2, v2.PREFIX + v2.V3)
    for path in ("/volumes", "/volumes/detail", "/volumes/{volume_id}")
}
DOCUMENT = openapi.document()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def resolved(one: dict[str, Any]) -> Any:
    if "$ref" not in one:
        return one
    found: Any = DOCUMENT
    for step in one["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_says_what_cbr_and_vbs_have_and_nothing_else() -> None:
    told = [
        {
            "method": method,
            "path": path,
            "operation": operation["operationId"],
            "parameters": [
                f"{one['in']} {one['name']}" for one in map(resolved, operation.get("parameters", []))
            ],
            "statuses": sorted(operation["responses"]),
        }
        for method, path, operation in operations()
    ]
    wanted = [
        one | {"statuses": sorted(one["statuses"] + MORE_STATUSES.get(one["operation"], []))}
        for one in OPERATIONS
    ]
    assert told == wanted


def test_every_operation_is_served_and_every_route_is_said() -> None:
    said = {(method, path) for method, path, _ in operations()}
    served = {(route.method, f"{app.PROJECT}{route.path}") for route in app.ROUTES} - OWN_ROUTES
    served |= {(route.method, route.path) for route in app.HOME_ROUTES}
    served |= {("GET", "/"), ("GET", "/{api_version}")}
    served |= {(route.method, f"{prefix}{route.path}") for prefix, route in v2.mounted()} - below_vbs()
    served -= VOLUMES
    assert {(route.method, route.path) for route in versions.ROUTES} >= {("GET", "/"), ("GET", "/v3")}
    assert said - served == set()
    assert served - said == set()


def below_vbs() -> set[tuple[str, str]]:
    """What is served below /vbs as well as at the root."""
    mounted = {(route.method, f"{prefix}{route.path}") for prefix, route in v2.mounted()}
    return {(method, f"{v2.PREFIX}{path}") for method, path in mounted} & mounted


def test_all_of_vbs_is_below_its_prefix() -> None:
    said = {(method, path) for method, path, _ in operations() if path.startswith(("/v1/", "/v2/"))}
    assert len(said) == 30
    assert {(method, f"{v2.PREFIX}{path}") for method, path in said} == below_vbs() - {
        (method, f"{v2.PREFIX}{path}") for method, path in VOLUMES
    }


def test_every_reference_leads_somewhere() -> None:
    found = {reference: resolved({"$ref": reference}) for reference in references(dict(DOCUMENT))}
    assert all(isinstance(one, dict) for one in found.values())
    assert len(found) > 200


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


def told_by(database: Database, config: Config) -> Any:
    with asking(app.build(database, config, lambda: None)) as client:
        reply = client.request("GET", "/openapi.json")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json()


def test_it_is_served_to_anybody_with_the_address_it_was_asked_at(database: Database) -> None:
    told = told_by(database, Config())
    assert told["openapi"] == "3.1.0"
    assert told["servers"] == [{"url": "http://testserver"}]
    assert told["paths"] == DOCUMENT["paths"]


def test_a_configured_address_is_told_instead(database: Database) -> None:
    told = told_by(database, Config(endpoint="https://backup.example/"))
    assert told["servers"] == [{"url": "https://backup.example"}]
