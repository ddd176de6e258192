"""A line of the log for each call that changes something, and what the lines are about."""

import hashlib
import logging
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from tests.api.asking import House
from tests.api.test_policies import body

from holdfast.db import tables
from holdfast.model.project import Role
from holdfast.service.log_lines import About

# What is told does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the API writes, with what each line is about."""
    about = About()
    caplog.handler.addFilter(about)
    with caplog.at_level(logging.INFO, "holdfast"):
        yield caplog
    caplog.handler.removeFilter(about)


def test_a_change_has_a_line_that_says_who_asked_for_what_and_how_it_was_answered(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    reply = house.send("POST", "/policies", body(), who="operator", secret="of the query")
    (message,) = lines.messages
    blue = house.world.blue.id
    head = (
        f'request={reply.headers["X-Request-Id"]} user="operator" project={blue} POST /v3/{blue}/policies 200'
    )
    assert re.fullmatch(re.escape(head) + r" \d+ ms", message)


@pytest.mark.parametrize(("who", "status"), [("reader", 403), ("admin", 400)])
def test_what_is_refused_has_its_line_too(
    house: House, lines: pytest.LogCaptureFixture, who: str, status: int
) -> None:
    reply = house.send("POST", "/policies", {"nothing": "known"}, who=who)
    (message,) = lines.messages
    assert reply.headers["X-Request-Id"] in message
    assert f'user="{who}"' in message
    assert f"/policies {status} " in message


def test_nobody_is_named_where_nobody_proved_who_they_are(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    house.send("POST", "/policies", body(), who="")
    (message,) = lines.messages
    assert 'user="" project=- POST' in message


def test_whoever_asks_in_a_project_that_is_not_theirs_is_named(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    house.send("POST", "/policies", body(), who="stranger")
    (message,) = lines.messages
    assert (
        f'user="stranger" project={house.world.red.id} POST /v3/{house.world.blue.id}/policies 404' in message
    )


def test_a_change_of_accounts_has_its_line(house: House, lines: pytest.LogCaptureFixture) -> None:
    headers = {"X-Auth-Token": house.tokens["admin"]}
    house.client.request("POST", "/identity/v3/users", headers=headers, json={"user": {"name": "new"}})
    (message,) = lines.messages
    assert f'user="admin" project={house.world.blue.id} POST /identity/v3/users 201' in message


def test_a_name_cannot_make_a_line_of_its_own(house: House, lines: pytest.LogCaptureFixture) -> None:
    house.admit("eve", house.world.blue, Role.OPERATOR)
    with house.world.db.transaction() as tx:
        eve = sa.update(tables.account).where(tables.account.c.name == "eve")
        tx.execute(eve.values(name='eve" POST\nrequest=forged'))
    house.send("DELETE", "/vaults/a%0Auser=forged", who="eve")
    (message,) = lines.messages
    assert "\n" not in message
    assert r'user="eve\" POST\nrequest=forged"' in message


def test_what_only_asks_signs_in_or_is_one_of_a_flood_has_none(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    vault = house.world.vault()
    house.ask("GET", "/vaults")
    house.ask("POST", "/vault/resource_instances/action", {"action": "filter"})
    house.client.request("POST", "/identity/v3/auth/tokens", json={})
    content = b"a lock, say"
    name = hashlib.sha256(content).hexdigest()
    house.ask("POST", f"/vaults/{vault.id}/repository/locks/{name}", content)
    assert lines.messages == []


def test_what_is_written_meanwhile_is_about_the_request(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    vault = house.world.vault()
    reply = house.send("GET", f"/vaults/{vault.id}/repository-key")
    (record,) = lines.records
    assert record.name == "holdfast.service.repository_objects"
    assert record.__dict__["about"] == f" [request={reply.headers['X-Request-Id']}]"
