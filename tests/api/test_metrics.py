"""`GET /metrics`, read by the parsers of the library that Prometheus itself gives out."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from msgspec.structs import replace
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from tests.api import test_overdue
from tests.api.asking import Client, House, asking

from holdfast.api.app import build
from holdfast.config import Config, ConfigError, load
from holdfast.db import workers
from holdfast.db.database import open_database
from holdfast.model import clock
from holdfast.model.resource import GIB

TOKEN = "of the monitoring system"
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}
Series = Mapping[str, float]


@pytest.fixture
def watched(house: House) -> Iterator[Client]:
    """The house as a monitoring system sees it."""
    config = replace(house.world.config, metrics_token=TOKEN)
    with asking(build(house.world.db, config, lambda: None)) as client:
        yield client


def scrape(client: Client, **headers: str) -> httpx.Response:
    return client.request("GET", "/metrics", headers=ALLOWED | headers)


def families(client: Client) -> dict[str, Metric]:
    reply = scrape(client)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"].startswith("text/plain")
    found = list(text_string_to_metric_families(reply.text))
    assert len({family.name for family in found}) == len(found)
    series = [(one.name, *sorted(one.labels.items())) for family in found for one in family.samples]
    assert len(set(series)) == len(series)
    return {family.name: family for family in found}


def valued(client: Client, name: str, *labels: str, **wanted: str) -> dict[tuple[str, ...], float]:
    """The samples of a family that have these labels, by others of their labels."""
    return {
        tuple(one.labels[label] for label in labels): one.value
        for one in families(client)[name].samples
        if wanted.items() <= one.labels.items()
    }


def test_without_a_token_in_the_settings_there_is_nothing_to_see(house: House) -> None:
    reply = house.client.request("GET", "/metrics", headers={"Authorization": "Bearer "})
    assert (reply.status_code, reply.json()["error_code"]) == (404, "APIGW.0101")


def test_only_who_has_the_token_is_told(house: House, watched: Client) -> None:
    known = {"X-Auth-Token": house.tokens["admin"]}
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": TOKEN}, known):
        reply = watched.request("GET", "/metrics", headers=headers)
        assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert reply.json()["error_code"] == "APIGW.0301"
    assert watched.request("POST", "/metrics", headers=ALLOWED).status_code == 405


def test_a_token_is_what_a_header_can_carry() -> None:
    assert load({"HOLDFAST_METRICS_TOKEN": "abc"}).metrics_token == "abc"
    for wrong in ("schlüssel", "two\nlines"):
        with pytest.raises(ConfigError, match="metrics_token"):
            load({"HOLDFAST_METRICS_TOKEN": wrong})


def test_tasks_are_counted_by_type_and_status(house: House, watched: Client) -> None:
    world = house.world
    vault = world.vault(world.directory("a"), world.directory("b"), world.directory("c"))
    first, second, third = world.start(vault)
    world.succeed(first)
    world.fail(second)
    waiting = valued(watched, "holdfast_tasks", "operation", "status", project="blue")
    assert waiting == {("backup", "waiting"): 1}
    assert valued(watched, "holdfast_oldest_waiting_task_age_seconds", "site")[("",)] >= 0
    world.claim(third)
    assert valued(watched, "holdfast_tasks", "status", project="blue") == {("running",): 1}
    ended = valued(watched, "holdfast_tasks_ended", "operation", "status", project="blue")
    assert {key: value for key, value in ended.items() if value} == {
        ("backup", "success"): 1,
        ("backup", "failed"): 1,
    }
    assert ended[("restore", "timeout")] == 0
    assert set(valued(watched, "holdfast_tasks_ended", "status", project="red").values()) == {0}


def test_vaults_tell_how_full_they_are_and_when_they_got_something(house: House, watched: Client) -> None:
    world, begin = house.world, clock.now().timestamp()
    full, empty = world.vault(world.directory()), world.vault()
    world.back_up(full)
    of = {"project": "blue", "vault": "v1"}
    sizes = valued(watched, "holdfast_vault_size_bytes", "vault_id", **of)
    assert sizes == {(full.id,): 100 * GIB, (empty.id,): 100 * GIB}
    assert valued(watched, "holdfast_vault_used_bytes", "vault_id", **of)[(empty.id,)] == 0
    last = valued(watched, "holdfast_vault_last_good_backup_timestamp_seconds", "vault_id", **of)
    assert set(last) == {(full.id,)}
    assert begin <= last[(full.id,)] <= clock.now().timestamp()


def test_what_is_overdue_is_counted_once_a_resource(house: House, watched: Client) -> None:
    vault = house.world.vault(house.world.directory("a"), house.world.directory("b"))
    test_overdue.followed(house, vault, test_overdue.make(house))
    test_overdue.followed(house, vault, test_overdue.make(house), holdfast={"keep_others": True})
    assert len(test_overdue.overdue(house)) == 4
    late = valued(watched, "holdfast_overdue_resources", "project", "running")
    assert late == {
        ("blue", "false"): 2,
        ("blue", "true"): 0,
        ("red", "false"): 0,
        ("red", "true"): 0,
    }


def test_workers_that_are_alive_are_counted_by_site(house: House, watched: Client) -> None:
    with house.world.db.transaction() as tx:
        workers.enlist(tx, "w1", ["berlin", "default"])
        workers.enlist(tx, "w2", ["berlin"])
    assert valued(watched, "holdfast_workers", "site") == {("berlin",): 2, ("default",): 1}
    assert valued(watched, "holdfast_oldest_waiting_task_age_seconds", "site") == {
        ("",): 0,
        ("berlin",): 0,
        ("default",): 0,
    }


def test_names_that_hold_anything_are_written_so_that_they_are_read_back(
    house: House, watched: Client
) -> None:
    name = 'a "vault"\\ of\nmine é'
    house.world.vault(name=name)
    assert set(valued(watched, "holdfast_vault_used_bytes", "vault")) == {(name,)}


def test_it_speaks_openmetrics_where_that_is_asked_for(watched: Client) -> None:
    reply = scrape(watched, Accept="application/openmetrics-text; version=1.0.0")
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text")
    told = openmetrics.text_string_to_metric_families(reply.text)  # type: ignore[no-untyped-call]
    names = {family.name for family in told}
    assert {"holdfast_up", "holdfast_build", "holdfast_tasks_ended"} <= names


def test_a_house_whose_database_is_away_is_down(tmp_path: Path) -> None:
    away = open_database(f"sqlite:///{tmp_path}/no/such/folder/x.db", Fernet.generate_key())
    with asking(build(away, Config(metrics_token=TOKEN), lambda: None)) as client:
        told = families(client)
    away.close()
    assert [one.value for one in told["holdfast_up"].samples] == [0]
    assert "holdfast_tasks" not in told
